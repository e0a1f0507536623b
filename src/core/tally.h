/*
 * tally.h
 *		A sorted multiset: two counts for each key and part.
 *
 * What survival_curve, logrank and retention are made of.  While rows arrive
 * the list is in disorder behind a sorted head; crm_tally_join puts it in
 * order and adds up what is equal, so that the result depends neither on the
 * order of rows nor on how they were split.
 */
#ifndef CRM_TALLY_H
#define CRM_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sort.h"

typedef struct CrmTally
{
	double		key;			/* finite, -0 stored as 0 */
	uint32_t	part;			/* orders entries of one key */
	uint32_t	zero;
	uint64_t	first;
	uint64_t	second;
} CrmTally;

/* Entries of one value: 32 bytes each stay below 1 GB. */
#define CRM_TALLY_MAX_ENTRIES 33000000

/* What all counts of one value may add up to. */
#define CRM_TALLY_MAX_COUNT INT64_MAX

static inline int
crm_tally_compare(const CrmTally *a, const CrmTally *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->part > b->part) - (a->part < b->part);
}

/*
 * Sorts the tail, merges it into the *n entries in order, behind which there is
 * room for it, adds up equal ones and sets *n.  False: a count does not fit.
 */
extern bool crm_tally_join(CrmTally *entries, size_t *n, CrmTally *tail,
						   size_t n_tail, CrmPause pause);

/* The entry of this key and part among n in order, or NULL. */
static inline CrmTally *
crm_tally_find(CrmTally *entries, size_t n, const CrmTally *wanted)
{
	CrmTally   *at = entries;

	if (n == 0)
		return NULL;
	while (n > 1)
	{
		size_t		half = n / 2;

		at += crm_tally_compare(&at[half], wanted) <= 0 ? half : 0;
		n -= half;
	}
	return crm_tally_compare(at, wanted) == 0 ? at : NULL;
}

/* In order, each key and part once, none without a count. */
extern bool crm_tally_ordered(const CrmTally *entries, size_t n);

/* False: the counts add up to more than CRM_TALLY_MAX_COUNT. */
extern bool crm_tally_total(const CrmTally *entries, size_t n,
							uint64_t *first, uint64_t *second);

#endif
