/*
 * funnel_fuzz.c
 *		Text and bytes of funnels and their definitions: what is accepted comes
 *		back the same, and a definition that is accepted compiles.
 */
#include "round_trip.h"

#include "funnel.h"
#include "funnel_report.h"

static CrmFunnelDefinition definition;
static CrmFunnelDefinition other;
static CrmFunnelProgram program;

static uint8_t *
encode_definition(const CrmFunnelDefinition *d, size_t *size)
{
	CrmWriter	w = crm_writer(NULL, 0);
	uint8_t    *data;

	crm_funnel_definition_encode(d, &w);
	data = malloc(w.at);
	w = crm_writer(data, w.at);
	crm_funnel_definition_encode(d, &w);
	DEMAND(!w.failed);
	*size = w.at;
	return data;
}

static char *
print(void (*printer) (CrmJsonWriter *w, const void *value), const void *value,
	  size_t *size)
{
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	char	   *text;

	printer(&w, value);
	text = malloc(w.out.at);
	w = crm_json_writer(text, w.out.at);
	printer(&w, value);
	DEMAND(!w.out.failed);
	*size = w.out.at;
	return text;
}

static void
check_definition(const CrmFunnelDefinition *d)
{
	size_t		size;
	size_t		n;
	uint8_t    *data = encode_definition(d, &size);
	uint8_t    *again;
	char	   *text = print(crm_funnel_definition_print, d, &n);
	char	   *scratch = malloc(n);
	CrmJsonReader r = crm_json_reader(text, n, true);
	const char *names[CRM_FUNNEL_PARTS];
	CrmError	error;

	DEMAND(crm_funnel_definition_parse(&r, scratch, &other, &error));
	DEMAND(crm_funnel_differences(d, &other, names) == 0);
	again = encode_definition(&other, &n);
	demand_equal(data, size, again, n);
	DEMAND(crm_funnel_definition_decode(data, size, &other, &error));
	crm_funnel_compile(d, &program);
	free(again);
	free(scratch);
	free(text);
	free(data);
}

/* The encoded form of a text, or NULL. */
static uint8_t *
parse_funnel(const char *text, size_t size, size_t *n)
{
	char	   *scratch = malloc(size + 1);
	CrmFunnelStep *steps = calloc(CRM_FUNNEL_MAX_STEPS + 1, sizeof *steps);
	CrmCell    *cells = malloc((size / CRM_FUNNEL_CELL_TEXT + 1) *
							   sizeof *cells);
	CrmJsonReader r = crm_json_reader(text, size, true);
	CrmFunnelParts parts;
	CrmError	error;
	uint8_t    *data = NULL;

	if (crm_funnel_parse(&r, scratch, &other, &parts, steps, cells, &error))
	{
		CrmWriter	w = crm_writer(NULL, 0);
		uint8_t    *bytes = encode_definition(&other, &parts.definition_size);

		parts.definition = bytes;
		crm_funnel_put(&w, &parts);
		*n = w.at;
		data = malloc(w.at);
		w = crm_writer(data, w.at);
		crm_funnel_put(&w, &parts);
		free(bytes);
	}
	free(cells);
	free(steps);
	free(scratch);
	return data;
}

/* What is made of a funnel; the view is edited, so it comes last. */
static void
check_reports(CrmFunnel *f, CrmBucket *buckets)
{
	CrmBottleneck rows[CRM_FUNNEL_MAX_STEPS + 1];
	CrmFunnel	all = *f;
	CrmComparison row;
	uint64_t	entries = f->counts.entries;

	crm_funnel_bottleneck(f, &definition, rows);
	for (int step = 1; step <= f->n_steps; step++)
	{
		DEMAND(!(rows[step].drop_share < 0 || rows[step].drop_share > 1));
		DEMAND(!(rows[step].amount_share < 0 || rows[step].amount_share > 1));
		DEMAND(!(rows[step].time_share < 0 || rows[step].time_share > 1));
		DEMAND(!rows[step].has_gain || rows[step].gained_deals >= 0);
	}
	if (f->has_days)
	{
		uint64_t	immature = crm_funnel_immature(f, &definition, 0);

		crm_funnel_keep_mature(f, &definition, 0);
		DEMAND(f->counts.entries + immature == entries);
	}
	for (int step = 1; step <= f->n_steps; step++)
		crm_funnel_compare(&all, f, step, buckets, &row);
}

static void
check_funnel(const uint8_t *data, size_t size)
{
	CrmFunnel	f;
	CrmFunnelText t = {&f, &definition};
	CrmBucket  *buckets;
	CrmConversion row;
	char	   *text;
	uint8_t    *again;
	size_t		n;
	CrmError	error;

	if (!crm_funnel_decode(data, size, &f, &definition, &error))
		return;
	buckets = malloc((f.n_cells + 1) * sizeof *buckets);
	for (int step = 1; step <= f.n_steps; step++)
		crm_funnel_conversion(&f, step, buckets, &row);
	text = print(crm_funnel_print, &t, &n);
	again = parse_funnel(text, n, &n);
	DEMAND(again != NULL);
	demand_equal(data, size, again, n);
	free(again);
	free(text);
	check_reports(&f, buckets);
	free(buckets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *scratch = malloc(size + 1);
	CrmJsonReader r = crm_json_reader((const char *) data, size, true);
	CrmError	error;
	size_t		n;
	uint8_t    *bytes;

	if (crm_funnel_definition_parse(&r, scratch, &definition, &error))
		check_definition(&definition);
	if (crm_funnel_definition_decode(data, size, &definition, &error))
		check_definition(&definition);
	bytes = parse_funnel((const char *) data, size, &n);
	if (bytes != NULL)
		check_funnel(bytes, n);
	check_funnel(data, size);
	free(bytes);
	free(scratch);
	return 0;
}
