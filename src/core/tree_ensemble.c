/*
 * tree_ensemble.c
 *		Trees from the learner, to and from bytes, checked, and flattened.
 *
 * Wire form, network order: u8 kind, u8 flags (1: has loss), f64 base,
 * [f64 loss], u32 features, f64 importance each, u32 trees, and for each tree
 * u32 nodes and its nodes, breadth first:
 *
 *	leaf		u8 0, f32 value, f32 cover
 *	number		u8 1 or 129 (missing goes left), u16 feature, f32 threshold
 *	category	u8 2 or 130, u16 feature, u16 length, bytes: bit b of byte i
 *				is level 8 i + b, the last byte is not 0
 */
#include "tree_ensemble.h"

#include <float.h>
#include <math.h>

#include "model.h"

#define MISSING_LEFT 0x80
#define HAS_LOSS 1

/* Rows of wide categories beyond 4 MB: sets are walked instead. */
#define MOST_WIDE_WORDS ((size_t) 1 << 20)

/* The set of a split from codes (bit 0 missing) to levels. */
static void
add_set(CrmEnsembleBuilder *b, CrmTreeNode *node, const CrmSplit *split,
		uint32_t n_codes)
{
	uint32_t   *set = b->sets + b->n_words;

	memset(set, 0, CRM_BUILDER_SET_WORDS * sizeof *set);
	for (uint32_t code = 1; code < n_codes; code++)
		if (split->left[code >> 6] >> (code & 63) & 1)
		{
			set[(code - 1) / 32] |= UINT32_C(1) << (code - 1) % 32;
			node->words = (uint16_t) ((code - 1) / 32 + 1);
		}
	node->set = b->n_words;
	b->n_words += node->words;
}

static void
add_node(CrmEnsembleBuilder *b, CrmTreeNode *node, const CrmGrownNode *from,
		 const CrmBins *bins)
{
	const CrmBinFeature *f = &bins->features[from->split.feature];

	memset(node, 0, sizeof *node);
	if (from->child == 0)
	{
		node->value = (float) from->value;
		node->cover = from->end - from->begin;
		return;
	}
	node->feature = (uint16_t) from->split.feature;
	node->missing_left = from->split.missing_left;
	b->importance[node->feature] += from->split.gain;
	if (from->split.categorical)
	{
		node->kind = CRM_NODE_CATEGORY;
		add_set(b, node, &from->split, f->n_codes);
		return;
	}
	node->kind = CRM_NODE_NUMBER;
	node->value = from->split.cut < f->n_codes - 1 ?
		f->cuts[from->split.cut - 1] : FLT_MAX;
}

/* Breadth first: nodes written are their own queue, `child` its links. */
void
crm_ensemble_add(CrmEnsembleBuilder *b, const CrmTreeLearner *learner)
{
	CrmTreeNode *nodes = b->nodes + b->n_nodes;
	uint32_t	n = 1;
	uint32_t   *queue = learner->heap;

	queue[0] = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		const CrmGrownNode *from = &learner->nodes[queue[i]];

		add_node(b, &nodes[i], from, learner->bins);
		if (from->child != 0)
		{
			queue[n++] = from->child;
			queue[n++] = from->child + 1;
		}
	}
	crm_tree_link(nodes, n);
	b->starts[b->n_trees++] = b->n_nodes;
	b->n_nodes += n;
	b->starts[b->n_trees] = b->n_nodes;
}

bool
crm_tree_link(CrmTreeNode *nodes, uint32_t n)
{
	uint32_t	next = 1;

	for (uint32_t i = 0; i < n; i++)
	{
		nodes[i].child = 0;
		if (nodes[i].kind == CRM_NODE_LEAF)
			continue;
		if (n - next < 2 || next > n)
			return false;
		nodes[i].child = next;
		next += 2;
		/* a split after its children's place has been passed: no tree */
		if (nodes[i].child <= i)
			return false;
	}
	if (next != n)
		return false;
	for (uint32_t i = n; i-- > 0;)
		if (nodes[i].child != 0)
			nodes[i].cover = nodes[nodes[i].child].cover +
				nodes[nodes[i].child + 1].cover;
	return true;
}

/* Ends of the levels: the last node of a level has the last child of the next. */
uint32_t
crm_tree_depth(const CrmTreeNode *nodes, uint32_t n)
{
	uint32_t	depth = 0;
	uint32_t	end = 1;		/* of the level */
	uint32_t	next = 1;		/* of the level after it */

	for (uint32_t i = 0; i < n; i++)
	{
		if (i == end)
		{
			depth++;
			end = next;
		}
		if (nodes[i].child != 0)
			next = nodes[i].child + 2;
	}
	return depth;
}

