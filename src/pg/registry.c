/*
 * registry.c
 *		Models by name: reading the registry, and the caches around it.
 *
 * Two caches, neither of which is ever told of a change:
 *
 * 1. A call site remembers which model a name means for as long as a new look
 *    could not answer otherwise.  fn_extra alone is no such limit: simple
 *    expressions of plpgsql keep it over many statements.  So the answer is
 *    kept with what it depended on (StatementKey): the active snapshot, by
 *    content and command id, the transaction and subtransaction, the user,
 *    and the client's statement.  If all are as they were, the same rows are
 *    visible: another transaction's end changes the snapshot's xmin, xmax or
 *    list; a change of our own is seen only from a higher command id on; and
 *    a rolled back savepoint has another subtransaction or command id, as the
 *    one is never given out twice and the other never goes back.
 * 2. The session keeps decoded models, by what they were decoded from: the
 *    toast pointer, so that a large model is not even detoasted, or the bytes
 *    of one stored in line.  A stored model never changes under its toast
 *    pointer.  (An id is used again only after four billion others, and must
 *    then meet an equal size, in the same table, within one session.)
 *
 * Models in use are pinned; the call site's memory context unpins them.
 */
#include "compat.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "crmprob.h"
#include "registry.h"

/* Names that one call site may use in turn without reading them again. */
#define SLOTS 32

/* In place of a version: the slot's name is the bytes of a model value. */
#define BY_VALUE (-1)

typedef struct StatementKey
{
	bool		set;
	LocalTransactionId transaction;
	SubTransactionId subtransaction;
	Oid			user;
	TimestampTz client_statement;
	CommandId	curcid;
	TransactionId xmin;
	TransactionId xmax;
	bool		suboverflowed;
	uint32		xcnt;
	int32		subxcnt;
	TransactionId *xids;		/* xip, then subxip */
	uint32		room;			/* of xids */
} StatementKey;

/* What a decoded model was decoded from. */
typedef struct ModelSource
{
	struct varatt_external toast;	/* when key is NULL */
	Size		key_size;		/* of a datum that is not toasted */
	char	   *key;
} ModelSource;

typedef struct ModelEntry
{
	dlist_node	node;			/* of the session cache, latest used first */
	MemoryContext context;
	CrmOpenModel *open;
	ModelSource source;
	uint64		serial;
	Size		size;
	int			pins;
} ModelEntry;

typedef struct Slot
{
	MemoryContext context;		/* name and feature map; NULL: free */
	char	   *name;
	int			name_len;
	int32		version;
	ModelEntry *entry;
	CrmRegisteredModel model;
} Slot;

struct CrmRegistry
{
	MemoryContext context;
	MemoryContextCallback callback;
	StatementKey statement;
	int			next;			/* slot that is given up next */
	Slot		slots[SLOTS];
};

static MemoryContext cache_context = NULL;
static dlist_head cache = DLIST_STATIC_INIT(cache);
static int	cache_entries = 0;
static Size cache_bytes = 0;
static uint64 last_serial = 0;

/* ---------------------------------------------------------------- session */

static bool
is_toasted(const struct varlena *v)
{
	return VARATT_IS_EXTERNAL_ONDISK(v);
}

static bool
same_source(const ModelSource *source, const struct varlena *v)
{
	struct varatt_external toast;

	if (!is_toasted(v))
		return source->key != NULL &&
			crm_model_key_size(v) == source->key_size &&
			memcmp(v, source->key, source->key_size) == 0;
	if (source->key != NULL)
		return false;
	VARATT_EXTERNAL_GET_POINTER(toast, v);
	return toast.va_toastrelid == source->toast.va_toastrelid &&
		toast.va_valueid == source->toast.va_valueid &&
		toast.va_rawsize == source->toast.va_rawsize &&
		toast.va_extinfo == source->toast.va_extinfo;
}

