/*
 * activity_sql.c
 *		SQL functions of the type activity and its aggregates.
 *
 * An aggregate's state is a datum of the type in its other form (see
 * activity.h), edited in place; it leaves the aggregate through the final
 * function, and whoever meets it elsewhere gets the encoded form.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "activity.h"
#include "crmprob.h"
#include "datetime.h"
#include "funnel_sql.h"

#define TYPE_NAME "crmprob.activity"

/* Room of a first state: most leads have few events. */
#define FIRST_EVENTS 4
#define FIRST_KIND_BYTES 40

PG_FUNCTION_INFO_V1(activity_in);
PG_FUNCTION_INFO_V1(activity_out);
PG_FUNCTION_INFO_V1(activity_recv);
PG_FUNCTION_INFO_V1(activity_send);
PG_FUNCTION_INFO_V1(activity_eq);
PG_FUNCTION_INFO_V1(activity_ne);
PG_FUNCTION_INFO_V1(activity_hash);
PG_FUNCTION_INFO_V1(activity_hash_extended);
PG_FUNCTION_INFO_V1(activity_to_jsonb);
PG_FUNCTION_INFO_V1(activity_add);
PG_FUNCTION_INFO_V1(activity_merge);
PG_FUNCTION_INFO_V1(activity_final);
PG_FUNCTION_INFO_V1(activity_make);
PG_FUNCTION_INFO_V1(activity_plus);
PG_FUNCTION_INFO_V1(activity_timeline);
PG_FUNCTION_INFO_V1(activity_counts);
PG_FUNCTION_INFO_V1(activity_count);
PG_FUNCTION_INFO_V1(activity_days_since_last);
PG_FUNCTION_INFO_V1(activity_intensity);
PG_FUNCTION_INFO_V1(activity_features);

StaticAssertDecl(sizeof(CrmActivityEvent) == 16 &&
				 offsetof(CrmActivityState, events) % 8 == 0,
				 "layout of the state of activity");

/*----------
 * States and values
 *----------
 */

static void
too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("activity is too large"),
			 errdetail("An activity has at most %d kinds and %u different times of events.",
					   CRM_ACTIVITY_MAX_KINDS, CRM_ACTIVITY_MAX_EVENTS),
			 errhint("Group by the lead, or count events by the hour with date_trunc().")));
}

static void
count_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("too many events of one kind at one time"),
			 errdetail("A count is at most 4294967295.")));
}

static CrmActivityState *
new_state(uint32 event_room, uint32 kind_room)
{
	size_t		size = crm_activity_state_size(event_room, kind_room);
	CrmActivityState *s = palloc0(size);

	SET_VARSIZE(s, size);
	crm_activity_state_init(s, event_room, kind_room);
	return s;
}

/* Room for one more: repeats are counted together before a state grows. */
static CrmActivityState *
grown_state(CrmActivityState *s)
{
	uint32		events = s->event_room;
	CrmActivityState *larger;

	if (s->n_events == events)
	{
		if (!crm_activity_state_tidy(s, crm_pause))
			count_overflow();
		if (s->n_events > CRM_ACTIVITY_MAX_EVENTS)
			too_many();
		if (s->n_events > events / 2)
			events = Min(2 * events, CRM_ACTIVITY_STATE_MAX_EVENTS);
	}
	larger = new_state(events, Min(2 * s->kind_room + 1 + CRM_ACTIVITY_MAX_KIND_BYTES,
								   UINT16_MAX));
	crm_activity_state_move(s, larger);
	return larger;
}

static CrmActivityState *
add_event(CrmActivityState *s, CrmText kind, int64 at, uint32 n)
{
	CrmActivityAdd result;

	while ((result = crm_activity_state_add(s, kind, at, n)) == CRM_ACTIVITY_FULL)
		s = grown_state(s);
	if (result == CRM_ACTIVITY_TOO_MANY)
		too_many();
	return s;
}

