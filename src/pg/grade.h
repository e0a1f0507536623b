/*
 * grade.h
 *		Grades of scores by the limits that a model holds.
 */
#ifndef CRM_GRADE_H
#define CRM_GRADE_H

#include "model.h"

/* A for the highest; zero for a model without limits. */
extern char crm_grade(const CrmModel *model, double score);

#endif							/* CRM_GRADE_H */
