/*
 * import_xgboost_sql.c
 *		import_xgboost(model, features, categories): XGBoost's JSON as a model.
 *
 * PostgreSQL's jsonb has parsed the document; this finds the parts of
 * save_model(...json) of XGBoost 1.7 to 3.0 in it and hands each tree to
 * core/xgboost.c, which trusts none of it.  The document's schema is in
 * doc/model.schema of XGBoost's sources.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "crmprob.h"
#include "model_value.h"
#include "xgboost.h"

PG_FUNCTION_INFO_V1(import_xgboost);

typedef struct Import
{
	JsonbContainer *learner;
	JsonbContainer *trees;
	uint32		n_trees;
	CrmModel	model;
	CrmFeature *features;
	CrmXgboostFeature *codes;
	CrmEnsembleBuilder builder;
	MemoryContext tree_context;
	CrmString	warning;
} Import;

/* ------------------------------------------------------------------- JSON */

static void
no_model(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("document is no XGBoost model: %s", what),
			 errhint("Save it with save_model(\"name.json\"); a dump by get_dump() or dump_model() is another format.")));
}

static void
unsupported(const char *what, const char *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("XGBoost model has %s \"%s\", which cannot be imported",
					what, value),
			 errhint("Booster gbtree with objective binary:logistic can.")));
}

/* A member, or NULL. */
static JsonbValue *
find_member(JsonbContainer *object, const char *key)
{
	if (!JsonContainerIsObject(object))
		return NULL;
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue *v = find_member(object, key);

	if (v == NULL)
		no_model(psprintf("\"%s\" is missing", key));
	return v;
}

static JsonbContainer *
container(JsonbContainer *object, const char *key, bool array)
{
	JsonbValue *v = member(object, key);

	if (v->type != jbvBinary ||
		(array ? !JsonContainerIsArray(v->val.binary.data) :
		 !JsonContainerIsObject(v->val.binary.data)))
		no_model(psprintf("\"%s\" is not an %s", key,
						  array ? "array" : "object"));
	return v->val.binary.data;
}

/* A parameter, which XGBoost writes as text. */
static char *
parameter(JsonbContainer *object, const char *key, const char *otherwise)
{
	JsonbValue *v = find_member(object, key);

	if (v == NULL)
		return pstrdup(otherwise);
	if (v->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(v->val.numeric)));
	if (v->type != jbvString)
		no_model(psprintf("\"%s\" is not a text", key));
	return pnstrdup(v->val.string.val, v->val.string.len);
}

static int32
int_parameter(JsonbContainer *object, const char *key, const char *otherwise)
{
	char	   *text = parameter(object, key, otherwise);
	size_t		length = strlen(text);

	if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
		no_model(psprintf("\"%s\" is \"%s\", not a count", key,
						  crm_clip(text)));
	return DatumGetInt32(DirectFunctionCall1(int4in, CStringGetDatum(text)));
}

/* NULL for a null, where that is allowed. */
static Numeric
numeric_element(JsonbContainer *array, uint32 i, const char *key,
				bool allow_null)
{
	JsonbValue *v = getIthJsonbValueFromContainer(array, i);
	Numeric		number = NULL;

	if (v->type == jbvBool)
		number = DatumGetNumeric(DirectFunctionCall1(int4_numeric,
													 Int32GetDatum(v->val.boolean)));
	else if (v->type == jbvNumeric)
		number = v->val.numeric;
	else if (v->type != jbvNull || !allow_null)
		no_model(psprintf("\"%s\" has an element that is no number", key));
	pfree(v);
	return number;
}

/* An array of n numbers of a tree. */
static JsonbContainer *
tree_array(JsonbContainer *tree, const char *key, uint32 n)
{
	JsonbContainer *array = container(tree, key, true);

	if (JsonContainerSize(array) != n)
		no_model(psprintf("\"%s\" has another length than \"left_children\"",
						  key));
	return array;
}

