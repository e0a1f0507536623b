/*
 * crmprob.h
 *		What the glue files share: reporting of core's errors, building of our
 *		values, and the accessors that detoast and validate.
 *
 * A view handed out by an accessor points into the detoasted datum, which lives
 * until the end of the call.
 */
#ifndef CRMPROB_H
#define CRMPROB_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "error.h"
#include "json.h"
#include "stage.h"

/* Doubles in text: PostgreSQL's shortest printer and its strtod. */
extern const CrmFloatText crm_float_text;

/* SQLSTATE of a core error met in text or in arguments. */
extern int	crm_sqlstate(const CrmError *error);

/*
 * Refuse a text, a binary message, an argument or stored bytes.  The first
 * honours soft errors and so returns where they are asked for; the others do
 * not return.
 */
extern void crm_bad_text(Node * escontext, const char *type, const char *text,
						 const CrmError *error);
extern void crm_bad_binary(const char *type, const CrmError *error)
			pg_attribute_noreturn();
extern void crm_bad_argument(const char *what, const CrmError *error)
			pg_attribute_noreturn();
extern void crm_corrupt(const char *type, const CrmError *error)
			pg_attribute_noreturn();

/* The rest of a message as bytes that live as long as the message. */
extern const char *crm_message_rest(StringInfo message, size_t *size);

/* A varlena of ours with a payload of this size, not yet filled. */
extern bytea *crm_new_value(size_t payload);

/* Is the database encoding UTF-8?  The JSON reader needs to know. */
extern bool crm_utf8(void);

/*
 * JSON text of a value, NUL-terminated: the printer runs twice, once to count
 * the bytes and once to write them.
 */
typedef void (*CrmJsonPrinter) (CrmJsonWriter *w, const void *value);
extern char *crm_json_text(CrmJsonPrinter print, const void *value);

/* JSON text as a jsonb datum: what every cast to jsonb ends with. */
extern Datum crm_jsonb_datum(char *json);

/* A word as a text datum, for accessors that return one of a few. */
extern Datum crm_word_datum(const char *word);

extern CrmStage DatumGetCrmStage(Datum d);
extern bytea *crm_make_stage(CrmStage stage);

#define PG_GETARG_CRM_STAGE(n) DatumGetCrmStage(PG_GETARG_DATUM(n))

#endif
