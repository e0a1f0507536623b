/*
 * cox_model.h
 *		A fitted proportional hazards model as a value.
 *
 * A feature that is a number or a time is one term, a category one term a
 * level, its reference level (the first in byte order) included.  Stored bytes
 * are the wire form; there is one decoder and it checks everything.
 */
#ifndef CRM_COX_MODEL_H
#define CRM_COX_MODEL_H

#include "bytes.h"
#include "cox.h"
#include "error.h"
#include "json.h"

#define CRM_COX_MODEL_FORMAT 1

/* Columns and a reference level for each. */
#define CRM_COX_MODEL_MAX_TERMS (2 * CRM_COX_MAX_COLUMNS)
#define CRM_COX_MODEL_MAX_NAME 63
#define CRM_COX_MODEL_MAX_LEVEL 255

/* One more than those of a fit. */
#define CRM_COX_REFERENCE (CRM_COX_INFINITE + 1)

typedef enum CrmCoxKind
{
	CRM_COX_NUMBER,
	CRM_COX_TIME,				/* days since 2000-01-01 */
	CRM_COX_CATEGORY
} CrmCoxKind;

typedef struct CrmCoxTerm
{
	CrmText		feature;
	CrmText		level;			/* of a category */
	uint8_t		kind;			/* CrmCoxKind */
	uint8_t		status;			/* CrmCoxStatus or CRM_COX_REFERENCE */
	bool		has_error;		/* std_error is known; only if fitted */
	double		mean;			/* over the rows fitted; of a level its share */
	double		coefficient;	/* 0 unless fitted or infinite */
	double		std_error;		/* 0 unless known */
} CrmCoxTerm;

typedef struct CrmCoxModel
{
	uint8_t		ties;			/* CrmCoxTies */
	bool		converged;
	uint32_t	iterations;
	uint64_t	n;				/* rows fitted */
	uint64_t	events;
	uint64_t	skipped;		/* rows with a NULL */
	double		loglik_null;
	double		loglik;
	double		concordance;	/* NaN: no pair could be compared */
	uint32_t	n_terms;
	CrmCoxTerm *terms;
} CrmCoxModel;

extern bool crm_cox_model_check(const CrmCoxModel *m, CrmError *error);

extern void crm_cox_model_encode(const CrmCoxModel *m, CrmWriter *w);

/*
 * Both have room for CRM_COX_MODEL_MAX_TERMS terms, and point into the data or
 * into "texts" of len bytes.
 */
extern bool crm_cox_model_decode(const void *data, size_t size,
								 CrmCoxTerm *terms, CrmCoxModel *m,
								 CrmError *error);
extern bool crm_cox_model_parse(const char *text, size_t len, bool utf8,
								const CrmFloatText *ft, CrmCoxTerm *terms,
								char *texts, CrmCoxModel *m, CrmError *error);
extern void crm_cox_model_print(CrmJsonWriter *w, const CrmCoxModel *m,
								const CrmFloatText *ft);

/* Columns with a coefficient: degrees of freedom of the model's test. */
extern int	crm_cox_model_df(const CrmCoxModel *m);

extern const char *crm_cox_ties_name(int ties);

#endif
