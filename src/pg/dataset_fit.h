/*
 * dataset_fit.h
 *		What dataset_fit.c and the fits of single algorithms share.
 */
#ifndef CRM_DATASET_FIT_H
#define CRM_DATASET_FIT_H

#include "miscadmin.h"

#include "dataset_columns.h"
#include "logistic.h"

/*
 * Canonical order jumps about in memory: values are asked for this many rows
 * ahead of their use.
 */
#define PREFETCH_ROWS 24

typedef struct FitFeature
{
	const Column *column;
	int32	   *level;			/* by code; n_levels is "other" */
	uint32		dense;			/* its column of the design, if a number */
	uint32		binary;			/* its first binary column */
} FitFeature;

typedef struct Fit
{
	CrmDataset *ds;
	const uint32 *rows;
	uint32		n;
	uint32		n_positive;
	CrmModel	model;
	CrmFeature *features;
	FitFeature *parts;
	CrmString  *warnings;
	CrmDesign	design;
	double	   *dense;			/* n rows of the design's dense columns */
	double	   *mean;			/* of dense columns */
	double	   *sd;
	double	   *values;			/* one column in canonical order */
	struct TreeFit *tree;		/* of trees, which need no design */
	struct CountsFit *counts;	/* of counts, which need none */
	const Column *pool;			/* of groups; NULL: none */
	double	   *pool_margins;	/* out-of-fold log-odds, in canonical order */
} Fit;

#define CHECK_ROW(i) \
	do { if (((i) & 0xffff) == 0) CHECK_FOR_INTERRUPTS(); } while (0)

static inline void
prefetch_value(const Fit *fit, const Column *c, uint32 i)
{
	if (i + PREFETCH_ROWS < fit->n)
	{
		uint32		row = fit->rows[i + PREFETCH_ROWS];

#ifdef __GNUC__
		if (c->kind == CRM_CATEGORICAL)
			__builtin_prefetch(c->codes + row);
		else
			__builtin_prefetch(c->numbers + row);
#endif
	}
}

/* Zeroed work space within the memory limit. */
extern void *crm_fit_alloc(Fit *fit, Size n, Size width);

/* A warning that the model keeps. */
extern void crm_fit_warn(Fit *fit, const char *format,...)
			pg_attribute_printf(2, 3);

/*
 * tree_fit.c: begin before the columns are described; then each column, a
 * number's values being in fit->values; then trees of fit->model's algorithm
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
 * shifts; then the shifts into fit->model.pool.
 */
extern void crm_fit_pool_begin(Fit *fit, bool shifts);
extern void crm_fit_pool(Fit *fit);

/* crm_dataset_fit; without shifts groups are known but do not matter. */
extern CrmModelValue *crm_fit_rows(CrmDataset *ds, const uint32 *rows,
								   uint32 n, bool shifts);

/* logistic_path.c: the lambda of the design with the least log-loss. */
extern double crm_fit_lambda(Fit *fit, const CrmLogisticOptions *options);

#endif
