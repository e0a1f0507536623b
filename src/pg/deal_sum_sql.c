/*
 * deal_sum_sql.c
 *		SQL functions that read a revenue_forecast: the distribution of its sum.
 *
 * A computed distribution is kept for the session, keyed by the deals and the
 * correlation, because P10, P50 and P90 of one forecast are three calls.  What
 * is kept is immutable and bounded; an entry takes its place only when it is
 * complete.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "crmprob.h"
#include "deal_sum.h"
#include "money.h"
#include "revenue_forecast_sql.h"

PG_FUNCTION_INFO_V1(revenue_forecast_expected_value);
PG_FUNCTION_INFO_V1(revenue_forecast_stddev);
PG_FUNCTION_INFO_V1(revenue_forecast_quantile);
PG_FUNCTION_INFO_V1(revenue_forecast_quantiles);
PG_FUNCTION_INFO_V1(revenue_forecast_at_least);
PG_FUNCTION_INFO_V1(revenue_forecast_wins);
PG_FUNCTION_INFO_V1(revenue_forecast_distribution);
PG_FUNCTION_INFO_V1(revenue_forecast_resolution);

/* Distributions kept, and their memory. */
#define KEPT 32
#define KEPT_BYTES (64 * 1024 * 1024)

/* Below this a transform's result has too few correct digits. */
#define TAIL 1e-12

/* Probabilities that differ by less than this part are taken for equal. */
#define SAME 1e-12

/* Rows below this, at either end of wins(), are left out. */
#define WINS_LEAST 1e-30

/* Amounts below this are left out of distribution(). */
#define AMOUNT_LEAST 1e-18

#define MAX_POINTS 100000

typedef struct Distribution
{
	MemoryContext context;
	Size		bytes;
	uint64		used;			/* when last, on a clock of uses */
	CrmSumPlan	plan;			/* its deals are a copy of this context */
	uint32		first;
	uint32		n;
	double	   *mass;			/* by cell, from "first" on */
	double	   *below;			/* P(sum <= cell) */
	double	   *above;			/* P(sum >= cell) */
} Distribution;

static Distribution *kept[KEPT];
static uint64 uses = 0;

static bool
poll_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static const CrmPoll poll = {poll_interrupts, NULL};

/*----------
 * Arguments
 *----------
 */

static double
correlation_argument(FunctionCallInfo fcinfo, int n)
{
	double		r = PG_NARGS() > n ? PG_GETARG_FLOAT8(n) : 0;

	if (!(r >= 0 && r <= CRM_SUM_MAX_CORRELATION))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("correlation %g is not between 0 and %g", r,
						CRM_SUM_MAX_CORRELATION)));
	return r;
}

static void
check_probability(double p)
{
	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile %g is not between 0 and 1", p),
				 errhint("Write P90 as 0.9.")));
}

static Datum
units_numeric(CrmUnits units)
{
	CrmInt128	sum = {(int64) (units >> 64), (uint64) units};

	return crm_sum_numeric(sum);
}

/*----------
 * The distribution
 *----------
 */

static bool
same_deals(const Distribution *d, CrmForecast f, double correlation)
{
	return d->plan.correlation == correlation &&
		d->plan.f.n_deals == f.n_deals &&
		memcmp(d->plan.f.deals, f.deals, f.n_deals * sizeof(CrmDeal)) == 0;
}

static CrmDealSum
compute(const CrmSumPlan *plan)
{
	size_t		deals = plan->f.n_deals + 1;
	size_t		room = crm_sum_room(plan);
	size_t		transform = crm_sum_transform(plan);
	CrmSumWork	work;
	CrmDealSum	sum;

	work.blocks = palloc_array(double, room);
	work.product = palloc_array(double, room);
	work.mixed = plan->nodes > 1 ? palloc_array(double, room) : NULL;
	work.quantile = plan->nodes > 1 ? palloc_array(double, deals) : NULL;
	work.n_shares = palloc_array(uint32, deals);
	work.share = palloc_array(double, crm_sum_shares(plan) + 1);
	work.roots = palloc_array(CrmComplex, transform / 2 + 1);
	work.transform = palloc_array(CrmComplex, transform);
	if (!crm_sum_compute(plan, &work, &sum, &poll))
		elog(ERROR, "distribution of a revenue_forecast was not finished");
	return sum;
}

