/*
 * funnel_definition_sql.c
 *		SQL functions of the type funnel_definition, and define_funnel.
 *
 * Stored as core's encoded form (funnel_definition.h) behind a varlena header.
 * crm_make_definition is the one way in: it checks what it encodes.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "datetime.h"
#include "funnel_sql.h"

PG_FUNCTION_INFO_V1(funnel_definition_in);
PG_FUNCTION_INFO_V1(funnel_definition_out);
PG_FUNCTION_INFO_V1(funnel_definition_recv);
PG_FUNCTION_INFO_V1(funnel_definition_send);
PG_FUNCTION_INFO_V1(funnel_definition_eq);
PG_FUNCTION_INFO_V1(funnel_definition_ne);
PG_FUNCTION_INFO_V1(funnel_definition_hash);
PG_FUNCTION_INFO_V1(funnel_definition_hash_extended);
PG_FUNCTION_INFO_V1(funnel_definition_to_jsonb);
PG_FUNCTION_INFO_V1(funnel_define);
PG_FUNCTION_INFO_V1(funnel_define_by_name);

/* Bytes of an encoded definition before its stages. */
#define DEFINITION_HEAD 10

/*----------
 * Values
 *----------
 */

/* The definition of a datum; labels point into the detoasted copy. */
static CrmFunnelDefinition *
get_definition(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmFunnelDefinition *definition = palloc(sizeof *definition);
	CrmError	error;

	if (!crm_funnel_definition_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v),
									  definition, &error))
		crm_corrupt("funnel_definition", &error);
	return definition;
}

bytea	   *
crm_make_definition(const CrmFunnelDefinition *d)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_funnel_definition_encode(d, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_funnel_definition_encode(d, &w);
	Assert(!w.failed);
	return v;
}

bool
crm_definition_labels_check(const CrmFunnelDefinition *d, CrmError *error)
{
	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
		if (!crm_check_controls(d->label[code], d->label_len[code], error))
			return false;
	return true;
}

/* funnel_definition_in(cstring) -> funnel_definition; strict */
Datum
funnel_definition_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	size_t		size = strlen(text);
	CrmJsonReader r = crm_json_reader(text, size, crm_utf8());
	CrmFunnelDefinition *d = palloc(sizeof *d);
	CrmError	error;
	bool		good = crm_funnel_definition_parse(&r, palloc(size + 1), d,
												   &error);

	if (good && crm_json_next(&r) != CRM_JSON_END)
		good = crm_fail(&error, CRM_ERROR_SYNTAX,
						"Something follows the object.", NULL);
	if (!good || !crm_definition_labels_check(d, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.funnel_definition", text,
					 &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(crm_make_definition(d));
}

/* funnel_definition_out(funnel_definition) -> cstring; strict */
Datum
funnel_definition_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(crm_funnel_definition_print,
									get_definition(PG_GETARG_DATUM(0))));
}

void
crm_send_definition(StringInfo message, const CrmFunnelDefinition *d)
{
	bytea	   *v = crm_make_definition(d);
	const char *bytes = VARDATA(v);
	size_t		at = DEFINITION_HEAD;

	pq_sendbytes(message, bytes, DEFINITION_HEAD);
	for (int code = 1; code <= crm_funnel_n_stages(d); code++)
	{
		pq_sendbyte(message, d->step[code]);
		crm_send_label(message, d->label[code], d->label_len[code]);
		at += 2 + d->label_len[code];
	}
	pq_sendbytes(message, bytes + at, (int) (VARSIZE(v) - VARHDRSZ - at));
}

