/*
 * xgboost.h
 *		Trees of XGBoost's JSON model made trees of ours.
 *
 * XGBoost writes a tree as arrays by node, with children anywhere and nodes
 * that pruning left behind; ours lie breadth first.  Whoever reads the JSON
 * fills CrmXgboostTree; nothing in it is trusted.
 */
#ifndef CRM_XGBOOST_H
#define CRM_XGBOOST_H

#include "model.h"

typedef struct CrmXgboostTree
{
	uint32_t	n;				/* nodes, the root is 0 */
	const int32_t *left;		/* a child, or -1 in a leaf */
	const int32_t *right;
	const int32_t *feature;
	const float *condition;		/* right if value >= this; a leaf's value */
	const float *cover;			/* sum of second derivatives */
	const float *gain;
	const uint8_t *missing_left;
	const uint8_t *categorical;
	/* of a categorical split: where its categories, which go right, lie */
	const uint32_t *set_start;
	const uint32_t *set_size;
	const int32_t *categories;
} CrmXgboostTree;

/* level[c]: the level of category c of a categorical feature */
typedef struct CrmXgboostFeature
{
	uint32_t	n_categories;	/* 0: a number */
	const uint32_t *level;
} CrmXgboostFeature;

typedef enum CrmXgboostResult
{
	CRM_XGBOOST_OK,
	CRM_XGBOOST_INVALID,		/* no tree, or not over these features */
	CRM_XGBOOST_KIND,			/* a category asked of a number, or reversed */
	CRM_XGBOOST_CATEGORY,		/* a category without a level */
	CRM_XGBOOST_TOO_LARGE		/* nodes or depth */
} CrmXgboostResult;

/*
 * Append the tree.  The builder has room for n nodes and CRM_BUILDER_SET_WORDS
 * words for each categorical split among them; queue has room for n.
 * On failure the builder is as it was, but for its importance.
 */
extern CrmXgboostResult crm_xgboost_add(CrmEnsembleBuilder *builder,
										const CrmXgboostTree *tree,
										const CrmXgboostFeature *features,
										uint32_t n_features,
										uint32_t *queue);

/* Log-odds of base_score, in (0, 1), in single precision. */
extern float crm_xgboost_margin(float base_score);

#endif
