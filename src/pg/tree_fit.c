/*
 * tree_fit.c
 *		Trees from rows: bins, the fit of core, the model's section.
 *
 * Rows come in canonical order, so folds and draws by row number do not depend
 * on the order of arrival.  Core asks poll_fit between pieces of work, which
 * may throw: core owns nothing that would be left behind.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "boost.h"
#include "dataset_fit.h"
#include "decision_tree.h"
#include "forest.h"
#include "progress.h"

#define FOREST_TREES 200

/* Below it a fold would teach too little to choose by. */
#define TUNE_ROWS_PER_CLASS 20
#define UNTUNED_DEPTH 3
#define UNTUNED_ROUNDS 50

typedef struct TreeFit
{
	Fit		   *fit;
	CrmBinFeature *features;
	uint8	   *columns;
	uint8	   *tiles;			/* their place; until then of what follows */
	void	   *work;
	CrmBins		bins;
	uint8	   *folds;
	CrmEnsembleBuilder builder;
	Size		node_room;
	Size		word_room;
	CrmPoll		poll;
	CrmProgress progress;
	const char *phase;
	uint32		trees;			/* to come; 0: not known */
} TreeFit;

static bool
poll_fit(void *arg)
{
	TreeFit    *tf = arg;

	CHECK_FOR_INTERRUPTS();
	if (tf->trees > 0)
		crm_progress_report(&tf->progress, "fitting %s: %s, tree %u of %u",
							crm_algorithm_name(tf->fit->model.algorithm),
							tf->phase, tf->builder.n_trees + 1, tf->trees);
	else
		crm_progress_report(&tf->progress, "fitting %s: %s",
							crm_algorithm_name(tf->fit->model.algorithm),
							tf->phase);
	return false;
}

/* Core stops only when poll_fit says so, which throws instead. */
static void
must(bool done)
{
	if (!done)
		elog(ERROR, "training stopped");
}

static int8
monotone_of(const TreeFit *tf, const CrmFeature *f)
{
	const CrmFitOptions *o = tf->fit->ds->options;

	for (int i = 0; i < o->n_monotone; i++)
	{
		if (crm_string_compare(o->monotone[i], f->name) != 0 ||
			o->monotone_signs[i] == 0)
			continue;
		if (f->kind == CRM_CATEGORICAL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("categorical column \"%.*s\" cannot be monotone",
							(int) f->name.length, f->name.bytes)));
		return (int8) o->monotone_signs[i];
	}
	return 0;
}

/*
 * The column being read as floats, which take the place of its doubles or
 * codes: the i-th of them ends before the (i + 1)-th of those starts.
 */
static float *
float_values(const TreeFit *tf)
{
	return (float *) tf->fit->values;
}

static uint8 *
column_codes(const TreeFit *tf)
{
	return tf->columns + (Size) tf->fit->model.n_features * tf->fit->n;
}

static void
bin_category(TreeFit *tf, const CrmFeature *f, const FitFeature *part)
{
	const Fit  *fit = tf->fit;
	float	   *values = float_values(tf);

	for (uint32 i = 0; i < fit->n; i++)
	{
		int32		code = fit->codes[i];

		CHECK_ROW(i);
		values[i] = f->pooled ? 0 : code == CODE_MISSING ? get_float4_nan() :
			code == CODE_LONG ? (float) f->n_levels :
			(float) part->level[code];
	}
	tf->features[fit->model.n_features].n_codes =
		crm_bin_levels(values, fit->n, f->pooled ? 0 : f->n_levels,
					   column_codes(tf));
}

static void
bin_number(TreeFit *tf)
{
	Fit		   *fit = tf->fit;
	CrmBinFeature *b = &tf->features[fit->model.n_features];
	float	   *cuts = crm_fit_alloc(fit, CRM_BIN_CUTS, sizeof *cuts);
	float	   *values = float_values(tf);

	for (uint32 i = 0; i < fit->n; i++)
		values[i] = crm_feature_float(fit->values[i]);
	b->n_codes = crm_bin_numbers(values, fit->n, tf->work, &tf->poll,
								 cuts, column_codes(tf));
	b->cuts = cuts;
	must(b->n_codes > 0);
}

