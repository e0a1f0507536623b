/*
 * counts_test.c
 *		Naive Bayes and rates by stage, by hand.
 */
#include "counts.h"

#include <math.h>

#include "float_text.h"
#include "model_text.h"
#include "unit.h"

static const CrmLevel stages[] = {{{"A", 1}, 3}, {{"B", 1}, 4}};
static const double cuts[] = {10, 20, 20};

static CrmModel
make_model(uint64_t *won, uint64_t *lost, uint8_t *roles, CrmFeature *f)
{
	CrmModel	m;

	memset(&m, 0, sizeof m);
	memset(f, 0, 2 * sizeof *f);
	f[0].name = crm_word("stage");
	f[0].kind = CRM_CATEGORICAL;
	f[0].type = CRM_TYPE_TEXT;
	f[0].n_levels = 2;
	f[0].levels = stages;
	f[0].missing = 1;
	f[1].name = crm_word("x");
	f[1].kind = CRM_NUMERIC;
	f[1].type = CRM_TYPE_NUMBER;
	f[1].n_quantiles = 3;
	f[1].quantiles = cuts;
	f[1].max = 30;
	m.algorithm = CRM_NAIVE_BAYES;
	m.n = 8;
	m.n_positive = 3;
	m.base_rate = 0.375;
	m.n_features = 2;
	m.features = f;
	m.counts.smoothing = 0.5;
	m.counts.roles = roles;
	m.counts.n_cells = 7;
	m.counts.won = won;
	m.counts.lost = lost;
	return m;
}

static void
test_contributions(void)
{
	uint64_t	won[] = {2, 1, 0, 0, 1, 0, 2};
	uint64_t	lost[] = {1, 3, 1, 4, 1, 0, 0};
	uint8_t		roles[] = {CRM_COUNT_LIKELIHOOD, CRM_COUNT_LIKELIHOOD};
	CrmFeature	f[2];
	CrmModel	m = make_model(won, lost, roles, f);
	double		c[4];

	CHECK(crm_model_check(&m));
	CHECK_NEAR(crm_counts_prior(&m), log(3.5 / 5.5), 1e-12);
	crm_counts_contributions(&m, 0, 0, c);
	CHECK_NEAR(c[0], log(2.5 / 4.5) - log(1.5 / 6.5), 1e-12);
	CHECK_NEAR(c[1], log(1.5 / 4.5) - log(3.5 / 6.5), 1e-12);
	CHECK_NEAR(c[2], log(0.5 / 4.5) - log(1.5 / 6.5), 1e-12);
	m.counts.skip_missing = true;
	crm_counts_contributions(&m, 0, 0, c);
	CHECK_NEAR(c[0], log(2.5 / 4) - log(1.5 / 5), 1e-12);
	CHECK_NEAR(c[2], 0, 0);
	/* the empty cell is no cell: 3 are smoothed */
	crm_counts_contributions(&m, 1, 3, c);
	CHECK_NEAR(c[0], log(0.5 / 4.5) - log(4.5 / 6.5), 1e-12);
	CHECK_NEAR(c[2], 0, 0);
	m.counts.min_count = 3;
	crm_counts_contributions(&m, 1, 3, c);
	CHECK_NEAR(c[1], 0, 0);
	CHECK_NEAR(c[3], 0, 0);
	m.counts.min_count = 0;
	m.counts.smoothing = 0;
	crm_counts_contributions(&m, 1, 3, c);
	CHECK(isfinite(c[0]) && isfinite(c[3]) && c[3] > 10);
}

