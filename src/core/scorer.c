/*
 * scorer.c
 *		A decoded model made ready to score rows.
 *
 * For a linear model each feature becomes a slope, or a table of contributions
 * by label.  What training never saw (a missing value, a label without an
 * "other") contributes the average of the feature over the training rows.
 */
#include "model.h"

#include <math.h>
#include <string.h>

#include "counts.h"

/* FNV-1a with a last mix, so that low bits depend on all. */
static uint32_t
hash_label(const char *label, size_t length)
{
	uint32_t	h = UINT32_C(2166136261);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char) label[i]) * UINT32_C(16777619);
	return h ^ h >> 15;
}

/* At least twice as many slots as labels, a power of two. */
static size_t
table_size(uint32_t n_levels)
{
	size_t		n = 4;

	while (n < 2 * (size_t) n_levels)
		n *= 2;
	return n;
}

size_t
crm_scorer_size(const CrmModel *model)
{
	size_t		size = 64 + model->n_features * sizeof(CrmScorerFeature);

	if (crm_algorithm_trees(model->algorithm))
		size += crm_evaluator_size(&model->trees, model->features);

	for (uint32_t f = 0; f < model->n_features; f++)
		if (model->features[f].kind == CRM_CATEGORICAL)
			size += table_size(model->features[f].n_levels) * sizeof(uint32_t) +
				(model->features[f].n_levels + 1) * sizeof(double) + 32;
	if (crm_algorithm_counts(model->algorithm))
		size += ((size_t) model->counts.n_cells + 2 * model->n_features) *
			sizeof(double);
	return size;
}

static bool
make_table(CrmScorerFeature *s, const CrmFeature *f, CrmArena *arena)
{
	size_t		size = table_size(f->n_levels);
	uint32_t   *table = crm_arena_take(arena, size, sizeof *table);

	if (table == NULL)
		return false;
	memset(table, 0, size * sizeof *table);
	for (uint32_t i = 0; i < f->n_levels; i++)
	{
		CrmString	label = f->levels[i].label;
		size_t		at = hash_label(label.bytes, label.length) & (size - 1);

		while (table[at] != 0)
			at = (at + 1) & (size - 1);
		table[at] = i + 1;
	}
	s->labels = f->levels;
	s->table = table;
	s->mask = (uint32_t) (size - 1);
	s->n_levels = f->n_levels;
	return true;
}

/* Contributions of a category from its columns b, see CrmLogisticSection. */
static bool
linear_levels(CrmScorerFeature *s, const CrmFeature *f, const double *b,
			  uint64_t n, CrmArena *arena)
{
	double	   *levels = crm_arena_take(arena, (size_t) f->n_levels + 1,
										sizeof *levels);
	uint32_t	j = 0;
	double		sum = 0;
	double		other = 0;
	double		missing = 0;

	if (levels == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_levels; i++)
	{
		levels[i] = i == 0 ? 0 : b[j++];
		sum += levels[i] * (double) f->levels[i].count;
	}
	if (f->other > 0)
		other = b[j++];
	if (f->missing > 0)
		missing = b[j++];
	sum += other * (double) f->other + missing * (double) f->missing;
	levels[f->n_levels] = f->other > 0 ? other : sum / (double) n;
	s->missing = f->missing > 0 ? missing : sum / (double) n;
	s->levels = levels;
	return true;
}

static bool
init_linear(CrmScorer *scorer, CrmScorerFeature *features, CrmArena *arena)
{
	const CrmModel *model = scorer->model;
	const double *b = model->logistic.coefficients;

	for (uint32_t i = 0; i < model->n_features; i++)
	{
		const CrmFeature *f = &model->features[i];
		CrmScorerFeature *s = &features[i];

		if (f->pooled)
			continue;
		if (s->is_number)
		{
			s->slope = b[0];
			s->missing = b[0] * f->mean + (f->missing > 0 ? b[1] : 0);
		}
		else if (!linear_levels(s, f, b, model->n, arena))
			return false;
		b += crm_feature_columns(f);
	}
	scorer->intercept = model->logistic.intercept;
	return true;
}

