/*
 * cox.h
 *		Cox's proportional hazards (1972): the partial likelihood, maximised.
 *
 * Rows come in ascending order of duration, columns standardised, so that one
 * measure of smallness serves them all.  Sums run in row order: the same rows
 * in the same order give the same bits.
 */
#ifndef CRM_COX_H
#define CRM_COX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sort.h"

#define CRM_COX_MAX_COLUMNS 200

/* How events at one duration share their risk set. */
typedef enum CrmCoxTies
{
	CRM_COX_EFRON,				/* Efron 1977 */
	CRM_COX_BRESLOW				/* Breslow 1974 */
} CrmCoxTies;

typedef enum CrmCoxStatus
{
	CRM_COX_FITTED,
	CRM_COX_CONSTANT,			/* does not vary among those at risk */
	CRM_COX_ALIASED,			/* follows from the columns before it */
	CRM_COX_INFINITE			/* the likelihood rises without end */
} CrmCoxStatus;

typedef struct CrmCoxData
{
	uint32_t	n_rows;
	uint32_t	n_columns;
	const double *time;			/* ascending */
	const uint8_t *event;
	const double *x;			/* n_rows x n_columns, mean 0, sd 1 or all 0 */
	CrmCoxTies	ties;
	uint32_t	max_iter;
} CrmCoxData;

/* Arrays lie in the caller's work space, by column, on the scale of x. */
typedef struct CrmCoxFit
{
	double	   *beta;
	double	   *std_error;		/* of fitted columns */
	CrmCoxStatus *status;
	double		loglik_null;
	double		loglik;
	double		concordance;	/* Harrell's C; NaN without a pair */
	uint32_t	iterations;
	bool		converged;
	bool		any_infinite;
} CrmCoxFit;

/* Bytes of work space, aligned as by malloc; 0: too large to count. */
extern size_t crm_cox_size(uint32_t n_rows, uint32_t n_columns);

/* At least one event.  "pause" is called about every 5 ms. */
extern void crm_cox_fit(const CrmCoxData *data, void *work, CrmPause pause,
						CrmCoxFit *fit);

#endif
