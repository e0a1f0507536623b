/*
 * query_rows.c
 *		A caller's query, run row by row into a receiver of ours.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "crmprob.h"
#include "query_rows.h"

/* Columns that an error lists. */
#define LISTED_COLUMNS 20

static char *
list_columns(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts && i < LISTED_COLUMNS; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ",
						 NameStr(TupleDescAttr(desc, i)->attname));
	if (desc->natts > LISTED_COLUMNS)
		appendStringInfoString(&list, ", ...");
	return list.data;
}

AttrNumber
crm_query_column(TupleDesc desc, const char *function, const char *name,
				 const char *argument)
{
	AttrNumber	found = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		if (found != 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("query of %s returns column \"%s\" twice",
							function, name)));
		found = (AttrNumber) (i + 1);
	}
	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("query of %s has no column \"%s\"", function,
						crm_clip(name)),
				 desc->natts > 0 ?
				 errdetail("It returns %s.", list_columns(desc)) :
				 errdetail("It returns no columns."),
				 errhint("%s is the name of a column of the query's result, in the case in which it is stored.",
						 argument)));
	return found;
}

AttrNumber
crm_query_label(TupleDesc desc, const char *function, const char *name)
{
	AttrNumber	label = crm_query_column(desc, function, name, "label");
	Oid			type = TupleDescAttr(desc, label - 1)->atttypid;

	if (getBaseType(type) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" is of type %s, not boolean", name,
						format_type_be(type)),
				 errhint("Select a condition as the label, such as status = 'won' AS won, NULL while it is open.")));
	return label;
}

/* A SELECT or VALUES without a CTE that writes, or EXPLAIN of one, or SHOW. */
static bool
only_reads(const Query *query)
{
	const Node *utility = query->utilityStmt;

	if (query->commandType == CMD_SELECT)
		return !query->hasModifyingCTE;
	if (utility == NULL)
		return false;
	if (IsA(utility, ExplainStmt))
	{
		const Node *explained = ((const ExplainStmt *) utility)->query;

		return IsA(explained, Query) && only_reads((const Query *) explained);
	}
	return IsA(utility, VariableShowStmt) || IsA(utility, FetchStmt);
}

static const char *
of_function(const char *function)
{
	return function == NULL ? "" : psprintf(" of %s", function);
}

static void
refuse_query(const char *function)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("query%s must be one command that returns rows",
					of_function(function)),
			 errhint("Give a single SELECT.")));
}

static CachedPlanSource *
source_of(SPIPlanPtr plan)
{
	return (CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan));
}

SPIPlanPtr
crm_query_plan(const char *function, const char *text)
{
	SPIPlanPtr	plan = SPI_prepare(text, 0, NULL);
	ListCell   *cell;

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		refuse_query(function);
	foreach(cell, source_of(plan)->query_list)
	{
		if (!only_reads(lfirst_node(Query, cell)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("query%s must not write", of_function(function)),
					 errdetail("It has INSERT, UPDATE or DELETE, or calls or executes something."),
					 errhint("Give a single SELECT.")));
	}
	return plan;
}

char	   *
crm_query_text(const char *function, const char *text)
{
	SPIPlanPtr	plan = crm_query_plan(function, text);
	const CachedPlanSource *source = source_of(plan);
	const RawStmt *statement = source->raw_parse_tree;
	const char *from = text + Max(statement->stmt_location, 0);
	size_t		len = statement->stmt_len > 0 ?
	(size_t) statement->stmt_len : strlen(from);

	if (linitial_node(Query, source->query_list)->commandType != CMD_SELECT)
		refuse_query(function);
	SPI_freeplan(plan);
	/* a comment at its end ends with the line */
	return psprintf("%.*s\n", (int) len, from);
}

static void
receive_nothing(DestReceiver *self)
{
}

void
crm_query_run(const char *function, const char *query,
			  void (*startup) (DestReceiver *self, int operation,
							   TupleDesc desc),
			  bool (*receive) (TupleTableSlot *slot, DestReceiver *self),
			  DestReceiver *self)
{
	SPIPlanPtr	plan = crm_query_plan(function, query);
	SPIExecuteOptions options = {0};
	int			result;

	self->receiveSlot = receive;
	self->rStartup = startup;
	self->rShutdown = receive_nothing;
	self->rDestroy = receive_nothing;
	/* any kind but DestSPI, whose rows SPI wants to count itself */
	self->mydest = DestTuplestore;
	options.dest = self;
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "could not run the query of %s: %s", function,
			 SPI_result_code_string(result));
	SPI_freeplan(plan);
}
