/*
 * target_sql.c
 *		Targets: attainment, shares that add up exactly, working days.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "crmprob.h"
#include "decimal.h"

PG_FUNCTION_INFO_V1(target_attainment);
PG_FUNCTION_INFO_V1(weighted_attainment);
PG_FUNCTION_INFO_V1(apportion);
PG_FUNCTION_INFO_V1(working_days);

#define MAX_PARTS 100000
#define MAX_DECIMALS 20

/* Longest period; a day is looked at one by one. */
#define MAX_DAYS 36525

static Numeric
counting_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	Numeric		v;

	if (PG_ARGISNULL(n))
		return NULL;
	v = PG_GETARG_NUMERIC(n);
	if (!crm_decimal_counts(v))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a number of 0 or more", name)));
	return v;
}

/*
 * attainment(actual numeric, target numeric, cap numeric) -> numeric; NULL for
 * a NULL actual or target and for a target of 0, NULL cap is none
 */
Datum
target_attainment(PG_FUNCTION_ARGS)
{
	Numeric		target = counting_argument(fcinfo, 1, "target");
	Numeric		cap = counting_argument(fcinfo, 2, "cap");
	Numeric		share;

	if (PG_ARGISNULL(0) || target == NULL ||
		crm_decimal_cmp(target, crm_decimal_of(0)) == 0)
		PG_RETURN_NULL();
	if (!crm_decimal_finite(PG_GETARG_NUMERIC(0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("actual value must be finite")));
	share = crm_decimal_div(PG_GETARG_NUMERIC(0), target);
	if (cap != NULL && crm_decimal_cmp(share, cap) > 0)
		share = cap;
	PG_RETURN_NUMERIC(share);
}

/* One-dimensional, of numeric; elements and which are NULL. */
static int
numbers_of(ArrayType *array, Datum **values, bool **nulls)
{
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array must have one dimension")));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, values,
					  nulls, &n);
	if (n > MAX_PARTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("array has more than %d elements", MAX_PARTS)));
	return n;
}

static Numeric
weight_of(Datum weight)
{
	Numeric		w = DatumGetNumeric(weight);

	if (!crm_decimal_counts(w))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weights must be numbers of 0 or more")));
	return w;
}

/*
 * weighted_attainment(attainments numeric[], weights numeric[]) -> numeric;
 * strict, elements with a NULL on either side do not count, NULL if none does
 */
Datum
weighted_attainment(PG_FUNCTION_ARGS)
{
	Datum	   *values;
	Datum	   *weights;
	bool	   *no_value;
	bool	   *no_weight;
	int			n = numbers_of(PG_GETARG_ARRAYTYPE_P(0), &values, &no_value);
	Numeric		sum = crm_decimal_of(0);
	Numeric		total = crm_decimal_of(0);

	if (numbers_of(PG_GETARG_ARRAYTYPE_P(1), &weights, &no_weight) != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("attainments and weights differ in number")));
	for (int i = 0; i < n; i++)
	{
		Numeric		weight;

		CHECK_FOR_INTERRUPTS();
		if (no_weight[i])
			continue;
		weight = weight_of(weights[i]);
		if (no_value[i])
			continue;
		if (!crm_decimal_finite(DatumGetNumeric(values[i])))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("attainments must be finite")));
		sum = crm_decimal_add(sum, crm_decimal_mul(DatumGetNumeric(values[i]),
												   weight));
		total = crm_decimal_add(total, weight);
	}
	if (crm_decimal_cmp(total, crm_decimal_of(0)) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(crm_decimal_div(sum, total));
}

/* What whole units leave of an ideal share. */
typedef struct Remainder
{
	Numeric		rest;
	Numeric		weight;
	int			index;
} Remainder;

/* Largest remainder first; of equals the greater weight, then the earlier. */
static int
compare_remainders(const void *a, const void *b)
{
	const Remainder *x = a;
	const Remainder *y = b;
	int			c = crm_decimal_cmp(y->rest, x->rest);

	CHECK_FOR_INTERRUPTS();
	if (c == 0)
		c = crm_decimal_cmp(y->weight, x->weight);
	return c != 0 ? c : x->index - y->index;
}

static Numeric
whole(Numeric v)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_trunc,
											   NumericGetDatum(v),
											   Int32GetDatum(0)));
}

/* 10^digits, exactly. */
static Numeric
power_of_ten(int digits)
{
	Numeric		v = crm_decimal_of(1);

	for (int i = 0; i < digits; i++)
		v = crm_decimal_mul(v, crm_decimal_of(10));
	return v;
}

/* The total in units of the last decimal, of which there must be no part. */
static Numeric
units_of(Numeric total, int decimals)
{
	Numeric		units = crm_decimal_mul(total, power_of_ten(decimals));

	if (crm_decimal_cmp(units, whole(units)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("total has more than %d decimals", decimals),
				 errhint("Round it, or ask for more decimals.")));
	return whole(units);
}

