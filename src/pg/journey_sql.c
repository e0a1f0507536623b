/*
 * journey_sql.c
 *		SQL functions of the type journey: input and output, the aggregates.
 *		What can be asked of one deal's history is in journey_read_sql.c.
 *
 * The aggregates edit a state in place (journey.h); a state never leaves them:
 * the final function gives the encoded form, and every reader here encodes a
 * state first, for the output functions may meet one on its way between nodes.
 *
 * The encoded form may be deferred: then the result is an expanded object,
 * read-only, that holds a copy of the state with its events sorted.  It is
 * encoded when it is stored or read as a flat value, and a funnel over it takes
 * the events as they are.  Nothing in it can come from outside the process, so
 * it is trusted; flat values are validated.
 */
#include "compat.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "datetime.h"
#include "funnel_sql.h"

PG_FUNCTION_INFO_V1(journey_in);
PG_FUNCTION_INFO_V1(journey_out);
PG_FUNCTION_INFO_V1(journey_recv);
PG_FUNCTION_INFO_V1(journey_send);
PG_FUNCTION_INFO_V1(journey_eq);
PG_FUNCTION_INFO_V1(journey_ne);
PG_FUNCTION_INFO_V1(journey_hash);
PG_FUNCTION_INFO_V1(journey_hash_extended);
PG_FUNCTION_INFO_V1(journey_to_jsonb);
PG_FUNCTION_INFO_V1(journey_add);
PG_FUNCTION_INFO_V1(journey_merge);
PG_FUNCTION_INFO_V1(journey_final);

/* Room of a new state: stage labels in bytes, events. */
#define FIRST_STAGE_BYTES 64
#define FIRST_EVENTS 8

/* What fits here needs no palloc when a state is encoded. */
#define SMALL_WORK 2048

/* Least size of a new state of the aggregate over events; a power of two. */
#define FIRST_STATE_BYTES 256

/* Longer journeys are encoded at once: work space is for the usual ones. */
#define OBJECT_EVENTS 4096

/* Stages that are found without a search in the state; a power of two. */
#define KNOWN_BITS 6

/*----------
 * Shared with the funnel
 *----------
 */

void
crm_refuse_interval(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("interval out of range"),
			 errdetail("A span of time has at most 106751991 days.")));
}

/* Justified as timestamp subtraction does it: whole days, then hours. */
Interval   *
crm_make_interval(int64 usecs)
{
	Interval   *interval = palloc0(sizeof *interval);

	if (!crm_time_fits(usecs))
		crm_refuse_interval();
	interval->day = (int32) (usecs / CRM_USECS_PER_DAY);
	interval->time = usecs % CRM_USECS_PER_DAY;
	return interval;
}

int64
crm_window(const Interval *interval, const char *name)
{
	int64		usecs;
	bool		fits;

	if (INTERVAL_NOT_FINITE(interval))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be infinite", name)));
	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not contain months or years", name),
				 errdetail("A month has no fixed length."),
				 errhint("Use days: a day is 24 hours.")));
	fits = !pg_mul_s64_overflow(interval->day, CRM_USECS_PER_DAY, &usecs) &&
		!pg_add_s64_overflow(usecs, interval->time, &usecs);
	if (fits ? usecs < 0 : interval->day < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be negative", name)));
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("\"%s\" is too large", name),
				 errdetail("A span of time has at most 106751991 days.")));
	return usecs;
}

void
crm_refuse_infinite(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("\"%s\" must not be infinite", name)));
}

void
crm_send_label(StringInfo message, const char *label, size_t len)
{
	CrmText		server = {label, len};
	CrmText		client = crm_client_text(server);

	if (client.len > UINT8_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("stage label is too long in the client's encoding")));
	pq_sendint8(message, (uint8) client.len);
	pq_sendbytes(message, client.data, (int) client.len);
}

