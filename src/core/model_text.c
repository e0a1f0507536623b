/*
 * model_text.c
 *		The JSON text form of a model, read.
 *
 * An object is read by next_key: a table of key names gives each a number, a
 * bit set finds repeated and missing ones.  Arrays are counted by a copy of
 * the reader before room is taken, so that nothing is trusted.
 */
#include "model_text.h"

#include <math.h>

#include "counts_text.h"
#include "datetime.h"
#include "tree_text.h"

typedef struct Parser
{
	CrmJsonReader r;
	CrmArena   *arena;
	const CrmFloatText *ft;
	bool		failed;
} Parser;

static CrmJsonToken
next(Parser *p)
{
	return p->failed ? CRM_JSON_ERROR : crm_json_next(&p->r);
}

static void
expect(Parser *p, CrmJsonToken token)
{
	if (next(p) != token)
		p->failed = true;
}

static void *
take(Parser *p, size_t count, size_t width)
{
	void	   *room = p->failed ? NULL :
	crm_arena_take(p->arena, count, width);

	if (room == NULL)
		p->failed = true;
	else
		memset(room, 0, count * width);
	return room;
}

/*
 * The next key of an object whose opening brace was read: its place in the
 * NULL-terminated list, or -1 at the closing brace or on failure.
 */
static int
next_key(Parser *p, const char *const *keys, uint32_t *seen)
{
	CrmJsonToken t = next(p);

	if (t == CRM_JSON_OBJECT_END)
		return -1;
	if (t == CRM_JSON_KEY)
		for (int i = 0; keys[i] != NULL; i++)
			if (crm_json_is(&p->r, keys[i]) && (*seen >> i & 1) == 0)
			{
				*seen |= (uint32_t) 1 << i;
				return i;
			}
	p->failed = true;
	return -1;
}

/* Place of the string value in a list whose first entry is unused. */
static int
get_word(Parser *p, const char *const *words)
{
	expect(p, CRM_JSON_STRING);
	for (int i = 1; !p->failed && words[i] != NULL; i++)
		if (crm_json_is(&p->r, words[i]))
			return i;
	p->failed = true;
	return 0;
}

static double
read_number(Parser *p)
{
	double		v = 0;

	if (p->failed || !p->ft->parse(p->r.raw, p->r.raw_len, &v) || !isfinite(v))
		p->failed = true;
	return v == 0 ? 0 : v;
}

static double
get_number(Parser *p)
{
	expect(p, CRM_JSON_NUMBER);
	return read_number(p);
}

static uint64_t
get_count(Parser *p)
{
	int64_t		v = 0;

	expect(p, CRM_JSON_NUMBER);
	if (p->failed || !crm_json_int(&p->r, &v) || v < 0)
		p->failed = true;
	return (uint64_t) v;
}

static bool
get_bool(Parser *p)
{
	CrmJsonToken t = next(p);

	if (t != CRM_JSON_TRUE && t != CRM_JSON_FALSE)
		p->failed = true;
	return t == CRM_JSON_TRUE;
}

/* The key or string just read. */
static CrmString
read_string(Parser *p)
{
	CrmString	s = {"", 0};
	char	   *room = p->failed ? NULL : take(p, p->r.raw_len, 1);
	size_t		n;

	if (room == NULL)
		return s;
	n = crm_json_string(&p->r, room);
	if (n > UINT16_MAX)
		p->failed = true;
	else
	{
		s.bytes = room;
		s.length = (uint32_t) n;
	}
	return s;
}

static CrmString
get_string(Parser *p)
{
	expect(p, CRM_JSON_STRING);
	return read_string(p);
}

/*
 * Elements (or members) of the array or object whose opening bracket was just
 * read; the reader stays where it is.
 */
static uint32_t
count_elements(Parser *p)
{
	CrmJsonReader r = p->r;
	int			depth = r.depth;
	uint32_t	n = 0;

	for (;;)
	{
		CrmJsonToken t = p->failed ? CRM_JSON_ERROR : crm_json_next(&r);

		if (t == CRM_JSON_ERROR)
		{
			p->failed = true;
			return 0;
		}
		if (r.depth < depth)
			return n;
		if (t == CRM_JSON_KEY)
			t = crm_json_next(&r);
		if (!crm_json_skip(&r, t))
		{
			p->failed = true;
			return 0;
		}
		n++;
	}
}

