/*
 * retention_fuzz.c
 *		Text and wire forms of retention, mrr_bridge and sbg_model.
 *
 * What is accepted must print and read back to the same bytes.
 */
#include "round_trip.h"

#include <stdio.h>

#include "float_text.h"
#include "mrr_bridge.h"
#include "retention.h"
#include "sbg.h"

static void
check_retention(CrmRetention r)
{
	CrmWriter	size = crm_writer(NULL, 0);
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmRetentionRow *rows = malloc(CRM_RETENTION_MAX_PERIODS * sizeof *rows);
	CrmRetentionFrame f;
	CrmTally   *back;
	char	   *buffer;
	CrmWriter	w;
	CrmJsonWriter json;
	CrmError	error;
	size_t		n;

	crm_retention_encode(r, &size);
	buffer = malloc(size.at);
	w = crm_writer(buffer, size.at);
	crm_retention_encode(r, &w);
	back = malloc((r.n_cells + 1) * sizeof *back);
	DEMAND(crm_retention_decode(buffer, size.at, &f, back, &n, &error));
	demand_equal(back, n * sizeof *back, r.cells, r.n_cells * sizeof *back);
	demand_equal(&f, sizeof f, r.frame, sizeof f);
	free(buffer);
	free(back);
	crm_retention_print(&count, r);
	buffer = malloc(count.out.at);
	json = crm_json_writer(buffer, count.out.at);
	crm_retention_print(&json, r);
	back = malloc((count.out.at / CRM_RETENTION_MIN_CELL_TEXT + 1) *
				  sizeof *back);
	DEMAND(crm_retention_parse(buffer, count.out.at, &f, back, &n, &error));
	demand_equal(back, n * sizeof *back, r.cells, r.n_cells * sizeof *back);
	free(buffer);
	free(back);
	for (size_t at = 0; at < r.n_cells;)
	{
		int32_t		periods = crm_retention_rows(r, &at, rows);

		for (int32_t k = 0; k < periods; k++)
		{
			DEMAND(rows[k].active <= rows[k].later);
			DEMAND(rows[k].later <= (k > 0 ? rows[k - 1].later : rows[k].size));
			DEMAND(k == 0 || rows[k - 1].complete || !rows[k].complete);
		}
	}
	free(rows);
}

static void
check_bridge(const CrmMrrBridge *b)
{
	uint8_t		bytes[CRM_MRR_BRIDGE_ENCODED_SIZE];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	char		text[2048];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmMrrBridge back;
	CrmError	error;

	crm_mrr_bridge_encode(b, &w);
	DEMAND(crm_mrr_bridge_decode(bytes, sizeof bytes, &back, &error));
	demand_equal(&back, sizeof back, b, sizeof back);
	crm_mrr_bridge_print(b, &json);
	DEMAND(crm_mrr_bridge_parse(text, json.out.at, &back, &error));
	demand_equal(&back, sizeof back, b, sizeof back);
}

static void
check_sbg(const CrmSbg *m)
{
	CrmTally   *room = malloc((CRM_SBG_MAX_RENEWALS + 1) * sizeof *room);
	char	   *text = malloc(32768);
	uint8_t    *bytes = malloc(9000);
	CrmJsonWriter json = crm_json_writer(text, 32768);
	CrmWriter	w = crm_writer(bytes, 9000);
	CrmSbg		back;
	CrmError	error;

	crm_sbg_encode(m, &w);
	DEMAND(!w.failed && crm_sbg_decode(bytes, w.at, room, &back, &error));
	demand_equal(&back.fit, sizeof back.fit, &m->fit, sizeof back.fit);
	demand_equal(room, back.n_periods * sizeof *room, m->periods,
				 m->n_periods * sizeof *room);
	crm_sbg_print(&json, m, &libc_float_text);
	DEMAND(!json.out.failed && crm_sbg_parse(text, json.out.at,
											 &libc_float_text, room, &back,
											 &error));
	demand_equal(&back.fit, sizeof back.fit, &m->fit, sizeof back.fit);
	/* any data that pass can be fitted, and the fit passes */
	DEMAND(crm_sbg_fit(&back, &error) && crm_sbg_check(&back, &error));
	free(room);
	free(text);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmTally   *room = malloc((size / CRM_RETENTION_MIN_CELL_TEXT +
							   CRM_SBG_MAX_RENEWALS + 2) * sizeof *room);
	const char *text = (const char *) data;
	CrmRetentionFrame f;
	CrmRetention r = {&f, room, 0};
	CrmMrrBridge b;
	CrmSbg		m;
	CrmError	error;

	if (crm_retention_decode(data, size, &f, room, &r.n_cells, &error))
		check_retention(r);
	if (crm_retention_parse(text, size, &f, room, &r.n_cells, &error))
		check_retention(r);
	if (crm_mrr_bridge_decode(data, size, &b, &error))
		check_bridge(&b);
	if (crm_mrr_bridge_parse(text, size, &b, &error))
		check_bridge(&b);
	if (crm_sbg_decode(data, size, room, &m, &error))
		check_sbg(&m);
	if (crm_sbg_parse(text, size, &libc_float_text, room, &m, &error))
		check_sbg(&m);
	free(room);
	return 0;
}
