/*
 * matching_test.c
 *		The matching routine against histories worked by hand and against a
 *		matcher that tries every chain.
 */
#include <stdlib.h>

#include "matching.h"
#include "unit.h"

#define HOUR INT64_C(3600000000)
#define MAX_EVENTS 12
#define LOST 7

static CrmMatchWork work;
static uint8_t step_of[16];
static uint64_t implies[16];

/* Steps 1..n are codes 1..n; codes above are stages outside the funnel. */
static CrmFunnelRule
make_rule(int mode, int n_steps)
{
	CrmFunnelRule rule = {0};

	rule.mode = mode;
	rule.n_steps = n_steps;
	rule.n_codes = 16;
	rule.within = CRM_NO_WINDOW;
	rule.entry_low = INT64_MIN;
	rule.all_steps = (UINT64_C(2) << (n_steps - 1)) - 1;
	rule.complete = mode == CRM_MODE_ANY ? 0 : CRM_STEP_BIT(n_steps);
	memset(step_of, 0, sizeof step_of);
	memset(implies, 0, sizeof implies);
	for (int k = 1; k <= n_steps; k++)
	{
		step_of[k] = (uint8_t) k;
		implies[k] = mode == CRM_MODE_ANY ? CRM_STEP_BIT(k) :
			(UINT64_C(2) << (k - 1)) - 1;
		rule.gap[k] = CRM_NO_WINDOW;
		if (k > 1)
			rule.before[k] = CRM_STEP_BIT(k - 1);
	}
	rule.step = step_of;
	rule.implies = implies;
	return rule;
}

static void
make_optional(CrmFunnelRule *rule, int step)
{
	rule->has_optional = true;
	for (int k = step + 1; k <= rule->n_steps; k++)
		if ((rule->before[k] & CRM_STEP_BIT(step)) != 0)
			rule->before[k] |= rule->before[step];
}

/* "1@0 2@3.5": code at hours */
static size_t
read_events(const char *text, CrmEvent *events)
{
	size_t		n = 0;
	char	   *end;

	while (*text != '\0')
	{
		events[n].code = (int32_t) strtol(text, &end, 10);
		events[n].at = (int64_t) (strtod(end + 1, &end) * HOUR);
		events[n++].reserved = 0;
		text = *end == ' ' ? end + 1 : end;
	}
	return n;
}

/*
 * All entries of a history as text: level, then each step's hour, "i" where
 * it is implied and "-" where it does not count.
 */
static const char *
entries_of(const CrmFunnelRule *rule, const char *history)
{
	static char text[512];
	CrmEvent	events[64];
	CrmEvent	scratch[64];
	size_t		n = crm_match_prepare(rule, events,
									  read_events(history, events), scratch);
	size_t		next = 0;
	size_t		len = 0;
	CrmMatch	match;

	text[0] = '\0';
	while (crm_match_next(rule, events, n, &next, &work, &match))
	{
		len += (size_t) snprintf(text + len, sizeof text - len, "%s%d:",
								 len ? " | " : "", match.level);
		for (int k = 1; k <= rule->n_steps; k++)
			if (match.timed & CRM_STEP_BIT(k))
				len += (size_t) snprintf(text + len, sizeof text - len, " %g",
										 (double) match.at[k] / HOUR);
			else
				len += (size_t) snprintf(text + len, sizeof text - len, " %s",
										 match.entered & CRM_STEP_BIT(k) ?
										 "i" : "-");
	}
	return text;
}

static void
expect(const CrmFunnelRule *rule, const char *history, const char *want)
{
	const char *have = entries_of(rule, history);

	if (!CHECK_NAMED(strcmp(have, want) == 0, history))
		printf("# have \"%s\", want \"%s\"\n", have, want);
}

