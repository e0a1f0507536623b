/*
 * tree_learner_test.c
 *		Unit tests of core/tree_learner and what is made from it: boosting,
 *		forests, the pruned tree.
 */
#include "tree_learner.h"

#include "decision_tree.h"
#include "forest.h"
#include "trees.h"
#include "unit.h"

/* Gini's gain of sending these rows left, from the definition. */
static double
gain_of(const TreesData *d, const CrmSplit *s)
{
	double		n[2] = {0, 0};
	double		positive[2] = {0, 0};
	double		all = 0;

	for (uint32_t i = 0; i < d->n; i++)
	{
		uint8_t		code = d->columns[(size_t) s->feature * d->n + i];
		int			side = crm_split_left(s, code) ? 0 : 1;

		n[side]++;
		positive[side] += d->labels[i];
		all += d->labels[i];
	}
	if (n[0] == 0 || n[1] == 0)
		return 0;
	return positive[0] * positive[0] / n[0] +
		positive[1] * positive[1] / n[1] - all * all / d->n;
}

/* Numbers by every cut and side; a category of 6 levels by every subset. */
static double
best_gain(const TreesData *d)
{
	double		best = 0;

	for (uint32_t f = 0; f < 3; f++)
		for (uint32_t cut = 1; cut < d->bin_features[f].n_codes; cut++)
			for (int missing = 0; missing < 2; missing++)
			{
				CrmSplit	s = {.feature = f,.cut = (uint8_t) cut,
				.missing_left = missing};

				best = fmax(best, gain_of(d, &s));
			}
	for (uint32_t set = 0; set < 256; set++)
	{
		CrmSplit	s = {.feature = 3,.categorical = true,.left = {set}};

		best = fmax(best, gain_of(d, &s));
	}
	return best;
}

static void
label_gradients(CrmTreeLearner *learner, const uint8_t *labels)
{
	for (uint32_t i = 0; i < learner->bins->n_rows; i++)
		learner->gradients[i] = crm_gradient_pack(labels[i] ? -1 : 0, 1);
}

/* The first split is the best of all there are (feature 4 left out). */
static void
test_best_split(void)
{
	const uint8_t allowed[] = {1, 1, 1, 1, 0};

	for (uint64_t seed = 1; seed <= 6; seed++)
	{
		TreesData  *d = trees_data(400, seed);
		CrmTreeOptions o = {.max_depth = 1};
		CrmTreeLearner learner;
		void	   *work = malloc(crm_tree_learner_size(&d->bins, 3));

		crm_tree_learner_init(&learner, &d->bins, &o, 3, NULL, work);
		label_gradients(&learner, d->labels);
		learner.allowed = allowed;
		CHECK(crm_tree_grow(&learner, 1));
		CHECK_INT(learner.n_nodes, 3);
		CHECK_NEAR(learner.nodes[0].split.gain, best_gain(d), 1e-9);
		CHECK_NEAR(gain_of(d, &learner.nodes[0].split), best_gain(d), 1e-9);
		free(work);
		trees_free(d);
	}
}

/* Rows, sums and bounds of a grown tree fit together. */
static void
check_tree(const CrmTreeLearner *learner, const TreesData *d)
{
	uint32_t	leaves = 0;
	bool		rows_right = true;
	bool		sums_right = true;

	for (uint32_t k = 0; k < learner->n_nodes; k++)
	{
		const CrmGrownNode *node = &learner->nodes[k];
		int64_t		g = 0;
		int64_t		h = 0;

		leaves += node->child == 0;
		for (uint32_t i = node->begin; i < node->end; i++)
		{
			uint32_t	row = learner->index[i];

			g += (int32_t) (uint32_t) (learner->gradients[row] >> 32);
			h += (int64_t) (learner->gradients[row] & UINT32_MAX);
		}
		sums_right &= g == node->g && h == node->h;
		if (node->child == 0)
			continue;
		for (uint32_t c = 0; c < 2; c++)
		{
			const CrmGrownNode *child = &learner->nodes[node->child + c];

			rows_right &= child->begin < child->end && node->child > k;
			for (uint32_t i = child->begin; i < child->end; i++)
			{
				size_t		cell = (size_t) node->split.feature * d->n +
				learner->index[i];

				/* those of a leaf in their order */
				rows_right &= child->child != 0 || i == child->begin ||
					learner->index[i - 1] < learner->index[i];
				rows_right &= crm_split_left(&node->split,
											 d->columns[cell]) == (c == 0);
			}
		}
	}
	CHECK(rows_right);
	CHECK(sums_right);
	CHECK_INT(leaves, learner->n_leaves);
	CHECK_INT(leaves * 2 - 1, learner->n_nodes);
}

