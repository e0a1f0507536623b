/*
 * affinity.c
 *		Which products are bought by the same customers: bytes, text, merging.
 *
 * crm_affinity_check is the one rule for what a value may hold; binary input,
 * text input and stored bytes all end there.
 */
#include "affinity.h"

bool
crm_product_check(const char *name, size_t len, CrmError *error)
{
	if (len == 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A product must not be empty.", NULL);
	if (len > CRM_PRODUCT_MAX_BYTES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A product has at most 255 bytes.", NULL);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char) name[i] < 0x20 || name[i] == 0x7F)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A product must not contain control characters.",
							NULL);
	return true;
}

static int
compare_names(CrmText a, CrmText b)
{
	int			c = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool
too_large(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_LIMIT,
					"An affinity has at most 65536 products and 16777216 pairs.",
					"Give a minimum support, or group products.");
}

/*----------
 * The rule
 *----------
 */

static bool
impossible(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_VALUE,
					"A count is impossible beside the others.", NULL);
}

static bool
check_pair(const CrmAffinity *a, const CrmPair *p, CrmError *error)
{
	uint64_t	x;
	uint64_t	y;

	if (p->a >= p->b || p->b >= a->n_products)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A pair is not of two products in order.", NULL);
	x = a->products[p->a].n;
	y = a->products[p->b].n;
	/* at least x + y - baskets have both */
	if (p->n < a->min_support || p->n > x || p->n > y ||
		x - p->n > a->baskets - y)
		return impossible(error);
	return true;
}

bool
crm_affinity_check(const CrmAffinity *a, CrmPause pause, CrmError *error)
{
	if (a->min_support < 1)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The minimum support must be at least 1.", NULL);
	if (a->n_products > CRM_AFFINITY_MAX_PRODUCTS ||
		a->n_pairs > CRM_AFFINITY_MAX_PAIRS)
		return too_large(error);
	if (a->baskets > INT64_MAX)
		return impossible(error);
	for (uint32_t i = 0; i < a->n_products; i++)
	{
		const CrmProduct *p = &a->products[i];

		if (!crm_product_check(p->name.data, p->name.len, error))
			return false;
		if (p->n < a->min_support || p->n > a->baskets)
			return impossible(error);
		if (i > 0 && compare_names(p[-1].name, p->name) >= 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The products are not different and in order.",
							NULL);
	}
	for (uint32_t i = 0; i < a->n_pairs; i++)
	{
		const CrmPair *p = &a->pairs[i];

		crm_pause_at(pause, i);
		if (!check_pair(a, p, error))
			return false;
		if (i > 0 && (p->a < p[-1].a || (p->a == p[-1].a && p->b <= p[-1].b)))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The pairs are not different and in order.", NULL);
	}
	return true;
}

/*----------
 * Bytes
 *----------
 */

bool
crm_affinity_decode_sizes(const void *data, size_t size, CrmAffinity *a,
						  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	uint64_t	zeros = crm_get_uint(&r, 3);

	a->min_support = crm_get_u32(&r);
	a->baskets = crm_get_u64(&r);
	a->n_products = crm_get_u32(&r);
	a->n_pairs = crm_get_u32(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_AFFINITY_FORMAT || zeros != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (a->n_products > CRM_AFFINITY_MAX_PRODUCTS ||
		a->n_pairs > CRM_AFFINITY_MAX_PAIRS)
		return too_large(error);
	/* a product has at least 14 bytes, a pair 12 */
	if (a->n_products > (size - r.at) / 14 || a->n_pairs > (size - r.at) / 12)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	return true;
}

static void
get_products(CrmReader *r, CrmAffinity *a)
{
	for (uint32_t i = 0; i < a->n_products; i++)
	{
		CrmProduct *p = &a->products[i];

		p->name.len = crm_get_u8(r);
		p->name.data = (const char *) crm_get_bytes(r, p->name.len);
		p->n = crm_get_u64(r);
		p->code = i;
	}
}

/* False where the counts of pairs by product do not add up. */
static bool
get_pairs(CrmReader *r, CrmAffinity *a, CrmPause pause)
{
	CrmReader	first = *r;
	CrmPair    *pair = a->pairs;
	uint32_t	left = a->n_pairs;

	crm_get_bytes(r, (size_t) a->n_products * 4);
	for (uint32_t i = 0; i < a->n_products && !r->failed; i++)
	{
		uint32_t	n = crm_get_u32(&first);

		if (n > left)
			return false;
		left -= n;
		for (; n > 0; n--, pair++)
		{
			pair->a = i;
			pair->b = crm_get_u32(r);
			pair->n = crm_get_u64(r);
			crm_pause_at(pause, left + n);
		}
	}
	return left == 0 && crm_reader_done(r);
}

bool
crm_affinity_decode(const void *data, size_t size, bool ordered,
					CrmAffinity *a, CrmPause pause, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);

	crm_get_bytes(&r, CRM_AFFINITY_HEADER_SIZE);
	get_products(&r, a);
	if (r.failed || !get_pairs(&r, a, pause))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The size does not fit the counts.", NULL);
	return !ordered || crm_affinity_check(a, pause, error);
}