CrmText
crm_receive_label(StringInfo message, const char *type)
{
	CrmText		client;
	CrmText		server;
	CrmError	error;

	client.len = *(const uint8 *) crm_message_bytes(message, 1, type);
	client.data = crm_message_bytes(message, client.len, type);
	server = crm_server_text(client);
	if (!crm_label_check(server.data, server.len, &error) ||
		!crm_check_controls(server.data, server.len, &error))
		crm_bad_binary(type, &error);
	return server;
}

/*----------
 * States
 *----------
 */

static CrmJourneyState *
new_state(CrmJourneyRoom room)
{
	size_t		size = crm_journey_state_size(room);
	CrmJourneyState *s;

	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey is too large")));
	s = palloc(size);
	SET_VARSIZE(s, size);
	crm_journey_state_init(s, room);
	return s;
}

static void
refuse_size(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey is too large"),
			 errdetail("A journey has at most 4096 stages and 16777216 events.")));
}

/* Work space for sorting the state; NULL where it takes none. */
static void *
make_scratch(const CrmJourneyState *s)
{
	size_t		size = crm_journey_scratch_size(s, crm_pause);

	return size > 0 ? palloc(size) : NULL;
}

static void
free_scratch(void *scratch)
{
	if (scratch != NULL)
		pfree(scratch);
}

static void
tidy(CrmJourneyState *s)
{
	void	   *scratch = make_scratch(s);

	crm_journey_state_tidy(s, scratch, crm_pause);
	free_scratch(scratch);
}

/* As crm_journey_prepare, with work space of its own for sorting. */
static size_t
prepare(const CrmJourneyState *s, void *work)
{
	void	   *scratch = make_scratch(s);
	size_t		size = crm_journey_prepare(s, work, scratch, crm_pause);

	free_scratch(scratch);
	if (size == 0)
		refuse_size();
	return size;
}

/* The state with room for more: itself, or a larger copy. */
static CrmJourneyState *
make_room(CrmJourneyState *s, CrmJourneyRoom more)
{
	CrmJourneyRoom room;
	CrmJourneyState *larger;
	CrmError	error;

	if (crm_journey_state_fits(s, more))
		return s;
	if (more.events > s->event_room - s->n_events)
	{
		tidy(s);
		/* worth staying only where many were duplicates */
		if (crm_journey_state_fits(s, more) &&
			s->n_events <= s->event_room / 2)
			return s;
	}
	if (!crm_journey_state_grown(s, more, &room, &error))
		ereport(ERROR,
				(errcode(crm_sqlstate(&error)),
				 errmsg("journey is too large"),
				 errdetail_internal("%s", error.detail)));
	if (room.events == s->event_room && more.events > 0 &&
		s->n_events > s->event_room / 2)
		room.events = Max(room.events, 2 * s->event_room);
	larger = new_state(room);
	crm_journey_state_move(s, larger, crm_pause);
	return larger;
}

static bytea *
encode_state(const CrmJourneyState *s)
{
	union
	{
		double		align;
		char		bytes[SMALL_WORK];
	}			small;
	size_t		work_size = crm_journey_work_size(s);
	void	   *work = work_size <= sizeof small ? &small : palloc(work_size);
	size_t		size = prepare(s, work);
	bytea	   *v = crm_new_value(size);

	crm_journey_encode(s, work, VARDATA(v), size, crm_pause);
	if (work != &small)
		pfree(work);
	return v;
}

static CrmJourney
view_encoded(struct varlena *v)
{
	CrmJourney	j;
	CrmError	error;

	if (!crm_journey_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &j,
							crm_pause, &error))
		crm_corrupt("journey", &error);
	return j;
}

static bool
is_state(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 &&
		CRM_FORMAT_BYTE(v) == CRM_JOURNEY_STATE_FORMAT;
}

CrmJourney
DatumGetCrmJourney(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);

	if (is_state(v))
		v = (struct varlena *) encode_state((CrmJourneyState *) PG_DETOAST_DATUM(PointerGetDatum(v)));
	return view_encoded(v);
}

/*----------
 * Results that are not encoded yet
 *----------
 */