static bytea *
encode_tidy(const CrmActivityState *s)
{
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	if (s->n_events > CRM_ACTIVITY_MAX_EVENTS)
		too_many();
	crm_activity_encode(s, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_activity_encode(s, &w);
	Assert(!w.failed);
	return v;
}

/* The encoded form of a state, which is left as it is. */
static bytea *
encode_state(const CrmActivityState *s)
{
	CrmActivityState *copy = new_state(s->n_events, s->kind_bytes);

	crm_activity_state_move(s, copy);
	if (!crm_activity_state_tidy(copy, crm_pause))
		count_overflow();
	return encode_tidy(copy);
}

static bool
is_state(struct varlena *v)
{
	return VARSIZE_ANY_EXHDR(v) > 0 &&
		(uint8) *VARDATA_ANY(v) == CRM_ACTIVITY_STATE_FORMAT;
}

/* A datum that is a state, aligned and checked; else NULL. */
static CrmActivityState *
state_in(struct varlena *v)
{
	CrmError	error;

	if (!is_state(v))
		return NULL;
	v = PG_DETOAST_DATUM(PointerGetDatum(v));
	if (!crm_activity_state_sound((CrmActivityState *) v, VARSIZE(v)))
	{
		crm_fail(&error, CRM_ERROR_SYNTAX, "Its header is damaged.", NULL);
		crm_corrupt(TYPE_NAME, &error);
	}
	return (CrmActivityState *) v;
}

static struct varlena *
canonical(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmActivityState *s = state_in(v);

	return s == NULL ? v : (struct varlena *) encode_state(s);
}

static CrmActivity
DatumGetCrmActivity(Datum d)
{
	struct varlena *v = canonical(d);
	CrmActivity a;
	CrmError	error;

	if (!crm_activity_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), true, &a,
							 &error))
		crm_corrupt(TYPE_NAME, &error);
	return a;
}

#define PG_GETARG_CRM_ACTIVITY(n) DatumGetCrmActivity(PG_GETARG_DATUM(n))

static CrmActivityState *
merge_activity(CrmActivityState *s, const CrmActivity *a)
{
	CrmText		kinds[CRM_ACTIVITY_MAX_KINDS];

	for (uint32 i = 0; i < a->n_kinds; i++)
		kinds[i] = crm_activity_kind(a, i);
	for (uint32 i = 0; i < a->n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(a, i);

		s = add_event(s, kinds[e.kind], e.at, e.n);
		crm_pause_at(crm_pause, i);
	}
	return s;
}

/* The state argument of a transition, for editing. */
static CrmActivityState *
state_argument(FunctionCallInfo fcinfo)
{
	CrmActivityState *s;
	CrmActivity a;

	if (PG_ARGISNULL(0))
		return new_state(FIRST_EVENTS, FIRST_KIND_BYTES);
	s = state_in((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	if (s != NULL)
		return s;
	a = PG_GETARG_CRM_ACTIVITY(0);
	return merge_activity(new_state(Max(a.n_events, FIRST_EVENTS),
									FIRST_KIND_BYTES), &a);
}

static CrmText
kind_argument(Datum d)
{
	text	   *t = DatumGetTextPP(d);
	CrmText		kind = {VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)};
	CrmError	error;

	if (!crm_kind_check(kind.data, kind.len, &error) ||
		!crm_check_controls(kind.data, kind.len, &error))
	{
		if (error.kind == CRM_ERROR_SYNTAX)
			error.kind = CRM_ERROR_VALUE;
		crm_bad_argument("kind of event", &error);
	}
	return kind;
}

static uint32
count_argument(int32 n)
{
	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of events must be at least 1, not %d", n)));
	return (uint32) n;
}

/*----------
 * Aggregates and constructors
 *----------
 */

/*
 * activity_add(activity, kind text, at timestamptz [, n integer]) -> activity;
 * not strict: a row with a NULL is skipped
 */
Datum
activity_add(PG_FUNCTION_ARGS)
{
	int64		at;
	CrmText		kind;
	uint32		n = 1;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(PG_NARGS() > 3 && PG_ARGISNULL(3)))
		return crm_state_as_it_is(fcinfo);
	kind = kind_argument(PG_GETARG_DATUM(1));
	at = crm_finite_time(PG_GETARG_TIMESTAMPTZ(2), "at");
	if (PG_NARGS() > 3)
		n = count_argument(PG_GETARG_INT32(3));
	PG_RETURN_POINTER(add_event(state_argument(fcinfo), kind, at, n));
}

/*
 * activity_merge(activity, activity) -> activity: the combine function, and
 * the transition of rollup; not strict: NULL adds nothing
 */
Datum
activity_merge(PG_FUNCTION_ARGS)
{
	CrmActivity a;

	crm_require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	a = PG_GETARG_CRM_ACTIVITY(1);
	PG_RETURN_POINTER(merge_activity(state_argument(fcinfo), &a));
}

