/*
 * digest_test.c
 *		Unit tests of core/digest.
 *
 * Expected: hashlib.blake2b(bytes((31 * i + k) % 256 for i in range(n)),
 * digest_size=16) of Python 3.11, around and beyond a block's 128 bytes.
 */
#include "digest.h"

#include "unit.h"

static void
check(int n, int k, const char *want)
{
	uint8_t		data[1000];
	uint8_t		digest[CRM_DIGEST_BYTES];
	char		text[2 * CRM_DIGEST_BYTES + 1];

	for (int i = 0; i < n; i++)
		data[i] = (uint8_t) (31 * i + k);
	crm_digest(data, (size_t) n, digest);
	for (int i = 0; i < CRM_DIGEST_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	CHECK_BYTES(text, sizeof text - 1, want, strlen(want));
}

int
main(void)
{
	check(0, 0, "cae66941d9efbd404e4d88758ea67670");
	check(1, 97, "27c35e6e9373877f29e562464e46497e");
	check(127, 14, "a144673577444b8366793673196d4f1f");
	check(128, 21, "fb3fcfb504621cb3a0365ebf9ff4a920");
	check(129, 28, "0530f11a802b07de3605330d8ed46ef2");
	check(256, 35, "9c7062ee61bde87ab7af0fbc4b8f3690");
	check(257, 1, "ee013a16cb5dec5e2035ed326fdfc6af");
	check(1000, 42, "3ee7d411a6ed57bc3f17d5cd6b885ed2");
	return unit_done();
}
