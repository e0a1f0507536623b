/*
 * score_columns_sql.c
 *		score() without a record: what the planner makes of score(model, t).
 *
 * Forming a record costs more than scoring it by a linear model.  So the
 * planner support function of score() replaces a whole row of a table, or a
 * row constructor, by its columns: score_columns(model, names, present, c1,
 * c2, ...).  The names are those of the table when the plan is made; a change
 * of the table invalidates the plan, and a change of the model does not
 * matter, as all columns are passed and found by name when the query runs.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "crmprob.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(score_columns_model);
PG_FUNCTION_INFO_V1(score_columns_champion);
PG_FUNCTION_INFO_V1(score_columns_version);
PG_FUNCTION_INFO_V1(score_support);

/* What a call site keeps. */
typedef struct ColumnsState
{
	CrmRegistry *registry;
	bool		constant;		/* the model is a constant */
	CrmRegisteredModel *model;	/* of the constant */
	TupleDesc	desc;			/* names and types of the columns */
	Datum	   *values;
	bool	   *nulls;
} ColumnsState;

/* Names and types of the columns, from argument "first" on. */
static TupleDesc
describe_columns(FunctionCallInfo fcinfo, int names_at, int first)
{
	Datum	   *names;
	int			n;
	TupleDesc	desc;

	Node	   *call = fcinfo->flinfo->fn_expr;

	if (call == NULL || !IsA(call, FuncExpr) ||
		!get_fn_expr_arg_stable(fcinfo->flinfo, names_at) ||
		get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("names of columns must be constant and their values separate arguments"),
				 errhint("Call score(model, record) instead.")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(names_at), TEXTOID, -1, false,
					  TYPALIGN_INT, &names, NULL, &n);
	if (n != PG_NARGS() - first)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d names are given for %d columns", n,
						PG_NARGS() - first)));
	desc = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
		TupleDescInitEntry(desc, (AttrNumber) (i + 1),
						   TextDatumGetCString(names[i]),
						   get_fn_expr_argtype(fcinfo->flinfo, first + i),
						   -1, 0);
	return desc;
}

static ColumnsState *
get_state(FunctionCallInfo fcinfo, int names_at, int first)
{
	FmgrInfo   *call_site = fcinfo->flinfo;
	ColumnsState *state = call_site->fn_extra;
	MemoryContext caller;

	if (state != NULL)
		return state;
	caller = MemoryContextSwitchTo(call_site->fn_mcxt);
	state = palloc0(sizeof *state);
	state->desc = describe_columns(fcinfo, names_at, first);
	state->values = palloc(sizeof(Datum) * (state->desc->natts + 1));
	state->nulls = palloc(sizeof(bool) * (state->desc->natts + 1));
	state->constant = IsA(linitial(((FuncExpr *) call_site->fn_expr)->args),
						  Const);
	state->registry = crm_registry_create(call_site->fn_mcxt);
	MemoryContextSwitchTo(caller);
	call_site->fn_extra = state;
	return state;
}

static Datum
score_values(FunctionCallInfo fcinfo, ColumnsState *state,
			 CrmRegisteredModel *model, int first)
{
	int			n = state->desc->natts;

	if (model->columns == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(model->context);

		model->columns = crm_feature_map_build(model->open, state->desc);
		MemoryContextSwitchTo(caller);
	}
	for (int i = 0; i < n; i++)
	{
		state->values[i] = fcinfo->args[first + i].value;
		state->nulls[i] = fcinfo->args[first + i].isnull;
	}
	PG_RETURN_FLOAT8(crm_scorer_probability(&model->open->scorer,
											crm_feature_map_values(model->columns,
																   state->values,
																   state->nulls)));
}

/*
 * score_columns(model, columns text[], present oid, VARIADIC features "any")
 * -> float8; NULL when one of the first three is
 */
Datum
score_columns_model(PG_FUNCTION_ARGS)
{
	ColumnsState *state;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	state = get_state(fcinfo, 1, 3);
	if (state->model == NULL || !state->constant)
		state->model = crm_registry_get_value(state->registry,
											  PG_GETARG_DATUM(0));
	return score_values(fcinfo, state, state->model, 3);
}

/*
 * score_columns(name text, columns text[], present oid, VARIADIC features
 * "any") -> float8; NULL when one of the first three is
 */
Datum
score_columns_champion(PG_FUNCTION_ARGS)
{
	ColumnsState *state;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	state = get_state(fcinfo, 1, 3);
	return score_values(fcinfo, state,
						crm_registry_get(state->registry, PG_GETARG_TEXT_PP(0),
										 CRM_CHAMPION), 3);
}

/*
 * score_columns(name text, version integer, columns text[], present oid,
 * VARIADIC features "any") -> float8; NULL when one of the first four is
 */
Datum
score_columns_version(PG_FUNCTION_ARGS)
{
	ColumnsState *state;
	int32		version;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		PG_ARGISNULL(3))
		PG_RETURN_NULL();
	version = PG_GETARG_INT32(1);
	crm_registry_check_version(version);
	state = get_state(fcinfo, 2, 4);
	return score_values(fcinfo, state,
						crm_registry_get(state->registry, PG_GETARG_TEXT_PP(0),
										 version), 4);
}

/* ---------------------------------------------------------------- planner */

typedef struct Columns
{
	List	   *names;			/* text Datums in Consts */
	List	   *values;
	Expr	   *present;
} Columns;

