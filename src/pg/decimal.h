/*
 * decimal.h
 *		Exact decimal arithmetic, by the server's own numeric.
 */
#ifndef CRM_DECIMAL_H
#define CRM_DECIMAL_H

#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

static inline Numeric
crm_decimal_add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static inline Numeric
crm_decimal_sub(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static inline Numeric
crm_decimal_mul(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

/* Rounded, to the digits that the server's / gives. */
static inline Numeric
crm_decimal_div(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_div,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static inline int
crm_decimal_cmp(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static inline Numeric
crm_decimal_of(int64 v)
{
	return int64_to_numeric(v);
}

/* Neither NaN nor infinite. */
static inline bool
crm_decimal_finite(Numeric v)
{
	return !numeric_is_nan(v) && !numeric_is_inf(v);
}

static inline bool
crm_decimal_negative(Numeric v)
{
	return crm_decimal_cmp(v, crm_decimal_of(0)) < 0;
}

/* 0 or more, and finite. */
static inline bool
crm_decimal_counts(Numeric v)
{
	return crm_decimal_finite(v) && !crm_decimal_negative(v);
}

#endif							/* CRM_DECIMAL_H */
