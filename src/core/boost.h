/*
 * boost.h
 *		Gradient boosting of trees with the logistic loss.
 *
 * A round makes one tree in the learner, which the caller copies before the
 * next.  Rows of the held fold get margins but teach nothing, which makes
 * cross-validation and early stopping cost no second pass.
 */
#ifndef CRM_BOOST_H
#define CRM_BOOST_H

#include "tree_learner.h"

#define CRM_BOOST_MAX_ROUNDS 10000
#define CRM_BOOST_MAX_DEPTH 15
#define CRM_NO_FOLD 255			/* hold nothing back */

typedef struct CrmBoostOptions
{
	CrmTreeOptions tree;
	double		learning_rate;
	double		subsample;		/* share of rows drawn for each tree */
	double		colsample;		/* share of features drawn for each tree */
	double		weight_true;	/* of rows by label; mean 1 over the rows */
	double		weight_false;
	uint64_t	seed;
} CrmBoostOptions;

typedef struct CrmBoost
{
	CrmTreeLearner learner;
	CrmBoostOptions options;
	const uint8_t *labels;
	const uint8_t *folds;		/* a number a row; NULL with CRM_NO_FOLD */
	uint8_t		fold;			/* held back */
	double		base;			/* margin before the first tree */
	double		correction;		/* takes class weights out of a margin */
	double		g_scale;
	double		h_scale;
	uint32_t	rounds;
	float	   *margins;		/* of all rows */
	uint8_t    *allowed;
} CrmBoost;

/* Defaults that need no data. */
extern void crm_boost_defaults(CrmBoostOptions *options);

extern size_t crm_boost_size(const CrmBins *bins,
							 const CrmBoostOptions *options);

/* Both labels must occur outside of the held fold. work: aligned for double */
extern void crm_boost_init(CrmBoost *boost, const CrmBins *bins,
						   const uint8_t *labels, const uint8_t *folds,
						   uint8_t fold, const CrmBoostOptions *options,
						   const CrmPoll *poll, void *work);

/* One tree more; false when stopped. */
extern bool crm_boost_round(CrmBoost *boost);

/*
 * What to add to margins that were learned with class weights, so that the
 * mean score of the training rows is the base rate; 0 with equal weights.
 */
extern double crm_boost_shift(const CrmBoost *boost);

/* Sum of the log-losses of the held rows, without class weights. */
extern double crm_boost_held_loss(const CrmBoost *boost);

/*
 * Depth and rounds by cross-validation.  Where no depth is given both shallow
 * and deep trees are tried: neither wins everywhere.
 */
#define CRM_BOOST_ROUNDS 500	/* at most, when not given */
#define CRM_BOOST_PATIENCE 30
#define CRM_BOOST_FOLDS 5
#define CRM_BOOST_TUNE_ROWS 200000	/* more than these are thinned out */

typedef struct CrmBoostTuning
{
	const uint32_t *depths;		/* to choose from */
	uint32_t	n_depths;
	uint32_t	max_rounds;
	uint32_t	patience;		/* rounds without a better loss */
	uint32_t	n_folds;		/* numbers that occur in folds */
	uint32_t	used_folds;		/* of these, to keep large data short */
	/* the answer */
	uint32_t	depth;
	uint32_t	rounds;
	double		loss;			/* mean log-loss of held rows */
} CrmBoostTuning;

extern size_t crm_boost_tune_size(const CrmBins *bins,
								  const CrmBoostOptions *options,
								  const CrmBoostTuning *tuning);

/* options->tree.max_depth is overwritten by the answer; false when stopped. */
extern bool crm_boost_tune(CrmBoostTuning *tuning, const CrmBins *bins,
						   const uint8_t *labels, const uint8_t *folds,
						   CrmBoostOptions *options, const CrmPoll *poll,
						   void *work);

#endif
