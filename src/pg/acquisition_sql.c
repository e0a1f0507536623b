/*
 * acquisition_sql.c
 *		What a customer costs and brings: payback, ratios, the plain CLV.
 *
 * All of it is numeric: sums of money stay exact, and there is one division at
 * the end.  A zero denominator gives NULL.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "datetime.h"
#include "funnel_sql.h"
#include "purchase_history_sql.h"
#include "rates_sql.h"

PG_FUNCTION_INFO_V1(acquisition_payback);
PG_FUNCTION_INFO_V1(acquisition_ltv_cac);
PG_FUNCTION_INFO_V1(acquisition_average_order_value);
PG_FUNCTION_INFO_V1(acquisition_purchase_frequency);
PG_FUNCTION_INFO_V1(acquisition_clv);

/* A month of 365.25 / 12 days, in ten-thousandths of a day. */
#define MONTH_DAYS INT64CONST(304375)

static Datum
whole(int64 v)
{
	return NumericGetDatum(int64_to_numeric(v));
}

static Datum
product(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

static bool
is_zero(Datum n)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, n, whole(0)));
}

/* Finite, though it may be negative. */
static Datum
finite_numeric(FunctionCallInfo fcinfo, int n, const char *name)
{
	Numeric		v = PG_GETARG_NUMERIC(n);

	if (numeric_is_nan(v) || numeric_is_inf(v))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a finite number", name)));
	return NumericGetDatum(v);
}

/*
 * payback(cac numeric, arpa numeric, margin numeric) -> numeric, in the periods
 * of arpa; strict, NULL when nothing is earned
 */
Datum
acquisition_payback(PG_FUNCTION_ARGS)
{
	Datum		cac = crm_positive_numeric(fcinfo, 0, "cac");
	Datum		arpa = crm_positive_numeric(fcinfo, 1, "arpa");
	Datum		margin = crm_positive_numeric(fcinfo, 2, "margin");
	Datum		earned = product(arpa, margin);

	if (DatumGetBool(DirectFunctionCall2(numeric_gt, margin, whole(1))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be above 1", "margin"),
				 errhint("A margin of 40 %% is 0.4.")));
	if (is_zero(earned))
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, cac, earned);
}

/* ltv_cac(ltv numeric, cac numeric) -> numeric; strict, NULL when cac is 0 */
Datum
acquisition_ltv_cac(PG_FUNCTION_ARGS)
{
	Datum		ltv = finite_numeric(fcinfo, 0, "ltv");
	Datum		cac = crm_positive_numeric(fcinfo, 1, "cac");

	if (is_zero(cac))
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, ltv, cac);
}

/* Days observed, the first and the last one included. */
static Datum
days_observed(const CrmPurchaseTotals *t, DateADT as_of)
{
	return whole((int64) as_of - t->first_day + 1);
}

/* A span of time in days, a month being 365.25 / 12 of them. */
static Datum
span_days(FunctionCallInfo fcinfo, int n, const char *name)
{
	Interval   *span = PG_GETARG_INTERVAL_P(n);
	Datum		days;
	Datum		time;

	if (INTERVAL_NOT_FINITE(span))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a finite number", name)));
	days = NumericGetDatum(int64_div_fast_to_numeric(span->month * MONTH_DAYS +
													 span->day * INT64CONST(10000), 4));
	time = DirectFunctionCall2(numeric_div, whole(span->time),
							   whole(CRM_USECS_PER_DAY));
	days = DirectFunctionCall2(numeric_add, days, time);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, days, whole(0))))
		crm_refuse_negative(name);
	return days;
}

/* average_order_value(purchase_history, as_of date) -> numeric; strict, NULL
 * where no amount is known */
Datum
acquisition_average_order_value(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);

	if (t.priced == 0)
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, crm_sum_numeric(t.sum),
							   whole(t.priced));
}

/* purchase_frequency(purchase_history, as_of date, per interval) -> numeric;
 * strict, NULL without a purchase up to as_of */
Datum
acquisition_purchase_frequency(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);
	Datum		per = span_days(fcinfo, 2, "per");

	if (t.n == 0)
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, product(whole(t.n), per),
							   days_observed(&t, PG_GETARG_DATEADT(1)));
}

/*
 * clv(purchase_history, as_of date, lifetime interval) -> numeric: average order
 * value x purchases a day x lifetime in days; strict, NULL where no amount is
 * known
 */
Datum
acquisition_clv(PG_FUNCTION_ARGS)
{
	CrmPurchaseTotals t = crm_purchase_totals(fcinfo);
	Datum		lifetime = span_days(fcinfo, 2, "lifetime");
	Datum		above;
	Datum		below;

	if (t.priced == 0)
		PG_RETURN_NULL();
	above = product(product(crm_sum_numeric(t.sum), whole(t.n)), lifetime);
	below = product(whole(t.priced),
					days_observed(&t, PG_GETARG_DATEADT(1)));
	return DirectFunctionCall2(numeric_div, above, below);
}
