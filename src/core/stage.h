/*
 * stage.h
 *		A stage of a sales pipeline: where in the order, and its label.
 *
 * A CrmStage is a view: its label points into the caller's bytes.  The encoded
 * form sorts bytewise: format, rank (big-endian), label.
 */
#ifndef CRM_STAGE_H
#define CRM_STAGE_H

#include "bytes.h"
#include "error.h"

#define CRM_STAGE_FORMAT 1
#define CRM_STAGE_MAX_ORDINAL 999
#define CRM_STAGE_WON 1000
#define CRM_STAGE_LOST 1001
#define CRM_LABEL_MAX_BYTES 63

/* Format and rank stand before the label. */
#define CRM_STAGE_HEADER_SIZE 3
#define CRM_STAGE_MAX_SIZE (CRM_STAGE_HEADER_SIZE + CRM_LABEL_MAX_BYTES)

/* "lost:" or three digits and a colon, then the label. */
#define CRM_STAGE_MAX_TEXT (5 + CRM_LABEL_MAX_BYTES)

typedef struct CrmStage
{
	uint16_t	rank;			/* 1..999 open, CRM_STAGE_WON, CRM_STAGE_LOST */
	uint8_t		label_len;
	const char *label;
} CrmStage;

static inline bool
crm_stage_is_open(CrmStage s)
{
	return s.rank < CRM_STAGE_WON;
}

/* "open", "won" or "lost" */
static inline const char *
crm_stage_outcome(CrmStage s)
{
	return s.rank == CRM_STAGE_WON ? "won" :
		s.rank == CRM_STAGE_LOST ? "lost" : "open";
}

/* Leaves out white space at both ends (ASCII only). */
extern void crm_trim(const char **text, size_t *len);

/* 1..63 bytes, no control character of ASCII, no space at either end. */
extern bool crm_label_check(const char *label, size_t len, CrmError *error);

/* How an encoding writes the control characters above ASCII's (C1). */
typedef enum CrmC1
{
	CRM_C1_NONE,				/* not at all */
	CRM_C1_BYTE,				/* 80 to 9F: the ISO 8859 family */
	CRM_C1_UTF8					/* C2 80 to C2 9F */
} CrmC1;

/* Labels have none of them either; the caller knows the encoding. */
extern bool crm_c1_check(const char *text, size_t len, CrmC1 c1,
						 CrmError *error);

/* A rank that exists, and a label that passes crm_label_check. */
extern bool crm_stage_check(CrmStage stage, CrmError *error);

extern bool crm_stage_parse(const char *text, size_t len, CrmStage *stage,
							CrmError *error);

/* At most CRM_STAGE_MAX_TEXT bytes, not terminated; returns how many. */
extern size_t crm_stage_text(CrmStage stage, char *text);

extern void crm_stage_encode(CrmStage stage, CrmWriter *w);

/* Reads a stage that ends where the buffer ends. */
extern bool crm_stage_decode(const void *data, size_t size, CrmStage *stage,
							 CrmError *error);

/* Open stages by ordinal, then won, then lost; label bytes break ties. */
extern int	crm_stage_compare(CrmStage a, CrmStage b);

#endif
