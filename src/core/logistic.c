/*
 * logistic.c
 *		Logistic regression: maximum likelihood, ridge and elastic net.
 *
 * Newton's method (IRLS) on the mean log-loss.  Each iteration is one pass over
 * the rows that gathers loss, gradient g and Hessian H, then a solve: Cholesky
 * when the penalty is smooth, coordinate descent on the quadratic model when
 * it is not (Friedman, Hastie, Tibshirani 2010).  Binary columns are never
 * multiplied out: a row touches only those that are 1.  Internally column 0 is
 * the intercept, then dense, then binary columns.
 */
#include "logistic.h"

#include <math.h>
#include <string.h>

/* Multiplications in one step: about 10 ms on a slow processor. */
#define STEP_WORK 10000000.0

/* What writing a number to fresh memory costs, in multiplications. */
#define TOUCH_WORK 8

/* Columns of the other triangle that are written together. */
#define RUN 16

/* Rows of the factor worked on together, so that it is read less often. */
#define ROWS_AT_ONCE 4

/*
 * A column whose variance given the earlier ones is below this share of its
 * own is linearly dependent.  The square of R's 1e-11 on norms cannot be seen
 * in cross products; on standardised columns this bound does the same.
 */
#define ALIAS_TOLERANCE 1e-11

/*
 * Newton decrement g' H^-1 g in units of total log-likelihood: below it the
 * distance to the optimum is under 1e-5 standard errors, and the step still to
 * be taken squares that.
 */
#define CONVERGED 1e-10

/*
 * Where the decrement is as small as this a step moves each row's log-odds by
 * at most a thousandth of their standard error.  A row that moves by more than
 * SEPARATED_STEP then has a standard error above 100: there is no maximum.
 * (Coefficients will not do: near collinearity moves them far and no row.)
 */
#define NEARLY_CONVERGED 1e-6
#define SEPARATED_STEP 0.1

#define MAX_HALVINGS 30
#define MAX_SWEEPS 10000

/* Largest change of H_jj b_j^2 in a sweep, mean log-loss units. */
#define DESCENT_TOLERANCE 1e-18
#define DESCENT_CONVERGED 1e-16

size_t
crm_logistic_size(uint32_t n_dense, uint32_t n_binary)
{
	size_t		n = 1 + (size_t) n_dense + n_binary;

	if (n_dense > CRM_LOGISTIC_MAX_COLUMNS ||
		n_binary > CRM_LOGISTIC_MAX_COLUMNS ||
		n > CRM_LOGISTIC_MAX_COLUMNS + 1)
		return 0;
	return sizeof(double) * (2 * n * n + 10 * n) + 8 * n;
}

static double *
take(double **work, size_t n)
{
	double	   *p = *work;

	*work += n;
	return p;
}

/* Constant columns never take part; the others start active, in order. */
static void
activate(CrmLogistic *fit)
{
	const CrmDesign *d = &fit->design;

	fit->n_active = 0;
	fit->active[fit->n_active++] = 0;
	for (uint32_t k = 0; k + 1 < fit->n_columns; k++)
	{
		uint16_t	j = d->order[k];

		fit->aliased[j + 1] = !(d->scale[j] > 0);
		if (!fit->aliased[j + 1])
			fit->active[fit->n_active++] = (uint16_t) (j + 1);
	}
}

static inline bool
is_held(const CrmLogistic *fit, uint32_t i)
{
	return fit->design.folds != NULL &&
		fit->design.folds[i] == fit->design.held;
}

static void
begin_pass(CrmLogistic *fit, CrmLogisticPhase phase)
{
	fit->phase = phase;
	fit->at = 0;
	fit->loss = 0;
	fit->product = 1;
	memset(fit->gradient, 0, fit->n_columns * sizeof(double));
}

