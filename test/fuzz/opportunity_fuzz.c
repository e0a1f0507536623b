/*
 * opportunity_fuzz.c
 *		Text and bytes of an opportunity: what is accepted comes back the same.
 */
#include "round_trip.h"

#include "float_text.h"
#include "opportunity.h"

static uint8_t *
encode(const CrmOpportunity *o, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *bytes;

	crm_opportunity_encode(o, &w);
	bytes = malloc(w.at);
	w = crm_writer(bytes, w.at);
	crm_opportunity_encode(o, &w);
	DEMAND(!w.failed);
	*size = w.at;
	return bytes;
}

static void
check(const CrmOpportunity *o)
{
	size_t		size;
	size_t		again_size;
	uint8_t    *bytes = encode(o, &size);
	uint8_t    *again;
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	size_t		len;
	char	   *text;
	char	   *scratch;
	CrmOpportunity back;
	CrmError	error;
	int64_t		money;

	crm_opportunity_print(o, &libc_float_text, &w);
	len = w.out.at;
	text = malloc(len);
	scratch = malloc(len);
	w = crm_json_writer(text, len);
	crm_opportunity_print(o, &libc_float_text, &w);
	DEMAND(!w.out.failed);
	DEMAND(crm_opportunity_parse(text, len, true, &libc_float_text, scratch,
								 &back, &error));
	again = encode(&back, &again_size);
	demand_equal(bytes, size, again, again_size);
	DEMAND(crm_opportunity_decode(bytes, size, &back, &error));
	if (crm_opportunity_expected(o, &money))
		DEMAND(money >= 0 && money <= o->amount);
	free(again);
	free(scratch);
	free(text);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *scratch = malloc(size + 1);
	CrmOpportunity o;
	CrmError	error;

	if (crm_opportunity_parse((const char *) data, size, true,
							  &libc_float_text, scratch, &o, &error))
		check(&o);
	if (crm_opportunity_decode(data, size, &o, &error))
		check(&o);
	free(scratch);
	return 0;
}
