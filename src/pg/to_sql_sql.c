/*
 * to_sql_sql.c
 *		to_sql(model, alias): a model as one SQL expression.
 *
 * The expression needs no extension and gives what score() gives: the same
 * additions in the same order, and comparisons that take the same side for
 * every value.  Where a part is needed more than once it becomes a column of a
 * scalar sub-select; OFFSET 0 keeps the planner from copying it back.  All
 * inner names are qualified, so that none hides a column of the caller's.
 */
#include "compat.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "crmprob.h"
#include "datetime.h"
#include "model_value.h"
#include "threshold.h"

PG_FUNCTION_INFO_V1(model_to_sql);

/* 0001-01-01 in microseconds since 2000-01-01 */
#define YEAR_ONE INT64CONST(-63082281600000000)

#define TREES_PER_SELECT 1000

typedef struct SqlWriter
{
	StringInfoData s;
	const CrmModel *model;
	const CrmScorer *scorer;
	const char *prefix;			/* "alias." or "" */
} SqlWriter;

static void
put(SqlWriter *w, const char *text)
{
	appendStringInfoString(&w->s, text);
}

static void
put_double(SqlWriter *w, double v)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(v, text);
	appendStringInfo(&w->s, "%s::float8", text);
}

static void
put_single(SqlWriter *w, float v)
{
	char		text[FLOAT_SHORTEST_DECIMAL_LEN];

	float_to_shortest_decimal_buf(v, text);
	appendStringInfo(&w->s, "%s::real", text);
}

static void
put_time(SqlWriter *w, int64 time)
{
	char		text[CRM_DATETIME_TEXT_SIZE];
	size_t		length = crm_time_text(time, text);

	/* PostgreSQL's era is no part of ISO 8601 */
	if (time < YEAR_ONE)
	{
		appendStringInfo(&w->s, "(timestamp '0001-01-01' - interval '" INT64_FORMAT " microseconds')",
						 YEAR_ONE - time);
		return;
	}
	appendStringInfo(&w->s, "timestamp '%.*s'", (int) length - 1,
					 text[0] == '+' ? text + 1 : text);
}

static void
put_column(SqlWriter *w, const CrmFeature *f)
{
	appendStringInfo(&w->s, "%s%s", w->prefix,
					 quote_identifier(pnstrdup(f->name.bytes,
											   f->name.length)));
}

/* ----------------------------------------------------------------- values */

/* NaN is missing. */
static void
put_number(SqlWriter *w, const CrmFeature *f)
{
	put(w, "NULLIF(CAST(");
	put_column(w, f);
	put(w, " AS float8), 'NaN')");
}

/* Without time zone, in UTC. */
static void
put_timestamp(SqlWriter *w, const CrmFeature *f)
{
	put(w, "CAST(");
	put_column(w, f);
	put(w, f->type == CRM_TYPE_TIMESTAMPTZ ?
		" AS timestamptz) AT TIME ZONE 'UTC'" : " AS timestamp)");
}

/* Since the model's as_of. */
static void
put_days(SqlWriter *w, const CrmFeature *f)
{
	put(w, "(CAST(extract(epoch FROM ");
	put_timestamp(w, f);
	put(w, " - ");
	put_time(w, w->model->as_of);
	put(w, ") AS float8) / 86400)");
}

/* What CASE compares with labels. */
static void
put_category(SqlWriter *w, const CrmFeature *f)
{
	if (f->type == CRM_TYPE_NUMBER)
	{
		put_number(w, f);
		return;
	}
	put(w, "CAST(");
	put_column(w, f);
	put(w, " AS text) COLLATE \"C\"");
}

/* A label as put_category's value has it; false when no value can be it. */
static bool
put_label(SqlWriter *w, const CrmFeature *f, CrmString label)
{
	char		text[CRM_FLOAT_TEXT_SIZE];
	double		number;

	if (f->type != CRM_TYPE_NUMBER)
	{
		appendStringInfo(&w->s, " WHEN %s",
						 quote_literal_cstr(pnstrdup(label.bytes,
													 label.length)));
		return true;
	}
	if (!crm_float_text.parse(label.bytes, label.length, &number) ||
		crm_string_compare(label, crm_string(text,
											 crm_float_text.print(number, text))) != 0)
		return false;
	put(w, " WHEN ");
	put_double(w, number);
	return true;
}

typedef void (*PutResult) (SqlWriter *w, uint32 f, uint32 level);

