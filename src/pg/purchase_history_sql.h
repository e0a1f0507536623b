/*
 * purchase_history_sql.h
 *		What other glue files read of a purchase_history.
 */
#ifndef CRM_PURCHASE_HISTORY_SQL_H
#define CRM_PURCHASE_HISTORY_SQL_H

#include "crmprob.h"
#include "purchase_history.h"

extern CrmPurchaseHistory DatumGetCrmPurchaseHistory(Datum d);

#define PG_GETARG_CRM_PURCHASE_HISTORY(n) \
	DatumGetCrmPurchaseHistory(PG_GETARG_DATUM(n))

/* Of argument 0, up to the day that is argument 1 where there is one. */
extern CrmPurchaseTotals crm_purchase_totals(FunctionCallInfo fcinfo);

#endif							/* CRM_PURCHASE_HISTORY_SQL_H */
