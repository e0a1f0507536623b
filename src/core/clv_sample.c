/*
 * clv_sample.c
 *		Customers as counted patterns: the hash table, order, bytes.
 *
 * crm_clv_sample_check is the one rule: what is read from text or bytes and
 * the finished state all end there.
 */
#include "clv_sample.h"

#include <math.h>

#include "datetime.h"

/*----------
 * The state
 *----------
 */

uint32_t
crm_clv_room(size_t patterns)
{
	uint32_t	room = CRM_CLV_FIRST_ROOM;

	if (patterns > CRM_CLV_MAX_PATTERNS)
		return 0;
	while (room - room / 4 < patterns)
		room *= 2;
	return room;
}

void
crm_clv_state_init(CrmClvState *s, uint32_t room, CrmClvKind kind)
{
	int32_t		varlena = s->varlena;

	memset(s, 0, crm_clv_state_size(room));
	s->varlena = varlena;
	s->format = CRM_CLV_STATE_FORMAT;
	s->kind = (uint8_t) kind;
	s->room = room;
}

bool
crm_clv_state_sound(const CrmClvState *s, size_t size)
{
	return size >= sizeof(CrmClvState) && s->format == CRM_CLV_STATE_FORMAT &&
		s->kind < CRM_CLV_KINDS && s->has_until <= 1 &&
		s->room >= CRM_CLV_FIRST_ROOM && s->room <= CRM_CLV_MAX_ROOM &&
		(s->room & (s->room - 1)) == 0 && size == crm_clv_state_size(s->room)
		&& s->used <= s->room - s->room / 4;
}

static uint32_t
slot_of(const CrmClvPattern *p)
{
	uint64_t	first;
	uint64_t	second;
	uint64_t	h;

	memcpy(&first, &p->first, sizeof first);
	memcpy(&second, &p->second, sizeof second);
	h = (first ^ p->frequency) * UINT64_C(0x9E3779B97F4A7C15);
	h = (h ^ h >> 32 ^ second) * UINT64_C(0xD6E8FEB86659FD93);
	return (uint32_t) (h >> 32 ^ h >> 17);
}

CrmClvAdded
crm_clv_state_put(CrmClvState *s, const CrmClvPattern *pattern)
{
	uint32_t	mask = s->room - 1;
	uint32_t	i = slot_of(pattern) & mask;

	if (pattern->weight > INT64_MAX - s->customers)
		return CRM_CLV_TOO_MANY;
	s->customers += pattern->weight;
	while (s->slots[i].weight != 0)
	{
		CrmClvPattern *slot = &s->slots[i];

		if (slot->first == pattern->first && slot->second == pattern->second &&
			slot->frequency == pattern->frequency)
		{
			slot->weight += pattern->weight;
			return CRM_CLV_ADDED;
		}
		i = (i + 1) & mask;
	}
	s->slots[i] = *pattern;
	s->used++;
	return CRM_CLV_ADDED;
}

void
crm_clv_state_move(const CrmClvState *from, CrmClvState *to, CrmPause pause)
{
	to->has_until = from->has_until;
	to->until = from->until;
	to->unit = from->unit;
	to->started = from->started;
	to->left_out = from->left_out;
	for (uint32_t i = 0; i < from->room; i++)
	{
		if (from->slots[i].weight != 0)
			(void) crm_clv_state_put(to, &from->slots[i]);
		crm_pause_at(pause, i);
	}
}

CrmClvAdded
crm_clv_state_meet(CrmClvState *s, int64_t unit, bool has_until,
				   int32_t until)
{
	if (s->started && s->unit != unit)
		return CRM_CLV_OTHER_UNIT;
	s->started = 1;
	s->unit = unit;
	if (has_until && (!s->has_until || until > s->until))
	{
		s->has_until = 1;
		s->until = until;
	}
	return CRM_CLV_ADDED;
}

CrmClvAdded
crm_clv_state_add(CrmClvState *s, const CrmClvCustomer *c, int64_t weight)
{
	CrmClvPattern p = {c->age, c->recency, weight, (uint32_t) c->frequency, 0};

	if (s->kind == CRM_CLV_GAMMA_GAMMA)
	{
		if (c->frequency == 0)
			return CRM_CLV_ADDED;
		if (!(c->money > 0))
		{
			if (weight > INT64_MAX - s->left_out)
				return CRM_CLV_TOO_MANY;
			s->left_out += weight;
			return CRM_CLV_ADDED;
		}
		p.first = 0;
		p.second = c->money;
	}
	return weight == 0 ? CRM_CLV_ADDED : crm_clv_state_put(s, &p);
}

/* Merges neighbouring runs of so many patterns. */
static void
merge_pass(const CrmClvPattern *from, CrmClvPattern *to, size_t n,
		   size_t width, CrmPause pause)
{
	for (size_t start = 0; start < n;)
	{
		size_t		middle = n - start < width ? n : start + width;
		size_t		end = n - middle < width ? n : middle + width;
		size_t		left = start;
		size_t		right = middle;

		for (size_t i = start; i < end; i++)
		{
			bool		take_left = left < middle &&
			(right >= end ||
			 crm_clv_pattern_compare(&from[left], &from[right]) < 0);

			to[i] = take_left ? from[left++] : from[right++];
			crm_pause_at(pause, i);
		}
		start = end;
	}
}

