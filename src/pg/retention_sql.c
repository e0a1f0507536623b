/*
 * retention_sql.c
 *		SQL functions of the type retention.
 *
 * A tally (tally_value.h) whose prefix is the frame, cut behind its last
 * bracket; it is the same in a state and in a finished value.
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "retention.h"
#include "sort.h"
#include "tally_value.h"

PG_FUNCTION_INFO_V1(retention_in);
PG_FUNCTION_INFO_V1(retention_out);
PG_FUNCTION_INFO_V1(retention_recv);
PG_FUNCTION_INFO_V1(retention_send);
PG_FUNCTION_INFO_V1(retention_to_jsonb);
PG_FUNCTION_INFO_V1(retention_eq);
PG_FUNCTION_INFO_V1(retention_ne);
PG_FUNCTION_INFO_V1(retention_hash);
PG_FUNCTION_INFO_V1(retention_hash_extended);
PG_FUNCTION_INFO_V1(retention_add);
PG_FUNCTION_INFO_V1(retention_add_brackets);
PG_FUNCTION_INFO_V1(retention_merge);
PG_FUNCTION_INFO_V1(retention_final);
PG_FUNCTION_INFO_V1(retention_as_of);
PG_FUNCTION_INFO_V1(retention_cohorts);
PG_FUNCTION_INFO_V1(retention_overall);

#define TYPE "retention"

/* The frame of a value; false: it is damaged. */
static bool
read_frame(const CrmTallyValue *v, CrmRetentionFrame *f)
{
	memset(f, 0, sizeof *f);
	if (v->prefix < crm_retention_frame_size(0) || v->prefix > sizeof *f ||
		v->items != 0)
		return false;
	memcpy(f, v->data, v->prefix);
	return f->n_brackets >= 0 &&
		f->n_brackets <= CRM_RETENTION_MAX_BRACKETS &&
		v->prefix == crm_retention_frame_size(f->n_brackets);
}

static CrmTallyValue *
new_value(const CrmRetentionFrame *f, size_t capacity)
{
	uint32		prefix = (uint32) crm_retention_frame_size(f->n_brackets);
	CrmTallyValue *v = crm_tally_new(prefix, capacity);

	memcpy(v->data, f, prefix);
	return v;
}

static CrmTallyValue *
detoast(Datum d, CrmRetentionFrame *f)
{
	CrmTallyValue *v = crm_tally_detoast(d, TYPE);
	CrmError	error;

	if (!read_frame(v, f))
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt(TYPE, &error);
	}
	return v;
}

/* In order and validated; lives as long as the call. */
static CrmTallyValue *
canonical(Datum d, CrmRetentionFrame *f)
{
	CrmTallyValue *v = crm_tally_settled(detoast(d, f));
	CrmRetention r = {f, crm_tally_entries(v), v->used};
	CrmError	error;

	if (!crm_retention_check(r, &error))
	{
		if (error.kind == CRM_ERROR_RANGE)
			crm_bad_argument(TYPE, &error);
		crm_corrupt(TYPE, &error);
	}
	CHECK_FOR_INTERRUPTS();
	return v;
}

static struct varlena *
canonical_varlena(Datum d)
{
	CrmRetentionFrame f;

	return (struct varlena *) canonical(d, &f);
}

static CrmRetention
retention_argument(FunctionCallInfo fcinfo, CrmRetentionFrame *f)
{
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0), f);
	CrmRetention r = {f, crm_tally_entries(v), v->used};

	return r;
}

static Datum
made(const CrmRetentionFrame *f, const CrmTally *cells, size_t n)
{
	CrmTallyValue *v = new_value(f, n);

	memcpy(crm_tally_entries(v), cells, n * sizeof(CrmTally));
	v->used = v->sorted = (uint32) n;
	return PointerGetDatum(v);
}

static CrmTally *
cell_room(size_t n)
{
	return palloc(Min(n, CRM_TALLY_MAX_ENTRIES) * sizeof(CrmTally));
}

/* retention_in(cstring) -> retention; strict */
Datum
retention_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	CrmTally   *cells = cell_room(len / CRM_RETENTION_MIN_CELL_TEXT + 1);
	CrmRetentionFrame f;
	size_t		n;
	CrmError	error;

	if (!crm_retention_parse(text, len, &f, cells, &n, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.retention", text, &error);
		PG_RETURN_NULL();
	}
	return made(&f, cells, n);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	w->pause = crm_pause;
	crm_retention_print(w, *(const CrmRetention *) value);
}

