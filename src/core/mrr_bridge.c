/*
 * mrr_bridge.c
 *		How monthly recurring revenue came from one period to the next.
 */
#include "mrr_bridge.h"

#include "money.h"

static const char *const PART_NAMES[CRM_MRR_PARTS + 1] = {
	"start", "new", "expansion", "contraction", "churn", "reactivation",
	"end", "none"
};

const char *
crm_mrr_part_name(CrmMrrPart part)
{
	return PART_NAMES[part];
}

CrmMrrPart
crm_mrr_part_named(const char *name, size_t len)
{
	for (int i = 0; i < CRM_MRR_PARTS; i++)
		if (strlen(PART_NAMES[i]) == len &&
			memcmp(PART_NAMES[i], name, len) == 0)
			return (CrmMrrPart) i;
	return CRM_MRR_NONE;
}

CrmMrrPart
crm_mrr_movement(int64_t previous, int64_t current, bool ever_active)
{
	if (previous == current)
		return CRM_MRR_NONE;
	if (previous == 0)
		return ever_active ? CRM_MRR_REACTIVATION : CRM_MRR_NEW;
	if (current == 0)
		return CRM_MRR_CHURN;
	return current > previous ? CRM_MRR_EXPANSION : CRM_MRR_CONTRACTION;
}

void
crm_mrr_bridge_init(CrmMrrBridge *b)
{
	memset(b, 0, sizeof *b);
	b->format = CRM_MRR_BRIDGE_FORMAT;
}

static void
add_to_part(CrmMrrBridge *b, CrmMrrPart part, int64_t amount)
{
	b->part[part].customers++;
	crm_int128_add(&b->part[part].amount, crm_int128(amount));
}

bool
crm_mrr_bridge_add(CrmMrrBridge *b, int64_t previous, int64_t current,
				   bool ever_active)
{
	CrmMrrPart	part = crm_mrr_movement(previous, current, ever_active);

	for (int i = 0; i < CRM_MRR_PARTS; i++)
		if (b->part[i].customers == INT64_MAX)
			return false;
	if (previous > 0)
		add_to_part(b, CRM_MRR_START, previous);
	if (part != CRM_MRR_NONE)
		add_to_part(b, part, current > previous ? current - previous :
					previous - current);
	if (current > 0)
		add_to_part(b, CRM_MRR_END, current);
	return true;
}

bool
crm_mrr_bridge_merge(CrmMrrBridge *b, const CrmMrrBridge *other)
{
	for (int i = 0; i < CRM_MRR_PARTS; i++)
		if (b->part[i].customers > INT64_MAX - other->part[i].customers)
			return false;
	for (int i = 0; i < CRM_MRR_PARTS; i++)
	{
		b->part[i].customers += other->part[i].customers;
		crm_int128_add(&b->part[i].amount, other->part[i].amount);
	}
	return true;
}

CrmInt128
crm_mrr_bridge_sum(const CrmMrrBridge *b, const int8_t sign[CRM_MRR_PARTS])
{
	CrmInt128	sum = {0, 0};

	for (int i = 0; i < CRM_MRR_PARTS; i++)
	{
		CrmInt128	amount = b->part[i].amount;

		if (sign[i] < 0)
		{
			amount.lo = ~amount.lo + 1;
			amount.hi = (int64_t) (~(uint64_t) amount.hi + (amount.lo == 0));
		}
		if (sign[i] != 0)
			crm_int128_add(&sum, amount);
	}
	return sum;
}

/* Each customer adds more than 0 and less than 2^63. */
static bool
sum_possible(const CrmMrrSum *p)
{
	if (p->customers < 0)
		return false;
	if (p->customers == 0)
		return p->amount.hi == 0 && p->amount.lo == 0;
	return p->amount.hi >= 0 && p->amount.hi < INT64_C(1) << 62 &&
		(p->amount.hi > 0 || p->amount.lo >= (uint64_t) p->customers) &&
		((uint64_t) p->amount.hi << 1 | p->amount.lo >> 63) <
		(uint64_t) p->customers;
}

static bool
balances(const CrmMrrBridge *b)
{
	static const int8_t MONEY[CRM_MRR_PARTS] = {1, 1, 1, -1, -1, 1, -1};
	static const int8_t KEPT[CRM_MRR_PARTS] = {1, 0, 0, -1, -1, 0, 0};
	CrmInt128	rest = crm_mrr_bridge_sum(b, MONEY);
	uint64_t	start = (uint64_t) b->part[CRM_MRR_START].customers;
	uint64_t	lost = (uint64_t) b->part[CRM_MRR_CHURN].customers;
	uint64_t	end = (uint64_t) b->part[CRM_MRR_END].customers;

	return rest.hi == 0 && rest.lo == 0 &&
		start + (uint64_t) b->part[CRM_MRR_NEW].customers +
		(uint64_t) b->part[CRM_MRR_REACTIVATION].customers == lost + end &&
		lost + (uint64_t) b->part[CRM_MRR_EXPANSION].customers +
		(uint64_t) b->part[CRM_MRR_CONTRACTION].customers <= start &&
		crm_mrr_bridge_sum(b, KEPT).hi >= 0;
}

