/*
 * flow_chain.c
 *		What follows from a stage_flow: chances to win, and times.
 *
 * The linear systems are solved by eliminating stages (Grassmann, Taksar and
 * Heyman 1985): a stage's rate of leaving is always a sum of what leaves it,
 * never one less what stays, so that no digit is lost however rarely a stage
 * is left.
 */
#include "flow_chain.h"

#include <math.h>

/*----------
 * From counts to probabilities
 *----------
 */

static uint32_t
pairs_end(const CrmFlow *flow, uint32_t first)
{
	uint32_t	end = first;

	while (end < flow->n_pairs &&
		   flow->pairs[end].from == flow->pairs[first].from)
		end++;
	return end;
}

static void
rest(const CrmFlowChain *chain)
{
	if (chain->flow->pause != NULL)
		chain->flow->pause();
}

static void
count_moves(CrmFlowChain *chain, uint32_t first, uint32_t end)
{
	const CrmFlowPair *pairs = chain->flow->pairs;
	double		all = 0;

	for (uint32_t i = first; i < end; i++)
		all += (double) pairs[i].n;
	for (uint32_t i = first; i < end; i++)
		chain->move[i] = (double) pairs[i].n / all;
	chain->leaves[pairs[first].from] = true;
}

/* Does any pair of the stage have a bucket left, and which is the next? */
static bool
next_bucket(const CrmFlow *flow, uint32_t first, uint32_t end,
			const uint32_t *used, int32_t *bucket)
{
	bool		found = false;

	for (uint32_t i = first; i < end; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];
		int32_t		b;

		if (used[i - first] == p->n_buckets)
			continue;
		b = flow->buckets[p->first + used[i - first]].bucket;
		if (!found || b < *bucket)
			*bucket = b;
		found = true;
	}
	return found;
}

/*
 * Aalen-Johansen in the form of Efron's (1967) redistribution to the right:
 * every visit has the same share at first, and a censored one passes its own
 * on to those that lasted longer.  Within a bucket moves come before
 * censoring.
 */
static void
share_out(CrmFlowChain *chain, uint32_t first, uint32_t end)
{
	const CrmFlow *flow = chain->flow;
	uint32_t	stage = flow->pairs[first].from;
	uint32_t	used[CRM_FLOW_MAX_STAGES + 1] = {0};
	uint64_t	at_risk = 0;
	double		share;
	int32_t		bucket = 0;

	for (uint32_t i = first; i < end; i++)
		at_risk += flow->pairs[i].n;
	share = 1 / (double) at_risk;
	while (next_bucket(flow, first, end, used, &bucket))
	{
		uint64_t	censored = 0;

		for (uint32_t i = first; i < end; i++)
		{
			const CrmFlowPair *p = &flow->pairs[i];
			uint32_t	b = p->first + used[i - first];

			if (used[i - first] == p->n_buckets ||
				flow->buckets[b].bucket != bucket)
				continue;
			used[i - first]++;
			if (p->to == CRM_FLOW_OPEN)
			{
				censored = flow->buckets[b].count;
				continue;
			}
			chain->weight[b] = share * (double) flow->buckets[b].count;
			chain->move[i] += chain->weight[b];
			chain->leaves[stage] = true;
			at_risk -= flow->buckets[b].count;
		}
		if (censored > 0 && censored == at_risk)
			chain->left[stage] = share * (double) censored;
		else if (censored > 0)
			share *= (double) at_risk / (double) (at_risk - censored);
		at_risk -= censored;
	}
}

/*
 * Representatives times the scale of their pair add up to the pair's exact
 * sum: without open visits the mean is exact, and so is a time that all moves
 * of a pair took.
 */
static double
bucket_time(const CrmFlowChain *chain, uint32_t pair, uint32_t bucket)
{
	return chain->scale[pair] *
		(double) crm_bucket_duration(chain->flow->buckets[bucket].bucket);
}

