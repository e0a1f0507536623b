/*
 * model_test.c
 *		Unit tests of core/model, core/model_text and core/scorer.
 *
 * One small model with every part in it goes through all forms; damaged forms
 * are refused; scores are compared with sums worked out by hand.
 */
#include "model.h"
#include "model_text.h"

#include <stdlib.h>

#include "float_text.h"
#include "model_bytes.h"
#include "unit.h"

#define STRING(s) {(s), sizeof(s) - 1}

/* 2026-01-01 00:00 UTC */
#define AS_OF INT64_C(820540800000000)
#define DAY INT64_C(86400000000)

static const CrmString excluded[] = {STRING("id"), STRING("e-mail \"x\"")};
static const CrmString classes[] = {STRING("false"), STRING("true")};
static const double class_weights[] = {1, 2.5};
static const CrmOption options[] = {
	{CRM_OPTION_LAMBDA, CRM_OPTION_NUMBER, 0.01, 0, NULL, NULL},
	{CRM_OPTION_CLASS_WEIGHT, CRM_OPTION_MAP, 0, 2, classes, class_weights},
	{CRM_OPTION_EXCLUDE, CRM_OPTION_LIST, 0, 2, excluded, NULL}
};
static const double quantiles[] = {1, 2, 2.5};
static const CrmLevel levels[] = {
	{STRING(""), 1}, {STRING("gr\xc3\xbcn"), 3}, {STRING("red"), 2}
};
static const CrmLevel truths[] = {{STRING("false"), 6}, {STRING("true"), 4}};
static const CrmFeature features[] = {
	{STRING("amount"), CRM_NUMERIC, CRM_TYPE_NUMBER, 2, 2, 0.5, 1, 3, 3,
	quantiles, 0, NULL, 0, false},
	{STRING("colour"), CRM_CATEGORICAL, CRM_TYPE_TEXT, 1, 0, 0, 0, 0, 0, NULL,
	3, levels, 3, false},
	{STRING("since"), CRM_TIME, CRM_TYPE_DATE, 0, -9.5, 1, -12, -8, 0, NULL, 0,
	NULL, 0, false},
	{STRING("vip"), CRM_CATEGORICAL, CRM_TYPE_BOOLEAN, 0, 0, 0, 0, 0, 0, NULL,
	2, truths, 0, false}
};
static const double knots_x[] = {0.1, 0.5, 0.9};
static const double knots_y[] = {0.2, 0.2, 0.8};
static const double grades[] = {0.75, 0.5, 0.25};
static const CrmString warnings[] = {STRING("one\ntwo")};

/* amount, amount missing, gruen, red, other, missing, since, vip */
static const double coefficients[] = {0.5, 1, -1, 0.25, 2, -0.5, 0.125, 0};
static const double errors[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0};
static const double no_errors[8];
static const uint8_t none_aliased[8];
static const uint8_t aliased[] = {0, 0, 0, 0, 0, 0, 0, 1};

static CrmModel
sample(void)
{
	CrmModel	m = {0};

	m.algorithm = CRM_LOGISTIC;
	m.n = 10;
	m.n_positive = 4;
	m.n_skipped = 3;
	m.base_rate = 0.4;
	m.has_as_of = true;
	m.as_of = AS_OF;
	m.seed = 7;
	m.n_options = 3;
	m.options = options;
	m.n_features = 4;
	m.features = features;
	m.calibration.kind = CRM_CALIBRATION_ISOTONIC;
	m.calibration.n_points = 3;
	m.calibration.x = knots_x;
	m.calibration.y = knots_y;
	m.n_grades = 3;
	m.grades = grades;
	m.n_warnings = 1;
	m.warnings = warnings;
	m.logistic.iterations = 5;
	m.logistic.has_errors = true;
	m.logistic.converged = true;
	m.logistic.log_likelihood = -6.125;
	m.logistic.null_log_likelihood = -6.730116670092565;
	m.logistic.intercept = 0.75;
	m.logistic.intercept_error = 0.0625;
	m.logistic.n_columns = 8;
	m.logistic.coefficients = coefficients;
	m.logistic.errors = errors;
	m.logistic.aliased = aliased;
	return m;
}

