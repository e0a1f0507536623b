/*
 * training_model.c
 *		From divided rows to a calibrated model, and what it is worth.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "calibration.h"
#include "crmprob.h"
#include "evaluation_value.h"
#include "training.h"

#define SKILL_LEVEL 0.95
#define ECE_BINS 10

/* Calibration looks at log-odds no further out than scores go. */
#define MARGIN_MAX 9.2102403669758495	/* logit of CRM_SCORE_MAX */

/* Default grades: quartiles of the scores. */
#define GRADES 3

/* ------------------------------------------------------------ calibration */

/* What one attempt needs; rows in crm_calibration_order. */
typedef struct Calibrator
{
	CrmCalibrationRow *rows;
	uint32		n;
	CrmCalibrationRow *fit;		/* of a fold */
	CrmCalibrationRow *test;
	CrmIsotonicBlock *blocks;
	double	   *x;				/* points of an isotonic curve */
	double	   *y;
} Calibrator;

static bool
interrupted(void *unused)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static int
order_rows(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return crm_calibration_order(a, b);
}

static void
begin_calibration(CrmTraining *t, const CrmRowParts *split,
				  const CrmScorer *scorer, Calibrator *c)
{
	uint32		n = split->n_calibrate;
	double	   *margins;
	double	   *scores;

	crm_dataset_reserve(t->dataset, (Size) n *
						(3 * sizeof(CrmCalibrationRow) +
						 sizeof(CrmIsotonicBlock) + 4 * sizeof(double)));
	c->n = n;
	c->rows = palloc(n * sizeof(CrmCalibrationRow));
	c->fit = palloc(n * sizeof(CrmCalibrationRow));
	c->test = palloc(n * sizeof(CrmCalibrationRow));
	c->blocks = palloc(n * sizeof(CrmIsotonicBlock));
	c->x = palloc(Max(n, CRM_MODEL_MAX_CALIBRATION) * sizeof(double));
	c->y = palloc(Max(n, CRM_MODEL_MAX_CALIBRATION) * sizeof(double));
	margins = palloc(n * sizeof(double));
	scores = palloc(n * sizeof(double));
	crm_dataset_score(t->dataset, scorer, split->calibrate, n, scores, margins);
	for (uint32 i = 0; i < n; i++)
	{
		double		m = isnan(margins[i]) ? 0 : margins[i];

		c->rows[i].margin = Min(Max(m, -MARGIN_MAX), MARGIN_MAX);
		c->rows[i].label = crm_dataset_label(t->dataset, split->calibrate[i]);
	}
	qsort(c->rows, n, sizeof(CrmCalibrationRow), order_rows);
}

/* A curve of this kind for these rows; of none when there is no such curve. */
static CrmCalibration
calibrate_as(Calibrator *c, CrmCalibrationKind kind,
			 const CrmCalibrationRow *rows, size_t n)
{
	CrmCalibration calibration = {CRM_CALIBRATION_NONE};
	CrmPoll		poll = {interrupted, NULL};

	CHECK_FOR_INTERRUPTS();
	if (kind == CRM_CALIBRATION_PLATT)
		crm_calibrate_platt(rows, n, &poll, &calibration);
	else if (kind == CRM_CALIBRATION_ISOTONIC)
		crm_calibrate_isotonic(rows, n, c->blocks, c->x, c->y, &calibration);
	return calibration;
}

/* The kind with the least log-loss over the folds; of equal ones the first. */
static CrmCalibrationKind
choose_kind(Calibrator *c)
{
	CrmCalibrationKind best = CRM_CALIBRATION_NONE;
	double		least = 0;

	for (int kind = CRM_CALIBRATION_NONE; kind <= CRM_CALIBRATION_ISOTONIC; kind++)
	{
		double		loss = 0;

		for (int fold = 0; fold < CRM_CALIBRATION_FOLDS; fold++)
		{
			size_t		n = crm_calibration_fold(c->rows, c->n, fold, c->fit,
												 c->test);
			CrmCalibration calibration =
			calibrate_as(c, (CrmCalibrationKind) kind, c->fit, n);

			loss += crm_calibration_loss(&calibration, c->test, c->n - n) *
				(double) (c->n - n);
		}
		if (kind == CRM_CALIBRATION_NONE || loss < least)
		{
			least = loss;
			best = (CrmCalibrationKind) kind;
		}
	}
	return best;
}