/* Scales, and the mean of a visit, restricted to the longest observed. */
static void
average(CrmFlowChain *chain, uint32_t first, uint32_t end)
{
	const CrmFlow *flow = chain->flow;
	uint32_t	stage = flow->pairs[first].from;

	for (uint32_t i = first; i < end; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];
		uint32_t	last = p->first + p->n_buckets - 1;
		double		middle = 0;

		for (uint32_t b = p->first; b <= last; b++)
			middle += (double) flow->buckets[b].count *
				(double) crm_bucket_duration(flow->buckets[b].bucket);
		chain->scale[i] = middle > 0 ?
			crm_int128_double(p->time) / middle : 1;
		for (uint32_t b = p->first; b <= last; b++)
			chain->mean[stage] += chain->weight[b] * bucket_time(chain, i, b);
		if (p->to == CRM_FLOW_OPEN)
			chain->mean[stage] += chain->left[stage] *
				bucket_time(chain, i, last);
		chain->longest[stage] = fmax(chain->longest[stage],
									 bucket_time(chain, i, last));
	}
}

static bool
is_open(const CrmFlowChain *chain, uint32_t stage)
{
	return stage < chain->n_open;
}

/*
 * A stage settles when every stage that can be reached from it can reach an
 * end, or is still open at its longest.
 */
static void
find_settling(CrmFlowChain *chain)
{
	const CrmFlow *flow = chain->flow;
	bool		ends[CRM_FLOW_MAX_STAGES + 1] = {false};
	bool		changed = true;

	for (uint32_t i = 0; i < flow->n_stages; i++)
		ends[i] = !is_open(chain, i) || chain->left[i] > 0;
	while (changed)
	{
		changed = false;
		for (uint32_t i = 0; i < flow->n_pairs; i++)
		{
			const CrmFlowPair *p = &flow->pairs[i];

			if (p->to != CRM_FLOW_OPEN && ends[p->to] && !ends[p->from])
				changed = ends[p->from] = true;
		}
	}
	memcpy(chain->settles, ends, sizeof chain->settles);
	for (changed = true; changed;)
	{
		changed = false;
		for (uint32_t i = 0; i < flow->n_pairs; i++)
		{
			const CrmFlowPair *p = &flow->pairs[i];

			if (is_open(chain, p->from) && p->to != CRM_FLOW_OPEN &&
				!chain->settles[p->to] && chain->settles[p->from])
			{
				chain->settles[p->from] = false;
				changed = true;
			}
		}
	}
}

void
crm_chain_init(CrmFlowChain *chain, const CrmFlow *flow, double *work)
{
	memset(chain, 0, sizeof *chain);
	chain->flow = flow;
	while (chain->n_open < flow->n_stages &&
		   crm_stage_is_open(flow->stages[chain->n_open]))
		chain->n_open++;
	chain->weight = work;
	chain->move = work + flow->n_buckets;
	chain->scale = chain->move + flow->n_pairs;
	for (size_t i = 0; i < flow->n_buckets + 2 * (size_t) flow->n_pairs; i++)
		work[i] = 0;
	for (uint32_t i = 0; i < flow->n_pairs;)
	{
		uint32_t	end = pairs_end(flow, i);

		if (crm_flow_timed(flow->basis))
		{
			share_out(chain, i, end);
			average(chain, i, end);
		}
		else
			count_moves(chain, i, end);
		rest(chain);
		i = end;
	}
	find_settling(chain);
}

bool
crm_chain_answers(const CrmFlowChain *chain, uint32_t stage)
{
	return !is_open(chain, stage) ||
		(chain->leaves[stage] && chain->settles[stage]);
}

/* Is this pair a move of the chain between stages that settle? */
static bool
is_move(const CrmFlowChain *chain, const CrmFlowPair *p)
{
	return p->to != CRM_FLOW_OPEN && is_open(chain, p->from) &&
		chain->settles[p->from];
}

static bool
is_won(const CrmFlowChain *chain, uint32_t stage)
{
	return chain->flow->stages[stage].rank == CRM_STAGE_WON;
}

/*----------
 * In the end
 *----------
 */

