/*
 * evaluation_sql.c
 *		SQL functions of the type evaluation.
 *
 * A list (list_value.h) of CrmScoreCount; every reader goes through
 * DatumGetCrmEvaluation, which puts a copy in order if need be.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "crmprob.h"
#include "evaluation_value.h"
#include "list_value.h"

PG_FUNCTION_INFO_V1(evaluation_in);
PG_FUNCTION_INFO_V1(evaluation_out);
PG_FUNCTION_INFO_V1(evaluation_recv);
PG_FUNCTION_INFO_V1(evaluation_send);
PG_FUNCTION_INFO_V1(evaluation_to_jsonb);
PG_FUNCTION_INFO_V1(evaluation_eq);
PG_FUNCTION_INFO_V1(evaluation_ne);
PG_FUNCTION_INFO_V1(evaluation_hash);
PG_FUNCTION_INFO_V1(evaluation_hash_extended);
PG_FUNCTION_INFO_V1(evaluation_add);
PG_FUNCTION_INFO_V1(evaluation_merge);
PG_FUNCTION_INFO_V1(evaluation_final);
PG_FUNCTION_INFO_V1(evaluation_n);
PG_FUNCTION_INFO_V1(evaluation_n_positive);
PG_FUNCTION_INFO_V1(evaluation_auc);
PG_FUNCTION_INFO_V1(evaluation_auc_interval);
PG_FUNCTION_INFO_V1(evaluation_average_precision);
PG_FUNCTION_INFO_V1(evaluation_ks);
PG_FUNCTION_INFO_V1(evaluation_log_loss);
PG_FUNCTION_INFO_V1(evaluation_brier);
PG_FUNCTION_INFO_V1(evaluation_ece);

typedef struct EvaluationValue
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		format;
	uint8		zero[3];
	uint32		used;
	uint32		sorted;
	CrmScoreCount scores[FLEXIBLE_ARRAY_MEMBER];
} EvaluationValue;

#define CHUNK CRM_LIST_CHUNK

StaticAssertDecl(offsetof(EvaluationValue, scores) == 16 &&
				 sizeof(CrmScoreCount) == 16,
				 "layout of evaluation on disk");
StaticAssertDecl(CRM_EVALUATION_MAX_SCORES * (Size) 16 + 16 < MaxAllocSize,
				 "the largest evaluation must be allowed");

/* so that pieces of a merge pass hold whole pairs of runs */
StaticAssertDecl(CHUNK % CRM_SCORES_RUN == 0 && (CHUNK & (CHUNK - 1)) == 0 &&
				 (CRM_SCORES_RUN & (CRM_SCORES_RUN - 1)) == 0,
				 "runs and chunks must be powers of two");

/* One merge pass, pair of runs by pair of runs. */
static void
merge_runs(const CrmScoreCount *from, CrmScoreCount *to, size_t n,
		   size_t width)
{
	size_t		piece = Max(2 * width, CHUNK);

	for (size_t i = 0; i < n; i += piece)
	{
		CHECK_FOR_INTERRUPTS();
		crm_scores_merge_pass(from + i, to + i, Min(piece, n - i), width,
							  crm_pause);
	}
}

/*
 * Sorts n entries; b is room for as many.  Returns where they are, a or b.
 * Up to CRM_SCORES_RUN entries need no room.
 */
static CrmScoreCount *
sort_entries(CrmScoreCount *a, CrmScoreCount *b, size_t n)
{
	for (size_t i = 0; i < n; i += CHUNK)
	{
		CHECK_FOR_INTERRUPTS();
		crm_scores_run_sort(a + i, Min(CHUNK, n - i));
	}
	for (size_t width = CRM_SCORES_RUN; width < n; width *= 2)
	{
		CrmScoreCount *swap = a;

		merge_runs(a, b, n, width);
		a = b;
		b = swap;
	}
	CHECK_FOR_INTERRUPTS();
	return a;
}

static void
join_scores(void *entries, size_t *n, void *tail, size_t n_tail)
{
	CrmScoreCount *other = n_tail > CRM_SCORES_RUN ?
	palloc_array(CrmScoreCount, n_tail) : NULL;
	const CrmScoreCount *sorted = sort_entries(tail, other, n_tail);

	if (!crm_scores_join(entries, n, sorted, n_tail, crm_pause))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("an evaluation counts at most 4294967295 rows of a class at one score")));
	if (other)
		pfree(other);
}

static void
too_many(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("an %s has at most %d distinct scores", type,
					CRM_EVALUATION_MAX_SCORES),
			 errhint("Round the scores, or evaluate fewer rows at a time.")));
}