static bool
check_set(const CrmEnsemble *e, const CrmTreeNode *node, const CrmFeature *f)
{
	const uint32_t *set = e->sets + node->set;
	uint32_t	last;

	if (node->words == 0)
		return node->missing_left;
	last = set[node->words - 1];
	if (last == 0 || f->n_levels > CRM_BIN_LEVELS ||
		node->words > f->n_levels / 32 + 1)
		return false;
	/* level n_levels, "other", is the highest bit that may be set */
	return node->words <= f->n_levels / 32 ||
		(f->n_levels % 32 == 31) || last >> (f->n_levels % 32 + 1) == 0;
}

static bool
check_node(const CrmEnsemble *e, const CrmTreeNode *node,
		   const CrmFeature *features)
{
	const CrmFeature *f = &features[node->feature];

	if (!(node->cover > 0) || !isfinite(node->cover))
		return false;
	switch (node->kind)
	{
		case CRM_NODE_LEAF:
			return isfinite(node->value) && node->feature == 0 &&
				!node->missing_left &&
				(e->kind == CRM_ENSEMBLE_SUM ||
				 (node->value >= 0 && node->value <= 1));
		case CRM_NODE_NUMBER:
			return node->feature < e->n_features && isfinite(node->value) &&
				f->kind != CRM_CATEGORICAL;
		case CRM_NODE_CATEGORY:
			return node->feature < e->n_features &&
				f->kind == CRM_CATEGORICAL && check_set(e, node, f);
		default:
			return false;
	}
}

/* Of a tree whose links were made. */
static bool
check_tree(const CrmEnsemble *e, uint32_t t, const CrmFeature *features)
{
	const CrmTreeNode *nodes = e->nodes + e->starts[t];
	uint32_t	n = e->starts[t + 1] - e->starts[t];

	if (n == 0 || n > CRM_TREE_MAX_NODES)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!check_node(e, &nodes[i], features))
			return false;
	return crm_tree_depth(nodes, n) <= CRM_TREE_MAX_DEPTH;
}

/* "[1599,1,-1.2345678806304932e-05]," is 34 bytes, a level "254," is 4. */
uint64_t
crm_ensemble_text_bound(const CrmEnsemble *e)
{
	uint64_t	bound = 3 * (uint64_t) e->n_trees;

	for (uint32_t i = 0; i < e->starts[e->n_trees]; i++)
	{
		const CrmTreeNode *node = &e->nodes[i];

		bound += 36;
		for (uint32_t w = 0; w < node->words; w++)
			for (uint32_t bits = e->sets[node->set + w]; bits != 0;
				 bits &= bits - 1)
				bound += 4;
	}
	return bound;
}

bool
crm_ensemble_check(const CrmEnsemble *e, const CrmFeature *features,
				   uint32_t n_features)
{
	if ((e->kind != CRM_ENSEMBLE_SUM && e->kind != CRM_ENSEMBLE_MEAN) ||
		!isfinite(e->base) || (e->kind == CRM_ENSEMBLE_MEAN && e->base != 0) ||
		(e->has_loss && !(e->loss >= 0 && isfinite(e->loss))) ||
		e->n_features != n_features || e->n_trees == 0 ||
		e->n_trees > CRM_ENSEMBLE_MAX_TREES)
		return false;
	for (uint32_t f = 0; f < n_features; f++)
		if (!(e->importance[f] >= 0) || !isfinite(e->importance[f]))
			return false;
	for (uint32_t t = 0; t < e->n_trees; t++)
		if (!check_tree(e, t, features))
			return false;
	return e->starts[e->n_trees] <= CRM_ENSEMBLE_MAX_NODES &&
		crm_ensemble_text_bound(e) <= CRM_ENSEMBLE_MAX_TEXT;
}

static void
put_f32(CrmWriter *w, float v)
{
	uint32_t	bits;

	v += 0.0f;					/* -0 is written as 0 */
	memcpy(&bits, &v, sizeof bits);
	crm_put_u32(w, bits);
}

/* -0 would be written as 0, other bytes than were read. */
static float
get_f32(CrmReader *r)
{
	uint32_t	bits = crm_get_u32(r);
	float		v;

	memcpy(&v, &bits, sizeof v);
	if (bits == UINT32_C(0x80000000))
		r->failed = true;
	return v;
}