bytea	   *
crm_receive_definition(StringInfo message)
{
	static const char type[] = "crmprob.funnel_definition";
	StringInfoData value;
	const char *head = crm_message_bytes(message, DEFINITION_HEAD, type);
	const char *rest;
	size_t		rest_size;
	int			n = 0;
	CrmFunnelDefinition *d = palloc(sizeof *d);
	CrmError	error;

	initStringInfo(&value);
	appendBinaryStringInfo(&value, head, DEFINITION_HEAD);
	for (int i = 4; i < DEFINITION_HEAD; i += 2)
		n += (uint8) head[i] << 8 | (uint8) head[i + 1];
	for (int i = 0; i < n; i++)
	{
		char		step = *crm_message_bytes(message, 1, type);
		CrmText		label = crm_receive_label(message, type);
		char		len = (char) label.len;

		appendBinaryStringInfo(&value, &step, 1);
		appendBinaryStringInfo(&value, &len, 1);
		appendBinaryStringInfo(&value, label.data, (int) label.len);
	}
	rest = crm_message_rest(message, &rest_size);
	appendBinaryStringInfo(&value, rest, (int) rest_size);
	if (!crm_funnel_definition_decode(value.data, (size_t) value.len, d,
									  &error))
		crm_bad_binary(type, &error);
	return crm_make_definition(d);
}

/* funnel_definition_recv(internal) -> funnel_definition; strict */
Datum
funnel_definition_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(crm_receive_definition((StringInfo) PG_GETARG_POINTER(0)));
}

/* funnel_definition_send(funnel_definition) -> bytea; strict */
Datum
funnel_definition_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	pq_begintypsend(&message);
	crm_send_definition(&message, get_definition(PG_GETARG_DATUM(0)));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* funnel_definition_eq(funnel_definition, funnel_definition) -> boolean;
 * strict, as are the three below */
Datum
funnel_definition_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
funnel_definition_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
funnel_definition_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
funnel_definition_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

/* jsonb(funnel_definition) -> jsonb, as the text form; strict */
Datum
funnel_definition_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(crm_funnel_definition_print,
										 get_definition(PG_GETARG_DATUM(0))));
}

/*----------
 * define_funnel
 *----------
 */

/* Positions of the arguments. */
enum
{
	ARG_PIPELINE, ARG_MODE, ARG_WITHIN, ARG_STEPS, ARG_EXCLUDE, ARG_OPTIONAL,
	ARG_WITHIN_STEP, ARG_TOLERANCE, ARG_ENTRY, ARG_REPEATS, ARG_COUNTING
};

/* The elements of an array argument; n is 0 for NULL. */
static Datum *
array_argument(FunctionCallInfo fcinfo, int argument, const char *name,
			   bool **nulls, int *n)
{
	ArrayType  *array;
	Datum	   *values;
	bool		is_text;

	*n = 0;
	if (PG_ARGISNULL(argument))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(argument);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" must be a one-dimensional array",
						name)));
	is_text = ARR_ELEMTYPE(array) == TEXTOID;
	deconstruct_array(array, ARR_ELEMTYPE(array), is_text ? -1 : 16, false,
					  is_text ? TYPALIGN_INT : TYPALIGN_DOUBLE,
					  &values, nulls, n);
	return values;
}

/* Codes of the stages that an argument names, each of which must exist. */
static int *
stage_codes(FunctionCallInfo fcinfo, int argument, const char *name,
			const CrmPipeline *p, const CrmFunnelDefinition *d, int *n)
{
	bool	   *nulls;
	Datum	   *values = array_argument(fcinfo, argument, name, &nulls, n);
	int		   *codes = palloc_array(int, Max(*n, 1));

	for (int i = 0; i < *n; i++)
	{
		text	   *label;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not contain null values",
							name)));
		label = DatumGetTextPP(values[i]);
		crm_pipeline_stage(p, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
		codes[i] = crm_funnel_stage(d, VARDATA_ANY(label),
									VARSIZE_ANY_EXHDR(label));
	}
	return codes;
}

static char *
label_of(const CrmFunnelDefinition *d, int code)
{
	return pnstrdup(d->label[code], d->label_len[code]);
}

