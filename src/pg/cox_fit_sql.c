/*
 * cox_fit_sql.c
 *		The aggregate fit_cox: durations, events and features to a cox_model.
 *
 * Its state is internal, as that of fit: a dataset whose label is the event,
 * and beside it the durations.  There is no combine function.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "cox_model.h"
#include "crmprob.h"
#include "dataset_columns.h"
#include "progress.h"
#include "survival_sql.h"

PG_FUNCTION_INFO_V1(cox_accum);
PG_FUNCTION_INFO_V1(cox_final);

#define DEFAULT_MAX_ITER 100
#define OPTIONS_HINT "Options of fit_cox are ties (\"efron\" or \"breslow\"), max_iter, exclude and categorical."

typedef struct CoxState
{
	MemoryContext context;
	Jsonb	   *options;		/* NULL: none */
	CrmFitOptions columns;		/* exclude and categorical alone */
	CrmCoxTies	ties;
	int			max_iter;
	Oid			type;			/* of the records */
	int32		typmod;
	CrmDataset *dataset;		/* NULL until the first row */
	uint64		n_skipped;
	double	   *durations;		/* by row of the dataset */
	uint32		capacity;
} CoxState;

static void
refuse_option(const char *key, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid option \"%s\"", crm_clip(key)),
			 detail ? errdetail_internal("%s", detail) : 0,
			 errhint(OPTIONS_HINT)));
}

static CrmString *
read_names(const char *key, JsonbIterator * *it, const JsonbValue *array,
		   int *n)
{
	CrmString  *names;
	JsonbValue	v;

	if (array->type != jbvArray || array->val.array.rawScalar)
		refuse_option(key, "A list of column names is expected.");
	names = palloc_array(CrmString, array->val.array.nElems + 1);
	*n = 0;
	while (JsonbIteratorNext(it, &v, true) == WJB_ELEM)
	{
		if (v.type != jbvString)
			refuse_option(key, "A list of column names is expected.");
		names[*n] = crm_string(pnstrdup(v.val.string.val, v.val.string.len),
							   v.val.string.len);
		(*n)++;
	}
	return names;
}

static CrmCoxTies
read_ties(const char *key, const JsonbValue *v)
{
	for (int t = CRM_COX_EFRON; t <= CRM_COX_BRESLOW; t++)
		if (v->type == jbvString &&
			strlen(crm_cox_ties_name(t)) == v->val.string.len &&
			memcmp(crm_cox_ties_name(t), v->val.string.val,
				   v->val.string.len) == 0)
			return (CrmCoxTies) t;
	refuse_option(key, "\"efron\" or \"breslow\" is expected.");
	return CRM_COX_EFRON;
}

static int
read_max_iter(const char *key, const JsonbValue *v)
{
	double		n = 0;

	if (v->type == jbvNumeric)
		n = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											   NumericGetDatum(v->val.numeric)));
	if (!(n >= 1 && n <= 1000 && n == floor(n)))
		refuse_option(key, "A whole number between 1 and 1000 is expected.");
	return (int) n;
}

static void
read_options(CoxState *state)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(state->options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint(OPTIONS_HINT)));
	it = JsonbIteratorInit(&state->options->root);
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
	{
		char	   *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(v.val.string.val, v.val.string.len);
		(void) JsonbIteratorNext(&it, &v, false);
		if (strcmp(key, "ties") == 0)
			state->ties = read_ties(key, &v);
		else if (strcmp(key, "max_iter") == 0)
			state->max_iter = read_max_iter(key, &v);
		else if (strcmp(key, "exclude") == 0)
			state->columns.exclude =
				read_names(key, &it, &v, &state->columns.n_exclude);
		else if (strcmp(key, "categorical") == 0)
			state->columns.categorical =
				read_names(key, &it, &v, &state->columns.n_categorical);
		else
			refuse_option(key, NULL);
	}
}

static CoxState *
new_state(MemoryContext context, Jsonb *options)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	CoxState   *state = palloc0(sizeof *state);

	state->context = context;
	state->max_iter = DEFAULT_MAX_ITER;
	if (options != NULL)
	{
		state->options = (Jsonb *)
			PG_DETOAST_DATUM_COPY(PointerGetDatum(options));
		read_options(state);
	}
	MemoryContextSwitchTo(caller);
	return state;
}

