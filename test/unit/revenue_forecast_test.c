/*
 * revenue_forecast_test.c
 *		Forecasts without a server: forms, merging, and the sum's distribution.
 *
 * Reference values are from numpy (the sum's characteristic function, inverted
 * by its FFT) and scipy (quadrature over the common factor, the gamma
 * distribution), or from counting all outcomes.
 */
#include "deal_sum.h"
#include "float_text.h"
#include "incomplete_gamma.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#define MOST 100000

static CrmDeal deals[MOST];

static uint64_t seed = 20261122;

static uint32_t
draw(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (seed >> 33) % n;
}

static CrmDeal
deal(double amount, double probability, double deviation)
{
	CrmDeal		d = {(int64_t) rint(amount * 10000), probability, deviation, 1, 0};

	return d;
}

static CrmForecast
forecast(size_t n)
{
	CrmForecast f = {deals, 0, 0};
	CrmDeal    *tail = malloc((n + 1) * sizeof *tail);

	memcpy(tail, deals, n * sizeof *tail);
	crm_deals_sort(tail, n, NULL);
	crm_deals_join(deals, &f.n_deals, tail, n);
	free(tail);
	return f;
}

/* A plan and its distribution, which lives until the next one. */
static CrmSumPlan plan;
static CrmDealSum sum;

static CrmSumWork
work_for(const CrmSumPlan *p)
{
	CrmSumWork	work;

	work.blocks = malloc(crm_sum_room(p) * sizeof(double));
	work.product = malloc(crm_sum_room(p) * sizeof(double));
	work.mixed = malloc(crm_sum_room(p) * sizeof(double));
	work.quantile = malloc((p->f.n_deals + 1) * sizeof(double));
	work.n_shares = malloc((p->f.n_deals + 1) * sizeof(uint32_t));
	work.share = malloc((crm_sum_shares(p) + 1) * sizeof(double));
	work.roots = malloc((crm_sum_transform(p) / 2 + 1) * sizeof(CrmComplex));
	work.transform = malloc(crm_sum_transform(p) * sizeof(CrmComplex));
	return work;
}

static void
free_work(CrmSumWork *work)
{
	free(work->blocks);
	free(work->product);
	free(work->mixed);
	free(work->quantile);
	free(work->n_shares);
	free(work->share);
	free(work->roots);
	free(work->transform);
}

static void
compute(CrmForecast f, double correlation)
{
	static CrmSumWork work;

	free_work(&work);
	CHECK(crm_sum_plan(f, correlation, &plan, NULL));
	work = work_for(&plan);
	CHECK(crm_sum_compute(&plan, &work, &sum, NULL));
}

/* P(sum <= amount) */
static double
below(double amount)
{
	double		cells = (amount * 10000 - (double) plan.base) /
	(double) plan.cell;
	double		p = 0;

	for (uint32_t i = 0; i < sum.n && sum.first + i <= cells; i++)
		p += sum.mass[i];
	return p;
}

static double
mass_at(double amount)
{
	double		cell = (amount * 10000 - (double) plan.base) /
	(double) plan.cell;

	return cell < sum.first || cell >= (double) sum.first + sum.n ? 0 :
		sum.mass[(uint32_t) rint(cell) - sum.first];
}

static double
mean_of_sum(void)
{
	double		mean = 0;

	for (uint32_t i = 0; i < sum.n; i++)
		mean += sum.mass[i] * (sum.first + i);
	return ((double) plan.base + mean * (double) plan.cell) / 10000;
}

static double
all_of_sum(void)
{
	double		all = 0;

	for (uint32_t i = 0; i < sum.n; i++)
		all += sum.mass[i];
	return all;
}

static void
test_convolution(void)
{
	double		a[700];
	double		b[300];
	double		product[999];
	double		want[999];
	static CrmComplex roots[512];
	static CrmComplex work[1024];
	double		worst = 0;

	for (int i = 0; i < 700; i++)
		a[i] = draw(1000) / 1000.;
	for (int i = 0; i < 300; i++)
		b[i] = draw(1000) / 1000.;
	crm_transform_roots(roots, 0, 64);
	crm_transform_roots(roots, 64, 1024);
	CHECK(crm_convolve_transform(a, 700, b, 300, product, roots, work, NULL));
	CHECK(crm_convolve_direct(a, 700, b, 300, want, NULL));
	for (int i = 0; i < 999; i++)
		worst = fmax(worst, fabs(product[i] - want[i]));
	CHECK_NEAR(worst, 0, 1e-11);
	CHECK_INT(crm_transform_length(999), 1024);
	CHECK(crm_convolve_transform(a, 1, b, 1, product, roots, work, NULL));
	CHECK_NEAR(product[0], a[0] * b[0], 1e-15);
}