/* The same where "vip" is pooled: it has no column, but shifts. */
static CrmModel
pooled_sample(CrmFeature *f)
{
	static const double shifts[] = {-0.25, 0.5};
	CrmModel	m = sample();

	memcpy(f, features, sizeof features);
	f[3].pooled = true;
	m.features = f;
	m.logistic.n_columns = 7;
	m.pool.present = true;
	m.pool.feature = 3;
	m.pool.sd = 0.375;
	m.pool.n_shifts = 2;
	m.pool.shifts = shifts;
	return m;
}

static char *
print(const CrmModel *m, size_t *size)
{
	char	   *text;

	*size = crm_model_print(m, &libc_float_text, NULL, 0);
	text = malloc(*size);

	CHECK_INT(crm_model_print(m, &libc_float_text, text, *size), *size);
	return text;
}

static bool
decodes(const uint8_t *bytes, size_t size)
{
	CrmArena	arena = arena_of(crm_model_decode_size(size));
	CrmModel	m;
	bool		good = crm_model_decode(bytes, size, &arena, &m);

	free(arena.base);
	return good;
}

static bool
parses(const char *text, size_t size)
{
	CrmArena	arena = arena_of(crm_model_parse_size(size));
	CrmModel	m;
	CrmError	error;
	bool		good = crm_model_parse(text, size, true, &libc_float_text, &arena,
									   &m, &error);

	free(arena.base);
	return good;
}

/* Bytes, struct, text, struct, bytes: all the same. */
static void
check_round_trip(const CrmModel *m)
{
	size_t		size;
	size_t		length;
	size_t		again_size;
	uint8_t    *bytes = model_bytes(m, &size);
	uint8_t    *again;
	char	   *text;
	CrmArena	arena = arena_of(crm_model_decode_size(size));
	CrmArena	text_arena;
	CrmModel	back;
	CrmError	error;

	CHECK(crm_model_decode(bytes, size, &arena, &back));
	again = model_bytes(&back, &again_size);
	CHECK_BYTES(again, again_size, bytes, size);
	free(again);
	text = print(&back, &length);

	text_arena = arena_of(crm_model_parse_size(length));
	CHECK(crm_model_parse(text, length, true, &libc_float_text, &text_arena,
						  &back, &error));
	again = model_bytes(&back, &again_size);
	CHECK_BYTES(again, again_size, bytes, size);
	free(again);
	free(text);
	free(bytes);
	free(arena.base);
	free(text_arena.base);
}

static void
test_round_trip(void)
{
	CrmFeature	f[4];
	CrmModel	m = pooled_sample(f);

	CHECK(crm_model_check(&m));
	check_round_trip(&m);
	m = sample();

	CHECK(crm_model_check(&m));
	check_round_trip(&m);

	/* without anything that may be left out */
	m.n_options = m.n_grades = m.n_warnings = 0;
	m.calibration.kind = CRM_CALIBRATION_NONE;
	m.logistic.has_errors = false;
	m.logistic.intercept_error = 0;
	m.logistic.errors = no_errors;
	check_round_trip(&m);
	m.calibration.kind = CRM_CALIBRATION_PLATT;
	m.calibration.slope = 1.25;
	m.calibration.intercept = -0.5;
	m.n_features = 0;
	m.has_as_of = false;
	m.as_of = 0;
	m.logistic.n_columns = 0;
	check_round_trip(&m);
}

