/*
 * journey.c
 *		How one deal moved: a set of (time, stage[, amount]).
 *
 * See journey.h for the two forms.  Codes are positions in the dictionary: in
 * the encoded form that is the order of stages, so that (time, code) is the
 * order of events; in the state it is the order of arrival.
 */
#include "journey.h"

#include "datetime.h"
#include "sort.h"

#define FLAG_AMOUNTS 1

CrmStage
crm_journey_stage(const CrmJourney *j, uint32_t code)
{
	return crm_stage_of_code(j->stages, code);
}

void
crm_journey_stage_table(const CrmJourney *j, CrmStageTable *table)
{
	const uint8_t *p = j->stages;

	table->stages = p;
	for (uint32_t i = 0; i < j->n_stages; i++)
	{
		table->at[i] = (uint32_t) (p - j->stages);
		crm_stage_next(&p);
	}
}

/* Order, codes and times; every stage must be used by some event. */
static bool
check_events(const CrmJourney *j, bool ordered, CrmPause pause,
			 CrmError *error)
{
	uint64_t	used[CRM_JOURNEY_MAX_STAGES / 64];
	uint32_t	n_used = 0;
	bool		priced = false;

	memset(used, 0, (j->n_stages + 63) / 64 * sizeof used[0]);
	for (uint32_t i = 0; i < j->n_events; i++)
	{
		int64_t		at = crm_journey_at(j, i);
		uint32_t	code = crm_journey_code(j, i);

		crm_pause_at(pause, i);
		if (code >= j->n_stages)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"An event has no stage.", NULL);
		if (!crm_time_valid(at))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A time is out of range.", NULL);
		if ((used[code / 64] >> code % 64 & 1) == 0)
		{
			used[code / 64] |= UINT64_C(1) << code % 64;
			n_used++;
		}
		priced = priced || crm_journey_amount(j, i) != CRM_NO_AMOUNT;
		if (i > 0 && ordered)
		{
			int64_t		last_at = crm_journey_at(j, i - 1);
			uint32_t	last = crm_journey_code(j, i - 1);

			if (last_at > at || (last_at == at &&
								 (last > code || (last == code &&
												  crm_journey_amount(j, i - 1) >=
												  crm_journey_amount(j, i)))))
				return crm_fail(error, CRM_ERROR_SYNTAX,
								"The events are not in order.", NULL);
		}
	}
	if (n_used != j->n_stages || priced != j->has_amounts)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value is not in its shortest form.", NULL);
	return true;
}

