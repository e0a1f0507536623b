/*
 * survival.h
 *		Kaplan and Meier's curve: how long until the event, some not yet seen.
 *
 * A curve is the sorted list of distinct durations, each with how many events
 * and how many censored observations it had.  Everything real-valued is
 * computed from that list in that order.
 */
#ifndef CRM_SURVIVAL_H
#define CRM_SURVIVAL_H

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "tally.h"

#define CRM_SURVIVAL_FORMAT 1

/* Format, three zero bytes, count; then duration, events, censored. */
#define CRM_SURVIVAL_HEADER_SIZE 8
#define CRM_SURVIVAL_ENTRY_SIZE 24

/* The shortest entry of the text form, "[0,0,1]", and its comma. */
#define CRM_SURVIVAL_MIN_ENTRY_TEXT 8

/* A view; key is the duration, first the events, second the censored. */
typedef struct CrmSurvival
{
	const CrmTally *times;
	size_t		n_times;
} CrmSurvival;

/* How the limits of an interval are made symmetric. */
typedef enum CrmSurvivalScale
{
	CRM_SCALE_LOG_LOG,
	CRM_SCALE_LOG,
	CRM_SCALE_PLAIN,
	CRM_SCALE_NONE				/* not one of them */
} CrmSurvivalScale;

extern CrmSurvivalScale crm_survival_scale(const char *name, size_t len);

/* Where the curve stands at one duration, which is included. */
typedef struct CrmSurvivalPoint
{
	double		time;
	uint64_t	at_risk;		/* just before */
	uint64_t	events;
	uint64_t	censored;
	double		survival;
	double		variance;		/* of log survival (Greenwood 1926); infinite
								 * once survival is 0 */
	double		hazard;			/* cumulated (Nelson 1969, Aalen 1978) */
} CrmSurvivalPoint;

/* Durations finite and not negative, ascending, each with an observation. */
extern bool crm_survival_check(CrmSurvival c, CrmError *error);

/*
 * Text {"times":[[duration,events,censored],...]} into an array with room for
 * len / CRM_SURVIVAL_MIN_ENTRY_TEXT + 1 entries.
 */
extern bool crm_survival_parse(const char *text, size_t len,
							   const CrmFloatText *ft, CrmTally *times,
							   size_t *n, CrmError *error);
extern void crm_survival_print(CrmJsonWriter *w, CrmSurvival c,
							   const CrmFloatText *ft);

/* The array has room for size / CRM_SURVIVAL_ENTRY_SIZE entries. */
extern void crm_survival_encode(CrmSurvival c, CrmWriter *w);
extern bool crm_survival_decode(const void *data, size_t size,
								CrmTally *times, size_t *n, CrmError *error);

/* What texts with durations and counts share. */
extern bool crm_survival_read_duration(CrmJsonReader *r,
									   const CrmFloatText *ft, double *time,
									   CrmError *error);
extern bool crm_survival_read_count(CrmJsonReader *r, uint64_t *count,
									CrmError *error);

/* Before the first duration: everybody at risk, survival 1. */
extern CrmSurvivalPoint crm_survival_start(CrmSurvival c);

/* Moves to the duration of entry i, the one after where *p stands. */
extern void crm_survival_step(CrmSurvival c, size_t i, CrmSurvivalPoint *p);

/*
 * The curve at a duration; false where it is not known: beyond the longest
 * duration, unless nobody is left there.
 */
extern bool crm_survival_at(CrmSurvival c, double time, CrmSurvivalPoint *p);

/*
 * Limits of survival, z standard errors away on a scale, within [0, 1].
 * False where survival is 0: its standard error is not known.
 */
extern bool crm_survival_limits(const CrmSurvivalPoint *p,
								CrmSurvivalScale scale, double z,
								double *low, double *high);

/* sqrt(Greenwood) x survival; not for a survival of 0 */
extern double crm_survival_std_error(const CrmSurvivalPoint *p);

typedef enum CrmSurvivalLine
{
	CRM_LINE_LOW,
	CRM_LINE_SURVIVAL,
	CRM_LINE_HIGH
} CrmSurvivalLine;

/*
 * The duration by which a share p of all had the event: where the line falls
 * to 1 - p or below; half-way along a line that runs at 1 - p.  False: it does
 * not fall that far.
 */
extern bool crm_survival_quantile(CrmSurvival c, double p,
								  CrmSurvivalLine line,
								  CrmSurvivalScale scale, double z,
								  double *time);

/*
 * Area under the curve up to tau, negative: the longest duration.  False where
 * the curve is not known up to there.
 */
extern bool crm_survival_mean(CrmSurvival c, double tau, double *mean,
							  double *std_error);

#endif
