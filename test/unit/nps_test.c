/*
 * nps_test.c
 *		Counts, limits and comparison of net promoter scores.
 */
#include "nps.h"
#include "proportion.h"
#include "unit.h"

static CrmNps
made(int64_t promoters, int64_t passives, int64_t detractors)
{
	CrmNps		n;
	CrmError	error;

	if (!crm_nps_make(promoters, passives, detractors, &n, &error))
		CHECK_NAMED(false, "these counts make a score");
	return n;
}

static void
test_ratings(void)
{
	CrmNps		n = made(0, 0, 0);
	int			whole;

	for (int rating = 0; rating <= 10; rating++)
		crm_nps_count(&n, rating);
	CHECK_INT(n.detractors, 7);
	CHECK_INT(n.passives, 2);
	CHECK_INT(n.promoters, 2);
	CHECK(crm_nps_rating(-0.0, &whole) && whole == 0);
	CHECK(crm_nps_rating(10, &whole) && whole == 10);
	CHECK(!crm_nps_rating(10.5, &whole));
	CHECK(!crm_nps_rating(NAN, &whole));
	CHECK(!crm_nps_rating(-1, &whole));
}

static void
test_limits(void)
{
	CrmNps		n;
	double		low;
	double		high;
	int			wrong = 0;

	/* an independent computation in Python, of the formula in nps.c */
	n = made(70, 20, 10);
	crm_nps_limits(&n, 0.95, &low, &high);
	CHECK_NEAR(low, 44.83056153, 1e-8);
	CHECK_NEAR(high, 70.730218685, 1e-8);
	for (int64_t p = 0; p <= 12; p++)
		for (int64_t s = 0; s <= 12; s++)
			for (int64_t d = p + s == 0; d <= 12; d++)
			{
				CrmNps		other = made(d, s, p);
				double		other_low;
				double		other_high;

				n = made(p, s, d);
				crm_nps_limits(&n, 0.9, &low, &high);
				crm_nps_limits(&other, 0.9, &other_low, &other_high);
				wrong += low < -100 || high > 100 ||
					low > crm_nps_value(&n) + 1e-9 ||
					high < crm_nps_value(&n) - 1e-9 || !(low < high);
				/* who is for and who against is a matter of sign */
				wrong += fabs(low + other_high) > 1e-9;
				if (s == 0)
				{
					CrmProportion share;
					CrmError	error;
					double		l;
					double		h;

					crm_proportion_make(p, p + d, &share, &error);
					crm_proportion_limits(&share, 0.9, &l, &h);
					wrong += fabs(low - 100 * (2 * l - 1)) > 1e-9 ||
						fabs(high - 100 * (2 * h - 1)) > 1e-9;
				}
			}
	CHECK_INT(wrong, 0);
}

static void
test_comparison(void)
{
	CrmNps		a = made(40, 30, 30);
	CrmNps		b = made(60, 25, 15);
	CrmNps		none = made(0, 0, 0);
	CrmNpsTest	t = crm_nps_test(&a, &b);

	/* .35 / sqrt((.725 - .275^2) * 2 / 100) */
	CHECK_NEAR(t.difference, 35, 1e-9);
	CHECK_NEAR(t.z, 3.0711798, 1e-6);
	/* Python, as above */
	CHECK_NEAR(t.low, 12.650661, 1e-5);
	CHECK_NEAR(t.high, 55.681599, 1e-5);
	CHECK_NEAR(crm_nps_test(&b, &a).z, -t.z, 1e-12);
	CHECK(isnan(crm_nps_test(&a, &none).difference));
	a = made(5, 0, 0);
	CHECK(isnan(crm_nps_test(&a, &a).p_value));
	CHECK_NEAR(crm_nps_test(&a, &a).difference, 0, 0);
}

static void
test_overflow(void)
{
	CrmNps		n = made(INT64_MAX - 1, 0, 1);
	CrmNps		one = made(0, 1, 0);
	CrmNps		before = n;
	CrmError	error;

	CHECK(!crm_nps_count(&n, 3));
	CHECK(!crm_nps_merge(&n, &one));
	CHECK(memcmp(&n, &before, sizeof n) == 0);
	CHECK(!crm_nps_make(INT64_MAX, 0, 1, &n, &error));
	CHECK_INT(error.kind, CRM_ERROR_RANGE);
	CHECK(!crm_nps_make(INT64_MAX, INT64_MAX, INT64_MAX, &n, &error));
	CHECK(!crm_nps_make(1, -1, 1, &n, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
}

int
main(void)
{
	test_ratings();
	test_limits();
	test_comparison();
	test_overflow();
	return unit_done();
}
