/*
 * survival_test.c
 *		Tallies, survival curves and log-rank tests without a server.
 *
 * Expected values: R's survival 3.5-3 on its data set aml, and by hand.
 */
#include "survival.h"

#include "chi_square.h"
#include "float_text.h"
#include "logrank.h"
#include "normal.h"
#include "unit.h"

static uint64_t seed = 20261122;

static uint32_t
draw(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (seed >> 33) % n;
}

static CrmTally
entry(double key, uint32_t part, uint64_t first, uint64_t second)
{
	CrmTally	t = {key, part, 0, first, second};

	return t;
}

/* Any split of the same entries, in any order, settles to the same bytes. */
static void
test_tally(void)
{
	enum
	{
		N = 500
	};
	CrmTally	all[N];
	CrmTally	whole[N];
	CrmTally	parts[N];
	CrmTally	tail[N];
	size_t		n = 0;
	size_t		used = 0;
	uint64_t	first;
	uint64_t	second;

	for (int i = 0; i < N; i++)
		all[i] = entry(draw(40), draw(3), draw(3), 1 + draw(3));
	memcpy(tail, all, sizeof all);
	CHECK(crm_tally_join(whole, &n, tail, N, NULL));
	CHECK(crm_tally_ordered(whole, n));
	CHECK(n <= 120);
	for (int i = N; i > 0;)
	{
		size_t		n_tail = 0;
		int			take = 1 + (int) draw(60);

		for (; take > 0 && i > 0; take--)
			tail[n_tail++] = all[--i];
		CHECK(crm_tally_join(parts, &used, tail, n_tail, NULL));
	}
	CHECK_BYTES(parts, used * sizeof *parts, whole, n * sizeof *whole);
	CHECK(crm_tally_total(whole, n, &first, &second));
	for (size_t i = 0; i < n; i++)
		CHECK_NAMED(crm_tally_find(whole, n, &whole[i]) == &whole[i],
					"each entry is found");
	all[0] = entry(40, 0, 1, 0);
	CHECK(crm_tally_find(whole, n, &all[0]) == NULL);
	all[0] = entry(-1, 0, 1, 0);
	CHECK(crm_tally_find(whole, n, &all[0]) == NULL);
	CHECK(crm_tally_find(whole, 0, &all[0]) == NULL);
}

static void
test_tally_overflow(void)
{
	CrmTally	t[2];
	CrmTally	tail[2];
	size_t		n = 0;
	uint64_t	first;
	uint64_t	second;

	tail[0] = tail[1] = entry(1, 0, CRM_TALLY_MAX_COUNT, 0);
	CHECK(!crm_tally_join(t, &n, tail, 2, NULL));
	t[0] = entry(1, 0, CRM_TALLY_MAX_COUNT, 0);
	t[1] = entry(2, 0, 0, 1);
	CHECK(!crm_tally_total(t, 2, &first, &second));
	CHECK(crm_tally_total(t, 1, &first, &second));
	t[1] = entry(2, 0, 0, 0);
	CHECK(!crm_tally_ordered(t, 2));
}

/* R: pchisq(x, df, lower.tail = FALSE) */
static void
test_chi_square(void)
{
	CHECK_NEAR(crm_chi_square_above(3.841458820694124, 1), 0.05, 1e-14);
	CHECK_NEAR(crm_chi_square_above(3, 1), 0.083264516663550406, 1e-15);
	CHECK_NEAR(crm_chi_square_above(3, 2), 0.22313016014842982, 1e-15);
	CHECK_NEAR(crm_chi_square_above(3, 3), 0.391625176271089, 1e-14);
	CHECK_NEAR(crm_chi_square_above(10, 7), 0.18857346751345, 1e-14);
	CHECK_NEAR(crm_chi_square_above(10, 10), 0.440493285065212, 1e-14);
	CHECK_NEAR(crm_chi_square_above(100, 99), 0.452958511320931, 1e-12);
	CHECK(crm_chi_square_above(1600, 1) < 1e-300);
	CHECK(crm_chi_square_above(0, 3) == 1);
	CHECK(crm_chi_square_above(INFINITY, 4) == 0);
}

