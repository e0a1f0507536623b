/*
 * sbg.c
 *		The shifted-beta-geometric model of contract renewals.
 *
 * The hazard of the t-th renewal is alpha / (alpha + beta + t - 1), so with
 * lost and kept customers of each renewal
 *		l = sum of lost log alpha + kept log(beta + t - 1)
 *			- (lost + kept) log(alpha + beta + t - 1)
 * (Fader and Hardie 2007, equations 5 to 7 rearranged).
 */
#include "sbg.h"

#include <math.h>

#define MAX_ITERATIONS 500

/* Parameters beyond these are on a ridge: customers are all alike, or not at
 * all; the likelihood has no maximum. */
#define RIDGE 1e6

static bool
bad_data(CrmError *error, const char *detail)
{
	return crm_fail(error, CRM_ERROR_VALUE, detail,
					"Give one row a period: how many of those of period 0 are left, 0 included.");
}

bool
crm_sbg_check_data(const CrmSbg *m, CrmError *error)
{
	uint64_t	first;
	uint64_t	second;

	if (m->n_periods > CRM_SBG_MAX_RENEWALS + 1)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"There are at most 1000 renewals.", NULL);
	for (size_t i = 0; i < m->n_periods; i++)
	{
		const CrmTally *t = &m->periods[i];

		if (t->key != (double) i || (t->key == 0 && signbit(t->key)) ||
			t->part != 0 || t->zero != 0)
			return bad_data(error, "Periods must be 0, 1, 2 and so on without a gap.");
		if (t->second != m->periods[0].second || t->second == 0)
			return bad_data(error, "All periods must have equally many rows.");
		if (i > 0 && t->first > t[-1].first)
			return bad_data(error, "Survivors must not rise from one period to the next.");
	}
	if (m->n_periods < 3)
		return bad_data(error, "At least the periods 0, 1 and 2 are needed.");
	if (!crm_tally_total(m->periods, m->n_periods, &first, &second))
		return crm_fail(error, CRM_ERROR_RANGE,
						"Counts add up to more than 9223372036854775807.",
						NULL);
	if (m->periods[m->n_periods - 1].first == m->periods[0].first)
		return bad_data(error, "Nobody was lost: there is nothing to learn from.");
	return true;
}

/* Log-likelihood, gradient and negative Hessian in alpha and beta. */
typedef struct Slope
{
	double		loglik;
	double		g[2];
	double		h[3];			/* alpha alpha, alpha beta, beta beta */
} Slope;

static Slope
slope_at(const CrmSbg *m, double a, double b)
{
	Slope		s = {0, {0, 0}, {0, 0, 0}};

	for (size_t t = 1; t < m->n_periods; t++)
	{
		double		kept = (double) m->periods[t].first;
		double		lost = (double) (m->periods[t - 1].first -
									 m->periods[t].first);
		double		all = a + b + (double) (t - 1);
		double		left = b + (double) (t - 1);
		double		risk = (lost + kept) / all;

		s.loglik += lost * log(a / all) + kept * log(left / all);
		s.g[0] += lost / a - risk;
		s.g[1] += kept / left - risk;
		s.h[0] += lost / (a * a) - risk / all;
		s.h[1] -= risk / all;
		s.h[2] += kept / (left * left) - risk / all;
	}
	return s;
}

/* The same in log alpha and log beta, where both may be any number. */
static Slope
log_slope_at(const CrmSbg *m, const double *x)
{
	double		a = exp(x[0]);
	double		b = exp(x[1]);
	Slope		s = slope_at(m, a, b);

	s.h[0] = a * a * s.h[0] - a * s.g[0];
	s.h[1] = a * b * s.h[1];
	s.h[2] = b * b * s.h[2] - b * s.g[1];
	s.g[0] *= a;
	s.g[1] *= b;
	return s;
}

/* Solves (h + damp diagonal) step = g; false unless positive definite. */
static bool
damped_step(const Slope *s, double damp, double *step)
{
	double		h0 = s->h[0] + damp * (fabs(s->h[0]) + 1e-300);
	double		h2 = s->h[2] + damp * (fabs(s->h[2]) + 1e-300);
	double		det = h0 * h2 - s->h[1] * s->h[1];

	if (!(h0 > 0) || !(det > 1e-14 * h0 * h2))
		return false;
	step[0] = (h2 * s->g[0] - s->h[1] * s->g[1]) / det;
	step[1] = (h0 * s->g[1] - s->h[1] * s->g[0]) / det;
	return true;
}

