/*
 * flow_chain_sql.c
 *		SQL functions that read a stage_flow: its moves, and what follows from
 *		them.
 *
 * A chain and its answers stay in fn_extra for as long as calls bring the same
 * flow: a query that asks for each deal of a table solves each stage once.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "flow_chain.h"
#include "stage_flow_sql.h"

PG_FUNCTION_INFO_V1(stage_flow_transitions);
PG_FUNCTION_INFO_V1(stage_flow_open_visits);
PG_FUNCTION_INFO_V1(stage_flow_n_ignored);
PG_FUNCTION_INFO_V1(stage_flow_win_probability);
PG_FUNCTION_INFO_V1(stage_flow_win_within);
PG_FUNCTION_INFO_V1(stage_flow_expected_steps);
PG_FUNCTION_INFO_V1(stage_flow_expected_time);

/*----------
 * Rows
 *----------
 */

static Datum
stage_datum(CrmStage stage)
{
	return PointerGetDatum(crm_make_stage(stage));
}

/*
 * A time in microseconds as interval; one that has no answer within int64 is
 * an error.
 */
static Datum
interval_datum(double usecs)
{
	usecs = rint(usecs);
	if (!(usecs < 9223372036854775807.0))
		crm_refuse_interval();
	return IntervalPGetDatum(crm_make_interval((int64) usecs));
}

/*
 * transitions(stage_flow) -> setof (from_stage, to_stage, n, probability,
 * median_time, direction), in order of stages; strict, the median is NULL
 * where the flow has no times
 */