static void
test_reached(void)
{
	CrmFunnelRule rule = make_rule(CRM_MODE_REACHED, 4);

	expect(&rule, "1@0 2@1 3@2 4@3", "4: 0 1 2 3");
	expect(&rule, "1@0 3@2", "3: 0 i 2 -");
	expect(&rule, "3@2", "3: i i 2 -");
	expect(&rule, "1@0 3@2 2@5", "3: 0 i 2 -");
	expect(&rule, "2@0 1@5", "2: i 0 - -");
	expect(&rule, "7@0 0@1", "");
	expect(&rule, "0@0 1@1 7@2 4@9", "4: 1 i i 9");
	rule.within = 3 * HOUR;
	expect(&rule, "1@0 2@3 3@3.001", "2: 0 3 - -");
	step_of[LOST] = CRM_STEP_EXCLUDED;
	expect(&rule, "7@0 1@1 2@2 7@2.5 3@3", "2: 1 2 - -");
	rule.entry_low = HOUR;
	expect(&rule, "1@0.5 2@2", "");
	expect(&rule, "1@1 2@2", "2: 1 2 - -");
	rule.entry_bounded_above = true;
	rule.entry_high = 2 * HOUR;
	expect(&rule, "1@2 2@2", "");
	expect(&rule, "1@1.5 2@4", "2: 1.5 4 - -");
	rule = make_rule(CRM_MODE_REACHED, 3);
	rule.entries = true;
	expect(&rule, "1@0 2@1 3@2 1@3 2@4", "3: 0 1 2 | 2: 3 4 -");
	rule.within = HOUR;
	expect(&rule, "1@0 2@1 2@2 3@2.5", "2: 0 1 -");
	expect(&rule, "1@0 2@1 2@2 3@2.5 2@3", "2: 0 1 - | 2: i 3 -");
	expect(&rule, "1@0 2@1 1@1.1 2@2.1 1@9", "2: 0 1 - | 2: 1.1 2.1 - | 1: 9 - -");
	rule.has_gaps = true;
	rule.within = CRM_NO_WINDOW;
	rule.gap[2] = HOUR;
	expect(&rule, "1@0 2@2 3@5", "3: 0 i 5");
	/* a won end that is no step implies the open steps only */
	rule = make_rule(CRM_MODE_REACHED, 3);
	implies[8] = 3;
	expect(&rule, "1@0 8@2", "2: 0 i -");
}

static void
test_any(void)
{
	CrmFunnelRule rule = make_rule(CRM_MODE_ANY, 3);

	expect(&rule, "3@0 1@1 3@2", "2: 1 - 0");
	expect(&rule, "3@0 1@1 2@2", "3: 1 2 0");
	rule.within = HOUR;
	expect(&rule, "3@0 1@1 2@2", "2: 1 - 0");
	rule.entries = true;
	expect(&rule, "3@0 1@1 2@2", "2: 1 - 0 | 1: - 2 -");
}

