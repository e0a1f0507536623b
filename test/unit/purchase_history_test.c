/*
 * purchase_history_test.c
 *		Purchase histories without a server: merging, bytes, the pattern.
 *
 * Random customers with few days, so that days repeat; fixed seed.
 */
#include "purchase_history.h"

#include <stdlib.h>

#include "unit.h"

#define USECS_PER_DAY INT64_C(86400000000)

static uint64_t seed = 19970101;

static uint32_t
draw(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (seed >> 33) % n;
}

static CrmPurchaseState *
new_state(uint32_t room)
{
	CrmPurchaseState *s = malloc(crm_purchases_state_size(room));

	s->varlena = 0;
	crm_purchases_state_init(s, room);
	return s;
}

typedef struct Bytes
{
	uint8_t		data[1024];
	size_t		size;
} Bytes;

static Bytes
encode(CrmPurchaseState *s)
{
	Bytes		b;
	CrmWriter	w = crm_writer(b.data, sizeof b.data);

	CHECK_NAMED(crm_purchases_state_tidy(s, NULL), "tidy");
	crm_purchases_encode(s->days, s->n, &w);
	b.size = w.at;
	return b;
}

static CrmPurchase
random_purchase(void)
{
	CrmPurchase p = {(int32_t) draw(20) * 50 - 400, draw(5) > 0, {0, 0}};

	if (p.priced)
		p.sum = crm_int128(((int64_t) draw(2000) - 1000) *
						   (draw(8) == 0 ? INT64_C(4000000000000000) : 1));
	return p;
}

/* Any split, each part encoded and read back, gives the bytes of the whole. */
static void
test_merging(void)
{
	int			different = 0;

	for (int k = 0; k < 2000; k++)
	{
		uint32_t	n = draw(30);
		uint32_t	parts = 1 + draw(4);
		CrmPurchase all[30];
		CrmPurchaseState *whole = new_state(30);
		CrmPurchaseState *merged = new_state(120);
		CrmWriter	w;
		uint8_t		a[1024];
		uint8_t		b[1024];
		size_t		a_size;

		for (uint32_t i = 0; i < n; i++)
		{
			all[i] = random_purchase();
			different += !crm_purchases_state_add(whole, &all[i]);
		}
		for (uint32_t part = parts; part-- > 0;)
		{
			CrmPurchaseState *s = new_state(30);
			CrmPurchaseHistory h;
			CrmPurchaseCursor c;
			CrmPurchase p;
			CrmError	error;

			for (uint32_t i = part; i < n; i += parts)
				crm_purchases_state_add(s, &all[i]);
			crm_purchases_state_tidy(s, NULL);
			w = crm_writer(a, sizeof a);
			crm_purchases_encode(s->days, s->n, &w);
			different += w.failed ||
				!crm_purchases_decode(a, w.at, &h, &error);
			c = crm_purchases_cursor(&h);
			while (crm_purchases_next(&c, &p))
				crm_purchases_state_add(merged, &p);
			free(s);
		}
		crm_purchases_state_tidy(whole, NULL);
		crm_purchases_state_tidy(merged, NULL);
		w = crm_writer(a, sizeof a);
		crm_purchases_encode(whole->days, whole->n, &w);
		a_size = w.at;
		w = crm_writer(b, sizeof b);
		crm_purchases_encode(merged->days, merged->n, &w);
		different += w.failed || w.at != a_size || memcmp(a, b, a_size) != 0;
		free(whole);
		free(merged);
	}
	CHECK_INT(different, 0);
}

static CrmPurchaseHistory
history(Bytes *b, const CrmPurchase *p, uint32_t n)
{
	CrmPurchaseState *s = new_state(n + 1);
	CrmPurchaseHistory h;
	CrmError	error;

	for (uint32_t i = 0; i < n; i++)
		crm_purchases_state_add(s, &p[i]);
	*b = encode(s);
	free(s);
	CHECK_NAMED(crm_purchases_decode(b->data, b->size, &h, &error), "decode");
	return h;
}

/* Each number in its fewest bytes: sizes worked by hand. */
static void
test_bytes(void)
{
	static const struct
	{
		CrmInt128	sum;
		size_t		bytes;
	}			sums[] = {
		{{0, 0}, 1}, {{0, 127}, 1}, {{0, 128}, 2}, {{-1, UINT64_MAX}, 1},
		{{-1, (uint64_t) -128}, 1}, {{-1, (uint64_t) -129}, 2},
		{{0, INT64_MAX}, 8}, {{0, UINT64_MAX}, 9}, {{-1, 0}, 9},
		{{INT64_MAX, UINT64_MAX}, 16}, {{INT64_MIN, 1}, 16}
	};

	for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
	{
		CrmPurchase p = {-1095, 1, sums[i].sum};
		CrmPurchaseCursor c;
		CrmPurchase q;
		Bytes		b;
		CrmPurchaseHistory h = history(&b, &p, 1);

		CHECK_INT(b.size, 1 + 4 + 4 + 1 + sums[i].bytes);
		c = crm_purchases_cursor(&h);
		CHECK(crm_purchases_next(&c, &q));
		CHECK(q.day == p.day && q.priced && q.sum.hi == p.sum.hi &&
			  q.sum.lo == p.sum.lo);
		CHECK(!crm_purchases_next(&c, &q));
	}
}

