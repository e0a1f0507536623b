/*
 * care.c
 *		Days that come back every year, and the order of what is due.
 */
#include "care.h"

#include <string.h>

#include "datetime.h"

const char *
crm_care_kind(CrmCareKind kind)
{
	static const char *const names[] = {
		"birthday", "anniversary", "holiday", "check_in", "offer"
	};

	return names[kind];
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool
crm_care_yearly(int32_t day, int32_t from, int32_t to, int32_t *due,
				int32_t *years)
{
	int64_t		first;
	int64_t		year;
	int			month;
	int			of_month;
	int			ignored;

	crm_civil_from_days(day, &first, &month, &of_month);
	crm_civil_from_days(from, &year, &ignored, &ignored);
	if (year <= first)
		year = first + 1;
	for (;; year++)
	{
		bool		moves = month == 2 && of_month == 29 && !is_leap(year);
		int64_t		d = crm_days_from_civil(year, month,
											moves ? 28 : of_month);

		if (d > to)
			return false;
		if (d < from)
			continue;
		*due = (int32_t) d;
		*years = (int32_t) (year - first);
		return true;
	}
}

static int
compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t		n = a_len < b_len ? a_len : b_len;
	int			c = n > 0 ? memcmp(a, b, n) : 0;

	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

int
crm_care_compare(const CrmCareItem *a, const CrmCareItem *b)
{
	int			c;

	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = compare_text(a->customer, a->customer_len, b->customer,
					 b->customer_len);
	if (c == 0)
		c = compare_text(a->occasion, a->occasion_len, b->occasion,
						 b->occasion_len);
	return c != 0 ? c : (a->years > b->years) - (a->years < b->years);
}
