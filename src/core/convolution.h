/*
 * convolution.h
 *		The product of two real sequences, directly or by Fourier transform.
 *
 * The transform works in place on complex numbers whose frequencies come out
 * in bit-reversed order, which a product does not mind.  Its error is absolute:
 * about 1e-16 of the largest element, so small elements beside large ones have
 * no correct digits.  The direct product of non-negative sequences is exact to
 * rounding in each element.
 */
#ifndef CRM_CONVOLUTION_H
#define CRM_CONVOLUTION_H

#include <stddef.h>

#include "poll.h"

typedef struct CrmComplex
{
	double		re;
	double		im;
} CrmComplex;

/* The length of the transform that a product of so many elements takes. */
extern size_t crm_transform_length(size_t elements);

/*
 * Roots of unity for transforms of up to this length, half as many; those for
 * transforms of the length "have" (0: none) are there already.
 */
extern void crm_transform_roots(CrmComplex *roots, size_t have,
								size_t length);

/*
 * product = a * b, of n_a + n_b - 1 elements; it may be a or b.  "work" has
 * crm_transform_length(n_a + n_b - 1) elements.  False: stopped.
 */
extern bool crm_convolve_transform(const double *a, size_t n_a,
								   const double *b, size_t n_b,
								   double *product, const CrmComplex *roots,
								   CrmComplex *work, const CrmPoll *poll);

/* Likewise without a transform; product is neither a nor b. */
extern bool crm_convolve_direct(const double *a, size_t n_a,
								const double *b, size_t n_b,
								double *product, const CrmPoll *poll);

#endif