/* Bytes that print alike but are longer, or that no writer makes. */
static void
test_refused(void)
{
	static const struct
	{
		const char *why;
		size_t		size;
		uint8_t		bytes[32];
	}			cases[] = {
		{"no format", 0, {0}},
		{"format 2", 5, {2}},
		{"too many", 5, {1, 0, 16, 0, 1}},
		{"too short", 8, {1, 0, 0, 0, 1, 0, 0, 0}},
		{"a byte more", 11, {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}},
		{"the sum in two bytes", 12, {1, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 5}},
		{"a negative sum in two bytes", 12, {1, 0, 0, 0, 1, 0, 0, 0, 0, 2, 255, 251}},
		{"17 bytes of sum", 27, {1, 0, 0, 0, 1, 0, 0, 0, 0, 17, 1}},
		{"the same day again", 12, {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}},
		{"days in two bytes", 13, {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 129, 0, 0}},
		{"day out of range", 10, {1, 0, 0, 0, 1, 128, 0, 0, 0, 0}},
		{"day after the last", 16, {1, 0, 0, 0, 2, 127, 0, 0, 0, 0, 255, 255, 255, 255, 7, 0}},
		{"the least sum", 26, {1, 0, 0, 0, 1, 0, 0, 0, 0, 16, 128}}
	};
	CrmPurchaseHistory h;
	CrmError	error;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_NAMED(!crm_purchases_decode(cases[i].bytes, cases[i].size, &h,
										  &error), cases[i].why);
}

/*
 * Customer 1 of the CDNOW sample: purchases on 1997-01-01, 01-18 and 08-02,
 * of 29.33, 29.73 and 14.96; observed until 1997-09-30: (2, 30.43, 38.86, 22.35)
 * in weeks (Fader, Hardie and Lee 2005).
 */
static void
test_pattern(void)
{
	CrmPurchase p[] = {{-1095, 1, {0, 293300}}, {-1078, 1, {0, 297300}},
	{-882, 1, {0, 149600}}};
	Bytes		b;
	CrmPurchaseHistory h = history(&b, p, 3);
	CrmRfm		r;
	bool		none;
	CrmError	error;

	CHECK(crm_purchases_rfm(&h, -823, 7 * USECS_PER_DAY, &r, &none, &error));
	CHECK(!none);
	CHECK_INT(r.frequency, 2);
	CHECK_NEAR(r.recency, 213 / 7.0, 0);
	CHECK_NEAR(r.age, 272 / 7.0, 0);
	CHECK_INT(r.spend, 297300 + 149600);
	CHECK_INT(r.priced, 2);
	CHECK_NEAR(crm_rfm_monetary_value(&r), 22.345, 1e-12);
	CHECK_INT(r.until, -823);
	CHECK(r.unit == 7 * USECS_PER_DAY);
	CHECK(crm_purchases_rfm(&h, -883, USECS_PER_DAY, &r, &none, &error));
	CHECK_INT(r.frequency, 1);
	CHECK_NEAR(r.recency, 17, 0);
	CHECK_NEAR(r.age, 212, 0);
	CHECK(crm_purchases_rfm(&h, -1096, USECS_PER_DAY, &r, &none, &error));
	CHECK(none);
}

static void
test_overflow(void)
{
	CrmPurchase p = {0, 1, {INT64_MAX, UINT64_MAX}};
	CrmPurchase q = {0, 1, {-1, UINT64_MAX}};
	CrmPurchase least = {0, 1, {INT64_MIN, 1}};
	CrmPurchase one = {0, 1, {0, 1}};
	CrmPurchase large[] = {{0, 0, {0, 0}}, {1, 1, {0, INT64_MAX}}, {2, 1, {0, 1}}};
	Bytes		b;
	CrmPurchaseHistory h = history(&b, large, 3);
	CrmRfm		r;
	bool		none;
	CrmError	error;

	CHECK(!crm_purchase_add(&p, &one));
	CHECK(p.sum.hi == INT64_MAX);
	CHECK(crm_purchase_add(&p, &q));
	CHECK(!crm_purchase_add(&least, &q));
	CHECK(!crm_purchases_rfm(&h, 2, USECS_PER_DAY, &r, &none, &error));
	CHECK_INT(error.kind, CRM_ERROR_RANGE);
	CHECK(crm_purchases_rfm(&h, 1, USECS_PER_DAY, &r, &none, &error));
	CHECK(r.spend == INT64_MAX);
}

int
main(void)
{
	test_merging();
	test_bytes();
	test_refused();
	test_pattern();
	test_overflow();
	return unit_done();
}
