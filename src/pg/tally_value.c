/*
 * tally_value.c
 *		A tally as a datum: growth, order, merging.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "tally_value.h"

#define HEADER_SIZE offsetof(CrmTallyValue, data)
#define FIRST_CAPACITY 16

/* Entries added between two looks for interrupts. */
#define CHUNK 65536

/*
 * Below this many entries in order a new one is looked for among them, which
 * is cheaper than sorting it in later if it mostly is there.
 */
#define SEARCH_LIMIT 8192

static size_t
capacity_of(const CrmTallyValue *v)
{
	return (VARSIZE(v) - HEADER_SIZE - v->prefix) / sizeof(CrmTally);
}

CrmTallyValue *
crm_tally_new(uint32 prefix, size_t capacity)
{
	Size		size = HEADER_SIZE + prefix + capacity * sizeof(CrmTally);
	CrmTallyValue *v = palloc0(size);

	SET_VARSIZE(v, size);
	v->format = CRM_TALLY_FORMAT;
	v->prefix = prefix;
	return v;
}

CrmTallyValue *
crm_tally_detoast(Datum d, const char *type)
{
	CrmTallyValue *v = (CrmTallyValue *) PG_DETOAST_DATUM(d);
	CrmError	error;

	if (VARSIZE(v) < HEADER_SIZE || v->format != CRM_TALLY_FORMAT ||
		v->prefix > VARSIZE(v) - HEADER_SIZE || v->prefix % 8 != 0 ||
		v->used > capacity_of(v) || v->sorted > v->used)
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt(type, &error);
	}
	return v;
}

void
crm_tally_in_order(CrmTallyValue *v)
{
	size_t		used = v->used;
	CrmTally   *room;

	if (v->sorted == v->used)
		return;
	room = palloc((v->used - v->sorted) * sizeof(CrmTally));
	if (!crm_tally_settle(crm_tally_entries(v), v->sorted, &used, room,
						  crm_pause))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range"),
				 errdetail("Counts go to 9223372036854775807.")));
	v->used = v->sorted = (uint32) used;
	pfree(room);
	CHECK_FOR_INTERRUPTS();
}

CrmTallyValue *
crm_tally_copy(const CrmTallyValue *v, uint32 prefix, size_t capacity)
{
	CrmTallyValue *copy = crm_tally_new(prefix, Max(capacity, v->used));

	copy->used = v->used;
	copy->sorted = v->sorted;
	copy->items = v->items;
	memcpy(copy->data, v->data, Min(prefix, v->prefix));
	memcpy(crm_tally_entries(copy), crm_tally_entries(v),
		   v->used * sizeof(CrmTally));
	return copy;
}

static CrmTallyValue *
make_room(CrmTallyValue *v, const char *type)
{
	size_t		capacity = capacity_of(v);

	if (v->used < capacity)
		return v;
	crm_tally_in_order(v);
	if (v->used <= capacity / 2 && v->used < capacity)
		return v;
	if (v->used >= CRM_TALLY_MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a %s has at most %d entries", type,
						CRM_TALLY_MAX_ENTRIES),
				 errhint("Round what it counts, or take fewer rows at a time.")));
	return crm_tally_copy(v, v->prefix,
						  Min(Max(2 * capacity, FIRST_CAPACITY),
							  CRM_TALLY_MAX_ENTRIES));
}

CrmTallyValue *
crm_tally_add(CrmTallyValue *v, const CrmTally *entry, const char *type)
{
	CrmTally   *have = v->sorted > SEARCH_LIMIT ? NULL :
	crm_tally_find(crm_tally_entries(v), v->sorted, entry);

	if (have != NULL && have->first <= CRM_TALLY_MAX_COUNT - entry->first &&
		have->second <= CRM_TALLY_MAX_COUNT - entry->second)
	{
		have->first += entry->first;
		have->second += entry->second;
		return v;
	}
	v = make_room(v, type);
	crm_tally_entries(v)[v->used++] = *entry;
	return v;
}

CrmTallyValue *
crm_tally_add_all(CrmTallyValue *v, const CrmTallyValue *other,
				  const uint32 *map, Pointer argument, const char *type)
{
	const CrmTally *entries = crm_tally_entries(other);

	for (uint32 i = 0; i < other->used; i++)
	{
		CrmTallyValue *larger = make_room(v, type);
		CrmTally   *entry;

		if (i % CHUNK == 0)
			CHECK_FOR_INTERRUPTS();
		if (larger != v && (Pointer) v != argument)
			pfree(v);
		v = larger;
		entry = &crm_tally_entries(v)[v->used++];
		*entry = entries[i];
		if (map != NULL)
			entry->part = map[entries[i].part];
	}
	return v;
}

CrmTallyValue *
crm_tally_settled(CrmTallyValue *v)
{
	if (v->sorted == v->used && capacity_of(v) == v->used)
		return v;
	v = crm_tally_copy(v, v->prefix, v->used);
	crm_tally_in_order(v);
	SET_VARSIZE(v, HEADER_SIZE + v->prefix + v->used * sizeof(CrmTally));
	return v;
}
