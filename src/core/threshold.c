/*
 * threshold.c
 *		Where a split of a tree lies on the scale of its column.
 */
#include "threshold.h"

#include <math.h>

#include "bins.h"
#include "datetime.h"
#include "model.h"

/*
 * Doubles are rounded to the nearest float, those in the middle to the one
 * whose last bit is 0, and numbers beyond CRM_FEATURE_LIMIT are that limit.
 * The middle between neighbouring floats is a double.
 */
CrmSide
crm_threshold_number(float threshold, double *bound)
{
	float		below;

	if (threshold > CRM_FEATURE_LIMIT)
		return CRM_SIDE_ALWAYS;
	if (threshold <= -CRM_FEATURE_LIMIT)
		return CRM_SIDE_NEVER;
	below = nextafterf(threshold, -INFINITY);
	*bound = ((double) below + (double) threshold) / 2;
	return (float) *bound < threshold ? CRM_SIDE_UP_TO : CRM_SIDE_BELOW;
}

static bool
is_below(float threshold, int64_t as_of, int64_t t)
{
	return crm_feature_float(crm_days_since(as_of, t)) < threshold;
}

/* Days since as_of never fall as time goes on: halve until one is left. */
CrmSide
crm_threshold_time(float threshold, int64_t as_of, int64_t *bound)
{
	int64_t		low = CRM_TIME_MIN;
	int64_t		high = CRM_TIME_END - 1;

	if (!is_below(threshold, as_of, low))
		return CRM_SIDE_NEVER;
	if (is_below(threshold, as_of, high))
		return CRM_SIDE_ALWAYS;
	/* the whole range is wider than an int64_t reaches */
	while ((uint64_t) high - (uint64_t) low > 1)
	{
		int64_t		middle = low +
		(int64_t) (((uint64_t) high - (uint64_t) low) / 2);

		if (is_below(threshold, as_of, middle))
			low = middle;
		else
			high = middle;
	}
	*bound = high;
	return CRM_SIDE_BELOW;
}
