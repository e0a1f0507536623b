/*
 * clv_predict_test.c
 *		Unit tests of src/core/clv_predict.c: closed forms at published
 *		parameters, and what is numerically hard.
 *
 * Unless a comment names a source, expected values were computed with mpmath
 * at 40 digits from the papers' formulas.
 */
#include "clv.h"
#include "clv_fit.h"
#include "unit.h"

static const CrmClvModel bg = {CRM_CLV_BG_NBD,.parameters = {0.243, 4.414, 0.793, 2.426}};
static const CrmClvModel mbg = {CRM_CLV_MBG_NBD,.parameters = {0.525, 6.183, 0.891, 1.614}};
static const CrmClvModel pareto = {CRM_CLV_PARETO_NBD,.parameters = {0.553, 10.578, 0.606, 11.669}};
static const CrmClvModel spend = {CRM_CLV_GAMMA_GAMMA,.parameters = {6.25, 3.74, 15.44}};
static const CrmClvModel chances = {CRM_CLV_BG_BB,.parameters = {1.203522, 0.749716, 0.656718, 2.783443}};

/* relative, and absolute below what a double can hold */
static void
check_value(double have, double want, double tolerance, const char *name,
			int line)
{
	bool		good = fabs(have - want) <= tolerance * fabs(want) ||
	have == want;

	if (!unit_check(good, name, __FILE__, line))
		printf("# have %.17g, want %.17g\n", have, want);
}

