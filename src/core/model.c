/*
 * model.c
 *		The model as bytes: encode and decode.
 *
 * Decoding proves the structure (lengths, counts), crm_model_check the sense
 * (ranges, order, references); text input ends in the same check.  Whatever
 * decodes encodes to the same bytes, but for the digest that format 1 lacks: a
 * part that is empty has no section.
 */
#include "model.h"

#include <math.h>
#include <string.h>

#include "bytes.h"
#include "datetime.h"
#include "digest.h"

/*
 * Format 2 has a digest between the format and what format 1 has there, so
 * that a model is recognised without reading all of it.
 */
#define FORMAT_PLAIN 1
#define FORMAT_DIGEST 2
#define FLAG_AS_OF 1

/* Tags of sections; never renumber. */
enum
{
	SECTION_OPTIONS = 1,
	SECTION_FEATURES = 2,
	SECTION_CALIBRATION = 3,
	SECTION_GRADES = 4,
	SECTION_WARNINGS = 5,
	SECTION_POOL = 6,
	SECTION_LOGISTIC = 16,
	SECTION_TREES = 17,
	SECTION_COUNTS = 18
};

#define LOGISTIC_HAS_ERRORS 1
#define LOGISTIC_SEPARATED 2
#define LOGISTIC_CONVERGED 4

static const char *const algorithm_names[] = {
	NULL, "logistic", "tree", "forest", "gbm", "naive_bayes", "stage_prior",
	"xgboost"
};

static const char *const option_names[] = {
	NULL, "lambda", "alpha", "max_iter", "trees", "depth", "leaves",
	"learning_rate", "min_leaf", "subsample", "colsample", "l1", "l2", "seed",
	"class_weight", "monotone", "categorical", "exclude", "max_levels",
	"calibrate", "pool_by", "folds", "smoothing", "min_per_class", "too_few"
};

void	   *
crm_arena_take(CrmArena *arena, size_t count, size_t width)
{
	size_t		left = arena->size - arena->used;
	size_t		size;
	void	   *p = arena->base + arena->used;

	if (width > 0 && count > (SIZE_MAX - 7) / width)
		return NULL;
	size = (count * width + 7) & ~(size_t) 7;
	if (size > left)
		return NULL;
	arena->used += size;
	return p;
}

bool
crm_algorithm_trees(CrmAlgorithm algorithm)
{
	return algorithm == CRM_TREE || algorithm == CRM_FOREST ||
		algorithm == CRM_GBM || algorithm == CRM_XGBOOST;
}

bool
crm_algorithm_counts(CrmAlgorithm algorithm)
{
	return algorithm == CRM_NAIVE_BAYES || algorithm == CRM_STAGE_PRIOR;
}

bool
crm_algorithm_pools(CrmAlgorithm algorithm)
{
	return algorithm != CRM_NAIVE_BAYES && algorithm != CRM_XGBOOST;
}

