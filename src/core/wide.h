/*
 * wide.h
 *		128-bit products of 64-bit unsigned integers, in plain C99.
 */
#ifndef CRM_WIDE_H
#define CRM_WIDE_H

#include <stdint.h>

typedef struct CrmWide
{
	uint64_t	high;
	uint64_t	low;
} CrmWide;

static inline CrmWide
crm_wide_product(uint64_t a, uint64_t b)
{
	uint64_t	a0 = a & UINT32_MAX;
	uint64_t	a1 = a >> 32;
	uint64_t	b0 = b & UINT32_MAX;
	uint64_t	b1 = b >> 32;
	uint64_t	low = a0 * b0;
	uint64_t	mid = a1 * b0 + (low >> 32);
	uint64_t	mid2 = a0 * b1 + (mid & UINT32_MAX);
	CrmWide		w;

	w.high = a1 * b1 + (mid >> 32) + (mid2 >> 32);
	w.low = mid2 << 32 | (low & UINT32_MAX);
	return w;
}

static inline int
crm_wide_compare(CrmWide a, CrmWide b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

/*
 * w / 2^shift rounded half up, for a quotient that is known to be below 2^64.
 */
static inline uint64_t
crm_wide_shift_round(CrmWide w, int shift)
{
	uint64_t	quotient;
	uint64_t	half;

	if (shift == 0)
		return w.low;
	if (shift > 128)
		return 0;
	half = shift <= 64 ? w.low >> (shift - 1) & 1 :
		w.high >> (shift - 65) & 1;
	if (shift < 64)
		quotient = w.high << (64 - shift) | w.low >> shift;
	else if (shift < 128)
		quotient = w.high >> (shift - 64);
	else
		quotient = 0;
	return quotient + half;
}

#endif
