/*
 * pipeline_sql.c
 *		SQL functions of the type pipeline, and the look-up by name.
 *
 * Stored as core's encoded form (pipeline.h) behind a varlena header;
 * DatumGetCrmPipeline is the only reader of those bytes.  build_pipeline is the
 * one way in: text, binary and arrays all end there.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "crmprob.h"

/* Labels that the hint of an unknown one lists. */
#define HINT_LABELS 20

/* Bytes of an unknown label that are compared with the known ones. */
#define HINT_BYTES 255

#define PIPELINE_QUERY \
	"SELECT p.definition FROM crmprob.pipelines AS p" \
	" WHERE p.name OPERATOR(pg_catalog.=) $1"

PG_FUNCTION_INFO_V1(pipeline_in);
PG_FUNCTION_INFO_V1(pipeline_out);
PG_FUNCTION_INFO_V1(pipeline_recv);
PG_FUNCTION_INFO_V1(pipeline_send);
PG_FUNCTION_INFO_V1(pipeline_eq);
PG_FUNCTION_INFO_V1(pipeline_ne);
PG_FUNCTION_INFO_V1(pipeline_hash);
PG_FUNCTION_INFO_V1(pipeline_hash_extended);
PG_FUNCTION_INFO_V1(pipeline_to_jsonb);
PG_FUNCTION_INFO_V1(pipeline_make);
PG_FUNCTION_INFO_V1(pipeline_stages);
PG_FUNCTION_INFO_V1(pipeline_find_stage);
PG_FUNCTION_INFO_V1(pipeline_find_stage_by_name);

/* A known label and how far it is from the one that was asked for. */
typedef struct Candidate
{
	CrmText		label;
	int			distance;
	uint32		position;
} Candidate;

/* What crm_pipeline_by_name remembers. */
typedef struct NamedPipeline
{
	MemoryContext context;
	Oid			user;
	uint64		completed;		/* the snapshot's identity, next four too */
	TransactionId xmin;
	TransactionId xmax;
	CommandId	curcid;
	char	   *name;			/* NULL: holds nothing */
	size_t		name_len;
	Datum		pipeline;
} NamedPipeline;

CrmPipeline
DatumGetCrmPipeline(Datum d)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(d);
	CrmPipeline p;
	CrmError	error;

	if (!crm_pipeline_decode(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), &p, &error))
		crm_corrupt("pipeline", &error);
	return p;
}

/* A pipeline of these labels, in order; NULL after a soft error. */
static bytea *
build_pipeline(const CrmText *labels, size_t n_open, size_t n_won,
			   size_t n_lost, Node *escontext)
{
	size_t		n = n_open + n_won + n_lost;
	size_t		size = CRM_PIPELINE_HEADER_SIZE;
	bytea	   *v;
	CrmWriter	w;
	CrmPipeline p;
	CrmStage	duplicate;
	CrmError	error;

	for (size_t i = 0; i < n; i++)
	{
		if (!crm_label_check(labels[i].data, labels[i].len, &error) ||
			!crm_check_controls(labels[i].data, labels[i].len, &error))
			ereturn(escontext, NULL,
					(errcode(crm_sqlstate(&error)),
					 errmsg("invalid stage label \"%s\"",
							crm_clip_bytes(labels[i].data, labels[i].len)),
					 errdetail_internal("%s", error.detail)));
		size += 1 + labels[i].len;
	}
	v = crm_new_value(size);
	w = crm_writer(VARDATA(v), size);
	crm_pipeline_put_header(&w, n_open, n_won, n_lost);
	for (size_t i = 0; i < n; i++)
		crm_pipeline_put_label(&w, labels[i].data, labels[i].len);
	Assert(!w.failed && w.at == size);
	p = DatumGetCrmPipeline(PointerGetDatum(v));
	if (crm_pipeline_duplicate(&p, &duplicate))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("duplicate stage label \"%s\" in pipeline",
						crm_clip_bytes(duplicate.label, duplicate.label_len)),
				 errdetail("A label stands for one stage of a pipeline.")));
	return v;
}

