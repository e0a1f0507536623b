/*
 * logrank_sql.c
 *		SQL functions of the type logrank.
 *
 * A tally (tally_value.h) whose prefix holds the labels of the groups: in a
 * state in order of arrival, with room, else sorted.  Labels are in the
 * encoding of the database in binary form, too.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "crmprob.h"
#include "logrank.h"
#include "survival_sql.h"
#include "tally_value.h"

PG_FUNCTION_INFO_V1(logrank_in);
PG_FUNCTION_INFO_V1(logrank_out);
PG_FUNCTION_INFO_V1(logrank_recv);
PG_FUNCTION_INFO_V1(logrank_send);
PG_FUNCTION_INFO_V1(logrank_to_jsonb);
PG_FUNCTION_INFO_V1(logrank_eq);
PG_FUNCTION_INFO_V1(logrank_ne);
PG_FUNCTION_INFO_V1(logrank_hash);
PG_FUNCTION_INFO_V1(logrank_hash_extended);
PG_FUNCTION_INFO_V1(logrank_add);
PG_FUNCTION_INFO_V1(logrank_merge);
PG_FUNCTION_INFO_V1(logrank_final);
PG_FUNCTION_INFO_V1(logrank_test);
PG_FUNCTION_INFO_V1(logrank_groups);
PG_FUNCTION_INFO_V1(logrank_curve);

#define TYPE "logrank"
#define FIRST_GROUPS 2

static void
damaged(void)
{
	CrmError	error;

	crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
	crm_corrupt(TYPE, &error);
}

static uint32
group_room(const CrmTallyValue *v)
{
	return v->prefix / CRM_LOGRANK_SLOT;
}

static CrmTallyValue *
detoast(Datum d)
{
	CrmTallyValue *v = crm_tally_detoast(d, TYPE);

	if (v->prefix % CRM_LOGRANK_SLOT != 0 || v->items > group_room(v) ||
		v->items > CRM_LOGRANK_MAX_GROUPS)
		damaged();
	return v;
}

static CrmLogrank
logrank_of(const CrmTallyValue *v)
{
	CrmLogrank	l = {v->data, v->items, crm_tally_entries(v), v->used};

	return l;
}

/* A copy with sorted groups, entries in order and no room. */
static CrmTallyValue *
canonical_copy(const CrmTallyValue *v)
{
	CrmTallyValue *copy = crm_tally_copy(v, v->items * CRM_LOGRANK_SLOT,
										 v->used);
	uint32		map[CRM_LOGRANK_MAX_GROUPS];
	CrmTally   *entries = crm_tally_entries(copy);

	crm_logrank_sort(copy->data, copy->items, map);
	for (uint32 i = 0; i < copy->used; i++)
	{
		if (entries[i].part >= copy->items)
			damaged();
		entries[i].part = map[entries[i].part];
	}
	copy->sorted = 0;
	crm_tally_in_order(copy);
	return crm_tally_settled(copy);
}

/* In order and validated; lives as long as the call. */
static CrmTallyValue *
canonical(Datum d)
{
	CrmTallyValue *v = detoast(d);
	CrmError	error;

	if (v->sorted < v->used || group_room(v) > v->items ||
		!crm_logrank_check(logrank_of(v), &error))
		v = canonical_copy(v);
	v = crm_tally_settled(v);
	if (!crm_logrank_check(logrank_of(v), &error))
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

#define PG_GETARG_LOGRANK(n) logrank_of(canonical(PG_GETARG_DATUM(n)))

/* What a reader filled. */
static CrmTallyValue *
filled(CrmTallyValue *v, uint32 n_groups, size_t n)
{
	v->items = n_groups;
	v->used = v->sorted = (uint32) n;
	return crm_tally_settled(crm_tally_copy(v, n_groups * CRM_LOGRANK_SLOT,
											n));
}

/* logrank_in(cstring) -> logrank; strict */
Datum
logrank_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);
	CrmTallyValue *v;
	size_t		len;
	uint32		n_groups;
	size_t		n;
	CrmError	error;

	if (text == NULL)
		PG_RETURN_NULL();
	len = strlen(text);
	v = crm_tally_new(CRM_LOGRANK_MAX_GROUPS * CRM_LOGRANK_SLOT,
					  Min(len / CRM_LOGRANK_MIN_ENTRY_TEXT + 1,
						  CRM_TALLY_MAX_ENTRIES));
	if (!crm_logrank_parse(text, len, crm_utf8(), &crm_float_text,
						   v->data, &n_groups, crm_tally_entries(v), &n,
						   palloc(len + 1), &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.logrank", text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(filled(v, n_groups, n));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	crm_logrank_print(w, *(const CrmLogrank *) value,
					  &crm_float_text);
}