static CrmCalibration
calibrate(CrmTraining *t, const CrmRowParts *split, const CrmScorer *scorer)
{
	Calibrator	c;
	CrmCalibrationKind kind;

	begin_calibration(t, split, scorer, &c);
	if (t->options->calibrate == CRM_CALIBRATE_PLATT)
		kind = CRM_CALIBRATION_PLATT;
	else if (t->options->calibrate == CRM_CALIBRATE_ISOTONIC)
		kind = CRM_CALIBRATION_ISOTONIC;
	else
		kind = choose_kind(&c);
	return calibrate_as(&c, kind, c.rows, c.n);
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	CHECK_FOR_INTERRUPTS();
	return (x > y) - (x < y);
}

/* Upper quartile, median, lower quartile of n scores; equal ones once. */
static uint32
grade_limits(double *scores, uint32 n, double *limits)
{
	uint32		kept = 0;

	qsort(scores, n, sizeof(double), compare_doubles);
	for (uint32 k = GRADES; k >= 1; k--)
	{
		double		limit = scores[(uint64) n * k / (GRADES + 1)];

		if (kept == 0 || limit < limits[kept - 1])
			limits[kept++] = limit;
	}
	return kept;
}

CrmModelValue *
crm_training_fit(CrmTraining *t, const CrmRowParts *split, bool with_grades)
{
	CrmModelValue *value = crm_dataset_fit(t->dataset, split->fit,
										   split->n_fit);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "crmprob calibration",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(work);
	CrmOpenModel *open = crm_model_open(PointerGetDatum(value), work);
	const uint32 *rows = split->n_holdout > 0 ? split->holdout : split->fit;
	uint32		n = split->n_holdout > 0 ? split->n_holdout : split->n_fit;
	double		limits[GRADES];
	uint32		n_limits = 0;

	if (split->n_calibrate > 0)
		open->model.calibration = calibrate(t, split, &open->scorer);
	if (with_grades)
	{
		double	   *scores;

		crm_dataset_reserve(t->dataset, (Size) n * sizeof(double));
		scores = palloc(n * sizeof(double));
		crm_dataset_score(t->dataset, &open->scorer, rows, n, scores, NULL);
		n_limits = grade_limits(scores, n, limits);
	}
	MemoryContextSwitchTo(caller);
	value = crm_model_amend(PointerGetDatum(value), &open->model.calibration,
							n_limits > 0 ? limits : NULL, n_limits, NULL, 0);
	MemoryContextDelete(work);
	return value;
}

/* ------------------------------------------------------------- evaluation */

double	   *
crm_training_holdout_scores(CrmTraining *t, const CrmScorer *scorer,
							const CrmRowParts *split)
{
	double	   *scores;

	crm_dataset_reserve(t->dataset, (Size) split->n_holdout * sizeof(double));
	scores = palloc((split->n_holdout + 1) * sizeof(double));
	crm_dataset_score(t->dataset, scorer, split->holdout, split->n_holdout,
					  scores, NULL);
	return scores;
}

CrmEvaluation
crm_training_evaluation(CrmTraining *t, const uint32 *rows, uint32 n,
						const double *scores)
{
	CrmScoreCount *entries;

	crm_dataset_reserve(t->dataset, (Size) n * 2 * sizeof(CrmScoreCount));
	entries = palloc((n + 1) * sizeof(CrmScoreCount));
	for (uint32 i = 0; i < n; i++)
	{
		entries[i].score = scores[i];
		entries[i].positives = crm_dataset_label(t->dataset, rows[i]);
		entries[i].negatives = 1 - entries[i].positives;
	}
	return crm_evaluation_collect(entries, n);
}

void
crm_training_metrics(CrmEvaluation e, double base_rate, CrmMetrics *m)
{
	memset(m, 0, sizeof *m);
	m->evaluated = true;
	m->n_positive = crm_evaluation_positives(e);
	m->n = m->n_positive + crm_evaluation_negatives(e);
	m->has_auc = crm_evaluation_auc(e, &m->auc.auc);
	m->has_interval = crm_evaluation_auc_interval(e, SKILL_LEVEL, &m->auc);
	m->log_loss = crm_evaluation_log_loss(e);
	m->base_log_loss =
		crm_evaluation_constant_log_loss(e, base_rate);
	m->brier = crm_evaluation_brier(e);
	m->ece = crm_evaluation_ece(e, ECE_BINS);
	if (m->has_auc)
	{
		crm_evaluation_average_precision(e, &m->average_precision);
		crm_evaluation_ks(e, &m->ks);
	}
}
