/*
 * compat.h
 *		The one place that knows that PostgreSQL versions differ.
 *
 * Included first by every file of src/pg; it brings postgres.h.
 */
#ifndef CRM_COMPAT_H
#define CRM_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#define crm_make_range(type, lower, upper) \
	make_range(type, lower, upper, false, NULL)
#define crm_unicode_to_server(c, s) pg_unicode_to_server_noerror(c, s)
#else
/* make_range takes an error context from 16 on. */
#define crm_make_range(type, lower, upper) \
	make_range(type, lower, upper, false)
/* Before 16 what has no equivalent is an error (22P05) at once. */
#define crm_unicode_to_server(c, s) (pg_unicode_to_server(c, s), true)

/* Before 16 input functions have no soft errors: every error is thrown. */
#define errsave(context, ...) \
	do { (void) (context); ereport(ERROR, __VA_ARGS__); } while (0)
#define ereturn(context, dummy, ...) \
	do { errsave(context, __VA_ARGS__); return dummy; } while (0)
#endif

/* mul_size(), which other headers bring along in some versions only. */
#include "storage/shmem.h"

/* Before 16 not in every minor release. */
#ifndef palloc_array
#define palloc_array(type, count) \
	((type *) palloc(mul_size(sizeof(type), (count))))
#endif

/* Before 17 every interval is finite. */
#include "datatype/timestamp.h"
#ifndef INTERVAL_NOT_FINITE
#define INTERVAL_NOT_FINITE(interval) false
#endif

/* Gone in 18, whose own mark stands before the declaration. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* The backend-local number of the current transaction. */
#if PG_VERSION_NUM >= 170000
#define crm_local_transaction() (MyProc->vxid.lxid)
#else
#define crm_local_transaction() (MyProc->lxid)
#endif

/* From 18 on RETURNING can ask for OLD rows, which an INSERT has not. */
#if PG_VERSION_NUM >= 180000
#define crm_var_is_plain(var) \
	((var)->varreturningtype == VAR_RETURNING_DEFAULT)
#else
#define crm_var_is_plain(var) true
#endif

#endif
