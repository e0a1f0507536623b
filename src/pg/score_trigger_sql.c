/*
 * score_trigger_sql.c
 *		score_trigger: the champion's score into a column of the row, and its
 *		grade into another.
 *
 * One trigger of one statement is one call site: its fn_extra holds the
 * registry's answer and the column map.  The map is checked for each row
 * against the identity of the row type's state, not its OID, which survives
 * ALTER TABLE.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "grade.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(score_trigger);

/* The arguments of CREATE TRIGGER, in order; an empty one is not given. */
enum
{
	ARGUMENT_MODEL,
	ARGUMENT_SCORE,
	ARGUMENT_GRADE,
	ARGUMENT_REASONS,
	ARGUMENT_OVERRIDE,
	ARGUMENTS
};

/* A column of the row; number 0: none. */
typedef struct TriggerColumn
{
	AttrNumber	number;
	Oid			type;			/* what it is over, if a domain */
	int32		typmod;
	Oid			domain;			/* or invalid */
	void	   *domain_check;	/* what domain_check() keeps */
} TriggerColumn;

typedef struct TriggerState
{
	CrmRegistry *registry;
	text	   *name;
	MemoryContext map_context;
	/* what the map and the target were made for */
	uint64		serial;
	uint64		row_state;
	CrmFeatureMap *map;
	Datum	   *values;			/* of one row, natts of each */
	bool	   *nulls;
	TriggerColumn score;
	TriggerColumn grade;
	TriggerColumn override;
} TriggerState;

static const char *
argument(const Trigger *trigger, int i)
{
	if (i >= trigger->tgnargs || trigger->tgargs[i][0] == '\0')
		return NULL;
	return trigger->tgargs[i];
}

static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(data->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(data->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(data->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("score_trigger must be called by a trigger before insert or update for each row"),
				 errhint("CREATE TRIGGER ... BEFORE INSERT OR UPDATE ON ... FOR EACH ROW EXECUTE FUNCTION crmprob.score_trigger('model', 'column').")));
	if (data->tg_trigger->tgnargs < 2 || data->tg_trigger->tgnargs > ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score_trigger takes a model and one to four columns, not %d arguments",
						data->tg_trigger->tgnargs),
				 errhint("EXECUTE FUNCTION crmprob.score_trigger('model', 'score column', 'grade column', 'reasons column', 'override column'); '' leaves one out.")));
	if (argument(data->tg_trigger, ARGUMENT_REASONS) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a reasons column is not supported by this version"),
				 errhint("Give '' in its place.")));
}

/* A column by name that a trigger can read; none for no name. */
static TriggerColumn
find_column(Relation rel, const char *name, const char *hint)
{
	TupleDesc	desc = RelationGetDescr(rel);
	TriggerColumn column = {0};

	if (name == NULL)
		return column;
	for (int i = 0; i < desc->natts && column.number == 0; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);

		if (a->attisdropped || strcmp(NameStr(a->attname), name) != 0)
			continue;
		if (a->attgenerated)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" is generated and cannot take a score",
							name)));
		column.number = a->attnum;
		column.typmod = a->atttypmod;
		column.type = getBaseTypeAndTypmod(a->atttypid, &column.typmod);
		if (column.type != a->atttypid)
			column.domain = a->atttypid;
	}
	if (column.number == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						crm_clip(name), RelationGetRelationName(rel)),
				 errhint("%s", hint)));
	return column;
}

static void
find_columns(TriggerState *state, Relation rel, const Trigger *trigger)
{
	state->score = find_column(rel, trigger->tgargs[ARGUMENT_SCORE],
							   "The second argument of score_trigger names the column that takes the score.");
	state->grade = find_column(rel, argument(trigger, ARGUMENT_GRADE),
							   "The third argument of score_trigger names the column that takes the grade.");
	state->override = find_column(rel, argument(trigger, ARGUMENT_OVERRIDE),
								  "The fifth argument of score_trigger names the column that says that people decide.");
	if (state->score.type != FLOAT8OID && state->score.type != FLOAT4OID &&
		state->score.type != NUMERICOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" cannot take a score",
						trigger->tgargs[ARGUMENT_SCORE]),
				 errhint("Its type must be double precision, real, numeric or a domain over one of them.")));
	if (state->grade.number != 0 && state->grade.type != TEXTOID &&
		state->grade.type != VARCHAROID && state->grade.type != BPCHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" cannot take a grade",
						trigger->tgargs[ARGUMENT_GRADE]),
				 errhint("Its type must be text, varchar, char(n) or a domain over one of them.")));
}

/*
 * Generated columns are computed after BEFORE triggers: here they are NULL.
 * The columns of score and grade hold those before, if they hold any.
 */
static void
check_features(const TriggerState *state, const CrmModel *model, Relation rel)
{
	for (uint32 f = 0; f < model->n_features; f++)
	{
		AttrNumber	attno = crm_feature_map_attno(state->map, f);
		Form_pg_attribute a = TupleDescAttr(RelationGetDescr(rel), attno - 1);

		if (attno == state->score.number || attno == state->grade.number)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" takes the score and is a feature of the model",
							NameStr(a->attname)),
					 errdetail("Each score would depend on the one before it."),
					 errhint("Train without the column, or keep the score in another one.")));
		if (a->attgenerated)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("feature \"%s\" is a generated column",
							NameStr(a->attname)),
					 errdetail("A generated column has no value yet when a BEFORE trigger runs."),
					 errhint("Train on the columns that it is computed from, or compute it in an earlier trigger.")));
	}
}

