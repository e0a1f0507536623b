/*
 * purchase_history.c
 *		What one customer bought: state, bytes, text, and the pattern in it.
 *
 * Encoded: format, count (u32), first day (i32), then for each purchase the
 * days since the one before in groups of 7 bits (the first has none), the
 * number of bytes of its sum (0: not known), the sum in two's complement.
 * Each number has one encoding only, so equal histories have equal bytes.
 */
#include "purchase_history.h"

#include "datetime.h"
#include "money.h"

#define HINT "Write it as {\"purchases\":[[\"2026-03-01\",29.5],[\"2026-03-09\"]]}."

#define HEADER_SIZE 5

void
crm_purchases_state_init(CrmPurchaseState *s, uint32_t room)
{
	s->format = CRM_PURCHASES_STATE_FORMAT;
	memset(s->reserved, 0, sizeof s->reserved);
	s->n = 0;
	s->room = room;
}

/* The one sum whose negative does not fit has no text, so it is none. */
static bool
is_least(CrmInt128 v)
{
	return v.hi == INT64_MIN && v.lo == 0;
}

bool
crm_purchase_add(CrmPurchase *to, const CrmPurchase *p)
{
	CrmInt128	sum = to->sum;

	if (!crm_int128_add(&sum, p->sum) || is_least(sum))
		return false;
	to->sum = sum;
	to->priced |= p->priced;
	return true;
}

bool
crm_purchases_state_add(CrmPurchaseState *s, const CrmPurchase *p)
{
	if (s->n > 0 && s->days[s->n - 1].day == p->day)
		return crm_purchase_add(&s->days[s->n - 1], p);
	s->days[s->n++] = *p;
	return true;
}

static inline bool
earlier(const void *data, size_t i, size_t j)
{
	const CrmPurchase *days = data;

	return days[i].day < days[j].day;
}

static inline void
swap(void *data, size_t i, size_t j)
{
	CrmPurchase *days = data;
	CrmPurchase p = days[i];

	days[i] = days[j];
	days[j] = p;
}

bool
crm_purchases_state_tidy(CrmPurchaseState *s, CrmPause pause)
{
	uint32_t	n = 0;

	crm_sort_pausing(s->days, s->n, earlier, swap, pause);
	for (uint32_t i = 0; i < s->n; i++)
	{
		if (n == 0 || s->days[n - 1].day != s->days[i].day)
			s->days[n++] = s->days[i];
		else if (!crm_purchase_add(&s->days[n - 1], &s->days[i]))
			return false;
	}
	s->n = n;
	return true;
}

/*----------
 * The encoded form
 *----------
 */

static void
put_varint(CrmWriter *w, uint32_t v)
{
	while (v >= 0x80)
	{
		crm_put_u8(w, (uint8_t) (v | 0x80));
		v >>= 7;
	}
	crm_put_u8(w, (uint8_t) v);
}

/* Fails on more than 32 bits and on a last group that is empty. */
static uint32_t
get_varint(CrmReader *r)
{
	uint64_t	v = 0;

	for (int shift = 0; shift < 35; shift += 7)
	{
		uint8_t		b = crm_get_u8(r);

		v |= (uint64_t) (b & 0x7F) << shift;
		if (b < 0x80)
		{
			if ((b == 0 && shift > 0) || v > UINT32_MAX)
				break;
			return (uint32_t) v;
		}
	}
	r->failed = true;
	return 0;
}

/* Byte i of the sum, the least significant one first. */
static uint8_t
sum_byte(CrmInt128 v, int i)
{
	return (uint8_t) (i < 8 ? v.lo >> (8 * i) :
					  (uint64_t) v.hi >> (8 * (i - 8)));
}

static void
put_sum(CrmWriter *w, CrmInt128 v)
{
	uint8_t		fill = v.hi < 0 ? 0xFF : 0;
	int			n = 16;

	/* a byte that only repeats the sign below it is left out */
	while (n > 1 && sum_byte(v, n - 1) == fill &&
		   (sum_byte(v, n - 2) >> 7) == (fill & 1))
		n--;
	crm_put_u8(w, (uint8_t) n);
	for (int i = n; i-- > 0;)
		crm_put_u8(w, sum_byte(v, i));
}

