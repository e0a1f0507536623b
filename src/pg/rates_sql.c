/*
 * rates_sql.c
 *		The plain formulas of sales and customer analysis.
 *
 * Money stays numeric, so that no cent is lost; counts are bigint and their
 * ratios float8.  A zero denominator gives NULL whatever stands above it.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "crmprob.h"
#include "rates.h"
#include "rates_sql.h"

PG_FUNCTION_INFO_V1(rates_cac);
PG_FUNCTION_INFO_V1(rates_clv);
PG_FUNCTION_INFO_V1(rates_retention_rate);
PG_FUNCTION_INFO_V1(rates_churn_rate);
PG_FUNCTION_INFO_V1(rates_conversion_rate);
PG_FUNCTION_INFO_V1(rates_close_probability);

void
crm_refuse_negative(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" must not be negative", name)));
}

/* The rate of the first argument in the second, NULL when that is 0. */
static Datum
rate_of(FunctionCallInfo fcinfo, const char *numerator,
		const char *denominator)
{
	int64		above = PG_GETARG_INT64(0);
	int64		below = PG_GETARG_INT64(1);
	double		rate = 0;

	switch (crm_rate(above, below, &rate))
	{
		case CRM_RATE_OK:
			break;
		case CRM_RATE_NONE:
			PG_RETURN_NULL();
		case CRM_RATE_NEGATIVE:
			crm_refuse_negative(above < 0 ? numerator : denominator);
			break;
		case CRM_RATE_ABOVE:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not exceed argument \"%s\"",
							numerator, denominator),
					 errdetail("The rate of " INT64_FORMAT " in " INT64_FORMAT
							   " is above 1.", above, below),
					 errhint("The numerator is the first argument.")));
	}
	PG_RETURN_FLOAT8(rate);
}

Datum
crm_positive_numeric(FunctionCallInfo fcinfo, int n, const char *name)
{
	Numeric		v = PG_GETARG_NUMERIC(n);
	Datum		sign;

	if (numeric_is_nan(v) || numeric_is_inf(v))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a finite number", name)));
	sign = DirectFunctionCall1(numeric_sign, NumericGetDatum(v));
	if (DatumGetInt32(DirectFunctionCall1(numeric_int4, sign)) < 0)
		crm_refuse_negative(name);
	return NumericGetDatum(v);
}

/* cac(total_cost numeric, new_customers bigint) -> numeric; strict, NULL
 * without customers */
Datum
rates_cac(PG_FUNCTION_ARGS)
{
	Datum		cost = crm_positive_numeric(fcinfo, 0, "total_cost");
	int64		customers = PG_GETARG_INT64(1);

	if (customers < 0)
		crm_refuse_negative("new_customers");
	if (customers == 0)
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, cost,
							   NumericGetDatum(int64_to_numeric(customers)));
}

/* clv(average_order_value numeric, purchase_frequency numeric, lifetime
 * numeric) -> numeric; strict */
Datum
rates_clv(PG_FUNCTION_ARGS)
{
	Datum		value = crm_positive_numeric(fcinfo, 0, "average_order_value");
	Datum		frequency = crm_positive_numeric(fcinfo, 1, "purchase_frequency");
	Datum		lifetime = crm_positive_numeric(fcinfo, 2, "lifetime");

	return DirectFunctionCall2(numeric_mul,
							   DirectFunctionCall2(numeric_mul, value,
												   frequency),
							   lifetime);
}

/* retention_rate(retained bigint, at_start bigint) -> float8; strict, NULL when
 * the second is 0, as are the three below */
Datum
rates_retention_rate(PG_FUNCTION_ARGS)
{
	return rate_of(fcinfo, "retained", "at_start");
}

Datum
rates_churn_rate(PG_FUNCTION_ARGS)
{
	return rate_of(fcinfo, "lost", "at_start");
}

Datum
rates_conversion_rate(PG_FUNCTION_ARGS)
{
	return rate_of(fcinfo, "won", "leads");
}

Datum
rates_close_probability(PG_FUNCTION_ARGS)
{
	return rate_of(fcinfo, "won", "opportunities");
}
