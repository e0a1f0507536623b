/*
 * tally_value.c
 *		A tally as a datum: growth, order, merging.
 */
#include "compat.h"

#include "miscadmin.h"

#include "crmprob.h"
#include "list_value.h"
#include "tally_value.h"

#define HEADER_SIZE offsetof(CrmTallyValue, data)

/*
 * Below this many entries in order a new one is looked for among them, which
 * is cheaper than sorting it in later if it mostly is there.
 */
#define SEARCH_LIMIT 8192

static void
join_entries(void *entries, size_t *n, void *tail, size_t n_tail)
{
	if (!crm_tally_join(entries, n, tail, n_tail, crm_pause))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count out of range"),
				 errdetail("Counts go to 9223372036854775807.")));
	CHECK_FOR_INTERRUPTS();
}

static void
too_many(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a %s has at most %d entries", type,
					CRM_TALLY_MAX_ENTRIES),
			 errhint("Round what it counts, or take fewer rows at a time.")));
}

/* The list of a tally whose entries stand behind a prefix of so many bytes. */
static inline CrmListKind
kind_of(uint32 prefix, const char *type)
{
	CrmListKind kind = {
		.type = type,
		.header = HEADER_SIZE + prefix,
		.entry = sizeof(CrmTally),
		.first_room = 16,
		.most_room = CRM_TALLY_MAX_ENTRIES,
		.full = CRM_TALLY_MAX_ENTRIES,
		.format = CRM_TALLY_FORMAT,
		.join = join_entries,
		.refuse = too_many,
	};

	return kind;
}

CrmTallyValue *
crm_tally_new(uint32 prefix, size_t capacity)
{
	CrmListKind kind = kind_of(prefix, NULL);
	CrmTallyValue *v = crm_list_new(&kind, capacity);

	v->prefix = prefix;
	return v;
}

CrmTallyValue *
crm_tally_detoast(Datum d, const char *type)
{
	CrmTallyValue *v = (CrmTallyValue *) PG_DETOAST_DATUM(d);
	CrmListKind kind;

	if (VARSIZE(v) < HEADER_SIZE || v->prefix > VARSIZE(v) - HEADER_SIZE ||
		v->prefix % 8 != 0)
		crm_list_damaged(type);
	kind = kind_of(v->prefix, type);
	crm_list_check_header(&kind, v);
	return v;
}

void
crm_tally_in_order(CrmTallyValue *v)
{
	CrmListKind kind = kind_of(v->prefix, NULL);

	crm_list_put_in_order(&kind, v);
}

CrmTallyValue *
crm_tally_copy(const CrmTallyValue *v, uint32 prefix, size_t capacity)
{
	CrmListKind kind = kind_of(prefix, NULL);
	CrmTallyValue *copy = crm_tally_new(prefix, Max(capacity, v->used));

	copy->used = v->used;
	copy->sorted = v->sorted;
	copy->items = v->items;
	memcpy(copy->data, v->data, Min(prefix, v->prefix));
	crm_list_copy_entries(&kind, crm_tally_entries(copy), crm_tally_entries(v),
						  v->used);
	return copy;
}

static CrmTallyValue *
append(CrmTallyValue *v, const CrmTally *entry, const CrmListKind *kind)
{
	v = crm_list_make_room(kind, v);
	crm_tally_entries(v)[v->used++] = *entry;
	return v;
}

CrmTallyValue *
crm_tally_add(CrmTallyValue *v, const CrmTally *entry, const char *type)
{
	CrmListKind kind = kind_of(v->prefix, type);
	CrmTally   *have = v->sorted > SEARCH_LIMIT ? NULL :
	crm_tally_find(crm_tally_entries(v), v->sorted, entry);

	if (have != NULL && have->first <= CRM_TALLY_MAX_COUNT - entry->first &&
		have->second <= CRM_TALLY_MAX_COUNT - entry->second)
	{
		have->first += entry->first;
		have->second += entry->second;
		return v;
	}
	return append(v, entry, &kind);
}

typedef struct Merging
{
	CrmListKind kind;
	const uint32 *map;
} Merging;

static void *
append_mapped(void *state, const void *entry, void *context)
{
	const Merging *m = context;
	CrmTally	mapped = *(const CrmTally *) entry;

	if (m->map != NULL)
		mapped.part = m->map[mapped.part];
	return append(state, &mapped, &m->kind);
}

CrmTallyValue *
crm_tally_add_all(CrmTallyValue *v, const CrmTallyValue *other,
				  const uint32 *map, Pointer argument, const char *type)
{
	Merging		m = {kind_of(v->prefix, type), map};
	CrmListKind from = kind_of(other->prefix, type);

	return crm_list_add_all(&from, v, other, argument, append_mapped, &m);
}

CrmTallyValue *
crm_tally_settled(CrmTallyValue *v)
{
	CrmListKind kind = kind_of(v->prefix, NULL);

	return crm_list_settled(&kind, v) ? v : crm_list_compact(&kind, v);
}
