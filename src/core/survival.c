/*
 * survival.c
 *		Kaplan and Meier's curve (1958): forms, and what is read from it.
 *
 * With d events among n at risk at a duration:
 *		survival	S = product of (n - d) / n
 *		variance	of log S = sum of d / (n (n - d))	(Greenwood 1926)
 *		hazard		sum of d / n						(Nelson, Aalen)
 * as R's survfit has them.
 */
#include "survival.h"

#include <math.h>

/* R's: quantiles within this of a step of the curve lie on it. */
#define STEP_TOLERANCE 1.4901161193847656e-08

CrmSurvivalScale
crm_survival_scale(const char *name, size_t len)
{
	static const char *const NAMES[] = {"log-log", "log", "plain"};

	for (int i = 0; i < CRM_SCALE_NONE; i++)
		if (strlen(NAMES[i]) == len && memcmp(NAMES[i], name, len) == 0)
			return (CrmSurvivalScale) i;
	return CRM_SCALE_NONE;
}

bool
crm_survival_check(CrmSurvival c, CrmError *error)
{
	uint64_t	events;
	uint64_t	censored;

	if (c.n_times == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A survival curve holds at least one observation.",
						NULL);
	for (size_t i = 0; i < c.n_times; i++)
	{
		const CrmTally *t = &c.times[i];

		if (!(t->key >= 0 && t->key < INFINITY) ||
			(t->key == 0 && signbit(t->key)))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A duration must be finite and not negative.",
							NULL);
		if (t->part != 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The format is not known.", NULL);
	}
	if (!crm_tally_ordered(c.times, c.n_times))
		return crm_fail(error, CRM_ERROR_VALUE,
						"Durations must be in ascending order, each once and with at least one observation.",
						NULL);
	if (!crm_tally_total(c.times, c.n_times, &events, &censored))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A survival curve counts at most 9223372036854775807 observations.",
						NULL);
	return true;
}

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not an object of the form {\"times\":[[duration,events,censored],...]}.",
					"A survival curve is made by the aggregate survival_curve(duration, event).");
}

bool
crm_survival_read_duration(CrmJsonReader *r, const CrmFloatText *ft,
						   double *time, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A duration must be a number.", NULL);
	if (!ft->parse(r->raw, r->raw_len, time))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A duration must be finite and not negative.", NULL);
	*time = *time == 0 ? 0 : *time;
	return true;
}

bool
crm_survival_read_count(CrmJsonReader *r, uint64_t *count, CrmError *error)
{
	int64_t		v;

	if (crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &v) || v < 0)
		return crm_fail(error, CRM_ERROR_RANGE,
						"A count must be a whole number between 0 and 9223372036854775807.",
						NULL);
	*count = (uint64_t) v;
	return true;
}

static bool
too_many(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_LIMIT,
					"A survival curve has at most 33000000 distinct durations.",
					NULL);
}

bool
crm_survival_parse(const char *text, size_t len, const CrmFloatText *ft,
				   CrmTally *times, size_t *n, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);
	CrmSurvival c = {times, 0};
	CrmJsonToken token;

	if (crm_json_next(&r) != CRM_JSON_OBJECT ||
		crm_json_next(&r) != CRM_JSON_KEY || !crm_json_is(&r, "times") ||
		crm_json_next(&r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		CrmTally   *t = &times[c.n_times];

		if (c.n_times >= CRM_TALLY_MAX_ENTRIES)
			return too_many(error);
		memset(t, 0, sizeof *t);
		if (!crm_survival_read_duration(&r, ft, &t->key, error) ||
			!crm_survival_read_count(&r, &t->first, error) ||
			!crm_survival_read_count(&r, &t->second, error))
			return false;
		if (crm_json_next(&r) != CRM_JSON_ARRAY_END)
			return not_the_form(error);
		c.n_times++;
	}
	if (!crm_json_list_ends(&r, token))
		return not_the_form(error);
	if (!crm_survival_check(c, error))
		return false;
	*n = c.n_times;
	return true;
}

