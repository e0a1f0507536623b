/*
 * flow_chain_test.c
 *		Unit tests of the chain over a stage_flow: chances to win, and times.
 */
#include <stdlib.h>

#include "flow_chain.h"
#include "unit.h"

#define DAY INT64_C(86400000000)

/* A flow built move by move, in order of (from, to, duration). */
typedef struct Made
{
	CrmFlow		flow;
	CrmStage	stages[8];
	CrmFlowPair pairs[40];
	CrmBucket	buckets[40000];
} Made;

static Made made;

static void
begin(CrmFlowKind kind, const char *const *names, uint32_t n)
{
	CrmError	error;

	memset(&made, 0, sizeof made);
	made.flow.basis.kind = kind;
	made.flow.basis.parameter = kind == CRM_FLOW_STEPS ? DAY : 0;
	made.flow.stages = made.stages;
	made.flow.pairs = made.pairs;
	made.flow.buckets = made.buckets;
	made.flow.n_stages = n;
	for (uint32_t i = 0; i < n; i++)
	{
		if (!crm_stage_parse(names[i], strlen(names[i]), &made.stages[i],
							 &error))
			abort();
	}
}

static void
moves(uint8_t from, uint8_t to, uint64_t n, int64_t duration)
{
	CrmFlow    *flow = &made.flow;
	CrmFlowPair *p = made.pairs + flow->n_pairs;
	int32_t		bucket = crm_duration_bucket(duration);

	if (n == 0)
		return;
	if (flow->n_pairs > 0 && p[-1].from == from && p[-1].to == to)
		p--;
	else
	{
		flow->n_pairs++;
		p->from = from;
		p->to = to;
		p->first = flow->n_buckets;
	}
	p->n += n;
	if (!crm_flow_timed(flow->basis))
		return;
	for (uint64_t i = 0; i < n; i++)
		crm_int128_add(&p->time, crm_int128(duration));
	if (p->n_buckets == 0 || made.buckets[flow->n_buckets - 1].bucket != bucket)
	{
		made.buckets[flow->n_buckets++].bucket = bucket;
		p->n_buckets++;
	}
	made.buckets[flow->n_buckets - 1].count += n;
}

static double chain_work[50000];
static double solve_work[2000];

static bool
solve(CrmFlowChain *chain, uint32_t stage, CrmFlowAnswer *answer)
{
	crm_chain_init(chain, &made.flow, chain_work);
	if (crm_chain_solve_size(chain) > 2000 ||
		crm_chain_steps_size(chain) > 2000)
		abort();
	return crm_chain_solve(chain, stage, solve_work, answer);
}

static bool
win_within(uint32_t stage, int64_t horizon, int64_t elapsed, double *win)
{
	CrmFlowChain chain;
	CrmFlowGrid grid;
	uint32_t   *first = malloc((made.flow.n_pairs + 1) * sizeof(uint32_t));
	CrmLag	   *lags;
	double	   *doubles;
	bool		good;

	crm_chain_init(&chain, &made.flow, chain_work);
	lags = malloc(crm_grid_lags(&chain) * sizeof(CrmLag));
	doubles = malloc(crm_grid_doubles(&chain) * sizeof(double));
	good = crm_grid_begin(&grid, &chain, horizon, first, lags, doubles);
	while (good && crm_grid_next(&grid))
		;
	good = good && crm_grid_win(&grid, stage, elapsed, win);
	free(first);
	free(lags);
	free(doubles);
	return good;
}

static const char *const pipeline[] = {"1:Lead", "2:Qual", "3:Prop", "4:Neg",
"won:Won", "lost:Lost"};

/* Weekly counts; the answers are those of a 40-digit solver. */
static void
weekly(void)
{
	static const int counts[4][6] = {
		{500, 180, 20, 0, 0, 300}, {15, 300, 160, 25, 0, 100},
	{0, 20, 200, 130, 10, 90}, {0, 0, 15, 120, 110, 55}};

	begin(CRM_FLOW_STEPS, pipeline, 6);
	for (uint8_t i = 0; i < 4; i++)
	{
		for (uint8_t j = 0; j < 6; j++)
			moves(i, j, (uint64_t) counts[i][j], 0);
	}
}

