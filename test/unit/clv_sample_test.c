/*
 * clv_sample_test.c
 *		Unit tests of src/core/clv.c, clv_text.c and clv_sample.c: what may be
 *		a model or a sample, in bytes and in text.
 */
#include "clv_sample.h"
#include "float_text.h"
#include "unit.h"

static bool
parse(const char *text, CrmClvModel *m, CrmError *error)
{
	bool		is_sample = false;

	error->kind = CRM_ERROR_LIMIT;
	return crm_clv_parse(text, strlen(text), &libc_float_text, m, &is_sample,
						 error) && !is_sample;
}

static void
check_round_trip(const char *text)
{
	CrmClvModel m;
	CrmClvModel back;
	CrmError	error;
	char		buffer[1000];
	CrmJsonWriter json = crm_json_writer(buffer, sizeof buffer);
	uint8_t		bytes[CRM_CLV_MAX_ENCODED];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);

	CHECK_NAMED(parse(text, &m, &error), text);
	crm_clv_print(&m, &libc_float_text, &json);
	CHECK_TEXT(buffer, json.out.at, text);
	crm_clv_encode(&m, &w);
	CHECK(!w.failed);
	CHECK_NAMED(crm_clv_decode(bytes, w.at, &back, &error), text);
	CHECK_BYTES(&back, sizeof back, &m, sizeof m);
	for (size_t n = 0; n < w.at; n++)
		CHECK_NAMED(!crm_clv_decode(bytes, n, &back, &error), "cut short");
}

static void
check_refused(const char *text, CrmErrorKind kind)
{
	CrmClvModel m;
	CrmError	error;

	CHECK_NAMED(!parse(text, &m, &error), text);
	CHECK_INT(error.kind, kind);
}

#define BG "\"kind\":\"bg_nbd\",\"parameters\":{\"r\":0.25,\"alpha\":4,\"a\":0.8,\"b\":2.5}"
#define FIT "\"log_likelihood\":-10.5,\"n_customers\":7,\"left_out\":0,\"converged\":"

static void
test_models(void)
{
	check_round_trip("{" BG "}");
	check_round_trip("{" BG ",\"unit\":604800000000,\"until\":\"1997-09-30\"}");
	check_round_trip("{" BG "," FIT "false,\"iterations\":3}");
	check_round_trip("{" BG ",\"standard_errors\":{\"r\":1,\"alpha\":2,\"a\":3,\"b\":4}," FIT "true,\"iterations\":3}");
	check_round_trip("{\"kind\":\"gamma_gamma\",\"parameters\":{\"p\":6.25,\"q\":3.74,\"gamma\":15.44}}");
	check_refused("", CRM_ERROR_SYNTAX);
	check_refused("{}", CRM_ERROR_SYNTAX);
	check_refused("{" BG "} x", CRM_ERROR_SYNTAX);
	check_refused("{" BG "," BG "}", CRM_ERROR_SYNTAX);
	check_refused("{" BG ",\"other\":1}", CRM_ERROR_SYNTAX);
	check_refused("{" BG ",\"unit\":0}", CRM_ERROR_VALUE);
	check_refused("{" BG ",\"unit\":1.5}", CRM_ERROR_RANGE);
	check_refused("{" BG ",\"until\":\"soon\"}", CRM_ERROR_SYNTAX);
	check_refused("{" BG "," FIT "true,\"iterations\":3}", CRM_ERROR_SYNTAX);
	check_refused("{" BG ",\"iterations\":3}", CRM_ERROR_SYNTAX);
	check_refused("{\"kind\":\"bg\"}", CRM_ERROR_VALUE);
	check_refused("{\"kind\":\"bg_nbd\"}", CRM_ERROR_SYNTAX);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":0.25,\"alpha\":4,\"a\":0.8}}", CRM_ERROR_SYNTAX);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":0.25,\"alpha\":4,\"a\":0.8,\"a\":2}}", CRM_ERROR_SYNTAX);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":0,\"alpha\":4,\"a\":0.8,\"b\":2}}", CRM_ERROR_VALUE);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":-1,\"alpha\":4,\"a\":0.8,\"b\":2}}", CRM_ERROR_VALUE);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":1e999,\"alpha\":4,\"a\":0.8,\"b\":2}}", CRM_ERROR_RANGE);
	check_refused("{\"kind\":\"bg_nbd\",\"parameters\":{\"r\":1e20,\"alpha\":4,\"a\":0.8,\"b\":2}}", CRM_ERROR_VALUE);
	check_refused("{\"parameters\":{},\"kind\":\"bg_nbd\"}", CRM_ERROR_SYNTAX);
}

/* A state of customers in some order, as bytes of the sample. */
static size_t
sample_bytes(CrmClvKind kind, const CrmClvCustomer *c, const int *order,
			 int n, int times, uint8_t *bytes, size_t size)
{
	static union
	{
		CrmClvState state;
		char		room[4096];
	}			u;
	static CrmClvPattern work[64];
	CrmClvSample s;
	CrmError	error;
	CrmWriter	w = crm_writer(bytes, size);

	crm_clv_state_init(&u.state, CRM_CLV_FIRST_ROOM, kind);
	CHECK(crm_clv_state_sound(&u.state, crm_clv_state_size(CRM_CLV_FIRST_ROOM)));
	CHECK_INT(crm_clv_state_meet(&u.state, 7, true, 12), CRM_CLV_ADDED);
	for (int i = 0; i < n; i++)
		for (int k = 0; k < times; k++)
			CHECK_INT(crm_clv_state_add(&u.state, &c[order[i]], 6 / times), CRM_CLV_ADDED);
	s = crm_clv_state_sample(&u.state, work, NULL);
	CHECK(crm_clv_sample_check(&s, &error));
	crm_clv_sample_encode(&s, &w, NULL);
	CHECK(!w.failed);
	return w.at;
}

