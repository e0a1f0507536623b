/*
 * rules_sql.c
 *		rules(model, tree): a tree as one readable condition a leaf.
 */
#include "compat.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "crmprob.h"
#include "datetime.h"
#include "explain_sql.h"
#include "threshold.h"
#include "tree_rule.h"

PG_FUNCTION_INFO_V1(model_rules);

static int64
round_up(int64 time, int64 unit)
{
	return time % unit > 0 ? time - time % unit + unit : time - time % unit;
}

/* The first day, or second, that is not below the threshold. */
static char *
time_text(const CrmModel *m, const CrmFeature *f, float threshold)
{
	char		text[CRM_DATETIME_TEXT_SIZE];
	int64		time;

	switch (crm_threshold_time(threshold, m->as_of, &time))
	{
		case CRM_SIDE_NEVER:
			return pstrdup("-infinity");
		case CRM_SIDE_ALWAYS:
			return pstrdup("infinity");
		default:
			break;
	}
	time = round_up(time, f->type == CRM_TYPE_DATE ? CRM_USECS_PER_DAY :
					CRM_USECS_PER_SEC);
	if (time % CRM_USECS_PER_DAY == 0)
		return pnstrdup(text, crm_date_text((int32) (time / CRM_USECS_PER_DAY),
											text));
	return pnstrdup(text, crm_time_text(time, text));
}

/* Where the side of a split changes, as the column shows it. */
static char *
bound_text(const CrmModel *m, const CrmFeature *f, float threshold)
{
	char		text[FLOAT_SHORTEST_DECIMAL_LEN];

	if (f->kind == CRM_TIME)
		return time_text(m, f, threshold);
	float_to_shortest_decimal_buf(threshold, text);
	return pstrdup(text);
}

static void
put_number(StringInfo s, const CrmModel *m, const CrmFeature *f,
		   const char *name, const CrmRuleTerm *term)
{
	bool		low = term->low > -INFINITY;
	bool		high = term->high <= CRM_FEATURE_LIMIT;

	if (low && high)
		appendStringInfo(s, "%s <= %s < %s", bound_text(m, f, term->low),
						 name, bound_text(m, f, term->high));
	else if (low)
		appendStringInfo(s, "%s >= %s", name, bound_text(m, f, term->low));
	else if (high)
		appendStringInfo(s, "%s < %s", name, bound_text(m, f, term->high));
	else
		appendStringInfo(s, "%s is known", name);
}

static bool
has_level(const CrmRuleTerm *term, uint32 level)
{
	return crm_set_has(term->levels, CRM_ENSEMBLE_MAX_SET_WORDS, level);
}

/* By the levels that pass, or those that do not if they are fewer. */
static void
put_levels(StringInfo s, const CrmFeature *f, const char *name,
		   const CrmRuleTerm *term)
{
	uint32		in = 0;
	uint32		all = f->n_levels + 1;
	bool		not;
	bool		one;
	const char *comma = "";

	for (uint32 level = 0; level < all; level++)
		in += has_level(term, level);
	if (in == all)
	{
		appendStringInfo(s, "%s is known", name);
		return;
	}
	not = in > all - in;
	one = (not ? all - in : in) == 1;
	if (one)
		appendStringInfo(s, "%s is %s", name, not ? "not " : "");
	else
		appendStringInfo(s, "%s %s (", name, not ? "not in" : "in");
	for (uint32 level = 0; level < all; level++)
	{
		char	   *label;

		if (has_level(term, level) == not)
			continue;
		label = level == f->n_levels ? "other" :
			pnstrdup(f->levels[level].label.bytes,
					 f->levels[level].label.length);
		if (level < f->n_levels && f->type != CRM_TYPE_NUMBER)
			label = quote_literal_cstr(label);
		appendStringInfo(s, "%s%s", comma, label);
		comma = ", ";
	}
	if (!one)
		appendStringInfoChar(s, ')');
}

static void
put_term(StringInfo s, const CrmModel *m, const CrmRuleTerm *term)
{
	const CrmFeature *f = &m->features[term->feature];
	const char *name = quote_identifier(pnstrdup(f->name.bytes,
												 f->name.length));
	bool		both = term->missing && term->known;

	if (both)
		appendStringInfoChar(s, '(');
	if (!term->known)
		appendStringInfo(s, "%s is missing", name);
	else if (f->kind == CRM_CATEGORICAL)
		put_levels(s, f, name, term);
	else
		put_number(s, m, f, name, term);
	if (both)
		appendStringInfoString(s, " or missing)");
}

/* Does a term still say anything? */
static bool
says_something(const CrmModel *m, const CrmRuleTerm *term)
{
	const CrmFeature *f = &m->features[term->feature];

	if (!term->missing || !term->known)
		return true;
	if (f->kind != CRM_CATEGORICAL)
		return term->low > -INFINITY || term->high <= CRM_FEATURE_LIMIT;
	for (uint32 level = 0; level <= f->n_levels; level++)
		if (!has_level(term, level))
			return true;
	return false;
}

static void
put_rule(ReturnSetInfo *rsi, const CrmModel *m, int number,
		 const CrmTreeNode *leaf, const CrmRuleTerm *terms, int n)
{
	StringInfoData s;
	Datum		values[4] = {0};
	bool		nulls[4] = {false};

	initStringInfo(&s);
	for (int i = 0; i < n; i++)
		if (says_something(m, &terms[i]))
		{
			if (s.len > 0)
				appendStringInfoString(&s, " and ");
			put_term(&s, m, &terms[i]);
		}
	if (s.len == 0)
		appendStringInfoString(&s, "always");
	values[0] = Int32GetDatum(number);
	values[1] = CStringGetTextDatum(s.data);
	values[2] = Float8GetDatum(leaf->cover);
	values[3] = Float8GetDatum((double) leaf->value);
	tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
}

static void
put_rules(ReturnSetInfo *rsi, const CrmModel *m, uint32 tree)
{
	const CrmTreeNode *nodes = m->trees.nodes + m->trees.starts[tree];
	uint32		n = m->trees.starts[tree + 1] - m->trees.starts[tree];
	uint32	   *parents = palloc(n * sizeof *parents);
	int			number = 1;

	crm_tree_parents(nodes, n, parents);
	for (uint32 i = 0; i < n; i++)
	{
		CrmRuleTerm terms[CRM_TREE_MAX_DEPTH];
		int			n_terms;

		CHECK_FOR_INTERRUPTS();
		if (nodes[i].child != 0)
			continue;
		n_terms = crm_tree_rule(&m->trees, m->features, tree, parents, i,
								terms);
		if (n_terms >= 0)
			put_rule(rsi, m, number++, &nodes[i], terms, n_terms);
	}
}

/* rules(model, tree integer) -> setof (rule, condition, n, value); strict */
Datum
model_rules(PG_FUNCTION_ARGS)
{
	CrmOpenModel *open;
	const CrmModel *m;
	int32		tree = PG_GETARG_INT32(1);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	open = crm_model_open(PG_GETARG_DATUM(0), CurrentMemoryContext);
	m = &open->model;
	if (!crm_algorithm_trees(m->algorithm))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of algorithm \"%s\" has no rules",
						crm_algorithm_name(m->algorithm)),
				 errhint("Its features are listed by importance(model).")));
	if (tree < 1 || (uint32) tree > m->trees.n_trees)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model has no tree %d", tree),
				 errhint("It has %u.", m->trees.n_trees)));
	put_rules((ReturnSetInfo *) fcinfo->resultinfo, m, (uint32) tree - 1);
	return (Datum) 0;
}
