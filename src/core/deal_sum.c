/*
 * deal_sum.c
 *		The distribution of what independent deals bring together.
 *
 * Deals come in the order of their amounts.  Blocks of them are finished one
 * after the other on a stack and merged like the digits of a binary counter,
 * so that what lies on the stack never takes more cells than the whole.  Both
 * ends of a block are cut off where next to nothing is left: a block of many
 * deals is much narrower than all that it may bring.
 */
#include "deal_sum.h"

#include <math.h>

#include "money.h"
#include "normal.h"
#include "uncertain_amount.h"

/* What one end of a block may lose, of a total of 1; nothing when direct. */
#define CUT 1e-21
#define CUT_DIRECT 1e-290

/* A block is finished at so many cells or deals. */
#define BLOCK_CELLS 256
#define BLOCK_DEALS 1024

/* Products up to so many multiplications need no transform. */
#define DIRECT_PRODUCT 16384

/* Multiplications between two looks at the poll. */
#define STEP 4000000

/* Deals whose reach is found between two looks at the poll. */
#define PLAN_STEP 100

/* The factor from -REACH to REACH: 1e-14 is left outside. */
#define REACH 7.7

static bool
uncertain(const CrmDeal *d)
{
	return d->amount > 0 && d->probability > 0 && d->probability < 1;
}

/* Does the deal take cells? */
static bool
moves(const CrmDeal *d)
{
	return uncertain(d) ||
		(d->amount > 0 && d->probability > 0 && d->deviation > 0);
}

static CrmAmount
uncertain_amount(const CrmDeal *d)
{
	return crm_uncertain_amount((double) d->amount,
								d->deviation * CRM_MONEY_UNIT);
}

/* What a deal may bring at most, in ten-thousandths. */
static CrmUnits
deal_reach(const CrmDeal *d)
{
	if (d->deviation > 0)
	{
		CrmAmount	a = uncertain_amount(d);

		return (CrmUnits) ceil(crm_amount_reach(&a));
	}
	return d->amount;
}

static uint64_t
common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t	rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The factor's value at a node, and its weight. */
static double
node_value(const CrmSumPlan *plan, uint32_t k)
{
	return plan->nodes == 1 ? 0 :
		-REACH + 2 * REACH * k / (plan->nodes - 1);
}

static double
node_weight(const CrmSumPlan *plan, uint32_t k)
{
	double		z = node_value(plan, k);
	double		step = 2 * REACH / (plan->nodes - 1);

	return plan->nodes == 1 ? 1 :
		step * exp(-z * z / 2) / sqrt(2 * 3.14159265358979323846);
}

/* The probability at this value of the factor. */
static double
given(const CrmSumPlan *plan, double quantile, double z)
{
	double		r = plan->correlation;

	return crm_normal_cdf((quantile + sqrt(r) * z) / sqrt(1 - r));
}

/*
 * So many values of the factor that the sums given two neighbours overlap, and
 * that no probability jumps between them.
 */
static uint32_t
count_nodes(const CrmSumPlan *plan)
{
	double		r = plan->correlation;
	double		steep = sqrt(r / (1 - r));
	double		variance = plan->noise * plan->noise;
	double		slope = 0;
	double		n;

	if (r == 0)
		return 1;
	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		const CrmDeal *d = &plan->f.deals[i];
		double		amount = (double) d->amount / CRM_MONEY_UNIT;
		double		p = d->probability;

		if (!moves(d))
			continue;
		variance += d->count * (p * (1 - p) * amount * amount +
								p * d->deviation * d->deviation);
		/* the density of the normal at its quantile is below this */
		slope += d->count * amount * steep * 1.6 * p * (1 - p);
	}
	n = variance > 0 ? 2 * REACH * slope / sqrt(variance) : 0;
	n = fmax(n, 2 * REACH * steep / .4);
	n = fmax(n, 64);
	return n < CRM_SUM_MAX_NODES - 1 ? (uint32_t) n + 1 : CRM_SUM_MAX_NODES;
}

/* Variance that sharing out between cells adds, in currency. */
static double
cell_noise(const CrmSumPlan *plan)
{
	double		cell = (double) plan->cell / CRM_MONEY_UNIT;
	double		sum = 0;

	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		const CrmDeal *d = &plan->f.deals[i];
		double		rest = (double) (d->amount % plan->cell) /
		(double) plan->cell;

		if (!moves(d))
			continue;
		/* a smooth amount falls anywhere in a cell */
		sum += d->count * d->probability *
			(d->deviation > 0 ? 1. / 6 : rest * (1 - rest));
	}
	return cell * sqrt(sum);
}

