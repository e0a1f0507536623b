/*
 * affinity_collect_sql.c
 *		affinity(customer, product [, min_support]): pairs counted in one pass.
 *
 * The state collects (customer, product) and is `internal`: it holds the rows
 * themselves, above work_mem in files (record_store.h).  At the end the rows
 * are grouped into baskets, in which a product counts once; products below the
 * minimum support are dropped, since no pair of theirs can reach it; and the
 * pairs of the others are counted in a triangle of counters.  Where the
 * triangle does not fit in memory it is counted in blocks of rows, each in a
 * pass of its own over the baskets.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "affinity_sql.h"
#include "crmprob.h"
#include "record_store.h"
#include "string_set.h"

PG_FUNCTION_INFO_V1(affinity_add_bigint);
PG_FUNCTION_INFO_V1(affinity_add_uuid);
PG_FUNCTION_INFO_V1(affinity_add_text);
PG_FUNCTION_INFO_V1(affinity_collect_final);

/* Different products of all rows, before rare ones are dropped. */
#define MAX_RAW_PRODUCTS (UINT32_C(1) << 22)

/* Texts of up to 23 bytes are ids by themselves, longer ones by a hash. */
#define TEXT_ID_WORDS 3
#define TEXT_ID_BYTES (TEXT_ID_WORDS * 8 - 1)

/* Counters of one block, in bytes: at least this much. */
#define BLOCK_MIN ((Size) 16 * 1024 * 1024)

/* Counters cleared between two looks for an interrupt. */
#define CLEAR_STEP ((size_t) 4 * 1024 * 1024)

typedef struct Collector
{
	MemoryContext context;
	CrmRecordStore *records;
	CrmRecordShape shape;
	CrmStringSet products;
	uint32		min_support;
} Collector;

/*----------
 * Rows
 *----------
 */

static uint32
support_argument(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() < 4)
		return 1;
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"min_support\" must not be null")));
	if (PG_GETARG_INT32(3) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"min_support\" must be at least 1, not %d",
						PG_GETARG_INT32(3))));
	return (uint32) PG_GETARG_INT32(3);
}

static Collector *
collector_argument(FunctionCallInfo fcinfo, int id_words)
{
	uint32		min_support = support_argument(fcinfo);
	MemoryContext aggregate;
	MemoryContext context;
	MemoryContext old;
	Collector  *c;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		crm_require_aggregate(fcinfo);
	if (!PG_ARGISNULL(0))
	{
		c = (Collector *) PG_GETARG_POINTER(0);
		if (c->min_support != min_support)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"min_support\" must be the same in all rows")));
		return c;
	}
	context = AllocSetContextCreate(aggregate, "crmprob affinity",
									ALLOCSET_DEFAULT_SIZES);
	c = MemoryContextAllocZero(context, sizeof *c);
	c->context = context;
	c->min_support = min_support;
	c->shape.id_words = id_words;
	c->shape.words = id_words + 1;
	c->records = crm_record_store(fcinfo, context, c->shape);
	old = MemoryContextSwitchTo(context);
	crm_string_set_init(&c->products);
	MemoryContextSwitchTo(old);
	return c;
}