/* A row: rates to each open stage, then these. */
enum
{
	TO_WON, TO_OTHER, MOVES, TIME, EXTRA_COLUMNS
};

size_t
crm_chain_solve_size(const CrmFlowChain *chain)
{
	return (size_t) chain->n_open * (chain->n_open + EXTRA_COLUMNS);
}

static void
fill_rows(const CrmFlowChain *chain, double *rows)
{
	uint32_t	n = chain->n_open;
	uint32_t	width = n + EXTRA_COLUMNS;

	for (size_t i = 0; i < (size_t) n * width; i++)
		rows[i] = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		double	   *extra = rows + (size_t) i * width + n;

		extra[TO_OTHER] = chain->left[i];
		extra[MOVES] = 1 - chain->left[i];
		extra[TIME] = chain->mean[i];
	}
	for (uint32_t i = 0; i < chain->flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &chain->flow->pairs[i];
		double	   *row = rows + (size_t) p->from * width;

		if (!is_move(chain, p))
			continue;
		if (is_open(chain, p->to))
			row[p->to] += chain->move[i];
		else
			row[n + (is_won(chain, p->to) ? TO_WON : TO_OTHER)] +=
				chain->move[i];
	}
}

/* Passes what comes to stage k on to where k goes. */
static void
eliminate(const CrmFlowChain *chain, double *rows, const bool *gone,
		  uint32_t k)
{
	uint32_t	n = chain->n_open;
	uint32_t	width = n + EXTRA_COLUMNS;
	double	   *from = rows + (size_t) k * width;
	double		rate = from[n + TO_WON] + from[n + TO_OTHER];

	for (uint32_t j = 0; j < n; j++)
	{
		if (j != k && !gone[j])
			rate += from[j];
	}
	for (uint32_t i = 0; i < n; i++)
	{
		double	   *row = rows + (size_t) i * width;
		double		factor;

		if (i == k || gone[i] || row[k] == 0)
			continue;
		factor = row[k] / rate;
		for (uint32_t j = 0; j < width; j++)
		{
			if (j != k && j != i && (j >= n || !gone[j]))
				row[j] += factor * from[j];
		}
	}
}

bool
crm_chain_solve(const CrmFlowChain *chain, uint32_t stage, double *work,
				CrmFlowAnswer *answer)
{
	bool		gone[CRM_FLOW_MAX_STAGES];
	uint32_t	n = chain->n_open;
	double	   *extra;
	double		rate;

	if (!crm_chain_answers(chain, stage))
		return false;
	memset(answer, 0, sizeof *answer);
	if (!is_open(chain, stage))
	{
		answer->win = is_won(chain, stage) ? 1 : 0;
		return true;
	}
	fill_rows(chain, work);
	for (uint32_t k = 0; k < n; k++)
		gone[k] = !chain->settles[k];
	for (uint32_t k = 0; k < n; k++)
	{
		if (k == stage || gone[k])
			continue;
		eliminate(chain, work, gone, k);
		gone[k] = true;
	}
	extra = work + (size_t) stage * (n + EXTRA_COLUMNS) + n;
	rate = extra[TO_WON] + extra[TO_OTHER];
	answer->win = extra[TO_WON] / rate;
	answer->moves = extra[MOVES] / rate;
	answer->time = extra[TIME] / rate;
	return isfinite(answer->win) && isfinite(answer->moves) &&
		isfinite(answer->time);
}

bool
crm_chain_time(const CrmFlowChain *chain, const CrmFlowAnswer *answer,
			   double *time)
{
	CrmFlowBasis basis = chain->flow->basis;

	if (basis.kind == CRM_FLOW_COUNTS)
		return false;
	*time = basis.kind == CRM_FLOW_STEPS ?
		answer->moves * (double) basis.parameter : answer->time;
	return true;
}

/*----------
 * Within so many steps
 *----------
 */

uint64_t
crm_chain_horizon_steps(const CrmFlowChain *chain, int64_t horizon)
{
	return (uint64_t) (horizon / chain->flow->basis.parameter);
}

