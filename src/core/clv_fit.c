/*
 * clv_fit.c
 *		Maximum likelihood of the lifetime value models: the search.
 *
 * BFGS (Nocedal and Wright 2006, algorithm 6.1) on the logarithms of the
 * parameters from several starting points, then a few Newton steps.  At the
 * optimum rounding hides any further gain long before the gradient vanishes, so
 * a search ends when the log-likelihood stands still; whether that is a maximum
 * is told by Newton's step, which on a ridge (a parameter on its way to 0 or
 * to infinity) never gets small, and by the size of the standard errors.
 */
#include "clv_fit.h"

#include <math.h>

#define N CRM_CLV_MAX_PARAMETERS

#define MAX_ITERATIONS 300
#define MAX_BACKTRACKS 30
#define MAX_POLISH 6

/* Relative change of the log-likelihood that is no change. */
#define STANDSTILL 1e-14

/* Farthest logarithm of a scaled parameter, and farthest step. */
#define BOX 30.0
#define MAX_STEP 2.0

/*
 * A Newton step of this size leaves its square to be done; one that is still
 * larger than the other at the end leads to no optimum.
 */
#define EXACT_STEP 1e-5
#define OPTIMUM_STEP 1e-4

/* Standard error of a logarithm from which on there is no telling. */
#define MAX_LOG_ERROR 10.0

/* Step of the difference quotients of the gradient. */
#define DIFFERENCE 1e-4

/* With fewer patterns than this a second search costs next to nothing. */
#define FEW_PATTERNS 4096

#define N_STARTS 4

typedef struct Search
{
	CrmClvKind	kind;
	CrmClvPatterns data;
	double		scale;
	const CrmPoll *poll;
	int			n;				/* parameters */
	int			evaluations;
	bool		stopped;
} Search;

/* A point: logarithms of the parameters, minus log-likelihood, gradient. */
typedef struct Point
{
	double		x[N];
	double		g[N];
	double		f;
} Point;

typedef struct Outcome
{
	Point		at;
	bool		converged;
	double		variance[N];	/* of the logarithms */
	uint32_t	iterations;
} Outcome;

static bool
evaluate(Search *s, Point *point)
{
	double		parameters[N] = {0};

	for (int i = 0; i < s->n; i++)
		parameters[i] = exp(point->x[i]);
	s->evaluations++;
	if (!crm_clv_log_likelihood(s->kind, s->data, s->scale, parameters,
								s->poll, &point->f, point->g))
	{
		s->stopped = true;
		return false;
	}
	point->f = isfinite(point->f) ? -point->f : INFINITY;
	for (int i = 0; i < s->n; i++)
		point->g[i] = isfinite(point->g[i]) ? -point->g[i] : 0;
	return true;
}

