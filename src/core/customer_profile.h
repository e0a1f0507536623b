/*
 * customer_profile.h
 *		The stage of life of a customer, by limits that the user may set.
 */
#ifndef CRM_CUSTOMER_PROFILE_H
#define CRM_CUSTOMER_PROFILE_H

#include "error.h"

typedef struct CrmLifecycleLimits
{
	int			new_within;		/* days since the first purchase */
	double		active_from;	/* least probabilities of being alive */
	double		at_risk_from;
	double		lapsed_from;
} CrmLifecycleLimits;

/* 1 >= active_from >= at_risk_from >= lapsed_from >= 0, new_within >= 0 */
extern bool crm_lifecycle_check(const CrmLifecycleLimits *limits,
								CrmError *error);

/*
 * "new", "active", "at risk", "lapsed" or "lost"; NULL where the probability
 * is NaN, for not known, and the customer is not new.
 */
extern const char *crm_lifecycle_stage(double alive, int days_since_first,
									   const CrmLifecycleLimits *limits);

#endif
