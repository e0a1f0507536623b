/*
 * affinity_fuzz.c
 *		Binary and text input of affinity: what is accepted comes back the same.
 */
#include "affinity.h"

#include "round_trip.h"

static void
make_room(CrmAffinity *a, size_t products, size_t pairs)
{
	a->products = malloc((products + 1) * sizeof(CrmProduct));
	a->pairs = malloc((pairs + 1) * sizeof(CrmPair));
}

static void
free_room(CrmAffinity *a)
{
	free(a->products);
	free(a->pairs);
}

/* Twice the value is its merge with itself, and as sound. */
static void
use(CrmAffinity *a)
{
	CrmAffinity copy = *a;
	CrmAffinity sum = {0};
	CrmError	error;

	if (a->min_support > 1 || a->baskets > INT64_MAX / 2)
		return;
	copy.products = malloc((a->n_products + 1) * sizeof(CrmProduct));
	memcpy(copy.products, a->products, a->n_products * sizeof(CrmProduct));
	make_room(&sum, 2 * (size_t) a->n_products, 2 * (size_t) a->n_pairs);
	DEMAND(crm_affinity_merge(a, &copy, &sum, NULL, &error));
	DEMAND(crm_affinity_check(&sum, NULL, &error));
	DEMAND(sum.n_pairs == a->n_pairs && sum.n_products == a->n_products);
	free_room(&sum);
	free(copy.products);
}

static void
decode(const uint8_t *data, size_t size)
{
	CrmAffinity a = {0};
	CrmError	error;

	if (!crm_affinity_decode_sizes(data, size, &a, &error))
		return;
	make_room(&a, a.n_products, a.n_pairs);
	if (crm_affinity_decode(data, size, true, &a, NULL, &error))
	{
		uint8_t    *bytes = malloc(size);
		CrmWriter	w = crm_writer(bytes, size);

		crm_affinity_encode(&a, &w, NULL);
		demand_equal(bytes, w.at, data, size);
		free(bytes);
		use(&a);
	}
	free_room(&a);
}

static void
parse(const char *text, size_t size)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	size_t		room = crm_affinity_text_room(size);
	char	   *scratch = malloc(size + 1);
	uint32_t   *rank = malloc((room + 1) * sizeof(uint32_t));
	CrmAffinity a = {0};
	CrmError	error;

	make_room(&a, room, room);
	if (crm_affinity_parse(&r, scratch, room, &a, &error))
	{
		crm_affinity_sort(&a, rank, NULL);
		if (crm_affinity_check(&a, NULL, &error))
		{
			CrmJsonWriter json = crm_json_writer(NULL, 0);

			crm_affinity_print(&json, &a);
			use(&a);
		}
	}
	free_room(&a);
	free(rank);
	free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(data, size);
	parse((const char *) data, size);
	return 0;
}
