/*
 * funnel_text.c
 *		The JSON text form of a funnel.
 *
 * Money is in units with four decimals, durations in microseconds.  A bucket
 * is written as its representative, which falls into the same bucket again.
 */
#include "datetime.h"
#include "funnel.h"
#include "money.h"

/* Room for a 128-bit number with a decimal point. */
#define SUM_TEXT_SIZE (CRM_INT128_TEXT_SIZE + 8)

static void
put_count(CrmJsonWriter *w, const char *key, uint64_t n)
{
	crm_json_key(w, key);
	crm_json_put_int(w, (int64_t) n);
}

static void
put_time_sum(CrmJsonWriter *w, CrmInt128 v)
{
	char		text[CRM_INT128_TEXT_SIZE];

	crm_json_put_raw(w, text, crm_int128_text(v, text));
}

/* With all four decimals. */
static void
put_amount_sum(CrmJsonWriter *w, CrmInt128 v)
{
	char		digits[CRM_INT128_TEXT_SIZE];
	size_t		n = crm_int128_text(v, digits);
	size_t		sign = digits[0] == '-' ? 1 : 0;
	char		text[SUM_TEXT_SIZE];
	size_t		len = sign;

	text[0] = '-';
	for (size_t pad = n - sign; pad <= CRM_MONEY_DECIMALS; pad++)
		text[len++] = '0';
	for (size_t i = sign; i < n; i++)
		text[len++] = digits[i];
	memmove(text + len - CRM_MONEY_DECIMALS + 1,
			text + len - CRM_MONEY_DECIMALS, CRM_MONEY_DECIMALS);
	text[len - CRM_MONEY_DECIMALS] = '.';
	crm_json_put_raw(w, text, len + 1);
}

/* The cells of this kind and step, which *cell begins or not. */
static bool
put_cells(CrmJsonWriter *w, CrmCellCursor *c, CrmCell *cell, bool more,
		  CrmCellKind kind, int step)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	crm_json_open(w, '[');
	while (more && crm_cell_kind(cell->key) == kind &&
		   crm_cell_step(cell->key) == step)
	{
		int32_t		value = (int32_t) crm_cell_value(cell->key);

		crm_json_open(w, '[');
		if (kind == CRM_CELL_TIME)
			crm_json_put_int(w, crm_bucket_duration(value));
		else
			crm_json_put_string(w, text, crm_date_text(value, text));
		crm_json_put_int(w, (int64_t) cell->count);
		crm_json_close(w, ']');
		more = crm_funnel_next_cell(c, cell);
	}
	crm_json_close(w, ']');
	return more;
}

void
crm_funnel_print(CrmJsonWriter *w, const void *value)
{
	const CrmFunnelText *t = value;
	const CrmFunnel *f = t->funnel;
	CrmCellCursor c = crm_funnel_cells(f);
	CrmCell		cell;
	bool		more = crm_funnel_next_cell(&c, &cell);

	crm_json_open(w, '{');
	crm_json_key(w, "definition");
	crm_funnel_definition_print(w, t->definition);
	put_count(w, "deals", f->counts.deals);
	put_count(w, "entries", f->counts.entries);
	put_count(w, "ignored", f->counts.ignored);
	put_count(w, "unknown", f->counts.unknown);
	crm_json_key(w, "steps");
	crm_json_open(w, '[');
	for (int k = 1; k <= f->n_steps; k++)
	{
		crm_json_open(w, '{');
		put_count(w, "entered", f->step[k].entered);
		put_count(w, "priced", f->step[k].priced);
		crm_json_key(w, "amount");
		put_amount_sum(w, f->step[k].amount);
		put_count(w, "timed", f->step[k].timed);
		crm_json_key(w, "time");
		put_time_sum(w, f->step[k].time);
		crm_json_key(w, "times");
		more = put_cells(w, &c, &cell, more, CRM_CELL_TIME, k);
		crm_json_close(w, '}');
	}
	crm_json_close(w, ']');
	crm_json_key(w, "days");
	crm_json_open(w, '[');
	for (int k = 0; f->has_days && k <= f->n_steps; k++)
		more = put_cells(w, &c, &cell, more, CRM_CELL_DAY, k);
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

/*----------
 * Reading: all keys, in the order in which they are printed
 *----------
 */

static bool
unexpected(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"A funnel is an object of definition, deals, entries, ignored, unknown, steps, days, in this order.",
					NULL);
}

static bool
parse_key(CrmJsonReader *r, const char *key, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_KEY || !crm_json_is(r, key))
		return unexpected(error);
	return true;
}

static bool
parse_count(CrmJsonReader *r, const char *key, uint64_t * n, CrmError *error)
{
	int64_t		v;

	if (!parse_key(r, key, error))
		return false;
	if (crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &v) || v < 0)
		return unexpected(error);
	*n = (uint64_t) v;
	return true;
}

