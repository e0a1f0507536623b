/*
 * funnel.c
 *		What a set of deals did in a funnel: counts, money and times by step.
 *
 * See funnel.h for the two forms.  The cells of the encoded form come in
 * groups, one for each kind and step, in the order of crm_cell_key: the
 * number of cells, then of each the distance to the value before (of the
 * first the value itself, zigzag) and its count less one, all as varints.
 */
#include "funnel.h"

#include <math.h>

#include "datetime.h"
#include "proportion.h"
#include "sort.h"

/*----------
 * Varints: seven bits a byte, least first, no needless byte.
 *----------
 */

static void
put_varint(CrmWriter *w, uint64_t v)
{
	for (; v >= 128; v >>= 7)
		crm_put_u8(w, (uint8_t) (v | 128));
	crm_put_u8(w, (uint8_t) v);
}

static uint64_t
get_varint(CrmReader *r)
{
	uint64_t	v = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8_t		b = crm_get_u8(r);

		if (shift == 63 && b > 1)
			break;
		v |= (uint64_t) (b & 127) << shift;
		if (b < 128)
		{
			if (b == 0 && shift > 0)
				break;
			return v;
		}
	}
	r->failed = true;
	return 0;
}

static uint64_t
zigzag(int64_t v)
{
	return (uint64_t) v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t
unzigzag(uint64_t v)
{
	return (int64_t) (v >> 1 ^ ((v & 1) != 0 ? UINT64_MAX : 0));
}

static CrmInt128
get_int128(CrmReader *r)
{
	CrmInt128	v;

	v.hi = crm_get_i64(r);
	v.lo = crm_get_u64(r);
	return v;
}

static void
put_int128(CrmWriter *w, CrmInt128 v)
{
	crm_put_i64(w, v.hi);
	crm_put_u64(w, v.lo);
}

/*----------
 * Groups of cells
 *----------
 */

/* The group after this one, in the order of keys; false after the last. */
static bool
next_group(CrmCellKind *kind, int *step, int n_steps, bool has_days)
{
	if (++*step <= n_steps)
		return true;
	if (*kind == CRM_CELL_DAY || !has_days)
		return false;
	*kind = CRM_CELL_DAY;
	*step = 0;
	return true;
}

CrmCellCursor
crm_funnel_cells(const CrmFunnel *f)
{
	CrmCellCursor c;

	c.r = crm_reader(f->cells, f->cells_size);
	c.n_steps = f->n_steps;
	c.has_days = f->has_days;
	c.kind = CRM_CELL_TIME;
	c.step = 1;
	c.left = 0;
	c.first = true;
	c.value = 0;
	return c;
}

bool
crm_funnel_next_cell(CrmCellCursor *c, CrmCell *cell)
{
	uint64_t	distance;

	while (c->left == 0)
	{
		if (!next_group(&c->kind, &c->step, c->n_steps, c->has_days))
			return false;
		c->left = get_varint(&c->r);
		c->first = true;
	}
	distance = get_varint(&c->r);
	if (c->first)
		c->value = unzigzag(distance);
	else
		c->value = (int64_t) ((uint64_t) c->value + distance + 1);
	cell->count = get_varint(&c->r) + 1;
	cell->key = crm_cell_key(c->kind, c->step, c->value);
	c->first = false;
	c->left--;
	return !c->r.failed;
}

static bool
cell_value_valid(CrmCellKind kind, int64_t value)
{
	if (kind == CRM_CELL_TIME)
		return value >= -CRM_BUCKET_MAX && value <= CRM_BUCKET_MAX;
	/* days of a timestamp: a date may be later */
	return value >= CRM_TIME_MIN / CRM_USECS_PER_DAY &&
		value < CRM_TIME_END / CRM_USECS_PER_DAY;
}

/* What a group must sum up to. */
static uint64_t
group_total(const CrmFunnel *f, CrmCellKind kind, int step)
{
	if (kind == CRM_CELL_TIME)
		return f->step[step].timed;
	return step == 0 ? f->counts.entries : f->step[step].entered;
}

static bool
check_cells(const CrmFunnel *f)
{
	CrmReader	r = crm_reader(f->cells, f->cells_size);
	CrmCellKind kind = CRM_CELL_TIME;
	uint64_t	n_cells = 0;

	for (int step = 1; next_group(&kind, &step, f->n_steps, f->has_days);)
	{
		uint64_t	n = get_varint(&r);
		uint64_t	left = group_total(f, kind, step);
		int64_t		value = 0;

		for (uint64_t i = 0; i < n; i++)
		{
			uint64_t	distance = get_varint(&r);
			uint64_t	less_one = get_varint(&r);

			if (r.failed || less_one >= left)
				return false;
			left -= less_one + 1;
			if (i == 0)
				value = unzigzag(distance);
			else if (distance > INT32_MAX)
				return false;
			else
				value += (int64_t) distance + 1;
			if (!cell_value_valid(kind, value))
				return false;
		}
		if (r.failed || left != 0)
			return false;
		n_cells += n;
	}
	return crm_reader_done(&r) && n_cells == f->n_cells;
}

static bool
check_step(const CrmFunnel *f, const CrmFunnelStep *step)
{
	return step->entered <= f->counts.entries &&
		step->priced <= step->entered && step->timed <= step->entered &&
		(step->priced > 0 || (step->amount.hi == 0 && step->amount.lo == 0)) &&
		(step->timed > 0 || (step->time.hi == 0 && step->time.lo == 0));
}

bool
crm_funnel_decode(const void *data, size_t size, CrmFunnel *f,
				  CrmFunnelDefinition *definition, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	bool		good = true;

	f->definition_size = crm_get_u32(&r);
	if (r.failed || format != CRM_FUNNEL_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	f->definition = crm_get_bytes(&r, f->definition_size);
	if (f->definition == NULL)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (!crm_funnel_definition_decode(f->definition, f->definition_size,
									  definition, error))
		return false;
	f->n_steps = definition->n_steps;
	f->has_days = definition->within != CRM_NO_LIMIT;
	f->counts.deals = crm_get_u64(&r);
	f->counts.entries = crm_get_u64(&r);
	f->counts.ignored = crm_get_u64(&r);
	f->counts.unknown = crm_get_u64(&r);
	for (int k = 1; k <= f->n_steps; k++)
	{
		CrmFunnelStep *step = &f->step[k];

		step->entered = crm_get_u64(&r);
		step->priced = crm_get_u64(&r);
		step->timed = crm_get_u64(&r);
		step->amount = get_int128(&r);
		step->time = get_int128(&r);
		good = good && check_step(f, step);
	}
	f->n_cells = crm_get_u32(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	f->cells = r.data + r.at;
	f->cells_size = r.size - r.at;
	if (!good || f->counts.deals > INT64_MAX ||
		f->counts.entries > INT64_MAX || f->counts.ignored > INT64_MAX ||
		f->counts.unknown > INT64_MAX || !check_cells(f))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The counts do not fit each other.", NULL);
	return true;
}

/*----------
 * The state
 *----------
 */

static CrmFunnelStep *
state_steps(const CrmFunnelState *s)
{
	return (CrmFunnelStep *) s->data;
}

static CrmCell *
state_cells(const CrmFunnelState *s)
{
	return (CrmCell *) (state_steps(s) + s->n_steps + 1);
}

const void *
crm_funnel_state_definition(const CrmFunnelState *s)
{
	return state_cells(s) + s->cell_room;
}

size_t
crm_funnel_state_size(size_t definition_size, int n_steps, uint32_t cell_room)
{
	return offsetof(CrmFunnelState, data) +
		(size_t) (n_steps + 1) * sizeof(CrmFunnelStep) +
		(size_t) cell_room * sizeof(CrmCell) + definition_size;
}

void
crm_funnel_state_init(CrmFunnelState *s, const void *definition,
					  size_t definition_size, int n_steps, bool has_days,
					  uint32_t cell_room)
{
	int32_t		varlena = s->varlena;

	memset(s, 0, crm_funnel_state_size(0, n_steps, cell_room));
	s->varlena = varlena;
	s->format = CRM_FUNNEL_STATE_FORMAT;
	s->n_steps = (uint8_t) n_steps;
	s->has_days = has_days;
	s->definition_size = (uint32_t) definition_size;
	s->cell_room = cell_room;
	memcpy(state_cells(s) + cell_room, definition, definition_size);
}

uint32_t
crm_funnel_room(uint64_t n_cells)
{
	uint32_t	room = 64;

	if (n_cells > CRM_FUNNEL_MAX_CELLS)
		return 0;
	while (room - room / 4 < n_cells)
		room *= 2;
	return room;
}

/*
 * The cell of this key, new ones with a count of 0; there is room.  Cells of
 * one value stand side by side, since an entry counts its day at every step.
 */
static inline CrmCell *
find_cell(CrmFunnelState *s, CrmCell *cells, uint64_t key)
{
	uint32_t	mask = s->cell_room - 1;
	uint32_t	step = (uint32_t) crm_cell_step(key);
	uint32_t	side = step & (s->n_steps < 4 ? 3 : 7);
	uint64_t	hash = (key - ((uint64_t) side << 48)) *
	UINT64_C(0x9E3779B97F4A7C15);
	uint32_t	i = (uint32_t) (hash >> 32) * (s->n_steps < 4 ? 4 : 8) + side;

	/* an odd stride comes to every cell */
	for (i &= mask; cells[i].key != key;
		 i = (i + ((uint32_t) (hash >> 24) | 1)) & mask)
		if (cells[i].key == 0)
		{
			cells[i].key = key;
			s->n_cells++;
			break;
		}
	return &cells[i];
}

/* `to` is initialised for the same definition, with enough room */
void
crm_funnel_state_move(const CrmFunnelState *from, CrmFunnelState *to)
{
	const CrmCell *cells = state_cells(from);

	to->counts = from->counts;
	memcpy(state_steps(to), state_steps(from),
		   (from->n_steps + 1) * sizeof(CrmFunnelStep));
	for (uint32_t i = 0; i < from->cell_room; i++)
		if (cells[i].key != 0)
			find_cell(to, state_cells(to), cells[i].key)->count =
				cells[i].count;
}

/* Days since 2000-01-01 of a time, rounded down. */
static int64_t
day_of(int64_t at)
{
	int64_t		day = at / CRM_USECS_PER_DAY;

	return day - (at < day * CRM_USECS_PER_DAY ? 1 : 0);
}

bool
crm_funnel_state_add(CrmFunnelState *s, const CrmMatch *match, int64_t amount)
{
	CrmFunnelStep *steps = state_steps(s);
	CrmCell    *cells = state_cells(s);
	int64_t		day = s->has_days ? day_of(match->start) : 0;

	s->counts.entries++;
	if (s->has_days)
		find_cell(s, cells, crm_cell_key(CRM_CELL_DAY, 0, day))->count++;
	for (int k = 1; k <= s->n_steps && match->entered >> (k - 1) != 0; k++)
	{
		int64_t		time;

		if ((match->entered & CRM_STEP_BIT(k)) == 0)
			continue;
		steps[k].entered++;
		if (amount != CRM_NO_AMOUNT)
		{
			steps[k].priced++;
			crm_int128_add(&steps[k].amount, crm_int128(amount));
		}
		if (crm_match_step_time(match, k, &time))
		{
			if (!crm_time_fits(time))
				return false;
			steps[k].timed++;
			crm_int128_add(&steps[k].time, crm_int128(time));
			find_cell(s, cells, crm_cell_key(CRM_CELL_TIME, k,
											 crm_duration_bucket(time)))->count++;
		}
		if (s->has_days)
			find_cell(s, cells, crm_cell_key(CRM_CELL_DAY, k, day))->count++;
	}
	return true;
}

static bool
add_counts(CrmFunnelCounts *to, const CrmFunnelCounts *from)
{
	to->deals += from->deals;
	to->entries += from->entries;
	to->ignored += from->ignored;
	to->unknown += from->unknown;
	return to->deals <= INT64_MAX && to->entries <= INT64_MAX &&
		to->ignored <= INT64_MAX && to->unknown <= INT64_MAX;
}

static bool
add_steps(CrmFunnelState *s, const CrmFunnelStep *from)
{
	CrmFunnelStep *to = state_steps(s);
	bool		fits = true;

	for (int k = 1; k <= s->n_steps; k++)
	{
		to[k].entered += from[k].entered;
		to[k].priced += from[k].priced;
		to[k].timed += from[k].timed;
		fits = crm_int128_add(&to[k].amount, from[k].amount) && fits;
		fits = crm_int128_add(&to[k].time, from[k].time) && fits;
	}
	return fits;
}

bool
crm_funnel_state_merge(CrmFunnelState *s, const CrmFunnel *f)
{
	CrmCellCursor c = crm_funnel_cells(f);
	CrmCell		cell;

	if (!add_steps(s, f->step))
		return false;
	while (crm_funnel_next_cell(&c, &cell))
		find_cell(s, state_cells(s), cell.key)->count += cell.count;
	return add_counts(&s->counts, &f->counts);
}

bool
crm_funnel_state_combine(CrmFunnelState *s, const CrmFunnelState *other)
{
	const CrmCell *cells = state_cells(other);

	if (!add_steps(s, state_steps(other)))
		return false;
	for (uint32_t i = 0; i < other->cell_room; i++)
		if (cells[i].key != 0)
			find_cell(s, state_cells(s), cells[i].key)->count +=
				cells[i].count;
	return add_counts(&s->counts, &other->counts);
}

/*----------
 * Encoding a state
 *----------
 */

static inline bool
cell_less(const void *data, size_t i, size_t j)
{
	const CrmCell *cells = data;

	return cells[i].key < cells[j].key;
}

static inline void
cell_swap(void *data, size_t i, size_t j)
{
	CrmCell    *cells = data;
	CrmCell		cell = cells[i];

	cells[i] = cells[j];
	cells[j] = cell;
}

static void
put_group(CrmWriter *w, const CrmCell *cells, size_t n)
{
	put_varint(w, n);
	for (size_t i = 0; i < n; i++)
	{
		int64_t		value = crm_cell_value(cells[i].key);

		if (i == 0)
			put_varint(w, zigzag(value));
		else
			put_varint(w, (uint64_t) (value -
									  crm_cell_value(cells[i - 1].key) - 1));
		put_varint(w, cells[i].count - 1);
	}
}

void
crm_funnel_put(CrmWriter *w, const CrmFunnelParts *f)
{
	CrmCellKind kind = CRM_CELL_TIME;
	size_t		at = 0;

	crm_put_u8(w, CRM_FUNNEL_FORMAT);
	crm_put_u32(w, (uint32_t) f->definition_size);
	crm_put_bytes(w, f->definition, f->definition_size);
	crm_put_u64(w, f->counts.deals);
	crm_put_u64(w, f->counts.entries);
	crm_put_u64(w, f->counts.ignored);
	crm_put_u64(w, f->counts.unknown);
	for (int k = 1; k <= f->n_steps; k++)
	{
		const CrmFunnelStep *step = &f->steps[k];

		crm_put_u64(w, step->entered);
		crm_put_u64(w, step->priced);
		crm_put_u64(w, step->timed);
		put_int128(w, step->amount);
		put_int128(w, step->time);
	}
	crm_put_u32(w, (uint32_t) f->n_cells);
	for (int step = 1; next_group(&kind, &step, f->n_steps, f->has_days);)
	{
		size_t		n = 0;

		while (at + n < f->n_cells &&
			   crm_cell_kind(f->cells[at + n].key) == kind &&
			   crm_cell_step(f->cells[at + n].key) == step)
			n++;
		put_group(w, f->cells + at, n);
		at += n;
	}
}

static CrmFunnelParts
parts_of(const CrmFunnelState *s, const CrmCell *cells)
{
	CrmFunnelParts f;

	f.definition = crm_funnel_state_definition(s);
	f.definition_size = s->definition_size;
	f.counts = s->counts;
	f.n_steps = s->n_steps;
	f.has_days = s->has_days;
	f.steps = state_steps(s);
	f.cells = cells;
	f.n_cells = s->n_cells;
	return f;
}

/* Sorts the cells out of the table; returns the encoded size. */
size_t
crm_funnel_prepare(const CrmFunnelState *s, CrmCell *cells)
{
	const CrmCell *table = state_cells(s);
	CrmWriter	w = crm_writer(NULL, 0);
	CrmFunnelParts f;
	size_t		n = 0;

	for (uint32_t i = 0; i < s->cell_room; i++)
		if (table[i].key != 0)
			cells[n++] = table[i];
	crm_sort(cells, n, cell_less, cell_swap);
	f = parts_of(s, cells);
	crm_funnel_put(&w, &f);
	return w.at;
}

void
crm_funnel_encode(const CrmFunnelState *s, const CrmCell *cells, void *data,
				  size_t size)
{
	CrmWriter	w = crm_writer(data, size);
	CrmFunnelParts f = parts_of(s, cells);

	crm_funnel_put(&w, &f);
}

/*----------
 * Journeys as events
 *----------
 */

/* Position of a code in ties: stages outside the pipeline come last. */
static inline int32_t
tie_position(int32_t code)
{
	return code == 0 ? INT32_MAX : code;
}

void
crm_funnel_codes(const CrmFunnelDefinition *d, const uint8_t *stages,
				 uint32_t n_stages, uint16_t *codes)
{
	for (uint32_t i = 0; i < n_stages; i++)
	{
		CrmStage	stage = crm_stage_next(&stages);

		codes[i] = (uint16_t) crm_funnel_stage(d, stage.label,
											   stage.label_len);
	}
}

/* The amount of the last event that has one, as the funnel orders them. */
typedef struct LastAmount
{
	int64_t		at;
	int32_t		position;		/* -1: none yet */
	int64_t		amount;
} LastAmount;

static void
note_amount(LastAmount *last, int64_t at, int32_t position, int64_t amount)
{
	if (amount == CRM_NO_AMOUNT ||
		(last->position >= 0 &&
		 (at < last->at ||
		  (at == last->at && (position < last->position ||
							  (position == last->position &&
							   amount <= last->amount))))))
		return;
	last->at = at;
	last->position = position;
	last->amount = amount;
}

/* Puts an event behind n others; only ties may be out of order. */
static inline size_t
put_event(CrmEvent *events, size_t n, int64_t at, int32_t code)
{
	size_t		k = n;

	if (n > 0 && events[n - 1].at == at)
	{
		while (k > 0 && events[k - 1].at == at &&
			   tie_position(events[k - 1].code) > tie_position(code))
			k--;
		if (code != 0 && k > 0 && events[k - 1].at == at &&
			events[k - 1].code == code)
			return n;
		memmove(events + k + 1, events + k, (n - k) * sizeof(CrmEvent));
	}
	events[k].at = at;
	events[k].code = code;
	events[k].reserved = 0;
	return n + 1;
}

int64_t
crm_funnel_events(const CrmJourney *j, const uint16_t *codes,
				  CrmEvent *events, size_t *n_events, uint64_t *unknown,
				  CrmPause pause)
{
	LastAmount	last = {0, -1, CRM_NO_AMOUNT};
	size_t		n = 0;

	for (uint32_t i = 0; i < j->n_events; i++)
	{
		int64_t		at = crm_journey_at(j, i);
		uint32_t	own = crm_journey_code(j, i);
		int32_t		code = codes[own];

		crm_pause_at(pause, i);
		if (j->has_amounts)
			note_amount(&last, at, tie_position(code),
						crm_journey_amount(j, i));
		/* the same stage at the same time, with another amount */
		if (i > 0 && at == crm_journey_at(j, i - 1) &&
			own == crm_journey_code(j, i - 1))
			continue;
		*unknown += code == 0;
		n = put_event(events, n, at, code);
	}
	*n_events = n;
	return last.amount;
}

int64_t
crm_funnel_state_events(const CrmJourneyState *s, const uint16_t *codes,
						CrmEvent *events, size_t *n_events, uint64_t *unknown,
						CrmPause pause)
{
	LastAmount	last = {0, -1, CRM_NO_AMOUNT};
	const int64_t *amounts;
	const CrmEvent *from = crm_journey_state_events(s, &amounts);
	size_t		n = 0;

	for (uint32_t i = 0; i < s->n_events; i++)
	{
		int64_t		at = from[i].at;
		int32_t		code = codes[from[i].code];

		crm_pause_at(pause, i);
		if (amounts != NULL)
			note_amount(&last, at, tie_position(code), amounts[i]);
		if (i > 0 && at == from[i - 1].at && from[i].code == from[i - 1].code)
			continue;
		*unknown += code == 0;
		n = put_event(events, n, at, code);
	}
	*n_events = n;
	return last.amount;
}

/*----------
 * Reading
 *----------
 */

size_t
crm_funnel_buckets(const CrmFunnel *f, int step, CrmBucket *buckets)
{
	CrmCellCursor c = crm_funnel_cells(f);
	CrmCell		cell;
	size_t		n = 0;

	while (crm_funnel_next_cell(&c, &cell))
	{
		if (crm_cell_kind(cell.key) != CRM_CELL_TIME ||
			crm_cell_step(cell.key) > step)
			break;
		if (crm_cell_step(cell.key) != step)
			continue;
		buckets[n].bucket = (int32_t) crm_cell_value(cell.key);
		buckets[n++].count = cell.count;
	}
	return n;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? NAN : (double) part / (double) whole;
}

void
crm_funnel_conversion(const CrmFunnel *f, int step, CrmBucket *buckets,
					  CrmConversion *row)
{
	uint64_t	entered = f->step[step].entered;
	uint64_t	before = step > 1 ? f->step[step - 1].entered : 0;
	size_t		n = crm_funnel_buckets(f, step, buckets);

	row->entered = entered;
	row->dropped = step < f->n_steps ?
		(int64_t) entered - (int64_t) f->step[step + 1].entered : 0;
	row->step_conversion = share(entered, before);
	row->conversion = share(entered, f->step[1].entered);
	row->low = row->high = NAN;
	/* where steps have no order, more may enter here than before */
	if (before > 0 && entered <= before)
	{
		CrmProportion p;
		CrmError	error;

		if (crm_proportion_make((int64_t) entered, (int64_t) before, &p,
								&error))
			crm_proportion_limits(&p, 0.95, &row->low, &row->high);
	}
	row->median = n > 0 ? crm_bucket_quantile(buckets, n, 0.5) : NAN;
	row->p90 = n > 0 ? crm_bucket_quantile(buckets, n, 0.9) : NAN;
}

bool
crm_funnel_day_open(const CrmFunnelDefinition *d, int64_t day, int64_t as_of)
{
	int64_t		last = day * CRM_USECS_PER_DAY + (CRM_USECS_PER_DAY - 1);

	return last > as_of || crm_time_since(as_of, last) < (uint64_t) d->within;
}

uint64_t
crm_funnel_immature(const CrmFunnel *f, const CrmFunnelDefinition *d,
					int64_t as_of)
{
	CrmCellCursor c = crm_funnel_cells(f);
	CrmCell		cell;
	uint64_t	n = 0;

	while (crm_funnel_next_cell(&c, &cell))
	{
		if (crm_cell_kind(cell.key) != CRM_CELL_DAY)
			continue;
		if (crm_cell_step(cell.key) > 0)
			break;
		if (crm_funnel_day_open(d, crm_cell_value(cell.key), as_of))
			n += cell.count;
	}
	return n;
}
