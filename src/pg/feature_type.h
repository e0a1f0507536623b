/*
 * feature_type.h
 *		How a column of a record is read as a feature.
 *
 * Training (dataset.h) and scoring (feature_map.h) read values through the
 * same few functions, so that a value means the same in both.
 */
#ifndef CRM_FEATURE_TYPE_H
#define CRM_FEATURE_TYPE_H

#include "access/tupdesc.h"

#include "model.h"

typedef enum CrmReadAs
{
	CRM_READ_INT2,
	CRM_READ_INT4,
	CRM_READ_INT8,
	CRM_READ_FLOAT4,
	CRM_READ_FLOAT8,
	CRM_READ_NUMERIC,
	CRM_READ_BOOL,
	CRM_READ_TEXT,
	CRM_READ_BPCHAR,
	CRM_READ_NAME,
	CRM_READ_ENUM,
	CRM_READ_STAGE,
	CRM_READ_DATE,
	CRM_READ_TIMESTAMP
} CrmReadAs;

typedef struct CrmColumnType
{
	CrmReadAs	read;
	CrmFeatureType type;
} CrmColumnType;

/* Room for a number as a label. */
#define CRM_LABEL_BUFFER 64

/* False: a value of this type cannot be a feature.  Domains are looked into. */
extern bool crm_column_type(Oid type, CrmColumnType *column);

/*
 * NaN is missing; an infinity is returned as it is, and for a numeric that is
 * too large.
 */
extern double crm_read_number(CrmReadAs read, Datum value);

/* Microseconds since 2000-01-01; false for an infinity or a later date. */
extern bool crm_read_time(CrmReadAs read, Datum value, int64 *time);

/*
 * The label of a category (finite numbers: see number_label.h); bytes point
 * into the value, a palloc'd copy or the buffer.
 */
extern CrmString crm_read_label(CrmReadAs read, Datum value, char *buffer);

/* A number as a category: false for NaN; 22023 for an infinity. */
extern bool crm_number_present(const char *column, CrmReadAs read,
							   Datum value);

/*
 * A value read as an infinite number, or not read as a time: 22003 or 22008 if
 * it is out of range only, else as the next.
 */
extern void crm_refuse_feature(const char *column, CrmReadAs read, Datum value)
			pg_attribute_noreturn();

/* 22023: the column holds an infinite value. */
extern void crm_infinite_feature(const char *column) pg_attribute_noreturn();

#endif