static double
direct_work(const CrmSumPlan *plan)
{
	double		length = 1;
	double		work = 0;

	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		const CrmDeal *d = &plan->f.deals[i];
		double		cells = (double) d->amount / (double) plan->cell +
		!plan->exact;
		double		n = d->count;

		if (!moves(d))
			continue;
		if (d->deviation > 0)
			return 1e300;
		work += n * length + n * n / 2 * cells;
		length += n * cells;
	}
	return work;
}

bool
crm_sum_plan(CrmForecast f, double correlation, CrmSumPlan *plan,
			 const CrmPoll *poll)
{
	CrmUnits	limit = correlation > 0 ? CRM_SUM_FACTOR_CELLS :
	CRM_SUM_MAX_CELLS;
	uint64_t	divisor = 0;

	memset(plan, 0, sizeof *plan);
	plan->f = f;
	plan->correlation = correlation;
	for (size_t i = 0; i < f.n_deals; i++)
	{
		const CrmDeal *d = &f.deals[i];

		if (i % PLAN_STEP == PLAN_STEP - 1 && crm_poll_stop(poll))
			return false;
		if (moves(d))
		{
			plan->most += deal_reach(d) * d->count;
			plan->smooth |= d->deviation > 0;
			divisor = common_divisor((uint64_t) d->amount, divisor);
		}
		else if (d->probability == 1)
			plan->base += (CrmUnits) d->amount * d->count;
	}
	plan->cell = divisor == 0 ? 1 : (CrmUnits) divisor;
	plan->exact = !plan->smooth && plan->most <= limit * plan->cell;
	if (!plan->exact)
		plan->cell = plan->most / limit + 1;
	plan->cells = (uint32_t) (plan->most / plan->cell);
	plan->noise = plan->exact ? 0 : cell_noise(plan);
	plan->direct = direct_work(plan) <=
		CRM_SUM_DIRECT_WORK / (correlation > 0 ? 64 : 1);
	plan->nodes = count_nodes(plan);
	return true;
}

/*
 * A deal between two cells reaches one further, and blocks of many small
 * deals are cut: twice the cells are always enough.
 */
size_t
crm_sum_room(const CrmSumPlan *plan)
{
	return 2 * (size_t) plan->cells + 4 * BLOCK_DEALS;
}

/* A deal has at most its reach in cells, rounded down, and two more. */
size_t
crm_sum_shares(const CrmSumPlan *plan)
{
	return plan->smooth ? (size_t) plan->cells + 2 * plan->f.n_deals : 0;
}

size_t
crm_sum_transform(const CrmSumPlan *plan)
{
	return plan->direct ? 2 : crm_transform_length(crm_sum_room(plan));
}

/*----------
 * Blocks
 *----------
 */

typedef struct Block
{
	double	   *mass;
	size_t		first;			/* cell of the first */
	size_t		n;
	uint32_t	level;			/* of the binary counter */
	uint32_t	deals;
} Block;

#define MAX_BLOCKS 64

typedef struct Builder
{
	const CrmSumPlan *plan;
	const CrmSumWork *work;
	const CrmPoll *poll;
	double		cut;
	double		done;			/* multiplications since the last look */
	double	   *end;			/* of the room */
	size_t	   *roots;			/* transforms that the roots are good for */
	uint32_t	n_blocks;
	Block		blocks[MAX_BLOCKS];
} Builder;

static bool
spend(Builder *b, double multiplications)
{
	b->done += multiplications;
	if (b->done < STEP)
		return true;
	b->done = 0;
	return !crm_poll_stop(b->poll);
}

/* Takes the ends off a block, moving what is left to its place. */
static void
cut_ends(Block *block, double cut)
{
	size_t		low = 0;
	size_t		high = block->n;
	double		lost = 0;

	while (high > 1 && lost + block->mass[high - 1] < cut)
		lost += block->mass[--high];
	lost = 0;
	while (low + 1 < high && lost + block->mass[low] < cut)
		lost += block->mass[low++];
	if (low > 0)
		memmove(block->mass, block->mass + low,
				(high - low) * sizeof(double));
	block->first += low;
	block->n = high - low;
}

/* One more deal of a fixed amount, in place: from the top down. */
static void
add_fixed(Block *block, size_t cells, double low, double high, double none)
{
	double	   *x = block->mass;
	size_t		n = block->n + cells + (high > 0);

	for (size_t i = block->n; i < n; i++)
		x[i] = 0;
	if (high > 0)
	{
		for (size_t i = n; i-- > cells + 1;)
			x[i] = x[i] * none + x[i - cells] * low + x[i - cells - 1] * high;
		if (cells > 0)
			x[cells] = x[cells] * none + x[0] * low;
		else
			x[0] = x[0] * (none + low);
	}
	else
	{
		for (size_t i = n; i-- > cells;)
			x[i] = x[i] * none + x[i - cells] * low;
	}
	for (size_t i = 0; i < cells; i++)
		x[i] *= none;
	block->n = n;
}

