/*
 * boost.c
 *		Gradients of the logistic loss, rounds, and the choice of depth and
 *		number of rounds by cross-validation.
 */
#include "boost.h"

#include <math.h>
#include <string.h>

#define BLOCK 1024				/* rows of gradients computed together */
#define BLOCKS_PER_POLL 256

void
crm_boost_defaults(CrmBoostOptions *options)
{
	memset(options, 0, sizeof *options);
	options->tree.max_depth = 6;
	options->tree.min_weight = 1;
	options->tree.l2 = 1;
	options->tree.category_l2 = 10;
	options->tree.category_smoothing = 10;
	options->tree.look_ahead = true;
	options->learning_rate = 0.1;
	options->subsample = 1;
	options->colsample = 1;
	options->weight_true = 1;
	options->weight_false = 1;
}

static uint32_t
node_limit(const CrmBins *bins, const CrmBoostOptions *options)
{
	return crm_tree_max_nodes(&options->tree, bins->n_rows, bins->n_rows / 4.0 *
							  fmax(options->weight_true,
								   options->weight_false));
}

size_t
crm_boost_size(const CrmBins *bins, const CrmBoostOptions *options)
{
	return crm_work_size(bins->n_rows * sizeof(float)) +
		crm_work_size(bins->n_features) +
		crm_tree_learner_size(bins, node_limit(bins, options));
}

static bool
is_held(const CrmBoost *boost, uint32_t row)
{
	return boost->fold != CRM_NO_FOLD && boost->folds[row] == boost->fold;
}

/*
 * Margin of the weighted base rate, and scales that use the range of the
 * packed sums: |g| <= weight, h <= weight / 4.
 */
static void
set_base(CrmBoost *boost)
{
	const CrmBins *bins = boost->learner.bins;
	double		positive = 0;
	double		negative = 0;
	double		weight;

	for (uint32_t i = 0; i < bins->n_rows; i++)
		if (!is_held(boost, i))
			*(boost->labels[i] ? &positive : &negative) += 1;
	positive *= boost->options.weight_true;
	negative *= boost->options.weight_false;
	weight = positive + negative;
	boost->base = log(positive / negative);
	boost->correction = log(boost->options.weight_false /
							boost->options.weight_true);
	boost->g_scale = (2147483648.0 - 2 - bins->n_rows) / weight;
	boost->h_scale = (4294967296.0 - 2 - bins->n_rows) / (weight / 4);
	boost->learner.g_unit = 1 / boost->g_scale;
	boost->learner.h_unit = 1 / boost->h_scale;
	for (uint32_t i = 0; i < bins->n_rows; i++)
		boost->margins[i] = (float) boost->base;
}

void
crm_boost_init(CrmBoost *boost, const CrmBins *bins, const uint8_t *labels,
			   const uint8_t *folds, uint8_t fold,
			   const CrmBoostOptions *options, const CrmPoll *poll, void *work)
{
	char	   *at = work;

	memset(boost, 0, sizeof *boost);
	boost->options = *options;
	boost->labels = labels;
	boost->folds = folds;
	boost->fold = fold;
	boost->margins = crm_work_take(&at, bins->n_rows * sizeof(float));
	boost->allowed = crm_work_take(&at, bins->n_features);
	crm_tree_learner_init(&boost->learner, bins, &options->tree,
						  node_limit(bins, options), poll, at);
	set_base(boost);
}

/*
 * Logistic function in single precision: exp by 2^n times a polynomial on
 * [-ln2/2, ln2/2] (Taylor, relative error below 3e-7).  Plain arithmetic that
 * compilers turn into vectors; equal on every machine.
 */
static void
logistic_block(const float *margins, float *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		float		x = -margins[i];
		float		t;
		float		r;
		float		e;
		int32_t		bits;
		int32_t		power;

		x = x > 80.0f ? 80.0f : x;
		x = x < -80.0f ? -80.0f : x;
		t = x * 1.44269504f + 12582912.0f;	/* rounds to an integer */
		memcpy(&power, &t, sizeof power);
		t -= 12582912.0f;
		r = x - t * 0.693359375f + t * 2.12194440e-4f;
		e = 1.0f / 720;
		e = e * r + 1.0f / 120;
		e = e * r + 1.0f / 24;
		e = e * r + 1.0f / 6;
		e = e * r + 0.5f;
		e = e * r + 1.0f;
		e = e * r + 1.0f;
		memcpy(&bits, &e, sizeof bits);
		bits += (int32_t) ((uint32_t) power << 23);
		memcpy(&e, &bits, sizeof e);
		p[i] = 1.0f / (1.0f + e);
	}
}

