/*
 * waterfall.c
 *		How a pipeline came from its start to its end: one deal, then sums.
 *
 * crm_deal_movement is the only place that decides what a deal did; totals and
 * drill-down come from it, and so does the balance: a deal that has a way in
 * has a way out, and its change of amount is the difference of the two.
 */
#include "waterfall.h"

#include "datetime.h"

#define HINT "Its keys are period, close_window, start, new, moved_in, reopened, increased, decreased, moved_out, won, lost and end."

static const char *const PART_NAMES[CRM_WATERFALL_PARTS] = {
	"start", "new", "moved_in", "reopened", "increased", "decreased",
	"moved_out", "won", "lost", "end"
};

const char *
crm_waterfall_part_name(int part)
{
	return PART_NAMES[part];
}

int
crm_waterfall_part_named(const char *name, size_t len)
{
	return crm_bridge_named(PART_NAMES, CRM_WATERFALL_PARTS, name, len);
}

static bool
check_frame(const CrmWaterfallFrame *f, CrmError *error)
{
	if (f->from >= f->until)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The period is empty.", NULL);
	if (f->windowed && f->close_from >= f->close_until)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The window of close dates is empty.", NULL);
	if ((f->from != CRM_TIME_UNBOUNDED_LOW && !crm_time_valid(f->from)) ||
		(f->until != CRM_TIME_UNBOUNDED_HIGH && !crm_time_valid(f->until)))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A time is out of range.", NULL);
	if ((f->close_from != CRM_DATE_UNBOUNDED_LOW &&
		 !crm_date_valid(f->close_from)) ||
		(f->close_until != CRM_DATE_UNBOUNDED_HIGH &&
		 !crm_date_valid(f->close_until)))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A date is out of range.", NULL);
	if (!f->windowed && (f->close_from != 0 || f->close_until != 0))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"There are bounds without a window.", NULL);
	return true;
}

bool
crm_waterfall_init(CrmWaterfall *w, const CrmWaterfallFrame *f,
				   CrmError *error)
{
	if (!check_frame(f, error))
		return false;
	memset(w, 0, sizeof *w);
	w->format = CRM_WATERFALL_FORMAT;
	w->windowed = f->windowed;
	w->from = f->from;
	w->until = f->until;
	w->close_from = f->close_from;
	w->close_until = f->close_until;
	return true;
}

CrmWaterfallFrame
crm_waterfall_frame(const CrmWaterfall *w)
{
	CrmWaterfallFrame f = {w->from, w->until, w->close_from, w->close_until,
	w->windowed != 0};

	return f;
}

bool
crm_waterfall_same_frame(const CrmWaterfall *w, const CrmWaterfallFrame *f)
{
	return w->from == f->from && w->until == f->until &&
		(w->windowed != 0) == f->windowed &&
		w->close_from == f->close_from && w->close_until == f->close_until;
}

/* What the books of this window say about the deal after a row. */
typedef enum Account
{
	OUTSIDE,					/* no row, or its close date is elsewhere */
	OPEN,
	WON,
	LOST
} Account;

static Account
stage_account(CrmStage stage)
{
	return stage.rank == CRM_STAGE_WON ? WON :
		stage.rank == CRM_STAGE_LOST ? LOST : OPEN;
}

static bool
in_window(const CrmDealRow *row, const CrmWaterfallFrame *f)
{
	return !f->windowed || (row->has_date &&
							row->close_date >= f->close_from &&
							row->close_date < f->close_until);
}

/*
 * The rows before the period decide how the deal starts.  In the period its
 * first row that puts it into the open pipeline, or straight to an end that it
 * was not at when the period began, is its way in; its last amount inside the window and
 * where it stands after the period are its way out.
 */
