/*
 * evaluation_test.c
 *		Unit tests of src/core/evaluation.c.
 */
#include "evaluation.h"
#include "evaluation_rows.h"
#include "unit.h"

#include <stdlib.h>

static size_t
print_float(double value, char *text)
{
	return (size_t) sprintf(text, "%.17g", value);
}

static bool
parse_float(const char *text, size_t len, double *value)
{
	char		copy[400];

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*value = strtod(copy, NULL);
	return !isinf(*value);
}

static const CrmFloatText float_text = {print_float, parse_float};

/* Puts n entries in order the way the glue does, all as one tail. */
static size_t
put_in_order(CrmScoreCount *scores, size_t n)
{
	CrmScoreCount *a = malloc(n * sizeof *a);
	CrmScoreCount *b = malloc(n * sizeof *b);
	size_t		kept = 0;

	memcpy(a, scores, n * sizeof *a);
	crm_scores_run_sort(a, n);
	for (size_t width = CRM_SCORES_RUN; width < n; width *= 2)
	{
		CrmScoreCount *swap = a;

		crm_scores_merge_pass(a, b, n, width, NULL);
		a = b;
		b = swap;
	}
	CHECK(crm_scores_join(scores, &kept, a, n, NULL));
	free(a);
	free(b);
	return kept;
}

static void
test_order(void)
{
	enum
	{
		N = 1000
	};
	static CrmScoreCount scores[2 * N];
	CrmEvaluation e = {scores, 0, NULL};
	CrmError	error;
	size_t		n;
	CrmScoreCount tail[3] = {{0.0005, 1, 0}, {0.5, 1, 1}, {1, 0, 1}};

	for (int i = 0; i < N; i++)
	{
		scores[i].score = (i * 7919 % 501) / 1000.0;
		scores[i].positives = i % 2;
		scores[i].negatives = 1 - i % 2;
	}
	e.n_scores = put_in_order(scores, N);
	CHECK_INT(e.n_scores, 501);
	CHECK(crm_evaluation_check(e, &error));
	CHECK_INT(crm_evaluation_positives(e), 500);
	CHECK_INT(crm_evaluation_negatives(e), 500);
	n = e.n_scores;
	CHECK(crm_scores_join(scores, &n, tail, 3, NULL));
	e.n_scores = n;
	CHECK_INT(n, 503);
	CHECK(crm_evaluation_check(e, &error));
	CHECK_INT(crm_evaluation_positives(e), 502);
	n = 1;
	scores[0].score = 0.5;
	scores[0].positives = UINT32_MAX;
	scores[0].negatives = 0;
	CHECK(!crm_scores_join(scores, &n, tail + 1, 1, NULL));
}

/* Five rows worked by hand. */
static void
test_figures(void)
{
	const CrmScoreCount scores[] = {
		{0.1, 0, 1}, {0.35, 1, 0}, {0.4, 1, 1}, {0.8, 1, 0}
	};
	CrmEvaluation e = {scores, 4, NULL};
	CrmEvaluation positives = {scores + 3, 1, NULL};
	CrmAucInterval interval;
	double		value;

	CHECK(crm_evaluation_auc(e, &value));
	CHECK_NEAR(value, 4.5 / 6, 0);
	CHECK(crm_evaluation_average_precision(e, &value));
	CHECK_NEAR(value, (1 + 2.0 / 3 + 3.0 / 4) / 3, 1e-15);
	CHECK(crm_evaluation_ks(e, &value));
	CHECK_NEAR(value, 0.5, 0);
	CHECK_NEAR(crm_evaluation_log_loss(e),
			   -(log(.35) + log(.4) + log(.8) + log(.6) + log(.9)) / 5, 1e-15);
	CHECK_NEAR(crm_evaluation_brier(e), 0.1985, 1e-15);
	CHECK_NEAR(crm_evaluation_ece(e, 1), 0.19, 1e-15);
	CHECK_NEAR(crm_evaluation_ece(e, 2), 0.19, 1e-15);
	CHECK_NEAR(crm_evaluation_ece(e, 5), 0.23, 1e-15);
	CHECK_NEAR(crm_evaluation_constant_log_loss(e, 0.6),
			   -(0.6 * log(0.6) + 0.4 * log(0.4)), 1e-15);
	/* V10 = 1/2, 3/4, 1 and V01 = 1, 1/2: variances 1/16 and 1/8 */
	CHECK(crm_evaluation_auc_interval(e, 0.95, &interval));
	CHECK_NEAR(interval.std_error, sqrt(1.0 / 16 / 3 + 1.0 / 8 / 2), 1e-15);
	CHECK_NEAR(interval.low, 0.75 - 1.959963984540054 * interval.std_error,
			   1e-14);
	CHECK_NEAR(interval.high, 1, 0);
	CHECK(!crm_evaluation_auc(positives, &value));
	CHECK(!crm_evaluation_ks(positives, &value));
	CHECK(!crm_evaluation_average_precision(positives, &value));
	CHECK(!crm_evaluation_auc_interval(positives, 0.95, &interval));
	CHECK_NEAR(crm_evaluation_constant_log_loss(positives, 1), 0, 0);
	CHECK_NEAR(crm_evaluation_constant_log_loss(positives, 0), INFINITY, 0);
}