/* n bytes; fails where fewer would do. */
static CrmInt128
get_sum(CrmReader *r, int n)
{
	const uint8_t *p = n <= 16 ? crm_get_bytes(r, (size_t) n) : NULL;
	CrmInt128	v = {0, 0};

	if (p == NULL ||
		(n > 1 && ((p[0] == 0 && p[1] < 0x80) ||
				   (p[0] == 0xFF && p[1] >= 0x80))))
	{
		r->failed = true;
		return v;
	}
	if (p[0] >= 0x80)
	{
		v.hi = -1;
		v.lo = UINT64_MAX;
	}
	for (int i = 0; i < n; i++)
	{
		v.hi = (int64_t) ((uint64_t) v.hi << 8 | v.lo >> 56);
		v.lo = v.lo << 8 | p[i];
	}
	r->failed = r->failed || is_least(v);
	return v;
}

void
crm_purchases_encode(const CrmPurchase *days, uint32_t n, CrmWriter *w)
{
	crm_put_u8(w, CRM_PURCHASES_FORMAT);
	crm_put_u32(w, n);
	for (uint32_t i = 0; i < n; i++)
	{
		if (i == 0)
			crm_put_u32(w, (uint32_t) days[i].day);
		else
			put_varint(w, (uint32_t) days[i].day - (uint32_t) days[i - 1].day);
		if (days[i].priced)
			put_sum(w, days[i].sum);
		else
			crm_put_u8(w, 0);
	}
}

static CrmPurchaseCursor
cursor(const void *data, size_t size, uint32_t n)
{
	CrmPurchaseCursor c = {crm_reader(data, size), n, 0};

	c.in.at = HEADER_SIZE;
	if (n > 0)
		c.day = (int32_t) crm_get_u32(&c.in);
	return c;
}

/* Leaves c->in failed where the bytes are not ours. */
static bool
next_purchase(CrmPurchaseCursor *c, bool first, CrmPurchase *p)
{
	int			n;

	if (c->left == 0)
		return false;
	c->left--;
	if (!first)
	{
		uint32_t	days = get_varint(&c->in);

		c->day += days;
		if (days == 0)
			c->in.failed = true;
	}
	n = crm_get_u8(&c->in);
	p->day = (int32_t) c->day;
	p->priced = n > 0;
	p->sum = crm_int128(0);
	if (n > 0)
		p->sum = get_sum(&c->in, n);
	return true;
}

bool
crm_purchases_decode(const void *data, size_t size, CrmPurchaseHistory *h,
					 CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	CrmPurchaseCursor c;
	CrmPurchase p = {0};

	h->n = crm_get_u32(&r);
	h->last_day = 0;
	h->data = data;
	h->size = size;
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_PURCHASES_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (h->n > CRM_PURCHASES_MAX_DAYS)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A purchase history has at most 1048576 days.", NULL);
	c = cursor(data, size, h->n);
	while (next_purchase(&c, c.left == h->n, &p))
	{
		if (c.in.failed)
			break;
		if (c.day < CRM_DATE_MIN || c.day >= CRM_DATE_END)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A date is out of range.", NULL);
	}
	if (!crm_reader_done(&c.in))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value is not in its shortest form.", NULL);
	h->last_day = p.day;
	return true;
}

CrmPurchaseCursor
crm_purchases_cursor(const CrmPurchaseHistory *h)
{
	CrmPurchaseCursor c = cursor(h->data, h->size, h->n);

	return c;
}

bool
crm_purchases_next(CrmPurchaseCursor *c, CrmPurchase *p)
{
	return next_purchase(c, c->in.at == HEADER_SIZE + 4, p);
}

/*----------
 * Reading
 *----------
 */

