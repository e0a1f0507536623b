/*
 * dataset_score.c
 *		Scores of the rows of a dataset.
 *
 * Rows are taken block by block, in the order in which they lie in the
 * temporary file, whatever order they are asked for in.
 */
#include "compat.h"

#include "utils/memutils.h"

#include "dataset_fit.h"

/* Levels of the model's feature by code of the column. */
static double *
levels_by_code(const CrmScorer *scorer, uint32 f, const Column *c)
{
	double	   *levels = palloc((c->table.n + 1) * sizeof *levels);

	for (uint32 i = 0; i < c->table.n; i++)
		levels[i] = crm_scorer_level(scorer, f, c->table.labels[i].bytes,
									 c->table.labels[i].length);
	return levels;
}

static const Column *
find_column(const CrmDataset *ds, CrmString name)
{
	for (int k = 0; k < ds->n_columns; k++)
		if (crm_string_compare(ds->columns[k].name, name) == 0)
			return &ds->columns[k];
	elog(ERROR, "feature \"%.*s\" is no column of the training data",
		 (int) name.length, name.bytes);
}

bool
crm_dataset_has_features(const CrmDataset *ds, const CrmModel *model)
{
	for (uint32 f = 0; f < model->n_features; f++)
	{
		bool		found = false;

		for (int k = 0; k < ds->n_columns; k++)
			found |= ds->columns[k].kind == model->features[f].kind &&
				crm_string_compare(ds->columns[k].name,
								   model->features[f].name) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* What scoring the dataset's rows needs. */
typedef struct RowScorer
{
	CrmDataset *ds;
	const CrmScorer *scorer;
	const Column **columns;		/* by feature */
	double	  **levels;			/* by feature and code */
	double	   *row;
} RowScorer;

static RowScorer
row_scorer(CrmDataset *ds, const CrmScorer *scorer)
{
	uint32		m = scorer->n_features;
	RowScorer	rs = {ds, scorer, palloc((m + 1) * sizeof *rs.columns),
		palloc0((m + 1) * sizeof *rs.levels), palloc((m + 1) * sizeof *rs.row)
	};

	for (uint32 f = 0; f < m; f++)
	{
		rs.columns[f] = find_column(ds, scorer->model->features[f].name);
		if (rs.columns[f]->kind == CRM_CATEGORICAL)
			rs.levels[f] = levels_by_code(scorer, f, rs.columns[f]);
	}
	return rs;
}

static double
row_margin(const RowScorer *rs, const CrmCell *cells)
{
	const CrmScorer *scorer = rs->scorer;

	for (uint32 f = 0; f < scorer->n_features; f++)
	{
		const Column *c = rs->columns[f];
		CrmCell		cell = cells[c - rs->ds->columns];

		if (c->kind != CRM_CATEGORICAL)
			rs->row[f] = cell_number(c, cell, scorer->model->as_of);
		else if (cell.code == CODE_MISSING)
			rs->row[f] = get_float8_nan();
		else if (cell.code == CODE_LONG)
			rs->row[f] = scorer->features[f].n_levels;
		else
			rs->row[f] = rs->levels[f][cell.code];
	}
	return crm_scorer_margin(scorer, rs->row);
}

/*
 * Numbers 0 .. n - 1 ordered by the block of the row that they stand for, so
 * that each block is read once.
 */
static uint32 *
order_by_block(CrmDataset *ds, const uint32 *rows, uint32 n)
{
	const CrmCells *cells = &ds->cells;
	uint32		n_blocks = crm_cells_blocks(cells);
	uint32	   *start = palloc0(((Size) n_blocks + 1) * sizeof *start);
	uint32	   *order;

	crm_dataset_reserve(ds, (Size) n * sizeof *order);
	order = palloc(((Size) n + 1) * sizeof *order);
	for (uint32 i = 0; i < n; i++)
		start[rows[i] / cells->block_rows + 1]++;
	for (uint32 b = 1; b < n_blocks; b++)
		start[b] += start[b - 1];
	for (uint32 i = 0; i < n; i++)
		order[start[rows[i] / cells->block_rows]++] = i;
	pfree(start);
	return order;
}

void
crm_dataset_score(CrmDataset *ds, const CrmScorer *scorer, const uint32 *rows,
				  uint32 n, double *scores, double *margins)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "crmprob dataset score",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(work);
	CrmCells   *cells = &ds->cells;
	RowScorer	rs = row_scorer(ds, scorer);
	uint32	   *order = order_by_block(ds, rows, n);

	for (uint32 k = 0; k < n; k++)
	{
		uint32		i = order[k];
		const CrmCell *block = crm_cells_block(cells, rows[i] /
											   cells->block_rows);
		double		margin;

		CHECK_ROW(k * 16);
		margin = row_margin(&rs, block + (Size) (rows[i] % cells->block_rows) *
							cells->n_columns);
		if (margins != NULL)
			margins[i] = margin;
		if (scores != NULL)
			scores[i] = crm_model_probability(scorer->model, margin);
	}
	crm_cells_done(cells);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
}
