/*
 * funnel.h
 *		What a set of deals did in a funnel: counts, money and times by step.
 *
 * The encoded form is stored, sent and compared.  While an aggregate
 * collects, the datum has the form of a state: native integers, and a hash
 * table of cells with room to grow.  The first byte tells the two apart.
 * Everything is an integer, so the encoded form does not depend on the order
 * in which deals came or pieces were merged.
 *
 * A cell counts: of a step, the deals whose time from the step before falls
 * into a bucket; of a step, the entries that began on a day (UTC) and came to
 * the step, step 0 being the entry itself.  Days are kept where the funnel
 * has a window: they tell later whose window was still open.
 */
#ifndef CRM_FUNNEL_H
#define CRM_FUNNEL_H

#include "duration.h"
#include "funnel_definition.h"
#include "journey.h"
#include "matching.h"

#define CRM_FUNNEL_FORMAT 1
#define CRM_FUNNEL_STATE_FORMAT 0x81

/* Most cells of a value: 64 steps of all buckets, and years of days. */
#define CRM_FUNNEL_MAX_CELLS (UINT32_C(1) << 22)

typedef struct CrmFunnelStep
{
	uint64_t	entered;
	uint64_t	priced;			/* entered with a known amount */
	uint64_t	timed;			/* with a time from the step before */
	CrmInt128	amount;			/* ten-thousandths */
	CrmInt128	time;			/* microseconds */
} CrmFunnelStep;

typedef struct CrmFunnelCounts
{
	uint64_t	deals;			/* with at least one event */
	uint64_t	entries;		/* that entered the funnel */
	uint64_t	ignored;		/* rows with a NULL */
	uint64_t	unknown;		/* events of stages outside the pipeline */
} CrmFunnelCounts;

typedef enum CrmCellKind
{
	CRM_CELL_TIME = 1,			/* value: bucket */
	CRM_CELL_DAY = 2			/* value: days since 2000-01-01 */
} CrmCellKind;

typedef struct CrmCell
{
	uint64_t	key;			/* kind, step, value; 0: empty */
	uint64_t	count;
} CrmCell;

#define CRM_CELL_ZERO (INT64_C(1) << 40)

static inline uint64_t
crm_cell_key(CrmCellKind kind, int step, int64_t value)
{
	return (uint64_t) kind << 60 | (uint64_t) step << 48 |
		(uint64_t) (value + CRM_CELL_ZERO);
}

static inline CrmCellKind
crm_cell_kind(uint64_t key)
{
	return (CrmCellKind) (key >> 60);
}

static inline int
crm_cell_step(uint64_t key)
{
	return (int) (key >> 48 & 0xfff);
}

static inline int64_t
crm_cell_value(uint64_t key)
{
	return (int64_t) (key & ((UINT64_C(1) << 48) - 1)) - CRM_CELL_ZERO;
}

/* A checked view of an encoded funnel. */
typedef struct CrmFunnel
{
	CrmFunnelCounts counts;
	int			n_steps;
	bool		has_days;
	uint32_t	n_cells;
	const void *definition;
	size_t		definition_size;
	const uint8_t *cells;
	size_t		cells_size;
	CrmFunnelStep step[CRM_FUNNEL_MAX_STEPS + 1];	/* [0] is unused */
} CrmFunnel;

/* Walks over the cells in the order of their keys. */
typedef struct CrmCellCursor
{
	CrmReader	r;
	int			n_steps;
	bool		has_days;
	CrmCellKind kind;
	int			step;
	uint64_t	left;			/* cells of this kind and step still to come */
	bool		first;
	int64_t		value;
} CrmCellCursor;

extern CrmCellCursor crm_funnel_cells(const CrmFunnel *f);
extern bool crm_funnel_next_cell(CrmCellCursor *c, CrmCell *cell);

/* *definition is filled in too. */
extern bool crm_funnel_decode(const void *data, size_t size, CrmFunnel *f,
							  CrmFunnelDefinition *definition,
							  CrmError *error);

typedef struct CrmFunnelState
{
	int32_t		varlena;		/* PostgreSQL's length word, the glue's */
	uint8_t		format;
	uint8_t		n_steps;
	uint8_t		has_days;
	uint8_t		reserved;
	uint32_t	definition_size;
	uint32_t	n_cells;
	uint32_t	cell_room;		/* a power of two */
	uint32_t	reserved2;
	CrmFunnelCounts counts;
	uint64_t	data[];			/* steps, cells, definition */
} CrmFunnelState;

extern size_t crm_funnel_state_size(size_t definition_size, int n_steps,
									uint32_t cell_room);
extern void crm_funnel_state_init(CrmFunnelState *s, const void *definition,
								  size_t definition_size, int n_steps,
								  bool has_days, uint32_t cell_room);