static bool
decode(const void *data, size_t size, bool ordered, CrmJourney *j,
	   CrmPause pause, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	uint8_t		flags = crm_get_u8(&r);

	j->n_stages = crm_get_u16(&r);
	j->n_events = crm_get_u32(&r);
	j->ignored = crm_get_u64(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_JOURNEY_FORMAT || (flags & ~FLAG_AMOUNTS) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (j->n_stages > CRM_JOURNEY_MAX_STAGES ||
		j->n_events > CRM_JOURNEY_MAX_EVENTS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A journey has at most 4096 stages and 16777216 events.",
						NULL);
	if (j->ignored > INT64_MAX)
		return crm_fail(error, CRM_ERROR_SYNTAX, "A count is out of range.",
						NULL);
	j->has_amounts = (flags & FLAG_AMOUNTS) != 0;
	j->wide_codes = j->n_stages > 256;
	j->data = data;
	j->size = size;
	j->stages = r.data + r.at;
	if (!crm_stages_read(&r, j->n_stages, ordered, error))
		return false;
	j->times = crm_get_bytes(&r, (size_t) j->n_events * 8);
	j->codes = crm_get_bytes(&r, (size_t) j->n_events * (j->wide_codes ? 2 : 1));
	j->amounts = j->has_amounts ?
		crm_get_bytes(&r, (size_t) j->n_events * 8) : NULL;
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The size does not fit the counts.", NULL);
	return check_events(j, ordered, pause, error);
}

bool
crm_journey_decode(const void *data, size_t size, CrmJourney *j,
				   CrmPause pause, CrmError *error)
{
	return decode(data, size, true, j, pause, error);
}

bool
crm_journey_decode_unordered(const void *data, size_t size, CrmJourney *j,
							 CrmPause pause, CrmError *error)
{
	return decode(data, size, false, j, pause, error);
}

/*----------
 * The state
 *----------
 */

static uint8_t *
stage_area(const CrmJourneyState *s)
{
	return (uint8_t *) s->data;
}

static CrmStageSlot *
slot_area(const CrmJourneyState *s)
{
	return (CrmStageSlot *) (stage_area(s) + s->stage_room);
}

static CrmEvent *
event_area(const CrmJourneyState *s)
{
	return (CrmEvent *) (slot_area(s) + s->n_slots);
}

static int64_t *
amount_area(const CrmJourneyState *s)
{
	return s->has_amounts ? (int64_t *) (event_area(s) + s->event_room) : NULL;
}

void
crm_journey_state_begin(CrmJourneyState *s, const CrmJourneyDictionary *d)
{
	memcpy(stage_area(s), d->bytes, d->size);
	s->n_stages = d->n_stages;
	s->stage_bytes = d->size;
	s->dictionary = d->number;
}

bool
crm_journey_dictionary_add(CrmJourneyDictionary *d, CrmStage stage,
						   uint64_t number)
{
	size_t		size = CRM_STAGE_HEAD + (size_t) stage.label_len;
	uint8_t    *at = d->bytes;
	const uint8_t *next = d->bytes;
	CrmWriter	w;

	if (d->n_stages == CRM_JOURNEY_SHARED_STAGES ||
		size > sizeof d->bytes - d->size)
		return false;
	for (uint32_t i = 0; i < d->n_stages; i++)
	{
		int			order = crm_stage_compare(crm_stage_next(&next),
											  stage);

		if (order == 0)
			return false;
		if (order > 0)
			break;
		at = d->bytes + (next - d->bytes);
	}
	memmove(at + size, at, (size_t) (d->bytes + d->size - at));
	w = crm_writer(at, size);
	crm_stage_put(&w, stage);
	d->n_stages++;
	d->size = (uint16_t) (d->size + size);
	d->number = number;
	return true;
}

const CrmEvent *
crm_journey_state_events(const CrmJourneyState *s, const int64_t **amounts)
{
	*amounts = amount_area(s);
	return event_area(s);
}

const uint8_t *
crm_journey_state_stages(const CrmJourneyState *s)
{
	return stage_area(s);
}

/* Events with their amounts, sorted together. */
typedef struct Events
{
	CrmEvent   *event;
	int64_t    *amount;			/* or NULL */
} Events;

static inline bool
event_less(const void *data, size_t i, size_t j)
{
	const Events *e = data;

	if (e->event[i].at != e->event[j].at)
		return e->event[i].at < e->event[j].at;
	if (e->event[i].code != e->event[j].code)
		return e->event[i].code < e->event[j].code;
	return e->amount != NULL && e->amount[i] < e->amount[j];
}

static inline uint64_t
event_key(const void *data, size_t i, int key)
{
	const Events *e = data;

	return key == 0 ? crm_sort_signed(e->event[i].at) :
		key == 1 ? (uint64_t) e->event[i].code : crm_sort_signed(e->amount[i]);
}

static inline void
event_copy(const void *from, size_t i, void *to, size_t k)
{
	const Events *a = from;
	const Events *b = to;

	b->event[k] = a->event[i];
	if (a->amount != NULL)
		b->amount[k] = a->amount[i];
}

static inline void
event_swap(void *data, size_t i, size_t j)
{
	Events	   *e = data;
	CrmEvent	event = e->event[i];

	e->event[i] = e->event[j];
	e->event[j] = event;
	if (e->amount != NULL)
	{
		int64_t		amount = e->amount[i];

		e->amount[i] = e->amount[j];
		e->amount[j] = amount;
	}
}

static size_t
events_size(const CrmJourneyState *s)
{
	return (size_t) s->n_events *
		(sizeof(CrmEvent) + (s->has_amounts ? sizeof(int64_t) : 0));
}

/* Any area of so many events, with amounts or without. */
static Events
events_in(void *area, uint32_t n, bool amounts)
{
	Events		e;

	e.event = area;
	e.amount = amounts && area != NULL ? (int64_t *) (e.event + n) : NULL;
	return e;
}

static void
copy_events(Events from, Events to, uint32_t n, CrmPause pause)
{
	for (uint32_t i = 0; i < n; i++)
	{
		event_copy(&from, i, &to, i);
		crm_pause_at(pause, i);
	}
}

size_t
crm_journey_scratch_size(const CrmJourneyState *s, CrmPause pause)
{
	const CrmEvent *event = event_area(s);

	if (s->n_events <= CRM_SORT_FEW)
		return 0;
	/* at one time the codes decide, and encoding gives others */
	for (uint32_t i = 1; i < s->n_events; i++)
	{
		if (event[i - 1].at >= event[i].at)
			return events_size(s);
		crm_pause_at(pause, i);
	}
	return 0;
}

/*
 * Sorts, drops exact duplicates, returns how many are left.  Without work
 * space it is done in place.
 */
static uint32_t
sort_events(Events e, uint32_t n, void *scratch, CrmPause pause)
{
	Events		other = events_in(scratch, n, e.amount != NULL);
	const Events *sorted = &e;
	uint32_t	kept = 1;

	/* nearly always nothing is to be done */
	while (kept < n && event_less(&e, kept - 1, kept))
	{
		crm_pause_at(pause, kept);
		kept++;
	}
	if (kept >= n)
		return n;
	if (scratch == NULL)
		crm_sort_pausing(&e, n, event_less, event_swap, pause);
	else
		sorted = crm_sort_keys(&e, &other, n, e.amount != NULL ? 3 : 2,
							   event_key, event_copy, pause);
	kept = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		crm_pause_at(pause, i);
		/* where the last one kept came from has not been written over */
		if (kept > 0 && !event_less(sorted, i - 1, i))
			continue;
		event_copy(sorted, i, &e, kept++);
	}
	return kept;
}

