/*
 * bridge_value.c
 *		The parts of a bridge as rows.
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/tuplestore.h"

#include "bridge_value.h"
#include "crmprob.h"

Datum
crm_bridge_rows(FunctionCallInfo fcinfo, const CrmBridgePart *parts,
				int n_parts, const char *(*name) (int part))
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < n_parts; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = crm_word_datum(name(i));
		values[2] = Int64GetDatum(parts[i].n);
		values[3] = crm_sum_numeric(parts[i].amount);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
