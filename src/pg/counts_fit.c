/*
 * counts_fit.c
 *		Naive Bayes and rates by stage over rows in memory.
 *
 * One pass a column: rows of each class in each of its cells (core/counts.h).
 */
#include "compat.h"

#include <math.h>

#include "utils/builtins.h"

#include "counts.h"
#include "crmprob.h"
#include "dataset_fit.h"
#include "shrinkage.h"

#define DEFAULT_SMOOTHING 1.0

/* Of rates by stage where the stages do not tell how strong the base is. */
#define DEFAULT_STRENGTH 10.0

typedef struct CountsFit
{
	uint32		n_cells;
	uint32		room;
	uint64	   *won;
	uint64	   *lost;
	uint8	   *roles;
	const Column *only;			/* stage_prior: the one feature */
} CountsFit;

static bool
named(const Column *c, const CrmString *names, int n)
{
	for (int i = 0; i < n; i++)
		if (crm_string_compare(c->name, names[i]) == 0)
			return true;
	return false;
}

/* The first column of stages, or else the only category. */
static const Column *
find_stage(const CrmDataset *ds, const Column *pool)
{
	const Column *category = NULL;
	int			n = 0;

	for (int k = 0; k < ds->n_columns; k++)
	{
		const Column *c = &ds->columns[k];

		if (c == pool)
			continue;
		if (c->type.type == CRM_TYPE_STAGE)
			return c;
		if (c->kind == CRM_CATEGORICAL)
		{
			category = c;
			n++;
		}
	}
	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage_prior needs a column of stages"),
				 errdetail("There is none of type crmprob.stage, and %d other categories.",
						   n),
				 errhint("Give the stage as crmprob.stage, or as the only category.")));
	return category;
}

/* A prior or an order of what has none is a mistake. */
static void
check_columns(const CrmDataset *ds)
{
	const CrmFitOptions *o = ds->options;

	for (int k = 0; k < ds->n_columns; k++)
	{
		const Column *c = &ds->columns[k];

		if (named(c, &o->pool_by, o->pool_by.length > 0) &&
			c->kind != CRM_CATEGORICAL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of option \"pool_by\" is no category",
							c->name.bytes),
					 errhint("Name it in the option \"categorical\".")));
		if (named(c, o->monotone, o->n_monotone) &&
			c->kind == CRM_CATEGORICAL && c->type.type != CRM_TYPE_STAGE &&
			c->type.type != CRM_TYPE_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of option \"monotone\" has no order",
							c->name.bytes),
					 errhint("Give it as crmprob.stage or as a number.")));
	}
}

void
crm_fit_counts_begin(Fit *fit)
{
	CountsFit  *cf = crm_fit_alloc(fit, 1, sizeof *cf);

	check_columns(fit->ds);
	if (fit->model.algorithm == CRM_STAGE_PRIOR)
		cf->only = find_stage(fit->ds, fit->pool);
	cf->roles = crm_fit_alloc(fit, fit->ds->n_columns, 1);
	fit->counts = cf;
}

bool
crm_fit_counts_wants(const Fit *fit, const Column *c)
{
	return fit->counts->only == NULL || fit->counts->only == c ||
		fit->pool == c;
}

/* Room for the cells of one more feature. */
static void
add_cells(Fit *fit, uint32 n)
{
	CountsFit  *cf = fit->counts;

	if (cf->n_cells + n > cf->room)
	{
		uint32		room = Max(2 * cf->room, cf->n_cells + n);
		uint64	   *won = crm_fit_alloc(fit, room, sizeof *won);
		uint64	   *lost = crm_fit_alloc(fit, room, sizeof *lost);

		memcpy(won, cf->won, cf->n_cells * sizeof *won);
		memcpy(lost, cf->lost, cf->n_cells * sizeof *lost);
		cf->won = won;
		cf->lost = lost;
		cf->room = room;
	}
	cf->n_cells += n;
}

static uint32
cell_of(const Fit *fit, const CrmFeature *f, const FitFeature *part, uint32 i)
{
	uint32		n = crm_count_cells(f);
	int32		code;

	if (f->kind != CRM_CATEGORICAL)
		return isnan(fit->values[i]) ? n - 1 :
			crm_count_bin(f->quantiles, f->n_quantiles, fit->values[i]);
	code = part->column->codes[fit->rows[i]];
	if (code == CODE_MISSING)
		return n - 1;
	return code == CODE_LONG ? f->n_levels : (uint32) part->level[code];
}

/* A level and where it stands. */
typedef struct LevelPlace
{
	double		place;
	uint32		level;
} LevelPlace;

static int
compare_places(const void *a, const void *b)
{
	const LevelPlace *x = a;
	const LevelPlace *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->level < y->level ? -1 : 1;
}

