/*
 * funnel_definition.c
 *		What a funnel counts: stages, steps, mode and options.
 *
 * The check is one function, used by the constructor, text and binary input
 * and every reader, so a definition that exists can be compiled.
 */
#include "funnel_definition.h"

#include "datetime.h"

const char *const crm_funnel_modes[] = {
	"reached", "ordered", "first_touch", "strict", "any", NULL
};
const char *const crm_funnel_repeats[] = {"visit", "row", NULL};
const char *const crm_funnel_counting[] = {"entities", "entries", NULL};

/* Flag bits of the encoded form. */
#define FLAG_ROWS 1
#define FLAG_ENTRIES 2
#define FLAG_GAPS 4
#define FLAG_LOW 8
#define FLAG_HIGH 16

int
crm_funnel_word(const char *const *words, const char *word, size_t len)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return i;
	return -1;
}

static bool
has_label(const CrmFunnelDefinition *d, int code, const char *label,
		  size_t len)
{
	return d->label_len[code] == len &&
		memcmp(d->label[code], label, len) == 0;
}

int
crm_funnel_stage(const CrmFunnelDefinition *d, const char *label, size_t len)
{
	int			n = crm_funnel_n_stages(d);

	for (int code = 1; code <= n; code++)
		if (has_label(d, code, label, len))
			return code;
	return 0;
}

bool
crm_funnel_default_steps(CrmFunnelDefinition *d, CrmError *error)
{
	int			n = d->n_open + (d->n_won > 0 ? 1 : 0);

	if (n > CRM_FUNNEL_MAX_STEPS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A funnel has at most 64 steps.",
						"Choose the stages that matter with \"steps\".");
	for (int code = 1; code <= d->n_open + d->n_won; code++)
		d->step[code] = (uint8_t) (code <= d->n_open ? code : n);
	d->n_steps = (uint8_t) n;
	return true;
}

/*
 * Where a stage stands: open stages one after another, then the won ends
 * beside each other, then the lost ones.
 */
static int
rank_of(const CrmFunnelDefinition *d, int code)
{
	if (code <= d->n_open)
		return code;
	return code <= d->n_open + d->n_won ? d->n_open + 1 : d->n_open + 2;
}

