/*
 * explain.h
 *		Why a row got its score: a contribution of each feature, in log-odds.
 *
 * base + contributions + rest = log-odds of the score.  A linear model's
 * contribution is what the value adds over the training rows' mean; a tree
 * model's is its Shapley value.  "rest" is what calibration by steps and the
 * limits of a score take away, which belongs to no feature.
 */
#ifndef CRM_EXPLAIN_H
#define CRM_EXPLAIN_H

#include "model.h"

typedef struct CrmExplanation
{
	double		base;
	double		rest;
	double	   *contributions;	/* by feature, the caller's room */
} CrmExplanation;

/* Bytes of work space, aligned for double. */
extern size_t crm_explain_size(const CrmModel *model);

extern void crm_explain(const CrmScorer *scorer, const double *row,
						void *work, CrmExplanation *explanation);

#endif
