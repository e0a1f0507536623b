/*
 * opportunity_test.c
 *		An opportunity: JSON text, bytes, checks, expected value, category.
 */
#include "unit.h"

#include <stdlib.h>

#include "float_text.h"
#include "opportunity.h"

static char scratch[2000];
static const char full[] =
"{\"stage\":\"3:Proposal\",\"amount\":1200.5,"
"\"created_at\":\"2026-03-01T09:30:00Z\",\"close_date\":\"2026-06-30\","
"\"probability\":0.25,\"modified_at\":\"2026-03-02T00:00:00Z\","
"\"owner\":\"Ann\",\"customer\":\"\",\"product\":\"A \\\"B\\\"\","
"\"feedback\":\"good\\n\"}";

/* Parses; the kind of the refusal or -1 when accepted. */
static int
kind(const char *text, CrmOpportunity *o)
{
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

	return crm_opportunity_parse(text, strlen(text), true, &libc_float_text,
								 scratch, o, &error) ? -1 : (int) error.kind;
}

static size_t
print(const CrmOpportunity *o, char *text, size_t size)
{
	CrmJsonWriter w = crm_json_writer(text, size);

	crm_opportunity_print(o, &libc_float_text, &w);
	return w.out.at;
}

static void
test_text(void)
{
	CrmOpportunity o;
	char		text[1000];

	CHECK_INT(kind(full, &o), -1);
	CHECK_TEXT(text, print(&o, text, sizeof text), full);
	CHECK_INT(kind(" { \"amount\" : 1e2 , \"stage\" : \"won: Won \","
				   "\"owner\":null,\"probability\":-0}", &o), -1);
	CHECK_TEXT(text, print(&o, text, sizeof text),
			   "{\"stage\":\"won:Won\",\"amount\":100,\"probability\":0}");
}

static void
test_refused(void)
{
	static const char *const wrong[] = {
		"", "{}", "[]", "\"3:A\"", "{\"stage\":null}", "{\"stage\":3}",
		"{\"stage\":\"3\"}", "{\"stage\":\"3:A\"", "{\"stage\":\"3:A\"}x",
		"{\"stage\":\"3:A\",\"stage\":\"3:A\"}", "{\"stage\":\"3:A\",\"x\":1}",
		"{\"stage\":\"3:A\",\"amount\":\"1\"}",
		"{\"stage\":\"3:A\",\"amount\":true}",
		"{\"stage\":\"3:A\",\"amount\":NaN}",
		"{\"stage\":\"3:A\",\"owner\":{}}",
		"{\"stage\":\"3:A\",\"owner\":\"\\u0000\"}",
		"{\"stage\":\"3:A\",\"created_at\":\"2026-03-01\"}",
		"{\"stage\":\"3:A\",\"created_at\":\"infinity\"}",
		"{\"stage\":\"3:A\",\"close_date\":\"2026-02-30\"}",
		"{\"stage\":\"3:A\",}"
	};
	static const char *const values[] = {
		"{\"stage\":\"3:A\",\"amount\":-1}",
		"{\"stage\":\"3:A\",\"probability\":1.5}",
		"{\"stage\":\"3:A\",\"probability\":-0.1}",
		"{\"stage\":\"3:A\",\"probability\":1e999}"
	};
	CrmOpportunity o;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_INT(kind(wrong[i], &o), CRM_ERROR_SYNTAX);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		CHECK_INT(kind(values[i], &o), CRM_ERROR_VALUE);
	CHECK_INT(kind("{\"stage\":\"0:A\"}", &o), CRM_ERROR_RANGE);
	CHECK_INT(kind("{\"stage\":\"3:A\",\"amount\":0.00001}", &o),
			  CRM_ERROR_RANGE);
	CHECK_INT(kind("{\"stage\":\"3:A\",\"amount\":1e30}", &o),
			  CRM_ERROR_RANGE);
}

/* Texts at and above their greatest length. */
static void
test_limits(void)
{
	CrmOpportunity o;
	CrmError	error;
	char	   *long_text = calloc(CRM_OPPORTUNITY_MAX_FEEDBACK + 1, 1);

	memset(long_text, 'x', CRM_OPPORTUNITY_MAX_FEEDBACK + 1);

	for (int f = CRM_FIELD_OWNER; f <= CRM_FIELD_FEEDBACK; f++)
	{
		size_t		most = f == CRM_FIELD_FEEDBACK ?
		CRM_OPPORTUNITY_MAX_FEEDBACK : CRM_OPPORTUNITY_MAX_NAME;
		CrmText    *t;

		CHECK_INT(kind(full, &o), -1);
		t = crm_opportunity_text_field(&o, (CrmOpportunityField) f);
		t->data = long_text;
		t->len = most;
		CHECK(crm_opportunity_check(&o, &error));
		t->len = most + 1;
		CHECK(!crm_opportunity_check(&o, &error));
		CHECK_INT(error.kind, CRM_ERROR_LIMIT);
		t->data = "a\0b";
		t->len = 3;
		CHECK(!crm_opportunity_check(&o, &error));
		CHECK_INT(error.kind, CRM_ERROR_SYNTAX);
	}
	free(long_text);
}

