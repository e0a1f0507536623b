/*
 * clv_predict.c
 *		What a lifetime value model says of a customer.
 *
 * BG/NBD, MBG/NBD and Pareto/NBD are conjugate enough that a customer who is
 * alive at the end of observation is distributed as a new one is, with other
 * parameters (the outlook).  So every prediction is written once.  For BG/NBD
 * and MBG/NBD an outlook has the parameters r, alpha, a, b of
 *
 *		lambda ~ gamma(r, alpha), p ~ beta(a, b), dropout with probability p
 *		after each purchase to come.
 *
 * With u = t / alpha and q = 1 - p the sums over k below are those over the
 * negative binomial number of purchases that would be made without dropout;
 * all their terms are positive, so nothing cancels, whatever a is.  The closed
 * forms with 2F1 (Fader, Hardie and Lee 2005, eq. 10) divide by a - 1.
 */
#include "clv.h"

#include <math.h>

#include "clv_fit.h"
#include "clv_math.h"

/* More terms than this take longer than a quadrature. */
#define MAX_TERMS 600

/* Below exp(-this) the first term of a sum would be lost. */
#define MAX_EXPONENT 500

typedef struct Share
{
	double		r;
	double		u;				/* t / alpha */
} Share;

/*----------
 * BG/NBD and MBG/NBD
 *----------
 */

/* ln of the odds of being dead, up to the kind's last factor */
static double
log_dead_odds(const CrmClvModel *m, const CrmClvCustomer *c)
{
	const double *p = m->parameters;
	double		previous = m->kind == CRM_CLV_BG_NBD ? c->frequency - 1 :
	c->frequency;

	return log(p[2] / (p[3] + previous)) + (p[0] + c->frequency) *
		crm_log_one_plus((c->age - c->recency) / (p[1] + c->recency));
}

static bool
sum_is_short(double r, double u)
{
	return r * u + 8 * sqrt(r * u * (1 + u)) + 37 * (1 + u) < MAX_TERMS &&
		r * log1p(u) < MAX_EXPONENT;
}

static double
alive_at_share(const void *arg, double p, double q)
{
	const Share *s = arg;

	(void) q;
	return exp(-s->r * log1p(p * s->u));
}

/* The mean over p of (1 + p u)^-r. */
static double
mean_alive(const double *o, double r, double u)
{
	Share		share = {r, u};
	double		z = u / (1 + u);
	double		weight;
	double		kept = 1;
	double		sum;

	if (!sum_is_short(r, u))
		return crm_beta_mean(o[2], o[3], alive_at_share, &share);
	sum = weight = exp(-r * log1p(u));
	for (int k = 1; k < 2 * MAX_TERMS; k++)
	{
		double		ratio = z * (r + k - 1) / k;

		weight *= ratio;
		kept *= (o[3] + k - 1) / (o[2] + o[3] + k - 1);
		sum += weight * kept;
		if (ratio < 1 && weight * kept < 1e-17 * sum * (1 - ratio))
			break;
	}
	return sum;
}

static double
bought_at_share(const void *arg, double p, double q)
{
	const Share *s = arg;
	double		y = p * s->u;

	(void) q;
	/* (1 - (1 + y)^-r) / p, by its limit r u where p is next to nothing */
	if (y < 1e-14 || p < 1e-290)
		return s->r * s->u;
	return -expm1(-s->r * log1p(y)) / p;
}

/* The mean over p of (1 - (1 + p u)^-r) / p. */
static double
mean_bought(const double *o, double r, double u)
{
	Share		share = {r, u};
	double		z = u / (1 + u);
	double		weight;
	double		kept = 1;
	double		bought = 0;
	double		sum = 0;

	if (!sum_is_short(r, u))
		return crm_beta_mean(o[2], o[3], bought_at_share, &share);
	weight = exp(-r * log1p(u));
	for (int k = 1; k < 2 * MAX_TERMS; k++)
	{
		double		ratio = z * (r + k - 1) / k;

		weight *= ratio;
		bought += kept;
		kept *= (o[3] + k - 1) / (o[2] + o[3] + k - 1);
		sum += weight * bought;
		if (ratio < 1 && weight * bought < 1e-17 * sum * (1 - ratio))
			break;
	}
	return sum;
}

/* ln of P(n purchases in t) without dropout */
static double
log_negative_binomial(double r, double u, double n)
{
	double		l = crm_log_rising(r, n) - crm_log_rising(1, n) -
	r * log1p(u);

	return n > 0 ? l - n * log1p(1 / u) : l;
}

