/*
 * evaluation_rows.c
 *		What an evaluation says row by row: curve, buckets, one threshold.
 */
#include "evaluation_rows.h"

#include <math.h>

__extension__ typedef unsigned __int128 Wide;

static void
bucket_add(CrmScoreBucket *b, const CrmScoreCount *s, double share, double take)
{
	if (b->n == 0)
		b->low = s->score;
	b->high = s->score;
	b->n += take;
	b->positives += s->positives * share;
	b->score_sum += s->score * take;
}

void
crm_evaluation_buckets(CrmEvaluation e, uint32_t buckets, CrmScoreBucket *bucket)
{
	uint64_t	n = crm_evaluation_positives(e) + crm_evaluation_negatives(e);
	uint64_t	row = 0;
	uint32_t	b = 0;

	for (uint32_t i = 0; i < buckets; i++)
		bucket[i] = (CrmScoreBucket)
	{
		0, 0, 0, 0, 0
	};
	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];
		uint64_t	count = (uint64_t) s->positives + s->negatives;
		uint64_t	left = count;

		crm_pause_at(e.pause, i);
		while (left > 0)
		{
			/* as ece deals them */
			uint64_t	end = (uint64_t) ((Wide) n * (b + 1) / buckets);
			uint64_t	take = end - row < left ? end - row : left;

			if (take > 0)
				bucket_add(&bucket[b], s, (double) take / (double) count,
						   (double) take);
			row += take;
			left -= take;
			if (row == end && b + 1 < buckets)
				b++;
		}
	}
}

CrmConfusion
crm_evaluation_confusion(CrmEvaluation e, double threshold)
{
	CrmConfusion c = {0, 0, 0, 0};

	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];
		bool		called = s->score >= threshold;

		crm_pause_at(e.pause, i);
		*(called ? &c.true_positives : &c.false_negatives) += s->positives;
		*(called ? &c.false_positives : &c.true_negatives) += s->negatives;
	}
	return c;
}

/* Greater is better, so a cost counts negative. */
static double
goodness(CrmObjective objective, double tp, double fp, double positives,
		 double negatives, double cost_fp, double cost_fn)
{
	switch (objective)
	{
		case CRM_OBJECTIVE_F1:
			return 2 * tp / (tp + fp + positives);
		case CRM_OBJECTIVE_YOUDEN:
			return tp / positives - fp / negatives;
		default:
			return -(fp * cost_fp + (positives - tp) * cost_fn);
	}
}

bool
crm_evaluation_best_threshold(CrmEvaluation e, CrmObjective objective,
							  double cost_false_positive,
							  double cost_false_negative,
							  double *threshold, double *value)
{
	double		positives = (double) crm_evaluation_positives(e);
	double		negatives = (double) crm_evaluation_negatives(e);
	double		tp = 0;
	double		fp = 0;
	double		best;

	if ((objective != CRM_OBJECTIVE_COST && positives == 0) ||
		(objective == CRM_OBJECTIVE_YOUDEN && negatives == 0))
		return false;
	*threshold = INFINITY;
	best = goodness(objective, 0, 0, positives, negatives,
					cost_false_positive, cost_false_negative);
	for (size_t i = e.n_scores; i-- > 0;)
	{
		double		g;

		crm_pause_at(e.pause, i);
		tp += e.scores[i].positives;
		fp += e.scores[i].negatives;
		g = goodness(objective, tp, fp, positives, negatives,
					 cost_false_positive, cost_false_negative);
		if (g > best)
		{
			best = g;
			*threshold = e.scores[i].score;
		}
	}
	*value = objective == CRM_OBJECTIVE_COST ? 0 - best : best;
	return true;
}

void
crm_evaluation_expected(CrmEvaluation e, double *mean, double *variance)
{
	*mean = *variance = 0;
	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];
		double		n = (double) s->positives + s->negatives;

		crm_pause_at(e.pause, i);
		*mean += n * s->score;
		*variance += n * s->score * (1 - s->score);
	}
}

/* Wilson (1927), eq. 4. */
void
crm_share_interval(double positives, double n, double z, double *low,
				   double *high)
{
	double		p = positives / n;
	double		middle = (p + z * z / (2 * n)) / (1 + z * z / n);
	double		half = z / (1 + z * z / n) *
	sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	*low = middle - half > 0 ? middle - half : 0;
	*high = middle + half < 1 ? middle + half : 1;
}
