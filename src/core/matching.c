/*
 * matching.c
 *	  How one deal's history is matched against the steps of a funnel.
 *
 * Three shapes cover the five modes.  `reached` and `any` collect a set of
 * steps from the entry on; `first_touch` and `strict` follow one chain at a
 * time; `ordered` keeps, for each step, the chain with the latest start that
 * has come this far.  Starts only grow from event to event and the latest
 * start has the most window left, so one chain per step gives the exact
 * highest step over all chains.
 *
 * With repeats as visits, a row whose stage equals that of the row before it
 * is passed over here and nowhere else: a mergeable state may not do it.
 */
#include "matching.h"

#include <string.h>

/* The events still to be read, and where the next call goes on. */
typedef struct Scan
{
	const CrmFunnelRule *rule;
	const CrmEvent *events;
	size_t		n;
	size_t	   *next;
} Scan;

static inline bool
may_start(const CrmFunnelRule *rule, int64_t at)
{
	return at >= rule->entry_low &&
		(!rule->entry_bounded_above || at < rule->entry_high);
}

/* The row has the stage of the row before it. */
static inline bool
is_repeat(const Scan *scan, size_t i)
{
	return i > 0 && scan->events[i].code == scan->events[i - 1].code;
}

/*
 * The row continues a visit.  With a tolerance that was settled while
 * preparing: rows that are neighbours since then are visits of their own.
 */
static inline bool
is_same_visit(const Scan *scan, size_t i)
{
	return !scan->rule->rows && scan->rule->tolerance == 0 &&
		is_repeat(scan, i);
}

/* A deal that counts once has no next entry. */
static inline bool
finish(const Scan *scan, size_t resume)
{
	*scan->next = scan->rule->entries ? resume : scan->n;
	return true;
}

static inline int
highest_step(uint64_t steps)
{
#ifdef __GNUC__
	return steps == 0 ? 0 : 64 - __builtin_clzll(steps);
#else
	int			k = 0;

	for (; steps != 0; steps >>= 1)
		k++;
	return k;
#endif
}

static inline int
count_steps(uint64_t steps)
{
	int			k = 0;

	for (; steps != 0; steps &= steps - 1)
		k++;
	return k;
}

static bool
finish_set(const Scan *scan, CrmMatch *match, size_t resume)
{
	match->level = scan->rule->mode == CRM_MODE_ANY ?
		count_steps(match->entered) : highest_step(match->entered);
	return finish(scan, resume);
}

/*
 * reached, any: the entry is the first event that implies a step.  A step
 * gets a time from the event that brought it, if that event is the step
 * itself; a step implied earlier by a later one stays without.
 */
static bool
match_set(const Scan *scan, CrmMatch *match)
{
	const CrmFunnelRule *rule = scan->rule;
	const uint64_t complete = rule->entries ? rule->complete : 0;
	bool		open = false;
	int64_t		last = 0;
	uint64_t	passed = 0;

	for (size_t i = *scan->next; i < scan->n; i++)
	{
		int64_t		at = scan->events[i].at;
		int			step = rule->step[scan->events[i].code];
		uint64_t	implied = rule->implies[scan->events[i].code];
		uint64_t	fresh = implied & ~passed;

		crm_pause_at(rule->pause, i);
		if (is_same_visit(scan, i))
			continue;
		if (step == CRM_STEP_EXCLUDED)
		{
			if (open)
				return finish_set(scan, match, i + 1);
			continue;
		}
		if (implied == 0)
			continue;
		if (!open)
		{
			open = true;
			match->start = last = at;
			match->entered = match->timed = 0;
		}
		else if (crm_time_since(at, match->start) > rule->within)
		{
			/* going on late is no new entry, coming back is */
			if (!rule->entries || rule->mode == CRM_MODE_ANY || fresh == 0)
				return finish_set(scan, match, i);
			passed = implied;
			continue;
		}
		passed = implied;
		fresh = implied & ~match->entered;
		if (fresh == 0 || (rule->has_gaps && crm_time_since(at, last) >
						   rule->gap[highest_step(fresh)]))
			continue;
		last = at;
		match->entered |= fresh;
		if (step != 0 && (fresh & CRM_STEP_BIT(step)) != 0)
		{
			match->timed |= CRM_STEP_BIT(step);
			match->at[step] = at;
		}
		if (match->entered == rule->all_steps ||
			(match->entered & complete) != 0)
			return finish_set(scan, match, i + 1);
	}
	return open && finish_set(scan, match, scan->n);
}

