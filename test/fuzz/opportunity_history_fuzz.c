/*
 * opportunity_history_fuzz.c
 *		Binary and text input of opportunity_history.
 *
 * What is decoded is read by every accessor and printed; what is parsed is
 * taken through the state and must decode.
 */
#include "waterfall.h"

#include <stdlib.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
compare(const void *a, const void *b)
{
	return crm_deal_row_compare(a, b);
}

static void
read_all(const CrmDealHistory *h)
{
	CrmJsonWriter json = crm_json_writer(NULL, 0);
	CrmWaterfallFrame f = {0, INT64_C(1) << 50, 0, 10000, true};
	CrmDealChangeKind kinds[CRM_DEAL_MAX_CHANGES];
	CrmMovement m = crm_deal_movement(h, &f);
	int64_t		days;

	if ((m.in == CRM_PART_NONE) != (m.out == CRM_PART_NONE))
		abort();
	for (uint32_t i = 0; i < h->n_rows; i++)
		crm_deal_print_row(h, i, &json);
	for (uint32_t i = 0; i < h->n_rows; i++)
		if (crm_deal_changes(h, i, kinds) > CRM_DEAL_MAX_CHANGES)
			abort();
	(void) crm_deal_pushes(h, 0, h->n_rows);
	(void) crm_deal_days_pushed(h, 0, h->n_rows, &days);
	if (h->n_rows > 0)
		(void) crm_deal_stage_since(h, h->n_rows);
}

static void
encode_and_decode(const CrmDealState *s)
{
	CrmStage	stages[CRM_DEAL_MAX_STAGES];
	uint8_t		code[CRM_DEAL_MAX_STAGES];
	static CrmDealRow rows[4096];
	static uint8_t bytes[4096 * 2 * (CRM_DEAL_ROW_SIZE + 70)];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmDealHistory h;
	CrmError	error;
	uint32_t	n;

	crm_deal_state_stages(s, stages, code);
	for (uint32_t i = 0; i < s->n_rows; i++)
	{
		rows[i] = s->rows[i];
		rows[i].stage = code[rows[i].stage];
	}
	if (s->n_rows > 0)
		qsort(rows, s->n_rows, sizeof *rows, compare);
	n = crm_deal_unique(rows, s->n_rows);
	crm_deal_encode(stages, s->n_stages, rows, n, &w);
	if (w.failed || !crm_deal_decode(bytes, w.at, &h, &error))
		abort();
	read_all(&h);
}

static void
parse(const char *text, size_t size)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	char	   *scratch = malloc(size + 1);
	uint32_t	room = 4096;
	CrmDealState *s = malloc(crm_deal_state_size(room, 32768));
	CrmDealRow	row;
	CrmStage	stage;
	CrmError	error;

	s->varlena = 0;
	crm_deal_state_init(s, room, 32768);
	if (crm_json_next(&r) == CRM_JSON_ARRAY)
	{
		while (crm_json_next(&r) == CRM_JSON_OBJECT &&
			   crm_deal_parse_row(&r, scratch, &row, &stage, &error))
			if (crm_deal_state_add(s, stage, row) != CRM_DEAL_ADDED)
				break;
	}
	encode_and_decode(s);
	free(s);
	free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmDealHistory h;
	CrmError	error;

	if (crm_deal_decode(data, size, &h, &error))
		read_all(&h);
	parse((const char *) data, size);
	return 0;
}