/* aml, maintained: R's summary(survfit(Surv(time, status) ~ 1)) */
static const CrmTally MAINTAINED[] = {
	{9, 0, 0, 1, 0}, {13, 0, 0, 1, 1}, {18, 0, 0, 1, 0}, {23, 0, 0, 1, 0},
	{28, 0, 0, 0, 1}, {31, 0, 0, 1, 0}, {34, 0, 0, 1, 0}, {45, 0, 0, 0, 1},
	{48, 0, 0, 1, 0}, {161, 0, 0, 0, 1}
};
static const CrmSurvival AML = {MAINTAINED, 10};

static void
test_curve(void)
{
	CrmSurvivalPoint p;
	double		low;
	double		high;
	double		v;
	double		se;
	double		z = crm_normal_quantile(0.975);

	CHECK(crm_survival_at(AML, 0, &p) && p.survival == 1 && p.hazard == 0);
	CHECK(crm_survival_limits(&p, CRM_SCALE_LOG_LOG, z, &low, &high) &&
		  low == 1 && high == 1);
	CHECK(crm_survival_at(AML, 8.99, &p) && p.survival == 1);
	CHECK(crm_survival_at(AML, 9, &p));
	CHECK_NEAR(p.survival, 10.0 / 11, 1e-15);
	CHECK(crm_survival_at(AML, 34, &p));
	CHECK_NEAR(p.survival, 0.368181818181818, 1e-14);
	CHECK_NEAR(crm_survival_std_error(&p), 0.162668885827095, 1e-14);
	CHECK_NEAR(p.hazard, 0.908766233766234, 1e-14);
	CHECK(crm_survival_limits(&p, CRM_SCALE_LOG_LOG, z, &low, &high));
	CHECK_NEAR(low, 0.0928295749369852, 1e-13);
	CHECK_NEAR(high, 0.657040832398164, 1e-13);
	CHECK(crm_survival_limits(&p, CRM_SCALE_LOG, z, &low, &high));
	CHECK_NEAR(low, 0.154877117897191, 1e-13);
	CHECK_NEAR(high, 0.875260678143908, 1e-13);
	CHECK(crm_survival_limits(&p, CRM_SCALE_PLAIN, z, &low, &high));
	CHECK_NEAR(low, 0.368181818181818 - z * 0.162668885827095, 1e-14);
	CHECK(crm_survival_at(AML, 161, &p) && !crm_survival_at(AML, 162, &p));
	CHECK(crm_survival_quantile(AML, 0.5, CRM_LINE_SURVIVAL, CRM_SCALE_LOG, z,
								&v) && v == 31);
	CHECK(crm_survival_quantile(AML, 0.5, CRM_LINE_LOW, CRM_SCALE_LOG, z,
								&v) && v == 18);
	CHECK(!crm_survival_quantile(AML, 0.5, CRM_LINE_HIGH, CRM_SCALE_LOG, z,
								 &v));
	CHECK(!crm_survival_quantile(AML, 0.9, CRM_LINE_SURVIVAL, CRM_SCALE_LOG,
								 z, &v));
	CHECK(crm_survival_mean(AML, -1, &v, &se));
	CHECK_NEAR(v, 52.6454545454545, 1e-12);
	CHECK_NEAR(se, 19.8286027955626, 1e-12);
	CHECK(!crm_survival_mean(AML, 200, &v, &se));
	CHECK(crm_survival_mean(AML, 0, &v, &se) && v == 0 && se == 0);
	CHECK(crm_survival_mean(AML, 9, &v, &se) && v == 9 && se == 0);
}

