/*
 * score_trigger_sql.c
 *		score_trigger: the champion's score into a column of the row.
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
#include "registry.h"

PG_FUNCTION_INFO_V1(score_trigger);

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
	AttrNumber	target;
	Oid			target_type;	/* what it is over, if a domain */
	int32		target_typmod;
	Oid			domain;			/* of the target, or invalid */
	void	   *domain_check;	/* what domain_check() keeps */
} TriggerState;

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
	if (data->tg_trigger->tgnargs < 2 || data->tg_trigger->tgnargs > 4)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score_trigger takes a model and a column, not %d arguments",
						data->tg_trigger->tgnargs),
				 errhint("EXECUTE FUNCTION crmprob.score_trigger('model', 'column').")));
	if (data->tg_trigger->tgnargs > 2)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("grade and reasons columns are not supported by this version"),
				 errhint("Give the model and the column of the score only.")));
}

static void
find_target(TriggerState *state, Relation rel, const char *column)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Form_pg_attribute attribute = NULL;
	Oid			type;
	int32		typmod;

	for (int i = 0; i < desc->natts && attribute == NULL; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);

		if (!a->attisdropped && strcmp(NameStr(a->attname), column) == 0)
			attribute = a;
	}
	if (attribute == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						crm_clip(column), RelationGetRelationName(rel)),
				 errhint("The second argument of score_trigger names the column that takes the score.")));
	typmod = attribute->atttypmod;
	type = getBaseTypeAndTypmod(attribute->atttypid, &typmod);
	if (type != FLOAT8OID && type != FLOAT4OID && type != NUMERICOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" cannot take a score", column),
				 errhint("Its type must be double precision, real, numeric or a domain over one of them.")));
	if (attribute->attgenerated)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" is generated and cannot take a score",
						column)));
	state->target = attribute->attnum;
	state->target_type = type;
	state->target_typmod = typmod;
	state->domain = type == attribute->atttypid ? InvalidOid :
		attribute->atttypid;
	state->domain_check = NULL;
}

/*
 * Generated columns are computed after BEFORE triggers: here they are NULL.
 * The column of the score holds the score before, if it holds any.
 */
static void
check_features(const TriggerState *state, const CrmModel *model, Relation rel)
{
	for (uint32 f = 0; f < model->n_features; f++)
	{
		AttrNumber	attno = crm_feature_map_attno(state->map, f);
		Form_pg_attribute a = TupleDescAttr(RelationGetDescr(rel), attno - 1);

		if (attno == state->target)
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
	find_target(state, data->tg_relation, data->tg_trigger->tgargs[1]);
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
base_value(const TriggerState *state, double score)
{
	Datum		value;

	switch (state->target_type)
	{
		case FLOAT4OID:
			return Float4GetDatum((float4) score);
		case NUMERICOID:
			value = DirectFunctionCall1(float8_numeric, Float8GetDatum(score));
			return DirectFunctionCall2(numeric, value,
									   Int32GetDatum(state->target_typmod));
		default:
			return Float8GetDatum(score);
	}
}

/* As an assignment to a column of a domain, which may refuse the value. */
static Datum
target_value(TriggerState *state, double score)
{
	Datum		value = base_value(state, score);

	if (OidIsValid(state->domain))
		domain_check(value, false, state->domain, &state->domain_check,
					 state->map_context);
	return value;
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
	const double *features;

	heap_deform_tuple(row, desc, state->values, state->nulls);
	features = crm_feature_map_values(state->map, state->values, state->nulls);
	state->values[state->target - 1] =
		target_value(state, crm_scorer_probability(&model->scorer, features));
	state->nulls[state->target - 1] = false;
	result = heap_form_tuple(desc, state->values, state->nulls);
	result->t_data->t_ctid = row->t_data->t_ctid;
	result->t_self = row->t_self;
	result->t_tableOid = row->t_tableOid;
	return result;
}

/*
 * score_trigger('model', 'column') -> trigger; the arguments are constants of
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
