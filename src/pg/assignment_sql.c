/*
 * assignment_sql.c
 *		assign_deals: reads deals, sellers and pairs by the caller's queries and
 *		hands them to core in the order that it wants.
 *
 * The queries are wrapped, so that the executor casts and sorts: deals by value
 * and sellers by factor, the best first, both then by the bytes of their names.
 * That order, not the queries', decides between what is equal.
 */
#include "compat.h"

#include <math.h>

#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "assignment.h"
#include "crmprob.h"
#include "query_rows.h"

PG_FUNCTION_INFO_V1(assign_deals);

/* The arguments, in this order. */
enum
{
	ARG_DEALS,
	ARG_SELLERS,
	ARG_PAIRS,
	ARG_DEAL,
	ARG_VALUE,
	ARG_SCORE,
	ARG_OWNER,
	ARG_SELLER,
	ARG_CAPACITY,
	ARG_FACTOR,
	ARG_PROBABILITY
};

/* Names numbered as they come, and what belongs to each. */
typedef struct Names
{
	const char *what;			/* "deal" or "seller", for errors */
	uint32		max;
	HTAB	   *numbers;
	char	  **names;
	uint32		n;
	uint32		room;
} Names;

typedef struct NameEntry
{
	const char *name;			/* the key */
	int32		number;
} NameEntry;

typedef struct Assigner
{
	DestReceiver pub;			/* must come first */
	MemoryContext context;
	Names		deals;
	Names		sellers;
	int64	   *value;			/* of each deal that has one: the first */
	char	  **owner;			/* name or NULL */
	uint32		n_valued;
	int32	   *capacity;
	double	   *factor;
	int64	   *pair;			/* deal x seller, negative: none; or NULL */
	CrmAssignment result;
} Assigner;

/*----------
 * Names
 *----------
 */

static uint32
hash_name(const void *key, Size size)
{
	const char *name = *(const char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) name,
								   (int) strlen(name)));
}

static int
compare_names(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
names_init(Names *s, const char *what, uint32 max)
{
	HASHCTL		control = {0};

	s->what = what;
	s->max = max;
	s->room = 1024;
	s->names = palloc_array(char *, s->room);
	control.keysize = sizeof(char *);
	control.entrysize = sizeof(NameEntry);
	control.hash = hash_name;
	control.match = compare_names;
	control.hcxt = CurrentMemoryContext;
	s->numbers = hash_create("crmprob names", 1024, &control,
							 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
							 HASH_CONTEXT);
}

static int32
names_find(const Names *s, const char *name)
{
	NameEntry  *e = hash_search(s->numbers, &name, HASH_FIND, NULL);

	return e == NULL ? CRM_NOBODY : e->number;
}

/* A new name; true where there is more room than before. */
static bool
names_add(Names *s, char *name)
{
	NameEntry  *e;
	bool		found;
	bool		grown = false;

	if (s->n == s->max)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("assign_deals takes at most %u %ss", s->max, s->what),
				 errhint("Assign the deals of one team or region at a time.")));
	e = hash_search(s->numbers, &name, HASH_ENTER, &found);
	if (found)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%s\" occurs twice", s->what, crm_clip(name))));
	if (s->n == s->room)
	{
		s->room *= 2;
		s->names = repalloc(s->names, s->room * sizeof(char *));
		grown = true;
	}
	e->number = (int32) s->n;
	s->names[s->n++] = name;
	return grown;
}

/* The text in a column, in the current context; NULL for NULL. */
static char *
slot_text(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL :
		TextDatumGetCString(slot->tts_values[column]);
}

static char *
slot_name(TupleTableSlot *slot, int column, const char *what)
{
	char	   *name = slot_text(slot, column);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a %s of assign_deals has no name", what)));
	return name;
}

/*----------
 * Rows of the queries
 *----------
 */

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
}

/* deal text, value numeric, owner text */
static bool
receive_deal(TupleTableSlot *slot, DestReceiver *self)
{
	Assigner   *a = (Assigner *) self;
	MemoryContext old = MemoryContextSwitchTo(a->context);
	uint32		i = a->deals.n;

	slot_getallattrs(slot);
	if (names_add(&a->deals, slot_name(slot, 0, "deal")))
	{
		a->value = repalloc(a->value, a->deals.room * sizeof(int64));
		a->owner = repalloc(a->owner, a->deals.room * sizeof(char *));
	}
	a->owner[i] = slot_text(slot, 2);
	if (!slot->tts_isnull[1])
	{
		a->value[i] = crm_numeric_money(slot->tts_values[1]);
		if (a->value[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value of deal \"%s\" must not be negative",
							crm_clip(a->deals.names[i]))));
		a->n_valued = i + 1;
	}
	MemoryContextSwitchTo(old);
	return true;
}

