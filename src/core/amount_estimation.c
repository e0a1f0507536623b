/*
 * amount_estimation.c
 *		What an amount may be: by groups, and by the past cases most like it.
 */
#include "amount_estimation.h"

#include <math.h>

void
crm_group_add(CrmGroup *g, double value)
{
	double		d = value - g->mean;

	g->n++;
	g->mean += d / (double) g->n;
	g->squares += d * (value - g->mean);
}

/* The common mean, each group weighing 1 / (between + within / n). */
static void
common_mean(CrmGroupModel *m, const CrmGroup *groups, size_t n)
{
	double		weights = 0;
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		variance = m->between + m->within / (double) groups[i].n;
		double		w = variance > 0 ? 1 / variance : (double) groups[i].n;

		if (groups[i].n == 0)
			continue;
		weights += w;
		sum += w * groups[i].mean;
	}
	m->mean = sum / weights;
	m->mean_variance = m->between + m->within > 0 ? 1 / weights : 0;
}

CrmGroupModel
crm_group_model(const CrmGroup *groups, size_t n)
{
	CrmGroupModel m = {0, NAN, NAN, NAN, 0};
	double		sum = 0;
	double		inside = 0;
	double		outside = 0;
	double		n_squares = 0;
	size_t		used = 0;
	double		mean;

	for (size_t i = 0; i < n; i++)
	{
		used += groups[i].n > 0;
		m.n += groups[i].n;
		n_squares += (double) groups[i].n * (double) groups[i].n;
		sum += (double) groups[i].n * groups[i].mean;
		inside += groups[i].squares;
	}
	if (m.n == 0)
		return m;
	mean = sum / (double) m.n;
	for (size_t i = 0; i < n; i++)
		outside += (double) groups[i].n * (groups[i].mean - mean) *
			(groups[i].mean - mean);
	m.mean = mean;
	if (m.n < 2)
		return m;
	/* a value a group says nothing of what is between them */
	if (m.n == used)
	{
		m.within = outside / (double) (m.n - 1);
		m.mean_variance = m.within / (double) m.n;
		return m;
	}
	m.within = inside / (double) (m.n - used);
	if (used > 1)
	{
		double		each = ((double) m.n - n_squares / (double) m.n) /
		(double) (used - 1);

		m.between = (outside / (double) (used - 1) - m.within) / each;
		m.between = m.between > 0 ? m.between : 0;
	}
	common_mean(&m, groups, n);
	return m;
}

void
crm_group_predict(const CrmGroupModel *model, const CrmGroup *group,
				  double *mean, double *sd)
{
	double		own = group->n > 0 ? model->within / (double) group->n : 0;
	double		share = 0;		/* that the group's own mean has */
	double		variance;

	if (model->n < 2)
	{
		*mean = model->mean;
		*sd = NAN;
		return;
	}
	if (group->n > 0 && model->between > 0)
		share = model->between / (model->between + own);
	*mean = model->mean + share * (group->n > 0 ? group->mean - model->mean : 0);
	/* of the group's true mean, and then of a value around it */
	variance = (1 - share) * model->between +
		(1 - share) * (1 - share) * model->mean_variance;
	*sd = sqrt(model->within + variance);
}

double
crm_case_quantile(const double *sorted, size_t n, double p)
{
	double		at = (double) (n + 1) * p;
	size_t		below;

	if (n == 0)
		return NAN;
	if (at <= 1)
		return sorted[0];
	if (at >= (double) n)
		return sorted[n - 1];
	below = (size_t) at;
	return sorted[below - 1] +
		(at - (double) below) * (sorted[below] - sorted[below - 1]);
}

double
crm_case_scale(const double *sorted, size_t n)
{
	double		scale;

	if (n == 0)
		return 0;
	scale = crm_case_quantile(sorted, n, 0.95) -
		crm_case_quantile(sorted, n, 0.05);
	return scale > 0 ? scale : sorted[n - 1] - sorted[0];
}

double
crm_case_distance(const CrmCaseColumn *columns, size_t n_columns, size_t past,
				  const double *values)
{
	double		sum = 0;
	size_t		n = 0;

	for (size_t c = 0; c < n_columns; c++)
	{
		double		x = columns[c].values[past];
		double		y = values[c];

		if (isnan(x) && isnan(y))
			continue;
		n++;
		if (isnan(x) || isnan(y))
			sum += 0.5;
		else if (columns[c].category || columns[c].scale == 0)
			sum += x != y;
		else
			sum += fmin(fabs(x - y) / columns[c].scale, 1);
	}
	return n > 0 ? sum / (double) n : NAN;
}

/* Puts a distance at the root of the heap of the k smallest, largest on top. */
static void
sift_down(double *heap, size_t n, double value)
{
	size_t		root = 0;

	for (size_t child = 1; child < n; child = 2 * root + 1)
	{
		if (child + 1 < n && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= value)
			break;
		heap[root] = heap[child];
		root = child;
	}
	heap[root] = value;
}

static void
sift_up(double *heap, size_t at, double value)
{
	while (at > 0 && heap[(at - 1) / 2] < value)
	{
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = value;
}

size_t
crm_nearest(const double *distances, size_t n, size_t k, double *heap,
			uint32_t *nearest, CrmPause pause)
{
	size_t		held = 0;
	size_t		found = 0;

	for (size_t i = 0; i < n; i++)
	{
		crm_pause_at(pause, i);
		if (isnan(distances[i]))
			continue;
		if (held < k)
			sift_up(heap, held++, distances[i]);
		else if (distances[i] < heap[0])
			sift_down(heap, k, distances[i]);
	}
	for (size_t i = 0; held > 0 && i < n; i++)
		if (distances[i] <= heap[0])
			nearest[found++] = (uint32_t) i;
	return found;
}
