/*
 * mrr_bridge.h
 *		How monthly recurring revenue came from one period to the next.
 *
 * Each customer has the revenue of before and of now, and makes at most one
 * movement.  So the parts balance exactly, in customers and in money.
 */
#ifndef CRM_MRR_BRIDGE_H
#define CRM_MRR_BRIDGE_H

#include "bridge.h"
#include "error.h"

#define CRM_MRR_BRIDGE_FORMAT 1

/* In the order in which they are shown and stored. */
typedef enum CrmMrrPart
{
	CRM_MRR_START,
	CRM_MRR_NEW,
	CRM_MRR_EXPANSION,
	CRM_MRR_CONTRACTION,
	CRM_MRR_CHURN,
	CRM_MRR_REACTIVATION,
	CRM_MRR_END,
	CRM_MRR_NONE				/* nothing moved */
} CrmMrrPart;

#define CRM_MRR_PARTS 7

/* The stored form itself, edited in place by the aggregates. */
typedef struct CrmMrrBridge
{
	uint8_t		format;
	uint8_t		reserved[7];	/* zero */
	CrmBridgePart part[CRM_MRR_PARTS];	/* n: customers */
} CrmMrrBridge;

#define CRM_MRR_BRIDGE_ENCODED_SIZE \
	(1 + CRM_MRR_PARTS * CRM_BRIDGE_PART_ENCODED_SIZE)

extern const char *crm_mrr_part_name(int part); /* "none" too */
extern CrmMrrPart crm_mrr_part_named(const char *name, size_t len);

/* What a customer did; amounts are not negative. */
extern CrmMrrPart crm_mrr_movement(int64_t previous, int64_t current,
								   bool ever_active);

extern void crm_mrr_bridge_init(CrmMrrBridge *b);

/* Both return false, and change nothing, when a count would overflow. */
extern bool crm_mrr_bridge_add(CrmMrrBridge *b, int64_t previous,
							   int64_t current, bool ever_active);
extern bool crm_mrr_bridge_merge(CrmMrrBridge *b, const CrmMrrBridge *other);

extern bool crm_mrr_bridge_valid(const CrmMrrBridge *b, CrmError *error);
extern void crm_mrr_bridge_encode(const CrmMrrBridge *b, CrmWriter *w);
extern bool crm_mrr_bridge_decode(const void *data, size_t size,
								  CrmMrrBridge *b, CrmError *error);
extern void crm_mrr_bridge_print(const CrmMrrBridge *b, CrmJsonWriter *w);
extern bool crm_mrr_bridge_parse(const char *text, size_t len,
								 CrmMrrBridge *b, CrmError *error);

/*
 * Sums of parts, each taken with its sign (-1, 0, 1), as exact money: what
 * rates divide.
 */
extern CrmInt128 crm_mrr_bridge_sum(const CrmMrrBridge *b,
									const int8_t sign[CRM_MRR_PARTS]);

#endif