static void
test_text(void)
{
	static const char want[] =
	"{\"format\":1,\"algorithm\":\"logistic\",\"n\":10,\"n_positive\":4,"
	"\"n_skipped\":3,\"base_rate\":0.4,\"as_of\":\"2026-01-01T00:00:00Z\","
	"\"seed\":7,\"options\":{\"lambda\":0.01,"
	"\"class_weight\":{\"false\":1,\"true\":2.5},"
	"\"exclude\":[\"id\",\"e-mail \\\"x\\\"\"]},\"features\":["
	"{\"name\":\"amount\",\"kind\":\"numeric\",\"type\":\"number\","
	"\"missing\":2,\"mean\":2,\"sd\":0.5,\"min\":1,\"max\":3,"
	"\"quantiles\":[1,2,2.5]},"
	"{\"name\":\"colour\",\"kind\":\"categorical\",\"type\":\"text\","
	"\"missing\":1,\"levels\":[\"\",\"gr\xc3\xbcn\",\"red\"],"
	"\"counts\":[1,3,2],\"other\":3},"
	"{\"name\":\"since\",\"kind\":\"time\",\"type\":\"date\",\"missing\":0,"
	"\"mean\":-9.5,\"sd\":1,\"min\":-12,\"max\":-8,\"quantiles\":[]},"
	"{\"name\":\"vip\",\"kind\":\"categorical\",\"type\":\"boolean\","
	"\"missing\":0,\"levels\":[\"false\",\"true\"],\"counts\":[6,4],"
	"\"other\":0}],\"calibration\":{\"kind\":\"isotonic\","
	"\"x\":[0.1,0.5,0.9],\"y\":[0.2,0.2,0.8]},\"grades\":[0.75,0.5,0.25],"
	"\"warnings\":[\"one\\ntwo\"],\"logistic\":{\"lambda\":0,\"alpha\":0,"
	"\"iterations\":5,\"converged\":true,\"separated\":false,"
	"\"log_likelihood\":-6.125,\"null_log_likelihood\":-6.730116670092565,"
	"\"intercept\":0.75,\"intercept_error\":0.0625,"
	"\"coefficients\":[0.5,1,-1,0.25,2,-0.5,0.125,null],"
	"\"std_errors\":[0.1,0.2,0.3,0.4,0.5,0.6,0.7,null]}}";
	CrmModel	m = sample();
	size_t		length;
	char	   *text = print(&m, &length);

	CHECK_TEXT(text, length, want);
	free(text);
}

/* In format 1, which has no digest; the size becomes that. */
static uint8_t *
plain(const CrmModel *m, size_t *size)
{
	uint8_t    *bytes = model_bytes(m, size);

	*size -= CRM_DIGEST_BYTES;
	memmove(bytes, bytes + CRM_DIGEST_BYTES, *size);
	bytes[0] = 1;
	return bytes;
}

static void
check_prefixes(const uint8_t *bytes, size_t size)
{
	int			prefixes = 0;

	for (size_t n = 0; n < size; n++)
	{
		uint8_t    *cut = malloc(n + 1);

		memcpy(cut, bytes, n);
		prefixes += decodes(cut, n);
		free(cut);
	}
	CHECK_INT(prefixes, 0);
}

/*
 * Of format 1 every damaged bit is refused, or gives a model that is
 * canonical.
 */
static void
test_damaged(CrmModel m)
{
	size_t		size;
	uint8_t    *bytes = plain(&m, &size);
	int			canonical = 0;
	int			accepted = 0;

	check_prefixes(bytes, size);
	for (size_t i = 0; i < size * 8; i++)
	{
		CrmArena	arena = arena_of(crm_model_decode_size(size));
		CrmModel	back;

		bytes[i / 8] ^= (uint8_t) (1 << i % 8);
		if (crm_model_decode(bytes, size, &arena, &back))
		{
			size_t		again_size;
			uint8_t    *again = plain(&back, &again_size);

			accepted++;
			canonical += again_size == size && memcmp(again, bytes, size) == 0;
			free(again);
		}
		bytes[i / 8] ^= (uint8_t) (1 << i % 8);
		free(arena.base);
	}
	CHECK(accepted > 0);
	CHECK_INT(canonical, accepted);
	free(bytes);
}

