/*
 * clv.h
 *		Customer lifetime value models: kinds, parameters, the stored value.
 *
 * Two forms of one type.  A model has parameters, given by a user or found by
 * maximum likelihood (then with how well).  A sample is what a fit starts from:
 * the state of the aggregate, see clv_sample.h.
 */
#ifndef CRM_CLV_H
#define CRM_CLV_H

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "rfm.h"

#define CRM_CLV_FORMAT 1

/* The format byte of a sample in encoded form and of a state in memory. */
#define CRM_CLV_SAMPLE_FORMAT 2
#define CRM_CLV_STATE_FORMAT 3

#define CRM_CLV_MAX_PARAMETERS 4

/* Stored: the numbers must not move. */
typedef enum CrmClvKind
{
	CRM_CLV_BG_NBD = 0,			/* Fader, Hardie and Lee 2005 */
	CRM_CLV_MBG_NBD = 1,		/* Batislam, Denizel and Filiztekin 2007 */
	CRM_CLV_PARETO_NBD = 2,		/* Schmittlein, Morrison and Colombo 1987 */
	CRM_CLV_GAMMA_GAMMA = 3,	/* Fader and Hardie 2013 */
	CRM_CLV_BG_BB = 4			/* Fader, Hardie and Shang 2010 */
} CrmClvKind;

#define CRM_CLV_KINDS 5

typedef struct CrmClvKindInfo
{
	const char *name;
	int			n_parameters;
	const char *parameters[CRM_CLV_MAX_PARAMETERS];
} CrmClvKindInfo;

extern const CrmClvKindInfo crm_clv_kinds[CRM_CLV_KINDS];

/* Largest and smallest value of a parameter. */
#define CRM_CLV_MAX_PARAMETER 1e15
#define CRM_CLV_MIN_PARAMETER 1e-15

/* Opportunities of BG/BB, behind and ahead of the end of observation. */
#define CRM_CLV_MAX_OPPORTUNITIES 100000

/* Microseconds of the year of a discount rate: 365.25 days. */
#define CRM_CLV_YEAR INT64_C(31557600000000)

typedef struct CrmClvModel
{
	CrmClvKind	kind;
	bool		fitted;			/* what stands below "until" is known */
	bool		has_until;
	int32_t		until;			/* last day observed, since 2000-01-01 */
	int64_t		unit;			/* microseconds; 0: not recorded */
	double		parameters[CRM_CLV_MAX_PARAMETERS];
	bool		converged;		/* the errors are known */
	double		errors[CRM_CLV_MAX_PARAMETERS];
	double		log_likelihood;
	int64_t		n_customers;	/* that the likelihood is of */
	int64_t		left_out;		/* repeat customers without a positive price */
	uint32_t	iterations;
} CrmClvModel;

static inline const CrmClvKindInfo *
crm_clv_info(CrmClvKind kind)
{
	return &crm_clv_kinds[kind];
}

/* The kind of this name; false with a list of them as the hint. */
extern bool crm_clv_kind(const char *name, size_t len, CrmClvKind *kind,
						 CrmError *error);

/* The one rule for what a model may hold. */
extern bool crm_clv_check(const CrmClvModel *m, CrmError *error);

/* Largest encoded model. */
#define CRM_CLV_MAX_ENCODED 128

extern void crm_clv_encode(const CrmClvModel *m, CrmWriter *w);
extern bool crm_clv_decode(const void *data, size_t size, CrmClvModel *m,
						   CrmError *error);

/*
 * {"kind":"bg_nbd","parameters":{"r":0.243,...},"unit":604800000000,...}: the
 * unit in microseconds, and only what is known.  A sample has "patterns"
 * instead of "parameters"; *is_sample then tells the caller to parse it with
 * crm_clv_sample_parse.
 */
extern void crm_clv_print(const CrmClvModel *m, const CrmFloatText *ft,
						  CrmJsonWriter *w);
extern bool crm_clv_parse(const char *text, size_t len,
						  const CrmFloatText *ft, CrmClvModel *m,
						  bool *is_sample, CrmError *error);

/*
 * The parameters of a kind from a JSON object, each by its name, all of them.
 */
extern bool crm_clv_parse_parameters(CrmClvKind kind, const char *text,
									 size_t len, const CrmFloatText *ft,
									 double *parameters, CrmError *error);
extern void crm_clv_print_values(CrmClvKind kind, const double *values,
								 const CrmFloatText *ft, CrmJsonWriter *w);

extern double crm_clv_aic(const CrmClvModel *m);
extern double crm_clv_bic(const CrmClvModel *m);

/*
 * One customer as a model sees it.  For gamma_gamma "frequency" counts the
 * priced repeat purchases, of which "money" is the mean; without any, 0.
 */
typedef struct CrmClvCustomer
{
	double		frequency;
	double		recency;		/* in units, as age is */
	double		age;
	double		money;
} CrmClvCustomer;

/* Of a buying pattern. */
extern CrmClvCustomer crm_clv_customer(CrmClvKind kind, const CrmRfm *r);

/* BG/BB counts opportunities: whole numbers, no more purchases than fit. */
extern bool crm_clv_customer_check(CrmClvKind kind, const CrmClvCustomer *c,
								   CrmError *error);

/*----------
 * Predictions: a repeat buying model and a customer, or a new customer.
 *----------
 */

/*
 * What the model knows of a customer at the end of observation: the chance of
 * being alive and, given that, how purchases and dropout are distributed, in
 * the same form as for a new customer.
 */
typedef struct CrmClvOutlook
{
	CrmClvKind	kind;
	double		alive;
	double		p[CRM_CLV_MAX_PARAMETERS];	/* of the model's own kind */
} CrmClvOutlook;

extern double crm_clv_alive(const CrmClvModel *m, const CrmClvCustomer *c);
extern CrmClvOutlook crm_clv_outlook(const CrmClvModel *m,
									 const CrmClvCustomer *c);
extern CrmClvOutlook crm_clv_new_customer(const CrmClvModel *m);

/* Chance of being alive so many units later. */
extern double crm_clv_alive_ahead(const CrmClvOutlook *o, double units);

/* Expected purchases in the next units. */
extern double crm_clv_expected(const CrmClvOutlook *o, double units);

/* Probability of exactly n purchases in the next units. */
extern double crm_clv_probability(const CrmClvOutlook *o, double n,
								  double units);

/*
 * Expected purchases in the next units (INFINITY: ever), each discounted by
 * exp(-rate) a unit; INFINITY where there is no limit.
 */
extern double crm_clv_discounted(const CrmClvOutlook *o, double units,
								 double rate);

/* Mean spend a purchase; false where the mean does not exist. */
extern bool crm_clv_spend(const CrmClvModel *m, const CrmClvCustomer *c,
						  double *spend);

/* BG/BB: whole opportunities in so many units. */
extern double crm_clv_opportunities(double units);

#endif
