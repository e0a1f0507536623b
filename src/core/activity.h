/*
 * activity.h
 *		What happened with one lead: a multiset of (time, kind of event).
 *
 * The encoded form is what is stored, sent and compared: the kinds in order of
 * their bytes, then the events sorted by (time, kind), each once with its
 * count.  While an aggregate collects, the same datum has another form, the
 * state: native integers, room to grow, kinds and events as they came.  The
 * first byte tells the two apart.  Counts add up in a merge, so pieces must
 * not overlap; their order has no effect.
 */
#ifndef CRM_ACTIVITY_H
#define CRM_ACTIVITY_H

#include "error.h"
#include "json.h"
#include "sort.h"

#define CRM_ACTIVITY_FORMAT 1
#define CRM_ACTIVITY_STATE_FORMAT 0x81

#define CRM_ACTIVITY_MAX_KINDS 255
#define CRM_ACTIVITY_MAX_KIND_BYTES 63

/* Different (time, kind) of one lead; a state may hold twice as many. */
#define CRM_ACTIVITY_MAX_EVENTS (UINT32_C(1) << 17)
#define CRM_ACTIVITY_STATE_MAX_EVENTS (2 * CRM_ACTIVITY_MAX_EVENTS)

/* Format, flags, count of kinds, count of events. */
#define CRM_ACTIVITY_HEADER_SIZE 8

typedef struct CrmActivityEvent
{
	int64_t		at;				/* datetime.h */
	uint32_t	n;				/* how often, at least once */
	uint8_t		kind;			/* position in the list of kinds */
	uint8_t		zero[3];
} CrmActivityEvent;

/* A checked view of an encoded activity. */
typedef struct CrmActivity
{
	uint32_t	n_kinds;
	uint32_t	n_events;
	const uint8_t *kinds;		/* length, bytes; one after another */
	const uint8_t *times;
	const uint8_t *codes;
	const uint8_t *counts;		/* NULL: all are 1 */
	const void *data;
	size_t		size;
} CrmActivity;

/* The state; the kinds follow the room for events. */
typedef struct CrmActivityState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		zero;
	uint16_t	n_kinds;
	uint32_t	n_events;
	uint32_t	event_room;
	uint32_t	kind_bytes;		/* used of the list of kinds */
	uint32_t	kind_room;
	CrmActivityEvent events[];
} CrmActivityState;

typedef enum CrmActivityAdd
{
	CRM_ACTIVITY_ADDED,
	CRM_ACTIVITY_FULL,			/* tidy, or move to a larger state, and again */
	CRM_ACTIVITY_TOO_MANY		/* beyond the maxima of a state */
} CrmActivityAdd;

/* Kinds that a question is about, one bit for each code. */
typedef struct CrmKindSet
{
	uint64_t	bits[4];
} CrmKindSet;

static inline bool
crm_kind_in(const CrmKindSet *set, uint8_t code)
{
	return (set->bits[code / 64] >> code % 64 & 1) != 0;
}

/* 1..63 bytes, no control character of ASCII, no space at either end. */
extern bool crm_kind_check(const char *kind, size_t len, CrmError *error);

/* Without "ordered" kinds and events may come in any order, as after kinds
 * were converted to another encoding. */
extern bool crm_activity_decode(const void *data, size_t size, bool ordered,
								CrmActivity *a, CrmError *error);
extern CrmActivityEvent crm_activity_event(const CrmActivity *a, uint32_t i);
extern CrmText crm_activity_kind(const CrmActivity *a, uint32_t code);

/* The set with this kind added, if the activity has it. */
extern void crm_kind_add(const CrmActivity *a, CrmText kind, CrmKindSet *set);

/* The state.  Sizes are of the whole struct, with its events and kinds. */
extern size_t crm_activity_state_size(uint32_t event_room, uint32_t kind_room);
extern void crm_activity_state_init(CrmActivityState *s, uint32_t event_room,
									uint32_t kind_room);
extern bool crm_activity_state_sound(const CrmActivityState *s, size_t size);
extern void crm_activity_state_move(const CrmActivityState *from,
									CrmActivityState *to);
extern CrmActivityAdd crm_activity_state_add(CrmActivityState *s, CrmText kind,
											 int64_t at, uint32_t n);

/*
 * Kinds in order, events sorted and counted together.  False where a count
 * does not fit.
 */
extern bool crm_activity_state_tidy(CrmActivityState *s, CrmPause pause);

/* A tidy state in the encoded form. */
extern void crm_activity_encode(const CrmActivityState *s, CrmWriter *w);

/*
 * JSON text: an array of [kind, time] or [kind, time, count].  parse_event
 * reads the rest of an array whose bracket was taken; strings are unescaped
 * into scratch (as long as the text).
 */
extern void crm_activity_print(CrmJsonWriter *w, const void *activity);
extern bool crm_activity_parse_event(CrmJsonReader *r, char *scratch,
									 CrmText *kind, int64_t *at, uint32_t *n,
									 CrmError *error);

/* What was known at as_of; later events are as if they were not there. */
typedef struct CrmActivityFeatures
{
	uint64_t	n;
	uint64_t	n_within[3];
	uint32_t	n_kinds;
	double		days_since_first;	/* NaN without events, as is the next */
	double		days_since_last;
	double		intensity;
} CrmActivityFeatures;

/*
 * Windows and half-life in microseconds.  A window holds the events that are
 * at most so old; intensity is the sum of 2^(-age / half-life).
 */
extern CrmActivityFeatures crm_activity_features(const CrmActivity *a,
												 const CrmKindSet *kinds,
												 int64_t as_of,
												 const int64_t *windows,
												 int64_t half_life);

/* Events of these kinds in [from, until]. */
extern uint64_t crm_activity_count(const CrmActivity *a,
								   const CrmKindSet *kinds, int64_t from,
								   int64_t until);

#endif