static int32 *
read_ints(JsonbContainer *array, const char *key)
{
	uint32		n = JsonContainerSize(array);
	int32	   *values = palloc((n + 1) * sizeof *values);

	for (uint32 i = 0; i < n; i++)
		values[i] = DatumGetInt32(DirectFunctionCall1(numeric_int4,
													  NumericGetDatum(numeric_element(array, i, key, false))));
	return values;
}

/* Rounded once, as strtof does; what is too small for a float is 0. */
static float
to_float(Numeric number, const char *key)
{
	Datum		datum = NumericGetDatum(number);
	double		v = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
													   datum));

	if (fabs(v) > FLT_MAX)
		no_model(psprintf("\"%s\" has an element that no float holds", key));
	if (fabs(v) < FLT_MIN)
		return (float) v;
	return DatumGetFloat4(DirectFunctionCall1(numeric_float4, datum));
}

/*
 * null stands for NaN, which XGBoost writes for the conditions of categorical
 * splits and JSON does not have.
 */
static float *
read_floats(JsonbContainer *array, const char *key)
{
	uint32		n = JsonContainerSize(array);
	float	   *values = palloc((n + 1) * sizeof *values);

	for (uint32 i = 0; i < n; i++)
	{
		Numeric		number = numeric_element(array, i, key, true);

		values[i] = number == NULL ? get_float4_nan() : to_float(number, key);
	}
	return values;
}

static uint8 *
read_flags(JsonbContainer *array, const char *key)
{
	uint32		n = JsonContainerSize(array);
	int32	   *values = read_ints(array, key);
	uint8	   *flags = palloc(n + 1);

	for (uint32 i = 0; i < n; i++)
		flags[i] = values[i] != 0;
	return flags;
}

/* ------------------------------------------------------------------ parts */

static void
find_parts(Import *import, Jsonb *document)
{
	JsonbContainer *booster;
	JsonbContainer *objective;
	char	   *name;

	if (!JB_ROOT_IS_OBJECT(document))
		no_model("it is not an object");
	import->learner = container(&document->root, "learner", false);
	objective = container(import->learner, "objective", false);
	name = parameter(objective, "name", "");
	if (strcmp(name, "binary:logistic") != 0 &&
		strcmp(name, "reg:logistic") != 0)
		unsupported("objective", name);
	booster = container(import->learner, "gradient_booster", false);
	name = parameter(booster, "name", "");
	if (strcmp(name, "gbtree") != 0)
		unsupported("booster", name);
	import->trees = container(container(booster, "model", false), "trees",
							  true);
	import->n_trees = JsonContainerSize(import->trees);
	if (import->n_trees == 0)
		no_model("it has no trees");
	if (import->n_trees > CRM_ENSEMBLE_MAX_TREES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("XGBoost model has %u trees", import->n_trees),
				 errdetail("A model has at most %d trees.",
						   CRM_ENSEMBLE_MAX_TREES)));
}

/* base_score: a number, from 3.1 on a list in brackets. */
static float
base_score(JsonbContainer *parameters)
{
	char	   *text = parameter(parameters, "base_score", "0.5");
	size_t		length = strlen(text);
	double		base;

	if (length > 2 && text[0] == '[' && text[length - 1] == ']')
	{
		if (strchr(text, ',') != NULL)
			unsupported("base scores", crm_clip(text));
		text[length - 1] = '\0';
		text++;
	}
	length = strlen(text);
	if (length == 0 || strspn(text, "0123456789+-.eE") != length ||
		!crm_float_text.parse(text, length, &base))
		no_model(psprintf("base_score \"%s\" is not a number", crm_clip(text)));
	if (!(base > 0 && base < 1))
		no_model(psprintf("base_score %s is not between 0 and 1",
						  crm_clip(text)));
	/* rounded once, as XGBoost reads it; float4in refuses what is smaller */
	return base < FLT_MIN ? (float) base :
		DatumGetFloat4(DirectFunctionCall1(float4in, CStringGetDatum(text)));
}

