/*
 * revenue_forecast_sql.c
 *		The type revenue_forecast: its forms, its equality, its aggregates.
 *
 * A list (list_value.h) of CrmDeal; every reader goes through
 * DatumGetCrmForecast, which puts a copy in order if need be.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "list_value.h"
#include "revenue_forecast_sql.h"

PG_FUNCTION_INFO_V1(revenue_forecast_in);
PG_FUNCTION_INFO_V1(revenue_forecast_out);
PG_FUNCTION_INFO_V1(revenue_forecast_recv);
PG_FUNCTION_INFO_V1(revenue_forecast_send);
PG_FUNCTION_INFO_V1(revenue_forecast_to_jsonb);
PG_FUNCTION_INFO_V1(revenue_forecast_eq);
PG_FUNCTION_INFO_V1(revenue_forecast_ne);
PG_FUNCTION_INFO_V1(revenue_forecast_hash);
PG_FUNCTION_INFO_V1(revenue_forecast_hash_extended);
PG_FUNCTION_INFO_V1(revenue_forecast_accum);
PG_FUNCTION_INFO_V1(revenue_forecast_combine);
PG_FUNCTION_INFO_V1(revenue_forecast_final);
PG_FUNCTION_INFO_V1(revenue_forecast_deals);
PG_FUNCTION_INFO_V1(revenue_forecast_n_ignored);

typedef struct ForecastValue
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		zero[3];
	uint32		used;
	uint32		sorted;
	uint64		ignored;
	uint64		deals;			/* those that are alike included */
	CrmDeal		list[FLEXIBLE_ARRAY_MEMBER];
} ForecastValue;

StaticAssertDecl(offsetof(ForecastValue, list) == 32 && sizeof(CrmDeal) == 32,
				 "layout of revenue_forecast on disk");
StaticAssertDecl(CRM_FORECAST_MAX_DEALS * (Size) 32 + 32 < MaxAllocSize,
				 "the largest forecast must be allowed");

static bool
counts_sound(const void *value)
{
	return ((const ForecastValue *) value)->deals <= CRM_FORECAST_MAX_DEALS;
}

static void
join_deals(void *entries, size_t *n, void *tail, size_t n_tail)
{
	crm_deals_sort(tail, n_tail, crm_pause);
	crm_deals_join(entries, n, tail, n_tail);
}

static void
too_many(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a %s holds at most %d deals", type,
					CRM_FORECAST_MAX_DEALS),
			 errhint("Forecast by owner, team or month.")));
}

static const CrmListKind KIND = {
	.type = "revenue_forecast",
	.header = offsetof(ForecastValue, list),
	.entry = sizeof(CrmDeal),
	.first_room = 16,
	.most_room = CRM_FORECAST_MAX_DEALS,
	.full = CRM_FORECAST_MAX_DEALS,
	.format = CRM_FORECAST_FORMAT,
	.sound = counts_sound,
	.join = join_deals,
	.refuse = too_many,
};

CrmForecast
DatumGetCrmForecast(Datum d)
{
	ForecastValue *v = crm_list_detoast(&KIND, d);
	CrmForecast f;
	CrmError	error;

	if (v->sorted < v->used)
		v = crm_list_compact(&KIND, v);
	f.deals = v->list;
	f.n_deals = v->used;
	f.ignored = v->ignored;
	if (!crm_forecast_check(f, &error))
		crm_corrupt("revenue_forecast", &error);
	CHECK_FOR_INTERRUPTS();
	return f;
}

/*----------
 * Text and binary forms
 *----------
 */

static Datum
finished(ForecastValue *v, CrmForecast f)
{
	v->ignored = f.ignored;
	v->deals = crm_forecast_deals(f);
	return PointerGetDatum(crm_list_finished(&KIND, v, f.n_deals));
}

/* revenue_forecast_in(cstring) -> revenue_forecast; strict */
Datum
revenue_forecast_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_FORECAST_MIN_ENTRY_TEXT + 1;
	ForecastValue *v = crm_list_new(&KIND, Min(most, CRM_FORECAST_MAX_DEALS));
	CrmForecast f;
	CrmError	error;

	if (!crm_forecast_parse(text, len, crm_utf8(), &crm_float_text,
							v->list, &f, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.revenue_forecast", text,
					 &error);
		PG_RETURN_NULL();
	}
	return finished(v, f);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_forecast_print(w, *(const CrmForecast *) value,
					   &crm_float_text);
}

/* revenue_forecast_out(revenue_forecast) -> cstring; strict */
Datum
revenue_forecast_out(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &f));
}

