/*
 * funnel_report.h
 *		What is made of counted funnels: the view of their mature entries,
 *		where deals are lost, and how two funnels differ.
 *
 * Everything is computed from a decoded view and stored nowhere.  Numbers that
 * do not exist are NaN.
 */
#ifndef CRM_FUNNEL_REPORT_H
#define CRM_FUNNEL_REPORT_H

#include "funnel.h"
#include "proportion.h"

/*
 * Makes the view one of the entries whose window is closed at as_of, by the
 * rule of crm_funnel_immature.  Times and amounts are not kept by day, so the
 * view has none.  Needs has_days.
 */
extern void crm_funnel_keep_mature(CrmFunnel *f, const CrmFunnelDefinition *d,
								   int64_t as_of);

/* A row of bottleneck(funnel): what happens between a step and the next. */
typedef struct CrmBottleneck
{
	bool		has_next;		/* counts and money of this row exist */
	bool		has_gain;
	bool		largest_gain;
	int64_t		dropped;
	double		drop_share;
	CrmInt128	amount_lost;	/* ten-thousandths; where the funnel has any */
	double		amount_share;
	double		time_share;
	double		next_conversion;
	double		gained_deals;	/* by one percentage point more */
	double		gained_amount;	/* ten-thousandths */
} CrmBottleneck;

/* Rows 1 to n_steps; does the funnel carry amounts? */
extern bool crm_funnel_bottleneck(const CrmFunnel *f,
								  const CrmFunnelDefinition *d,
								  CrmBottleneck *rows);

/* A step of two funnels; test.difference is b - a. */
typedef struct CrmComparison
{
	CrmConversion a;
	CrmConversion b;
	CrmAbTest	step;			/* of step_conversion */
	CrmAbTest	whole;			/* of conversion */
} CrmComparison;

/* `buckets` has room for the cells of either funnel. */
extern void crm_funnel_compare(const CrmFunnel *a, const CrmFunnel *b,
							   int step, CrmBucket *buckets,
							   CrmComparison *row);

/*
 * As crm_funnel_differences, but that the range of entry may differ, for so one
 * period is compared with another: b gets that of a.
 */
extern int	crm_funnel_incomparable(const CrmFunnelDefinition *a,
									CrmFunnelDefinition *b,
									const char *names[CRM_FUNNEL_PARTS]);

#endif
