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

#include "duration.h"
#include "error.h"
#include "json.h"
#include "opportunity.h"
#include "pipeline.h"
#include "proportion.h"
#include "rfm.h"
#include "stage.h"

/*
 * Doubles in text: PostgreSQL's shortest printer and its strtod, with a look for
 * interrupts at each.
 */
extern const CrmFloatText crm_float_text;

/* SQLSTATE of a core error met in text or in arguments. */
extern int	crm_sqlstate(const CrmError *error);

/*
 * Refuse a text, a binary message, an argument or stored bytes.  The first
 * honours soft errors and so returns where they are asked for; the others do
 * not return.
 */
extern void crm_bad_text(Node *escontext, const char *type, const char *text,
						 const CrmError *error);
extern void crm_bad_binary(const char *type, const CrmError *error)
			pg_attribute_noreturn();
extern void crm_bad_argument(const char *what, const CrmError *error)
			pg_attribute_noreturn();
extern void crm_corrupt(const char *type, const CrmError *error)
			pg_attribute_noreturn();

/* How much of a user's text a message repeats. */
#define CRM_SHOWN_BYTES 80

/*
 * A user's text for a message: a copy, of a long text its beginning and "...",
 * no character cut in two.
 */
extern char *crm_clip(const char *text);
extern char *crm_clip_bytes(const char *text, size_t len);

/* Refuses what is not a probability, with all of its digits. */
extern void crm_require_probability(double score);

/* Bytes of a message of this type; one that is too short is refused. */
extern const char *crm_message_bytes(StringInfo message, size_t n,
									 const char *type);

/* A confidence level, or 22023 with it. */
extern double crm_confidence_level(double level);

/* The rest of a message as bytes that live as long as the message. */
extern const char *crm_message_rest(StringInfo message, size_t *size);

/* A varlena of ours with a payload of this size, not yet filled. */
extern bytea *crm_new_value(size_t payload);

/*
 * Equality and hash of a value on its canonical bytes: what =, <> and the hash
 * class of a type without other rules call.
 */
extern bool crm_bytes_equal(FunctionCallInfo fcinfo);
extern Datum crm_bytes_hash(FunctionCallInfo fcinfo);
extern Datum crm_bytes_hash_extended(FunctionCallInfo fcinfo);

/*
 * The same for a type whose datum may be a state: an aggregate of a user that
 * has our transition but not our final function gives out such.
 */
typedef struct varlena *(*CrmCanonical) (Datum d);
extern bool crm_canonical_equal(FunctionCallInfo fcinfo,
								CrmCanonical canonical);
extern Datum crm_canonical_hash(FunctionCallInfo fcinfo,
								CrmCanonical canonical);
extern Datum crm_canonical_hash_extended(FunctionCallInfo fcinfo,
										 CrmCanonical canonical);

/* Refuses a call from outside an aggregate: its argument is edited. */
extern void crm_refuse_outside(void) pg_attribute_noreturn();

/* The test of AggCheckCallContext, in line because it is made for every row. */
static inline void
crm_require_aggregate(FunctionCallInfo fcinfo)
{
	if (fcinfo->context == NULL ||
		(!IsA(fcinfo->context, AggState) &&
		 !IsA(fcinfo->context, WindowAggState)))
		crm_refuse_outside();
}

/* What a transition without effect returns: the state, NULL where it is. */
static inline Datum
crm_state_as_it_is(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* crm_c1_check in the database encoding. */
extern bool crm_check_controls(const char *text, size_t len, CrmError *error);

/* A text in the other encoding: as it is, or a converted copy. */
extern CrmText crm_client_text(CrmText server);
extern CrmText crm_server_text(CrmText client);

/* Exact money as numeric, without trailing zeros or with four decimals. */
extern Datum crm_money_numeric(int64 money, bool trim);

/* A sum of money, exact, with four decimals. */
extern Datum crm_sum_numeric(CrmInt128 sum);

/* An amount; NaN, infinities, a fifth decimal and overflow are refused. */
extern int64 crm_numeric_money(Datum amount);

/* Is the database encoding UTF-8?  The JSON reader needs to know. */
extern bool crm_utf8(void);

/*
 * JSON text whose \u escapes above ASCII are characters of the database
 * encoding, where that is not UTF-8: the text itself or a copy, NULL after a
 * soft error.  A character that the encoding lacks is error 22P05.
 */
extern char *crm_json_escapes(char *text, Node *escontext);

/*
 * What a value of any type is cached by: the argument as it came, toasted or
 * not; a pointer into memory says nothing about what it points to.
 */
extern struct varlena *crm_value_key(Datum value);

/* Checks for interrupts: the pause of a JSON reader or writer. */
extern void crm_pause(void);

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

extern CrmPipeline DatumGetCrmPipeline(Datum d);

#define PG_GETARG_CRM_PIPELINE(n) DatumGetCrmPipeline(PG_GETARG_DATUM(n))

/* Labels quoted for a hint, those most like the given one first. */
extern char *crm_closest_labels(const CrmText *labels, uint32 n,
								const char *label, size_t len);

/* The stage with this label; an unknown one is reported with those there are. */
extern CrmStage crm_pipeline_stage(const CrmPipeline *p, const char *label,
								   size_t len);

/*
 * The registered pipeline of this name, as a datum that lives in context; an
 * unknown one is reported.  *slot (NULL at first, as fn_extra is) keeps the
 * last answer for as long as snapshot and user stay the same.
 */
extern Datum crm_pipeline_by_name(void **slot, MemoryContext context,
								  const char *name, size_t len);

extern CrmOpportunity DatumGetCrmOpportunity(Datum d);
extern bytea *crm_make_opportunity(const CrmOpportunity *o);

#define PG_GETARG_CRM_OPPORTUNITY(n) \
	DatumGetCrmOpportunity(PG_GETARG_DATUM(n))

extern CrmProportion *DatumGetCrmProportion(Datum d);

#define PG_GETARG_CRM_PROPORTION(n) DatumGetCrmProportion(PG_GETARG_DATUM(n))

/* The level of an interval of a share or a score, or 22023. */
extern double crm_share_level(double level);

extern const CrmRfm *DatumGetCrmRfm(Datum d);
extern Datum crm_rfm_datum(const CrmRfm *r);

#define PG_GETARG_CRM_RFM(n) DatumGetCrmRfm(PG_GETARG_DATUM(n))

#endif