static void
refuse_null(const char *what, const char *seller, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s of seller \"%s\" must not be null", what,
					crm_clip(seller)),
			 errhint("%s", hint)));
}

static int32
seller_capacity(double capacity, const char *seller)
{
	if (!(capacity >= 0) || (!isinf(capacity) && capacity != floor(capacity)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("capacity of seller \"%s\" must be a number of deals, 0 or more",
						crm_clip(seller))));
	return (int32) Min(capacity, (double) CRM_ASSIGN_MAX_DEALS);
}

/* seller text, capacity float8, factor float8 */
static bool
receive_seller(TupleTableSlot *slot, DestReceiver *self)
{
	Assigner   *a = (Assigner *) self;
	MemoryContext old = MemoryContextSwitchTo(a->context);
	uint32		j = a->sellers.n;
	char	   *name;

	slot_getallattrs(slot);
	name = slot_name(slot, 0, "seller");
	if (names_add(&a->sellers, name))
	{
		a->capacity = repalloc(a->capacity, a->sellers.room * sizeof(int32));
		a->factor = repalloc(a->factor, a->sellers.room * sizeof(double));
	}
	if (slot->tts_isnull[1])
		refuse_null("capacity", name,
					"Give 0 to a seller who takes no deals, 'Infinity' to one without limit.");
	a->capacity[j] = seller_capacity(DatumGetFloat8(slot->tts_values[1]), name);
	if (slot->tts_isnull[2])
		refuse_null("factor", name, "Give 1 to a seller without history.");
	a->factor[j] = DatumGetFloat8(slot->tts_values[2]);
	if (!(a->factor[j] >= 0 && a->factor[j] <= CRM_ASSIGN_MAX_FACTOR))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("factor of seller \"%s\" must be between 0 and %g",
						crm_clip(name), CRM_ASSIGN_MAX_FACTOR)));
	MemoryContextSwitchTo(old);
	return true;
}

/* deal text, seller text, probability float8 */
static bool
receive_pair(TupleTableSlot *slot, DestReceiver *self)
{
	Assigner   *a = (Assigner *) self;
	char	   *deal;
	char	   *seller;
	int32		i;
	int32		j;
	int64	   *cell;
	double		p;

	slot_getallattrs(slot);
	deal = slot_text(slot, 0);
	seller = slot_text(slot, 1);
	if (deal != NULL && seller != NULL && !slot->tts_isnull[2])
	{
		p = DatumGetFloat8(slot->tts_values[2]);
		if (!(p >= 0 && p <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("probability of deal \"%s\" with seller \"%s\" must be between 0 and 1",
							crm_clip(deal), crm_clip(seller))));
		i = names_find(&a->deals, deal);
		j = names_find(&a->sellers, seller);
		if (i != CRM_NOBODY && (uint32) i < a->n_valued && j != CRM_NOBODY)
		{
			cell = &a->pair[(Size) i * a->sellers.n + j];
			if (*cell >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("deal \"%s\" and seller \"%s\" occur as a pair twice",
								crm_clip(deal), crm_clip(seller))));
			*cell = crm_money_times(a->value[i], p);
		}
	}
	if (deal != NULL)
		pfree(deal);
	if (seller != NULL)
		pfree(seller);
	return true;
}

/*----------
 * The queries
 *----------
 */

