/*
 * bridge_value.h
 *		The parts of a bridge as rows.
 */
#ifndef CRM_BRIDGE_VALUE_H
#define CRM_BRIDGE_VALUE_H

#include "fmgr.h"

#include "bridge.h"

/* Rows (step, part, count, amount), one for each part in its order. */
extern Datum crm_bridge_rows(FunctionCallInfo fcinfo,
							 const CrmBridgePart *parts, int n_parts,
							 const char *(*name) (int part));

#endif							/* CRM_BRIDGE_VALUE_H */