static double
get_f64(CrmReader *r)
{
	double		v = crm_get_f64(r);

	if (v == 0 && signbit(v))
		r->failed = true;
	return v;
}

static void
put_set(CrmWriter *w, const uint32_t *set, uint32_t words)
{
	uint32_t	length = words * 4;

	while (length > 0 && (set[(length - 1) / 4] >> (length - 1) % 4 * 8 & 255) == 0)
		length--;
	crm_put_u16(w, (uint16_t) length);
	for (uint32_t i = 0; i < length; i++)
		crm_put_u8(w, (uint8_t) (set[i / 4] >> i % 4 * 8));
}

static void
put_node(CrmWriter *w, const CrmEnsemble *e, const CrmTreeNode *node)
{
	crm_put_u8(w, (uint8_t) (node->kind |
							 (node->missing_left ? MISSING_LEFT : 0)));
	if (node->kind == CRM_NODE_LEAF)
	{
		put_f32(w, node->value);
		put_f32(w, (float) node->cover);
		return;
	}
	crm_put_u16(w, node->feature);
	if (node->kind == CRM_NODE_NUMBER)
		put_f32(w, node->value);
	else
		put_set(w, e->sets + node->set, node->words);
}

void
crm_ensemble_put(CrmWriter *w, const CrmEnsemble *e)
{
	crm_put_u8(w, (uint8_t) e->kind);
	crm_put_u8(w, e->has_loss ? HAS_LOSS : 0);
	crm_put_f64(w, e->base);
	if (e->has_loss)
		crm_put_f64(w, e->loss);
	crm_put_u32(w, e->n_features);
	for (uint32_t f = 0; f < e->n_features; f++)
		crm_put_f64(w, e->importance[f]);
	crm_put_u32(w, e->n_trees);
	for (uint32_t t = 0; t < e->n_trees; t++)
	{
		crm_put_u32(w, e->starts[t + 1] - e->starts[t]);
		for (uint32_t i = e->starts[t]; i < e->starts[t + 1]; i++)
			put_node(w, e, &e->nodes[i]);
	}
}

/* Sets grow word by word behind the nodes: one pass counts, one fills. */
typedef struct Filling
{
	CrmTreeNode *nodes;			/* NULL: count only */
	uint32_t   *sets;
	uint32_t	n_nodes;
	uint32_t	n_words;
} Filling;

static void
get_set(CrmReader *r, Filling *to, CrmTreeNode *node)
{
	uint32_t	length = crm_get_u16(r);
	const uint8_t *bytes = crm_get_bytes(r, length);
	uint32_t	words = (length + 3) / 4;

	if (words > CRM_ENSEMBLE_MAX_SET_WORDS ||
		(bytes != NULL && length > 0 && bytes[length - 1] == 0))
		r->failed = true;
	if (r->failed)
		return;
	node->set = to->n_words;
	node->words = (uint16_t) words;
	if (to->nodes != NULL)
	{
		memset(to->sets + to->n_words, 0, words * sizeof *to->sets);
		for (uint32_t i = 0; i < length; i++)
			to->sets[to->n_words + i / 4] |= (uint32_t) bytes[i] << i % 4 * 8;
	}
	to->n_words += words;
}

static void
get_node(CrmReader *r, Filling *to)
{
	CrmTreeNode node = {0};
	uint8_t		tag = crm_get_u8(r);

	node.kind = tag & (MISSING_LEFT - 1);
	node.missing_left = (tag & MISSING_LEFT) != 0;
	if (node.kind == CRM_NODE_LEAF)
	{
		node.value = get_f32(r);
		node.cover = get_f32(r);
	}
	else
	{
		node.feature = crm_get_u16(r);
		if (node.kind == CRM_NODE_NUMBER)
			node.value = get_f32(r);
		else if (node.kind == CRM_NODE_CATEGORY)
			get_set(r, to, &node);
		else
			r->failed = true;
	}
	if (to->nodes != NULL)
		to->nodes[to->n_nodes] = node;
	to->n_nodes++;
}

