/*
 * compare_sql.c
 *		compare(): two versions of a model on the rows of one query.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compare_sql.h"
#include "crmprob.h"
#include "evaluation_value.h"
#include "feature_map.h"
#include "query_rows.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(model_compare);

#define FIRST_ROOM 1024

/* Columns of the result. */
enum
{
	COLUMNS = 14
};

typedef struct CompareReceiver
{
	DestReceiver pub;
	const char *label_name;
	MemoryContext context;
	CrmRegisteredModel *models[2];
	CrmFeatureMap *maps[2];
	AttrNumber	label;
	CrmScorePair *rows;
	Size		n;
	Size		room;
} CompareReceiver;

static void
compare_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CompareReceiver *r = (CompareReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->context);

	r->label = crm_query_label(desc, "compare", r->label_name);
	for (int k = 0; k < 2; k++)
		r->maps[k] = crm_feature_map_build(r->models[k]->open, desc);
	MemoryContextSwitchTo(caller);
}

static void
make_room(CompareReceiver *r)
{
	Size		room = r->room == 0 ? FIRST_ROOM : 2 * r->room;

	if (r->n < r->room)
		return;
	if (room * sizeof(CrmScorePair) > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("query of compare returns too many rows"),
				 errhint("Compare on a sample of them.")));
	r->rows = r->rows == NULL ?
		MemoryContextAlloc(r->context, room * sizeof(CrmScorePair)) :
		repalloc(r->rows, room * sizeof(CrmScorePair));
	r->room = room;
}

static bool
compare_slot(TupleTableSlot *slot, DestReceiver *self)
{
	CompareReceiver *r = (CompareReceiver *) self;
	CrmScorePair *row;
	bool		null;
	Datum		label = slot_getattr(slot, r->label, &null);

	if (null)
		return true;
	make_room(r);
	row = &r->rows[r->n++];
	row->label = DatumGetBool(label);
	for (int k = 0; k < 2; k++)
		row->score[k] =
			crm_scorer_probability(&r->models[k]->open->scorer,
								   crm_feature_map_slot(r->maps[k], slot));
	return true;
}

/* The evaluation of one model's scores. */
static CrmEvaluation
evaluate(const CompareReceiver *r, int k)
{
	CrmScoreCount *entries = palloc_array(CrmScoreCount, r->n);

	for (Size i = 0; i < r->n; i++)
	{
		entries[i].score = r->rows[i].score[k];
		entries[i].positives = (uint32) r->rows[i].label;
		entries[i].negatives = 1 - entries[i].positives;
	}
	return crm_evaluation_collect(entries, r->n);
}

static bool
interrupted(void *unused)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static int
order_pairs(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return crm_score_pair_order(a, b);
}

void
crm_compare_pairs(CrmScorePair *pairs, size_t n, const CrmEvaluation e[2],
				  CrmModelComparison *comparison)
{
	CrmPoll		poll = {interrupted, NULL};
	uint64_t   *below = palloc_array(uint64_t,
									 e[0].n_scores + e[1].n_scores);

	qsort(pairs, n, sizeof(CrmScorePair), order_pairs);
	crm_compare(pairs, n, e, below, &poll, comparison);
	pfree(below);
}

static void
set_figure(Datum *values, bool *nulls, const CrmPairedFigure *f, bool known)
{
	bool		tested = known && isfinite(f->value[0]) && isfinite(f->value[1]);

	values[0] = Float8GetDatum(f->value[0]);
	values[1] = Float8GetDatum(f->value[1]);
	values[2] = Float8GetDatum(f->difference);
	values[3] = Float8GetDatum(f->p_value);
	nulls[0] = nulls[1] = !known;
	nulls[2] = nulls[3] = !tested;
}

static Datum
result_row(FunctionCallInfo fcinfo, const CrmModelComparison *c)
{
	TupleDesc	desc;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum((int64) c->n);
	values[1] = Int64GetDatum((int64) c->n_positive);
	set_figure(values + 2, nulls + 2, &c->auc, c->has_auc);
	set_figure(values + 6, nulls + 6, &c->log_loss, true);
	set_figure(values + 10, nulls + 10, &c->brier, true);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/*
 * compare(name text, first integer, second integer, query text, label text) ->
 * (n, n_positive, auc_1, auc_2, auc_difference, auc_p, log_loss_1, ...,
 * brier_1, ...); strict, NULL with fewer than two labelled rows
 */
Datum
model_compare(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "crmprob compare",
												  ALLOCSET_DEFAULT_SIZES);
	CompareReceiver r = {.context = context};
	CrmRegistry *registry;
	CrmModelComparison c;
	Datum		row = (Datum) 0;

	crm_registry_check_version(PG_GETARG_INT32(1));
	crm_registry_check_version(PG_GETARG_INT32(2));
	/* under one snapshot, so the first stays good when the second is read */
	registry = crm_registry_create(context);
	for (int k = 0; k < 2; k++)
		r.models[k] = crm_registry_get(registry, PG_GETARG_TEXT_PP(0),
									   PG_GETARG_INT32(1 + k));
	r.label_name = text_to_cstring(PG_GETARG_TEXT_PP(4));
	SPI_connect();
	crm_query_run("compare", text_to_cstring(PG_GETARG_TEXT_PP(3)),
				  compare_startup, compare_slot, &r.pub);
	SPI_finish();
	MemoryContextSwitchTo(context);
	if (r.n >= 2)
	{
		CrmEvaluation e[2] = {evaluate(&r, 0), evaluate(&r, 1)};

		crm_compare_pairs(r.rows, r.n, e, &c);
	}
	MemoryContextSwitchTo(caller);
	if (r.n >= 2)
		row = result_row(fcinfo, &c);
	MemoryContextDelete(context);
	if (r.n < 2)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(row);
}
