/*
 * value_counts_sql.c
 *		Columns of a query, and how often each of their values occurs.
 *
 * What the reports about data stand on.  The caller's query becomes the FROM of
 * one statement with a grouping set a column, run through SPI with the caller's
 * rights and search_path: the query runs once, whatever its number of columns,
 * and the executor's own hash tables and files hold what is large.  Every name
 * in that statement is qualified, or a column.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "crmprob.h"
#include "feature_type.h"
#include "query_rows.h"

PG_FUNCTION_INFO_V1(query_columns);
PG_FUNCTION_INFO_V1(query_text);
PG_FUNCTION_INFO_V1(value_counts);

/*
 * query_text(function text, query text) -> text: the query as FROM (...) takes
 * it, or an error that names the function; strict
 */
Datum
query_text(PG_FUNCTION_ARGS)
{
	char	   *function = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	MemoryContext caller = CurrentMemoryContext;
	text	   *result;

	SPI_connect();
	query = crm_query_text(function, query);
	MemoryContextSwitchTo(caller);
	result = cstring_to_text(query);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}

/* The columns that a query returns; it is parsed and not run. */
static TupleDesc
describe_query(const char *query)
{
	SPIPlanPtr	plan = crm_query_plan(NULL, query);
	CachedPlanSource *source;
	TupleDesc	desc;

	source = (CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan));
	desc = CreateTupleDescCopy(source->resultDesc);
	SPI_freeplan(plan);
	return desc;
}

/* Number, category or time; NULL: the type cannot be a feature. */
static const char *
kind_of(Oid type)
{
	CrmColumnType column;

	if (!crm_column_type(type, &column))
		return NULL;
	switch (column.type)
	{
		case CRM_TYPE_NUMBER:
			return "numeric";
		case CRM_TYPE_DATE:
		case CRM_TYPE_TIMESTAMP:
		case CRM_TYPE_TIMESTAMPTZ:
			return "time";
		default:
			return "categorical";
	}
}

/*
 * query_columns(query text) -> setof (position, name, type, kind); strict,
 * kind NULL where a type cannot be a feature
 */
Datum
query_columns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	TupleDesc	desc;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	desc = describe_query(query);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);
		const char *kind = kind_of(a->atttypid);
		Datum		values[4] = {0};
		bool		nulls[4] = {false, false, false, kind == NULL};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(NameStr(a->attname));
		values[2] = ObjectIdGetDatum(a->atttypid);
		if (kind != NULL)
			values[3] = CStringGetTextDatum(kind);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

typedef struct CountsPlan
{
	TupleDesc	desc;
	AttrNumber	label;			/* 0: none */
	AttrNumber	closed_at;		/* 0: none */
	bool		whole_rows;		/* also count the values of whole rows */
} CountsPlan;

static AttrNumber
find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return (AttrNumber) (i + 1);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("query has no column \"%s\"", name),
			 errhint("Give the name of a column of the query's result, in the case in which it is stored.")));
}

static void
check_label(const CountsPlan *p)
{
	Form_pg_attribute a = TupleDescAttr(p->desc, p->label - 1);

	if (getBaseType(a->atttypid) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" is of type %s, not boolean",
						NameStr(a->attname), format_type_be(a->atttypid)),
				 errhint("Select a condition as the label, such as status = 'won' AS won, NULL while it is open.")));
}

static void
check_closed_at(const CountsPlan *p)
{
	Form_pg_attribute a = TupleDescAttr(p->desc, p->closed_at - 1);
	const char *kind = kind_of(a->atttypid);

	if (kind == NULL || strcmp(kind, "time") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s is not a time of closing",
						NameStr(a->attname), format_type_be(a->atttypid))));
}