static inline void
start_chain(CrmMatch *match, int64_t at)
{
	match->level = 1;
	match->start = match->at[1] = at;
	match->entered = match->timed = CRM_STEP_BIT(1);
}

/* Whether the chain may go on to this step at this time. */
static inline bool
may_extend(const CrmFunnelRule *rule, const CrmMatch *chain, int step,
		   int64_t at)
{
	return step > chain->level &&
		(rule->before[step] & CRM_STEP_BIT(chain->level)) != 0 &&
		crm_time_since(at, chain->start) <= rule->within &&
		(!rule->has_gaps || crm_time_since(at, chain->at[chain->level]) <=
		 rule->gap[step]);
}

static inline void
extend_chain(CrmMatch *match, int step, int64_t at)
{
	match->level = step;
	match->at[step] = at;
	match->entered |= CRM_STEP_BIT(step);
	match->timed = match->entered;
}

/* first_touch: only the first event of step 1 starts the clock. */
static bool
match_first_touch(const Scan *scan, CrmMatch *match)
{
	const CrmFunnelRule *rule = scan->rule;

	match->level = 0;
	for (size_t i = *scan->next; i < scan->n; i++)
	{
		int64_t		at = scan->events[i].at;
		int			step = rule->step[scan->events[i].code];

		crm_pause_at(rule->pause, i);
		if (step == 0 || is_same_visit(scan, i))
			continue;
		if (match->level == 0)
		{
			if (step == 1)
				start_chain(match, at);
		}
		else if (step == CRM_STEP_EXCLUDED)
			return finish(scan, i + 1);
		else if (crm_time_since(at, match->start) > rule->within)
		{
			if (step == 1 || !rule->entries)
				return finish(scan, i);
		}
		else if (may_extend(rule, match, step, at))
			extend_chain(match, step, at);
		if (match->level == rule->n_steps)
			return finish(scan, i + 1);
	}
	return match->level > 0 && finish(scan, scan->n);
}

/*
 * strict: nothing but the next step may follow.  Any other stage ends the
 * chain; a later step 1 starts anew, and the longest chain counts, the first
 * of equals.  A repeated row is no other stage; at step 1, where rows count
 * one by one, it starts the clock again.
 */
static bool
match_strict(const Scan *scan, CrmMatchWork *work, CrmMatch *match)
{
	const CrmFunnelRule *rule = scan->rule;
	CrmMatch   *chain = &work->run;

	chain->level = match->level = 0;
	for (size_t i = *scan->next; i < scan->n; i++)
	{
		int64_t		at = scan->events[i].at;
		int			step = rule->step[scan->events[i].code];

		crm_pause_at(rule->pause, i);
		if (is_same_visit(scan, i) || (step != 1 && is_repeat(scan, i)))
			continue;
		if (chain->level > 0 && step != CRM_STEP_EXCLUDED &&
			may_extend(rule, chain, step, at))
			extend_chain(chain, step, at);
		else
		{
			if (rule->entries && match->level > 0)
				return finish(scan, i);
			chain->level = 0;
			if (step == 1 && may_start(rule, at))
				start_chain(chain, at);
		}
		if (chain->level > match->level)
			*match = *chain;
		if (match->level == rule->n_steps)
			return finish(scan, i + 1);
	}
	return match->level > 0 && finish(scan, scan->n);
}

/*
 * The chain that a step goes on from: of the possible predecessors the one
 * with the latest start, and of equals the one furthest along.  Where steps
 * have windows of their own it is the one that came to its step last: none
 * has a later start, for whoever came to a step has passed the one before the
 * optional ones, and a later passage there has no earlier start.
 */
