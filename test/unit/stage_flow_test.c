/*
 * stage_flow_test.c
 *		Unit tests of the value stage_flow: state, bytes and text.
 */
#include <stdlib.h>

#include "flow_room.h"
#include "stage_flow.h"
#include "unit.h"

static const CrmFlowBasis journeys = {CRM_FLOW_JOURNEYS, 0};

static CrmStage
stage(const char *text)
{
	CrmStage	s = {0, 0, NULL};
	CrmError	error;

	if (!crm_stage_parse(text, strlen(text), &s, &error))
		abort();
	return s;
}

static CrmFlowState *
new_state(CrmFlowRoom least, CrmFlowBasis basis)
{
	CrmFlowRoom room;
	CrmError	error;
	CrmFlowState *s;

	if (!crm_flow_room(least, &room, &error))
		abort();
	s = calloc(1, crm_flow_state_size(room));
	crm_flow_state_init(s, room, basis);
	return s;
}

static CrmFlowState *
make_room(CrmFlowState *s, CrmFlowRoom more)
{
	CrmFlowRoom room;
	CrmFlowState *t;
	CrmError	error;

	if (crm_flow_state_fits(s, more))
		return s;
	if (!crm_flow_state_grown(s, more, &room, &error))
		abort();
	t = calloc(1, crm_flow_state_size(room));
	crm_flow_state_init(t, room, crm_flow_state_basis(s));
	crm_flow_state_move(s, t, NULL);
	free(s);
	return t;
}

static CrmFlowState *
add(CrmFlowState *s, CrmStage from, const CrmStage *to, uint64_t n,
	int64_t duration)
{
	CrmFlowRoom more = {CRM_FLOW_MOVE_STAGES, CRM_FLOW_MOVE_CELLS};
	uint32_t	i;
	uint32_t	j;

	s = make_room(s, more);
	i = crm_flow_state_stage(s, from);
	j = to ? crm_flow_state_stage(s, *to) : CRM_FLOW_OPEN;
	if (!crm_flow_state_add(s, i, j, n, duration))
		abort();
	return s;
}

static bool
finish(const CrmFlowState *s, CrmFlow *flow, CrmError *error)
{
	CrmFlowCell *work = malloc((2 * (size_t) s->n_cells + 1) *
							   sizeof(CrmFlowCell));
	bool		good;

	flow_allocate(flow, s->n_stages, s->n_cells, s->n_cells);
	good = crm_flow_from_state(s, flow, work, error);
	free(work);
	return good;
}

static uint8_t *
encode(const CrmFlow *flow, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *data;

	crm_flow_encode(flow, &w);
	*size = w.at;
	data = malloc(*size);
	w = crm_writer(data, *size);
	crm_flow_encode(flow, &w);
	return data;
}

static bool
decode(const uint8_t *data, size_t size, CrmFlow *flow, CrmError *error)
{
	memset(flow, 0, sizeof *flow);
	if (!crm_flow_decode_sizes(data, size, flow, error))
		return false;
	flow_allocate(flow, flow->n_stages, flow->n_pairs, flow->n_buckets);
	return crm_flow_decode(data, size, true, flow, error);
}

static char *
text_of(const CrmFlow *flow, size_t *len)
{
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	char	   *text;

	crm_flow_print(&w, flow);
	*len = w.out.at;
	text = malloc(*len + 1);

	w = crm_json_writer(text, *len);
	crm_flow_print(&w, flow);
	text[*len] = '\0';
	return text;
}

/* Does the text, parsed and printed, give "want"?  NULL: it is refused. */
static bool
reads_as(const char *text, const char *want, CrmErrorKind kind)
{
	size_t		len = strlen(text);
	CrmFlowState *s = new_state(crm_flow_text_room(len), journeys);
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};
	CrmFlow		flow = {0};
	bool		good = crm_flow_parse(text, len, true, s, NULL, &error) &&
	finish(s, &flow, &error);

	if (want != NULL && good)
	{
		char	   *have = text_of(&flow, &len);

		good = strcmp(have, want) == 0;
		if (!good)
			printf("# have %s\n", have);
		free(have);
	}
	else if (want == NULL)
		good = !good && error.kind == kind;
	flow_release(&flow);
	free(s);
	return good;
}