/* NULL for a missing value, or what `missing` prints. */
static void
put_levels(SqlWriter *w, uint32 f, PutResult result, PutResult missing)
{
	const CrmFeature *feature = &w->model->features[f];
	bool		any = false;

	put(w, "CASE WHEN ");
	if (feature->type == CRM_TYPE_NUMBER)
		put_number(w, feature);
	else
		put_column(w, feature);
	put(w, " IS NOT NULL THEN ");
	for (uint32 level = 0; level < feature->n_levels; level++)
	{
		int			start;

		if (!any)
		{
			start = w->s.len;
			put(w, "CASE ");
			put_category(w, feature);
		}
		else
			start = w->s.len;
		if (!put_label(w, feature, feature->levels[level].label))
		{
			w->s.len = start;
			w->s.data[start] = '\0';
			continue;
		}
		any = true;
		put(w, " THEN ");
		result(w, f, level);
	}
	if (any)
		put(w, " ELSE ");
	result(w, f, feature->n_levels);
	if (any)
		put(w, " END");
	if (missing != NULL)
	{
		put(w, " ELSE ");
		missing(w, f, 0);
	}
	put(w, " END");
}

/* ----------------------------------------------------------------- linear */

static void
put_level_contribution(SqlWriter *w, uint32 f, uint32 level)
{
	put_double(w, w->scorer->features[f].levels[level]);
}

static void
put_missing_contribution(SqlWriter *w, uint32 f, uint32 level)
{
	put_double(w, w->scorer->features[f].missing);
}

/* Of a number in cells: the first cut above it says which. */
static void
put_cell(SqlWriter *w, uint32 f)
{
	const CrmFeature *feature = &w->model->features[f];
	const CrmScorerFeature *s = &w->scorer->features[f];
	void		(*value) (SqlWriter *, const CrmFeature *) =
	feature->kind == CRM_TIME ? put_days : put_number;

	put(w, "CASE WHEN ");
	value(w, feature);
	put(w, " IS NULL THEN ");
	put_double(w, s->missing);
	for (uint32 k = 0; k < s->n_levels; k++)
	{
		put(w, " WHEN ");
		value(w, feature);
		put(w, " < ");
		put_double(w, s->cuts[k]);
		put(w, " THEN ");
		put_double(w, s->levels[k]);
	}
	put(w, " ELSE ");
	put_double(w, s->levels[s->n_levels]);
	put(w, " END");
}

static void
put_contribution(SqlWriter *w, uint32 f)
{
	const CrmFeature *feature = &w->model->features[f];
	const CrmScorerFeature *s = &w->scorer->features[f];

	if (feature->kind == CRM_CATEGORICAL)
	{
		put_levels(w, f, put_level_contribution, put_missing_contribution);
		return;
	}
	if (w->scorer->counts)
	{
		put_cell(w, f);
		return;
	}
	put(w, "COALESCE(");
	put_double(w, s->slope);
	put(w, " * ");
	if (feature->kind == CRM_TIME)
		put_days(w, feature);
	else
		put_number(w, feature);
	put(w, ", ");
	put_double(w, s->missing);
	put(w, ")");
}

static void
put_linear(SqlWriter *w)
{
	put_double(w, w->scorer->intercept);
	for (uint32 f = 0; f < w->model->n_features; f++)
	{
		CHECK_FOR_INTERRUPTS();
		put(w, "\n + ");
		put_contribution(w, f);
	}
}

/* ------------------------------------------------------------------ trees */

static void
put_level_index(SqlWriter *w, uint32 f, uint32 level)
{
	appendStringInfo(&w->s, "%u", level);
}

static void
put_tree_value(SqlWriter *w, uint32 f)
{
	const CrmFeature *feature = &w->model->features[f];

	if (feature->kind == CRM_CATEGORICAL)
		put_levels(w, f, put_level_index, NULL);
	else if (feature->kind == CRM_TIME)
		put_timestamp(w, feature);
	else
		put_number(w, feature);
	appendStringInfo(&w->s, " AS f%u", f + 1);
}

/* Does a known value go left?  Prints nothing for never. */
static CrmSide
put_comparison(SqlWriter *w, const CrmTreeNode *node)
{
	const CrmFeature *f = &w->model->features[node->feature];
	double		number = 0;
	int64		time = 0;
	CrmSide		side = f->kind == CRM_TIME ?
	crm_threshold_time(node->value, w->model->as_of, &time) :
	crm_threshold_number(node->value, &number);

	if (side == CRM_SIDE_NEVER)
		return side;
	if (side == CRM_SIDE_ALWAYS)
	{
		appendStringInfo(&w->s, "x.f%u IS NOT NULL", node->feature + 1);
		return side;
	}
	appendStringInfo(&w->s, "x.f%u %s ", node->feature + 1,
					 side == CRM_SIDE_BELOW ? "<" : "<=");
	if (f->kind == CRM_TIME)
		put_time(w, time);
	else
		put_double(w, number);
	return side;
}

