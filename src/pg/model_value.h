/*
 * model_value.h
 *
 * The model as a datum: varlena header and the wire form of core/model.h.
 * Accessors detoast and validate; crm_model_open also decodes.
 */
#ifndef CRM_MODEL_VALUE_H
#define CRM_MODEL_VALUE_H

#include "fmgr.h"

#include "model.h"

typedef struct varlena CrmModelValue;

/* A decoded model with its scorer, all in one memory context. */
typedef struct CrmOpenModel
{
	MemoryContext context;		/* holds the bytes, the structs and this */
	CrmModel	model;
	CrmScorer	scorer;
} CrmOpenModel;

/*
 * Detoast, validate, decode and prepare for scoring, in a new context under
 * `parent`.  XX001 for a value that is no model.
 */
extern CrmOpenModel *crm_model_open(Datum value, MemoryContext parent);
extern void crm_model_close(CrmOpenModel *open);

/*
 * How many of its first bytes tell a datum that crm_value_key() gave apart
 * from all others: the header and what identifies the model, or all bytes of
 * a toast pointer, of a compressed value and of format 1.
 */
extern Size crm_model_key_size(const struct varlena *value);

/* An arena in the current context; 54000 when it would be too large. */
extern CrmArena crm_arena_make(size_t size);

/* Decode a detoasted value in place; false when its bytes are no model. */
extern bool crm_model_decode_value(const struct varlena *value,
								   CrmModel *model);

/* The value of a checked struct, in the current context. */
extern CrmModelValue *crm_model_build(const CrmModel *model);

/*
 * The same value with calibration and grade limits replaced (NULL: as they
 * are) and warnings added.
 */
extern CrmModelValue *crm_model_amend(Datum value,
									  const CrmCalibration *calibration,
									  const double *grades, uint32 n_grades,
									  const CrmString *warnings,
									  uint32 n_warnings);

/* ereport(WARNING) for each warning of the model. */
extern void crm_model_report_warnings(const CrmModel *model);

#endif							/* CRM_MODEL_VALUE_H */