static double
dot(const double *a, const double *b, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static double
largest(const double *a, int n)
{
	double		most = 0;

	for (int i = 0; i < n; i++)
		most = fabs(a[i]) > most ? fabs(a[i]) : most;
	return most;
}

static void
reset(double h[N][N], const double *g, int n)
{
	double		size = largest(g, n);

	memset(h, 0, sizeof(double) * N * N);
	for (int i = 0; i < n; i++)
		h[i][i] = size > 0.5 ? 0.5 / size : 1;
}

/* The step -H g, not out of the box and not too far; its slope. */
static double
direction(const double h[N][N], const Point *at, int n, double *d)
{
	double		far;

	for (int i = 0; i < n; i++)
	{
		d[i] = -dot(h[i], at->g, n);
		if ((at->x[i] >= BOX && d[i] > 0) || (at->x[i] <= -BOX && d[i] < 0))
			d[i] = 0;
	}
	far = largest(d, n);
	for (int i = 0; far > MAX_STEP && i < n; i++)
		d[i] *= MAX_STEP / far;
	return dot(d, at->g, n);
}

/*
 * The first point along d that is low enough (Armijo), by quadratic
 * interpolation.  False: there is none, or the search was stopped.
 */
static bool
line_search(Search *s, const Point *from, const double *d, double slope,
			Point *to)
{
	double		t = 1;

	for (int k = 0; k < MAX_BACKTRACKS &&
		 s->evaluations < CRM_CLV_MAX_EVALUATIONS; k++)
	{
		double		shorter;

		for (int i = 0; i < s->n; i++)
		{
			double		x = from->x[i] + t * d[i];

			to->x[i] = x > BOX ? BOX : x < -BOX ? -BOX : x;
		}
		if (!evaluate(s, to))
			return false;
		if (to->f <= from->f + 1e-4 * t * slope)
			return true;
		shorter = -slope * t / (2 * ((to->f - from->f) / t - slope));
		t = shorter > 0.5 * t ? 0.5 * t : shorter > 0.1 * t ? shorter :
			0.1 * t;
	}
	return false;
}

/* The update of the inverse Hessian (BFGS); skipped where it is not sound. */
static void
update(double h[N][N], const Point *from, const Point *to, bool first, int n)
{
	double		step[N];
	double		change[N];
	double		hy[N];
	double		sy;
	double		yhy;

	for (int i = 0; i < n; i++)
	{
		step[i] = to->x[i] - from->x[i];
		change[i] = to->g[i] - from->g[i];
	}
	sy = dot(step, change, n);
	if (!(sy > 1e-12 * sqrt(dot(step, step, n) * dot(change, change, n))))
		return;
	if (first)
	{
		memset(h, 0, sizeof(double) * N * N);
		for (int i = 0; i < n; i++)
			h[i][i] = sy / dot(change, change, n);
	}
	for (int i = 0; i < n; i++)
		hy[i] = dot(h[i], change, n);
	yhy = dot(change, hy, n);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			h[i][j] += (1 + yhy / sy) * step[i] * step[j] / sy -
				(hy[i] * step[j] + step[i] * hy[j]) / sy;
}

/* Downhill until nothing moves; false where the caller asked to stop. */
static bool
descend(Search *s, Outcome *o)
{
	double		h[N][N];
	bool		fresh = true;

	reset(h, o->at.g, s->n);
	while (o->iterations < MAX_ITERATIONS)
	{
		double		d[N];
		double		slope = direction(h, &o->at, s->n, d);
		Point		next;
		double		gain;

		if (!(slope < 0) || !line_search(s, &o->at, d, slope, &next))
		{
			if (s->stopped || fresh)
				break;
			reset(h, o->at.g, s->n);
			fresh = true;
			continue;
		}
		o->iterations++;
		gain = o->at.f - next.f;
		update(h, &o->at, &next, fresh, s->n);
		o->at = next;
		if (gain <= STANDSTILL * (1 + fabs(next.f)) ||
			largest(next.g, s->n) <= STANDSTILL * (1 + fabs(next.f)))
			break;
		fresh = false;
	}
	return !s->stopped;
}

/* The Hessian by central differences of the gradient. */
static bool
hessian(Search *s, const Point *at, double h[N][N])
{
	for (int i = 0; i < s->n; i++)
	{
		Point		up = *at;
		Point		down = *at;

		up.x[i] += DIFFERENCE;
		down.x[i] -= DIFFERENCE;
		if (!evaluate(s, &up) || !evaluate(s, &down))
			return false;
		for (int j = 0; j < s->n; j++)
			h[i][j] = (up.g[j] - down.g[j]) / (up.x[i] - down.x[i]);
	}
	for (int i = 0; i < s->n; i++)
		for (int j = 0; j < i; j++)
			h[i][j] = h[j][i] = (h[i][j] + h[j][i]) / 2;
	return true;
}

/* h becomes its inverse; false where it is not positive definite. */
static bool
invert(double h[N][N], int n)
{
	double		l[N][N] = {{0}};
	double		inverse[N][N] = {{0}};

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j <= i; j++)
		{
			double		v = h[i][j] - dot(l[i], l[j], j);

			if (i == j && !(v > 1e-14 * h[i][i]))
				return false;
			l[i][j] = i == j ? sqrt(v) : v / l[j][j];
		}
	}
	for (int k = 0; k < n; k++)
	{
		for (int i = k; i < n; i++)
		{
			double		v = i == k ? 1 : 0;

			for (int j = k; j < i; j++)
				v -= l[i][j] * inverse[j][k];
			inverse[i][k] = v / l[i][i];
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
		{
			h[i][j] = 0;
			for (int k = 0; k < n; k++)
				h[i][j] += inverse[k][i] * inverse[k][j];
		}
	return true;
}

/* Newton's steps, and the verdict; false where the caller asked to stop. */
static bool
polish(Search *s, Outcome *o)
{
	double		size = INFINITY;

	for (int k = 0; k < MAX_POLISH && size > EXACT_STEP; k++)
	{
		double		h[N][N];
		Point		next = o->at;
		double		d[N];

		if (!hessian(s, &o->at, h))
			return false;
		if (!invert(h, s->n))
		{
			o->converged = false;
			return true;
		}
		for (int i = 0; i < s->n; i++)
			d[i] = -dot(h[i], o->at.g, s->n);
		size = largest(d, s->n);
		o->converged = size <= OPTIMUM_STEP;
		for (int i = 0; i < s->n; i++)
		{
			o->variance[i] = h[i][i];
			o->converged = o->converged &&
				h[i][i] <= MAX_LOG_ERROR * MAX_LOG_ERROR;
			next.x[i] += d[i];
		}
		if (size > 1 || largest(next.x, s->n) > BOX)
			return true;
		if (!evaluate(s, &next))
			return false;
		if (!(next.f <= o->at.f + 1e-12 * (1 + fabs(o->at.f))))
			return true;
		o->at = next;
		o->iterations++;
	}
	return true;
}

/*----------
 * Where to start, and from where
 *----------
 */

typedef struct Totals
{
	double		customers;
	double		purchases;
	double		time;			/* or money of repeat purchases' means */
	double		longest;
	double		payers;
} Totals;

static Totals
add_up(CrmClvKind kind, CrmClvPatterns data)
{
	Totals		t = {0, 0, 0, 0, 0};

	for (size_t i = 0; i < data.n; i++)
	{
		const CrmClvPattern *c = &data.patterns[i];
		double		w = (double) c->weight;
		double		time = kind == CRM_CLV_GAMMA_GAMMA ? c->second : c->first;

		t.customers += w;
		t.purchases += w * c->frequency;
		t.time += w * time;
		t.longest = time > t.longest ? time : t.longest;
	}
	return t;
}

/*
 * Starting points after scaling; r / alpha is the mean rate of purchases, p
 * gamma / (q - 1) the mean spend.
 */
static void
starting_point(CrmClvKind kind, int k, double rate, double *x)
{
	static const double shares[N_STARTS] = {0.5, 1, 3, 0.2};
	static const double dropout[N_STARTS][2] = {
		{1, 3}, {0.3, 3}, {2, 10}, {0.1, 0.5}
	};
	static const double decay[N_STARTS][2] = {
		{0.6, 0.3}, {1, 1}, {2, 3}, {0.2, 0.1}
	};
	static const double spend[N_STARTS][3] = {
		{4, 4, 0.75}, {1, 2, 1}, {20, 5, 0.2}, {1, 10, 9}
	};
	static const double chances[N_STARTS][4] = {
		{1, 1, 1, 3}, {0.5, 0.5, 0.5, 5}, {3, 3, 0.5, 1}, {1, 5, 0.2, 5}
	};

	switch (kind)
	{
		case CRM_CLV_BG_NBD:
		case CRM_CLV_MBG_NBD:
		case CRM_CLV_PARETO_NBD:
			x[0] = log(shares[k]);
			x[1] = log(shares[k] / rate);
			for (int i = 0; i < 2; i++)
				x[2 + i] = log(kind == CRM_CLV_PARETO_NBD ? decay[k][i] :
							   dropout[k][i]);
			break;
		case CRM_CLV_GAMMA_GAMMA:
			for (int i = 0; i < 3; i++)
				x[i] = log(spend[k][i]);
			break;
		case CRM_CLV_BG_BB:
			for (int i = 0; i < 4; i++)
				x[i] = log(chances[k][i]);
			break;
	}
}

/* The starting points, best first. */
static bool
rank_starts(Search *s, double rate, Point *starts)
{
	for (int k = 0; k < N_STARTS; k++)
	{
		Point		p = {{0}, {0}, 0};
		int			i = k;

		starting_point(s->kind, k, rate, p.x);
		if (!evaluate(s, &p))
			return false;
		for (; i > 0 && starts[i - 1].f > p.f; i--)
			starts[i] = starts[i - 1];
		starts[i] = p;
	}
	return true;
}

/* Two searches that ended equally high; on a ridge a third would, too. */
static bool
agree(const Outcome *a, const Outcome *b)
{
	return fabs(a->at.f - b->at.f) <= 1e-9 * (1 + fabs(b->at.f));
}

/* A maximum is better than a ridge that is no higher to speak of. */
static bool
is_better(const Outcome *a, const Outcome *b)
{
	if (a->converged == b->converged)
		return a->at.f < b->at.f;
	return a->converged ? a->at.f <= b->at.f + 1e-6 : a->at.f < b->at.f - 1e-6;
}

static bool
search(Search *s, double rate, Outcome *best)
{
	Point		starts[N_STARTS];
	bool		done = false;

	if (!rank_starts(s, rate, starts))
		return false;
	for (int k = 0; k < N_STARTS && !done; k++)
	{
		Outcome		o = {starts[k], false, {0}, 0};

		if (k > 0 && best->converged &&
			(k > 1 || s->data.n > FEW_PATTERNS))
			break;
		s->evaluations = 0;
		if (!descend(s, &o) || !polish(s, &o))
			return false;
		done = k > 0 && agree(&o, best);
		if (k == 0 || is_better(&o, best))
			*best = o;
	}
	return true;
}

static bool
check_data(CrmClvKind kind, const Totals *t, CrmError *error)
{
	if (kind == CRM_CLV_GAMMA_GAMMA && t->customers == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"No customer has a repeat purchase of a known and positive amount.",
						"gamma_gamma needs rfm values with a monetary_value.");
	if (t->customers < 2)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A fit needs at least two customers.", NULL);
	if (t->purchases == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"No customer has a repeat purchase.",
						"Observe the customers for longer, or choose a shorter unit, so that fewer purchases fall into one.");
	if (!(t->longest > 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"No customer was observed for any time.", NULL);
	return true;
}

/* Which parameters are in units of time or money. */
static bool
has_scale(CrmClvKind kind, int i)
{
	switch (kind)
	{
		case CRM_CLV_BG_NBD:
		case CRM_CLV_MBG_NBD:
			return i == 1;
		case CRM_CLV_PARETO_NBD:
			return i == 1 || i == 3;
		case CRM_CLV_GAMMA_GAMMA:
			return i == 2;
		case CRM_CLV_BG_BB:
			break;
	}
	return false;
}

static double
in_range(double v)
{
	return v < CRM_CLV_MIN_PARAMETER ? CRM_CLV_MIN_PARAMETER :
		v > CRM_CLV_MAX_PARAMETER ? CRM_CLV_MAX_PARAMETER : v;
}

CrmClvFitted
crm_clv_fit(CrmClvKind kind, CrmClvPatterns data, const CrmPoll *poll,
			CrmClvModel *m, CrmError *error)
{
	Search		s = {kind, data, 1, poll, crm_clv_info(kind)->n_parameters, 0,
	false};
	Totals		t = add_up(kind, data);
	Outcome		o = {{{0}, {0}, 0}, false, {0}, 0};

	if (!check_data(kind, &t, error))
		return CRM_CLV_FIT_REFUSED;
	if (kind == CRM_CLV_GAMMA_GAMMA)
		s.scale = t.customers / t.time;
	else if (kind != CRM_CLV_BG_BB)
		s.scale = 1 / t.longest;
	if (!search(&s, t.purchases / (t.time * s.scale), &o))
		return CRM_CLV_FIT_STOPPED;
	memset(m, 0, sizeof *m);
	m->kind = kind;
	m->fitted = true;
	m->converged = o.converged;
	m->iterations = o.iterations;
	m->n_customers = (int64_t) t.customers;
	for (int i = 0; i < s.n; i++)
	{
		double		v = exp(o.at.x[i]) / (has_scale(kind, i) ? s.scale : 1);

		m->parameters[i] = in_range(v);
		if (o.converged)
			m->errors[i] = v * sqrt(o.variance[i]);
	}
	if (!crm_clv_log_likelihood(kind, data, 1, m->parameters, poll,
								&m->log_likelihood, NULL))
		return CRM_CLV_FIT_STOPPED;
	return CRM_CLV_FIT_DONE;
}
