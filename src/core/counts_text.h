/*
 * counts_text.h
 *		The part "counts" of a model's JSON text.
 *
 * {"smoothing", "min_count", "strength", "skip_missing", "roles", "won",
 * "lost"}: a role a feature, counts of the cells one after the other.
 */
#ifndef CRM_COUNTS_TEXT_H
#define CRM_COUNTS_TEXT_H

#include "json.h"
#include "model.h"

extern void crm_counts_print(CrmJsonWriter *w, const CrmModel *model,
							 const CrmFloatText *ft);

/* Reads the object that comes next, and how many roles it has. */
extern bool crm_counts_parse(CrmJsonReader *r, const CrmFloatText *ft,
							 CrmArena *arena, CrmCountsSection *section,
							 uint32_t *n_roles);

#endif