static void
read_base(Import *import)
{
	JsonbContainer *p = container(import->learner, "learner_model_param",
								  false);
	float		base;

	if (int_parameter(p, "num_class", "0") > 1)
		unsupported("number of classes", parameter(p, "num_class", ""));
	if (int_parameter(p, "num_target", "1") > 1)
		unsupported("number of targets", parameter(p, "num_target", ""));
	base = base_score(p);
	import->model.base_rate = (double) base;
	import->model.trees.base = (double) crm_xgboost_margin(base);
	if (!isfinite(import->model.trees.base))
		no_model("base_score is too near to 0 or 1");
}

/* --------------------------------------------------------------- features */

static CrmString
feature_name(const char *bytes, int length)
{
	if (length == 0 || length > CRM_MODEL_MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature name \"%.*s\" cannot be the name of a column",
						length, bytes),
				 errhint("Give the names of the columns in the argument features.")));
	return crm_string(bytes, (size_t) length);
}

static void
wrong_number(uint32 have, uint32 want)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("XGBoost model has %u features but %u names", want, have),
			 errhint("Give the columns of the training data in their order, as features => '{amount,age}'.")));
}

static void
names_of_argument(Import *import, ArrayType *names)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &n);
	if ((uint32) n != import->model.n_features)
		wrong_number((uint32) n, import->model.n_features);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("name of a feature is null")));
		import->features[i].name =
			feature_name(VARDATA_ANY(DatumGetTextPP(elements[i])),
						 VARSIZE_ANY_EXHDR(DatumGetTextPP(elements[i])));
	}
}

/* As the model carries them if it was trained with names. */
static void
names_of_model(Import *import)
{
	JsonbValue *v = find_member(import->learner, "feature_names");
	JsonbContainer *names = v != NULL && v->type == jbvBinary ?
	v->val.binary.data : NULL;
	uint32		n = names != NULL && JsonContainerIsArray(names) ?
	JsonContainerSize(names) : 0;

	if (n != import->model.n_features)
		wrong_number(n, import->model.n_features);
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(names, i);

		if (name->type != jbvString)
			no_model("a feature name is not a text");
		import->features[i].name = feature_name(name->val.string.val,
												name->val.string.len);
	}
}

static void
check_names(const Import *import)
{
	const CrmFeature *f = import->features;

	for (uint32 i = 0; i < import->model.n_features; i++)
		for (uint32 k = 0; k < i; k++)
			if (crm_string_compare(f[i].name, f[k].name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("feature name \"%.*s\" is given twice",
								(int) f[i].name.length, f[i].name.bytes)));
}

static void
make_features(Import *import, ArrayType *names)
{
	JsonbContainer *p = container(import->learner, "learner_model_param",
								  false);
	int32		n = int_parameter(p, "num_feature", "0");

	if (n < 1)
		no_model("it has no features");
	if (n > CRM_MODEL_MAX_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("XGBoost model has %d features", n),
				 errdetail("A model has at most %d features.",
						   CRM_MODEL_MAX_FEATURES)));
	import->model.n_features = (uint32) n;
	import->features = palloc0(n * sizeof *import->features);
	import->codes = palloc0(n * sizeof *import->codes);
	import->model.features = import->features;
	if (names != NULL)
		names_of_argument(import, names);
	else
		names_of_model(import);
	check_names(import);
	for (int32 i = 0; i < n; i++)
	{
		import->features[i].kind = CRM_NUMERIC;
		import->features[i].type = CRM_TYPE_NUMBER;
		import->features[i].missing = import->model.n;
	}
}

/* ------------------------------------------------------------- categories */

typedef struct Label
{
	CrmString	text;
	uint32		code;
} Label;

static int
compare_labels(const void *a, const void *b)
{
	return crm_string_compare(((const Label *) a)->text,
							  ((const Label *) b)->text);
}

