/*
 * clv_value.h
 *		The type clv_model as a datum.
 *
 * Its first byte tells three forms apart: a model, a sample of customers in
 * encoded form, and the state of the aggregate, which the executor alone sees.
 * A sample is what a partial aggregate hands on; read as a model it is fitted.
 */
#ifndef CRM_CLV_VALUE_H
#define CRM_CLV_VALUE_H

#include "fmgr.h"
#include "utils/timestamp.h"

#include "clv_sample.h"
#include "crmprob.h"

static inline uint8
crm_clv_form(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 ? *(const uint8 *) VARDATA_ANY(v) : 0;
}

/* The model; a sample is fitted. */
extern CrmClvModel DatumGetCrmClvModel(Datum d);

#define PG_GETARG_CRM_CLV_MODEL(n) DatumGetCrmClvModel(PG_GETARG_DATUM(n))

/*
 * The same for an argument that is likely to be equal from call to call, out of
 * the first or second of two places in fn_extra.
 */
extern const CrmClvModel *crm_clv_model_argument(FunctionCallInfo fcinfo,
												 int n, int place);

extern Datum crm_clv_datum(const CrmClvModel *m);

/* The customers of a sample or a state; the patterns are a copy. */
extern CrmClvSample crm_clv_sample_of(struct varlena *v);
extern bytea *crm_clv_sample_value(const CrmClvSample *s);

/* Maximum likelihood; with "notices" the user hears of what is odd. */
extern CrmClvModel crm_clv_fit_sample(const CrmClvSample *s, bool notices);

/* The kind of this name; another is refused. */
extern CrmClvKind crm_clv_kind_argument(const text * name);

/* A NOTICE where a gamma_gamma model (q <= 1) has no mean spend. */
extern void crm_clv_tell_infinite_spend(const CrmClvModel *m);

#endif							/* CRM_CLV_VALUE_H */
