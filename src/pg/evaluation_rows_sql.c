/*
 * evaluation_rows_sql.c
 *		What an evaluation says row by row: roc, lift, calibration, confusion,
 *		best_threshold, expected_wins.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "evaluation_rows.h"
#include "evaluation_value.h"
#include "normal.h"

PG_FUNCTION_INFO_V1(evaluation_roc);
PG_FUNCTION_INFO_V1(evaluation_lift);
PG_FUNCTION_INFO_V1(evaluation_calibration);
PG_FUNCTION_INFO_V1(evaluation_confusion);
PG_FUNCTION_INFO_V1(evaluation_best_threshold);
PG_FUNCTION_INFO_V1(evaluation_expected_wins);
PG_FUNCTION_INFO_V1(scores_expected_wins);

/* Of the interval of an observed share. */
#define SHARE_LEVEL 0.95

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static Datum
row_datum(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/* A share of nothing is NULL. */
static void
set_share(Datum *value, bool *null, double part, double whole)
{
	*null = whole == 0;
	*value = Float8GetDatum(whole == 0 ? 0 : part / whole);
}

/*
 * roc(evaluation) -> setof (threshold, true_positives, false_positives,
 * true_positive_rate, false_positive_rate); strict, a rate of no rows is NULL
 */
Datum
evaluation_roc(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	double		positives = (double) crm_evaluation_positives(e);
	double		negatives = (double) crm_evaluation_negatives(e);
	int64		tp = 0;
	int64		fp = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	/* the first row calls nobody, the last everybody */
	for (size_t i = e.n_scores + 1; i-- > 0;)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		if (i < e.n_scores)
		{
			tp += e.scores[i].positives;
			fp += e.scores[i].negatives;
		}
		values[0] = Float8GetDatum(i < e.n_scores ? e.scores[i].score :
								   get_float8_infinity());
		values[1] = Int64GetDatum(tp);
		values[2] = Int64GetDatum(fp);
		set_share(&values[3], &nulls[3], (double) tp, positives);
		set_share(&values[4], &nulls[4], (double) fp, negatives);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

static CrmScoreBucket *
get_buckets(CrmEvaluation e, int32 n, const char *what)
{
	CrmScoreBucket *buckets;

	if (n < 1 || n > CRM_EVALUATION_MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of %s %d is not between 1 and %d", what, n,
						CRM_EVALUATION_MAX_BINS)));
	buckets = palloc(n * sizeof(CrmScoreBucket));
	crm_evaluation_buckets(e, (uint32) n, buckets);
	return buckets;
}

/*
 * lift(evaluation, buckets integer) -> setof (bucket, n, positives, low_score,
 * high_score, rate, lift, gain, cumulative_lift), highest scores first;
 * strict, a lift over no positives is NULL
 */
