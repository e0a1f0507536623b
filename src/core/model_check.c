/*
 * model_check.c
 *		Does a model make sense?  Ranges, order, references.
 *
 * Whichever form it came from: bytes, text, or a fit.
 */
#include "model.h"

#include <math.h>

#include "counts.h"
#include "datetime.h"
#include "pooling.h"

static bool
check_string(CrmString s, uint32_t max)
{
	return s.length <= max &&
		(s.length == 0 || memchr(s.bytes, 0, s.length) == NULL);
}

static bool
check_share(double p)
{
	return p >= 0 && p <= 1;
}

static bool
check_options(const CrmModel *m)
{
	for (uint32_t i = 0; i < m->n_options; i++)
	{
		const CrmOption *o = &m->options[i];
		bool		map = o->kind == CRM_OPTION_MAP;

		if (crm_option_name(o->key) == NULL ||
			(i > 0 && o->key <= o[-1].key) ||
			o->kind < CRM_OPTION_NUMBER || o->kind > CRM_OPTION_MAP ||
			!isfinite(o->number) || o->n_items > CRM_MODEL_MAX_OPTION_ITEMS ||
			(o->kind == CRM_OPTION_NUMBER) != (o->n_items == 0 &&
											   o->kind < CRM_OPTION_LIST) ||
			(o->kind == CRM_OPTION_TEXT && o->n_items != 1))
			return false;
		for (uint32_t k = 0; k < o->n_items; k++)
			if (!check_string(o->items[k], CRM_MODEL_MAX_LEVEL_BYTES) ||
				(map && (!isfinite(o->numbers[k]) ||
						 (k > 0 && crm_string_compare(o->items[k - 1],
													  o->items[k]) >= 0))))
				return false;
	}
	return true;
}

static bool
check_kind(const CrmFeature *f)
{
	switch (f->type)
	{
		case CRM_TYPE_NUMBER:
			return f->kind == CRM_NUMERIC || f->kind == CRM_CATEGORICAL;
		case CRM_TYPE_BOOLEAN:
		case CRM_TYPE_TEXT:
		case CRM_TYPE_ENUM:
		case CRM_TYPE_STAGE:
			return f->kind == CRM_CATEGORICAL;
		case CRM_TYPE_DATE:
		case CRM_TYPE_TIMESTAMP:
		case CRM_TYPE_TIMESTAMPTZ:
			return f->kind == CRM_TIME;
	}
	return false;
}

static bool
check_numbers(const CrmFeature *f)
{
	if (!isfinite(f->mean) || !isfinite(f->min) || !isfinite(f->max) ||
		!isfinite(f->sd) || f->sd < 0 || f->min > f->max ||
		f->n_quantiles > CRM_MODEL_MAX_QUANTILES)
		return false;
	for (uint32_t i = 0; i < f->n_quantiles; i++)
		if (!isfinite(f->quantiles[i]) ||
			(i > 0 && f->quantiles[i] < f->quantiles[i - 1]))
			return false;
	return true;
}

/* Labels in order; their counts, other and missing add up to n. */
static bool
check_levels(const CrmFeature *f, uint64_t n)
{
	uint64_t	left = n - f->missing;

	if (f->n_levels > CRM_MODEL_MAX_LEVELS || f->other > left)
		return false;
	left -= f->other;
	for (uint32_t i = 0; i < f->n_levels; i++)
	{
		if (!check_string(f->levels[i].label, CRM_MODEL_MAX_LEVEL_BYTES) ||
			f->levels[i].count > left ||
			(i > 0 && crm_string_compare(f->levels[i - 1].label,
										 f->levels[i].label) >= 0))
			return false;
		left -= f->levels[i].count;
	}
	return left == 0;
}

static bool
check_features(const CrmModel *m)
{
	if (m->n_features > CRM_MODEL_MAX_FEATURES)
		return false;
	for (uint32_t i = 0; i < m->n_features; i++)
	{
		const CrmFeature *f = &m->features[i];

		if (f->name.length == 0 || f->missing > m->n || !check_kind(f) ||
			!check_string(f->name, CRM_MODEL_MAX_NAME_BYTES) ||
			(f->kind == CRM_TIME && !m->has_as_of))
			return false;
		if (f->kind == CRM_CATEGORICAL ? !check_levels(f, m->n) :
			!check_numbers(f))
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (crm_string_compare(m->features[k].name, f->name) == 0)
				return false;
	}
	return true;
}