/* The lower triangle only, which is all that is ever looked at. */
static void
step_clear(CrmLogistic *fit)
{
	double		left = STEP_WORK / TOUCH_WORK;

	for (; fit->at < fit->n_columns && left > 0; fit->at++)
	{
		memset(fit->hessian + (size_t) fit->at * fit->n_columns, 0,
			   (fit->at + 1) * sizeof(double));
		left -= fit->at + 1;
	}
	if (fit->at == fit->n_columns)
		begin_pass(fit, CRM_LOGISTIC_PASS);
}

/* Start over with this lambda from the model of the base rate. */
static void
begin(CrmLogistic *fit, double lambda, double alpha)
{
	double		n1 = 0;
	double		n;

	fit->n_used = 0;
	for (uint32_t i = 0; i < fit->design.n_rows; i++)
		if (!is_held(fit, i))
		{
			n1 += fit->design.label[i];
			fit->n_used++;
		}
	n = fit->n_used;
	fit->weight[0] = fit->options.weight_false;
	fit->weight[1] = fit->options.weight_true;
	for (int y = 0; y < 2; y++)
		fit->weight[y] *= n / (fit->options.weight_true * n1 +
							   fit->options.weight_false * (n - n1));
	if (fit->options.weight_true == fit->options.weight_false)
		fit->weight[0] = fit->weight[1] = 1;
	fit->lambda = lambda;
	fit->alpha = alpha;
	fit->iteration = 0;
	fit->halvings = 0;
	fit->objective = INFINITY;
	fit->aliases_known = lambda > 0;
	memset(fit->beta, 0, fit->n_columns * sizeof(double));
	fit->beta[0] = log(fit->weight[1] * n1) - log(fit->weight[0] * (n - n1));
	activate(fit);
	begin_pass(fit, CRM_LOGISTIC_CLEAR);
}

void
crm_logistic_init(CrmLogistic *fit, const CrmDesign *design,
				  const CrmLogisticOptions *options, void *work)
{
	double	   *w = work;
	size_t		n = 1 + (size_t) design->n_dense + design->n_binary;

	memset(fit, 0, sizeof *fit);
	fit->design = *design;
	fit->options = *options;
	fit->n_columns = (uint32_t) n;
	fit->beta = take(&w, n);
	fit->accepted = take(&w, n);
	fit->gradient = take(&w, n);
	fit->shift = take(&w, n);
	fit->variance = take(&w, n);
	fit->work = take(&w, n);
	fit->squares = take(&w, 4 * n);
	fit->hessian = take(&w, n * n);
	fit->factor = take(&w, n * n);
	fit->active = (uint16_t *) w;
	fit->aliased = (uint8_t *) (fit->active + n);
	memset(fit->aliased, 0, n);
	begin(fit, options->lambda, options->alpha);
}

/* s_j of an internal column; the intercept is not penalised. */
static double
scale_of(const CrmLogistic *fit, uint32_t j)
{
	return j == 0 ? 0 : fit->design.scale[j - 1];
}

/* The penalty's second derivative on column j. */
static double
ridge_of(const CrmLogistic *fit, uint32_t j)
{
	double		s = scale_of(fit, j);

	return fit->lambda * (1 - fit->alpha) * s * s;
}

static double
dot(const double *a, const double *b, size_t n)
{
	double		s0 = 0,
				s1 = 0,
				s2 = 0,
				s3 = 0;
	size_t		i = 0;

	for (; i + 4 <= n; i += 4)
	{
		s0 += a[i] * b[i];
		s1 += a[i + 1] * b[i + 1];
		s2 += a[i + 2] * b[i + 2];
		s3 += a[i + 3] * b[i + 3];
	}
	for (; i < n; i++)
		s0 += a[i] * b[i];
	return (s0 + s1) + (s2 + s3);
}

