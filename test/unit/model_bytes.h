/*
 * model_bytes.h
 *		A model encoded into memory of its own, and arenas.
 */
#ifndef MODEL_BYTES_H
#define MODEL_BYTES_H

#include <stdlib.h>

#include "model.h"

static inline CrmArena
arena_of(size_t size)
{
	CrmArena	arena = {malloc(size), size, 0};

	return arena;
}

/* The encoded form, for the caller to free. */
static inline uint8_t *
model_bytes(const CrmModel *m, size_t *size)
{
	uint8_t    *bytes;

	*size = crm_model_encode(m, NULL, 0);
	bytes = malloc(*size);
	if (*size == 0 || crm_model_encode(m, bytes, *size) != *size)
		abort();
	return bytes;
}

#endif
