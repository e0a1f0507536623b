/*
 * cox.c
 *		Cox's proportional hazards: the partial likelihood, maximised.
 *
 * Over the distinct durations with events, D the d rows with one, R those at
 * risk, w = exp(x beta), k = 0 .. d - 1 and f = k / d (Efron) or 0 (Breslow):
 *		l = sum of x beta over D - sum over k of log(w(R) - f w(D))
 * (Therneau and Grambsch 2000, section 3.3).  Newton's method with step
 * halving from beta = 0.
 */
#include "cox.h"

#include <math.h>
#include <string.h>

/* A pivot below this share of its column's information: aliased. */
#define ALIAS_TOLERANCE 1e-8

/* Newton decrement squared, in squared standard errors. */
#define CONVERGED 1e-12

/*
 * Where the likelihood has no maximum, a column's information vanishes as its
 * coefficient grows: below this share of that at beta = 0 the column is left
 * where it is.  Should that not show, the steps of a converged fit are below
 * 1e-6 standard errors, while there they stay near 1 in x beta.
 */
#define VANISHED 1e-8
#define INFINITE_STEP 1e-4

#define MAX_HALVINGS 30

/* Multiplications between two pauses, some milliseconds. */
#define PAUSE_WORK 4000000

/* Lower triangles are stored whole, row by row. */
typedef struct Sums
{
	double		w;
	double	   *wx;
	double	   *wxx;
} Sums;

typedef struct Work
{
	const CrmCoxData *data;
	CrmPause	pause;
	uint64_t	worked;
	CrmCoxFit  *fit;
	double	   *lp;				/* by row */
	double	   *trial;			/* beta */
	double	   *step;
	double	   *gradient;
	double	   *mean;
	double	   *first;			/* information of each column at beta = 0 */
	double	   *information;
	double	   *factor;			/* Cholesky's */
	Sums		risk;
	Sums		died;
	uint32_t   *order;			/* rows by x beta; then their ranks */
	uint32_t   *rank;
	uint32_t   *tree;
} Work;

#define VECTORS 7				/* of n_columns, beside those of the result */
#define MATRICES 4

size_t
crm_cox_size(uint32_t n_rows, uint32_t n_columns)
{
	size_t		p = n_columns;
	size_t		n = n_rows;

	if (p > CRM_COX_MAX_COLUMNS || n > SIZE_MAX / 64)
		return 0;
	return (n + (VECTORS + 2) * p + MATRICES * p * p) * sizeof(double) +
		p * sizeof(CrmCoxStatus) + (3 * n + 2) * sizeof(uint32_t);
}

static double *
take(double **at, size_t n)
{
	double	   *taken = *at;

	*at += n;
	return taken;
}

static void
lay_out(Work *w, void *space)
{
	size_t		n = w->data->n_rows;
	size_t		p = w->data->n_columns;
	double	   *at = space;
	uint32_t   *ints;

	memset(space, 0, crm_cox_size(w->data->n_rows, w->data->n_columns));
	w->fit->beta = take(&at, p);
	w->fit->std_error = take(&at, p);
	w->lp = take(&at, n);
	w->trial = take(&at, p);
	w->step = take(&at, p);
	w->gradient = take(&at, p);
	w->mean = take(&at, p);
	w->risk.wx = take(&at, p);
	w->died.wx = take(&at, p);
	w->first = take(&at, p);
	w->information = take(&at, p * p);
	w->factor = take(&at, p * p);
	w->risk.wxx = take(&at, p * p);
	w->died.wxx = take(&at, p * p);
	w->fit->status = (CrmCoxStatus *) at;
	ints = (uint32_t *) (w->fit->status + p);
	w->order = ints;
	w->rank = ints + n;
	w->tree = ints + 2 * n;
}

static void
did(Work *w, uint64_t work)
{
	w->worked += work;
	if (w->worked >= PAUSE_WORK)
	{
		w->worked = 0;
		if (w->pause != NULL)
			w->pause();
	}
}

