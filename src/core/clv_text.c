/*
 * clv_text.c
 *		Text form of lifetime value models and of samples of customers.
 */
#include <math.h>

#include "clv_sample.h"
#include "datetime.h"

#define HINT "A model is made by the aggregate fit_clv, or by make_clv_model(kind, parameters)."

enum
{
	KEY_KIND, KEY_PARAMETERS, KEY_UNIT, KEY_UNTIL, KEY_ERRORS,
	KEY_LOG_LIKELIHOOD, KEY_N_CUSTOMERS, KEY_LEFT_OUT, KEY_CONVERGED,
	KEY_ITERATIONS, KEY_PATTERNS, KEYS
};

static const char *const key_names[KEYS] = {
	"kind", "parameters", "unit", "until", "standard_errors",
	"log_likelihood", "n_customers", "left_out", "converged", "iterations",
	"patterns"
};

/*----------
 * Printing
 *----------
 */

void
crm_clv_print_values(CrmClvKind kind, const double *values,
					 const CrmFloatText *ft, CrmJsonWriter *w)
{
	const CrmClvKindInfo *info = crm_clv_info(kind);

	crm_json_open(w, '{');
	for (int i = 0; i < info->n_parameters; i++)
	{
		crm_json_key(w, info->parameters[i]);
		crm_json_put_float(w, values[i], ft);
	}
	crm_json_close(w, '}');
}

static void
print_kind(CrmClvKind kind, CrmJsonWriter *w)
{
	const char *name = crm_clv_info(kind)->name;

	crm_json_open(w, '{');
	crm_json_key(w, key_names[KEY_KIND]);
	crm_json_put_string(w, name, strlen(name));
}

static void
print_observation(int64_t unit, bool has_until, int32_t until,
				  CrmJsonWriter *w)
{
	char		text[CRM_DATETIME_TEXT_SIZE];

	if (unit > 0)
	{
		crm_json_key(w, key_names[KEY_UNIT]);
		crm_json_put_int(w, unit);
	}
	if (has_until)
	{
		crm_json_key(w, key_names[KEY_UNTIL]);
		crm_json_put_string(w, text, crm_date_text(until, text));
	}
}

void
crm_clv_print(const CrmClvModel *m, const CrmFloatText *ft, CrmJsonWriter *w)
{
	print_kind(m->kind, w);
	crm_json_key(w, key_names[KEY_PARAMETERS]);
	crm_clv_print_values(m->kind, m->parameters, ft, w);
	print_observation(m->unit, m->has_until, m->until, w);
	if (m->fitted)
	{
		if (m->converged)
		{
			crm_json_key(w, key_names[KEY_ERRORS]);
			crm_clv_print_values(m->kind, m->errors, ft, w);
		}
		crm_json_key(w, key_names[KEY_LOG_LIKELIHOOD]);
		crm_json_put_float(w, m->log_likelihood, ft);
		crm_json_key(w, key_names[KEY_N_CUSTOMERS]);
		crm_json_put_int(w, m->n_customers);
		crm_json_key(w, key_names[KEY_LEFT_OUT]);
		crm_json_put_int(w, m->left_out);
		crm_json_key(w, key_names[KEY_CONVERGED]);
		if (m->converged)
			crm_json_put_raw(w, "true", 4);
		else
			crm_json_put_raw(w, "false", 5);
		crm_json_key(w, key_names[KEY_ITERATIONS]);
		crm_json_put_int(w, m->iterations);
	}
	crm_json_close(w, '}');
}

void
crm_clv_sample_print(const CrmClvSample *s, const CrmFloatText *ft,
					 CrmJsonWriter *w)
{
	print_kind(s->kind, w);
	print_observation(s->unit, s->has_until, s->until, w);
	crm_json_key(w, key_names[KEY_LEFT_OUT]);
	crm_json_put_int(w, s->left_out);
	crm_json_key(w, key_names[KEY_PATTERNS]);
	crm_json_open(w, '[');
	for (size_t i = 0; i < s->n; i++)
	{
		crm_json_open(w, '[');
		crm_json_put_int(w, s->patterns[i].frequency);
		crm_json_put_float(w, s->patterns[i].first, ft);
		crm_json_put_float(w, s->patterns[i].second, ft);
		crm_json_put_int(w, s->patterns[i].weight);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

/*----------
 * Parsing
 *----------
 */

static bool
not_a_model(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not a JSON object with the keys of a model.",
					HINT);
}

/* A number, as doubles of ours are: -0 is 0. */
static bool
take_float(CrmJsonReader *r, const CrmFloatText *ft, double *value,
		   CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_a_model(error);
	if (!ft->parse(r->raw, r->raw_len, value))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A number does not fit a double precision value.",
						NULL);
	*value = *value == 0 ? 0 : *value;
	return true;
}