size_t
crm_affinity_size(const CrmAffinity *a)
{
	size_t		size = CRM_AFFINITY_HEADER_SIZE + (size_t) a->n_pairs * 12;

	for (uint32_t i = 0; i < a->n_products; i++)
		size += 1 + a->products[i].name.len + 8 + 4;
	return size;
}

void
crm_affinity_encode(const CrmAffinity *a, CrmWriter *w, CrmPause pause)
{
	uint32_t	next = 0;

	crm_put_u8(w, CRM_AFFINITY_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, a->min_support);
	crm_put_u64(w, a->baskets);
	crm_put_u32(w, a->n_products);
	crm_put_u32(w, a->n_pairs);
	for (uint32_t i = 0; i < a->n_products; i++)
	{
		crm_put_u8(w, (uint8_t) a->products[i].name.len);
		crm_put_bytes(w, a->products[i].name.data, a->products[i].name.len);
		crm_put_u64(w, a->products[i].n);
	}
	for (uint32_t i = 0; i < a->n_products; i++)
	{
		uint32_t	first = next;

		while (next < a->n_pairs && a->pairs[next].a == i)
			crm_pause_at(pause, next++);
		crm_put_u32(w, next - first);
	}
	for (uint32_t i = 0; i < a->n_pairs; i++)
	{
		crm_pause_at(pause, i);
		crm_put_u32(w, a->pairs[i].b);
		crm_put_u64(w, a->pairs[i].n);
	}
}

/*----------
 * Order
 *----------
 */

static bool
product_less(const void *data, size_t i, size_t j)
{
	const CrmProduct *p = data;

	return compare_names(p[i].name, p[j].name) < 0;
}

static void
product_swap(void *data, size_t i, size_t j)
{
	CrmProduct *p = data;
	CrmProduct	t = p[i];

	p[i] = p[j];
	p[j] = t;
}

static bool
pair_less(const void *data, size_t i, size_t j)
{
	const CrmPair *p = data;

	return p[i].a != p[j].a ? p[i].a < p[j].a : p[i].b < p[j].b;
}

static void
pair_swap(void *data, size_t i, size_t j)
{
	CrmPair    *p = data;
	CrmPair		t = p[i];

	p[i] = p[j];
	p[j] = t;
}

void
crm_affinity_sort(CrmAffinity *a, uint32_t *rank, CrmPause pause)
{
	crm_sort_pausing(a->products, a->n_products, product_less, product_swap,
					 pause);
	for (uint32_t i = 0; i < a->n_products; i++)
		rank[a->products[i].code] = i;
	for (uint32_t i = 0; i < a->n_pairs; i++)
	{
		CrmPair    *p = &a->pairs[i];

		/* codes beyond the products are for the check to find */
		if (p->a < a->n_products && p->b < a->n_products)
		{
			uint32_t	x = rank[p->a];
			uint32_t	y = rank[p->b];

			p->a = x < y ? x : y;
			p->b = x < y ? y : x;
		}
	}
	crm_sort_pausing(a->pairs, a->n_pairs, pair_less, pair_swap, pause);
}

