/*
 * tree_ensemble_test.c
 *		Unit tests of core/tree_ensemble, core/tree_evaluator and core/tree_text.
 *
 * Trees that were grown go through all forms and score alike in each; damaged
 * ones are refused.
 */
#include "tree_ensemble.h"

#include "ensemble_bytes.h"
#include "float_text.h"
#include "model_text.h"
#include "tree_text.h"
#include "trees.h"
#include "unit.h"

static bool
decodes(const uint8_t *bytes, size_t size, const CrmFeature *features)
{
	CrmReader	r = crm_reader(bytes, size);
	void	   *list = NULL;
	CrmEnsemble e;
	bool		good = crm_ensemble_get(&r, heap_take, &list, &e) &&
	crm_reader_done(&r) &&
	crm_ensemble_check(&e, features, TREES_FEATURES);

	heap_free(list);
	return good;
}

/* A row walked node by node agrees with the evaluator, to the last bit. */
static double
walk(const CrmEnsemble *e, const double *row)
{
	double		sum = 0;

	for (uint32_t t = 0; t < e->n_trees; t++)
	{
		const CrmTreeNode *nodes = e->nodes + e->starts[t];
		uint32_t	at = 0;

		while (nodes[at].child != 0)
			at = nodes[at].child + (crm_node_left(e, &nodes[at], row) ? 0 : 1);
		sum += (double) nodes[at].value;
	}
	return e->base + (e->kind == CRM_ENSEMBLE_MEAN ? sum / e->n_trees : sum);
}

static void
test_scores(const TreesModel *m, const TreesData *d, const float *margins)
{
	double		worst = 0;
	uint32_t	unlike = 0;

	for (uint32_t i = 0; i < d->n; i++)
	{
		double		row[TREES_FEATURES];
		double		score;

		trees_row(d, i, row);
		score = crm_evaluate(&m->evaluator, row);
		unlike += score != walk(&m->ensemble, row);
		worst = fmax(worst, fabs(score - (double) margins[i]));
	}
	CHECK_INT(unlike, 0);
	/* training adds up floats */
	CHECK_NEAR(worst, 0, 1e-4);
}

/* Values that training never saw: far out, other levels. */
static void
test_odd_rows(const TreesModel *m)
{
	const double odd[] = {-1e300, 1e300, 3.4e38, -0.0, 0, NAN, 5e-324};

	for (int i = 0; i < 7; i++)
		for (int level = 0; level <= 6; level++)
		{
			double		row[TREES_FEATURES] = {odd[i], odd[6 - i], odd[i],
			level, level == 3 ? NAN : 40 - level};

			CHECK(crm_evaluate(&m->evaluator, row) == walk(&m->ensemble, row));
		}
}

static void
test_wire(const TreesModel *m, const TreesData *d)
{
	size_t		size;
	size_t		again_size;
	uint8_t    *bytes = ensemble_bytes(&m->ensemble, &size);
	uint8_t    *again;
	CrmReader	r = crm_reader(bytes, size);
	void	   *list = NULL;
	CrmEnsemble e;

	CHECK(crm_ensemble_check(&m->ensemble, d->features, TREES_FEATURES));
	CHECK(crm_ensemble_get(&r, heap_take, &list, &e));
	CHECK(crm_reader_done(&r));
	CHECK(crm_ensemble_check(&e, d->features, TREES_FEATURES));
	again = ensemble_bytes(&e, &again_size);
	CHECK_BYTES(again, again_size, bytes, size);
	for (size_t cut = 0; cut < size; cut += 1 + size / 97)
		CHECK(!decodes(bytes, cut, d->features));
	free(again);
	free(bytes);
	heap_free(list);
}

/* Every bit of a small model turned: refused, or a model of the same form. */
static void
test_flips(void)
{
	TreesData  *d = trees_data(300, 8);
	CrmBoostOptions o;
	TreesModel	m;
	size_t		size;
	uint8_t    *bytes;
	uint32_t	taken = 0;

	crm_boost_defaults(&o);
	o.tree.max_depth = 3;
	trees_boost(&m, d, &o, 2, NULL);
	bytes = ensemble_bytes(&m.ensemble, &size);
	for (size_t bit = 0; bit < size * 8; bit++)
	{
		CrmReader	r = crm_reader(bytes, size);
		void	   *list = NULL;
		CrmEnsemble e;

		bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
		if (crm_ensemble_get(&r, heap_take, &list, &e) && crm_reader_done(&r) &&
			crm_ensemble_check(&e, d->features, TREES_FEATURES))
		{
			size_t		again_size;
			uint8_t    *again = ensemble_bytes(&e, &again_size);

			taken++;
			if (again_size != size || memcmp(again, bytes, size) != 0)
				CHECK(!"the same bytes again");
			free(again);
		}
		heap_free(list);
		bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
	}
	CHECK(taken > 0);
	free(bytes);
	trees_model_free(&m);
	trees_free(d);
}