static void
set_steps(FunctionCallInfo fcinfo, const CrmPipeline *p,
		  CrmFunnelDefinition *d)
{
	int			n;
	int		   *codes = stage_codes(fcinfo, ARG_STEPS, "steps", p, d, &n);
	CrmError	error;

	if (PG_ARGISNULL(ARG_STEPS))
	{
		if (!crm_funnel_default_steps(d, &error))
			crm_bad_argument("funnel definition", &error);
		return;
	}
	if (n < 1 || n > CRM_FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(n < 1 ? ERRCODE_INVALID_PARAMETER_VALUE :
						 ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel must have 1 to %d steps, not %d",
						CRM_FUNNEL_MAX_STEPS, n)));
	for (int i = 0; i < n; i++)
	{
		if (codes[i] > d->n_open + d->n_won)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("lost stage \"%s\" cannot be a step",
							label_of(d, codes[i])),
					 errdetail("Losing a deal is an exit from the funnel."),
					 errhint("Lost stages can be listed in \"exclude\".")));
		if (d->step[codes[i]] != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("stage \"%s\" is a step twice",
							label_of(d, codes[i]))));
		d->step[codes[i]] = (uint8) (i + 1);
	}
	d->n_steps = (uint8) n;
}

/* Stages named in "optional" and "exclude", once the steps are known. */
static void
set_roles(FunctionCallInfo fcinfo, const CrmPipeline *p,
		  CrmFunnelDefinition *d)
{
	int			n;
	int		   *codes = stage_codes(fcinfo, ARG_OPTIONAL, "optional", p, d, &n);

	for (int i = 0; i < n; i++)
	{
		if (d->step[codes[i]] == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("optional stage \"%s\" is not a step",
							label_of(d, codes[i]))));
		d->optional |= CRM_STEP_BIT(d->step[codes[i]]);
	}
	codes = stage_codes(fcinfo, ARG_EXCLUDE, "exclude", p, d, &n);
	for (int i = 0; i < n; i++)
	{
		if (d->step[codes[i]] != 0 && d->step[codes[i]] != CRM_STEP_EXCLUDED)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("excluded stage \"%s\" is a step",
							label_of(d, codes[i])),
					 errhint("Choose the steps with \"steps\".")));
		d->step[codes[i]] = CRM_STEP_EXCLUDED;
	}
}

/* One window for each step but the first, or for each with the first NULL. */
static void
set_gaps(FunctionCallInfo fcinfo, CrmFunnelDefinition *d)
{
	bool	   *nulls;
	int			n;
	Datum	   *values = array_argument(fcinfo, ARG_WITHIN_STEP, "within_step",
										&nulls, &n);
	int			first = n == d->n_steps ? 1 : 2;

	if (n == 0)
		return;
	if (n != d->n_steps && n != d->n_steps - 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"within_step\" has %d windows for %d steps", n,
						d->n_steps),
				 errhint("Give one for each step after the first, from the step before it; NULL is no limit.")));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		d->gap[first + i] = crm_window(DatumGetIntervalP(values[i]),
									   "within_step");
		d->has_gaps = true;
	}
}

/* Whole microseconds make every range one with an open upper end. */
static void
set_entry(FunctionCallInfo fcinfo, CrmFunnelDefinition *d)
{
	RangeType  *range = PG_GETARG_RANGE_P(ARG_ENTRY);
	RangeBound	low;
	RangeBound	high;
	bool		empty;

	range_deserialize(lookup_type_cache(RangeTypeGetOid(range),
										TYPECACHE_RANGE_INFO),
					  range, &low, &high, &empty);
	if (empty)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("range of entry times must not be empty")));
	d->has_low = !low.infinite &&
		!TIMESTAMP_IS_NOBEGIN(DatumGetTimestampTz(low.val));
	d->has_high = !high.infinite &&
		!TIMESTAMP_IS_NOEND(DatumGetTimestampTz(high.val));
	if (d->has_low)
		d->entry_low = DatumGetTimestampTz(low.val) + (low.inclusive ? 0 : 1);
	if (d->has_high)
		d->entry_high = DatumGetTimestampTz(high.val) +
			(high.inclusive ? 1 : 0);
}

