/*
 * shrinkage.c
 *		How strong a prior is: beta-binomial maximum likelihood over groups.
 *
 * For a fixed mean the likelihood has one maximum in k, at infinity when the
 * groups vary no more than chance explains (Levin and Reeds 1977, Annals of
 * Statistics 5, 79-87), so the sign of its slope is enough for a bisection.
 */
#include "shrinkage.h"

#include <math.h>

/* Logarithms of the least and the greatest finite strength looked for. */
#define LOG_MIN (-20.0)
#define LOG_MAX 30.0

/* Relative precision of the answer. */
#define PRECISION 1e-12

/* Above this argument the series below is exact to double precision. */
#define SERIES_FROM 12

/* psi(x + n) - psi(x) by the asymptotic series, term by term; large x */
static double
digamma_difference_series(double x, double n)
{
	static const double bernoulli[] = {
		1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132
	};
	double		y = x + n;
	double		sum = log1p(n / x) + n / (2 * x * y);
	double		xp = 1;
	double		yp = 1;

	for (size_t i = 0; i < sizeof bernoulli / sizeof *bernoulli; i++)
	{
		xp /= x * x;
		yp /= y * y;
		sum += bernoulli[i] * (xp - yp);
	}
	return sum;
}

/*
 * psi(x + n) - psi(x) = the sum of 1 / (x + j) for j below n.  crm_digamma_rise
 * is the same function to 2e-15, not to the last digit, and takes n that are no
 * whole numbers; strengths of released versions came from this one.
 */
static double
digamma_difference(double x, double n)
{
	double		sum = 0;

	if (n <= SERIES_FROM)
	{
		for (int j = 0; j < n; j++)
			sum += 1 / (x + j);
		return sum;
	}
	for (; x < SERIES_FROM; x++)
		sum += 1 / x - 1 / (x + n);
	return sum + digamma_difference_series(x, n);
}

/* Slope of the log-likelihood in k. */
static double
slope(const CrmStrengthSearch *s, double k)
{
	double		m = s->mean;
	double		sum = 0;

	for (size_t i = 0; i < s->n; i++)
	{
		double		won = (double) s->groups[i].successes;
		double		n = (double) s->groups[i].trials;

		sum += m * digamma_difference(k * m, won) +
			(1 - m) * digamma_difference(k * (1 - m), n - won) -
			digamma_difference(k, n);
	}
	return sum;
}

/*
 * -k^2 times the slope as k grows: above 0 the groups vary more than chance
 * explains, and the maximum is finite.
 */
static double
excess_variation(const CrmStrengthSearch *s)
{
	double		sum = 0;

	for (size_t i = 0; i < s->n; i++)
	{
		double		won = (double) s->groups[i].successes;
		double		n = (double) s->groups[i].trials;
		double		lost = n - won;

		sum += won * (won - 1) / (2 * s->mean) +
			lost * (lost - 1) / (2 * (1 - s->mean)) - n * (n - 1) / 2;
	}
	return sum;
}

static void
finish(CrmStrengthSearch *s, double strength)
{
	s->done = true;
	s->strength = strength;
}

CrmStrengthSearch
crm_strength_begin(const CrmProportion *groups, size_t n)
{
	CrmStrengthSearch s = {groups, n, 0, LOG_MIN, LOG_MAX, false, NAN};
	double		won = 0;
	double		trials = 0;
	bool		repeated = false;	/* has a group two trials? */
	bool		mixed = false;	/* has a group both outcomes? */

	for (size_t i = 0; i < n; i++)
	{
		const CrmProportion *g = &groups[i];

		won += (double) g->successes;
		trials += (double) g->trials;
		repeated = repeated || g->trials > 1;
		mixed = mixed || (g->successes > 0 && g->successes < g->trials);
	}
	s.mean = won / trials;
	if (!repeated || won == 0 || won == trials)
		finish(&s, NAN);
	else if (!mixed)
		finish(&s, 0);
	else if (excess_variation(&s) <= 0)
		finish(&s, INFINITY);
	return s;
}

void
crm_strength_step(CrmStrengthSearch *s)
{
	double		middle = (s->low + s->high) / 2;

	if (slope(s, exp(middle)) > 0)
		s->low = middle;
	else
		s->high = middle;
	if (s->high - s->low < PRECISION)
		finish(s, s->low > LOG_MAX - 1 ? INFINITY :
			   exp((s->low + s->high) / 2));
}
