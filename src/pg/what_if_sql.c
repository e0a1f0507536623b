/*
 * what_if_sql.c
 *		what_if and next_best_action: scores of a record with other values.
 *
 * A value of the caller's goes through the input function of the record's
 * column, so that it means what it would mean in the table.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "crmprob.h"
#include "explain_sql.h"

PG_FUNCTION_INFO_V1(model_what_if);
PG_FUNCTION_INFO_V1(registry_what_if);
PG_FUNCTION_INFO_V1(model_next_best_action);
PG_FUNCTION_INFO_V1(registry_next_best_action);

typedef struct Trial
{
	CrmRecordScorer *scorer;
	const CrmModel *model;
	CrmRecordColumns columns;
	double	   *row;			/* as it is */
	double		before;
	/* the best change so far; feature -1: none gains */
	int			feature;
	char	   *value;
	double		after;
} Trial;

static void
start_trial(Trial *trial, FunctionCallInfo fcinfo, bool by_name)
{
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(1);
	Size		size;

	trial->scorer = &crm_argument_model(fcinfo, by_name)->scorer;
	trial->model = &trial->scorer->open->model;
	size = (trial->model->n_features + 1) * sizeof(double);
	trial->row = palloc(size);
	memcpy(trial->row, crm_record_scorer_row(trial->scorer, record),
		   size - sizeof(double));
	trial->columns = crm_record_columns(record);
	trial->before = crm_scorer_probability(&trial->scorer->open->scorer,
										   trial->row);
	trial->feature = -1;
	trial->value = NULL;
	trial->after = trial->before;
}

static uint32
find_feature(const CrmModel *m, const char *name, int length)
{
	StringInfoData known;

	for (uint32 f = 0; f < m->n_features; f++)
		if (crm_string_compare(m->features[f].name,
							   crm_string(name, (size_t) length)) == 0)
			return f;
	initStringInfo(&known);
	for (uint32 f = 0; f < m->n_features && f < 100; f++)
		appendStringInfo(&known, "%s%.*s", f > 0 ? ", " : "",
						 (int) m->features[f].name.length,
						 m->features[f].name.bytes);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model has no feature \"%.*s\"", length, name),
			 errhint("Its features are: %s.", known.data)));
}

/* A JSON scalar as the text of a value; NULL for null. */
static char *
scalar_text(const JsonbValue *v, const char *name)
{
	switch (v->type)
	{
		case jbvNull:
			return NULL;
		case jbvString:
			return pnstrdup(v->val.string.val, v->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(v->val.numeric)));
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value of \"%s\" is not a single value", name),
					 errhint("Give a number, a text, true, false or null.")));
	}
}

/* Into the columns; what was there is for the caller to keep. */
static void
set_column(CrmRecordColumns *columns, AttrNumber attno, char *text)
{
	Form_pg_attribute att = TupleDescAttr(columns->desc, attno - 1);
	Oid			input;
	Oid			io_param;

	columns->nulls[attno - 1] = text == NULL;
	if (text == NULL)
		return;
	getTypeInputInfo(att->atttypid, &input, &io_param);
	columns->values[attno - 1] = OidInputFunctionCall(input, text, io_param,
													  att->atttypmod);
}

static Jsonb *
object_argument(FunctionCallInfo fcinfo, int n, const char *what)
{
	Jsonb	   *document = PG_GETARG_JSONB_P(n);

	if (!JB_ROOT_IS_OBJECT(document))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s are not a JSON object", what),
				 errhint("Give {\"feature\": value, ...}.")));
	return document;
}

