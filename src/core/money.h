/*
 * money.h
 *		Exact money: an int64 that counts ten-thousandths (4 decimals).
 *
 * What does not fit exactly is refused, never rounded: the caller who wants
 * rounding says so with round().
 */
#ifndef CRM_MONEY_H
#define CRM_MONEY_H

#include <stddef.h>
#include <stdint.h>

#include "duration.h"
#include "error.h"

#define CRM_MONEY_DECIMALS 4
#define CRM_MONEY_UNIT INT64_C(10000)

/* Longest text: sign, 15 digits, point, 4 digits; no terminator is written. */
#define CRM_MONEY_TEXT_SIZE 21

/*
 * Reads a decimal number (digits, at most one point, an exponent); one that is
 * well formed but has more than 4 decimals, or is too large, is
 * CRM_ERROR_RANGE.
 */
extern bool crm_money_parse(const char *text, size_t len, int64_t *money,
							CrmError *error);

/* With no more decimals than needed: "1200", "1200.5"; returns the length. */
extern size_t crm_money_text(int64_t money, char *text);

/* With all four decimals: "1200.5000". */
extern size_t crm_money_text_full(int64_t money, char *text);

/*
 * amount times a fraction in [0, 1]: the product of the two exact values,
 * rounded half away from zero.
 */
extern int64_t crm_money_times(int64_t money, double fraction);

/* A sum of money as text, with four decimals or with no more than needed. */
#define CRM_SUM_TEXT_SIZE 45
extern size_t crm_sum_text(CrmInt128 sum, char *text);
extern size_t crm_sum_text_short(CrmInt128 sum, char *text);

/* A sign, digits, at most four more behind a point; no exponent. */
extern bool crm_sum_parse(const char *text, size_t len, CrmInt128 *sum);

#endif
