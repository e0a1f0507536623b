/*
 * normal.h
 *		The standard normal distribution, to near double precision.
 */
#ifndef CRM_NORMAL_H
#define CRM_NORMAL_H

/* P(Z <= x) */
extern double crm_normal_cdf(double x);

/* P(|Z| >= |z|): the two-sided p-value */
extern double crm_normal_two_sided(double z);

/* x with P(Z <= x) = p; -+infinity at 0 and 1, NaN outside [0, 1] */
extern double crm_normal_quantile(double p);

#endif
