/*
 * commission_sql.c
 *		commission(amount, plan): tiers, accelerators and caps, exact in numeric.
 *
 * A plan is jsonb: {"mode", "tiers", "cap", "quota"}, or the array of tiers
 * alone.  Reading it is checking it; the domain commission_plan does so when a
 * value is made, and every function here once more.
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "crmprob.h"
#include "decimal.h"

PG_FUNCTION_INFO_V1(commission_plan_check);
PG_FUNCTION_INFO_V1(commission_tiers);
PG_FUNCTION_INFO_V1(commission_amount);
PG_FUNCTION_INFO_V1(commission_statement);

#define MAX_TIERS 1000

typedef struct CommissionTier
{
	Numeric		from;			/* amount, quota multiplied in */
	Numeric		rate;			/* accelerator multiplied in */
} CommissionTier;

typedef struct CommissionPlan
{
	bool		retroactive;
	Numeric		cap;			/* or NULL */
	int			n;
	CommissionTier *tiers;
} CommissionPlan;

/* A tier as it is written; NULL where it does not say. */
typedef struct WrittenTier
{
	Numeric		from;
	Numeric		to;
	Numeric		rate;
	Numeric		times;
} WrittenTier;

static void
bad_plan(const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid commission plan"),
			 errdetail_internal("%s", detail),
			 hint ? errhint("%s", hint) : 0));
}

/* A number of 0 or more; null is none. */
static Numeric
plan_number(const JsonbValue *v, const char *key)
{
	Numeric		number;

	if (v->type == jbvNull)
		return NULL;
	if (v->type != jbvNumeric)
		bad_plan(psprintf("\"%s\" must be a number.", key), NULL);
	number = DatumGetNumericCopy(NumericGetDatum(v->val.numeric));
	if (!crm_decimal_counts(number))
		bad_plan(psprintf("\"%s\" must not be negative.", key), NULL);
	return number;
}

static bool
key_is(const JsonbValue *key, const char *name)
{
	return key->val.string.len == (int) strlen(name) &&
		memcmp(key->val.string.val, name, strlen(name)) == 0;
}

static void
read_tier(const JsonbValue *element, WrittenTier *w)
{
	static const char *const names[] = {"from", "to", "rate", "times"};
	Numeric    *const places[] = {&w->from, &w->to, &w->rate, &w->times};
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	memset(w, 0, sizeof *w);
	if (element->type != jbvBinary ||
		!JsonContainerIsObject(element->val.binary.data))
		bad_plan("A tier must be an object.",
				 "Write a tier as {\"from\": 10000, \"rate\": 0.05}.");
	it = JsonbIteratorInit(element->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		int			k = 0;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		while (k < (int) lengthof(names) && !key_is(&key, names[k]))
			k++;
		if (k == lengthof(names))
			bad_plan(psprintf("Tiers have no \"%s\".",
							  crm_clip_bytes(key.val.string.val,
											 (size_t) key.val.string.len)),
					 "A tier has \"from\", and \"rate\" or \"times\"; \"to\" may be given.");
		*places[k] = plan_number(&value, names[k]);
	}
	if (w->from == NULL)
		bad_plan("A tier has no \"from\".", NULL);
	if ((w->rate == NULL) == (w->times == NULL))
		bad_plan("A tier has either \"rate\" or \"times\".", NULL);
}

/* Each begins where the one before it ends. */
static void
check_order(const WrittenTier *w, int n)
{
	for (int i = 0; i + 1 < n; i++)
	{
		if (crm_decimal_cmp(w[i].from, w[i + 1].from) >= 0)
			bad_plan("Tiers must begin one above the other.", NULL);
		if (w[i].to != NULL && crm_decimal_cmp(w[i].to, w[i + 1].from) > 0)
			bad_plan("Tiers must not overlap.", NULL);
		if (w[i].to != NULL && crm_decimal_cmp(w[i].to, w[i + 1].from) < 0)
			bad_plan("Between two tiers nothing may be left out.",
					 "Give what lies between a tier of its own, with the rate 0 if need be.");
	}
	if (w[n - 1].to != NULL)
		bad_plan("The last tier has no end.",
				 "Limit the commission by \"cap\".");
}

