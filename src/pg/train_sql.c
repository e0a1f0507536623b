/*
 * train_sql.c
 *		train(): the caller's query in, an evaluated and registered model out;
 *		retrain(): the same for a name that has a champion, and its successor.
 *
 * Queries run with the caller's rights and search_path.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "compare_sql.h"
#include "crmprob.h"
#include "registry.h"
#include "training.h"

PG_FUNCTION_INFO_V1(train);
PG_FUNCTION_INFO_V1(retrain);

typedef struct TrainArguments
{
	text	   *name;
	text	   *algorithm;
	Datum		options;		/* jsonb */
	CrmTrainingQuery query;
} TrainArguments;

/* When retrain promotes. */
typedef enum RetrainRule
{
	RULE_NOT_WORSE,
	RULE_BETTER,
	RULE_ALWAYS,
	RULE_NEVER
} RetrainRule;

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
	a->query.function = "train";
	a->query.query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	a->query.label = text_to_cstring(PG_GETARG_TEXT_PP(2));
	a->algorithm = PG_GETARG_TEXT_PP(3);
	a->options = PG_GETARG_DATUM(4);
	a->query.order_by = PG_ARGISNULL(5) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(5));
	a->query.holdout = PG_GETARG_FLOAT8(6);
	if (VARSIZE_ANY_EXHDR(a->name) > CRM_MODEL_NAME_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("name of a model must have at most %d bytes",
						CRM_MODEL_NAME_MAX_BYTES)));
	if (VARSIZE_ANY_EXHDR(a->name) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name of a model must not be empty")));
	if (!(a->query.holdout >= 0 && a->query.holdout < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hold-out share %g is not between 0 and 1",
						a->query.holdout),
				 errhint("0.2 keeps the newest fifth of the rows for evaluation; 0 evaluates nothing.")));
}

