/*
 * sbg_sql.c
 *		SQL functions of the type sbg_model.
 *
 * A tally (tally_value.h) of survivors by period whose prefix is the fit, all
 * zero in a state.  The fit is a function of the data, so merged data are
 * fitted anew.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "sbg.h"
#include "survival_sql.h"
#include "tally_value.h"

PG_FUNCTION_INFO_V1(sbg_model_in);
PG_FUNCTION_INFO_V1(sbg_model_out);
PG_FUNCTION_INFO_V1(sbg_model_recv);
PG_FUNCTION_INFO_V1(sbg_model_send);
PG_FUNCTION_INFO_V1(sbg_model_to_jsonb);
PG_FUNCTION_INFO_V1(sbg_model_eq);
PG_FUNCTION_INFO_V1(sbg_model_ne);
PG_FUNCTION_INFO_V1(sbg_model_hash);
PG_FUNCTION_INFO_V1(sbg_model_hash_extended);
PG_FUNCTION_INFO_V1(sbg_model_add);
PG_FUNCTION_INFO_V1(sbg_model_merge);
PG_FUNCTION_INFO_V1(sbg_model_final);
PG_FUNCTION_INFO_V1(sbg_model_summary);
PG_FUNCTION_INFO_V1(sbg_model_survival_at);
PG_FUNCTION_INFO_V1(sbg_model_retention_at);
PG_FUNCTION_INFO_V1(sbg_model_table);
PG_FUNCTION_INFO_V1(sbg_model_expected_lifetime);
PG_FUNCTION_INFO_V1(sbg_model_discounted_lifetime);
PG_FUNCTION_INFO_V1(sbg_model_residual_lifetime);

#define TYPE "sbg_model"

StaticAssertDecl(sizeof(CrmSbgFit) == 48, "layout of sbg_model on disk");

static CrmTallyValue *
detoast(Datum d)
{
	CrmTallyValue *v = crm_tally_detoast(d, TYPE);
	CrmError	error;

	if (v->prefix != sizeof(CrmSbgFit) || v->items != 0)
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt(TYPE, &error);
	}
	return v;
}

static CrmSbg
view(const CrmTallyValue *v)
{
	CrmSbg		m;

	memcpy(&m.fit, v->data, sizeof m.fit);
	m.periods = crm_tally_entries(v);
	m.n_periods = v->used;
	return m;
}

/* Finished and validated, fitted if it is a state; lives as long as the call. */
static CrmTallyValue *
canonical(Datum d)
{
	CrmTallyValue *v = detoast(d);
	CrmSbg		m = view(v);
	CrmError	error;

	if (m.fit.alpha == 0)
	{
		v = crm_tally_copy(v, v->prefix, v->used);
		crm_tally_in_order(v);
		v = crm_tally_settled(v);
		m = view(v);
		if (!crm_sbg_fit(&m, &error))
			crm_bad_argument("survivors", &error);
		memcpy(v->data, &m.fit, sizeof m.fit);
	}
	if (!crm_sbg_check(&m, &error))
		crm_corrupt(TYPE, &error);
	return v;
}

static struct varlena *
canonical_varlena(Datum d)
{
	return (struct varlena *) canonical(d);
}

#define PG_GETARG_SBG(n) view(canonical(PG_GETARG_DATUM(n)))

static Datum
made(const CrmSbg *m)
{
	CrmTallyValue *v = crm_tally_new(sizeof(CrmSbgFit), m->n_periods);

	memcpy(v->data, &m->fit, sizeof m->fit);
	memcpy(crm_tally_entries(v), m->periods,
		   m->n_periods * sizeof(CrmTally));
	v->used = v->sorted = (uint32) m->n_periods;
	return PointerGetDatum(v);
}

static CrmTally *
period_room(void)
{
	return palloc((CRM_SBG_MAX_RENEWALS + 1) * sizeof(CrmTally));
}

