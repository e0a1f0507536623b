/*
 * purchase_history_fuzz.c
 *		Text and binary input of purchase_history: what is accepted comes back
 *		the same, and the days of what is decoded ascend.
 */
#include "purchase_history.h"

#include "round_trip.h"

static CrmPurchaseState *
new_state(uint32_t room)
{
	CrmPurchaseState *s = malloc(crm_purchases_state_size(room));

	crm_purchases_state_init(s, room);
	return s;
}

static uint8_t *
encode(const CrmPurchaseState *s, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *bytes;

	crm_purchases_encode(s->days, s->n, &w);
	*size = w.at;
	bytes = malloc(*size);
	w = crm_writer(bytes, *size);
	crm_purchases_encode(s->days, s->n, &w);
	DEMAND(!w.failed && w.at == *size);
	return bytes;
}

/* NULL where the text is refused, or has too much for this test. */
static CrmPurchaseState *
parse(const char *text, size_t size)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	CrmPurchaseState *s = new_state((uint32_t) size);
	CrmPurchase p;
	CrmError	error;
	bool		done = false;
	bool		good = crm_purchases_parse_begin(&r, &error);

	while (good && (good = crm_purchases_parse_next(&r, &p, &done, &error)) &&
		   !done)
		good = crm_purchases_state_add(s, &p);
	if (good && crm_purchases_state_tidy(s, NULL))
		return s;
	free(s);
	return NULL;
}

static void
check_value(const uint8_t *data, size_t size)
{
	CrmPurchaseHistory h;
	CrmPurchaseCursor c;
	CrmPurchase p;
	CrmPurchaseState *s;
	CrmPurchaseState *back;
	CrmJsonWriter json = crm_json_writer(NULL, 0);
	CrmError	error;
	char	   *text;
	uint8_t    *again;
	size_t		again_size;
	int64_t		last = INT64_MIN;
	bool		none;
	CrmRfm		r;

	if (!crm_purchases_decode(data, size, &h, &error))
		return;
	s = new_state(h.n + 1);
	c = crm_purchases_cursor(&h);
	while (crm_purchases_next(&c, &p))
	{
		DEMAND(p.day > last);
		last = p.day;
		DEMAND(crm_purchases_state_add(s, &p));
	}
	DEMAND(s->n == h.n && (h.n == 0 || last == h.last_day));
	again = encode(s, &again_size);
	demand_equal(again, again_size, data, size);
	free(again);
	crm_purchases_print(&json, &h);
	text = malloc(json.out.at);

	json = crm_json_writer(text, json.out.at);
	crm_purchases_print(&json, &h);
	DEMAND(!json.out.failed);
	back = parse(text, json.out.at);
	DEMAND(back != NULL);
	again = encode(back, &again_size);
	demand_equal(again, again_size, data, size);
	if (crm_purchases_rfm(&h, h.last_day, 86400000000, &r, &none, &error) &&
		!none)
		DEMAND(crm_rfm_valid(&r, &error));
	free(again);
	free(back);
	free(text);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmPurchaseState *s;

	check_value(data, size);
	s = parse((const char *) data, size);
	if (s != NULL)
	{
		size_t		n;
		uint8_t    *bytes = encode(s, &n);

		check_value(bytes, n);
		free(bytes);
		free(s);
	}
	return 0;
}
