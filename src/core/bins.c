/*
 * bins.c
 *		Quantile cuts and codes.
 *
 * A column's values are radix-sorted, which gives the exact quantiles; each
 * row's code is then looked for among the cuts.
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
	return (size_t) n * 2 * sizeof(uint32_t);
}

/* One pass of the sort by the digit at shift; false when stopped. */
static bool
sort_pass(const uint32_t *from, uint32_t *to, uint32_t n, int shift,
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
 * Cuts over m sorted keys.  Each bin takes its share of the rows that are
 * left, so that a value with many rows does not starve the others.  A cut lies
 * halfway between the neighbours that it parts.
 */
static uint32_t
choose_cuts(const uint32_t *sorted, uint32_t m, float *cuts)
{
	uint32_t	n_cuts = 0;
	uint32_t	begin = 0;		/* of the bin being filled */
	uint32_t	distinct = 1;

	for (uint32_t i = 1; i < m && distinct <= CRM_BIN_CUTS + 1; i++)
		distinct += sorted[i] != sorted[i - 1];
	for (uint32_t i = 1; i < m && n_cuts < CRM_BIN_CUTS; i++)
	{
		float		low;
		float		high;
		float		cut;
		uint32_t	share;

		if (sorted[i] == sorted[i - 1])
			continue;
		share = (m - begin) / (CRM_BIN_CUTS + 1 - n_cuts);
		if (distinct > CRM_BIN_CUTS + 1 && i - begin < share)
			continue;
		low = crm_key_float(sorted[i - 1]);
		high = crm_key_float(sorted[i]);
		cut = low / 2 + high / 2;
		cuts[n_cuts++] = cut > low && cut <= high ? cut : high;
		begin = i;
	}
	return n_cuts;
}

/*
 * Codes by bisection without a branch: cuts are followed by NaN, which no value
 * reaches, up to the 255 of a full tree.
 */
static void
find_codes(const float *values, uint32_t n, const float *cuts,
		   uint32_t n_cuts, uint8_t *codes)
{
	float		all[CRM_BINS - 1];

	for (uint32_t k = 0; k < CRM_BINS - 1; k++)
		all[k] = k < n_cuts ? cuts[k] : NAN;
	for (uint32_t i = 0; i < n; i++)
	{
		float		v = values[i];
		uint32_t	at = 0;

		for (uint32_t half = CRM_BINS / 2; half > 0; half /= 2)
			at += all[at + half - 1] <= v ? half : 0;
		codes[i] = isnan(v) ? 0 : (uint8_t) (at + 1);
	}
}

uint16_t
crm_bin_numbers(const float *values, uint32_t n, void *work,
				const CrmPoll *poll, float *cuts, uint8_t *codes)
{
	uint32_t   *from = work;
	uint32_t   *to = from + n;
	uint32_t	m = 0;
	uint32_t	n_cuts;

	for (uint32_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			from[m++] = crm_float_key(values[i]);
	for (int pass = 0; pass < PASSES; pass++)
	{
		uint32_t   *sorted = to;

		if (!sort_pass(from, to, m, pass * DIGIT_BITS, poll))
			return 0;
		to = from;
		from = sorted;
	}
	n_cuts = m == 0 ? 0 : choose_cuts(from, m, cuts);
	for (uint32_t i = 0; i < n; i += CHUNK)
	{
		if (crm_poll_stop(poll))
			return 0;
		find_codes(values + i, n - i < CHUNK ? n - i : CHUNK, cuts, n_cuts,
				   codes + i);
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
