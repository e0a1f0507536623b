/*
 * waterfall.h
 *		How a pipeline came from its start to its end: ten counts and amounts.
 *
 * Each deal is looked at on its own: it has at most one way in (start, new,
 * moved_in or reopened), one change of amount and one way out (moved_out, won,
 * lost or end).  So both sides balance exactly, and what one deal did can be
 * shown by the routine that the totals come from.
 */
#ifndef CRM_WATERFALL_H
#define CRM_WATERFALL_H

#include "bridge.h"
#include "error.h"
#include "opportunity_history.h"

#define CRM_WATERFALL_FORMAT 1

/* In the order in which they are shown and stored. */
typedef enum CrmWaterfallPart
{
	CRM_PART_START,
	CRM_PART_NEW,
	CRM_PART_MOVED_IN,
	CRM_PART_REOPENED,
	CRM_PART_INCREASED,
	CRM_PART_DECREASED,
	CRM_PART_MOVED_OUT,
	CRM_PART_WON,
	CRM_PART_LOST,
	CRM_PART_END
} CrmWaterfallPart;

#define CRM_WATERFALL_PARTS 10

/*
 * What is asked: changes at [from, until), deals whose close date is in
 * [close_from, close_until) or, without a window, all.  The ends of the
 * integer types stand for no bound.
 */
typedef struct CrmWaterfallFrame
{
	int64_t		from;
	int64_t		until;
	int32_t		close_from;
	int32_t		close_until;
	bool		windowed;
} CrmWaterfallFrame;

#define CRM_TIME_UNBOUNDED_LOW INT64_MIN
#define CRM_TIME_UNBOUNDED_HIGH INT64_MAX
#define CRM_DATE_UNBOUNDED_LOW INT32_MIN
#define CRM_DATE_UNBOUNDED_HIGH INT32_MAX

/* The stored form itself, edited in place by the aggregates. */
typedef struct CrmWaterfall
{
	uint8_t		format;
	uint8_t		windowed;
	uint8_t		reserved[6];	/* zero */
	int64_t		from;
	int64_t		until;
	int32_t		close_from;		/* zero without a window, as is the next */
	int32_t		close_until;
	CrmBridgePart part[CRM_WATERFALL_PARTS];	/* n: deals */
} CrmWaterfall;

/* Format, window flag, bounds, sums, in network order. */
#define CRM_WATERFALL_ENCODED_SIZE \
	(2 + 16 + 8 + CRM_WATERFALL_PARTS * CRM_BRIDGE_PART_ENCODED_SIZE)

/* What one deal did; in and out are both set or both CRM_PART_NONE. */
#define CRM_PART_NONE (-1)

typedef struct CrmMovement
{
	int			in;				/* CrmWaterfallPart */
	int			out;
	int64_t		in_amount;
	int64_t		out_amount;
} CrmMovement;

/* Refuses an empty period or window. */
extern bool crm_waterfall_init(CrmWaterfall *w, const CrmWaterfallFrame *f,
							   CrmError *error);
extern CrmWaterfallFrame crm_waterfall_frame(const CrmWaterfall *w);
extern bool crm_waterfall_same_frame(const CrmWaterfall *w,
									 const CrmWaterfallFrame *f);

extern CrmMovement crm_deal_movement(const CrmDealHistory *h,
									 const CrmWaterfallFrame *f);

/* Both return false, and change nothing, when a count would overflow. */
extern bool crm_waterfall_add(CrmWaterfall *w, CrmMovement m);
extern bool crm_waterfall_merge(CrmWaterfall *w, const CrmWaterfall *v);

/* Is this stored value one that the functions above could have made? */
extern bool crm_waterfall_valid(const CrmWaterfall *w, CrmError *error);

extern void crm_waterfall_encode(const CrmWaterfall *w, CrmWriter *out);
extern bool crm_waterfall_decode(const void *data, size_t size,
								 CrmWaterfall *w, CrmError *error);

extern void crm_waterfall_print(const CrmWaterfall *w, CrmJsonWriter *out);
extern bool crm_waterfall_parse(const char *text, size_t len,
								CrmWaterfall *w, CrmError *error);

extern const char *crm_waterfall_part_name(int part);

/* The part of this name, or CRM_PART_NONE. */
extern int	crm_waterfall_part_named(const char *name, size_t len);

#endif
