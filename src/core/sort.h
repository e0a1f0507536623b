/*
 * sort.h
 *		Sorting, without allocation, of whatever callbacks swap or copy.
 *
 * crm_sort works in place and is made for data that is nearly always in order
 * already: that is seen in one pass, as is reverse order.  Otherwise insertion
 * for a few, a heap for many.  A heap of very many jumps about in memory, so
 * what may be large has crm_sort_keys, which takes linear time but wants as
 * much work space as there is data: it merges up to a few thousand and
 * distributes more by the digits of their keys.  Inline, so that the callbacks
 * are too.  crm_sort is not stable, crm_sort_keys is.
 */
#ifndef CRM_SORT_H
#define CRM_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef bool (*CrmSortLess) (const void *data, size_t i, size_t j);
typedef void (*CrmSortSwap) (void *data, size_t i, size_t j);

/*
 * Called now and then during work that may be long, so that the caller can be
 * interrupted; it need not return.  May be NULL.
 */
typedef void (*CrmPause) (void);

/* Every so many elements. */
#define CRM_PAUSE_EVERY 65536

static inline void
crm_pause_at(CrmPause pause, size_t i)
{
	if (i % CRM_PAUSE_EVERY == CRM_PAUSE_EVERY - 1 && pause != NULL)
		pause();
}

#define CRM_SORT_FEW 24

static inline void
crm_sort_sift(void *data, size_t root, size_t n, CrmSortLess less,
			  CrmSortSwap swap)
{
	for (size_t child = 2 * root + 1; child < n; child = 2 * root + 1)
	{
		if (child + 1 < n && less(data, child, child + 1))
			child++;
		if (!less(data, root, child))
			return;
		swap(data, root, child);
		root = child;
	}
}

static inline void
crm_sort_pausing(void *data, size_t n, CrmSortLess less, CrmSortSwap swap,
				 CrmPause pause)
{
	size_t		i = 1;

	while (i < n && !less(data, i, i - 1))
		i++;
	if (i >= n)
		return;
	for (i = 1; i < n && less(data, i, i - 1);)
		i++;
	if (i == n)
	{
		for (i = 0; i < n / 2; i++)
			swap(data, i, n - 1 - i);
		return;
	}
	if (n <= CRM_SORT_FEW)
	{
		for (i = 1; i < n; i++)
			for (size_t j = i; j > 0 && less(data, j, j - 1); j--)
				swap(data, j, j - 1);
		return;
	}
	for (i = n / 2; i-- > 0;)
	{
		crm_sort_sift(data, i, n, less, swap);
		crm_pause_at(pause, i);
	}
	for (i = n; --i > 0;)
	{
		swap(data, 0, i);
		crm_sort_sift(data, 0, i, less, swap);
		crm_pause_at(pause, i);
	}
}

static inline void
crm_sort(void *data, size_t n, CrmSortLess less, CrmSortSwap swap)
{
	crm_sort_pausing(data, n, less, swap, NULL);
}

/*
 * The order of a few, which stay where they are: the k-th is from[k], and the
 * i-th is number code[i].
 */
static inline void
crm_sort_order(const void *data, uint32_t n, CrmSortLess less, uint8_t *from,
			   uint8_t *code)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	j = i;

		for (; j > 0 && less(data, i, from[j - 1]); j--)
			from[j] = from[j - 1];
		from[j] = (uint8_t) i;
	}
	for (uint32_t i = 0; i < n; i++)
		code[from[i]] = (uint8_t) i;
}

/*
 * What crm_sort_keys is told: elements are ordered by n_keys numbers, the first
 * of which decides most.  copy means to[k] = from[i].
 */
typedef uint64_t (*CrmSortKey) (const void *data, size_t i, int key);
typedef void (*CrmSortCopy) (const void *from, size_t i, void *to, size_t k);

/* Distributing begins to pay here. */
#define CRM_SORT_MANY 2048
#define CRM_SORT_DIGIT 11

/* Signed numbers as keys. */
static inline uint64_t
crm_sort_signed(int64_t v)
{
	return (uint64_t) v ^ UINT64_C(1) << 63;
}

static inline bool
crm_keys_less(const void *data, size_t i, size_t j, int n_keys,
			  CrmSortKey key)
{
	for (int k = 0; k < n_keys; k++)
	{
		uint64_t	a = key(data, i, k);
		uint64_t	b = key(data, j, k);

		if (a != b)
			return a < b;
	}
	return false;
}

