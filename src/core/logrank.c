/*
 * logrank.c
 *		The log-rank test (Mantel 1966, Peto and Peto 1972), as R's survdiff.
 *
 * At each duration with d events among n at risk, group j expects d n_j / n of
 * them, with the covariance of the hypergeometric distribution.  Groups that
 * expect none drop out.
 */
#include "logrank.h"

#include <math.h>

#include "chi_square.h"

bool
crm_logrank_set_label(char *slots, uint32_t group, CrmText label)
{
	char	   *slot = slots + (size_t) group * CRM_LOGRANK_SLOT;

	if (label.len > CRM_LOGRANK_MAX_LABEL)
		return false;
	memset(slot, 0, CRM_LOGRANK_SLOT);
	slot[0] = (char) label.len;
	if (label.len > 0)
		memcpy(slot + 1, label.data, label.len);
	return true;
}

uint32_t
crm_logrank_find(const char *slots, uint32_t n, CrmText label)
{
	for (uint32_t i = 0; i < n; i++)
	{
		CrmText		have = crm_logrank_label(slots, i);

		if (have.len == label.len &&
			(label.len == 0 || memcmp(have.data, label.data, label.len) == 0))
			return i;
	}
	return n;
}

static int
compare_slots(const char *slots, uint32_t i, uint32_t j)
{
	CrmText		a = crm_logrank_label(slots, i);
	CrmText		b = crm_logrank_label(slots, j);
	int			c = memcmp(a.data, b.data, CRM_LOGRANK_MAX_LABEL);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

void
crm_logrank_sort(char *slots, uint32_t n, uint32_t *map)
{
	uint8_t		from[CRM_LOGRANK_MAX_GROUPS];
	char		moving[CRM_LOGRANK_SLOT];

	for (uint32_t i = 0; i < n; i++)
		from[i] = (uint8_t) i;
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = i; j > 0 && compare_slots(slots, j - 1, j) > 0; j--)
		{
			char	   *a = slots + (size_t) (j - 1) * CRM_LOGRANK_SLOT;
			char	   *b = a + CRM_LOGRANK_SLOT;
			uint8_t		swap = from[j];

			memcpy(moving, a, CRM_LOGRANK_SLOT);
			memcpy(a, b, CRM_LOGRANK_SLOT);
			memcpy(b, moving, CRM_LOGRANK_SLOT);
			from[j] = from[j - 1];
			from[j - 1] = swap;
		}
	for (uint32_t i = 0; i < n; i++)
		map[from[i]] = i;
}

static bool
check_groups(CrmLogrank l, CrmError *error)
{
	if (l.n_groups == 0 || l.n_groups > CRM_LOGRANK_MAX_GROUPS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A logrank has 1 to 100 groups.", NULL);
	for (uint32_t i = 0; i < l.n_groups; i++)
	{
		const char *slot = l.slots + (size_t) i * CRM_LOGRANK_SLOT;
		CrmText		label = crm_logrank_label(l.slots, i);

		if (label.len > CRM_LOGRANK_MAX_LABEL)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"The label of a group has at most 63 bytes.",
							NULL);
		for (size_t k = label.len + 1; k < CRM_LOGRANK_SLOT; k++)
			if (slot[k] != 0)
				return crm_fail(error, CRM_ERROR_SYNTAX,
								"The format is not known.", NULL);
		if (memchr(label.data, 0, label.len) != NULL)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A text must not hold a zero byte.", NULL);
		if (i > 0 && compare_slots(l.slots, i - 1, i) >= 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Groups must be in ascending order, each once.",
							NULL);
	}
	return true;
}

bool
crm_logrank_check(CrmLogrank l, CrmError *error)
{
	uint64_t	met[2] = {0, 0};
	uint64_t	events;
	uint64_t	censored;

	if (!check_groups(l, error))
		return false;
	for (size_t i = 0; i < l.n_times; i++)
	{
		const CrmTally *t = &l.times[i];

		if (!(t->key >= 0 && t->key < INFINITY) ||
			(t->key == 0 && signbit(t->key)))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A duration must be finite and not negative.",
							NULL);
		if (t->part >= l.n_groups)
			return crm_fail(error, CRM_ERROR_VALUE,
							"An entry names a group that there is not.", NULL);
		met[t->part / 64] |= UINT64_C(1) << t->part % 64;
	}
	for (uint32_t i = 0; i < l.n_groups; i++)
		if ((met[i / 64] >> i % 64 & 1) == 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Each group must have an observation.", NULL);
	if (!crm_tally_ordered(l.times, l.n_times))
		return crm_fail(error, CRM_ERROR_VALUE,
						"Entries must be in ascending order of duration and group, each once and with at least one observation.",
						NULL);
	if (!crm_tally_total(l.times, l.n_times, &events, &censored))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A logrank counts at most 9223372036854775807 observations.",
						NULL);
	return true;
}

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not an object of the form {\"groups\":[label,...],\"times\":[[duration,group,events,censored],...]}, groups counted from 0.",
					"A logrank is made by the aggregate logrank(duration, event, segment).");
}

