/*
 * assignment_test.c
 *		Assignments against all that are possible, and against scipy.
 */
#include "assignment.h"

#include <stdlib.h>

#include "rng.h"
#include "unit.h"

#define MANY_DEALS 2000
#define MANY_SELLERS 50

static int32_t owner[MANY_DEALS];
static int32_t seller[MANY_DEALS];
static int32_t capacity[MANY_SELLERS];
static int64_t value[MANY_DEALS * MANY_SELLERS];

/* Value, deals assigned, deals that stay: the larger the better, in this order. */
typedef struct Total
{
	int64_t		value;
	int			assigned;
	int			stay;
	bool		possible;
} Total;

static bool
better(Total a, Total b)
{
	if (a.value != b.value)
		return a.value > b.value;
	if (a.assigned != b.assigned)
		return a.assigned > b.assigned;
	return a.stay > b.stay;
}

static Total
total_of(uint32_t n, uint32_t m, const int32_t *to)
{
	Total		t = {0, 0, 0, true};
	int32_t		load[MANY_SELLERS] = {0};

	for (uint32_t i = 0; i < n; i++)
	{
		if (to[i] == CRM_NOBODY)
			continue;
		if (to[i] < 0 || to[i] >= (int32_t) m ||
			++load[to[i]] > capacity[to[i]] ||
			value[i * m + (uint32_t) to[i]] < 0)
			t.possible = false;
		else
			t.value += value[i * m + (uint32_t) to[i]];
		t.assigned++;
		t.stay += to[i] == owner[i];
	}
	return t;
}

/* The best of all (m + 1)^n assignments. */
static Total
try_all(uint32_t n, uint32_t m)
{
	Total		best = {-1, 0, 0, true};
	int32_t		to[8];

	for (uint32_t i = 0; i < n; i++)
		to[i] = CRM_NOBODY;
	for (;;)
	{
		Total		t = total_of(n, m, to);
		uint32_t	i = 0;

		if (t.possible && better(t, best))
			best = t;
		while (i < n && ++to[i] == (int32_t) m)
			to[i++] = CRM_NOBODY;
		if (i == n)
			return best;
	}
}

static CrmAssignment
assignment(uint32_t n, uint32_t m)
{
	CrmAssignment a = {n, m, owner, capacity, seller};

	return a;
}

static bool
assign_pairs(uint32_t n, uint32_t m)
{
	CrmAssignment a = assignment(n, m);
	void	   *work = malloc(crm_assign_pairs_size(n, m));
	bool		done = crm_assign_pairs(&a, value, NULL, work);

	free(work);
	return done;
}

static void
random_case(CrmRng *rng, uint32_t n, uint32_t m, uint32_t values)
{
	for (uint32_t i = 0; i < n; i++)
		owner[i] = (int32_t) crm_rng_below(rng, m + 1) - 1;
	for (uint32_t j = 0; j < m; j++)
		capacity[j] = (int32_t) crm_rng_below(rng, 4);
	for (uint32_t k = 0; k < n * m; k++)
		value[k] = crm_rng_below(rng, 4) == 0 ? -1 :
			(int64_t) crm_rng_below(rng, values);
}

/* Few different values, so that ties are many; and many. */
static void
check_pairs_against_all(void)
{
	int			wrong = 0;
	CrmRng		rng = {7};

	for (int round = 0; round < 3000; round++)
	{
		uint32_t	n = 1 + (uint32_t) crm_rng_below(&rng, 5);
		uint32_t	m = 1 + (uint32_t) crm_rng_below(&rng, 3);
		Total		have;
		Total		want;

		random_case(&rng, n, m, round % 2 == 0 ? 3 : 1000000);
		want = try_all(n, m);
		wrong += !assign_pairs(n, m);
		have = total_of(n, m, seller);
		wrong += !have.possible || better(want, have) || better(have, want);
	}
	CHECK_INT(wrong, 0);
}

/*
 * Large values: the same problem with all values at the top of the range.
 */
static void
check_large_values(void)
{
	int			wrong = 0;
	CrmRng		rng = {11};

	for (int round = 0; round < 300; round++)
	{
		int32_t		first[5];

		random_case(&rng, 5, 3, 1000);
		assign_pairs(5, 3);
		memcpy(first, seller, sizeof first);
		for (int k = 0; k < 15; k++)
			if (value[k] >= 0)
				value[k] *= INT64_MAX / 1000;
		assign_pairs(5, 3);
		wrong += memcmp(first, seller, sizeof first) != 0;
	}
	CHECK_INT(wrong, 0);
}

static void
formula(uint32_t n, uint32_t m)
{
	for (uint32_t i = 0; i < n; i++)
	{
		owner[i] = CRM_NOBODY;
		for (uint32_t j = 0; j < m; j++)
			value[i * m + j] = (int64_t) (i * 7919 + j * 104729 +
										  i * i * j * 31) % 10007;
	}
}

/*
 * scipy 1.10.1: linear_sum_assignment(repeat(value, capacity, axis=1),
 * maximize=True) gives these totals.
 */
static void
check_against_scipy(void)
{
	formula(60, 20);
	for (int j = 0; j < 20; j++)
		capacity[j] = 1 + j % 4;
	CHECK(assign_pairs(60, 20));
	CHECK_INT(total_of(60, 20, seller).value, 482238);
	CHECK_INT(total_of(60, 20, seller).assigned, 50);

	formula(500, 50);
	for (int j = 0; j < 50; j++)
		capacity[j] = j % 12;
	CHECK(assign_pairs(500, 50));
	CHECK_INT(total_of(500, 50, seller).value, 2625966);

	formula(40, 30);
	for (int j = 0; j < 30; j++)
		capacity[j] = 2;
	CHECK(assign_pairs(40, 30));
	CHECK_INT(total_of(40, 30, seller).value, 391547);
	CHECK_INT(total_of(40, 30, seller).assigned, 40);
}

