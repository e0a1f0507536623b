/*
 * nps.c
 *		Net promoter score: counts, limits, comparison.
 *
 * An answer is worth +1, 0 or -1; the score is the mean d of n of them.  Its
 * variance is (g - d^2) / n, where g is the share of those that are not 0.
 */
#include "nps.h"

#include <math.h>

#include "normal.h"

static const char *const form =
"The form is {\"promoters\":5,\"passives\":3,\"detractors\":2}.";

bool
crm_nps_make(int64_t promoters, int64_t passives, int64_t detractors,
			 CrmNps *n, CrmError *error)
{
	if (promoters < 0 || passives < 0 || detractors < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A count of answers must not be negative.", NULL);
	if (passives > INT64_MAX - promoters ||
		detractors > INT64_MAX - promoters - passives)
		return crm_fail(error, CRM_ERROR_RANGE,
						"A net promoter score counts to at most 9223372036854775807.",
						NULL);
	memset(n, 0, sizeof *n);
	n->format = CRM_NPS_FORMAT;
	n->promoters = promoters;
	n->passives = passives;
	n->detractors = detractors;
	return true;
}

bool
crm_nps_valid(const CrmNps *n)
{
	CrmNps		made;
	CrmError	error;

	return crm_nps_make(n->promoters, n->passives, n->detractors, &made,
						&error) && memcmp(&made, n, sizeof made) == 0;
}

bool
crm_nps_parse(const char *text, size_t len, CrmNps *n, CrmError *error)
{
	static const char *const keys[3] = {"promoters", "passives", "detractors"};
	CrmJsonReader r = crm_json_reader(text, len, false);
	int64_t		counts[3] = {-1, -1, -1};
	CrmJsonToken t = crm_json_next(&r);
	int			found = 0;

	if (t != CRM_JSON_OBJECT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "It is not a JSON object.",
						form);
	while ((t = crm_json_next(&r)) == CRM_JSON_KEY)
	{
		int			k = 0;

		while (k < 3 && !crm_json_is(&r, keys[k]))
			k++;
		if (k == 3 || counts[k] >= 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A key is not known or stands twice.", form);
		if (crm_json_next(&r) != CRM_JSON_NUMBER ||
			memchr(r.raw, '.', r.raw_len) != NULL ||
			memchr(r.raw, 'e', r.raw_len) != NULL ||
			memchr(r.raw, 'E', r.raw_len) != NULL)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A count is not a whole number, written without a point.",
							form);
		if (!crm_json_int(&r, &counts[k]))
			return crm_fail(error, CRM_ERROR_RANGE,
							"A net promoter score counts to at most 9223372036854775807.",
							NULL);
		if (counts[k] < 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"A count of answers must not be negative.", NULL);
		found++;
	}
	if (t != CRM_JSON_OBJECT_END || crm_json_next(&r) != CRM_JSON_END ||
		found != 3)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"It is not an object of three counts.", form);
	return crm_nps_make(counts[0], counts[1], counts[2], n, error);
}

void
crm_nps_print_counts(CrmJsonWriter *w, const CrmNps *n)
{
	crm_json_key(w, "promoters");
	crm_json_put_int(w, n->promoters);
	crm_json_key(w, "passives");
	crm_json_put_int(w, n->passives);
	crm_json_key(w, "detractors");
	crm_json_put_int(w, n->detractors);
}

void
crm_nps_print(CrmJsonWriter *w, const void *nps)
{
	crm_json_open(w, '{');
	crm_nps_print_counts(w, nps);
	crm_json_close(w, '}');
}

void
crm_nps_encode(const CrmNps *n, CrmWriter *w)
{
	crm_put_u8(w, CRM_NPS_FORMAT);
	crm_put_i64(w, n->promoters);
	crm_put_i64(w, n->passives);
	crm_put_i64(w, n->detractors);
}

bool
crm_nps_decode(const void *data, size_t size, CrmNps *n, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	int64_t		promoters = crm_get_i64(&r);
	int64_t		passives = crm_get_i64(&r);
	int64_t		detractors = crm_get_i64(&r);

	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						r.failed ? "The value is too short." :
						"Bytes follow the value.", NULL);
	if (format != CRM_NPS_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	return crm_nps_make(promoters, passives, detractors, n, error);
}