#define CHECK_VALUE(have, want) \
	check_value((have), (want), 1e-9, #have " = " #want, __LINE__)
#define CHECK_ABOUT(have, want, tolerance) \
	check_value((have), (want), (tolerance), #have " = " #want, __LINE__)

static double
alive(const CrmClvModel *m, double x, double tx, double T)
{
	CrmClvCustomer c = {x, tx, T, 0};

	return crm_clv_alive(m, &c);
}

static double
expected(const CrmClvModel *m, double x, double tx, double T, double t)
{
	CrmClvCustomer c = {x, tx, T, 0};
	CrmClvOutlook o = crm_clv_outlook(m, &c);

	return crm_clv_expected(&o, t);
}

static double
discounted(const CrmClvModel *m, double x, double tx, double T, double t,
		   double rate)
{
	CrmClvCustomer c = {x, tx, T, 0};
	CrmClvOutlook o = crm_clv_outlook(m, &c);

	return crm_clv_discounted(&o, t, rate);
}

static double
expected_new(const CrmClvModel *m, double t)
{
	CrmClvOutlook o = crm_clv_new_customer(m);

	return crm_clv_expected(&o, t);
}

static double
pmf(const CrmClvModel *m, double n, double t)
{
	CrmClvOutlook o = crm_clv_new_customer(m);

	return crm_clv_probability(&o, n, t);
}

static double
log_likelihood(const CrmClvModel *m, double x, double tx, double T)
{
	CrmClvPattern p = {T, tx, 1, (uint32_t) x, 0};
	CrmClvPatterns data = {&p, 1};
	double		v = NAN;

	CHECK(crm_clv_log_likelihood(m->kind, data, 1, m->parameters, NULL, &v,
								 NULL));
	return v;
}

static CrmClvModel
with(CrmClvKind kind, double p0, double p1, double p2, double p3)
{
	CrmClvModel m = {kind,.parameters = {p0, p1, p2, p3}};

	return m;
}

static void
test_bg(void)
{
	static const double tail[] = {
		.001999521447, .00151702363, .001163315007, .0009003147896,
		.0007023637659, .0005517902426, .0004361912809, .0003467171396,
		.0002769612648, .000222226048
	};
	CrmClvModel other = with(CRM_CLV_BG_NBD, .25, 4, .8, 2.5);
	CrmClvModel fitted = with(CRM_CLV_BG_NBD, .2425929, 4.4135315, .7928861,
							  2.4257533);

	CHECK_VALUE(log_likelihood(&bg, 2, 30.43, 38.86), -9.45860630706627);
	CHECK_VALUE(alive(&bg, 2, 30.43, 38.86), .726578570080673);
	CHECK_VALUE(expected(&bg, 2, 30.43, 38.86, 39), 1.22602817476714);
	CHECK_VALUE(log_likelihood(&bg, 26, 216 / 7.0, 31), -37.726513328333);
	CHECK_VALUE(alive(&bg, 26, 216 / 7.0, 31), .968851562851896);
	CHECK_VALUE(expected(&bg, 26, 216 / 7.0, 31, 39), 20.7483536943379);
	CHECK_VALUE(log_likelihood(&bg, 10, 35, 39), -27.3792216250188);
	CHECK_VALUE(alive(&bg, 10, 35, 39), .842603188641733);
	CHECK_VALUE(expected(&bg, 10, 35, 39, 39), 6.1160555693646);
	CHECK_VALUE(expected(&bg, 10, 35, 39, 2), .39156920709112);
	CHECK_VALUE(log_likelihood(&bg, 0, 0, 39), -.555498160841463);
	CHECK(alive(&bg, 0, 0, 39) == 1);
	CHECK_VALUE(expected(&bg, 0, 0, 39, 39), .194530721703265);
	CHECK_VALUE(log_likelihood(&other, 0, 0, 40), -.599473818199593);
	CHECK_ABOUT(log_likelihood(&other, 200, 38, 40), 100.795693092706, 1e-9);
	CHECK_VALUE(pmf(&bg, 10, 2), 1.07868964036915e-7);
	CHECK_VALUE(pmf(&bg, 0, 39), .573786352096009);
	for (int n = 11; n <= 20; n++)
		CHECK_ABOUT(pmf(&bg, n, 30), tail[n - 11], 5e-10);
	/* the paradox of frequency: more purchases long ago, fewer to come */
	CHECK_VALUE(expected(&bg, 10, 20, 39, 52), .347399762708559);
	CHECK_VALUE(expected(&bg, 15, 20, 39, 52), .0428271759676762);
	CHECK_VALUE(expected(&bg, 20, 20, 39, 52), .00415843309875465);
	CHECK_VALUE(expected(&bg, 25, 20, 39, 52), .000358332461911217);
	/* Hardie's spreadsheet, at the maximum of the rounded sample */
	CHECK_NEAR(expected_new(&fitted, 1 / 7.0), .0078, 5.1e-5);
	CHECK_NEAR(expected_new(&fitted, 1), .0532, 5.1e-5);
	CHECK_NEAR(expected_new(&fitted, 3), .1506, 5.1e-5);
	CHECK_NEAR(expected_new(&fitted, 31 + 6 / 7.0), 1.0405, 5.1e-5);
	CHECK_NEAR(expected_new(&fitted, 32), 1.0437, 5.1e-5);
	CHECK_NEAR(expected_new(&fitted, 78), 1.8576, 5e-4);
}

static void
test_mbg(void)
{
	CrmClvModel other = with(CRM_CLV_MBG_NBD, .25, 4, .8, 2.5);

	CHECK_VALUE(expected_new(&mbg, 39), 1.18295366559717);
	CHECK_VALUE(expected_new(&mbg, 52), 1.41972375771275);
	CHECK_VALUE(log_likelihood(&mbg, 2, 30.43, 38.86), -9.48555131453393);
	CHECK_VALUE(alive(&mbg, 2, 30.43, 38.86), .706202265118487);
	CHECK_VALUE(expected(&mbg, 2, 30.43, 38.86, 39), 1.26296062326737);
	CHECK_VALUE(alive(&mbg, 0, 0, 39), .389347648663597);
	CHECK_VALUE(expected(&mbg, 0, 0, 39, 39), .15343944844865);
	CHECK_VALUE(alive(&mbg, 26, 216 / 7.0, 31), .965498054767583);
	CHECK_VALUE(expected(&mbg, 26, 216 / 7.0, 31, 39), 19.449351034495);
	CHECK_VALUE(alive(&mbg, 10, 35, 39), .83089778831526);
	CHECK_VALUE(expected(&mbg, 10, 35, 39, 39), 5.83380452910839);
	CHECK_VALUE(alive(&mbg, 200, 38, 40), .0305960686927882);
	CHECK_VALUE(expected(&mbg, 200, 38, 40, 39), 3.89271838417781);
	CHECK_VALUE(log_likelihood(&other, 0, 0, 40), -.41792826204498);
	CHECK_VALUE(log_likelihood(&other, 200, 38, 40), 100.786909760991);
}

static void
test_pareto(void)
{
	static const double expected_20[4] = {
		.706344342641165, .144256144339159, .0225074481923262,
		.0030925303642997
	};
	CrmClvModel btyd = with(CRM_CLV_PARETO_NBD, .5533971, 10.5801985,
							.6060625, 11.6562237);

	CHECK_VALUE(log_likelihood(&pareto, 2, 30.43, 38.86), -9.55428324515041);
	CHECK_VALUE(alive(&pareto, 2, 30.43, 38.86), .869167559153011);
	CHECK_VALUE(expected(&pareto, 2, 30.43, 38.86, 39), 1.4551231932576);
	CHECK_VALUE(expected(&pareto, 2, 30.43, 38.86, 52), 1.85082672070195);
	CHECK_VALUE(log_likelihood(&pareto, 26, 216 / 7.0, 31), -39.1316269761166);
	CHECK_VALUE(alive(&pareto, 26, 216 / 7.0, 31), .997874260609941);
	CHECK_VALUE(expected(&pareto, 26, 216 / 7.0, 31, 39), 20.1161295984507);
	CHECK_VALUE(expected(&pareto, 26, 216 / 7.0, 31, 52), 25.4573384405799);
	CHECK_VALUE(log_likelihood(&pareto, 10, 35, 39), -27.1122425412274);
	CHECK_VALUE(alive(&pareto, 10, 35, 39), .923723548167414);
	CHECK_VALUE(expected(&pareto, 10, 35, 39, 39), 6.37697437250187);
	CHECK_VALUE(expected(&pareto, 10, 35, 39, 52), 8.11177381826042);
	CHECK_VALUE(log_likelihood(&pareto, 23, 39, 39), -41.8007822942666);
	CHECK(alive(&pareto, 23, 39, 39) == 1);
	CHECK_VALUE(expected(&pareto, 23, 39, 39, 39), 15.4078822390697);
	CHECK_VALUE(expected(&pareto, 23, 39, 39, 52), 19.5994602519768);
	CHECK_VALUE(log_likelihood(&pareto, 0, 0, 39), -.521507418876577);
	CHECK_VALUE(alive(&pareto, 0, 0, 39), .294467031014586);
	CHECK_VALUE(expected(&pareto, 0, 0, 39, 39), .106526713176672);
	CHECK_VALUE(expected(&pareto, 0, 0, 39, 52), .135506362800835);
	CHECK_VALUE(expected_new(&pareto, 52), 1.47299680337511);
	/* BTYD's manual, at its estimates */
	CHECK_NEAR(alive(&btyd, 0, 0, 39), .2941633, 5e-8);
	for (int i = 0; i < 4; i++)
		CHECK_VALUE(expected(&pareto, 10 + 5 * i, 20, 39, 52), expected_20[i]);
}

/* The values of lifetimes' and CLVTools' tests for what used to overflow. */
static void
test_pareto_hard(void)
{
	CrmClvModel far = with(CRM_CLV_PARETO_NBD, 10.465, .00798565181, 3.0516,
						   2.82);
	CrmClvModel many = with(CRM_CLV_PARETO_NBD, .5143, 2.8845, .2856, 14.1087);
	CrmClvModel first = with(CRM_CLV_PARETO_NBD, .5, .001, .6, 50);
	CrmClvModel second = with(CRM_CLV_PARETO_NBD, .5, 50, .6, .001);
	CrmClvModel steep = with(CRM_CLV_PARETO_NBD, .5, 3, 200, 500);
	CrmClvModel round = with(CRM_CLV_PARETO_NBD, .55, 10.58, .61, 11.67);
	CrmClvModel equal = with(CRM_CLV_PARETO_NBD, .55, 11, .61, 11);
	CrmClvModel near = with(CRM_CLV_PARETO_NBD, .55, 11, .61, 11 + 1e-9);
	CrmClvModel one = with(CRM_CLV_PARETO_NBD, .55, 11, 1, 12);
	CrmClvModel by_one = with(CRM_CLV_PARETO_NBD, .55, 11, 1 + 1e-9, 12);

	/* from lifetimes' log A0: -667.99128, -9.47658832, -715.0597932 */
	CHECK_VALUE(log_likelihood(&far, 400, 5, 6), 1323.188930967817);
	CHECK_VALUE(log_likelihood(&far, 500, 1, 37), 2594.404454622757);
	CHECK_VALUE(log_likelihood(&far, 500, 4, 37), 1888.821249738941);
	CHECK_VALUE(alive(&far, 40, 5, 6), .00188512818736085);
	CHECK_ABOUT(alive(&far, 50, 1, 37), 1.417e-96, 1e-3);
	CHECK_ABOUT(alive(&far, 50, 4, 37), 6.733e-60, 1e-3);
	CHECK_VALUE(alive(&many, 221, 103.42857, 103.57143), .999596052317938);
	CHECK_VALUE(alive(&many, 254, 97.14286, 97.28571), .999558226123011);
	CHECK_VALUE(alive(&many, 161, 94.71429, 98), .749487752258105);
	CHECK_VALUE(alive(&many, 204, 98.57143, 99.42857), .994255079637896);
	/* z next to 1, where the series of the papers needs 2e5 terms */
	CHECK_VALUE(log_likelihood(&first, 3, 20, 39), -15.5309843642449);
	CHECK_VALUE(log_likelihood(&first, 0, 0, 39), -4.95449466122923);
	CHECK_VALUE(log_likelihood(&second, 3, 20, 39), -18.8709874676274);
	CHECK_VALUE(log_likelihood(&second, 0, 0, 39), -.00131844462338762);
	CHECK_VALUE(log_likelihood(&steep, 300, 10, 39), 633.212401213605);
	CHECK_VALUE(expected(&round, 132, 200, 200, 10), 6.20605178896293);
	CHECK_VALUE(expected(&round, 133, 200, 200, 10), 6.2528722475745);
	CHECK_ABOUT(alive(&equal, 3, 20, 39), alive(&near, 3, 20, 39), 1e-8);
	CHECK_ABOUT(expected(&one, 3, 20, 39, 39), expected(&by_one, 3, 20, 39, 39), 1e-8);
	CHECK_VALUE(pmf(&pareto, 0, 52), .573869981772651);
	CHECK_VALUE(pmf(&pareto, 3, 52), .0501102371705534);
	CHECK_VALUE(pmf(&pareto, 40, 52), 1.03861780388339e-5);
	CHECK_ABOUT(expected_new(&one, 39), .55 / 11 * 12 * log(1 + 39 / 12.0), 1e-13);
}

static void
test_bg_hard(void)
{
	CrmClvModel below = with(CRM_CLV_BG_NBD, .243, 4.414, .999999, 2.426);
	CrmClvModel above = with(CRM_CLV_BG_NBD, .243, 4.414, 1.0000001, 2.426);
	CrmClvModel one = with(CRM_CLV_BG_NBD, .243, 4.414, 1, 2.426);

	/* as users reported it to lifetimes */
	CrmClvModel large = with(CRM_CLV_BG_NBD, .10, 50.16, .40, .81);

	CHECK_VALUE(expected_new(&below, 52), 1.28998890500394);
	CHECK_VALUE(expected_new(&above, 52), 1.28998818723213);
	CHECK_ABOUT(expected_new(&one, 52), expected_new(&above, 52), 1e-6);
	CHECK_VALUE(expected_new(&bg, 1e6), 53.5404782530146);
	CHECK_VALUE(expected(&large, 300, 364, 365, 30), 21.3237818553755);
	CHECK_ABOUT(expected(&large, 300, 10, 365, 30), 2.80963609e-248, 1e-8);
	CHECK(alive(&bg, 1000, 10, 100) == 0);
	CHECK(expected(&bg, 1000, 10, 100, 39) == 0);
	CHECK(alive(&mbg, 1000, 10, 100) == 0);
	CHECK(alive(&pareto, 1000, 10, 100) == 0);
	CHECK(pmf(&bg, 2147483647, 39) < 1e-9);
	CHECK(pmf(&pareto, 2147483647, 39) < 1e-9);
	CHECK(isfinite(expected(&bg, 3000, 99, 100, 39)));
	CHECK(isfinite(log_likelihood(&bg, 3000, 99, 100)));
	CHECK(isfinite(log_likelihood(&pareto, 3000, 10, 100)));
}

static double
spent(double x, double m)
{
	CrmClvCustomer c = {x, 0, 0, m};
	double		v = NAN;

	CHECK(crm_clv_spend(&spend, &c, &v));
	return v;
}

static void
test_spend(void)
{
	CrmClvModel infinite = with(CRM_CLV_GAMMA_GAMMA, 6.25, 0.9, 15.44, 0);
	CrmClvCustomer none = {0, 0, 0, 0};
	CrmClvCustomer one = {1, 0, 0, 20};
	CrmClvCustomer free_gift = {1, 0, 0, 0};
	double		v;

	CHECK_VALUE(spent(2, 22.35), 24.6637139107612);
	CHECK_VALUE(spent(1, 11.77), 18.916852057842);
	CHECK_VALUE(spent(0, 0), 35.2189781021898);
	CHECK_VALUE(spent(7, 73.74), 71.4696708969671);
	CHECK_VALUE(spent(2, 25.55), 27.2883858267717);
	CHECK_VALUE(spent(5, 30), 30.42071197411);
	CHECK(!crm_clv_spend(&infinite, &none, &v));
	/* p (gamma + m) / (p + q - 1) */
	CHECK(crm_clv_spend(&infinite, &one, &v));
	CHECK_VALUE(v, 6.25 * 35.44 / 6.15);
	CHECK(!crm_clv_spend(&spend, &free_gift, &v));
}

static void
test_chances(void)
{
	static const double n[] = {1, 2, 5, 6, 10, 11};

	/* Fader, Hardie and Shang's figures at more digits */
	static const double by[] = {
		.498543, .923349, 1.938137, 2.220169, 3.179829, 3.388654
	};
	CrmClvModel two = with(CRM_CLV_BG_BB, 1.2, .75, .66, 2.78);
	CrmClvModel paper = with(CRM_CLV_BG_BB, 1.204, .750, .657, 2.783);
	CrmClvCustomer c[3] = {{0, 0, 6, 0}, {2, 4, 6, 0}, {6, 6, 6, 0}};
	double		next[3] = {.108133, .589657, .930434};

	for (int i = 0; i < 6; i++)
		CHECK_ABOUT(expected_new(&chances, n[i]), by[i], 2e-6);
	for (int i = 0; i < 3; i++)
	{
		CrmClvOutlook o = crm_clv_outlook(&chances, &c[i]);

		CHECK_ABOUT(crm_clv_alive_ahead(&o, 1), next[i], 5e-6);
	}
	CHECK_ABOUT(expected(&chances, 0, 0, 6, 10), .130218, 5e-6);
	CHECK_ABOUT(expected(&chances, 4, 5, 6, 10), 3.627967, 5e-6);
	/* BTYD's example of bgbb.DERT */
	CHECK_ABOUT(discounted(&two, 3, 4, 6, INFINITY, log(1.1)), 1.621379186, 1e-9);
	CHECK_ABOUT(log_likelihood(&paper, 6, 6, 6), -2.18224845, 3e-9);
	CHECK_ABOUT(log_likelihood(&paper, 0, 0, 6), -1.16726247, 3e-9);
}

/* Probabilities sum to 1, their mean is the expected number. */
static void
check_distribution(const CrmClvOutlook *o, double units, int most)
{
	double		sum = 0;
	double		mean = 0;

	for (int n = 0; n <= most; n++)
	{
		double		p = crm_clv_probability(o, n, units);

		CHECK_NAMED(p >= 0 && p <= 1, "a probability");
		sum += p;
		mean += n * p;
	}
	CHECK_NEAR(sum, 1, 1e-9);
	CHECK_NEAR(mean / crm_clv_expected(o, units), 1, 1e-7);
}

static void
test_distributions(void)
{
	const CrmClvModel *models[3] = {&bg, &mbg, &pareto};
	CrmClvCustomer c = {10, 35, 39, 0};
	CrmClvOutlook o;

	for (int i = 0; i < 3; i++)
	{
		o = crm_clv_outlook(models[i], &c);
		check_distribution(&o, 20, 120);
		o = crm_clv_new_customer(models[i]);
		check_distribution(&o, 10, 120);
	}
	c.recency = 20;
	c.age = 30;
	o = crm_clv_outlook(&chances, &c);
	check_distribution(&o, 25, 25);
}

/* Without a discount the integral is the other formula's number. */
static void
test_discounted(void)
{
	const CrmClvModel *models[3] = {&bg, &mbg, &pareto};
	static const double units[3] = {0.5, 39, 2000};

	/* ten per cent a year, by weeks */
	double		rate = log(1.1) * 7 / 365.25;

	CHECK_VALUE(discounted(&bg, 10, 35, 39, INFINITY, rate), 27.7427798376761);
	CHECK_VALUE(discounted(&bg, 10, 35, 39, 104, rate), 11.7248303214699);
	CHECK_VALUE(discounted(&bg, 10, 35, 39, 39, rate), 5.91892948926384);
	CHECK_VALUE(discounted(&pareto, 10, 35, 39, INFINITY, rate), 38.8122776368596 * .923723548167414);
	CHECK_VALUE(discounted(&pareto, 10, 35, 39, 104, rate), 13.9121996504692 * .923723548167414);

	for (int i = 0; i < 3; i++)
	{
		for (int k = 0; k < 3; k++)
		{
			double		e = expected(models[i], 10, 35, 39, units[k]);

			CHECK_NEAR(discounted(models[i], 10, 35, 39, units[k], 1e-18) / e,
					   1, 1e-10);
			CHECK(discounted(models[i], 10, 35, 39, units[k], 0) == e);
		}
		CHECK(discounted(models[i], 1000, 10, 100, 39, 0.01) == 0);
		CHECK(isinf(discounted(models[i], 10, 35, 39, INFINITY, 0)));
	}
}

static void
test_ahead(void)
{
	const CrmClvModel *models[4] = {&bg, &mbg, &pareto, &chances};
	CrmClvCustomer c = {3, 5, 6, 0};
	CrmClvCustomer ten = {10, 35, 39, 0};
	CrmClvOutlook bought_ten = crm_clv_outlook(&bg, &ten);

	CHECK_VALUE(crm_clv_alive_ahead(&bought_ten, 39), .659414474445734 * .842603188641733);
	CHECK_VALUE(crm_clv_alive_ahead(&bought_ten, 1e5), .0026829463822196 * .842603188641733);

	for (int i = 0; i < 4; i++)
	{
		CrmClvOutlook o = crm_clv_outlook(models[i], &c);
		double		before = o.alive;

		CHECK_NEAR(crm_clv_alive_ahead(&o, 0), o.alive, 1e-15);
		for (int t = 1; t < 100000; t *= 10)
		{
			double		p = crm_clv_alive_ahead(&o, t);

			CHECK_NAMED(p > 0 && p < before, "less alive later");
			before = p;
		}
	}
}

int
main(void)
{
	test_bg();
	test_mbg();
	test_pareto();
	test_pareto_hard();
	test_bg_hard();
	test_spend();
	test_chances();
	test_distributions();
	test_discounted();
	test_ahead();
	return unit_done();
}