/*
 * Newton's method, damped (Levenberg) where the likelihood does not rise.
 * Stops where it no longer does, by 1e-15 of itself.
 */
static void
climb(const CrmSbg *m, double *x, CrmSbgFit *f)
{
	Slope		s = log_slope_at(m, x);
	double		damp = 0;
	uint32_t	i;

	for (i = 0; i < MAX_ITERATIONS; i++)
	{
		double		step[2];
		double		next[2];
		Slope		t;

		if (damped_step(&s, damp, step))
		{
			double		length = fmax(fabs(step[0]), fabs(step[1]));
			double		cut = length > 2 ? 2 / length : 1;

			next[0] = x[0] + cut * step[0];
			next[1] = x[1] + cut * step[1];
			t = log_slope_at(m, next);
			if (isfinite(t.loglik) && t.loglik >= s.loglik)
			{
				bool		rest = length < 1e-12 ||
				t.loglik - s.loglik <= 1e-15 * fabs(s.loglik);

				memcpy(x, next, sizeof next);
				s = t;
				damp = damp > 1e-6 ? damp / 10 : 0;
				if (rest && damp == 0)
					break;
				continue;
			}
			if (length < 1e-7)
				break;
		}
		damp = damp > 0 ? damp * 10 : 1e-3;
		if (damp > 1e12)
			break;
	}
	/* where the likelihood is flat to the last bit, the slope is not */
	for (int k = 0; k < 3; k++)
	{
		double		step[2];

		if (!damped_step(&s, 0, step) ||
			!(fmax(fabs(step[0]), fabs(step[1])) < 1e-4))
			break;
		x[0] += step[0];
		x[1] += step[1];
		s = log_slope_at(m, x);
	}
	f->iterations += i;
	/* rounding can lift it above 0 where everybody was lost at once */
	f->loglik = s.loglik < 0 ? s.loglik : 0;
}

bool
crm_sbg_fit(CrmSbg *m, CrmError *error)
{
	static const double STARTS[][2] = {{0, 0}, {0, 1.5}, {2, 4}};
	CrmSbgFit	best = {0};
	Slope		s;
	double		det;

	if (!crm_sbg_check_data(m, error))
		return false;
	for (int i = 0; i < 3; i++)
	{
		CrmSbgFit	f = {0};
		double		x[2] = {STARTS[i][0], STARTS[i][1]};

		f.iterations = best.iterations;
		climb(m, x, &f);
		f.alpha = exp(x[0]);
		f.beta = exp(x[1]);
		/* a ridge gains nothing that can be seen over a true maximum */
		if (i == 0 || f.loglik > best.loglik + 1e-9 * fabs(best.loglik))
			best = f;
		else
			best.iterations = f.iterations;
	}
	s = slope_at(m, best.alpha, best.beta);
	det = s.h[0] * s.h[2] - s.h[1] * s.h[1];
	best.converged = best.alpha < RIDGE && best.beta < RIDGE &&
		best.alpha > 1 / RIDGE && best.beta > 1 / RIDGE && s.h[0] > 0 &&
		det > 0 && (s.h[2] * s.g[0] * s.g[0] - 2 * s.h[1] * s.g[0] * s.g[1] +
					s.h[0] * s.g[1] * s.g[1]) / det < 1e-6;
	if (best.converged)
	{
		best.alpha_error = sqrt(s.h[2] / det);
		best.beta_error = sqrt(s.h[0] / det);
	}
	m->fit = best;
	return true;
}

