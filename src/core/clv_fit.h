/*
 * clv_fit.h
 *		Maximum likelihood of the lifetime value models over counted patterns.
 *
 * Customers with equal figures are one pattern with a weight, so that a fit
 * takes time by patterns, not by customers, and equal multisets of customers
 * give equal bits.  Times are scaled to a largest age of 1 and money to a mean
 * of 1, parameters are sought by their logarithms.
 */
#ifndef CRM_CLV_FIT_H
#define CRM_CLV_FIT_H

#include "clv.h"
#include "poll.h"

/*
 * The layout of a slot of the state, too.  "first" is the age, for gamma_gamma
 * 0; "second" the recency, for gamma_gamma the mean spend.
 */
typedef struct CrmClvPattern
{
	double		first;
	double		second;
	int64_t		weight;			/* 0: an empty slot */
	uint32_t	frequency;
	uint32_t	zero;
} CrmClvPattern;

/* Sorted by frequency, first, second; each once. */
typedef struct CrmClvPatterns
{
	const CrmClvPattern *patterns;
	size_t		n;
} CrmClvPatterns;

/* The order of patterns. */
static inline int
crm_clv_pattern_compare(const CrmClvPattern *a, const CrmClvPattern *b)
{
	if (a->frequency != b->frequency)
		return a->frequency < b->frequency ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}

/*
 * The log-likelihood at these parameters and, unless NULL, its gradient by the
 * logarithms of the parameters; times (gamma_gamma: money) are multiplied by
 * "scale".  False: the caller asked to stop.
 */
extern bool crm_clv_log_likelihood(CrmClvKind kind, CrmClvPatterns data,
								   double scale, const double *parameters,
								   const CrmPoll *poll, double *value,
								   double *gradient);

/* ln of the odds of being dead after x purchases by tx, at T, of pareto_nbd */
extern double crm_clv_pareto_log_dead(const double *parameters, double x,
									  double tx, double T);

typedef enum CrmClvFitted
{
	CRM_CLV_FIT_DONE,
	CRM_CLV_FIT_REFUSED,		/* *error says why */
	CRM_CLV_FIT_STOPPED			/* the poll said so */
} CrmClvFitted;

/* Largest number of evaluations of the likelihood in one search. */
#define CRM_CLV_MAX_EVALUATIONS 1000

/*
 * Fills the model but for unit, end and left_out.  Where there is no maximum,
 * or none that can be told from a ridge, "converged" is false and the
 * parameters are those at which the search ended.
 */
extern CrmClvFitted crm_clv_fit(CrmClvKind kind, CrmClvPatterns data,
								const CrmPoll *poll, CrmClvModel *m,
								CrmError *error);

#endif
