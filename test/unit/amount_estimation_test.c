/*
 * amount_estimation_test.c
 *		Groups that lend each other strength, and the nearest cases.
 */
#include "amount_estimation.h"

#include <stdlib.h>

#include "rng.h"
#include "unit.h"

static CrmGroup
group(const double *values, size_t n)
{
	CrmGroup	g = {0, 0, 0};

	for (size_t i = 0; i < n; i++)
		crm_group_add(&g, values[i]);
	return g;
}

/*
 * Three groups of three: 1 2 3, 2 3 4, 6 7 8.  Within: 6 / 6 = 1.  Between the
 * means 2, 3, 7 (grand mean 4): mean square 3 (4 + 1 + 9) / 2 = 21, so the
 * variance between is (21 - 1) / 3 = 20 / 3.
 */
static void
check_balanced(void)
{
	static const double values[3][3] = {{1, 2, 3}, {2, 3, 4}, {6, 7, 8}};
	CrmGroup	g[3];
	CrmGroup	none = {0, 0, 0};
	CrmGroupModel m;
	double		mean;
	double		sd;

	for (int i = 0; i < 3; i++)
		g[i] = group(values[i], 3);
	m = crm_group_model(g, 3);
	CHECK_INT((long long) m.n, 9);
	CHECK_NEAR(m.mean, 4, 1e-12);
	CHECK_NEAR(m.within, 1, 1e-12);
	CHECK_NEAR(m.between, 20.0 / 3, 1e-12);
	CHECK_NEAR(m.mean_variance, 7.0 / 3, 1e-12);
	/* the third group's mean keeps (20/3) / (20/3 + 1/3) = 20/21 */
	crm_group_predict(&m, &g[2], &mean, &sd);
	CHECK_NEAR(mean, 4 + 3 * 20.0 / 21, 1e-12);
	CHECK_NEAR(sd, sqrt(1 + 20.0 / 63 + 7.0 / 3 / 441), 1e-12);
	crm_group_predict(&m, &none, &mean, &sd);
	CHECK_NEAR(mean, 4, 1e-12);
	CHECK_NEAR(sd, sqrt(1 + 20.0 / 3 + 7.0 / 3), 1e-12);
}

static void
check_edges(void)
{
	static const double one[] = {5};
	static const double two[] = {1, 3};
	static const CrmGroup alone = {2, 2, 2};
	static const CrmGroup equal = {4, 7, 0};
	CrmGroup	g[3] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
	CrmGroupModel m = crm_group_model(g, 3);
	double		mean;
	double		sd;

	CHECK_INT((long long) m.n, 0);
	CHECK_NEAR(m.mean, NAN, 0);
	g[1] = group(one, 1);
	m = crm_group_model(g, 3);
	crm_group_predict(&m, &g[1], &mean, &sd);
	CHECK_NEAR(mean, 5, 0);
	CHECK_NEAR(sd, NAN, 0);
	/* one value a group: all spread is within */
	g[2] = group(two, 1);
	m = crm_group_model(g, 3);
	CHECK_NEAR(m.within, 8, 1e-12);
	CHECK_NEAR(m.between, 0, 0);
	crm_group_predict(&m, &g[2], &mean, &sd);
	CHECK_NEAR(mean, 3, 1e-12);
	CHECK_NEAR(sd, sqrt(8 + 4), 1e-12);
	/* one group */
	m = crm_group_model(&alone, 1);
	crm_group_predict(&m, &alone, &mean, &sd);
	CHECK_NEAR(mean, 2, 1e-12);
	CHECK_NEAR(sd, sqrt(2 + 1), 1e-12);
	/* all equal: no spread at all */
	m = crm_group_model(&equal, 1);
	crm_group_predict(&m, &equal, &mean, &sd);
	CHECK_NEAR(mean, 7, 0);
	CHECK_NEAR(sd, 0, 0);
}

static void
check_distance(void)
{
	static const double size[] = {1, 5, NAN, 100};
	static const double region[] = {0, 1, 0, NAN};
	CrmCaseColumn columns[] = {{false, 10, size}, {true, 0, region}};
	double		now[] = {2, 0};

	CHECK_NEAR(crm_case_distance(columns, 2, 0, now), 0.05, 1e-12);
	CHECK_NEAR(crm_case_distance(columns, 2, 1, now), 0.65, 1e-12);
	CHECK_NEAR(crm_case_distance(columns, 2, 2, now), 0.25, 1e-12);
	CHECK_NEAR(crm_case_distance(columns, 2, 3, now), 0.75, 1e-12);
	now[0] = NAN;
	CHECK_NEAR(crm_case_distance(columns, 2, 2, now), 0, 0);
	CHECK_NEAR(crm_case_distance(columns, 1, 2, now), NAN, 0);
	CHECK_NEAR(crm_case_distance(columns, 0, 0, now), NAN, 0);
}

static void
check_quantile(void)
{
	static const double v[] = {1, 2, 4, 8};

	CHECK_NEAR(crm_case_quantile(v, 4, 0.5), 3, 1e-12);
	CHECK_NEAR(crm_case_quantile(v, 4, 0.25), 1.25, 1e-12);
	CHECK_NEAR(crm_case_quantile(v, 4, 0.01), 1, 0);
	CHECK_NEAR(crm_case_quantile(v, 4, 0.99), 8, 0);
	CHECK_NEAR(crm_case_quantile(v, 0, 0.5), NAN, 0);
	CHECK_NEAR(crm_case_scale(v, 4), 7, 1e-12);
	CHECK_NEAR(crm_case_scale(v, 0), 0, 0);
}

static int
compare(const void *x, const void *y)
{
	double		a = *(const double *) x;
	double		b = *(const double *) y;

	return (a > b) - (a < b);
}

/* The k-th smallest by sorting; NaN never is. */
static void
check_nearest(void)
{
	CrmRng		rng = {11};
	bool		same = true;

	for (int round = 0; round < 500; round++)
	{
		double		d[40];
		double		sorted[40];
		double		heap[40];
		uint32_t	nearest[40];
		size_t		n = crm_rng_below(&rng, 41);
		size_t		k = 1 + crm_rng_below(&rng, 40);
		size_t		known = 0;
		size_t		want = 0;
		size_t		have;

		for (size_t i = 0; i < n; i++)
		{
			d[i] = crm_rng_below(&rng, 10) == 0 ? NAN : crm_rng_below(&rng, 8);
			if (!isnan(d[i]))
				sorted[known++] = d[i];
		}
		if (known > 0)
			qsort(sorted, known, sizeof *sorted, compare);
		have = crm_nearest(d, n, k, heap, nearest, NULL);
		for (size_t i = 0; i < n; i++)
			if (!isnan(d[i]) && d[i] <= sorted[(k < known ? k : known) - 1])
				same = same && want < have && nearest[want++] == i;
		same = same && want == have;
	}
	CHECK_NAMED(same, "the nearest are those of a sort, ties included");
}

int
main(void)
{
	check_balanced();
	check_edges();
	check_distance();
	check_quantile();
	check_nearest();
	return unit_done();
}
