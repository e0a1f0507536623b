/*
 * revenue_forecast.h
 *		Deals with their odds: a sorted multiset, and its sum's mean and spread.
 *
 * A forecast is a list of distinct (amount, probability, deviation of the
 * amount) in ascending order, each with how many deals have it.  Everything
 * real-valued is computed from that list in that order, so two forecasts of
 * the same deals give the same bits however the rows were split or ordered.
 *
 * While rows arrive the list is in disorder; crm_deals_sort and
 * crm_deals_join put it in order.
 */
#ifndef CRM_REVENUE_FORECAST_H
#define CRM_REVENUE_FORECAST_H

#include "bytes.h"
#include "duration.h"
#include "error.h"
#include "json.h"
#include "sort.h"

#define CRM_FORECAST_FORMAT 1

/* Deals of one forecast, those that are alike included. */
#define CRM_FORECAST_MAX_DEALS 10000000

/* The deviation of an amount, at most so many times the amount. */
#define CRM_FORECAST_MAX_SPREAD 10

/* Format, three zero bytes, count, ignored rows; then 28 bytes each. */
#define CRM_FORECAST_HEADER_SIZE 16
#define CRM_FORECAST_ENTRY_SIZE 28

/* The shortest entry of the text form, "[0,0,0,1]", and its comma. */
#define CRM_FORECAST_MIN_ENTRY_TEXT 10

typedef struct CrmDeal
{
	int64_t		amount;			/* money.h */
	double		probability;	/* in [0, 1], -0 stored as 0, as is deviation */
	double		deviation;		/* of the amount, in its currency */
	uint32_t	count;
	uint32_t	zero;
} CrmDeal;

/* A view of a list in order. */
typedef struct CrmForecast
{
	const CrmDeal *deals;
	size_t		n_deals;		/* distinct ones */
	uint64_t	ignored;		/* rows with a NULL */
} CrmForecast;

extern int	crm_deal_compare(const CrmDeal *a, const CrmDeal *b);
extern void crm_deals_sort(CrmDeal *deals, size_t n, CrmPause pause);

/*
 * Merges the sorted tail (n_tail deals outside the array) into deals, which
 * has room for both, and adds up equal ones.  *n is the head before and the
 * whole after.  The caller has seen to it that counts fit.
 */
extern void crm_deals_join(CrmDeal *deals, size_t *n, const CrmDeal *tail,
						   size_t n_tail);

/* A deal as an argument: what is wrong with it, if anything. */
extern bool crm_deal_check(const CrmDeal *deal, CrmError *error);
extern bool crm_forecast_check(CrmForecast f, CrmError *error);
extern uint64_t crm_forecast_deals(CrmForecast f);

/*
 * Text {"deals":[[amount,probability,deviation,count],...],"ignored":n} into
 * an array with room for len / CRM_FORECAST_MIN_ENTRY_TEXT + 1 deals.
 */
extern bool crm_forecast_parse(const char *text, size_t len, bool utf8,
							   const CrmFloatText *ft, CrmDeal *deals,
							   CrmForecast *f, CrmError *error);
extern void crm_forecast_print(CrmJsonWriter *w, CrmForecast f,
							   const CrmFloatText *ft);

/*
 * Wire form.  The array has room for size / CRM_FORECAST_ENTRY_SIZE + 1 deals;
 * what comes out has passed crm_forecast_check.
 */
extern void crm_forecast_encode(CrmForecast f, CrmWriter *w);
extern bool crm_forecast_decode(const void *data, size_t size, CrmDeal *deals,
								CrmForecast *f, CrmError *error);

/* Sum of probability x amount, money rounded half away from zero. */
extern CrmInt128 crm_forecast_mean(CrmForecast f);

/* The same and the variance as reals, in currency, deals independent. */
extern double crm_forecast_mean_real(CrmForecast f);
extern double crm_forecast_variance(CrmForecast f);

#endif
