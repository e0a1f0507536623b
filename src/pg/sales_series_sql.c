/*
 * sales_series_sql.c
 *		The type sales_series: its forms, its equality, its aggregates.
 *
 * One layout serves the aggregate's state and the finished value: a header and
 * an array of CrmPeriod, of which the first "sorted" are in order and the rest,
 * up to "used", are as they came; what the varlena's size leaves beyond is room
 * to grow.  A finished value has neither disorder nor room.  A state can get
 * anywhere a value can, so every reader goes through DatumGetCrmSeries, which
 * puts a copy in order if need be.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "datetime.h"
#include "sales_series_sql.h"

PG_FUNCTION_INFO_V1(sales_series_in);
PG_FUNCTION_INFO_V1(sales_series_out);
PG_FUNCTION_INFO_V1(sales_series_recv);
PG_FUNCTION_INFO_V1(sales_series_send);
PG_FUNCTION_INFO_V1(sales_series_to_jsonb);
PG_FUNCTION_INFO_V1(sales_series_eq);
PG_FUNCTION_INFO_V1(sales_series_ne);
PG_FUNCTION_INFO_V1(sales_series_hash);
PG_FUNCTION_INFO_V1(sales_series_hash_extended);
PG_FUNCTION_INFO_V1(sales_series_accum);
PG_FUNCTION_INFO_V1(sales_series_combine);
PG_FUNCTION_INFO_V1(sales_series_final);
PG_FUNCTION_INFO_V1(sales_series_n);
PG_FUNCTION_INFO_V1(sales_series_n_ignored);

typedef struct SeriesValue
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		zero[3];
	uint32		used;
	uint32		sorted;
	uint64		ignored;
	CrmPeriod	list[FLEXIBLE_ARRAY_MEMBER];
} SeriesValue;

#define HEADER_SIZE offsetof(SeriesValue, list)
#define FIRST_CAPACITY 32

/* A state holds as many dates in disorder as in order. */
#define MAX_CAPACITY (2 * CRM_SERIES_MAX_PERIODS)

StaticAssertDecl(HEADER_SIZE == 24 && sizeof(CrmPeriod) == 24,
				 "layout of sales_series on disk");

static size_t
capacity_of(const SeriesValue *v)
{
	return (VARSIZE(v) - HEADER_SIZE) / sizeof(CrmPeriod);
}

static SeriesValue *
new_value(size_t capacity)
{
	Size		size = HEADER_SIZE + capacity * sizeof(CrmPeriod);
	SeriesValue *v = palloc0(size);

	SET_VARSIZE(v, size);
	v->format = CRM_SERIES_FORMAT;
	return v;
}

static SeriesValue *
detoast(Datum d)
{
	SeriesValue *v = (SeriesValue *) PG_DETOAST_DATUM(d);
	CrmError	error;

	if (VARSIZE(v) < HEADER_SIZE || v->format != CRM_SERIES_FORMAT ||
		v->used > capacity_of(v) || v->sorted > v->used)
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt("sales_series", &error);
	}
	return v;
}

static void
sum_too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of a period is out of range")));
}

/* Puts the tail in order and adds up what is equal. */
static void
put_in_order(SeriesValue *v)
{
	size_t		n_tail = v->used - v->sorted;
	size_t		n = v->sorted;
	CrmPeriod  *tail;

	if (n_tail == 0)
		return;
	tail = palloc_array(CrmPeriod, n_tail);
	memcpy(tail, v->list + v->sorted, n_tail * sizeof(CrmPeriod));
	crm_periods_sort(tail, n_tail, crm_pause);
	if (!crm_periods_join(v->list, &n, tail, n_tail))
		sum_too_large();
	v->used = v->sorted = (uint32) n;
	pfree(tail);
}

/*
 * Room for one more entry.  Equal dates are added up first; only when more
 * than half is still in use does the state double.
 */
static SeriesValue *
make_room(SeriesValue *v)
{
	SeriesValue *larger;
	size_t		capacity = capacity_of(v);

	if (v->used < capacity)
		return v;
	put_in_order(v);
	if (v->used > CRM_SERIES_MAX_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a sales_series has at most %d periods",
						CRM_SERIES_MAX_PERIODS),
				 errhint("Sum up by date_trunc('month', ...) first.")));
	if (v->used <= capacity / 2 && v->used < capacity)
		return v;
	larger = new_value(Min(Max(2 * capacity, FIRST_CAPACITY), MAX_CAPACITY));
	larger->used = v->used;
	larger->sorted = v->sorted;
	larger->ignored = v->ignored;
	memcpy(larger->list, v->list, v->used * sizeof(CrmPeriod));
	return larger;
}

/* A copy in order and without room. */
static SeriesValue *
canonical_copy(const SeriesValue *v)
{
	SeriesValue *copy = new_value(v->used);
	CrmSeries	s;
	CrmError	error;

	copy->used = v->used;
	copy->sorted = v->sorted;
	copy->ignored = v->ignored;
	memcpy(copy->list, v->list, v->used * sizeof(CrmPeriod));
	put_in_order(copy);
	SET_VARSIZE(copy, HEADER_SIZE + copy->used * sizeof(CrmPeriod));
	s.periods = copy->list;
	s.n = copy->used;
	s.ignored = copy->ignored;
	if (!crm_series_check(s, &error))
		crm_bad_argument("sales_series", &error);
	return copy;
}

CrmSeries
DatumGetCrmSeries(Datum d)
{
	SeriesValue *v = detoast(d);
	CrmSeries	s;
	CrmError	error;

	if (v->sorted < v->used)
		v = canonical_copy(v);
	s.periods = v->list;
	s.n = v->used;
	s.ignored = v->ignored;
	if (!crm_series_check(s, &error))
		crm_corrupt("sales_series", &error);
	return s;
}