/* Over the training rows. */
static double
mean_of_cells(const CrmModel *model, uint32_t f, size_t first,
			  const double *cells)
{
	uint32_t	n = crm_count_cells(&model->features[f]);
	double		sum = 0;

	for (uint32_t k = 0; k < n; k++)
		sum += cells[k] * crm_count_rows(model, f, first, k);
	return sum / (double) model->n;
}

/*
 * A category's cells are its levels; the entry after them is for labels that
 * training did not see, as is the entry for missing values: nothing.
 */
static bool
init_counts(CrmScorer *scorer, CrmScorerFeature *features, CrmArena *arena)
{
	const CrmModel *model = scorer->model;
	size_t		first = 0;

	for (uint32_t i = 0; i < model->n_features; i++)
	{
		const CrmFeature *f = &model->features[i];
		CrmScorerFeature *s = &features[i];
		uint32_t	n = crm_count_cells(f);
		double	   *cells = crm_arena_take(arena, (size_t) n + 1,
										   sizeof *cells);

		if (f->pooled)
			continue;
		if (cells == NULL)
			return false;
		cells[n] = 0;
		crm_counts_contributions(model, i, first, cells);
		s->mean = mean_of_cells(model, i, first, cells);
		if (f->missing > 0)
		{
			s->missing = cells[n - 1];
			cells[n - 1] = 0;
		}
		s->levels = cells;
		if (s->is_number)
		{
			s->n_levels = f->n_quantiles;
			s->cuts = f->quantiles;
		}
		first += n;
	}
	scorer->intercept = crm_counts_prior(model);
	return true;
}

static bool
init_trees(CrmScorer *scorer, CrmArena *arena)
{
	const CrmModel *model = scorer->model;
	void	   *work = crm_arena_take(arena, crm_evaluator_size(&model->trees,
																model->features), 1);

	if (work == NULL)
		return false;
	crm_evaluator_init(&scorer->evaluator, &model->trees, model->features,
					   work);
	scorer->evaluator.single = model->algorithm == CRM_XGBOOST;
	return true;
}

/* Shifts by level; none for what has no level. */
static bool
init_pool(CrmScorer *scorer, CrmScorerFeature *features, CrmArena *arena)
{
	const CrmPool *pool = &scorer->model->pool;
	const CrmFeature *f = &scorer->model->features[pool->feature];
	double	   *levels = crm_arena_take(arena, (size_t) f->n_levels + 1,
										sizeof *levels);
	double		sum = 0;

	if (levels == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_levels; i++)
	{
		levels[i] = pool->shifts[i];
		sum += levels[i] * (double) f->levels[i].count;
	}
	levels[f->n_levels] = 0;
	features[pool->feature].levels = levels;
	features[pool->feature].mean = sum / (double) scorer->model->n;
	scorer->pool = scorer->trees;
	scorer->pool_feature = pool->feature;
	return true;
}

bool
crm_scorer_init(CrmScorer *scorer, const CrmModel *model, CrmArena *arena)
{
	CrmScorerFeature *features =
	crm_arena_take(arena, model->n_features, sizeof *features);

	if (features == NULL)
		return false;
	memset(features, 0, model->n_features * sizeof *features);
	for (uint32_t i = 0; i < model->n_features; i++)
	{
		features[i].is_number = model->features[i].kind != CRM_CATEGORICAL;
		if (!features[i].is_number &&
			!make_table(&features[i], &model->features[i], arena))
			return false;
	}
	memset(scorer, 0, sizeof *scorer);
	scorer->model = model;
	scorer->n_features = model->n_features;
	scorer->features = features;
	scorer->trees = crm_algorithm_trees(model->algorithm);
	scorer->counts = crm_algorithm_counts(model->algorithm);
	if (model->pool.present && !init_pool(scorer, features, arena))
		return false;
	if (scorer->counts)
		return init_counts(scorer, features, arena);
	return scorer->trees ? init_trees(scorer, arena) :
		init_linear(scorer, features, arena);
}

