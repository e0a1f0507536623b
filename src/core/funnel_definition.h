/*
 * funnel_definition.h
 *		What a funnel counts: stages, steps, mode and options.
 *
 * A CrmFunnelDefinition is the decoded form; its labels point into the bytes
 * it came from.  Stages have codes 1..n in the order of the pipeline: open,
 * won, lost.  Each stage carries the step it belongs to, so steps, their
 * members and exclusion are one small number a stage, and the same funnel
 * has one encoding however it was written.
 */
#ifndef CRM_FUNNEL_DEFINITION_H
#define CRM_FUNNEL_DEFINITION_H

#include "error.h"
#include "json.h"
#include "matching.h"
#include "stage.h"

#define CRM_FUNNEL_DEFINITION_FORMAT 1

/* As many as a pipeline has: 999 open, 999 won, 999 lost. */
#define CRM_FUNNEL_MAX_STAGES (3 * CRM_STAGE_MAX_ORDINAL)

/* Longest tolerance: a year of 366 days, in microseconds. */
#define CRM_MAX_TOLERANCE (INT64_C(366) * 86400 * 1000000)

/* In windows: none. */
#define CRM_NO_LIMIT INT64_C(-1)

typedef struct CrmFunnelDefinition
{
	uint8_t		mode;			/* CrmFunnelMode */
	bool		rows;			/* repeats => 'row' */
	bool		entries;		/* counting => 'entries' */
	uint16_t	n_open;
	uint16_t	n_won;
	uint16_t	n_lost;
	uint8_t		n_steps;
	uint64_t	optional;		/* bit per step */
	int64_t		within;			/* microseconds or CRM_NO_LIMIT */
	int64_t		tolerance;
	bool		has_gaps;
	int64_t		gap[CRM_FUNNEL_MAX_STEPS + 1];	/* by step, from the last */
	bool		has_low;
	bool		has_high;
	int64_t		entry_low;		/* inclusive, 0 without */
	int64_t		entry_high;		/* exclusive, 0 without */
	uint8_t		step[CRM_FUNNEL_MAX_STAGES + 1];	/* by code; see matching.h */
	uint8_t		label_len[CRM_FUNNEL_MAX_STAGES + 1];
	const char *label[CRM_FUNNEL_MAX_STAGES + 1];
} CrmFunnelDefinition;

static inline int
crm_funnel_n_stages(const CrmFunnelDefinition *d)
{
	return d->n_open + d->n_won + d->n_lost;
}

/* No stages, no steps, no limits; mode 0, visits, entities. */
extern void crm_funnel_definition_init(CrmFunnelDefinition *d);

/* A compiled rule with the tables it points to. */
typedef struct CrmFunnelProgram
{
	CrmFunnelRule rule;
	uint8_t		step[CRM_FUNNEL_MAX_STAGES + 1];
	uint64_t	implies[CRM_FUNNEL_MAX_STAGES + 1];
} CrmFunnelProgram;

/* Words of the options, in the order of their numbers; NULL ends. */
extern const char *const crm_funnel_modes[];
extern const char *const crm_funnel_repeats[];
extern const char *const crm_funnel_counting[];

/* Number of a word, or -1. */
extern int	crm_funnel_word(const char *const *words, const char *word,
							size_t len);

/* Code of a label, 0 if the pipeline has none such. */
extern int	crm_funnel_stage(const CrmFunnelDefinition *d, const char *label,
							 size_t len);

/* Every open stage a step, all won ends together the last. */
extern bool crm_funnel_default_steps(CrmFunnelDefinition *d, CrmError *error);

/* Everything that must hold for stages, steps and options. */
extern bool crm_funnel_definition_check(const CrmFunnelDefinition *d,
										CrmError *error);

extern void crm_funnel_definition_encode(const CrmFunnelDefinition *d,
										 CrmWriter *w);
extern bool crm_funnel_definition_decode(const void *data, size_t size,
										 CrmFunnelDefinition *d,
										 CrmError *error);

extern void crm_funnel_definition_print(CrmJsonWriter *w, const void *d);

/* Labels are unescaped into `text`, which has at least as many bytes as the
 * JSON text. */
extern bool crm_funnel_definition_parse(CrmJsonReader *r, char *text,
										CrmFunnelDefinition *d,
										CrmError *error);

/* Puts the names of all in which two definitions differ; returns how many. */
#define CRM_FUNNEL_PARTS 11
extern int	crm_funnel_differences(const CrmFunnelDefinition *a,
								   const CrmFunnelDefinition *b,
								   const char *names[CRM_FUNNEL_PARTS]);

extern void crm_funnel_compile(const CrmFunnelDefinition *d,
							   CrmFunnelProgram *program);

/* Labels of a step joined by ", ", not terminated; returns the length.  With
 * text == NULL only counts. */
extern size_t crm_funnel_step_name(const CrmFunnelDefinition *d, int step,
								   char *text);

#endif
