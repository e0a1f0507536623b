/*
 * customer_profile_sql.c
 *		The stage of life of a customer.
 */
#include "compat.h"

#include <math.h>

#include "utils/builtins.h"

#include "crmprob.h"
#include "customer_profile.h"

PG_FUNCTION_INFO_V1(customer_profile_lifecycle_stage);

/*
 * lifecycle_stage(probability_alive float8, days_since_first integer,
 * new_within integer, active_from float8, at_risk_from float8, lapsed_from
 * float8) -> text; NULL where the days are, and where the probability is for
 * all but new customers; NULL limits are error 22004
 */
Datum
customer_profile_lifecycle_stage(PG_FUNCTION_ARGS)
{
	CrmLifecycleLimits limits;
	CrmError	error;
	double		alive = PG_ARGISNULL(0) ? NAN : PG_GETARG_FLOAT8(0);
	const char *stage;

	for (int i = 2; i < 6; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("limits of a stage of life must not be null")));
	limits.new_within = PG_GETARG_INT32(2);
	limits.active_from = PG_GETARG_FLOAT8(3);
	limits.at_risk_from = PG_GETARG_FLOAT8(4);
	limits.lapsed_from = PG_GETARG_FLOAT8(5);
	if (!crm_lifecycle_check(&limits, &error))
		crm_bad_argument("limits of a stage of life", &error);
	if (!PG_ARGISNULL(0) && !(alive >= 0 && alive <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between 0 and 1",
						"probability_alive")));
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	stage = crm_lifecycle_stage(alive, PG_GETARG_INT32(1), &limits);
	if (stage == NULL)
		PG_RETURN_NULL();
	return crm_word_datum(stage);
}
