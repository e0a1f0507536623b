/*
 * dataset.c
 *		Labelled rows gathered for training.
 *
 * Numbers as doubles, times as microseconds, categories as codes into a table
 * of the labels met so far; what a row is labelled stays in memory, its values
 * and their hash mostly do not (dataset_cells.c).  Codes depend on the order of
 * arrival; nothing that leaves this file or dataset_fit.c does.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "dataset_columns.h"

#define FIRST_CAPACITY 256
#define FIRST_LABELS 16

/* Starts of the two hashes of a label, and of a row's second hash. */
#define FIRST_HASH UINT64CONST(14695981039346656037)
#define SECOND_HASH UINT64CONST(0xd1b54a32d192ed03)

static bool
in_list(const CrmString *list, int n, const char *name)
{
	CrmString	s = {name, (uint32) strlen(name)};

	for (int i = 0; i < n; i++)
		if (crm_string_compare(list[i], s) == 0)
			return true;
	return false;
}

/* A name in an option that is no column is a mistake worth stopping for. */
static void
check_names(TupleDesc desc, const CrmString *list, int n, const char *option)
{
	for (int i = 0; i < n; i++)
	{
		bool		found = false;

		for (int a = 0; a < desc->natts && !found; a++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, a);

			found = !att->attisdropped &&
				in_list(&list[i], 1, NameStr(att->attname));
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of option \"%s\" does not exist",
							crm_clip_bytes(list[i].bytes, list[i].length),
							option)));
	}
}

static void
init_table(LabelTable *t)
{
	t->capacity = FIRST_LABELS;
	t->labels = palloc(t->capacity * sizeof *t->labels);
	t->hashes = palloc(t->capacity * sizeof *t->hashes);
	t->mask = 2 * FIRST_LABELS - 1;
	t->slots = palloc0((t->mask + 1) * sizeof *t->slots);
}

/* A join's columns may share a name; features are told apart by theirs. */
static void
check_unique(const CrmDataset *ds, const char *name)
{
	for (int i = 0; i < ds->n_columns; i++)
		if (strcmp(ds->columns[i].name.bytes, name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("column \"%s\" occurs twice among the features",
							name),
					 errhint("Give one of the two another name, or leave it out.")));
}

static void
init_column(CrmDataset *ds, Column *c, Form_pg_attribute att)
{
	const char *name = pstrdup(NameStr(att->attname));
	bool		forced = in_list(ds->options->categorical,
								 ds->options->n_categorical, name);

	c->attno = att->attnum;
	c->name.bytes = name;
	c->name.length = (uint32) strlen(name);
	if (!crm_column_type(att->atttypid, &c->type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be a feature", name,
						format_type_be(att->atttypid)),
				 errhint("Leave it out with the option \"exclude\", or cast it to a number, a text, a date or a time.")));
	switch (c->type.type)
	{
		case CRM_TYPE_NUMBER:
			c->kind = forced ? CRM_CATEGORICAL : CRM_NUMERIC;
			break;
		case CRM_TYPE_DATE:
		case CRM_TYPE_TIMESTAMP:
		case CRM_TYPE_TIMESTAMPTZ:
			if (forced)
				ereport(ERROR,
						(errcode(ERRCODE_DATATYPE_MISMATCH),
						 errmsg("column \"%s\" of type %s cannot be categorical",
								name, format_type_be(att->atttypid)),
						 errhint("Cast it to text to use each value as a category.")));
			c->kind = CRM_TIME;
			break;
		default:
			c->kind = CRM_CATEGORICAL;
	}
	if (c->kind == CRM_CATEGORICAL)
		init_table(&c->table);
}

static bool
skipped(const AttrNumber *attnos, int n, AttrNumber attno)
{
	for (int i = 0; i < n; i++)
		if (attnos[i] == attno)
			return true;
	return false;
}