static uint32
product_code(Collector *c, Datum product)
{
	text	   *t = DatumGetTextPP(product);
	size_t		len = VARSIZE_ANY_EXHDR(t);
	MemoryContext old;
	uint32		n = c->products.n;
	uint32		code;
	CrmError	error;

	if (len == 0 || len > CRM_PRODUCT_MAX_BYTES)
	{
		(void) crm_product_check(VARDATA_ANY(t), len, &error);
		error.kind = len == 0 ? CRM_ERROR_VALUE : error.kind;
		crm_bad_argument("product", &error);
	}
	old = MemoryContextSwitchTo(c->context);
	code = crm_string_set_add(&c->products, VARDATA_ANY(t), len);
	MemoryContextSwitchTo(old);
	if (code == n && (!crm_product_check(VARDATA_ANY(t), len, &error) ||
					  !crm_check_controls(VARDATA_ANY(t), len, &error)))
	{
		error.kind = CRM_ERROR_VALUE;
		crm_bad_argument("product", &error);
	}
	if (code == MAX_RAW_PRODUCTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %u different products", MAX_RAW_PRODUCTS)));
	if ((Pointer) t != DatumGetPointer(product))
		pfree(t);
	return code;
}

static Datum
skip_row(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * affinity_add_bigint(internal, customer bigint, product text [, min_support
 * integer]) -> internal; not strict, as are the two below: a row with a NULL
 * customer or product is skipped, a NULL min_support refused
 */
Datum
affinity_add_bigint(PG_FUNCTION_ARGS)
{
	Collector  *c;
	uint64		record[2];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	c = collector_argument(fcinfo, 1);
	record[0] = (uint64) PG_GETARG_INT64(1);
	record[1] = product_code(c, PG_GETARG_DATUM(2));
	crm_record_add(c->records, record);
	PG_RETURN_POINTER(c);
}

Datum
affinity_add_uuid(PG_FUNCTION_ARGS)
{
	Collector  *c;
	uint64		record[3];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	c = collector_argument(fcinfo, 2);
	memcpy(record, PG_GETARG_UUID_P(1)->data, UUID_LEN);
	record[2] = product_code(c, PG_GETARG_DATUM(2));
	crm_record_add(c->records, record);
	PG_RETURN_POINTER(c);
}

Datum
affinity_add_text(PG_FUNCTION_ARGS)
{
	Collector  *c;
	uint64		record[TEXT_ID_WORDS + 1] = {0};
	text	   *t;
	size_t		len;
	uint8	   *last = (uint8 *) record + TEXT_ID_BYTES;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	c = collector_argument(fcinfo, TEXT_ID_WORDS);
	t = PG_GETARG_TEXT_PP(1);
	len = VARSIZE_ANY_EXHDR(t);
	if (len <= TEXT_ID_BYTES)
	{
		memcpy(record, VARDATA_ANY(t), len);
		*last = (uint8) len;
	}
	else
	{
		for (int i = 0; i < TEXT_ID_WORDS; i++)
			record[i] = hash_bytes_extended((unsigned char *) VARDATA_ANY(t),
											(int) len, (uint64) i);
		*last = UINT8_MAX;
	}
	record[TEXT_ID_WORDS] = product_code(c, PG_GETARG_DATUM(2));
	crm_record_add(c->records, record);
	PG_RETURN_POINTER(c);
}

/*----------
 * A stream of words, in memory up to work_mem and beyond that in a file
 *----------
 */

#define BLOCK_WORDS 16384

typedef struct Block
{
	struct Block *next;
	uint32		used;
	uint32		words[BLOCK_WORDS];
} Block;

typedef struct Stream
{
	MemoryContext context;
	Block	   *first;
	Block	   *last;
	Size		memory;
	Size		limit;
	BufFile    *file;
	uint64		file_blocks;	/* each full */
	/* reading */
	uint64		read_blocks;
	Block	   *reading;
	Block	   *buffer;			/* of the file */
	uint32		at;
} Stream;

static Stream *
new_stream(void)
{
	Stream	   *s = palloc0(sizeof *s);

	s->context = AllocSetContextCreate(CurrentMemoryContext, "crmprob baskets",
									   ALLOCSET_DEFAULT_SIZES);
	s->limit = Max((Size) work_mem * 1024, 8 * sizeof(Block));
	return s;
}

static void
free_stream(Stream *s)
{
	if (s->file != NULL)
		BufFileClose(s->file);
	MemoryContextDelete(s->context);
}

static void
new_block(Stream *s)
{
	MemoryContext old = MemoryContextSwitchTo(s->context);
	Block	   *b;

	if (s->memory + sizeof(Block) > s->limit)
	{
		if (s->file == NULL)
			s->file = BufFileCreateTemp(false);
		while ((b = s->first) != NULL)
		{
			CHECK_FOR_INTERRUPTS();
			BufFileWrite(s->file, b->words, sizeof b->words);
			s->file_blocks++;
			s->first = b->next;
			pfree(b);
		}
		s->memory = 0;
		s->last = NULL;
	}
	b = palloc(sizeof *b);
	b->next = NULL;
	b->used = 0;
	s->memory += sizeof *b;
	if (s->last == NULL)
		s->first = b;
	else
		s->last->next = b;
	s->last = b;
	MemoryContextSwitchTo(old);
}

static inline void
put_word(Stream *s, uint32 word)
{
	if (s->last == NULL || s->last->used == BLOCK_WORDS)
		new_block(s);
	s->last->words[s->last->used++] = word;
}

static void
begin_reading(Stream *s)
{
	s->read_blocks = 0;
	s->reading = NULL;
	s->at = 0;
	if (s->file != NULL && BufFileSeek(s->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file")));
}

/* The next block that has words; false at the end. */
static bool
next_block(Stream *s)
{
	CHECK_FOR_INTERRUPTS();
	s->at = 0;
	if (s->read_blocks < s->file_blocks)
	{
		if (s->buffer == NULL)
			s->buffer = MemoryContextAlloc(s->context, sizeof(Block));
		if (BufFileRead(s->file, s->buffer->words, sizeof s->buffer->words) !=
			sizeof s->buffer->words)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read a temporary file")));
		s->buffer->used = BLOCK_WORDS;
		s->buffer->next = s->first;
		s->reading = s->buffer;
		s->read_blocks++;
		return true;
	}
	s->reading = s->reading == NULL ? s->first : s->reading->next;
	return s->reading != NULL;
}

static inline bool
get_word(Stream *s, uint32 *word)
{
	if ((s->reading == NULL || s->at == s->reading->used) && !next_block(s))
		return false;
	*word = s->reading->words[s->at++];
	return true;
}

/* The next basket; *items grows to what is needed. */
static bool
get_basket(Stream *s, uint32 **items, uint32 *room, uint32 *n)
{
	if (!get_word(s, n))
		return false;
	if (*n > *room)
	{
		*room = 2 * *n;
		*items = repalloc(*items, *room * sizeof(uint32));
	}
	for (uint32 i = 0; i < *n; i++)
		if (!get_word(s, &(*items)[i]))
			elog(ERROR, "a basket is cut off");
	return true;
}

/*----------
 * Baskets and pairs
 *----------
 */

typedef struct Count
{
	CrmAffinity value;
	uint32		pair_room;
	uint64	   *n;				/* customers by product, as products came */
	uint32	   *rank;			/* among those kept, or UINT32_MAX */
	Stream	   *baskets;		/* of two products and more */
	uint32	   *items;
	uint32		room;
} Count;

/* Baskets of one part: each customer's products, each once. */
static void
count_part(const Collector *c, Count *count, const uint64 *records, size_t n)
{
	size_t		words = (size_t) c->shape.words;
	size_t		i = 0;

	while (i < n)
	{
		const uint64 *first = records + i * words;
		size_t		length = crm_group_length(c->shape, first, n - i);
		uint32		kept = 0;

		if (length > count->room)
		{
			count->room = (uint32) (2 * length);
			count->items = repalloc(count->items,
									count->room * sizeof(uint32));
		}
		for (size_t k = 0; k < length; k++)
		{
			uint32		code = (uint32) first[k * words + words - 1];

			if (kept > 0 && count->items[kept - 1] == code)
				continue;
			count->items[kept++] = code;
			count->n[code]++;
		}
		count->value.baskets++;
		if (kept > 1)
		{
			put_word(count->baskets, kept);
			for (uint32 k = 0; k < kept; k++)
				put_word(count->baskets, count->items[k]);
		}
		i += length;
		if (i % 1024 < length)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Products that reach the minimum support, in order. */
static void
rank_products(const Collector *c, Count *count)
{
	CrmAffinity *a = &count->value;
	uint32	   *rank;

	a->products = palloc_array(CrmProduct, Max(c->products.n, 1));
	for (uint32 i = 0; i < c->products.n; i++)
	{
		CrmProduct *p = &a->products[a->n_products];

		count->rank[i] = UINT32_MAX;
		if (count->n[i] < a->min_support)
			continue;
		if (a->n_products == CRM_AFFINITY_MAX_PRODUCTS)
			crm_refuse_affinity();
		p->name.data = c->products.entries[i].bytes;
		p->name.len = c->products.entries[i].len;
		p->n = count->n[i];
		p->code = a->n_products;
		count->rank[i] = a->n_products++;
	}
	rank = palloc_array(uint32, Max(a->n_products, 1));
	crm_affinity_sort(a, rank, crm_pause);
	for (uint32 i = 0; i < c->products.n; i++)
		if (count->rank[i] != UINT32_MAX)
			count->rank[i] = rank[count->rank[i]];
}

static int
compare_items(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return (x > y) - (x < y);
}

static inline void
sort_items(uint32 *items, uint32 n)
{
	if (n > 32)
	{
		qsort(items, n, sizeof *items, compare_items);
		return;
	}
	for (uint32 i = 1; i < n; i++)
	{
		uint32		item = items[i];
		uint32		j = i;

		for (; j > 0 && items[j - 1] > item; j--)
			items[j] = items[j - 1];
		items[j] = item;
	}
}

/* The baskets once more, of the products kept, by rank and in order. */
static void
rank_baskets(Count *count)
{
	Stream	   *ranked = new_stream();
	uint32		n;

	begin_reading(count->baskets);
	while (get_basket(count->baskets, &count->items, &count->room, &n))
	{
		uint32		kept = 0;

		for (uint32 i = 0; i < n; i++)
			if (count->rank[count->items[i]] != UINT32_MAX)
				count->items[kept++] = count->rank[count->items[i]];
		if (kept < 2)
			continue;
		sort_items(count->items, kept);
		put_word(ranked, kept);
		for (uint32 i = 0; i < kept; i++)
			put_word(ranked, count->items[i]);
	}
	free_stream(count->baskets);
	count->baskets = ranked;
}

/* Counters of the rows first .. last - 1 of the triangle. */
typedef struct Triangle
{
	uint32		first;
	uint32		last;
	size_t	   *row;			/* where each row begins */
	uint32	   *cells;
} Triangle;

static void
count_pairs(Count *count, const Triangle *t)
{
	uint32		n;

	begin_reading(count->baskets);
	while (get_basket(count->baskets, &count->items, &count->room, &n))
	{
		const uint32 *r = count->items;

		for (uint32 i = 0; i + 1 < n && r[i] < t->last; i++)
		{
			uint32	   *row;

			if (r[i] < t->first)
				continue;
			row = t->cells + t->row[r[i] - t->first];
			for (uint32 j = i + 1; j < n; j++)
				row[r[j] - r[i] - 1]++;
			if (n > 4096)
				CHECK_FOR_INTERRUPTS();
		}
	}
}

static void
keep_pairs(Count *count, const Triangle *t)
{
	CrmAffinity *a = &count->value;

	for (uint32 x = t->first; x < t->last; x++)
	{
		const uint32 *row = t->cells + t->row[x - t->first];

		CHECK_FOR_INTERRUPTS();
		for (uint32 y = x + 1; y < a->n_products; y++)
		{
			CrmPair    *p;

			if (row[y - x - 1] < a->min_support)
				continue;
			if (a->n_pairs == CRM_AFFINITY_MAX_PAIRS)
				crm_refuse_affinity();
			if (a->n_pairs == count->pair_room)
			{
				count->pair_room *= 2;
				a->pairs = repalloc(a->pairs,
									count->pair_room * sizeof(CrmPair));
			}
			p = &a->pairs[a->n_pairs++];
			p->a = x;
			p->b = y;
			p->n = row[y - x - 1];
		}
	}
}

/* A block may have as much memory as work_mem, none of it touched yet. */
static void
clear_cells(uint32 *cells, size_t n)
{
	for (size_t i = 0; i < n; i += CLEAR_STEP)
	{
		CHECK_FOR_INTERRUPTS();
		memset(cells + i, 0, Min(CLEAR_STEP, n - i) * sizeof(uint32));
	}
}

/* Counts the triangle in blocks of as many rows as fit. */
static void
count_blocks(Count *count)
{
	uint32		products = count->value.n_products;
	Size		room = Max((Size) work_mem * 1024, BLOCK_MIN) / sizeof(uint32);
	Triangle	t = {0};

	t.row = palloc_array(size_t, Max(products, 1));
	while (t.first + 1 < products)
	{
		size_t		cells = 0;

		for (t.last = t.first; t.last + 1 < products; t.last++)
		{
			size_t		row = products - 1 - t.last;

			if (t.last > t.first && cells + row > room)
				break;
			t.row[t.last - t.first] = cells;
			cells += row;
		}
		/* rows get shorter: what the first block or a full one needs */
		if (t.cells == NULL)
			t.cells = MemoryContextAllocHuge(CurrentMemoryContext,
											 (t.last + 1 < products ? Max(cells, room) : cells) * sizeof(uint32));
		clear_cells(t.cells, cells);
		count_pairs(count, &t);
		keep_pairs(count, &t);
		t.first = t.last;
	}
}

/*
 * affinity_collect_final(internal) -> affinity; reads only, so that a window
 * frame can go on; NULL for no rows
 */
Datum
affinity_collect_final(PG_FUNCTION_ARGS)
{
	Collector  *c;
	Count		count = {{0}};

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	c = (Collector *) PG_GETARG_POINTER(0);
	count.value.min_support = c->min_support;
	count.n = palloc0(Max(c->products.n, 1) * sizeof(uint64));
	count.rank = palloc_array(uint32, Max(c->products.n, 1));
	count.room = 1024;
	count.items = palloc_array(uint32, count.room);
	count.pair_room = 1024;
	count.value.pairs = palloc_array(CrmPair, count.pair_room);
	count.baskets = new_stream();
	for (int part = 0; part < crm_record_parts(c->records); part++)
	{
		size_t		n;
		const uint64 *records = crm_record_part(c->records, part, &n);

		count_part(c, &count, records, n);
	}
	if (count.value.baskets > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %u customers", PG_UINT32_MAX)));
	rank_products(c, &count);
	rank_baskets(&count);
	count_blocks(&count);
	free_stream(count.baskets);
	PG_RETURN_POINTER(crm_make_affinity(&count.value));
}
