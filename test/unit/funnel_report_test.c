/*
 * funnel_report_test.c
 *		What is made of counted funnels: bottlenecks, mature entries, two
 *		funnels side by side.
 */
#include "unit.h"

#include "funnel_report.h"

static CrmFunnelDefinition definition;
static CrmFunnel funnel;

/* A definition of so many open stages, each a step. */
static void
define(int n)
{
	CrmError	error;

	crm_funnel_definition_init(&definition);
	definition.n_open = (uint16_t) n;
	for (int i = 1; i <= n; i++)
	{
		definition.label[i] = "ABCDEFGH" + i - 1;
		definition.label_len[i] = 1;
	}
	CHECK(crm_funnel_default_steps(&definition, &error));
	memset(&funnel, 0, sizeof funnel);
	funnel.n_steps = n;
}

static void
step(int k, uint64_t entered, int64_t amount, int64_t time)
{
	funnel.step[k].entered = entered;
	funnel.step[k].priced = amount != 0 ? entered : 0;
	funnel.step[k].timed = time != 0 ? entered : 0;
	funnel.step[k].amount = crm_int128(amount);
	funnel.step[k].time = crm_int128(time);
}

static void
test_bottleneck(void)
{
	CrmBottleneck rows[CRM_FUNNEL_MAX_STEPS + 1];

	define(3);
	step(1, 10, 2000, 0);
	step(2, 5, 1500, 30);
	step(3, 4, 800, 10);
	CHECK(crm_funnel_bottleneck(&funnel, &definition, rows));
	CHECK_INT(rows[1].dropped, 5);
	CHECK_NEAR(rows[1].drop_share, 5.0 / 6, 1e-15);
	CHECK_INT((long long) rows[1].amount_lost.lo, 500);
	CHECK_NEAR(rows[2].amount_share, 700.0 / 1200, 1e-15);
	CHECK_NEAR(rows[1].time_share, 0.75, 0);
	CHECK_NEAR(rows[1].gained_amount, 0.01 / 0.5 * 800, 1e-12);
	CHECK_NEAR(rows[2].gained_deals, 0.01 / 0.8 * 4, 1e-15);
	CHECK(rows[1].largest_gain && !rows[2].largest_gain);
	CHECK(!rows[3].has_next && !rows[3].has_gain);
	CHECK(isnan(rows[3].drop_share) && isnan(rows[3].time_share));

	/* a step gained by all has nothing to improve, one of none no measure */
	step(2, 10, 2000, 30);
	crm_funnel_bottleneck(&funnel, &definition, rows);
	CHECK_NEAR(rows[1].gained_deals, 0, 0);
	CHECK(rows[2].largest_gain);
	step(3, 0, 0, 0);
	crm_funnel_bottleneck(&funnel, &definition, rows);
	CHECK(rows[1].has_gain && !rows[2].has_gain && !rows[1].largest_gain);

	/* amounts below zero lose nothing; without amounts there are none */
	step(1, 10, -5, 0);
	step(2, 5, 0, 0);
	CHECK(crm_funnel_bottleneck(&funnel, &definition, rows));
	CHECK_INT(rows[1].amount_lost.hi, 0);
	CHECK_INT((long long) rows[1].amount_lost.lo, 0);
	CHECK(isnan(rows[1].amount_share) && isnan(rows[1].time_share));
	step(1, 10, 0, 0);
	CHECK(!crm_funnel_bottleneck(&funnel, &definition, rows));
}

static void
test_optional(void)
{
	CrmBottleneck rows[CRM_FUNNEL_MAX_STEPS + 1];

	define(4);
	definition.mode = CRM_MODE_ORDERED;
	definition.optional = CRM_STEP_BIT(2) | CRM_STEP_BIT(4);
	step(1, 10, 0, 0);
	step(2, 2, 0, 0);
	step(3, 5, 0, 0);
	step(4, 1, 0, 0);
	crm_funnel_bottleneck(&funnel, &definition, rows);
	CHECK_INT(rows[1].dropped, 5);
	CHECK_NEAR(rows[1].drop_share, 1, 0);
	CHECK_NEAR(rows[1].gained_deals, 0.1, 1e-15);
	CHECK(!rows[2].has_next && !rows[3].has_next && !rows[4].has_next);
}

static void
test_compare(void)
{
	CrmFunnel	a;
	CrmComparison row;
	CrmBucket	buckets[1];
	CrmFunnelDefinition other;
	const char *names[CRM_FUNNEL_PARTS];

	define(3);
	step(1, 100, 0, 0);
	step(2, 80, 0, 0);
	step(3, 90, 0, 0);
	a = funnel;
	step(2, 60, 0, 0);
	step(3, 30, 0, 0);
	crm_funnel_compare(&a, &funnel, 1, buckets, &row);
	CHECK(isnan(row.step.difference));
	CHECK_NEAR(row.whole.difference, 0, 0);
	crm_funnel_compare(&a, &funnel, 2, buckets, &row);
	CHECK_NEAR(row.step.difference, -0.2, 1e-15);
	/* z = -0.2 / sqrt(0.7 * 0.3 * 0.02) */
	CHECK_NEAR(row.step.z, -3.086066999241838, 1e-12);
	crm_funnel_compare(&a, &funnel, 3, buckets, &row);
	CHECK(isnan(row.step.difference) && isnan(row.step.p_value));
	CHECK_NEAR(row.whole.difference, -0.6, 1e-15);

	other = definition;
	other.has_low = true;
	other.entry_low = 5;
	CHECK(crm_funnel_incomparable(&definition, &other, names) == 0);
	other.within = 7;
	CHECK(crm_funnel_incomparable(&definition, &other, names) == 1);
	CHECK(strcmp(names[0], "within") == 0);
}

int
main(void)
{
	test_bottleneck();
	test_optional();
	test_compare();
	return unit_done();
}
