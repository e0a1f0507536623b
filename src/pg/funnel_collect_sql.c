/*
 * funnel_collect_sql.c
 *		funnel(entity, stage, at [, amount], definition): a funnel in one pass.
 *
 * The state collects records (grouping.h) and is `internal`: it holds the
 * events themselves, far more than a datum can.  Records go to one of 256
 * partitions by a hash of the deal, in chunks; above work_mem the partitions
 * are written to 64 temporary files and start again empty.  At the end each
 * partition is grouped by deal and matched.  Counts add up in any order, so
 * partitions, files and order of rows do not show in the result.
 *
 * What does not fit into a record's key (a time beyond the years 859 to 3141,
 * a stage code above 254) stands in a list beside, and the key holds its
 * number there.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "storage/buffile.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "funnel_sql.h"
#include "grouping.h"
#include "record_store.h"
#include "sort.h"

#define PARTITION_BITS 8
#define N_PARTITIONS (1 << PARTITION_BITS)

/* Files hold four partitions each: every file has a buffer of 8 kB. */
#define FILE_BITS 6
#define N_FILES (1 << FILE_BITS)

/* Below this many words everything is one partition. */
#define SMALL_WORDS 65536
#define FIRST_WORDS 128

/* Chunks of a partition in words: between 4 kB and 64 kB. */
#define CHUNK_MIN 512
#define CHUNK_MAX 8192

/* A cache line of 64 bytes and a half ahead of the record that is written. */
#define PREFETCH_WORDS 12

/* Below this the partitions' own chunks would fill the memory. */
#define LIMIT_MIN ((Size) 4 * 1024 * 1024)

/* Labels that are found without a search; a power of two. */
#define CACHE_BITS 6
#define CACHE_SLOTS (1 << CACHE_BITS)

/* Texts up to this many bytes are ids by themselves. */
#define TEXT_ID_WORDS 3
#define TEXT_ID_BYTES (TEXT_ID_WORDS * 8 - 1)

typedef enum EntityKind
{
	ENTITY_BIGINT, ENTITY_UUID, ENTITY_TEXT
} EntityKind;

typedef enum StepKind
{
	STEP_STAGE, STEP_LABEL, STEP_ORDINAL
} StepKind;

