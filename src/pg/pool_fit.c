/*
 * pool_fit.c
 *		Partial pooling by a category: the option "pool_by" of all algorithms but
 *		naive_bayes, which has a prior of its own.
 *
 * The model proper knows nothing of the groups.  Each row is scored by a model
 * of the other folds, so that a learner that fits its rows too well leaves
 * what the groups differ by; core/pooling.h finds their shifts.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "dataset_fit.h"
#include "pooling.h"
#include "progress.h"

/* Each leaves two thirds of the rows to learn from. */
#define POOL_FOLDS 3

/* With fewer rows of a class a fold says nothing. */
#define POOL_MIN_PER_CLASS 10

/* As calibration has it: scores go no further out. */
#define MARGIN_MAX 9.2102403669758495	/* logit of CRM_SCORE_MAX */

static const Column *
find_pool(const CrmDataset *ds)
{
	const CrmFitOptions *o = ds->options;

	for (int k = 0; k < ds->n_columns; k++)
	{
		const Column *c = &ds->columns[k];

		if (crm_string_compare(c->name, o->pool_by) != 0)
			continue;
		if (c->kind != CRM_CATEGORICAL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of option \"pool_by\" is no category",
							c->name.bytes),
					 errhint("Name it in the option \"categorical\".")));
		return c;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%.*s\" of option \"pool_by\" is no feature",
					(int) o->pool_by.length, o->pool_by.bytes),
			 errhint("It must not be excluded, nor be the label or the order.")));
}

/* Rows of fold k, or those of all others. */
static uint32 *
rows_of_fold(Fit *fit, const uint8 *folds, uint32 k, bool held, uint32 *n)
{
	uint32	   *rows;

	*n = 0;
	for (uint32 i = 0; i < fit->n; i++)
		*n += (folds[i] == k) == held;
	rows = crm_fit_room(fit, *n, sizeof *rows);
	*n = 0;
	for (uint32 i = 0; i < fit->n; i++)
		if ((folds[i] == k) == held)
			rows[(*n)++] = fit->rows[i];
	return rows;
}

