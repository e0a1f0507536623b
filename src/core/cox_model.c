/*
 * cox_model.c
 *		A fitted proportional hazards model as a value: its forms.
 */
#include "cox_model.h"

#include <math.h>

static const char *const TIES[] = {"efron", "breslow"};
static const char *const KINDS[] = {"number", "time", "category"};
static const char *const STATUSES[] = {
	"fitted", "constant", "aliased", "infinite", "reference"
};

#define N_TIES 2
#define N_KINDS 3
#define N_STATUSES 5

const char *
crm_cox_ties_name(int ties)
{
	return TIES[ties];
}

static bool
makes_no_sense(CrmError *error, const char *detail)
{
	return crm_fail(error, CRM_ERROR_VALUE, detail, NULL);
}

static int
compare_texts(CrmText a, CrmText b)
{
	size_t		n = a.len < b.len ? a.len : b.len;
	int			c = n > 0 ? memcmp(a.data, b.data, n) : 0;

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* A number and its sign of 0, as crm_put_f64 writes it. */
static bool
plain(double v)
{
	return isfinite(v) && !(v == 0 && signbit(v));
}

static bool
check_term(const CrmCoxTerm *t, CrmError *error)
{
	bool		estimated = t->status == CRM_COX_FITTED ||
	t->status == CRM_COX_INFINITE;

	if (t->kind >= N_KINDS || t->status >= N_STATUSES)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (t->feature.len == 0 || t->feature.len > CRM_COX_MODEL_MAX_NAME ||
		t->level.len > CRM_COX_MODEL_MAX_LEVEL)
		return makes_no_sense(error, "A feature has 1 to 63 bytes, a level at most 255.");
	if (memchr(t->feature.data, 0, t->feature.len) != NULL ||
		(t->level.len > 0 && memchr(t->level.data, 0, t->level.len) != NULL))
		return makes_no_sense(error, "A text must not hold a zero byte.");
	if (t->kind != CRM_COX_CATEGORY &&
		(t->level.len > 0 || t->status == CRM_COX_REFERENCE))
		return makes_no_sense(error, "Only a category has levels.");
	if (!plain(t->mean) || !plain(t->coefficient) || !plain(t->std_error) ||
		t->std_error < 0 || (!estimated && t->coefficient != 0) ||
		(t->has_error && t->status != CRM_COX_FITTED) ||
		(!t->has_error && t->std_error != 0))
		return makes_no_sense(error, "A mean, a coefficient or a standard error is out of range.");
	return true;
}

/* Levels of a category stand together and ascend, the reference first. */
static bool
check_order(const CrmCoxModel *m, uint32_t i, CrmError *error)
{
	const CrmCoxTerm *t = &m->terms[i];
	const CrmCoxTerm *before = i > 0 ? t - 1 : NULL;
	bool		same = before != NULL &&
	compare_texts(before->feature, t->feature) == 0;

	if (same && (t->kind != CRM_COX_CATEGORY ||
				 before->kind != CRM_COX_CATEGORY ||
				 compare_texts(before->level, t->level) >= 0))
		return makes_no_sense(error, "Terms must be different, levels of a feature in ascending order.");
	if (t->kind == CRM_COX_CATEGORY &&
		same == (t->status == CRM_COX_REFERENCE))
		return makes_no_sense(error, "The first level of a feature, and only that, is its reference.");
	for (uint32_t k = 0; !same && k < i; k++)
		if (compare_texts(m->terms[k].feature, t->feature) == 0)
			return makes_no_sense(error, "Terms of a feature must stand together.");
	return true;
}

bool
crm_cox_model_check(const CrmCoxModel *m, CrmError *error)
{
	if (m->ties >= N_TIES)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (m->n > INT64_MAX || m->events > m->n || m->events == 0 ||
		m->skipped > INT64_MAX || m->iterations > INT32_MAX)
		return makes_no_sense(error, "A count is out of range.");
	if (!plain(m->loglik_null) || !plain(m->loglik) ||
		!(isnan(m->concordance) ||
		  (m->concordance >= 0 && m->concordance <= 1 &&
		   plain(m->concordance))))
		return makes_no_sense(error, "A log-likelihood or the concordance is out of range.");
	if (m->n_terms == 0 || m->n_terms > CRM_COX_MODEL_MAX_TERMS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A model has 1 to 400 terms.", NULL);
	for (uint32_t i = 0; i < m->n_terms; i++)
		if (!check_term(&m->terms[i], error) || !check_order(m, i, error))
			return false;
	return true;
}

void
crm_cox_model_encode(const CrmCoxModel *m, CrmWriter *w)
{
	crm_put_u8(w, CRM_COX_MODEL_FORMAT);
	crm_put_u8(w, m->ties);
	crm_put_u8(w, m->converged);
	crm_put_u8(w, isnan(m->concordance));
	crm_put_u32(w, m->iterations);
	crm_put_u64(w, m->n);
	crm_put_u64(w, m->events);
	crm_put_u64(w, m->skipped);
	crm_put_f64(w, m->loglik_null);
	crm_put_f64(w, m->loglik);
	crm_put_f64(w, isnan(m->concordance) ? 0 : m->concordance);
	crm_put_u32(w, m->n_terms);
	for (uint32_t i = 0; i < m->n_terms; i++)
	{
		const CrmCoxTerm *t = &m->terms[i];

		crm_put_u8(w, t->kind);
		crm_put_u8(w, t->status);
		crm_put_u8(w, t->has_error);
		crm_put_u8(w, (uint8_t) t->feature.len);
		crm_put_bytes(w, t->feature.data, t->feature.len);
		crm_put_u8(w, (uint8_t) t->level.len);
		crm_put_bytes(w, t->level.data, t->level.len);
		crm_put_f64(w, t->mean);
		crm_put_f64(w, t->coefficient);
		crm_put_f64(w, t->std_error);
	}
}

static CrmText
get_text(CrmReader *r)
{
	CrmText		t;

	t.len = crm_get_u8(r);
	t.data = (const char *) crm_get_bytes(r, t.len);
	return t;
}

static bool
damaged(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
					NULL);
}

bool
crm_cox_model_decode(const void *data, size_t size, CrmCoxTerm *terms,
					 CrmCoxModel *m, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmCoxModel made = {0};
	uint8_t		converged;
	uint8_t		no_pair;

	if (crm_get_u8(&r) != CRM_COX_MODEL_FORMAT)
		return damaged(error);
	made.ties = crm_get_u8(&r);
	converged = crm_get_u8(&r);
	no_pair = crm_get_u8(&r);
	made.converged = converged == 1;
	made.iterations = crm_get_u32(&r);
	made.n = crm_get_u64(&r);
	made.events = crm_get_u64(&r);
	made.skipped = crm_get_u64(&r);
	made.loglik_null = crm_get_f64(&r);
	made.loglik = crm_get_f64(&r);
	made.concordance = crm_get_f64(&r);
	made.n_terms = crm_get_u32(&r);
	made.terms = terms;
	if (r.failed || converged > 1 || no_pair > 1 ||
		(no_pair && made.concordance != 0))
		return damaged(error);
	if (no_pair)
		made.concordance = NAN;
	for (uint32_t i = 0; i < made.n_terms &&
		 i < CRM_COX_MODEL_MAX_TERMS; i++)
	{
		CrmCoxTerm *t = &terms[i];
		uint8_t		has_error;

		t->kind = crm_get_u8(&r);
		t->status = crm_get_u8(&r);
		has_error = crm_get_u8(&r);
		t->has_error = has_error == 1;
		t->feature = get_text(&r);
		t->level = get_text(&r);
		t->mean = crm_get_f64(&r);
		t->coefficient = crm_get_f64(&r);
		t->std_error = crm_get_f64(&r);
		if (r.failed || has_error > 1)
			return damaged(error);
	}
	if (made.n_terms <= CRM_COX_MODEL_MAX_TERMS && !crm_reader_done(&r))
		return damaged(error);
	if (!crm_cox_model_check(&made, error))
		return false;
	*m = made;
	return true;
}

static void
put_word(CrmJsonWriter *w, const char *key, const char *word)
{
	crm_json_key(w, key);
	crm_json_put_string(w, word, strlen(word));
}

static void
put_int(CrmJsonWriter *w, const char *key, uint64_t v)
{
	crm_json_key(w, key);
	crm_json_put_int(w, (int64_t) v);
}

static void
print_term(CrmJsonWriter *w, const CrmCoxTerm *t, const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "feature");
	crm_json_put_string(w, t->feature.data, t->feature.len);
	put_word(w, "kind", KINDS[t->kind]);
	if (t->kind == CRM_COX_CATEGORY)
	{
		crm_json_key(w, "level");
		crm_json_put_string(w, t->level.data, t->level.len);
	}
	put_word(w, "status", STATUSES[t->status]);
	crm_json_put_member(w, "mean", t->mean, true, ft);
	crm_json_put_member(w, "coefficient", t->coefficient, true, ft);
	crm_json_put_member(w, "std_error", t->std_error, t->has_error, ft);
	crm_json_close(w, '}');
}

