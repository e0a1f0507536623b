/*
 * pooling.h
 *		How far the groups of rows lie from the whole: partial pooling.
 *
 * log-odds of row i of group s = margin_i + b_s with b_s from N(0, tau^2): a
 * random intercept beside scores that are given.  tau maximises the marginal
 * likelihood, its integrals by Laplace's method (as R's glmer with one
 * quadrature point); the shifts b_s are the modes given tau.  Of two groups
 * with the same excess of wins the smaller one is drawn further to 0.
 */
#ifndef CRM_POOLING_H
#define CRM_POOLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poll.h"

/* Greatest shift there can be. */
#define CRM_POOL_MAX_SHIFT 20.0

/* Rows group by group: those of group s are starts[s] .. starts[s + 1] - 1. */
typedef struct CrmPoolRows
{
	const double *margins;
	const uint8_t *labels;
	const uint32_t *starts;
	uint32_t	n_groups;
} CrmPoolRows;

/*
 * The shift of each group, and tau; all 0 where the groups differ no more than
 * chance explains.  False when stopped.
 */
extern bool crm_pool_fit(const CrmPoolRows *rows, const CrmPoll *poll,
						 double *shifts, double *tau);

/*
 * The marginal log-likelihood of tau > 0 over that of 0, with the modes in
 * `shifts`, which are also where the search for them starts.  False when
 * stopped.
 */
extern bool crm_pool_evidence(const CrmPoolRows *rows, double tau,
							  const CrmPoll *poll, double *shifts,
							  double *evidence);

#endif