static void
test_ordered(void)
{
	CrmFunnelRule rule = make_rule(CRM_MODE_ORDERED, 3);

	expect(&rule, "1@0 3@1 2@2", "2: 0 2 -");
	expect(&rule, "2@0 3@1", "");
	expect(&rule, "1@0 2@1 2@3 3@4", "3: 0 1 4");
	expect(&rule, "1@0 2@1 1@2 2@3 3@4", "3: 2 3 4");
	expect(&rule, "1@0 2@1 1@2 3@3", "3: 0 1 3");
	rule.within = HOUR;
	expect(&rule, "1@0 1@0.5 2@1.2", "1: 0 - -");
	rule.rows = true;
	expect(&rule, "1@0 1@0.5 2@1.2", "2: 0.5 1.2 -");
	rule.rows = false;
	expect(&rule, "1@0 0@0.2 1@0.5 2@1.2", "2: 0.5 1.2 -");
	step_of[LOST] = CRM_STEP_EXCLUDED;
	rule.within = CRM_NO_WINDOW;
	expect(&rule, "1@0 2@1 7@2 3@3", "2: 0 1 -");
	expect(&rule, "1@0 2@1 7@2 1@3 2@4 3@5", "3: 3 4 5");
	rule.entries = true;
	expect(&rule, "1@0 2@1 7@2 1@3 2@4 3@5 1@6", "2: 0 1 - | 3: 3 4 5 | 1: 6 - -");
	rule.within = 2 * HOUR;
	expect(&rule, "1@0 2@1 1@3 2@4", "2: 0 1 - | 2: 3 4 -");
	expect(&rule, "1@0 2@1 1@2 2@3 3@4", "3: 2 3 4");
	rule = make_rule(CRM_MODE_ORDERED, 4);
	make_optional(&rule, 2);
	expect(&rule, "1@0 3@1 4@2", "4: 0 - 1 2");
	expect(&rule, "1@0 2@1 3@2", "3: 0 1 2 -");
	make_optional(&rule, 3);
	expect(&rule, "1@0 4@2", "4: 0 - - 2");
	expect(&rule, "1@0 2@1 4@2", "4: 0 1 - 2");
	rule = make_rule(CRM_MODE_ORDERED, 3);
	rule.has_gaps = true;
	rule.gap[3] = HOUR;
	expect(&rule, "1@0 2@1 2@5 0@5.1 2@5.5 3@6.2", "3: 0 5.5 6.2");
	rule.entry_low = HOUR;
	expect(&rule, "1@0 2@1 3@2 1@3 2@4", "2: 3 4 -");
	rule = make_rule(CRM_MODE_ORDERED, 3);
	rule.tolerance = HOUR;
	expect(&rule, "3@0 2@1 1@2", "3: 2 1 0");
	expect(&rule, "3@0 2@1 1@2.5", "1: 2.5 - -");
	expect(&rule, "2@0 2@1.5 1@2", "1: 2 - -");
	rule.rows = true;
	expect(&rule, "2@0 2@1.5 1@2", "2: 2 1.5 -");
	rule = make_rule(CRM_MODE_REACHED, 3);
	rule.tolerance = HOUR;
	expect(&rule, "2@0 1@0.5 3@4", "3: 0.5 0 4");
}

static void
test_chains(void)
{
	CrmFunnelRule rule = make_rule(CRM_MODE_FIRST_TOUCH, 2);

	/* Mixpanel's example: the first A starts the only window */
	rule.within = HOUR;
	expect(&rule, "1@13 1@13.5 3@13.75 2@14.25", "1: 13 -");
	rule = make_rule(CRM_MODE_FIRST_TOUCH, 3);
	expect(&rule, "2@0 1@1 2@2 1@3 2@4 3@5", "3: 1 2 5");
	rule.entry_low = 2 * HOUR;
	expect(&rule, "1@1 1@3 2@4", "");
	rule = make_rule(CRM_MODE_FIRST_TOUCH, 3);
	rule.entries = true;
	rule.within = HOUR;
	expect(&rule, "1@0 2@1 3@2 1@3 3@3.5 2@4 1@9",
		   "2: 0 1 - | 2: 3 4 - | 1: 9 - -");
	rule.entries = false;
	rule.tolerance = HOUR / 2;
	expect(&rule, "2@0 1@0.5 2@9", "2: 0.5 0 -");
	expect(&rule, "2@0 1@0.75 2@9", "1: 0.75 - -");
	rule = make_rule(CRM_MODE_STRICT, 3);
	expect(&rule, "1@0 2@1 3@2", "3: 0 1 2");
	expect(&rule, "1@0 0@0.5 2@1 3@2", "1: 0 - -");
	expect(&rule, "1@0 2@1 2@2 3@3", "3: 0 1 3");
	expect(&rule, "1@0 2@1 1@2 3@3", "2: 0 1 -");
	expect(&rule, "1@0 3@1 1@2 2@3 3@4", "3: 2 3 4");
	rule.entries = true;
	expect(&rule, "1@0 3@1 1@2 2@3 3@4 1@5 1@6",
		   "1: 0 - - | 3: 2 3 4 | 1: 5 - -");
	rule.rows = true;
	expect(&rule, "1@0 1@1 2@2 2@3 3@4", "1: 0 - - | 3: 1 2 4");
}

/*----------
 * The independent matcher.  Every chain that the definition allows is tried;
 * the answer is the highest step, of its chains the one that ends first, of
 * those the one that starts last, and of those the one whose steps come
 * first (last, where steps have windows of their own), step by step.
 */