static void
test_gamma(void)
{
	CHECK_NEAR(crm_gamma_cdf(0.5, 0.3), 0.5614219739190003, 1e-14);
	CHECK_NEAR(crm_gamma_cdf(2.5, 1.0), 0.1508549639153904, 1e-14);
	CHECK_NEAR(crm_gamma_cdf(2.5, 4.0), 0.8437643724222779, 1e-14);
	CHECK_NEAR(crm_gamma_cdf(100, 90), 0.1582209891864301, 1e-13);
	CHECK_NEAR(crm_gamma_cdf(100, 130), 0.9972495916326934, 1e-13);
	CHECK_NEAR(crm_gamma_cdf(9000, 9100), 0.8539953571899366, 1e-11);
	CHECK_NEAR(crm_gamma_cdf(0.01, 0.001), 0.9385706525261288, 1e-13);
	CHECK_NEAR(crm_gamma_cdf(3, 0), 0, 0);
}

/* The eight deals of a published Poisson-binomial example. */
static void
test_eight(void)
{
	static const double P[8] = {.1, .2, .35, .5, .5, .65, .8, .9};
	static const double WANT[9] = {.000819, .01454275, .0870135, .23545725,
	.324335, .23545725, .0870135, .01454275, .000819};
	static const double FACTOR[9] = {0.015365756581, 0.061204180922,
		0.129466636231, 0.188422170151, 0.211082512229, 0.188422170151,
	0.129466636231, 0.061204180922, 0.015365756581};
	CrmForecast f;
	double		variance;

	for (int i = 0; i < 8; i++)
		deals[i] = deal(1, P[i], 0);
	f = forecast(8);
	CHECK_INT((long long) f.n_deals, 7);
	CHECK_INT((long long) crm_forecast_deals(f), 8);
	compute(f, 0);
	CHECK(plan.exact && plan.direct);
	for (int i = 0; i < 9; i++)
		CHECK_NEAR(sum.mass[i], WANT[i], 1e-15);
	CHECK_NEAR(below(3), .3378325, 1e-15);
	CHECK_NEAR(crm_forecast_variance(f), 1.455, 1e-14);
	compute(f, .3);
	for (int i = 0; i < 9; i++)
		CHECK_NEAR(sum.mass[i], FACTOR[i], 1e-11);
	CHECK(crm_sum_variance(&plan, &variance, NULL));
	CHECK_NEAR(variance, 3.005956897342095, 1e-10);
	CHECK_NEAR(mean_of_sum(), 4, 1e-12);
}

/* Tails as published, to relative precision, and by the saddlepoint. */
static void
test_thousand(void)
{
	double		tail;

	for (int i = 1; i <= 1000; i++)
		deals[i - 1] = deal(1, (7919 * i % 1000 + .5) / 1000, 0);
	compute(forecast(1000), 0);
	CHECK_NEAR(below(400) / 5.32558070839e-15, 1, 1e-9);
	CHECK_NEAR(below(430) / 3.48695697113e-8, 1, 1e-9);
	CHECK_NEAR(below(450), 6.21553527244e-5, 1e-15);
	CHECK_NEAR(below(480), .0654214131999, 1e-12);
	CHECK_NEAR(below(500), .515448646954258, 1e-13);
	CHECK_NEAR(below(520), .943888699875, 1e-12);
	CHECK(crm_deal_tail(&plan, 401 * 10000, &tail, NULL));
	CHECK_NEAR(tail, 5.329e-15, 5e-18);
	CHECK(crm_deal_tail(&plan, 431 * 10000, &tail, NULL));
	CHECK_NEAR(tail, 3.486954e-8, 1e-14);
	CHECK(crm_deal_tail(&plan, 521 * 10000, &tail, NULL));
	CHECK_NEAR(tail, 1 - .943888706, 1e-8);
	CHECK(!crm_deal_tail(&plan, 500 * 10000, &tail, NULL));
	CHECK(!crm_deal_tail(&plan, 0, &tail, NULL));
}

