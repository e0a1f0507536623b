/*
 * clv_likelihood.c
 *		Log-likelihoods of the lifetime value models, with gradients.
 *
 * Patterns come sorted by frequency, so what depends on it alone (the gamma
 * functions) is computed once for each, and then by age, whose logarithm is
 * computed once for each run.  Ratios are taken before logarithms: a model far
 * out on a ridge (r and alpha large) keeps its digits.
 *
 * x, tx, T and n are as in the papers: frequency, recency, age, opportunities.
 */
#include <math.h>

#include "clv_fit.h"
#include "clv_math.h"
#include "compensated_sum.h"

/* Patterns between two questions to the caller: a few milliseconds. */
#define POLL_EVERY 4096

/* Steps of BG/BB's inner sum between two questions. */
#define POLL_STEPS 100000

/* Decay exp(-this) of one panel of Gauss nodes, and its greatest width. */
#define PANEL_DECAY 6.0
#define PANEL_WIDTH 2.0

/* ln(gamma(c + x) / gamma(c)) and its derivative by c, for ascending x. */
typedef struct Rising
{
	double		c;
	double		x;
	double		log;
	double		rise;
} Rising;

static Rising
rising(double c)
{
	Rising		r = {c, 0, 0, 0};

	return r;
}

static void
raise_to(Rising *r, double x)
{
	double		from = r->c + r->x;

	r->log += crm_log_rising(from, x - r->x);
	r->rise += crm_digamma_rise(from, x - r->x);
	r->x = x;
}

/* One search's view of the data. */
typedef struct Work
{
	CrmClvPatterns data;
	double		scale;
	const double *p;
	const CrmPoll *poll;
	CrmSum		value;
	double		gradient[CRM_CLV_MAX_PARAMETERS];
} Work;

/*----------
 * BG/NBD: Fader, Hardie and Lee 2005; MBG/NBD: Batislam et al. 2007
 *----------
 */

/* What the patterns of one frequency share. */
typedef struct BgShared
{
	Rising		r;
	Rising		b;
	Rising		ab;
	double		base;
	double		previous;		/* b + purchases before the last chance to die */
	double		log_odds;		/* ln(a / previous) */
	bool		may_be_dead;
} BgShared;

static void
bg_share(BgShared *s, const double *p, double x, bool mbg)
{
	double		chances = mbg ? x + 1 : x;

	raise_to(&s->r, x);
	raise_to(&s->b, chances);
	raise_to(&s->ab, chances);
	s->base = s->r.log + (s->b.log - s->ab.log);
	s->previous = p[3] + chances - 1;
	s->may_be_dead = chances > 0;
	s->log_odds = s->may_be_dead ? log(p[2] / s->previous) : 0;
}

static bool
bg_sum(Work *k, bool mbg)
{
	const double *p = k->p;
	double		r = p[0];
	double		alpha = p[1];
	double		log_alpha = log(alpha);
	BgShared	s = {rising(r), rising(p[3]), rising(p[2] + p[3]), 0, 0, 0, 0};
	const CrmClvPattern *before = NULL;
	double	   *g = k->gradient;
	double		age = 0;
	double		to_age = 0;
	double		inverse_age = 0;

	for (size_t i = 0; i < k->data.n; i++)
	{
		const CrmClvPattern *c = &k->data.patterns[i];
		double		w = (double) c->weight;
		double		x = c->frequency;
		double		recent = alpha + c->second * k->scale;
		double		l;
		double		dead = 0;
		double		since = 0;

		if (i % POLL_EVERY == POLL_EVERY - 1 && crm_poll_stop(k->poll))
			return false;
		if (before == NULL || before->frequency != c->frequency)
			bg_share(&s, p, x, mbg);
		if (before == NULL || before->first != c->first)
		{
			age = c->first * k->scale;
			to_age = crm_log_one_plus(age / alpha);
			inverse_age = 1 / (alpha + age);
		}
		before = c;
		l = s.base - (r + x) * to_age - (x > 0 ? x * log_alpha : 0);
		if (s.may_be_dead)
		{
			double		gap = (c->first - c->second) * k->scale / recent;
			double		odds;

			since = crm_log_one_plus(gap);
			odds = s.log_odds + (r + x) * since;
			if (odds > 40)
			{
				l += odds;
				dead = 1;
			}
			else
			{
				double		e = exp(odds);

				/* it is added to what is larger: its own digits do not count */
				l += log(1 + e);
				dead = e / (1 + e);
			}
			g[1] -= w * dead * (r + x) * gap * inverse_age;
			g[2] += w * (dead / p[2] - s.ab.rise);
			g[3] += w * (s.b.rise - s.ab.rise - dead / s.previous);
		}
		crm_sum_add(&k->value, w * l);
		g[0] += w * (s.r.rise - to_age + dead * since);
		g[1] += w * (r * age / alpha - x) * inverse_age;
	}
	return true;
}