/* An array of numbers; null is allowed where flags are asked for. */
static const double *
get_numbers(Parser *p, uint32_t *n, uint8_t **nulls)
{
	double	   *v;

	expect(p, CRM_JSON_ARRAY);
	*n = count_elements(p);
	v = take(p, *n, sizeof *v);
	if (nulls != NULL)
		*nulls = take(p, *n, 1);
	for (uint32_t i = 0; i < *n && !p->failed; i++)
	{
		CrmJsonToken t = next(p);

		if (t == CRM_JSON_NUMBER)
			v[i] = read_number(p);
		else if (t == CRM_JSON_NULL && nulls != NULL)
			(*nulls)[i] = 1;
		else
			p->failed = true;
	}
	expect(p, CRM_JSON_ARRAY_END);
	return v;
}

static const CrmString *
get_strings(Parser *p, uint32_t *n)
{
	CrmString  *v;

	expect(p, CRM_JSON_ARRAY);
	*n = count_elements(p);
	v = take(p, *n, sizeof *v);
	for (uint32_t i = 0; i < *n && !p->failed; i++)
		v[i] = get_string(p);
	expect(p, CRM_JSON_ARRAY_END);
	return v;
}

/* Members of a map, sorted by key: jsonb has an order of its own. */
static void
parse_map(Parser *p, CrmOption *o)
{
	uint32_t	n = count_elements(p);
	CrmString  *items = take(p, n, sizeof *items);
	double	   *numbers = take(p, n, sizeof *numbers);

	if (n > CRM_MODEL_MAX_OPTION_ITEMS)
		p->failed = true;
	for (uint32_t i = 0; i < n && !p->failed; i++)
	{
		CrmString	item;
		double		number;
		uint32_t	k = i;

		expect(p, CRM_JSON_KEY);
		item = read_string(p);
		number = get_number(p);
		for (; k > 0 && crm_string_compare(items[k - 1], item) > 0; k--)
		{
			items[k] = items[k - 1];
			numbers[k] = numbers[k - 1];
		}
		items[k] = item;
		numbers[k] = number;
	}
	expect(p, CRM_JSON_OBJECT_END);
	o->n_items = n;
	o->items = items;
	o->numbers = numbers;
}

static void
parse_list(Parser *p, CrmOption *o)
{
	CrmString  *items;

	o->n_items = count_elements(p);
	items = take(p, o->n_items, sizeof *items);
	for (uint32_t i = 0; i < o->n_items && !p->failed; i++)
		items[i] = get_string(p);
	expect(p, CRM_JSON_ARRAY_END);
	o->items = items;
}

static void
parse_option(Parser *p, CrmOption *o)
{
	CrmJsonToken t = next(p);
	CrmString  *item;

	switch (t)
	{
		case CRM_JSON_NUMBER:
			o->kind = CRM_OPTION_NUMBER;
			o->number = read_number(p);
			break;
		case CRM_JSON_STRING:
			o->kind = CRM_OPTION_TEXT;
			item = take(p, 1, sizeof *item);
			if (item != NULL)
				*item = read_string(p);
			o->n_items = 1;
			o->items = item;
			break;
		case CRM_JSON_ARRAY:
			o->kind = CRM_OPTION_LIST;
			parse_list(p, o);
			break;
		case CRM_JSON_OBJECT:
			o->kind = CRM_OPTION_MAP;
			parse_map(p, o);
			break;
		default:
			p->failed = true;
	}
}

static void
parse_options(Parser *p, CrmModel *m)
{
	CrmOption  *options;
	uint32_t	n;

	expect(p, CRM_JSON_OBJECT);
	n = count_elements(p);
	options = n > CRM_OPTION_LAST ? NULL : take(p, n, sizeof *options);
	if (options == NULL)
		p->failed = true;
	for (uint32_t i = 0; i < n && !p->failed; i++)
	{
		CrmOption	o = {0};
		uint32_t	k = i;

		expect(p, CRM_JSON_KEY);
		if (p->failed || p->r.escaped ||
			!crm_option_find(p->r.raw, p->r.raw_len, &o.key))
		{
			p->failed = true;
			return;
		}
		parse_option(p, &o);
		for (; k > 0 && options[k - 1].key > o.key; k--)
			options[k] = options[k - 1];
		options[k] = o;
	}
	expect(p, CRM_JSON_OBJECT_END);
	m->n_options = n;
	m->options = options;
}

/* Labels and their counts stand in two arrays of one length. */
static void
join_levels(Parser *p, CrmFeature *f, const CrmString *labels,
			uint32_t n_labels, const uint64_t *counts, uint32_t n_counts)
{
	CrmLevel   *levels = take(p, n_labels, sizeof *levels);

	if (n_labels != n_counts)
		p->failed = true;
	for (uint32_t i = 0; i < n_labels && !p->failed; i++)
	{
		levels[i].label = labels[i];
		levels[i].count = counts[i];
	}
	f->n_levels = n_labels;
	f->levels = levels;
}

