/*
 * survival_sql.c
 *		SQL functions of the type survival_curve.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "normal.h"
#include "survival_sql.h"
#include "tally_value.h"

PG_FUNCTION_INFO_V1(survival_curve_in);
PG_FUNCTION_INFO_V1(survival_curve_out);
PG_FUNCTION_INFO_V1(survival_curve_recv);
PG_FUNCTION_INFO_V1(survival_curve_send);
PG_FUNCTION_INFO_V1(survival_curve_to_jsonb);
PG_FUNCTION_INFO_V1(survival_curve_eq);
PG_FUNCTION_INFO_V1(survival_curve_ne);
PG_FUNCTION_INFO_V1(survival_curve_hash);
PG_FUNCTION_INFO_V1(survival_curve_hash_extended);
PG_FUNCTION_INFO_V1(survival_curve_add);
PG_FUNCTION_INFO_V1(survival_curve_merge);
PG_FUNCTION_INFO_V1(survival_curve_final);
PG_FUNCTION_INFO_V1(survival_curve_n);
PG_FUNCTION_INFO_V1(survival_curve_n_events);
PG_FUNCTION_INFO_V1(survival_curve_at);
PG_FUNCTION_INFO_V1(survival_curve_interval);
PG_FUNCTION_INFO_V1(survival_curve_hazard);
PG_FUNCTION_INFO_V1(survival_curve_quantile);
PG_FUNCTION_INFO_V1(survival_curve_quantile_interval);
PG_FUNCTION_INFO_V1(survival_curve_mean);
PG_FUNCTION_INFO_V1(survival_curve_mean_interval);
PG_FUNCTION_INFO_V1(survival_curve_table);

#define TYPE "survival_curve"

double
crm_duration_argument(double duration)
{
	if (!(duration >= 0) || isinf(duration))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid duration %g", duration),
				 errdetail("A duration must be finite and not negative."),
				 isinf(duration) ?
				 errhint("What has not happened yet is censored: its duration so far, with event false.") : 0));
	return duration == 0 ? 0 : duration;
}

double
crm_level_z(double level)
{
	return crm_normal_quantile(0.5 + crm_confidence_level(level) / 2);
}

Datum
crm_row_datum(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

static CrmTallyValue *
detoast(Datum d)
{
	CrmTallyValue *v = crm_tally_detoast(d, TYPE);
	CrmError	error;

	if (v->prefix != 0 || v->items != 0)
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt(TYPE, &error);
	}
	return v;
}

static CrmSurvival
curve_of(const CrmTallyValue *v)
{
	CrmSurvival c = {crm_tally_entries(v), v->used};

	return c;
}

/* In order and validated; lives as long as the call. */
static CrmTallyValue *
canonical(Datum d)
{
	CrmTallyValue *v = crm_tally_settled(detoast(d));
	CrmError	error;

	if (!crm_survival_check(curve_of(v), &error))
	{
		if (error.kind == CRM_ERROR_RANGE)
			crm_bad_argument(TYPE, &error);
		crm_corrupt(TYPE, &error);
	}
	CHECK_FOR_INTERRUPTS();
	return v;
}

static struct varlena *
canonical_varlena(Datum d)
{
	return (struct varlena *) canonical(d);
}

#define PG_GETARG_CURVE(n) curve_of(canonical(PG_GETARG_DATUM(n)))

/* survival_curve_in(cstring) -> survival_curve; strict */
Datum
survival_curve_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_SURVIVAL_MIN_ENTRY_TEXT + 1;
	CrmTallyValue *v = crm_tally_new(0, Min(most, CRM_TALLY_MAX_ENTRIES));
	size_t		n;
	CrmError	error;

	if (!crm_survival_parse(text, len, &crm_float_text,
							crm_tally_entries(v), &n, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.survival_curve", text, &error);
		PG_RETURN_NULL();
	}
	v->used = v->sorted = (uint32) n;
	PG_RETURN_POINTER(crm_tally_settled(v));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_survival_print(w, *(const CrmSurvival *) value,
					   &crm_float_text);
}

