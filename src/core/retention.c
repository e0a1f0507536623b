/*
 * retention.c
 *		Who came back: cohorts of customers, period by period.
 *
 * Two kinds of period.  Calendar months: who started in March 10 or March 30
 * is in the cohort of March, and period 1 is April.  Days: period k holds the
 * days k * n to k * n + n - 1 after a customer's own start; cohorts are those
 * who started in the same n days, weeks from Monday.
 */
#include "retention.h"

#include <math.h>

#include "datetime.h"

/* Monday 2000-01-03. */
#define MONDAY 2

static int32_t
floor_div(int32_t a, int32_t b)
{
	return a >= 0 ? a / b : -((b - 1 - a) / b);
}

static bool
check_brackets(const CrmRetentionFrame *f, CrmError *error)
{
	if (f->n_brackets > CRM_RETENTION_MAX_BRACKETS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"There are at most 100 brackets.", NULL);
	for (int32_t i = 0; i <= f->n_brackets; i++)
		if (f->bracket[i] < 0 || f->bracket[i] > CRM_RETENTION_LAST_DAY ||
			(i > 0 && f->bracket[i] <= f->bracket[i - 1]))
			return crm_fail(error, CRM_ERROR_VALUE,
							"Brackets must be days since the start, not negative and ascending.",
							"The last one is the first day that no longer counts: {1,31,61} makes days 1 to 30 and 31 to 60.");
	return true;
}

bool
crm_retention_check_frame(const CrmRetentionFrame *f, CrmError *error)
{
	if (f->as_of < CRM_RETENTION_FIRST_DAY ||
		f->as_of > CRM_RETENTION_LAST_DAY)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Dates go from 0001-01-01 to 9999-12-31.", NULL);
	if (f->n_brackets > 0 && f->months == 0 && f->days == 0)
		return check_brackets(f, error);
	if (f->n_brackets != 0 || f->months < 0 || f->days < 0 ||
		f->months > 1200 || f->days > 36500 ||
		(f->months > 0) == (f->days > 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A period is either whole months (at most 1200) or whole days (at most 36500).",
						NULL);
	return true;
}

int32_t
crm_retention_cohort(const CrmRetentionFrame *f, int32_t started)
{
	if (f->months > 0)
		return crm_month_date(floor_div(crm_date_month(started), f->months) *
							  f->months);
	if (f->days > 0)
		return floor_div(started - MONDAY, f->days) * f->days + MONDAY;
	return started;
}

int32_t
crm_retention_period(const CrmRetentionFrame *f, int32_t started,
					 int32_t day)
{
	int32_t		k = 0;

	if (f->months > 0)
		return floor_div(crm_date_month(day), f->months) -
			floor_div(crm_date_month(started), f->months);
	if (f->days > 0)
		return (day - started) / f->days;
	if (day - started < f->bracket[0] ||
		day - started >= f->bracket[f->n_brackets])
		return -1;
	while (day - started >= f->bracket[k + 1])
		k++;
	return k;
}

int32_t
crm_retention_begun(const CrmRetentionFrame *f, int32_t cohort)
{
	int32_t		n = 0;

	if (cohort > f->as_of)
		return 0;
	if (f->months > 0 || f->days > 0)
		return crm_retention_period(f, cohort, f->as_of) + 1;
	while (n < f->n_brackets && cohort + f->bracket[n] <= f->as_of)
		n++;
	return n;
}

bool
crm_retention_complete(const CrmRetentionFrame *f, int32_t cohort,
					   int32_t period)
{
	int64_t		end;			/* the first day after it */

	if (f->months > 0)
		end = crm_month_date(crm_date_month(cohort) +
							 (period + 1) * f->months);
	else if (f->days > 0)
		end = (int64_t) cohort + f->days - 1 +
			((int64_t) period + 1) * f->days;
	else
		end = (int64_t) cohort + f->bracket[period + 1];
	return end - 1 <= f->as_of;
}

/*
 * The cells of one cohort: its size first, then periods, of which later ones
 * account for all who were active in earlier ones.
 */
static bool
check_cohort(CrmRetention r, size_t from, size_t to, CrmError *error)
{
	const CrmTally *size = &r.cells[from];
	int32_t		cohort = (int32_t) size->key;
	int32_t		begun = crm_retention_begun(r.frame, cohort);
	uint64_t	later = 0;

	if (crm_retention_cohort(r.frame, cohort) != cohort ||
		cohort > r.frame->as_of || begun > CRM_RETENTION_MAX_PERIODS)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A cohort must be the first day of one, not after the last day that is known, and have at most 10000 periods.",
						NULL);
	if (size->part != 0 || size->second != 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Each cohort must have a size.", NULL);
	for (size_t i = to; --i > from;)
	{
		const CrmTally *t = &r.cells[i];

		later += t->second;
		if (t->part > (uint32_t) begun || t->second > t->first ||
			t->first > later || later > size->first)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Counts of a cohort do not fit its size and one another.",
							NULL);
	}
	return true;
}