void
crm_cox_model_print(CrmJsonWriter *w, const CrmCoxModel *m,
					const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	put_word(w, "ties", TIES[m->ties]);
	put_int(w, "n", m->n);
	put_int(w, "events", m->events);
	put_int(w, "skipped", m->skipped);
	crm_json_put_member(w, "log_likelihood_null", m->loglik_null, true, ft);
	crm_json_put_member(w, "log_likelihood", m->loglik, true, ft);
	crm_json_put_member(w, "concordance", m->concordance,
						!isnan(m->concordance), ft);
	put_int(w, "iterations", m->iterations);
	crm_json_key(w, "converged");
	if (m->converged)
		crm_json_put_raw(w, "true", 4);
	else
		crm_json_put_raw(w, "false", 5);
	crm_json_key(w, "terms");
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < m->n_terms; i++)
		print_term(w, &m->terms[i], ft);
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

static bool
read_word(CrmJsonReader *r, const char *key, const char *const *words,
		  uint8_t n, uint8_t *word)
{
	if (!crm_json_read_key(r, key) || crm_json_next(r) != CRM_JSON_STRING)
		return false;
	for (*word = 0; *word < n; (*word)++)
		if (crm_json_is(r, words[*word]))
			return true;
	return false;
}

static bool
read_int(CrmJsonReader *r, const char *key, uint64_t *v)
{
	int64_t		i;

	if (!crm_json_read_count(r, key, &i))
		return false;
	*v = (uint64_t) i;
	return true;
}

