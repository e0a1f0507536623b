/*
 * rfm.h
 *		A customer's buying pattern: frequency, recency, age, spend.
 *
 * In the sense of the repeat-buying models (Fader, Hardie and Lee 2005): counted
 * from the first purchase.  CrmRfm is the stored form itself, hence in the
 * machine's own byte order; the encoded form is for sending.  What is stored of
 * the money is the exact sum, so that the mean loses nothing.
 */
#ifndef CRM_RFM_H
#define CRM_RFM_H

#include "bytes.h"
#include "error.h"
#include "json.h"

#define CRM_RFM_FORMAT 1

#define CRM_RFM_HAS_UNTIL 1

typedef struct CrmRfm
{
	uint8_t		format;
	uint8_t		flags;			/* CRM_RFM_HAS_UNTIL */
	uint16_t	reserved;		/* zero */
	int32_t		frequency;		/* repeat purchases */
	double		recency;		/* last purchase less first, in units */
	double		age;			/* end of observation less first purchase */
	int64_t		spend;			/* of the priced repeat purchases: money.h */
	int32_t		priced;			/* repeat purchases whose amount is known */
	int32_t		until;			/* last day observed, days since 2000-01-01 */
	int64_t		unit;			/* microseconds; 0: not recorded */
} CrmRfm;

/* Everything behind the format and flags, in network order. */
#define CRM_RFM_ENCODED_SIZE 46

static inline bool
crm_rfm_has_until(const CrmRfm *r)
{
	return (r->flags & CRM_RFM_HAS_UNTIL) != 0;
}

/* Mean amount of a repeat purchase; there is none where priced is 0. */
static inline double
crm_rfm_monetary_value(const CrmRfm *r)
{
	return (double) r->spend / (10000.0 * r->priced);
}

/* Without money, unit and end; -0 becomes 0. */
extern bool crm_rfm_make(int32_t frequency, double recency, double age,
						 CrmRfm *r, CrmError *error);

/* Is this stored value one that may exist? */
extern bool crm_rfm_valid(const CrmRfm *r, CrmError *error);

extern void crm_rfm_encode(const CrmRfm *r, CrmWriter *w);
extern bool crm_rfm_decode(const void *data, size_t size, CrmRfm *r,
						   CrmError *error);

/*
 * {"frequency":2,"recency":30.43,"age":38.86,"spend":44.7,"priced":2,
 * "unit":604800000000,"until":"1997-09-30"}, the last four only where known;
 * the unit is in microseconds.
 */
extern void crm_rfm_print(const CrmRfm *r, const CrmFloatText *ft,
						  CrmJsonWriter *w);
extern bool crm_rfm_parse(const char *text, size_t len,
						  const CrmFloatText *ft, CrmRfm *r, CrmError *error);

/*
 * The named segment of two scores of 1 (worst) to 5: how recent the last
 * purchase is, and how often and how much is bought.
 */
extern const char *crm_rfm_segment(int recency, int value);

#endif