static void
test_lattice(void)
{
	for (int i = 1; i <= 1000; i++)
		deals[i - 1] = deal(1 + i * 37 % 97, (7919 * i % 1000 + .5) / 1000, 0);
	compute(forecast(1000), 0);
	CHECK(plan.exact && plan.direct);
	CHECK_INT(plan.cells, 48954);
	CHECK_NEAR(mean_of_sum(), 24621.565, 1e-8);
	CHECK_NEAR(below(23000), 0.0128829969223283, 1e-12);
	CHECK_NEAR(mass_at(23000), 4.56532027205383e-05, 1e-12);
	CHECK_NEAR(below(24500), 0.433891848973383, 1e-12);
	CHECK_NEAR(below(25500), 0.886596392739817, 1e-12);
	/* 1,500,500 cells are too many: a grid, near the exact answer */
	for (int i = 1; i <= 1000; i++)
		deals[i - 1] = deal(1000 + i * 7919 % 1001,
							(7919 * i % 1000 + .5) / 1000, 0);
	compute(forecast(1000), 0);
	CHECK(!plan.exact && !plan.direct);
	CHECK_NEAR(mean_of_sum(), 749991.58, 1e-5);
	CHECK_NEAR(all_of_sum(), 1, 1e-13);
	CHECK(plan.noise < 20);
	CHECK_NEAR(below(689991), 0.0011702904489755, 4e-6);
	CHECK_NEAR(below(749991), 0.500009481170402, 4e-5);
	CHECK_NEAR(below(789991), 0.978718520443447, 6e-6);
	/* in a lattice of 1,000 the same is exact, by transforms */
	for (int i = 1; i <= 1000; i++)
		deals[i - 1] = deal((500 + i * 7919 % 500) * 1000.,
							(7919 * i % 1000 + .5) / 1000, 0);
	compute(forecast(1000), 0);
	CHECK(plan.exact && !plan.direct);
	CHECK_NEAR(mean_of_sum() / crm_forecast_mean_real(plan.f), 1, 1e-12);
}

/* Divide and conquer against one by one, and against all outcomes. */
static void
test_ways(void)
{
	CrmForecast f;
	double	   *one_by_one;
	double		worst = 0;
	double		worst_all = 0;
	uint32_t	first;
	uint32_t	n;

	for (int i = 0; i < 600; i++)
		deals[i] = deal(1 + draw(400), draw(1001) / 1000., 0);
	f = forecast(600);
	compute(f, 0);
	CHECK(plan.exact && plan.direct);
	n = sum.n;
	first = sum.first;
	one_by_one = malloc(n * sizeof(double));
	memcpy(one_by_one, sum.mass, n * sizeof(double));
	CHECK(crm_sum_plan(f, 0, &plan, NULL));
	plan.direct = false;
	{
		CrmSumWork	work = work_for(&plan);

		CHECK(crm_sum_compute(&plan, &work, &sum, NULL));
		for (uint32_t i = 0; i < n; i++)
		{
			int64_t		at = (int64_t) first + i - sum.first;
			double		have = at < 0 || at >= sum.n ? 0 : sum.mass[at];

			worst = fmax(worst, fabs(have - one_by_one[i]));
		}
		free_work(&work);
	}
	CHECK_NEAR(worst, 0, 1e-14);
	free(one_by_one);
	/* all 2^12 outcomes of 12 deals, with certain and hopeless ones */
	for (int i = 0; i < 12; i++)
		deals[i] = deal(draw(50) * .25, i == 3 ? 1 : i == 7 ? 0 :
						draw(1001) / 1000., 0);
	f = forecast(12);
	compute(f, 0);
	for (double t = 0; t < 150; t += .25)
	{
		double		want = 0;
		unsigned	bits = 0;

		for (unsigned i = 0; i < f.n_deals; i++)
			bits += deals[i].count;
		for (unsigned outcome = 0; outcome < 1u << bits; outcome++)
		{
			double		p = 1;
			double		all = 0;
			unsigned	bit = 0;

			for (unsigned i = 0; i < f.n_deals; i++)
				for (unsigned k = 0; k < deals[i].count; k++, bit++)
				{
					bool		won = (outcome >> bit & 1) != 0;

					p *= won ? deals[i].probability :
						1 - deals[i].probability;
					all += won ? (double) deals[i].amount / 10000 : 0;
				}
			want += all <= t ? p : 0;
		}
		worst_all = fmax(worst_all, fabs(below(t) - want));
	}
	CHECK_NEAR(worst_all, 0, 1e-14);
}

