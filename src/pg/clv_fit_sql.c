/*
 * clv_fit_sql.c
 *		The aggregate fit_clv.
 *
 * Its state is a table of counted patterns (clv_sample.h), edited in place; the
 * final function fits.
 */
#include "compat.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "clv_value.h"
#include "funnel_sql.h"
#include "progress.h"

PG_FUNCTION_INFO_V1(clv_model_add);
PG_FUNCTION_INFO_V1(clv_model_merge);
PG_FUNCTION_INFO_V1(clv_model_final);

StaticAssertDecl(sizeof(CrmClvPattern) == 32 && sizeof(CrmClvState) == 48,
				 "layout of the state of fit_clv");
StaticAssertDecl(CRM_CLV_MAX_ROOM * (Size) 32 + 48 < MaxAllocSize,
				 "the largest state must be allowed");
StaticAssertDecl(CRM_CLV_MAX_PATTERNS == CRM_CLV_MAX_ROOM / 4 * 3,
				 "the maximum is what the largest state has room for");

/*----------
 * The fit
 *----------
 */

typedef struct Fitting
{
	CrmProgress progress;
	const CrmClvSample *sample;
} Fitting;

/* Throws where the user has had enough, so core never has to stop. */
static bool
poll_fit(void *arg)
{
	Fitting    *f = arg;

	CHECK_FOR_INTERRUPTS();
	crm_progress_report(&f->progress, "fitting %s to %zu different customers",
						crm_clv_info(f->sample->kind)->name, f->sample->n);
	return false;
}

static void
tell(const CrmClvModel *m)
{
	if (m->left_out > 0)
		ereport(NOTICE,
				(errmsg_plural("%lld customer was left out",
							   "%lld customers were left out",
							   (unsigned long) m->left_out,
							   (long long) m->left_out),
				 errdetail("Their repeat purchases have no known or no positive mean amount.")));
	crm_clv_tell_infinite_spend(m);
	if (!m->converged)
		ereport(NOTICE,
				(errmsg("the likelihood of %s has no maximum that can be told from a ridge",
						crm_clv_info(m->kind)->name),
				 errhint("The parameters are those at the end of the search; try another kind of model or more customers.")));
}

CrmClvModel
crm_clv_fit_sample(const CrmClvSample *s, bool notices)
{
	CrmClvPatterns data = {s->patterns, s->n};
	Fitting		fitting;
	CrmPoll		poll = {poll_fit, &fitting};
	CrmClvModel m;
	CrmClvFitted fitted;
	CrmError	error;

	fitting.sample = s;
	crm_progress_begin(&fitting.progress);
	fitted = crm_clv_fit(s->kind, data, &poll, &m, &error);
	crm_progress_end(&fitting.progress);
	if (fitted == CRM_CLV_FIT_STOPPED)
		elog(ERROR, "fit stopped");
	if (fitted == CRM_CLV_FIT_REFUSED)
		ereport(ERROR,
				(errcode(crm_sqlstate(&error)),
				 errmsg("%s cannot be fitted to these customers",
						crm_clv_info(s->kind)->name),
				 errdetail_internal("%s", error.detail),
				 error.hint ? errhint("%s", error.hint) : 0));
	m.unit = s->unit;
	m.has_until = s->has_until;
	m.until = s->until;
	m.left_out = s->left_out;
	if (!crm_clv_check(&m, &error))
		elog(ERROR, "fit failed: %s", error.detail);
	if (notices)
		tell(&m);
	return m;
}

/*----------
 * The state
 *----------
 */

static CrmClvState *
new_state(uint32 room, CrmClvKind kind)
{
	Size		size = crm_clv_state_size(room);
	CrmClvState *s = palloc(size);

	SET_VARSIZE(s, size);
	crm_clv_state_init(s, room, kind);
	return s;
}

/* The state with room for so many patterns: itself or a copy. */
static CrmClvState *
make_room(CrmClvState *s, Size patterns)
{
	uint32		room = crm_clv_room(Min(patterns, CRM_CLV_MAX_PATTERNS));
	CrmClvState *larger;

	if (room <= s->room)
	{
		if (patterns > CRM_CLV_MAX_PATTERNS && crm_clv_state_full(s))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a fit is of at most %d different customers",
							CRM_CLV_MAX_PATTERNS),
					 errhint("Round recency and age, for instance to whole days, or fit a sample of the customers.")));
		return s;
	}
	larger = new_state(room, (CrmClvKind) s->kind);
	crm_clv_state_move(s, larger, crm_pause);
	return larger;
}

static void
check_added(CrmClvAdded added)
{
	if (added == CRM_CLV_TOO_MANY)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a fit is of at most 9223372036854775807 customers")));
	if (added == CRM_CLV_OTHER_UNIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("customers of different units cannot be fitted together"),
				 errhint("Call rfm with one unit for all customers.")));
}

static void
check_kind(const CrmClvState *s, CrmClvKind kind)
{
	if (s->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a fit is of one kind of model"),
				 errdetail("One row has kind %s, another %s.",
						   crm_clv_info((CrmClvKind) s->kind)->name,
						   crm_clv_info(kind)->name)));
}