static const uint64_t *
get_counts(Parser *p, uint32_t *n)
{
	uint64_t   *v;

	expect(p, CRM_JSON_ARRAY);
	*n = count_elements(p);
	v = take(p, *n, sizeof *v);
	for (uint32_t i = 0; i < *n && !p->failed; i++)
		v[i] = get_count(p);
	expect(p, CRM_JSON_ARRAY_END);
	return v;
}

enum
{
	F_NAME, F_KIND, F_TYPE, F_MISSING, F_MEAN, F_SD, F_MIN, F_MAX, F_QUANTILES,
	F_LEVELS, F_COUNTS, F_OTHER
};

static void
parse_feature(Parser *p, CrmFeature *f)
{
	static const char *const keys[] = {
		"name", "kind", "type", "missing", "mean", "sd", "min", "max",
		"quantiles", "levels", "counts", "other", NULL
	};
	const uint32_t head = 1 << F_NAME | 1 << F_KIND | 1 << F_TYPE |
	1 << F_MISSING;
	const uint32_t number = head | 1 << F_MEAN | 1 << F_SD | 1 << F_MIN |
	1 << F_MAX | 1 << F_QUANTILES;
	const uint32_t category = head | 1 << F_LEVELS | 1 << F_COUNTS |
	1 << F_OTHER;
	const CrmString *labels = NULL;
	const uint64_t *counts = NULL;
	uint32_t	n_labels = 0;
	uint32_t	n_counts = 0;
	uint32_t	seen = 0;
	int			key;

	expect(p, CRM_JSON_OBJECT);
	while ((key = next_key(p, keys, &seen)) >= 0)
		switch (key)
		{
			case F_NAME:
				f->name = get_string(p);
				break;
			case F_KIND:
				f->kind = (CrmFeatureKind) get_word(p, crm_kind_names);
				break;
			case F_TYPE:
				f->type = (CrmFeatureType) get_word(p, crm_type_names);
				break;
			case F_MISSING:
				f->missing = get_count(p);
				break;
			case F_MEAN:
				f->mean = get_number(p);
				break;
			case F_SD:
				f->sd = get_number(p);
				break;
			case F_MIN:
				f->min = get_number(p);
				break;
			case F_MAX:
				f->max = get_number(p);
				break;
			case F_QUANTILES:
				f->quantiles = get_numbers(p, &f->n_quantiles, NULL);
				break;
			case F_LEVELS:
				labels = get_strings(p, &n_labels);
				break;
			case F_COUNTS:
				counts = get_counts(p, &n_counts);
				break;
			case F_OTHER:
				f->other = get_count(p);
				break;
		}
	if (seen != (f->kind == CRM_CATEGORICAL ? category : number))
		p->failed = true;
	join_levels(p, f, labels, n_labels, counts, n_counts);
}

static void
parse_features(Parser *p, CrmModel *m)
{
	CrmFeature *features;

	expect(p, CRM_JSON_ARRAY);
	m->n_features = count_elements(p);
	if (m->n_features > CRM_MODEL_MAX_FEATURES)
		p->failed = true;
	features = take(p, m->n_features, sizeof *features);
	for (uint32_t i = 0; i < m->n_features && !p->failed; i++)
		parse_feature(p, &features[i]);
	expect(p, CRM_JSON_ARRAY_END);
	m->features = features;
}

static void
parse_calibration(Parser *p, CrmCalibration *c)
{
	static const char *const keys[] = {
		"kind", "slope", "intercept", "x", "y", NULL
	};
	CrmJsonToken t = next(p);
	uint32_t	seen = 0;
	uint32_t	n_y = 0;
	int			key;

	if (t == CRM_JSON_NULL)
		return;
	if (t != CRM_JSON_OBJECT)
		p->failed = true;
	while ((key = next_key(p, keys, &seen)) >= 0)
		switch (key)
		{
			case 0:
				c->kind = (CrmCalibrationKind) get_word(p, crm_calibration_names);
				break;
			case 1:
				c->slope = get_number(p);
				break;
			case 2:
				c->intercept = get_number(p);
				break;
			case 3:
				c->x = get_numbers(p, &c->n_points, NULL);
				break;
			case 4:
				c->y = get_numbers(p, &n_y, NULL);
				break;
		}
	if (seen != (c->kind == CRM_CALIBRATION_PLATT ? 7 : 25) ||
		c->n_points != n_y)
		p->failed = true;
}