typedef struct Chunk
{
	struct Chunk *next;			/* the one filled before */
	uint32		used;			/* words; of the newest see Cursor */
	uint32		room;
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

/* Where a partition's next record goes: inside its newest chunk. */
typedef struct Cursor
{
	uint64	   *next;
	uint64	   *end;
} Cursor;

/* A step value seen before: the bytes of a stage, a label or an ordinal. */
typedef struct StepValue
{
	const char *bytes;
	uint64		word;			/* crm_tail_word, in the cache */
	uint32		len;
	uint32		code;
} StepValue;

/* An event whose time or code does not fit into a key. */
typedef struct OddEvent
{
	int64		at;
	uint32		code;
} OddEvent;

typedef struct Collection
{
	MemoryContext context;
	struct varlena *definition;
	bool		steady;			/* each row brings the same definition */
	uint64		serial;			/* of the call that compared it last */
	uint32		n_stages;
	EntityKind	entity;
	StepKind	step;
	CrmRecordShape shape;
	bool		has_amounts;
	bool		partitioned;
	uint64		ignored;
	Size		memory;			/* bytes of chunks */
	Size		limit;
	Cursor		cursor[N_PARTITIONS];
	Chunk	   *chunk[N_PARTITIONS];
	BufFile   **file;			/* NULL until work_mem is full */
	uint64	   *file_words;
	StepValue	cache[CACHE_SLOTS];
	StepValue  *unknown;		/* codes from n_stages + 1 on */
	uint32		n_unknown;
	uint32		unknown_room;
	OddEvent   *odd;
	uint64		n_odd;
	uint64		odd_room;
	HTAB	   *long_texts;
} Collection;

/*----------
 * Records
 *----------
 */

static void
note_used(Collection *c, uint32 partition)
{
	Chunk	   *chunk = c->chunk[partition];

	if (chunk != NULL)
		chunk->used = (uint32) (c->cursor[partition].next - chunk->words);
}

/* A new chunk, which becomes the partition's newest. */
static void
add_chunk(Collection *c, uint32 partition, uint32 words)
{
	Size		size = offsetof(Chunk, words) + (Size) words * sizeof(uint64);
	Chunk	   *chunk = MemoryContextAlloc(c->context, size);

	note_used(c, partition);
	chunk->next = c->chunk[partition];
	chunk->used = 0;
	chunk->room = words;
	c->chunk[partition] = chunk;
	c->cursor[partition].next = chunk->words;
	c->cursor[partition].end = chunk->words + words;
	c->memory += size;
}

static uint32
chunk_words(const Collection *c)
{
	Size		memory = Min(c->memory, c->limit);
	Size		words = memory / (4 * N_PARTITIONS * sizeof(uint64));

	return (uint32) Max(CHUNK_MIN, Min(words, CHUNK_MAX));
}

static inline uint32
partition_of(const Collection *c, const uint64 *record)
{
	return c->partitioned ?
		(uint32) (crm_group_hash(record, c->shape.id_words) >>
				  (64 - PARTITION_BITS)) : 0;
}

static void
free_chunks(Collection *c, uint32 partition)
{
	Chunk	   *chunk = c->chunk[partition];

	while (chunk != NULL)
	{
		Chunk	   *next = chunk->next;

		c->memory -= offsetof(Chunk, words) +
			(Size) chunk->room * sizeof(uint64);
		pfree(chunk);
		chunk = next;
	}
	c->chunk[partition] = NULL;
	c->cursor[partition].next = c->cursor[partition].end = NULL;
}

static void write_files(Collection *c);
static void add_record(Collection *c, const uint64 *record);

static inline bool
has_room(const Collection *c, uint32 partition)
{
	const Cursor *cursor = &c->cursor[partition];

	return cursor->end - cursor->next >= c->shape.words;
}

static inline void
put_record(Collection *c, uint32 partition, const uint64 *record)
{
	uint64	   *place = c->cursor[partition].next;

	c->cursor[partition].next = place + c->shape.words;
#ifdef __GNUC__
	/* rows come to their partitions at random: this line is next, some time */
	__builtin_prefetch(place + PREFETCH_WORDS, 1);
#endif
	for (int k = 0; k < c->shape.words; k++)
		place[k] = record[k];
}

/* From one partition to all of them. */
static void
spread(Collection *c)
{
	Chunk	   *all = c->chunk[0];

	note_used(c, 0);
	c->chunk[0] = NULL;
	c->cursor[0].next = c->cursor[0].end = NULL;
	c->partitioned = true;
	for (uint32 at = 0; at < all->used; at += (uint32) c->shape.words)
		add_record(c, all->words + at);
	c->memory -= offsetof(Chunk, words) + (Size) all->room * sizeof(uint64);
	pfree(all);
}

/* Room in the one chunk of a small collection. */
static void
grow_small(Collection *c)
{
	Chunk	   *old = c->chunk[0];
	uint32		used;

	note_used(c, 0);
	used = old->used;
	c->chunk[0] = NULL;
	add_chunk(c, 0, 2 * old->room);
	memcpy(c->chunk[0]->words, old->words, (Size) used * sizeof(uint64));
	c->cursor[0].next += used;
	c->memory -= offsetof(Chunk, words) + (Size) old->room * sizeof(uint64);
	pfree(old);
}

/* Where a record of a full partition goes; that may be another one. */
static uint32
make_room(Collection *c, uint32 partition, const uint64 *record)
{
	if (!c->partitioned)
	{
		if (c->chunk[0]->room < SMALL_WORDS)
		{
			grow_small(c);
			return 0;
		}
		spread(c);
		partition = partition_of(c, record);
		if (has_room(c, partition))
			return partition;
	}
	if (c->memory > c->limit)
		write_files(c);
	add_chunk(c, partition, chunk_words(c));
	return partition;
}

static inline void
add_record(Collection *c, const uint64 *record)
{
	uint32		partition = partition_of(c, record);

	if (unlikely(!has_room(c, partition)))
		partition = make_room(c, partition, record);
	put_record(c, partition, record);
}

/*----------
 * Temporary files
 *----------
 */

static void
write_files(Collection *c)
{
	MemoryContext old = MemoryContextSwitchTo(c->context);

	if (c->file == NULL)
	{
		c->file = palloc0(N_FILES * sizeof(BufFile *));
		c->file_words = palloc0(N_FILES * sizeof(uint64));
	}
	for (uint32 p = 0; p < N_PARTITIONS; p++)
	{
		uint32		f = p >> (PARTITION_BITS - FILE_BITS);

		note_used(c, p);
		for (Chunk *chunk = c->chunk[p]; chunk != NULL; chunk = chunk->next)
		{
			CHECK_FOR_INTERRUPTS();
			if (c->file[f] == NULL)
				c->file[f] = BufFileCreateTemp(false);
			BufFileWrite(c->file[f], chunk->words,
						 chunk->used * sizeof(uint64));
			c->file_words[f] += chunk->used;
		}
		free_chunks(c, p);
	}
	MemoryContextSwitchTo(old);
}

static void
close_files(Datum collection)
{
	Collection *c = (Collection *) DatumGetPointer(collection);

	for (int f = 0; c->file != NULL && f < N_FILES; f++)
		if (c->file[f] != NULL)
			BufFileClose(c->file[f]);
	c->file = NULL;
}

/*----------
 * Entities and steps
 *----------
 */

typedef struct LongText
{
	uint64		hash;			/* the key, with the text below */
	uint32		len;
	uint32		number;
	const char *bytes;
} LongText;

static uint32
long_text_hash(const void *key, Size size)
{
	return (uint32) ((const LongText *) key)->hash;
}

static int
long_text_compare(const void *a, const void *b, Size size)
{
	const LongText *x = a;
	const LongText *y = b;

	return x->hash != y->hash || x->len != y->len ||
		memcmp(x->bytes, y->bytes, x->len) != 0;
}

/* A number for a text that is too long for an id. */
static uint32
long_text_number(Collection *c, const char *bytes, uint32 len)
{
	LongText	key = {0, len, 0, bytes};
	LongText   *entry;
	bool		found;

	if (c->long_texts == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(LongText);
		control.entrysize = sizeof(LongText);
		control.hash = long_text_hash;
		control.match = long_text_compare;
		control.hcxt = c->context;
		c->long_texts = hash_create("crmprob entities", 1024, &control,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
									HASH_CONTEXT);
	}
	key.hash = DatumGetUInt64(hash_any_extended((const unsigned char *) bytes,
												(int) len, 0));
	entry = hash_search(c->long_texts, &key, HASH_ENTER, &found);
	if (!found)
	{
		char	   *copy = MemoryContextAlloc(c->context, len);

		memcpy(copy, bytes, len);
		entry->bytes = copy;
		entry->number = (uint32) hash_get_num_entries(c->long_texts);
		c->memory += len + sizeof(LongText);
	}
	return entry->number;
}

static pg_attribute_always_inline void
entity_id(Collection *c, EntityKind kind, Datum entity, uint64 *id)
{
	struct varlena *text;
	uint32		len;

	if (kind == ENTITY_BIGINT)
		id[0] = (uint64) DatumGetInt64(entity);
	else if (kind == ENTITY_UUID)
		memcpy(id, DatumGetUUIDP(entity)->data, UUID_LEN);
	else
	{
		text = PG_DETOAST_DATUM_PACKED(entity);
		len = VARSIZE_ANY_EXHDR(text);
		memset(id, 0, TEXT_ID_WORDS * sizeof(uint64));
		if (len <= TEXT_ID_BYTES)
		{
			memcpy(id, VARDATA_ANY(text), len);
			((uint8 *) id)[TEXT_ID_BYTES] = (uint8) len;
		}
		else
		{
			id[0] = long_text_number(c, VARDATA_ANY(text), len);
			((uint8 *) id)[TEXT_ID_BYTES] = UINT8_MAX;
		}
		if ((Pointer) text != DatumGetPointer(entity))
			pfree(text);
	}
}

static const char *
keep_bytes(Collection *c, const char *bytes, uint32 len)
{
	char	   *copy = MemoryContextAlloc(c->context, Max(len, 1));

	memcpy(copy, bytes, len);
	return copy;
}

/* Codes behind those of the pipeline tell unknown stages from each other. */
static uint32
unknown_code(Collection *c, const char *bytes, uint32 len)
{
	for (uint32 i = 0; i < c->n_unknown; i++)
		if (c->unknown[i].len == len &&
			memcmp(c->unknown[i].bytes, bytes, len) == 0)
			return c->n_stages + 1 + i;
	if (c->n_unknown == c->unknown_room)
	{
		uint32		room = Max(16, 2 * c->unknown_room);
		Size		size = room * sizeof(StepValue);

		c->unknown = c->unknown == NULL ?
			MemoryContextAlloc(c->context, size) : repalloc(c->unknown, size);
		c->unknown_room = room;
	}
	c->unknown[c->n_unknown].bytes = keep_bytes(c, bytes, len);
	c->unknown[c->n_unknown].len = len;
	return c->n_stages + 1 + c->n_unknown++;
}

/* The code of a stage (rank and label) or of a label. */
static inline uint32
label_code(Collection *c, const CrmFunnelCall *call, const char *bytes,
		   uint32 len)
{
	uint64		word = crm_tail_word(bytes, len);
	StepValue  *known = &c->cache[crm_tail_slot(word, CACHE_BITS)];
	uint32		head = c->step == STEP_STAGE ? 2 : 0;
	uint32		code;

	if (known->bytes != NULL && known->word == word && known->len == len &&
		(len <= CRM_TAIL_EXACT || memcmp(known->bytes, bytes, len) == 0))
		return known->code;
	code = (uint32) crm_funnel_stage(&call->definition, bytes + head,
									 len - head);
	if (code == 0)
		code = unknown_code(c, bytes, len);
	known->bytes = keep_bytes(c, bytes, len);
	known->word = word;
	known->len = len;
	known->code = code;
	return code;
}

static pg_attribute_always_inline uint32
step_code(Collection *c, const CrmFunnelCall *call, StepKind kind, Datum step)
{
	struct varlena *v;
	uint32		code;
	int32		ordinal;

	if (kind == STEP_ORDINAL)
	{
		ordinal = DatumGetInt32(step);
		if (ordinal >= 1 && (uint32) ordinal <= c->n_stages)
			return (uint32) ordinal;
		return unknown_code(c, (const char *) &ordinal, sizeof ordinal);
	}
	v = PG_DETOAST_DATUM_PACKED(step);
	if (kind == STEP_LABEL)
		code = label_code(c, call, VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
	else if (VARSIZE_ANY_EXHDR(v) <= CRM_STAGE_HEADER_SIZE)
	{
		DatumGetCrmStage(PointerGetDatum(v));
		code = 0;
	}
	else
		code = label_code(c, call, VARDATA_ANY(v) + 1,
						  VARSIZE_ANY_EXHDR(v) - 1);
	if ((Pointer) v != DatumGetPointer(step))
		pfree(v);
	return code;
}

static uint64
odd_key(Collection *c, int64 at, uint32 code)
{
	if (c->n_odd == c->odd_room)
	{
		uint64		room = Max(64, 2 * c->odd_room);
		Size		size = room * sizeof(OddEvent);

		c->odd = c->odd == NULL ?
			MemoryContextAllocHuge(c->context, size) :
			repalloc_huge(c->odd, size);
		c->odd_room = room;
	}
	c->odd[c->n_odd].at = at;
	c->odd[c->n_odd].code = code;
	return c->n_odd++ << 8 | CRM_KEY_ESCAPE;
}

/*----------
 * Transition
 *----------
 */

/*
 * Whether the definition cannot change between rows of one aggregation: it is
 * a constant or a parameter, which a scalar sub-select is too.  Somebody else
 * may pass on the context of his own aggregate: hence the count.
 */
static bool
is_steady(FunctionCallInfo fcinfo)
{
	Aggref	   *aggregate = AggGetAggref(fcinfo);
	TargetEntry *definition;

	if (aggregate == NULL ||
		list_length(aggregate->args) != PG_NARGS() - 1)
		return false;
	definition = llast_node(TargetEntry, aggregate->args);
	return IsA(definition->expr, Const) || IsA(definition->expr, Param);
}

static Collection *
new_collection(FunctionCallInfo fcinfo, MemoryContext aggregate,
			   const CrmFunnelCall *call, EntityKind entity, StepKind step)
{
	MemoryContext context = AllocSetContextCreate(aggregate, "crmprob funnel",
												  ALLOCSET_START_SMALL_SIZES);
	Collection *c = MemoryContextAllocZero(context, sizeof *c);

	c->context = context;
	c->definition = MemoryContextAlloc(context, VARHDRSZ + call->size);
	SET_VARSIZE(c->definition, VARHDRSZ + call->size);
	memcpy(VARDATA(c->definition), call->bytes, call->size);
	c->steady = is_steady(fcinfo);
	c->serial = call->serial;
	c->n_stages = (uint32) crm_funnel_n_stages(&call->definition);
	c->entity = entity;
	c->step = step;
	c->has_amounts = PG_NARGS() > 5;
	c->shape.id_words = entity == ENTITY_BIGINT ? 1 :
		entity == ENTITY_UUID ? 2 : TEXT_ID_WORDS;
	c->shape.words = c->shape.id_words + 1 + c->has_amounts;
	c->limit = Max((Size) work_mem * 1024, LIMIT_MIN);
	add_chunk(c, 0, FIRST_WORDS);

	/*
	 * On error, and in a window, the files are closed by the resource owner.
	 */
	if (AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE)
		AggRegisterCallback(fcinfo, close_files, PointerGetDatum(c));
	return c;
}

/* The collection to add to: a new one, or one whose definition is this row's. */
static Collection *
check_collection(FunctionCallInfo fcinfo, EntityKind entity, StepKind step)
{
	MemoryContext aggregate;
	CrmFunnelCall *call;
	Collection *c;
	int			definition = PG_NARGS() - 1;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(definition))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("funnel definition must not be null")));
	call = crm_funnel_call(fcinfo, PG_GETARG_DATUM(definition));
	if (PG_ARGISNULL(0))
		return new_collection(fcinfo, aggregate, call, entity, step);
	c = (Collection *) PG_GETARG_POINTER(0);
	if (c->serial != call->serial)
	{
		crm_funnel_require_definition(VARDATA(c->definition),
									  VARSIZE(c->definition) - VARHDRSZ,
									  call->bytes, call->size);
		c->serial = call->serial;
	}
	return c;
}

