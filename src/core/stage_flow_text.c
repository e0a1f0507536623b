/*
 * stage_flow_text.c
 *		The text form of a stage_flow: a JSON object.
 *
 * Keys may come in any order, so that what jsonb makes of a flow reads back;
 * the printer writes them in one order only.  A stage is named by its own text
 * form.
 */
#include "stage_flow.h"

#include "datetime.h"

/* The shortest text of one cell: "[0,1]" and its comma. */
#define MIN_CELL_TEXT 6

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"A stage_flow is an object of kind, ignored, stages, transitions and open.",
					NULL);
}

/*----------
 * Printing
 *----------
 */

static void
put_stage(CrmJsonWriter *w, CrmStage stage)
{
	char		text[CRM_STAGE_MAX_TEXT];

	crm_json_put_string(w, text, crm_stage_text(stage, text));
}

static void
put_pair(CrmJsonWriter *w, const CrmFlow *flow, const CrmFlowPair *pair)
{
	char		sum[CRM_INT128_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, pair->to == CRM_FLOW_OPEN ? "stage" : "from");
	put_stage(w, flow->stages[pair->from]);
	if (pair->to != CRM_FLOW_OPEN)
	{
		crm_json_key(w, "to");
		put_stage(w, flow->stages[pair->to]);
	}
	crm_json_key(w, "n");
	crm_json_put_int(w, (int64_t) pair->n);
	if (crm_flow_timed(flow->basis))
	{
		crm_json_key(w, "time");
		crm_json_put_raw(w, sum, crm_int128_text(pair->time, sum));
		crm_json_key(w, "times");
		crm_json_open(w, '[');
		for (uint32_t i = 0; i < pair->n_buckets; i++)
		{
			crm_json_open(w, '[');
			crm_json_put_int(w, flow->buckets[pair->first + i].bucket);
			crm_json_put_int(w, (int64_t) flow->buckets[pair->first + i].count);
			crm_json_close(w, ']');
		}
		crm_json_close(w, ']');
	}
	crm_json_close(w, '}');
}

static void
put_pairs(CrmJsonWriter *w, const CrmFlow *flow, const char *key, bool open)
{
	crm_json_key(w, key);
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		if ((flow->pairs[i].to == CRM_FLOW_OPEN) == open)
			put_pair(w, flow, &flow->pairs[i]);
	}
	crm_json_close(w, ']');
}

void
crm_flow_print(CrmJsonWriter *w, const CrmFlow *flow)
{
	bool		timed = crm_flow_timed(flow->basis);
	const char *kind = timed ? "journeys" : "counts";
	char		time[CRM_DATETIME_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, "kind");
	crm_json_put_string(w, kind, strlen(kind));
	if (flow->basis.kind == CRM_FLOW_AS_OF)
	{
		crm_json_key(w, "as_of");
		crm_json_put_string(w, time,
							crm_time_text(flow->basis.parameter, time));
	}
	if (flow->basis.kind == CRM_FLOW_STEPS)
	{
		crm_json_key(w, "step");
		crm_json_put_int(w, flow->basis.parameter);
	}
	crm_json_key(w, "ignored");
	crm_json_put_int(w, (int64_t) flow->ignored);
	crm_json_key(w, "stages");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < flow->n_stages; i++)
		put_stage(w, flow->stages[i]);
	crm_json_close(w, ']');
	put_pairs(w, flow, "transitions", false);
	if (timed)
		put_pairs(w, flow, "open", true);
	crm_json_close(w, '}');
}

/*----------
 * Parsing
 *----------
 */

/* What is known of the text while it is read. */
typedef struct Parse
{
	CrmJsonReader r;
	CrmFlowState *s;
	CrmError   *error;
	bool		has_kind;
	bool		journeys;
	bool		has_as_of;
	bool		has_step;
	bool		any_times;
	bool		any_counts;
} Parse;

CrmFlowRoom
crm_flow_text_room(size_t len)
{
	size_t		cells = len / MIN_CELL_TEXT + 1;
	CrmFlowRoom room = {CRM_FLOW_MAX_STAGES,
	cells < CRM_FLOW_MAX_ROOM ? (uint32_t) cells : CRM_FLOW_MAX_ROOM};

	return room;
}