static const char *const small_text =
"{\"kind\":\"journeys\",\"as_of\":\"2026-03-01T00:00:00Z\",\"ignored\":2,"
"\"stages\":[\"1:Lead\",\"2:Qual\",\"won:Won\",\"lost:No \\\"fit\\\"\"],"
"\"transitions\":[{\"from\":\"1:Lead\",\"to\":\"2:Qual\",\"n\":3,"
"\"time\":105,\"times\":[[0,1],[5,1],[100,1]]},"
"{\"from\":\"2:Qual\",\"to\":\"won:Won\",\"n\":1,\"time\":1000,"
"\"times\":[[317,1]]}],"
"\"open\":[{\"stage\":\"1:Lead\",\"n\":2,\"time\":14,\"times\":[[7,2]]}]}";

static void
test_text(void)
{
	CHECK(reads_as(small_text, small_text, CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"open\":[], \"kind\": \"counts\", \"stages\":[], \"transitions\":[{\"n\":2,\"to\":\" 2 : B\",\"from\":\"1:A\"}]}",
				   "{\"kind\":\"counts\",\"ignored\":0,\"stages\":[\"1:A\",\"2:B\"],\"transitions\":[{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":2}]}",
				   CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"counts\",\"step\":5}",
				   "{\"kind\":\"counts\",\"step\":5,\"ignored\":0,\"stages\":[],\"transitions\":[]}",
				   CRM_ERROR_SYNTAX));
	CHECK(reads_as("{}", NULL, CRM_ERROR_SYNTAX));
	CHECK(reads_as("", NULL, CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"x\"}", NULL, CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"counts\",\"as_of\":\"2026-03-01T00:00:00Z\"}",
				   NULL, CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"journeys\",\"step\":5}", NULL,
				   CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"counts\",\"step\":0}", NULL,
				   CRM_ERROR_RANGE));
	CHECK(reads_as("{\"kind\":\"counts\",\"stages\":[\"A\"]}", NULL,
				   CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"journeys\",\"transitions\":[{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":2}]}",
				   NULL, CRM_ERROR_SYNTAX));
	CHECK(reads_as("{\"kind\":\"journeys\",\"transitions\":[{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":2,\"time\":9,\"times\":[[5,1]]}]}",
				   NULL, CRM_ERROR_VALUE));
	CHECK(reads_as("{\"kind\":\"journeys\",\"transitions\":[{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":1,\"time\":9,\"times\":[[5,1]]}]}",
				   NULL, CRM_ERROR_VALUE));
	CHECK(reads_as("{\"kind\":\"journeys\",\"transitions\":[{\"from\":\"1:A\",\"to\":\"1:A\",\"n\":1,\"time\":5,\"times\":[[5,1]]}]}",
				   NULL, CRM_ERROR_VALUE));
	CHECK(reads_as("{\"kind\":\"journeys\",\"open\":[{\"stage\":\"won:A\",\"n\":1,\"time\":5,\"times\":[[5,1]]}]}",
				   NULL, CRM_ERROR_VALUE));
	CHECK(reads_as("{\"kind\":\"counts\",\"transitions\":[{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":9223372036854775807},{\"from\":\"1:A\",\"to\":\"2:B\",\"n\":1}]}",
				   NULL, CRM_ERROR_RANGE));
}

static void
test_bytes(void)
{
	CrmFlowState *s = new_state(crm_flow_text_room(strlen(small_text)),
								journeys);
	CrmFlow		flow = {0};
	CrmFlow		again = {0};
	CrmError	error;
	size_t		size;
	size_t		size2;
	uint8_t    *data;
	uint8_t    *data2;
	uint8_t    *copy;
	int			refused = 0;

	CHECK(crm_flow_parse(small_text, strlen(small_text), true, s, NULL, &error));
	CHECK(finish(s, &flow, &error));
	data = encode(&flow, &size);
	CHECK(decode(data, size, &again, &error));
	data2 = encode(&again, &size2);
	CHECK_BYTES(data2, size2, data, size);
	flow_release(&again);
	copy = malloc(size);
	for (size_t cut = 0; cut < size; cut++)
	{
		memcpy(copy, data, cut);
		refused += !decode(copy, cut, &again, &error);
		flow_release(&again);
	}
	CHECK_INT(refused, (int) size);
	for (size_t i = 0; i < size; i++)
	{
		memcpy(copy, data, size);
		copy[i] ^= 0x80;
		decode(copy, size, &again, &error);
		flow_release(&again);
	}
	flow_release(&flow);
	free(data);
	free(data2);
	free(copy);
	free(s);
}