/* Of format 2 every damaged bit is noticed, those of the digest too. */
static void
test_digest(void)
{
	CrmModel	m = sample();
	size_t		size;
	size_t		other_size;
	uint8_t    *bytes = model_bytes(&m, &size);
	uint8_t    *other;
	int			accepted = 0;

	CHECK_INT(bytes[0], 2);
	check_prefixes(bytes, size);
	for (size_t i = 0; i < size * 8; i++)
	{
		bytes[i / 8] ^= (uint8_t) (1 << i % 8);
		accepted += decodes(bytes, size);
		bytes[i / 8] ^= (uint8_t) (1 << i % 8);
	}
	CHECK_INT(accepted, 0);
	CHECK(decodes(bytes, size));

	/* the digest of another model of the same size */
	m.seed++;
	other = model_bytes(&m, &other_size);
	CHECK_INT(other_size, size);
	CHECK(memcmp(other, bytes, CRM_MODEL_KEY_BYTES) != 0);
	memcpy(bytes, other, CRM_MODEL_KEY_BYTES);
	CHECK(!decodes(bytes, size));
	free(other);
	free(bytes);
}

/* Format 1 is the same model, and written in format 2. */
static void
test_plain(void)
{
	CrmModel	m = sample();
	CrmModel	back;
	size_t		size;
	size_t		plain_size;
	size_t		again_size;
	uint8_t    *bytes = model_bytes(&m, &size);
	uint8_t    *old = plain(&m, &plain_size);
	uint8_t    *again;
	CrmArena	arena = arena_of(crm_model_decode_size(plain_size));

	CHECK_INT(crm_model_content(bytes, size), CRM_MODEL_KEY_BYTES);
	CHECK_INT(crm_model_content(old, plain_size), 1);
	CHECK_INT(crm_model_content(old, 0), 0);
	CHECK(crm_model_has_key(bytes, size));
	CHECK(!crm_model_has_key(bytes, CRM_MODEL_KEY_BYTES - 1));
	CHECK(!crm_model_has_key(old, plain_size));
	CHECK(crm_model_decode(old, plain_size, &arena, &back));
	again = model_bytes(&back, &again_size);
	CHECK_BYTES(again, again_size, bytes, size);
	for (int format = 0; format < 256; format++)
	{
		old[0] = (uint8_t) format;
		if (decodes(old, plain_size) != (format == 1))
			CHECK_INT(format, 1);
	}
	free(arena.base);
	free(again);
	free(old);
	free(bytes);
}

