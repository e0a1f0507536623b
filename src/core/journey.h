/*
 * journey.h
 *		How one deal moved: a set of (time, stage[, amount]).
 *
 * The encoded form is what is stored, sent and compared: a dictionary of the
 * stages in their order, then the events sorted by (time, stage, amount).
 * While an aggregate collects, the same datum has another form, the state:
 * native integers, room to grow, events and stages as they came, and an index
 * of the stages where they are many.  The first byte tells the two apart.  Nothing but exact duplicates is ever dropped:
 * what looks like a repeat in one piece may not be one after a merge.
 */
#ifndef CRM_JOURNEY_H
#define CRM_JOURNEY_H

#include "error.h"
#include "json.h"
#include "matching.h"
#include "stage_list.h"

#define CRM_JOURNEY_FORMAT 1
#define CRM_JOURNEY_STATE_FORMAT 0x81

#define CRM_JOURNEY_MAX_STAGES 4096
#define CRM_JOURNEY_MAX_EVENTS CRM_MATCH_MAX_EVENTS

/* Format, flags, count of stages, count of events, count of rows ignored. */
#define CRM_JOURNEY_HEADER_SIZE 16

/* Amounts are in ten-thousandths; this one is no amount. */
#define CRM_NO_AMOUNT INT64_MIN

/* A checked view of an encoded journey. */
typedef struct CrmJourney
{
	uint32_t	n_events;
	uint32_t	n_stages;
	uint64_t	ignored;
	bool		has_amounts;
	bool		wide_codes;
	const uint8_t *stages;		/* rank, length, label; one after another */
	const uint8_t *times;
	const uint8_t *codes;
	const uint8_t *amounts;		/* NULL without */
	const void *data;
	size_t		size;
} CrmJourney;

/* The state; its variable part is the dictionary, its index, events, amounts. */
typedef struct CrmJourneyState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		has_amounts;
	uint16_t	n_stages;
	uint32_t	n_events;
	uint32_t	event_room;
	uint32_t	stage_bytes;	/* used of the dictionary */
	uint32_t	stage_room;
	uint64_t	ignored;
	uint64_t	dictionary;		/* number of the one it has, 0: its own */
	uint32_t	n_slots;		/* of the index; 0: none */
	uint32_t	reserved;
	uint64_t	data[];			/* dictionary first, in whole words */
} CrmJourneyState;

/*
 * Stages that states begin with, in their order: those that an aggregate has
 * met in any deal.  Its number changes with its content, so states of one
 * process with the same number have the same stages with the same codes.
 */
#define CRM_JOURNEY_SHARED_STAGES 32
#define CRM_JOURNEY_SHARED_BYTES 512

typedef struct CrmJourneyDictionary
{
	uint64_t	number;
	uint16_t	n_stages;
	uint16_t	size;
	uint8_t		bytes[CRM_JOURNEY_SHARED_BYTES];
} CrmJourneyDictionary;

/* One stage more, under the next number; false where there is no room. */
extern bool crm_journey_dictionary_add(CrmJourneyDictionary *d,
									   CrmStage stage, uint64_t number);

/* Room that an addition asks for. */
typedef struct CrmJourneyRoom
{
	uint32_t	events;
	uint32_t	stage_bytes;
	bool		amounts;
	uint32_t	stages;			/* for the index */
} CrmJourneyRoom;

static inline uint64_t
crm_load_u64(const uint8_t *p)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t	v;

	memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
#else
	uint64_t	v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
#endif
}

static inline int64_t
crm_journey_at(const CrmJourney *j, size_t i)
{
	return (int64_t) crm_load_u64(j->times + 8 * i);
}

/* Index of the event's stage in the dictionary. */
static inline uint32_t
crm_journey_code(const CrmJourney *j, size_t i)
{
	return j->wide_codes ? (uint32_t) j->codes[2 * i] << 8 | j->codes[2 * i + 1] :
		j->codes[i];
}

static inline int64_t
crm_journey_amount(const CrmJourney *j, size_t i)
{
	return j->has_amounts ? (int64_t) crm_load_u64(j->amounts + 8 * i) :
		CRM_NO_AMOUNT;
}

extern CrmStage crm_journey_stage(const CrmJourney *j, uint32_t code);

/* Where the stages are, for whoever reads many of a long dictionary. */
typedef struct CrmStageTable
{
	const uint8_t *stages;
	uint32_t	at[CRM_JOURNEY_MAX_STAGES];
} CrmStageTable;

extern void crm_journey_stage_table(const CrmJourney *j, CrmStageTable *table);

static inline CrmStage
crm_table_stage(const CrmStageTable *table, uint32_t code)
{
	const uint8_t *p = table->stages + table->at[code];

	return crm_stage_next(&p);
}

extern bool crm_journey_decode(const void *data, size_t size, CrmJourney *j,
							   CrmPause pause, CrmError *error);

/*
 * The same for a value whose labels have been converted to another encoding:
 * the order of stages, and with it that of events, may be lost.
 */
extern bool crm_journey_decode_unordered(const void *data, size_t size,
										 CrmJourney *j, CrmPause pause,
										 CrmError *error);

/* The state.  Sizes are of the whole struct, its data included. */
static inline size_t
crm_journey_state_size(CrmJourneyRoom room)
{
	return offsetof(CrmJourneyState, data) + room.stage_bytes +
		crm_stage_slots(room.stages) * sizeof(CrmStageSlot) +
		(size_t) room.events * (sizeof(CrmEvent) +
								(room.amounts ? sizeof(int64_t) : 0));
}

