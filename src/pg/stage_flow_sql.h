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

#endif