/* survival_curve_out(survival_curve) -> cstring; strict */
Datum
survival_curve_out(PG_FUNCTION_ARGS)
{
	CrmSurvival c = PG_GETARG_CURVE(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &c));
}

/* jsonb(survival_curve) -> jsonb; strict */
Datum
survival_curve_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmSurvival c = PG_GETARG_CURVE(0);

	return crm_jsonb_datum(crm_json_text(print_json, &c));
}

/* survival_curve_recv(internal) -> survival_curve; strict */
Datum
survival_curve_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmTallyValue *v;
	size_t		n;
	CrmError	error;

	v = crm_tally_new(0, Min(size / CRM_SURVIVAL_ENTRY_SIZE,
							 CRM_TALLY_MAX_ENTRIES));
	if (!crm_survival_decode(data, size, crm_tally_entries(v), &n, &error))
		crm_bad_binary("crmprob.survival_curve", &error);
	v->used = v->sorted = (uint32) n;
	PG_RETURN_POINTER(crm_tally_settled(v));
}

/* survival_curve_send(survival_curve) -> bytea; strict */
Datum
survival_curve_send(PG_FUNCTION_ARGS)
{
	CrmSurvival c = PG_GETARG_CURVE(0);
	size_t		size = CRM_SURVIVAL_HEADER_SIZE +
	c.n_times * CRM_SURVIVAL_ENTRY_SIZE;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_survival_encode(c, &w);
	Assert(!w.failed && w.at == size);
	PG_RETURN_BYTEA_P(v);
}

/*
 * survival_curve_eq(survival_curve, survival_curve) -> boolean; strict, as are
 * the three below
 */
Datum
survival_curve_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
survival_curve_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
survival_curve_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical_varlena);
}

Datum
survival_curve_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical_varlena);
}

/* How many observations a row stands for: 1 without a weight. */
static int64
weight_argument(FunctionCallInfo fcinfo, int n)
{
	int64		weight = PG_NARGS() > n ? PG_GETARG_INT64(n) : 1;

	if (weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must not be negative")));
	return weight;
}

/*
 * survival_curve_add(state survival_curve, duration float8, event boolean [,
 * weight bigint]) -> survival_curve; a row with a NULL or of weight 0 is
 * skipped
 */
Datum
survival_curve_add(PG_FUNCTION_ARGS)
{
	CrmTally	entry = {0, 0, 0, 0, 0};
	CrmTallyValue *state;
	bool		skip = PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
	(PG_NARGS() > 3 && PG_ARGISNULL(3));
	int64		weight = 0;

	crm_require_aggregate(fcinfo);
	if (!skip)
	{
		entry.key = crm_duration_argument(PG_GETARG_FLOAT8(1));
		weight = weight_argument(fcinfo, 3);
	}
	if (weight == 0)
		return crm_state_as_it_is(fcinfo);
	if (PG_GETARG_BOOL(2))
		entry.first = (uint64) weight;
	else
		entry.second = (uint64) weight;
	state = PG_ARGISNULL(0) ? crm_tally_new(0, 0) :
		detoast(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(crm_tally_add(state, &entry, TYPE));
}

/*
 * survival_curve_merge(state survival_curve, other survival_curve) ->
 * survival_curve; a NULL side counts for nothing
 */
Datum
survival_curve_merge(PG_FUNCTION_ARGS)
{
	CrmTallyValue *other;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = detoast(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(crm_tally_copy(other, 0, 0));
	PG_RETURN_POINTER(crm_tally_add_all(detoast(PG_GETARG_DATUM(0)), other,
										NULL, PG_GETARG_POINTER(0), TYPE));
}

/* survival_curve_final(state survival_curve) -> survival_curve; strict */
Datum
survival_curve_final(PG_FUNCTION_ARGS)
{
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0));

	/* a state that happens to be in order is the executor's */
	if ((Pointer) v == PG_GETARG_POINTER(0))
		v = crm_tally_copy(v, 0, 0);
	PG_RETURN_POINTER(v);
}

/* n_observations(survival_curve) -> bigint; strict */
Datum
survival_curve_n(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) crm_survival_start(PG_GETARG_CURVE(0)).at_risk);
}

