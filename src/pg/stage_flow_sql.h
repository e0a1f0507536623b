/*
 * stage_flow_sql.h
 *		What the glue of stage_flow shares: a flow out of a datum.
 *
 * A datum of type stage_flow is either an encoded value or, inside an
 * aggregate only, a state; the functions here take both.
 */
#ifndef STAGE_FLOW_SQL_H
#define STAGE_FLOW_SQL_H

#include "funnel_sql.h"
#include "stage_flow.h"

/* The encoded form, not yet checked. */
extern struct varlena *crm_encoded_flow(Datum d);

/* A checked flow; labels point into data. */
extern CrmFlow crm_decode_flow(const void *data, size_t size);
extern CrmFlow DatumGetCrmFlow(Datum d);

#define PG_GETARG_CRM_FLOW(n) DatumGetCrmFlow(PG_GETARG_DATUM(n))

/*
 * Probability that a deal in this stage for "elapsed" is won within "by", at
 * most the horizon; several are cheap while the horizon is the same.  The flow
 * is argument n of a call whose fn_extra is for this; false: no answer, as
 * win_probability(stage_flow, label, horizon) has it.
 */
typedef struct CrmWinTime
{
	int64		horizon;
	int64		by;
	int64		elapsed;
} CrmWinTime;

extern bool crm_flow_win_within(FunctionCallInfo fcinfo, int n, CrmText label,
								CrmWinTime time, double *win);

#endif