/* Better now than after an hour of training. */
static void
check_rights(const char *function)
{
	Oid			namespace = get_namespace_oid("crmprob", false);
	Oid			table = get_relname_relid("model_versions", namespace);

	PreventCommandIfReadOnly(function);
	if (OidIsValid(table) &&
		pg_class_aclcheck(table, GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "model_versions");
}

/* The same for what retrain writes beyond train. */
static void
check_retrain_rights(RetrainRule rule)
{
	static const char *const columns[] = {"status", "note"};
	Oid			namespace = get_namespace_oid("crmprob", false);
	Oid			versions = get_relname_relid("model_versions", namespace);
	Oid			steps = get_relname_relid("model_promotions", namespace);

	check_rights("crmprob.retrain()");
	for (int i = 0; i < (int) lengthof(columns); i++)
		if (pg_class_aclcheck(versions, GetUserId(), ACL_UPDATE) != ACLCHECK_OK &&
			pg_attribute_aclcheck(versions, get_attnum(versions, columns[i]),
								  GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "model_versions");
	if (rule != RULE_NEVER &&
		pg_class_aclcheck(steps, GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "model_promotions");
}

/* ---------------------------------------------------------------- metrics */

/* What the hold-out says against the model. */
static void
warn_of_metrics(const CrmMetrics *m, List **warnings)
{
	if (!m->evaluated)
		return;
	if (!m->has_interval)
		crm_training_warn(warnings, "the hold-out has " INT64_FORMAT " positives of " INT64_FORMAT " rows: too few of one class to judge the model",
						  m->n_positive, m->n);
	else if (m->auc.low <= 0.5)
		crm_training_warn(warnings, "no skill: the 95 %% interval of the hold-out AUC, %.3f to %.3f, includes or lies below 0.5",
						  m->auc.low, m->auc.high);
	if (!(m->log_loss < m->base_log_loss))
		crm_training_warn(warnings, "no skill: the hold-out log-loss %.4f is not below %.4f, the log-loss of the base rate",
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
	const CrmMetrics *m = value;

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
lock_name(const text * name)
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
			   const CrmMetrics *m, Datum warnings, MemoryContext context,
			   int32 *version, text * *status)
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
	values[3] = CStringGetTextDatum(a->query.label);
	values[4] = CStringGetTextDatum(a->query.query);
	values[5] = a->query.order_by ? CStringGetTextDatum(a->query.order_by) : (Datum) 0;
	nulls[5] = a->query.order_by ? ' ' : 'n';
	values[6] = Float8GetDatum(a->query.holdout);
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
	CrmMetrics	metrics;
	text	   *status;
	Datum		warnings;
} TrainResult;

static Datum
result_row(FunctionCallInfo fcinfo, const TrainResult *result)
{
	const CrmMetrics *m = &result->metrics;
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

/* What a session trains, from the rows to the model's worth. */
typedef struct TrainedModel
{
	CrmTraining training;
	CrmRowParts split;
	CrmModelValue *value;
	CrmOpenModel *open;
	double	   *scores;			/* of the hold-out rows */
	CrmEvaluation evaluation;	/* the same; unset without a hold-out */
	List	   *warnings;
} TrainedModel;

/* min_per_class has counted the rows that do not fit too. */
static void
check_slice(const CrmTraining *t, const CrmRowParts *split, List **warnings)
{
	uint32		least = (uint32) t->options->min_per_class;
	uint32		positive = 0;

	for (uint32 i = 0; i < split->n_fit; i++)
		positive += crm_dataset_label(t->dataset, split->fit[i]);
	if (positive < least || split->n_fit - positive < least)
		crm_training_warn(warnings, "the model is fitted to %u true and %u false rows only, as the others %s: min_per_class asks for %u of each",
						  positive, split->n_fit - positive,
						  split->n_calibrate == 0 ? "are held out" :
						  split->n_holdout == 0 ? "calibrate it" :
						  "are held out or calibrate it", least);
}

/* Who asked for a curve, of either kind, learns that there is none. */
static void
check_calibration(const CrmTraining *t, const CrmRowParts *split,
				  const CrmModel *model, List **warnings)
{
	CrmCalibrate asked = t->options->calibrate;

	if (split->n_calibrate > 0 &&
		model->calibration.kind == CRM_CALIBRATION_NONE &&
		(asked == CRM_CALIBRATE_PLATT || asked == CRM_CALIBRATE_ISOTONIC))
		crm_training_warn(warnings, "not calibrated: in the %u rows set aside wins do not rise with the score",
						  split->n_calibrate);
}

/* False: too few rows, and the options ask for NULL instead of an error. */
static bool
fit_and_evaluate(const TrainArguments *a, const CrmFitOptions *options,
				 MemoryContext context, TrainedModel *m, TrainResult *result)
{
	memset(m, 0, sizeof *m);
	crm_training_read(&m->training, &a->query, options, context);
	if (!crm_dataset_enough(m->training.dataset))
		return false;
	MemoryContextSwitchTo(context);
	memset(result, 0, sizeof *result);
	result->n = crm_dataset_rows(m->training.dataset);
	result->n_positive = crm_dataset_positives(m->training.dataset);
	crm_training_split(&m->training, &m->split, &m->warnings);
	check_slice(&m->training, &m->split, &m->warnings);
	m->value = crm_training_fit(&m->training, &m->split, true);
	m->open = crm_model_open(PointerGetDatum(m->value), context);
	crm_model_report_warnings(&m->open->model);
	check_calibration(&m->training, &m->split, &m->open->model, &m->warnings);
	if (m->split.n_holdout > 0)
	{
		m->scores = crm_training_holdout_scores(&m->training,
												&m->open->scorer, &m->split);
		m->evaluation = crm_training_evaluation(&m->training, m->split.holdout,
												m->split.n_holdout, m->scores);
		crm_training_metrics(m->evaluation, m->open->model.base_rate,
							 &result->metrics);
		warn_of_metrics(&result->metrics, &m->warnings);
	}
	result->warnings = warnings_array(&m->open->model, m->warnings);
	return true;
}

static bool
train_model(const TrainArguments *a, const CrmFitOptions *options,
			MemoryContext context, TrainResult *result)
{
	TrainedModel m;

	if (!fit_and_evaluate(a, options, context, &m, result))
		return false;
	register_model(a, m.value, &m.open->model, result->n, result->n_positive,
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
	check_rights("crmprob.train()");
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

/* ---------------------------------------------------------------- retrain */

typedef struct Champion
{
	int32		version;
	CrmOpenModel *open;
} Champion;

typedef struct RetrainResult
{
	TrainResult trained;
	Champion	champion;
	bool		compared;
	CrmPairedFigure log_loss;	/* champion first */
	bool		promoted;
	char	   *reason;
} RetrainResult;

static RetrainRule
get_rule(const text * rule)
{
	static const char *const names[] = {"not_worse", "better", "always", "never"};
	char	   *name = text_to_cstring(rule);

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (RetrainRule) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown rule \"%s\"", crm_clip(name)),
			 errhint("Valid rules are: not_worse, better, always, never.")));
	return RULE_NEVER;
}

#define CHAMPION_QUERY \
	"SELECT version, model, algorithm, options, label, train_query, order_by," \
	" coalesce(holdout, 0.2) FROM crmprob.model_versions" \
	" WHERE name OPERATOR(pg_catalog.=) $1" \
	" AND status OPERATOR(pg_catalog.=) 'champion'::pg_catalog.text"

static Datum
champion_column(int column, bool *null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						 null);
}

static char *
champion_text(int column)
{
	bool		null;
	Datum		d = champion_column(column, &null);

	return null ? NULL : TextDatumGetCString(d);
}

/* The champion and how it was trained, into context. */
static void
read_champion(TrainArguments *a, Champion *champion, MemoryContext context)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PointerGetDatum(a->name)};
	MemoryContext caller;
	bool		null;

	if (SPI_execute_with_args(CHAMPION_QUERY, 1, types, values, NULL, false,
							  1) != SPI_OK_SELECT)
		elog(ERROR, "could not read crmprob.model_versions");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no champion to train again",
						crm_clip(text_to_cstring(a->name))),
				 errhint("crmprob.train() makes the first version of a name.")));
	caller = MemoryContextSwitchTo(context);
	champion->version = DatumGetInt32(champion_column(1, &null));
	champion->open = crm_model_open(champion_column(2, &null), context);
	a->algorithm = DatumGetTextPCopy(champion_column(3, &null));
	a->options = PointerGetDatum(DatumGetJsonbPCopy(champion_column(4, &null)));
	a->query.function = "retrain";
	a->query.label = champion_text(5);
	a->query.query = champion_text(6);
	a->query.order_by = champion_text(7);
	a->query.holdout = DatumGetFloat8(champion_column(8, &null));
	MemoryContextSwitchTo(caller);
	if (a->query.query == NULL || a->query.label == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("version %d of model \"%s\" has no training query",
						champion->version,
						crm_clip(text_to_cstring(a->name))),
				 errhint("Set train_query and label in crmprob.model_versions, or call crmprob.train().")));
}

