/*
 * opportunity_history_sql.h
 *		The accessor of opportunity_history, for the files that read one.
 */
#ifndef CRM_OPPORTUNITY_HISTORY_SQL_H
#define CRM_OPPORTUNITY_HISTORY_SQL_H

#include "fmgr.h"

#include "opportunity_history.h"

extern CrmDealHistory DatumGetCrmDealHistory(Datum d);

#define PG_GETARG_CRM_DEAL_HISTORY(n) \
	DatumGetCrmDealHistory(PG_GETARG_DATUM(n))

#endif
