/*
 * uncertain_amount.h
 *		An amount known to a standard deviation: a gamma distribution.
 *
 * Amounts are in ten-thousandths (money.h), which is why a mean may be large.
 */
#ifndef CRM_UNCERTAIN_AMOUNT_H
#define CRM_UNCERTAIN_AMOUNT_H

#include "poll.h"

typedef struct CrmAmount
{
	double		mean;
	double		deviation;
	double		shape;
	double		scale;
	double		log_gamma;		/* of the shape */
} CrmAmount;

/* Both above 0. */
extern CrmAmount crm_uncertain_amount(double mean, double deviation);

/* Where next to nothing (1e-9 of the mean) is left above. */
extern double crm_amount_reach(const CrmAmount *a);

/*
 * What falls to each of n cells of this width from 0 on, so that they sum to 1
 * and keep the mean.  False: stopped.
 */
extern bool crm_amount_shares(const CrmAmount *a, double cell, double *share,
							  size_t n, const CrmPoll *poll);

#endif
