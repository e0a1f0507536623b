/*
 * affinity_sql.c
 *		SQL functions of the type affinity: rows, recommendations, rollup.
 *
 * A decoded value costs as much as reading all of it, so recommend() keeps it,
 * with both directions of each pair, for as long as calls bring the same value.
 */
#include "compat.h"

#include <math.h>

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affinity_sql.h"
#include "crmprob.h"
#include "normal.h"

#define TYPE_NAME "crmprob.affinity"

PG_FUNCTION_INFO_V1(affinity_in);
PG_FUNCTION_INFO_V1(affinity_out);
PG_FUNCTION_INFO_V1(affinity_recv);
PG_FUNCTION_INFO_V1(affinity_send);
PG_FUNCTION_INFO_V1(affinity_eq);
PG_FUNCTION_INFO_V1(affinity_ne);
PG_FUNCTION_INFO_V1(affinity_hash);
PG_FUNCTION_INFO_V1(affinity_hash_extended);
PG_FUNCTION_INFO_V1(affinity_to_jsonb);
PG_FUNCTION_INFO_V1(affinity_merge);
PG_FUNCTION_INFO_V1(affinity_baskets);
PG_FUNCTION_INFO_V1(affinity_products);
PG_FUNCTION_INFO_V1(affinity_pairs);
PG_FUNCTION_INFO_V1(affinity_recommend);

/*----------
 * Values
 *----------
 */

void
crm_refuse_affinity(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("affinity is too large"),
			 errdetail("An affinity has at most %d products and %u pairs.",
					   CRM_AFFINITY_MAX_PRODUCTS, CRM_AFFINITY_MAX_PAIRS),
			 errhint("Give a minimum support, or group products.")));
}

bytea	   *
crm_make_affinity(const CrmAffinity *a)
{
	size_t		size = crm_affinity_size(a);
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_affinity_encode(a, &w, crm_pause);
	Assert(!w.failed && w.at == size);
	return v;
}

static void
allocate(CrmAffinity *a, size_t products, size_t pairs)
{
	a->products = palloc_array(CrmProduct, Max(products, 1));
	a->pairs = palloc_array(CrmPair, Max(pairs, 1));
}

static CrmAffinity
decode(const struct varlena *v)
{
	const char *data = VARDATA_ANY(v);
	size_t		size = VARSIZE_ANY_EXHDR(v);
	CrmAffinity a;
	CrmError	error;

	if (!crm_affinity_decode_sizes(data, size, &a, &error))
		crm_corrupt(TYPE_NAME, &error);
	allocate(&a, a.n_products, a.n_pairs);
	if (!crm_affinity_decode(data, size, true, &a, crm_pause, &error))
		crm_corrupt(TYPE_NAME, &error);
	return a;
}

#define PG_GETARG_CRM_AFFINITY(n) decode(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

static bool
check_names(const CrmAffinity *a, CrmError *error)
{
	for (uint32 i = 0; i < a->n_products; i++)
		if (!crm_check_controls(a->products[i].name.data,
								a->products[i].name.len, error))
			return false;
	return true;
}

/* affinity_in(cstring) -> affinity; strict */
Datum
affinity_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);
	CrmJsonReader r;
	CrmAffinity a = {0};
	CrmError	error;
	size_t		room;
	bool		good;

	if (text == NULL)
		PG_RETURN_NULL();
	r = crm_json_reader(text, strlen(text), crm_utf8());
	r.pause = crm_pause;
	room = crm_affinity_text_room(strlen(text));
	allocate(&a, Min(room, MaxAllocSize / sizeof(CrmProduct)),
			 Min(room, MaxAllocSize / sizeof(CrmPair)));
	room = Min(room, MaxAllocSize / sizeof(CrmProduct));
	good = crm_affinity_parse(&r, palloc(strlen(text) + 1), room, &a, &error);
	if (good)
	{
		crm_affinity_sort(&a, palloc_array(uint32, Max(a.n_products, 1)),
						  crm_pause);
		good = crm_affinity_check(&a, crm_pause, &error) && check_names(&a, &error);
	}
	if (!good)
	{
		crm_bad_text(fcinfo->context, TYPE_NAME, text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(crm_make_affinity(&a));
}

/* affinity_out(affinity) -> cstring; strict */
Datum
affinity_out(PG_FUNCTION_ARGS)
{
	CrmAffinity a = PG_GETARG_CRM_AFFINITY(0);

	PG_RETURN_CSTRING(crm_json_text(crm_affinity_print, &a));
}

/* jsonb(affinity) -> jsonb, as the text form; strict */
Datum
affinity_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmAffinity a = PG_GETARG_CRM_AFFINITY(0);

	return crm_jsonb_datum(crm_json_text(crm_affinity_print, &a));
}