/* Both models on the hold-out rows.  False: the champion cannot score them. */
static bool
compare_with_champion(TrainedModel *m, const Champion *champion,
					  CrmPairedFigure *log_loss)
{
	uint32		n = m->split.n_holdout;
	CrmEvaluation e[2];
	CrmModelComparison comparison;
	CrmScorePair *pairs;
	double	   *scores;

	if (n < 2 || !crm_dataset_has_features(m->training.dataset,
										   &champion->open->model))
		return false;
	crm_dataset_reserve(m->training.dataset, (Size) n *
						(sizeof(CrmScorePair) + 2 * sizeof(uint64)));
	scores = crm_training_holdout_scores(&m->training, &champion->open->scorer,
										 &m->split);
	e[0] = crm_training_evaluation(&m->training, m->split.holdout, n, scores);
	e[1] = m->evaluation;
	pairs = palloc(n * sizeof(CrmScorePair));
	for (uint32 i = 0; i < n; i++)
	{
		pairs[i].score[0] = scores[i];
		pairs[i].score[1] = m->scores[i];
		pairs[i].label = crm_dataset_label(m->training.dataset,
										   m->split.holdout[i]);
	}
	crm_compare_pairs(pairs, n, e, &comparison);
	*log_loss = comparison.log_loss;
	return true;
}

/* Whether the new version becomes champion, and why. */
static void
decide(RetrainRule rule, RetrainResult *r)
{
	const CrmPairedFigure *f = &r->log_loss;
	double		least = rule == RULE_BETTER ? -f->std_error : f->std_error;

	if (rule == RULE_ALWAYS || rule == RULE_NEVER)
	{
		r->promoted = rule == RULE_ALWAYS;
		r->reason = rule == RULE_ALWAYS ? "rule always" : "rule never";
		return;
	}
	if (!r->compared)
	{
		r->promoted = false;
		r->reason = r->trained.metrics.evaluated ?
			"the query lacks a feature of the champion: nothing to compare" :
			"nothing was held out: nothing to compare";
		return;
	}
	r->promoted = rule == RULE_BETTER ? f->difference < least :
		f->difference <= least;
	r->reason = psprintf("log-loss %.6f against the champion's %.6f: difference %+.6f, %s %+.6f, one standard error%s",
						 f->value[1], f->value[0], f->difference,
						 r->promoted == (rule == RULE_BETTER) ?
						 (r->promoted ? "below" : "above") :
						 (r->promoted ? "not above" : "not below"),
						 least, rule == RULE_BETTER ? " downwards" : "");
}