/* Only an aggregate can have a state of type internal for its argument. */
static inline Collection *
get_collection(FunctionCallInfo fcinfo, EntityKind entity, StepKind step)
{
	if (!PG_ARGISNULL(0) && ((Collection *) PG_GETARG_POINTER(0))->steady)
		return (Collection *) PG_GETARG_POINTER(0);
	return check_collection(fcinfo, entity, step);
}

/* entity and step are constants where this is inlined. */
static pg_attribute_always_inline Datum
collect(FunctionCallInfo fcinfo, EntityKind entity, StepKind step)
{
	Collection *c = get_collection(fcinfo, entity, step);
	const CrmFunnelCall *call = fcinfo->flinfo->fn_extra;
	uint64		record[CRM_GROUP_MAX_WORDS];
	int64		at;
	uint32		code;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		c->ignored++;
		PG_RETURN_POINTER(c);
	}
	at = crm_finite_time(PG_GETARG_TIMESTAMPTZ(3), "at");
	code = step_code(c, call, step, PG_GETARG_DATUM(2));
	entity_id(c, entity, PG_GETARG_DATUM(1), record);
	record[c->shape.id_words] = crm_key_fits(at, code) ? crm_key(at, code) :
		odd_key(c, at, code);
	if (c->has_amounts)
		record[c->shape.id_words + 1] = (uint64) (PG_ARGISNULL(4) ?
												  CRM_NO_AMOUNT :
												  crm_numeric_money(PG_GETARG_DATUM(4)));
	add_record(c, record);
	PG_RETURN_POINTER(c);
}

