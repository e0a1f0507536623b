/*
 * rates.h
 *		Rates of counts: numerator first, a fraction as answer.
 */
#ifndef CRM_RATES_H
#define CRM_RATES_H

#include <stdint.h>

typedef enum CrmRateResult
{
	CRM_RATE_OK,
	CRM_RATE_NONE,				/* nothing to divide by */
	CRM_RATE_NEGATIVE,
	CRM_RATE_ABOVE				/* the numerator exceeds the denominator */
} CrmRateResult;

static inline CrmRateResult
crm_rate(int64_t numerator, int64_t denominator, double *rate)
{
	if (numerator < 0 || denominator < 0)
		return CRM_RATE_NEGATIVE;
	if (denominator == 0)
		return CRM_RATE_NONE;
	if (numerator > denominator)
		return CRM_RATE_ABOVE;
	*rate = (double) numerator / (double) denominator;
	return CRM_RATE_OK;
}

#endif
