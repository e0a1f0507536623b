/*
 * activity.c
 *		What happened with one lead: encoded form, state, JSON, features.
 *
 * See activity.h for the two forms.  Codes are positions in the list of kinds:
 * in the encoded form that is the order of their bytes, so that (time, code)
 * is the order of events; in the state it is the order of arrival.
 */
#include "activity.h"

#include <math.h>

#include "datetime.h"

#define FLAG_COUNTS 1

#define USECS_PER_DAY 86400e6

bool
crm_kind_check(const char *kind, size_t len, CrmError *error)
{
	if (len == 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A kind of event must not be empty.", NULL);
	if (len > CRM_ACTIVITY_MAX_KIND_BYTES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A kind of event has at most 63 bytes.", NULL);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char) kind[i] < 0x20 || kind[i] == 0x7F)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A kind of event must not contain control characters.",
							NULL);
	if (kind[0] == ' ' || kind[len - 1] == ' ')
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A kind of event must not begin or end with a space.",
						NULL);
	return true;
}

static int
compare_kinds(CrmText a, CrmText b)
{
	int			c = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* The kind at *p, which is moved to the next one. */
static CrmText
next_kind(const uint8_t **p)
{
	CrmText		kind = {(const char *) *p + 1, **p};

	*p += 1 + kind.len;
	return kind;
}

/*----------
 * The encoded form
 *----------
 */

static bool
too_short(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.", NULL);
}

static bool
decode_kinds(CrmReader *r, uint32_t n, bool ordered, CrmError *error)
{
	CrmText		last = {NULL, 0};

	for (uint32_t i = 0; i < n; i++)
	{
		CrmText		kind = {NULL, crm_get_u8(r)};

		kind.data = (const char *) crm_get_bytes(r, kind.len);
		if (r->failed)
			return too_short(error);
		if (!crm_kind_check(kind.data, kind.len, error))
			return false;
		if (ordered && i > 0 && compare_kinds(last, kind) >= 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The kinds are not in order.", NULL);
		last = kind;
	}
	return true;
}

/* Values and order; every kind must be used by some event. */
static bool
check_events(const CrmActivity *a, bool ordered, CrmError *error)
{
	CrmKindSet	used = {{0}};
	uint32_t	n_used = 0;
	bool		counted = false;
	CrmActivityEvent last = {0};

	for (uint32_t i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);

		if (e.kind >= a->n_kinds || e.n == 0 || !crm_time_valid(e.at))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"An event holds an impossible value.", NULL);
		if (ordered && i > 0 &&
			(e.at < last.at || (e.at == last.at && e.kind <= last.kind)))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The events are not in order.", NULL);
		if (!crm_kind_in(&used, e.kind))
			n_used++;
		used.bits[e.kind / 64] |= UINT64_C(1) << e.kind % 64;
		counted = counted || e.n > 1;
		last = e;
	}
	if (n_used != a->n_kinds || counted != (a->counts != NULL))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value is not in its shortest form.", NULL);
	return true;
}

bool
crm_activity_decode(const void *data, size_t size, bool ordered,
					CrmActivity *a, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	uint8_t		flags = crm_get_u8(&r);
	CrmActivity made = {0};

	made.n_kinds = crm_get_u16(&r);
	made.n_events = crm_get_u32(&r);
	if (r.failed)
		return too_short(error);
	if (format != CRM_ACTIVITY_FORMAT || (flags & ~FLAG_COUNTS) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (made.n_kinds > CRM_ACTIVITY_MAX_KINDS ||
		made.n_events > CRM_ACTIVITY_MAX_EVENTS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"An activity has at most 255 kinds and 131072 events.",
						NULL);
	made.data = data;
	made.size = size;
	made.kinds = r.data + r.at;
	if (!decode_kinds(&r, made.n_kinds, ordered, error))
		return false;
	made.times = crm_get_bytes(&r, (size_t) made.n_events * 8);
	made.codes = crm_get_bytes(&r, made.n_events);
	if (flags & FLAG_COUNTS)
		made.counts = crm_get_bytes(&r, (size_t) made.n_events * 4);
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value does not have the size that it announces.",
						NULL);
	if (!check_events(&made, ordered, error))
		return false;
	*a = made;
	return true;
}

