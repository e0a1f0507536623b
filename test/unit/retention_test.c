/*
 * retention_test.c
 *		Cohorts, recurring revenue and renewals without a server.
 *
 * Expected values by hand; of renewals those of Fader and Hardie (2007), whose
 * "Regular" and "High End" customers the first two fits are.
 */
#include "retention.h"

#include "datetime.h"
#include "float_text.h"
#include "mrr_bridge.h"
#include "sbg.h"
#include "unit.h"

static int32_t
day(const char *text)
{
	int32_t		d = 0;

	CHECK_NAMED(crm_date_parse(text, strlen(text), &d), text);
	return d;
}

static void
test_months(void)
{
	CHECK_INT(crm_date_month(0), 0);
	CHECK_INT(crm_date_month(-1), -1);
	CHECK_INT(crm_date_month(day("1999-01-31")), -12);
	CHECK_INT(crm_date_month(day("2001-03-01")), 14);
	for (int32_t month = -24000; month < 24000; month += 7)
	{
		int32_t		first = crm_month_date(month);

		if (crm_date_month(first) != month ||
			crm_date_month(first - 1) != month - 1)
			CHECK_INT(crm_date_month(first), month);
	}
}

static void
test_periods(void)
{
	CrmRetentionFrame month = {day("2026-04-15"), 1, 0, 0, {0}};
	CrmRetentionFrame quarter = {day("2026-04-15"), 3, 0, 0, {0}};
	CrmRetentionFrame week = {day("2026-04-15"), 0, 7, 0, {0}};
	CrmRetentionFrame bracket = {day("2026-04-15"), 0, 0, 2, {1, 31, 61}};
	int32_t		march = day("2026-03-10");
	CrmError	error;

	CHECK_INT(crm_retention_cohort(&month, march), day("2026-03-01"));
	CHECK_INT(crm_retention_period(&month, march, day("2026-04-01")), 1);
	CHECK_INT(crm_retention_begun(&month, day("2026-03-01")), 2);
	CHECK(crm_retention_complete(&month, day("2026-03-01"), 0));
	CHECK(!crm_retention_complete(&month, day("2026-03-01"), 1));
	CHECK_INT(crm_retention_cohort(&quarter, march), day("2026-01-01"));
	CHECK_INT(crm_retention_period(&quarter, march, day("2026-04-01")), 1);
	/* 2026-03-10 is a Tuesday */
	CHECK_INT(crm_retention_cohort(&week, march), day("2026-03-09"));
	CHECK_INT(crm_retention_period(&week, march, march + 6), 0);
	CHECK_INT(crm_retention_period(&week, march, march + 7), 1);
	/* who started on Sunday 15 ends period 3 on April 11 */
	CHECK(crm_retention_complete(&week, day("2026-03-09"), 3));
	CHECK(!crm_retention_complete(&week, day("2026-03-09"), 4));
	CHECK_INT(crm_retention_period(&bracket, march, march), -1);
	CHECK_INT(crm_retention_period(&bracket, march, march + 30), 0);
	CHECK_INT(crm_retention_period(&bracket, march, march + 31), 1);
	CHECK_INT(crm_retention_period(&bracket, march, march + 61), -1);
	CHECK(crm_retention_complete(&bracket, march, 0));
	CHECK(!crm_retention_complete(&bracket, march, 1));
	CHECK_INT(crm_retention_begun(&bracket, march), 2);
	CHECK(crm_retention_check_frame(&bracket, &error));
	bracket.bracket[1] = 1;
	CHECK(!crm_retention_check_frame(&bracket, &error));
	month.days = 1;
	CHECK(!crm_retention_check_frame(&month, &error));
	month.days = month.months = 0;
	CHECK(!crm_retention_check_frame(&month, &error));
}

static bool
retention_parses(const char *text)
{
	CrmRetentionFrame f;
	CrmTally	cells[32];
	size_t		n;
	CrmError	error;
	CrmRetention r = {&f, cells, 0};
	char		back[512];
	uint8_t		bytes[512];
	CrmJsonWriter json = crm_json_writer(back, sizeof back);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);

	if (!crm_retention_parse(text, strlen(text), &f, cells, &n, &error))
		return false;
	r.n_cells = n;
	crm_retention_print(&json, r);
	CHECK_TEXT(back, json.out.at, text);
	crm_retention_encode(r, &w);
	CHECK(!w.failed && crm_retention_decode(bytes, w.at, &f, cells, &n, &error));
	CHECK(!crm_retention_decode(bytes, w.at - 1, &f, cells, &n, &error));
	return true;
}