static void
clear(Sums *s, size_t p)
{
	s->w = 0;
	memset(s->wx, 0, p * sizeof(double));
	memset(s->wxx, 0, p * p * sizeof(double));
}

static void
add(Sums *s, size_t p, double weight, const double *x)
{
	s->w += weight;
	for (size_t j = 0; j < p; j++)
	{
		double		wx = weight * x[j];
		double	   *row = s->wxx + j * p;

		s->wx[j] += wx;
		for (size_t k = 0; k <= j; k++)
			row[k] += wx * x[k];
	}
}

/* What the events of one duration take from gradient and information. */
static double
take_deaths(Work *w, uint32_t d)
{
	size_t		p = w->data->n_columns;
	bool		efron = w->data->ties == CRM_COX_EFRON;
	uint32_t	terms = efron ? d : 1;
	double		times = efron ? 1 : d;
	double		loglik = 0;

	for (uint32_t k = 0; k < terms; k++)
	{
		double		f = (double) k / d;
		double		total = w->risk.w - f * w->died.w;

		loglik -= times * log(total);
		for (size_t i = 0; i < p; i++)
			w->mean[i] = (w->risk.wx[i] - f * w->died.wx[i]) / total;
		for (size_t i = 0; i < p; i++)
		{
			const double *risk = w->risk.wxx + i * p;
			const double *died = w->died.wxx + i * p;
			double	   *row = w->information + i * p;

			w->gradient[i] -= times * w->mean[i];
			for (size_t j = 0; j <= i; j++)
				row[j] += times * ((risk[j] - f * died[j]) / total -
								   w->mean[i] * w->mean[j]);
		}
		did(w, p * p + 1);
	}
	return loglik;
}

/* Adds one row at risk; one that dies with others is summed apart, too. */
static double
add_row(Work *w, uint32_t row, const double *beta, bool apart)
{
	const CrmCoxData *data = w->data;
	size_t		p = data->n_columns;
	const double *x = data->x + (size_t) row * p;
	double		lp = 0;
	double		weight;

	for (size_t j = 0; j < p; j++)
		lp += beta[j] * x[j];
	w->lp[row] = lp;
	weight = exp(lp);
	add(&w->risk, p, weight, x);
	did(w, p * p + 8);
	if (!data->event[row])
		return 0;
	if (apart)
		add(&w->died, p, weight, x);
	for (size_t j = 0; j < p; j++)
		w->gradient[j] += x[j];
	return lp;
}

/* Log-likelihood, gradient and information at beta. */
static double
pass(Work *w, const double *beta)
{
	const CrmCoxData *data = w->data;
	size_t		p = data->n_columns;
	double		loglik = 0;

	memset(w->gradient, 0, p * sizeof(double));
	memset(w->information, 0, p * p * sizeof(double));
	clear(&w->risk, p);
	clear(&w->died, p);
	for (uint32_t end = data->n_rows; end > 0;)
	{
		uint32_t	start = end;
		uint32_t	d = 0;
		bool		apart;

		for (; start > 0 && data->time[start - 1] == data->time[end - 1];
			 start--)
			d += data->event[start - 1];
		/* a single event, and Breslow's method, need no sum of their own */
		apart = d > 1 && data->ties == CRM_COX_EFRON;
		if (apart)
			clear(&w->died, p);
		while (end > start)
			loglik += add_row(w, --end, beta, apart);
		if (d > 0)
			loglik += take_deaths(w, d);
	}
	return loglik;
}

static bool
used(const Work *w, size_t j)
{
	return w->fit->status[j] == CRM_COX_FITTED;
}

/*
 * Cholesky factor of the information of the columns in use.  At beta = 0 it
 * also decides which they are: "choose" marks those without a pivot of their
 * own; later on those whose pivot has vanished.  False: a number is not
 * finite.
 */