/*----------
 * Text and binary forms
 *----------
 */

static Datum
finished(SeriesValue *v, CrmSeries s)
{
	v->used = v->sorted = (uint32) s.n;
	v->ignored = s.ignored;
	SET_VARSIZE(v, HEADER_SIZE + s.n * sizeof(CrmPeriod));
	return PointerGetDatum(v);
}

/* sales_series_in(cstring) -> sales_series; strict */
Datum
sales_series_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_SERIES_MIN_ENTRY_TEXT + 1;
	SeriesValue *v = new_value(Min(most, CRM_SERIES_MAX_PERIODS));
	CrmSeries	s;
	CrmError	error;

	if (!crm_series_parse(text, len, crm_utf8(), v->list, &s, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.sales_series", text, &error);
		PG_RETURN_NULL();
	}
	return finished(v, s);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_series_print(w, *(const CrmSeries *) value);
}

/* sales_series_out(sales_series) -> cstring; strict */
Datum
sales_series_out(PG_FUNCTION_ARGS)
{
	CrmSeries	s = PG_GETARG_CRM_SERIES(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &s));
}

/* sales_series_recv(internal) -> sales_series; strict */
Datum
sales_series_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size;
	const char *data = crm_message_rest(message, &size);
	SeriesValue *v = new_value(Min(size / CRM_SERIES_ENTRY_SIZE + 1,
								   CRM_SERIES_MAX_PERIODS));
	CrmSeries	s;
	CrmError	error;

	if (!crm_series_decode(data, size, v->list, &s, &error))
		crm_bad_binary("crmprob.sales_series", &error);
	return finished(v, s);
}

/* sales_series_send(sales_series) -> bytea; strict */
Datum
sales_series_send(PG_FUNCTION_ARGS)
{
	CrmSeries	s = PG_GETARG_CRM_SERIES(0);
	size_t		size = CRM_SERIES_HEADER_SIZE + s.n * CRM_SERIES_ENTRY_SIZE;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_series_encode(s, &w);
	Assert(!w.failed && w.at == size);
	PG_RETURN_BYTEA_P(v);
}

/* jsonb(sales_series) -> jsonb; strict */
Datum
sales_series_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmSeries	s = PG_GETARG_CRM_SERIES(0);

	return crm_jsonb_datum(crm_json_text(print_json, &s));
}

/*----------
 * Equality
 *----------
 */

static struct varlena *
canonical(Datum d)
{
	SeriesValue *v = detoast(d);

	(void) DatumGetCrmSeries(PointerGetDatum(v));
	return (struct varlena *) (v->sorted < v->used ||
							   VARSIZE(v) != HEADER_SIZE +
							   v->used * sizeof(CrmPeriod) ?
							   canonical_copy(v) : v);
}

/* sales_series_eq(sales_series, sales_series) -> boolean; strict, as are the
 * three below */
Datum
sales_series_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
sales_series_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
sales_series_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
sales_series_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Aggregates
 *----------
 */

/* A date that is there already takes no room. */
static SeriesValue *
add_period(SeriesValue *state, const CrmPeriod *period)
{
	size_t		at = crm_periods_find(state->list, state->sorted,
									  period->date);

	if (at < state->sorted && state->list[at].date == period->date)
	{
		if (!crm_int128_add(&state->list[at].sum, period->sum))
			sum_too_large();
		return state;
	}
	state = make_room(state);
	state->list[state->used++] = *period;
	return state;
}

/*
 * sales_series_accum(state sales_series, period date, amount numeric) ->
 * sales_series; a row with a NULL is counted as ignored
 */
Datum
sales_series_accum(PG_FUNCTION_ARGS)
{
	SeriesValue *state;
	CrmPeriod	period = {0};

	crm_require_aggregate(fcinfo);
	state = PG_ARGISNULL(0) ? new_value(FIRST_CAPACITY) :
		detoast(PG_GETARG_DATUM(0));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		state->ignored++;
		PG_RETURN_POINTER(state);
	}
	period.date = PG_GETARG_DATEADT(1);
	if (!crm_date_valid(period.date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a period must be a finite date")));
	period.sum = crm_int128(crm_numeric_money(PG_GETARG_DATUM(2)));
	PG_RETURN_POINTER(add_period(state, &period));
}

/*
 * sales_series_combine(state sales_series, other sales_series) ->
 * sales_series; a NULL side counts for nothing
 */
Datum
sales_series_combine(PG_FUNCTION_ARGS)
{
	SeriesValue *state;
	const SeriesValue *other;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = detoast(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(canonical_copy(other));
	state = detoast(PG_GETARG_DATUM(0));
	for (uint32 i = 0; i < other->used; i++)
	{
		SeriesValue *room = add_period(state, &other->list[i]);

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		/* a state outgrown before the executor has seen it is ours to free */
		if (room != state && (Pointer) state != PG_GETARG_POINTER(0))
			pfree(state);
		state = room;
	}
	state->ignored += other->ignored;
	PG_RETURN_POINTER(state);
}

/* sales_series_final(state sales_series) -> sales_series; strict */
Datum
sales_series_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical_copy(detoast(PG_GETARG_DATUM(0))));
}

/* n(sales_series) -> bigint: how many periods have a sum; strict */
Datum
sales_series_n(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_SERIES(0).n);
}

/* n_ignored(sales_series) -> bigint: rows with a NULL; strict */
Datum
sales_series_n_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_SERIES(0).ignored);
}
