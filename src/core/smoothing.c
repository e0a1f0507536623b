/*
 * smoothing.c
 *		Trend and season of a series: Holt-Winters smoothing and classical
 *		decomposition.
 *
 * The recursion is that of Holt (1957) and Winters (1960) in the form of R's
 * HoltWinters, with the damped trend of Gardner and McKenzie (1985).
 */
#include "smoothing.h"

#include <math.h>

/* Bounds of damping that is optimised, as in Hyndman and Khandakar (2008). */
#define PHI_LOW 0.8
#define PHI_HIGH 0.98

#define PARAMETERS 4

size_t
crm_smoothing_lead(const CrmSmoothing *s)
{
	return s->season == 1 ? 2 : s->season;
}

bool
crm_smoothing_check(const CrmSmoothing *s, const double *x, size_t n,
					CrmError *error)
{
	if (s->season < 1 || s->season > CRM_SMOOTHING_MAX_SEASON)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A season has 1 to 1000 periods.", NULL);
	if (s->season == 1 && s->multiplicative)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Without a season there is nothing multiplicative.",
						"Ask for kind 'additive'.");
	if (n < 2 * (size_t) s->season || n < 4)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The series has fewer than two seasons, or than four periods.",
						"A season of 1 asks for a trend only.");
	for (size_t i = 0; s->multiplicative && i < n; i++)
	{
		if (!(x[i] > 0))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A multiplicative season needs amounts above 0 in every period.",
							"Ask for kind 'additive'.");
	}
	return true;
}

/* The start takes three seasons, a run one, and a copy's result one. */
size_t
crm_smoothing_work(const CrmSmoothing *s)
{
	return 5 * (size_t) s->season + 2;
}

/*----------
 * Decomposition
 *----------
 */

void
crm_decompose(const double *x, size_t n, uint32_t season,
			  bool multiplicative, double *trend, double *indices)
{
	size_t		half = season / 2;
	double		all = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		sum = 0;

		trend[i] = NAN;
		if (i < half || i + half >= n)
			continue;
		for (size_t k = i - half; k <= i + half; k++)
			sum += (season % 2 == 0 && (k == i - half || k == i + half)) ?
				x[k] / 2 : x[k];
		trend[i] = sum / season;
	}
	for (uint32_t i = 0; i < season; i++)
	{
		double		sum = 0;
		size_t		count = 0;

		for (size_t k = i; k < n; k += season)
		{
			if (isnan(trend[k]))
				continue;
			sum += multiplicative ? x[k] / trend[k] : x[k] - trend[k];
			count++;
		}
		indices[i] = count > 0 ? sum / (double) count : NAN;
		all += indices[i];
	}
	all /= season;
	for (uint32_t i = 0; i < season; i++)
		indices[i] = multiplicative ? indices[i] / all : indices[i] - all;
}

/*----------
 * The recursion
 *----------
 */

typedef struct Start
{
	double		level;
	double		trend;
	const double *seasonal;
} Start;

/* work: season + 2 season doubles, which the start points into. */
static Start
find_start(const CrmSmoothing *s, const double *x, double *work)
{
	uint32_t	m = s->season;
	double	   *trend = work + m;
	double		n = 0;
	double		sum_t = 0;
	double		sum_y = 0;
	double		sum_tt = 0;
	double		sum_ty = 0;
	Start		start = {x[1], x[1] - x[0], work};

	if (m == 1)
	{
		work[0] = 0;
		return start;
	}
	crm_decompose(x, 2 * (size_t) m, m, s->multiplicative, trend, work);
	for (size_t i = 0; i < 2 * (size_t) m; i++)
	{
		if (isnan(trend[i]))
			continue;
		n++;
		sum_t += n;
		sum_y += trend[i];
		sum_tt += n * n;
		sum_ty += n * trend[i];
	}
	start.trend = (n * sum_ty - sum_t * sum_y) / (n * sum_tt - sum_t * sum_t);
	start.level = (sum_y - start.trend * sum_t) / n;
	return start;
}