static void
test_growth(void)
{
	TreesData  *d = trees_data(5000, 2);
	const CrmTreeOptions all[] = {
		{.max_depth = 7,.min_weight = 5},
		{.max_depth = 64,.min_weight = 1},
		{.max_depth = 15,.min_weight = 3,.max_leaves = 20},
		{.max_depth = 9,.min_weight = 20,.features_per_split = 2}
	};

	for (int k = 0; k < 4; k++)
	{
		uint32_t	most = crm_tree_max_nodes(&all[k], d->n, d->n);
		CrmTreeLearner learner;
		void	   *work = malloc(crm_tree_learner_size(&d->bins, most));
		bool		heavy = true;
		bool		shallow = true;

		crm_tree_learner_init(&learner, &d->bins, &all[k], most, NULL, work);
		label_gradients(&learner, d->labels);
		CHECK(crm_tree_grow(&learner, 5));
		check_tree(&learner, d);
		for (uint32_t i = 0; i < learner.n_nodes; i++)
		{
			heavy &= (double) learner.nodes[i].h >= all[k].min_weight;
			shallow &= learner.nodes[i].depth <= all[k].max_depth;
		}
		CHECK(heavy && shallow);
		if (all[k].max_leaves > 0)
			CHECK_INT(learner.n_leaves, all[k].max_leaves);
		free(work);
	}
	trees_free(d);
}

/* A node budget that is too small is kept. */
static void
test_budget(void)
{
	TreesData  *d = trees_data(1000, 2);
	CrmTreeOptions o = {.max_depth = 20};
	CrmTreeLearner learner;
	void	   *work = malloc(crm_tree_learner_size(&d->bins, 11));

	crm_tree_learner_init(&learner, &d->bins, &o, 11, NULL, work);
	label_gradients(&learner, d->labels);
	CHECK(crm_tree_grow(&learner, 5));
	CHECK_INT(learner.n_nodes, 11);
	check_tree(&learner, d);
	free(work);
	trees_free(d);
	o.max_depth = 3;
	CHECK_INT(crm_tree_max_nodes(&o, 1000, 1000), 15);
	o.max_depth = 64;
	CHECK_INT(crm_tree_max_nodes(&o, 100000000, 1e8), CRM_TREE_MAX_NODES);
	o.min_weight = 20;
	CHECK_INT(crm_tree_max_nodes(&o, 1000, 1000), 99);
}

/* Scores never fall (or rise) along a monotone feature, all else equal. */
static void
test_monotone(void)
{
	TreesData  *d = trees_data(3000, 6);
	CrmBoostOptions o;

	crm_boost_defaults(&o);
	for (int sign = -1; sign <= 1; sign += 2)
		for (int leaves = 0; leaves <= 12; leaves += 12)
		{
			TreesModel	m;
			CrmRng		rng = {9};
			double		worst = 0;
			double		range = 0;

			d->bin_features[0].monotone = (int8_t) sign;
			d->bin_features[1].monotone = 1;
			o.tree.max_leaves = (uint32_t) leaves;
			trees_boost(&m, d, &o, 30, NULL);
			for (int i = 0; i < 300; i++)
				for (int f = 0; f < 2; f++)
				{
					double		row[TREES_FEATURES];
					double		last = 0;
					double		first;

					trees_row(d, crm_rng_below(&rng, d->n), row);
					row[f] = -2.1;
					first = crm_evaluate(&m.evaluator, row);
					for (double x = -2.1; x <= 2.1; x += 0.05)
					{
						double		score;

						row[f] = x;
						score = crm_evaluate(&m.evaluator, row);
						if (f == 0)
							score *= sign;
						if (x > -2.1)
							worst = fmax(worst, last - score);
						last = score;
					}
					range = fmax(range, fabs(last - (f == 0 ? sign : 1) * first));
				}
			CHECK_NEAR(worst, 0, 1e-9);
			CHECK(range > 0.1);
			trees_model_free(&m);
		}
	trees_free(d);
}