static void
test_retention_forms(void)
{
	CHECK(retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",3,[[0,3,2],[2,1,1]]],[\"2026-03-01\",2,[]]]}"));
	CHECK(retention_parses("{\"as_of\":\"2026-04-15\",\"brackets\":[1,31,61],\"cohorts\":[[\"2026-03-10\",2,[[0,1,0],[1,2,2]]]]}"));

	/*
	 * not the first of its month, after the end, active without size, more
	 * than its size, active but never last, a period that has not begun
	 */
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-02\",3,[]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-05-01\",3,[]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",0,[[0,1,1]]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",3,[[0,4,4]]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",3,[[0,3,1],[2,1,1]]],[\"2026-01-01\",3,[]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",3,[[0,3,1]]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[[\"2026-01-01\",3,[[4,1,1]]]]}"));
	CHECK(!retention_parses("{\"as_of\":\"2026-04-15\",\"months\":1,\"cohorts\":[]}"));
}

static void
test_rows(void)
{
	CrmRetentionFrame f = {day("2026-04-15"), 1, 0, 0, {0}};
	CrmTally	cells[] = {
		{day("2026-01-01"), 0, 0, 3, 0}, {day("2026-01-01"), 1, 0, 3, 2},
		{day("2026-01-01"), 3, 0, 1, 1}
	};
	CrmRetention r = {&f, cells, 3};
	CrmRetentionRow rows[10];
	size_t		at = 0;

	CHECK_INT(crm_retention_rows(r, &at, rows), 4);
	CHECK_INT(at, 3);
	CHECK(rows[0].active == 3 && rows[0].later == 3 && rows[0].size == 3);
	CHECK(rows[1].active == 0 && rows[1].later == 1);
	CHECK(rows[2].active == 1 && rows[2].later == 1 && rows[2].complete);
	CHECK(rows[3].active == 0 && !rows[3].complete);
}

static void
test_mrr(void)
{
	static const int8_t NET[CRM_MRR_PARTS] = {0, 0, -1, 1, 1, 0, 0};
	CrmMrrBridge whole;
	CrmMrrBridge part[2];
	CrmMrrBridge back;
	char		text[1024];
	uint8_t		bytes[CRM_MRR_BRIDGE_ENCODED_SIZE];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmError	error;
	uint64_t	seed = 1;
	bool		balanced = true;

	CHECK(crm_mrr_movement(0, 5, false) == CRM_MRR_NEW);
	CHECK(crm_mrr_movement(0, 5, true) == CRM_MRR_REACTIVATION);
	CHECK(crm_mrr_movement(5, 0, true) == CRM_MRR_CHURN);
	CHECK(crm_mrr_movement(5, 6, true) == CRM_MRR_EXPANSION);
	CHECK(crm_mrr_movement(5, 4, true) == CRM_MRR_CONTRACTION);
	CHECK(crm_mrr_movement(5, 5, true) == CRM_MRR_NONE);
	CHECK(crm_mrr_movement(0, 0, false) == CRM_MRR_NONE);
	crm_mrr_bridge_init(&whole);
	crm_mrr_bridge_init(&part[0]);
	crm_mrr_bridge_init(&part[1]);
	for (int i = 0; i < 5000; i++)
	{
		int64_t		previous;
		int64_t		current;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
		previous = seed >> 62 == 0 ? 0 : (int64_t) (seed >> 30 & 0xffff);
		current = seed >> 60 % 4 == 0 ? 0 : (int64_t) (seed >> 20 & 0xffff);
		balanced = balanced &&
			crm_mrr_bridge_add(&whole, previous, current, seed >> 40 & 1) &&
			crm_mrr_bridge_add(&part[seed >> 50 & 1], previous, current,
							   seed >> 40 & 1) &&
			crm_mrr_bridge_valid(&whole, &error);
	}
	CHECK(balanced);
	CHECK(crm_mrr_bridge_merge(&part[1], &part[0]));
	CHECK_BYTES(&part[1], sizeof *part, &whole, sizeof whole);
	crm_mrr_bridge_print(&whole, &json);
	CHECK(crm_mrr_bridge_parse(text, json.out.at, &back, &error));
	CHECK_BYTES(&back, sizeof back, &whole, sizeof whole);
	crm_mrr_bridge_encode(&whole, &w);
	CHECK(crm_mrr_bridge_decode(bytes, w.at, &back, &error));
	CHECK_BYTES(&back, sizeof back, &whole, sizeof whole);
	CHECK_NEAR(crm_int128_double(crm_mrr_bridge_sum(&whole, NET)),
			   crm_int128_double(whole.part[CRM_MRR_CONTRACTION].amount) +
			   crm_int128_double(whole.part[CRM_MRR_CHURN].amount) -
			   crm_int128_double(whole.part[CRM_MRR_EXPANSION].amount), 0);
	whole.part[CRM_MRR_END].amount.lo++;
	CHECK(!crm_mrr_bridge_valid(&whole, &error));
	whole.part[CRM_MRR_END].amount.lo--;
	whole.part[CRM_MRR_NEW].n = INT64_MAX;
	CHECK(!crm_mrr_bridge_add(&whole, 1, 2, true));
	CHECK(!crm_mrr_bridge_merge(&whole, &part[1]));
}