static bool
factorise(Work *w, bool choose)
{
	size_t		p = w->data->n_columns;

	for (size_t j = 0; j < p; j++)
	{
		double	   *row = w->factor + j * p;
		double		whole = w->information[j * p + j];
		double		pivot = whole;

		if (!used(w, j))
			continue;
		for (size_t k = 0; k < j; k++)
		{
			const double *above = w->factor + k * p;
			double		sum = w->information[j * p + k];

			if (!used(w, k))
				continue;
			for (size_t m = 0; m < k; m++)
				if (used(w, m))
					sum -= row[m] * above[m];
			row[k] = sum / above[k];
			pivot -= row[k] * row[k];
		}
		did(w, p * p);
		if (choose)
			w->first[j] = whole;
		if (!isfinite(pivot))
			return false;
		if (choose && !(whole > ALIAS_TOLERANCE))
			w->fit->status[j] = CRM_COX_CONSTANT;
		else if (choose && !(pivot > ALIAS_TOLERANCE * whole))
			w->fit->status[j] = CRM_COX_ALIASED;
		else if (!(pivot > VANISHED * w->first[j]))
		{
			w->fit->status[j] = CRM_COX_INFINITE;
			w->fit->any_infinite = true;
		}
		else
			row[j] = sqrt(pivot);
	}
	return true;
}

/* Solves information x step = gradient; returns the decrement squared. */
static double
solve(Work *w)
{
	size_t		p = w->data->n_columns;
	double		decrement = 0;

	for (size_t j = 0; j < p; j++)
	{
		double		sum = w->gradient[j];

		w->step[j] = 0;
		if (!used(w, j))
			continue;
		for (size_t k = 0; k < j; k++)
			if (used(w, k))
				sum -= w->factor[j * p + k] * w->step[k];
		w->step[j] = sum / w->factor[j * p + j];
		decrement += w->step[j] * w->step[j];
	}
	for (size_t j = p; j-- > 0;)
	{
		double		sum = w->step[j];

		if (!used(w, j))
			continue;
		for (size_t k = j + 1; k < p; k++)
			if (used(w, k))
				sum -= w->factor[k * p + j] * w->step[k];
		w->step[j] = sum / w->factor[j * p + j];
	}
	return decrement;
}

/* One column of the factor's inverse at a time: sums of squares are errors. */
static void
standard_errors(Work *w)
{
	size_t		p = w->data->n_columns;

	for (size_t j = 0; j < p; j++)
	{
		double		sum = 0;

		if (!used(w, j))
			continue;
		for (size_t i = j; i < p; i++)
		{
			double		v = i == j;

			if (!used(w, i))
				continue;
			for (size_t k = j; k < i; k++)
				if (used(w, k))
					v -= w->factor[i * p + k] * w->trial[k];
			w->trial[i] = v / w->factor[i * p + i];
			sum += w->trial[i] * w->trial[i];
		}
		w->fit->std_error[j] = sqrt(sum);
		did(w, p * p);
	}
}

/* Moves by the step, or by as much of it as does not lower the likelihood. */
static bool
move(Work *w)
{
	size_t		p = w->data->n_columns;

	for (int halvings = 0; halvings <= MAX_HALVINGS; halvings++)
	{
		double		loglik;

		for (size_t j = 0; j < p; j++)
			w->trial[j] = w->fit->beta[j] + ldexp(w->step[j], -halvings);
		loglik = pass(w, w->trial);
		if (isfinite(loglik) &&
			loglik >= w->fit->loglik - 1e-13 * fabs(w->fit->loglik))
		{
			w->fit->loglik = loglik;
			memcpy(w->fit->beta, w->trial, p * sizeof(double));
			return true;
		}
	}
	return false;
}

/* Where the step does not shrink, the likelihood has no maximum. */
static void
mark_infinite(Work *w)
{
	for (size_t j = 0; j < w->data->n_columns; j++)
		if (used(w, j) && fabs(w->step[j]) > INFINITE_STEP)
		{
			w->fit->status[j] = CRM_COX_INFINITE;
			w->fit->any_infinite = true;
		}
}

