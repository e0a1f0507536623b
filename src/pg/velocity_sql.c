/*
 * velocity_sql.c
 *		Sales velocity and win rate.
 *
 * The product of velocity is taken in numeric, so that money loses nothing but
 * in the last rounding, to four decimals.
 */
#include "compat.h"

#include "common/int.h"
#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "crmprob.h"

PG_FUNCTION_INFO_V1(velocity_sales_velocity);
PG_FUNCTION_INFO_V1(velocity_win_rate);
PG_FUNCTION_INFO_V1(velocity_win_rate_accum);

static void
refuse(const char *name, const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" %s", name, rule)));
}

/* The length of a cycle in microseconds: no months, not negative. */
static int64
cycle_length(const Interval *cycle)
{
	int64		days = (int64) cycle->day * USECS_PER_DAY;
	int64		length;

	if (cycle->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"cycle\" must not have months"),
				 errdetail("Months differ in length."),
				 errhint("Give days, as in \"90 days\".")));
	if (pg_add_s64_overflow(days, cycle->time, &length))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	if (length < 0)
		refuse("cycle", "must not be negative");
	return length;
}

static bool
is_negative(Numeric v)
{
	Datum		sign = DirectFunctionCall1(numeric_sign, NumericGetDatum(v));

	return DatumGetInt32(DirectFunctionCall1(numeric_int4, sign)) < 0;
}

static Datum
times(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

/*
 * sales_velocity(opportunities bigint, win_rate float8, average_amount
 * numeric, cycle interval) -> numeric; strict, NULL when the cycle is 0
 */
Datum
velocity_sales_velocity(PG_FUNCTION_ARGS)
{
	int64		opportunities = PG_GETARG_INT64(0);
	double		win_rate = PG_GETARG_FLOAT8(1);
	Numeric		amount = PG_GETARG_NUMERIC(2);
	int64		cycle = cycle_length(PG_GETARG_INTERVAL_P(3));
	Datum		v;

	if (opportunities < 0)
		refuse("opportunities", "must not be negative");
	/* written so that NaN fails too */
	if (!(win_rate >= 0 && win_rate <= 1))
		refuse("win_rate", "must be between 0 and 1");
	if (numeric_is_nan(amount) || numeric_is_inf(amount))
		refuse("average_amount", "must be a finite number");
	if (is_negative(amount))
		refuse("average_amount", "must not be negative");
	if (cycle == 0)
		PG_RETURN_NULL();
	v = times(NumericGetDatum(int64_to_numeric(opportunities)),
			  NumericGetDatum(amount));
	v = times(v, DirectFunctionCall1(float8_numeric,
									 Float8GetDatum(win_rate)));
	v = times(v, NumericGetDatum(int64_to_numeric(USECS_PER_DAY)));
	v = DirectFunctionCall2(numeric_div, v,
							NumericGetDatum(int64_to_numeric(cycle)));
	return DirectFunctionCall2(numeric_round, v,
							   Int32GetDatum(CRM_MONEY_DECIMALS));
}

/* win_rate(won bigint, lost bigint) -> float8; strict, NULL when both are 0 */
Datum
velocity_win_rate(PG_FUNCTION_ARGS)
{
	int64		won = PG_GETARG_INT64(0);
	int64		lost = PG_GETARG_INT64(1);
	int64		closed;
	CrmProportion p;
	CrmError	error;

	if (won < 0)
		refuse("won", "must not be negative");
	if (lost < 0)
		refuse("lost", "must not be negative");
	if (pg_add_s64_overflow(won, lost, &closed))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	if (closed == 0)
		PG_RETURN_NULL();
	if (!crm_proportion_make(won, closed, &p, &error))
		crm_bad_argument("win rate", &error);
	PG_RETURN_FLOAT8(crm_proportion_value(&p));
}

/*
 * win_rate_accum(state proportion, stage) -> proportion; strict, so a NULL
 * stage is skipped; an open one leaves the state as it is
 */
Datum
velocity_win_rate_accum(PG_FUNCTION_ARGS)
{
	CrmProportion *state = PG_GETARG_CRM_PROPORTION(0);
	CrmStage	stage = PG_GETARG_CRM_STAGE(1);

	if (crm_stage_is_open(stage))
		PG_RETURN_POINTER(state);
	if (!AggCheckCallContext(fcinfo, NULL))
	{
		CrmProportion *copy = palloc(sizeof *copy);

		*copy = *state;
		state = copy;
	}
	if (!crm_proportion_count(state, stage.rank == CRM_STAGE_WON))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("proportion out of range")));
	PG_RETURN_POINTER(state);
}
