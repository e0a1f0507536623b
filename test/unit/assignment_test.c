/*
 * assignment_test.c
 *		Assignments against all that there are, and larger ones' bounds.
 */
#include "assignment.h"
#include "unit.h"

#include <stdlib.h>

static uint64_t seed = 20261122;

static uint32_t
draw(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (seed >> 33) % n;
}

static int64_t values[300000];
static int32_t capacities[300];
static uint32_t seller[2000];

static int64_t
solve(uint32_t deals, uint32_t sellers)
{
	CrmAssignment a = {values, capacities, deals, sellers, seller};
	void	   *work = malloc(crm_assign_size(&a));
	int64_t		total = 0;
	int32_t		load[300] = {0};

	CHECK_NAMED(crm_assign(&a, work, NULL), "finished");
	free(work);
	for (uint32_t d = 0; d < deals; d++)
	{
		if (seller[d] == CRM_NOBODY)
			continue;
		total += values[d * sellers + seller[d]];
		load[seller[d]]++;
	}
	for (uint32_t s = 0; s < sellers; s++)
		if (load[s] > capacities[s])
			CHECK_NAMED(false, "a capacity is kept");
	return total;
}

/* The best of all assignments of the deals from d on. */
static int64_t
best_from(uint32_t d, uint32_t deals, uint32_t sellers, int32_t * room)
{
	int64_t		best;

	if (d == deals)
		return 0;
	best = best_from(d + 1, deals, sellers, room);
	for (uint32_t s = 0; s < sellers; s++)
	{
		int64_t		v = values[d * sellers + s];

		if (room[s] == 0 || v < 0)
			continue;
		room[s]--;
		v += best_from(d + 1, deals, sellers, room);
		room[s]++;
		best = v > best ? v : best;
	}
	return best;
}

static void
test_all(void)
{
	int			wrong = 0;

	for (int round = 0; round < 300; round++)
	{
		uint32_t	deals = 1 + draw(6);
		uint32_t	sellers = 1 + draw(4);
		int32_t		room[4];

		for (uint32_t i = 0; i < deals * sellers; i++)
			values[i] = draw(8) == 0 ? CRM_NOT_ALLOWED : (int64_t) draw(12) - 1;
		for (uint32_t s = 0; s < sellers; s++)
			room[s] = capacities[s] = (int32_t) draw(4);
		wrong += solve(deals, sellers) != best_from(0, deals, sellers, room);
	}
	CHECK_INT(wrong, 0);
}

/* All to the best when there is room; a permutation of known total. */
static void
test_known(void)
{
	int64_t		want = 0;

	for (uint32_t d = 0; d < 500; d++)
	{
		int64_t		best = 0;

		for (uint32_t s = 0; s < 20; s++)
		{
			values[d * 20 + s] = draw(1000000);
			best = values[d * 20 + s] > best ? values[d * 20 + s] : best;
		}
		want += best;
	}
	for (uint32_t s = 0; s < 20; s++)
		capacities[s] = 500;
	CHECK_INT(solve(500, 20), want);
	/* value rank x rank: the best gets the best, 1^2 + ... + 40^2 */
	for (uint32_t d = 0; d < 40; d++)
		for (uint32_t s = 0; s < 40; s++)
			values[d * 40 + s] = (int64_t) (1 + d * 7 % 40) * (1 + s * 11 % 40);
	for (uint32_t s = 0; s < 40; s++)
		capacities[s] = 1;
	CHECK_INT(solve(40, 40), 22140);
	/* capacity 0, and no sellers at all */
	capacities[0] = 0;
	CHECK_INT(solve(3, 1), 0);
	CHECK(seller[0] == CRM_NOBODY);
	CHECK_INT(solve(3, 0), 0);
}

static bool
stop_at_once(void *arg)
{
	(void) arg;
	return true;
}

static void
test_stop(void)
{
	CrmPoll		poll = {stop_at_once, NULL};
	CrmAssignment a = {values, capacities, 10, 10, seller};
	void	   *work = malloc(crm_assign_size(&a));

	CHECK(!crm_assign(&a, work, &poll));
	free(work);
}

int
main(void)
{
	test_all();
	test_known();
	test_stop();
	return unit_done();
}
