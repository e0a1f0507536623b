/*
 * evaluation_rows_test.c
 *		Unit tests of src/core/evaluation_rows.c.
 */
#include "evaluation_rows.h"
#include "unit.h"

static const CrmScoreCount scores[] = {
	{0.1, 0, 2}, {0.4, 1, 1}, {0.7, 0, 1}, {0.9, 3, 0}
};
static const CrmEvaluation e = {scores, 4, NULL};

static void
test_buckets(void)
{
	CrmScoreBucket b[10];
	double		n = 0;
	double		positives = 0;

	crm_evaluation_buckets(e, 2, b);
	CHECK_NEAR(b[0].n, 4, 0);
	CHECK_NEAR(b[0].positives, 1, 0);
	CHECK_NEAR(b[0].low, 0.1, 0);
	CHECK_NEAR(b[0].high, 0.4, 0);
	CHECK_NEAR(b[0].score_sum, 1.0, 1e-15);
	CHECK_NEAR(b[1].positives, 3, 0);
	/* three of 8 rows: 0..1, 2..4, 5..7; ties are shared out */
	crm_evaluation_buckets(e, 3, b);
	CHECK_NEAR(b[0].n, 2, 0);
	CHECK_NEAR(b[1].n, 3, 0);
	CHECK_NEAR(b[1].positives, 1, 0);
	CHECK_NEAR(b[2].positives, 3, 1e-15);
	crm_evaluation_buckets(e, 10, b);
	for (int i = 0; i < 10; i++)
	{
		n += b[i].n;
		positives += b[i].positives;
	}
	CHECK_NEAR(n, 8, 0);
	CHECK_NEAR(positives, 4, 1e-15);
}

static void
test_thresholds(void)
{
	CrmConfusion c = crm_evaluation_confusion(e, 0.4);
	double		t;
	double		v;
	const CrmEvaluation lost = {scores, 1, NULL};

	CHECK_INT(c.true_positives, 4);
	CHECK_INT(c.false_positives, 2);
	CHECK_INT(c.true_negatives, 2);
	CHECK_INT(c.false_negatives, 0);
	CHECK(crm_evaluation_best_threshold(e, CRM_OBJECTIVE_F1, 1, 1, &t, &v));
	CHECK_NEAR(t, 0.9, 0);
	CHECK_NEAR(v, 6.0 / 7, 1e-15);
	CHECK(crm_evaluation_best_threshold(e, CRM_OBJECTIVE_YOUDEN, 1, 1, &t, &v));
	CHECK_NEAR(t, 0.9, 0);
	CHECK_NEAR(v, 0.75, 1e-15);
	CHECK(crm_evaluation_best_threshold(e, CRM_OBJECTIVE_COST, 1, 3, &t, &v));
	CHECK_NEAR(t, 0.4, 0);
	CHECK_NEAR(v, 2, 0);
	CHECK(crm_evaluation_best_threshold(lost, CRM_OBJECTIVE_COST, 1, 3, &t, &v));
	CHECK(isinf(t) && t > 0);
	CHECK(!crm_evaluation_best_threshold(lost, CRM_OBJECTIVE_F1, 1, 1, &t, &v));
	CHECK(!crm_evaluation_best_threshold(lost, CRM_OBJECTIVE_YOUDEN, 1, 1, &t, &v));
}

static void
test_sums(void)
{
	double		mean;
	double		variance;
	double		low;
	double		high;

	crm_evaluation_expected(e, &mean, &variance);
	CHECK_NEAR(mean, 4.4, 1e-14);
	CHECK_NEAR(variance, 0.18 + 0.48 + 0.21 + 0.27, 1e-14);
	/* Wilson's interval of 8 of 10: 0.490162 to 0.943318 */
	crm_share_interval(8, 10, 1.959963984540054, &low, &high);
	CHECK_NEAR(low, 0.490162, 1e-6);
	CHECK_NEAR(high, 0.943318, 1e-6);
	crm_share_interval(0, 10, 1.959963984540054, &low, &high);
	CHECK_NEAR(low, 0, 0);
}

int
main(void)
{
	test_buckets();
	test_thresholds();
	test_sums();
	return unit_done();
}
