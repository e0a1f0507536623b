/*
 * retention.h
 *		Who came back: cohorts of customers, period by period.
 *
 * A tally: key is the first day of the cohort; part 0 counts its customers
 * (first), part k + 1 those who were active in period k (first) and those of
 * them who were not active later (second).  The frame says what a period is.
 */
#ifndef CRM_RETENTION_H
#define CRM_RETENTION_H

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "tally.h"

#define CRM_RETENTION_FORMAT 1

/* Periods 0 .. of one cohort. */
#define CRM_RETENTION_MAX_PERIODS 10000
#define CRM_RETENTION_MAX_BRACKETS 100

/* Dates from 0001-01-01 to 9999-12-31, as days since 2000-01-01. */
#define CRM_RETENTION_FIRST_DAY (-730119)
#define CRM_RETENTION_LAST_DAY 2921939

/*
 * Either calendar months, period 0 being the cohort's own, or days counted
 * from each customer's start: in equal periods, or in brackets, of which k
 * begins with day bracket[k] and the last ends before bracket[n_brackets].
 */
typedef struct CrmRetentionFrame
{
	int32_t		as_of;			/* the last day that is known */
	int32_t		months;
	int32_t		days;
	int32_t		n_brackets;
	int32_t		bracket[CRM_RETENTION_MAX_BRACKETS + 2];
} CrmRetentionFrame;

typedef struct CrmRetention
{
	const CrmRetentionFrame *frame;
	const CrmTally *cells;
	size_t		n_cells;
} CrmRetention;

/* Bytes of a frame as it is stored, a multiple of 8. */
static inline size_t
crm_retention_frame_size(int32_t n_brackets)
{
	return 16 + ((size_t) (n_brackets > 0 ? n_brackets + 1 : 0) * 4 + 7) / 8 * 8;
}

extern bool crm_retention_check_frame(const CrmRetentionFrame *f,
									  CrmError *error);

/* The first day of the cohort of who started then. */
extern int32_t crm_retention_cohort(const CrmRetentionFrame *f,
									int32_t started);

/* The period of a day not before the start; -1: in no bracket. */
extern int32_t crm_retention_period(const CrmRetentionFrame *f,
									int32_t started, int32_t day);

/* Periods of a cohort that have begun by as_of. */
extern int32_t crm_retention_begun(const CrmRetentionFrame *f,
								   int32_t cohort);

/* Is the period over for everybody in the cohort? */
extern bool crm_retention_complete(const CrmRetentionFrame *f,
								   int32_t cohort, int32_t period);

extern bool crm_retention_check(CrmRetention r, CrmError *error);

extern void crm_retention_encode(CrmRetention r, CrmWriter *w);
extern void crm_retention_print(CrmJsonWriter *w, CrmRetention r);

/* The shortest cell of the text form, "[0,1,0]", and of the wire form. */
#define CRM_RETENTION_MIN_CELL_TEXT 7
#define CRM_RETENTION_MIN_CELL_SIZE 24

extern bool crm_retention_parse(const char *text, size_t len,
								CrmRetentionFrame *f, CrmTally *cells,
								size_t *n, CrmError *error);
extern bool crm_retention_decode(const void *data, size_t size,
								 CrmRetentionFrame *f, CrmTally *cells,
								 size_t *n, CrmError *error);

/* One period of one cohort. */
typedef struct CrmRetentionRow
{
	int32_t		cohort;
	int32_t		period;
	uint64_t	size;
	uint64_t	active;			/* in the period */
	uint64_t	later;			/* in it or in a later one */
	bool		complete;
} CrmRetentionRow;

/*
 * The cells of the cohort at *at, of which *at is the first, as rows of its
 * begun periods; rows has room for CRM_RETENTION_MAX_PERIODS.  *at moves to
 * the next cohort.  Returns the number of rows.
 */
extern int32_t crm_retention_rows(CrmRetention r, size_t *at,
								  CrmRetentionRow *rows);

#endif
