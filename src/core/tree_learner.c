/*
 * tree_learner.c
 *		Growing a tree: which node next, and the rows of its children.
 *
 * Depth-wise growth walks depth first and takes the smaller child first, so
 * that few histograms are alive (the pending siblings halve each time).  What
 * is drawn for a node depends on its path only, so the order of the walk does
 * not show in the tree.
 */
#include "tree_learner.h"

#include <float.h>
#include <string.h>

#define MAX_SLOTS 40
#define PARTITION_CHUNK (UINT32_C(1) << 20)

typedef struct Pending
{
	uint32_t	node;
	uint32_t	slot;			/* of its histogram */
} Pending;

/*
 * Histograms alive: of pending nodes each has at most half of the rows of the
 * one below it, and one is being filled.
 */
static uint32_t
n_slots(uint32_t n)
{
	uint32_t	slots = 3;

	for (; n > 0; n /= 2)
		slots++;
	return slots;
}

uint32_t
crm_tree_max_nodes(const CrmTreeOptions *options, uint32_t n, double h_sum)
{
	double		leaves = n;
	double		most = CRM_TREE_MAX_LEAVES;

	if (options->max_depth < 15)
		most = (double) (UINT32_C(1) << options->max_depth);
	if (options->max_leaves > 0 && options->max_leaves < most)
		most = options->max_leaves;
	if (options->min_weight > 0 && h_sum / options->min_weight < leaves)
		leaves = h_sum / options->min_weight;
	leaves = leaves < 1 ? 1 : leaves > most ? most : leaves;
	return (uint32_t) leaves * 2 - 1;
}

static size_t
slot_cells(const CrmBins *bins)
{
	return (size_t) bins->n_features * CRM_BINS;
}

/* Room for the rows of one side: see part_rows. */
static uint32_t
spare_rows(uint32_t n_rows)
{
	return n_rows / 2 + 1;
}

size_t
crm_tree_learner_size(const CrmBins *bins, uint32_t max_nodes)
{
	size_t		n = bins->n_rows;

	return crm_work_size(n * sizeof(uint64_t)) +
		crm_work_size(n * sizeof(uint32_t)) +
		crm_work_size(spare_rows(bins->n_rows) * sizeof(uint32_t)) +
		crm_work_size(max_nodes * sizeof(CrmGrownNode)) +
		n_slots(bins->n_rows) * slot_cells(bins) * sizeof(uint64_t) +
		crm_work_size(bins->n_features * sizeof(uint16_t)) +
		crm_work_size(max_nodes * sizeof(uint32_t));
}

void
crm_tree_learner_init(CrmTreeLearner *learner, const CrmBins *bins,
					  const CrmTreeOptions *options, uint32_t max_nodes,
					  const CrmPoll *poll, void *work)
{
	char	   *at = work;
	size_t		n = bins->n_rows;

	memset(learner, 0, sizeof *learner);
	learner->bins = bins;
	learner->options = *options;
	learner->poll = poll;
	learner->g_unit = 1;
	learner->h_unit = 1;
	learner->max_nodes = max_nodes;
	for (uint32_t f = 0; f < bins->n_features; f++)
		learner->bounded |= bins->features[f].monotone != 0;
	learner->gradients = crm_work_take(&at, n * sizeof(uint64_t));
	learner->index = crm_work_take(&at, n * sizeof(uint32_t));
	learner->spare = crm_work_take(&at, spare_rows(bins->n_rows) *
								   sizeof(uint32_t));
	learner->nodes = crm_work_take(&at, max_nodes * sizeof(CrmGrownNode));
	learner->histograms = crm_work_take(&at, n_slots(bins->n_rows) * slot_cells(bins) *
										sizeof(uint64_t));
	learner->drawn = crm_work_take(&at, bins->n_features * sizeof(uint16_t));
	learner->heap = crm_work_take(&at, max_nodes * sizeof(uint32_t));
}

/*
 * The rows [from, n) that part_rows had no room for, from the last one on: those
 * that go right to the end, the others to before `from`, where there is room
 * for more than half of all rows.  The result is the first that went left.
 */
