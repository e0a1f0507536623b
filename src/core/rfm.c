/*
 * rfm.c
 *		A customer's buying pattern: checks, bytes, text.
 *
 * crm_rfm_valid is the one rule: text input, binary input and the constructors
 * all end there.
 */
#include "rfm.h"

#include <math.h>

#include "datetime.h"
#include "money.h"

#define HINT "Its keys are frequency, recency, age, spend, priced, unit and until."

enum
{
	KEY_FREQUENCY, KEY_RECENCY, KEY_AGE, KEY_SPEND, KEY_PRICED, KEY_UNIT,
	KEY_UNTIL, KEYS
};

static const char *const KEY_NAMES[KEYS] = {
	"frequency", "recency", "age", "spend", "priced", "unit", "until"
};

bool
crm_rfm_make(int32_t frequency, double recency, double age, CrmRfm *r,
			 CrmError *error)
{
	CrmRfm		made = {0};

	made.format = CRM_RFM_FORMAT;
	made.frequency = frequency;
	made.recency = recency == 0 ? 0 : recency;
	made.age = age == 0 ? 0 : age;
	if (!crm_rfm_valid(&made, error))
		return false;
	*r = made;
	return true;
}

/* What is known of the pattern alone. */
static bool
check_pattern(const CrmRfm *r, CrmError *error)
{
	if (r->frequency < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The frequency must not be negative.", NULL);
	if (!isfinite(r->recency) || !isfinite(r->age))
		return crm_fail(error, CRM_ERROR_VALUE,
						"Recency and age must be finite numbers.", NULL);
	if (r->recency < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The recency must not be negative.", NULL);
	if (r->recency > r->age)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The recency must not exceed the age.",
						"The recency is the time from the first to the last purchase, the age that from the first to the end of observation.");
	if (r->frequency == 0 && r->recency > 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Without a repeat purchase the recency is 0.",
						"The frequency counts repeat purchases: the first one does not count.");
	return true;
}

bool
crm_rfm_valid(const CrmRfm *r, CrmError *error)
{
	if (r->format != CRM_RFM_FORMAT || r->reserved != 0 ||
		(r->flags & ~CRM_RFM_HAS_UNTIL) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (!check_pattern(r, error))
		return false;
	if ((r->recency == 0 && signbit(r->recency)) ||
		(r->age == 0 && signbit(r->age)))
		return crm_fail(error, CRM_ERROR_SYNTAX, "A zero has a sign.", NULL);
	if (r->priced < 0 || r->priced > r->frequency ||
		(r->priced == 0 && r->spend != 0) || r->spend == INT64_MIN)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Only repeat purchases have a spend.", NULL);
	if (r->unit < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The unit must be positive.", NULL);
	if (crm_rfm_has_until(r) ? !crm_date_valid(r->until) : r->until != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The end of observation is out of range.", NULL);
	return true;
}

void
crm_rfm_encode(const CrmRfm *r, CrmWriter *w)
{
	crm_put_u8(w, r->format);
	crm_put_u8(w, r->flags);
	crm_put_u32(w, (uint32_t) r->frequency);
	crm_put_f64(w, r->recency);
	crm_put_f64(w, r->age);
	crm_put_i64(w, r->spend);
	crm_put_u32(w, (uint32_t) r->priced);
	crm_put_u32(w, (uint32_t) r->until);
	crm_put_i64(w, r->unit);
}

bool
crm_rfm_decode(const void *data, size_t size, CrmRfm *r, CrmError *error)
{
	CrmReader	in = crm_reader(data, size);
	CrmRfm		made = {0};

	made.format = crm_get_u8(&in);
	made.flags = crm_get_u8(&in);
	made.frequency = (int32_t) crm_get_u32(&in);
	made.recency = crm_get_f64(&in);
	made.age = crm_get_f64(&in);
	made.spend = crm_get_i64(&in);
	made.priced = (int32_t) crm_get_u32(&in);
	made.until = (int32_t) crm_get_u32(&in);
	made.unit = crm_get_i64(&in);
	if (!crm_reader_done(&in))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value does not have the size of its format.",
						NULL);
	if (!crm_rfm_valid(&made, error))
		return false;
	*r = made;
	return true;
}

void
crm_rfm_print(const CrmRfm *r, const CrmFloatText *ft, CrmJsonWriter *w)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, KEY_NAMES[KEY_FREQUENCY]);
	crm_json_put_int(w, r->frequency);
	crm_json_key(w, KEY_NAMES[KEY_RECENCY]);
	crm_json_put_float(w, r->recency, ft);
	crm_json_key(w, KEY_NAMES[KEY_AGE]);
	crm_json_put_float(w, r->age, ft);
	if (r->priced > 0)
	{
		crm_json_key(w, KEY_NAMES[KEY_SPEND]);
		crm_json_put_raw(w, text, crm_money_text(r->spend, text));
		crm_json_key(w, KEY_NAMES[KEY_PRICED]);
		crm_json_put_int(w, r->priced);
	}
	if (r->unit > 0)
	{
		crm_json_key(w, KEY_NAMES[KEY_UNIT]);
		crm_json_put_int(w, r->unit);
	}
	if (crm_rfm_has_until(r))
	{
		crm_json_key(w, KEY_NAMES[KEY_UNTIL]);
		crm_json_put_string(w, text, crm_date_text(r->until, text));
	}
	crm_json_close(w, '}');
}

static bool
take_int32(const CrmJsonReader *in, int32_t *value)
{
	int64_t		wide;

	if (!crm_json_int(in, &wide) || wide < INT32_MIN || wide > INT32_MAX)
		return false;
	*value = (int32_t) wide;
	return true;
}

/* The value of a key; false and *error filled where it is not one. */
static bool
take_value(const CrmJsonReader *in, CrmJsonToken t, int key,
		   const CrmFloatText *ft, CrmRfm *r, CrmError *error)
{
	bool		good = t == CRM_JSON_NUMBER;

	switch (key)
	{
		case KEY_FREQUENCY:
			good = good && take_int32(in, &r->frequency);
			break;
		case KEY_RECENCY:
			good = good && ft->parse(in->raw, in->raw_len, &r->recency);
			break;
		case KEY_AGE:
			good = good && ft->parse(in->raw, in->raw_len, &r->age);
			break;
		case KEY_SPEND:
			if (good)
				return crm_money_parse(in->raw, in->raw_len, &r->spend, error);
			break;
		case KEY_PRICED:
			good = good && take_int32(in, &r->priced);
			break;
		case KEY_UNIT:
			good = good && crm_json_int(in, &r->unit);
			break;
		default:
			good = t == CRM_JSON_STRING && !in->escaped &&
				crm_date_parse(in->raw, in->raw_len, &r->until);
			r->flags |= CRM_RFM_HAS_UNTIL;
			break;
	}
	return good || crm_fail(error, CRM_ERROR_SYNTAX,
							"A value is not one of its key.", HINT);
}

bool
crm_rfm_parse(const char *text, size_t len, const CrmFloatText *ft,
			  CrmRfm *r, CrmError *error)
{
	CrmJsonReader in = crm_json_reader(text, len, false);
	CrmRfm		made = {0};
	CrmJsonToken t = crm_json_next(&in);
	unsigned	seen = 0;
	bool		good = t == CRM_JSON_OBJECT;
	unsigned	needed = 1u << KEY_FREQUENCY | 1u << KEY_RECENCY | 1u << KEY_AGE;

	made.format = CRM_RFM_FORMAT;
	while (good && (t = crm_json_next(&in)) == CRM_JSON_KEY)
	{
		int			key = 0;

		while (key < KEYS && !crm_json_is(&in, KEY_NAMES[key]))
			key++;
		good = key < KEYS && (seen >> key & 1) == 0;
		if (!good)
			break;
		seen |= 1u << key;
		t = crm_json_next(&in);
		if (t == CRM_JSON_ERROR)
			break;
		if (!take_value(&in, t, key, ft, &made, error))
			return false;
	}
	if (!good || t != CRM_JSON_OBJECT_END ||
		crm_json_next(&in) != CRM_JSON_END || (seen & needed) != needed)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A buying pattern is a JSON object with at least frequency, recency and age.",
						HINT);
	if ((seen >> KEY_UNIT & 1) && made.unit == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The unit must be positive.", NULL);
	made.recency = made.recency == 0 ? 0 : made.recency;
	made.age = made.age == 0 ? 0 : made.age;
	if (!crm_rfm_valid(&made, error))
		return false;
	*r = made;
	return true;
}

/*
 * Rows are the recency score, the last one the best; columns the value score.
 * The map is the one that marketing tools agree on, on a grid of 5 by 5.
 */
const char *
crm_rfm_segment(int recency, int value)
{
	static const char *const names[5][5] = {
		{"hibernating", "hibernating", "at risk", "at risk", "cannot lose"},
		{"hibernating", "hibernating", "at risk", "at risk", "cannot lose"},
		{"about to sleep", "about to sleep", "needs attention", "loyal", "loyal"},
		{"promising", "potential loyalist", "potential loyalist", "loyal", "loyal"},
		{"new", "potential loyalist", "potential loyalist", "champion", "champion"}
	};

	return names[recency - 1][value - 1];
}
