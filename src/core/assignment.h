/*
 * assignment.h
 *		Which seller gets which deal, for the largest expected value under
 *		capacity.
 *
 * Two forms.  Where the value of a pair is deal times seller, the best deals go
 * to the best sellers (rearrangement inequality: Hardy, Littlewood and Polya
 * 1934, theorem 368), in linear time.  Where each pair has a value of its own
 * it is a transportation problem, solved exactly by successive shortest paths
 * (Ahuja, Magnanti and Orlin 1993, section 9.7) over the sellers only: a deal
 * is a way from the seller who has it to any other.
 *
 * Of equal totals the one that assigns most deals is taken (all that capacity
 * allows in the first form); then deals stay with their owner, in the second
 * form as many as possible, in the first the more valuable ones first.
 */
#ifndef CRM_ASSIGNMENT_H
#define CRM_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poll.h"

#define CRM_ASSIGN_MAX_DEALS 1000000
#define CRM_ASSIGN_MAX_SELLERS 100000

/* With a value for each pair. */
#define CRM_ASSIGN_PAIR_DEALS 20000
#define CRM_ASSIGN_PAIR_SELLERS 500
#define CRM_ASSIGN_PAIR_CELLS 5000000

#define CRM_ASSIGN_MAX_FACTOR 1000.0

#define CRM_NOBODY (-1)

typedef struct CrmAssignment
{
	uint32_t	n_deals;
	uint32_t	n_sellers;
	const int32_t *owner;		/* of each deal: a seller or CRM_NOBODY */
	const int32_t *capacity;	/* of each seller: deals, not negative */
	int32_t    *seller;			/* of each deal, the result */
} CrmAssignment;

/*
 * money x factor, 0 to CRM_ASSIGN_MAX_FACTOR: the product of the two exact
 * values, rounded half up; false where it does not fit.  money >= 0.
 */
extern bool crm_assign_scale(int64_t money, double factor, int64_t *product);

/*
 * Deals in descending order of value, sellers in descending order of factor.
 * work: crm_assign_product_size bytes, aligned for int64_t.
 */
extern size_t crm_assign_product_size(uint32_t n_sellers);
extern void crm_assign_product(const CrmAssignment *a, const int64_t *value,
							   const double *factor, void *work);

/*
 * value[deal * n_sellers + seller], negative where the seller cannot have the
 * deal.  False after a stop of the poll, which is asked once a deal (some
 * milliseconds at the limits).  work: crm_assign_pairs_size bytes, aligned for
 * int64_t.
 */
extern size_t crm_assign_pairs_size(uint32_t n_deals, uint32_t n_sellers);
extern bool crm_assign_pairs(const CrmAssignment *a, const int64_t *value,
							 const CrmPoll *poll, void *work);

#endif							/* CRM_ASSIGNMENT_H */