Datum
evaluation_lift(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	int32		n = PG_GETARG_INT32(1);
	CrmScoreBucket *buckets = get_buckets(e, n, "buckets");
	double		positives = (double) crm_evaluation_positives(e);
	double		rows = positives + (double) crm_evaluation_negatives(e);
	double		taken = 0;
	double		found = 0;
	int32		number = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int32 i = n; i-- > 0;)
	{
		const CrmScoreBucket *b = &buckets[i];
		Datum		values[9];
		bool		nulls[9] = {false};

		if (b->n == 0)
			continue;
		taken += b->n;
		found += b->positives;
		values[0] = Int32GetDatum(++number);
		values[1] = Float8GetDatum(b->n);
		values[2] = Float8GetDatum(b->positives);
		values[3] = Float8GetDatum(b->low);
		values[4] = Float8GetDatum(b->high);
		values[5] = Float8GetDatum(b->positives / b->n);
		set_share(&values[6], &nulls[6], b->positives / b->n,
				  positives / rows);
		set_share(&values[7], &nulls[7], found, positives);
		set_share(&values[8], &nulls[8], found / taken, positives / rows);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * calibration(evaluation, bins integer) -> setof (bin, n, mean_score, rate,
 * low, high), lowest scores first; strict
 */
Datum
evaluation_calibration(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	int32		n = PG_GETARG_INT32(1);
	CrmScoreBucket *buckets = get_buckets(e, n, "bins");
	double		z = crm_normal_quantile(0.5 + SHARE_LEVEL / 2);
	int32		number = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int32 i = 0; i < n; i++)
	{
		const CrmScoreBucket *b = &buckets[i];
		Datum		values[6];
		bool		nulls[6] = {false};
		double		low;
		double		high;

		if (b->n == 0)
			continue;
		crm_share_interval(b->positives, b->n, z, &low, &high);
		values[0] = Int32GetDatum(++number);
		values[1] = Float8GetDatum(b->n);
		values[2] = Float8GetDatum(b->score_sum / b->n);
		values[3] = Float8GetDatum(b->positives / b->n);
		values[4] = Float8GetDatum(low);
		values[5] = Float8GetDatum(high);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * confusion(evaluation, threshold float8) -> (true_positives, false_positives,
 * true_negatives, false_negatives, precision, recall, specificity, accuracy,
 * f1); strict, a share of no rows is NULL
 */
Datum
evaluation_confusion(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	double		threshold = PG_GETARG_FLOAT8(1);
	CrmConfusion c;
	double		tp;
	double		fp;
	double		tn;
	double		fn;
	Datum		values[9];
	bool		nulls[9] = {false};

	if (isnan(threshold))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must not be NaN")));
	c = crm_evaluation_confusion(e, threshold);
	tp = (double) c.true_positives;
	fp = (double) c.false_positives;
	tn = (double) c.true_negatives;
	fn = (double) c.false_negatives;
	values[0] = Int64GetDatum((int64) c.true_positives);
	values[1] = Int64GetDatum((int64) c.false_positives);
	values[2] = Int64GetDatum((int64) c.true_negatives);
	values[3] = Int64GetDatum((int64) c.false_negatives);
	set_share(&values[4], &nulls[4], tp, tp + fp);
	set_share(&values[5], &nulls[5], tp, tp + fn);
	set_share(&values[6], &nulls[6], tn, tn + fp);
	set_share(&values[7], &nulls[7], tp + tn, tp + tn + fp + fn);
	set_share(&values[8], &nulls[8], 2 * tp, 2 * tp + fp + fn);
	return row_datum(fcinfo, values, nulls);
}

static CrmObjective
get_objective(const text * name)
{
	static const char *const names[] = {"f1", "youden", "cost"};
	char	   *given = text_to_cstring(name);

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(given, names[i]) == 0)
			return (CrmObjective) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown objective \"%s\"", crm_clip(given)),
			 errhint("Valid objectives are: f1, youden, cost.")));
	return CRM_OBJECTIVE_F1;
}

/*
 * best_threshold(evaluation, objective text, cost_false_positive float8,
 * cost_false_negative float8) -> (threshold, value); strict, NULL where the
 * objective has no answer
 */
Datum
evaluation_best_threshold(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	CrmObjective objective = get_objective(PG_GETARG_TEXT_PP(1));
	double		cost_fp = PG_GETARG_FLOAT8(2);
	double		cost_fn = PG_GETARG_FLOAT8(3);
	double		threshold;
	double		value;
	Datum		values[2];
	bool		nulls[2] = {false};

	if (!(cost_fp >= 0 && cost_fn >= 0 && isfinite(cost_fp) &&
		  isfinite(cost_fn)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("costs must be finite and not negative")));
	if (!crm_evaluation_best_threshold(e, objective, cost_fp, cost_fn,
									   &threshold, &value))
		PG_RETURN_NULL();
	values[0] = Float8GetDatum(threshold);
	values[1] = Float8GetDatum(value);
	return row_datum(fcinfo, values, nulls);
}

/*
 * expected_wins(evaluation) -> (n, expected, std_dev, observed); strict
 */
Datum
evaluation_expected_wins(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	int64		positives = (int64) crm_evaluation_positives(e);
	double		mean;
	double		variance;
	Datum		values[4];
	bool		nulls[4] = {false};

	crm_evaluation_expected(e, &mean, &variance);
	values[0] = Int64GetDatum(positives + (int64) crm_evaluation_negatives(e));
	values[1] = Float8GetDatum(mean);
	values[2] = Float8GetDatum(sqrt(variance));
	values[3] = Int64GetDatum(positives);
	return row_datum(fcinfo, values, nulls);
}

/*
 * expected_wins(scores float8[]) -> (n, expected, std_dev); strict, NULL
 * elements are skipped
 */
Datum
scores_expected_wins(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *elements;
	bool	   *missing;
	int			n;
	int64		counted = 0;
	double		mean = 0;
	double		variance = 0;
	Datum		values[3];
	bool		nulls[3] = {false};

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &missing, &n);
	for (int i = 0; i < n; i++)
	{
		double		p = missing[i] ? 0 : DatumGetFloat8(elements[i]);

		crm_require_probability(p);
		counted += !missing[i];
		mean += p;
		variance += p * (1 - p);
	}
	values[0] = Int64GetDatum(counted);
	values[1] = Float8GetDatum(mean);
	values[2] = Float8GetDatum(sqrt(variance));
	return row_datum(fcinfo, values, nulls);
}