typedef struct Chain
{
	int			level;
	size_t		event[8];		/* by step; MAX_EVENTS: none */
} Chain;

typedef struct Brute
{
	const CrmFunnelRule *rule;
	const CrmEvent *events;
	size_t		n;
	uint64_t	optional;
	Chain		best;
} Brute;

static bool
is_better(const Brute *b, const Chain *c)
{
	int			k = c->level;

	if (c->level != b->best.level)
		return c->level > b->best.level;
	if (c->event[k] != b->best.event[k])
		return c->event[k] < b->best.event[k];
	if (c->event[1] != b->best.event[1])
		return c->event[1] > b->best.event[1];
	if (b->rule->has_gaps)
	{
		while (--k > 1)
			if (c->event[k] != b->best.event[k])
				return c->event[k] > b->best.event[k];
		return false;
	}
	for (int j = 2; j < k; j++)
		if (c->event[j] != b->best.event[j])
			return c->event[j] < b->best.event[j];
	return false;
}

static void
try_chains(Brute *b, Chain chain, size_t last)
{
	const CrmEvent *e = b->events;

	if (is_better(b, &chain))
		b->best = chain;
	for (size_t i = b->rule->tolerance > 0 ? 0 : last + 1; i < b->n; i++)
	{
		int			step = b->rule->step[e[i].code];
		bool		skippable = true;

		if (step == CRM_STEP_EXCLUDED)
			return;
		if (step <= chain.level)
			continue;
		if (e[i].at + (int64_t) b->rule->tolerance < e[last].at)
			continue;
		for (int k = chain.level + 1; k < step; k++)
			skippable = skippable && (b->optional & CRM_STEP_BIT(k));
		if (!skippable ||
			crm_time_since(e[i].at, e[chain.event[1]].at) > b->rule->within ||
			crm_time_since(e[i].at, e[last].at) > b->rule->gap[step])
			continue;
		{
			Chain		longer = chain;

			longer.level = step;
			longer.event[step] = i;
			try_chains(b, longer, i);
		}
	}
}

static Chain
brute_ordered(const CrmFunnelRule *rule, const CrmEvent *events, size_t n,
			  uint64_t optional)
{
	Brute		b = {rule, events, n, optional, {0, {0}}};

	for (size_t i = 0; i < n; i++)
	{
		Chain		chain = {1, {0}};

		for (int k = 0; k < 8; k++)
			chain.event[k] = MAX_EVENTS;
		chain.event[1] = i;
		if (rule->step[events[i].code] == 1 &&
			events[i].at >= rule->entry_low)
			try_chains(&b, chain, i);
	}
	return b.best;
}

static int
brute_reached(const CrmFunnelRule *rule, const CrmEvent *e, size_t n)
{
	size_t		first = 0;
	int			level = 0;

	while (first < n && (rule->step[e[first].code] == 0 ||
						 rule->step[e[first].code] == CRM_STEP_EXCLUDED))
		first++;
	if (first == n || e[first].at < rule->entry_low)
		return 0;
	for (size_t i = first; i < n; i++)
	{
		int			step = rule->step[e[i].code];

		if (step == CRM_STEP_EXCLUDED)
			break;
		if ((uint64_t) (e[i].at - e[first].at) <= rule->within && step > level)
			level = step;
	}
	return level;
}

static uint64_t seed = 20261122;

static unsigned
draw(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned) ((seed >> 33) % below);
}

static size_t
draw_events(CrmEvent *events, int n_codes)
{
	size_t		n = 1 + draw(MAX_EVENTS - 2);
	int64_t		at = 0;

	for (size_t i = 0; i < n; i++)
	{
		at += draw(4);
		events[i].at = at;
		events[i].code = (int32_t) draw((unsigned) n_codes);
		events[i].reserved = 0;
		/* ties come in the order of codes */
		for (size_t j = i; j > 0 && events[j - 1].at == at &&
			 events[j - 1].code > events[j].code; j--)
		{
			int32_t		code = events[j].code;

			events[j].code = events[j - 1].code;
			events[j - 1].code = code;
		}
	}
	return n;
}