/* The header and the products of a message, with names converted. */
static StringInfoData
convert_message(StringInfo message)
{
	StringInfoData value;
	const char *head = crm_message_bytes(message, CRM_AFFINITY_HEADER_SIZE,
										 TYPE_NAME);
	CrmReader	r = crm_reader(head + 16, 4);
	uint32		n = crm_get_u32(&r);
	const char *rest;
	size_t		size;

	initStringInfo(&value);
	appendBinaryStringInfo(&value, head, CRM_AFFINITY_HEADER_SIZE);
	for (uint32 i = 0; i < n; i++)
	{
		CrmText		name;
		char		len;

		CHECK_FOR_INTERRUPTS();
		name.len = (uint8) *crm_message_bytes(message, 1, TYPE_NAME);
		name.data = crm_message_bytes(message, name.len, TYPE_NAME);
		name = crm_server_text(name);
		if (name.len > CRM_PRODUCT_MAX_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("product of %zu bytes is too long", name.len)));
		len = (char) name.len;
		appendBinaryStringInfo(&value, &len, 1);
		appendBinaryStringInfo(&value, name.data, (int) name.len);
		appendBinaryStringInfo(&value, crm_message_bytes(message, 8, TYPE_NAME),
							   8);
	}
	rest = crm_message_rest(message, &size);
	appendBinaryStringInfo(&value, rest, (int) size);
	return value;
}

/*
 * affinity_recv(internal) -> affinity; strict.  Names travel in the client's
 * encoding; their order may change with it, so it is made anew.
 */
Datum
affinity_recv(PG_FUNCTION_ARGS)
{
	StringInfoData value = convert_message((StringInfo) PG_GETARG_POINTER(0));
	CrmAffinity a;
	CrmError	error;

	if (!crm_affinity_decode_sizes(value.data, (size_t) value.len, &a, &error))
		crm_bad_binary(TYPE_NAME, &error);
	allocate(&a, a.n_products, a.n_pairs);
	if (!crm_affinity_decode(value.data, (size_t) value.len, false, &a,
							 crm_pause, &error))
		crm_bad_binary(TYPE_NAME, &error);
	crm_affinity_sort(&a, palloc_array(uint32, Max(a.n_products, 1)), crm_pause);
	if (!crm_affinity_check(&a, crm_pause, &error) || !check_names(&a, &error))
		crm_bad_binary(TYPE_NAME, &error);
	PG_RETURN_POINTER(crm_make_affinity(&a));
}

/* affinity_send(affinity) -> bytea; strict */
Datum
affinity_send(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	CrmAffinity a = decode(v);
	const char *rest = VARDATA_ANY(v) + CRM_AFFINITY_HEADER_SIZE;
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(v), CRM_AFFINITY_HEADER_SIZE);
	for (uint32 i = 0; i < a.n_products; i++)
	{
		CrmText		name = crm_client_text(a.products[i].name);

		if (name.len > CRM_PRODUCT_MAX_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("product of %zu bytes is too long", name.len)));
		pq_sendbyte(&message, (uint8) name.len);
		pq_sendbytes(&message, name.data, (int) name.len);
		pq_sendint64(&message, a.products[i].n);
		rest += 1 + a.products[i].name.len + 8;
	}
	pq_sendbytes(&message, rest,
				 (int) (VARDATA_ANY(v) + VARSIZE_ANY_EXHDR(v) - rest));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* affinity_eq(affinity, affinity) -> boolean; strict, as are the three below */
Datum
affinity_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
affinity_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
affinity_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
affinity_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

static void
require_complete(const CrmAffinity *a)
{
	if (a->min_support > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("affinity of minimum support %u cannot be added up",
						a->min_support),
				 errdetail("Pairs that are rare in each part may not be rare in the whole."),
				 errhint("Build the parts without a minimum support, or the whole from its rows.")));
}

