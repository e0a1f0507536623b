/*
 * mrr_bridge.c
 *		How monthly recurring revenue came from one period to the next.
 */
#include "mrr_bridge.h"

static const char *const PART_NAMES[CRM_MRR_PARTS + 1] = {
	"start", "new", "expansion", "contraction", "churn", "reactivation",
	"end", "none"
};

const char *
crm_mrr_part_name(int part)
{
	return PART_NAMES[part];
}

CrmMrrPart
crm_mrr_part_named(const char *name, size_t len)
{
	int			part = crm_bridge_named(PART_NAMES, CRM_MRR_PARTS, name, len);

	return part < 0 ? CRM_MRR_NONE : (CrmMrrPart) part;
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

bool
crm_mrr_bridge_add(CrmMrrBridge *b, int64_t previous, int64_t current,
				   bool ever_active)
{
	CrmMrrPart	part = crm_mrr_movement(previous, current, ever_active);

	if (crm_bridge_full(b->part, CRM_MRR_PARTS))
		return false;
	if (previous > 0)
		crm_bridge_count(&b->part[CRM_MRR_START], previous);
	if (part != CRM_MRR_NONE)
		crm_bridge_count(&b->part[part], current > previous ?
						 current - previous : previous - current);
	if (current > 0)
		crm_bridge_count(&b->part[CRM_MRR_END], current);
	return true;
}

bool
crm_mrr_bridge_merge(CrmMrrBridge *b, const CrmMrrBridge *other)
{
	return crm_bridge_merge(b->part, other->part, CRM_MRR_PARTS);
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

static bool
balances(const CrmMrrBridge *b)
{
	static const int8_t MONEY[CRM_MRR_PARTS] = {1, 1, 1, -1, -1, 1, -1};
	static const int8_t KEPT[CRM_MRR_PARTS] = {1, 0, 0, -1, -1, 0, 0};
	CrmInt128	rest = crm_mrr_bridge_sum(b, MONEY);
	uint64_t	start = (uint64_t) b->part[CRM_MRR_START].n;
	uint64_t	lost = (uint64_t) b->part[CRM_MRR_CHURN].n;
	uint64_t	end = (uint64_t) b->part[CRM_MRR_END].n;

	return rest.hi == 0 && rest.lo == 0 &&
		start + (uint64_t) b->part[CRM_MRR_NEW].n +
		(uint64_t) b->part[CRM_MRR_REACTIVATION].n == lost + end &&
		lost + (uint64_t) b->part[CRM_MRR_EXPANSION].n +
		(uint64_t) b->part[CRM_MRR_CONTRACTION].n <= start &&
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
	/* each customer adds more than 0 */
	if (!crm_bridge_possible(b->part, CRM_MRR_PARTS, 1))
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
	crm_bridge_encode(b->part, CRM_MRR_PARTS, w);
}

bool
crm_mrr_bridge_decode(const void *data, size_t size, CrmMrrBridge *b,
					  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmMrrBridge made;

	memset(&made, 0, sizeof made);
	made.format = crm_get_u8(&r);
	crm_bridge_decode(&r, made.part, CRM_MRR_PARTS);
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
	crm_json_open(w, '{');
	crm_bridge_print(b->part, PART_NAMES, CRM_MRR_PARTS, "customers", w);
	crm_json_close(w, '}');
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
			crm_bridge_parse_part(&r, "customers", &made.part[i]);
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
