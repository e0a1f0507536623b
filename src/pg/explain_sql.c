/*
 * explain_sql.c
 *		importance(model), explain(model | name, record) and reasons(...).
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "explain_sql.h"

PG_FUNCTION_INFO_V1(model_importance);
PG_FUNCTION_INFO_V1(model_explain);
PG_FUNCTION_INFO_V1(registry_explain);
PG_FUNCTION_INFO_V1(model_reasons);
PG_FUNCTION_INFO_V1(registry_reasons);

/* Bytes of a value that a reason shows. */
#define REASON_VALUE_BYTES 80

CrmRegisteredModel *
crm_argument_model(FunctionCallInfo fcinfo, bool by_name)
{
	FmgrInfo   *call_site = fcinfo->flinfo;

	if (call_site->fn_extra == NULL)
		call_site->fn_extra = crm_registry_create(call_site->fn_mcxt);
	if (by_name)
		return crm_registry_get(call_site->fn_extra, PG_GETARG_TEXT_PP(0),
								CRM_CHAMPION);
	return crm_registry_get_value(call_site->fn_extra, PG_GETARG_DATUM(0));
}

Datum
crm_string_datum(CrmString s)
{
	return PointerGetDatum(cstring_to_text_with_len(s.bytes, (int) s.length));
}

static int
compare_weights(const void *a, const void *b)
{
	const CrmWeight *x = a;
	const CrmWeight *y = b;

	if (fabs(x->value) != fabs(y->value))
		return fabs(x->value) > fabs(y->value) ? -1 : 1;
	return x->feature < y->feature ? -1 : 1;
}

CrmWeight  *
crm_weights_sort(const double *values, uint32 n)
{
	CrmWeight  *weights = palloc((n + 1) * sizeof *weights);

	for (uint32 f = 0; f < n; f++)
	{
		weights[f].feature = f;
		weights[f].value = values[f];
	}
	qsort(weights, n, sizeof *weights, compare_weights);
	return weights;
}

/* importance(model) -> setof (feature, gain, share); strict */
Datum
model_importance(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	const CrmModel *m;
	double	   *importance;
	CrmWeight  *weights;
	double		sum = 0;
	CrmOpenModel *open;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	open = crm_model_open(PG_GETARG_DATUM(0), CurrentMemoryContext);
	m = &open->model;
	importance = palloc((m->n_features + 1) * sizeof *importance);
	crm_importance(&open->scorer, importance);
	weights = crm_weights_sort(importance, m->n_features);
	for (uint32 i = 0; i < m->n_features; i++)
		sum += weights[i].value;
	for (uint32 i = 0; i < m->n_features; i++)
	{
		Datum		values[3] = {0};
		bool		nulls[3] = {false};

		values[0] = crm_string_datum(m->features[weights[i].feature].name);
		values[1] = Float8GetDatum(weights[i].value);
		values[2] = Float8GetDatum(weights[i].value / sum);
		nulls[2] = !(sum > 0);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}

CrmRecordColumns
crm_record_columns(HeapTupleHeader record)
{
	CrmRecordColumns r;
	HeapTupleData tuple;

	r.desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(record),
										 HeapTupleHeaderGetTypMod(record));
	r.values = palloc((r.desc->natts + 1) * sizeof(Datum));
	r.nulls = palloc((r.desc->natts + 1) * sizeof(bool));
	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	heap_deform_tuple(&tuple, r.desc, r.values, r.nulls);
	return r;
}

char	   *
crm_column_text(const CrmRecordColumns *columns, AttrNumber attno)
{
	Oid			output;
	bool		is_varlena;

	if (columns->nulls[attno - 1])
		return NULL;
	getTypeOutputInfo(TupleDescAttr(columns->desc, attno - 1)->atttypid,
					  &output, &is_varlena);
	return OidOutputFunctionCall(output, columns->values[attno - 1]);
}