static inline int
best_predecessor(const CrmFunnelRule *rule, const CrmMatchWork *work, int step)
{
	int			best = step - 1;

	for (int k = step - 2; k > 0; k--)
	{
		if ((rule->before[step] & CRM_STEP_BIT(k)) == 0)
			break;
		if (work->start[k] == 0)
			continue;
		if (work->start[best] == 0 ||
			(rule->has_gaps ? work->chain[k][k] > work->chain[best][best] :
			 work->start[k] > work->start[best]))
			best = k;
	}
	return best;
}

static void
keep_chain(const CrmMatchWork *work, int step, CrmMatch *match)
{
	match->level = step;
	match->start = work->chain[step][1];
	match->entered = match->timed = work->mask[step];
	for (int k = 1; k <= step; k++)
		match->at[k] = work->chain[step][k];
}

/* Let the chain that has come to `from` go on to `step`. */
static inline void
advance(CrmMatchWork *work, int from, int step, int64_t at)
{
	int64_t    *chain = work->chain[step];

	work->start[step] = work->start[from];
	work->mask[step] = work->mask[from] | CRM_STEP_BIT(step);
	for (int k = 1; k <= from; k++)
		chain[k] = work->chain[from][k];
	for (int k = from + 1; k < step; k++)
		chain[k] = 0;
	chain[step] = at;
}

/* Another chain is about to take the place of the one at this step. */
static inline void
make_place(const CrmMatchWork *work, int step, CrmMatch *match, bool *kept)
{
	if (step != match->level || *kept)
		return;
	keep_chain(work, step, match);
	*kept = true;
}

static bool
finish_chain(const Scan *scan, const CrmMatchWork *work, CrmMatch *match,
			 bool kept, size_t resume)
{
	if (!kept)
		keep_chain(work, match->level, match);
	return finish(scan, resume);
}

/*
 * ordered: steps in order with anything between, the best chain over all
 * starts.  Within one start the first match of each later step is kept;
 * where steps have windows of their own, the most recent match is, because
 * it has the most of the next step's window left.  A start after the window
 * of an attempt's first start is the next attempt: measured from the latest
 * start, the window of a deal that keeps coming back would never end.  The
 * best chain stays where it is until the next one to come as far takes its
 * place.
 */
static bool
match_ordered(const Scan *scan, CrmMatchWork *work, CrmMatch *match)
{
	const CrmFunnelRule *rule = scan->rule;
	int64_t		first = 0;
	const CrmEvent *events = scan->events;
	const uint8_t *steps = rule->step;
	const size_t n = scan->n;
	const uint64_t within = rule->within;
	const bool	has_gaps = rule->has_gaps;
	const bool	visits = !rule->rows && rule->tolerance == 0;
	int			top = 0;
	bool		kept = true;	/* else the best chain is still in work */

	match->level = 0;
	work->start[1] = 0;
	for (size_t i = *scan->next; i < n; i++)
	{
		int64_t		at = events[i].at;
		int			step = steps[events[i].code];

		crm_pause_at(rule->pause, i);
		if (step == 0 || (visits && is_repeat(scan, i)))
			continue;
		if (step == CRM_STEP_EXCLUDED)
		{
			if (rule->entries && match->level > 0)
				return finish_chain(scan, work, match, kept, i + 1);
			top = 0;
			work->start[1] = 0;
			continue;
		}
		if (step == 1)
		{
			if (!may_start(rule, at))
				continue;
			if (match->level == 0)
				first = at;
			else if (rule->entries && crm_time_since(at, first) > within)
				return finish_chain(scan, work, match, kept, i);
			make_place(work, 1, match, &kept);
			work->start[1] = i + 1;
			work->mask[1] = CRM_STEP_BIT(1);
			work->chain[1][1] = at;
		}
		else
		{
			int			from = step - 1;

			/* levels above `top` hold nothing of this entry */
			for (; top < step; top++)
				if (top > 0)
					work->start[top + 1] = 0;
			if (rule->has_optional)
				from = best_predecessor(rule, work, step);
			if (work->start[from] == 0 ||
				crm_time_since(at, work->chain[from][1]) > within)
				continue;
			if (has_gaps)
			{
				if (crm_time_since(at, work->chain[from][from]) >
					rule->gap[step])
					continue;
			}
			else if (work->start[step] == work->start[from])
				continue;
			make_place(work, step, match, &kept);
			advance(work, from, step, at);
		}
		if (step > match->level)
		{
			match->level = step;
			kept = false;
		}
		if (match->level == rule->n_steps)
			return finish_chain(scan, work, match, kept, i + 1);
	}
	return match->level > 0 && finish_chain(scan, work, match, kept, scan->n);
}

