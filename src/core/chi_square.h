/*
 * chi_square.h
 *		The chi-square distribution with a whole number of degrees of freedom.
 */
#ifndef CRM_CHI_SQUARE_H
#define CRM_CHI_SQUARE_H

/* P(X >= x) with df >= 1 degrees of freedom; 1 for x <= 0 */
extern double crm_chi_square_above(double x, int df);

#endif
