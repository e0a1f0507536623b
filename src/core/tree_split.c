/*
 * tree_split.c
 *		The best split of a node, from its histogram.
 *
 * What a split takes off the second-order loss (Chen and Guestrin 2016, eq. 7,
 * without the factor 1/2): G_L^2/(H_L + l2) + G_R^2/(H_R + l2) - G^2/(H + l2).
 * Missing values are tried on both sides.  Categories are sorted by G/H, where
 * the best parting of a convex loss is between neighbours (Fisher 1958).
 */
#include "tree_learner.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A gain below this part of what is there may be rounding. */
#define NOISE 1e-10

typedef struct Search
{
	const CrmTreeLearner *learner;
	const CrmGrownNode *node;
	double		l2;
	double		parent;			/* score of the node unsplit */
	CrmSplit   *best;
} Search;

static inline int64_t
cell_g(uint64_t cell)
{
	return (int32_t) (uint32_t) (cell >> 32);
}

static inline int64_t
cell_h(uint64_t cell)
{
	return (int64_t) (cell & UINT32_MAX);
}

static double
shrink(double g, double l1)
{
	return g > l1 ? g - l1 : g < -l1 ? g + l1 : 0;
}

static double
value_of(double g, double h, double l1, double l2, double low, double high)
{
	double		value = -shrink(g, l1) / (h + l2);

	return value < low ? low : value > high ? high : value;
}

double
crm_node_value(const CrmTreeLearner *learner, int64_t g, int64_t h,
			   double low, double high)
{
	return value_of((double) g * learner->g_unit, (double) h * learner->h_unit,
					learner->options.l1, learner->options.l2, low, high);
}

/* Loss taken off by giving these rows one value, which may be at a bound. */
static double
score_within(double g, double h, double l1, double l2, double low, double high)
{
	double		value = value_of(g, h, l1, l2, low, high);

	return -(2 * g * value + (h + l2) * value * value + 2 * l1 * fabs(value));
}

/* The slow road: bounds and L1.  -DBL_MAX when monotone is violated. */
static double
gain_within(const Search *s, uint32_t feature, double gl, double hl,
			double gr, double hr)
{
	const CrmTreeOptions *o = &s->learner->options;
	const CrmGrownNode *n = s->node;
	int			monotone = s->learner->bins->features[feature].monotone;

	if (monotone != 0)
	{
		double		left = value_of(gl, hl, o->l1, s->l2, n->low, n->high);
		double		right = value_of(gr, hr, o->l1, s->l2, n->low, n->high);

		if (monotone > 0 ? left > right : left < right)
			return -DBL_MAX;
	}
	return score_within(gl, hl, o->l1, s->l2, n->low, n->high) +
		score_within(gr, hr, o->l1, s->l2, n->low, n->high);
}

/* Left gets these sums; is it better than the best so far? */
static inline bool
better(const Search *s, uint32_t feature, int64_t g_left, int64_t h_left,
	   double *gain)
{
	const CrmTreeLearner *learner = s->learner;
	double		gl = (double) g_left * learner->g_unit;
	double		hl = (double) h_left * learner->h_unit;
	double		gr = (double) (s->node->g - g_left) * learner->g_unit;
	double		hr = (double) (s->node->h - h_left) * learner->h_unit;
	double		sum;

	if (hl < learner->options.min_weight || hr < learner->options.min_weight ||
		h_left == 0 || h_left == s->node->h)
		return false;
	if (learner->bounded || learner->options.l1 > 0)
		sum = gain_within(s, feature, gl, hl, gr, hr);
	else
		sum = (gl * gl * (hr + s->l2) + gr * gr * (hl + s->l2)) /
			((hl + s->l2) * (hr + s->l2));
	*gain = sum - s->parent;
	return *gain > s->best->gain;
}

static void
take(Search *s, uint32_t feature, double gain, int64_t g_left, int64_t h_left)
{
	CrmSplit   *b = s->best;

	memset(b, 0, sizeof *b);
	b->gain = gain;
	b->feature = feature;
	b->g_left = g_left;
	b->h_left = h_left;
}

static void
search_numeric(Search *s, uint32_t feature, const uint64_t *cells)
{
	uint32_t	n_codes = s->learner->bins->features[feature].n_codes;
	int64_t		g_missing = cell_g(cells[0]);
	int64_t		h_missing = cell_h(cells[0]);
	uint64_t	left = 0;
	double		gain;

	for (uint32_t b = 1; b < n_codes; b++)
	{
		int64_t		g;
		int64_t		h;

		if (cells[b] == 0)
			continue;
		left += cells[b];
		g = cell_g(left);
		h = cell_h(left);
		if (better(s, feature, g, h, &gain))
		{
			take(s, feature, gain, g, h);
			s->best->cut = (uint8_t) b;
			s->best->missing_left = h_missing == 0 && h > s->node->h - h;
		}
		if (cells[0] != 0 &&
			better(s, feature, g + g_missing, h + h_missing, &gain))
		{
			take(s, feature, gain, g + g_missing, h + h_missing);
			s->best->cut = (uint8_t) b;
			s->best->missing_left = true;
		}
	}
}