/* The first row's options are the group's. */
static void
check_options(const CoxState *state, Jsonb *options)
{
	if ((state->options == NULL) != (options == NULL) ||
		(options != NULL &&
		 (VARSIZE(options) != VARSIZE(state->options) ||
		  memcmp(options, state->options, VARSIZE(options)) != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options of fit_cox must be the same in all rows"),
				 errhint("Add them to GROUP BY to fit one model for each.")));
}

static void
keep_duration(CoxState *state, double duration)
{
	uint32		row = crm_dataset_rows(state->dataset) - 1;

	if (row >= state->capacity)
	{
		Size		n = state->capacity == 0 ? 256 :
		(Size) state->capacity + state->capacity / 2;
		Size		size = n * sizeof(double);

		crm_dataset_reserve(state->dataset, size);
		state->durations = state->durations == NULL ?
			MemoryContextAlloc(state->context, size) :
			repalloc(state->durations, size);
		state->capacity = (uint32) n;
	}
	state->durations[row] = duration;
}

static void
add_record(CoxState *state, double duration, bool event,
		   HeapTupleHeader record)
{
	Oid			type = HeapTupleHeaderGetTypeId(record);
	int32		typmod = HeapTupleHeaderGetTypMod(record);

	if (state->dataset == NULL)
	{
		TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, typmod);

		state->type = type;
		state->typmod = typmod;
		state->dataset = crm_dataset_create(state->context, desc,
											&state->columns, NULL, 0);
		FreeTupleDesc(desc);
		if (state->dataset->n_columns == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no feature to fit"),
					 errdetail("The record has no columns, or all are excluded.")));
	}
	else if (type != state->type || typmod != state->typmod)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("records of fit_cox must be of one row type")));
	crm_dataset_add_record(state->dataset, record, event, false);
	keep_duration(state, duration);
}

/*
 * cox_accum(internal, duration float8, event boolean, features record [,
 * options jsonb]) -> internal; rows with a NULL are counted and skipped, NULL
 * options are none
 */
Datum
cox_accum(PG_FUNCTION_ARGS)
{
	CoxState   *state = PG_ARGISNULL(0) ? NULL :
	(CoxState *) PG_GETARG_POINTER(0);
	Jsonb	   *options = NULL;
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "cox_accum called in non-aggregate context");
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		options = PG_GETARG_JSONB_P(4);
	if (state == NULL)
		state = new_state(context, options);
	else
		check_options(state, options);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		state->n_skipped++;
	else
		add_record(state, crm_duration_argument(PG_GETARG_FLOAT8(1)),
				   PG_GETARG_BOOL(2), PG_GETARG_HEAPTUPLEHEADER(3));
	PG_RETURN_POINTER(state);
}

/* What becomes of one column of the records. */
typedef struct Feature
{
	const Column *column;
	uint32		first_term;
	uint32		first_column;	/* of x */
	uint32		n_levels;
	int32	   *level;			/* by code: its place among the levels */
} Feature;

typedef struct CoxFit
{
	CoxState   *state;
	CrmDataset *ds;
	uint32	   *rows;			/* complete ones, by duration */
	CrmCell    *cells;			/* of one column, by row of the dataset */
	uint32		n;
	uint32		n_events;
	Feature    *features;
	uint32		n_columns;
	CrmCoxModel model;
	double	   *scale;			/* sd by column of x, 0 if constant */
	uint32	   *term;			/* by column of x */
	double	   *time;
	uint8	   *event;
	double	   *x;
} CoxFit;

#define CHECK_ROW(i) \
	do { if (((i) & 0xffff) == 0) CHECK_FOR_INTERRUPTS(); } while (0)

static bool
missing(const Column *c, CrmCell cell)
{
	if (c->kind == CRM_CATEGORICAL)
		return cell.code == CODE_MISSING;
	if (c->kind == CRM_TIME)
		return cell.time == TIME_MISSING;
	return isnan(cell.number);
}

