/*
 * smoothing_sql.c
 *		SQL functions that read a sales_series: its periods, its trend and
 *		season, what follows, and how good that is.
 *
 * None is strict: an option that is NULL is to be optimised or has its
 * default, and a NULL series gives no answer.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "normal.h"
#include "sales_series_sql.h"
#include "smoothing.h"

PG_FUNCTION_INFO_V1(sales_series_periods);
PG_FUNCTION_INFO_V1(sales_series_missing);
PG_FUNCTION_INFO_V1(sales_series_step);
PG_FUNCTION_INFO_V1(sales_series_holt_winters);
PG_FUNCTION_INFO_V1(sales_series_projection);
PG_FUNCTION_INFO_V1(sales_series_accuracy);
PG_FUNCTION_INFO_V1(sales_series_decomposition);
PG_FUNCTION_INFO_V1(sales_series_indices);

/* Periods that a projection may have. */
#define MAX_AHEAD 10000

static bool
poll_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static const CrmPoll poll = {poll_interrupts, NULL};

/*----------
 * Periods
 *----------
 */

static void
put_row(ReturnSetInfo *rsinfo, Datum *values, bool *nulls)
{
	CHECK_FOR_INTERRUPTS();
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* periods(sales_series) -> setof (period date, amount numeric); strict */
Datum
sales_series_periods(PG_FUNCTION_ARGS)
{
	CrmSeries	s = PG_GETARG_CRM_SERIES(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (size_t i = 0; i < s.n; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		values[0] = DateADTGetDatum(s.periods[i].date);
		values[1] = crm_sum_numeric(s.periods[i].sum);
		put_row(rsinfo, values, nulls);
	}
	return (Datum) 0;
}

static int64
count_positions(CrmSeries s, const CrmCalendar *calendar)
{
	int64		n = crm_series_positions(s, calendar);

	if (n > CRM_SERIES_MAX_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a sales_series has at most %d periods, those without a row included",
						CRM_SERIES_MAX_PERIODS)));
	return n;
}

/* missing_periods(sales_series) -> setof date, without a row; strict */
Datum
sales_series_missing(PG_FUNCTION_ARGS)
{
	CrmSeries	s = PG_GETARG_CRM_SERIES(0);
	CrmCalendar calendar = crm_series_calendar(s);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		n = count_positions(s, &calendar);
	size_t		at = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int64 i = 0; i < n; i++)
	{
		int32		date;
		Datum		values[1];
		bool		nulls[1] = {false};

		if (!crm_calendar_date(&calendar, i, &date))
			break;
		if (s.periods[at].date == date)
		{
			at++;
			continue;
		}
		values[0] = DateADTGetDatum(date);
		put_row(rsinfo, values, nulls);
	}
	return (Datum) 0;
}

/* period_step(sales_series) -> interval; strict, NULL for one period */
Datum
sales_series_step(PG_FUNCTION_ARGS)
{
	CrmCalendar calendar = crm_series_calendar(PG_GETARG_CRM_SERIES(0));
	Interval   *step = palloc0(sizeof *step);

	if (calendar.step == 0)
		PG_RETURN_NULL();
	if (calendar.months)
		step->month = calendar.step;
	else
		step->day = calendar.step;
	PG_RETURN_INTERVAL_P(step);
}

/*----------
 * Options
 *----------
 */

static bool
text_is(const text * t, const char *word)
{
	return VARSIZE_ANY_EXHDR(t) == strlen(word) &&
		memcmp(VARDATA_ANY(t), word, strlen(word)) == 0;
}

static void
refuse_word(const char *what, const text * word, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s \"%s\" is not known", what,
					crm_clip(text_to_cstring(word))),
			 errhint("%s", hint)));
}

/* An option has a default when it is left out, not when it is NULL. */
static void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name),
				 errhint("Leave it out to have its default, if it has one.")));
}

static bool
multiplicative_argument(FunctionCallInfo fcinfo, int n)
{
	text	   *kind;

	refuse_null(fcinfo, n, "kind");
	kind = PG_GETARG_TEXT_PP(n);
	if (text_is(kind, "multiplicative"))
		return true;
	if (!text_is(kind, "additive"))
		refuse_word("kind", kind, "It is additive or multiplicative.");
	return false;
}

