/*
 * train_sql.c
 *		train(): the caller's query in, an evaluated and registered model out.
 *
 * The query runs through SPI with the caller's rights and search_path, into a
 * receiver of our own that feeds the dataset row by row.  The hold-out rows
 * are touched by nothing but the evaluation.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "dataset.h"
#include "evaluation.h"
#include "holdout.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(train);

/* Unlabelled rows have no row in the dataset. */
#define NO_ROW PG_UINT32_MAX

/* Share of the newest rows looked at for missing labels without a hold-out. */
#define NEWEST_SHARE 0.2

/* More missing labels than this among the newest rows: a warning. */
#define CENSORED_SHARE 0.1

#define SKILL_LEVEL 0.95
#define ECE_BINS 10

typedef struct TrainArguments
{
	text	   *name;
	char	   *query;
	char	   *label;
	text	   *algorithm;
	Datum		options;
	char	   *order_by;		/* or NULL */
	double		holdout;
} TrainArguments;

/* A row of the query as the split sees it. */
typedef struct OrderedRow
{
	Datum		key;
	uint32		row;			/* of the dataset, or NO_ROW */
	bool		key_null;
} OrderedRow;

typedef struct TrainReceiver
{
	DestReceiver pub;
	const TrainArguments *arguments;
	const CrmFitOptions *options;
	MemoryContext context;
	CrmDataset *dataset;
	AttrNumber	label;
	/* only with order_by */
	AttrNumber	order;
	int16		key_length;
	bool		key_by_value;
	SortSupport sort;
	OrderedRow *rows;
	uint32		n_rows;
	uint32		room;
	Size		key_bytes;
} TrainReceiver;

typedef struct Split
{
	uint32	   *fit;
	uint32		n_fit;
	uint32	   *holdout;
	uint32		n_holdout;
} Split;

typedef struct Metrics
{
	bool		evaluated;
	int64		n;
	int64		n_positive;
	bool		has_auc;
	bool		has_interval;
	CrmAucInterval auc;
	double		log_loss;
	double		base_log_loss;
	double		brier;
	double		ece;
	double		average_precision;
	double		ks;
} Metrics;

static void warn(List **warnings, const char *format,...) pg_attribute_printf(2, 3);

/* Into the result and to the client. */
static void
warn(List **warnings, const char *format,...)
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

/* -------------------------------------------------------------- arguments */

static void
refuse_null(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {
		"name", "query", "label", "algorithm", "options", NULL, "holdout"
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (names[i] != NULL && PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" of train must not be null",
							names[i])));
}

static void
get_arguments(FunctionCallInfo fcinfo, TrainArguments *a)
{
	refuse_null(fcinfo);
	a->name = PG_GETARG_TEXT_PP(0);
	a->query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	a->label = text_to_cstring(PG_GETARG_TEXT_PP(2));
	a->algorithm = PG_GETARG_TEXT_PP(3);
	a->options = PG_GETARG_DATUM(4);
	a->order_by = PG_ARGISNULL(5) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(5));
	a->holdout = PG_GETARG_FLOAT8(6);
	if (VARSIZE_ANY_EXHDR(a->name) < 1 ||
		VARSIZE_ANY_EXHDR(a->name) > CRM_MODEL_NAME_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name of a model must have 1 to %d bytes",
						CRM_MODEL_NAME_MAX_BYTES)));
	if (!(a->holdout >= 0 && a->holdout < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hold-out share %g is not between 0 and 1",
						a->holdout),
				 errhint("0.2 keeps the newest fifth of the rows for evaluation; 0 evaluates nothing.")));
}

/* Better now than after an hour of training. */
static void
check_rights(void)
{
	Oid			namespace = get_namespace_oid("crmprob", false);
	Oid			table = get_relname_relid("model_versions", namespace);

	PreventCommandIfReadOnly("crmprob.train()");
	if (OidIsValid(table) &&
		pg_class_aclcheck(table, GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "model_versions");
}

/* ------------------------------------------------------------------ query */

static char *
list_columns(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts && i < 20; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ",
						 NameStr(TupleDescAttr(desc, i)->attname));
	if (desc->natts > 20)
		appendStringInfoString(&list, ", ...");
	return list.data;
}

