/*
 * affinity_sql.h
 *		The value affinity, for the file that collects it from rows.
 */
#ifndef CRM_AFFINITY_SQL_H
#define CRM_AFFINITY_SQL_H

#include "fmgr.h"

#include "affinity.h"

/* The encoded form; 54000 beyond the limits. */
extern bytea *crm_make_affinity(const CrmAffinity *a);

/* 54000 with the limits and what to do. */
extern void crm_refuse_affinity(void) pg_attribute_noreturn();

#endif
