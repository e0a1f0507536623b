/*
 * datetime_fuzz.c
 *		Times and dates: what is accepted, and every number, comes back.
 */
#include "round_trip.h"

#include "datetime.h"

static void
check_time(int64_t t)
{
	char		text[CRM_DATETIME_TEXT_SIZE];
	size_t		n = crm_time_text(t, text);
	int64_t		back;

	DEMAND(n <= sizeof text);
	DEMAND(crm_time_parse(text, n, &back) && back == t);
}

static void
check_date(int32_t d)
{
	char		text[CRM_DATETIME_TEXT_SIZE];
	size_t		n = crm_date_text(d, text);
	int32_t		back;

	DEMAND(n <= sizeof text);
	DEMAND(crm_date_parse(text, n, &back) && back == d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t		t;
	int32_t		d;

	if (crm_time_parse((const char *) data, size, &t))
		check_time(t);
	if (crm_date_parse((const char *) data, size, &d))
		check_date(d);
	if (size == sizeof t)
	{
		memcpy(&t, data, sizeof t);
		memcpy(&d, data, sizeof d);
		if (crm_time_valid(t))
			check_time(t);
		if (crm_date_valid(d))
			check_date(d);
	}
	return 0;
}
