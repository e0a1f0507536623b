/*
 * forest.h
 *		Random forest: trees on bootstrap samples, features drawn at each split.
 *
 * A tree is made in the learner, which the caller copies before the next.
 * Rows that a bootstrap left out judge that tree: the out-of-bag loss, and what
 * permuting a feature costs.
 */
#ifndef CRM_FOREST_H
#define CRM_FOREST_H

#include "tree_learner.h"

typedef struct CrmForestOptions
{
	CrmTreeOptions tree;		/* min_weight: rows of a leaf */
	double		subsample;		/* rows drawn, as a share of all */
	double		weight_true;	/* steer the splits, not the frequencies */
	double		weight_false;
	uint64_t	seed;
} CrmForestOptions;

typedef struct CrmForest
{
	CrmTreeLearner learner;
	CrmForestOptions options;
	const uint8_t *labels;
	uint32_t	weights[2];		/* integer steps of a row, by label */
	uint32_t	n_trees;
	float	   *outside;		/* sum of out-of-bag predictions, by row */
	uint16_t   *outside_trees;
	uint32_t   *sample;			/* out-of-bag rows for importance */
	uint8_t    *used;			/* features of the tree */
	double	   *importance;		/* rise of the Brier score, by feature */
} CrmForest;

/* Defaults for these rows and features. */
extern void crm_forest_defaults(CrmForestOptions *options, uint32_t n_rows,
								uint32_t n_features);

extern size_t crm_forest_size(const CrmBins *bins,
							  const CrmForestOptions *options);
extern void crm_forest_init(CrmForest *forest, const CrmBins *bins,
							const uint8_t *labels,
							const CrmForestOptions *options,
							const CrmPoll *poll, void *work);

/* One tree more, its leaves holding frequencies; false when stopped. */
extern bool crm_forest_tree(CrmForest *forest);

/*
 * Mean log-loss over rows that some tree left out, scores clamped to
 * [1e-4, 1 - 1e-4]; false when there is none.
 */
extern bool crm_forest_outside_loss(const CrmForest *forest, double *loss);

/* Permutation importance by feature, never negative. */
extern void crm_forest_importance(const CrmForest *forest,
								  double *importance);

#endif