/* Dense cells of rows i .. i + count - 1 of one block to u, a row a stride. */
static void
take_rows(const CrmDesign *d, uint32_t i, uint32_t count, double *restrict u,
		  size_t stride)
{
	const double *c = crm_dense_cells(d->dense, i);

	if (count == 4)
		for (size_t j = 0; j < d->n_dense; j++, c += d->dense->block_rows)
		{
			u[j] = c[0];
			u[stride + j] = c[1];
			u[2 * stride + j] = c[2];
			u[3 * stride + j] = c[3];
		}
	else
		for (size_t j = 0; j < d->n_dense; j++, c += d->dense->block_rows)
			for (size_t k = 0; k < count; k++)
				u[k * stride + j] = c[k];
}

/* Row i, its dense cells being z, times these coefficients. */
static double
times_cells(const CrmLogistic *fit, const double *beta, uint32_t i,
			const double *z)
{
	const CrmDesign *d = &fit->design;
	const double *binary = beta + 1 + d->n_dense;
	double		eta = beta[0] + dot(z, beta + 1, d->n_dense);

	for (uint32_t k = d->hot_start[i]; k < d->hot_start[i + 1]; k++)
		eta += binary[d->hot[k]];
	return eta;
}

static double
times_row(CrmLogistic *fit, const double *beta, uint32_t i)
{
	take_rows(&fit->design, i, 1, fit->squares, 0);
	return times_cells(fit, beta, i, fit->squares);
}

/*
 * Log-loss of one row into the running product and sum; returns exp(-|eta|).
 * log(1 + e) of 32 rows is taken at once: their product is below 2^32.
 */
static double
add_loss(CrmLogistic *fit, double eta, uint8_t y, double weight)
{
	double		e = exp(-fabs(eta));
	double		wrong = (eta > 0) != (y != 0) ? fabs(eta) : 0;

	if (weight == 1)
		fit->product *= 1 + e;
	else
		wrong += log1p(e);
	fit->loss += weight * wrong;
	return e;
}

static void
flush_loss(CrmLogistic *fit)
{
	fit->loss += log(fit->product);
	fit->product = 1;
}

/* Rows i .. i+3 of the dense part (with leading 1) times their weights. */
static void
add_dense(double *restrict hessian, size_t stride, size_t n,
		  const double *restrict u, const double *w)
{
	for (size_t j = 0; j < n; j++)
	{
		double		c0 = w[0] * u[j];
		double		c1 = w[1] * u[n + j];
		double		c2 = w[2] * u[2 * n + j];
		double		c3 = w[3] * u[3 * n + j];
		double	   *restrict h = hessian + j * stride;

		for (size_t i = 0; i <= j; i++)
			h[i] += (c0 * u[i] + c1 * u[n + i]) +
				(c2 * u[2 * n + i] + c3 * u[3 * n + i]);
	}
}

static void
add_binary(CrmLogistic *fit, uint32_t i, const double *u, double w, double r)
{
	const CrmDesign *d = &fit->design;
	size_t		n = 1 + (size_t) d->n_dense;

	for (uint32_t a = d->hot_start[i]; a < d->hot_start[i + 1]; a++)
	{
		size_t		j = n + d->hot[a];
		double	   *h = fit->hessian + j * fit->n_columns;

		fit->gradient[j] += r;
		for (size_t k = 0; k < n; k++)
			h[k] += w * u[k];
		for (uint32_t b = d->hot_start[i]; b <= a; b++)
			h[n + d->hot[b]] += w;
	}
}

/*
 * One row, its dense cells being in u: its part of loss and gradient; returns
 * p (1 - p) times its weight.
 */
static double
add_row(CrmLogistic *fit, uint32_t i, double *u)
{
	const CrmDesign *d = &fit->design;
	uint8_t		y = d->label[i];
	double		weight = fit->weight[y];
	double		eta;
	double		e;
	double		p;
	double		r;
	double		w;

	if (is_held(fit, i))
	{
		memset(u, 0, (1 + (size_t) d->n_dense) * sizeof(double));
		return 0;
	}
	eta = times_cells(fit, fit->beta, i, u + 1);
	e = add_loss(fit, eta, y, weight);
	p = eta >= 0 ? 1 / (1 + e) : e / (1 + e);
	r = weight * (p - y);
	w = weight * e / ((1 + e) * (1 + e));
	u[0] = 1;
	for (size_t j = 0; j <= d->n_dense; j++)
		fit->gradient[j] += r * u[j];
	add_binary(fit, i, u, w, r);
	return w;
}

