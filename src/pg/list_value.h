/*
 * list_value.h
 *		A list of entries as a datum and as the state of its aggregate: growth,
 *		order, merging.  What evaluation, revenue_forecast, sales_series and the
 *		tallies share.
 *
 * One layout serves both: this header, counts of the type's own, and entries of
 * one size, of which the first "sorted" are in order and the rest, up to
 * "used", are as they came; what the varlena's size leaves beyond is room to
 * grow.  A finished value has neither disorder nor room.  A state can get
 * anywhere a value can (a partial aggregate's output), so every reader goes
 * through its type's accessor, which puts a copy in order if need be.
 */
#ifndef CRM_LIST_VALUE_H
#define CRM_LIST_VALUE_H

#include "fmgr.h"
#include "miscadmin.h"

#include "crmprob.h"

typedef struct CrmListValue
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		zero[3];
	uint32		used;
	uint32		sorted;
} CrmListValue;

typedef struct CrmListKind
{
	const char *type;			/* as errors name it */
	size_t		header;			/* bytes before the entries, a multiple of 8 */
	size_t		entry;			/* bytes of one, a multiple of 8 */
	size_t		first_room;		/* entries a state begins with room for */
	size_t		most_room;		/* and the most it may have room for */
	size_t		full;			/* this many unlike entries take no further */
	uint8		format;

	/* the other counts of the header are sound; NULL: there are none to check */
	bool		(*sound) (const void *value);

	/*
	 * Sorts the tail, merges it into the *n entries before, for which there
	 * is room, adds up what is equal, and sets *n.
	 */
	void		(*join) (void *entries, size_t *n, void *tail, size_t n_tail);

	/* reports a full one; does not return */
	void		(*refuse) (const char *type);
} CrmListKind;

/* Entries worked on between two looks for interrupts, some milliseconds. */
#define CRM_LIST_CHUNK 65536

/* Adds an entry: the state, or a larger copy of it. */
typedef void *(*CrmListAdd) (void *state, const void *entry, void *context);

/* Reports a header that cannot be, XX001. */
extern void crm_list_damaged(const char *type) pg_attribute_noreturn();

/* Zeroed. */
extern void *crm_list_new(const CrmListKind *kind, size_t room);

extern void crm_list_copy_entries(const CrmListKind *kind, void *to,
								  const void *from, size_t n);

/* A copy with room for so many entries, at least those in use. */
extern void *crm_list_copy(const CrmListKind *kind, const void *value,
						   size_t room);

/* A copy in order and without room. */
extern void *crm_list_compact(const CrmListKind *kind, const void *value);

/* Puts the tail in order and adds up what is equal, in place. */
extern void crm_list_put_in_order(const CrmListKind *kind, void *value);

/*
 * Room where there is none.  Equal entries are added up first; only when more
 * than half is still in use does the state double, as a new datum that the
 * executor copies once and frees the old one for.
 */
extern void *crm_list_grow(const CrmListKind *kind, void *state);

/* Makes a value of n entries that a reader has put there, in order. */
extern void *crm_list_finished(const CrmListKind *kind, void *value, size_t n);

static inline size_t
crm_list_room(const CrmListKind *kind, const void *value)
{
	return (VARSIZE(value) - kind->header) / kind->entry;
}

static inline bool
crm_list_settled(const CrmListKind *kind, const void *value)
{
	const CrmListValue *v = value;

	return v->sorted == v->used &&
		VARSIZE(v) == kind->header + v->used * kind->entry;
}

static inline void
crm_list_check_header(const CrmListKind *kind, const void *value)
{
	const CrmListValue *v = value;

	if (VARSIZE(v) < kind->header || v->format != kind->format ||
		v->used > crm_list_room(kind, v) || v->sorted > v->used ||
		(kind->sound != NULL && !kind->sound(v)))
		crm_list_damaged(kind->type);
}

/* Detoasted, with a sound header; its entries may be in disorder. */
static inline void *
crm_list_detoast(const CrmListKind *kind, Datum d)
{
	void	   *v = PG_DETOAST_DATUM(d);

	crm_list_check_header(kind, v);
	return v;
}

/* The state of a transition; a NULL one begins. */
static inline void *
crm_list_state(const CrmListKind *kind, FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? crm_list_new(kind, kind->first_room) :
		crm_list_detoast(kind, PG_GETARG_DATUM(0));
}

/* The state with room for one more entry: itself or a larger copy. */
static inline void *
crm_list_make_room(const CrmListKind *kind, void *state)
{
	if (((CrmListValue *) state)->used < crm_list_room(kind, state))
		return state;
	return crm_list_grow(kind, state);
}

/*
 * Adds each entry of another one.  "argument" is the state as the executor
 * knows it: states that were outgrown before it has seen them are freed.
 */
static pg_attribute_always_inline void *
crm_list_add_all(const CrmListKind *kind, void *state, const void *other,
				 Pointer argument, CrmListAdd add, void *context)
{
	const char *entry = (const char *) other + kind->header;
	uint32		n = ((const CrmListValue *) other)->used;

	for (uint32 i = 0; i < n; i++, entry += kind->entry)
	{
		void	   *larger = add(state, entry, context);

		if (i % CRM_LIST_CHUNK == 0)
			CHECK_FOR_INTERRUPTS();
		if (larger != state && (Pointer) state != argument)
			pfree(state);
		state = larger;
	}
	return state;
}

/*
 * A combine function: a NULL side counts for nothing.  add_counts, which may be
 * NULL, adds the other counts of the header.
 */
static pg_attribute_always_inline Datum
crm_list_combine(FunctionCallInfo fcinfo, const CrmListKind *kind,
				 CrmListAdd add,
				 void (*add_counts) (void *state, const void *other))
{
	void	   *state;
	const void *other;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = crm_list_detoast(kind, PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(crm_list_compact(kind, other));
	state = crm_list_detoast(kind, PG_GETARG_DATUM(0));
	state = crm_list_add_all(kind, state, other, PG_GETARG_POINTER(0), add,
							 NULL);
	if (add_counts != NULL)
		add_counts(state, other);
	PG_RETURN_POINTER(state);
}

/* A final function: the state is left alone. */
static inline Datum
crm_list_final(FunctionCallInfo fcinfo, const CrmListKind *kind)
{
	PG_RETURN_POINTER(crm_list_compact(kind,
									   crm_list_detoast(kind,
														PG_GETARG_DATUM(0))));
}

#endif							/* CRM_LIST_VALUE_H */