bool
crm_purchases_total(const CrmPurchaseHistory *h, int32_t as_of,
					CrmPurchaseTotals *t)
{
	CrmPurchaseCursor c = crm_purchases_cursor(h);
	CrmPurchase p;

	memset(t, 0, sizeof *t);
	while (crm_purchases_next(&c, &p) && p.day <= as_of)
	{
		if (t->n++ == 0)
			t->first_day = p.day;
		else
		{
			t->repeat_priced += (uint32_t) p.priced;
			if (!crm_int128_add(&t->repeat_sum, p.sum))
				return false;
		}
		t->last_day = p.day;
		t->priced += (uint32_t) p.priced;
		if (!crm_int128_add(&t->sum, p.sum))
			return false;
	}
	return true;
}

bool
crm_purchases_rfm(const CrmPurchaseHistory *h, int32_t as_of, int64_t unit,
				  CrmRfm *r, bool *none, CrmError *error)
{
	CrmPurchaseTotals t;
	double		day = (double) CRM_USECS_PER_DAY;
	CrmRfm		made;

	if (!crm_purchases_total(h, as_of, &t))
		return crm_fail(error, CRM_ERROR_RANGE,
						"The sum of the amounts is too large.", NULL);
	*none = t.n == 0;
	if (*none)
		return true;
	if (!crm_rfm_make((int32_t) (t.n - 1),
					  day * ((double) t.last_day - t.first_day) / (double) unit,
					  day * ((double) as_of - t.first_day) / (double) unit,
					  &made, error))
		return false;
	made.flags = CRM_RFM_HAS_UNTIL;
	made.until = as_of;
	made.unit = unit;
	made.priced = (int32_t) t.repeat_priced;
	made.spend = (int64_t) t.repeat_sum.lo;
	if (t.repeat_sum.hi != (made.spend < 0 ? -1 : 0) ||
		made.spend == INT64_MIN)
		return crm_fail(error, CRM_ERROR_RANGE,
						"The sum of the repeat purchases is at most 922337203685477.5807.",
						NULL);
	*r = made;
	return true;
}

/*----------
 * Text
 *----------
 */

void
crm_purchases_print(CrmJsonWriter *w, const void *history)
{
	CrmPurchaseCursor c = crm_purchases_cursor(history);
	CrmPurchase p;
	char		text[CRM_SUM_TEXT_SIZE + CRM_DATETIME_TEXT_SIZE];

	crm_json_open(w, '{');
	crm_json_key(w, "purchases");
	crm_json_open(w, '[');
	while (crm_purchases_next(&c, &p))
	{
		crm_json_open(w, '[');
		crm_json_put_string(w, text, crm_date_text(p.day, text));
		if (p.priced)
			crm_json_put_raw(w, text, crm_sum_text_short(p.sum, text));
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

static bool
refuse_text(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"A purchase history is a JSON object with a list of [day, amount] under \"purchases\".",
					HINT);
}

bool
crm_purchases_parse_begin(CrmJsonReader *r, CrmError *error)
{
	return (crm_json_next(r) == CRM_JSON_OBJECT &&
			crm_json_next(r) == CRM_JSON_KEY &&
			crm_json_is(r, "purchases") &&
			crm_json_next(r) == CRM_JSON_ARRAY) || refuse_text(error);
}

bool
crm_purchases_parse_next(CrmJsonReader *r, CrmPurchase *p, bool *done,
						 CrmError *error)
{
	CrmJsonToken t = crm_json_next(r);

	*done = t == CRM_JSON_ARRAY_END;
	if (*done)
		return (crm_json_next(r) == CRM_JSON_OBJECT_END &&
				crm_json_next(r) == CRM_JSON_END) || refuse_text(error);
	memset(p, 0, sizeof *p);
	if (t != CRM_JSON_ARRAY || crm_json_next(r) != CRM_JSON_STRING ||
		r->escaped)
		return refuse_text(error);
	if (!crm_date_parse(r->raw, r->raw_len, &p->day))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A day must be a date like 2026-03-01.", HINT);
	t = crm_json_next(r);
	if (t == CRM_JSON_NUMBER)
	{
		p->priced = 1;
		if (!crm_sum_parse(r->raw, r->raw_len, &p->sum))
			return crm_fail(error, CRM_ERROR_RANGE,
							"An amount has at most 4 decimals, no exponent and 38 digits.",
							NULL);
		t = crm_json_next(r);
	}
	return t == CRM_JSON_ARRAY_END || refuse_text(error);
}