static void
drop_entry(ModelEntry *entry)
{
	dlist_delete(&entry->node);
	cache_entries--;
	cache_bytes -= entry->size;
	MemoryContextDelete(entry->context);
}

/* Gives up what was used longest ago until the rest is within bounds. */
static void
trim_cache(void)
{
	dlist_node *node = dlist_is_empty(&cache) ? NULL : dlist_tail_node(&cache);

	while (node != NULL && (cache_entries > CRM_MODEL_CACHE_ENTRIES ||
							cache_bytes > CRM_MODEL_CACHE_BYTES))
	{
		ModelEntry *entry = dlist_container(ModelEntry, node, node);

		node = dlist_has_prev(&cache, node) ?
			dlist_prev_node(&cache, node) : NULL;
		if (entry->pins == 0)
			drop_entry(entry);
	}
}

/*
 * Decodes in a context of the caller's, handed to the cache only when nothing
 * can fail any more.
 */
static ModelEntry *
add_entry(struct varlena *v)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "crmprob cached model",
												  ALLOCSET_SMALL_SIZES);
	ModelEntry *entry = MemoryContextAllocZero(context, sizeof *entry);

	entry->context = context;
	entry->open = crm_model_open(PointerGetDatum(v), context);
	if (is_toasted(v))
		VARATT_EXTERNAL_GET_POINTER(entry->source.toast, v);
	else
	{
		entry->source.key_size = crm_model_key_size(v);
		entry->source.key = MemoryContextAlloc(context,
											   entry->source.key_size);
		memcpy(entry->source.key, v, entry->source.key_size);
	}
	entry->size = MemoryContextMemAllocated(context, true);
	entry->serial = ++last_serial;
	if (cache_context == NULL)
		cache_context = AllocSetContextCreate(CacheMemoryContext,
											  "crmprob models",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextSetParent(context, cache_context);
	dlist_push_head(&cache, &entry->node);
	cache_entries++;
	cache_bytes += entry->size;
	return entry;
}

/* The decoded form of a stored model, pinned. */
static ModelEntry *
pin_model(struct varlena *v)
{
	dlist_iter	i;
	ModelEntry *entry = NULL;

	dlist_foreach(i, &cache)
	{
		entry = dlist_container(ModelEntry, node, i.cur);
		if (same_source(&entry->source, v))
		{
			dlist_move_head(&cache, &entry->node);
			entry->pins++;
			return entry;
		}
	}
	entry = add_entry(v);
	entry->pins++;
	trim_cache();
	return entry;
}

static void
unpin_model(ModelEntry *entry)
{
	Assert(entry->pins > 0);
	entry->pins--;
	trim_cache();
}

/* --------------------------------------------------------------- registry */

static SPIPlanPtr
saved_plan(SPIPlanPtr *plan, const char *query, int nargs)
{
	Oid			types[2] = {TEXTOID, INT4OID};

	if (*plan == NULL)
	{
		SPIPlanPtr	made = SPI_prepare(query, nargs, types);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "could not prepare \"%s\": %s", query,
				 SPI_result_code_string(SPI_result));
		*plan = made;
	}
	return *plan;
}

/*
 * Runs under the caller's snapshot (read only) and rights, row security
 * included.  NULL when there is no row.
 */
