/*
 * revenue_forecast_sql.c
 *		The type revenue_forecast: its forms, its equality, its aggregates.
 *
 * One layout serves the aggregate's state and the finished value: a header and
 * an array of CrmDeal, of which the first "sorted" are in order and the rest,
 * up to "used", are as they came; what the varlena's size leaves beyond is room
 * to grow.  A finished value has neither disorder nor room.  A state can get
 * anywhere a value can (a partial aggregate's output), so every reader goes
 * through DatumGetCrmForecast, which puts a copy in order if need be.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "crmprob.h"
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

#define HEADER_SIZE offsetof(ForecastValue, list)
#define FIRST_CAPACITY 16

/* Entries worked on between two looks for interrupts, some milliseconds. */
#define CHUNK 65536

StaticAssertDecl(HEADER_SIZE == 32 && sizeof(CrmDeal) == 32,
				 "layout of revenue_forecast on disk");
StaticAssertDecl(CRM_FORECAST_MAX_DEALS * (Size) 32 + 32 < MaxAllocSize,
				 "the largest forecast must be allowed");

static size_t
capacity_of(const ForecastValue *v)
{
	return (VARSIZE(v) - HEADER_SIZE) / sizeof(CrmDeal);
}

static ForecastValue *
new_value(size_t capacity)
{
	Size		size = HEADER_SIZE + capacity * sizeof(CrmDeal);
	ForecastValue *v = palloc0(size);

	SET_VARSIZE(v, size);
	v->format = CRM_FORECAST_FORMAT;
	return v;
}

static ForecastValue *
detoast(Datum d)
{
	ForecastValue *v = (ForecastValue *) PG_DETOAST_DATUM(d);
	CrmError	error;

	if (VARSIZE(v) < HEADER_SIZE || v->format != CRM_FORECAST_FORMAT ||
		v->used > capacity_of(v) || v->sorted > v->used ||
		v->deals > CRM_FORECAST_MAX_DEALS)
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt("revenue_forecast", &error);
	}
	return v;
}

static void
too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a revenue_forecast holds at most %d deals",
					CRM_FORECAST_MAX_DEALS),
			 errhint("Forecast by owner, team or month.")));
}

/* Puts the tail in order and adds up what is equal. */
static void
put_in_order(ForecastValue *v)
{
	size_t		n_tail = v->used - v->sorted;
	size_t		n = v->sorted;
	CrmDeal    *tail;

	if (n_tail == 0)
		return;
	tail = palloc_array(CrmDeal, n_tail);
	memcpy(tail, v->list + v->sorted, n_tail * sizeof(CrmDeal));
	crm_deals_sort(tail, n_tail, crm_pause);
	crm_deals_join(v->list, &n, tail, n_tail);
	v->used = v->sorted = (uint32) n;
	pfree(tail);
}

/*
 * Room for one more entry.  Equal deals are added up first; only when more
 * than half is still in use does the state double, as a new datum that the
 * executor copies once and frees the old one for.
 */
static ForecastValue *
make_room(ForecastValue *v)
{
	ForecastValue *larger;
	size_t		capacity = capacity_of(v);

	if (v->used < capacity)
		return v;
	put_in_order(v);
	if (v->used <= capacity / 2 && v->used < capacity)
		return v;
	larger = new_value(Min(Max(2 * capacity, FIRST_CAPACITY),
						   CRM_FORECAST_MAX_DEALS));
	larger->used = v->used;
	larger->sorted = v->sorted;
	larger->ignored = v->ignored;
	larger->deals = v->deals;
	memcpy(larger->list, v->list, v->used * sizeof(CrmDeal));
	return larger;
}

/* A copy in order and without room. */
static ForecastValue *
canonical_copy(const ForecastValue *v)
{
	ForecastValue *copy = new_value(v->used);

	copy->used = v->used;
	copy->sorted = v->sorted;
	copy->ignored = v->ignored;
	copy->deals = v->deals;
	memcpy(copy->list, v->list, v->used * sizeof(CrmDeal));
	put_in_order(copy);
	SET_VARSIZE(copy, HEADER_SIZE + copy->used * sizeof(CrmDeal));
	return copy;
}

