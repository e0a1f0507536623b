/*
 * opportunity_history_sql.c
 *		SQL functions of the type opportunity_history and its aggregates.
 *
 * An aggregate's state is a datum of the type in its other form (see
 * opportunity_history.h), edited in place; it leaves the aggregate through the
 * final function, and whoever meets it elsewhere (a node that sends partial
 * states as text) gets the encoded form from DatumGetCrmDealHistory.
 */
#include "compat.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "opportunity_history_sql.h"

StaticAssertDecl(sizeof(CrmDealRow) == 24, "rows have no padding");
StaticAssertDecl(offsetof(CrmDealState, rows) % 8 == 0, "rows are aligned");

/* Room of a first state: most deals have few rows. */
#define FIRST_ROWS 4
#define FIRST_STAGE_BYTES 48

#define TYPE_NAME "crmprob.opportunity_history"

PG_FUNCTION_INFO_V1(opportunity_history_in);
PG_FUNCTION_INFO_V1(opportunity_history_out);
PG_FUNCTION_INFO_V1(opportunity_history_recv);
PG_FUNCTION_INFO_V1(opportunity_history_send);
PG_FUNCTION_INFO_V1(opportunity_history_eq);
PG_FUNCTION_INFO_V1(opportunity_history_ne);
PG_FUNCTION_INFO_V1(opportunity_history_hash);
PG_FUNCTION_INFO_V1(opportunity_history_hash_extended);
PG_FUNCTION_INFO_V1(opportunity_history_to_jsonb);
PG_FUNCTION_INFO_V1(opportunity_history_accum);
PG_FUNCTION_INFO_V1(opportunity_history_accum_opportunity);
PG_FUNCTION_INFO_V1(opportunity_history_combine);
PG_FUNCTION_INFO_V1(opportunity_history_final);
PG_FUNCTION_INFO_V1(opportunity_history_timeline);
PG_FUNCTION_INFO_V1(opportunity_history_changes);
PG_FUNCTION_INFO_V1(opportunity_history_stage_at);
PG_FUNCTION_INFO_V1(opportunity_history_amount_at);
PG_FUNCTION_INFO_V1(opportunity_history_close_date_at);
PG_FUNCTION_INFO_V1(opportunity_history_stage_since);
PG_FUNCTION_INFO_V1(opportunity_history_is_stale);
PG_FUNCTION_INFO_V1(opportunity_history_pushes);
PG_FUNCTION_INFO_V1(opportunity_history_days_pushed);

static void
too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("opportunity history is too large"),
			 errdetail("An opportunity history has at most %d stages and %u rows.",
					   CRM_DEAL_MAX_STAGES, CRM_DEAL_MAX_ROWS),
			 errhint("Group by the deal's identifier.")));
}

static CrmDealState *
new_state(uint32 row_room, uint32 stage_room)
{
	size_t		size = crm_deal_state_size(row_room, stage_room);
	CrmDealState *s = palloc0(size);

	SET_VARSIZE(s, size);
	crm_deal_state_init(s, row_room, stage_room);
	return s;
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	return crm_deal_row_compare(a, b);
}

/*
 * Drops repeats from a full state.  What is left must be within the limit, so
 * that there is room for as many rows again before the next time.
 */
static void
drop_repeats(CrmDealState *s)
{
	if (s->n_rows < CRM_DEAL_STATE_MAX_ROWS)
		too_many();
	qsort_interruptible(s->rows, s->n_rows, sizeof(CrmDealRow), compare_rows,
						NULL);
	s->n_rows = crm_deal_unique(s->rows, s->n_rows);
	if (s->n_rows > CRM_DEAL_MAX_ROWS)
		too_many();
}

/*
 * Adds a row; the state returned is s, or a larger one in the current context,
 * which the executor copies to where the aggregate lives.
 */
static CrmDealState *
add_row(CrmDealState *s, CrmStage stage, CrmDealRow row)
{
	CrmDealState *larger;

	for (;;)
	{
		switch (crm_deal_state_add(s, stage, row))
		{
			case CRM_DEAL_ADDED:
				return s;
			case CRM_DEAL_TOO_MANY:
				drop_repeats(s);
				break;
			case CRM_DEAL_FULL:
				larger = s->n_rows == s->row_room ?
					new_state(s->row_room * 2, s->stage_room) :
					new_state(s->row_room, s->stage_room * 2);
				crm_deal_state_move(s, larger);
				s = larger;
				break;
		}
	}
}

