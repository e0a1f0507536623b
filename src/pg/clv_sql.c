/*
 * clv_sql.c
 *		SQL functions of the type clv_model: input, output, accessors.
 *
 * The predictions are in clv_predict_sql.c, the aggregate in clv_fit_sql.c.
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#include "clv_value.h"
#include "funnel_sql.h"
#include "normal.h"

PG_FUNCTION_INFO_V1(clv_model_in);
PG_FUNCTION_INFO_V1(clv_model_out);
PG_FUNCTION_INFO_V1(clv_model_recv);
PG_FUNCTION_INFO_V1(clv_model_send);
PG_FUNCTION_INFO_V1(clv_model_eq);
PG_FUNCTION_INFO_V1(clv_model_ne);
PG_FUNCTION_INFO_V1(clv_model_hash);
PG_FUNCTION_INFO_V1(clv_model_hash_extended);
PG_FUNCTION_INFO_V1(clv_model_to_jsonb);
PG_FUNCTION_INFO_V1(clv_model_make);
PG_FUNCTION_INFO_V1(clv_model_with_unit);
PG_FUNCTION_INFO_V1(clv_model_kind);
PG_FUNCTION_INFO_V1(clv_model_parameters);
PG_FUNCTION_INFO_V1(clv_model_standard_errors);
PG_FUNCTION_INFO_V1(clv_model_log_likelihood);
PG_FUNCTION_INFO_V1(clv_model_aic);
PG_FUNCTION_INFO_V1(clv_model_bic);
PG_FUNCTION_INFO_V1(clv_model_converged);
PG_FUNCTION_INFO_V1(clv_model_iterations);
PG_FUNCTION_INFO_V1(clv_model_n_customers);
PG_FUNCTION_INFO_V1(clv_model_unit);
PG_FUNCTION_INFO_V1(clv_model_observed_until);
PG_FUNCTION_INFO_V1(clv_model_summary);

typedef struct Cached
{
	Size		size;			/* 0: nothing */
	char		bytes[CRM_CLV_MAX_ENCODED];
	CrmClvModel model;
} Cached;

/*----------
 * Values
 *----------
 */

static CrmClvModel
decode_model(struct varlena *v)
{
	CrmClvModel m;
	CrmError	error;

	if (!crm_clv_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &m, &error))
		crm_corrupt("clv_model", &error);
	return m;
}

CrmClvSample
crm_clv_sample_of(struct varlena *v)
{
	CrmClvSample s;
	CrmError	error;
	bool		good;

	if (crm_clv_form(v) == CRM_CLV_STATE_FORMAT)
	{
		const CrmClvState *state =
		(CrmClvState *) PG_DETOAST_DATUM(PointerGetDatum(v));

		good = crm_clv_state_sound(state, VARSIZE(state));
		if (good)
		{
			s = crm_clv_state_sample(state, palloc_array(CrmClvPattern,
														 2 * (Size) state->used + 1),
									 crm_pause);
			good = crm_clv_sample_check(&s, &error);
		}
		else
			crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
	}
	else
	{
		Size		size = VARSIZE_ANY_EXHDR(v);

		good = crm_clv_sample_decode(VARDATA_ANY(v), size,
									 palloc_array(CrmClvPattern, size / CRM_CLV_PATTERN_SIZE + 1),
									 &s, &error);
	}
	if (!good)
		crm_corrupt("clv_model", &error);
	return s;
}

CrmClvModel
DatumGetCrmClvModel(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmClvSample s;

	if (crm_clv_form(v) == CRM_CLV_FORMAT)
		return decode_model(v);
	s = crm_clv_sample_of(v);
	return crm_clv_fit_sample(&s, false);
}

const CrmClvModel *
crm_clv_model_argument(FunctionCallInfo fcinfo, int n, int place)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));
	Size		size = VARSIZE_ANY_EXHDR(v);
	Cached	   *cached = fcinfo->flinfo->fn_extra;

	if (cached == NULL)
		cached = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, 2 * sizeof *cached);
	cached += place;
	if (cached->size == size && size > 0 &&
		memcmp(cached->bytes, VARDATA_ANY(v), size) == 0)
		return &cached->model;
	cached->size = 0;
	cached->model = DatumGetCrmClvModel(PointerGetDatum(v));
	if (crm_clv_form(v) == CRM_CLV_FORMAT && size <= CRM_CLV_MAX_ENCODED)
	{
		memcpy(cached->bytes, VARDATA_ANY(v), size);
		cached->size = size;
	}
	return &cached->model;
}

Datum
crm_clv_datum(const CrmClvModel *m)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_clv_encode(m, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_clv_encode(m, &w);
	Assert(!w.failed && w.at == VARSIZE(v) - VARHDRSZ);
	return PointerGetDatum(v);
}

