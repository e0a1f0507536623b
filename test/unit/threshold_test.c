/*
 * threshold_test.c
 *		Unit tests of core/threshold: the same side for every value.
 */
#include "threshold.h"

#include <float.h>

#include "bins.h"
#include "datetime.h"
#include "model.h"
#include "rng.h"
#include "unit.h"

static bool
goes_left(float threshold, double value)
{
	double		bound = 0;

	switch (crm_threshold_number(threshold, &bound))
	{
		case CRM_SIDE_NEVER:
			return false;
		case CRM_SIDE_BELOW:
			return value < bound;
		case CRM_SIDE_UP_TO:
			return value <= bound;
		default:
			return true;
	}
}

/* Doubles around the floats around the threshold, and the middles of these. */
static bool
same_sides(float threshold)
{
	float		at = threshold;

	for (int i = 0; i < 3; i++)
		at = nextafterf(at, -INFINITY);
	for (int i = 0; i < 6; i++)
	{
		float		next = nextafterf(at, INFINITY);
		double		middle = (double) at / 2 + (double) next / 2;
		double		values[] = {
			(double) at, nextafter((double) at, INFINITY), middle,
			nextafter(middle, -INFINITY), nextafter(middle, INFINITY)
		};

		for (int k = 0; k < 5; k++)
			if (isfinite(values[k]) && goes_left(threshold, values[k]) !=
				(crm_feature_float(values[k]) < threshold))
				return false;
		at = next;
	}
	return true;
}

static void
test_numbers(void)
{
	static const float some[] = {
		0, 1, -1, 0.1f, 1e-45f, -1e-45f, FLT_MIN, 16777216, 3.4e38f, -3.4e38f,
		FLT_MAX, -FLT_MAX
	};
	CrmRng		rng = {1};
	bool		good = true;
	double		bound;

	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		CHECK(same_sides(some[i]));
	for (int i = 0; i < 20000 && good; i++)
	{
		uint32_t	bits = (uint32_t) crm_rng_below(&rng, UINT32_MAX);
		float		threshold;

		memcpy(&threshold, &bits, sizeof threshold);
		if (isfinite(threshold))
			good = same_sides(threshold);
	}
	CHECK(good);
	CHECK_INT(crm_threshold_number(FLT_MAX, &bound), CRM_SIDE_ALWAYS);
	CHECK_INT(crm_threshold_number(-FLT_MAX, &bound), CRM_SIDE_NEVER);
	CHECK(goes_left(FLT_MAX, 1e300) && !goes_left(-FLT_MAX, -1e300));
	/* halfway from 1 to the float below it goes to 1, whose last bit is 0 */
	CHECK_INT(crm_threshold_number(1, &bound), CRM_SIDE_BELOW);
	CHECK_NEAR(bound, 1 - 1.0 / (1 << 25), 0);
}

static void
test_times(void)
{
	CrmRng		rng = {2};
	int			good = 0;
	int64_t		bound = 0;

	for (int i = 0; i < 2000; i++)
	{
		int64_t		as_of = (int64_t) crm_rng_below(&rng, 1000000000) * 1000003;
		float		days = (float) (crm_rng_unit(&rng) * 20000 - 10000);

		if (crm_threshold_time(days, as_of, &bound) != CRM_SIDE_BELOW)
			break;
		good += crm_feature_float(crm_days_since(as_of, bound)) >= days &&
			crm_feature_float(crm_days_since(as_of, bound - 1)) < days;
	}
	CHECK_INT(good, 2000);
	CHECK_INT(crm_threshold_time(-1e9f, 0, &bound), CRM_SIDE_NEVER);
	CHECK_INT(crm_threshold_time(1e9f, 0, &bound), CRM_SIDE_ALWAYS);
	CHECK_INT(crm_threshold_time(2, 0, &bound), CRM_SIDE_BELOW);
	CHECK(bound < 2 * CRM_USECS_PER_DAY &&
		  bound > 2 * CRM_USECS_PER_DAY - CRM_USECS_PER_SEC);
}

int
main(void)
{
	test_numbers();
	test_times();
	return unit_done();
}