/*
 * Runs over the series with the parameters of s; seasonal has room for a
 * season, and ends with that of the next period first.  fitted may be NULL.
 * Returns the sum of squares, and with it what it fills in.
 */
static double
run(CrmSmoothing *s, const double *x, size_t n, const Start *start,
	double *seasonal, double *fitted)
{
	uint32_t	m = s->season;
	size_t		lead = crm_smoothing_lead(s);
	double		level = start->level;
	double		trend = start->trend;
	double		sum = 0;
	double		sse = 0;
	uint32_t	at = 0;

	for (uint32_t i = 0; i < m; i++)
		seasonal[i] = start->seasonal[i];
	for (size_t i = lead; i < n; i++)
	{
		double		before = level;
		double		base = level + s->phi * trend;
		double		season = seasonal[at];
		double		forecast = s->multiplicative ? base * season :
		base + season;
		double		error = x[i] - forecast;

		if (fitted != NULL)
			fitted[i - lead] = forecast;
		sum += error;
		sse += error * error;
		level = s->alpha * (s->multiplicative ? x[i] / season :
							x[i] - season) + (1 - s->alpha) * base;
		trend = s->beta * (level - before) + (1 - s->beta) * s->phi * trend;
		if (m > 1)
			seasonal[at] = s->gamma * (s->multiplicative ? x[i] / level :
									   x[i] - level) +
				(1 - s->gamma) * season;
		at = at + 1 == m ? 0 : at + 1;
	}
	s->level = level;
	s->trend = trend;
	s->sse = sse;
	s->n_errors = n - lead;
	s->error_variance = s->n_errors > 1 ?
		(sse - sum * sum / (double) s->n_errors) /
		(double) (s->n_errors - 1) : NAN;
	/* turned so that the next period's comes first */
	for (uint32_t i = 0; i < m; i++)
		s->seasonal[i] = seasonal[(at + i) % m];
	return isfinite(sse) ? sse : INFINITY;
}

/*----------
 * The search
 *----------
 */

typedef struct Search
{
	CrmSmoothing *s;
	const double *x;
	size_t		n;
	Start		start;
	double	   *seasonal;
	const CrmPoll *poll;
	size_t		done;			/* periods since the last look */
	bool		stopped;
	int			free;			/* how many parameters are searched */
	double	   *value[PARAMETERS];
	double		low[PARAMETERS];
	double		high[PARAMETERS];
} Search;

typedef struct Point
{
	double		at[PARAMETERS];
	double		sse;
} Point;

/* The sum of squares at the point, which is brought inside the bounds. */
static void
measure(Search *f, Point *p)
{
	for (int i = 0; i < f->free; i++)
	{
		p->at[i] = fmin(fmax(p->at[i], f->low[i]), f->high[i]);
		*f->value[i] = p->at[i];
	}
	f->done += f->n + 100;
	if (f->done > 1000000)
	{
		f->done = 0;
		f->stopped |= crm_poll_stop(f->poll);
	}
	p->sse = f->stopped ? INFINITY :
		run(f->s, f->x, f->n, &f->start, f->seasonal, NULL);
}

static void
add_parameter(Search *f, double *value, double low, double high)
{
	if (!isnan(*value))
		return;
	f->value[f->free] = value;
	f->low[f->free] = low;
	f->high[f->free] = high;
	f->free++;
}

static void
keep_best(Point *best, int n, const Point *p)
{
	for (int i = 0; i < n; i++)
	{
		if (p->sse < best[i].sse)
		{
			for (int k = n - 1; k > i; k--)
				best[k] = best[k - 1];
			best[i] = *p;
			return;
		}
	}
}

#define STARTS 4
#define STEPS 6