static bool
check_stages(const CrmFunnelDefinition *d, CrmError *error)
{
	int			n = crm_funnel_n_stages(d);

	if (n > CRM_FUNNEL_MAX_STAGES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A funnel's pipeline has at most 2997 stages.", NULL);
	for (int code = 1; code <= n; code++)
	{
		if (!crm_label_check(d->label[code], d->label_len[code], error))
			return false;
		for (int other = 1; other < code; other++)
			if (has_label(d, other, d->label[code], d->label_len[code]))
				return crm_fail(error, CRM_ERROR_VALUE,
								"A label is in the pipeline twice.", NULL);
	}
	return true;
}

static bool
check_steps(const CrmFunnelDefinition *d, CrmError *error)
{
	int			first[CRM_FUNNEL_MAX_STEPS + 1] = {0};

	if (d->n_steps < 1 || d->n_steps > CRM_FUNNEL_MAX_STEPS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A funnel has 1 to 64 steps.", NULL);
	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
	{
		int			step = d->step[code];

		if (step == 0 || step == CRM_STEP_EXCLUDED)
			continue;
		if (step > d->n_steps)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A stage belongs to no step of the funnel.", NULL);
		if (code > d->n_open + d->n_won)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A lost stage cannot be a step: losing is an exit.",
							"Lost stages can be excluded.");
		if (first[step] == 0)
			first[step] = code;
		else if (rank_of(d, first[step]) != rank_of(d, code))
			return crm_fail(error, CRM_ERROR_VALUE,
							"Only won ends can share a step.", NULL);
	}
	for (int step = 1; step <= d->n_steps; step++)
	{
		if (first[step] == 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A step of the funnel has no stage.", NULL);
		if (step > 1 && d->mode == CRM_MODE_REACHED &&
			rank_of(d, first[step]) < rank_of(d, first[step - 1]))
			return crm_fail(error, CRM_ERROR_VALUE,
							"The steps are not in the order of the pipeline, which mode \"reached\" needs.",
							"Give the steps in the pipeline's order, or use mode \"ordered\".");
	}
	return true;
}

static bool
check_options(const CrmFunnelDefinition *d, CrmError *error)
{
	if (d->within < CRM_NO_LIMIT || d->tolerance < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A window cannot be negative.", NULL);
	if (d->tolerance > CRM_MAX_TOLERANCE)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The tolerance is at most 366 days.", NULL);
	if ((d->optional & CRM_STEP_BIT(1)) != 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The first step cannot be optional.", NULL);
	if (d->n_steps < 64 && d->optional >> d->n_steps != 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"An optional step is not a step of the funnel.", NULL);
	for (int step = 1; d->has_gaps && step <= d->n_steps; step++)
		if (d->gap[step] < CRM_NO_LIMIT ||
			(step == 1 && d->gap[step] != CRM_NO_LIMIT))
			return crm_fail(error, CRM_ERROR_VALUE,
							"The window of a step cannot be negative, and the first step has none.",
							NULL);
	if (d->has_gaps && d->mode == CRM_MODE_ANY)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Mode \"any\" has no order, so its steps have no windows.",
						"Use \"within\".");
	if ((d->has_low && !crm_time_valid(d->entry_low)) ||
		(d->has_high && (d->entry_high < CRM_TIME_MIN ||
						 d->entry_high > CRM_TIME_END)) ||
		(d->has_low && d->has_high && d->entry_low >= d->entry_high))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The range of entry times is empty.", NULL);
	return true;
}

bool
crm_funnel_definition_check(const CrmFunnelDefinition *d, CrmError *error)
{
	if (d->mode > CRM_MODE_ANY)
		return crm_fail(error, CRM_ERROR_VALUE, "The mode is not known.",
						NULL);
	return check_stages(d, error) && check_steps(d, error) &&
		check_options(d, error);
}

void
crm_funnel_definition_encode(const CrmFunnelDefinition *d, CrmWriter *w)
{
	crm_put_u8(w, CRM_FUNNEL_DEFINITION_FORMAT);
	crm_put_u8(w, d->mode);
	crm_put_u8(w, (d->rows ? FLAG_ROWS : 0) | (d->entries ? FLAG_ENTRIES : 0) |
			   (d->has_gaps ? FLAG_GAPS : 0) | (d->has_low ? FLAG_LOW : 0) |
			   (d->has_high ? FLAG_HIGH : 0));
	crm_put_u8(w, d->n_steps);
	crm_put_u16(w, d->n_open);
	crm_put_u16(w, d->n_won);
	crm_put_u16(w, d->n_lost);
	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
	{
		crm_put_u8(w, d->step[code]);
		crm_put_u8(w, d->label_len[code]);
		crm_put_bytes(w, d->label[code], d->label_len[code]);
	}
	crm_put_u64(w, d->optional);
	crm_put_i64(w, d->within);
	crm_put_i64(w, d->tolerance);
	for (int step = 1; d->has_gaps && step <= d->n_steps; step++)
		crm_put_i64(w, d->gap[step]);
	if (d->has_low)
		crm_put_i64(w, d->entry_low);
	if (d->has_high)
		crm_put_i64(w, d->entry_high);
}

void
crm_funnel_definition_init(CrmFunnelDefinition *d)
{
	memset(d, 0, offsetof(CrmFunnelDefinition, step));
	d->within = CRM_NO_LIMIT;
	for (int step = 0; step <= CRM_FUNNEL_MAX_STEPS; step++)
		d->gap[step] = CRM_NO_LIMIT;
}

bool
crm_funnel_definition_decode(const void *data, size_t size,
							 CrmFunnelDefinition *d, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	uint8_t		flags;
	bool		some_gap = false;

	crm_funnel_definition_init(d);
	d->mode = crm_get_u8(&r);
	flags = crm_get_u8(&r);
	d->n_steps = crm_get_u8(&r);
	d->n_open = crm_get_u16(&r);
	d->n_won = crm_get_u16(&r);
	d->n_lost = crm_get_u16(&r);
	if (r.failed || format != CRM_FUNNEL_DEFINITION_FORMAT || flags > 31)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (crm_funnel_n_stages(d) > CRM_FUNNEL_MAX_STAGES ||
		d->n_steps > CRM_FUNNEL_MAX_STEPS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A funnel has at most 64 steps and 2997 stages.", NULL);
	d->rows = (flags & FLAG_ROWS) != 0;
	d->entries = (flags & FLAG_ENTRIES) != 0;
	d->has_gaps = (flags & FLAG_GAPS) != 0;
	d->has_low = (flags & FLAG_LOW) != 0;
	d->has_high = (flags & FLAG_HIGH) != 0;
	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
	{
		d->step[code] = crm_get_u8(&r);
		d->label_len[code] = crm_get_u8(&r);
		d->label[code] = (const char *) crm_get_bytes(&r, d->label_len[code]);
		if (r.failed)
			break;
	}
	d->optional = crm_get_u64(&r);
	d->within = crm_get_i64(&r);
	d->tolerance = crm_get_i64(&r);
	for (int step = 1; d->has_gaps && step <= d->n_steps; step++)
	{
		d->gap[step] = crm_get_i64(&r);
		some_gap = some_gap || d->gap[step] != CRM_NO_LIMIT;
	}
	if (d->has_low)
		d->entry_low = crm_get_i64(&r);
	if (d->has_high)
		d->entry_high = crm_get_i64(&r);
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The size does not fit the counts.", NULL);
	if (some_gap != d->has_gaps)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value is not in its shortest form.", NULL);
	return crm_funnel_definition_check(d, error);
}

/*----------
 * Text
 *----------
 */

static void
put_word(CrmJsonWriter *w, const char *key, const char *word)
{
	crm_json_key(w, key);
	crm_json_put_string(w, word, strlen(word));
}

static void
put_limit(CrmJsonWriter *w, int64_t limit)
{
	if (limit == CRM_NO_LIMIT)
		crm_json_put_raw(w, "null", 4);
	else
		crm_json_put_int(w, limit);
}

static void
put_time(CrmJsonWriter *w, bool given, int64_t at)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	if (!given)
		crm_json_put_raw(w, "null", 4);
	/* the end of time is exclusive and so has no text of its own */
	else if (at == CRM_TIME_END)
		crm_json_put_string(w, "end", 3);
	else
		crm_json_put_string(w, text, crm_time_text(at, text));
}

/* The labels from code `first` on whose step this is; -1: all of them. */
static void
put_labels(CrmJsonWriter *w, const CrmFunnelDefinition *d, int first, int n,
		   int step)
{
	crm_json_open(w, '[');
	for (int code = first; code < first + n; code++)
		if (step < 0 || d->step[code] == step)
			crm_json_put_string(w, d->label[code], d->label_len[code]);
	crm_json_close(w, ']');
}

void
crm_funnel_definition_print(CrmJsonWriter *w, const void *value)
{
	const CrmFunnelDefinition *d = value;
	int			n = crm_funnel_n_stages(d);

	crm_json_open(w, '{');
	crm_json_key(w, "open");
	put_labels(w, d, 1, d->n_open, -1);
	crm_json_key(w, "won");
	put_labels(w, d, 1 + d->n_open, d->n_won, -1);
	crm_json_key(w, "lost");
	put_labels(w, d, 1 + d->n_open + d->n_won, d->n_lost, -1);
	put_word(w, "mode", crm_funnel_modes[d->mode]);
	crm_json_key(w, "steps");
	crm_json_open(w, '[');
	for (int step = 1; step <= d->n_steps; step++)
		put_labels(w, d, 1, n, step);
	crm_json_close(w, ']');
	crm_json_key(w, "exclude");
	put_labels(w, d, 1, n, CRM_STEP_EXCLUDED);
	crm_json_key(w, "optional");
	crm_json_open(w, '[');
	for (int step = 1; step <= d->n_steps; step++)
		if ((d->optional & CRM_STEP_BIT(step)) != 0)
			crm_json_put_int(w, step);
	crm_json_close(w, ']');
	crm_json_key(w, "within");
	put_limit(w, d->within);
	crm_json_key(w, "within_step");
	crm_json_open(w, '[');
	for (int step = 1; d->has_gaps && step <= d->n_steps; step++)
		put_limit(w, d->gap[step]);
	crm_json_close(w, ']');
	crm_json_key(w, "tolerance");
	crm_json_put_int(w, d->tolerance);
	crm_json_key(w, "entry");
	crm_json_open(w, '[');
	put_time(w, d->has_low, d->entry_low);
	put_time(w, d->has_high, d->entry_high);
	crm_json_close(w, ']');
	put_word(w, "repeats", crm_funnel_repeats[d->rows]);
	put_word(w, "counting", crm_funnel_counting[d->entries]);
	crm_json_close(w, '}');
}

/* Reading the text: all keys, in the order in which they are printed. */
typedef struct Parse
{
	CrmJsonReader *r;
	char	   *text;			/* where the next label goes */
	CrmFunnelDefinition *d;
	CrmError   *error;
} Parse;

static bool
unexpected(Parse *p)
{
	return crm_fail(p->error, CRM_ERROR_SYNTAX,
					"A funnel definition is an object of open, won, lost, mode, steps, exclude, optional, within, within_step, tolerance, entry, repeats, counting, in this order.",
					"Use define_funnel() to make one.");
}

static bool
parse_key(Parse *p, const char *key)
{
	if (crm_json_next(p->r) != CRM_JSON_KEY || !crm_json_is(p->r, key))
		return unexpected(p);
	return true;
}

/* The last string, unescaped into the text buffer. */
static bool
take_string(Parse *p, const char **s, size_t *len)
{
	*len = crm_json_string(p->r, p->text);
	*s = p->text;
	if (*len == SIZE_MAX)
		return unexpected(p);
	p->text += *len;
	return true;
}

static bool
parse_array(Parse *p, const char *key)
{
	return parse_key(p, key) &&
		(crm_json_next(p->r) == CRM_JSON_ARRAY || unexpected(p));
}

static bool
parse_stages(Parse *p, const char *key, uint16_t *count)
{
	CrmJsonToken t;

	if (!parse_array(p, key))
		return false;
	while ((t = crm_json_next(p->r)) == CRM_JSON_STRING)
	{
		int			code = crm_funnel_n_stages(p->d) + 1;
		const char *label;
		size_t		len;

		if (code > CRM_FUNNEL_MAX_STAGES)
			return crm_fail(p->error, CRM_ERROR_LIMIT,
							"A funnel's pipeline has at most 2997 stages.",
							NULL);
		if (!take_string(p, &label, &len) ||
			!crm_label_check(label, len, p->error))
			return false;
		p->d->step[code] = 0;
		p->d->label[code] = label;
		p->d->label_len[code] = (uint8_t) len;
		++*count;
	}
	return t == CRM_JSON_ARRAY_END || unexpected(p);
}

/* The rest of an array of labels, each given this step. */
static bool
parse_members(Parse *p, uint8_t step)
{
	CrmJsonToken t;

	while ((t = crm_json_next(p->r)) == CRM_JSON_STRING)
	{
		const char *label;
		size_t		len;
		int			code;

		if (!take_string(p, &label, &len))
			return false;
		code = crm_funnel_stage(p->d, label, len);
		if (code == 0 || p->d->step[code] != 0)
			return crm_fail(p->error, CRM_ERROR_VALUE,
							"A step names a stage that the pipeline lacks or that is taken.",
							NULL);
		p->d->step[code] = step;
	}
	return t == CRM_JSON_ARRAY_END || unexpected(p);
}

static bool
parse_steps(Parse *p)
{
	CrmJsonToken t;

	if (!parse_array(p, "steps"))
		return false;
	while ((t = crm_json_next(p->r)) == CRM_JSON_ARRAY)
	{
		if (p->d->n_steps == CRM_FUNNEL_MAX_STEPS)
			return crm_fail(p->error, CRM_ERROR_LIMIT,
							"A funnel has at most 64 steps.", NULL);
		if (!parse_members(p, ++p->d->n_steps))
			return false;
	}
	if (t != CRM_JSON_ARRAY_END)
		return unexpected(p);
	return parse_array(p, "exclude") && parse_members(p, CRM_STEP_EXCLUDED);
}

static bool
parse_limit(Parse *p, CrmJsonToken t, int64_t *limit)
{
	if (t == CRM_JSON_NULL)
		*limit = CRM_NO_LIMIT;
	else if (t != CRM_JSON_NUMBER || !crm_json_int(p->r, limit) || *limit < 0)
		return unexpected(p);
	return true;
}

static bool
parse_windows(Parse *p)
{
	CrmFunnelDefinition *d = p->d;
	CrmJsonToken t;
	int			step = 0;
	int64_t		n;

	if (!parse_array(p, "optional"))
		return false;
	while ((t = crm_json_next(p->r)) == CRM_JSON_NUMBER)
	{
		if (!crm_json_int(p->r, &n) || n < 1 || n > d->n_steps)
			return unexpected(p);
		d->optional |= CRM_STEP_BIT(n);
	}
	if (t != CRM_JSON_ARRAY_END || !parse_key(p, "within") ||
		!parse_limit(p, crm_json_next(p->r), &d->within) ||
		!parse_array(p, "within_step"))
		return unexpected(p);
	while ((t = crm_json_next(p->r)) != CRM_JSON_ARRAY_END)
	{
		if (++step > d->n_steps || !parse_limit(p, t, &d->gap[step]))
			return unexpected(p);
		d->has_gaps = d->has_gaps || d->gap[step] != CRM_NO_LIMIT;
	}
	if ((step != 0 && step != d->n_steps) || !parse_key(p, "tolerance") ||
		!parse_limit(p, crm_json_next(p->r), &d->tolerance) ||
		d->tolerance < 0)
		return unexpected(p);
	return true;
}

static bool
parse_time(Parse *p, bool *given, int64_t *at)
{
	CrmJsonToken t = crm_json_next(p->r);

	*given = t != CRM_JSON_NULL;
	if (!*given)
		return true;
	if (t != CRM_JSON_STRING)
		return unexpected(p);
	if (crm_json_is(p->r, "end"))
		*at = CRM_TIME_END;
	else if (p->r->escaped || !crm_time_parse(p->r->raw, p->r->raw_len, at))
		return unexpected(p);
	return true;
}

static bool
parse_word(Parse *p, const char *key, const char *const *words, int *number)
{
	if (!parse_key(p, key) || crm_json_next(p->r) != CRM_JSON_STRING ||
		p->r->escaped)
		return unexpected(p);
	*number = crm_funnel_word(words, p->r->raw, p->r->raw_len);
	return *number >= 0 || unexpected(p);
}

bool
crm_funnel_definition_parse(CrmJsonReader *r, char *text,
							CrmFunnelDefinition *d, CrmError *error)
{
	Parse		p = {r, text, d, error};
	int			mode;
	int			rows;
	int			entries;

	crm_funnel_definition_init(d);
	if (crm_json_next(r) != CRM_JSON_OBJECT)
		return unexpected(&p);
	if (!parse_stages(&p, "open", &d->n_open) ||
		!parse_stages(&p, "won", &d->n_won) ||
		!parse_stages(&p, "lost", &d->n_lost) ||
		!parse_word(&p, "mode", crm_funnel_modes, &mode) ||
		!parse_steps(&p) || !parse_windows(&p) || !parse_array(&p, "entry") ||
		!parse_time(&p, &d->has_low, &d->entry_low) ||
		!parse_time(&p, &d->has_high, &d->entry_high))
		return false;
	if (crm_json_next(r) != CRM_JSON_ARRAY_END)
		return unexpected(&p);
	if (!parse_word(&p, "repeats", crm_funnel_repeats, &rows) ||
		!parse_word(&p, "counting", crm_funnel_counting, &entries))
		return false;
	if (crm_json_next(r) != CRM_JSON_OBJECT_END)
		return unexpected(&p);
	d->mode = (uint8_t) mode;
	d->rows = rows == 1;
	d->entries = entries == 1;
	return crm_funnel_definition_check(d, error);
}

/*----------
 * Use
 *----------
 */

static bool
same_pipeline(const CrmFunnelDefinition *a, const CrmFunnelDefinition *b)
{
	if (a->n_open != b->n_open || a->n_won != b->n_won ||
		a->n_lost != b->n_lost)
		return false;
	for (int code = 1; code <= crm_funnel_n_stages(a); code++)
		if (!has_label(a, code, b->label[code], b->label_len[code]))
			return false;
	return true;
}

static bool
is_optional(const CrmFunnelDefinition *d, int code)
{
	int			step = d->step[code];

	return step != 0 && step != CRM_STEP_EXCLUDED &&
		(d->optional & CRM_STEP_BIT(step)) != 0;
}

/* What they say of each stage; false: only equal pipelines can be compared. */
static bool
compare_stages(const CrmFunnelDefinition *a, const CrmFunnelDefinition *b,
			   bool *steps, bool *exclude, bool *optional)
{
	if (!same_pipeline(a, b))
		return false;
	for (int code = 1; code <= crm_funnel_n_stages(a); code++)
	{
		bool		out_of_a = a->step[code] == CRM_STEP_EXCLUDED;
		bool		out_of_b = b->step[code] == CRM_STEP_EXCLUDED;

		*steps = *steps || (out_of_a ? 0 : a->step[code]) !=
			(out_of_b ? 0 : b->step[code]);
		*exclude = *exclude || out_of_a != out_of_b;
		*optional = *optional || is_optional(a, code) != is_optional(b, code);
	}
	return true;
}

int
crm_funnel_differences(const CrmFunnelDefinition *a,
					   const CrmFunnelDefinition *b,
					   const char *names[CRM_FUNNEL_PARTS])
{
	bool		steps = false;
	bool		exclude = false;
	bool		optional = false;
	bool		pipeline = compare_stages(a, b, &steps, &exclude, &optional);
	struct
	{
		const char *name;
		bool		differs;
	}			parts[CRM_FUNNEL_PARTS] = {
		{"pipeline", !pipeline},
		{"mode", a->mode != b->mode},
		{"steps", steps},
		{"within", a->within != b->within},
		{"exclude", exclude},
		{"optional", optional},
		{"within_step", memcmp(a->gap, b->gap, sizeof a->gap) != 0},
		{"tolerance", a->tolerance != b->tolerance},
		{"entry", a->has_low != b->has_low || a->entry_low != b->entry_low ||
		a->has_high != b->has_high || a->entry_high != b->entry_high},
		{"repeats", a->rows != b->rows},
		{"counting", a->entries != b->entries},
	};
	int			n = 0;

	for (int i = 0; i < CRM_FUNNEL_PARTS; i++)
		if (parts[i].differs)
			names[n++] = parts[i].name;
	return n;
}

static uint64_t
window(int64_t limit)
{
	return limit == CRM_NO_LIMIT ? CRM_NO_WINDOW : (uint64_t) limit;
}

/*
 * In mode reached a stage stands for all steps before it in the pipeline, be
 * it a step or not; won ends stand beside each other, lost ones for nothing.
 */
static uint64_t
implied_steps(const CrmFunnelDefinition *d, int code)
{
	int			own = d->step[code];
	uint64_t	steps = 0;

	if (own == CRM_STEP_EXCLUDED || code > d->n_open + d->n_won)
		return 0;
	if (own != 0)
		steps = CRM_STEP_BIT(own);
	for (int other = 1; d->mode != CRM_MODE_ANY &&
		 other <= d->n_open + d->n_won; other++)
		if (d->step[other] != 0 && d->step[other] != CRM_STEP_EXCLUDED &&
			rank_of(d, other) < rank_of(d, code))
			steps |= CRM_STEP_BIT(d->step[other]);
	return steps;
}

void
crm_funnel_compile(const CrmFunnelDefinition *d, CrmFunnelProgram *program)
{
	CrmFunnelRule *rule = &program->rule;
	int			n = crm_funnel_n_stages(d);
	int			last_rank = 0;

	memset(program, 0, sizeof *program);
	rule->mode = d->mode;
	rule->n_steps = d->n_steps;
	rule->n_codes = n + 1;
	rule->rows = d->rows;
	rule->entries = d->entries;
	rule->has_optional = d->optional != 0;
	rule->has_gaps = d->has_gaps;
	rule->within = window(d->within);
	rule->tolerance = d->mode == CRM_MODE_ANY ? 0 : (uint64_t) d->tolerance;
	rule->entry_low = d->has_low ? d->entry_low : INT64_MIN;
	rule->entry_high = d->entry_high;
	rule->entry_bounded_above = d->has_high;
	rule->all_steps = (UINT64_C(2) << (d->n_steps - 1)) - 1;
	for (int step = 1; step <= d->n_steps; step++)
	{
		rule->gap[step] = window(d->gap[step]);
		for (int k = step - 1; k > 0; k--)
		{
			rule->before[step] |= CRM_STEP_BIT(k);
			if ((d->optional & CRM_STEP_BIT(k)) == 0)
				break;
		}
	}
	for (int code = 1; code <= n; code++)
	{
		int			step = d->step[code];

		program->step[code] = (uint8_t) step;
		program->implies[code] = implied_steps(d, code);
		if (step == 0 || step == CRM_STEP_EXCLUDED ||
			rank_of(d, code) < last_rank)
			continue;
		if (rank_of(d, code) > last_rank)
			rule->complete = 0;
		rule->complete |= CRM_STEP_BIT(step);
		last_rank = rank_of(d, code);
	}
	if (d->mode == CRM_MODE_ANY)
		rule->complete = 0;
	rule->step = program->step;
	rule->implies = program->implies;
}

size_t
crm_funnel_step_name(const CrmFunnelDefinition *d, int step, char *text)
{
	size_t		len = 0;

	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
	{
		if (d->step[code] != step)
			continue;
		if (len > 0)
		{
			if (text != NULL)
				memcpy(text + len, ", ", 2);
			len += 2;
		}
		if (text != NULL)
			memcpy(text + len, d->label[code], d->label_len[code]);
		len += d->label_len[code];
	}
	return len;
}