/* A group of four rows; missing ones at the end weigh nothing. */
static void
add_rows(CrmLogistic *fit, uint32_t first, uint32_t count)
{
	size_t		n = 1 + (size_t) fit->design.n_dense;
	double		w[4] = {0, 0, 0, 0};

	if (count < 4)
		memset(fit->squares, 0, 4 * n * sizeof(double));
	take_rows(&fit->design, first, count, fit->squares + 1, n);
	for (uint32_t k = 0; k < count; k++)
		w[k] = add_row(fit, first + k, fit->squares + k * n);
	add_dense(fit->hessian, fit->n_columns, n, fit->squares, w);
}

static double
penalty(const CrmLogistic *fit)
{
	double		l1 = 0;
	double		l2 = 0;

	for (uint32_t j = 1; j < fit->n_columns; j++)
	{
		double		b = scale_of(fit, j) * fit->beta[j];

		l1 += fabs(b);
		l2 += b * b;
	}
	return fit->lambda * (fit->alpha * l1 + (1 - fit->alpha) / 2 * l2);
}

/* Back to halfway between here and the last beta that was no worse. */
static void
halve(CrmLogistic *fit)
{
	fit->halvings++;
	for (uint32_t j = 0; j < fit->n_columns; j++)
		fit->beta[j] = (fit->beta[j] + fit->accepted[j]) / 2;
	begin_pass(fit, CRM_LOGISTIC_CLEAR);
}

/* Element (j, i) of the mean Hessian whichever triangle it lies in. */
static double
hessian_at(const CrmLogistic *fit, size_t j, size_t i)
{
	size_t		n = fit->n_columns;

	return (j > i ? fit->hessian[j * n + i] : fit->hessian[i * n + j]) /
		fit->n_used;
}

static void
begin_descent(CrmLogistic *fit)
{
	for (size_t j = 0; j < fit->n_columns; j++)
		fit->squares[j] = hessian_at(fit, j, 0);
	for (size_t j = 1; j < fit->n_columns; j++)
		fit->work[j] = fit->gradient[j] -
			fit->squares[j] * fit->gradient[0] / fit->squares[0];
	memset(fit->shift, 0, fit->n_columns * sizeof(double));
	fit->phase = CRM_LOGISTIC_PROJECT;
	fit->at = 1;
}

/*
 * Mean Hessian with both triangles and the intercept projected out, some rows
 * at once, so that the other triangle is written in runs.
 */
static void
step_project(CrmLogistic *fit)
{
	size_t		n = fit->n_columns;
	const double *first = fit->squares;
	double		left = STEP_WORK / TOUCH_WORK;

	while (fit->at < n && left > 0)
	{
		size_t		end = n - fit->at < RUN ? n : fit->at + RUN;

		for (size_t i = 1; i < end; i++)
			for (size_t j = i > fit->at ? i : fit->at; j < end; j++)
				fit->factor[j * n + i] = fit->factor[i * n + j] =
					hessian_at(fit, j, i) - first[j] * first[i] / first[0];
		left -= (double) end * (end - fit->at);
		fit->at = (uint32_t) end;
	}
	if (fit->at < n)
		return;
	fit->phase = CRM_LOGISTIC_DESCENT;
	fit->at = 1;
	fit->sweeps = 0;
	fit->change = 0;
}

