/*
 * pipeline_fuzz.c
 *		Text and bytes of a pipeline: what is accepted comes back the same.
 */
#include "round_trip.h"

#include "pipeline.h"

static void
check(const uint8_t *bytes, size_t size)
{
	CrmPipeline p;
	CrmError	error;
	CrmWriter	w = crm_writer(NULL, 0);
	CrmStage	stage;
	CrmStage	found;
	uint32_t	position;
	size_t		again_size;
	char	   *text;
	uint8_t    *again;
	CrmPipelineCursor c;

	if (!crm_pipeline_decode(bytes, size, &p, &error))
		return;
	crm_pipeline_text(&p, &w);
	text = malloc(w.at);
	again = malloc(CRM_PIPELINE_PARSE_SIZE(w.at));
	w = crm_writer(text, w.at);
	crm_pipeline_text(&p, &w);
	DEMAND(!w.failed);
	DEMAND(crm_pipeline_parse(text, w.at, again, &again_size, &error));
	demand_equal(bytes, size, again, again_size);
	if (!crm_pipeline_duplicate(&p, &stage))
	{
		c = crm_pipeline_walk(&p);
		while (crm_pipeline_next(&c, &stage))
		{
			DEMAND(crm_pipeline_find(&p, stage.label, stage.label_len,
									 &found, &position));
			DEMAND(position == c.position && found.rank == stage.rank);
		}
	}
	free(text);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t    *bytes = malloc(CRM_PIPELINE_PARSE_SIZE(size));
	size_t		encoded;
	CrmError	error;

	if (crm_pipeline_parse((const char *) data, size, bytes, &encoded, &error))
	{
		CrmPipeline p;

		DEMAND(encoded <= CRM_PIPELINE_PARSE_SIZE(size));
		DEMAND(crm_pipeline_decode(bytes, encoded, &p, &error));
		check(bytes, encoded);
	}
	free(bytes);
	check(data, size);
	return 0;
}
