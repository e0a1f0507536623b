/*
 * holdout.c
 *		Which rows evaluate a model instead of fitting it.
 */
#include "holdout.h"

size_t
crm_holdout_size(size_t n, double share)
{
	size_t		k = (size_t) ((double) n * share + 0.5);

	if (n < 2)
		return 0;
	if (k < 1)
		return 1;
	return k < n ? k : n - 1;
}

size_t
crm_holdout_start(size_t n, double share, CrmIsBoundary is_boundary,
				  const void *rows)
{
	size_t		exact = n - crm_holdout_size(n, share);

	for (size_t distance = 0; exact < n && distance < n; distance++)
	{
		if (distance < exact && is_boundary(exact - distance, rows))
			return exact - distance;
		if (distance < n - exact && is_boundary(exact + distance, rows))
			return exact + distance;
	}
	return n;
}

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t	z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* Selection sampling (Knuth, TAOCP volume 2, 3.4.2, algorithm S). */
void
crm_holdout_draw(size_t n, size_t k, uint64_t seed, uint8_t *marks)
{
	uint64_t	state = seed;

	for (size_t i = 0; i < n; i++)
	{
		/* 53 bits: a double in [0, 1) */
		double		u = (double) (next_random(&state) >> 11) /
		9007199254740992.0;

		marks[i] = (double) (n - i) * u < (double) k;
		k -= marks[i];
	}
}

/* Fisher and Yates's shuffle of as even a hand of folds as there is. */
void
crm_holdout_deal(size_t n, uint16_t folds, uint64_t seed, uint16_t *fold)
{
	uint64_t	state = seed;

	for (size_t i = 0; i < n; i++)
		fold[i] = (uint16_t) (i % folds);
	for (size_t i = n; i > 1; i--)
	{
		size_t		j = (size_t) (next_random(&state) % i);
		uint16_t	swap = fold[j];

		fold[j] = fold[i - 1];
		fold[i - 1] = swap;
	}
}