bool
crm_mrr_bridge_valid(const CrmMrrBridge *b, CrmError *error)
{
	static const uint8_t ZERO[sizeof b->reserved] = {0};

	if (b->format != CRM_MRR_BRIDGE_FORMAT ||
		memcmp(b->reserved, ZERO, sizeof ZERO) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	for (int i = 0; i < CRM_MRR_PARTS; i++)
		if (!sum_possible(&b->part[i]))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A count or an amount is out of range.", NULL);
	if (!balances(b))
		return crm_fail(error, CRM_ERROR_VALUE,
						"start + new + expansion + reactivation - contraction - churn must equal end, in customers without expansion and contraction.",
						NULL);
	return true;
}

void
crm_mrr_bridge_encode(const CrmMrrBridge *b, CrmWriter *w)
{
	crm_put_u8(w, CRM_MRR_BRIDGE_FORMAT);
	for (int i = 0; i < CRM_MRR_PARTS; i++)
	{
		crm_put_i64(w, b->part[i].customers);
		crm_put_i64(w, b->part[i].amount.hi);
		crm_put_u64(w, b->part[i].amount.lo);
	}
}

bool
crm_mrr_bridge_decode(const void *data, size_t size, CrmMrrBridge *b,
					  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmMrrBridge made;

	memset(&made, 0, sizeof made);
	made.format = crm_get_u8(&r);
	for (int i = 0; i < CRM_MRR_PARTS; i++)
	{
		made.part[i].customers = crm_get_i64(&r);
		made.part[i].amount.hi = crm_get_i64(&r);
		made.part[i].amount.lo = crm_get_u64(&r);
	}
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The value does not have the size of its format.",
						NULL);
	if (!crm_mrr_bridge_valid(&made, error))
		return false;
	*b = made;
	return true;
}

void
crm_mrr_bridge_print(const CrmMrrBridge *b, CrmJsonWriter *w)
{
	char		text[CRM_SUM_TEXT_SIZE];

	crm_json_open(w, '{');
	for (int i = 0; i < CRM_MRR_PARTS; i++)
	{
		crm_json_key(w, PART_NAMES[i]);
		crm_json_open(w, '{');
		crm_json_key(w, "customers");
		crm_json_put_int(w, b->part[i].customers);
		crm_json_key(w, "amount");
		crm_json_put_raw(w, text,
						 crm_sum_text_short(b->part[i].amount, text));
		crm_json_close(w, '}');
	}
	crm_json_close(w, '}');
}

/* {"customers": n, "amount": a}, in this order */
static bool
parse_part(CrmJsonReader *r, CrmMrrSum *part)
{
	return crm_json_next(r) == CRM_JSON_OBJECT &&
		crm_json_next(r) == CRM_JSON_KEY && crm_json_is(r, "customers") &&
		crm_json_next(r) == CRM_JSON_NUMBER &&
		crm_json_int(r, &part->customers) &&
		crm_json_next(r) == CRM_JSON_KEY && crm_json_is(r, "amount") &&
		crm_json_next(r) == CRM_JSON_NUMBER &&
		crm_sum_parse(r->raw, r->raw_len, &part->amount) &&
		part->amount.hi >= 0 &&
		crm_json_next(r) == CRM_JSON_OBJECT_END;
}

bool
crm_mrr_bridge_parse(const char *text, size_t len, CrmMrrBridge *b,
					 CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, false);
	CrmMrrBridge made;
	CrmJsonToken t = CRM_JSON_ERROR;
	unsigned	seen = 0;
	bool		good = crm_json_next(&r) == CRM_JSON_OBJECT;

	crm_mrr_bridge_init(&made);
	while (good && (t = crm_json_next(&r)) == CRM_JSON_KEY)
	{
		CrmMrrPart	i = r.escaped ? CRM_MRR_NONE :
		crm_mrr_part_named(r.raw, r.raw_len);

		good = i != CRM_MRR_NONE && (seen >> i & 1) == 0 &&
			parse_part(&r, &made.part[i]);
		if (good)
			seen |= 1u << i;
	}
	if (!good || t != CRM_JSON_OBJECT_END ||
		crm_json_next(&r) != CRM_JSON_END ||
		seen != (1u << CRM_MRR_PARTS) - 1)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A bridge is a JSON object of seven parts, each of {\"customers\", \"amount\"}.",
						"Its keys are start, new, expansion, contraction, churn, reactivation and end.");
	if (!crm_mrr_bridge_valid(&made, error))
		return false;
	*b = made;
	return true;
}