/* Levels are the labels in byte order; category c has the c-th label given. */
static void
set_labels(Import *import, uint32 f, Label *labels, uint32 n,
		   CrmFeatureType type)
{
	CrmFeature *feature = &import->features[f];
	uint32	   *level = palloc((n + 1) * sizeof *level);
	CrmLevel   *levels = palloc0((n + 1) * sizeof *levels);

	if (n > CRM_BIN_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("feature \"%.*s\" has %u categories",
						(int) feature->name.length, feature->name.bytes, n),
				 errdetail("A feature of trees has at most %d.",
						   CRM_BIN_LEVELS)));
	qsort(labels, n, sizeof *labels, compare_labels);
	for (uint32 i = 0; i < n; i++)
	{
		if (labels[i].text.length > CRM_MODEL_MAX_LEVEL_BYTES ||
			(i > 0 && compare_labels(&labels[i - 1], &labels[i]) == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("category \"%.*s\" of feature \"%.*s\" is too long or given twice",
							(int) labels[i].text.length, labels[i].text.bytes,
							(int) feature->name.length, feature->name.bytes)));
		levels[i].label = labels[i].text;
		level[labels[i].code] = i;
	}
	feature->kind = CRM_CATEGORICAL;
	feature->type = type;
	feature->n_levels = n;
	feature->levels = levels;
	import->codes[f].n_categories = n;
	import->codes[f].level = level;
}

/* {"feature": ["label of 0", "label of 1", ...], ...} */
static void
read_labels(Import *import, const char *name, int length,
			JsonbContainer *array)
{
	CrmString	wanted = crm_string(name, (size_t) length);
	uint32		n = JsonContainerSize(array);
	Label	   *labels = palloc((n + 1) * sizeof *labels);
	uint32		f = 0;

	while (f < import->model.n_features &&
		   crm_string_compare(import->features[f].name, wanted) != 0)
		f++;
	if (f == import->model.n_features)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("model has no feature \"%.*s\"", length, name)));
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *label = getIthJsonbValueFromContainer(array, i);

		if (label->type != jbvString)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a category of feature \"%.*s\" is not a text",
							length, name)));
		labels[i].text = crm_string(label->val.string.val,
									(size_t) label->val.string.len);
		labels[i].code = i;
	}
	set_labels(import, f, labels, n, CRM_TYPE_TEXT);
}

static void
read_categories(Import *import, Jsonb *categories)
{
	JsonbIterator *it = JsonbIteratorInit(&categories->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	JsonbValue	name = {0};

	if (!JB_ROOT_IS_OBJECT(categories))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("categories are not a JSON object"),
				 errhint("Give {\"feature\": [\"label of 0\", \"label of 1\", ...], ...}.")));
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = v;
		if (token != WJB_VALUE)
			continue;
		if (v.type != jbvBinary || !JsonContainerIsArray(v.val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("categories of feature \"%.*s\" are not an array",
							name.val.string.len, name.val.string.val)));
		read_labels(import, name.val.string.val, name.val.string.len,
					v.val.binary.data);
	}
}

/* Without labels a category's code is its label: a column of numbers. */
static void
number_categories(Import *import, const int32 *most)
{
	for (uint32 f = 0; f < import->model.n_features; f++)
	{
		Label	   *labels;
		uint32		n = (uint32) (most[f] + 1);

		if (most[f] < 0 || import->codes[f].n_categories > 0)
			continue;
		n = Min(n, CRM_BIN_LEVELS + 1);
		labels = palloc(n * sizeof *labels);
		for (uint32 i = 0; i < n; i++)
		{
			labels[i].text = crm_word(psprintf("%u", i));
			labels[i].code = i;
		}
		set_labels(import, f, labels, n, CRM_TYPE_NUMBER);
	}
}

/* ------------------------------------------------------------------ trees */

static JsonbContainer *
get_tree(const Import *import, uint32 t)
{
	JsonbValue *v = getIthJsonbValueFromContainer(import->trees, t);

	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
		no_model("a tree is not an object");
	return v->val.binary.data;
}

