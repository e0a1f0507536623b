/*
 * proportion.c
 *		A share: successes of trials, with Wilson limits and comparisons.
 */
#include "proportion.h"

#include <math.h>

#include "json.h"
#include "normal.h"
#include "stage.h"
#include "wide.h"

#define HINT "Write a proportion as \"12/40\": successes of trials."

bool
crm_proportion_make(int64_t successes, int64_t trials, CrmProportion *p,
					CrmError *error)
{
	CrmProportion made = {CRM_PROPORTION_FORMAT, {0}, successes, trials};

	if (successes < 0 || trials < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Successes and trials must not be negative.", NULL);
	if (successes > trials)
		return crm_fail(error, CRM_ERROR_VALUE,
						"There are more successes than trials.", HINT);
	*p = made;
	return true;
}

bool
crm_proportion_valid(const CrmProportion *p)
{
	for (size_t i = 0; i < sizeof p->reserved; i++)
	{
		if (p->reserved[i] != 0)
			return false;
	}
	return p->format == CRM_PROPORTION_FORMAT && p->successes >= 0 &&
		p->successes <= p->trials;
}

/* [sign] digits, white space around them */
static bool
parse_count(const char *text, size_t len, int64_t *v, CrmError *error)
{
	CrmJsonReader number = {0};
	size_t		digits;

	crm_trim(&text, &len);
	digits = len > 0 && (text[0] == '-' || text[0] == '+');
	if (digits == len)
		return crm_fail(error, CRM_ERROR_SYNTAX, "A number is missing.",
						HINT);
	for (size_t i = digits; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"Successes and trials must be whole numbers.",
							HINT);
	}
	number.raw = text + (text[0] == '+');
	number.raw_len = len - (text[0] == '+');
	if (!crm_json_int(&number, v))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A proportion counts to at most 9223372036854775807.",
						NULL);
	return true;
}

bool
crm_proportion_parse(const char *text, size_t len, CrmProportion *p,
					 CrmError *error)
{
	const char *slash = len > 0 ? memchr(text, '/', len) : NULL;
	size_t		n;
	int64_t		successes;
	int64_t		trials;

	if (slash == NULL)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"There is no slash between successes and trials.",
						HINT);
	n = (size_t) (slash - text);
	return parse_count(text, n, &successes, error) &&
		parse_count(slash + 1, len - n - 1, &trials, error) &&
		crm_proportion_make(successes, trials, p, error);
}

size_t
crm_proportion_text(const CrmProportion *p, char *text)
{
	size_t		n = crm_int_text(p->successes, text);

	text[n++] = '/';
	return n + crm_int_text(p->trials, text + n);
}

void
crm_proportion_encode(const CrmProportion *p, CrmWriter *w)
{
	crm_put_u8(w, CRM_PROPORTION_FORMAT);
	crm_put_i64(w, p->successes);
	crm_put_i64(w, p->trials);
}

bool
crm_proportion_decode(const void *data, size_t size, CrmProportion *p,
					  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	int64_t		successes = crm_get_i64(&r);
	int64_t		trials = crm_get_i64(&r);

	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						r.failed ? "The value is too short." :
						"Bytes follow the value.", NULL);
	if (format != CRM_PROPORTION_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	return crm_proportion_make(successes, trials, p, error);
}

int
crm_proportion_compare(const CrmProportion *a, const CrmProportion *b)
{
	int			c = 0;

	if (a->trials > 0 && b->trials > 0)
		c = crm_wide_compare(crm_wide_product((uint64_t) a->successes,
											  (uint64_t) b->trials),
							 crm_wide_product((uint64_t) b->successes,
											  (uint64_t) a->trials));
	else
		return (b->trials > 0) - (a->trials > 0);
	return c ? c : (a->trials > b->trials) - (a->trials < b->trials);
}

bool
crm_proportion_count(CrmProportion *p, bool success)
{
	if (p->trials == INT64_MAX)
		return false;
	p->trials++;
	p->successes += success;
	return true;
}

bool
crm_proportion_merge(CrmProportion *p, const CrmProportion *q)
{
	if (q->trials > INT64_MAX - p->trials)
		return false;
	p->trials += q->trials;
	p->successes += q->successes;
	return true;
}

double
crm_proportion_value(const CrmProportion *p)
{
	return (double) p->successes / (double) p->trials;
}

void
crm_proportion_limits(const CrmProportion *p, double level, double *low,
					  double *high)
{
	double		n = (double) p->trials;
	double		share = crm_proportion_value(p);
	double		z = -crm_normal_quantile((1 - level) / 2);
	double		zz = z * z;
	double		center = share + zz / (2 * n);
	double		margin = z * sqrt((share * (1 - share) + zz / (4 * n)) / n);
	double		scale = 1 + zz / n;

	/* exact at the ends, where the subtraction leaves rounding behind */
	*low = p->successes == 0 ? 0 : fmax(0, (center - margin) / scale);
	*high = p->successes == p->trials ? 1 :
		fmin(1, (center + margin) / scale);
}

double
crm_proportion_shrink(const CrmProportion *p, const CrmProportion *prior,
					  double k)
{
	double		p0;

	if (k == 0)
		return p->trials > 0 ? crm_proportion_value(p) : NAN;
	if (prior->trials == 0)
		return NAN;
	p0 = crm_proportion_value(prior);
	if (isinf(k))
		return p0;
	return ((double) p->successes + k * p0) / ((double) p->trials + k);
}

/*
 * Pooled two-sample z; limits by Newcombe (1998), Statistics in Medicine 17,
 * 873-890, method 10: the Wilson limits of each share, combined.
 */
CrmAbTest
crm_ab_test(const CrmProportion *a, const CrmProportion *b)
{
	CrmAbTest	t = {NAN, NAN, NAN, NAN, NAN, NAN};
	double		pa;
	double		pb;
	double		pooled;
	double		variance;
	double		la;
	double		ua;
	double		lb;
	double		ub;

	if (a->trials == 0 || b->trials == 0)
		return t;
	pa = crm_proportion_value(a);
	pb = crm_proportion_value(b);
	t.difference = pb - pa;
	if (pa > 0)
		t.relative_uplift = t.difference / pa;
	pooled = ((double) a->successes + (double) b->successes) /
		((double) a->trials + (double) b->trials);
	variance = pooled * (1 - pooled) *
		(1 / (double) a->trials + 1 / (double) b->trials);
	if (variance > 0)
	{
		t.z = t.difference / sqrt(variance);
		t.p_value = crm_normal_two_sided(t.z);
	}
	crm_proportion_limits(a, 0.95, &la, &ua);
	crm_proportion_limits(b, 0.95, &lb, &ub);
	t.low = t.difference - hypot(pb - lb, ua - pa);
	t.high = t.difference + hypot(ub - pb, pa - la);
	return t;
}
