/*
 * nps_fuzz.c
 *		Text and bytes of a net promoter score, and the sanity of its limits.
 */
#include "round_trip.h"

#include "nps.h"

static void
check(const CrmNps *n)
{
	char		text[160];
	uint8_t		bytes[CRM_NPS_ENCODED_SIZE];
	CrmJsonWriter j = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmNps		back;
	CrmError	error;
	double		low;
	double		high;

	DEMAND(crm_nps_valid(n));
	crm_nps_print(&j, n);
	DEMAND(!j.out.failed);
	DEMAND(crm_nps_parse(text, j.out.at, &back, &error));
	demand_equal(n, sizeof *n, &back, sizeof back);
	crm_nps_encode(n, &w);
	DEMAND(!w.failed);
	DEMAND(crm_nps_decode(bytes, w.at, &back, &error));
	demand_equal(n, sizeof *n, &back, sizeof back);
	if (crm_nps_answers(n) == 0)
		return;
	crm_nps_limits(n, 0.95, &low, &high);
	DEMAND(low >= -100 && low <= high && high <= 100);
	DEMAND(low <= crm_nps_value(n) + 1e-9 && high >= crm_nps_value(n) - 1e-9);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmNps		n;
	CrmError	error;

	if (crm_nps_parse((const char *) data, size, &n, &error))
		check(&n);
	if (crm_nps_decode(data, size, &n, &error))
		check(&n);
	return 0;
}
