/*
 * digest.c
 *		BLAKE2b (RFC 7693; Aumasson et al., 2013), in the RFC's symbols.
 *
 * Digests are stored: what this gives for some bytes must never change.
 */
#include "digest.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK_BYTES 128
#define ROUNDS 12

static const uint64_t iv[8] = {
	UINT64_C(0x6A09E667F3BCC908), UINT64_C(0xBB67AE8584CAA73B),
	UINT64_C(0x3C6EF372FE94F82B), UINT64_C(0xA54FF53A5F1D36F1),
	UINT64_C(0x510E527FADE682D1), UINT64_C(0x9B05688C2B3E6C1F),
	UINT64_C(0x1F83D9ABFB41BD6B), UINT64_C(0x5BE0CD19137E2179)
};

/* Rounds 10 and 11 are 0 and 1 again. */
static const uint8_t sigma[10][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}
};

/* Little-endian, as the RFC has it. */
static inline uint64_t
load(const uint8_t *p)
{
	uint64_t	v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static inline uint64_t
rotate(uint64_t x, int bits)
{
	return x >> bits | x << (64 - bits);
}

static inline void
mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

/* The function F; t counts the bytes to the end of this block. */
static void
compress(uint64_t h[8], const uint8_t *block, uint64_t t, bool last)
{
	uint64_t	v[16];
	uint64_t	m[16];

	for (int i = 0; i < 16; i++)
		m[i] = load(block + 8 * i);
	memcpy(v, h, 8 * sizeof *v);
	memcpy(v + 8, iv, sizeof iv);
	v[12] ^= t;
	if (last)
		v[14] = ~v[14];
	for (int r = 0; r < ROUNDS; r++)
	{
		const uint8_t *s = sigma[r % 10];

		mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
		mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
		mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
		mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
		mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
		mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
		mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
		mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
	}
	for (int i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

void
crm_digest(const uint8_t *data, size_t length,
		   uint8_t digest[CRM_DIGEST_BYTES])
{
	uint64_t	h[8];
	uint8_t		rest[BLOCK_BYTES] = {0};
	size_t		at = 0;

	memcpy(h, iv, sizeof h);
	h[0] ^= 0x01010000 ^ CRM_DIGEST_BYTES;
	for (; length - at > BLOCK_BYTES; at += BLOCK_BYTES)
		compress(h, data + at, at + BLOCK_BYTES, false);
	if (length > at)
		memcpy(rest, data + at, length - at);
	compress(h, rest, length, true);
	for (int i = 0; i < CRM_DIGEST_BYTES; i++)
		digest[i] = (uint8_t) (h[i / 8] >> 8 * (i % 8));
}