static void
add_up(Distribution *d)
{
	double		sum = 0;

	for (uint32 i = 0; i < d->n; i++)
		d->below[i] = sum = Min(sum + d->mass[i], 1);
	sum = 0;
	for (uint32 i = d->n; i-- > 0;)
		d->above[i] = sum = Min(sum + d->mass[i], 1);
}

/* In a context of the caller's. */
static Distribution *
make_distribution(CrmForecast f, double correlation)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "revenue_forecast sum",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "revenue_forecast work",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	Distribution *d = MemoryContextAllocZero(context, sizeof *d);
	CrmDeal    *deals = MemoryContextAlloc(context,
										   (f.n_deals + 1) * sizeof(CrmDeal));
	CrmDealSum	sum;

	memcpy(deals, f.deals, f.n_deals * sizeof(CrmDeal));
	f.deals = deals;
	(void) crm_sum_plan(f, correlation, &d->plan, &poll);
	sum = compute(&d->plan);
	MemoryContextSwitchTo(context);
	d->context = context;
	d->first = sum.first;
	d->n = sum.n;
	d->mass = palloc_array(double, sum.n);
	d->below = palloc_array(double, sum.n);
	d->above = palloc_array(double, sum.n);
	memcpy(d->mass, sum.mass, sum.n * sizeof(double));
	add_up(d);
	d->bytes = MemoryContextMemAllocated(context, true);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return d;
}

/* Makes room for so many bytes: those not used for longest go first. */
static int
free_slot(Size bytes)
{
	for (;;)
	{
		Size		all = 0;
		int			oldest = -1;
		int			empty = -1;

		for (int i = 0; i < KEPT; i++)
		{
			if (kept[i] == NULL)
			{
				empty = i;
				continue;
			}
			all += kept[i]->bytes;
			if (oldest < 0 || kept[i]->used < kept[oldest]->used)
				oldest = i;
		}
		if (empty >= 0 && all + bytes <= KEPT_BYTES)
			return empty;
		MemoryContextDelete(kept[oldest]->context);
		kept[oldest] = NULL;
	}
}

static Distribution *
get_distribution(CrmForecast f, double correlation)
{
	Distribution *d = NULL;

	for (int i = 0; i < KEPT && d == NULL; i++)
	{
		if (kept[i] != NULL && same_deals(kept[i], f, correlation))
			d = kept[i];
	}
	if (d == NULL)
	{
		d = make_distribution(f, correlation);
		if (d->bytes <= KEPT_BYTES)
		{
			int			slot = free_slot(d->bytes);

			MemoryContextSetParent(d->context, CacheMemoryContext);
			kept[slot] = d;
		}
	}
	d->used = ++uses;
	return d;
}

/*
 * What a cell stands for: of cells that do not divide the total the last one
 * lies above all that is possible.
 */
static CrmUnits
cell_amount(const Distribution *d, int64 cell)
{
	return d->plan.base + Min(cell * d->plan.cell, d->plan.most);
}

/* P(sum >= cell), by the saddlepoint where a transform is too coarse. */
static double
at_least(const Distribution *d, int64 cell)
{
	double		p = cell <= (int64) d->first ? 1 :
	cell >= (int64) d->first + d->n ? 0 : d->above[cell - d->first];
	double		tail;

	if (p < TAIL && !d->plan.direct && cell <= (int64) d->plan.cells &&
		crm_deal_tail(&d->plan, cell * d->plan.cell, &tail, &poll))
		return tail < TAIL ? tail : p;
	return p;
}

/* P(sum <= cell), likewise. */
static double
at_most(const Distribution *d, int64 cell)
{
	double		p = cell < (int64) d->first ? 0 :
	cell >= (int64) d->first + d->n - 1 ? 1 : d->below[cell - d->first];
	double		tail;

	if (p < TAIL && !d->plan.direct && cell >= 0 &&
		crm_deal_tail(&d->plan, (cell + 1) * d->plan.cell, &tail, &poll))
		return tail < TAIL ? tail : p;
	return p;
}

