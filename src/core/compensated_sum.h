/*
 * compensated_sum.h
 *		Neumaier's sum (1974): the lost low parts are kept apart.
 */
#ifndef CRM_COMPENSATED_SUM_H
#define CRM_COMPENSATED_SUM_H

#include <math.h>

typedef struct CrmSum
{
	double		sum;
	double		rest;
} CrmSum;

static inline void
crm_sum_add(CrmSum *s, double x)
{
	double		t = s->sum + x;

	s->rest += fabs(s->sum) >= fabs(x) ? (s->sum - t) + x : (x - t) + s->sum;
	s->sum = t;
}

static inline double
crm_sum_value(const CrmSum *s)
{
	return s->sum + s->rest;
}

#endif
