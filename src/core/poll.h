/*
 * poll.h
 *		How long work asks its caller whether to go on.
 *
 * Work that a caller cannot cut at a natural place (one tree over many rows)
 * asks at most every 20 ms or so.  After a "stop" it returns false at once, its
 * results are void and its work space may be thrown away.
 */
#ifndef CRM_POLL_H
#define CRM_POLL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct CrmPoll
{
	bool		(*stop) (void *arg);	/* NULL: never */
	void	   *arg;
} CrmPoll;

static inline bool
crm_poll_stop(const CrmPoll *poll)
{
	return poll != NULL && poll->stop != NULL && poll->stop(poll->arg);
}

#endif
