/*
 * logistic.h
 *		Logistic regression: maximum likelihood, ridge and elastic net.
 *
 * Minimises mean log-loss + lambda (alpha sum |s_j b_j| + (1 - alpha)/2 sum
 * (s_j b_j)^2) with a free intercept, where s_j b_j is the coefficient of the
 * standardised column.  The work is cut into steps of about 10 ms, so that a
 * caller can stop between them.  All sums run in row order: the same rows in
 * the same order give the same bits.
 */
#ifndef CRM_LOGISTIC_H
#define CRM_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRM_LOGISTIC_MAX_COLUMNS 4096

/* lambda when maximum likelihood does not exist */
#define CRM_LOGISTIC_SEPARATION_LAMBDA 1e-4

/*
 * Dense columns, mean 0 and sd 1, by blocks of rows: all that is in memory at a
 * time is the block at hand.  Rows are asked for in rising order mostly.
 */
typedef struct CrmDense
{
	const double *cells;		/* of the block, columns block_rows apart */
	uint32_t	first;			/* its first row; n_rows when there is none */
	uint32_t	block_rows;		/* a multiple of 4 */
	/* makes another block the one at hand; not called where one holds all */
	void		(*fetch) (struct CrmDense *dense, uint32_t block);
} CrmDense;

/*
 * The rows.  Columns are numbered dense first, then binary; "order" lists them
 * by precedence: of linearly dependent ones the last in it are dropped.
 */
typedef struct CrmDesign
{
	uint32_t	n_rows;
	uint32_t	n_dense;
	uint32_t	n_binary;
	CrmDense   *dense;			/* n_rows x n_dense */
	const uint32_t *hot_start;	/* n_rows + 1 offsets into hot */
	const uint16_t *hot;		/* binary columns (0 ..) that are 1, rising */
	const uint8_t *label;		/* 0 or 1 */
	const uint16_t *order;		/* n_dense + n_binary columns */
	const double *scale;		/* s_j: 1 for dense, sd for binary; 0 is a
								 * constant column */
	const uint8_t *folds;		/* a number a row, or NULL */
	uint8_t		held;			/* rows of this fold are not learned from */
} CrmDesign;

typedef struct CrmLogisticOptions
{
	double		lambda;			/* >= 0 */
	double		alpha;			/* 0 ridge .. 1 lasso */
	uint32_t	max_iter;		/* Newton iterations */
	double		weight_true;	/* > 0; only their ratio matters */
	double		weight_false;
} CrmLogisticOptions;

typedef enum CrmLogisticPhase
{
	CRM_LOGISTIC_CLEAR,			/* the Hessian, before a pass */
	CRM_LOGISTIC_PASS,			/* loss, gradient and Hessian over the rows */
	CRM_LOGISTIC_FACTOR,		/* Cholesky */
	CRM_LOGISTIC_SPREAD,		/* how far the last step moved the rows */
	CRM_LOGISTIC_PROJECT,		/* the intercept out of the Hessian */
	CRM_LOGISTIC_DESCENT,		/* coordinate descent */
	CRM_LOGISTIC_ERRORS,		/* standard errors */
	CRM_LOGISTIC_LOSS,			/* loss without class weights */
	CRM_LOGISTIC_DONE
} CrmLogisticPhase;

/* All arrays lie in the caller's work space. */
typedef struct CrmLogistic
{
	CrmDesign	design;
	CrmLogisticOptions options;
	CrmLogisticPhase phase;
	double		lambda;			/* in force */
	double		alpha;
	double		weight[2];		/* by label, mean 1 over the rows */
	uint32_t	n_used;			/* rows that are not held */
	uint32_t	n_columns;		/* with the intercept, which is column 0 */
	uint32_t	n_active;
	uint32_t	at;				/* position within the phase */
	uint32_t	iteration;
	uint32_t	halvings;
	uint32_t	sweeps;
	bool		separated;
	bool		converged;
	bool		has_errors;
	bool		aliases_known;
	uint16_t	farthest;		/* internal column that moved most */
	uint16_t	separating;		/* the design's column that ran away */
	double		product;		/* of 1 + e not yet in loss */
	double		loss;			/* weighted sum at beta */
	double		objective;		/* at the last accepted beta */
	double		change;			/* largest of a descent sweep or a spread */
	double		decrement;		/* of the last Newton step */
	double		log_likelihood;
	double	   *beta;			/* of standardised columns */
	double	   *accepted;
	double	   *gradient;
	double	   *shift;			/* Hessian times the change of beta, or it */
	double	   *variance;
	double	   *work;
	double	   *hessian;		/* sums: n_columns squared, lower triangle */
	double	   *factor;			/* n_active squared, rows of L */
	double	   *squares;		/* 4 rows of dense columns with leading 1 */
	uint16_t   *active;			/* columns in order, the intercept first */
	uint8_t    *aliased;
} CrmLogistic;

/* Bytes of work space, 0 when there are too many columns. */
extern size_t crm_logistic_size(uint32_t n_dense, uint32_t n_binary);

/* work must be aligned for double.  Both labels must occur. */
extern void crm_logistic_init(CrmLogistic *fit, const CrmDesign *design,
							  const CrmLogisticOptions *options, void *work);

/* True while there is more to do. */
extern bool crm_logistic_step(CrmLogistic *fit);

/*
 * After the last step: on from this solution to another lambda > 0, which takes
 * fewer iterations than from the start when it is near.
 */
extern void crm_logistic_continue(CrmLogistic *fit, double lambda);

/* Log-loss, summed, of the held rows among these at the present solution. */
extern double crm_logistic_held_loss(CrmLogistic *fit, uint32_t from,
									 uint32_t to);

/*
 * The least lambda at which no column has a coefficient (alpha below 0.001
 * counts as that).  First rows from .. to - 1 are added to `sums`, one a
 * column, which start at 0; mean is the share of true labels.
 */
extern void crm_logistic_add_correlation(const CrmDesign *design,
										 uint32_t from, uint32_t to,
										 double mean, double *sums);
extern double crm_logistic_largest_lambda(const CrmDesign *design,
										  double alpha, const double *sums);

/*
 * The answer on the original scale: dense column j was (x - mean[j]) / sd[j].
 * Arrays hold n_dense + n_binary entries; aliased ones get 0.
 */
extern void crm_logistic_result(const CrmLogistic *fit, const double *mean,
								const double *sd, double *intercept,
								double *intercept_error,
								double *coefficients, double *errors,
								uint8_t *aliased);

/* Of the intercept on that scale, where the fit has standard errors. */
extern double crm_logistic_intercept_error(const CrmLogistic *fit,
										   const double *mean,
										   const double *sd);

/* Wald's test of a coefficient being 0; without an error z and p are 0. */
typedef struct CrmWald
{
	double		z;
	double		p;				/* two-sided */
	double		odds_ratio;		/* of one unit */
} CrmWald;

extern CrmWald crm_wald(double coefficient, double error);

/* The cells of column 0 of rows `row` and on, up to the end of a block. */
static inline const double *
crm_dense_cells(CrmDense *dense, uint32_t row)
{
	if (row - dense->first >= dense->block_rows)
		dense->fetch(dense, row / dense->block_rows);
	return dense->cells + (row - dense->first);
}

#endif
