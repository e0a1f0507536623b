/*
 * waterfall_sql.c
 *		SQL functions of the type waterfall and its aggregates.
 *
 * A fixed-length type: the datum points at core's CrmWaterfall, which the
 * aggregates edit in place when the state is theirs.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "bridge_value.h"
#include "crmprob.h"
#include "fixed_value.h"
#include "opportunity_history_sql.h"
#include "waterfall.h"

StaticAssertDecl(sizeof(CrmWaterfall) == 272,
				 "the type is declared with 272 bytes");

/* The arguments of the aggregate behind the state. */
#define ARG_HISTORY 1
#define ARG_PERIOD 2
#define ARG_WINDOW 3

PG_FUNCTION_INFO_V1(waterfall_in);
PG_FUNCTION_INFO_V1(waterfall_out);
PG_FUNCTION_INFO_V1(waterfall_recv);
PG_FUNCTION_INFO_V1(waterfall_send);
PG_FUNCTION_INFO_V1(waterfall_eq);
PG_FUNCTION_INFO_V1(waterfall_ne);
PG_FUNCTION_INFO_V1(waterfall_hash);
PG_FUNCTION_INFO_V1(waterfall_hash_extended);
PG_FUNCTION_INFO_V1(waterfall_to_jsonb);
PG_FUNCTION_INFO_V1(waterfall_accum);
PG_FUNCTION_INFO_V1(waterfall_combine);
PG_FUNCTION_INFO_V1(waterfall_parts);
PG_FUNCTION_INFO_V1(waterfall_deals);
PG_FUNCTION_INFO_V1(waterfall_amount);
PG_FUNCTION_INFO_V1(waterfall_period);
PG_FUNCTION_INFO_V1(waterfall_close_window);
PG_FUNCTION_INFO_V1(waterfall_movement);

static CrmWaterfall *
DatumGetCrmWaterfall(Datum d)
{
	CrmWaterfall *w = (CrmWaterfall *) DatumGetPointer(d);
	CrmError	error;

	if (!crm_waterfall_valid(w, &error))
		crm_corrupt("waterfall", &error);
	return w;
}

#define PG_GETARG_CRM_WATERFALL(n) DatumGetCrmWaterfall(PG_GETARG_DATUM(n))

CRM_FIXED_KIND("crmprob.waterfall", CrmWaterfall,
			   CRM_WATERFALL_ENCODED_SIZE, crm_waterfall_parse,
			   crm_waterfall_decode, crm_waterfall_encode);

static void
too_many_deals(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("waterfall out of range"),
			 errdetail("A waterfall counts to at most 9223372036854775807 deals.")));
}

/* waterfall_in(cstring) -> waterfall; strict */
Datum
waterfall_in(PG_FUNCTION_ARGS)
{
	return crm_fixed_in(fcinfo, &KIND);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_waterfall_print(value, w);
}

/* waterfall_out(waterfall) -> cstring; strict */
Datum
waterfall_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(print_json, PG_GETARG_CRM_WATERFALL(0)));
}

/* jsonb(waterfall) -> jsonb, the text form; strict */
Datum
waterfall_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_json,
										 PG_GETARG_CRM_WATERFALL(0)));
}

/* waterfall_recv(internal) -> waterfall; strict */
Datum
waterfall_recv(PG_FUNCTION_ARGS)
{
	return crm_fixed_recv(fcinfo, &KIND);
}

/* waterfall_send(waterfall) -> bytea; strict */
Datum
waterfall_send(PG_FUNCTION_ARGS)
{
	return crm_fixed_sent(&KIND, PG_GETARG_CRM_WATERFALL(0));
}

/* waterfall_eq(waterfall, waterfall) -> boolean; strict, as are the three
 * below */
Datum
waterfall_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_fixed_equal(fcinfo, &KIND));
}

Datum
waterfall_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_fixed_equal(fcinfo, &KIND));
}

Datum
waterfall_hash(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash(fcinfo, &KIND);
}

Datum
waterfall_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_fixed_hash_extended(fcinfo, &KIND);
}

/* Bounds of a range; false when it is empty. */
static bool
range_bounds(Datum d, RangeBound *lower, RangeBound *upper)
{
	RangeType  *range = DatumGetRangeTypeP(d);
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(range),
											 TYPECACHE_RANGE_INFO);
	bool		empty;

	range_deserialize(type, range, lower, upper, &empty);
	return !empty;
}

