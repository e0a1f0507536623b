/*
 * evaluation_value.h
 *		The evaluation as a datum, for the files beside evaluation_sql.c.
 */
#ifndef CRM_EVALUATION_VALUE_H
#define CRM_EVALUATION_VALUE_H

#include "fmgr.h"

#include "evaluation.h"

/* Detoasted, in order and validated (XX001); lives as long as the call. */
extern CrmEvaluation DatumGetCrmEvaluation(Datum d);

#define PG_GETARG_CRM_EVALUATION(n) DatumGetCrmEvaluation(PG_GETARG_DATUM(n))

/* 54000 for too many distinct scores. */
extern Datum crm_evaluation_datum(CrmEvaluation e);

/*
 * An evaluation of n entries in any order, which it uses up.  Counts must not
 * overflow: fewer than 2^32 rows.
 */
extern CrmEvaluation crm_evaluation_collect(CrmScoreCount *entries, size_t n);

#endif							/* CRM_EVALUATION_VALUE_H */
