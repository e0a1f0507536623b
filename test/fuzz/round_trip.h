/*
 * round_trip.h
 *		What fuzz targets demand: no crash, and print and reparse agree.
 */
#ifndef ROUND_TRIP_H
#define ROUND_TRIP_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the fuzzer where a property does not hold. */
#define DEMAND(condition) \
	do { if (!(condition)) abort(); } while (0)

static inline void
demand_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
	DEMAND(a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0));
}

#endif
