/*
 * clv_predict_sql.c
 *		What a clv_model says of a customer, in SQL.
 *
 * Spans of time are turned into the model's unit here, yearly discount rates
 * into continuous ones of that unit; core knows units only.
 */
#include "compat.h"

#include <math.h>

#include "clv_value.h"

PG_FUNCTION_INFO_V1(clv_model_alive);
PG_FUNCTION_INFO_V1(clv_model_alive_ahead);
PG_FUNCTION_INFO_V1(clv_model_expected);
PG_FUNCTION_INFO_V1(clv_model_expected_new);
PG_FUNCTION_INFO_V1(clv_model_probability);
PG_FUNCTION_INFO_V1(clv_model_probability_new);
PG_FUNCTION_INFO_V1(clv_model_expected_spend);
PG_FUNCTION_INFO_V1(clv_model_residual);
PG_FUNCTION_INFO_V1(clv_model_lifetime_value);

/* A month of a horizon: 365.25 / 12 days. */
#define USECS_PER_MEAN_MONTH 2629800000000.0

/* The first argument, a model of purchases. */
static const CrmClvModel *
buying_argument(FunctionCallInfo fcinfo)
{
	const CrmClvModel *m = crm_clv_model_argument(fcinfo, 0, 0);

	if (m->kind == CRM_CLV_GAMMA_GAMMA)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a gamma_gamma model is of spend, not of purchases"),
				 errhint("Use a model of kind bg_nbd, mbg_nbd, pareto_nbd or bg_bb.")));
	return m;
}

static const CrmClvModel *
spend_argument(FunctionCallInfo fcinfo, int n, int place)
{
	const CrmClvModel *m = crm_clv_model_argument(fcinfo, n, place);

	if (m->kind != CRM_CLV_GAMMA_GAMMA)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a %s model is of purchases, not of spend",
						crm_clv_info(m->kind)->name),
				 errhint("Use a model of kind gamma_gamma.")));
	return m;
}

static CrmClvCustomer
customer_argument(FunctionCallInfo fcinfo, int n, const CrmClvModel *m)
{
	const CrmRfm *r = PG_GETARG_CRM_RFM(n);
	CrmClvCustomer c = crm_clv_customer(m->kind, r);
	CrmError	error;

	if (r->unit != 0 && m->unit != 0 && r->unit != m->unit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the customer's unit is not that of the model"),
				 errdetail("One is " INT64_FORMAT " microseconds, the other " INT64_FORMAT ".",
						   (int64) r->unit, (int64) m->unit),
				 errhint("Call rfm with the unit of the model.")));
	if (!crm_clv_customer_check(m->kind, &c, &error))
		crm_bad_argument("buying pattern", &error);
	return c;
}

static void
require_unit(const CrmClvModel *m)
{
	if (m->unit == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has no unit"),
				 errdetail("It was fitted to rfm values without a unit, or made without one."),
				 errhint("Give it one with with_unit(model, interval '1 week').")));
}

/* A span of time ahead, in units of the model. */
static double
units_argument(FunctionCallInfo fcinfo, int n, const char *name,
			   const CrmClvModel *m)
{
	const Interval *i = PG_GETARG_INTERVAL_P(n);
	double		usecs = i->month * USECS_PER_MEAN_MONTH +
	i->day * (double) USECS_PER_DAY + (double) i->time;

	require_unit(m);
	if (INTERVAL_NOT_FINITE(i))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be infinite", name)));
	if (usecs < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be negative", name)));
	usecs /= (double) m->unit;
	if (m->kind == CRM_CLV_BG_BB &&
		crm_clv_opportunities(usecs) > CRM_CLV_MAX_OPPORTUNITIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("\"%s\" holds more than %d opportunities", name,
						CRM_CLV_MAX_OPPORTUNITIES)));
	return usecs;
}

/* A yearly discount as a continuous rate of the model's unit. */
static double
rate_argument(FunctionCallInfo fcinfo, int n, const CrmClvModel *m)
{
	double		discount = PG_GETARG_FLOAT8(n);

	if (!(discount >= 0) || isinf(discount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("annual discount %g is not a rate", discount),
				 errdetail("It must be 0 or more."),
				 errhint("Write ten per cent a year as 0.1.")));
	require_unit(m);
	return log1p(discount) * ((double) m->unit / (double) CRM_CLV_YEAR);
}