static struct varlena *
read_model(SPIPlanPtr plan, const text * name, int32 version)
{
	Datum		arguments[2] = {PointerGetDatum(name), Int32GetDatum(version)};
	bool		null;
	Datum		model;

	if (SPI_execute_plan(plan, arguments, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read crmprob.model_versions");
	if (SPI_processed == 0)
		return NULL;
	model = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &null);
	return null ? NULL : (struct varlena *) DatumGetPointer(model);
}

static void
no_such_model(const text * name, int32 version)
{
	static SPIPlanPtr any_plan = NULL;
	char	   *shown;
	bool		known;

	if (VARSIZE_ANY_EXHDR(name) > CRM_MODEL_NAME_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model does not exist: its name is longer than %d bytes",
						CRM_MODEL_NAME_MAX_BYTES),
				 errhint("A model written as text must be cast: score('...'::crmprob.model, record).")));
	shown = crm_clip(text_to_cstring(name));
	known = read_model(saved_plan(&any_plan,
								  "SELECT model FROM crmprob.model_versions"
								  " WHERE name OPERATOR(pg_catalog.=) $1 LIMIT 1",
								  1), name, 0) != NULL;

	if (!known)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" does not exist", shown),
				 errhint("Models are listed in crmprob.model_versions; crmprob.train() adds one.")));
	if (version != CRM_CHAMPION)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no version %d", shown, version),
				 errhint("Its versions are listed in crmprob.model_versions.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("model \"%s\" has no champion", shown),
			 errhint("Choose a version with crmprob.promote(name, version), or name one with crmprob.score(name, version, record).")));
}

static ModelEntry *
find_model(const text * name, int32 version)
{
	static SPIPlanPtr champion_plan = NULL;
	static SPIPlanPtr version_plan = NULL;
	SPIPlanPtr	plan;
	struct varlena *model;
	ModelEntry *entry;

	SPI_connect();
	if (version == CRM_CHAMPION)
		plan = saved_plan(&champion_plan,
						  "SELECT model FROM crmprob.model_versions"
						  " WHERE name OPERATOR(pg_catalog.=) $1"
						  " AND status OPERATOR(pg_catalog.=) 'champion'::pg_catalog.text",
						  1);
	else
		plan = saved_plan(&version_plan,
						  "SELECT model FROM crmprob.model_versions"
						  " WHERE name OPERATOR(pg_catalog.=) $1"
						  " AND version OPERATOR(pg_catalog.=) $2", 2);
	model = read_model(plan, name, version);
	if (model == NULL)
		no_such_model(name, version);
	entry = pin_model(model);
	SPI_finish();
	return entry;
}

/* -------------------------------------------------------------- call site */

static bool
same_statement(const StatementKey *key)
{
	Snapshot	s = GetActiveSnapshot();

	return key->set &&
		key->transaction == crm_local_transaction() &&
		key->subtransaction == GetCurrentSubTransactionId() &&
		key->user == GetUserId() &&
		key->client_statement == GetCurrentStatementStartTimestamp() &&
		key->curcid == s->curcid &&
		key->xmin == s->xmin &&
		key->xmax == s->xmax &&
		key->suboverflowed == s->suboverflowed &&
		key->xcnt == s->xcnt &&
		key->subxcnt == s->subxcnt &&
		(s->xcnt == 0 || memcmp(key->xids, s->xip,
								s->xcnt * sizeof(TransactionId)) == 0) &&
		(s->subxcnt == 0 || memcmp(key->xids + s->xcnt, s->subxip,
								   s->subxcnt * sizeof(TransactionId)) == 0);
}

static void
remember_statement(StatementKey *key, MemoryContext context)
{
	Snapshot	s = GetActiveSnapshot();
	uint32		n = s->xcnt + (uint32) s->subxcnt;

	key->set = false;
	if (n > key->room)
	{
		if (key->xids)
			pfree(key->xids);
		key->room = 0;
		key->xids = MemoryContextAlloc(context, n * sizeof(TransactionId));
		key->room = n;
	}
	key->transaction = crm_local_transaction();
	key->subtransaction = GetCurrentSubTransactionId();
	key->user = GetUserId();
	key->client_statement = GetCurrentStatementStartTimestamp();
	key->curcid = s->curcid;
	key->xmin = s->xmin;
	key->xmax = s->xmax;
	key->suboverflowed = s->suboverflowed;
	key->xcnt = s->xcnt;
	key->subxcnt = s->subxcnt;
	if (s->xcnt > 0)
		memcpy(key->xids, s->xip, s->xcnt * sizeof(TransactionId));
	if (s->subxcnt > 0)
		memcpy(key->xids + s->xcnt, s->subxip,
			   s->subxcnt * sizeof(TransactionId));
	key->set = true;
}

