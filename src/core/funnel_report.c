/*
 * funnel_report.c
 *		What is made of counted funnels: the view of their mature entries,
 *		where deals are lost, and how two funnels differ.
 *
 * Sums and differences of counts and money are exact integers; only shares
 * and gains are floats.
 */
#include "funnel_report.h"

#include <math.h>

/* One percentage point, by which a step's conversion is thought to improve. */
#define IMPROVEMENT 0.01

/*----------
 * Mature entries
 *----------
 */

void
crm_funnel_keep_mature(CrmFunnel *f, const CrmFunnelDefinition *d,
					   int64_t as_of)
{
	CrmCellCursor c = crm_funnel_cells(f);
	CrmCell		cell;

	while (crm_funnel_next_cell(&c, &cell))
	{
		int			step = crm_cell_step(cell.key);

		if (crm_cell_kind(cell.key) != CRM_CELL_DAY ||
			!crm_funnel_day_open(d, crm_cell_value(cell.key), as_of))
			continue;
		if (step == 0)
			f->counts.entries -= cell.count;
		else
			f->step[step].entered -= cell.count;
	}
	for (int k = 1; k <= f->n_steps; k++)
	{
		CrmFunnelStep *step = &f->step[k];

		step->priced = step->timed = 0;
		step->amount = step->time = crm_int128(0);
	}
	f->has_days = false;
	f->n_cells = 0;
	f->cells_size = 0;
}

/*----------
 * Bottlenecks
 *----------
 */

static CrmInt128
difference(CrmInt128 a, CrmInt128 b)
{
	CrmInt128	minus = {~b.hi, ~b.lo};

	crm_int128_add(&minus, crm_int128(1));
	crm_int128_add(&a, minus);
	return a;
}

/* Nothing is lost where more come to the next step than to this one. */
static CrmInt128
lost(CrmInt128 here, CrmInt128 next)
{
	CrmInt128	d = difference(here, next);

	return d.hi < 0 ? crm_int128(0) : d;
}

/* The step that the deals of this one are to come to next, 0: none. */
static int
next_required(const CrmFunnelDefinition *d, int step)
{
	if (step > 0 && (d->optional & CRM_STEP_BIT(step)) != 0)
		return 0;
	for (int k = step + 1; k <= d->n_steps; k++)
		if ((d->optional & CRM_STEP_BIT(k)) == 0)
			return k;
	return 0;
}

static double
share(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

/*
 * With e deals at step k, E at the next and w at the last, the conversions c
 * multiply to w / e1; one of them raised from c to c + i makes w (c + i) / c,
 * that is i e w / E deals more.  Money likewise: each deal more at the next
 * step is worth what one there wins now, amount / E.
 */
static void
set_gain(CrmBottleneck *row, const CrmFunnelStep *here,
		 const CrmFunnelStep *next, const CrmFunnelStep *last)
{
	double		more;

	if (next->entered == 0 || next->entered > here->entered)
		return;
	more = fmin(IMPROVEMENT, 1 - row->next_conversion) *
		(double) here->entered / (double) next->entered;
	row->has_gain = true;
	row->gained_deals = more * (double) last->entered;
	row->gained_amount = more * crm_int128_double(last->amount);
}

static void
mark_largest(CrmBottleneck *rows, int n, bool priced)
{
	int			best = 0;
	double		most = 0;

	for (int k = 1; k <= n; k++)
	{
		double		gain = priced ? rows[k].gained_amount :
		rows[k].gained_deals;

		if (rows[k].has_gain && gain > most)
		{
			best = k;
			most = gain;
		}
	}
	if (best > 0)
		rows[best].largest_gain = true;
}

bool
crm_funnel_bottleneck(const CrmFunnel *f, const CrmFunnelDefinition *d,
					  CrmBottleneck *rows)
{
	double		dropped = 0;
	double		amount = 0;
	double		time = 0;
	bool		priced = false;
	int			last = 1;

	for (int k = 1; k <= f->n_steps; k++)
	{
		if ((d->optional & CRM_STEP_BIT(k)) == 0)
			last = k;
		priced = priced || f->step[k].priced > 0;
	}
	for (int k = 1; k <= f->n_steps; k++)
	{
		const CrmFunnelStep *here = &f->step[k];
		const CrmFunnelStep *next = &f->step[next_required(d, k)];
		CrmBottleneck *row = &rows[k];

		memset(row, 0, sizeof *row);
		if (k < f->n_steps)
			time += fmax(0, crm_int128_double(f->step[k + 1].time));
		row->next_conversion = NAN;
		row->has_next = next_required(d, k) > 0;
		if (!row->has_next)
			continue;
		if (here->entered > next->entered)
			row->dropped = (int64_t) (here->entered - next->entered);
		row->amount_lost = lost(here->amount, next->amount);
		row->next_conversion = share((double) next->entered,
									 (double) here->entered);
		dropped += (double) row->dropped;
		amount += crm_int128_double(row->amount_lost);
		/* the steps of `any` do not build on each other */
		if (d->mode != CRM_MODE_ANY)
			set_gain(row, here, next, &f->step[last]);
	}
	for (int k = 1; k <= f->n_steps; k++)
	{
		CrmBottleneck *row = &rows[k];

		row->drop_share = row->amount_share = row->time_share = NAN;
		if (k < f->n_steps)
			row->time_share =
				share(fmax(0, crm_int128_double(f->step[k + 1].time)), time);
		if (!row->has_next)
			continue;
		row->drop_share = share((double) row->dropped, dropped);
		if (priced)
			row->amount_share = share(crm_int128_double(row->amount_lost),
									  amount);
	}
	mark_largest(rows, f->n_steps, priced);
	return priced;
}

/*----------
 * Comparison
 *----------
 */

/* NaN for step 1, and where more entered than could: `any` has no order. */
static CrmAbTest
test_shares(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b)
{
	CrmAbTest	none = {NAN, NAN, NAN, NAN, NAN, NAN};
	CrmProportion pa;
	CrmProportion pb;
	CrmError	error;

	if (!crm_proportion_make((int64_t) a, (int64_t) of_a, &pa, &error) ||
		!crm_proportion_make((int64_t) b, (int64_t) of_b, &pb, &error))
		return none;
	return crm_ab_test(&pa, &pb);
}

void
crm_funnel_compare(const CrmFunnel *a, const CrmFunnel *b, int step,
				   CrmBucket *buckets, CrmComparison *row)
{
	crm_funnel_conversion(a, step, buckets, &row->a);
	crm_funnel_conversion(b, step, buckets, &row->b);
	row->step = test_shares(row->a.entered,
							step > 1 ? a->step[step - 1].entered : 0,
							row->b.entered,
							step > 1 ? b->step[step - 1].entered : 0);
	row->whole = test_shares(row->a.entered, a->step[1].entered,
							 row->b.entered, b->step[1].entered);
}

int
crm_funnel_incomparable(const CrmFunnelDefinition *a, CrmFunnelDefinition *b,
						const char *names[CRM_FUNNEL_PARTS])
{
	b->has_low = a->has_low;
	b->has_high = a->has_high;
	b->entry_low = a->entry_low;
	b->entry_high = a->entry_high;
	return crm_funnel_differences(a, b, names);
}
