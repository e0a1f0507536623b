/*
 * bytes_test.c
 *		Cursors over bytes: order, bounds, counting.
 */
#include "unit.h"

#include "bytes.h"
#include "wide.h"

static void
test_round_trip(void)
{
	uint8_t		data[31];
	CrmWriter	w = crm_writer(data, sizeof data);
	CrmReader	r;

	crm_put_u8(&w, 0xAB);
	crm_put_u16(&w, 0x0102);
	crm_put_u32(&w, 0x03040506);
	crm_put_u64(&w, UINT64_MAX);
	crm_put_i64(&w, INT64_MIN);
	crm_put_f64(&w, -1.5);
	CHECK(!w.failed);
	CHECK_INT(w.at, 31);
	CHECK_BYTES(data, 7, "\xAB\x01\x02\x03\x04\x05\x06", 7);
	r = crm_reader(data, sizeof data);
	CHECK_INT(crm_get_u8(&r), 0xAB);
	CHECK_INT(crm_get_u16(&r), 0x0102);
	CHECK_INT(crm_get_u32(&r), 0x03040506);
	CHECK(crm_get_u64(&r) == UINT64_MAX);
	CHECK(crm_get_i64(&r) == INT64_MIN);
	CHECK(crm_get_f64(&r) == -1.5);
	CHECK(crm_reader_done(&r));
}

static void
test_bounds(void)
{
	uint8_t		data[3] = {1, 2, 3};
	CrmReader	r = crm_reader(data, 3);
	CrmWriter	w = crm_writer(data, 3);

	CHECK_INT(crm_get_u32(&r), 0);
	CHECK(r.failed);
	CHECK_INT(crm_get_u8(&r), 0);
	CHECK(!crm_reader_done(&r));
	r = crm_reader(data, 3);
	CHECK(crm_get_bytes(&r, SIZE_MAX) == NULL);
	r = crm_reader(data, 3);
	(void) crm_get_u16(&r);
	CHECK(!crm_reader_done(&r));
	crm_put_u32(&w, 7);
	CHECK(w.failed);
	crm_put_u8(&w, 7);
	CHECK_INT(data[0], 1);
	w = crm_writer(NULL, 0);
	crm_put_bytes(&w, data, 3);
	crm_put_u64(&w, 0);
	CHECK_INT(w.at, 11);
	crm_put_bytes(&w, data, SIZE_MAX);
	CHECK(w.failed);
}

static void
test_negative_zero(void)
{
	uint8_t		data[8];
	CrmWriter	w = crm_writer(data, 8);

	crm_put_f64(&w, -0.0);
	CHECK_BYTES(data, 8, "\0\0\0\0\0\0\0\0", 8);
}

/* Products worked by hand: (2^64 - 1)^2 = 2^128 - 2^65 + 1. */
static void
test_wide(void)
{
	CrmWide		w = crm_wide_product(UINT64_MAX, UINT64_MAX);
	CrmWide		v = crm_wide_product(UINT64_C(1) << 40, UINT64_C(1) << 40);

	CHECK(w.high == UINT64_MAX - 1 && w.low == 1);
	CHECK(v.high == UINT64_C(1) << 16 && v.low == 0);
	CHECK(crm_wide_compare(v, w) < 0);
	CHECK(crm_wide_compare(w, v) > 0);
	CHECK(crm_wide_compare(w, w) == 0);
	CHECK(crm_wide_shift_round(v, 16) == 0);
	CHECK(crm_wide_shift_round(v, 17) == UINT64_C(1) << 63);
	CHECK(crm_wide_shift_round(v, 80) == 1);
	CHECK(crm_wide_shift_round(v, 81) == 1);
	CHECK(crm_wide_shift_round(v, 82) == 0);
	CHECK(crm_wide_shift_round(v, 64) == UINT64_C(1) << 16);
	CHECK(crm_wide_shift_round(w, 128) == 1);
	CHECK(crm_wide_shift_round(w, 129) == 0);
	w.high = 0;
	w.low = 5;
	CHECK(crm_wide_shift_round(w, 0) == 5);
	CHECK(crm_wide_shift_round(w, 1) == 3);
	CHECK(crm_wide_shift_round(w, 2) == 1);
}

/* Short texts of one length have words of their own. */
static void
test_tail_word(void)
{
	char		text[9] = "abcdefgh";
	int			wrong = 0;

	for (size_t n = 1; n <= CRM_TAIL_EXACT; n++)
		for (size_t i = 0; i < n; i++)
		{
			uint64_t	word = crm_tail_word(text, n);

			text[i]++;
			wrong += crm_tail_word(text, n) == word;
			text[i]--;
		}
	CHECK_INT(wrong, 0);
	CHECK(crm_tail_word(text, 8) != crm_tail_word(text + 1, 7));
	CHECK(crm_tail_word(text, 0) == 0);
	CHECK(crm_tail_slot(crm_tail_word(text, 8), 6) < 64);
}

int
main(void)
{
	test_round_trip();
	test_bounds();
	test_negative_zero();
	test_wide();
	test_tail_word();
	return unit_done();
}