static bool
reaches(const Distribution *d, int64 cell, double p)
{
	return p <= 0.5 ? at_most(d, cell) >= p * (1 - SAME) :
		at_least(d, cell + 1) <= (1 - p) * (1 + SAME);
}

/* The smallest amount with P(sum <= amount) >= p. */
static Datum
find_quantile(const Distribution *d, double p)
{
	int64		low = 0;
	int64		high = d->plan.cells;

	if (p == 0)
		return units_numeric(d->plan.base);
	if (p == 1)
		return units_numeric(d->plan.base + d->plan.most);
	/* nearly always inside what was computed */
	if (d->first > 0 && !reaches(d, d->first - 1, p))
		low = d->first;
	if (reaches(d, d->first + d->n - 1, p))
		high = d->first + d->n - 1;
	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (reaches(d, middle, p))
			high = middle;
		else
			low = middle + 1;
	}
	return units_numeric(cell_amount(d, low));
}

/*----------
 * SQL functions
 *----------
 */

/* expected_value(revenue_forecast) -> numeric, 4 decimals; strict */
Datum
revenue_forecast_expected_value(PG_FUNCTION_ARGS)
{
	return crm_sum_numeric(crm_forecast_mean(PG_GETARG_CRM_FORECAST(0)));
}

/* stddev(revenue_forecast, correlation float8) -> float8; strict */
Datum
revenue_forecast_stddev(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);
	double		correlation = correlation_argument(fcinfo, 1);
	double		variance;

	if (correlation == 0)
		variance = crm_forecast_variance(f);
	else
	{
		CrmSumPlan	plan;

		(void) crm_sum_plan(f, correlation, &plan, &poll);
		(void) crm_sum_variance(&plan, &variance, &poll);
	}
	PG_RETURN_FLOAT8(sqrt(variance));
}

/* quantile(revenue_forecast, p float8, correlation float8) -> numeric; strict */
Datum
revenue_forecast_quantile(PG_FUNCTION_ARGS)
{
	double		p = PG_GETARG_FLOAT8(1);
	double		correlation = correlation_argument(fcinfo, 2);

	check_probability(p);
	return find_quantile(get_distribution(PG_GETARG_CRM_FORECAST(0),
										  correlation), p);
}

/*
 * quantiles(revenue_forecast, p float8[], correlation float8) -> numeric[], one
 * for each; strict, a NULL in the array is error 22004
 */
Datum
revenue_forecast_quantiles(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	double		correlation = correlation_argument(fcinfo, 2);
	Distribution *d;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("quantiles must not be null")));
		check_probability(DatumGetFloat8(elements[i]));
	}
	d = get_distribution(PG_GETARG_CRM_FORECAST(0), correlation);
	for (int i = 0; i < n; i++)
		elements[i] = find_quantile(d, DatumGetFloat8(elements[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, NUMERICOID, -1, false,
										  TYPALIGN_INT));
}

/*
 * A target in ten-thousandths, rounded up; false when no sum of deals can be
 * that large.
 */
static bool
target_units(Datum target, CrmUnits *units)
{
	Numeric		n = DatumGetNumeric(target);
	Datum		zero = NumericGetDatum(int64_to_numeric(0));
	Datum		scaled;
	char	   *text;
	CrmInt128	v;

	if (numeric_is_nan(n) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, target, zero)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target %s is not zero or above",
						DatumGetCString(DirectFunctionCall1(numeric_out,
															target)))));
	if (numeric_is_inf(n))
		return false;
	scaled = DirectFunctionCall2(numeric_mul, target,
								 NumericGetDatum(int64_to_numeric(CRM_MONEY_UNIT)));
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   DirectFunctionCall1(numeric_ceil,
																   scaled)));

	if (!crm_int128_parse(text, strlen(text), &v))
		return false;
	*units = (CrmUnits) v.hi << 64 | v.lo;
	return true;
}

