/*
 * mrr_bridge_sql.c
 *		SQL functions of the type mrr_bridge and its aggregates.
 *
 * A fixed-length type: the datum points at core's CrmMrrBridge, which the
 * aggregates edit in place when the state is theirs.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "bridge_value.h"
#include "crmprob.h"
#include "fixed_value.h"
#include "mrr_bridge.h"

StaticAssertDecl(sizeof(CrmMrrBridge) == 176,
				 "the type is declared with 176 bytes");

PG_FUNCTION_INFO_V1(mrr_bridge_in);
PG_FUNCTION_INFO_V1(mrr_bridge_out);
PG_FUNCTION_INFO_V1(mrr_bridge_recv);
PG_FUNCTION_INFO_V1(mrr_bridge_send);
PG_FUNCTION_INFO_V1(mrr_bridge_eq);
PG_FUNCTION_INFO_V1(mrr_bridge_ne);
PG_FUNCTION_INFO_V1(mrr_bridge_hash);
PG_FUNCTION_INFO_V1(mrr_bridge_hash_extended);
PG_FUNCTION_INFO_V1(mrr_bridge_to_jsonb);
PG_FUNCTION_INFO_V1(mrr_bridge_accum);
PG_FUNCTION_INFO_V1(mrr_bridge_combine);
PG_FUNCTION_INFO_V1(mrr_bridge_movements);
PG_FUNCTION_INFO_V1(mrr_bridge_customers);
PG_FUNCTION_INFO_V1(mrr_bridge_amount);
PG_FUNCTION_INFO_V1(mrr_bridge_nrr);
PG_FUNCTION_INFO_V1(mrr_bridge_grr);
PG_FUNCTION_INFO_V1(mrr_bridge_net_churn);
PG_FUNCTION_INFO_V1(mrr_bridge_gross_churn);
PG_FUNCTION_INFO_V1(mrr_bridge_logo_churn);
PG_FUNCTION_INFO_V1(mrr_bridge_quick_ratio);
PG_FUNCTION_INFO_V1(mrr_movement);

static CrmMrrBridge *
DatumGetCrmMrrBridge(Datum d)
{
	CrmMrrBridge *b = (CrmMrrBridge *) DatumGetPointer(d);
	CrmError	error;

	if (!crm_mrr_bridge_valid(b, &error))
		crm_corrupt("mrr_bridge", &error);
	return b;
}

#define PG_GETARG_CRM_MRR_BRIDGE(n) DatumGetCrmMrrBridge(PG_GETARG_DATUM(n))

CRM_FIXED_KIND("crmprob.mrr_bridge", CrmMrrBridge,
			   CRM_MRR_BRIDGE_ENCODED_SIZE, crm_mrr_bridge_parse,
			   crm_mrr_bridge_decode, crm_mrr_bridge_encode);

static void
too_many_customers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("mrr_bridge out of range"),
			 errdetail("A bridge counts to at most 9223372036854775807 customers.")));
}

/* mrr_bridge_in(cstring) -> mrr_bridge; strict */
Datum
mrr_bridge_in(PG_FUNCTION_ARGS)
{
	return crm_fixed_in(fcinfo, &KIND);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_mrr_bridge_print(value, w);
}

/* mrr_bridge_out(mrr_bridge) -> cstring; strict */
Datum
mrr_bridge_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(print_json, PG_GETARG_CRM_MRR_BRIDGE(0)));
}

/* jsonb(mrr_bridge) -> jsonb, the text form; strict */
Datum
mrr_bridge_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_json,
										 PG_GETARG_CRM_MRR_BRIDGE(0)));
}

/* mrr_bridge_recv(internal) -> mrr_bridge; strict */
Datum
mrr_bridge_recv(PG_FUNCTION_ARGS)
{
	return crm_fixed_recv(fcinfo, &KIND);
}

/* mrr_bridge_send(mrr_bridge) -> bytea; strict */
Datum
mrr_bridge_send(PG_FUNCTION_ARGS)
{
	return crm_fixed_sent(&KIND, PG_GETARG_CRM_MRR_BRIDGE(0));
}

/*
 * mrr_bridge_eq(mrr_bridge, mrr_bridge) -> boolean; strict, as are the three
 * below
 */
Datum
mrr_bridge_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_fixed_equal(fcinfo, &KIND));
}

Datum
mrr_bridge_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_fixed_equal(fcinfo, &KIND));
}

Datum
mrr_bridge_hash(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash(fcinfo, &KIND);
}

Datum
mrr_bridge_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash_extended(fcinfo, &KIND);
}

/* Recurring revenue: 0 for NULL, 22023 when it is negative. */
static int64
mrr_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64		money;

	if (PG_ARGISNULL(n))
		return 0;
	money = crm_numeric_money(PG_GETARG_DATUM(n));
	if (money < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be negative", name),
				 errdetail("Recurring revenue of a customer is at least 0."),
				 errhint("Leave credits and one-off charges out.")));
	return money;
}

/*
 * mrr_movement(previous numeric, current numeric, ever_active boolean) -> text;
 * NULL is 0 and false
 */
Datum
mrr_movement(PG_FUNCTION_ARGS)
{
	int64		previous = mrr_argument(fcinfo, 0, "previous");
	int64		current = mrr_argument(fcinfo, 1, "current");
	bool		ever_active = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

	return crm_word_datum(crm_mrr_part_name(crm_mrr_movement(previous, current,
															 ever_active)));
}

/* The aggregate's own state, or a copy to write to. */
static CrmMrrBridge *
writable_state(FunctionCallInfo fcinfo)
{
	if (AggCheckCallContext(fcinfo, NULL))
		return (CrmMrrBridge *) PG_GETARG_POINTER(0);
	return crm_fixed_copy(&KIND, PG_GETARG_CRM_MRR_BRIDGE(0));
}

