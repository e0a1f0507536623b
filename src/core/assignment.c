/*
 * assignment.c
 *		Which seller gets which deal, for the largest expected value under
 *		capacity.
 */
#include "assignment.h"

#include <math.h>

#include "sort.h"
#include "wide.h"

bool
crm_assign_scale(int64_t money, double factor, int64_t *product)
{
	int			exponent;
	uint64_t	mantissa;

	if (factor <= 0 || money == 0)
	{
		*product = 0;
		return true;
	}
	/* far below 2^63, so that the rounding of this test does not matter */
	if ((double) money * factor > 9.2e18)
		return false;
	/* factor = mantissa x 2^(exponent - 53), exactly */
	mantissa = (uint64_t) ldexp(frexp(factor, &exponent), 53);
	*product = (int64_t) crm_wide_shift_round(crm_wide_product((uint64_t) money,
															   mantissa),
											  53 - exponent);
	return true;
}

/*----------
 * Deal times seller
 *----------
 */

/* Sellers of one factor are a group; a deal first gets a group. */
typedef struct Groups
{
	int64_t    *room;			/* of each group: deals that it can take */
	int32_t    *group;			/* of each seller */
	int32_t    *left;			/* of each seller: capacity not yet used */
	int32_t    *next;			/* sellers of a group with capacity left */
	int32_t    *turn;			/* of each group: whose turn is next */
	int32_t    *quota;			/* of each group: room for deals of one value */
	int32_t		n;
} Groups;

/* What seller[] holds of a deal that has a group but no seller yet. */
#define IN_GROUP(g) (-2 - (g))

size_t
crm_assign_product_size(uint32_t n_sellers)
{
	return (size_t) n_sellers * (sizeof(int64_t) + 5 * sizeof(int32_t));
}

static void
make_groups(const CrmAssignment *a, const double *factor, void *work,
			Groups *g)
{
	uint32_t	n = a->n_sellers;

	g->room = work;
	g->group = (int32_t *) (g->room + n);
	g->left = g->group + n;
	g->next = g->left + n;
	g->turn = g->next + n;
	g->quota = g->turn + n;
	g->n = 0;
	for (uint32_t j = 0; j < n; j++)
	{
		if (j == 0 || factor[j] != factor[j - 1])
		{
			g->room[g->n] = 0;
			g->quota[g->n++] = 0;
		}
		g->group[j] = g->n - 1;
		g->left[j] = a->capacity[j];
		g->room[g->n - 1] += a->capacity[j];
	}
}

/*
 * Deals [from, to) of one value go to the groups from *first on that still have
 * room.  Which of them goes where does not matter to the total, so that a deal
 * whose owner is in one of these groups, and has capacity, stays.
 */
static void
assign_class(const CrmAssignment *a, Groups *g, uint32_t from, uint32_t to,
			 int32_t *first)
{
	int32_t		last = *first;
	uint32_t	n = to - from;

	for (; last < g->n && n > 0; last++)
	{
		uint32_t	taken = g->room[last] < n ? (uint32_t) g->room[last] : n;

		g->quota[last] = (int32_t) taken;
		g->room[last] -= taken;
		n -= taken;
	}
	for (uint32_t i = from; i < to; i++)
	{
		int32_t		owner = a->owner[i];

		a->seller[i] = CRM_NOBODY;
		if (owner != CRM_NOBODY && g->left[owner] > 0 &&
			g->quota[g->group[owner]] > 0)
		{
			a->seller[i] = owner;
			g->left[owner]--;
			g->quota[g->group[owner]]--;
		}
	}
	for (uint32_t i = from; i < to; i++)
	{
		if (a->seller[i] != CRM_NOBODY)
			continue;
		while (*first < last && g->quota[*first] == 0)
			++* first;
		if (*first == last)
			break;
		g->quota[*first]--;
		a->seller[i] = IN_GROUP(*first);
	}
	/* the last group may have room for deals of the next value */
	while (*first < last && g->room[*first] == 0)
		++* first;
}