/*
 * With a tolerance, step k may come before step k - 1 by at most that much.
 * In the order of time + k * tolerance this is the plain order of steps.  A
 * stage that is no step keeps its place behind the row before it.
 *
 * While sorting, `reserved` holds the step that shifts the event, and below
 * it the place that the event had.
 */
#define PLACE_BITS 24

static inline uint64_t
shifted_time(const CrmEvent *e, int64_t first, uint64_t tolerance)
{
	return crm_time_since(e->at, first) +
		(uint64_t) (e->reserved >> PLACE_BITS) * tolerance;
}

typedef struct Shifted
{
	CrmEvent   *events;
	int64_t		first;
	uint64_t	tolerance;
} Shifted;

/* At the same shifted time the earlier step first, then as they were. */
static inline uint64_t
shifted_key(const void *data, size_t i, int key)
{
	const Shifted *s = data;

	return key == 0 ? shifted_time(&s->events[i], s->first, s->tolerance) :
		(uint64_t) s->events[i].reserved;
}

static inline void
shifted_copy(const void *from, size_t i, void *to, size_t k)
{
	((Shifted *) to)->events[k] = ((const Shifted *) from)->events[i];
}

size_t
crm_match_prepare(const CrmFunnelRule *rule, CrmEvent *events, size_t n,
				  CrmEvent *scratch)
{
	Shifted		shifted = {events, 0, rule->tolerance};
	Shifted		other = {scratch, 0, rule->tolerance};
	const Shifted *sorted;
	size_t		kept = 0;
	int32_t		shift = 0;

	if (rule->tolerance == 0 || rule->mode == CRM_MODE_ANY || n == 0)
		return n;
	shifted.first = other.first = events[0].at;
	for (size_t i = 0; i < n; i++)
	{
		int			step = rule->step[events[i].code];

		crm_pause_at(rule->pause, i);
		/* a visit begins once; its later rows must not come between others */
		if (!rule->rows && kept > 0 && events[kept - 1].code == events[i].code)
			continue;
		if (step != 0 && step != CRM_STEP_EXCLUDED)
			shift = step;
		events[kept] = events[i];
		events[kept].reserved = (int32_t) (shift << PLACE_BITS | (int32_t) kept);
		kept++;
	}
	sorted = crm_sort_keys(&shifted, &other, kept, 2, shifted_key, shifted_copy,
						   rule->pause);
	for (size_t i = 0; i < kept; i++)
	{
		crm_pause_at(rule->pause, i);
		events[i] = sorted->events[i];
		events[i].reserved = 0;
	}
	return kept;
}

/*
 * Find the next entry of a deal.  *next is 0 before the first call and
 * belongs to the routine from then on; false means that there is no further
 * entry.
 */
bool
crm_match_next(const CrmFunnelRule *rule, const CrmEvent *events,
			   size_t n_events, size_t *next, CrmMatchWork *work,
			   CrmMatch *match)
{
	Scan		scan = {rule, events, n_events, next};

	while (*next < n_events)
	{
		bool		found;

		switch (rule->mode)
		{
			case CRM_MODE_ORDERED:
				found = match_ordered(&scan, work, match);
				break;
			case CRM_MODE_FIRST_TOUCH:
				found = match_first_touch(&scan, match);
				break;
			case CRM_MODE_STRICT:
				found = match_strict(&scan, work, match);
				break;
			default:
				found = match_set(&scan, match);
				break;
		}
		if (!found)
			*next = n_events;
		else if (may_start(rule, match->start))
			return true;
	}
	return false;
}
