/*
 * satisfaction_sql.c
 *		SQL functions of the type nps, its aggregates, and the aggregate csat,
 *		whose value is a proportion.
 *
 * nps has a fixed length: the datum points at core's CrmNps, which the
 * aggregates edit in place when the state is theirs.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "crmprob.h"
#include "fixed_value.h"
#include "nps.h"

PG_FUNCTION_INFO_V1(nps_in);
PG_FUNCTION_INFO_V1(nps_out);
PG_FUNCTION_INFO_V1(nps_recv);
PG_FUNCTION_INFO_V1(nps_send);
PG_FUNCTION_INFO_V1(nps_eq);
PG_FUNCTION_INFO_V1(nps_ne);
PG_FUNCTION_INFO_V1(nps_hash);
PG_FUNCTION_INFO_V1(nps_hash_extended);
PG_FUNCTION_INFO_V1(nps_to_jsonb);
PG_FUNCTION_INFO_V1(nps_make);
PG_FUNCTION_INFO_V1(nps_accum);
PG_FUNCTION_INFO_V1(nps_combine);
PG_FUNCTION_INFO_V1(nps_promoters);
PG_FUNCTION_INFO_V1(nps_passives);
PG_FUNCTION_INFO_V1(nps_detractors);
PG_FUNCTION_INFO_V1(nps_answers);
PG_FUNCTION_INFO_V1(nps_value);
PG_FUNCTION_INFO_V1(nps_low);
PG_FUNCTION_INFO_V1(nps_high);
PG_FUNCTION_INFO_V1(nps_test);
PG_FUNCTION_INFO_V1(csat_accum);
PG_FUNCTION_INFO_V1(csat_accum_scale);
PG_FUNCTION_INFO_V1(csat_accum_same);
PG_FUNCTION_INFO_V1(csat_combine);
PG_FUNCTION_INFO_V1(csat_final);

StaticAssertDecl(sizeof(CrmNps) == 32, "the type is declared with 32 bytes");

/* csat without a scale: from 1 to 5, of which 4 and 5 are satisfied. */
#define CSAT_SCALE 5
#define CSAT_TOP 2
#define CSAT_MAX_SCALE 1000

static CrmNps *
DatumGetCrmNps(Datum d)
{
	CrmNps	   *n = (CrmNps *) DatumGetPointer(d);

	if (!crm_nps_valid(n))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value of type nps is corrupt")));
	return n;
}

#define PG_GETARG_CRM_NPS(n) DatumGetCrmNps(PG_GETARG_DATUM(n))

CRM_FIXED_KIND("crmprob.nps", CrmNps, CRM_NPS_ENCODED_SIZE,
			   crm_nps_parse, crm_nps_decode, crm_nps_encode);

static void
out_of_range(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s out of range", type),
			 errdetail("At most 9223372036854775807 answers are counted.")));
}

/* nps_in(cstring) -> nps; strict */
Datum
nps_in(PG_FUNCTION_ARGS)
{
	return crm_fixed_in(fcinfo, &KIND);
}

/* nps_out(nps) -> cstring; strict */
Datum
nps_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crm_json_text(crm_nps_print, PG_GETARG_CRM_NPS(0)));
}

/* nps_recv(internal) -> nps; strict */
Datum
nps_recv(PG_FUNCTION_ARGS)
{
	return crm_fixed_recv(fcinfo, &KIND);
}

/* nps_send(nps) -> bytea; strict */
Datum
nps_send(PG_FUNCTION_ARGS)
{
	return crm_fixed_sent(&KIND, PG_GETARG_CRM_NPS(0));
}

static bool
equal_arguments(FunctionCallInfo fcinfo)
{
	return memcmp(PG_GETARG_CRM_NPS(0), PG_GETARG_CRM_NPS(1),
				  sizeof(CrmNps)) == 0;
}

/* nps_eq(nps, nps) -> boolean; strict, as are the three below */
Datum
nps_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_arguments(fcinfo));
}

Datum
nps_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_arguments(fcinfo));
}

Datum
nps_hash(PG_FUNCTION_ARGS)
{
	return hash_any((unsigned char *) PG_GETARG_CRM_NPS(0), sizeof(CrmNps));
}

Datum
nps_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_any_extended((unsigned char *) PG_GETARG_CRM_NPS(0),
							 sizeof(CrmNps), PG_GETARG_INT64(1));
}