/*
 * funnel_collect(internal, entity, step, at timestamptz [, amount numeric],
 * funnel_definition) -> internal, for each type of entity and step; not strict:
 * a row whose entity, step or time is NULL is counted, a NULL definition is an
 * error
 */
#define COLLECT(name, entity, step) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	return collect(fcinfo, entity, step); \
}

COLLECT(funnel_collect_bigint_stage, ENTITY_BIGINT, STEP_STAGE)
COLLECT(funnel_collect_bigint_label, ENTITY_BIGINT, STEP_LABEL)
COLLECT(funnel_collect_bigint_ordinal, ENTITY_BIGINT, STEP_ORDINAL)
COLLECT(funnel_collect_uuid_stage, ENTITY_UUID, STEP_STAGE)
COLLECT(funnel_collect_uuid_label, ENTITY_UUID, STEP_LABEL)
COLLECT(funnel_collect_uuid_ordinal, ENTITY_UUID, STEP_ORDINAL)
COLLECT(funnel_collect_text_stage, ENTITY_TEXT, STEP_STAGE)
COLLECT(funnel_collect_text_label, ENTITY_TEXT, STEP_LABEL)
COLLECT(funnel_collect_text_ordinal, ENTITY_TEXT, STEP_ORDINAL)

/*----------
 * Final function
 *----------
 */

