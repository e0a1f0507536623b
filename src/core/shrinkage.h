/*
 * shrinkage.h
 *		How strong a prior is: beta-binomial maximum likelihood over groups.
 *
 * The groups' true shares are taken as drawn from Beta(k m, k (1 - m)), where m
 * is the share of all groups together; k counts as that many trials of the
 * prior.  The search is cut into steps so that a caller can be interrupted.
 */
#ifndef CRM_SHRINKAGE_H
#define CRM_SHRINKAGE_H

#include <stddef.h>

#include "proportion.h"

/* Most groups; one step over them takes some 10 ms. */
#define CRM_SHRINKAGE_MAX_GROUPS 100000

typedef struct CrmStrengthSearch
{
	const CrmProportion *groups;
	size_t		n;
	double		mean;			/* m */
	double		low;			/* the answer's logarithm is between these */
	double		high;
	bool		done;
	double		strength;		/* k once done; NaN: the groups tell nothing */
} CrmStrengthSearch;

/*
 * The groups must stay where they are, in an order of the caller's that does
 * not depend on chance: floats are summed along it.
 */
extern CrmStrengthSearch crm_strength_begin(const CrmProportion *groups,
											size_t n);
extern void crm_strength_step(CrmStrengthSearch *s);

#endif
