/*
 * smoothing.h
 *		Trend and season of a series: Holt-Winters smoothing and classical
 *		decomposition.
 *
 * With level l, trend b, seasonal s, season of m periods and damping phi:
 *
 *	additive		forecast = l + phi b + s
 *	multiplicative	forecast = (l + phi b) s
 *
 * The start is that of R's HoltWinters: the first two seasons are decomposed,
 * the level and the trend are the line through the trend of that, and errors
 * count from the second season on.  A season of 1 is Holt's method without one:
 * it starts with the first two periods.
 */
#ifndef CRM_SMOOTHING_H
#define CRM_SMOOTHING_H

#include <stdint.h>

#include "error.h"
#include "poll.h"

/* Periods in a season. */
#define CRM_SMOOTHING_MAX_SEASON 1000

typedef struct CrmSmoothing
{
	/* what is asked; a parameter that is NaN is to be optimised */
	uint32_t	season;
	bool		multiplicative;
	bool		damped;
	double		alpha;
	double		beta;
	double		gamma;
	double		phi;			/* 1 where not damped */
	/* what comes out */
	double		sse;
	size_t		n_errors;
	double		error_variance; /* about their mean, as R's var() */
	double		level;
	double		trend;
	double	   *seasonal;		/* "season" of them, that of the next period
								 * first */
} CrmSmoothing;

/* Periods before the first error. */
extern size_t crm_smoothing_lead(const CrmSmoothing *s);

/* Is this a series that can be smoothed so? */
extern bool crm_smoothing_check(const CrmSmoothing *s, const double *x,
								size_t n, CrmError *error);

/* Doubles of work space for the functions below. */
extern size_t crm_smoothing_work(const CrmSmoothing *s);

/*
 * Fills in the parameters that are NaN, by least squares of the errors one
 * period ahead, and the rest.  False: stopped.
 */
extern bool crm_smoothing_fit(CrmSmoothing *s, const double *x, size_t n,
							  double *work, const CrmPoll *poll);

/* Forecasts one period ahead: n - lead of them, from a fitted model. */
extern void crm_smoothing_fitted(const CrmSmoothing *s, const double *x,
								 size_t n, double *work, double *fitted);

/* The forecast so many periods ahead (1: the next) and its variance. */
extern double crm_smoothing_ahead(const CrmSmoothing *s, size_t ahead);
extern double crm_smoothing_variance(const CrmSmoothing *s, size_t ahead);

/*
 * Classical decomposition, as R's decompose: the trend is a centred moving
 * average over a season, NaN at both ends; indices are means of what is left,
 * those of additive ones sum to 0, those of multiplicative ones average 1.
 */
extern void crm_decompose(const double *x, size_t n, uint32_t season,
						  bool multiplicative, double *trend,
						  double *indices);

/* Errors of a forecast. */
typedef struct CrmAccuracy
{
	double		mae;
	double		rmse;
	double		mase;			/* mae by "scale", NaN where that is 0 */
	size_t		n;
} CrmAccuracy;

extern CrmAccuracy crm_accuracy(const double *x, const double *forecast,
								size_t n, double scale);

/* Mean absolute error of the value one season before; 0 < season < n. */
extern double crm_naive_scale(const double *x, size_t n, uint32_t season);

#endif