/* The labels of a view as they are, in order. */
static CrmText *
list_labels(const CrmPipeline *p)
{
	CrmText    *labels = palloc_array(CrmText, crm_pipeline_size(p));
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	s;

	while (crm_pipeline_next(&c, &s))
	{
		labels[c.position - 1].data = s.label;
		labels[c.position - 1].len = s.label_len;
	}
	return labels;
}

/* pipeline_in(cstring) -> pipeline; strict */
Datum
pipeline_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	uint8_t    *data = palloc(CRM_PIPELINE_PARSE_SIZE(len));
	size_t		size;
	CrmPipeline p;
	CrmError	error;
	bytea	   *v;

	if (!crm_pipeline_parse(text, len, data, &size, &error) ||
		!crm_pipeline_decode(data, size, &p, &error))
	{
		crm_bad_text(fcinfo->context, "crmprob.pipeline", text, &error);
		PG_RETURN_NULL();
	}
	v = build_pipeline(list_labels(&p), p.n_open, p.n_won, p.n_lost,
					   fcinfo->context);
	if (v == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(v);
}

/* pipeline_out(pipeline) -> cstring; strict */
Datum
pipeline_out(PG_FUNCTION_ARGS)
{
	CrmPipeline p = PG_GETARG_CRM_PIPELINE(0);
	CrmWriter	w = crm_writer(NULL, 0);
	char	   *text;

	crm_pipeline_text(&p, &w);
	text = palloc(w.at + 1);

	w = crm_writer(text, w.at);
	crm_pipeline_text(&p, &w);
	Assert(!w.failed);
	text[w.at] = '\0';
	PG_RETURN_CSTRING(text);
}

/*
 * pipeline_recv(internal) -> pipeline; strict.  The labels travel as text in
 * the client's encoding.
 */
Datum
pipeline_recv(PG_FUNCTION_ARGS)
{
	size_t		size;
	const char *data = crm_message_rest((StringInfo) PG_GETARG_POINTER(0),
										&size);
	CrmPipeline p;
	CrmError	error;
	CrmText    *labels;

	if (!crm_pipeline_read(data, size, &p, &error))
		crm_bad_binary("crmprob.pipeline", &error);
	labels = list_labels(&p);
	for (uint32 i = 0; i < crm_pipeline_size(&p); i++)
	{
		labels[i] = crm_server_text(labels[i]);
		if (!crm_label_check(labels[i].data, labels[i].len, &error) ||
			!crm_check_controls(labels[i].data, labels[i].len, &error))
			crm_bad_binary("crmprob.pipeline", &error);
	}
	PG_RETURN_BYTEA_P(build_pipeline(labels, p.n_open, p.n_won, p.n_lost,
									 NULL));
}

/* pipeline_send(pipeline) -> bytea; strict */
Datum
pipeline_send(PG_FUNCTION_ARGS)
{
	CrmPipeline p = PG_GETARG_CRM_PIPELINE(0);
	CrmText    *labels = list_labels(&p);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint8(&message, CRM_PIPELINE_FORMAT);
	pq_sendint16(&message, p.n_open);
	pq_sendint16(&message, p.n_won);
	pq_sendint16(&message, p.n_lost);
	for (uint32 i = 0; i < crm_pipeline_size(&p); i++)
	{
		CrmText		label = crm_client_text(labels[i]);

		if (label.len > UINT8_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("stage label is too long in the client's encoding")));
		pq_sendint8(&message, (uint8) label.len);
		pq_sendbytes(&message, label.data, (int) label.len);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* pipeline_eq(pipeline, pipeline) -> boolean; strict, as are the three below */
Datum
pipeline_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(crm_bytes_equal(fcinfo));
}

Datum
pipeline_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!crm_bytes_equal(fcinfo));
}

Datum
pipeline_hash(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash(fcinfo);
}

Datum
pipeline_hash_extended(PG_FUNCTION_ARGS)
{
	return crm_bytes_hash_extended(fcinfo);
}

static void
print_json(CrmJsonWriter *w, const void *value)
{
	static const char *const keys[] = {"open", "won", "lost"};
	const CrmPipeline *p = value;
	const uint16_t counts[] = {p->n_open, p->n_won, p->n_lost};
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	s;

	crm_json_open(w, '{');
	for (int k = 0; k < 3; k++)
	{
		crm_json_key(w, keys[k]);
		crm_json_open(w, '[');
		for (int i = 0; i < counts[k] && crm_pipeline_next(&c, &s); i++)
			crm_json_put_string(w, s.label, s.label_len);
		crm_json_close(w, ']');
	}
	crm_json_close(w, '}');
}

