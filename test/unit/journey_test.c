/*
 * journey_test.c
 *		Any order of events and any merge tree gives the same bytes.
 */
#include <stdlib.h>

#include "journey.h"
#include "journey_bytes.h"
#include "unit.h"

static uint64_t seed = 5;

static unsigned
draw(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned) ((seed >> 33) % below);
}

static CrmJourneyState *
new_state(bool amounts)
{
	CrmJourneyRoom room = {256, 256, amounts, 0};
	CrmJourneyState *s = malloc(crm_journey_state_size(room));

	crm_journey_state_init(s, room);
	return s;
}

static CrmStage
stage_of(unsigned n)
{
	static const char *const labels[] = {"a", "bb", "ccc", "won", "lost"};
	CrmStage	stage;

	stage.rank = n == 3 ? CRM_STAGE_WON : n == 4 ? CRM_STAGE_LOST :
		(uint16_t) (n + 1);
	stage.label = labels[n];
	stage.label_len = (uint8_t) strlen(labels[n]);
	return stage;
}

static void
add(CrmJourneyState *s, unsigned stage, int64_t at, int64_t amount)
{
	crm_journey_state_add(s, crm_journey_state_stage(s, stage_of(stage)), at,
						  amount);
}

/* Lets a state begin with some stages of other deals, or none. */
static void
begin_shared(CrmJourneyState *s)
{
	static uint64_t number = 0;
	CrmJourneyDictionary d = {0};

	for (unsigned n = draw(4); n > 0; n--)
		if (crm_journey_dictionary_add(&d, stage_of(draw(5)), number + 1))
			number++;
	crm_journey_state_begin(s, &d);
}

