/*
 * pooling.c
 *		How far the groups of rows lie from the whole: partial pooling.
 *
 * Given tau the groups are independent, and each one's penalised likelihood
 * has one maximum: Newton's method, kept inside a bracket that shrinks.
 */
#include "pooling.h"

#include <math.h>
#include <string.h>

/* tau is looked for between these; a shift of 0.001 cannot be seen. */
#define TAU_MIN 1e-3
#define TAU_MAX 10.0

/* Relative precision of tau: shifts hardly depend on it. */
#define TAU_PRECISION 1e-4

#define MAX_STEPS 100
#define STEP_PRECISION 1e-12

/* Rows between two looks whether to stop. */
#define POLL_ROWS 65536

typedef struct Moments
{
	double		value;			/* log-likelihood over that of no shift */
	double		slope;
	double		curvature;		/* negative second derivative */
} Moments;

static double
softplus(double x)
{
	return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

/* Of rows from .. to - 1 at shift b; with_value: the value too. */
static bool
add_rows(const CrmPoolRows *r, uint32_t s, double b, bool with_value,
		 const CrmPoll *poll, Moments *m)
{
	memset(m, 0, sizeof *m);
	for (uint32_t i = r->starts[s]; i < r->starts[s + 1]; i++)
	{
		double		x = r->margins[i] + b;
		double		p = 1 / (1 + exp(-x));

		if (i % POLL_ROWS == 0 && crm_poll_stop(poll))
			return false;
		m->slope += r->labels[i] - p;
		m->curvature += p * (1 - p);
		if (with_value)
			m->value += r->labels[i] * b - softplus(x) +
				softplus(r->margins[i]);
	}
	return true;
}

/* The mode of one group, from *b on, and what the group adds to the evidence. */
static bool
fit_group(const CrmPoolRows *r, uint32_t s, double tau, const CrmPoll *poll,
		  double *b, double *evidence)
{
	double		prior = 1 / (tau * tau);
	double		low = -CRM_POOL_MAX_SHIFT;
	double		high = CRM_POOL_MAX_SHIFT;
	Moments		m;

	for (int i = 0; i < MAX_STEPS; i++)
	{
		double		slope;
		double		step;

		if (!add_rows(r, s, *b, false, poll, &m))
			return false;
		slope = m.slope - prior * *b;
		if (slope > 0)
			low = *b;
		else
			high = *b;
		step = slope / (m.curvature + prior);
		if (fabs(step) < STEP_PRECISION)
			break;
		if (!(*b + step > low && *b + step < high))
			step = low + (high - low) / 2 - *b;
		*b += step;
	}
	if (!add_rows(r, s, *b, true, poll, &m))
		return false;
	*evidence = m.value - prior * *b * *b / 2 -
		log1p(m.curvature / prior) / 2;
	return true;
}

bool
crm_pool_evidence(const CrmPoolRows *r, double tau, const CrmPoll *poll,
				  double *shifts, double *evidence)
{
	*evidence = 0;
	for (uint32_t s = 0; s < r->n_groups; s++)
	{
		double		part;

		if (crm_poll_stop(poll) ||
			!fit_group(r, s, tau, poll, &shifts[s], &part))
			return false;
		*evidence += part;
	}
	return true;
}

/* Golden section over the logarithm of tau. */
bool
crm_pool_fit(const CrmPoolRows *r, const CrmPoll *poll, double *shifts,
			 double *tau)
{
	const double ratio = 0.6180339887498949;
	double		low = log(TAU_MIN);
	double		high = log(TAU_MAX);
	double		at[2] = {high - ratio * (high - low),
	low + ratio * (high - low)};
	double		value[2];
	double		best;

	*tau = 0;
	memset(shifts, 0, r->n_groups * sizeof *shifts);
	for (int k = 0; k < 2; k++)
		if (!crm_pool_evidence(r, exp(at[k]), poll, shifts, &value[k]))
			return false;
	while (high - low > TAU_PRECISION)
	{
		int			k = value[0] < value[1];	/* the side that is kept */

		if (k)
			low = at[0];
		else
			high = at[1];
		at[!k] = at[k];
		value[!k] = value[k];
		at[k] = k ? low + ratio * (high - low) : high - ratio * (high - low);
		if (!crm_pool_evidence(r, exp(at[k]), poll, shifts, &value[k]))
			return false;
	}
	if (!crm_pool_evidence(r, exp((low + high) / 2), poll, shifts, &best))
		return false;
	if (best > 0)
		*tau = exp((low + high) / 2);
	else
		memset(shifts, 0, r->n_groups * sizeof *shifts);
	return true;
}
