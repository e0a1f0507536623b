/*
 * model_value.c
 *		The model as a datum: open, build, amend.
 *
 * Nothing else reads or writes the bytes of a model value.
 */
#include "compat.h"

#include "utils/memutils.h"

#include "crmprob.h"
#include "model_value.h"

CrmArena
crm_arena_make(size_t size)
{
	CrmArena	arena = {NULL, size, 0};

	if (size == 0 || size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model is too large")));
	arena.base = palloc(size);
	return arena;
}

Size
crm_model_key_size(const struct varlena *value)
{
	if (VARATT_IS_4B_U(value) &&
		crm_model_has_key((const uint8_t *) VARDATA(value),
						  VARSIZE(value) - VARHDRSZ))
		return VARHDRSZ + CRM_MODEL_KEY_BYTES;
	return VARSIZE_ANY(value);
}

bool
crm_model_decode_value(const struct varlena *value, CrmModel *model)
{
	size_t		size = VARSIZE_ANY_EXHDR(value);
	CrmArena	arena = crm_arena_make(crm_model_decode_size(size));

	return crm_model_decode((const uint8_t *) VARDATA_ANY(value), size, &arena,
							model);
}

CrmOpenModel *
crm_model_open(Datum value, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "crmprob model",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CrmOpenModel *open = palloc0(sizeof *open);
	struct varlena *copy = PG_DETOAST_DATUM_COPY(value);
	CrmArena	arena;

	open->context = context;
	if (!crm_model_decode_value(copy, &open->model))
	{
		CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

		crm_corrupt("crmprob.model", &error);
	}
	arena = crm_arena_make(crm_scorer_size(&open->model));
	if (!crm_scorer_init(&open->scorer, &open->model, &arena))
		elog(ERROR, "scorer does not fit its estimate");
	MemoryContextSwitchTo(caller);
	return open;
}

void
crm_model_close(CrmOpenModel *open)
{
	MemoryContextDelete(open->context);
}

CrmModelValue *
crm_model_build(const CrmModel *model)
{
	size_t		size;
	bytea	   *value;

	if (!crm_model_check(model))
		elog(ERROR, "model does not pass its own check");
	size = crm_model_encode(model, NULL, 0);
	if (size == 0 || size > CRM_MODEL_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model of %zu bytes is too large", size),
				 errdetail("A model has at most %d bytes.",
						   CRM_MODEL_MAX_BYTES)));
	value = crm_new_value(size);
	crm_model_encode(model, (uint8_t *) VARDATA(value), size);
	return value;
}

CrmModelValue *
crm_model_amend(Datum value, const CrmCalibration *calibration,
				const double *grades, uint32 n_grades,
				const CrmString *warnings, uint32 n_warnings)
{
	CrmModel	model;
	uint32		n;
	CrmString  *all;

	if (!crm_model_decode_value(PG_DETOAST_DATUM_PACKED(value), &model))
	{
		CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

		crm_corrupt("crmprob.model", &error);
	}
	if (calibration != NULL)
		model.calibration = *calibration;
	if (grades != NULL)
	{
		model.grades = grades;
		model.n_grades = n_grades;
	}
	n = model.n_warnings;
	all = palloc((n + n_warnings + 1) * sizeof *all);
	memcpy(all, model.warnings, n * sizeof *all);
	for (uint32 i = 0; i < n_warnings && n < CRM_MODEL_MAX_WARNINGS; i++)
		all[n++] = warnings[i];
	model.warnings = all;
	model.n_warnings = n;
	return crm_model_build(&model);
}

void
crm_model_report_warnings(const CrmModel *model)
{
	for (uint32 i = 0; i < model->n_warnings; i++)
		ereport(WARNING,
				(errmsg_internal("%.*s", (int) model->warnings[i].length,
								 model->warnings[i].bytes)));
}
