/*
 * score_sql.c
 *		score(model, record).
 *
 * The decoded model stays in fn_extra.  It is good for as long as the argument
 * is the same: a constant is; any other datum is compared with the one that
 * was decoded, before detoasting, so that a stored model is not read per row.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "feature_map.h"
#include "model_value.h"

PG_FUNCTION_INFO_V1(score_model);

typedef struct ScoreCache
{
	bool		constant;		/* the argument is a Const */
	MemoryContext context;		/* of what follows; reset with the model */
	struct varlena *key;		/* as it came, toast pointers included */
	CrmOpenModel *open;
	CrmRecordScorer record;
} ScoreCache;

static bool
is_constant(FmgrInfo *flinfo)
{
	Node	   *expr = flinfo->fn_expr;

	return expr != NULL && IsA(expr, FuncExpr) &&
		IsA(linitial(((FuncExpr *) expr)->args), Const);
}

static ScoreCache *
new_cache(FmgrInfo *flinfo)
{
	ScoreCache *cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof *cache);

	cache->constant = is_constant(flinfo);
	cache->context = AllocSetContextCreate(flinfo->fn_mcxt, "crmprob score",
										   ALLOCSET_SMALL_SIZES);
	flinfo->fn_extra = cache;
	return cache;
}

/* A pointer into memory says nothing about what it points to. */
static struct varlena *
key_of(Datum value)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_EXTERNAL(v) && !VARATT_IS_EXTERNAL_ONDISK(v))
		return PG_DETOAST_DATUM(value);
	return v;
}

static void
open_model(ScoreCache *cache, struct varlena *key)
{
	MemoryContext caller;
	Size		size = VARSIZE_ANY(key);

	cache->open = NULL;
	MemoryContextReset(cache->context);
	caller = MemoryContextSwitchTo(cache->context);
	cache->key = palloc(size);
	memcpy(cache->key, key, size);
	MemoryContextSwitchTo(caller);
	cache->open = crm_model_open(PointerGetDatum(key), cache->context);
	crm_record_scorer_init(&cache->record, cache->open, cache->context);
}

/* score(model, record) -> double precision; strict */
Datum
score_model(PG_FUNCTION_ARGS)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;

	if (cache == NULL)
		cache = new_cache(fcinfo->flinfo);
	if (cache->open == NULL || !cache->constant)
	{
		struct varlena *key = key_of(PG_GETARG_DATUM(0));

		if (cache->open == NULL ||
			VARSIZE_ANY(key) != VARSIZE_ANY(cache->key) ||
			memcmp(key, cache->key, VARSIZE_ANY(key)) != 0)
			open_model(cache, key);
	}
	PG_RETURN_FLOAT8(crm_record_scorer_score(&cache->record,
											 PG_GETARG_HEAPTUPLEHEADER(1)));
}
