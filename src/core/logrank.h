/*
 * logrank.h
 *		Do two or more groups differ in how long until the event?
 *
 * The value is the sorted list of (duration, group), each with its events and
 * censored observations, and the labels of the groups.
 */
#ifndef CRM_LOGRANK_H
#define CRM_LOGRANK_H

#include "survival.h"

#define CRM_LOGRANK_FORMAT 1
#define CRM_LOGRANK_MAX_GROUPS 100
#define CRM_LOGRANK_MAX_LABEL 63

/* A label as it is stored: its length, its bytes, zeros. */
#define CRM_LOGRANK_SLOT 64

/* Format, three zero bytes, groups, entries; labels; entries. */
#define CRM_LOGRANK_HEADER_SIZE 12
#define CRM_LOGRANK_ENTRY_SIZE 28

/* The shortest entry of the text form, "[0,0,0,1]", and its comma. */
#define CRM_LOGRANK_MIN_ENTRY_TEXT 10

/* key is the duration, part the group, first the events. */
typedef struct CrmLogrank
{
	const char *slots;
	uint32_t	n_groups;
	const CrmTally *times;
	size_t		n_times;
} CrmLogrank;

static inline CrmText
crm_logrank_label(const char *slots, uint32_t group)
{
	const char *slot = slots + (size_t) group * CRM_LOGRANK_SLOT;
	CrmText		t = {slot + 1, (uint8_t) slot[0]};

	return t;
}

/* False: the label is too long. */
extern bool crm_logrank_set_label(char *slots, uint32_t group, CrmText label);

/*
 * The group of this label among n, or n.
 */
extern uint32_t crm_logrank_find(const char *slots, uint32_t n, CrmText label);

/*
 * Sorts n labels by their bytes; map[old] becomes the new place.
 */
extern void crm_logrank_sort(char *slots, uint32_t n, uint32_t *map);

extern bool crm_logrank_check(CrmLogrank l, CrmError *error);

/*
 * The slots have room for CRM_LOGRANK_MAX_GROUPS, the times for
 * len / CRM_LOGRANK_MIN_ENTRY_TEXT + 1 or size / CRM_LOGRANK_ENTRY_SIZE; the
 * label buffer for len bytes.
 */
extern bool crm_logrank_parse(const char *text, size_t len, bool utf8,
							  const CrmFloatText *ft, char *slots,
							  uint32_t *n_groups, CrmTally *times,
							  size_t *n_times, char *label, CrmError *error);
extern bool crm_logrank_decode(const void *data, size_t size, char *slots,
							   uint32_t *n_groups, CrmTally *times,
							   size_t *n_times, CrmError *error);
extern void crm_logrank_print(CrmJsonWriter *w, CrmLogrank l,
							  const CrmFloatText *ft);
extern void crm_logrank_encode(CrmLogrank l, CrmWriter *w);

typedef struct CrmLogrankGroup
{
	uint64_t	n;
	uint64_t	events;
	double		expected;
} CrmLogrankGroup;

typedef struct CrmLogrankTest
{
	int			df;
	double		chi_square;		/* of no meaning with df 0 */
	double		p_value;
} CrmLogrankTest;

/* Doubles of work space. */
static inline size_t
crm_logrank_room(uint32_t n_groups)
{
	return (size_t) n_groups * (n_groups + 2);
}

/* groups has room for each of them. */
extern CrmLogrankTest crm_logrank_test(CrmLogrank l, CrmLogrankGroup *groups,
									   double *room, CrmPause pause);

#endif
