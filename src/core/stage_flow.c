/*
 * stage_flow.c
 *		How stages follow each other: bytes, text, and the state that counts.
 *
 * check_flow is the one rule for what a flow may hold; binary input, text
 * input and the finished state all end there.
 */
#include "stage_flow.h"

#include <math.h>

#include "datetime.h"

/* Slots of a pair's cells: a bucket, or half of the sum of its times. */
#define SLOT_SUM_LOW 4094
#define SLOT_SUM_HIGH 4095

#define FIRST_STAGES 8
#define FIRST_CELLS 64

typedef struct FlowStage
{
	uint16_t	rank;
	uint8_t		label_len;
	char		label[CRM_LABEL_MAX_BYTES];
	uint8_t		zero[6];		/* to whole words */
} FlowStage;

static bool
damaged(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, "The value is damaged.", NULL);
}

static bool
too_many_rows(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_RANGE,
					"A stage_flow counts at most 9223372036854775807 rows.",
					NULL);
}

static bool
too_many_stages(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_LIMIT,
					"A stage_flow has at most 128 different stages.",
					"Build one flow for each pipeline.");
}

/*
 * A pause behind a pair, where its buckets or its number complete another
 * 65536: a pair has some thousand buckets at most.
 */
static void
pause_after(const CrmFlow *flow, const CrmFlowPair *p)
{
	uint32_t	before = p->first % CRM_PAUSE_EVERY;

	if (before + p->n_buckets >= CRM_PAUSE_EVERY && flow->pause != NULL)
		flow->pause();
}

/*----------
 * The rule
 *----------
 */

static bool
check_basis(CrmFlowBasis basis, CrmError *error)
{
	switch (basis.kind)
	{
		case CRM_FLOW_COUNTS:
		case CRM_FLOW_JOURNEYS:
			return basis.parameter == 0 || damaged(error);
		case CRM_FLOW_STEPS:
			return basis.parameter > 0 ||
				crm_fail(error, CRM_ERROR_VALUE,
						 "A step must be longer than nothing.", NULL);
		case CRM_FLOW_AS_OF:
			return crm_time_valid(basis.parameter) || damaged(error);
	}
	return crm_fail(error, CRM_ERROR_SYNTAX, "The kind is not known.", NULL);
}

/*
 * The sum must be one that the buckets allow: no duration is further from its
 * bucket's representative than 1 % and a microsecond.
 */
static bool
check_times(const CrmFlow *flow, const CrmFlowPair *pair, CrmError *error)
{
	double		middle = 0;
	double		slack = 0;
	uint64_t	n = 0;

	for (uint32_t i = 0; i < pair->n_buckets; i++)
	{
		const CrmBucket *b = &flow->buckets[pair->first + i];
		double		d;

		if (b->bucket < 0 || b->bucket > CRM_BUCKET_MAX || b->count == 0 ||
			b->count > pair->n - n || (i > 0 && b->bucket <= b[-1].bucket))
			return damaged(error);
		n += b->count;
		d = (double) crm_bucket_duration(b->bucket);
		middle += (double) b->count * d;
		slack += (double) b->count * (b->bucket < 128 ? 0 : d / 100 + 1);
	}
	if (n != pair->n || pair->time.hi < 0 ||
		fabs(crm_int128_double(pair->time) - middle) >
		slack + middle * 1e-12)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A sum of times does not fit its buckets.", NULL);
	return true;
}

static bool
check_pair(const CrmFlow *flow, const CrmFlowPair *pair, CrmError *error)
{
	bool		timed = crm_flow_timed(flow->basis);

	if (pair->from >= flow->n_stages || pair->n == 0 ||
		(pair->to >= flow->n_stages && pair->to != CRM_FLOW_OPEN))
		return damaged(error);
	if (!timed && pair->to == CRM_FLOW_OPEN)
		return crm_fail(error, CRM_ERROR_VALUE,
						"Counted moves have no visits that are still open.",
						NULL);
	if (timed && pair->to == pair->from)
		return crm_fail(error, CRM_ERROR_VALUE,
						"In journeys no stage follows itself.", NULL);
	if (pair->to == CRM_FLOW_OPEN &&
		!crm_stage_is_open(flow->stages[pair->from]))
		return crm_fail(error, CRM_ERROR_VALUE,
						"A visit to a won or lost stage is not open.", NULL);
	if (timed)
		return check_times(flow, pair, error);
	return pair->n_buckets == 0 && pair->time.hi == 0 && pair->time.lo == 0 ?
		true : damaged(error);
}