Datum
stage_flow_transitions(PG_FUNCTION_ARGS)
{
	CrmFlow		flow = PG_GETARG_CRM_FLOW(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double		ended = 0;		/* of the stage that the pair is of */

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < flow.n_pairs; i++)
	{
		const CrmFlowPair *p = &flow.pairs[i];
		bool		timed = crm_flow_timed(flow.basis);
		bool		nulls[6] = {false, false, false, false, !timed, false};
		Datum		values[6];

		CHECK_FOR_INTERRUPTS();
		if (i == 0 || p->from != p[-1].from)
			ended = crm_flow_ended(&flow, p);
		if (p->to == CRM_FLOW_OPEN)
			continue;
		values[0] = stage_datum(flow.stages[p->from]);
		values[1] = stage_datum(flow.stages[p->to]);
		values[2] = Int64GetDatum((int64) p->n);
		values[3] = Float8GetDatum((double) p->n / ended);
		values[4] = timed ?
			interval_datum(crm_bucket_quantile(flow.buckets + p->first,
											   p->n_buckets, .5)) : (Datum) 0;
		values[5] = crm_word_datum(crm_flow_direction(flow.stages[p->from],
													  flow.stages[p->to]));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * open_visits(stage_flow) -> setof (stage, n): visits that have not ended, in
 * order of stages; strict
 */
Datum
stage_flow_open_visits(PG_FUNCTION_ARGS)
{
	CrmFlow		flow = PG_GETARG_CRM_FLOW(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < flow.n_pairs; i++)
	{
		const CrmFlowPair *p = &flow.pairs[i];
		bool		nulls[2] = {false, false};
		Datum		values[2];

		if (p->to != CRM_FLOW_OPEN)
			continue;
		values[0] = stage_datum(flow.stages[p->from]);
		values[1] = Int64GetDatum((int64) p->n);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* n_ignored(stage_flow) -> bigint: rows with a NULL; strict */
Datum
stage_flow_n_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) PG_GETARG_CRM_FLOW(0).ignored);
}

/*----------
 * The chain
 *----------
 */

typedef struct ChainCall
{
	MemoryContext context;
	struct varlena *key;		/* the argument as it came, toasted or not */
	CrmFlow		flow;
	CrmFlowChain chain;
	double	   *solve_work;
	double	   *steps_work;
	bool	   *solved;			/* by stage: is its answer known? */
	bool	   *answered;		/* is there one? */
	CrmFlowAnswer *answers;
	MemoryContext grid_context;
	bool		has_grid;
	bool		grid_good;
	int64		horizon;
	CrmFlowGrid grid;
} ChainCall;

static ChainCall *
new_call(MemoryContext parent, struct varlena *key)
{
	MemoryContext context = AllocSetContextCreate(parent, "stage_flow chain",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ChainCall  *call = palloc0(sizeof *call);
	Size		size = VARSIZE_ANY(key);

	call->context = context;
	call->key = palloc(size);
	memcpy(call->key, key, size);
	call->flow = DatumGetCrmFlow(PointerGetDatum(call->key));
	crm_chain_init(&call->chain, &call->flow,
				   palloc_array(double, call->flow.n_buckets +
								2 * (size_t) call->flow.n_pairs + 1));
	call->solve_work = palloc_array(double,
									crm_chain_solve_size(&call->chain) + 1);
	call->solved = palloc0_array(bool, call->flow.n_stages + 1);
	call->answered = palloc0_array(bool, call->flow.n_stages + 1);
	call->answers = palloc0_array(CrmFlowAnswer, call->flow.n_stages + 1);
	MemoryContextSwitchTo(old);
	return call;
}

/* The chain of the flow in argument n, kept between calls. */
static ChainCall *
get_call(FunctionCallInfo fcinfo, int n)
{
	struct varlena *key = crm_value_key(PG_GETARG_DATUM(n));
	ChainCall  *call = fcinfo->flinfo->fn_extra;
	ChainCall  *fresh;

	if (call != NULL && VARSIZE_ANY(call->key) == VARSIZE_ANY(key) &&
		memcmp(call->key, key, VARSIZE_ANY(key)) == 0)
		return call;
	fresh = new_call(fcinfo->flinfo->fn_mcxt, key);
	fcinfo->flinfo->fn_extra = fresh;
	if (call != NULL)
		MemoryContextDelete(call->context);
	return fresh;
}

static void
unknown_label(const CrmFlow *flow, const char *label, size_t len)
{
	CrmText		labels[CRM_FLOW_MAX_STAGES];

	for (uint32 i = 0; i < flow->n_stages; i++)
	{
		labels[i].data = flow->stages[i].label;
		labels[i].len = flow->stages[i].label_len;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("stage_flow has no stage \"%s\"", pnstrdup(label, len)),
			 flow->n_stages > 0 ?
			 errhint("Its stages, closest first: %s.",
					 crm_closest_labels(labels, flow->n_stages, label, len)) :
			 0));
}

/* The stage of this label; an unknown one is reported. */
static uint32
find_stage(const CrmFlow *flow, CrmText label)
{
	uint32		stage = 0;

	switch (crm_flow_find(flow, label.data, label.len, &stage))
	{
		case CRM_FLOW_FOUND:
			break;
		case CRM_FLOW_UNKNOWN:
			unknown_label(flow, label.data, label.len);
			break;
		case CRM_FLOW_AMBIGUOUS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("stage_flow has several open stages \"%s\"",
							pnstrdup(label.data, label.len)),
					 errhint("Build one flow for each pipeline.")));
	}
	return stage;
}

static CrmText
label_argument(FunctionCallInfo fcinfo, int n)
{
	text	   *label = PG_GETARG_TEXT_PP(n);
	CrmText		t = {VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label)};

	return t;
}

/* The answer for the stage of the second argument, NULL if there is none. */
static const CrmFlowAnswer *
get_answer(FunctionCallInfo fcinfo, ChainCall **call)
{
	uint32		stage;

	*call = get_call(fcinfo, 0);
	stage = find_stage(&(*call)->flow, label_argument(fcinfo, 1));
	if (!(*call)->solved[stage])
	{
		(*call)->answered[stage] = crm_chain_solve(&(*call)->chain, stage,
												   (*call)->solve_work,
												   &(*call)->answers[stage]);
		(*call)->solved[stage] = true;
	}
	return (*call)->answered[stage] ? &(*call)->answers[stage] : NULL;
}

