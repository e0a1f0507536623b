/*
 * fit_options.c
 *		The options of fit: jsonb to a checked struct.
 *
 * One table says which algorithm uses which option; a key that exists but
 * would have no effect is refused as an unknown one is.
 */
#include "compat.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "boost.h"
#include "crmprob.h"
#include "dataset.h"

#define OPTION_BIT(key) (UINT64CONST(1) << (key))

/* A value that no option may have: refused by whoever knows what it wants. */
#define OF_NO_KIND ((CrmOptionKind) 0)

#define DEFAULT_MAX_ITER 50
#define DEFAULT_MAX_LEVELS 100
#define DEFAULT_MIN_PER_CLASS 40

#define OPTIONS_OF_ALL \
	(OPTION_BIT(CRM_OPTION_SEED) | OPTION_BIT(CRM_OPTION_CLASS_WEIGHT) | \
	 OPTION_BIT(CRM_OPTION_CATEGORICAL) | OPTION_BIT(CRM_OPTION_EXCLUDE) | \
	 OPTION_BIT(CRM_OPTION_MAX_LEVELS) | \
	 OPTION_BIT(CRM_OPTION_CALIBRATE) | OPTION_BIT(CRM_OPTION_POOL_BY) | \
	 OPTION_BIT(CRM_OPTION_MIN_PER_CLASS) | OPTION_BIT(CRM_OPTION_TOO_FEW))

#define OPTIONS_OF_TREES \
	(OPTIONS_OF_ALL | OPTION_BIT(CRM_OPTION_DEPTH) | \
	 OPTION_BIT(CRM_OPTION_MIN_LEAF) | OPTION_BIT(CRM_OPTION_MONOTONE))

/* Counts need few rows, or none of a class; weights have no place in them. */
#define OPTIONS_OF_COUNTS \
	(OPTION_BIT(CRM_OPTION_CATEGORICAL) | OPTION_BIT(CRM_OPTION_EXCLUDE) | \
	 OPTION_BIT(CRM_OPTION_MAX_LEVELS) | OPTION_BIT(CRM_OPTION_TOO_FEW) | \
	 OPTION_BIT(CRM_OPTION_SEED) | OPTION_BIT(CRM_OPTION_SMOOTHING) | \
	 OPTION_BIT(CRM_OPTION_POOL_BY) | OPTION_BIT(CRM_OPTION_CALIBRATE))

/* What each algorithm uses; none: it cannot be fitted yet. */
static const uint64 options_of[CRM_XGBOOST + 1] = {
	[CRM_LOGISTIC] = OPTIONS_OF_ALL | OPTION_BIT(CRM_OPTION_LAMBDA) |
	OPTION_BIT(CRM_OPTION_ALPHA) | OPTION_BIT(CRM_OPTION_MAX_ITER) |
	OPTION_BIT(CRM_OPTION_FOLDS),
	[CRM_TREE] = OPTIONS_OF_TREES | OPTION_BIT(CRM_OPTION_FOLDS),
	[CRM_FOREST] = OPTIONS_OF_TREES | OPTION_BIT(CRM_OPTION_TREES) |
	OPTION_BIT(CRM_OPTION_SUBSAMPLE) | OPTION_BIT(CRM_OPTION_COLSAMPLE),
	[CRM_GBM] = OPTIONS_OF_TREES | OPTION_BIT(CRM_OPTION_TREES) |
	OPTION_BIT(CRM_OPTION_LEAVES) | OPTION_BIT(CRM_OPTION_LEARNING_RATE) |
	OPTION_BIT(CRM_OPTION_SUBSAMPLE) | OPTION_BIT(CRM_OPTION_COLSAMPLE) |
	OPTION_BIT(CRM_OPTION_L1) | OPTION_BIT(CRM_OPTION_L2) |
	OPTION_BIT(CRM_OPTION_FOLDS),
	[CRM_NAIVE_BAYES] = OPTIONS_OF_COUNTS | OPTION_BIT(CRM_OPTION_MIN_LEAF) |
	OPTION_BIT(CRM_OPTION_MONOTONE),
	[CRM_STAGE_PRIOR] = OPTIONS_OF_COUNTS
};

static const char *
algorithm_list(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int a = CRM_LOGISTIC; a <= CRM_XGBOOST; a++)
		if (options_of[a] != 0)
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "",
							 crm_algorithm_name((CrmAlgorithm) a));
	return list.data;
}

static const char *
option_list(CrmAlgorithm algorithm)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int key = 1; key <= CRM_OPTION_LAST; key++)
		if (options_of[algorithm] & OPTION_BIT(key))
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "",
							 crm_option_name((CrmOptionKey) key));
	return list.data;
}

