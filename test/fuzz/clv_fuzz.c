/*
 * clv_fuzz.c
 *		Fuzz target: decoders and text of clv_model, its predictions, and fits.
 *
 * A text begins with its brace.  What is accepted must come back the same
 * through both forms; predictions must be where they can be; a fit of a small
 * sample must end.
 */
#include "clv_sample.h"
#include "float_text.h"
#include "round_trip.h"

/* More would only take time. */
#define MAX_PATTERNS 40
#define MAX_CHANCES 200

static void
check_outlook(const CrmClvOutlook *o)
{
	double		e = crm_clv_expected(o, 20);

	DEMAND(o->alive >= 0 && o->alive <= 1);
	DEMAND(e >= 0 && !isnan(e));
	DEMAND(crm_clv_expected(o, 10) <= e * (1 + 1e-9));
	DEMAND(crm_clv_alive_ahead(o, 20) <= o->alive * (1 + 1e-9));
	for (int n = 0; n < 5; n++)
	{
		double		p = crm_clv_probability(o, n, 20);

		DEMAND(p >= 0 && p <= 1);
	}
	DEMAND(crm_clv_discounted(o, 20, 0.01) >= 0);
	DEMAND(crm_clv_discounted(o, INFINITY, 0.01) >= 0);
}

static void
check_model(const CrmClvModel *m)
{
	static const CrmClvCustomer customers[] = {
		{0, 0, 10, 0}, {3, 5, 10, 20}, {7, 10, 10, 5}
	};

	for (int i = 0; i < 3; i++)
	{
		CrmClvCustomer c = customers[i];
		CrmClvOutlook o;
		double		spend;

		if (m->kind == CRM_CLV_GAMMA_GAMMA)
		{
			DEMAND(!crm_clv_spend(m, &c, &spend) || spend > 0);
			continue;
		}
		o = crm_clv_outlook(m, &c);
		check_outlook(&o);
		o = crm_clv_new_customer(m);
		check_outlook(&o);
	}
}

static void
check_model_forms(const CrmClvModel *m)
{
	uint8_t		bytes[CRM_CLV_MAX_ENCODED];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	char		text[2000];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmClvModel back;
	bool		is_sample;
	CrmError	error;

	crm_clv_encode(m, &w);
	DEMAND(!w.failed && crm_clv_decode(bytes, w.at, &back, &error));
	crm_clv_print(&back, &libc_float_text, &json);
	DEMAND(!json.out.failed);
	DEMAND(crm_clv_parse(text, json.out.at, &libc_float_text, &back,
						 &is_sample, &error) && !is_sample);
	DEMAND(memcmp(&back, m, sizeof back) == 0);
}

static void
check_sample(const CrmClvSample *s)
{
	size_t		size = CRM_CLV_SAMPLE_HEADER_SIZE + s->n * CRM_CLV_PATTERN_SIZE;
	uint8_t    *bytes = malloc(size);
	CrmWriter	w = crm_writer(bytes, size);
	CrmJsonWriter count = crm_json_writer(NULL, 0);
	CrmClvPattern *patterns;
	CrmClvSample back;
	char	   *text;
	CrmError	error;

	crm_clv_sample_encode(s, &w, NULL);
	DEMAND(!w.failed && w.at == size);
	crm_clv_sample_print(s, &libc_float_text, &count);
	text = malloc(count.out.at);

	patterns = malloc((count.out.at / CRM_CLV_MIN_PATTERN_TEXT + 1) *
					  sizeof *patterns);
	{
		CrmJsonWriter json = crm_json_writer(text, count.out.at);

		crm_clv_sample_print(s, &libc_float_text, &json);
		DEMAND(crm_clv_sample_parse(text, json.out.at, &libc_float_text,
									patterns, &back, &error));
	}
	DEMAND(back.n == s->n && back.unit == s->unit &&
		   memcmp(patterns, s->patterns, s->n * sizeof *patterns) == 0);
	free(text);
	free(patterns);
	free(bytes);
}

static void
check_fit(const CrmClvSample *s)
{
	CrmClvPatterns data = {s->patterns, s->n};
	CrmClvModel m;
	CrmError	error;

	if (s->n > MAX_PATTERNS)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->kind == CRM_CLV_BG_BB && s->patterns[i].first > MAX_CHANCES)
			return;
	if (crm_clv_fit(s->kind, data, NULL, &m, &error) == CRM_CLV_FIT_DONE)
		DEMAND(m.n_customers > 0 && m.parameters[0] > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool		is_text = size > 0 && data[0] == '{';
	const char *text = (const char *) data;
	CrmClvPattern *patterns = malloc((size / CRM_CLV_MIN_PATTERN_TEXT + 1) *
									 sizeof *patterns);
	CrmClvModel m;
	CrmClvSample s;
	bool		is_sample = false;
	CrmError	error;

	if (is_text ? crm_clv_parse(text, size, &libc_float_text, &m, &is_sample,
								&error) && !is_sample :
		crm_clv_decode(data, size, &m, &error))
	{
		check_model_forms(&m);
		check_model(&m);
	}
	else if (is_text ? crm_clv_sample_parse(text, size, &libc_float_text,
											patterns, &s, &error) :
			 crm_clv_sample_decode(data, size, patterns, &s, &error))
	{
		check_sample(&s);
		check_fit(&s);
	}
	free(patterns);
	return 0;
}
