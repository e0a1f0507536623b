/*
 * normal_test.c
 *		The normal distribution.
 *
 * Distribution values: Abramowitz and Stegun, table 26.1 (15 digits there);
 * far tail and quantiles: R 4.2, pnorm and qnorm.
 */
#include "unit.h"

#include "normal.h"

static void
test_cdf(void)
{
	CHECK_NEAR(crm_normal_cdf(0), 0.5, 0);
	CHECK_NEAR(crm_normal_cdf(1), 0.841344746068543, 1e-15);
	CHECK_NEAR(crm_normal_cdf(2), 0.977249868051821, 1e-15);
	CHECK_NEAR(crm_normal_cdf(-1), 1 - 0.841344746068543, 1e-15);
	CHECK_NEAR(crm_normal_cdf(-10) / 7.61985302416052606e-24, 1, 1e-13);
	CHECK_NEAR(crm_normal_cdf(-INFINITY), 0, 0);
	CHECK_NEAR(crm_normal_cdf(INFINITY), 1, 0);
	CHECK_NEAR(crm_normal_cdf(NAN), NAN, 0);
	CHECK_NEAR(crm_normal_two_sided(1.959963984540054), 0.05, 1e-15);
	CHECK_NEAR(crm_normal_two_sided(-1.959963984540054), 0.05, 1e-15);
}

static void
test_quantile(void)
{
	CHECK_NEAR(crm_normal_quantile(0.5), 0, 0);
	CHECK_NEAR(crm_normal_quantile(0.975), 1.959963984540054, 1e-15);
	CHECK_NEAR(crm_normal_quantile(0.025), -1.959963984540054, 1e-15);
	CHECK_NEAR(crm_normal_quantile(0.9999), 3.719016485455709, 4e-15);
	CHECK_NEAR(crm_normal_quantile(1e-10), -6.361340902404056, 4e-15);
	CHECK_NEAR(crm_normal_quantile(1e-300), -37.0470962993612, 1e-13);
	CHECK_NEAR(crm_normal_quantile(0), -INFINITY, 0);
	CHECK_NEAR(crm_normal_quantile(1), INFINITY, 0);
	CHECK_NEAR(crm_normal_quantile(-0.1), NAN, 0);
	CHECK_NEAR(crm_normal_quantile(1.1), NAN, 0);
	CHECK_NEAR(crm_normal_quantile(NAN), NAN, 0);
}

/* The two are inverse to each other, and rise. */
static void
test_inverse(void)
{
	bool		near = true;
	bool		rising = true;
	double		last = -INFINITY;

	for (double p = 1e-6; p < 1; p += 1.37e-5)
	{
		double		x = crm_normal_quantile(p);

		near = near && fabs(crm_normal_cdf(x) - p) <= 1e-15 * (1 + x * x) * p;
		rising = rising && x > last;
		last = x;
	}
	CHECK(near);
	CHECK(rising);
}

int
main(void)
{
	test_cdf();
	test_quantile();
	test_inverse();
	return unit_done();
}
