/*
 * funnel_report_sql.c
 *		SQL functions that make a table of counted funnels: conversion,
 *		bottleneck, compare.
 *
 * With an as_of they tell of mature entries only: the decoded view is edited,
 * never the value.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "funnel_report.h"
#include "funnel_sql.h"
#include "money.h"

PG_FUNCTION_INFO_V1(funnel_conversion);
PG_FUNCTION_INFO_V1(funnel_mature_conversion);
PG_FUNCTION_INFO_V1(funnel_n_immature);
PG_FUNCTION_INFO_V1(funnel_bottleneck);
PG_FUNCTION_INFO_V1(funnel_compare);
PG_FUNCTION_INFO_V1(funnel_mature_compare);

/*----------
 * Values of columns
 *----------
 */

static Datum
step_name(const CrmFunnelDefinition *d, int step)
{
	size_t		len = crm_funnel_step_name(d, step, NULL);
	char	   *text = palloc(len);

	crm_funnel_step_name(d, step, text);
	return PointerGetDatum(cstring_to_text_with_len(text, (int) len));
}

static Datum
rate(double value, bool *isnull)
{
	*isnull = isnan(value);
	return Float8GetDatum(value);
}

static Datum
duration(double usecs, bool *isnull)
{
	*isnull = isnan(usecs);
	if (*isnull)
		return (Datum) 0;
	return IntervalPGetDatum(crm_make_interval((int64) rint(usecs)));
}

/* An estimate of money, rounded to its decimals. */
static Datum
estimate(double money)
{
	return DirectFunctionCall2(numeric_round,
							   DirectFunctionCall1(float8_numeric,
												   Float8GetDatum(money / CRM_MONEY_UNIT)),
							   Int32GetDatum(CRM_MONEY_DECIMALS));
}

static CrmBucket *
bucket_room(const CrmFunnelValue *a, const CrmFunnelValue *b)
{
	return palloc_array(CrmBucket,
						Max(Max(a->funnel.n_cells, b->funnel.n_cells), 1));
}

/* Leaves out the entries whose window is open at as_of. */
static void
keep_mature(CrmFunnelValue *f, TimestampTz as_of)
{
	int64		t = crm_finite_time(as_of, "as_of");

	if (!f->funnel.has_days)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnel has no window"),
				 errdetail("Without a window an entry never matures."),
				 errhint("Define the funnel with a window, as in within => '90 days'.")));
	crm_funnel_keep_mature(&f->funnel, &f->definition, t);
}

/*----------
 * Conversion
 *----------
 */

static Datum
return_conversion(FunctionCallInfo fcinfo, const CrmFunnelValue *f)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmBucket  *buckets = bucket_room(f, f);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int step = 1; step <= f->funnel.n_steps; step++)
	{
		Datum		values[10];
		bool		nulls[10] = {false};
		CrmConversion row;

		crm_funnel_conversion(&f->funnel, step, buckets, &row);
		values[0] = Int32GetDatum(step);
		values[1] = step_name(&f->definition, step);
		values[2] = Int64GetDatum((int64) row.entered);
		values[3] = Int64GetDatum(row.dropped);
		nulls[3] = step == f->funnel.n_steps;
		values[4] = rate(row.step_conversion, &nulls[4]);
		values[5] = rate(row.conversion, &nulls[5]);
		values[6] = rate(row.low, &nulls[6]);
		values[7] = rate(row.high, &nulls[7]);
		values[8] = duration(row.median, &nulls[8]);
		values[9] = duration(row.p90, &nulls[9]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * conversion(funnel) -> setof (step, stage, entered, dropped,
 * step_conversion, conversion, low, high, median_time, p90_time); strict
 */
Datum
funnel_conversion(PG_FUNCTION_ARGS)
{
	return return_conversion(fcinfo, PG_GETARG_CRM_FUNNEL(0));
}

/*
 * conversion(funnel, as_of timestamptz) -> the same of mature entries, times
 * NULL; strict
 */
Datum
funnel_mature_conversion(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *f = PG_GETARG_CRM_FUNNEL(0);

	keep_mature(f, PG_GETARG_TIMESTAMPTZ(1));
	return return_conversion(fcinfo, f);
}

/*
 * n_immature(funnel, as_of timestamptz) -> bigint: entries whose window is
 * still open at as_of; strict, NULL without a window
 */
Datum
funnel_n_immature(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *f = PG_GETARG_CRM_FUNNEL(0);
	int64		as_of = crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of");

	if (!f->funnel.has_days)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) crm_funnel_immature(&f->funnel, &f->definition,
												as_of));
}

/*----------
 * Bottlenecks
 *----------
 */

