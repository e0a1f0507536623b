/*
 * tree_text.c
 *		Trees as JSON.
 *
 * A copy of the reader counts what is there before memory is taken; the second
 * pass fills it.  Whether it makes sense is crm_ensemble_check's to say.
 */
#include "tree_text.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[] = {NULL, "sum", "mean"};

static void
print_float(CrmJsonWriter *w, const char *key, double v,
			const CrmFloatText *ft)
{
	crm_json_key(w, key);
	crm_json_put_float(w, v, ft);
}

static void
print_node(CrmJsonWriter *w, const CrmEnsemble *e, const CrmTreeNode *node,
		   const CrmFloatText *ft)
{
	crm_json_open(w, '[');
	if (node->kind == CRM_NODE_LEAF)
	{
		crm_json_put_float(w, (double) node->value, ft);
		crm_json_put_float(w, node->cover, ft);
	}
	else
	{
		crm_json_put_int(w, node->feature);
		crm_json_put_int(w, node->missing_left);
		if (node->kind == CRM_NODE_NUMBER)
			crm_json_put_float(w, (double) node->value, ft);
		else
		{
			crm_json_open(w, '[');
			for (uint32_t level = 0; level < node->words * 32u; level++)
				if (crm_set_has(e->sets + node->set, node->words, level))
					crm_json_put_int(w, level);
			crm_json_close(w, ']');
		}
	}
	crm_json_close(w, ']');
}

