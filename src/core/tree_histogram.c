/*
 * tree_histogram.c
 *		Histograms of packed gradients, the inner loop of training.
 *
 * A row's codes lie side by side in a tile, so that a row costs one or two
 * cache lines whatever the order of rows; the cells of different features do
 * not wait for each other.
 */
#include "tree_learner.h"

#include <string.h>

#define CELLS_PER_POLL (UINT64_C(1) << 23)	/* about 5 ms */
#define AHEAD 16				/* rows to prefetch */

bool
crm_tree_worked(CrmTreeLearner *learner, uint64_t cells)
{
	learner->cells += cells;
	if (learner->cells >= CELLS_PER_POLL)
	{
		learner->cells = 0;
		if (crm_poll_stop(learner->poll))
			learner->stopped = true;
	}
	return !learner->stopped;
}

static inline void
add_row(uint64_t *h, const uint8_t *row, uint32_t width, uint64_t gradient)
{
	uint32_t	c = 0;

	for (; c + 4 <= width; c += 4, h += 4 * CRM_BINS)
	{
		h[row[c]] += gradient;
		h[CRM_BINS + row[c + 1]] += gradient;
		h[2 * CRM_BINS + row[c + 2]] += gradient;
		h[3 * CRM_BINS + row[c + 3]] += gradient;
	}
	for (; c < width; c++, h += CRM_BINS)
		h[row[c]] += gradient;
}

static void
add_rows(uint64_t *histogram, const uint8_t *tile, uint32_t width,
		 const uint64_t *gradients, const uint32_t *index, uint32_t n)
{
	uint32_t	i = 0;

	for (; i + AHEAD < n; i++)
	{
		uint32_t	next = index[i + AHEAD];

		__builtin_prefetch(tile + (size_t) next * width);
		__builtin_prefetch(gradients + next);
		add_row(histogram, tile + (size_t) index[i] * width, width,
				gradients[index[i]]);
	}
	for (; i < n; i++)
		add_row(histogram, tile + (size_t) index[i] * width, width,
				gradients[index[i]]);
}

bool
crm_histogram_build(CrmTreeLearner *learner, uint32_t begin, uint32_t end,
					uint64_t *histogram)
{
	const CrmBins *bins = learner->bins;
	uint32_t	n_tiles = crm_tile_count(bins->n_features);

	memset(histogram, 0,
		   (size_t) bins->n_features * CRM_BINS * sizeof *histogram);
	for (uint32_t t = 0; t < n_tiles; t++)
	{
		uint32_t	start = crm_tile_start(bins->n_features, t);
		uint32_t	width = crm_tile_start(bins->n_features, t + 1) - start;
		const uint8_t *tile = bins->tiles + (size_t) start * bins->n_rows;
		uint32_t	chunk = (uint32_t) (CELLS_PER_POLL / CRM_TILE_WIDTH);

		for (uint32_t i = begin; i < end; i += chunk)
		{
			uint32_t	n = end - i < chunk ? end - i : chunk;

			add_rows(histogram + (size_t) start * CRM_BINS, tile, width,
					 learner->gradients, learner->index + i, n);
			if (!crm_tree_worked(learner, (uint64_t) n * width))
				return false;
		}
	}
	return true;
}

void
crm_histogram_subtract(uint64_t *from, const uint64_t *less,
					   uint32_t n_features)
{
	for (size_t i = 0; i < (size_t) n_features * CRM_BINS; i++)
		from[i] -= less[i];
}
