/*
 * json_fuzz.c
 *		The JSON reader: what it accepts is copied by the writer, and the copy
 *		copies to itself.
 */
#include "round_trip.h"

#include "json.h"

/* Copies the tokens of text to out (of room bytes); false: not accepted. */
static bool
copy(const char *text, size_t size, char *out, size_t room, size_t *n)
{
	CrmJsonReader r = crm_json_reader(text, size, true);
	CrmJsonWriter w = crm_json_writer(out, room);
	char	   *buffer = malloc(size + 1);
	CrmJsonToken t;
	size_t		len;

	while ((t = crm_json_next(&r)) != CRM_JSON_ERROR && t != CRM_JSON_END)
	{
		switch (t)
		{
			case CRM_JSON_OBJECT:
			case CRM_JSON_ARRAY:
				crm_json_open(&w, t == CRM_JSON_OBJECT ? '{' : '[');
				break;
			case CRM_JSON_OBJECT_END:
			case CRM_JSON_ARRAY_END:
				crm_json_close(&w, t == CRM_JSON_OBJECT_END ? '}' : ']');
				break;
			case CRM_JSON_KEY:
			case CRM_JSON_STRING:
				len = crm_json_string(&r, buffer);
				DEMAND(len <= r.raw_len || len == SIZE_MAX);
				if (len == SIZE_MAX)
					len = 0;
				crm_json_put_string(&w, buffer, len);
				if (t == CRM_JSON_KEY)
				{
					crm_put_u8(&w.out, ':');
					w.comma = false;
				}
				break;
			case CRM_JSON_NUMBER:
				crm_json_put_raw(&w, r.raw, r.raw_len);
				break;
			default:
				crm_json_put_raw(&w, "null", 4);
				break;
		}
	}
	free(buffer);
	DEMAND(!w.out.failed);
	*n = w.out.at;
	return t == CRM_JSON_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a control character may take six bytes */
	size_t		room = 6 * size + 16;
	char	   *one = malloc(room);
	char	   *two = malloc(room);
	size_t		n;
	size_t		m;

	if (copy((const char *) data, size, one, room, &n))
	{
		DEMAND(copy(one, n, two, room, &m));
		demand_equal(one, n, two, m);
	}
	free(one);
	free(two);
	return 0;
}