static uint32_t
part_backwards(const uint8_t *column, const uint8_t *goes_left,
			   uint32_t *index, uint32_t from, uint32_t n,
			   CrmTreeLearner *learner)
{
	uint32_t	left_at = from;
	uint32_t	right_at = n;

	for (uint32_t stop = n; stop > from;)
	{
		uint32_t	i = stop;

		stop = i - from < PARTITION_CHUNK ? from : i - PARTITION_CHUNK;
		for (uint32_t at = i; at > stop; at--)
		{
			uint32_t	row = index[at - 1];
			uint32_t	left = goes_left[column[row]];

			index[left_at - 1] = row;
			index[right_at - 1] = row;
			left_at -= left;
			right_at -= 1 - left;
		}
		if (!crm_tree_worked(learner, i - stop))
			return 0;
	}
	return left_at;
}

/*
 * Stable, without a branch that depends on the data.  Rows that go left move up
 * in place, the others wait in the spare array; when that is full, which
 * takes half of all rows, the rest is done from its end.
 */
static uint32_t
part_rows(const uint8_t *column, const uint8_t *goes_left, uint32_t *index,
		  uint32_t n, CrmTreeLearner *learner)
{
	uint32_t   *spare = learner->spare;
	uint32_t	room = spare_rows(learner->bins->n_rows);
	uint32_t	n_left = 0;
	uint32_t	n_right = 0;
	uint32_t	i = 0;

	while (i < n && n_right < room)
	{
		uint32_t	most = room - n_right < PARTITION_CHUNK ? room - n_right :
		PARTITION_CHUNK;
		uint32_t	start = i;
		uint32_t	stop = n - i < most ? n : i + most;

		for (; i < stop; i++)
		{
			uint32_t	row = index[i];
			uint32_t	left = goes_left[column[row]];

			index[n_left] = row;
			spare[n_right] = row;
			n_left += left;
			n_right += 1 - left;
		}
		if (!crm_tree_worked(learner, stop - start))
			return 0;
	}
	if (i < n)
	{
		uint32_t	first = part_backwards(column, goes_left, index, i, n,
										   learner);

		if (learner->stopped)
			return 0;
		memmove(index + n_left, index + first, (i - first) * sizeof *index);
		n_left += i - first;
	}
	memcpy(index + n_left, spare, n_right * sizeof *index);
	return n_left;
}

static void
set_child(CrmTreeLearner *learner, CrmGrownNode *child,
		  const CrmGrownNode *parent, uint64_t side)
{
	memset(child, 0, sizeof *child);
	child->depth = parent->depth + 1;
	child->path = crm_rng_mix(parent->path, side);
	child->low = parent->low;
	child->high = parent->high;
	learner->n_leaves++;
}

/* A monotone split keeps its children apart by the middle of their values. */
static void
bound_children(const CrmTreeLearner *learner, const CrmGrownNode *parent,
			   CrmGrownNode *left, CrmGrownNode *right)
{
	int			monotone =
	learner->bins->features[parent->split.feature].monotone;
	double		middle = left->value / 2 + right->value / 2;

	if (monotone > 0)
		left->high = right->low = middle;
	else if (monotone < 0)
		left->low = right->high = middle;
}

/* Make the split that the node found. */
static bool
split_node(CrmTreeLearner *learner, uint32_t at)
{
	CrmGrownNode *node = &learner->nodes[at];
	CrmGrownNode *left = &learner->nodes[learner->n_nodes];
	CrmGrownNode *right = left + 1;
	const uint8_t *column = learner->bins->columns +
	(size_t) node->split.feature * learner->bins->n_rows;
	uint8_t		goes_left[CRM_BINS];
	uint32_t	n_left;

	for (uint32_t code = 0; code < CRM_BINS; code++)
		goes_left[code] = crm_split_left(&node->split, code);
	n_left = part_rows(column, goes_left, learner->index + node->begin,
					   node->end - node->begin, learner);
	if (learner->stopped)
		return false;
	node->child = learner->n_nodes;
	learner->n_nodes += 2;
	learner->n_leaves--;
	set_child(learner, left, node, 0);
	set_child(learner, right, node, 1);
	left->begin = node->begin;
	left->end = right->begin = node->begin + n_left;
	right->end = node->end;
	left->g = node->split.g_left;
	left->h = node->split.h_left;
	right->g = node->g - left->g;
	right->h = node->h - left->h;
	left->value = crm_node_value(learner, left->g, left->h, node->low,
								 node->high);
	right->value = crm_node_value(learner, right->g, right->h, node->low,
								  node->high);
	bound_children(learner, node, left, right);
	return true;
}

