/*
 * training.h
 *		The rows of a training query, their division, and a calibrated and
 *		evaluated model of them: what train, retrain and cross_validate share.
 */
#ifndef CRM_TRAINING_H
#define CRM_TRAINING_H

#include "nodes/pg_list.h"
#include "tcop/dest.h"
#include "utils/sortsupport.h"

#include "dataset.h"
#include "evaluation.h"

typedef struct CrmTrainingQuery
{
	const char *function;		/* that errors name */
	char	   *query;
	char	   *label;
	char	   *order_by;		/* or NULL */
	double		holdout;
} CrmTrainingQuery;

/* A row of the query as the split sees it. */
typedef struct CrmOrderedRow
{
	Datum		key;
	uint32		row;			/* of the dataset, or PG_UINT32_MAX */
	bool		key_null;
} CrmOrderedRow;

typedef struct CrmTraining
{
	DestReceiver pub;
	const CrmTrainingQuery *query;
	const CrmFitOptions *options;
	MemoryContext context;
	CrmDataset *dataset;
	AttrNumber	label;
	/* only with order_by */
	AttrNumber	order;
	int16		key_length;
	bool		key_by_value;
	SortSupport sort;
	CrmOrderedRow *rows;
	uint32		n_rows;
	uint32		room;
	Size		key_bytes;
} CrmTraining;

/* Rows of the dataset by what they are for. */
typedef struct CrmRowParts
{
	uint32	   *fit;
	uint32		n_fit;
	uint32	   *calibrate;
	uint32		n_calibrate;
	uint32	   *holdout;
	uint32		n_holdout;
} CrmRowParts;

/* What is known of a model from rows that it has not seen. */
typedef struct CrmMetrics
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
} CrmMetrics;

/* Adds a warning to the result and raises it. */
extern void crm_training_warn(List **warnings, const char *format,...)
			pg_attribute_printf(2, 3);

/* Run the query; everything lives in context. */
extern void crm_training_read(CrmTraining *training,
							  const CrmTrainingQuery *query,
							  const CrmFitOptions *options,
							  MemoryContext context);

/*
 * Divide the labelled rows: the newest for the hold-out, of the others the
 * newest for calibration, if the options and the rows allow one.
 */
extern void crm_training_split(CrmTraining *training, CrmRowParts *split,
							   List **warnings);

/*
 * Of rows that are not held out (split->fit), move a stratified draw to
 * split->calibrate if the options and the rows allow one.
 */
extern void crm_training_draw_calibration(CrmTraining *training,
										  CrmRowParts *split);

/*
 * Fit and calibrate; with_grades also finds the default limits, quartiles of
 * the hold-out scores (without a hold-out, of the rows fitted).
 */
extern CrmModelValue *crm_training_fit(CrmTraining *training,
									   const CrmRowParts *split,
									   bool with_grades);

/* An evaluation of these scores; rows as in the dataset. */
extern CrmEvaluation crm_training_evaluation(CrmTraining *training,
											 const uint32 *rows, uint32 n,
											 const double *scores);

extern void crm_training_metrics(CrmEvaluation e, double base_rate,
								 CrmMetrics *metrics);

/* Scores of the hold-out rows, in the current context. */
extern double *crm_training_holdout_scores(CrmTraining *training,
										   const CrmScorer *scorer,
										   const CrmRowParts *split);

#endif							/* CRM_TRAINING_H */