/*
 * The period as [from, until) in microseconds: an excluded lower bound and an
 * included upper bound are the next microsecond.
 */
static void
take_period(Datum d, CrmWaterfallFrame *f)
{
	RangeBound	lower;
	RangeBound	upper;

	if (!range_bounds(d, &lower, &upper))
	{
		f->from = f->until = 0;
		return;
	}
	f->from = lower.infinite ? CRM_TIME_UNBOUNDED_LOW :
		DatumGetTimestampTz(lower.val);
	f->until = upper.infinite ? CRM_TIME_UNBOUNDED_HIGH :
		DatumGetTimestampTz(upper.val);
	if (!lower.inclusive && crm_time_valid(f->from))
		f->from++;
	if (upper.inclusive && crm_time_valid(f->until))
		f->until++;
}

/* The server stores ranges of dates as [from, until). */
static void
take_window(Datum d, CrmWaterfallFrame *f)
{
	RangeBound	lower;
	RangeBound	upper;

	f->windowed = true;
	f->close_from = f->close_until = 0;
	if (!range_bounds(d, &lower, &upper))
		return;
	f->close_from = lower.infinite ? CRM_DATE_UNBOUNDED_LOW :
		DatumGetDateADT(lower.val);
	f->close_until = upper.infinite ? CRM_DATE_UNBOUNDED_HIGH :
		DatumGetDateADT(upper.val);
}

/* Period and, if there is such an argument, window from argument n on. */
static CrmWaterfallFrame
frame_arguments(FunctionCallInfo fcinfo, int n)
{
	CrmWaterfallFrame f = {0};

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("period of a waterfall must not be null"),
				 errhint("For all times give '(,)'.")));
	take_period(PG_GETARG_DATUM(n), &f);
	if (PG_NARGS() > n + 1 && !PG_ARGISNULL(n + 1))
		take_window(PG_GETARG_DATUM(n + 1), &f);
	return f;
}

static CrmWaterfall *
new_waterfall(const CrmWaterfallFrame *f)
{
	CrmWaterfall *w = palloc(sizeof *w);
	CrmError	error;

	if (!crm_waterfall_init(w, f, &error))
		crm_bad_argument("waterfall", &error);
	return w;
}

/* The first argument: the aggregate's own state, or a copy to write to. */
static CrmWaterfall *
writable_state(FunctionCallInfo fcinfo)
{
	if (AggCheckCallContext(fcinfo, NULL))
		return (CrmWaterfall *) PG_GETARG_POINTER(0);
	return crm_fixed_copy(&KIND, PG_GETARG_CRM_WATERFALL(0));
}

static void
require_same_frame(const CrmWaterfall *w, const CrmWaterfallFrame *f)
{
	if (!crm_waterfall_same_frame(w, f))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("waterfalls of different %s cannot be added up",
						w->from != f->from || w->until != f->until ?
						"periods" : "close windows"),
				 errhint("Group by the period and the close window.")));
}

/*
 * waterfall_accum(state waterfall, history opportunity_history, period
 * tstzrange [, close_window daterange]) -> waterfall; a NULL history is
 * skipped, a NULL window is none
 */
Datum
waterfall_accum(PG_FUNCTION_ARGS)
{
	CrmWaterfallFrame f;
	CrmWaterfall *w;
	CrmDealHistory h;

	if (PG_ARGISNULL(ARG_HISTORY))
		return crm_state_as_it_is(fcinfo);
	f = frame_arguments(fcinfo, ARG_PERIOD);
	if (PG_ARGISNULL(0))
		w = new_waterfall(&f);
	else
	{
		w = writable_state(fcinfo);
		require_same_frame(w, &f);
	}
	h = PG_GETARG_CRM_DEAL_HISTORY(ARG_HISTORY);
	if (!crm_waterfall_add(w, crm_deal_movement(&h, &f)))
		too_many_deals();
	PG_RETURN_POINTER(w);
}

/* waterfall_combine(state waterfall, other waterfall) -> waterfall; strict,
 * so the first one is the state */
