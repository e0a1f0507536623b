/*
 * xgboost_fuzz.c
 *		Arrays of an XGBoost tree, as hostile JSON could hold them.
 *
 * First byte: number of nodes; then 19 bytes a node (see get_tree); the rest
 * are categories.
 * A tree that is taken passes the check of a model, and XGBoost's own walk
 * over the arrays ends at the same leaf.
 */
#include "xgboost.h"

#include <math.h>
#include <stdlib.h>

#define MOST 128
#define FEATURES 3

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static const uint32_t few[3] = {2, 0, 1};
static uint32_t many[40];
static const CrmXgboostFeature codes[FEATURES] = {{0, NULL}, {3, few}, {40, many}};
static const CrmFeature features[FEATURES] = {
	{.kind = CRM_NUMERIC},
	{.kind = CRM_CATEGORICAL,.n_levels = 3},
	{.kind = CRM_CATEGORICAL,.n_levels = 40}
};

typedef struct Arrays
{
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
	int32_t		categories[256 + 256];
} Arrays;

static float
get_float(CrmReader *r)
{
	uint32_t	bits = crm_get_u32(r);
	float		v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

static bool
get_tree(CrmReader *r, Arrays *a, CrmXgboostTree *t)
{
	uint32_t	n = crm_get_u8(r) % MOST;

	for (uint32_t i = 0; i < n; i++)
	{
		a->left[i] = (int8_t) crm_get_u8(r);
		a->right[i] = (int8_t) crm_get_u8(r);
		a->feature[i] = (int8_t) crm_get_u8(r);
		a->missing_left[i] = crm_get_u8(r) & 1;
		a->categorical[i] = crm_get_u8(r) & 1;
		a->set_start[i] = crm_get_u8(r);
		a->set_size[i] = crm_get_u8(r);
		a->condition[i] = get_float(r);
		a->cover[i] = get_float(r);
		a->gain[i] = get_float(r);
	}
	for (int i = 0; i < 512; i++)
		a->categories[i] = r->at < r->size ? (int8_t) crm_get_u8(r) : i % 40;
	*t = (CrmXgboostTree)
	{
		n, a->left, a->right, a->feature, a->condition, a->cover, a->gain,
			a->missing_left, a->categorical, a->set_start, a->set_size,
			a->categories
	};
	return !r->failed;
}

/* The row in XGBoost's codes; NaN is missing, others are unseen. */
static bool
goes_left(const CrmXgboostTree *t, uint32_t at, const double *row)
{
	double		v = row[t->feature[at]];

	if (isnan(v))
		return t->missing_left[at];
	if (!t->categorical[at])
		return crm_feature_float(v) < t->condition[at];
	for (uint32_t i = 0; i < t->set_size[at]; i++)
		if (t->categories[t->set_start[at] + i] == (int) v)
			return false;
	return true;
}

static void
check_row(const CrmXgboostTree *t, const CrmEnsemble *e, const double *row)
{
	double		ours[FEATURES] = {row[0]};
	uint32_t	theirs = 0;
	uint32_t	at = 0;

	for (int f = 1; f < FEATURES; f++)
		ours[f] = isnan(row[f]) ? NAN : row[f] >= codes[f].n_categories ?
			codes[f].n_categories : codes[f].level[(int) row[f]];
	while (t->left[theirs] != -1)
		theirs = (uint32_t) (goes_left(t, theirs, row) ? t->left[theirs] :
							 t->right[theirs]);
	while (e->nodes[at].child != 0)
		at = e->nodes[at].child + (crm_node_left(e, &e->nodes[at], ours) ? 0 : 1);
	require(e->nodes[at].value == t->condition[theirs]);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double rows[][FEATURES] = {
		{0, 0, 0}, {NAN, NAN, NAN}, {1e300, 2, 39}, {-1e300, 1, 17}, {1, 9, 99}
	};
	CrmReader	r = crm_reader(data, size);
	Arrays	   *a = malloc(sizeof *a);
	CrmTreeNode *nodes = malloc(MOST * sizeof *nodes);
	uint32_t   *sets = malloc(MOST * CRM_BUILDER_SET_WORDS * sizeof *sets);
	uint32_t   *queue = malloc(MOST * sizeof *queue);
	uint32_t	starts[2] = {0, 0};
	double		importance[FEATURES] = {0};
	CrmEnsembleBuilder b = {0, 0, 0, starts, nodes, sets, importance};
	CrmXgboostTree t;

	for (uint32_t i = 0; i < 40; i++)
		many[i] = 39 - i;
	if (get_tree(&r, a, &t) &&
		crm_xgboost_add(&b, &t, codes, FEATURES, queue) == CRM_XGBOOST_OK)
	{
		CrmEnsemble e = {.kind = CRM_ENSEMBLE_SUM,.n_features = FEATURES,
			.importance = importance,.n_trees = 1,.starts = starts,.nodes = nodes,
		.sets = sets};

		require(crm_ensemble_check(&e, features, FEATURES));
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			check_row(&t, &e, rows[i]);
	}
	free(queue);
	free(sets);
	free(nodes);
	free(a);
	return 0;
}
