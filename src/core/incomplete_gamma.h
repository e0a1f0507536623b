/*
 * incomplete_gamma.h
 *		The gamma distribution function.
 */
#ifndef CRM_INCOMPLETE_GAMMA_H
#define CRM_INCOMPLETE_GAMMA_H

/* P(X <= x) for X of this shape > 0 and scale 1, to about 1e-14. */
extern double crm_gamma_cdf(double shape, double x);

#endif
