/*
 * clv_math.h
 *		Special functions and quadrature for the lifetime value models.
 *
 * All take positive arguments and keep their relative accuracy where the plain
 * formula would cancel or overflow: differences of log-gammas are computed as
 * such, tails of distributions are never 1 minus the rest.
 */
#ifndef CRM_CLV_MATH_H
#define CRM_CLV_MATH_H

#include <math.h>
#include <stddef.h>

/* Derivative of the log-gamma function. */
extern double crm_digamma(double x);

/* ln gamma(c + n) - ln gamma(c) and psi(c + n) - psi(c), n >= 0. */
extern double crm_log_rising(double c, double n);
extern double crm_digamma_rise(double c, double n);

/* The regularised incomplete beta function I_x(a, b); y = 1 - x. */
extern double crm_incomplete_beta(double a, double b, double x, double y);

/* exp(z) times the exponential integral E_n(z), n >= 1, z > 0. */
extern double crm_scaled_expint(double n, double z);

/* ln(1 + x) of x >= 0: to the last digits only where they matter. */
static inline double
crm_log_one_plus(double x)
{
	return x > 0.01 ? log(1 + x) : log1p(x);
}

/* ln(1 + exp(x)) without overflow. */
static inline double
crm_log_one_plus_exp(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

/* Gauss-Legendre nodes and weights on [-1, 1] (Golub and Welsch 1969). */
#define CRM_GAUSS_NODES 10
extern const double crm_gauss_node[CRM_GAUSS_NODES];
extern const double crm_gauss_weight[CRM_GAUSS_NODES];

/*
 * The integral of a function that does not change its sign, by panels of this
 * width at first, halved where they have to be: relative error below 1e-11.
 */
typedef double (*CrmIntegrand) (const void *arg, double x);
extern double crm_integrate(CrmIntegrand f, const void *arg, double low,
							double high, double width);

/* A function of p in (0, 1); q = 1 - p, exact near 1 too. */
typedef double (*CrmShareFunction) (const void *arg, double p, double q);

/*
 * The mean of f(p), p ~ Beta(a, b), relative error below 1e-12 where f is
 * positive, monotone and smooth in ln p and ln q.
 */
extern double crm_beta_mean(double a, double b, CrmShareFunction f,
							const void *arg);

#endif
