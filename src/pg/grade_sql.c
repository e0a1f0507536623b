/*
 * grade_sql.c
 *		Grades of scores by the limits that a model holds.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "crmprob.h"
#include "grade.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(model_grade);
PG_FUNCTION_INFO_V1(registry_grade);
PG_FUNCTION_INFO_V1(model_set_grades);
PG_FUNCTION_INFO_V1(model_grade_limits);

char
crm_grade(const CrmModel *model, double score)
{
	uint32		i = 0;

	if (model->n_grades == 0)
		return '\0';
	while (i < model->n_grades && score < model->grades[i])
		i++;
	return (char) ('A' + i);
}

static CrmRegistry *
call_registry(FunctionCallInfo fcinfo)
{
	FmgrInfo   *call_site = fcinfo->flinfo;

	if (call_site->fn_extra == NULL)
		call_site->fn_extra = crm_registry_create(call_site->fn_mcxt);
	return call_site->fn_extra;
}

static Datum
grade_datum(FunctionCallInfo fcinfo, const CrmModel *model, double score)
{
	char		grade;

	crm_require_probability(score);
	grade = crm_grade(model, score);
	if (grade == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(&grade, 1));
}

/* grade(model, score float8) -> text; strict, NULL without limits */
Datum
model_grade(PG_FUNCTION_ARGS)
{
	CrmRegisteredModel *m = crm_registry_get_value(call_registry(fcinfo),
												   PG_GETARG_DATUM(0));

	return grade_datum(fcinfo, &m->open->model, PG_GETARG_FLOAT8(1));
}

/* grade(name text, score float8) -> text; strict, NULL without limits */
Datum
registry_grade(PG_FUNCTION_ARGS)
{
	CrmRegisteredModel *m = crm_registry_get(call_registry(fcinfo),
											 PG_GETARG_TEXT_PP(0),
											 CRM_CHAMPION);

	return grade_datum(fcinfo, &m->open->model, PG_GETARG_FLOAT8(1));
}

/* set_grades(model, limits float8[]) -> model; strict */
Datum
model_set_grades(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	double		limits[CRM_MODEL_MAX_GRADES];
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &nulls, &n);
	if (n > CRM_MODEL_MAX_GRADES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a model has at most %d limits of grades",
						CRM_MODEL_MAX_GRADES)));
	for (int i = 0; i < n; i++)
	{
		limits[i] = nulls[i] ? get_float8_nan() : DatumGetFloat8(elements[i]);
		if (!(limits[i] >= 0 && limits[i] <= 1) ||
			(i > 0 && limits[i] >= limits[i - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("limits of grades must fall from 1 to 0"),
					 errhint("The first is the least score of grade A, as in '{0.75, 0.5, 0.25}'.")));
	}
	PG_RETURN_POINTER(crm_model_amend(PG_GETARG_DATUM(0), NULL, limits,
									  (uint32) n, NULL, 0));
}

/* grade_limits(model) -> float8[]; strict, empty without limits */
Datum
model_grade_limits(PG_FUNCTION_ARGS)
{
	CrmRegisteredModel *m = crm_registry_get_value(call_registry(fcinfo),
												   PG_GETARG_DATUM(0));
	Datum		limits[CRM_MODEL_MAX_GRADES];
	uint32		n = m->open->model.n_grades;

	for (uint32 i = 0; i < n; i++)
		limits[i] = Float8GetDatum(m->open->model.grades[i]);
	PG_RETURN_POINTER(construct_array(limits, (int) n, FLOAT8OID,
									  sizeof(float8), FLOAT8PASSBYVAL,
									  TYPALIGN_DOUBLE));
}
