/*
 * evaluation.h
 *		Scores against outcomes: a sorted multiset and what is read from it.
 *
 * An evaluation is a list of distinct scores in ascending order, each with how
 * many positives and negatives had it.  Everything real-valued is computed
 * from that list in that order, so two evaluations of the same rows give the
 * same bits however the rows were split or ordered.
 *
 * While rows arrive the list is in disorder; crm_scores_run_sort,
 * crm_scores_merge_pass and crm_scores_join put it in order in steps.
 */
#ifndef CRM_EVALUATION_H
#define CRM_EVALUATION_H

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "sort.h"

#define CRM_EVALUATION_FORMAT 1

/* Distinct scores of one evaluation: 16 bytes each stay below 1 GB. */
#define CRM_EVALUATION_MAX_SCORES 67000000

/* Bins of ece(). */
#define CRM_EVALUATION_MAX_BINS 10000

/* Format, three zero bytes, count; then score, positives, negatives. */
#define CRM_EVALUATION_HEADER_SIZE 8
#define CRM_EVALUATION_ENTRY_SIZE 16

/* The shortest entry of the text form, "[0,0,1]", and its comma. */
#define CRM_EVALUATION_MIN_ENTRY_TEXT 8

typedef struct CrmScoreCount
{
	double		score;			/* in [0, 1], -0 stored as 0 */
	uint32_t	positives;
	uint32_t	negatives;
} CrmScoreCount;

/* A view of a list in order. */
typedef struct CrmEvaluation
{
	const CrmScoreCount *scores;
	size_t		n_scores;
	CrmPause	pause;			/* called now and then in long loops, or NULL */
} CrmEvaluation;

typedef struct CrmAucInterval
{
	double		auc;
	double		std_error;
	double		low;
	double		high;
} CrmAucInterval;

/* Entries sorted by insertion before the first merge pass. */
#define CRM_SCORES_RUN 16

/* Sorts each run of CRM_SCORES_RUN entries. */
extern void crm_scores_run_sort(CrmScoreCount *scores, size_t n);

/*
 * Merges neighbouring sorted runs of "width" entries from one array into
 * another; the caller doubles width, swaps the arrays and repeats until width
 * reaches n.
 */
extern void crm_scores_merge_pass(const CrmScoreCount *from,
								  CrmScoreCount *to, size_t n, size_t width,
								  CrmPause pause);

/*
 * Merges the sorted tail (n_tail entries outside the array) into scores, which
 * has room for both, and adds up equal scores.  *n is the head before and the
 * whole after.  False: a count does not fit in 32 bits.
 */
extern bool crm_scores_join(CrmScoreCount *scores, size_t *n,
							const CrmScoreCount *tail, size_t n_tail,
							CrmPause pause);

/* At least one row, scores ascending and in [0, 1], no empty entry. */
extern bool crm_evaluation_check(CrmEvaluation e, CrmError *error);

/*
 * Text {"scores":[[score,positives,negatives],...]} into an array with room
 * for len / CRM_EVALUATION_MIN_ENTRY_TEXT + 1 entries.
 */
extern bool crm_evaluation_parse(const char *text, size_t len, bool utf8,
								 const CrmFloatText *ft,
								 CrmScoreCount *scores, size_t *n,
								 CrmError *error);
extern void crm_evaluation_print(CrmJsonWriter *w, CrmEvaluation e,
								 const CrmFloatText *ft);

/*
 * Wire form.  The array has room for size / CRM_EVALUATION_ENTRY_SIZE
 * entries; what comes out has passed crm_evaluation_check.
 */
extern void crm_evaluation_encode(CrmEvaluation e, CrmWriter *w);
extern bool crm_evaluation_decode(const void *data, size_t size,
								  CrmScoreCount *scores, size_t *n,
								  CrmError *error);

extern uint64_t crm_evaluation_positives(CrmEvaluation e);
extern uint64_t crm_evaluation_negatives(CrmEvaluation e);

/*
 * False: there is no answer (one class only, or for the interval fewer than
 * two rows of a class).
 */
extern bool crm_evaluation_auc(CrmEvaluation e, double *auc);
extern bool crm_evaluation_auc_interval(CrmEvaluation e, double level,
										CrmAucInterval *interval);
extern bool crm_evaluation_average_precision(CrmEvaluation e, double *value);
extern bool crm_evaluation_ks(CrmEvaluation e, double *value);

/* Infinite when a score of 0 or 1 was wrong. */
extern double crm_evaluation_log_loss(CrmEvaluation e);

/* Log-loss on the same rows of one score p for all. */
extern double crm_evaluation_constant_log_loss(CrmEvaluation e, double p);
extern double crm_evaluation_brier(CrmEvaluation e);

/*
 * Expected calibration error over bins of equally many rows.  Rows of equal
 * score that a bin's edge parts are shared out in proportion, so that their
 * order, which means nothing, does not count.
 */
extern double crm_evaluation_ece(CrmEvaluation e, uint32_t bins);

#endif
