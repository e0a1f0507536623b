/*
 * revenue_forecast_sql.h
 *		The forecast as a datum, for the files that build and read it.
 */
#ifndef CRM_REVENUE_FORECAST_SQL_H
#define CRM_REVENUE_FORECAST_SQL_H

#include "fmgr.h"

#include "revenue_forecast.h"

/* Detoasted, in order and validated (XX001); lives as long as the call. */
extern CrmForecast DatumGetCrmForecast(Datum d);

#define PG_GETARG_CRM_FORECAST(n) DatumGetCrmForecast(PG_GETARG_DATUM(n))

/*
 * The state of an aggregate with one deal more, or with one row more that was
 * skipped; state may be NULL.  The deal is checked (22023).
 */
extern Datum crm_forecast_add(FunctionCallInfo fcinfo, const CrmDeal *deal);
extern Datum crm_forecast_skip(FunctionCallInfo fcinfo);

#endif							/* CRM_REVENUE_FORECAST_SQL_H */