static bool
parse_stage(Parse *p, uint32_t *index)
{
	char		text[6 * CRM_STAGE_MAX_TEXT];
	CrmStage	stage;
	size_t		len;

	if (crm_json_next(&p->r) != CRM_JSON_STRING || p->r.raw_len > sizeof text)
		return not_the_form(p->error);
	len = crm_json_string(&p->r, text);
	if (len == SIZE_MAX)
		return not_the_form(p->error);
	if (!crm_stage_parse(text, len, &stage, p->error))
		return false;
	*index = crm_flow_state_stage(p->s, stage);
	return *index < CRM_FLOW_MAX_STAGES ||
		crm_fail(p->error, CRM_ERROR_LIMIT,
				 "A stage_flow has at most 128 different stages.",
				 "Build one flow for each pipeline.");
}

static bool
parse_count(CrmJsonReader *r, int64_t least, int64_t most, int64_t *count,
			CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!crm_json_int(r, count) || *count < least || *count > most)
		return crm_fail(error, CRM_ERROR_RANGE,
						"A count is out of range.", NULL);
	return true;
}

/* The buckets [[bucket, count], ...], after the opening bracket. */
static bool
add_buckets(Parse *p, CrmJsonReader r, uint32_t from, uint32_t to,
			int64_t n)
{
	CrmJsonToken token;

	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		int64_t		bucket;
		int64_t		count;

		if (!parse_count(&r, 0, CRM_BUCKET_MAX, &bucket, p->error) ||
			!parse_count(&r, 1, INT64_MAX, &count, p->error))
			return false;
		if (crm_json_next(&r) != CRM_JSON_ARRAY_END)
			return not_the_form(p->error);
		if (count > n)
			return crm_fail(p->error, CRM_ERROR_VALUE,
							"Buckets and n differ.", NULL);
		n -= count;
		crm_flow_state_put(p->s, from, to, (uint32_t) bucket,
						   (uint64_t) count);
	}
	if (token != CRM_JSON_ARRAY_END)
		return not_the_form(p->error);
	return n == 0 || crm_fail(p->error, CRM_ERROR_VALUE,
							  "Buckets and n differ.", NULL);
}

/* One element of transitions or open while its keys come in. */
typedef struct Entry
{
	uint32_t	from;
	uint32_t	to;
	int64_t		n;
	CrmInt128	time;
	CrmJsonReader times;
	unsigned	seen;			/* bits of ENTRY_... */
} Entry;

enum
{
	ENTRY_FROM = 1, ENTRY_TO = 2, ENTRY_N = 4, ENTRY_TIME = 8,
	ENTRY_TIMES = 16
};

static bool
parse_entry_key(Parse *p, Entry *e, bool open)
{
	static const char *const names[] = {"from", "to", "n", "time", "times"};
	unsigned	bit = 0;

	for (unsigned i = 0; i < 5; i++)
	{
		if (crm_json_is(&p->r, i == 0 && open ? "stage" : names[i]))
			bit = 1U << i;
	}
	if (bit == 0 || (e->seen & bit) != 0)
		return not_the_form(p->error);
	e->seen |= bit;
	switch (bit)
	{
		case ENTRY_FROM:
			return parse_stage(p, &e->from);
		case ENTRY_TO:
			return parse_stage(p, &e->to);
		case ENTRY_N:
			return parse_count(&p->r, 1, INT64_MAX, &e->n, p->error);
		case ENTRY_TIME:
			return (crm_json_next(&p->r) == CRM_JSON_NUMBER &&
					crm_int128_parse(p->r.raw, p->r.raw_len, &e->time)) ||
				not_the_form(p->error);
	}
	if (crm_json_next(&p->r) != CRM_JSON_ARRAY)
		return not_the_form(p->error);
	e->times = p->r;
	return crm_json_skip(&p->r, CRM_JSON_ARRAY) || not_the_form(p->error);
}

static bool
parse_entry(Parse *p, bool open)
{
	Entry		e = {0};
	CrmJsonToken token;
	unsigned	least = ENTRY_FROM | ENTRY_N | (open ? 0 : ENTRY_TO);
	bool		timed;

	while ((token = crm_json_next(&p->r)) == CRM_JSON_KEY)
	{
		if (!parse_entry_key(p, &e, open))
			return false;
	}
	timed = e.seen == (least | ENTRY_TIME | ENTRY_TIMES);
	if (token != CRM_JSON_OBJECT_END || (e.seen != least && !timed))
		return not_the_form(p->error);
	if (open)
		e.to = CRM_FLOW_OPEN;
	if ((uint64_t) e.n > CRM_FLOW_MAX_TOTAL - p->s->total)
		return crm_fail(p->error, CRM_ERROR_RANGE,
						"A stage_flow counts at most 9223372036854775807 rows.",
						NULL);
	p->s->total += (uint64_t) e.n;
	p->any_times = p->any_times || timed;
	p->any_counts = p->any_counts || !timed;
	if (!timed)
	{
		crm_flow_state_put(p->s, e.from, e.to, 0, (uint64_t) e.n);
		return true;
	}
	crm_flow_state_put_time(p->s, e.from, e.to, e.time);
	return add_buckets(p, e.times, e.from, e.to, e.n);
}

