/*
 * training.c
 *		The rows of a training query, and which of them fit, calibrate and
 *		evaluate.
 *
 * The query feeds the dataset row by row.  The hold-out rows are touched by
 * nothing but the evaluation, the calibration slice by nothing but the
 * calibration.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "holdout.h"
#include "query_rows.h"
#include "training.h"

/* Unlabelled rows have no row in the dataset. */
#define NO_ROW PG_UINT32_MAX

/* Share of the newest rows looked at for missing labels without a hold-out. */
#define NEWEST_SHARE 0.2

/* More missing labels than this among the newest rows: a warning. */
#define CENSORED_SHARE 0.1

/* Of the rows that are not held out, but at most so many, calibrate. */
#define CALIBRATION_SHARE 0.2
#define CALIBRATION_ROWS 200000

/* Added to the seed, so that two draws are not the same one. */
#define CALIBRATION_STREAM UINT64CONST(0x9E3779B97F4A7C15)

/* With fewer of a class a curve would be noise: the rows rather fit. */
#define CALIBRATION_MIN_PER_CLASS 50

/* Into the result and to the client. */
void
crm_training_warn(List **warnings, const char *format,...)
{
	StringInfoData message;

	initStringInfo(&message);
	for (;;)
	{
		va_list		arguments;
		int			more;

		va_start(arguments, format);
		more = appendStringInfoVA(&message, format, arguments);
		va_end(arguments);
		if (more == 0)
			break;
		enlargeStringInfo(&message, more);
	}
	*warnings = lappend(*warnings, message.data);
	ereport(WARNING, (errmsg_internal("%s", message.data)));
}

/* ------------------------------------------------------------------ query */

static void
prepare_order(CrmTraining *r, TupleDesc desc)
{
	Form_pg_attribute a;
	TypeCacheEntry *type;

	r->order = crm_query_column(desc, r->query->function, r->query->order_by,
								"order_by");
	a = TupleDescAttr(desc, r->order - 1);
	type = lookup_type_cache(a->atttypid, TYPECACHE_LT_OPR);
	if (!OidIsValid(type->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot order rows",
						r->query->order_by,
						format_type_be(a->atttypid)),
				 errhint("Order by a time, a date or a number.")));
	r->key_length = type->typlen;
	r->key_by_value = type->typbyval;
	r->sort = palloc0(sizeof *r->sort);
	r->sort->ssup_cxt = r->context;
	r->sort->ssup_collation = a->attcollation;
	/* a row without a place in time is no newest row */
	r->sort->ssup_nulls_first = true;
	PrepareSortSupportFromOrderingOp(type->lt_opr, r->sort);
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CrmTraining *r = (CrmTraining *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->context);
	AttrNumber	skip[2];
	int			n_skip = 0;

	r->label = crm_query_label(desc, r->query->function, r->query->label);
	skip[n_skip++] = r->label;
	if (r->query->order_by != NULL)
	{
		prepare_order(r, desc);
		skip[n_skip++] = r->order;
	}
	r->dataset = crm_dataset_create(r->context, desc, r->options, skip, n_skip);
	MemoryContextSwitchTo(caller);
}

static void
make_room(CrmTraining *r)
{
	uint32		room = r->room == 0 ? 1024 : r->room * 2;
	Size		bytes = (Size) room * sizeof(CrmOrderedRow);

	if (r->n_rows < r->room)
		return;
	if (bytes > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("query of %s returns too many rows",
						r->query->function),
				 errhint("Train on a sample of them.")));
	crm_dataset_reserve(r->dataset, bytes + r->key_bytes);
	r->rows = r->rows == NULL ? MemoryContextAlloc(r->context, bytes) :
		repalloc(r->rows, bytes);
	r->room = room;
}

static void
add_ordered_row(CrmTraining *r, TupleTableSlot *slot, uint32 row)
{
	CrmOrderedRow *o;
	bool		null;
	Datum		key = slot_getattr(slot, r->order, &null);

	make_room(r);
	o = &r->rows[r->n_rows++];
	o->row = row;
	o->key_null = null;
	o->key = key;
	if (!null && !r->key_by_value)
	{
		MemoryContext caller = MemoryContextSwitchTo(r->context);

		o->key = r->key_length == -1 ?
			PointerGetDatum(PG_DETOAST_DATUM_COPY(key)) :
			datumCopy(key, false, r->key_length);
		r->key_bytes += datumGetSize(o->key, false, r->key_length);
		MemoryContextSwitchTo(caller);
	}
}

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
	CrmTraining *r = (CrmTraining *) self;
	uint32		row = crm_dataset_rows(r->dataset);
	bool		null;
	Datum		label = slot_getattr(slot, r->label, &null);

	crm_dataset_add_slot(r->dataset, slot, !null && DatumGetBool(label), null);
	if (r->order != 0)
		add_ordered_row(r, slot, null ? NO_ROW : row);
	return true;
}

