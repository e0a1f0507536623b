/*
 * proportion_sql.c
 *		SQL functions of the type proportion and its aggregates.
 *
 * A fixed-length type: the datum points at core's CrmProportion, which the
 * aggregates edit in place when the state is theirs.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "crmprob.h"
#include "fixed_value.h"
#include "shrinkage.h"

StaticAssertDecl(sizeof(CrmProportion) == 24,
				 "the type is declared with 24 bytes");

PG_FUNCTION_INFO_V1(proportion_in);
PG_FUNCTION_INFO_V1(proportion_out);
PG_FUNCTION_INFO_V1(proportion_recv);
PG_FUNCTION_INFO_V1(proportion_send);
PG_FUNCTION_INFO_V1(proportion_eq);
PG_FUNCTION_INFO_V1(proportion_ne);
PG_FUNCTION_INFO_V1(proportion_lt);
PG_FUNCTION_INFO_V1(proportion_le);
PG_FUNCTION_INFO_V1(proportion_gt);
PG_FUNCTION_INFO_V1(proportion_ge);
PG_FUNCTION_INFO_V1(proportion_cmp);
PG_FUNCTION_INFO_V1(proportion_hash);
PG_FUNCTION_INFO_V1(proportion_hash_extended);
PG_FUNCTION_INFO_V1(proportion_to_jsonb);
PG_FUNCTION_INFO_V1(proportion_make);
PG_FUNCTION_INFO_V1(proportion_accum);
PG_FUNCTION_INFO_V1(proportion_combine);
PG_FUNCTION_INFO_V1(proportion_successes);
PG_FUNCTION_INFO_V1(proportion_trials);
PG_FUNCTION_INFO_V1(proportion_value);
PG_FUNCTION_INFO_V1(proportion_low);
PG_FUNCTION_INFO_V1(proportion_high);
PG_FUNCTION_INFO_V1(proportion_shrunk_rate);
PG_FUNCTION_INFO_V1(proportion_prior_strength);
PG_FUNCTION_INFO_V1(proportion_ab_test);

CrmProportion *
DatumGetCrmProportion(Datum d)
{
	CrmProportion *p = (CrmProportion *) DatumGetPointer(d);

	if (!crm_proportion_valid(p))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value of type proportion is corrupt")));
	return p;
}

CRM_FIXED_KIND("crmprob.proportion", CrmProportion,
			   CRM_PROPORTION_ENCODED_SIZE, crm_proportion_parse,
			   crm_proportion_decode, crm_proportion_encode);

static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("proportion out of range"),
			 errdetail("A proportion counts to at most 9223372036854775807.")));
}

double
crm_share_level(double level)
{
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence level must be between 0 and 1"),
				 errhint("For 95 percent write 0.95.")));
	return level;
}

static Datum
float_or_null(FunctionCallInfo fcinfo, double v)
{
	if (isnan(v))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(v);
}

/* proportion_in(cstring) -> proportion; strict */
Datum
proportion_in(PG_FUNCTION_ARGS)
{
	return crm_fixed_in(fcinfo, &KIND);
}

/* proportion_out(proportion) -> cstring; strict */
Datum
proportion_out(PG_FUNCTION_ARGS)
{
	char	   *text = palloc(CRM_PROPORTION_TEXT_SIZE + 1);
	size_t		n = crm_proportion_text(PG_GETARG_CRM_PROPORTION(0), text);

	text[n] = '\0';
	PG_RETURN_CSTRING(text);
}

/* proportion_recv(internal) -> proportion; strict */
Datum
proportion_recv(PG_FUNCTION_ARGS)
{
	return crm_fixed_recv(fcinfo, &KIND);
}

/* proportion_send(proportion) -> bytea; strict */
Datum
proportion_send(PG_FUNCTION_ARGS)
{
	return crm_fixed_sent(&KIND, PG_GETARG_CRM_PROPORTION(0));
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	return crm_proportion_compare(PG_GETARG_CRM_PROPORTION(0),
								  PG_GETARG_CRM_PROPORTION(1));
}

/* proportion_eq(proportion, proportion) -> boolean; strict, as are the five
 * below */
Datum
proportion_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
proportion_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
proportion_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
proportion_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
proportion_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
proportion_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* proportion_cmp(proportion, proportion) -> integer; strict */
Datum
proportion_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* proportion_hash(proportion) -> integer; strict */
Datum
proportion_hash(PG_FUNCTION_ARGS)
{
	CrmProportion *p = PG_GETARG_CRM_PROPORTION(0);

	return hash_any((unsigned char *) p, sizeof *p);
}

/* proportion_hash_extended(proportion, seed bigint) -> bigint; strict */
Datum
proportion_hash_extended(PG_FUNCTION_ARGS)
{
	CrmProportion *p = PG_GETARG_CRM_PROPORTION(0);

	return hash_any_extended((unsigned char *) p, sizeof *p,
							 PG_GETARG_INT64(1));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	const CrmProportion *p = value;

	crm_json_open(w, '{');
	crm_json_key(w, "successes");
	crm_json_put_int(w, p->successes);
	crm_json_key(w, "trials");
	crm_json_put_int(w, p->trials);
	if (p->trials > 0)
	{
		crm_json_key(w, "value");
		crm_json_put_float(w, crm_proportion_value(p), &crm_float_text);
	}
	crm_json_close(w, '}');
}

/* jsonb(proportion) -> jsonb {"successes", "trials", "value"}; strict */
Datum
proportion_to_jsonb(PG_FUNCTION_ARGS)
{
	return crm_jsonb_datum(crm_json_text(print_json,
										 PG_GETARG_CRM_PROPORTION(0)));
}