static void
maximise(Work *w)
{
	CrmCoxFit  *fit = w->fit;
	bool		good;
	bool		small = false;

	fit->loglik_null = fit->loglik = pass(w, fit->beta);
	good = factorise(w, true);
	while (good && fit->iterations < w->data->max_iter && !fit->converged)
	{
		/* one more step after the first small one, for the last digits */
		bool		last = small;

		small = solve(w) <= CONVERGED;
		fit->iterations++;
		good = move(w);
		if (!good)
			(void) pass(w, fit->beta);
		fit->converged = last || (small && !good);
		good = factorise(w, false) && good;
	}
	/* all at beta, for the errors and to see whether it has come to rest */
	if (!factorise(w, false))
	{
		for (size_t j = 0; j < w->data->n_columns; j++)
			if (used(w, j))
				fit->status[j] = CRM_COX_INFINITE;
		fit->any_infinite = true;
		fit->converged = false;
		return;
	}
	(void) solve(w);
	standard_errors(w);
	mark_infinite(w);
	fit->converged = fit->converged && !fit->any_infinite;
}

/* Rows by x beta. */
static bool
row_less(const void *data, size_t i, size_t j)
{
	const Work *w = data;

	return w->lp[w->order[i]] < w->lp[w->order[j]];
}

static void
row_swap(void *data, size_t i, size_t j)
{
	Work	   *w = data;
	uint32_t	moving = w->order[i];

	w->order[i] = w->order[j];
	w->order[j] = moving;
}

/* Counts of rows by rank, in a tree (Fenwick 1994). */
static void
count_row(Work *w, uint32_t row)
{
	for (uint32_t i = w->rank[row] + 1; i <= w->data->n_rows; i += i & -i)
		w->tree[i]++;
}

static uint64_t
counted_below(const Work *w, uint32_t rank)
{
	uint64_t	n = 0;

	for (uint32_t i = rank; i > 0; i -= i & -i)
		n += w->tree[i];
	return n;
}

/*
 * Harrell's C: of the pairs where one is known to have had the event first,
 * the share where its x beta is greater; equal ones count half.  A row that is
 * censored when another has the event outlasts it.
 */
static double
concordance(Work *w)
{
	const CrmCoxData *data = w->data;
	uint32_t	n = data->n_rows;
	double		agree = 0;		/* whole and half numbers */
	double		pairs = 0;
	uint64_t	counted = 0;
	uint32_t	rank = 0;

	for (uint32_t i = 0; i < n; i++)
		w->order[i] = i;
	crm_sort_pausing(w, n, row_less, row_swap, w->pause);
	/* equal ones share the rank of the first */
	for (uint32_t i = 0; i < n; i++)
	{
		if (i > 0 && w->lp[w->order[i]] != w->lp[w->order[i - 1]])
			rank = i;
		w->rank[w->order[i]] = rank;
	}
	memset(w->tree, 0, ((size_t) n + 1) * sizeof(uint32_t));
	for (uint32_t end = n; end > 0;)
	{
		uint32_t	start = end;
		double		time = data->time[end - 1];

		for (; start > 0 && data->time[start - 1] == time; start--)
			if (!data->event[start - 1])
			{
				count_row(w, start - 1);
				counted++;
			}
		for (uint32_t i = start; i < end; i++)
			if (data->event[i])
			{
				uint64_t	below = counted_below(w, w->rank[i]);
				uint64_t	up_to = counted_below(w, w->rank[i] + 1);

				agree += (double) below + (double) (up_to - below) / 2;
				pairs += (double) counted;
				did(w, 200);
			}
		for (uint32_t i = start; i < end; i++)
			if (data->event[i])
			{
				count_row(w, i);
				counted++;
			}
		end = start;
	}
	return agree / pairs;
}

void
crm_cox_fit(const CrmCoxData *data, void *work, CrmPause pause,
			CrmCoxFit *fit)
{
	Work		w = {0};

	memset(fit, 0, sizeof *fit);
	w.data = data;
	w.pause = pause;
	w.fit = fit;
	lay_out(&w, work);
	maximise(&w);
	fit->concordance = concordance(&w);
}
