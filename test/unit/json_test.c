/*
 * json_test.c
 *		The JSON reader and writer.
 */
#include "unit.h"

#include "float_text.h"

/* Does the reader accept the whole text? */
static bool
accepts(const char *text)
{
	CrmJsonReader r = crm_json_reader(text, strlen(text), true);
	CrmJsonToken t;

	do
		t = crm_json_next(&r);
	while (t != CRM_JSON_ERROR && t != CRM_JSON_END);
	return t == CRM_JSON_END;
}

/* Grammar cases after RFC 8259. */
static void
test_grammar(void)
{
	static const char *const good[] = {
		"0", "-0", "1.5e+10", "-12E-3", "\"\"", "true", "false", "null",
		"[]", "{}", " [ 1 , 2 ] ", "{\"a\":1,\"b\":[{},[]]}", "\"\\u00e9\"",
		"\t\r\n{ \"a\" : null }\n"
	};
	static const char *const wrong[] = {
		"", " ", "01", "-", "1.", ".5", "1e", "+1", "nul", "truer", "'a'",
		"\"a", "\"a\\", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{a:1}", "{,}", "[}", "{]", "[1", "{\"a\":1", "1 2",
		"[]]", "\"\x01\"", "{\"a\" 1}", "NaN", "Infinity", "[1,,2]"
	};
	char		deep[70];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK_NAMED(accepts(good[i]), good[i]);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_NAMED(!accepts(wrong[i]), "refused");
	memset(deep, '[', 33);
	memset(deep + 33, ']', 33);
	deep[66] = '\0';
	CHECK(!accepts(deep));
	deep[65] = '\0';
	CHECK(accepts(deep + 1));
}

/* Unescapes the string that is the whole text; -1: refused. */
static int
unescape(const char *text, bool utf8, char *out)
{
	CrmJsonReader r = crm_json_reader(text, strlen(text), utf8);
	size_t		n;

	if (crm_json_next(&r) != CRM_JSON_STRING)
		return -2;
	n = crm_json_string(&r, out);
	return n == SIZE_MAX ? -1 : (int) n;
}

static void
test_strings(void)
{
	char		out[64];

	CHECK_TEXT(out, (size_t) unescape("\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\"", true,
									  out), "a\n\"\\/\b\f\r\t");
	CHECK_TEXT(out, (size_t) unescape("\"\\u0041\\u00e9\\u20AC\"", true, out),
			   "A\xC3\xA9\xE2\x82\xAC");
	/* U+1F600 */
	CHECK_TEXT(out, (size_t) unescape("\"\\ud83d\\ude00\"", true, out),
			   "\xF0\x9F\x98\x80");
	CHECK_INT(unescape("\"\\u0000\"", true, out), -1);
	CHECK_INT(unescape("\"\\ud83d\"", true, out), -1);
	CHECK_INT(unescape("\"\\ud83dx\\ude00\"", true, out), -1);
	CHECK_INT(unescape("\"\\ud83d\\u0041\"", true, out), -1);
	CHECK_INT(unescape("\"\\ude00\"", true, out), -1);
	CHECK_INT(unescape("\"\\u00e\"", true, out), -1);
	CHECK_INT(unescape("\"\\u00eg\"", true, out), -1);
	CHECK_INT(unescape("\"\\x\"", true, out), -1);
	CHECK_INT(unescape("\"\\u00e9\"", false, out), -1);
	CHECK_INT(unescape("\"\\u0041\"", false, out), 1);
}

/* Reads an integer; 42 stands for a refusal. */
static long long
integer(const char *text)
{
	CrmJsonReader r = crm_json_reader(text, strlen(text), true);
	int64_t		v = 42;

	if (crm_json_next(&r) != CRM_JSON_NUMBER)
		return 41;
	(void) crm_json_int(&r, &v);
	return v;
}

static void
test_integers(void)
{
	char		text[20];

	CHECK_INT(integer("0"), 0);
	CHECK_INT(integer("-7"), -7);
	CHECK(integer("9223372036854775807") == INT64_MAX);
	CHECK(integer("-9223372036854775808") == INT64_MIN);
	CHECK_INT(integer("9223372036854775808"), 42);
	CHECK_INT(integer("-9223372036854775809"), 42);
	CHECK_INT(integer("1.0"), 42);
	CHECK_INT(integer("1e3"), 42);
	CHECK_TEXT(text, crm_int_text(0, text), "0");
	CHECK_TEXT(text, crm_int_text(INT64_MIN, text), "-9223372036854775808");
}

static void
test_skip(void)
{
	const char *text = "{\"a\":[1,{\"b\":[]}],\"c\":2}";
	CrmJsonReader r = crm_json_reader(text, strlen(text), true);

	CHECK(crm_json_next(&r) == CRM_JSON_OBJECT);
	CHECK(crm_json_next(&r) == CRM_JSON_KEY && crm_json_is(&r, "a"));
	CHECK(crm_json_skip(&r, crm_json_next(&r)));
	CHECK(crm_json_next(&r) == CRM_JSON_KEY && crm_json_is(&r, "c"));
	CHECK(!crm_json_is(&r, "cc"));
	CHECK(crm_json_skip(&r, crm_json_next(&r)));
	CHECK(crm_json_next(&r) == CRM_JSON_OBJECT_END);
	CHECK(crm_json_next(&r) == CRM_JSON_END);
	r = crm_json_reader("[[1]", 4, true);
	CHECK(!crm_json_skip(&r, crm_json_next(&r)));
}

static void
test_writer(void)
{
	char		text[128];
	CrmJsonWriter w = crm_json_writer(text, sizeof text);

	crm_json_open(&w, '{');
	crm_json_key(&w, "a");
	crm_json_open(&w, '[');
	crm_json_put_int(&w, -1);
	crm_json_put_float(&w, -0.0, &libc_float_text);
	crm_json_put_float(&w, 0.1, &libc_float_text);
	crm_json_put_raw(&w, "null", 4);
	crm_json_close(&w, ']');
	crm_json_key(&w, "b");
	crm_json_put_string(&w, "\"\\\b\f\n\r\t\x01\x7F\xC3\xA9", 11);
	crm_json_key(&w, "c");
	crm_json_open(&w, '{');
	crm_json_close(&w, '}');
	crm_json_close(&w, '}');
	CHECK(!w.out.failed);
	CHECK_TEXT(text, w.out.at,
			   "{\"a\":[-1,0,0.1,null],\"b\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7F\xC3\xA9\",\"c\":{}}");
	w = crm_json_writer(text, 3);
	crm_json_put_string(&w, "abc", 3);
	CHECK(w.out.failed);
}

int
main(void)
{
	test_grammar();
	test_strings();
	test_integers();
	test_skip();
	test_writer();
	return unit_done();
}