static bool
check_flow(const CrmFlow *flow, bool ordered, CrmError *error)
{
	uint64_t	total = 0;

	if (!check_basis(flow->basis, error))
		return false;
	if (flow->n_stages > CRM_FLOW_MAX_STAGES)
		return too_many_stages(error);
	if (flow->ignored > CRM_FLOW_MAX_TOTAL)
		return too_many_rows(error);
	for (uint32_t i = 1; ordered && i < flow->n_stages; i++)
	{
		if (crm_stage_compare(flow->stages[i - 1], flow->stages[i]) >= 0)
			return damaged(error);
	}
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];

		pause_after(flow, p);
		if (ordered && i > 0 &&
			(p->from << 8 | p->to) <= (p[-1].from << 8 | p[-1].to))
			return damaged(error);
		if (!check_pair(flow, p, error))
			return false;
		if (p->n > CRM_FLOW_MAX_TOTAL - total)
			return too_many_rows(error);
		total += p->n;
	}
	return true;
}

/*----------
 * Bytes
 *----------
 */

static void
get_header(CrmReader *r, CrmFlow *flow)
{
	flow->basis.kind = (CrmFlowKind) crm_get_u8(r);
	flow->n_stages = crm_get_u16(r);
	flow->n_pairs = crm_get_u32(r);
	flow->n_buckets = crm_get_u32(r);
	flow->basis.parameter = crm_get_i64(r);
	flow->ignored = crm_get_u64(r);
}

bool
crm_flow_decode_sizes(const void *data, size_t size, CrmFlow *flow,
					  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);

	if (!r.failed && format != CRM_FLOW_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	get_header(&r, flow);
	if (!r.failed && flow->n_stages > CRM_FLOW_MAX_STAGES)
		return too_many_stages(error);
	/* a pair has at least ten bytes, as has a bucket */
	if (r.failed || flow->n_pairs > CRM_FLOW_MAX_PAIRS ||
		flow->n_pairs > (size - r.at) / 10 ||
		flow->n_buckets > (size - r.at) / 10)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	return true;
}

static bool
get_stage(CrmReader *r, CrmStage *stage, CrmError *error)
{
	stage->rank = crm_get_u16(r);
	stage->label_len = crm_get_u8(r);
	stage->label = (const char *) crm_get_bytes(r, stage->label_len);
	if (r->failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (stage->rank < 1 || stage->rank > CRM_STAGE_LOST)
		return crm_fail(error, CRM_ERROR_RANGE,
						"The position of an open stage must be between 1 and 999.",
						NULL);
	return crm_label_check(stage->label, stage->label_len, error);
}

static bool
get_pair(CrmReader *r, CrmFlow *flow, CrmFlowPair *pair, uint32_t *n_buckets)
{
	memset(pair, 0, sizeof *pair);
	pair->from = crm_get_u8(r);
	pair->to = crm_get_u8(r);
	pair->first = *n_buckets;
	if (!crm_flow_timed(flow->basis))
	{
		pair->n = crm_get_u64(r);
		return !r->failed;
	}
	pair->time.hi = crm_get_i64(r);
	pair->time.lo = crm_get_u64(r);
	pair->n_buckets = crm_get_u16(r);
	if (r->failed || pair->n_buckets > flow->n_buckets - *n_buckets)
		return false;
	for (uint32_t i = 0; i < pair->n_buckets; i++)
	{
		CrmBucket  *b = &flow->buckets[(*n_buckets)++];

		b->bucket = crm_get_u16(r);
		b->count = crm_get_u64(r);
		/* the sum is checked later: here it must only not wrap around */
		if (b->count > CRM_FLOW_MAX_TOTAL - pair->n)
			return false;
		pair->n += b->count;
	}
	return !r->failed;
}

bool
crm_flow_decode(const void *data, size_t size, bool ordered, CrmFlow *flow,
				CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint32_t	n_buckets = 0;

	crm_get_u8(&r);
	get_header(&r, flow);
	if (!check_basis(flow->basis, error))
		return false;
	for (uint32_t i = 0; i < flow->n_stages; i++)
	{
		if (!get_stage(&r, &flow->stages[i], error))
			return false;
	}
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		if (!get_pair(&r, flow, &flow->pairs[i], &n_buckets))
			return damaged(error);
		pause_after(flow, &flow->pairs[i]);
	}
	if (!crm_reader_done(&r) || n_buckets != flow->n_buckets)
		return damaged(error);
	return check_flow(flow, ordered, error);
}

