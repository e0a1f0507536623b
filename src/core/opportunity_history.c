/*
 * opportunity_history.c
 *		What one deal was at every moment: encoded form, state, JSON, ageing.
 *
 * See opportunity_history.h for the two forms.  Codes are positions in the
 * dictionary: in the encoded form that is the order of stages, so that rows
 * sort by code; in the state it is the order of arrival.
 */
#include "opportunity_history.h"

#include "datetime.h"
#include "money.h"
#include "sort.h"
#include "stage_list.h"

#define FLAG_AMOUNT 1
#define FLAG_DATE 2

int
crm_deal_row_compare(const CrmDealRow *a, const CrmDealRow *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	if (a->has_amount != b->has_amount)
		return a->has_amount ? 1 : -1;
	if (a->amount != b->amount)
		return a->amount < b->amount ? -1 : 1;
	if (a->has_date != b->has_date)
		return a->has_date ? 1 : -1;
	return (a->close_date > b->close_date) - (a->close_date < b->close_date);
}

/* Written out, so that a compiler makes one load of it. */
static uint32_t
load_u32(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 |
		(uint32_t) p[2] << 8 | p[3];
}

static int64_t
load_i64(const uint8_t *p)
{
	return (int64_t) ((uint64_t) load_u32(p) << 32 | load_u32(p + 4));
}

/* The layout that crm_deal_encode writes; the caller has checked the size. */
static CrmDealRow
read_row(const uint8_t *p, uint8_t *flags)
{
	CrmDealRow	row;

	*flags = p[9];
	row.at = load_i64(p);
	row.amount = load_i64(p + 10);
	row.close_date = (int32_t) load_u32(p + 18);
	row.stage = p[8];
	row.has_amount = (*flags & FLAG_AMOUNT) != 0;
	row.has_date = (*flags & FLAG_DATE) != 0;
	row.zero = 0;
	return row;
}

static bool
row_valid(const CrmDealRow *row, uint8_t flags, uint32_t n_stages)
{
	return (flags & ~(FLAG_AMOUNT | FLAG_DATE)) == 0 &&
		row->stage < n_stages && crm_time_valid(row->at) &&
		row->amount >= 0 && (row->has_amount || row->amount == 0) &&
		crm_date_valid(row->close_date) &&
		(row->has_date || row->close_date == 0);
}

