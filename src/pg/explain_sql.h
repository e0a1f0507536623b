/*
 * explain_sql.h
 *		Models and records as the explaining functions take them.
 */
#ifndef CRM_EXPLAIN_SQL_H
#define CRM_EXPLAIN_SQL_H

#include "explain.h"
#include "feature_map.h"
#include "registry.h"

/*
 * A call site's model: argument 0 is a model, or the name of one, whose
 * champion is meant.  Good until the next call.
 */
extern CrmRegisteredModel *crm_argument_model(FunctionCallInfo fcinfo,
											  bool by_name);

/* A record taken apart. */
typedef struct CrmRecordColumns
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
} CrmRecordColumns;

extern CrmRecordColumns crm_record_columns(HeapTupleHeader record);

/* A value as its type prints it; NULL for NULL. */
extern char *crm_column_text(const CrmRecordColumns *columns,
							 AttrNumber attno);

/* A feature and a number that belongs to it. */
typedef struct CrmWeight
{
	uint32		feature;
	double		value;
} CrmWeight;

/* By magnitude, largest first; of equals the earlier feature. */
extern CrmWeight *crm_weights_sort(const double *values, uint32 n);

/*
 * Up to n phrases on what speaks for and against, as
 * "for: source is web (odds x 1.62)": text[], by weight.  The row is that of
 * the map, which was made for these columns.
 */
extern Datum crm_reasons(const CrmOpenModel *open, const CrmFeatureMap *map,
						 const double *row, const CrmRecordColumns *columns,
						 int n);

/* A model's text as a text datum. */
extern Datum crm_string_datum(CrmString s);

#endif							/* CRM_EXPLAIN_SQL_H */
