/*
 * rfm_test.c
 *		Buying patterns without a server: checks, bytes, text.
 */
#include "rfm.h"

#include "float_text.h"
#include "unit.h"

static CrmRfm
full(void)
{
	CrmRfm		r;
	CrmError	error;

	CHECK(crm_rfm_make(2, 30.43, 38.86, &r, &error));
	r.flags = CRM_RFM_HAS_UNTIL;
	r.spend = 447000;
	r.priced = 2;
	r.until = -823;
	r.unit = INT64_C(604800000000);
	CHECK(crm_rfm_valid(&r, &error));
	return r;
}

static void
test_forms(void)
{
	CrmRfm		r = full();
	CrmRfm		back;
	CrmError	error;
	uint8_t		bytes[CRM_RFM_ENCODED_SIZE + 1] = {0};
	CrmWriter	w = crm_writer(bytes, CRM_RFM_ENCODED_SIZE);
	char		text[512];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);

	crm_rfm_encode(&r, &w);
	CHECK(!w.failed);
	CHECK_INT(w.at, CRM_RFM_ENCODED_SIZE);
	CHECK(crm_rfm_decode(bytes, CRM_RFM_ENCODED_SIZE, &back, &error));
	CHECK_BYTES(&back, sizeof back, &r, sizeof r);
	CHECK(!crm_rfm_decode(bytes, CRM_RFM_ENCODED_SIZE - 1, &back, &error));
	CHECK(!crm_rfm_decode(bytes, CRM_RFM_ENCODED_SIZE + 1, &back, &error));
	crm_rfm_print(&r, &libc_float_text, &json);
	CHECK_TEXT(text, json.out.at,
			   "{\"frequency\":2,\"recency\":30.43,\"age\":38.86,"
			   "\"spend\":44.7,\"priced\":2,\"unit\":604800000000,"
			   "\"until\":\"1997-09-30\"}");
	CHECK(crm_rfm_parse(text, json.out.at, &libc_float_text, &back, &error));
	CHECK_BYTES(&back, sizeof back, &r, sizeof r);
	CHECK_NEAR(crm_rfm_monetary_value(&r), 22.35, 1e-15);
}

/* Each rule of crm_rfm_valid, broken once in a value that is good. */
static void
test_rules(void)
{
	CrmError	error;
	CrmRfm		r;

#define REFUSED(change, wanted) \
	do { \
		r = full(); \
		change; \
		CHECK_NAMED(!crm_rfm_valid(&r, &error) && error.kind == (wanted), \
					#change); \
	} while (0)

	REFUSED(r.format = 2, CRM_ERROR_SYNTAX);
	REFUSED(r.flags = 3, CRM_ERROR_SYNTAX);
	REFUSED(r.reserved = 1, CRM_ERROR_SYNTAX);
	REFUSED(r.frequency = -1, CRM_ERROR_VALUE);
	REFUSED(r.frequency = 0, CRM_ERROR_VALUE);
	REFUSED(r.recency = -1, CRM_ERROR_VALUE);
	REFUSED(r.recency = 39, CRM_ERROR_VALUE);
	REFUSED(r.recency = NAN, CRM_ERROR_VALUE);
	REFUSED(r.age = NAN, CRM_ERROR_VALUE);
	REFUSED(r.age = INFINITY, CRM_ERROR_VALUE);
	REFUSED(r.recency = -0.0, CRM_ERROR_SYNTAX);
	REFUSED(r.priced = 3, CRM_ERROR_VALUE);
	REFUSED(r.priced = -1, CRM_ERROR_VALUE);
	REFUSED(r.priced = 0, CRM_ERROR_VALUE);
	REFUSED(r.unit = -1, CRM_ERROR_VALUE);
	REFUSED(r.flags = 0, CRM_ERROR_SYNTAX);
	REFUSED(r.until = INT32_MAX, CRM_ERROR_SYNTAX);
}

static void
test_zero(void)
{
	CrmRfm		r;
	CrmRfm		s;
	CrmError	error;

	CHECK(crm_rfm_make(0, -0.0, 0.0, &r, &error));
	CHECK(crm_rfm_make(0, 0.0, -0.0, &s, &error));
	CHECK_BYTES(&r, sizeof r, &s, sizeof s);
	r.frequency = 7;
	CHECK(!crm_rfm_make(1, 2, 1, &r, &error));
	CHECK_INT(r.frequency, 7);
}

int
main(void)
{
	test_forms();
	test_rules();
	test_zero();
	return unit_done();
}
