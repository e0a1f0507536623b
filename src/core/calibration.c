/*
 * calibration.c
 *		Platt's curve and isotonic regression over a model's log-odds.
 */
#include "calibration.h"

#include <math.h>

#define MAX_STEPS 100
#define MAX_HALVINGS 40

/* Of the mean gradient: far below what a score shows. */
#define GRADIENT_TOLERANCE 1e-10

/* Keeps the Hessian invertible when all margins are equal. */
#define HESSIAN_FLOOR 1e-12

static double
logistic(double x)
{
	return 1 / (1 + exp(-x));
}

int
crm_calibration_order(const void *a, const void *b)
{
	const CrmCalibrationRow *x = a;
	const CrmCalibrationRow *y = b;

	if (x->margin != y->margin)
		return x->margin < y->margin ? -1 : 1;
	return (int) x->label - (int) y->label;
}

/* ------------------------------------------------------------------ Platt */

typedef struct Platt
{
	const CrmCalibrationRow *rows;
	size_t		n;
	double		target[2];		/* by label */
	double		slope;
	double		intercept;
} Platt;

/* Mean cross entropy of the targets, without overflow. */
static double
platt_objective(const Platt *p, double slope, double intercept)
{
	double		sum = 0;

	for (size_t i = 0; i < p->n; i++)
	{
		double		f = slope * p->rows[i].margin + intercept;
		double		t = p->target[p->rows[i].label];

		sum += (f > 0 ? (1 - t) * f : -t * f) + log1p(exp(-fabs(f)));
	}
	return sum / (double) p->n;
}

/* One Newton step with halving; false when there is nothing to gain. */
static bool
platt_step(Platt *p, double *objective)
{
	double		g[2] = {0, 0};
	double		h[3] = {HESSIAN_FLOOR, 0, HESSIAN_FLOOR};
	double		n = (double) p->n;
	double		det;
	double		d[2];
	double		step = 1;

	for (size_t i = 0; i < p->n; i++)
	{
		double		m = p->rows[i].margin;
		double		q = logistic(p->slope * m + p->intercept);
		double		r = (q - p->target[p->rows[i].label]) / n;
		double		w = q * (1 - q) / n;

		g[0] += r * m;
		g[1] += r;
		h[0] += w * m * m;
		h[1] += w * m;
		h[2] += w;
	}
	if (fabs(g[0]) < GRADIENT_TOLERANCE && fabs(g[1]) < GRADIENT_TOLERANCE)
		return false;
	det = h[0] * h[2] - h[1] * h[1];
	d[0] = (h[2] * g[0] - h[1] * g[1]) / det;
	d[1] = (h[0] * g[1] - h[1] * g[0]) / det;
	for (int i = 0; i < MAX_HALVINGS; i++, step /= 2)
	{
		double		slope = p->slope - step * d[0];
		double		intercept = p->intercept - step * d[1];
		double		o = platt_objective(p, slope, intercept);

		if (o < *objective)
		{
			p->slope = slope;
			p->intercept = intercept;
			*objective = o;
			return true;
		}
	}
	return false;
}

bool
crm_calibrate_platt(const CrmCalibrationRow *rows, size_t n,
					const CrmPoll *poll, CrmCalibration *calibration)
{
	Platt		p = {rows, n, {0, 0}, 1, 0};
	double		positives = 0;
	double		objective;

	for (size_t i = 0; i < n; i++)
		positives += rows[i].label;
	p.target[0] = 1 / ((double) n - positives + 2);
	p.target[1] = (positives + 1) / (positives + 2);
	objective = platt_objective(&p, p.slope, p.intercept);
	for (int i = 0; i < MAX_STEPS && platt_step(&p, &objective); i++)
		if (crm_poll_stop(poll))
			return false;
	if (!isfinite(p.slope) || !isfinite(p.intercept) || p.slope <= 0)
		return false;
	calibration->kind = CRM_CALIBRATION_PLATT;
	calibration->slope = p.slope;
	calibration->intercept = p.intercept;
	calibration->n_points = 0;
	return true;
}

/* --------------------------------------------------------------- isotonic */

