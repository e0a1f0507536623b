/*
 * model_sql.c
 *		SQL functions of the type model.
 *
 * Stored as core's wire form behind a varlena header; equality and hash are
 * those of the bytes, which are canonical, without what the formats differ in.
 */
#include "compat.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "counts.h"
#include "crmprob.h"
#include "logistic.h"
#include "model_text.h"
#include "model_value.h"

PG_FUNCTION_INFO_V1(model_in);
PG_FUNCTION_INFO_V1(model_out);
PG_FUNCTION_INFO_V1(model_recv);
PG_FUNCTION_INFO_V1(model_send);
PG_FUNCTION_INFO_V1(model_eq);
PG_FUNCTION_INFO_V1(model_ne);
PG_FUNCTION_INFO_V1(model_hash);
PG_FUNCTION_INFO_V1(model_hash_extended);
PG_FUNCTION_INFO_V1(model_to_jsonb);
PG_FUNCTION_INFO_V1(model_from_jsonb);
PG_FUNCTION_INFO_V1(model_algorithm);
PG_FUNCTION_INFO_V1(model_log_likelihood);
PG_FUNCTION_INFO_V1(model_warnings);
PG_FUNCTION_INFO_V1(model_coefficients);

/* Detoasted and validated; the struct points into palloc'd memory. */
static void
get_model(Datum value, CrmModel *model)
{
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

	if (!crm_model_decode_value(PG_DETOAST_DATUM_PACKED(value), model))
		crm_corrupt("crmprob.model", &error);
}

/* NULL after a soft error */
static CrmModelValue *
parse_model(char *text, Node *escontext)
{
	size_t		length;
	CrmArena	arena;
	CrmModelValue *value;
	CrmModel	model;
	CrmError	error;

	text = crm_json_escapes(text, escontext);

	if (text == NULL)
		return NULL;
	length = strlen(text);
	arena = crm_arena_make(crm_model_parse_size(length));
	if (!crm_model_parse(text, length, crm_utf8(), &crm_float_text, &arena,
						 &model, &error))
	{
		crm_bad_text(escontext, "crmprob.model", text, &error);
		return NULL;
	}
	value = crm_model_build(&model);
	pfree(arena.base);
	return value;
}

static char *
print_model(const CrmModel *model)
{
	size_t		size = crm_model_print(model, &crm_float_text, NULL, 0);
	char	   *text;

	if (size == 0 || size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text of the model is too large")));
	text = palloc(size + 1);

	crm_model_print(model, &crm_float_text, text, size);
	text[size] = '\0';
	return text;
}

/* model_in(cstring) -> model; strict */
Datum
model_in(PG_FUNCTION_ARGS)
{
	CrmModelValue *value = parse_model(PG_GETARG_CSTRING(0), fcinfo->context);

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value);
}

/* model_out(model) -> cstring; strict */
Datum
model_out(PG_FUNCTION_ARGS)
{
	CrmModel	model;

	get_model(PG_GETARG_DATUM(0), &model);
	PG_RETURN_CSTRING(print_model(&model));
}

static void
check_encoding(CrmString s)
{
	if (!pg_verify_mbstr(GetDatabaseEncoding(), s.bytes, (int) s.length, true))
	{
		CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

		error.detail = "A text in it is not valid in the database encoding.";
		crm_bad_binary("crmprob.model", &error);
	}
}

/* Texts travel in the database encoding; they must be valid in it. */
static void
check_texts(const CrmModel *m)
{
	for (uint32 i = 0; i < m->n_options; i++)
		for (uint32 k = 0; k < m->options[i].n_items; k++)
			check_encoding(m->options[i].items[k]);
	for (uint32 f = 0; f < m->n_features; f++)
	{
		check_encoding(m->features[f].name);
		for (uint32 k = 0; k < m->features[f].n_levels; k++)
			check_encoding(m->features[f].levels[k].label);
	}
	for (uint32 i = 0; i < m->n_warnings; i++)
		check_encoding(m->warnings[i]);
}

/* model_recv(internal) -> model; strict */
Datum
model_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *bytes = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										 &size);
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};
	bytea	   *value;
	CrmModel	model;

	if (size > CRM_MODEL_MAX_BYTES)
	{
		error.kind = CRM_ERROR_LIMIT;
		crm_bad_binary("crmprob.model", &error);
	}
	value = crm_new_value(size);
	memcpy(VARDATA(value), bytes, size);
	if (!crm_model_decode_value(value, &model))
		crm_bad_binary("crmprob.model", &error);
	check_texts(&model);
	PG_RETURN_BYTEA_P(value);
}

