/*
 * rng.h
 *		The random numbers of training, as a struct passed in.
 *
 * splitmix64 (Steele, Lea and Flood 2014): any seed is good, and a stream of
 * its own for a tree or a node is one crm_rng_mix away.
 */
#ifndef CRM_RNG_H
#define CRM_RNG_H

#include <stdint.h>

typedef struct CrmRng
{
	uint64_t	state;
} CrmRng;

/* A seed from two numbers. */
static inline uint64_t
crm_rng_mix(uint64_t a, uint64_t b)
{
	uint64_t	z = a + UINT64_C(0x9e3779b97f4a7c15) * (b + 1);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t
crm_rng_next(CrmRng *rng)
{
	rng->state += UINT64_C(0x9e3779b97f4a7c15);
	return crm_rng_mix(rng->state, 0);
}

/* In [0, 1), 53 bits. */
static inline double
crm_rng_unit(CrmRng *rng)
{
	return (double) (crm_rng_next(rng) >> 11) * (1.0 / 9007199254740992.0);
}

/* In 0 .. n - 1, n > 0; the bias is below n / 2^32. */
static inline uint32_t
crm_rng_below(CrmRng *rng, uint32_t n)
{
	return (uint32_t) ((crm_rng_next(rng) >> 32) * n >> 32);
}

#endif