/* jsonb(pipeline) -> jsonb {"open": [], "won": [], "lost": []}; strict */
Datum
pipeline_to_jsonb(PG_FUNCTION_ARGS)
{
	CrmPipeline p = PG_GETARG_CRM_PIPELINE(0);

	return crm_jsonb_datum(crm_json_text(print_json, &p));
}

/* The texts of a one-dimensional array; an empty one gives none. */
static size_t
array_texts(ArrayType *array, const char *name, CrmText **texts)
{
	Datum	   *values;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" must be a one-dimensional array",
						name)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &n);
	*texts = palloc_array(CrmText, n);
	for (int i = 0; i < n; i++)
	{
		struct varlena *t;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not contain null values",
							name)));
		t = PG_DETOAST_DATUM_PACKED(values[i]);
		(*texts)[i].data = VARDATA_ANY(t);
		(*texts)[i].len = VARSIZE_ANY_EXHDR(t);
	}
	return (size_t) n;
}

/* make_pipeline(open text[], won text[], lost text[]) -> pipeline; strict */
Datum
pipeline_make(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"open", "won", "lost"};
	CrmText    *parts[3];
	size_t		n[3];
	CrmText    *labels;
	CrmError	error;

	for (int i = 0; i < 3; i++)
		n[i] = array_texts(PG_GETARG_ARRAYTYPE_P(i), names[i], &parts[i]);
	if (!crm_pipeline_check_counts(n[0], n[1], n[2], &error))
		crm_bad_argument("pipeline", &error);
	labels = palloc_array(CrmText, n[0] + n[1] + n[2]);
	for (size_t i = 0, at = 0; i < 3; at += n[i], i++)
	{
		if (n[i] > 0)
			memcpy(labels + at, parts[i], n[i] * sizeof(CrmText));
	}
	PG_RETURN_BYTEA_P(build_pipeline(labels, n[0], n[1], n[2], NULL));
}

/* stages(pipeline) -> setof stage, in order; strict */
Datum
pipeline_stages(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	CrmPipelineCursor *cursor;
	CrmStage	stage;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		CrmPipeline *p;

		context = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		p = palloc(sizeof *p);
		*p = DatumGetCrmPipeline(PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))));
		cursor = palloc(sizeof *cursor);
		*cursor = crm_pipeline_walk(p);
		context->user_fctx = cursor;
		MemoryContextSwitchTo(old);
	}
	context = SRF_PERCALL_SETUP();
	cursor = context->user_fctx;
	if (!crm_pipeline_next(cursor, &stage))
		SRF_RETURN_DONE(context);
	SRF_RETURN_NEXT(context, PointerGetDatum(crm_make_stage(stage)));
}

static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *x = a;
	const Candidate *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

char	   *
crm_closest_labels(const CrmText *labels, uint32 n, const char *label,
				   size_t len)
{
	Candidate  *found = palloc_array(Candidate, n);
	StringInfoData list;

	len = pg_mbcliplen(label, (int) len, HINT_BYTES);
	for (uint32 i = 0; i < n; i++)
	{
		found[i].label = labels[i];
		found[i].position = i;
		found[i].distance = varstr_levenshtein(label, (int) len,
											   labels[i].data,
											   (int) labels[i].len,
											   1, 1, 1, true);
	}
	qsort(found, n, sizeof *found, compare_candidates);
	initStringInfo(&list);
	for (uint32 i = 0; i < Min(n, HINT_LABELS); i++)
		appendStringInfo(&list, "%s\"%.*s\"", i > 0 ? ", " : "",
						 (int) found[i].label.len, found[i].label.data);
	if (n > HINT_LABELS)
		appendStringInfo(&list, " and %u more", n - HINT_LABELS);
	return list.data;
}