static AttrNumber
find_column(TupleDesc desc, const char *name, const char *argument)
{
	AttrNumber	found = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		if (found != 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("query of train returns column \"%s\" twice",
							name)));
		found = (AttrNumber) (i + 1);
	}
	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("query of train has no column \"%s\"",
						crm_clip(name)),
				 desc->natts > 0 ?
				 errdetail("It returns %s.", list_columns(desc)) :
				 errdetail("It returns no columns."),
				 errhint("%s is the name of a column of the query's result, in the case in which it is stored.",
						 argument)));
	return found;
}

static void
prepare_order(TrainReceiver *r, TupleDesc desc)
{
	Form_pg_attribute a;
	TypeCacheEntry *type;

	r->order = find_column(desc, r->arguments->order_by, "order_by");
	a = TupleDescAttr(desc, r->order - 1);
	type = lookup_type_cache(a->atttypid, TYPECACHE_LT_OPR);
	if (!OidIsValid(type->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot order rows",
						r->arguments->order_by,
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
	TrainReceiver *r = (TrainReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->context);
	Oid			type;
	AttrNumber	skip[2];
	int			n_skip = 0;

	r->label = find_column(desc, r->arguments->label, "label");
	type = TupleDescAttr(desc, r->label - 1)->atttypid;
	if (getBaseType(type) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" is of type %s, not boolean",
						r->arguments->label, format_type_be(type)),
				 errhint("Select a condition as the label, such as status = 'won' AS won, NULL while it is open.")));
	skip[n_skip++] = r->label;
	if (r->arguments->order_by != NULL)
	{
		prepare_order(r, desc);
		skip[n_skip++] = r->order;
	}
	r->dataset = crm_dataset_create(r->context, desc, r->options, skip, n_skip);
	MemoryContextSwitchTo(caller);
}

static void
make_room(TrainReceiver *r)
{
	uint32		room = r->room == 0 ? 1024 : r->room * 2;
	Size		bytes = (Size) room * sizeof(OrderedRow);

	if (r->n_rows < r->room)
		return;
	if (bytes > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("query of train returns too many rows"),
				 errhint("Train on a sample of them.")));
	crm_dataset_reserve(r->dataset, bytes + r->key_bytes);
	r->rows = r->rows == NULL ? MemoryContextAlloc(r->context, bytes) :
		repalloc(r->rows, bytes);
	r->room = room;
}

static void
add_ordered_row(TrainReceiver *r, TupleTableSlot *slot, uint32 row)
{
	OrderedRow *o;
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
	TrainReceiver *r = (TrainReceiver *) self;
	uint32		row = crm_dataset_rows(r->dataset);
	bool		null;
	Datum		label = slot_getattr(slot, r->label, &null);

	crm_dataset_add_slot(r->dataset, slot, !null && DatumGetBool(label), null);
	if (r->order != 0)
		add_ordered_row(r, slot, null ? NO_ROW : row);
	return true;
}

static void
receive_nothing(DestReceiver *self)
{
}

static void
run_query(TrainReceiver *r)
{
	SPIPlanPtr	plan = SPI_prepare(r->arguments->query, 0, NULL);
	SPIExecuteOptions options = {0};
	int			result;

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query of train must be one command that returns rows"),
				 errhint("Give a single SELECT.")));
	r->pub.receiveSlot = receive_slot;
	r->pub.rStartup = receive_startup;
	r->pub.rShutdown = receive_nothing;
	r->pub.rDestroy = receive_nothing;
	/* any kind but DestSPI, whose rows SPI wants to count itself */
	r->pub.mydest = DestTuplestore;
	options.dest = &r->pub;
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "could not run the query of train: %s",
			 SPI_result_code_string(result));
	SPI_freeplan(plan);
}

/* ------------------------------------------------------------------ split */

static int
compare_rows(const void *a, const void *b, void *sort)
{
	const OrderedRow *x = a;
	const OrderedRow *y = b;

	CHECK_FOR_INTERRUPTS();
	return ApplySortComparator(x->key, x->key_null, y->key, y->key_null, sort);
}