/* Sellers of each group that have capacity left, in a ring. */
static void
make_rings(const CrmAssignment *a, Groups *g)
{
	for (int32_t k = 0; k < g->n; k++)
		g->turn[k] = CRM_NOBODY;
	for (uint32_t j = 0; j < a->n_sellers; j++)
	{
		int32_t    *last = &g->turn[g->group[j]];

		if (g->left[j] == 0)
			continue;
		g->next[j] = (int32_t) j;
		if (*last != CRM_NOBODY)
		{
			g->next[j] = g->next[*last];
			g->next[*last] = (int32_t) j;
		}
		*last = (int32_t) j;
	}
}

/* The others of a group's deals go to its sellers in turn. */
static int32_t
take_turn(Groups *g, int32_t group)
{
	int32_t		before = g->turn[group];
	int32_t		j = g->next[before];

	if (--g->left[j] == 0)
		g->next[before] = g->next[j];
	else
		g->turn[group] = j;
	return j;
}

void
crm_assign_product(const CrmAssignment *a, const int64_t *value,
				   const double *factor, void *work)
{
	Groups		g;
	int32_t		first = 0;

	make_groups(a, factor, work, &g);
	for (uint32_t from = 0, to; from < a->n_deals; from = to)
	{
		for (to = from + 1; to < a->n_deals && value[to] == value[from]; to++)
			continue;
		assign_class(a, &g, from, to, &first);
	}
	make_rings(a, &g);
	for (uint32_t i = 0; i < a->n_deals; i++)
		if (a->seller[i] < CRM_NOBODY)
			a->seller[i] = take_turn(&g, IN_GROUP(a->seller[i]));
}

/*----------
 * A value for each pair
 *----------
 */

/*
 * Costs are compared in this order, highest bits first: pairs that are not
 * allowed (2^106), the value taken negative (2^32), deals assigned (2^16),
 * deals that stay (1).  Over all deals the last two stay below 2^32, for
 * CRM_ASSIGN_PAIR_DEALS is below 2^16; a path has at most
 * CRM_ASSIGN_PAIR_SELLERS + 1 steps of two pairs each, so that no sum leaves
 * 128 bits nor one field the next.
 */
__extension__ typedef __int128 Cost;

#define FORBIDDEN ((Cost) 1 << 106)
#define VALUE_BITS 32
#define ASSIGNED ((Cost) 1 << 16)

typedef struct Network
{
	const CrmAssignment *a;
	const int64_t *value;
	uint32_t	m;				/* sellers; column m is nobody */
	Cost	   *move;			/* [from * (m + 1) + to]: cheapest deal to
								 * move */
	Cost	   *potential;		/* of each seller, and of nobody */
	Cost	   *distance;
	int32_t    *mover;			/* the deal of each move */
	int32_t    *before;			/* on the path: the seller before */
	int32_t    *load;
	int32_t    *head;			/* of each seller: its deals */
	int32_t    *next;			/* of each deal: the next of its seller */
	int32_t    *back;
	int32_t    *columns;		/* of the moves that are looked for again */
	int64_t    *best;			/* of each deal: the largest value */
	int32_t    *order;			/* deals by it, descending */
	bool	   *done;
} Network;

size_t
crm_assign_pairs_size(uint32_t n_deals, uint32_t n_sellers)
{
	size_t		m = n_sellers;
	size_t		costs = m * (m + 1) + 2 * (m + 1);
	size_t		ints = m * (m + 1) + 4 * (m + 1) + 3 * (size_t) n_deals;

	return sizeof(Cost) * (costs + 1) + sizeof(int64_t) * n_deals +
		sizeof(int32_t) * ints + sizeof(bool) * (m + 1);
}

