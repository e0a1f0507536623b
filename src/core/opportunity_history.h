/*
 * opportunity_history.h
 *		What one deal was at every moment: a set of (time, stage, amount,
 *		close date).
 *
 * The encoded form is what is stored, sent and compared: a dictionary of the
 * stages in their order, then the rows, sorted.  While an aggregate collects,
 * the same datum has another form, the state: native integers, room to grow,
 * rows and stages as they came.  The first byte tells the two apart.  Only
 * exact duplicates are dropped, so pieces of one deal merge in any order.
 */
#ifndef CRM_OPPORTUNITY_HISTORY_H
#define CRM_OPPORTUNITY_HISTORY_H

#include "error.h"
#include "json.h"
#include "stage.h"

#define CRM_DEAL_FORMAT 1
#define CRM_DEAL_STATE_FORMAT 0x81

#define CRM_DEAL_MAX_STAGES 255
#define CRM_DEAL_MAX_ROWS (UINT32_C(1) << 20)

/* A state may hold repeats; at twice the limit they are looked for. */
#define CRM_DEAL_STATE_MAX_ROWS (2 * CRM_DEAL_MAX_ROWS)

/* Format, zero, count of stages, count of rows. */
#define CRM_DEAL_HEADER_SIZE 8

/* Time, stage, flags, amount, close date. */
#define CRM_DEAL_ROW_SIZE 22

/*
 * The deal from "at" on.  An absent amount or date is zero, so that equal
 * rows are equal in every member.
 */
typedef struct CrmDealRow
{
	int64_t		at;				/* datetime.h */
	int64_t		amount;			/* money.h, never negative */
	int32_t		close_date;
	uint8_t		stage;			/* position in the dictionary */
	bool		has_amount;
	bool		has_date;
	uint8_t		zero;
} CrmDealRow;

/* A checked view of an encoded history. */
typedef struct CrmDealHistory
{
	uint32_t	n_rows;
	uint32_t	n_stages;
	const uint8_t *stages;
	const uint8_t *rows;
	const void *data;
	size_t		size;
} CrmDealHistory;

/* The state; the dictionary follows the room for rows. */
typedef struct CrmDealState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		zero;
	uint16_t	n_stages;
	uint32_t	n_rows;
	uint32_t	row_room;
	uint32_t	stage_bytes;	/* used of the dictionary */
	uint32_t	stage_room;
	CrmDealRow	rows[];
} CrmDealState;

typedef enum CrmDealAdd
{
	CRM_DEAL_ADDED,
	CRM_DEAL_FULL,				/* move to a larger state and try again */
	CRM_DEAL_TOO_MANY			/* beyond the maxima of a state */
} CrmDealAdd;

/* Time, then stage, then amount, then date; what is absent comes first. */
extern int	crm_deal_row_compare(const CrmDealRow *a, const CrmDealRow *b);

extern bool crm_deal_decode(const void *data, size_t size, CrmDealHistory *h,
							CrmError *error);
extern CrmDealRow crm_deal_row(const CrmDealHistory *h, uint32_t i);
extern CrmStage crm_deal_stage(const CrmDealHistory *h, uint32_t code);

/* How many rows are not after t: the last of them is the deal at t. */
extern uint32_t crm_deal_rows_until(const CrmDealHistory *h, int64_t t);

/* The state.  Sizes are of the whole struct, with its rows and dictionary. */
extern size_t crm_deal_state_size(uint32_t row_room, uint32_t stage_room);
extern void crm_deal_state_init(CrmDealState *s, uint32_t row_room,
								uint32_t stage_room);
extern void crm_deal_state_move(const CrmDealState *from, CrmDealState *to);
extern CrmDealAdd crm_deal_state_add(CrmDealState *s, CrmStage stage,
									 CrmDealRow row);
extern CrmStage crm_deal_state_stage(const CrmDealState *s, uint32_t code);

/*
 * The encoded form of a state: sorted stages, then the caller sorts a copy of
 * the rows (recoded by code[]) and drops duplicates, then encodes.
 */
extern void crm_deal_state_stages(const CrmDealState *s, CrmStage *stages,
								  uint8_t *code);
extern uint32_t crm_deal_unique(CrmDealRow *rows, uint32_t n);
extern void crm_deal_encode(const CrmStage *stages, uint32_t n_stages,
							const CrmDealRow *rows, uint32_t n_rows,
							CrmWriter *w);

/*
 * JSON text: an array of {"at", "stage", "amount", "close_date"}, the last two
 * only where known.  parse_row reads the rest of an object whose brace was
 * taken; strings are unescaped into scratch (as long as the text).
 */
extern void crm_deal_print_row(const CrmDealHistory *h, uint32_t i,
							   CrmJsonWriter *w);
extern bool crm_deal_parse_row(CrmJsonReader *r, char *scratch,
							   CrmDealRow *row, CrmStage *stage,
							   CrmError *error);

/* When the deal's present visit to its stage began, looking at n rows > 0. */
extern int64_t crm_deal_stage_since(const CrmDealHistory *h, uint32_t n);

/* How often an open deal's close date moved later in rows [from, until). */
extern int32_t crm_deal_pushes(const CrmDealHistory *h, uint32_t from,
							   uint32_t until);

/*
 * Days from the first known close date in rows [from, until) to the last; the
 * row before "from" counts as known.  False where there is none.
 */
extern bool crm_deal_days_pushed(const CrmDealHistory *h, uint32_t from,
								 uint32_t until, int64_t *days);

/* What happened to a deal in one row. */
typedef enum CrmDealChangeKind
{
	CRM_DEAL_CREATED,
	CRM_DEAL_FORWARD,
	CRM_DEAL_BACK,
	CRM_DEAL_RELABELLED,		/* another stage of the same rank */
	CRM_DEAL_WON,
	CRM_DEAL_LOST,
	CRM_DEAL_REOPENED,
	CRM_DEAL_INCREASED,
	CRM_DEAL_DECREASED,
	CRM_DEAL_PUSHED,
	CRM_DEAL_PULLED_IN,
	CRM_DEAL_DATE_SET,			/* from none, or to none */
	CRM_DEAL_AMOUNT_SET
} CrmDealChangeKind;

#define CRM_DEAL_MAX_CHANGES 3

/* The changes of row i against the one before; returns how many. */
extern int	crm_deal_changes(const CrmDealHistory *h, uint32_t i,
							 CrmDealChangeKind *kinds);
extern const char *crm_deal_change_name(CrmDealChangeKind kind);

#endif