void
crm_fit_trees_column(Fit *fit, const CrmFeature *feature,
					 const FitFeature *part)
{
	TreeFit    *tf = fit->tree;
	CrmBinFeature *b = &tf->features[fit->model.n_features];

	b->monotone = monotone_of(tf, feature);
	b->categorical = feature->kind == CRM_CATEGORICAL;
	if (b->categorical)
		bin_category(tf, feature, part);
	else
		bin_number(tf);
}

void
crm_fit_trees_begin(Fit *fit)
{
	TreeFit    *tf = crm_fit_alloc(fit, 1, sizeof *tf);
	Size		p = fit->ds->n_columns;
	Size		scratch;

	fit->tree = tf;
	tf->fit = fit;
	tf->poll.stop = poll_fit;
	tf->poll.arg = tf;
	tf->phase = "reading";
	crm_progress_begin(&tf->progress);
	tf->features = crm_fit_alloc(fit, p, sizeof *tf->features);
	tf->columns = crm_fit_room(fit, p * fit->n, 1);

	/*
	 * What is needed column by column shares its memory with the tiles, which
	 * come after: given back in between, it would be a hole that they do not
	 * fit into.
	 */
	scratch = fit->n * sizeof *fit->values;
	tf->tiles = crm_fit_room(fit, Max(p * fit->n, scratch +
									  crm_bin_work_size(fit->n)), 1);
	fit->values = (double *) tf->tiles;
	tf->work = tf->tiles + scratch;
}

static void
finish_bins(TreeFit *tf)
{
	Fit		   *fit = tf->fit;
	uint32		p = fit->model.n_features;

	fit->values = NULL;
	/* groups are pooled now, which needs the room of tiles not yet there */
	if (fit->pool_margins != NULL)
	{
		pfree(tf->tiles);
		tf->tiles = NULL;
	}
	crm_fit_columns_done(fit);
	tf->tiles = tf->tiles == NULL ? crm_fit_room(fit, p, fit->n) :
		repalloc(tf->tiles, (Size) p * fit->n + 1);
	must(crm_bins_tile(tf->columns, fit->n, p, &tf->poll, tf->tiles));
	tf->bins.n_rows = fit->n;
	tf->bins.n_features = p;
	tf->bins.features = tf->features;
	tf->bins.columns = tf->columns;
	tf->bins.tiles = tf->tiles;
}

/* Stratified by label, in canonical order. */
static void
make_folds(TreeFit *tf, uint32 n_folds)
{
	uint32		next[2] = {0, 0};

	tf->folds = crm_fit_alloc(tf->fit, tf->fit->n, 1);
	for (uint32 i = 0; i < tf->fit->n; i++)
		tf->folds[i] = (uint8) (next[tf->fit->labels[i]]++ % n_folds);
}

static void
too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("model is too large"),
			 errdetail("A model has at most %d nodes, and %d bytes of text for them.",
					   CRM_ENSEMBLE_MAX_NODES, CRM_ENSEMBLE_MAX_TEXT),
			 errhint("Lower the options \"trees\" or \"depth\", or raise \"min_leaf\".")));
}

static void *
grow_room(TreeFit *tf, void *old, Size *room, Size needed, Size width)
{
	Size		n = Max(needed, *room * 2);

	if (needed <= *room)
		return old;
	if (n > MaxAllocSize / width)
		too_large();
	crm_dataset_reserve(tf->fit->ds, n * width);
	*room = n;
	return old == NULL ? palloc(n * width) : repalloc(old, n * width);
}

/*
 * Nodes that there will be room for: with the first tree as many for each to
 * come and an eighth, as growing by doubling leaves holes as large as the nodes.
 */