static void
test_prior(void)
{
	uint64_t	won[] = {2, 1, 0, 0, 1, 0, 2};
	uint64_t	lost[] = {1, 3, 1, 4, 1, 0, 0};
	uint8_t		roles[] = {CRM_COUNT_PRIOR, CRM_COUNT_LIKELIHOOD};
	CrmFeature	f[2];
	CrmModel	m = make_model(won, lost, roles, f);
	double		c[3];
	double		p = 3.0 / 8;

	m.counts.smoothing = 0;
	m.counts.strength = 5;
	crm_counts_contributions(&m, 0, 0, c);
	CHECK_NEAR(c[0], log((2 + 5 * p) / (1 + 5 * (1 - p))) - log(3.0 / 5), 1e-12);
	m.counts.strength = CRM_COUNTS_MAX_STRENGTH;
	crm_counts_contributions(&m, 0, 0, c);
	CHECK_NEAR(c[0], 0, 1e-7);
}

static void
test_reached(void)
{
	uint64_t	won[] = {0, 1, 2};
	uint64_t	lost[] = {4, 1, 0};

	crm_counts_reached(won, lost, 3);
	CHECK_INT(won[0], 3);
	CHECK_INT(won[2], 3);
	CHECK_INT(lost[0], 5);
	CHECK_INT(lost[1], 1);
	CHECK_INT(lost[2], 0);
	CHECK_INT(crm_count_bin(cuts, 3, 9), 0);
	CHECK_INT(crm_count_bin(cuts, 3, 10), 1);
	CHECK_INT(crm_count_bin(cuts, 3, 20), 3);
}

/* Bytes and text, and what does not fit together. */
static void
test_forms(void)
{
	uint64_t	won[] = {2, 1, 0, 0, 1, 0, 2};
	uint64_t	lost[] = {1, 3, 1, 4, 1, 0, 0};
	uint8_t		roles[] = {CRM_COUNT_REACHED, CRM_COUNT_LIKELIHOOD};
	CrmFeature	f[2];
	CrmModel	m = make_model(won, lost, roles, f);
	static uint8_t bytes[2][1000];
	static char text[4000];
	static double room[20000];
	CrmArena	arena = {(char *) room, sizeof room, 0};
	CrmModel	back;
	CrmError	error;
	CrmScorer	scorer;
	double		row[2] = {1, 25};
	size_t		n = crm_model_encode(&m, bytes[0], sizeof bytes[0]);

	CHECK(n > 0 && crm_model_decode(bytes[0], n, &arena, &back));
	CHECK_INT(crm_model_encode(&back, bytes[1], sizeof bytes[1]), n);
	CHECK(memcmp(bytes[0], bytes[1], n) == 0);
	for (size_t i = 0; i < n; i++)
	{
		arena.used = 0;
		CHECK(!crm_model_decode(bytes[0], i, &arena, &back));
	}
	n = crm_model_print(&m, &libc_float_text, text, sizeof text);
	arena.used = 0;
	CHECK(n > 0 && crm_model_parse(text, n, true, &libc_float_text, &arena,
								   &back, &error));
	CHECK_INT(crm_model_encode(&back, bytes[1], sizeof bytes[1]),
			  crm_model_encode(&m, bytes[0], sizeof bytes[0]));
	CHECK(crm_scorer_init(&scorer, &m, &arena));
	CHECK_NEAR(crm_scorer_margin(&scorer, row), log(3.5 / 5.5) +
			   log(1.5 / 2.5) - log(3.5 / 3.5) +
			   log(2.5 / 4.5) - log(0.5 / 6.5), 1e-12);
	won[0] = 4;
	CHECK(!crm_model_check(&m));
	won[0] = 2;
	roles[0] = 4;
	CHECK(!crm_model_check(&m));
	roles[0] = CRM_COUNT_LIKELIHOOD;
	m.counts.n_cells = 6;
	CHECK(!crm_model_check(&m));
	m.counts.n_cells = 7;
	m.counts.smoothing = NAN;
	CHECK(!crm_model_check(&m));
	m.counts.smoothing = 1;
	m.algorithm = CRM_STAGE_PRIOR;
	CHECK(!crm_model_check(&m));
}

int
main(void)
{
	test_contributions();
	test_prior();
	test_reached();
	test_forms();
	return unit_done();
}