/* Margins of the rows of fold k by a model of the others. */
static void
score_fold(Fit *fit, uint32 k, const uint8 *folds)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "crmprob pool fold",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CrmModelValue *value;
	uint32		n;
	uint32	   *rows = rows_of_fold(fit, folds, k, false, &n);
	double	   *margins;

	value = crm_fit_rows(fit->ds, rows, n, false);
	pfree(rows);
	rows = rows_of_fold(fit, folds, k, true, &n);
	margins = crm_fit_room(fit, n, sizeof *margins);
	crm_dataset_score(fit->ds,
					  &crm_model_open(PointerGetDatum(value), context)->scorer,
					  rows, n, NULL, margins);
	n = 0;
	for (uint32 i = 0; i < fit->n; i++)
	{
		double		margin;

		if (folds[i] != k)
			continue;
		margin = margins[n++];
		fit->pool_margins[i] = isnan(margin) ? 0 :
			Min(Max(margin, -MARGIN_MAX), MARGIN_MAX);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
crm_fit_pool_begin(Fit *fit, bool shifts)
{
	uint32		next[2] = {0, 0};
	uint32		few = Min(fit->n_positive, fit->n - fit->n_positive);
	uint8	   *folds;

	fit->pool = find_pool(fit->ds);
	if (!shifts)
		return;
	if (few < POOL_MIN_PER_CLASS)
	{
		crm_fit_warn(fit, "groups are not pooled: fewer than %d rows of a class",
					 POOL_MIN_PER_CLASS);
		return;
	}
	fit->pool_margins = crm_fit_alloc(fit, fit->n, sizeof(double));
	folds = crm_fit_alloc(fit, fit->n, 1);
	for (uint32 i = 0; i < fit->n; i++)
		folds[i] = next[fit->labels[i]]++ % POOL_FOLDS;
	for (uint32 k = 0; k < POOL_FOLDS; k++)
		score_fold(fit, k, folds);
	pfree(folds);
}

/* Rows of kept levels, level by level and in canonical order within. */
static CrmPoolRows
group_rows(Fit *fit, const CrmFeature *f, const FitFeature *part)
{
	uint32	   *starts = crm_fit_alloc(fit, f->n_levels + 2, sizeof *starts);
	double	   *margins = crm_fit_room(fit, fit->n, sizeof *margins);
	uint8	   *labels = crm_fit_room(fit, fit->n, 1);
	CrmPoolRows r = {margins, labels, starts, f->n_levels};

	/* starts[s + 1] is where the next row of group s goes */
	for (uint32 s = 1; s < f->n_levels; s++)
		starts[s + 1] = starts[s] + (uint32) f->levels[s - 1].count;
	for (uint32 i = 0; i < fit->n; i++)
	{
		int32		code = fit->pool_codes[i];
		uint32		at;

		CHECK_ROW(i);
		if (code < 0 || part->level[code] == (int32) f->n_levels)
			continue;
		at = starts[part->level[code] + 1]++;
		margins[at] = fit->pool_margins[i];
		labels[at] = fit->labels[i];
	}
	return r;
}

typedef struct PoolProgress
{
	CrmProgress progress;
	const char *algorithm;
} PoolProgress;

static bool
poll_pool(void *arg)
{
	PoolProgress *p = arg;

	CHECK_FOR_INTERRUPTS();
	crm_progress_report(&p->progress, "fitting %s: pooling groups",
						p->algorithm);
	return false;
}

/*
 * What the shifts take off the loss of the out-of-fold scores, in the measure
 * that the importance of a model of trees has: of a forest the mean Brier
 * score, of others the sum of the log-loss.
 */
static double
pool_gain(const Fit *fit, const CrmPoolRows *r, const double *shifts)
{
	bool		brier = fit->model.algorithm == CRM_FOREST;
	double		gain = 0;

	for (uint32 s = 0; s < r->n_groups; s++)
		for (uint32 i = r->starts[s]; i < r->starts[s + 1]; i++)
		{
			double		sign = r->labels[i] ? -1 : 1;
			double		before = 1 / (1 + exp(-sign * r->margins[i]));
			double		after = 1 / (1 + exp(-sign * (r->margins[i] + shifts[s])));

			/* both are the probability of what did not happen */
			gain += brier ? before * before - after * after :
				log1p(-after) - log1p(-before);
		}
	if (brier)
		gain /= fit->n;
	return gain > 0 && isfinite(gain) ? gain : 0;
}

void
crm_fit_pool(Fit *fit)
{
	CrmPool    *pool = &fit->model.pool;
	const CrmFeature *f = fit->features;
	double	   *shifts;

	while (f < fit->features + fit->model.n_features && !f->pooled)
		f++;
	pool->feature = (uint32) (f - fit->features);
	pool->present = pool->feature < fit->model.n_features;
	if (!pool->present)
		return;
	shifts = crm_fit_alloc(fit, f->n_levels, sizeof *shifts);
	pool->n_shifts = f->n_levels;
	pool->shifts = shifts;
	if (fit->pool_margins != NULL)
	{
		CrmPoolRows rows = group_rows(fit, f, &fit->parts[pool->feature]);
		PoolProgress progress = {.algorithm = crm_algorithm_name(fit->model.algorithm)};
		CrmPoll		poll = {poll_pool, &progress};

		crm_progress_begin(&progress.progress);
		if (!crm_pool_fit(&rows, &poll, shifts, &pool->sd))
			elog(ERROR, "pooling was stopped");
		crm_progress_end(&progress.progress);
		fit->pool_gain = pool_gain(fit, &rows, shifts);
		pfree(unconstify(double *, rows.margins));
		pfree(unconstify(uint8 *, rows.labels));
		pfree(fit->pool_codes);
		pfree(fit->pool_margins);
		fit->pool_codes = NULL;
		fit->pool_margins = NULL;
	}
}

void
crm_fit_pool_importance(Fit *fit)
{
	if (fit->model.pool.present && fit->pool_gain > 0 &&
		crm_algorithm_trees(fit->model.algorithm))
		unconstify(double *, fit->model.trees.importance)[fit->model.pool.feature] =
			fit->pool_gain;
}
