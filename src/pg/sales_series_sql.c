/*
 * sales_series_sql.c
 *		The type sales_series: its forms, its equality, its aggregates.
 *
 * A list (list_value.h) of CrmPeriod; every reader goes through
 * DatumGetCrmSeries, which puts a copy in order if need be.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "datetime.h"
#include "list_value.h"
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

StaticAssertDecl(offsetof(SeriesValue, list) == 24 && sizeof(CrmPeriod) == 24,
				 "layout of sales_series on disk");

static void
sum_too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of a period is out of range")));
}

static void
join_periods(void *entries, size_t *n, void *tail, size_t n_tail)
{
	crm_periods_sort(tail, n_tail, crm_pause);
	if (!crm_periods_join(entries, n, tail, n_tail))
		sum_too_large();
}

static void
too_many(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a %s has at most %d periods", type,
					CRM_SERIES_MAX_PERIODS),
			 errhint("Sum up by date_trunc('month', ...) first.")));
}

/* A state holds as many dates in disorder as in order. */
static const CrmListKind KIND = {
	.type = "sales_series",
	.header = offsetof(SeriesValue, list),
	.entry = sizeof(CrmPeriod),
	.first_room = 32,
	.most_room = 2 * CRM_SERIES_MAX_PERIODS,
	.full = CRM_SERIES_MAX_PERIODS + 1,
	.format = CRM_SERIES_FORMAT,
	.join = join_periods,
	.refuse = too_many,
};

/* A copy in order and without room. */
static SeriesValue *
canonical_copy(const SeriesValue *v)
{
	SeriesValue *copy = crm_list_compact(&KIND, v);
	CrmSeries	s;
	CrmError	error;

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
	SeriesValue *v = crm_list_detoast(&KIND, d);
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
	v->ignored = s.ignored;
	return PointerGetDatum(crm_list_finished(&KIND, v, s.n));
}

/* sales_series_in(cstring) -> sales_series; strict */
Datum
sales_series_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_SERIES_MIN_ENTRY_TEXT + 1;
	SeriesValue *v = crm_list_new(&KIND, Min(most, CRM_SERIES_MAX_PERIODS));
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
	size_t		most = size / CRM_SERIES_ENTRY_SIZE + 1;
	SeriesValue *v = crm_list_new(&KIND, Min(most, CRM_SERIES_MAX_PERIODS));
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
	SeriesValue *v = crm_list_detoast(&KIND, d);

	(void) DatumGetCrmSeries(PointerGetDatum(v));
	return (struct varlena *) (crm_list_settled(&KIND, v) ? v :
							   canonical_copy(v));
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
static void *
add_period(void *state, const void *entry, void *context)
{
	SeriesValue *v = state;
	const CrmPeriod *period = entry;
	size_t		at = crm_periods_find(v->list, v->sorted, period->date);

	if (at < v->sorted && v->list[at].date == period->date)
	{
		if (!crm_int128_add(&v->list[at].sum, period->sum))
			sum_too_large();
		return v;
	}
	v = crm_list_make_room(&KIND, v);
	v->list[v->used++] = *period;
	return v;
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
	state = crm_list_state(&KIND, fcinfo);
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
	PG_RETURN_POINTER(add_period(state, &period, NULL));
}

static void
add_ignored(void *state, const void *other)
{
	((SeriesValue *) state)->ignored += ((const SeriesValue *) other)->ignored;
}

/*
 * sales_series_combine(state sales_series, other sales_series) ->
 * sales_series; a NULL side counts for nothing
 */
Datum
sales_series_combine(PG_FUNCTION_ARGS)
{
	return crm_list_combine(fcinfo, &KIND, add_period, add_ignored);
}

/* sales_series_final(state sales_series) -> sales_series; strict */
Datum
sales_series_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical_copy(crm_list_detoast(&KIND,
													  PG_GETARG_DATUM(0))));
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