/* The last block but one becomes the product of the last two. */
static bool
merge_last(Builder *b)
{
	Block	   *to = &b->blocks[b->n_blocks - 2];
	const Block *from = &b->blocks[b->n_blocks - 1];
	size_t		n = to->n + from->n - 1;
	double	   *product = b->work->product;
	double		work = (double) to->n * (double) from->n;

	if (work <= DIRECT_PRODUCT || b->plan->direct)
	{
		if (!crm_convolve_direct(to->mass, to->n, from->mass, from->n,
								 product, b->poll) || !spend(b, work))
			return false;
	}
	else
	{
		size_t		length = crm_transform_length(n);
		double		all = 0;

		if (length > *b->roots)
		{
			crm_transform_roots(b->work->roots, *b->roots, length);
			*b->roots = length;
		}
		if (!crm_convolve_transform(to->mass, to->n, from->mass, from->n,
									product, b->work->roots,
									b->work->transform, b->poll) ||
			!spend(b, 40 * (double) n))
			return false;
		/* below this is only the transform's own error */
		for (size_t i = 0; i < n; i++)
		{
			product[i] = product[i] > 1e-19 ? product[i] : 0;
			all += product[i];
		}
		for (size_t i = 0; i < n; i++)
			product[i] /= all;
	}
	memcpy(to->mass, product, n * sizeof(double));
	to->n = n;
	to->first += from->first;
	to->level++;
	to->deals += from->deals;
	b->n_blocks--;
	cut_ends(to, b->cut);
	return true;
}

static Block *
new_block(Builder *b)
{
	Block	   *last = b->n_blocks > 0 ? &b->blocks[b->n_blocks - 1] : NULL;
	Block	   *block = &b->blocks[b->n_blocks++];

	memset(block, 0, sizeof *block);
	block->mass = last ? last->mass + last->n : b->work->blocks;
	block->mass[0] = 1;
	block->n = 1;
	return block;
}

/* The top block is finished: those of its size are merged with it. */
static bool
finish_block(Builder *b)
{
	cut_ends(&b->blocks[b->n_blocks - 1], b->cut);
	while (b->n_blocks > 1 &&
		   b->blocks[b->n_blocks - 2].level <=
		   b->blocks[b->n_blocks - 1].level)
	{
		if (!merge_last(b))
			return false;
	}
	return true;
}

/* A deal of an uncertain amount, as a block of its own. */
static void
set_uncertain(Block *block, const double *share, size_t n, double p)
{
	for (size_t i = 0; i < n; i++)
		block->mass[i] = share[i] * p;
	block->mass[0] += 1 - p;
	block->n = n;
}

/*
 * "count" deals of one kind onto the block at the top, or onto new ones.  Those
 * of an uncertain amount have "n_shares" shares of cells.
 */
static bool
add_deals(Builder *b, const CrmDeal *d, double p, const double *share,
		  size_t n_shares)
{
	size_t		cells = (size_t) (d->amount / b->plan->cell);
	size_t		needed = n_shares > 0 ? n_shares : cells + 2;
	double		rest = (double) (d->amount % b->plan->cell) /
	(double) b->plan->cell;

	for (uint32_t i = 0; i < d->count; i++)
	{
		Block	   *top = &b->blocks[b->n_blocks - 1];

		if (!b->plan->direct &&
			(top->deals >= BLOCK_DEALS || top->n >= BLOCK_CELLS ||
			 (top->deals > 0 &&
			  (n_shares > 0 || top->n + cells > 4 * BLOCK_CELLS))))
		{
			if (!finish_block(b))
				return false;
			top = new_block(b);
		}
		if (needed > (size_t) (b->end - top->mass) - top->n)
			return false;
		if (n_shares > 0)
			set_uncertain(top, share, n_shares, p);
		else
			add_fixed(top, cells, p * (1 - rest), p * rest, 1 - p);
		top->deals++;
		if ((top->deals & 63) == 0)
			cut_ends(top, b->cut);
		if (!spend(b, (double) top->n))
			return false;
	}
	return true;
}