/* Names the columns that lack values, and how many rows that costs. */
static void
warn_missing(CoxFit *fit, const uint32 *lacking)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < fit->ds->n_columns; i++)
	{
		const Column *c = &fit->ds->columns[i];

		if (lacking[i] == 0)
			continue;
		if (lacking[i] == fit->ds->n_rows)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" has no value in any row",
							c->name.bytes),
					 errhint("Leave it out with the option \"exclude\".")));
		appendStringInfo(&names, "%s\"%s\" (%u)", names.len > 0 ? ", " : "",
						 c->name.bytes, lacking[i]);
	}
	ereport(WARNING,
			(errmsg("%u of %u rows are left out because a column is NULL",
					fit->ds->n_rows - fit->n, fit->ds->n_rows),
			 errdetail_internal("%s", names.data)));
}

/* The rows that have all features. */
static void
choose_rows(CoxFit *fit)
{
	CrmDataset *ds = fit->ds;
	uint32	   *lacking = palloc0((ds->n_columns + 1) * sizeof(uint32));

	crm_dataset_reserve(ds, (Size) ds->n_rows * 4 * sizeof(uint32));
	fit->rows = palloc_array(uint32, ds->n_rows + 1);
	for (uint32 row = 0; row < ds->n_rows; row++)
	{
		const CrmCell *cells = crm_cells_block(&ds->cells, row /
											   ds->cells.block_rows) +
		(Size) (row % ds->cells.block_rows) * ds->cells.n_columns;
		bool		complete = true;

		CHECK_ROW(row);
		for (int i = 0; i < ds->n_columns; i++)
			if (missing(&ds->columns[i], cells[i]))
			{
				lacking[i]++;
				complete = false;
			}
		if (complete)
		{
			fit->rows[fit->n++] = row;
			fit->n_events += crm_dataset_label(ds, row);
		}
	}
	if (fit->n < ds->n_rows)
		warn_missing(fit, lacking);
	if (fit->n_events == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no event to learn from"),
				 errdetail("All %u rows with a value in every column are censored.",
						   fit->n)));
}

typedef struct OrderState
{
	const CoxState *state;
	const uint32 *place;		/* by row, in canonical order */
	uint32		compared;
} OrderState;

static int
compare_durations(const void *pa, const void *pb, void *arg)
{
	OrderState *order = arg;
	uint32		a = *(const uint32 *) pa;
	uint32		b = *(const uint32 *) pb;
	double		ta = order->state->durations[a];
	double		tb = order->state->durations[b];

	CHECK_ROW(++order->compared);
	if (ta != tb)
		return ta < tb ? -1 : 1;
	return (order->place[a] > order->place[b]) -
		(order->place[a] < order->place[b]);
}

/* By duration, equal ones in canonical order, so that sums have one order. */
static void
order_rows(CoxFit *fit)
{
	uint32	   *place = palloc_array(uint32, fit->ds->n_rows + 1);
	OrderState	order = {fit->state, place, 0};

	crm_dataset_sort(fit->ds, fit->rows, fit->n);
	for (uint32 i = 0; i < fit->n; i++)
		place[fit->rows[i]] = i;
	qsort_arg(fit->rows, fit->n, sizeof *fit->rows, compare_durations,
			  &order);
	pfree(place);
}

typedef struct Level
{
	CrmString	label;
	int32		code;
	uint32		count;
} Level;

static int
compare_levels(const void *a, const void *b)
{
	return crm_string_compare(((const Level *) a)->label,
							  ((const Level *) b)->label);
}

static void
too_many_columns(const Column *c, uint32 levels)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many columns for a Cox regression"),
			 errdetail("With the %u values of column \"%s\" there are more than %d.",
					   levels, c->name.bytes, CRM_COX_MAX_COLUMNS),
			 errhint("Leave it out with the option \"exclude\", or group its values.")));
}

static CrmCoxTerm *
new_term(CoxFit *fit, const Column *c, CrmCoxKind kind)
{
	CrmCoxTerm *t = &fit->model.terms[fit->model.n_terms++];

	t->feature.data = c->name.bytes;
	t->feature.len = c->name.length;
	t->kind = (uint8) kind;
	return t;
}

