/*
 * purchase_history_sql.h
 *		The accessor of purchase_history for other glue files.
 */
#ifndef CRM_PURCHASE_HISTORY_SQL_H
#define CRM_PURCHASE_HISTORY_SQL_H

#include "crmprob.h"
#include "purchase_history.h"

extern CrmPurchaseHistory DatumGetCrmPurchaseHistory(Datum d);

#define PG_GETARG_CRM_PURCHASE_HISTORY(n) \
	DatumGetCrmPurchaseHistory(PG_GETARG_DATUM(n))

#endif							/* CRM_PURCHASE_HISTORY_SQL_H */