/* Any split and order of the same moves gives the same bytes. */
static void
test_merge(void)
{
	static const char *const names[] = {"1:A", "2:B", "3:C", "2:B2", "won:W",
	"lost:L"};
	uint64_t	seed = 42;
	bool		same = true;

	for (int round = 0; round < 200; round++)
	{
		CrmFlowRoom none = {0, 0};
		CrmFlowState *whole = new_state(none, journeys);
		CrmFlowState *part[3];
		CrmFlow		flow;
		CrmFlow		pieces;
		CrmError	error;
		uint8_t    *data;
		uint8_t    *data2;
		size_t		size;
		size_t		size2;

		for (int k = 0; k < 3; k++)
			part[k] = new_state(none, journeys);
		for (int i = 0; i < 120; i++)
		{
			CrmStage	from;
			CrmStage	to;
			int64_t		duration;
			int			k;

			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			from = stage(names[seed >> 40 & 3]);
			k = (int) (seed >> 33 & 7);
			to = stage(names[k % 6]);
			duration = (int64_t) (seed >> 20 & 0xfff) << (seed >> 50 & 31);
			if (crm_stage_compare(from, to) == 0 || k == 7)
			{
				whole = add(whole, from, NULL, 1, duration);
				part[i % 3] = add(part[i % 3], from, NULL, 1, duration);
				continue;
			}
			whole = add(whole, from, &to, 1, duration);
			part[i % 3] = add(part[i % 3], from, &to, 1, duration);
		}
		for (int k = 1; k >= 0; k--)
		{
			if (!finish(part[k == 1 ? 0 : 2], &flow, &error))
				abort();
			part[1] = make_room(part[1], crm_flow_needs(&flow));
			same = same && crm_flow_state_merge(part[1], &flow);
			flow_release(&flow);
		}
		same = same && finish(whole, &flow, &error) &&
			finish(part[1], &pieces, &error);
		data = encode(&flow, &size);
		data2 = encode(&pieces, &size2);
		same = same && size == size2 && memcmp(data, data2, size) == 0;
		free(data);
		free(data2);
		flow_release(&flow);
		flow_release(&pieces);
		free(whole);
		for (int k = 0; k < 3; k++)
			free(part[k]);
	}
	CHECK_NAMED(same, "200 random flows merge to the same bytes");
}

static void
test_limits(void)
{
	CrmFlowRoom none = {0, 0};
	CrmFlowRoom more = {CRM_FLOW_MOVE_STAGES, CRM_FLOW_MOVE_CELLS};
	CrmFlowState *s = new_state(none, journeys);
	CrmFlowRoom room;
	CrmError	error;
	char		text[16];
	uint32_t	index = 0;

	for (int i = 1; i <= 129; i++)
	{
		snprintf(text, sizeof text, "%d:S", i);
		if (!crm_flow_state_fits(s, more) &&
			crm_flow_state_grown(s, more, &room, &error))
			s = make_room(s, more);
		index = crm_flow_state_stage(s, stage(text));
		if (i <= 128 && index != (uint32_t) i - 1)
			break;
	}
	CHECK_INT(index, CRM_FLOW_MAX_STAGES);
	CHECK(crm_flow_state_add(s, 0, 1, CRM_FLOW_MAX_TOTAL, 0));
	CHECK(!crm_flow_state_add(s, 0, 1, 1, 0));
	more.cells = CRM_FLOW_MAX_ROOM;
	CHECK(!crm_flow_state_grown(s, more, &room, &error));
	CHECK_INT(error.kind, CRM_ERROR_LIMIT);
	CHECK(!crm_flow_state_sound(s, 8));
	free(s);
}

static void
test_direction(void)
{
	static const char *const rows[][3] = {
		{"1:A", "2:B", "forward"}, {"1:A", "3:C", "skip"},
		{"3:C", "2:B", "back"}, {"1:A", "won:W", "forward"},
		{"1:A", "lost:L", "lost"}, {"won:W", "lost:L", "lost"},
		{"lost:L", "1:A", "reopen"}, {"won:W", "3:C", "reopen"},
		{"lost:L", "won:W", "reopen"}, {"1:A", "1:A", "stay"},
		{"2:B", "2:C", "forward"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		CHECK_NAMED(strcmp(crm_flow_direction(stage(rows[i][0]),
											  stage(rows[i][1])),
						   rows[i][2]) == 0, rows[i][2]);
}

int
main(void)
{
	test_text();
	test_bytes();
	test_merge();
	test_limits();
	test_direction();
	return unit_done();
}