/*
 * bottleneck(funnel) -> setof (step, stage, dropped, drop_share, amount_lost,
 * amount_share, time_share, next_conversion, gained_deals, gained_amount,
 * largest_gain); strict
 */
Datum
funnel_bottleneck(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *f = PG_GETARG_CRM_FUNNEL(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmBottleneck *rows = palloc_array(CrmBottleneck, CRM_FUNNEL_MAX_STEPS + 1);
	bool		priced = crm_funnel_bottleneck(&f->funnel, &f->definition,
											   rows);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int step = 1; step <= f->funnel.n_steps; step++)
	{
		const CrmBottleneck *row = &rows[step];
		Datum		values[11];
		bool		nulls[11] = {false};

		values[0] = Int32GetDatum(step);
		values[1] = step_name(&f->definition, step);
		values[2] = Int64GetDatum(row->dropped);
		nulls[2] = !row->has_next;
		values[3] = rate(row->drop_share, &nulls[3]);
		nulls[4] = !row->has_next || !priced;
		values[4] = nulls[4] ? (Datum) 0 : crm_sum_numeric(row->amount_lost);
		values[5] = rate(row->amount_share, &nulls[5]);
		values[6] = rate(row->time_share, &nulls[6]);
		values[7] = rate(row->next_conversion, &nulls[7]);
		values[8] = Float8GetDatum(row->gained_deals);
		nulls[8] = !row->has_gain;
		nulls[9] = !row->has_gain || !priced;
		values[9] = nulls[9] ? (Datum) 0 : estimate(row->gained_amount);
		values[10] = BoolGetDatum(row->largest_gain);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*----------
 * Comparison
 *----------
 */

static void
require_comparable(const CrmFunnelValue *a, CrmFunnelValue *b)
{
	const char *names[CRM_FUNNEL_PARTS];
	int			n = crm_funnel_incomparable(&a->definition, &b->definition,
											names);

	if (n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnels of different definitions cannot be compared"),
				 errdetail("They differ in %s.", crm_name_list(names, n)),
				 errhint("Only the range of entry may differ.")));
}

static Datum
return_comparison(FunctionCallInfo fcinfo, const CrmFunnelValue *a,
				  const CrmFunnelValue *b)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmBucket  *buckets = bucket_room(a, b);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int step = 1; step <= a->funnel.n_steps; step++)
	{
		Datum		values[16];
		bool		nulls[16] = {false};
		CrmComparison row;

		crm_funnel_compare(&a->funnel, &b->funnel, step, buckets, &row);
		values[0] = Int32GetDatum(step);
		values[1] = step_name(&a->definition, step);
		values[2] = Int64GetDatum((int64) row.a.entered);
		values[3] = Int64GetDatum((int64) row.b.entered);
		values[4] = rate(row.a.step_conversion, &nulls[4]);
		values[5] = rate(row.b.step_conversion, &nulls[5]);
		values[6] = rate(row.step.difference, &nulls[6]);
		values[7] = rate(row.step.low, &nulls[7]);
		values[8] = rate(row.step.high, &nulls[8]);
		values[9] = rate(row.step.p_value, &nulls[9]);
		values[10] = rate(row.a.conversion, &nulls[10]);
		values[11] = rate(row.b.conversion, &nulls[11]);
		values[12] = rate(row.whole.difference, &nulls[12]);
		values[13] = rate(row.whole.p_value, &nulls[13]);
		values[14] = duration(row.a.median, &nulls[14]);
		values[15] = duration(row.b.median, &nulls[15]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * compare(a funnel, b funnel) -> setof (step, stage, entered_a, entered_b,
 * step_conversion_a, step_conversion_b, difference, low, high, p_value,
 * conversion_a, conversion_b, conversion_difference, conversion_p_value,
 * median_time_a, median_time_b); strict
 */
Datum
funnel_compare(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *a = PG_GETARG_CRM_FUNNEL(0);
	CrmFunnelValue *b = PG_GETARG_CRM_FUNNEL(1);

	require_comparable(a, b);
	return return_comparison(fcinfo, a, b);
}

/*
 * compare(a funnel, b funnel, as_of timestamptz) -> the same of mature
 * entries, times NULL; strict
 */
Datum
funnel_mature_compare(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *a = PG_GETARG_CRM_FUNNEL(0);
	CrmFunnelValue *b = PG_GETARG_CRM_FUNNEL(1);

	require_comparable(a, b);
	keep_mature(a, PG_GETARG_TIMESTAMPTZ(2));
	keep_mature(b, PG_GETARG_TIMESTAMPTZ(2));
	return return_comparison(fcinfo, a, b);
}