bool
crm_sbg_check(const CrmSbg *m, CrmError *error)
{
	const CrmSbgFit *f = &m->fit;

	if (!crm_sbg_check_data(m, error))
		return false;
	if (f->converged > 1 || f->zero[0] != 0 || f->zero[1] != 0 ||
		f->zero[2] != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (!(f->alpha > 0 && f->alpha < INFINITY) ||
		!(f->beta > 0 && f->beta < INFINITY) ||
		!(f->alpha_error >= 0 && f->alpha_error < INFINITY) ||
		!(f->beta_error >= 0 && f->beta_error < INFINITY) ||
		(f->alpha_error > 0) != (f->beta_error > 0) ||
		(f->alpha_error > 0) != (f->converged == 1) ||
		signbit(f->alpha_error) || signbit(f->beta_error) ||
		!(f->loglik <= 0 && f->loglik > -INFINITY) ||
		(f->loglik == 0 && signbit(f->loglik)) ||
		f->iterations > INT32_MAX)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A parameter is out of range.", NULL);
	return true;
}

void
crm_sbg_encode(const CrmSbg *m, CrmWriter *w)
{
	crm_put_u8(w, CRM_SBG_FORMAT);
	crm_put_u8(w, m->fit.converged);
	crm_put_u16(w, 0);
	crm_put_u32(w, m->fit.iterations);
	crm_put_f64(w, m->fit.alpha);
	crm_put_f64(w, m->fit.beta);
	crm_put_f64(w, m->fit.alpha_error);
	crm_put_f64(w, m->fit.beta_error);
	crm_put_f64(w, m->fit.loglik);
	crm_put_u64(w, m->periods[0].second);
	crm_put_u32(w, (uint32_t) m->n_periods);
	for (size_t i = 0; i < m->n_periods; i++)
		crm_put_u64(w, m->periods[i].first);
}

static void
set_period(CrmTally *periods, size_t i, uint64_t survivors, uint64_t rows)
{
	memset(&periods[i], 0, sizeof *periods);
	periods[i].key = (double) i;
	periods[i].first = survivors;
	periods[i].second = rows;
}

bool
crm_sbg_decode(const void *data, size_t size, CrmTally *periods, CrmSbg *m,
			   CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmSbg		made;
	uint64_t	rows;
	bool		known;

	memset(&made, 0, sizeof made);
	known = crm_get_u8(&r) == CRM_SBG_FORMAT;
	made.fit.converged = crm_get_u8(&r);
	known = crm_get_u16(&r) == 0 && known;
	made.fit.iterations = crm_get_u32(&r);
	made.fit.alpha = crm_get_f64(&r);
	made.fit.beta = crm_get_f64(&r);
	made.fit.alpha_error = crm_get_f64(&r);
	made.fit.beta_error = crm_get_f64(&r);
	made.fit.loglik = crm_get_f64(&r);
	rows = crm_get_u64(&r);
	made.periods = periods;
	made.n_periods = crm_get_u32(&r);
	if (!known || r.failed || made.n_periods > CRM_SBG_MAX_RENEWALS + 1 ||
		size - r.at != made.n_periods * 8)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	for (size_t i = 0; i < made.n_periods; i++)
		set_period(periods, i, crm_get_u64(&r), rows);
	if (!crm_sbg_check(&made, error))
		return false;
	*m = made;
	return true;
}

void
crm_sbg_print(CrmJsonWriter *w, const CrmSbg *m, const CrmFloatText *ft)
{
	const CrmSbgFit *f = &m->fit;

	crm_json_open(w, '{');
	crm_json_put_member(w, "alpha", f->alpha, true, ft);
	crm_json_put_member(w, "beta", f->beta, true, ft);
	crm_json_put_member(w, "alpha_error", f->alpha_error, f->converged, ft);
	crm_json_put_member(w, "beta_error", f->beta_error, f->converged, ft);
	crm_json_put_member(w, "log_likelihood", f->loglik, true, ft);
	crm_json_key(w, "iterations");
	crm_json_put_int(w, f->iterations);
	crm_json_key(w, "converged");
	if (f->converged)
		crm_json_put_raw(w, "true", 4);
	else
		crm_json_put_raw(w, "false", 5);
	crm_json_key(w, "rows");
	crm_json_put_int(w, (int64_t) m->periods[0].second);
	crm_json_key(w, "survivors");
	crm_json_open(w, '[');
	for (size_t i = 0; i < m->n_periods; i++)
		crm_json_put_int(w, (int64_t) m->periods[i].first);
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

static bool
read_fit(CrmJsonReader *r, const CrmFloatText *ft, CrmSbgFit *f)
{
	int64_t		iterations;
	CrmJsonToken token;
	bool		known;

	if (crm_json_next(r) != CRM_JSON_OBJECT ||
		!crm_json_read_float(r, "alpha", ft, &f->alpha, NULL) ||
		!crm_json_read_float(r, "beta", ft, &f->beta, NULL) ||
		!crm_json_read_float(r, "alpha_error", ft, &f->alpha_error, &known) ||
		!crm_json_read_float(r, "beta_error", ft, &f->beta_error, &known) ||
		!crm_json_read_float(r, "log_likelihood", ft, &f->loglik, NULL) ||
		!crm_json_read_count(r, "iterations", &iterations) ||
		iterations > INT32_MAX ||
		!crm_json_read_key(r, "converged"))
		return false;
	f->iterations = (uint32_t) iterations;
	f->loglik = f->loglik == 0 ? 0 : f->loglik;
	token = crm_json_next(r);
	f->converged = token == CRM_JSON_TRUE;
	return token == CRM_JSON_TRUE || token == CRM_JSON_FALSE;
}

bool
crm_sbg_parse(const char *text, size_t len, const CrmFloatText *ft,
			  CrmTally *periods, CrmSbg *m, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);
	CrmSbg		made;
	CrmJsonToken token = CRM_JSON_ERROR;
	int64_t		rows = 0;
	int64_t		survivors;
	bool		good;

	memset(&made, 0, sizeof made);
	made.periods = periods;
	good = read_fit(&r, ft, &made.fit) &&
		crm_json_read_count(&r, "rows", &rows) &&
		crm_json_read_key(&r, "survivors") &&
		crm_json_next(&r) == CRM_JSON_ARRAY;
	while (good && (token = crm_json_next(&r)) == CRM_JSON_NUMBER)
	{
		good = crm_json_int(&r, &survivors) && survivors >= 0 &&
			made.n_periods <= CRM_SBG_MAX_RENEWALS;
		if (good)
			set_period(periods, made.n_periods++, (uint64_t) survivors,
					   (uint64_t) rows);
	}
	if (!good || !crm_json_list_ends(&r, token))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The text is not the JSON object that an sbg_model is printed as.",
						"An sbg_model is made by the aggregate fit_sbg(period, survivors).");
	if (!crm_sbg_check(&made, error))
		return false;
	*m = made;
	return true;
}