size_t
crm_chain_steps_size(const CrmFlowChain *chain)
{
	return 2 * (size_t) chain->n_open * chain->n_open + 3 * chain->n_open;
}

/* y = a x + b */
static void
affine(const double *a, const double *x, const double *b, double *y,
	   uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		double		sum = b[i];

		for (uint32_t j = 0; j < n; j++)
			sum += a[(size_t) i * n + j] * x[j];
		y[i] = sum;
	}
}

/* The square of a, into c. */
static void
square(const double *a, double *c, uint32_t n)
{
	for (size_t i = 0; i < (size_t) n * n; i++)
		c[i] = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		for (uint32_t k = 0; k < n; k++)
		{
			double		f = a[(size_t) i * n + k];

			if (f == 0)
				continue;
			for (uint32_t j = 0; j < n; j++)
				c[(size_t) i * n + j] += f * a[(size_t) k * n + j];
		}
	}
}

/* One step is x -> a x + b; steps are doubled as the bits of "steps" ask. */
bool
crm_chain_win_in_steps(const CrmFlowChain *chain, uint32_t stage,
					   uint64_t steps, double *work, double *win)
{
	uint32_t	n = chain->n_open;
	double	   *a = work;
	double	   *c = a + (size_t) n * n;
	double	   *b = c + (size_t) n * n;
	double	   *x = b + n;
	double	   *y = x + n;

	if (!crm_chain_answers(chain, stage))
		return false;
	*win = is_won(chain, stage) ? 1 : 0;
	if (!is_open(chain, stage))
		return true;
	for (size_t i = 0; i < crm_chain_steps_size(chain); i++)
		work[i] = 0;
	for (uint32_t i = 0; i < chain->flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &chain->flow->pairs[i];

		if (!is_move(chain, p))
			continue;
		if (is_open(chain, p->to))
			a[(size_t) p->from * n + p->to] = chain->move[i];
		else if (is_won(chain, p->to))
			b[p->from] += chain->move[i];
	}
	for (; steps > 0; steps >>= 1)
	{
		double	   *swap = a;

		if ((steps & 1) != 0)
		{
			affine(a, x, b, y, n);
			memcpy(x, y, n * sizeof(double));
		}
		if (steps == 1)
			break;
		affine(a, b, b, y, n);
		memcpy(b, y, n * sizeof(double));
		square(a, c, n);
		rest(chain);
		a = c;
		c = swap;
	}
	*win = x[stage] < 1 ? x[stage] : 1;
	return true;
}

/*----------
 * Within a horizon
 *----------
 */

/* Lags of a pair: two for each bucket, but never more than there are cells. */
static size_t
pair_lags(const CrmFlowPair *p)
{
	return p->n_buckets > CRM_GRID_CELLS / 2 ? CRM_GRID_CELLS + 1 :
		2 * (size_t) p->n_buckets;
}

size_t
crm_grid_lags(const CrmFlowChain *chain)
{
	size_t		n = 1;

	for (uint32_t i = 0; i < chain->flow->n_pairs; i++)
		n += pair_lags(&chain->flow->pairs[i]);
	return n;
}

size_t
crm_grid_doubles(const CrmFlowChain *chain)
{
	size_t		n = chain->n_open;

	return 2 * n * n + n * (CRM_GRID_CELLS + 1) + n + CRM_GRID_CELLS + 2;
}

/* The lags of a pair; "cells" has one element for each cell, and two more. */
static uint32_t
find_lags(const CrmFlowGrid *grid, uint32_t pair, CrmLag *lags,
		  double *cells)
{
	const CrmFlowChain *chain = grid->chain;
	const CrmFlowPair *p = &chain->flow->pairs[pair];
	uint32_t	n = 0;

	for (uint32_t i = 0; i <= CRM_GRID_CELLS + 1; i++)
		cells[i] = 0;
	for (uint32_t b = p->first; b < p->first + p->n_buckets; b++)
	{
		double		d = bucket_time(chain, pair, b);
		double		x = d > grid->reach ? CRM_GRID_CELLS + 1 :
		d == 0 ? 0 : d / grid->reach * CRM_GRID_CELLS;
		uint32_t	cell = (uint32_t) x;

		if (cell > CRM_GRID_CELLS)
			break;
		cells[cell] += chain->weight[b] * (1 - (x - cell));
		cells[cell + 1] += chain->weight[b] * (x - cell);
	}
	for (uint32_t i = 0; i <= CRM_GRID_CELLS; i++)
	{
		if (cells[i] > 0)
		{
			lags[n].cells = i;
			lags[n++].mass = cells[i];
		}
	}
	return n;
}

