/*
 * float_text.h
 *		Doubles in text for programs without a server: libc, locale "C".
 */
#ifndef FLOAT_TEXT_H
#define FLOAT_TEXT_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

/* The shortest %g that reads back to the same double. */
static inline size_t
libc_print(double value, char *text)
{
	int			n = 0;

	for (int digits = 1; digits <= 17; digits++)
	{
		n = snprintf(text, CRM_FLOAT_TEXT_SIZE, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return (size_t) n;
}

static inline bool
libc_parse(const char *text, size_t len, double *value)
{
	char	   *copy = malloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	*value = strtod(copy, NULL);
	free(copy);
	return !isinf(*value);
}

static const CrmFloatText libc_float_text = {libc_print, libc_parse};

#endif
