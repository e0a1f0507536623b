/*
 * sort.h
 *		Sorting in place, without allocation, of whatever two callbacks swap.
 *
 * Made for data that is nearly always in order already: that is seen in one
 * pass, as is reverse order.  Otherwise insertion for a few, a heap for many.
 * Inline, so that the callbacks are too.  Not stable.
 */
#ifndef CRM_SORT_H
#define CRM_SORT_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
