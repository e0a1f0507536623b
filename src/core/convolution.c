/*
 * convolution.c
 *		The product of two real sequences, directly or by Fourier transform.
 *
 * A polynomial is reduced modulo x^2m - r^2 = (x^m - r)(x^m + r) until its
 * values at the roots of unity are left.  Roots in bit-reversed order serve
 * every length, and each block of a pass has one root.
 */
#include "convolution.h"

#include <math.h>

#define PI 3.14159265358979323846

/* Elements worked on between two looks at the poll. */
#define STEP ((size_t) 1 << 20)

size_t
crm_transform_length(size_t elements)
{
	size_t		n = 1;

	while (n < elements)
		n *= 2;
	return n;
}

/* roots[i] = exp(i pi x), where x has the bits of the index in reverse. */
void
crm_transform_roots(CrmComplex *roots, size_t have, size_t length)
{
	roots[0].re = 1;
	roots[0].im = 0;
	for (size_t half = have > 2 ? have / 2 : 1; half < length / 2; half *= 2)
	{
		for (size_t i = 0; i < half; i++)
		{
			double		x = .5 / (double) half;
			size_t		bits = i;

			for (size_t b = half; b > 1; b /= 2, bits /= 2)
				x += (double) (bits & 1) * .5 * (double) b / (double) half;
			roots[half + i].re = cos(PI * x);
			roots[half + i].im = sin(PI * x);
		}
	}
}

static bool
forward(CrmComplex *x, size_t n, const CrmComplex *roots, const CrmPoll *poll)
{
	size_t		done = 0;

	for (size_t m = n / 2; m > 0; m /= 2)
	{
		for (size_t s = 0; s < n / (2 * m); s++)
		{
			CrmComplex	w = roots[s];
			CrmComplex *low = x + 2 * m * s;
			CrmComplex *high = low + m;

			for (size_t j = 0; j < m; j++)
			{
				CrmComplex	u = low[j];
				double		re = high[j].re * w.re - high[j].im * w.im;
				double		im = high[j].re * w.im + high[j].im * w.re;

				low[j].re = u.re + re;
				low[j].im = u.im + im;
				high[j].re = u.re - re;
				high[j].im = u.im - im;
			}
			done += m;
			if (done >= STEP)
			{
				done = 0;
				if (crm_poll_stop(poll))
					return false;
			}
		}
	}
	return true;
}

/* Without the division by n. */
static bool
backward(CrmComplex *x, size_t n, const CrmComplex *roots,
		 const CrmPoll *poll)
{
	size_t		done = 0;

	for (size_t m = 1; m < n; m *= 2)
	{
		for (size_t s = 0; s < n / (2 * m); s++)
		{
			CrmComplex	w = roots[s];
			CrmComplex *low = x + 2 * m * s;
			CrmComplex *high = low + m;

			for (size_t j = 0; j < m; j++)
			{
				CrmComplex	u = low[j];
				double		re = u.re - high[j].re;
				double		im = u.im - high[j].im;

				low[j].re = u.re + high[j].re;
				low[j].im = u.im + high[j].im;
				high[j].re = re * w.re + im * w.im;
				high[j].im = im * w.re - re * w.im;
			}
			done += m;
			if (done >= STEP)
			{
				done = 0;
				if (crm_poll_stop(poll))
					return false;
			}
		}
	}
	return true;
}

/*
 * From the transform z of a + ib to that of the product, in place: with z' at
 * the opposite frequency it is (z^2 - conj(z')^2) / 4i.
 */
static void
multiply(CrmComplex *x, size_t n)
{
	size_t		top = 1;

	for (size_t i = 0; i < n; i++)
	{
		size_t		j;
		CrmComplex	z = x[i];
		CrmComplex	y;
		double		re;
		double		im;

		if (i >= 2 * top)
			top *= 2;
		j = i < 2 ? i : 3 * top - 1 - i;
		if (j < i)
			continue;
		y = x[j];
		re = z.re * z.re - z.im * z.im - (y.re * y.re - y.im * y.im);
		im = 2 * z.re * z.im + 2 * y.re * y.im;
		x[i].re = im / 4;
		x[i].im = -re / 4;
		x[j].re = im / 4;
		x[j].im = re / 4;
	}
}

bool
crm_convolve_transform(const double *a, size_t n_a, const double *b,
					   size_t n_b, double *product, const CrmComplex *roots,
					   CrmComplex *work, const CrmPoll *poll)
{
	size_t		n = crm_transform_length(n_a + n_b - 1);

	for (size_t i = 0; i < n; i++)
	{
		work[i].re = i < n_a ? a[i] : 0;
		work[i].im = i < n_b ? b[i] : 0;
	}
	if (!forward(work, n, roots, poll))
		return false;
	multiply(work, n);
	if (!backward(work, n, roots, poll))
		return false;
	for (size_t i = 0; i < n_a + n_b - 1; i++)
		product[i] = work[i].re / (double) n;
	return true;
}

bool
crm_convolve_direct(const double *a, size_t n_a, const double *b, size_t n_b,
					double *product, const CrmPoll *poll)
{
	size_t		done = 0;

	for (size_t i = 0; i < n_a + n_b - 1; i++)
		product[i] = 0;
	for (size_t i = 0; i < n_a; i++)
	{
		double		f = a[i];

		if (f == 0)
			continue;
		for (size_t j = 0; j < n_b; j++)
			product[i + j] += f * b[j];
		done += n_b;
		if (done >= STEP)
		{
			done = 0;
			if (crm_poll_stop(poll))
				return false;
		}
	}
	return true;
}
