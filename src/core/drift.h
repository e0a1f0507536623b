/*
 * drift.h
 *		How far the values of a feature have moved since training.
 *
 * Both measures compare with what the model stores: quantiles at k/(q + 1) of
 * a number, counts by label of a category.
 */
#ifndef CRM_DRIFT_H
#define CRM_DRIFT_H

#include "model.h"

/* Rows of one feature as they come. */
typedef struct CrmDriftCounts
{
	uint64_t	missing;
	uint64_t	present;
	uint64_t	unseen;			/* out of range, or no label of the model */
	uint64_t   *cells;			/* crm_drift_cells() */
} CrmDriftCounts;

/*
 * Cells of a feature: up to each quantile and beyond the last; each label and
 * "other".
 */
extern size_t crm_drift_cells(const CrmFeature *f);

/* Add a value in the feature's own form (see CrmScorerFeature); NaN missing. */
extern void crm_drift_add(CrmDriftCounts *counts, const CrmFeature *f,
						  double value);

/*
 * Population stability index, the sum over cells of (now - then) ln(now/then).
 * Where several quantiles are equal the share at or below them is known only
 * to lie between two bounds: the one nearest to today's is taken, so nothing
 * is called drift that rounding could be.  False: nothing to compare.
 */
extern bool crm_drift_psi(const CrmDriftCounts *counts, const CrmFeature *f,
						  uint64_t n_then, double *psi);

/*
 * Largest distance of the two distribution functions at the quantiles, a lower
 * bound of Kolmogorov and Smirnov's.  False for a category.
 */
extern bool crm_drift_ks(const CrmDriftCounts *counts, const CrmFeature *f,
						 double *ks);

#endif