/* The labels that occur, in byte order; the first is the reference. */
static void
describe_category(CoxFit *fit, Feature *f)
{
	const Column *c = f->column;
	Level	   *levels = palloc0((c->table.n + 1) * sizeof *levels);
	uint32		n = 0;

	f->level = palloc0((c->table.n + 1) * sizeof *f->level);
	for (uint32 code = 0; code < c->table.n; code++)
	{
		levels[code].label = c->table.labels[code];
		levels[code].code = (int32) code;
	}
	for (uint32 i = 0; i < fit->n; i++)
	{
		int32		code = (int32) fit->cells[fit->rows[i]].code;

		CHECK_ROW(i);
		if (code == CODE_LONG)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("column \"%s\" holds a value of more than %d bytes",
							c->name.bytes, CRM_MODEL_MAX_LEVEL_BYTES),
					 errhint("Leave it out with the option \"exclude\".")));
		levels[code].count++;
	}
	for (uint32 code = 0; code < c->table.n; code++)
		if (levels[code].count > 0)
			levels[n++] = levels[code];
	qsort(levels, n, sizeof *levels, compare_levels);
	f->n_levels = n;
	if (fit->n_columns + n - 1 > CRM_COX_MAX_COLUMNS)
		too_many_columns(c, n);
	for (uint32 i = 0; i < n; i++)
	{
		CrmCoxTerm *t = new_term(fit, c, CRM_COX_CATEGORY);

		f->level[levels[i].code] = (int32) i;
		t->level.data = levels[i].label.bytes;
		t->level.len = levels[i].label.length;
		t->mean = (double) levels[i].count / fit->n;
		t->status = i == 0 ? CRM_COX_REFERENCE : CRM_COX_FITTED;
		if (i == 0)
			continue;
		fit->scale[fit->n_columns] = sqrt(t->mean * (1 - t->mean));
		fit->term[fit->n_columns++] = fit->model.n_terms - 1;
	}
	if (n == 1)
		ereport(WARNING,
				(errmsg("column \"%s\" has the same value in all rows",
						c->name.bytes),
				 errdetail("It has no coefficient.")));
	pfree(levels);
}

static void
describe_number(CoxFit *fit, Feature *f)
{
	const Column *c = f->column;
	CrmCoxTerm *t;
	double		origin = cell_number(c, fit->cells[fit->rows[0]], 0);
	double		largest = 0;
	double		sum = 0;
	double		squares = 0;

	if (fit->n_columns == CRM_COX_MAX_COLUMNS)
		too_many_columns(c, 1);
	t = new_term(fit, c, c->kind == CRM_TIME ? CRM_COX_TIME : CRM_COX_NUMBER);
	/* scaled, so that squares of large numbers stay finite */
	for (uint32 i = 0; i < fit->n; i++)
		largest = Max(largest, fabs(cell_number(c, fit->cells[fit->rows[i]], 0) / 2 -
									origin / 2));
	for (uint32 i = 0; i < fit->n && largest > 0; i++)
	{
		CHECK_ROW(i);
		sum += (cell_number(c, fit->cells[fit->rows[i]], 0) / 2 - origin / 2) / largest;
	}
	sum /= fit->n;
	t->mean = (origin / 2 + sum * largest) * 2;
	for (uint32 i = 0; i < fit->n && largest > 0; i++)
	{
		double		d;

		CHECK_ROW(i);
		d = (cell_number(c, fit->cells[fit->rows[i]], 0) / 2 - t->mean / 2) / largest;
		squares += d * d;
	}
	fit->scale[fit->n_columns] = sqrt(squares / fit->n) * largest * 2;
	fit->term[fit->n_columns++] = fit->model.n_terms - 1;
}

