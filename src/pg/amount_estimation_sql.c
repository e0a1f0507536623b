/*
 * amount_estimation_sql.c
 *		estimate_amount: what deals may be worth, by three methods side by side.
 *
 * The past cases are read once into columns; then each row of the other query
 * is estimated as it comes.  Where every realised amount (and own figure) is
 * positive the work is on logarithms, else on the amounts.
 */
#include "compat.h"

#include <math.h>

#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "amount_estimation.h"
#include "crmprob.h"
#include "feature_type.h"
#include "normal.h"
#include "query_rows.h"
#include "string_set.h"

PG_FUNCTION_INFO_V1(estimate_amount);
PG_FUNCTION_INFO_V1(estimate_bias);

#define MAX_CASE_COLUMNS 100

/* Decimals of an estimate. */
#define DECIMALS 2

/* Columns with a role; the others are what cases are compared by. */
typedef enum Role
{
	ROLE_ID,
	ROLE_AMOUNT,
	ROLE_OWN,
	ROLE_SELLER,
	ROLE_SEGMENT,
	ROLES
} Role;

static const char *const role_names[ROLES] = {
	"id", "amount", "own_estimate", "seller", "segment"
};

/* Where a query's columns are; attno 0: not there. */
typedef struct Source
{
	AttrNumber	attno;
	CrmColumnType type;
} Source;

typedef struct Numbers
{
	double	   *values;
	uint32		room;
} Numbers;

typedef struct CaseColumn
{
	char		name[NAMEDATALEN];
	Source		past;
	Source		now;
	CrmStringSet labels;
	Numbers		numbers;
} CaseColumn;

/* A seller's or a segment's values. */
typedef struct Grouped
{
	CrmStringSet labels;
	Numbers		label;			/* of each past case, NaN: none */
	CrmGroup   *groups;
	uint32		n_groups;		/* labels of deals only have none */
	CrmGroupModel model;
} Grouped;

typedef struct Estimator
{
	DestReceiver pub;
	MemoryContext context;
	MemoryContext row_context;
	const char *function;
	Source		roles[ROLES];	/* of the query that is running */
	CaseColumn *columns;
	int			n_columns;
	uint32		n;				/* past cases */
	Numbers		amount;
	Numbers		own;			/* NaN: none */
	Grouped		seller;
	Grouped		segment;
	bool		by_seller;		/* has the past query the columns? */
	bool		by_segment;
	bool		by_own;
	bool		logarithms;
	bool		learned;		/* the past is read */
	double		z;				/* of the interval */
	double		level;
	uint32		k;
	CrmCaseColumn *cases;
	double	   *distances;
	double	   *heap;
	double	   *near_amounts;
	uint32	   *nearest;
	FmgrInfo	id_output;
	ReturnSetInfo *rsi;
} Estimator;

/*----------
 * Reading rows
 *----------
 */

static void
put_number(Estimator *e, Numbers *numbers, double value)
{
	MemoryContext old = MemoryContextSwitchTo(e->context);

	if (numbers->values == NULL)
	{
		numbers->room = 256;
		numbers->values = palloc_array(double, numbers->room);
	}
	else if (e->n == numbers->room)
	{
		numbers->room *= 2;
		numbers->values = repalloc(numbers->values,
								   mul_size(numbers->room, sizeof(double)));
	}
	numbers->values[e->n] = value;
	MemoryContextSwitchTo(old);
}

static int
role_of(const char *name)
{
	int			role = 0;

	while (role < ROLES && strcmp(name, role_names[role]) != 0)
		role++;
	return role;
}

static void
refuse_type(Form_pg_attribute a, const char *needed)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s is not %s", NameStr(a->attname),
					format_type_be(a->atttypid), needed)));
}