static void
test_golden(void)
{
	static const double win[] = {.11338553, .27088908, .39663649, .64416415};
	static const double weeks[] = {3.56637295, 4.00411429, 3.12229527,
	1.92685794};
	CrmFlowChain chain;
	CrmFlowAnswer answer;
	double		within;

	weekly();
	for (uint32_t i = 0; i < 4; i++)
	{
		CHECK(solve(&chain, i, &answer));
		CHECK_NEAR(answer.win, win[i], 5e-9);
		CHECK_NEAR(answer.moves, weeks[i], 5e-9);
		CHECK(crm_chain_win_in_steps(&chain, i, 1000, solve_work, &within));
		CHECK_NEAR(within, answer.win, 1e-15);
	}
	CHECK(solve(&chain, 4, &answer) && answer.win == 1 && answer.moves == 0);
	CHECK(solve(&chain, 5, &answer) && answer.win == 0);
	CHECK(crm_chain_win_in_steps(&chain, 3, 0, solve_work, &within));
	CHECK_NEAR(within, 0, 0);
	CHECK(crm_chain_win_in_steps(&chain, 3, 1, solve_work, &within));
	CHECK_NEAR(within, 110.0 / 300, 1e-15);
	/* two steps: at once, or after staying, or by way of Prop */
	CHECK(crm_chain_win_in_steps(&chain, 3, 2, solve_work, &within));
	CHECK_NEAR(within, 110.0 / 300 + .4 * 110 / 300 + .05 * 10 / 450, 1e-15);
}

/*
 * By hand: moves at 10 (won), 20 (lost), 30 (won), open at 15 and 40.  Shares
 * .2, then .2 * 4/3: won 7/15, lost 4/15, left 4/15; area under the
 * Kaplan-Meier curve 10 + 8 + 16/3 + 8/3 = 26.
 */
static void
test_censored(void)
{
	static const char *const names[] = {"1:A", "won:W", "lost:L"};
	CrmFlowChain chain;
	CrmFlowAnswer answer;
	double		win;

	begin(CRM_FLOW_JOURNEYS, names, 3);
	moves(0, 1, 1, 10);
	moves(0, 1, 1, 30);
	moves(0, 2, 1, 20);
	moves(0, CRM_FLOW_OPEN, 1, 15);
	moves(0, CRM_FLOW_OPEN, 1, 40);
	CHECK(solve(&chain, 0, &answer));
	CHECK_NEAR(answer.win, 7.0 / 15, 1e-15);
	CHECK_NEAR(chain.left[0], 4.0 / 15, 1e-15);
	CHECK_NEAR(answer.time, 26, 1e-12);
	CHECK_NEAR(answer.moves, 11.0 / 15, 1e-15);
	CHECK(win_within(0, 10, 0, &win));
	CHECK_NEAR(win, .2, 1e-15);
	CHECK(win_within(0, 29, 0, &win));
	CHECK_NEAR(win, .2, 1e-15);
	CHECK(win_within(0, 5, 26, &win));
	CHECK_NEAR(win, .5, 1e-15);
	CHECK(win_within(0, 5, 40, &win));
	CHECK_NEAR(win, 0, 0);
	CHECK(!win_within(0, 5, 41, &win));
}

/* Without open visits: shares of counts, and exact means of long times. */
static void
test_uncensored(void)
{
	CrmFlowChain chain;
	CrmFlowAnswer answer;

	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 3, 7 * DAY + 12345);
	moves(0, 5, 1, 100 * DAY);
	moves(1, 0, 1, DAY);
	moves(1, 4, 3, 2 * DAY);
	CHECK(solve(&chain, 0, &answer));
	/* w = 3/4 * (3/4 + w/4); t = 121/4 + ... in the same way */
	CHECK_NEAR(answer.win, 9.0 / 13, 1e-15);
	CHECK_NEAR(answer.time / (((21 * (double) DAY + 37035 + 100 *
								(double) DAY) / 4 + .75 * 1.75 *
							   (double) DAY) * 16 / 13), 1, 1e-14);
}

