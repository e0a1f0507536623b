/*
 * record_store.c
 *		Many small records, in memory up to work_mem and beyond that in files.
 *
 * Records go to one of 64 partitions by a hash of their id, in chunks.  Above
 * work_mem the partitions are written to a temporary file each and start again
 * empty.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "record_store.h"

#define PARTITION_BITS 6
#define N_PARTITIONS (1 << PARTITION_BITS)

/* Words of a chunk: it doubles from the first to the last size. */
#define CHUNK_MIN 128
#define CHUNK_MAX 16384

/* Below this the partitions' own chunks would fill the memory. */
#define LIMIT_MIN ((Size) 4 * 1024 * 1024)

typedef struct Chunk
{
	struct Chunk *next;			/* the one filled before */
	uint32		used;			/* words */
	uint32		room;
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

typedef struct Partition
{
	Chunk	   *chunk;
	Size		words;			/* in chunks */
	BufFile    *file;
	Size		file_words;
} Partition;

struct CrmRecordStore
{
	MemoryContext context;
	CrmRecordShape shape;
	Size		memory;
	Size		limit;
	Partition	partition[N_PARTITIONS];
	CrmGroupRoom group;			/* for a part */
};

static void
close_files(Datum store)
{
	CrmRecordStore *s = (CrmRecordStore *) DatumGetPointer(store);

	for (int p = 0; p < N_PARTITIONS; p++)
	{
		if (s->partition[p].file != NULL)
			BufFileClose(s->partition[p].file);
		s->partition[p].file = NULL;
	}
}

CrmRecordStore *
crm_record_store(FunctionCallInfo fcinfo, MemoryContext parent,
				 CrmRecordShape shape)
{
	MemoryContext context = AllocSetContextCreate(parent, "crmprob records",
												  ALLOCSET_DEFAULT_SIZES);
	CrmRecordStore *s = MemoryContextAllocZero(context, sizeof *s);

	s->context = context;
	s->shape = shape;
	s->limit = Max((Size) work_mem * 1024, LIMIT_MIN);

	/*
	 * On error, and in a window, the files are closed by the resource owner.
	 */
	if (AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE)
		AggRegisterCallback(fcinfo, close_files, PointerGetDatum(s));
	return s;
}

static void
free_chunks(CrmRecordStore *s, Partition *p)
{
	while (p->chunk != NULL)
	{
		Chunk	   *chunk = p->chunk;

		p->chunk = chunk->next;
		s->memory -= offsetof(Chunk, words) + chunk->room * sizeof(uint64);
		pfree(chunk);
	}
	p->words = 0;
}

static void
write_files(CrmRecordStore *s)
{
	MemoryContext old = MemoryContextSwitchTo(s->context);

	for (int i = 0; i < N_PARTITIONS; i++)
	{
		Partition  *p = &s->partition[i];

		for (Chunk *chunk = p->chunk; chunk != NULL; chunk = chunk->next)
		{
			CHECK_FOR_INTERRUPTS();
			if (p->file == NULL)
				p->file = BufFileCreateTemp(false);
			BufFileWrite(p->file, chunk->words, chunk->used * sizeof(uint64));
		}
		p->file_words += p->words;
		free_chunks(s, p);
	}
	MemoryContextSwitchTo(old);
}

static Chunk *
new_chunk(CrmRecordStore *s, Partition *p)
{
	uint32		room = p->chunk == NULL ? CHUNK_MIN :
	Min(2 * p->chunk->room, CHUNK_MAX);
	Size		size = offsetof(Chunk, words) + room * sizeof(uint64);
	Chunk	   *chunk;

	if (s->memory + size > s->limit)
		write_files(s);
	chunk = MemoryContextAlloc(s->context, size);
	chunk->next = p->chunk;
	chunk->used = 0;
	chunk->room = room;
	s->memory += size;
	p->chunk = chunk;
	return chunk;
}

void
crm_record_add(CrmRecordStore *s, const uint64 *record)
{
	Partition  *p = &s->partition[crm_group_hash(record, s->shape.id_words) >>
								  (64 - PARTITION_BITS)];
	Chunk	   *chunk = p->chunk;
	uint32		words = (uint32) s->shape.words;

	if (chunk == NULL || chunk->room - chunk->used < words)
		chunk = new_chunk(s, p);
	for (uint32 k = 0; k < words; k++)
		chunk->words[chunk->used + k] = record[k];
	chunk->used += words;
	p->words += words;
}

int
crm_record_parts(const CrmRecordStore *s)
{
	return N_PARTITIONS;
}

void
crm_read_words(BufFile *file, Size words, uint64 *to)
{
	Size		left = words * sizeof(uint64);
	char	   *at = (char *) to;

	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file")));
	while (left > 0)
	{
		Size		n = Min(left, (Size) 1 << 20);

		CHECK_FOR_INTERRUPTS();
		if (BufFileRead(file, at, n) != n)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read a temporary file")));
		at += n;
		left -= n;
	}
	if (BufFileSeek(file, 0, 0, SEEK_END) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file")));
}

void
crm_group_room(CrmGroupRoom *g, MemoryContext context, Size words, Size slots)
{
	if (words > g->room)
	{
		if (g->in != NULL)
		{
			pfree(g->in);
			pfree(g->out);
		}
		g->room = words + words / 4;
		g->in = MemoryContextAllocHuge(context, g->room * sizeof(uint64));
		g->out = MemoryContextAllocHuge(context, g->room * sizeof(uint64));
	}
	if (slots > g->slot_room)
	{
		if (g->slots != NULL)
			pfree(g->slots);
		g->slots = MemoryContextAlloc(context, slots * sizeof(uint32));
		g->slot_room = slots;
	}
}

const uint64 *
crm_record_part(CrmRecordStore *s, int part, size_t *n)
{
	Partition  *p = &s->partition[part];
	Size		words = p->file_words + p->words;
	Size		end = words;

	*n = words / (Size) s->shape.words;
	crm_group_room(&s->group, s->context, Max(words, 1),
				   crm_group_slots(*n) + 1);
	if (p->file_words > 0)
		crm_read_words(p->file, p->file_words, s->group.in);
	/* oldest chunk first, so that rows that came in order stay in order */
	for (const Chunk *chunk = p->chunk; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		end -= chunk->used;
		memcpy(s->group.in + end, chunk->words, chunk->used * sizeof(uint64));
	}
	crm_group(s->shape, s->group.in, s->group.out, *n, PARTITION_BITS,
			  s->group.slots, crm_pause);
	return s->group.out;
}
