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

int
main(void)
{
	test_days();
	return unit_done();
}
