/*
 * threshold.h
 *		Where a split of a tree lies on the scale of its column.
 *
 * Trees compare floats.  A column holds doubles or times; these give the
 * double or the time at which the side changes, so that comparing the column
 * itself takes the same side for every value.
 */
#ifndef CRM_THRESHOLD_H
#define CRM_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

typedef enum CrmSide
{
	CRM_SIDE_NEVER,				/* no value goes left */
	CRM_SIDE_BELOW,				/* value < bound */
	CRM_SIDE_UP_TO,				/* value <= bound */
	CRM_SIDE_ALWAYS				/* every value goes left */
} CrmSide;

/* Which numbers crm_feature_float puts below the threshold. */
extern CrmSide crm_threshold_number(float threshold, double *bound);

/*
 * Which times (microseconds since 2000-01-01 UTC) are, in days since as_of,
 * below the threshold: NEVER, BELOW or ALWAYS.
 */
extern CrmSide crm_threshold_time(float threshold, int64_t as_of,
								  int64_t *bound);

#endif