/*----------
 * Pareto/NBD: Schmittlein, Morrison and Colombo 1987, in the form of Fader and
 * Hardie 2005, "A note on deriving the Pareto/NBD model"
 *
 * P(dead) / P(alive) = s/(r+s+x) A0 (alpha+T)^(r+x) (beta+T)^s is the integral
 * over the time y of death, from tx to T, of
 *
 *		s ((alpha+T)/(alpha+y))^(r+x) ((beta+T)/(beta+y))^s / (beta+y)
 *
 * in which nothing cancels and alpha = beta is no case of its own.  With m the
 * lesser of alpha and beta and M the other, and v = ln((m+y)/(m+tx)), the
 * integrand is exp(-kv) times a function without singularities nearer than pi,
 * its decay is fastest at the end, and ten Gauss nodes a panel give all digits.
 *----------
 */

typedef struct Death
{
	double		m;
	double		M;
	double		power_m;		/* r + x or s, as m is alpha or beta */
	double		power_M;
	double		tx;
	double		T;
} Death;

typedef struct DeathMeans
{
	double		log_odds;		/* -INFINITY where tx = T */
	double		log_alpha;		/* of ln((alpha+T)/(alpha+y)), ... */
	double		inverse_alpha;	/* 1/(alpha+y) ... */
	double		log_beta;
	double		inverse_beta;	/* ... over the time of death y */
} DeathMeans;

/* How fast the integrand decays by v, at m + y. */
static double
decay_at(const Death *d, double my)
{
	return d->power_m + d->power_M * my / (d->M - d->m + my);
}

/*
 * Adds the panel of v from "left" to "left - h" before the end: the integral
 * and four moments.  What is left of v is the logarithm of (m+T)/(m+y).
 */
static void
add_panel(const Death *d, bool alpha_first, double left, double h, double top,
		  double *sum)
{
	double		mT = d->m + d->T;
	double		gap = d->M - d->m;

	for (int i = 0; i < CRM_GAUSS_NODES; i++)
	{
		double		log_m = left - h * (1 + crm_gauss_node[i]) / 2;
		double		e = exp(-log_m);
		double		rest = log_m > 0.01 ? 1 - e : -expm1(-log_m);
		double		inverse_m = 1 / (mT * e);
		double		inverse_M = 1 / (gap + mT * e);
		double		log_M = crm_log_one_plus(mT * rest * inverse_M);
		double		f = exp(d->power_m * log_m + d->power_M * log_M - top) *
		crm_gauss_weight[i];

		if (alpha_first)
			f *= inverse_M * (mT * e);
		sum[0] += f * h / 2;
		sum[1] += f * h / 2 * log_m;
		sum[2] += f * h / 2 * inverse_m;
		sum[3] += f * h / 2 * log_M;
		sum[4] += f * h / 2 * inverse_M;
	}
}

/* The panels from tx to T; returns the logarithm of the common factor. */
static double
add_panels(const Death *d, bool alpha_first, double *sum)
{
	double		mT = d->m + d->T;
	double		left = crm_log_one_plus((d->T - d->tx) / (d->m + d->tx));
	double		top = d->power_m * left +
	d->power_M * crm_log_one_plus((d->T - d->tx) / (d->M + d->tx));
	double		my = d->m + d->tx;

	for (double lost = 0; left > 0 && lost < 45;)
	{
		/* what is small already need not be known as well */
		double		most = PANEL_DECAY + lost / 2;
		double		decay = decay_at(d, my);
		double		h = most / decay;
		double		end;

		h = h < PANEL_WIDTH ? h : PANEL_WIDTH;
		h = h < left ? h : left;
		end = mT * exp(h - left);
		if (h * decay_at(d, end) > 1.5 * most)
		{
			h = most / decay_at(d, end);
			end = mT * exp(h - left);
		}
		add_panel(d, alpha_first, left, h, top, sum);
		lost += h * decay;
		left -= h;
		my = end;
	}
	return top;
}

