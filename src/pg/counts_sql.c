/*
 * counts_sql.c
 *		make_naive_bayes: a model from counts that are kept elsewhere.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "counts.h"
#include "crmprob.h"
#include "dataset.h"
#include "json.h"
#include "model_value.h"

PG_FUNCTION_INFO_V1(make_naive_bayes);

/* One delta, or after joining the counts of one level. */
typedef struct CountEntry
{
	CrmString	feature;		/* no bytes: all rows */
	CrmString	level;
	double		place;			/* in the order of a monotone feature */
	int64		won;
	int64		lost;
} CountEntry;

static void
refuse(const char *message, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message),
			 detail ? errdetail_internal("%s", detail) : 0));
}

static int
deconstruct(FunctionCallInfo fcinfo, int argument, Oid type, Datum **values,
			bool **nulls)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);
	int			n;

	deconstruct_array(array, type, type == TEXTOID ? -1 : 8,
					  type == TEXTOID ? false : FLOAT8PASSBYVAL,
					  type == TEXTOID ? TYPALIGN_INT : TYPALIGN_DOUBLE, values,
					  nulls, &n);
	return n;
}

static CrmString
text_string(Datum value)
{
	text	   *t = DatumGetTextPP(value);

	return crm_string(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

static int
compare_entries(const void *a, const void *b)
{
	const CountEntry *x = a;
	const CountEntry *y = b;
	int			c = crm_string_compare(x->feature, y->feature);

	return c != 0 ? c : crm_string_compare(x->level, y->level);
}

/* The arrays as entries, those without a level left out. */
static CountEntry *
read_entries(FunctionCallInfo fcinfo, uint32 *n)
{
	Datum	   *values[4];
	bool	   *nulls[4];
	int			length = deconstruct(fcinfo, 0, TEXTOID, &values[0], &nulls[0]);
	CountEntry *entries = palloc_extended(((Size) length + 1) * sizeof *entries,
										  MCXT_ALLOC_HUGE);

	for (int k = 1; k < 4; k++)
		if (deconstruct(fcinfo, k, k == 1 ? TEXTOID : INT8OID, &values[k],
						&nulls[k]) != length)
			refuse("arrays of counts are of different lengths", NULL);
	*n = 0;
	for (int i = 0; i < length; i++)
	{
		CountEntry *e = &entries[*n];

		if (nulls[2][i] || nulls[3][i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a count must not be null")));
		memset(e, 0, sizeof *e);
		if (!nulls[0][i])
		{
			if (nulls[1][i])
				continue;
			e->feature = text_string(values[0][i]);
			e->level = text_string(values[1][i]);
			if (e->feature.length == 0 ||
				e->feature.length > CRM_MODEL_MAX_NAME_BYTES)
				refuse("name of a feature must have 1 to 63 bytes", NULL);
			if (e->level.length > CRM_MODEL_MAX_LEVEL_BYTES)
				refuse("a level has at most 255 bytes", NULL);
		}
		e->won = DatumGetInt64(values[2][i]);
		e->lost = DatumGetInt64(values[3][i]);
		(*n)++;
	}
	return entries;
}

/* Deltas of one level become its counts; levels without rows are no levels. */
static uint32
join_entries(CountEntry *entries, uint32 n)
{
	uint32		kept = 0;

	qsort(entries, n, sizeof *entries, compare_entries);
	for (uint32 i = 0; i < n;)
	{
		CountEntry	sum = entries[i];

		for (i++; i < n && compare_entries(&sum, &entries[i]) == 0; i++)
			if (pg_add_s64_overflow(sum.won, entries[i].won, &sum.won) ||
				pg_add_s64_overflow(sum.lost, entries[i].lost, &sum.lost))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("count is out of range")));
		if (sum.won < 0 || sum.lost < 0)
			refuse("counts add up to less than 0",
				   psprintf("Of \"%.*s\" at \"%.*s\" there are " INT64_FORMAT " won and " INT64_FORMAT " lost.",
							(int) sum.feature.length, sum.feature.bytes,
							(int) sum.level.length, sum.level.bytes, sum.won,
							sum.lost));
		if (sum.won > 0 || sum.lost > 0)
			entries[kept++] = sum;
	}
	return kept;
}

static int
compare_places(const void *a, const void *b)
{
	const CountEntry *x = *(CountEntry *const *) a;
	const CountEntry *y = *(CountEntry *const *) b;

	return (x->place > y->place) - (x->place < y->place);
}

/* A number as JSON writes it. */
static bool
read_number(CrmString s, double *value)
{
	CrmJsonReader r = crm_json_reader(s.bytes, s.length, false);

	return crm_json_next(&r) == CRM_JSON_NUMBER &&
		crm_float_text.parse(r.raw, r.raw_len, value) &&
		crm_json_next(&r) == CRM_JSON_END;
}

/*
 * Levels in an order are numbers, or stages as text, of which the model keeps
 * the label.
 */
static void
find_places(CountEntry *e, uint32 n, CrmFeature *f)
{
	uint32		stages = 0;
	uint32		numbers = 0;

	for (uint32 i = 0; i < n; i++)
	{
		CrmStage	stage;
		CrmError	error;

		if (read_number(e[i].level, &e[i].place))
			numbers++;
		else if (crm_stage_parse(e[i].level.bytes, e[i].level.length, &stage,
								 &error))
		{
			e[i].place = stage.rank;
			e[i].level = crm_string(stage.label, stage.label_len);
			stages++;
		}
	}
	if (numbers != n && stages != n)
		refuse(psprintf("levels of \"%.*s\" have no order",
						(int) f->name.length, f->name.bytes),
			   "In option \"monotone\" they must be numbers, or stages as 2:Proposal.");
	if (stages == n)
		f->type = CRM_TYPE_STAGE;
	qsort(e, n, sizeof *e, compare_entries);
}

static void
reach(CountEntry *e, uint32 n, double sign)
{
	CountEntry **order = palloc((n + 1) * sizeof *order);
	uint64	   *won = palloc((n + 1) * sizeof *won);
	uint64	   *lost = palloc((n + 1) * sizeof *lost);

	for (uint32 i = 0; i < n; i++)
		order[i] = &e[i];
	qsort(order, n, sizeof *order, compare_places);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		at = sign < 0 ? n - 1 - i : i;

		won[i] = (uint64) order[at]->won;
		lost[i] = (uint64) order[at]->lost;
	}
	crm_counts_reached(won, lost, n);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		at = sign < 0 ? n - 1 - i : i;

		order[at]->won = (int64) won[i];
		order[at]->lost = (int64) lost[i];
	}
}

