/*
 * deal_sum.h
 *		The distribution of what independent deals bring together.
 *
 * The sum lives on cells of equal width above a base, the amount of the deals
 * that are certain.  While all amounts are multiples of a cell and their total
 * is at most so many cells the distribution is exact.  Else each deal that
 * falls between two cells is shared out to both so that its mean is kept; what
 * that adds to the sum is uncorrelated noise of mean 0 whose standard deviation
 * is reported, and bounds the mean distance of all quantiles from the truth.
 *
 * An amount that is itself uncertain has a gamma distribution with its mean
 * and deviation, and never is exact.
 *
 * Few deals are convolved one by one, which keeps every probability's relative
 * accuracy.  Many are convolved by blocks, those by transforms (divide and
 * conquer); probabilities then have an absolute error of about 1e-15, and
 * where that is not enough crm_deal_tail has the saddlepoint approximation.
 *
 * With a common factor (one-factor Gaussian copula, Vasicek 1987) the deals
 * are independent given the factor, over which is integrated.
 */
#ifndef CRM_DEAL_SUM_H
#define CRM_DEAL_SUM_H

#include "convolution.h"
#include "revenue_forecast.h"

#define CRM_SUM_MAX_CELLS (1 << 20)

/* The same where a common factor is integrated over. */
#define CRM_SUM_FACTOR_CELLS (1 << 14)

/* Most values of the factor, and the greatest correlation. */
#define CRM_SUM_MAX_NODES 1025
#define CRM_SUM_MAX_CORRELATION 0.99

/* Deals convolved one by one: most multiplications that this may take. */
#define CRM_SUM_DIRECT_WORK 1e8

/*
 * Ten-thousandths; a sum of all amounts does not fit in 64 bits.  Memory of the
 * server is aligned to 8 bytes only.
 */
__extension__ typedef __int128 CrmUnits __attribute__((aligned(8)));

/* How a sum is laid out. */
typedef struct CrmSumPlan
{
	CrmForecast f;
	double		correlation;
	CrmUnits	base;			/* of the deals that are certain */
	CrmUnits	cell;			/* width of a cell, > 0 */
	CrmUnits	most;			/* of the deals that are not, where certain */
	uint32_t	cells;			/* as many as all of them may take */
	bool		exact;			/* every amount is a number of cells */
	bool		direct;			/* one by one */
	bool		smooth;			/* some amount is uncertain */
	double		noise;			/* deviation that cells add, in currency */
	uint32_t	nodes;			/* values of the factor; 1: none */
} CrmSumPlan;

/* Cells from "first" on. */
typedef struct CrmDealSum
{
	uint32_t	first;
	uint32_t	n;
	double	   *mass;
} CrmDealSum;

/* correlation is 0 to CRM_SUM_MAX_CORRELATION.  False: stopped. */
extern bool crm_sum_plan(CrmForecast f, double correlation, CrmSumPlan *plan,
						 const CrmPoll *poll);

/* Sizes in elements of what crm_sum_compute needs. */
extern size_t crm_sum_room(const CrmSumPlan *plan);
extern size_t crm_sum_shares(const CrmSumPlan *plan);
extern size_t crm_sum_transform(const CrmSumPlan *plan);

typedef struct CrmSumWork
{
	double	   *blocks;			/* crm_sum_room */
	double	   *product;		/* likewise */
	CrmComplex *roots;			/* half of crm_sum_transform */
	CrmComplex *transform;		/* crm_sum_transform */
	double	   *mixed;			/* crm_sum_room, with a factor */
	double	   *quantile;		/* of each distinct deal, with a factor */
	uint32_t   *n_shares;		/* of each distinct deal */
	double	   *share;			/* crm_sum_shares */
} CrmSumWork;

/* False: stopped.  The mass of the result is in "blocks" or in "mixed". */
extern bool crm_sum_compute(const CrmSumPlan *plan, const CrmSumWork *work,
							CrmDealSum *sum, const CrmPoll *poll);

/* The variance with a common factor, in currency. */
extern bool crm_sum_variance(const CrmSumPlan *plan, double *variance,
							 const CrmPoll *poll);

/*
 * P(sum >= target) or P(sum < target), whichever the mean is on the other side
 * of, by the saddlepoint (Lugannani and Rice 1980; Daniels 1987 for lattices).
 * target counts ten-thousandths above the base.  False: there is no
 * saddlepoint (at either end, near the mean) or the work was stopped.
 */
extern bool crm_deal_tail(const CrmSumPlan *plan, CrmUnits target,
						  double *tail, const CrmPoll *poll);

/* How many deals are won: the Poisson-binomial distribution. */
extern void crm_wins_forecast(CrmForecast f, CrmDeal *deals,
							  CrmForecast *wins);

#endif