/* activity_final(activity) -> activity: the encoded form; strict */
Datum
activity_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical(PG_GETARG_DATUM(0)));
}

/* make_activity(kind text, at timestamptz, n integer) -> activity; strict */
Datum
activity_make(PG_FUNCTION_ARGS)
{
	CrmText		kind = kind_argument(PG_GETARG_DATUM(0));
	int64		at = crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "at");
	uint32		n = count_argument(PG_GETARG_INT32(2));

	PG_RETURN_POINTER(encode_tidy(add_event(new_state(1, FIRST_KIND_BYTES),
											kind, at, n)));
}

/* activity_plus(activity, activity) -> activity; strict */
Datum
activity_plus(PG_FUNCTION_ARGS)
{
	CrmActivity a = PG_GETARG_CRM_ACTIVITY(0);
	CrmActivity b = PG_GETARG_CRM_ACTIVITY(1);
	CrmActivityState *s = new_state(a.n_events + b.n_events + 1,
									FIRST_KIND_BYTES);

	PG_RETURN_POINTER(encode_state(merge_activity(merge_activity(s, &a), &b)));
}

/*----------
 * Input and output
 *----------
 */

static bool
parse_events(char *text, CrmActivityState **s, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, strlen(text), crm_utf8());
	char	   *scratch = palloc(strlen(text) + 1);
	CrmJsonToken t = crm_json_next(&r);
	CrmText		kind;
	int64_t		at;
	uint32_t	n;

	r.pause = crm_pause;
	if (t == CRM_JSON_ARRAY)
	{
		while ((t = crm_json_next(&r)) == CRM_JSON_ARRAY)
		{
			if (!crm_activity_parse_event(&r, scratch, &kind, &at, &n, error) ||
				!crm_check_controls(kind.data, kind.len, error))
				return false;
			*s = add_event(*s, kind, at, n);
		}
		if (t == CRM_JSON_ARRAY_END && crm_json_next(&r) == CRM_JSON_END)
			return true;
	}
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"An activity is a JSON array of events: [kind, time] or [kind, time, count].",
					NULL);
}

/* activity_in(cstring) -> activity; strict */
Datum
activity_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);
	CrmActivityState *s;
	CrmError	error;

	if (text == NULL)
		PG_RETURN_NULL();
	s = new_state(FIRST_EVENTS, FIRST_KIND_BYTES);
	if (!parse_events(text, &s, &error))
	{
		crm_bad_text(fcinfo->context, TYPE_NAME, text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(encode_state(s));
}

/* activity_out(activity) -> cstring; strict */
Datum
activity_out(PG_FUNCTION_ARGS)
{
	CrmActivity a = PG_GETARG_CRM_ACTIVITY(0);

	PG_RETURN_CSTRING(crm_json_text(crm_activity_print, &a));
}

/* jsonb(activity) -> jsonb, as the text form; strict */
Datum
activity_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmActivity a = PG_GETARG_CRM_ACTIVITY(0);

	return crm_jsonb_datum(crm_json_text(crm_activity_print, &a));
}

/*
 * activity_recv(internal) -> activity; strict.  Kinds travel in the client's
 * encoding; their order may change with it, so the value is put together anew.
 */
Datum
activity_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	StringInfoData value;
	const char *rest = crm_message_bytes(message, CRM_ACTIVITY_HEADER_SIZE,
										 TYPE_NAME);
	uint32		n_kinds = (uint32) ((uint8) rest[2] << 8 | (uint8) rest[3]);
	size_t		rest_size;
	CrmActivity a;
	CrmError	error;
	bool		converted = false;

	initStringInfo(&value);
	appendBinaryStringInfo(&value, rest, CRM_ACTIVITY_HEADER_SIZE);
	for (uint32 i = 0; i < n_kinds; i++)
	{
		const char *client = message->data + message->cursor + 1;
		CrmText		kind = crm_receive_label(message, TYPE_NAME);
		char		len = (char) kind.len;

		converted = converted || kind.data != client;
		appendBinaryStringInfo(&value, &len, 1);
		appendBinaryStringInfo(&value, kind.data, (int) kind.len);
	}
	rest = crm_message_rest(message, &rest_size);
	appendBinaryStringInfo(&value, rest, (int) rest_size);
	if (!crm_activity_decode(value.data, (size_t) value.len, !converted, &a,
							 &error))
		crm_bad_binary(TYPE_NAME, &error);
	PG_RETURN_POINTER(encode_state(merge_activity(new_state(Max(a.n_events, 1),
															FIRST_KIND_BYTES),
												  &a)));
}

