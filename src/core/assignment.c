/*
 * assignment.c
 *		Deals to sellers: the assignment of the greatest total value.
 *
 * Deals come one after the other (successive shortest paths; Ford and
 * Fulkerson 1962).  A new deal may push another one to a further seller, and
 * so on; the cheapest such chain is a shortest path over sellers, where the
 * step from s to t costs what the deal of s that minds least loses with t.
 * "Nobody" is one more seller, of value 0 and without limit.  Among chains of
 * equal value the one found first stays, so the result is deterministic.
 */
#include "assignment.h"

#include <string.h>

/* No way. */
#define FAR (INT64_MAX / 2)

typedef struct Work
{
	CrmAssignment *a;
	uint32_t	n;				/* sellers and nobody */
	int64_t    *loss;			/* from s to t: of the deal that minds least */
	uint32_t   *mover;			/* that deal */
	int64_t    *distance;		/* by seller, from the new deal */
	uint32_t   *before;			/* seller before on the path */
	uint32_t   *load;
	uint32_t   *place;			/* by deal: seller, or n - 1 for nobody */
} Work;

size_t
crm_assign_size(const CrmAssignment *a)
{
	size_t		n = (size_t) a->sellers + 1;

	return n * n * (sizeof(int64_t) + sizeof(uint32_t)) +
		n * (sizeof(int64_t) + 2 * sizeof(uint32_t)) +
		a->deals * sizeof(uint32_t);
}

static int64_t
value_of(const Work *w, uint32_t deal, uint32_t seller)
{
	int64_t		v;

	if (seller == w->n - 1)
		return 0;
	v = w->a->values[(size_t) deal * w->a->sellers + seller];
	return v < 0 ? CRM_NOT_ALLOWED : v;
}

/* What is lost when the deals of seller s move, from scratch. */
static void
weigh_row(Work *w, uint32_t s, uint32_t deals)
{
	for (uint32_t t = 0; t < w->n; t++)
		w->loss[(size_t) s * w->n + t] = FAR;
	for (uint32_t d = 0; d < deals; d++)
	{
		int64_t		here;

		if (w->place[d] != s)
			continue;
		here = value_of(w, d, s);
		for (uint32_t t = 0; t < w->n; t++)
		{
			int64_t		there = value_of(w, d, t);
			size_t		at = (size_t) s * w->n + t;

			if (t != s && there != CRM_NOT_ALLOWED &&
				here - there < w->loss[at])
			{
				w->loss[at] = here - there;
				w->mover[at] = d;
			}
		}
	}
}

/* Bellman and Ford: no cycle gains anything, so it ends. */
static void
find_paths(Work *w, uint32_t deal)
{
	bool		changed = true;

	for (uint32_t s = 0; s < w->n; s++)
	{
		int64_t		v = value_of(w, deal, s);

		w->distance[s] = v == CRM_NOT_ALLOWED ? FAR : -v;
		w->before[s] = CRM_NOBODY;
	}
	for (uint32_t round = 0; changed && round < w->n; round++)
	{
		changed = false;
		for (uint32_t s = 0; s < w->n; s++)
		{
			const		int64_t *loss = w->loss + (size_t) s * w->n;

			if (w->distance[s] >= FAR)
				continue;
			for (uint32_t t = 0; t < w->n; t++)
			{
				if (loss[t] < FAR && w->distance[s] + loss[t] < w->distance[t])
				{
					w->distance[t] = w->distance[s] + loss[t];
					w->before[t] = s;
					changed = true;
				}
			}
		}
	}
}

static bool
has_room(const Work *w, uint32_t s)
{
	return s == w->n - 1 || w->load[s] < (uint32_t) w->a->capacities[s];
}

/* Moves deals along the path to t, and the new one to where it begins. */
static void
push(Work *w, uint32_t deal, uint32_t t)
{
	uint32_t	end = t;

	w->load[t]++;
	while (w->before[t] != CRM_NOBODY)
	{
		uint32_t	s = w->before[t];

		w->place[w->mover[(size_t) s * w->n + t]] = t;
		t = s;
	}
	w->place[deal] = t;
	/* from the end on: every seller that a deal came to or left */
	for (t = end;; t = w->before[t])
	{
		weigh_row(w, t, deal + 1);
		if (w->before[t] == CRM_NOBODY)
			break;
	}
}

bool
crm_assign(CrmAssignment *a, void *work, const CrmPoll *poll)
{
	Work		w = {0};
	size_t		cells;

	w.a = a;
	w.n = a->sellers + 1;
	cells = (size_t) w.n * w.n;
	w.loss = work;
	w.distance = w.loss + cells;
	w.mover = (uint32_t *) (w.distance + w.n);
	w.before = w.mover + cells;
	w.load = w.before + w.n;
	w.place = w.load + w.n;
	memset(w.load, 0, w.n * sizeof(uint32_t));
	for (size_t i = 0; i < cells; i++)
		w.loss[i] = FAR;
	for (uint32_t d = 0; d < a->deals; d++)
	{
		uint32_t	best = w.n - 1;

		if (crm_poll_stop(poll))
			return false;
		find_paths(&w, d);
		for (uint32_t s = 0; s < w.n; s++)
		{
			if (has_room(&w, s) && w.distance[s] < w.distance[best])
				best = s;
		}
		push(&w, d, best);
	}
	for (uint32_t d = 0; d < a->deals; d++)
		a->seller[d] = w.place[d] == w.n - 1 ? CRM_NOBODY : w.place[d];
	return true;
}