static CrmMissing
missing_argument(FunctionCallInfo fcinfo, int n)
{
	static const char *const WORDS[] = {"error", "zero", "skip", "interpolate"};
	text	   *missing;

	refuse_null(fcinfo, n, "missing");
	missing = PG_GETARG_TEXT_PP(n);
	for (int i = 0; i < lengthof(WORDS); i++)
	{
		if (text_is(missing, WORDS[i]))
			return (CrmMissing) i;
	}
	refuse_word("treatment of missing periods", missing,
				"It is error, zero, skip or interpolate.");
	return CRM_MISSING_ERROR;
}

/* A parameter in [0, 1], NaN when it is not given. */
static double
parameter_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	double		value;

	if (PG_ARGISNULL(n))
		return NAN;
	value = PG_GETARG_FLOAT8(n);
	if (!(value >= 0 && value <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %g is not between 0 and 1", name, value)));
	return value;
}

static int32
count_argument(FunctionCallInfo fcinfo, int n, const char *name, int32 low,
			   int32 high)
{
	int32		value;

	refuse_null(fcinfo, n, name);
	value = PG_GETARG_INT32(n);
	if (value < low || value > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %d is not between %d and %d", name, value, low,
						high)));
	return value;
}

static double *
series_values(CrmSeries s, CrmMissing missing, size_t *n)
{
	CrmCalendar calendar = crm_series_calendar(s);
	size_t		positions = (size_t) count_positions(s, &calendar);
	double	   *values = palloc_array(double, positions + 1);

	if (missing == CRM_MISSING_ERROR && positions > s.n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%zu of %zu periods of the sales_series are missing",
						positions - s.n, positions),
				 errhint("missing_periods() lists them; missing => 'zero', 'skip' or 'interpolate' says what they are.")));
	crm_series_values(s, &calendar, missing, values);
	*n = missing == CRM_MISSING_SKIP ? s.n : positions;
	return values;
}

/* The arguments that follow the series, in the order of the SQL functions. */
typedef struct Options
{
	int			season;
	int			kind;
	int			damped;
	int			missing;
	int			alpha;			/* then beta, gamma, damping */
} Options;

static CrmSmoothing
smoothing_options(FunctionCallInfo fcinfo, Options at)
{
	CrmSmoothing s = {0};

	s.season = (uint32) count_argument(fcinfo, at.season, "season", 1,
									   CRM_SMOOTHING_MAX_SEASON);
	s.multiplicative = multiplicative_argument(fcinfo, at.kind);
	refuse_null(fcinfo, at.damped, "damped");
	s.damped = PG_GETARG_BOOL(at.damped);
	s.alpha = parameter_argument(fcinfo, at.alpha, "alpha");
	s.beta = parameter_argument(fcinfo, at.alpha + 1, "beta");
	s.gamma = parameter_argument(fcinfo, at.alpha + 2, "gamma");
	s.phi = parameter_argument(fcinfo, at.alpha + 3, "damping");
	if (!isnan(s.phi))
		s.damped = true;
	s.seasonal = palloc_array(double, s.season);
	return s;
}

static void
fit(CrmSmoothing *s, const double *x, size_t n)
{
	CrmError	error;

	if (!crm_smoothing_check(s, x, n, &error))
		crm_bad_argument("series to smooth", &error);
	(void) crm_smoothing_fit(s, x, n,
							 palloc_array(double, crm_smoothing_work(s)),
							 &poll);
}

/*----------
 * Smoothing
 *----------
 */

