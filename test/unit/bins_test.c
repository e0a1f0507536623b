/*
 * bins_test.c
 *		Unit tests of core/bins.
 */
#include "bins.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "unit.h"

static void
test_keys(void)
{
	const float values[] = {-FLT_MAX, -1, -FLT_MIN, -0.0f, 0, FLT_MIN, 1, FLT_MAX};

	for (int i = 1; i < 8; i++)
		CHECK(values[i - 1] < values[i] ?
			  crm_float_key(values[i - 1]) < crm_float_key(values[i]) :
			  crm_float_key(values[i - 1]) == crm_float_key(values[i]));
	for (int i = 0; i < 8; i++)
		CHECK(crm_key_float(crm_float_key(values[i])) == values[i]);
	CHECK(crm_feature_float(1e300) == CRM_FEATURE_LIMIT);
	CHECK(crm_feature_float(-1e300) == -CRM_FEATURE_LIMIT);
	CHECK(isnan(crm_feature_float(NAN)));
}

/* Few values: a cut between any two, halfway; missing is code 0. */
static void
test_few_values(void)
{
	const float values[] = {3, NAN, -1, 3, 0.5f, -1};
	const uint8_t want[] = {3, 0, 1, 3, 2, 1};
	uint8_t		codes[6];
	float		cuts[CRM_BIN_CUTS];
	uint64_t	work[12];

	CHECK_INT(crm_bin_numbers(values, 6, work, NULL, cuts, codes), 4);
	CHECK_BYTES(codes, 6, want, 6);
	CHECK_NEAR((double) cuts[0], -0.25, 0);
	CHECK_NEAR((double) cuts[1], 1.75, 0);
}

static void
test_degenerate(void)
{
	const float same[] = {2, 2, 2};
	const float none[] = {NAN, NAN, NAN};
	const float close[] = {1, 1.00000012f, FLT_MAX};
	uint8_t		codes[3];
	float		cuts[CRM_BIN_CUTS];
	uint64_t	work[6];

	CHECK_INT(crm_bin_numbers(same, 3, work, NULL, cuts, codes), 2);
	CHECK_INT(codes[2], 1);
	CHECK_INT(crm_bin_numbers(none, 3, work, NULL, cuts, codes), 2);
	CHECK_INT(codes[2], 0);
	CHECK_INT(crm_bin_numbers(close, 3, work, NULL, cuts, codes), 4);
	CHECK(cuts[0] > close[0] && cuts[0] <= close[1]);
	CHECK_INT(codes[1], 2);
	CHECK_INT(crm_bin_numbers(same, 0, work, NULL, cuts, codes), 2);
}

/* Many values: equal shares, and the code says how many cuts are passed. */
static void
test_quantiles(void)
{
	enum
	{
		N = 20000
	};
	float	   *values = malloc(N * sizeof *values);
	uint8_t    *codes = malloc(N);
	void	   *work = malloc(crm_bin_work_size(N));
	float		cuts[CRM_BIN_CUTS];
	uint32_t	counts[CRM_BINS] = {0};
	uint32_t	most = 0;
	uint32_t	wrong = 0;
	CrmRng		rng = {1};
	uint16_t	n_codes;

	/* half of the rows share one value, which must not take other bins' room */
	for (int i = 0; i < N; i++)
		values[i] = i % 2 == 0 ? 0 : (float) (crm_rng_unit(&rng) - 0.3);
	n_codes = crm_bin_numbers(values, N, work, NULL, cuts, codes);
	CHECK(n_codes > 200 && n_codes <= CRM_BINS);
	for (int i = 0; i < N; i++)
	{
		uint32_t	code = 1;

		for (int c = 0; c < n_codes - 2; c++)
			code += cuts[c] <= values[i];
		wrong += code != codes[i];
		counts[codes[i]]++;
	}
	CHECK_INT(wrong, 0);
	for (int c = 0; c < CRM_BINS; c++)
		if (counts[c] < N / 2 && counts[c] > most)
			most = counts[c];
	CHECK(most < 3 * N / 255);
	free(values);
	free(codes);
	free(work);
}

static void
test_levels_and_tiles(void)
{
	const float levels[] = {0, 253, 254, NAN};
	const uint8_t want[] = {1, 254, 255, 0};
	const uint8_t columns[] = {1, 2, 3, 4, 5, 6};
	const uint8_t rows[] = {1, 3, 5, 2, 4, 6};
	const uint8_t first[] = {1, 3, 5};
	uint8_t		codes[4];
	uint8_t		tiles[6];

	CHECK_INT(crm_bin_levels(levels, 4, 254, codes), 256);
	CHECK_BYTES(codes, 4, want, 4);
	CHECK(crm_bins_tile(columns, 2, 3, NULL, tiles));
	CHECK_BYTES(tiles, 6, rows, 6);
	CHECK(crm_bins_thin(columns, 2, 3, 2, NULL, tiles));
	CHECK_BYTES(tiles, 3, first, 3);
	CHECK_INT(crm_tile_count(32), 1);
	CHECK_INT(crm_tile_count(33), 2);
	CHECK_INT(crm_tile_start(33, 1), 16);
	CHECK_INT(crm_tile_start(33, 2), 33);
}

static bool
stop_at_once(void *arg)
{
	(*(int *) arg)++;
	return true;
}

static void
test_stop(void)
{
	const float values[] = {1, 2};
	uint8_t		codes[2];
	float		cuts[CRM_BIN_CUTS];
	uint64_t	work[4];
	int			asked = 0;
	CrmPoll		poll = {stop_at_once, &asked};

	CHECK_INT(crm_bin_numbers(values, 2, work, &poll, cuts, codes), 0);
	CHECK_INT(asked, 1);
}

int
main(void)
{
	test_keys();
	test_few_values();
	test_degenerate();
	test_quantiles();
	test_levels_and_tiles();
	test_stop();
	return unit_done();
}