static inline bool
event_less(const void *data, size_t i, size_t j)
{
	const CrmEvent *e = data;
	uint32		a = e[i].code == 0 ? UINT32_MAX : (uint32) e[i].code;
	uint32		b = e[j].code == 0 ? UINT32_MAX : (uint32) e[j].code;

	return e[i].at != e[j].at ? e[i].at < e[j].at : a < b;
}

static inline void
event_swap(void *data, size_t i, size_t j)
{
	CrmEvent   *e = data;
	CrmEvent	swap = e[i];

	e[i] = e[j];
	e[j] = swap;
}

/* With odd events among them: sort again, now by what they stand for. */
static size_t
sort_odd(CrmEvent *events, size_t n)
{
	size_t		kept = 0;

	crm_sort_pausing(events, n, event_less, event_swap, crm_pause);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || event_less(events, kept - 1, i))
			events[kept++] = events[i];
	return kept;
}

/* The events of one deal from its n records, which are sorted by key. */
static CrmFunnelState *
add_deal(Collection *c, CrmFunnelCall *call, CrmFunnelState *s,
		 const uint64 *records, size_t n)
{
	int			id_words = c->shape.id_words;
	size_t		kept = 0;
	uint64		last_key = 0;
	bool		has_odd = false;
	int64		amount = CRM_NO_AMOUNT;
	int64		amount_at = 0;
	uint32		amount_position = 0;

	crm_funnel_call_room(call, n);
	for (size_t i = 0; i < n; i++, records += c->shape.words)
	{
		uint64		key = records[id_words];
		uint32		code = crm_key_code(key);
		int64		at = crm_key_time(key);
		bool		odd = code == CRM_KEY_ESCAPE;

		crm_pause_at(crm_pause, i);
		if (odd)
		{
			const OddEvent *e = &c->odd[key >> 8];

			at = e->at;
			code = e->code;
			has_odd = true;
		}
		if (c->has_amounts && (int64) records[id_words + 1] != CRM_NO_AMOUNT)
		{
			int64		own = (int64) records[id_words + 1];
			uint32		position = Min(code, c->n_stages + 1);

			if (amount == CRM_NO_AMOUNT || at > amount_at ||
				(at == amount_at && (position > amount_position ||
									 (position == amount_position &&
									  own > amount))))
			{
				amount = own;
				amount_at = at;
				amount_position = position;
			}
		}
		/* the same event once more, perhaps with another amount */
		if (!odd && kept > 0 && key == last_key)
			continue;
		last_key = key;
		call->events[kept].at = at;
		call->events[kept].code = (int32) code;
		call->events[kept++].reserved = 0;
	}
	if (has_odd)
		kept = sort_odd(call->events, kept);
	CHECK_FOR_INTERRUPTS();
	for (size_t i = 0; i < kept; i++)
		if ((uint32) call->events[i].code > c->n_stages)
		{
			call->events[i].code = 0;
			s->counts.unknown++;
		}
	s->counts.deals += kept > 0;
	kept = crm_match_prepare(&call->program.rule, call->events, kept,
							 call->scratch);
	return crm_funnel_add_entries(s, call, kept, amount);
}

