/*
 * opportunity.c
 *		One sales opportunity: checks, JSON text, bytes, expected value.
 *
 * A new field goes to the end of the enum and of FIELD_NAMES; its bit says
 * whether its bytes are there, so older values stay readable.
 */
#include "opportunity.h"

#include <string.h>

#define HINT "Its keys are stage, amount, created_at, close_date, probability, modified_at, owner, customer, product and feedback."

static const char *const FIELD_NAMES[CRM_OPPORTUNITY_FIELDS] = {
	"stage", "amount", "created_at", "close_date", "probability",
	"modified_at", "owner", "customer", "product", "feedback"
};

const char *
crm_opportunity_field_name(CrmOpportunityField f)
{
	return FIELD_NAMES[f];
}

bool
crm_opportunity_check(const CrmOpportunity *o, CrmError *error)
{
	if (o->amount < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The amount must not be negative.", NULL);
	/* written so that NaN fails too */
	if (!(o->probability >= 0 && o->probability <= 1))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The probability must be between 0 and 1.", NULL);
	if (!crm_time_valid(o->created_at) || !crm_time_valid(o->modified_at) ||
		!crm_date_valid(o->close_date))
		return crm_fail(error, CRM_ERROR_VALUE,
						"Times and dates must be finite.", NULL);
	for (int i = 0; i < CRM_OPPORTUNITY_TEXTS; i++)
	{
		bool		feedback = i == CRM_FIELD_FEEDBACK - CRM_FIELD_OWNER;

		if (!feedback && o->texts[i].len > CRM_OPPORTUNITY_MAX_NAME)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"Owner, customer and product have at most 1024 bytes each.",
							NULL);
		if (feedback && o->texts[i].len > CRM_OPPORTUNITY_MAX_FEEDBACK)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"The feedback has at most 1048576 bytes.", NULL);
		/* no text of the server can hold one, nor can JSON give it back */
		if (o->texts[i].len > 0 &&
			memchr(o->texts[i].data, '\0', o->texts[i].len) != NULL)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A text must not contain a zero byte.", NULL);
	}
	return true;
}

static bool
parse_error(CrmError *error, const char *detail)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, detail, HINT);
}

/* Takes the string that was just read; its bytes go to *scratch. */
static bool
take_string(const CrmJsonReader *r, CrmJsonToken t, char **scratch,
			CrmText *text, CrmError *error)
{
	size_t		n;

	if (t != CRM_JSON_STRING)
		return parse_error(error,
						   "Every field but amount and probability is a string.");
	n = crm_json_string(r, *scratch);
	if (n == SIZE_MAX)
		return parse_error(error,
						   "A string holds an escape that is not allowed.");
	text->data = *scratch;
	text->len = n;
	*scratch += n;
	return true;
}

static bool
take_number(const CrmJsonReader *r, CrmJsonToken t, CrmOpportunityField f,
			const CrmFloatText *ft, CrmOpportunity *o, CrmError *error)
{
	if (t != CRM_JSON_NUMBER)
		return parse_error(error, "Amount and probability are numbers.");
	if (f == CRM_FIELD_AMOUNT)
		return crm_money_parse(r->raw, r->raw_len, &o->amount, error);
	if (!ft->parse(r->raw, r->raw_len, &o->probability))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The probability must be between 0 and 1.", NULL);
	return true;
}

/* Takes the value of field f, whose first token is t. */
static bool
take_field(const CrmJsonReader *r, CrmJsonToken t, CrmOpportunityField f,
		   const CrmFloatText *ft, char **scratch, CrmOpportunity *o,
		   CrmError *error)
{
	CrmText		text;

	if (f == CRM_FIELD_AMOUNT || f == CRM_FIELD_PROBABILITY)
		return take_number(r, t, f, ft, o, error);
	if (!take_string(r, t, scratch, &text, error))
		return false;
	switch (f)
	{
		case CRM_FIELD_STAGE:
			return crm_stage_parse(text.data, text.len, &o->stage, error);
		case CRM_FIELD_CREATED_AT:
			return crm_time_parse(text.data, text.len, &o->created_at) ||
				parse_error(error,
							"created_at must be a time like 2026-03-01T09:30:00Z.");
		case CRM_FIELD_MODIFIED_AT:
			return crm_time_parse(text.data, text.len, &o->modified_at) ||
				parse_error(error,
							"modified_at must be a time like 2026-03-01T09:30:00Z.");
		case CRM_FIELD_CLOSE_DATE:
			return crm_date_parse(text.data, text.len, &o->close_date) ||
				parse_error(error,
							"close_date must be a date like 2026-03-01.");
		default:
			*crm_opportunity_text_field(o, f) = text;

			return true;
	}
}

