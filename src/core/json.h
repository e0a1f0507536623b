/*
 * json.h
 *		A pull reader and a writer for the JSON text form of our values.
 *
 * The reader accepts any RFC 8259 text, white space included, and hands out
 * one token a call; the caller knows which token its format wants next.  The
 * writer prints compact text.  Strings are bytes in the database encoding
 * without NUL; \u escapes above ASCII are refused by the reader unless the
 * caller says that the encoding is UTF-8.  Depth is bounded by a bit stack.
 */
#ifndef CRM_JSON_H
#define CRM_JSON_H

#include "bytes.h"

/* Deepest nesting of any value of ours, with room. */
#define CRM_JSON_MAX_DEPTH 32

/* Longest printed double, with room for a terminating NUL. */
#define CRM_FLOAT_TEXT_SIZE 32

/*
 * How doubles are written and read: core has neither a shortest printer nor an
 * exact, locale-free strtod of its own.  "print" writes the shortest text that
 * reads back to the same double and returns its length; "parse" reads exactly
 * len bytes (a JSON number) and fails on overflow to infinity.
 */
typedef struct CrmFloatText
{
	size_t		(*print) (double value, char *text);
	bool		(*parse) (const char *text, size_t len, double *value);
} CrmFloatText;

/*
 * What a caller who may have to stop sets in a reader or a writer: it is
 * called now and then, once in CRM_JSON_PAUSE brackets closed.
 */
typedef void (*CrmJsonPause) (void);
#define CRM_JSON_PAUSE 1024

typedef enum CrmJsonToken
{
	CRM_JSON_ERROR,
	CRM_JSON_END,
	CRM_JSON_OBJECT,
	CRM_JSON_OBJECT_END,
	CRM_JSON_ARRAY,
	CRM_JSON_ARRAY_END,
	CRM_JSON_KEY,
	CRM_JSON_STRING,
	CRM_JSON_NUMBER,
	CRM_JSON_TRUE,
	CRM_JSON_FALSE,
	CRM_JSON_NULL
} CrmJsonToken;

typedef struct CrmJsonReader
{
	const char *text;
	size_t		size;
	size_t		at;
	uint32_t	stack;			/* bit per level: 1 = object */
	int			depth;
	bool		want_value;		/* after '[', ',' or ':' */
	bool		after_value;	/* a comma or the end must follow */
	bool		utf8;			/* may \u escapes above 007F be decoded? */
	/* the raw text of the last key, string (without quotes) or number */
	const char *raw;
	size_t		raw_len;
	bool		escaped;		/* raw holds backslash escapes */
	CrmJsonPause pause;
	uint32_t	closed;
} CrmJsonReader;

extern CrmJsonReader crm_json_reader(const char *text, size_t size, bool utf8);
extern CrmJsonToken crm_json_next(CrmJsonReader *r);

/*
 * The last key or string, unescaped into buffer (at least raw_len bytes);
 * returns its length, or SIZE_MAX when it holds an escape that is not allowed.
 */
extern size_t crm_json_string(const CrmJsonReader *r, char *buffer);

/* Does the last key or string equal this NUL-terminated ASCII word? */
extern bool crm_json_is(const CrmJsonReader *r, const char *word);

/* The last number as an integer; false when it has a fraction, an exponent or
 * does not fit. */
extern bool crm_json_int(const CrmJsonReader *r, int64_t *value);

/*
 * Members that stand in the order in which they are printed: the key alone, a
 * count (not negative), a number.  "known" not NULL: a null is taken for a
 * number that is not known, and 0.
 */
extern bool crm_json_read_key(CrmJsonReader *r, const char *key);
extern bool crm_json_read_count(CrmJsonReader *r, const char *key,
								int64_t *value);
extern bool crm_json_read_float(CrmJsonReader *r, const char *key,
								const CrmFloatText *ft, double *value,
								bool *known);

/*
 * Does an object end behind the last of its members, a list whose own last
 * token is this one, and the text behind the object?
 */
static inline bool
crm_json_list_ends(CrmJsonReader *r, CrmJsonToken last)
{
	return last == CRM_JSON_ARRAY_END &&
		crm_json_next(r) == CRM_JSON_OBJECT_END &&
		crm_json_next(r) == CRM_JSON_END;
}

/* Skips the value whose first token was just returned. */
extern bool crm_json_skip(CrmJsonReader *r, CrmJsonToken first);

/* The writer: a CrmWriter of text; commas are put where they belong. */
typedef struct CrmJsonWriter
{
	CrmWriter	out;
	bool		comma;			/* the next value or key needs one first */
	CrmJsonPause pause;
	uint32_t	closed;
} CrmJsonWriter;

extern CrmJsonWriter crm_json_writer(void *data, size_t size);
extern void crm_json_open(CrmJsonWriter *w, char bracket);
extern void crm_json_close(CrmJsonWriter *w, char bracket);
extern void crm_json_key(CrmJsonWriter *w, const char *key);
extern void crm_json_put_string(CrmJsonWriter *w, const char *s, size_t len);
extern void crm_json_put_int(CrmJsonWriter *w, int64_t value);
extern void crm_json_put_float(CrmJsonWriter *w, double value,
							   const CrmFloatText *ft);

/* A member that is a number, or null where it is not known. */
extern void crm_json_put_member(CrmJsonWriter *w, const char *key,
								double value, bool known,
								const CrmFloatText *ft);

/* A literal word (true, false, null) or an already printed number. */
extern void crm_json_put_raw(CrmJsonWriter *w, const char *s, size_t len);

/* Decimal text of an integer without a terminator; at most 20 bytes. */
extern size_t crm_int_text(int64_t value, char *text);

#endif
