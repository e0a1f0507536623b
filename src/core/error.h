/*
 * error.h
 *		What core tells its caller when it refuses an input.
 *
 * detail and hint are static texts (whole sentences) or NULL; the glue turns
 * the kind into an SQLSTATE and adds the offending value.
 */
#ifndef CRM_ERROR_H
#define CRM_ERROR_H

#include <stdbool.h>

typedef enum CrmErrorKind
{
	CRM_ERROR_SYNTAX,			/* 22P02, in binary input 22P03 */
	CRM_ERROR_RANGE,			/* 22003: a number that does not fit */
	CRM_ERROR_VALUE,			/* 22023: well formed, but makes no sense */
	CRM_ERROR_LIMIT				/* 54000: a size above its named maximum */
} CrmErrorKind;

typedef struct CrmError
{
	CrmErrorKind kind;
	const char *detail;
	const char *hint;
} CrmError;

/* Fills *error and returns false, so that a check is one line. */
static inline bool
crm_fail(CrmError *error, CrmErrorKind kind, const char *detail,
		 const char *hint)
{
	error->kind = kind;
	error->detail = detail;
	error->hint = hint;
	return false;
}

#endif
