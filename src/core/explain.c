/*
 * explain.c
 *		Contributions in log-odds, for every kind of model.
 */
#include "explain.h"

#include <math.h>

#include "counts.h"
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
		double		mean = scorer->counts ? s->mean :
		mean_contribution(s, &m->features[f], m->n);
		double		here = crm_scorer_contribution(scorer, f, row[f]);

		x->base += mean;
		x->contributions[f] = here - mean;
	}
}

/*
 * Shapley values of a mean are in probability: each times the slope of the
 * log-odds between the expectation and the prediction.
 */
static bool
explain_trees(const CrmScorer *scorer, const double *row, void *work,
			  const CrmPoll *poll, CrmExplanation *x)
{
	const CrmEnsemble *trees = &scorer->model->trees;
	double		b = crm_ensemble_expectation(trees);
	double		p = b;
	double		slope;

	if (!crm_treeshap_polled(trees, row, work, poll, x->contributions))
		return false;
	x->base = b;
	if (trees->kind == CRM_ENSEMBLE_SUM)
		return true;
	for (uint32_t f = 0; f < trees->n_features; f++)
		p += x->contributions[f];
	slope = fabs(p - b) < 1e-9 ? 1 / fmax(b * (1 - b), LEAST) :
		(logit(p) - logit(b)) / (p - b);
	x->base = logit(b);
	for (uint32_t f = 0; f < trees->n_features; f++)
		x->contributions[f] *= slope;
	return true;
}

/* What the groups of a pool shift, beside trees. */
static void
explain_pool(const CrmScorer *scorer, const double *row, CrmExplanation *x)
{
	uint32_t	f = scorer->pool_feature;
	double		mean = scorer->features[f].mean;

	x->base += mean;
	x->contributions[f] += crm_scorer_contribution(scorer, f, row[f]) - mean;
}

size_t
crm_explain_size(const CrmModel *model)
{
	return crm_algorithm_trees(model->algorithm) ?
		crm_treeshap_size(&model->trees) : sizeof(double);
}

/* Multiply by Platt's slope; the log-odds that all of it adds up to. */
static double
scale_by_platt(const CrmModel *m, CrmExplanation *x)
{
	const CrmCalibration *c = &m->calibration;
	bool		platt = c->kind == CRM_CALIBRATION_PLATT;
	double		sum;

	if (platt)
		x->base = x->base * c->slope + c->intercept;
	sum = x->base;
	for (uint32_t f = 0; f < m->n_features; f++)
	{
		if (platt)
			x->contributions[f] *= c->slope;
		sum += x->contributions[f];
	}
	return sum;
}

/*
 * Imported trees are added up in single precision, as XGBoost does: what that
 * rounds away goes to the base.
 */
bool
crm_explain(const CrmScorer *scorer, const double *row, void *work,
			const CrmPoll *poll, CrmExplanation *x)
{
	const CrmModel *m = scorer->model;
	double		margin = crm_scorer_margin(scorer, row);
	double		p = crm_model_probability(m, margin);
	double		sum;

	if (!scorer->trees)
		explain_linear(scorer, row, x);
	else if (!explain_trees(scorer, row, work, poll, x))
		return false;
	if (scorer->pool)
		explain_pool(scorer, row, x);
	sum = scale_by_platt(m, x);
	x->rest = 0;
	if (m->algorithm == CRM_XGBOOST &&
		m->calibration.kind == CRM_CALIBRATION_NONE)
		x->base += margin - sum;
	else
		x->rest = log(p / (1 - p)) - sum;
	/* rounding is no contribution */
	if (m->calibration.kind != CRM_CALIBRATION_ISOTONIC &&
		fabs(x->rest) < 1e-10 * fmax(1, fabs(sum)))
		x->rest = 0;
	return true;
}

/* Variance over the training rows of what a feature adds. */
static double
contribution_variance(const CrmScorerFeature *s, const CrmFeature *f,
					  uint64_t n)
{
	double		mean = mean_contribution(s, f, n);
	double		missing = (double) f->missing;
	double		sum = missing * (s->missing - mean) * (s->missing - mean);

	if (s->is_number)
	{
		double		offset = s->slope * f->mean - mean;

		sum += ((double) n - missing) *
			(s->slope * f->sd * (s->slope * f->sd) + offset * offset);
	}
	else
		for (uint32_t i = 0; i <= f->n_levels; i++)
			sum += (double) (i < f->n_levels ? f->levels[i].count : f->other) *
				(s->levels[i] - mean) * (s->levels[i] - mean);
	return sum / (double) n;
}

/* The same of a number in cells. */
static double
cells_variance(const CrmScorer *scorer, uint32_t f, size_t first)
{
	const CrmModel *m = scorer->model;
	const CrmScorerFeature *s = &scorer->features[f];
	uint32_t	n = crm_count_cells(&m->features[f]);
	double		sum = 0;

	for (uint32_t k = 0; k < n; k++)
	{
		double		c = k > s->n_levels ? s->missing : s->levels[k];

		sum += crm_count_rows(m, f, first, k) * (c - s->mean) * (c - s->mean);
	}
	return sum / (double) m->n;
}

static double
contribution_sd(const CrmScorer *scorer, uint32_t f, size_t first)
{
	const CrmScorerFeature *s = &scorer->features[f];
	const CrmModel *m = scorer->model;

	return sqrt(scorer->counts && s->is_number ?
				cells_variance(scorer, f, first) :
				contribution_variance(s, &m->features[f], m->n));
}

void
crm_importance(const CrmScorer *scorer, double *importance)
{
	const CrmModel *m = scorer->model;
	size_t		first = 0;

	for (uint32_t f = 0; f < m->n_features; f++)
	{
		importance[f] = scorer->trees ? m->trees.importance[f] :
			contribution_sd(scorer, f, first);
		first += crm_count_cells(&m->features[f]);
	}
}
