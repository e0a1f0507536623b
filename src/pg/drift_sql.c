/*
 * drift_sql.c
 *		drift(): have the rows of a query moved away from those that a model
 *		was trained on?
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "drift.h"
#include "feature_map.h"
#include "query_rows.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(drift);

/* Below it the index is noise. */
#define FEW_ROWS 100

/* The customary limits of the stability index. */
#define PSI_MOVED 0.1
#define PSI_DRIFTED 0.25

/* Of a share of missing or unseen values, against training. */
#define SHARE_MOVED 0.05
#define SHARE_DRIFTED 0.25

typedef struct DriftReceiver
{
	DestReceiver pub;
	MemoryContext context;
	const CrmOpenModel *open;
	CrmFeatureMap *map;
	CrmDriftCounts *counts;
	uint64		n;
} DriftReceiver;

static void
drift_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	DriftReceiver *r = (DriftReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->context);

	r->map = crm_feature_map_build(r->open, desc);
	MemoryContextSwitchTo(caller);
}

static bool
drift_slot(TupleTableSlot *slot, DestReceiver *self)
{
	DriftReceiver *r = (DriftReceiver *) self;
	const CrmModel *model = &r->open->model;
	const double *values = crm_feature_map_slot(r->map, slot);

	for (uint32 f = 0; f < model->n_features; f++)
		crm_drift_add(&r->counts[f], &model->features[f], values[f]);
	r->n++;
	return true;
}

/* 0 stable, 1 moved, 2 drifted */
static int
severity(double value, double moved, double drifted)
{
	return value >= drifted ? 2 : value >= moved ? 1 : 0;
}

static void
put_feature(FunctionCallInfo fcinfo, const DriftReceiver *r, uint32 f)
{
	static const char *const words[] = {"stable", "moved", "drifted"};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const CrmFeature *feature = &r->open->model.features[f];
	const CrmDriftCounts *c = &r->counts[f];
	double		n_then = (double) Max(r->open->model.n, 1);
	double		psi = 0;
	double		ks = 0;
	double		null_then = (double) feature->missing / n_then;
	double		null_now = r->n > 0 ? (double) c->missing / (double) r->n : 0;
	double		unseen = c->present > 0 ?
	(double) c->unseen / (double) c->present : 0;
	double		unseen_then = (double) feature->other / n_then;
	bool		is_time = feature->kind == CRM_TIME;
	Datum		values[8];
	bool		nulls[8] = {false};
	int			worst;

	/* a time moves on by itself */
	nulls[2] = is_time || !crm_drift_psi(c, feature, r->open->model.n, &psi);
	nulls[3] = is_time || !crm_drift_ks(c, feature, &ks);
	nulls[6] = is_time || c->present == 0;
	worst = severity(fabs(null_now - null_then), SHARE_MOVED, SHARE_DRIFTED);
	if (!nulls[2])
		worst = Max(worst, severity(psi, PSI_MOVED, PSI_DRIFTED));
	if (!nulls[6])
		worst = Max(worst, severity(unseen - unseen_then, SHARE_MOVED,
									SHARE_DRIFTED));
	values[0] = PointerGetDatum(cstring_to_text_with_len(feature->name.bytes,
														 (int) feature->name.length));
	values[1] = Int64GetDatum((int64) r->n);
	values[2] = Float8GetDatum(psi);
	values[3] = Float8GetDatum(ks);
	values[4] = Float8GetDatum(null_then);
	values[5] = Float8GetDatum(null_now);
	nulls[4] = r->open->model.n == 0;
	nulls[5] = r->n == 0;
	values[6] = Float8GetDatum(unseen);
	values[7] = CStringGetTextDatum(r->n < FEW_ROWS ? "few rows" :
									words[worst]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
make_counts(DriftReceiver *r)
{
	const CrmModel *model = &r->open->model;

	r->counts = palloc0((model->n_features + 1) * sizeof(CrmDriftCounts));
	for (uint32 f = 0; f < model->n_features; f++)
		r->counts[f].cells = palloc0(crm_drift_cells(&model->features[f]) *
									 sizeof(uint64_t));
}

/*
 * drift(name text, query text, version integer) -> setof (feature, n, psi, ks,
 * null_then, null_now, unseen_share, status); name and query must not be NULL,
 * version NULL is the champion
 */
Datum
drift(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	DriftReceiver r = {.n = 0};
	int32		version = PG_ARGISNULL(2) ? CRM_CHAMPION : PG_GETARG_INT32(2);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of drift must not be null",
						PG_ARGISNULL(0) ? "name" : "query")));
	if (!PG_ARGISNULL(2))
		crm_registry_check_version(version);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	context = AllocSetContextCreate(caller, "crmprob drift",
									ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	r.context = context;
	r.open = crm_registry_get(crm_registry_create(context),
							  PG_GETARG_TEXT_PP(0), version)->open;
	make_counts(&r);
	SPI_connect();
	crm_query_run("drift", text_to_cstring(PG_GETARG_TEXT_PP(1)),
				  drift_startup, drift_slot, &r.pub);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	for (uint32 f = 0; f < r.open->model.n_features; f++)
		put_feature(fcinfo, &r, f);
	MemoryContextDelete(context);
	return (Datum) 0;
}
