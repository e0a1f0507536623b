/*
 * tree_rule_test.c
 *		Unit tests of core/tree_rule: a row's leaf is the one whose rule it meets.
 */
#include "tree_rule.h"

#include "trees.h"
#include "unit.h"

static bool
meets(const CrmRuleTerm *term, double value)
{
	if (isnan(value))
		return term->missing;
	if (trees_levels[term->feature] > 0)
		return crm_set_has(term->levels, CRM_ENSEMBLE_MAX_SET_WORDS,
						   (uint32_t) value);
	return crm_feature_float(value) >= term->low &&
		crm_feature_float(value) < term->high;
}

static bool
meets_all(const CrmRuleTerm *terms, int n, const double *row)
{
	if (n < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (!meets(&terms[i], row[terms[i].feature]))
			return false;
	return true;
}

/* Every row meets the rule of its own leaf and no other. */
static bool
rules_part_rows(const CrmEnsemble *e, const TreesData *d, uint32_t tree)
{
	const CrmTreeNode *nodes = e->nodes + e->starts[tree];
	uint32_t	n = e->starts[tree + 1] - e->starts[tree];
	uint32_t   *parents = malloc(n * sizeof *parents);
	bool		good = true;

	crm_tree_parents(nodes, n, parents);
	for (uint32_t i = 0; i < 200 && good; i++)
	{
		double		row[TREES_FEATURES];
		uint32_t	at = 0;

		trees_row(d, i, row);
		if (i % 7 == 0)
			row[4] = trees_levels[4];
		while (nodes[at].child != 0)
			at = nodes[at].child + (crm_node_left(e, &nodes[at], row) ? 0 : 1);
		for (uint32_t leaf = 0; leaf < n; leaf++)
		{
			CrmRuleTerm terms[CRM_TREE_MAX_DEPTH];

			if (nodes[leaf].child == 0 &&
				meets_all(terms, crm_tree_rule(e, d->features, tree, parents,
											   leaf, terms), row) != (leaf == at))
				good = false;
		}
	}
	free(parents);
	return good;
}

/* Splits that contradict each other: x < 1, then x < 2 on the right. */
static void
test_unreachable(void)
{
	CrmTreeNode nodes[5] = {
		{.kind = CRM_NODE_NUMBER,.value = 1,.missing_left = true},
		{.kind = CRM_NODE_LEAF,.cover = 1},
		{.kind = CRM_NODE_NUMBER,.value = 1,.missing_left = true},
		{.kind = CRM_NODE_LEAF,.cover = 1},
		{.kind = CRM_NODE_LEAF,.cover = 1}
	};
	uint32_t	starts[2] = {0, 5};
	CrmFeature	feature = {.kind = CRM_NUMERIC};
	CrmEnsemble e = {.kind = CRM_ENSEMBLE_SUM,.n_features = 1,.n_trees = 1,
	.starts = starts,.nodes = nodes};
	uint32_t	parents[5];
	CrmRuleTerm terms[CRM_TREE_MAX_DEPTH];

	CHECK(crm_tree_link(nodes, 5));
	crm_tree_parents(nodes, 5, parents);
	CHECK_INT(crm_tree_rule(&e, &feature, 0, parents, 3, terms), -1);
	CHECK_INT(crm_tree_rule(&e, &feature, 0, parents, 4, terms), 1);
	CHECK(terms[0].low == 1 && isinf(terms[0].high) && !terms[0].missing);
	CHECK_INT(crm_tree_rule(&e, &feature, 0, parents, 1, terms), 1);
	CHECK(terms[0].high == 1 && isinf(terms[0].low) && terms[0].missing);
	CHECK_INT(crm_tree_rule(&e, &feature, 0, parents, 0, terms), 0);
}

int
main(void)
{
	TreesData  *d = trees_data(2000, 3);
	CrmBoostOptions options;
	TreesModel	m;

	crm_boost_defaults(&options);
	options.tree.max_depth = 6;
	trees_boost(&m, d, &options, 5, NULL);
	for (uint32_t t = 0; t < 5; t++)
		CHECK(rules_part_rows(&m.ensemble, d, t));
	trees_model_free(&m);
	trees_free(d);
	test_unreachable();
	return unit_done();
}