static Size
nodes_needed(const TreeFit *tf, const CrmTreeLearner *learner)
{
	Size		n = (Size) learner->n_nodes * tf->trees;

	if (tf->builder.n_nodes > 0)
		return (Size) tf->builder.n_nodes + learner->n_nodes;
	return Min(n + n / 8, CRM_ENSEMBLE_MAX_NODES);
}

/* Take over the tree that the learner holds. */
static void
add_tree(TreeFit *tf, const CrmTreeLearner *learner)
{
	CrmEnsembleBuilder *b = &tf->builder;

	if (b->n_nodes + learner->n_nodes > CRM_ENSEMBLE_MAX_NODES)
		too_large();
	b->nodes = grow_room(tf, b->nodes, &tf->node_room,
						 nodes_needed(tf, learner), sizeof *b->nodes);
	b->sets = grow_room(tf, b->sets, &tf->word_room,
						b->n_words + (Size) CRM_BUILDER_SET_WORDS *
						learner->n_nodes, sizeof *b->sets);
	crm_ensemble_add(b, learner);
}

static void
begin_trees(TreeFit *tf, uint32 n_trees, const char *phase)
{
	tf->trees = n_trees;
	tf->phase = phase;
	tf->builder.starts = crm_fit_alloc(tf->fit, (Size) n_trees + 1,
									   sizeof(uint32));
}

/* Weights of rows by label, 1 in the mean. */
static void
class_weights(const Fit *fit, double *weight_true, double *weight_false)
{
	const CrmFitOptions *o = fit->ds->options;
	double		positive = fit->n_positive;
	double		negative = fit->n - fit->n_positive;
	double		t = o->weight_true;
	double		f = o->weight_false;

	if (o->class_weight == CRM_WEIGHT_BALANCED)
	{
		t = negative;
		f = positive;
	}
	*weight_true = t * fit->n / (t * positive + f * negative);
	*weight_false = f * fit->n / (t * positive + f * negative);
}

static CrmBoostOptions
boost_options(const Fit *fit)
{
	const CrmFitOptions *o = fit->ds->options;
	CrmBoostOptions b;

	crm_boost_defaults(&b);
	b.seed = o->seed;
	if (o->leaves > 0)
	{
		b.tree.max_leaves = (uint32) o->leaves;
		b.tree.max_depth = CRM_BOOST_MAX_DEPTH;
	}
	if (o->depth > 0)
		b.tree.max_depth = (uint32) o->depth;
	if (o->min_leaf > 0)
		b.tree.min_weight = o->min_leaf;
	if (o->learning_rate > 0)
		b.learning_rate = o->learning_rate;
	if (o->subsample > 0)
		b.subsample = o->subsample;
	if (o->colsample > 0)
		b.colsample = o->colsample;
	b.tree.l1 = o->l1;
	if (o->l2 >= 0)
		b.tree.l2 = o->l2;
	class_weights(fit, &b.weight_true, &b.weight_false);
	return b;
}

/* Every step-th row of bins, labels and folds, for tuning on large data. */
static CrmBins
thin_bins(TreeFit *tf, uint32 step, const uint8 **thin_labels,
		  const uint8 **thin_folds)
{
	CrmBins		thin = tf->bins;
	Size		p = thin.n_features;
	uint32		n = (thin.n_rows - 1) / step + 1;
	uint8	   *columns = crm_fit_alloc(tf->fit, p * n, 1);
	uint8	   *tiles = crm_fit_alloc(tf->fit, p * n, 1);
	uint8	   *labels = crm_fit_alloc(tf->fit, n, 1);
	uint8	   *folds = crm_fit_alloc(tf->fit, n, 1);

	for (uint32 i = 0; i < n; i++)
	{
		labels[i] = tf->fit->labels[(Size) i * step];
		folds[i] = tf->folds[(Size) i * step];
	}
	*thin_labels = labels;
	*thin_folds = folds;
	must(crm_bins_thin(thin.columns, thin.n_rows, thin.n_features, step,
					   &tf->poll, columns));
	must(crm_bins_tile(columns, n, thin.n_features, &tf->poll, tiles));
	thin.n_rows = n;
	thin.columns = columns;
	thin.tiles = tiles;
	return thin;
}