static void
get_trees(CrmReader *r, Filling *to, uint32_t n_trees, uint32_t *starts)
{
	for (uint32_t t = 0; t < n_trees && !r->failed; t++)
	{
		uint32_t	n = crm_get_u32(r);
		uint32_t	start = to->n_nodes;

		if (n == 0 || n > CRM_TREE_MAX_NODES)
			r->failed = true;
		for (uint32_t i = 0; i < n && !r->failed; i++)
			get_node(r, to);
		if (to->nodes == NULL || r->failed)
			continue;
		starts[t] = start;
		starts[t + 1] = to->n_nodes;
		if (!crm_tree_link(to->nodes + start, n))
			r->failed = true;
	}
}

bool
crm_ensemble_get(CrmReader *r, CrmTake take, void *arg, CrmEnsemble *e)
{
	uint8_t		flags;
	double	   *importance;
	uint32_t   *starts;
	Filling		fill = {NULL, NULL, 0, 0};
	CrmReader	count;

	memset(e, 0, sizeof *e);
	e->kind = (CrmEnsembleKind) crm_get_u8(r);
	flags = crm_get_u8(r);
	e->base = get_f64(r);
	e->has_loss = flags == HAS_LOSS;
	if (e->has_loss)
		e->loss = get_f64(r);
	e->n_features = crm_get_u32(r);
	if (r->failed || flags > HAS_LOSS || e->n_features > CRM_MODEL_MAX_FEATURES)
		return false;
	importance = take(arg, e->n_features, sizeof *importance);
	if (importance == NULL)
		return false;
	for (uint32_t f = 0; f < e->n_features; f++)
		importance[f] = get_f64(r);
	e->importance = importance;
	e->n_trees = crm_get_u32(r);
	if (r->failed || e->n_trees > CRM_ENSEMBLE_MAX_TREES)
		return false;
	count = *r;
	get_trees(&count, &fill, e->n_trees, NULL);
	if (count.failed)
		return false;
	starts = take(arg, (size_t) e->n_trees + 1, sizeof *starts);
	fill.nodes = take(arg, fill.n_nodes, sizeof *fill.nodes);
	fill.sets = take(arg, fill.n_words, sizeof *fill.sets);
	if (starts == NULL || fill.nodes == NULL || fill.sets == NULL)
		return false;
	fill.n_nodes = fill.n_words = 0;
	starts[0] = 0;
	get_trees(r, &fill, e->n_trees, starts);
	e->starts = starts;
	e->nodes = fill.nodes;
	e->sets = fill.sets;
	return !r->failed;
}

bool
crm_node_left(const CrmEnsemble *e, const CrmTreeNode *node, const double *row)
{
	double		value = row[node->feature];

	if (isnan(value))
		return node->missing_left;
	if (node->kind == CRM_NODE_CATEGORY)
		return crm_set_has(e->sets + node->set, node->words, (uint32_t) value);
	return crm_feature_float(value) < node->value;
}

static size_t
round_up(size_t size)
{
	return (size + 63) & ~(size_t) 63;
}

static size_t
slot_count(const CrmEnsemble *e)
{
	return 1 + 2 * (size_t) e->n_features;
}

static uint32_t
flat_words(const CrmFeature *f)
{
	return (f->n_levels + 2 + 31) / 32;
}

static uint32_t
padded_trees(const CrmEnsemble *e)
{
	return (e->n_trees + CRM_FLAT_GROUP - 1) / CRM_FLAT_GROUP * CRM_FLAT_GROUP;
}

static uint32_t
n_codes(const CrmFeature *f)
{
	return f->n_levels + 2;
}

static bool
is_wide(const CrmFeature *f)
{
	return flat_words(f) > 1;
}

/* Of the arrays whose size depends on the splits; the rows' at most. */
typedef struct FlatSizes
{
	CrmKernel	kernel;
	size_t		set_words;
	size_t		wide_slots;
	size_t		wide_words;
} FlatSizes;

static FlatSizes
flat_sizes(const CrmEnsemble *e, const CrmFeature *features)
{
	/* word 0 is read by nodes of numbers */
	FlatSizes	sizes = {CRM_KERNEL_NUMBERS, 1, 0, 0};
	size_t		splits = 0;
	size_t		codes = 0;

	for (uint32_t i = 0; i < e->starts[e->n_trees]; i++)
	{
		const CrmFeature *f = &features[e->nodes[i].feature];

		if (e->nodes[i].kind != CRM_NODE_CATEGORY)
			continue;
		sizes.kernel = CRM_KERNEL_BITS;
		sizes.set_words += flat_words(f);
		splits += is_wide(f);
		codes += is_wide(f) ? n_codes(f) : 0;
	}
	sizes.wide_slots = splits / 32;
	sizes.wide_words = codes / 32;
	for (uint32_t f = 0; f < e->n_features && splits > 0; f++)
		if (is_wide(&features[f]))
		{
			sizes.wide_slots++;
			sizes.wide_words += n_codes(&features[f]);
		}
	if (sizes.wide_words > MOST_WIDE_WORDS ||
		slot_count(e) + sizes.wide_slots > CRM_FLAT_CATEGORY)
	{
		sizes.kernel = CRM_KERNEL_ANY;
		sizes.wide_slots = sizes.wide_words = 0;
	}
	else
		sizes.set_words = 1;
	return sizes;
}