static void
print_with_value(CrmJsonWriter *w, const void *value)
{
	const CrmNps *n = value;

	crm_json_open(w, '{');
	crm_nps_print_counts(w, n);
	if (crm_nps_answers(n) > 0)
	{
		crm_json_key(w, "value");
		crm_json_put_float(w, crm_nps_value(n), &crm_float_text);
	}
	crm_json_close(w, '}');
}

/* jsonb(nps) -> jsonb: the text form and, with answers, the value; strict */
Datum
nps_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_with_value,
										 PG_GETARG_CRM_NPS(0)));
}

/* make_nps(promoters bigint, passives bigint, detractors bigint) -> nps;
 * strict */
Datum
nps_make(PG_FUNCTION_ARGS)
{
	CrmNps		n;
	CrmError	error;

	if (!crm_nps_make(PG_GETARG_INT64(0), PG_GETARG_INT64(1),
					  PG_GETARG_INT64(2), &n, &error))
		crm_bad_argument("nps", &error);
	return PointerGetDatum(crm_fixed_copy(&KIND, &n));
}

static void
bad_rating(double rating, int low, int high)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rating %s is not a whole number from %d to %d",
					DatumGetCString(DirectFunctionCall1(float8out,
														Float8GetDatum(rating))),
					low, high),
			 errhint("Leave out what is no answer: a NULL is skipped.")));
}

/* nps_accum(state nps, rating float8) -> nps; strict, so a NULL is skipped */
Datum
nps_accum(PG_FUNCTION_ARGS)
{
	CrmNps	   *state;
	int			rating;

	crm_require_aggregate(fcinfo);
	state = PG_GETARG_CRM_NPS(0);
	if (!crm_nps_rating(PG_GETARG_FLOAT8(1), &rating))
		bad_rating(PG_GETARG_FLOAT8(1), 0, 10);
	if (!crm_nps_count(state, rating))
		out_of_range("nps");
	PG_RETURN_POINTER(state);
}

/* nps_combine(state nps, other nps) -> nps; strict */
Datum
nps_combine(PG_FUNCTION_ARGS)
{
	CrmNps	   *state;

	crm_require_aggregate(fcinfo);
	state = PG_GETARG_CRM_NPS(0);
	if (!crm_nps_merge(state, PG_GETARG_CRM_NPS(1)))
		out_of_range("nps");
	PG_RETURN_POINTER(state);
}

/* promoters(nps) -> bigint; strict, as are the three below */
Datum
nps_promoters(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CRM_NPS(0)->promoters);
}

Datum
nps_passives(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CRM_NPS(0)->passives);
}

Datum
nps_detractors(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CRM_NPS(0)->detractors);
}

Datum
nps_answers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(crm_nps_answers(PG_GETARG_CRM_NPS(0)));
}