/* ------------------------------------------------------------------ split */

static int
compare_rows(const void *a, const void *b, void *sort)
{
	const CrmOrderedRow *x = a;
	const CrmOrderedRow *y = b;

	CHECK_FOR_INTERRUPTS();
	return ApplySortComparator(x->key, x->key_null, y->key, y->key_null, sort);
}

typedef struct OrderedRows
{
	const CrmOrderedRow *rows;
	SortSupport sort;
} OrderedRows;

static bool
begins_value(size_t i, const void *data)
{
	const OrderedRows *o = data;

	return compare_rows(&o->rows[i - 1], &o->rows[i], o->sort) != 0;
}

/* Outcomes that are still open make the newest rows look lost or won. */
static void
check_censoring(CrmTraining *r, List **warnings)
{
	OrderedRows all = {r->rows, r->sort};
	double		share = r->query->holdout > 0 ? r->query->holdout :
	NEWEST_SHARE;
	size_t		start = crm_holdout_start(r->n_rows, share, begins_value, &all);
	uint32		newest = r->n_rows - (uint32) start;
	uint32		unlabelled = 0;
	uint32		unplaced = 0;

	for (size_t i = start; i < r->n_rows; i++)
		unlabelled += r->rows[i].row == NO_ROW;
	if (unlabelled > CENSORED_SHARE * newest)
		crm_training_warn(warnings, "%u of the newest %u rows (%.1f %%) have no label yet: the labelled ones among them may not be typical",
						  unlabelled, newest, 100.0 * unlabelled / newest);
	for (uint32 i = 0; i < r->n_rows && r->rows[i].key_null; i++)
		unplaced++;
	if (unplaced > 0)
		crm_training_warn(warnings, "%u rows have no \"%s\" and count as the oldest",
						  unplaced, r->query->order_by);
}

/*
 * Is a slice to be set aside for calibration?  Trees are off at the ends, and
 * naive Bayes counts twice what two columns say.
 */
static bool
wants_calibration(const CrmFitOptions *options)
{
	if (options->calibrate == CRM_CALIBRATE_DEFAULT)
		return crm_algorithm_trees(options->algorithm) ||
			options->algorithm == CRM_NAIVE_BAYES;
	return options->calibrate != CRM_CALIBRATE_NONE;
}

static double
calibration_share(uint32 n)
{
	return Min(CALIBRATION_SHARE, (double) CALIBRATION_ROWS / Max(n, 1));
}

/* Both classes often enough in these rows. */
static bool
enough_to_calibrate(const CrmTraining *r, const uint32 *rows, uint32 n)
{
	uint32		positives = 0;

	for (uint32 i = 0; i < n; i++)
		positives += crm_dataset_label(r->dataset, rows[i]);
	return positives >= CALIBRATION_MIN_PER_CLASS &&
		n - positives >= CALIBRATION_MIN_PER_CLASS;
}

/* The newest of the rows that fit calibrate; they are ordered as `ordered`. */
static void
slice_calibration(CrmTraining *r, const OrderedRows *ordered, CrmRowParts *split)
{
	size_t		start = crm_holdout_start(split->n_fit,
										  calibration_share(split->n_fit),
										  begins_value, ordered);
	uint32		n = split->n_fit - (uint32) start;

	if (start == 0 || n == 0 ||
		!enough_to_calibrate(r, split->fit + start, n) ||
		!enough_to_calibrate(r, split->fit, (uint32) start))
		return;
	memcpy(split->calibrate, split->fit + start, n * sizeof(uint32));
	split->n_calibrate = n;
	split->n_fit = (uint32) start;
}

static void
split_by_order(CrmTraining *r, CrmRowParts *split)
{
	CrmOrderedRow *labelled = palloc_extended(sizeof(CrmOrderedRow) *
											  Max(r->n_rows, 1),
											  MCXT_ALLOC_HUGE);
	OrderedRows ordered = {labelled, r->sort};
	uint32		n = 0;
	size_t		start;

	for (uint32 i = 0; i < r->n_rows; i++)
		if (r->rows[i].row != NO_ROW)
			labelled[n++] = r->rows[i];
	start = r->query->holdout == 0 ? n :
		crm_holdout_start(n, r->query->holdout, begins_value, &ordered);
	if (start >= n && r->query->holdout > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("all labelled rows have the same \"%s\"",
						r->query->order_by),
				 errhint("Order by another column, leave out order_by to hold out a random draw, or set holdout to 0.")));
	for (uint32 i = 0; i < n; i++)
	{
		if (i < start)
			split->fit[split->n_fit++] = labelled[i].row;
		else
			split->holdout[split->n_holdout++] = labelled[i].row;
	}
	if (wants_calibration(r->options))
		slice_calibration(r, &ordered, split);
	pfree(labelled);
}