typedef struct CountsModel
{
	CrmModel	model;
	const CrmFitOptions *options;
	CrmFeature *features;
	uint8	   *roles;
	uint64	   *won;
	uint64	   *lost;
} CountsModel;

/* Rows that are in no level of the feature are its missing ones. */
static void
add_feature(CountsModel *m, CountEntry *e, uint32 n)
{
	CrmFeature *f = &m->features[m->model.n_features];
	CrmLevel   *levels = palloc((n + 1) * sizeof *levels);
	int64		won = (int64) m->model.n_positive;
	int64		lost = (int64) (m->model.n - m->model.n_positive);
	const CrmFitOptions *o = m->options;
	uint8	   *role = &m->roles[m->model.n_features];
	uint32		cell = m->model.counts.n_cells;

	if (m->model.n_features == CRM_MODEL_MAX_FEATURES ||
		n > CRM_MODEL_MAX_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many features or levels"),
				 errdetail("A model has at most %d features of %d levels.",
						   CRM_MODEL_MAX_FEATURES, CRM_MODEL_MAX_LEVELS)));
	f->name = e->feature;
	f->kind = CRM_CATEGORICAL;
	f->type = CRM_TYPE_TEXT;
	*role = crm_string_compare(f->name, o->pool_by) == 0 ? CRM_COUNT_PRIOR :
		CRM_COUNT_LIKELIHOOD;
	for (int i = 0; i < o->n_monotone; i++)
		if (crm_string_compare(f->name, o->monotone[i]) == 0 &&
			o->monotone_signs[i] != 0)
		{
			*role = CRM_COUNT_REACHED;
			find_places(e, n, f);
		}
	for (uint32 i = 0; i < n; i++)
	{
		levels[i].label = e[i].level;
		levels[i].count = (uint64) (e[i].won + e[i].lost);
		won -= e[i].won;
		lost -= e[i].lost;
		if (won < 0 || lost < 0)
			refuse(psprintf("counts of \"%.*s\" exceed those of all rows",
							(int) f->name.length, f->name.bytes), NULL);
		if (i > 0 && crm_string_compare(e[i - 1].level, e[i].level) == 0)
			refuse(psprintf("label \"%.*s\" stands at two positions",
							(int) e[i].level.length, e[i].level.bytes), NULL);
	}
	if (*role == CRM_COUNT_REACHED)
		for (int i = 0; i < o->n_monotone; i++)
			if (crm_string_compare(f->name, o->monotone[i]) == 0)
				reach(e, n, o->monotone_signs[i]);
	for (uint32 i = 0; i < n; i++, cell++)
	{
		m->won[cell] = (uint64) e[i].won;
		m->lost[cell] = (uint64) e[i].lost;
	}
	f->n_levels = n;
	f->levels = levels;
	f->missing = (uint64) (won + lost);
	if (f->missing > 0)
	{
		m->won[cell] = (uint64) won;
		m->lost[cell++] = (uint64) lost;
	}
	m->model.counts.n_cells = cell;
	m->model.n_features++;
}

