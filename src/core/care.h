/*
 * care.h
 *		Who is due some attention: days that come back every year, and the
 *		order of a list of what is due.
 */
#ifndef CRM_CARE_H
#define CRM_CARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which those of one day are listed. */
typedef enum CrmCareKind
{
	CRM_CARE_BIRTHDAY,
	CRM_CARE_ANNIVERSARY,
	CRM_CARE_HOLIDAY,
	CRM_CARE_CHECK_IN,
	CRM_CARE_OFFER
} CrmCareKind;

extern const char *crm_care_kind(CrmCareKind kind);

/* Days are those since 2000-01-01. */
typedef struct CrmCareItem
{
	int32_t		due;
	CrmCareKind kind;
	int32_t		years;			/* since the first, where it comes every year */
	const char *customer;
	size_t		customer_len;
	const char *occasion;		/* name of a holiday, else NULL */
	size_t		occasion_len;
} CrmCareItem;

/*
 * The first return of a day in [from, to], years after it: one at least.  29
 * February comes back on the 28th where a year has none.  False where the day
 * does not come back by then.
 */
extern bool crm_care_yearly(int32_t day, int32_t from, int32_t to,
							int32_t *due, int32_t *years);

/* By day, kind, customer, occasion (texts by bytes), years. */
extern int	crm_care_compare(const CrmCareItem *a, const CrmCareItem *b);

#endif
