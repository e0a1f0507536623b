/*
 * sales_series_fuzz.c
 *		Text and binary input of sales_series: what is accepted comes back the
 *		same, and its calendar finds every date again.
 */
#include "round_trip.h"
#include "sales_series.h"

static void
check_round_trip(CrmSeries s)
{
	size_t		size = CRM_SERIES_HEADER_SIZE + s.n * CRM_SERIES_ENTRY_SIZE;
	uint8_t    *bytes = malloc(size);
	CrmPeriod  *periods = malloc((s.n + 1) * sizeof *periods);
	CrmWriter	out = crm_writer(bytes, size);
	CrmJsonWriter json = crm_json_writer(NULL, 0);
	CrmCalendar c = crm_series_calendar(s);
	CrmSeries	back;
	CrmError	error;
	char	   *text;

	crm_series_encode(s, &out);
	DEMAND(out.at == size &&
		   crm_series_decode(bytes, size, periods, &back, &error));
	demand_equal(back.periods, back.n * sizeof *periods, s.periods,
				 s.n * sizeof *periods);
	crm_series_print(&json, s);
	text = malloc(json.out.at + 1);

	json = crm_json_writer(text, json.out.at);
	crm_series_print(&json, s);
	free(periods);
	periods = malloc((json.out.at / CRM_SERIES_MIN_ENTRY_TEXT + 1) *
					 sizeof *periods);
	DEMAND(crm_series_parse(text, json.out.at, true, periods, &back, &error));
	demand_equal(back.periods, back.n * sizeof *periods, s.periods,
				 s.n * sizeof *periods);
	DEMAND(back.ignored == s.ignored);
	for (size_t i = 0; i < s.n; i++)
	{
		int32_t		date;

		DEMAND(crm_calendar_date(&c, crm_calendar_position(&c, s.periods[i].date),
								 &date) && date == s.periods[i].date);
	}
	free(text);
	free(periods);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmPeriod  *periods = malloc((size / CRM_SERIES_MIN_ENTRY_TEXT + 1) *
								 sizeof *periods);
	CrmSeries	s;
	CrmError	error;

	if (crm_series_decode(data, size, periods, &s, &error))
		check_round_trip(s);
	if (crm_series_parse((const char *) data, size, true, periods, &s, &error))
		check_round_trip(s);
	free(periods);
	return 0;
}