static bool
take_int(CrmJsonReader *r, int64_t most, int64_t *value, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_a_model(error);
	if (!crm_json_int(r, value) || *value < 0 || *value > most)
		return crm_fail(error, CRM_ERROR_RANGE,
						"A count or the unit is not a whole number that fits.",
						NULL);
	return true;
}

/* An object of the kind's parameters, after its opening bracket. */
static bool
take_values(CrmJsonReader *r, CrmClvKind kind, const CrmFloatText *ft,
			double *values, CrmError *error)
{
	const CrmClvKindInfo *info = crm_clv_info(kind);
	unsigned	seen = 0;
	CrmJsonToken token;

	while ((token = crm_json_next(r)) == CRM_JSON_KEY)
	{
		int			i = 0;

		while (i < info->n_parameters &&
			   !crm_json_is(r, info->parameters[i]))
			i++;
		if (i == info->n_parameters || (seen >> i & 1) != 0)
			break;
		seen |= 1u << i;
		if (!take_float(r, ft, &values[i], error))
			return false;
	}
	if (token == CRM_JSON_OBJECT_END && seen == (1u << info->n_parameters) - 1)
		return true;
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The parameters are not those of the kind, each once.",
					"bg_nbd and mbg_nbd have r, alpha, a, b; pareto_nbd r, alpha, s, beta; gamma_gamma p, q, gamma; bg_bb alpha, beta, gamma, delta.");
}

bool
crm_clv_parse_parameters(CrmClvKind kind, const char *text, size_t len,
						 const CrmFloatText *ft, double *parameters,
						 CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);

	if (crm_json_next(&r) != CRM_JSON_OBJECT)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The parameters must be a JSON object.", NULL);
	return take_values(&r, kind, ft, parameters, error) &&
		(crm_json_next(&r) == CRM_JSON_END || not_a_model(error));
}

/* What both forms have in common, and the patterns where there is room. */
typedef struct Parsed
{
	CrmClvModel m;
	CrmClvPattern *patterns;	/* NULL: a model is wanted */
	size_t		n;
	unsigned	seen;
} Parsed;

static bool
take_pattern(CrmJsonReader *r, const CrmFloatText *ft, CrmClvPattern *p,
			 CrmError *error)
{
	int64_t		frequency;

	if (!take_int(r, INT32_MAX, &frequency, error) ||
		!take_float(r, ft, &p->first, error) ||
		!take_float(r, ft, &p->second, error) ||
		!take_int(r, INT64_MAX, &p->weight, error))
		return false;
	p->frequency = (uint32_t) frequency;
	p->zero = 0;
	return crm_json_next(r) == CRM_JSON_ARRAY_END || not_a_model(error);
}

static bool
take_patterns(CrmJsonReader *r, const CrmFloatText *ft, Parsed *p,
			  CrmError *error)
{
	CrmJsonToken token = crm_json_next(r);

	if (token != CRM_JSON_ARRAY)
		return not_a_model(error);
	if (p->patterns == NULL)
		return crm_json_skip(r, token) || not_a_model(error);
	while ((token = crm_json_next(r)) == CRM_JSON_ARRAY)
	{
		if (p->n >= CRM_CLV_MAX_PATTERNS)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"A fit is of at most 12582912 different customers.",
							NULL);
		if (!take_pattern(r, ft, &p->patterns[p->n], error))
			return false;
		p->n++;
	}
	return token == CRM_JSON_ARRAY_END || not_a_model(error);
}

static bool
take_kind(CrmJsonReader *r, CrmClvKind *kind, CrmError *error)
{
	if (crm_json_next(r) != CRM_JSON_STRING)
		return not_a_model(error);
	return crm_clv_kind(r->raw, r->raw_len, kind, error);
}

