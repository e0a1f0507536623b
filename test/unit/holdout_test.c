/*
 * holdout_test.c
 *		Unit tests of src/core/holdout.c.
 */
#include "holdout.h"
#include "unit.h"

static bool
differs(size_t i, const void *rows)
{
	const int  *values = rows;

	return values[i] != values[i - 1];
}

static void
test_size(void)
{
	CHECK_INT(crm_holdout_size(10, 0.2), 2);
	CHECK_INT(crm_holdout_size(10, 0.25), 3);
	CHECK_INT(crm_holdout_size(10, 0.001), 1);
	CHECK_INT(crm_holdout_size(10, 0.999), 9);
	CHECK_INT(crm_holdout_size(1, 0.5), 0);
	CHECK_INT(crm_holdout_size(0, 0.5), 0);
}

static void
test_start(void)
{
	const int	distinct[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	const int	tied[] = {1, 1, 2, 2, 2, 2, 2, 2, 2, 3};
	const int	middle[] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3};
	const int	equal[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	const int	near_end[] = {1, 1, 1, 1, 1, 1, 1, 2, 2, 3};

	CHECK_INT(crm_holdout_start(10, 0.2, differs, distinct), 8);
	CHECK_INT(crm_holdout_start(10, 0.2, differs, tied), 9);
	CHECK_INT(crm_holdout_start(10, 0.7, differs, tied), 2);
	/* positions 4 and 8 are as near to 6: the older one */
	CHECK_INT(crm_holdout_start(10, 0.4, differs, middle), 4);
	CHECK_INT(crm_holdout_start(10, 0.2, differs, equal), 10);
	CHECK_INT(crm_holdout_start(10, 0.9, differs, equal), 10);
	CHECK_INT(crm_holdout_start(10, 0.9, differs, near_end), 7);
	CHECK_INT(crm_holdout_start(1, 0.2, differs, equal), 1);
	CHECK_INT(crm_holdout_start(0, 0.2, differs, equal), 0);
}

static void
test_draw(void)
{
	uint8_t		marks[1000];
	uint8_t		again[1000];
	int			often[20] = {0};
	int			k = 0;
	bool		even = true;

	crm_holdout_draw(1000, 200, 7, marks);
	crm_holdout_draw(1000, 200, 7, again);
	CHECK_BYTES(marks, sizeof marks, again, sizeof again);
	for (int i = 0; i < 1000; i++)
		k += marks[i];
	CHECK_INT(k, 200);
	crm_holdout_draw(1000, 200, 8, again);
	CHECK(memcmp(marks, again, sizeof marks) != 0);
	for (int seed = 0; seed < 4000; seed++)
	{
		crm_holdout_draw(20, 5, (uint64_t) seed, marks);
		for (int i = 0; i < 20; i++)
			often[i] += marks[i];
	}
	/* 1000 expected each, standard deviation 27 */
	for (int i = 0; i < 20; i++)
		even = even && often[i] > 880 && often[i] < 1120;
	CHECK(even);
	crm_holdout_draw(3, 3, 1, marks);
	CHECK_INT(marks[0] + marks[1] + marks[2], 3);
	crm_holdout_draw(3, 0, 1, marks);
	CHECK_INT(marks[0] + marks[1] + marks[2], 0);
}

static void
test_deal(void)
{
	uint16_t	fold[100];
	uint16_t	again[100];
	int			size[7] = {0};

	crm_holdout_deal(100, 7, 3, fold);
	crm_holdout_deal(100, 7, 3, again);
	CHECK_BYTES(fold, sizeof fold, again, sizeof again);
	for (int i = 0; i < 100; i++)
		size[fold[i]]++;
	for (int k = 0; k < 7; k++)
		CHECK_INT(size[k], k < 2 ? 15 : 14);
	crm_holdout_deal(100, 7, 4, again);
	CHECK(memcmp(fold, again, sizeof fold) != 0);
}

int
main(void)
{
	test_deal();
	test_size();
	test_start();
	test_draw();
	return unit_done();
}
