/*
 * purchase_history.h
 *		What one customer bought: a sum of money for each day with a purchase.
 *
 * The encoded form is what is stored, sent and compared: days ascending, each
 * number in the fewest bytes.  While an aggregate collects, the same datum has
 * another form, the state: native numbers, room to grow, days as they came, a
 * day maybe more than once.  The first byte tells the two apart.
 */
#ifndef CRM_PURCHASE_HISTORY_H
#define CRM_PURCHASE_HISTORY_H

#include "duration.h"
#include "error.h"
#include "json.h"
#include "rfm.h"
#include "sort.h"

#define CRM_PURCHASES_FORMAT 1
#define CRM_PURCHASES_STATE_FORMAT 0x81

/* Days with a purchase: nearly three thousand years of them. */
#define CRM_PURCHASES_MAX_DAYS (1 << 20)

/* A day with a purchase; its sum is of the purchases whose amount is known. */
typedef struct CrmPurchase
{
	int32_t		day;			/* since 2000-01-01 */
	int32_t		priced;			/* 1: the amount of some purchase is known */
	CrmInt128	sum;			/* money.h; 0 unless priced */
} CrmPurchase;

/* A checked view of an encoded history. */
typedef struct CrmPurchaseHistory
{
	uint32_t	n;
	int32_t		last_day;		/* of n > 0 */
	const void *data;
	size_t		size;
} CrmPurchaseHistory;

/* Reads one: the purchases in order of their days. */
typedef struct CrmPurchaseCursor
{
	CrmReader	in;
	uint32_t	left;
	int64_t		day;
} CrmPurchaseCursor;

typedef struct CrmPurchaseState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		reserved[3];
	uint32_t	n;
	uint32_t	room;
	CrmPurchase days[];
} CrmPurchaseState;

static inline size_t
crm_purchases_state_size(uint32_t room)
{
	return sizeof(CrmPurchaseState) + (size_t) room * sizeof(CrmPurchase);
}

extern void crm_purchases_state_init(CrmPurchaseState *s, uint32_t room);

/* Adds a purchase to another of its day; false where the sum does not fit. */
extern bool crm_purchase_add(CrmPurchase *to, const CrmPurchase *p);

/* The caller has made room; false where a sum does not fit. */
extern bool crm_purchases_state_add(CrmPurchaseState *s, const CrmPurchase *p);

/* Sorts, one entry a day; false where a sum does not fit. */
extern bool crm_purchases_state_tidy(CrmPurchaseState *s, CrmPause pause);

/* Of tidy days; run without data it tells the size. */
extern void crm_purchases_encode(const CrmPurchase *days, uint32_t n,
								 CrmWriter *w);
extern bool crm_purchases_decode(const void *data, size_t size,
								 CrmPurchaseHistory *h, CrmError *error);

extern CrmPurchaseCursor crm_purchases_cursor(const CrmPurchaseHistory *h);

/* False at the end. */
extern bool crm_purchases_next(CrmPurchaseCursor *c, CrmPurchase *p);

/* What is asked of the purchases up to a day, which counts. */
typedef struct CrmPurchaseTotals
{
	uint32_t	n;
	uint32_t	priced;			/* days whose amount is known */
	int32_t		first_day;
	int32_t		last_day;
	uint32_t	repeat_priced;	/* the same without the first day */
	CrmInt128	sum;
	CrmInt128	repeat_sum;
} CrmPurchaseTotals;

/* False where the sum does not fit. */
extern bool crm_purchases_total(const CrmPurchaseHistory *h, int32_t as_of,
								CrmPurchaseTotals *t);

/*
 * The buying pattern on a day; unit in microseconds.  *none where there is no
 * purchase up to that day.
 */
extern bool crm_purchases_rfm(const CrmPurchaseHistory *h, int32_t as_of,
							  int64_t unit, CrmRfm *r, bool *none,
							  CrmError *error);

/*
 * Text form: {"purchases":[["1997-01-01",29.33],["1997-01-18"]]}, the amount
 * only where it is known.  Purchases are read one at a time: begin, then
 * purchase until it says done, which has read the end too.
 */
extern void crm_purchases_print(CrmJsonWriter *w, const void *history);
extern bool crm_purchases_parse_begin(CrmJsonReader *r, CrmError *error);
extern bool crm_purchases_parse_next(CrmJsonReader *r, CrmPurchase *p,
									 bool *done, CrmError *error);

#endif
