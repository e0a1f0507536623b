/*
 * treeshap.c
 *		TreeSHAP by an explicit stack.
 *
 * For each node on the way, a path holds the distinct features above it with
 * the share of training weight that goes this way without knowing the feature
 * (zero) and whether the row goes this way (one), and in weight[i] the weight of
 * the sets of i of them.  A level's path is built from its parent's, which
 * stays as it is until both children are done.
 */
#include "treeshap.h"

typedef struct PathItem
{
	double		zero;
	double		one;
	double		weight;
	uint32_t	feature;
} PathItem;

typedef struct Visit
{
	uint32_t	node;
	uint32_t	level;			/* of the tree: which path to fill */
	uint32_t	length;			/* items of the parent's path */
	uint32_t	feature;
	double		zero;
	double		one;
} Visit;

#define NO_FEATURE UINT32_MAX

static uint32_t
deepest(const CrmEnsemble *e)
{
	uint32_t	most = 0;

	for (uint32_t t = 0; t < e->n_trees; t++)
	{
		uint32_t	depth = crm_tree_depth(e->nodes + e->starts[t],
										   e->starts[t + 1] - e->starts[t]);

		if (depth > most)
			most = depth;
	}
	return most;
}

static size_t
path_items(uint32_t depth)
{
	return (size_t) (depth + 2) * (depth + 2);
}

size_t
crm_treeshap_size(const CrmEnsemble *e)
{
	uint32_t	depth = deepest(e);

	return path_items(depth) * sizeof(PathItem) +
		2 * ((size_t) depth + 2) * sizeof(Visit);
}

/* One more feature, whose item is path[n]. */
static void
extend(PathItem *path, uint32_t n, double zero, double one, uint32_t feature)
{
	path[n].zero = zero;
	path[n].one = one;
	path[n].feature = feature;
	path[n].weight = n == 0;
	for (uint32_t i = n; i-- > 0;)
	{
		path[i + 1].weight += one * path[i].weight * (i + 1) / (n + 1);
		path[i].weight = zero * path[i].weight * (n - i) / (n + 1);
	}
}

/* Take item k out of path[0 .. n]: the inverse of extend. */
static void
unwind(PathItem *path, uint32_t n, uint32_t k)
{
	double		one = path[k].one;
	double		zero = path[k].zero;
	double		next = path[n].weight;

	for (uint32_t i = n; i-- > 0;)
	{
		if (one != 0)
		{
			double		old = path[i].weight;

			path[i].weight = next * (n + 1) / ((i + 1) * one);
			next = old - path[i].weight * zero * (n - i) / (n + 1);
		}
		else
			path[i].weight = path[i].weight * (n + 1) / (zero * (n - i));
	}
	for (uint32_t i = k; i < n; i++)
	{
		path[i].feature = path[i + 1].feature;
		path[i].zero = path[i + 1].zero;
		path[i].one = path[i + 1].one;
	}
}

/* Sum of the weights that unwind(path, n, k) would leave. */
static double
unwound_sum(const PathItem *path, uint32_t n, uint32_t k)
{
	double		one = path[k].one;
	double		zero = path[k].zero;
	double		next = path[n].weight;
	double		total = 0;

	for (uint32_t i = n; i-- > 0;)
	{
		if (one != 0)
		{
			double		w = next * (n + 1) / ((i + 1) * one);

			total += w;
			next = path[i].weight - w * zero * (n - i) / (n + 1);
		}
		else
			total += path[i].weight * (n + 1) / (zero * (n - i));
	}
	return total;
}

static uint32_t
find_feature(const PathItem *path, uint32_t n, uint32_t feature)
{
	for (uint32_t k = 1; k <= n; k++)
		if (path[k].feature == feature)
			return k;
	return 0;
}

/* Push both children of a split whose path is path[0 .. n]. */
static uint32_t
visit_children(const CrmEnsemble *e, const CrmTreeNode *nodes, uint32_t at,
			   const double *row, PathItem *path, uint32_t n, uint32_t level,
			   Visit *stack)
{
	const CrmTreeNode *node = &nodes[at];
	const CrmTreeNode *child = &nodes[node->child];
	bool		left = crm_node_left(e, node, row);
	double		cover = child[0].cover + child[1].cover;
	double		zero = 1;
	double		one = 1;
	uint32_t	k = find_feature(path, n, node->feature);

	if (k > 0)
	{
		zero = path[k].zero;
		one = path[k].one;
		unwind(path, n, k);
		n--;
	}
	for (uint32_t side = 0; side < 2; side++)
	{
		Visit	   *v = &stack[side];

		v->node = node->child + side;
		v->level = level + 1;
		v->length = n + 1;
		v->feature = node->feature;
		v->zero = zero * (child[side].cover / cover);
		v->one = left == (side == 0) ? one : 0;
	}
	return 2;
}

static void
explain_tree(const CrmEnsemble *e, uint32_t t, const double *row,
			 uint32_t stride, PathItem *paths, Visit *stack, double *phi)
{
	const CrmTreeNode *nodes = e->nodes + e->starts[t];
	uint32_t	n_stack = 1;

	stack[0] = (Visit)
	{
		.feature = NO_FEATURE,.zero = 1,.one = 1
	};
	while (n_stack > 0)
	{
		Visit		v = stack[--n_stack];
		PathItem   *path = paths + (size_t) v.level * stride;

		if (v.level > 0)
			memcpy(path, path - stride, v.length * sizeof *path);
		extend(path, v.length, v.zero, v.one, v.feature);
		if (nodes[v.node].child != 0)
			n_stack += visit_children(e, nodes, v.node, row, path, v.length,
									  v.level, stack + n_stack);
		else
			for (uint32_t k = 1; k <= v.length; k++)
				phi[path[k].feature] += unwound_sum(path, v.length, k) *
					(path[k].one - path[k].zero) *
					(double) nodes[v.node].value;
	}
}

void
crm_treeshap(const CrmEnsemble *e, const double *row, void *work, double *phi)
{
	uint32_t	depth = deepest(e);
	PathItem   *paths = work;
	Visit	   *stack = (Visit *) (paths + path_items(depth));

	for (uint32_t f = 0; f < e->n_features; f++)
		phi[f] = 0;
	for (uint32_t t = 0; t < e->n_trees; t++)
		explain_tree(e, t, row, depth + 2, paths, stack, phi);
	if (e->kind == CRM_ENSEMBLE_MEAN)
		for (uint32_t f = 0; f < e->n_features; f++)
			phi[f] /= e->n_trees;
}

static double
tree_expectation(const CrmTreeNode *nodes, uint32_t n)
{
	double		sum = 0;
	double		total = 0;

	for (uint32_t i = 0; i < n; i++)
		if (nodes[i].child == 0)
		{
			sum += nodes[i].cover * (double) nodes[i].value;
			total += nodes[i].cover;
		}
	return sum / total;
}

double
crm_ensemble_expectation(const CrmEnsemble *e)
{
	double		sum = 0;

	for (uint32_t t = 0; t < e->n_trees; t++)
		sum += tree_expectation(e->nodes + e->starts[t],
								e->starts[t + 1] - e->starts[t]);
	return e->kind == CRM_ENSEMBLE_MEAN ? sum / e->n_trees : e->base + sum;
}
