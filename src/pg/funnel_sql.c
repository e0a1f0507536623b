/*
 * funnel_sql.c
 *		SQL functions of the type funnel: input and output, the aggregate over
 *		journeys, rollup, and the readers.
 *
 * The aggregates edit a state in place (funnel.h); every reader here encodes a
 * state first.  The definition is part of the state: each row's must equal it.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "datetime.h"
#include "funnel_sql.h"

PG_FUNCTION_INFO_V1(funnel_in);
PG_FUNCTION_INFO_V1(funnel_out);
PG_FUNCTION_INFO_V1(funnel_recv);
PG_FUNCTION_INFO_V1(funnel_send);
PG_FUNCTION_INFO_V1(funnel_eq);
PG_FUNCTION_INFO_V1(funnel_ne);
PG_FUNCTION_INFO_V1(funnel_hash);
PG_FUNCTION_INFO_V1(funnel_hash_extended);
PG_FUNCTION_INFO_V1(funnel_to_jsonb);
PG_FUNCTION_INFO_V1(funnel_add);
PG_FUNCTION_INFO_V1(funnel_merge);
PG_FUNCTION_INFO_V1(funnel_final);
PG_FUNCTION_INFO_V1(funnel_definition_of);
PG_FUNCTION_INFO_V1(funnel_n_deals);
PG_FUNCTION_INFO_V1(funnel_n_entries);
PG_FUNCTION_INFO_V1(funnel_n_ignored);
PG_FUNCTION_INFO_V1(funnel_n_unknown);
PG_FUNCTION_INFO_V1(funnel_level);
PG_FUNCTION_INFO_V1(funnel_step_times);

/* Cells that a new state has room for. */
#define FIRST_CELLS 48

/* Bytes of an encoded funnel before its definition: format and size. */
#define FUNNEL_HEAD 5

/*----------
 * States
 *----------
 */

static CrmFunnelState *
new_state(const void *definition, size_t definition_size, int n_steps,
		  bool has_days, uint64 n_cells)
{
	uint32		room = crm_funnel_room(n_cells);
	size_t		size;
	CrmFunnelState *s;

	if (room == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel is too large"),
				 errdetail("A funnel has at most %u cells.",
						   CRM_FUNNEL_MAX_CELLS)));
	size = crm_funnel_state_size(definition_size, n_steps, room);
	s = palloc(size);
	SET_VARSIZE(s, size);
	crm_funnel_state_init(s, definition, definition_size, n_steps, has_days,
						  room);
	return s;
}

/* The state with room for more cells: itself, or a larger copy. */
static CrmFunnelState *
make_room(CrmFunnelState *s, uint64 more)
{
	CrmFunnelState *larger;

	if (crm_funnel_state_fits(s, more))
		return s;
	larger = new_state(crm_funnel_state_definition(s), s->definition_size,
					   s->n_steps, s->has_days, s->n_cells + more);
	crm_funnel_state_move(s, larger);
	return larger;
}

bytea	   *
crm_funnel_encode_state(const CrmFunnelState *s)
{
	CrmCell    *cells = palloc_array(CrmCell, Max(s->n_cells, 1));
	size_t		size = crm_funnel_prepare(s, cells);
	bytea	   *v = crm_new_value(size);

	crm_funnel_encode(s, cells, VARDATA(v), size);
	pfree(cells);
	return v;
}

static bool
is_state(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 &&
		CRM_FORMAT_BYTE(v) == CRM_FUNNEL_STATE_FORMAT;
}

CrmFunnelValue *
DatumGetCrmFunnel(Datum d)
{
	CrmFunnelValue *f = palloc(sizeof *f);
	CrmError	error;

	f->bytes = PG_DETOAST_DATUM_PACKED(d);
	if (is_state(f->bytes))
		f->bytes = (struct varlena *) crm_funnel_encode_state((CrmFunnelState *) PG_DETOAST_DATUM(PointerGetDatum(f->bytes)));
	if (!crm_funnel_decode(VARDATA_ANY(f->bytes), VARSIZE_ANY_EXHDR(f->bytes),
						   &f->funnel, &f->definition, &error))
		crm_corrupt("funnel", &error);
	return f;
}

