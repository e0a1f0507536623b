/*
 * logistic_path.c
 *		The penalty of a logistic model by cross-validation.
 *
 * Over a path of lambdas from the least one at which every coefficient is 0 down
 * to 1e-4 of it, each solution starting from the one before (Friedman,
 * Hastie and Tibshirani 2010).  Every row is held once; the lambda with the
 * least log-loss over the held rows wins, of equals the largest.
 */
#include "compat.h"

#include <math.h>

#include "dataset_fit.h"
#include "progress.h"

#define PATH_LENGTH 25
#define PATH_RATIO 1e-4
#define DEFAULT_FOLDS 5

/* Rows between two looks for a cancel. */
#define ROWS_AT_ONCE 65536

/* Rows are in canonical order, so counting on is a draw, equal in each class. */
static uint8 *
make_folds(Fit *fit, int n_folds)
{
	uint8	   *folds = crm_fit_alloc(fit, fit->n, 1);
	uint32		next[2] = {0, 0};

	for (uint32 i = 0; i < fit->n; i++)
	{
		CHECK_ROW(i);
		folds[i] = (uint8) (next[fit->design.label[i]]++ % n_folds);
	}
	return folds;
}

static double
largest_lambda(Fit *fit, double alpha)
{
	const CrmDesign *d = &fit->design;
	double	   *sums = crm_fit_alloc(fit, d->n_dense + d->n_binary,
									 sizeof *sums);

	for (uint32 i = 0; i < fit->n; i += ROWS_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		crm_logistic_add_correlation(d, i, Min(fit->n - i, ROWS_AT_ONCE) + i,
									 fit->model.base_rate, sums);
	}
	return crm_logistic_largest_lambda(d, alpha, sums);
}

static double
held_loss(CrmLogistic *logistic)
{
	uint32		n = logistic->design.n_rows;
	double		loss = 0;

	for (uint32 i = 0; i < n; i += ROWS_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		loss += crm_logistic_held_loss(logistic, i,
									   Min(n - i, ROWS_AT_ONCE) + i);
	}
	return loss;
}

/* The losses of one fold along the path are added to those before. */
static void
follow_path(const CrmDesign *design, const CrmLogisticOptions *options,
			const double *lambdas, void *work, double *losses,
			CrmProgress *progress, int n_folds)
{
	CrmLogisticOptions first = *options;
	CrmLogistic logistic;

	first.lambda = lambdas[0];
	crm_logistic_init(&logistic, design, &first, work);
	for (int k = 0; k < PATH_LENGTH; k++)
	{
		if (k > 0)
			crm_logistic_continue(&logistic, lambdas[k]);
		while (crm_logistic_step(&logistic))
		{
			CHECK_FOR_INTERRUPTS();
			crm_progress_report(progress,
								"choosing lambda: %d of %d in fold %d of %d",
								k + 1, PATH_LENGTH, design->held + 1, n_folds);
		}
		losses[k] += held_loss(&logistic);
	}
}

double
crm_fit_lambda(Fit *fit, const CrmLogisticOptions *options)
{
	uint32		least = Min(fit->n_positive, fit->n - fit->n_positive);
	int			n_folds = fit->ds->options->folds;
	double		largest = largest_lambda(fit, options->alpha);
	CrmDesign	design = fit->design;
	double		lambdas[PATH_LENGTH];
	double		losses[PATH_LENGTH] = {0};
	CrmProgress progress;
	void	   *work;
	int			best = 0;

	/* both classes must be left when a fold is held */
	n_folds = n_folds == 0 ? DEFAULT_FOLDS : n_folds;
	if (least < 2 || !(largest > 0))
		return 0;
	n_folds = Min(n_folds, (int) least);
	for (int k = 0; k < PATH_LENGTH; k++)
		lambdas[k] = largest * pow(PATH_RATIO, k / (PATH_LENGTH - 1.0));
	design.folds = make_folds(fit, n_folds);
	work = crm_fit_room(fit, crm_logistic_size(design.n_dense,
											   design.n_binary), 1);
	crm_progress_begin(&progress);
	for (int fold = 0; fold < n_folds; fold++)
	{
		design.held = (uint8) fold;
		follow_path(&design, options, lambdas, work, losses, &progress,
					n_folds);
	}
	crm_progress_end(&progress);
	for (int k = 1; k < PATH_LENGTH; k++)
		if (losses[k] < losses[best])
			best = k;
	pfree(work);
	return lambdas[best];
}
