/*
 * forest.c
 *		Bootstrap samples, out-of-bag predictions, permutation importance.
 *
 * With g = -weight * label and h = weight a node's value is its (weighted) share
 * of positives and the gain is Gini's.
 */
#include "forest.h"

#include <math.h>
#include <string.h>

#define SAMPLE 1024				/* out-of-bag rows that judge a feature */
#define CHUNK (UINT32_C(1) << 18)
#define WEIGHT_STEPS 1024		/* integer steps of weight 1 */

/*
 * Leaves of 20 rows keep the probabilities honest (fully grown trees say 0 and
 * 1); on large data leaves grow with it, so that a tree has at most 4,096.
 */
void
crm_forest_defaults(CrmForestOptions *options, uint32_t n_rows,
					uint32_t n_features)
{
	memset(options, 0, sizeof *options);
	options->tree.max_depth = 40;
	options->tree.min_weight = n_rows / 4096 > 20 ? n_rows / 4096 : 20;
	options->tree.features_per_split =
		(uint32_t) ceil(sqrt((double) n_features));
	options->subsample = 1;
	options->weight_true = 1;
	options->weight_false = 1;
}

static uint32_t
node_limit(const CrmBins *bins, const CrmForestOptions *options)
{
	return crm_tree_max_nodes(&options->tree, bins->n_rows, bins->n_rows *
							  fmax(options->weight_true,
								   options->weight_false));
}

size_t
crm_forest_size(const CrmBins *bins, const CrmForestOptions *options)
{
	size_t		n = bins->n_rows;

	return crm_work_size(n * sizeof(uint16_t)) +
		crm_work_size(n * sizeof(float)) +
		2 * crm_work_size(SAMPLE * sizeof(uint32_t)) +
		crm_work_size(bins->n_features) +
		crm_work_size(bins->n_features * sizeof(double)) +
		crm_tree_learner_size(bins, node_limit(bins, options));
}

/* Weights in integer steps; 1 when they are equal, which is then exact. */
static void
set_weights(CrmForest *forest)
{
	const CrmForestOptions *o = &forest->options;
	double		most = fmax(o->weight_true, o->weight_false);
	double		steps = 1;

	if (o->weight_true != o->weight_false)
		steps = fmin(WEIGHT_STEPS, 1073741824.0 / (forest->learner.bins->n_rows *
												   most));
	forest->weights[0] = (uint32_t) fmax(1, rint(o->weight_false * steps));
	forest->weights[1] = (uint32_t) fmax(1, rint(o->weight_true * steps));
	forest->learner.g_unit = 1 / steps;
	forest->learner.h_unit = 1 / steps;
}

void
crm_forest_init(CrmForest *forest, const CrmBins *bins, const uint8_t *labels,
				const CrmForestOptions *options, const CrmPoll *poll,
				void *work)
{
	char	   *at = work;
	size_t		n = bins->n_rows;

	memset(forest, 0, sizeof *forest);
	forest->options = *options;
	forest->labels = labels;
	forest->outside_trees = crm_work_take(&at, n * sizeof(uint16_t));
	forest->outside = crm_work_take(&at, n * sizeof(float));
	forest->sample = crm_work_take(&at, 2 * SAMPLE * sizeof(uint32_t));
	forest->used = crm_work_take(&at, bins->n_features);
	forest->importance = crm_work_take(&at, bins->n_features * sizeof(double));
	memset(forest->outside_trees, 0, n * sizeof(uint16_t));
	memset(forest->outside, 0, n * sizeof(float));
	memset(forest->importance, 0, bins->n_features * sizeof(double));
	crm_tree_learner_init(&forest->learner, bins, &options->tree,
						  node_limit(bins, options), poll, at);
	set_weights(forest);
}

/* A row that the bootstrap left out has no weight. */
static bool
is_outside(const CrmForest *forest, uint32_t row)
{
	return (uint32_t) forest->learner.gradients[row] == 0;
}

/* Rows are counted where their gradients will be. */
static bool
bootstrap(CrmForest *forest, CrmRng *rng)
{
	CrmTreeLearner *learner = &forest->learner;
	uint32_t	n = learner->bins->n_rows;
	uint32_t	draws = (uint32_t) ceil(n * forest->options.subsample);

	memset(learner->gradients, 0, n * sizeof *learner->gradients);
	for (uint32_t i = 0; i < draws; i++)
	{
		if (i % CHUNK == 0 && !crm_tree_worked(learner, 8 * CHUNK))
			return false;
		learner->gradients[crm_rng_below(rng, n)]++;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	weight = (uint32_t) learner->gradients[i] *
		forest->weights[forest->labels[i]];

		learner->gradients[i] =
			crm_gradient_pack(forest->labels[i] ? -(int32_t) weight : 0,
							  weight);
	}
	return true;
}