/* A column as number (times: days since 2000-01-01 UTC) or as text. */
static void
append_value(StringInfo sql, Form_pg_attribute a)
{
	const char *name = quote_identifier(NameStr(a->attname));
	CrmColumnType column = {0};

	if (!crm_column_type(a->atttypid, &column))
		return;
	switch (column.type)
	{
		case CRM_TYPE_NUMBER:
			appendStringInfo(sql, "q.%s::pg_catalog.float8", name);
			break;
		case CRM_TYPE_DATE:
		case CRM_TYPE_TIMESTAMP:
			appendStringInfo(sql, "pg_catalog.date_part('epoch', q.%s::pg_catalog.timestamp)"
							 " OPERATOR(pg_catalog./) 86400 OPERATOR(pg_catalog.-) 10957",
							 name);
			break;
		case CRM_TYPE_TIMESTAMPTZ:
			appendStringInfo(sql, "pg_catalog.date_part('epoch', q.%s::pg_catalog.timestamptz)"
							 " OPERATOR(pg_catalog./) 86400 OPERATOR(pg_catalog.-) 10957",
							 name);
			break;
		case CRM_TYPE_STAGE:
			appendStringInfo(sql, "crmprob.label(q.%s)", name);
			break;
		default:
			appendStringInfo(sql, "q.%s::pg_catalog.text COLLATE pg_catalog.\"C\"",
							 name);
	}
}

static bool
is_feature(const CountsPlan *p, int i)
{
	return i + 1 != p->label &&
		kind_of(TupleDescAttr(p->desc, i)->atttypid) != NULL;
}

static bool
is_kind(const CountsPlan *p, int i, const char *kind)
{
	return is_feature(p, i) &&
		strcmp(kind_of(TupleDescAttr(p->desc, i)->atttypid), kind) == 0;
}

/*
 * The rows as the grouping sees them: v1, v2, ..., label, half, closed.  The
 * half is a hash of the row's place among all, so that equal rows part too:
 * else the other half would know nothing of a value, or only its other label.
 */
static void
append_rows(StringInfo sql, const CountsPlan *p, const char *query)
{
	appendStringInfoString(sql, "SELECT ");
	for (int i = 0; i < p->desc->natts; i++)
		if (is_feature(p, i))
		{
			append_value(sql, TupleDescAttr(p->desc, i));
			appendStringInfo(sql, " AS v%d, ", i + 1);
		}
	if (p->closed_at != 0)
	{
		Form_pg_attribute a = TupleDescAttr(p->desc, p->closed_at - 1);

		append_value(sql, a);
		/* a day is over at its end */
		appendStringInfo(sql, "%s AS closed, ",
						 getBaseType(a->atttypid) == DATEOID ?
						 " OPERATOR(pg_catalog.+) 1" : "");
	}
	if (p->label != 0)
		appendStringInfo(sql, "q.%s::pg_catalog.bool AS label, ",
						 quote_identifier(NameStr(TupleDescAttr(p->desc, p->label - 1)->attname)));
	else
		appendStringInfoString(sql, "NULL::pg_catalog.bool AS label, ");
	appendStringInfo(sql, "%s AS half, %s AS whole FROM (%s) q",
					 p->label != 0 ?
					 "pg_catalog.mod(pg_catalog.abs(pg_catalog.hashint8(pg_catalog.row_number()"
					 " OVER (ORDER BY q::pg_catalog.text COLLATE pg_catalog.\"C\"))::pg_catalog.int8), 2)::pg_catalog.int4" :
					 "NULL::pg_catalog.int4",
					 p->whole_rows ? "q::pg_catalog.text COLLATE pg_catalog.\"C\"" : "NULL::pg_catalog.text",
					 query);
}

/* CASE over the grouping sets: the column's own `format`, of its number. */
static void
append_choice(StringInfo sql, const CountsPlan *p, const char *kind,
			  const char *format, const char *otherwise)
{
	bool		any = false;

	for (int i = 0; i < p->desc->natts; i++)
	{
		if (kind != NULL ? !is_kind(p, i, kind) : !is_feature(p, i))
			continue;
		appendStringInfo(sql, "%s WHEN NOT GROUPING(v%d)::pg_catalog.bool THEN ",
						 any ? "" : "CASE", i + 1);
		for (const char *f = format; *f != '\0'; f++)
		{
			if (*f == '#')
				appendStringInfo(sql, "%d", i + 1);
			else
				appendStringInfoChar(sql, *f);
		}
		any = true;
	}
	if (any)
		appendStringInfo(sql, " ELSE %s END, ", otherwise);
	else
		appendStringInfo(sql, "%s, ", otherwise);
}

