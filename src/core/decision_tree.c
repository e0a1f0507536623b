/*
 * decision_tree.c
 *		Weakest-link pruning and its cross-validation.
 *
 * Pruning gives every node the price at which it collapses; a node's price is
 * never above its parent's.  At a price, the leaves are the topmost nodes whose
 * own price is not above it, so one tree and one set of counts serve all prices.
 */
#include "decision_tree.h"

#include <math.h>
#include <string.h>

#define NO_FOLD 255
#define WEIGHT_STEPS 1024

/* Small enough to be read and pruned: at most 2,048 leaves before pruning. */
void
crm_decision_defaults(CrmDecisionOptions *options, uint32_t n_rows)
{
	memset(options, 0, sizeof *options);
	options->tree.max_depth = 20;
	options->tree.min_weight = n_rows / 2048 > 20 ? n_rows / 2048 : 20;
	options->n_folds = CRM_DECISION_FOLDS;
	options->weight_true = 1;
	options->weight_false = 1;
}

/* Pruning takes time by the square of the nodes. */
static uint32_t
node_limit(const CrmBins *bins, const CrmDecisionOptions *options)
{
	uint32_t	most = crm_tree_max_nodes(&options->tree, bins->n_rows,
										  bins->n_rows *
										  fmax(options->weight_true,
											   options->weight_false));

	return most < 8191 ? most : 8191;
}

size_t
crm_decision_size(const CrmBins *bins, const CrmDecisionOptions *options)
{
	uint32_t	nodes = node_limit(bins, options);

	return crm_work_size(nodes * sizeof(CrmPruneNode)) +
		crm_tree_learner_size(bins, nodes);
}

void
crm_decision_init(CrmDecision *d, const CrmBins *bins, const uint8_t *labels,
				  const CrmDecisionOptions *options, const CrmPoll *poll,
				  void *work)
{
	uint32_t	nodes = node_limit(bins, options);
	double		most = fmax(options->weight_true, options->weight_false);
	double		steps = 1;

	memset(d, 0, sizeof *d);
	d->options = *options;
	d->labels = labels;
	d->nodes = work;
	crm_tree_learner_init(&d->learner, bins, &options->tree, nodes, poll,
						  (char *) work +
						  crm_work_size(nodes * sizeof(CrmPruneNode)));
	if (options->weight_true != options->weight_false)
		steps = fmin(WEIGHT_STEPS, 1073741824.0 / (bins->n_rows * most));
	d->weights[0] = (uint32_t) fmax(1, rint(options->weight_false * steps));
	d->weights[1] = (uint32_t) fmax(1, rint(options->weight_true * steps));
	d->learner.g_unit = 1 / steps;
	d->learner.h_unit = 1 / steps;
}

/* Rows by label in every node, those of the held fold apart. */
static void
count_rows(CrmDecision *d, const uint8_t *folds, uint32_t fold)
{
	CrmTreeLearner *learner = &d->learner;

	memset(d->nodes, 0, learner->n_nodes * sizeof *d->nodes);
	for (uint32_t k = learner->n_nodes; k-- > 0;)
	{
		const CrmGrownNode *node = &learner->nodes[k];
		CrmPruneNode *p = &d->nodes[k];
		uint32_t	child = node->child;

		if (child != 0)
		{
			const CrmPruneNode *a = &d->nodes[child];
			const CrmPruneNode *b = &d->nodes[child + 1];

			p->positive = a->positive + b->positive;
			p->negative = a->negative + b->negative;
			p->held_positive = a->held_positive + b->held_positive;
			p->held_negative = a->held_negative + b->held_negative;
			continue;
		}
		for (uint32_t i = node->begin; i < node->end; i++)
		{
			uint32_t	row = learner->index[i];

			if (fold != NO_FOLD && folds[row] == fold)
				*(d->labels[row] ? &p->held_positive : &p->held_negative) += 1;
			else
				*(d->labels[row] ? &p->positive : &p->negative) += 1;
		}
	}
}

/* Parents come before children, so one pass down does. */
static void
shrink_values(CrmDecision *d)
{
	CrmGrownNode *nodes = d->learner.nodes;
	const double m = CRM_DECISION_PRIOR_ROWS;

	for (uint32_t k = 0; k < d->learner.n_nodes; k++)
	{
		const CrmPruneNode *p = &d->nodes[k];

		if (k == 0)
			nodes[k].value = (p->positive + 0.5) /
				((double) p->positive + p->negative + 1);
		if (nodes[k].child == 0)
			continue;
		for (uint32_t c = nodes[k].child; c < nodes[k].child + 2; c++)
		{
			double		positive = d->nodes[c].positive;
			double		n = positive + d->nodes[c].negative;

			nodes[c].value = (positive + m * nodes[k].value) / (n + m);
		}
	}
}

/* Shrinking may have carried a value over the bounds that siblings keep. */
static void
bound_values(CrmDecision *d)
{
	CrmGrownNode *nodes = d->learner.nodes;

	if (!d->learner.bounded)
		return;
	for (uint32_t k = 0; k < d->learner.n_nodes; k++)
	{
		double		low = crm_unweighted_share(nodes[k].low, d->weights[1],
											   d->weights[0]);
		double		high = crm_unweighted_share(nodes[k].high, d->weights[1],
												d->weights[0]);

		nodes[k].value = fmin(fmax(nodes[k].value, low), high);
	}
}

/* Weighted Gini of a node's rows, as the splits saw it, by the root's weight:
 * so a price means the same in a fold as in the whole. */
static double
node_risk(const CrmTreeLearner *learner, const CrmGrownNode *node)
{
	double		h = (double) node->h * learner->h_unit;
	double		g = (double) node->g * learner->g_unit;

	double		all = (double) learner->nodes[0].h * learner->h_unit;

	return h > 0 ? -g * (1 + g / h) / all : 0;
}