static char *
text_argument(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* A column of the row crmprob_q as this type; otherwise where it is not named. */
static char *
column_sql(FunctionCallInfo fcinfo, int arg, const char *type,
		   const char *otherwise)
{
	char	   *name = text_argument(fcinfo, arg);

	if (name != NULL)
		return psprintf("crmprob_q.%s::pg_catalog.%s", quote_identifier(name),
						type);
	return psprintf("%s::pg_catalog.%s", otherwise, type);
}

static char *
inner_query(FunctionCallInfo fcinfo, int arg)
{
	return crm_query_text("assign_deals", text_argument(fcinfo, arg));
}

static char *
deals_sql(FunctionCallInfo fcinfo)
{
	char	   *value = column_sql(fcinfo, ARG_VALUE, "numeric", "NULL");

	if (!PG_ARGISNULL(ARG_SCORE))
		value = psprintf("crmprob.expected_value(crmprob.make_opportunity('1:open'::crmprob.stage, %s, probability => %s))",
						 value, column_sql(fcinfo, ARG_SCORE, "float8", "NULL"));
	return psprintf("SELECT d.deal, d.value, d.owner FROM (SELECT %s AS deal, %s AS value, %s AS owner FROM (%s) crmprob_q) d "
					"ORDER BY d.value DESC NULLS LAST, d.deal COLLATE pg_catalog.\"C\"",
					column_sql(fcinfo, ARG_DEAL, "text", "NULL"), value,
					column_sql(fcinfo, ARG_OWNER, "text", "NULL"),
					inner_query(fcinfo, ARG_DEALS));
}

static char *
sellers_sql(FunctionCallInfo fcinfo)
{
	bool		paired = !PG_ARGISNULL(ARG_PAIRS);

	return psprintf("SELECT s.seller, s.capacity, s.factor FROM (SELECT %s AS seller, %s AS capacity, %s AS factor FROM (%s) crmprob_q) s "
					"ORDER BY s.factor DESC, s.seller COLLATE pg_catalog.\"C\"",
					column_sql(fcinfo, ARG_SELLER, "text", "NULL"),
					column_sql(fcinfo, ARG_CAPACITY, "float8", "NULL"),
					paired ? "1::pg_catalog.float8" :
					column_sql(fcinfo, ARG_FACTOR, "float8", "1"),
					inner_query(fcinfo, ARG_SELLERS));
}

static char *
pairs_sql(FunctionCallInfo fcinfo)
{
	return psprintf("SELECT %s, %s, %s FROM (%s) crmprob_q",
					column_sql(fcinfo, ARG_DEAL, "text", "NULL"),
					column_sql(fcinfo, ARG_SELLER, "text", "NULL"),
					column_sql(fcinfo, ARG_PROBABILITY, "float8", "NULL"),
					inner_query(fcinfo, ARG_PAIRS));
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	static const int needed[] = {
		ARG_DEALS, ARG_SELLERS, ARG_DEAL, ARG_VALUE, ARG_SELLER, ARG_CAPACITY
	};

	for (int i = 0; i < lengthof(needed); i++)
		if (PG_ARGISNULL(needed[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("deals, sellers and columns of assign_deals must not be null"),
					 errhint("score_column, owner_column and factor_column may be: then there is none.")));
	if (PG_ARGISNULL(ARG_PAIRS))
		return;
	if (PG_ARGISNULL(ARG_PROBABILITY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("probability_column of assign_deals must not be null")));
	if (!PG_ARGISNULL(ARG_SCORE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("assign_deals takes pairs or score_column, not both"),
				 errhint("Pairs bring a probability of their own; value_column is then the amount.")));
}

static void
run(Assigner *a, char *query,
	bool (*receive) (TupleTableSlot *slot, DestReceiver *self))
{
	crm_query_run("assign_deals", query, start_rows, receive,
				  (DestReceiver *) a);
	pfree(query);
}

/*----------
 * The assignment
 *----------
 */

static bool
look_for_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static void
read_pairs(FunctionCallInfo fcinfo, Assigner *a)
{
	Size		cells = (Size) a->n_valued * a->sellers.n;

	if (a->n_valued > CRM_ASSIGN_PAIR_DEALS ||
		a->sellers.n > CRM_ASSIGN_PAIR_SELLERS ||
		cells > CRM_ASSIGN_PAIR_CELLS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many deals and sellers for pairs: %u and %u",
						a->n_valued, a->sellers.n),
				 errdetail("At most %d deals, %d sellers and %d pairs of them can be assigned.",
						   CRM_ASSIGN_PAIR_DEALS, CRM_ASSIGN_PAIR_SELLERS,
						   CRM_ASSIGN_PAIR_CELLS),
				 errhint("Assign one team or region at a time, or give each seller a factor instead.")));
	a->pair = palloc_array(int64, Max(cells, 1));
	for (Size k = 0; k < cells; k++)
		a->pair[k] = -1;
	run(a, pairs_sql(fcinfo), receive_pair);
}

