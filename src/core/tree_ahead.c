/*
 * tree_ahead.c
 *		Looking one split ahead at the root of a tree.
 *
 * Two features that matter only together leave nothing to see in the histogram
 * of either, so a greedy learner finds them by luck.  Here pairs of features are
 * counted over a sample of the rows with a few bins each; a first split is
 * judged by what it and the best splits of its two sides take off the loss.
 * Only when that beats the greedy choice by more than noise does it replace
 * it.
 */
#include "tree_learner.h"

#include <float.h>
#include <string.h>

#define ROWS 16384				/* of the sample, at least half as many */
#define FEATURES 20				/* looked at; of more some are drawn */
#define BINS 9					/* missing is the first */

/*
 * A split that parts nothing takes off about chi-square with one degree; the
 * best of all pairs, sides and cuts stays well below this.
 */
#define NOISE 50.0

typedef struct Sums
{
	double		g;
	double		h;
} Sums;

typedef struct Ahead
{
	const CrmTreeLearner *learner;
	uint32_t	n;				/* features looked at */
	uint32_t	features[FEATURES];
	uint8_t		coarse[FEATURES][CRM_BINS]; /* bin of a code */
	uint8_t		last[FEATURES][BINS];	/* code of a bin */
	uint64_t	(*pairs)[BINS * BINS];
	uint64_t	greedy[2][FEATURES][BINS];	/* sides of the greedy split */
	double		l2;
} Ahead;

static Sums
sums_of(const CrmTreeLearner *learner, uint64_t cell)
{
	Sums		s = {(double) (int32_t) (uint32_t) (cell >> 32) * learner->g_unit,
	(double) (uint32_t) cell * learner->h_unit};

	return s;
}

/* Numeric features, of too many a draw; in order. */
static void
choose_features(Ahead *a, uint64_t seed)
{
	const CrmTreeLearner *learner = a->learner;
	CrmRng		rng = {seed};
	uint32_t	left = 0;
	uint32_t	want;

	for (uint32_t f = 0; f < learner->bins->n_features; f++)
		left += !learner->bins->features[f].categorical &&
			(learner->allowed == NULL || learner->allowed[f]);
	want = left < FEATURES ? left : FEATURES;
	for (uint32_t f = 0; f < learner->bins->n_features && want > 0; f++)
	{
		if (learner->bins->features[f].categorical ||
			(learner->allowed != NULL && !learner->allowed[f]))
			continue;
		if (crm_rng_below(&rng, left--) >= want)
			continue;
		a->features[a->n++] = f;
		want--;
	}
}

/* Bins of like weight; each ends with its last code. */
static void
coarsen(Ahead *a, uint32_t i, const uint64_t *cells)
{
	uint32_t	n_codes = a->learner->bins->features[a->features[i]].n_codes;
	uint64_t	total = 0;
	uint64_t	sum = 0;
	uint32_t	bin = 1;

	for (uint32_t code = 1; code < n_codes; code++)
		total += (uint32_t) cells[code];
	memset(a->coarse[i], 0, sizeof a->coarse[i]);
	memset(a->last[i], 0, sizeof a->last[i]);
	for (uint32_t code = 1; code < n_codes; code++)
	{
		a->coarse[i][code] = (uint8_t) bin;
		a->last[i][bin] = (uint8_t) code;
		sum += (uint32_t) cells[code];
		if (bin < BINS - 1 && sum * (BINS - 1) >= total * bin)
			bin++;
	}
}

static void
count(Ahead *a, const CrmSplit *greedy, uint64_t seed)
{
	const CrmBins *bins = a->learner->bins;
	uint32_t	step = bins->n_rows / ROWS + 1;
	const uint8_t *first = bins->columns + (size_t) greedy->feature *
	bins->n_rows;
	uint8_t		bin[FEATURES];

	memset(a->pairs, 0, (size_t) a->n * (a->n - 1) / 2 * sizeof *a->pairs);
	for (uint64_t row = seed % step; row < bins->n_rows; row += step)
	{
		uint64_t	gradient = a->learner->gradients[row];

		uint64_t	(*pair)[BINS * BINS] = a->pairs;
		uint64_t	(*side)[BINS] =
		a->greedy[!crm_split_left(greedy, first[row])];

		for (uint32_t i = 0; i < a->n; i++)
		{
			bin[i] = a->coarse[i][bins->columns[(size_t) a->features[i] *
												bins->n_rows + row]];
			side[i][bin[i]] += gradient;
		}
		for (uint32_t i = 1; i < a->n; i++)
			for (uint32_t j = 0; j < i; j++)
				(*pair++)[bin[i] * BINS + bin[j]] += gradient;
	}
}

/* Cell of bin x of feature i and bin y of feature j. */
static uint64_t
pair_cell(const Ahead *a, uint32_t i, uint32_t x, uint32_t j, uint32_t y)
{
	return i > j ? a->pairs[i * (i - 1) / 2 + j][x * BINS + y] :
		a->pairs[j * (j - 1) / 2 + i][y * BINS + x];
}

static double
score(const Ahead *a, Sums s)
{
	return s.g * s.g / (s.h + a->l2);
}

static Sums
plus(Sums a, Sums b)
{
	Sums		s = {a.g + b.g, a.h + b.h};

	return s;
}

