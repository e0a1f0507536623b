/*
 * counts.h
 *		Models that are counts: naive Bayes and rates by stage.
 *
 * log-odds = ln((W + s) / (L + s)) + sum of the features' contributions, with W
 * won and L lost rows and s the smoothing.  A cell v of a feature with K cells
 * that are not empty contributes, by the feature's role (CrmCountRole),
 *
 *	likelihood: ln (won_v + s)/(won + sK) - ln (lost_v + s)/(lost + sK), where won
 *		and lost are sums over the cells
 *	reached: ln (won_v + s)/(won_1 + s) - ln (lost_v + s)/(lost_1 + s), where cell
 *		1, which all rows reached, has the largest counts
 *	prior: logit((won_v + k p)/(n_v + k)) - logit(p), p = (W + s)/(W + L + 2s), k
 *		the strength
 *
 * A cell that is empty, has fewer than min_count rows, or was never seen
 * contributes nothing.
 */
#ifndef CRM_COUNTS_H
#define CRM_COUNTS_H

#include "model.h"

/* Strongest prior: cells keep the base rate. */
#define CRM_COUNTS_MAX_STRENGTH 1e9

/* Cells of one feature, and over all of these. */
extern uint32_t crm_count_cells(const CrmFeature *f);
extern size_t crm_count_cells_all(const CrmFeature *features, uint32_t n);

/* The cell of a number that is not missing. */
static inline uint32_t
crm_count_bin(const double *cuts, uint32_t n, double v)
{
	uint32_t	bin = 0;

	while (bin < n && cuts[bin] <= v)
		bin++;
	return bin;
}

/*
 * Counts of n cells in order to counts of those and later: lost rows stopped
 * where they are, won ones reached all.
 */
extern void crm_counts_reached(uint64_t *won, uint64_t *lost, uint32_t n);

/* Log-odds before any feature. */
extern double crm_counts_prior(const CrmModel *model);

/*
 * Contributions of the cells of a feature, whose first cell is number `first`
 * of all, into `out`.
 */
extern void crm_counts_contributions(const CrmModel *model, uint32_t feature,
									 size_t first, double *out);

/*
 * Training rows in cell k of a feature.  Cells that count later rows too do
 * not tell: a category's levels do, and between the quantiles of a number lie
 * equally many.
 */
extern double crm_count_rows(const CrmModel *model, uint32_t feature,
							 size_t first, uint32_t k);

/* Do the section's parts fit together and with the features? */
extern bool crm_counts_check(const CrmModel *model);

#endif