/* Risk and leaves of the subtrees that stand, from the leaves up. */
static double
weakest_link(CrmDecision *d)
{
	const CrmTreeLearner *learner = &d->learner;
	double		weakest = INFINITY;

	for (uint32_t k = learner->n_nodes; k-- > 0;)
	{
		const CrmGrownNode *node = &learner->nodes[k];
		CrmPruneNode *p = &d->nodes[k];
		double		price;

		if (p->price < INFINITY)
		{
			p->risk = node_risk(learner, node);
			p->leaves = 1;
			continue;
		}
		p->risk = d->nodes[node->child].risk + d->nodes[node->child + 1].risk;
		p->leaves = d->nodes[node->child].leaves +
			d->nodes[node->child + 1].leaves;
		price = (node_risk(learner, node) - p->risk) / (p->leaves - 1);
		weakest = fmin(weakest, price);
	}
	return weakest;
}

/* Set every node's price; false when stopped. */
static bool
prune(CrmDecision *d)
{
	CrmTreeLearner *learner = &d->learner;
	double		last = 0;

	for (uint32_t k = 0; k < learner->n_nodes; k++)
		d->nodes[k].price = learner->nodes[k].child == 0 ? 0 : INFINITY;
	while (d->nodes[0].price == INFINITY)
	{
		/* rounding must not make the sequence fall */
		last = fmax(last, weakest_link(d));
		for (uint32_t k = 0; k < learner->n_nodes; k++)
		{
			CrmPruneNode *p = &d->nodes[k];

			if (p->price == INFINITY &&
				(node_risk(learner, &learner->nodes[k]) - p->risk) /
				(p->leaves - 1) <= last)
				p->price = last;
		}
		/* what hangs below a collapsed node is gone with it */
		for (uint32_t k = 0; k < learner->n_nodes; k++)
			if (d->nodes[k].price < INFINITY && learner->nodes[k].child != 0)
				for (uint32_t c = 0; c < 2; c++)
				{
					double	   *price =
					&d->nodes[learner->nodes[k].child + c].price;

					*price = fmin(*price, d->nodes[k].price);
				}
		if (!crm_tree_worked(learner, 8 * (uint64_t) learner->n_nodes))
			return false;
	}
	return true;
}

static bool
grow(CrmDecision *d, const uint8_t *folds, uint32_t fold)
{
	uint32_t	n = d->learner.bins->n_rows;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	w = d->weights[d->labels[i]];

		if (fold != NO_FOLD && folds[i] == fold)
			w = 0;
		d->learner.gradients[i] =
			crm_gradient_pack(d->labels[i] ? -(int32_t) w : 0, w);
	}
	if (!crm_tree_grow(&d->learner, crm_rng_mix(d->options.seed, fold)))
		return false;
	count_rows(d, folds, fold);
	shrink_values(d);
	bound_values(d);
	return prune(d);
}

/* Prices to try: 0, then evenly in the logarithm up to the root's. */
static void
choose_prices(CrmDecision *d)
{
	double		least = d->nodes[0].price;
	double		most = d->nodes[0].price;

	for (uint32_t k = 0; k < d->learner.n_nodes; k++)
		if (d->nodes[k].price > 0)
			least = fmin(least, d->nodes[k].price);
	d->prices[0] = 0;
	d->n_prices = 1;
	for (uint32_t i = 0; most > 0 && i < CRM_DECISION_PRICES - 1; i++)
		d->prices[d->n_prices++] = i == CRM_DECISION_PRICES - 2 ? most :
			least * pow(most / least, (double) i / (CRM_DECISION_PRICES - 2));
	memset(d->losses, 0, sizeof d->losses);
}

/* Log-loss of the held rows at every price. */
static void
add_losses(CrmDecision *d)
{
	const CrmTreeLearner *learner = &d->learner;

	for (uint32_t i = 0; i < d->n_prices; i++)
		for (uint32_t k = 0; k < learner->n_nodes; k++)
		{
			const CrmPruneNode *p = &d->nodes[k];
			double		value = learner->nodes[k].value;

			if (k == 0 && p->price <= d->prices[i])
				d->losses[i] -= p->held_positive * log(value) +
					p->held_negative * log(1 - value);
			if (p->price <= d->prices[i] || learner->nodes[k].child == 0)
				continue;
			for (uint32_t c = learner->nodes[k].child;
				 c < learner->nodes[k].child + 2; c++)
				if (d->nodes[c].price <= d->prices[i])
					d->losses[i] -= d->nodes[c].held_positive *
						log(learner->nodes[c].value) +
						d->nodes[c].held_negative *
						log(1 - learner->nodes[c].value);
		}
}

bool
crm_decision_fit(CrmDecision *d, const uint8_t *folds)
{
	double		price = 0;

	if (!grow(d, folds, NO_FOLD))
		return false;
	choose_prices(d);
	for (uint32_t fold = 0; fold < d->options.n_folds; fold++)
	{
		if (!grow(d, folds, fold))
			return false;
		add_losses(d);
	}
	d->loss = INFINITY;
	for (uint32_t i = 0; i < d->n_prices; i++)
		/* of equals the smaller tree */
		if (d->losses[i] <= d->loss)
		{
			d->loss = d->losses[i];
			price = d->prices[i];
		}
	d->loss /= d->learner.bins->n_rows;
	if (!grow(d, folds, NO_FOLD))
		return false;
	for (uint32_t k = 0; k < d->learner.n_nodes; k++)
		if (d->nodes[k].price <= price)
			d->learner.nodes[k].child = 0;
	return true;
}