/* model_send(model) -> bytea; strict */
Datum
model_send(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(v), (int) VARSIZE_ANY_EXHDR(v));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static bool
equal_values(const struct varlena *a, const struct varlena *b)
{
	const uint8_t *x = (const uint8_t *) VARDATA_ANY(a);
	const uint8_t *y = (const uint8_t *) VARDATA_ANY(b);
	size_t		m = VARSIZE_ANY_EXHDR(a);
	size_t		n = VARSIZE_ANY_EXHDR(b);
	size_t		i = crm_model_content(x, m);
	size_t		k = crm_model_content(y, n);

	return m - i == n - k && memcmp(x + i, y + k, m - i) == 0;
}

static bool
equal_arguments(FunctionCallInfo fcinfo)
{
	Size		m = toast_raw_datum_size(PG_GETARG_DATUM(0));
	Size		n = toast_raw_datum_size(PG_GETARG_DATUM(1));
	struct varlena *a;
	struct varlena *b;
	bool		equal;

	/* not detoasted when it cannot be: one may have a digest */
	if (m != n && Max(m, n) - Min(m, n) != CRM_DIGEST_BYTES)
		return false;
	a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	equal = equal_values(a, b);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

/* model_eq(model, model) -> boolean; strict, as is the next */
Datum
model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_arguments(fcinfo));
}

Datum
model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_arguments(fcinfo));
}

/*
 * The bytes of the model in format 1, a copy unless it is of that: hash
 * indexes that an earlier version built find them.
 */
static struct varlena *
plain_format(struct varlena *v)
{
	const uint8_t *bytes = (const uint8_t *) VARDATA_ANY(v);
	size_t		size = VARSIZE_ANY_EXHDR(v);
	bytea	   *plain;

	if (!crm_model_has_key(bytes, size))
		return v;
	plain = crm_new_value(size - CRM_DIGEST_BYTES);
	memcpy(VARDATA(plain), bytes + CRM_DIGEST_BYTES, size - CRM_DIGEST_BYTES);
	*VARDATA(plain) = 1;
	return plain;
}

/* model_hash(model) -> integer; strict */
Datum
model_hash(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	struct varlena *plain = plain_format(v);
	Datum		h = hash_any((unsigned char *) VARDATA_ANY(plain),
							 (int) VARSIZE_ANY_EXHDR(plain));

	if (plain != v)
		pfree(plain);
	PG_FREE_IF_COPY(v, 0);
	return h;
}

/* model_hash_extended(model, seed bigint) -> bigint; strict */
Datum
model_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	struct varlena *plain = plain_format(v);
	Datum		h = hash_any_extended((unsigned char *) VARDATA_ANY(plain),
									  (int) VARSIZE_ANY_EXHDR(plain),
									  PG_GETARG_INT64(1));

	if (plain != v)
		pfree(plain);
	PG_FREE_IF_COPY(v, 0);
	return h;
}

/* jsonb(model) -> jsonb; strict */
Datum
model_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmModel	model;

	get_model(PG_GETARG_DATUM(0), &model);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(print_model(&model)));
}

/* model(jsonb) -> model; strict */
Datum
model_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	char	   *text = JsonbToCString(NULL, &json->root, (int) VARSIZE(json));

	PG_RETURN_POINTER(parse_model(text, NULL));
}

/* algorithm(model) -> text; strict */
Datum
model_algorithm(PG_FUNCTION_ARGS)
{
	CrmModel	model;

	get_model(PG_GETARG_DATUM(0), &model);
	return crm_word_datum(crm_algorithm_name(model.algorithm));
}

/* log_likelihood(model) -> double precision; strict, NULL if not logistic */
Datum
model_log_likelihood(PG_FUNCTION_ARGS)
{
	CrmModel	model;

	get_model(PG_GETARG_DATUM(0), &model);
	if (model.algorithm != CRM_LOGISTIC)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(model.logistic.log_likelihood);
}

static Datum
string_datum(CrmString s)
{
	return PointerGetDatum(cstring_to_text_with_len(s.bytes, (int) s.length));
}