static void
end_pass(CrmLogistic *fit)
{
	size_t		n = fit->n_columns;
	double		rows = fit->n_used;
	double		objective;

	flush_loss(fit);
	objective = fit->loss / rows + penalty(fit);
	if (!(objective <= fit->objective + 1e-12 * (1 + fabs(fit->objective))) &&
		fit->iteration > 0 && fit->halvings < MAX_HALVINGS)
	{
		halve(fit);
		return;
	}
	fit->halvings = 0;
	fit->objective = objective;
	memcpy(fit->accepted, fit->beta, n * sizeof(double));
	for (size_t j = 0; j < n; j++)
		fit->gradient[j] /= rows;
	fit->iteration++;
	if (fit->lambda > 0 && fit->alpha > 0)
		begin_descent(fit);
	else
	{
		fit->phase = CRM_LOGISTIC_FACTOR;
		fit->at = 0;
	}
}

/*
 * Groups of four rows.  Eight of them at most share a logarithm, and so do only
 * those of one stretch of groups: the bits of the loss do not depend on where a
 * step ends, which is after a single group if rows are as wide as that.
 */
static void
step_pass(CrmLogistic *fit)
{
	const CrmDesign *d = &fit->design;
	double		dense = 1.0 + d->n_dense;
	double		cost = dense * dense / 2 + 30 +
	dense * (d->hot_start[d->n_rows] / (double) d->n_rows);
	double		left = STEP_WORK / cost;
	uint32_t	stretch = left < 8 ? 8 : (uint32_t) left;
	uint32_t	g = fit->at / 4 % stretch;

	do
	{
		uint32_t	count = d->n_rows - fit->at;

		count = count < 4 ? count : 4;
		add_rows(fit, fit->at, count);
		fit->at += count;
		left -= count;
		if (g % 8 == 7)
			flush_loss(fit);
	} while (++g < stretch && left >= 4 && fit->at < d->n_rows);
	if (g == stretch)
		flush_loss(fit);
	if (fit->at == d->n_rows)
		end_pass(fit);
}

static void
drop_active(CrmLogistic *fit, uint32_t k)
{
	fit->aliased[fit->active[k]] = 1;
	fit->n_active--;
	memmove(fit->active + k, fit->active + k + 1,
			(fit->n_active - k) * sizeof(uint16_t));
}

/*
 * Rows from .. from + count - 1 of the Cholesky factor L of H + penalty over
 * the active columns, up to column from; what is left of them is the square
 * that finish_row() does.
 */
static void
factor_rows(CrmLogistic *fit, uint32_t from, uint32_t count)
{
	size_t		n = fit->n_columns;

	for (uint32_t m = 0; m < from; m++)
	{
		const double *other = fit->factor + m * n;

		for (uint32_t k = from; k < from + count; k++)
		{
			double	   *row = fit->factor + k * n;

			row[m] = (hessian_at(fit, fit->active[k], fit->active[m]) -
					  dot(row, other, m)) / other[m];
		}
	}
}

/* Row k from column `from` to its end.  False: the pivot vanished. */
static bool
finish_row(CrmLogistic *fit, uint32_t k, uint32_t from)
{
	size_t		n = fit->n_columns;
	double	   *row = fit->factor + k * n;
	uint16_t	j = fit->active[k];
	double		diagonal = hessian_at(fit, j, j) + ridge_of(fit, j);
	double		pivot;

	for (uint32_t m = from; m < k; m++)
	{
		const double *other = fit->factor + m * n;

		row[m] = (hessian_at(fit, j, fit->active[m]) - dot(row, other, m)) /
			other[m];
	}
	pivot = diagonal - dot(row, row, k);
	if (!(pivot > ALIAS_TOLERANCE * diagonal))
		return false;
	row[k] = sqrt(pivot);
	return true;
}

static void
solve_lower(const CrmLogistic *fit, double *x, uint32_t first)
{
	for (uint32_t k = first; k < fit->n_active; k++)
	{
		const double *row = fit->factor + (size_t) k * fit->n_columns;

		x[k] = (x[k] - dot(row + first, x + first, k - first)) / row[k];
	}
}

static void
solve_upper(const CrmLogistic *fit, double *x)
{
	for (uint32_t k = fit->n_active; k-- > 0;)
	{
		const double *row = fit->factor + (size_t) k * fit->n_columns;

		x[k] /= row[k];
		for (uint32_t m = 0; m < k; m++)
			x[m] -= row[m] * x[k];
	}
}