/* Which field does the key just read name?  CRM_OPPORTUNITY_FIELDS: none. */
static int
field_of_key(const CrmJsonReader *r)
{
	int			f = 0;

	while (f < CRM_OPPORTUNITY_FIELDS && !crm_json_is(r, FIELD_NAMES[f]))
		f++;
	return f;
}

bool
crm_opportunity_parse(const char *text, size_t len, bool utf8,
					  const CrmFloatText *ft, char *scratch,
					  CrmOpportunity *o, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmOpportunity made = {0};
	CrmJsonToken t;
	uint32_t	seen = 0;

	if (crm_json_next(&r) != CRM_JSON_OBJECT)
		return parse_error(error, "An opportunity is a JSON object.");
	while ((t = crm_json_next(&r)) == CRM_JSON_KEY)
	{
		int			f = field_of_key(&r);

		if (f == CRM_OPPORTUNITY_FIELDS)
			return parse_error(error, "A key is not known.");
		if (seen >> f & 1)
			return parse_error(error, "A key appears twice.");
		seen |= (uint32_t) 1 << f;
		t = crm_json_next(&r);
		if (t == CRM_JSON_ERROR)
			break;
		if (t == CRM_JSON_NULL)
			continue;
		if (!take_field(&r, t, (CrmOpportunityField) f, ft, &scratch, &made,
						error))
			return false;
		crm_opportunity_set(&made, (CrmOpportunityField) f);
	}
	if (t != CRM_JSON_OBJECT_END || crm_json_next(&r) != CRM_JSON_END)
		return parse_error(error, "The text is not valid JSON.");
	if (!crm_opportunity_has(&made, CRM_FIELD_STAGE))
		return parse_error(error, "The key \"stage\" is missing.");
	if (!crm_opportunity_check(&made, error))
		return false;
	*o = made;
	return true;
}

static void
print_field(const CrmOpportunity *o, CrmOpportunityField f,
			const CrmFloatText *ft, CrmJsonWriter *w)
{
	char		text[CRM_STAGE_MAX_TEXT];
	const CrmText *s;

	switch (f)
	{
		case CRM_FIELD_STAGE:
			crm_json_put_string(w, text, crm_stage_text(o->stage, text));
			break;
		case CRM_FIELD_AMOUNT:
			crm_json_put_raw(w, text, crm_money_text(o->amount, text));
			break;
		case CRM_FIELD_CREATED_AT:
			crm_json_put_string(w, text, crm_time_text(o->created_at, text));
			break;
		case CRM_FIELD_MODIFIED_AT:
			crm_json_put_string(w, text, crm_time_text(o->modified_at, text));
			break;
		case CRM_FIELD_CLOSE_DATE:
			crm_json_put_string(w, text, crm_date_text(o->close_date, text));
			break;
		case CRM_FIELD_PROBABILITY:
			crm_json_put_float(w, o->probability, ft);
			break;
		default:
			s = &o->texts[f - CRM_FIELD_OWNER];
			crm_json_put_string(w, s->data, s->len);
			break;
	}
}

void
crm_opportunity_print(const CrmOpportunity *o, const CrmFloatText *ft,
					  CrmJsonWriter *w)
{
	crm_json_open(w, '{');
	for (int f = 0; f < CRM_OPPORTUNITY_FIELDS; f++)
	{
		if (!crm_opportunity_has(o, (CrmOpportunityField) f))
			continue;
		crm_json_key(w, FIELD_NAMES[f]);
		print_field(o, (CrmOpportunityField) f, ft, w);
	}
	crm_json_close(w, '}');
}

/*
 * Format (u8), present (u16), stage as rank (u16), length (u8) and label; then
 * each present field in order: i64, i64, i32, f64, i64, texts as u32 and bytes.
 */
void
crm_opportunity_encode(const CrmOpportunity *o, CrmWriter *w)
{
	crm_put_u8(w, CRM_OPPORTUNITY_FORMAT);
	crm_put_u16(w, o->present);
	crm_put_u16(w, o->stage.rank);
	crm_put_u8(w, o->stage.label_len);
	crm_put_bytes(w, o->stage.label, o->stage.label_len);
	if (crm_opportunity_has(o, CRM_FIELD_AMOUNT))
		crm_put_i64(w, o->amount);
	if (crm_opportunity_has(o, CRM_FIELD_CREATED_AT))
		crm_put_i64(w, o->created_at);
	if (crm_opportunity_has(o, CRM_FIELD_CLOSE_DATE))
		crm_put_u32(w, (uint32_t) o->close_date);
	if (crm_opportunity_has(o, CRM_FIELD_PROBABILITY))
		crm_put_f64(w, o->probability);
	if (crm_opportunity_has(o, CRM_FIELD_MODIFIED_AT))
		crm_put_i64(w, o->modified_at);
	for (int i = 0; i < CRM_OPPORTUNITY_TEXTS; i++)
	{
		if (!crm_opportunity_has(o, (CrmOpportunityField) (CRM_FIELD_OWNER + i)))
			continue;
		crm_put_u32(w, (uint32_t) o->texts[i].len);
		crm_put_bytes(w, o->texts[i].data, o->texts[i].len);
	}
}

