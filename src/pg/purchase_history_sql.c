/*
 * purchase_history_sql.c
 *		SQL functions of the type purchase_history, and its aggregates.
 *
 * The aggregates edit a state in place (purchase_history.h); a state never
 * leaves them: the final function gives the encoded form, and every reader here
 * encodes a copy of a state first, for a state may meet the output functions or
 * the combine function on its way between nodes.
 */
#include "compat.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "datetime.h"
#include "funnel_sql.h"
#include "purchase_history_sql.h"

PG_FUNCTION_INFO_V1(purchase_history_in);
PG_FUNCTION_INFO_V1(purchase_history_out);
PG_FUNCTION_INFO_V1(purchase_history_recv);
PG_FUNCTION_INFO_V1(purchase_history_send);
PG_FUNCTION_INFO_V1(purchase_history_eq);
PG_FUNCTION_INFO_V1(purchase_history_ne);
PG_FUNCTION_INFO_V1(purchase_history_hash);
PG_FUNCTION_INFO_V1(purchase_history_hash_extended);
PG_FUNCTION_INFO_V1(purchase_history_to_jsonb);
PG_FUNCTION_INFO_V1(purchase_history_add);
PG_FUNCTION_INFO_V1(purchase_history_add_at);
PG_FUNCTION_INFO_V1(purchase_history_merge);
PG_FUNCTION_INFO_V1(purchase_history_final);
PG_FUNCTION_INFO_V1(purchase_history_rfm);
PG_FUNCTION_INFO_V1(purchase_history_days_since_last);
PG_FUNCTION_INFO_V1(purchase_history_as_of);
PG_FUNCTION_INFO_V1(purchase_history_purchases);
PG_FUNCTION_INFO_V1(purchase_history_first_day);
PG_FUNCTION_INFO_V1(purchase_history_last_day);
PG_FUNCTION_INFO_V1(purchase_history_total);
PG_FUNCTION_INFO_V1(purchase_history_timeline);
PG_FUNCTION_INFO_V1(purchase_history_quantile_score);
PG_FUNCTION_INFO_V1(purchase_history_segment);

/* Days of a new state: most customers of a shop have fewer. */
#define FIRST_DAYS 8

/*----------
 * States
 *----------
 */

static void
refuse_sum(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of amounts of a day is out of range")));
}

static CrmPurchaseState *
new_state(uint32 room)
{
	Size		size = crm_purchases_state_size(room);
	CrmPurchaseState *s = palloc(size);

	SET_VARSIZE(s, size);
	crm_purchases_state_init(s, room);
	return s;
}

static void
tidy(CrmPurchaseState *s)
{
	if (!crm_purchases_state_tidy(s, crm_pause))
		refuse_sum();
	if (s->n > CRM_PURCHASES_MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("purchase history is too large"),
				 errdetail("A purchase history has at most %d days.",
						   CRM_PURCHASES_MAX_DAYS)));
}

/* The state with room for more days: itself, or a larger copy. */
static CrmPurchaseState *
make_room(CrmPurchaseState *s, uint32 more)
{
	CrmPurchaseState *larger;

	if (s->room - s->n >= more)
		return s;
	tidy(s);
	/* worth staying only where many days were there twice */
	if (s->room - s->n >= more && s->n <= s->room / 2)
		return s;
	larger = new_state(Max(2 * s->room, s->n + more));
	memcpy(larger->days, s->days, s->n * sizeof(CrmPurchase));
	larger->n = s->n;
	return larger;
}

static CrmPurchaseState *
add_purchase(CrmPurchaseState *s, const CrmPurchase *p)
{
	s = make_room(s, 1);
	if (!crm_purchases_state_add(s, p))
		refuse_sum();
	return s;
}

static bytea *
encode_days(const CrmPurchase *days, uint32 n)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_purchases_encode(days, n, crm_pause, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_purchases_encode(days, n, crm_pause, &w);
	Assert(!w.failed);
	return v;
}

/* A state that nobody else holds. */
static bytea *
encode_own(CrmPurchaseState *s)
{
	tidy(s);
	return encode_days(s->days, s->n);
}