typedef struct JourneyObject
{
	/*
	 * What a datum of it points to, at the beginning of the chunk: the
	 * executor asks in which context its address was allocated.
	 */
	union
	{
		double		align;
		char		bytes[EXPANDED_POINTER_SIZE];
	}			pointer;
	ExpandedObjectHeader header;
	void	   *work;			/* of crm_journey_prepare, once it has run */
	Size		size;			/* of the payload */
	CrmJourneyState state;
} JourneyObject;

static Size
object_flat_size(ExpandedObjectHeader *header)
{
	JourneyObject *o = (JourneyObject *)
	((char *) header - offsetof(JourneyObject, header));

	if (o->work == NULL)
	{
		void	   *work = MemoryContextAlloc(header->eoh_context,
											  crm_journey_work_size(&o->state));

		o->size = prepare(&o->state, work);
		o->work = work;
	}
	return VARHDRSZ + o->size;
}

static void
object_flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	JourneyObject *o = (JourneyObject *)
	((char *) header - offsetof(JourneyObject, header));

	Assert(o->work != NULL);	/* the size is always asked for first */
	SET_VARSIZE(result, size);
	crm_journey_encode(&o->state, o->work, VARDATA(result), size - VARHDRSZ,
					   crm_pause);
}

static const ExpandedObjectMethods object_methods = {
	object_flat_size, object_flatten
};

/* A state of shared stages as an object that lives as long as a result does. */
static Datum
make_object(const CrmJourneyState *s)
{
	CrmJourneyRoom room = {s->n_events, (s->stage_bytes + 7) & ~7,
	s->has_amounts, s->n_stages};
	JourneyObject *o = palloc(offsetof(JourneyObject, state) +
							  crm_journey_state_size(room));

	EOH_init_header(&o->header, &object_methods, CurrentMemoryContext);
	memcpy(o->pointer.bytes, o->header.eoh_ro_ptr, EXPANDED_POINTER_SIZE);
	o->work = NULL;
	crm_journey_state_init(&o->state, room);
	crm_journey_state_move(s, &o->state, crm_pause);
	tidy(&o->state);
	return PointerGetDatum(o->pointer.bytes);
}

const CrmJourneyState *
crm_journey_object_state(Datum d)
{
	ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)))
		return NULL;
	header = DatumGetEOHP(d);
	if (header->eoh_methods != &object_methods)
		return NULL;
	return &((JourneyObject *)
			 ((char *) header - offsetof(JourneyObject, header)))->state;
}

static CrmJourneyState *
merge_journey(CrmJourneyState *s, const CrmJourney *j)
{
	CrmJourneyRoom more = {j->n_events, (uint32) (j->times - j->stages),
	j->has_amounts, j->n_stages};
	uint32		few[64];
	uint32	   *codes = j->n_stages <= lengthof(few) ? few :
	palloc_array(uint32, j->n_stages);

	if (s->n_stages + j->n_stages > CRM_JOURNEY_MAX_STAGES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey is too large"),
				 errdetail("A journey has at most 4096 stages.")));
	s = make_room(s, more);
	crm_journey_state_merge(s, j, codes, crm_pause);
	if (codes != few)
		pfree(codes);
	return s;
}

/*
 * The state argument for editing.  In an aggregate whose state is still an
 * encoded journey (a rollup's first row is copied as it is) it is taken apart.
 */
static inline CrmJourneyState *
state_argument(Datum d)
{
	CrmJourneyRoom room = {FIRST_EVENTS, FIRST_STAGE_BYTES, false};
	struct varlena *v = (struct varlena *) DatumGetPointer(d);
	CrmJourney	j;

	if (!VARATT_IS_EXTENDED(v) && is_state(v))
		return (CrmJourneyState *) v;
	j = DatumGetCrmJourney(d);
	return merge_journey(new_state(room), &j);
}

/*----------
 * The aggregate over events
 *----------
 */

/* A stage that this call has met, and its code in the shared dictionary. */
typedef struct KnownStage
{
	uint64		word;			/* crm_tail_word */
	uint32		size;			/* of rank and label; 0: none */
	uint32		code;
	char		bytes[2 + CRM_LABEL_MAX_BYTES];
} KnownStage;

