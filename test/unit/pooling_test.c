/*
 * pooling_test.c
 *		Unit tests of core/pooling.
 *
 * Twenty rows in three groups; tau, the modes and the evidence are those of R
 * 4.2.2: optimize() over the sum of Laplace's approximations, and integrate()
 * for the exact integrals beside them.
 */
#include "pooling.h"

#include "unit.h"

static const double margins[] = {
	-1.2, 0.3, 0.8, -0.4,
	0.1, 0.1, 1.5, -2, 0.7, 0.2,
	-0.5, 0.9, -1.1, 0.4, 0.6, -0.3, 1.2, 0, -0.7, 0.25
};
static const uint8_t labels[] = {
	1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1
};
static const uint32_t starts[] = {0, 4, 10, 20};
static const CrmPoolRows rows = {margins, labels, starts, 3};

static void
test_against_r(void)
{
	double		shifts[3] = {0, 0, 0};
	double		evidence;
	double		tau;

	CHECK(crm_pool_evidence(&rows, 0.5, NULL, shifts, &evidence));
	CHECK_NEAR(evidence, 0.7855814737, 1e-8);
	CHECK_NEAR(evidence, 0.7913282792, 0.01);	/* the exact integrals */
	CHECK_NEAR(shifts[0], 0.2261266, 1e-6);
	CHECK_NEAR(shifts[1], -0.4208148, 1e-6);
	CHECK_NEAR(shifts[2], 0.4567006, 1e-6);
	CHECK(crm_pool_evidence(&rows, 1, NULL, shifts, &evidence));
	CHECK_NEAR(evidence, 1.4593731913, 1e-8);
	CHECK(crm_pool_fit(&rows, NULL, shifts, &tau));
	CHECK_NEAR(tau, 1.380232, 2e-4);
	CHECK_NEAR(shifts[0], 0.798337, 2e-4);
	CHECK_NEAR(shifts[1], -1.281062, 2e-4);
	CHECK_NEAR(shifts[2], 1.096090, 2e-4);
}

/* Groups as the margins say: nothing to shift. */
static void
test_alike(void)
{
	double		m[400];
	uint8_t		y[400];
	uint32_t	s[5] = {0, 100, 200, 300, 400};
	CrmPoolRows r = {m, y, s, 4};
	double		shifts[4];
	double		tau;

	for (int i = 0; i < 400; i++)
	{
		m[i] = 0;
		y[i] = i % 2;
	}
	CHECK(crm_pool_fit(&r, NULL, shifts, &tau));
	CHECK(tau == 0 && shifts[0] == 0 && shifts[3] == 0);
}

/* One that always wins, of 5, 50 and 500 rows; an empty group stays at 0. */
static void
test_evidence_counts(void)
{
	static double m[2000];
	static uint8_t y[2000];
	uint32_t	s[] = {0, 5, 55, 555, 555, 1055, 1555, 2000};
	CrmPoolRows r = {m, y, s, 7};
	double		shifts[7];
	double		tau;

	for (int i = 0; i < 2000; i++)
		y[i] = i < 555 || i % 3 == 0;
	CHECK(crm_pool_fit(&r, NULL, shifts, &tau));
	CHECK(tau > 1);
	CHECK(shifts[0] > 0.5 && shifts[0] < shifts[1] && shifts[1] < shifts[2]);
	CHECK(shifts[2] < CRM_POOL_MAX_SHIFT);
	CHECK(shifts[3] == 0);
	CHECK_NEAR(shifts[4], log(0.5), 0.1);
}

static bool
stop_at(void *arg)
{
	return --* (int *) arg == 0;
}

static void
test_stop(void)
{
	double		shifts[3];
	double		tau;
	int			left = 30;
	CrmPoll		poll = {stop_at, &left};

	CHECK(!crm_pool_fit(&rows, &poll, shifts, &tau));
	CHECK(left == 0);
}

int
main(void)
{
	test_against_r();
	test_alike();
	test_evidence_counts();
	test_stop();
	return unit_done();
}
