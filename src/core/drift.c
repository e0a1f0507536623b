/*
 * drift.c
 *		How far the values of a feature have moved since training.
 */
#include "drift.h"

#include <math.h>

/* A share of nothing counts as this: the logarithm needs one. */
#define LEAST_SHARE 1e-4

/* Rows that a cell of today counts for beyond its own. */
#define PRIOR_ROWS 0.5

size_t
crm_drift_cells(const CrmFeature *f)
{
	return (f->kind == CRM_CATEGORICAL ? f->n_levels : f->n_quantiles) + 1;
}

void
crm_drift_add(CrmDriftCounts *counts, const CrmFeature *f, double value)
{
	uint32_t	low = 0;
	uint32_t	high = f->n_quantiles;

	if (isnan(value))
	{
		counts->missing++;
		return;
	}
	counts->present++;
	if (f->kind == CRM_CATEGORICAL)
	{
		counts->cells[(uint32_t) value]++;
		counts->unseen += (uint32_t) value == f->n_levels;
		return;
	}
	counts->unseen += value < f->min || value > f->max;
	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (value <= f->quantiles[middle])
			high = middle;
		else
			low = middle + 1;
	}
	counts->cells[low]++;
}

static double
clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/*
 * The share of training values at or below quantile k (the last of equal
 * ones) that is nearest to `now`.
 */
static double
share_then(const CrmFeature *f, uint32_t k, double now)
{
	double		step = 1 / (double) (f->n_quantiles + 1);
	double		known = (k + 1) * step;

	if (f->quantiles[k] >= f->max)
		return 1;
	if (k > 0 && f->quantiles[k - 1] == f->quantiles[k])
		return clamp(now, known, known + step);
	return known;
}

static double
index_term(double now, double then)
{
	now = now > LEAST_SHARE ? now : LEAST_SHARE;
	then = then > LEAST_SHARE ? then : LEAST_SHARE;
	return (now - then) * log(now / then);
}

/* Training rows with a value. */
static double
rows_then(const CrmFeature *f)
{
	double		n = (double) f->other;

	for (uint32_t i = 0; i < f->n_levels; i++)
		n += (double) f->levels[i].count;
	return n;
}

static double
category_psi(const CrmDriftCounts *c, const CrmFeature *f)
{
	size_t		cells = crm_drift_cells(f);
	double		n = (double) c->present + PRIOR_ROWS * (double) cells;
	double		then = rows_then(f);
	double		psi = 0;

	for (size_t i = 0; i < cells; i++)
	{
		uint64_t	count = i < f->n_levels ? f->levels[i].count : f->other;

		if (count > 0 || c->cells[i] > 0)
			psi += index_term(((double) c->cells[i] + PRIOR_ROWS) / n,
							  (double) count / then);
	}
	return psi;
}

static double
number_psi(const CrmDriftCounts *c, const CrmFeature *f)
{
	uint32_t	cells = 1;
	double		n;
	double		psi = 0;
	double		now_below = 0;
	double		then_below = 0;
	double		count = 0;

	for (uint32_t k = 0; k + 1 < f->n_quantiles; k++)
		cells += f->quantiles[k] != f->quantiles[k + 1];
	cells += f->quantiles[f->n_quantiles - 1] < f->max;
	n = (double) c->present + PRIOR_ROWS * cells;
	for (uint32_t k = 0; k < f->n_quantiles; k++)
	{
		double		now;
		double		then;

		count += (double) c->cells[k];
		if (k + 1 < f->n_quantiles && f->quantiles[k] == f->quantiles[k + 1])
			continue;
		/* beyond the greatest value of training there was nothing */
		if (f->quantiles[k] >= f->max)
			count += (double) c->cells[f->n_quantiles];
		now = (count + PRIOR_ROWS) / n;
		then = share_then(f, k, now_below + now);
		psi += index_term(now, then - then_below);
		now_below += now;
		then_below = then;
		count = 0;
	}
	if (then_below < 1)
		psi += index_term(1 - now_below, 1 - then_below);
	return psi;
}

bool
crm_drift_psi(const CrmDriftCounts *counts, const CrmFeature *f,
			  uint64_t n_then, double *psi)
{
	if (counts->present == 0 || f->missing == n_then)
		return false;
	/* an imported model knows nothing of its training rows */
	if (f->kind == CRM_CATEGORICAL ? rows_then(f) == 0 : f->n_quantiles == 0)
		return false;
	*psi = f->kind == CRM_CATEGORICAL ? category_psi(counts, f) :
		number_psi(counts, f);
	return true;
}

bool
crm_drift_ks(const CrmDriftCounts *counts, const CrmFeature *f, double *ks)
{
	double		below = 0;
	double		greatest = 0;

	if (f->kind == CRM_CATEGORICAL || f->n_quantiles == 0 ||
		counts->present == 0)
		return false;
	for (uint32_t k = 0; k < f->n_quantiles; k++)
	{
		double		now;
		double		distance;

		below += (double) counts->cells[k];
		if (k + 1 < f->n_quantiles && f->quantiles[k] == f->quantiles[k + 1])
			continue;
		now = below / (double) counts->present;
		distance = fabs(now - share_then(f, k, now));
		greatest = distance > greatest ? distance : greatest;
	}
	*ks = greatest;
	return true;
}