static void
free_slot(Slot *slot)
{
	ModelEntry *entry = slot->entry;
	MemoryContext context = slot->context;

	slot->entry = NULL;
	slot->context = NULL;
	if (context != NULL)
		MemoryContextDelete(context);
	if (entry != NULL)
		unpin_model(entry);
}

/* The call site's memory goes: its children are gone already. */
static void
release_pins(void *registry)
{
	for (int i = 0; i < SLOTS; i++)
	{
		ModelEntry *entry = ((CrmRegistry *) registry)->slots[i].entry;

		if (entry != NULL)
			unpin_model(entry);
	}
}

CrmRegistry *
crm_registry_create(MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "crmprob registry",
											  ALLOCSET_SMALL_SIZES);
	CrmRegistry *registry = MemoryContextAllocZero(own, sizeof *registry);

	registry->context = own;
	registry->callback.func = release_pins;
	registry->callback.arg = registry;
	MemoryContextRegisterResetCallback(own, &registry->callback);
	return registry;
}

/* A slot that answers for these bytes, not filled yet. */
static Slot *
take_slot(CrmRegistry *registry, const char *name, int len, int32 version)
{
	Slot	   *slot = &registry->slots[registry->next];

	registry->next = (registry->next + 1) % SLOTS;
	free_slot(slot);
	memset(&slot->model, 0, sizeof slot->model);
	slot->context = AllocSetContextCreate(registry->context,
										  "crmprob call site",
										  ALLOCSET_SMALL_SIZES);
	slot->name = MemoryContextAlloc(slot->context, len + 1);
	memcpy(slot->name, name, len);
	slot->name_len = len;
	slot->version = version;
	return slot;
}

static CrmRegisteredModel *
fill_slot(Slot *slot, ModelEntry *entry)
{
	slot->entry = entry;
	slot->model.open = entry->open;
	slot->model.serial = entry->serial;
	slot->model.context = slot->context;
	crm_record_scorer_init(&slot->model.scorer, slot->model.open,
						   slot->context);
	return &slot->model;
}

static CrmRegisteredModel *
find_slot(CrmRegistry *registry, const char *name, int len, int32 version)
{
	for (int i = 0; i < SLOTS; i++)
	{
		Slot	   *slot = &registry->slots[i];

		if (slot->entry != NULL && slot->version == version &&
			slot->name_len == len && memcmp(slot->name, name, len) == 0)
			return &slot->model;
	}
	return NULL;
}

CrmRegisteredModel *
crm_registry_get(CrmRegistry *registry, const text * name, int32 version)
{
	const char *bytes = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);
	CrmRegisteredModel *model;
	Slot	   *slot;

	if (!same_statement(&registry->statement))
	{
		for (int i = 0; i < SLOTS; i++)
			free_slot(&registry->slots[i]);
		registry->next = 0;
		remember_statement(&registry->statement, registry->context);
	}
	model = find_slot(registry, bytes, len, version);
	if (model != NULL)
		return model;
	slot = take_slot(registry, bytes, len, version);
	return fill_slot(slot, find_model(name, version));
}

void
crm_registry_check_version(int32 version)
{
	if (version < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version %d is not positive", version)));
}

CrmRegisteredModel *
crm_registry_get_value(CrmRegistry *registry, Datum value)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(value);
	CrmRegisteredModel *model;
	Slot	   *slot;
	int			size;

	/* a pointer into memory says nothing about what it points to */
	if (VARATT_IS_EXTERNAL(v) && !VARATT_IS_EXTERNAL_ONDISK(v))
		v = PG_DETOAST_DATUM(value);
	size = (int) crm_model_key_size(v);
	model = find_slot(registry, (char *) v, size, BY_VALUE);
	if (model != NULL)
		return model;
	slot = take_slot(registry, (char *) v, size, BY_VALUE);
	return fill_slot(slot, pin_model(v));
}
