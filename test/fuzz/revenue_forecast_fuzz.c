/*
 * revenue_forecast_fuzz.c
 *		Text and binary input of revenue_forecast: what is accepted comes back
 *		the same.
 */
#include "float_text.h"
#include "revenue_forecast.h"
#include "round_trip.h"

static void
check_round_trip(CrmForecast f)
{
	size_t		size = CRM_FORECAST_HEADER_SIZE +
	f.n_deals * CRM_FORECAST_ENTRY_SIZE;
	uint8_t    *bytes = malloc(size);
	CrmDeal    *deals = malloc((f.n_deals + 1) * sizeof *deals);
	CrmWriter	out = crm_writer(bytes, size);
	CrmJsonWriter json = crm_json_writer(NULL, 0);
	CrmForecast back;
	CrmError	error;
	char	   *text;

	crm_forecast_encode(f, &out);
	DEMAND(out.at == size &&
		   crm_forecast_decode(bytes, size, deals, &back, &error));
	demand_equal(back.deals, back.n_deals * sizeof *deals, f.deals,
				 f.n_deals * sizeof *deals);
	crm_forecast_print(&json, f, &libc_float_text);
	text = malloc(json.out.at + 1);

	json = crm_json_writer(text, json.out.at);
	crm_forecast_print(&json, f, &libc_float_text);
	free(deals);
	deals = malloc((json.out.at / CRM_FORECAST_MIN_ENTRY_TEXT + 1) *
				   sizeof *deals);
	DEMAND(crm_forecast_parse(text, json.out.at, true, &libc_float_text,
							  deals, &back, &error));
	demand_equal(back.deals, back.n_deals * sizeof *deals, f.deals,
				 f.n_deals * sizeof *deals);
	DEMAND(back.ignored == f.ignored);
	(void) crm_forecast_mean(f);
	free(text);
	free(deals);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CrmDeal    *deals = malloc((size / CRM_FORECAST_MIN_ENTRY_TEXT + 1) *
							   sizeof *deals);
	CrmForecast f;
	CrmError	error;

	if (crm_forecast_decode(data, size, deals, &f, &error))
		check_round_trip(f);
	if (crm_forecast_parse((const char *) data, size, true, &libc_float_text,
						   deals, &f, &error))
		check_round_trip(f);
	free(deals);
	return 0;
}