/* Written out, so that a compiler makes one load of it. */
static uint32_t
load_u32(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 |
		(uint32_t) p[2] << 8 | p[3];
}

CrmActivityEvent
crm_activity_event(const CrmActivity *a, uint32_t i)
{
	const uint8_t *p = a->times + (size_t) i * 8;
	CrmActivityEvent e = {0};

	e.at = (int64_t) ((uint64_t) load_u32(p) << 32 | load_u32(p + 4));
	e.kind = a->codes[i];
	e.n = a->counts == NULL ? 1 : load_u32(a->counts + (size_t) i * 4);
	return e;
}

CrmText
crm_activity_kind(const CrmActivity *a, uint32_t code)
{
	const uint8_t *p = a->kinds;
	CrmText		kind = next_kind(&p);

	while (code-- > 0)
		kind = next_kind(&p);
	return kind;
}

void
crm_kind_add(const CrmActivity *a, CrmText kind, CrmKindSet *set)
{
	const uint8_t *p = a->kinds;

	for (uint32_t i = 0; i < a->n_kinds; i++)
		if (compare_kinds(next_kind(&p), kind) == 0)
			set->bits[i / 64] |= UINT64_C(1) << i % 64;
}

/*----------
 * The state
 *----------
 */

static uint8_t *
state_kinds(const CrmActivityState *s)
{
	return (uint8_t *) (s->events + s->event_room);
}

size_t
crm_activity_state_size(uint32_t event_room, uint32_t kind_room)
{
	return sizeof(CrmActivityState) +
		(size_t) event_room * sizeof(CrmActivityEvent) + kind_room;
}

void
crm_activity_state_init(CrmActivityState *s, uint32_t event_room,
						uint32_t kind_room)
{
	memset((char *) s + sizeof s->varlena, 0, sizeof *s - sizeof s->varlena);
	s->format = CRM_ACTIVITY_STATE_FORMAT;
	s->event_room = event_room;
	s->kind_room = kind_room;
}

bool
crm_activity_state_sound(const CrmActivityState *s, size_t size)
{
	return size >= sizeof *s &&
		s->event_room <= CRM_ACTIVITY_STATE_MAX_EVENTS &&
		s->kind_room <= UINT16_MAX &&
		size == crm_activity_state_size(s->event_room, s->kind_room) &&
		s->n_events <= s->event_room && s->kind_bytes <= s->kind_room &&
		s->n_kinds <= CRM_ACTIVITY_MAX_KINDS;
}

void
crm_activity_state_move(const CrmActivityState *from, CrmActivityState *to)
{
	to->n_kinds = from->n_kinds;
	to->n_events = from->n_events;
	to->kind_bytes = from->kind_bytes;
	memcpy(to->events, from->events,
		   from->n_events * sizeof(CrmActivityEvent));
	memcpy(state_kinds(to), state_kinds(from), from->kind_bytes);
}

CrmActivityAdd
crm_activity_state_add(CrmActivityState *s, CrmText kind, int64_t at,
					   uint32_t n)
{
	const uint8_t *p = state_kinds(s);
	uint32_t	code = 0;
	CrmActivityEvent *e;

	for (; code < s->n_kinds; code++)
	{
		CrmText		known = next_kind(&p);

		if (known.len == kind.len && memcmp(known.data, kind.data, kind.len) == 0)
			break;
	}
	if (code == s->n_kinds && code == CRM_ACTIVITY_MAX_KINDS)
		return CRM_ACTIVITY_TOO_MANY;
	if (s->n_events == s->event_room ||
		(code == s->n_kinds && 1 + kind.len > s->kind_room - s->kind_bytes))
		return CRM_ACTIVITY_FULL;
	if (code == s->n_kinds)
	{
		uint8_t    *to = state_kinds(s) + s->kind_bytes;

		to[0] = (uint8_t) kind.len;
		memcpy(to + 1, kind.data, kind.len);
		s->kind_bytes += 1 + (uint32_t) kind.len;
		s->n_kinds++;
	}
	e = &s->events[s->n_events++];
	memset(e, 0, sizeof *e);
	e->at = at;
	e->n = n;
	e->kind = (uint8_t) code;
	return CRM_ACTIVITY_ADDED;
}