bytea	   *
crm_clv_sample_value(const CrmClvSample *s)
{
	Size		size = CRM_CLV_SAMPLE_HEADER_SIZE +
	s->n * (Size) CRM_CLV_PATTERN_SIZE;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_clv_sample_encode(s, &w, crm_pause);
	Assert(!w.failed && w.at == size);
	return v;
}

/* The encoded form, also of a state. */
static struct varlena *
canonical(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmClvSample s;

	if (crm_clv_form(v) != CRM_CLV_STATE_FORMAT)
		return v;
	s = crm_clv_sample_of(v);
	return (struct varlena *) crm_clv_sample_value(&s);
}

CrmClvKind
crm_clv_kind_argument(const text * name)
{
	CrmClvKind	kind;
	CrmError	error;

	if (!crm_clv_kind(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &kind,
					  &error))
		ereport(ERROR,
				(errcode(crm_sqlstate(&error)),
				 errmsg("unknown kind of model \"%s\"",
						crm_clip_bytes(VARDATA_ANY(name),
									   VARSIZE_ANY_EXHDR(name))),
				 errhint("%s", error.hint)));
	return kind;
}

/*----------
 * Input and output
 *----------
 */

/* Texts of floats; read for each pattern of a sample, so cancelled there. */
static bool
parse_float(const char *text, size_t len, double *value)
{
	CHECK_FOR_INTERRUPTS();
	return crm_float_text.parse(text, len, value);
}

/* clv_model_in(cstring) -> clv_model; strict */
Datum
clv_model_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	const CrmFloatText ft = {crm_float_text.print, parse_float};
	CrmClvModel m;
	CrmClvSample s;
	bool		is_sample = false;
	CrmError	error;
	bool		good = crm_clv_parse(text, len, &ft, &m, &is_sample, &error);

	if (good && is_sample)
		good = crm_clv_sample_parse(text, len, &ft,
									palloc_array(CrmClvPattern,
												 len / CRM_CLV_MIN_PATTERN_TEXT + 1),
									&s, &error);
	if (!good)
	{
		crm_bad_text(fcinfo->context, "crmprob.clv_model", text, &error);
		PG_RETURN_NULL();
	}
	if (is_sample)
		PG_RETURN_BYTEA_P(crm_clv_sample_value(&s));
	return crm_clv_datum(&m);
}

static void
print_model(CrmJsonWriter *w, const void *value)
{
	crm_clv_print(value, &crm_float_text, w);
}

static void
print_sample(CrmJsonWriter *w, const void *value)
{
	crm_clv_sample_print(value, &crm_float_text, w);
}

static char *
model_text(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmClvModel m;
	CrmClvSample s;

	if (crm_clv_form(v) == CRM_CLV_FORMAT)
	{
		m = decode_model(v);
		return crm_json_text(print_model, &m);
	}
	s = crm_clv_sample_of(v);
	return crm_json_text(print_sample, &s);
}

/* clv_model_out(clv_model) -> cstring; strict */
Datum
clv_model_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(model_text(PG_GETARG_DATUM(0)));
}

/* jsonb(clv_model) -> jsonb, the text form; strict */
Datum
clv_model_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(model_text(PG_GETARG_DATUM(0)));
}

/* clv_model_recv(internal) -> clv_model; strict */
Datum
clv_model_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmClvModel m;
	CrmClvSample s;
	CrmError	error;

	if (size > 0 && (uint8) data[0] == CRM_CLV_SAMPLE_FORMAT)
	{
		if (!crm_clv_sample_decode(data, size,
								   palloc_array(CrmClvPattern, size / CRM_CLV_PATTERN_SIZE + 1),
								   &s, &error))
			crm_bad_binary("crmprob.clv_model", &error);
		PG_RETURN_BYTEA_P(crm_clv_sample_value(&s));
	}
	if (!crm_clv_decode(data, size, &m, &error))
		crm_bad_binary("crmprob.clv_model", &error);
	return crm_clv_datum(&m);
}

/* clv_model_send(clv_model) -> bytea; strict */
Datum
clv_model_send(PG_FUNCTION_ARGS)
{
	struct varlena *v = canonical(PG_GETARG_DATUM(0));
	bytea	   *message = crm_new_value(VARSIZE_ANY_EXHDR(v));

	memcpy(VARDATA(message), VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
	PG_RETURN_BYTEA_P(message);
}

/* clv_model_eq(clv_model, clv_model) -> boolean; strict, as are those below */
Datum
clv_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
clv_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
clv_model_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
clv_model_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Construction
 *----------
 */

static int64
unit_argument(const Interval *interval)
{
	int64		unit = crm_window(interval, "unit");

	if (unit == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"unit\" must be longer than nothing")));
	return unit;
}

void
crm_clv_tell_infinite_spend(const CrmClvModel *m)
{
	if (m->kind == CRM_CLV_GAMMA_GAMMA && m->parameters[1] <= 1)
		ereport(NOTICE,
				(errmsg("the mean spend of all customers is infinite at q = %g",
						m->parameters[1]),
				 errhint("expected_spend is NULL where p * frequency + q is not above 1; look for outliers among the amounts.")));
}

