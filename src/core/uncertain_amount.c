/*
 * uncertain_amount.c
 *		An amount known to a standard deviation: a gamma distribution.
 *
 * What falls to a cell is the integral of the density times a hat, 1 at the
 * cell and 0 at its neighbours: so each amount is shared out to the two cells
 * beside it and its mean is kept.
 */
#include "uncertain_amount.h"

#include <math.h>

#include "incomplete_gamma.h"
#include "normal.h"

/* Gamma distributions with a larger shape are taken for normal ones. */
#define NORMAL_SHAPE 1e4

/* Cells from 0 on where a density may be anything but smooth. */
#define ROUGH_CELLS 16

/* Shares made between two looks at the poll, of the slow and the fast way. */
#define ROUGH_STEP 256
#define SMOOTH_STEP 8192

CrmAmount
crm_uncertain_amount(double mean, double deviation)
{
	CrmAmount	a;

	a.mean = mean;
	a.deviation = deviation;
	a.shape = (a.mean / a.deviation) * (a.mean / a.deviation);
	a.scale = a.mean / a.shape;
	a.log_gamma = lgamma(a.shape);
	return a;
}

/* E[min(X, x)], from which shares of a cell are made. */
static double
limited_mean(const CrmAmount *a, double x)
{
	if (!(x > 0))
		return 0;
	if (a->shape > NORMAL_SHAPE)
	{
		double		z = (x - a->mean) / a->deviation;

		return a->mean * crm_normal_cdf(z) -
			a->deviation * exp(-z * z / 2) / sqrt(2 * 3.14159265358979323846) +
			x * crm_normal_cdf(-z);
	}
	return a->mean * crm_gamma_cdf(a->shape + 1, x / a->scale) +
		x * (1 - crm_gamma_cdf(a->shape, x / a->scale));
}

double
crm_amount_reach(const CrmAmount *a)
{
	double		low = 1;
	double		high = 2;

	while (a->mean - limited_mean(a, high * a->mean) > 1e-9 * a->mean)
	{
		low = high;
		high *= 2;
		if (high > 1e5)
			break;
	}
	for (int i = 0; i < 20; i++)
	{
		double		middle = (low + high) / 2;

		if (a->mean - limited_mean(a, middle * a->mean) > 1e-9 * a->mean)
			low = middle;
		else
			high = middle;
	}
	return high * a->mean;
}

/* The density at x, times ten-thousandths. */
static double
density(const CrmAmount *a, double x)
{
	if (a->shape > NORMAL_SHAPE)
	{
		double		z = (x - a->mean) / a->deviation;

		return exp(-z * z / 2) /
			(a->deviation * sqrt(2 * 3.14159265358979323846));
	}
	return exp((a->shape - 1) * log(x / a->scale) - x / a->scale -
			   a->log_gamma) / a->scale;
}

/* What lies between two cells: the part of each of them. */
typedef struct Gap
{
	double		below;
	double		above;
} Gap;

/* By Gauss and Legendre's rule of four points. */
static Gap
gap_above(const CrmAmount *a, double cell, double at)
{
	static const double NODE[4] = {0.06943184420297371, 0.33000947820757187,
	0.66999052179242813, 0.93056815579702629};
	static const double WEIGHT[4] = {0.17392742256872693, 0.32607257743127307,
	0.32607257743127307, 0.17392742256872693};
	Gap			gap = {0, 0};

	for (int i = 0; i < 4; i++)
	{
		double		mass = WEIGHT[i] * cell *
		density(a, (at + NODE[i]) * cell);

		gap.below += mass * (1 - NODE[i]);
		gap.above += mass * NODE[i];
	}
	return gap;
}

/* Integrals of a density that is smooth from one cell to the next. */
static bool
smooth_shares(const CrmAmount *a, double cell, double *share, size_t from,
			  size_t n, const CrmPoll *poll)
{
	Gap			last = gap_above(a, cell, (double) from - 1);

	for (size_t i = from; i < n; i++)
	{
		Gap			next = gap_above(a, cell, (double) i);

		share[i] = last.above + next.below;
		last = next;
		if (i % SMOOTH_STEP == 0 && crm_poll_stop(poll))
			return false;
	}
	return true;
}

/* Nothing to speak of falls there, and rounding would be all there is. */
static bool
far_away(const CrmAmount *a, double cell, double at)
{
	return a->shape > 1000 &&
		fabs(at * cell - a->mean) > 12 * a->deviation + cell;
}

/* The same as second differences, which lose digits where cells are small. */
static bool
rough_shares(const CrmAmount *a, double cell, double *share, size_t n,
			 const CrmPoll *poll)
{
	double		before = 0;
	double		here = 0;
	bool		known = false;

	for (size_t i = 0; i < n; i++)
	{
		double		at = (double) i;
		double		after;

		if (i % ROUGH_STEP == ROUGH_STEP - 1 && crm_poll_stop(poll))
			return false;
		share[i] = 0;
		if (far_away(a, cell, at))
		{
			known = false;
			continue;
		}
		if (!known)
		{
			before = limited_mean(a, (at - 1) * cell);
			here = limited_mean(a, at * cell);
			known = true;
		}
		after = limited_mean(a, (at + 1) * cell);
		share[i] = fmax(i == 0 ? 1 - after / cell :
						(2 * here - after - before) / cell, 0);
		before = here;
		here = after;
	}
	return true;
}

/* Sums to 1; what is beyond the last cell comes back where most is. */
static void
keep_mean(const CrmAmount *a, double cell, double *share, size_t n)
{
	double		all = 0;
	double		mean = 0;
	size_t		most = 0;

	for (size_t i = 0; i < n; i++)
	{
		all += share[i];
		mean += share[i] * (double) i;
		if (share[i] > share[most])
			most = i;
	}
	mean /= all;
	for (size_t i = 0; i < n; i++)
		share[i] /= all;
	if (most < n - 1)
	{
		double		move = (a->mean / cell - mean) / (double) (n - 1 - most);

		if (fabs(move) < share[most] && move > -share[n - 1])
		{
			share[most] -= move;
			share[n - 1] += move;
		}
	}
}

bool
crm_amount_shares(const CrmAmount *a, double cell, double *share, size_t n,
				  const CrmPoll *poll)
{
	bool		smooth = a->deviation >= 32 * cell && n > ROUGH_CELLS;

	if (!rough_shares(a, cell, share, smooth ? ROUGH_CELLS : n, poll) ||
		(smooth && !smooth_shares(a, cell, share, ROUGH_CELLS, n, poll)))
		return false;
	keep_mean(a, cell, share, n);
	return true;
}
