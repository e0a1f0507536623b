/*
 * customer_profile.c
 *		The stage of life of a customer.
 */
#include "customer_profile.h"

#include <math.h>
#include <stddef.h>

bool
crm_lifecycle_check(const CrmLifecycleLimits *limits, CrmError *error)
{
	if (limits->new_within < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The days of a new customer must not be negative.",
						NULL);
	/* written so that NaN fails too */
	if (!(limits->active_from <= 1 &&
		  limits->active_from >= limits->at_risk_from &&
		  limits->at_risk_from >= limits->lapsed_from &&
		  limits->lapsed_from >= 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The limits must descend from active_from to lapsed_from, between 1 and 0.",
						NULL);
	return true;
}

const char *
crm_lifecycle_stage(double alive, int days_since_first,
					const CrmLifecycleLimits *limits)
{
	if (days_since_first <= limits->new_within)
		return "new";
	if (isnan(alive))
		return NULL;
	return alive >= limits->active_from ? "active" :
		alive >= limits->at_risk_from ? "at risk" :
		alive >= limits->lapsed_from ? "lapsed" : "lost";
}