static bool
may_split(const CrmTreeLearner *learner, const CrmGrownNode *node)
{
	return node->depth < learner->options.max_depth &&
		(double) node->h * learner->h_unit >= 2 * learner->options.min_weight &&
		node->end - node->begin > 1;
}

static uint64_t *
slot_histogram(const CrmTreeLearner *learner, uint32_t slot)
{
	return learner->histograms + slot * slot_cells(learner->bins);
}

/*
 * Histograms of two children: the smaller one is counted, into `free_slot`,
 * the larger one is what is left of the parent's, in the parent's slot.
 */
static bool
child_histograms(CrmTreeLearner *learner, const CrmGrownNode *smaller,
				 uint32_t parent_slot, uint32_t free_slot)
{
	uint64_t   *histogram = slot_histogram(learner, free_slot);

	if (!crm_histogram_build(learner, smaller->begin, smaller->end, histogram))
		return false;
	crm_histogram_subtract(slot_histogram(learner, parent_slot), histogram,
						   learner->bins->n_features);
	return true;
}

/*
 * The root is judged by its children, too.  No other slot is in use then, and
 * they have room for all pairs: there are four or more of them.
 */
static void
find_split(CrmTreeLearner *learner, CrmGrownNode *node,
		   const uint64_t *histogram)
{
	crm_split_find(learner, node, histogram, &node->split);
	if (node->depth == 0 && learner->options.look_ahead &&
		learner->options.max_depth > 1 && node->split.gain > 0 &&
		!learner->bounded)
		crm_split_look_ahead(learner, node, histogram,
							 slot_histogram(learner, 1), &node->split);
}

/* Nodes still to be split, and the slots that hold no histogram. */
typedef struct Walk
{
	Pending		pending[MAX_SLOTS];
	uint32_t	free[MAX_SLOTS];
	uint32_t	n_pending;
	uint32_t	n_free;
} Walk;

static void
walk_push(const CrmTreeLearner *learner, Walk *walk, uint32_t node,
		  uint32_t slot)
{
	if (may_split(learner, &learner->nodes[node]))
	{
		walk->pending[walk->n_pending].node = node;
		walk->pending[walk->n_pending++].slot = slot;
	}
	else
		walk->free[walk->n_free++] = slot;
}

/* Split a pending node and push what may be split further. */
static bool
walk_split(CrmTreeLearner *learner, Walk *walk, Pending now)
{
	uint32_t	small;
	uint32_t	large;
	uint32_t	slot;

	if (!split_node(learner, now.node))
		return false;
	small = learner->nodes[now.node].child;
	large = small + 1;
	if (learner->nodes[large].end - learner->nodes[large].begin <
		learner->nodes[small].end - learner->nodes[small].begin)
	{
		large = small;
		small++;
	}
	if (!may_split(learner, &learner->nodes[small]) &&
		!may_split(learner, &learner->nodes[large]))
	{
		walk->free[walk->n_free++] = now.slot;
		return true;
	}
	slot = walk->free[--walk->n_free];
	if (!child_histograms(learner, &learner->nodes[small], now.slot, slot))
		return false;
	walk_push(learner, walk, large, now.slot);
	walk_push(learner, walk, small, slot);
	return true;
}

