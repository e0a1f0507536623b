/*
 * bridge.c
 *		The parts of a bridge: how many went a way, and with what amount.
 */
#include "bridge.h"

#include "money.h"

int
crm_bridge_named(const char *const *names, int n_parts, const char *name,
				 size_t len)
{
	for (int i = 0; i < n_parts; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	return -1;
}

bool
crm_bridge_merge(CrmBridgePart *parts, const CrmBridgePart *other,
				 int n_parts)
{
	for (int i = 0; i < n_parts; i++)
		if (parts[i].n > INT64_MAX - other[i].n)
			return false;
	for (int i = 0; i < n_parts; i++)
	{
		parts[i].n += other[i].n;
		crm_int128_add(&parts[i].amount, other[i].amount);
	}
	return true;
}

bool
crm_bridge_possible(const CrmBridgePart *parts, int n_parts, int least)
{
	for (int i = 0; i < n_parts; i++)
	{
		uint64_t	n = (uint64_t) parts[i].n;
		CrmInt128	amount = parts[i].amount;

		if (parts[i].n < 0)
			return false;
		if (n == 0)
		{
			if (amount.hi != 0 || amount.lo != 0)
				return false;
			continue;
		}
		if (amount.hi < 0 || amount.hi >= INT64_C(1) << 62 ||
			((uint64_t) amount.hi << 1 | amount.lo >> 63) >= n)
			return false;
		if (least > 0 && amount.hi == 0 && amount.lo < n)
			return false;
	}
	return true;
}

void
crm_bridge_encode(const CrmBridgePart *parts, int n_parts, CrmWriter *w)
{
	for (int i = 0; i < n_parts; i++)
	{
		crm_put_i64(w, parts[i].n);
		crm_put_i64(w, parts[i].amount.hi);
		crm_put_u64(w, parts[i].amount.lo);
	}
}

void
crm_bridge_decode(CrmReader *r, CrmBridgePart *parts, int n_parts)
{
	for (int i = 0; i < n_parts; i++)
	{
		parts[i].n = crm_get_i64(r);
		parts[i].amount.hi = crm_get_i64(r);
		parts[i].amount.lo = crm_get_u64(r);
	}
}

void
crm_bridge_print(const CrmBridgePart *parts, const char *const *names,
				 int n_parts, const char *counted, CrmJsonWriter *w)
{
	char		text[CRM_SUM_TEXT_SIZE];

	for (int i = 0; i < n_parts; i++)
	{
		crm_json_key(w, names[i]);
		crm_json_open(w, '{');
		crm_json_key(w, counted);
		crm_json_put_int(w, parts[i].n);
		crm_json_key(w, "amount");
		crm_json_put_raw(w, text, crm_sum_text_short(parts[i].amount, text));
		crm_json_close(w, '}');
	}
}

/* {<counted>: n, "amount": a}, in this order */
bool
crm_bridge_parse_part(CrmJsonReader *r, const char *counted,
					  CrmBridgePart *part)
{
	return crm_json_next(r) == CRM_JSON_OBJECT &&
		crm_json_next(r) == CRM_JSON_KEY && crm_json_is(r, counted) &&
		crm_json_next(r) == CRM_JSON_NUMBER &&
		crm_json_int(r, &part->n) &&
		crm_json_next(r) == CRM_JSON_KEY && crm_json_is(r, "amount") &&
		crm_json_next(r) == CRM_JSON_NUMBER &&
		crm_sum_parse(r->raw, r->raw_len, &part->amount) &&
		part->amount.hi >= 0 &&
		crm_json_next(r) == CRM_JSON_OBJECT_END;
}