size_t
crm_evaluator_size(const CrmEnsemble *e, const CrmFeature *features)
{
	FlatSizes	sizes = flat_sizes(e, features);

	return round_up(e->n_features) + round_up(padded_trees(e)) +
		round_up(padded_trees(e) * sizeof(uint32_t)) +
		round_up((e->starts[e->n_trees] + 1) * sizeof(CrmFlatNode)) +
		round_up(sizes.set_words * sizeof(uint32_t)) +
		round_up(e->n_features * sizeof(CrmWide)) +
		round_up(sizes.wide_words * sizeof(uint32_t)) +
		round_up((slot_count(e) + sizes.wide_slots) * sizeof(uint32_t));
}

static bool
goes_left(const CrmEnsemble *e, const CrmTreeNode *node, uint32_t code)
{
	return code == 0 ? node->missing_left :
		crm_set_has(e->sets + node->set, node->words, code - 1);
}

/* The set of a category's split, words of codes. */
static void
flatten_set(const CrmEnsemble *e, const CrmTreeNode *node, uint32_t n,
			uint32_t *set)
{
	for (uint32_t code = 0; code < n; code++)
		if (goes_left(e, node, code))
			set[code / 32] |= UINT32_C(1) << code % 32;
}

/* The next bit of the feature's rows is this split's. */
static void
widen_split(const CrmEnsemble *e, const CrmTreeNode *node, uint32_t n,
			CrmWide *wide, CrmFlatNode *flat)
{
	uint32_t	word = wide->n_splits / 32;

	flat->bits = UINT32_C(1) << wide->n_splits % 32;
	flat->slot = (uint16_t) ((wide->slot + word) | CRM_FLAT_CATEGORY);
	for (uint32_t code = 0; code < n; code++)
		if (goes_left(e, node, code))
			wide->rows[(size_t) code * wide->words + word] |= flat->bits;
	wide->n_splits++;
}

typedef struct Flattening
{
	const CrmEnsemble *e;
	const CrmFeature *features;
	CrmKernel	kernel;
	CrmFlatNode *nodes;
	uint32_t   *sets;
	uint32_t	n_words;
	CrmWide    *wide;
} Flattening;

static void
flatten_category(Flattening *to, const CrmTreeNode *node, CrmFlatNode *flat)
{
	const CrmFeature *f = &to->features[node->feature];

	flat->slot |= CRM_FLAT_CATEGORY;
	flat->bits = 0;
	if (to->kernel == CRM_KERNEL_ANY)
	{
		flatten_set(to->e, node, n_codes(f), to->sets + to->n_words);
		flat->bits = to->n_words;
		to->n_words += flat_words(f);
	}
	else if (is_wide(f))
		widen_split(to->e, node, n_codes(f), &to->wide[node->feature], flat);
	else
		flatten_set(to->e, node, n_codes(f), &flat->bits);
}

static void
flatten_node(Flattening *to, uint32_t i, uint32_t in_tree)
{
	const CrmTreeNode *node = &to->e->nodes[i];
	CrmFlatNode *flat = &to->nodes[i];

	flat->bits = crm_float_key(node->value);
	if (node->kind == CRM_NODE_LEAF)
	{
		flat->slot = 0;
		flat->child = (uint16_t) in_tree;
		return;
	}
	flat->child = (uint16_t) node->child;
	flat->slot = (uint16_t) (1 + 2 * node->feature);
	if (node->kind == CRM_NODE_CATEGORY)
		flatten_category(to, node, flat);
	else
		flat->slot += node->missing_left ? 0 : 1;
}