CrmDataset *
crm_dataset_create(MemoryContext parent, TupleDesc desc,
				   const CrmFitOptions *options, const AttrNumber *skip_attnos,
				   int n_skip)
{
	MemoryContext context = AllocSetContextCreate(parent, "crmprob dataset",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CrmDataset *ds = palloc0(sizeof *ds);

	check_names(desc, options->exclude, options->n_exclude, "exclude");
	check_names(desc, options->categorical, options->n_categorical,
				"categorical");
	check_names(desc, options->monotone, options->n_monotone, "monotone");
	check_names(desc, &options->pool_by, options->pool_by.length > 0,
				"pool_by");
	ds->context = context;
	ds->row_context = AllocSetContextCreate(context, "crmprob dataset row",
											ALLOCSET_SMALL_SIZES);
	ds->options = options;
	ds->desc = CreateTupleDescCopy(desc);
	ds->columns = palloc0((desc->natts + 1) * sizeof(Column));
	ds->values = palloc((desc->natts + 1) * sizeof(Datum));
	ds->nulls = palloc((desc->natts + 1) * sizeof(bool));
	for (int a = 0; a < desc->natts; a++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, a);

		if (att->attisdropped || skipped(skip_attnos, n_skip, att->attnum) ||
			in_list(options->exclude, options->n_exclude,
					NameStr(att->attname)))
			continue;
		if (ds->n_columns == CRM_MODEL_MAX_FEATURES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many features"),
					 errdetail("A model has at most %d features.",
							   CRM_MODEL_MAX_FEATURES)));
		check_unique(ds, NameStr(att->attname));
		init_column(ds, &ds->columns[ds->n_columns++], att);
	}
	crm_cells_init(&ds->cells, context, ds->n_columns + 1);
	MemoryContextSwitchTo(caller);
	return ds;
}

void
crm_dataset_free(CrmDataset *ds)
{
	MemoryContextDelete(ds->context);
}

TupleDesc
crm_dataset_desc(const CrmDataset *ds)
{
	return ds->desc;
}

Size
crm_dataset_memory(const CrmDataset *ds)
{
	return MemoryContextMemAllocated(ds->context, true);
}

void
crm_dataset_reserve(CrmDataset *ds, Size bytes)
{
	Size		limit = (Size) maintenance_work_mem * 1024;

	if (bytes > limit || crm_dataset_memory(ds) > limit - bytes)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("training data does not fit in maintenance_work_mem (%d kB)",
						maintenance_work_mem),
				 errdetail("%u rows of %d features need more memory.",
						   ds->n_rows, ds->n_columns),
				 errhint("Raise maintenance_work_mem, or train on fewer rows or columns.")));
}

static void
too_many_rows(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many training rows"),
			 errdetail("A model is trained on at most %d rows.",
					   CRM_DATASET_MAX_ROWS)));
}

/*
 * repalloc for an array of the dataset.  Growing by half keeps the copy and
 * its original within two and a half times what is needed.
 */
static void *
grow_array(CrmDataset *ds, void *old, Size n, Size width)
{
	Size		size = n * width;

	if (size > MaxAllocSize)
		too_many_rows();
	crm_dataset_reserve(ds, size);
	return old != NULL ? repalloc(old, size) :
		MemoryContextAlloc(ds->context, size);
}

static void
grow(CrmDataset *ds)
{
	Size		n = ds->capacity == 0 ? FIRST_CAPACITY :
	ds->capacity + ds->capacity / 2;

	if (ds->n_rows >= CRM_DATASET_MAX_ROWS)
		too_many_rows();
	ds->labels = grow_array(ds, ds->labels, n / 8 + 1, sizeof *ds->labels);
	ds->capacity = (uint32) n;
}