/* What of a deal does not depend on the factor. */
static bool
prepare(const CrmSumPlan *plan, const CrmSumWork *work, const CrmPoll *poll)
{
	double		cell = (double) plan->cell;
	double	   *share = work->share;
	double		last = -1;
	double		quantile = 0;

	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		const CrmDeal *d = &plan->f.deals[i];
		double		p = d->probability;

		if (i % PLAN_STEP == PLAN_STEP - 1 && crm_poll_stop(poll))
			return false;
		work->n_shares[i] = 0;
		if (!moves(d))
			continue;
		if (plan->nodes > 1 && p < 1)
		{
			if (p != last)
				quantile = crm_normal_quantile(p);
			last = p;
			work->quantile[i] = quantile;
		}
		if (d->deviation > 0)
		{
			CrmAmount	a = uncertain_amount(d);
			size_t		n = (size_t) (deal_reach(d) / plan->cell) + 2;

			if (!crm_amount_shares(&a, cell, share, n, poll))
				return false;
			work->n_shares[i] = (uint32_t) n;
			share += n;
		}
	}
	return true;
}

/* The sum at one value of the factor. */
static bool
sum_given(const CrmSumPlan *plan, const CrmSumWork *work, double z,
		  size_t *roots, CrmDealSum *sum, const CrmPoll *poll)
{
	Builder		b;
	const double *share = work->share;

	memset(&b, 0, sizeof b);
	b.plan = plan;
	b.work = work;
	b.poll = poll;
	b.cut = plan->direct ? CUT_DIRECT : CUT;
	b.roots = roots;
	b.end = work->blocks + crm_sum_room(plan);
	new_block(&b);
	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		const CrmDeal *d = &plan->f.deals[i];
		double		p = d->probability;

		if (!moves(d))
			continue;
		if (plan->nodes > 1 && p < 1)
			p = given(plan, work->quantile[i], z);
		if (!add_deals(&b, d, p, share, work->n_shares[i]) || !spend(&b, 50))
			return false;
		share += work->n_shares[i];
	}
	cut_ends(&b.blocks[b.n_blocks - 1], b.cut);
	while (b.n_blocks > 1)
	{
		if (!merge_last(&b))
			return false;
	}
	sum->first = (uint32_t) b.blocks[0].first;
	sum->n = (uint32_t) b.blocks[0].n;
	sum->mass = b.blocks[0].mass;
	return true;
}

bool
crm_sum_compute(const CrmSumPlan *plan, const CrmSumWork *work,
				CrmDealSum *sum, const CrmPoll *poll)
{
	size_t		room = crm_sum_room(plan);
	size_t		low = room;
	size_t		high = 0;
	double		all = 0;
	size_t		roots = 0;

	if (!prepare(plan, work, poll))
		return false;
	if (plan->nodes == 1)
		return sum_given(plan, work, 0, &roots, sum, poll);
	for (size_t i = 0; i < room; i++)
		work->mixed[i] = 0;
	for (uint32_t k = 0; k < plan->nodes; k++)
	{
		double		weight = node_weight(plan, k);

		if (!sum_given(plan, work, node_value(plan, k), &roots, sum, poll))
			return false;
		for (size_t i = 0; i < sum->n; i++)
			work->mixed[sum->first + i] += weight * sum->mass[i];
		low = sum->first < low ? sum->first : low;
		high = sum->first + sum->n > high ? sum->first + sum->n : high;
		all += weight;
	}
	sum->first = (uint32_t) low;
	sum->n = (uint32_t) (high - low);
	sum->mass = work->mixed + low;
	for (size_t i = 0; i < sum->n; i++)
		sum->mass[i] /= all;
	return true;
}

/* The mean of the variances and the variance of the means. */
bool
crm_sum_variance(const CrmSumPlan *plan, double *variance,
				 const CrmPoll *poll)
{
	double		weights = 0;
	double		mean = 0;
	double		square = 0;
	double		inner = 0;

	for (uint32_t k = 0; k < plan->nodes; k++)
	{
		double		weight = node_weight(plan, k);
		double		z = node_value(plan, k);
		double		m = 0;
		double		v = 0;

		for (size_t i = 0; i < plan->f.n_deals; i++)
		{
			const CrmDeal *d = &plan->f.deals[i];
			double		amount = (double) d->amount / CRM_MONEY_UNIT;
			double		p = d->probability;

			if (i % 100000 == 99999 && crm_poll_stop(poll))
				return false;
			if (!moves(d))
				continue;
			if (plan->nodes > 1 && p < 1)
				p = given(plan, crm_normal_quantile(p), z);
			m += d->count * p * amount;
			v += d->count * (p * (1 - p) * amount * amount +
							 p * d->deviation * d->deviation);
		}
		if (crm_poll_stop(poll))
			return false;
		weights += weight;
		mean += weight * m;
		square += weight * m * m;
		inner += weight * v;
	}
	mean /= weights;
	*variance = fmax(inner / weights + square / weights - mean * mean, 0);
	return true;
}

