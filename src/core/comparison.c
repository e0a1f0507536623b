/*
 * comparison.c
 *		Paired tests of two models on the same rows.
 */
#include "comparison.h"

#include <math.h>

#include "normal.h"

/* Rows between two looks at the poll. */
#define POLL_ROWS 65536

/* Mean and spread as they come (Welford 1962; Knuth). */
typedef struct Moments
{
	double		n;
	double		mean;
	double		m2;
} Moments;

static void
moments_add(Moments *m, double x)
{
	double		d = x - m->mean;

	m->n++;
	m->mean += d / m->n;
	m->m2 += d * (x - m->mean);
}

/* Of the mean. */
static double
moments_variance(const Moments *m)
{
	return m->m2 / (m->n - 1) / m->n;
}

int
crm_score_pair_order(const void *a, const void *b)
{
	const CrmScorePair *x = a;
	const CrmScorePair *y = b;

	for (int i = 0; i < 2; i++)
		if (x->score[i] != y->score[i])
			return x->score[i] < y->score[i] ? -1 : 1;
	return (int) x->label - (int) y->label;
}

/* One model's scores, and how many rows of the other class lie below each. */
typedef struct Places
{
	CrmEvaluation e;
	uint64_t   *below;
	uint64_t	others;
} Places;

static void
count_below(Places *p, uint64_t label)
{
	p->others = 0;
	for (size_t i = 0; i < p->e.n_scores; i++)
	{
		crm_pause_at(p->e.pause, i);
		p->below[i] = p->others;
		p->others += label ? p->e.scores[i].negatives :
			p->e.scores[i].positives;
	}
}

static size_t
find_score(CrmEvaluation e, double score)
{
	size_t		low = 0;
	size_t		high = e.n_scores;

	while (high - low > 1)
	{
		size_t		middle = low + (high - low) / 2;

		if (e.scores[middle].score <= score)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * V10 of a positive, the share of negatives that score below it; for a
 * negative the share of positives below, which is 1 - V01.  Ties are halves.
 */
static double
place(const Places *p, double score, uint64_t label)
{
	size_t		i = find_score(p->e, score);
	const CrmScoreCount *s = &p->e.scores[i];

	return ((double) p->below[i] +
			0.5 * (label ? s->negatives : s->positives)) / (double) p->others;
}

static void
finish_figure(CrmPairedFigure *f, double variance)
{
	f->std_error = sqrt(variance);
	if (f->difference == 0)
		f->p_value = 1;
	else
		f->p_value = crm_normal_two_sided(f->difference / f->std_error);
}

static double
row_log_loss(double score, uint64_t label)
{
	return label ? -log(score) : -log1p(-score);
}

static double
row_brier(double score, uint64_t label)
{
	double		d = score - (double) label;

	return d * d;
}

/* Moments of the difference in place over the rows of one class. */
static bool
add_places(const CrmScorePair *rows, size_t n, Places places[2],
		   uint64_t label, const CrmPoll *poll, Moments *m)
{
	count_below(&places[0], label);
	count_below(&places[1], label);
	for (size_t i = 0; i < n; i++)
	{
		const CrmScorePair *r = &rows[i];

		if (i % POLL_ROWS == 0 && crm_poll_stop(poll))
			return false;
		if (r->label == label)
			moments_add(m, place(&places[1], r->score[1], label) -
						place(&places[0], r->score[0], label));
	}
	return true;
}

static bool
compare_auc(const CrmScorePair *rows, size_t n, const CrmEvaluation e[2],
			uint64_t *below, const CrmPoll *poll, CrmPairedFigure *f)
{
	Places		places[2] = {
		{e[0], below, 0}, {e[1], below + e[0].n_scores, 0}
	};
	Moments		v10 = {0, 0, 0};
	Moments		v01 = {0, 0, 0};

	if (!add_places(rows, n, places, 1, poll, &v10) ||
		!add_places(rows, n, places, 0, poll, &v01))
		return false;
	for (int k = 0; k < 2; k++)
		crm_evaluation_auc(e[k], &f->value[k]);
	f->difference = f->value[1] - f->value[0];
	finish_figure(f, moments_variance(&v10) + moments_variance(&v01));
	return true;
}

bool
crm_compare(const CrmScorePair *rows, size_t n, const CrmEvaluation e[2],
			uint64_t *below, const CrmPoll *poll, CrmModelComparison *c)
{
	Moments		loss = {0, 0, 0};
	Moments		brier = {0, 0, 0};

	c->n = n;
	c->n_positive = crm_evaluation_positives(e[0]);
	c->has_auc = c->n_positive >= 2 && n - c->n_positive >= 2;
	if (c->has_auc && !compare_auc(rows, n, e, below, poll, &c->auc))
		return false;
	for (int k = 0; k < 2; k++)
	{
		c->log_loss.value[k] = crm_evaluation_log_loss(e[k]);
		c->brier.value[k] = crm_evaluation_brier(e[k]);
	}
	for (size_t i = 0; i < n; i++)
	{
		const CrmScorePair *r = &rows[i];

		if (i % POLL_ROWS == 0 && crm_poll_stop(poll))
			return false;
		moments_add(&loss, row_log_loss(r->score[1], r->label) -
					row_log_loss(r->score[0], r->label));
		moments_add(&brier, row_brier(r->score[1], r->label) -
					row_brier(r->score[0], r->label));
	}
	c->log_loss.difference = loss.mean;
	finish_figure(&c->log_loss, moments_variance(&loss));
	c->brier.difference = brier.mean;
	finish_figure(&c->brier, moments_variance(&brier));
	return true;
}