static void
build_map(TriggerState *state, const CrmRegisteredModel *model,
		  uint64 row_state, TriggerData *data)
{
	MemoryContext caller;

	state->map = NULL;
	MemoryContextReset(state->map_context);
	find_columns(state, data->tg_relation, data->tg_trigger);
	caller = MemoryContextSwitchTo(state->map_context);
	state->map = crm_feature_map_build(model->open,
									   RelationGetDescr(data->tg_relation));
	state->values = palloc(sizeof(Datum) *
						   RelationGetDescr(data->tg_relation)->natts);
	state->nulls = palloc(sizeof(bool) *
						  RelationGetDescr(data->tg_relation)->natts);
	MemoryContextSwitchTo(caller);
	check_features(state, &model->open->model, data->tg_relation);
	state->serial = model->serial;
	state->row_state = row_state;
}

static TriggerState *
get_state(FmgrInfo *call_site, const char *name)
{
	TriggerState *state = call_site->fn_extra;
	MemoryContext caller;

	if (state != NULL)
		return state;
	caller = MemoryContextSwitchTo(call_site->fn_mcxt);
	state = palloc0(sizeof *state);
	state->registry = crm_registry_create(call_site->fn_mcxt);
	state->name = cstring_to_text(name);
	state->map_context = AllocSetContextCreate(call_site->fn_mcxt,
											   "crmprob trigger map",
											   ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(caller);
	call_site->fn_extra = state;
	return state;
}

/* The score in the type of the column it goes to, or that this is over. */
static Datum
score_value(const TriggerColumn *column, double score)
{
	Datum		value;

	switch (column->type)
	{
		case FLOAT4OID:
			return Float4GetDatum((float4) score);
		case NUMERICOID:
			value = DirectFunctionCall1(float8_numeric, Float8GetDatum(score));
			return DirectFunctionCall2(numeric, value,
									   Int32GetDatum(column->typmod));
		default:
			return Float8GetDatum(score);
	}
}

/* As an assignment to a column of a domain, which may refuse the value. */
static void
check_domain(TriggerState *state, TriggerColumn *column)
{
	AttrNumber	i = column->number - 1;

	if (OidIsValid(column->domain))
		domain_check(state->values[i], state->nulls[i], column->domain,
					 &column->domain_check, state->map_context);
}

/* The grade likewise; one letter fits every width. */
static void
set_grade(TriggerState *state, const CrmModel *model, double score)
{
	AttrNumber	i = state->grade.number - 1;
	char		grade = crm_grade(model, score);

	state->nulls[i] = grade == '\0';
	if (state->nulls[i])
		return;
	state->values[i] =
		PointerGetDatum(cstring_to_text_with_len(&grade, 1));
	if (state->grade.type == BPCHAROID)
		state->values[i] = DirectFunctionCall3(bpchar, state->values[i],
											   Int32GetDatum(state->grade.typmod),
											   BoolGetDatum(false));
}

/* Have people decided?  A boolean says so by true, others by a value. */
static bool
is_overridden(const TriggerState *state)
{
	AttrNumber	i = state->override.number - 1;

	if (state->override.number == 0 || state->nulls[i])
		return false;
	return state->override.type != BOOLOID || DatumGetBool(state->values[i]);
}

/*
 * The row with its score.  As heap_modify_tuple does it, but the row is taken
 * apart only once.
 */
static HeapTuple
scored_row(TriggerState *state, const CrmOpenModel *model, TupleDesc desc,
		   HeapTuple row)
{
	HeapTuple	result;
	double		score;

	heap_deform_tuple(row, desc, state->values, state->nulls);
	if (is_overridden(state))
		return row;
	score = crm_scorer_probability(&model->scorer,
								   crm_feature_map_values(state->map,
														  state->values,
														  state->nulls));
	state->values[state->score.number - 1] = score_value(&state->score, score);
	state->nulls[state->score.number - 1] = false;
	check_domain(state, &state->score);
	if (state->grade.number != 0)
	{
		set_grade(state, &model->model, score);
		check_domain(state, &state->grade);
	}
	result = heap_form_tuple(desc, state->values, state->nulls);
	result->t_data->t_ctid = row->t_data->t_ctid;
	result->t_self = row->t_self;
	result->t_tableOid = row->t_tableOid;
	return result;
}

/*
 * score_trigger('model', 'score' [, 'grade' [, 'reasons' [, 'override']]]) ->
 * trigger; the arguments are constants of
 * CREATE TRIGGER, so none is NULL
 */
Datum
score_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	TriggerState *state;
	CrmRegisteredModel *model;
	uint64		row_state;

	check_call(fcinfo);
	state = get_state(fcinfo->flinfo, data->tg_trigger->tgargs[0]);
	model = crm_registry_get(state->registry, state->name, CRM_CHAMPION);
	row_state =
		assign_record_type_identifier(data->tg_relation->rd_rel->reltype, -1);
	if (state->map == NULL || state->serial != model->serial ||
		state->row_state != row_state)
		build_map(state, model, row_state, data);
	PG_RETURN_POINTER(scored_row(state, model->open,
								 RelationGetDescr(data->tg_relation),
								 TRIGGER_FIRED_BY_UPDATE(data->tg_event) ?
								 data->tg_newtuple : data->tg_trigtuple));
}
