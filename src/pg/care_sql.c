/*
 * care_sql.c
 *		care_list(): which customers are due a greeting, a check-in or an offer.
 *
 * The caller's queries give the customers and the holidays; they run with his
 * rights and search_path.  A row is looked at only after its consent was found
 * to be true: that is decided in one place, receive_customer.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "care.h"
#include "crmprob.h"
#include "datetime.h"
#include "query_rows.h"

PG_FUNCTION_INFO_V1(care_list);

#define FUNCTION "care_list"

/* Ten years and their leap days. */
#define MAX_DAYS_AHEAD 3653
#define MAX_CHECK_IN 36530
#define MAX_HOLIDAYS 10000
#define MAX_ITEMS 10000000

enum
{
	ARG_QUERY, ARG_CUSTOMER, ARG_CONSENT, ARG_ON_DATE, ARG_DAYS_AHEAD,
	ARG_BIRTHDAY, ARG_ANNIVERSARY, ARG_LAST_CONTACT, ARG_CHECK_IN_AFTER,
	ARG_OFFER, ARG_HOLIDAYS, ARG_HOLIDAY_GROUP
};

/* A column of a query; attribute 0 is none. */
typedef struct Column
{
	AttrNumber	attribute;
	Oid			type;
	const char *name;
	FmgrInfo	output;			/* where it is read as text */
} Column;

typedef struct Holiday
{
	int32		day;
	CrmText		name;
	bool		for_all;
	CrmText		group;
} Holiday;

typedef struct CareReceiver
{
	DestReceiver pub;
	MemoryContext context;
	MemoryContext row_context;	/* for what an output function leaves behind */
	FunctionCallInfo arguments;
	int32		from;			/* the window of days */
	int32		to;
	int32		check_in_after;
	Column		customer;
	Column		consent;
	Column		birthday;
	Column		anniversary;
	Column		last_contact;
	Column		offer;
	Column		group;
	Column		day;			/* of the holidays */
	Column		name;
	Holiday    *holidays;
	size_t		n_holidays;
	size_t		holiday_room;
	CrmCareItem *items;
	size_t		n_items;
	size_t		item_room;
} CareReceiver;

/*----------
 * Columns
 *----------
 */

static Column
find_column(TupleDesc desc, const char *name, const char *argument)
{
	Column		c = {0};

	c.attribute = crm_query_column(desc, FUNCTION, name, argument);
	c.type = getBaseType(TupleDescAttr(desc, c.attribute - 1)->atttypid);
	c.name = name;
	return c;
}

static void
require_kind(const Column *c, bool good, const char *wanted)
{
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s, not %s",
						crm_clip(c->name), format_type_be(c->type), wanted)));
}

static Column
find_date(TupleDesc desc, const char *name, const char *argument)
{
	Column		c = find_column(desc, name, argument);

	require_kind(&c, c.type == DATEOID || c.type == TIMESTAMPOID ||
				 c.type == TIMESTAMPTZOID, "date or timestamp");
	return c;
}

static Column
find_text(TupleDesc desc, const char *name, const char *argument)
{
	Column		c = find_column(desc, name, argument);
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(c.type, &function, &varlena);
	fmgr_info(function, &c.output);
	return c;
}

/* The column that an argument names; none where the argument is NULL. */
static Column
date_argument(FunctionCallInfo fcinfo, TupleDesc desc, int argument,
			  const char *name)
{
	Column		none = {0};

	return PG_ARGISNULL(argument) ? none :
		find_date(desc, text_to_cstring(PG_GETARG_TEXT_PP(argument)), name);
}

static Column
text_argument(FunctionCallInfo fcinfo, TupleDesc desc, int argument,
			  const char *name)
{
	Column		none = {0};

	return PG_ARGISNULL(argument) ? none :
		find_text(desc, text_to_cstring(PG_GETARG_TEXT_PP(argument)), name);
}