/*----------
 * Tails
 *----------
 */

/* The cumulant generating function at t and its derivatives, in cells. */
typedef struct Cumulants
{
	double		k0;
	double		k1;
	double		k2;
} Cumulants;

static bool
add_cumulants(const CrmSumPlan *plan, const CrmDeal *d, double t,
			  Cumulants *k)
{
	double		p = d->probability;
	double		a = (double) d->amount / (double) plan->cell;
	double		m0 = t * a;
	double		m1 = a;
	double		m2 = 0;
	double		share;

	if (d->deviation > 0)
	{
		CrmAmount	u = uncertain_amount(d);
		double		scale = u.scale / (double) plan->cell;

		if (!(t * scale < 1))
			return false;
		m0 = -u.shape * log1p(-t * scale);
		m1 = a / (1 - t * scale);
		m2 = m1 * scale / (1 - t * scale);
	}
	/* share of the tilted probability that the deal is won */
	share = 1 / (1 + (1 - p) / p * exp(-m0));
	k->k0 += d->count * (m0 > 0 ? m0 + log(p + (1 - p) * exp(-m0)) :
						 log1p(p * expm1(m0)));
	k->k1 += d->count * share * m1;
	k->k2 += d->count * (share * m2 + share * (1 - share) * m1 * m1);
	return true;
}

static bool
cumulants(const CrmSumPlan *plan, double t, Cumulants *k, bool *finite,
		  const CrmPoll *poll)
{
	memset(k, 0, sizeof *k);
	*finite = true;
	for (size_t i = 0; i < plan->f.n_deals; i++)
	{
		if (i % 100000 == 0 && crm_poll_stop(poll))
			return false;
		if (moves(&plan->f.deals[i]) &&
			!add_cumulants(plan, &plan->f.deals[i], t, k))
		{
			*finite = false;
			return true;
		}
	}
	*finite = isfinite(k->k0) && isfinite(k->k1) && isfinite(k->k2);
	return true;
}

/* t with K'(t) = x: Newton's steps inside an interval that halves. */
static bool
saddlepoint(const CrmSumPlan *plan, double x, double *t, Cumulants *k,
			const CrmPoll *poll)
{
	double		low = -INFINITY;
	double		high = INFINITY;
	bool		finite;

	*t = 0;
	for (int i = 0; i < 200; i++)
	{
		double		next;

		if (!cumulants(plan, *t, k, &finite, poll))
			return false;
		if (finite && fabs(k->k1 - x) <= 1e-10 * (1 + fabs(x)))
			return true;
		if (!finite || k->k1 > x)
			high = *t;
		else
			low = *t;
		next = finite && k->k2 > 0 ? *t + (x - k->k1) / k->k2 : NAN;
		if (!(next > low && next < high))
			next = isinf(low) ? high * 2 - 1 / (1 + x) :
				isinf(high) ? low * 2 + 1 / (1 + x) : (low + high) / 2;
		if (next == *t)
			return finite;
		*t = next;
	}
	return false;
}

bool
crm_deal_tail(const CrmSumPlan *plan, CrmUnits target, double *tail,
			  const CrmPoll *poll)
{
	double		x = (double) target / (double) plan->cell;
	Cumulants	k;
	double		t;
	double		w;
	double		u;
	double		side;

	if (plan->nodes > 1)
		return false;
	if (plan->exact)
		x = ceil(x) - .5;
	if (!(x > 0) || !saddlepoint(plan, x, &t, &k, poll) || t == 0)
		return false;
	side = t > 0 ? 1 : -1;
	w = sqrt(2 * fmax(t * x - k.k0, 0));
	u = side * (plan->exact ? 2 * sinh(t / 2) : t) * sqrt(k.k2);
	/* near the mean the two terms below cancel */
	if (!(w > 1) || !isfinite(u))
		return false;
	*tail = crm_normal_cdf(-w) + exp(-w * w / 2) /
		sqrt(2 * 3.14159265358979323846) * (1 / u - 1 / w);
	return *tail >= 0 && *tail <= 1;
}

/* Every deal with the amount of one cell. */
void
crm_wins_forecast(CrmForecast f, CrmDeal *deals, CrmForecast *wins)
{
	for (size_t i = 0; i < f.n_deals; i++)
	{
		deals[i] = f.deals[i];
		deals[i].amount = 1;
		deals[i].deviation = 0;
	}
	wins->deals = deals;
	wins->n_deals = f.n_deals;
	wins->ignored = f.ignored;
}
