/*
 * assignment_sql.c
 *		SQL function of the assignment of the greatest total value.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "assignment.h"
#include "crmprob.h"

PG_FUNCTION_INFO_V1(assignment_optimal);

static bool
poll_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static int32 *
read_capacities(ArrayType *array, uint32 *sellers)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int32	   *capacities;

	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &elements, &nulls, &n);
	if (n > CRM_ASSIGNMENT_MAX_SELLERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an assignment has at most %d sellers",
						CRM_ASSIGNMENT_MAX_SELLERS)));
	capacities = palloc_array(int32, n + 1);
	for (int i = 0; i < n; i++)
	{
		capacities[i] = nulls[i] ? 0 : DatumGetInt32(elements[i]);
		if (capacities[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("capacity %d is negative", capacities[i])));
	}
	*sellers = (uint32) n;
	return capacities;
}

static int64
read_value(Datum value)
{
	int64		money = crm_numeric_money(value);

	if (money > CRM_ASSIGNMENT_MAX_VALUE || money < -CRM_ASSIGNMENT_MAX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of a deal with a seller is out of range")));
	return money;
}

static int64 *
read_values(ArrayType *array, uint32 sellers, uint32 *deals)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int64	   *values;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &n);
	if (n > 0 && (ARR_NDIM(array) != 2 ||
				  ARR_DIMS(array)[1] != (int) sellers))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("values must be an array of deals by sellers"),
				 errdetail("There are %u capacities.", sellers)));
	if (n > CRM_ASSIGNMENT_MAX_PAIRS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an assignment has at most %d pairs of a deal and a seller",
						CRM_ASSIGNMENT_MAX_PAIRS),
				 errhint("Assign by region or team.")));
	values = palloc_array(int64, n + 1);
	for (int i = 0; i < n; i++)
		values[i] = nulls[i] ? CRM_NOT_ALLOWED : read_value(elements[i]);
	*deals = n > 0 ? (uint32) ARR_DIMS(array)[0] : 0;
	return values;
}

/*
 * optimal_assignment("values" numeric[], capacities int[]) -> int[]: by deal
 * the position of its seller, NULL for nobody; strict, a NULL value is a pair
 * that is not allowed
 */
Datum
assignment_optimal(PG_FUNCTION_ARGS)
{
	static const CrmPoll poll = {poll_interrupts, NULL};
	CrmAssignment a = {0};
	Datum	   *elements;
	bool	   *nulls;
	int			dims[1];
	int			low[1] = {1};

	a.capacities = read_capacities(PG_GETARG_ARRAYTYPE_P(1), &a.sellers);
	a.values = read_values(PG_GETARG_ARRAYTYPE_P(0), a.sellers, &a.deals);
	if (a.deals == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(INT4OID));
	a.seller = palloc_array(uint32, a.deals);
	(void) crm_assign(&a, palloc(crm_assign_size(&a)), &poll);
	elements = palloc_array(Datum, a.deals);
	nulls = palloc_array(bool, a.deals);
	for (uint32 d = 0; d < a.deals; d++)
	{
		nulls[d] = a.seller[d] == CRM_NOBODY;
		elements[d] = Int32GetDatum((int32) a.seller[d] + 1);
	}
	dims[0] = (int) a.deals;
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, 1, dims, low,
											 INT4OID, sizeof(int32), true,
											 TYPALIGN_INT));
}