/* sbg_model_in(cstring) -> sbg_model; strict */
Datum
sbg_model_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	CrmSbg		m;
	CrmError	error;

	if (!crm_sbg_parse(text, strlen(text), &crm_float_text, period_room(), &m,
					   &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.sbg_model", text, &error);
		PG_RETURN_NULL();
	}
	return made(&m);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_sbg_print(w, value, &crm_float_text);
}

/* sbg_model_out(sbg_model) -> cstring; strict */
Datum
sbg_model_out(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &m));
}

/* jsonb(sbg_model) -> jsonb; strict */
Datum
sbg_model_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);

	return crm_jsonb_datum(crm_json_text(print_json, &m));
}

/* sbg_model_recv(internal) -> sbg_model; strict */
Datum
sbg_model_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmSbg		m;
	CrmError	error;

	if (!crm_sbg_decode(data, size, period_room(), &m, &error))
		crm_bad_binary("crmprob.sbg_model", &error);
	return made(&m);
}

/* sbg_model_send(sbg_model) -> bytea; strict */
Datum
sbg_model_send(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);
	CrmWriter	count = crm_writer(NULL, 0);
	CrmWriter	w;
	bytea	   *v;

	crm_sbg_encode(&m, &count);
	v = crm_new_value(count.at);
	w = crm_writer(VARDATA(v), count.at);
	crm_sbg_encode(&m, &w);
	PG_RETURN_BYTEA_P(v);
}

/*
 * sbg_model_eq(sbg_model, sbg_model) -> boolean; strict, as are the three below
 */
Datum
sbg_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
sbg_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
sbg_model_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical_varlena);
}

Datum
sbg_model_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical_varlena);
}

/*
 * sbg_model_add(state sbg_model, period integer, survivors bigint) ->
 * sbg_model; a row with a NULL is skipped
 */
Datum
sbg_model_add(PG_FUNCTION_ARGS)
{
	CrmTally	entry = {0, 0, 0, 0, 1};
	CrmTallyValue *state;
	int32		period;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return crm_state_as_it_is(fcinfo);
	period = PG_GETARG_INT32(1);
	if (period < 0 || PG_GETARG_INT64(2) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be negative",
						period < 0 ? "period" : "survivors")));
	if (period > CRM_SBG_MAX_RENEWALS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an sbg_model has at most %d renewals",
						CRM_SBG_MAX_RENEWALS)));
	entry.key = period;
	entry.first = (uint64) PG_GETARG_INT64(2);
	state = PG_ARGISNULL(0) ? crm_tally_new(sizeof(CrmSbgFit), 16) :
		detoast(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(crm_tally_add(state, &entry, TYPE));
}

/*
 * sbg_model_merge(state sbg_model, other sbg_model) -> sbg_model; a NULL side
 * counts for nothing
 */
Datum
sbg_model_merge(PG_FUNCTION_ARGS)
{
	CrmTallyValue *other;
	CrmTallyValue *state;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = detoast(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
	{
		state = crm_tally_copy(other, other->prefix, 0);
		memset(state->data, 0, sizeof(CrmSbgFit));
		PG_RETURN_POINTER(state);
	}
	PG_RETURN_POINTER(crm_tally_add_all(detoast(PG_GETARG_DATUM(0)), other,
										NULL, PG_GETARG_POINTER(0), TYPE));
}

/* sbg_model_final(state sbg_model) -> sbg_model; strict */
Datum
sbg_model_final(PG_FUNCTION_ARGS)
{
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0));
	CrmSbg		m = view(v);

	if (!m.fit.converged)
		ereport(WARNING,
				(errmsg("the fit of the sBG model did not converge"),
				 errdetail("Survivors do not tell how customers differ; there are no standard errors.")));
	PG_RETURN_POINTER(v);
}

/*
 * summary(sbg_model) -> (alpha, beta, alpha_error, beta_error, log_likelihood,
 * iterations, converged); strict, errors NULL unless converged
 */