static void
lay_out(Network *w, void *work, uint32_t n_deals)
{
	size_t		m = w->m;
	uintptr_t	at = (uintptr_t) work;

	/* the caller's alignment may be less than that of 128 bits */
	w->move = (Cost *) (void *) ((char *) work +
								 (sizeof(Cost) - at % sizeof(Cost)) %
								 sizeof(Cost));
	w->potential = w->move + m * (m + 1);
	w->distance = w->potential + m + 1;
	w->best = (int64_t *) (void *) (w->distance + m + 1);
	w->mover = (int32_t *) (void *) (w->best + n_deals);
	w->before = w->mover + m * (m + 1);
	w->load = w->before + m + 1;
	w->head = w->load + m + 1;
	w->next = w->head + m + 1;
	w->back = w->next + n_deals;
	w->order = w->back + n_deals;
	w->columns = w->order + n_deals;
	w->done = (bool *) (w->columns + m + 1);
	for (size_t j = 0; j <= m; j++)
	{
		w->potential[j] = 0;
		w->load[j] = 0;
		w->head[j] = CRM_NOBODY;
	}
	for (size_t k = 0; k < m * (m + 1); k++)
		w->mover[k] = CRM_NOBODY;
}

static Cost
pair_cost(const Network *w, int32_t deal, uint32_t seller)
{
	int64_t		v;

	if (seller == w->m)
		return 0;
	v = w->value[(size_t) deal * w->m + seller];
	if (v < 0)
		return FORBIDDEN;
	return -((Cost) v * ((Cost) 1 << VALUE_BITS)) - ASSIGNED -
		(w->a->owner[deal] == (int32_t) seller);
}

/* A deal of this seller may be the cheapest to move there. */
static void
offer_move(Network *w, uint32_t seller, int32_t deal, Cost here, uint32_t to)
{
	size_t		at = (size_t) seller * (w->m + 1) + to;
	Cost		c = pair_cost(w, deal, to) - here;

	if (w->mover[at] == CRM_NOBODY || c < w->move[at])
	{
		w->move[at] = c;
		w->mover[at] = deal;
	}
}

static void
offer_moves(Network *w, uint32_t seller, int32_t deal)
{
	Cost		here = pair_cost(w, deal, seller);

	for (uint32_t k = 0; k <= w->m; k++)
		offer_move(w, seller, deal, here, k);
}

/* The moves of a deal that its seller no longer has are those of another. */
static void
replace_mover(Network *w, uint32_t seller, int32_t lost)
{
	int32_t    *mover = w->mover + (size_t) seller * (w->m + 1);
	uint32_t	n = 0;

	for (uint32_t k = 0; k <= w->m; k++)
	{
		if (mover[k] != lost)
			continue;
		mover[k] = CRM_NOBODY;
		w->columns[n++] = (int32_t) k;
	}
	for (int32_t i = w->head[seller]; i != CRM_NOBODY; i = w->next[i])
	{
		Cost		here = pair_cost(w, i, seller);

		for (uint32_t c = 0; c < n; c++)
			offer_move(w, seller, i, here, (uint32_t) w->columns[c]);
	}
}

static void
put_deal(Network *w, uint32_t seller, int32_t deal)
{
	int32_t		first = w->head[seller];

	w->next[deal] = first;
	w->back[deal] = CRM_NOBODY;
	if (first != CRM_NOBODY)
		w->back[first] = deal;
	w->head[seller] = deal;
	w->a->seller[deal] = seller == w->m ? CRM_NOBODY : (int32_t) seller;
	w->load[seller]++;
}

static void
take_deal(Network *w, uint32_t seller, int32_t deal)
{
	if (w->back[deal] == CRM_NOBODY)
		w->head[seller] = w->next[deal];
	else
		w->next[w->back[deal]] = w->next[deal];
	if (w->next[deal] != CRM_NOBODY)
		w->back[w->next[deal]] = w->back[deal];
	w->load[seller]--;
}

/* The nearest seller that is not yet done; distances are reduced ones. */
static int32_t
nearest(const Network *w)
{
	int32_t		best = CRM_NOBODY;

	for (uint32_t k = 0; k <= w->m; k++)
		if (!w->done[k] &&
			(best == CRM_NOBODY || w->distance[k] < w->distance[best]))
			best = (int32_t) k;
	return best;
}

