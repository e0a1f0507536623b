/*
 * explain_test.c
 *		Unit tests of core/explain: contributions that add up to the score.
 */
#include "explain.h"

#include "trees.h"
#include "unit.h"

static const char digits[] = "00010203040506070809101112131415161718192021222324"
"25262728293031323334353637383940";

/* Labels for the categories of the trees' data. */
static void
name_levels(TreesData *d)
{
	for (int f = 0; f < TREES_FEATURES; f++)
	{
		CrmLevel   *levels = calloc(trees_levels[f] + 1, sizeof *levels);

		for (uint32_t i = 0; i < trees_levels[f]; i++)
			levels[i].label = crm_string(digits + 2 * i, 2);
		d->features[f].levels = levels;
	}
}

static double
total(const CrmExplanation *x, uint32_t n)
{
	double		sum = x->base + x->rest;

	for (uint32_t f = 0; f < n; f++)
		sum += x->contributions[f];
	return sum;
}

static bool
stop_at_once(void *arg)
{
	++*(int *) arg;
	return true;
}

/* The largest gap over some rows between what it adds up to and the score. */
static double
largest_gap(const CrmModel *m, const TreesData *d)
{
	CrmArena	arena = {malloc(crm_scorer_size(m)), crm_scorer_size(m), 0};
	void	   *work = malloc(crm_explain_size(m));
	CrmScorer	scorer;
	double		gap = 0;
	int			polls = 0;
	CrmPoll		poll = {stop_at_once, &polls};

	crm_scorer_init(&scorer, m, &arena);
	for (uint32_t i = 0; i < 50; i++)
	{
		double		row[TREES_FEATURES];
		double		phi[TREES_FEATURES];
		CrmExplanation x = {.contributions = phi};
		double		p;

		trees_row(d, i, row);
		p = crm_scorer_probability(&scorer, row);
		if (!crm_explain(&scorer, row, work, NULL, &x))
			gap = INFINITY;
		gap = fmax(gap, fabs(total(&x, m->n_features) - log(p / (1 - p))));
		if (m->calibration.kind != CRM_CALIBRATION_ISOTONIC &&
			p > 0.001 && p < 0.999 && x.rest != 0)
			gap = INFINITY;
		if (i == 0 && (crm_explain(&scorer, row, work, &poll, &x) || polls != 1))
			gap = INFINITY;
	}
	free(work);
	free(arena.base);
	return gap;
}

/* Groups that shift beside the trees. */
static void
pool_one(CrmModel *m, CrmFeature *features)
{
	static double shifts[64];
	uint32_t	f = 0;

	while (features[f].kind != CRM_CATEGORICAL)
		f++;
	features[f].pooled = true;
	m->pool.present = true;
	m->pool.feature = f;
	m->pool.n_shifts = features[f].n_levels;
	m->pool.shifts = shifts;
	for (uint32_t i = 0; i < features[f].n_levels; i++)
		shifts[i] = i * 0.125 - 0.5;
}