void
crm_journey_state_tidy(CrmJourneyState *s, void *scratch, CrmPause pause)
{
	Events		e = {event_area(s), amount_area(s)};

	s->n_events = sort_events(e, s->n_events, scratch, pause);
}

static uint32_t
doubled(uint64_t used, uint64_t need, uint64_t limit)
{
	uint64_t	room = used < 8 ? 8 : used;

	while (room < need)
		room *= 2;
	return (uint32_t) (room < limit ? room : limit);
}

bool
crm_journey_state_grown(const CrmJourneyState *s, CrmJourneyRoom more,
						CrmJourneyRoom *room, CrmError *error)
{
	uint64_t	events = (uint64_t) s->n_events + more.events;
	uint64_t	bytes = (uint64_t) s->stage_bytes + more.stage_bytes;
	uint64_t	byte_limit =
	(uint64_t) (CRM_JOURNEY_MAX_STAGES + CRM_JOURNEY_SHARED_STAGES) *
	(CRM_STAGE_HEAD + CRM_LABEL_MAX_BYTES + 1);

	/* twice the maximum: what is over it may be duplicates */
	if (events > s->event_room &&
		(s->n_events > CRM_JOURNEY_MAX_EVENTS ||
		 events > 2 * (uint64_t) CRM_JOURNEY_MAX_EVENTS))
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A journey has at most 16777216 events.", NULL);
	/* some may be of other deals: crm_journey_prepare counts its own */
	if (s->n_stages >= CRM_JOURNEY_MAX_STAGES + CRM_JOURNEY_SHARED_STAGES ||
		bytes > byte_limit)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A journey has at most 4096 stages.", NULL);
	room->events = events <= s->event_room ? s->event_room :
		doubled(s->event_room, events, 2 * CRM_JOURNEY_MAX_EVENTS);
	room->stage_bytes = bytes <= s->stage_room ? s->stage_room :
		(doubled(s->stage_room, bytes, byte_limit) + 7) & ~UINT32_C(7);
	room->amounts = s->has_amounts || more.amounts;
	/* not all slots at once: most journeys have a few stages */
	room->stages = s->n_stages + more.stages;
	if (crm_stage_slots(room->stages) < s->n_slots)
		room->stages = s->n_slots / 2;
	return true;
}

/* `to` is initialised with at least as much room */
void
crm_journey_state_move(const CrmJourneyState *from, CrmJourneyState *to,
					   CrmPause pause)
{
	Events		source = {event_area(from), amount_area(from)};
	Events		target = {event_area(to), amount_area(to)};

	to->n_stages = from->n_stages;
	to->n_events = from->n_events;
	to->stage_bytes = from->stage_bytes;
	to->ignored = from->ignored;
	to->dictionary = from->dictionary;
	memcpy(stage_area(to), stage_area(from), from->stage_bytes);
	if (to->n_slots > 0)
		crm_stage_index(slot_area(to), to->n_slots, stage_area(to),
						to->n_stages);
	copy_events(source, target, from->n_events, pause);
	for (uint32_t i = 0; source.amount == NULL && target.amount != NULL &&
		 i < from->n_events; i++)
		target.amount[i] = CRM_NO_AMOUNT;
}

bool
crm_journey_state_find(const CrmJourneyState *s, CrmStage stage,
					   uint32_t *code)
{
	const CrmStageSlot *slot;

	if (s->n_slots == 0)
	{
		*code = crm_stage_search(stage_area(s), s->n_stages, stage);
		return *code < s->n_stages;
	}
	slot = crm_stage_slot(slot_area(s), s->n_slots, stage_area(s), stage);
	*code = slot->code;
	return slot->place != 0;
}

