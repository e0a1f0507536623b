/*
 * cox_sql.c
 *		SQL functions of the type cox_model.
 *
 * The stored bytes are the wire form.  Texts in it are in the encoding of the
 * database, as those of a model are.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "chi_square.h"
#include "cox_model.h"
#include "crmprob.h"
#include "feature_type.h"
#include "normal.h"
#include "survival_sql.h"

PG_FUNCTION_INFO_V1(cox_model_in);
PG_FUNCTION_INFO_V1(cox_model_out);
PG_FUNCTION_INFO_V1(cox_model_recv);
PG_FUNCTION_INFO_V1(cox_model_send);
PG_FUNCTION_INFO_V1(cox_model_to_jsonb);
PG_FUNCTION_INFO_V1(cox_model_eq);
PG_FUNCTION_INFO_V1(cox_model_ne);
PG_FUNCTION_INFO_V1(cox_model_hash);
PG_FUNCTION_INFO_V1(cox_model_hash_extended);
PG_FUNCTION_INFO_V1(cox_model_n);
PG_FUNCTION_INFO_V1(cox_model_n_events);
PG_FUNCTION_INFO_V1(cox_model_concordance);
PG_FUNCTION_INFO_V1(cox_model_coefficients);
PG_FUNCTION_INFO_V1(cox_model_summary);
PG_FUNCTION_INFO_V1(cox_model_hazard_ratio);

typedef struct Decoded
{
	CrmCoxModel model;
	CrmCoxTerm	terms[CRM_COX_MODEL_MAX_TERMS];
} Decoded;

static bytea *
encode(const CrmCoxModel *m)
{
	CrmWriter	count = crm_writer(NULL, 0);
	bytea	   *v;
	CrmWriter	w;

	crm_cox_model_encode(m, &count);
	v = crm_new_value(count.at);
	w = crm_writer(VARDATA(v), count.at);
	crm_cox_model_encode(m, &w);
	return v;
}

/* Detoasted and validated; lives as long as the call. */
static CrmCoxModel *
decode(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	Decoded    *made = palloc(sizeof *made);
	CrmError	error;

	if (!crm_cox_model_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v),
							  made->terms, &made->model, &error))
		crm_corrupt("cox_model", &error);
	return &made->model;
}

/* cox_model_in(cstring) -> cox_model; strict */
Datum
cox_model_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);
	Decoded    *made;
	CrmError	error;

	if (text == NULL)
		PG_RETURN_NULL();
	made = palloc(sizeof *made);
	if (!crm_cox_model_parse(text, strlen(text), crm_utf8(), &crm_float_text,
							 made->terms, palloc(strlen(text) + 1),
							 &made->model, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.cox_model", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(encode(&made->model));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_cox_model_print(w, value, &crm_float_text);
}

/* cox_model_out(cox_model) -> cstring; strict */
Datum
cox_model_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(print_json, decode(PG_GETARG_DATUM(0))));
}

/* jsonb(cox_model) -> jsonb; strict */
Datum
cox_model_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_json,
										 decode(PG_GETARG_DATUM(0))));
}

static void
check_encoding(CrmText t)
{
	CrmError	error;

	if (pg_verify_mbstr(GetDatabaseEncoding(), t.data, (int) t.len, true))
		return;
	crm_fail(&error, CRM_ERROR_SYNTAX,
			 "A text in it is not valid in the database encoding.", NULL);
	crm_bad_binary("crmprob.cox_model", &error);
}

/* cox_model_recv(internal) -> cox_model; strict */
Datum
cox_model_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	Decoded    *made = palloc(sizeof *made);
	CrmError	error;

	if (!crm_cox_model_decode(data, size, made->terms, &made->model, &error))
		crm_bad_binary("crmprob.cox_model", &error);
	for (uint32 i = 0; i < made->model.n_terms; i++)
	{
		check_encoding(made->terms[i].feature);
		check_encoding(made->terms[i].level);
	}
	PG_RETURN_BYTEA_P(encode(&made->model));
}

/* cox_model_send(cox_model) -> bytea; strict */
Datum
cox_model_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(encode(decode(PG_GETARG_DATUM(0))));
}