static bool
parse_entries(Parse *p, bool open)
{
	CrmJsonToken token;

	if (crm_json_next(&p->r) != CRM_JSON_ARRAY)
		return not_the_form(p->error);
	while ((token = crm_json_next(&p->r)) == CRM_JSON_OBJECT)
	{
		if (!parse_entry(p, open))
			return false;
	}
	return token == CRM_JSON_ARRAY_END || not_the_form(p->error);
}

static bool
parse_stages(Parse *p)
{
	CrmJsonReader before;
	uint32_t	index;

	if (crm_json_next(&p->r) != CRM_JSON_ARRAY)
		return not_the_form(p->error);
	for (;;)
	{
		before = p->r;
		if (crm_json_next(&p->r) != CRM_JSON_STRING)
			break;
		p->r = before;
		if (!parse_stage(p, &index))
			return false;
	}
	p->r = before;
	return crm_json_next(&p->r) == CRM_JSON_ARRAY_END ||
		not_the_form(p->error);
}

static bool
parse_kind(Parse *p)
{
	if (crm_json_next(&p->r) != CRM_JSON_STRING || p->has_kind)
		return not_the_form(p->error);
	p->has_kind = true;
	p->journeys = crm_json_is(&p->r, "journeys");
	return p->journeys || crm_json_is(&p->r, "counts") ||
		not_the_form(p->error);
}

static bool
parse_as_of(Parse *p)
{
	if (crm_json_next(&p->r) != CRM_JSON_STRING || p->has_as_of ||
		p->has_step || p->r.escaped ||
		!crm_time_parse(p->r.raw, p->r.raw_len, &p->s->parameter))
		return not_the_form(p->error);
	p->has_as_of = true;
	return true;
}

static bool
parse_step(Parse *p)
{
	if (p->has_as_of || p->has_step)
		return not_the_form(p->error);
	p->has_step = true;
	return parse_count(&p->r, 1, INT64_MAX, &p->s->parameter, p->error);
}

static bool
parse_ignored(Parse *p)
{
	int64_t		n;

	if (!parse_count(&p->r, 0, INT64_MAX, &n, p->error))
		return false;
	p->s->ignored = (uint64_t) n;
	return true;
}

static bool
parse_key(Parse *p)
{
	if (crm_json_is(&p->r, "kind"))
		return parse_kind(p);
	if (crm_json_is(&p->r, "as_of"))
		return parse_as_of(p);
	if (crm_json_is(&p->r, "step"))
		return parse_step(p);
	if (crm_json_is(&p->r, "ignored"))
		return parse_ignored(p);
	if (crm_json_is(&p->r, "stages"))
		return parse_stages(p);
	if (crm_json_is(&p->r, "transitions"))
		return parse_entries(p, false);
	if (crm_json_is(&p->r, "open"))
		return parse_entries(p, true);
	return not_the_form(p->error);
}

/* The state's basis is set here; the rest is for crm_flow_from_state. */
bool
crm_flow_parse(const char *text, size_t len, bool utf8, CrmFlowState *s,
			   CrmPause pause, CrmError *error)
{
	Parse		p = {crm_json_reader(text, len, utf8), s, error,
	false, false, false, false, false, false};
	CrmJsonToken token;

	p.r.pause = pause;
	if (crm_json_next(&p.r) != CRM_JSON_OBJECT)
		return not_the_form(error);
	while ((token = crm_json_next(&p.r)) == CRM_JSON_KEY)
	{
		if (!parse_key(&p))
			return false;
	}
	if (token != CRM_JSON_OBJECT_END ||
		crm_json_next(&p.r) != CRM_JSON_END || !p.has_kind ||
		(p.journeys ? p.any_counts || p.has_step :
		 p.any_times || p.has_as_of))
		return not_the_form(error);
	s->kind = (uint8_t) (p.journeys ?
						 (p.has_as_of ? CRM_FLOW_AS_OF : CRM_FLOW_JOURNEYS) :
						 (p.has_step ? CRM_FLOW_STEPS : CRM_FLOW_COUNTS));
	return true;
}
