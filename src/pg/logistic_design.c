/*
 * logistic_design.c
 *		The rows of a logistic model as core wants them.
 *
 * Dense columns are standardised one by one as they are described, and kept
 * by blocks of rows in canonical order: in memory if all of them fit into
 * work_mem, or else in a temporary file of which core sees one block at a
 * time.  Columns of ones and zeros are kept as the ones that each row holds.
 */
#include "compat.h"

#include <math.h>

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/wait_event.h"

#include "dataset_fit.h"

/* A block in the processor's second cache; rows of wide ones are fewer. */
#define BLOCK_BYTES ((Size) 512 * 1024)
#define LEAST_BLOCK_ROWS 512
#define MOST_BLOCK_ROWS 4096

/*
 * Rows more than a power of two, so that a row's cells, which lie that far
 * apart, do not compete for the same lines of the cache.
 */
#define ODD_ROWS 8

/* More than this is in a file, whatever work_mem is. */
#define MOST_MEMORY ((Size) 32 * 1024 * 1024)

typedef struct DesignColumns
{
	CrmDense	dense;			/* first: core hands it back */
	MemoryContextCallback callback;
	File		file;			/* 0: all in memory */
	uint32		n_rows;
	uint32		n_columns;
	double	   *cells;			/* all blocks, or the one at hand */
} DesignColumns;

static void
close_file(void *arg)
{
	DesignColumns *columns = arg;

	if (columns->file > 0)
		FileClose(columns->file);
	columns->file = 0;
}

static uint32
choose_block_rows(uint32 n_columns)
{
	uint32		rows = LEAST_BLOCK_ROWS;

	while (rows < MOST_BLOCK_ROWS &&
		   2 * rows * sizeof(double) * n_columns <= BLOCK_BYTES)
		rows *= 2;
	return rows + ODD_ROWS;
}

static uint32
count_blocks(const DesignColumns *columns)
{
	return (columns->n_rows + columns->dense.block_rows - 1) /
		columns->dense.block_rows;
}

/* Of all columns. */
static Size
block_cells(const DesignColumns *columns)
{
	return (Size) columns->dense.block_rows * columns->n_columns;
}

static void
fetch_from_memory(CrmDense *dense, uint32 block)
{
	DesignColumns *columns = (DesignColumns *) dense;

	dense->cells = columns->cells + block * block_cells(columns);
	dense->first = block * dense->block_rows;
}

static void
fetch_from_file(CrmDense *dense, uint32 block)
{
	DesignColumns *columns = (DesignColumns *) dense;
	int			bytes = (int) (block_cells(columns) * sizeof(double));

	errno = 0;
	if (FileRead(columns->file, (char *) columns->cells, bytes,
				 (off_t) block * bytes, WAIT_EVENT_BUFFILE_READ) != bytes)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read training data from a temporary file: %m")));
	dense->cells = columns->cells;
	dense->first = block * dense->block_rows;
}

static void
open_file(DesignColumns *columns)
{
	columns->callback.func = close_file;
	columns->callback.arg = columns;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &columns->callback);
	PrepareTempTablespaces();
	columns->file = OpenTemporaryFile(true);
	columns->dense.fetch = fetch_from_file;
}

void
crm_fit_design_begin(Fit *fit)
{
	DesignColumns *columns = crm_fit_alloc(fit, 1, sizeof *columns);
	CrmDense   *dense = &columns->dense;
	Size		limit = Min((Size) work_mem * 1024, MOST_MEMORY);
	Size		blocks;

	columns->n_rows = fit->n;
	columns->n_columns = fit->design.n_dense;
	dense->block_rows = choose_block_rows(columns->n_columns);
	dense->fetch = fetch_from_memory;
	/* of less than a block only the rows there are */
	if (fit->n < dense->block_rows)
		dense->block_rows = (fit->n + 3) / 4 * 4;
	blocks = count_blocks(columns);
	if (blocks * block_cells(columns) * sizeof(double) > limit)
	{
		open_file(columns);
		blocks = 1;
	}
	columns->cells = crm_fit_room(fit, blocks * block_cells(columns),
								  sizeof(double));
	/* no block is at hand */
	dense->first = fit->n;
	fit->design.dense = dense;
}

