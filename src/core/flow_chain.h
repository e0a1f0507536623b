/*
 * flow_chain.h
 *		What follows from a stage_flow: chances to win, and times.
 *
 * The flow is read as a semi-Markov chain over its open stages (Howard 1971).
 * A visit ends by moving on, and the moves compete; how likely each is, and
 * when, is the Aalen-Johansen estimator (1978), in which visits that are still
 * open count as censored.  What is still open at the longest time observed in
 * a stage stays open: nothing is assumed beyond what was seen.  Won and lost
 * ends absorb: the chain stops at the first close.
 *
 * Where moves are only counted, a step of the chain is one of them, moves from
 * a stage to itself included.
 */
#ifndef CRM_FLOW_CHAIN_H
#define CRM_FLOW_CHAIN_H

#include "stage_flow.h"

typedef struct CrmFlowChain
{
	const CrmFlow *flow;
	uint32_t	n_open;			/* the first stages of the flow */
	double	   *weight;			/* by bucket: share of the stage's visits */
	double	   *move;			/* by pair: likewise, of this move at all */
	double	   *scale;			/* by pair: exact sum of times by buckets' */
	double		left[CRM_FLOW_MAX_STAGES];	/* still open at the longest */
	double		mean[CRM_FLOW_MAX_STAGES];	/* of a visit, microseconds */
	double		longest[CRM_FLOW_MAX_STAGES];	/* observed, microseconds */
	bool		leaves[CRM_FLOW_MAX_STAGES];	/* has a move been seen? */
	bool		settles[CRM_FLOW_MAX_STAGES];	/* does every path end? */
} CrmFlowChain;

/* work: a double for each bucket of the flow, and two for each pair. */
extern void crm_chain_init(CrmFlowChain *chain, const CrmFlow *flow,
						   double *work);

/*
 * The answers below exist for a won or lost stage, and for an open one that
 * has been left and from which every path ends; else false.
 */
extern bool crm_chain_answers(const CrmFlowChain *chain, uint32_t stage);

typedef struct CrmFlowAnswer
{
	double		win;			/* probability */
	double		moves;			/* mean number until the end */
	double		time;			/* mean, microseconds; where there are times */
} CrmFlowAnswer;

extern size_t crm_chain_solve_size(const CrmFlowChain *chain);
extern bool crm_chain_solve(const CrmFlowChain *chain, uint32_t stage,
							double *work, CrmFlowAnswer *answer);

/* The mean time in microseconds; false where the flow has no times. */
extern bool crm_chain_time(const CrmFlowChain *chain,
						   const CrmFlowAnswer *answer, double *time);

/* How many whole steps of the flow a horizon has. */
extern uint64_t crm_chain_horizon_steps(const CrmFlowChain *chain,
										int64_t horizon);

/* Probability to be won within so many steps. */
extern size_t crm_chain_steps_size(const CrmFlowChain *chain);
extern bool crm_chain_win_in_steps(const CrmFlowChain *chain, uint32_t stage,
								   uint64_t steps, double *work, double *win);

/*
 * Probability to be won within a horizon, from stage times: the renewal
 * equations of the chain on a grid of equal cells, one after the other
 * (Corradi, Janssen and Manca 2004).  A stage time is shared out to the two
 * cells beside it so that its mean is kept.  The grid reaches a few cells over
 * the horizon, so that times that add up to just the horizon are within it.
 */
#define CRM_GRID_CELLS 2048
#define CRM_GRID_OVER 4

typedef struct CrmLag
{
	uint32_t	cells;
	double		mass;
} CrmLag;

typedef struct CrmFlowGrid
{
	const CrmFlowChain *chain;
	double		reach;			/* microseconds */
	uint32_t	at;				/* cells solved */
	uint32_t   *first;			/* of each pair's lags, and an end */
	CrmLag	   *lags;
	double	   *inverse;		/* of I - moves that take no cell */
	double	   *won;			/* by stage and cell: won by then */
	double	   *sums;
} CrmFlowGrid;

/* Room for lags and doubles; "first" has one element more than pairs. */
extern size_t crm_grid_lags(const CrmFlowChain *chain);
extern size_t crm_grid_doubles(const CrmFlowChain *chain);

/* False when deals go around in no time. */
extern bool crm_grid_begin(CrmFlowGrid *grid, const CrmFlowChain *chain,
						   int64_t horizon, uint32_t *first, CrmLag *lags,
						   double *doubles);

/* Solves one more cell; false when all are. */
extern bool crm_grid_next(CrmFlowGrid *grid);

/*
 * The probability for a deal that has been in the stage for some time
 * already, 0 for one that enters it now.  False where crm_chain_answers says
 * so, and after a longer time than was ever observed.
 */
extern bool crm_grid_win(const CrmFlowGrid *grid, uint32_t stage,
						 int64_t elapsed, double *win);

/* The same within a shorter time than the grid's horizon. */
extern bool crm_grid_win_by(const CrmFlowGrid *grid, uint32_t stage,
							int64_t elapsed, int64_t time, double *win);

#endif