static void
test_dictionary(void)
{
	CrmJourneyDictionary d = {0};
	const uint8_t *p = d.bytes;
	CrmStage	last;
	int			wrong = 0;
	char		label[CRM_LABEL_MAX_BYTES];
	CrmStage	stage = {1, CRM_LABEL_MAX_BYTES, label};

	for (unsigned n = 5; n-- > 0;)
		CHECK(crm_journey_dictionary_add(&d, stage_of((n + 2) % 5), 10 - n));
	CHECK(!crm_journey_dictionary_add(&d, stage_of(3), 99));
	CHECK_INT(d.n_stages, 5);
	CHECK_INT(d.number, 10);
	last = crm_stage_next(&p);
	for (int i = 1; i < d.n_stages; i++)
	{
		CrmStage	next = crm_stage_next(&p);

		wrong += crm_stage_compare(last, next) >= 0;
		last = next;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(p - d.bytes, d.size);
	memset(label, 'x', sizeof label);
	while (crm_journey_dictionary_add(&d, stage, 11))
		stage.rank++;
	CHECK(d.size <= sizeof d.bytes);
	CHECK(stage.rank > 2);
}

static void
test_questions(void)
{
	CrmJourneyState *s = new_state(false);
	size_t		size;
	uint8_t    *data;
	CrmJourney	j;
	CrmError	error;
	CrmJourneyMoves m;
	bool		entered;

	/* a 0, c 10 (skips b), b 20 (back), b 25, lost 30, a 50 (reopened) */
	add(s, 0, 0, CRM_NO_AMOUNT);
	add(s, 2, 10, CRM_NO_AMOUNT);
	add(s, 1, 25, CRM_NO_AMOUNT);
	add(s, 1, 20, CRM_NO_AMOUNT);
	add(s, 4, 30, CRM_NO_AMOUNT);
	add(s, 0, 50, CRM_NO_AMOUNT);
	data = journey_encoded(s, &size);
	CHECK(crm_journey_decode(data, size, &j, NULL, &error));
	CHECK_INT(j.n_events, 6);
	CHECK_INT(j.n_stages, 4);
	m = crm_journey_moves(&j);
	CHECK_INT(m.visits, 5);
	CHECK_INT(m.regressions, 1);
	CHECK_INT(m.skipped, 1);
	CHECK_INT(m.reopenings, 1);
	CHECK_INT(crm_journey_time_in(&j, "a", 1, 60, &entered), 20);
	CHECK_INT(crm_journey_time_in(&j, "bb", 2, 60, &entered), 10);
	CHECK_INT(crm_journey_time_in(&j, "bb", 2, 22, &entered), 2);
	CHECK(entered);
	crm_journey_time_in(&j, "ccc", 3, 9, &entered);
	CHECK(!entered);
	/* every shorter value is refused, and so is a longer one */
	for (size_t n = 0; n < size; n++)
	{
		CrmJourney	k;

		if (crm_journey_decode(data, n, &k, NULL, &error))
			CHECK_NAMED(false, "a truncated journey is refused");
	}
	free(data);
	free(s);
}

/* The same events in another order, in pieces, some twice. */
static void
test_merge_trees(void)
{
	int			wrong = 0;

	for (int round = 0; round < 10000; round++)
	{
		CrmJourneyState *whole = new_state(true);
		CrmJourneyState *merged = new_state(true);
		unsigned	n = 1 + draw(12);
		unsigned	stage[16];
		int64_t		at[16];
		int64_t		amount[16];
		size_t		size;
		size_t		merged_size;
		uint8_t    *data;
		uint8_t    *merged_data;
		uint32_t	codes[8];

		begin_shared(whole);
		for (unsigned i = 0; i < n; i++)
		{
			stage[i] = draw(5);
			at[i] = draw(6);
			amount[i] = draw(2) ? CRM_NO_AMOUNT : (int64_t) draw(3);
			add(whole, stage[i], at[i], amount[i]);
		}
		for (unsigned from = 0; from < n;)
		{
			unsigned	to = from + 1 + draw(n - from);
			CrmJourneyState *piece = new_state(true);
			CrmJourney	j;
			CrmError	error;

			for (unsigned i = to; i-- > from;)
				add(piece, stage[i], at[i], amount[i]);
			if (draw(3) == 0)
				add(piece, stage[0], at[0], amount[0]);
			data = journey_encoded(piece, &size);
			wrong += !crm_journey_decode(data, size, &j, NULL, &error);
			crm_journey_state_merge(merged, &j, codes, NULL);
			if (draw(2))
				crm_journey_state_tidy(merged, NULL, NULL);
			free(data);
			free(piece);
			from = to;
		}
		data = journey_encoded(whole, &size);
		merged_data = journey_encoded(merged, &merged_size);
		wrong += size != merged_size || memcmp(data, merged_data, size) != 0;
		free(data);
		free(merged_data);
		free(whole);
		free(merged);
	}
	CHECK_INT(wrong, 0);
}

/* Labels of one to three letters; every fifth is at another rank. */
static CrmStage
numbered_stage(unsigned n, char *label)
{
	CrmStage	stage;

	stage.rank = (uint16_t) (n % 5 == 0 ? 7 : 8);
	stage.label = label;
	stage.label_len = 0;
	for (; stage.label_len == 0 || n > 0; n /= 26)
		label[stage.label_len++] = (char) ('a' + n % 26);
	return stage;
}

/* An index finds what a search finds, also after moving to more room. */
static void
test_many_stages(void)
{
	enum
	{
		STAGES = 4000
	};
	CrmJourneyRoom few = {STAGES, STAGES * 8, false, 0};
	CrmJourneyRoom many = {STAGES, STAGES * 8, false, STAGES};
	CrmJourneyState *plain = malloc(crm_journey_state_size(few));
	CrmJourneyState *indexed = malloc(crm_journey_state_size(many));
	CrmJourneyState *moved = malloc(crm_journey_state_size(many));
	char		label[8];
	uint32_t	code;
	int			wrong = 0;

	crm_journey_state_init(plain, few);
	crm_journey_state_init(indexed, many);
	crm_journey_state_init(moved, many);
	CHECK_INT(plain->n_slots, 0);
	CHECK_INT(indexed->n_slots, 8192);
	for (unsigned i = 0; i < STAGES; i++)
	{
		unsigned	n = draw(STAGES);

		wrong += crm_journey_state_stage(plain, numbered_stage(n, label)) !=
			crm_journey_state_stage(indexed, numbered_stage(n, label));
		crm_journey_state_add(indexed, 0, i, CRM_NO_AMOUNT);
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(plain->n_stages, indexed->n_stages);
	crm_journey_state_move(plain, moved, NULL);
	for (unsigned n = 0; n < STAGES; n++)
	{
		bool		known = crm_journey_state_find(plain,
												   numbered_stage(n, label), &code);
		uint32_t	other;

		wrong += crm_journey_state_find(moved, numbered_stage(n, label),
										&other) != known;
		wrong += known && code != other;
	}
	CHECK_INT(wrong, 0);
	CHECK(!crm_journey_state_find(indexed, stage_of(3), &code));
	free(plain);
	free(indexed);
	free(moved);
}

/* A long history, part of it in order, with repeats: with and without work
 * space for sorting it becomes the same bytes. */
static void
test_long(void)
{
	int			wrong = 0;

	for (int round = 0; round < 400; round++)
	{
		bool		amounts = draw(2);
		CrmJourneyState *s = new_state(amounts);
		unsigned	n = 25 + draw(200);
		unsigned	in_order = draw(n);
		void	   *scratch;
		size_t		size;
		size_t		tidy_size;
		uint8_t    *data;
		uint8_t    *tidy_data;

		for (unsigned i = 0; i < n; i++)
			add(s, draw(5), i < in_order ? i / 2 : draw(n),
				amounts && draw(2) ? (int64_t) draw(3) : CRM_NO_AMOUNT);
		data = journey_encoded(s, &size);
		scratch = journey_scratch(s);
		crm_journey_state_tidy(s, draw(2) ? scratch : NULL, NULL);
		for (uint32_t i = 1; i < s->n_events; i++)
		{
			const int64_t *amount;
			const CrmEvent *e = crm_journey_state_events(s, &amount) + i;

			wrong += e[-1].at > e[0].at ||
				(e[-1].at == e[0].at && e[-1].code > e[0].code);
		}
		tidy_data = journey_encoded(s, &tidy_size);
		wrong += size != tidy_size || memcmp(data, tidy_data, size) != 0;
		free(scratch);
		free(data);
		free(tidy_data);
		free(s);
	}
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	test_many_stages();
	test_long();
	test_questions();
	test_dictionary();
	test_merge_trees();
	return unit_done();
}