/*
 * probability_at_least(revenue_forecast, target numeric, correlation float8)
 * -> float8; strict
 */
Datum
revenue_forecast_at_least(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);
	double		correlation = correlation_argument(fcinfo, 2);
	Distribution *d;
	CrmUnits	target;

	if (!target_units(PG_GETARG_DATUM(1), &target))
		PG_RETURN_FLOAT8(0);
	d = get_distribution(f, correlation);
	target -= d->plan.base;
	if (target <= 0)
		PG_RETURN_FLOAT8(1);
	if (target > d->plan.most)
		PG_RETURN_FLOAT8(0);
	PG_RETURN_FLOAT8(at_least(d, (int64) ((target + d->plan.cell - 1) /
										  d->plan.cell)));
}

/*
 * wins(revenue_forecast) -> setof (n bigint, probability float8): how many
 * deals are won; strict, more than 2^20 deals are error 54000
 */
Datum
revenue_forecast_wins(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmForecast wins;
	Distribution *d;
	uint32		low;
	uint32		high;

	if (crm_forecast_deals(f) > CRM_SUM_MAX_CELLS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("wins() takes at most %d deals", CRM_SUM_MAX_CELLS)));
	crm_wins_forecast(f, palloc_array(CrmDeal, f.n_deals + 1), &wins);
	d = get_distribution(wins, 0);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (low = 0, high = d->n; low + 1 < high && d->mass[low] < WINS_LEAST;)
		low++;
	while (high - 1 > low && d->mass[high - 1] < WINS_LEAST)
		high--;
	for (uint32 i = low; i < high; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum((int64) d->plan.base + d->first + i);
		values[1] = Float8GetDatum(d->mass[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Cells that have a probability of their own. */
static uint32
count_occupied(const Distribution *d, uint32 *low, uint32 *high)
{
	uint32		n = 0;

	*low = d->n;
	*high = 0;
	for (uint32 i = 0; i < d->n; i++)
	{
		if (d->mass[i] < AMOUNT_LEAST)
			continue;
		*low = Min(*low, i);
		*high = i + 1;
		n++;
	}
	return n;
}

/*
 * distribution(revenue_forecast, points int, correlation float8) -> setof
 * (amount numeric, probability float8); strict
 */
Datum
revenue_forecast_distribution(PG_FUNCTION_ARGS)
{
	CrmForecast f = PG_GETARG_CRM_FORECAST(0);
	int32		points = PG_GETARG_INT32(1);
	double		correlation = correlation_argument(fcinfo, 2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Distribution *d;
	uint32		low;
	uint32		high;
	uint32		width;
	double		sum = 0;

	if (points < 1 || points > MAX_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of points %d is not between 1 and %d", points,
						MAX_POINTS)));
	d = get_distribution(f, correlation);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	width = count_occupied(d, &low, &high) <= (uint32) points ? 1 :
		(high - low + points - 1) / points;
	for (uint32 i = low; i < high; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		sum += d->mass[i];
		if (i + 1 < high &&
			((i + 1 - low) % width != 0 ||
			 cell_amount(d, (int64) d->first + i) >=
			 d->plan.base + d->plan.most))
			continue;
		if (width == 1 && sum < AMOUNT_LEAST)
			continue;
		CHECK_FOR_INTERRUPTS();
		values[0] = units_numeric(cell_amount(d, (int64) d->first + i));
		values[1] = Float8GetDatum(sum);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		sum = 0;
	}
	return (Datum) 0;
}

/*
 * resolution(revenue_forecast, correlation float8) -> (cell numeric, cells int,
 * exact boolean, error float8); strict
 */
Datum
revenue_forecast_resolution(PG_FUNCTION_ARGS)
{
	CrmSumPlan	plan;
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	(void) crm_sum_plan(PG_GETARG_CRM_FORECAST(0),
						correlation_argument(fcinfo, 1), &plan, &poll);
	values[0] = units_numeric(plan.cell);
	values[1] = Int32GetDatum((int32) plan.cells);
	values[2] = BoolGetDatum(plan.exact);
	values[3] = Float8GetDatum(plan.noise);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}