/* -0 is taken for 0 */
static bool
read_float(CrmJsonReader *r, const char *key, const CrmFloatText *ft,
		   double *v, bool *known)
{
	if (!crm_json_read_float(r, key, ft, v, known))
		return false;
	*v = *v == 0 ? 0 : *v;
	return true;
}

static bool
read_text(CrmJsonReader *r, const char *key, char **texts, CrmText *t)
{
	if (!crm_json_read_key(r, key) || crm_json_next(r) != CRM_JSON_STRING)
		return false;
	t->data = *texts;
	t->len = crm_json_string(r, *texts);
	if (t->len == SIZE_MAX)
		return false;
	*texts += t->len;
	return true;
}

static bool
read_term(CrmJsonReader *r, const CrmFloatText *ft, char **texts,
		  CrmCoxTerm *t)
{
	memset(t, 0, sizeof *t);
	return read_text(r, "feature", texts, &t->feature) &&
		read_word(r, "kind", KINDS, N_KINDS, &t->kind) &&
		(t->kind != CRM_COX_CATEGORY ||
		 read_text(r, "level", texts, &t->level)) &&
		read_word(r, "status", STATUSES, N_STATUSES, &t->status) &&
		read_float(r, "mean", ft, &t->mean, NULL) &&
		read_float(r, "coefficient", ft, &t->coefficient, NULL) &&
		read_float(r, "std_error", ft, &t->std_error, &t->has_error) &&
		crm_json_next(r) == CRM_JSON_OBJECT_END;
}

static bool
read_head(CrmJsonReader *r, const CrmFloatText *ft, CrmCoxModel *m)
{
	uint64_t	iterations;
	bool		pairs;
	CrmJsonToken token;

	if (crm_json_next(r) != CRM_JSON_OBJECT ||
		!read_word(r, "ties", TIES, N_TIES, &m->ties) ||
		!read_int(r, "n", &m->n) || !read_int(r, "events", &m->events) ||
		!read_int(r, "skipped", &m->skipped) ||
		!read_float(r, "log_likelihood_null", ft, &m->loglik_null, NULL) ||
		!read_float(r, "log_likelihood", ft, &m->loglik, NULL) ||
		!read_float(r, "concordance", ft, &m->concordance, &pairs) ||
		!read_int(r, "iterations", &iterations) || iterations > INT32_MAX ||
		!crm_json_read_key(r, "converged"))
		return false;
	if (!pairs)
		m->concordance = NAN;
	m->iterations = (uint32_t) iterations;
	token = crm_json_next(r);
	m->converged = token == CRM_JSON_TRUE;
	return token == CRM_JSON_TRUE || token == CRM_JSON_FALSE;
}

bool
crm_cox_model_parse(const char *text, size_t len, bool utf8,
					const CrmFloatText *ft, CrmCoxTerm *terms, char *texts,
					CrmCoxModel *m, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmCoxModel made = {0};
	CrmJsonToken token = CRM_JSON_ERROR;
	bool		good = read_head(&r, ft, &made) &&
	crm_json_read_key(&r, "terms") && crm_json_next(&r) == CRM_JSON_ARRAY;

	made.terms = terms;
	while (good && (token = crm_json_next(&r)) == CRM_JSON_OBJECT)
	{
		if (made.n_terms == CRM_COX_MODEL_MAX_TERMS)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"A model has 1 to 400 terms.", NULL);
		good = read_term(&r, ft, &texts, &terms[made.n_terms++]);
	}
	if (!good || !crm_json_list_ends(&r, token))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The text is not the JSON object that a cox_model is printed as.",
						"A cox_model is made by the aggregate fit_cox(duration, event, features).");
	if (!crm_cox_model_check(&made, error))
		return false;
	*m = made;
	return true;
}

int
crm_cox_model_df(const CrmCoxModel *m)
{
	int			df = 0;

	for (uint32_t i = 0; i < m->n_terms; i++)
		df += m->terms[i].status == CRM_COX_FITTED ||
			m->terms[i].status == CRM_COX_INFINITE;
	return df;
}
