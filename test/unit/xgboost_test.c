/*
 * xgboost_test.c
 *		Unit tests of core/xgboost: order, categories, and what is refused.
 */
#include "xgboost.h"

#include <stdlib.h>

#include "unit.h"

#define MOST 300

/* A tree that a test changes before it is added. */
typedef struct Given
{
	CrmXgboostTree tree;
	int32_t		left[MOST];
	int32_t		right[MOST];
	int32_t		feature[MOST];
	float		condition[MOST];
	float		cover[MOST];
	float		gain[MOST];
	uint8_t		missing_left[MOST];
	uint8_t		categorical[MOST];
	uint32_t	set_start[MOST];
	uint32_t	set_size[MOST];
	int32_t		categories[MOST];
} Given;

static const uint32_t levels[40] = {
	3, 1, 2, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
	21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39
};
static const CrmXgboostFeature features[2] = {{0, NULL}, {40, levels}};

/*
 * 0: number < 1.5 ? 4 : 2;  2: category in {0, 33} ? 1 : 3, missing left.
 * Node 5 was left behind by pruning.
 */
static void
give(Given *g)
{
	static const int32_t left[] = {4, -1, 3, -1, -1, -1};
	static const int32_t right[] = {2, -1, 1, -1, -1, -1};
	static const int32_t feature[] = {0, 0, 1, 0, 0, 0};
	static const float condition[] = {1.5f, 10, 0, 30, 40, 50};

	memset(g, 0, sizeof *g);
	memcpy(g->left, left, sizeof left);
	memcpy(g->right, right, sizeof right);
	memcpy(g->feature, feature, sizeof feature);
	memcpy(g->condition, condition, sizeof condition);
	for (int i = 0; i < MOST; i++)
		g->cover[i] = (float) (i + 1);
	g->gain[0] = 7;
	g->gain[2] = -1;
	g->missing_left[2] = 1;
	g->categorical[2] = 1;
	g->set_size[2] = 2;
	g->categories[1] = 33;
	g->tree = (CrmXgboostTree)
	{
		6, g->left, g->right, g->feature, g->condition, g->cover, g->gain,
			g->missing_left, g->categorical, g->set_start, g->set_size,
			g->categories
	};
}

typedef struct Taken
{
	CrmEnsembleBuilder builder;
	uint32_t	starts[4];
	CrmTreeNode nodes[2 * MOST];
	uint32_t	sets[MOST * CRM_BUILDER_SET_WORDS];
	double		importance[2];
	uint32_t	queue[MOST];
} Taken;

static void
begin(Taken *t)
{
	memset(t, 0, sizeof *t);
	t->builder.starts = t->starts;
	t->builder.nodes = t->nodes;
	t->builder.sets = t->sets;
	t->builder.importance = t->importance;
}

static CrmXgboostResult
add(Taken *t, const Given *g)
{
	return crm_xgboost_add(&t->builder, &g->tree, features, 2, t->queue);
}

static double
walk(const Taken *t, double number, double category)
{
	CrmEnsemble e = {.kind = CRM_ENSEMBLE_SUM,.n_features = 2,.n_trees = 1,
	.starts = t->starts,.nodes = t->nodes,.sets = t->sets};
	double		row[2] = {number, category};
	uint32_t	at = 0;

	while (t->nodes[at].child != 0)
		at = t->nodes[at].child +
			(crm_node_left(&e, &t->nodes[at], row) ? 0 : 1);
	return (double) t->nodes[at].value;
}