static void
assign(Assigner *a)
{
	CrmAssignment *r = &a->result;
	int32	   *owner = palloc_array(int32, Max(a->n_valued, 1));
	const CrmPoll poll = {look_for_interrupts, NULL};

	r->n_deals = a->n_valued;
	r->n_sellers = a->sellers.n;
	r->capacity = a->capacity;
	r->seller = palloc_array(int32, Max(a->n_valued, 1));
	for (uint32 i = 0; i < a->n_valued; i++)
	{
		owner[i] = a->owner[i] == NULL ? CRM_NOBODY :
			names_find(&a->sellers, a->owner[i]);
		CHECK_FOR_INTERRUPTS();
	}
	r->owner = owner;
	if (a->pair == NULL)
		crm_assign_product(r, a->value, a->factor,
						   palloc(crm_assign_product_size(r->n_sellers) + 1));
	else
		(void) crm_assign_pairs(r, a->pair, &poll,
								palloc(crm_assign_pairs_size(r->n_deals,
															 r->n_sellers)));
}

/* The value of a deal with a seller; false where there is none. */
static bool
value_with(const Assigner *a, uint32 deal, int32 seller, int64 *value)
{
	if (seller == CRM_NOBODY)
		return false;
	if (a->pair != NULL)
	{
		*value = a->pair[(Size) deal * a->sellers.n + seller];
		return *value >= 0;
	}
	if (!crm_assign_scale(a->value[deal], a->factor[seller], value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of deal \"%s\" times the factor of seller \"%s\" is out of range",
						crm_clip(a->deals.names[deal]),
						crm_clip(a->sellers.names[seller]))));
	return true;
}

static void
return_rows(const Assigner *a, ReturnSetInfo *rsi)
{
	int32	   *held = palloc0(Max(a->sellers.n, 1) * sizeof(int32));
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext,
											  "crmprob assigned deal",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(row);

	for (uint32 i = 0; i < a->deals.n; i++)
	{
		Datum		values[6] = {0};
		bool		nulls[6] = {false, true, true, true, true, true};
		int64		money;
		int32		to = i < a->n_valued ? a->result.seller[i] : CRM_NOBODY;
		int32		from = i < a->n_valued ? a->result.owner[i] : CRM_NOBODY;

		values[0] = CStringGetTextDatum(a->deals.names[i]);
		if (value_with(a, i, to, &money))
		{
			nulls[1] = nulls[2] = false;
			values[1] = CStringGetTextDatum(a->sellers.names[to]);
			values[2] = crm_money_numeric(money, false);
		}
		if (a->owner[i] != NULL)
		{
			nulls[3] = false;
			values[3] = CStringGetTextDatum(a->owner[i]);
		}
		if (value_with(a, i, from, &money))
		{
			nulls[4] = nulls[5] = false;
			values[4] = crm_money_numeric(money, false);
			values[5] = BoolGetDatum(held[from]++ < a->capacity[from]);
		}
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

/*
 * assign_deals(deals text, sellers text, pairs text, deal_column,
 * value_column, score_column, owner_column, seller_column, capacity_column,
 * factor_column, probability_column text) -> setof (deal, seller,
 * expected_value, present_owner, present_expected_value, within_capacity);
 * NULL pairs, score, owner and factor columns are none, other NULLs refused
 */
Datum
assign_deals(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	Assigner   *a;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	check_arguments(fcinfo);
	SPI_connect();
	a = palloc0(sizeof *a);
	a->context = AllocSetContextCreate(CurrentMemoryContext,
									   "crmprob assignment",
									   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(a->context);
	names_init(&a->deals, "deal", CRM_ASSIGN_MAX_DEALS);
	names_init(&a->sellers, "seller", CRM_ASSIGN_MAX_SELLERS);
	a->value = palloc_array(int64, a->deals.room);
	a->owner = palloc_array(char *, a->deals.room);
	a->capacity = palloc_array(int32, a->sellers.room);
	a->factor = palloc_array(double, a->sellers.room);
	run(a, deals_sql(fcinfo), receive_deal);
	run(a, sellers_sql(fcinfo), receive_seller);
	if (!PG_ARGISNULL(ARG_PAIRS))
		read_pairs(fcinfo, a);
	assign(a);
	return_rows(a, rsi);
	MemoryContextSwitchTo(old);
	SPI_finish();
	return (Datum) 0;
}
