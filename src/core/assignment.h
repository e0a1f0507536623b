/*
 * assignment.h
 *		Deals to sellers: the assignment of the greatest total value.
 *
 * Every deal goes to at most one seller, a seller takes at most so many deals.
 * Values are money (money.h), so the optimum is exact; a pair that is not
 * allowed has CRM_NOT_ALLOWED, and a value below 0 is never taken.
 */
#ifndef CRM_ASSIGNMENT_H
#define CRM_ASSIGNMENT_H

#include <stddef.h>
#include <stdint.h>

#include "poll.h"

#define CRM_NOT_ALLOWED INT64_MIN

/* Pairs of a deal and a seller. */
#define CRM_ASSIGNMENT_MAX_PAIRS 1000000

#define CRM_ASSIGNMENT_MAX_SELLERS 1000

/* Greatest value of a pair, so that sums of differences fit in 63 bits. */
#define CRM_ASSIGNMENT_MAX_VALUE (INT64_MAX / 2002)

/* In place of a seller: the deal stays with nobody. */
#define CRM_NOBODY UINT32_MAX

typedef struct CrmAssignment
{
	const		int64_t *values;	/* of deal d with seller s: d x sellers +
									 * s */
	const		int32_t *capacities;	/* by seller, >= 0 */
	uint32_t	deals;
	uint32_t	sellers;
	uint32_t   *seller;			/* by deal, the result */
} CrmAssignment;

/* Bytes of work space. */
extern size_t crm_assign_size(const CrmAssignment *a);

/* False: stopped. */
extern bool crm_assign(CrmAssignment *a, void *work, const CrmPoll *poll);

#endif
