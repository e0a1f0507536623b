/*
 * revenue_forecast.c
 *		Deals with their odds: order, forms, mean and variance.
 *
 * Counts are added in integers, reals in canonical order with compensated
 * sums; nothing here may depend on the order in which rows came.
 */
#include "revenue_forecast.h"

#include <math.h>

#include "money.h"

#define LIMIT_DETAIL "A forecast holds at most 10000000 deals."

int
crm_deal_compare(const CrmDeal *a, const CrmDeal *b)
{
	if (a->amount != b->amount)
		return a->amount < b->amount ? -1 : 1;
	if (a->probability != b->probability)
		return a->probability < b->probability ? -1 : 1;
	if (a->deviation != b->deviation)
		return a->deviation < b->deviation ? -1 : 1;
	return 0;
}

static bool
deal_less(const void *data, size_t i, size_t j)
{
	const CrmDeal *deals = data;

	return crm_deal_compare(&deals[i], &deals[j]) < 0;
}

static void
deal_swap(void *data, size_t i, size_t j)
{
	CrmDeal    *deals = data;
	CrmDeal		moving = deals[i];

	deals[i] = deals[j];
	deals[j] = moving;
}

void
crm_deals_sort(CrmDeal *deals, size_t n, CrmPause pause)
{
	crm_sort_pausing(deals, n, deal_less, deal_swap, pause);
}

void
crm_deals_join(CrmDeal *deals, size_t *n, const CrmDeal *tail, size_t n_tail)
{
	size_t		head = *n;
	size_t		all = head + n_tail;
	size_t		kept = 0;

	/* from the back, so that no deal is overwritten before it has moved */
	for (size_t at = all; n_tail > 0;)
	{
		if (head > 0 &&
			crm_deal_compare(&deals[head - 1], &tail[n_tail - 1]) > 0)
			deals[--at] = deals[--head];
		else
			deals[--at] = tail[--n_tail];
	}
	for (size_t i = 0; i < all; i++)
	{
		if (kept > 0 && crm_deal_compare(&deals[kept - 1], &deals[i]) == 0)
			deals[kept - 1].count += deals[i].count;
		else
			deals[kept++] = deals[i];
	}
	*n = kept;
}

bool
crm_deal_check(const CrmDeal *deal, CrmError *error)
{
	if (!(deal->probability >= 0 && deal->probability <= 1))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A probability must be between 0 and 1.", NULL);
	if (deal->amount < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"An amount must not be negative.", NULL);
	if (!(deal->deviation >= 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The standard deviation of an amount must not be negative.",
						NULL);
	if (!(deal->deviation <= (double) deal->amount / CRM_MONEY_UNIT *
		  CRM_FORECAST_MAX_SPREAD))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The standard deviation of an amount must be at most ten times the amount.",
						NULL);
	return true;
}