/* Fader, Hardie and Lee 2005, eq. 8 */
static double
bg_probability(const double *o, double n, double t)
{
	double		u = t / o[1];
	double		log_kept = crm_log_rising(o[3], n) -
	crm_log_rising(o[2] + o[3], n);
	double		sum;

	if (t == 0)
		return n == 0 ? 1 : 0;
	sum = exp(log_kept + log_negative_binomial(o[0], u, n));
	if (n > 0)
		sum += exp(crm_log_rising(o[3], n - 1) + log(o[2]) -
				   crm_log_rising(o[2] + o[3], n)) *
			crm_incomplete_beta(n, o[0], u / (1 + u), 1 / (1 + u));
	return sum;
}

/*----------
 * Pareto/NBD
 *----------
 */

/*
 * x^-1 (exp(x) - 1): what makes the formulas with s - 1 whole at s = 1.
 */
static double
exp_ratio(double x)
{
	return fabs(x) < 1e-8 ? 1 + x / 2 : expm1(x) / x;
}

static double
pareto_expected(const double *o, double t)
{
	double		l = log1p(t / o[3]);

	return o[0] / o[1] * o[3] * l * exp_ratio((1 - o[2]) * l);
}

/*
 * The time in which a rate that is gamma(shape, scale) acts: with a large shape
 * far less than the scale, and quadrature must not step over it.
 */
static double
time_scale(double shape, double scale)
{
	return shape > 1 ? scale / shape : scale;
}

typedef struct Dying
{
	const double *o;
	double		n;
	double		scale;			/* the time is scale (exp(v) - 1) */
	double		log_count;		/* ln of gamma(r + n) / (gamma(r) n!) */
} Dying;

/* Density of dying at a time, and n purchases until then. */
static double
dying_after(const void *arg, double v)
{
	const Dying *d = arg;
	const double *o = d->o;
	double		t = d->scale * expm1(v);
	double		u = t / o[1];
	double		l = d->log_count - o[0] * log1p(u) -
	(o[2] + 1) * log1p(t / o[3]);

	if (d->n > 0)
		l -= d->n * log1p(1 / u);
	return exp(l + v) * d->scale * o[2] / o[3];
}

/* Fader and Hardie 2006, "Deriving an expression for P(X(t) = x)", eq. 5 */
static double
pareto_probability(const double *o, double n, double t)
{
	double		buying = time_scale(o[0], o[1]);
	double		leaving = time_scale(o[2], o[3]);
	Dying		dying = {o, n, buying < leaving ? buying : leaving, 0};
	double		width = 4 / sqrt(n + 1);

	if (t == 0)
		return n == 0 ? 1 : 0;
	dying.log_count = crm_log_rising(o[0], n) - crm_log_rising(1, n);
	return exp(log_negative_binomial(o[0], t / o[1], n) -
			   o[2] * log1p(t / o[3])) +
		crm_integrate(dying_after, &dying, 0, log1p(t / dying.scale),
					  width < 1.5 ? width : 1.5);
}

/*----------
 * BG/BB: Fader, Hardie and Shang 2010
 *----------
 */

double
crm_clv_opportunities(double units)
{
	return floor(units * (1 + 1e-12) + 1e-9);
}

/*
 * P(dead at n) / P(alive at n) of a history: the sum of eq. 5 by its last
 * term, i.e. backwards from the latest possible death; all terms positive.
 */
static double
bg_bb_dead_odds(const double *p, double x, double tx, double n)
{
	double		term = 1;
	double		sum = 0;

	for (double i = n - 1; i >= tx; i--)
	{
		double		alive = (p[1] + i - x) / (p[0] + p[1] + i);
		double		stays = (p[3] + i) / (p[2] + p[3] + i);

		/* the step from alive at i + 1 to dead at i */
		sum += term * p[2] / (p[2] + p[3] + i) / (alive * stays);
		term /= alive * stays;
	}
	return sum;
}

/* ln of P(alive at n more) */
static double
log_stays(const double *o, double n)
{
	return crm_log_rising(o[3], n) - crm_log_rising(o[2] + o[3], n);
}

static double
bg_bb_discounted(const double *o, double n, double rate)
{
	double		stays = 1;
	double		sum = 0;

	for (double t = 1; t <= n; t++)
	{
		stays *= (o[3] + t - 1) / (o[2] + o[3] + t - 1);
		sum += stays * exp(-rate * t);
	}
	return o[0] / (o[0] + o[1]) * sum;
}

/* sum of v^t q^t over t = 1, 2, ...; rate = -ln v */
static double
ever_at_share(const void *arg, double p, double q)
{
	double		rate = *(const double *) arg;

	return q * exp(-rate) / (p - q * expm1(-rate));
}

