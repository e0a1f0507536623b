/*
 * waterfall_test.c
 *		Histories and waterfalls without a server: encoding, merging, balance.
 *
 * Random deals with few times and dates, so that ties, repeats, reopenings
 * and moves in and out of the window all occur; fixed seed.
 */
#include "datetime.h"
#include "unit.h"
#include "waterfall.h"

#include <stdlib.h>

static uint64_t seed = 20260301;

static uint32_t
draw(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (seed >> 33) % n;
}

static int
compare(const void *a, const void *b)
{
	return crm_deal_row_compare(a, b);
}

static CrmStage
stage(uint16_t rank, const char *label)
{
	CrmStage	s = {rank, (uint8_t) strlen(label), label};

	return s;
}

static CrmStage
random_stage(void)
{
	switch (draw(6))
	{
		case 0:
			return stage(1, "Lead");
		case 1:
			return stage(2, "Quote");
		case 2:
			return stage(2, "Offer");
		case 3:
			return stage(3, "Talks");
		case 4:
			return stage(CRM_STAGE_WON, "Won");
		default:
			return stage(CRM_STAGE_LOST, "Lost");
	}
}

typedef struct Bytes
{
	uint8_t    *data;
	size_t		size;
} Bytes;

static CrmDealState *
new_state(uint32_t rows, uint32_t stages)
{
	CrmDealState *s = malloc(crm_deal_state_size(rows, stages));

	s->varlena = 0;
	crm_deal_state_init(s, rows, stages);
	return s;
}

static CrmDealState *
add(CrmDealState *s, CrmStage st, CrmDealRow row)
{
	while (crm_deal_state_add(s, st, row) == CRM_DEAL_FULL)
	{
		CrmDealState *t = new_state(s->row_room * 2, s->stage_room * 2);

		crm_deal_state_move(s, t);
		free(s);
		s = t;
	}
	return s;
}

static Bytes
encode(CrmDealState *s)
{
	CrmStage	stages[CRM_DEAL_MAX_STAGES];
	uint8_t		code[CRM_DEAL_MAX_STAGES];
	CrmDealRow *rows = malloc((s->n_rows + 1) * sizeof *rows);
	uint32_t	n;
	CrmWriter	w = crm_writer(NULL, 0);
	Bytes		b;

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
	b.size = w.at;
	b.data = malloc(b.size);
	w = crm_writer(b.data, b.size);
	crm_deal_encode(stages, s->n_stages, rows, n, &w);
	free(rows);
	return b;
}

static CrmDealRow
random_row(void)
{
	CrmDealRow	row = {0};

	row.at = draw(12);
	row.has_amount = draw(4) > 0;
	row.amount = row.has_amount ? draw(5) * 1000 : 0;
	row.has_date = draw(4) > 0;
	row.close_date = row.has_date ? (int32_t) draw(6) : 0;
	return row;
}

/* The same rows in two orders, the second one twice over, in two pieces. */
static void
test_merging(void)
{
	int			different = 0;

	for (int k = 0; k < 10000; k++)
	{
		uint32_t	n = 1 + draw(8);
		CrmStage	stages[8];
		CrmDealRow	rows[8];
		CrmDealState *a = new_state(1, 8);
		CrmDealState *b = new_state(1, 8);
		Bytes		x;
		Bytes		y;
		CrmDealHistory h;
		CrmError	error;

		for (uint32_t i = 0; i < n; i++)
		{
			stages[i] = random_stage();
			rows[i] = random_row();
			a = add(a, stages[i], rows[i]);
		}
		for (uint32_t i = 2 * n; i-- > 0;)
			b = add(b, stages[i % n], rows[i % n]);
		x = encode(a);
		y = encode(b);
		different += x.size != y.size || memcmp(x.data, y.data, x.size) != 0 ||
			!crm_deal_decode(x.data, x.size, &h, &error);
		free(a);
		free(b);
		free(x.data);
		free(y.data);
	}
	CHECK_INT(different, 0);
}

/* What the deal is worth to the window at a time, told without the matcher. */
static bool
in_pipeline(const CrmDealHistory *h, const CrmWaterfallFrame *f, int64_t t,
			int64_t *amount)
{
	uint32_t	n = crm_deal_rows_until(h, t);
	CrmDealRow	row;

	if (n == 0)
		return false;
	row = crm_deal_row(h, n - 1);
	*amount = row.amount;
	return crm_stage_is_open(crm_deal_stage(h, row.stage)) &&
		(!f->windowed || (row.has_date && row.close_date >= f->close_from &&
						  row.close_date < f->close_until));
}