static DeathMeans
death_means(const double *p, double x, double tx, double T)
{
	bool		alpha_first = p[1] <= p[3];
	Death		d = {p[1], p[3], p[0] + x, p[2], tx, T};
	DeathMeans	means = {-INFINITY, 0, 0, 0, 0};
	double		sum[5] = {0, 0, 0, 0, 0};
	double		top;
	double		over;

	if (!(T > tx))
		return means;
	if (!alpha_first)
	{
		d.m = p[3];
		d.M = p[1];
		d.power_m = p[2];
		d.power_M = p[0] + x;
	}
	top = add_panels(&d, alpha_first, sum);
	over = 1 / sum[0];
	means.log_odds = log(p[2] * sum[0]) + top;
	means.log_alpha = (alpha_first ? sum[1] : sum[3]) * over;
	means.inverse_alpha = (alpha_first ? sum[2] : sum[4]) * over;
	means.log_beta = (alpha_first ? sum[3] : sum[1]) * over;
	means.inverse_beta = (alpha_first ? sum[4] : sum[2]) * over;
	return means;
}

double
crm_clv_pareto_log_dead(const double *p, double x, double tx, double T)
{
	return death_means(p, x, tx, T).log_odds;
}

static bool
pareto_sum(Work *k)
{
	const double *p = k->p;
	double		r = p[0];
	double		alpha = p[1];
	double		s = p[2];
	double		beta = p[3];
	double		log_alpha = log(alpha);
	Rising		rise = rising(r);
	double	   *g = k->gradient;
	double		T = -1;
	double		to_age = 0;
	double		to_end = 0;
	double		inverse_alpha = 0;
	double		inverse_beta = 0;

	for (size_t i = 0; i < k->data.n; i++)
	{
		const CrmClvPattern *c = &k->data.patterns[i];
		double		w = (double) c->weight;
		double		x = c->frequency;
		DeathMeans	death;
		double		dead = 0;

		if (i % (POLL_EVERY / 4) == POLL_EVERY / 4 - 1 &&
			crm_poll_stop(k->poll))
			return false;
		if (rise.x != x)
			raise_to(&rise, x);
		if (c->first * k->scale != T)
		{
			T = c->first * k->scale;
			to_age = crm_log_one_plus(T / alpha);
			to_end = crm_log_one_plus(T / beta);
			inverse_alpha = 1 / (alpha + T);
			inverse_beta = 1 / (beta + T);
		}
		death = death_means(p, x, c->second * k->scale, T);
		dead = 1 / (1 + exp(-death.log_odds));
		crm_sum_add(&k->value,
					w * (rise.log - (r + x) * to_age - (x > 0 ? x * log_alpha : 0)
						 - s * to_end + crm_log_one_plus_exp(death.log_odds)));
		g[0] += w * (rise.rise - to_age + dead * death.log_alpha);
		g[1] += w * ((r * T / alpha - x) * inverse_alpha + dead * (r + x) *
					 (inverse_alpha - death.inverse_alpha));
		g[2] += w * (-to_end + dead * (1 / s + death.log_beta));
		g[3] += w * (s * T / beta * inverse_beta +
					 dead * (s * inverse_beta - (s + 1) * death.inverse_beta));
	}
	return true;
}

/*----------
 * Gamma-Gamma: Fader and Hardie 2013, eq. 1a; "first" is 0, "second" the mean
 *----------
 */

static bool
spend_sum(Work *k)
{
	double		p = k->p[0];
	double		q = k->p[1];
	double		gamma = k->p[2];
	double		x = 0;
	double		base = 0;
	double		rise_p = 0;
	double		rise_q = 0;
	double	   *g = k->gradient;

	for (size_t i = 0; i < k->data.n; i++)
	{
		const CrmClvPattern *c = &k->data.patterns[i];
		double		w = (double) c->weight;
		double		total;
		double		far;
		double		near;

		if (i % POLL_EVERY == POLL_EVERY - 1 && crm_poll_stop(k->poll))
			return false;
		if (c->frequency != x)
		{
			double		large;
			double		small;

			x = c->frequency;
			large = p * x > q ? p * x : q;
			small = p * x > q ? q : p * x;
			base = crm_log_rising(large, small) - lgamma(small);
			rise_p = crm_digamma_rise(p * x, q);
			rise_q = crm_digamma_rise(q, p * x);
		}
		/* far: ln((gamma + total) / gamma), near: the same by total */
		total = x * c->second * k->scale;
		far = crm_log_one_plus(total / gamma);
		near = crm_log_one_plus(gamma / total);
		crm_sum_add(&k->value, w * (base - q * far - p * x * near -
									log(c->second * k->scale)));
		g[0] += w * x * (rise_p - near);
		g[1] += w * (rise_q - far);
		g[2] += w * (q * total / gamma - p * x) / (gamma + total);
	}
	return true;
}