/* The columns with a role, which must be of a type that fits it. */
static void
find_roles(Estimator *e, TupleDesc desc)
{
	memset(e->roles, 0, sizeof e->roles);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);
		int			role = role_of(NameStr(a->attname));
		Source	   *source;

		if (role == ROLES)
			continue;
		source = &e->roles[role];
		source->attno = crm_query_column(desc, e->function,
										 NameStr(a->attname), "It");
		if (role == ROLE_ID)
			continue;
		if (!crm_column_type(a->atttypid, &source->type))
			refuse_type(a, "a number or a text");
		if (role <= ROLE_OWN && source->type.type != CRM_TYPE_NUMBER)
			refuse_type(a, "a number");
		if (role > ROLE_OWN && source->type.type >= CRM_TYPE_DATE)
			refuse_type(a, "a text");
	}
}

static bool
is_category(CrmColumnType type)
{
	return type.type != CRM_TYPE_NUMBER && type.type < CRM_TYPE_DATE;
}

/* A number that must be finite, NaN for NULL and NaN. */
static double
read_number(Source source, const char *name, TupleTableSlot *slot)
{
	double		v;

	if (source.attno == 0 || slot->tts_isnull[source.attno - 1])
		return NAN;
	v = crm_read_number(source.type.read, slot->tts_values[source.attno - 1]);
	if (isinf(v))
		crm_infinite_feature(name);
	return v;
}

/* An amount: NaN for NULL; NaN itself is refused, as money has none. */
static double
read_amount(const Estimator *e, Role role, TupleTableSlot *slot)
{
	Source		source = e->roles[role];
	double		v = read_number(source, role_names[role], slot);

	if (isnan(v) && source.attno != 0 && !slot->tts_isnull[source.attno - 1])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" must not be NaN", role_names[role])));
	return v;
}

static void
check_memory(const Estimator *e)
{
	if (MemoryContextMemAllocated(e->context, true) >
		(Size) maintenance_work_mem * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("the past cases do not fit in maintenance_work_mem (%d kB)",
						maintenance_work_mem),
				 errhint("Raise maintenance_work_mem, or take fewer rows or columns.")));
}

/*
 * The number of a label; NaN for NULL.  One that is new is added while the past
 * is read; later it has a number that none of the past has.
 */
static double
read_label(Estimator *e, Source source, CrmStringSet *labels,
		   TupleTableSlot *slot)
{
	char		buffer[CRM_LABEL_BUFFER];
	CrmString	label;
	MemoryContext old;
	uint32		known = labels->n;
	uint32		number;

	if (source.attno == 0 || slot->tts_isnull[source.attno - 1])
		return NAN;
	label = crm_read_label(source.type.read,
						   slot->tts_values[source.attno - 1], buffer);
	if (e->learned)
		return labels->entries == NULL ? UINT32_MAX :
			crm_string_set_find(labels, label.bytes, label.length);
	old = MemoryContextSwitchTo(e->context);
	if (labels->entries == NULL)
		crm_string_set_init(labels);
	number = crm_string_set_add(labels, label.bytes, label.length);
	MemoryContextSwitchTo(old);
	if (number == known)
		check_memory(e);
	return number;
}

static double
read_case(Estimator *e, CaseColumn *c, Source source, TupleTableSlot *slot)
{
	int64		time;

	if (is_category(source.type))
		return read_label(e, source, &c->labels, slot);
	if (source.type.type == CRM_TYPE_NUMBER)
		return read_number(source, c->name, slot);
	if (slot->tts_isnull[source.attno - 1])
		return NAN;
	if (!crm_read_time(source.type.read, slot->tts_values[source.attno - 1],
					   &time))
		crm_infinite_feature(c->name);
	return (double) time;
}

static void
start_past(DestReceiver *self, int operation, TupleDesc desc)
{
	Estimator  *e = (Estimator *) self;

	find_roles(e, desc);
	if (e->roles[ROLE_AMOUNT].attno == 0)
		(void) crm_query_column(desc, e->function, "amount", "\"amount\"");
	e->by_own = e->roles[ROLE_OWN].attno != 0;
	e->by_seller = e->roles[ROLE_SELLER].attno != 0;
	e->by_segment = e->roles[ROLE_SEGMENT].attno != 0;
	e->columns = MemoryContextAllocZero(e->context, (MAX_CASE_COLUMNS + 1) *
										sizeof(CaseColumn));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);
		CaseColumn *c = &e->columns[e->n_columns];

		if (role_of(NameStr(a->attname)) < ROLES)
			continue;
		if (e->n_columns == MAX_CASE_COLUMNS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("cases have at most %d columns to compare by",
							MAX_CASE_COLUMNS)));
		c->past.attno = crm_query_column(desc, e->function,
										 NameStr(a->attname), "It");
		if (!crm_column_type(a->atttypid, &c->past.type))
			refuse_type(a, "a number, a time or a text");
		strlcpy(c->name, NameStr(a->attname), NAMEDATALEN);
		e->n_columns++;
	}
}