static double
held_loss(const TreesData *d, const uint8_t *folds, const CrmBoostOptions *o,
		  int rounds, float *margins)
{
	void	   *work = malloc(crm_boost_size(&d->bins, o));
	CrmBoost	boost;
	double		loss;

	crm_boost_init(&boost, &d->bins, d->labels, folds, 0, o, NULL, work);
	for (int i = 0; i < rounds; i++)
		CHECK(crm_boost_round(&boost));
	loss = crm_boost_held_loss(&boost);
	memcpy(margins, boost.margins, d->n * sizeof *margins);
	free(work);
	return loss;
}

/* Held rows get scores, and teach nothing: their labels do not matter. */
static void
test_held(void)
{
	TreesData  *d = trees_data(2000, 7);
	uint8_t    *folds = malloc(d->n);
	float	   *a = malloc(d->n * sizeof *a);
	float	   *b = malloc(d->n * sizeof *b);
	CrmBoostOptions o;
	double		loss;
	double		want = 0;

	crm_boost_defaults(&o);
	for (uint32_t i = 0; i < d->n; i++)
		folds[i] = (uint8_t) (i % 4);
	loss = held_loss(d, folds, &o, 20, a);
	for (uint32_t i = 0; i < d->n; i += 4)
	{
		want += log1p(exp(d->labels[i] ? -(double) a[i] : (double) a[i]));
		d->labels[i] ^= 1;
	}
	CHECK_NEAR(loss, want, 1e-3);
	CHECK(loss / (d->n / 4) < 0.62);
	CHECK(held_loss(d, folds, &o, 20, b) > loss);
	CHECK_BYTES(a, d->n * sizeof *a, b, d->n * sizeof *b);
	free(folds);
	free(a);
	free(b);
	trees_free(d);
}

/* Two features that say nothing one at a time: only looking ahead sees them. */
static void
test_look_ahead(void)
{
	TreesData  *d = trees_data(6000, 41);
	uint8_t    *folds = malloc(d->n);
	float	   *margins = malloc(d->n * sizeof *margins);
	CrmBoostOptions o;
	CrmRng		rng = {8};
	double		blind;
	double		seeing;

	for (uint32_t i = 0; i < d->n; i++)
	{
		bool		alike = (d->values[i] > 0) == (d->values[2 * d->n + i] > 0);

		folds[i] = (uint8_t) (i % 4);
		d->labels[i] = crm_rng_unit(&rng) < (alike ? 0.9 : 0.1);
	}
	crm_boost_defaults(&o);
	for (uint32_t leaves = 0; leaves <= 4; leaves += 4)
	{
		o.tree.max_depth = 2;
		o.tree.max_leaves = leaves;
		o.tree.look_ahead = false;
		blind = held_loss(d, folds, &o, 10, margins) / (d->n / 4);
		o.tree.look_ahead = true;
		seeing = held_loss(d, folds, &o, 10, margins) / (d->n / 4);
		/* of the truth: 0.325, and of a coin: 0.693; a tenth is missing */
		CHECK(blind > 0.55);
		CHECK(seeing < 0.45);
	}
	free(folds);
	free(margins);
	trees_free(d);
}

/* Weights by class move the splits; the mean score stays at the base rate. */
static void
test_weights(void)
{
	TreesData  *d = trees_data(4000, 8);
	void	   *work;
	CrmBoostOptions o;
	CrmBoost	boost;
	double		shift;
	double		sum = 0;
	double		positive = 0;

	crm_boost_defaults(&o);
	o.weight_true = 3;
	o.weight_false = 0.5;
	o.subsample = 0.7;
	o.colsample = 0.5;
	o.tree.l1 = 0.1;
	work = malloc(crm_boost_size(&d->bins, &o));
	crm_boost_init(&boost, &d->bins, d->labels, NULL, CRM_NO_FOLD, &o, NULL,
				   work);
	for (int i = 0; i < 60; i++)
		CHECK(crm_boost_round(&boost));
	shift = crm_boost_shift(&boost);
	for (uint32_t i = 0; i < d->n; i++)
	{
		sum += 1 / (1 + exp(-((double) boost.margins[i] + shift)));
		positive += d->labels[i];
	}
	CHECK_NEAR(sum / d->n, positive / d->n, 1e-5);
	free(work);
	trees_free(d);
}

