/*
 * dataset_cells.c
 *		Values of a dataset in memory and in a temporary file.
 *
 * In the file a block lies column by column, so that a column is read in long
 * runs.  The file belongs to no resource owner but to the memory context: an
 * aggregate's state outlives the subtransaction that happened to add a row.
 * No buffer stands between, so closing it writes nothing and cannot fail.
 */
#include "compat.h"

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "dataset_cells.h"

/* A block of all columns, at most; or work_mem, if that is less. */
#define BLOCK_BYTES ((Size) 8 * 1024 * 1024)
#define FIRST_ROWS 64
#define LEAST_BLOCK_ROWS 512
#define MOST_BLOCK_ROWS 65536

static void
close_file(void *arg)
{
	CrmCells   *cells = arg;

	if (cells->file > 0)
		FileClose(cells->file);
	cells->file = 0;
}

void
crm_cells_init(CrmCells *cells, MemoryContext context, int n_columns)
{
	Size		bytes = Min(BLOCK_BYTES, (Size) work_mem * 1024);
	Size		width = sizeof(CrmCell) * Max(n_columns, 1);

	memset(cells, 0, sizeof *cells);
	cells->context = context;
	cells->n_columns = n_columns;
	cells->block_rows = LEAST_BLOCK_ROWS;
	while (cells->block_rows < MOST_BLOCK_ROWS &&
		   2 * cells->block_rows * width <= bytes)
		cells->block_rows *= 2;
	cells->block_number = PG_UINT32_MAX;
	cells->callback.func = close_file;
	cells->callback.arg = cells;
	MemoryContextRegisterResetCallback(context, &cells->callback);
}

static Size
row_bytes(const CrmCells *cells)
{
	return cells->n_columns * sizeof(CrmCell);
}

static uint32
tail_rows(const CrmCells *cells)
{
	return crm_cells_block_rows(cells, crm_cells_blocks(cells) - 1);
}

uint32
crm_cells_blocks(const CrmCells *cells)
{
	return (cells->n_rows + cells->block_rows - 1) / cells->block_rows;
}

uint32
crm_cells_block_rows(const CrmCells *cells, uint32 block)
{
	return Min(cells->block_rows, cells->n_rows - block * cells->block_rows);
}

static off_t
offset_of(const CrmCells *cells, uint32 block, int column)
{
	return ((off_t) block * cells->n_columns + column) *
		cells->block_rows * (off_t) sizeof(CrmCell);
}

static void
room_for_run(CrmCells *cells)
{
	uint32		rows = Min(cells->block_rows, cells->n_rows);

	if (cells->run_rows >= rows)
		return;
	if (cells->run != NULL)
		pfree(cells->run);
	cells->run = NULL;
	cells->run = MemoryContextAlloc(cells->context, rows * sizeof(CrmCell));
	cells->run_rows = rows;
}

static void
pick_column(const CrmCells *cells, const CrmCell *rows, uint32 n, int column,
			CrmCell *run)
{
	for (uint32 i = 0; i < n; i++)
		run[i] = rows[(Size) i * cells->n_columns + column];
}

static void
write_run(CrmCells *cells, uint32 block, int column)
{
	int			bytes = (int) (cells->block_rows * sizeof(CrmCell));

	errno = 0;
	if (FileWrite(cells->file, (char *) cells->run, bytes,
				  offset_of(cells, block, column),
				  WAIT_EVENT_BUFFILE_WRITE) == bytes)
		return;
	if (errno == 0)
		errno = ENOSPC;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not write training data to a temporary file: %m")));
}

static void
read_run(CrmCells *cells, uint32 block, int column)
{
	int			bytes = (int) (cells->block_rows * sizeof(CrmCell));

	errno = 0;
	if (FileRead(cells->file, (char *) cells->run, bytes,
				 offset_of(cells, block, column),
				 WAIT_EVENT_BUFFILE_READ) == bytes)
		return;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not read training data from a temporary file: %m")));
}

/* The tail is full: it goes to the file and starts again. */
static void
write_tail(CrmCells *cells)
{
	if (cells->file == 0)
	{
		PrepareTempTablespaces();
		cells->file = OpenTemporaryFile(true);
	}
	room_for_run(cells);
	for (int c = 0; c < cells->n_columns; c++)
	{
		CHECK_FOR_INTERRUPTS();
		pick_column(cells, cells->tail, cells->block_rows, c, cells->run);
		write_run(cells, cells->n_rows / cells->block_rows - 1, c);
	}
	crm_cells_done(cells);
}

static uint32
grown_room(const CrmCells *cells)
{
	return Min(cells->block_rows, Max(FIRST_ROWS, 2 * cells->room));
}

Size
crm_cells_growth(const CrmCells *cells)
{
	return cells->n_rows < cells->room || cells->room == cells->block_rows ? 0 :
		grown_room(cells) * row_bytes(cells);
}

CrmCell    *
crm_cells_add(CrmCells *cells)
{
	uint32		at = cells->n_rows % cells->block_rows;

	if (at == 0 && cells->n_rows > 0)
		write_tail(cells);
	else if (at == cells->room)
	{
		uint32		room = grown_room(cells);
		Size		size = room * row_bytes(cells) + 1;

		cells->tail = cells->tail == NULL ?
			MemoryContextAlloc(cells->context, size) :
			repalloc(cells->tail, size);
		cells->room = room;
	}
	cells->n_rows++;
	return cells->tail + (Size) at * cells->n_columns;
}

/* The last block is in memory even when it is full. */
static bool
in_memory(const CrmCells *cells, uint32 block)
{
	return block + 1 == crm_cells_blocks(cells);
}

const CrmCell *
crm_cells_run(CrmCells *cells, uint32 block, int column)
{
	room_for_run(cells);
	if (in_memory(cells, block))
		pick_column(cells, cells->tail, tail_rows(cells), column, cells->run);
	else
		read_run(cells, block, column);
	return cells->run;
}

void
crm_cells_column(CrmCells *cells, int column, CrmCell *values)
{
	for (uint32 block = 0; block < crm_cells_blocks(cells); block++)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy(values + (Size) block * cells->block_rows,
			   crm_cells_run(cells, block, column),
			   crm_cells_block_rows(cells, block) * sizeof *values);
	}
}

const CrmCell *
crm_cells_block(CrmCells *cells, uint32 block)
{
	Size		size = cells->block_rows * row_bytes(cells);

	if (in_memory(cells, block))
		return cells->tail;
	if (block == cells->block_number)
		return cells->block;
	if (cells->block == NULL)
		cells->block = MemoryContextAlloc(cells->context, size + 1);
	room_for_run(cells);
	cells->block_number = PG_UINT32_MAX;
	for (int c = 0; c < cells->n_columns; c++)
	{
		CHECK_FOR_INTERRUPTS();
		read_run(cells, block, c);
		for (uint32 i = 0; i < cells->block_rows; i++)
			cells->block[(Size) i * cells->n_columns + c] = cells->run[i];
	}
	cells->block_number = block;
	return cells->block;
}

void
crm_cells_done(CrmCells *cells)
{
	if (cells->run != NULL)
		pfree(cells->run);
	if (cells->block != NULL)
		pfree(cells->block);
	cells->run = NULL;
	cells->run_rows = 0;
	cells->block = NULL;
	cells->block_number = PG_UINT32_MAX;
}
