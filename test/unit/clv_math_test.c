/*
 * clv_math_test.c
 *		Unit tests of src/core/clv_math.c, against mpmath at 40 digits.
 */
#include "clv_math.h"
#include "unit.h"

static void
check_relative(double have, double want, double tolerance, int line)
{
	if (!unit_check(fabs(have - want) <= tolerance * fabs(want), "value",
					__FILE__, line))
		printf("# have %.17g, want %.17g\n", have, want);
}

#define CHECK_RELATIVE(have, want) \
	check_relative((have), (want), 1e-13, __LINE__)

static void
test_gamma(void)
{
	CHECK_RELATIVE(crm_digamma(0.1), -10.423754940411077);
	CHECK_RELATIVE(crm_digamma(1), -0.57721566490153286);
	CHECK_RELATIVE(crm_digamma(7.3), 1.9178203356379861);
	CHECK_RELATIVE(crm_digamma(100), 4.6001618527380874);
	CHECK_RELATIVE(crm_log_rising(1e8, 3.5), 64.472382647583279);
	CHECK_RELATIVE(crm_log_rising(0.3, 1000), 5906.1968467910615);
	CHECK_RELATIVE(crm_log_rising(20, 17), 56.379810354943708);
	CHECK_RELATIVE(crm_digamma_rise(1e8, 3.5), 3.4999999562500009e-8);
	CHECK(crm_log_rising(3, 0) == 0);
	CHECK_RELATIVE(crm_log_rising(3, 4), log(3.0 * 4 * 5 * 6));
	CHECK_RELATIVE(crm_digamma_rise(3, 2), 1.0 / 3 + 1.0 / 4);
}

static void
test_incomplete_beta(void)
{
	CHECK_RELATIVE(crm_incomplete_beta(2, 3, 0.4, 0.6), 0.5248);
	CHECK_RELATIVE(crm_incomplete_beta(30, 0.243, 0.9, 0.1), 0.0041640900354498188);
	CHECK_RELATIVE(crm_incomplete_beta(1, 0.243, 0.001, 0.999), 0.00024309202940414024);
	CHECK_NEAR(crm_incomplete_beta(500, 300, 0.6, 0.4), 0.072921591992531871, 1e-13);
	CHECK(crm_incomplete_beta(2, 3, 0, 1) == 0);
	CHECK(crm_incomplete_beta(2, 3, 1, 0) == 1);
}

static void
test_expint(void)
{
	CHECK_RELATIVE(crm_scaled_expint(1, 1), 0.59634736232319407);
	CHECK_RELATIVE(crm_scaled_expint(1.25, 0.01), 2.4880178687882369);
	CHECK_RELATIVE(crm_scaled_expint(1.001, 1e-8), 17.684404979604231);
	CHECK_RELATIVE(crm_scaled_expint(30, 0.9), 0.033410095534309812);
	CHECK_RELATIVE(crm_scaled_expint(12, 3.5), 0.067798672029200979);
}

static double
share(const void *arg, double p, double q)
{
	(void) arg;
	(void) q;
	return p;
}

static double
inverse_rest(const void *arg, double p, double q)
{
	(void) arg;
	return 1 / q + 0 * p;
}

static void
test_beta_mean(void)
{
	static const double values[] = {0.01, 0.5, 1, 3, 200, 1e6};

	for (int i = 0; i < 6; i++)
	{
		for (int j = 0; j < 6; j++)
		{
			double		a = values[i];
			double		b = values[j];

			check_relative(crm_beta_mean(a, b, share, NULL), a / (a + b), 1e-12, __LINE__);
			if (b > 2)
				check_relative(crm_beta_mean(a, b, inverse_rest, NULL),
							   (a + b - 1) / (b - 1), 1e-12, __LINE__);
		}
	}
}

static double
power(const void *arg, double x)
{
	return pow(x, *(const double *) arg);
}

static double
peak(const void *arg, double x)
{
	(void) arg;
	return 1 / (1e-6 + (x - 0.3) * (x - 0.3));
}

static void
test_integrate(void)
{
	for (double n = 0; n < 22; n++)
		CHECK_RELATIVE(crm_integrate(power, &n, 0, 2, 2), pow(2, n + 1) / (n + 1));
	check_relative(crm_integrate(peak, NULL, 0, 1, 1.5),
				   1000 * (atan(700) + atan(300)), 1e-11, __LINE__);
	CHECK(crm_integrate(peak, NULL, 1, 1, 1) == 0);
}

int
main(void)
{
	test_gamma();
	test_incomplete_beta();
	test_expint();
	test_beta_mean();
	test_integrate();
	return unit_done();
}
