/*
 * grouping.c
 *		Events of many deals, grouped by deal and put in order.
 *
 * The scatter keeps the order of arrival within a slot, so rows that come in
 * the order of time need no sorting but of the few deals that share a slot.
 */
#include "grouping.h"

/* About so many records a slot. */
#define RECORDS_A_SLOT 8
#define MAX_SLOT_BITS 16

static int
slot_bits(size_t n)
{
	int			bits = 0;

	while (bits < MAX_SLOT_BITS && (size_t) RECORDS_A_SLOT << bits < n)
		bits++;
	return bits;
}

size_t
crm_group_slots(size_t n)
{
	return (size_t) 1 << slot_bits(n);
}

typedef struct Records
{
	CrmRecordShape shape;
	uint64_t   *words;
} Records;

static inline bool
record_less(const void *data, size_t i, size_t j)
{
	const Records *r = data;
	const uint64_t *a = r->words + i * (size_t) r->shape.words;
	const uint64_t *b = r->words + j * (size_t) r->shape.words;

	/* the key follows the id */
	for (int k = 0; k <= r->shape.id_words; k++)
		if (a[k] != b[k])
			return a[k] < b[k];
	return false;
}

static inline void
record_swap(void *data, size_t i, size_t j)
{
	Records    *r = data;
	uint64_t   *a = r->words + i * (size_t) r->shape.words;
	uint64_t   *b = r->words + j * (size_t) r->shape.words;

	for (int k = 0; k < r->shape.words; k++)
	{
		uint64_t	w = a[k];

		a[k] = b[k];
		b[k] = w;
	}
}

/* The most frequent shape: an id of one word, and a key. */
static inline bool
pair_less(const void *data, size_t i, size_t j)
{
	const uint64_t *w = data;

	return w[2 * i] != w[2 * j] ? w[2 * i] < w[2 * j] :
		w[2 * i + 1] < w[2 * j + 1];
}

static inline void
pair_swap(void *data, size_t i, size_t j)
{
	uint64_t   *w = data;
	uint64_t	id = w[2 * i];
	uint64_t	key = w[2 * i + 1];

	w[2 * i] = w[2 * j];
	w[2 * i + 1] = w[2 * j + 1];
	w[2 * j] = id;
	w[2 * j + 1] = key;
}

static inline void
copy_record(uint64_t *to, const uint64_t *from, int words)
{
	for (int k = 0; k < words; k++)
		to[k] = from[k];
}

static inline void
record_copy(const void *from, size_t i, void *to, size_t k)
{
	const Records *a = from;
	const Records *b = to;
	size_t		words = (size_t) a->shape.words;

	copy_record(b->words + k * words, a->words + i * words, a->shape.words);
}

static inline uint64_t
record_key(const void *data, size_t i, int key)
{
	const Records *r = data;

	return r->words[i * (size_t) r->shape.words + (size_t) key];
}

/* For the deal with very many events. */
static inline void
sort_many(CrmRecordShape shape, uint64_t *words, uint64_t *scratch, size_t n,
		  CrmPause pause)
{
	Records		a = {shape, words};
	Records		b = {shape, scratch};

	if (crm_sort_keys(&a, &b, n, shape.id_words + 1, record_key, record_copy,
					  pause) == &a)
		return;
	for (size_t i = 0; i < n; i++)
	{
		record_copy(&b, i, &a, i);
		crm_pause_at(pause, i);
	}
}

static inline uint32_t
slot_of(CrmRecordShape shape, const uint64_t *record, int shift, uint32_t mask)
{
	return (uint32_t) (crm_group_hash(record, shape.id_words) >> shift) & mask;
}

static inline void
scatter(CrmRecordShape shape, uint64_t *in, uint64_t *out, size_t n,
		int shift, uint32_t mask, uint32_t *slots, CrmPause pause)
{
	const size_t words = (size_t) shape.words;
	uint32_t	sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		slots[slot_of(shape, in + i * words, shift, mask)]++;
		crm_pause_at(pause, i);
	}
	for (uint32_t s = 0; s <= mask; s++)
	{
		uint32_t	count = slots[s];

		slots[s] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
	{
		const uint64_t *record = in + i * words;

		copy_record(out + words * slots[slot_of(shape, record, shift, mask)]++,
					record, shape.words);
		crm_pause_at(pause, i);
	}
}

void
crm_group(CrmRecordShape shape, uint64_t *in, uint64_t *out, size_t n,
		  int used_bits, uint32_t *slots, CrmPause pause)
{
	int			bits = slot_bits(n);
	int			shift = 63 - used_bits - bits;
	uint32_t	mask = (UINT32_C(1) << bits) - 1;
	bool		pairs = shape.words == 2;
	const CrmRecordShape pair = {1, 2};
	uint32_t	from = 0;

	memset(slots, 0, ((size_t) mask + 2) * sizeof *slots);
	if (pairs)
		scatter(pair, in, out, n, shift, mask, slots, pause);
	else
		scatter(shape, in, out, n, shift, mask, slots, pause);
	/* the scatter has moved each slot's start to its end */
	for (uint32_t s = 0; s <= mask; s++)
	{
		uint32_t	count = slots[s] - from;
		uint64_t   *words = out + (size_t) from * (size_t) shape.words;

		if (from % CRM_PAUSE_EVERY + count >= CRM_PAUSE_EVERY && pause != NULL)
			pause();

		if (count > CRM_SORT_FEW && pairs)
			sort_many(pair, words, in, count, pause);
		else if (count > CRM_SORT_FEW)
			sort_many(shape, words, in, count, pause);
		else if (pairs)
			crm_sort(words, count, pair_less, pair_swap);
		else
		{
			Records		r = {shape, words};

			crm_sort(&r, count, record_less, record_swap);
		}
		from = slots[s];
	}
}

size_t
crm_group_length(CrmRecordShape shape, const uint64_t *records, size_t n)
{
	const uint64_t *record = records;
	size_t		i = 1;

	for (; i < n; i++)
	{
		record += shape.words;
		for (int k = 0; k < shape.id_words; k++)
			if (record[k] != records[k])
				return i;
	}
	return i;
}
