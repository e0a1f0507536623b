/*
 * list_value.c
 *		A list of entries as a datum: growth and order.
 *
 * A value may have up to a gigabyte, so what passes over all of it looks for
 * interrupts.
 */
#include "compat.h"

#include "storage/shmem.h"

#include "crmprob.h"
#include "list_value.h"

void
crm_list_damaged(const char *type)
{
	CrmError	error;

	crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
	crm_corrupt(type, &error);
}

/* A datum without entries, whose bytes from "clean" on are zero. */
static CrmListValue *
allocate(const CrmListKind *kind, size_t room, size_t clean)
{
	Size		size = add_size(kind->header, mul_size(room, kind->entry));
	size_t		chunk = CRM_LIST_CHUNK * kind->entry;
	CrmListValue *v = palloc(size);

	memset(v, 0, kind->header);
	SET_VARSIZE(v, size);
	v->format = kind->format;
	for (size_t i = clean; i < size; i += chunk)
	{
		CHECK_FOR_INTERRUPTS();
		memset((char *) v + i, 0, Min(chunk, size - i));
	}
	return v;
}

void	   *
crm_list_new(const CrmListKind *kind, size_t room)
{
	return allocate(kind, room, kind->header);
}

void
crm_list_copy_entries(const CrmListKind *kind, void *to, const void *from,
					  size_t n)
{
	size_t		size = n * kind->entry;
	size_t		chunk = CRM_LIST_CHUNK * kind->entry;

	for (size_t i = 0; i < size; i += chunk)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy((char *) to + i, (const char *) from + i, Min(chunk, size - i));
	}
}

void	   *
crm_list_copy(const CrmListKind *kind, const void *value, size_t room)
{
	const CrmListValue *v = value;
	size_t		end = kind->header + v->used * kind->entry;
	CrmListValue *copy = allocate(kind, Max(room, v->used), end);

	copy->used = v->used;
	copy->sorted = v->sorted;
	/* the counts of its own */
	memcpy(copy + 1, v + 1, kind->header - sizeof *v);
	crm_list_copy_entries(kind, (char *) copy + kind->header,
						  (const char *) v + kind->header, v->used);
	return copy;
}

void
crm_list_put_in_order(const CrmListKind *kind, void *value)
{
	CrmListValue *v = value;
	char	   *entries = (char *) v + kind->header;
	size_t		n = v->sorted;
	size_t		n_tail = v->used - n;
	void	   *tail;

	if (n_tail == 0)
		return;
	tail = palloc(n_tail * kind->entry);
	crm_list_copy_entries(kind, tail, entries + n * kind->entry, n_tail);
	kind->join(entries, &n, tail, n_tail);
	v->used = v->sorted = (uint32) n;
	pfree(tail);
}

void	   *
crm_list_grow(const CrmListKind *kind, void *state)
{
	CrmListValue *v = state;
	size_t		room = crm_list_room(kind, v);

	crm_list_put_in_order(kind, v);
	if (v->used <= room / 2 && v->used < room)
		return v;
	if (v->used >= kind->full)
		kind->refuse(kind->type);
	return crm_list_copy(kind, v, Min(Max(2 * room, kind->first_room),
									  kind->most_room));
}

void	   *
crm_list_finished(const CrmListKind *kind, void *value, size_t n)
{
	CrmListValue *v = value;

	v->used = v->sorted = (uint32) n;
	SET_VARSIZE(v, kind->header + n * kind->entry);
	return v;
}

void	   *
crm_list_compact(const CrmListKind *kind, const void *value)
{
	CrmListValue *copy;

	copy = crm_list_copy(kind, value, 0);
	crm_list_put_in_order(kind, copy);
	return crm_list_finished(kind, copy, copy->used);
}