/* retention_out(retention) -> cstring; strict */
Datum
retention_out(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetention r = retention_argument(fcinfo, &f);

	PG_RETURN_CSTRING(crm_json_text(print_json, &r));
}

/* jsonb(retention) -> jsonb; strict */
Datum
retention_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetention r = retention_argument(fcinfo, &f);

	return crm_jsonb_datum(crm_json_text(print_json, &r));
}

/* retention_recv(internal) -> retention; strict */
Datum
retention_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmTally   *cells = cell_room(size / CRM_RETENTION_MIN_CELL_SIZE + 1);
	CrmRetentionFrame f;
	size_t		n;
	CrmError	error;

	if (!crm_retention_decode(data, size, &f, cells, &n, &error))
		crm_bad_binary("crmprob.retention", &error);
	return made(&f, cells, n);
}

/* retention_send(retention) -> bytea; strict */
Datum
retention_send(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetention r = retention_argument(fcinfo, &f);
	CrmWriter	count = crm_writer(NULL, 0);
	CrmWriter	w;
	bytea	   *v;

	crm_retention_encode(r, &count);
	v = crm_new_value(count.at);
	w = crm_writer(VARDATA(v), count.at);
	crm_retention_encode(r, &w);
	PG_RETURN_BYTEA_P(v);
}

/*
 * retention_eq(retention, retention) -> boolean; strict, as are the three below
 */
Datum
retention_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
retention_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
retention_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical_varlena);
}

Datum
retention_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical_varlena);
}

static int32
day_of(DateADT date)
{
	if (date < CRM_RETENTION_FIRST_DAY || date > CRM_RETENTION_LAST_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for retention"),
				 errdetail("Dates go from 0001-01-01 to 9999-12-31.")));
	return date;
}

static void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

static void
require_frame(const CrmRetentionFrame *f, const char *what)
{
	CrmError	error;

	if (!crm_retention_check_frame(f, &error))
		crm_bad_argument(what, &error);
}

/* unit interval and as_of date, both required */
static void
unit_frame(FunctionCallInfo fcinfo, CrmRetentionFrame *f)
{
	Interval   *unit;

	refuse_null(fcinfo, 3, "unit");
	refuse_null(fcinfo, 4, "as_of");
	unit = PG_GETARG_INTERVAL_P(3);
	memset(f, 0, sizeof *f);
	f->as_of = day_of(PG_GETARG_DATEADT(4));
	f->months = unit->month;
	f->days = unit->day;
	/* hours and the like are no period that dates can fill */
	if (unit->time != 0 || INTERVAL_NOT_FINITE(unit))
		f->months = f->days = -1;
	require_frame(f, "unit of retention");
}

/* brackets integer[] and as_of date, both required */
static void
bracket_frame(FunctionCallInfo fcinfo, CrmRetentionFrame *f)
{
	ArrayType  *brackets;
	int			n;
	CrmError	error;

	refuse_null(fcinfo, 3, "brackets");
	refuse_null(fcinfo, 4, "as_of");
	brackets = PG_GETARG_ARRAYTYPE_P(3);
	memset(f, 0, sizeof *f);
	f->as_of = day_of(PG_GETARG_DATEADT(4));
	n = ARR_NDIM(brackets) == 1 ? ARR_DIMS(brackets)[0] : 0;
	if (n < 2 || n > CRM_RETENTION_MAX_BRACKETS + 1 ||
		array_contains_nulls(brackets))
	{
		crm_fail(&error, CRM_ERROR_VALUE,
				 "Brackets are an array of 2 to 101 whole numbers.",
				 "The last one is the first day that no longer counts: {1,31,61} makes days 1 to 30 and 31 to 60.");
		crm_bad_argument("brackets of retention", &error);
	}
	f->n_brackets = n - 1;
	memcpy(f->bracket, ARR_DATA_PTR(brackets), n * sizeof(int32));
	require_frame(f, "brackets of retention");
}

/*
 * The periods in which a customer was active, each once, ascending; limit is
 * above them all.  Many days are few periods, so these are marked, not sorted.
 */
