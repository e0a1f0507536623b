/*
 * stage_fuzz.c
 *		Text and bytes of a stage: what is accepted comes back the same.
 */
#include "round_trip.h"

#include "stage.h"

static void
check(CrmStage stage)
{
	char		text[CRM_STAGE_MAX_TEXT];
	uint8_t		bytes[CRM_STAGE_MAX_SIZE];
	uint8_t		again[CRM_STAGE_MAX_SIZE];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmWriter	v = crm_writer(again, sizeof again);
	CrmStage	back;
	CrmError	error;

	crm_stage_encode(stage, &w);
	DEMAND(crm_stage_decode(bytes, w.at, &back, &error));
	DEMAND(crm_stage_compare(stage, back) == 0);
	DEMAND(crm_stage_parse(text, crm_stage_text(stage, text), &back, &error));
	crm_stage_encode(back, &v);
	demand_equal(bytes, w.at, again, v.at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmStage	stage;
	CrmError	error;

	if (crm_stage_parse((const char *) data, size, &stage, &error))
		check(stage);
	if (crm_stage_decode(data, size, &stage, &error))
		check(stage);
	return 0;
}