static void
test_singular(void)
{
	CrmFlowChain chain;
	CrmFlowAnswer answer;
	double		win;

	/* Prop and Neg only follow each other, Qual is never left */
	begin(CRM_FLOW_COUNTS, pipeline, 6);
	moves(0, 4, 1, 0);
	moves(1, 1, 5, 0);
	moves(2, 3, 5, 0);
	moves(3, 2, 5, 0);
	CHECK(solve(&chain, 0, &answer) && answer.win == 1);
	CHECK(!solve(&chain, 1, &answer));
	CHECK(!solve(&chain, 2, &answer));
	CHECK(!solve(&chain, 3, &answer));
	CHECK(!crm_chain_win_in_steps(&chain, 3, 5, solve_work, &win));

	/* one way out of the cycle, however rare, and every digit is there */
	begin(CRM_FLOW_COUNTS, pipeline, 6);
	moves(2, 2, UINT64_C(1000000000000000), 0);
	moves(2, 3, UINT64_C(1000000000000000), 0);
	moves(3, 2, UINT64_C(1000000000000000), 0);
	moves(3, 4, 1, 0);
	moves(3, 5, 2, 0);
	CHECK(solve(&chain, 2, &answer));
	CHECK_NEAR(answer.win, 1.0 / 3, 1e-15);

	/* journeys: a stage never left has no answer, one before it has */
	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 1, 10);
	moves(0, 4, 1, 10);
	moves(1, CRM_FLOW_OPEN, 1, 5);
	CHECK(solve(&chain, 0, &answer));
	CHECK_NEAR(answer.win, .5, 0);
	CHECK(!solve(&chain, 1, &answer));
	CHECK(win_within(0, 10, 0, &win));
	CHECK_NEAR(win, .5, 0);

	/* around in no time */
	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 1, 0);
	moves(1, 0, 1, 0);
	CHECK(!solve(&chain, 0, &answer));
	CHECK(!win_within(0, 10, 0, &win));
}

/* Times as n quantiles of an exponential distribution. */
static void
exponential(uint8_t from, uint8_t to, int n, double mean)
{
	for (int i = 0; i < n; i++)
		moves(from, to, 1, (int64_t) (-mean * log(1 - (i + .5) / n)));
}

/* Lead to Qual 60 % (mean 10 days), Qual to won 50 % (mean 5 days). */
static double
two_stages(double days)
{
	return .3 * (1 - (.2 * exp(-.1 * days) - .1 * exp(-.2 * days)) / .1);
}

static void
test_horizon(void)
{
	double		worst = 0;
	double		memory = 0;
	double		win;

	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	exponential(0, 1, 6000, 10.0 * DAY);
	exponential(0, 5, 4000, 10.0 * DAY);
	exponential(1, 4, 5000, 5.0 * DAY);
	exponential(1, 5, 5000, 5.0 * DAY);
	for (int days = 1; days < 400; days += days < 40 ? 3 : 40)
	{
		if (!win_within(0, days * DAY, 0, &win))
			abort();
		worst = fmax(worst, fabs(win - two_stages(days)));
		if (!win_within(0, days * DAY, 12 * DAY, &win))
			abort();
		memory = fmax(memory, fabs(win - two_stages(days)));
	}
	printf("# horizon: largest error %.2g, after 12 days in stage %.2g\n",
		   worst, memory);
	CHECK(worst < 1e-3);
	CHECK(memory < 2e-3);

	/* no randomness: 100 and then 50 */
	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 1, 100);
	moves(1, 4, 1, 50);
	CHECK(win_within(0, 150, 0, &win));
	CHECK_NEAR(win, 1, 1e-12);
	CHECK(win_within(0, 149, 0, &win));
	CHECK_NEAR(win, 0, 1e-12);
	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 7, 10 * DAY);
	moves(1, 4, 9, 5 * DAY);
	CHECK(win_within(0, 15 * DAY, 0, &win));
	CHECK_NEAR(win, 1, 1e-12);
	CHECK(win_within(1, 5 * DAY, 0, &win));
	CHECK_NEAR(win, 1, 1e-12);
	CHECK(win_within(0, 14 * DAY, 0, &win));
	CHECK_NEAR(win, 0, 1e-12);
	begin(CRM_FLOW_JOURNEYS, pipeline, 6);
	moves(0, 1, 1, 100);
	moves(1, 4, 1, 50);
	CHECK(win_within(0, 0, 0, &win));
	CHECK_NEAR(win, 0, 0);
	CHECK(win_within(4, 0, 0, &win));
	CHECK_NEAR(win, 1, 0);
}

int
main(void)
{
	test_golden();
	test_censored();
	test_uncensored();
	test_singular();
	test_horizon();
	return unit_done();
}