static bool
grow_depth_wise(CrmTreeLearner *learner)
{
	Walk		walk = {.n_pending = 0};

	for (uint32_t s = n_slots(learner->bins->n_rows) - 1; s > 0; s--)
		walk.free[walk.n_free++] = s;
	if (!crm_histogram_build(learner, 0, learner->bins->n_rows,
							 learner->histograms))
		return false;
	walk_push(learner, &walk, 0, 0);
	while (walk.n_pending > 0)
	{
		Pending		now = walk.pending[--walk.n_pending];
		CrmGrownNode *node = &learner->nodes[now.node];

		find_split(learner, node, slot_histogram(learner, now.slot));
		if (!crm_tree_worked(learner, slot_cells(learner->bins)))
			return false;
		if (node->split.gain <= 0 || learner->n_nodes + 2 > learner->max_nodes)
			walk.free[walk.n_free++] = now.slot;
		else if (!walk_split(learner, &walk, now))
			return false;
	}
	return true;
}

/* Greater gain first; of equals the older. */
static bool
before(const CrmTreeLearner *learner, uint32_t a, uint32_t b)
{
	double		ga = learner->nodes[a].split.gain;
	double		gb = learner->nodes[b].split.gain;

	return ga > gb || (ga == gb && a < b);
}

static void
heap_push(CrmTreeLearner *learner, uint32_t *n, uint32_t node)
{
	uint32_t	at = (*n)++;

	for (; at > 0 && before(learner, node, learner->heap[(at - 1) / 2]);
		 at = (at - 1) / 2)
		learner->heap[at] = learner->heap[(at - 1) / 2];
	learner->heap[at] = node;
}

static uint32_t
heap_pop(CrmTreeLearner *learner, uint32_t *n)
{
	uint32_t   *heap = learner->heap;
	uint32_t	top = heap[0];
	uint32_t	last = heap[--*n];
	uint32_t	at = 0;

	for (;;)
	{
		uint32_t	child = 2 * at + 1;

		if (child + 1 < *n && before(learner, heap[child + 1], heap[child]))
			child++;
		if (child >= *n || !before(learner, heap[child], last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return top;
}

/* Find the split of an open leaf and queue it. */
static bool
open_leaf(CrmTreeLearner *learner, uint32_t *n, uint32_t at)
{
	CrmGrownNode *node = &learner->nodes[at];

	if (!may_split(learner, node))
		return true;
	if (!crm_histogram_build(learner, node->begin, node->end,
							 learner->histograms))
		return false;
	find_split(learner, node, learner->histograms);
	if (node->split.gain > 0)
		heap_push(learner, n, at);
	return true;
}

/*
 * Best leaf first.  Open leaves would each need a histogram to subtract from;
 * with many features that is too much memory, so both children are counted.
 */
static bool
grow_best_first(CrmTreeLearner *learner)
{
	uint32_t	n = 0;

	if (!open_leaf(learner, &n, 0))
		return false;
	while (n > 0 && learner->n_leaves < learner->options.max_leaves &&
		   learner->n_nodes + 2 <= learner->max_nodes)
	{
		uint32_t	at = heap_pop(learner, &n);
		uint32_t	child;

		if (!split_node(learner, at))
			return false;
		child = learner->nodes[at].child;
		if (!open_leaf(learner, &n, child) || !open_leaf(learner, &n, child + 1))
			return false;
	}
	return true;
}

bool
crm_tree_grow(CrmTreeLearner *learner, uint64_t seed)
{
	CrmGrownNode *root = &learner->nodes[0];

	memset(root, 0, sizeof *root);
	root->end = learner->bins->n_rows;
	root->path = seed;
	root->low = -DBL_MAX;
	root->high = DBL_MAX;
	for (uint32_t i = 0; i < root->end; i++)
	{
		uint64_t	packed = learner->gradients[i];

		learner->index[i] = i;
		root->g += (int32_t) (uint32_t) (packed >> 32);
		root->h += (int64_t) (packed & UINT32_MAX);
	}
	root->value = crm_node_value(learner, root->g, root->h, root->low,
								 root->high);
	learner->n_nodes = 1;
	learner->n_leaves = 1;
	learner->stopped = false;
	return learner->options.max_leaves > 0 ? grow_best_first(learner) :
		grow_depth_wise(learner);
}