/* Counts near their limit do not wrap. */
static void
test_large(void)
{
	const CrmScoreCount scores[] = {
		{0, 0, UINT32_MAX}, {0.25, UINT32_MAX, UINT32_MAX}, {1, UINT32_MAX, 0}
	};
	CrmEvaluation e = {scores, 3, NULL};
	double		value;

	CHECK(crm_evaluation_auc(e, &value));
	CHECK_NEAR(value, 3.5 / 4, 1e-15);
	CHECK(crm_evaluation_ks(e, &value));
	CHECK_NEAR(value, 0.5, 0);
	CHECK_NEAR(crm_evaluation_ece(e, 4), 0.125, 1e-9);
}

static void
test_forms(void)
{
	const CrmScoreCount scores[] = {{0, 1, 0}, {0.1, 0, 4294967295u}};
	CrmEvaluation e = {scores, 2, NULL};
	const char *text = "{\"scores\":[[0,1,0],[0.10000000000000001,0,4294967295]]}";
	CrmScoreCount back[9];
	char		buffer[200];
	CrmJsonWriter w = crm_json_writer(buffer, sizeof buffer);
	CrmWriter	wire = crm_writer(buffer, sizeof buffer);
	CrmError	error;
	size_t		n;

	crm_evaluation_print(&w, e, &float_text);
	CHECK_TEXT(buffer, w.out.at, text);
	CHECK(crm_evaluation_parse(text, strlen(text), true, &float_text, back, &n,
							   &error));
	CHECK_BYTES(back, n * sizeof *back, scores, sizeof scores);
	crm_evaluation_encode(e, &wire);
	CHECK_INT(wire.at, CRM_EVALUATION_HEADER_SIZE +
			  2 * CRM_EVALUATION_ENTRY_SIZE);
	CHECK(crm_evaluation_decode(buffer, wire.at, back, &n, &error));
	CHECK_BYTES(back, n * sizeof *back, scores, sizeof scores);
	/* every shorter message is refused, and so is a longer one */
	for (size_t size = 0; size <= wire.at + 1; size++)
		if (size != wire.at && crm_evaluation_decode(buffer, size, back, &n,
													 &error))
			CHECK_INT(size, wire.at);
	buffer[0] = 2;
	CHECK(!crm_evaluation_decode(buffer, wire.at, back, &n, &error));
	CHECK_INT(error.kind, CRM_ERROR_SYNTAX);
	buffer[0] = 1;
	buffer[2] = 1;
	CHECK(!crm_evaluation_decode(buffer, wire.at, back, &n, &error));
	/* minus zero is no canonical score */
	buffer[2] = 0;
	buffer[CRM_EVALUATION_HEADER_SIZE] = (char) 0x80;
	CHECK(!crm_evaluation_decode(buffer, wire.at, back, &n, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
}

static int	pauses;

static void
count_pause(void)
{
	pauses++;
}

/* So that a query over millions of scores can be cancelled in any pass. */
static void
test_pauses(void)
{
	enum
	{
		N = 4 * CRM_PAUSE_EVERY
	};
	CrmScoreCount *scores = malloc(N * sizeof *scores);
	CrmScoreCount *other = malloc(N * sizeof *other);
	CrmEvaluation e = {scores, N, count_pause};
	CrmAucInterval interval;
	CrmScoreBucket bucket[10];
	CrmError	error;
	double		v;
	double		w;
	size_t		n = 0;

	for (int i = 0; i < N; i++)
		scores[i] = (CrmScoreCount)
	{
		(i + 0.5) / N, i % 3 == 0, i % 3 != 0
	};

#define PAUSES(call) \
	do { \
		pauses = 0; \
		call; \
		CHECK_NAMED(pauses >= 4, #call); \
	} while (0)

	PAUSES(crm_evaluation_check(e, &error));
	PAUSES(crm_evaluation_positives(e));
	PAUSES(crm_evaluation_negatives(e));
	PAUSES(crm_evaluation_auc(e, &v));
	PAUSES(crm_evaluation_auc_interval(e, 0.95, &interval));
	PAUSES(crm_evaluation_average_precision(e, &v));
	PAUSES(crm_evaluation_ks(e, &v));
	PAUSES(crm_evaluation_log_loss(e));
	PAUSES(crm_evaluation_brier(e));
	PAUSES(crm_evaluation_ece(e, 10));
	PAUSES(crm_evaluation_buckets(e, 10, bucket));
	PAUSES(crm_evaluation_confusion(e, 0.5));
	PAUSES(crm_evaluation_best_threshold(e, CRM_OBJECTIVE_F1, 1, 1, &v, &w));
	PAUSES(crm_evaluation_expected(e, &v, &w));
	PAUSES(crm_scores_merge_pass(scores, other, N, N / 2, count_pause));
	PAUSES(crm_scores_join(other, &n, scores, N, count_pause));
	free(scores);
	free(other);
}

int
main(void)
{
	test_order();
	test_figures();
	test_large();
	test_forms();
	test_pauses();
	return unit_done();
}