/* The day of a date column, UTC for a time with a zone; false for NULL. */
static bool
read_day(const Column *c, TupleTableSlot *slot, int32 *day)
{
	bool		isnull = true;
	Datum		value = c->attribute == 0 ? (Datum) 0 :
	slot_getattr(slot, c->attribute, &isnull);
	int64		time;
	bool		finite;

	if (isnull)
		return false;
	if (c->type == DATEOID)
	{
		*day = DatumGetDateADT(value);
		finite = !DATE_NOT_FINITE(*day);
	}
	else
	{
		time = DatumGetTimestamp(value);
		finite = !TIMESTAMP_NOT_FINITE(time);
		*day = (int32) (time / USECS_PER_DAY - (time % USECS_PER_DAY < 0));
	}
	if (!finite)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("column \"%s\" must not be infinite",
						crm_clip(c->name))));
	return true;
}

/* In the receiver's memory; false for NULL. */
static bool
read_text(CareReceiver *r, Column *c, TupleTableSlot *slot, CrmText *text)
{
	bool		isnull = true;
	Datum		value = c->attribute == 0 ? (Datum) 0 :
	slot_getattr(slot, c->attribute, &isnull);
	MemoryContext caller;

	if (isnull)
		return false;
	caller = MemoryContextSwitchTo(r->row_context);
	text->data = MemoryContextStrdup(r->context,
									 OutputFunctionCall(&c->output, value));
	text->len = strlen(text->data);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(r->row_context);
	return true;
}

/*----------
 * Holidays
 *----------
 */

static void
holiday_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CareReceiver *r = (CareReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->context);

	r->day = find_date(desc, "day", "day");
	r->name = find_text(desc, "name", "name");
	r->group = text_argument(r->arguments, desc, ARG_HOLIDAY_GROUP,
							 "holiday_group");
	MemoryContextSwitchTo(caller);
}

static bool
receive_holiday(TupleTableSlot *slot, DestReceiver *self)
{
	CareReceiver *r = (CareReceiver *) self;
	Holiday		h = {0};

	CHECK_FOR_INTERRUPTS();
	if (!read_day(&r->day, slot, &h.day) || h.day < r->from || h.day > r->to ||
		!read_text(r, &r->name, slot, &h.name))
		return true;
	h.for_all = !read_text(r, &r->group, slot, &h.group);
	if (r->n_holidays == MAX_HOLIDAYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many holidays from first to last day"),
				 errdetail("At most %d are taken.", MAX_HOLIDAYS)));
	if (r->n_holidays == r->holiday_room)
	{
		r->holiday_room = Max(64, 2 * r->holiday_room);
		r->holidays = r->holidays == NULL ?
			MemoryContextAlloc(r->context, r->holiday_room * sizeof h) :
			repalloc(r->holidays, r->holiday_room * sizeof h);
	}
	r->holidays[r->n_holidays++] = h;
	return true;
}

/*----------
 * Customers
 *----------
 */

static void
customer_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	CareReceiver *r = (CareReceiver *) self;
	FunctionCallInfo fcinfo = r->arguments;
	MemoryContext caller = MemoryContextSwitchTo(r->context);

	r->customer = text_argument(fcinfo, desc, ARG_CUSTOMER, "customer");
	r->consent = find_column(desc,
							 text_to_cstring(PG_GETARG_TEXT_PP(ARG_CONSENT)),
							 "consent");
	require_kind(&r->consent, r->consent.type == BOOLOID, "boolean");
	r->birthday = date_argument(fcinfo, desc, ARG_BIRTHDAY, "birthday");
	r->anniversary = date_argument(fcinfo, desc, ARG_ANNIVERSARY,
								   "anniversary");
	r->last_contact = date_argument(fcinfo, desc, ARG_LAST_CONTACT,
									"last_contact");
	r->offer = date_argument(fcinfo, desc, ARG_OFFER, "offer");
	r->group = text_argument(fcinfo, desc, ARG_HOLIDAY_GROUP, "holiday_group");
	MemoryContextSwitchTo(caller);
}

static void
add_item(CareReceiver *r, CrmCareKind kind, CrmText customer, int32 due,
		 int32 years, CrmText occasion)
{
	CrmCareItem item = {due, kind, years, customer.data, customer.len,
	occasion.data, occasion.len};

	if (r->n_items == MAX_ITEMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("care list is too long"),
				 errdetail("It has at most %d rows.", MAX_ITEMS),
				 errhint("Ask for fewer days ahead, or a part of the customers.")));
	if (r->n_items == r->item_room)
	{
		r->item_room = Max(256, 2 * r->item_room);
		r->items = r->items == NULL ?
			MemoryContextAllocHuge(r->context, r->item_room * sizeof item) :
			repalloc_huge(r->items, r->item_room * sizeof item);
	}
	r->items[r->n_items++] = item;
}