static size_t
drop_repeats(CrmEvent *events, size_t n)
{
	size_t		kept = 0;

	for (size_t i = 0; i < n; i++)
		if (i == 0 || events[i].code != events[i - 1].code)
			events[kept++] = events[i];
	return kept;
}

/* With a tolerance only the level is compared: equal shifts hide the rest. */
static void
test_tolerance(void)
{
	int			wrong = 0;

	for (int round = 0; round < 50000; round++)
	{
		CrmFunnelRule rule = make_rule(CRM_MODE_ORDERED, 4);
		CrmEvent	events[MAX_EVENTS];
		CrmEvent	visits[MAX_EVENTS];
		size_t		n = draw_events(events, 6);
		size_t		n_visits;
		size_t		next = 0;
		CrmMatch	match = {0};
		CrmEvent	scratch[64];

		rule.rows = draw(2);
		rule.tolerance = 1 + draw(4);
		if (draw(2))
			rule.within = 2 + draw(12);
		memcpy(visits, events, sizeof events);
		n_visits = rule.rows ? n : drop_repeats(visits, n);
		n = crm_match_prepare(&rule, events, n, scratch);
		crm_match_next(&rule, events, n, &next, &work, &match);
		wrong += match.level !=
			brute_ordered(&rule, visits, n_visits, 0).level;
	}
	CHECK_INT(wrong, 0);
}

static void
test_against_brute_force(void)
{
	int			wrong = 0;
	int			deep = 0;

	for (int round = 0; round < 200000; round++)
	{
		CrmFunnelRule rule = make_rule(round % 4 ? CRM_MODE_ORDERED :
									   CRM_MODE_REACHED, 4);
		CrmEvent	events[MAX_EVENTS];
		CrmEvent	visits[MAX_EVENTS];
		size_t		n = draw_events(events, 6);
		size_t		n_visits;
		size_t		next = 0;
		uint64_t	optional = 0;
		CrmMatch	match = {0};
		bool		same;

		rule.rows = draw(2);
		if (draw(2))
			rule.within = 2 + draw(12);
		if (draw(2))
			step_of[5] = CRM_STEP_EXCLUDED;
		if (draw(4) == 0)
			rule.entry_low = draw(6);
		if (rule.mode == CRM_MODE_ORDERED && draw(3) == 0)
		{
			optional = CRM_STEP_BIT(2 + draw(3));
			make_optional(&rule, 2);
			rule.has_optional = false;
			rule.before[3] = CRM_STEP_BIT(2);
			for (int k = 2; k <= 4; k++)
				if (optional & CRM_STEP_BIT(k))
					make_optional(&rule, k);
		}
		if (rule.mode == CRM_MODE_ORDERED && draw(2))
		{
			rule.has_gaps = true;
			for (int k = 2; k <= 4; k++)
				rule.gap[k] = draw(2) ? CRM_NO_WINDOW : 1 + draw(5);
		}
		if (!crm_match_next(&rule, events, n, &next, &work, &match))
			match.level = 0;
		memcpy(visits, events, sizeof events);
		n_visits = rule.rows ? n : drop_repeats(visits, n);
		if (rule.mode == CRM_MODE_REACHED)
			same = match.level == brute_reached(&rule, visits, n_visits);
		else
		{
			Chain		c = brute_ordered(&rule, visits, n_visits, optional);

			same = match.level == c.level;
			/* with optional steps only the start and the end are unique */
			for (int k = 1; same && k <= c.level; k++)
				if (optional == 0 || k == 1 || k == c.level)
					same = match.at[k] == visits[c.event[k]].at;
		}
		wrong += !same;
		deep += match.level > 2;
	}
	CHECK_INT(wrong, 0);
	CHECK(deep > 20000);
}

int
main(void)
{
	test_reached();
	test_any();
	test_ordered();
	test_chains();
	test_against_brute_force();
	test_tolerance();
	return unit_done();
}