void
crm_flow_encode(const CrmFlow *flow, CrmWriter *w)
{
	crm_put_u8(w, CRM_FLOW_FORMAT);
	crm_put_u8(w, (uint8_t) flow->basis.kind);
	crm_put_u16(w, (uint16_t) flow->n_stages);
	crm_put_u32(w, flow->n_pairs);
	crm_put_u32(w, flow->n_buckets);
	crm_put_i64(w, flow->basis.parameter);
	crm_put_u64(w, flow->ignored);
	for (uint32_t i = 0; i < flow->n_stages; i++)
	{
		crm_put_u16(w, flow->stages[i].rank);
		crm_put_u8(w, flow->stages[i].label_len);
		crm_put_bytes(w, flow->stages[i].label, flow->stages[i].label_len);
	}
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];

		crm_put_u8(w, p->from);
		crm_put_u8(w, p->to);
		if (!crm_flow_timed(flow->basis))
		{
			crm_put_u64(w, p->n);
			continue;
		}
		crm_put_i64(w, p->time.hi);
		crm_put_u64(w, p->time.lo);
		crm_put_u16(w, p->n_buckets);
		for (uint32_t k = 0; k < p->n_buckets; k++)
		{
			crm_put_u16(w, (uint16_t) flow->buckets[p->first + k].bucket);
			crm_put_u64(w, flow->buckets[p->first + k].count);
		}
		pause_after(flow, p);
	}
}

/*----------
 * The state
 *----------
 */

static FlowStage *
state_stages(const CrmFlowState *s)
{
	return (FlowStage *) s->data;
}

static CrmFlowCell *
state_cells(const CrmFlowState *s)
{
	return (CrmFlowCell *) (state_stages(s) + s->stage_room);
}

static uint32_t
cell_key(uint32_t from, uint32_t to, uint32_t slot)
{
	return 1 + ((from << 8 | to) << 12 | slot);
}

bool
crm_flow_room(CrmFlowRoom least, CrmFlowRoom *room, CrmError *error)
{
	uint32_t	cells = FIRST_CELLS;
	uint32_t	stages = FIRST_STAGES;

	if (least.stages > CRM_FLOW_MAX_STAGES)
		return too_many_stages(error);
	while (stages < least.stages)
		stages *= 2;
	while (cells - cells / 4 < least.cells)
	{
		if (cells >= CRM_FLOW_MAX_ROOM)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"A stage_flow is at most 512 MB large.", NULL);
		cells *= 2;
	}
	room->stages = stages;
	room->cells = cells;
	return true;
}

size_t
crm_flow_state_size(CrmFlowRoom room)
{
	return sizeof(CrmFlowState) + room.stages * sizeof(FlowStage) +
		(size_t) room.cells * sizeof(CrmFlowCell);
}

void
crm_flow_state_init(CrmFlowState *s, CrmFlowRoom room, CrmFlowBasis basis)
{
	int32_t		varlena = s->varlena;

	memset(s, 0, crm_flow_state_size(room));
	s->varlena = varlena;

	s->format = CRM_FLOW_STATE_FORMAT;
	s->kind = (uint8_t) basis.kind;
	s->stage_room = (uint8_t) room.stages;
	s->cell_room = room.cells;
	s->parameter = basis.parameter;
}

bool
crm_flow_state_sound(const CrmFlowState *s, size_t size)
{
	CrmFlowRoom room;

	if (size < sizeof(CrmFlowState) || s->format != CRM_FLOW_STATE_FORMAT ||
		s->stage_room > CRM_FLOW_MAX_STAGES ||
		s->cell_room > CRM_FLOW_MAX_ROOM || s->cell_room < FIRST_CELLS ||
		(s->cell_room & (s->cell_room - 1)) != 0)
		return false;
	room.stages = s->stage_room;
	room.cells = s->cell_room;
	return size == crm_flow_state_size(room) &&
		s->n_stages <= s->stage_room &&
		s->n_cells <= s->cell_room - s->cell_room / 4;
}