static void
free_funnel(CrmFunnelValue *f, Datum d)
{
	if ((Pointer) f->bytes != DatumGetPointer(d))
		pfree(f->bytes);
	pfree(f);
}

char	   *
crm_name_list(const char *const *names, int n)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
	return list.data;
}

/* Funnels of different definitions do not add up: say what differs. */
void
crm_funnel_require_definition(const void *first, size_t first_size,
							  const void *bytes, size_t size)
{
	CrmFunnelDefinition *a;
	CrmFunnelDefinition *b;
	const char *names[CRM_FUNNEL_PARTS];
	int			n;
	CrmError	error;

	if (first_size == size && memcmp(first, bytes, size) == 0)
		return;
	a = palloc(sizeof *a);
	b = palloc(sizeof *b);
	if (!crm_funnel_definition_decode(first, first_size, a, &error) ||
		!crm_funnel_definition_decode(bytes, size, b, &error))
		crm_corrupt("funnel_definition", &error);
	n = crm_funnel_differences(a, b, names);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("funnels of different definitions cannot be added up"),
			 n > 0 ? errdetail("They differ in %s.", crm_name_list(names, n)) :
			 errdetail("They differ in \"%s\".", "format"),
			 errhint("Group by the definition.")));
}

static void
require_definition(const CrmFunnelState *s, const void *bytes, size_t size)
{
	crm_funnel_require_definition(crm_funnel_state_definition(s),
								  s->definition_size, bytes, size);
}

static void
refuse_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count or sum of a funnel is out of range")));
}

static CrmFunnelState *
merge_funnel(CrmFunnelState *s, const CrmFunnelValue *f)
{
	if (s == NULL)
		s = new_state(f->funnel.definition, f->funnel.definition_size,
					  f->funnel.n_steps, f->funnel.has_days,
					  f->funnel.n_cells + FIRST_CELLS);
	else
		require_definition(s, f->funnel.definition,
						   f->funnel.definition_size);
	s = make_room(s, f->funnel.n_cells);
	if (!crm_funnel_state_merge(s, &f->funnel))
		refuse_overflow();
	return s;
}

/* The state argument for editing; an encoded one is taken apart first. */
static CrmFunnelState *
state_argument(FunctionCallInfo fcinfo)
{
	Datum		d;

	if (PG_ARGISNULL(0))
		return NULL;
	d = PG_GETARG_DATUM(0);
	if (is_state((struct varlena *) DatumGetPointer(d)))
		return (CrmFunnelState *) DatumGetPointer(d);
	return merge_funnel(NULL, DatumGetCrmFunnel(d));
}

CrmFunnelState *
crm_funnel_new_state(const CrmFunnelCall *call)
{
	return new_state(call->bytes, call->size, call->definition.n_steps,
					 call->definition.within != CRM_NO_LIMIT, FIRST_CELLS);
}

/* The entries that the call's n events make, which are prepared. */
CrmFunnelState *
crm_funnel_add_entries(CrmFunnelState *s, CrmFunnelCall *call, size_t n,
					   int64 amount)
{
	size_t		next = 0;

	while (crm_match_next(&call->program.rule, call->events, n, &next,
						  &call->work, &call->match))
	{
		s = make_room(s, CRM_FUNNEL_ENTRY_CELLS(s->n_steps));
		if (!crm_funnel_state_add(s, &call->match, amount))
			crm_refuse_interval();
	}
	return s;
}

/* Everything that one journey brings. */
static CrmFunnelState *
add_journey(CrmFunnelState *s, CrmFunnelCall *call, Datum journey)
{
	CrmFunnelDeal deal = crm_funnel_call_deal(call, journey);

	s->counts.ignored += deal.ignored;
	s->counts.unknown += deal.unknown;
	s->counts.deals += deal.n_events > 0;
	return crm_funnel_add_entries(s, call, deal.n_events, deal.amount);
}

/*
 * funnel_add(funnel, journey, funnel_definition) -> funnel; not strict: a NULL
 * journey adds nothing, a NULL definition is an error
 */
Datum
funnel_add(PG_FUNCTION_ARGS)
{
	CrmFunnelState *s;
	CrmFunnelCall *call;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("funnel definition must not be null")));
	call = crm_funnel_call(fcinfo, PG_GETARG_DATUM(2));
	s = state_argument(fcinfo);
	if (s == NULL)
		s = crm_funnel_new_state(call);
	else
		require_definition(s, call->bytes, call->size);
	PG_RETURN_POINTER(add_journey(s, call, PG_GETARG_DATUM(1)));
}