static Datum
float_array(const double *values, size_t n)
{
	Datum	   *elements = palloc_array(Datum, n);

	for (size_t i = 0; i < n; i++)
		elements[i] = Float8GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, (int) n, FLOAT8OID,
										   sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/*
 * holt_winters(sales_series, season, kind, damped, missing, alpha, beta, gamma,
 * damping) -> (alpha, beta, gamma, damping, level, trend, seasonal, sse, n);
 * a NULL series gives NULL, a NULL parameter is optimised
 */
Datum
sales_series_holt_winters(PG_FUNCTION_ARGS)
{
	static const Options AT = {1, 2, 3, 4, 5};
	TupleDesc	desc;
	CrmSmoothing s;
	double	   *x;
	size_t		n;
	Datum		values[9];
	bool		nulls[9] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	s = smoothing_options(fcinfo, AT);
	x = series_values(PG_GETARG_CRM_SERIES(0),
					  missing_argument(fcinfo, AT.missing), &n);
	fit(&s, x, n);
	values[0] = Float8GetDatum(s.alpha);
	values[1] = Float8GetDatum(s.beta);
	values[2] = Float8GetDatum(s.gamma);
	values[3] = Float8GetDatum(s.phi);
	values[4] = Float8GetDatum(s.level);
	values[5] = Float8GetDatum(s.trend);
	values[6] = float_array(s.seasonal, s.season);
	values[7] = Float8GetDatum(s.sse);
	values[8] = Int64GetDatum((int64) s.n_errors);
	nulls[2] = nulls[6] = s.season == 1;
	nulls[3] = !s.damped;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/*
 * projection(sales_series, season, ahead, kind, damped, missing, level, alpha,
 * beta, gamma, damping) -> setof (period, amount, low, high); a NULL series
 * gives no rows, a NULL parameter is optimised
 */
Datum
sales_series_projection(PG_FUNCTION_ARGS)
{
	static const Options AT = {1, 3, 4, 5, 7};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmSmoothing s;
	CrmSeries	series;
	CrmCalendar calendar;
	CrmMissing	missing;
	double		level;
	double	   *x;
	size_t		n;
	int32		ahead;
	int32		date;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	series = PG_GETARG_CRM_SERIES(0);
	ahead = count_argument(fcinfo, 2, "ahead", 1, MAX_AHEAD);
	refuse_null(fcinfo, 6, "level");
	level = crm_confidence_level(PG_GETARG_FLOAT8(6));
	s = smoothing_options(fcinfo, AT);
	missing = missing_argument(fcinfo, AT.missing);
	x = series_values(series, missing, &n);
	fit(&s, x, n);
	calendar = crm_series_calendar(series);
	date = series.periods[series.n - 1].date;
	for (int32 i = 1; i <= ahead; i++)
	{
		double		amount = crm_smoothing_ahead(&s, (size_t) i);
		double		margin = crm_normal_quantile(.5 + level / 2) *
		sqrt(crm_smoothing_variance(&s, (size_t) i));
		Datum		values[4];
		bool		nulls[4] = {false, false, isnan(margin), isnan(margin)};

		if (!crm_series_next(series, &calendar, missing, &date))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("projection leaves the range of dates")));
		values[0] = DateADTGetDatum(date);
		values[1] = Float8GetDatum(amount);
		values[2] = Float8GetDatum(amount - margin);
		values[3] = Float8GetDatum(amount + margin);
		put_row(rsinfo, values, nulls);
	}
	return (Datum) 0;
}

/*----------
 * Accuracy
 *----------
 */

static void
put_accuracy(ReturnSetInfo *rsinfo, const char *method, CrmAccuracy a)
{
	Datum		values[5];
	bool		nulls[5] = {false, false, false, isnan(a.mase), false};

	values[0] = crm_word_datum(method);
	values[1] = Float8GetDatum(a.mae);
	values[2] = Float8GetDatum(a.rmse);
	values[3] = Float8GetDatum(a.mase);
	values[4] = Int64GetDatum((int64) a.n);
	put_row(rsinfo, values, nulls);
}

/*
 * accuracy(sales_series, season, holdout, kind, damped, missing, alpha, beta,
 * gamma, damping) -> setof (method, mae, rmse, mase, n): Holt-Winters, the
 * value a season ago, the value before; a NULL series gives no rows
 */