static void
test_uncertain(void)
{
	deals[0] = deal(100, .5, 50);
	compute(forecast(1), 0);
	CHECK(!plan.exact);
	/* .5 + .5 gamma.cdf(t / 25, 4) */
	CHECK_NEAR(below(50), 0.5714382697507265, 1e-5);
	CHECK_NEAR(below(100), 0.7832649398166456, 1e-5);
	CHECK_NEAR(below(200), 0.978809944004158, 1e-5);
	CHECK_NEAR(mean_of_sum(), 50, 1e-5);
	CHECK_NEAR(crm_forecast_variance(plan.f), .5 * 2500 + .25 * 10000, 1e-9);
	/* won for certain, the amount not: nothing of it is certain */
	deals[0] = deal(100, 1, 50);
	deals[1] = deal(70, 1, 0);
	compute(forecast(2), 0);
	CHECK_NEAR((double) plan.base, 700000, 0);
	CHECK_NEAR(mean_of_sum(), 170, 1e-4);
	CHECK_NEAR(below(170), 2 * (0.7832649398166456 - .5), 1e-5);
	/* a very small spread is normal */
	deals[0] = deal(100, 1, .1);
	compute(forecast(1), 0);
	CHECK_NEAR(below(100.1), .8413447460685429, 1e-3);
	CHECK_NEAR(mean_of_sum(), 100, 1e-6);
}

/* Two of one scale: given the factor they are independent. */
static void
test_uncertain_together(void)
{
	clock_t		start;
	double		variance;

	deals[0] = deal(100, .5, 50);
	deals[1] = deal(150, .3, 61.2372435695794);
	compute(forecast(2), .3);
	CHECK(crm_sum_variance(&plan, &variance, NULL));
	CHECK_NEAR(variance, 10862.3304219132, 1e-6);
	CHECK_NEAR(mean_of_sum(), 95, 1e-4);
	CHECK_NEAR(below(50), 0.437869070428044, 2e-4);
	CHECK_NEAR(below(150), 0.729384418997076, 2e-4);
	CHECK_NEAR(below(300), 0.9505409310241, 2e-4);
	/* what an amount falls to is found once, not at each of the values */
	for (int i = 0; i < 4000; i++)
		deals[i] = deal(1000 + i * 7 + i % 13, (i * 37 % 91 + 5) / 100., 300 + i);
	start = clock();
	compute(forecast(4000), .05);
	CHECK((double) (clock() - start) / CLOCKS_PER_SEC < 8);
	CHECK_NEAR(mean_of_sum() / crm_forecast_mean_real(plan.f), 1, 1e-7);
	CHECK_NEAR(all_of_sum(), 1, 1e-12);
}

static void
test_many(void)
{
	CrmForecast f;
	double		variance = 0;
	double		mean;
	double		deviation;

	for (int i = 0; i < MOST; i++)
		deals[i] = deal(10 + draw(1000000) / 10., draw(1001) / 1000., 0);
	f = forecast(MOST);
	compute(f, 0);
	mean = mean_of_sum();
	deviation = sqrt(crm_forecast_variance(f));
	CHECK_NEAR(mean / crm_forecast_mean_real(f), 1, 1e-12);
	for (uint32_t i = 0; i < sum.n; i++)
	{
		double		d = ((double) plan.base +
						 (sum.first + i) * (double) plan.cell) / 10000 - mean;

		variance += sum.mass[i] * d * d;
	}
	/* what the cells add is what is reported */
	CHECK_NEAR(variance / (deviation * deviation + plan.noise * plan.noise),
			   1, 1e-9);
	CHECK(plan.noise < .07 * deviation);
	CHECK_NEAR(below(mean), .5, .002);
	CHECK_NEAR(below(mean + deviation), .8413447460685429, .002);
}

static void
test_no_deals(void)
{
	CrmForecast f = {deals, 0, 3};

	compute(f, 0);
	CHECK_INT(sum.n, 1);
	CHECK_NEAR(sum.mass[0], 1, 0);
	compute(f, .5);
	CHECK_NEAR(all_of_sum(), 1, 1e-15);
	deals[0] = deal(0, .5, 0);
	deals[1] = deal(5, 1, 0);
	deals[2] = deal(9, 0, 0);
	compute(forecast(3), 0);
	CHECK_NEAR((double) plan.base, 50000, 0);
	CHECK_INT(sum.n, 1);
}

static bool
stop_at_once(void *arg)
{
	++*(int *) arg;
	return true;
}