/* n_events(survival_curve) -> bigint; strict */
Datum
survival_curve_n_events(PG_FUNCTION_ARGS)
{
	CrmSurvival c = PG_GETARG_CURVE(0);
	uint64		events;
	uint64		censored;

	(void) crm_tally_total(c.times, c.n_times, &events, &censored);
	PG_RETURN_INT64((int64) events);
}

/*
 * survival_at(survival_curve, duration float8) -> float8; strict, NULL beyond
 * the longest duration unless nobody is left, as are the two below
 */
Datum
survival_curve_at(PG_FUNCTION_ARGS)
{
	CrmSurvivalPoint p;

	if (!crm_survival_at(PG_GETARG_CURVE(0),
						 crm_duration_argument(PG_GETARG_FLOAT8(1)), &p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(p.survival);
}

Datum
survival_curve_hazard(PG_FUNCTION_ARGS)
{
	CrmSurvivalPoint p;

	if (!crm_survival_at(PG_GETARG_CURVE(0),
						 crm_duration_argument(PG_GETARG_FLOAT8(1)), &p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(p.hazard);
}

static CrmSurvivalScale
scale_argument(FunctionCallInfo fcinfo, int n)
{
	text	   *name = PG_GETARG_TEXT_PP(n);
	CrmSurvivalScale scale = crm_survival_scale(VARDATA_ANY(name),
												VARSIZE_ANY_EXHDR(name));

	if (scale == CRM_SCALE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown confidence type \"%s\"",
						crm_clip(text_to_cstring(name))),
				 errhint("Confidence types are log-log, log and plain.")));
	return scale;
}

/* survival, std_error, low and high of a point; the last three may be NULL. */
static void
set_point(const CrmSurvivalPoint *p, CrmSurvivalScale scale, double z,
		  Datum *values, bool *nulls)
{
	double		low;
	double		high;

	values[0] = Float8GetDatum(p->survival);
	if (!crm_survival_limits(p, scale, z, &low, &high))
	{
		nulls[1] = nulls[2] = nulls[3] = true;
		return;
	}
	values[1] = Float8GetDatum(crm_survival_std_error(p));
	values[2] = Float8GetDatum(low);
	values[3] = Float8GetDatum(high);
}

/*
 * survival_interval(survival_curve, duration float8, level float8, conf_type
 * text) -> (survival, std_error, low, high); strict
 */
Datum
survival_curve_interval(PG_FUNCTION_ARGS)
{
	double		time = crm_duration_argument(PG_GETARG_FLOAT8(1));
	double		z = crm_level_z(PG_GETARG_FLOAT8(2));
	CrmSurvivalScale scale = scale_argument(fcinfo, 3);
	CrmSurvivalPoint p;
	Datum		values[4] = {0};
	bool		nulls[4] = {false};

	if (!crm_survival_at(PG_GETARG_CURVE(0), time, &p))
		PG_RETURN_NULL();
	set_point(&p, scale, z, values, nulls);
	return crm_row_datum(fcinfo, values, nulls);
}

static double
share_argument(double p)
{
	if (!(p > 0 && p < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share %g is not between 0 and 1", p)));
	return p;
}

/*
 * quantile_survival(survival_curve, share float8) -> float8; strict, NULL when
 * fewer had the event
 */
Datum
survival_curve_quantile(PG_FUNCTION_ARGS)
{
	double		p = share_argument(PG_GETARG_FLOAT8(1));
	double		time;

	if (!crm_survival_quantile(PG_GETARG_CURVE(0), p, CRM_LINE_SURVIVAL,
							   CRM_SCALE_LOG_LOG, 0, &time))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(time);
}

/*
 * quantile_survival_interval(survival_curve, share float8, level float8,
 * conf_type text) -> (duration, low, high), each NULL when it is not reached;
 * strict
 */
Datum
survival_curve_quantile_interval(PG_FUNCTION_ARGS)
{
	static const CrmSurvivalLine LINES[] = {
		CRM_LINE_SURVIVAL, CRM_LINE_LOW, CRM_LINE_HIGH
	};
	CrmSurvival c = PG_GETARG_CURVE(0);
	double		p = share_argument(PG_GETARG_FLOAT8(1));
	double		z = crm_level_z(PG_GETARG_FLOAT8(2));
	CrmSurvivalScale scale = scale_argument(fcinfo, 3);
	Datum		values[3] = {0};
	bool		nulls[3];

	for (int i = 0; i < lengthof(LINES); i++)
	{
		double		time = 0;

		nulls[i] = !crm_survival_quantile(c, p, LINES[i], scale, z, &time);
		values[i] = Float8GetDatum(time);
	}
	return crm_row_datum(fcinfo, values, nulls);
}

/* The horizon, -1 for the longest duration. */
static double
horizon_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) ? -1 : crm_duration_argument(PG_GETARG_FLOAT8(1));
}

/*
 * restricted_mean(survival_curve, horizon float8) -> float8; a NULL curve gives
 * NULL, a NULL horizon is the longest duration
 */
Datum
survival_curve_mean(PG_FUNCTION_ARGS)
{
	double		mean;
	double		std_error;

	if (PG_ARGISNULL(0) ||
		!crm_survival_mean(PG_GETARG_CURVE(0), horizon_argument(fcinfo),
						   &mean, &std_error))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(mean);
}

/*
 * restricted_mean_interval(survival_curve, horizon float8, level float8) ->
 * (mean, std_error, low, high); a NULL curve or level gives NULL, a NULL
 * horizon is the longest duration
 */
Datum
survival_curve_mean_interval(PG_FUNCTION_ARGS)
{
	double		mean;
	double		std_error;
	double		z;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	z = crm_level_z(PG_GETARG_FLOAT8(2));
	if (!crm_survival_mean(PG_GETARG_CURVE(0), horizon_argument(fcinfo),
						   &mean, &std_error))
		PG_RETURN_NULL();
	values[0] = Float8GetDatum(mean);
	values[1] = Float8GetDatum(std_error);
	values[2] = Float8GetDatum(Max(mean - z * std_error, 0));
	values[3] = Float8GetDatum(mean + z * std_error);
	return crm_row_datum(fcinfo, values, nulls);
}

/*
 * survival_table(survival_curve, level float8, conf_type text) -> setof
 * (duration, at_risk, events, censored, survival, std_error, low, high,
 * cumulative_hazard); strict
 */
Datum
survival_curve_table(PG_FUNCTION_ARGS)
{
	CrmSurvival c = PG_GETARG_CURVE(0);
	double		z = crm_level_z(PG_GETARG_FLOAT8(1));
	CrmSurvivalScale scale = scale_argument(fcinfo, 2);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmSurvivalPoint p = crm_survival_start(c);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (size_t i = 0; i < c.n_times; i++)
	{
		Datum		values[9];
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		crm_survival_step(c, i, &p);
		values[0] = Float8GetDatum(p.time);
		values[1] = Int64GetDatum((int64) p.at_risk);
		values[2] = Int64GetDatum((int64) p.events);
		values[3] = Int64GetDatum((int64) p.censored);
		set_point(&p, scale, z, &values[4], &nulls[4]);
		values[8] = Float8GetDatum(p.hazard);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