static bool
poll_explain(void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

/* Core stops only when poll_explain says so, which throws instead. */
static void
explain_row(const CrmOpenModel *open, const double *row, CrmExplanation *x)
{
	static const CrmPoll poll = {poll_explain, NULL};
	const CrmModel *m = &open->model;
	void	   *work = palloc(crm_explain_size(m));

	x->contributions = palloc((m->n_features + 1) * sizeof(double));
	if (!crm_explain(&open->scorer, row, work, &poll, x))
		elog(ERROR, "explaining was stopped");
	pfree(work);
}

static void
put_row(ReturnSetInfo *rsi, int rank, Datum feature, const char *value,
		double contribution)
{
	Datum		values[4] = {0};
	bool		nulls[4] = {false};

	values[0] = Int32GetDatum(rank);
	values[1] = feature;
	nulls[1] = feature == (Datum) 0;
	if (value != NULL)
		values[2] = CStringGetTextDatum(value);
	nulls[2] = value == NULL;
	values[3] = Float8GetDatum(contribution);
	tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
}

static Datum
explain_record(FunctionCallInfo fcinfo, bool by_name)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmRecordScorer *scorer;
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(1);
	const CrmModel *m;
	CrmRecordColumns columns;
	CrmExplanation x;
	CrmWeight  *weights;
	int			rank = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	scorer = &crm_argument_model(fcinfo, by_name)->scorer;
	m = &scorer->open->model;
	explain_row(scorer->open, crm_record_scorer_row(scorer, record), &x);
	columns = crm_record_columns(record);
	put_row(rsi, rank++, (Datum) 0, NULL, x.base);
	weights = crm_weights_sort(x.contributions, m->n_features);
	for (uint32 i = 0; i < m->n_features; i++)
	{
		uint32		f = weights[i].feature;

		put_row(rsi, rank++, crm_string_datum(m->features[f].name),
				crm_column_text(&columns,
								crm_feature_map_attno(scorer->map, f)),
				weights[i].value);
	}
	if (x.rest != 0)
		put_row(rsi, rank, CStringGetTextDatum("(calibration)"), NULL, x.rest);
	return (Datum) 0;
}

/* explain(model, record) -> setof (rank, feature, value, contribution); strict */
Datum
model_explain(PG_FUNCTION_ARGS)
{
	return explain_record(fcinfo, false);
}

/* explain(name, record) -> as explain(model, record), by the champion; strict */
Datum
registry_explain(PG_FUNCTION_ARGS)
{
	return explain_record(fcinfo, true);
}

/* A long value is cut between characters. */
static const char *
short_value(char *value)
{
	int			length = (int) strlen(value);
	int			shown = pg_mbcliplen(value, length, REASON_VALUE_BYTES);

	if (shown == length)
		return value;
	return psprintf("%.*s...", shown, value);
}

/* NULL when the odds stay as they are to two decimals. */
static char *
reason_text(const CrmFeature *feature, double missing_row, char *value,
			double contribution)
{
	char	   *odds = psprintf(contribution < -2.3 ? "%.2g" : "%.2f",
								exp(contribution));
	char	   *name = pnstrdup(feature->name.bytes, feature->name.length);

	if (strcmp(odds, "1.00") == 0)
		return NULL;
	return psprintf("%s: %s is %s (odds x %s)",
					contribution > 0 ? "for" : "against", name,
					value == NULL || isnan(missing_row) ? "missing" :
					short_value(value), odds);
}

Datum
crm_reasons(const CrmOpenModel *open, const CrmFeatureMap *map,
			const double *row, const CrmRecordColumns *columns, int n)
{
	const CrmModel *m = &open->model;
	CrmExplanation x;
	CrmWeight  *weights;
	ArrayBuildState *reasons = initArrayResult(TEXTOID, CurrentMemoryContext,
											   false);

	explain_row(open, row, &x);
	weights = crm_weights_sort(x.contributions, m->n_features);
	for (uint32 i = 0; i < m->n_features && i < (uint32) n; i++)
	{
		uint32		f = weights[i].feature;
		char	   *text = reason_text(&m->features[f], row[f],
									   crm_column_text(columns,
													   crm_feature_map_attno(map, f)),
									   weights[i].value);

		if (text == NULL)
			break;
		reasons = accumArrayResult(reasons, CStringGetTextDatum(text), false,
								   TEXTOID, CurrentMemoryContext);
	}
	return makeArrayResult(reasons, CurrentMemoryContext);
}

static Datum
reasons_record(FunctionCallInfo fcinfo, bool by_name)
{
	CrmRecordScorer *scorer = &crm_argument_model(fcinfo, by_name)->scorer;
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(1);
	int32		n = PG_GETARG_INT32(2);
	const double *row;
	CrmRecordColumns columns;

	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of reasons %d is not positive", n)));
	row = crm_record_scorer_row(scorer, record);
	columns = crm_record_columns(record);
	return crm_reasons(scorer->open, scorer->map, row, &columns, n);
}

/* reasons(model, record, n integer) -> text[]; strict */
Datum
model_reasons(PG_FUNCTION_ARGS)
{
	return reasons_record(fcinfo, false);
}

/* reasons(name text, record, n integer) -> text[], by the champion; strict */
Datum
registry_reasons(PG_FUNCTION_ARGS)
{
	return reasons_record(fcinfo, true);
}