/* All four had the event: the curve is at .5 from 2 to 3, and 0 at the end. */
static void
test_to_the_end(void)
{
	static const CrmTally T[] = {
		{1, 0, 0, 1, 0}, {2, 0, 0, 1, 0}, {3, 0, 0, 1, 0}, {4, 0, 0, 1, 0}
	};
	static const CrmSurvival c = {T, 4};
	static const CrmSurvival half = {T, 2};
	CrmTally	flat[] = {{1, 0, 0, 1, 0}, {5, 0, 0, 0, 1}};
	CrmSurvival ends_flat = {flat, 2};
	CrmSurvivalPoint p;
	double		v;
	double		se;
	double		low;
	double		high;

	CHECK(crm_survival_quantile(c, 0.5, CRM_LINE_SURVIVAL, CRM_SCALE_LOG, 2,
								&v) && v == 2.5);
	CHECK(crm_survival_quantile(c, 0.6, CRM_LINE_SURVIVAL, CRM_SCALE_LOG, 2,
								&v) && v == 3);
	CHECK(crm_survival_at(c, 1e300, &p) && p.survival == 0);
	CHECK(!crm_survival_limits(&p, CRM_SCALE_LOG, 2, &low, &high));
	CHECK(crm_survival_mean(c, -1, &v, &se));
	CHECK_NEAR(v, 2.5, 1e-15);
	CHECK(crm_survival_mean(c, 100, &v, &se));
	CHECK_NEAR(v, 2.5, 1e-15);
	CHECK(crm_survival_mean(half, -1, &v, &se) && v == 1.5);
	/* R's quantile: half-way to the end of a curve that ends there */
	CHECK(crm_survival_quantile(ends_flat, 0.5, CRM_LINE_SURVIVAL,
								CRM_SCALE_LOG, 2, &v) && v == 3);
}

static bool
parses(const char *text, CrmErrorKind *kind)
{
	CrmTally	times[16];
	size_t		n;
	CrmError	error;

	if (crm_survival_parse(text, strlen(text), &libc_float_text, times, &n,
						   &error))
		return true;
	*kind = error.kind;
	return false;
}

static void
test_forms(void)
{
	char		text[1024];
	uint8_t		bytes[512];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmTally	back[200];
	CrmErrorKind kind;
	CrmError	error;
	size_t		n;

	crm_survival_print(&json, AML, &libc_float_text);
	CHECK(crm_survival_parse(text, json.out.at, &libc_float_text, back, &n,
							 &error));
	CHECK_BYTES(back, n * sizeof *back, MAINTAINED, sizeof MAINTAINED);
	crm_survival_encode(AML, &w);
	CHECK_INT(w.at, CRM_SURVIVAL_HEADER_SIZE + 10 * CRM_SURVIVAL_ENTRY_SIZE);
	CHECK(crm_survival_decode(bytes, w.at, back, &n, &error));
	CHECK_BYTES(back, n * sizeof *back, MAINTAINED, sizeof MAINTAINED);
	CHECK(!crm_survival_decode(bytes, w.at - 1, back, &n, &error));
	bytes[0] = 2;
	CHECK(!crm_survival_decode(bytes, w.at, back, &n, &error));
	CHECK(parses("{\"times\":[[0,1,0],[-0.0,0,1]]}", &kind) == false);
	CHECK(parses(" {\"times\" : [[1.5,0,1]] }", &kind));
	CHECK(!parses("{\"times\":[]}", &kind) && kind == CRM_ERROR_VALUE);
	CHECK(!parses("{\"times\":[[-1,1,0]]}", &kind) && kind == CRM_ERROR_VALUE);
	CHECK(!parses("{\"times\":[[1e999,1,0]]}", &kind) && kind == CRM_ERROR_RANGE);
	CHECK(!parses("{\"times\":[[1,0,0]]}", &kind) && kind == CRM_ERROR_VALUE);
	CHECK(!parses("{\"times\":[[1,1,-1]]}", &kind) && kind == CRM_ERROR_RANGE);
	CHECK(!parses("{\"times\":[[2,1,0],[1,1,0]]}", &kind) && kind == CRM_ERROR_VALUE);
	CHECK(!parses("{\"times\":[[1,1,0],[1,1,0]]}", &kind) && kind == CRM_ERROR_VALUE);
	CHECK(!parses("{\"times\":[[1,9223372036854775807,1]]}", &kind) && kind == CRM_ERROR_RANGE);
	CHECK(!parses("{\"times\":[[1,1]]}", &kind));
	CHECK(!parses("{\"times\":[[1,1,0,1]]}", &kind) && kind == CRM_ERROR_SYNTAX);
	CHECK(!parses("{\"times\":[[1,1,0]]} x", &kind) && kind == CRM_ERROR_SYNTAX);
}

