/*
 * stage_list.c
 *		Stages one after another, and an index by which one of many is found.
 */
#include "stage_list.h"

/* So many are searched through one by one. */
#define FEW_STAGES 32

CrmStage
crm_stage_of_code(const uint8_t *list, uint32_t code)
{
	CrmStage	stage = crm_stage_next(&list);

	while (code-- > 0)
		stage = crm_stage_next(&list);
	return stage;
}

uint32_t
crm_stage_search(const uint8_t *list, uint32_t n, CrmStage stage)
{
	uint32_t	code = 0;

	while (code < n && !crm_stage_same(crm_stage_next(&list), stage))
		code++;
	return code;
}

void
crm_stage_put(CrmWriter *w, CrmStage stage)
{
	crm_put_u16(w, stage.rank);
	crm_put_u8(w, stage.label_len);
	crm_put_bytes(w, stage.label, stage.label_len);
}

bool
crm_stages_read(CrmReader *r, uint32_t n, bool ordered, CrmError *error)
{
	CrmStage	last = {0, 0, NULL};

	for (uint32_t i = 0; i < n; i++)
	{
		CrmStage	stage;

		stage.rank = crm_get_u16(r);
		stage.label_len = crm_get_u8(r);
		stage.label = (const char *) crm_get_bytes(r, stage.label_len);
		if (r->failed)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The value is too short.", NULL);
		if (stage.rank < 1 || stage.rank > CRM_STAGE_LOST)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A stage has an impossible position.", NULL);
		if (!crm_label_check(stage.label, stage.label_len, error))
			return false;
		if (ordered && i > 0 && crm_stage_compare(last, stage) >= 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"The stages are not in order.", NULL);
		last = stage;
	}
	return true;
}

uint32_t
crm_stage_slots(uint32_t n_stages)
{
	uint32_t	slots = 4 * FEW_STAGES;

	if (n_stages <= FEW_STAGES)
		return 0;
	while (slots < 2 * n_stages)
		slots *= 2;
	return slots;
}

/* Fowler, Noll and Vo's hash 1a, its high bits brought down. */
static uint32_t
stage_hash(CrmStage stage)
{
	uint64_t	h = UINT64_C(0xcbf29ce484222325) ^ stage.rank;

	for (uint32_t i = 0; i < stage.label_len; i++)
		h = (h ^ (uint8_t) stage.label[i]) * UINT64_C(0x100000001b3);
	return (uint32_t) (h ^ h >> 32);
}

CrmStageSlot *
crm_stage_slot(CrmStageSlot *slots, uint32_t n_slots, const uint8_t *list,
			   CrmStage stage)
{
	uint32_t	i = stage_hash(stage) & (n_slots - 1);

	for (; slots[i].place != 0; i = (i + 1) & (n_slots - 1))
	{
		const uint8_t *p = list + slots[i].place - 1;

		if (crm_stage_same(crm_stage_next(&p), stage))
			break;
	}
	return &slots[i];
}

void
crm_stage_index(CrmStageSlot *slots, uint32_t n_slots, const uint8_t *list,
				uint32_t n_stages)
{
	const uint8_t *p = list;

	memset(slots, 0, (size_t) n_slots * sizeof *slots);
	for (uint32_t code = 0; code < n_stages; code++)
	{
		uint32_t	place = (uint32_t) (p - list) + 1;
		CrmStageSlot *slot = crm_stage_slot(slots, n_slots, list,
											crm_stage_next(&p));

		slot->place = place;
		slot->code = code;
	}
}