double
crm_sbg_survival(const CrmSbgFit *f, int32_t t)
{
	double		s = 1;

	for (int32_t i = 1; i <= t && s > 0; i++)
		s *= crm_sbg_retention(f, i);
	return s;
}

double
crm_sbg_lifetime(const CrmSbgFit *f, int32_t horizon)
{
	double		s = 1;
	double		sum = 0;

	for (int32_t t = 0; t < horizon; t++)
	{
		sum += s;
		s *= crm_sbg_retention(f, t + 1.0);
	}
	return sum;
}

/*
 * 2F1(1, b; c; z), 0 <= z < 1: Gauss's continued fraction by Lentz's method
 * (Abramowitz and Stegun 1964, 15.1; Press et al. 2007, section 5.2).
 */
static double
hypergeometric(double b, double c, double z)
{
	double		f = 1;
	double		big = 1;
	double		small = 0;

	for (int n = 1; n < 10000000; n++)
	{
		double		k = n / 2;
		double		u = n % 2 == 1 ?
		(b + k) * (c - 1 + k) / ((c + 2 * k - 1) * (c + 2 * k)) :
		k * (c - b + k - 1) / ((c + 2 * k - 2) * (c + 2 * k - 1));
		double		delta;

		/* (c - 1) / (c - 1) of the first is 1, also where c is 1 */
		if (n == 1)
			u = b / c;
		small = 1 - u * z * small;
		small = small == 0 ? 1e300 : 1 / small;
		big = 1 - u * z / big;
		big = big == 0 ? 1e-300 : big;
		delta = big * small;
		f *= delta;
		if (fabs(delta - 1) < 1e-16)
			break;
	}
	return 1 / f;
}

double
crm_sbg_discounted(const CrmSbgFit *f, double discount)
{
	if (discount == 0)
		return f->alpha > 1 ? (f->alpha + f->beta - 1) / (f->alpha - 1) :
			INFINITY;
	return hypergeometric(f->beta, f->alpha + f->beta, 1 / (1 + discount));
}

double
crm_sbg_residual(const CrmSbgFit *f, int32_t n, double discount)
{
	CrmSbgFit	left = *f;

	/* who has renewed n + 1 times is beta(alpha, beta + n + 1) */
	left.beta += (double) n + 1;
	return crm_sbg_retention(f, n + 1.0) *
		crm_sbg_discounted(&left, discount);
}