/* Where the rows and slots of wide categories lie. */
static void
place_wide(Flattening *to, uint32_t *rows)
{
	const CrmEnsemble *e = to->e;
	uint32_t	slot = (uint32_t) slot_count(e);

	for (uint32_t i = 0; i < e->starts[e->n_trees]; i++)
		if (e->nodes[i].kind == CRM_NODE_CATEGORY &&
			is_wide(&to->features[e->nodes[i].feature]))
			to->wide[e->nodes[i].feature].n_splits++;
	for (uint32_t f = 0; f < e->n_features; f++)
	{
		CrmWide    *w = &to->wide[f];

		w->words = (w->n_splits + 31) / 32;
		w->slot = slot;
		w->rows = rows;
		w->n_splits = 0;
		slot += w->words;
		rows += (size_t) w->words * n_codes(&to->features[f]);
	}
}

void
crm_evaluator_init(CrmEvaluator *v, const CrmEnsemble *e,
				   const CrmFeature *features, void *work)
{
	char	   *at = work;
	uint32_t	padded = padded_trees(e);
	uint32_t	n_nodes = e->starts[e->n_trees];
	FlatSizes	sizes = flat_sizes(e, features);
	Flattening	to = {e, features, sizes.kernel, NULL, NULL, 1, NULL};
	uint8_t    *categorical = (uint8_t *) at;
	uint8_t    *depths = (uint8_t *) (at += round_up(e->n_features));
	uint32_t   *starts = (uint32_t *) (at += round_up(padded));
	uint32_t   *rows;

	to.nodes = (CrmFlatNode *) (at += round_up(padded * sizeof *starts));
	to.sets = (uint32_t *) (at += round_up((n_nodes + 1) * sizeof *to.nodes));
	to.wide = (CrmWide *) (at += round_up(sizes.set_words * sizeof *to.sets));
	rows = (uint32_t *) (at += round_up(e->n_features * sizeof *to.wide));
	v->slots = (uint32_t *) (at += round_up(sizes.wide_words * sizeof *rows));
	memset(work, 0, crm_evaluator_size(e, features));
	if (sizes.kernel == CRM_KERNEL_BITS)
		place_wide(&to, rows);
	to.nodes[n_nodes].bits = crm_float_key(0);
	for (uint32_t t = 0; t < padded; t++)
	{
		uint32_t	depth;

		starts[t] = n_nodes;	/* a leaf of 0 fills the group */
		if (t >= e->n_trees)
			continue;
		starts[t] = e->starts[t];
		for (uint32_t i = e->starts[t]; i < e->starts[t + 1]; i++)
			flatten_node(&to, i, i - e->starts[t]);
		depth = crm_tree_depth(e->nodes + e->starts[t],
							   e->starts[t + 1] - e->starts[t]);
		if (depth > depths[t / CRM_FLAT_GROUP])
			depths[t / CRM_FLAT_GROUP] = (uint8_t) depth;
	}
	for (uint32_t f = 0; f < e->n_features; f++)
		categorical[f] = features[f].kind == CRM_CATEGORICAL;
	v->kernel = sizes.kernel;
	v->n_features = e->n_features;
	v->n_groups = padded / CRM_FLAT_GROUP;
	v->base = e->base;
	v->scale = e->kind == CRM_ENSEMBLE_MEAN ? 1.0 / e->n_trees : 1;
	v->single = false;
	v->categorical = categorical;
	v->depths = depths;
	v->starts = starts;
	v->nodes = to.nodes;
	v->sets = to.sets;
	v->wide = to.wide;
}

/* The slots of a category from its code. */
static void
fill_category(const CrmEvaluator *v, uint32_t f, uint32_t code, uint32_t *slot)
{
	const CrmWide *w = &v->wide[f];

	if (v->kernel == CRM_KERNEL_ANY)
		*slot = code;
	else if (w->words > 0)
		memcpy(v->slots + w->slot, w->rows + (size_t) code * w->words,
			   w->words * sizeof *w->rows);
	else
		*slot = UINT32_C(1) << (code & 31);
}

double
crm_evaluate(const CrmEvaluator *v, const double *row)
{
	uint32_t   *slot = v->slots + 1;

	for (uint32_t f = 0; f < v->n_features; f++, slot += 2)
	{
		double		x = row[f];

		if (!v->categorical[f])
		{
			uint32_t	key = crm_float_key(crm_feature_float(x));

			slot[0] = isnan(x) ? 0 : key;
			slot[1] = isnan(x) ? UINT32_MAX : key;
			continue;
		}
		fill_category(v, f, isnan(x) ? 0 : (uint32_t) x + 1, slot);
	}
	return v->single ? crm_flat_sum(v) : v->base + v->scale * crm_flat_sum(v);
}
