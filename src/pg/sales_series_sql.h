/*
 * sales_series_sql.h
 *		The series as a datum, for the files that build and read it.
 */
#ifndef CRM_SALES_SERIES_SQL_H
#define CRM_SALES_SERIES_SQL_H

#include "fmgr.h"

#include "sales_series.h"

/* Detoasted, in order and validated (XX001); lives as long as the call. */
extern CrmSeries DatumGetCrmSeries(Datum d);

#define PG_GETARG_CRM_SERIES(n) DatumGetCrmSeries(PG_GETARG_DATUM(n))

#endif							/* CRM_SALES_SERIES_SQL_H */