/* By multiplication, which is exact: a division of long numbers rounds. */
static Datum
amount_of(Numeric units, int decimals)
{
	Numeric		tenth = crm_decimal_div(crm_decimal_of(1), crm_decimal_of(10));

	for (int i = 0; i < decimals; i++)
		units = crm_decimal_mul(units, tenth);
	return DirectFunctionCall2(numeric_round, NumericGetDatum(units),
							   Int32GetDatum(decimals));
}

/*
 * apportion(total numeric, weights numeric[], decimals integer) -> numeric[],
 * which adds up to the total; strict, a NULL weight counts as 0, NULL when all
 * weights are 0
 */
Datum
apportion(PG_FUNCTION_ARGS)
{
	Numeric		total = counting_argument(fcinfo, 0, "total");
	int32		decimals = PG_GETARG_INT32(2);
	Numeric		zero = crm_decimal_of(0);
	Numeric		sum = zero;
	Numeric		left;
	Datum	   *weights;
	bool	   *nulls;
	int			n = numbers_of(PG_GETARG_ARRAYTYPE_P(1), &weights, &nulls);
	Numeric    *units = palloc((n + 1) * sizeof *units);
	Remainder  *rests = palloc((n + 1) * sizeof *rests);
	Datum	   *result = palloc((n + 1) * sizeof *result);

	if (decimals < 0 || decimals > MAX_DECIMALS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals must be between 0 and %d", MAX_DECIMALS)));
	left = units_of(total, decimals);
	for (int i = 0; i < n; i++)
	{
		rests[i].weight = nulls[i] ? zero : weight_of(weights[i]);
		rests[i].index = i;
		sum = crm_decimal_add(sum, rests[i].weight);
	}
	if (crm_decimal_cmp(sum, zero) == 0)
		PG_RETURN_NULL();
	total = left;
	for (int i = 0; i < n; i++)
	{
		/* units x weight = whole x sum + rest: integers and exact fractions */
		Numeric		share = crm_decimal_mul(total, rests[i].weight);

		CHECK_FOR_INTERRUPTS();
		units[i] = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
													   NumericGetDatum(share),
													   NumericGetDatum(sum)));
		rests[i].rest = crm_decimal_sub(share, crm_decimal_mul(units[i], sum));
		left = crm_decimal_sub(left, units[i]);
	}
	qsort(rests, n, sizeof *rests, compare_remainders);
	for (int i = 0; crm_decimal_cmp(left, zero) > 0; i++)
	{
		units[rests[i].index] = crm_decimal_add(units[rests[i].index],
												crm_decimal_of(1));
		left = crm_decimal_sub(left, crm_decimal_of(1));
	}
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		result[i] = amount_of(units[i], decimals);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(result, n, NUMERICOID, -1, false,
										  TYPALIGN_INT));
}

static int
compare_dates(const void *a, const void *b)
{
	DateADT		x = DatumGetDateADT(*(const Datum *) a);
	DateADT		y = DatumGetDateADT(*(const Datum *) b);

	CHECK_FOR_INTERRUPTS();
	return (x > y) - (x < y);
}

static bool
is_holiday(const Datum *holidays, int n, DateADT day)
{
	Datum		key = DateADTGetDatum(day);

	return n > 0 &&
		bsearch(&key, holidays, n, sizeof(Datum), compare_dates) != NULL;
}

/* By ISO number, Monday 1 to Sunday 7; bit 0 is not used. */
static int
weekdays_of(ArrayType *array)
{
	Datum	   *days;
	bool	   *nulls;
	int			n;
	int			set = 0;

	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &days,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		int32		day = nulls[i] ? 0 : DatumGetInt32(days[i]);

		if (day < 1 || day > 7)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("weekdays must be numbers from 1 (Monday) to 7 (Sunday)")));
		set |= 1 << day;
	}
	return set;
}

/*
 * working_days(first date, last date, holidays date[], weekdays integer[]) ->
 * integer, both days included; strict
 */
Datum
working_days(PG_FUNCTION_ARGS)
{
	DateADT		first = PG_GETARG_DATEADT(0);
	DateADT		last = PG_GETARG_DATEADT(1);
	int			weekdays = weekdays_of(PG_GETARG_ARRAYTYPE_P(3));
	Datum	   *holidays;
	bool	   *nulls;
	int			n_given;
	int			n_holidays = 0;
	int32		n = 0;

	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last) ||
		last < first - 1 || (int64) last - first > MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must have 0 to %d days and an end", MAX_DAYS)));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), DATEOID, sizeof(DateADT), true,
					  TYPALIGN_INT, &holidays, &nulls, &n_given);
	for (int i = 0; i < n_given; i++)
		if (!nulls[i])
			holidays[n_holidays++] = holidays[i];
	qsort(holidays, n_holidays, sizeof(Datum), compare_dates);
	for (DateADT day = first; day <= last; day++)
	{
		int			weekday = j2day(day + POSTGRES_EPOCH_JDATE);

		n += (weekdays >> (weekday == 0 ? 7 : weekday) & 1) &&
			!is_holiday(holidays, n_holidays, day);
	}
	PG_RETURN_INT32(n);
}
