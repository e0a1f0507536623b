/*
 * duration.c
 *		Durations counted in log-spaced buckets, and exact 128-bit sums.
 */
#include "duration.h"

int64_t
crm_bucket_duration(int32_t bucket)
{
	uint64_t	b = (uint64_t) (bucket < 0 ? -bucket : bucket);
	uint64_t	octave = b < 128 ? 0 : b / 64 - 1;
	uint64_t	v = (b - octave * 64) << octave;

	v += ((UINT64_C(1) << octave) - 1) / 2;
	return bucket < 0 ? -(int64_t) v : (int64_t) v;
}

double
crm_bucket_quantile(const CrmBucket *buckets, size_t n, double p)
{
	uint64_t	total = 0;
	uint64_t	seen = 0;
	double		position;
	uint64_t	below;
	size_t		i = 0;
	double		low;
	double		fraction;

	for (size_t k = 0; k < n; k++)
		total += buckets[k].count;
	position = p * (double) (total - 1);
	below = (uint64_t) position;
	fraction = position - (double) below;
	while (seen + buckets[i].count <= below && i + 1 < n)
		seen += buckets[i++].count;
	low = (double) crm_bucket_duration(buckets[i].bucket);
	if (fraction == 0 || below + 1 < seen + buckets[i].count || i + 1 == n)
		return low;
	return low + fraction *
		((double) crm_bucket_duration(buckets[i + 1].bucket) - low);
}

static CrmInt128
negate(CrmInt128 v)
{
	v.lo = ~v.lo + 1;
	v.hi = (int64_t) (~(uint64_t) v.hi + (v.lo == 0));
	return v;
}

size_t
crm_int128_text(CrmInt128 v, char *text)
{
	char		digits[CRM_INT128_TEXT_SIZE];
	size_t		n = 0;
	size_t		len = 0;
	uint32_t	limb[4];

	if (v.hi < 0)
	{
		text[len++] = '-';
		v = negate(v);
	}
	limb[0] = (uint32_t) ((uint64_t) v.hi >> 32);
	limb[1] = (uint32_t) v.hi;
	limb[2] = (uint32_t) (v.lo >> 32);
	limb[3] = (uint32_t) v.lo;
	do
	{
		uint64_t	rest = 0;

		for (int i = 0; i < 4; i++)
		{
			rest = rest << 32 | limb[i];
			limb[i] = (uint32_t) (rest / 10);
			rest %= 10;
		}
		digits[n++] = (char) ('0' + rest);
	} while ((limb[0] | limb[1] | limb[2] | limb[3]) != 0);
	while (n > 0)
		text[len++] = digits[--n];
	return len;
}

/* Accepts exactly what the printer gives. */
bool
crm_int128_parse(const char *text, size_t len, CrmInt128 *v)
{
	bool		negative = len > 0 && text[0] == '-';
	size_t		first = negative ? 1 : 0;
	uint32_t	limb[4] = {0};
	CrmInt128	w;

	if (len == first || len - first > 39 ||
		(text[first] == '0' && (negative || len > 1)))
		return false;
	for (size_t i = first; i < len; i++)
	{
		uint64_t	carry;

		if (text[i] < '0' || text[i] > '9')
			return false;
		carry = (uint64_t) (text[i] - '0');
		for (int k = 3; k >= 0; k--)
		{
			carry += (uint64_t) limb[k] * 10;
			limb[k] = (uint32_t) carry;
			carry >>= 32;
		}
		if (carry != 0)
			return false;
	}
	if ((limb[0] & UINT32_C(0x80000000)) != 0)
		return false;
	w.hi = (int64_t) ((uint64_t) limb[0] << 32 | limb[1]);
	w.lo = (uint64_t) limb[2] << 32 | limb[3];
	*v = negative ? negate(w) : w;
	return true;
}

double
crm_int128_double(CrmInt128 v)
{
	/* the low word of a small negative number is near 2^64: no digit is lost */
	if (v.hi < 0)
		return -((double) (~(uint64_t) v.hi + (v.lo == 0)) *
				 18446744073709551616.0 + (double) (~v.lo + 1));
	return (double) v.hi * 18446744073709551616.0 + (double) v.lo;
}