/* Marks a feature if and only if there is a pool, and that one. */
static bool
check_pool(const CrmModel *m)
{
	const CrmPool *p = &m->pool;

	for (uint32_t f = 0; f < m->n_features; f++)
		if (m->features[f].pooled != (p->present && p->feature == f))
			return false;
	if (!p->present)
		return true;
	if (!crm_algorithm_pools(m->algorithm) || p->feature >= m->n_features ||
		m->features[p->feature].kind != CRM_CATEGORICAL ||
		p->n_shifts != m->features[p->feature].n_levels ||
		!(p->sd >= 0) || !isfinite(p->sd))
		return false;
	for (uint32_t i = 0; i < p->n_shifts; i++)
		if (!(fabs(p->shifts[i]) <= CRM_POOL_MAX_SHIFT))
			return false;
	return true;
}

static bool
check_calibration(const CrmCalibration *c)
{
	switch (c->kind)
	{
		case CRM_CALIBRATION_NONE:
			return true;
		case CRM_CALIBRATION_PLATT:
			return isfinite(c->slope) && isfinite(c->intercept);
		case CRM_CALIBRATION_ISOTONIC:
			break;
		default:
			return false;
	}
	if (c->n_points < 1 || c->n_points > CRM_MODEL_MAX_CALIBRATION)
		return false;
	for (uint32_t i = 0; i < c->n_points; i++)
		if (!check_share(c->x[i]) || !check_share(c->y[i]) ||
			(i > 0 && (c->x[i] <= c->x[i - 1] || c->y[i] < c->y[i - 1])))
			return false;
	return true;
}

static bool
check_notes(const CrmModel *m)
{
	if (m->n_grades > CRM_MODEL_MAX_GRADES ||
		m->n_warnings > CRM_MODEL_MAX_WARNINGS)
		return false;
	for (uint32_t i = 0; i < m->n_grades; i++)
		if (!check_share(m->grades[i]) ||
			(i > 0 && m->grades[i] >= m->grades[i - 1]))
			return false;
	for (uint32_t i = 0; i < m->n_warnings; i++)
		if (m->warnings[i].length == 0 ||
			!check_string(m->warnings[i], CRM_MODEL_MAX_WARNING_BYTES))
			return false;
	return true;
}

static bool
check_logistic(const CrmModel *m)
{
	const CrmLogisticSection *s = &m->logistic;

	if (!(s->lambda >= 0) || !isfinite(s->lambda) || !check_share(s->alpha) ||
		!(s->log_likelihood <= 0) || !isfinite(s->log_likelihood) ||
		!(s->null_log_likelihood <= 0) || !isfinite(s->null_log_likelihood) ||
		!isfinite(s->intercept) || !isfinite(s->intercept_error) ||
		s->intercept_error < 0 || (!s->has_errors && s->intercept_error != 0) ||
		s->n_columns > CRM_MODEL_MAX_COLUMNS ||
		s->n_columns != crm_model_columns(m->features, m->n_features))
		return false;
	for (uint32_t j = 0; j < s->n_columns; j++)
	{
		double		b = s->coefficients[j];
		double		e = s->errors[j];

		if (!isfinite(b) || !isfinite(e) || e < 0 || s->aliased[j] > 1 ||
			(!s->has_errors && e != 0) || (s->aliased[j] && (b != 0 || e != 0)))
			return false;
	}
	return true;
}

/* A tree and a forest say probabilities, boosting says log-odds. */
static bool
check_trees(const CrmModel *m)
{
	bool		mean = m->algorithm == CRM_TREE || m->algorithm == CRM_FOREST;

	return (m->trees.kind == CRM_ENSEMBLE_MEAN) == mean &&
		(m->algorithm != CRM_TREE || m->trees.n_trees == 1) &&
		crm_ensemble_check(&m->trees, m->features, m->n_features);
}

bool
crm_model_check(const CrmModel *m)
{
	if (m->n == 0 || m->n > INT64_MAX || m->n_positive > m->n ||
		m->n_skipped > INT64_MAX || m->seed > INT64_MAX ||
		!check_share(m->base_rate) ||
		(m->has_as_of ? !crm_time_valid(m->as_of) : m->as_of != 0))
		return false;
	if (!check_options(m) || !check_features(m) || !check_pool(m) ||
		!check_calibration(&m->calibration) || !check_notes(m))
		return false;
	if (crm_algorithm_counts(m->algorithm))
		return crm_counts_check(m);
	return crm_algorithm_trees(m->algorithm) ? check_trees(m) :
		m->algorithm == CRM_LOGISTIC && check_logistic(m);
}