static void
test_trees(void)
{
	static const double knots_x[] = {0.1, 0.4, 0.8};
	static const double knots_y[] = {0, 0.5, 1};
	TreesData  *d = trees_data(1000, 5);
	CrmBoostOptions options;
	TreesModel	t;
	CrmModel	m = {.algorithm = CRM_GBM,.n = 1000,.base_rate = 0.5,
	.n_features = TREES_FEATURES};

	crm_boost_defaults(&options);
	name_levels(d);
	trees_boost(&t, d, &options, 10, NULL);
	m.features = d->features;
	m.trees = t.ensemble;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.algorithm = CRM_XGBOOST;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.algorithm = CRM_GBM;
	m.calibration.kind = CRM_CALIBRATION_PLATT;
	m.calibration.slope = 0.7;
	m.calibration.intercept = 0.2;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.calibration.kind = CRM_CALIBRATION_ISOTONIC;
	m.calibration.n_points = 3;
	m.calibration.x = knots_x;
	m.calibration.y = knots_y;
	CHECK(largest_gap(&m, d) < 1e-12);
	/* leaves as probabilities: what is left of them after a squeeze */
	for (uint32_t i = 0; i < t.builder.n_nodes; i++)
		if (t.builder.nodes[i].child == 0)
			t.builder.nodes[i].value = 1 / (1 + expf(-8 * t.builder.nodes[i].value));
	m.algorithm = CRM_FOREST;
	m.trees.kind = CRM_ENSEMBLE_MEAN;
	m.trees.base = 0;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.calibration.kind = CRM_CALIBRATION_PLATT;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.calibration.kind = CRM_CALIBRATION_NONE;
	CHECK(largest_gap(&m, d) < 1e-12);
	pool_one(&m, d->features);
	CHECK(largest_gap(&m, d) < 1e-12);
	m.algorithm = CRM_GBM;
	m.trees.kind = CRM_ENSEMBLE_SUM;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.calibration.kind = CRM_CALIBRATION_ISOTONIC;
	CHECK(largest_gap(&m, d) < 1e-12);
	m.calibration.kind = CRM_CALIBRATION_NONE;
	m.algorithm = CRM_FOREST;
	m.trees.kind = CRM_ENSEMBLE_MEAN;
	/* all alike: the prediction is the expectation */
	for (uint32_t i = 0; i < t.builder.n_nodes; i++)
		if (t.builder.nodes[i].child == 0)
			t.builder.nodes[i].value = 0.25f;
	CHECK(largest_gap(&m, d) < 1e-12);
	for (int f = 0; f < TREES_FEATURES; f++)
		free((void *) d->features[f].levels);
	trees_model_free(&t);
	trees_free(d);
}

/* 8 of 10 values known, mean 3, sd 2; labels a, b with 4 and 5, 1 other. */
static void
test_linear(void)
{
	static const CrmLevel levels[] = {{{"a", 1}, 4}, {{"b", 1}, 5}};
	static const CrmFeature features[] = {
		{.name = {"x", 1},.kind = CRM_NUMERIC,.type = CRM_TYPE_NUMBER,.missing = 2,
		.mean = 3,.sd = 2,.min = 0,.max = 6},
		{.name = {"c", 1},.kind = CRM_CATEGORICAL,.type = CRM_TYPE_TEXT,
		.n_levels = 2,.levels = levels,.other = 1}
	};
	static const double b[] = {0.5, -1, 0.8, -0.4};
	CrmModel	m = {.algorithm = CRM_LOGISTIC,.n = 10,.base_rate = 0.5,
		.n_features = 2,.features = features,
	.logistic = {.intercept = 0.1,.n_columns = 4,.coefficients = b}};
	CrmArena	arena = {malloc(crm_scorer_size(&m)), crm_scorer_size(&m), 0};
	CrmScorer	scorer;
	double		phi[2];
	double		importance[2];
	double		row[2] = {5, 1};
	CrmExplanation x = {.contributions = phi};

	CHECK(crm_scorer_init(&scorer, &m, &arena));
	CHECK(crm_explain(&scorer, row, NULL, NULL, &x));
	/* known values add 1.5 on average, missing ones 0.5 * 3 - 1 */
	CHECK_NEAR(phi[0], 2.5 - (8 * 1.5 + 2 * 0.5) / 10, 1e-12);
	CHECK_NEAR(phi[1], 0.8 - (5 * 0.8 - 0.4) / 10, 1e-12);
	CHECK_NEAR(total(&x, 2), 0.1 + 2.5 + 0.8, 1e-12);
	CHECK_NEAR(x.rest, 0, 0);
	crm_importance(&scorer, importance);
	/* eight of variance 1 around 1.5, two at 0.5; the mean is 1.3 */
	CHECK_NEAR(importance[0],
			   sqrt((8 * (1 + 0.04) + 2 * 0.64) / 10), 1e-12);
	CHECK_NEAR(importance[1], sqrt((4 * 0.36 * 0.36 + 5 * 0.44 * 0.44 +
									0.76 * 0.76) / 10), 1e-12);
	/* a score at its limit: the rest takes what is cut off */
	row[0] = 100;
	CHECK(crm_explain(&scorer, row, NULL, NULL, &x));
	CHECK_NEAR(total(&x, 2), log(0.9999 / 0.0001), 1e-9);
	CHECK(x.rest < -30);
	free(arena.base);
}

int
main(void)
{
	test_trees();
	test_linear();
	return unit_done();
}