/*
 * No maximum, internal column j runs away: start over with a small ridge and
 * no standard errors.
 */
static void
separate(CrmLogistic *fit, uint16_t j)
{
	fit->separated = true;
	fit->separating = (uint16_t) (j > 0 ? j - 1 : 0);
	begin(fit, CRM_LOGISTIC_SEPARATION_LAMBDA, 0);
}

static void
finish(CrmLogistic *fit)
{
	bool		weighted = fit->weight[0] != fit->weight[1];

	fit->log_likelihood = -fit->loss;
	if (fit->lambda == 0 && fit->converged && !weighted)
	{
		fit->has_errors = true;
		fit->phase = CRM_LOGISTIC_ERRORS;
		fit->at = 0;
	}
	else if (weighted)
	{
		fit->beta[0] -= log(fit->weight[1] / fit->weight[0]);
		begin_pass(fit, CRM_LOGISTIC_LOSS);
	}
	else
		fit->phase = CRM_LOGISTIC_DONE;
}

/* Another pass over the rows, unless this was the last allowed. */
static void
next_iteration(CrmLogistic *fit)
{
	if (fit->iteration < fit->options.max_iter)
		begin_pass(fit, CRM_LOGISTIC_CLEAR);
	else
		finish(fit);
}

/* After a Newton step that was not found to run away. */
static void
settle(CrmLogistic *fit)
{
	if (fit->decrement < CONVERGED)
	{
		fit->converged = true;
		finish(fit);
	}
	else
		next_iteration(fit);
}

/* The Newton step: beta moves by -H^-1 gradient. */
static void
newton(CrmLogistic *fit)
{
	double		largest = 0;
	double	   *x = fit->work;

	for (uint32_t k = 0; k < fit->n_active; k++)
	{
		uint16_t	j = fit->active[k];

		x[k] = -(fit->gradient[j] + ridge_of(fit, j) * fit->beta[j]);
	}
	solve_lower(fit, x, 0);
	fit->decrement = dot(x, x, fit->n_active) * fit->n_used;
	solve_upper(fit, x);
	memset(fit->shift, 0, fit->n_columns * sizeof(double));
	for (uint32_t k = 0; k < fit->n_active; k++)
	{
		fit->beta[fit->active[k]] += x[k];
		fit->shift[fit->active[k]] = x[k];
		if (k > 0 && fabs(x[k]) > largest)
		{
			largest = fabs(x[k]);
			fit->farthest = fit->active[k];
		}
	}
	if (fit->lambda == 0 && fit->decrement < NEARLY_CONVERGED)
	{
		fit->phase = CRM_LOGISTIC_SPREAD;
		fit->at = 0;
		fit->change = 0;
	}
	else
		settle(fit);
}

/* Largest change of a row's log-odds by the last step. */
static void
step_spread(CrmLogistic *fit)
{
	double		left = STEP_WORK / (fit->design.n_dense + 20);

	for (; fit->at < fit->design.n_rows && left > 0; left--, fit->at++)
	{
		double		d = fabs(times_row(fit, fit->shift, fit->at));

		if (d > fit->change && !is_held(fit, fit->at))
			fit->change = d;
	}
	if (fit->at < fit->design.n_rows)
		return;
	if (fit->change > SEPARATED_STEP)
		separate(fit, fit->farthest);
	else
		settle(fit);
}

/* No pivot at fit->at: the column goes, or there is no maximum. */
static void
vanished(CrmLogistic *fit)
{
	if (!fit->aliases_known || fit->lambda > 0)
		drop_active(fit, fit->at);
	else
		separate(fit, fit->active[fit->at]);
}