/* What a model must not be, one fault at a time. */
static void
test_check(void)
{
	CrmModel	m;
	CrmFeature	f[4];
	CrmOption	o[2];
	CrmLevel	l[3];
	double		numbers[8];

#define REFUSED(change) \
	do { \
		m = sample(); \
		memcpy(f, features, sizeof f); \
		memcpy(o, options, sizeof o); \
		memcpy(l, levels, sizeof l); \
		memcpy(numbers, coefficients, sizeof numbers); \
		change; \
		CHECK_NAMED(!crm_model_check(&m), #change); \
	} while (0)

	REFUSED(m.algorithm = CRM_TREE);
	REFUSED(m.algorithm = (CrmAlgorithm) 0);
	REFUSED(m.n = 0);
	REFUSED(m.n = 11);
	REFUSED(m.n_positive = 11);
	REFUSED(m.n_skipped = UINT64_MAX);
	REFUSED(m.seed = UINT64_MAX);
	REFUSED(m.base_rate = 1.5);
	REFUSED(m.base_rate = NAN);
	REFUSED(m.has_as_of = false);
	REFUSED(m.as_of = INT64_MAX);
	REFUSED((m.options = o, m.n_options = 2, o[1].key = CRM_OPTION_LAMBDA));
	REFUSED((m.options = o, m.n_options = 2, o[1].key = (CrmOptionKey) 99));
	REFUSED((m.options = o, m.n_options = 2, o[0].number = INFINITY));
	REFUSED((m.features = f, f[1].name = f[0].name));
	REFUSED((m.features = f, f[0].name.length = 0));
	REFUSED((m.features = f, f[0].type = CRM_TYPE_TEXT));
	REFUSED((m.features = f, f[0].missing = 11));
	REFUSED((m.features = f, f[0].sd = -1));
	REFUSED((m.features = f, f[0].mean = NAN));
	REFUSED((m.features = f, f[0].min = 4));
	REFUSED((m.features = f, f[0].n_quantiles = CRM_MODEL_MAX_QUANTILES + 1));
	REFUSED((m.features = f, f[1].other = 4));
	REFUSED((m.features = f, f[1].n_levels = 2));
	REFUSED((m.features = f, f[1].n_levels = CRM_MODEL_MAX_LEVELS + 1));
	REFUSED((m.features = f, f[1].levels = l, l[1].label = l[2].label));
	REFUSED((m.features = f, f[1].levels = l, l[2].label.bytes = "a\0c"));
	REFUSED((m.features = f, f[1].levels = l, l[0].count = UINT64_MAX));
	REFUSED(m.calibration.kind = (CrmCalibrationKind) 9);
	REFUSED(m.calibration.n_points = 0);
	REFUSED((m.calibration.x = knots_y));
	REFUSED((m.calibration.y = grades));
	REFUSED(m.grades = knots_x);
	REFUSED((m.n_grades = CRM_MODEL_MAX_GRADES + 1));
	REFUSED((m.n_warnings = CRM_MODEL_MAX_WARNINGS + 1));
	REFUSED(m.logistic.n_columns = 7);
	REFUSED(m.logistic.lambda = -1);
	REFUSED(m.logistic.alpha = 2);
	REFUSED(m.logistic.log_likelihood = 1);
	REFUSED(m.logistic.intercept = INFINITY);
	REFUSED(m.logistic.intercept_error = -1);
	REFUSED(m.logistic.has_errors = false);
	REFUSED((m.logistic.coefficients = numbers, numbers[0] = NAN));
	REFUSED((m.logistic.coefficients = numbers, numbers[7] = 1));
	REFUSED((m.logistic.errors = coefficients));
	REFUSED((m.features = f, f[1].pooled = true));

#define POOL_REFUSED(change) \
	do { \
		m = pooled_sample(f); \
		memcpy(numbers, m.pool.shifts, 2 * sizeof(double)); \
		m.pool.shifts = numbers; \
		change; \
		CHECK_NAMED(!crm_model_check(&m), #change); \
	} while (0)

	POOL_REFUSED(f[3].pooled = false);
	POOL_REFUSED(f[1].pooled = true);
	POOL_REFUSED(m.pool.present = false);
	POOL_REFUSED(m.pool.feature = 1);
	POOL_REFUSED(m.pool.feature = 4);
	POOL_REFUSED((f[0].pooled = true, f[3].pooled = false, m.pool.feature = 0));
	POOL_REFUSED(m.pool.n_shifts = 1);
	POOL_REFUSED(m.pool.sd = -1);
	POOL_REFUSED(m.pool.sd = INFINITY);
	POOL_REFUSED(numbers[1] = NAN);
	POOL_REFUSED(numbers[0] = 21);
	POOL_REFUSED(m.algorithm = CRM_NAIVE_BAYES);
}

/* The text with one piece of it replaced. */
static bool
parses_with(const char *from, const char *to)
{
	CrmModel	m = sample();
	size_t		length;
	char	   *text = print(&m, &length);
	char	   *changed = malloc(length + strlen(to) + 1);
	char	   *at;
	size_t		head;
	bool		good;

	text = realloc(text, length + 1);
	text[length] = '\0';

	at = strstr(text, from);
	CHECK_NAMED(at != NULL, from);
	head = (size_t) (at - text);
	memcpy(changed, text, head);
	memcpy(changed + head, to, strlen(to));
	memcpy(changed + head + strlen(to), at + strlen(from),
		   length - head - strlen(from));
	length += strlen(to) - strlen(from);
	good = parses(changed, length);
	free(changed);
	free(text);
	return good;
}

static void
test_hostile_text(void)
{
	CrmModel	m = sample();
	size_t		length;
	char	   *text = print(&m, &length);
	int			prefixes = 0;

	for (size_t n = 0; n < length; n++)
	{
		char	   *cut = malloc(n + 1);

		memcpy(cut, text, n);
		prefixes += parses(cut, n);
		free(cut);
	}
	CHECK_INT(prefixes, 0);
	free(text);

	/* equal in meaning */
	CHECK(parses_with("{\"format\":1,", " { \"format\" : 1 , "));
	CHECK(parses_with("\"seed\":7,", ""));
	CHECK(parses_with("\"base_rate\":0.4", "\"base_rate\":4e-1"));
	CHECK(parses_with("\"false\":1,\"true\":2.5", "\"true\":2.5,\"false\":1"));
	/* not */
	CHECK(!parses_with("\"format\":1", "\"format\":2"));
	CHECK(!parses_with("\"format\":1,", ""));
	CHECK(!parses_with("\"n\":10", "\"n\":10.5"));
	CHECK(!parses_with("\"n\":10", "\"n\":-10"));
	CHECK(!parses_with("\"n\":10", "\"n\":99999999999999999999"));
	CHECK(!parses_with("\"n\":10", "\"n\":10,\"n\":10"));
	CHECK(!parses_with("\"n\":10", "\"n\":10,\"m\":10"));
	CHECK(!parses_with("\"base_rate\":0.4", "\"base_rate\":1e999"));
	CHECK(!parses_with("\"base_rate\":0.4", "\"base_rate\":NaN"));
	CHECK(!parses_with("2026-01-01", "2026-13-01"));
	CHECK(!parses_with("\"lambda\":0.01", "\"lamda\":0.01"));
	CHECK(!parses_with("\"lambda\":0.01", "\"lambda\":0.01,\"lambda\":0.01"));
	CHECK(!parses_with("\"kind\":\"numeric\"", "\"kind\":\"number\""));
	CHECK(!parses_with("\"counts\":[1,3,2]", "\"counts\":[1,3]"));
	CHECK(!parses_with("\"counts\":[1,3,2],", ""));
	CHECK(!parses_with("\"counts\":[1,3,2]", "\"counts\":[1,3,3]"));
	CHECK(!parses_with("0.125,null]", "null,0.125]"));
	CHECK(!parses_with("0.125,null]", "0.125]"));
	CHECK(!parses_with("0.7,null]", "0.7,0]"));
	CHECK(!parses_with("0.7,null]", "null,0.7]"));
	CHECK(!parses_with("null]}}", "null]}}]"));
	CHECK(!parses_with("gr\xc3\xbcn", "\\u0000"));
}

typedef struct Prepared
{
	CrmArena	arena;
	CrmModel	model;
	CrmScorer	scorer;
} Prepared;

static void
prepare(Prepared *p)
{
	p->arena = arena_of(crm_scorer_size(&p->model));
	CHECK(crm_scorer_init(&p->scorer, &p->model, &p->arena));
}

static double
margin(const Prepared *p, double amount, double colour, double since,
	   double vip)
{
	double		row[4] = {amount, colour, since, vip};

	return crm_scorer_margin(&p->scorer, row);
}

static void
test_margin(void)
{
	Prepared	p;
	double		average;

	p.model = sample();
	prepare(&p);
	CHECK_INT(crm_scorer_level(&p.scorer, 1, "", 0), 0);
	CHECK_INT(crm_scorer_level(&p.scorer, 1, "gr\xc3\xbcn", 5), 1);
	CHECK_INT(crm_scorer_level(&p.scorer, 1, "red", 3), 2);
	CHECK_INT(crm_scorer_level(&p.scorer, 1, "blue", 4), 3);
	CHECK_INT(crm_scorer_level(&p.scorer, 3, "true", 4), 1);

	/* intercept 0.75, amount x 0.5, reference colour, since x 0.125 */
	CHECK_NEAR(margin(&p, 3, 0, -8, 0), 0.75 + 1.5 - 1, 1e-15);
	CHECK_NEAR(margin(&p, 3, 1, -8, 0), 0.75 + 1.5 - 1 - 1, 1e-15);
	CHECK_NEAR(margin(&p, 3, 2, -8, 1), 0.75 + 1.5 + 0.25 - 1, 1e-15);
	/* a colour not met goes to the learned other */
	CHECK_NEAR(margin(&p, 3, 3, -8, 0), 0.75 + 1.5 + 2 - 1, 1e-15);
	/* missing: the mean and the learned effect of missing */
	CHECK_NEAR(margin(&p, NAN, 0, 0, 0), 0.75 + 1 + 1, 1e-15);
	CHECK_NEAR(margin(&p, 0, NAN, 0, 0), 0.75 - 0.5, 1e-15);
	/* missing without any in training: the mean */
	CHECK_NEAR(margin(&p, 0, 0, NAN, 0), 0.75 + 0.125 * -9.5, 1e-15);
	free(p.arena.base);

	/* without a learned other or missing: the average contribution */
	CrmFeature	f[4];
	CrmLevel	l[3] = {levels[0], levels[1], levels[2]};
	double		b[8] = {0.5, 1, -1, 0.25, 0.125, 0};

	memcpy(f, features, sizeof f);
	l[0].count = 5;
	f[1].levels = l;
	f[1].other = f[1].missing = 0;
	p.model.features = f;
	p.model.logistic.n_columns = 6;
	p.model.logistic.coefficients = b;
	p.model.logistic.aliased = none_aliased;
	CHECK(crm_model_check(&p.model));
	prepare(&p);
	average = (5 * 0 + 3 * -1 + 2 * 0.25) / 10;
	CHECK_NEAR(margin(&p, 0, 3, 0, 0), 0.75 + average, 1e-15);
	CHECK_NEAR(margin(&p, 0, NAN, 0, 0), 0.75 + average, 1e-15);
	free(p.arena.base);
}

static void
test_pool(void)
{
	static const char wanted[] =
	"\"pool\":{\"feature\":\"vip\",\"sd\":0.375,\"shifts\":[-0.25,0.5]},"
	"\"calibration\"";
	CrmFeature	f[4];
	Prepared	p;
	size_t		length;
	char	   *text;
	char	   *at;

	p.model = pooled_sample(f);
	prepare(&p);
	CHECK_NEAR(margin(&p, 3, 0, -8, 0), 0.75 + 1.5 - 1 - 0.25, 1e-15);
	CHECK_NEAR(margin(&p, 3, 0, -8, 1), 0.75 + 1.5 - 1 + 0.5, 1e-15);
	/* a group that training did not have, and none */
	CHECK_NEAR(margin(&p, 3, 0, -8, 2), 0.75 + 1.5 - 1, 1e-15);
	CHECK_NEAR(margin(&p, 3, 0, -8, NAN), 0.75 + 1.5 - 1, 1e-15);
	free(p.arena.base);

	text = print(&p.model, &length);
	text = realloc(text, length + 1);
	text[length] = '\0';

	at = strstr(text, wanted);
	CHECK(at != NULL);
	CHECK(parses(text, length));
	at[strlen("\"pool\":{\"feature\":\"")] = 'w';
	CHECK(!parses(text, length));
	free(text);
}

static void
test_probability(void)
{
	CrmModel	m = sample();

	/* isotonic: straight lines between (.1, .2), (.5, .2), (.9, .8) */
	CHECK_NEAR(crm_model_probability(&m, -50), 0.2, 1e-15);
	CHECK_NEAR(crm_model_probability(&m, 0), 0.2, 1e-15);
	CHECK_NEAR(crm_model_probability(&m, log(0.7 / 0.3)), 0.5, 1e-12);
	CHECK_NEAR(crm_model_probability(&m, 50), 0.8, 1e-15);
	m.calibration.kind = CRM_CALIBRATION_NONE;
	CHECK_NEAR(crm_model_probability(&m, 0), 0.5, 0);
	CHECK_NEAR(crm_model_probability(&m, log(0.3 / 0.7)), 0.3, 1e-15);
	CHECK_NEAR(crm_model_probability(&m, 1000), 1 - 1e-4, 0);
	CHECK_NEAR(crm_model_probability(&m, -1000), 1e-4, 0);
	CHECK_NEAR(crm_model_probability(&m, INFINITY), 1 - 1e-4, 0);
	CHECK_NEAR(crm_model_probability(&m, NAN), 0.4, 0);
	m.calibration.kind = CRM_CALIBRATION_PLATT;
	m.calibration.slope = 2;
	m.calibration.intercept = -1;
	CHECK_NEAR(crm_model_probability(&m, 0.5), 0.5, 1e-15);
}

/* A table with as many labels as a feature may have. */
static void
test_many_levels(void)
{
	enum
	{
		N = CRM_MODEL_MAX_LEVELS
	};
	static char labels[N][16];
	static CrmLevel many[N];
	static double b[N];
	CrmFeature	f = features[1];
	Prepared	p;
	int			wrong = 0;

	for (int i = 0; i < N; i++)
	{
		snprintf(labels[i], sizeof labels[i], "%06d", i);
		many[i].label.bytes = labels[i];
		many[i].label.length = 6;
		many[i].count = 1;
	}
	f.levels = many;
	f.n_levels = N;
	f.other = f.missing = 0;
	p.model = sample();
	p.model.n = N;
	p.model.features = &f;
	p.model.n_features = 1;
	p.model.logistic.coefficients = b;
	prepare(&p);
	for (uint32_t i = 0; i < N; i++)
		wrong += crm_scorer_level(&p.scorer, 0, labels[i], 6) != i;
	CHECK_INT(wrong, 0);
	CHECK_INT(crm_scorer_level(&p.scorer, 0, "010000", 6), N);
	CHECK_INT(crm_scorer_level(&p.scorer, 0, "00000", 5), N);
	free(p.arena.base);
}

static void
test_small_parts(void)
{
	CrmArena	arena = {(char[64]) {0}, 64, 0};
	CrmAlgorithm algorithm;
	CrmOptionKey key;
	CrmString	level;

	CHECK(crm_arena_take(&arena, 5, 8) != NULL && arena.used == 40);
	CHECK(crm_arena_take(&arena, 1, 1) != NULL && arena.used == 48);
	CHECK(crm_arena_take(&arena, 3, 8) == NULL && arena.used == 48);
	CHECK(crm_arena_take(&arena, SIZE_MAX / 4, 8) == NULL);
	for (int a = CRM_LOGISTIC; a <= CRM_XGBOOST; a++)
	{
		const char *name = crm_algorithm_name((CrmAlgorithm) a);

		CHECK(crm_algorithm_find(name, strlen(name), &algorithm) &&
			  (int) algorithm == a);
	}
	CHECK(!crm_algorithm_find("logisti", 7, &algorithm));
	CHECK(crm_algorithm_name((CrmAlgorithm) 8) == NULL);
	for (int k = 1; k <= CRM_OPTION_LAST; k++)
	{
		const char *name = crm_option_name((CrmOptionKey) k);

		CHECK(crm_option_find(name, strlen(name), &key) && (int) key == k);
	}
	CHECK(!crm_option_find("", 0, &key));
	CHECK_INT(crm_model_columns(features, 4), 8);
	CHECK(!crm_feature_level(&features[0], 0, &level));
	CHECK(crm_feature_level(&features[0], 1, &level));
	CHECK_TEXT(level.bytes, level.length, "(missing)");
	CHECK(crm_feature_level(&features[1], 1, &level));
	CHECK_TEXT(level.bytes, level.length, "red");
	CHECK(crm_feature_level(&features[1], 2, &level));
	CHECK_TEXT(level.bytes, level.length, "(other)");
	CHECK_NEAR(crm_days_since(AS_OF, AS_OF - 36 * DAY - DAY / 4), -36.25, 0);
	/* the whole span of timestamps without overflow */
	CHECK_NEAR(crm_days_since(INT64_C(9223371331199999999),
							  INT64_C(-211813488000000000)), -109203528, 1e-6);
}

int
main(void)
{
	CrmFeature	f[4];

	test_round_trip();
	test_text();
	test_damaged(sample());
	test_damaged(pooled_sample(f));
	test_digest();
	test_plain();
	test_check();
	test_hostile_text();
	test_margin();
	test_pool();
	test_probability();
	test_many_levels();
	test_small_parts();
	return unit_done();
}