/* Sorts n patterns; returns where they are, a or b. */
static CrmClvPattern *
sort_patterns(CrmClvPattern *a, CrmClvPattern *b, size_t n, CrmPause pause)
{
	for (size_t width = 1; width < n; width *= 2)
	{
		CrmClvPattern *swap = a;

		merge_pass(a, b, n, width, pause);
		a = b;
		b = swap;
	}
	return a;
}

CrmClvSample
crm_clv_state_sample(const CrmClvState *s, CrmClvPattern *work, CrmPause pause)
{
	CrmClvSample sample = {(CrmClvKind) s->kind, s->has_until != 0, s->until,
	s->unit, s->left_out, work, 0};

	for (uint32_t i = 0; i < s->room && sample.n < s->used; i++)
	{
		if (s->slots[i].weight != 0)
			work[sample.n++] = s->slots[i];
		crm_pause_at(pause, i);
	}
	sample.patterns = sort_patterns(work, work + sample.n, sample.n, pause);
	return sample;
}

/*----------
 * The rule, and bytes
 *----------
 */

static bool
damaged(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, "The value is damaged.", NULL);
}

static bool
check_pattern(CrmClvKind kind, const CrmClvPattern *p, CrmError *error)
{
	CrmClvCustomer c = {p->frequency, p->second, p->first, 0};

	if (p->weight <= 0 || p->frequency > INT32_MAX || !isfinite(p->first) ||
		!isfinite(p->second) || signbit(p->first) || signbit(p->second))
		return damaged(error);
	if (kind == CRM_CLV_GAMMA_GAMMA)
		return (p->frequency > 0 && p->first == 0 && p->second > 0) ||
			damaged(error);
	return (p->second <= p->first && (p->frequency > 0 || p->second == 0) &&
			crm_clv_customer_check(kind, &c, error)) || damaged(error);
}

bool
crm_clv_sample_check(const CrmClvSample *s, CrmError *error)
{
	int64_t		customers = 0;

	if (s->unit < 0 || s->left_out < 0 ||
		(s->has_until ? !crm_date_valid(s->until) : s->until != 0))
		return damaged(error);
	for (size_t i = 0; i < s->n; i++)
	{
		const CrmClvPattern *p = &s->patterns[i];

		if (!check_pattern(s->kind, p, error))
			return false;
		if ((i > 0 && crm_clv_pattern_compare(p - 1, p) >= 0) ||
			p->weight > INT64_MAX - customers)
			return damaged(error);
		customers += p->weight;
	}
	return true;
}

void
crm_clv_sample_encode(const CrmClvSample *s, CrmWriter *w, CrmPause pause)
{
	crm_put_u8(w, CRM_CLV_SAMPLE_FORMAT);
	crm_put_u8(w, (uint8_t) s->kind);
	crm_put_u8(w, s->has_until ? 1 : 0);
	crm_put_u8(w, 0);
	crm_put_u32(w, (uint32_t) s->until);
	crm_put_i64(w, s->unit);
	crm_put_i64(w, s->left_out);
	crm_put_u32(w, (uint32_t) s->n);
	for (size_t i = 0; i < s->n; i++)
	{
		crm_put_u32(w, s->patterns[i].frequency);
		crm_put_f64(w, s->patterns[i].first);
		crm_put_f64(w, s->patterns[i].second);
		crm_put_i64(w, s->patterns[i].weight);
		crm_pause_at(pause, i);
	}
}

bool
crm_clv_sample_decode(const void *data, size_t size, CrmClvPattern *patterns,
					  CrmClvSample *s, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmClvSample made;
	uint8_t		kind;
	uint8_t		has_until;

	memset(&made, 0, sizeof made);
	if (crm_get_u8(&r) != CRM_CLV_SAMPLE_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	kind = crm_get_u8(&r);
	has_until = crm_get_u8(&r);
	if (crm_get_u8(&r) != 0 || kind >= CRM_CLV_KINDS || has_until > 1)
		return damaged(error);
	made.kind = (CrmClvKind) kind;
	made.has_until = has_until == 1;
	made.until = (int32_t) crm_get_u32(&r);
	made.unit = crm_get_i64(&r);
	made.left_out = crm_get_i64(&r);
	made.n = crm_get_u32(&r);
	made.patterns = patterns;
	if (r.failed || made.n > CRM_CLV_MAX_PATTERNS ||
		size - r.at != made.n * (size_t) CRM_CLV_PATTERN_SIZE)
		return damaged(error);
	for (size_t i = 0; i < made.n; i++)
	{
		patterns[i].frequency = crm_get_u32(&r);
		patterns[i].first = crm_get_f64(&r);
		patterns[i].second = crm_get_f64(&r);
		patterns[i].weight = crm_get_i64(&r);
		patterns[i].zero = 0;
	}
	if (!crm_clv_sample_check(&made, error))
		return false;
	*s = made;
	return true;
}