static bool
is_state(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 &&
		CRM_FORMAT_BYTE(v) == CRM_PURCHASES_STATE_FORMAT;
}

/* The encoded form of a datum that may be a state, which is left alone. */
static struct varlena *
canonical(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmPurchaseState *s;
	CrmPurchaseState *copy;

	if (!is_state(v))
		return v;
	s = (CrmPurchaseState *) PG_DETOAST_DATUM(PointerGetDatum(v));
	copy = new_state(Max(s->n, 1));
	memcpy(copy->days, s->days, s->n * sizeof(CrmPurchase));
	copy->n = s->n;
	return (struct varlena *) encode_own(copy);
}

CrmPurchaseHistory
DatumGetCrmPurchaseHistory(Datum d)
{
	struct varlena *v = canonical(d);
	CrmPurchaseHistory h;
	CrmError	error;

	if (!crm_purchases_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &h,
							  &error))
		crm_corrupt("purchase_history", &error);
	return h;
}

static CrmPurchaseState *
merge_history(CrmPurchaseState *s, const CrmPurchaseHistory *h)
{
	CrmPurchaseCursor c = crm_purchases_cursor(h);
	CrmPurchase p;

	s = make_room(s, h->n);
	while (crm_purchases_next(&c, &p))
		if (!crm_purchases_state_add(s, &p))
			refuse_sum();
	return s;
}

/*
 * The state argument for editing.  An encoded history, as a user's aggregate
 * may have for its initial state, is taken apart.
 */
static CrmPurchaseState *
state_argument(Datum d)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(d);
	CrmPurchaseHistory h;

	if (!VARATT_IS_EXTENDED(v) && is_state(v))
		return (CrmPurchaseState *) v;
	h = DatumGetCrmPurchaseHistory(d);
	return merge_history(new_state(FIRST_DAYS), &h);
}

/*----------
 * Aggregates
 *----------
 */

static int32
finite_day(DateADT day, const char *name)
{
	if (DATE_NOT_FINITE(day))
		crm_refuse_infinite(name);
	return day;
}

/* The state with a purchase more; the amount is argument 2. */
static Datum
add_day(FunctionCallInfo fcinfo, int32 day)
{
	CrmPurchaseState *s = PG_ARGISNULL(0) ? new_state(FIRST_DAYS) :
	state_argument(PG_GETARG_DATUM(0));
	CrmPurchase p = {day, 0, {0, 0}};

	if (!PG_ARGISNULL(2))
	{
		p.priced = 1;
		p.sum = crm_int128(crm_numeric_money(PG_GETARG_DATUM(2)));
	}
	PG_RETURN_POINTER(add_purchase(s, &p));
}

/*
 * purchase_history_add(purchase_history, day date, amount numeric) ->
 * purchase_history; a row without a day is skipped, an amount may be unknown
 */
Datum
purchase_history_add(PG_FUNCTION_ARGS)
{
	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	return add_day(fcinfo, finite_day(PG_GETARG_DATEADT(1), "day"));
}

/*
 * purchase_history_add(purchase_history, at timestamptz | timestamp, amount
 * numeric [, zone text]) -> purchase_history; as above, by the day of the time:
 * of a timestamptz that in UTC or in the zone; a NULL zone is UTC
 */
Datum
purchase_history_add_at(PG_FUNCTION_ARGS)
{
	Timestamp	at;
	int64		day;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	at = PG_GETARG_TIMESTAMP(1);
	if (TIMESTAMP_NOT_FINITE(at))
		crm_refuse_infinite("at");
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		at = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone,
												   PG_GETARG_DATUM(3),
												   TimestampTzGetDatum(at)));
	day = at / CRM_USECS_PER_DAY - (at % CRM_USECS_PER_DAY < 0);
	return add_day(fcinfo, (int32) day);
}

/*
 * purchase_history_merge(purchase_history, purchase_history) ->
 * purchase_history: the combine function, and the transition of rollup; NULL
 * adds nothing
 */
