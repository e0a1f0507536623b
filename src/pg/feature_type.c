/*
 * feature_type.c
 *		How a column of a record is read as a feature.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "feature_type.h"
#include "number_label.h"

#define TWO_TO_63 9223372036854775808.0

StaticAssertDecl(CRM_LABEL_BUFFER >= NAMEDATALEN &&
				 CRM_LABEL_BUFFER >=
				 CRM_NUMBER_LABEL_SIZE(DOUBLE_SHORTEST_DECIMAL_LEN),
				 "the label of an enum or a number must fit");

/* The extension's schema is fixed, so its type is known by name. */
static bool
is_stage(HeapTuple tuple)
{
	Form_pg_type t = (Form_pg_type) GETSTRUCT(tuple);
	char	   *schema;

	if (strcmp(NameStr(t->typname), "stage") != 0 ||
		t->typtype != TYPTYPE_BASE)
		return false;
	schema = get_namespace_name(t->typnamespace);
	return schema != NULL && strcmp(schema, "crmprob") == 0;
}

static bool
catalog_type(Oid type, CrmColumnType *column)
{
	static const CrmColumnType enum_column = {CRM_READ_ENUM, CRM_TYPE_ENUM};
	static const CrmColumnType stage_column = {CRM_READ_STAGE, CRM_TYPE_STAGE};
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	bool		found = true;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_type) GETSTRUCT(tuple))->typtype == TYPTYPE_ENUM)
		*column = enum_column;
	else if (is_stage(tuple))
		*column = stage_column;
	else
		found = false;
	ReleaseSysCache(tuple);
	return found;
}

bool
crm_column_type(Oid type, CrmColumnType *column)
{
	static const struct
	{
		Oid			type;
		CrmColumnType column;
	}			known[] = {
		{FLOAT8OID, {CRM_READ_FLOAT8, CRM_TYPE_NUMBER}},
		{FLOAT4OID, {CRM_READ_FLOAT4, CRM_TYPE_NUMBER}},
		{INT2OID, {CRM_READ_INT2, CRM_TYPE_NUMBER}},
		{INT4OID, {CRM_READ_INT4, CRM_TYPE_NUMBER}},
		{INT8OID, {CRM_READ_INT8, CRM_TYPE_NUMBER}},
		{NUMERICOID, {CRM_READ_NUMERIC, CRM_TYPE_NUMBER}},
		{BOOLOID, {CRM_READ_BOOL, CRM_TYPE_BOOLEAN}},
		{TEXTOID, {CRM_READ_TEXT, CRM_TYPE_TEXT}},
		{VARCHAROID, {CRM_READ_TEXT, CRM_TYPE_TEXT}},
		{BPCHAROID, {CRM_READ_BPCHAR, CRM_TYPE_TEXT}},
		{NAMEOID, {CRM_READ_NAME, CRM_TYPE_TEXT}},
		{DATEOID, {CRM_READ_DATE, CRM_TYPE_DATE}},
		{TIMESTAMPOID, {CRM_READ_TIMESTAMP, CRM_TYPE_TIMESTAMP}},
		{TIMESTAMPTZOID, {CRM_READ_TIMESTAMP, CRM_TYPE_TIMESTAMPTZ}}
	};

	type = getBaseType(type);
	for (int i = 0; i < lengthof(known); i++)
		if (known[i].type == type)
		{
			*column = known[i].column;
			return true;
		}
	return catalog_type(type, column);
}

double
crm_read_number(CrmReadAs read, Datum value)
{
	switch (read)
	{
		case CRM_READ_FLOAT8:
			return DatumGetFloat8(value);
		case CRM_READ_FLOAT4:
			return DatumGetFloat4(value);
		case CRM_READ_INT2:
			return DatumGetInt16(value);
		case CRM_READ_INT4:
			return DatumGetInt32(value);
		case CRM_READ_INT8:
			return (double) DatumGetInt64(value);
		case CRM_READ_NUMERIC:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
													  value));
		default:
			elog(ERROR, "column type %d is not a number", (int) read);
	}
}

bool
crm_read_time(CrmReadAs read, Datum value, int64 *time)
{
	if (read == CRM_READ_DATE)
	{
		DateADT		date = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(date) ||
			date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
			return false;
		*time = (int64) date * USECS_PER_DAY;
		return true;
	}
	*time = DatumGetTimestamp(value);
	return !TIMESTAMP_NOT_FINITE(*time);
}