static bool
set_leaves(CrmForest *forest)
{
	CrmTreeLearner *learner = &forest->learner;

	for (uint32_t k = 0; k < learner->n_nodes; k++)
	{
		CrmGrownNode *node = &learner->nodes[k];

		node->value = crm_unweighted_share(node->value, forest->weights[1],
										   forest->weights[0]);
		if (node->child != 0)
			continue;
		for (uint32_t i = node->begin; i < node->end; i++)
		{
			uint32_t	row = learner->index[i];

			if (!is_outside(forest, row))
				continue;
			forest->outside[row] += (float) node->value;
			forest->outside_trees[row]++;
		}
		if (!crm_tree_worked(learner, node->end - node->begin))
			return false;
	}
	return true;
}

/* Prediction for a row that has another row's value of one feature. */
static double
predict(const CrmTreeLearner *learner, uint32_t row, uint32_t feature,
		uint32_t donor)
{
	const CrmBins *bins = learner->bins;
	const CrmGrownNode *node = learner->nodes;

	while (node->child != 0)
	{
		uint32_t	f = node->split.feature;
		uint32_t	from = f == feature ? donor : row;
		uint8_t		code = bins->columns[(size_t) f * bins->n_rows + from];

		node = learner->nodes + node->child +
			(crm_split_left(&node->split, code) ? 0 : 1);
	}
	return node->value;
}

/* Rows left out, drawn by reservoir, in the order of the draw. */
static uint32_t
draw_outside(CrmForest *forest, CrmRng *rng)
{
	uint32_t	seen = 0;

	for (uint32_t i = 0; i < forest->learner.bins->n_rows; i++)
	{
		uint32_t	at = seen;

		if (!is_outside(forest, i))
			continue;
		if (seen++ >= SAMPLE)
			at = crm_rng_below(rng, seen);
		if (at < SAMPLE)
			forest->sample[at] = i;
	}
	return seen < SAMPLE ? seen : SAMPLE;
}

static bool
judge_features(CrmForest *forest, CrmRng *rng)
{
	CrmTreeLearner *learner = &forest->learner;
	uint32_t	n = draw_outside(forest, rng);
	uint32_t   *rows = forest->sample;
	uint32_t   *donors = forest->sample + SAMPLE;

	memset(forest->used, 0, learner->bins->n_features);
	for (uint32_t k = 0; k < learner->n_nodes; k++)
		if (learner->nodes[k].child != 0)
			forest->used[learner->nodes[k].split.feature] = 1;
	for (uint32_t f = 0; f < learner->bins->n_features; f++)
	{
		double		rise = 0;

		if (!forest->used[f])
			continue;
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t	j = crm_rng_below(rng, i + 1);

			donors[i] = donors[j];
			donors[j] = rows[i];
		}
		for (uint32_t i = 0; i < n; i++)
		{
			double		label = forest->labels[rows[i]];
			double		with = predict(learner, rows[i], f, donors[i]);
			double		without = predict(learner, rows[i], f, rows[i]);

			rise += (with - label) * (with - label) -
				(without - label) * (without - label);
		}
		if (n > 0)
			forest->importance[f] += rise / n;
		if (!crm_tree_worked(learner, 64 * SAMPLE))
			return false;
	}
	return true;
}

bool
crm_forest_tree(CrmForest *forest)
{
	CrmRng		rng = {crm_rng_mix(forest->options.seed, forest->n_trees)};

	if (!bootstrap(forest, &rng) ||
		!crm_tree_grow(&forest->learner, crm_rng_next(&rng)) ||
		!set_leaves(forest) || !judge_features(forest, &rng))
		return false;
	forest->n_trees++;
	return true;
}

bool
crm_forest_outside_loss(const CrmForest *forest, double *loss)
{
	double		sum = 0;
	uint32_t	n = 0;

	for (uint32_t i = 0; i < forest->learner.bins->n_rows; i++)
	{
		double		p;

		if (forest->outside_trees[i] == 0)
			continue;
		p = (double) forest->outside[i] / forest->outside_trees[i];
		p = fmin(fmax(p, 1e-4), 1 - 1e-4);
		sum -= log(forest->labels[i] ? p : 1 - p);
		n++;
	}
	if (n == 0)
		return false;
	*loss = sum / n;
	return true;
}

void
crm_forest_importance(const CrmForest *forest, double *importance)
{
	for (uint32_t f = 0; f < forest->learner.bins->n_features; f++)
		importance[f] = forest->n_trees == 0 ? 0 :
			fmax(0, forest->importance[f] / forest->n_trees);
}
