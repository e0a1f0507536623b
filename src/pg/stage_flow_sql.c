/*
 * stage_flow_sql.c
 *		SQL functions of the type stage_flow: input and output, and the
 *		aggregates.  What is computed from a flow is in flow_chain_sql.c.
 *
 * The aggregates edit a state in place (stage_flow.h); a state never leaves
 * them: the final function gives the encoded form, and every reader here
 * encodes a state first, for the output functions may meet one on its way
 * between nodes.
 */
#include "compat.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "datetime.h"
#include "stage_flow_sql.h"

PG_FUNCTION_INFO_V1(stage_flow_in);
PG_FUNCTION_INFO_V1(stage_flow_out);
PG_FUNCTION_INFO_V1(stage_flow_recv);
PG_FUNCTION_INFO_V1(stage_flow_send);
PG_FUNCTION_INFO_V1(stage_flow_eq);
PG_FUNCTION_INFO_V1(stage_flow_ne);
PG_FUNCTION_INFO_V1(stage_flow_hash);
PG_FUNCTION_INFO_V1(stage_flow_hash_extended);
PG_FUNCTION_INFO_V1(stage_flow_to_jsonb);
PG_FUNCTION_INFO_V1(stage_flow_add_moves);
PG_FUNCTION_INFO_V1(stage_flow_add_journey);
PG_FUNCTION_INFO_V1(stage_flow_merge);
PG_FUNCTION_INFO_V1(stage_flow_final);

StaticAssertDecl(sizeof(CrmFlowState) == 40 && sizeof(CrmFlowCell) == 16,
				 "layout of the state of stage_flow");

/*----------
 * States
 *----------
 */

static CrmFlowState *
new_state(CrmFlowRoom room, CrmFlowBasis basis)
{
	size_t		size = crm_flow_state_size(room);
	CrmFlowState *s = palloc(size);

	SET_VARSIZE(s, size);
	crm_flow_state_init(s, room, basis);
	return s;
}

static CrmFlowState *
first_state(CrmFlowBasis basis)
{
	CrmFlowRoom none = {0, 0};
	CrmFlowRoom room;
	CrmError	error;

	if (!crm_flow_room(none, &room, &error))
		crm_bad_argument("stage_flow", &error);
	return new_state(room, basis);
}

/* The state with room for more, as far as there can be: itself or a copy. */
static CrmFlowState *
make_room(CrmFlowState *s, CrmFlowRoom more)
{
	CrmFlowRoom room;
	CrmFlowState *larger;
	CrmError	error;

	if (crm_flow_state_fits(s, more))
		return s;
	if (!crm_flow_state_grown(s, more, &room, &error))
		crm_bad_argument("stage_flow", &error);
	if (room.stages == s->stage_room && room.cells == s->cell_room)
		return s;
	larger = new_state(room, crm_flow_state_basis(s));
	crm_flow_state_move(s, larger, crm_pause);
	return larger;
}

static uint32
stage_index(CrmFlowState *s, CrmStage stage)
{
	uint32		i = crm_flow_state_stage(s, stage);

	if (i == CRM_FLOW_MAX_STAGES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a stage_flow has at most %d different stages",
						CRM_FLOW_MAX_STAGES),
				 errhint("Build one flow for each pipeline.")));
	return i;
}

static void
too_many_rows(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a stage_flow counts at most 9223372036854775807 moves")));
}

static bool
is_state(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 &&
		CRM_FORMAT_BYTE(v) == CRM_FLOW_STATE_FORMAT;
}

static void
allocate(CrmFlow *flow, size_t stages, size_t pairs, size_t buckets)
{
	flow->stages = palloc_array(CrmStage, Max(stages, 1));
	flow->pairs = palloc_array(CrmFlowPair, Max(pairs, 1));
	flow->buckets = palloc_array(CrmBucket, Max(buckets, 1));
	flow->pause = crm_pause;
}

/* The canonical flow of a state. */
static bool
finish_state(const CrmFlowState *s, CrmFlow *flow, CrmError *error)
{
	CrmFlowCell *work = palloc_array(CrmFlowCell,
									 2 * (size_t) s->n_cells + 1);
	bool		good;

	allocate(flow, s->n_stages, Min(s->n_cells, CRM_FLOW_MAX_PAIRS),
			 s->n_cells);
	good = crm_flow_from_state(s, flow, work, error);
	pfree(work);
	return good;
}

static bytea *
encode_flow(const CrmFlow *flow)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_flow_encode(flow, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_flow_encode(flow, &w);
	Assert(!w.failed && w.at == VARSIZE(v) - VARHDRSZ);
	return v;
}

