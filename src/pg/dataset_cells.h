/*
 * dataset_cells.h
 *		The values of a dataset, 8 bytes a cell: a block of rows in memory, and
 *		the blocks that are full in a temporary file.
 *
 * Rows are added at the end and read by column, block by block.  The file is
 * closed with the memory context, whatever ends that.
 */
#ifndef CRM_DATASET_CELLS_H
#define CRM_DATASET_CELLS_H

#include "storage/fd.h"

typedef union CrmCell
{
	double		number;			/* NaN is missing */
	int64		time;
	int64		code;
	uint64		hash;
} CrmCell;

typedef struct CrmCells
{
	MemoryContextCallback callback;
	MemoryContext context;
	File		file;			/* 0: none yet */
	int			n_columns;
	uint32		n_rows;
	uint32		block_rows;
	uint32		room;			/* rows that tail can take */
	CrmCell    *tail;			/* the last block, row by row */
	CrmCell    *run;			/* a column of a block */
	uint32		run_rows;		/* it has room for */
	CrmCell    *block;			/* one from the file, row by row */
	uint32		block_number;	/* that it is, or PG_UINT32_MAX */
} CrmCells;

/* Everything lives in context, which must be the dataset's own. */
extern void crm_cells_init(CrmCells *cells, MemoryContext context,
						   int n_columns);

/* Bytes that the next row needs beyond what is held. */
extern Size crm_cells_growth(const CrmCells *cells);

/* A row more, for the caller to fill. */
extern CrmCell *crm_cells_add(CrmCells *cells);

extern uint32 crm_cells_blocks(const CrmCells *cells);

/* Rows of a block; its first is row block * block_rows. */
extern uint32 crm_cells_block_rows(const CrmCells *cells, uint32 block);

/* A column of a block, until the next call. */
extern const CrmCell *crm_cells_run(CrmCells *cells, uint32 block, int column);

/* A whole column. */
extern void crm_cells_column(CrmCells *cells, int column, CrmCell *values);

/* All columns of a block, row by row, until the next call. */
extern const CrmCell *crm_cells_block(CrmCells *cells, uint32 block);

/* Give back what reading needed. */
extern void crm_cells_done(CrmCells *cells);

#endif							/* CRM_DATASET_CELLS_H */