static void
read_tiers(CommissionPlan *plan, JsonbContainer *array, Numeric quota)
{
	WrittenTier *written;
	int			n = (int) JsonContainerSize(array);

	if (n < 1)
		bad_plan("There is no tier.", NULL);
	if (n > MAX_TIERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a commission plan has at most %d tiers", MAX_TIERS)));
	written = palloc(n * sizeof *written);
	for (int i = 0; i < n; i++)
		read_tier(getIthJsonbValueFromContainer(array, (uint32) i),
				  &written[i]);
	check_order(written, n);
	if (written[0].rate == NULL)
		bad_plan("The first tier must have a \"rate\", which \"times\" multiplies.",
				 NULL);
	plan->n = n;
	plan->tiers = palloc(n * sizeof(CommissionTier));
	for (int i = 0; i < n; i++)
	{
		CommissionTier *t = &plan->tiers[i];

		t->from = quota == NULL ? written[i].from :
			crm_decimal_mul(written[i].from, quota);
		t->rate = written[i].rate != NULL ? written[i].rate :
			crm_decimal_mul(written[0].rate, written[i].times);
		if (crm_decimal_cmp(t->rate, crm_decimal_of(1)) > 0)
			bad_plan("A rate must be between 0 and 1.",
					 "Write 5 % as 0.05.");
		if (plan->retroactive && i > 0 &&
			crm_decimal_cmp(t->rate, t[-1].rate) < 0)
			bad_plan("Retroactive rates must not fall: who sells more would get less.",
					 NULL);
	}
}

/* The members of a plan that is an object; the array of tiers. */
static JsonbContainer *
read_members(CommissionPlan *plan, Jsonb *json, Numeric *quota)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbContainer *tiers = NULL;
	JsonbValue	key;
	JsonbValue	v;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &v, true);
		if (key_is(&key, "tiers") && v.type == jbvBinary &&
			JsonContainerIsArray(v.val.binary.data))
			tiers = v.val.binary.data;
		else if (key_is(&key, "cap"))
			plan->cap = plan_number(&v, "cap");
		else if (key_is(&key, "quota"))
			*quota = plan_number(&v, "quota");
		else if (key_is(&key, "mode") && v.type == jbvString &&
				 (key_is(&v, "marginal") || key_is(&v, "retroactive")))
			plan->retroactive = key_is(&v, "retroactive");
		else
			bad_plan(psprintf("\"%s\" is not known, or not what it should be.",
							  crm_clip_bytes(key.val.string.val,
											 (size_t) key.val.string.len)),
					 "A plan has \"tiers\" (an array), \"mode\" (\"marginal\" or \"retroactive\"), \"quota\" and \"cap\" (numbers).");
	}
	if (tiers == NULL)
		bad_plan("There are no \"tiers\".", NULL);
	if (*quota != NULL && crm_decimal_cmp(*quota, crm_decimal_of(0)) == 0)
		bad_plan("\"quota\" must be above 0.", NULL);
	return tiers;
}

static void
read_plan(Jsonb *json, CommissionPlan *plan)
{
	Numeric		quota = NULL;
	JsonbContainer *tiers = &json->root;

	memset(plan, 0, sizeof *plan);
	if (JB_ROOT_IS_OBJECT(json))
		tiers = read_members(plan, json, &quota);
	else if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		bad_plan("It is neither an object nor an array.",
				 "Write it as [{\"from\": 0, \"rate\": 0.05}, {\"from\": 10000, \"rate\": 0.08}].");
	read_tiers(plan, tiers, quota);
}