/* A column's rows of a block: to where they are in memory, or to the file. */
static void
put_cells(DesignColumns *columns, uint32 block, uint32 j, const double *cells)
{
	Size		n = columns->dense.block_rows;
	Size		at = block * block_cells(columns) + j * n;
	int			bytes = (int) (n * sizeof *cells);

	if (columns->file == 0)
	{
		memcpy(columns->cells + at, cells, n * sizeof *cells);
		return;
	}
	errno = 0;
	if (FileWrite(columns->file, (char *) cells, bytes,
				  (off_t) (at * sizeof *cells),
				  WAIT_EVENT_BUFFILE_WRITE) == bytes)
		return;
	if (errno == 0)
		errno = ENOSPC;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not write training data to a temporary file: %m")));
}

/*
 * Missing values stand at the mean.  Which they are is kept, a bit a row, for
 * the column of ones beside.
 */
void
crm_fit_design_column(Fit *fit, const CrmFeature *f, FitFeature *part)
{
	DesignColumns *columns = (DesignColumns *) fit->design.dense;
	uint32		block_rows = columns->dense.block_rows;
	double		mean = fit->mean[part->dense];
	double		sd = fit->sd[part->dense];
	double	   *cells = palloc0(block_rows * sizeof *cells);

	if (f->missing > 0)
		part->missing = crm_fit_alloc(fit, fit->n / 8 + 1, 1);
	for (uint32 block = 0; block < count_blocks(columns); block++)
	{
		uint32		first = block * block_rows;
		uint32		n = Min(fit->n - first, block_rows);

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < n; i++)
		{
			double		v = fit->values[first + i];

			cells[i] = isnan(v) || sd == 0 ? 0 : (v - mean) / sd;
			if (isnan(v))
				part->missing[(first + i) / 8] |= 1 << (first + i) % 8;
		}
		put_cells(columns, block, part->dense, cells);
	}
	pfree(cells);
}

/* The binary column that is 1 for this code of the feature, or -1. */
static int64
hot_column(const CrmFeature *f, const FitFeature *part, int32 code)
{
	uint32		kept = f->n_levels > 0 ? f->n_levels - 1 : 0;
	int32		level;

	if (code == CODE_MISSING)
		return (int64) part->binary + kept + (f->other > 0);
	level = code == CODE_LONG ? (int32) f->n_levels : part->level[code];
	if (level == (int32) f->n_levels)
		return (int64) part->binary + kept;
	return level == 0 ? -1 : (int64) part->binary + level - 1;
}

/* Ones of a category, whose codes are in canonical order; next[i] is where
 * row i goes on. */
static void
put_ones_of_codes(const Fit *fit, const CrmFeature *f, const FitFeature *part,
				  uint16 *hot, uint32 *next)
{
	for (uint32 i = 0; i < fit->n; i++)
	{
		int64		one = hot_column(f, part, fit->codes[i]);

		CHECK_ROW(i);
		if (one >= 0)
			hot[next[i]++] = (uint16) one;
	}
}

static void
put_ones_of_missing(const Fit *fit, const FitFeature *part, uint16 *hot,
					uint32 *next)
{
	for (uint32 byte = 0; byte <= fit->n / 8; byte++)
	{
		CHECK_ROW(byte);
		for (uint32 bits = part->missing[byte]; bits != 0; bits &= bits - 1)
			hot[next[byte * 8 + ffs((int) bits) - 1]++] =
				(uint16) part->binary;
	}
}

/*
 * The ones of all rows, a feature at a time: hot_start[i + 1] counts the ones
 * of row i, is then where its next one goes, and at last where it ends.
 */
void
crm_fit_design_ones(Fit *fit, Size ones)
{
	uint16	   *hot = crm_fit_alloc(fit, ones, sizeof *hot);
	uint32	   *next = fit->hot_start + 1;
	uint32		at = 0;

	for (uint32 i = 0; i < fit->n; i++)
	{
		uint32		count = next[i];

		next[i] = at;
		at += count;
	}
	Assert(at == ones);
	for (uint32 k = 0; k < fit->model.n_features; k++)
	{
		const CrmFeature *f = &fit->features[k];
		FitFeature *part = &fit->parts[k];

		if (f->pooled)
			continue;
		if (f->kind == CRM_CATEGORICAL)
		{
			crm_fit_gather(fit, part->column);
			put_ones_of_codes(fit, f, part, hot, next);
		}
		else if (part->missing != NULL)
		{
			put_ones_of_missing(fit, part, hot, next);
			pfree(part->missing);
		}
	}
	fit->design.hot = hot;
	fit->design.hot_start = fit->hot_start;
}
