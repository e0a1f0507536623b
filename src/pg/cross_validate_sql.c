/*
 * cross_validate_sql.c
 *		cross_validate(): what an algorithm is worth on a query's rows.
 *
 * Each fold is scored by a model of the other folds, fitted and calibrated as
 * train would.
 */
#include "compat.h"

#include "funcapi.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "evaluation_value.h"
#include "holdout.h"
#include "training.h"

PG_FUNCTION_INFO_V1(cross_validate);

#define MAX_FOLDS 100

static void
refuse_null(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {
		"query", "label", "algorithm", "options", "folds"
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" of cross_validate must not be null",
							names[i])));
}

/* The fold of every row: the same share of each class, by seed. */
static uint16 *
deal_folds(CrmTraining *t, int folds)
{
	uint32		n = crm_dataset_rows(t->dataset);
	uint16	   *fold;
	uint16	   *dealt;
	uint32	   *rows;

	crm_dataset_reserve(t->dataset, (Size) n * (2 * sizeof(uint16) +
												6 * sizeof(uint32) +
												sizeof(double)));
	fold = palloc((n + 1) * sizeof(uint16));
	dealt = palloc((n + 1) * sizeof(uint16));
	rows = palloc((n + 1) * sizeof(uint32));
	for (int label = 0; label <= 1; label++)
	{
		uint32		n_class = 0;

		for (uint32 i = 0; i < n; i++)
			if (crm_dataset_label(t->dataset, i) == (label == 1))
				rows[n_class++] = i;
		if (n_class < (uint32) folds)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%u rows labelled %s are too few for %d folds",
							n_class, label ? "true" : "false", folds)));
		crm_dataset_sort(t->dataset, rows, n_class);
		crm_holdout_deal(n_class, (uint16_t) folds,
						 t->options->seed * 2 + (uint64) label, dealt);
		for (uint32 i = 0; i < n_class; i++)
			fold[rows[i]] = dealt[i];
	}
	return fold;
}

/* Scores of one fold's rows by a model of the others. */
static void
score_fold(CrmTraining *t, const uint16 *fold, int k, CrmRowParts *parts,
		   double *scores)
{
	uint32		n = crm_dataset_rows(t->dataset);
	CrmOpenModel *model;
	double	   *part;

	parts->n_fit = parts->n_calibrate = parts->n_holdout = 0;
	for (uint32 i = 0; i < n; i++)
	{
		if (fold[i] == k)
			parts->holdout[parts->n_holdout++] = i;
		else
			parts->fit[parts->n_fit++] = i;
	}
	crm_training_draw_calibration(t, parts);
	model = crm_model_open(PointerGetDatum(crm_training_fit(t, parts, false)),
						   CurrentMemoryContext);
	part = crm_training_holdout_scores(t, &model->scorer, parts);
	for (uint32 i = 0; i < parts->n_holdout; i++)
		scores[parts->holdout[i]] = part[i];
}

/* A row of the result; fold 0 is all of them. */
static void
put_fold(FunctionCallInfo fcinfo, int fold, CrmEvaluation e)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmMetrics	m;
	Datum		values[8];
	bool		nulls[8] = {false};

	crm_training_metrics(e, 0.5, &m);
	values[0] = Int32GetDatum(fold);
	nulls[0] = fold == 0;
	values[1] = Int64GetDatum(m.n);
	values[2] = Int64GetDatum(m.n_positive);
	values[3] = Float8GetDatum(m.auc.auc);
	nulls[3] = !m.has_auc;
	values[4] = Float8GetDatum(m.log_loss);
	values[5] = Float8GetDatum(m.brier);
	values[6] = Float8GetDatum(m.ece);
	values[7] = crm_evaluation_datum(e);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static CrmEvaluation
fold_evaluation(CrmTraining *t, const uint32 *rows, uint32 n,
				const double *scores)
{
	double	   *part = palloc((n + 1) * sizeof(double));

	for (uint32 i = 0; i < n; i++)
		part[i] = scores[rows[i]];
	return crm_training_evaluation(t, rows, n, part);
}

static void
validate_folds(FunctionCallInfo fcinfo, CrmTraining *t, int folds)
{
	uint32		n = crm_dataset_rows(t->dataset);
	uint16	   *fold = deal_folds(t, folds);
	double	   *scores = palloc((n + 1) * sizeof(double));
	CrmRowParts parts = {0};
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "crmprob fold",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;

	parts.fit = palloc((n + 1) * sizeof(uint32));
	parts.calibrate = palloc((n + 1) * sizeof(uint32));
	parts.holdout = palloc((n + 1) * sizeof(uint32));
	for (int k = 0; k < folds; k++)
	{
		MemoryContextSwitchTo(work);
		score_fold(t, fold, k, &parts, scores);
		put_fold(fcinfo, k + 1, fold_evaluation(t, parts.holdout,
												parts.n_holdout, scores));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(work);
	}
	for (uint32 i = 0; i < n; i++)
		parts.fit[i] = i;
	put_fold(fcinfo, 0, fold_evaluation(t, parts.fit, n, scores));
}

/*
 * cross_validate(query text, label text, algorithm text, options jsonb,
 * folds integer) -> setof (fold, n, n_positive, auc, log_loss, brier, ece,
 * evaluation); no argument may be NULL
 */
Datum
cross_validate(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	CrmTrainingQuery query = {"cross_validate"};
	CrmTraining training;
	CrmFitOptions *options;
	text	   *algorithm;
	int32		folds;

	refuse_null(fcinfo);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	context = AllocSetContextCreate(caller, "crmprob cross_validate",
									ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	query.query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	query.label = text_to_cstring(PG_GETARG_TEXT_PP(1));
	algorithm = PG_GETARG_TEXT_PP(2);
	options = crm_fit_options_parse(VARDATA_ANY(algorithm),
									VARSIZE_ANY_EXHDR(algorithm),
									PG_GETARG_JSONB_P(3));
	folds = PG_GETARG_INT32(4);
	if (folds < 2 || folds > MAX_FOLDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of folds %d is not between 2 and %d", folds,
						MAX_FOLDS)));
	SPI_connect();
	crm_training_read(&training, &query, options, context);
	SPI_finish();
	MemoryContextSwitchTo(context);
	if (crm_dataset_enough(training.dataset))
		validate_folds(fcinfo, &training, folds);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
