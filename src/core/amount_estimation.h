/*
 * amount_estimation.h
 *		What an amount may be: by groups that lend each other strength, and by
 *		the past cases most like it.
 *
 * Values are on the scale that the caller chose (logarithms where all amounts
 * are positive).  Sums run along the caller's order, which must not depend on
 * chance.
 */
#ifndef CRM_AMOUNT_ESTIMATION_H
#define CRM_AMOUNT_ESTIMATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sort.h"

/* Values of one group: their number, mean and sum of squares about it. */
typedef struct CrmGroup
{
	uint64_t	n;
	double		mean;
	double		squares;
} CrmGroup;

/* One value more (Youngs and Cramer 1971). */
extern void crm_group_add(CrmGroup *g, double value);

/*
 * Groups' means as normal around a common one, values as normal around their
 * group's mean with one variance for all: the variance between groups by the
 * moments of the one-way layout, not below 0.
 */
typedef struct CrmGroupModel
{
	uint64_t	n;				/* values in all groups */
	double		mean;			/* common */
	double		mean_variance;	/* of the common mean's own estimate */
	double		within;			/* variance of a value around its group */
	double		between;		/* variance of the groups' means */
} CrmGroupModel;

/* within is NaN where fewer than two values leave nothing to estimate from. */
extern CrmGroupModel crm_group_model(const CrmGroup *groups, size_t n);

/*
 * What a new value of this group will be: mean and standard deviation.  A
 * group without values has the common mean.
 */
extern void crm_group_predict(const CrmGroupModel *model, const CrmGroup *group,
							  double *mean, double *sd);

/* A column of cases; missing values are NaN, categories their numbers. */
typedef struct CrmCaseColumn
{
	bool		category;
	double		scale;			/* of a number: 5th to 95th percentile */
	const double *values;		/* of the past cases */
} CrmCaseColumn;

/* The scale of a column from its values sorted, NaN left out. */
extern double crm_case_scale(const double *sorted, size_t n);

/*
 * Distance of a past case from one with these values (Gower 1971): the mean
 * over the columns of |x - y| / scale, at most 1, or 0 and 1 for categories.
 * Known on one side only counts 0.5; a column unknown on both sides is left
 * out.  NaN where no column is left.
 */
extern double crm_case_distance(const CrmCaseColumn *columns, size_t n_columns,
								size_t past, const double *values);

/*
 * The k smallest of n distances and those equal to the k-th: their numbers in
 * `nearest` (room for n), in order of number; returns how many.  heap has k
 * elements.
 */
extern size_t crm_nearest(const double *distances, size_t n, size_t k,
						  double *heap, uint32_t *nearest, CrmPause pause);

/* Quantile of sorted values at (n + 1) p, between the smallest and largest. */
extern double crm_case_quantile(const double *sorted, size_t n, double p);

#endif