static void
describe(CoxFit *fit)
{
	fit->features = palloc0(fit->ds->n_columns * sizeof *fit->features);
	fit->model.terms = palloc0(CRM_COX_MODEL_MAX_TERMS * sizeof(CrmCoxTerm));
	fit->scale = palloc_array(double, CRM_COX_MAX_COLUMNS);
	fit->term = palloc_array(uint32, CRM_COX_MAX_COLUMNS);
	crm_dataset_reserve(fit->ds, (Size) fit->ds->n_rows * sizeof(CrmCell));
	fit->cells = palloc_array(CrmCell, fit->ds->n_rows);
	for (int i = 0; i < fit->ds->n_columns; i++)
	{
		Feature    *f = &fit->features[i];

		f->column = &fit->ds->columns[i];
		f->first_term = fit->model.n_terms;
		f->first_column = fit->n_columns;
		if (fit->model.n_terms + 1 > CRM_COX_MODEL_MAX_TERMS)
			too_many_columns(f->column, 1);
		crm_cells_column(&fit->ds->cells, i, fit->cells);
		if (f->column->kind == CRM_CATEGORICAL)
			describe_category(fit, f);
		else
			describe_number(fit, f);
	}
}

/* Column j of x, standardised. */
static void
fill_column(CoxFit *fit, const Feature *f, uint32 j)
{
	const Column *c = f->column;
	const CrmCoxTerm *t = &fit->model.terms[fit->term[j]];
	double		scale = fit->scale[j];
	int32		level = (int32) (j - f->first_column) + 1;

	for (uint32 i = 0; i < fit->n && scale > 0; i++)
	{
		uint32		row = fit->rows[i];
		double		v;

		CHECK_ROW(i);
		if (c->kind == CRM_CATEGORICAL)
			v = f->level[fit->cells[row].code] == level ? 1 : 0;
		else
			v = cell_number(c, fit->cells[row], 0);
		fit->x[(Size) i * fit->n_columns + j] =
			(v / 2 - t->mean / 2) / (scale / 2);
	}
}

static void *
alloc(CoxFit *fit, Size n, Size width)
{
	Size		size = mul_size(n, width);

	if (size > MaxAllocSize)
		size = MaxAllocSize + 1;	/* refused with the memory's reason */
	crm_dataset_reserve(fit->ds, size);
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows for a Cox regression"),
				 errdetail("%u rows of %u columns need more than 1 GB.",
						   fit->n, fit->n_columns),
				 errhint("Fit a sample of the rows.")));
	return palloc0(size + 1);
}

static void
fill(CoxFit *fit)
{
	fit->time = alloc(fit, fit->n, sizeof(double));
	fit->event = alloc(fit, fit->n, 1);
	fit->x = alloc(fit, mul_size(fit->n, fit->n_columns), sizeof(double));
	for (uint32 i = 0; i < fit->n; i++)
	{
		fit->time[i] = fit->state->durations[fit->rows[i]];
		fit->event[i] = crm_dataset_label(fit->ds, fit->rows[i]);
	}
	for (int i = 0; i < fit->ds->n_columns; i++)
	{
		const Feature *f = &fit->features[i];
		uint32		end = i + 1 < fit->ds->n_columns ?
		f[1].first_column : fit->n_columns;

		crm_cells_column(&fit->ds->cells, i, fit->cells);
		for (uint32 j = f->first_column; j < end; j++)
			fill_column(fit, f, j);
	}
	crm_cells_done(&fit->ds->cells);
}

static char *
term_name(const CrmCoxTerm *t)
{
	if (t->kind != CRM_COX_CATEGORY)
		return psprintf("column \"%.*s\"", (int) t->feature.len,
						t->feature.data);
	return psprintf("value \"%s\" of column \"%.*s\"",
					crm_clip_bytes(t->level.data, t->level.len),
					(int) t->feature.len, t->feature.data);
}

static void
warn_term(const CrmCoxTerm *t)
{
	switch (t->status)
	{
		case CRM_COX_CONSTANT:
			ereport(WARNING,
					(errmsg("%s does not vary among those at risk",
							term_name(t)),
					 errdetail("It has no coefficient.")));
			break;
		case CRM_COX_ALIASED:
			ereport(WARNING,
					(errmsg("%s follows from the columns before it",
							term_name(t)),
					 errdetail("It has no coefficient.")));
			break;
		case CRM_COX_INFINITE:
			ereport(WARNING,
					(errmsg("coefficient of %s is infinite", term_name(t)),
					 errdetail("It separates those with the event from the others; what is reported is where the search ended, without a standard error.")));
			break;
		default:
			break;
	}
}

