/*
 * dataset_fit.h
 *		What dataset_fit.c and the fits of single algorithms share.
 */
#ifndef CRM_DATASET_FIT_H
#define CRM_DATASET_FIT_H

#include "dataset_columns.h"
#include "logistic.h"

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
	double	   *mean;			/* of dense columns */
	double	   *sd;
} Fit;

#define CHECK_ROW(i) \
	do { if (((i) & 0xffff) == 0) CHECK_FOR_INTERRUPTS(); } while (0)

/* Zeroed work space within the memory limit. */
extern void *crm_fit_alloc(Fit *fit, Size n, Size width);

/* A warning that the model keeps. */
extern void crm_fit_warn(Fit *fit, const char *format,...)
			pg_attribute_printf(2, 3);

/* tree_fit.c: trees of fit->model's algorithm into fit->model.trees */
extern void crm_fit_trees(Fit *fit);

#endif