/* activity_send(activity) -> bytea; strict */
Datum
activity_send(PG_FUNCTION_ARGS)
{
	CrmActivity a = PG_GETARG_CRM_ACTIVITY(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, a.data, CRM_ACTIVITY_HEADER_SIZE);
	for (uint32 i = 0; i < a.n_kinds; i++)
	{
		CrmText		kind = crm_activity_kind(&a, i);

		crm_send_label(&message, kind.data, kind.len);
	}
	pq_sendbytes(&message, (const char *) a.times,
				 (int) ((const uint8 *) a.data + a.size - a.times));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* activity_eq(activity, activity) -> boolean; strict, as are the three below */
Datum
activity_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_canonical_equal(fcinfo, canonical));
}

Datum
activity_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_canonical_equal(fcinfo, canonical));
}

Datum
activity_hash(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash(fcinfo, canonical);
}

Datum
activity_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_canonical_hash_extended(fcinfo, canonical);
}

/*----------
 * Questions
 *----------
 */

/* timeline(activity) -> setof (at, kind, n); strict */
Datum
activity_timeline(PG_FUNCTION_ARGS)
{
	CrmActivity a = PG_GETARG_CRM_ACTIVITY(0);
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < a.n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(&a, i);
		CrmText		kind = crm_activity_kind(&a, e.kind);
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = TimestampTzGetDatum(e.at);
		values[1] = PointerGetDatum(cstring_to_text_with_len(kind.data,
															 (int) kind.len));
		values[2] = Int64GetDatum((int64) e.n);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* The kinds of a text[] argument that the activity has; NULL: all. */
static CrmKindSet
kinds_argument(FunctionCallInfo fcinfo, int n, const CrmActivity *a)
{
	CrmKindSet	set = {{0}};
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(n))
	{
		memset(&set, 0xFF, sizeof set);
		return set;
	}
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"kinds\" must not contain nulls")));
		crm_kind_add(a, kind_argument(values[i]), &set);
	}
	return set;
}

/* The activity argument; NULL is one without events. */
static CrmActivity
activity_argument(FunctionCallInfo fcinfo)
{
	CrmActivity none = {0};

	return PG_ARGISNULL(0) ? none : PG_GETARG_CRM_ACTIVITY(0);
}