/* Where the categories of each categorical split lie. */
static void
read_sets(CrmXgboostTree *tree, JsonbContainer *json)
{
	uint32	   *start = palloc0((tree->n + 1) * sizeof *start);
	uint32	   *size = palloc0((tree->n + 1) * sizeof *size);
	JsonbContainer *all = container(json, "categories", true);
	JsonbContainer *nodes = container(json, "categories_nodes", true);
	uint32		n = JsonContainerSize(nodes);
	int32	   *at = read_ints(nodes, "categories_nodes");
	int32	   *starts = read_ints(tree_array(json, "categories_segments", n),
								   "categories_segments");
	int32	   *sizes = read_ints(tree_array(json, "categories_sizes", n),
								  "categories_sizes");
	uint32		total = JsonContainerSize(all);

	for (uint32 i = 0; i < n; i++)
	{
		if (at[i] < 0 || (uint32) at[i] >= tree->n || starts[i] < 0 ||
			sizes[i] < 0 || (uint32) starts[i] > total ||
			(uint32) sizes[i] > total - (uint32) starts[i])
			no_model("the categories of a tree do not fit together");
		start[at[i]] = (uint32) starts[i];
		size[at[i]] = (uint32) sizes[i];
	}
	tree->set_start = start;
	tree->set_size = size;
	tree->categories = read_ints(all, "categories");
}

/* Tree of one output, its arrays in the current context. */
static void
read_tree(JsonbContainer *json, CrmXgboostTree *tree)
{
	JsonbContainer *left = container(json, "left_children", true);
	JsonbContainer *p = container(json, "tree_param", false);
	uint32		n = JsonContainerSize(left);

#define INTS(key) read_ints(tree_array(json, key, n), key)
#define FLOATS(key) read_floats(tree_array(json, key, n), key)
#define FLAGS(key) read_flags(tree_array(json, key, n), key)
	if (int_parameter(p, "size_leaf_vector", "1") > 1)
		unsupported("leaves of size", parameter(p, "size_leaf_vector", ""));
	tree->n = n;
	tree->left = read_ints(left, "left_children");
	tree->right = INTS("right_children");
	tree->feature = INTS("split_indices");
	tree->condition = FLOATS("split_conditions");
	tree->cover = FLOATS("sum_hessian");
	tree->gain = FLOATS("loss_changes");
	tree->missing_left = FLAGS("default_left");
	/* before 1.5 there were no categories */
	if (find_member(json, "split_type") != NULL)
	{
		tree->categorical = FLAGS("split_type");
		read_sets(tree, json);
		return;
	}
	tree->categorical = palloc0(n + 1);
	tree->set_start = tree->set_size = palloc0((n + 1) * sizeof(uint32));
	tree->categories = NULL;
}

/* Room for all trees, and the greatest category of each feature. */
static void
measure_trees(Import *import, int32 *most)
{
	uint64		nodes = 0;
	uint64		sets = 0;

	for (uint32 t = 0; t < import->n_trees; t++)
	{
		JsonbContainer *json = get_tree(import, t);
		uint32		n = JsonContainerSize(container(json, "left_children",
													true));
		CrmXgboostTree tree;

		CHECK_FOR_INTERRUPTS();
		nodes += n;
		if (find_member(json, "categories") == NULL ||
			JsonContainerSize(container(json, "categories", true)) == 0)
			continue;
		read_tree(json, &tree);
		for (uint32 i = 0; i < n; i++)
		{
			if (!tree.categorical[i] || tree.feature[i] < 0 ||
				(uint32) tree.feature[i] >= import->model.n_features)
				continue;
			sets++;
			for (uint32 k = 0; k < tree.set_size[i]; k++)
				most[tree.feature[i]] =
					Max(most[tree.feature[i]],
						tree.categories[tree.set_start[i] + k]);
		}
		MemoryContextReset(import->tree_context);
	}
	if (nodes > CRM_ENSEMBLE_MAX_NODES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("XGBoost model has " UINT64_FORMAT " nodes", nodes),
				 errdetail("A model has at most %d.",
						   CRM_ENSEMBLE_MAX_NODES)));
	import->builder.nodes = MemoryContextAlloc(import->tree_context->parent,
											   (nodes + 1) * sizeof(CrmTreeNode));
	import->builder.sets = MemoryContextAlloc(import->tree_context->parent,
											  (sets + 1) * CRM_BUILDER_SET_WORDS *
											  sizeof(uint32));
}

