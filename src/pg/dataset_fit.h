/*
 * dataset_fit.h
 *		What dataset_fit.c and the fits of single algorithms share.
 */
#ifndef CRM_DATASET_FIT_H
#define CRM_DATASET_FIT_H

#include "miscadmin.h"

#include "dataset_columns.h"
#include "logistic.h"

typedef struct FitFeature
{
	const Column *column;
	int32	   *level;			/* by code; n_levels is "other" */
	uint32		dense;			/* its column of the design, if a number */
	uint32		binary;			/* its first binary column */
	uint8	   *missing;		/* bits by place, of a dense one; or NULL */
} FitFeature;

#define NO_PLACE PG_UINT32_MAX

typedef struct Fit
{
	CrmDataset *ds;
	uint32	   *rows;			/* in canonical order; until columns are read */
	uint32	   *place;			/* its reverse from then on; NO_PLACE: not
								 * fitted */
	const uint8 *labels;		/* in canonical order */
	uint32		n;
	uint32		n_positive;
	CrmModel	model;
	CrmFeature *features;
	FitFeature *parts;
	CrmString  *warnings;
	CrmDesign	design;
	uint32	   *hot_start;		/* of the design; NULL: not wanted */
	double	   *mean;			/* of dense columns */
	double	   *sd;
	union						/* one column in canonical order */
	{
		double	   *values;		/* of a number or time */
		int32	   *codes;		/* of a category */
	};
	struct TreeFit *tree;		/* of trees, which need no design */
	struct CountsFit *counts;	/* of counts, which need none */
	const Column *pool;			/* of groups; NULL: none */
	int32	   *pool_codes;		/* with pool_margins: its codes */
	double	   *pool_margins;	/* out-of-fold log-odds, in canonical order */
	double		pool_gain;		/* what the shifts are worth */
} Fit;

#define CHECK_ROW(i) \
	do { if (((i) & 0xffff) == 0) CHECK_FOR_INTERRUPTS(); } while (0)

/* Zeroed work space within the memory limit; room is not zeroed. */
extern void *crm_fit_alloc(Fit *fit, Size n, Size width);
extern void *crm_fit_room(Fit *fit, Size n, Size width);

/* A column in canonical order into fit->values or fit->codes. */
extern void crm_fit_gather(Fit *fit, const Column *c);

/* All columns have been read: groups are pooled, values and places given back. */
extern void crm_fit_columns_done(Fit *fit);

/* A warning that the model keeps. */
extern void crm_fit_warn(Fit *fit, const char *format,...)
			pg_attribute_printf(2, 3);

/*
 * logistic_design.c: begin when design.n_dense is known; then each number or
 * time column, its values being in fit->values; then the ones of all rows.
 */
extern void crm_fit_design_begin(Fit *fit);
extern void crm_fit_design_column(Fit *fit, const CrmFeature *feature,
								  FitFeature *part);
extern void crm_fit_design_ones(Fit *fit, Size ones);

/*
 * tree_fit.c: begin before the columns are described; then each column, its
 * values being in fit->values or codes; then trees of fit->model's algorithm
 * into fit->model.trees.
 */
extern void crm_fit_trees_begin(Fit *fit);
extern void crm_fit_trees_column(Fit *fit, const CrmFeature *feature,
								 const FitFeature *part);
extern void crm_fit_trees(Fit *fit);

/*
 * counts_fit.c: begin before the columns are described; is a column wanted;
 * then each column, as above; then the counts into fit->model.counts.
 */
extern void crm_fit_counts_begin(Fit *fit);
extern bool crm_fit_counts_wants(const Fit *fit, const Column *c);
extern void crm_fit_counts_column(Fit *fit, CrmFeature *feature,
								  const FitFeature *part);
extern void crm_fit_counts(Fit *fit);

/*
 * pool_fit.c: begin before the columns are described, with or without finding
 * shifts; then the shifts into fit->model.pool; when there is a model, what
 * they are worth into its importance.
 */
extern void crm_fit_pool_begin(Fit *fit, bool shifts);
extern void crm_fit_pool(Fit *fit);
extern void crm_fit_pool_importance(Fit *fit);

/* crm_dataset_fit; without shifts groups are known but do not matter. */
extern CrmModelValue *crm_fit_rows(CrmDataset *ds, const uint32 *rows,
								   uint32 n, bool shifts);

/* logistic_path.c: the lambda of the design with the least log-loss. */
extern double crm_fit_lambda(Fit *fit, const CrmLogisticOptions *options);

#endif
