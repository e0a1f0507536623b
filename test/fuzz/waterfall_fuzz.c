/*
 * waterfall_fuzz.c
 *		Text and binary input of waterfall: what is accepted comes back the same.
 */
#include "waterfall.h"

#include <stdlib.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_round_trip(const CrmWaterfall *w)
{
	uint8_t		bytes[CRM_WATERFALL_ENCODED_SIZE];
	CrmWriter	out = crm_writer(bytes, sizeof bytes);
	char		text[2048];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWaterfall back;
	CrmError	error;

	crm_waterfall_encode(w, &out);
	if (!crm_waterfall_decode(bytes, sizeof bytes, &back, &error) ||
		memcmp(&back, w, sizeof back) != 0)
		abort();
	crm_waterfall_print(w, &json);
	if (!crm_waterfall_parse(text, json.out.at, &back, &error) ||
		memcmp(&back, w, sizeof back) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmWaterfall w;
	CrmError	error;

	if (crm_waterfall_decode(data, size, &w, &error))
		check_round_trip(&w);
	if (crm_waterfall_parse((const char *) data, size, &w, &error))
		check_round_trip(&w);
	return 0;
}