/* The encoded form; the state is only read. */
static bytea *
encode_state(const CrmDealState *s)
{
	CrmStage	stages[CRM_DEAL_MAX_STAGES];
	uint8_t		code[CRM_DEAL_MAX_STAGES];
	CrmDealRow *rows = palloc(Max(s->n_rows, 1) * sizeof(CrmDealRow));
	bool		sorted = true;
	uint32		n;
	CrmWriter	w = crm_writer(NULL, 0);
	bytea	   *v;

	crm_deal_state_stages(s, stages, code);
	for (uint32 i = 0; i < s->n_rows; i++)
	{
		rows[i] = s->rows[i];
		rows[i].stage = code[rows[i].stage];
		sorted = sorted &&
			(i == 0 || crm_deal_row_compare(&rows[i - 1], &rows[i]) <= 0);
	}
	if (!sorted)
		qsort_interruptible(rows, s->n_rows, sizeof(CrmDealRow), compare_rows,
							NULL);
	n = crm_deal_unique(rows, s->n_rows);
	if (n > CRM_DEAL_MAX_ROWS)
		too_many();
	crm_deal_encode(stages, s->n_stages, rows, n, &w);
	v = crm_new_value(w.at);
	w = crm_writer(VARDATA(v), w.at);
	crm_deal_encode(stages, s->n_stages, rows, n, &w);
	Assert(!w.failed);
	pfree(rows);
	return v;
}

static bool
is_state(const struct varlena *v)
{
	return VARSIZE(v) >= sizeof(CrmDealState) &&
		(uint8_t) *VARDATA(v) == CRM_DEAL_STATE_FORMAT;
}

CrmDealHistory
DatumGetCrmDealHistory(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM(d);
	CrmDealHistory h;
	CrmError	error;

	if (is_state(v))
		v = encode_state((CrmDealState *) v);
	if (!crm_deal_decode(VARDATA(v), VARSIZE(v) - VARHDRSZ, &h, &error))
		crm_corrupt("opportunity_history", &error);
	return h;
}

/* A state that holds what a datum of either form holds. */
static CrmDealState *
state_of(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM(d);
	CrmDealHistory h;
	CrmDealState *s;

	if (is_state(v))
		return (CrmDealState *) v;
	h = DatumGetCrmDealHistory(PointerGetDatum(v));
	s = new_state(Max(h.n_rows, FIRST_ROWS), FIRST_STAGE_BYTES);
	for (uint32 i = 0; i < h.n_rows; i++)
	{
		CrmDealRow	row = crm_deal_row(&h, i);

		s = add_row(s, crm_deal_stage(&h, row.stage), row);
	}
	return s;
}

static void
require_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("aggregate support function called outside an aggregate")));
}

/* Reads an array of rows; on failure *s is of no use. */
static bool
parse_rows(char *text, CrmDealState **s, CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, strlen(text), crm_utf8());
	char	   *scratch = palloc(strlen(text) + 1);
	CrmJsonToken t = crm_json_next(&r);
	CrmDealRow	row;
	CrmStage	stage;

	r.pause = crm_pause;
	if (t == CRM_JSON_ARRAY)
	{
		while ((t = crm_json_next(&r)) == CRM_JSON_OBJECT)
		{
			if (!crm_deal_parse_row(&r, scratch, &row, &stage, error) ||
				!crm_check_controls(stage.label, stage.label_len, error))
				return false;
			*s = add_row(*s, stage, row);
			CHECK_FOR_INTERRUPTS();
		}
		if (t == CRM_JSON_ARRAY_END && crm_json_next(&r) == CRM_JSON_END)
			return true;
	}
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"An opportunity history is a JSON array of objects.",
					NULL);
}

/* opportunity_history_in(cstring) -> opportunity_history; strict */
Datum
opportunity_history_in(PG_FUNCTION_ARGS)
{
	char	   *text = crm_json_escapes(PG_GETARG_CSTRING(0), fcinfo->context);

	if (text == NULL)
		PG_RETURN_NULL();

	CrmDealState *s = new_state(FIRST_ROWS, FIRST_STAGE_BYTES);
	CrmError	error;

	if (!parse_rows(text, &s, &error))
	{
		crm_bad_text(fcinfo->context, TYPE_NAME, text, &error);
		PG_RETURN_NULL();
	}
	PG_RETURN_BYTEA_P(encode_state(s));
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	const CrmDealHistory *h = value;

	crm_json_open(w, '[');
	for (uint32 i = 0; i < h->n_rows; i++)
	{
		crm_deal_print_row(h, i, w);
		CHECK_FOR_INTERRUPTS();
	}
	crm_json_close(w, ']');
}

