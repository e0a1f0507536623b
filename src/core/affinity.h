/*
 * affinity.h
 *		Which products are bought by the same customers: how many customers have
 *		each product and each pair of products.
 *
 * The encoded form is what is stored, sent and compared: the products in order
 * of their bytes with their counts, then the pairs (a, b), a before b, in
 * order.  All is counted in whole numbers.  With a minimum support of 1 nothing
 * was left out, and values of different customers add up; a larger minimum
 * leaves out rare products and pairs, and such values are final.
 */
#ifndef CRM_AFFINITY_H
#define CRM_AFFINITY_H

#include "error.h"
#include "json.h"
#include "sort.h"

#define CRM_AFFINITY_FORMAT 1

#define CRM_AFFINITY_MAX_PRODUCTS 65536
#define CRM_AFFINITY_MAX_PAIRS (UINT32_C(1) << 24)
#define CRM_PRODUCT_MAX_BYTES 255

/* Format, zeros, minimum support, baskets, counts of products and pairs. */
#define CRM_AFFINITY_HEADER_SIZE 24

typedef struct CrmProduct
{
	CrmText		name;
	uint64_t	n;				/* customers that have it */
	uint32_t	code;			/* where it stood before sorting */
} CrmProduct;

typedef struct CrmPair
{
	uint32_t	a;				/* positions among the products, a < b */
	uint32_t	b;
	uint64_t	n;				/* customers that have both */
} CrmPair;

/* The decoded form; arrays are the caller's, names point into its bytes. */
typedef struct CrmAffinity
{
	uint32_t	min_support;
	uint64_t	baskets;		/* customers */
	uint32_t	n_products;
	uint32_t	n_pairs;
	CrmProduct *products;
	CrmPair    *pairs;
} CrmAffinity;

/* 1..255 bytes, no control character of ASCII. */
extern bool crm_product_check(const char *name, size_t len, CrmError *error);

/* Reads the header, for the caller to make room. */
extern bool crm_affinity_decode_sizes(const void *data, size_t size,
									  CrmAffinity *a, CrmError *error);

/* Without "ordered" products may come in any order, as after conversion. */
extern bool crm_affinity_decode(const void *data, size_t size, bool ordered,
								CrmAffinity *a, CrmPause pause,
								CrmError *error);

/* Bytes of the encoded form, and the form itself. */
extern size_t crm_affinity_size(const CrmAffinity *a);
extern void crm_affinity_encode(const CrmAffinity *a, CrmWriter *w,
								CrmPause pause);

/* The order of the encoded form; rank has an element for each product. */
extern void crm_affinity_sort(CrmAffinity *a, uint32_t *rank, CrmPause pause);

/* The one rule for what a value may hold. */
extern bool crm_affinity_check(const CrmAffinity *a, CrmPause pause,
							   CrmError *error);

/*
 * Sum of two values of different customers, both with minimum support 1; out
 * has room for the products and pairs of both.  False where it would be too
 * large.
 */
extern bool crm_affinity_merge(const CrmAffinity *x, const CrmAffinity *y,
							   CrmAffinity *out, CrmPause pause,
							   CrmError *error);

/*
 * JSON text: {"min_support":1,"baskets":9,"products":[["name",n]...],
 * "pairs":[[a,b,n]...]}, a and b counted from 0; keys in any order.
 */
extern void crm_affinity_print(CrmJsonWriter *w, const void *affinity);

/* Most products and pairs that a text of this length can hold. */
extern size_t crm_affinity_text_room(size_t len);

/* scratch is as long as the text; names point into it. */
extern bool crm_affinity_parse(CrmJsonReader *r, char *scratch, size_t room,
							   CrmAffinity *a, CrmError *error);

/* Position of a product, or n_products. */
extern uint32_t crm_affinity_find(const CrmAffinity *a, CrmText name);

/* n N / (n_a n_b): how much oftener together than by chance. */
static inline double
crm_affinity_lift(const CrmAffinity *a, uint64_t n, uint32_t x, uint32_t y)
{
	return (double) n * (double) a->baskets /
		((double) a->products[x].n * (double) a->products[y].n);
}

#endif
