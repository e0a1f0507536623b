/*
 * trees.h
 *		Data and trees for the unit tests of the tree learner.
 *
 * A table of floats with 3 numbers and 2 categories (6 and 40 levels), a label
 * that depends on them, and the way from there to bins and to an ensemble.
 */
#ifndef UNIT_TREES_H
#define UNIT_TREES_H

#include <math.h>
#include <stdlib.h>

#include "boost.h"
#include "model.h"
#include "tree_ensemble.h"

#define TREES_FEATURES 5

typedef struct TreesData
{
	uint32_t	n;
	float	   *values;			/* by column */
	uint8_t    *labels;
	uint8_t    *columns;
	uint8_t    *tiles;
	float		cuts[TREES_FEATURES][CRM_BIN_CUTS];
	CrmBinFeature bin_features[TREES_FEATURES];
	CrmFeature	features[TREES_FEATURES];
	CrmBins		bins;
} TreesData;

static const uint32_t trees_levels[TREES_FEATURES] = {0, 0, 0, 6, 40};

static inline double
trees_signal(const float *x)
{
	double		z = isnan(x[0]) ? 1 : 1.5 * (double) x[0];

	z -= isnan(x[1]) ? 0 : (double) x[1] * (double) x[1];
	z += x[3] == 2 || x[3] == 5 ? 1.5 : -0.5;
	z += isnan(x[4]) ? 0.5 : ((int) x[4] * 7 % 5 == 0 ? 1 : 0);
	return z;
}

static inline void
trees_make_bins(TreesData *d)
{
	void	   *work = malloc(crm_bin_work_size(d->n) + 1);

	for (int f = 0; f < TREES_FEATURES; f++)
	{
		const float *from = d->values + (size_t) f * d->n;
		uint8_t    *codes = d->columns + (size_t) f * d->n;
		CrmBinFeature *b = &d->bin_features[f];

		b->categorical = trees_levels[f] > 0;
		b->cuts = d->cuts[f];
		b->n_codes = b->categorical ?
			crm_bin_levels(from, d->n, trees_levels[f], codes) :
			crm_bin_numbers(from, d->n, work, NULL, d->cuts[f], codes);
		d->features[f].kind = b->categorical ? CRM_CATEGORICAL : CRM_NUMERIC;
		d->features[f].n_levels = trees_levels[f];
	}
	crm_bins_tile(d->columns, d->n, TREES_FEATURES, NULL, d->tiles);
	d->bins = (CrmBins)
	{
		d->n, TREES_FEATURES, d->bin_features, d->columns,
			d->tiles
	};
	free(work);
}

static inline TreesData *
trees_data(uint32_t n, uint64_t seed)
{
	TreesData  *d = calloc(1, sizeof *d);
	CrmRng		rng = {seed};

	d->n = n;
	d->values = malloc(n * TREES_FEATURES * sizeof(float));
	d->labels = malloc(n);
	d->columns = malloc(n * TREES_FEATURES);
	d->tiles = malloc(n * TREES_FEATURES);
	for (uint32_t i = 0; i < n; i++)
	{
		float		x[TREES_FEATURES];

		for (int f = 0; f < TREES_FEATURES; f++)
		{
			x[f] = trees_levels[f] == 0 ?
				(float) (4 * crm_rng_unit(&rng) - 2) :
				(float) crm_rng_below(&rng, trees_levels[f]);
			if (crm_rng_below(&rng, 10) == 0)
				x[f] = NAN;
			d->values[(size_t) f * n + i] = x[f];
		}
		d->labels[i] = crm_rng_unit(&rng) < 1 / (1 + exp(-trees_signal(x)));
	}
	trees_make_bins(d);
	return d;
}

static inline void
trees_free(TreesData *d)
{
	free(d->values);
	free(d->labels);
	free(d->columns);
	free(d->tiles);
	free(d);
}

static inline void
trees_row(const TreesData *d, uint32_t i, double *row)
{
	for (int f = 0; f < TREES_FEATURES; f++)
		row[f] = (double) d->values[(size_t) f * d->n + i];
}

typedef struct TreesModel
{
	CrmEnsembleBuilder builder;
	CrmEnsemble ensemble;
	CrmEvaluator evaluator;
	void	   *work;
} TreesModel;

static inline void
trees_model_begin(TreesModel *m)
{
	memset(m, 0, sizeof *m);
	m->builder.importance = calloc(TREES_FEATURES, sizeof(double));
	m->builder.starts = calloc(CRM_ENSEMBLE_MAX_TREES + 1, sizeof(uint32_t));
}

static inline void
trees_model_add(TreesModel *m, const CrmTreeLearner *learner)
{
	CrmEnsembleBuilder *b = &m->builder;

	b->nodes = realloc(b->nodes, (b->n_nodes + learner->n_nodes) *
					   sizeof *b->nodes);
	b->sets = realloc(b->sets, (b->n_words + CRM_BUILDER_SET_WORDS *
								(size_t) learner->n_nodes) * sizeof *b->sets);
	crm_ensemble_add(b, learner);
}

static inline void
trees_model_end(TreesModel *m, const TreesData *d, CrmEnsembleKind kind,
				double base)
{
	CrmEnsemble e = {kind, base, false, 0, TREES_FEATURES,
		m->builder.importance, m->builder.n_trees, m->builder.starts,
		m->builder.nodes, m->builder.sets
	};

	m->ensemble = e;
	m->work = malloc(crm_evaluator_size(&e, d->features));
	crm_evaluator_init(&m->evaluator, &m->ensemble, d->features, m->work);
}

static inline void
trees_model_free(TreesModel *m)
{
	free(m->builder.importance);
	free(m->builder.starts);
	free(m->builder.nodes);
	free(m->builder.sets);
	free(m->work);
}

/* Boosting on the data; *margins, if asked for, is what training ended with. */
static inline void
trees_boost(TreesModel *m, const TreesData *d, const CrmBoostOptions *options,
			uint32_t rounds, float *margins)
{
	void	   *work = malloc(crm_boost_size(&d->bins, options));
	CrmBoost	boost;

	trees_model_begin(m);
	crm_boost_init(&boost, &d->bins, d->labels, NULL, CRM_NO_FOLD, options,
				   NULL, work);
	for (uint32_t i = 0; i < rounds; i++)
	{
		crm_boost_round(&boost);
		trees_model_add(m, &boost.learner);
	}
	trees_model_end(m, d, CRM_ENSEMBLE_SUM, boost.base);
	if (margins != NULL)
		memcpy(margins, boost.margins, d->n * sizeof *margins);
	free(work);
}

#endif