/* Back to the scale of the columns. */
static void
take_fit(CoxFit *fit, const CrmCoxFit *made)
{
	CrmCoxModel *m = &fit->model;

	m->ties = (uint8) fit->state->ties;
	m->converged = made->converged;
	m->iterations = made->iterations;
	m->n = fit->n;
	m->events = fit->n_events;
	m->skipped = fit->state->n_skipped + (fit->ds->n_rows - fit->n);
	m->loglik_null = made->loglik_null == 0 ? 0 : made->loglik_null;
	m->loglik = made->loglik == 0 ? 0 : made->loglik;
	m->concordance = made->concordance;
	for (uint32 j = 0; j < fit->n_columns; j++)
	{
		CrmCoxTerm *t = &m->terms[fit->term[j]];
		double		b = made->beta[j] / fit->scale[j];

		t->status = (uint8) made->status[j];
		if (t->status == CRM_COX_FITTED || t->status == CRM_COX_INFINITE)
			t->coefficient = b == 0 ? 0 : b;
		t->has_error = t->status == CRM_COX_FITTED &&
			(made->converged || made->any_infinite);
		if (t->has_error)
			t->std_error = made->std_error[j] / fit->scale[j];
		warn_term(t);
	}
	if (!made->converged && !made->any_infinite)
		ereport(WARNING,
				(errmsg("Cox regression did not converge in %u iterations",
						made->iterations),
				 errdetail("There are no standard errors.")));
}

/* What pause_search shows, as a pause has no argument. */
typedef struct Search
{
	CrmProgress progress;
	const CrmCoxData *data;
	const CrmCoxFit *made;
} Search;

static Search *search;

static void
pause_search(void)
{
	crm_pause();
	crm_progress_report(&search->progress,
						"fitting Cox regression: iteration %u of at most %u",
						Min(search->made->iterations + 1,
							search->data->max_iter),
						search->data->max_iter);
}

static void
fit_showing(const CrmCoxData *data, void *work, CrmCoxFit *made)
{
	Search		shown = {.data = data,.made = made};

	search = &shown;
	crm_progress_begin(&shown.progress);
	crm_cox_fit(data, work, pause_search, made);
	crm_progress_end(&shown.progress);
}

static bytea *
fit_rows(CoxState *state)
{
	CoxFit		fit = {0};
	CrmCoxData	data;
	CrmCoxFit	made;
	CrmWriter	w = crm_writer(NULL, 0);
	CrmError	error;
	bytea	   *value;
	void	   *work;

	fit.state = state;
	fit.ds = state->dataset;
	choose_rows(&fit);
	order_rows(&fit);
	describe(&fit);
	fill(&fit);
	data.n_rows = fit.n;
	data.n_columns = fit.n_columns;
	data.time = fit.time;
	data.event = fit.event;
	data.x = fit.x;
	data.ties = state->ties;
	data.max_iter = (uint32) state->max_iter;
	work = alloc(&fit, crm_cox_size(fit.n, fit.n_columns), 1);
	fit_showing(&data, work, &made);
	take_fit(&fit, &made);
	if (!crm_cox_model_check(&fit.model, &error))
		crm_bad_argument("Cox regression", &error);
	crm_cox_model_encode(&fit.model, &w);
	value = crm_new_value(w.at);
	w = crm_writer(VARDATA(value), w.at);
	crm_cox_model_encode(&fit.model, &w);
	return value;
}

/* cox_final(internal) -> cox_model; NULL without any row */
Datum
cox_final(PG_FUNCTION_ARGS)
{
	CoxState   *state = PG_ARGISNULL(0) ? NULL :
	(CoxState *) PG_GETARG_POINTER(0);
	MemoryContext work;
	MemoryContext caller;
	bytea	   *value;
	bytea	   *copy;

	if (state == NULL || state->dataset == NULL)
		PG_RETURN_NULL();
	work = AllocSetContextCreate(CurrentMemoryContext, "crmprob cox",
								 ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(work);
	value = fit_rows(state);
	MemoryContextSwitchTo(caller);
	copy = memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	MemoryContextDelete(work);
	PG_RETURN_BYTEA_P(copy);
}