/* A name in an option that is no feature is a mistake worth stopping for. */
static void
check_names(const CountsModel *m, const CrmString *names, int n,
			const char *option)
{
	for (int i = 0; i < n; i++)
	{
		bool		found = false;

		for (uint32 f = 0; f < m->model.n_features && !found; f++)
			found = crm_string_compare(m->features[f].name, names[i]) == 0;
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("feature \"%.*s\" of option \"%s\" does not exist",
							(int) names[i].length, names[i].bytes, option)));
	}
}

/* The first entry counts all rows. */
static void
begin_model(CountsModel *m, const CountEntry *e, uint32 n)
{
	if (n == 0 || e->feature.length > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no counts of all rows"),
				 errhint("Give them at a feature that is NULL.")));
	if (e->won > PG_INT64_MAX - e->lost)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count is out of range")));
	m->model.algorithm = CRM_NAIVE_BAYES;
	m->model.n = (uint64) (e->won + e->lost);
	m->model.n_positive = (uint64) e->won;
	m->model.base_rate = (double) e->won / (double) m->model.n;
	m->model.seed = m->options->seed;
	m->model.n_options = m->options->n_given;
	m->model.options = m->options->given;
	m->model.counts.smoothing = m->options->smoothing < 0 ? 1 :
		m->options->smoothing;
	m->model.counts.min_count = m->options->min_leaf;
	m->model.counts.strength = 10;
	m->model.counts.skip_missing = true;
	m->features = palloc0((CRM_MODEL_MAX_FEATURES + 1) * sizeof(CrmFeature));
	m->roles = palloc0(CRM_MODEL_MAX_FEATURES + 1);
	m->won = palloc_extended(2 * ((Size) n + 1) * sizeof(uint64),
							 MCXT_ALLOC_HUGE);
	m->lost = palloc_extended(2 * ((Size) n + 1) * sizeof(uint64),
							  MCXT_ALLOC_HUGE);
	m->model.features = m->features;
	m->model.counts.roles = m->roles;
	m->model.counts.won = m->won;
	m->model.counts.lost = m->lost;
}

/*
 * make_naive_bayes(features text[], levels text[], won bigint[], lost bigint[],
 * options jsonb) -> model; strict; at a NULL feature stand the counts of all
 * rows, a NULL level is left out
 */
Datum
make_naive_bayes(PG_FUNCTION_ARGS)
{
	CountsModel m = {0};
	uint32		n;
	CountEntry *e = read_entries(fcinfo, &n);

	m.options = crm_fit_options_parse("naive_bayes", strlen("naive_bayes"),
									  PG_GETARG_JSONB_P(4));
	n = join_entries(e, n);
	begin_model(&m, e, n);
	for (uint32 i = 1, next; i < n; i = next)
	{
		CHECK_FOR_INTERRUPTS();
		for (next = i + 1; next < n; next++)
			if (crm_string_compare(e[i].feature, e[next].feature) != 0)
				break;
		add_feature(&m, e + i, next - i);
	}
	check_names(&m, m.options->monotone, m.options->n_monotone, "monotone");
	check_names(&m, &m.options->pool_by, m.options->pool_by.length > 0,
				"pool_by");
	if (!crm_model_check(&m.model))
		elog(ERROR, "counts do not make a model");
	PG_RETURN_POINTER(crm_model_build(&m.model));
}