Datum
purchase_history_merge(PG_FUNCTION_ARGS)
{
	CrmPurchaseState *s;
	CrmPurchaseHistory h;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	h = PG_GETARG_CRM_PURCHASE_HISTORY(1);
	s = PG_ARGISNULL(0) ? new_state(FIRST_DAYS) :
		state_argument(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(merge_history(s, &h));
}

/* purchase_history_final(purchase_history) -> purchase_history: the encoded
 * form; strict, reads only */
Datum
purchase_history_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical(PG_GETARG_DATUM(0)));
}

/*----------
 * Input and output
 *----------
 */

/* purchase_history_in(cstring) -> purchase_history; strict */
Datum
purchase_history_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	CrmJsonReader r = crm_json_reader(text, strlen(text), crm_utf8());
	CrmPurchaseState *s = new_state(FIRST_DAYS);
	CrmPurchase p;
	bool		done = false;
	CrmError	error;
	bool		good;

	r.pause = crm_pause;
	good = crm_purchases_parse_begin(&r, &error);
	while (good && (good = crm_purchases_parse_next(&r, &p, &done, &error)) &&
		   !done)
		s = add_purchase(s, &p);
	if (!good)
	{
		crm_bad_text(fcinfo->context, "crmprob.purchase_history", text,
					 &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(encode_own(s));
}

/* purchase_history_out(purchase_history) -> cstring; strict */
Datum
purchase_history_out(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);

	PG_RETURN_CSTRING(crm_json_text(crm_purchases_print, &h));
}

/* jsonb(purchase_history) -> jsonb, the text form; strict */
Datum
purchase_history_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);

	return crm_jsonb_datum(crm_json_text(crm_purchases_print, &h));
}

/* purchase_history_recv(internal) -> purchase_history; strict */
Datum
purchase_history_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmPurchaseHistory h;
	CrmError	error;
	bytea	   *v;

	if (!crm_purchases_decode(data, size, &h, &error))
		crm_bad_binary("crmprob.purchase_history", &error);
	v = crm_new_value(size);
	memcpy(VARDATA(v), data, size);
	PG_RETURN_BYTEA_P(v);
}

/* purchase_history_send(purchase_history) -> bytea; strict */
Datum
purchase_history_send(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);
	bytea	   *v = crm_new_value(h.size);

	memcpy(VARDATA(v), h.data, h.size);
	PG_RETURN_BYTEA_P(v);
}

/* purchase_history_eq(purchase_history, purchase_history) -> boolean; strict,
 * as are the three below */
Datum
purchase_history_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
purchase_history_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
purchase_history_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
purchase_history_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Reading
 *----------
 */

/* Microseconds of the unit of a model. */
static int64
unit_argument(FunctionCallInfo fcinfo, int n)
{
	int64		unit = crm_window(PG_GETARG_INTERVAL_P(n), "unit");

	if (unit == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be positive", "unit")));
	return unit;
}

/*
 * rfm(purchase_history, as_of date, unit interval) -> rfm; strict, NULL without
 * a purchase up to as_of
 */
Datum
purchase_history_rfm(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);
	int32		as_of = finite_day(PG_GETARG_DATEADT(1), "as_of");
	int64		unit = unit_argument(fcinfo, 2);
	bool		none;
	CrmRfm		r;
	CrmError	error;

	if (!crm_purchases_rfm(&h, as_of, unit, &r, &none, &error))
		crm_bad_argument("buying pattern", &error);
	if (none)
		PG_RETURN_NULL();
	return crm_rfm_datum(&r);
}

CrmPurchaseTotals
crm_purchase_totals(FunctionCallInfo fcinfo)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);
	int32		as_of = PG_NARGS() > 1 ?
	finite_day(PG_GETARG_DATEADT(1), "as_of") : PG_INT32_MAX;
	CrmPurchaseTotals t;

	if (!crm_purchases_total(&h, as_of, &t))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of amounts is out of range")));
	return t;
}

/* days_since_last(purchase_history, as_of date) -> integer; strict, NULL
 * without a purchase up to as_of */
Datum
purchase_history_days_since_last(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);

	if (t.n == 0)
		PG_RETURN_NULL();
	/* two dates of the server are less than 2^31 days apart */
	PG_RETURN_INT32(PG_GETARG_DATEADT(1) - t.last_day);
}