/*
 * affinity_merge(affinity, affinity) -> affinity: the transition of rollup and
 * its combine function; not strict: NULL adds nothing
 */
Datum
affinity_merge(PG_FUNCTION_ARGS)
{
	CrmAffinity x;
	CrmAffinity y;
	CrmAffinity sum = {0};
	CrmError	error;

	if (!PG_ARGISNULL(1))
	{
		y = PG_GETARG_CRM_AFFINITY(1);
		require_complete(&y);
	}
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	}
	x = PG_GETARG_CRM_AFFINITY(0);
	require_complete(&x);
	allocate(&sum, (size_t) x.n_products + y.n_products,
			 (size_t) x.n_pairs + y.n_pairs);
	if (!crm_affinity_merge(&x, &y, &sum, crm_pause, &error))
		crm_bad_argument("affinity", &error);
	PG_RETURN_POINTER(crm_make_affinity(&sum));
}

/*----------
 * Rows
 *----------
 */

/* baskets(affinity) -> bigint; strict */
Datum
affinity_baskets(PG_FUNCTION_ARGS)
{
	CrmAffinity a = PG_GETARG_CRM_AFFINITY(0);

	PG_RETURN_INT64((int64) a.baskets);
}

static Datum
name_datum(const CrmAffinity *a, uint32 product)
{
	CrmText		name = a->products[product].name;

	return PointerGetDatum(cstring_to_text_with_len(name.data, (int) name.len));
}

/* products(affinity) -> setof (product, n, support); strict */
Datum
affinity_products(PG_FUNCTION_ARGS)
{
	CrmAffinity a = PG_GETARG_CRM_AFFINITY(0);
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < a.n_products; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = name_datum(&a, i);
		values[1] = Int64GetDatum((int64) a.products[i].n);
		values[2] = Float8GetDatum((double) a.products[i].n / (double) a.baskets);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
refuse_support(int64 n)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"min_support\" must be at least 1, not " INT64_FORMAT, n)));
}

static void
put_rule(ReturnSetInfo *rsi, const CrmAffinity *a, const CrmPair *p,
		 const Datum *names, uint32 from, uint32 to)
{
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = names[0];
	values[1] = names[1];
	values[2] = Int64GetDatum((int64) p->n);
	values[3] = Float8GetDatum((double) p->n / (double) a->baskets);
	values[4] = Float8GetDatum((double) p->n / (double) a->products[from].n);
	values[5] = Float8GetDatum(crm_affinity_lift(a, p->n, from, to));
	tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
}

/*
 * pairs(affinity, min_support bigint) -> setof (product_a, product_b, n,
 * support, confidence, lift), each pair in both directions; strict
 */
Datum
affinity_pairs(PG_FUNCTION_ARGS)
{
	CrmAffinity a = PG_GETARG_CRM_AFFINITY(0);
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		min_support = PG_GETARG_INT64(1);
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext,
											  "crmprob pairs",
											  ALLOCSET_DEFAULT_SIZES);

	if (min_support < 1)
		refuse_support(min_support);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < a.n_pairs; i++)
	{
		const CrmPair *p = &a.pairs[i];
		MemoryContext old;
		Datum		names[2];
		Datum		turned[2];

		CHECK_FOR_INTERRUPTS();
		if (p->n < (uint64) min_support)
			continue;
		MemoryContextReset(row);
		old = MemoryContextSwitchTo(row);
		names[0] = turned[1] = name_datum(&a, p->a);
		names[1] = turned[0] = name_datum(&a, p->b);
		put_rule(rsi, &a, p, names, p->a, p->b);
		put_rule(rsi, &a, p, turned, p->b, p->a);
		MemoryContextSwitchTo(old);
	}
	MemoryContextDelete(row);
	return (Datum) 0;
}

/*----------
 * Recommendations
 *----------
 */

/* A value decoded, and for each product those that it has a pair with. */
typedef struct Decoded
{
	MemoryContext context;
	struct varlena *key;		/* the datum as it came */
	CrmAffinity a;
	uint32	   *first;			/* of each product's neighbours */
	CrmPair    *neighbours;		/* a: the product, b: the other */
	struct Offer *offers;		/* one for each product */
} Decoded;

/* The best reason to offer a product. */
typedef struct Offer
{
	uint32		product;
	uint32		because;
	uint64		n;
	double		low;			/* of the confidence, 95 % */
	bool		owned;
} Offer;