static bool
receive_past(TupleTableSlot *slot, DestReceiver *self)
{
	Estimator  *e = (Estimator *) self;
	MemoryContext old;
	double		amount;

	slot_getallattrs(slot);
	amount = read_amount(e, ROLE_AMOUNT, slot);
	if (isnan(amount))
		return true;
	MemoryContextReset(e->row_context);
	old = MemoryContextSwitchTo(e->row_context);
	put_number(e, &e->amount, amount);
	put_number(e, &e->own, read_amount(e, ROLE_OWN, slot));
	put_number(e, &e->seller.label,
			   read_label(e, e->roles[ROLE_SELLER], &e->seller.labels, slot));
	put_number(e, &e->segment.label,
			   read_label(e, e->roles[ROLE_SEGMENT], &e->segment.labels, slot));
	for (int i = 0; i < e->n_columns; i++)
		put_number(e, &e->columns[i].numbers,
				   read_case(e, &e->columns[i], e->columns[i].past, slot));
	MemoryContextSwitchTo(old);
	if (++e->n % 1024 == 0)
		check_memory(e);
	return true;
}

/*----------
 * What the past cases say
 *----------
 */

static double
to_scale(const Estimator *e, double amount)
{
	return e->logarithms ? log(amount) : amount;
}

static double
from_scale(const Estimator *e, double value)
{
	return e->logarithms ? exp(value) : value;
}

typedef struct Entry
{
	uint32		group;
	double		value;
} Entry;

static bool
entry_less(const void *data, size_t i, size_t j)
{
	const Entry *e = data;

	return e[i].group != e[j].group ? e[i].group < e[j].group :
		e[i].value < e[j].value;
}

static void
entry_swap(void *data, size_t i, size_t j)
{
	Entry	   *e = data;
	Entry		t = e[i];

	e[i] = e[j];
	e[j] = t;
}

static bool
double_less(const void *data, size_t i, size_t j)
{
	const double *v = data;

	return v[i] < v[j];
}

static void
double_swap(void *data, size_t i, size_t j)
{
	double	   *v = data;
	double		t = v[i];

	v[i] = v[j];
	v[j] = t;
}