static bool
too_many(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_LIMIT,
					"A logrank has at most 100 groups and 33000000 entries.",
					NULL);
}

static bool
parse_groups(CrmJsonReader *r, char *slots, uint32_t *n, char *label,
			 CrmError *error)
{
	CrmJsonToken token;

	if (crm_json_next(r) != CRM_JSON_OBJECT ||
		crm_json_next(r) != CRM_JSON_KEY || !crm_json_is(r, "groups") ||
		crm_json_next(r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	for (*n = 0; (token = crm_json_next(r)) == CRM_JSON_STRING; (*n)++)
	{
		CrmText		t = {label, crm_json_string(r, label)};

		if (t.len == SIZE_MAX)
			return not_the_form(error);
		if (*n == CRM_LOGRANK_MAX_GROUPS)
			return too_many(error);
		if (!crm_logrank_set_label(slots, *n, t))
			return crm_fail(error, CRM_ERROR_LIMIT,
							"The label of a group has at most 63 bytes.",
							NULL);
	}
	if (token != CRM_JSON_ARRAY_END || crm_json_next(r) != CRM_JSON_KEY ||
		!crm_json_is(r, "times") || crm_json_next(r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	return true;
}

bool
crm_logrank_parse(const char *text, size_t len, bool utf8,
				  const CrmFloatText *ft, char *slots, uint32_t *n_groups,
				  CrmTally *times, size_t *n_times, char *label,
				  CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmLogrank	l = {slots, 0, times, 0};
	CrmJsonToken token;

	if (!parse_groups(&r, slots, &l.n_groups, label, error))
		return false;
	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		CrmTally   *t = &times[l.n_times];
		uint64_t	group;

		if (l.n_times >= CRM_TALLY_MAX_ENTRIES)
			return too_many(error);
		memset(t, 0, sizeof *t);
		if (!crm_survival_read_duration(&r, ft, &t->key, error) ||
			!crm_survival_read_count(&r, &group, error) ||
			!crm_survival_read_count(&r, &t->first, error) ||
			!crm_survival_read_count(&r, &t->second, error))
			return false;
		if (crm_json_next(&r) != CRM_JSON_ARRAY_END)
			return not_the_form(error);
		t->part = group < UINT32_MAX ? (uint32_t) group : UINT32_MAX;
		l.n_times++;
	}
	if (!crm_json_list_ends(&r, token))
		return not_the_form(error);
	if (!crm_logrank_check(l, error))
		return false;
	*n_groups = l.n_groups;
	*n_times = l.n_times;
	return true;
}

void
crm_logrank_print(CrmJsonWriter *w, CrmLogrank l, const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "groups");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < l.n_groups; i++)
	{
		CrmText		label = crm_logrank_label(l.slots, i);

		crm_json_put_string(w, label.data, label.len);
	}
	crm_json_close(w, ']');
	crm_json_key(w, "times");
	crm_json_open(w, '[');
	for (size_t i = 0; i < l.n_times; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_float(w, l.times[i].key, ft);
		crm_json_put_int(w, l.times[i].part);
		crm_json_put_int(w, (int64_t) l.times[i].first);
		crm_json_put_int(w, (int64_t) l.times[i].second);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

void
crm_logrank_encode(CrmLogrank l, CrmWriter *w)
{
	crm_put_u8(w, CRM_LOGRANK_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, l.n_groups);
	crm_put_u32(w, (uint32_t) l.n_times);
	for (uint32_t i = 0; i < l.n_groups; i++)
	{
		CrmText		label = crm_logrank_label(l.slots, i);

		crm_put_u8(w, (uint8_t) label.len);
		crm_put_bytes(w, label.data, label.len);
	}
	for (size_t i = 0; i < l.n_times; i++)
	{
		crm_put_f64(w, l.times[i].key);
		crm_put_u32(w, l.times[i].part);
		crm_put_u64(w, l.times[i].first);
		crm_put_u64(w, l.times[i].second);
	}
}

bool
crm_logrank_decode(const void *data, size_t size, char *slots,
				   uint32_t *n_groups, CrmTally *times, size_t *n_times,
				   CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmLogrank	l = {slots, 0, times, 0};

	if (crm_get_u8(&r) != CRM_LOGRANK_FORMAT || crm_get_uint(&r, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	l.n_groups = crm_get_u32(&r);
	l.n_times = crm_get_u32(&r);
	if (l.n_groups > CRM_LOGRANK_MAX_GROUPS ||
		l.n_times > CRM_TALLY_MAX_ENTRIES)
		return too_many(error);
	for (uint32_t i = 0; i < l.n_groups; i++)
	{
		CrmText		label;

		label.len = crm_get_u8(&r);
		label.data = (const char *) crm_get_bytes(&r, label.len);
		if (r.failed || !crm_logrank_set_label(slots, i, label))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The label of a group has at most 63 bytes.",
							NULL);
	}
	if (r.failed || size - r.at != l.n_times * CRM_LOGRANK_ENTRY_SIZE)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of entries.",
						NULL);
	for (size_t i = 0; i < l.n_times; i++)
	{
		memset(&times[i], 0, sizeof times[i]);
		times[i].key = crm_get_f64(&r);
		times[i].part = crm_get_u32(&r);
		times[i].first = crm_get_u64(&r);
		times[i].second = crm_get_u64(&r);
	}
	if (!crm_logrank_check(l, error))
		return false;
	*n_groups = l.n_groups;
	*n_times = l.n_times;
	return true;
}

/* Expected events and their covariance, n_groups squared, of one duration. */
static void
take_duration(CrmLogrankGroup *groups, uint32_t k, const double *at_risk,
			  double n, double d, double *covariance)
{
	double		share = n > 1 ? d * (n - d) / (n - 1) : 0;

	for (uint32_t i = 0; i < k; i++)
	{
		double		p = at_risk[i] / n;

		groups[i].expected += d * p;
		if (share == 0 || p == 0)
			continue;
		covariance[i * k + i] += share * p;
		for (uint32_t j = 0; j <= i; j++)
			covariance[i * k + j] -= share * p * (at_risk[j] / n);
	}
}

/*
 * (observed - expected) times the inverse of its covariance, over all but the
 * first of the groups that expect events: Cholesky in place; a group without a
 * pivot of its own adds nothing.
 */
static double
quadratic_form(const CrmLogrankGroup *groups, uint32_t k, double *v,
			   double *y, int *rank)
{
	double		sum = 0;
	bool		first = true;

	for (uint32_t i = 0; i < k; i++)
	{
		double		pivot = v[i * k + i];
		double		whole = pivot;

		y[i] = 0;
		if (groups[i].expected == 0 || first)
		{
			first = first && groups[i].expected == 0;
			memset(v + (size_t) i * k, 0, k * sizeof(double));
			continue;
		}
		y[i] = (double) groups[i].events - groups[i].expected;
		for (uint32_t j = 0; j < i; j++)
		{
			double		c = v[i * k + j];

			for (uint32_t m = 0; m < j; m++)
				c -= v[i * k + m] * v[j * k + m];
			c = v[j * k + j] > 0 ? c / v[j * k + j] : 0;
			v[i * k + j] = c;
			pivot -= c * c;
			y[i] -= c * y[j];
		}
		if (pivot > 1e-12 * whole)
		{
			v[i * k + i] = sqrt(pivot);
			y[i] /= v[i * k + i];
			(*rank)++;
		}
		else
			v[i * k + i] = y[i] = 0;
		sum += y[i] * y[i];
	}
	return sum;
}

CrmLogrankTest
crm_logrank_test(CrmLogrank l, CrmLogrankGroup *groups, double *room,
				 CrmPause pause)
{
	CrmLogrankTest test = {0, 0, 1};
	uint32_t	k = l.n_groups;
	double	   *at_risk = room;
	double	   *y = room + k;
	double	   *covariance = room + 2 * (size_t) k;
	double		n = 0;
	size_t		worked = 0;
	int			rank = 0;

	memset(room, 0, crm_logrank_room(k) * sizeof(double));
	memset(groups, 0, k * sizeof *groups);
	for (size_t i = 0; i < l.n_times; i++)
	{
		CrmLogrankGroup *g = &groups[l.times[i].part];

		g->n += l.times[i].first + l.times[i].second;
		g->events += l.times[i].first;
	}
	/* backwards, so that those at risk are added up in whole numbers */
	for (size_t end = l.n_times; end > 0;)
	{
		double		time = l.times[end - 1].key;
		double		d = 0;

		for (; end > 0 && l.times[end - 1].key == time; end--)
		{
			const CrmTally *t = &l.times[end - 1];
			double		here = (double) t->first + (double) t->second;

			at_risk[t->part] += here;
			n += here;
			d += (double) t->first;
		}
		if (d > 0)
			take_duration(groups, k, at_risk, n, d, covariance);
		worked += (size_t) k * k + 1;
		if (worked > 1000000 && pause != NULL)
		{
			worked = 0;
			pause();
		}
	}
	for (uint32_t i = 0; i < k; i++)
		test.df += groups[i].expected > 0;
	if (test.df <= 1)
	{
		test.df = 0;
		return test;
	}
	test.df--;
	test.chi_square = quadratic_form(groups, k, covariance, y, &rank);
	if (rank == 0)
		test.df = 0;
	else
		test.p_value = crm_chi_square_above(test.chi_square, test.df);
	return test;
}
