/*
 * stage_list.h
 *		Stages one after another, as journeys and histories hold them, and an
 *		index by which one of many is found.
 *
 * An entry is the rank in network order, the length of the label, the label.
 * A stage's code is its position in the list.
 */
#ifndef CRM_STAGE_LIST_H
#define CRM_STAGE_LIST_H

#include "stage.h"

/* Bytes of an entry before its label. */
#define CRM_STAGE_HEAD 3

/* The stage at *p, which is moved to the next one. */
static inline CrmStage
crm_stage_next(const uint8_t **p)
{
	CrmStage	stage;

	stage.rank = (uint16_t) ((*p)[0] << 8 | (*p)[1]);
	stage.label_len = (*p)[2];
	stage.label = (const char *) *p + CRM_STAGE_HEAD;
	*p += CRM_STAGE_HEAD + stage.label_len;
	return stage;
}

static inline bool
crm_stage_same(CrmStage a, CrmStage b)
{
	return a.rank == b.rank && a.label_len == b.label_len &&
		memcmp(a.label, b.label, a.label_len) == 0;
}

extern CrmStage crm_stage_of_code(const uint8_t *list, uint32_t code);

/* Its code, n where it is not among the n stages of the list. */
extern uint32_t crm_stage_search(const uint8_t *list, uint32_t n,
								 CrmStage stage);

extern void crm_stage_put(CrmWriter *w, CrmStage stage);

/* Reads n stages, each valid, and ascending where the list is ordered. */
extern bool crm_stages_read(CrmReader *r, uint32_t n, bool ordered,
							CrmError *error);

/*
 * The index: a hash table of a power of two of slots, at most half of them
 * taken.  It holds no pointer, so that it moves with the list.
 */
typedef struct CrmStageSlot
{
	uint32_t	place;			/* of the entry in the list, plus 1; 0: none */
	uint32_t	code;
} CrmStageSlot;

/* Slots for so many stages; 0 where a search through them does as well. */
extern uint32_t crm_stage_slots(uint32_t n_stages);

/* The slot of a stage, or the free one where it belongs. */
extern CrmStageSlot *crm_stage_slot(CrmStageSlot *slots, uint32_t n_slots,
									const uint8_t *list, CrmStage stage);

/* Fills the slots, which may hold anything. */
extern void crm_stage_index(CrmStageSlot *slots, uint32_t n_slots,
							const uint8_t *list, uint32_t n_stages);

#endif
