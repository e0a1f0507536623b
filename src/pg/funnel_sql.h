/*
 * funnel_sql.h
 *		What the glue of journeys, funnel definitions and funnels shares.
 *
 * A datum of type journey or funnel is either an encoded value or, inside an
 * aggregate only, a state; the functions here take both and tell them apart by
 * the first byte.
 */
#ifndef FUNNEL_SQL_H
#define FUNNEL_SQL_H

#include "nodes/execnodes.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "funnel.h"
#include "funnel_definition.h"
#include "journey.h"

/* The first byte behind the varlena header. */
#define CRM_FORMAT_BYTE(v) (*(const uint8 *) VARDATA_ANY(v))

/* The view of a journey, which may be a state. */
extern CrmJourney DatumGetCrmJourney(Datum d);

/*
 * The state, its events sorted, of a journey that is not encoded yet; NULL
 * for any other.
 */
extern const CrmJourneyState *crm_journey_object_state(Datum d);

#define PG_GETARG_CRM_JOURNEY(n) DatumGetCrmJourney(PG_GETARG_DATUM(n))

/* Reports a span of time beyond int64 microseconds. */
extern void crm_refuse_interval(void) pg_attribute_noreturn();

/*
 * A duration as timestamp subtraction gives it: days of 24 hours and time.
 * The ends of int64 stand for what is beyond and are refused.
 */
extern Interval *crm_make_interval(int64 usecs);

/* An interval that a window may be; months, infinity and < 0 are refused. */
extern int64 crm_window(const Interval *interval, const char *name);

/* A time of an argument that must not be infinite. */
extern void crm_refuse_infinite(const char *name) pg_attribute_noreturn();

static inline int64
crm_finite_time(TimestampTz at, const char *name)
{
	if (TIMESTAMP_NOT_FINITE(at))
		crm_refuse_infinite(name);
	return at;
}

/* Labels between server and client, for send and receive. */
extern void crm_send_label(StringInfo message, const char *label, size_t len);
extern CrmText crm_receive_label(StringInfo message, const char *type);

/* A definition as bytes on the wire, and back. */
extern void crm_send_definition(StringInfo message,
								const CrmFunnelDefinition *d);
extern bytea *crm_receive_definition(StringInfo message);

/* Labels of a definition must be free of control characters. */
extern bool crm_definition_labels_check(const CrmFunnelDefinition *d,
										CrmError *error);

/* The encoded form of a definition that has been checked. */
extern bytea *crm_make_definition(const CrmFunnelDefinition *d);

/*
 * A definition ready for use, and work space for one journey.  It stays in
 * fn_extra for as long as calls bring the same bytes.
 */
typedef struct CrmFunnelCall
{
	MemoryContext context;
	uint64		serial;			/* another one for another definition */
	size_t		size;			/* of the definition's bytes */
	char	   *bytes;
	CrmFunnelDefinition definition;
	CrmFunnelProgram program;
	CrmMatchWork work;
	CrmMatch	match;
	uint64		dictionary;		/* shared one that codes are of, or 0 */
	uint32		stage_room;
	uint16	   *codes;
	uint32		event_room;
	CrmEvent   *events;
	CrmEvent   *scratch;		/* for a definition with a tolerance */
} CrmFunnelCall;

extern CrmFunnelCall *crm_funnel_call(FunctionCallInfo fcinfo, Datum definition);

/* Room in call->events. */
extern void crm_funnel_call_room(CrmFunnelCall *call, size_t n_events);

/* States of a funnel, as the aggregates over journeys and events share them. */
extern CrmFunnelState *crm_funnel_new_state(const CrmFunnelCall *call);
extern CrmFunnelState *crm_funnel_add_entries(CrmFunnelState *s,
											  CrmFunnelCall *call, size_t n,
											  int64 amount);
extern bytea *crm_funnel_encode_state(const CrmFunnelState *s);
extern void crm_funnel_require_definition(const void *first, size_t first_size,
										  const void *bytes, size_t size);

/* Names in double quotes, for a message. */
extern char *crm_name_list(const char *const *names, int n);

/* A decoded funnel: the view, its definition, and the bytes of both. */
typedef struct CrmFunnelValue
{
	struct varlena *bytes;
	CrmFunnel	funnel;
	CrmFunnelDefinition definition;
} CrmFunnelValue;

/* The view of a funnel, which may be a state; editing it changes no value. */
extern CrmFunnelValue *DatumGetCrmFunnel(Datum d);

#define PG_GETARG_CRM_FUNNEL(n) DatumGetCrmFunnel(PG_GETARG_DATUM(n))

/* What a journey is to the call's funnel; events are in call->events. */
typedef struct CrmFunnelDeal
{
	size_t		n_events;
	int64		amount;
	uint64		ignored;
	uint64		unknown;
} CrmFunnelDeal;

extern CrmFunnelDeal crm_funnel_call_deal(CrmFunnelCall *call, Datum journey);

#endif