void
crm_survival_print(CrmJsonWriter *w, CrmSurvival c, const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "times");
	crm_json_open(w, '[');
	for (size_t i = 0; i < c.n_times; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_float(w, c.times[i].key, ft);
		crm_json_put_int(w, (int64_t) c.times[i].first);
		crm_json_put_int(w, (int64_t) c.times[i].second);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

void
crm_survival_encode(CrmSurvival c, CrmWriter *w)
{
	crm_put_u8(w, CRM_SURVIVAL_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, (uint32_t) c.n_times);
	for (size_t i = 0; i < c.n_times; i++)
	{
		crm_put_f64(w, c.times[i].key);
		crm_put_u64(w, c.times[i].first);
		crm_put_u64(w, c.times[i].second);
	}
}

bool
crm_survival_decode(const void *data, size_t size, CrmTally *times, size_t *n,
					CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmSurvival c = {times, 0};

	if (crm_get_u8(&r) != CRM_SURVIVAL_FORMAT || crm_get_uint(&r, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	c.n_times = crm_get_u32(&r);
	if (c.n_times > CRM_TALLY_MAX_ENTRIES)
		return too_many(error);
	if (r.failed ||
		size - r.at != c.n_times * (size_t) CRM_SURVIVAL_ENTRY_SIZE)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of durations.",
						NULL);
	for (size_t i = 0; i < c.n_times; i++)
	{
		memset(&times[i], 0, sizeof times[i]);
		times[i].key = crm_get_f64(&r);
		times[i].first = crm_get_u64(&r);
		times[i].second = crm_get_u64(&r);
	}
	if (!crm_survival_check(c, error))
		return false;
	*n = c.n_times;
	return true;
}

CrmSurvivalPoint
crm_survival_start(CrmSurvival c)
{
	CrmSurvivalPoint p = {0, 0, 0, 0, 1, 0, 0};
	uint64_t	events;
	uint64_t	censored;

	(void) crm_tally_total(c.times, c.n_times, &events, &censored);
	p.at_risk = events + censored;
	return p;
}

void
crm_survival_step(CrmSurvival c, size_t i, CrmSurvivalPoint *p)
{
	const CrmTally *t = &c.times[i];
	double		n;
	double		d = (double) t->first;

	p->at_risk -= p->events + p->censored;
	p->time = t->key;
	p->events = t->first;
	p->censored = t->second;
	if (t->first == 0)
		return;
	n = (double) p->at_risk;
	p->hazard += d / n;
	if (p->at_risk == t->first)
	{
		p->survival = 0;
		p->variance = INFINITY;
		return;
	}
	p->survival *= (double) (p->at_risk - t->first) / n;
	p->variance += d / (n * (double) (p->at_risk - t->first));
}

bool
crm_survival_at(CrmSurvival c, double time, CrmSurvivalPoint *p)
{
	*p = crm_survival_start(c);
	for (size_t i = 0; i < c.n_times && c.times[i].key <= time; i++)
		crm_survival_step(c, i, p);
	return time <= c.times[c.n_times - 1].key || p->survival == 0;
}

double
crm_survival_std_error(const CrmSurvivalPoint *p)
{
	return p->survival * sqrt(p->variance);
}

bool
crm_survival_limits(const CrmSurvivalPoint *p, CrmSurvivalScale scale,
					double z, double *low, double *high)
{
	double		s = p->survival;
	double		se = z * sqrt(p->variance);
	double		l = 1;
	double		h = 1;

	if (s == 0)
		return false;
	if (s < 1 && scale == CRM_SCALE_LOG_LOG)
	{
		double		log_hazard = log(-log(s));

		l = exp(-exp(log_hazard - se / log(s)));
		h = exp(-exp(log_hazard + se / log(s)));
	}
	else if (s < 1 && scale == CRM_SCALE_LOG)
	{
		l = exp(log(s) - se);
		h = exp(log(s) + se);
	}
	else if (s < 1)
	{
		l = s - se * s;
		h = s + se * s;
	}
	*low = l > 0 ? l : 0;
	*high = h < 1 ? h : 1;
	return true;
}

/* False: the line has no value there. */
static bool
line_value(const CrmSurvivalPoint *p, CrmSurvivalLine line,
		   CrmSurvivalScale scale, double z, double *value)
{
	double		low;
	double		high;

	*value = p->survival;
	if (line == CRM_LINE_SURVIVAL)
		return true;
	if (!crm_survival_limits(p, scale, z, &low, &high))
		return false;
	*value = line == CRM_LINE_LOW ? low : high;
	return true;
}

bool
crm_survival_quantile(CrmSurvival c, double p, CrmSurvivalLine line,
					  CrmSurvivalScale scale, double z, double *time)
{
	CrmSurvivalPoint at = crm_survival_start(c);
	bool		reached = false;
	bool		known = true;
	double		first = 0;

	for (size_t i = 0; i < c.n_times; i++)
	{
		double		value;

		crm_survival_step(c, i, &at);
		known = line_value(&at, line, scale, z, &value);
		if (!known)
			continue;
		if (!reached && 1 - value >= p - STEP_TOLERANCE)
		{
			reached = true;
			first = at.time;
		}
		if (reached && 1 - value >= p + STEP_TOLERANCE)
		{
			*time = first + (at.time - first) / 2;
			return true;
		}
	}
	if (!reached)
		return false;
	/* it runs at 1 - p to its end, as far as that is known */
	*time = known ? first + (at.time - first) / 2 : first;
	return true;
}

bool
crm_survival_mean(CrmSurvival c, double tau, double *mean, double *std_error)
{
	CrmSurvivalPoint p = crm_survival_start(c);
	double		area = 0;
	double		variance = 0;
	double		so_far = 0;

	if (tau < 0)
		tau = c.times[c.n_times - 1].key;
	for (size_t i = 0; i < c.n_times && c.times[i].key <= tau; i++)
	{
		area += p.survival * (c.times[i].key - p.time);
		crm_survival_step(c, i, &p);
	}
	if (tau > c.times[c.n_times - 1].key && p.survival > 0)
		return false;
	area += p.survival * (tau - p.time);
	p = crm_survival_start(c);
	for (size_t i = 0; i < c.n_times && c.times[i].key <= tau; i++)
	{
		double		n;
		double		d = (double) c.times[i].first;

		so_far += p.survival * (c.times[i].key - p.time);
		crm_survival_step(c, i, &p);
		n = (double) p.at_risk;
		if (p.survival > 0)
			variance += (area - so_far) * (area - so_far) * d / (n * (n - d));
	}
	*mean = area;
	*std_error = sqrt(variance);
	return true;
}
