/*
 * datetime.c
 *		ISO 8601 text of times and dates, in UTC, free of any setting.
 *
 * The calendar arithmetic is Howard Hinnant's "chrono-compatible low-level
 * date algorithms": a year starts in March, so the leap day is its last.
 */
#include "datetime.h"

#include <string.h>

/* Days from 0000-03-01 to 2000-01-01. */
#define EPOCH_SHIFT INT64_C(730425)
#define DAYS_PER_ERA INT64_C(146097)	/* 400 years */

typedef struct Cursor
{
	const char *text;
	size_t		len;
	size_t		at;
} Cursor;

void
crm_civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t		z = days + EPOCH_SHIFT;
	int64_t		era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int			doe = (int) (z - era * DAYS_PER_ERA);
	int			yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int			doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int			mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

int64_t
crm_days_from_civil(int64_t year, int month, int day)
{
	int64_t		y = year - (month <= 2);
	int64_t		era = (y >= 0 ? y : y - 399) / 400;
	int			yoe = (int) (y - era * 400);
	int			mp = month > 2 ? month - 3 : month + 9;
	int			doy = (153 * mp + 2) / 5 + day - 1;
	int			doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * DAYS_PER_ERA + doe - EPOCH_SHIFT;
}

int32_t
crm_date_month(int32_t d)
{
	int64_t		year;
	int			month;
	int			day;

	crm_civil_from_days(d, &year, &month, &day);
	return (int32_t) ((year - 2000) * 12 + month - 1);
}

int32_t
crm_month_date(int32_t month)
{
	int32_t		year = month >= 0 ? month / 12 : -((11 - month) / 12);

	return (int32_t) crm_days_from_civil(2000 + year, month - year * 12 + 1, 1);
}