static void
test_tune(void)
{
	TreesData  *d = trees_data(3000, 9);
	const uint32_t depths[] = {1, 4};
	uint8_t    *folds = malloc(d->n);
	CrmBoostOptions o;
	CrmBoostTuning t = {.depths = depths,.n_depths = 2,.max_rounds = 200,
	.patience = 10,.n_folds = 3,.used_folds = 3};
	void	   *work;

	crm_boost_defaults(&o);
	for (uint32_t i = 0; i < d->n; i++)
		folds[i] = (uint8_t) (i % 3);
	work = malloc(crm_boost_tune_size(&d->bins, &o, &t));
	CHECK(crm_boost_tune(&t, &d->bins, d->labels, folds, &o, NULL, work));
	CHECK(t.rounds > 5 && t.rounds < 200);
	CHECK(t.depth == 1 || t.depth == 4);
	CHECK_INT(o.tree.max_depth, t.depth);
	CHECK(t.loss > 0.3 && t.loss < 0.6);
	free(work);
	free(folds);
	trees_free(d);
}

/* Feature 2 is noise: permuting it costs nothing worth the name. */
static void
test_forest(void)
{
	TreesData  *d = trees_data(3000, 10);
	CrmForestOptions o;
	CrmForest	forest;
	void	   *work;
	double		loss;
	double		importance[TREES_FEATURES];

	crm_forest_defaults(&o, d->n, TREES_FEATURES);
	CHECK_INT(o.tree.features_per_split, 3);
	work = malloc(crm_forest_size(&d->bins, &o));
	crm_forest_init(&forest, &d->bins, d->labels, &o, NULL, work);
	CHECK(!crm_forest_outside_loss(&forest, &loss));
	for (int i = 0; i < 30; i++)
		CHECK(crm_forest_tree(&forest));
	check_tree(&forest.learner, d);
	CHECK(crm_forest_outside_loss(&forest, &loss));
	CHECK(loss < 0.6 && loss > 0.4);
	crm_forest_importance(&forest, importance);
	for (int f = 0; f < TREES_FEATURES; f++)
		CHECK(f == 2 || importance[f] > 5 * importance[2]);
	for (uint32_t k = 0; k < forest.learner.n_nodes; k++)
		if (!(forest.learner.nodes[k].value >= 0 &&
			  forest.learner.nodes[k].value <= 1))
			CHECK(!"a frequency");
	free(work);
	trees_free(d);
}

static void
test_decision(void)
{
	TreesData  *d = trees_data(3000, 11);
	uint8_t    *folds = malloc(d->n);
	CrmDecisionOptions o;
	CrmDecision tree;
	TreesModel	m;
	void	   *work;
	bool		ordered = true;

	for (uint32_t i = 0; i < d->n; i++)
		folds[i] = (uint8_t) (i % 5);
	crm_decision_defaults(&o, d->n);
	work = malloc(crm_decision_size(&d->bins, &o));
	crm_decision_init(&tree, &d->bins, d->labels, &o, NULL, work);
	CHECK(crm_decision_fit(&tree, folds));
	CHECK(tree.loss > 0.4 && tree.loss < 0.62);
	for (uint32_t k = 0; k < tree.learner.n_nodes; k++)
		if (tree.learner.nodes[k].child != 0)
			for (uint32_t c = 0; c < 2; c++)
				ordered &= tree.nodes[tree.learner.nodes[k].child + c].price <=
					tree.nodes[k].price;
	CHECK(ordered);
	trees_model_begin(&m);
	trees_model_add(&m, &tree.learner);
	trees_model_end(&m, d, CRM_ENSEMBLE_MEAN, 0);
	CHECK(crm_ensemble_check(&m.ensemble, d->features, TREES_FEATURES));
	CHECK(m.builder.n_nodes > 5 && m.builder.n_nodes < tree.learner.n_nodes);
	trees_model_free(&m);

	/* labels without any signal: the root alone, at the base rate */
	for (uint32_t i = 0; i < d->n; i++)
		d->labels[i] = crm_rng_mix(99, i) % 4 == 0;
	CHECK(crm_decision_fit(&tree, folds));
	CHECK_INT(tree.learner.nodes[0].child, 0);
	CHECK_NEAR(tree.learner.nodes[0].value, 0.25, 0.03);
	free(work);
	free(folds);
	trees_free(d);
}