/* An enum value's label; the value may have been dropped meanwhile. */
static CrmString
enum_label(Oid value, char *buffer)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid internal value for enum: %u", value)));
	strlcpy(buffer, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel),
			CRM_LABEL_BUFFER);
	ReleaseSysCache(tuple);
	return crm_word(buffer);
}

/* Trailing blanks of char(n) have no meaning. */
static CrmString
text_label(Datum value, bool trim)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	const char *bytes = VARDATA_ANY(text);
	int			length = (int) VARSIZE_ANY_EXHDR(text);

	if (trim)
		length = bpchartruelen(VARDATA_ANY(text), length);
	return crm_string(bytes, (size_t) length);
}

/*
 * The label of a finite number.  A whole number is written as bigint writes
 * it, also when it comes as a floating-point number, whose shortest text may
 * lack its last digits: 123456792::real prints as 1.2345679e+08.
 */
static CrmString
number_label(CrmReadAs read, Datum value, char *buffer)
{
	char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	char	   *text = shortest;
	size_t		length;
	double		v;

	if (read == CRM_READ_NUMERIC)
	{
		text = numeric_normalize(DatumGetNumeric(value));
		length = strlen(text);
		if (CRM_NUMBER_LABEL_SIZE(length) > CRM_LABEL_BUFFER)
			buffer = palloc(CRM_NUMBER_LABEL_SIZE(length));
		return crm_string(buffer, crm_number_label(text, length, buffer));
	}
	if (read == CRM_READ_INT8)
		return crm_string(buffer, (size_t) pg_lltoa(DatumGetInt64(value),
													buffer));
	v = crm_read_number(read, value);
	if (v == floor(v) && fabs(v) < TWO_TO_63)
		return crm_string(buffer, (size_t) pg_lltoa((int64) v, buffer));
	length = (size_t) (read == CRM_READ_FLOAT4 ?
					   float_to_shortest_decimal_bufn((float) v, text) :
					   double_to_shortest_decimal_bufn(v, text));
	return crm_string(buffer, crm_number_label(text, length, buffer));
}

CrmString
crm_read_label(CrmReadAs read, Datum value, char *buffer)
{
	CrmStage	stage;

	switch (read)
	{
		case CRM_READ_TEXT:
		case CRM_READ_BPCHAR:
			return text_label(value, read == CRM_READ_BPCHAR);
		case CRM_READ_BOOL:
			if (DatumGetBool(value))
				return crm_word("true");
			return crm_word("false");
		case CRM_READ_NAME:
			return crm_word(NameStr(*DatumGetName(value)));
		case CRM_READ_ENUM:
			return enum_label(DatumGetObjectId(value), buffer);
		case CRM_READ_STAGE:
			stage = DatumGetCrmStage(value);
			return crm_string(stage.label, stage.label_len);
		default:
			return number_label(read, value, buffer);
	}
}

bool
crm_number_present(const char *column, CrmReadAs read, Datum value)
{
	double		v;

	if (read == CRM_READ_NUMERIC)
	{
		if (numeric_is_inf(DatumGetNumeric(value)))
			crm_infinite_feature(column);
		return !numeric_is_nan(DatumGetNumeric(value));
	}
	v = crm_read_number(read, value);
	if (isinf(v))
		crm_infinite_feature(column);
	return !isnan(v);
}

void
crm_refuse_feature(const char *column, CrmReadAs read, Datum value)
{
	if (read == CRM_READ_NUMERIC && !numeric_is_inf(DatumGetNumeric(value)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("column \"%s\" holds a number that is out of range",
						column),
				 errdetail("Numbers are read as double precision, at most about 1.8e308."),
				 errhint("Scale the column down, or take its logarithm.")));
	if (read == CRM_READ_DATE && !DATE_NOT_FINITE(DatumGetDateADT(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("column \"%s\" holds a date that is out of range",
						column),
				 errdetail("Dates are read as timestamps, which end with the year 294276."),
				 errhint("Replace dates that mean \"never\" by NULL, which counts as missing.")));
	crm_infinite_feature(column);
}

void
crm_infinite_feature(const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" holds an infinite value", column),
			 errhint("Replace infinite values by NULL, which counts as missing.")));
}