/* room.stage_bytes must be a multiple of 8 */
static inline void
crm_journey_state_init(CrmJourneyState *s, CrmJourneyRoom room)
{
	s->n_slots = crm_stage_slots(room.stages);
	s->reserved = 0;
	memset((uint8_t *) s->data + room.stage_bytes, 0,
		   s->n_slots * sizeof(CrmStageSlot));
	s->format = CRM_JOURNEY_STATE_FORMAT;
	s->has_amounts = room.amounts;
	s->n_stages = 0;
	s->n_events = 0;
	s->event_room = room.events;
	s->stage_bytes = 0;
	s->stage_room = room.stage_bytes;
	s->ignored = 0;
	s->dictionary = 0;
}

/* The stages of d in a new state that has room for them. */
extern void crm_journey_state_begin(CrmJourneyState *s,
									const CrmJourneyDictionary *d);

static inline bool
crm_journey_state_fits(const CrmJourneyState *s, CrmJourneyRoom more)
{
	return more.events <= s->event_room - s->n_events &&
		more.stage_bytes <= s->stage_room - s->stage_bytes &&
		(!more.amounts || s->has_amounts) &&
		(more.stages == 0 ||
		 crm_stage_slots(s->n_stages + more.stages) <= s->n_slots);
}

/*
 * Bytes of work space that sorting the state's events takes, 0 (none: NULL) where they are
 * few or in order already.
 */
extern size_t crm_journey_scratch_size(const CrmJourneyState *s,
									   CrmPause pause);

/* Sorts and drops exact duplicates; what is left may be far fewer. */
extern void crm_journey_state_tidy(CrmJourneyState *s, void *scratch,
								   CrmPause pause);

/* Events and amounts (NULL without) as they stand. */
extern const CrmEvent *crm_journey_state_events(const CrmJourneyState *s,
												const int64_t **amounts);
extern const uint8_t *crm_journey_state_stages(const CrmJourneyState *s);

/* The room to move to so that more fits; false beyond the limits. */
extern bool crm_journey_state_grown(const CrmJourneyState *s,
									CrmJourneyRoom more, CrmJourneyRoom *room,
									CrmError *error);
extern void crm_journey_state_move(const CrmJourneyState *from,
								   CrmJourneyState *to, CrmPause pause);

/* The code of a stage that the state has. */
extern bool crm_journey_state_find(const CrmJourneyState *s, CrmStage stage,
								   uint32_t *code);

/* The code of a stage, added if it is new; the caller has made room. */
extern uint32_t crm_journey_state_stage(CrmJourneyState *s, CrmStage stage);

static inline void
crm_journey_state_add(CrmJourneyState *s, uint32_t code, int64_t at,
					  int64_t amount)
{
	CrmEvent   *events = (CrmEvent *)
	((uint8_t *) s->data + s->stage_room + s->n_slots * sizeof(CrmStageSlot));
	CrmEvent   *event = events + s->n_events;

	event->at = at;
	event->code = (int32_t) code;
	event->reserved = 0;
	if (s->has_amounts)
		((int64_t *) (events + s->event_room))[s->n_events] = amount;
	s->n_events++;
}

/* Everything of another journey; the caller has made room, and codes has one
 * element for each stage of j. */
extern void crm_journey_state_merge(CrmJourneyState *s, const CrmJourney *j,
									uint32_t *codes, CrmPause pause);

/*
 * The encoded form.  Work space is owned by the caller; the encoded size is
 * known after preparing; it is 0 where there are too many events.  The scratch
 * is that for sorting the state and may be freed after preparing.
 */
extern size_t crm_journey_work_size(const CrmJourneyState *s);
extern size_t crm_journey_prepare(const CrmJourneyState *s, void *work,
								  void *scratch, CrmPause pause);
extern void crm_journey_encode(const CrmJourneyState *s, const void *work,
							   void *data, size_t size, CrmPause pause);

/*
 * Text form: {"events":[["1:Lead","2026-01-01T00:00:00Z",amount]...],
 * "ignored":0}, the amount only where there is one.  Events are read one at a
 * time: begin, then event until it says done, then end.
 */
typedef struct CrmJourneyEvent
{
	CrmStage	stage;
	int64_t		at;
	int64_t		amount;
	char		text[CRM_STAGE_MAX_TEXT];	/* holds the stage's label */
} CrmJourneyEvent;

extern void crm_journey_print(CrmJsonWriter *w, const void *journey);
extern bool crm_journey_parse_begin(CrmJsonReader *r, CrmError *error);
extern bool crm_journey_parse_event(CrmJsonReader *r, CrmJourneyEvent *event,
									bool *done, CrmError *error);
extern bool crm_journey_parse_end(CrmJsonReader *r, uint64_t *ignored,
								  CrmError *error);

/*
 * Visits: runs of events of one stage.  *i is the next event, 0 at first;
 * exited_at is meaningless for the last visit, which is still open.
 */
typedef struct CrmVisit
{
	uint32_t	code;
	bool		open;
	int64_t		entered_at;
	int64_t		exited_at;
} CrmVisit;

extern bool crm_journey_next_visit(const CrmJourney *j, uint32_t *i,
								   CrmVisit *visit);

typedef struct CrmJourneyMoves
{
	int32_t		visits;
	int32_t		regressions;	/* from an open stage to an earlier one */
	int32_t		skipped;		/* open positions that moves passed over */
	int32_t		reopenings;		/* from a closed stage to an open one */
} CrmJourneyMoves;

extern CrmJourneyMoves crm_journey_moves(const CrmJourney *j);

/* Time spent in the stages of this label up to as_of, in microseconds. */
extern uint64_t crm_journey_time_in(const CrmJourney *j, const char *label,
									size_t label_len, int64_t as_of,
									bool *entered);

#endif
