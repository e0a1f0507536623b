/*
 * rfm_fuzz.c
 *		Text and binary input of rfm: what is accepted comes back the same.
 */
#include "rfm.h"

#include "float_text.h"
#include "round_trip.h"

static void
check_round_trip(const CrmRfm *r)
{
	uint8_t		bytes[CRM_RFM_ENCODED_SIZE];
	CrmWriter	out = crm_writer(bytes, sizeof bytes);
	char		text[512];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmRfm		back;
	CrmError	error;

	crm_rfm_encode(r, &out);
	DEMAND(!out.failed && out.at == sizeof bytes);
	DEMAND(crm_rfm_decode(bytes, sizeof bytes, &back, &error));
	demand_equal(&back, sizeof back, r, sizeof *r);
	crm_rfm_print(r, &libc_float_text, &json);
	DEMAND(!json.out.failed);
	DEMAND(crm_rfm_parse(text, json.out.at, &libc_float_text, &back, &error));
	demand_equal(&back, sizeof back, r, sizeof *r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmRfm		r;
	CrmError	error;

	if (crm_rfm_decode(data, size, &r, &error))
		check_round_trip(&r);
	if (crm_rfm_parse((const char *) data, size, &libc_float_text, &r, &error))
		check_round_trip(&r);
	return 0;
}