/* Codes that occur here, by rising G/(H + smoothing); ties by code. */
static uint32_t
sort_codes(const Search *s, uint32_t n_codes, const uint64_t *cells,
		   uint8_t *codes)
{
	double		keys[CRM_BINS];
	uint32_t	n = 0;

	for (uint32_t code = 0; code < n_codes; code++)
	{
		double		h = (double) cell_h(cells[code]) * s->learner->h_unit;
		double		key;
		uint32_t	at = n;

		if (cells[code] == 0)
			continue;
		key = (double) cell_g(cells[code]) * s->learner->g_unit /
			(h + s->learner->options.category_smoothing);
		for (; at > 0 && keys[at - 1] > key; at--)
		{
			keys[at] = keys[at - 1];
			codes[at] = codes[at - 1];
		}
		keys[at] = key;
		codes[at] = (uint8_t) code;
		n++;
	}
	return n;
}

/*
 * The lighter side is called left: the set holds what goes there, and what does
 * not occur here goes right, the way of most.
 */
static void
take_categories(Search *s, const uint8_t *codes, uint32_t n, uint32_t n_left)
{
	CrmSplit   *b = s->best;
	bool		swap = b->h_left > s->node->h - b->h_left;
	uint32_t	from = swap ? n_left : 0;
	uint32_t	to = swap ? n : n_left;

	b->categorical = true;
	if (swap)
	{
		b->g_left = s->node->g - b->g_left;
		b->h_left = s->node->h - b->h_left;
	}
	for (uint32_t i = from; i < to; i++)
		b->left[codes[i] >> 6] |= UINT64_C(1) << (codes[i] & 63);
	b->missing_left = b->left[0] & 1;
}

static void
search_categories(Search *s, uint32_t feature, const uint64_t *cells)
{
	uint32_t	n_codes = s->learner->bins->features[feature].n_codes;
	uint8_t		codes[CRM_BINS];
	uint32_t	n = sort_codes(s, n_codes, cells, codes);
	uint32_t	n_left = 0;
	uint64_t	left = 0;
	double		gain;
	double		l2 = s->l2;

	s->l2 += s->learner->options.category_l2;
	for (uint32_t i = 0; i + 1 < n; i++)
	{
		left += cells[codes[i]];
		if (better(s, feature, cell_g(left), cell_h(left), &gain))
		{
			take(s, feature, gain, cell_g(left), cell_h(left));
			n_left = i + 1;
		}
	}
	s->l2 = l2;
	if (n_left > 0)
		take_categories(s, codes, n, n_left);
}

/* The first `want` of a partial shuffle, then in order so that ties are. */
static uint32_t
draw_features(CrmTreeLearner *learner, const CrmGrownNode *node)
{
	uint32_t	n = 0;
	uint32_t	want = learner->options.features_per_split;
	CrmRng		rng = {node->path};
	uint16_t   *drawn = learner->drawn;

	for (uint32_t f = 0; f < learner->bins->n_features; f++)
		if (learner->allowed == NULL || learner->allowed[f])
			drawn[n++] = (uint16_t) f;
	if (want == 0 || want >= n)
		return n;
	for (uint32_t i = 0; i < want; i++)
	{
		uint32_t	j = i + crm_rng_below(&rng, n - i);
		uint16_t	swap = drawn[i];

		drawn[i] = drawn[j];
		drawn[j] = swap;
		for (uint32_t k = i; k > 0 && drawn[k - 1] > drawn[k]; k--)
		{
			swap = drawn[k];
			drawn[k] = drawn[k - 1];
			drawn[k - 1] = swap;
		}
	}
	return want;
}

void
crm_split_find(CrmTreeLearner *learner, const CrmGrownNode *node,
			   const uint64_t *histogram, CrmSplit *best)
{
	double		g = (double) node->g * learner->g_unit;
	double		h = (double) node->h * learner->h_unit;
	uint32_t	n = draw_features(learner, node);
	Search		s = {learner, node, learner->options.l2, 0, best};

	memset(best, 0, sizeof *best);
	s.parent = score_within(g, h, learner->options.l1, s.l2, node->low,
							node->high);
	best->gain = fmax(learner->options.min_gain, NOISE * s.parent);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	f = learner->drawn[i];
		const uint64_t *cells = histogram + (size_t) f * CRM_BINS;

		if (learner->bins->features[f].categorical)
			search_categories(&s, f, cells);
		else
			search_numeric(&s, f, cells);
	}
	if (best->h_left == 0)
		best->gain = 0;
}
