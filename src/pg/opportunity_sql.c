/*
 * opportunity_sql.c
 *		SQL functions of the type opportunity.
 *
 * Stored as core's encoded form (opportunity.h) behind a varlena header;
 * DatumGetCrmOpportunity is the only reader of those bytes.
 */
#include "compat.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "crmprob.h"

PG_FUNCTION_INFO_V1(opportunity_in);
PG_FUNCTION_INFO_V1(opportunity_out);
PG_FUNCTION_INFO_V1(opportunity_recv);
PG_FUNCTION_INFO_V1(opportunity_send);
PG_FUNCTION_INFO_V1(opportunity_eq);
PG_FUNCTION_INFO_V1(opportunity_ne);
PG_FUNCTION_INFO_V1(opportunity_hash);
PG_FUNCTION_INFO_V1(opportunity_hash_extended);
PG_FUNCTION_INFO_V1(opportunity_to_jsonb);
PG_FUNCTION_INFO_V1(opportunity_make);
PG_FUNCTION_INFO_V1(opportunity_stage);
PG_FUNCTION_INFO_V1(opportunity_amount);
PG_FUNCTION_INFO_V1(opportunity_created_at);
PG_FUNCTION_INFO_V1(opportunity_close_date);
PG_FUNCTION_INFO_V1(opportunity_probability);
PG_FUNCTION_INFO_V1(opportunity_modified_at);
PG_FUNCTION_INFO_V1(opportunity_owner);
PG_FUNCTION_INFO_V1(opportunity_customer);
PG_FUNCTION_INFO_V1(opportunity_product);
PG_FUNCTION_INFO_V1(opportunity_feedback);
PG_FUNCTION_INFO_V1(opportunity_expected_value);
PG_FUNCTION_INFO_V1(opportunity_category);

CrmOpportunity
DatumGetCrmOpportunity(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmOpportunity o;
	CrmError	error;

	if (!crm_opportunity_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &o,
								&error))
		crm_corrupt("opportunity", &error);
	return o;
}

bytea	   *
crm_make_opportunity(const CrmOpportunity *o)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_opportunity_encode(o, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_opportunity_encode(o, &w);
	Assert(!w.failed && w.at == VARSIZE(v) - VARHDRSZ);
	return v;
}

/* opportunity_in(cstring) -> opportunity; strict */
Datum
opportunity_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	size_t		len = strlen(text);
	char	   *scratch = palloc(len + 1);
	CrmOpportunity o;
	CrmError	error;

	if (!crm_opportunity_parse(text, len, crm_utf8(), &crm_float_text, scratch,
							   &o, &error) ||
		!crm_check_controls(o.stage.label, o.stage.label_len, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.opportunity", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(crm_make_opportunity(&o));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_opportunity_print(value, &crm_float_text, w);
}

/* opportunity_out(opportunity) -> cstring; strict */
Datum
opportunity_out(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &o));
}

/* Puts the label and the texts into the other encoding. */
static void
convert_texts(CrmOpportunity *o, CrmText (*convert) (CrmText),
			  size_t max_label)
{
	CrmText		label = {o->stage.label, o->stage.label_len};

	label = convert(label);
	if (label.len > max_label)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("stage label of %zu bytes is too long", label.len)));
	o->stage.label = label.data;
	o->stage.label_len = (uint8_t) label.len;
	for (int i = 0; i < CRM_OPPORTUNITY_TEXTS; i++)
	{
		if (o->texts[i].len > 0)
			o->texts[i] = convert(o->texts[i]);
	}
}

/*
 * opportunity_recv(internal) -> opportunity; strict.  Label and texts travel
 * in the client's encoding.
 */
Datum
opportunity_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmOpportunity o;
	CrmError	error;

	if (!crm_opportunity_read(data, size, &o, &error))
		crm_bad_binary("crmprob.opportunity", &error);
	convert_texts(&o, crm_server_text, CRM_LABEL_MAX_BYTES);
	if (!crm_stage_check(o.stage, &error) ||
		!crm_check_controls(o.stage.label, o.stage.label_len, &error) ||
		!crm_opportunity_check(&o, &error))
		crm_bad_binary("crmprob.opportunity", &error);
	PG_RETURN_BYTEA_P(crm_make_opportunity(&o));
}

/* opportunity_send(opportunity) -> bytea; strict */
Datum
opportunity_send(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	convert_texts(&o, crm_client_text, UINT8_MAX);
	PG_RETURN_BYTEA_P(crm_make_opportunity(&o));
}

/* opportunity_eq(opportunity, opportunity) -> boolean; strict, as are the
 * three below */
Datum
opportunity_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
opportunity_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
opportunity_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
opportunity_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

/* jsonb(opportunity) -> jsonb, the text form; strict */
Datum
opportunity_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	return crm_jsonb_datum(crm_json_text(print_json, &o));
}

