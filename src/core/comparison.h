/*
 * comparison.h
 *		Two models' scores of the same rows: which is better, and is that more
 *		than chance?
 *
 * AUC after DeLong, DeLong and Clarke-Pearson (1988) for paired curves;
 * log-loss and Brier score by the mean of the rows' differences and its
 * standard error.  A difference is the second less the first.
 */
#ifndef CRM_COMPARISON_H
#define CRM_COMPARISON_H

#include "evaluation.h"
#include "poll.h"

typedef struct CrmScorePair
{
	double		score[2];
	uint64_t	label;			/* 0 or 1 */
} CrmScorePair;

/* A figure of merit of both, and the paired test. */
typedef struct CrmPairedFigure
{
	double		value[2];
	double		difference;
	double		std_error;		/* of the difference */
	double		p_value;		/* two-sided, normal */
} CrmPairedFigure;

typedef struct CrmModelComparison
{
	uint64_t	n;
	uint64_t	n_positive;
	bool		has_auc;		/* two rows of each class */
	CrmPairedFigure auc;
	/* an infinite one (a score of 0 or 1 was wrong) has no test */
	CrmPairedFigure log_loss;
	CrmPairedFigure brier;
} CrmModelComparison;

/* For qsort: the order that makes sums the same for the same rows. */
extern int	crm_score_pair_order(const void *a, const void *b);

/*
 * Rows in that order, two at least, and each model's evaluation of the same
 * rows; below: room for a number for each score of both.  False: the poll said
 * stop.
 */
extern bool crm_compare(const CrmScorePair *rows, size_t n,
						const CrmEvaluation e[2], uint64_t *below,
						const CrmPoll *poll, CrmModelComparison *comparison);

#endif