/* What a call site knows: the stages that it has met in any deal. */
typedef struct JourneyCall
{
	MemoryContext context;
	bool		amounts;		/* may come */
	CrmJourneyState *fresh;		/* what a deal begins with; NULL: to be made */
	CrmJourneyDictionary dictionary;
	KnownStage	known[1 << KNOWN_BITS];
} JourneyCall;

static JourneyCall *
journey_call(FunctionCallInfo fcinfo)
{
	JourneyCall *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof *call);
		call->context = fcinfo->flinfo->fn_mcxt;
		call->amounts = PG_NARGS() > 3;
		fcinfo->flinfo->fn_extra = call;
	}
	return call;
}

/* The largest room in a chunk of the allocator that takes enough events. */
static CrmJourneyRoom
first_room(uint32 stage_bytes, bool amounts)
{
	CrmJourneyRoom room = {0, Max(FIRST_STAGE_BYTES, TYPEALIGN(8, stage_bytes)), amounts};
	Size		head = crm_journey_state_size(room);
	Size		event = sizeof(CrmEvent) + (amounts ? sizeof(int64) : 0);
	Size		size = FIRST_STATE_BYTES;

	while (size < head + FIRST_EVENTS * event)
		size *= 2;
	room.events = (uint32) ((size - head) / event);
	return room;
}

/* The next states begin with this stage too; their codes are other ones. */
static void
share_stage(JourneyCall *call, CrmStage stage)
{
	static uint64 last_number = 0;

	if (!crm_journey_dictionary_add(&call->dictionary, stage, last_number + 1))
		return;
	last_number++;
	if (call->fresh != NULL)
		pfree(call->fresh);
	call->fresh = NULL;
	for (int i = 0; i < lengthof(call->known); i++)
		call->known[i].size = 0;
}

static CrmJourneyState *
copy_state(const CrmJourneyState *s)
{
	CrmJourneyRoom room = {s->event_room, s->stage_room, s->has_amounts,
	s->n_stages};
	CrmJourneyState *copy = new_state(room);

	crm_journey_state_move(s, copy, crm_pause);
	return copy;
}

/* A stage that the state does not have by its shared dictionary. */
static uint32
find_stage(JourneyCall *call, CrmJourneyState **s, struct varlena *stage,
		   KnownStage *known, uint64 word)
{
	const char *bytes = VARDATA_ANY(stage) + 1;
	uint32		size = VARSIZE_ANY_EXHDR(stage) - 1;
	CrmJourneyRoom more = {0, 0, false, 1};
	CrmStage	decoded;
	uint32		code;

	/* what the state has is valid, so what equals it is */
	decoded.rank = (uint16) ((uint8) bytes[0] << 8 | (uint8) bytes[1]);
	decoded.label_len = (uint8) (size - 2);
	decoded.label = bytes + 2;
	if (size > 2 && size - 2 <= CRM_LABEL_MAX_BYTES &&
		crm_journey_state_find(*s, decoded, &code))
	{
		if ((*s)->dictionary != 0 &&
			(*s)->dictionary == call->dictionary.number)
		{
			known->word = word;
			known->size = size;
			known->code = code;
			memcpy(known->bytes, bytes, size);
		}
		return code;
	}
	decoded = DatumGetCrmStage(PointerGetDatum(stage));
	if (*s == call->fresh)
		*s = copy_state(*s);
	share_stage(call, decoded);
	more.stage_bytes = CRM_STAGE_HEAD + decoded.label_len;
	*s = make_room(*s, more);
	return crm_journey_state_stage(*s, decoded);
}

