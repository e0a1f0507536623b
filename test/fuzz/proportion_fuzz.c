/*
 * proportion_fuzz.c
 *		Text and bytes of a proportion, and the sanity of its statistics.
 */
#include "round_trip.h"

#include "proportion.h"

static void
check(const CrmProportion *p)
{
	char		text[CRM_PROPORTION_TEXT_SIZE];
	uint8_t		bytes[CRM_PROPORTION_ENCODED_SIZE];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmProportion back;
	CrmError	error;
	double		low;
	double		high;

	DEMAND(crm_proportion_valid(p));
	DEMAND(crm_proportion_parse(text, crm_proportion_text(p, text), &back,
								&error));
	demand_equal(p, sizeof *p, &back, sizeof back);
	crm_proportion_encode(p, &w);
	DEMAND(!w.failed);
	DEMAND(crm_proportion_decode(bytes, w.at, &back, &error));
	DEMAND(crm_proportion_compare(p, &back) == 0);
	if (p->trials == 0)
		return;
	crm_proportion_limits(p, 0.95, &low, &high);
	DEMAND(low >= 0 && low <= high && high <= 1);
	DEMAND(low <= crm_proportion_value(p) + 1e-12 &&
		   high >= crm_proportion_value(p) - 1e-12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmProportion p;
	CrmError	error;

	if (crm_proportion_parse((const char *) data, size, &p, &error))
		check(&p);
	if (crm_proportion_decode(data, size, &p, &error))
		check(&p);
	return 0;
}