/*
 * Of the first n rows of `from` the same share of each class to `drawn`, by
 * seed and canonical order; the others stay.  Returns how many stay.
 */
static uint32
draw_rows(CrmTraining *r, uint32 *from, uint32 n, double share, uint64 seed,
		  uint32 *drawn, uint32 *n_drawn)
{
	uint32	   *rows = palloc((n + 1) * sizeof(uint32));
	uint32	   *stay = palloc((n + 1) * sizeof(uint32));
	uint8	   *marks = palloc(n + 1);
	uint32		n_stay = 0;

	for (int label = 0; label <= 1; label++)
	{
		uint32		n_class = 0;

		for (uint32 i = 0; i < n; i++)
			if (crm_dataset_label(r->dataset, from[i]) == (label == 1))
				rows[n_class++] = from[i];
		crm_dataset_sort(r->dataset, rows, n_class);
		crm_holdout_draw(n_class, crm_holdout_size(n_class, share),
						 seed * 2 + (uint64) label, marks);
		for (uint32 i = 0; i < n_class; i++)
		{
			if (marks[i])
				drawn[(*n_drawn)++] = rows[i];
			else
				stay[n_stay++] = rows[i];
		}
	}
	memcpy(from, stay, n_stay * sizeof(uint32));
	pfree(rows);
	pfree(stay);
	pfree(marks);
	return n_stay;
}

void
crm_training_draw_calibration(CrmTraining *r, CrmRowParts *split)
{
	uint32		n = split->n_fit;

	split->n_calibrate = 0;
	if (!wants_calibration(r->options))
		return;
	/* another stream than the hold-out's */
	split->n_fit = draw_rows(r, split->fit, n, calibration_share(n),
							 r->options->seed + CALIBRATION_STREAM,
							 split->calibrate, &split->n_calibrate);
	if (enough_to_calibrate(r, split->calibrate, split->n_calibrate) &&
		enough_to_calibrate(r, split->fit, split->n_fit))
		return;
	memcpy(split->fit + split->n_fit, split->calibrate,
		   split->n_calibrate * sizeof(uint32));
	split->n_fit = n;
	split->n_calibrate = 0;
}

void
crm_training_split(CrmTraining *r, CrmRowParts *split, List **warnings)
{
	uint32		n = crm_dataset_rows(r->dataset);

	crm_dataset_reserve(r->dataset, (Size) n * (5 * sizeof(uint32) +
												sizeof(CrmOrderedRow)));
	memset(split, 0, sizeof *split);
	split->fit = palloc((n + 1) * sizeof(uint32));
	split->calibrate = palloc((n + 1) * sizeof(uint32));
	split->holdout = palloc((n + 1) * sizeof(uint32));
	if (r->order != 0)
	{
		qsort_arg(r->rows, r->n_rows, sizeof(CrmOrderedRow), compare_rows,
				  r->sort);
		check_censoring(r, warnings);
		split_by_order(r, split);
	}
	else
	{
		for (uint32 i = 0; i < n; i++)
			split->fit[i] = i;
		split->n_fit = n;
		if (r->query->holdout > 0)
		{
			split->n_fit = draw_rows(r, split->fit, n, r->query->holdout,
									 r->options->seed, split->holdout,
									 &split->n_holdout);
			crm_training_warn(warnings, "the hold-out is a random draw, not the newest rows: with order_by the model would be judged on rows newer than those it was fitted to");
		}
		crm_training_draw_calibration(r, split);
	}
	if (wants_calibration(r->options) && split->n_calibrate == 0 &&
		r->options->calibrate != CRM_CALIBRATE_DEFAULT)
		crm_training_warn(warnings, "not calibrated: a slice of the rows would have fewer than %d of a class",
						  CALIBRATION_MIN_PER_CLASS);
}

void
crm_training_read(CrmTraining *r, const CrmTrainingQuery *query,
				  const CrmFitOptions *options, MemoryContext context)
{
	memset(r, 0, sizeof *r);
	r->query = query;
	r->options = options;
	r->context = context;
	crm_query_run(query->function, query->query, receive_startup,
				  receive_slot, &r->pub);
}