Datum
waterfall_combine(PG_FUNCTION_ARGS)
{
	CrmWaterfall *w = writable_state(fcinfo);
	CrmWaterfall *other = PG_GETARG_CRM_WATERFALL(1);
	CrmWaterfallFrame f = crm_waterfall_frame(other);

	require_same_frame(w, &f);
	if (!crm_waterfall_merge(w, other))
		too_many_deals();
	PG_RETURN_POINTER(w);
}

/* parts(waterfall) -> setof (step, part, deals, amount), ten rows; strict */
Datum
waterfall_parts(PG_FUNCTION_ARGS)
{
	CrmWaterfall *w = PG_GETARG_CRM_WATERFALL(0);

	return crm_bridge_rows(fcinfo, w->part, CRM_WATERFALL_PARTS,
						   crm_waterfall_part_name);
}

/* The part that the second argument names. */
static const CrmBridgePart *
named_part(FunctionCallInfo fcinfo)
{
	CrmWaterfall *w = PG_GETARG_CRM_WATERFALL(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	int			part = crm_waterfall_part_named(VARDATA_ANY(name),
												VARSIZE_ANY_EXHDR(name));

	if (part == CRM_PART_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("waterfall has no part \"%s\"",
						text_to_cstring(name)),
				 errhint("Its parts are start, new, moved_in, reopened, increased, decreased, moved_out, won, lost and end.")));
	return &w->part[part];
}

/* deals(waterfall, part text) -> bigint; strict */
Datum
waterfall_deals(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(named_part(fcinfo)->n);
}

/* amount(waterfall, part text) -> numeric; strict */
Datum
waterfall_amount(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(crm_sum_numeric(named_part(fcinfo)->amount));
}

/* [lower, upper) of this type, each of them unbounded where asked. */
static Datum
make_half_open(Oid type, Datum low, bool no_low, Datum high, bool no_high)
{
	TypeCacheEntry *cache = lookup_type_cache(type, TYPECACHE_RANGE_INFO);
	RangeBound	lower = {low, no_low, true, true};
	RangeBound	upper = {high, no_high, false, false};

	return RangeTypePGetDatum(crm_make_range(cache, &lower, &upper));
}

/* period(waterfall) -> tstzrange; strict */
Datum
waterfall_period(PG_FUNCTION_ARGS)
{
	CrmWaterfall *w = PG_GETARG_CRM_WATERFALL(0);

	return make_half_open(TSTZRANGEOID, TimestampTzGetDatum(w->from),
						  w->from == CRM_TIME_UNBOUNDED_LOW,
						  TimestampTzGetDatum(w->until),
						  w->until == CRM_TIME_UNBOUNDED_HIGH);
}

/* close_window(waterfall) -> daterange; strict, NULL without a window */
Datum
waterfall_close_window(PG_FUNCTION_ARGS)
{
	CrmWaterfall *w = PG_GETARG_CRM_WATERFALL(0);

	if (!w->windowed)
		PG_RETURN_NULL();
	return make_half_open(DATERANGEOID, DateADTGetDatum(w->close_from),
						  w->close_from == CRM_DATE_UNBOUNDED_LOW,
						  DateADTGetDatum(w->close_until),
						  w->close_until == CRM_DATE_UNBOUNDED_HIGH);
}

/*
 * movement(history opportunity_history, period tstzrange, close_window
 * daterange) -> (part_in, amount_in, change, part_out, amount_out), all NULL
 * when the deal has no part in it; a NULL history gives NULL, a NULL window is
 * none
 */
Datum
waterfall_movement(PG_FUNCTION_ARGS)
{
	CrmWaterfallFrame f;
	CrmDealHistory h;
	CrmMovement m;
	TupleDesc	desc;
	Datum		values[5] = {0};
	bool		nulls[5] = {true, true, true, true, true};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "movement must return a row of five columns");
	h = PG_GETARG_CRM_DEAL_HISTORY(0);
	f = frame_arguments(fcinfo, 1);
	(void) new_waterfall(&f);
	m = crm_deal_movement(&h, &f);
	if (m.in != CRM_PART_NONE)
	{
		memset(nulls, 0, sizeof nulls);
		values[0] = crm_word_datum(crm_waterfall_part_name(m.in));
		values[1] = crm_money_numeric(m.in_amount, true);
		values[2] = crm_money_numeric(m.out_amount - m.in_amount, true);
		values[3] = crm_word_datum(crm_waterfall_part_name(m.out));
		values[4] = crm_money_numeric(m.out_amount, true);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}