/* Groups words that are in g->in and counts their deals. */
static CrmFunnelState *
count_partition(Collection *c, CrmFunnelCall *call, CrmFunnelState *s,
				CrmGroupRoom *g, Size words, int used_bits)
{
	size_t		n = words / (Size) c->shape.words;
	size_t		i = 0;

	CHECK_FOR_INTERRUPTS();
	crm_group(c->shape, g->in, g->out, n, used_bits, g->slots,
			  crm_pause);
	while (i < n)
	{
		const uint64 *deal = g->out + i * (Size) c->shape.words;
		size_t		length = crm_group_length(c->shape, deal, n - i);

		s = add_deal(c, call, s, deal, length);
		i += length;
		if ((i & 1023) < length)
			CHECK_FOR_INTERRUPTS();
	}
	return s;
}

/* Oldest chunk first, so that rows that came in order stay in order. */
static void
copy_chunks(const Chunk *newest, Size words, uint64 *to)
{
	for (const Chunk *chunk = newest; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		words -= chunk->used;
		memcpy(to + words, chunk->words, chunk->used * sizeof(uint64));
	}
}

static Size
words_of(const Chunk *newest)
{
	Size		words = 0;

	for (const Chunk *chunk = newest; chunk != NULL; chunk = chunk->next)
		words += chunk->used;
	return words;
}