static bool
kind_less(const void *data, size_t i, size_t j)
{
	const CrmText *kinds = data;

	return compare_kinds(kinds[i], kinds[j]) < 0;
}

/* Puts the kinds in order and says where each went. */
static void
sort_kinds(CrmActivityState *s, uint8_t *code)
{
	uint8_t		copy[CRM_ACTIVITY_MAX_KINDS * (1 + CRM_ACTIVITY_MAX_KIND_BYTES)];
	CrmText		kinds[CRM_ACTIVITY_MAX_KINDS];
	uint8_t		from[CRM_ACTIVITY_MAX_KINDS];
	const uint8_t *p = copy;
	uint8_t    *to = state_kinds(s);

	memcpy(copy, to, s->kind_bytes);
	for (uint32_t i = 0; i < s->n_kinds; i++)
		kinds[i] = next_kind(&p);
	crm_sort_order(kinds, s->n_kinds, kind_less, from, code);
	for (uint32_t i = 0; i < s->n_kinds; i++)
	{
		CrmText		kind = kinds[from[i]];

		*to = (uint8_t) kind.len;
		memcpy(to + 1, kind.data, kind.len);
		to += 1 + kind.len;
	}
}

static bool
event_less(const void *data, size_t i, size_t j)
{
	const CrmActivityEvent *e = data;

	return e[i].at != e[j].at ? e[i].at < e[j].at : e[i].kind < e[j].kind;
}

static void
event_swap(void *data, size_t i, size_t j)
{
	CrmActivityEvent *e = data;
	CrmActivityEvent t = e[i];

	e[i] = e[j];
	e[j] = t;
}

bool
crm_activity_state_tidy(CrmActivityState *s, CrmPause pause)
{
	uint8_t		code[CRM_ACTIVITY_MAX_KINDS];
	CrmActivityEvent *e = s->events;
	uint32_t	kept = 0;

	sort_kinds(s, code);
	for (uint32_t i = 0; i < s->n_events; i++)
		e[i].kind = code[e[i].kind];
	crm_sort_pausing(e, s->n_events, event_less, event_swap, pause);
	for (uint32_t i = 0; i < s->n_events; i++)
	{
		if (kept > 0 && e[kept - 1].at == e[i].at &&
			e[kept - 1].kind == e[i].kind)
		{
			if (e[i].n > UINT32_MAX - e[kept - 1].n)
				return false;
			e[kept - 1].n += e[i].n;
		}
		else
			e[kept++] = e[i];
	}
	s->n_events = kept;
	return true;
}

void
crm_activity_encode(const CrmActivityState *s, CrmWriter *w)
{
	bool		counts = false;

	for (uint32_t i = 0; i < s->n_events; i++)
		counts = counts || s->events[i].n > 1;
	crm_put_u8(w, CRM_ACTIVITY_FORMAT);
	crm_put_u8(w, counts ? FLAG_COUNTS : 0);
	crm_put_u16(w, s->n_kinds);
	crm_put_u32(w, s->n_events);
	crm_put_bytes(w, state_kinds(s), s->kind_bytes);
	for (uint32_t i = 0; i < s->n_events; i++)
		crm_put_i64(w, s->events[i].at);
	for (uint32_t i = 0; i < s->n_events; i++)
		crm_put_u8(w, s->events[i].kind);
	for (uint32_t i = 0; counts && i < s->n_events; i++)
		crm_put_u32(w, s->events[i].n);
}

