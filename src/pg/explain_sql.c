/*
 * explain_sql.c
 *		importance(model) and explain(model | name, record).
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "explain.h"
#include "feature_map.h"
#include "model_value.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(model_importance);
PG_FUNCTION_INFO_V1(model_explain);
PG_FUNCTION_INFO_V1(registry_explain);

static Datum
string_datum(CrmString s)
{
	return PointerGetDatum(cstring_to_text_with_len(s.bytes, (int) s.length));
}

typedef struct ContributionItem
{
	uint32		feature;
	double		value;
} ContributionItem;

/* Largest first, whichever sign; of equals the earlier feature. */
static int
compare_items(const void *a, const void *b)
{
	const ContributionItem *x = a;
	const ContributionItem *y = b;

	if (fabs(x->value) != fabs(y->value))
		return fabs(x->value) > fabs(y->value) ? -1 : 1;
	return x->feature < y->feature ? -1 : 1;
}

static ContributionItem *
sort_items(const double *values, uint32 n)
{
	ContributionItem *items = palloc((n + 1) * sizeof *items);

	for (uint32 f = 0; f < n; f++)
	{
		items[f].feature = f;
		items[f].value = values[f];
	}
	qsort(items, n, sizeof *items, compare_items);
	return items;
}

/* importance(model) -> setof (feature, gain, share); strict */
Datum
model_importance(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmOpenModel *open;
	const CrmModel *m;
	ContributionItem *items;
	double		sum = 0;

	InitMaterializedSRF(fcinfo, 0);
	open = crm_model_open(PG_GETARG_DATUM(0), CurrentMemoryContext);
	m = &open->model;
	if (!crm_algorithm_trees(m->algorithm))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of algorithm \"%s\" has no importance of features",
						crm_algorithm_name(m->algorithm)),
				 errhint("Its coefficients are listed by coefficients(model).")));
	items = sort_items(m->trees.importance, m->n_features);
	for (uint32 i = 0; i < m->n_features; i++)
		sum += items[i].value;
	for (uint32 i = 0; i < m->n_features; i++)
	{
		Datum		values[3] = {0};
		bool		nulls[3] = {false};

		values[0] = string_datum(m->features[items[i].feature].name);
		values[1] = Float8GetDatum(items[i].value);
		values[2] = Float8GetDatum(sum > 0 ? items[i].value / sum : 0);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* A record's columns as text, taken apart once. */
typedef struct RecordText
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
} RecordText;

static RecordText
deform_record(HeapTupleHeader record)
{
	RecordText	r;
	HeapTupleData tuple;

	r.desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(record),
										 HeapTupleHeaderGetTypMod(record));
	r.values = palloc(r.desc->natts * sizeof(Datum));
	r.nulls = palloc(r.desc->natts * sizeof(bool));
	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	heap_deform_tuple(&tuple, r.desc, r.values, r.nulls);
	return r;
}

static void
put_row(ReturnSetInfo *rsi, int rank, Datum feature, bool feature_null,
		Datum value, bool value_null, double contribution)
{
	Datum		values[4] = {Int32GetDatum(rank), feature, value,
	Float8GetDatum(contribution)};
	bool		nulls[4] = {false, feature_null, value_null, false};

	tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
}

static void
put_feature(ReturnSetInfo *rsi, int rank, const CrmFeature *feature,
			const RecordText *r, AttrNumber attno, double contribution)
{
	Form_pg_attribute att = TupleDescAttr(r->desc, attno - 1);
	bool		null = r->nulls[attno - 1];
	Datum		text = (Datum) 0;

	if (!null)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(att->atttypid, &output, &is_varlena);
		text = CStringGetTextDatum(OidOutputFunctionCall(output,
														 r->values[attno - 1]));
	}
	put_row(rsi, rank, string_datum(feature->name), false, text, null,
			contribution);
}

static void
explain_record(ReturnSetInfo *rsi, CrmRecordScorer *scorer,
			   HeapTupleHeader record)
{
	const CrmModel *m = &scorer->open->model;
	const double *row = crm_record_scorer_row(scorer, record);
	RecordText	text = deform_record(record);
	CrmExplanation x;
	ContributionItem *items;
	int			rank = 0;

	x.contributions = palloc((m->n_features + 1) * sizeof(double));
	crm_explain(&scorer->open->scorer, row, palloc(crm_explain_size(m)), &x);
	put_row(rsi, rank++, (Datum) 0, true, (Datum) 0, true, x.base);
	items = sort_items(x.contributions, m->n_features);
	for (uint32 i = 0; i < m->n_features; i++)
	{
		uint32		f = items[i].feature;

		put_feature(rsi, rank++, &m->features[f], &text,
					crm_feature_map_attno(scorer->map, f), items[i].value);
	}
	if (x.rest != 0)
		put_row(rsi, rank, CStringGetTextDatum("(calibration)"), false,
				(Datum) 0, true, x.rest);
}

/* The model of the call before, for as long as the argument stays the same. */
typedef struct ExplainCache
{
	struct varlena *key;
	CrmOpenModel *open;
	CrmRecordScorer scorer;
} ExplainCache;

static CrmRecordScorer *
open_cached(FmgrInfo *call_site, Datum value)
{
	ExplainCache *cache = call_site->fn_extra;
	struct varlena *key = PG_DETOAST_DATUM_PACKED(value);
	MemoryContext caller;

	if (cache == NULL)
		cache = call_site->fn_extra =
			MemoryContextAllocZero(call_site->fn_mcxt, sizeof *cache);
	if (cache->open != NULL && VARSIZE_ANY(cache->key) == VARSIZE_ANY(key) &&
		memcmp(cache->key, key, VARSIZE_ANY(key)) == 0)
		return &cache->scorer;
	if (cache->open != NULL)
	{
		CrmOpenModel *old = cache->open;

		cache->open = NULL;
		crm_model_close(old);
	}
	caller = MemoryContextSwitchTo(call_site->fn_mcxt);
	cache->open = crm_model_open(PointerGetDatum(key), call_site->fn_mcxt);
	MemoryContextSwitchTo(cache->open->context);
	cache->key = palloc(VARSIZE_ANY(key));
	memcpy(cache->key, key, VARSIZE_ANY(key));
	crm_record_scorer_init(&cache->scorer, cache->open, cache->open->context);
	MemoryContextSwitchTo(caller);
	return &cache->scorer;
}

/* explain(model, record) -> setof (rank, feature, value, contribution); strict */
Datum
model_explain(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	explain_record((ReturnSetInfo *) fcinfo->resultinfo,
				   open_cached(fcinfo->flinfo, PG_GETARG_DATUM(0)),
				   PG_GETARG_HEAPTUPLEHEADER(1));
	return (Datum) 0;
}

/* explain(name, record) -> as explain(model, record), by the champion; strict */
Datum
registry_explain(PG_FUNCTION_ARGS)
{
	FmgrInfo   *call_site = fcinfo->flinfo;
	CrmRegisteredModel *model;

	InitMaterializedSRF(fcinfo, 0);
	if (call_site->fn_extra == NULL)
		call_site->fn_extra = crm_registry_create(call_site->fn_mcxt);
	model = crm_registry_get(call_site->fn_extra, PG_GETARG_TEXT_PP(0),
							 CRM_CHAMPION);
	explain_record((ReturnSetInfo *) fcinfo->resultinfo, &model->scorer,
				   PG_GETARG_HEAPTUPLEHEADER(1));
	return (Datum) 0;
}
