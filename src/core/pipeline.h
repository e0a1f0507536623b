/*
 * pipeline.h
 *		A sales pipeline: its open stages in order, its won and its lost ends.
 *
 * A CrmPipeline is a view of the encoded form: format (u8), number of open,
 * won and lost stages (u16 each), then every label as length (u8) and bytes.
 * Labels differ from each other; that is checked where a pipeline enters
 * (crm_pipeline_duplicate), not each time it is read.
 */
#ifndef CRM_PIPELINE_H
#define CRM_PIPELINE_H

#include "stage.h"

#define CRM_PIPELINE_FORMAT 1

/* Most open stages, most won ends and most lost ends. */
#define CRM_PIPELINE_MAX_STAGES CRM_STAGE_MAX_ORDINAL

#define CRM_PIPELINE_HEADER_SIZE 7

/* Bytes enough for the encoded form of a text of len bytes. */
#define CRM_PIPELINE_PARSE_SIZE(len) (CRM_PIPELINE_HEADER_SIZE + 1 + (len))

typedef struct CrmPipeline
{
	uint16_t	n_open;
	uint16_t	n_won;
	uint16_t	n_lost;
	const uint8_t *labels;
	size_t		labels_size;
} CrmPipeline;

/* Walks over the stages in order: open, then won, then lost. */
typedef struct CrmPipelineCursor
{
	const CrmPipeline *pipeline;
	CrmReader	labels;
	uint32_t	position;		/* of the stage last returned, from 1 */
} CrmPipelineCursor;

static inline uint32_t
crm_pipeline_size(const CrmPipeline *p)
{
	return (uint32_t) p->n_open + p->n_won + p->n_lost;
}

extern CrmPipelineCursor crm_pipeline_walk(const CrmPipeline *p);
extern bool crm_pipeline_next(CrmPipelineCursor *c, CrmStage *stage);

/* The stage with this label and its position in the walk (from 1). */
extern bool crm_pipeline_find(const CrmPipeline *p, const char *label,
							  size_t len, CrmStage *stage,
							  uint32_t *position);

/* Finds a stage whose label an earlier one has. */
extern bool crm_pipeline_duplicate(const CrmPipeline *p, CrmStage *stage);

/*
 * Text to encoded form; data has CRM_PIPELINE_PARSE_SIZE(len) bytes.  The
 * caller still has to look for duplicates.
 */
extern bool crm_pipeline_parse(const char *text, size_t len, uint8_t *data,
							   size_t *size, CrmError *error);

extern void crm_pipeline_text(const CrmPipeline *p, CrmWriter *w);

/* Begins an encoded form; its labels follow, in the order of the walk. */
extern void crm_pipeline_put_header(CrmWriter *w, size_t n_open,
									size_t n_won, size_t n_lost);
extern void crm_pipeline_put_label(CrmWriter *w, const char *label,
								   size_t len);

/* Are there not too few and not too many of each? */
extern bool crm_pipeline_check_counts(size_t n_open, size_t n_won,
									  size_t n_lost, CrmError *error);

/*
 * "read" checks the structure only, so that a label may still be in a client's
 * encoding; "decode" checks all but duplicates.
 */
extern bool crm_pipeline_read(const void *data, size_t size, CrmPipeline *p,
							  CrmError *error);
extern bool crm_pipeline_decode(const void *data, size_t size,
								CrmPipeline *p, CrmError *error);

#endif