static void
step_factor(CrmLogistic *fit)
{
	double		left = STEP_WORK;

	while (fit->at < fit->n_active && left > 0)
	{
		uint32_t	from = fit->at;
		uint32_t	count = fit->n_active - from;

		count = count < ROWS_AT_ONCE ? count : ROWS_AT_ONCE;
		left -= count * ((double) from * from / 2 + from);
		factor_rows(fit, from, count);
		while (fit->at < from + count && finish_row(fit, fit->at, from))
			fit->at++;
		if (fit->at == from + count)
			continue;
		vanished(fit);
		if (fit->phase != CRM_LOGISTIC_FACTOR)
			return;
	}
	if (fit->at < fit->n_active || left <= 0)
		return;
	fit->aliases_known = true;
	newton(fit);
}

/* The minimum over coordinate j of the penalised quadratic model. */
static void
descend(CrmLogistic *fit, uint32_t j)
{
	size_t		n = fit->n_columns;
	const double *h = fit->factor + j * n;
	double		l1 = fit->lambda * fit->alpha * scale_of(fit, j);
	double		l2 = ridge_of(fit, j);
	double		u = h[j] * fit->beta[j] - (fit->work[j] + fit->shift[j]);
	double		b = 0;
	double		d;

	if (!(h[j] + l2 > 0))
		return;
	if (fabs(u) > l1)
		b = (u > 0 ? u - l1 : u + l1) / (h[j] + l2);
	d = b - fit->beta[j];
	if (d == 0)
		return;
	fit->beta[j] = b;
	for (size_t i = 1; i < n; i++)
		fit->shift[i] += h[i] * d;
	if (d * d * h[j] > fit->change)
		fit->change = d * d * h[j];
}

static void
end_descent(CrmLogistic *fit)
{
	size_t		n = fit->n_columns;
	double		moved = fit->gradient[0];
	double		largest = 0;

	for (size_t j = 1; j < n; j++)
	{
		double		d = fit->beta[j] - fit->accepted[j];

		moved += hessian_at(fit, j, 0) * d;
		d = d * d * fit->factor[j * n + j];
		largest = d > largest ? d : largest;
	}
	moved /= hessian_at(fit, 0, 0);
	fit->beta[0] = fit->accepted[0] - moved;
	moved *= moved * hessian_at(fit, 0, 0);
	if (largest < DESCENT_CONVERGED && moved < DESCENT_CONVERGED)
	{
		fit->converged = true;
		finish(fit);
	}
	else
		next_iteration(fit);
}

static void
step_descent(CrmLogistic *fit)
{
	double		left = STEP_WORK;

	while (left > 0)
	{
		for (; fit->at < fit->n_columns && left > 0; fit->at++)
		{
			left -= fit->n_columns;
			if (!fit->aliased[fit->at])
				descend(fit, fit->at);
		}
		if (fit->at < fit->n_columns)
			return;
		fit->sweeps++;
		if (fit->change < DESCENT_TOLERANCE || fit->sweeps == MAX_SWEEPS)
		{
			end_descent(fit);
			return;
		}
		left -= 10;
		fit->at = 1;
		fit->change = 0;
	}
}

/* Columns first .. first + count - 1 of L^-1 into rows of fit->squares. */
static void
invert_columns(CrmLogistic *fit, uint32_t first, uint32_t count)
{
	uint32_t	n = fit->n_active;

	memset(fit->squares, 0, ROWS_AT_ONCE * (size_t) n * sizeof(double));
	for (uint32_t k = first; k < n; k++)
	{
		const double *row = fit->factor + (size_t) k * fit->n_columns;

		for (uint32_t c = 0; c < count && first + c <= k; c++)
		{
			double	   *x = fit->squares + (size_t) c * n;
			uint32_t	from = first + c;

			x[k] = ((k == from) - dot(row + from, x + from, k - from)) / row[k];
		}
	}
}