bool
crm_flow_state_fits(const CrmFlowState *s, CrmFlowRoom more)
{
	return more.stages <= (uint32_t) (s->stage_room - s->n_stages) &&
		more.cells <= s->cell_room - s->cell_room / 4 - s->n_cells;
}

/*
 * Stages may be asked for that turn out not to be new, so that asking for
 * more than the limit is no error while there is any room.
 */
bool
crm_flow_state_grown(const CrmFlowState *s, CrmFlowRoom more,
					 CrmFlowRoom *room, CrmError *error)
{
	CrmFlowRoom least;
	uint32_t	stages = s->n_stages + more.stages;

	least.stages = stages > CRM_FLOW_MAX_STAGES ? CRM_FLOW_MAX_STAGES : stages;
	if (more.cells > CRM_FLOW_MAX_ROOM)
		more.cells = CRM_FLOW_MAX_ROOM;
	least.cells = s->n_cells + more.cells;
	if (least.stages < s->stage_room)
		least.stages = s->stage_room;
	return crm_flow_room(least, room, error);
}

static CrmFlowCell *
find_cell(CrmFlowState *s, uint32_t key)
{
	CrmFlowCell *cells = state_cells(s);
	uint32_t	mask = s->cell_room - 1;
	uint32_t	i = key * UINT32_C(0x9E3779B1);

	for (i = (i ^ i >> 15) & mask; cells[i].key != key; i = (i + 1) & mask)
	{
		if (cells[i].key == 0)
		{
			cells[i].key = key;
			s->n_cells++;
			break;
		}
	}
	return &cells[i];
}

void
crm_flow_state_move(const CrmFlowState *from, CrmFlowState *to, CrmPause pause)
{
	const CrmFlowCell *cells = state_cells(from);

	memcpy(state_stages(to), state_stages(from),
		   from->n_stages * sizeof(FlowStage));
	to->n_stages = from->n_stages;
	to->ignored = from->ignored;
	to->total = from->total;
	for (uint32_t i = 0; i < from->cell_room; i++)
	{
		if (cells[i].key != 0)
			find_cell(to, cells[i].key)->value = cells[i].value;
		crm_pause_at(pause, i);
	}
}

/* CRM_FLOW_MAX_STAGES when there is no room left. */
uint32_t
crm_flow_state_stage(CrmFlowState *s, CrmStage stage)
{
	FlowStage  *stages = state_stages(s);
	uint32_t	i = 0;

	for (; i < s->n_stages; i++)
	{
		if (stages[i].rank == stage.rank &&
			stages[i].label_len == stage.label_len &&
			memcmp(stages[i].label, stage.label, stage.label_len) == 0)
			return i;
	}
	if (i >= s->stage_room)
		return CRM_FLOW_MAX_STAGES;
	stages[i].rank = stage.rank;
	stages[i].label_len = stage.label_len;
	memcpy(stages[i].label, stage.label, stage.label_len);
	s->n_stages++;
	return i;
}

void
crm_flow_state_put(CrmFlowState *s, uint32_t from, uint32_t to,
				   uint32_t bucket, uint64_t n)
{
	find_cell(s, cell_key(from, to, bucket))->value += n;
}

void
crm_flow_state_put_time(CrmFlowState *s, uint32_t from, uint32_t to,
						CrmInt128 time)
{
	CrmFlowCell *low = find_cell(s, cell_key(from, to, SLOT_SUM_LOW));
	CrmFlowCell *high = find_cell(s, cell_key(from, to, SLOT_SUM_HIGH));
	CrmInt128	sum = {(int64_t) high->value, low->value};

	crm_int128_add(&sum, time);
	low->value = sum.lo;
	high->value = (uint64_t) sum.hi;
}

static bool
count(CrmFlowState *s, uint64_t n)
{
	if (n > CRM_FLOW_MAX_TOTAL - s->total)
		return false;
	s->total += n;
	return true;
}

bool
crm_flow_state_add(CrmFlowState *s, uint32_t from, uint32_t to, uint64_t n,
				   int64_t duration)
{
	if (!count(s, n))
		return false;
	if (n == 0)
		return true;
	crm_flow_state_put(s, from, to, (uint32_t) crm_duration_bucket(duration),
					   n);
	if (crm_flow_timed(crm_flow_state_basis(s)))
		crm_flow_state_put_time(s, from, to, crm_int128(duration));
	return true;
}