/*----------
 * BG/BB: Fader, Hardie and Shang 2010, eq. 5; "first" is n, "second" is tx
 *
 * P(dead) / P(alive) by its last term, as in clv_predict.c; the derivatives of
 * the logarithm of each term are summed along.
 *----------
 */

typedef struct Opportunity
{
	double		odds;			/* sum of terms */
	double		term;
	double		log_scale;		/* of the terms and what is summed of them */
	double		d[CRM_CLV_MAX_PARAMETERS];	/* of ln term */
	double		sum[CRM_CLV_MAX_PARAMETERS];	/* of term d */
} Opportunity;

/* Back from opportunity i + 1 to i: dead after i. */
static void
step_back(Opportunity *o, const double *p, double x, double i)
{
	double		missed = 1 / (p[1] + i - x);
	double		offered = 1 / (p[0] + p[1] + i);
	double		stayed = 1 / (p[3] + i);
	double		lived = 1 / (p[2] + p[3] + i);
	double		last = o->term * missed / offered * p[2] * stayed;

	o->d[0] += offered;
	o->d[1] += offered - missed;
	o->odds += last;
	o->sum[0] += last * o->d[0];
	o->sum[1] += last * o->d[1];
	/* the last step's chance of dying is gamma, not gamma + delta + i */
	o->sum[2] += last * (o->d[2] + 1 / p[2]);
	o->sum[3] += last * (o->d[3] - stayed);
	o->d[2] += lived;
	o->d[3] += lived - stayed;
	o->term *= missed / offered * stayed / lived;
}

static bool
chances_sum(Work *k)
{
	const double *p = k->p;
	double	   *g = k->gradient;
	Rising		bought = rising(p[0]);
	size_t		steps = 0;

	for (size_t i = 0; i < k->data.n; i++)
	{
		const CrmClvPattern *c = &k->data.patterns[i];
		double		w = (double) c->weight;
		double		x = c->frequency;
		double		n = c->first;
		double		rest = n - x;
		Opportunity o = {0, 1, 0, {0}, {0}};
		double		alive;
		double		offered = crm_digamma_rise(p[0] + p[1], n);
		double		lived = crm_digamma_rise(p[2] + p[3], n);

		if (bought.x != x)
			raise_to(&bought, x);
		for (double t = n - 1; t >= c->second; t--)
		{
			step_back(&o, p, x, t);
			if (o.odds > 1e200)
			{
				o.log_scale += log(1e200);
				o.odds *= 1e-200;
				o.term *= 1e-200;
				for (int j = 0; j < 4; j++)
					o.sum[j] *= 1e-200;
			}
			if (++steps % POLL_STEPS == 0 && crm_poll_stop(k->poll))
				return false;
		}
		if (i % POLL_EVERY == POLL_EVERY - 1 && crm_poll_stop(k->poll))
			return false;
		alive = o.log_scale > 0 ? exp(-o.log_scale) : 1;
		crm_sum_add(&k->value,
					w * (bought.log + crm_log_rising(p[1], rest) -
						 crm_log_rising(p[0] + p[1], n) +
						 crm_log_rising(p[3], n) -
						 crm_log_rising(p[2] + p[3], n) +
						 (o.log_scale + log(alive + o.odds))));
		alive = 1 / (alive + o.odds);
		g[0] += w * (bought.rise - offered + alive * o.sum[0]);
		g[1] += w * (crm_digamma_rise(p[1], rest) - offered +
					 alive * o.sum[1]);
		g[2] += w * (-lived + alive * o.sum[2]);
		g[3] += w * (crm_digamma_rise(p[3], n) - lived + alive * o.sum[3]);
	}
	return true;
}

bool
crm_clv_log_likelihood(CrmClvKind kind, CrmClvPatterns data, double scale,
					   const double *parameters, const CrmPoll *poll,
					   double *value, double *gradient)
{
	Work		k = {data, scale, parameters, poll, {0, 0}, {0}};
	bool		done = false;

	switch (kind)
	{
		case CRM_CLV_BG_NBD:
		case CRM_CLV_MBG_NBD:
			done = bg_sum(&k, kind == CRM_CLV_MBG_NBD);
			break;
		case CRM_CLV_PARETO_NBD:
			done = pareto_sum(&k);
			break;
		case CRM_CLV_GAMMA_GAMMA:
			done = spend_sum(&k);
			break;
		case CRM_CLV_BG_BB:
			done = chances_sum(&k);
			break;
	}
	if (!done)
		return false;
	*value = crm_sum_value(&k.value);
	for (int i = 0; gradient && i < crm_clv_info(kind)->n_parameters; i++)
		gradient[i] = k.gradient[i] * parameters[i];
	return true;
}