CrmMovement
crm_deal_movement(const CrmDealHistory *h, const CrmWaterfallFrame *f)
{
	CrmMovement m = {CRM_PART_NONE, CRM_PART_NONE, 0, 0};
	Account		outcome = OUTSIDE;	/* by stage alone; OUTSIDE: no row yet */
	Account		account = OUTSIDE;
	Account		start = OUTSIDE;

	for (uint32_t i = 0; i < h->n_rows; i++)
	{
		CrmDealRow	row = crm_deal_row(h, i);
		Account		now = stage_account(crm_deal_stage(h, row.stage));
		Account		next = in_window(&row, f) ? now : OUTSIDE;

		if (row.at >= f->until)
			break;
		if (row.at < f->from)
		{
			m.in = next == OPEN ? CRM_PART_START : CRM_PART_NONE;
			m.in_amount = row.amount;
			start = next;
		}
		else if (m.in == CRM_PART_NONE && next != OUTSIDE &&
				 (next == OPEN || next != start))
		{
			m.in = outcome == OUTSIDE ? CRM_PART_NEW :
				outcome != OPEN && outcome != now ? CRM_PART_REOPENED :
				CRM_PART_MOVED_IN;
			m.in_amount = row.amount;
		}
		if (next != OUTSIDE)
			m.out_amount = row.amount;
		outcome = now;
		account = next;
	}
	if (m.in == CRM_PART_NONE)
		m.in_amount = m.out_amount = 0;
	else
		m.out = account == OPEN ? CRM_PART_END :
			account == WON ? CRM_PART_WON :
			account == LOST ? CRM_PART_LOST : CRM_PART_MOVED_OUT;
	return m;
}

bool
crm_waterfall_add(CrmWaterfall *w, CrmMovement m)
{
	int64_t		change = m.out_amount - m.in_amount;

	if (m.in == CRM_PART_NONE)
		return true;
	if (crm_bridge_full(w->part, CRM_WATERFALL_PARTS))
		return false;
	crm_bridge_count(&w->part[m.in], m.in_amount);
	crm_bridge_count(&w->part[m.out], m.out_amount);
	if (change > 0)
		crm_bridge_count(&w->part[CRM_PART_INCREASED], change);
	else if (change < 0)
		crm_bridge_count(&w->part[CRM_PART_DECREASED], -change);
	return true;
}

bool
crm_waterfall_merge(CrmWaterfall *w, const CrmWaterfall *v)
{
	return crm_bridge_merge(w->part, v->part, CRM_WATERFALL_PARTS);
}

/* deals of the ways in and of the ways out; amounts alike, with changes */
static bool
balances(const CrmWaterfall *w)
{
	uint64_t	in = 0;
	uint64_t	out = 0;
	CrmInt128	in_amount = {0, 0};
	CrmInt128	out_amount = {0, 0};

	for (int i = CRM_PART_START; i <= CRM_PART_REOPENED; i++)
		in += (uint64_t) w->part[i].n;
	for (int i = CRM_PART_MOVED_OUT; i <= CRM_PART_END; i++)
		out += (uint64_t) w->part[i].n;
	for (int i = CRM_PART_START; i <= CRM_PART_INCREASED; i++)
		crm_int128_add(&in_amount, w->part[i].amount);
	for (int i = CRM_PART_DECREASED; i <= CRM_PART_END; i++)
		crm_int128_add(&out_amount, w->part[i].amount);
	return in == out && in_amount.hi == out_amount.hi &&
		in_amount.lo == out_amount.lo &&
		(uint64_t) w->part[CRM_PART_INCREASED].n <= in &&
		(uint64_t) w->part[CRM_PART_DECREASED].n <=
		in - (uint64_t) w->part[CRM_PART_INCREASED].n;
}

bool
crm_waterfall_valid(const CrmWaterfall *w, CrmError *error)
{
	static const uint8_t ZERO[sizeof w->reserved] = {0};
	CrmWaterfallFrame f = crm_waterfall_frame(w);

	if (w->format != CRM_WATERFALL_FORMAT || w->windowed > 1 ||
		memcmp(w->reserved, ZERO, sizeof ZERO) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (!check_frame(&f, error))
		return false;
	if (!crm_bridge_possible(w->part, CRM_WATERFALL_PARTS, 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A count or an amount is out of range.", NULL);
	if (!balances(w))
		return crm_fail(error, CRM_ERROR_VALUE,
						"start + new + moved_in + reopened + increased must equal decreased + moved_out + won + lost + end, in deals without the changes of amount.",
						NULL);
	return true;
}

void
crm_waterfall_encode(const CrmWaterfall *w, CrmWriter *out)
{
	crm_put_u8(out, CRM_WATERFALL_FORMAT);
	crm_put_u8(out, w->windowed);
	crm_put_i64(out, w->from);
	crm_put_i64(out, w->until);
	crm_put_u32(out, (uint32_t) w->close_from);
	crm_put_u32(out, (uint32_t) w->close_until);
	crm_bridge_encode(w->part, CRM_WATERFALL_PARTS, out);
}

bool
crm_waterfall_decode(const void *data, size_t size, CrmWaterfall *w,
					 CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmWaterfall made;

	memset(&made, 0, sizeof made);
	made.format = crm_get_u8(&r);
	made.windowed = crm_get_u8(&r);
	made.from = crm_get_i64(&r);
	made.until = crm_get_i64(&r);
	made.close_from = (int32_t) crm_get_u32(&r);
	made.close_until = (int32_t) crm_get_u32(&r);
	crm_bridge_decode(&r, made.part, CRM_WATERFALL_PARTS);
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value does not have the size of its format.",
						NULL);
	if (!crm_waterfall_valid(&made, error))
		return false;
	*w = made;
	return true;
}

static void
print_time(int64_t t, CrmJsonWriter *out)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	if (crm_time_valid(t))
		crm_json_put_string(out, text, crm_time_text(t, text));
	else
		crm_json_put_raw(out, "null", 4);
}

static void
print_date(int32_t d, CrmJsonWriter *out)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	if (crm_date_valid(d))
		crm_json_put_string(out, text, crm_date_text(d, text));
	else
		crm_json_put_raw(out, "null", 4);
}