/* False where another session made another version champion meanwhile. */
static bool
still_champion(const text * name, int32 version)
{
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2] = {PointerGetDatum(name), Int32GetDatum(version)};

	if (SPI_execute_with_args("SELECT FROM crmprob.model_versions"
							  " WHERE name OPERATOR(pg_catalog.=) $1"
							  " AND version OPERATOR(pg_catalog.=) $2"
							  " AND status OPERATOR(pg_catalog.=) 'champion'::pg_catalog.text",
							  2, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read crmprob.model_versions");
	return SPI_processed > 0;
}

static void
promote_version(const text * name, int32 version, const char *reason)
{
	Oid			types[3] = {TEXTOID, INT4OID, TEXTOID};
	Datum		values[3] = {PointerGetDatum(name), Int32GetDatum(version),
	CStringGetTextDatum(reason)};

	if (SPI_execute_with_args("SELECT crmprob.promote($1, $2, $3)", 3, types,
							  values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not promote the model");
}

static void
write_note(const text * name, int32 version, const char *reason)
{
	Oid			types[3] = {TEXTOID, INT4OID, TEXTOID};
	Datum		values[3] = {PointerGetDatum(name), Int32GetDatum(version),
	CStringGetTextDatum(reason)};

	if (SPI_execute_with_args("UPDATE crmprob.model_versions SET note = $3"
							  " WHERE name OPERATOR(pg_catalog.=) $1"
							  " AND version OPERATOR(pg_catalog.=) $2",
							  3, types, values, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not write the note of the model");
}

/* False: too few rows, and the options ask for NULL instead of an error. */
static bool
retrain_model(TrainArguments *a, RetrainRule rule, MemoryContext context,
			  RetrainResult *r)
{
	TrainResult *result = &r->trained;
	CrmFitOptions *options;
	TrainedModel m;

	read_champion(a, &r->champion, context);
	MemoryContextSwitchTo(context);
	options = crm_fit_options_parse(VARDATA_ANY(a->algorithm),
									VARSIZE_ANY_EXHDR(a->algorithm),
									DatumGetJsonbP(a->options));
	if (!fit_and_evaluate(a, options, context, &m, result))
		return false;
	r->compared = compare_with_champion(&m, &r->champion, &r->log_loss);
	decide(rule, r);
	register_model(a, m.value, &m.open->model, result->n, result->n_positive,
				   &result->metrics, result->warnings, context,
				   &result->version, &result->status);
	if (r->promoted && !still_champion(a->name, r->champion.version))
	{
		r->promoted = false;
		r->reason = "another version became champion meanwhile";
	}
	if (r->promoted)
		promote_version(a->name, result->version, r->reason);
	write_note(a->name, result->version, r->reason);
	return true;
}

static Datum
retrain_row(FunctionCallInfo fcinfo, const RetrainResult *r)
{
	const CrmPairedFigure *f = &r->log_loss;
	TupleDesc	desc;
	Datum		values[10];
	bool		nulls[10] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int32GetDatum(r->trained.version);
	values[1] = Int32GetDatum(r->champion.version);
	values[2] = Int64GetDatum(r->trained.n);
	values[3] = Float8GetDatum(r->trained.metrics.log_loss);
	nulls[3] = !r->trained.metrics.evaluated;
	values[4] = Float8GetDatum(f->value[0]);
	values[5] = Float8GetDatum(f->difference);
	values[6] = Float8GetDatum(f->std_error);
	nulls[4] = nulls[5] = nulls[6] = !r->compared;
	values[7] = BoolGetDatum(r->promoted);
	values[8] = CStringGetTextDatum(r->reason);
	values[9] = r->trained.warnings;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/*
 * retrain(name text, rule text) -> (version, champion, n, log_loss,
 * champion_log_loss, difference, std_error, promoted, reason, warnings);
 * strict
 */
Datum
retrain(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "crmprob retrain",
												  ALLOCSET_DEFAULT_SIZES);
	TrainArguments arguments = {PG_GETARG_TEXT_PP(0)};
	RetrainRule rule = get_rule(PG_GETARG_TEXT_PP(1));
	RetrainResult result = {0};
	bool		trained;
	Datum		row = (Datum) 0;

	check_retrain_rights(rule);
	SPI_connect();
	trained = retrain_model(&arguments, rule, context, &result);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	if (trained)
		row = retrain_row(fcinfo, &result);
	MemoryContextDelete(context);
	if (!trained)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(row);
}
