/*
 * bridge.h
 *		The parts of a bridge: how many went a way, and with what amount.
 *
 * A waterfall counts deals so, an mrr_bridge customers; what their parts are
 * called and how they balance is theirs.
 */
#ifndef CRM_BRIDGE_H
#define CRM_BRIDGE_H

#include "bytes.h"
#include "duration.h"
#include "json.h"

typedef struct CrmBridgePart
{
	int64_t		n;
	CrmInt128	amount;			/* money.h */
} CrmBridgePart;

#define CRM_BRIDGE_PART_ENCODED_SIZE 24

/* The part of this name, or -1. */
extern int	crm_bridge_named(const char *const *names, int n_parts,
							 const char *name, size_t len);

/* Is there a part that cannot count one more? */
static inline bool
crm_bridge_full(const CrmBridgePart *parts, int n_parts)
{
	for (int i = 0; i < n_parts; i++)
		if (parts[i].n == INT64_MAX)
			return true;
	return false;
}

/* One more in a part that is not full. */
static inline void
crm_bridge_count(CrmBridgePart *part, int64_t amount)
{
	part->n++;
	crm_int128_add(&part->amount, crm_int128(amount));
}

/* False, and nothing is changed, when a count would overflow. */
extern bool crm_bridge_merge(CrmBridgePart *parts, const CrmBridgePart *other,
							 int n_parts);

/*
 * Is each amount one that so many can add up to, when each brings from "least"
 * (0 or 1) to less than 2^63?  Then sums of parts cannot overflow.
 */
extern bool crm_bridge_possible(const CrmBridgePart *parts, int n_parts,
								int least);

extern void crm_bridge_encode(const CrmBridgePart *parts, int n_parts,
							  CrmWriter *w);
extern void crm_bridge_decode(CrmReader *r, CrmBridgePart *parts, int n_parts);

/*
 * Members "name": {<counted>: n, "amount": a} of an object; the reader takes
 * what follows a name.
 */
extern void crm_bridge_print(const CrmBridgePart *parts,
							 const char *const *names, int n_parts,
							 const char *counted, CrmJsonWriter *w);
extern bool crm_bridge_parse_part(CrmJsonReader *r, const char *counted,
								  CrmBridgePart *part);

#endif