/* Code of the stage argument; s grows where the stage is new. */
static inline uint32
stage_code(JourneyCall *call, CrmJourneyState **s, struct varlena *stage)
{
	const char *bytes = VARDATA_ANY(stage) + 1;
	Size		size = VARSIZE_ANY_EXHDR(stage) - 1;
	uint64		word;
	KnownStage *known;

	if (VARSIZE_ANY_EXHDR(stage) <= CRM_STAGE_HEADER_SIZE)
		DatumGetCrmStage(PointerGetDatum(stage));	/* reports it */
	word = crm_tail_word(bytes, size);
	known = &call->known[crm_tail_slot(word, KNOWN_BITS)];
	if (known->word == word && known->size == size &&
		(*s)->dictionary == call->dictionary.number &&
		(size <= CRM_TAIL_EXACT || memcmp(known->bytes, bytes, size) == 0))
		return known->code;
	return find_stage(call, s, stage, known, word);
}

/*
 * The state of a deal's first row.  It belongs to the call: the executor
 * copies what a transition returns into the aggregate's context, so that
 * there is nothing to allocate here for each deal.
 */
static CrmJourneyState *
first_state(JourneyCall *call)
{
	if (call->fresh == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(call->context);

		call->fresh = new_state(first_room(call->dictionary.size,
										   call->amounts));
		crm_journey_state_begin(call->fresh, &call->dictionary);
		MemoryContextSwitchTo(old);
	}
	call->fresh->n_events = 0;
	call->fresh->ignored = 0;
	return call->fresh;
}

/*
 * journey_add(journey, stage, at timestamptz [, amount numeric]) -> journey;
 * not strict: a row whose stage or time is NULL is counted, not used
 */
Datum
journey_add(PG_FUNCTION_ARGS)
{
	JourneyCall *call = journey_call(fcinfo);
	CrmJourneyState *s;
	CrmJourneyRoom more = {1, 0, false};
	int64		at;
	int64		amount = CRM_NO_AMOUNT;
	struct varlena *stage;
	uint32		code;

	crm_require_aggregate(fcinfo);
	s = PG_ARGISNULL(0) ? first_state(call) :
		state_argument(PG_GETARG_DATUM(0));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		s->ignored++;
		PG_RETURN_POINTER(s);
	}
	at = crm_finite_time(PG_GETARG_TIMESTAMPTZ(2), "at");
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		amount = crm_numeric_money(PG_GETARG_DATUM(3));
	stage = (struct varlena *) PG_GETARG_POINTER(1);
	if (VARATT_IS_EXTENDED(stage) && !VARATT_IS_SHORT(stage))
		stage = PG_DETOAST_DATUM_PACKED(PointerGetDatum(stage));
	code = stage_code(call, &s, stage);
	more.amounts = amount != CRM_NO_AMOUNT;
	if (!crm_journey_state_fits(s, more))
		s = make_room(s, more);
	crm_journey_state_add(s, code, at, amount);
	PG_RETURN_POINTER(s);
}

/*
 * journey_merge(journey, journey) -> journey: the combine function, and the
 * transition of rollup; not strict: NULL adds nothing
 */
Datum
journey_merge(PG_FUNCTION_ARGS)
{
	CrmJourneyRoom room = {FIRST_EVENTS, FIRST_STAGE_BYTES, false};
	CrmJourneyState *s;
	CrmJourney	j;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	j = PG_GETARG_CRM_JOURNEY(1);
	s = PG_ARGISNULL(0) ? new_state(room) : state_argument(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(merge_journey(s, &j));
}

/* The encoded form of a datum that may be a state. */
static struct varlena *
canonical(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);

	if (!is_state(v))
		return v;
	return (struct varlena *) encode_state((CrmJourneyState *) PG_DETOAST_DATUM(PointerGetDatum(v)));
}

/*
 * journey_final(journey) -> journey: the encoded form, now or when it is
 * needed; strict, reads only
 */