PG_FUNCTION_INFO_V1(funnel_collect_final);

/*
 * funnel_collect_final(internal) -> funnel; reads only, so that a window frame
 * can go on; NULL for no rows
 */
Datum
funnel_collect_final(PG_FUNCTION_ARGS)
{
	Collection *c;
	CrmFunnelCall *call;
	CrmFunnelState *s;
	CrmGroupRoom g = {0};
	int			parts;
	int			bits;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	c = (Collection *) PG_GETARG_POINTER(0);
	call = crm_funnel_call(fcinfo, PointerGetDatum(c->definition));
	s = crm_funnel_new_state(call);
	s->counts.ignored = c->ignored;
	for (uint32 p = 0; p < N_PARTITIONS; p++)
		note_used(c, p);
	parts = !c->partitioned ? 1 : c->file != NULL ? N_FILES : N_PARTITIONS;
	bits = !c->partitioned ? 0 : c->file != NULL ? FILE_BITS : PARTITION_BITS;
	for (int p = 0; p < parts; p++)
	{
		int			first = c->file != NULL ? p * (N_PARTITIONS / N_FILES) : p;
		int			last = c->file != NULL ?
		first + N_PARTITIONS / N_FILES - 1 : p;
		Size		stored = c->file != NULL ? c->file_words[p] : 0;
		Size		words = stored;

		for (int k = first; k <= last; k++)
			words += words_of(c->chunk[k]);
		if (words == 0)
			continue;
		crm_group_room(&g, CurrentMemoryContext, words,
					   crm_group_slots(words / (Size) c->shape.words) + 1);
		if (stored > 0)
			crm_read_words(c->file[p], stored, g.in);
		for (int k = first; k <= last; k++)
		{
			Size		own = words_of(c->chunk[k]);

			copy_chunks(c->chunk[k], own, g.in + stored);
			stored += own;
		}
		s = count_partition(c, call, s, &g, words, bits);
	}
	PG_RETURN_BYTEA_P(crm_funnel_encode_state(s));
}
