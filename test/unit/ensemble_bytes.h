/*
 * ensemble_bytes.h
 *		Trees in memory of their own.
 */
#ifndef ENSEMBLE_BYTES_H
#define ENSEMBLE_BYTES_H

#include <stdlib.h>

#include "tree_ensemble.h"

/* Memory for what a reader asks for, in a list that *arg begins. */
static inline void *
heap_take(void *arg, size_t count, size_t width)
{
	void	  **list = arg;
	void	  **p = malloc(count * width + sizeof(void *) * 2);

	p[0] = *list;
	*list = p;
	return p + 2;
}

static inline void
heap_free(void *list)
{
	while (list != NULL)
	{
		void	   *next = *(void **) list;

		free(list);
		list = next;
	}
}

/* The stored form, for the caller to free. */
static inline uint8_t *
ensemble_bytes(const CrmEnsemble *e, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *bytes;

	crm_ensemble_put(&w, e);
	*size = w.at;
	bytes = malloc(*size);
	w = crm_writer(bytes, *size);
	crm_ensemble_put(&w, e);
	if (w.failed || w.at != *size)
		abort();
	return bytes;
}

#endif