uint32_t
crm_affinity_find(const CrmAffinity *a, CrmText name)
{
	uint32_t	low = 0;
	uint32_t	high = a->n_products;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;
		int			c = compare_names(a->products[mid].name, name);

		if (c == 0)
			return mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return a->n_products;
}

/*----------
 * Merging
 *----------
 */

/*
 * The union of the products; the codes of x and y become positions in it.
 * Positions map in order, so pairs stay in order.
 */
static void
merge_products(const CrmAffinity *x, const CrmAffinity *y, CrmAffinity *out)
{
	uint32_t	i = 0;
	uint32_t	j = 0;
	uint32_t	n = 0;

	while (i < x->n_products || j < y->n_products)
	{
		int			c = i == x->n_products ? 1 : j == y->n_products ? -1 :
		compare_names(x->products[i].name, y->products[j].name);
		CrmProduct *p = &out->products[n];

		*p = c <= 0 ? x->products[i] : y->products[j];
		if (c == 0)
			p->n += y->products[j].n;
		p->code = n;
		if (c <= 0)
			x->products[i++].code = n;
		if (c >= 0)
			y->products[j++].code = n;
		n++;
	}
	out->n_products = n;
}

bool
crm_affinity_merge(const CrmAffinity *x, const CrmAffinity *y,
				   CrmAffinity *out, CrmPause pause, CrmError *error)
{
	uint32_t	i = 0;
	uint32_t	j = 0;
	uint32_t	n = 0;

	if (y->baskets > INT64_MAX - x->baskets)
		return crm_fail(error, CRM_ERROR_RANGE,
						"The number of customers does not fit.", NULL);
	out->min_support = 1;
	out->baskets = x->baskets + y->baskets;
	merge_products(x, y, out);
	while (i < x->n_pairs || j < y->n_pairs)
	{
		CrmPair		p = {UINT32_MAX, 0, 0};
		CrmPair		q = {UINT32_MAX, 0, 0};
		bool		first;
		bool		second;

		crm_pause_at(pause, n);
		if (i < x->n_pairs)
		{
			p.a = x->products[x->pairs[i].a].code;
			p.b = x->products[x->pairs[i].b].code;
			p.n = x->pairs[i].n;
		}
		if (j < y->n_pairs)
		{
			q.a = y->products[y->pairs[j].a].code;
			q.b = y->products[y->pairs[j].b].code;
			q.n = y->pairs[j].n;
		}
		first = p.a < q.a || (p.a == q.a && p.b <= q.b);
		second = q.a < p.a || (p.a == q.a && q.b <= p.b);
		i += first;
		j += second;
		if (first && second)
			p.n += q.n;
		out->pairs[n++] = first ? p : q;
	}
	out->n_pairs = n;
	if (out->n_products > CRM_AFFINITY_MAX_PRODUCTS ||
		n > CRM_AFFINITY_MAX_PAIRS)
		return too_large(error);
	return true;
}

/*----------
 * Text
 *----------
 */

void
crm_affinity_print(CrmJsonWriter *w, const void *affinity)
{
	const CrmAffinity *a = affinity;

	crm_json_open(w, '{');
	crm_json_key(w, "min_support");
	crm_json_put_int(w, a->min_support);
	crm_json_key(w, "baskets");
	crm_json_put_int(w, (int64_t) a->baskets);
	crm_json_key(w, "products");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < a->n_products; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_string(w, a->products[i].name.data,
							a->products[i].name.len);
		crm_json_put_int(w, (int64_t) a->products[i].n);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_key(w, "pairs");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < a->n_pairs; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_int(w, a->pairs[i].a);
		crm_json_put_int(w, a->pairs[i].b);
		crm_json_put_int(w, (int64_t) a->pairs[i].n);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

size_t
crm_affinity_text_room(size_t len)
{
	/* ["a",1], and [0,1,1], are the shortest */
	return len / 7 + 1;
}

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"An affinity is a JSON object of min_support, baskets, products and pairs.",
					NULL);
}

