/*
 * compare_sql.h
 *		The paired comparison, for retrain too.
 */
#ifndef CRM_COMPARE_SQL_H
#define CRM_COMPARE_SQL_H

#include "comparison.h"

/*
 * Puts the pairs in order and compares; two at least, and the evaluations of
 * the same rows.  Can be cancelled.
 */
extern void crm_compare_pairs(CrmScorePair *pairs, size_t n,
							  const CrmEvaluation e[2],
							  CrmModelComparison *comparison);

#endif							/* CRM_COMPARE_SQL_H */