void
crm_waterfall_print(const CrmWaterfall *w, CrmJsonWriter *out)
{
	crm_json_open(out, '{');
	crm_json_key(out, "period");
	crm_json_open(out, '[');
	print_time(w->from, out);
	print_time(w->until, out);
	crm_json_close(out, ']');
	if (w->windowed)
	{
		crm_json_key(out, "close_window");
		crm_json_open(out, '[');
		print_date(w->close_from, out);
		print_date(w->close_until, out);
		crm_json_close(out, ']');
	}
	crm_bridge_print(w->part, PART_NAMES, CRM_WATERFALL_PARTS, "deals", out);
	crm_json_close(out, '}');
}

/* A bound of the period or window: a string or null. */
static bool
parse_bound(CrmJsonReader *r, bool dates, int k, CrmWaterfallFrame *f)
{
	CrmJsonToken t = crm_json_next(r);
	int64_t    *time = k == 0 ? &f->from : &f->until;
	int32_t    *date = k == 0 ? &f->close_from : &f->close_until;

	if (t == CRM_JSON_NULL && dates)
		*date = k == 0 ? CRM_DATE_UNBOUNDED_LOW : CRM_DATE_UNBOUNDED_HIGH;
	else if (t == CRM_JSON_NULL)
		*time = k == 0 ? CRM_TIME_UNBOUNDED_LOW : CRM_TIME_UNBOUNDED_HIGH;
	else if (t != CRM_JSON_STRING || r->escaped)
		return false;
	else if (dates)
		return crm_date_parse(r->raw, r->raw_len, date);
	else
		return crm_time_parse(r->raw, r->raw_len, time);
	return true;
}

static bool
parse_bounds(CrmJsonReader *r, bool dates, CrmWaterfallFrame *f)
{
	return crm_json_next(r) == CRM_JSON_ARRAY &&
		parse_bound(r, dates, 0, f) && parse_bound(r, dates, 1, f) &&
		crm_json_next(r) == CRM_JSON_ARRAY_END;
}

bool
crm_waterfall_parse(const char *text, size_t len, CrmWaterfall *w,
					CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);
	CrmWaterfallFrame f = {0};
	CrmWaterfall made;
	CrmBridgePart part[CRM_WATERFALL_PARTS];
	CrmJsonToken t;
	bool		period = false;
	unsigned	seen = 0;
	bool		good = crm_json_next(&r) == CRM_JSON_OBJECT;

	while (good && (t = crm_json_next(&r)) == CRM_JSON_KEY)
	{
		int			i = r.escaped ? CRM_PART_NONE :
		crm_waterfall_part_named(r.raw, r.raw_len);

		if (crm_json_is(&r, "period") && !period)
			good = period = parse_bounds(&r, false, &f);
		else if (crm_json_is(&r, "close_window") && !f.windowed)
			good = f.windowed = parse_bounds(&r, true, &f);
		else if (i != CRM_PART_NONE && (seen >> i & 1) == 0)
		{
			good = crm_bridge_parse_part(&r, "deals", &part[i]);
			seen |= 1u << i;
		}
		else
			good = false;
	}
	if (!good || t != CRM_JSON_OBJECT_END ||
		crm_json_next(&r) != CRM_JSON_END || !period ||
		seen != (1u << CRM_WATERFALL_PARTS) - 1)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A waterfall is a JSON object with a period, maybe a window of close dates, and ten parts of {\"deals\", \"amount\"}.",
						HINT);
	if (!crm_waterfall_init(&made, &f, error))
		return false;
	memcpy(made.part, part, sizeof part);
	if (!crm_waterfall_valid(&made, error))
		return false;
	*w = made;
	return true;
}