static void
free_thin(const CrmBins *thin, const uint8 *labels, const uint8 *folds)
{
	pfree(unconstify(uint8 *, thin->columns));
	pfree(unconstify(uint8 *, thin->tiles));
	pfree(unconstify(uint8 *, labels));
	pfree(unconstify(uint8 *, folds));
}

/* What the options leave open: depth and rounds. */
static void
tune(TreeFit *tf, CrmBoostOptions *options, CrmBoostTuning *tuning)
{
	Fit		   *fit = tf->fit;
	CrmBins		bins = tf->bins;
	const uint8 *labels = fit->labels;
	const uint8 *folds;
	void	   *work;

	tf->phase = "choosing depth and rounds";
	make_folds(tf, tuning->n_folds);
	folds = tf->folds;
	if (fit->n > CRM_BOOST_TUNE_ROWS)
		bins = thin_bins(tf, (fit->n - 1) / CRM_BOOST_TUNE_ROWS + 1, &labels,
						 &folds);
	work = crm_fit_alloc(fit, crm_boost_tune_size(&bins, options, tuning), 1);
	must(crm_boost_tune(tuning, &bins, labels, folds, options, &tf->poll,
						work));
	pfree(work);
	if (bins.columns != tf->bins.columns)
		free_thin(&bins, labels, folds);
	pfree(tf->folds);
	fit->model.trees.has_loss = true;
	fit->model.trees.loss = tuning->loss;
}

/* Rounds, with options->tree.max_depth set to the depth chosen. */
static uint32
choose_rounds(TreeFit *tf, CrmBoostOptions *options)
{
	static const uint32 depths[] = {3, 6};
	const Fit  *fit = tf->fit;
	const CrmFitOptions *o = fit->ds->options;
	bool		fixed = o->depth > 0 || o->leaves > 0;
	uint32		few = Min(fit->n_positive, fit->n - fit->n_positive);
	CrmBoostTuning tuning = {0};

	if (fixed && o->trees > 0)
		return (uint32) o->trees;
	if (few < TUNE_ROWS_PER_CLASS)
	{
		if (!fixed)
			options->tree.max_depth = UNTUNED_DEPTH;
		return o->trees > 0 ? (uint32) o->trees : UNTUNED_ROUNDS;
	}
	tuning.depths = fixed ? &options->tree.max_depth : depths;
	tuning.n_depths = fixed ? 1 : lengthof(depths);
	tuning.max_rounds = o->trees > 0 ? (uint32) o->trees : CRM_BOOST_ROUNDS;
	tuning.patience = CRM_BOOST_PATIENCE;
	tuning.n_folds = o->folds > 0 ? (uint32) o->folds : CRM_BOOST_FOLDS;
	tuning.used_folds = o->folds > 0 || fit->n < 20000 ? tuning.n_folds :
		fit->n < 100000 ? 2 : 1;
	tune(tf, options, &tuning);
	return o->trees > 0 ? (uint32) o->trees : tuning.rounds;
}

static void
fit_boost(TreeFit *tf)
{
	Fit		   *fit = tf->fit;
	CrmBoostOptions options = boost_options(fit);
	uint32		rounds = choose_rounds(tf, &options);
	void	   *work = crm_fit_alloc(fit, crm_boost_size(&tf->bins, &options),
									 1);
	CrmBoost	boost;

	begin_trees(tf, rounds, "boosting");
	crm_boost_init(&boost, &tf->bins, fit->labels, NULL, CRM_NO_FOLD, &options,
				   &tf->poll, work);
	for (uint32 i = 0; i < rounds; i++)
	{
		must(crm_boost_round(&boost));
		add_tree(tf, &boost.learner);
	}
	fit->model.trees.kind = CRM_ENSEMBLE_SUM;
	fit->model.trees.base = boost.base + crm_boost_shift(&boost);
	pfree(work);
}

