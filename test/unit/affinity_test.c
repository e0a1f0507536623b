/*
 * affinity_test.c
 *		Affinities without a server: order, bytes, text, merging, damage.
 */
#include "affinity.h"

#include <stdlib.h>

#include "rng.h"
#include "unit.h"

#define PRODUCTS 12
#define MAX_PAIRS (PRODUCTS * (PRODUCTS - 1) / 2)
#define CUSTOMERS 40

static const char *const names[PRODUCTS] = {
	"tea", "bread", "butter", "äpfel", "jam", "b", "soap", "a b", "z", "zz",
	"milk", "rice"
};

typedef struct Value
{
	CrmAffinity a;
	CrmProduct	products[2 * PRODUCTS];
	CrmPair		pairs[2 * MAX_PAIRS];
} Value;

static void
clear(Value *v)
{
	memset(v, 0, sizeof *v);
	v->a.min_support = 1;
	v->a.products = v->products;
	v->a.pairs = v->pairs;
}

/* Counts of the customers whose has[] is from this part; part < 0: of all. */
static void
count(bool has[CUSTOMERS][PRODUCTS], const int *part_of, int part, Value *v)
{
	uint32_t	rank[PRODUCTS];
	uint32_t	code[PRODUCTS];

	clear(v);
	for (int p = 0; p < PRODUCTS; p++)
	{
		uint64_t	n = 0;

		for (int c = 0; c < CUSTOMERS; c++)
			n += has[c][p] && (part < 0 || part_of[c] == part);
		code[p] = v->a.n_products;
		if (n == 0)
			continue;
		v->products[v->a.n_products].name.data = names[p];
		v->products[v->a.n_products].name.len = strlen(names[p]);
		v->products[v->a.n_products].n = n;
		v->products[v->a.n_products].code = v->a.n_products;
		v->a.n_products++;
	}
	for (int c = 0; c < CUSTOMERS; c++)
		v->a.baskets += part < 0 || part_of[c] == part;
	for (int p = 0; p < PRODUCTS; p++)
		for (int q = 0; q < p; q++)
		{
			uint64_t	n = 0;

			for (int c = 0; c < CUSTOMERS; c++)
				n += has[c][p] && has[c][q] && (part < 0 || part_of[c] == part);
			if (n == 0)
				continue;
			v->pairs[v->a.n_pairs].a = code[p];
			v->pairs[v->a.n_pairs].b = code[q];
			v->pairs[v->a.n_pairs++].n = n;
		}
	crm_affinity_sort(&v->a, rank, NULL);
}

static size_t
encode(const CrmAffinity *a, uint8_t *bytes, size_t size)
{
	CrmWriter	w = crm_writer(bytes, size);

	crm_affinity_encode(a, &w, NULL);
	CHECK_NAMED(!w.failed && w.at == crm_affinity_size(a), "as many bytes as announced");
	return w.at;
}

static void
check_round_trip(const CrmAffinity *a)
{
	static uint8_t bytes[8192];
	static uint8_t again[8192];
	static char text[16384];
	static char scratch[16384];
	static Value back;
	size_t		size = encode(a, bytes, sizeof bytes);
	CrmJsonWriter w = crm_json_writer(text, sizeof text);
	CrmJsonReader r;
	CrmError	error;
	uint32_t	rank[PRODUCTS];
	bool		refused = true;

	clear(&back);
	CHECK(crm_affinity_decode_sizes(bytes, size, &back.a, &error));
	CHECK(crm_affinity_decode(bytes, size, true, &back.a, NULL, &error));
	CHECK_BYTES(again, encode(&back.a, again, sizeof again), bytes, size);
	crm_affinity_print(&w, a);
	r = crm_json_reader(text, w.out.at, true);
	clear(&back);
	CHECK(crm_affinity_parse(&r, scratch, PRODUCTS, &back.a, &error) ||
		  a->n_pairs > PRODUCTS);
	r = crm_json_reader(text, w.out.at, true);
	CHECK(crm_affinity_parse(&r, scratch, 2 * MAX_PAIRS, &back.a, &error));
	crm_affinity_sort(&back.a, rank, NULL);
	CHECK(crm_affinity_check(&back.a, NULL, &error));
	CHECK_BYTES(again, encode(&back.a, again, sizeof again), bytes, size);
	CHECK(crm_affinity_text_room(w.out.at) >= a->n_pairs + a->n_products);
	for (size_t n = 0; n < size; n++)
	{
		clear(&back);
		refused = refused &&
			!(crm_affinity_decode_sizes(bytes, n, &back.a, &error) &&
			  crm_affinity_decode(bytes, n, true, &back.a, NULL, &error));
	}
	CHECK_NAMED(refused, "no shortened value is accepted");
}

static void
check_impossible(void)
{
	static Value v;
	CrmError	error;
	CrmPair		bad[] = {{0, 1, 3}, {1, 0, 2}, {0, 2, 1}, {0, 1, 0}, {0, 0, 1}};

	clear(&v);
	v.a.baskets = 4;
	v.a.n_products = 2;
	v.a.n_pairs = 1;
	for (int i = 0; i < 2; i++)
	{
		v.products[i].name.data = i == 0 ? "a" : "b";
		v.products[i].name.len = 1;
		v.products[i].n = 2 + (uint64_t) i;
	}
	v.pairs[0].a = 0;
	v.pairs[0].b = 1;
	v.pairs[0].n = 2;
	CHECK(crm_affinity_check(&v.a, NULL, &error));
	v.pairs[0].n = 1;			/* 2 + 3 - 4: the least */
	CHECK(crm_affinity_check(&v.a, NULL, &error));
	v.a.min_support = 2;
	CHECK(!crm_affinity_check(&v.a, NULL, &error));
	v.a.min_support = 1;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
	{
		v.pairs[0] = bad[i];
		CHECK(!crm_affinity_check(&v.a, NULL, &error));
	}
	v.a.n_pairs = 0;
	v.products[1].n = 5;
	CHECK(!crm_affinity_check(&v.a, NULL, &error));
	v.products[1].n = 1;
	v.products[1].name.data = "a";
	CHECK(!crm_affinity_check(&v.a, NULL, &error));
}

int
main(void)
{
	CrmRng		rng = {3};
	static Value whole;
	static Value part[2];
	static Value sum;
	static uint8_t want[8192];
	static uint8_t have[8192];

	for (int round = 0; round < 20; round++)
	{
		bool		has[CUSTOMERS][PRODUCTS];
		int			part_of[CUSTOMERS];
		CrmError	error;
		CrmText		name = {"jam", 3};
		uint32_t	found;

		for (int c = 0; c < CUSTOMERS; c++)
		{
			part_of[c] = (int) crm_rng_below(&rng, 2);
			for (int p = 0; p < PRODUCTS; p++)
				has[c][p] = crm_rng_below(&rng, 12) < 2;
		}
		count(has, part_of, -1, &whole);
		count(has, part_of, 0, &part[0]);
		count(has, part_of, 1, &part[1]);
		CHECK(crm_affinity_check(&whole.a, NULL, &error));
		clear(&sum);
		CHECK(crm_affinity_merge(&part[1].a, &part[0].a, &sum.a, NULL, &error));
		CHECK_BYTES(have, encode(&sum.a, have, sizeof have), want,
					encode(&whole.a, want, sizeof want));
		check_round_trip(&whole.a);
		found = crm_affinity_find(&whole.a, name);
		CHECK(found == whole.a.n_products ||
			  memcmp(whole.products[found].name.data, "jam", 3) == 0);
	}
	check_impossible();
	return unit_done();
}