typedef struct OrderedRows
{
	const OrderedRow *rows;
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
check_censoring(TrainReceiver *r, List **warnings)
{
	OrderedRows all = {r->rows, r->sort};
	double		share = r->arguments->holdout > 0 ? r->arguments->holdout :
	NEWEST_SHARE;
	size_t		start = crm_holdout_start(r->n_rows, share, begins_value, &all);
	uint32		newest = r->n_rows - (uint32) start;
	uint32		unlabelled = 0;
	uint32		unplaced = 0;

	for (size_t i = start; i < r->n_rows; i++)
		unlabelled += r->rows[i].row == NO_ROW;
	if (unlabelled > CENSORED_SHARE * newest)
		warn(warnings, "%u of the newest %u rows (%.1f %%) have no label yet: the labelled ones among them may not be typical",
			 unlabelled, newest, 100.0 * unlabelled / newest);
	for (uint32 i = 0; i < r->n_rows && r->rows[i].key_null; i++)
		unplaced++;
	if (unplaced > 0)
		warn(warnings, "%u rows have no \"%s\" and count as the oldest",
			 unplaced, r->arguments->order_by);
}

static void
split_by_order(TrainReceiver *r, Split *split)
{
	OrderedRow *labelled = palloc_extended(sizeof(OrderedRow) *
										   Max(r->n_rows, 1),
										   MCXT_ALLOC_HUGE);
	OrderedRows ordered = {labelled, r->sort};
	uint32		n = 0;
	size_t		start;

	for (uint32 i = 0; i < r->n_rows; i++)
		if (r->rows[i].row != NO_ROW)
			labelled[n++] = r->rows[i];
	start = crm_holdout_start(n, r->arguments->holdout, begins_value,
							  &ordered);
	if (start >= n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("all labelled rows have the same \"%s\"",
						r->arguments->order_by),
				 errhint("Order by another column, leave out order_by to hold out a random draw, or set holdout to 0.")));
	for (uint32 i = 0; i < n; i++)
	{
		if (i < start)
			split->fit[split->n_fit++] = labelled[i].row;
		else
			split->holdout[split->n_holdout++] = labelled[i].row;
	}
	pfree(labelled);
}

/* The same share of each class, drawn from canonical order. */
static void
split_by_draw(TrainReceiver *r, Split *split)
{
	uint32		n = crm_dataset_rows(r->dataset);
	uint32	   *rows = palloc((n + 1) * sizeof(uint32));
	uint8	   *marks = palloc(n + 1);

	for (int label = 0; label <= 1; label++)
	{
		uint32		n_class = 0;

		for (uint32 i = 0; i < n; i++)
			if (crm_dataset_label(r->dataset, i) == (label == 1))
				rows[n_class++] = i;
		crm_dataset_sort(r->dataset, rows, n_class);
		crm_holdout_draw(n_class,
						 crm_holdout_size(n_class, r->arguments->holdout),
						 r->options->seed * 2 + (uint64) label, marks);
		for (uint32 i = 0; i < n_class; i++)
		{
			if (marks[i])
				split->holdout[split->n_holdout++] = rows[i];
			else
				split->fit[split->n_fit++] = rows[i];
		}
	}
	pfree(rows);
	pfree(marks);
}

static void
split_rows(TrainReceiver *r, Split *split, List **warnings)
{
	uint32		n = crm_dataset_rows(r->dataset);

	crm_dataset_reserve(r->dataset, (Size) n * (2 * sizeof(uint32) +
												sizeof(OrderedRow)));
	split->fit = palloc((n + 1) * sizeof(uint32));
	split->holdout = palloc((n + 1) * sizeof(uint32));
	split->n_fit = split->n_holdout = 0;
	if (r->order != 0)
	{
		qsort_arg(r->rows, r->n_rows, sizeof(OrderedRow), compare_rows,
				  r->sort);
		check_censoring(r, warnings);
	}
	if (r->arguments->holdout == 0)
		for (uint32 i = 0; i < n; i++)
			split->fit[split->n_fit++] = i;
	else if (r->order != 0)
		split_by_order(r, split);
	else
	{
		split_by_draw(r, split);
		warn(warnings, "the hold-out is a random draw, not the newest rows: with order_by the model would be judged on rows newer than those it was fitted to");
	}
}

/* --------------------------------------------------------------- evaluate */