static int
word_argument(FunctionCallInfo fcinfo, int argument, const char *name,
			  const char *const *words)
{
	text	   *word;
	int			number;
	StringInfoData list;

	if (PG_ARGISNULL(argument))
		return 0;
	word = PG_GETARG_TEXT_PP(argument);
	number = crm_funnel_word(words, VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word));
	if (number >= 0)
		return number;
	initStringInfo(&list);
	for (int i = 0; words[i] != NULL; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", words[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s \"%s\"", name,
					crm_clip(text_to_cstring(word))),
			 errhint("Valid values are %s.", list.data)));
	return 0;
}

static void
set_pipeline(CrmFunnelDefinition *d, const CrmPipeline *p)
{
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	stage;

	crm_funnel_definition_init(d);
	d->n_open = p->n_open;
	d->n_won = p->n_won;
	d->n_lost = p->n_lost;
	while (crm_pipeline_next(&c, &stage))
	{
		d->step[c.position] = 0;
		d->label[c.position] = stage.label;
		d->label_len[c.position] = stage.label_len;
	}
}

static bytea *
define(FunctionCallInfo fcinfo, const CrmPipeline *p)
{
	CrmFunnelDefinition *d = palloc(sizeof *d);
	CrmError	error;

	set_pipeline(d, p);
	d->mode = (uint8) word_argument(fcinfo, ARG_MODE, "mode", crm_funnel_modes);
	d->rows = word_argument(fcinfo, ARG_REPEATS, "repeats",
							crm_funnel_repeats) == 1;
	d->entries = word_argument(fcinfo, ARG_COUNTING, "counting",
							   crm_funnel_counting) == 1;
	set_steps(fcinfo, p, d);
	set_roles(fcinfo, p, d);
	if (!PG_ARGISNULL(ARG_WITHIN))
		d->within = crm_window(PG_GETARG_INTERVAL_P(ARG_WITHIN), "within");
	if (!PG_ARGISNULL(ARG_TOLERANCE))
		d->tolerance = crm_window(PG_GETARG_INTERVAL_P(ARG_TOLERANCE),
								  "tolerance");
	set_gaps(fcinfo, d);
	if (!PG_ARGISNULL(ARG_ENTRY))
		set_entry(fcinfo, d);
	if (!crm_funnel_definition_check(d, &error))
		crm_bad_argument("funnel definition", &error);
	return crm_make_definition(d);
}

/*
 * define_funnel(pipeline, mode text, within interval, steps text[], exclude
 * text[], optional text[], within_step interval[], tolerance interval, entry
 * tstzrange, repeats text, counting text) -> funnel_definition; not strict: a
 * NULL pipeline gives NULL, a NULL option its default
 */
Datum
funnel_define(PG_FUNCTION_ARGS)
{
	CrmPipeline p;

	if (PG_ARGISNULL(ARG_PIPELINE))
		PG_RETURN_NULL();
	p = PG_GETARG_CRM_PIPELINE(ARG_PIPELINE);
	PG_RETURN_BYTEA_P(define(fcinfo, &p));
}

/* define_funnel(pipeline_name text, ...) -> funnel_definition; as above */
Datum
funnel_define_by_name(PG_FUNCTION_ARGS)
{
	text	   *name;
	CrmPipeline p;

	if (PG_ARGISNULL(ARG_PIPELINE))
		PG_RETURN_NULL();
	name = PG_GETARG_TEXT_PP(ARG_PIPELINE);
	p = DatumGetCrmPipeline(crm_pipeline_by_name(&fcinfo->flinfo->fn_extra,
												 fcinfo->flinfo->fn_mcxt,
												 VARDATA_ANY(name),
												 VARSIZE_ANY_EXHDR(name)));
	PG_RETURN_BYTEA_P(define(fcinfo, &p));
}

/*----------
 * Use
 *----------
 */

/* Tells one definition that a call has seen from the next. */
static uint64 last_serial = 0;

