/*
 * record_store.h
 *		Many small records, in memory up to work_mem and beyond that in
 *		temporary files, given back in parts that hold whole groups.
 *
 * A record is an id and a key (grouping.h); records of one id are in one part.
 * The state of an aggregate that collects, hence tied to its context.
 */
#ifndef CRM_RECORD_STORE_H
#define CRM_RECORD_STORE_H

#include "fmgr.h"
#include "storage/buffile.h"

#include "grouping.h"

typedef struct CrmRecordStore CrmRecordStore;

/* Work space to group records in, kept from one part to the next. */
typedef struct CrmGroupRoom
{
	Size		room;			/* words */
	uint64	   *in;
	uint64	   *out;
	Size		slot_room;
	uint32	   *slots;
} CrmGroupRoom;

/* Room for so much; what was in it is lost when it has to grow. */
extern void crm_group_room(CrmGroupRoom *g, MemoryContext context, Size words,
						   Size slots);

/*
 * All of a temporary file.  Its position is the end again afterwards, so that
 * the aggregate may go on: a window frame asks and then adds.
 */
extern void crm_read_words(BufFile *file, Size words, uint64 *to);

/* Lives in a context of its own below parent; for the aggregate of fcinfo. */
extern CrmRecordStore *crm_record_store(FunctionCallInfo fcinfo,
										MemoryContext parent,
										CrmRecordShape shape);
extern void crm_record_add(CrmRecordStore *s, const uint64 *record);

/* How many parts there are; some may be empty. */
extern int	crm_record_parts(const CrmRecordStore *s);

/*
 * The n records of a part, grouped by id, keys ascending; they stay until the
 * next call.  The store is left as it is, so that a window frame can go on.
 */
extern const uint64 *crm_record_part(CrmRecordStore *s, int part, size_t *n);

#endif
