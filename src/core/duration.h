/*
 * duration.h
 *		Durations counted in log-spaced buckets, and exact 128-bit sums.
 *
 * Both are integers, so merging them in any order gives the same bytes.  A
 * bucket is 1/64 of an octave wide at most, so its representative is within
 * 0.8 % of every duration in it; durations below 128 microseconds are exact
 * and 0 has a bucket of its own.  Negative durations mirror the positive.
 */
#ifndef CRM_DURATION_H
#define CRM_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Buckets are -CRM_BUCKET_MAX .. CRM_BUCKET_MAX. */
#define CRM_BUCKET_MAX (64 * 57 + 63)

/* Two's complement, hi * 2^64 + lo. */
typedef struct CrmInt128
{
	int64_t		hi;
	uint64_t	lo;
} CrmInt128;

typedef struct CrmBucket
{
	int32_t		bucket;
	uint64_t	count;
} CrmBucket;

/* False where the sum does not fit; it is then worthless. */
static inline bool
crm_int128_add(CrmInt128 *sum, CrmInt128 v)
{
	bool		negative = sum->hi < 0;

	sum->lo += v.lo;
	sum->hi = (int64_t) ((uint64_t) sum->hi + (uint64_t) v.hi +
						 (sum->lo < v.lo));
	return negative != (v.hi < 0) || negative == (sum->hi < 0);
}

static inline CrmInt128
crm_int128(int64_t v)
{
	CrmInt128	w = {v < 0 ? -1 : 0, (uint64_t) v};

	return w;
}

/* The bucket of a duration in microseconds. */
static inline int32_t
crm_duration_bucket(int64_t d)
{
	uint64_t	v = d < 0 ? -(uint64_t) d : (uint64_t) d;
	int32_t		octave = 0;

	if (v > INT64_MAX)
		v = INT64_MAX;
#ifdef __GNUC__
	if (v >= 128)
		octave = 57 - __builtin_clzll(v);
#else
	while (v >> octave >= 128)
		octave++;
#endif
	v = (uint64_t) octave * 64 + (v >> octave);
	return d < 0 ? -(int32_t) v : (int32_t) v;
}

/* Its representative, the middle of the bucket, in microseconds. */
extern int64_t crm_bucket_duration(int32_t bucket);

/*
 * The quantile p of the counted durations, interpolated between their
 * representatives as percentile_cont does; buckets ascend, n > 0.
 */
extern double crm_bucket_quantile(const CrmBucket *buckets, size_t n,
								  double p);

/* Decimal text of a sum, not terminated; returns the length. */
#define CRM_INT128_TEXT_SIZE 40
extern size_t crm_int128_text(CrmInt128 v, char *text);
extern bool crm_int128_parse(const char *text, size_t len, CrmInt128 *v);

extern double crm_int128_double(CrmInt128 v);

#endif