static Datum
what_if_record(FunctionCallInfo fcinfo, bool by_name)
{
	Jsonb	   *changes = object_argument(fcinfo, 2, "changes");
	JsonbIterator *it = JsonbIteratorInit(&changes->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	Trial		trial;
	uint32		f = 0;
	char	   *name = NULL;

	start_trial(&trial, fcinfo, by_name);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		if (token == WJB_KEY)
		{
			name = pnstrdup(v.val.string.val, v.val.string.len);
			f = find_feature(trial.model, name, v.val.string.len);
		}
		else if (token == WJB_VALUE)
			set_column(&trial.columns,
					   crm_feature_map_attno(trial.scorer->map, f),
					   scalar_text(&v, name));
	PG_RETURN_FLOAT8(crm_scorer_probability(&trial.scorer->open->scorer,
											crm_feature_map_values(trial.scorer->map,
																   trial.columns.values,
																   trial.columns.nulls)));
}

/* what_if(model, record, changes jsonb) -> double precision; strict */
Datum
model_what_if(PG_FUNCTION_ARGS)
{
	return what_if_record(fcinfo, false);
}

/* what_if(name, record, changes jsonb) -> double precision; strict */
Datum
registry_what_if(PG_FUNCTION_ARGS)
{
	return what_if_record(fcinfo, true);
}

/* The row with one feature changed: is it the best so far? */
static void
try_value(Trial *trial, uint32 f, double value, const char *text)
{
	double		now = trial->row[f];
	double		p;

	CHECK_FOR_INTERRUPTS();
	trial->row[f] = value;
	p = crm_scorer_probability(&trial->scorer->open->scorer, trial->row);
	trial->row[f] = now;
	if (p <= trial->after)
		return;
	trial->after = p;
	trial->feature = (int) f;
	trial->value = text == NULL ? NULL : pstrdup(text);
}

/* A value that the caller names. */
static void
try_scalar(Trial *trial, uint32 f, const char *name, const JsonbValue *v)
{
	AttrNumber	attno = crm_feature_map_attno(trial->scorer->map, f);
	CrmRecordColumns changed = trial->columns;
	Datum		kept = changed.values[attno - 1];
	bool		null = changed.nulls[attno - 1];
	char	   *text = scalar_text(v, name);
	double		value;

	set_column(&changed, attno, text);
	value = crm_feature_map_values(trial->scorer->map, changed.values,
								   changed.nulls)[f];
	text = crm_column_text(&changed, attno);
	changed.values[attno - 1] = kept;
	changed.nulls[attno - 1] = null;
	try_value(trial, f, value, text);
}

/* The values that the model knows: kept labels, quantiles of training. */
static void
try_known(Trial *trial, uint32 f)
{
	const CrmFeature *feature = &trial->model->features[f];
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (feature->kind == CRM_TIME || (feature->kind == CRM_NUMERIC &&
									  feature->n_quantiles == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature \"%.*s\" needs values to try",
						(int) feature->name.length, feature->name.bytes),
				 errhint("Give {\"feature\": [value, ...], ...}.")));
	if (feature->kind == CRM_CATEGORICAL)
	{
		for (uint32 i = 0; i < feature->n_levels; i++)
			try_value(trial, f, i, pnstrdup(feature->levels[i].label.bytes,
											feature->levels[i].label.length));
		return;
	}
	for (uint32 i = 0; i < feature->n_quantiles; i++)
	{
		double_to_shortest_decimal_buf(feature->quantiles[i], text);
		try_value(trial, f, feature->quantiles[i], text);
	}
}

static void
bad_actions(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("actions are neither names nor names with values"),
			 errhint("Give [\"feature\", ...] or {\"feature\": [value, ...], ...}.")));
}

/* ["feature", ...] */
static void
try_names(Trial *trial, Jsonb *actions)
{
	JsonbIterator *it = JsonbIteratorInit(&actions->root);
	JsonbIteratorToken token;
	JsonbValue	v;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (v.type != jbvString)
			bad_actions();
		try_known(trial, find_feature(trial->model, v.val.string.val,
									  v.val.string.len));
	}
}

/* {"feature": [value, ...], "feature": value, ...} */
static void
try_values(Trial *trial, Jsonb *actions)
{
	JsonbIterator *it = JsonbIteratorInit(&actions->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	uint32		f = 0;
	char	   *name = NULL;
	int			depth = 0;

	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
		switch (token)
		{
			case WJB_KEY:
				if (depth > 1)
					bad_actions();
				name = pnstrdup(v.val.string.val, v.val.string.len);
				f = find_feature(trial->model, name, v.val.string.len);
				break;
			case WJB_VALUE:
			case WJB_ELEM:
				try_scalar(trial, f, name, &v);
				break;
			case WJB_BEGIN_ARRAY:
			case WJB_BEGIN_OBJECT:
				if (++depth > 2)
					bad_actions();
				break;
			default:
				depth--;
				break;
		}
}

static Datum
next_best_action(FunctionCallInfo fcinfo, bool by_name)
{
	Jsonb	   *actions = PG_GETARG_JSONB_P(2);
	TupleDesc	desc;
	Datum		values[5] = {0};
	bool		nulls[5] = {false};
	Trial		trial;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (JB_ROOT_IS_SCALAR(actions))
		bad_actions();
	start_trial(&trial, fcinfo, by_name);
	if (JB_ROOT_IS_ARRAY(actions))
		try_names(&trial, actions);
	else
		try_values(&trial, actions);
	nulls[0] = trial.feature < 0;
	nulls[1] = trial.value == NULL;
	if (!nulls[0])
		values[0] = crm_string_datum(trial.model->features[trial.feature].name);
	if (!nulls[1])
		values[1] = CStringGetTextDatum(trial.value);
	values[2] = Float8GetDatum(trial.before);
	values[3] = Float8GetDatum(trial.after);
	values[4] = Float8GetDatum(trial.after - trial.before);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/* next_best_action(model, record, actions jsonb) -> (feature, value, before, after, gain); strict */
Datum
model_next_best_action(PG_FUNCTION_ARGS)
{
	return next_best_action(fcinfo, false);
}

/* next_best_action(name, record, actions jsonb) -> as above, by the champion; strict */
Datum
registry_next_best_action(PG_FUNCTION_ARGS)
{
	return next_best_action(fcinfo, true);
}