/* net_score(nps) -> float8, from -100 to 100; strict, NULL without answers */
Datum
nps_value(PG_FUNCTION_ARGS)
{
	CrmNps	   *n = PG_GETARG_CRM_NPS(0);

	if (crm_nps_answers(n) == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(crm_nps_value(n));
}

static Datum
score_limit(FunctionCallInfo fcinfo, bool want_high)
{
	CrmNps	   *n = PG_GETARG_CRM_NPS(0);
	double		level = crm_share_level(PG_GETARG_FLOAT8(1));
	double		low;
	double		high;

	if (crm_nps_answers(n) == 0)
		PG_RETURN_NULL();
	crm_nps_limits(n, level, &low, &high);
	PG_RETURN_FLOAT8(want_high ? high : low);
}

/* net_score_low(nps, level float8) -> float8; strict, NULL without answers */
Datum
nps_low(PG_FUNCTION_ARGS)
{
	return score_limit(fcinfo, false);
}

/* high(nps, level float8) -> float8; strict, NULL without answers */
Datum
nps_high(PG_FUNCTION_ARGS)
{
	return score_limit(fcinfo, true);
}

/*
 * net_score_test(a nps, b nps) -> (difference, z, p_value, low, high), in points; NULL
 * where there is no answer; strict
 */
Datum
nps_test(PG_FUNCTION_ARGS)
{
	CrmNpsTest	t = crm_nps_test(PG_GETARG_CRM_NPS(0), PG_GETARG_CRM_NPS(1));
	double		answers[5] = {t.difference, t.z, t.p_value, t.low, t.high};
	Datum		values[5];
	bool		nulls[5];
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "net_score_test must return a row of five columns");
	for (int i = 0; i < lengthof(values); i++)
	{
		values[i] = Float8GetDatum(answers[i]);
		nulls[i] = isnan(answers[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

static Datum
count_answer(FunctionCallInfo fcinfo, int scale, int top)
{
	CrmProportion *state;
	double		rating = PG_GETARG_FLOAT8(1);

	crm_require_aggregate(fcinfo);
	state = (CrmProportion *) PG_GETARG_POINTER(0);
	if (!(rating >= 1 && rating <= scale) || floor(rating) != rating)
		bad_rating(rating, 1, scale);
	if (!crm_proportion_count(state, rating > scale - top))
		out_of_range("csat");
	PG_RETURN_POINTER(state);
}

/* csat_accum(state proportion, rating float8) -> proportion; strict, so a NULL
 * is skipped */
Datum
csat_accum(PG_FUNCTION_ARGS)
{
	(void) PG_GETARG_CRM_PROPORTION(0);
	return count_answer(fcinfo, CSAT_SCALE, CSAT_TOP);
}

static void
check_scale(int32 scale, int32 top)
{
	if (scale < 2 || scale > CSAT_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale must be between 2 and %d", CSAT_MAX_SCALE)));
	if (top < 1 || top >= scale)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("top must be between 1 and %d", scale - 1),
				 errdetail("So many of the highest ratings count as satisfied.")));
}

/*
 * csat_accum(state proportion, rating float8, scale integer, top integer) ->
 * proportion as version 0.4.0 declares it; strict, so a row with a NULL is
 * skipped
 */
Datum
csat_accum_scale(PG_FUNCTION_ARGS)
{
	(void) PG_GETARG_CRM_PROPORTION(0);
	check_scale(PG_GETARG_INT32(2), PG_GETARG_INT32(3));
	return count_answer(fcinfo, PG_GETARG_INT32(2), PG_GETARG_INT32(3));
}

/*
 * The state of csat(rating, scale, top) is a proportion that keeps scale and
 * top in its reserved bytes, which csat_final clears.
 */
typedef struct CsatParameters
{
	uint16		scale;			/* 0: no row yet */
	uint16		top;
} CsatParameters;

static CsatParameters
state_parameters(const CrmProportion *state)
{
	CsatParameters p;

	memcpy(&p, state->reserved, sizeof p);
	return p;
}

/* A state may take these parameters once, or again. */
static void
keep_parameters(CrmProportion *state, CsatParameters p)
{
	CsatParameters have = state_parameters(state);

	if (have.scale != 0 && (have.scale != p.scale || have.top != p.top))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"scale\" and \"top\" must be the same in all rows"),
				 errhint("Group by what has a scale of its own.")));
	memcpy(state->reserved, &p, sizeof p);
}

/*
 * csat_accum(state proportion, rating float8, scale integer, top integer) ->
 * proportion; a NULL rating is skipped, a NULL scale or top is error 22004
 */
Datum
csat_accum_same(PG_FUNCTION_ARGS)
{
	CsatParameters p;

	crm_require_aggregate(fcinfo);
	/* csat's own state never is; that of another aggregate may be */
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("state of csat must not be null"),
				 errhint("Begin with '0/0'.")));
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"scale\" and \"top\" must not be null")));
	check_scale(PG_GETARG_INT32(2), PG_GETARG_INT32(3));
	p.scale = (uint16) PG_GETARG_INT32(2);
	p.top = (uint16) PG_GETARG_INT32(3);
	keep_parameters((CrmProportion *) PG_GETARG_POINTER(0), p);
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return count_answer(fcinfo, p.scale, p.top);
}

/* csat_combine(state proportion, other proportion) -> proportion; strict */
Datum
csat_combine(PG_FUNCTION_ARGS)
{
	CrmProportion *state;
	const CrmProportion *other;
	CsatParameters p;

	crm_require_aggregate(fcinfo);
	state = (CrmProportion *) PG_GETARG_POINTER(0);
	other = (const CrmProportion *) PG_GETARG_POINTER(1);
	p = state_parameters(other);
	if (p.scale != 0)
		keep_parameters(state, p);
	if (!crm_proportion_merge(state, other))
		out_of_range("csat");
	PG_RETURN_POINTER(state);
}

/* csat_final(state proportion) -> proportion, without the parameters; strict */
Datum
csat_final(PG_FUNCTION_ARGS)
{
	CrmProportion *made = palloc(sizeof *made);

	crm_require_aggregate(fcinfo);
	*made = *(const CrmProportion *) PG_GETARG_POINTER(0);
	memset(made->reserved, 0, sizeof made->reserved);
	PG_RETURN_POINTER(made);
}