Datum
sbg_model_summary(PG_FUNCTION_ARGS)
{
	CrmSbgFit	f = PG_GETARG_SBG(0).fit;
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = Float8GetDatum(f.alpha);
	values[1] = Float8GetDatum(f.beta);
	values[2] = Float8GetDatum(f.alpha_error);
	values[3] = Float8GetDatum(f.beta_error);
	nulls[2] = nulls[3] = !f.converged;
	values[4] = Float8GetDatum(f.loglik);
	values[5] = Int32GetDatum((int32) f.iterations);
	values[6] = BoolGetDatum(f.converged);
	return crm_row_datum(fcinfo, values, nulls);
}

static int32
period_argument(FunctionCallInfo fcinfo, int n, const char *name, int32 least)
{
	int32		period = PG_GETARG_INT32(n);

	if (period < least || period > CRM_SBG_MAX_HORIZON)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be between %d and %d", name,
						least, CRM_SBG_MAX_HORIZON)));
	return period;
}

/* survival_at(sbg_model, period integer) -> float8; strict */
Datum
sbg_model_survival_at(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);

	PG_RETURN_FLOAT8(crm_sbg_survival(&m.fit,
									  period_argument(fcinfo, 1, "period", 0)));
}

/* retention_at(sbg_model, period integer) -> float8; strict */
Datum
sbg_model_retention_at(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);

	PG_RETURN_FLOAT8(crm_sbg_retention(&m.fit,
									   period_argument(fcinfo, 1, "period", 1)));
}

/*
 * survival_table(sbg_model, until integer) -> setof (period, survivors,
 * observed, survival, retention); strict, the second and third NULL beyond the
 * data
 */
Datum
sbg_model_table(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);
	int32		until = period_argument(fcinfo, 1, "until", 0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double		survival = 1;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int32 t = 0; t <= until; t++)
	{
		double		retention = t == 0 ? 1 : crm_sbg_retention(&m.fit, t);
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		survival *= retention;
		values[0] = Int32GetDatum(t);
		nulls[1] = nulls[2] = t >= m.n_periods;
		if (t < m.n_periods)
		{
			values[1] = Int64GetDatum((int64) m.periods[t].first);
			values[2] = Float8GetDatum((double) m.periods[t].first /
									   (double) m.periods[0].first);
		}
		values[3] = Float8GetDatum(survival);
		values[4] = Float8GetDatum(retention);
		nulls[4] = t == 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

static double
discount_argument(FunctionCallInfo fcinfo, int n)
{
	double		discount = PG_GETARG_FLOAT8(n);

	if (!(discount >= 0) || isinf(discount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount %g must be finite and not negative",
						discount),
				 errhint("Write 10 %% a period as 0.1.")));
	/* below that it has no effect, and the sum would not end */
	return discount < 1e-9 ? 0 : discount;
}

static Datum
finite_or_null(FunctionCallInfo fcinfo, double v)
{
	if (isinf(v))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(v);
}

/*
 * expected_lifetime(sbg_model, horizon integer) -> float8; a NULL model gives
 * NULL, a NULL horizon is none, and the answer then NULL where it is infinite
 */
Datum
sbg_model_expected_lifetime(PG_FUNCTION_ARGS)
{
	CrmSbg		m;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	m = PG_GETARG_SBG(0);
	if (PG_ARGISNULL(1))
		return finite_or_null(fcinfo, crm_sbg_discounted(&m.fit, 0));
	PG_RETURN_FLOAT8(crm_sbg_lifetime(&m.fit,
									  period_argument(fcinfo, 1, "horizon", 1)));
}

/* discounted_lifetime(sbg_model, discount float8) -> float8; strict, NULL where
 * it is infinite, as is the next */
Datum
sbg_model_discounted_lifetime(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);

	return finite_or_null(fcinfo,
						  crm_sbg_discounted(&m.fit,
											 discount_argument(fcinfo, 1)));
}

/* residual_lifetime(sbg_model, renewals integer, discount float8) -> float8 */
Datum
sbg_model_residual_lifetime(PG_FUNCTION_ARGS)
{
	CrmSbg		m = PG_GETARG_SBG(0);
	int32		renewals = period_argument(fcinfo, 1, "renewals", 0);

	return finite_or_null(fcinfo,
						  crm_sbg_residual(&m.fit, renewals,
										   discount_argument(fcinfo, 2)));
}
