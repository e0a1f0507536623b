/*
 * datetime.h
 *		ISO 8601 text of times and dates, in UTC, free of any setting.
 *
 * Times are PostgreSQL's timestamps: microseconds since 2000-01-01 00:00 UTC;
 * dates are days since then.  Proleptic Gregorian calendar, years -4713 to
 * 294276 (year 0 is 1 BC).  Infinities have no text here; callers refuse them.
 */
#ifndef CRM_DATETIME_H
#define CRM_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRM_USECS_PER_SEC INT64_C(1000000)
#define CRM_USECS_PER_DAY INT64_C(86400000000)

/* PostgreSQL's own limits (datatype/timestamp.h): the end is exclusive. */
#define CRM_TIME_MIN INT64_C(-211813488000000000)
#define CRM_TIME_END INT64_C(9223371331200000000)
#define CRM_DATE_MIN (-2451545)
#define CRM_DATE_END 2145031949

/* Longest text of a time or date; no terminator is written. */
#define CRM_DATETIME_TEXT_SIZE 40

static inline bool
crm_time_valid(int64_t t)
{
	return t >= CRM_TIME_MIN && t < CRM_TIME_END;
}

static inline bool
crm_date_valid(int32_t d)
{
	return d >= CRM_DATE_MIN && d < CRM_DATE_END;
}

/* Days since 2000-01-01 and the calendar: months from 1, days from 1. */
extern void crm_civil_from_days(int64_t days, int64_t *year, int *month,
								int *day);
extern int64_t crm_days_from_civil(int64_t year, int month, int day);

/* "2026-03-01T09:30:00.25Z": fraction only when not zero, no trailing zeros;
 * years outside 0..9999 carry a sign.  Returns the length. */
extern size_t crm_time_text(int64_t t, char *text);

/* "2026-03-01" */
extern size_t crm_date_text(int32_t d, char *text);

/* Accept what the printers give, a sign before any year, leading zeros up to
 * seven digits of year, and for times an offset (+hh:mm) in place of Z and a
 * space in place of T. */
extern bool crm_time_parse(const char *text, size_t len, int64_t *t);
extern bool crm_date_parse(const char *text, size_t len, int32_t *d);

/* The calendar month of a date, counted from January 2000, and its first day. */
extern int32_t crm_date_month(int32_t d);
extern int32_t crm_month_date(int32_t month);

#endif