typedef struct Refusal
{
	const char *nodes;
	bool		good;
} Refusal;

static bool
parses(const char *nodes, const CrmFeature *features)
{
	char		text[1000];
	CrmJsonReader r;
	void	   *list = NULL;
	CrmEnsemble e;
	bool		good;

	snprintf(text, sizeof text, "{\"kind\":\"sum\",\"base\":0,"
			 "\"importance\":[0,0,0,0,1],\"nodes\":%s}", nodes);
	r = crm_json_reader(text, strlen(text), true);
	good = crm_ensemble_parse(&r, &libc_float_text, heap_take, &list, &e) &&
		crm_json_next(&r) == CRM_JSON_END &&
		crm_ensemble_check(&e, features, TREES_FEATURES);
	heap_free(list);
	return good;
}

static void
test_hostile_text(const CrmFeature *features)
{
	static const Refusal cases[] = {
		{"[[[1,2]]]", true},
		{"[[[0,1,2.5],[1,2],[3,4]]]", true},
		{"[[[3,0,[0,6]],[1,2],[3,4]]]", true},
		{"[[[3,1,[]],[1,2],[3,4]]]", true},
		{"[[[4,0,[31,32,40]],[1,2],[3,4]]]", true},
		{"[]", false},			/* no tree */
		{"[[]]", false},		/* no node */
		{"[[[0,1,2.5],[1,2]]]", false}, /* a child is missing */
		{"[[[1,2],[1,2]]]", false}, /* a node that is nobody's child */
		{"[[[0,1,2.5],[0,1,2.5],[3,4]]]", false},
		{"[[[3,0,[]],[1,2],[3,4]]]", false},	/* nothing goes left */
		{"[[[3,0,[7]],[1,2],[3,4]]]", false},	/* beyond "other" */
		{"[[[3,0,[2,1]],[1,2],[3,4]]]", false}, /* not rising */
		{"[[[3,0,[1,1]],[1,2],[3,4]]]", false},
		{"[[[3,0,[256]],[1,2],[3,4]]]", false},
		{"[[[3,0,[-1]],[1,2],[3,4]]]", false},
		{"[[[0,0,[1]],[1,2],[3,4]]]", false},	/* a number by levels */
		{"[[[3,0,1],[1,2],[3,4]]]", false}, /* a category by threshold */
		{"[[[5,0,1],[1,2],[3,4]]]", false}, /* no such feature */
		{"[[[65536,0,1],[1,2],[3,4]]]", false},
		{"[[[0.5,0,1],[1,2],[3,4]]]", false},
		{"[[[0,2,1],[1,2],[3,4]]]", false},
		{"[[[1,0]]]", false},	/* no rows */
		{"[[[1,-2]]]", false},
		{"[[[1e39,2]]]", false},	/* no float */
		{"[[[null,2]]]", false},
		{"[[[1]]]", false},
		{"[[[]]]", false},
		{"[[[1,2,3,4]]]", false},
		{"[[1,2]]", false},
		{"{}", false}
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_NAMED(parses(cases[i].nodes, features) == cases[i].good,
					cases[i].nodes);
}

/* One level more than may be walked. */
static void
test_too_deep(const CrmFeature *features)
{
	enum
	{
		DEPTH = CRM_TREE_MAX_DEPTH + 1
	};
	CrmTreeNode nodes[2 * DEPTH + 1];
	const uint32_t all[] = {0, 2 * DEPTH + 1};
	const uint32_t less[] = {0, 2 * DEPTH - 1};
	const double importance[TREES_FEATURES] = {0};
	CrmEnsemble e = {CRM_ENSEMBLE_SUM, 0, false, 0, TREES_FEATURES, importance,
		1, all, nodes, NULL
	};

	memset(nodes, 0, sizeof nodes);
	for (int i = 0; i < 2 * DEPTH + 1; i++)
	{
		nodes[i].cover = 1;
		nodes[i].kind = i % 2 == 0 && i < 2 * DEPTH ? CRM_NODE_NUMBER : 0;
	}
	CHECK(crm_tree_link(nodes, 2 * DEPTH + 1));
	CHECK_INT(crm_tree_depth(nodes, 2 * DEPTH + 1), DEPTH);
	CHECK(!crm_ensemble_check(&e, features, TREES_FEATURES));
	nodes[2 * DEPTH - 2].kind = CRM_NODE_LEAF;
	CHECK(crm_tree_link(nodes, 2 * DEPTH - 1));
	e.starts = less;
	CHECK(crm_ensemble_check(&e, features, TREES_FEATURES));
}

/* The whole model: bytes, struct, text, struct, bytes. */
static void
test_model(TreesModel *m, TreesData *d)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	static char labels[40][2];
	static CrmLevel levels[40];
	CrmModel	model = {.algorithm = CRM_GBM,.n = 100,.n_positive = 40,
	.base_rate = 0.4};
	CrmArena	arena;
	CrmModel	again;
	CrmError	error;
	CrmScorer	scorer;
	size_t		size;
	char	   *text;
	char	   *text_again;
	double		row[TREES_FEATURES];

	for (int i = 0; i < 40; i++)
	{
		labels[i][0] = (char) ('0' + i / 10);
		labels[i][1] = (char) ('0' + i % 10);
		levels[i] = (CrmLevel)
		{
			{
				labels[i], 2
			}, 1
		};
	}
	for (int f = 0; f < TREES_FEATURES; f++)
	{
		d->features[f].name = (CrmString)
		{
			names[f], 1
		};
		d->features[f].type = trees_levels[f] > 0 ? CRM_TYPE_TEXT : CRM_TYPE_NUMBER;
		d->features[f].levels = levels;
		d->features[f].missing = trees_levels[f] > 0 ? 0 : 100;
		d->features[f].other = trees_levels[f] > 0 ? 100 - trees_levels[f] : 0;
	}
	model.n_features = TREES_FEATURES;
	model.features = d->features;
	model.trees = m->ensemble;
	CHECK(crm_model_check(&model));
	size = crm_model_print(&model, &libc_float_text, NULL, 0);
	text = malloc(size + 1);
	text_again = malloc(size + 1);
	CHECK_INT(crm_model_print(&model, &libc_float_text, text, size), size);
	arena = (CrmArena)
	{
		malloc(crm_model_parse_size(size)),
			crm_model_parse_size(size), 0
	};
	CHECK(crm_model_parse(text, size, true, &libc_float_text, &arena, &again,
						  &error));
	CHECK_INT(crm_model_print(&again, &libc_float_text, text_again, size),
			  size);
	CHECK(memcmp(text, text_again, size) == 0);
	free(arena.base);

	size = crm_model_encode(&model, NULL, 0);
	text = realloc(text, size);
	CHECK_INT(crm_model_encode(&model, (uint8_t *) text, size), size);
	arena = (CrmArena)
	{
		malloc(crm_model_decode_size(size)),
			crm_model_decode_size(size), 0
	};
	CHECK(crm_model_decode((uint8_t *) text, size, &arena, &again));
	free(text_again);
	text_again = malloc(crm_scorer_size(&again));
	{
		CrmArena	room = {text_again, crm_scorer_size(&again), 0};

		CHECK(crm_scorer_init(&scorer, &again, &room));
	}
	trees_row(d, 3, row);
	CHECK(crm_scorer_margin(&scorer, row) == crm_evaluate(&m->evaluator, row));
	CHECK_NEAR(crm_scorer_probability(&scorer, row),
			   1 / (1 + exp(-walk(&m->ensemble, row))), 1e-15);
	model.algorithm = CRM_FOREST;
	CHECK(!crm_model_check(&model));
	free(arena.base);
	free(text);
	free(text_again);
}

