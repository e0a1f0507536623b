/*
 * registry.h
 *		Models by name: the registry as one call site sees it.
 *
 * A call site (one score() expression, one trigger of one statement) keeps a
 * CrmRegistry in its fn_extra.  It reads crmprob.model_versions once per
 * statement and name; see registry.c for what "statement" means.
 */
#ifndef CRM_REGISTRY_H
#define CRM_REGISTRY_H

#include "feature_map.h"
#include "model_value.h"

/* Longest name of a model, as the table's check has it. */
#define CRM_MODEL_NAME_MAX_BYTES 200

/* What the session keeps decoded, beyond what is in use. */
#define CRM_MODEL_CACHE_ENTRIES 64
#define CRM_MODEL_CACHE_BYTES ((Size) 64 * 1024 * 1024)

/* In place of a version: the champion. */
#define CRM_CHAMPION 0

typedef struct CrmRegistry CrmRegistry;

typedef struct CrmRegisteredModel
{
	const CrmOpenModel *open;
	uint64		serial;			/* never the same for two models opened */
	CrmRecordScorer scorer;		/* for records, with the call site's map */
	MemoryContext context;		/* as long as this is the same model */
	CrmFeatureMap *columns;		/* for the call site's use; NULL at first */
} CrmRegisteredModel;

/* In a child of context, which must live as long as the call site. */
extern CrmRegistry *crm_registry_create(MemoryContext context);

/*
 * The model of this name and version (CRM_CHAMPION: the champion), good until
 * the next call.  42704 for an unknown name or version, 55000 for a name
 * without a champion.
 */
extern CrmRegisteredModel *crm_registry_get(CrmRegistry *registry,
											const text * name, int32 version);

/* 22023 for a version below 1. */
extern void crm_registry_check_version(int32 version);

/* The same for a model value, stored or not: it is opened once a session. */
extern CrmRegisteredModel *crm_registry_get_value(CrmRegistry *registry,
												  Datum value);

#endif							/* CRM_REGISTRY_H */