static bool
parse_sum(CrmJsonReader *r, const char *key, size_t decimals, CrmInt128 *v,
		  CrmError *error)
{
	char		text[SUM_TEXT_SIZE];
	size_t		n;
	size_t		sign;
	size_t		zeros = 0;

	if (!parse_key(r, key, error))
		return false;
	if (crm_json_next(r) != CRM_JSON_NUMBER || r->raw_len >= sizeof text)
		return unexpected(error);
	n = r->raw_len;
	memcpy(text, r->raw, n);
	if (decimals > 0)
	{
		if (n <= decimals + 1 || text[n - decimals - 1] != '.')
			return unexpected(error);
		memmove(text + n - decimals - 1, text + n - decimals, decimals);
		n--;
	}
	sign = text[0] == '-' ? 1 : 0;
	while (sign + zeros + 1 < n && text[sign + zeros] == '0')
		zeros++;
	memmove(text + sign, text + sign + zeros, n - sign - zeros);
	return crm_int128_parse(text, n - zeros, v) || unexpected(error);
}

/* An array of [value, count], its opening bracket already read. */
static bool
parse_cells(CrmJsonReader *r, CrmFunnelParts *f, CrmCell *cells,
			CrmCellKind kind, int step, CrmError *error)
{
	CrmJsonToken t;

	while ((t = crm_json_next(r)) == CRM_JSON_ARRAY)
	{
		int64_t		value = 0;
		int64_t		count;
		int32_t		day;

		t = crm_json_next(r);
		if (kind == CRM_CELL_TIME)
		{
			if (t != CRM_JSON_NUMBER || !crm_json_int(r, &value))
				return unexpected(error);
			value = crm_duration_bucket(value);
		}
		else
		{
			if (t != CRM_JSON_STRING || r->escaped ||
				!crm_date_parse(r->raw, r->raw_len, &day))
				return unexpected(error);
			value = day;
		}
		if (crm_json_next(r) != CRM_JSON_NUMBER ||
			!crm_json_int(r, &count) || count < 1 ||
			crm_json_next(r) != CRM_JSON_ARRAY_END)
			return unexpected(error);
		cells[f->n_cells].key = crm_cell_key(kind, step, value);
		cells[f->n_cells++].count = (uint64_t) count;
	}
	return t == CRM_JSON_ARRAY_END || unexpected(error);
}

static bool
parse_step(CrmJsonReader *r, CrmFunnelParts *f, CrmFunnelStep *step,
		   CrmCell *cells, int k, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_OBJECT)
		return unexpected(error);
	if (!parse_count(r, "entered", &step->entered, error) ||
		!parse_count(r, "priced", &step->priced, error) ||
		!parse_sum(r, "amount", CRM_MONEY_DECIMALS, &step->amount, error) ||
		!parse_count(r, "timed", &step->timed, error) ||
		!parse_sum(r, "time", 0, &step->time, error) ||
		!parse_key(r, "times", error))
		return false;
	if (crm_json_next(r) != CRM_JSON_ARRAY)
		return unexpected(error);
	if (!parse_cells(r, f, cells, CRM_CELL_TIME, k, error))
		return false;
	return crm_json_next(r) == CRM_JSON_OBJECT_END || unexpected(error);
}

static bool
parse_days(CrmJsonReader *r, CrmFunnelParts *f, CrmCell *cells,
		   CrmError *error)
{
	if (!parse_key(r, "days", error))
		return false;
	if (crm_json_next(r) != CRM_JSON_ARRAY)
		return unexpected(error);
	for (int k = 0; f->has_days && k <= f->n_steps; k++)
	{
		if (crm_json_next(r) != CRM_JSON_ARRAY)
			return unexpected(error);
		if (!parse_cells(r, f, cells, CRM_CELL_DAY, k, error))
			return false;
	}
	return crm_json_next(r) == CRM_JSON_ARRAY_END || unexpected(error);
}

bool
crm_funnel_parse(CrmJsonReader *r, char *text, CrmFunnelDefinition *d,
				 CrmFunnelParts *f, CrmFunnelStep *steps, CrmCell *cells,
				 CrmError *error)
{
	f->steps = steps;
	f->cells = cells;
	f->n_cells = 0;
	if (crm_json_next(r) != CRM_JSON_OBJECT)
		return unexpected(error);
	if (!parse_key(r, "definition", error) ||
		!crm_funnel_definition_parse(r, text, d, error) ||
		!parse_count(r, "deals", &f->counts.deals, error) ||
		!parse_count(r, "entries", &f->counts.entries, error) ||
		!parse_count(r, "ignored", &f->counts.ignored, error) ||
		!parse_count(r, "unknown", &f->counts.unknown, error) ||
		!parse_key(r, "steps", error))
		return false;
	if (crm_json_next(r) != CRM_JSON_ARRAY)
		return unexpected(error);
	f->n_steps = d->n_steps;
	f->has_days = d->within != CRM_NO_LIMIT;
	for (int k = 1; k <= f->n_steps; k++)
		if (!parse_step(r, f, &steps[k], cells, k, error))
			return false;
	if (crm_json_next(r) != CRM_JSON_ARRAY_END)
		return unexpected(error);
	if (!parse_days(r, f, cells, error))
		return false;
	if (crm_json_next(r) != CRM_JSON_OBJECT_END ||
		crm_json_next(r) != CRM_JSON_END)
		return unexpected(error);
	return true;
}