static void
link_neighbours(Decoded *d)
{
	const CrmAffinity *a = &d->a;
	uint32	   *at;

	d->first = palloc0((a->n_products + 2) * sizeof(uint32));
	d->neighbours = MemoryContextAllocHuge(CurrentMemoryContext,
										   Max(2 * (Size) a->n_pairs, 1) * sizeof(CrmPair));
	/* shifted by two, so that filling moves the starts to their places */
	at = d->first + 1;
	for (uint32 i = 0; i < a->n_pairs; i++)
	{
		crm_pause_at(crm_pause, i);
		at[a->pairs[i].a + 1]++;
		at[a->pairs[i].b + 1]++;
	}
	for (uint32 i = 1; i <= a->n_products; i++)
		at[i] += at[i - 1];
	for (uint32 i = 0; i < a->n_pairs; i++)
	{
		CrmPair		p = a->pairs[i];
		CrmPair		turned = {p.b, p.a, p.n};

		crm_pause_at(crm_pause, i);
		d->neighbours[at[p.a]++] = p;
		d->neighbours[at[p.b]++] = turned;
	}
}

/* The bytes of a datum tell the value: those of a toast pointer too. */
static bool
same_datum(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY(a) == VARSIZE_ANY(b) &&
		memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static Decoded *
decoded_argument(FunctionCallInfo fcinfo)
{
	struct varlena *v = (struct varlena *) PG_GETARG_POINTER(0);
	Decoded    *d = fcinfo->flinfo->fn_extra;
	MemoryContext context;
	MemoryContext old;

	/* a pointer into this backend's memory says nothing about what is there */
	if (VARATT_IS_EXTERNAL(v) && !VARATT_IS_EXTERNAL_ONDISK(v))
		v = detoast_external_attr(v);
	if (d != NULL && same_datum(d->key, v))
		return d;
	fcinfo->flinfo->fn_extra = NULL;
	if (d != NULL)
		MemoryContextDelete(d->context);
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "crmprob affinity",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	d = palloc0(sizeof *d);
	d->context = context;
	d->key = palloc(VARSIZE_ANY(v));
	memcpy(d->key, v, VARSIZE_ANY(v));
	/* detoasting may give back the key itself, which stays as long */
	d->a = decode(PG_DETOAST_DATUM_PACKED(PointerGetDatum(d->key)));
	link_neighbours(d);
	d->offers = palloc0(Max(d->a.n_products, 1) * sizeof(Offer));
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = d;
	return d;
}

/* Better: the higher lower limit, then more customers, then the name. */
static bool
better(const Offer *x, const Offer *y)
{
	if (x->low != y->low)
		return x->low > y->low;
	if (x->n != y->n)
		return x->n > y->n;
	if (x->product != y->product)
		return x->product < y->product;
	return x->because < y->because;
}

static int
compare_offers(const void *x, const void *y)
{
	return better(x, y) ? -1 : 1;
}

/* Marks what is owned, and returns those that are known, each once. */
static uint32
mark_owned(Decoded *d, ArrayType *owned, uint32 **known)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	uint32		n = 0;

	deconstruct_array(owned, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &count);
	*known = palloc_array(uint32, Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		CrmText		name;
		uint32		product;

		if (nulls[i])
			continue;
		name.data = VARDATA_ANY(DatumGetPointer(values[i]));
		name.len = VARSIZE_ANY_EXHDR(DatumGetPointer(values[i]));
		product = crm_affinity_find(&d->a, name);
		if (product == d->a.n_products || d->offers[product].owned)
			continue;
		d->offers[product].owned = true;
		(*known)[n++] = product;
	}
	return n;
}

/*
 * Wilson's lower limit of n of all, as in proportion.c; here z comes from
 * outside, since its search would cost more than all the rest.
 */
static inline double
lower_limit(uint64 n, uint64 all, double z)
{
	double		trials = (double) all;
	double		share = (double) n / trials;
	double		zz = z * z;

	return fmax(0, (share + zz / (2 * trials) -
					z * sqrt((share * (1 - share) + zz / (4 * trials)) / trials)) /
				(1 + zz / trials));
}

