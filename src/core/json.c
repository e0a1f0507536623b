/*
 * json.c
 *		A pull reader and a writer for the JSON text form of our values.
 *
 * The reader keeps no copy of the text: raw points into it.  State is three
 * facts (what encloses us, whether a value must follow, whether one just
 * ended); every grammar error is found by them.
 */
#include "json.h"

CrmJsonReader
crm_json_reader(const char *text, size_t size, bool utf8)
{
	CrmJsonReader r = {0};

	r.text = text;
	r.size = size;
	r.want_value = true;
	r.utf8 = utf8;
	return r;
}

static bool
in_object(const CrmJsonReader *r)
{
	return r->depth > 0 && (r->stack >> (r->depth - 1) & 1) != 0;
}

static void
skip_space(CrmJsonReader *r)
{
	while (r->at < r->size)
	{
		char		c = r->text[r->at];

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			break;
		r->at++;
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static CrmJsonToken
open_level(CrmJsonReader *r, bool object)
{
	if (r->depth == CRM_JSON_MAX_DEPTH)
		return CRM_JSON_ERROR;
	r->stack &= ~((uint32_t) 1 << r->depth);
	r->stack |= (uint32_t) object << r->depth;
	r->depth++;
	r->at++;
	r->want_value = !object;
	r->after_value = false;
	return object ? CRM_JSON_OBJECT : CRM_JSON_ARRAY;
}

static CrmJsonToken
close_level(CrmJsonReader *r)
{
	CrmJsonToken t = in_object(r) ? CRM_JSON_OBJECT_END : CRM_JSON_ARRAY_END;

	r->depth--;
	r->at++;
	r->want_value = false;
	r->after_value = true;
	if (r->pause != NULL && ++r->closed % CRM_JSON_PAUSE == 0)
		r->pause();
	return t;
}

/* Scans a string from its opening quote; raw gets what is between quotes. */
static bool
scan_string(CrmJsonReader *r)
{
	size_t		i = r->at + 1;

	r->raw = r->text + i;
	r->escaped = false;
	for (; i < r->size; i++)
	{
		unsigned char c = (unsigned char) r->text[i];

		if (c == '"')
		{
			r->raw_len = (size_t) (r->text + i - r->raw);
			r->at = i + 1;
			return true;
		}
		if (c < 0x20)
			return false;
		if (c == '\\')
		{
			r->escaped = true;
			i++;
		}
	}
	return false;
}

static size_t
scan_digits(const CrmJsonReader *r, size_t i)
{
	while (i < r->size && is_digit(r->text[i]))
		i++;
	return i;
}

static bool
scan_number(CrmJsonReader *r)
{
	size_t		i = r->at;
	size_t		first;

	if (r->text[i] == '-')
		i++;
	first = i;
	i = scan_digits(r, i);
	if (i == first || (r->text[first] == '0' && i - first > 1))
		return false;
	if (i < r->size && r->text[i] == '.')
	{
		first = ++i;
		i = scan_digits(r, i);
		if (i == first)
			return false;
	}
	if (i < r->size && (r->text[i] == 'e' || r->text[i] == 'E'))
	{
		i++;
		if (i < r->size && (r->text[i] == '+' || r->text[i] == '-'))
			i++;
		first = i;
		i = scan_digits(r, i);
		if (i == first)
			return false;
	}
	r->raw = r->text + r->at;
	r->raw_len = i - r->at;
	r->at = i;
	return true;
}

static bool
scan_word(CrmJsonReader *r, const char *word)
{
	size_t		n = strlen(word);

	if (n > r->size - r->at || memcmp(r->text + r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static CrmJsonToken
scan_value(CrmJsonReader *r)
{
	char		c = r->text[r->at];
	CrmJsonToken t = CRM_JSON_ERROR;

	if (c == '{' || c == '[')
		return open_level(r, c == '{');
	if (c == '"')
		t = scan_string(r) ? CRM_JSON_STRING : CRM_JSON_ERROR;
	else if (c == '-' || is_digit(c))
		t = scan_number(r) ? CRM_JSON_NUMBER : CRM_JSON_ERROR;
	else if (scan_word(r, "true"))
		t = CRM_JSON_TRUE;
	else if (scan_word(r, "false"))
		t = CRM_JSON_FALSE;
	else if (scan_word(r, "null"))
		t = CRM_JSON_NULL;
	r->want_value = false;
	r->after_value = true;
	return t;
}

static CrmJsonToken
scan_key(CrmJsonReader *r)
{
	if (r->text[r->at] != '"' || !scan_string(r))
		return CRM_JSON_ERROR;
	skip_space(r);
	if (r->at == r->size || r->text[r->at] != ':')
		return CRM_JSON_ERROR;
	r->at++;
	r->want_value = true;
	return CRM_JSON_KEY;
}

CrmJsonToken
crm_json_next(CrmJsonReader *r)
{
	bool		comma = false;

	skip_space(r);
	if (r->depth == 0 && r->after_value)
		return r->at == r->size ? CRM_JSON_END : CRM_JSON_ERROR;
	if (r->at == r->size)
		return CRM_JSON_ERROR;
	if (r->after_value && r->text[r->at] == ',')
	{
		comma = true;
		r->at++;
		r->after_value = false;
		r->want_value = !in_object(r);
		skip_space(r);
		if (r->at == r->size)
			return CRM_JSON_ERROR;
	}
	if (!comma && r->depth > 0 &&
		r->text[r->at] == (in_object(r) ? '}' : ']') &&
		(r->after_value || in_object(r) != r->want_value))
		return close_level(r);
	if (r->after_value)
		return CRM_JSON_ERROR;
	return r->want_value ? scan_value(r) : scan_key(r);
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads four hex digits at s[i..]; -1 when they are not there. */
static int32_t
hex4(const char *s, size_t len, size_t i)
{
	int32_t		v = 0;

	if (len - i < 4)
		return -1;
	for (size_t k = i; k < i + 4; k++)
	{
		int			h = hex_digit(s[k]);

		if (h < 0)
			return -1;
		v = v << 4 | h;
	}
	return v;
}

static size_t
put_utf8(uint32_t c, char *out)
{
	if (c < 0x80)
	{
		out[0] = (char) c;
		return 1;
	}
	if (c < 0x800)
	{
		out[0] = (char) (0xC0 | c >> 6);
		out[1] = (char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		out[0] = (char) (0xE0 | c >> 12);
		out[1] = (char) (0x80 | (c >> 6 & 0x3F));
		out[2] = (char) (0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | c >> 18);
	out[1] = (char) (0x80 | (c >> 12 & 0x3F));
	out[2] = (char) (0x80 | (c >> 6 & 0x3F));
	out[3] = (char) (0x80 | (c & 0x3F));
	return 4;
}

/*
 * Decodes \u and four hex digits (or a surrogate pair of them) at s[*i],
 * which is the u; advances *i to the last byte used.  Returns the bytes
 * written, 0 when it is not allowed.
 */
static size_t
unescape_unicode(const CrmJsonReader *r, size_t *i, char *out)
{
	const char *s = r->raw;
	int32_t		c = hex4(s, r->raw_len, *i + 1);

	if (c <= 0 || (c >= 0x80 && !r->utf8) || (c >= 0xDC00 && c <= 0xDFFF))
		return 0;
	*i += 4;
	if (c >= 0xD800 && c <= 0xDBFF)
	{
		int32_t		low;

		if (r->raw_len - *i < 7 || s[*i + 1] != '\\' || s[*i + 2] != 'u')
			return 0;
		low = hex4(s, r->raw_len, *i + 3);
		if (low < 0xDC00 || low > 0xDFFF)
			return 0;
		*i += 6;
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	return put_utf8((uint32_t) c, out);
}

size_t
crm_json_string(const CrmJsonReader *r, char *buffer)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	size_t		n = 0;

	for (size_t i = 0; i < r->raw_len; i++)
	{
		char		c = r->raw[i];

		if (c == '\\')
		{
			const char *p;

			if (++i == r->raw_len)
				return SIZE_MAX;
			c = r->raw[i];
			if (c == 'u')
			{
				size_t		m = unescape_unicode(r, &i, buffer + n);

				if (m == 0)
					return SIZE_MAX;
				n += m;
				continue;
			}
			p = c ? strchr(from, c) : NULL;
			if (p == NULL)
				return SIZE_MAX;
			c = to[p - from];
		}
		buffer[n++] = c;
	}
	return n;
}

bool
crm_json_is(const CrmJsonReader *r, const char *word)
{
	return !r->escaped && strlen(word) == r->raw_len &&
		memcmp(r->raw, word, r->raw_len) == 0;
}

bool
crm_json_int(const CrmJsonReader *r, int64_t *value)
{
	size_t		i = r->raw[0] == '-';
	bool		negative = i == 1;
	uint64_t	limit = (uint64_t) INT64_MAX + negative;
	uint64_t	v = 0;

	for (; i < r->raw_len; i++)
	{
		uint64_t	d;

		if (!is_digit(r->raw[i]))
			return false;
		d = (uint64_t) (r->raw[i] - '0');
		if (v > (limit - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*value = negative ? (int64_t) (0 - v) : (int64_t) v;
	return true;
}

bool
crm_json_skip(CrmJsonReader *r, CrmJsonToken first)
{
	int			outer = r->depth;
	CrmJsonToken t = first;

	if (first != CRM_JSON_OBJECT && first != CRM_JSON_ARRAY)
		return first >= CRM_JSON_STRING;
	while (t != CRM_JSON_ERROR && r->depth >= outer)
		t = crm_json_next(r);
	return t != CRM_JSON_ERROR;
}

CrmJsonWriter
crm_json_writer(void *data, size_t size)
{
	CrmJsonWriter w = {crm_writer(data, size), false, NULL, 0};

	return w;
}

static void
put_comma(CrmJsonWriter *w)
{
	if (w->comma)
		crm_put_u8(&w->out, ',');
	w->comma = true;
}

void
crm_json_open(CrmJsonWriter *w, char bracket)
{
	put_comma(w);
	crm_put_u8(&w->out, (uint8_t) bracket);
	w->comma = false;
}

void
crm_json_close(CrmJsonWriter *w, char bracket)
{
	crm_put_u8(&w->out, (uint8_t) bracket);
	w->comma = true;
	if (w->pause != NULL && ++w->closed % CRM_JSON_PAUSE == 0)
		w->pause();
}

void
crm_json_key(CrmJsonWriter *w, const char *key)
{
	crm_json_put_string(w, key, strlen(key));
	crm_put_u8(&w->out, ':');
	w->comma = false;
}

static void
put_escaped(CrmWriter *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char		u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	switch (c)
	{
		case '"':
		case '\\':
			break;
		case '\b':
			c = 'b';
			break;
		case '\f':
			c = 'f';
			break;
		case '\n':
			c = 'n';
			break;
		case '\r':
			c = 'r';
			break;
		case '\t':
			c = 't';
			break;
		default:
			crm_put_bytes(out, u, sizeof u);
			return;
	}
	crm_put_u8(out, '\\');
	crm_put_u8(out, c);
}

void
crm_json_put_string(CrmJsonWriter *w, const char *s, size_t len)
{
	size_t		start = 0;

	put_comma(w);
	crm_put_u8(&w->out, '"');
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		crm_put_bytes(&w->out, s + start, i - start);
		put_escaped(&w->out, c);
		start = i + 1;
	}
	crm_put_bytes(&w->out, s + start, len - start);
	crm_put_u8(&w->out, '"');
}

size_t
crm_int_text(int64_t value, char *text)
{
	char		digits[20];
	size_t		n = 0;
	size_t		len = 0;
	uint64_t	v = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;

	do
	{
		digits[n++] = (char) ('0' + v % 10);
		v /= 10;
	} while (v > 0);
	if (value < 0)
		text[len++] = '-';
	while (n > 0)
		text[len++] = digits[--n];
	return len;
}

void
crm_json_put_int(CrmJsonWriter *w, int64_t value)
{
	char		text[20];

	crm_json_put_raw(w, text, crm_int_text(value, text));
}

void
crm_json_put_float(CrmJsonWriter *w, double value, const CrmFloatText *ft)
{
	char		text[CRM_FLOAT_TEXT_SIZE];

	crm_json_put_raw(w, text, ft->print(value == 0 ? 0 : value, text));
}

void
crm_json_put_raw(CrmJsonWriter *w, const char *s, size_t len)
{
	put_comma(w);
	crm_put_bytes(&w->out, s, len);
}

void
crm_json_put_member(CrmJsonWriter *w, const char *key, double value,
					bool known, const CrmFloatText *ft)
{
	crm_json_key(w, key);
	if (known)
		crm_json_put_float(w, value, ft);
	else
		crm_json_put_raw(w, "null", 4);
}

bool
crm_json_read_key(CrmJsonReader *r, const char *key)
{
	return crm_json_next(r) == CRM_JSON_KEY && crm_json_is(r, key);
}

bool
crm_json_read_count(CrmJsonReader *r, const char *key, int64_t *value)
{
	return crm_json_read_key(r, key) &&
		crm_json_next(r) == CRM_JSON_NUMBER && crm_json_int(r, value) &&
		*value >= 0;
}

bool
crm_json_read_float(CrmJsonReader *r, const char *key, const CrmFloatText *ft,
					double *value, bool *known)
{
	CrmJsonToken token;

	if (!crm_json_read_key(r, key))
		return false;
	token = crm_json_next(r);
	*value = 0;
	if (known != NULL)
	{
		*known = token != CRM_JSON_NULL;
		if (!*known)
			return true;
	}
	return token == CRM_JSON_NUMBER && ft->parse(r->raw, r->raw_len, value);
}
