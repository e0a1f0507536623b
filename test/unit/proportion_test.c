/*
 * proportion_test.c
 *		Shares: text, order, Wilson limits, comparison of two.
 */
#include "unit.h"

#include "proportion.h"

static CrmProportion
make(int64_t successes, int64_t trials)
{
	CrmProportion p = {0};
	CrmError	error;

	CHECK(crm_proportion_make(successes, trials, &p, &error));
	return p;
}

/* Parses; the kind of the refusal or -1 when accepted. */
static int
kind(const char *text, CrmProportion *p)
{
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

	return crm_proportion_parse(text, strlen(text), p, &error) ? -1 :
		(int) error.kind;
}

static void
test_text(void)
{
	CrmProportion p;
	char		text[CRM_PROPORTION_TEXT_SIZE];

	CHECK_INT(kind(" 12 / 040\n", &p), -1);
	CHECK_TEXT(text, crm_proportion_text(&p, text), "12/40");
	CHECK_INT(kind("+0/-0", &p), -1);
	CHECK_TEXT(text, crm_proportion_text(&p, text), "0/0");
	CHECK_INT(kind("9223372036854775807/9223372036854775807", &p), -1);
	CHECK_TEXT(text, crm_proportion_text(&p, text),
			   "9223372036854775807/9223372036854775807");
	CHECK_INT(kind("", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("12", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("/", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("1/", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("1/2/3", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("1.0/2", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("-/2", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("1 1/20", &p), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("5/4", &p), CRM_ERROR_VALUE);
	CHECK_INT(kind("-1/4", &p), CRM_ERROR_VALUE);
	CHECK_INT(kind("0/-4", &p), CRM_ERROR_VALUE);
	CHECK_INT(kind("0/9223372036854775808", &p), CRM_ERROR_RANGE);
}

static void
test_bytes(void)
{
	CrmProportion p = make(1, 258);
	CrmProportion q = {0};
	uint8_t		data[CRM_PROPORTION_ENCODED_SIZE];
	CrmWriter	w = crm_writer(data, sizeof data);
	CrmError	error;

	crm_proportion_encode(&p, &w);
	CHECK_BYTES(data, w.at, "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1\2", 17);
	CHECK(crm_proportion_decode(data, 17, &q, &error));
	CHECK_BYTES(&q, sizeof q, &p, sizeof p);
	CHECK(!crm_proportion_decode(data, 16, &q, &error));
	CHECK(!crm_proportion_decode(data, 0, &q, &error));
	data[1] = 0x80;
	CHECK(!crm_proportion_decode(data, 17, &q, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
	data[0] = 2;
	CHECK(!crm_proportion_decode(data, 17, &q, &error));
	CHECK_INT(error.kind, CRM_ERROR_SYNTAX);
	q.reserved[3] = 1;
	CHECK(!crm_proportion_valid(&q));
	q = p;
	CHECK(crm_proportion_valid(&q));
	q.successes = 259;
	CHECK(!crm_proportion_valid(&q));
}

/* Each is below the next, and equal to itself. */
static void
test_order(void)
{
	static const int64_t order[][2] = {
		{0, 1}, {0, 2}, {INT64_MAX / 2, INT64_MAX}, {1, 2}, {2, 4},
		{INT64_MAX - 2, INT64_MAX - 1}, {INT64_MAX - 1, INT64_MAX},
		{1, 1}, {INT64_MAX, INT64_MAX}, {0, 0}
	};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
	{
		for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		{
			CrmProportion a = make(order[i][0], order[i][1]);
			CrmProportion b = make(order[k][0], order[k][1]);

			CHECK_INT(crm_proportion_compare(&a, &b), (i > k) - (i < k));
		}
	}
}

static void
test_counting(void)
{
	CrmProportion p = make(0, 0);
	CrmProportion full = make(3, INT64_MAX);

	CHECK(crm_proportion_count(&p, true));
	CHECK(crm_proportion_count(&p, false));
	CHECK(p.successes == 1 && p.trials == 2);
	CHECK(!crm_proportion_count(&full, true));
	CHECK(!crm_proportion_merge(&full, &p));
	CHECK(full.successes == 3 && full.trials == INT64_MAX);
	CHECK(crm_proportion_merge(&p, &p));
	CHECK(p.successes == 2 && p.trials == 4);
}

static void
check_limits(int64_t successes, int64_t trials, double want_low,
			 double want_high)
{
	CrmProportion p = make(successes, trials);
	double		low;
	double		high;

	crm_proportion_limits(&p, 0.95, &low, &high);
	CHECK_NEAR(low, want_low, 5e-5);
	CHECK_NEAR(high, want_high, 5e-5);
}

/* Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3. */
static void
test_limits(void)
{
	CrmProportion p = make(8, 10);
	double		low;
	double		high;

	check_limits(81, 263, 0.2553, 0.3662);
	check_limits(15, 148, 0.0624, 0.1605);
	check_limits(0, 20, 0, 0.1611);
	check_limits(1, 29, 0.0061, 0.1718);
	/* by hand: z = 1.959964, (p + z^2/2n -+ z sqrt(...)) / (1 + z^2/n) */
	crm_proportion_limits(&p, 0.95, &low, &high);
	CHECK_NEAR(low, 0.4901624715, 1e-9);
	CHECK_NEAR(high, 0.9433178485, 1e-9);
	p = make(0, INT64_MAX);
	crm_proportion_limits(&p, 0.95, &low, &high);
	CHECK(low == 0 && high > 0 && high < 1e-17);
	p = make(INT64_MAX, INT64_MAX);
	crm_proportion_limits(&p, 1 - 1e-16, &low, &high);
	CHECK(high == 1 && low <= 1 && low > 0.999);
}

static void
test_shrink(void)
{
	CrmProportion p = make(3, 4);
	CrmProportion prior = make(20, 100);
	CrmProportion none = make(0, 0);

	/* (3 + 16 x 0.2) / 20 */
	CHECK_NEAR(crm_proportion_shrink(&p, &prior, 16), 0.31, 1e-15);
	CHECK_NEAR(crm_proportion_shrink(&p, &prior, 0), 0.75, 0);
	CHECK_NEAR(crm_proportion_shrink(&p, &prior, INFINITY), 0.2, 0);
	CHECK_NEAR(crm_proportion_shrink(&none, &prior, 5), 0.2, 1e-16);
	CHECK_NEAR(crm_proportion_shrink(&none, &prior, 0), NAN, 0);
	CHECK_NEAR(crm_proportion_shrink(&p, &none, 5), NAN, 0);
	CHECK_NEAR(crm_proportion_shrink(&p, &none, 0), 0.75, 0);
}

/*
 * Limits: Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method
 * 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10, 5/56 - 0/29.
 */
static void
check_difference(CrmProportion a, CrmProportion b, double low, double high)
{
	CrmAbTest	t = crm_ab_test(&a, &b);

	CHECK_NEAR(t.low, low, 5e-5);
	CHECK_NEAR(t.high, high, 5e-5);
}

static void
test_ab(void)
{
	CrmProportion a = make(48, 80);
	CrmProportion b = make(56, 70);
	CrmProportion zero = make(0, 10);
	CrmProportion none = make(0, 0);
	CrmAbTest	t = crm_ab_test(&a, &b);

	check_difference(make(48, 80), make(56, 70), 0.0524, 0.3339);
	check_difference(make(3, 10), make(9, 10), 0.1705, 0.8090);
	check_difference(make(0, 10), make(10, 10), 0.6075, 1);
	check_difference(make(0, 29), make(5, 56), -0.0381, 0.1926);
	CHECK_NEAR(t.difference, 0.2, 1e-15);
	CHECK_NEAR(t.relative_uplift, 1.0 / 3, 1e-15);
	/* pooled 104/150: z = 0.2 / sqrt(0.693333 0.306667 (1/80 + 1/70)) */
	CHECK_NEAR(t.z, 2.650172, 5e-7);
	CHECK_NEAR(t.p_value, 0.008045, 5e-7);
	t = crm_ab_test(&zero, &zero);
	CHECK_NEAR(t.difference, 0, 0);
	CHECK_NEAR(t.relative_uplift, NAN, 0);
	CHECK_NEAR(t.z, NAN, 0);
	CHECK_NEAR(t.p_value, NAN, 0);
	CHECK(t.low < 0 && t.high > 0);
	t = crm_ab_test(&none, &a);
	CHECK_NEAR(t.difference, NAN, 0);
	CHECK_NEAR(t.low, NAN, 0);
}

int
main(void)
{
	test_text();
	test_bytes();
	test_order();
	test_counting();
	test_limits();
	test_shrink();
	test_ab();
	return unit_done();
}