Datum
sales_series_accuracy(PG_FUNCTION_ARGS)
{
	static const Options AT = {1, 3, 4, 5, 6};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmSmoothing s;
	double	   *x;
	double	   *forecast;
	double		scale;
	size_t		all;
	size_t		n;
	size_t		from;
	int32		holdout;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	s = smoothing_options(fcinfo, AT);
	x = series_values(PG_GETARG_CRM_SERIES(0),
					  missing_argument(fcinfo, AT.missing), &all);
	holdout = count_argument(fcinfo, 2, "holdout", 0, MAX_AHEAD);
	n = (size_t) holdout < all ? all - holdout : 0;
	fit(&s, x, n);
	from = holdout > 0 ? n : crm_smoothing_lead(&s);
	forecast = palloc_array(double, all);
	scale = crm_naive_scale(x, n, s.season);
	if (holdout == 0)
		crm_smoothing_fitted(&s, x, n,
							 palloc_array(double, crm_smoothing_work(&s)),
							 forecast);
	for (size_t i = from; holdout > 0 && i < all; i++)
		forecast[i - from] = crm_smoothing_ahead(&s, i - n + 1);
	put_accuracy(rsinfo, "holt_winters",
				 crm_accuracy(x + from, forecast, all - from, scale));
	for (size_t i = from; i < all; i++)
		forecast[i - from] = x[holdout == 0 ? i - s.season :
							   n - s.season + (i - n) % s.season];
	if (s.season > 1)
		put_accuracy(rsinfo, "seasonal_naive",
					 crm_accuracy(x + from, forecast, all - from, scale));
	for (size_t i = from; i < all; i++)
		forecast[i - from] = x[(holdout == 0 ? i : n) - 1];
	put_accuracy(rsinfo, "naive",
				 crm_accuracy(x + from, forecast, all - from, scale));
	return (Datum) 0;
}

/*----------
 * Decomposition
 *----------
 */

typedef struct Parts
{
	CrmSeries	series;
	CrmMissing	missing;
	bool		multiplicative;
	uint32		season;
	size_t		n;
	double	   *x;
	double	   *trend;
	double	   *indices;
} Parts;

/* Arguments: series, season, kind, missing. */
static Parts
decompose(FunctionCallInfo fcinfo)
{
	Parts		p;
	CrmSmoothing s = {0};
	CrmError	error;

	p.series = PG_GETARG_CRM_SERIES(0);
	p.season = (uint32) count_argument(fcinfo, 1, "season", 2,
									   CRM_SMOOTHING_MAX_SEASON);
	p.multiplicative = multiplicative_argument(fcinfo, 2);
	p.missing = missing_argument(fcinfo, 3);
	p.x = series_values(p.series, p.missing, &p.n);
	s.season = p.season;
	s.multiplicative = p.multiplicative;
	if (!crm_smoothing_check(&s, p.x, p.n, &error))
		crm_bad_argument("series to decompose", &error);
	p.trend = palloc_array(double, p.n);
	p.indices = palloc_array(double, p.season);
	crm_decompose(p.x, p.n, p.season, p.multiplicative, p.trend, p.indices);
	return p;
}

/*
 * decomposition(sales_series, season, kind, missing) -> setof (period, amount,
 * trend, seasonal, remainder); a NULL series gives no rows, trend and
 * remainder are NULL half a season from either end
 */
Datum
sales_series_decomposition(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmCalendar calendar;
	Parts		p;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	p = decompose(fcinfo);
	calendar = crm_series_calendar(p.series);
	for (size_t i = 0; i < p.n; i++)
	{
		double		trend = p.trend[i];
		double		index = p.indices[i % p.season];
		int32		date = 0;
		Datum		values[5];
		bool		nulls[5] = {false, false, isnan(trend), false,
		isnan(trend)};

		if (p.missing == CRM_MISSING_SKIP)
			date = p.series.periods[i].date;
		else
			(void) crm_calendar_date(&calendar, (int64) i, &date);
		values[0] = DateADTGetDatum(date);
		values[1] = Float8GetDatum(p.x[i]);
		values[2] = Float8GetDatum(trend);
		values[3] = Float8GetDatum(index);
		values[4] = Float8GetDatum(p.multiplicative ?
								   p.x[i] / trend / index :
								   p.x[i] - trend - index);
		put_row(rsinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * seasonal_indices(sales_series, season, kind, missing) -> setof (part int,
 * index float8), that of the first period first; a NULL series gives no rows
 */
Datum
sales_series_indices(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Parts		p;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	p = decompose(fcinfo);
	for (uint32 i = 0; i < p.season; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		values[0] = Int32GetDatum((int32) i + 1);
		values[1] = Float8GetDatum(p.indices[i]);
		put_row(rsinfo, values, nulls);
	}
	return (Datum) 0;
}
