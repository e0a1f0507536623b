/*
 * evaluation_fuzz.c
 *		Text and wire form of an evaluation, and its figures.
 *
 * The first byte says which form follows: 't' text, else wire.  What is
 * accepted must print and read back to the same bytes, and every figure must
 * lie where it can.
 */
#include "evaluation.h"

#include <stdlib.h>

#include "float_text.h"

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_forms(CrmEvaluation e)
{
	size_t		size = CRM_EVALUATION_HEADER_SIZE +
	e.n_scores * CRM_EVALUATION_ENTRY_SIZE;
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmScoreCount *back;
	CrmError	error;
	size_t		n;
	void	   *buffer;
	CrmWriter	w;
	CrmJsonWriter text;

	buffer = malloc(size);
	w = crm_writer(buffer, size);
	crm_evaluation_encode(e, &w);
	require(!w.failed && w.at == size);
	back = malloc((e.n_scores + 1) * sizeof *back);
	require(crm_evaluation_decode(buffer, size, back, &n, &error));
	require(n == e.n_scores && memcmp(back, e.scores, n * sizeof *back) == 0);
	free(buffer);
	free(back);

	crm_evaluation_print(&count, e, &libc_float_text);
	buffer = malloc(count.out.at);
	text = crm_json_writer(buffer, count.out.at);

	crm_evaluation_print(&text, e, &libc_float_text);
	back = malloc((text.out.at / CRM_EVALUATION_MIN_ENTRY_TEXT + 1) * sizeof *back);
	require(crm_evaluation_parse(buffer, text.out.at, true, &libc_float_text, back,
								 &n, &error));
	require(n == e.n_scores && memcmp(back, e.scores, n * sizeof *back) == 0);
	free(buffer);
	free(back);
}

static void
check_figures(CrmEvaluation e)
{
	CrmAucInterval interval;
	double		v;

	if (crm_evaluation_auc(e, &v))
		require(v >= 0 && v <= 1);
	if (crm_evaluation_ks(e, &v))
		require(v >= 0 && v <= 1);
	if (crm_evaluation_average_precision(e, &v))
		require(v > 0 && v <= 1 + 1e-9);
	if (crm_evaluation_auc_interval(e, 0.95, &interval))
		require(interval.low <= interval.auc && interval.auc <= interval.high);
	require(crm_evaluation_log_loss(e) >= 0);
	require(crm_evaluation_brier(e) >= 0 && crm_evaluation_brier(e) <= 1);
	v = crm_evaluation_ece(e, 7);
	require(v >= -1e-9 && v <= 1 + 1e-9);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool		text = size > 0 && data[0] == 't';
	CrmScoreCount *scores;
	CrmEvaluation e;
	CrmError	error;
	bool		good;

	if (size == 0)
		return 0;
	data++;
	size--;
	scores = malloc((size / CRM_EVALUATION_MIN_ENTRY_TEXT + 1) *
					sizeof *scores);
	good = text ?
		crm_evaluation_parse((const char *) data, size, true, &libc_float_text,
							 scores, &e.n_scores, &error) :
		crm_evaluation_decode(data, size, scores, &e.n_scores, &error);

	if (good)
	{
		e.scores = scores;
		check_forms(e);
		check_figures(e);
	}
	free(scores);
	return 0;
}