static CrmAlgorithm
find_algorithm(const char *name, size_t length)
{
	CrmAlgorithm algorithm;

	if (!crm_algorithm_find(name, length, &algorithm) ||
		options_of[algorithm] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown algorithm \"%s\"",
						crm_clip_bytes(name, length)),
				 errhint("Valid algorithms are: %s.", algorithm_list())));
	return algorithm;
}

static CrmOptionKey
find_option(CrmAlgorithm algorithm, const JsonbValue *name)
{
	CrmOptionKey key;
	bool		known = crm_option_find(name->val.string.val,
										name->val.string.len, &key);

	if (!known || (options_of[algorithm] & OPTION_BIT(key)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 known ?
				 errmsg("option \"%s\" has no meaning for algorithm \"%s\"",
						crm_option_name(key), crm_algorithm_name(algorithm)) :
				 errmsg("unknown option \"%s\"",
						crm_clip_bytes(name->val.string.val,
									   (size_t) name->val.string.len)),
				 errhint("Valid options are: %s.", option_list(algorithm))));
	return key;
}

static void
refuse(CrmOptionKey key, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\"", crm_option_name(key)),
			 errdetail_internal("%s", wanted)));
}

static CrmString
copy_string(CrmOptionKey key, const JsonbValue *v)
{
	CrmString	s;

	if (v->val.string.len > CRM_MODEL_MAX_LEVEL_BYTES)
		refuse(key, "The text is too long.");
	s.bytes = pnstrdup(v->val.string.val, v->val.string.len);
	s.length = (uint32) v->val.string.len;
	return s;
}

static double
number_of(const JsonbValue *v)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(v->val.numeric)));
}

/* The elements of an array, if they are strings. */
static void
read_list(CrmOption *o, JsonbContainer *array)
{
	JsonbIterator *it = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	v;
	CrmString  *items;
	uint32		n = JsonContainerSize(array);

	if (n > CRM_MODEL_MAX_OPTION_ITEMS)
		refuse(o->key, "The list is too long.");
	items = palloc((n + 1) * sizeof *items);
	n = 0;
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (v.type != jbvString)
		{
			o->kind = OF_NO_KIND;
			return;
		}
		items[n++] = copy_string(o->key, &v);
	}
	o->kind = CRM_OPTION_LIST;
	o->n_items = n;
	o->items = items;
}

static int
compare_items(const void *a, const void *b)
{
	return crm_string_compare(*(const CrmString *) a, *(const CrmString *) b);
}

/* The members of an object, if they are numbers, sorted by name. */
static void
read_map(CrmOption *o, JsonbContainer *object)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;
	CrmString  *items;
	double	   *numbers;
	uint32		n = JsonContainerSize(object);

	if (n > CRM_MODEL_MAX_OPTION_ITEMS)
		refuse(o->key, "The object has too many members.");
	items = palloc((n + 1) * sizeof *items);
	numbers = palloc((n + 1) * sizeof *numbers);
	n = 0;
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		if (token == WJB_KEY)
			items[n++] = copy_string(o->key, &v);
	qsort(items, n, sizeof *items, compare_items);
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue	found;

		getKeyJsonValueFromContainer(object, items[i].bytes,
									 (int) items[i].length, &found);
		if (found.type != jbvNumeric)
		{
			o->kind = OF_NO_KIND;
			return;
		}
		numbers[i] = number_of(&found);
		if (!isfinite(numbers[i]))
			refuse(o->key, "A number is out of range.");
	}
	o->kind = CRM_OPTION_MAP;
	o->n_items = n;
	o->items = items;
	o->numbers = numbers;
}

/* Any JSON value. */
static void
read_value(CrmOption *o, const JsonbValue *v)
{
	CrmString  *item;

	switch (v->type)
	{
		case jbvNumeric:
			o->kind = CRM_OPTION_NUMBER;
			o->number = number_of(v);
			if (!isfinite(o->number))
				refuse(o->key, "The number is out of range.");
			break;
		case jbvString:
			item = palloc(sizeof *item);
			*item = copy_string(o->key, v);
			o->kind = CRM_OPTION_TEXT;
			o->n_items = 1;
			o->items = item;
			break;
		case jbvBinary:
			if (JsonContainerIsArray(v->val.binary.data))
				read_list(o, v->val.binary.data);
			else
				read_map(o, v->val.binary.data);
			break;
		default:
			o->kind = OF_NO_KIND;
	}
}

static double
in_range(const CrmOption *o, double min, double max)
{
	if (o->kind != CRM_OPTION_NUMBER || o->number < min || o->number > max)
		refuse(o->key, psprintf("A number between %g and %g is expected.", min,
								max));
	return o->number;
}

