/*
 * string_set.h
 *		A set of byte strings, numbered as they come.
 *
 * All of it lives in the memory context that is current when strings are
 * added, which must always be the same one.
 */
#ifndef CRM_STRING_SET_H
#define CRM_STRING_SET_H

typedef struct CrmSetString
{
	const char *bytes;
	uint32		len;
	uint32		hash;
} CrmSetString;

typedef struct CrmStringSet
{
	CrmSetString *entries;
	uint64	   *slots;			/* hash and number + 1; 0: empty */
	uint32		n;
	uint32		room;			/* the slots are twice as many */
	char	   *arena;
	size_t		arena_left;
} CrmStringSet;

extern void crm_string_set_init(CrmStringSet *s);

/* The number of these bytes, a new one if they are new. */
extern uint32 crm_string_set_add(CrmStringSet *s, const char *bytes,
								 size_t len);

/* Their number, or UINT32_MAX. */
extern uint32 crm_string_set_find(const CrmStringSet *s, const char *bytes,
								  size_t len);

/* 54000: more than fits in an allocation. */
extern void crm_string_set_refuse(void) pg_attribute_noreturn();

#endif