struct varlena *
crm_encoded_flow(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmFlow		flow;
	CrmError	error;

	if (!is_state(v))
		return v;
	v = PG_DETOAST_DATUM(PointerGetDatum(v));
	if (!crm_flow_state_sound((CrmFlowState *) v, VARSIZE(v)))
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt("stage_flow", &error);
	}
	if (!finish_state((CrmFlowState *) v, &flow, &error))
		crm_corrupt("stage_flow", &error);
	return (struct varlena *) encode_flow(&flow);
}

CrmFlow
crm_decode_flow(const void *data, size_t size)
{
	CrmFlow		flow;
	CrmError	error;

	if (!crm_flow_decode_sizes(data, size, &flow, &error))
		crm_corrupt("stage_flow", &error);
	allocate(&flow, flow.n_stages, flow.n_pairs, flow.n_buckets);
	if (!crm_flow_decode(data, size, true, &flow, &error))
		crm_corrupt("stage_flow", &error);
	return flow;
}

CrmFlow
DatumGetCrmFlow(Datum d)
{
	struct varlena *v = crm_encoded_flow(d);

	return crm_decode_flow(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

static CrmFlowState *
merge_flow(CrmFlowState *s, const CrmFlow *flow)
{
	CrmFlowState *larger = make_room(s, crm_flow_needs(flow));

	for (uint32 i = 0; i < flow->n_stages; i++)
		(void) stage_index(larger, flow->stages[i]);
	if (!crm_flow_state_merge(larger, flow))
		too_many_rows();
	return larger;
}

static char *
interval_words(int64 usecs)
{
	return DatumGetCString(DirectFunctionCall1(interval_out,
											   IntervalPGetDatum(crm_make_interval(usecs))));
}

/* What a flow was built from, in words. */
static char *
basis_words(CrmFlowBasis basis)
{
	char		time[CRM_DATETIME_TEXT_SIZE];

	switch (basis.kind)
	{
		case CRM_FLOW_COUNTS:
			break;
		case CRM_FLOW_STEPS:
			return psprintf("counted moves with a step of %s",
							interval_words(basis.parameter));
		case CRM_FLOW_JOURNEYS:
			return "journeys";
		case CRM_FLOW_AS_OF:
			return psprintf("journeys as of %.*s",
							(int) crm_time_text(basis.parameter, time), time);
	}
	return "counted moves";
}

static void
check_basis(const CrmFlowState *s, CrmFlowBasis basis)
{
	CrmFlowBasis mine = crm_flow_state_basis(s);

	if (mine.kind != basis.kind || mine.parameter != basis.parameter)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage_flow values of different kinds cannot be added up"),
				 errdetail("One is of %s, the other of %s.",
						   basis_words(mine), basis_words(basis))));
}

/* The state argument for editing, of this basis. */
static CrmFlowState *
state_argument(FunctionCallInfo fcinfo, CrmFlowBasis basis)
{
	CrmFlowState *s;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return first_state(basis);
	if (!is_state((struct varlena *) PG_GETARG_POINTER(0)))
	{
		/* an initial value that is a flow already: taken apart */
		CrmFlow		flow = DatumGetCrmFlow(PG_GETARG_DATUM(0));

		s = merge_flow(first_state(flow.basis), &flow);
	}
	else
		s = (CrmFlowState *) PG_GETARG_POINTER(0);
	check_basis(s, basis);
	return s;
}

/*----------
 * Aggregates
 *----------
 */

/* The basis of counted moves: with a step, its length. */
static CrmFlowBasis
moves_basis(FunctionCallInfo fcinfo)
{
	CrmFlowBasis basis = {CRM_FLOW_COUNTS, 0};

	if (PG_NARGS() == 4)
		return basis;
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"step\" must not be null")));
	basis.kind = CRM_FLOW_STEPS;
	basis.parameter = crm_window(PG_GETARG_INTERVAL_P(4), "step");
	if (basis.parameter == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"step\" must be longer than nothing")));
	return basis;
}

/*
 * stage_flow_add_moves(stage_flow, from_stage stage, to_stage stage, n bigint
 * [, step interval]) -> stage_flow; not strict: a row with a NULL stage or n is
 * counted, not used, a NULL step is refused
 */