/* Levels of a category from the first stage, or number, to the last. */
static uint32 *
order_levels(Fit *fit, const CrmFeature *f, const FitFeature *part)
{
	const Column *c = part->column;
	LevelPlace *places = crm_fit_alloc(fit, f->n_levels, sizeof *places);
	uint32	   *order = crm_fit_alloc(fit, f->n_levels, sizeof *order);

	for (uint32 code = 0; code < c->table.n; code++)
	{
		uint32		level = (uint32) part->level[code];

		if (level >= f->n_levels)
			continue;
		places[level].level = level;
		if (c->ranks != NULL)
			places[level].place = c->ranks[code];
		else
			(void) crm_float_text.parse(c->table.labels[code].bytes,
										c->table.labels[code].length,
										&places[level].place);
	}
	qsort(places, f->n_levels, sizeof *places, compare_places);
	for (uint32 i = 0; i < f->n_levels; i++)
		order[i] = places[i].level;
	return order;
}

/*
 * Won rows passed every stage, lost rows those up to where they stopped.  -1
 * turns the order round.
 */
static void
reach(Fit *fit, const CrmFeature *f, const FitFeature *part, uint64 *won,
	  uint64 *lost, double sign)
{
	bool		category = f->kind == CRM_CATEGORICAL;
	uint32		n = category ? f->n_levels : f->n_quantiles + 1;
	uint32	   *order = category ? order_levels(fit, f, part) : NULL;
	uint64	   *w = crm_fit_alloc(fit, n, sizeof *w);
	uint64	   *l = crm_fit_alloc(fit, n, sizeof *l);

	for (int back = 0; back < 2; back++)
	{
		for (uint32 i = 0; i < n; i++)
		{
			uint32		at = sign < 0 ? n - 1 - i : i;
			uint32		cell = category ? order[at] : at;

			if (back)
			{
				won[cell] = w[i];
				lost[cell] = l[i];
			}
			else
			{
				w[i] = won[cell];
				l[i] = lost[cell];
			}
		}
		if (!back)
			crm_counts_reached(w, l, n);
	}
}

static double
monotone_sign(const CrmFitOptions *o, const Column *c)
{
	for (int i = 0; i < o->n_monotone; i++)
		if (crm_string_compare(c->name, o->monotone[i]) == 0)
			return o->monotone_signs[i];
	return 0;
}

void
crm_fit_counts_column(Fit *fit, CrmFeature *f, const FitFeature *part)
{
	CountsFit  *cf = fit->counts;
	const CrmFitOptions *o = fit->ds->options;
	double		sign = monotone_sign(o, part->column);
	uint32		first = cf->n_cells;
	uint8	   *role = &cf->roles[fit->model.n_features];

	*role = CRM_COUNT_PRIOR;
	if (f->pooled)
		return;
	add_cells(fit, crm_count_cells(f));
	for (uint32 i = 0; i < fit->n; i++)
	{
		uint32		cell = first + cell_of(fit, f, part, i);

		CHECK_ROW(i);
		if (fit->ds->labels[fit->rows[i]])
			cf->won[cell]++;
		else
			cf->lost[cell]++;
	}
	*role = CRM_COUNT_LIKELIHOOD;
	if (cf->only != NULL ||
		named(part->column, &o->pool_by, o->pool_by.length > 0))
		*role = CRM_COUNT_PRIOR;
	else if (sign != 0)
	{
		*role = CRM_COUNT_REACHED;
		reach(fit, f, part, cf->won + first, cf->lost + first, sign);
	}
}

/*
 * How many rows the base rate counts for against a cell's own, by beta-binomial
 * maximum likelihood over the cells of the feature that is a prior.
 */
static double
find_strength(Fit *fit)
{
	CountsFit  *cf = fit->counts;
	CrmProportion *groups = crm_fit_alloc(fit, cf->n_cells, sizeof *groups);
	uint32		n = 0;
	uint32		cell = 0;
	CrmStrengthSearch search;

	for (uint32 f = 0; f < fit->model.n_features; f++)
		for (uint32 k = crm_count_cells(&fit->features[f]); k > 0; k--, cell++)
		{
			int64		won = (int64) cf->won[cell];

			if (cf->roles[f] == CRM_COUNT_PRIOR && won + cf->lost[cell] > 0)
				crm_proportion_make(won, won + (int64) cf->lost[cell],
									&groups[n++], NULL);
		}
	if (n == 0)
		return 0;
	search = crm_strength_begin(groups, n);
	while (!search.done)
	{
		CHECK_FOR_INTERRUPTS();
		crm_strength_step(&search);
	}
	if (isnan(search.strength))
		return DEFAULT_STRENGTH;
	return Min(search.strength, CRM_COUNTS_MAX_STRENGTH);
}

void
crm_fit_counts(Fit *fit)
{
	CountsFit  *cf = fit->counts;
	const CrmFitOptions *o = fit->ds->options;
	CrmCountsSection *s = &fit->model.counts;
	bool		prior = fit->model.algorithm == CRM_STAGE_PRIOR;

	s->smoothing = o->smoothing < 0 ? DEFAULT_SMOOTHING : o->smoothing;
	s->min_count = o->min_leaf;
	s->strength = prior && o->smoothing >= 0 ? o->smoothing :
		find_strength(fit);
	if (prior)
		s->smoothing = 0;
	s->roles = cf->roles;
	s->n_cells = cf->n_cells;
	s->won = cf->won;
	s->lost = cf->lost;
}