uint32_t
crm_scorer_level(const CrmScorer *scorer, uint32_t f, const char *label,
				 size_t length)
{
	const CrmScorerFeature *s = &scorer->features[f];
	uint32_t	at = hash_label(label, length) & s->mask;

	for (; s->table[at] != 0; at = (at + 1) & s->mask)
	{
		const CrmString *l = &s->labels[s->table[at] - 1].label;

		if (l->length == length &&
			(length == 0 || memcmp(l->bytes, label, length) == 0))
			return s->table[at] - 1;
	}
	return s->n_levels;
}

/* Log-odds that are finite where all trees of a mean agree on 0 or 1. */
static double
trees_margin(const CrmScorer *scorer, const double *row)
{
	double		v = crm_evaluate(&scorer->evaluator, row);

	if (scorer->model->trees.kind == CRM_ENSEMBLE_SUM)
		return v;
	v = fmin(fmax(v, 1e-9), 1 - 1e-9);
	return log(v / (1 - v));
}

/*
 * One of two is taken by index and not by a branch: which values are missing
 * cannot be predicted.
 */
static inline double
number_contribution(const CrmScorerFeature *s, double v)
{
	double		choice[2] = {s->slope * v, s->missing};

	return choice[isnan(v) != 0];
}

double
crm_scorer_contribution(const CrmScorer *scorer, uint32_t f, double value)
{
	const CrmScorerFeature *s = &scorer->features[f];

	if (isnan(value))
		return s->missing;
	if (!s->is_number)
		return s->levels[(uint32_t) value];
	if (scorer->counts)
		return s->levels[crm_count_bin(s->cuts, s->n_levels, value)];
	return s->slope * value;
}

static double
counts_margin(const CrmScorer *scorer, const double *row)
{
	double		sum = scorer->intercept;

	for (uint32_t i = 0; i < scorer->n_features; i++)
		sum += crm_scorer_contribution(scorer, i, row[i]);
	return sum;
}

double
crm_scorer_margin(const CrmScorer *scorer, const double *row)
{
	double		sum = scorer->intercept;

	if (scorer->trees)
	{
		sum = trees_margin(scorer, row);
		if (scorer->pool)
			sum += crm_scorer_contribution(scorer, scorer->pool_feature,
										   row[scorer->pool_feature]);
		return sum;
	}
	if (scorer->counts)
		return counts_margin(scorer, row);
	for (uint32_t i = 0; i < scorer->n_features; i++)
	{
		const CrmScorerFeature *s = &scorer->features[i];

		if (s->is_number)
			sum += number_contribution(s, row[i]);
		else
			sum += isnan(row[i]) ? s->missing : s->levels[(uint32_t) row[i]];
	}
	return sum;
}

static double
logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* Between its points by straight lines, beyond them constant. */
static double
isotonic(const CrmCalibration *c, double p)
{
	uint32_t	low = 0;
	uint32_t	high = c->n_points - 1;

	if (p <= c->x[0])
		return c->y[0];
	if (p >= c->x[high])
		return c->y[high];
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (c->x[middle] <= p)
			low = middle;
		else
			high = middle;
	}
	return c->y[low] + (c->y[high] - c->y[low]) *
		((p - c->x[low]) / (c->x[high] - c->x[low]));
}

double
crm_model_probability(const CrmModel *model, double margin)
{
	const CrmCalibration *c = &model->calibration;
	double		p;

	/* infinite contributions that cancel tell nothing */
	if (isnan(margin))
		return model->base_rate;
	if (c->kind == CRM_CALIBRATION_PLATT)
		p = logistic(c->slope * margin + c->intercept);
	else
		p = logistic(margin);
	if (c->kind == CRM_CALIBRATION_ISOTONIC)
		p = isotonic(c, p);
	if (model->algorithm == CRM_XGBOOST)
		return p;
	return p < CRM_SCORE_MIN ? CRM_SCORE_MIN :
		p > CRM_SCORE_MAX ? CRM_SCORE_MAX : p;
}

double
crm_scorer_probability(const CrmScorer *scorer, const double *row)
{
	return crm_model_probability(scorer->model,
								 crm_scorer_margin(scorer, row));
}