static int
integer_in_range(const CrmOption *o, int min, int max)
{
	double		v = o->number;

	if (o->kind != CRM_OPTION_NUMBER || v < min || v > max || v != floor(v))
		refuse(o->key, psprintf("An integer between %d and %d is expected.",
								min, max));
	return (int) v;
}

static bool
is_word(const CrmOption *o, const char *word)
{
	return o->kind == CRM_OPTION_TEXT && o->items[0].length == strlen(word) &&
		memcmp(o->items[0].bytes, word, strlen(word)) == 0;
}

static bool
item_is(CrmString item, const char *word)
{
	return item.length == strlen(word) &&
		memcmp(item.bytes, word, item.length) == 0;
}

static void
set_class_weight(CrmFitOptions *options, const CrmOption *o)
{
	if (is_word(o, "balanced"))
	{
		options->class_weight = CRM_WEIGHT_BALANCED;
		return;
	}
	/* members are sorted: false, then true */
	if (o->kind != CRM_OPTION_MAP || o->n_items != 2 ||
		!item_is(o->items[0], "false") || !item_is(o->items[1], "true") ||
		!(o->numbers[0] >= 1e-6 && o->numbers[0] <= 1e6) ||
		!(o->numbers[1] >= 1e-6 && o->numbers[1] <= 1e6))
		refuse(o->key, "\"balanced\" or an object of two weights between 1e-6 and 1e6 is expected, as {\"true\": 2, \"false\": 1}.");
	options->class_weight = CRM_WEIGHT_GIVEN;
	options->weight_false = o->numbers[0];
	options->weight_true = o->numbers[1];
}

static void
set_calibrate(CrmFitOptions *options, const CrmOption *o)
{
	static const char *const words[] = {
		[CRM_CALIBRATE_AUTO] = "auto",[CRM_CALIBRATE_NONE] = "none",
		[CRM_CALIBRATE_PLATT] = "platt",[CRM_CALIBRATE_ISOTONIC] = "isotonic"
	};

	for (int i = CRM_CALIBRATE_AUTO; i <= CRM_CALIBRATE_ISOTONIC; i++)
		if (is_word(o, words[i]))
			options->calibrate = (CrmCalibrate) i;
	if (options->calibrate == CRM_CALIBRATE_DEFAULT)
		refuse(o->key, "\"auto\", \"none\", \"platt\" or \"isotonic\" is expected.");
}

static int
name_list(const CrmOption *o, CrmString **names)
{
	if (o->kind != CRM_OPTION_LIST)
		refuse(o->key, "A list of column names is expected.");
	*names = unconstify(CrmString *, o->items);
	return (int) o->n_items;
}

static void
set_monotone(CrmFitOptions *options, const CrmOption *o)
{
	if (o->kind != CRM_OPTION_MAP)
		refuse(o->key, "An object of columns is expected, as {\"amount\": 1, \"age\": -1}.");
	for (uint32 i = 0; i < o->n_items; i++)
		if (o->numbers[i] != -1 && o->numbers[i] != 0 && o->numbers[i] != 1)
			refuse(o->key, "1 (rising), -1 (falling) or 0 is expected for each column.");
	options->n_monotone = (int) o->n_items;
	options->monotone = unconstify(CrmString *, o->items);
	options->monotone_signs = o->numbers;
}

/* A share that is not 0. */
static double
positive_share(const CrmOption *o)
{
	return in_range(o, 1e-3, 1);
}

static void
set_tree_option(CrmFitOptions *options, const CrmOption *o)
{
	bool		boosted = options->algorithm == CRM_GBM;

	switch (o->key)
	{
		case CRM_OPTION_TREES:
			options->trees = integer_in_range(o, 1, CRM_ENSEMBLE_MAX_TREES);
			break;
		case CRM_OPTION_DEPTH:
			options->depth = integer_in_range(o, 1, boosted ?
											  CRM_BOOST_MAX_DEPTH :
											  CRM_TREE_MAX_DEPTH);
			break;
		case CRM_OPTION_LEAVES:
			options->leaves = integer_in_range(o, 2, CRM_BEST_FIRST_LEAVES);
			break;
		case CRM_OPTION_LEARNING_RATE:
			options->learning_rate = in_range(o, 1e-3, 1);
			break;
		case CRM_OPTION_MIN_LEAF:
			options->min_leaf = boosted ? in_range(o, 1e-3, 1e9) :
				integer_in_range(o, 1, CRM_DATASET_MAX_ROWS);
			break;
		case CRM_OPTION_SUBSAMPLE:
			options->subsample = positive_share(o);
			break;
		case CRM_OPTION_COLSAMPLE:
			options->colsample = positive_share(o);
			break;
		case CRM_OPTION_L1:
			options->l1 = in_range(o, 0, 1e6);
			break;
		case CRM_OPTION_L2:
			options->l2 = in_range(o, 0, 1e6);
			break;
		case CRM_OPTION_FOLDS:
			options->folds = integer_in_range(o, 2, 20);
			break;
		case CRM_OPTION_MONOTONE:
			set_monotone(options, o);
			break;
		case CRM_OPTION_SMOOTHING:
			options->smoothing = in_range(o, 0, 1e6);
			break;
		case CRM_OPTION_POOL_BY:
			if (o->kind != CRM_OPTION_TEXT)
				refuse(o->key, "The name of a column is expected.");
			options->pool_by = o->items[0];
			break;
		default:
			elog(ERROR, "option %d has no reader", (int) o->key);
	}
}