/*
 * funnel_merge(funnel, funnel) -> funnel: the combine function, and the
 * transition of rollup; not strict: NULL adds nothing
 */
Datum
funnel_merge(PG_FUNCTION_ARGS)
{
	CrmFunnelState *s;
	CrmFunnelValue *f;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	f = PG_GETARG_CRM_FUNNEL(1);
	s = merge_funnel(state_argument(fcinfo), f);
	free_funnel(f, PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(s);
}

/* The encoded form of a datum that may be a state. */
static struct varlena *
canonical(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);

	if (!is_state(v))
		return v;
	return (struct varlena *) crm_funnel_encode_state((CrmFunnelState *) PG_DETOAST_DATUM(PointerGetDatum(v)));
}

/* funnel_final(funnel) -> funnel: the encoded form; strict, reads only */
Datum
funnel_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical(PG_GETARG_DATUM(0)));
}

/*----------
 * Input and output
 *----------
 */

/* funnel_in(cstring) -> funnel; strict */
Datum
funnel_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	size_t		size = strlen(text);
	CrmJsonReader r = crm_json_reader(text, size, crm_utf8());
	CrmFunnelValue *f = palloc(sizeof *f);
	CrmFunnelStep *steps = palloc0((CRM_FUNNEL_MAX_STEPS + 1) *
								   sizeof(CrmFunnelStep));
	CrmCell    *cells = palloc_extended(mul_size(size / CRM_FUNNEL_CELL_TEXT + 1,
												 sizeof(CrmCell)),
										MCXT_ALLOC_HUGE);
	CrmFunnelParts parts;
	CrmError	error;
	bool		good;

	r.pause = crm_pause;
	good = crm_funnel_parse(&r, palloc(size + 1), &f->definition, &parts,
							steps, cells, &error) &&
		crm_definition_labels_check(&f->definition, &error);
	if (good)
	{
		bytea	   *definition = crm_make_definition(&f->definition);
		CrmWriter	w = crm_writer(NULL, 0);

		parts.definition = VARDATA(definition);
		parts.definition_size = VARSIZE(definition) - VARHDRSZ;
		crm_funnel_put(&w, &parts);
		f->bytes = (struct varlena *) crm_new_value(w.at);
		w = crm_writer(VARDATA(f->bytes), w.at);
		crm_funnel_put(&w, &parts);
		good = crm_funnel_decode(VARDATA(f->bytes),
								 VARSIZE(f->bytes) - VARHDRSZ, &f->funnel,
								 &f->definition, &error);
	}
	if (!good)
	{
		crm_bad_text(fcinfo->context, "crmprob.funnel", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P((bytea *) f->bytes);
}

static char *
funnel_json(FunctionCallInfo fcinfo)
{
	CrmFunnelValue *f = PG_GETARG_CRM_FUNNEL(0);
	CrmFunnelText t = {&f->funnel, &f->definition};

	return crm_json_text(crm_funnel_print, &t);
}

/* funnel_out(funnel) -> cstring; strict */
Datum
funnel_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(funnel_json(fcinfo));
}

/* jsonb(funnel) -> jsonb, as the text form; strict */
Datum
funnel_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(funnel_json(fcinfo));
}

/*
 * funnel_recv(internal) -> funnel; strict.  As stored, but that the labels of
 * the definition are in the client's encoding and its size is that on the wire.
 */
Datum
funnel_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	CrmReader	head = crm_reader(crm_message_bytes(message, FUNNEL_HEAD,
													"crmprob.funnel"),
								  FUNNEL_HEAD);
	uint8		format = crm_get_u8(&head);
	uint32		size = crm_get_u32(&head);
	StringInfoData part;
	bytea	   *definition;
	const char *rest;
	size_t		rest_size;
	CrmFunnelValue *f = palloc(sizeof *f);
	CrmWriter	w;
	CrmError	error;

	initStringInfo(&part);
	appendBinaryStringInfo(&part, crm_message_bytes(message, size,
													"crmprob.funnel"),
						   (int) size);
	definition = crm_receive_definition(&part);
	rest = crm_message_rest(message, &rest_size);
	size = VARSIZE(definition) - VARHDRSZ;
	f->bytes = (struct varlena *) crm_new_value(FUNNEL_HEAD + size + rest_size);
	w = crm_writer(VARDATA(f->bytes), FUNNEL_HEAD + size + rest_size);
	crm_put_u8(&w, format);
	crm_put_u32(&w, size);
	crm_put_bytes(&w, VARDATA(definition), size);
	crm_put_bytes(&w, rest, rest_size);
	if (!crm_funnel_decode(VARDATA(f->bytes), w.at, &f->funnel,
						   &f->definition, &error))
		crm_bad_binary("crmprob.funnel", &error);
	PG_RETURN_BYTEA_P((bytea *) f->bytes);
}