/* Writes v with at least width digits. */
static size_t
put_digits(char *text, int64_t v, int width)
{
	char		digits[20];
	int			n = 0;

	for (; v > 0 || n < width; v /= 10)
		digits[n++] = (char) ('0' + v % 10);
	for (int i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	return (size_t) n;
}

static size_t
put_date(int64_t days, char *text)
{
	int64_t		year;
	int			month;
	int			day;
	size_t		n = 0;

	crm_civil_from_days(days, &year, &month, &day);
	if (year < 0)
		text[n++] = '-';
	else if (year > 9999)
		text[n++] = '+';
	n += put_digits(text + n, year < 0 ? -year : year, 4);
	text[n++] = '-';
	n += put_digits(text + n, month, 2);
	text[n++] = '-';
	n += put_digits(text + n, day, 2);
	return n;
}

size_t
crm_date_text(int32_t d, char *text)
{
	return put_date(d, text);
}

size_t
crm_time_text(int64_t t, char *text)
{
	int64_t		days = t / CRM_USECS_PER_DAY;
	int64_t		rest = t % CRM_USECS_PER_DAY;
	int64_t		seconds;
	int64_t		fraction;
	size_t		n;

	if (rest < 0)
	{
		rest += CRM_USECS_PER_DAY;
		days--;
	}
	seconds = rest / CRM_USECS_PER_SEC;
	fraction = rest % CRM_USECS_PER_SEC;
	n = put_date(days, text);
	text[n++] = 'T';
	n += put_digits(text + n, seconds / 3600, 2);
	text[n++] = ':';
	n += put_digits(text + n, seconds / 60 % 60, 2);
	text[n++] = ':';
	n += put_digits(text + n, seconds % 60, 2);
	if (fraction > 0)
	{
		text[n++] = '.';
		n += put_digits(text + n, fraction, 6);
		while (text[n - 1] == '0')
			n--;
	}
	text[n++] = 'Z';
	return n;
}

static bool
take_char(Cursor *c, char wanted)
{
	if (c->at == c->len || c->text[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

/* Reads between min and max digits; returns how many, 0 when too few. */
static int
take_digits(Cursor *c, int min, int max, int64_t *v)
{
	int			n = 0;

	*v = 0;
	while (n < max && c->at < c->len &&
		   c->text[c->at] >= '0' && c->text[c->at] <= '9')
	{
		*v = *v * 10 + (c->text[c->at++] - '0');
		n++;
	}
	return n >= min ? n : 0;
}

static bool
take_two(Cursor *c, int64_t max, int64_t *v)
{
	return take_digits(c, 2, 2, v) != 0 && *v <= max;
}

/* A date; *days may be outside PostgreSQL's range. */
static bool
take_date(Cursor *c, int64_t *days)
{
	int64_t		year;
	int64_t		month;
	int64_t		day;
	int64_t		back_year;
	int			back_month;
	int			back_day;
	bool		negative = take_char(c, '-');

	if (!negative)
		(void) take_char(c, '+');
	if (take_digits(c, 4, 7, &year) == 0 || !take_char(c, '-') ||
		!take_two(c, 12, &month) || !take_char(c, '-') ||
		!take_two(c, 31, &day) || month == 0 || day == 0)
		return false;
	if (negative)
		year = -year;
	*days = crm_days_from_civil(year, (int) month, (int) day);
	/* 30 February becomes 1 or 2 March: not what was written */
	crm_civil_from_days(*days, &back_year, &back_month, &back_day);
	return back_month == month && back_day == day;
}

bool
crm_date_parse(const char *text, size_t len, int32_t *d)
{
	Cursor		c = {text, len, 0};
	int64_t		days;

	if (!take_date(&c, &days) || c.at != len ||
		days < CRM_DATE_MIN || days >= CRM_DATE_END)
		return false;
	*d = (int32_t) days;
	return true;
}

static bool
take_clock(Cursor *c, int64_t *usecs)
{
	int64_t		hour;
	int64_t		minute;
	int64_t		second;
	int64_t		fraction = 0;

	if (!take_two(c, 23, &hour) || !take_char(c, ':') ||
		!take_two(c, 59, &minute) || !take_char(c, ':') ||
		!take_two(c, 59, &second))
		return false;
	if (take_char(c, '.'))
	{
		int			n = take_digits(c, 1, 6, &fraction);

		if (n == 0)
			return false;
		for (; n < 6; n++)
			fraction *= 10;
	}
	*usecs = ((hour * 60 + minute) * 60 + second) * CRM_USECS_PER_SEC +
		fraction;
	return true;
}

/* Z, or how far the clock is ahead of UTC. */
static bool
take_offset(Cursor *c, int64_t *usecs)
{
	int64_t		hour;
	int64_t		minute;
	bool		behind;

	*usecs = 0;
	if (take_char(c, 'Z'))
		return true;
	behind = take_char(c, '-');
	if ((!behind && !take_char(c, '+')) || !take_two(c, 15, &hour) ||
		!take_char(c, ':') || !take_two(c, 59, &minute))
		return false;
	*usecs = (hour * 60 + minute) * 60 * CRM_USECS_PER_SEC;
	if (behind)
		*usecs = -*usecs;
	return true;
}

bool
crm_time_parse(const char *text, size_t len, int64_t *t)
{
	Cursor		c = {text, len, 0};
	int64_t		days;
	int64_t		clock;
	int64_t		offset;
	int64_t		value;

	if (!take_date(&c, &days) || (!take_char(&c, 'T') && !take_char(&c, ' ')) ||
		!take_clock(&c, &clock) || !take_offset(&c, &offset) || c.at != len)
		return false;
	/* keeps the product in range; the true limits are checked below */
	if (days < CRM_DATE_MIN - 1 || days > CRM_TIME_END / CRM_USECS_PER_DAY)
		return false;
	value = days * CRM_USECS_PER_DAY;
	if (value > INT64_MAX - 2 * CRM_USECS_PER_DAY)
		return false;
	value += clock - offset;
	if (!crm_time_valid(value))
		return false;
	*t = value;
	return true;
}