bool
crm_nps_rating(double rating, int *whole)
{
	if (!(rating >= 0 && rating <= 10) || floor(rating) != rating)
		return false;
	*whole = (int) rating;
	return true;
}

bool
crm_nps_count(CrmNps *n, int rating)
{
	if (crm_nps_answers(n) == INT64_MAX)
		return false;
	if (rating >= 9)
		n->promoters++;
	else if (rating >= 7)
		n->passives++;
	else
		n->detractors++;
	return true;
}

bool
crm_nps_merge(CrmNps *n, const CrmNps *other)
{
	if (crm_nps_answers(other) > INT64_MAX - crm_nps_answers(n))
		return false;
	n->promoters += other->promoters;
	n->passives += other->passives;
	n->detractors += other->detractors;
	return true;
}

static double
mean(const CrmNps *n)
{
	return ((double) n->promoters - (double) n->detractors) /
		(double) crm_nps_answers(n);
}

double
crm_nps_value(const CrmNps *n)
{
	return 100 * mean(n);
}

/*
 * The score method, as Wilson's for a share: all means m that are not refused
 * by |d - m| <= z sqrt((g - m^2) / n).  Without passives these are Wilson's
 * limits of the share of promoters.  g is the observed share of answers that
 * are not passive, but at least what z^2 answers more, half of them passive,
 * would make it: a few passive answers do not tell that nobody has an opinion.
 */
static void
limits(const CrmNps *n, double z, double *low, double *high)
{
	double		count = (double) crm_nps_answers(n);
	double		strong = (double) n->promoters + (double) n->detractors;
	double		d = mean(n);
	double		g = fmax(strong / count,
						 (strong + z * z / 2) / (count + z * z));
	double		a = z * z / count;
	double		margin = sqrt(a * fmax(0, g * (1 + a) - d * d));

	*low = fmax(-1, (d - margin) / (1 + a));
	*high = fmin(1, (d + margin) / (1 + a));
	/* exact at the ends, where the arithmetic leaves rounding behind */
	if (n->promoters == crm_nps_answers(n))
		*high = 1;
	if (n->detractors == crm_nps_answers(n))
		*low = -1;
}

void
crm_nps_limits(const CrmNps *n, double level, double *low, double *high)
{
	limits(n, -crm_normal_quantile((1 - level) / 2), low, high);
	*low *= 100;
	*high *= 100;
}

/*
 * z by the variance of all answers together, as if both were asked of one
 * population; limits by combining those of each score as Newcombe (1998),
 * Statistics in Medicine 17, 873-890, does for shares.
 */
CrmNpsTest
crm_nps_test(const CrmNps *a, const CrmNps *b)
{
	CrmNpsTest	t = {NAN, NAN, NAN, NAN, NAN};
	double		na = (double) crm_nps_answers(a);
	double		nb = (double) crm_nps_answers(b);
	double		z = -crm_normal_quantile(0.025);
	double		strong = (double) a->promoters + (double) a->detractors +
	(double) b->promoters + (double) b->detractors;
	double		pooled;
	double		variance;
	double		da;
	double		db;
	double		la;
	double		ua;
	double		lb;
	double		ub;

	if (na == 0 || nb == 0)
		return t;
	da = mean(a);
	db = mean(b);
	pooled = (da * na + db * nb) / (na + nb);
	variance = (strong / (na + nb) - pooled * pooled) * (1 / na + 1 / nb);
	t.difference = 100 * (db - da);
	if (variance > 0)
	{
		t.z = (db - da) / sqrt(variance);
		t.p_value = crm_normal_two_sided(t.z);
	}
	limits(a, z, &la, &ua);
	limits(b, z, &lb, &ub);
	t.low = 100 * (db - da - hypot(db - lb, ua - da));
	t.high = 100 * (db - da + hypot(ub - db, da - la));
	return t;
}
