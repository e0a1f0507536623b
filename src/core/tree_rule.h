/*
 * tree_rule.h
 *		The way to a leaf as one condition a feature.
 *
 * A path may split on a feature many times; a rule holds what all of these
 * leave: an interval, or a set of levels, and whether missing values pass.
 */
#ifndef CRM_TREE_RULE_H
#define CRM_TREE_RULE_H

#include "model.h"

typedef struct CrmRuleTerm
{
	uint32_t	feature;
	bool		missing;		/* missing values pass */
	bool		known;			/* some known values pass */
	/* numbers: low <= value < high, infinite where there is no bound */
	float		low;
	float		high;
	/* categories: levels that pass, n_levels being "other" */
	uint32_t	levels[CRM_ENSEMBLE_MAX_SET_WORDS];
} CrmRuleTerm;

/* The parent of each node of a tree; the root's is 0.  Room for its nodes. */
extern void crm_tree_parents(const CrmTreeNode *nodes, uint32_t n,
							 uint32_t *parents);

/*
 * Terms of the leaf, in the order in which the path meets their features;
 * returns how many (room for CRM_TREE_MAX_DEPTH), or -1 for a leaf that no row
 * can reach.
 */
extern int	crm_tree_rule(const CrmEnsemble *ensemble,
						  const CrmFeature *features, uint32_t tree,
						  const uint32_t *parents, uint32_t leaf,
						  CrmRuleTerm *terms);

#endif