static void
read_fields(CrmReader *r, CrmOpportunity *o)
{
	if (crm_opportunity_has(o, CRM_FIELD_AMOUNT))
		o->amount = crm_get_i64(r);
	if (crm_opportunity_has(o, CRM_FIELD_CREATED_AT))
		o->created_at = crm_get_i64(r);
	if (crm_opportunity_has(o, CRM_FIELD_CLOSE_DATE))
		o->close_date = (int32_t) crm_get_u32(r);
	if (crm_opportunity_has(o, CRM_FIELD_PROBABILITY))
		o->probability = crm_get_f64(r);
	if (crm_opportunity_has(o, CRM_FIELD_MODIFIED_AT))
		o->modified_at = crm_get_i64(r);
	for (int i = 0; i < CRM_OPPORTUNITY_TEXTS; i++)
	{
		CrmText    *s = &o->texts[i];

		if (!crm_opportunity_has(o, (CrmOpportunityField) (CRM_FIELD_OWNER + i)))
			continue;
		s->len = crm_get_u32(r);
		s->data = (const char *) crm_get_bytes(r, s->len);
	}
}

bool
crm_opportunity_read(const void *data, size_t size, CrmOpportunity *o,
					 CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmOpportunity made = {0};
	uint8_t		format = crm_get_u8(&r);

	made.present = crm_get_u16(&r);
	made.stage.rank = crm_get_u16(&r);
	made.stage.label_len = crm_get_u8(&r);
	made.stage.label = (const char *) crm_get_bytes(&r, made.stage.label_len);
	read_fields(&r, &made);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (r.at != size)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"Bytes follow the last field.", NULL);
	if (format != CRM_OPPORTUNITY_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (made.present >> CRM_OPPORTUNITY_FIELDS != 0 ||
		!crm_opportunity_has(&made, CRM_FIELD_STAGE))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The set of fields is not known.", NULL);
	*o = made;
	return true;
}

bool
crm_opportunity_decode(const void *data, size_t size, CrmOpportunity *o,
					   CrmError *error)
{
	CrmOpportunity made;

	if (!crm_opportunity_read(data, size, &made, error) ||
		!crm_stage_check(made.stage, error) ||
		!crm_opportunity_check(&made, error))
		return false;
	*o = made;
	return true;
}

bool
crm_opportunity_expected(const CrmOpportunity *o, int64_t *money)
{
	if (!crm_opportunity_has(o, CRM_FIELD_AMOUNT))
		return false;
	if (o->stage.rank == CRM_STAGE_WON)
		*money = o->amount;
	else if (o->stage.rank == CRM_STAGE_LOST)
		*money = 0;
	else if (crm_opportunity_has(o, CRM_FIELD_PROBABILITY))
		*money = crm_money_times(o->amount, o->probability);
	else
		return false;
	return true;
}

/*
 * The first and the last third of n open stages are n/3 of them, rounded to the
 * nearest whole number: a stage belongs where its middle, position - 1/2, lies.
 */
static CrmCategory
open_category(uint32_t position, uint32_t n)
{
	uint32_t	middle = 3 * (2 * position - 1);

	if (middle < 2 * n)
		return CRM_CATEGORY_POTENTIAL;
	if (middle > 4 * n)
		return CRM_CATEGORY_SOLID_CASE;
	return CRM_CATEGORY_IN_FOLLOW_UP;
}

bool
crm_opportunity_category(const CrmOpportunity *o, const CrmPipeline *p,
						 CrmCategory *category)
{
	CrmStage	found;
	uint32_t	position;

	if (!crm_pipeline_find(p, o->stage.label, o->stage.label_len, &found,
						   &position))
		return false;
	/* a closed deal keeps its own outcome */
	if (!crm_stage_is_open(o->stage))
		found.rank = o->stage.rank;
	if (found.rank == CRM_STAGE_WON)
		*category = CRM_CATEGORY_WON;
	else if (found.rank == CRM_STAGE_LOST)
		*category = CRM_CATEGORY_CLOSED_LOST;
	else
		*category = open_category(position, p->n_open);
	return true;
}
