/*
 * work_space.h
 *		Cutting a caller's work space into arrays, each on a multiple of 16 bytes.
 */
#ifndef CRM_WORK_SPACE_H
#define CRM_WORK_SPACE_H

#include <stddef.h>

static inline size_t
crm_work_size(size_t size)
{
	return (size + 15) & ~(size_t) 15;
}

static inline void *
crm_work_take(char **at, size_t size)
{
	void	   *p = *at;

	*at += crm_work_size(size);
	return p;
}

#endif