static double
count_argument(FunctionCallInfo fcinfo, int n)
{
	int32		count = PG_GETARG_INT32(n);

	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of purchases must not be negative")));
	return count;
}

/* probability_alive(clv_model, rfm) -> float8; strict, as are all here */
Datum
clv_model_alive(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvCustomer c = customer_argument(fcinfo, 1, m);

	PG_RETURN_FLOAT8(crm_clv_alive(m, &c));
}

/* probability_alive(clv_model, rfm, ahead interval) -> float8 */
Datum
clv_model_alive_ahead(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvCustomer c = customer_argument(fcinfo, 1, m);
	CrmClvOutlook o = crm_clv_outlook(m, &c);

	PG_RETURN_FLOAT8(crm_clv_alive_ahead(&o, units_argument(fcinfo, 2, "ahead",
															m)));
}

/* expected_purchases(clv_model, rfm, horizon interval) -> float8 */
Datum
clv_model_expected(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvCustomer c = customer_argument(fcinfo, 1, m);
	CrmClvOutlook o = crm_clv_outlook(m, &c);

	PG_RETURN_FLOAT8(crm_clv_expected(&o, units_argument(fcinfo, 2, "horizon",
														 m)));
}

/* expected_purchases(clv_model, horizon interval) -> float8 */
Datum
clv_model_expected_new(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvOutlook o = crm_clv_new_customer(m);

	PG_RETURN_FLOAT8(crm_clv_expected(&o, units_argument(fcinfo, 1, "horizon",
														 m)));
}

/*
 * probability_purchases(clv_model, rfm, n integer, horizon interval) -> float8
 */
Datum
clv_model_probability(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvCustomer c = customer_argument(fcinfo, 1, m);
	CrmClvOutlook o = crm_clv_outlook(m, &c);
	double		n = count_argument(fcinfo, 2);

	PG_RETURN_FLOAT8(crm_clv_probability(&o, n, units_argument(fcinfo, 3,
															   "horizon", m)));
}

/* probability_purchases(clv_model, n integer, horizon interval) -> float8 */
Datum
clv_model_probability_new(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvOutlook o = crm_clv_new_customer(m);
	double		n = count_argument(fcinfo, 1);

	PG_RETURN_FLOAT8(crm_clv_probability(&o, n, units_argument(fcinfo, 2,
															   "horizon", m)));
}

/* expected_spend(clv_model, rfm) -> float8; NULL where there is no mean */
Datum
clv_model_expected_spend(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = spend_argument(fcinfo, 0, 0);
	CrmClvCustomer c = crm_clv_customer(m->kind, PG_GETARG_CRM_RFM(1));
	double		spend;

	if (!crm_clv_spend(m, &c, &spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(spend);
}

/*
 * residual_transactions(clv_model, rfm, annual_discount float8) -> float8; NULL
 * where they are infinite
 */
Datum
clv_model_residual(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	CrmClvCustomer c = customer_argument(fcinfo, 1, m);
	CrmClvOutlook o = crm_clv_outlook(m, &c);
	double		n = crm_clv_discounted(&o, INFINITY, rate_argument(fcinfo, 2,
																   m));

	if (isinf(n))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(n);
}

/*
 * lifetime_value(clv_model, spend clv_model, rfm, horizon interval,
 * annual_discount float8, margin float8) -> float8; NULL where the customer has
 * no expected spend
 */
Datum
clv_model_lifetime_value(PG_FUNCTION_ARGS)
{
	const CrmClvModel *m = buying_argument(fcinfo);
	const CrmClvModel *spending = spend_argument(fcinfo, 1, 1);
	CrmClvCustomer c = customer_argument(fcinfo, 2, m);
	CrmClvCustomer buyer = crm_clv_customer(spending->kind,
											PG_GETARG_CRM_RFM(2));
	double		units = units_argument(fcinfo, 3, "horizon", m);
	double		rate = rate_argument(fcinfo, 4, m);
	double		margin = PG_GETARG_FLOAT8(5);
	CrmClvOutlook o = crm_clv_outlook(m, &c);
	double		spend;

	if (!(margin >= 0 && margin <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("margin %g is not between 0 and 1", margin),
				 errhint("Write 30 %% as 0.3.")));
	if (!crm_clv_spend(spending, &buyer, &spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(crm_clv_discounted(&o, units, rate) * spend * margin);
}
