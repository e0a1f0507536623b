/*
 * string_set.c
 *		A set of byte strings, numbered as they come.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "sort.h"
#include "string_set.h"

#define FIRST_ENTRIES 256
#define ARENA_MIN ((size_t) 8 * 1024)
#define ARENA_MAX ((size_t) 256 * 1024)

void
crm_string_set_init(CrmStringSet *s)
{
	memset(s, 0, sizeof *s);
	s->room = FIRST_ENTRIES;
	s->entries = palloc_array(CrmSetString, s->room);
	s->slots = palloc0(2 * s->room * sizeof(uint64));
}

void
crm_string_set_refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many different values"),
			 errhint("Take the rows of one period or region at a time.")));
}

/* With the hash beside, other strings are passed by without a look at them. */
static inline uint64
slot_of(uint32 hash, uint32 number)
{
	return (uint64) hash << 32 | (number + 1);
}

static void
grow(CrmStringSet *s)
{
	uint32		mask;

	if (s->room > MaxAllocSize / sizeof(CrmSetString) / 4)
		crm_string_set_refuse();
	s->room *= 2;
	s->entries = repalloc(s->entries, s->room * sizeof(CrmSetString));
	pfree(s->slots);
	s->slots = palloc0(2 * (Size) s->room * sizeof(uint64));
	mask = 2 * s->room - 1;
	for (uint32 i = 0; i < s->n; i++)
	{
		uint32		at = s->entries[i].hash & mask;

		crm_pause_at(crm_pause, i);
		while (s->slots[at] != 0)
			at = (at + 1) & mask;
		s->slots[at] = slot_of(s->entries[i].hash, i);
	}
}

static const char *
keep_bytes(CrmStringSet *s, const char *bytes, size_t len)
{
	char	   *kept;

	if (len > s->arena_left)
	{
		s->arena_left = Max(s->room < 4096 ? ARENA_MIN : ARENA_MAX, len);
		s->arena = palloc(s->arena_left);
	}
	kept = s->arena;
	memcpy(kept, bytes, len);
	s->arena += len;
	s->arena_left -= len;
	return kept;
}

/* The slot of these bytes, or the empty one where they would be. */
static inline uint32
find_slot(const CrmStringSet *s, uint32 hash, const char *bytes, size_t len)
{
	uint32		mask = 2 * s->room - 1;
	uint32		at = hash & mask;

	for (; s->slots[at] != 0; at = (at + 1) & mask)
	{
		uint32		number = (uint32) s->slots[at] - 1;

		if (s->slots[at] >> 32 == hash && s->entries[number].len == len &&
			memcmp(s->entries[number].bytes, bytes, len) == 0)
			break;
	}
	return at;
}

uint32
crm_string_set_find(const CrmStringSet *s, const char *bytes, size_t len)
{
	uint32		hash = hash_bytes((const unsigned char *) bytes, (int) len);

	/* an empty slot holds 0 */
	return (uint32) s->slots[find_slot(s, hash, bytes, len)] - 1;
}

uint32
crm_string_set_add(CrmStringSet *s, const char *bytes, size_t len)
{
	uint32		hash = hash_bytes((const unsigned char *) bytes, (int) len);
	uint32		at = find_slot(s, hash, bytes, len);

	if (s->slots[at] != 0)
		return (uint32) s->slots[at] - 1;
	if (s->n == s->room)
	{
		grow(s);
		return crm_string_set_add(s, bytes, len);
	}
	s->entries[s->n].bytes = keep_bytes(s, bytes, len);
	s->entries[s->n].len = (uint32) len;
	s->entries[s->n].hash = hash;
	s->slots[at] = slot_of(hash, s->n);
	return s->n++;
}
