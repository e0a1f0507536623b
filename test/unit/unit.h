/*
 * unit.h
 *		Checks for the unit tests of src/core: TAP on standard output.
 *
 * A test program is a main() of checks that ends with "return unit_done();".
 * A failed check does not end the program.  Each program is one translation
 * unit, so everything here is static.
 */
#ifndef UNIT_H
#define UNIT_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int	unit_run;
static int	unit_failed;

static inline bool
unit_check(bool good, const char *name, const char *file, int line)
{
	unit_run++;
	printf("%sok %d - %s\n", good ? "" : "not ", unit_run, name);
	if (!good)
	{
		unit_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline bool
unit_check_int(long long have, long long want, const char *name,
			   const char *file, int line)
{
	if (unit_check(have == want, name, file, line))
		return true;
	printf("# have %lld, want %lld\n", have, want);
	return false;
}

/* Within tolerance; NaN equals NaN, an infinity only itself. */
static inline bool
unit_check_near(double have, double want, double tolerance, const char *name,
				const char *file, int line)
{
	bool		good = have == want || fabs(have - want) <= tolerance ||
	(isnan(have) && isnan(want));

	if (unit_check(good, name, file, line))
		return true;
	printf("# have %.17g, want %.17g within %g\n", have, want, tolerance);
	return false;
}

static inline bool
unit_check_bytes(const void *have, size_t have_size, const void *want,
				 size_t want_size, const char *name, const char *file, int line)
{
	bool		good = have_size == want_size &&
	(want_size == 0 || memcmp(have, want, want_size) == 0);

	if (unit_check(good, name, file, line))
		return true;
	printf("# have %zu bytes \"%.*s\", want %zu \"%.*s\"\n",
		   have_size, (int) have_size, (const char *) have,
		   want_size, (int) want_size, (const char *) want);
	return false;
}

static inline int
unit_done(void)
{
	printf("1..%d\n", unit_run);
	return unit_failed == 0 ? 0 : 1;
}

#define CHECK(condition) \
	unit_check((condition), #condition, __FILE__, __LINE__)
/* with a name of its own, for checks in a loop */
#define CHECK_NAMED(condition, name) \
	unit_check((condition), (name), __FILE__, __LINE__)
#define CHECK_INT(have, want) \
	unit_check_int((have), (want), #have " = " #want, __FILE__, __LINE__)
#define CHECK_NEAR(have, want, tolerance) \
	unit_check_near((have), (want), (tolerance), #have " is near " #want, \
					__FILE__, __LINE__)
#define CHECK_BYTES(have, have_size, want, want_size) \
	unit_check_bytes((have), (have_size), (want), (want_size), \
					 #have " = " #want, __FILE__, __LINE__)
#define CHECK_TEXT(have, have_size, want) \
	CHECK_BYTES((have), (have_size), (want), strlen(want))

#endif