/* The next token, which must be an integer from 0 to max. */
static bool
next_int(CrmJsonReader *r, int64_t max, int64_t *value, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!crm_json_int(r, value) || *value < 0 || *value > max)
		return crm_fail(error, CRM_ERROR_RANGE, "A number is out of range.",
						NULL);
	return true;
}

static bool
parse_products(CrmJsonReader *r, char **scratch, size_t room, CrmAffinity *a,
			   CrmError *error)
{
	CrmJsonToken t;
	int64_t		n;

	if (crm_json_next(r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((t = crm_json_next(r)) == CRM_JSON_ARRAY)
	{
		CrmProduct *p = &a->products[a->n_products];

		if (a->n_products == room || crm_json_next(r) != CRM_JSON_STRING)
			return not_the_form(error);
		p->name.len = crm_json_string(r, *scratch);
		if (p->name.len == SIZE_MAX)
			return not_the_form(error);
		p->name.data = *scratch;
		*scratch += p->name.len;
		if (!next_int(r, INT64_MAX, &n, error))
			return false;
		p->n = (uint64_t) n;
		p->code = a->n_products++;
		if (crm_json_next(r) != CRM_JSON_ARRAY_END)
			return not_the_form(error);
	}
	return t == CRM_JSON_ARRAY_END ? true : not_the_form(error);
}

static bool
parse_pairs(CrmJsonReader *r, size_t room, CrmAffinity *a, CrmError *error)
{
	CrmJsonToken t;

	if (crm_json_next(r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((t = crm_json_next(r)) == CRM_JSON_ARRAY)
	{
		int64_t		x;
		int64_t		y;
		int64_t		n;

		if (a->n_pairs == room)
			return not_the_form(error);
		if (!next_int(r, UINT32_MAX, &x, error) ||
			!next_int(r, UINT32_MAX, &y, error) ||
			!next_int(r, INT64_MAX, &n, error))
			return false;
		a->pairs[a->n_pairs].a = (uint32_t) x;
		a->pairs[a->n_pairs].b = (uint32_t) y;
		a->pairs[a->n_pairs++].n = (uint64_t) n;
		if (crm_json_next(r) != CRM_JSON_ARRAY_END)
			return not_the_form(error);
	}
	return t == CRM_JSON_ARRAY_END ? true : not_the_form(error);
}

bool
crm_affinity_parse(CrmJsonReader *r, char *scratch, size_t room,
				   CrmAffinity *a, CrmError *error)
{
	static const char *const keys[] = {
		"min_support", "baskets", "products", "pairs"
	};
	unsigned	seen = 0;
	CrmJsonToken t;
	int64_t		value = 0;

	a->n_products = 0;
	a->n_pairs = 0;
	if (crm_json_next(r) != CRM_JSON_OBJECT)
		return not_the_form(error);
	while ((t = crm_json_next(r)) == CRM_JSON_KEY)
	{
		unsigned	key = 0;
		bool		good;

		while (key < 4 && !crm_json_is(r, keys[key]))
			key++;
		if (key == 4 || (seen >> key & 1))
			return not_the_form(error);
		seen |= 1u << key;
		if (key < 2)
			good = next_int(r, key == 0 ? UINT32_MAX : INT64_MAX, &value, error);
		else
			good = key == 2 ? parse_products(r, &scratch, room, a, error) :
				parse_pairs(r, room, a, error);
		if (!good)
			return false;
		if (key == 0)
			a->min_support = (uint32_t) value;
		else if (key == 1)
			a->baskets = (uint64_t) value;
	}
	if (t != CRM_JSON_OBJECT_END || seen != 15 ||
		crm_json_next(r) != CRM_JSON_END)
		return not_the_form(error);
	return true;
}
