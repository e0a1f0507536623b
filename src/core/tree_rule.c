/*
 * tree_rule.c
 *		The way to a leaf as one condition a feature.
 */
#include "tree_rule.h"

#include <math.h>

void
crm_tree_parents(const CrmTreeNode *nodes, uint32_t n, uint32_t *parents)
{
	parents[0] = 0;
	for (uint32_t i = 0; i < n; i++)
		if (nodes[i].child != 0)
			parents[nodes[i].child] = parents[nodes[i].child + 1] = i;
}

/* The term of a feature, a new one letting everything pass. */
static CrmRuleTerm *
find_term(CrmRuleTerm *terms, int *n, uint32_t feature, const CrmFeature *f)
{
	CrmRuleTerm *term;

	for (int i = 0; i < *n; i++)
		if (terms[i].feature == feature)
			return &terms[i];
	term = &terms[(*n)++];
	memset(term, 0, sizeof *term);
	term->feature = feature;
	term->missing = true;
	term->known = true;
	term->low = -INFINITY;
	term->high = INFINITY;
	if (f->kind == CRM_CATEGORICAL)
		for (uint32_t level = 0; level <= f->n_levels; level++)
			term->levels[level / 32] |= UINT32_C(1) << level % 32;
	return term;
}

static void
narrow_levels(CrmRuleTerm *term, const CrmEnsemble *e, const CrmTreeNode *node,
			  bool left)
{
	term->known = false;
	for (uint32_t w = 0; w < CRM_ENSEMBLE_MAX_SET_WORDS; w++)
	{
		uint32_t	set = w < node->words ? e->sets[node->set + w] : 0;

		term->levels[w] &= left ? set : ~set;
		if (term->levels[w] != 0)
			term->known = true;
	}
}

static void
narrow(CrmRuleTerm *term, const CrmEnsemble *e, const CrmTreeNode *node,
	   bool left)
{
	term->missing = term->missing && node->missing_left == left;
	if (node->kind == CRM_NODE_CATEGORY)
	{
		narrow_levels(term, e, node, left);
		return;
	}
	if (left)
		term->high = fminf(term->high, node->value);
	else
		term->low = fmaxf(term->low, node->value);
	/* numbers are at most CRM_FEATURE_LIMIT away from 0 */
	term->known = term->low < term->high && term->low <= CRM_FEATURE_LIMIT &&
		term->high > -CRM_FEATURE_LIMIT;
}

int
crm_tree_rule(const CrmEnsemble *e, const CrmFeature *features, uint32_t tree,
			  const uint32_t *parents, uint32_t leaf, CrmRuleTerm *terms)
{
	const CrmTreeNode *nodes = e->nodes + e->starts[tree];
	uint32_t	path[CRM_TREE_MAX_DEPTH + 1];
	int			depth = 0;
	int			n = 0;

	for (uint32_t at = leaf; at != 0; at = parents[at])
		path[depth++] = at;
	while (depth-- > 0)
	{
		uint32_t	at = path[depth];
		const CrmTreeNode *node = &nodes[parents[at]];
		CrmRuleTerm *term = find_term(terms, &n, node->feature,
									  &features[node->feature]);

		narrow(term, e, node, at == node->child);
		if (!term->missing && !term->known)
			return -1;
	}
	return n;
}
