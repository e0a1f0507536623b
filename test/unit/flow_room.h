/*
 * flow_room.h
 *		Memory for the parts of a stage_flow.
 */
#ifndef FLOW_ROOM_H
#define FLOW_ROOM_H

#include <stdlib.h>

#include "stage_flow.h"

static inline void
flow_allocate(CrmFlow *flow, size_t stages, size_t pairs, size_t buckets)
{
	flow->stages = malloc((stages + 1) * sizeof(CrmStage));
	flow->pairs = malloc((pairs + 1) * sizeof(CrmFlowPair));
	flow->buckets = malloc((buckets + 1) * sizeof(CrmBucket));
	flow->pause = NULL;
}

static inline void
flow_release(CrmFlow *flow)
{
	free(flow->stages);
	free(flow->pairs);
	free(flow->buckets);
}

#endif