static int
compare_labels(const void *x, const void *y, void *labels)
{
	const CrmStringSet *set = labels;
	const CrmSetString *a = &set->entries[*(const uint32 *) x];
	const CrmSetString *b = &set->entries[*(const uint32 *) y];
	int			c = memcmp(a->bytes, b->bytes, Min(a->len, b->len));

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

/* The numbers of the labels in order of their bytes. */
static uint32 *
label_order(const CrmStringSet *labels)
{
	uint32	   *order = palloc_array(uint32, Max(labels->n, 1));

	for (uint32 i = 0; i < labels->n; i++)
		order[i] = i;
	qsort_interruptible(order, labels->n, sizeof *order, compare_labels,
						unconstify(CrmStringSet *, labels));
	return order;
}

/*
 * Groups of values, which are added in order of label and value, so that the
 * order of rows has no effect.  Without the column all are one group.
 */
static void
fit_groups(Grouped *g, const double *values, uint32 n, bool has_labels)
{
	uint32		n_groups = has_labels ? g->labels.n : 1;
	uint32	   *order = label_order(&g->labels);
	uint32	   *rank = palloc_array(uint32, Max(n_groups, 1));
	CrmGroup   *sorted = palloc0(Max(n_groups, 1) * sizeof(CrmGroup));
	Entry	   *entries = palloc_array(Entry, Max(n, 1));
	uint32		used = 0;

	rank[0] = 0;
	for (uint32 i = 0; i < g->labels.n && has_labels; i++)
		rank[order[i]] = i;
	for (uint32 i = 0; i < n; i++)
	{
		if (isnan(values[i]) || (has_labels && isnan(g->label.values[i])))
			continue;
		entries[used].group = has_labels ?
			rank[(uint32) g->label.values[i]] : 0;
		entries[used++].value = values[i];
	}
	crm_sort_pausing(entries, used, entry_less, entry_swap, crm_pause);
	for (uint32 i = 0; i < used; i++)
	{
		crm_pause_at(crm_pause, i);
		crm_group_add(&sorted[entries[i].group], entries[i].value);
	}
	g->model = crm_group_model(sorted, n_groups);
	g->n_groups = n_groups;
	g->groups = palloc0(Max(n_groups, 1) * sizeof(CrmGroup));
	for (uint32 i = 0; i < n_groups; i++)
		g->groups[i] = sorted[rank[i]];
	pfree(entries);
}

static void
fit_cases(Estimator *e)
{
	double	   *sorted = palloc_array(double, Max(e->n, 1));

	e->cases = palloc0((e->n_columns + 1) * sizeof(CrmCaseColumn));
	for (int i = 0; i < e->n_columns; i++)
	{
		CaseColumn *c = &e->columns[i];
		uint32		used = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint32 k = 0; k < e->n; k++)
			if (!isnan(c->numbers.values[k]))
				sorted[used++] = c->numbers.values[k];
		e->cases[i].category = is_category(c->past.type);
		e->cases[i].values = c->numbers.values;
		if (e->cases[i].category)
			continue;
		crm_sort_pausing(sorted, used, double_less, double_swap, crm_pause);
		e->cases[i].scale = crm_case_scale(sorted, used);
	}
	e->distances = sorted;
	e->heap = palloc_array(double, Max(Min(e->k, e->n), 1));
	e->near_amounts = palloc_array(double, Max(e->n, 1));
	e->nearest = palloc_array(uint32, Max(e->n, 1));
}

static void
fit_past(Estimator *e)
{
	double	   *values = palloc_array(double, Max(e->n, 1));

	e->logarithms = true;
	for (uint32 i = 0; i < e->n; i++)
		if (e->amount.values[i] <= 0 || e->own.values[i] <= 0)
			e->logarithms = false;
	for (uint32 i = 0; i < e->n; i++)
	{
		crm_pause_at(crm_pause, i);
		values[i] = to_scale(e, e->amount.values[i]);
	}
	fit_groups(&e->segment, values, e->n, e->by_segment);
	for (uint32 i = 0; i < e->n; i++)
	{
		crm_pause_at(crm_pause, i);
		values[i] -= to_scale(e, e->own.values[i]);
	}
	fit_groups(&e->seller, values, e->n, e->by_seller);
	pfree(values);
	fit_cases(e);
	check_memory(e);
}

/* Runs the query of the past and learns from it. */
static void
read_past(Estimator *e, const char *query)
{
	MemoryContext old;

	crm_query_run(e->function, query, start_past, receive_past,
				  (DestReceiver *) e);
	old = MemoryContextSwitchTo(e->context);
	fit_past(e);
	e->learned = true;
	MemoryContextSwitchTo(old);
}

/*----------
 * The deals
 *----------
 */

typedef struct Estimate
{
	double		middle;			/* on the amounts' own scale; NaN: none */
	double		low;
	double		high;
	uint64		n;
} Estimate;

static void
start_now(DestReceiver *self, int operation, TupleDesc desc)
{
	Estimator  *e = (Estimator *) self;
	Oid			output;
	bool		varlena;

	find_roles(e, desc);
	e->roles[ROLE_ID].attno = crm_query_column(desc, e->function, "id",
											   "\"id\"");
	getTypeOutputInfo(TupleDescAttr(desc, e->roles[ROLE_ID].attno - 1)->atttypid,
					  &output, &varlena);
	fmgr_info_cxt(output, &e->id_output, e->context);
	for (int i = 0; i < e->n_columns; i++)
	{
		CaseColumn *c = &e->columns[i];
		Form_pg_attribute a;

		c->now.attno = crm_query_column(desc, e->function, c->name,
										"Each column that past cases are compared by");
		a = TupleDescAttr(desc, c->now.attno - 1);
		if (!crm_column_type(a->atttypid, &c->now.type) ||
			is_category(c->now.type) != is_category(c->past.type) ||
			(c->now.type.type == CRM_TYPE_NUMBER) !=
			(c->past.type.type == CRM_TYPE_NUMBER))
			refuse_type(a, "of the kind that it is in the past");
	}
}

