/*
 * holdout.h
 *		Which rows evaluate a model instead of fitting it.
 *
 * Two ways: the newest rows by an order, or a draw from rows in canonical
 * order.  Neither depends on the order in which the rows came.
 */
#ifndef CRM_HOLDOUT_H
#define CRM_HOLDOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does position i begin a new value of the order? */
typedef bool (*CrmIsBoundary) (size_t i, const void *rows);

/*
 * Of n rows in ascending order, the first of the newest `share`.  Equal values
 * stay together: the boundary between two values that is nearest to the exact
 * place is taken (of two as near the older, which holds out more).  n when all
 * values are equal.
 */
extern size_t crm_holdout_start(size_t n, double share,
								CrmIsBoundary is_boundary, const void *rows);

/* The nearest number of n rows to hold out: 1 to n - 1 where n allows. */
extern size_t crm_holdout_size(size_t n, double share);

/*
 * Marks k of n rows (1 = held out), each set of k equally likely, by the seed
 * and the position alone.
 */
extern void crm_holdout_draw(size_t n, size_t k, uint64_t seed,
							 uint8_t *marks);

/*
 * Deals n rows to folds 0 .. folds - 1, as many to each or one more to the
 * first ones, by the seed and the position alone.
 */
extern void crm_holdout_deal(size_t n, uint16_t folds, uint64_t seed,
							 uint16_t *fold);

#endif							/* CRM_HOLDOUT_H */