uint32_t
crm_journey_state_stage(CrmJourneyState *s, CrmStage stage)
{
	uint32_t	code;
	CrmWriter	w;

	if (crm_journey_state_find(s, stage, &code))
		return code;
	w = crm_writer(stage_area(s) + s->stage_bytes,
				   s->stage_room - s->stage_bytes);
	crm_stage_put(&w, stage);
	if (s->n_slots > 0)
	{
		CrmStageSlot *slot = crm_stage_slot(slot_area(s), s->n_slots,
											stage_area(s), stage);

		slot->place = s->stage_bytes + 1;
		slot->code = s->n_stages;
	}
	s->stage_bytes += (uint32_t) w.at;
	s->dictionary = 0;
	return s->n_stages++;
}

void
crm_journey_state_merge(CrmJourneyState *s, const CrmJourney *j,
						uint32_t *codes, CrmPause pause)
{
	const uint8_t *p = j->stages;

	for (uint32_t i = 0; i < j->n_stages; i++)
		codes[i] = crm_journey_state_stage(s, crm_stage_next(&p));
	for (uint32_t i = 0; i < j->n_events; i++)
	{
		crm_journey_state_add(s, codes[crm_journey_code(j, i)],
							  crm_journey_at(j, i), crm_journey_amount(j, i));
		crm_pause_at(pause, i);
	}
	s->ignored += j->ignored;
}

/*----------
 * Encoding a state
 *----------
 */

/* The work space: a header, then the arrays in this order. */
typedef struct Work
{
	uint32_t	n_events;
	uint32_t	n_stages;		/* those in use */
	bool		has_amounts;
	CrmEvent   *events;			/* n_events, codes in the order of stages */
	int64_t    *amounts;
	const uint8_t **stages;		/* by arrival, then by order */
	uint16_t   *order;			/* the arrival number at each position */
} Work;

size_t
crm_journey_work_size(const CrmJourneyState *s)
{
	return sizeof(Work) + events_size(s) +
		(size_t) s->n_stages * (2 * sizeof(uint8_t *) + 2 * sizeof(uint16_t));
}

static inline bool
stage_less(const void *data, size_t i, size_t j)
{
	const Work *w = data;
	const uint8_t *a = w->stages[w->order[i]];
	const uint8_t *b = w->stages[w->order[j]];

	return crm_stage_compare(crm_stage_next(&a),
							 crm_stage_next(&b)) < 0;
}

static inline void
stage_swap(void *data, size_t i, size_t j)
{
	Work	   *w = data;
	uint16_t	n = w->order[i];

	w->order[i] = w->order[j];
	w->order[j] = n;
}

/*
 * Numbers the stages in their order and gives the events these codes.  Stages
 * without an event are left out; returns the bytes that the others take.
 */
static size_t
number_stages(const CrmJourneyState *s, Work *w, CrmPause pause)
{
	const uint8_t *p = stage_area(s);
	uint16_t   *position = w->order + s->n_stages;
	size_t		size = 0;

	memset(position, 0, s->n_stages * sizeof *position);
	for (uint32_t i = 0; i < w->n_events; i++)
	{
		position[w->events[i].code] = 1;
		crm_pause_at(pause, i);
	}
	w->n_stages = 0;
	for (uint32_t i = 0; i < s->n_stages; i++)
	{
		w->stages[i] = p;
		crm_stage_next(&p);
		if (position[i] == 0)
			continue;
		w->order[w->n_stages++] = (uint16_t) i;
		size += (size_t) (p - w->stages[i]);
	}
	if (s->dictionary == 0)
		crm_sort(w, w->n_stages, stage_less, stage_swap);
	for (uint32_t i = 0; i < w->n_stages; i++)
		position[w->order[i]] = (uint16_t) i;
	for (uint32_t i = 0; i < w->n_events; i++)
	{
		w->events[i].code = position[w->events[i].code];
		crm_pause_at(pause, i);
	}
	return size;
}