static bool
take_value(CrmJsonReader *r, int key, const CrmFloatText *ft, Parsed *p,
		   CrmError *error)
{
	int64_t		count;
	CrmJsonToken token;

	switch (key)
	{
		case KEY_PARAMETERS:
		case KEY_ERRORS:
			return (crm_json_next(r) == CRM_JSON_OBJECT ||
					not_a_model(error)) &&
				take_values(r, p->m.kind, ft, key == KEY_ERRORS ?
							p->m.errors : p->m.parameters, error);
		case KEY_UNIT:
			if (!take_int(r, INT64_MAX, &p->m.unit, error))
				return false;
			return p->m.unit > 0 ||
				crm_fail(error, CRM_ERROR_VALUE,
						 "The unit must be positive.", NULL);
		case KEY_UNTIL:
			p->m.has_until = true;
			return (crm_json_next(r) == CRM_JSON_STRING && !r->escaped &&
					crm_date_parse(r->raw, r->raw_len, &p->m.until)) ||
				not_a_model(error);
		case KEY_LOG_LIKELIHOOD:
			return take_float(r, ft, &p->m.log_likelihood, error);
		case KEY_N_CUSTOMERS:
			return take_int(r, INT64_MAX, &p->m.n_customers, error);
		case KEY_LEFT_OUT:
			return take_int(r, INT64_MAX, &p->m.left_out, error);
		case KEY_CONVERGED:
			token = crm_json_next(r);
			p->m.converged = token == CRM_JSON_TRUE;
			return token == CRM_JSON_TRUE || token == CRM_JSON_FALSE ||
				not_a_model(error);
		case KEY_ITERATIONS:
			if (!take_int(r, UINT32_MAX, &count, error))
				return false;
			p->m.iterations = (uint32_t) count;
			return true;
		default:
			return take_patterns(r, ft, p, error);
	}
}

/* The kind comes first: it says what the parameters are. */
static bool
parse(const char *text, size_t len, const CrmFloatText *ft, Parsed *p,
	  CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);
	CrmJsonToken token;

	memset(&p->m, 0, sizeof p->m);
	p->n = 0;
	p->seen = 0;
	if (crm_json_next(&r) != CRM_JSON_OBJECT)
		return not_a_model(error);
	while ((token = crm_json_next(&r)) == CRM_JSON_KEY)
	{
		int			key = 0;

		while (key < KEYS && !crm_json_is(&r, key_names[key]))
			key++;
		if (key == KEYS || (p->seen >> key & 1) != 0)
			return not_a_model(error);
		if (key != KEY_KIND && p->seen == 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The first key must be the kind.", HINT);
		p->seen |= 1u << key;
		if (key == KEY_KIND ? !take_kind(&r, &p->m.kind, error) :
			!take_value(&r, key, ft, p, error))
			return false;
	}
	return (token == CRM_JSON_OBJECT_END &&
			crm_json_next(&r) == CRM_JSON_END) || not_a_model(error);
}

#define BIT(key) (1u << (key))
#define OBSERVATION (BIT(KEY_UNIT) | BIT(KEY_UNTIL))
#define OF_SAMPLE (BIT(KEY_KIND) | BIT(KEY_LEFT_OUT) | BIT(KEY_PATTERNS))
#define OF_MODEL (BIT(KEY_KIND) | BIT(KEY_PARAMETERS))
#define OF_FIT (BIT(KEY_LOG_LIKELIHOOD) | BIT(KEY_N_CUSTOMERS) | \
				BIT(KEY_LEFT_OUT) | BIT(KEY_CONVERGED) | BIT(KEY_ITERATIONS))

bool
crm_clv_parse(const char *text, size_t len, const CrmFloatText *ft,
			  CrmClvModel *m, bool *is_sample, CrmError *error)
{
	Parsed		p = {.patterns = NULL};
	unsigned	keys;

	if (!parse(text, len, ft, &p, error))
		return false;
	*is_sample = (p.seen & BIT(KEY_PATTERNS)) != 0;
	if (*is_sample)
		return true;
	keys = p.seen & ~OBSERVATION;
	p.m.fitted = keys != OF_MODEL;
	if (p.m.fitted && keys != (OF_MODEL | OF_FIT |
							   (p.m.converged ? BIT(KEY_ERRORS) : 0)))
		return not_a_model(error);
	if (!crm_clv_check(&p.m, error))
		return false;
	*m = p.m;
	return true;
}

bool
crm_clv_sample_parse(const char *text, size_t len, const CrmFloatText *ft,
					 CrmClvPattern *patterns, CrmClvSample *s, CrmError *error)
{
	Parsed		p = {.patterns = patterns};
	CrmClvSample made;

	if (!parse(text, len, ft, &p, error))
		return false;
	if ((p.seen & ~OBSERVATION) != OF_SAMPLE)
		return not_a_model(error);
	memset(&made, 0, sizeof made);
	made.kind = p.m.kind;
	made.has_until = p.m.has_until;
	made.until = p.m.until;
	made.unit = p.m.unit;
	made.left_out = p.m.left_out;
	made.patterns = patterns;
	made.n = p.n;
	if (!crm_clv_sample_check(&made, error))
		return false;
	*s = made;
	return true;
}