static CrmSbg
renewals(CrmTally *periods, const uint64_t *survivors, size_t n)
{
	CrmSbg		m;

	memset(&m, 0, sizeof m);
	memset(periods, 0, n * sizeof *periods);
	for (size_t i = 0; i < n; i++)
	{
		periods[i].key = (double) i;
		periods[i].first = survivors[i];
		periods[i].second = 1;
	}
	m.periods = periods;
	m.n_periods = n;
	return m;
}

static void
test_sbg(void)
{
	static const uint64_t REGULAR[] = {1000, 631, 468, 382, 326, 289, 262, 241};
	static const uint64_t HIGH_END[] = {1000, 869, 743, 653, 593, 551, 517, 491};
	static const uint64_t ALIKE[] = {1000, 500, 250, 125};
	static const uint64_t RISING[] = {1000, 500, 501};
	static const uint64_t NOBODY[] = {10, 10, 10};
	static const uint64_t ALL[] = {10, 0, 0};
	static const double FORECAST[] = {.220085, .204411, .19119, .179865, .170037};
	static const double HIGH_FORECAST[] = {.46044, .43578, .414172, .395055, .377999};
	CrmTally	periods[8];
	CrmSbg		m = renewals(periods, REGULAR, 8);
	CrmSbg		back;
	CrmTally	room[CRM_SBG_MAX_RENEWALS + 1];
	char		text[1024];
	uint8_t		bytes[256];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmError	error;
	double		sum = 0;

	CHECK(crm_sbg_fit(&m, &error) && m.fit.converged);
	CHECK_NEAR(m.fit.alpha, .70407732, 5e-8);
	CHECK_NEAR(m.fit.beta, 1.18204307, 5e-8);
	CHECK_NEAR(m.fit.loglik, -1680.26518846, 1e-8);
	for (int t = 8; t <= 12; t++)
		CHECK_NEAR(crm_sbg_survival(&m.fit, t), FORECAST[t - 8], 1e-6);
	CHECK(crm_sbg_check(&m, &error));
	crm_sbg_print(&json, &m, &libc_float_text);
	CHECK(crm_sbg_parse(text, json.out.at, &libc_float_text, room, &back, &error));
	CHECK(memcmp(&back.fit, &m.fit, sizeof m.fit) == 0 && back.n_periods == 8);
	crm_sbg_encode(&m, &w);
	CHECK(crm_sbg_decode(bytes, w.at, room, &back, &error));
	CHECK(memcmp(&back.fit, &m.fit, sizeof m.fit) == 0);
	CHECK(!crm_sbg_decode(bytes, w.at - 1, room, &back, &error));
	/* what is left of 2000 discounted periods, added up */
	for (int t = 2000; t >= 0; t--)
		sum = crm_sbg_survival(&m.fit, t) + sum / 1.1;
	CHECK_NEAR(crm_sbg_discounted(&m.fit, 0.1), sum, 1e-10);
	/* a renewal worth the same is due now or in a period */
	CHECK_NEAR(1 + crm_sbg_residual(&m.fit, 0, 0.1) / 1.1, sum, 1e-10);
	CHECK(isinf(crm_sbg_discounted(&m.fit, 0)));
	m.fit.alpha = 3;
	m.fit.beta = 2;
	CHECK_NEAR(crm_sbg_discounted(&m.fit, 0), 2, 1e-15);
	CHECK_NEAR(crm_sbg_lifetime(&m.fit, 1000000), 2, 1e-10);

	m = renewals(periods, HIGH_END, 8);
	CHECK(crm_sbg_fit(&m, &error) && m.fit.converged);
	CHECK_NEAR(m.fit.alpha, .66808835, 2e-8);
	CHECK_NEAR(m.fit.beta, 3.80609496, 2e-8);
	CHECK_NEAR(m.fit.loglik, -1611.15814739, 1e-8);
	for (int t = 8; t <= 12; t++)
		CHECK_NEAR(crm_sbg_survival(&m.fit, t), HIGH_FORECAST[t - 8], 1e-6);
	m = renewals(periods, ALIKE, 4);
	CHECK(crm_sbg_fit(&m, &error) && !m.fit.converged);
	CHECK_NEAR(crm_sbg_retention(&m.fit, 1), 0.5, 1e-6);
	CHECK(crm_sbg_check(&m, &error));
	m = renewals(periods, ALL, 3);
	CHECK(crm_sbg_fit(&m, &error) && !m.fit.converged && crm_sbg_check(&m, &error));
	m = renewals(periods, RISING, 3);
	CHECK(!crm_sbg_fit(&m, &error));
	m = renewals(periods, NOBODY, 3);
	CHECK(!crm_sbg_fit(&m, &error));
	m = renewals(periods, REGULAR, 2);
	CHECK(!crm_sbg_fit(&m, &error));
	m = renewals(periods, REGULAR, 3);
	periods[2].key = 3;
	CHECK(!crm_sbg_fit(&m, &error));
	m = renewals(periods, REGULAR, 3);
	periods[1].second = 2;
	CHECK(!crm_sbg_fit(&m, &error));
}

int
main(void)
{
	test_months();
	test_periods();
	test_retention_forms();
	test_rows();
	test_mrr();
	test_sbg();
	return unit_done();
}
