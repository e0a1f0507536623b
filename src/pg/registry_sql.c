/*
 * registry_sql.c
 *		score() by name.
 */
#include "compat.h"

#include "fmgr.h"

#include "crmprob.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(registry_score_champion);
PG_FUNCTION_INFO_V1(registry_score_version);

static Datum
score_record(FunctionCallInfo fcinfo, int32 version, HeapTupleHeader record)
{
	FmgrInfo   *call_site = fcinfo->flinfo;
	CrmRegisteredModel *model;

	if (call_site->fn_extra == NULL)
		call_site->fn_extra = crm_registry_create(call_site->fn_mcxt);
	model = crm_registry_get(call_site->fn_extra, PG_GETARG_TEXT_PP(0),
							 version);
	PG_RETURN_FLOAT8(crm_record_scorer_score(&model->scorer, record));
}

/* score(name text, features record) -> float8; strict */
Datum
registry_score_champion(PG_FUNCTION_ARGS)
{
	return score_record(fcinfo, CRM_CHAMPION, PG_GETARG_HEAPTUPLEHEADER(1));
}

/* score(name text, version integer, features record) -> float8; strict */
Datum
registry_score_version(PG_FUNCTION_ARGS)
{
	int32		version = PG_GETARG_INT32(1);

	crm_registry_check_version(version);
	return score_record(fcinfo, version, PG_GETARG_HEAPTUPLEHEADER(2));
}
