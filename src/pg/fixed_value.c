/*
 * fixed_value.c
 *		What types of a fixed size share: their forms, equality and states.
 */
#include "compat.h"

#include "common/hashfn.h"

#include "crmprob.h"
#include "fixed_value.h"

void	   *
crm_fixed_copy(const CrmFixedKind *kind, const void *value)
{
	return memcpy(palloc(kind->size), value, kind->size);
}

Datum
crm_fixed_in(FunctionCallInfo fcinfo, const CrmFixedKind *kind)
{
	char	   *text = PG_GETARG_CSTRING(0);
	void	   *value = palloc0(kind->size);
	CrmError	error;

	if (!kind->parse(text, strlen(text), value, &error))
	{
		crm_bad_text(fcinfo->context, kind->name, text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(value);
}

Datum
crm_fixed_recv(FunctionCallInfo fcinfo, const CrmFixedKind *kind)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	void	   *value = palloc0(kind->size);
	CrmError	error;

	if (!kind->decode(data, size, value, &error))
		crm_bad_binary(kind->name, &error);
	PG_RETURN_POINTER(value);
}

Datum
crm_fixed_sent(const CrmFixedKind *kind, const void *value)
{
	bytea	   *v = crm_new_value(kind->encoded_size);
	CrmWriter	w = crm_writer(VARDATA(v), kind->encoded_size);

	kind->encode(value, &w);
	Assert(!w.failed && w.at == kind->encoded_size);
	PG_RETURN_BYTEA_P(v);
}

bool
crm_fixed_equal(FunctionCallInfo fcinfo, const CrmFixedKind *kind)
{
	return memcmp(PG_GETARG_POINTER(0), PG_GETARG_POINTER(1),
				  kind->size) == 0;
}

Datum
crm_fixed_hash(FunctionCallInfo fcinfo, const CrmFixedKind *kind)
{
	return hash_any((unsigned char *) PG_GETARG_POINTER(0), (int) kind->size);
}

Datum
crm_fixed_hash_extended(FunctionCallInfo fcinfo, const CrmFixedKind *kind)
{
	return hash_any_extended((unsigned char *) PG_GETARG_POINTER(0),
							 (int) kind->size, PG_GETARG_INT64(1));
}