/* revenue_forecast_recv(internal) -> revenue_forecast; strict */
Datum
revenue_forecast_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size;
	const char *data = crm_message_rest(message, &size);
	size_t		most = size / CRM_FORECAST_ENTRY_SIZE + 1;
	ForecastValue *v = crm_list_new(&KIND, Min(most, CRM_FORECAST_MAX_DEALS));
	CrmForecast f;
	CrmError	error;

	if (!crm_forecast_decode(data, size, v->list, &f, &error))
		crm_bad_binary("crmprob.revenue_forecast", &error);
	return finished(v, f);
}

/* revenue_forecast_send(revenue_forecast) -> bytea; strict */
Datum
revenue_forecast_send(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);
	size_t		size = CRM_FORECAST_HEADER_SIZE +
	f.n_deals * CRM_FORECAST_ENTRY_SIZE;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_forecast_encode(f, &w);
	Assert(!w.failed && w.at == size);
	PG_RETURN_BYTEA_P(v);
}

/* jsonb(revenue_forecast) -> jsonb; strict */
Datum
revenue_forecast_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);

	return crm_jsonb_datum(crm_json_text(print_json, &f));
}

/*----------
 * Equality
 *----------
 */

static struct varlena *
canonical(Datum d)
{
	ForecastValue *v = crm_list_detoast(&KIND, d);

	(void) DatumGetCrmForecast(PointerGetDatum(v));
	return crm_list_settled(&KIND, v) ? (struct varlena *) v :
		crm_list_compact(&KIND, v);
}

/* revenue_forecast_eq(revenue_forecast, revenue_forecast) -> boolean; strict,
 * as are the three below */
Datum
revenue_forecast_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
revenue_forecast_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
revenue_forecast_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
revenue_forecast_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Aggregates
 *----------
 */

static void *
add_deal(void *state, const void *entry, void *context)
{
	ForecastValue *v = state;
	const CrmDeal *deal = entry;

	if (deal->count > CRM_FORECAST_MAX_DEALS - v->deals)
		too_many(KIND.type);
	v = crm_list_make_room(&KIND, v);
	v->list[v->used++] = *deal;
	v->deals += deal->count;
	return v;
}

Datum
crm_forecast_add(FunctionCallInfo fcinfo, const CrmDeal *deal)
{
	CrmError	error;

	if (!crm_deal_check(deal, &error))
		crm_bad_argument("deal", &error);
	PG_RETURN_POINTER(add_deal(crm_list_state(&KIND, fcinfo), deal, NULL));
}

Datum
crm_forecast_skip(FunctionCallInfo fcinfo)
{
	ForecastValue *state = crm_list_state(&KIND, fcinfo);

	state->ignored++;
	PG_RETURN_POINTER(state);
}

/*
 * revenue_forecast_accum(state revenue_forecast, probability float8, amount
 * numeric [, amount_sd float8]) -> revenue_forecast; a row with a NULL
 * probability or amount is counted as ignored, a NULL amount_sd is 0
 */
Datum
revenue_forecast_accum(PG_FUNCTION_ARGS)
{
	CrmDeal		deal = {0};

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return crm_forecast_skip(fcinfo);
	deal.probability = PG_GETARG_FLOAT8(1);
	deal.amount = crm_numeric_money(PG_GETARG_DATUM(2));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		deal.deviation = PG_GETARG_FLOAT8(3);
	/* no -0, so that equal numbers have equal bytes */
	if (deal.probability == 0)
		deal.probability = 0;
	if (deal.deviation == 0)
		deal.deviation = 0;
	deal.count = 1;
	return crm_forecast_add(fcinfo, &deal);
}

static void
add_ignored(void *state, const void *other)
{
	((ForecastValue *) state)->ignored +=
		((const ForecastValue *) other)->ignored;
}

/*
 * revenue_forecast_combine(state revenue_forecast, other revenue_forecast) ->
 * revenue_forecast; a NULL side counts for nothing
 */
Datum
revenue_forecast_combine(PG_FUNCTION_ARGS)
{
	return crm_list_combine(fcinfo, &KIND, add_deal, add_ignored);
}

/* revenue_forecast_final(state revenue_forecast) -> revenue_forecast; strict */
Datum
revenue_forecast_final(PG_FUNCTION_ARGS)
{
	return crm_list_final(fcinfo, &KIND);
}

/* deals(revenue_forecast) -> bigint; strict */
Datum
revenue_forecast_deals(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) crm_forecast_deals(PG_GETARG_CRM_FORECAST(0)));
}

/* n_ignored(revenue_forecast) -> bigint: rows with a NULL; strict */
Datum
revenue_forecast_n_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FORECAST(0).ignored);
}