/* Gauss and Jordan with partial pivoting; a becomes the identity. */
static bool
invert(double *a, double *inverse, uint32_t n)
{
	for (size_t i = 0; i < (size_t) n * n; i++)
		inverse[i] = i % (n + 1) == 0 ? 1 : 0;
	for (uint32_t k = 0; k < n; k++)
	{
		uint32_t	best = k;
		double		pivot;

		for (uint32_t i = k + 1; i < n; i++)
		{
			if (fabs(a[(size_t) i * n + k]) > fabs(a[(size_t) best * n + k]))
				best = i;
		}
		pivot = a[(size_t) best * n + k];
		if (fabs(pivot) < 1e-12)
			return false;
		for (uint32_t j = 0; j < n; j++)
		{
			double		t = a[(size_t) best * n + j];
			double		u = inverse[(size_t) best * n + j];

			a[(size_t) best * n + j] = a[(size_t) k * n + j];
			inverse[(size_t) best * n + j] = inverse[(size_t) k * n + j];
			a[(size_t) k * n + j] = t / pivot;
			inverse[(size_t) k * n + j] = u / pivot;
		}
		for (uint32_t i = 0; i < n; i++)
		{
			double		f = a[(size_t) i * n + k];

			if (i == k || f == 0)
				continue;
			for (uint32_t j = 0; j < n; j++)
			{
				a[(size_t) i * n + j] -= f * a[(size_t) k * n + j];
				inverse[(size_t) i * n + j] -=
					f * inverse[(size_t) k * n + j];
			}
		}
	}
	return true;
}

bool
crm_grid_begin(CrmFlowGrid *grid, const CrmFlowChain *chain, int64_t horizon,
			   uint32_t *first, CrmLag *lags, double *doubles)
{
	const CrmFlow *flow = chain->flow;
	uint32_t	n = chain->n_open;
	double	   *a = doubles;
	double	   *cells;

	grid->chain = chain;
	grid->reach = (double) horizon * CRM_GRID_CELLS /
		(CRM_GRID_CELLS - CRM_GRID_OVER);
	grid->at = 0;
	grid->first = first;
	grid->lags = lags;
	grid->inverse = a + (size_t) n * n;
	grid->won = grid->inverse + (size_t) n * n;
	grid->sums = grid->won + (size_t) n * (CRM_GRID_CELLS + 1);
	cells = grid->sums + n;
	for (size_t i = 0; i < (size_t) n * n; i++)
		a[i] = i % (n + 1) == 0 ? 1 : 0;
	first[0] = 0;
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];
		const CrmLag *lag = &lags[first[i]];

		first[i + 1] = first[i];
		if (!is_move(chain, p) ||
			(!is_open(chain, p->to) && !is_won(chain, p->to)))
			continue;
		first[i + 1] += find_lags(grid, i, &lags[first[i]], cells);
		rest(chain);
		if (first[i + 1] > first[i] && lag->cells == 0 &&
			is_open(chain, p->to))
			a[(size_t) p->from * n + p->to] -= lag->mass;
	}
	return invert(a, grid->inverse, n);
}

/* Pairs between pauses: each has a lag for every cell at most. */
#define GRID_PAIRS (CRM_PAUSE_EVERY / CRM_GRID_CELLS)

/*
 * won[i](m) = sum over moves of mass(lag) * won[to](m - lag); lags of no cell
 * make this a system, which the inverse solves.
 */