/* make_proportion(successes bigint, trials bigint) -> proportion; strict */
Datum
proportion_make(PG_FUNCTION_ARGS)
{
	CrmProportion p;
	CrmError	error;

	if (!crm_proportion_make(PG_GETARG_INT64(0), PG_GETARG_INT64(1), &p,
							 &error))
		crm_bad_argument("proportion", &error);
	return PointerGetDatum(crm_fixed_copy(&KIND, &p));
}

/* The first argument, the aggregate's own state. */
static CrmProportion *
writable_state(FunctionCallInfo fcinfo)
{
	crm_require_aggregate(fcinfo);
	return PG_GETARG_CRM_PROPORTION(0);
}

/* proportion_accum(state proportion, success boolean) -> proportion; strict,
 * so a NULL row is skipped */
Datum
proportion_accum(PG_FUNCTION_ARGS)
{
	CrmProportion *state = writable_state(fcinfo);

	if (!crm_proportion_count(state, PG_GETARG_BOOL(1)))
		out_of_range();
	PG_RETURN_POINTER(state);
}

/* proportion_combine(state proportion, other proportion) -> proportion;
 * strict */
Datum
proportion_combine(PG_FUNCTION_ARGS)
{
	CrmProportion *state = writable_state(fcinfo);

	if (!crm_proportion_merge(state, PG_GETARG_CRM_PROPORTION(1)))
		out_of_range();
	PG_RETURN_POINTER(state);
}

/* successes(proportion) -> bigint; strict */
Datum
proportion_successes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CRM_PROPORTION(0)->successes);
}

/* trials(proportion) -> bigint; strict */
Datum
proportion_trials(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CRM_PROPORTION(0)->trials);
}

/* value(proportion) -> float8; strict, NULL without trials */
Datum
proportion_value(PG_FUNCTION_ARGS)
{
	CrmProportion *p = PG_GETARG_CRM_PROPORTION(0);

	if (p->trials == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(crm_proportion_value(p));
}

/* One of the Wilson limits, NULL without trials. */
static Datum
wilson_limit(FunctionCallInfo fcinfo, bool want_high)
{
	CrmProportion *p = PG_GETARG_CRM_PROPORTION(0);
	double		level = crm_share_level(PG_GETARG_FLOAT8(1));
	double		low;
	double		high;

	if (p->trials == 0)
		PG_RETURN_NULL();
	crm_proportion_limits(p, level, &low, &high);
	PG_RETURN_FLOAT8(want_high ? high : low);
}

/* low(proportion, level float8) -> float8; strict, NULL without trials */
Datum
proportion_low(PG_FUNCTION_ARGS)
{
	return wilson_limit(fcinfo, false);
}

/* high(proportion, level float8) -> float8; strict, NULL without trials */
Datum
proportion_high(PG_FUNCTION_ARGS)
{
	return wilson_limit(fcinfo, true);
}

/*
 * shrunk_rate(proportion, prior proportion, strength float8) -> float8; strict,
 * NULL where there is nothing to shrink to
 */
Datum
proportion_shrunk_rate(PG_FUNCTION_ARGS)
{
	double		k = PG_GETARG_FLOAT8(2);

	if (!(k >= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strength of the prior must not be negative or NaN")));
	return float_or_null(fcinfo,
						 crm_proportion_shrink(PG_GETARG_CRM_PROPORTION(0),
											   PG_GETARG_CRM_PROPORTION(1),
											   k));
}

/* The elements that are not NULL, copied. */
static CrmProportion *
array_proportions(ArrayType *array, size_t *n)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	CrmProportion *groups;

	deconstruct_array(array, ARR_ELEMTYPE(array), sizeof(CrmProportion), false,
					  TYPALIGN_DOUBLE, &values, &nulls, &count);
	groups = palloc_array(CrmProportion, count);
	*n = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			groups[(*n)++] = *DatumGetCrmProportion(values[i]);
	}
	return groups;
}

static int
compare_groups(const void *a, const void *b)
{
	return crm_proportion_compare(a, b);
}

/*
 * prior_strength(groups proportion[]) -> float8; strict, NULL elements are
 * skipped, NULL where the groups say nothing
 */
Datum
proportion_prior_strength(PG_FUNCTION_ARGS)
{
	size_t		n;
	CrmProportion *groups = array_proportions(PG_GETARG_ARRAYTYPE_P(0), &n);
	CrmStrengthSearch search;

	if (n > CRM_SHRINKAGE_MAX_GROUPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many groups: %zu", n),
				 errdetail("At most %d groups are compared.",
						   CRM_SHRINKAGE_MAX_GROUPS),
				 errhint("A random sample of them gives nearly the same strength.")));
	qsort(groups, n, sizeof *groups, compare_groups);
	search = crm_strength_begin(groups, n);
	while (!search.done)
	{
		CHECK_FOR_INTERRUPTS();
		crm_strength_step(&search);
	}
	return float_or_null(fcinfo, search.strength);
}

/*
 * ab_test(a proportion, b proportion) -> (difference, relative_uplift, z,
 * p_value, low, high), NULL where there is no answer; strict
 */
Datum
proportion_ab_test(PG_FUNCTION_ARGS)
{
	CrmAbTest	t = crm_ab_test(PG_GETARG_CRM_PROPORTION(0),
								PG_GETARG_CRM_PROPORTION(1));
	double		answers[6] = {t.difference, t.relative_uplift, t.z,
	t.p_value, t.low, t.high};
	Datum		values[6];
	bool		nulls[6];
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "ab_test must return a row of six columns");
	for (int i = 0; i < 6; i++)
	{
		values[i] = Float8GetDatum(answers[i]);
		nulls[i] = isnan(answers[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}
