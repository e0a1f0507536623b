/*
 * rfm_sql.c
 *		SQL functions of the type rfm: a customer's buying pattern.
 *
 * A fixed-length type: the datum points at core's CrmRfm, read in place.
 */
#include "compat.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "fixed_value.h"
#include "funnel_sql.h"
#include "rfm.h"

StaticAssertDecl(sizeof(CrmRfm) == 48, "the type is declared with 48 bytes");

PG_FUNCTION_INFO_V1(rfm_in);
PG_FUNCTION_INFO_V1(rfm_out);
PG_FUNCTION_INFO_V1(rfm_recv);
PG_FUNCTION_INFO_V1(rfm_send);
PG_FUNCTION_INFO_V1(rfm_eq);
PG_FUNCTION_INFO_V1(rfm_ne);
PG_FUNCTION_INFO_V1(rfm_hash);
PG_FUNCTION_INFO_V1(rfm_hash_extended);
PG_FUNCTION_INFO_V1(rfm_to_jsonb);
PG_FUNCTION_INFO_V1(rfm_make);
PG_FUNCTION_INFO_V1(rfm_frequency);
PG_FUNCTION_INFO_V1(rfm_recency);
PG_FUNCTION_INFO_V1(rfm_age);
PG_FUNCTION_INFO_V1(rfm_monetary_value);
PG_FUNCTION_INFO_V1(rfm_unit);
PG_FUNCTION_INFO_V1(rfm_observed_until);

static bool
parse_rfm(const char *text, size_t len, CrmRfm *r, CrmError *error)
{
	return crm_rfm_parse(text, len, &crm_float_text, r, error);
}

CRM_FIXED_KIND("crmprob.rfm", CrmRfm, CRM_RFM_ENCODED_SIZE,
			   parse_rfm, crm_rfm_decode, crm_rfm_encode);

const CrmRfm *
DatumGetCrmRfm(Datum d)
{
	const CrmRfm *r = (const CrmRfm *) DatumGetPointer(d);
	CrmError	error;

	if (!crm_rfm_valid(r, &error))
		crm_corrupt("rfm", &error);
	return r;
}

Datum
crm_rfm_datum(const CrmRfm *r)
{
	return PointerGetDatum(crm_fixed_copy(&KIND, r));
}

/* rfm_in(cstring) -> rfm; strict */
Datum
rfm_in(PG_FUNCTION_ARGS)
{
	return crm_fixed_in(fcinfo, &KIND);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_rfm_print(value, &crm_float_text, w);
}

/* rfm_out(rfm) -> cstring; strict */
Datum
rfm_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(print_json, PG_GETARG_CRM_RFM(0)));
}

/* jsonb(rfm) -> jsonb, the text form; strict */
Datum
rfm_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_json, PG_GETARG_CRM_RFM(0)));
}

/* rfm_recv(internal) -> rfm; strict */
Datum
rfm_recv(PG_FUNCTION_ARGS)
{
	return crm_fixed_recv(fcinfo, &KIND);
}

/* rfm_send(rfm) -> bytea; strict */
Datum
rfm_send(PG_FUNCTION_ARGS)
{
	return crm_fixed_sent(&KIND, PG_GETARG_CRM_RFM(0));
}

/* rfm_eq(rfm, rfm) -> boolean; strict, as are the three below */
Datum
rfm_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_fixed_equal(fcinfo, &KIND));
}

Datum
rfm_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_fixed_equal(fcinfo, &KIND));
}

Datum
rfm_hash(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash(fcinfo, &KIND);
}

Datum
rfm_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash_extended(fcinfo, &KIND);
}

/* The sum that this mean of so many purchases comes from, to 4 decimals. */
static void
take_mean(Datum mean, CrmRfm *r)
{
	Datum		sum;

	sum = DirectFunctionCall2(numeric_mul, mean,
							  NumericGetDatum(int64_to_numeric(r->frequency)));
	sum = DirectFunctionCall2(numeric_round, sum,
							  Int32GetDatum(CRM_MONEY_DECIMALS));
	r->spend = crm_numeric_money(sum);
	r->priced = r->frequency;
}

/*
 * make_rfm(frequency int, recency float8, age float8, monetary_value numeric)
 * -> rfm; NULL when one of the first three is, no money when the last one is
 */
Datum
rfm_make(PG_FUNCTION_ARGS)
{
	CrmRfm		r;
	CrmError	error;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	if (!crm_rfm_make(PG_GETARG_INT32(0), PG_GETARG_FLOAT8(1),
					  PG_GETARG_FLOAT8(2), &r, &error))
		crm_bad_argument("buying pattern", &error);
	if (!PG_ARGISNULL(3) && r.frequency > 0)
		take_mean(PG_GETARG_DATUM(3), &r);
	else if (!PG_ARGISNULL(3) && crm_numeric_money(PG_GETARG_DATUM(3)) != 0)
	{
		crm_fail(&error, CRM_ERROR_VALUE,
				 "Without a repeat purchase there is no monetary value.",
				 "It is the mean over repeat purchases: give NULL or 0.");
		crm_bad_argument("buying pattern", &error);
	}
	return crm_rfm_datum(&r);
}

/* frequency(rfm) -> integer; strict */
Datum
rfm_frequency(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_CRM_RFM(0)->frequency);
}

/* recency(rfm) -> float8; strict */
Datum
rfm_recency(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(PG_GETARG_CRM_RFM(0)->recency);
}

/* age(rfm) -> float8; strict */
Datum
rfm_age(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(PG_GETARG_CRM_RFM(0)->age);
}

/* monetary_value(rfm) -> numeric; strict, NULL without a priced repeat
 * purchase */
Datum
rfm_monetary_value(PG_FUNCTION_ARGS)
{
	const CrmRfm *r = PG_GETARG_CRM_RFM(0);

	Datum		mean;

	if (r->priced == 0)
		PG_RETURN_NULL();
	mean = DirectFunctionCall2(numeric_div,
							   crm_money_numeric(r->spend, false),
							   NumericGetDatum(int64_to_numeric(r->priced)));
	return DirectFunctionCall1(numeric_trim_scale, mean);
}

/* unit(rfm) -> interval; strict, NULL when it is not recorded */
Datum
rfm_unit(PG_FUNCTION_ARGS)
{
	const CrmRfm *r = PG_GETARG_CRM_RFM(0);

	if (r->unit == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crm_make_interval(r->unit));
}

/* observed_until(rfm) -> date; strict, NULL when it is not recorded */
Datum
rfm_observed_until(PG_FUNCTION_ARGS)
{
	const CrmRfm *r = PG_GETARG_CRM_RFM(0);

	if (!crm_rfm_has_until(r))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(r->until);
}