extern const void *crm_funnel_state_definition(const CrmFunnelState *s);

/* Is there room for this many cells more? */
static inline bool
crm_funnel_state_fits(const CrmFunnelState *s, uint64_t more)
{
	return s->n_cells + more <= s->cell_room - s->cell_room / 4;
}

/* Most cells that one entry can add. */
#define CRM_FUNNEL_ENTRY_CELLS(n_steps) (2 * (uint32_t) (n_steps) + 1)

/* Room that takes so many cells; 0 beyond the limit. */
extern uint32_t crm_funnel_room(uint64_t n_cells);
extern void crm_funnel_state_move(const CrmFunnelState *from,
								  CrmFunnelState *to);

/*
 * One entry; the caller has made room.  False where a time between two steps
 * is beyond int64.
 */
extern bool crm_funnel_state_add(CrmFunnelState *s, const CrmMatch *match,
								 int64_t amount);

/* All of another funnel of the same definition; false on overflow. */
extern bool crm_funnel_state_merge(CrmFunnelState *s, const CrmFunnel *f);
extern bool crm_funnel_state_combine(CrmFunnelState *s,
									 const CrmFunnelState *other);

/* What an encoded form is written from; cells ascend by key. */
typedef struct CrmFunnelParts
{
	const void *definition;
	size_t		definition_size;
	CrmFunnelCounts counts;
	int			n_steps;
	bool		has_days;
	const CrmFunnelStep *steps;
	const CrmCell *cells;
	size_t		n_cells;
} CrmFunnelParts;

extern void crm_funnel_put(CrmWriter *w, const CrmFunnelParts *f);

/* The encoded form; cells has room for all cells of the state. */
extern size_t crm_funnel_prepare(const CrmFunnelState *s, CrmCell *cells);
extern void crm_funnel_encode(const CrmFunnelState *s, const CrmCell *cells,
							  void *data, size_t size);

/* The codes of a dictionary's stages. */
extern void crm_funnel_codes(const CrmFunnelDefinition *d,
							 const uint8_t *stages, uint32_t n_stages,
							 uint16_t *codes);

/*
 * A journey as the events of a funnel, of which there are at most as many;
 * codes are those of its dictionary.  Returns the amount last known.
 */
extern int64_t crm_funnel_events(const CrmJourney *j, const uint16_t *codes,
								 CrmEvent *events, size_t *n_events,
								 uint64_t *unknown, CrmPause pause);

/* The same for a state whose events are sorted. */
extern int64_t crm_funnel_state_events(const CrmJourneyState *s,
									   const uint16_t *codes,
									   CrmEvent *events, size_t *n_events,
									   uint64_t *unknown, CrmPause pause);

/* A row of conversion(funnel); rates that do not exist are NaN. */
typedef struct CrmConversion
{
	uint64_t	entered;
	int64_t		dropped;		/* where there is a next step */
	double		step_conversion;
	double		conversion;
	double		low;
	double		high;
	double		median;			/* microseconds */
	double		p90;
} CrmConversion;

/* Buckets of one step; `buckets` has room for n_cells of the funnel. */
extern size_t crm_funnel_buckets(const CrmFunnel *f, int step,
								 CrmBucket *buckets);
extern void crm_funnel_conversion(const CrmFunnel *f, int step,
								  CrmBucket *buckets, CrmConversion *row);

/* Is the window of an entry on this day open at as_of, or that of any moment
 * of the day?  The definition has a window. */
extern bool crm_funnel_day_open(const CrmFunnelDefinition *d, int64_t day,
								int64_t as_of);

/* Entries that began so late that their window is open at as_of: all those
 * of a day one of whose moments is less than the window before as_of. */
extern uint64_t crm_funnel_immature(const CrmFunnel *f,
									const CrmFunnelDefinition *d,
									int64_t as_of);

/* A funnel with its decoded definition, for the printer. */
typedef struct CrmFunnelText
{
	const CrmFunnel *funnel;
	const CrmFunnelDefinition *definition;
} CrmFunnelText;

extern void crm_funnel_print(CrmJsonWriter *w, const void *text);

/*
 * Reads the text form into parts whose definition is not yet encoded.  `text`
 * has as many bytes as the JSON text, steps CRM_FUNNEL_MAX_STEPS + 1
 * elements, cells one for each CRM_FUNNEL_CELL_TEXT bytes of it.  What the
 * parts say is checked by decoding their encoded form.
 */
#define CRM_FUNNEL_CELL_TEXT 4
extern bool crm_funnel_parse(CrmJsonReader *r, char *text,
							 CrmFunnelDefinition *d, CrmFunnelParts *f,
							 CrmFunnelStep *steps, CrmCell *cells,
							 CrmError *error);

#endif
