/*
 * journey_fuzz.c
 *		Text and bytes of a journey: what is accepted comes back the same.
 */
#include "round_trip.h"

#include "journey.h"
#include "journey_bytes.h"

#define MAX_EVENTS 4096

static CrmJourneyState *
new_state(void)
{
	CrmJourneyRoom room = {MAX_EVENTS, MAX_EVENTS * 80, true, MAX_EVENTS};
	CrmJourneyState *s = malloc(crm_journey_state_size(room));

	crm_journey_state_init(s, room);
	return s;
}

static bool
parse(const char *text, size_t size, CrmJourneyState *s)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	CrmJourneyEvent e;
	bool		done = false;
	CrmError	error;

	if (!crm_journey_parse_begin(&r, &error))
		return false;
	while (crm_journey_parse_event(&r, &e, &done, &error) && !done)
	{
		if (s->n_events == MAX_EVENTS)
			return false;
		crm_journey_state_add(s, crm_journey_state_stage(s, e.stage), e.at,
							  e.amount);
	}
	return done && crm_journey_parse_end(&r, &s->ignored, &error);
}

static void
check(const void *data, size_t size)
{
	CrmJourney	j;
	CrmError	error;
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	CrmJourneyState *s = new_state();
	char	   *text;
	uint8_t    *again;
	size_t		n;

	DEMAND(crm_journey_decode(data, size, &j, NULL, &error));
	crm_journey_moves(&j);
	crm_journey_print(&w, &j);
	n = w.out.at;
	text = malloc(n);
	w = crm_json_writer(text, n);
	crm_journey_print(&w, &j);
	DEMAND(!w.out.failed);
	if (j.n_events <= MAX_EVENTS)
	{
		DEMAND(parse(text, n, s));
		again = journey_encoded(s, &n);
		demand_equal(data, size, again, n);
		free(again);
	}
	free(text);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmJourneyState *s = new_state();
	CrmJourney	j;
	CrmError	error;

	if (parse((const char *) data, size, s))
	{
		size_t		n;
		uint8_t    *bytes = journey_encoded(s, &n);

		check(bytes, n);
		free(bytes);
	}
	free(s);
	if (crm_journey_decode_unordered(data, size, &j, NULL, &error))
		crm_journey_moves(&j);
	if (crm_journey_decode(data, size, &j, NULL, &error))
		check(data, size);
	return 0;
}
