/*
 * calibration.h
 *		From a model's log-odds to probabilities that come true as often as
 *		they say.
 *
 * Learned on rows that the model was not fitted to.  Rows come ascending by
 * margin, equal margins with the negatives first, so that the same rows give
 * the same bits however they were found.
 */
#ifndef CRM_CALIBRATION_H
#define CRM_CALIBRATION_H

#include "model.h"
#include "poll.h"

/* Folds of the choice between the kinds. */
#define CRM_CALIBRATION_FOLDS 5

typedef struct CrmCalibrationRow
{
	double		margin;			/* log-odds before calibration, not NaN */
	uint8_t		label;
} CrmCalibrationRow;

/* Neighbouring rows that isotonic regression gives one value. */
typedef struct CrmIsotonicBlock
{
	double		first;			/* least and greatest probability */
	double		last;
	double		sum;			/* of the probabilities */
	uint64_t	n;
	uint64_t	positives;
} CrmIsotonicBlock;

/* For qsort: the order that rows must come in. */
extern int	crm_calibration_order(const void *a, const void *b);

/*
 * Platt (1999) with the targets (n1 + 1)/(n1 + 2) and 1/(n0 + 2), by Newton
 * steps as Lin, Lin and Weng (2007).  False: no rising curve fits, or the poll
 * said stop.
 */
extern bool crm_calibrate_platt(const CrmCalibrationRow *rows, size_t n,
								const CrmPoll *poll,
								CrmCalibration *calibration);

/*
 * Isotonic regression on the probability, one point a block at its mean
 * (Oron and Flournoy 2017), each block's share drawn to the base rate by one
 * row, so that none is 0 or 1.  Room for n blocks, and for
 * CRM_MODEL_MAX_CALIBRATION numbers in x and y.  False: a single block.
 */
extern bool crm_calibrate_isotonic(const CrmCalibrationRow *rows, size_t n,
								   CrmIsotonicBlock *blocks, double *x,
								   double *y, CrmCalibration *calibration);

/* Mean log-loss of these rows under a calibration. */
extern double crm_calibration_loss(const CrmCalibration *calibration,
								   const CrmCalibrationRow *rows, size_t n);

/*
 * Every CRM_CALIBRATION_FOLDSth row from `fold` on to test, the others to fit;
 * room for n in both.  Returns how many fit.
 */
extern size_t crm_calibration_fold(const CrmCalibrationRow *rows, size_t n,
								   int fold, CrmCalibrationRow *fit,
								   CrmCalibrationRow *test);

#endif