/*
 * mrr_bridge_accum(state mrr_bridge, previous numeric, current numeric,
 * ever_active boolean) -> mrr_bridge; NULL is 0 and false
 */
Datum
mrr_bridge_accum(PG_FUNCTION_ARGS)
{
	int64		previous = mrr_argument(fcinfo, 1, "previous");
	int64		current = mrr_argument(fcinfo, 2, "current");
	bool		ever_active = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	CrmMrrBridge *b;

	if (PG_ARGISNULL(0))
	{
		b = palloc(sizeof *b);
		crm_mrr_bridge_init(b);
	}
	else
		b = writable_state(fcinfo);
	if (!crm_mrr_bridge_add(b, previous, current, ever_active))
		too_many_customers();
	PG_RETURN_POINTER(b);
}

/* mrr_bridge_combine(state mrr_bridge, other mrr_bridge) -> mrr_bridge;
 * strict, so the first one is the state */
Datum
mrr_bridge_combine(PG_FUNCTION_ARGS)
{
	CrmMrrBridge *b = writable_state(fcinfo);

	if (!crm_mrr_bridge_merge(b, PG_GETARG_CRM_MRR_BRIDGE(1)))
		too_many_customers();
	PG_RETURN_POINTER(b);
}

/* movements(mrr_bridge) -> setof (step, part, customers, amount), seven rows;
 * strict */
Datum
mrr_bridge_movements(PG_FUNCTION_ARGS)
{
	CrmMrrBridge *b = PG_GETARG_CRM_MRR_BRIDGE(0);

	return crm_bridge_rows(fcinfo, b->part, CRM_MRR_PARTS,
						   crm_mrr_part_name);
}

/* The part that the second argument names. */
static const CrmBridgePart *
named_part(FunctionCallInfo fcinfo)
{
	CrmMrrBridge *b = PG_GETARG_CRM_MRR_BRIDGE(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	CrmMrrPart	part = crm_mrr_part_named(VARDATA_ANY(name),
										  VARSIZE_ANY_EXHDR(name));

	if (part == CRM_MRR_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("mrr_bridge has no part \"%s\"",
						crm_clip(text_to_cstring(name))),
				 errhint("Its parts are start, new, expansion, contraction, churn, reactivation and end.")));
	return &b->part[part];
}

/* customers(mrr_bridge, part text) -> bigint; strict */
Datum
mrr_bridge_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(named_part(fcinfo)->n);
}

/* amount(mrr_bridge, part text) -> numeric; strict */
Datum
mrr_bridge_amount(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(crm_sum_numeric(named_part(fcinfo)->amount));
}

/*
 * The ratio of two sums of parts, in the order start, new, expansion,
 * contraction, churn, reactivation, end; "reactivation" is the sign that the
 * second argument of the function asks for.
 */
static Datum
ratio(FunctionCallInfo fcinfo, const int8 *above, int8 reactivation,
	  const int8 *below)
{
	CrmMrrBridge *b = PG_GETARG_CRM_MRR_BRIDGE(0);
	int8		signs[CRM_MRR_PARTS];
	double		denominator = crm_int128_double(crm_mrr_bridge_sum(b, below));

	if (denominator == 0)
		PG_RETURN_NULL();
	memcpy(signs, above, sizeof signs);
	if (reactivation != 0 && PG_GETARG_BOOL(1))
		signs[CRM_MRR_REACTIVATION] = reactivation;
	PG_RETURN_FLOAT8(crm_int128_double(crm_mrr_bridge_sum(b, signs)) /
					 denominator);
}

static const int8 START[CRM_MRR_PARTS] = {1, 0, 0, 0, 0, 0, 0};
static const int8 LOST[CRM_MRR_PARTS] = {0, 0, 0, 1, 1, 0, 0};

/*
 * nrr(mrr_bridge, include_reactivation boolean) -> float8; strict, NULL without
 * revenue at the start, as are the four below
 */
Datum
mrr_bridge_nrr(PG_FUNCTION_ARGS)
{
	static const int8 KEPT[CRM_MRR_PARTS] = {1, 0, 1, -1, -1, 0, 0};

	return ratio(fcinfo, KEPT, 1, START);
}

Datum
mrr_bridge_grr(PG_FUNCTION_ARGS)
{
	static const int8 KEPT[CRM_MRR_PARTS] = {1, 0, 0, -1, -1, 0, 0};

	return ratio(fcinfo, KEPT, 0, START);
}

Datum
mrr_bridge_net_churn(PG_FUNCTION_ARGS)
{
	static const int8 NET[CRM_MRR_PARTS] = {0, 0, -1, 1, 1, 0, 0};

	return ratio(fcinfo, NET, -1, START);
}

Datum
mrr_bridge_gross_churn(PG_FUNCTION_ARGS)
{
	return ratio(fcinfo, LOST, 0, START);
}

/* customers lost / customers at the start */
Datum
mrr_bridge_logo_churn(PG_FUNCTION_ARGS)
{
	CrmMrrBridge *b = PG_GETARG_CRM_MRR_BRIDGE(0);
	int64		start = b->part[CRM_MRR_START].n;

	if (start == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) b->part[CRM_MRR_CHURN].n /
					 (double) start);
}

/*
 * quick_ratio(mrr_bridge, include_reactivation boolean) -> float8; strict, NULL
 * when nothing was lost
 */
Datum
mrr_bridge_quick_ratio(PG_FUNCTION_ARGS)
{
	static const int8 WON[CRM_MRR_PARTS] = {0, 1, 1, 0, 0, 0, 0};

	return ratio(fcinfo, WON, 1, LOST);
}