/* purchases(purchase_history [, as_of date]) -> integer; strict */
Datum
purchase_history_purchases(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) crm_purchase_totals(fcinfo).n);
}

/* first_day(purchase_history) -> date; strict, NULL without a purchase */
Datum
purchase_history_first_day(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);

	if (t.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(t.first_day);
}

/* last_day(purchase_history) -> date; strict, NULL without a purchase */
Datum
purchase_history_last_day(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);

	if (t.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(t.last_day);
}

/* total(purchase_history [, as_of date]) -> numeric; strict, NULL where no
 * amount is known */
Datum
purchase_history_total(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);

	if (t.priced == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(crm_sum_numeric(t.sum));
}

/* as_of(purchase_history, day date) -> purchase_history, without the days after
 * that one; strict */
Datum
purchase_history_as_of(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);
	int32		as_of = finite_day(PG_GETARG_DATEADT(1), "day");
	CrmPurchaseCursor c = crm_purchases_cursor(&h);
	CrmPurchaseState *s = new_state(Max(h.n, 1));
	CrmPurchase p;

	while (crm_purchases_next(&c, &p) && p.day <= as_of)
		crm_purchases_state_add(s, &p);
	PG_RETURN_BYTEA_P(encode_days(s->days, s->n));
}

/* timeline(purchase_history) -> setof (day, amount, gap, total); strict */
Datum
purchase_history_timeline(PG_FUNCTION_ARGS)
{
	CrmPurchaseHistory h = PG_GETARG_CRM_PURCHASE_HISTORY(0);
	CrmPurchaseCursor c = crm_purchases_cursor(&h);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmPurchase p;
	CrmPurchase all = {0};
	int32		last = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; crm_purchases_next(&c, &p); i++)
	{
		Datum		values[4] = {0};
		bool		nulls[4] = {false, p.priced == 0, i == 0, false};

		if (!crm_purchase_add(&all, &p))
			refuse_sum();
		values[0] = DateADTGetDatum(p.day);
		if (p.priced != 0)
			values[1] = crm_sum_numeric(p.sum);
		values[2] = Int32GetDatum(p.day - last);
		nulls[3] = all.priced == 0;
		if (all.priced != 0)
			values[3] = crm_sum_numeric(all.sum);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
		last = p.day;
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/*----------
 * Segments
 *----------
 */

/* Of a window call: the rows before the current one's peers. */
typedef struct ScoreState
{
	int64		before;
} ScoreState;

/*
 * quantile_score(parts integer) -> integer, in a window; NULL parts give NULL.
 * Peers have one score: that of the first of them.
 */
Datum
purchase_history_quantile_score(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	ScoreState *state = WinGetPartitionLocalMemory(window, sizeof *state);
	int64		at = WinGetCurrentPosition(window);
	bool		isnull;
	int32		parts = DatumGetInt32(WinGetFuncArgCurrent(window, 0,
														   &isnull));

	if (at == 0 || !WinRowsArePeers(window, at - 1, at))
		state->before = at;
	WinSetMarkPosition(window, at);
	if (isnull)
		PG_RETURN_NULL();
	if (parts < 1 || parts > 1000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between 1 and 1000", "parts")));
	PG_RETURN_INT32((int32) (state->before * parts /
							 WinGetPartitionRowCount(window)) + 1);
}

static int32
score_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	int32		score = PG_GETARG_INT32(n);

	if (score < 1 || score > 5)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between 1 and 5", name)));
	return score;
}

/*
 * rfm_segment(recency_score integer, frequency_score integer, monetary_score
 * integer) -> text; NULL when one of the first two is, without the third when
 * that is
 */
Datum
purchase_history_segment(PG_FUNCTION_ARGS)
{
	int32		recency;
	int32		value;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	recency = score_argument(fcinfo, 0, "recency_score");
	value = score_argument(fcinfo, 1, "frequency_score");
	if (!PG_ARGISNULL(2))
		value = (value + score_argument(fcinfo, 2, "monetary_score") + 1) / 2;
	return crm_word_datum(crm_rfm_segment(recency, value));
}
