/*
 * tree_text.h
 *		Trees as JSON inside the text form of a model.
 *
 *	{"kind":"sum","base":-1.2,"loss":0.41,"importance":[3,1],
 *	 "nodes":[[[0,1,37.5],[0.25,40],[1,0,[0,2]],[-0.5,20],[0.125,25]]]}
 *
 * nodes holds a list for each tree, breadth first, children side by side:
 * [value, rows] is a leaf, [feature, missing goes left, threshold] a split of a
 * number, and with a list of level numbers (those that go left) a split of a
 * category.
 */
#ifndef CRM_TREE_TEXT_H
#define CRM_TREE_TEXT_H

#include "json.h"
#include "tree_ensemble.h"

extern void crm_ensemble_print(CrmJsonWriter *w, const CrmEnsemble *ensemble,
							   const CrmFloatText *ft);

/* Reads the object that comes next; memory as in crm_ensemble_get. */
extern bool crm_ensemble_parse(CrmJsonReader *r, const CrmFloatText *ft,
							   CrmTake take, void *arg, CrmEnsemble *ensemble);

#endif