/* The group of a label, an empty one if it has no values. */
static CrmGroup
group_of(const Grouped *g, bool has_labels, double label)
{
	CrmGroup	none = {0, 0, 0};

	if (!has_labels)
		return g->groups[0];
	return isnan(label) || label >= g->n_groups ? none : g->groups[(uint32) label];
}

static Estimate
by_groups(const Estimator *e, const Grouped *g, CrmGroup group, double base)
{
	Estimate	r = {NAN, NAN, NAN, group.n};
	double		mean;
	double		sd;

	if (g->model.n == 0 || isnan(base))
		return r;
	crm_group_predict(&g->model, &group, &mean, &sd);
	r.middle = from_scale(e, base + mean);
	r.low = from_scale(e, base + mean - e->z * sd);
	r.high = from_scale(e, base + mean + e->z * sd);
	return r;
}

static Estimate
by_cases(Estimator *e, const double *values)
{
	Estimate	r = {NAN, NAN, NAN, 0};
	size_t		n;

	for (uint32 i = 0; i < e->n; i++)
	{
		e->distances[i] = crm_case_distance(e->cases, (size_t) e->n_columns, i,
											values);
		crm_pause_at(crm_pause, (size_t) i * (size_t) (e->n_columns + 1));
		if (i % 4096 == 4095)
			CHECK_FOR_INTERRUPTS();
	}
	n = crm_nearest(e->distances, e->n, Min(e->k, e->n), e->heap, e->nearest,
					crm_pause);
	for (size_t i = 0; i < n; i++)
		e->near_amounts[i] = to_scale(e, e->amount.values[e->nearest[i]]);
	crm_sort_pausing(e->near_amounts, n, double_less, double_swap, crm_pause);
	r.n = n;
	r.middle = from_scale(e, crm_case_quantile(e->near_amounts, n, 0.5));
	if (n > 1)
	{
		r.low = from_scale(e, crm_case_quantile(e->near_amounts, n, (1 - e->level) / 2));
		r.high = from_scale(e, crm_case_quantile(e->near_amounts, n, (1 + e->level) / 2));
	}
	return r;
}

/* Rounded half away from zero; NULL where there is none. */
static Datum
amount_datum(double v, bool *isnull)
{
	*isnull = isnan(v) || isinf(v);
	if (*isnull)
		return (Datum) 0;
	return DirectFunctionCall2(numeric_round,
							   DirectFunctionCall1(float8_numeric, Float8GetDatum(v)),
							   Int32GetDatum(DECIMALS));
}

static void
put_estimate(const Estimator *e, Datum id, bool no_id, const char *method,
			 Estimate r)
{
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = id;
	nulls[0] = no_id;
	values[1] = crm_word_datum(method);
	values[2] = amount_datum(r.middle, &nulls[2]);
	values[3] = amount_datum(r.low, &nulls[3]);
	values[4] = amount_datum(r.high, &nulls[4]);
	values[5] = Int64GetDatum((int64) r.n);
	tuplestore_putvalues(e->rsi->setResult, e->rsi->setDesc, values, nulls);
}

