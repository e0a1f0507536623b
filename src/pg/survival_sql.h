/*
 * survival_sql.h
 *		What survival_sql.c and the files of survival beside it share.
 */
#ifndef CRM_SURVIVAL_SQL_H
#define CRM_SURVIVAL_SQL_H

#include "survival.h"

/* A duration or 22023, for infinity and NaN 22023 too; -0 is 0. */
extern double crm_duration_argument(double duration);

/* z of a two-sided level, or 22023. */
extern double crm_level_z(double level);

/* A row of the function's type. */
extern Datum crm_row_datum(FunctionCallInfo fcinfo, Datum *values,
						   bool *nulls);

#endif							/* CRM_SURVIVAL_SQL_H */
