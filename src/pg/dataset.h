/*
 * dataset.h
 *
 * Labelled rows held for training, mostly in a temporary file: typed columns
 * gathered from records, canonical row order, fitting over a subset, scoring
 * of the rows it holds.  `fit` adds every row and fits all; `train` fits one part of the
 * rows and scores the others.  Rows are numbered 0, 1, ... as they are added;
 * rows with a NULL label are only counted.
 */
#ifndef CRM_DATASET_H
#define CRM_DATASET_H

#include "model.h"
#include "model_value.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "utils/jsonb.h"

#define CRM_DATASET_MAX_ROWS 100000000

typedef enum CrmClassWeight
{
	CRM_WEIGHT_NONE,
	CRM_WEIGHT_BALANCED,
	CRM_WEIGHT_GIVEN
} CrmClassWeight;

/* What train does with its calibration slice, and whether it has one. */
typedef enum CrmCalibrate
{
	CRM_CALIBRATE_DEFAULT,		/* auto for trees, none for what needs none */
	CRM_CALIBRATE_AUTO,			/* what cross-validation finds best */
	CRM_CALIBRATE_NONE,
	CRM_CALIBRATE_PLATT,
	CRM_CALIBRATE_ISOTONIC
} CrmCalibrate;

typedef struct CrmFitOptions
{
	CrmAlgorithm algorithm;
	double		lambda;
	bool		lambda_cv;		/* by cross-validation */
	double		alpha;
	int			max_iter;
	int			max_levels;
	int			min_per_class;
	bool		too_few_null;	/* too few rows: NULL and a warning */
	uint64		seed;
	CrmCalibrate calibrate;		/* of train; fit has no rows to spare */
	CrmClassWeight class_weight;
	double		weight_true;
	double		weight_false;
	int			n_categorical;
	CrmString  *categorical;
	int			n_exclude;
	CrmString  *exclude;
	/* of trees; 0 where the data decides */
	int			trees;
	int			depth;
	int			leaves;
	int			folds;
	double		min_leaf;
	double		learning_rate;
	double		subsample;
	double		colsample;
	double		l1;
	double		l2;				/* negative: not given */
	double		smoothing;		/* of counts; negative: not given */
	CrmString	pool_by;		/* column of groups; no bytes: none */
	int			n_monotone;
	CrmString  *monotone;
	const double *monotone_signs;	/* -1, 0 or 1 */
	/* as given, for the model */
	uint32		n_given;
	CrmOption  *given;
} CrmFitOptions;

/*
 * Algorithm name and options (NULL: none) into CrmFitOptions, allocated in the
 * current context.  22023 for an unknown algorithm, an unknown key or one the
 * algorithm does not use, or a value out of range.
 */
extern CrmFitOptions *crm_fit_options_parse(const char *algorithm,
											size_t algorithm_length,
											Jsonb *options);

typedef struct CrmDataset CrmDataset;

/*
 * A dataset for rows of `desc`, in a new child of `parent` (freed by
 * crm_dataset_free or with the parent); options must live as long.  Columns named in options->exclude or
 * skip_attnos (n_skip attribute numbers: label, order_by) are no features.
 * 42804 for a column of a type that cannot be one, 42702 for two of one name,
 * 42703 for an exclude or categorical name that is no column, 54000 for more
 * than 1600.
 */
extern CrmDataset *crm_dataset_create(MemoryContext parent, TupleDesc desc,
									  const CrmFitOptions *options,
									  const AttrNumber *skip_attnos,
									  int n_skip);
extern void crm_dataset_free(CrmDataset *dataset);
extern TupleDesc crm_dataset_desc(const CrmDataset *dataset);

/*
 * Add a row, as values by attribute, a slot or a record of desc's type.  A row
 * without a label is only counted.  22023 for an infinite value.
 */
extern void crm_dataset_add(CrmDataset *dataset, const Datum *values,
							const bool *nulls, bool label, bool label_null);
extern void crm_dataset_add_slot(CrmDataset *dataset, TupleTableSlot *slot,
								 bool label, bool label_null);
extern void crm_dataset_add_record(CrmDataset *dataset, HeapTupleHeader record,
								   bool label, bool label_null);

/* Count a row that cannot be used. */
extern void crm_dataset_skip(CrmDataset *dataset);

extern uint32 crm_dataset_rows(const CrmDataset *dataset);
extern uint32 crm_dataset_positives(const CrmDataset *dataset);
extern uint64 crm_dataset_skipped(const CrmDataset *dataset);
extern bool crm_dataset_label(const CrmDataset *dataset, uint32 row);

/*
 * Sort row numbers into canonical order: by a hash of values and label, of
 * equal ones by another.
 */
extern void crm_dataset_sort(CrmDataset *dataset, uint32 *rows, uint32 n);

/*
 * The class check of DESIGN: 22023 for one class or fewer than min_per_class.
 * True: go on.  False: too_few is 'null' and the warning was given.
 */
extern bool crm_dataset_enough(const CrmDataset *dataset);

/*
 * Fit over the given rows (NULL: all of them), in any order.  Warnings are
 * inside the model; crm_model_report_warnings() raises them.  Does not apply
 * min_per_class, but both classes must occur (22023).  The result is in the
 * current context.  Checks for interrupts, reports progress.
 */
extern CrmModelValue *crm_dataset_fit(CrmDataset *dataset,
									  const uint32 *rows, uint32 n);

/*
 * Probabilities of the given rows by a model that was fitted over this
 * dataset (same features) into scores, uncalibrated log-odds into margins, each
 * when not NULL.
 */
extern void crm_dataset_score(CrmDataset *dataset, const CrmScorer *scorer,
							  const uint32 *rows, uint32 n, double *scores,
							  double *margins);

/* Does the dataset have every feature of this model, in the same form? */
extern bool crm_dataset_has_features(const CrmDataset *dataset,
									 const CrmModel *model);

/* Bytes held, and the check against maintenance_work_mem (54000). */
extern Size crm_dataset_memory(const CrmDataset *dataset);
extern void crm_dataset_reserve(CrmDataset *dataset, Size bytes);

#endif							/* CRM_DATASET_H */
