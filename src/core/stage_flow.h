/*
 * stage_flow.h
 *		How stages follow each other: counts and times of every move.
 *
 * The encoded form is stored, sent and compared: the stages in their order,
 * then the pairs (from, to) in order, each with its buckets in order.  While
 * an aggregate collects, the datum has the form of a state: native integers
 * and a hash table of cells with room to grow.  The first byte tells the two
 * apart.  Everything is an integer, so the encoded form does not depend on the
 * order in which rows came or pieces were merged.
 *
 * A CrmFlow is the decoded form that everything is computed from; its arrays
 * are the caller's.
 */
#ifndef CRM_STAGE_FLOW_H
#define CRM_STAGE_FLOW_H

#include "duration.h"
#include "error.h"
#include "journey.h"
#include "json.h"
#include "stage.h"

#define CRM_FLOW_FORMAT 1
#define CRM_FLOW_STATE_FORMAT 0x81

/* Format, kind, counts of stages, pairs and buckets, parameter, ignored. */
#define CRM_FLOW_HEADER_SIZE 28

#define CRM_FLOW_MAX_STAGES 128

/* Moves from each stage to each, and open visits. */
#define CRM_FLOW_MAX_PAIRS (CRM_FLOW_MAX_STAGES * (CRM_FLOW_MAX_STAGES + 1))

/* Rows counted by one value, so that every partial sum fits in 63 bits. */
#define CRM_FLOW_MAX_TOTAL ((uint64_t) INT64_MAX)

/* In place of the stage moved to: the visit was still open. */
#define CRM_FLOW_OPEN CRM_FLOW_MAX_STAGES

/* What a flow was built from; only flows of one basis can be merged. */
typedef enum CrmFlowKind
{
	CRM_FLOW_COUNTS = 1,		/* counted moves, of no known length */
	CRM_FLOW_STEPS = 2,			/* counted moves, one step of time each */
	CRM_FLOW_JOURNEYS = 3,		/* open visits end at the deal's last row */
	CRM_FLOW_AS_OF = 4			/* open visits end at a given time */
} CrmFlowKind;

typedef struct CrmFlowBasis
{
	CrmFlowKind kind;
	int64_t		parameter;		/* microseconds: step or as_of, else 0 */
} CrmFlowBasis;

static inline bool
crm_flow_timed(CrmFlowBasis basis)
{
	return basis.kind == CRM_FLOW_JOURNEYS || basis.kind == CRM_FLOW_AS_OF;
}

typedef struct CrmFlowPair
{
	uint8_t		from;			/* index of a stage */
	uint8_t		to;				/* likewise, or CRM_FLOW_OPEN */
	uint16_t	n_buckets;		/* 0 where the flow has no times */
	uint32_t	first;			/* of the flow's buckets */
	uint64_t	n;
	CrmInt128	time;			/* microseconds */
} CrmFlowPair;

typedef struct CrmFlow
{
	CrmFlowBasis basis;
	uint64_t	ignored;		/* rows with a NULL */
	uint32_t	n_stages;
	uint32_t	n_pairs;
	uint32_t	n_buckets;
	CrmStage   *stages;
	CrmFlowPair *pairs;
	CrmBucket  *buckets;
	CrmPause	pause;			/* of all work on it; the caller's, as the
								 * arrays */
} CrmFlow;

/* Reads the counts of an encoded flow, for the caller to make room. */
extern bool crm_flow_decode_sizes(const void *data, size_t size,
								  CrmFlow *flow, CrmError *error);

/*
 * Reads it all; labels point into data.  Without "ordered" stages and pairs
 * may come in any order, as after labels were converted to another encoding.
 */
extern bool crm_flow_decode(const void *data, size_t size, bool ordered,
							CrmFlow *flow, CrmError *error);
extern void crm_flow_encode(const CrmFlow *flow, CrmWriter *w);

extern void crm_flow_print(CrmJsonWriter *w, const CrmFlow *flow);

/* How many visits to the pair's stage have ended. */
extern double crm_flow_ended(const CrmFlow *flow, const CrmFlowPair *pair);

/* "forward", "skip", "back", "lost", "reopen" or "stay" */
extern const char *crm_flow_direction(CrmStage from, CrmStage to);

/* Index of the stage with this label, the open one if there are more. */
typedef enum CrmFlowFound
{
	CRM_FLOW_FOUND,
	CRM_FLOW_UNKNOWN,
	CRM_FLOW_AMBIGUOUS			/* two open stages have the label */
} CrmFlowFound;

