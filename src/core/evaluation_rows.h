/*
 * evaluation_rows.h
 *		What an evaluation says row by row: curve, buckets, one threshold.
 *
 * "Called" are the rows whose score is at least the threshold.  Buckets hold
 * equally many rows; rows of equal score on a bucket's edge are shared out in
 * proportion, so counts of a bucket need not be whole.
 */
#ifndef CRM_EVALUATION_ROWS_H
#define CRM_EVALUATION_ROWS_H

#include "evaluation.h"

typedef struct CrmScoreBucket
{
	double		n;
	double		positives;
	double		low;			/* least and greatest score */
	double		high;
	double		score_sum;
} CrmScoreBucket;

/*
 * The buckets, from the lowest scores up; those that no row falls into (more
 * buckets than rows) have n = 0.
 */
extern void crm_evaluation_buckets(CrmEvaluation e, uint32_t buckets,
								   CrmScoreBucket *bucket);

typedef struct CrmConfusion
{
	uint64_t	true_positives;
	uint64_t	false_positives;
	uint64_t	true_negatives;
	uint64_t	false_negatives;
} CrmConfusion;

extern CrmConfusion crm_evaluation_confusion(CrmEvaluation e,
											 double threshold);

typedef enum CrmObjective
{
	CRM_OBJECTIVE_F1,			/* 2 TP / (2 TP + FP + FN), greatest */
	CRM_OBJECTIVE_YOUDEN,		/* sensitivity + specificity - 1, greatest */
	CRM_OBJECTIVE_COST			/* of all wrong calls, least */
} CrmObjective;

/*
 * The best threshold among the scores and infinity (call nobody), and its
 * value; of equally good ones the highest.  False: there is no answer (no
 * positives for F1, one class for Youden).
 */
extern bool crm_evaluation_best_threshold(CrmEvaluation e,
										  CrmObjective objective,
										  double cost_false_positive,
										  double cost_false_negative,
										  double *threshold, double *value);

/* Sum of the scores, and the sum of score x (1 - score). */
extern void crm_evaluation_expected(CrmEvaluation e, double *mean,
									double *variance);

/* Wilson's interval of a share, for counts that need not be whole. */
extern void crm_share_interval(double positives, double n, double z,
							   double *low, double *high);

#endif
