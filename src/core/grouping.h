/*
 * grouping.h
 *		Events of many deals, grouped by deal and put in order.
 *
 * A record is an array of 64-bit words: the deal's id (1 to 3 words), a key,
 * and an amount or none.  The key is time and stage code in one word, so that
 * events of a deal compare by one number.  Grouping partitions by a hash of
 * the id until a few deals are left together, which are then sorted.
 */
#ifndef CRM_GROUPING_H
#define CRM_GROUPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sort.h"

#define CRM_GROUP_MAX_WORDS 5

/* Stage codes below this fit into a key; the time must fit into 56 bits. */
#define CRM_KEY_ESCAPE 255
#define CRM_KEY_TIME_LIMIT (INT64_C(1) << 55)

typedef struct CrmRecordShape
{
	int			id_words;
	int			words;			/* of a record */
} CrmRecordShape;

/* The sign bit is turned, so that keys compare as unsigned numbers. */
static inline uint64_t
crm_key(int64_t at, uint32_t code)
{
	return ((uint64_t) at << 8 ^ UINT64_C(1) << 63) | code;
}

static inline uint32_t
crm_key_code(uint64_t key)
{
	return (uint32_t) (key & 255);
}

static inline int64_t
crm_key_time(uint64_t key)
{
	return (int64_t) (key ^ UINT64_C(1) << 63) >> 8;
}

static inline bool
crm_key_fits(int64_t at, uint32_t code)
{
	return code < CRM_KEY_ESCAPE && at < CRM_KEY_TIME_LIMIT &&
		at >= -CRM_KEY_TIME_LIMIT;
}

static inline uint64_t
crm_hash_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 32;
}

/* Its high bits are well mixed. */
static inline uint64_t
crm_group_hash(const uint64_t *id, int id_words)
{
	uint64_t	h = 0;

	for (int i = 0; i < id_words; i++)
		h = crm_hash_word(h, id[i]);
	return h * UINT64_C(0xD6E8FEB86659FD93);
}

/* Slots of the counting array that a grouping of n records wants. */
extern size_t crm_group_slots(size_t n);

/*
 * Groups n records of `in` into `out`: equal ids stand together and their
 * keys ascend.  used_bits of the hash are the same for all.  slots has
 * crm_group_slots(n) + 1 elements.  `in` serves as work space.
 */
extern void crm_group(CrmRecordShape shape, uint64_t *in, uint64_t *out,
					  size_t n, int used_bits, uint32_t *slots,
					  CrmPause pause);

/* How many records from the first on have its id. */
extern size_t crm_group_length(CrmRecordShape shape, const uint64_t *records,
							   size_t n);

#endif
