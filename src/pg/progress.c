/*
 * progress.c
 *		Long work shows how far it is.
 *
 * pg_stat_activity keeps the user's query; what is done and left goes to the
 * process title and, every five seconds, to the client.
 */
#include "compat.h"

#include "utils/ps_status.h"
#include "utils/timestamp.h"

#include "progress.h"

#define TITLE_EVERY (USECS_PER_SEC / 10)
#define NOTICE_EVERY (5 * USECS_PER_SEC)

void
crm_progress_begin(CrmProgress *progress)
{
	int			length;
	const char *title = get_ps_display(&length);

	progress->last_title = progress->last_notice = GetCurrentTimestamp();
	progress->title = pnstrdup(title, length);
}

void
crm_progress_report(CrmProgress *progress, const char *format,...)
{
	TimestampTz now = GetCurrentTimestamp();
	char		text[256];
	va_list		args;

	if (now - progress->last_title < TITLE_EVERY)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	progress->last_title = now;
	set_ps_display(text);
	if (now - progress->last_notice < NOTICE_EVERY)
		return;
	progress->last_notice = now;
	ereport(NOTICE, (errmsg_internal("%s", text)));
}

void
crm_progress_end(CrmProgress *progress)
{
	set_ps_display(progress->title);
	pfree(progress->title);
}