/*
 * cox_model_eq(cox_model, cox_model) -> boolean; strict, as are the three below
 */
Datum
cox_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
cox_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
cox_model_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
cox_model_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

/* n_observations(cox_model) -> bigint; strict */
Datum
cox_model_n(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) decode(PG_GETARG_DATUM(0))->n);
}

/* n_events(cox_model) -> bigint; strict */
Datum
cox_model_n_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) decode(PG_GETARG_DATUM(0))->events);
}

/* concordance(cox_model) -> float8; strict, NULL when no pair compares */
Datum
cox_model_concordance(PG_FUNCTION_ARGS)
{
	double		c = decode(PG_GETARG_DATUM(0))->concordance;

	if (isnan(c))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(c);
}

static Datum
text_datum(CrmText t)
{
	return PointerGetDatum(cstring_to_text_with_len(t.data, (int) t.len));
}

/* The numbers of a term, from "coefficient" on, as far as they are known. */
static void
set_numbers(const CrmCoxTerm *t, double level_z, Datum *values, bool *nulls)
{
	bool		estimated = t->status == CRM_COX_FITTED ||
	t->status == CRM_COX_INFINITE;
	double		b = t->coefficient;
	double		z = t->std_error > 0 ? b / t->std_error : 0;
	double		known[] = {
		b, t->std_error, z, crm_normal_two_sided(z), exp(b),
		exp(b - level_z * t->std_error), exp(b + level_z * t->std_error)
	};

	for (int i = 0; i < lengthof(known); i++)
	{
		bool		needs_error = i != 0 && i != 4;

		nulls[i] = !estimated || (needs_error && !t->has_error);
		values[i] = Float8GetDatum(known[i]);
	}
}

/*
 * hazard_ratios(cox_model, confidence float8) -> setof (feature, level, coefficient,
 * std_error, z, p_value, hazard_ratio, low, high); strict
 */
Datum
cox_model_coefficients(PG_FUNCTION_ARGS)
{
	CrmCoxModel *m = decode(PG_GETARG_DATUM(0));
	double		z = crm_level_z(PG_GETARG_FLOAT8(1));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < m->n_terms; i++)
	{
		const CrmCoxTerm *t = &m->terms[i];
		Datum		values[9];
		bool		nulls[9] = {false};

		if (t->status == CRM_COX_REFERENCE)
			continue;
		values[0] = text_datum(t->feature);
		nulls[1] = t->kind != CRM_COX_CATEGORY;
		values[1] = text_datum(t->level);
		set_numbers(t, z, &values[2], &nulls[2]);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

/*
 * summary(cox_model) -> (n, events, skipped, log_likelihood_null,
 * log_likelihood, chi_square, df, p_value, concordance, ties, iterations,
 * converged); strict
 */
Datum
cox_model_summary(PG_FUNCTION_ARGS)
{
	CrmCoxModel *m = decode(PG_GETARG_DATUM(0));
	int			df = crm_cox_model_df(m);
	double		chi_square = Max(2 * (m->loglik - m->loglik_null), 0);
	Datum		values[12];
	bool		nulls[12] = {false};

	values[0] = Int64GetDatum((int64) m->n);
	values[1] = Int64GetDatum((int64) m->events);
	values[2] = Int64GetDatum((int64) m->skipped);
	values[3] = Float8GetDatum(m->loglik_null);
	values[4] = Float8GetDatum(m->loglik);
	values[5] = Float8GetDatum(chi_square);
	values[6] = Int32GetDatum(df);
	values[7] = Float8GetDatum(df > 0 ? crm_chi_square_above(chi_square, df) : 0);
	nulls[5] = nulls[7] = df == 0;
	values[8] = Float8GetDatum(m->concordance);
	nulls[8] = isnan(m->concordance);
	values[9] = crm_word_datum(crm_cox_ties_name(m->ties));
	values[10] = Int32GetDatum((int32) m->iterations);
	values[11] = BoolGetDatum(m->converged);
	return crm_row_datum(fcinfo, values, nulls);
}

/* The attribute of this name, of a type that fits. */
static int
find_attribute(TupleDesc desc, const CrmCoxTerm *t, CrmColumnType *type)
{
	for (int a = 0; a < desc->natts; a++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, a);
		const char *name = NameStr(att->attname);
		bool		good;

		if (att->attisdropped || strlen(name) != t->feature.len ||
			memcmp(name, t->feature.data, t->feature.len) != 0)
			continue;
		good = crm_column_type(att->atttypid, type);
		if (t->kind == CRM_COX_TIME)
			good = good && (type->read == CRM_READ_DATE ||
							type->read == CRM_READ_TIMESTAMP);
		else if (t->kind == CRM_COX_NUMBER)
			good = good && type->type == CRM_TYPE_NUMBER;
		else
			good = good && type->read != CRM_READ_DATE &&
				type->read != CRM_READ_TIMESTAMP;
		if (!good)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is not of the type that the model was fitted with",
							name)));
		return a;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("record has no column \"%.*s\"", (int) t->feature.len,
					t->feature.data),
			 desc->tdtypeid == RECORDOID && desc->natts > 0 &&
			 strcmp(NameStr(TupleDescAttr(desc, 0)->attname), "f1") == 0 ?
			 errhint("ROW(...) does not name its columns: use a row of a table or subquery.") :
			 errhint("Columns are found by name.")));
	return -1;
}