static void
test_bytes(void)
{
	CrmOpportunity o;
	CrmOpportunity back;
	CrmError	error;
	uint8_t		data[500];
	CrmWriter	w = crm_writer(data, sizeof data);
	char		text[1000];
	size_t		size;

	CHECK_INT(kind(full, &o), -1);
	crm_opportunity_encode(&o, &w);
	size = w.at;
	CHECK(crm_opportunity_decode(data, size, &back, &error));
	CHECK_TEXT(text, print(&back, text, sizeof text), full);
	for (size_t n = 0; n < size; n++)
		CHECK_NAMED(!crm_opportunity_decode(data, n, &back, &error),
					"truncated");
	CHECK(!crm_opportunity_decode(data, size + 1, &back, &error));
	data[0] = 2;
	CHECK(!crm_opportunity_decode(data, size, &back, &error));
	data[0] = 1;
	data[1] |= 4;				/* an eleventh field */
	CHECK(!crm_opportunity_decode(data, size, &back, &error));
	data[1] &= 3;
	data[14] = 0x80;			/* a negative amount */
	CHECK(!crm_opportunity_decode(data, size, &back, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
	data[14] = 0;
	data[34] = 0x7F;			/* the probability becomes NaN */
	data[35] = 0xFF;
	CHECK(!crm_opportunity_decode(data, size, &back, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
}

/* The expected value, -1 when there is none. */
static long long
expected(const char *text)
{
	CrmOpportunity o;
	int64_t		money;

	CHECK_INT(kind(text, &o), -1);
	return crm_opportunity_expected(&o, &money) ? money : -1;
}

static void
test_expected(void)
{
	CHECK_INT(expected(full), 3001250);
	CHECK_INT(expected("{\"stage\":\"won:W\",\"amount\":2,\"probability\":0.1}"),
			  20000);
	CHECK_INT(expected("{\"stage\":\"lost:L\",\"amount\":2}"), 0);
	CHECK_INT(expected("{\"stage\":\"1:A\",\"amount\":2}"), -1);
	CHECK_INT(expected("{\"stage\":\"1:A\",\"probability\":0.5}"), -1);
	CHECK_INT(expected("{\"stage\":\"lost:L\"}"), -1);
}

/* Categories of the open stages of pipelines of 1 to 9, one letter each. */
static void
test_category(void)
{
	static const char *const want[] = {
		"f", "ps", "pfs", "pffs", "ppfss", "ppffss", "ppfffss", "pppffsss",
		"pppfffsss"
	};
	static const char letters[] = "pfswl";
	uint8_t		data[200];
	CrmPipeline p;
	CrmError	error;
	CrmOpportunity o;
	CrmCategory category = CRM_CATEGORY_POTENTIAL;

	for (size_t n = 1; n <= 9; n++)
	{
		CrmWriter	w = crm_writer(data, sizeof data);

		crm_pipeline_put_header(&w, n, 1, 1);
		for (size_t i = 0; i < n; i++)
			crm_pipeline_put_label(&w, &"123456789"[i], 1);
		crm_pipeline_put_label(&w, "W", 1);
		crm_pipeline_put_label(&w, "L", 1);
		CHECK(crm_pipeline_decode(data, w.at, &p, &error));
		for (size_t i = 0; i < n; i++)
		{
			char		text[] = "{\"stage\":\"1:?\"}";

			text[12] = "123456789"[i];
			CHECK_INT(kind(text, &o), -1);
			CHECK(crm_opportunity_category(&o, &p, &category));
			CHECK_INT(letters[category], want[n - 1][i]);
		}
	}
	CHECK_INT(kind("{\"stage\":\"4:W\"}", &o), -1);
	CHECK(crm_opportunity_category(&o, &p, &category));
	CHECK_INT(category, CRM_CATEGORY_WON);
	CHECK_INT(kind("{\"stage\":\"lost:W\"}", &o), -1);
	CHECK(crm_opportunity_category(&o, &p, &category));
	CHECK_INT(category, CRM_CATEGORY_CLOSED_LOST);
	CHECK_INT(kind("{\"stage\":\"1:X\"}", &o), -1);
	CHECK(!crm_opportunity_category(&o, &p, &category));
}

int
main(void)
{
	test_text();
	test_refused();
	test_limits();
	test_bytes();
	test_expected();
	test_category();
	return unit_done();
}