static bool
put_membership(SqlWriter *w, const CrmTreeNode *node)
{
	const uint32 *set = w->model->trees.sets + node->set;
	const char *comma = "";

	for (uint32 level = 0; level < node->words * UINT32_C(32); level++)
		if (crm_set_has(set, node->words, level))
		{
			if (comma[0] == '\0')
				appendStringInfo(&w->s, "x.f%u IN (", node->feature + 1);
			appendStringInfo(&w->s, "%s%u", comma, level);
			comma = ", ";
		}
	if (comma[0] != '\0')
		put(w, ")");
	return comma[0] != '\0';
}

static void
put_condition(SqlWriter *w, const CrmTreeNode *node)
{
	bool		some = node->kind == CRM_NODE_CATEGORY ?
	put_membership(w, node) : put_comparison(w, node) != CRM_SIDE_NEVER;

	if (node->missing_left)
		appendStringInfo(&w->s, "%sx.f%u IS NULL", some ? " OR " : "",
						 node->feature + 1);
	else if (!some)
		put(w, "false");
}

/* By a stack of what is still to be printed, at most three entries a level. */
static void
put_tree(SqlWriter *w, uint32 t, bool single)
{
	const CrmTreeNode *nodes = w->model->trees.nodes +
	w->model->trees.starts[t];
	struct
	{
		const char *before;
		int64		node;		/* -1: END */
	}			stack[3 * CRM_TREE_MAX_DEPTH + 3];
	int			n = 1;

	stack[0].before = "";
	stack[0].node = 0;
	while (n > 0)
	{
		int64		at = stack[--n].node;

		put(w, stack[n].before);
		if (at < 0)
			continue;
		if (nodes[at].child == 0)
		{
			if (single)
				put_single(w, nodes[at].value);
			else
				put_double(w, (double) nodes[at].value);
			continue;
		}
		put(w, "CASE WHEN ");
		put_condition(w, &nodes[at]);
		stack[n].before = " END";
		stack[n++].node = -1;
		stack[n].before = " ELSE ";
		stack[n++].node = (int64) nodes[at].child + 1;
		stack[n].before = " THEN ";
		stack[n++].node = nodes[at].child;
	}
}

/* Features that the trees look at. */
static bool *
used_features(const CrmEnsemble *e)
{
	bool	   *used = palloc0(e->n_features + 1);

	for (uint32 i = 0; i < e->starts[e->n_trees]; i++)
		if (e->nodes[i].kind != CRM_NODE_LEAF)
			used[e->nodes[i].feature] = true;
	return used;
}

/* Columns f1, f2, ... of these. */
static void
put_tree_values(SqlWriter *w, const bool *used)
{
	const char *comma = "";

	put(w, "(SELECT ");
	for (uint32 f = 0; f < w->model->n_features; f++)
		if (used[f])
		{
			put(w, comma);
			put_tree_value(w, f);
			comma = ",\n  ";
		}
	put(w, " OFFSET 0) AS x");
}

/* Trees from..to-1 added to what came before them. */
static void
put_chunk(SqlWriter *w, uint32 from, uint32 to, bool single)
{
	if (from > 0)
		put(w, "x.s");
	else if (single)
		put_single(w, (float) w->model->trees.base);
	for (uint32 t = from; t < to; t++)
	{
		CHECK_FOR_INTERRUPTS();
		if (t > 0 || single)
			put(w, "\n + ");
		put_tree(w, t, single);
	}
}

/* What the sum of the trees is the operand of, up to its bracket. */
static void
put_scale(SqlWriter *w, const CrmEnsemble *e, bool single)
{
	if (single)
		put(w, "CAST");
	else if (e->kind == CRM_ENSEMBLE_SUM)
	{
		put_double(w, e->base);
		put(w, " + ");
	}
	else if (e->n_trees > 1)
	{
		put_double(w, 1.0 / e->n_trees);
		put(w, " * ");
	}
	put(w, "(");
}

/*
 * Log-odds of a sum, probability of a mean.  A parser's stack is not deep
 * enough for a sum of 10,000 terms: each sub-select adds some trees to the
 * sum of the one inside of it, and hands the columns on.
 */