/* logrank_out(logrank) -> cstring; strict */
Datum
logrank_out(PG_FUNCTION_ARGS)
{
	CrmLogrank	l = PG_GETARG_LOGRANK(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &l));
}

/* jsonb(logrank) -> jsonb; strict */
Datum
logrank_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmLogrank	l = PG_GETARG_LOGRANK(0);

	return crm_jsonb_datum(crm_json_text(print_json, &l));
}

/* logrank_recv(internal) -> logrank; strict */
Datum
logrank_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmTallyValue *v;
	uint32		n_groups;
	size_t		n;
	CrmError	error;

	v = crm_tally_new(CRM_LOGRANK_MAX_GROUPS * CRM_LOGRANK_SLOT,
					  Min(size / CRM_LOGRANK_ENTRY_SIZE,
						  CRM_TALLY_MAX_ENTRIES));
	if (!crm_logrank_decode(data, size, v->data, &n_groups,
							crm_tally_entries(v), &n, &error))
		crm_bad_binary("crmprob.logrank", &error);
	for (uint32 i = 0; i < n_groups; i++)
	{
		CrmText		label = crm_logrank_label(v->data, i);

		if (!pg_verify_mbstr(GetDatabaseEncoding(), label.data,
							 (int) label.len, true))
		{
			crm_fail(&error, CRM_ERROR_SYNTAX,
					 "A text in it is not valid in the database encoding.",
					 NULL);
			crm_bad_binary("crmprob.logrank", &error);
		}
	}
	PG_RETURN_POINTER(filled(v, n_groups, n));
}

/* logrank_send(logrank) -> bytea; strict */
Datum
logrank_send(PG_FUNCTION_ARGS)
{
	CrmLogrank	l = PG_GETARG_LOGRANK(0);
	CrmWriter	count = crm_writer(NULL, 0);
	CrmWriter	w;
	bytea	   *v;

	crm_logrank_encode(l, &count);
	v = crm_new_value(count.at);
	w = crm_writer(VARDATA(v), count.at);
	crm_logrank_encode(l, &w);
	PG_RETURN_BYTEA_P(v);
}

/* logrank_eq(logrank, logrank) -> boolean; strict, as are the three below */
Datum
logrank_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
logrank_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical_varlena));
}

Datum
logrank_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical_varlena);
}

Datum
logrank_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical_varlena);
}

/* The group of a label, a new one if need be; *v may become a larger copy. */
static uint32
group_of(CrmTallyValue **v, CrmText label, Pointer argument)
{
	uint32		group = crm_logrank_find((*v)->data, (*v)->items, label);

	if (group < (*v)->items)
		return group;
	if (group == CRM_LOGRANK_MAX_GROUPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a logrank has at most %d groups",
						CRM_LOGRANK_MAX_GROUPS)));
	if (group == group_room(*v))
	{
		uint32		room = Min(2 * group, CRM_LOGRANK_MAX_GROUPS);
		CrmTallyValue *larger = crm_tally_copy(*v, room * CRM_LOGRANK_SLOT,
											   (*v)->used + 16);

		if ((Pointer) * v != argument)
			pfree(*v);
		*v = larger;
	}
	if (!crm_logrank_set_label((*v)->data, group, label))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("segment \"%s\" is too long",
						crm_clip_bytes(label.data, label.len)),
				 errdetail("A segment has at most %d bytes.",
						   CRM_LOGRANK_MAX_LABEL)));
	(*v)->items++;
	return group;
}

/*
 * logrank_add(state logrank, duration float8, event boolean, segment text) ->
 * logrank; a row with a NULL is skipped
 */
Datum
logrank_add(PG_FUNCTION_ARGS)
{
	CrmTally	entry = {0, 0, 0, 0, 0};
	CrmTallyValue *state;
	CrmTallyValue *larger;
	text	   *segment;
	CrmText		label;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return crm_state_as_it_is(fcinfo);
	entry.key = crm_duration_argument(PG_GETARG_FLOAT8(1));
	entry.first = PG_GETARG_BOOL(2) ? 1 : 0;
	entry.second = 1 - entry.first;
	segment = PG_GETARG_TEXT_PP(3);
	label.data = VARDATA_ANY(segment);
	label.len = VARSIZE_ANY_EXHDR(segment);
	state = PG_ARGISNULL(0) ?
		crm_tally_new(FIRST_GROUPS * CRM_LOGRANK_SLOT, 16) :
		detoast(PG_GETARG_DATUM(0));
	entry.part = group_of(&state, label, PG_GETARG_POINTER(0));
	larger = crm_tally_add(state, &entry, TYPE);
	if (larger != state && (Pointer) state != PG_GETARG_POINTER(0))
		pfree(state);
	PG_RETURN_POINTER(larger);
}

