/*
 * shrinkage_test.c
 *		Beta-binomial maximum likelihood of a prior's strength.
 */
#include "unit.h"

#include <stdlib.h>

#include "shrinkage.h"

static double
strength(const int64_t counts[][2], size_t n)
{
	CrmProportion groups[64];
	CrmStrengthSearch s;
	CrmError	error;

	for (size_t i = 0; i < n; i++)
		CHECK(crm_proportion_make(counts[i][0], counts[i][1], &groups[i],
								  &error));
	s = crm_strength_begin(groups, n);
	while (!s.done)
		crm_strength_step(&s);
	return s.strength;
}

#define STRENGTH(counts) strength(counts, sizeof (counts) / sizeof *(counts))

/* The log-likelihood itself, by lgamma: what the answer must maximise. */
static double
log_likelihood(const int64_t counts[][2], size_t n, double m, double k)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		w = (double) counts[i][0];
		double		t = (double) counts[i][1];

		sum += lgamma(w + k * m) - lgamma(k * m) +
			lgamma(t - w + k * (1 - m)) - lgamma(k * (1 - m)) -
			lgamma(t + k) + lgamma(k);
	}
	return sum;
}

static void
test_values(void)
{
	static const int64_t few[][2] = {{1, 10}, {5, 10}, {9, 10}, {3, 7}};
	static const int64_t large[][2] = {
		{100, 1000}, {250, 2000}, {80, 900}, {3, 5}, {0, 12}
	};
	double		k = STRENGTH(few);
	double		best;

	/* golden-section search on the lgamma form in Python: 3.1171434 */
	CHECK_NEAR(k, 3.1171434, 5e-7);
	k = STRENGTH(large);
	best = log_likelihood(large, 5, 433.0 / 3917, k);
	CHECK(best > log_likelihood(large, 5, 433.0 / 3917, k * 1.01));
	CHECK(best > log_likelihood(large, 5, 433.0 / 3917, k / 1.01));
}

static void
test_ends(void)
{
	static const int64_t same[][2] = {{5, 10}, {5, 10}, {5, 10}};
	static const int64_t pure[][2] = {{10, 10}, {0, 10}};
	static const int64_t single[][2] = {{1, 1}, {0, 1}, {1, 1}};
	static const int64_t none_won[][2] = {{0, 10}, {0, 20}};
	static const int64_t nothing[][2] = {{0, 0}};

	CHECK_NEAR(STRENGTH(same), INFINITY, 0);
	CHECK_NEAR(STRENGTH(pure), 0, 0);
	CHECK_NEAR(STRENGTH(single), NAN, 0);
	CHECK_NEAR(STRENGTH(none_won), NAN, 0);
	CHECK_NEAR(STRENGTH(nothing), NAN, 0);
	CHECK_NEAR(strength(NULL, 0), NAN, 0);
}

int
main(void)
{
	test_values();
	test_ends();
	return unit_done();
}