/*
 * Distances from a new deal to all sellers, by Dijkstra's algorithm on costs
 * reduced by the potentials.  Nobody has room without end and so is not left
 * again.
 */
static void
find_distances(Network *w, int32_t deal)
{
	for (uint32_t k = 0; k <= w->m; k++)
	{
		w->distance[k] = pair_cost(w, deal, k) - w->potential[k];
		w->before[k] = CRM_NOBODY;
		w->done[k] = false;
	}
	for (int32_t j; (j = nearest(w)) != CRM_NOBODY;)
	{
		Cost	   *move = w->move + (size_t) j * (w->m + 1);
		Cost		here;

		w->done[j] = true;
		if (j == (int32_t) w->m || w->load[j] == 0)
			continue;
		here = w->distance[j] + w->potential[j];
		for (uint32_t k = 0; k <= w->m; k++)
		{
			Cost		d = here + move[k] - w->potential[k];

			if (!w->done[k] && d < w->distance[k])
			{
				w->distance[k] = d;
				w->before[k] = j;
			}
		}
	}
	for (uint32_t k = 0; k <= w->m; k++)
		w->potential[k] += w->distance[k];
}

/* Where the cheapest path to free capacity ends. */
static uint32_t
find_end(const Network *w)
{
	uint32_t	end = w->m;

	for (uint32_t k = 0; k < w->m; k++)
		if (w->load[k] < w->a->capacity[k] &&
			w->potential[k] < w->potential[end])
			end = k;
	return end;
}

/* Each seller on the path gives a deal on to the next, from the end on. */
static void
move_along(Network *w, int32_t deal, uint32_t end)
{
	uint32_t	to = end;

	for (int32_t from; (from = w->before[to]) != CRM_NOBODY;
		 to = (uint32_t) from)
	{
		int32_t		moved = w->mover[(size_t) from * (w->m + 1) + to];

		take_deal(w, (uint32_t) from, moved);
		put_deal(w, to, moved);
	}
	put_deal(w, to, deal);
	/* what each gained is at the head of its list; all but the end lost one */
	if (end != w->m)
		offer_moves(w, end, w->head[end]);
	to = end;
	for (int32_t from; (from = w->before[to]) != CRM_NOBODY;
		 to = (uint32_t) from)
	{
		replace_mover(w, (uint32_t) from,
					  w->mover[(size_t) from * (w->m + 1) + to]);
		offer_moves(w, (uint32_t) from, w->head[from]);
	}
}

static bool
worth_more(const void *data, size_t i, size_t j)
{
	const Network *w = data;
	int32_t		a = w->order[i];
	int32_t		b = w->order[j];

	return w->best[a] != w->best[b] ? w->best[a] > w->best[b] : a < b;
}

static void
swap_order(void *data, size_t i, size_t j)
{
	Network    *w = data;
	int32_t		deal = w->order[i];

	w->order[i] = w->order[j];
	w->order[j] = deal;
}

/*
 * The most valuable deals first: then few have to make room for later ones,
 * and none where values are products.
 */
static void
make_order(Network *w)
{
	for (uint32_t i = 0; i < w->a->n_deals; i++)
	{
		w->order[i] = (int32_t) i;
		w->best[i] = -1;
		for (uint32_t j = 0; j < w->m; j++)
		{
			int64_t		v = w->value[(size_t) i * w->m + j];

			w->best[i] = v > w->best[i] ? v : w->best[i];
		}
	}
	crm_sort(w, w->a->n_deals, worth_more, swap_order);
}

bool
crm_assign_pairs(const CrmAssignment *a, const int64_t *value,
				 const CrmPoll *poll, void *work)
{
	Network		w = {.a = a,.value = value,.m = a->n_sellers};

	lay_out(&w, work, a->n_deals);
	make_order(&w);
	for (uint32_t i = 0; i < a->n_deals; i++)
	{
		if (crm_poll_stop(poll))
			return false;
		find_distances(&w, w.order[i]);
		move_along(&w, w.order[i], find_end(&w));
	}
	return true;
}