/* Eq. 7: alive for all n opportunities, or dead after i of them */
static double
bg_bb_probability(const double *o, double k, double n)
{
	double		log_first;
	double		term = 1;
	double		sum = 0;
	double		log_scale = 0;
	double		whole;

	if (k > n)
		return 0;
	whole = exp(crm_log_rising(n - k + 1, k) - crm_log_rising(1, k) +
				crm_log_rising(o[0], k) + crm_log_rising(o[1], n - k) -
				crm_log_rising(o[0] + o[1], n) + log_stays(o, n));
	if (k == n)
		return whole;
	log_first = crm_log_rising(o[0], k) - crm_log_rising(o[0] + o[1], k) +
		log_stays(o, k) + log(o[2] / (o[2] + o[3] + k));
	for (double i = k; i < n; i++)
	{
		sum += term;
		term *= (i + 1) / (i + 1 - k) * (o[1] + i - k) / (o[0] + o[1] + i) *
			(o[3] + i) / (o[2] + o[3] + 1 + i);
		if (sum > 1e200)
		{
			sum *= 1e-200;
			term *= 1e-200;
			log_scale += log(1e200);
		}
	}
	return whole + exp(log_first + log_scale + log(sum));
}

/*----------
 * All kinds
 *----------
 */

double
crm_clv_alive(const CrmClvModel *m, const CrmClvCustomer *c)
{
	switch (m->kind)
	{
		case CRM_CLV_BG_NBD:
			if (c->frequency == 0)
				return 1;
			return 1 / (1 + exp(log_dead_odds(m, c)));
		case CRM_CLV_MBG_NBD:
			return 1 / (1 + exp(log_dead_odds(m, c)));
		case CRM_CLV_PARETO_NBD:
			return 1 / (1 + exp(crm_clv_pareto_log_dead(m->parameters,
														c->frequency,
														c->recency, c->age)));
		case CRM_CLV_BG_BB:
			return 1 / (1 + bg_bb_dead_odds(m->parameters, c->frequency,
											c->recency, c->age));
		case CRM_CLV_GAMMA_GAMMA:
			break;
	}
	return 1;
}

CrmClvOutlook
crm_clv_outlook(const CrmClvModel *m, const CrmClvCustomer *c)
{
	CrmClvOutlook o = {m->kind, crm_clv_alive(m, c), {0}};

	memcpy(o.p, m->parameters, sizeof o.p);
	switch (m->kind)
	{
		case CRM_CLV_MBG_NBD:
			/* the first purchase may have been the last, too */
			o.p[3] += 1;
			/* FALLTHROUGH */
		case CRM_CLV_BG_NBD:
			o.p[0] += c->frequency;
			o.p[1] += c->age;
			o.p[3] += c->frequency;
			break;
		case CRM_CLV_PARETO_NBD:
			o.p[0] += c->frequency;
			o.p[1] += c->age;
			o.p[3] += c->age;
			break;
		case CRM_CLV_BG_BB:
			o.p[0] += c->frequency;
			o.p[1] += c->age - c->frequency;
			o.p[3] += c->age;
			break;
		case CRM_CLV_GAMMA_GAMMA:
			break;
	}
	return o;
}

CrmClvOutlook
crm_clv_new_customer(const CrmClvModel *m)
{
	CrmClvOutlook o = {m->kind, 1, {0}};

	memcpy(o.p, m->parameters, sizeof o.p);
	if (m->kind == CRM_CLV_MBG_NBD)
	{
		o.alive = o.p[3] / (o.p[2] + o.p[3]);
		o.p[3] += 1;
	}
	return o;
}

double
crm_clv_alive_ahead(const CrmClvOutlook *o, double units)
{
	switch (o->kind)
	{
		case CRM_CLV_BG_NBD:
		case CRM_CLV_MBG_NBD:
			return o->alive * mean_alive(o->p, o->p[0], units / o->p[1]);
		case CRM_CLV_PARETO_NBD:
			return o->alive * exp(-o->p[2] * log1p(units / o->p[3]));
		case CRM_CLV_BG_BB:
			return o->alive * exp(log_stays(o->p,
											crm_clv_opportunities(units)));
		case CRM_CLV_GAMMA_GAMMA:
			break;
	}
	return o->alive;
}

double
crm_clv_expected(const CrmClvOutlook *o, double units)
{
	if (o->alive == 0)
		return 0;
	switch (o->kind)
	{
		case CRM_CLV_BG_NBD:
		case CRM_CLV_MBG_NBD:
			return o->alive * mean_bought(o->p, o->p[0], units / o->p[1]);
		case CRM_CLV_PARETO_NBD:
			return o->alive * pareto_expected(o->p, units);
		case CRM_CLV_BG_BB:
			return o->alive * bg_bb_discounted(o->p,
											   crm_clv_opportunities(units),
											   0);
		case CRM_CLV_GAMMA_GAMMA:
			break;
	}
	return 0;
}

