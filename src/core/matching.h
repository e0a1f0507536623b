/*
 * matching.h
 *	  How one deal's history is matched against the steps of a funnel.
 *
 * There is one matching routine for every mode and option; counts, times,
 * levels and both SQL entry points come from it, so they cannot disagree.
 * A rule is compiled once per definition; the routine allocates nothing and
 * takes time linear in the events.
 */
#ifndef CRM_MATCHING_H
#define CRM_MATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sort.h"

/* Most events of one deal. */
#define CRM_MATCH_MAX_EVENTS (UINT32_C(1) << 24)

/* one bit per step: see CrmMatch */
#define CRM_FUNNEL_MAX_STEPS 64

/* in CrmFunnelRule.step: the stage ends the chain */
#define CRM_STEP_EXCLUDED 255

/* a window that never closes */
#define CRM_NO_WINDOW UINT64_MAX

typedef enum CrmFunnelMode
{
	CRM_MODE_REACHED = 0,
	CRM_MODE_ORDERED = 1,
	CRM_MODE_FIRST_TOUCH = 2,
	CRM_MODE_STRICT = 3,
	CRM_MODE_ANY = 4
} CrmFunnelMode;

/*
 * One event: microseconds, and the code of its stage.  Code 0 is a stage
 * outside the pipeline.  Events come sorted by (at, code as the pipeline
 * orders its stages, code 0 last), without exact duplicates.
 */
typedef struct CrmEvent
{
	int64_t		at;
	int32_t		code;
	int32_t		reserved;		/* zero; used while preparing */
} CrmEvent;

/* Arrays are indexed by code or by step (1-based; [0] is unused). */
typedef struct CrmFunnelRule
{
	int			mode;			/* CrmFunnelMode */
	int			n_steps;
	int			n_codes;
	bool		rows;			/* repeats => 'row' */
	bool		entries;		/* counting => 'entries' */
	bool		has_optional;
	bool		has_gaps;
	uint64_t	within;			/* from the entry, inclusive */
	uint64_t	tolerance;		/* a step may precede the last by this much */
	int64_t		entry_low;		/* entries in [low, high) count ... */
	int64_t		entry_high;
	bool		entry_bounded_above;	/* ... if high is a bound at all */
	uint64_t	all_steps;		/* one bit per step */
	uint64_t	complete;		/* reaching one of these ends an entry */
	uint64_t	gap[CRM_FUNNEL_MAX_STEPS + 1];	/* from the step before */
	uint64_t	before[CRM_FUNNEL_MAX_STEPS + 1];	/* possible predecessors */
	const uint8_t *step;		/* by code: 0, a step, CRM_STEP_EXCLUDED */
	const uint64_t *implies;	/* by code: steps that count as entered */
	CrmPause	pause;			/* or NULL */
} CrmFunnelRule;

/* What one entry of a deal amounts to.  Step k is bit k - 1. */
typedef struct CrmMatch
{
	int			level;
	int64_t		start;			/* time of entry */
	uint64_t	entered;		/* steps that count */
	uint64_t	timed;			/* those with a time of their own */
	int64_t		at[CRM_FUNNEL_MAX_STEPS + 1];	/* valid where timed */
} CrmMatch;

/* Work space of the routine, owned by the caller; needs no initialisation. */
typedef struct CrmMatchWork
{
	size_t		start[CRM_FUNNEL_MAX_STEPS + 1];	/* event + 1, 0: none */
	uint64_t	mask[CRM_FUNNEL_MAX_STEPS + 1];
	int64_t		chain[CRM_FUNNEL_MAX_STEPS + 1][CRM_FUNNEL_MAX_STEPS + 1];
	CrmMatch	run;
} CrmMatchWork;

/* bit of step k */
#define CRM_STEP_BIT(k) (UINT64_C(1) << ((k) - 1))

/* Time from b to a, 0 if a is the earlier; exact beyond int64. */
static inline uint64_t
crm_time_since(int64_t a, int64_t b)
{
	return a <= b ? 0 : (uint64_t) a - (uint64_t) b;
}

/* Signed time from b to a; beyond int64 it stays at the end of the range. */
static inline int64_t
crm_time_between(int64_t a, int64_t b)
{
	uint64_t	d = (uint64_t) a - (uint64_t) b;

	if (a >= b)
		return d > INT64_MAX ? INT64_MAX : (int64_t) d;
	d = (uint64_t) b - (uint64_t) a;
	return d > INT64_MAX ? -INT64_MAX : -(int64_t) d;
}

/* Whether that is the time itself, not an end of the range. */
static inline bool
crm_time_fits(int64_t time)
{
	return time > -INT64_MAX && time < INT64_MAX;
}

/*
 * Puts the events of a deal in the order in which a rule with a tolerance
 * reads them; returns how many are left.  Nothing to do without one.  scratch
 * has room for as many events where the rule has a tolerance.
 */
extern size_t crm_match_prepare(const CrmFunnelRule *rule, CrmEvent *events,
								size_t n_events, CrmEvent *scratch);

extern bool crm_match_next(const CrmFunnelRule *rule, const CrmEvent *events,
						   size_t n_events, size_t *next, CrmMatchWork *work,
						   CrmMatch *match);

/* Time from the step before to this one, where the entry has both. */
static inline bool
crm_match_step_time(const CrmMatch *match, int step, int64_t *time)
{
	uint64_t	both;

	if (step < 2)
		return false;
	both = CRM_STEP_BIT(step) | CRM_STEP_BIT(step - 1);
	if ((match->timed & both) != both)
		return false;
	*time = crm_time_between(match->at[step], match->at[step - 1]);
	return true;
}

#endif							/* CRM_MATCHING_H */