/* The best of a coarse grid. */
static void
scan(Search *f, Point *best)
{
	static const double STEP[STEPS] = {0.02, 0.15, 0.35, 0.6, 0.85, 1};
	int			all = 1;

	for (int i = 0; i < STARTS; i++)
		best[i].sse = INFINITY;
	for (int i = 0; i < f->free; i++)
		all *= STEPS;
	for (int k = 0; k < all; k++)
	{
		int			rest = k;
		Point		p;

		for (int i = 0; i < f->free; i++, rest /= STEPS)
			p.at[i] = f->low[i] + STEP[rest % STEPS] *
				(f->high[i] - f->low[i]);
		measure(f, &p);
		keep_best(best, STARTS, &p);
	}
}

static void
sort_points(Point *p, int n)
{
	for (int i = 1; i < n; i++)
	{
		Point		moving = p[i];
		int			k = i;

		for (; k > 0 && p[k - 1].sse > moving.sse; k--)
			p[k] = p[k - 1];
		p[k] = moving;
	}
}

/* centre + factor (centre - worst) */
static Point
reflected(Search *f, const Point *p, double factor)
{
	Point		r;

	for (int i = 0; i < f->free; i++)
	{
		double		centre = 0;

		for (int k = 0; k < f->free; k++)
			centre += p[k].at[i] / f->free;
		r.at[i] = centre + factor * (centre - p[f->free].at[i]);
	}
	measure(f, &r);
	return r;
}

/* Nelder and Mead (1965) inside the bounds. */
static void
descend(Search *f, Point *best, double size)
{
	Point		p[PARAMETERS + 1];
	int			n = f->free;

	for (int k = 0; k <= n; k++)
	{
		p[k] = *best;
		if (k < n)
			p[k].at[k] += (p[k].at[k] + size > f->high[k] ? -size : size) *
				(f->high[k] - f->low[k]);
		measure(f, &p[k]);
	}
	for (int i = 0; i < 600 && !f->stopped; i++)
	{
		Point		r;

		sort_points(p, n + 1);
		if (!(p[n].sse - p[0].sse > 1e-13 * p[0].sse))
			break;
		r = reflected(f, p, 1);
		if (r.sse < p[0].sse)
		{
			Point		e = reflected(f, p, 2);

			p[n] = e.sse < r.sse ? e : r;
		}
		else if (r.sse < p[n - 1].sse)
			p[n] = r;
		else
		{
			r = reflected(f, p, r.sse < p[n].sse ? 0.5 : -0.5);
			if (r.sse < p[n].sse)
			{
				p[n] = r;
				continue;
			}
			for (int k = 1; k <= n; k++)
			{
				for (int j = 0; j < n; j++)
					p[k].at[j] = (p[k].at[j] + p[0].at[j]) / 2;
				measure(f, &p[k]);
			}
		}
	}
	sort_points(p, n + 1);
	*best = p[0];
}

/*
 * Along each parameter alone: a simplex that lies flat on a bound has lost a
 * direction.  Some hundred looks are enough, but in a narrow valley, as of a
 * season that hardly ever changes, steps this small would go on for millions.
 */
#define MAX_POLISH 2000

static void
polish(Search *f, Point *best)
{
	int			looks = 0;

	for (double size = 0.05; size > 1e-8 && !f->stopped; size /= 4)
	{
		for (int tries = 0; tries < 2 * f->free && looks < MAX_POLISH; looks++)
		{
			Point		p = *best;
			int			i = tries / 2;

			p.at[i] += (tries % 2 == 0 ? size : -size) *
				(f->high[i] - f->low[i]);
			measure(f, &p);
			tries = p.sse < best->sse * (1 - 1e-12) ? 0 : tries + 1;
			if (p.sse < best->sse)
				*best = p;
		}
	}
}