/* warnings(model) -> text[]; strict, empty if there are none */
Datum
model_warnings(PG_FUNCTION_ARGS)
{
	CrmModel	model;
	Datum	   *items;

	get_model(PG_GETARG_DATUM(0), &model);
	items = palloc((model.n_warnings + 1) * sizeof *items);
	for (uint32 i = 0; i < model.n_warnings; i++)
		items[i] = string_datum(model.warnings[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(items, (int) model.n_warnings,
										  TEXTOID, -1, false, TYPALIGN_INT));
}

/* One row of coefficients(); level NULL where there is none. */
static void
put_coefficient(ReturnSetInfo *rsi, CrmString feature, const CrmString *level,
				double coefficient, double error, bool aliased)
{
	Datum		values[7] = {0};
	bool		nulls[7] = {false, true, true, true, true, true, true};
	CrmWald		wald;

	values[0] = string_datum(feature);
	if (level != NULL)
	{
		values[1] = string_datum(*level);
		nulls[1] = false;
	}
	wald = crm_wald(coefficient, error);
	values[2] = Float8GetDatum(coefficient);
	values[3] = Float8GetDatum(error);
	values[4] = Float8GetDatum(wald.z);
	values[5] = Float8GetDatum(wald.p);
	values[6] = Float8GetDatum(wald.odds_ratio);
	nulls[2] = nulls[6] = aliased;
	nulls[3] = nulls[4] = nulls[5] = aliased || error == 0;
	tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
}

/* The values of a number's cell k, by the cuts on both sides of it. */
static CrmString
cell_text(const CrmFeature *f, uint32 k)
{
	char		from[CRM_FLOAT_TEXT_SIZE + 1] = "";
	char		to[CRM_FLOAT_TEXT_SIZE + 1] = "";
	uint32		n = f->n_quantiles;

	if (k > 0)
		from[crm_float_text.print(f->quantiles[k - 1], from)] = '\0';
	if (k < n)
		to[crm_float_text.print(f->quantiles[k], to)] = '\0';
	if (n == 0)
		return crm_word("any");
	if (k == 0)
		return crm_word(psprintf("below %s", to));
	if (k == n)
		return crm_word(psprintf("from %s", from));
	return crm_word(psprintf("%s to below %s", from, to));
}

static CrmString
cell_level(const CrmFeature *f, uint32 k)
{
	bool		category = f->kind == CRM_CATEGORICAL;

	if (f->missing > 0 && k == crm_count_cells(f) - 1)
		return crm_word("(missing)");
	if (!category)
		return cell_text(f, k);
	return k < f->n_levels ? f->levels[k].label : crm_word("(other)");
}

/* How far the groups of a pool shift. */
static void
put_shifts(ReturnSetInfo *rsi, const CrmModel *model)
{
	const CrmFeature *f = &model->features[model->pool.feature];

	for (uint32 k = 0; k < model->pool.n_shifts; k++)
		put_coefficient(rsi, f->name, &f->levels[k].label,
						model->pool.shifts[k], 0, false);
}

/* What each cell of a counting model adds to the log-odds. */
static void
put_cells(ReturnSetInfo *rsi, const CrmModel *model)
{
	size_t		first = 0;
	double	   *b = palloc((model->counts.n_cells + 1) * sizeof *b);

	put_coefficient(rsi, crm_word("(intercept)"), NULL,
					crm_counts_prior(model), 0, false);
	for (uint32 f = 0; f < model->n_features; f++)
	{
		const CrmFeature *feature = &model->features[f];

		if (feature->pooled)
			put_shifts(rsi, model);
		crm_counts_contributions(model, f, first, b);
		for (uint32 k = 0; k < crm_count_cells(feature); k++)
		{
			CrmString	level = cell_level(feature, k);

			if (model->counts.won[first + k] + model->counts.lost[first + k] > 0)
				put_coefficient(rsi, feature->name, &level, b[k], 0, false);
		}
		first += crm_count_cells(feature);
	}
}

/*
 * coefficients(model) -> setof (feature, level, coefficient, std_error, z,
 * p_value, odds_ratio); strict
 */
Datum
model_coefficients(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	const CrmLogisticSection *s;
	uint32		j = 0;
	CrmModel	model;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	get_model(PG_GETARG_DATUM(0), &model);
	if (crm_algorithm_counts(model.algorithm))
	{
		put_cells(rsi, &model);
		return (Datum) 0;
	}
	if (model.algorithm != CRM_LOGISTIC && model.pool.present)
	{
		put_shifts(rsi, &model);
		return (Datum) 0;
	}
	if (model.algorithm != CRM_LOGISTIC)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of algorithm \"%s\" has no coefficients",
						crm_algorithm_name(model.algorithm))));
	s = &model.logistic;
	put_coefficient(rsi, crm_word("(intercept)"), NULL, s->intercept,
					s->intercept_error, false);
	for (uint32 f = 0; f < model.n_features; f++)
	{
		if (model.features[f].pooled)
			put_shifts(rsi, &model);
		for (uint32 k = 0; k < crm_feature_columns(&model.features[f]);
			 k++, j++)
		{
			CrmString	level;
			bool		has_level = crm_feature_level(&model.features[f], k,
													  &level);

			put_coefficient(rsi, model.features[f].name,
							has_level ? &level : NULL, s->coefficients[j],
							s->errors[j], s->aliased[j]);
		}
	}
	return (Datum) 0;
}