static void
free_events(CrmFunnelCall *call)
{
	call->event_room = 0;
	if (call->events != NULL)
		pfree(call->events);
	call->events = NULL;
	if (call->scratch != NULL)
		pfree(call->scratch);
	call->scratch = NULL;
}

static void
remember_definition(CrmFunnelCall *call, const char *bytes, size_t size)
{
	CrmError	error;

	call->size = 0;
	if (call->bytes != NULL)
		pfree(call->bytes);
	call->bytes = NULL;
	call->bytes = MemoryContextAlloc(call->context, size);
	memcpy(call->bytes, bytes, size);
	if (!crm_funnel_definition_decode(call->bytes, size, &call->definition,
									  &error))
		crm_corrupt("funnel_definition", &error);
	crm_funnel_compile(&call->definition, &call->program);
	free_events(call);
	call->program.rule.pause = crm_pause;
	call->dictionary = 0;
	call->size = size;
	call->serial = ++last_serial;
}

CrmFunnelCall *
crm_funnel_call(FunctionCallInfo fcinfo, Datum definition)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(definition);
	CrmFunnelCall *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof *call);
		call->context = fcinfo->flinfo->fn_mcxt;
		fcinfo->flinfo->fn_extra = call;
	}
	if (call->size != VARSIZE_ANY_EXHDR(v) ||
		memcmp(call->bytes, VARDATA_ANY(v), call->size) != 0)
		remember_definition(call, VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
	if ((Pointer) v != DatumGetPointer(definition))
		pfree(v);
	return call;
}

void
crm_funnel_call_room(CrmFunnelCall *call, size_t n_events)
{
	uint32		room;

	if (n_events <= call->event_room)
		return;
	if (n_events > CRM_MATCH_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("deal has more than %u events",
						CRM_MATCH_MAX_EVENTS)));
	room = (uint32) Min(2 * n_events, CRM_MATCH_MAX_EVENTS);
	free_events(call);
	call->events = MemoryContextAlloc(call->context, room * sizeof(CrmEvent));
	if (call->program.rule.tolerance > 0)
		call->scratch = MemoryContextAlloc(call->context,
										   room * sizeof(CrmEvent));
	call->event_room = room;
}

static void
make_codes(CrmFunnelCall *call, const uint8 *stages, uint32 n_stages)
{
	call->dictionary = 0;
	if (n_stages > call->stage_room)
	{
		call->stage_room = 0;
		if (call->codes != NULL)
			pfree(call->codes);
		call->codes = NULL;
		call->codes = MemoryContextAlloc(call->context,
										 2 * n_stages * sizeof(uint16));
		call->stage_room = 2 * n_stages;
	}
	crm_funnel_codes(&call->definition, stages, n_stages, call->codes);
}

CrmFunnelDeal
crm_funnel_call_deal(CrmFunnelCall *call, Datum journey)
{
	const CrmJourneyState *s = crm_journey_object_state(journey);
	CrmFunnelDeal deal = {0};

	if (s != NULL)
	{
		if (call->dictionary != s->dictionary)
			make_codes(call, crm_journey_state_stages(s), s->n_stages);
		call->dictionary = s->dictionary;
		crm_funnel_call_room(call, s->n_events);
		deal.ignored = s->ignored;
		deal.amount = crm_funnel_state_events(s, call->codes, call->events,
											  &deal.n_events, &deal.unknown,
											  crm_pause);
	}
	else
	{
		CrmJourney	j = DatumGetCrmJourney(journey);

		make_codes(call, j.stages, j.n_stages);
		crm_funnel_call_room(call, j.n_events);
		deal.ignored = j.ignored;
		deal.amount = crm_funnel_events(&j, call->codes, call->events,
										&deal.n_events, &deal.unknown,
										crm_pause);
	}
	CHECK_FOR_INTERRUPTS();
	deal.n_events = crm_match_prepare(&call->program.rule, call->events,
									  deal.n_events, call->scratch);
	return deal;
}