/* opportunity_history_out(opportunity_history) -> cstring; strict */
Datum
opportunity_history_out(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);

	PG_RETURN_CSTRING(crm_json_text(print_json, &h));
}

/* jsonb(opportunity_history) -> jsonb, the text form; strict */
Datum
opportunity_history_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);

	return crm_jsonb_datum(crm_json_text(print_json, &h));
}

/* Copies the head and the stages, with labels in the other encoding. */
static void
convert_stages(CrmReader *r, StringInfo out, CrmText (*convert) (CrmText))
{
	const uint8_t *head = crm_get_bytes(r, CRM_DEAL_HEADER_SIZE);
	uint32		n;

	if (head == NULL)
		return;
	appendBinaryStringInfo(out, (const char *) head, CRM_DEAL_HEADER_SIZE);
	n = (uint32) head[2] << 8 | head[3];
	for (uint32 i = 0; i < n; i++)
	{
		uint16		rank = crm_get_u16(r);
		CrmText		label = {NULL, crm_get_u8(r)};
		uint8		len;

		label.data = (const char *) crm_get_bytes(r, label.len);
		if (r->failed)
			return;
		label = convert(label);
		if (label.len > UINT8_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("stage label of %zu bytes is too long",
							label.len)));
		len = (uint8) label.len;
		appendStringInfoChar(out, (char) (rank >> 8));
		appendStringInfoChar(out, (char) rank);
		appendStringInfoChar(out, (char) len);
		appendBinaryStringInfo(out, label.data, len);
	}
}

static StringInfoData
convert_message(const void *data, size_t size, CrmText (*convert) (CrmText))
{
	CrmReader	r = crm_reader(data, size);
	StringInfoData out;

	initStringInfo(&out);
	convert_stages(&r, &out, convert);
	appendBinaryStringInfo(&out, (const char *) r.data + r.at,
						   (int) (r.size - r.at));
	return out;
}

/*
 * opportunity_history_recv(internal) -> opportunity_history; strict.  Labels
 * travel in the client's encoding, in the order that they have in ours.
 */
Datum
opportunity_history_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	StringInfoData message = convert_message(data, size, crm_server_text);
	bytea	   *v = crm_new_value(message.len);
	CrmDealHistory h;
	CrmError	error;

	memcpy(VARDATA(v), message.data, message.len);
	if (!crm_deal_decode(VARDATA(v), message.len, &h, &error))
		crm_bad_binary(TYPE_NAME, &error);
	for (uint32 i = 0; i < h.n_stages; i++)
	{
		CrmStage	stage = crm_deal_stage(&h, i);

		if (!crm_check_controls(stage.label, stage.label_len, &error))
			crm_bad_binary(TYPE_NAME, &error);
	}
	PG_RETURN_BYTEA_P(v);
}

/* opportunity_history_send(opportunity_history) -> bytea; strict */
Datum
opportunity_history_send(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	StringInfoData message = convert_message(h.data, h.size, crm_client_text);
	bytea	   *v = crm_new_value(message.len);

	memcpy(VARDATA(v), message.data, message.len);
	PG_RETURN_BYTEA_P(v);
}

/* opportunity_history_eq(opportunity_history, opportunity_history) ->
 * boolean; strict, as are the three below */
Datum
opportunity_history_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
opportunity_history_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
opportunity_history_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
opportunity_history_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

/* The row of a transition call, whose stage and time are not NULL. */
static CrmDealRow
row_argument(FunctionCallInfo fcinfo)
{
	CrmDealRow	row = {0};

	row.at = PG_GETARG_TIMESTAMPTZ(2);
	if (!crm_time_valid(row.at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a change must be finite")));
	if (!PG_ARGISNULL(3))
	{
		row.has_amount = true;
		row.amount = crm_numeric_money(PG_GETARG_DATUM(3));
		if (row.amount < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("amount must not be negative")));
	}
	if (!PG_ARGISNULL(4))
	{
		row.has_date = true;
		row.close_date = PG_GETARG_DATEADT(4);
		if (!crm_date_valid(row.close_date))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("close date must be finite")));
	}
	return row;
}

/*
 * opportunity_history_accum(state opportunity_history, stage, at timestamptz,
 * amount numeric, close_date date) -> opportunity_history; a row without stage
 * or time is skipped, a NULL amount or date is one that is not known
 */