static Sums
total(const Sums *bins)
{
	Sums		sum = bins[0];

	for (int b = 1; b < BINS; b++)
		sum = plus(sum, bins[b]);
	return sum;
}

/* Scores of the two sides that the best cut makes. */
static double
best_cut(const Ahead *a, const Sums *bins)
{
	Sums		all = total(bins);
	Sums		left = {0, 0};
	double		best = score(a, all);

	for (int b = 1; b < BINS; b++)
	{
		left = plus(left, bins[b]);
		for (int missing = 0; missing <= 1; missing++)
		{
			Sums		l = missing ? plus(left, bins[0]) : left;
			Sums		r = {all.g - l.g, all.h - l.h};
			double		sum = score(a, l) + score(a, r);

			best = sum > best ? sum : best;
		}
	}
	return best;
}

/* One side of feature i at a cut, by the bins of feature j. */
static void
side_bins(const Ahead *a, uint32_t i, uint32_t cut, bool missing, bool left,
		  uint32_t j, Sums *side)
{
	uint32_t	from = left ? 1 : cut + 1;
	uint32_t	to = left ? cut : BINS - 1;

	for (uint32_t y = 0; y < BINS; y++)
	{
		uint64_t	sum = missing ? pair_cell(a, i, 0, j, y) : 0;

		for (uint32_t x = from; x <= to; x++)
			sum += pair_cell(a, i, x, j, y);
		side[y] = sums_of(a->learner, sum);
	}
}

/* Scores of a side of a first split after the best second one. */
static double
best_side(const Ahead *a, uint32_t i, uint32_t cut, bool missing, bool left)
{
	Sums		side[BINS];
	double		best = 0;

	for (uint32_t j = 0; j < a->n; j++)
	{
		double		sum;

		if (j == i)
			continue;
		side_bins(a, i, cut, missing, left, j, side);
		sum = best_cut(a, side);
		best = sum > best ? sum : best;
	}
	return best;
}

/* The same of both sides of the greedy split. */
static double
greedy_sum(const Ahead *a)
{
	double		best[2] = {0, 0};

	for (int s = 0; s < 2; s++)
		for (uint32_t j = 0; j < a->n; j++)
		{
			Sums		side[BINS];
			double		sum;

			for (int y = 0; y < BINS; y++)
				side[y] = sums_of(a->learner, a->greedy[s][j][y]);
			sum = best_cut(a, side);
			best[s] = sum > best[s] ? sum : best[s];
		}
	return best[0] + best[1];
}

/*
 * Sums and gain of the split over all rows; false when a side is too light.
 * Where it takes nothing off by itself it still is a split.
 */
static bool
complete(const CrmTreeLearner *learner, const CrmGrownNode *node,
		 const uint64_t *cells, CrmSplit *split)
{
	Sums		l;
	Sums		r;
	double		l2 = learner->options.l2;

	for (uint32_t code = !split->missing_left; code <= split->cut; code++)
	{
		split->g_left += (int32_t) (uint32_t) (cells[code] >> 32);
		split->h_left += (int64_t) (cells[code] & UINT32_MAX);
	}
	l.g = (double) split->g_left * learner->g_unit;
	l.h = (double) split->h_left * learner->h_unit;
	r.g = (double) node->g * learner->g_unit - l.g;
	r.h = (double) node->h * learner->h_unit - l.h;
	split->gain = l.g * l.g / (l.h + l2) + r.g * r.g / (r.h + l2) -
		(l.g + r.g) * (l.g + r.g) / (l.h + r.h + l2);
	if (!(split->gain > DBL_MIN))
		split->gain = DBL_MIN;
	return split->h_left > 0 && split->h_left < node->h &&
		l.h >= learner->options.min_weight &&
		r.h >= learner->options.min_weight;
}

/* The first split with the best two levels; it has no sums yet. */
static double
find(const Ahead *a, CrmSplit *split)
{
	double		most = 0;

	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t cut = 1; cut + 1 < BINS; cut++)
			for (int missing = 0; missing <= 1; missing++)
			{
				double		sum = best_side(a, i, cut, missing, true) +
				best_side(a, i, cut, !missing, false);

				if (sum <= most)
					continue;
				most = sum;
				split->feature = a->features[i];
				split->cut = a->last[i][cut];
				split->missing_left = missing;
			}
	return most;
}

void
crm_split_look_ahead(const CrmTreeLearner *learner, const CrmGrownNode *node,
					 const uint64_t *histogram, uint64_t *spare,
					 CrmSplit *best)
{
	Ahead		a = {.learner = learner};
	CrmSplit	split;

	choose_features(&a, node->path);
	if (a.n < 2)
		return;
	a.pairs = (uint64_t (*)[BINS * BINS]) spare;
	for (uint32_t i = 0; i < a.n; i++)
		coarsen(&a, i, histogram + (size_t) a.features[i] * CRM_BINS);
	a.l2 = learner->options.l2 / (learner->bins->n_rows / ROWS + 1);
	memset(&split, 0, sizeof split);
	count(&a, best, node->path);
	if (find(&a, &split) > greedy_sum(&a) + NOISE &&
		split.feature != best->feature &&
		complete(learner, node, histogram + (size_t) split.feature *
				 CRM_BINS, &split))
		*best = split;
}