/* x of a number or time; false: NULL or NaN. */
static bool
read_value(const char *name, CrmColumnType type, Datum value, double *x)
{
	int64		time;

	if (type.read == CRM_READ_DATE || type.read == CRM_READ_TIMESTAMP)
	{
		if (!crm_read_time(type.read, value, &time))
			crm_refuse_feature(name, type.read, value);
		*x = crm_days_since(0, time);
		return true;
	}
	*x = crm_read_number(type.read, value);
	if (isinf(*x))
		crm_refuse_feature(name, type.read, value);
	return !isnan(*x);
}

/* x (beta) of the levels of one category; false: an unknown one. */
static bool
add_levels(const CrmCoxModel *m, uint32 first, CrmString label, double *sum)
{
	bool		found = false;

	for (uint32 i = first; i < m->n_terms; i++)
	{
		const CrmCoxTerm *t = &m->terms[i];
		bool		is;

		if (i > first && (t->kind != CRM_COX_CATEGORY ||
						  t->status == CRM_COX_REFERENCE))
			break;
		is = t->level.len == label.length &&
			memcmp(t->level.data, label.bytes, label.length) == 0;
		found = found || is;
		*sum += t->coefficient * ((is ? 1 : 0) - t->mean);
	}
	return found;
}

/*
 * hazard_ratio(cox_model, features record) -> float8, against the mean of all
 * terms; strict, NULL for a NULL feature or a value that no row had
 */
Datum
cox_model_hazard_ratio(PG_FUNCTION_ARGS)
{
	CrmCoxModel *m = decode(PG_GETARG_DATUM(0));
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(1);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(record),
											  HeapTupleHeaderGetTypMod(record));
	HeapTupleData tuple;
	Datum	   *values = palloc_array(Datum, desc->natts + 1);
	bool	   *nulls = palloc_array(bool, desc->natts + 1);
	double		sum = 0;
	bool		known = true;

	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (uint32 i = 0; i < m->n_terms; i++)
	{
		const CrmCoxTerm *t = &m->terms[i];
		CrmColumnType type;
		char		buffer[CRM_LABEL_BUFFER];
		double		x;
		int			a;

		if (t->kind == CRM_COX_CATEGORY && t->status != CRM_COX_REFERENCE)
			continue;
		a = find_attribute(desc, t, &type);
		if (nulls[a] || (t->kind == CRM_COX_CATEGORY &&
						 type.type == CRM_TYPE_NUMBER &&
						 !crm_number_present(NameStr(TupleDescAttr(desc, a)->attname),
											 type.read, values[a])))
			known = false;
		else if (t->kind == CRM_COX_CATEGORY)
			known = add_levels(m, i, crm_read_label(type.read, values[a],
													buffer), &sum) && known;
		else if (!read_value(NameStr(TupleDescAttr(desc, a)->attname), type,
							 values[a], &x))
			known = false;
		else
			sum += t->coefficient * (x - t->mean);
	}
	ReleaseTupleDesc(desc);
	if (!known)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(exp(sum));
}