/* commission_plan_check(plan jsonb) -> boolean, true or an error; strict */
Datum
commission_plan_check(PG_FUNCTION_ARGS)
{
	CommissionPlan plan;

	read_plan(PG_GETARG_JSONB_P(0), &plan);
	PG_RETURN_BOOL(true);
}

/* commission_tiers(plan jsonb) -> setof (tier, from_amount, to_amount, rate); strict */
Datum
commission_tiers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	CommissionPlan plan;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	read_plan(PG_GETARG_JSONB_P(0), &plan);
	for (int i = 0; i < plan.n; i++)
	{
		Datum		values[4] = {0};
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = NumericGetDatum(plan.tiers[i].from);
		nulls[2] = i + 1 == plan.n;
		if (!nulls[2])
			values[2] = NumericGetDatum(plan.tiers[i + 1].from);
		values[3] = NumericGetDatum(plan.tiers[i].rate);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static Numeric
amount_argument(FunctionCallInfo fcinfo)
{
	Numeric		amount = PG_GETARG_NUMERIC(0);

	if (!crm_decimal_counts(amount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must be a number of 0 or more")));
	return amount;
}

/* What of the amount tier i pays for, or NULL for nothing. */
static Numeric
amount_in_tier(const CommissionPlan *plan, int i, Numeric amount)
{
	const CommissionTier *t = &plan->tiers[i];
	bool		last = i + 1 == plan->n;

	if (crm_decimal_cmp(amount, t->from) < 0)
		return NULL;
	if (plan->retroactive)
		return last || crm_decimal_cmp(amount, t[1].from) < 0 ? amount : NULL;
	if (!last && crm_decimal_cmp(amount, t[1].from) > 0)
		amount = t[1].from;
	return crm_decimal_sub(amount, t->from);
}

/* commission(amount numeric, plan commission_plan) -> numeric; strict */
Datum
commission_amount(PG_FUNCTION_ARGS)
{
	Numeric		amount = amount_argument(fcinfo);
	Numeric		sum = crm_decimal_of(0);
	CommissionPlan plan;

	read_plan(PG_GETARG_JSONB_P(1), &plan);
	for (int i = 0; i < plan.n; i++)
	{
		Numeric		part = amount_in_tier(&plan, i, amount);

		if (part != NULL)
			sum = crm_decimal_add(sum, crm_decimal_mul(part,
													   plan.tiers[i].rate));
	}
	if (plan.cap != NULL && crm_decimal_cmp(sum, plan.cap) > 0)
		sum = plan.cap;
	PG_RETURN_NUMERIC(sum);
}

/*
 * commission_statement(amount numeric, plan commission_plan) -> setof (tier,
 * amount, rate, commission), tier NULL for what the cap takes; strict
 */
Datum
commission_statement(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	Numeric		amount;
	Numeric		sum = crm_decimal_of(0);
	Datum		values[4] = {0};
	bool		nulls[4] = {false};
	CommissionPlan plan;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	amount = amount_argument(fcinfo);
	read_plan(PG_GETARG_JSONB_P(1), &plan);
	for (int i = 0; i < plan.n; i++)
	{
		Numeric		part = amount_in_tier(&plan, i, amount);
		Numeric		paid;

		if (part == NULL)
			continue;
		paid = crm_decimal_mul(part, plan.tiers[i].rate);
		sum = crm_decimal_add(sum, paid);
		values[0] = Int32GetDatum(i + 1);
		values[1] = NumericGetDatum(part);
		values[2] = NumericGetDatum(plan.tiers[i].rate);
		values[3] = NumericGetDatum(paid);
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	if (plan.cap != NULL && crm_decimal_cmp(sum, plan.cap) > 0)
	{
		nulls[0] = nulls[1] = nulls[2] = true;
		values[3] = NumericGetDatum(crm_decimal_sub(plan.cap, sum));
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
	}
	return (Datum) 0;
}
