/*
 * care_test.c
 *		Days that come back every year, and the order of a care list.
 */
#include "care.h"
#include "datetime.h"
#include "unit.h"

static int32_t
day(int year, int month, int of_month)
{
	return (int32_t) crm_days_from_civil(year, month, of_month);
}

static void
test_leap_days(void)
{
	int32_t		due;
	int32_t		years;

	CHECK(crm_care_yearly(day(1980, 2, 29), day(2026, 2, 1), day(2026, 3, 31),
						  &due, &years));
	CHECK_INT(due, day(2026, 2, 28));
	CHECK_INT(years, 46);
	CHECK(crm_care_yearly(day(1980, 2, 29), day(2028, 2, 1), day(2028, 3, 31),
						  &due, &years));
	CHECK_INT(due, day(2028, 2, 29));
	/* 1900 has none, 2000 has one */
	CHECK(crm_care_yearly(day(1896, 2, 29), day(1900, 2, 1), day(1900, 3, 1),
						  &due, &years));
	CHECK_INT(due, day(1900, 2, 28));
	CHECK(crm_care_yearly(day(1896, 2, 29), day(2000, 2, 1), day(2000, 3, 1),
						  &due, &years));
	CHECK_INT(due, day(2000, 2, 29));
}

static void
test_window(void)
{
	int32_t		due;
	int32_t		years;

	/* not on the day itself, nor before it */
	CHECK(!crm_care_yearly(day(2026, 3, 1), day(2026, 1, 1), day(2026, 12, 31),
						   &due, &years));
	CHECK(!crm_care_yearly(day(2030, 3, 1), day(2026, 1, 1), day(2030, 12, 31),
						   &due, &years));
	CHECK(crm_care_yearly(day(2030, 3, 1), day(2026, 1, 1), day(2031, 3, 1),
						  &due, &years));
	CHECK_INT(years, 1);
	/* both ends belong to the window, which may span a new year */
	CHECK(crm_care_yearly(day(1990, 12, 31), day(2025, 12, 31),
						  day(2025, 12, 31), &due, &years));
	CHECK(crm_care_yearly(day(1990, 1, 2), day(2025, 12, 20), day(2026, 1, 2),
						  &due, &years));
	CHECK_INT(due, day(2026, 1, 2));
	CHECK_INT(years, 36);
	CHECK(!crm_care_yearly(day(1990, 1, 2), day(2025, 12, 20),
						   day(2026, 1, 1), &due, &years));
	/* the ends of the calendar */
	CHECK(crm_care_yearly(CRM_DATE_MIN, CRM_DATE_MIN, day(2026, 1, 1), &due,
						  &years));
	CHECK_INT(years, 1);
	CHECK(!crm_care_yearly(day(1990, 1, 2), CRM_DATE_END - 1, CRM_DATE_END - 1,
						   &due, &years));
}

/* Every day of 400 years comes back once a year, on the day of its calendar. */
static void
test_every_day(void)
{
	int			wrong = 0;

	for (int32_t d = day(1804, 1, 1); d < day(2004, 1, 1); d++)
	{
		int32_t		due;
		int32_t		years;
		int64_t		a[2];
		int			month[2];
		int			of_month[2];

		if (!crm_care_yearly(d, d + 3000, d + 3366, &due, &years))
		{
			wrong++;
			continue;
		}
		crm_civil_from_days(d, &a[0], &month[0], &of_month[0]);
		crm_civil_from_days(due, &a[1], &month[1], &of_month[1]);
		wrong += due < d + 3000 || a[1] - a[0] != years || month[0] != month[1] ||
			(of_month[0] != of_month[1] &&
			 (of_month[0] != 29 || of_month[1] != 28));
	}
	CHECK_INT(wrong, 0);
}

static void
test_order(void)
{
	CrmCareItem a = {10, CRM_CARE_HOLIDAY, 0, "10", 2, "A", 1};
	CrmCareItem b = a;

	CHECK_INT(crm_care_compare(&a, &b), 0);
	b.customer = "2";
	b.customer_len = 1;
	CHECK(crm_care_compare(&a, &b) < 0);
	b.kind = CRM_CARE_BIRTHDAY;
	CHECK(crm_care_compare(&a, &b) > 0);
	b.due = 11;
	CHECK(crm_care_compare(&a, &b) < 0);
	b = a;
	b.occasion = NULL;
	b.occasion_len = 0;
	CHECK(crm_care_compare(&a, &b) > 0);
	CHECK(strcmp(crm_care_kind(CRM_CARE_OFFER), "offer") == 0);
}

int
main(void)
{
	test_leap_days();
	test_window();
	test_every_day();
	test_order();
	return unit_done();
}
