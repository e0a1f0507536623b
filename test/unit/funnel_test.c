/*
 * funnel_test.c
 *		Encoded funnels: the days of entry that a value may hold.
 */
#include "datetime.h"
#include "funnel.h"
#include "unit.h"

static uint8_t bytes[512];
static uint8_t definition_bytes[256];
static CrmFunnel funnel;
static CrmFunnelDefinition definition;

/* A pipeline of one open stage and one won end, with a window of a day. */
static size_t
encode_definition(void)
{
	CrmWriter	w = crm_writer(definition_bytes, sizeof definition_bytes);
	CrmError	error;

	crm_funnel_definition_init(&definition);
	definition.n_open = definition.n_won = 1;
	definition.label[1] = "a";
	definition.label[2] = "w";
	definition.label_len[1] = definition.label_len[2] = 1;
	definition.within = CRM_USECS_PER_DAY;
	CHECK(crm_funnel_default_steps(&definition, &error));
	crm_funnel_definition_encode(&definition, &w);
	CHECK(!w.failed);
	return w.at;
}

/* Whether a funnel with one entry, begun on this day, is accepted. */
static bool
accepts_day(int64_t day)
{
	CrmFunnelStep steps[3] = {{0}};
	CrmCell		cells[2];
	CrmFunnelParts parts = {0};
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmError	error;

	steps[1].entered = 1;
	cells[0].key = crm_cell_key(CRM_CELL_DAY, 0, day);
	cells[1].key = crm_cell_key(CRM_CELL_DAY, 1, day);
	cells[0].count = cells[1].count = 1;
	parts.definition_size = encode_definition();
	parts.definition = definition_bytes;
	parts.counts.deals = parts.counts.entries = 1;
	parts.n_steps = 2;
	parts.has_days = true;
	parts.steps = steps;
	parts.cells = cells;
	parts.n_cells = 2;
	crm_funnel_put(&w, &parts);
	CHECK(!w.failed);
	return crm_funnel_decode(bytes, w.at, &funnel, &definition, &error);
}

/* Dates go on where timestamps end; an entry is a timestamp. */
static void
test_days(void)
{
	int64_t		first = CRM_TIME_MIN / CRM_USECS_PER_DAY;
	int64_t		last = (CRM_TIME_END - 1) / CRM_USECS_PER_DAY;

	CHECK(accepts_day(0));
	CHECK(accepts_day(first));
	CHECK_INT(crm_funnel_immature(&funnel, &definition, CRM_TIME_MIN), 1);
	CHECK(!accepts_day(first - 1));
	CHECK(!accepts_day(last + 1));
	CHECK(!accepts_day(155243417));
	CHECK(accepts_day(last));
	CHECK_INT(crm_funnel_immature(&funnel, &definition, CRM_TIME_END - 1), 1);
	CHECK_INT(crm_funnel_immature(&funnel, &definition, 0), 1);
}

static uint64_t seed = 7;

static unsigned
draw(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned) ((seed >> 33) % below);
}

/* A journey's events are the same from its state and from its bytes. */
static void
test_events(void)
{
	static const uint16_t own[4] = {3, 0, 1, 3};	/* not in their order */
	static uint64_t room[128];
	static uint64_t work[128];
	CrmJourneyState *s = (CrmJourneyState *) room;
	CrmJourneyRoom want = {16, 64, true, 0};
	int			wrong = 0;

	CHECK(crm_journey_state_size(want) <= sizeof room);
	for (int round = 0; round < 10000; round++)
	{
		char		label[4] = "abcd";
		CrmEvent	a[16];
		CrmEvent	b[16];
		size_t		n_a;
		size_t		n_b;
		uint64_t	unknown_a = 0;
		uint64_t	unknown_b = 0;
		uint16_t	codes[4];
		CrmJourney	j;
		CrmError	error;
		const uint8_t *p;
		size_t		size;

		crm_journey_state_init(s, want);
		for (int i = 0; i < 4; i++)
		{
			CrmStage	stage = {(uint16_t) (i + 1), 1, label + i};

			crm_journey_state_stage(s, stage);
		}
		for (unsigned n = draw(16); n > 0; n--)
			crm_journey_state_add(s, draw(4), draw(5), draw(2) ? CRM_NO_AMOUNT :
								  (int64_t) draw(3));
		wrong += crm_journey_work_size(s) > sizeof work;
		size = crm_journey_prepare(s, work, NULL, NULL);
		crm_journey_encode(s, work, bytes, size, NULL);
		wrong += !crm_journey_decode(bytes, size, &j, NULL, &error);
		p = j.stages;
		for (uint32_t i = 0; i < j.n_stages; i++)
			codes[i] = own[crm_stage_next(&p).rank - 1];
		crm_journey_state_tidy(s, NULL, NULL);
		wrong += crm_funnel_events(&j, codes, a, &n_a, &unknown_a, NULL) !=
			crm_funnel_state_events(s, own, b, &n_b, &unknown_b, NULL);
		wrong += n_a != n_b || unknown_a != unknown_b ||
			memcmp(a, b, n_a * sizeof a[0]) != 0;
	}
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	test_days();
	test_events();
	return unit_done();
}
