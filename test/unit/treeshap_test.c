/*
 * treeshap_test.c
 *		Unit tests of core/treeshap: against Shapley's formula over all subsets.
 */
#include "treeshap.h"

#include "forest.h"
#include "trees.h"
#include "unit.h"

/* Value of the features in `known`: other splits count both sides. */
static double
subset_value(const CrmEnsemble *e, const CrmTreeNode *nodes, uint32_t at,
			 const double *row, uint32_t known)
{
	const CrmTreeNode *node = &nodes[at];
	const CrmTreeNode *child = &nodes[node->child];
	double		left;
	double		right;

	if (node->child == 0)
		return (double) node->value;
	if (known >> node->feature & 1)
		return subset_value(e, nodes, node->child +
							(crm_node_left(e, node, row) ? 0 : 1), row, known);
	left = subset_value(e, nodes, node->child, row, known);
	right = subset_value(e, nodes, node->child + 1, row, known);
	return (left * child[0].cover + right * child[1].cover) /
		(child[0].cover + child[1].cover);
}

static double
ensemble_value(const CrmEnsemble *e, const double *row, uint32_t known)
{
	double		sum = 0;

	for (uint32_t t = 0; t < e->n_trees; t++)
		sum += subset_value(e, e->nodes + e->starts[t], 0, row, known);
	return e->kind == CRM_ENSEMBLE_MEAN ? sum / e->n_trees : sum + e->base;
}

static double
factorial(int n)
{
	return n <= 1 ? 1 : n * factorial(n - 1);
}

/* phi_f = sum over S without f of |S|! (M - |S| - 1)! / M! (v(S + f) - v(S)) */
static double
shapley(const CrmEnsemble *e, const double *row, int f)
{
	const int	m = TREES_FEATURES;
	double		phi = 0;

	for (uint32_t s = 0; s < 1u << m; s++)
	{
		int			size = 0;

		if (s >> f & 1)
			continue;
		for (int k = 0; k < m; k++)
			size += s >> k & 1;
		phi += factorial(size) * factorial(m - size - 1) / factorial(m) *
			(ensemble_value(e, row, s | 1u << f) - ensemble_value(e, row, s));
	}
	return phi;
}

static void
compare(const TreesModel *m, const TreesData *d, uint32_t rows)
{
	void	   *work = malloc(crm_treeshap_size(&m->ensemble));
	double		base = crm_ensemble_expectation(&m->ensemble);
	double		worst = 0;
	double		worst_sum = 0;

	CHECK_NEAR(base, ensemble_value(&m->ensemble, NULL, 0), 1e-12);
	for (uint32_t i = 0; i < rows; i++)
	{
		double		row[TREES_FEATURES];
		double		phi[TREES_FEATURES];
		double		sum = base;

		trees_row(d, i, row);
		crm_treeshap(&m->ensemble, row, work, phi);
		for (int f = 0; f < TREES_FEATURES; f++)
		{
			worst = fmax(worst, fabs(phi[f] - shapley(&m->ensemble, row, f)));
			sum += phi[f];
		}
		worst_sum = fmax(worst_sum, fabs(sum - crm_evaluate(&m->evaluator, row)));
	}
	CHECK_NEAR(worst, 0, 1e-11);
	CHECK_NEAR(worst_sum, 0, 1e-11);
	free(work);
}

static void
test_boost(void)
{
	TreesData  *d = trees_data(2000, 3);
	CrmBoostOptions o;
	TreesModel	m;

	crm_boost_defaults(&o);
	trees_boost(&m, d, &o, 12, NULL);
	compare(&m, d, 40);
	trees_model_free(&m);
	trees_free(d);
}

/* Deep trees use a feature many times over. */
static void
test_forest(void)
{
	TreesData  *d = trees_data(1500, 4);
	CrmForestOptions o;
	CrmForest	forest;
	TreesModel	m;
	void	   *work;

	crm_forest_defaults(&o, d->n, TREES_FEATURES);
	o.tree.min_weight = 2;
	work = malloc(crm_forest_size(&d->bins, &o));
	crm_forest_init(&forest, &d->bins, d->labels, &o, NULL, work);
	trees_model_begin(&m);
	for (int i = 0; i < 3; i++)
	{
		CHECK(crm_forest_tree(&forest));
		trees_model_add(&m, &forest.learner);
	}
	trees_model_end(&m, d, CRM_ENSEMBLE_MEAN, 0);
	compare(&m, d, 20);
	trees_model_free(&m);
	free(work);
	trees_free(d);
}

/* One split by hand: 3 rows of value 1 left, 1 of value 5 right. */
static void
test_stump(void)
{
	CrmTreeNode nodes[3] = {{0}};
	const uint32_t starts[] = {0, 3};
	const double importance[] = {1};
	CrmEnsemble e = {CRM_ENSEMBLE_SUM, 0.5, false, 0, 1, importance, 1, starts,
		nodes, NULL
	};
	double		work[100];
	double		row[1] = {0};
	double		phi[1];

	nodes[0].kind = CRM_NODE_NUMBER;
	nodes[0].value = 1;
	nodes[1].value = 1;
	nodes[1].cover = 3;
	nodes[2].value = 5;
	nodes[2].cover = 1;
	CHECK(crm_tree_link(nodes, 3));
	CHECK(crm_treeshap_size(&e) <= sizeof work);
	CHECK_NEAR(crm_ensemble_expectation(&e), 2.5, 0);
	crm_treeshap(&e, row, work, phi);
	CHECK_NEAR(phi[0], -1, 1e-15);
	row[0] = NAN;
	crm_treeshap(&e, row, work, phi);
	CHECK_NEAR(phi[0], 3, 1e-15);
}

int
main(void)
{
	test_stump();
	test_boost();
	test_forest();
	return unit_done();
}