static int32 *
active_periods(FunctionCallInfo fcinfo, const CrmRetentionFrame *f,
			   int32 started, int32 limit, uint32 *n)
{
	ArrayType  *active = PG_GETARG_ARRAYTYPE_P(2);
	int			n_days = ArrayGetNItems(ARR_NDIM(active), ARR_DIMS(active));
	const bits8 *known = ARR_NULLBITMAP(active);
	const DateADT *next = (const DateADT *) ARR_DATA_PTR(active);
	bool	   *marked = palloc0_array(bool, limit + 1);
	int32	   *periods = palloc_array(int32, limit + 1);

	for (int i = 0; i < n_days; i++)
	{
		int32		day;
		int32		period;

		if (i % CRM_PAUSE_EVERY == CRM_PAUSE_EVERY - 1)
			CHECK_FOR_INTERRUPTS();
		if (known != NULL && (known[i / 8] & (1 << (i % 8))) == 0)
			continue;
		day = day_of(*next++);
		if (day < started || day > f->as_of)
			continue;
		period = crm_retention_period(f, started, day);
		if (period >= 0 && period < limit)
			marked[period] = true;
	}
	*n = 0;
	for (int32 period = 0; period < limit; period++)
		if (marked[period])
			periods[(*n)++] = period;
	return periods;
}

/* How many periods of the cohort have begun. */
static int32
begun_periods(const CrmRetentionFrame *f, int32 cohort)
{
	int32		begun = crm_retention_begun(f, cohort);

	if (begun > CRM_RETENTION_MAX_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many periods for retention"),
				 errdetail("A cohort has at most %d periods.",
						   CRM_RETENTION_MAX_PERIODS),
				 errhint("Take a longer unit, or later customers.")));
	return begun;
}

static void
require_same(const CrmRetentionFrame *a, const CrmRetentionFrame *b)
{
	if (memcmp(a, b, sizeof *a) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retentions of different periods cannot be added up"),
				 errdetail("The unit or brackets, and the last day that is known, must be the same."),
				 errhint("Group by them.")));
}

/* One customer: its cohort's size, and each period it was active in. */
static Datum
add_customer(FunctionCallInfo fcinfo, const CrmRetentionFrame *f)
{
	CrmRetentionFrame own;
	CrmTallyValue *state;
	CrmTally	cell = {0, 0, 0, 1, 0};
	int32		started = day_of(PG_GETARG_DATEADT(1));
	int32	   *periods = NULL;
	int32		begun;
	uint32		n = 0;

	if (PG_ARGISNULL(0))
		state = new_value(f, 16);
	else
	{
		state = detoast(PG_GETARG_DATUM(0), &own);
		require_same(&own, f);
	}
	cell.key = crm_retention_cohort(f, started);
	cell.key = cell.key == 0 ? 0 : cell.key;
	begun = begun_periods(f, (int32) cell.key);
	if (!PG_ARGISNULL(2))
		periods = active_periods(fcinfo, f, started, begun, &n);
	for (uint32 i = 0; i <= n; i++)
	{
		CrmTallyValue *larger;

		cell.part = i == 0 ? 0 : (uint32) periods[i - 1] + 1;
		cell.second = i > 0 && i == n;
		larger = crm_tally_add(state, &cell, TYPE);
		if (larger != state && (Pointer) state != PG_GETARG_POINTER(0))
			pfree(state);
		state = larger;
	}
	PG_RETURN_POINTER(state);
}

/*
 * retention_add(state retention, started date, active date[], unit interval,
 * as_of date) -> retention; a row with a NULL start or one after as_of is
 * skipped, a NULL array is none, NULL in it skipped
 */
Datum
retention_add(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;

	crm_require_aggregate(fcinfo);
	unit_frame(fcinfo, &f);
	if (PG_ARGISNULL(1) || PG_GETARG_DATEADT(1) > f.as_of)
		return crm_state_as_it_is(fcinfo);
	return add_customer(fcinfo, &f);
}

/*
 * retention_add_brackets(state retention, started date, active date[], brackets
 * integer[], as_of date) -> retention; NULLs as above
 */
Datum
retention_add_brackets(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;

	crm_require_aggregate(fcinfo);
	bracket_frame(fcinfo, &f);
	if (PG_ARGISNULL(1) || PG_GETARG_DATEADT(1) > f.as_of)
		return crm_state_as_it_is(fcinfo);
	return add_customer(fcinfo, &f);
}