/* funnel_send(funnel) -> bytea; strict */
Datum
funnel_send(PG_FUNCTION_ARGS)
{
	CrmFunnelValue *f = PG_GETARG_CRM_FUNNEL(0);
	size_t		head = FUNNEL_HEAD + f->funnel.definition_size;
	StringInfoData definition;
	StringInfoData message;

	initStringInfo(&definition);
	crm_send_definition(&definition, &f->definition);
	pq_begintypsend(&message);
	pq_sendint8(&message, CRM_FUNNEL_FORMAT);
	pq_sendint32(&message, definition.len);
	pq_sendbytes(&message, definition.data, definition.len);
	pq_sendbytes(&message, VARDATA_ANY(f->bytes) + head,
				 (int) (VARSIZE_ANY_EXHDR(f->bytes) - head));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* funnel_eq(funnel, funnel) -> boolean; strict, as are the three below */
Datum
funnel_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
funnel_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
funnel_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
funnel_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Readers
 *----------
 */

/* definition(funnel) -> funnel_definition; strict */
Datum
funnel_definition_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(crm_make_definition(&PG_GETARG_CRM_FUNNEL(0)->definition));
}

/* n_deals(funnel) -> bigint: with at least one event; strict, as are all */
Datum
funnel_n_deals(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FUNNEL(0)->funnel.counts.deals);
}

Datum
funnel_n_entries(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FUNNEL(0)->funnel.counts.entries);
}

Datum
funnel_n_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FUNNEL(0)->funnel.counts.ignored);
}

Datum
funnel_n_unknown(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FUNNEL(0)->funnel.counts.unknown);
}

/* The entry of a journey that came furthest, the first of equals. */
static bool
best_entry(CrmFunnelCall *call, Datum journey, CrmMatch *best)
{
	size_t		n = crm_funnel_call_deal(call, journey).n_events;
	size_t		next = 0;
	bool		found = false;

	while (crm_match_next(&call->program.rule, call->events, n, &next,
						  &call->work, &call->match))
	{
		if (!found || call->match.level > best->level)
			*best = call->match;
		found = true;
	}
	return found;
}

/*
 * funnel_level(journey, funnel_definition) -> integer: how far the deal came;
 * strict, 0 where it did not enter
 */
Datum
funnel_level(PG_FUNCTION_ARGS)
{
	CrmMatch	best;

	if (!best_entry(crm_funnel_call(fcinfo, PG_GETARG_DATUM(1)),
					PG_GETARG_DATUM(0), &best))
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(best.level);
}

/*
 * step_times(journey, funnel_definition) -> interval[]: for each step the time
 * from the step before it, NULL where one of the two has no time; strict
 */
Datum
funnel_step_times(PG_FUNCTION_ARGS)
{
	CrmFunnelCall *call = crm_funnel_call(fcinfo, PG_GETARG_DATUM(1));
	int			n = call->definition.n_steps;
	Datum		values[CRM_FUNNEL_MAX_STEPS];
	bool		nulls[CRM_FUNNEL_MAX_STEPS];
	int			low = 1;
	CrmMatch	best;
	bool		found = best_entry(call, PG_GETARG_DATUM(0), &best);

	for (int step = 1; step <= n; step++)
	{
		int64		time;

		nulls[step - 1] = !found || !crm_match_step_time(&best, step, &time);
		if (!nulls[step - 1])
			values[step - 1] = IntervalPGetDatum(crm_make_interval(time));
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &low,
											 INTERVALOID, 16, false,
											 TYPALIGN_DOUBLE));
}
