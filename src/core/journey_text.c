/*
 * journey_text.c
 *		The JSON text form of a journey.
 *
 * The printer writes events in their order; the reader takes them in any.
 */
#include "datetime.h"
#include "journey.h"
#include "money.h"

void
crm_journey_print(CrmJsonWriter *w, const void *value)
{
	const CrmJourney *j = value;
	char		text[CRM_STAGE_MAX_TEXT + CRM_DATETIME_TEXT_SIZE];
	CrmStageTable table;

	crm_journey_stage_table(j, &table);
	crm_json_open(w, '{');
	crm_json_key(w, "events");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < j->n_events; i++)
	{
		int64_t		amount = crm_journey_amount(j, i);
		CrmStage	stage = crm_table_stage(&table, crm_journey_code(j, i));

		crm_json_open(w, '[');
		crm_json_put_string(w, text, crm_stage_text(stage, text));
		crm_json_put_string(w, text, crm_time_text(crm_journey_at(j, i), text));
		if (amount != CRM_NO_AMOUNT)
			crm_json_put_raw(w, text, crm_money_text(amount, text));
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_key(w, "ignored");
	crm_json_put_int(w, (int64_t) j->ignored);
	crm_json_close(w, '}');
}

static bool
unexpected(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"A journey is an object of \"events\", an array of [stage, time] or [stage, time, amount], and \"ignored\", a count.",
					NULL);
}

bool
crm_journey_parse_begin(CrmJsonReader *r, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_OBJECT ||
		crm_json_next(r) != CRM_JSON_KEY || !crm_json_is(r, "events") ||
		crm_json_next(r) != CRM_JSON_ARRAY)
		return unexpected(error);
	return true;
}

bool
crm_journey_parse_event(CrmJsonReader *r, CrmJourneyEvent *event, bool *done,
						CrmError *error)
{
	CrmJsonToken t = crm_json_next(r);
	size_t		len;

	*done = t == CRM_JSON_ARRAY_END;
	if (*done)
		return true;
	if (t != CRM_JSON_ARRAY || crm_json_next(r) != CRM_JSON_STRING)
		return unexpected(error);
	/* an escape takes at most six bytes for one */
	if (r->raw_len > 6 * sizeof event->text)
		return unexpected(error);
	{
		char		buffer[6 * sizeof event->text];

		len = crm_json_string(r, buffer);
		if (len > sizeof event->text)
			return unexpected(error);
		memcpy(event->text, buffer, len);
	}
	if (!crm_stage_parse(event->text, len, &event->stage, error))
		return false;
	if (crm_json_next(r) != CRM_JSON_STRING)
		return unexpected(error);
	if (r->escaped || !crm_time_parse(r->raw, r->raw_len, &event->at))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"An event has a time that cannot be read.",
						"Times are finite and written in full, with Z or an offset, as \"2026-01-31T00:00:00Z\".");
	event->amount = CRM_NO_AMOUNT;
	t = crm_json_next(r);
	if (t == CRM_JSON_NUMBER)
	{
		if (!crm_money_parse(r->raw, r->raw_len, &event->amount, error))
			return false;
		t = crm_json_next(r);
	}
	return t == CRM_JSON_ARRAY_END || unexpected(error);
}

bool
crm_journey_parse_end(CrmJsonReader *r, uint64_t *ignored, CrmError *error)
{
	int64_t		n = 0;
	CrmJsonToken t = crm_json_next(r);

	if (t == CRM_JSON_KEY)
	{
		if (!crm_json_is(r, "ignored") ||
			crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &n) ||
			n < 0)
			return unexpected(error);
		t = crm_json_next(r);
	}
	if (t != CRM_JSON_OBJECT_END || crm_json_next(r) != CRM_JSON_END)
		return unexpected(error);
	*ignored = (uint64_t) n;
	return true;
}
