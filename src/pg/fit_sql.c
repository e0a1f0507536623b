/*
 * fit_sql.c
 *		The aggregate fit: rows to a model.
 *
 * Its state is internal, a dataset in the aggregate's context: training data
 * outgrows a datum.  There is no combine function, so each group is gathered by
 * one process.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/typcache.h"

#include "crmprob.h"
#include "dataset.h"

PG_FUNCTION_INFO_V1(fit_accum);
PG_FUNCTION_INFO_V1(fit_final);

typedef struct FitState
{
	MemoryContext context;
	text	   *algorithm;
	Jsonb	   *options;		/* NULL: none */
	CrmFitOptions *parsed;
	Oid			type;			/* of the records */
	int32		typmod;
	CrmDataset *dataset;		/* NULL until the first record */
	uint64		n_null;			/* records before it */
} FitState;

static FitState *
new_state(MemoryContext context, text * algorithm, Jsonb *options)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	FitState   *state = palloc0(sizeof *state);

	state->context = context;
	state->algorithm = (text *) PG_DETOAST_DATUM_COPY(PointerGetDatum(algorithm));
	if (options != NULL)
		state->options = (Jsonb *)
			PG_DETOAST_DATUM_COPY(PointerGetDatum(options));
	state->parsed = crm_fit_options_parse(VARDATA_ANY(algorithm),
										  VARSIZE_ANY_EXHDR(algorithm),
										  state->options);
	if (state->parsed->calibrate != CRM_CALIBRATE_DEFAULT &&
		state->parsed->calibrate != CRM_CALIBRATE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fit does not calibrate: every row is fitted"),
				 errhint("crmprob.train() sets rows aside for calibration.")));
	MemoryContextSwitchTo(caller);
	return state;
}

static bool
same_bytes(const void *a, const void *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* The first row's algorithm and options are the group's. */
static void
check_parameters(const FitState *state, text * algorithm, Jsonb *options)
{
	if (!same_bytes(state->algorithm, algorithm) ||
		(state->options == NULL) != (options == NULL) ||
		(options != NULL && !same_bytes(state->options, options)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("algorithm and options of fit must be the same in all rows"),
				 errhint("Add them to GROUP BY to fit one model for each.")));
}

static void
add_record(FitState *state, HeapTupleHeader record, bool label,
		   bool label_null)
{
	Oid			type = HeapTupleHeaderGetTypeId(record);
	int32		typmod = HeapTupleHeaderGetTypMod(record);

	if (state->dataset == NULL)
	{
		TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, typmod);

		state->type = type;
		state->typmod = typmod;
		state->dataset = crm_dataset_create(state->context, desc,
											state->parsed, NULL, 0);
		FreeTupleDesc(desc);
		for (; state->n_null > 0; state->n_null--)
			crm_dataset_skip(state->dataset);
	}
	else if (type != state->type || typmod != state->typmod)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("records of fit must be of one row type")));
	crm_dataset_add_record(state->dataset, record, label, label_null);
}

/* A record that is NULL has no features to learn from. */
static void
count_null(FitState *state)
{
	if (state->dataset != NULL)
		crm_dataset_skip(state->dataset);
	else
		state->n_null++;
}

/*
 * fit_accum(internal, text, boolean, record [, jsonb]) -> internal; rows with a
 * NULL label or record are counted and skipped, NULL options are none
 */
Datum
fit_accum(PG_FUNCTION_ARGS)
{
	FitState   *state = PG_ARGISNULL(0) ? NULL :
	(FitState *) PG_GETARG_POINTER(0);
	Jsonb	   *options = NULL;
	MemoryContext context;
	text	   *algorithm;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "fit_accum called in non-aggregate context");
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("algorithm must not be null")));
	algorithm = PG_GETARG_TEXT_PP(1);
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		options = PG_GETARG_JSONB_P(4);
	if (state == NULL)
		state = new_state(context, algorithm, options);
	else
		check_parameters(state, algorithm, options);
	if (PG_ARGISNULL(3))
		count_null(state);
	else
		add_record(state, PG_GETARG_HEAPTUPLEHEADER(3),
				   !PG_ARGISNULL(2) && PG_GETARG_BOOL(2), PG_ARGISNULL(2));
	PG_RETURN_POINTER(state);
}

/* fit_final(internal) -> model; NULL without any record */
Datum
fit_final(PG_FUNCTION_ARGS)
{
	FitState   *state = PG_ARGISNULL(0) ? NULL :
	(FitState *) PG_GETARG_POINTER(0);
	CrmModelValue *value;
	CrmModel	model;

	if (state == NULL || state->dataset == NULL ||
		!crm_dataset_enough(state->dataset))
		PG_RETURN_NULL();
	value = crm_dataset_fit(state->dataset, NULL, 0);
	if (crm_model_decode_value(value, &model))
		crm_model_report_warnings(&model);
	PG_RETURN_POINTER(value);
}