Datum
stage_flow_add_moves(PG_FUNCTION_ARGS)
{
	CrmFlowRoom more = {CRM_FLOW_MOVE_STAGES, CRM_FLOW_MOVE_CELLS};
	CrmFlowState *s = state_argument(fcinfo, moves_basis(fcinfo));
	int64		n;
	uint32		from;
	uint32		to;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		s->ignored++;
		PG_RETURN_POINTER(s);
	}
	n = PG_GETARG_INT64(3);
	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of moves must not be negative")));
	s = make_room(s, more);
	from = stage_index(s, PG_GETARG_CRM_STAGE(1));
	to = stage_index(s, PG_GETARG_CRM_STAGE(2));
	if (!crm_flow_state_add(s, from, to, (uint64) n, 0))
		too_many_rows();
	PG_RETURN_POINTER(s);
}

/* Index in the flow of a journey's stage; map holds those known so far. */
static uint32
journey_stage(CrmFlowState *s, const CrmJourney *j, uint8 *map, uint32 code)
{
	if (map[code] == CRM_FLOW_OPEN)
		map[code] = (uint8) stage_index(s, crm_journey_stage(j, code));
	return map[code];
}

static CrmFlowState *
add_journey(CrmFlowState *s, const CrmJourney *j)
{
	CrmFlowRoom more = {CRM_FLOW_MOVE_STAGES, CRM_FLOW_MOVE_CELLS};
	CrmFlowBasis basis = crm_flow_state_basis(s);
	uint8		few[64];
	uint8	   *map = j->n_stages <= sizeof few ? few : palloc(j->n_stages);
	CrmVisit	visit;

	memset(map, CRM_FLOW_OPEN, j->n_stages);
	for (uint32 i = 0; crm_journey_next_visit(j, &i, &visit);)
	{
		CrmMove		move = crm_flow_move(j, basis, i, &visit);
		uint32		from;
		uint32		to = CRM_FLOW_OPEN;

		if (move.kind == CRM_MOVE_LATER)
			break;
		CHECK_FOR_INTERRUPTS();
		s = make_room(s, more);
		from = journey_stage(s, j, map, visit.code);
		if (move.kind == CRM_MOVE_CLOSED)
			break;
		if (move.kind == CRM_MOVE_ENDED)
			to = journey_stage(s, j, map, move.to);
		if (!crm_time_fits(move.duration))
			crm_refuse_interval();
		if (!crm_flow_state_add(s, from, to, 1, move.duration))
			too_many_rows();
		if (move.kind == CRM_MOVE_OPEN)
			break;
	}
	if (map != few)
		pfree(map);
	return s;
}

/*
 * stage_flow_add_journey(stage_flow, journey [, as_of timestamptz]) ->
 * stage_flow; not strict: a NULL journey is counted, not used, a NULL as_of is
 * refused
 */
Datum
stage_flow_add_journey(PG_FUNCTION_ARGS)
{
	CrmFlowBasis basis = {CRM_FLOW_JOURNEYS, 0};
	CrmFlowState *s;
	CrmJourney	j;

	if (PG_NARGS() == 3)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"as_of\" must not be null")));
		if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("\"as_of\" must not be infinite")));
		basis.kind = CRM_FLOW_AS_OF;
		basis.parameter = PG_GETARG_TIMESTAMPTZ(2);
	}
	s = state_argument(fcinfo, basis);
	if (PG_ARGISNULL(1))
	{
		s->ignored++;
		PG_RETURN_POINTER(s);
	}
	j = PG_GETARG_CRM_JOURNEY(1);
	PG_RETURN_POINTER(j.n_events > 0 ? add_journey(s, &j) : s);
}

/*
 * stage_flow_merge(stage_flow, stage_flow) -> stage_flow: the combine function,
 * and the transition of rollup; not strict: NULL adds nothing
 */
Datum
stage_flow_merge(PG_FUNCTION_ARGS)
{
	CrmFlow		flow;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	flow = PG_GETARG_CRM_FLOW(1);
	PG_RETURN_POINTER(merge_flow(state_argument(fcinfo, flow.basis), &flow));
}

/* stage_flow_final(stage_flow) -> stage_flow: the encoded form; strict */
Datum
stage_flow_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(crm_encoded_flow(PG_GETARG_DATUM(0)));
}

/*----------
 * Input and output
 *----------
 */

static bool
check_labels(const CrmFlow *flow, CrmError *error)
{
	for (uint32 i = 0; i < flow->n_stages; i++)
	{
		if (!crm_check_controls(flow->stages[i].label,
								flow->stages[i].label_len, error))
			return false;
	}
	return true;
}