static void
test_tree(void)
{
	Given	   *g = malloc(sizeof *g);
	Taken	   *t = malloc(sizeof *t);

	give(g);
	begin(t);
	CHECK_INT(add(t, g), CRM_XGBOOST_OK);
	CHECK_INT(t->builder.n_nodes, 5);
	CHECK_NEAR(walk(t, 1.4999, 0), 40, 0);
	/* categories 0 and 33 are levels 3 and 33 */
	CHECK_NEAR(walk(t, 1.5, 3), 10, 0);
	CHECK_NEAR(walk(t, 1.5, 33), 10, 0);
	CHECK_NEAR(walk(t, 1.5, 0), 30, 0);
	CHECK_NEAR(walk(t, 1.5, 40), 30, 0);
	CHECK_NEAR(walk(t, 1.5, NAN), 30, 0);
	CHECK_NEAR(walk(t, NAN, 3), 10, 0);
	CHECK_NEAR(t->importance[0], 7, 0);
	CHECK_NEAR(t->importance[1], 0, 0);
	/* covers of splits are those of their leaves: 2 + 4 and 5 */
	CHECK_NEAR(t->nodes[0].cover, 11, 0);
	g->cover[1] = 0;
	CHECK_INT(add(t, g), CRM_XGBOOST_OK);
	CHECK(t->nodes[9].cover > 0 && t->nodes[8].cover > 0);
	CHECK_INT(t->builder.n_trees, 2);
	CHECK_INT(t->starts[2], 10);
	free(t);
	free(g);
}

#define REFUSED(change, result) \
	do { \
		give(g); \
		change; \
		CHECK_NAMED(add(t, g) == (result), #change); \
	} while (0)

static void
test_refused(void)
{
	Given	   *g = malloc(sizeof *g);
	Taken	   *t = malloc(sizeof *t);

	begin(t);
	REFUSED(g->tree.n = 0, CRM_XGBOOST_INVALID);
	REFUSED(g->left[0] = 0, CRM_XGBOOST_INVALID);
	REFUSED(g->left[2] = 2, CRM_XGBOOST_INVALID);
	REFUSED(g->left[2] = 0, CRM_XGBOOST_INVALID);
	REFUSED(g->left[2] = 6, CRM_XGBOOST_INVALID);
	REFUSED(g->left[2] = -2, CRM_XGBOOST_INVALID);
	REFUSED(g->left[2] = INT32_MIN, CRM_XGBOOST_INVALID);
	REFUSED(g->right[2] = -1, CRM_XGBOOST_INVALID);
	REFUSED(g->right[1] = 3, CRM_XGBOOST_INVALID);
	REFUSED(g->feature[0] = 2, CRM_XGBOOST_INVALID);
	REFUSED(g->feature[0] = -1, CRM_XGBOOST_INVALID);
	REFUSED(g->feature[0] = 1, CRM_XGBOOST_KIND);
	REFUSED(g->categorical[0] = 1, CRM_XGBOOST_KIND);
	REFUSED(g->condition[0] = NAN, CRM_XGBOOST_INVALID);
	REFUSED(g->condition[1] = INFINITY, CRM_XGBOOST_INVALID);
	REFUSED(g->cover[1] = -1, CRM_XGBOOST_INVALID);
	REFUSED(g->cover[1] = NAN, CRM_XGBOOST_INVALID);
	REFUSED(g->categories[0] = 40, CRM_XGBOOST_CATEGORY);
	REFUSED(g->categories[0] = -1, CRM_XGBOOST_CATEGORY);
	CHECK_INT(t->builder.n_trees, 0);
	CHECK_INT(t->builder.n_nodes, 0);
	CHECK_INT(t->builder.n_words, 0);
	/* a chain of splits: one level too many */
	for (int depth = CRM_TREE_MAX_DEPTH; depth <= CRM_TREE_MAX_DEPTH + 1;
		 depth++)
	{
		give(g);
		g->tree.n = (uint32_t) (2 * depth + 1);
		memset(g->categorical, 0, sizeof g->categorical);
		memset(g->feature, 0, sizeof g->feature);
		for (int i = 0; i <= 2 * depth; i++)
		{
			bool		split = i % 2 == 0 && i < 2 * depth;

			g->left[i] = split ? i + 1 : -1;
			g->right[i] = split ? i + 2 : -1;
		}
		CHECK_INT(add(t, g), depth > CRM_TREE_MAX_DEPTH ?
				  CRM_XGBOOST_TOO_LARGE : CRM_XGBOOST_OK);
	}
	free(t);
	free(g);
}

int
main(void)
{
	test_tree();
	test_refused();
	CHECK_NEAR((double) crm_xgboost_margin(0.5f), 0, 0);
	CHECK_NEAR((double) crm_xgboost_margin(0.3f), log(0.3 / 0.7), 1e-6);
	return unit_done();
}
