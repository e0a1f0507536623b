/*
 * stage_sql.c
 *		SQL functions of the type stage.
 *
 * Stored as core's encoded form (stage.h) behind a varlena header of one or
 * four bytes; DatumGetCrmStage is the only reader of those bytes.
 */
#include "compat.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "crmprob.h"

PG_FUNCTION_INFO_V1(stage_in);
PG_FUNCTION_INFO_V1(stage_out);
PG_FUNCTION_INFO_V1(stage_recv);
PG_FUNCTION_INFO_V1(stage_send);
PG_FUNCTION_INFO_V1(stage_to_jsonb);
PG_FUNCTION_INFO_V1(stage_eq);
PG_FUNCTION_INFO_V1(stage_ne);
PG_FUNCTION_INFO_V1(stage_lt);
PG_FUNCTION_INFO_V1(stage_le);
PG_FUNCTION_INFO_V1(stage_gt);
PG_FUNCTION_INFO_V1(stage_ge);
PG_FUNCTION_INFO_V1(stage_cmp);
PG_FUNCTION_INFO_V1(stage_hash);
PG_FUNCTION_INFO_V1(stage_hash_extended);
PG_FUNCTION_INFO_V1(stage_ordinal);
PG_FUNCTION_INFO_V1(stage_label);
PG_FUNCTION_INFO_V1(stage_outcome);
PG_FUNCTION_INFO_V1(stage_is_open);
PG_FUNCTION_INFO_V1(stage_is_won);
PG_FUNCTION_INFO_V1(stage_is_lost);
PG_FUNCTION_INFO_V1(stage_is_closed);

CrmStage
DatumGetCrmStage(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmStage	stage;
	CrmError	error;

	if (!crm_stage_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &stage,
						  &error))
		crm_corrupt("stage", &error);
	return stage;
}

bytea	   *
crm_make_stage(CrmStage stage)
{
	size_t		size = CRM_STAGE_HEADER_SIZE + stage.label_len;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_stage_encode(stage, &w);
	Assert(!w.failed && w.at == size);
	return v;
}

/* stage_in(cstring) -> stage; strict */
Datum
stage_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	CrmStage	stage;
	CrmError	error;

	if (!crm_stage_parse(text, strlen(text), &stage, &error) ||
		!crm_check_controls(stage.label, stage.label_len, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.stage", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(crm_make_stage(stage));
}

/* stage_out(stage) -> cstring; strict */
Datum
stage_out(PG_FUNCTION_ARGS)
{
	char	   *text = palloc(CRM_STAGE_MAX_TEXT + 1);
	size_t		n = crm_stage_text(PG_GETARG_CRM_STAGE(0), text);

	text[n] = '\0';
	PG_RETURN_CSTRING(text);
}

/*
 * stage_recv(internal) -> stage; strict.  The label travels as text, so it is
 * converted from the client's encoding and verified.
 */
Datum
stage_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	CrmText		label;
	StringInfoData value;
	const char *rest;
	size_t		size;
	CrmStage	stage;
	CrmError	error;

	rest = crm_message_rest(message, &size);
	initStringInfo(&value);
	appendBinaryStringInfo(&value, rest, Min(size, CRM_STAGE_HEADER_SIZE));
	if (size > CRM_STAGE_HEADER_SIZE)
	{
		label.data = rest + CRM_STAGE_HEADER_SIZE;
		label.len = size - CRM_STAGE_HEADER_SIZE;
		label = crm_server_text(label);
		appendBinaryStringInfo(&value, label.data, label.len);
	}
	if (!crm_stage_decode(value.data, value.len, &stage, &error) ||
		!crm_check_controls(stage.label, stage.label_len, &error))
		crm_bad_binary("crmprob.stage", &error);
	PG_RETURN_BYTEA_P(crm_make_stage(stage));
}

/* stage_send(stage) -> bytea; strict */
Datum
stage_send(PG_FUNCTION_ARGS)
{
	CrmStage	stage = PG_GETARG_CRM_STAGE(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint8(&message, CRM_STAGE_FORMAT);
	pq_sendint16(&message, stage.rank);
	pq_sendtext(&message, stage.label, stage.label_len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	const CrmStage *stage = value;
	const char *outcome = crm_stage_outcome(*stage);

	crm_json_open(w, '{');
	if (crm_stage_is_open(*stage))
	{
		crm_json_key(w, "ordinal");
		crm_json_put_int(w, stage->rank);
	}
	crm_json_key(w, "label");
	crm_json_put_string(w, stage->label, stage->label_len);
	crm_json_key(w, "outcome");
	crm_json_put_string(w, outcome, strlen(outcome));
	crm_json_close(w, '}');
}

/* jsonb(stage) -> jsonb {"ordinal", "label", "outcome"}; strict */
Datum
stage_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmStage	stage = PG_GETARG_CRM_STAGE(0);

	return crm_jsonb_datum(crm_json_text(print_json, &stage));
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	struct varlena *b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	int			c = crm_stage_compare(DatumGetCrmStage(PointerGetDatum(a)),
									  DatumGetCrmStage(PointerGetDatum(b)));

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return c;
}

/* stage_eq(stage, stage) -> boolean; strict, as are the five below */
Datum
stage_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
stage_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
stage_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
stage_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
stage_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
stage_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* stage_cmp(stage, stage) -> integer; strict */
Datum
stage_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* stage_hash(stage) -> integer; strict */
Datum
stage_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

/* stage_hash_extended(stage, seed bigint) -> bigint; strict */
Datum
stage_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

/* ordinal(stage) -> integer; strict, NULL at the won and lost ends */
Datum
stage_ordinal(PG_FUNCTION_ARGS)
{
	CrmStage	stage = PG_GETARG_CRM_STAGE(0);

	if (!crm_stage_is_open(stage))
		PG_RETURN_NULL();
	PG_RETURN_INT32(stage.rank);
}

/* label(stage) -> text; strict */
Datum
stage_label(PG_FUNCTION_ARGS)
{
	CrmStage	stage = PG_GETARG_CRM_STAGE(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(stage.label, stage.label_len));
}

/* outcome(stage) -> text 'open', 'won' or 'lost'; strict */
Datum
stage_outcome(PG_FUNCTION_ARGS)
{
	return crm_word_datum(crm_stage_outcome(PG_GETARG_CRM_STAGE(0)));
}

/* is_open(stage) -> boolean; strict, as are the three below */
Datum
stage_is_open(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_stage_is_open(PG_GETARG_CRM_STAGE(0)));
}

Datum
stage_is_won(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRM_STAGE(0).rank == CRM_STAGE_WON);
}

Datum
stage_is_lost(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRM_STAGE(0).rank == CRM_STAGE_LOST);
}

Datum
stage_is_closed(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_stage_is_open(PG_GETARG_CRM_STAGE(0)));
}