static int64
positive_window(const Interval *interval, const char *name)
{
	int64		usecs = crm_window(interval, name);

	if (usecs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be longer than nothing", name)));
	return usecs;
}

/* Where a window that ends at as_of begins; NULL: with the first event. */
static int64
window_begin(FunctionCallInfo fcinfo, int n, int64 as_of)
{
	int64		within;

	if (PG_ARGISNULL(n))
		return PG_INT64_MIN;
	within = positive_window(PG_GETARG_INTERVAL_P(n), "within");
	return as_of < PG_INT64_MIN + within ? PG_INT64_MIN : as_of - within;
}

/*
 * event_count(activity, as_of timestamptz, within interval, kinds text[]) ->
 * bigint; a NULL activity has no events, a NULL as_of gives NULL, NULL within
 * is all time, NULL kinds are all
 */
Datum
activity_count(PG_FUNCTION_ARGS)
{
	CrmActivity a;
	CrmKindSet	kinds;
	int64		as_of;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = activity_argument(fcinfo);
	as_of = crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of");
	kinds = kinds_argument(fcinfo, 3, &a);
	PG_RETURN_INT64((int64) crm_activity_count(&a, &kinds,
											   window_begin(fcinfo, 2, as_of),
											   as_of));
}

/*
 * event_counts(activity, as_of timestamptz, within interval) -> setof (kind, n,
 * last_at); a NULL activity or as_of gives no rows, NULL within is all time
 */
Datum
activity_counts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	uint64		n[CRM_ACTIVITY_MAX_KINDS] = {0};
	int64		last[CRM_ACTIVITY_MAX_KINDS] = {0};
	CrmActivity a;
	int64		as_of;
	int64		from;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	a = PG_GETARG_CRM_ACTIVITY(0);
	as_of = crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of");
	from = window_begin(fcinfo, 2, as_of);
	for (uint32 i = 0; i < a.n_events; i++)
	{
		CrmActivityEvent e = crm_activity_event(&a, i);

		if (e.at < from || e.at > as_of)
			continue;
		n[e.kind] += e.n;
		last[e.kind] = e.at;
	}
	for (uint32 k = 0; k < a.n_kinds; k++)
	{
		CrmText		kind = crm_activity_kind(&a, k);
		Datum		values[3];
		bool		nulls[3] = {false};

		if (n[k] == 0)
			continue;
		values[0] = PointerGetDatum(cstring_to_text_with_len(kind.data,
															 (int) kind.len));
		values[1] = Int64GetDatum((int64) n[k]);
		values[2] = TimestampTzGetDatum(last[k]);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static const int64 no_windows[3] = {0, 0, 0};

/*
 * days_since_last(activity, as_of timestamptz, kinds text[]) -> float8; NULL
 * without events until then, for a NULL activity or as_of
 */
Datum
activity_days_since_last(PG_FUNCTION_ARGS)
{
	CrmActivity a;
	CrmKindSet	kinds;
	CrmActivityFeatures f;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = PG_GETARG_CRM_ACTIVITY(0);
	kinds = kinds_argument(fcinfo, 2, &a);
	f = crm_activity_features(&a, &kinds,
							  crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of"),
							  no_windows, 1);
	if (f.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(f.days_since_last);
}

/*
 * intensity(activity, as_of timestamptz, half_life interval, kinds text[]) ->
 * float8; 0 without events, NULL for a NULL as_of or half_life
 */
Datum
activity_intensity(PG_FUNCTION_ARGS)
{
	CrmActivity a;
	CrmKindSet	kinds;
	int64		half_life;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	a = activity_argument(fcinfo);
	kinds = kinds_argument(fcinfo, 3, &a);
	half_life = positive_window(PG_GETARG_INTERVAL_P(2), "half_life");
	PG_RETURN_FLOAT8(crm_activity_features(&a, &kinds,
										   crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of"),
										   no_windows, half_life).intensity);
}

/* Three windows, each longer than the one before. */
static void
windows_argument(FunctionCallInfo fcinfo, int n, int64 *windows)
{
	Datum	   *values = NULL;
	bool	   *nulls = NULL;
	int			count = 0;
	bool		good;

	if (!PG_ARGISNULL(n))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), INTERVALOID,
						  sizeof(Interval), false, TYPALIGN_DOUBLE, &values,
						  &nulls, &count);
	good = count == 3;
	for (int i = 0; good && i < 3; i++)
	{
		good = !nulls[i];
		if (good)
			windows[i] = positive_window(DatumGetIntervalP(values[i]), "windows");
		good = good && (i == 0 || windows[i] > windows[i - 1]);
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"windows\" must be three intervals, each longer than the one before")));
}

/*
 * activity_features(activity, as_of timestamptz, kinds text[], windows
 * interval[], half_life interval) -> (n, n_short, n_medium, n_long, kinds,
 * days_since_first, days_since_last, intensity); a NULL activity has no
 * events, a NULL as_of gives NULLs, NULL kinds are all
 */
Datum
activity_features(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[8] = {0};
	bool		nulls[8] = {false};
	CrmActivity a;
	CrmKindSet	kinds;
	int64		windows[3];
	CrmActivityFeatures f;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	windows_argument(fcinfo, 3, windows);
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"half_life\" must not be null")));
	if (PG_ARGISNULL(1))
	{
		memset(nulls, true, sizeof nulls);
		PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
	}
	a = activity_argument(fcinfo);
	kinds = kinds_argument(fcinfo, 2, &a);
	f = crm_activity_features(&a, &kinds,
							  crm_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of"),
							  windows,
							  positive_window(PG_GETARG_INTERVAL_P(4), "half_life"));
	values[0] = Int64GetDatum((int64) f.n);
	for (int i = 0; i < 3; i++)
		values[1 + i] = Int64GetDatum((int64) f.n_within[i]);
	values[4] = Int32GetDatum((int32) f.n_kinds);
	values[5] = Float8GetDatum(f.days_since_first);
	values[6] = Float8GetDatum(f.days_since_last);
	nulls[5] = nulls[6] = f.n == 0;
	values[7] = Float8GetDatum(f.intensity);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