bool
crm_grid_next(CrmFlowGrid *grid)
{
	const CrmFlowChain *chain = grid->chain;
	uint32_t	n = chain->n_open;
	uint32_t	m = grid->at;

	if (m > CRM_GRID_CELLS)
		return false;
	for (uint32_t i = 0; i < n; i++)
		grid->sums[i] = 0;
	for (uint32_t i = 0; i < chain->flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &chain->flow->pairs[i];
		bool		ends = !is_open(chain, p->to);
		const double *won = ends ? NULL :
		grid->won + (size_t) p->to * (CRM_GRID_CELLS + 1);
		double		sum = 0;

		for (uint32_t k = grid->first[i]; k < grid->first[i + 1]; k++)
		{
			const CrmLag *lag = &grid->lags[k];

			if (lag->cells > m)
				break;
			if (ends)
				sum += lag->mass;
			else if (lag->cells > 0)
				sum += lag->mass * won[m - lag->cells];
		}
		if (is_open(chain, p->from))
			grid->sums[p->from] += sum;
		if (i % GRID_PAIRS == GRID_PAIRS - 1)
			rest(chain);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		double		sum = 0;

		for (uint32_t j = 0; j < n; j++)
			sum += grid->inverse[(size_t) i * n + j] * grid->sums[j];
		grid->won[(size_t) i * (CRM_GRID_CELLS + 1) + m] = sum;
	}
	grid->at++;
	return true;
}

/* Won within what is left of "reach" after this time. */
static double
won_after(const CrmFlowGrid *grid, uint32_t stage, double reach, double time)
{
	const double *won = grid->won + (size_t) stage * (CRM_GRID_CELLS + 1);
	double		x;
	uint32_t	cell;

	if (time > reach)
		return 0;
	if (!is_open(grid->chain, stage))
		return is_won(grid->chain, stage) ? 1 : 0;
	x = grid->reach == 0 ? CRM_GRID_CELLS :
		(reach - time) / grid->reach * CRM_GRID_CELLS;
	cell = (uint32_t) x;
	if (cell >= CRM_GRID_CELLS)
		return won[CRM_GRID_CELLS];
	return won[cell] + (x - cell) * (won[cell + 1] - won[cell]);
}

static bool
win_within(const CrmFlowGrid *grid, uint32_t stage, int64_t elapsed,
		   double reach, double *win)
{
	const CrmFlowChain *chain = grid->chain;
	const CrmFlow *flow = chain->flow;
	double		sum = 0;
	double		still;

	if (!crm_chain_answers(chain, stage))
		return false;
	*win = is_won(chain, stage) ? 1 : 0;
	if (!is_open(chain, stage))
		return true;
	if ((double) elapsed > chain->longest[stage])
		return false;
	still = chain->left[stage];
	for (uint32_t i = 0; i < flow->n_pairs; i++)
	{
		const CrmFlowPair *p = &flow->pairs[i];

		if (p->from != stage || p->to == CRM_FLOW_OPEN)
			continue;
		for (uint32_t b = p->first; b < p->first + p->n_buckets; b++)
		{
			double		d = bucket_time(chain, i, b);

			if (elapsed > 0 && d <= (double) elapsed)
				continue;
			still += chain->weight[b];
			sum += chain->weight[b] *
				won_after(grid, p->to, reach, d - (double) elapsed);
		}
	}
	if (!(still > 0))
		return false;
	sum /= still;
	*win = sum < 1 ? sum : 1;
	return true;
}

bool
crm_grid_win(const CrmFlowGrid *grid, uint32_t stage, int64_t elapsed,
			 double *win)
{
	return win_within(grid, stage, elapsed, grid->reach, win);
}

bool
crm_grid_win_by(const CrmFlowGrid *grid, uint32_t stage, int64_t elapsed,
				int64_t time, double *win)
{
	return win_within(grid, stage, elapsed, (double) time +
					  grid->reach * CRM_GRID_OVER / CRM_GRID_CELLS, win);
}