/* value[] of the pairs from deals in descending order and factors. */
static void
multiply(uint32_t n, uint32_t m, const int64_t *deal, const double *factor)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < m; j++)
			value[i * m + j] = deal[i] * (int64_t) factor[j];
}

static void
assign_product(uint32_t n, uint32_t m, const int64_t *deal,
			   const double *factor)
{
	CrmAssignment a = assignment(n, m);
	void	   *work = malloc(crm_assign_product_size(m) + 1);

	crm_assign_product(&a, deal, factor, work);
	free(work);
}

static void
check_product_against_all(void)
{
	int			wrong = 0;
	CrmRng		rng = {13};

	for (int round = 0; round < 3000; round++)
	{
		uint32_t	n = 1 + (uint32_t) crm_rng_below(&rng, 5);
		uint32_t	m = 1 + (uint32_t) crm_rng_below(&rng, 3);
		int64_t		deal[5];
		double		factor[3];
		Total		have;
		Total		want;

		random_case(&rng, n, m, 1);
		deal[n - 1] = (int64_t) crm_rng_below(&rng, 3);
		for (uint32_t i = n - 1; i-- > 0;)
			deal[i] = deal[i + 1] + (int64_t) crm_rng_below(&rng, 3);
		factor[m - 1] = (double) crm_rng_below(&rng, 3);
		for (uint32_t j = m - 1; j-- > 0;)
			factor[j] = factor[j + 1] + (double) crm_rng_below(&rng, 2);
		multiply(n, m, deal, factor);
		want = try_all(n, m);
		assign_product(n, m, deal, factor);
		have = total_of(n, m, seller);
		wrong += !have.possible || have.value != want.value ||
			have.assigned != want.assigned;
	}
	CHECK_INT(wrong, 0);
}

/* With sellers of one factor every total is equal: who can stay, stays. */
static void
check_stay(void)
{
	const int64_t deal[] = {9, 8, 7, 7, 5, 4};
	const double same[] = {1, 1, 1};
	const double two[] = {2, 1, 1};
	const int32_t owners[] = {2, 2, 0, 2, CRM_NOBODY, 0};

	memcpy(owner, owners, sizeof owners);
	capacity[0] = 1;
	capacity[1] = 3;
	capacity[2] = 2;
	assign_product(6, 3, deal, same);
	/* 2 keeps its two best, 0 its best; the others fall to 1 */
	CHECK_INT(seller[0], 2);
	CHECK_INT(seller[1], 2);
	CHECK_INT(seller[2], 0);
	CHECK_INT(seller[3], 1);
	CHECK_INT(seller[4], 1);
	CHECK_INT(seller[5], 1);
	/* of the deals worth 7 seller 0 takes the one that is its own already */
	capacity[0] = 3;
	owner[2] = 2;
	owner[3] = 0;
	assign_product(6, 3, deal, two);
	CHECK_INT(seller[0], 0);
	CHECK_INT(seller[1], 0);
	CHECK_INT(seller[2], 2);
	CHECK_INT(seller[3], 0);
	/* in turn: 1 and 2 have room, and nobody owns them */
	CHECK_INT(seller[4], 1);
	CHECK_INT(seller[5], 2);
	capacity[2] = 0;
	owner[2] = CRM_NOBODY;
	capacity[1] = 2;
	assign_product(6, 3, deal, two);
	CHECK_INT(seller[2], 1);
	CHECK_INT(seller[5], CRM_NOBODY);
}

static void
check_scale(void)
{
	int64_t		p;

	CHECK(crm_assign_scale(10000, 1.5, &p) && p == 15000);
	CHECK(crm_assign_scale(1, 0.5, &p) && p == 1);
	CHECK(crm_assign_scale(1, 0.4999, &p) && p == 0);
	CHECK(crm_assign_scale(123456789, 1000, &p) && p == INT64_C(123456789000));
	CHECK(crm_assign_scale(0, 3, &p) && p == 0);
	CHECK(crm_assign_scale(5, 0, &p) && p == 0);
	/* 2^53 - 1 is odd: no double between would give it */
	CHECK(crm_assign_scale(INT64_C(9007199254740991), 1, &p) &&
		  p == INT64_C(9007199254740991));
	CHECK(!crm_assign_scale(INT64_MAX, 1.01, &p));
	CHECK(crm_assign_scale(10000, 1e-300, &p) && p == 0);
}

static bool
stop_at_once(void *arg)
{
	return ++* (int *) arg == 3;
}

static void
check_stop(void)
{
	int			asked = 0;
	CrmPoll		poll = {stop_at_once, &asked};
	CrmAssignment a = assignment(60, 20);
	void	   *work = malloc(crm_assign_pairs_size(60, 20));

	formula(60, 20);
	CHECK(!crm_assign_pairs(&a, value, &poll, work));
	CHECK_INT(asked, 3);
	free(work);
}

static void
check_empty(void)
{
	const double factor = 1;

	capacity[0] = 2;
	assign_product(0, 1, value, &factor);
	CHECK(assign_pairs(0, 1));
	owner[0] = CRM_NOBODY;
	assign_product(1, 0, value, &factor);
	CHECK_INT(seller[0], CRM_NOBODY);
	seller[0] = 5;
	CHECK(assign_pairs(1, 0));
	CHECK_INT(seller[0], CRM_NOBODY);
}

int
main(void)
{
	check_scale();
	check_product_against_all();
	check_stay();
	check_pairs_against_all();
	check_large_values();
	check_against_scipy();
	check_stop();
	check_empty();
	return unit_done();
}