bool
crm_forecast_check(CrmForecast f, CrmError *error)
{
	uint64_t	all = 0;

	for (size_t i = 0; i < f.n_deals; i++)
	{
		const CrmDeal *d = &f.deals[i];

		if (!crm_deal_check(d, error))
			return false;
		if ((d->probability == 0 && signbit(d->probability)) ||
			(d->deviation == 0 && signbit(d->deviation)) || d->zero != 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A number is not in canonical form.", NULL);
		if (d->count == 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Each entry must count at least one deal.", NULL);
		if (i > 0 && crm_deal_compare(d - 1, d) >= 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Deals must be in ascending order, each once.",
							NULL);
		all += d->count;
	}
	if (all > CRM_FORECAST_MAX_DEALS)
		return crm_fail(error, CRM_ERROR_LIMIT, LIMIT_DETAIL, NULL);
	if (f.ignored > INT64_MAX || (all == 0 && f.ignored == 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A forecast has seen at least one row, and at most 9223372036854775807.",
						NULL);
	return true;
}

uint64_t
crm_forecast_deals(CrmForecast f)
{
	uint64_t	n = 0;

	for (size_t i = 0; i < f.n_deals; i++)
		n += f.deals[i].count;
	return n;
}

/*----------
 * Text and wire form
 *----------
 */

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not an object of the form {\"deals\":[[amount,probability,deviation,count],...],\"ignored\":n}.",
					"A forecast is made by the aggregate revenue_forecast(probability, amount).");
}

static bool
parse_real(CrmJsonReader *r, const CrmFloatText *ft, double *value,
		   CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!ft->parse(r->raw, r->raw_len, value))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A number does not fit into float8.", NULL);
	*value = *value == 0 ? 0 : *value;
	return true;
}

/* One deal after its opening bracket. */
static bool
parse_deal(CrmJsonReader *r, const CrmFloatText *ft, CrmDeal *deal,
		   CrmError *error)
{
	int64_t		count;

	memset(deal, 0, sizeof *deal);
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!crm_money_parse(r->raw, r->raw_len, &deal->amount, error) ||
		!parse_real(r, ft, &deal->probability, error) ||
		!parse_real(r, ft, &deal->deviation, error))
		return false;
	if (crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &count))
		return not_the_form(error);
	if (count < 1 || count > CRM_FORECAST_MAX_DEALS)
		return crm_fail(error, count < 1 ? CRM_ERROR_VALUE : CRM_ERROR_LIMIT,
						count < 1 ? "Each entry must count at least one deal." :
						LIMIT_DETAIL, NULL);
	deal->count = (uint32_t) count;
	return crm_json_next(r) == CRM_JSON_ARRAY_END || not_the_form(error);
}

static bool
parse_ignored(CrmJsonReader *r, uint64_t *ignored, CrmError *error)
{
	int64_t		n;

	if (crm_json_next(r) != CRM_JSON_KEY || !crm_json_is(r, "ignored") ||
		crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &n))
		return not_the_form(error);
	*ignored = (uint64_t) n;
	return crm_json_next(r) == CRM_JSON_OBJECT_END &&
		crm_json_next(r) == CRM_JSON_END ? true : not_the_form(error);
}

