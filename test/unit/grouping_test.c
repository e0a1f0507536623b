/*
 * grouping_test.c
 *		Groups are complete and in order, whatever the shape and the ids.
 */
#include <stdlib.h>

#include "grouping.h"
#include "unit.h"

static uint64_t seed = 11;

static uint64_t
draw(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 20) % below;
}

static void
test_keys(void)
{
	int64_t		last = crm_key_time(crm_key(-5, 3));

	CHECK_INT(last, -5);
	CHECK_INT(crm_key_code(crm_key(-5, 3)), 3);
	CHECK(crm_key(-5, 3) < crm_key(-5, 4));
	CHECK(crm_key(-5, 254) < crm_key(-4, 0));
	CHECK(crm_key(-1, 9) < crm_key(0, 0));
	CHECK(crm_key_fits(CRM_KEY_TIME_LIMIT - 1, 254));
	CHECK(!crm_key_fits(CRM_KEY_TIME_LIMIT, 1));
	CHECK(!crm_key_fits(0, CRM_KEY_ESCAPE));
	CHECK_INT(crm_key_time(crm_key(CRM_KEY_TIME_LIMIT - 1, 7)),
			  CRM_KEY_TIME_LIMIT - 1);
	CHECK_INT(crm_key_time(crm_key(-CRM_KEY_TIME_LIMIT, 7)),
			  -CRM_KEY_TIME_LIMIT);
}

/* Sums over records do not change, and no id comes back after another. */
static int
wrong_groups(CrmRecordShape shape, size_t n, uint64_t n_ids, bool in_order)
{
	size_t		words = n * (size_t) shape.words;
	uint64_t   *in = malloc((words + 1) * sizeof *in);
	uint64_t   *out = malloc((words + 1) * sizeof *out);
	uint32_t   *slots = malloc((crm_group_slots(n) + 1) * sizeof *slots);
	uint8_t    *seen = calloc(n_ids, 1);
	uint64_t	sum = 0;
	int			wrong = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint64_t   *r = in + i * (size_t) shape.words;

		for (int k = 0; k < shape.words; k++)
			r[k] = 0;
		r[shape.id_words - 1] = draw(n_ids);
		r[shape.id_words] = in_order ? i : draw(1000);
		sum += crm_hash_word(r[shape.id_words - 1], r[shape.id_words]);
	}
	crm_group(shape, in, out, n, 8, slots, NULL);
	for (size_t i = 0; i < n;)
	{
		const uint64_t *r = out + i * (size_t) shape.words;
		size_t		length = crm_group_length(shape, r, n - i);
		uint64_t	id = r[shape.id_words - 1];

		wrong += seen[id]++ != 0;
		for (size_t k = 0; k < length; k++)
		{
			const uint64_t *e = r + k * (size_t) shape.words;

			sum -= crm_hash_word(e[shape.id_words - 1], e[shape.id_words]);
			wrong += k > 0 && e[shape.id_words] <
				(e - shape.words)[shape.id_words];
		}
		i += length;
	}
	free(in);
	free(out);
	free(slots);
	free(seen);
	return wrong + (sum != 0);
}

int
main(void)
{
	static const CrmRecordShape shapes[] = {{1, 2}, {1, 3}, {2, 3}, {3, 4}, {3, 5}};
	int			wrong = 0;

	test_keys();
	for (int i = 0; i < 5; i++)
		for (int round = 0; round < 40; round++)
			wrong += wrong_groups(shapes[i], 1 + draw(3000), 1 + draw(700),
								  draw(2));
	CHECK_INT(wrong, 0);
	CHECK_INT(wrong_groups(shapes[0], 200000, 1, false), 0);
	CHECK_INT(wrong_groups(shapes[0], 200000, 50000, true), 0);
	return unit_done();
}