static void
add_yearly(CareReceiver *r, CrmCareKind kind, CrmText customer, int32 day)
{
	CrmText		none = {NULL, 0};
	int32		from = r->from;
	int32		due;
	int32		years;

	while (from <= r->to && crm_care_yearly(day, from, r->to, &due, &years))
	{
		add_item(r, kind, customer, due, years, none);
		from = due + 1;
	}
}

static void
add_holidays(CareReceiver *r, CrmText customer, TupleTableSlot *slot)
{
	CrmText		group = {NULL, 0};
	bool		has_group = read_text(r, &r->group, slot, &group);

	for (size_t i = 0; i < r->n_holidays; i++)
	{
		const Holiday *h = &r->holidays[i];

		if (h->for_all || (has_group && h->group.len == group.len &&
						   memcmp(h->group.data, group.data, group.len) == 0))
			add_item(r, CRM_CARE_HOLIDAY, customer, h->day, 0, h->name);
	}
	if (has_group)
		pfree((char *) group.data);
}

static void
add_check_in(CareReceiver *r, CrmText customer, TupleTableSlot *slot)
{
	CrmText		none = {NULL, 0};
	int64		due = r->from;	/* never spoken to: today */
	int32		last;

	if (read_day(&r->last_contact, slot, &last))
		due = (int64) last + r->check_in_after;
	if (due <= r->to)
		add_item(r, CRM_CARE_CHECK_IN, customer, (int32) due, 0, none);
}

static bool
receive_customer(TupleTableSlot *slot, DestReceiver *self)
{
	CareReceiver *r = (CareReceiver *) self;
	CrmText		none = {NULL, 0};
	CrmText		customer;
	size_t		before = r->n_items;
	int32		day;
	bool		isnull;
	Datum		consent = slot_getattr(slot, r->consent.attribute, &isnull);

	CHECK_FOR_INTERRUPTS();
	if (isnull || !DatumGetBool(consent))
		return true;
	if (!read_text(r, &r->customer, slot, &customer))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"%s\" must not be null",
						crm_clip(r->customer.name)),
				 errdetail("Somebody consented, and it is not said who.")));
	if (read_day(&r->birthday, slot, &day))
		add_yearly(r, CRM_CARE_BIRTHDAY, customer, day);
	if (read_day(&r->anniversary, slot, &day))
		add_yearly(r, CRM_CARE_ANNIVERSARY, customer, day);
	if (r->n_holidays > 0)
		add_holidays(r, customer, slot);
	if (r->last_contact.attribute != 0)
		add_check_in(r, customer, slot);
	if (read_day(&r->offer, slot, &day) && day <= r->to)
		add_item(r, CRM_CARE_OFFER, customer, day, 0, none);
	if (r->n_items == before)
		pfree((char *) customer.data);
	return true;
}

/*----------
 * The list
 *----------
 */

static void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of care_list must not be null",
						name),
				 argument == ARG_CONSENT ?
				 errhint("It names the column that says who agreed to be contacted.") :
				 0));
}

static void
check_occasions(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_LAST_CONTACT) != PG_ARGISNULL(ARG_CHECK_IN_AFTER))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"last_contact\" and \"check_in_after\" of care_list belong together")));
	if (PG_ARGISNULL(ARG_HOLIDAYS) && !PG_ARGISNULL(ARG_HOLIDAY_GROUP))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"holiday_group\" of care_list needs \"holidays\"")));
	if (PG_ARGISNULL(ARG_BIRTHDAY) && PG_ARGISNULL(ARG_ANNIVERSARY) &&
		PG_ARGISNULL(ARG_LAST_CONTACT) && PG_ARGISNULL(ARG_OFFER) &&
		PG_ARGISNULL(ARG_HOLIDAYS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("care_list has nothing to look for"),
				 errhint("Name a column with birthday, anniversary, last_contact or offer, or give holidays.")));
}

