/*
 * fixed_value.h
 *		What types of a fixed size share: their forms, equality and states.
 *
 * The datum is the struct of core itself, all of whose bytes are set.
 */
#ifndef CRM_FIXED_VALUE_H
#define CRM_FIXED_VALUE_H

#include "fmgr.h"

#include "crmprob.h"

typedef struct CrmFixedKind
{
	const char *name;			/* with the schema */
	size_t		size;
	size_t		encoded_size;
	bool		(*parse) (const char *text, size_t len, void *value,
						  CrmError *error);
	bool		(*decode) (const void *data, size_t size, void *value,
						   CrmError *error);
	void		(*encode) (const void *value, CrmWriter *w);
} CrmFixedKind;

/* Defines KIND for a type from the routines of core. */
#define CRM_FIXED_KIND(kind_name, type, wire_size, core_parse, core_decode, \
					   core_encode) \
static bool \
kind_parse(const char *text, size_t len, void *value, CrmError *error) \
{ \
	return core_parse(text, len, (type *) value, error); \
} \
static bool \
kind_decode(const void *data, size_t size, void *value, CrmError *error) \
{ \
	return core_decode(data, size, (type *) value, error); \
} \
static void \
kind_encode(const void *value, CrmWriter *w) \
{ \
	core_encode((const type *) value, w); \
} \
static const CrmFixedKind KIND = { \
	kind_name, sizeof(type), wire_size, kind_parse, kind_decode, kind_encode \
}

/* A copy. */
extern void *crm_fixed_copy(const CrmFixedKind *kind, const void *value);

/* The input and the receive function. */
extern Datum crm_fixed_in(FunctionCallInfo fcinfo, const CrmFixedKind *kind);
extern Datum crm_fixed_recv(FunctionCallInfo fcinfo, const CrmFixedKind *kind);

/* The answer of the send function; the value has been validated. */
extern Datum crm_fixed_sent(const CrmFixedKind *kind, const void *value);

/* Equality and hash of the bytes, which need not be validated for it. */
extern bool crm_fixed_equal(FunctionCallInfo fcinfo, const CrmFixedKind *kind);
extern Datum crm_fixed_hash(FunctionCallInfo fcinfo, const CrmFixedKind *kind);
extern Datum crm_fixed_hash_extended(FunctionCallInfo fcinfo,
									 const CrmFixedKind *kind);

#endif							/* CRM_FIXED_VALUE_H */
