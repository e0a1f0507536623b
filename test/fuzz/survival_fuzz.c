/*
 * survival_fuzz.c
 *		Text and wire forms of survival_curve, logrank and cox_model.
 *
 * What is accepted must print and read back to the same bytes, and what is
 * read from it must lie where it can.
 */
#include "round_trip.h"

#include <stdio.h>

#include "cox_model.h"
#include "float_text.h"
#include "logrank.h"

static void
check_curve(CrmSurvival c)
{
	size_t		size = CRM_SURVIVAL_HEADER_SIZE +
	c.n_times * CRM_SURVIVAL_ENTRY_SIZE;
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmTally   *back = malloc((c.n_times + 1) * sizeof *back);
	void	   *buffer = malloc(size);
	CrmWriter	w = crm_writer(buffer, size);
	CrmJsonWriter json;
	CrmSurvivalPoint p = crm_survival_start(c);
	CrmError	error;
	size_t		n;
	double		v;
	double		low;
	double		high;

	crm_survival_encode(c, &w);
	DEMAND(!w.failed && w.at == size);
	DEMAND(crm_survival_decode(buffer, size, back, &n, &error));
	demand_equal(back, n * sizeof *back, c.times, c.n_times * sizeof *back);
	free(buffer);
	crm_survival_print(&count, c, &libc_float_text);
	buffer = malloc(count.out.at);
	json = crm_json_writer(buffer, count.out.at);
	crm_survival_print(&json, c, &libc_float_text);
	free(back);
	back = malloc((count.out.at / CRM_SURVIVAL_MIN_ENTRY_TEXT + 1) *
				  sizeof *back);
	DEMAND(crm_survival_parse(buffer, count.out.at, &libc_float_text, back, &n,
							  &error));
	demand_equal(back, n * sizeof *back, c.times, c.n_times * sizeof *back);
	free(buffer);
	free(back);
	for (size_t i = 0; i < c.n_times; i++)
	{
		double		before = p.survival;

		crm_survival_step(c, i, &p);
		DEMAND(p.survival >= 0 && p.survival <= before);
		if (crm_survival_limits(&p, CRM_SCALE_LOG_LOG, 1.96, &low, &high))
			DEMAND(low >= 0 && low <= p.survival && p.survival <= high &&
				   high <= 1);
	}
	if (crm_survival_quantile(c, 0.5, CRM_LINE_SURVIVAL, CRM_SCALE_LOG, 2, &v))
		DEMAND(v >= 0 && v <= c.times[c.n_times - 1].key);
}

static void
check_logrank(CrmLogrank l)
{
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmWriter	size = crm_writer(NULL, 0);
	char		slots[CRM_LOGRANK_MAX_GROUPS * CRM_LOGRANK_SLOT];
	CrmLogrankGroup groups[CRM_LOGRANK_MAX_GROUPS];
	double	   *room = malloc(crm_logrank_room(l.n_groups) * sizeof *room);
	CrmTally   *back;
	char	   *buffer;
	CrmWriter	w;
	CrmJsonWriter json;
	CrmError	error;
	uint32_t	n_groups;
	size_t		n;

	crm_logrank_encode(l, &size);
	buffer = malloc(size.at);
	w = crm_writer(buffer, size.at);
	crm_logrank_encode(l, &w);
	back = malloc((l.n_times + 1) * sizeof *back);
	DEMAND(crm_logrank_decode(buffer, size.at, slots, &n_groups, back, &n,
							  &error));
	DEMAND(n_groups == l.n_groups);
	demand_equal(slots, n_groups * CRM_LOGRANK_SLOT, l.slots,
				 n_groups * CRM_LOGRANK_SLOT);
	demand_equal(back, n * sizeof *back, l.times, l.n_times * sizeof *back);
	free(buffer);
	free(back);
	crm_logrank_print(&count, l, &libc_float_text);
	buffer = malloc(count.out.at * 2);
	json = crm_json_writer(buffer, count.out.at);
	crm_logrank_print(&json, l, &libc_float_text);
	back = malloc((count.out.at / CRM_LOGRANK_MIN_ENTRY_TEXT + 1) *
				  sizeof *back);
	DEMAND(crm_logrank_parse(buffer, count.out.at, true, &libc_float_text,
							 slots, &n_groups, back, &n,
							 buffer + count.out.at, &error));
	demand_equal(back, n * sizeof *back, l.times, l.n_times * sizeof *back);
	free(buffer);
	free(back);
	(void) crm_logrank_test(l, groups, room, NULL);
	free(room);
}

static void
check_model(const CrmCoxModel *m)
{
	CrmWriter	size = crm_writer(NULL, 0);
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmCoxTerm *terms = malloc(CRM_COX_MODEL_MAX_TERMS * sizeof *terms);
	CrmCoxModel back;
	CrmJsonWriter json;
	CrmWriter	w;
	CrmError	error;
	char	   *bytes;
	char	   *again;
	char	   *text;

	crm_cox_model_encode(m, &size);
	bytes = malloc(size.at);
	again = malloc(size.at);
	w = crm_writer(bytes, size.at);
	crm_cox_model_encode(m, &w);
	DEMAND(crm_cox_model_decode(bytes, size.at, terms, &back, &error));
	crm_cox_model_print(&count, m, &libc_float_text);
	text = malloc(count.out.at * 2);

	json = crm_json_writer(text, count.out.at);
	crm_cox_model_print(&json, m, &libc_float_text);
	DEMAND(crm_cox_model_parse(text, count.out.at, true, &libc_float_text,
							   terms, text + count.out.at, &back, &error));
	w = crm_writer(again, size.at);
	crm_cox_model_encode(&back, &w);
	demand_equal(again, w.at, bytes, size.at);
	free(bytes);
	free(again);
	free(text);
	free(terms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmTally   *times = malloc((size / CRM_SURVIVAL_MIN_ENTRY_TEXT + 1) *
							   sizeof *times);
	CrmCoxTerm *terms = malloc(CRM_COX_MODEL_MAX_TERMS * sizeof *terms);
	char	   *texts = malloc(size + 1);
	char		slots[CRM_LOGRANK_MAX_GROUPS * CRM_LOGRANK_SLOT];
	const char *text = (const char *) data;
	CrmSurvival c = {times, 0};
	CrmLogrank	l = {slots, 0, times, 0};
	CrmCoxModel m;
	CrmError	error;

	if (crm_survival_decode(data, size, times, &c.n_times, &error))
		check_curve(c);
	if (crm_survival_parse(text, size, &libc_float_text, times, &c.n_times,
						   &error))
		check_curve(c);
	if (crm_logrank_decode(data, size, slots, &l.n_groups, times, &l.n_times,
						   &error))
		check_logrank(l);
	if (crm_logrank_parse(text, size, true, &libc_float_text, slots,
						  &l.n_groups, times, &l.n_times, texts, &error))
		check_logrank(l);
	if (crm_cox_model_decode(data, size, terms, &m, &error))
		check_model(&m);
	if (crm_cox_model_parse(text, size, true, &libc_float_text, terms, texts,
							&m, &error))
		check_model(&m);
	free(times);
	free(terms);
	free(texts);
	return 0;
}