/*
 * win_probability(stage_flow, label text) -> float8; strict, NULL where the
 * stage was never left or deals may stay for ever
 */
Datum
stage_flow_win_probability(PG_FUNCTION_ARGS)
{
	ChainCall  *call;
	const CrmFlowAnswer *answer = get_answer(fcinfo, &call);

	if (answer == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(answer->win);
}

/* expected_steps(stage_flow, label text) -> float8; strict, NULL as above */
Datum
stage_flow_expected_steps(PG_FUNCTION_ARGS)
{
	ChainCall  *call;
	const CrmFlowAnswer *answer = get_answer(fcinfo, &call);

	if (answer == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(answer->moves);
}

/*
 * expected_time(stage_flow, label text) -> interval; strict, NULL as above and
 * where moves were counted without a step
 */
Datum
stage_flow_expected_time(PG_FUNCTION_ARGS)
{
	ChainCall  *call;
	const CrmFlowAnswer *answer = get_answer(fcinfo, &call);
	double		time;

	if (answer == NULL || !crm_chain_time(&call->chain, answer, &time))
		PG_RETURN_NULL();
	return interval_datum(time);
}

/* The grid for a horizon, solved cell by cell so that it can be cancelled. */
static bool
make_grid(ChainCall *call, int64 horizon)
{
	MemoryContext old;

	if (call->has_grid && call->horizon == horizon)
		return call->grid_good;
	call->has_grid = false;
	if (call->grid_context == NULL)
		call->grid_context = AllocSetContextCreate(call->context,
												   "stage_flow grid",
												   ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(call->grid_context);
	old = MemoryContextSwitchTo(call->grid_context);
	call->grid_good =
		crm_grid_begin(&call->grid, &call->chain, horizon,
					   palloc_array(uint32, call->flow.n_pairs + 1),
					   palloc_array(CrmLag, crm_grid_lags(&call->chain)),
					   palloc_array(double, crm_grid_doubles(&call->chain)));
	while (call->grid_good && crm_grid_next(&call->grid))
		CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(old);
	call->horizon = horizon;
	call->has_grid = true;
	return call->grid_good;
}

static bool
win_in_steps(ChainCall *call, uint32 stage, int64 horizon, double *win)
{
	if (call->steps_work == NULL)
		call->steps_work =
			MemoryContextAlloc(call->context, sizeof(double) *
							   (crm_chain_steps_size(&call->chain) + 1));
	return crm_chain_win_in_steps(&call->chain, stage,
								  crm_chain_horizon_steps(&call->chain,
														  horizon),
								  call->steps_work, win);
}

bool
crm_flow_win_within(FunctionCallInfo fcinfo, int n, CrmText label,
					CrmWinTime time, double *win)
{
	ChainCall  *call = get_call(fcinfo, n);
	uint32		stage = find_stage(&call->flow, label);

	switch (call->flow.basis.kind)
	{
		case CRM_FLOW_COUNTS:
			return false;
		case CRM_FLOW_STEPS:
			return win_in_steps(call, stage, time.by, win);
		default:
			if (!make_grid(call, time.horizon))
				return false;
			return time.by == time.horizon ?
				crm_grid_win(&call->grid, stage, time.elapsed, win) :
				crm_grid_win_by(&call->grid, stage, time.elapsed, time.by,
								win);
	}
}

/*
 * win_probability(stage_flow, label text, horizon interval [, elapsed interval])
 * -> float8; strict, NULL as above, where moves were counted without a step,
 * and where no deal was ever seen in the stage as long as elapsed
 */
Datum
stage_flow_win_within(PG_FUNCTION_ARGS)
{
	CrmWinTime	time;
	double		win;

	time.horizon = time.by = crm_window(PG_GETARG_INTERVAL_P(2), "horizon");
	time.elapsed = PG_NARGS() < 4 ? 0 :
		crm_window(PG_GETARG_INTERVAL_P(3), "elapsed");
	if (!crm_flow_win_within(fcinfo, 0, label_argument(fcinfo, 1), time, &win))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(win);
}
