/*
 * number_label_test.c
 *		One number, one label.
 */
#include "unit.h"

#include "number_label.h"

#define LONGEST 1000

static void
check_label(const char *text, const char *want)
{
	char		label[CRM_NUMBER_LABEL_SIZE(LONGEST)];
	size_t		size = crm_number_label(text, strlen(text), label);

	CHECK_BYTES(label, size, want, strlen(want));
	CHECK(size <= CRM_NUMBER_LABEL_SIZE(strlen(text)));
	/* a label is its own label */
	CHECK_INT((long long) crm_number_label(want, strlen(want), label),
			  (long long) strlen(want));
	CHECK_BYTES(label, strlen(want), want, strlen(want));
}

static void
test_plain(void)
{
	check_label("0", "0");
	check_label("-0", "0");
	check_label("0.000", "0");
	check_label("0e+05", "0");
	check_label("7", "7");
	check_label("-7", "-7");
	check_label("007", "7");
	check_label("120", "120");
	check_label("-1200.00", "-1200");
	check_label("1.1", "1.1");
	check_label("1.10", "1.1");
	check_label("11e-1", "1.1");
	check_label("-10.05", "-10.05");
	check_label("0.5", "0.5");
	check_label("0.05", "0.05");
	check_label("0.00012", "0.00012");
	check_label("1.2e-04", "0.00012");
	check_label("9223372036854775807", "9223372036854775807");
	check_label("-9223372036854775808", "-9223372036854775808");
	check_label("1e+15", "1000000000000000");
	check_label("9.3e+18", "9300000000000000000");
	check_label("1234567890123456789.5", "1234567890123456789.5");
}

static void
test_exponent(void)
{
	char		long_text[LONGEST + 1];

	check_label("10000000000000000000", "1e+19");
	check_label("18446744073709551615", "1.8446744073709551615e+19");
	check_label("-1.5e+300", "-1.5e+300");
	check_label("0.00001", "1e-05");
	check_label("0.000012340", "1.234e-05");
	check_label("2.5e-07", "2.5e-07");
	memset(long_text, '0', LONGEST);
	long_text[0] = '1';
	long_text[LONGEST] = '\0';
	check_label(long_text, "1e+999");
	long_text[0] = '0';
	long_text[1] = '.';
	long_text[LONGEST - 1] = '3';
	check_label(long_text, "3e-998");
}

int
main(void)
{
	test_plain();
	test_exponent();
	return unit_done();
}