void
crm_ensemble_print(CrmJsonWriter *w, const CrmEnsemble *e,
				   const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "kind");
	crm_json_put_string(w, kind_names[e->kind], strlen(kind_names[e->kind]));
	print_float(w, "base", e->base, ft);
	if (e->has_loss)
		print_float(w, "loss", e->loss, ft);
	crm_json_key(w, "importance");
	crm_json_open(w, '[');
	for (uint32_t f = 0; f < e->n_features; f++)
		crm_json_put_float(w, e->importance[f], ft);
	crm_json_close(w, ']');
	crm_json_key(w, "nodes");
	crm_json_open(w, '[');
	for (uint32_t t = 0; t < e->n_trees; t++)
	{
		crm_json_open(w, '[');
		for (uint32_t i = e->starts[t]; i < e->starts[t + 1]; i++)
			print_node(w, e, &e->nodes[i], ft);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

typedef struct TreeParser
{
	CrmJsonReader r;
	const CrmFloatText *ft;
	bool		failed;
	/* filled in the second pass */
	CrmTreeNode *nodes;
	uint32_t   *sets;
	uint32_t   *starts;
	uint32_t	n_nodes;
	uint32_t	n_words;
	uint32_t	n_trees;
} TreeParser;

static CrmJsonToken
next(TreeParser *p)
{
	return p->failed ? CRM_JSON_ERROR : crm_json_next(&p->r);
}

static void
expect(TreeParser *p, CrmJsonToken token)
{
	if (next(p) != token)
		p->failed = true;
}

/* The number just read, zero without a sign. */
static double
number(TreeParser *p)
{
	double		v = 0;

	if (p->failed || !p->ft->parse(p->r.raw, p->r.raw_len, &v) || !isfinite(v))
		p->failed = true;
	return v == 0 ? 0 : v;
}

/* As a float, which must hold it: printed floats do. */
static float
single(TreeParser *p, double v)
{
	float		f;

	if (!(fabs(v) <= 3.4028234663852886e38))
	{
		p->failed = true;
		return 0;
	}
	f = (float) v;
	return f + 0.0f;
}

static uint32_t
integer(TreeParser *p, uint32_t most)
{
	int64_t		v = 0;

	if (p->failed || !crm_json_int(&p->r, &v) || v < 0 || v > most)
		p->failed = true;
	return p->failed ? 0 : (uint32_t) v;
}

/* Levels, rising, up to the closing bracket. */
static void
parse_set(TreeParser *p, CrmTreeNode *node)
{
	CrmJsonToken t;
	int64_t		last = -1;
	uint32_t   *set = p->nodes == NULL ? NULL : p->sets + p->n_words;

	node->kind = CRM_NODE_CATEGORY;
	node->set = p->n_words;
	while ((t = next(p)) == CRM_JSON_NUMBER)
	{
		uint32_t	level = integer(p, CRM_ENSEMBLE_MAX_SET_WORDS * 32 - 1);

		if (p->failed || (int64_t) level <= last)
		{
			p->failed = true;
			return;
		}
		for (; node->words <= level / 32; node->words++)
			if (set != NULL)
				set[node->words] = 0;
		if (set != NULL)
			set[level / 32] |= UINT32_C(1) << level % 32;
		last = level;
	}
	if (t != CRM_JSON_ARRAY_END)
		p->failed = true;
	p->n_words += node->words;
}

/* What follows the opening bracket of a node. */
static void
parse_node(TreeParser *p)
{
	CrmTreeNode node = {0};
	CrmJsonReader first;
	double		second;
	CrmJsonToken t;

	expect(p, CRM_JSON_NUMBER);
	first = p->r;
	expect(p, CRM_JSON_NUMBER);
	second = number(p);
	t = next(p);
	if (t == CRM_JSON_ARRAY_END)
	{
		CrmJsonReader here = p->r;

		p->r = first;
		node.value = single(p, number(p));
		node.cover = (double) single(p, second);
		p->r = here;
	}
	else
	{
		CrmJsonReader here = p->r;

		p->r = first;
		node.feature = (uint16_t) integer(p, UINT16_MAX);
		p->r = here;
		if (second != 0 && second != 1)
			p->failed = true;
		node.missing_left = second == 1;
		if (t == CRM_JSON_NUMBER)
		{
			node.kind = CRM_NODE_NUMBER;
			node.value = single(p, number(p));
		}
		else if (t == CRM_JSON_ARRAY)
			parse_set(p, &node);
		else
			p->failed = true;
		expect(p, CRM_JSON_ARRAY_END);
	}
	if (p->nodes != NULL && !p->failed)
		p->nodes[p->n_nodes] = node;
	p->n_nodes++;
}

/* What follows the opening bracket of a tree. */
static void
parse_tree(TreeParser *p)
{
	uint32_t	start = p->n_nodes;
	CrmJsonToken t;

	while ((t = next(p)) == CRM_JSON_ARRAY)
	{
		parse_node(p);
		if (p->n_nodes - start > CRM_TREE_MAX_NODES)
			p->failed = true;
	}
	if (t != CRM_JSON_ARRAY_END || p->n_nodes == start)
		p->failed = true;
	if (p->nodes == NULL || p->failed)
		return;
	p->starts[p->n_trees] = start;
	p->starts[p->n_trees + 1] = p->n_nodes;
	if (!crm_tree_link(p->nodes + start, p->n_nodes - start))
		p->failed = true;
}

/* What follows the opening bracket of the list of trees. */
static void
parse_trees(TreeParser *p)
{
	CrmJsonToken t;

	p->n_nodes = p->n_words = p->n_trees = 0;
	while ((t = next(p)) == CRM_JSON_ARRAY)
	{
		parse_tree(p);
		if (++p->n_trees > CRM_ENSEMBLE_MAX_TREES)
			p->failed = true;
	}
	if (t != CRM_JSON_ARRAY_END)
		p->failed = true;
}

static void
parse_nodes(TreeParser *p, CrmTake take, void *arg, CrmEnsemble *e)
{
	TreeParser	count;

	expect(p, CRM_JSON_ARRAY);
	count = *p;
	parse_trees(&count);
	if (count.failed)
	{
		p->failed = true;
		return;
	}
	p->starts = take(arg, (size_t) count.n_trees + 1, sizeof *p->starts);
	p->sets = take(arg, count.n_words, sizeof *p->sets);
	p->nodes = take(arg, count.n_nodes, sizeof *p->nodes);
	if (p->starts == NULL || p->sets == NULL || p->nodes == NULL)
	{
		p->failed = true;
		return;
	}
	p->starts[0] = 0;
	parse_trees(p);
	e->n_trees = p->n_trees;
	e->starts = p->starts;
	e->nodes = p->nodes;
	e->sets = p->sets;
}

/* Numbers up to the closing bracket; count only when v is NULL. */
static uint32_t
numbers(TreeParser *p, double *v)
{
	CrmJsonToken t;
	uint32_t	n = 0;

	while ((t = next(p)) == CRM_JSON_NUMBER)
	{
		double		x = number(p);

		if (v != NULL)
			v[n] = x;
		n++;
	}
	if (t != CRM_JSON_ARRAY_END)
		p->failed = true;
	return n;
}

static void
parse_importance(TreeParser *p, CrmTake take, void *arg, CrmEnsemble *e)
{
	TreeParser	count;
	double	   *importance;

	expect(p, CRM_JSON_ARRAY);
	count = *p;
	e->n_features = numbers(&count, NULL);
	importance = count.failed ? NULL :
		take(arg, e->n_features, sizeof *importance);
	if (importance == NULL)
	{
		p->failed = true;
		return;
	}
	numbers(p, importance);
	e->importance = importance;
}

static CrmEnsembleKind
parse_kind(TreeParser *p)
{
	expect(p, CRM_JSON_STRING);
	for (int k = CRM_ENSEMBLE_SUM; !p->failed && k <= CRM_ENSEMBLE_MEAN; k++)
		if (crm_json_is(&p->r, kind_names[k]))
			return (CrmEnsembleKind) k;
	p->failed = true;
	return CRM_ENSEMBLE_SUM;
}

enum
{
	KEY_KIND, KEY_BASE, KEY_IMPORTANCE, KEY_NODES, KEY_LOSS
};

static void
parse_member(TreeParser *p, int key, CrmTake take, void *arg, CrmEnsemble *e)
{
	switch (key)
	{
		case KEY_KIND:
			e->kind = parse_kind(p);
			break;
		case KEY_BASE:
			expect(p, CRM_JSON_NUMBER);
			e->base = number(p);
			break;
		case KEY_IMPORTANCE:
			parse_importance(p, take, arg, e);
			break;
		case KEY_NODES:
			parse_nodes(p, take, arg, e);
			break;
		case KEY_LOSS:
			expect(p, CRM_JSON_NUMBER);
			e->loss = number(p);
			e->has_loss = true;
			break;
	}
}

bool
crm_ensemble_parse(CrmJsonReader *r, const CrmFloatText *ft, CrmTake take,
				   void *arg, CrmEnsemble *e)
{
	static const char *const keys[] = {
		"kind", "base", "importance", "nodes", "loss"
	};
	TreeParser	p = {.r = *r,.ft = ft};
	uint32_t	seen = 0;
	CrmJsonToken t;

	memset(e, 0, sizeof *e);
	expect(&p, CRM_JSON_OBJECT);
	while ((t = next(&p)) == CRM_JSON_KEY)
	{
		int			key = KEY_KIND;

		while (key <= KEY_LOSS && !crm_json_is(&p.r, keys[key]))
			key++;
		if (key > KEY_LOSS || (seen >> key & 1))
			return false;
		seen |= UINT32_C(1) << key;
		parse_member(&p, key, take, arg, e);
	}
	*r = p.r;
	return !p.failed && t == CRM_JSON_OBJECT_END &&
		(seen | 1 << KEY_LOSS) == (1 << (KEY_LOSS + 1)) - 1;
}
