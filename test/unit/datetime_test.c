/*
 * datetime_test.c
 *		ISO 8601 text of times and dates.
 *
 * Wanted values were computed with PostgreSQL 15:
 *		extract(epoch from t) * 1000000 - 946684800000000, d - '2000-01-01'.
 */
#include "unit.h"

#include "datetime.h"

static void
check_time(const char *text, int64_t want)
{
	char		printed[CRM_DATETIME_TEXT_SIZE];
	int64_t		t = 1;

	CHECK_NAMED(crm_time_parse(text, strlen(text), &t), text);
	CHECK_INT(t, want);
	CHECK_TEXT(printed, crm_time_text(want, printed), text);
}

static void
check_date(const char *text, int32_t want)
{
	char		printed[CRM_DATETIME_TEXT_SIZE];
	int32_t		d = 1;

	CHECK_NAMED(crm_date_parse(text, strlen(text), &d), text);
	CHECK_INT(d, want);
	CHECK_TEXT(printed, crm_date_text(want, printed), text);
}

static bool
refuses_time(const char *text)
{
	int64_t		t = 7;

	return !crm_time_parse(text, strlen(text), &t) && t == 7;
}

static bool
refuses_date(const char *text)
{
	int32_t		d = 7;

	return !crm_date_parse(text, strlen(text), &d) && d == 7;
}

static void
test_values(void)
{
	int64_t		t = 0;

	check_time("2000-01-01T00:00:00Z", 0);
	check_time("1999-12-31T23:59:59.999999Z", -1);
	check_time("1970-01-01T00:00:00Z", INT64_C(-946684800000000));
	check_time("2026-03-01T09:30:00.25Z", INT64_C(825672600250000));
	check_time("2024-02-29T12:00:00Z", INT64_C(762523200000000));
	check_time("0001-01-01T00:00:00Z", INT64_C(-63082281600000000));
	check_time("-4713-11-24T00:00:00Z", CRM_TIME_MIN);
	check_time("+294276-12-31T23:59:59.999999Z", CRM_TIME_END - 1);
	check_date("2000-01-01", 0);
	check_date("1900-03-01", -36465);
	check_date("-4713-11-24", CRM_DATE_MIN);
	check_date("+5874897-12-31", CRM_DATE_END - 1);
	CHECK(crm_time_parse("2026-03-01 09:30:00+01:00", 25, &t));
	CHECK_INT(t, INT64_C(825669000000000));
	CHECK(crm_time_parse("2026-03-01T09:30:00-05:30", 25, &t));
	CHECK_INT(t, INT64_C(825692400000000));
}

static void
test_refused(void)
{
	static const char *const times[] = {
		"", "2026", "2026-03-01", "2026-03-01T09:30:00", "2026-03-01T09:30Z",
		"2026-03-01T24:00:00Z", "2026-03-01T09:60:00Z", "2026-03-01T09:30:60Z",
		"2026-03-01T09:30:00.Z", "2026-03-01T09:30:00.1234567Z",
		"2026-03-01T09:30:00z", "2026-03-01T09:30:00+0100",
		"2026-03-01T09:30:00+16:00", "2026-02-30T00:00:00Z",
		"2026-03-01T09:30:00Z ", " 2026-03-01T09:30:00Z",
		"-4713-11-23T23:59:59.999999Z", "+294277-01-01T00:00:00Z",
		"+9999999-01-01T00:00:00Z", "infinity", "26-03-01T09:30:00Z"
	};
	static const char *const dates[] = {
		"", "2026-3-1", "2026-13-01", "2026-00-01", "2026-01-00",
		"2025-02-29", "1900-02-29", "2026-01-32", "2026-01-01x",
		"-4713-11-23", "+5874898-01-01", "--2026-01-01"
	};

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		CHECK_NAMED(refuses_time(times[i]), times[i]);
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
		CHECK_NAMED(refuses_date(dates[i]), dates[i]);
}

/* Each day of 800 years around the epoch survives a round trip, in order. */
static void
test_days(void)
{
	bool		good = true;

	for (int32_t d = -146097; d <= 146097; d++)
	{
		char		text[CRM_DATETIME_TEXT_SIZE];
		int32_t		back;
		size_t		n = crm_date_text(d, text);

		good = good && n == 10 && crm_date_parse(text, n, &back) && back == d;
	}
	CHECK(good);
}

int
main(void)
{
	test_values();
	test_refused();
	test_days();
	return unit_done();
}