static void
put_trees(SqlWriter *w)
{
	const CrmEnsemble *e = &w->model->trees;
	bool		single = w->model->algorithm == CRM_XGBOOST;
	bool	   *used = used_features(e);
	uint32		chunks = (e->n_trees - 1) / TREES_PER_SELECT + 1;

	put(w, "(SELECT ");
	put_scale(w, e, single);
	for (uint32 c = chunks; c-- > 0;)
	{
		put_chunk(w, c * TREES_PER_SELECT,
				  Min((c + 1) * TREES_PER_SELECT, e->n_trees), single);
		if (c == chunks - 1)
			put(w, single ? " AS float8)" : ")");
		else
		{
			put(w, " AS s");
			for (uint32 f = 0; f < e->n_features; f++)
				if (used[f])
					appendStringInfo(&w->s, ", x.f%u", f + 1);
		}
		put(w, c > 0 ? "\nFROM (SELECT " : "\nFROM ");
	}
	put_tree_values(w, used);
	for (uint32 c = 1; c < chunks; c++)
		put(w, " OFFSET 0) AS x");
	put(w, ")");
}

/* ------------------------------------------------------------ probability */

/* Of trees that say probabilities, finite where all agree. */
static void
put_mean_margin(SqlWriter *w)
{
	put(w, "(SELECT ln(v.p / (1::float8 - v.p)) FROM (SELECT LEAST(GREATEST(");
	put_trees(w);
	put(w, ", 1e-09::float8), 0.999999999::float8) AS p OFFSET 0) AS v)");
}

static void
put_margin(SqlWriter *w)
{
	if (!w->scorer->trees)
		put_linear(w);
	else if (w->model->trees.kind == CRM_ENSEMBLE_MEAN)
		put_mean_margin(w);
	else
		put_trees(w);
	if (w->scorer->pool)
	{
		put(w, "\n + ");
		put_contribution(w, w->scorer->pool_feature);
	}
}

/* exp() must neither overflow nor underflow, which are errors. */
static void
put_uncalibrated(SqlWriter *w)
{
	const CrmCalibration *c = &w->model->calibration;
	bool		platt = c->kind == CRM_CALIBRATION_PLATT;

	if (w->scorer->trees && !platt && !w->scorer->pool &&
		w->model->trees.kind == CRM_ENSEMBLE_MEAN)
	{
		put_trees(w);
		return;
	}
	put(w, "1::float8 / (1::float8 + exp(LEAST(GREATEST(-(");
	if (platt)
	{
		put_double(w, c->slope);
		put(w, " * (");
	}
	put_margin(w);
	if (platt)
	{
		put(w, ") + ");
		put_double(w, c->intercept);
	}
	put(w, "), -700::float8), 700::float8)))");
}

static void
put_isotonic(SqlWriter *w)
{
	const CrmCalibration *c = &w->model->calibration;

	put(w, "(SELECT CASE WHEN c.p <= ");
	put_double(w, c->x[0]);
	put(w, " THEN ");
	put_double(w, c->y[0]);
	for (uint32 i = 1; i < c->n_points; i++)
	{
		put(w, "\n WHEN c.p < ");
		put_double(w, c->x[i]);
		put(w, " THEN ");
		put_double(w, c->y[i - 1]);
		put(w, " + ");
		put_double(w, c->y[i] - c->y[i - 1]);
		put(w, " * ((c.p - ");
		put_double(w, c->x[i - 1]);
		put(w, ") / ");
		put_double(w, c->x[i] - c->x[i - 1]);
		put(w, ")");
	}
	put(w, "\n ELSE ");
	put_double(w, c->y[c->n_points - 1]);
	put(w, " END\nFROM (SELECT ");
	put_uncalibrated(w);
	put(w, " AS p OFFSET 0) AS c)");
}

static void
put_probability(SqlWriter *w)
{
	bool		clamp = w->model->algorithm != CRM_XGBOOST;

	put(w, clamp ? "LEAST(GREATEST(" : "(");
	if (w->model->calibration.kind == CRM_CALIBRATION_ISOTONIC)
		put_isotonic(w);
	else
		put_uncalibrated(w);
	put(w, clamp ? ", 0.0001::float8), 0.9999::float8)" : ")");
}

/* to_sql(model, alias text) -> text; NULL model gives NULL, NULL alias none */
Datum
model_to_sql(PG_FUNCTION_ARGS)
{
	CrmOpenModel *open;
	SqlWriter	w;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	open = crm_model_open(PG_GETARG_DATUM(0), CurrentMemoryContext);
	w.model = &open->model;
	w.scorer = &open->scorer;
	w.prefix = PG_ARGISNULL(1) ? "" :
		psprintf("%s.", quote_identifier(text_to_cstring(PG_GETARG_TEXT_PP(1))));
	initStringInfo(&w.s);
	put_probability(&w);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(w.s.data, w.s.len));
}
