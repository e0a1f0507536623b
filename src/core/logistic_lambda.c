/*
 * logistic_lambda.c
 *		The least lambda at which every coefficient of a logistic model is 0.
 *
 * There the base rate's model is the solution, as each column's correlation
 * with the label is below lambda alpha (Friedman, Hastie, Tibshirani 2010).
 */
#include "logistic.h"

#include <math.h>

void
crm_logistic_add_correlation(const CrmDesign *d, uint32_t from, uint32_t to,
							 double mean, double *sums)
{
	for (uint32_t i = from; i < to; i++)
	{
		const double *z = crm_dense_cells(d->dense, i);
		double		r = d->label[i] - mean;

		for (uint32_t j = 0; j < d->n_dense; j++)
			sums[j] += r * z[(size_t) j * d->dense->block_rows];
		for (uint32_t k = d->hot_start[i]; k < d->hot_start[i + 1]; k++)
			sums[d->n_dense + d->hot[k]] += r;
	}
}

double
crm_logistic_largest_lambda(const CrmDesign *d, double alpha,
							const double *sums)
{
	double		largest = 0;

	for (uint32_t j = 0; j < d->n_dense + d->n_binary; j++)
		if (d->scale[j] > 0)
			largest = fmax(largest, fabs(sums[j]) / d->scale[j]);
	return largest / d->n_rows / fmax(alpha, 0.001);
}