/* One column's value stands in its grouping set, the others are NULL there. */
static void
append_coalesced(StringInfo sql, const CountsPlan *p, bool text)
{
	bool		any = false;

	for (int i = 0; i < p->desc->natts; i++)
		if (is_feature(p, i) && is_kind(p, i, "categorical") == text)
		{
			appendStringInfo(sql, "%sv%d", any ? ", " : "COALESCE(", i + 1);
			any = true;
		}
	appendStringInfoString(sql, any ? "), " :
						   text ? "NULL::pg_catalog.text, " :
						   "NULL::pg_catalog.float8, ");
}

static char *
counts_statement(const CountsPlan *p, const char *query)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_choice(&sql, p, NULL, "#", p->whole_rows ?
				  "CASE WHEN NOT GROUPING(whole)::pg_catalog.bool THEN -1 ELSE 0 END" :
				  "0");
	append_choice(&sql, p, "categorical", "half", "NULL::pg_catalog.int4");
	append_coalesced(&sql, p, true);
	append_coalesced(&sql, p, false);
	appendStringInfoString(&sql,
						   "pg_catalog.count(*) FILTER (WHERE label), "
						   "pg_catalog.count(*) FILTER (WHERE NOT label), "
						   "pg_catalog.count(*) FILTER (WHERE label IS NULL), ");
	append_choice(&sql, p, p->closed_at != 0 ? "time" : "",
				  "pg_catalog.count(*) FILTER (WHERE v# OPERATOR(pg_catalog.>) closed)",
				  "0::pg_catalog.int8");
	sql.len -= 2;				/* the last comma */
	appendStringInfoString(&sql, " FROM (");
	append_rows(&sql, p, query);
	appendStringInfoString(&sql, ") s GROUP BY GROUPING SETS (()");
	for (int i = 0; i < p->desc->natts; i++)
		if (is_feature(p, i))
			appendStringInfo(&sql, is_kind(p, i, "categorical") ?
							 ", (half, v%d)" : ", (v%d)", i + 1);
	appendStringInfo(&sql, "%s)", p->whole_rows ? ", (whole)" : "");
	return sql.data;
}

/*
 * Without just-in-time compilation: a grouping set a column has so many
 * expressions that compiling them, which nothing can cancel, takes seconds
 * and gains less.
 */
static void
run_counts(const char *sql, ReturnSetInfo *rsi)
{
	int			settings = NewGUCNestLevel();
	SPIPlanPtr	plan;
	SPIExecuteOptions options = {0};
	int			result;

	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "could not prepare the statement that counts values");
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, rsi->setResult,
									rsi->econtext->ecxt_per_query_memory,
									false, NULL, NULL);
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "could not count values: %s",
			 SPI_result_code_string(result));
	SPI_freeplan(plan);
	AtEOXact_GUC(true, settings);
}

/*
 * value_counts(query text, label text, closed_at text, whole_rows boolean) ->
 * setof (column_number, half, value, number, n_won, n_lost, n_open, n_after),
 * half only with a label and for categories;
 * NULL query: no rows; NULL label: every row is open; NULL closed_at: nothing
 * is after it; NULL whole_rows: false
 */
Datum
value_counts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	CountsPlan	p = {0};
	char	   *query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	SPI_connect();
	query = crm_query_text(NULL, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	p.desc = describe_query(query);
	if (!PG_ARGISNULL(1))
	{
		p.label = find_column(p.desc, text_to_cstring(PG_GETARG_TEXT_PP(1)));
		check_label(&p);
	}
	if (!PG_ARGISNULL(2))
	{
		p.closed_at = find_column(p.desc,
								  text_to_cstring(PG_GETARG_TEXT_PP(2)));
		check_closed_at(&p);
	}
	p.whole_rows = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	run_counts(counts_statement(&p, query), rsi);
	SPI_finish();
	return (Datum) 0;
}