/* One class in a node, constant columns, all missing: no split, no crash. */
static void
test_degenerate(void)
{
	TreesData  *d = trees_data(500, 12);
	CrmTreeOptions o = {.max_depth = 5};
	CrmTreeLearner learner;
	void	   *work = malloc(crm_tree_learner_size(&d->bins, 63));

	crm_tree_learner_init(&learner, &d->bins, &o, 63, NULL, work);
	for (uint32_t i = 0; i < d->n; i++)
		learner.gradients[i] = crm_gradient_pack(-1, 1);
	CHECK(crm_tree_grow(&learner, 1));
	CHECK_INT(learner.n_nodes, 1);
	CHECK_NEAR(learner.nodes[0].value, 1, 0);
	for (uint32_t i = 0; i < d->n * TREES_FEATURES; i++)
		d->values[i] = i / d->n == 1 ? NAN : 3;
	trees_make_bins(d);
	label_gradients(&learner, d->labels);
	CHECK(crm_tree_grow(&learner, 1));
	CHECK_INT(learner.n_nodes, 1);
	free(work);
	trees_free(d);
}

/* Missing against the rest, when that is all there is. */
static void
test_missing_only(void)
{
	TreesData  *d = trees_data(400, 13);
	CrmBoostOptions o;
	TreesModel	m;
	double		row[TREES_FEATURES] = {3, 3, 3, 3, 3};
	double		present;

	for (uint32_t i = 0; i < d->n; i++)
	{
		for (int f = 0; f < TREES_FEATURES; f++)
			d->values[(size_t) f * d->n + i] = 3;
		if (i % 3 == 0)
			d->values[i] = NAN;
		d->labels[i] = i % 3 == 0 ? i % 2 == 0 : i % 9 == 1;
	}
	trees_make_bins(d);
	crm_boost_defaults(&o);
	trees_boost(&m, d, &o, 5, NULL);
	CHECK(crm_ensemble_check(&m.ensemble, d->features, TREES_FEATURES));
	present = crm_evaluate(&m.evaluator, row);
	row[0] = 1e300;
	CHECK(crm_evaluate(&m.evaluator, row) == present);
	row[0] = NAN;
	CHECK(crm_evaluate(&m.evaluator, row) > present + 0.3);
	trees_model_free(&m);
	trees_free(d);
}

static bool
stop_later(void *arg)
{
	return --* (int *) arg < 0;
}

/* Asked often enough, and a stop is obeyed wherever it comes. */
static void
test_stop(void)
{
	TreesData  *d = trees_data(60000, 14);
	CrmBoostOptions o;
	CrmBoost	boost;
	void	   *work;
	int			asked = 1000000;
	CrmPoll		poll = {stop_later, &asked};

	crm_boost_defaults(&o);
	work = malloc(crm_boost_size(&d->bins, &o));
	crm_boost_init(&boost, &d->bins, d->labels, NULL, CRM_NO_FOLD, &o, &poll,
				   work);
	for (int i = 0; i < 20; i++)
		CHECK(crm_boost_round(&boost));
	CHECK(asked <= 1000000 - 2);
	asked = 1;
	for (int i = 0; i < 30 && crm_boost_round(&boost); i++)
		;
	CHECK_INT(asked, -1);
	free(work);
	trees_free(d);
}

int
main(void)
{
	test_best_split();
	test_growth();
	test_budget();
	test_monotone();
	test_held();
	test_look_ahead();
	test_weights();
	test_tune();
	test_forest();
	test_decision();
	test_degenerate();
	test_missing_only();
	test_stop();
	return unit_done();
}