static int
find_name(const char *const *names, int n, const char *name, size_t length)
{
	for (int i = 1; i < n; i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return i;
	return 0;
}

const char *
crm_algorithm_name(CrmAlgorithm algorithm)
{
	if (algorithm < CRM_LOGISTIC || algorithm > CRM_XGBOOST)
		return NULL;
	return algorithm_names[algorithm];
}

bool
crm_algorithm_find(const char *name, size_t length, CrmAlgorithm *algorithm)
{
	int			i = find_name(algorithm_names, CRM_XGBOOST + 1, name, length);

	if (i == 0)
		return false;
	*algorithm = (CrmAlgorithm) i;
	return true;
}

const char *
crm_option_name(CrmOptionKey key)
{
	if (key < CRM_OPTION_LAMBDA || key > CRM_OPTION_LAST)
		return NULL;
	return option_names[key];
}

bool
crm_option_find(const char *name, size_t length, CrmOptionKey *key)
{
	int			i = find_name(option_names, CRM_OPTION_LAST + 1, name, length);

	if (i == 0)
		return false;
	*key = (CrmOptionKey) i;
	return true;
}

int
crm_string_compare(CrmString a, CrmString b)
{
	uint32_t	n = a.length < b.length ? a.length : b.length;
	int			c = n > 0 ? memcmp(a.bytes, b.bytes, n) : 0;

	if (c != 0)
		return c < 0 ? -1 : 1;
	return (a.length > b.length) - (a.length < b.length);
}

bool
crm_model_mark_pool(CrmModel *m)
{
	m->pool.present = m->pool.feature < m->n_features;
	if (m->pool.present)
		((CrmFeature *) m->features)[m->pool.feature].pooled = true;
	return m->pool.present;
}

uint32_t
crm_feature_columns(const CrmFeature *f)
{
	uint32_t	n = 1;

	if (f->pooled)
		return 0;
	if (f->kind == CRM_CATEGORICAL)
		n = (f->n_levels > 0 ? f->n_levels - 1 : 0) + (f->other > 0);
	return n + (f->missing > 0);
}

size_t
crm_model_columns(const CrmFeature *features, uint32_t n_features)
{
	size_t		n = 0;

	for (uint32_t f = 0; f < n_features; f++)
		n += crm_feature_columns(&features[f]);
	return n;
}

bool
crm_feature_level(const CrmFeature *f, uint32_t k, CrmString *level)
{
	uint32_t	kept = f->n_levels > 0 ? f->n_levels - 1 : 0;

	if (f->kind != CRM_CATEGORICAL)
	{
		*level = crm_word("(missing)");
		return k > 0;
	}
	if (k < kept)
		*level = f->levels[k + 1].label;
	else if (k == kept && f->other > 0)
		*level = crm_word("(other)");
	else
		*level = crm_word("(missing)");
	return true;
}

/* By whole days and the rest: a double holds 100 years only to 0.5 us. */
double
crm_days_since(int64_t as_of, int64_t t)
{
	int64_t		days = t / CRM_USECS_PER_DAY - as_of / CRM_USECS_PER_DAY;
	int64_t		rest = t % CRM_USECS_PER_DAY - as_of % CRM_USECS_PER_DAY;

	return (double) days + (double) rest / (double) CRM_USECS_PER_DAY;
}

/* Struct to bytes. */

static void
put_string(CrmWriter *w, CrmString s)
{
	crm_put_u16(w, (uint16_t) s.length);
	crm_put_bytes(w, s.bytes, s.length);
}

static void
put_doubles(CrmWriter *w, const double *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		crm_put_f64(w, v[i]);
}

static void
put_options(CrmWriter *w, const CrmModel *m)
{
	crm_put_u8(w, (uint8_t) m->n_options);
	for (uint32_t i = 0; i < m->n_options; i++)
	{
		const CrmOption *o = &m->options[i];

		crm_put_u8(w, (uint8_t) o->key);
		crm_put_u8(w, (uint8_t) o->kind);
		if (o->kind == CRM_OPTION_NUMBER)
		{
			crm_put_f64(w, o->number);
			continue;
		}
		crm_put_u16(w, (uint16_t) o->n_items);
		for (uint32_t k = 0; k < o->n_items; k++)
		{
			put_string(w, o->items[k]);
			if (o->kind == CRM_OPTION_MAP)
				crm_put_f64(w, o->numbers[k]);
		}
	}
}

static void
put_features(CrmWriter *w, const CrmModel *m)
{
	crm_put_u16(w, (uint16_t) m->n_features);
	for (uint32_t i = 0; i < m->n_features; i++)
	{
		const CrmFeature *f = &m->features[i];

		put_string(w, f->name);
		crm_put_u8(w, (uint8_t) f->kind);
		crm_put_u8(w, (uint8_t) f->type);
		crm_put_u64(w, f->missing);
		if (f->kind != CRM_CATEGORICAL)
		{
			crm_put_f64(w, f->mean);
			crm_put_f64(w, f->sd);
			crm_put_f64(w, f->min);
			crm_put_f64(w, f->max);
			crm_put_u8(w, (uint8_t) f->n_quantiles);
			put_doubles(w, f->quantiles, f->n_quantiles);
			continue;
		}
		crm_put_u64(w, f->other);
		crm_put_u32(w, f->n_levels);
		for (uint32_t k = 0; k < f->n_levels; k++)
		{
			put_string(w, f->levels[k].label);
			crm_put_u64(w, f->levels[k].count);
		}
	}
}

static void
put_calibration(CrmWriter *w, const CrmModel *m)
{
	const CrmCalibration *c = &m->calibration;

	crm_put_u8(w, (uint8_t) c->kind);
	if (c->kind == CRM_CALIBRATION_PLATT)
	{
		crm_put_f64(w, c->slope);
		crm_put_f64(w, c->intercept);
		return;
	}
	crm_put_u32(w, c->n_points);
	put_doubles(w, c->x, c->n_points);
	put_doubles(w, c->y, c->n_points);
}

static void
put_grades(CrmWriter *w, const CrmModel *m)
{
	crm_put_u8(w, (uint8_t) m->n_grades);
	put_doubles(w, m->grades, m->n_grades);
}

static void
put_warnings(CrmWriter *w, const CrmModel *m)
{
	crm_put_u8(w, (uint8_t) m->n_warnings);
	for (uint32_t i = 0; i < m->n_warnings; i++)
		put_string(w, m->warnings[i]);
}

static void
put_pool(CrmWriter *w, const CrmModel *m)
{
	crm_put_u16(w, (uint16_t) m->pool.feature);
	crm_put_f64(w, m->pool.sd);
	crm_put_u32(w, m->pool.n_shifts);
	put_doubles(w, m->pool.shifts, m->pool.n_shifts);
}

static void
put_logistic(CrmWriter *w, const CrmModel *m)
{
	const CrmLogisticSection *s = &m->logistic;

	crm_put_f64(w, s->lambda);
	crm_put_f64(w, s->alpha);
	crm_put_u32(w, s->iterations);
	crm_put_u8(w, (uint8_t) ((s->has_errors ? LOGISTIC_HAS_ERRORS : 0) |
							 (s->separated ? LOGISTIC_SEPARATED : 0) |
							 (s->converged ? LOGISTIC_CONVERGED : 0)));
	crm_put_f64(w, s->log_likelihood);
	crm_put_f64(w, s->null_log_likelihood);
	crm_put_f64(w, s->intercept);
	crm_put_f64(w, s->intercept_error);
	crm_put_u32(w, s->n_columns);
	crm_put_bytes(w, s->aliased, s->n_columns);
	put_doubles(w, s->coefficients, s->n_columns);
	if (s->has_errors)
		put_doubles(w, s->errors, s->n_columns);
}

static void
put_trees(CrmWriter *w, const CrmModel *m)
{
	crm_ensemble_put(w, &m->trees);
}

static void
put_counts(CrmWriter *w, const CrmModel *m)
{
	const CrmCountsSection *s = &m->counts;

	crm_put_f64(w, s->smoothing);
	crm_put_f64(w, s->min_count);
	crm_put_f64(w, s->strength);
	crm_put_u8(w, s->skip_missing);
	crm_put_bytes(w, s->roles, m->n_features);
	crm_put_u32(w, s->n_cells);
	for (uint32_t i = 0; i < s->n_cells; i++)
		crm_put_u64(w, s->won[i]);
	for (uint32_t i = 0; i < s->n_cells; i++)
		crm_put_u64(w, s->lost[i]);
}

/* A section: its length is found by writing it to nowhere first. */
static void
put_section(CrmWriter *w, uint16_t tag, const CrmModel *m,
			void (*put) (CrmWriter *, const CrmModel *))
{
	CrmWriter	count = crm_writer(NULL, 0);

	put(&count, m);
	crm_put_u16(w, tag);
	crm_put_u32(w, (uint32_t) count.at);
	put(w, m);
}

static void
put_sections(CrmWriter *w, const CrmModel *m)
{
	if (m->n_options > 0)
		put_section(w, SECTION_OPTIONS, m, put_options);
	put_section(w, SECTION_FEATURES, m, put_features);
	if (m->calibration.kind != CRM_CALIBRATION_NONE)
		put_section(w, SECTION_CALIBRATION, m, put_calibration);
	if (m->n_grades > 0)
		put_section(w, SECTION_GRADES, m, put_grades);
	if (m->n_warnings > 0)
		put_section(w, SECTION_WARNINGS, m, put_warnings);
	if (m->pool.present)
		put_section(w, SECTION_POOL, m, put_pool);
	if (m->algorithm == CRM_LOGISTIC)
		put_section(w, SECTION_LOGISTIC, m, put_logistic);
	if (crm_algorithm_trees(m->algorithm))
		put_section(w, SECTION_TREES, m, put_trees);
	if (crm_algorithm_counts(m->algorithm))
		put_section(w, SECTION_COUNTS, m, put_counts);
}

size_t
crm_model_encode(const CrmModel *m, uint8_t *out, size_t size)
{
	CrmWriter	w = crm_writer(out, size);
	uint8_t		digest[CRM_DIGEST_BYTES] = {0};

	crm_put_u8(&w, FORMAT_DIGEST);
	crm_put_bytes(&w, digest, sizeof digest);
	crm_put_u8(&w, (uint8_t) m->algorithm);
	crm_put_u8(&w, m->has_as_of ? FLAG_AS_OF : 0);
	crm_put_u8(&w, 0);
	crm_put_u64(&w, m->n);
	crm_put_u64(&w, m->n_positive);
	crm_put_u64(&w, m->n_skipped);
	crm_put_f64(&w, m->base_rate);
	crm_put_i64(&w, m->as_of);
	crm_put_u64(&w, m->seed);
	put_sections(&w, m);
	if (w.failed)
		return 0;
	if (out != NULL)
		crm_digest(out + CRM_MODEL_KEY_BYTES, w.at - CRM_MODEL_KEY_BYTES,
				   out + 1);
	return w.at;
}

/* Bytes to struct. */

typedef struct Decoder
{
	CrmReader	r;
	CrmArena   *arena;
} Decoder;

static void *
take(Decoder *d, size_t count, size_t width)
{
	void	   *p = crm_arena_take(d->arena, count, width);

	if (p == NULL)
		d->r.failed = true;
	return p;
}

/* Room for what a count promises is taken only if its bytes are there. */
static void *
take_counted(Decoder *d, size_t count, size_t wire_width, size_t width)
{
	if (d->r.failed || count > (d->r.size - d->r.at) / wire_width)
	{
		d->r.failed = true;
		return NULL;
	}
	return take(d, count, width);
}

/* A finite number in its one form: zero has no sign. */
static double
get_double(Decoder *d)
{
	double		v = crm_get_f64(&d->r);

	if (!isfinite(v) || (v == 0 && signbit(v)))
		d->r.failed = true;
	return v;
}

static const double *
get_doubles(Decoder *d, uint32_t n)
{
	double	   *v = take_counted(d, n, sizeof(double), sizeof(double));

	for (uint32_t i = 0; i < n && !d->r.failed; i++)
		v[i] = get_double(d);
	return v;
}

static CrmString
get_string(Decoder *d)
{
	CrmString	s;

	s.length = crm_get_u16(&d->r);
	s.bytes = (const char *) crm_get_bytes(&d->r, s.length);
	if (d->r.failed)
		s.length = 0;
	return s;
}

static void
get_option(Decoder *d, CrmOption *o)
{
	CrmString  *items;
	double	   *numbers = NULL;

	memset(o, 0, sizeof *o);
	o->key = (CrmOptionKey) crm_get_u8(&d->r);
	o->kind = (CrmOptionKind) crm_get_u8(&d->r);
	if (o->kind == CRM_OPTION_NUMBER)
	{
		o->number = get_double(d);
		return;
	}
	o->n_items = crm_get_u16(&d->r);
	items = take_counted(d, o->n_items, 2, sizeof *items);
	if (o->kind == CRM_OPTION_MAP)
		numbers = take_counted(d, o->n_items, 10, sizeof *numbers);
	for (uint32_t i = 0; i < o->n_items && !d->r.failed; i++)
	{
		items[i] = get_string(d);
		if (numbers != NULL)
			numbers[i] = get_double(d);
	}
	o->items = items;
	o->numbers = numbers;
}

static void
get_options(Decoder *d, CrmModel *m)
{
	CrmOption  *options;

	m->n_options = crm_get_u8(&d->r);
	options = take_counted(d, m->n_options, 4, sizeof *options);
	if (m->n_options == 0)
		d->r.failed = true;
	for (uint32_t i = 0; i < m->n_options && !d->r.failed; i++)
		get_option(d, &options[i]);
	m->options = options;
}

static void
get_feature(Decoder *d, CrmFeature *f)
{
	CrmLevel   *levels;

	memset(f, 0, sizeof *f);
	f->name = get_string(d);
	f->kind = (CrmFeatureKind) crm_get_u8(&d->r);
	f->type = (CrmFeatureType) crm_get_u8(&d->r);
	f->missing = crm_get_u64(&d->r);
	if (f->kind != CRM_CATEGORICAL)
	{
		f->mean = get_double(d);
		f->sd = get_double(d);
		f->min = get_double(d);
		f->max = get_double(d);
		f->n_quantiles = crm_get_u8(&d->r);
		f->quantiles = get_doubles(d, f->n_quantiles);
		return;
	}
	f->other = crm_get_u64(&d->r);
	f->n_levels = crm_get_u32(&d->r);
	levels = take_counted(d, f->n_levels, 10, sizeof *levels);
	for (uint32_t i = 0; i < f->n_levels && !d->r.failed; i++)
	{
		levels[i].label = get_string(d);
		levels[i].count = crm_get_u64(&d->r);
	}
	f->levels = levels;
}

static void
get_features(Decoder *d, CrmModel *m)
{
	CrmFeature *features;

	m->n_features = crm_get_u16(&d->r);
	features = take_counted(d, m->n_features, 24, sizeof *features);
	for (uint32_t i = 0; i < m->n_features && !d->r.failed; i++)
		get_feature(d, &features[i]);
	m->features = features;
}

static void
get_calibration(Decoder *d, CrmModel *m)
{
	CrmCalibration *c = &m->calibration;

	c->kind = (CrmCalibrationKind) crm_get_u8(&d->r);
	if (c->kind == CRM_CALIBRATION_PLATT)
	{
		c->slope = get_double(d);
		c->intercept = get_double(d);
	}
	else if (c->kind == CRM_CALIBRATION_ISOTONIC)
	{
		c->n_points = crm_get_u32(&d->r);
		c->x = get_doubles(d, c->n_points);
		c->y = get_doubles(d, c->n_points);
	}
	else
		d->r.failed = true;
}

static void
get_grades(Decoder *d, CrmModel *m)
{
	m->n_grades = crm_get_u8(&d->r);
	m->grades = get_doubles(d, m->n_grades);
	if (m->n_grades == 0)
		d->r.failed = true;
}

static void
get_warnings(Decoder *d, CrmModel *m)
{
	CrmString  *warnings;

	m->n_warnings = crm_get_u8(&d->r);
	warnings = take_counted(d, m->n_warnings, 2, sizeof *warnings);
	if (m->n_warnings == 0)
		d->r.failed = true;
	for (uint32_t i = 0; i < m->n_warnings && !d->r.failed; i++)
		warnings[i] = get_string(d);
	m->warnings = warnings;
}

static void
get_pool(Decoder *d, CrmModel *m)
{
	m->pool.feature = crm_get_u16(&d->r);
	m->pool.sd = get_double(d);
	m->pool.n_shifts = crm_get_u32(&d->r);
	m->pool.shifts = get_doubles(d, m->pool.n_shifts);
	if (d->r.failed || !crm_model_mark_pool(m))
		d->r.failed = true;
}

static void
get_logistic(Decoder *d, CrmModel *m)
{
	CrmLogisticSection *s = &m->logistic;
	uint8_t		flags;
	double	   *none;

	s->lambda = get_double(d);
	s->alpha = get_double(d);
	s->iterations = crm_get_u32(&d->r);
	flags = crm_get_u8(&d->r);
	s->has_errors = (flags & LOGISTIC_HAS_ERRORS) != 0;
	s->separated = (flags & LOGISTIC_SEPARATED) != 0;
	s->converged = (flags & LOGISTIC_CONVERGED) != 0;
	if (flags > 7)
		d->r.failed = true;
	s->log_likelihood = get_double(d);
	s->null_log_likelihood = get_double(d);
	s->intercept = get_double(d);
	s->intercept_error = get_double(d);
	s->n_columns = crm_get_u32(&d->r);
	s->aliased = crm_get_bytes(&d->r, s->n_columns);
	s->coefficients = get_doubles(d, s->n_columns);
	if (s->has_errors)
		s->errors = get_doubles(d, s->n_columns);
	else if (!d->r.failed && (none = take(d, s->n_columns, 8)) != NULL)
	{
		memset(none, 0, s->n_columns * sizeof(double));
		s->errors = none;
	}
}

static void *
take_from_arena(void *arena, size_t count, size_t width)
{
	return crm_arena_take(arena, count, width);
}

static void
get_trees(Decoder *d, CrmModel *m)
{
	if (!crm_ensemble_get(&d->r, take_from_arena, d->arena, &m->trees))
		d->r.failed = true;
}

static const uint64_t *
get_counts(Decoder *d, uint32_t n)
{
	uint64_t   *v = take_counted(d, n, sizeof *v, sizeof *v);

	for (uint32_t i = 0; i < n && !d->r.failed; i++)
		v[i] = crm_get_u64(&d->r);
	return v;
}

static void
get_cells(Decoder *d, CrmModel *m)
{
	CrmCountsSection *s = &m->counts;
	uint8_t		skip;

	s->smoothing = get_double(d);
	s->min_count = get_double(d);
	s->strength = get_double(d);
	skip = crm_get_u8(&d->r);
	s->skip_missing = skip == 1;
	if (skip > 1)
		d->r.failed = true;
	s->roles = crm_get_bytes(&d->r, m->n_features);
	s->n_cells = crm_get_u32(&d->r);
	s->won = get_counts(d, s->n_cells);
	s->lost = get_counts(d, s->n_cells);
}

/* One section's bytes, through and through. */
static bool
get_section(Decoder *outer, CrmModel *m, uint16_t tag)
{
	Decoder		d = *outer;
	uint32_t	length = crm_get_u32(&outer->r);
	const uint8_t *bytes = crm_get_bytes(&outer->r, length);

	if (bytes == NULL)
		return false;
	d.r = crm_reader(bytes, length);
	switch (tag)
	{
		case SECTION_OPTIONS:
			get_options(&d, m);
			break;
		case SECTION_FEATURES:
			get_features(&d, m);
			break;
		case SECTION_CALIBRATION:
			get_calibration(&d, m);
			break;
		case SECTION_GRADES:
			get_grades(&d, m);
			break;
		case SECTION_WARNINGS:
			get_warnings(&d, m);
			break;
		case SECTION_POOL:
			get_pool(&d, m);
			break;
		case SECTION_LOGISTIC:
			if (m->algorithm != CRM_LOGISTIC)
				return false;
			get_logistic(&d, m);
			break;
		case SECTION_TREES:
			if (!crm_algorithm_trees(m->algorithm))
				return false;
			get_trees(&d, m);
			break;
		case SECTION_COUNTS:
			if (!crm_algorithm_counts(m->algorithm))
				return false;
			get_cells(&d, m);
			break;
		default:
			return false;
	}
	return crm_reader_done(&d.r);
}

/* A level of 10 bytes becomes 24, a string of 2 becomes 16, a node of 5 (an
 * empty set) 32. */
size_t
crm_model_decode_size(size_t length)
{
	return length > CRM_MODEL_MAX_BYTES ? 0 : 8 * length + 4096;
}

bool
crm_model_has_key(const uint8_t *data, size_t length)
{
	return length >= CRM_MODEL_KEY_BYTES && data[0] == FORMAT_DIGEST;
}

size_t
crm_model_content(const uint8_t *data, size_t length)
{
	return crm_model_has_key(data, length) ? CRM_MODEL_KEY_BYTES : length > 0;
}

/* Format 1, or format 2 whose digest is that of what follows it. */
static bool
get_format(CrmReader *r)
{
	uint8_t		format = crm_get_u8(r);
	const uint8_t *stated;
	uint8_t		digest[CRM_DIGEST_BYTES];

	if (format != FORMAT_DIGEST)
		return format == FORMAT_PLAIN;
	stated = crm_get_bytes(r, CRM_DIGEST_BYTES);
	if (stated == NULL)
		return false;
	crm_digest(r->data + r->at, r->size - r->at, digest);
	return memcmp(stated, digest, CRM_DIGEST_BYTES) == 0;
}

bool
crm_model_decode(const uint8_t *data, size_t length, CrmArena *arena,
				 CrmModel *m)
{
	Decoder		d = {crm_reader(data, length), arena};
	uint16_t	last = 0;
	uint32_t	seen = 0;
	uint8_t		flags;

	memset(m, 0, sizeof *m);
	if (length > CRM_MODEL_MAX_BYTES || !get_format(&d.r))
		return false;
	m->algorithm = (CrmAlgorithm) crm_get_u8(&d.r);
	flags = crm_get_u8(&d.r);
	if (flags > FLAG_AS_OF || crm_get_u8(&d.r) != 0)
		return false;
	m->has_as_of = flags == FLAG_AS_OF;
	m->n = crm_get_u64(&d.r);
	m->n_positive = crm_get_u64(&d.r);
	m->n_skipped = crm_get_u64(&d.r);
	m->base_rate = get_double(&d);
	m->as_of = crm_get_i64(&d.r);
	m->seed = crm_get_u64(&d.r);
	while (!d.r.failed && d.r.at < d.r.size)
	{
		uint16_t	tag = crm_get_u16(&d.r);

		if (tag <= last || !get_section(&d, m, tag))
			return false;
		last = tag;
		seen |= tag < 32 ? (uint32_t) 1 << tag : 0;
	}
	/* what is empty was not written, but every model has features */
	return crm_reader_done(&d.r) && (seen & 1 << SECTION_FEATURES) != 0 &&
		(m->algorithm != CRM_LOGISTIC || (seen & 1 << SECTION_LOGISTIC) != 0) &&
		(!crm_algorithm_trees(m->algorithm) ||
		 (seen & 1 << SECTION_TREES) != 0) &&
		(!crm_algorithm_counts(m->algorithm) ||
		 (seen & 1 << SECTION_COUNTS) != 0) &&
		crm_model_check(m);
}
