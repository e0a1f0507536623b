/*
 * opportunity.h
 *		One sales opportunity: its stage, amount, dates, probability, people.
 *
 * A CrmOpportunity is a view: stage and texts point into the caller's bytes.
 * "present" tells which fields are not NULL; an absent field is zero, so that
 * equal opportunities have equal encoded forms.
 */
#ifndef CRM_OPPORTUNITY_H
#define CRM_OPPORTUNITY_H

#include "datetime.h"
#include "json.h"
#include "money.h"
#include "pipeline.h"
#include "stage.h"

#define CRM_OPPORTUNITY_FORMAT 1

/* Longest owner, customer or product, and longest feedback, in bytes. */
#define CRM_OPPORTUNITY_MAX_NAME 1024
#define CRM_OPPORTUNITY_MAX_FEEDBACK 1048576

/* In the order of make_opportunity's arguments; bits of "present". */
typedef enum CrmOpportunityField
{
	CRM_FIELD_STAGE,
	CRM_FIELD_AMOUNT,
	CRM_FIELD_CREATED_AT,
	CRM_FIELD_CLOSE_DATE,
	CRM_FIELD_PROBABILITY,
	CRM_FIELD_MODIFIED_AT,
	CRM_FIELD_OWNER,
	CRM_FIELD_CUSTOMER,
	CRM_FIELD_PRODUCT,
	CRM_FIELD_FEEDBACK
} CrmOpportunityField;

#define CRM_OPPORTUNITY_FIELDS 10
#define CRM_OPPORTUNITY_TEXTS 4 /* owner and what follows */

typedef struct CrmOpportunity
{
	uint16_t	present;
	CrmStage	stage;
	int64_t		amount;			/* money.h */
	int64_t		created_at;		/* datetime.h */
	int32_t		close_date;
	double		probability;
	int64_t		modified_at;
	CrmText		texts[CRM_OPPORTUNITY_TEXTS];
} CrmOpportunity;

/* Where a deal stands in its pipeline. */
typedef enum CrmCategory
{
	CRM_CATEGORY_POTENTIAL,
	CRM_CATEGORY_IN_FOLLOW_UP,
	CRM_CATEGORY_SOLID_CASE,
	CRM_CATEGORY_WON,
	CRM_CATEGORY_CLOSED_LOST
} CrmCategory;

static inline bool
crm_opportunity_has(const CrmOpportunity *o, CrmOpportunityField f)
{
	return (o->present >> f & 1) != 0;
}

static inline void
crm_opportunity_set(CrmOpportunity *o, CrmOpportunityField f)
{
	o->present |= (uint16_t) (1 << f);
}

static inline CrmText *
crm_opportunity_text_field(CrmOpportunity *o, CrmOpportunityField f)
{
	return &o->texts[f - CRM_FIELD_OWNER];
}

/* The name of a field: its key, argument and accessor. */
extern const char *crm_opportunity_field_name(CrmOpportunityField f);

/* The rules for values; every way in ends here. */
extern bool crm_opportunity_check(const CrmOpportunity *o, CrmError *error);

/*
 * Reads the JSON text form; strings are unescaped into scratch, which has len
 * bytes and must live as long as *o.
 */
extern bool crm_opportunity_parse(const char *text, size_t len, bool utf8,
								  const CrmFloatText *ft, char *scratch,
								  CrmOpportunity *o, CrmError *error);

/* Prints the JSON text form. */
extern void crm_opportunity_print(const CrmOpportunity *o,
								  const CrmFloatText *ft, CrmJsonWriter *w);

extern void crm_opportunity_encode(const CrmOpportunity *o, CrmWriter *w);

/*
 * "read" checks the structure only, so that texts may still be in a client's
 * encoding; "decode" checks everything.
 */
extern bool crm_opportunity_read(const void *data, size_t size,
								 CrmOpportunity *o, CrmError *error);
extern bool crm_opportunity_decode(const void *data, size_t size,
								   CrmOpportunity *o, CrmError *error);

/* amount x probability; false where a part is missing. */
extern bool crm_opportunity_expected(const CrmOpportunity *o,
									 int64_t *money);

/* False when the pipeline has no stage with the deal's label. */
extern bool crm_opportunity_category(const CrmOpportunity *o,
									 const CrmPipeline *p,
									 CrmCategory *category);

#endif
