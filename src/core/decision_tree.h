/*
 * decision_tree.h
 *		One tree that can be read: grown by Gini, pruned by cost-complexity with
 *		the price of a leaf chosen by cross-validation (Breiman et al. 1984,
 *		chapter 3), its frequencies shrunk towards the node above.
 */
#ifndef CRM_DECISION_TREE_H
#define CRM_DECISION_TREE_H

#include "tree_learner.h"

#define CRM_DECISION_PRIOR_ROWS 10	/* rows' worth of the node above */
#define CRM_DECISION_FOLDS 5
#define CRM_DECISION_PRICES 64	/* tried, at most */

typedef struct CrmDecisionOptions
{
	CrmTreeOptions tree;		/* min_weight: rows of a leaf */
	double		weight_true;	/* steer the splits, not the frequencies */
	double		weight_false;
	uint32_t	n_folds;
	uint64_t	seed;
} CrmDecisionOptions;

/* What pruning keeps about a node of the learner. */
typedef struct CrmPruneNode
{
	double		price;			/* collapses at this price of a leaf */
	double		risk;			/* of the subtree as it stands */
	uint32_t	leaves;
	uint32_t	positive;		/* training rows */
	uint32_t	negative;
	uint32_t	held_positive;
	uint32_t	held_negative;
} CrmPruneNode;

typedef struct CrmDecision
{
	CrmTreeLearner learner;
	CrmDecisionOptions options;
	const uint8_t *labels;
	uint32_t	weights[2];
	CrmPruneNode *nodes;
	uint32_t	n_prices;
	double		prices[CRM_DECISION_PRICES];
	double		losses[CRM_DECISION_PRICES];	/* sums over held rows */
	double		loss;			/* mean log-loss at the price chosen */
} CrmDecision;

extern void crm_decision_defaults(CrmDecisionOptions *options,
								  uint32_t n_rows);
extern size_t crm_decision_size(const CrmBins *bins,
								const CrmDecisionOptions *options);
extern void crm_decision_init(CrmDecision *decision, const CrmBins *bins,
							  const uint8_t *labels,
							  const CrmDecisionOptions *options,
							  const CrmPoll *poll, void *work);

/*
 * The whole fit: the pruned tree is left in the learner, its leaves holding
 * shrunk frequencies.  folds holds 0 .. n_folds - 1 by row.
 */
extern bool crm_decision_fit(CrmDecision *decision, const uint8_t *folds);

#endif