static CrmEvaluation
evaluation_of(TrainReceiver *r, const CrmOpenModel *model, const Split *split)
{
	uint32		n = split->n_holdout;
	double	   *scores;
	CrmScoreCount *from;
	CrmScoreCount *to;
	CrmScoreCount *list;
	size_t		kept = 0;
	CrmEvaluation e;

	crm_dataset_reserve(r->dataset, (Size) n * (sizeof(double) +
												3 * sizeof(CrmScoreCount)));
	scores = palloc((n + 1) * sizeof(double));
	from = palloc((n + 1) * sizeof(CrmScoreCount));
	to = palloc((n + 1) * sizeof(CrmScoreCount));
	list = palloc((n + 1) * sizeof(CrmScoreCount));
	crm_dataset_score(r->dataset, &model->scorer, split->holdout, n, scores,
					  NULL);
	for (uint32 i = 0; i < n; i++)
	{
		from[i].score = scores[i];
		from[i].positives = crm_dataset_label(r->dataset, split->holdout[i]);
		from[i].negatives = 1 - from[i].positives;
	}
	crm_scores_run_sort(from, n);
	for (size_t width = CRM_SCORES_RUN; width < n; width *= 2)
	{
		CrmScoreCount *swap = from;

		CHECK_FOR_INTERRUPTS();
		crm_scores_merge_pass(from, to, n, width);
		from = to;
		to = swap;
	}
	/* a dataset's rows fit in 32 bits, so no count can overflow */
	(void) crm_scores_join(list, &kept, from, n);
	e.scores = list;
	e.n_scores = kept;
	return e;
}

static void
evaluate(TrainReceiver *r, const CrmOpenModel *model, const Split *split,
		 Metrics *m, List **warnings)
{
	CrmEvaluation e;

	memset(m, 0, sizeof *m);
	if (split->n_holdout == 0)
		return;
	e = evaluation_of(r, model, split);
	m->evaluated = true;
	m->n_positive = crm_evaluation_positives(e);
	m->n = m->n_positive + crm_evaluation_negatives(e);
	m->has_auc = crm_evaluation_auc(e, &m->auc.auc);
	m->has_interval = crm_evaluation_auc_interval(e, SKILL_LEVEL, &m->auc);
	m->log_loss = crm_evaluation_log_loss(e);
	m->base_log_loss =
		crm_evaluation_constant_log_loss(e, model->model.base_rate);
	m->brier = crm_evaluation_brier(e);
	m->ece = crm_evaluation_ece(e, ECE_BINS);
	if (m->has_auc)
	{
		crm_evaluation_average_precision(e, &m->average_precision);
		crm_evaluation_ks(e, &m->ks);
	}
	if (!m->has_interval)
		warn(warnings, "the hold-out has " INT64_FORMAT " positives of " INT64_FORMAT " rows: too few of one class to judge the model",
			 m->n_positive, m->n);
	else if (m->auc.low <= 0.5)
		warn(warnings, "no skill: the 95 %% interval of the hold-out AUC, %.3f to %.3f, includes or lies below 0.5",
			 m->auc.low, m->auc.high);
	if (!(m->log_loss < m->base_log_loss))
		warn(warnings, "no skill: the hold-out log-loss %.4f is not below %.4f, the log-loss of the base rate",
			 m->log_loss, m->base_log_loss);
}

static void
put_number(CrmJsonWriter *w, const char *key, bool present, double value)
{
	crm_json_key(w, key);
	if (present && isfinite(value))
		crm_json_put_float(w, value, &crm_float_text);
	else
		crm_json_put_raw(w, "null", 4);
}

static void
print_metrics(CrmJsonWriter *w, const void *value)
{
	const Metrics *m = value;

	crm_json_open(w, '{');
	crm_json_key(w, "n");
	crm_json_put_int(w, m->n);
	crm_json_key(w, "n_positive");
	crm_json_put_int(w, m->n_positive);
	put_number(w, "auc", m->has_auc, m->auc.auc);
	put_number(w, "auc_low", m->has_interval, m->auc.low);
	put_number(w, "auc_high", m->has_interval, m->auc.high);
	put_number(w, "log_loss", true, m->log_loss);
	put_number(w, "base_log_loss", true, m->base_log_loss);
	put_number(w, "brier", true, m->brier);
	put_number(w, "ece", true, m->ece);
	put_number(w, "average_precision", m->has_auc, m->average_precision);
	put_number(w, "ks", m->has_auc, m->ks);
	crm_json_close(w, '}');
}

