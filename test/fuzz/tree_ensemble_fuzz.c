/*
 * tree_ensemble_fuzz.c
 *		Wire and text form of trees, and what is computed from them.
 *
 * The first byte says which form follows: 't' text, else wire.  What passes the
 * check must be canonical bytes, read back from its own text to the same bytes,
 * score alike when walked node by node and in the evaluator, and be explained
 * by numbers that add up to the score.
 */
#include "tree_text.h"
#include "treeshap.h"

#include <math.h>
#include <stdlib.h>

#include "ensemble_bytes.h"
#include "float_text.h"
#include "model.h"

#define FEATURES 3

/* Two numbers... and categories on both sides of one word of levels. */
static const CrmFeature features[FEATURES] = {
	{.kind = CRM_NUMERIC},
	{.kind = CRM_CATEGORICAL,.n_levels = 6},
	{.kind = CRM_CATEGORICAL,.n_levels = 70}
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* What is taken is a chain, so that all of it can be given back. */
static void
check_text(const CrmEnsemble *e, const uint8_t *bytes, size_t size)
{
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	char	   *text;
	size_t		length;
	CrmJsonReader r;
	void	   *list = NULL;
	CrmEnsemble back;
	uint8_t    *again;
	size_t		again_size;

	crm_ensemble_print(&w, e, &libc_float_text);
	length = w.out.at;
	text = malloc(length);
	w = crm_json_writer(text, length);
	crm_ensemble_print(&w, e, &libc_float_text);
	r = crm_json_reader(text, length, true);
	require(crm_ensemble_parse(&r, &libc_float_text, heap_take, &list, &back));
	require(crm_json_next(&r) == CRM_JSON_END);
	again = ensemble_bytes(&back, &again_size);
	require(again_size == size && memcmp(again, bytes, size) == 0);
	free(again);
	free(text);
	heap_free(list);
}

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
	return e->base + (e->kind == CRM_ENSEMBLE_MEAN ? 1.0 / e->n_trees : 1) *
		sum;
}

/* Shapley values of trees of a few nodes only: it is what takes the time. */
static void
check_scores(const CrmEnsemble *e)
{
	static const double rows[][FEATURES] = {
		{0, 0, 0}, {NAN, NAN, NAN}, {1e300, 6, 70}, {-1e300, 5, 31},
		{0.5, 3, 32}, {-1.5, NAN, 64}
	};
	void	   *work = malloc(crm_evaluator_size(e, features));
	void	   *room = malloc(crm_treeshap_size(e));
	CrmEvaluator v;

	crm_evaluator_init(&v, e, features, work);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
	{
		double		score = crm_evaluate(&v, rows[i]);
		double		phi[FEATURES];

		require(score == walk(e, rows[i]));
		if (e->starts[e->n_trees] < 1000)
			crm_treeshap(e, rows[i], room, phi);
	}
	free(room);
	free(work);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmReader	wire;
	CrmJsonReader text;
	void	   *list = NULL;
	CrmEnsemble e;
	bool		is_text;
	bool		good;

	if (size == 0)
		return 0;
	is_text = data[0] == 't';
	wire = crm_reader(data + 1, size - 1);
	text = crm_json_reader((const char *) data + 1, size - 1, true);
	good = is_text ?
		crm_ensemble_parse(&text, &libc_float_text, heap_take, &list, &e) &&
		crm_json_next(&text) == CRM_JSON_END :
		crm_ensemble_get(&wire, heap_take, &list, &e) && crm_reader_done(&wire);
	if (good && crm_ensemble_check(&e, features, FEATURES))
	{
		size_t		length;
		uint8_t    *bytes = ensemble_bytes(&e, &length);

		if (!is_text)
			require(length == size - 1 &&
					memcmp(bytes, data + 1, length) == 0);
		check_text(&e, bytes, length);
		check_scores(&e);
		free(bytes);
	}
	heap_free(list);
	return 0;
}