/* Values and order; every stage must be used by some row. */
static bool
check_rows(const CrmDealHistory *h, CrmError *error)
{
	bool		used[CRM_DEAL_MAX_STAGES] = {false};
	CrmDealRow	last = {0};

	for (uint32_t i = 0; i < h->n_rows; i++)
	{
		uint8_t		flags;
		CrmDealRow	row = read_row(h->rows + (size_t) i * CRM_DEAL_ROW_SIZE,
								   &flags);

		if (!row_valid(&row, flags, h->n_stages))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A row holds an impossible value.", NULL);
		if (i > 0 && crm_deal_row_compare(&last, &row) >= 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The rows are not in order.", NULL);
		used[row.stage] = true;
		last = row;
	}
	for (uint32_t i = 0; i < h->n_stages; i++)
		if (!used[i])
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The value is not in its shortest form.", NULL);
	return true;
}

bool
crm_deal_decode(const void *data, size_t size, CrmDealHistory *h,
				CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	uint8_t		zero = crm_get_u8(&r);
	CrmDealHistory made = {0};

	made.n_stages = crm_get_u16(&r);
	made.n_rows = crm_get_u32(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_DEAL_FORMAT || zero != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (made.n_stages > CRM_DEAL_MAX_STAGES || made.n_rows > CRM_DEAL_MAX_ROWS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"An opportunity history has at most 255 stages and 1048576 rows.",
						NULL);
	made.data = data;
	made.size = size;
	made.stages = r.data + r.at;
	if (!crm_stages_read(&r, made.n_stages, true, error))
		return false;
	made.rows = crm_get_bytes(&r, (size_t) made.n_rows * CRM_DEAL_ROW_SIZE);
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value does not have the size that it announces.",
						NULL);
	if (!check_rows(&made, error))
		return false;
	*h = made;
	return true;
}

CrmDealRow
crm_deal_row(const CrmDealHistory *h, uint32_t i)
{
	uint8_t		flags;

	return read_row(h->rows + (size_t) i * CRM_DEAL_ROW_SIZE, &flags);
}

CrmStage
crm_deal_stage(const CrmDealHistory *h, uint32_t code)
{
	return crm_stage_of_code(h->stages, code);
}

uint32_t
crm_deal_rows_until(const CrmDealHistory *h, int64_t t)
{
	uint32_t	low = 0;
	uint32_t	high = h->n_rows;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (crm_deal_row(h, mid).at <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint8_t *
state_stages(const CrmDealState *s)
{
	return (uint8_t *) (s->rows + s->row_room);
}

size_t
crm_deal_state_size(uint32_t row_room, uint32_t stage_room)
{
	return sizeof(CrmDealState) + (size_t) row_room * sizeof(CrmDealRow) +
		stage_room;
}

void
crm_deal_state_init(CrmDealState *s, uint32_t row_room, uint32_t stage_room)
{
	memset((char *) s + sizeof s->varlena, 0,
		   sizeof *s - sizeof s->varlena);
	s->format = CRM_DEAL_STATE_FORMAT;
	s->row_room = row_room;
	s->stage_room = stage_room;
}

void
crm_deal_state_move(const CrmDealState *from, CrmDealState *to)
{
	to->n_stages = from->n_stages;
	to->n_rows = from->n_rows;
	to->stage_bytes = from->stage_bytes;
	memcpy(to->rows, from->rows, from->n_rows * sizeof(CrmDealRow));
	memcpy(state_stages(to), state_stages(from), from->stage_bytes);
}

CrmStage
crm_deal_state_stage(const CrmDealState *s, uint32_t code)
{
	return crm_stage_of_code(state_stages(s), code);
}

CrmDealAdd
crm_deal_state_add(CrmDealState *s, CrmStage stage, CrmDealRow row)
{
	uint32_t	code = crm_stage_search(state_stages(s), s->n_stages, stage);
	uint32_t	need = CRM_STAGE_HEAD + stage.label_len;

	if (s->n_rows == CRM_DEAL_STATE_MAX_ROWS ||
		(code == s->n_stages && code == CRM_DEAL_MAX_STAGES))
		return CRM_DEAL_TOO_MANY;
	if (s->n_rows == s->row_room ||
		(code == s->n_stages && need > s->stage_room - s->stage_bytes))
		return CRM_DEAL_FULL;
	if (code == s->n_stages)
	{
		CrmWriter	w = crm_writer(state_stages(s) + s->stage_bytes, need);

		crm_stage_put(&w, stage);
		s->stage_bytes += need;
		s->n_stages++;
	}
	row.stage = (uint8_t) code;
	s->rows[s->n_rows++] = row;
	return CRM_DEAL_ADDED;
}

static bool
stage_less(const void *data, size_t i, size_t j)
{
	const CrmStage *stages = data;

	return crm_stage_compare(stages[i], stages[j]) < 0;
}

void
crm_deal_state_stages(const CrmDealState *s, CrmStage *stages, uint8_t *code)
{
	CrmStage	as_came[CRM_DEAL_MAX_STAGES];
	uint8_t		from[CRM_DEAL_MAX_STAGES];
	const uint8_t *p = state_stages(s);

	for (uint32_t i = 0; i < s->n_stages; i++)
		as_came[i] = crm_stage_next(&p);
	crm_sort_order(as_came, s->n_stages, stage_less, from, code);
	for (uint32_t i = 0; i < s->n_stages; i++)
		stages[i] = as_came[from[i]];
}

uint32_t
crm_deal_unique(CrmDealRow *rows, uint32_t n)
{
	uint32_t	kept = n > 0;

	for (uint32_t i = 1; i < n; i++)
		if (crm_deal_row_compare(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
	return kept;
}

void
crm_deal_encode(const CrmStage *stages, uint32_t n_stages,
				const CrmDealRow *rows, uint32_t n_rows, CrmWriter *w)
{
	crm_put_u8(w, CRM_DEAL_FORMAT);
	crm_put_u8(w, 0);
	crm_put_u16(w, (uint16_t) n_stages);
	crm_put_u32(w, n_rows);
	for (uint32_t i = 0; i < n_stages; i++)
		crm_stage_put(w, stages[i]);
	for (uint32_t i = 0; i < n_rows; i++)
	{
		crm_put_i64(w, rows[i].at);
		crm_put_u8(w, rows[i].stage);
		crm_put_u8(w, (uint8_t) ((rows[i].has_amount ? FLAG_AMOUNT : 0) |
								 (rows[i].has_date ? FLAG_DATE : 0)));
		crm_put_i64(w, rows[i].amount);
		crm_put_u32(w, (uint32_t) rows[i].close_date);
	}
}

void
crm_deal_print_row(const CrmDealHistory *h, uint32_t i, CrmJsonWriter *w)
{
	char		text[CRM_STAGE_MAX_TEXT];
	CrmDealRow	row = crm_deal_row(h, i);

	crm_json_open(w, '{');
	crm_json_key(w, "at");
	crm_json_put_string(w, text, crm_time_text(row.at, text));
	crm_json_key(w, "stage");
	crm_json_put_string(w, text,
						crm_stage_text(crm_deal_stage(h, row.stage), text));
	if (row.has_amount)
	{
		crm_json_key(w, "amount");
		crm_json_put_raw(w, text, crm_money_text(row.amount, text));
	}
	if (row.has_date)
	{
		crm_json_key(w, "close_date");
		crm_json_put_string(w, text, crm_date_text(row.close_date, text));
	}
	crm_json_close(w, '}');
}

static bool
parse_error(CrmError *error, const char *detail)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, detail,
					"An opportunity history is a JSON array of objects with the keys at, stage, amount and close_date.");
}

/* The string just read, unescaped behind what scratch already holds. */
static bool
take_string(const CrmJsonReader *r, CrmJsonToken t, char **scratch,
			const char **text, size_t *len)
{
	size_t		n;

	if (t != CRM_JSON_STRING)
		return false;
	n = crm_json_string(r, *scratch);
	if (n == SIZE_MAX)
		return false;
	*text = *scratch;
	*len = n;
	*scratch += n;
	return true;
}

typedef enum DealKey
{
	KEY_AT,
	KEY_STAGE,
	KEY_AMOUNT,
	KEY_CLOSE_DATE,
	KEYS
} DealKey;

static int
key_just_read(const CrmJsonReader *r)
{
	static const char *const NAMES[KEYS] = {
		"at", "stage", "amount", "close_date"
	};
	int			key = 0;

	while (key < KEYS && !crm_json_is(r, NAMES[key]))
		key++;
	return key;
}

/* Takes the value of a key, whose first token is t. */
static bool
take_value(const CrmJsonReader *r, CrmJsonToken t, int key, char **scratch,
		   CrmDealRow *row, CrmStage *stage, CrmError *error)
{
	const char *text;
	size_t		len;

	if (key == KEY_AMOUNT)
	{
		if (t != CRM_JSON_NUMBER)
			return parse_error(error, "An amount is a number.");
		row->has_amount = true;
		if (!crm_money_parse(r->raw, r->raw_len, &row->amount, error))
			return false;
		return row->amount >= 0 ||
			crm_fail(error, CRM_ERROR_VALUE,
					 "The amount must not be negative.", NULL);
	}
	if (!take_string(r, t, scratch, &text, &len))
		return parse_error(error, "Time, stage and close date are strings.");
	if (key == KEY_STAGE)
		return crm_stage_parse(text, len, stage, error);
	if (key == KEY_AT)
		return crm_time_parse(text, len, &row->at) ||
			parse_error(error, "A time is written like 2026-03-01T09:30:00Z.");
	row->has_date = true;
	return crm_date_parse(text, len, &row->close_date) ||
		parse_error(error, "A close date is written like 2026-03-01.");
}

bool
crm_deal_parse_row(CrmJsonReader *r, char *scratch, CrmDealRow *row,
				   CrmStage *stage, CrmError *error)
{
	CrmJsonToken t;
	unsigned	seen = 0;

	memset(row, 0, sizeof *row);
	while ((t = crm_json_next(r)) == CRM_JSON_KEY)
	{
		int			key = key_just_read(r);

		if (key == KEYS)
			return parse_error(error, "A key is not known.");
		if (seen >> key & 1)
			return parse_error(error, "A key appears twice.");
		t = crm_json_next(r);
		if (t == CRM_JSON_NULL && key >= KEY_AMOUNT)
			continue;
		seen |= 1u << key;
		if (!take_value(r, t, key, &scratch, row, stage, error))
			return false;
	}
	if (t != CRM_JSON_OBJECT_END)
		return parse_error(error, "The text is not valid JSON.");
	if ((seen & 3) != 3)
		return parse_error(error, "A row lacks its time or its stage.");
	return true;
}

int64_t
crm_deal_stage_since(const CrmDealHistory *h, uint32_t n)
{
	CrmDealRow	last = crm_deal_row(h, n - 1);
	int64_t		since = last.at;

	for (uint32_t i = n - 1; i-- > 0;)
	{
		CrmDealRow	row = crm_deal_row(h, i);

		if (row.stage != last.stage)
			break;
		since = row.at;
	}
	return since;
}

int32_t
crm_deal_pushes(const CrmDealHistory *h, uint32_t from, uint32_t until)
{
	int32_t		pushes = 0;

	for (uint32_t i = from > 0 ? from : 1; i < until; i++)
	{
		CrmDealRow	before = crm_deal_row(h, i - 1);
		CrmDealRow	row = crm_deal_row(h, i);

		pushes += before.has_date && row.has_date &&
			row.close_date > before.close_date &&
			crm_stage_is_open(crm_deal_stage(h, row.stage));
	}
	return pushes;
}

bool
crm_deal_days_pushed(const CrmDealHistory *h, uint32_t from, uint32_t until,
					 int64_t *days)
{
	bool		known = false;
	int64_t		first = 0;
	int64_t		last = 0;

	for (uint32_t i = from > 0 ? from - 1 : 0; i < until; i++)
	{
		CrmDealRow	row = crm_deal_row(h, i);

		if (!row.has_date)
			continue;
		if (!known)
			first = row.close_date;
		known = true;
		last = row.close_date;
	}
	*days = last - first;
	return known;
}

static int
stage_change(const CrmDealHistory *h, CrmDealRow before, CrmDealRow row,
			 CrmDealChangeKind *kind)
{
	CrmStage	a = crm_deal_stage(h, before.stage);
	CrmStage	b = crm_deal_stage(h, row.stage);

	if (before.stage == row.stage)
		return 0;
	if (a.rank == b.rank)
		*kind = CRM_DEAL_RELABELLED;
	else if (!crm_stage_is_open(b))
		*kind = b.rank == CRM_STAGE_WON ? CRM_DEAL_WON : CRM_DEAL_LOST;
	else if (!crm_stage_is_open(a))
		*kind = CRM_DEAL_REOPENED;
	else
		*kind = a.rank < b.rank ? CRM_DEAL_FORWARD : CRM_DEAL_BACK;
	return 1;
}

int
crm_deal_changes(const CrmDealHistory *h, uint32_t i,
				 CrmDealChangeKind *kinds)
{
	CrmDealRow	row = crm_deal_row(h, i);
	CrmDealRow	before;
	int			n;

	if (i == 0)
	{
		kinds[0] = CRM_DEAL_CREATED;
		return 1;
	}
	before = crm_deal_row(h, i - 1);
	n = stage_change(h, before, row, kinds);
	if (before.has_amount != row.has_amount)
		kinds[n++] = CRM_DEAL_AMOUNT_SET;
	else if (before.amount != row.amount)
		kinds[n++] = before.amount < row.amount ?
			CRM_DEAL_INCREASED : CRM_DEAL_DECREASED;
	if (before.has_date != row.has_date)
		kinds[n++] = CRM_DEAL_DATE_SET;
	else if (before.close_date != row.close_date)
		kinds[n++] = before.close_date < row.close_date ?
			CRM_DEAL_PUSHED : CRM_DEAL_PULLED_IN;
	return n;
}

const char *
crm_deal_change_name(CrmDealChangeKind kind)
{
	static const char *const NAMES[] = {
		"created", "forward", "back", "relabelled", "won", "lost", "reopened",
		"increased", "decreased", "pushed", "pulled_in", "date_set",
		"amount_set"
	};

	return NAMES[kind];
}
