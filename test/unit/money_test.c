/*
 * money_test.c
 *		Exact money: parsing, printing, multiplying.
 */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "money.h"

#define REFUSED INT64_C(-77)

static int64_t
parse(const char *text, CrmErrorKind *kind)
{
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};
	int64_t		v = REFUSED;

	if (!crm_money_parse(text, strlen(text), &v, &error))
		*kind = error.kind;
	return v;
}

static void
check_refused(const char *text, CrmErrorKind want)
{
	CrmErrorKind kind = CRM_ERROR_VALUE;

	CHECK_INT(parse(text, &kind), REFUSED);
	CHECK_INT(kind, want);
}

static void
test_parse(void)
{
	CrmErrorKind kind;
	char		zeros[500];

	CHECK_INT(parse("0", &kind), 0);
	CHECK_INT(parse("-0.0000", &kind), 0);
	CHECK_INT(parse("1200.5", &kind), 12005000);
	CHECK_INT(parse("-0.0001", &kind), -1);
	CHECK_INT(parse("1.50000000000000000000000000", &kind), 15000);
	CHECK_INT(parse("1.2e3", &kind), 12000000);
	CHECK_INT(parse("15E-1", &kind), 15000);
	CHECK_INT(parse("0e99999999999", &kind), 0);
	CHECK_INT(parse("10000000000e-10", &kind), 10000);
	CHECK(parse("922337203685477.5807", &kind) == INT64_MAX);
	CHECK(parse("-922337203685477.5807", &kind) == -INT64_MAX);
	memset(zeros, '0', sizeof zeros - 1);
	zeros[sizeof zeros - 1] = '\0';
	memcpy(zeros + 400, "7", 1);
	zeros[401] = '\0';
	CHECK_INT(parse(zeros, &kind), 70000);
	check_refused("922337203685477.5808", CRM_ERROR_RANGE);
	check_refused("0.00001", CRM_ERROR_RANGE);
	check_refused("1.23456789012345678901234567890", CRM_ERROR_RANGE);
	check_refused("1e15", CRM_ERROR_RANGE);
	check_refused("1e99999999999999999999", CRM_ERROR_RANGE);
	check_refused("99999999999999999999999999", CRM_ERROR_RANGE);
	check_refused("", CRM_ERROR_SYNTAX);
	check_refused(".", CRM_ERROR_SYNTAX);
	check_refused("-", CRM_ERROR_SYNTAX);
	check_refused("1e", CRM_ERROR_SYNTAX);
	check_refused("1e+", CRM_ERROR_SYNTAX);
	check_refused("1e5x", CRM_ERROR_SYNTAX);
	check_refused("1,5", CRM_ERROR_SYNTAX);
	check_refused("NaN", CRM_ERROR_SYNTAX);
}

static void
test_text(void)
{
	char		text[CRM_MONEY_TEXT_SIZE];

	CHECK_TEXT(text, crm_money_text(0, text), "0");
	CHECK_TEXT(text, crm_money_text(12005000, text), "1200.5");
	CHECK_TEXT(text, crm_money_text(-1, text), "-0.0001");
	CHECK_TEXT(text, crm_money_text(1000000, text), "100");
	CHECK_TEXT(text, crm_money_text_full(1000000, text), "100.0000");
	CHECK_TEXT(text, crm_money_text_full(-INT64_MAX, text),
			   "-922337203685477.5807");
}

/*
 * Wanted by hand; the last three with Python's fractions:
 * floor(Fraction(2**63 - 1) * Fraction(0.3) + Fraction(1, 2)) and the like.
 */
static void
test_times(void)
{
	CHECK_INT(crm_money_times(12005000, 0.1), 1200500);
	CHECK_INT(crm_money_times(1, 0.5), 1);
	CHECK_INT(crm_money_times(-1, 0.5), -1);
	CHECK_INT(crm_money_times(1, 0.49999999999999994), 0);
	CHECK_INT(crm_money_times(3, 0.5), 2);
	CHECK_INT(crm_money_times(12345, 0), 0);
	CHECK_INT(crm_money_times(12345, 1), 12345);
	CHECK_INT(crm_money_times(INT64_MAX, 5e-324), 0);
	CHECK(crm_money_times(INT64_MAX, 1) == INT64_MAX);
	CHECK(crm_money_times(INT64_MAX, nextafter(1, 0)) ==
		  INT64_C(9223372036854774783));
	CHECK(crm_money_times(INT64_MAX, 0.3) == INT64_C(2767011611056432640));
	CHECK(crm_money_times(INT64_MAX, 0.999999999999) == INT64_C(9223372036845552639));
}

static void
test_sum_text(void)
{
	char		text[CRM_SUM_TEXT_SIZE];
	CrmInt128	big = {INT64_MAX, UINT64_MAX};

	CHECK_TEXT(text, crm_sum_text(crm_int128(0), text), "0.0000");
	CHECK_TEXT(text, crm_sum_text(crm_int128(12), text), "0.0012");
	CHECK_TEXT(text, crm_sum_text(crm_int128(-123456), text), "-12.3456");
	CHECK_TEXT(text, crm_sum_text(big, text),
			   "17014118346046923173168730371588410.5727");
	CHECK_TEXT(text, crm_sum_text_short(crm_int128(-123450), text), "-12.345");
	CHECK_TEXT(text, crm_sum_text_short(crm_int128(1000000), text), "100");
}

static void
check_sum(const char *text, long long want)
{
	CrmInt128	sum;

	CHECK_NAMED(crm_sum_parse(text, strlen(text), &sum) &&
				sum.hi == (want < 0 ? -1 : 0) && (int64_t) sum.lo == want,
				text);
}

static void
test_sum_parse(void)
{
	static const char *const refused[] = {
		"", "-", ".", "1e3", "1.23456", "1.2.3", "+1", " 1",
		"17014118346046923173168730371588410.5728",
		"1000000000000000000000000000000000000000000"
	};
	CrmInt128	sum;

	check_sum("0", 0);
	check_sum("-0.00", 0);
	check_sum("007.5", 75000);
	check_sum("-12.3456", -123456);
	check_sum("1200", 12000000);
	CHECK(crm_sum_parse("-17014118346046923173168730371588410.5727", 41, &sum));
	CHECK(sum.hi == INT64_MIN && sum.lo == 1);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		CHECK_NAMED(!crm_sum_parse(refused[i], strlen(refused[i]), &sum),
					refused[i]);
}

int
main(void)
{
	test_parse();
	test_text();
	test_times();
	test_sum_text();
	test_sum_parse();
	return unit_done();
}
