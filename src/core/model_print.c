/*
 * model_print.c
 *		A model as JSON text; model_text.c reads it.
 */
#include "model_text.h"

#include "counts_text.h"
#include "datetime.h"
#include "tree_text.h"

static void
put_string(CrmJsonWriter *w, CrmString s)
{
	crm_json_put_string(w, s.bytes, s.length);
}

static void
put_word(CrmJsonWriter *w, const char *word)
{
	crm_json_put_raw(w, word, strlen(word));
}

static void
put_bool(CrmJsonWriter *w, const char *key, bool value)
{
	crm_json_key(w, key);
	put_word(w, value ? "true" : "false");
}

static void
put_count(CrmJsonWriter *w, const char *key, uint64_t value)
{
	crm_json_key(w, key);
	crm_json_put_int(w, (int64_t) value);
}

static void
put_float(CrmJsonWriter *w, const char *key, double value,
		  const CrmFloatText *ft)
{
	crm_json_key(w, key);
	crm_json_put_float(w, value, ft);
}

/* NULL as the value where null_flags says so. */
static void
put_floats(CrmJsonWriter *w, const char *key, const double *v, uint32_t n,
		   const uint8_t *null_flags, const CrmFloatText *ft)
{
	crm_json_key(w, key);
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < n; i++)
		if (null_flags != NULL && null_flags[i])
			put_word(w, "null");
		else
			crm_json_put_float(w, v[i], ft);
	crm_json_close(w, ']');
}

const char *const crm_kind_names[] = {
	NULL, "numeric", "categorical", "time", NULL
};
const char *const crm_type_names[] = {
	NULL, "number", "boolean", "text", "enum", "stage", "date", "timestamp",
	"timestamptz", NULL
};
const char *const crm_calibration_names[] = {NULL, "platt", "isotonic", NULL};

static void
print_option(CrmJsonWriter *w, const CrmOption *o, const CrmFloatText *ft)
{
	bool		map = o->kind == CRM_OPTION_MAP;
	char		key[CRM_MODEL_MAX_LEVEL_BYTES + 1];

	crm_json_key(w, crm_option_name(o->key));
	if (o->kind == CRM_OPTION_NUMBER)
		crm_json_put_float(w, o->number, ft);
	else if (o->kind == CRM_OPTION_TEXT)
		put_string(w, o->items[0]);
	else
	{
		crm_json_open(w, map ? '{' : '[');
		for (uint32_t i = 0; i < o->n_items; i++)
		{
			if (map)
			{
				memcpy(key, o->items[i].bytes, o->items[i].length);
				key[o->items[i].length] = '\0';
				put_float(w, key, o->numbers[i], ft);
			}
			else
				put_string(w, o->items[i]);
		}
		crm_json_close(w, map ? '}' : ']');
	}
}

static void
print_feature(CrmJsonWriter *w, const CrmFeature *f, const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "name");
	put_string(w, f->name);
	crm_json_key(w, "kind");
	put_string(w, crm_word(crm_kind_names[f->kind]));
	crm_json_key(w, "type");
	put_string(w, crm_word(crm_type_names[f->type]));
	put_count(w, "missing", f->missing);
	if (f->kind != CRM_CATEGORICAL)
	{
		put_float(w, "mean", f->mean, ft);
		put_float(w, "sd", f->sd, ft);
		put_float(w, "min", f->min, ft);
		put_float(w, "max", f->max, ft);
		put_floats(w, "quantiles", f->quantiles, f->n_quantiles, NULL, ft);
	}
	else
	{
		crm_json_key(w, "levels");
		crm_json_open(w, '[');
		for (uint32_t i = 0; i < f->n_levels; i++)
			put_string(w, f->levels[i].label);
		crm_json_close(w, ']');
		crm_json_key(w, "counts");
		crm_json_open(w, '[');
		for (uint32_t i = 0; i < f->n_levels; i++)
			crm_json_put_int(w, (int64_t) f->levels[i].count);
		crm_json_close(w, ']');
		put_count(w, "other", f->other);
	}
	crm_json_close(w, '}');
}