/* Takes argument f, which is not NULL. */
static void
take_argument(FunctionCallInfo fcinfo, CrmOpportunityField f,
			  CrmOpportunity *o)
{
	text	   *t;
	CrmText    *s;

	crm_opportunity_set(o, f);
	switch (f)
	{
		case CRM_FIELD_STAGE:
			o->stage = PG_GETARG_CRM_STAGE(f);
			break;
		case CRM_FIELD_AMOUNT:
			o->amount = crm_numeric_money(PG_GETARG_DATUM(f));
			break;
		case CRM_FIELD_CREATED_AT:
			o->created_at = PG_GETARG_TIMESTAMPTZ(f);
			break;
		case CRM_FIELD_CLOSE_DATE:
			o->close_date = PG_GETARG_DATEADT(f);
			break;
		case CRM_FIELD_PROBABILITY:
			o->probability = PG_GETARG_FLOAT8(f);
			break;
		case CRM_FIELD_MODIFIED_AT:
			o->modified_at = PG_GETARG_TIMESTAMPTZ(f);
			break;
		default:
			t = PG_GETARG_TEXT_PP(f);
			s = crm_opportunity_text_field(o, f);
			s->data = VARDATA_ANY(t);
			s->len = VARSIZE_ANY_EXHDR(t);
			break;
	}
}

/*
 * make_opportunity(stage, amount numeric, created_at timestamptz, close_date
 * date, probability float8, modified_at timestamptz, owner, customer, product,
 * feedback text) -> opportunity; NULL stage gives NULL, any other NULL is a
 * field that is not known
 */
Datum
opportunity_make(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = {0};
	CrmError	error;

	if (PG_ARGISNULL(CRM_FIELD_STAGE))
		PG_RETURN_NULL();
	for (int f = 0; f < CRM_OPPORTUNITY_FIELDS; f++)
	{
		if (!PG_ARGISNULL(f))
			take_argument(fcinfo, (CrmOpportunityField) f, &o);
	}
	if (!crm_opportunity_check(&o, &error))
		crm_bad_argument("opportunity", &error);
	PG_RETURN_BYTEA_P(crm_make_opportunity(&o));
}

/* stage(opportunity) -> stage; strict */
Datum
opportunity_stage(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(crm_make_stage(PG_GETARG_CRM_OPPORTUNITY(0).stage));
}

/* amount(opportunity) -> numeric; strict, NULL when not known, as are the
 * eight below */
Datum
opportunity_amount(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	if (!crm_opportunity_has(&o, CRM_FIELD_AMOUNT))
		PG_RETURN_NULL();
	return crm_money_numeric(o.amount, true);
}

Datum
opportunity_created_at(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	if (!crm_opportunity_has(&o, CRM_FIELD_CREATED_AT))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(o.created_at);
}

Datum
opportunity_close_date(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	if (!crm_opportunity_has(&o, CRM_FIELD_CLOSE_DATE))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(o.close_date);
}

Datum
opportunity_probability(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	if (!crm_opportunity_has(&o, CRM_FIELD_PROBABILITY))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(o.probability);
}

Datum
opportunity_modified_at(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);

	if (!crm_opportunity_has(&o, CRM_FIELD_MODIFIED_AT))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(o.modified_at);
}

static Datum
text_field(FunctionCallInfo fcinfo, CrmOpportunityField f)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);
	CrmText    *s = crm_opportunity_text_field(&o, f);

	if (!crm_opportunity_has(&o, f))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(s->data, (int) s->len));
}

Datum
opportunity_owner(PG_FUNCTION_ARGS)
{
	return text_field(fcinfo, CRM_FIELD_OWNER);
}

Datum
opportunity_customer(PG_FUNCTION_ARGS)
{
	return text_field(fcinfo, CRM_FIELD_CUSTOMER);
}

Datum
opportunity_product(PG_FUNCTION_ARGS)
{
	return text_field(fcinfo, CRM_FIELD_PRODUCT);
}

Datum
opportunity_feedback(PG_FUNCTION_ARGS)
{
	return text_field(fcinfo, CRM_FIELD_FEEDBACK);
}

/* expected_value(opportunity) -> numeric; strict, NULL when a part of it is
 * not known */
Datum
opportunity_expected_value(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);
	int64		money;

	if (!crm_opportunity_expected(&o, &money))
		PG_RETURN_NULL();
	return crm_money_numeric(money, false);
}

/* category(opportunity, pipeline) -> text; strict */
Datum
opportunity_category(PG_FUNCTION_ARGS)
{
	static const char *const words[] = {
		"potential", "in_follow_up", "solid_case", "won", "closed_lost"
	};
	CrmOpportunity o = PG_GETARG_CRM_OPPORTUNITY(0);
	CrmPipeline p = PG_GETARG_CRM_PIPELINE(1);
	CrmCategory category = CRM_CATEGORY_POTENTIAL;

	if (!crm_opportunity_category(&o, &p, &category))
		(void) crm_pipeline_stage(&p, o.stage.label, o.stage.label_len);
	return crm_word_datum(words[category]);
}
