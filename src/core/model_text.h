/*
 * model_text.h
 *		The JSON text form of a model.
 *
 * One compact object with keys in a fixed order; the reader takes keys in any
 * order (jsonb reorders them) and refuses unknown and repeated ones.  Text
 * that was printed from a model reads back to the same bytes.
 */
#ifndef CRM_MODEL_TEXT_H
#define CRM_MODEL_TEXT_H

#include "error.h"
#include "json.h"
#include "model.h"

/* Words of enums, by number; NULL at either end. */
extern const char *const crm_kind_names[];
extern const char *const crm_type_names[];
extern const char *const crm_calibration_names[];

/* With data == NULL only counts. Returns the length, 0 when size is small. */
extern size_t crm_model_print(const CrmModel *model, const CrmFloatText *ft,
							  char *out, size_t size);

/*
 * Text to struct, in an arena of at least crm_model_parse_size(length) bytes
 * (0: too long).  The model has passed crm_model_check.
 */
extern size_t crm_model_parse_size(size_t length);
extern bool crm_model_parse(const char *text, size_t length, bool utf8,
							const CrmFloatText *ft, CrmArena *arena,
							CrmModel *model, CrmError *error);

#endif
