/*
 * progress.h
 *		Long work shows how far it is: process title, and a NOTICE now and then.
 */
#ifndef CRM_PROGRESS_H
#define CRM_PROGRESS_H

#include "datatype/timestamp.h"

typedef struct CrmProgress
{
	TimestampTz last_title;
	TimestampTz last_notice;
	char	   *title;			/* to put back */
} CrmProgress;

extern void crm_progress_begin(CrmProgress *progress);

/* At most ten titles a second and one NOTICE every five seconds. */
extern void crm_progress_report(CrmProgress *progress, const char *format,...)
			pg_attribute_printf(2, 3);
extern void crm_progress_end(CrmProgress *progress);

#endif