bool
crm_smoothing_fit(CrmSmoothing *s, const double *x, size_t n, double *work,
				  const CrmPoll *poll)
{
	Search		f = {.s = s,.x = x,.n = n,.poll = poll};
	Point		best[STARTS];

	if (s->season == 1)
		s->gamma = 0;
	if (!s->damped)
		s->phi = 1;
	f.start = find_start(s, x, work);
	f.seasonal = work + 3 * (size_t) s->season;
	add_parameter(&f, &s->alpha, 0, 1);
	add_parameter(&f, &s->beta, 0, 1);
	add_parameter(&f, &s->gamma, 0, 1);
	add_parameter(&f, &s->phi, PHI_LOW, PHI_HIGH);
	if (f.free > 0)
	{
		scan(&f, best);
		for (int i = 0; i < STARTS; i++)
		{
			if (isinf(best[i].sse))
				continue;
			descend(&f, &best[i], 0.1);
			polish(&f, &best[i]);
			descend(&f, &best[i], 0.02);
			polish(&f, &best[i]);
		}
		sort_points(best, STARTS);
		for (int i = 0; i < f.free; i++)
			*f.value[i] = isinf(best[0].sse) ? f.low[i] : best[0].at[i];
	}
	if (f.stopped)
		return false;
	(void) run(s, x, n, &f.start, f.seasonal, NULL);
	return true;
}

void
crm_smoothing_fitted(const CrmSmoothing *s, const double *x, size_t n,
					 double *work, double *fitted)
{
	CrmSmoothing copy = *s;
	Start		start = find_start(s, x, work);

	copy.seasonal = work + 4 * (size_t) s->season;
	(void) run(&copy, x, n, &start, work + 3 * (size_t) s->season, fitted);
}

/*----------
 * Ahead
 *----------
 */

/* phi + phi^2 + ... + phi^h */
static double
damped_steps(const CrmSmoothing *s, size_t h)
{
	return s->phi == 1 ? (double) h :
		s->phi * (1 - pow(s->phi, (double) h)) / (1 - s->phi);
}

static double
season_ahead(const CrmSmoothing *s, size_t ahead)
{
	return s->season == 1 ? 0 : s->seasonal[(ahead - 1) % s->season];
}

double
crm_smoothing_ahead(const CrmSmoothing *s, size_t ahead)
{
	double		base = s->level + damped_steps(s, ahead) * s->trend;

	return s->multiplicative ? base * season_ahead(s, ahead) :
		base + season_ahead(s, ahead);
}

/*
 * Yar and Chatfield (1990): an error j periods ago counts
 * alpha (1 + beta (phi + ... + phi^j)), and (1 - alpha) gamma more when it was
 * in the same part of the season; multiplicative ones in proportion to the
 * seasonals (Chatfield and Yar 1991).
 */
double
crm_smoothing_variance(const CrmSmoothing *s, size_t ahead)
{
	double		sum = 0;

	for (size_t j = 0; j < ahead; j++)
	{
		double		psi = j == 0 ? 1 :
		s->alpha * (1 + s->beta * damped_steps(s, j)) +
		(s->season > 1 && j % s->season == 0 ?
		 s->gamma * (1 - s->alpha) : 0);

		if (s->multiplicative)
			psi *= season_ahead(s, ahead) / season_ahead(s, ahead - j);
		sum += psi * psi;
	}
	return s->error_variance * sum;
}

/*----------
 * Errors
 *----------
 */

CrmAccuracy
crm_accuracy(const double *x, const double *forecast, size_t n, double scale)
{
	CrmAccuracy a = {0, 0, 0, n};

	for (size_t i = 0; i < n; i++)
	{
		double		error = x[i] - forecast[i];

		a.mae += fabs(error);
		a.rmse += error * error;
	}
	a.mae /= (double) n;
	a.rmse = sqrt(a.rmse / (double) n);
	a.mase = scale > 0 ? a.mae / scale : NAN;
	return a;
}

double
crm_naive_scale(const double *x, size_t n, uint32_t season)
{
	double		sum = 0;

	for (size_t i = season; i < n; i++)
		sum += fabs(x[i] - x[i - season]);
	return sum / (double) (n - season);
}