/* The offers that rules of what is owned make; returns how many. */
static uint32
collect_offers(Decoded *d, const uint32 *known, uint32 n_known,
			   int64 min_support, double min_lift, Offer *out)
{
	const CrmAffinity *a = &d->a;
	double		z = crm_normal_quantile(0.975);
	uint32		n = 0;

	for (uint32 i = 0; i < n_known; i++)
	{
		uint32		from = known[i];

		CHECK_FOR_INTERRUPTS();
		for (uint32 k = d->first[from]; k < d->first[from + 1]; k++)
		{
			const CrmPair *p = &d->neighbours[k];
			Offer	   *best = &d->offers[p->b];
			Offer		offer = {p->b, from, p->n, 0, false};

			if (best->owned || p->n < (uint64) min_support ||
				crm_affinity_lift(a, p->n, from, p->b) < min_lift)
				continue;
			offer.low = lower_limit(p->n, a->products[from].n, z);
			if (best->n == 0)
				out[n++].product = p->b;
			if (best->n == 0 || better(&offer, best))
				*best = offer;
		}
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		product = out[i].product;

		out[i] = d->offers[product];
		memset(&d->offers[product], 0, sizeof(Offer));
	}
	for (uint32 i = 0; i < n_known; i++)
		d->offers[known[i]].owned = false;
	return n;
}

/* Above this a sort of all costs less than insertion. */
#define FEW_OFFERS 50

/* The k best, in order, at the beginning; returns how many. */
static uint32
keep_best(Offer *offers, uint32 n, uint32 k)
{
	uint32		kept = 0;

	if (k > FEW_OFFERS)
	{
		qsort(offers, n, sizeof(Offer), compare_offers);
		return Min(n, k);
	}
	for (uint32 i = 0; i < n; i++)
	{
		Offer		offer = offers[i];
		uint32		at = kept < k ? kept++ : k;

		if (at == k && !better(&offer, &offers[k - 1]))
			continue;
		for (at = Min(at, k - 1); at > 0 && better(&offer, &offers[at - 1]); at--)
			offers[at] = offers[at - 1];
		offers[at] = offer;
	}
	return kept;
}

static void
put_offers(ReturnSetInfo *rsi, const CrmAffinity *a, const Offer *offers,
		   uint32 n)
{
	for (uint32 i = 0; i < n; i++)
	{
		const Offer *o = &offers[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum((int32) i + 1);
		values[1] = name_datum(a, o->product);
		values[2] = name_datum(a, o->because);
		values[3] = Int64GetDatum((int64) o->n);
		values[4] = Float8GetDatum((double) o->n /
								   (double) a->products[o->because].n);
		values[5] = Float8GetDatum(crm_affinity_lift(a, o->n, o->because,
													 o->product));
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
}

/*
 * recommend(affinity, owned text[], k integer, consent boolean, min_support
 * bigint, min_lift float8) -> setof (rank, product, because, n, confidence,
 * lift); no rows unless consent is true; a NULL affinity or owned gives none, a
 * NULL k, min_support or min_lift is refused
 */
Datum
affinity_recommend(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	Decoded    *d;
	uint32	   *known;
	uint32		n_known;
	Offer	   *offers;
	uint32		n;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(4) || PG_ARGISNULL(5))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"k\", \"min_support\" and \"min_lift\" must not be null")));
	if (PG_GETARG_INT32(2) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"k\" must be at least 1, not %d", PG_GETARG_INT32(2))));
	if (PG_GETARG_INT64(4) < 1)
		refuse_support(PG_GETARG_INT64(4));
	if (!(PG_GETARG_FLOAT8(5) >= 0) || isinf(PG_GETARG_FLOAT8(5)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"min_lift\" must be finite and not negative")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(3) || !PG_GETARG_BOOL(3) || PG_ARGISNULL(0) ||
		PG_ARGISNULL(1))
		return (Datum) 0;
	d = decoded_argument(fcinfo);
	n_known = mark_owned(d, PG_GETARG_ARRAYTYPE_P(1), &known);
	offers = palloc_array(Offer, Max(d->a.n_products, 1));
	n = collect_offers(d, known, n_known, PG_GETARG_INT64(4),
					   PG_GETARG_FLOAT8(5), offers);
	n = keep_best(offers, n, (uint32) PG_GETARG_INT32(2));
	put_offers(rsi, &d->a, offers, n);
	return (Datum) 0;
}