/*
 * retention_merge(state retention, other retention) -> retention; a NULL side
 * counts for nothing
 */
Datum
retention_merge(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetentionFrame own;
	CrmTallyValue *other;
	CrmTallyValue *state;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = detoast(PG_GETARG_DATUM(1), &f);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(crm_tally_copy(other, other->prefix, 0));
	state = detoast(PG_GETARG_DATUM(0), &own);
	require_same(&own, &f);
	PG_RETURN_POINTER(crm_tally_add_all(state, other, NULL,
										PG_GETARG_POINTER(0), TYPE));
}

/* retention_final(state retention) -> retention; strict */
Datum
retention_final(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0), &f);

	/* a state that happens to be in order is the executor's */
	if ((Pointer) v == PG_GETARG_POINTER(0))
		v = crm_tally_copy(v, v->prefix, 0);
	PG_RETURN_POINTER(v);
}

/* as_of(retention) -> date; strict */
Datum
retention_as_of(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;

	(void) retention_argument(fcinfo, &f);
	PG_RETURN_DATEADT(f.as_of);
}

/* True: active in the period or a later one; false: in the period itself. */
static bool
mode_argument(FunctionCallInfo fcinfo)
{
	char	   *mode = text_to_cstring(PG_GETARG_TEXT_PP(1));

	if (strcmp(mode, "on") != 0 && strcmp(mode, "on_or_after") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown retention mode \"%s\"", crm_clip(mode)),
				 errhint("Modes are on and on_or_after; brackets are made by bracket_retention().")));
	return strcmp(mode, "on_or_after") == 0;
}

/*
 * cohorts(retention, mode text) -> setof (cohort, period, size, active, rate,
 * complete), one row a begun period; strict, rate NULL until it is over
 */
Datum
retention_cohorts(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetention r = retention_argument(fcinfo, &f);
	bool		later = mode_argument(fcinfo);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmRetentionRow *rows = palloc_array(CrmRetentionRow,
										 CRM_RETENTION_MAX_PERIODS);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (size_t at = 0; at < r.n_cells;)
	{
		int32		n = crm_retention_rows(r, &at, rows);

		for (int32 k = 0; k < n; k++)
		{
			uint64		active = later ? rows[k].later : rows[k].active;
			Datum		values[6];
			bool		nulls[6] = {false};

			CHECK_FOR_INTERRUPTS();
			values[0] = DateADTGetDatum(rows[k].cohort);
			values[1] = Int32GetDatum(k);
			values[2] = Int64GetDatum((int64) rows[k].size);
			values[3] = Int64GetDatum((int64) active);
			values[4] = Float8GetDatum((double) active /
									   (double) rows[k].size);
			nulls[4] = !rows[k].complete;
			values[5] = BoolGetDatum(rows[k].complete);
			tuplestore_putvalues(result->setResult, result->setDesc, values,
								 nulls);
		}
	}
	return (Datum) 0;
}

/*
 * overall(retention, mode text) -> setof (period, size, active, rate) over the
 * cohorts for which the period is over; strict
 */
Datum
retention_overall(PG_FUNCTION_ARGS)
{
	CrmRetentionFrame f;
	CrmRetention r = retention_argument(fcinfo, &f);
	bool		later = mode_argument(fcinfo);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmRetentionRow *rows = palloc_array(CrmRetentionRow,
										 CRM_RETENTION_MAX_PERIODS);
	uint64	   *size = palloc0(CRM_RETENTION_MAX_PERIODS * sizeof *size);
	uint64	   *active = palloc0(CRM_RETENTION_MAX_PERIODS * sizeof *active);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (size_t at = 0; at < r.n_cells;)
	{
		int32		n = crm_retention_rows(r, &at, rows);

		CHECK_FOR_INTERRUPTS();
		for (int32 k = 0; k < n && rows[k].complete; k++)
		{
			size[k] += rows[k].size;
			active[k] += later ? rows[k].later : rows[k].active;
		}
	}
	for (int32 k = 0; k < CRM_RETENTION_MAX_PERIODS && size[k] > 0; k++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(k);
		values[1] = Int64GetDatum((int64) size[k]);
		values[2] = Int64GetDatum((int64) active[k]);
		values[3] = Float8GetDatum((double) active[k] / (double) size[k]);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