/* Rows drawn for this round, by a number that depends on row and round. */
static bool
is_drawn(const CrmBoost *boost, uint64_t stream, uint32_t row)
{
	return (double) (crm_rng_mix(stream, row) >> 11) * (1.0 / 9007199254740992.0) <
		boost->options.subsample;
}

static void
gradient_block(CrmBoost *boost, uint32_t start, uint32_t n)
{
	float		p[BLOCK];
	float		weight[2] = {(float) boost->options.weight_false,
	(float) boost->options.weight_true};
	float		gs[2] = {(float) boost->g_scale * weight[0],
	(float) boost->g_scale * weight[1]};
	float		hs[2] = {(float) boost->h_scale * weight[0],
	(float) boost->h_scale * weight[1]};
	const uint8_t *labels = boost->labels + start;
	uint64_t   *out = boost->learner.gradients + start;

	logistic_block(boost->margins + start, p, n);
	for (uint32_t i = 0; i < n; i++)
	{
		float		g = (p[i] - labels[i]) * gs[labels[i]];
		float		h = p[i] * (1 - p[i]) * hs[labels[i]];

		out[i] = ((uint64_t) (int64_t) (int32_t) (g < 0 ? g - 0.5f : g + 0.5f)
				  << 32) + (uint64_t) (int64_t) (h + 0.5f);
	}
}

static bool
fill_gradients(CrmBoost *boost)
{
	uint32_t	n = boost->learner.bins->n_rows;
	uint64_t	stream = crm_rng_mix(boost->options.seed, boost->rounds);

	for (uint32_t start = 0; start < n; start += BLOCK)
	{
		gradient_block(boost, start, n - start < BLOCK ? n - start : BLOCK);
		if (!crm_tree_worked(&boost->learner, 4 * BLOCK))
			return false;
	}
	if (boost->fold != CRM_NO_FOLD)
		for (uint32_t i = 0; i < n; i++)
			if (boost->folds[i] == boost->fold)
				boost->learner.gradients[i] = 0;
	if (boost->options.subsample < 1)
		for (uint32_t i = 0; i < n; i++)
			if (!is_drawn(boost, stream, i))
				boost->learner.gradients[i] = 0;
	return true;
}

/* Features of this round, at least one. */
static void
draw_allowed(CrmBoost *boost)
{
	uint32_t	n = boost->learner.bins->n_features;
	uint32_t	left = (uint32_t) ceil(n * boost->options.colsample);
	CrmRng		rng = {crm_rng_mix(~boost->options.seed, boost->rounds)};

	boost->learner.allowed = left < n ? boost->allowed : NULL;
	for (uint32_t f = 0; f < n; f++)
	{
		boost->allowed[f] = crm_rng_below(&rng, n - f) < left;
		left -= boost->allowed[f];
	}
}

bool
crm_boost_round(CrmBoost *boost)
{
	CrmTreeLearner *learner = &boost->learner;

	if (!fill_gradients(boost))
		return false;
	draw_allowed(boost);
	if (!crm_tree_grow(learner, crm_rng_mix(boost->options.seed + 1,
											boost->rounds)))
		return false;
	for (uint32_t k = 0; k < learner->n_nodes; k++)
	{
		CrmGrownNode *node = &learner->nodes[k];
		float		step;

		node->value *= boost->options.learning_rate;
		if (node->child != 0)
			continue;
		step = (float) node->value;
		for (uint32_t i = node->begin; i < node->end; i++)
			boost->margins[learner->index[i]] += step;
		if (!crm_tree_worked(learner, node->end - node->begin))
			return false;
	}
	boost->rounds++;
	return true;
}

