/*
 * pipeline_test.c
 *		A pipeline: text, bytes, search, duplicates.
 */
#include "unit.h"

#include "pipeline.h"

static uint8_t data[300000];

/* Parses and decodes; the kind of the refusal or -1 when accepted. */
static int
kind(const char *text, CrmPipeline *p)
{
	CrmError	error;
	size_t		size = 0;

	if (!crm_pipeline_parse(text, strlen(text), data, &size, &error) ||
		!crm_pipeline_decode(data, size, p, &error))
		return (int) error.kind;
	return -1;
}

static void
test_text(void)
{
	static const char *const pairs[][2] = {
		{"Lead>Won", "Lead > Won"},
		{" Lead > Proposal  made >Won|Lost", "Lead > Proposal  made > Won | Lost"},
		{"A > W1 , W2 | L1,L2", "A > W1, W2 | L1, L2"},
		{"\"A\" > \"W > 1\" | \"L, \"\"x\"\" | y\" ", "A > \"W > 1\" | \"L, \"\"x\"\" | y\""},
		{"\"\"\"\" > W", "\"\"\"\" > W"},
		{"3 > W", "3 > W"}
	};
	CrmPipeline p;
	char		text[100];

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
	{
		CrmWriter	w = crm_writer(text, sizeof text);

		CHECK_INT(kind(pairs[i][0], &p), -1);
		crm_pipeline_text(&p, &w);
		CHECK_TEXT(text, w.at, pairs[i][1]);
	}
}

static void
test_refused(void)
{
	static const char *const wrong[] = {
		"", "Lead", "Lead, A > Won", "Lead >", "> Won", "Lead > Won |",
		"Lead | Lost", "| Lost", "A > B | C > D", "A > B | C | D",
		"A >> B", "A > B,", "A > \"B", "A > \"B\" x", "A > B\"x\"",
		"A > \"\"", "A > \" B\"", "A > B\tC"
	};
	CrmPipeline p;
	char		text[8 * 1001];
	size_t		n = 0;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_INT(kind(wrong[i], &p), CRM_ERROR_SYNTAX);
	for (int i = 0; i < 999; i++)
		n += (size_t) sprintf(text + n, "s%d > ", i);
	strcpy(text + n, "Won");
	CHECK_INT(kind(text, &p), -1);
	CHECK_INT(p.n_open, 999);
	strcpy(text + n, "x > Won");
	CHECK_INT(kind(text, &p), CRM_ERROR_LIMIT);
}

static void
test_search(void)
{
	CrmPipeline p;
	CrmStage	s;
	uint32_t	position;

	CHECK_INT(kind("Lead > Proposal > Won, Signed | Lost, No", &p), -1);
	CHECK_INT(crm_pipeline_size(&p), 6);
	CHECK(crm_pipeline_find(&p, "Proposal", 8, &s, &position));
	CHECK(s.rank == 2 && position == 2);
	CHECK(crm_pipeline_find(&p, "Signed", 6, &s, &position));
	CHECK(s.rank == CRM_STAGE_WON && position == 4);
	CHECK(crm_pipeline_find(&p, "No", 2, &s, &position));
	CHECK(s.rank == CRM_STAGE_LOST && position == 6);
	CHECK(!crm_pipeline_find(&p, "lead", 4, &s, &position));
	CHECK(!crm_pipeline_find(&p, "Lea", 3, &s, &position));
}

static void
test_duplicates(void)
{
	CrmPipeline p;
	CrmStage	s;

	CHECK_INT(kind("A > B > Won | Lost", &p), -1);
	CHECK(!crm_pipeline_duplicate(&p, &s));
	CHECK_INT(kind("A > B > Won | Lost, A", &p), -1);
	CHECK(crm_pipeline_duplicate(&p, &s));
	CHECK_TEXT(s.label, s.label_len, "A");
	CHECK_INT(kind("A > a > AA > Won", &p), -1);
	CHECK(!crm_pipeline_duplicate(&p, &s));
}

/* 2997 labels, the most there can be, and one of them twice. */
static void
test_full(void)
{
	CrmWriter	w = crm_writer(data, sizeof data);
	CrmPipeline p;
	CrmStage	s;
	CrmError	error;
	char		label[16];

	crm_pipeline_put_header(&w, 999, 999, 999);
	for (int i = 0; i < 2997; i++)
		crm_pipeline_put_label(&w, label, (size_t) sprintf(label, "s%d", i));
	CHECK(crm_pipeline_decode(data, w.at, &p, &error));
	CHECK(!crm_pipeline_duplicate(&p, &s));
	memcpy(data + w.at - 5, "s1234", 5);
	CHECK(crm_pipeline_duplicate(&p, &s));
	CHECK_TEXT(s.label, s.label_len, "s1234");
	data[2] = 0xE8;				/* 1000 open stages */
	CHECK(!crm_pipeline_decode(data, w.at, &p, &error));
	CHECK_INT(error.kind, CRM_ERROR_LIMIT);
}

static void
test_bytes(void)
{
	static const char good[] = "\x01\0\x01\0\x01\0\0\x01" "A\x01" "W";
	CrmPipeline p;
	CrmError	error;
	size_t		size = sizeof good - 1;
	char		copy[sizeof good];

	CHECK_INT(kind("A > W", &p), -1);
	CHECK_BYTES(data, size, good, size);
	for (size_t n = 0; n < size; n++)
		CHECK(!crm_pipeline_decode(good, n, &p, &error));
	CHECK(!crm_pipeline_decode(good, size + 1, &p, &error));
	memcpy(copy, good, size);
	copy[0] = 2;
	CHECK(!crm_pipeline_decode(copy, size, &p, &error));
	memcpy(copy, good, size);
	copy[2] = 0;
	CHECK(!crm_pipeline_decode(copy, size, &p, &error));
	memcpy(copy, good, size);
	copy[8] = ' ';
	CHECK(crm_pipeline_read(copy, size, &p, &error));
	CHECK(!crm_pipeline_decode(copy, size, &p, &error));
}

int
main(void)
{
	test_text();
	test_refused();
	test_search();
	test_duplicates();
	test_full();
	test_bytes();
	return unit_done();
}
