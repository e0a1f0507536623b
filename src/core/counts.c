/*
 * counts.c
 *		Models that are counts: naive Bayes and rates by stage.
 */
#include "counts.h"

#include <math.h>

#define LEAST 1e-9

uint32_t
crm_count_cells(const CrmFeature *f)
{
	if (f->pooled)
		return 0;
	return (f->kind == CRM_CATEGORICAL ? f->n_levels + (f->other > 0) :
			f->n_quantiles + 1) + (f->missing > 0);
}

size_t
crm_count_cells_all(const CrmFeature *features, uint32_t n)
{
	size_t		cells = 0;

	for (uint32_t f = 0; f < n; f++)
		cells += crm_count_cells(&features[f]);
	return cells;
}

void
crm_counts_reached(uint64_t *won, uint64_t *lost, uint32_t n)
{
	uint64_t	all = 0;
	uint64_t	later = 0;

	for (uint32_t i = 0; i < n; i++)
		all += won[i];
	for (uint32_t i = n; i-- > 0;)
	{
		later += lost[i];
		lost[i] = later;
		won[i] = all;
	}
}

static double
logit(double p)
{
	p = fmin(fmax(p, LEAST), 1 - LEAST);
	return log(p / (1 - p));
}

double
crm_counts_prior(const CrmModel *m)
{
	double		s = m->counts.smoothing;
	double		won = (double) m->n_positive + s;
	double		lost = (double) (m->n - m->n_positive) + s;

	return logit(won / (won + lost));
}

/* What the shares of the cells are shares of, by class. */
static void
find_whole(const CrmCountsSection *c, CrmCountRole role, size_t first,
		   uint32_t n, double *won, double *lost)
{
	*won = *lost = 0;
	for (size_t i = first; i < first + n; i++)
	{
		double		w = (double) c->won[i] + c->smoothing;
		double		l = (double) c->lost[i] + c->smoothing;

		if (c->won[i] == 0 && c->lost[i] == 0)
			continue;
		*won = role == CRM_COUNT_REACHED ? fmax(*won, w) : *won + w;
		*lost = role == CRM_COUNT_REACHED ? fmax(*lost, l) : *lost + l;
	}
}

/* log of a share that is kept away from 0 where nothing is smoothed */
static double
log_share(double part, double whole)
{
	return log(fmax(part / whole, LEAST));
}

void
crm_counts_contributions(const CrmModel *m, uint32_t f, size_t first,
						 double *out)
{
	const CrmCountsSection *c = &m->counts;
	const CrmFeature *feature = &m->features[f];
	CrmCountRole role = (CrmCountRole) c->roles[f];
	uint32_t	n = crm_count_cells(feature);
	uint32_t	used = n - (c->skip_missing && feature->missing > 0);
	double		k = c->strength;
	double		prior = crm_counts_prior(m);
	double		p = 1 / (1 + exp(-prior));
	double		won;
	double		lost;

	if (n == 0)
		return;
	find_whole(c, role, first, used, &won, &lost);
	for (uint32_t i = 0; i < n; i++)
	{
		double		w = (double) c->won[first + i];
		double		l = (double) c->lost[first + i];

		out[i] = 0;
		if (i >= used || w + l == 0 || w + l < c->min_count)
			continue;
		if (role == CRM_COUNT_PRIOR)
			out[i] = logit((w + k * p) / (w + l + k)) - prior;
		else
			out[i] = log_share(w + c->smoothing, won) -
				log_share(l + c->smoothing, lost);
	}
}

double
crm_count_rows(const CrmModel *m, uint32_t f, size_t first, uint32_t k)
{
	const CrmFeature *feature = &m->features[f];
	bool		category = feature->kind == CRM_CATEGORICAL;
	uint32_t	n = category ? feature->n_levels : feature->n_quantiles + 1;

	if (k < n && category)
		return (double) feature->levels[k].count;
	if (k < n && m->counts.roles[f] == CRM_COUNT_REACHED)
		return (double) (m->n - feature->missing) / n;
	return (double) m->counts.won[first + k] +
		(double) m->counts.lost[first + k];
}

bool
crm_counts_check(const CrmModel *m)
{
	const CrmCountsSection *c = &m->counts;

	if (!(c->smoothing >= 0 && c->smoothing <= 1e9) ||
		!(c->min_count >= 0 && c->min_count <= 1e18) ||
		!(c->strength >= 0 && c->strength <= CRM_COUNTS_MAX_STRENGTH) ||
		c->n_cells != crm_count_cells_all(m->features, m->n_features))
		return false;
	for (uint32_t f = 0; f < m->n_features; f++)
		if (c->roles[f] < CRM_COUNT_LIKELIHOOD ||
			c->roles[f] > CRM_COUNT_PRIOR ||
			(m->algorithm == CRM_STAGE_PRIOR && c->roles[f] != CRM_COUNT_PRIOR))
			return false;
	for (uint32_t i = 0; i < c->n_cells; i++)
		if (c->won[i] > m->n_positive || c->lost[i] > m->n - m->n_positive)
			return false;
	return true;
}
