/*
 * xgboost.c
 *		Trees of XGBoost's JSON model made trees of ours.
 *
 * XGBoost 1.7 to 3.0: a number goes left if it is < condition, a category
 * unless it is in the split's set, so that unseen ones go left; a missing
 * value goes by default_left.
 */
#include "xgboost.h"

#include <math.h>

/* XGBoost's own floor of a row's second derivative (kRtEps of regression_loss) */
#define LEAST_COVER 1e-16f

static bool
is_split(const CrmXgboostTree *t, uint32_t at)
{
	return t->left[at] != -1;
}

static bool
is_child(const CrmXgboostTree *t, int32_t at)
{
	return at > 0 && (uint32_t) at < t->n;
}

/* Fill queue breadth first; each node is there at most once, or too many are. */
static CrmXgboostResult
order_nodes(const CrmXgboostTree *t, uint32_t *queue, uint32_t *n_nodes)
{
	uint32_t	n = 1;

	if (t->n == 0)
		return CRM_XGBOOST_INVALID;
	queue[0] = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	at = queue[i];

		if (!is_split(t, at))
		{
			if (t->right[at] != -1)
				return CRM_XGBOOST_INVALID;
			continue;
		}
		if (!is_child(t, t->left[at]) || !is_child(t, t->right[at]) ||
			t->n - n < 2)
			return CRM_XGBOOST_INVALID;
		queue[n++] = (uint32_t) t->left[at];
		queue[n++] = (uint32_t) t->right[at];
	}
	*n_nodes = n;
	return n > CRM_TREE_MAX_NODES ? CRM_XGBOOST_TOO_LARGE : CRM_XGBOOST_OK;
}

static CrmXgboostResult
put_leaf(const CrmXgboostTree *t, uint32_t at, CrmTreeNode *node)
{
	float		cover = t->cover[at];

	if (!isfinite(t->condition[at]) || !isfinite(cover) || cover < 0)
		return CRM_XGBOOST_INVALID;
	node->value = t->condition[at] + 0.0f;
	node->cover = (double) fmaxf(cover, LEAST_COVER);
	return CRM_XGBOOST_OK;
}

/* Every level goes left, the unseen too, but those of the set. */
static CrmXgboostResult
put_categories(CrmEnsembleBuilder *b, const CrmXgboostTree *t, uint32_t at,
			   const CrmXgboostFeature *f, CrmTreeNode *node)
{
	uint32_t   *set = b->sets + b->n_words;
	const int32_t *categories = t->categories + t->set_start[at];

	node->kind = CRM_NODE_CATEGORY;
	node->set = b->n_words;
	node->words = (uint16_t) (f->n_categories / 32 + 1);
	memset(set, 0, node->words * sizeof *set);
	for (uint32_t level = 0; level <= f->n_categories; level++)
		set[level / 32] |= UINT32_C(1) << level % 32;
	for (uint32_t i = 0; i < t->set_size[at]; i++)
	{
		uint32_t	level;

		if (categories[i] < 0 || (uint32_t) categories[i] >= f->n_categories)
			return CRM_XGBOOST_CATEGORY;
		level = f->level[categories[i]];
		set[level / 32] &= ~(UINT32_C(1) << level % 32);
	}
	b->n_words += node->words;
	return CRM_XGBOOST_OK;
}

static CrmXgboostResult
put_split(CrmEnsembleBuilder *b, const CrmXgboostTree *t, uint32_t at,
		  const CrmXgboostFeature *features, uint32_t n_features,
		  CrmTreeNode *node)
{
	const CrmXgboostFeature *f;

	if (t->feature[at] < 0 || (uint32_t) t->feature[at] >= n_features)
		return CRM_XGBOOST_INVALID;
	f = &features[t->feature[at]];
	if ((t->categorical[at] != 0) != (f->n_categories > 0))
		return CRM_XGBOOST_KIND;
	node->feature = (uint16_t) t->feature[at];
	node->missing_left = t->missing_left[at] != 0;
	if (isfinite(t->gain[at]) && t->gain[at] > 0)
		b->importance[node->feature] += (double) t->gain[at];
	if (f->n_categories > 0)
		return put_categories(b, t, at, f, node);
	if (!isfinite(t->condition[at]))
		return CRM_XGBOOST_INVALID;
	node->kind = CRM_NODE_NUMBER;
	node->value = t->condition[at] + 0.0f;
	return CRM_XGBOOST_OK;
}

CrmXgboostResult
crm_xgboost_add(CrmEnsembleBuilder *b, const CrmXgboostTree *t,
				const CrmXgboostFeature *features, uint32_t n_features,
				uint32_t *queue)
{
	CrmTreeNode *nodes = b->nodes + b->n_nodes;
	uint32_t	words = b->n_words;
	uint32_t	n;
	CrmXgboostResult result = order_nodes(t, queue, &n);

	for (uint32_t i = 0; result == CRM_XGBOOST_OK && i < n; i++)
	{
		memset(&nodes[i], 0, sizeof nodes[i]);
		result = is_split(t, queue[i]) ?
			put_split(b, t, queue[i], features, n_features, &nodes[i]) :
			put_leaf(t, queue[i], &nodes[i]);
	}
	if (result == CRM_XGBOOST_OK && !crm_tree_link(nodes, n))
		result = CRM_XGBOOST_INVALID;
	if (result == CRM_XGBOOST_OK && crm_tree_depth(nodes, n) > CRM_TREE_MAX_DEPTH)
		result = CRM_XGBOOST_TOO_LARGE;
	if (result != CRM_XGBOOST_OK)
	{
		b->n_words = words;
		return result;
	}
	b->starts[b->n_trees++] = b->n_nodes;
	b->n_nodes += n;
	b->starts[b->n_trees] = b->n_nodes;
	return CRM_XGBOOST_OK;
}

/* As ProbToMargin of its logistic objective. */
float
crm_xgboost_margin(float base_score)
{
	return -logf(1.0f / base_score - 1.0f) + 0.0f;
}
