/*
 * treeshap.h
 *		Shapley values of the features of one row, exact and in polynomial time.
 *
 * The value of a set of features is the expectation of the trees when the
 * others are not known: at a split on an unknown feature both sides count, by
 * the training weight that went there (path-dependent TreeSHAP, Lundberg, Erion
 * and Lee 2018, algorithm 2).
 */
#ifndef CRM_TREESHAP_H
#define CRM_TREESHAP_H

#include "tree_ensemble.h"

/* Bytes of work space, aligned for double. */
extern size_t crm_treeshap_size(const CrmEnsemble *ensemble);

/*
 * phi[f] for each feature, in log-odds of a sum and in probability of a mean:
 * expectation + sum of phi = what crm_evaluate gives for the row.
 */
extern void crm_treeshap(const CrmEnsemble *ensemble, const double *row,
						 void *work, double *phi);

/* The value of the empty set. */
extern double crm_ensemble_expectation(const CrmEnsemble *ensemble);

#endif