static const CrmListKind KIND = {
	.type = "evaluation",
	.header = offsetof(EvaluationValue, scores),
	.entry = sizeof(CrmScoreCount),
	.first_room = 16,
	.most_room = CRM_EVALUATION_MAX_SCORES,
	.full = CRM_EVALUATION_MAX_SCORES,
	.format = CRM_EVALUATION_FORMAT,
	.join = join_scores,
	.refuse = too_many,
};

CrmEvaluation
DatumGetCrmEvaluation(Datum d)
{
	EvaluationValue *v = crm_list_detoast(&KIND, d);
	CrmEvaluation e;
	CrmError	error;

	if (v->sorted < v->used)
		v = crm_list_compact(&KIND, v);
	e.scores = v->scores;
	e.n_scores = v->used;
	e.pause = crm_pause;
	if (!crm_evaluation_check(e, &error))
		crm_corrupt("evaluation", &error);
	CHECK_FOR_INTERRUPTS();
	return e;
}

Datum
crm_evaluation_datum(CrmEvaluation e)
{
	EvaluationValue *v;

	if (e.n_scores > CRM_EVALUATION_MAX_SCORES)
		too_many(KIND.type);
	v = crm_list_new(&KIND, e.n_scores);
	crm_list_copy_entries(&KIND, v->scores, e.scores, e.n_scores);
	return PointerGetDatum(crm_list_finished(&KIND, v, e.n_scores));
}

CrmEvaluation
crm_evaluation_collect(CrmScoreCount *entries, size_t n)
{
	CrmScoreCount *other = palloc_array(CrmScoreCount, n + 1);
	CrmScoreCount *sorted = sort_entries(entries, other, n);
	size_t		kept = 0;
	CrmEvaluation e;

	other = sorted == other ? entries : other;
	(void) crm_scores_join(other, &kept, sorted, n, crm_pause);
	e.scores = other;
	e.n_scores = kept;
	e.pause = crm_pause;
	return e;
}

/* evaluation_in(cstring) -> evaluation; strict */
Datum
evaluation_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		most = len / CRM_EVALUATION_MIN_ENTRY_TEXT + 1;
	EvaluationValue *v;
	size_t		n;
	CrmError	error;

	v = crm_list_new(&KIND, Min(most, CRM_EVALUATION_MAX_SCORES));
	if (!crm_evaluation_parse(text, len, crm_utf8(), &crm_float_text,
							  v->scores, &n, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.evaluation", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(crm_list_finished(&KIND, v, n));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_evaluation_print(w, *(const CrmEvaluation *) value,
						 &crm_float_text);
}

/* evaluation_out(evaluation) -> cstring; strict */
Datum
evaluation_out(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &e));
}

/* evaluation_recv(internal) -> evaluation; strict */
Datum
evaluation_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size;
	const char *data = crm_message_rest(message, &size);
	EvaluationValue *v;
	size_t		n;
	CrmError	error;

	v = crm_list_new(&KIND, Min(size / CRM_EVALUATION_ENTRY_SIZE + 1,
								CRM_EVALUATION_MAX_SCORES));
	if (!crm_evaluation_decode(data, size, v->scores, &n, &error))
		crm_bad_binary("crmprob.evaluation", &error);
	PG_RETURN_POINTER(crm_list_finished(&KIND, v, n));
}

/* evaluation_send(evaluation) -> bytea; strict */
Datum
evaluation_send(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	size_t		size = CRM_EVALUATION_HEADER_SIZE +
	e.n_scores * CRM_EVALUATION_ENTRY_SIZE;
	bytea	   *v = crm_new_value(size);
	CrmWriter	w = crm_writer(VARDATA(v), size);

	crm_evaluation_encode(e, &w);
	Assert(!w.failed && w.at == size);
	PG_RETURN_BYTEA_P(v);
}

/* jsonb(evaluation) -> jsonb; strict */
Datum
evaluation_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);

	return crm_jsonb_datum(crm_json_text(print_json, &e));
}

static bool
arguments_equal(FunctionCallInfo fcinfo)
{
	CrmEvaluation a = PG_GETARG_CRM_EVALUATION(0);
	CrmEvaluation b = PG_GETARG_CRM_EVALUATION(1);

	return a.n_scores == b.n_scores &&
		memcmp(a.scores, b.scores, a.n_scores * sizeof(CrmScoreCount)) == 0;
}

/* evaluation_eq(evaluation, evaluation) -> boolean; strict */
Datum
evaluation_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(arguments_equal(fcinfo));
}

/* evaluation_ne(evaluation, evaluation) -> boolean; strict */
Datum
evaluation_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!arguments_equal(fcinfo));
}

/*
 * hash_any takes an int: the largest value, 1.07e9 bytes, still fits.
 * evaluation_hash(evaluation) -> integer; strict
 */
