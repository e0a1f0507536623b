/*
 * crmprob.c
 *		The module's entry, its version, and what all glue files share.
 */
#include "compat.h"

#include <errno.h>
#include <math.h>

#include "common/hashfn.h"
#include "common/shortest_dec.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "crmprob.h"
#include "money.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(crmprob_version);

/* version() -> text */
Datum
crmprob_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(CRMPROB_VERSION));
}

/* Long texts are mostly floats, so that it is here that they can be cancelled. */
static size_t
print_float(double value, char *text)
{
	CHECK_FOR_INTERRUPTS();
	return (size_t) double_to_shortest_decimal_bufn(value, text);
}

/*
 * A backend runs with LC_NUMERIC "C" (pg_perm_setlocale), so strtod here is
 * what float8in uses.  The caller has checked that the text is a JSON number.
 */
static bool
parse_float(const char *text, size_t len, double *value)
{
	char		buffer[64];
	char	   *copy = len < sizeof buffer ? buffer : palloc(len + 1);

	CHECK_FOR_INTERRUPTS();
	memcpy(copy, text, len);
	copy[len] = '\0';
	*value = strtod(copy, NULL);
	if (copy != buffer)
		pfree(copy);
	return !isinf(*value);
}

const CrmFloatText crm_float_text = {print_float, parse_float};

StaticAssertDecl(CRM_FLOAT_TEXT_SIZE >= DOUBLE_SHORTEST_DECIMAL_LEN,
				 "a printed double must fit");