static void
fit_forest(TreeFit *tf)
{
	Fit		   *fit = tf->fit;
	const CrmFitOptions *o = fit->ds->options;
	uint32		n_trees = o->trees > 0 ? (uint32) o->trees : FOREST_TREES;
	CrmForestOptions options;
	CrmForest	forest;
	void	   *work;

	crm_forest_defaults(&options, fit->n, fit->model.n_features);
	options.seed = o->seed;
	if (o->depth > 0)
		options.tree.max_depth = (uint32) o->depth;
	if (o->min_leaf > 0)
		options.tree.min_weight = o->min_leaf;
	if (o->subsample > 0)
		options.subsample = o->subsample;
	if (o->colsample > 0)
		options.tree.features_per_split =
			(uint32) ceil(o->colsample * fit->model.n_features);
	class_weights(fit, &options.weight_true, &options.weight_false);
	work = crm_fit_alloc(fit, crm_forest_size(&tf->bins, &options), 1);
	begin_trees(tf, n_trees, "growing");
	crm_forest_init(&forest, &tf->bins, fit->labels, &options, &tf->poll, work);
	for (uint32 i = 0; i < n_trees; i++)
	{
		must(crm_forest_tree(&forest));
		add_tree(tf, &forest.learner);
	}
	fit->model.trees.kind = CRM_ENSEMBLE_MEAN;
	fit->model.trees.has_loss =
		crm_forest_outside_loss(&forest, &fit->model.trees.loss);
	crm_forest_importance(&forest, tf->builder.importance);
	pfree(work);
}

static void
fit_decision(TreeFit *tf)
{
	Fit		   *fit = tf->fit;
	const CrmFitOptions *o = fit->ds->options;
	CrmDecisionOptions options;
	CrmDecision decision;
	void	   *work;

	crm_decision_defaults(&options, fit->n);
	options.seed = o->seed;
	if (o->depth > 0)
		options.tree.max_depth = (uint32) o->depth;
	if (o->min_leaf > 0)
		options.tree.min_weight = o->min_leaf;
	if (o->folds > 0)
		options.n_folds = (uint32) o->folds;
	class_weights(fit, &options.weight_true, &options.weight_false);
	make_folds(tf, options.n_folds);
	work = crm_fit_alloc(fit, crm_decision_size(&tf->bins, &options), 1);
	tf->phase = "growing and pruning";
	crm_decision_init(&decision, &tf->bins, fit->labels, &options, &tf->poll,
					  work);
	must(crm_decision_fit(&decision, tf->folds));
	begin_trees(tf, 1, "done");
	add_tree(tf, &decision.learner);
	fit->model.trees.kind = CRM_ENSEMBLE_MEAN;
	fit->model.trees.has_loss = true;
	fit->model.trees.loss = decision.loss;
	pfree(work);
}

void
crm_fit_trees(Fit *fit)
{
	TreeFit    *tf = fit->tree;
	CrmEnsemble *trees = &fit->model.trees;

	finish_bins(tf);
	tf->builder.importance = crm_fit_alloc(fit, fit->model.n_features,
										   sizeof(double));
	if (fit->model.algorithm == CRM_GBM)
		fit_boost(tf);
	else if (fit->model.algorithm == CRM_FOREST)
		fit_forest(tf);
	else
		fit_decision(tf);
	crm_progress_end(&tf->progress);
	trees->n_features = fit->model.n_features;
	trees->importance = tf->builder.importance;
	trees->n_trees = tf->builder.n_trees;
	trees->starts = tf->builder.starts;
	trees->nodes = tf->builder.nodes;
	trees->sets = tf->builder.sets;
	if (crm_ensemble_text_bound(trees) > CRM_ENSEMBLE_MAX_TEXT)
		too_large();
}