/* Gehan: 6-MP and control, R's survdiff */
static const CrmTally GEHAN[] = {
	{1, 1, 0, 2, 0}, {2, 1, 0, 2, 0}, {3, 1, 0, 1, 0}, {4, 1, 0, 2, 0},
	{5, 1, 0, 2, 0}, {6, 0, 0, 3, 1}, {7, 0, 0, 1, 0}, {8, 1, 0, 4, 0},
	{9, 0, 0, 0, 1}, {10, 0, 0, 1, 1}, {11, 0, 0, 0, 1}, {11, 1, 0, 2, 0},
	{12, 1, 0, 2, 0}, {13, 0, 0, 1, 0}, {15, 1, 0, 1, 0}, {16, 0, 0, 1, 0},
	{17, 0, 0, 0, 1}, {17, 1, 0, 1, 0}, {19, 0, 0, 0, 1}, {20, 0, 0, 0, 1},
	{22, 0, 0, 1, 0}, {22, 1, 0, 1, 0}, {23, 0, 0, 1, 0}, {23, 1, 0, 1, 0},
	{25, 0, 0, 0, 1}, {32, 0, 0, 0, 2}, {34, 0, 0, 0, 1}, {35, 0, 0, 0, 1}
};

static CrmText
label(const char *s)
{
	CrmText		t = {s, strlen(s)};

	return t;
}

static void
test_logrank(void)
{
	char		slots[3 * CRM_LOGRANK_SLOT];
	uint32_t	map[3];
	CrmLogrank	l = {slots, 2, GEHAN, sizeof GEHAN / sizeof *GEHAN};
	CrmLogrankGroup groups[3];
	double		room[15];
	CrmLogrankTest test;
	CrmError	error;
	CrmTally	one[] = {{1, 0, 0, 1, 0}, {1, 1, 0, 1, 0}};

	CHECK(crm_logrank_set_label(slots, 0, label("control")));
	CHECK(crm_logrank_set_label(slots, 1, label("6-MP")));
	CHECK(crm_logrank_set_label(slots, 2, label("")));
	CHECK_INT(crm_logrank_find(slots, 3, label("6-MP")), 1);
	CHECK_INT(crm_logrank_find(slots, 3, label("6-M")), 3);
	crm_logrank_sort(slots, 3, map);
	CHECK(map[0] == 2 && map[1] == 1 && map[2] == 0);
	CHECK(crm_logrank_set_label(slots, 0, label("6-MP")));
	CHECK(crm_logrank_set_label(slots, 1, label("control")));
	CHECK(crm_logrank_check(l, &error));
	test = crm_logrank_test(l, groups, room, NULL);
	CHECK_INT(test.df, 1);
	CHECK_NEAR(test.chi_square, 16.7929409892165, 1e-12);
	CHECK_NEAR(groups[0].expected, 19.2505009480311, 1e-12);
	CHECK_NEAR(groups[1].expected, 10.7494990519689, 1e-12);
	CHECK(groups[0].n == 21 && groups[0].events == 9);
	/* the only two at risk both have the event: no variance, no test */
	l.times = one;
	l.n_times = 2;
	CHECK_INT(crm_logrank_test(l, groups, room, NULL).df, 0);
	l.n_groups = 1;
	l.n_times = 1;
	CHECK_INT(crm_logrank_test(l, groups, room, NULL).df, 0);
	CHECK(!crm_logrank_set_label(slots, 0, label("0123456789012345678901234567890123456789012345678901234567890123")));
}

int
main(void)
{
	test_tally();
	test_tally_overflow();
	test_chi_square();
	test_curve();
	test_to_the_end();
	test_forms();
	test_logrank();
	return unit_done();
}
