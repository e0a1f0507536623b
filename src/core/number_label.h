/*
 * number_label.h
 *		The text that a number is known by when it is a category.
 *
 * One number has one text, whatever type it comes from: 1.1, 1.10 and 11e-1
 * are the same level.  Whole numbers below 1e19 are written out, so bigints
 * keep all their digits.
 */
#ifndef CRM_NUMBER_LABEL_H
#define CRM_NUMBER_LABEL_H

#include <stddef.h>

/* Room that a text of this length needs, at most. */
#define CRM_NUMBER_LABEL_SIZE(length) ((length) + 32)

/*
 * From a finite decimal number, [-]digits[.digits][e[+-]digits], to its label:
 * without needless zeros, with an exponent of at least two digits below 1e-4
 * and from 1e19 on.  Returns the length; the label is not terminated and must
 * not overlap the text.
 */
extern size_t crm_number_label(const char *text, size_t length, char *label);

#endif