Datum
opportunity_history_accum(PG_FUNCTION_ARGS)
{
	CrmDealState *s;

	require_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return crm_state_as_it_is(fcinfo);
	s = PG_ARGISNULL(0) ? new_state(FIRST_ROWS, FIRST_STAGE_BYTES) :
		state_of(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(add_row(s, PG_GETARG_CRM_STAGE(1),
							  row_argument(fcinfo)));
}

/*
 * opportunity_history_accum_opportunity(state opportunity_history,
 * opportunity) -> opportunity_history; one that is NULL or has no modified_at
 * is skipped
 */
Datum
opportunity_history_accum_opportunity(PG_FUNCTION_ARGS)
{
	CrmOpportunity o = {0};
	CrmDealRow	row = {0};
	CrmDealState *s;

	require_aggregate(fcinfo);
	if (!PG_ARGISNULL(1))
		o = PG_GETARG_CRM_OPPORTUNITY(1);
	if (!crm_opportunity_has(&o, CRM_FIELD_MODIFIED_AT))
		return crm_state_as_it_is(fcinfo);
	s = PG_ARGISNULL(0) ? new_state(FIRST_ROWS, FIRST_STAGE_BYTES) :
		state_of(PG_GETARG_DATUM(0));
	row.at = o.modified_at;
	row.has_amount = crm_opportunity_has(&o, CRM_FIELD_AMOUNT);
	row.amount = o.amount;
	row.has_date = crm_opportunity_has(&o, CRM_FIELD_CLOSE_DATE);
	row.close_date = o.close_date;
	PG_RETURN_POINTER(add_row(s, o.stage, row));
}

/*
 * opportunity_history_combine(state opportunity_history, other
 * opportunity_history) -> opportunity_history; NULL is no rows
 */
Datum
opportunity_history_combine(PG_FUNCTION_ARGS)
{
	CrmDealState *s;
	CrmDealState *other;

	require_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return crm_state_as_it_is(fcinfo);
	other = state_of(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(other);
	s = state_of(PG_GETARG_DATUM(0));
	for (uint32 i = 0; i < other->n_rows; i++)
		s = add_row(s, crm_deal_state_stage(other, other->rows[i].stage),
					other->rows[i]);
	PG_RETURN_POINTER(s);
}

/* opportunity_history_final(state opportunity_history) ->
 * opportunity_history; strict */
Datum
opportunity_history_final(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_DETOAST_DATUM(PG_GETARG_DATUM(0));

	if (is_state(v))
		v = encode_state((CrmDealState *) v);
	PG_RETURN_BYTEA_P(v);
}

static Datum
amount_datum(CrmDealRow row, bool *isnull)
{
	*isnull = !row.has_amount;
	return row.has_amount ? crm_money_numeric(row.amount, true) : (Datum) 0;
}

static Datum
stage_datum(const CrmDealHistory *h, CrmDealRow row)
{
	return PointerGetDatum(crm_make_stage(crm_deal_stage(h, row.stage)));
}

/* timeline(opportunity_history) -> setof (at, stage, amount, close_date);
 * strict */
Datum
opportunity_history_timeline(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < h.n_rows; i++)
	{
		CrmDealRow	row = crm_deal_row(&h, i);
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = TimestampTzGetDatum(row.at);
		values[1] = stage_datum(&h, row);
		values[2] = amount_datum(row, &nulls[2]);
		values[3] = DateADTGetDatum(row.close_date);
		nulls[3] = !row.has_date;
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* What a change of this kind changes, as text; NULL when not known. */
static Datum
change_text(const CrmDealHistory *h, CrmDealChangeKind kind, CrmDealRow row,
			bool *isnull)
{
	char		text[CRM_STAGE_MAX_TEXT];
	size_t		n;

	*isnull = false;
	if (kind <= CRM_DEAL_REOPENED)
		n = crm_stage_text(crm_deal_stage(h, row.stage), text);
	else if (kind == CRM_DEAL_INCREASED || kind == CRM_DEAL_DECREASED ||
			 kind == CRM_DEAL_AMOUNT_SET)
	{
		*isnull = !row.has_amount;
		n = crm_money_text(row.amount, text);
	}
	else
	{
		*isnull = !row.has_date;
		n = crm_date_text(row.close_date, text);
	}
	return PointerGetDatum(cstring_to_text_with_len(text, (int) n));
}

/* First row at or after a time, the second argument. */
static uint32
first_row_since(FunctionCallInfo fcinfo, const CrmDealHistory *h)
{
	int64		since = PG_GETARG_TIMESTAMPTZ(1);

	return TIMESTAMP_IS_NOBEGIN(since) ? 0 :
		crm_deal_rows_until(h, since - 1);
}

/* changes(opportunity_history, since timestamptz) -> setof (at, change,
 * before, after); strict */
Datum
opportunity_history_changes(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	uint32		first = first_row_since(fcinfo, &h);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = first; i < h.n_rows; i++)
	{
		CrmDealRow	row = crm_deal_row(&h, i);
		CrmDealRow	before = i > 0 ? crm_deal_row(&h, i - 1) : row;
		CrmDealChangeKind kinds[CRM_DEAL_MAX_CHANGES];
		int			n = crm_deal_changes(&h, i, kinds);

		for (int k = 0; k < n; k++)
		{
			Datum		values[4];
			bool		nulls[4] = {false};

			values[0] = TimestampTzGetDatum(row.at);
			values[1] = crm_word_datum(crm_deal_change_name(kinds[k]));
			values[2] = change_text(&h, kinds[k], before, &nulls[2]);
			nulls[2] = nulls[2] || kinds[k] == CRM_DEAL_CREATED;
			values[3] = change_text(&h, kinds[k], row, &nulls[3]);
			tuplestore_putvalues(result->setResult, result->setDesc, values,
								 nulls);
		}
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* The deal at a time, the second argument; false before its first row. */
static bool
row_at(FunctionCallInfo fcinfo, CrmDealHistory *h, CrmDealRow *row)
{
	uint32		n;

	*h = PG_GETARG_CRM_DEAL_HISTORY(0);
	n = crm_deal_rows_until(h, PG_GETARG_TIMESTAMPTZ(1));
	if (n > 0)
		*row = crm_deal_row(h, n - 1);
	return n > 0;
}

/* stage_at(opportunity_history, at timestamptz) -> stage; strict, as are the
 * three below; NULL before the first row */
Datum
opportunity_history_stage_at(PG_FUNCTION_ARGS)
{
	CrmDealHistory h;
	CrmDealRow	row;

	if (!row_at(fcinfo, &h, &row))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(stage_datum(&h, row));
}

/* amount_at(opportunity_history, at timestamptz) -> numeric */
Datum
opportunity_history_amount_at(PG_FUNCTION_ARGS)
{
	CrmDealHistory h;
	CrmDealRow	row;

	if (!row_at(fcinfo, &h, &row) || !row.has_amount)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(crm_money_numeric(row.amount, true));
}

/* close_date_at(opportunity_history, at timestamptz) -> date */
Datum
opportunity_history_close_date_at(PG_FUNCTION_ARGS)
{
	CrmDealHistory h;
	CrmDealRow	row;

	if (!row_at(fcinfo, &h, &row) || !row.has_date)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(row.close_date);
}

/* stage_since(opportunity_history, as_of timestamptz) -> timestamptz */
Datum
opportunity_history_stage_since(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	uint32		n = crm_deal_rows_until(&h, PG_GETARG_TIMESTAMPTZ(1));

	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(crm_deal_stage_since(&h, n));
}

/*
 * is_stale(opportunity_history, rot_after interval, as_of timestamptz) ->
 * boolean; strict, NULL before the first row.  Months and days are counted in
 * UTC.
 */
Datum
opportunity_history_is_stale(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	Datum		rot_after = PG_GETARG_DATUM(1);
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(2);
	Interval	nothing = {0};
	uint32		n = crm_deal_rows_until(&h, as_of);
	Datum		rots_at;

	if (DatumGetInt32(DirectFunctionCall2(interval_cmp, rot_after,
										  IntervalPGetDatum(&nothing))) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"rot_after\" must not be negative")));
	if (n == 0)
		PG_RETURN_NULL();
	if (!crm_stage_is_open(crm_deal_stage(&h, crm_deal_row(&h, n - 1).stage)))
		PG_RETURN_BOOL(false);
	rots_at = DirectFunctionCall2(timestamp_pl_interval,
								  TimestampGetDatum(crm_deal_stage_since(&h, n)),
								  rot_after);
	PG_RETURN_BOOL(DatumGetTimestamp(rots_at) < as_of);
}

/* pushes(opportunity_history, since timestamptz) -> integer; strict */
Datum
opportunity_history_pushes(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);

	PG_RETURN_INT32(crm_deal_pushes(&h, first_row_since(fcinfo, &h),
									h.n_rows));
}

/* days_pushed(opportunity_history, since timestamptz) -> integer; strict,
 * NULL when no close date is known */
Datum
opportunity_history_days_pushed(PG_FUNCTION_ARGS)
{
	CrmDealHistory h = PG_GETARG_CRM_DEAL_HISTORY(0);
	int64_t		days;

	if (!crm_deal_days_pushed(&h, first_row_since(fcinfo, &h), h.n_rows,
							  &days))
		PG_RETURN_NULL();
	if (days > PG_INT32_MAX || days < PG_INT32_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("integer out of range")));
	PG_RETURN_INT32((int32) days);
}
