/*
 * query_rows.h
 *		A caller's query, run row by row into a receiver of ours.
 *
 * It runs through SPI with the caller's rights, row security and search_path;
 * SPI must be connected.  "function" is the SQL function that errors name.
 */
#ifndef CRM_QUERY_ROWS_H
#define CRM_QUERY_ROWS_H

#include "access/attnum.h"
#include "access/tupdesc.h"
#include "executor/spi.h"
#include "tcop/dest.h"

/*
 * 22023 unless it is one command that returns rows and writes none: functions
 * that read must not be a way to write.  (What the query calls may.)  Without a
 * function errors name none.
 */
extern SPIPlanPtr crm_query_plan(const char *function, const char *text);

/*
 * Likewise, and a SELECT: its text as what FROM (...) takes, without what ends
 * it or comes after.
 */
extern char *crm_query_text(const char *function, const char *text);

/* The same as crm_query_plan, and runs it. */
extern void crm_query_run(const char *function, const char *query,
						  void (*startup) (DestReceiver *self, int operation,
										   TupleDesc desc),
						  bool (*receive) (TupleTableSlot *slot,
										   DestReceiver *self),
						  DestReceiver *self);

/* A column by name: 42703, or 42702 when there are two. */
extern AttrNumber crm_query_column(TupleDesc desc, const char *function,
								   const char *name, const char *argument);

/* The same for a label, which must be boolean (42804). */
extern AttrNumber crm_query_label(TupleDesc desc, const char *function,
								  const char *name);

#endif							/* CRM_QUERY_ROWS_H */
