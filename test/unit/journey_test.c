/*
 * journey_test.c
 *		Any order of events and any merge tree gives the same bytes.
 */
#include <stdlib.h>

#include "journey.h"
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
	CrmJourneyRoom room = {256, 256, amounts};
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
	last = crm_journey_next_stage(&p);
	for (int i = 1; i < d.n_stages; i++)
	{
		CrmStage	next = crm_journey_next_stage(&p);

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

static uint8_t *
encode(const CrmJourneyState *s, size_t *size)
{
	void	   *work = malloc(crm_journey_work_size(s));
	uint8_t    *data;

	*size = crm_journey_prepare(s, work, NULL);
	data = malloc(*size);
	crm_journey_encode(s, work, data, *size);
	free(work);
	return data;
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
	data = encode(s, &size);
	CHECK(crm_journey_decode(data, size, &j, &error));
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

		if (crm_journey_decode(data, n, &k, &error))
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
			data = encode(piece, &size);
			wrong += !crm_journey_decode(data, size, &j, &error);
			crm_journey_state_merge(merged, &j, codes);
			if (draw(2))
				crm_journey_state_tidy(merged, NULL);
			free(data);
			free(piece);
			from = to;
		}
		data = encode(whole, &size);
		merged_data = encode(merged, &merged_size);
		wrong += size != merged_size || memcmp(data, merged_data, size) != 0;
		free(data);
		free(merged_data);
		free(whole);
		free(merged);
	}
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	test_questions();
	test_dictionary();
	test_merge_trees();
	return unit_done();
}
