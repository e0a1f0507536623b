/*
 * tree_ensemble.h
 *		Trees as a model holds them: for storing, checking, scoring, explaining.
 *
 * Nodes of a tree lie breadth first, children side by side, so that the next
 * split's children are simply the next two nodes.  The wire form stores no
 * child: a cycle or a wrong child cannot be written down.
 */
#ifndef CRM_TREE_ENSEMBLE_H
#define CRM_TREE_ENSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "tree_learner.h"

#define CRM_ENSEMBLE_MAX_TREES 10000
#define CRM_ENSEMBLE_MAX_NODES 2000000
/* What can be printed must be read back within an allocation of 1 GB. */
#define CRM_ENSEMBLE_MAX_TEXT 60000000
#define CRM_ENSEMBLE_MAX_SET_WORDS 8	/* CRM_BIN_LEVELS and "other" */

struct CrmFeature;				/* model.h */

/* Numbers are part of the wire form. */
typedef enum CrmEnsembleKind
{
	CRM_ENSEMBLE_SUM = 1,		/* log-odds: base + sum of the trees */
	CRM_ENSEMBLE_MEAN = 2		/* probability: mean of the trees */
} CrmEnsembleKind;

typedef enum CrmNodeKind
{
	CRM_NODE_LEAF = 0,
	CRM_NODE_NUMBER = 1,		/* left if value < threshold */
	CRM_NODE_CATEGORY = 2		/* left if the level is in the set */
} CrmNodeKind;

typedef struct CrmTreeNode
{
	double		cover;			/* training rows; of a split, its leaves' */
	float		value;			/* a leaf's value, a number's threshold */
	uint32_t	child;			/* left, within the tree; right is next */
	uint32_t	set;			/* first word in sets */
	uint16_t	feature;
	uint16_t	words;			/* of the set; levels beyond go right */
	uint8_t		kind;
	bool		missing_left;
} CrmTreeNode;

typedef struct CrmEnsemble
{
	CrmEnsembleKind kind;
	double		base;			/* log-odds, 0 for a mean */
	bool		has_loss;
	double		loss;			/* log-loss of rows held out in training */
	uint32_t	n_features;
	const double *importance;	/* by feature, >= 0 */
	uint32_t	n_trees;
	const uint32_t *starts;		/* n_trees + 1 offsets into nodes */
	const CrmTreeNode *nodes;
	const uint32_t *sets;		/* bit l of a set: level l goes left */
} CrmEnsemble;

/*
 * What training writes trees into.  Before each tree the caller makes sure of
 * room for one tree, learner->n_nodes nodes and 8 set words for each.
 */
typedef struct CrmEnsembleBuilder
{
	uint32_t	n_trees;
	uint32_t	n_nodes;
	uint32_t	n_words;
	uint32_t   *starts;
	CrmTreeNode *nodes;
	uint32_t   *sets;
	double	   *importance;		/* n_features; gains are added */
} CrmEnsembleBuilder;

#define CRM_BUILDER_SET_WORDS 8

/* Copy the tree that was grown last; leaves have its values. */
extern void crm_ensemble_add(CrmEnsembleBuilder *builder,
							 const CrmTreeLearner *learner);

/* Fill child and the covers of splits; false when the shape is no tree. */
extern bool crm_tree_link(CrmTreeNode *nodes, uint32_t n);

/* Deepest leaf of the tree whose nodes these are; the root is 0. */
extern uint32_t crm_tree_depth(const CrmTreeNode *nodes, uint32_t n);

/* At least the length of the text form of the nodes. */
extern uint64_t crm_ensemble_text_bound(const CrmEnsemble *ensemble);

/* Everything that must hold, whichever form it came from. */
extern bool crm_ensemble_check(const CrmEnsemble *ensemble,
							   const struct CrmFeature *features,
							   uint32_t n_features);

/* Wire form, inside of a section; see tree_ensemble.c. */
extern void crm_ensemble_put(CrmWriter *w, const CrmEnsemble *ensemble);

/*
 * From wire form, in memory that take(arg, count, width) hands out (NULL: too
 * much); fails the reader otherwise.
 */
typedef void *(*CrmTake) (void *arg, size_t count, size_t width);
extern bool crm_ensemble_get(CrmReader *r, CrmTake take, void *arg,
							 CrmEnsemble *ensemble);

static inline bool
crm_set_has(const uint32_t *set, uint32_t words, uint32_t level)
{
	return level / 32 < words && (set[level / 32] >> level % 32 & 1);
}

/* The side that a row (see CrmScorer) takes at a split. */
extern bool crm_node_left(const CrmEnsemble *ensemble, const CrmTreeNode *node,
						  const double *row);

/*
 * The evaluator: nodes of 8 bytes and a row of 32-bit slots.  Numbers are keys
 * that sort as the floats do.  A numeric feature has two slots, which differ
 * where it is missing: 0 (always left) and the greatest key (always right).
 * Slot 0 is 0 and a leaf points at it; as no key is 0, the walk stays there
 * whatever the row holds.
 */
typedef struct CrmFlatNode
{
	uint32_t	bits;			/* key of a threshold or of a leaf's value;
								 * the set of a category, or its first word */
	uint16_t	slot;			/* top bit: category */
	uint16_t	child;			/* left; right is next; a leaf: itself */
} CrmFlatNode;

#define CRM_FLAT_CATEGORY 0x8000
#define CRM_FLAT_GROUP 8

typedef enum CrmKernel
{
	CRM_KERNEL_NUMBERS,			/* no category */
	CRM_KERNEL_BITS,			/* a category's split is a bit of a slot */
	CRM_KERNEL_ANY				/* bits would take too much room */
} CrmKernel;

/*
 * A category of more than 30 levels: each split on it is a bit, and of every
 * code there is a row with the bits of the splits that it goes left at, which
 * is copied behind the other slots.
 */
typedef struct CrmWide
{
	uint32_t	words;			/* of a row; 0: no such category */
	uint32_t	slot;			/* the first of them */
	uint32_t	n_splits;
	uint32_t   *rows;			/* by code */
} CrmWide;

typedef struct CrmEvaluator
{
	CrmKernel	kernel;
	uint32_t	n_features;
	uint32_t	n_groups;		/* of eight trees, the last one padded */
	double		base;
	double		scale;			/* of the sum */
	bool		single;			/* add floats up from base, as XGBoost does */
	const uint8_t *categorical; /* a flag a feature */
	const uint8_t *depths;		/* steps of a group */
	const uint32_t *starts;		/* of each tree */
	const CrmFlatNode *nodes;
	const uint32_t *sets;		/* by code: bit 0 missing, level + 1 */
	const CrmWide *wide;		/* by feature */
	uint32_t   *slots;			/* the row */
} CrmEvaluator;

extern size_t crm_evaluator_size(const CrmEnsemble *ensemble,
								 const struct CrmFeature *features);

/* work: crm_evaluator_size bytes aligned for double, owned by the evaluator */
extern void crm_evaluator_init(CrmEvaluator *evaluator,
							   const CrmEnsemble *ensemble,
							   const struct CrmFeature *features, void *work);

/* Log-odds of a sum, probability of a mean. */
extern double crm_evaluate(const CrmEvaluator *evaluator, const double *row);

/* tree_evaluator.c: sum of the trees over filled slots; single: with base */
extern double crm_flat_sum(const CrmEvaluator *evaluator);

#endif
