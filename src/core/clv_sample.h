/*
 * clv_sample.h
 *		What a fit starts from: customers as counted patterns.
 *
 * The state of the aggregate is a hash table of patterns, edited in place; a
 * sample is the same in order, and what a state is sent as.  Counts are
 * integers, so samples of the same customers are equal to the byte, however
 * their rows came, were split or were repeated by weights.
 */
#ifndef CRM_CLV_SAMPLE_H
#define CRM_CLV_SAMPLE_H

#include "clv_fit.h"
#include "sort.h"

/* Slots of the largest state: 512 MB; three quarters of them are used. */
#define CRM_CLV_MAX_ROOM (UINT32_C(1) << 24)
#define CRM_CLV_MAX_PATTERNS 12582912

/* Of a sample in encoded form: header, then a pattern. */
#define CRM_CLV_SAMPLE_HEADER_SIZE 28
#define CRM_CLV_PATTERN_SIZE 28

/* The shortest pattern of the text form, "[0,1,0,1]", and its comma. */
#define CRM_CLV_MIN_PATTERN_TEXT 10

/* What patterns come with. */
typedef struct CrmClvSample
{
	CrmClvKind	kind;
	bool		has_until;
	int32_t		until;			/* the latest of the customers' ends */
	int64_t		unit;			/* microseconds; 0: not recorded */
	int64_t		left_out;		/* see CrmClvModel */
	const CrmClvPattern *patterns;	/* in order */
	size_t		n;
} CrmClvSample;

typedef struct CrmClvState
{
	int32_t		varlena;		/* the server's header */
	uint8_t		format;			/* CRM_CLV_STATE_FORMAT */
	uint8_t		kind;
	uint8_t		has_until;
	uint8_t		zero;
	uint32_t	room;			/* slots, a power of two */
	uint32_t	used;
	int64_t		unit;
	int64_t		customers;
	int64_t		left_out;
	int32_t		until;
	int32_t		started;		/* the unit is that of a customer */
	CrmClvPattern slots[];
} CrmClvState;

#define CRM_CLV_FIRST_ROOM 32

static inline size_t
crm_clv_state_size(uint32_t room)
{
	return sizeof(CrmClvState) + room * sizeof(CrmClvPattern);
}

/* Slots for so many patterns; 0 above CRM_CLV_MAX_PATTERNS. */
extern uint32_t crm_clv_room(size_t patterns);

/* An empty state; the varlena header is left alone. */
extern void crm_clv_state_init(CrmClvState *s, uint32_t room, CrmClvKind kind);
extern bool crm_clv_state_sound(const CrmClvState *s, size_t size);

static inline bool
crm_clv_state_full(const CrmClvState *s)
{
	return s->used >= s->room - s->room / 4;
}

/* Everything of one state into an empty one with more room. */
extern void crm_clv_state_move(const CrmClvState *from, CrmClvState *to,
							   CrmPause pause);

typedef enum CrmClvAdded
{
	CRM_CLV_ADDED,
	CRM_CLV_OTHER_UNIT,			/* customers of different units */
	CRM_CLV_TOO_MANY			/* more customers than a bigint counts */
} CrmClvAdded;

/* The unit and end that customers to be added come with. */
extern CrmClvAdded crm_clv_state_meet(CrmClvState *s, int64_t unit,
									  bool has_until, int32_t until);

/* A customer that has passed the check, so many times; there must be room. */
extern CrmClvAdded crm_clv_state_add(CrmClvState *s, const CrmClvCustomer *c,
									 int64_t weight);

/* One pattern; there must be room. */
extern CrmClvAdded crm_clv_state_put(CrmClvState *s,
									 const CrmClvPattern *pattern);

/*
 * The state in order; work has room for 2 * used patterns, which the sample
 * points into.
 */
extern CrmClvSample crm_clv_state_sample(const CrmClvState *s,
										 CrmClvPattern *work, CrmPause pause);

/* The one rule for samples: also the customers of one add up to a bigint. */
extern bool crm_clv_sample_check(const CrmClvSample *s, CrmError *error);

extern void crm_clv_sample_encode(const CrmClvSample *s, CrmWriter *w,
								  CrmPause pause);

/* patterns has room for size / CRM_CLV_PATTERN_SIZE */
extern bool crm_clv_sample_decode(const void *data, size_t size,
								  CrmClvPattern *patterns, CrmClvSample *s,
								  CrmError *error);

extern void crm_clv_sample_print(const CrmClvSample *s, const CrmFloatText *ft,
								 CrmJsonWriter *w);

/* patterns has room for len / CRM_CLV_MIN_PATTERN_TEXT + 1 */
extern bool crm_clv_sample_parse(const char *text, size_t len,
								 const CrmFloatText *ft,
								 CrmClvPattern *patterns, CrmClvSample *s,
								 CrmError *error);

#endif