extern CrmFlowFound crm_flow_find(const CrmFlow *flow, const char *label,
								  size_t label_len, uint32_t *stage);

/* The state.  Sizes are of the whole struct, its data included. */
typedef struct CrmFlowState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		kind;
	uint8_t		n_stages;
	uint8_t		stage_room;
	uint32_t	n_cells;
	uint32_t	cell_room;		/* a power of two */
	int64_t		parameter;
	uint64_t	ignored;
	uint64_t	total;			/* rows counted, open visits included */
	uint64_t	data[];			/* stages, then cells */
} CrmFlowState;

typedef struct CrmFlowRoom
{
	uint32_t	stages;
	uint32_t	cells;
} CrmFlowRoom;

/* A move takes a bucket and two words of its sum, and may name two stages. */
#define CRM_FLOW_MOVE_CELLS 3
#define CRM_FLOW_MOVE_STAGES 2

#define CRM_FLOW_MAX_ROOM (UINT32_C(1) << 25)

/* One cell of the state's table. */
typedef struct CrmFlowCell
{
	uint32_t	key;			/* from, to and slot; 0: empty */
	uint32_t	zero;
	uint64_t	value;
} CrmFlowCell;

/* Room for at least so much; false beyond the limits. */
extern bool crm_flow_room(CrmFlowRoom least, CrmFlowRoom *room,
						  CrmError *error);
extern size_t crm_flow_state_size(CrmFlowRoom room);
extern void crm_flow_state_init(CrmFlowState *s, CrmFlowRoom room,
								CrmFlowBasis basis);
extern bool crm_flow_state_sound(const CrmFlowState *s, size_t size);
extern bool crm_flow_state_fits(const CrmFlowState *s, CrmFlowRoom more);
extern bool crm_flow_state_grown(const CrmFlowState *s, CrmFlowRoom more,
								 CrmFlowRoom *room, CrmError *error);
extern void crm_flow_state_move(const CrmFlowState *from, CrmFlowState *to,
								CrmPause pause);

static inline CrmFlowBasis
crm_flow_state_basis(const CrmFlowState *s)
{
	CrmFlowBasis basis = {(CrmFlowKind) s->kind, s->parameter};

	return basis;
}

/* Index of a stage, added if it is new; the caller has made room. */
extern uint32_t crm_flow_state_stage(CrmFlowState *s, CrmStage stage);

/*
 * n moves: one, of this duration, where the flow has times; any number, of
 * duration 0, where it has none.  The caller has made room.  False when the
 * counts would not fit.
 */
extern bool crm_flow_state_add(CrmFlowState *s, uint32_t from, uint32_t to,
							   uint64_t n, int64_t duration);

/*
 * What a visit of a journey amounts to; i is the next event, as it is after
 * crm_journey_next_visit.  Rows after as_of are as if they were not there yet.
 */
typedef enum CrmMoveKind
{
	CRM_MOVE_LATER,				/* the visit begins after as_of */
	CRM_MOVE_ENDED,				/* to another stage */
	CRM_MOVE_OPEN,				/* still in an open stage */
	CRM_MOVE_CLOSED				/* still in a won or lost stage */
} CrmMoveKind;

typedef struct CrmMove
{
	CrmMoveKind kind;
	uint32_t	to;				/* code of the journey, where ended */
	int64_t		duration;
} CrmMove;

extern CrmMove crm_flow_move(const CrmJourney *j, CrmFlowBasis basis,
							 uint32_t i, const CrmVisit *visit);

/* Counts of one bucket and sums of times, which leave the total alone. */
extern void crm_flow_state_put(CrmFlowState *s, uint32_t from, uint32_t to,
							   uint32_t bucket, uint64_t n);
extern void crm_flow_state_put_time(CrmFlowState *s, uint32_t from,
									uint32_t to, CrmInt128 time);

/* All of another flow of the same basis; likewise. */
extern CrmFlowRoom crm_flow_needs(const CrmFlow *flow);
extern bool crm_flow_state_merge(CrmFlowState *s, const CrmFlow *flow);

/*
 * The state as a flow: room for its stages and pairs, and for as many buckets
 * and twice as many cells as it has cells.
 */
extern bool crm_flow_from_state(const CrmFlowState *s, CrmFlow *flow,
								CrmFlowCell *work, CrmError *error);

/* Text form into a state that has the room that crm_flow_text_room asks. */
extern CrmFlowRoom crm_flow_text_room(size_t len);
extern bool crm_flow_parse(const char *text, size_t len, bool utf8,
						   CrmFlowState *s, CrmPause pause, CrmError *error);

#endif
