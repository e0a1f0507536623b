/*
 * comparison_test.c
 *		Unit tests of src/core/comparison.c.
 */
#include "comparison.h"
#include "unit.h"

#include <stdlib.h>

/* Eight rows; the second model puts one positive wrong. */
static CrmScorePair rows[] =
{
	{
		{
			0.1, 0.1
		}, 0
	},
	{
		{
			0.2, 0.3
		}, 0
	},
	{
		{
			0.3, 0.2
		}, 0
	},
	{
		{
			0.4, 0.6
		}, 0
	},
	{
		{
			0.5, 0.5
		}, 1
	},
	{
		{
			0.6, 0.25
		}, 1
	},
	{
		{
			0.7, 0.7
		}, 1
	},
	{
		{
			0.8, 0.9
		}, 1
	}
};

enum
{
	N = 8
};

static bool
stop(void *unused)
{
	(void) unused;
	return true;
}

static CrmEvaluation
evaluate(int k, CrmScoreCount *list)
{
	CrmEvaluation e = {list, N, NULL};
	CrmScoreCount tail[N];
	size_t		n = 0;

	for (int i = 0; i < N; i++)
	{
		CrmScoreCount one = {rows[i].score[k], (uint32_t) rows[i].label,
			1 - (uint32_t) rows[i].label
		};

		tail[i] = one;
	}
	crm_scores_run_sort(tail, N);
	crm_scores_join(list, &n, tail, N, NULL);
	e.n_scores = n;
	return e;
}

int
main(void)
{
	CrmScoreCount lists[2][N];
	CrmEvaluation e[2];
	uint64_t	below[2 * N];
	CrmModelComparison c;
	CrmPoll		poll = {stop, NULL};
	double		d10[4] = {-0.25, -0.5, 0, 0};
	double		d01[4] = {0, -0.25, 0, -0.5};
	double		variance = 0;

	qsort(rows, N, sizeof rows[0], crm_score_pair_order);
	for (int k = 0; k < 2; k++)
		e[k] = evaluate(k, lists[k]);
	CHECK(crm_compare(rows, N, e, below, NULL, &c));
	CHECK(c.has_auc);
	CHECK_NEAR(c.auc.value[0], 1, 0);
	CHECK_NEAR(c.auc.value[1], 13.0 / 16, 1e-15);
	CHECK_NEAR(c.auc.difference, -3.0 / 16, 1e-15);
	/* V10: .5 beats 3 of 4, .25 beats 2; V01: .3 loses to 3 of 4, .6 to 2 */
	for (int i = 0; i < 4; i++)
		variance += ((d10[i] + 3.0 / 16) * (d10[i] + 3.0 / 16) +
					 (d01[i] + 3.0 / 16) * (d01[i] + 3.0 / 16)) / 3 / 4;
	CHECK_NEAR(c.auc.std_error, sqrt(variance), 1e-15);
	CHECK_NEAR(c.auc.p_value, erfc(3.0 / 16 / sqrt(variance) / sqrt(2)), 1e-12);
	CHECK_NEAR(c.brier.difference, c.brier.value[1] - c.brier.value[0], 1e-15);
	CHECK_NEAR(c.log_loss.difference, c.log_loss.value[1] - c.log_loss.value[0], 1e-15);
	e[1] = e[0];
	for (int i = 0; i < N; i++)
		rows[i].score[1] = rows[i].score[0];
	CHECK(crm_compare(rows, N, e, below, NULL, &c));
	CHECK_NEAR(c.auc.p_value, 1, 0);
	CHECK_NEAR(c.log_loss.p_value, 1, 0);
	CHECK_NEAR(c.brier.std_error, 0, 0);
	CHECK(!crm_compare(rows, N, e, below, &poll, &c));
	return unit_done();
}