CrmFlowRoom
crm_flow_needs(const CrmFlow *flow)
{
	CrmFlowRoom room = {flow->n_stages, flow->n_buckets + 2 * flow->n_pairs};

	return room;
}

bool
crm_flow_state_merge(CrmFlowState *s, const CrmFlow *flow)
{
	uint32_t	map[CRM_FLOW_MAX_STAGES + 1];

	if (flow->ignored > CRM_FLOW_MAX_TOTAL - s->ignored)
		return false;
	s->ignored += flow->ignored;
	for (uint32_t i = 0; i < flow->n_stages; i++)
		map[i] = crm_flow_state_stage(s, flow->stages[i]);
	map[CRM_FLOW_OPEN] = CRM_FLOW_OPEN;
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];
		uint32_t	from = map[p->from];
		uint32_t	to = map[p->to];

		if (!count(s, p->n))
			return false;
		if (!crm_flow_timed(flow->basis))
		{
			crm_flow_state_put(s, from, to, 0, p->n);
			continue;
		}
		for (uint32_t k = 0; k < p->n_buckets; k++)
		{
			const CrmBucket *b = &flow->buckets[p->first + k];

			crm_flow_state_put(s, from, to, (uint32_t) b->bucket, b->count);
		}
		crm_flow_state_put_time(s, from, to, p->time);
		pause_after(flow, p);
	}
	return true;
}

CrmMove
crm_flow_move(const CrmJourney *j, CrmFlowBasis basis, uint32_t i,
			  const CrmVisit *visit)
{
	bool		as_of = basis.kind == CRM_FLOW_AS_OF;
	int64_t		end = as_of ? basis.parameter :
	crm_journey_at(j, j->n_events - 1);
	CrmMove		move = {CRM_MOVE_LATER, 0, 0};

	if (visit->entered_at > end)
		return move;
	move.kind = CRM_MOVE_OPEN;
	if (!visit->open && visit->exited_at <= end)
	{
		move.kind = CRM_MOVE_ENDED;
		move.to = crm_journey_code(j, i);
		end = visit->exited_at;
	}
	else if (!crm_stage_is_open(crm_journey_stage(j, visit->code)))
		move.kind = CRM_MOVE_CLOSED;
	move.duration = crm_time_between(end, visit->entered_at);
	return move;
}

/* The stages in order; map: from the state's index to that of the flow. */
static bool
order_stages(const CrmFlowState *s, CrmFlow *flow, uint8_t *map,
			 CrmError *error)
{
	const FlowStage *stages = state_stages(s);
	uint8_t		order[CRM_FLOW_MAX_STAGES];

	for (uint32_t i = 0; i < s->n_stages; i++)
	{
		CrmStage	stage = {stages[i].rank, stages[i].label_len,
		stages[i].label};
		uint32_t	k = i;

		if (stage.rank < 1 || stage.rank > CRM_STAGE_LOST ||
			!crm_label_check(stage.label, stage.label_len, error))
			return damaged(error);
		for (; k > 0 && crm_stage_compare(flow->stages[k - 1], stage) > 0; k--)
		{
			flow->stages[k] = flow->stages[k - 1];
			order[k] = order[k - 1];
		}
		flow->stages[k] = stage;
		order[k] = (uint8_t) i;
	}
	for (uint32_t i = 0; i < s->n_stages; i++)
		map[order[i]] = (uint8_t) i;
	return true;
}

/* By key: three passes of nine bits over the 27 that a key may have. */
static CrmFlowCell *
sort_cells(CrmFlowCell *cells, CrmFlowCell *other, uint32_t n,
		   CrmPause pause)
{
	for (int shift = 0; shift < 27; shift += 9)
	{
		uint32_t	start[513] = {0};
		CrmFlowCell *swap = cells;

		for (uint32_t i = 0; i < n; i++)
		{
			start[(cells[i].key >> shift & 511) + 1]++;
			crm_pause_at(pause, i);
		}
		for (int i = 0; i < 512; i++)
			start[i + 1] += start[i];
		for (uint32_t i = 0; i < n; i++)
		{
			other[start[cells[i].key >> shift & 511]++] = cells[i];
			crm_pause_at(pause, i);
		}
		cells = other;
		other = swap;
	}
	return cells;
}

