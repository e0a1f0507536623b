/*
 * tree_learner.h
 *		Growing one tree on binned features.
 *
 * Every row has a gradient g and a weight h (its second derivative, or its
 * count); a node's value is -G/(H + l2) and a split is chosen by what it takes
 * off the second-order loss.  With g = -count * label and h = count that is the
 * mean of the labels and Gini.
 *
 * g and h are integers (scaled by the caller) packed in one word, so a cell of
 * a histogram is one 64-bit addition, sums are exact whatever their order, and
 * a sibling is its parent less the other sibling to the bit.  The caller keeps
 * sum |g| < 2^31 and sum h < 2^32.
 */
#ifndef CRM_TREE_LEARNER_H
#define CRM_TREE_LEARNER_H

#include "bins.h"
#include "rng.h"
#include "work_space.h"

#define CRM_TREE_MAX_NODES 65535	/* what 16-bit child indexes reach */
#define CRM_TREE_MAX_DEPTH 64
#define CRM_TREE_MAX_LEAVES 32768
#define CRM_BEST_FIRST_LEAVES 4096	/* limit of growth by leaves */

typedef struct CrmTreeOptions
{
	uint32_t	max_depth;		/* 1 .. CRM_TREE_MAX_DEPTH */
	uint32_t	max_leaves;		/* 0: depth-wise; else best leaf first */
	uint32_t	features_per_split; /* drawn at each node; 0: all */
	double		min_weight;		/* least H of a child */
	double		min_gain;
	double		l1;
	double		l2;
	double		category_l2;	/* added to l2 where categories are sorted */
	double		category_smoothing; /* H added when they are sorted */
	bool		look_ahead;		/* judge the first split by the second, too */
} CrmTreeOptions;

typedef struct CrmSplit
{
	double		gain;			/* 0: none */
	uint32_t	feature;
	bool		categorical;
	bool		missing_left;
	uint8_t		cut;			/* numeric: codes 1 .. cut go left */
	uint64_t	left[4];		/* categorical: codes that go left */
	int64_t		g_left;
	int64_t		h_left;
} CrmSplit;

typedef struct CrmGrownNode
{
	uint32_t	begin;			/* its rows are index[begin .. end) */
	uint32_t	end;
	uint32_t	child;			/* left; right is next; 0: leaf */
	uint32_t	depth;
	uint64_t	path;			/* seed of what is drawn here */
	int64_t		g;
	int64_t		h;
	double		low;			/* bounds from monotone features above */
	double		high;
	double		value;
	CrmSplit	split;			/* of a leaf: the best one not made */
} CrmGrownNode;

typedef struct CrmTreeLearner
{
	const CrmBins *bins;
	CrmTreeOptions options;
	const CrmPoll *poll;
	double		g_unit;			/* of one integer step of g and h */
	double		h_unit;
	const uint8_t *allowed;		/* a flag a feature, or NULL: all */
	bool		bounded;		/* some feature is monotone */
	bool		stopped;
	uint32_t	max_nodes;
	uint32_t	n_nodes;
	uint32_t	n_leaves;
	uint64_t   *gradients;		/* packed, by row; see crm_gradient_pack */
	uint32_t   *index;
	uint32_t   *spare;			/* half of the rows */
	CrmGrownNode *nodes;
	uint64_t   *histograms;		/* slots of n_features * CRM_BINS */
	uint16_t   *drawn;			/* features of a node */
	uint32_t   *heap;			/* open leaves, best first */
	uint64_t	cells;			/* since the last poll */
} CrmTreeLearner;

static inline uint64_t
crm_gradient_pack(int32_t g, uint32_t h)
{
	return ((uint64_t) (int64_t) g << 32) + h;
}

/* Most nodes that a tree over n rows with these options can have. */
extern uint32_t crm_tree_max_nodes(const CrmTreeOptions *options, uint32_t n,
								   double h_sum);

/* Bytes of work space, aligned for double. */
extern size_t crm_tree_learner_size(const CrmBins *bins, uint32_t max_nodes);
extern void crm_tree_learner_init(CrmTreeLearner *learner,
								  const CrmBins *bins,
								  const CrmTreeOptions *options,
								  uint32_t max_nodes, const CrmPoll *poll,
								  void *work);

/*
 * Grow a tree from learner->gradients: nodes[0 .. n_nodes) with rows, sums,
 * splits and values, children after parents.  False when stopped.
 */
extern bool crm_tree_grow(CrmTreeLearner *learner, uint64_t seed);

/* The side of a split that a code goes to. */
static inline bool
crm_split_left(const CrmSplit *s, uint32_t code)
{
	if (s->categorical)
		return s->left[code >> 6] >> (code & 63) & 1;
	return code == 0 ? s->missing_left : code <= s->cut;
}

/*
 * The frequency of positives behind a share in which each label counts by its
 * weight.
 */
static inline double
crm_unweighted_share(double share, double weight_true, double weight_false)
{
	double		positive = (share < 0 ? 0 : share > 1 ? 1 : share) /
	weight_true;
	double		negative = (share < 0 ? 1 : share > 1 ? 0 : 1 - share) /
	weight_false;

	return positive / (positive + negative);
}

/* tree_histogram.c */
extern bool crm_histogram_build(CrmTreeLearner *learner, uint32_t begin,
								uint32_t end, uint64_t *histogram);
extern void crm_histogram_subtract(uint64_t *from, const uint64_t *less,
								   uint32_t n_features);

/* tree_split.c: the best split of a node over the features drawn for it */
extern void crm_split_find(CrmTreeLearner *learner, const CrmGrownNode *node,
						   const uint64_t *histogram, CrmSplit *best);

/*
 * tree_ahead.c: replace the best split of the root by one that together with
 * those of its children is better, if there is one.  spare has 19 * 81 / 2
 * words or more a feature.
 */
extern void crm_split_look_ahead(const CrmTreeLearner *learner,
								 const CrmGrownNode *node,
								 const uint64_t *histogram, uint64_t *spare,
								 CrmSplit *best);

/* The value of a node with these sums, within its bounds. */
extern double crm_node_value(const CrmTreeLearner *learner, int64_t g,
							 int64_t h, double low, double high);

/* Count what was done and poll now and then; false when stopped. */
extern bool crm_tree_worked(CrmTreeLearner *learner, uint64_t cells);

#endif