static CrmClvState *
add_sample(CrmClvState *s, const CrmClvSample *sample)
{
	if (sample->n > 0 || sample->left_out > 0 || sample->unit > 0)
		check_added(crm_clv_state_meet(s, sample->unit, sample->has_until,
									   sample->until));
	if (sample->left_out > PG_INT64_MAX - s->left_out)
		check_added(CRM_CLV_TOO_MANY);
	s->left_out += sample->left_out;
	for (Size i = 0; i < sample->n; i++)
	{
		if (i % CRM_PAUSE_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (crm_clv_state_full(s))
			s = make_room(s, (Size) s->used + 1);
		check_added(crm_clv_state_put(s, &sample->patterns[i]));
	}
	return s;
}

/* A model or a sample as a state; a model is refused. */
static CrmClvState *
taken_apart(struct varlena *v)
{
	CrmClvSample sample;

	if (crm_clv_form(v) == CRM_CLV_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("models that are fitted already cannot be added up")));
	sample = crm_clv_sample_of(v);
	return add_sample(new_state(crm_clv_room(sample.n), sample.kind), &sample);
}

/* The state argument for editing; NULL where there is none yet. */
static CrmClvState *
state_argument(FunctionCallInfo fcinfo)
{
	struct varlena *v;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	v = (struct varlena *) PG_GETARG_POINTER(0);
	if (VARATT_IS_4B_U(v) && crm_clv_form(v) == CRM_CLV_STATE_FORMAT)
		return (CrmClvState *) v;
	return taken_apart(PG_DETOAST_DATUM_PACKED(PointerGetDatum(v)));
}

/* The weight of a row; 0 for one that does not count. */
static int64
weight_argument(FunctionCallInfo fcinfo)
{
	int64		weight = 1;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"kind\" must not be null")));
	if (PG_NARGS() > 3)
		weight = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);
	if (weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must not be negative")));
	return PG_ARGISNULL(2) ? 0 : weight;
}

/*
 * clv_model_add(clv_model, kind text, rfm [, weight bigint]) -> clv_model; not
 * strict: a row with a NULL rfm or weight is skipped, a NULL kind is refused
 */
Datum
clv_model_add(PG_FUNCTION_ARGS)
{
	CrmClvState *s = state_argument(fcinfo);
	int64		weight = weight_argument(fcinfo);
	CrmClvKind	kind = crm_clv_kind_argument(PG_GETARG_TEXT_PP(1));
	const CrmRfm *r;
	CrmClvCustomer c;
	CrmError	error;

	if (s != NULL)
		check_kind(s, kind);
	if (weight == 0)
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	r = PG_GETARG_CRM_RFM(2);
	c = crm_clv_customer(kind, r);
	if (!crm_clv_customer_check(kind, &c, &error))
		crm_bad_argument("buying pattern", &error);
	if (s == NULL)
		s = new_state(CRM_CLV_FIRST_ROOM, kind);
	else if (crm_clv_state_full(s))
		s = make_room(s, (Size) s->used + 1);
	check_added(crm_clv_state_meet(s, r->unit, crm_rfm_has_until(r),
								   r->until));
	check_added(crm_clv_state_add(s, &c, weight));
	PG_RETURN_POINTER(s);
}

/* Adds a state's patterns as they lie, without sorting them first. */
static CrmClvState *
add_state(CrmClvState *s, const CrmClvState *other)
{
	/* in the order of hashes they must not come into a smaller table */
	s = make_room(s, Max((Size) s->used, (Size) other->used) + 1);
	if (other->started)
		check_added(crm_clv_state_meet(s, other->unit, other->has_until != 0,
									   other->until));
	if (other->left_out > PG_INT64_MAX - s->left_out)
		check_added(CRM_CLV_TOO_MANY);
	s->left_out += other->left_out;
	for (uint32 i = 0; i < other->room; i++)
	{
		if (i % CRM_PAUSE_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (other->slots[i].weight == 0)
			continue;
		if (crm_clv_state_full(s))
			s = make_room(s, (Size) s->used + 1);
		check_added(crm_clv_state_put(s, &other->slots[i]));
	}
	return s;
}

/*
 * clv_model_merge(clv_model, clv_model) -> clv_model: the combine function; not
 * strict: NULL adds nothing
 */
Datum
clv_model_merge(PG_FUNCTION_ARGS)
{
	CrmClvState *s = state_argument(fcinfo);
	struct varlena *v;
	CrmClvState *other;

	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	v = PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	if (crm_clv_form(v) == CRM_CLV_STATE_FORMAT)
	{
		CrmError	error;

		other = (CrmClvState *) v;
		if (!crm_clv_state_sound(other, VARSIZE(other)))
		{
			crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
			crm_corrupt("clv_model", &error);
		}
	}
	else
		other = taken_apart(v);
	if (s == NULL)
		s = new_state(CRM_CLV_FIRST_ROOM, (CrmClvKind) other->kind);
	check_kind(s, (CrmClvKind) other->kind);
	PG_RETURN_POINTER(add_state(s, other));
}

/* clv_model_final(clv_model) -> clv_model: the fit; strict */
Datum
clv_model_final(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	CrmClvSample s;
	CrmClvModel m;

	if (crm_clv_form(v) == CRM_CLV_FORMAT)
		PG_RETURN_POINTER(v);
	s = crm_clv_sample_of(v);
	m = crm_clv_fit_sample(&s, true);
	return crm_clv_datum(&m);
}