double
crm_clv_probability(const CrmClvOutlook *o, double n, double units)
{
	double		p = 0;

	if (o->alive > 0)
	{
		switch (o->kind)
		{
			case CRM_CLV_BG_NBD:
			case CRM_CLV_MBG_NBD:
				p = bg_probability(o->p, n, units);
				break;
			case CRM_CLV_PARETO_NBD:
				p = pareto_probability(o->p, n, units);
				break;
			case CRM_CLV_BG_BB:
				p = bg_bb_probability(o->p, n, crm_clv_opportunities(units));
				break;
			case CRM_CLV_GAMMA_GAMMA:
				break;
		}
	}
	p = (n == 0 ? 1 - o->alive : 0) + o->alive * p;
	return p < 1 ? p : 1;
}

/*----------
 * Discounted purchases
 *----------
 */

typedef struct Discount
{
	const CrmClvOutlook *o;
	double		rate;
	double		scale;			/* the time is scale (exp(v) - 1) */
} Discount;

/* Purchases a unit of someone alive, discounted, by v. */
static double
discounted_rate(const void *arg, double v)
{
	const Discount *d = arg;
	const double *o = d->o->p;
	double		t = d->scale * expm1(v);
	double		f = o[0] / o[1] * d->scale;

	if (d->o->kind == CRM_CLV_PARETO_NBD)
		return f * exp(v - o[2] * log1p(t / o[3]) - d->rate * t);
	return f * exp(v - d->rate * t) * mean_alive(o, o[0] + 1, t / o[1]);
}

/*
 * All purchases to come of someone alive who drops out with probability p: the
 * integral over t of lambda exp(-lambda p t - rate t), lambda ~ gamma(r, alpha).
 */
static double
discounted_at_share(const void *arg, double p, double q)
{
	const Discount *d = arg;
	double		r = d->o->p[0];
	double		z = d->rate * d->scale / p;

	(void) q;
	/* without dropout r / (alpha rate) */
	if (p < 1e-16 * d->rate * d->scale)
		return r / (d->rate * d->scale);
	return r / p * crm_scaled_expint(r + 1, z);
}

static double
discounted_ever(const CrmClvOutlook *o, double rate)
{
	const double *p = o->p;

	if (o->kind == CRM_CLV_BG_BB)
		return rate == 0 && p[2] <= 1 ? INFINITY :
			p[0] / (p[0] + p[1]) *
			(rate == 0 ? p[3] / (p[2] - 1) :
			 crm_beta_mean(p[2], p[3], ever_at_share, &rate));
	if (p[2] <= 1)
		return INFINITY;
	if (o->kind == CRM_CLV_PARETO_NBD)
		return p[0] / p[1] * p[3] / (p[2] - 1);
	return (p[2] + p[3] - 1) / (p[2] - 1);
}

double
crm_clv_discounted(const CrmClvOutlook *o, double units, double rate)
{
	Discount	d = {o, rate, o->kind == CRM_CLV_PARETO_NBD ? o->p[3] : o->p[1]};
	double		end;

	if (o->alive == 0 || o->kind == CRM_CLV_GAMMA_GAMMA)
		return 0;
	if (isinf(units) && (rate == 0 || o->kind == CRM_CLV_BG_BB))
		return o->alive * discounted_ever(o, rate);
	if (rate == 0)
		return crm_clv_expected(o, units);
	if (o->kind == CRM_CLV_BG_BB)
		return o->alive * bg_bb_discounted(o->p, crm_clv_opportunities(units),
										   rate);
	if (isinf(units) && o->kind != CRM_CLV_PARETO_NBD)
		return o->alive * crm_beta_mean(o->p[2], o->p[3], discounted_at_share,
										&d);
	/* what comes later is discounted to nothing */
	end = 60 / rate < units ? 60 / rate : units;
	d.scale = o->kind == CRM_CLV_PARETO_NBD ? time_scale(o->p[2], o->p[3]) :
		time_scale(o->p[0], o->p[1]);
	return o->alive * crm_integrate(discounted_rate, &d, 0,
									log1p(end / d.scale), 1.5);
}

/* Fader and Hardie 2013, eq. 5 */
bool
crm_clv_spend(const CrmClvModel *m, const CrmClvCustomer *c, double *spend)
{
	const double *p = m->parameters;
	double		shape = p[0] * c->frequency + p[1];

	if (shape <= 1 || (c->frequency > 0 && !(c->money > 0)))
		return false;
	*spend = p[0] * (p[2] + c->frequency * c->money) / (shape - 1);
	return true;
}
