/*
 * score_trigger_sql.c
 *		score_trigger: the champion's score into a column of the row, its grade
 *		and its reasons into others.
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
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "explain_sql.h"
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

/* As many as reasons() gives by default. */
#define REASONS 3

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
	TriggerColumn reasons;
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
}

/* A column by name, for what it takes; none for no name. */
static TriggerColumn
find_column(Relation rel, const char *name, const char *what, const char *hint)
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
					 errmsg("column \"%s\" is generated and cannot take %s",
							name, what)));
		column.number = a->attnum;
		column.typmod = a->atttypmod;
		column.type = getBaseTypeAndTypmod(a->atttypid, &column.typmod);
		column.domain = column.type == a->atttypid ? InvalidOid : a->atttypid;
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
check_type(const TriggerColumn *column, const char *name, bool fits,
		   const char *what, const char *types)
{
	if (column->number != 0 && !fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" cannot take %s", name, what),
				 errhint("Its type must be %s.", types)));
}

static void
find_columns(TriggerState *state, Relation rel, const Trigger *trigger)
{
	const char *score = trigger->tgargs[ARGUMENT_SCORE];
	const char *grade = argument(trigger, ARGUMENT_GRADE);
	const char *reasons = argument(trigger, ARGUMENT_REASONS);
	Oid			type;

	state->score = find_column(rel, score, "a score",
							   "The second argument of score_trigger names the column that takes the score.");
	state->grade = find_column(rel, grade, "a grade",
							   "The third argument of score_trigger names the column that takes the grade.");
	state->reasons = find_column(rel, reasons, "reasons",
								 "The fourth argument of score_trigger names the column that takes the reasons.");
	state->override = find_column(rel, argument(trigger, ARGUMENT_OVERRIDE),
								  "a decision",
								  "The fifth argument of score_trigger names the column that says that people decide.");
	type = state->score.type;
	check_type(&state->score, score,
			   type == FLOAT8OID || type == FLOAT4OID || type == NUMERICOID,
			   "a score",
			   "double precision, real, numeric or a domain over one of them");
	type = state->grade.type;
	check_type(&state->grade, grade,
			   type == TEXTOID || type == VARCHAROID || type == BPCHAROID,
			   "a grade", "text, varchar, char(n) or a domain over one of them");
	type = state->reasons.type;
	check_type(&state->reasons, reasons, !OidIsValid(state->reasons.domain) &&
			   (type == TEXTOID || type == TEXTARRAYOID),
			   "reasons", "text or text[]");
}

/* What the trigger writes holds what it wrote before, if anything. */
static void
check_not_written(const TriggerColumn *column, AttrNumber feature,
				  Form_pg_attribute a, const char *what, const char *each)
{
	if (feature == column->number)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" takes %s and is a feature of the model",
						NameStr(a->attname), what),
				 errdetail("Each score would depend on the one before it."),
				 errhint("Train without the column, or keep %s in another one.",
						 each)));
}

/* Generated columns are computed after BEFORE triggers: here they are NULL. */
static void
check_features(const TriggerState *state, const CrmModel *model, Relation rel)
{
	for (uint32 f = 0; f < model->n_features; f++)
	{
		AttrNumber	attno = crm_feature_map_attno(state->map, f);
		Form_pg_attribute a = TupleDescAttr(RelationGetDescr(rel), attno - 1);

		check_not_written(&state->score, attno, a, "the score", "the score");
		check_not_written(&state->grade, attno, a, "the grade", "the grade");
		check_not_written(&state->reasons, attno, a, "the reasons", "them");
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
base_value(const TriggerColumn *column, double score)
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

static void
set_score(TriggerState *state, double score)
{
	AttrNumber	i = state->score.number - 1;

	state->values[i] = base_value(&state->score, score);
	state->nulls[i] = false;
	check_domain(state, &state->score);
}

/* The grade likewise; one letter fits every width. */
static void
set_grade(TriggerState *state, const CrmModel *model, double score)
{
	AttrNumber	i = state->grade.number - 1;
	char		grade = crm_grade(model, score);

	state->nulls[i] = grade == '\0';
	if (!state->nulls[i])
		state->values[i] =
			PointerGetDatum(cstring_to_text_with_len(&grade, 1));
	if (!state->nulls[i] && state->grade.type == BPCHAROID)
		state->values[i] = DirectFunctionCall3(bpchar, state->values[i],
											   Int32GetDatum(state->grade.typmod),
											   BoolGetDatum(false));
	check_domain(state, &state->grade);
}

/* An array as one text, its elements apart by semicolons. */
static Datum
joined_reasons(Datum array)
{
	StringInfoData joined;
	Datum	   *elements;
	int			n;

	initStringInfo(&joined);
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		appendStringInfo(&joined, "%s%s", i == 0 ? "" : "; ",
						 TextDatumGetCString(elements[i]));
	return PointerGetDatum(cstring_to_text_with_len(joined.data, joined.len));
}

/* The row is apart still as it came: nothing has been set in it. */
static Datum
reasons_value(const TriggerState *state, const CrmOpenModel *model,
			  TupleDesc desc, const double *row)
{
	CrmRecordColumns columns = {desc, state->values, state->nulls};
	Datum		reasons = crm_reasons(model, state->map, row, &columns,
									  REASONS);

	return state->reasons.type == TEXTOID ? joined_reasons(reasons) : reasons;
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
	const double *features;
	double		score;
	Datum		reasons = (Datum) 0;

	heap_deform_tuple(row, desc, state->values, state->nulls);
	if (is_overridden(state))
		return row;
	features = crm_feature_map_values(state->map, state->values, state->nulls);
	score = crm_scorer_probability(&model->scorer, features);
	if (state->reasons.number != 0)
		reasons = reasons_value(state, model, desc, features);
	set_score(state, score);
	if (state->grade.number != 0)
		set_grade(state, &model->model, score);
	if (state->reasons.number != 0)
	{
		state->values[state->reasons.number - 1] = reasons;
		state->nulls[state->reasons.number - 1] = false;
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