/*
 * make_clv_model(kind text, parameters jsonb, unit interval) -> clv_model;
 * NULL when kind or parameters are, without a unit when that is
 */
Datum
clv_model_make(PG_FUNCTION_ARGS)
{
	CrmClvModel m;
	Jsonb	   *parameters;
	char	   *json;
	CrmError	error;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	memset(&m, 0, sizeof m);
	m.kind = crm_clv_kind_argument(PG_GETARG_TEXT_PP(0));
	parameters = PG_GETARG_JSONB_P(1);
	json = JsonbToCString(NULL, &parameters->root, VARSIZE(parameters));
	if (!PG_ARGISNULL(2))
		m.unit = unit_argument(PG_GETARG_INTERVAL_P(2));
	if (!crm_clv_parse_parameters(m.kind, json, strlen(json), &crm_float_text,
								  m.parameters, &error))
	{
		/* the text is sound jsonb: what is wrong is its meaning */
		if (error.kind == CRM_ERROR_SYNTAX)
			error.kind = CRM_ERROR_VALUE;
		crm_bad_argument("parameters of a clv_model", &error);
	}
	if (!crm_clv_check(&m, &error))
		crm_bad_argument("parameters of a clv_model", &error);
	crm_clv_tell_infinite_spend(&m);
	return crm_clv_datum(&m);
}

/* with_unit(clv_model, unit interval) -> clv_model; strict */
Datum
clv_model_with_unit(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);
	int64		unit = unit_argument(PG_GETARG_INTERVAL_P(1));

	if (m.unit != 0 && m.unit != unit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has another unit already"),
				 errhint("A model's unit is that of the rfm values it was fitted to.")));
	m.unit = unit;
	return crm_clv_datum(&m);
}

/*----------
 * Accessors
 *----------
 */

/* kind(clv_model) -> text; strict */
Datum
clv_model_kind(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	return crm_word_datum(crm_clv_info(m.kind)->name);
}

static void
print_parameters(CrmJsonWriter *w, const void *value)
{
	const CrmClvModel *m = value;

	crm_clv_print_values(m->kind, m->parameters, &crm_float_text, w);
}

static void
print_errors(CrmJsonWriter *w, const void *value)
{
	const CrmClvModel *m = value;

	crm_clv_print_values(m->kind, m->errors, &crm_float_text, w);
}

/* parameters(clv_model) -> jsonb; strict */
Datum
clv_model_parameters(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	return crm_jsonb_datum(crm_json_text(print_parameters, &m));
}

/* standard_errors(clv_model) -> jsonb; strict, NULL unless converged */
Datum
clv_model_standard_errors(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.converged)
		PG_RETURN_NULL();
	return crm_jsonb_datum(crm_json_text(print_errors, &m));
}

/* log_likelihood(clv_model) -> float8; strict, NULL unless fitted, as below */
Datum
clv_model_log_likelihood(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(m.log_likelihood);
}

/* aic(clv_model) -> float8; strict */
Datum
clv_model_aic(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(crm_clv_aic(&m));
}

/* bic(clv_model) -> float8; strict */
Datum
clv_model_bic(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(crm_clv_bic(&m));
}

/* converged(clv_model) -> boolean; strict */
Datum
clv_model_converged(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(m.converged);
}

/* iterations(clv_model) -> integer; strict */
Datum
clv_model_iterations(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) Min(m.iterations, PG_INT32_MAX));
}

/* n_customers(clv_model) -> bigint; strict */
Datum
clv_model_n_customers(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.fitted)
		PG_RETURN_NULL();
	PG_RETURN_INT64(m.n_customers);
}

/* unit(clv_model) -> interval; strict, NULL when it is not recorded */
Datum
clv_model_unit(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (m.unit == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crm_make_interval(m.unit));
}

/* observed_until(clv_model) -> date; strict, NULL when it is not recorded */
Datum
clv_model_observed_until(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);

	if (!m.has_until)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(m.until);
}

/*
 * summary(clv_model) -> (parameter, value, std_error, low, high); strict, the
 * last three NULL without standard errors
 */
Datum
clv_model_summary(PG_FUNCTION_ARGS)
{
	CrmClvModel m = PG_GETARG_CRM_CLV_MODEL(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double		z = crm_normal_quantile(0.975);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < crm_clv_info(m.kind)->n_parameters; i++)
	{
		double		p = m.parameters[i];
		Datum		values[5];
		bool		nulls[5] = {false, false, !m.converged, !m.converged,
		!m.converged};

		values[0] = crm_word_datum(crm_clv_info(m.kind)->parameters[i]);
		values[1] = Float8GetDatum(p);
		values[2] = Float8GetDatum(m.errors[i]);
		values[3] = Float8GetDatum(p * exp(-z * m.errors[i] / p));
		values[4] = Float8GetDatum(p * exp(z * m.errors[i] / p));
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