static Const *
oid_const(Oid value)
{
	return makeConst(OIDOID, -1, InvalidOid, sizeof(Oid),
					 ObjectIdGetDatum(value), false, true);
}

static void
add_column(Columns *columns, const char *name, Node *value)
{
	columns->names = lappend(columns->names, pstrdup(name));
	columns->values = lappend(columns->values, value);
}

/*
 * The whole row of a table.  Under an outer join it can be NULL while a row of
 * NULLs would have a score: tableoid tells the two apart.
 */
static bool
columns_of_table(PlannerInfo *root, Var *row, Columns *columns)
{
	RangeTblEntry *rte = rt_fetch(row->varno, root->parse->rtable);
	Relation	rel;
	TupleDesc	desc;
	bool		good;

	if (!crm_var_is_plain(row) || rte->rtekind != RTE_RELATION ||
		(rte->relkind != RELKIND_RELATION &&
		 rte->relkind != RELKIND_PARTITIONED_TABLE &&
		 rte->relkind != RELKIND_MATVIEW))
		return false;
	/* the parser has locked it */
	rel = table_open(rte->relid, NoLock);
	desc = RelationGetDescr(rel);
	good = row->vartype == rel->rd_rel->reltype;
	for (int i = 0; good && i < desc->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);
		Var		   *column;

		if (a->attisdropped)
			continue;
		/* a copy, for the fields that later versions have added */
		column = copyObject(row);
		column->varattno = a->attnum;
		column->vartype = a->atttypid;
		column->vartypmod = a->atttypmod;
		column->varcollid = a->attcollation;
		if (column->varnosyn == (Index) column->varno)
			column->varattnosyn = a->attnum;
		add_column(columns, NameStr(a->attname), (Node *) column);
	}
	table_close(rel, NoLock);
	if (good && root->hasJoinRTEs)
	{
		Var		   *present = copyObject(row);

		present->varattno = TableOidAttributeNumber;
		present->vartype = OIDOID;
		present->vartypmod = -1;
		present->varcollid = InvalidOid;
		if (present->varnosyn == (Index) present->varno)
			present->varattnosyn = TableOidAttributeNumber;
		columns->present = (Expr *) present;
	}
	return good;
}

/* A row constructor, or the row of a sub-select that was pulled up. */
static bool
columns_of_row(RowExpr *row, Columns *columns)
{
	ListCell   *value;
	ListCell   *name;

	if (list_length(row->args) != list_length(row->colnames))
		return false;
	forboth(value, row->args, name, row->colnames)
	{
		/* a dropped column has an empty name */
		if (strVal(lfirst(name))[0] == '\0')
			continue;
		if (exprType(lfirst(value)) == UNKNOWNOID)
			return false;
		add_column(columns, strVal(lfirst(name)), lfirst(value));
	}
	return true;
}

static Const *
names_const(List *names)
{
	int			n = list_length(names);
	Datum	   *texts = palloc(n * sizeof(Datum));
	ListCell   *cell;
	int			i = 0;

	foreach(cell, names)
		texts[i++] = CStringGetTextDatum((char *) lfirst(cell));
	return makeConst(TEXTARRAYOID, -1, InvalidOid, -1,
					 PointerGetDatum(construct_array(texts, n, TEXTOID, -1,
													 false, TYPALIGN_INT)),
					 false, false);
}

/* score_columns beside score, with the same first arguments. */
static Oid
columns_function(const FuncExpr *call)
{
	Oid			types[5];
	int			n = 0;
	ListCell   *cell;

	foreach(cell, call->args)
		if (lnext(call->args, cell) != NULL)
		types[n++] = exprType(lfirst(cell));
	types[n++] = TEXTARRAYOID;
	types[n++] = OIDOID;
	types[n++] = ANYOID;
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum("score_columns"),
						   PointerGetDatum(buildoidvector(types, n)),
						   ObjectIdGetDatum(get_func_namespace(call->funcid)));
}

static Node *
without_record(PlannerInfo *root, FuncExpr *call)
{
	int			n_arguments = list_length(call->args);
	Node	   *record = llast(call->args);
	Columns		columns = {NIL, NIL, NULL};
	bool		good = false;
	List	   *arguments;
	Oid			function;

	if (n_arguments < 2 || n_arguments > 3)
		return NULL;
	if (IsA(record, RowExpr))
		good = columns_of_row((RowExpr *) record, &columns);
	else if (IsA(record, Var) && root != NULL &&
			 ((Var *) record)->varattno == InvalidAttrNumber &&
			 ((Var *) record)->varlevelsup == 0 &&
			 !IS_SPECIAL_VARNO(((Var *) record)->varno))
		good = columns_of_table(root, (Var *) record, &columns);
	if (!good || columns.values == NIL ||
		n_arguments + 1 + list_length(columns.values) > FUNC_MAX_ARGS)
		return NULL;
	function = columns_function(call);
	if (!OidIsValid(function))
		return NULL;
	arguments = list_copy_head(call->args, n_arguments - 1);
	arguments = lappend(arguments, names_const(columns.names));
	arguments = lappend(arguments, columns.present ? columns.present :
						(Expr *) oid_const(InvalidOid));
	arguments = list_concat(arguments, columns.values);
	return (Node *) makeFuncExpr(function, FLOAT8OID, arguments, InvalidOid,
								 call->inputcollid, COERCE_EXPLICIT_CALL);
}

/* score_support(internal) -> internal; strict */
Datum
score_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(without_record(simplify->root, simplify->fcall));
}