/* Merges the sorted [from, middle) and [middle, to) of a into b. */
static inline void
crm_merge_runs(const void *a, void *b, size_t from, size_t middle, size_t to,
			   int n_keys, CrmSortKey key, CrmSortCopy copy, CrmPause pause)
{
	size_t		i = from;
	size_t		j = middle;

	for (size_t k = from; k < to; k++)
	{
		bool		right = i == middle ||
		(j < to && crm_keys_less(a, j, i, n_keys, key));

		copy(a, right ? j++ : i++, b, k);
		crm_pause_at(pause, k);
	}
}

/* Distributes [from, to) of a into b by one digit of a key less low. */
static inline void
crm_distribute(const void *a, void *b, size_t from, size_t to, int k,
			   uint64_t low, int shift, CrmSortKey key, CrmSortCopy copy,
			   CrmPause pause)
{
	enum
	{
		N = 1 << CRM_SORT_DIGIT
	};
	size_t		next[N] = {0};
	size_t		sum = from;

	for (size_t i = from; i < to; i++)
	{
		next[(key(a, i, k) - low) >> shift & (N - 1)]++;
		crm_pause_at(pause, i);
	}
	for (int d = 0; d < N; d++)
	{
		size_t		n = next[d];

		next[d] = sum;
		sum += n;
	}
	for (size_t i = from; i < to; i++)
	{
		copy(a, i, b, next[(key(a, i, k) - low) >> shift & (N - 1)]++);
		crm_pause_at(pause, i);
	}
}

/* Sorts [from, to); the result is in a or in b, as the return value says. */
static inline void *
crm_sort_digits(void *a, void *b, size_t from, size_t to, int n_keys,
				CrmSortKey key, CrmSortCopy copy, CrmPause pause)
{
	for (int k = n_keys; k-- > 0;)
	{
		uint64_t	low = UINT64_MAX;
		uint64_t	high = 0;

		for (size_t i = from; i < to; i++)
		{
			uint64_t	v = key(a, i, k);

			low = v < low ? v : low;
			high = v > high ? v : high;
			crm_pause_at(pause, i);
		}
		for (int shift = 0; shift < 64 && (high - low) >> shift != 0;
			 shift += CRM_SORT_DIGIT)
		{
			void	   *swap = a;

			crm_distribute(a, b, from, to, k, low, shift, key, copy, pause);
			a = b;
			b = swap;
		}
	}
	return a;
}

static inline void *
crm_sort_merging(void *a, void *b, size_t from, size_t to, int n_keys,
				 CrmSortKey key, CrmSortCopy copy, CrmPause pause)
{
	for (size_t width = 1; width < to - from; width *= 2)
	{
		void	   *swap = a;

		for (size_t i = from; i < to; i += 2 * width)
		{
			size_t		middle = i + width < to ? i + width : to;
			size_t		end = middle + width < to ? middle + width : to;

			crm_merge_runs(a, b, i, middle, end, n_keys, key, copy, pause);
		}
		a = b;
		b = swap;
	}
	return a;
}

/*
 * Sorts n elements; the result is in data or in scratch, of which the return
 * value is the one.  What is in order at the beginning is not sorted again.
 */
static inline void *
crm_sort_keys(void *data, void *scratch, size_t n, int n_keys, CrmSortKey key,
			  CrmSortCopy copy, CrmPause pause)
{
	size_t		sorted = 1;
	void	   *a;

	while (sorted < n && !crm_keys_less(data, sorted, sorted - 1, n_keys, key))
	{
		crm_pause_at(pause, sorted);
		sorted++;
	}
	if (sorted >= n)
		return data;
	/* worth a merge of its own only where it is the larger part */
	if (sorted < n / 2)
		sorted = 0;
	if (n - sorted < CRM_SORT_MANY)
		a = crm_sort_merging(data, scratch, sorted, n, n_keys, key, copy,
							 pause);
	else
		a = crm_sort_digits(data, scratch, sorted, n, n_keys, key, copy,
							pause);
	if (sorted == 0)
		return a;
	for (size_t i = 0; a != data && i < sorted; i++)
	{
		copy(data, i, a, i);
		crm_pause_at(pause, i);
	}
	scratch = a == data ? scratch : data;
	crm_merge_runs(a, scratch, 0, sorted, n, n_keys, key, copy, pause);
	return scratch;
}

#endif
