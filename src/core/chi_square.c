/*
 * chi_square.c
 *		The chi-square distribution with a whole number of degrees of freedom.
 *
 * Abramowitz and Stegun (1964), 26.4.4 and 26.4.5: finite sums, here with each
 * term in logarithms, so that nothing overflows on the way.
 */
#include "chi_square.h"

#include <math.h>

double
crm_chi_square_above(double x, int df)
{
	double		half = x / 2;
	double		sum;
	double		term;			/* log of (x/2)^k e^(-x/2) / Gamma(k + 1) */
	double		k;

	if (!(x > 0))
		return 1;
	if (isinf(x))
		return 0;
	if (df % 2 == 0)
	{
		sum = 0;
		term = -half;
		k = 0;
	}
	else
	{
		sum = erfc(sqrt(half));
		/* Gamma(3/2) is sqrt(pi) / 2 */
		term = 0.5 * log(half) - half + 0.12078223763524522;
		k = 0.5;
	}
	for (; k < df / 2.0; k++)
	{
		sum += exp(term);
		term += log(half / (k + 1));
	}
	return sum < 1 ? sum : 1;
}