/* stage_flow_in(cstring) -> stage_flow; strict */
Datum
stage_flow_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	size_t		len = strlen(text);
	CrmFlowBasis basis = {CRM_FLOW_COUNTS, 0};
	CrmFlowRoom room;
	CrmFlowState *s;
	CrmFlow		flow;
	CrmError	error;
	bool		good = crm_flow_room(crm_flow_text_room(len), &room, &error);

	if (good)
	{
		s = new_state(room, basis);
		good = crm_flow_parse(text, len, crm_utf8(), s, crm_pause, &error) &&
			finish_state(s, &flow, &error) && check_labels(&flow, &error);
	}
	if (!good)
	{
		crm_bad_text(fcinfo->context, "crmprob.stage_flow", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(encode_flow(&flow));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_flow_print(w, value);
}

/* stage_flow_out(stage_flow) -> cstring; strict */
Datum
stage_flow_out(PG_FUNCTION_ARGS)
{
	CrmFlow		flow = PG_GETARG_CRM_FLOW(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &flow));
}

/* jsonb(stage_flow) -> jsonb, as the text form; strict */
Datum
stage_flow_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmFlow		flow = PG_GETARG_CRM_FLOW(0);

	return crm_jsonb_datum(crm_json_text(print_json, &flow));
}

/* The message with its labels converted, in the encoded form. */
static StringInfoData
convert_message(StringInfo message, bool *converted)
{
	static const char type[] = "crmprob.stage_flow";
	StringInfoData value;
	uint32		n_stages;
	const char *rest;
	size_t		rest_size;

	initStringInfo(&value);
	rest = crm_message_bytes(message, CRM_FLOW_HEADER_SIZE, type);
	appendBinaryStringInfo(&value, rest, CRM_FLOW_HEADER_SIZE);
	n_stages = (uint32) ((uint8) rest[2] << 8 | (uint8) rest[3]);
	*converted = false;
	for (uint32 i = 0; i < n_stages; i++)
	{
		const char *rank = crm_message_bytes(message, 2, type);
		const char *client = message->data + message->cursor + 1;
		CrmText		label = crm_receive_label(message, type);
		char		len = (char) label.len;

		*converted = *converted || label.data != client;
		appendBinaryStringInfo(&value, rank, 2);
		appendBinaryStringInfo(&value, &len, 1);
		appendBinaryStringInfo(&value, label.data, (int) label.len);
	}
	rest = crm_message_rest(message, &rest_size);
	appendBinaryStringInfo(&value, rest, (int) rest_size);
	return value;
}

/*
 * stage_flow_recv(internal) -> stage_flow; strict.  The labels travel in the
 * client's encoding, the rest as it is stored; where labels are converted
 * their order may change, and the flow is put together anew.
 */
Datum
stage_flow_recv(PG_FUNCTION_ARGS)
{
	bool		converted;
	StringInfoData value = convert_message((StringInfo) PG_GETARG_POINTER(0),
										   &converted);
	CrmFlow		flow;
	CrmFlow		ordered;
	CrmError	error;
	bool		good;

	good = crm_flow_decode_sizes(value.data, value.len, &flow, &error);
	if (good)
	{
		allocate(&flow, flow.n_stages, flow.n_pairs, flow.n_buckets);
		good = crm_flow_decode(value.data, value.len, !converted, &flow,
							   &error);
	}
	if (!good)
		crm_bad_binary("crmprob.stage_flow", &error);
	if (!converted)
		PG_RETURN_BYTEA_P(encode_flow(&flow));
	if (!finish_state(merge_flow(first_state(flow.basis), &flow), &ordered,
					  &error))
		crm_bad_binary("crmprob.stage_flow", &error);
	PG_RETURN_BYTEA_P(encode_flow(&ordered));
}

/* stage_flow_send(stage_flow) -> bytea; strict */
Datum
stage_flow_send(PG_FUNCTION_ARGS)
{
	struct varlena *v = crm_encoded_flow(PG_GETARG_DATUM(0));
	const char *data = VARDATA_ANY(v);
	CrmFlow		flow = crm_decode_flow(data, VARSIZE_ANY_EXHDR(v));
	const char *rest = data + CRM_FLOW_HEADER_SIZE;
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, data, CRM_FLOW_HEADER_SIZE);
	for (uint32 i = 0; i < flow.n_stages; i++)
	{
		CrmStage	stage = flow.stages[i];

		pq_sendint16(&message, stage.rank);
		crm_send_label(&message, stage.label, stage.label_len);
		rest = stage.label + stage.label_len;
	}
	pq_sendbytes(&message, rest,
				 (int) (data + VARSIZE_ANY_EXHDR(v) - rest));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* stage_flow_eq(stage_flow, stage_flow) -> boolean; strict, as are the three
 * below */
Datum
stage_flow_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
stage_flow_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
stage_flow_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
stage_flow_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}