/*
 * logrank_merge(state logrank, other logrank) -> logrank; a NULL side counts
 * for nothing
 */
Datum
logrank_merge(PG_FUNCTION_ARGS)
{
	uint32		map[CRM_LOGRANK_MAX_GROUPS];
	CrmTallyValue *other;
	CrmTallyValue *state;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = detoast(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(crm_tally_copy(other, other->prefix, 0));
	state = detoast(PG_GETARG_DATUM(0));
	for (uint32 i = 0; i < other->items; i++)
		map[i] = group_of(&state, crm_logrank_label(other->data, i),
						  PG_GETARG_POINTER(0));
	for (uint32 i = 0; i < other->used; i++)
		if (crm_tally_entries(other)[i].part >= other->items)
			damaged();
	PG_RETURN_POINTER(crm_tally_add_all(state, other, map,
										PG_GETARG_POINTER(0), TYPE));
}

/* logrank_final(state logrank) -> logrank; strict */
Datum
logrank_final(PG_FUNCTION_ARGS)
{
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0));

	/* a state that happens to be in order is the executor's */
	if ((Pointer) v == PG_GETARG_POINTER(0))
		v = crm_tally_copy(v, v->prefix, 0);
	PG_RETURN_POINTER(v);
}

static CrmLogrankTest
run_test(CrmLogrank l, CrmLogrankGroup **groups)
{
	*groups = palloc_array(CrmLogrankGroup, l.n_groups);
	return crm_logrank_test(l, *groups,
							palloc_array(double, crm_logrank_room(l.n_groups)),
							crm_pause);
}

/*
 * logrank_test(logrank) -> (chi_square, df, p_value); strict, the first and the last
 * are NULL where fewer than two groups can be compared
 */
Datum
logrank_test(PG_FUNCTION_ARGS)
{
	CrmLogrankGroup *groups;
	CrmLogrankTest test = run_test(PG_GETARG_LOGRANK(0), &groups);
	Datum		values[3];
	bool		nulls[3] = {test.df == 0, false, test.df == 0};

	values[0] = Float8GetDatum(test.chi_square);
	values[1] = Int32GetDatum(test.df);
	values[2] = Float8GetDatum(test.p_value);
	return crm_row_datum(fcinfo, values, nulls);
}

/* groups(logrank) -> setof (segment, n, observed, expected); strict */
Datum
logrank_groups(PG_FUNCTION_ARGS)
{
	CrmLogrank	l = PG_GETARG_LOGRANK(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmLogrankGroup *groups;

	(void) run_test(l, &groups);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < l.n_groups; i++)
	{
		CrmText		label = crm_logrank_label(l.slots, i);
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = PointerGetDatum(cstring_to_text_with_len(label.data,
															 (int) label.len));
		values[1] = Int64GetDatum((int64) groups[i].n);
		values[2] = Int64GetDatum((int64) groups[i].events);
		values[3] = Float8GetDatum(groups[i].expected);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

/* curve(logrank, segment text) -> survival_curve; strict, NULL for no such one */
Datum
logrank_curve(PG_FUNCTION_ARGS)
{
	CrmTallyValue *v = canonical(PG_GETARG_DATUM(0));
	text	   *segment = PG_GETARG_TEXT_PP(1);
	CrmText		label = {VARDATA_ANY(segment), VARSIZE_ANY_EXHDR(segment)};
	uint32		group = crm_logrank_find(v->data, v->items, label);
	const CrmTally *entries = crm_tally_entries(v);
	CrmTallyValue *curve;

	if (group == v->items)
		PG_RETURN_NULL();
	curve = crm_tally_new(0, v->used);
	for (uint32 i = 0; i < v->used; i++)
		if (entries[i].part == group)
		{
			CrmTally   *entry = &crm_tally_entries(curve)[curve->used++];

			*entry = entries[i];
			entry->part = 0;
		}
	curve->sorted = curve->used;
	PG_RETURN_POINTER(crm_tally_settled(curve));
}
