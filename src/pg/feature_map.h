/*
 * feature_map.h
 *
 * From a record to a model's row of numbers: which attribute feeds which
 * feature, how its type is read.  score(model, record), score by name and the
 * trigger share it.  A map holds for one row type in one state: callers keep
 * the identifier of assign_record_type_identifier() with it, because type OID
 * and typmod stay the same over ALTER TABLE ... RENAME COLUMN.
 */
#ifndef CRM_FEATURE_MAP_H
#define CRM_FEATURE_MAP_H

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"

#include "model_value.h"

typedef struct CrmFeatureMap CrmFeatureMap;

/*
 * Build in the current context.  42703 for a feature that desc lacks (special
 * hint for ROW(...)), 42702 for one that it has twice, 42804 for a column of
 * another type family.
 */
extern CrmFeatureMap *crm_feature_map_build(const CrmOpenModel *open,
											TupleDesc desc);

/* Attribute number that feeds feature f, for checks on generated columns. */
extern AttrNumber crm_feature_map_attno(const CrmFeatureMap *map, uint32 f);

/*
 * Read a row: from deformed values (natts of the map's desc), a slot, or a
 * record datum's tuple.  The result lives in the map and is overwritten by the
 * next call.  22023 for an infinite value, naming the column.
 */
extern const double *crm_feature_map_values(CrmFeatureMap *map,
											const Datum *values,
											const bool *nulls);
extern const double *crm_feature_map_slot(CrmFeatureMap *map,
										  TupleTableSlot *slot);
extern const double *crm_feature_map_record(CrmFeatureMap *map,
											HeapTupleHeader record);

/* A heap tuple of the map's row type, as a trigger has it. */
extern const double *crm_feature_map_tuple(CrmFeatureMap *map,
										   HeapTuple tuple);

/*
 * The whole way for one record with a cached map: rebuilds the map (in
 * `context`) when the record's type changed since the last call.
 */
typedef struct CrmRecordScorer
{
	MemoryContext context;		/* lives as long as this struct */
	MemoryContext map_context;	/* child, reset on rebuild */
	const CrmOpenModel *open;
	Oid			type;
	int32		typmod;
	uint64		identifier;
	struct TypeCacheEntry *entry;	/* NULL for an anonymous record */
	CrmFeatureMap *map;
} CrmRecordScorer;

extern void crm_record_scorer_init(CrmRecordScorer *scorer,
								   const CrmOpenModel *open,
								   MemoryContext context);
extern const double *crm_record_scorer_row(CrmRecordScorer *scorer,
										   HeapTupleHeader record);
extern double crm_record_scorer_score(CrmRecordScorer *scorer,
									  HeapTupleHeader record);

#endif							/* CRM_FEATURE_MAP_H */
