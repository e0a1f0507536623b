/*
 * dataset_columns.h
 *		What dataset.c and dataset_fit.c share: columns, and what their cells mean.
 */
#ifndef CRM_DATASET_COLUMNS_H
#define CRM_DATASET_COLUMNS_H

#include "dataset.h"
#include "dataset_cells.h"
#include "feature_type.h"

#include "utils/float.h"

/* Codes of a category that are no label. */
#define CODE_MISSING (-1)
#define CODE_LONG (-2)			/* longer than a level may be */

#define TIME_MISSING PG_INT64_MIN

typedef struct LabelTable
{
	uint32		n;
	uint32		capacity;
	CrmString  *labels;			/* by code, in order of appearance */
	uint64	   *hashes;
	uint32		mask;
	uint32	   *slots;			/* code + 1, 0 is empty */
} LabelTable;

typedef struct Column
{
	AttrNumber	attno;
	CrmString	name;
	CrmColumnType type;
	CrmFeatureKind kind;
	LabelTable	table;			/* of a category */
	uint16	   *ranks;			/* by code, of a stage */
	uint32		n_ranks;
} Column;

struct CrmDataset
{
	MemoryContext context;
	MemoryContext row_context;	/* reset for every row */
	const CrmFitOptions *options;
	TupleDesc	desc;
	int			n_columns;
	Column	   *columns;
	CrmCells	cells;			/* by row and column; the last is a hash of
								 * the row */
	uint32		n_rows;
	uint32		capacity;
	uint32		n_positive;
	uint64		n_skipped;
	uint8	   *labels;			/* a bit a row */
	Datum	   *values;			/* room for one row */
	bool	   *nulls;
};

/* A value of a number or time column: itself, or days since as_of; or NaN. */
static inline double
cell_number(const Column *c, CrmCell cell, int64 as_of)
{
	if (c->kind == CRM_NUMERIC)
		return cell.number;
	if (cell.time == TIME_MISSING)
		return get_float8_nan();
	return crm_days_since(as_of, cell.time);
}

#endif