/*
 * Start and end are those of the snapshots; everything balances; the sum of
 * halves is the whole.
 */
static void
test_balance(void)
{
	CrmWaterfallFrame f = {3, 9, 2, 5, true};
	CrmWaterfall whole;
	CrmWaterfall half[2];
	CrmError	error;
	int			wrong = 0;
	int			seen[CRM_WATERFALL_PARTS] = {0};

	crm_waterfall_init(&whole, &f, &error);
	crm_waterfall_init(&half[0], &f, &error);
	crm_waterfall_init(&half[1], &f, &error);
	for (int k = 0; k < 10000; k++)
	{
		CrmDealState *s = new_state(16, 64);
		Bytes		b;
		CrmDealHistory h;
		CrmMovement m;
		int64_t		amount;

		for (uint32_t i = 1 + draw(8); i > 0; i--)
			s = add(s, random_stage(), random_row());
		b = encode(s);
		if (!crm_deal_decode(b.data, b.size, &h, &error))
			wrong++;
		m = crm_deal_movement(&h, &f);
		wrong += in_pipeline(&h, &f, 2, &amount) != (m.in == CRM_PART_START) ||
			(m.in == CRM_PART_START && amount != m.in_amount);
		wrong += in_pipeline(&h, &f, 8, &amount) != (m.out == CRM_PART_END) ||
			(m.out == CRM_PART_END && amount != m.out_amount);
		wrong += (m.in == CRM_PART_NONE) != (m.out == CRM_PART_NONE);
		if (m.in != CRM_PART_NONE)
		{
			seen[m.in]++;
			seen[m.out]++;
		}
		wrong += !crm_waterfall_add(&whole, m) ||
			!crm_waterfall_add(&half[k % 2], m) ||
			!crm_waterfall_valid(&whole, &error);
		free(s);
		free(b.data);
	}
	CHECK_INT(wrong, 0);
	for (int i = 0; i < CRM_WATERFALL_PARTS; i++)
		if (i != CRM_PART_INCREASED && i != CRM_PART_DECREASED)
			CHECK_NAMED(seen[i] > 50, crm_waterfall_part_name(i));
	CHECK(crm_waterfall_merge(&half[0], &half[1]));
	CHECK_BYTES(&half[0], sizeof half[0], &whole, sizeof whole);
}

static void
test_limits(void)
{
	CrmWaterfallFrame f = {CRM_TIME_UNBOUNDED_LOW, CRM_TIME_UNBOUNDED_HIGH,
	0, 0, false};
	CrmMovement m = {CRM_PART_NEW, CRM_PART_WON, 0, INT64_MAX};
	CrmWaterfall w;
	CrmWaterfall v;
	CrmError	error;
	uint8_t		bytes[CRM_WATERFALL_ENCODED_SIZE];
	CrmWriter	out = crm_writer(bytes, sizeof bytes);
	char		text[1024];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);

	CHECK(crm_waterfall_init(&w, &f, &error));
	for (int i = 0; i < 5; i++)
		CHECK(crm_waterfall_add(&w, m));
	crm_waterfall_encode(&w, &out);
	CHECK_INT(out.at, sizeof bytes);
	CHECK(crm_waterfall_decode(bytes, sizeof bytes, &v, &error));
	CHECK_BYTES(&v, sizeof v, &w, sizeof w);
	CHECK(!crm_waterfall_decode(bytes, sizeof bytes - 1, &v, &error));
	crm_waterfall_print(&w, &json);
	CHECK(crm_waterfall_parse(text, json.out.at, &v, &error));
	CHECK_BYTES(&v, sizeof v, &w, sizeof w);
	w.part[CRM_PART_WON].n = INT64_MAX;
	CHECK(!crm_waterfall_add(&w, m));
	CHECK(!crm_waterfall_merge(&v, &w));
	f.until = f.from;
	CHECK(!crm_waterfall_init(&w, &f, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
}

int
main(void)
{
	test_merging();
	test_balance();
	test_limits();
	return unit_done();
}