int
main(void)
{
	TreesData  *d = trees_data(3000, 5);
	float	   *margins = malloc(d->n * sizeof *margins);
	CrmBoostOptions o;
	TreesModel	m;

	crm_boost_defaults(&o);
	trees_boost(&m, d, &o, 21, margins);
	CHECK_INT(m.evaluator.kernel, CRM_KERNEL_BITS);
	CHECK(m.evaluator.wide[4].words > 1 && m.evaluator.wide[3].words == 0);
	test_scores(&m, d, margins);
	test_odd_rows(&m);
	test_wire(&m, d);
	test_hostile_text(d->features);
	test_too_deep(d->features);
	test_model(&m, d);
	trees_model_free(&m);

	/* so many levels that rows of bits would be too large */
	d->features[4].n_levels = 1000000;
	trees_boost(&m, d, &o, 21, margins);
	CHECK_INT(m.evaluator.kernel, CRM_KERNEL_ANY);
	test_scores(&m, d, margins);
	test_odd_rows(&m);
	trees_model_free(&m);

	/* without the category of 40 levels, sets fit a word */
	for (uint32_t i = 0; i < d->n; i++)
		d->values[4 * d->n + i] = NAN;
	trees_make_bins(d);
	trees_boost(&m, d, &o, 9, margins);
	CHECK_INT(m.evaluator.kernel, CRM_KERNEL_BITS);
	test_scores(&m, d, margins);
	test_odd_rows(&m);
	trees_model_free(&m);

	for (uint32_t i = 0; i < d->n; i++)
		d->values[3 * d->n + i] = NAN;
	trees_make_bins(d);
	trees_boost(&m, d, &o, 8, margins);
	CHECK_INT(m.evaluator.kernel, CRM_KERNEL_NUMBERS);
	test_scores(&m, d, margins);
	test_odd_rows(&m);
	trees_model_free(&m);
	trees_free(d);
	free(margins);
	test_flips();
	return unit_done();
}
