/*
 * sales_series.c
 *		Sales by period: order, forms, and the calendar of the dates.
 *
 * The calendar is a property of the dates alone, so a series that is merged
 * from pieces has the calendar of the whole.
 */
#include "sales_series.h"

#include "datetime.h"
#include "money.h"

static bool
period_less(const void *data, size_t i, size_t j)
{
	const CrmPeriod *p = data;

	return p[i].date < p[j].date;
}

static void
period_swap(void *data, size_t i, size_t j)
{
	CrmPeriod  *p = data;
	CrmPeriod	moving = p[i];

	p[i] = p[j];
	p[j] = moving;
}

void
crm_periods_sort(CrmPeriod *periods, size_t n, CrmPause pause)
{
	crm_sort_pausing(periods, n, period_less, period_swap, pause);
}

size_t
crm_periods_find(const CrmPeriod *periods, size_t n, int32_t date)
{
	size_t		low = 0;

	while (low < n)
	{
		size_t		middle = low + (n - low) / 2;

		if (periods[middle].date < date)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

bool
crm_periods_join(CrmPeriod *periods, size_t *n, const CrmPeriod *tail,
				 size_t n_tail)
{
	size_t		head = *n;
	size_t		all = head + n_tail;
	size_t		kept = 0;

	/* from the back, so that nothing is overwritten before it has moved */
	for (size_t at = all; n_tail > 0;)
	{
		if (head > 0 && periods[head - 1].date > tail[n_tail - 1].date)
			periods[--at] = periods[--head];
		else
			periods[--at] = tail[--n_tail];
	}
	for (size_t i = 0; i < all; i++)
	{
		if (kept == 0 || periods[kept - 1].date != periods[i].date)
			periods[kept++] = periods[i];
		else if (!crm_int128_add(&periods[kept - 1].sum, periods[i].sum))
			return false;
	}
	*n = kept;
	return true;
}

bool
crm_series_check(CrmSeries s, CrmError *error)
{
	for (size_t i = 0; i < s.n; i++)
	{
		const CrmPeriod *p = &s.periods[i];

		if (!crm_date_valid(p->date) || p->zero != 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A date is out of range.", NULL);
		if (i > 0 && p[-1].date >= p->date)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Periods must be in ascending order, each once.",
							NULL);
	}
	if (s.n > CRM_SERIES_MAX_PERIODS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A series has at most 100000 periods.", NULL);
	if (s.ignored > INT64_MAX || (s.n == 0 && s.ignored == 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A series has seen at least one row, and at most 9223372036854775807.",
						NULL);
	return true;
}

/*----------
 * Text and wire form
 *----------
 */

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not an object of the form {\"periods\":[[date,amount],...],\"ignored\":n}.",
					"A series is made by the aggregate sales_series(period, amount).");
}

/* One period after its opening bracket. */
static bool
parse_period(CrmJsonReader *r, CrmPeriod *period, CrmError *error)
{
	memset(period, 0, sizeof *period);
	if (crm_json_next(r) != CRM_JSON_STRING || r->escaped ||
		!crm_date_parse(r->raw, r->raw_len, &period->date))
		return not_the_form(error);
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!crm_sum_parse(r->raw, r->raw_len, &period->sum))
		return crm_fail(error, CRM_ERROR_RANGE,
						"An amount has at most four decimals and no exponent.",
						NULL);
	return crm_json_next(r) == CRM_JSON_ARRAY_END || not_the_form(error);
}

bool
crm_series_parse(const char *text, size_t len, bool utf8, CrmPeriod *periods,
				 CrmSeries *s, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmSeries	made = {periods, 0, 0};
	CrmJsonToken token;
	int64_t		ignored;

	if (crm_json_next(&r) != CRM_JSON_OBJECT ||
		crm_json_next(&r) != CRM_JSON_KEY || !crm_json_is(&r, "periods") ||
		crm_json_next(&r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		if (made.n >= CRM_SERIES_MAX_PERIODS)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"A series has at most 100000 periods.", NULL);
		if (!parse_period(&r, &periods[made.n], error))
			return false;
		made.n++;
	}
	if (token != CRM_JSON_ARRAY_END || crm_json_next(&r) != CRM_JSON_KEY ||
		!crm_json_is(&r, "ignored") ||
		crm_json_next(&r) != CRM_JSON_NUMBER || !crm_json_int(&r, &ignored) ||
		crm_json_next(&r) != CRM_JSON_OBJECT_END ||
		crm_json_next(&r) != CRM_JSON_END)
		return not_the_form(error);
	made.ignored = (uint64_t) ignored;
	if (!crm_series_check(made, error))
		return false;
	*s = made;
	return true;
}

void
crm_series_print(CrmJsonWriter *w, CrmSeries s)
{
	char		text[CRM_SUM_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, "periods");
	crm_json_open(w, '[');
	for (size_t i = 0; i < s.n; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_string(w, text, crm_date_text(s.periods[i].date, text));
		crm_json_put_raw(w, text, crm_sum_text_short(s.periods[i].sum, text));
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_key(w, "ignored");
	crm_json_put_int(w, (int64_t) s.ignored);
	crm_json_close(w, '}');
}

void
crm_series_encode(CrmSeries s, CrmWriter *w)
{
	crm_put_u8(w, CRM_SERIES_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, (uint32_t) s.n);
	crm_put_u64(w, s.ignored);
	for (size_t i = 0; i < s.n; i++)
	{
		crm_put_u32(w, (uint32_t) s.periods[i].date);
		crm_put_i64(w, s.periods[i].sum.hi);
		crm_put_u64(w, s.periods[i].sum.lo);
	}
}

bool
crm_series_decode(const void *data, size_t size, CrmPeriod *periods,
				  CrmSeries *s, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmSeries	made = {periods, 0, 0};

	if (crm_get_u8(&r) != CRM_SERIES_FORMAT || crm_get_uint(&r, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	made.n = crm_get_u32(&r);
	made.ignored = crm_get_u64(&r);
	if (made.n > CRM_SERIES_MAX_PERIODS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A series has at most 100000 periods.", NULL);
	if (r.failed || size - r.at != made.n * (size_t) CRM_SERIES_ENTRY_SIZE)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of periods.",
						NULL);
	for (size_t i = 0; i < made.n; i++)
	{
		periods[i].date = (int32_t) crm_get_u32(&r);
		periods[i].zero = 0;
		periods[i].sum.hi = crm_get_i64(&r);
		periods[i].sum.lo = crm_get_u64(&r);
	}
	if (!crm_series_check(made, error))
		return false;
	*s = made;
	return true;
}

/*----------
 * The calendar
 *----------
 */

typedef struct Civil
{
	int64_t		month;			/* months since year 0 */
	int			day;			/* 1 to 31 */
} Civil;

static Civil
civil(int32_t date)
{
	int64_t		year;
	int			month;
	Civil		c;

	crm_civil_from_days(date, &year, &month, &c.day);
	c.month = year * 12 + month - 1;
	return c;
}

static int64_t
civil_date(int64_t month, int day)
{
	int64_t		year = month / 12 - (month % 12 < 0);

	return crm_days_from_civil(year, (int) (month - year * 12) + 1, day);
}

static bool
is_month_end(int32_t date)
{
	return civil(date + 1).day == 1;
}

static int64_t
common_divisor(int64_t a, int64_t b)
{
	while (b != 0)
	{
		int64_t		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

CrmCalendar
crm_series_calendar(CrmSeries s)
{
	CrmCalendar c = {s.n > 0 ? s.periods[0].date : 0, 0, s.n > 1, s.n > 1};
	bool		same_day = s.n > 1;
	int64_t		step = 0;
	Civil		first = civil(c.first);

	for (size_t i = 0; i < s.n; i++)
	{
		same_day &= civil(s.periods[i].date).day == first.day;
		c.month_ends &= is_month_end(s.periods[i].date);
	}
	c.months = c.month_ends || (same_day && first.day <= 28);
	for (size_t i = 1; i < s.n; i++)
		step = common_divisor(c.months ?
							  civil(s.periods[i].date).month - first.month :
							  (int64_t) s.periods[i].date - c.first, step);
	c.step = (int32_t) step;
	return c;
}

int64_t
crm_calendar_position(const CrmCalendar *c, int32_t date)
{
	if (c->step == 0)
		return 0;
	return (c->months ? civil(date).month - civil(c->first).month :
			(int64_t) date - c->first) / c->step;
}

bool
crm_calendar_date(const CrmCalendar *c, int64_t position, int32_t *date)
{
	int64_t		d = (int64_t) c->first + position * c->step;

	if (c->months)
	{
		Civil		first = civil(c->first);
		int64_t		month = first.month + position * c->step;

		d = c->month_ends ? civil_date(month + 1, 1) - 1 :
			civil_date(month, first.day);
	}
	if (d < CRM_DATE_MIN || d >= CRM_DATE_END)
		return false;
	*date = (int32_t) d;
	return true;
}

int64_t
crm_series_positions(CrmSeries s, const CrmCalendar *c)
{
	return s.n == 0 ? 0 :
		crm_calendar_position(c, s.periods[s.n - 1].date) + 1;
}

void
crm_series_values(CrmSeries s, const CrmCalendar *c, CrmMissing missing,
				  double *values)
{
	int64_t		last = -1;

	for (size_t i = 0; i < s.n; i++)
	{
		int64_t		at = missing == CRM_MISSING_SKIP ? (int64_t) i :
		crm_calendar_position(c, s.periods[i].date);
		double		value = crm_int128_double(s.periods[i].sum) /
		CRM_MONEY_UNIT;

		for (int64_t k = last + 1; k < at; k++)
			values[k] = missing == CRM_MISSING_INTERPOLATE ?
				values[last] + (value - values[last]) *
				(double) (k - last) / (double) (at - last) : 0;
		values[at] = value;
		last = at;
	}
}

/* Is there a date of the series on this day of the week? */
static bool
has_weekday(CrmSeries s, int32_t date)
{
	for (size_t i = 0; i < s.n; i++)
	{
		if (((int64_t) s.periods[i].date - date) % 7 == 0)
			return true;
	}
	return false;
}

bool
crm_series_next(CrmSeries s, const CrmCalendar *c, CrmMissing missing,
				int32_t *date)
{
	int64_t		at = crm_calendar_position(c, *date);

	for (;;)
	{
		if (!crm_calendar_date(c, ++at, date))
			return false;
		if (missing != CRM_MISSING_SKIP || c->months || c->step != 1 ||
			has_weekday(s, *date))
			return true;
	}
}
