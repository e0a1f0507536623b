/*
 * activity_fuzz.c
 *		Binary and text input of activity: what is accepted comes back the same.
 */
#include "activity.h"

#include "round_trip.h"

#define ROOM 4096

static void
read_all(const CrmActivity * a)
{
	static const int64_t windows[3] = {1, 1000, INT64_MAX};
	CrmKindSet	all;
	CrmActivityFeatures f;
	CrmJsonWriter json = crm_json_writer(NULL, 0);

	memset(&all, 0xFF, sizeof all);
	f = crm_activity_features(a, &all, INT64_C(1) << 62, windows, 1000);
	DEMAND(f.n_within[0] <= f.n_within[1] && f.n_within[2] <= f.n);
	DEMAND(crm_activity_count(a, &all, INT64_MIN, INT64_MAX) >= f.n);
	crm_activity_print(&json, a);
}

/* The encoded form of a state, which must decode. */
static size_t
encode(CrmActivityState * s, uint8_t * bytes, size_t size, CrmActivity * a)
{
	CrmWriter	w = crm_writer(bytes, size);
	CrmError	error;

	if (!crm_activity_state_tidy(s, NULL))
		return 0;
	crm_activity_encode(s, &w);
	DEMAND(!w.failed && crm_activity_decode(bytes, w.at, true, a, &error));
	return w.at;
}

static CrmActivityState *
new_state(void)
{
	CrmActivityState *s = malloc(crm_activity_state_size(ROOM, 16384));

	s->varlena = 0;
	crm_activity_state_init(s, ROOM, 16384);
	return s;
}

static void
merge_into_empty(const CrmActivity * a)
{
	CrmActivityState *s = new_state();
	uint8_t    *bytes = malloc(a->size);
	CrmActivity back;
	size_t		size;

	for (uint32_t i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);

		DEMAND(crm_activity_state_add(s, crm_activity_kind(a, e.kind), e.at,
									  e.n) == CRM_ACTIVITY_ADDED);
	}
	size = encode(s, bytes, a->size, &back);
	demand_equal(bytes, size, a->data, a->size);
	free(bytes);
	free(s);
}

static void
parse(const char *text, size_t size)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	char	   *scratch = malloc(size + 1);
	uint8_t    *bytes = malloc(ROOM * 80);
	CrmActivityState *s = new_state();
	CrmActivity a;
	CrmText		kind;
	int64_t		at;
	uint32_t	n;
	CrmError	error;

	if (crm_json_next(&r) == CRM_JSON_ARRAY)
		while (crm_json_next(&r) == CRM_JSON_ARRAY &&
			   crm_activity_parse_event(&r, scratch, &kind, &at, &n, &error))
			if (crm_activity_state_add(s, kind, at, n) != CRM_ACTIVITY_ADDED)
				break;
	if (encode(s, bytes, ROOM * 80, &a) > 0)
		read_all(&a);
	free(s);
	free(bytes);
	free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t * data, size_t size)
{
	CrmActivity a;
	CrmError	error;

	(void) crm_activity_decode(data, size, false, &a, &error);
	if (crm_activity_decode(data, size, true, &a, &error))
	{
		read_all(&a);
		if (a.n_events <= ROOM)
			merge_into_empty(&a);
	}
	parse((const char *) data, size);
	return 0;
}