/* Newton on the mean score; starts where the odds of the weights say. */
double
crm_boost_shift(const CrmBoost *boost)
{
	uint32_t	n = boost->learner.bins->n_rows;
	double		shift = boost->correction;

	for (int step = 0; step < 20 && boost->correction != 0; step++)
	{
		double		excess = 0;
		double		slope = 0;
		float		p[BLOCK];

		for (uint32_t start = 0; start < n; start += BLOCK)
		{
			uint32_t	m = n - start < BLOCK ? n - start : BLOCK;

			for (uint32_t i = 0; i < m; i++)
				p[i] = boost->margins[start + i] + (float) shift;
			logistic_block(p, p, m);
			for (uint32_t i = 0; i < m; i++)
			{
				if (is_held(boost, start + i))
					continue;
				excess += (double) p[i] - boost->labels[start + i];
				slope += (double) p[i] * (1 - (double) p[i]);
			}
		}
		if (!(slope > 0) || fabs(excess / slope) < 1e-7)
			break;
		shift -= fmax(-1, fmin(1, excess / slope));
	}
	return shift;
}

/* Products of 1 + e take the place of most logarithms. */
double
crm_boost_held_loss(const CrmBoost *boost)
{
	double		sum = 0;
	double		product = 1;
	uint32_t	n = boost->learner.bins->n_rows;

	for (uint32_t i = 0; i < n; i++)
	{
		float		margin;
		float		p;

		if (!is_held(boost, i))
			continue;
		margin = boost->margins[i] + (float) boost->correction;
		margin = boost->labels[i] ? margin : -margin;
		logistic_block(&margin, &p, 1);
		product *= p;
		if (product < 1e-200)
		{
			sum -= log(product);
			product = 1;
		}
	}
	return sum - log(product);
}

size_t
crm_boost_tune_size(const CrmBins *bins, const CrmBoostOptions *options,
					const CrmBoostTuning *tuning)
{
	CrmBoostOptions o = *options;
	size_t		most = 0;

	for (uint32_t d = 0; d < tuning->n_depths; d++)
	{
		o.tree.max_depth = tuning->depths[d];
		if (crm_boost_size(bins, &o) > most)
			most = crm_boost_size(bins, &o);
	}
	return crm_work_size(tuning->max_rounds * sizeof(double)) + most;
}

/*
 * Add the curve of one fold to losses; *rounds becomes how many of its entries
 * hold all folds so far.
 */
static bool
add_fold(CrmBoost *boost, const CrmBoostTuning *tuning, double *losses,
		 uint32_t *rounds)
{
	double		best = INFINITY;
	uint32_t	best_at = 0;
	uint32_t	r = 0;

	for (; r < *rounds && r - best_at < tuning->patience; r++)
	{
		double		loss;

		if (!crm_boost_round(boost))
			return false;
		loss = crm_boost_held_loss(boost);
		losses[r] += loss;
		if (loss < best)
		{
			best = loss;
			best_at = r;
		}
	}
	*rounds = r;
	return true;
}

static uint32_t
held_rows(const CrmBoostTuning *tuning, const uint8_t *folds, uint32_t n)
{
	uint32_t	held = 0;

	for (uint32_t i = 0; i < n; i++)
		held += folds[i] < tuning->used_folds;
	return held;
}

bool
crm_boost_tune(CrmBoostTuning *tuning, const CrmBins *bins,
			   const uint8_t *labels, const uint8_t *folds,
			   CrmBoostOptions *options, const CrmPoll *poll, void *work)
{
	double	   *losses = work;
	char	   *rest = (char *) work +
	crm_work_size(tuning->max_rounds * sizeof(double));
	double		held = held_rows(tuning, folds, bins->n_rows);
	CrmBoost	boost;

	tuning->loss = INFINITY;
	for (uint32_t d = 0; d < tuning->n_depths; d++)
	{
		uint32_t	rounds = tuning->max_rounds;

		options->tree.max_depth = tuning->depths[d];
		memset(losses, 0, tuning->max_rounds * sizeof *losses);
		for (uint32_t fold = 0; fold < tuning->used_folds; fold++)
		{
			crm_boost_init(&boost, bins, labels, folds, (uint8_t) fold,
						   options, poll, rest);
			if (!add_fold(&boost, tuning, losses, &rounds))
				return false;
		}
		for (uint32_t r = 0; r < rounds; r++)
			if (losses[r] / held < tuning->loss)
			{
				tuning->loss = losses[r] / held;
				tuning->depth = tuning->depths[d];
				tuning->rounds = r + 1;
			}
	}
	options->tree.max_depth = tuning->depth;
	return true;
}
