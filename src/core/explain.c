/*
 * explain.c
 *		Contributions in log-odds, for every kind of model.
 */
#include "explain.h"

#include <math.h>

#include "treeshap.h"

/* As the margin of a mean has it: finite where all trees agree. */
#define LEAST 1e-9

static double
logit(double p)
{
	p = fmin(fmax(p, LEAST), 1 - LEAST);
	return log(p / (1 - p));
}

/* What a feature adds to the log-odds of a training row on average. */
static double
mean_contribution(const CrmScorerFeature *s, const CrmFeature *f, uint64_t n)
{
	double		missing = (double) f->missing;
	double		sum = missing * s->missing;

	if (s->is_number)
		sum += ((double) n - missing) * s->slope * f->mean;
	else
	{
		for (uint32_t i = 0; i < f->n_levels; i++)
			sum += (double) f->levels[i].count * s->levels[i];
		sum += (double) f->other * s->levels[f->n_levels];
	}
	return sum / (double) n;
}

static void
explain_linear(const CrmScorer *scorer, const double *row, CrmExplanation *x)
{
	const CrmModel *m = scorer->model;

	x->base = scorer->intercept;
	for (uint32_t f = 0; f < scorer->n_features; f++)
	{
		const CrmScorerFeature *s = &scorer->features[f];
		double		mean = mean_contribution(s, &m->features[f], m->n);
		double		here = isnan(row[f]) ? s->missing :
		s->is_number ? s->slope * row[f] : s->levels[(uint32_t) row[f]];

		x->base += mean;
		x->contributions[f] = here - mean;
	}
}

/*
 * Shapley values of a mean are in probability: each times the slope of the
 * log-odds between the expectation and the prediction.
 */
static void
explain_trees(const CrmScorer *scorer, const double *row, void *work,
			  CrmExplanation *x)
{
	const CrmEnsemble *trees = &scorer->model->trees;
	double		b = crm_ensemble_expectation(trees);
	double		p = b;
	double		slope;

	crm_treeshap(trees, row, work, x->contributions);
	x->base = b;
	if (trees->kind == CRM_ENSEMBLE_SUM)
		return;
	for (uint32_t f = 0; f < trees->n_features; f++)
		p += x->contributions[f];
	slope = fabs(p - b) < 1e-9 ? 1 / fmax(b * (1 - b), LEAST) :
		(logit(p) - logit(b)) / (p - b);
	x->base = logit(b);
	for (uint32_t f = 0; f < trees->n_features; f++)
		x->contributions[f] *= slope;
}

size_t
crm_explain_size(const CrmModel *model)
{
	return crm_algorithm_trees(model->algorithm) ?
		crm_treeshap_size(&model->trees) : sizeof(double);
}

void
crm_explain(const CrmScorer *scorer, const double *row, void *work,
			CrmExplanation *x)
{
	const CrmModel *m = scorer->model;
	double		p = crm_scorer_probability(scorer, row);
	double		sum;

	if (scorer->trees)
		explain_trees(scorer, row, work, x);
	else
		explain_linear(scorer, row, x);
	sum = x->base;
	if (m->calibration.kind == CRM_CALIBRATION_PLATT)
		sum = x->base = x->base * m->calibration.slope +
			m->calibration.intercept;
	for (uint32_t f = 0; f < m->n_features; f++)
	{
		if (m->calibration.kind == CRM_CALIBRATION_PLATT)
			x->contributions[f] *= m->calibration.slope;
		sum += x->contributions[f];
	}
	x->rest = m->algorithm == CRM_XGBOOST ? 0 : log(p / (1 - p)) - sum;
	/* rounding is no contribution */
	if (m->calibration.kind != CRM_CALIBRATION_ISOTONIC &&
		fabs(x->rest) < 1e-10 * fmax(1, fabs(sum)))
		x->rest = 0;
}
