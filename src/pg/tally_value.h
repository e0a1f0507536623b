/*
 * tally_value.h
 *		A tally as a datum: what survival_curve, logrank and retention share.
 *
 * A list (list_value.h) whose header ends in a prefix of the type's own: labels,
 * a frame.
 */
#ifndef CRM_TALLY_VALUE_H
#define CRM_TALLY_VALUE_H

#include "fmgr.h"

#include "tally.h"

typedef struct CrmTallyValue
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		zero[3];
	uint32		used;
	uint32		sorted;
	uint32		prefix;			/* bytes, a multiple of 8 */
	uint32		items;			/* of the prefix, as its type counts them */
	char		data[FLEXIBLE_ARRAY_MEMBER];
} CrmTallyValue;

StaticAssertDecl(offsetof(CrmTallyValue, data) == 24 && sizeof(CrmTally) == 32,
				 "layout of a tally on disk");
StaticAssertDecl(CRM_TALLY_MAX_ENTRIES * (Size) 32 + 65536 < 0x3fffffff,
				 "the largest tally must be allowed");

#define CRM_TALLY_FORMAT 1

static inline CrmTally *
crm_tally_entries(const CrmTallyValue *v)
{
	return (CrmTally *) unconstify(char *, v->data + v->prefix);
}

/* Zeroed. */
extern CrmTallyValue *crm_tally_new(uint32 prefix, size_t capacity);

/* Detoasted, with a sound header; entries may be in disorder. */
extern CrmTallyValue *crm_tally_detoast(Datum d, const char *type);

/*
 * The state with this entry added: itself, or a larger copy that the executor
 * copies once and frees the old one for.
 */
extern CrmTallyValue *crm_tally_add(CrmTallyValue *v, const CrmTally *entry,
									const char *type);

/*
 * The same for each entry of another one, mapped by "map" when that is not
 * NULL.  "argument" is the state as the executor knows it: states that were
 * outgrown before it has seen them are freed.
 */
extern CrmTallyValue *crm_tally_add_all(CrmTallyValue *v,
										const CrmTallyValue *other,
										const uint32 *map, Pointer argument,
										const char *type);

/* Puts the entries of a state in order, in place. */
extern void crm_tally_in_order(CrmTallyValue *v);

/* A copy without room, and with more room for the prefix. */
extern CrmTallyValue *crm_tally_copy(const CrmTallyValue *v, uint32 prefix,
									 size_t capacity);

/* In order and without room: the value itself where it is so already. */
extern CrmTallyValue *crm_tally_settled(CrmTallyValue *v);

#endif							/* CRM_TALLY_VALUE_H */
