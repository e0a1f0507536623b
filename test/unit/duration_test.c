/*
 * duration_test.c
 *		Buckets within 1 %, quantiles as percentile_cont gives them, exact sums.
 */
#include <stdlib.h>

#include "duration.h"
#include "unit.h"

static void
test_buckets(void)
{
	int64_t		last = -1;
	int			wrong = 0;

	CHECK_INT(crm_duration_bucket(0), 0);
	CHECK_INT(crm_duration_bucket(127), 127);
	CHECK_INT(crm_duration_bucket(128), 128);
	CHECK_INT(crm_duration_bucket(129), 128);
	CHECK_INT(crm_duration_bucket(-1), -1);
	CHECK_INT(crm_duration_bucket(INT64_MAX), CRM_BUCKET_MAX);
	CHECK_INT(crm_duration_bucket(INT64_MIN), -CRM_BUCKET_MAX);
	for (int32_t b = -CRM_BUCKET_MAX; b <= CRM_BUCKET_MAX; b++)
	{
		int64_t		d = crm_bucket_duration(b);

		wrong += crm_duration_bucket(d) != b;
		wrong += b > -CRM_BUCKET_MAX && d <= last;
		last = d;
	}
	CHECK_INT(wrong, 0);
	for (double x = 1; x < 9e18; x *= 1.0007)
	{
		int64_t		d = (int64_t) x;
		double		r = (double) crm_bucket_duration(crm_duration_bucket(d));

		wrong += fabs(r - (double) d) > 0.008 * (double) d;
	}
	CHECK_INT(wrong, 0);
}

static void
test_quantiles(void)
{
	CrmBucket	one[] = {{100, 1}};
	CrmBucket	few[] = {{10, 1}, {20, 1}, {40, 2}};
	CrmBucket	zeros[] = {{0, 3}, {50, 1}};

	CHECK_NEAR(crm_bucket_quantile(one, 1, 0.5), 100, 0);
	/* percentile_cont of 10, 20, 40, 40 */
	CHECK_NEAR(crm_bucket_quantile(few, 3, 0.5), 30, 1e-9);
	CHECK_NEAR(crm_bucket_quantile(few, 3, 0), 10, 0);
	CHECK_NEAR(crm_bucket_quantile(few, 3, 0.25), 17.5, 1e-9);
	CHECK_NEAR(crm_bucket_quantile(few, 3, 0.9), 40, 1e-9);
	CHECK_NEAR(crm_bucket_quantile(few, 3, 1), 40, 0);
	CHECK_NEAR(crm_bucket_quantile(zeros, 2, 0.5), 0, 0);
	CHECK_NEAR(crm_bucket_quantile(zeros, 2, 0.9), 35, 1e-9);
}

static void
check_sum(CrmInt128 v, const char *want)
{
	char		text[CRM_INT128_TEXT_SIZE];
	size_t		n = crm_int128_text(v, text);
	CrmInt128	back;

	CHECK_TEXT(text, n, want);
	CHECK(crm_int128_parse(text, n, &back) && back.hi == v.hi &&
		  back.lo == v.lo);
}

static void
test_sums(void)
{
	CrmInt128	sum = crm_int128(0);
	CrmInt128	bad;

	check_sum(sum, "0");
	crm_int128_add(&sum, crm_int128(INT64_MAX));
	crm_int128_add(&sum, crm_int128(INT64_MAX));
	crm_int128_add(&sum, crm_int128(2));
	check_sum(sum, "18446744073709551616");
	CHECK_NEAR(crm_int128_double(sum), 18446744073709551616.0, 0);
	CHECK_NEAR(crm_int128_double(crm_int128(-200000)), -200000, 0);
	CHECK_NEAR(crm_int128_double(crm_int128(0)), 0, 0);
	bad.hi = -1;
	bad.lo = 0;
	CHECK_NEAR(crm_int128_double(bad), -18446744073709551616.0, 0);
	crm_int128_add(&sum, crm_int128(INT64_MIN));
	crm_int128_add(&sum, crm_int128(INT64_MIN));
	crm_int128_add(&sum, crm_int128(-17));
	check_sum(sum, "-17");
	sum.hi = INT64_MAX;
	sum.lo = UINT64_MAX;
	check_sum(sum, "170141183460469231731687303715884105727");
	CHECK(crm_int128_add(&sum, crm_int128(-1)));
	CHECK(crm_int128_add(&sum, crm_int128(1)));
	CHECK(!crm_int128_add(&sum, crm_int128(1)));
	CHECK(!crm_int128_parse("170141183460469231731687303715884105728", 39, &bad));
	CHECK(!crm_int128_parse("-0", 2, &bad));
	CHECK(!crm_int128_parse("01", 2, &bad));
	CHECK(!crm_int128_parse("", 0, &bad));
	CHECK(!crm_int128_parse("1x", 2, &bad));
}

int
main(void)
{
	test_buckets();
	test_quantiles();
	test_sums();
	return unit_done();
}