bool
crm_retention_check(CrmRetention r, CrmError *error)
{
	uint64_t	first;
	uint64_t	second;

	if (!crm_retention_check_frame(r.frame, error))
		return false;
	if (r.n_cells == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A retention holds at least one cohort.", NULL);
	for (size_t i = 0; i < r.n_cells; i++)
		if (!(r.cells[i].key >= CRM_RETENTION_FIRST_DAY &&
			  r.cells[i].key <= CRM_RETENTION_LAST_DAY) ||
			r.cells[i].key != floor(r.cells[i].key) ||
			(r.cells[i].key == 0 && signbit(r.cells[i].key)))
			return crm_fail(error, CRM_ERROR_VALUE,
							"Dates go from 0001-01-01 to 9999-12-31.", NULL);
	if (!crm_tally_ordered(r.cells, r.n_cells))
		return crm_fail(error, CRM_ERROR_VALUE,
						"Cohorts and their periods must be in ascending order, each once and with at least one customer.",
						NULL);
	if (!crm_tally_total(r.cells, r.n_cells, &first, &second))
		return crm_fail(error, CRM_ERROR_RANGE,
						"Counts add up to more than 9223372036854775807.",
						NULL);
	for (size_t from = 0, to; from < r.n_cells; from = to)
	{
		for (to = from + 1; to < r.n_cells &&
			 r.cells[to].key == r.cells[from].key; to++)
			continue;
		if (!check_cohort(r, from, to, error))
			return false;
	}
	return true;
}

static void
encode_frame(const CrmRetentionFrame *f, CrmWriter *w)
{
	crm_put_u32(w, (uint32_t) f->as_of);
	crm_put_u32(w, (uint32_t) f->months);
	crm_put_u32(w, (uint32_t) f->days);
	crm_put_u32(w, (uint32_t) f->n_brackets);
	for (int32_t i = 0; f->n_brackets > 0 && i <= f->n_brackets; i++)
		crm_put_u32(w, (uint32_t) f->bracket[i]);
}

void
crm_retention_encode(CrmRetention r, CrmWriter *w)
{
	crm_put_u8(w, CRM_RETENTION_FORMAT);
	crm_put_uint(w, 0, 3);
	encode_frame(r.frame, w);
	crm_put_u32(w, (uint32_t) r.n_cells);
	for (size_t i = 0; i < r.n_cells; i++)
	{
		crm_put_u32(w, (uint32_t) (int32_t) r.cells[i].key);
		crm_put_u32(w, r.cells[i].part);
		crm_put_u64(w, r.cells[i].first);
		crm_put_u64(w, r.cells[i].second);
	}
}

bool
crm_retention_decode(const void *data, size_t size, CrmRetentionFrame *f,
					 CrmTally *cells, size_t *n, CrmError *error)
{
	CrmReader	in = crm_reader(data, size);
	CrmRetention r = {f, cells, 0};

	memset(f, 0, sizeof *f);
	if (crm_get_u8(&in) != CRM_RETENTION_FORMAT ||
		crm_get_uint(&in, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	f->as_of = (int32_t) crm_get_u32(&in);
	f->months = (int32_t) crm_get_u32(&in);
	f->days = (int32_t) crm_get_u32(&in);
	f->n_brackets = (int32_t) crm_get_u32(&in);
	if (f->n_brackets < 0 || f->n_brackets > CRM_RETENTION_MAX_BRACKETS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"There are at most 100 brackets.", NULL);
	for (int32_t i = 0; f->n_brackets > 0 && i <= f->n_brackets; i++)
		f->bracket[i] = (int32_t) crm_get_u32(&in);
	r.n_cells = crm_get_u32(&in);
	if (in.failed || r.n_cells > CRM_TALLY_MAX_ENTRIES ||
		size - in.at != r.n_cells * 24)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of cells.", NULL);
	for (size_t i = 0; i < r.n_cells; i++)
	{
		memset(&cells[i], 0, sizeof cells[i]);
		cells[i].key = (int32_t) crm_get_u32(&in);
		cells[i].part = crm_get_u32(&in);
		cells[i].first = crm_get_u64(&in);
		cells[i].second = crm_get_u64(&in);
	}
	if (!crm_retention_check(r, error))
		return false;
	*n = r.n_cells;
	return true;
}

static void
print_date(CrmJsonWriter *w, int32_t date)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	crm_json_put_string(w, text, crm_date_text(date, text));
}

void
crm_retention_print(CrmJsonWriter *w, CrmRetention r)
{
	const CrmRetentionFrame *f = r.frame;

	crm_json_open(w, '{');
	crm_json_key(w, "as_of");
	print_date(w, f->as_of);
	crm_json_key(w, f->months > 0 ? "months" : f->days > 0 ? "days" :
				 "brackets");
	if (f->n_brackets == 0)
		crm_json_put_int(w, f->months > 0 ? f->months : f->days);
	else
	{
		crm_json_open(w, '[');
		for (int32_t i = 0; i <= f->n_brackets; i++)
			crm_json_put_int(w, f->bracket[i]);
		crm_json_close(w, ']');
	}
	crm_json_key(w, "cohorts");
	crm_json_open(w, '[');
	for (size_t i = 0; i < r.n_cells;)
	{
		double		cohort = r.cells[i].key;

		crm_json_open(w, '[');
		print_date(w, (int32_t) cohort);
		crm_json_put_int(w, (int64_t) r.cells[i++].first);
		crm_json_open(w, '[');
		for (; i < r.n_cells && r.cells[i].key == cohort; i++)
		{
			crm_json_open(w, '[');
			crm_json_put_int(w, r.cells[i].part - 1);
			crm_json_put_int(w, (int64_t) r.cells[i].first);
			crm_json_put_int(w, (int64_t) r.cells[i].second);
			crm_json_close(w, ']');
		}
		crm_json_close(w, ']');
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

static bool
read_date(CrmJsonReader *in, int32_t *date)
{
	return crm_json_next(in) == CRM_JSON_STRING && !in->escaped &&
		crm_date_parse(in->raw, in->raw_len, date);
}

static bool
read_int(CrmJsonReader *in, CrmJsonToken token, int64_t most, int64_t *v)
{
	return token == CRM_JSON_NUMBER && crm_json_int(in, v) && *v >= 0 &&
		*v <= most;
}

/* "as_of" and one of "months", "days" and "brackets". */
static bool
read_frame(CrmJsonReader *in, CrmRetentionFrame *f)
{
	int64_t		v;
	CrmJsonToken token;

	memset(f, 0, sizeof *f);
	if (crm_json_next(in) != CRM_JSON_OBJECT ||
		crm_json_next(in) != CRM_JSON_KEY || !crm_json_is(in, "as_of") ||
		!read_date(in, &f->as_of) || crm_json_next(in) != CRM_JSON_KEY)
		return false;
	if (crm_json_is(in, "months") || crm_json_is(in, "days"))
	{
		int32_t    *unit = crm_json_is(in, "months") ? &f->months : &f->days;

		if (!read_int(in, crm_json_next(in), INT32_MAX, &v))
			return false;
		*unit = (int32_t) v;
		return true;
	}
	if (!crm_json_is(in, "brackets") || crm_json_next(in) != CRM_JSON_ARRAY)
		return false;
	f->n_brackets = -1;
	while ((token = crm_json_next(in)) != CRM_JSON_ARRAY_END)
	{
		if (f->n_brackets == CRM_RETENTION_MAX_BRACKETS ||
			!read_int(in, token, INT32_MAX, &v))
			return false;
		f->bracket[++f->n_brackets] = (int32_t) v;
	}
	return f->n_brackets > 0;
}

/* The rest of a cohort behind its opening bracket. */
static bool
read_cohort(CrmJsonReader *in, CrmTally *cells, size_t *n)
{
	CrmJsonToken token;
	int32_t		date;
	int64_t		v[3];

	if (!read_date(in, &date) ||
		!read_int(in, crm_json_next(in), INT64_MAX, &v[0]) ||
		crm_json_next(in) != CRM_JSON_ARRAY)
		return false;
	memset(&cells[*n], 0, sizeof *cells);
	cells[*n].key = date;
	cells[(*n)++].first = (uint64_t) v[0];
	while ((token = crm_json_next(in)) == CRM_JSON_ARRAY)
	{
		for (int i = 0; i < 3; i++)
			if (!read_int(in, crm_json_next(in), i == 0 ? INT32_MAX - 1 :
						  INT64_MAX, &v[i]))
				return false;
		if (*n >= CRM_TALLY_MAX_ENTRIES ||
			crm_json_next(in) != CRM_JSON_ARRAY_END)
			return false;
		memset(&cells[*n], 0, sizeof *cells);
		cells[*n].key = date;
		cells[*n].part = (uint32_t) v[0] + 1;
		cells[*n].first = (uint64_t) v[1];
		cells[(*n)++].second = (uint64_t) v[2];
	}
	return token == CRM_JSON_ARRAY_END &&
		crm_json_next(in) == CRM_JSON_ARRAY_END;
}

bool
crm_retention_parse(const char *text, size_t len, CrmRetentionFrame *f,
					CrmTally *cells, size_t *n, CrmError *error)
{
	CrmJsonReader in = crm_json_reader(text, len, false);
	CrmRetention r = {f, cells, 0};
	CrmJsonToken token = CRM_JSON_ERROR;
	bool		good = read_frame(&in, f) &&
	crm_json_next(&in) == CRM_JSON_KEY && crm_json_is(&in, "cohorts") &&
	crm_json_next(&in) == CRM_JSON_ARRAY;

	while (good && (token = crm_json_next(&in)) == CRM_JSON_ARRAY)
		good = r.n_cells < CRM_TALLY_MAX_ENTRIES &&
			read_cohort(&in, cells, &r.n_cells);
	if (!good || !crm_json_list_ends(&in, token))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The text is not an object of the form {\"as_of\":date,\"months\":n,\"cohorts\":[[date,size,[[period,active,last],...]],...]}, with \"days\":n or \"brackets\":[...] in place of \"months\".",
						"A retention is made by the aggregate retention(started, active, unit, as_of).");
	if (!crm_retention_check(r, error))
		return false;
	*n = r.n_cells;
	return true;
}

int32_t
crm_retention_rows(CrmRetention r, size_t *at, CrmRetentionRow *rows)
{
	double		key = r.cells[*at].key;
	int32_t		cohort = (int32_t) key;
	int32_t		n = crm_retention_begun(r.frame, cohort);
	uint64_t	later = 0;

	for (int32_t k = 0; k < n; k++)
	{
		CrmRetentionRow row = {cohort, k, r.cells[*at].first, 0, 0, false};

		row.complete = crm_retention_complete(r.frame, cohort, k);
		rows[k] = row;
	}
	for ((*at)++; *at < r.n_cells && r.cells[*at].key == key; (*at)++)
	{
		CrmRetentionRow *row = &rows[r.cells[*at].part - 1];

		row->active = r.cells[*at].first;
		row->later = r.cells[*at].second;
	}
	for (int32_t k = n; k-- > 0;)
	{
		later += rows[k].later;
		rows[k].later = later;
	}
	return n;
}
