/*
 * tree_evaluator.c
 *		The inner loop of scoring; compiled with -O3 (see the Makefile).
 *
 * Eight walks are interleaved, because each step waits for the one before it.
 * All run as many steps as the deepest of the eight; those that are done wait
 * at their leaf.  No step has a branch that depends on the data.
 */
#include "tree_ensemble.h"

#define LANES CRM_FLAT_GROUP

static inline uint32_t
step_number(const CrmFlatNode *node, const uint32_t *slots)
{
	return node->child + (slots[node->slot] >= node->bits);
}

/*
 * Sets of one word lie in the node, and a category's slot holds the bit of its
 * code: right if no bit is common, that is if their AND is below 1.
 */
static inline uint32_t
step_bit(const CrmFlatNode *node, const uint32_t *slots)
{
	uint32_t	category = node->slot >> 15;
	uint32_t	number = category - 1;	/* a mask */
	uint32_t	value = slots[node->slot & (CRM_FLAT_CATEGORY - 1)];
	uint32_t	limit = (node->bits & number) | category;

	value &= node->bits | number;
	return node->child + ((value >= limit) ^ category);
}

/* Sets of any size: a number's step reads word 0 and masks it out. */
static inline uint32_t
step_any(const CrmFlatNode *node, const uint32_t *slots, const uint32_t *sets)
{
	uint32_t	category = 0 - (uint32_t) (node->slot >> 15);	/* a mask */
	uint32_t	value = slots[node->slot & (CRM_FLAT_CATEGORY - 1)];
	uint32_t	word = ~sets[(node->bits + (value >> 5)) & category];

	return node->child + ((word >> (value & 31) & 1 & category) |
						  ((value >= node->bits) & ~category));
}

static double
sum_numbers(const CrmEvaluator *e)
{
	double		sum = 0;

	for (uint32_t g = 0; g < e->n_groups; g++)
	{
		const CrmFlatNode *trees[LANES];
		uint32_t	at[LANES];

		for (int k = 0; k < LANES; k++)
		{
			trees[k] = e->nodes + e->starts[g * LANES + k];
			at[k] = 0;
		}
		for (uint32_t d = 0; d < e->depths[g]; d++)
			for (int k = 0; k < LANES; k++)
				at[k] = step_number(trees[k] + at[k], e->slots);
		for (int k = 0; k < LANES; k++)
			sum += (double) crm_key_float(trees[k][at[k]].bits);
	}
	return sum;
}

static double
sum_bits(const CrmEvaluator *e)
{
	double		sum = 0;

	for (uint32_t g = 0; g < e->n_groups; g++)
	{
		const CrmFlatNode *trees[LANES];
		uint32_t	at[LANES];

		for (int k = 0; k < LANES; k++)
		{
			trees[k] = e->nodes + e->starts[g * LANES + k];
			at[k] = 0;
		}
		for (uint32_t d = 0; d < e->depths[g]; d++)
			for (int k = 0; k < LANES; k++)
				at[k] = step_bit(trees[k] + at[k], e->slots);
		for (int k = 0; k < LANES; k++)
			sum += (double) crm_key_float(trees[k][at[k]].bits);
	}
	return sum;
}

static double
sum_any(const CrmEvaluator *e)
{
	double		sum = 0;

	for (uint32_t g = 0; g < e->n_groups; g++)
	{
		const CrmFlatNode *trees[LANES];
		uint32_t	at[LANES];

		for (int k = 0; k < LANES; k++)
		{
			trees[k] = e->nodes + e->starts[g * LANES + k];
			at[k] = 0;
		}
		for (uint32_t d = 0; d < e->depths[g]; d++)
			for (int k = 0; k < LANES; k++)
				at[k] = step_any(trees[k] + at[k], e->slots, e->sets);
		for (int k = 0; k < LANES; k++)
			sum += (double) crm_key_float(trees[k][at[k]].bits);
	}
	return sum;
}

double
crm_flat_sum(const CrmEvaluator *evaluator)
{
	switch (evaluator->kernel)
	{
		case CRM_KERNEL_NUMBERS:
			return sum_numbers(evaluator);
		case CRM_KERNEL_BITS:
			return sum_bits(evaluator);
		default:
			return sum_any(evaluator);
	}
}
