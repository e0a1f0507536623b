/*
 * proportion.h
 *		A share: successes of trials, with Wilson limits and comparisons.
 *
 * CrmProportion is the stored form itself, edited in place by the aggregates,
 * hence in the machine's own byte order; the encoded form is for sending.
 */
#ifndef CRM_PROPORTION_H
#define CRM_PROPORTION_H

#include "bytes.h"
#include "error.h"

#define CRM_PROPORTION_FORMAT 1

typedef struct CrmProportion
{
	uint8_t		format;
	uint8_t		reserved[7];	/* zero */
	int64_t		successes;
	int64_t		trials;
} CrmProportion;

/* format, successes, trials in network order */
#define CRM_PROPORTION_ENCODED_SIZE 17

/* Two numbers of at most 19 digits and a slash; no terminator is written. */
#define CRM_PROPORTION_TEXT_SIZE 39

/* Difference b - a of two proportions; NaN where there is no answer. */
typedef struct CrmAbTest
{
	double		difference;
	double		relative_uplift;
	double		z;
	double		p_value;
	double		low;
	double		high;
} CrmAbTest;

/* 0 <= successes <= trials */
extern bool crm_proportion_make(int64_t successes, int64_t trials,
								CrmProportion *p, CrmError *error);

/* Is this stored value one that crm_proportion_make could have made? */
extern bool crm_proportion_valid(const CrmProportion *p);

/* "12/40", spaces allowed around each part */
extern bool crm_proportion_parse(const char *text, size_t len,
								 CrmProportion *p, CrmError *error);
extern size_t crm_proportion_text(const CrmProportion *p, char *text);

extern void crm_proportion_encode(const CrmProportion *p, CrmWriter *w);
extern bool crm_proportion_decode(const void *data, size_t size,
								  CrmProportion *p, CrmError *error);

/* By value, then by trials; 0/0, which has no value, comes last. */
extern int	crm_proportion_compare(const CrmProportion *a,
								   const CrmProportion *b);

/* Both return false, and change nothing, when a count would overflow. */
extern bool crm_proportion_count(CrmProportion *p, bool success);
extern bool crm_proportion_merge(CrmProportion *p, const CrmProportion *q);

/* Needs trials > 0. */
extern double crm_proportion_value(const CrmProportion *p);

/* Wilson (1927) score limits at a level in (0, 1); needs trials > 0. */
extern void crm_proportion_limits(const CrmProportion *p, double level,
								  double *low, double *high);

/*
 * (won + k p0) / (n + k) for k in [0, infinity]; NaN where there is no answer:
 * a prior without trials (k > 0), or nothing at all.
 */
extern double crm_proportion_shrink(const CrmProportion *p,
									const CrmProportion *prior, double k);

extern CrmAbTest crm_ab_test(const CrmProportion *a, const CrmProportion *b);

#endif
