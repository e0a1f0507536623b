/*
 * incomplete_gamma.c
 *		The gamma distribution function.
 */
#include "incomplete_gamma.h"

#include <math.h>

/* Both take some 10 sqrt(shape) terms at most where they are used. */
#define MAX_TERMS 100000
#define ENOUGH 1e-17

/*
 * Below the mean the series of DLMF 8.11.4, above it the continued fraction of
 * 8.9.2 for the complement, by Lentz's method.
 */
double
crm_gamma_cdf(double shape, double x)
{
	double		front;

	if (!(x > 0))
		return 0;
	front = exp(shape * log(x) - x - lgamma(shape));
	if (x < shape + 1)
	{
		double		term = 1 / shape;
		double		sum = term;

		for (int k = 1; k < MAX_TERMS && term > sum * ENOUGH; k++)
		{
			term *= x / (shape + k);
			sum += term;
		}
		return fmin(sum * front, 1);
	}
	else
	{
		double		b = x + 1 - shape;
		double		c = 1e300;
		double		d = 1 / b;
		double		h = d;

		for (int k = 1; k < MAX_TERMS; k++)
		{
			double		a = -k * (k - shape);
			double		step;

			b += 2;
			d = 1 / (a * d + b);
			c = b + a / c;
			step = d * c;
			h *= step;
			if (fabs(step - 1) < 1e-16)
				break;
		}
		return fmax(1 - front * h, 0);
	}
}