static void
print_calibration(CrmJsonWriter *w, const CrmCalibration *c,
				  const CrmFloatText *ft)
{
	const char *name;

	crm_json_key(w, "calibration");
	if (c->kind == CRM_CALIBRATION_NONE)
	{
		put_word(w, "null");
		return;
	}
	name = crm_calibration_names[c->kind];
	crm_json_open(w, '{');
	crm_json_key(w, "kind");
	crm_json_put_string(w, name, strlen(name));
	if (c->kind == CRM_CALIBRATION_PLATT)
	{
		put_float(w, "slope", c->slope, ft);
		put_float(w, "intercept", c->intercept, ft);
	}
	else
	{
		put_floats(w, "x", c->x, c->n_points, NULL, ft);
		put_floats(w, "y", c->y, c->n_points, NULL, ft);
	}
	crm_json_close(w, '}');
}

/* Absent from a model without: as models were before there were pools. */
static void
print_pool(CrmJsonWriter *w, const CrmModel *m, const CrmFloatText *ft)
{
	if (!m->pool.present)
		return;
	crm_json_key(w, "pool");
	crm_json_open(w, '{');
	crm_json_key(w, "feature");
	put_string(w, m->features[m->pool.feature].name);
	put_float(w, "sd", m->pool.sd, ft);
	put_floats(w, "shifts", m->pool.shifts, m->pool.n_shifts, NULL, ft);
	crm_json_close(w, '}');
}

static void
print_logistic(CrmJsonWriter *w, const CrmLogisticSection *s,
			   const CrmFloatText *ft)
{
	crm_json_key(w, "logistic");
	crm_json_open(w, '{');
	put_float(w, "lambda", s->lambda, ft);
	put_float(w, "alpha", s->alpha, ft);
	put_count(w, "iterations", s->iterations);
	put_bool(w, "converged", s->converged);
	put_bool(w, "separated", s->separated);
	put_float(w, "log_likelihood", s->log_likelihood, ft);
	put_float(w, "null_log_likelihood", s->null_log_likelihood, ft);
	put_float(w, "intercept", s->intercept, ft);
	if (s->has_errors)
		put_float(w, "intercept_error", s->intercept_error, ft);
	put_floats(w, "coefficients", s->coefficients, s->n_columns, s->aliased,
			   ft);
	if (s->has_errors)
		put_floats(w, "std_errors", s->errors, s->n_columns, s->aliased, ft);
	crm_json_close(w, '}');
}

static void
print_head(CrmJsonWriter *w, const CrmModel *m, const CrmFloatText *ft)
{
	const char *name = crm_algorithm_name(m->algorithm);
	char		at[CRM_DATETIME_TEXT_SIZE];

	put_count(w, "format", 1);
	crm_json_key(w, "algorithm");
	crm_json_put_string(w, name, strlen(name));
	put_count(w, "n", m->n);
	put_count(w, "n_positive", m->n_positive);
	put_count(w, "n_skipped", m->n_skipped);
	put_float(w, "base_rate", m->base_rate, ft);
	crm_json_key(w, "as_of");
	if (m->has_as_of)
		crm_json_put_string(w, at, crm_time_text(m->as_of, at));
	else
		put_word(w, "null");
	put_count(w, "seed", m->seed);
}

size_t
crm_model_print(const CrmModel *m, const CrmFloatText *ft, char *out,
				size_t size)
{
	CrmJsonWriter w = crm_json_writer(out, size);

	crm_json_open(&w, '{');
	print_head(&w, m, ft);
	crm_json_key(&w, "options");
	crm_json_open(&w, '{');
	for (uint32_t i = 0; i < m->n_options; i++)
		print_option(&w, &m->options[i], ft);
	crm_json_close(&w, '}');
	crm_json_key(&w, "features");
	crm_json_open(&w, '[');
	for (uint32_t i = 0; i < m->n_features; i++)
		print_feature(&w, &m->features[i], ft);
	crm_json_close(&w, ']');
	print_pool(&w, m, ft);
	print_calibration(&w, &m->calibration, ft);
	put_floats(&w, "grades", m->grades, m->n_grades, NULL, ft);
	crm_json_key(&w, "warnings");
	crm_json_open(&w, '[');
	for (uint32_t i = 0; i < m->n_warnings; i++)
		put_string(&w, m->warnings[i]);
	crm_json_close(&w, ']');
	if (m->algorithm == CRM_LOGISTIC)
		print_logistic(&w, &m->logistic, ft);
	if (crm_algorithm_trees(m->algorithm))
	{
		crm_json_key(&w, "trees");
		crm_ensemble_print(&w, &m->trees, ft);
	}
	if (crm_algorithm_counts(m->algorithm))
		crm_counts_print(&w, m, ft);
	crm_json_close(&w, '}');
	return w.out.failed ? 0 : w.out.at;
}
