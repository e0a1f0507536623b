/*
 * score_sql.c
 *		score(model, record).
 *
 * Decoded models stay in fn_extra, a few of them, because a join with one
 * model a team changes models from row to row.  A model is good for as long as
 * the argument is the same: a constant is; any other datum is compared with
 * those that were decoded, before detoasting and up to its digest, so that
 * neither a stored model nor one made in the query is read per row.  That it
 * lies where the last one lay says nothing: memory is used again.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "feature_map.h"
#include "model_value.h"

PG_FUNCTION_INFO_V1(score_model);

#define MODELS_KEPT 8

typedef struct ScoreEntry
{
	MemoryContext context;		/* of what follows; NULL: not in use */
	Size		key_size;
	char	   *key;			/* first bytes, toast pointers included */
	CrmOpenModel *open;
	CrmRecordScorer record;
} ScoreEntry;

typedef struct ScoreCache
{
	bool		constant;		/* the argument is a Const */
	MemoryContext context;
	ScoreEntry *last;			/* NULL: none yet */
	int			next;			/* to be replaced */
	ScoreEntry	entries[MODELS_KEPT];
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
	cache->context = flinfo->fn_mcxt;
	flinfo->fn_extra = cache;
	return cache;
}

static bool
has_key(const ScoreEntry *entry, const struct varlena *key)
{
	return entry->open != NULL &&
		crm_model_key_size(key) == entry->key_size &&
		memcmp(key, entry->key, entry->key_size) == 0;
}

static void
open_entry(ScoreCache *cache, ScoreEntry *entry, struct varlena *key)
{
	entry->open = NULL;
	if (entry->context != NULL)
		MemoryContextReset(entry->context);
	else
		entry->context = AllocSetContextCreate(cache->context,
											   "crmprob score",
											   ALLOCSET_SMALL_SIZES);
	entry->key_size = crm_model_key_size(key);
	entry->key = MemoryContextAlloc(entry->context, entry->key_size);
	memcpy(entry->key, key, entry->key_size);
	entry->open = crm_model_open(PointerGetDatum(key), entry->context);
	crm_record_scorer_init(&entry->record, entry->open, entry->context);
}

static ScoreEntry *
find_entry(ScoreCache *cache, Datum value)
{
	struct varlena *key = crm_value_key(value);
	ScoreEntry *entry;

	if (cache->last != NULL && has_key(cache->last, key))
		return cache->last;
	for (int i = 0; i < MODELS_KEPT; i++)
		if (has_key(&cache->entries[i], key))
			return &cache->entries[i];
	entry = &cache->entries[cache->next];
	cache->next = (cache->next + 1) % MODELS_KEPT;
	cache->last = NULL;
	open_entry(cache, entry, key);
	return entry;
}

/* score(model, record) -> double precision; strict */
Datum
score_model(PG_FUNCTION_ARGS)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;

	if (cache == NULL)
		cache = new_cache(fcinfo->flinfo);
	if (cache->last == NULL || !cache->constant)
		cache->last = find_entry(cache, PG_GETARG_DATUM(0));
	PG_RETURN_FLOAT8(crm_record_scorer_score(&cache->last->record,
											 PG_GETARG_HEAPTUPLEHEADER(1)));
}
