/*
 * logistic_result.c
 *		Coefficients of a logistic model as they are reported.
 *
 * The fit has them of standardised columns; here they are of the columns as
 * they were given.
 */
#include "logistic.h"

#include <math.h>

void
crm_logistic_result(const CrmLogistic *fit, const double *mean,
					const double *sd, double *intercept,
					double *intercept_error, double *coefficients,
					double *errors, uint8_t *aliased)
{
	*intercept = fit->beta[0];
	*intercept_error = 0;
	for (uint32_t j = 0; j + 1 < fit->n_columns; j++)
	{
		double		unit = j < fit->design.n_dense ? sd[j] : 1;

		coefficients[j] = 0;
		errors[j] = 0;
		aliased[j] = fit->aliased[j + 1];
		if (aliased[j])
			continue;
		coefficients[j] = fit->beta[j + 1] / unit;
		if (fit->has_errors)
			errors[j] = sqrt(fit->variance[j + 1]) / unit;
		if (j < fit->design.n_dense)
			*intercept -= coefficients[j] * mean[j];
	}
	if (fit->has_errors)
		*intercept_error = crm_logistic_intercept_error(fit, mean, sd);
}

CrmWald
crm_wald(double coefficient, double error)
{
	CrmWald		wald = {0, 0, exp(coefficient)};

	if (error > 0)
	{
		wald.z = coefficient / error;
		wald.p = erfc(fabs(wald.z) / sqrt(2));
	}
	return wald;
}
