/*
 * journey_read_sql.c
 *		SQL functions that answer questions about one deal's history.
 *
 * All read the view that PG_GETARG_CRM_JOURNEY gives; none edits anything.
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "datetime.h"
#include "funnel_sql.h"

PG_FUNCTION_INFO_V1(journey_timeline);
PG_FUNCTION_INFO_V1(journey_stage_at);
PG_FUNCTION_INFO_V1(journey_entered_at);
PG_FUNCTION_INFO_V1(journey_time_in_stage);
PG_FUNCTION_INFO_V1(journey_visits);
PG_FUNCTION_INFO_V1(journey_regressions);
PG_FUNCTION_INFO_V1(journey_skipped_stages);
PG_FUNCTION_INFO_V1(journey_reopened);
PG_FUNCTION_INFO_V1(journey_n_ignored);
PG_FUNCTION_INFO_V1(journey_outcome);
PG_FUNCTION_INFO_V1(journey_age);
PG_FUNCTION_INFO_V1(journey_cycle_length);

/*
 * timeline(journey) -> setof (stage, entered_at, exited_at): the visits in
 * order, the last one with exited_at NULL; strict
 */
Datum
journey_timeline(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmVisit	visit;
	CrmStageTable table;

	crm_journey_stage_table(&j, &table);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; crm_journey_next_visit(&j, &i, &visit);)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, visit.open};

		CHECK_FOR_INTERRUPTS();
		values[0] = PointerGetDatum(crm_make_stage(crm_table_stage(&table, visit.code)));
		values[1] = TimestampTzGetDatum(visit.entered_at);
		values[2] = TimestampTzGetDatum(visit.exited_at);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* stage_at(journey, at timestamptz) -> stage; strict, NULL before the first */
Datum
journey_stage_at(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
	uint32		low = 0;
	uint32		high = j.n_events;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (crm_journey_at(&j, middle) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(crm_make_stage(crm_journey_stage(&j, crm_journey_code(&j, low - 1))));
}

/*
 * entered_at(journey, label text) -> timestamptz: when the deal first came to
 * the stage; strict, NULL where it never did
 */
Datum
journey_entered_at(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	text	   *label = PG_GETARG_TEXT_PP(1);
	CrmVisit	visit;
	CrmStageTable table;

	crm_journey_stage_table(&j, &table);
	for (uint32 i = 0; crm_journey_next_visit(&j, &i, &visit);)
	{
		CrmStage	stage = crm_table_stage(&table, visit.code);

		if (stage.label_len == VARSIZE_ANY_EXHDR(label) &&
			memcmp(stage.label, VARDATA_ANY(label), stage.label_len) == 0)
			PG_RETURN_TIMESTAMPTZ(visit.entered_at);
	}
	PG_RETURN_NULL();
}

/*
 * time_in_stage(journey, label text, as_of timestamptz) -> interval: the sum of
 * the visits up to as_of; strict, NULL where there was none by then
 */
Datum
journey_time_in_stage(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	text	   *label = PG_GETARG_TEXT_PP(1);
	int64		as_of = crm_finite_time(PG_GETARG_TIMESTAMPTZ(2), "as_of");
	bool		entered;
	uint64		total = crm_journey_time_in(&j, VARDATA_ANY(label),
											VARSIZE_ANY_EXHDR(label), as_of,
											&entered);

	if (!entered)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crm_make_interval((int64) Min(total,
													   PG_INT64_MAX)));
}

/* visits(journey) -> integer; strict, as are the four below */
Datum
journey_visits(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_INT32(crm_journey_moves(&j).visits);
}

Datum
journey_regressions(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_INT32(crm_journey_moves(&j).regressions);
}

Datum
journey_skipped_stages(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_INT32(crm_journey_moves(&j).skipped);
}

Datum
journey_reopened(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_BOOL(crm_journey_moves(&j).reopenings > 0);
}

/* n_ignored(journey) -> bigint: rows with a NULL stage or time */
Datum
journey_n_ignored(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	PG_RETURN_INT64((int64) j.ignored);
}

static CrmVisit
last_visit(const CrmJourney *j)
{
	CrmVisit	last;

	for (uint32 i = 0; crm_journey_next_visit(j, &i, &last);)
		;
	return last;
}

/* outcome(journey) -> text: of the last stage; strict, NULL without events */
Datum
journey_outcome(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);

	if (j.n_events == 0)
		PG_RETURN_NULL();
	return crm_word_datum(crm_stage_outcome(crm_journey_stage(&j, crm_journey_code(&j, j.n_events - 1))));
}

/*
 * age(journey, as_of timestamptz) -> interval: from the first event to as_of,
 * of a closed deal to its closing; strict, NULL before the first event
 */
Datum
journey_age(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	int64		end = crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of");
	CrmVisit	last;

	if (j.n_events == 0 || crm_journey_at(&j, 0) > end)
		PG_RETURN_NULL();
	last = last_visit(&j);
	if (!crm_stage_is_open(crm_journey_stage(&j, last.code)) &&
		last.entered_at < end)
		end = last.entered_at;
	PG_RETURN_INTERVAL_P(crm_make_interval(crm_time_between(end, crm_journey_at(&j, 0))));
}

/*
 * cycle_length(journey) -> interval: from the first event to the last closing;
 * strict, NULL while the deal is open
 */
Datum
journey_cycle_length(PG_FUNCTION_ARGS)
{
	CrmJourney	j = PG_GETARG_CRM_JOURNEY(0);
	CrmVisit	last;

	if (j.n_events == 0)
		PG_RETURN_NULL();
	last = last_visit(&j);
	if (crm_stage_is_open(crm_journey_stage(&j, last.code)))
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crm_make_interval(crm_time_between(last.entered_at,
															crm_journey_at(&j, 0))));
}
