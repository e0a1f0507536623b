/*
 * tally.c
 *		A sorted multiset: two counts for each key and part.
 */
#include "tally.h"

static bool
entry_less(const void *data, size_t i, size_t j)
{
	const CrmTally *entries = data;

	return crm_tally_compare(&entries[i], &entries[j]) < 0;
}

static void
entry_swap(void *data, size_t i, size_t j)
{
	CrmTally   *entries = data;
	CrmTally	moving = entries[i];

	entries[i] = entries[j];
	entries[j] = moving;
}

/* Adds up neighbours of equal key and part, in place. */
static bool
add_up(CrmTally *entries, size_t *n)
{
	size_t		kept = 0;

	for (size_t i = 0; i < *n; i++)
	{
		CrmTally   *last = kept > 0 ? &entries[kept - 1] : NULL;

		if (last == NULL || crm_tally_compare(last, &entries[i]) != 0)
		{
			entries[kept++] = entries[i];
			continue;
		}
		if (entries[i].first > CRM_TALLY_MAX_COUNT - last->first ||
			entries[i].second > CRM_TALLY_MAX_COUNT - last->second)
			return false;
		last->first += entries[i].first;
		last->second += entries[i].second;
	}
	*n = kept;
	return true;
}

bool
crm_tally_join(CrmTally *entries, size_t *n, CrmTally *tail, size_t n_tail,
			   CrmPause pause)
{
	size_t		head = *n;
	size_t		at;

	crm_sort_pausing(tail, n_tail, entry_less, entry_swap, pause);
	if (!add_up(tail, &n_tail))
		return false;
	/* from the back, so that no entry is overwritten before it has moved */
	*n = at = head + n_tail;
	while (n_tail > 0)
	{
		if (head > 0 &&
			crm_tally_compare(&entries[head - 1], &tail[n_tail - 1]) > 0)
			entries[--at] = entries[--head];
		else
			entries[--at] = tail[--n_tail];
	}
	return add_up(entries, n);
}

bool
crm_tally_ordered(const CrmTally *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		if (entries[i].zero != 0 ||
			(entries[i].first == 0 && entries[i].second == 0))
			return false;
		if (i > 0 && crm_tally_compare(&entries[i - 1], &entries[i]) >= 0)
			return false;
	}
	return true;
}

bool
crm_tally_total(const CrmTally *entries, size_t n, uint64_t *first,
				uint64_t *second)
{
	*first = *second = 0;
	for (size_t i = 0; i < n; i++)
	{
		if (entries[i].first > CRM_TALLY_MAX_COUNT - *first - *second)
			return false;
		*first += entries[i].first;
		if (entries[i].second > CRM_TALLY_MAX_COUNT - *first - *second)
			return false;
		*second += entries[i].second;
	}
	return true;
}