/* The name is kept until all features are known. */
static void
parse_pool(Parser *p, CrmPool *pool, CrmString *name)
{
	static const char *const keys[] = {"feature", "sd", "shifts", NULL};
	uint32_t	seen = 0;
	int			key;

	expect(p, CRM_JSON_OBJECT);
	while ((key = next_key(p, keys, &seen)) >= 0)
		switch (key)
		{
			case 0:
				*name = get_string(p);
				break;
			case 1:
				pool->sd = get_number(p);
				break;
			case 2:
				pool->shifts = get_numbers(p, &pool->n_shifts, NULL);
				break;
		}
	if (seen != 7)
		p->failed = true;
}

static bool
find_pool(CrmModel *m, CrmString name)
{
	for (m->pool.feature = 0; m->pool.feature < m->n_features;
		 m->pool.feature++)
		if (crm_string_compare(m->features[m->pool.feature].name, name) == 0)
			break;
	return crm_model_mark_pool(m);
}

enum
{
	L_LAMBDA, L_ALPHA, L_ITERATIONS, L_CONVERGED, L_SEPARATED, L_LIKELIHOOD,
	L_NULL_LIKELIHOOD, L_INTERCEPT, L_COEFFICIENTS, L_INTERCEPT_ERROR, L_ERRORS
};

/* Both arrays must agree in length and in what is null. */
static void
join_coefficients(Parser *p, CrmLogisticSection *s, uint32_t seen,
				  const uint8_t *aliased, uint32_t n_errors,
				  const uint8_t *null_errors)
{
	const uint32_t base = (1 << L_INTERCEPT_ERROR) - 1;
	const uint32_t errors = 1 << L_INTERCEPT_ERROR | 1 << L_ERRORS;

	s->aliased = aliased;
	s->has_errors = seen == (base | errors);
	if (p->failed || (!s->has_errors && seen != base))
	{
		p->failed = true;
		return;
	}
	if (!s->has_errors)
		s->errors = take(p, s->n_columns, sizeof(double));
	else if (n_errors != s->n_columns ||
			 memcmp(aliased, null_errors, n_errors) != 0)
		p->failed = true;
}

static void
parse_logistic(Parser *p, CrmLogisticSection *s)
{
	static const char *const keys[] = {
		"lambda", "alpha", "iterations", "converged", "separated",
		"log_likelihood", "null_log_likelihood", "intercept", "coefficients",
		"intercept_error", "std_errors", NULL
	};
	uint8_t    *aliased = NULL;
	uint8_t    *null_errors = NULL;
	uint32_t	n_errors = 0;
	uint32_t	seen = 0;
	uint64_t	iterations;
	int			key;

	expect(p, CRM_JSON_OBJECT);
	while ((key = next_key(p, keys, &seen)) >= 0)
		switch (key)
		{
			case L_LAMBDA:
				s->lambda = get_number(p);
				break;
			case L_ALPHA:
				s->alpha = get_number(p);
				break;
			case L_ITERATIONS:
				iterations = get_count(p);
				if (iterations > UINT32_MAX)
					p->failed = true;
				s->iterations = (uint32_t) iterations;
				break;
			case L_CONVERGED:
				s->converged = get_bool(p);
				break;
			case L_SEPARATED:
				s->separated = get_bool(p);
				break;
			case L_LIKELIHOOD:
				s->log_likelihood = get_number(p);
				break;
			case L_NULL_LIKELIHOOD:
				s->null_log_likelihood = get_number(p);
				break;
			case L_INTERCEPT:
				s->intercept = get_number(p);
				break;
			case L_COEFFICIENTS:
				s->coefficients = get_numbers(p, &s->n_columns, &aliased);
				break;
			case L_INTERCEPT_ERROR:
				s->intercept_error = get_number(p);
				break;
			case L_ERRORS:
				s->errors = get_numbers(p, &n_errors, &null_errors);
				break;
		}
	join_coefficients(p, s, seen, aliased, n_errors, null_errors);
}

static void *
take_from_arena(void *arena, size_t count, size_t width)
{
	return crm_arena_take(arena, count, width);
}

static void
parse_trees(Parser *p, CrmEnsemble *trees)
{
	if (p->failed ||
		!crm_ensemble_parse(&p->r, p->ft, take_from_arena, p->arena, trees))
		p->failed = true;
}

static void
parse_counts(Parser *p, CrmModel *m, uint32_t *n_roles)
{
	if (p->failed || !crm_counts_parse(&p->r, p->ft, p->arena, &m->counts,
									   n_roles))
		p->failed = true;
}

