/*
 * sbg.h
 *		The shifted-beta-geometric model of contract renewals.
 *
 * Each customer fails to renew with a probability of its own, drawn from a
 * beta(alpha, beta) distribution (Fader and Hardie 2007): those who are left
 * are ever more loyal.  Data are the survivors of period 0, 1, ...
 */
#ifndef CRM_SBG_H
#define CRM_SBG_H

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "tally.h"

#define CRM_SBG_FORMAT 1

/* Period 0 and this many renewals. */
#define CRM_SBG_MAX_RENEWALS 1000

/* Periods that a forecast or a sum may reach. */
#define CRM_SBG_MAX_HORIZON 1000000

/* The stored form, in front of the data; all zero: not fitted yet. */
typedef struct CrmSbgFit
{
	double		alpha;
	double		beta;
	double		alpha_error;	/* 0: not known, as the next */
	double		beta_error;
	double		loglik;
	uint32_t	iterations;
	uint8_t		converged;
	uint8_t		zero[3];
} CrmSbgFit;

/* Entries: key is the period, first the survivors, second the rows they are
 * the sum of. */
typedef struct CrmSbg
{
	CrmSbgFit	fit;
	const CrmTally *periods;
	size_t		n_periods;
} CrmSbg;

/* Periods 0 to n without a gap, as many rows each, survivors not rising. */
extern bool crm_sbg_check_data(const CrmSbg *m, CrmError *error);

/* Data that pass, of at least two renewals, with someone lost. */
extern bool crm_sbg_fit(CrmSbg *m, CrmError *error);

/* Data and parameters of a finished value. */
extern bool crm_sbg_check(const CrmSbg *m, CrmError *error);

extern void crm_sbg_encode(const CrmSbg *m, CrmWriter *w);
extern void crm_sbg_print(CrmJsonWriter *w, const CrmSbg *m,
						  const CrmFloatText *ft);

/* periods has room for CRM_SBG_MAX_RENEWALS + 1 entries. */
extern bool crm_sbg_decode(const void *data, size_t size, CrmTally *periods,
						   CrmSbg *m, CrmError *error);
extern bool crm_sbg_parse(const char *text, size_t len,
						  const CrmFloatText *ft, CrmTally *periods,
						  CrmSbg *m, CrmError *error);

/* Share who renew for the t-th time of those who could; t >= 1. */
static inline double
crm_sbg_retention(const CrmSbgFit *f, double t)
{
	return (f->beta + t - 1) / (f->alpha + f->beta + t - 1);
}

/* Share who are left after t renewals. */
extern double crm_sbg_survival(const CrmSbgFit *f, int32_t t);

/* Sum of survival over periods 0 .. horizon - 1. */
extern double crm_sbg_lifetime(const CrmSbgFit *f, int32_t horizon);

/*
 * Periods still to come of a customer who has renewed n times, the next one
 * counting in full and each later one 1 / (1 + discount) of the one before
 * (Fader and Hardie 2010).  Infinite where the sum is.
 */
extern double crm_sbg_residual(const CrmSbgFit *f, int32_t n,
							   double discount);

/* The same from the start: period 0 is certain. */
extern double crm_sbg_discounted(const CrmSbgFit *f, double discount);

#endif
