/*
 * journey_bytes.h
 *		A journey encoded into memory of its own.
 */
#ifndef JOURNEY_BYTES_H
#define JOURNEY_BYTES_H

#include <stdlib.h>

#include "journey.h"

static inline void *
journey_scratch(const CrmJourneyState *s)
{
	size_t		size = crm_journey_scratch_size(s, NULL);

	return size > 0 ? malloc(size) : NULL;
}

/* The encoded form, for the caller to free. */
static inline uint8_t *
journey_encoded(const CrmJourneyState *s, size_t *size)
{
	void	   *work = malloc(crm_journey_work_size(s));
	void	   *scratch = journey_scratch(s);
	uint8_t    *data;

	*size = crm_journey_prepare(s, work, scratch, NULL);
	data = malloc(*size);
	crm_journey_encode(s, work, data, *size, NULL);
	free(work);
	free(scratch);
	return data;
}

#endif
