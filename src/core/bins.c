/*
 * bins.c
 *		Quantile cuts and codes.
 *
 * A column is radix-sorted with its row numbers, which gives the exact
 * quantiles and then every row's code in one more pass.
 */
#include "bins.h"

#include <math.h>

#define CHUNK (UINT32_C(1) << 20)	/* rows between two polls */
#define DIGIT_BITS 11
#define DIGITS (UINT32_C(1) << DIGIT_BITS)
#define PASSES 3

size_t
crm_bin_work_size(uint32_t n)
{
	return (size_t) n * 2 * sizeof(uint64_t);
}

/* One pass of the sort by the digit at shift; false when stopped. */
static bool
sort_pass(const uint64_t *from, uint64_t *to, uint32_t n, int shift,
		  const CrmPoll *poll)
{
	uint32_t	at[DIGITS] = {0};
	uint32_t	sum = 0;

	for (uint32_t i = 0; i < n; i++)
		at[from[i] >> shift & (DIGITS - 1)]++;
	for (uint32_t d = 0; d < DIGITS; d++)
	{
		uint32_t	count = at[d];

		at[d] = sum;
		sum += count;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		if (i % CHUNK == 0 && crm_poll_stop(poll))
			return false;
		to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
	}
	return true;
}

/*
 * Cuts over m sorted pairs.  Each bin takes its share of the rows that are
 * left, so that a value with many rows does not starve the others.  A cut lies
 * halfway between the neighbours that it parts.
 */
static uint32_t
choose_cuts(const uint64_t *sorted, uint32_t m, float *cuts)
{
	uint32_t	n_cuts = 0;
	uint32_t	begin = 0;		/* of the bin being filled */
	uint32_t	distinct = 1;

	for (uint32_t i = 1; i < m && distinct <= CRM_BIN_CUTS + 1; i++)
		distinct += sorted[i] >> 32 != sorted[i - 1] >> 32;
	for (uint32_t i = 1; i < m && n_cuts < CRM_BIN_CUTS; i++)
	{
		float		low;
		float		high;
		float		cut;
		uint32_t	share;

		if (sorted[i] >> 32 == sorted[i - 1] >> 32)
			continue;
		share = (m - begin) / (CRM_BIN_CUTS + 1 - n_cuts);
		if (distinct > CRM_BIN_CUTS + 1 && i - begin < share)
			continue;
		low = crm_key_float((uint32_t) (sorted[i - 1] >> 32));
		high = crm_key_float((uint32_t) (sorted[i] >> 32));
		cut = low / 2 + high / 2;
		cuts[n_cuts++] = cut > low && cut <= high ? cut : high;
		begin = i;
	}
	return n_cuts;
}

uint16_t
crm_bin_numbers(const float *values, uint32_t n, void *work,
				const CrmPoll *poll, float *cuts, uint8_t *codes)
{
	uint64_t   *from = work;
	uint64_t   *to = from + n;
	uint32_t	m = 0;
	uint32_t	n_cuts;
	uint32_t	at = 0;

	memset(codes, 0, n);
	for (uint32_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			from[m++] = (uint64_t) crm_float_key(values[i]) << 32 | i;
	for (int pass = 0; pass < PASSES; pass++)
	{
		uint64_t   *sorted = to;

		if (!sort_pass(from, to, m, 32 + pass * DIGIT_BITS, poll))
			return 0;
		to = from;
		from = sorted;
	}
	n_cuts = m == 0 ? 0 : choose_cuts(from, m, cuts);
	for (uint32_t i = 0; i < m; i++)
	{
		while (at < n_cuts &&
			   cuts[at] <= crm_key_float((uint32_t) (from[i] >> 32)))
			at++;
		codes[(uint32_t) from[i]] = (uint8_t) (at + 1);
	}
	return (uint16_t) (n_cuts + 2);
}

uint16_t
crm_bin_levels(const float *values, uint32_t n, uint32_t n_levels,
			   uint8_t *codes)
{
	for (uint32_t i = 0; i < n; i++)
		codes[i] = isnan(values[i]) ? 0 : (uint8_t) (values[i] + 1);
	return (uint16_t) (n_levels + 2);
}

uint32_t
crm_tile_count(uint32_t n_features)
{
	return (n_features + CRM_TILE_WIDTH - 1) / CRM_TILE_WIDTH;
}

uint32_t
crm_tile_start(uint32_t n_features, uint32_t tile)
{
	return (uint32_t) ((uint64_t) n_features * tile /
					   crm_tile_count(n_features));
}

bool
crm_bins_tile(const uint8_t *columns, uint32_t n_rows, uint32_t n_features,
			  const CrmPoll *poll, uint8_t *tiles)
{
	for (uint32_t t = 0; t < crm_tile_count(n_features); t++)
	{
		uint32_t	start = crm_tile_start(n_features, t);
		uint32_t	width = crm_tile_start(n_features, t + 1) - start;
		const uint8_t *from = columns + (size_t) start * n_rows;
		uint8_t    *to = tiles + (size_t) start * n_rows;

		for (uint32_t r = 0; r < n_rows; r++)
		{
			if (r % (CHUNK / 8) == 0 && crm_poll_stop(poll))
				return false;
			for (uint32_t c = 0; c < width; c++)
				*to++ = from[(size_t) c * n_rows + r];
		}
	}
	return true;
}

bool
crm_bins_thin(const uint8_t *columns, uint32_t n_rows, uint32_t n_features,
			  uint32_t step, const CrmPoll *poll, uint8_t *thin)
{
	for (uint32_t c = 0; c < n_features; c++)
	{
		if (crm_poll_stop(poll))
			return false;
		for (uint64_t r = 0; r < n_rows; r += step)
			*thin++ = columns[(size_t) c * n_rows + r];
	}
	return true;
}