/* --------------------------------------------------------------- register */

static Datum
warnings_array(const CrmModel *model, List *warnings)
{
	int			n = (int) model->n_warnings + list_length(warnings);
	Datum	   *texts = palloc((n + 1) * sizeof(Datum));
	ListCell   *cell;
	int			at = 0;

	for (uint32 i = 0; i < model->n_warnings; i++)
		texts[at++] = PointerGetDatum(cstring_to_text_with_len(model->warnings[i].bytes,
															   (int) model->warnings[i].length));
	foreach(cell, warnings)
		texts[at++] = CStringGetTextDatum((char *) lfirst(cell));
	return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static Oid
model_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum("model"),
						   ObjectIdGetDatum(get_namespace_oid("crmprob", false)));
}

/*
 * Two sessions that train the same name take turns here, until the end of the
 * transaction, so that each sees the other's version before it numbers its
 * own.
 */
static void
lock_name(const text *name)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PointerGetDatum(name)};

	if (SPI_execute_with_args("SELECT pg_catalog.pg_advisory_xact_lock("
							  "'crmprob.model_versions'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int4,"
							  " pg_catalog.hashtext($1))",
							  1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not lock the name of the model");
}

#define REGISTER \
	"INSERT INTO crmprob.model_versions" \
	" (name, version, model, status, algorithm, label, train_query, order_by," \
	" holdout, options, as_of, n, n_positive, metrics, warnings)" \
	" SELECT $1, coalesce(pg_catalog.max(version), 0) OPERATOR(pg_catalog.+) 1, $2," \
	" CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 0" \
	" THEN 'champion' ELSE 'candidate' END," \
	" $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13" \
	" FROM crmprob.model_versions WHERE name OPERATOR(pg_catalog.=) $1" \
	" ON CONFLICT DO NOTHING RETURNING version, status"

enum
{
	REGISTER_ARGUMENTS = 13
};

/* Version and status of the new row; status in the caller's context. */
static void
register_model(const TrainArguments *a, CrmModelValue *value,
			   const CrmModel *model, int64 n, int64 n_positive,
			   const Metrics *m, Datum warnings, MemoryContext context,
			   int32 *version, text **status)
{
	Oid			types[REGISTER_ARGUMENTS] = {
		TEXTOID, model_type(), TEXTOID, TEXTOID, TEXTOID, TEXTOID, FLOAT8OID,
		JSONBOID, TIMESTAMPTZOID, INT8OID, INT8OID, JSONBOID, TEXTARRAYOID
	};
	Datum		values[REGISTER_ARGUMENTS];
	char		nulls[REGISTER_ARGUMENTS + 1] = "             ";
	MemoryContext caller;
	bool		null;

	values[0] = PointerGetDatum(a->name);
	values[1] = PointerGetDatum(value);
	values[2] = PointerGetDatum(a->algorithm);
	values[3] = CStringGetTextDatum(a->label);
	values[4] = CStringGetTextDatum(a->query);
	values[5] = a->order_by ? CStringGetTextDatum(a->order_by) : (Datum) 0;
	nulls[5] = a->order_by ? ' ' : 'n';
	values[6] = Float8GetDatum(a->holdout);
	values[7] = a->options;
	values[8] = Int64GetDatum(model->as_of);
	nulls[8] = model->has_as_of ? ' ' : 'n';
	values[9] = Int64GetDatum(n);
	values[10] = Int64GetDatum(n_positive);
	values[11] = m->evaluated ?
		crm_jsonb_datum(crm_json_text(print_metrics, m)) : (Datum) 0;
	nulls[11] = m->evaluated ? ' ' : 'n';
	values[12] = warnings;
	lock_name(a->name);
	if (SPI_execute_with_args(REGISTER, REGISTER_ARGUMENTS, types, values,
							  nulls, false, 1) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not register the model");
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("name \"%s\" is taken by a model that you cannot see",
						crm_clip(text_to_cstring(a->name))),
				 errdetail("Row security on crmprob.model_versions hides it, or another session has just added it."),
				 errhint("Train under another name.")));
	*version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
										   SPI_tuptable->tupdesc, 1, &null));
	caller = MemoryContextSwitchTo(context);
	*status = DatumGetTextPCopy(SPI_getbinval(SPI_tuptable->vals[0],
											  SPI_tuptable->tupdesc, 2, &null));
	MemoryContextSwitchTo(caller);
}

