/*
 * nps.h
 *		Net promoter score: counts of answers from 0 to 10 in three classes,
 *		the score with its limits, and the comparison of two.
 *
 * CrmNps is the stored form itself, edited in place by the aggregates, hence
 * in the machine's own byte order; the encoded form is for sending.
 */
#ifndef CRM_NPS_H
#define CRM_NPS_H

#include "bytes.h"
#include "error.h"
#include "json.h"

#define CRM_NPS_FORMAT 1

typedef struct CrmNps
{
	uint8_t		format;
	uint8_t		reserved[7];	/* zero */
	int64_t		promoters;		/* 9 and 10 */
	int64_t		passives;		/* 7 and 8 */
	int64_t		detractors;		/* 0 to 6 */
} CrmNps;

/* format, then the counts in network order */
#define CRM_NPS_ENCODED_SIZE 25

/* Difference b - a of two scores, in points; NaN where there is no answer. */
typedef struct CrmNpsTest
{
	double		difference;
	double		z;
	double		p_value;
	double		low;
	double		high;
} CrmNpsTest;

/* No count is negative and all together fit into int64. */
extern bool crm_nps_make(int64_t promoters, int64_t passives,
						 int64_t detractors, CrmNps *n, CrmError *error);

/* Is this stored value one that crm_nps_make could have made? */
extern bool crm_nps_valid(const CrmNps *n);

static inline int64_t
crm_nps_answers(const CrmNps *n)
{
	return n->promoters + n->passives + n->detractors;
}

/* {"promoters":5,"passives":3,"detractors":2}, keys in any order */
extern bool crm_nps_parse(const char *text, size_t len, CrmNps *n,
						  CrmError *error);
extern void crm_nps_print_counts(CrmJsonWriter *w, const CrmNps *n);
extern void crm_nps_print(CrmJsonWriter *w, const void *nps);

extern void crm_nps_encode(const CrmNps *n, CrmWriter *w);
extern bool crm_nps_decode(const void *data, size_t size, CrmNps *n,
						   CrmError *error);

/* A whole number from 0 to 10; false for any other. */
extern bool crm_nps_rating(double rating, int *whole);

/* Both return false, and change nothing, when the counts would overflow. */
extern bool crm_nps_count(CrmNps *n, int rating);
extern bool crm_nps_merge(CrmNps *n, const CrmNps *other);

/* (promoters - detractors) / answers * 100; needs answers. */
extern double crm_nps_value(const CrmNps *n);

/* Score limits at a level in (0, 1); needs answers.  See nps.c. */
extern void crm_nps_limits(const CrmNps *n, double level, double *low,
						   double *high);

extern CrmNpsTest crm_nps_test(const CrmNps *a, const CrmNps *b);

#endif