CrmStage
crm_pipeline_stage(const CrmPipeline *p, const char *label, size_t len)
{
	CrmStage	stage;
	uint32_t	position;

	if (!crm_pipeline_find(p, label, len, &stage, &position))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pipeline has no stage \"%s\"",
						crm_clip_bytes(label, len)),
				 errhint("Its stages, closest first: %s.",
						 crm_closest_labels(list_labels(p), crm_pipeline_size(p),
											label, len))));
	return stage;
}

/* stage(pipeline, label text) -> stage; strict */
Datum
pipeline_find_stage(PG_FUNCTION_ARGS)
{
	CrmPipeline p = PG_GETARG_CRM_PIPELINE(0);
	text	   *label = PG_GETARG_TEXT_PP(1);

	PG_RETURN_BYTEA_P(crm_make_stage(crm_pipeline_stage(&p, VARDATA_ANY(label),
														VARSIZE_ANY_EXHDR(label))));
}

/* Runs the query; the result is copied to context, 0 when there is no row. */
static Datum
query_pipeline(const char *name, size_t len, MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	Datum		result = (Datum) 0;
	bool		isnull;

	values[0] = PointerGetDatum(cstring_to_text_with_len(name, (int) len));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (plan == NULL)
	{
		SPIPlanPtr	made = SPI_prepare(PIPELINE_QUERY, 1, types);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "could not prepare the look-up of a pipeline");
		plan = made;
	}
	/* read only: under the snapshot of the calling statement */
	if (SPI_execute_plan(plan, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look up a pipeline");
	if (SPI_processed > 0)
	{
		Datum		d = SPI_getbinval(SPI_tuptable->vals[0],
									  SPI_tuptable->tupdesc, 1, &isnull);
		MemoryContext old = MemoryContextSwitchTo(context);

		if (!isnull)
			result = PointerGetDatum(PG_DETOAST_DATUM_COPY(d));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return result;
}

/* Was this answer found under the present snapshot, for this user? */
static bool
still_holds(const NamedPipeline *n, Snapshot snapshot, const char *name,
			size_t len)
{
	return n->name != NULL && n->name_len == len &&
		memcmp(n->name, name, len) == 0 && n->user == GetUserId() &&
		n->completed == snapshot->snapXactCompletionCount &&
		n->xmin == snapshot->xmin && n->xmax == snapshot->xmax &&
		n->curcid == snapshot->curcid;
}

Datum
crm_pipeline_by_name(void **slot, MemoryContext context, const char *name,
					 size_t len)
{
	Snapshot	snapshot = GetActiveSnapshot();
	NamedPipeline *n = *slot;

	if (n == NULL)
	{
		MemoryContext own = AllocSetContextCreate(context,
												  "crmprob named pipeline",
												  ALLOCSET_SMALL_SIZES);

		n = MemoryContextAllocZero(context, sizeof *n);
		n->context = own;
		*slot = n;
	}
	if (still_holds(n, snapshot, name, len))
		return n->pipeline;
	n->name = NULL;
	MemoryContextReset(n->context);
	n->pipeline = query_pipeline(name, len, n->context);
	if (n->pipeline == (Datum) 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" does not exist",
						crm_clip_bytes(name, len)),
				 errhint("Insert it into crmprob.pipelines, or pass the pipeline itself, cast to crmprob.pipeline.")));
	n->user = GetUserId();
	n->completed = snapshot->snapXactCompletionCount;
	n->xmin = snapshot->xmin;
	n->xmax = snapshot->xmax;
	n->curcid = snapshot->curcid;
	n->name_len = len;
	n->name = MemoryContextAlloc(n->context, len + 1);
	memcpy(n->name, name, len);
	return n->pipeline;
}

/* stage(pipeline_name text, label text) -> stage; strict */
Datum
pipeline_find_stage_by_name(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	text	   *label = PG_GETARG_TEXT_PP(1);
	Datum		d = crm_pipeline_by_name(&fcinfo->flinfo->fn_extra,
										 fcinfo->flinfo->fn_mcxt,
										 VARDATA_ANY(name),
										 VARSIZE_ANY_EXHDR(name));
	CrmPipeline p = DatumGetCrmPipeline(d);

	PG_RETURN_BYTEA_P(crm_make_stage(crm_pipeline_stage(&p, VARDATA_ANY(label),
														VARSIZE_ANY_EXHDR(label))));
}