static void
check_result(CrmXgboostResult result, uint32 t)
{
	switch (result)
	{
		case CRM_XGBOOST_OK:
			break;
		case CRM_XGBOOST_INVALID:
			no_model(psprintf("tree %u is none", t));
			break;
		case CRM_XGBOOST_KIND:
			no_model(psprintf("tree %u takes a feature for a number that others take for a category",
							  t));
			break;
		case CRM_XGBOOST_CATEGORY:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("tree %u splits on a category that has no label", t),
					 errhint("The argument categories must list every category of a feature, in the order of their codes.")));
			break;
		case CRM_XGBOOST_TOO_LARGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("tree %u is too large", t),
					 errdetail("A tree has at most %d nodes and %d levels.",
							   CRM_TREE_MAX_NODES, CRM_TREE_MAX_DEPTH)));
			break;
	}
}

static void
add_trees(Import *import)
{
	CrmEnsemble *e = &import->model.trees;
	CrmEnsembleBuilder *b = &import->builder;

	for (uint32 t = 0; t < import->n_trees; t++)
	{
		CrmXgboostTree tree;

		CHECK_FOR_INTERRUPTS();
		read_tree(get_tree(import, t), &tree);
		check_result(crm_xgboost_add(b, &tree, import->codes,
									 import->model.n_features,
									 palloc((tree.n + 1) * sizeof(uint32))),
					 t);
		MemoryContextReset(import->tree_context);
	}
	e->kind = CRM_ENSEMBLE_SUM;
	e->n_features = import->model.n_features;
	e->importance = b->importance;
	e->n_trees = b->n_trees;
	e->starts = b->starts;
	e->nodes = b->nodes;
	e->sets = b->sets;
}

static void
import_trees(Import *import, Jsonb *categories)
{
	uint32		n = import->model.n_features;
	int32	   *most = palloc(n * sizeof *most);
	MemoryContext caller = CurrentMemoryContext;

	for (uint32 f = 0; f < n; f++)
		most[f] = -1;
	import->builder.starts = palloc0((import->n_trees + 1) * sizeof(uint32));
	import->builder.importance = palloc0(n * sizeof(double));
	import->tree_context = AllocSetContextCreate(caller, "crmprob import",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(import->tree_context);
	measure_trees(import, most);
	MemoryContextSwitchTo(caller);
	if (categories != NULL)
		read_categories(import, categories);
	number_categories(import, most);
	MemoryContextSwitchTo(import->tree_context);
	add_trees(import);
	MemoryContextSwitchTo(caller);
}

/* XGBoost's scikit-learn interface predicts by fewer trees than are saved. */
static void
note_early_stopping(Import *import)
{
	JsonbValue *v = find_member(import->learner, "attributes");
	char	   *best;

	if (v == NULL || v->type != jbvBinary)
		return;
	best = parameter(v->val.binary.data, "best_iteration", "");
	if (best[0] == '\0' || strspn(best, "0123456789") != strlen(best) ||
		strtoul(best, NULL, 10) + 1 >= import->n_trees)
		return;
	import->warning = crm_word(psprintf("training stopped early and the best iteration was %s, but all %u trees are used; save model[:%lu] to leave the later ones out",
										pnstrdup(best, 9), import->n_trees,
										strtoul(best, NULL, 10) + 1));
	import->model.n_warnings = 1;
	import->model.warnings = &import->warning;
}

/* import_xgboost(model jsonb, features text[], categories jsonb) -> model; NULL model gives NULL */
Datum
import_xgboost(PG_FUNCTION_ARGS)
{
	Import		import = {0};
	CrmModelValue *value;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	import.model.algorithm = CRM_XGBOOST;
	/* nothing is known of the training rows; a model has at least one */
	import.model.n = 1;
	find_parts(&import, PG_GETARG_JSONB_P(0));
	read_base(&import);
	make_features(&import, PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1));
	import_trees(&import, PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2));
	note_early_stopping(&import);
	if (!crm_model_check(&import.model))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("XGBoost model is too large")));
	value = crm_model_build(&import.model);
	crm_model_report_warnings(&import.model);
	PG_RETURN_POINTER(value);
}
