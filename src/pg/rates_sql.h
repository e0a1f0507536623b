/*
 * rates_sql.h
 *		Checks of the arguments of plain formulas.
 */
#ifndef CRM_RATES_SQL_H
#define CRM_RATES_SQL_H

#include "fmgr.h"

/* 22023, naming the argument. */
extern void crm_refuse_negative(const char *name);

/* A numeric argument that is neither negative nor NaN nor infinite. */
extern Datum crm_positive_numeric(FunctionCallInfo fcinfo, int n,
								  const char *name);

#endif							/* CRM_RATES_SQL_H */