static void
parse_algorithm(Parser *p, CrmModel *m)
{
	expect(p, CRM_JSON_STRING);
	if (p->failed ||
		!crm_algorithm_find(p->r.raw, p->r.raw_len, &m->algorithm))
		p->failed = true;
}

static void
parse_as_of(Parser *p, CrmModel *m)
{
	CrmJsonToken t = next(p);

	if (t == CRM_JSON_STRING &&
		crm_time_parse(p->r.raw, p->r.raw_len, &m->as_of))
		m->has_as_of = true;
	else if (t != CRM_JSON_NULL)
		p->failed = true;
}

enum
{
	M_FORMAT, M_ALGORITHM, M_N, M_POSITIVE, M_SKIPPED, M_BASE_RATE, M_FEATURES,
	M_AS_OF, M_SEED, M_OPTIONS, M_CALIBRATION, M_GRADES, M_WARNINGS,
	M_LOGISTIC, M_TREES, M_COUNTS, M_POOL
};

/* What must be compared with the features once all is read. */
typedef struct Pending
{
	uint32_t	n_roles;
	CrmString	pool;
} Pending;

static void
parse_member(Parser *p, CrmModel *m, int key, Pending *pending)
{
	switch (key)
	{
		case M_FORMAT:
			if (get_count(p) != 1)
				p->failed = true;
			break;
		case M_ALGORITHM:
			parse_algorithm(p, m);
			break;
		case M_N:
			m->n = get_count(p);
			break;
		case M_POSITIVE:
			m->n_positive = get_count(p);
			break;
		case M_SKIPPED:
			m->n_skipped = get_count(p);
			break;
		case M_BASE_RATE:
			m->base_rate = get_number(p);
			break;
		case M_FEATURES:
			parse_features(p, m);
			break;
		case M_LOGISTIC:
			parse_logistic(p, &m->logistic);
			break;
		case M_TREES:
			parse_trees(p, &m->trees);
			break;
		case M_COUNTS:
			parse_counts(p, m, &pending->n_roles);
			break;
		case M_POOL:
			parse_pool(p, &m->pool, &pending->pool);
			break;
		case M_AS_OF:
			parse_as_of(p, m);
			break;
		case M_SEED:
			m->seed = get_count(p);
			break;
		case M_OPTIONS:
			parse_options(p, m);
			break;
		case M_CALIBRATION:
			parse_calibration(p, &m->calibration);
			break;
		case M_GRADES:
			m->grades = get_numbers(p, &m->n_grades, NULL);
			break;
		case M_WARNINGS:
			m->warnings = get_strings(p, &m->n_warnings);
			break;
	}
}

/* A number of 2 characters becomes 17 bytes, an empty level of 5 becomes 48. */
size_t
crm_model_parse_size(size_t length)
{
	return length > CRM_MODEL_MAX_BYTES ? 0 : 14 * length + 8192;
}

bool
crm_model_parse(const char *text, size_t length, bool utf8,
				const CrmFloatText *ft, CrmArena *arena, CrmModel *m,
				CrmError *error)
{
	static const char *const keys[] = {
		"format", "algorithm", "n", "n_positive", "n_skipped", "base_rate",
		"features", "as_of", "seed", "options", "calibration", "grades",
		"warnings", "logistic", "trees", "counts", "pool", NULL
	};
	const uint32_t required = (1 << M_AS_OF) - 1;
	Parser		p = {crm_json_reader(text, length, utf8), arena, ft, false};
	uint32_t	seen = 0;
	Pending		pending = {0};
	int			key;

	memset(m, 0, sizeof *m);
	expect(&p, CRM_JSON_OBJECT);
	while ((key = next_key(&p, keys, &seen)) >= 0)
		parse_member(&p, m, key, &pending);
	expect(&p, CRM_JSON_END);
	if (p.failed || (seen & required) != required ||
		(seen >> M_LOGISTIC & 1) != (m->algorithm == CRM_LOGISTIC) ||
		(seen >> M_TREES & 1) != crm_algorithm_trees(m->algorithm) ||
		(seen >> M_COUNTS & 1) != crm_algorithm_counts(m->algorithm) ||
		(crm_algorithm_counts(m->algorithm) &&
		 pending.n_roles != m->n_features) ||
		((seen >> M_POOL & 1) != 0 && !find_pool(m, pending.pool)))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The text is not a model: malformed JSON, or a key that is unknown, repeated or missing.",
						NULL);
	if (!crm_model_check(m))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The parts of the model do not fit together.", NULL);
	return true;
}
