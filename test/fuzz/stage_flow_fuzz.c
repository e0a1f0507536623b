/*
 * stage_flow_fuzz.c
 *		Fuzz target: the decoder, the text parser and the chain of stage_flow.
 *
 * A text begins with its brace.  What is accepted must come back the same
 * through both forms, and the chain must give probabilities.
 */
#include <stdlib.h>

#include "flow_chain.h"
#include "flow_room.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *
bytes_of(const CrmFlow *flow, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *data;

	crm_flow_encode(flow, &w);
	*size = w.at;
	data = malloc(w.at);
	w = crm_writer(data, *size);
	crm_flow_encode(flow, &w);
	return data;
}

static void
check_chain(const CrmFlow *flow)
{
	CrmFlowChain chain;
	CrmFlowAnswer answer;
	double	   *work = malloc((flow->n_buckets + 2 * (size_t) flow->n_pairs +
							   1) * sizeof(double));
	double	   *solve;

	crm_chain_init(&chain, flow, work);
	solve = malloc((crm_chain_solve_size(&chain) + 1) * sizeof(double));
	for (uint32_t i = 0; i < flow->n_stages; i++)
	{
		if (crm_chain_solve(&chain, i, solve, &answer) &&
			!(answer.win >= 0 && answer.win <= 1 + 1e-9 && answer.moves >= 0 &&
			  answer.time >= 0))
			abort();
	}
	free(solve);
	free(work);
}

static void
check_again(const CrmFlow *flow)
{
	size_t		size;
	uint8_t    *data = bytes_of(flow, &size);
	CrmFlow		again = {0};
	CrmError	error;

	if (!crm_flow_decode_sizes(data, size, &again, &error))
		abort();
	flow_allocate(&again, again.n_stages, again.n_pairs, again.n_buckets);
	if (!crm_flow_decode(data, size, true, &again, &error))
		abort();
	check_chain(&again);
	flow_release(&again);
	free(data);
}

static bool
from_text(const char *text, size_t len)
{
	CrmFlowBasis basis = {CRM_FLOW_COUNTS, 0};
	CrmFlowRoom room;
	CrmFlowState *s;
	CrmFlowCell *work;
	CrmFlow		flow;
	CrmError	error;
	bool		good = false;

	if (!crm_flow_room(crm_flow_text_room(len), &room, &error))
		return false;
	s = calloc(1, crm_flow_state_size(room));
	crm_flow_state_init(s, room, basis);
	if (crm_flow_parse(text, len, true, s, NULL, &error))
	{
		if (!crm_flow_state_sound(s, crm_flow_state_size(room)))
			abort();
		flow_allocate(&flow, s->n_stages, s->n_cells, s->n_cells);
		work = malloc((2 * (size_t) s->n_cells + 1) * sizeof(CrmFlowCell));
		good = crm_flow_from_state(s, &flow, work, &error);
		free(work);
		if (good)
			check_again(&flow);
		flow_release(&flow);
	}
	free(s);
	return good;
}

static void
from_bytes(const uint8_t *data, size_t size)
{
	CrmFlow		flow = {0};
	CrmError	error;
	CrmJsonWriter w;
	size_t		len;
	char	   *text;
	uint8_t    *copy;

	if (!crm_flow_decode_sizes(data, size, &flow, &error))
		return;
	flow_allocate(&flow, flow.n_stages, flow.n_pairs, flow.n_buckets);
	if (crm_flow_decode(data, size, true, &flow, &error))
	{
		copy = bytes_of(&flow, &len);
		if (len != size || memcmp(copy, data, size) != 0)
			abort();
		free(copy);
		w = crm_json_writer(NULL, 0);
		crm_flow_print(&w, &flow);
		len = w.out.at;
		text = malloc(len);

		w = crm_json_writer(text, len);
		crm_flow_print(&w, &flow);
		if (!from_text(text, len))
			abort();
		free(text);
		check_chain(&flow);
	}
	flow_release(&flow);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '{')
		from_text((const char *) data, size);
	else
		from_bytes(data, size);
	return 0;
}