CrmForecast
DatumGetCrmForecast(Datum d)
{
	ForecastValue *v = detoast(d);
	CrmForecast f;
	CrmError	error;

	if (v->sorted < v->used)
		v = canonical_copy(v);
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
	v->used = v->sorted = (uint32) f.n_deals;
	v->ignored = f.ignored;
	v->deals = crm_forecast_deals(f);
	SET_VARSIZE(v, HEADER_SIZE + f.n_deals * sizeof(CrmDeal));
	return PointerGetDatum(v);
}

/* Texts of floats; asked for at each deal, so cancelled there. */
static size_t
print_float(double value, char *text)
{
	CHECK_FOR_INTERRUPTS();
	return crm_float_text.print(value, text);
}

static bool
parse_float(const char *text, size_t len, double *value)
{
	CHECK_FOR_INTERRUPTS();
	return crm_float_text.parse(text, len, value);
}

static const CrmFloatText float_text = {print_float, parse_float};

/* revenue_forecast_in(cstring) -> revenue_forecast; strict */
Datum
revenue_forecast_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_FORECAST_MIN_ENTRY_TEXT + 1;
	ForecastValue *v = new_value(Min(most, CRM_FORECAST_MAX_DEALS));
	CrmForecast f;
	CrmError	error;

	if (!crm_forecast_parse(text, len, crm_utf8(), &float_text, v->list, &f,
							&error))
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
	crm_forecast_print(w, *(const CrmForecast *) value, &float_text);
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
	ForecastValue *v = new_value(Min(size / CRM_FORECAST_ENTRY_SIZE + 1,
									 CRM_FORECAST_MAX_DEALS));
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
	ForecastValue *v = detoast(d);

	(void) DatumGetCrmForecast(PointerGetDatum(v));
	return (struct varlena *) (v->sorted < v->used ||
							   VARSIZE(v) != HEADER_SIZE +
							   v->used * sizeof(CrmDeal) ?
							   canonical_copy(v) : v);
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

static ForecastValue *
state_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? new_value(FIRST_CAPACITY) :
		detoast(PG_GETARG_DATUM(0));
}

static ForecastValue *
add_deal(ForecastValue *state, const CrmDeal *deal)
{
	if (deal->count > CRM_FORECAST_MAX_DEALS - state->deals)
		too_many();
	state = make_room(state);
	state->list[state->used++] = *deal;
	state->deals += deal->count;
	return state;
}

Datum
crm_forecast_add(FunctionCallInfo fcinfo, const CrmDeal *deal)
{
	CrmError	error;

	if (!crm_deal_check(deal, &error))
		crm_bad_argument("deal", &error);
	PG_RETURN_POINTER(add_deal(state_argument(fcinfo), deal));
}

Datum
crm_forecast_skip(FunctionCallInfo fcinfo)
{
	ForecastValue *state = state_argument(fcinfo);

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

/*
 * revenue_forecast_combine(state revenue_forecast, other revenue_forecast) ->
 * revenue_forecast; a NULL side counts for nothing
 */
Datum
revenue_forecast_combine(PG_FUNCTION_ARGS)
{
	ForecastValue *state;
	const ForecastValue *other;

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
		ForecastValue *room = add_deal(state, &other->list[i]);

		if (i % CHUNK == 0)
			CHECK_FOR_INTERRUPTS();
		/* a state outgrown before the executor has seen it is ours to free */
		if (room != state && (Pointer) state != PG_GETARG_POINTER(0))
			pfree(state);
		state = room;
	}
	state->ignored += other->ignored;
	PG_RETURN_POINTER(state);
}

/* revenue_forecast_final(state revenue_forecast) -> revenue_forecast; strict */
Datum
revenue_forecast_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical_copy(detoast(PG_GETARG_DATUM(0))));
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