bool
crm_forecast_parse(const char *text, size_t len, bool utf8,
				   const CrmFloatText *ft, CrmDeal *deals, CrmForecast *f,
				   CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmForecast made = {deals, 0, 0};
	CrmJsonToken token;

	if (crm_json_next(&r) != CRM_JSON_OBJECT ||
		crm_json_next(&r) != CRM_JSON_KEY || !crm_json_is(&r, "deals") ||
		crm_json_next(&r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		if (made.n_deals >= CRM_FORECAST_MAX_DEALS)
			return crm_fail(error, CRM_ERROR_LIMIT, LIMIT_DETAIL, NULL);
		if (!parse_deal(&r, ft, &deals[made.n_deals], error))
			return false;
		made.n_deals++;
	}
	if (token != CRM_JSON_ARRAY_END)
		return not_the_form(error);
	if (!parse_ignored(&r, &made.ignored, error) ||
		!crm_forecast_check(made, error))
		return false;
	*f = made;
	return true;
}

void
crm_forecast_print(CrmJsonWriter *w, CrmForecast f, const CrmFloatText *ft)
{
	char		amount[CRM_MONEY_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, "deals");
	crm_json_open(w, '[');
	for (size_t i = 0; i < f.n_deals; i++)
	{
		const CrmDeal *d = &f.deals[i];

		crm_json_open(w, '[');
		crm_json_put_raw(w, amount, crm_money_text(d->amount, amount));
		crm_json_put_float(w, d->probability, ft);
		crm_json_put_float(w, d->deviation, ft);
		crm_json_put_int(w, d->count);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_key(w, "ignored");
	crm_json_put_int(w, (int64_t) f.ignored);
	crm_json_close(w, '}');
}

void
crm_forecast_encode(CrmForecast f, CrmWriter *w)
{
	crm_put_u8(w, CRM_FORECAST_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, (uint32_t) f.n_deals);
	crm_put_u64(w, f.ignored);
	for (size_t i = 0; i < f.n_deals; i++)
	{
		crm_put_i64(w, f.deals[i].amount);
		crm_put_f64(w, f.deals[i].probability);
		crm_put_f64(w, f.deals[i].deviation);
		crm_put_u32(w, f.deals[i].count);
	}
}

bool
crm_forecast_decode(const void *data, size_t size, CrmDeal *deals,
					CrmForecast *f, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmForecast made = {deals, 0, 0};

	if (crm_get_u8(&r) != CRM_FORECAST_FORMAT || crm_get_uint(&r, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	made.n_deals = crm_get_u32(&r);
	made.ignored = crm_get_u64(&r);
	if (made.n_deals > CRM_FORECAST_MAX_DEALS)
		return crm_fail(error, CRM_ERROR_LIMIT, LIMIT_DETAIL, NULL);
	if (r.failed ||
		size - r.at != made.n_deals * (size_t) CRM_FORECAST_ENTRY_SIZE)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of deals.", NULL);
	for (size_t i = 0; i < made.n_deals; i++)
	{
		memset(&deals[i], 0, sizeof deals[i]);
		deals[i].amount = crm_get_i64(&r);
		deals[i].probability = crm_get_f64(&r);
		deals[i].deviation = crm_get_f64(&r);
		deals[i].count = crm_get_u32(&r);
	}
	if (!crm_forecast_check(made, error))
		return false;
	*f = made;
	return true;
}

/*----------
 * Mean and variance
 *----------
 */

__extension__ typedef __int128 Wide;

/* high + low, unevaluated (Dekker 1971) */
typedef struct Double2
{
	double		high;
	double		low;
} Double2;

static Double2
two_sum(double a, double b)
{
	Double2		s;
	double		part;

	s.high = a + b;
	part = s.high - a;
	s.low = (a - (s.high - part)) + (b - part);
	return s;
}

/* The halves of a double, 26 bits each. */
static Double2
split(double a)
{
	double		t = 134217729.0 * a;
	Double2		s;

	s.high = t - (t - a);
	s.low = a - s.high;
	return s;
}

static Double2
two_product(double a, double b)
{
	Double2		x = split(a);
	Double2		y = split(b);
	Double2		p;

	p.high = a * b;
	p.low = ((x.high * y.high - p.high) + x.high * y.low + x.low * y.high) +
		x.low * y.low;
	return p;
}

static void
add_to(Double2 *sum, Double2 v)
{
	Double2		s = two_sum(sum->high, v.high);

	*sum = two_sum(s.high, s.low + (sum->low + v.low));
}

/* amount x count as two exact doubles, each times the probability. */
static Double2
mean_units(CrmForecast f)
{
	Double2		sum = {0, 0};

	for (size_t i = 0; i < f.n_deals; i++)
	{
		const CrmDeal *d = &f.deals[i];
		Wide		whole = (Wide) d->amount * d->count;
		double		high = (double) whole;
		double		low = (double) (whole - (Wide) high);

		add_to(&sum, two_product(high, d->probability));
		add_to(&sum, two_product(low, d->probability));
	}
	return sum;
}

CrmInt128
crm_forecast_mean(CrmForecast f)
{
	Double2		sum = mean_units(f);
	double		whole = floor(sum.high);
	Wide		units = (Wide) whole +
	(Wide) floor((sum.high - whole) + sum.low + .5);
	CrmInt128	mean = {(int64_t) (units >> 64), (uint64_t) units};

	return mean;
}

double
crm_forecast_mean_real(CrmForecast f)
{
	return mean_units(f).high / CRM_MONEY_UNIT;
}

double
crm_forecast_variance(CrmForecast f)
{
	Double2		sum = {0, 0};

	for (size_t i = 0; i < f.n_deals; i++)
	{
		const CrmDeal *d = &f.deals[i];
		double		amount = (double) d->amount / CRM_MONEY_UNIT;
		double		p = d->probability;
		double		v = p * (1 - p) * amount * amount +
		p * d->deviation * d->deviation;

		add_to(&sum, two_product(v, d->count));
	}
	return sum.high;
}