/* Pairs and buckets out of sorted cells, whose keys here count from 0. */
static void
gather_pairs(CrmFlow *flow, const CrmFlowCell *cells, uint32_t n)
{
	bool		timed = crm_flow_timed(flow->basis);
	CrmFlowPair *pair = NULL;

	flow->n_pairs = 0;
	flow->n_buckets = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	slot = cells[i].key & 4095;

		crm_pause_at(flow->pause, i);
		if (pair == NULL || cells[i].key >> 12 != cells[i - 1].key >> 12)
		{
			pair = &flow->pairs[flow->n_pairs++];
			memset(pair, 0, sizeof *pair);
			pair->from = (uint8_t) (cells[i].key >> 20);
			pair->to = (uint8_t) (cells[i].key >> 12);
			pair->first = flow->n_buckets;
		}
		if (slot == SLOT_SUM_LOW)
			pair->time.lo = cells[i].value;
		else if (slot == SLOT_SUM_HIGH)
			pair->time.hi = (int64_t) cells[i].value;
		else
		{
			pair->n += cells[i].value;
			if (!timed && slot == 0)
				continue;
			flow->buckets[flow->n_buckets].bucket = (int32_t) slot;
			flow->buckets[flow->n_buckets++].count = cells[i].value;
			pair->n_buckets++;
		}
	}
}

bool
crm_flow_from_state(const CrmFlowState *s, CrmFlow *flow, CrmFlowCell *work,
					CrmError *error)
{
	const CrmFlowCell *cells = state_cells(s);
	uint8_t		map[CRM_FLOW_MAX_STAGES + 1];
	uint32_t	n = 0;

	flow->basis = crm_flow_state_basis(s);
	flow->ignored = s->ignored;
	flow->n_stages = s->n_stages;
	map[CRM_FLOW_OPEN] = CRM_FLOW_OPEN;
	if (!order_stages(s, flow, map, error))
		return false;
	for (uint32_t i = 0; i < s->cell_room; i++)
	{
		uint32_t	key = cells[i].key - 1;
		uint32_t	from = key >> 20;
		uint32_t	to = key >> 12 & 255;

		crm_pause_at(flow->pause, i);
		if (cells[i].key == 0)
			continue;
		if (from >= s->n_stages || (to >= s->n_stages && to != CRM_FLOW_OPEN)
			|| n >= s->n_cells)
			return damaged(error);
		work[n].key = ((uint32_t) map[from] << 8 | map[to]) << 12 |
			(key & 4095);
		work[n].zero = 0;
		work[n++].value = cells[i].value;
	}
	gather_pairs(flow, sort_cells(work, work + n, n, flow->pause), n);
	return check_flow(flow, true, error);
}

/*----------
 * Reading
 *----------
 */

double
crm_flow_ended(const CrmFlow *flow, const CrmFlowPair *pair)
{
	double		n = 0;

	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		if (flow->pairs[i].from == pair->from &&
			flow->pairs[i].to != CRM_FLOW_OPEN)
			n += (double) flow->pairs[i].n;
	}
	return n;
}

const char *
crm_flow_direction(CrmStage from, CrmStage to)
{
	int			c = crm_stage_compare(from, to);

	if (c == 0)
		return "stay";
	if (to.rank == CRM_STAGE_LOST)
		return "lost";
	if (!crm_stage_is_open(from))
		return "reopen";
	if (c > 0)
		return "back";
	return crm_stage_is_open(to) && to.rank > from.rank + 1 ? "skip" :
		"forward";
}

CrmFlowFound
crm_flow_find(const CrmFlow *flow, const char *label, size_t label_len,
			  uint32_t *stage)
{
	bool		found = false;

	for (uint32_t i = 0; i < flow->n_stages; i++)
	{
		const CrmStage *s = &flow->stages[i];

		if (s->label_len != label_len ||
			memcmp(s->label, label, label_len) != 0)
			continue;
		if (!found)
			*stage = i;
		else if (crm_stage_is_open(*s))
			return CRM_FLOW_AMBIGUOUS;
		found = true;
	}
	return found ? CRM_FLOW_FOUND : CRM_FLOW_UNKNOWN;
}