/* Variance of active column k: row k of L^-1 transposed, squared. */
static void
step_errors(CrmLogistic *fit)
{
	double		left = STEP_WORK;
	uint32_t	n = fit->n_active;

	while (fit->at < n && left > 0)
	{
		uint32_t	count = n - fit->at;

		count = count < ROWS_AT_ONCE ? count : ROWS_AT_ONCE;
		left -= count * ((double) (n - fit->at) * (n - fit->at) / 2 + n);
		invert_columns(fit, fit->at, count);
		for (uint32_t c = 0; c < count; c++, fit->at++)
		{
			const double *x = fit->squares + (size_t) c * n + fit->at;

			fit->variance[fit->active[fit->at]] =
				dot(x, x, n - fit->at) / fit->n_used;
		}
	}
	if (fit->at == n)
		fit->phase = CRM_LOGISTIC_DONE;
}

/* Log-likelihood of the rows as they are, after the intercept's correction. */
static void
step_loss(CrmLogistic *fit)
{
	double		left = STEP_WORK / (fit->design.n_dense + 50);

	for (; fit->at < fit->design.n_rows && left > 0; left--)
	{
		if (!is_held(fit, fit->at))
			add_loss(fit, times_row(fit, fit->beta, fit->at),
					 fit->design.label[fit->at], 1);
		if (++fit->at % 32 == 0)
			flush_loss(fit);
	}
	flush_loss(fit);
	if (fit->at == fit->design.n_rows)
	{
		fit->log_likelihood = -fit->loss;
		fit->phase = CRM_LOGISTIC_DONE;
	}
}

bool
crm_logistic_step(CrmLogistic *fit)
{
	switch (fit->phase)
	{
		case CRM_LOGISTIC_CLEAR:
			step_clear(fit);
			break;
		case CRM_LOGISTIC_PASS:
			step_pass(fit);
			break;
		case CRM_LOGISTIC_FACTOR:
			step_factor(fit);
			break;
		case CRM_LOGISTIC_SPREAD:
			step_spread(fit);
			break;
		case CRM_LOGISTIC_PROJECT:
			step_project(fit);
			break;
		case CRM_LOGISTIC_DESCENT:
			step_descent(fit);
			break;
		case CRM_LOGISTIC_ERRORS:
			step_errors(fit);
			break;
		case CRM_LOGISTIC_LOSS:
			step_loss(fit);
			break;
		case CRM_LOGISTIC_DONE:
			break;
	}
	return fit->phase != CRM_LOGISTIC_DONE;
}

void
crm_logistic_continue(CrmLogistic *fit, double lambda)
{
	/* the correction of class weights comes off again */
	if (fit->weight[0] != fit->weight[1])
		fit->beta[0] += log(fit->weight[1] / fit->weight[0]);
	fit->lambda = lambda;
	fit->iteration = 0;
	fit->halvings = 0;
	fit->objective = INFINITY;
	fit->converged = false;
	begin_pass(fit, CRM_LOGISTIC_CLEAR);
}

double
crm_logistic_held_loss(CrmLogistic *fit, uint32_t from, uint32_t to)
{
	double		loss = 0;

	for (uint32_t i = from; i < to; i++)
	{
		double		eta;

		if (!is_held(fit, i))
			continue;
		eta = times_row(fit, fit->beta, i);
		if (fit->design.label[i])
			eta = -eta;
		loss += (eta > 0 ? eta : 0) + log1p(exp(-fabs(eta)));
	}
	return loss;
}

/*
 * Standard error of b0 = beta0 - sum beta_j mean_j / sd_j: with c that
 * combination, c' H^-1 c = |L^-1 c|^2.
 */
double
crm_logistic_intercept_error(const CrmLogistic *fit, const double *mean,
							 const double *sd)
{
	double	   *c = fit->work;

	for (uint32_t k = 0; k < fit->n_active; k++)
	{
		uint32_t	j = fit->active[k];

		c[k] = j == 0 ? 1 : 0;
		if (j > 0 && j <= fit->design.n_dense)
			c[k] = -mean[j - 1] / sd[j - 1];
	}
	solve_lower(fit, c, 0);
	return sqrt(dot(c, c, fit->n_active) / fit->n_used);
}
