/*
 * sales_series.h
 *		Sales by period: exact sums in order of date, and their calendar.
 *
 * A series is a list of distinct dates in ascending order, each with the exact
 * sum of its amounts, which may be negative.  What is computed from it takes
 * the list in that order, so the order in which rows came does not count.
 *
 * The periods are months (or quarters, years) when all dates are the same day
 * of a month up to the 28th or all are the last day of theirs, else days; the
 * step is the greatest common divisor of the distances.
 */
#ifndef CRM_SALES_SERIES_H
#define CRM_SALES_SERIES_H

#include "bytes.h"
#include "duration.h"
#include "error.h"
#include "json.h"
#include "sort.h"

#define CRM_SERIES_FORMAT 1

/* Dates of one series, missing ones included when it is laid out. */
#define CRM_SERIES_MAX_PERIODS 100000

/* Format, three zero bytes, count, ignored rows; then 20 bytes each. */
#define CRM_SERIES_HEADER_SIZE 16
#define CRM_SERIES_ENTRY_SIZE 20

/* The shortest entry of the text form, ["2026-01-01",0], and its comma. */
#define CRM_SERIES_MIN_ENTRY_TEXT 16

typedef struct CrmPeriod
{
	int32_t		date;			/* days since 2000-01-01 */
	uint32_t	zero;
	CrmInt128	sum;			/* money.h */
} CrmPeriod;

typedef struct CrmSeries
{
	const CrmPeriod *periods;
	size_t		n;
	uint64_t	ignored;		/* rows with a NULL */
} CrmSeries;

extern void crm_periods_sort(CrmPeriod *periods, size_t n, CrmPause pause);

/* Index of the date, or of the first later one. */
extern size_t crm_periods_find(const CrmPeriod *periods, size_t n,
							   int32_t date);

/*
 * Merges the sorted tail into periods, which has room for both, and adds up
 * equal dates.  False: a sum does not fit.
 */
extern bool crm_periods_join(CrmPeriod *periods, size_t *n,
							 const CrmPeriod *tail, size_t n_tail);

extern bool crm_series_check(CrmSeries s, CrmError *error);
extern bool crm_series_parse(const char *text, size_t len, bool utf8,
							 CrmPeriod *periods, CrmSeries *s,
							 CrmError *error);
extern void crm_series_print(CrmJsonWriter *w, CrmSeries s);
extern void crm_series_encode(CrmSeries s, CrmWriter *w);
extern bool crm_series_decode(const void *data, size_t size,
							  CrmPeriod *periods, CrmSeries *s,
							  CrmError *error);

/* How dates follow one another. */
typedef struct CrmCalendar
{
	int32_t		first;			/* date of position 0 */
	int32_t		step;			/* days or months, 0 with one date only */
	bool		months;
	bool		month_ends;
} CrmCalendar;

extern CrmCalendar crm_series_calendar(CrmSeries s);
extern int64_t crm_calendar_position(const CrmCalendar *c, int32_t date);

/* False where the date is out of range. */
extern bool crm_calendar_date(const CrmCalendar *c, int64_t position,
							  int32_t *date);

/* Positions from the first date to the last. */
extern int64_t crm_series_positions(CrmSeries s, const CrmCalendar *c);

/* What stands for a period without a row. */
typedef enum CrmMissing
{
	CRM_MISSING_ERROR,			/* nothing: it is refused */
	CRM_MISSING_ZERO,
	CRM_MISSING_SKIP,			/* the periods that there are follow one
								 * another */
	CRM_MISSING_INTERPOLATE
} CrmMissing;

/*
 * The amounts as reals in currency: crm_series_positions of them, with
 * CRM_MISSING_SKIP as many as there are dates.
 */
extern void crm_series_values(CrmSeries s, const CrmCalendar *c,
							  CrmMissing missing, double *values);

/*
 * The date that follows this one in a projection.  With CRM_MISSING_SKIP a day
 * of the week that the series never has is passed over, when it has days.
 */
extern bool crm_series_next(CrmSeries s, const CrmCalendar *c,
							CrmMissing missing, int32_t *date);

#endif