static int32
number_argument(FunctionCallInfo fcinfo, int argument, const char *name,
				int32 low, int32 high)
{
	int32		n = PG_GETARG_INT32(argument);

	if (n < low || n > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between %d and %d", name, low, high)));
	return n;
}

static void
read_arguments(FunctionCallInfo fcinfo, CareReceiver *r)
{
	DateADT		on_date;

	require_argument(fcinfo, ARG_QUERY, "query");
	require_argument(fcinfo, ARG_CUSTOMER, "customer");
	require_argument(fcinfo, ARG_CONSENT, "consent");
	require_argument(fcinfo, ARG_ON_DATE, "on_date");
	require_argument(fcinfo, ARG_DAYS_AHEAD, "days_ahead");
	check_occasions(fcinfo);
	on_date = PG_GETARG_DATEADT(ARG_ON_DATE);
	if (DATE_NOT_FINITE(on_date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("\"on_date\" must not be infinite")));
	r->arguments = fcinfo;
	r->from = on_date;
	r->to = on_date + number_argument(fcinfo, ARG_DAYS_AHEAD, "days_ahead", 0,
									  MAX_DAYS_AHEAD);
	if (!IS_VALID_DATE(r->to))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("\"days_ahead\" leaves the range of dates")));
	if (!PG_ARGISNULL(ARG_CHECK_IN_AFTER))
		r->check_in_after = number_argument(fcinfo, ARG_CHECK_IN_AFTER,
											"check_in_after", 1, MAX_CHECK_IN);
}

static int
compare_items(const void *a, const void *b, void *ignored)
{
	CHECK_FOR_INTERRUPTS();
	return crm_care_compare(a, b);
}

static void
put_item(ReturnSetInfo *result, const CrmCareItem *item, int32 from)
{
	bool		yearly = item->kind == CRM_CARE_BIRTHDAY ||
	item->kind == CRM_CARE_ANNIVERSARY;
	Datum		values[6];
	bool		nulls[6] = {false, false, false, item->occasion == NULL, !yearly,
	false};

	values[0] = DateADTGetDatum(item->due);
	values[1] = CStringGetTextDatum(crm_care_kind(item->kind));
	values[2] = PointerGetDatum(cstring_to_text_with_len(item->customer,
														 (int) item->customer_len));
	values[3] = item->occasion == NULL ? (Datum) 0 :
		PointerGetDatum(cstring_to_text_with_len(item->occasion,
												 (int) item->occasion_len));
	values[4] = Int32GetDatum(item->years);
	values[5] = Int32GetDatum(Max(from - item->due, 0));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	for (int i = 1; i <= 3; i++)
		if (!nulls[i])
			pfree(DatumGetPointer(values[i]));
}

/*
 * care_list(query text, customer text, consent text, on_date date, days_ahead
 * integer, birthday text, anniversary text, last_contact text, check_in_after
 * integer, offer text, holidays text, holiday_group text) -> setof (due, kind,
 * customer, occasion, years, overdue); the first five must not be NULL, what
 * else is NULL is not looked for
 */
Datum
care_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CareReceiver r = {.n_items = 0};

	read_arguments(fcinfo, &r);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	r.context = AllocSetContextCreate(CurrentMemoryContext, "crmprob care",
									  ALLOCSET_DEFAULT_SIZES);
	r.row_context = AllocSetContextCreate(r.context, "crmprob care row",
										  ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	if (!PG_ARGISNULL(ARG_HOLIDAYS))
		crm_query_run(FUNCTION, text_to_cstring(PG_GETARG_TEXT_PP(ARG_HOLIDAYS)),
					  holiday_startup, receive_holiday, &r.pub);
	crm_query_run(FUNCTION, text_to_cstring(PG_GETARG_TEXT_PP(ARG_QUERY)),
				  customer_startup, receive_customer, &r.pub);
	SPI_finish();
	if (r.n_items > 0)
		qsort_interruptible(r.items, r.n_items, sizeof *r.items, compare_items,
							NULL);
	for (size_t i = 0; i < r.n_items; i++)
	{
		CHECK_FOR_INTERRUPTS();
		/* the same twice: of a customer or a holiday that the query gives so */
		if (i == 0 || crm_care_compare(&r.items[i - 1], &r.items[i]) != 0)
			put_item(result, &r.items[i], r.from);
	}
	MemoryContextDelete(r.context);
	return (Datum) 0;
}