static void
join_blocks(CrmIsotonicBlock *a, const CrmIsotonicBlock *b)
{
	a->last = b->last;
	a->sum += b->sum;
	a->n += b->n;
	a->positives += b->positives;
}

/* The share drawn to the base rate. */
static double
block_value(const CrmIsotonicBlock *b, double base)
{
	return ((double) b->positives + base) / ((double) b->n + 1);
}

/*
 * Rows into blocks of rising share (pool adjacent violators): shares are
 * compared exactly, as products of counts below 2^32.
 */
static size_t
pool_rows(const CrmCalibrationRow *rows, size_t n, CrmIsotonicBlock *blocks)
{
	size_t		m = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		p = logistic(rows[i].margin);
		CrmIsotonicBlock b = {p, p, p, 1, rows[i].label};

		if (m > 0 && blocks[m - 1].last == p)
			join_blocks(&blocks[m - 1], &b);
		else
			blocks[m++] = b;
	}
	n = m;
	m = 0;
	for (size_t i = 0; i < n; i++)
	{
		CrmIsotonicBlock b = blocks[i];

		blocks[m++] = b;
		while (m > 1 && blocks[m - 2].positives * blocks[m - 1].n >=
			   blocks[m - 1].positives * blocks[m - 2].n)
		{
			join_blocks(&blocks[m - 2], &blocks[m - 1]);
			m--;
		}
	}
	return m;
}

/* The same once more for the drawn shares. */
static size_t
pool_values(CrmIsotonicBlock *blocks, size_t n, double base)
{
	size_t		m = 0;

	for (size_t i = 0; i < n; i++)
	{
		blocks[m++] = blocks[i];
		while (m > 1 && block_value(&blocks[m - 2], base) >=
			   block_value(&blocks[m - 1], base))
		{
			join_blocks(&blocks[m - 2], &blocks[m - 1]);
			m--;
		}
	}
	return m;
}

bool
crm_calibrate_isotonic(const CrmCalibrationRow *rows, size_t n,
					   CrmIsotonicBlock *blocks, double *x, double *y,
					   CrmCalibration *calibration)
{
	size_t		m = pool_rows(rows, n, blocks);
	double		base = 0;

	for (size_t i = 0; i < n; i++)
		base += rows[i].label;
	base /= (double) n;
	m = pool_values(blocks, m, base);
	while (m > CRM_MODEL_MAX_CALIBRATION)
	{
		size_t		kept = 0;

		for (size_t i = 0; i < m; i += 2)
		{
			blocks[kept] = blocks[i];
			if (i + 1 < m)
				join_blocks(&blocks[kept], &blocks[i + 1]);
			kept++;
		}
		m = pool_values(blocks, kept, base);
	}
	if (m < 2)
		return false;
	for (size_t i = 0; i < m; i++)
	{
		double		mean = blocks[i].sum / (double) blocks[i].n;

		/* rounding must not carry it into the neighbour */
		x[i] = fmin(fmax(mean, blocks[i].first), blocks[i].last);
		y[i] = block_value(&blocks[i], base);
	}
	calibration->kind = CRM_CALIBRATION_ISOTONIC;
	calibration->n_points = (uint32_t) m;
	calibration->x = x;
	calibration->y = y;
	return true;
}

/* ----------------------------------------------------------------- choice */

double
crm_calibration_loss(const CrmCalibration *calibration,
					 const CrmCalibrationRow *rows, size_t n)
{
	CrmModel	model = {.algorithm = CRM_LOGISTIC};
	double		sum = 0;

	model.calibration = *calibration;
	for (size_t i = 0; i < n; i++)
	{
		double		p = crm_model_probability(&model, rows[i].margin);

		sum -= rows[i].label ? log(p) : log1p(-p);
	}
	return sum / (double) n;
}

size_t
crm_calibration_fold(const CrmCalibrationRow *rows, size_t n, int fold,
					 CrmCalibrationRow *fit, CrmCalibrationRow *test)
{
	size_t		n_fit = 0;
	size_t		n_test = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i % CRM_CALIBRATION_FOLDS == (size_t) fold)
			test[n_test++] = rows[i];
		else
			fit[n_fit++] = rows[i];
	}
	return n_fit;
}