int
crm_sqlstate(const CrmError *error)
{
	switch (error->kind)
	{
		case CRM_ERROR_SYNTAX:
			return ERRCODE_INVALID_TEXT_REPRESENTATION;
		case CRM_ERROR_RANGE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case CRM_ERROR_VALUE:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case CRM_ERROR_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
crm_bad_text(Node *escontext, const char *type, const char *text,
			 const CrmError *error)
{
	errsave(escontext,
			(errcode(crm_sqlstate(error)),
			 error->kind == CRM_ERROR_RANGE ?
			 errmsg("value \"%s\" is out of range for type %s",
					crm_clip(text), type) :
			 errmsg("invalid input syntax for type %s: \"%s\"", type,
					crm_clip(text)),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

void
crm_bad_binary(const char *type, const CrmError *error)
{
	ereport(ERROR,
			(errcode(error->kind == CRM_ERROR_SYNTAX ?
					 ERRCODE_INVALID_BINARY_REPRESENTATION :
					 crm_sqlstate(error)),
			 errmsg("invalid external binary representation of type %s", type),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

void
crm_bad_argument(const char *what, const CrmError *error)
{
	ereport(ERROR,
			(errcode(crm_sqlstate(error)),
			 errmsg("invalid %s", what),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

void
crm_corrupt(const char *type, const CrmError *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored value of type %s is corrupt", type),
			 error->detail ? errdetail_internal("%s", error->detail) : 0));
}

const char *
crm_message_bytes(StringInfo message, size_t n, const char *type)
{
	CrmError	error;

	if (n > (size_t) (message->len - message->cursor))
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "The value is too short.", NULL);
		crm_bad_binary(type, &error);
	}
	return pq_getmsgbytes(message, (int) n);
}

const char *
crm_message_rest(StringInfo message, size_t *size)
{
	int			n = message->len - message->cursor;

	*size = (size_t) n;
	return pq_getmsgbytes(message, n);
}

bytea	   *
crm_new_value(size_t payload)
{
	bytea	   *v;

	if (payload > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value of %zu bytes is too large", payload)));
	v = palloc0(VARHDRSZ + payload);
	SET_VARSIZE(v, VARHDRSZ + payload);
	return v;
}

bool
crm_canonical_equal(FunctionCallInfo fcinfo, CrmCanonical canonical)
{
	struct varlena *a = canonical(PG_GETARG_DATUM(0));
	struct varlena *b = canonical(PG_GETARG_DATUM(1));
	bool		equal = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
	memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

Datum
crm_canonical_hash(FunctionCallInfo fcinfo, CrmCanonical canonical)
{
	struct varlena *v = canonical(PG_GETARG_DATUM(0));
	Datum		h = hash_any((unsigned char *) VARDATA_ANY(v),
							 VARSIZE_ANY_EXHDR(v));

	PG_FREE_IF_COPY(v, 0);
	return h;
}

Datum
crm_canonical_hash_extended(FunctionCallInfo fcinfo, CrmCanonical canonical)
{
	struct varlena *v = canonical(PG_GETARG_DATUM(0));
	Datum		h = hash_any_extended((unsigned char *) VARDATA_ANY(v),
									  VARSIZE_ANY_EXHDR(v),
									  PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(v, 0);
	return h;
}

static struct varlena *
detoasted(Datum d)
{
	return PG_DETOAST_DATUM_PACKED(d);
}

bool
crm_bytes_equal(FunctionCallInfo fcinfo)
{
	return crm_canonical_equal(fcinfo, detoasted);
}

Datum
crm_bytes_hash(FunctionCallInfo fcinfo)
{
	return crm_canonical_hash(fcinfo, detoasted);
}

Datum
crm_bytes_hash_extended(FunctionCallInfo fcinfo)
{
	return crm_canonical_hash_extended(fcinfo, detoasted);
}

bool
crm_check_controls(const char *text, size_t len, CrmError *error)
{
	int			encoding = GetDatabaseEncoding();
	CrmC1		c1 = CRM_C1_NONE;

	if (encoding == PG_UTF8)
		c1 = CRM_C1_UTF8;
	else if ((encoding >= PG_LATIN1 && encoding <= PG_LATIN10) ||
			 (encoding >= PG_ISO_8859_5 && encoding <= PG_ISO_8859_8))
		c1 = CRM_C1_BYTE;
	return crm_c1_check(text, len, c1, error);
}

CrmText
crm_client_text(CrmText server)
{
	char	   *s = pg_server_to_client(server.data, (int) server.len);
	CrmText		t = {s, s == server.data ? server.len : strlen(s)};

	return t;
}

CrmText
crm_server_text(CrmText client)
{
	char	   *s = pg_client_to_server(client.data, (int) client.len);
	CrmText		t = {s, s == client.data ? client.len : strlen(s)};

	return t;
}

double
crm_confidence_level(double level)
{
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence level %g is not between 0 and 1", level),
				 errhint("Write 95 %% as 0.95.")));
	return level;
}

void
crm_refuse_outside(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("function of an aggregate called outside of one"),
			 errhint("Call the aggregate instead.")));
}

Datum
crm_money_numeric(int64 money, bool trim)
{
	Datum		n = NumericGetDatum(int64_div_fast_to_numeric(money,
															  CRM_MONEY_DECIMALS));

	return trim ? DirectFunctionCall1(numeric_trim_scale, n) : n;
}

Datum
crm_sum_numeric(CrmInt128 sum)
{
	char		text[CRM_SUM_TEXT_SIZE + 1];

	text[crm_sum_text(sum, text)] = '\0';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

int64
crm_numeric_money(Datum amount)
{
	Numeric		n = DatumGetNumeric(amount);
	char	   *text;
	int64		money;
	CrmError	error;

	if (numeric_is_nan(n) || numeric_is_inf(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must be a finite number")));
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(n)));

	if (!crm_money_parse(text, strlen(text), &money, &error))
		ereport(ERROR,
				(errcode(crm_sqlstate(&error)),
				 errmsg("amount %.40s does not fit", text),
				 errdetail_internal("%s", error.detail),
				 error.hint ? errhint("%s", error.hint) : 0));
	/* callers may be in memory that lives as long as a query */
	pfree(text);
	if ((Pointer) n != DatumGetPointer(amount))
		pfree(n);
	return money;
}

char	   *
crm_clip_bytes(const char *text, size_t len)
{
	int			shown = pg_mbcliplen(text, (int) Min(len, PG_INT32_MAX),
									 CRM_SHOWN_BYTES);

	return (size_t) shown == len ? pnstrdup(text, len) :
		psprintf("%.*s...", shown, text);
}

char	   *
crm_clip(const char *text)
{
	return crm_clip_bytes(text, strlen(text));
}

void
crm_require_probability(double score)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (score >= 0 && score <= 1)
		return;
	double_to_shortest_decimal_buf(score, text);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("score %s is not a probability", text),
			 errdetail("A score must be between 0 and 1.")));
}

bool
crm_utf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8;
}

/* Four hex digits, -1 where they are not there. */
static int
hex4(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	int			v = 0;

	for (int i = 0; i < 4; i++)
	{
		const char *p = text[i] == '\0' ? NULL :
		strchr(digits, pg_ascii_tolower((unsigned char) text[i]));

		if (p == NULL)
			return -1;
		v = v << 4 | (int) (p - digits);
	}
	return v;
}

/*
 * The character of a \u escape, or of two that are surrogates; *len is how
 * long they are.  0 for what the JSON reader can judge by itself.
 */
static pg_wchar
escaped_character(const char *text, size_t *len)
{
	int			c = hex4(text + 2);
	int			low;

	*len = 6;
	if (c < 0x80 || (c >= 0xDC00 && c <= 0xDFFF))
		return 0;
	if (c < 0xD800 || c > 0xDFFF)
		return (pg_wchar) c;
	*len = 12;
	if (text[6] != '\\' || text[7] != 'u' ||
		(low = hex4(text + 8)) < 0xDC00 || low > 0xDFFF)
		return 0;
	return surrogate_pair_to_codepoint((pg_wchar) c, (pg_wchar) low);
}

char	   *
crm_json_escapes(char *text, Node *escontext)
{
	StringInfoData out;

	if (crm_utf8() || strstr(text, "\\u") == NULL)
		return text;
	initStringInfo(&out);
	while (*text != '\0')
	{
		unsigned char s[MAX_UNICODE_EQUIVALENT_STRING + 1];
		size_t		len = 1;
		pg_wchar	c = 0;

		if (text[0] == '\\' && text[1] != '\0')
		{
			len = 2;
			if (text[1] == 'u')
				c = escaped_character(text, &len);
		}
		if (c == 0)
		{
			len = Min(len, 2);
			appendBinaryStringInfo(&out, text, (int) len);
		}
		else if (GetDatabaseEncoding() != PG_SQL_ASCII &&
				 crm_unicode_to_server(c, s))
			appendStringInfoString(&out, (char *) s);
		else
			ereturn(escontext, NULL,
					(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
					 errmsg("unsupported Unicode escape sequence"),
					 errdetail("Unicode escape value could not be translated to the server's encoding %s.",
							   GetDatabaseEncodingName())));
		text += len;
	}
	return out.data;
}

struct varlena *
crm_value_key(Datum value)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_EXTERNAL(v) && !VARATT_IS_EXTERNAL_ONDISK(v))
		return PG_DETOAST_DATUM(value);
	return v;
}

void
crm_pause(void)
{
	CHECK_FOR_INTERRUPTS();
}

char	   *
crm_json_text(CrmJsonPrinter print, const void *value)
{
	CrmJsonWriter w = crm_json_writer(NULL, 0);
	size_t		size;
	char	   *text;

	w.pause = crm_pause;
	print(&w, value);
	size = w.out.at;
	if (size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text of %zu bytes is too large", size)));
	text = palloc(size + 1);

	w = crm_json_writer(text, size);
	w.pause = crm_pause;
	print(&w, value);
	Assert(!w.out.failed && w.out.at == size);
	text[size] = '\0';
	return text;
}

Datum
crm_jsonb_datum(char *json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

Datum
crm_word_datum(const char *word)
{
	return PointerGetDatum(cstring_to_text(word));
}