Datum
evaluation_hash(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);

	return hash_any((const unsigned char *) e.scores,
					(int) (e.n_scores * sizeof(CrmScoreCount)));
}

/* evaluation_hash_extended(evaluation, seed bigint) -> bigint; strict */
Datum
evaluation_hash_extended(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);

	return hash_any_extended((const unsigned char *) e.scores,
							 (int) (e.n_scores * sizeof(CrmScoreCount)),
							 PG_GETARG_INT64(1));
}

/*
 * evaluation_add(state evaluation, score float8, label boolean) -> evaluation;
 * a row with a NULL score or label is skipped, a NULL state begins one
 */
Datum
evaluation_add(PG_FUNCTION_ARGS)
{
	EvaluationValue *state;
	CrmScoreCount *entry;
	double		score;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return crm_state_as_it_is(fcinfo);
	score = PG_GETARG_FLOAT8(1);
	crm_require_probability(score);
	state = crm_list_make_room(&KIND, crm_list_state(&KIND, fcinfo));
	entry = &state->scores[state->used++];
	entry->score = score == 0 ? 0 : score;
	entry->positives = PG_GETARG_BOOL(2) ? 1 : 0;
	entry->negatives = 1 - entry->positives;
	PG_RETURN_POINTER(state);
}

static void *
add_entry(void *state, const void *entry, void *context)
{
	EvaluationValue *v = crm_list_make_room(&KIND, state);

	v->scores[v->used++] = *(const CrmScoreCount *) entry;
	return v;
}

/*
 * evaluation_merge(state evaluation, other evaluation) -> evaluation; a NULL
 * side counts for nothing
 */
Datum
evaluation_merge(PG_FUNCTION_ARGS)
{
	return crm_list_combine(fcinfo, &KIND, add_entry, NULL);
}

/* evaluation_final(state evaluation) -> evaluation; strict */
Datum
evaluation_final(PG_FUNCTION_ARGS)
{
	return crm_list_final(fcinfo, &KIND);
}

/* n(evaluation) -> bigint; strict */
Datum
evaluation_n(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);

	PG_RETURN_INT64(crm_evaluation_positives(e) + crm_evaluation_negatives(e));
}

/* n_positive(evaluation) -> bigint; strict */
Datum
evaluation_n_positive(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(crm_evaluation_positives(PG_GETARG_CRM_EVALUATION(0)));
}

/* auc(evaluation) -> float8; strict, NULL with one class */
Datum
evaluation_auc(PG_FUNCTION_ARGS)
{
	double		auc;

	if (!crm_evaluation_auc(PG_GETARG_CRM_EVALUATION(0), &auc))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(auc);
}

/*
 * auc_interval(evaluation, level float8) -> (auc, std_error, low, high);
 * strict, NULL with fewer than two rows of a class
 */
Datum
evaluation_auc_interval(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	double		level = crm_confidence_level(PG_GETARG_FLOAT8(1));
	TupleDesc	desc;
	CrmAucInterval interval;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!crm_evaluation_auc_interval(e, level, &interval))
		PG_RETURN_NULL();
	values[0] = Float8GetDatum(interval.auc);
	values[1] = Float8GetDatum(interval.std_error);
	values[2] = Float8GetDatum(interval.low);
	values[3] = Float8GetDatum(interval.high);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/* average_precision(evaluation) -> float8; strict, NULL with one class */
Datum
evaluation_average_precision(PG_FUNCTION_ARGS)
{
	double		value;

	if (!crm_evaluation_average_precision(PG_GETARG_CRM_EVALUATION(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* ks(evaluation) -> float8; strict, NULL with one class */
Datum
evaluation_ks(PG_FUNCTION_ARGS)
{
	double		value;

	if (!crm_evaluation_ks(PG_GETARG_CRM_EVALUATION(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* log_loss(evaluation) -> float8; strict */
Datum
evaluation_log_loss(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(crm_evaluation_log_loss(PG_GETARG_CRM_EVALUATION(0)));
}

/* brier(evaluation) -> float8; strict */
Datum
evaluation_brier(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(crm_evaluation_brier(PG_GETARG_CRM_EVALUATION(0)));
}

/* ece(evaluation, bins int) -> float8; strict */
Datum
evaluation_ece(PG_FUNCTION_ARGS)
{
	CrmEvaluation e = PG_GETARG_CRM_EVALUATION(0);
	int32		bins = PG_GETARG_INT32(1);

	if (bins < 1 || bins > CRM_EVALUATION_MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins %d is not between 1 and %d", bins,
						CRM_EVALUATION_MAX_BINS)));
	PG_RETURN_FLOAT8(crm_evaluation_ece(e, (uint32_t) bins));
}