static void
test_stop(void)
{
	int			asked = 0;
	CrmPoll		poll = {stop_at_once, &asked};
	CrmSumWork	work;
	CrmForecast f;

	for (int i = 0; i < 20000; i++)
		deals[i] = deal(10 + draw(1000000) / 10., draw(1001) / 1000., 0);
	f = forecast(20000);
	CHECK(crm_sum_plan(f, 0, &plan, NULL));
	work = work_for(&plan);
	CHECK(!crm_sum_compute(&plan, &work, &sum, &poll));
	CHECK_INT(asked, 1);
	free_work(&work);
	/* nor does laying out wait, nor does one amount in many cells */
	CHECK(!crm_sum_plan(f, 0, &plan, &poll));
	CHECK_INT(asked, 2);
	deals[0] = deal(100, .5, 50);
	CHECK(crm_sum_plan(forecast(1), 0, &plan, NULL));
	work = work_for(&plan);
	CHECK(!crm_sum_compute(&plan, &work, &sum, &poll));
	CHECK_INT(asked, 3);
	free_work(&work);
}

/* Exact where a sum of rounded products is not. */
static void
test_mean(void)
{
	CrmInt128	mean;
	CrmForecast f;

	for (int i = 0; i < 10; i++)
		deals[i] = deal(.0005 + i, .1, 0);
	f = forecast(10);
	mean = crm_forecast_mean(f);
	CHECK_INT((long long) mean.lo, 45005);
	deals[0] = deal(0, .25, 0);
	deals[0].amount = INT64_MAX;
	deals[0].count = CRM_FORECAST_MAX_DEALS;
	f.deals = deals;
	f.n_deals = 1;
	mean = crm_forecast_mean(f);
	/* (2^63 - 1) 10^7 / 4 = 23058430092136939517500000, rounded */
	CHECK_INT(mean.hi, 1249999);
	CHECK_INT((long long) mean.lo, -2500000);
	deals[0].count = 1000;
	compute(f, 0);
	CHECK(plan.exact);
	CHECK_NEAR(all_of_sum(), 1, 1e-12);
}

static void
test_forms(void)
{
	static CrmDeal back[400];
	static char text[40000];
	static uint8_t bytes[20000];
	CrmForecast f;
	CrmForecast g;
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmError	error;
	CrmForecast a = {deals, 0, 0};

	for (int i = 0; i < 300; i++)
		deals[i] = deal(draw(20) * .5, draw(5) / 4., 0);
	f = forecast(300);
	f.ignored = 7;
	CHECK(crm_forecast_check(f, &error));
	crm_forecast_print(&json, f, &libc_float_text);
	CHECK(crm_forecast_parse(text, json.out.at, true, &libc_float_text, back,
							 &g, &error));
	CHECK_BYTES(g.deals, g.n_deals * sizeof(CrmDeal), f.deals,
				f.n_deals * sizeof(CrmDeal));
	CHECK_INT((long long) g.ignored, 7);
	crm_forecast_encode(f, &w);
	CHECK(crm_forecast_decode(bytes, w.at, back, &g, &error));
	CHECK_BYTES(g.deals, g.n_deals * sizeof(CrmDeal), f.deals,
				f.n_deals * sizeof(CrmDeal));
	for (size_t n = 0; n < w.at; n++)
	{
		if (crm_forecast_decode(bytes, n, back, &g, &error))
			CHECK_NAMED(false, "a shortened form is refused");
	}
	bytes[0] = 2;
	CHECK(!crm_forecast_decode(bytes, w.at, back, &g, &error));
	a.n_deals = 0;
	CHECK(!crm_forecast_check(a, &error));
	deals[0] = deal(1, .5, 0);
	deals[1] = deal(1, .5, 0);
	a.n_deals = 2;
	CHECK(!crm_forecast_check(a, &error));
	a.n_deals = 1;
	CHECK(crm_forecast_check(a, &error));
	deals[0] = deal(1, 1.5, 0);
	CHECK(!crm_forecast_check(a, &error) && error.kind == CRM_ERROR_VALUE);
	deals[0] = deal(1, NAN, 0);
	CHECK(!crm_forecast_check(a, &error));
	deals[0] = deal(-1, .5, 0);
	CHECK(!crm_forecast_check(a, &error));
	deals[0] = deal(1, .5, NAN);
	CHECK(!crm_forecast_check(a, &error));
	deals[0] = deal(1, .5, 10.5);
	CHECK(!crm_forecast_check(a, &error));
	deals[0] = deal(1, .5, 0);
	deals[0].count = CRM_FORECAST_MAX_DEALS + 1;
	CHECK(!crm_forecast_check(a, &error) && error.kind == CRM_ERROR_LIMIT);
}

int
main(void)
{
	test_convolution();
	test_gamma();
	test_eight();
	test_thousand();
	test_lattice();
	test_ways();
	test_uncertain();
	test_uncertain_together();
	test_many();
	test_no_deals();
	test_stop();
	test_mean();
	test_forms();
	return unit_done();
}