/*----------
 * Text
 *----------
 */

void
crm_activity_print(CrmJsonWriter *w, const void *activity)
{
	const CrmActivity *a = activity;
	char		text[CRM_DATETIME_TEXT_SIZE];

	crm_json_open(w, '[');
	for (uint32_t i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);
		CrmText		kind = crm_activity_kind(a, e.kind);

		crm_json_open(w, '[');
		crm_json_put_string(w, kind.data, kind.len);
		crm_json_put_string(w, text, crm_time_text(e.at, text));
		if (e.n > 1)
			crm_json_put_int(w, e.n);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
}

static bool
not_an_event(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"An activity is a JSON array of events: [kind, time] or [kind, time, count].",
					NULL);
}

bool
crm_activity_parse_event(CrmJsonReader *r, char *scratch, CrmText *kind,
						 int64_t *at, uint32_t *n, CrmError *error)
{
	char	   *time;
	size_t		time_len;
	CrmJsonToken t;
	int64_t		count = 1;

	if (crm_json_next(r) != CRM_JSON_STRING ||
		(kind->len = crm_json_string(r, scratch)) == SIZE_MAX)
		return not_an_event(error);
	kind->data = scratch;
	if (!crm_kind_check(kind->data, kind->len, error))
		return false;
	time = scratch + kind->len;
	if (crm_json_next(r) != CRM_JSON_STRING ||
		(time_len = crm_json_string(r, time)) == SIZE_MAX)
		return not_an_event(error);
	if (!crm_time_parse(time, time_len, at))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A time is written like 2026-03-01T09:30:00Z.", NULL);
	t = crm_json_next(r);
	if (t == CRM_JSON_NUMBER)
	{
		if (!crm_json_int(r, &count) || count < 1 || count > UINT32_MAX)
			return crm_fail(error, CRM_ERROR_RANGE,
							"A count is a whole number from 1 to 4294967295.",
							NULL);
		t = crm_json_next(r);
	}
	*n = (uint32_t) count;
	return t == CRM_JSON_ARRAY_END ? true : not_an_event(error);
}

/*----------
 * Questions
 *----------
 */

CrmActivityFeatures
crm_activity_features(const CrmActivity *a, const CrmKindSet *kinds,
					  int64_t as_of, const int64_t *windows,
					  int64_t half_life)
{
	CrmActivityFeatures f = {0, {0, 0, 0}, 0, NAN, NAN, 0};
	CrmKindSet	seen = {{0}};

	for (uint32_t i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);
		double		age;

		if (e.at > as_of)
			break;
		if (!crm_kind_in(kinds, e.kind))
			continue;
		/* the difference of two valid times may not fit in 64 bits */
		age = (double) as_of - (double) e.at;
		if (as_of < 0 || e.at >= as_of - INT64_MAX)
			age = (double) (as_of - e.at);
		for (int k = 0; k < 3; k++)
			if (age <= (double) windows[k])
				f.n_within[k] += e.n;
		if (f.n == 0)
			f.days_since_first = age / USECS_PER_DAY;
		f.days_since_last = age / USECS_PER_DAY;
		f.n += e.n;
		f.n_kinds += !crm_kind_in(&seen, e.kind);
		seen.bits[e.kind / 64] |= UINT64_C(1) << e.kind % 64;
		f.intensity += e.n * exp2(-age / (double) half_life);
	}
	return f;
}

uint64_t
crm_activity_count(const CrmActivity *a, const CrmKindSet *kinds, int64_t from,
				   int64_t until)
{
	uint64_t	n = 0;

	for (uint32_t i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);

		if (e.at > until)
			break;
		if (e.at >= from && crm_kind_in(kinds, e.kind))
			n += e.n;
	}
	return n;
}
