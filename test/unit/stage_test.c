/*
 * stage_test.c
 *		A stage: text, bytes, order.
 */
#include "unit.h"

#include "stage.h"

/* Parses; the kind of the refusal or -1 when accepted. */
static int
kind(const char *text, CrmStage *s)
{
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

	return crm_stage_parse(text, strlen(text), s, &error) ? -1 :
		(int) error.kind;
}

static void
test_text(void)
{
	static const char *const pairs[][2] = {
		{"3:Proposal", "3:Proposal"},
		{" \t 003 : Proposal \n", "3:Proposal"},
		{"WON:Closed Won", "won:Closed Won"},
		{"Lost : No: budget", "lost:No: budget"},
		{"999:\xE2\x82\xAC", "999:\xE2\x82\xAC"}
	};
	CrmStage	s;
	char		text[CRM_STAGE_MAX_TEXT];

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
	{
		CHECK_INT(kind(pairs[i][0], &s), -1);
		CHECK_TEXT(text, crm_stage_text(s, text), pairs[i][1]);
	}
}

static void
test_refused(void)
{
	char		label[80];
	CrmStage	s;

	CHECK_INT(kind("", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("Proposal", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind(":x", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("3:", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("3:  ", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("-1:x", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("1.5:x", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("wonn:x", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("3:a\tb", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("3:a\x7F", &s), CRM_ERROR_SYNTAX);
	CHECK_INT(kind("0:x", &s), CRM_ERROR_RANGE);
	CHECK_INT(kind("1000:x", &s), CRM_ERROR_RANGE);
	CHECK_INT(kind("99999999999999999999:x", &s), CRM_ERROR_RANGE);
	memset(label, 'x', sizeof label);
	memcpy(label, "1:", 2);
	label[2 + 63] = '\0';
	CHECK_INT(kind(label, &s), -1);
	label[2 + 63] = 'x';
	label[2 + 64] = '\0';
	CHECK_INT(kind(label, &s), CRM_ERROR_LIMIT);
}

static void
test_controls(void)
{
	CrmError	error;

	CHECK(!crm_c1_check("a\xC2\x80", 3, CRM_C1_UTF8, &error));
	CHECK(!crm_c1_check("\xC2\x9F", 2, CRM_C1_UTF8, &error));
	CHECK(crm_c1_check("\xC2\xA0", 2, CRM_C1_UTF8, &error));
	CHECK(crm_c1_check("\xC3\x80", 2, CRM_C1_UTF8, &error));
	CHECK(crm_c1_check("\xE2\x82\xAC", 3, CRM_C1_UTF8, &error));
	CHECK(!crm_c1_check("\x85", 1, CRM_C1_BYTE, &error));
	CHECK(crm_c1_check("\xA0", 1, CRM_C1_BYTE, &error));
	CHECK(crm_c1_check("\xC2\x80", 2, CRM_C1_NONE, &error));
}

/* The kind of refusal of these bytes, -1 when accepted. */
static int
decode(const char *data, size_t size, CrmStage *s)
{
	CrmError	error;

	return crm_stage_decode(data, size, s, &error) ? -1 : (int) error.kind;
}

static void
test_bytes(void)
{
	uint8_t		data[CRM_STAGE_MAX_SIZE];
	CrmWriter	w = crm_writer(data, sizeof data);
	CrmStage	s;

	CHECK_INT(kind("lost:No", &s), -1);
	crm_stage_encode(s, &w);
	CHECK_BYTES(data, w.at, "\x01\x03\xE9No", 5);
	CHECK_INT(decode("\x01\x03\xE9No", 5, &s), -1);
	CHECK_INT(s.rank, CRM_STAGE_LOST);
	CHECK_INT(decode("", 0, &s), CRM_ERROR_SYNTAX);
	CHECK_INT(decode("\x01\x00", 2, &s), CRM_ERROR_SYNTAX);
	CHECK_INT(decode("\x01\x00\x01", 3, &s), CRM_ERROR_SYNTAX);
	CHECK_INT(decode("\x02\x00\x01x", 4, &s), CRM_ERROR_SYNTAX);
	CHECK_INT(decode("\x01\x00\x00x", 4, &s), CRM_ERROR_RANGE);
	CHECK_INT(decode("\x01\x03\xEAx", 4, &s), CRM_ERROR_RANGE);
	CHECK_INT(decode("\x01\x00\x01 x", 5, &s), CRM_ERROR_SYNTAX);
	CHECK_INT(decode("\x01\x00\x01x\0", 5, &s), CRM_ERROR_SYNTAX);
}

/* Each is below the next, and equal to itself. */
static void
test_order(void)
{
	static const char *const order[] = {
		"1:B", "2:A", "2:Aa", "2:B", "2:\xC3\xA9", "10:A", "999:A", "won:A",
		"won:B", "lost:A"
	};
	CrmStage	a;
	CrmStage	b;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
	{
		for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		{
			(void) kind(order[i], &a);
			(void) kind(order[k], &b);
			CHECK_INT(crm_stage_compare(a, b), (i > k) - (i < k));
		}
	}
}

int
main(void)
{
	test_text();
	test_refused();
	test_controls();
	test_bytes();
	test_order();
	return unit_done();
}