static bool
receive_now(TupleTableSlot *slot, DestReceiver *self)
{
	Estimator  *e = (Estimator *) self;
	double		values[MAX_CASE_COLUMNS];
	double		own;
	Datum		id = (Datum) 0;
	bool		no_id;
	CrmGroup	seller;
	CrmGroup	segment;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	MemoryContextReset(e->row_context);
	old = MemoryContextSwitchTo(e->row_context);
	no_id = slot->tts_isnull[e->roles[ROLE_ID].attno - 1];
	if (!no_id)
		id = CStringGetTextDatum(OutputFunctionCall(&e->id_output,
													slot->tts_values[e->roles[ROLE_ID].attno - 1]));
	own = read_amount(e, ROLE_OWN, slot);
	own = e->logarithms && own <= 0 ? NAN : to_scale(e, own);
	seller = group_of(&e->seller, e->by_seller,
					  read_label(e, e->roles[ROLE_SELLER], &e->seller.labels, slot));
	segment = group_of(&e->segment, e->by_segment,
					   read_label(e, e->roles[ROLE_SEGMENT], &e->segment.labels, slot));
	for (int i = 0; i < e->n_columns; i++)
		values[i] = read_case(e, &e->columns[i], e->columns[i].now, slot);
	put_estimate(e, id, no_id, "experience", by_groups(e, &e->seller, seller, own));
	put_estimate(e, id, no_id, "market", by_groups(e, &e->segment, segment, 0));
	put_estimate(e, id, no_id, "similar", by_cases(e, values));
	MemoryContextSwitchTo(old);
	return true;
}

static Estimator *
new_estimator(FunctionCallInfo fcinfo, const char *function)
{
	Estimator  *e = palloc0(sizeof *e);

	e->rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	e->function = function;
	e->context = AllocSetContextCreate(CurrentMemoryContext,
									   "crmprob past cases",
									   ALLOCSET_DEFAULT_SIZES);
	e->row_context = AllocSetContextCreate(CurrentMemoryContext,
										   "crmprob case",
										   ALLOCSET_DEFAULT_SIZES);
	e->k = 1;
	return e;
}

/*
 * estimate_amount(past text, deals text, k integer, level float8) -> setof (id,
 * method, estimate, low, high, n), three rows a deal; a NULL query gives no
 * rows, a NULL k or level is refused
 */
Datum
estimate_amount(PG_FUNCTION_ARGS)
{
	Estimator  *e;
	double		level;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"k\" and \"level\" must not be null")));
	if (PG_GETARG_INT32(2) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"k\" must be at least 1, not %d", PG_GETARG_INT32(2))));
	level = PG_GETARG_FLOAT8(3);
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"level\" must be between 0 and 1")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	SPI_connect();
	e = new_estimator(fcinfo, "estimate_amount");
	e->k = (uint32) PG_GETARG_INT32(2);
	e->level = level;
	e->z = crm_normal_quantile((1 + level) / 2);
	read_past(e, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	crm_query_run(e->function, text_to_cstring(PG_GETARG_TEXT_PP(1)), start_now,
				  receive_now, (DestReceiver *) e);
	SPI_finish();
	return (Datum) 0;
}

/*
 * estimate_bias(past text) -> setof (seller, n, bias, error, shrunk_bias,
 * is_factor); strict
 */
Datum
estimate_bias(PG_FUNCTION_ARGS)
{
	Estimator  *e;
	uint32	   *order;
	uint32		n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	e = new_estimator(fcinfo, "estimate_bias");
	read_past(e, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	order = label_order(&e->seller.labels);
	n = e->by_seller ? e->seller.labels.n : 1;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		label = e->by_seller ? order[i] : 0;
		const CrmGroup *g = &e->seller.groups[label];
		Datum		values[6];
		bool		nulls[6] = {!e->by_seller};
		double		mean;
		double		sd;

		if (g->n == 0)
			continue;
		crm_group_predict(&e->seller.model, g, &mean, &sd);
		if (e->by_seller)
			values[0] = PointerGetDatum(cstring_to_text_with_len(e->seller.labels.entries[label].bytes,
																 (int) e->seller.labels.entries[label].len));
		values[1] = Int64GetDatum((int64) g->n);
		values[2] = Float8GetDatum(from_scale(e, g->mean));
		values[3] = Float8GetDatum(g->n > 1 ? sqrt(g->squares / (double) (g->n - 1)) : 0);
		nulls[3] = g->n < 2;
		values[4] = Float8GetDatum(from_scale(e, mean));
		values[5] = BoolGetDatum(e->logarithms);
		tuplestore_putvalues(e->rsi->setResult, e->rsi->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
