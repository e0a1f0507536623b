/*
 * stage_forecast_sql.c
 *		Forecasts from the funnel: what is open now, times the chance to be won
 *		in time as the stage_flow has it.
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "decimal.h"
#include "funnel_sql.h"
#include "revenue_forecast_sql.h"
#include "stage_flow_sql.h"

PG_FUNCTION_INFO_V1(stage_forecast_accum);
PG_FUNCTION_INFO_V1(stage_forecast_win_by_month);
PG_FUNCTION_INFO_V1(stage_forecast_pinball_loss);

/* 365.25 / 12 days in microseconds */
#define MONTH INT64CONST(2629800000000)
#define MAX_MONTHS 120

/* The arguments of the aggregate behind the state. */
#define ARG_FLOW 1
#define ARG_STAGE 2
#define ARG_AMOUNT 3
#define ARG_HORIZON 4
#define ARG_ELAPSED 5

/*
 * forecast_by_stage_accum(state revenue_forecast, stage_flow, stage, amount
 * numeric, horizon interval [, elapsed interval]) -> revenue_forecast; a row
 * with a NULL, of a closed deal, or without an answer is counted as ignored
 */
Datum
stage_forecast_accum(PG_FUNCTION_ARGS)
{
	CrmDeal		deal = {0};
	CrmStage	stage;
	CrmText		label;
	CrmWinTime	time = {0};

	crm_require_aggregate(fcinfo);
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return crm_forecast_skip(fcinfo);
	}
	stage = PG_GETARG_CRM_STAGE(ARG_STAGE);
	if (!crm_stage_is_open(stage))
		return crm_forecast_skip(fcinfo);
	label.data = stage.label;
	label.len = stage.label_len;
	time.horizon = crm_window(PG_GETARG_INTERVAL_P(ARG_HORIZON), "horizon");
	time.by = time.horizon;
	if (PG_NARGS() > ARG_ELAPSED)
		time.elapsed = crm_window(PG_GETARG_INTERVAL_P(ARG_ELAPSED),
								  "elapsed");
	if (!crm_flow_win_within(fcinfo, ARG_FLOW, label, time,
							 &deal.probability))
		return crm_forecast_skip(fcinfo);
	if (deal.probability == 0)
		deal.probability = 0;
	deal.amount = crm_numeric_money(PG_GETARG_DATUM(ARG_AMOUNT));
	deal.count = 1;
	return crm_forecast_add(fcinfo, &deal);
}

/*
 * win_by_month(stage_flow, label text, months int, elapsed interval) -> setof
 * (month int, probability float8); strict, no rows where there is no answer
 */
Datum
stage_forecast_win_by_month(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(1);
	CrmText		label = {VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)};
	int32		months = PG_GETARG_INT32(2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmWinTime	time;
	double		before = 0;

	if (months < 1 || months > MAX_MONTHS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of months %d is not between 1 and %d", months,
						MAX_MONTHS)));
	time.horizon = months * MONTH;
	time.elapsed = crm_window(PG_GETARG_INTERVAL_P(3), "elapsed");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int32 i = 1; i <= months; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};
		double		win;

		time.by = i * MONTH;
		if (!crm_flow_win_within(fcinfo, 0, label, time, &win))
			break;
		values[0] = Int32GetDatum(i);
		values[1] = Float8GetDatum(Max(win - before, 0));
		before = Max(win, before);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * pinball_loss(p float8, quantile numeric, actual numeric) -> float8: p times
 * what came above the quantile, 1 - p times what came below; strict
 */
Datum
stage_forecast_pinball_loss(PG_FUNCTION_ARGS)
{
	double		p = PG_GETARG_FLOAT8(0);
	Numeric		quantile = PG_GETARG_NUMERIC(1);
	Numeric		actual = PG_GETARG_NUMERIC(2);
	double		above;

	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile %g is not between 0 and 1", p)));
	if (!crm_decimal_finite(quantile) || !crm_decimal_finite(actual))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile and actual value must be finite")));
	above = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
											   NumericGetDatum(crm_decimal_sub(actual, quantile))));
	PG_RETURN_FLOAT8(above >= 0 ? p * above : (1 - p) * -above);
}