/* Sorts a copy; returns the size of the encoded form, 0 beyond the limits. */
size_t
crm_journey_prepare(const CrmJourneyState *s, void *work, void *scratch,
					CrmPause pause)
{
	Work	   *w = work;
	Events		own = {event_area(s), amount_area(s)};
	Events		e = events_in(w + 1, s->n_events, s->has_amounts);
	size_t		size = CRM_JOURNEY_HEADER_SIZE;

	w->n_events = s->n_events;
	w->events = e.event;
	w->amounts = e.amount;
	w->stages = (const uint8_t **) ((uint8_t *) (w + 1) + events_size(s));
	w->order = (uint16_t *) (w->stages + s->n_stages);
	copy_events(own, e, s->n_events, pause);
	size += number_stages(s, w, pause);
	w->n_events = sort_events(e, s->n_events, scratch, pause);
	if (w->n_events > CRM_JOURNEY_MAX_EVENTS ||
		w->n_stages > CRM_JOURNEY_MAX_STAGES)
		return 0;
	w->has_amounts = false;
	for (uint32_t i = 0; s->has_amounts && i < w->n_events; i++)
		if (w->amounts[i] != CRM_NO_AMOUNT)
			w->has_amounts = true;
	return size + (size_t) w->n_events *
		(8 + (w->n_stages > 256 ? 2 : 1) + (w->has_amounts ? 8 : 0));
}

static inline void
store_u64(uint8_t *p, uint64_t v)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof v);
#else
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t) v;
#endif
}

void
crm_journey_encode(const CrmJourneyState *s, const void *work, void *data,
				   size_t size, CrmPause pause)
{
	const Work *w = work;
	CrmWriter	out = crm_writer(data, size);
	uint8_t    *p;

	crm_put_u8(&out, CRM_JOURNEY_FORMAT);
	crm_put_u8(&out, w->has_amounts ? FLAG_AMOUNTS : 0);
	crm_put_u16(&out, (uint16_t) w->n_stages);
	crm_put_u32(&out, w->n_events);
	crm_put_u64(&out, s->ignored);
	for (uint32_t i = 0; i < w->n_stages; i++)
	{
		const uint8_t *stage = w->stages[w->order[i]];

		crm_put_bytes(&out, stage, CRM_STAGE_HEAD + (size_t) stage[2]);
	}
	p = out.data + out.at;
	for (uint32_t i = 0; i < w->n_events; i++, p += 8)
	{
		store_u64(p, (uint64_t) w->events[i].at);
		crm_pause_at(pause, i);
	}
	for (uint32_t i = 0; i < w->n_events; i++)
	{
		if (w->n_stages > 256)
			*p++ = (uint8_t) (w->events[i].code >> 8);
		*p++ = (uint8_t) w->events[i].code;
		crm_pause_at(pause, i);
	}
	for (uint32_t i = 0; w->has_amounts && i < w->n_events; i++, p += 8)
	{
		store_u64(p, (uint64_t) w->amounts[i]);
		crm_pause_at(pause, i);
	}
}

/*----------
 * Reading
 *----------
 */

bool
crm_journey_next_visit(const CrmJourney *j, uint32_t *i, CrmVisit *visit)
{
	if (*i >= j->n_events)
		return false;
	visit->code = crm_journey_code(j, *i);
	visit->entered_at = crm_journey_at(j, *i);
	do
		++*i;
	while (*i < j->n_events && crm_journey_code(j, *i) == visit->code);
	visit->open = *i == j->n_events;
	visit->exited_at = visit->open ? 0 : crm_journey_at(j, *i);
	return true;
}

CrmJourneyMoves
crm_journey_moves(const CrmJourney *j)
{
	CrmJourneyMoves moves = {0, 0, 0, 0};
	CrmVisit	visit;
	CrmStage	last = {0, 0, NULL};
	CrmStageTable table;

	crm_journey_stage_table(j, &table);
	for (uint32_t i = 0; crm_journey_next_visit(j, &i, &visit);)
	{
		CrmStage	stage = crm_table_stage(&table, visit.code);

		if (moves.visits++ > 0 && crm_stage_is_open(stage))
		{
			if (!crm_stage_is_open(last))
				moves.reopenings++;
			else if (stage.rank < last.rank)
				moves.regressions++;
			else if (stage.rank > last.rank + 1)
				moves.skipped += stage.rank - last.rank - 1;
		}
		last = stage;
	}
	return moves;
}

uint64_t
crm_journey_time_in(const CrmJourney *j, const char *label, size_t label_len,
					int64_t as_of, bool *entered)
{
	uint64_t	total = 0;
	CrmVisit	visit;
	CrmStageTable table;

	*entered = false;
	crm_journey_stage_table(j, &table);
	for (uint32_t i = 0; crm_journey_next_visit(j, &i, &visit);)
	{
		CrmStage	stage = crm_table_stage(&table, visit.code);
		int64_t		end = visit.open || visit.exited_at > as_of ? as_of :
		visit.exited_at;

		if (stage.label_len != label_len ||
			memcmp(stage.label, label, label_len) != 0 ||
			visit.entered_at > as_of)
			continue;
		*entered = true;
		total += crm_time_since(end, visit.entered_at);
	}
	return total;
}