/* ------------------------------------------------------------------ train */

typedef struct TrainResult
{
	int32		version;
	int64		n;
	int64		n_positive;
	Metrics		metrics;
	text	   *status;
	Datum		warnings;
} TrainResult;

static Datum
result_row(FunctionCallInfo fcinfo, const TrainResult *result)
{
	const Metrics *m = &result->metrics;
	TupleDesc	desc;
	Datum		values[9];
	bool		nulls[9] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int32GetDatum(result->version);
	values[1] = Int64GetDatum(result->n);
	values[2] = Int64GetDatum(result->n_positive);
	values[3] = Float8GetDatum(m->auc.auc);
	nulls[3] = !m->has_auc;
	values[4] = Float8GetDatum(m->log_loss);
	values[5] = Float8GetDatum(m->brier);
	values[6] = Float8GetDatum(m->ece);
	nulls[4] = nulls[5] = nulls[6] = !m->evaluated;
	values[7] = PointerGetDatum(result->status);
	values[8] = result->warnings;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/* min_per_class has counted the held out rows too. */
static void
check_slice(TrainReceiver *r, const Split *split, List **warnings)
{
	uint32		least = (uint32) r->options->min_per_class;
	uint32		positive = 0;

	for (uint32 i = 0; i < split->n_fit; i++)
		positive += crm_dataset_label(r->dataset, split->fit[i]);
	if (positive < least || split->n_fit - positive < least)
		warn(warnings, "the model is fitted to %u true and %u false rows only, as the others are held out: min_per_class asks for %u of each",
			 positive, split->n_fit - positive, least);
}

/* False: too few rows, and the options ask for NULL instead of an error. */
static bool
train_model(const TrainArguments *a, const CrmFitOptions *options,
			MemoryContext context, TrainResult *result)
{
	TrainReceiver receiver = {.arguments = a,.options = options,.context = context};
	List	   *warnings = NIL;
	Split		split;
	CrmModelValue *value;
	CrmOpenModel *model;

	run_query(&receiver);
	if (!crm_dataset_enough(receiver.dataset))
		return false;
	MemoryContextSwitchTo(context);
	result->n = crm_dataset_rows(receiver.dataset);
	result->n_positive = crm_dataset_positives(receiver.dataset);
	split_rows(&receiver, &split, &warnings);
	check_slice(&receiver, &split, &warnings);
	value = crm_dataset_fit(receiver.dataset, split.fit, split.n_fit);
	model = crm_model_open(PointerGetDatum(value), context);
	crm_model_report_warnings(&model->model);
	evaluate(&receiver, model, &split, &result->metrics, &warnings);
	result->warnings = warnings_array(&model->model, warnings);
	register_model(a, value, &model->model, result->n, result->n_positive,
				   &result->metrics, result->warnings, context,
				   &result->version, &result->status);
	return true;
}

/*
 * train(name text, query text, label text, algorithm text, options jsonb,
 * order_by text, holdout float8) -> (version, n, n_positive, auc, log_loss,
 * brier, ece, status, warnings); only order_by may be NULL: no order
 */
Datum
train(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "crmprob train",
												  ALLOCSET_DEFAULT_SIZES);
	TrainArguments arguments;
	CrmFitOptions *options;
	TrainResult result;
	bool		trained;
	Datum		row = (Datum) 0;

	MemoryContextSwitchTo(context);
	get_arguments(fcinfo, &arguments);
	options = crm_fit_options_parse(VARDATA_ANY(arguments.algorithm),
									VARSIZE_ANY_EXHDR(arguments.algorithm),
									DatumGetJsonbP(arguments.options));
	check_rights();
	SPI_connect();
	trained = train_model(&arguments, options, context, &result);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	if (trained)
		row = result_row(fcinfo, &result);
	MemoryContextDelete(context);
	if (!trained)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(row);
}