Datum
journey_final(PG_FUNCTION_ARGS)
{
	struct varlena *v = (struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	CrmJourneyState *s;

	if (!is_state(v))
		PG_RETURN_POINTER(v);
	s = (CrmJourneyState *) PG_DETOAST_DATUM(PointerGetDatum(v));
	if (s->dictionary != 0 && s->n_events <= OBJECT_EVENTS)
		PG_RETURN_DATUM(make_object(s));
	PG_RETURN_BYTEA_P(encode_state(s));
}

/*----------
 * Input and output
 *----------
 */

static CrmJourneyState *
add_event(CrmJourneyState *s, CrmStage stage, int64 at, int64 amount)
{
	CrmJourneyRoom more = {1, CRM_STAGE_HEAD + stage.label_len,
	amount != CRM_NO_AMOUNT, 1};

	s = make_room(s, more);
	crm_journey_state_add(s, crm_journey_state_stage(s, stage), at, amount);
	return s;
}

/* journey_in(cstring) -> journey; strict */
Datum
journey_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	CrmJsonReader r = crm_json_reader(text, strlen(text), crm_utf8());
	CrmJourneyRoom room = {FIRST_EVENTS, FIRST_STAGE_BYTES, false};
	CrmJourneyState *s = new_state(room);
	CrmJourneyEvent event;
	bool		done;
	CrmError	error;
	bool		good;

	r.pause = crm_pause;
	good = crm_journey_parse_begin(&r, &error);

	while (good &&
		   (good = crm_journey_parse_event(&r, &event, &done, &error)) && !done)
	{
		good = crm_check_controls(event.stage.label, event.stage.label_len,
								  &error);
		if (good)
			s = add_event(s, event.stage, event.at, event.amount);
	}
	if (!good || !crm_journey_parse_end(&r, &s->ignored, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.journey", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(encode_state(s));
}

/* journey_out(journey) -> cstring; strict */
Datum
journey_out(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_CSTRING(crm_json_text(crm_journey_print, &j));
}

/*
 * journey_recv(internal) -> journey; strict.  The labels travel in the
 * client's encoding, the rest as it is stored.
 */
Datum
journey_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	StringInfoData value;
	uint32		n_stages;
	const char *rest;
	size_t		rest_size;
	CrmJourney	j;
	CrmJourneyRoom room = {FIRST_EVENTS, FIRST_STAGE_BYTES, false};
	CrmError	error;
	bool		converted = false;

	initStringInfo(&value);
	rest = crm_message_bytes(message, CRM_JOURNEY_HEADER_SIZE,
							 "crmprob.journey");
	appendBinaryStringInfo(&value, rest, CRM_JOURNEY_HEADER_SIZE);
	n_stages = (uint32) ((uint8) rest[2] << 8 | (uint8) rest[3]);
	for (uint32 i = 0; i < n_stages; i++)
	{
		const char *rank = crm_message_bytes(message, 2, "crmprob.journey");
		const char *client = message->data + message->cursor + 1;
		CrmText		label = crm_receive_label(message, "crmprob.journey");
		char		len = (char) label.len;

		converted = converted || label.data != client;
		appendBinaryStringInfo(&value, rank, 2);
		appendBinaryStringInfo(&value, &len, 1);
		appendBinaryStringInfo(&value, label.data, (int) label.len);
	}
	rest = crm_message_rest(message, &rest_size);
	appendBinaryStringInfo(&value, rest, (int) rest_size);
	if (!(converted ? crm_journey_decode_unordered : crm_journey_decode)
		(value.data, (size_t) value.len, &j, crm_pause, &error))
		crm_bad_binary("crmprob.journey", &error);
	PG_RETURN_BYTEA_P(encode_state(merge_journey(new_state(room), &j)));
}

/* journey_send(journey) -> bytea; strict */
Datum
journey_send(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	const uint8_t *p = j.stages;
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, j.data, CRM_JOURNEY_HEADER_SIZE);
	for (uint32 i = 0; i < j.n_stages; i++)
	{
		CrmStage	stage = crm_stage_next(&p);

		pq_sendint16(&message, stage.rank);
		crm_send_label(&message, stage.label, stage.label_len);
	}
	pq_sendbytes(&message, (const char *) p,
				 (int) ((const uint8_t *) j.data + j.size - p));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* journey_eq(journey, journey) -> boolean; strict, as are the three below */
Datum
journey_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
journey_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
journey_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
journey_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/* jsonb(journey) -> jsonb, as the text form; strict */
Datum
journey_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	return crm_jsonb_datum(crm_json_text(crm_journey_print, &j));
}