static void
test_samples(void)
{
	static const CrmClvCustomer c[] = {
		{0, 0, 39, 0}, {2, 30, 39, 20}, {2, 31, 39, 21.5}, {1, 5, 20, 3},
		{0, 0, 20, 0}, {5, 5, 5, 0}
	};
	static const int up[] = {0, 1, 2, 3, 4, 5, 0, 1};
	static const int down[] = {1, 0, 5, 4, 3, 2, 1, 0};
	uint8_t		a[1000];
	uint8_t		b[1000];
	size_t		a_size = sample_bytes(CRM_CLV_BG_NBD, c, up, 8, 1, a, sizeof a);
	size_t		b_size = sample_bytes(CRM_CLV_BG_NBD, c, down, 8, 6, b, sizeof b);
	CrmClvPattern patterns[40];
	CrmClvSample s;
	CrmError	error;
	char		text[1000];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);

	/* any order, repetition as weight */
	CHECK_BYTES(a, a_size, b, b_size);
	CHECK_INT(a_size, CRM_CLV_SAMPLE_HEADER_SIZE + 6 * CRM_CLV_PATTERN_SIZE);
	CHECK(crm_clv_sample_decode(a, a_size, patterns, &s, &error));
	CHECK_INT(s.n, 6);
	CHECK_INT(patterns[0].weight, 6);
	CHECK_INT(patterns[1].weight, 12);
	for (size_t n = 0; n < a_size; n++)
		CHECK_NAMED(!crm_clv_sample_decode(a, n, patterns, &s, &error), "cut short");
	CHECK(crm_clv_sample_decode(a, a_size, patterns, &s, &error));
	crm_clv_sample_print(&s, &libc_float_text, &json);
	CHECK_TEXT(text, 75, "{\"kind\":\"bg_nbd\",\"unit\":7,\"until\":\"2000-01-13\",\"left_out\":0,\"patterns\":[[0,");
	CHECK(crm_clv_sample_parse(text, json.out.at, &libc_float_text, patterns, &s, &error));
	CHECK_INT(s.n, 6);
	a[CRM_CLV_SAMPLE_HEADER_SIZE + 27] = 0;
	CHECK(!crm_clv_sample_decode(a, a_size, patterns, &s, &error));
	/* only who paid counts; who did not is counted apart */
	a_size = sample_bytes(CRM_CLV_GAMMA_GAMMA, c, up, 8, 1, a, sizeof a);
	CHECK(crm_clv_sample_decode(a, a_size, patterns, &s, &error));
	CHECK_INT(s.n, 3);
	CHECK_INT(s.left_out, 6);
}

static void
test_limits(void)
{
	union
	{
		CrmClvState state;
		char		room[2048];
	}			u;
	CrmClvCustomer c = {1, 1, 2, 0};

	crm_clv_state_init(&u.state, CRM_CLV_FIRST_ROOM, CRM_CLV_BG_NBD);
	CHECK_INT(crm_clv_state_meet(&u.state, 0, false, 0), CRM_CLV_ADDED);
	CHECK_INT(crm_clv_state_meet(&u.state, 7, false, 0), CRM_CLV_OTHER_UNIT);
	CHECK_INT(crm_clv_state_add(&u.state, &c, INT64_MAX), CRM_CLV_ADDED);
	CHECK_INT(crm_clv_state_add(&u.state, &c, 1), CRM_CLV_TOO_MANY);
	CHECK_INT(crm_clv_room(24), 32);
	CHECK_INT(crm_clv_room(25), 64);
	CHECK_INT(crm_clv_room(CRM_CLV_MAX_PATTERNS), CRM_CLV_MAX_ROOM);
	CHECK_INT(crm_clv_room(CRM_CLV_MAX_PATTERNS + (size_t) 1), 0);
}

static void
test_customers(void)
{
	CrmClvCustomer c = {2, 3, 6, 0};
	CrmError	error;

	CHECK(crm_clv_customer_check(CRM_CLV_BG_BB, &c, &error));
	c.frequency = 4;
	CHECK(!crm_clv_customer_check(CRM_CLV_BG_BB, &c, &error));
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
	CHECK(crm_clv_customer_check(CRM_CLV_BG_NBD, &c, &error));
	c.frequency = 2;
	c.age = 6.5;
	CHECK(!crm_clv_customer_check(CRM_CLV_BG_BB, &c, &error));
	c.age = CRM_CLV_MAX_OPPORTUNITIES + 1;
	CHECK(!crm_clv_customer_check(CRM_CLV_BG_BB, &c, &error));
	CHECK_INT(error.kind, CRM_ERROR_LIMIT);
}

int
main(void)
{
	test_models();
	test_samples();
	test_limits();
	test_customers();
	return unit_done();
}