/* Mixing of splitmix64 (Steele, Lea, Flood 2014): every bit affects every. */
static uint64
mix(uint64 h)
{
	h = (h ^ (h >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

/* FNV-1a from its usual start or another, the same on every machine. */
static uint64
hash_label(CrmString s, uint64 start)
{
	uint64		h = start;

	for (uint32 i = 0; i < s.length; i++)
		h = (h ^ (unsigned char) s.bytes[i]) * UINT64CONST(1099511628211);
	return mix(h);
}

static void
grow_table(CrmDataset *ds, LabelTable *t)
{
	uint32		mask = 4 * t->capacity - 1;

	t->capacity *= 2;
	t->labels = grow_array(ds, t->labels, t->capacity, sizeof *t->labels);
	t->hashes = grow_array(ds, t->hashes, t->capacity, sizeof *t->hashes);
	pfree(t->slots);
	t->slots = NULL;
	t->slots = grow_array(ds, NULL, (Size) mask + 1, sizeof *t->slots);
	memset(t->slots, 0, ((Size) mask + 1) * sizeof *t->slots);
	t->mask = mask;
	for (uint32 i = 0; i < t->n; i++)
	{
		uint32		at = (uint32) t->hashes[i] & mask;

		while (t->slots[at] != 0)
			at = (at + 1) & mask;
		t->slots[at] = i + 1;
	}
}

static int32
code_of(CrmDataset *ds, LabelTable *t, CrmString label, uint64 hash)
{
	uint32		at;
	char	   *copy;

	for (at = (uint32) hash & t->mask; t->slots[at] != 0;
		 at = (at + 1) & t->mask)
	{
		uint32		code = t->slots[at] - 1;

		if (t->hashes[code] == hash &&
			crm_string_compare(t->labels[code], label) == 0)
			return (int32) code;
	}
	if (t->n == t->capacity)
	{
		grow_table(ds, t);
		return code_of(ds, t, label, hash);
	}
	if (t->n % 1024 == 0)
		crm_dataset_reserve(ds, 0);
	copy = MemoryContextAlloc(ds->context, label.length + 1);
	memcpy(copy, label.bytes, label.length);
	t->labels[t->n].bytes = copy;
	t->labels[t->n].length = label.length;
	t->hashes[t->n] = hash;
	t->slots[at] = ++t->n;
	return (int32) t->n - 1;
}

static uint64
hash_number(double v)
{
	uint64		bits;

	if (isnan(v))
		return 1;
	memcpy(&bits, &v, sizeof bits);
	return mix(bits);
}

static uint64
add_number(const Column *c, CrmCell *cell, Datum value, bool null)
{
	double		v = null ? NAN : crm_read_number(c->type.read, value);

	if (isinf(v))
		crm_refuse_feature(c->name.bytes, c->type.read, value);
	cell->number = isnan(v) ? NAN : v == 0 ? 0 : v;
	return hash_number(cell->number);
}

static uint64
add_time(const Column *c, CrmCell *cell, Datum value, bool null)
{
	int64		v = TIME_MISSING;

	if (!null && !crm_read_time(c->type.read, value, &v))
		crm_refuse_feature(c->name.bytes, c->type.read, value);
	cell->time = v;
	return mix((uint64) v);
}

/*
 * Where a stage stands, for who needs their order.  One label at several
 * positions: the first of them, whichever comes first.
 */
static void
note_rank(CrmDataset *ds, Column *c, int32 code, Datum value)
{
	uint16		rank = DatumGetCrmStage(value).rank;

	if ((uint32) code >= c->n_ranks)
	{
		c->ranks = grow_array(ds, c->ranks, c->table.capacity,
							  sizeof *c->ranks);
		for (; c->n_ranks < c->table.capacity; c->n_ranks++)
			c->ranks[c->n_ranks] = PG_UINT16_MAX;
	}
	c->ranks[code] = Min(c->ranks[code], rank);
}

static uint64
add_category(CrmDataset *ds, Column *c, CrmCell *cell, Datum value, bool null)
{
	char		buffer[CRM_LABEL_BUFFER];
	CrmString	label;
	uint64		hash;

	if (!null && c->type.type == CRM_TYPE_NUMBER)
		null = !crm_number_present(c->name.bytes, c->type.read, value);
	if (null)
	{
		cell->code = CODE_MISSING;
		return 1;
	}
	label = crm_read_label(c->type.read, value, buffer);
	if (label.length > CRM_MODEL_MAX_LEVEL_BYTES)
	{
		/* all long values are alike, so they need no label to be ordered by */
		cell->code = CODE_LONG;
		return 2;
	}
	hash = hash_label(label, FIRST_HASH);
	cell->code = code_of(ds, &c->table, label, hash);
	if (c->type.read == CRM_READ_STAGE)
		note_rank(ds, c, (int32) cell->code, value);
	return hash;
}

void
crm_dataset_add(CrmDataset *ds, const Datum *values, const bool *nulls,
				bool label, bool label_null)
{
	uint32		row = ds->n_rows;
	uint64		hash = label;
	MemoryContext caller;
	CrmCell    *cells;

	if (label_null)
	{
		ds->n_skipped++;
		return;
	}
	if (row == ds->capacity)
		grow(ds);
	if (crm_cells_growth(&ds->cells) > 0)
		crm_dataset_reserve(ds, crm_cells_growth(&ds->cells));
	cells = crm_cells_add(&ds->cells);
	caller = MemoryContextSwitchTo(ds->row_context);
	for (int i = 0; i < ds->n_columns; i++)
	{
		Column	   *c = &ds->columns[i];
		Datum		value = values[c->attno - 1];
		bool		null = nulls[c->attno - 1];
		uint64		h;

		if (c->kind == CRM_NUMERIC)
			h = add_number(c, &cells[i], value, null);
		else if (c->kind == CRM_TIME)
			h = add_time(c, &cells[i], value, null);
		else
			h = add_category(ds, c, &cells[i], value, null);
		hash = mix(hash * UINT64CONST(0x9e3779b97f4a7c15) + h);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(ds->row_context);
	cells[ds->n_columns].hash = hash;
	if (row % 8 == 0)
		ds->labels[row / 8] = 0;
	ds->labels[row / 8] |= label << row % 8;
	ds->n_positive += label;
	ds->n_rows++;
}

void
crm_dataset_add_slot(CrmDataset *ds, TupleTableSlot *slot, bool label,
					 bool label_null)
{
	slot_getallattrs(slot);
	crm_dataset_add(ds, slot->tts_values, slot->tts_isnull, label, label_null);
}

void
crm_dataset_add_record(CrmDataset *ds, HeapTupleHeader record, bool label,
					   bool label_null)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	heap_deform_tuple(&tuple, ds->desc, ds->values, ds->nulls);
	crm_dataset_add(ds, ds->values, ds->nulls, label, label_null);
}

void
crm_dataset_skip(CrmDataset *ds)
{
	ds->n_skipped++;
}

uint32
crm_dataset_rows(const CrmDataset *ds)
{
	return ds->n_rows;
}

uint32
crm_dataset_positives(const CrmDataset *ds)
{
	return ds->n_positive;
}

uint64
crm_dataset_skipped(const CrmDataset *ds)
{
	return ds->n_skipped;
}

bool
crm_dataset_label(const CrmDataset *ds, uint32 row)
{
	return ds->labels[row / 8] >> row % 8 & 1;
}

/* Of each label of a category, by code. */
static uint64 *
second_label_hashes(const LabelTable *t)
{
	uint64	   *hashes = palloc_extended(((Size) t->n + 1) * sizeof *hashes,
										 MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < t->n; i++)
		hashes[i] = hash_label(t->labels[i], SECOND_HASH);
	return hashes;
}

static uint64
second_cell_hash(const Column *c, CrmCell cell, const uint64 *labels)
{
	if (c->kind == CRM_NUMERIC)
		return hash_number(cell.number);
	if (c->kind == CRM_TIME)
		return mix((uint64) cell.time);
	return cell.code < 0 ? (uint64) -cell.code : labels[cell.code];
}

/*
 * Another hash of every row, which shares nothing with the first but the mixing
 * of numbers: with both equal, rows are equal but for a chance of 2^-128.
 */
static uint64 *
second_hashes(CrmDataset *ds)
{
	CrmCells   *cells = &ds->cells;
	uint64	   *hashes;

	crm_dataset_reserve(ds, (Size) ds->n_rows * sizeof *hashes);
	hashes = palloc((Size) ds->n_rows * sizeof *hashes);
	for (uint32 i = 0; i < ds->n_rows; i++)
		hashes[i] = SECOND_HASH + crm_dataset_label(ds, i);
	for (int k = 0; k < ds->n_columns; k++)
	{
		const Column *c = &ds->columns[k];
		uint64	   *labels = c->kind == CRM_CATEGORICAL ?
		second_label_hashes(&c->table) : NULL;
		uint64	   *at = hashes;

		for (uint32 block = 0; block < crm_cells_blocks(cells); block++)
		{
			const CrmCell *run = crm_cells_run(cells, block, k);
			uint32		n = crm_cells_block_rows(cells, block);

			CHECK_FOR_INTERRUPTS();
			for (uint32 i = 0; i < n; i++, at++)
				*at = mix(*at * UINT64CONST(0xbea225f9eb34556d) +
						  second_cell_hash(c, run[i], labels));
		}
		if (labels != NULL)
			pfree(labels);
	}
	return hashes;
}

typedef struct SortState
{
	const uint64 *hashes;
	uint32		compared;
} SortState;

/* Many equal rows share a bucket, so interrupts are looked for here too. */
static int
compare_rows(const void *pa, const void *pb, void *arg)
{
	SortState  *state = arg;
	uint64		a = state->hashes[*(const uint32 *) pa];
	uint64		b = state->hashes[*(const uint32 *) pb];

	if (++state->compared % 65536 == 0)
		CHECK_FOR_INTERRUPTS();
	return a < b ? -1 : a > b;
}

/* Rows of equal first hash by their second, if there are any. */
static void
sort_ties(CrmDataset *ds, const uint64 *hashes, uint32 *rows, uint32 n)
{
	SortState	state = {NULL, 0};

	for (uint32 i = 0, end; i < n; i = end)
	{
		for (end = i + 1; end < n &&
			 hashes[rows[end]] == hashes[rows[i]]; end++)
			;
		if (end - i < 2)
			continue;
		if (state.hashes == NULL)
			state.hashes = second_hashes(ds);
		qsort_arg(rows + i, end - i, sizeof *rows, compare_rows, &state);
	}
	if (state.hashes != NULL)
		pfree(unconstify(uint64 *, state.hashes));
}

/*
 * By the leading bits of the hash into buckets of a few rows, each of which is
 * sorted by comparison: near linear, and interruptible between buckets.
 */
void
crm_dataset_sort(CrmDataset *ds, uint32 *rows, uint32 n)
{
	uint64	   *hashes;
	SortState	state = {NULL, 0};
	int			bits = 1;
	uint32	   *start;
	uint32	   *sorted;
	uint32		at = 0;

	crm_dataset_reserve(ds, (Size) ds->n_rows * sizeof *hashes +
						(Size) n * sizeof *sorted);
	hashes = palloc(((Size) ds->n_rows + 1) * sizeof *hashes);
	crm_cells_column(&ds->cells, ds->n_columns, (CrmCell *) hashes);
	state.hashes = hashes;
	while (bits < 20 && ((uint32) 8 << bits) < n)
		bits++;
	start = palloc0((((Size) 1 << bits) + 1) * sizeof *start);
	sorted = palloc(((Size) n + 1) * sizeof *sorted);
	for (uint32 i = 0; i < n; i++)
		start[hashes[rows[i]] >> (64 - bits)]++;
	for (uint32 k = 0; k <= (uint32) 1 << bits; k++)
	{
		uint32		count = start[k];

		start[k] = at;
		at += count;
	}
	for (uint32 i = 0; i < n; i++)
		sorted[start[hashes[rows[i]] >> (64 - bits)]++] = rows[i];
	at = 0;
	for (uint32 k = 0; k < (uint32) 1 << bits; k++)
	{
		CHECK_FOR_INTERRUPTS();
		qsort_arg(sorted + at, start[k] - at, sizeof *sorted, compare_rows,
				  &state);
		at = start[k];
	}
	memcpy(rows, sorted, (Size) n * sizeof *rows);
	pfree(sorted);
	pfree(start);
	sort_ties(ds, hashes, rows, n);
	pfree(hashes);
}

bool
crm_dataset_enough(const CrmDataset *ds)
{
	uint32		positive = ds->n_positive;
	uint32		negative = ds->n_rows - positive;
	uint32		least = (uint32) ds->options->min_per_class;
	int			level = ds->options->too_few_null ? WARNING : ERROR;
	int			code = ds->options->too_few_null ? ERRCODE_WARNING :
	ERRCODE_INVALID_PARAMETER_VALUE;

	if (positive >= least && negative >= least)
		return true;
	if (ds->n_rows > 0 && (positive == 0 || negative == 0))
		ereport(level,
				(errcode(code),
				 errmsg("all labels are %s", positive == 0 ? "false" : "true"),
				 errdetail("A model is learned from rows of both classes; %u labelled rows were given.",
						   ds->n_rows)));
	else
		ereport(level,
				(errcode(code),
				 errmsg("too few labelled rows: %u true, %u false", positive,
						negative),
				 errdetail("At least %u of each class are needed.", least),
				 errhint("Set the option \"min_per_class\" to accept fewer, or \"too_few\" to \"null\" for no model.")));
	return false;
}