static void
set_option(CrmFitOptions *options, const CrmOption *o)
{
	switch (o->key)
	{
		case CRM_OPTION_LAMBDA:
			options->lambda_cv = is_word(o, "cv");
			if (o->kind == CRM_OPTION_TEXT && !options->lambda_cv)
				refuse(o->key, "A number between 0 and 1e+06, or \"cv\", is expected.");
			if (!options->lambda_cv)
				options->lambda = in_range(o, 0, 1e6);
			break;
		case CRM_OPTION_ALPHA:
			options->alpha = in_range(o, 0, 1);
			break;
		case CRM_OPTION_MAX_ITER:
			options->max_iter = integer_in_range(o, 1, 1000);
			break;
		case CRM_OPTION_SEED:
			options->seed = (uint64) integer_in_range(o, 0, PG_INT32_MAX);
			break;
		case CRM_OPTION_CLASS_WEIGHT:
			set_class_weight(options, o);
			break;
		case CRM_OPTION_CATEGORICAL:
			options->n_categorical = name_list(o, &options->categorical);
			break;
		case CRM_OPTION_EXCLUDE:
			options->n_exclude = name_list(o, &options->exclude);
			break;
		case CRM_OPTION_MAX_LEVELS:
			options->max_levels =
				integer_in_range(o, 1, crm_algorithm_trees(options->algorithm) ?
								 CRM_BIN_LEVELS : CRM_MODEL_MAX_LEVELS);
			break;
		case CRM_OPTION_CALIBRATE:
			set_calibrate(options, o);
			break;
		case CRM_OPTION_MIN_PER_CLASS:
			options->min_per_class = integer_in_range(o, 1, PG_INT32_MAX);
			break;
		case CRM_OPTION_TOO_FEW:
			options->too_few_null = is_word(o, "null");
			if (!options->too_few_null && !is_word(o, "error"))
				refuse(o->key, "\"error\" or \"null\" is expected.");
			break;
		default:
			set_tree_option(options, o);
	}
}

static int
compare_options(const void *a, const void *b)
{
	return (int) ((const CrmOption *) a)->key -
		(int) ((const CrmOption *) b)->key;
}

static void
read_options(CrmFitOptions *options, Jsonb *json)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("Write options as {\"lambda\": 0.01}.")));
	options->given = palloc0((CRM_OPTION_LAST + 1) * sizeof(CrmOption));
	it = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		CrmOption	o = {0};

		if (token != WJB_KEY)
			continue;
		o.key = find_option(options->algorithm, &v);
		token = JsonbIteratorNext(&it, &v, true);
		read_value(&o, &v);
		set_option(options, &o);
		options->given[options->n_given++] = o;
	}
	qsort(options->given, options->n_given, sizeof(CrmOption),
		  compare_options);
}

CrmFitOptions *
crm_fit_options_parse(const char *algorithm, size_t algorithm_length,
					  Jsonb *json)
{
	CrmFitOptions *options = palloc0(sizeof *options);

	options->algorithm = find_algorithm(algorithm, algorithm_length);
	options->max_iter = DEFAULT_MAX_ITER;
	options->max_levels = DEFAULT_MAX_LEVELS;
	options->min_per_class = crm_algorithm_counts(options->algorithm) ? 1 :
		DEFAULT_MIN_PER_CLASS;
	options->smoothing = -1;
	options->weight_true = 1;
	options->weight_false = 1;
	options->l2 = -1;
	if (json != NULL)
		read_options(options, json);
	if (options->algorithm == CRM_LOGISTIC && options->folds > 0 &&
		!options->lambda_cv)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"folds\" has no meaning with a given lambda"),
				 errhint("Write \"lambda\": \"cv\" to choose it by cross-validation.")));
	return options;
}
