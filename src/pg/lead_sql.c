/*
 * lead_sql.c
 *		SQL functions of leads: their keys, and match_leads over a query.
 *
 * Core works on code points; here a text becomes those (NFKC in a UTF-8
 * database) and a key becomes a text again.  match_leads keeps every id and
 * every different key once, in one context whose size is held against
 * maintenance_work_mem, and two numbers for each pair of lead and key.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/unicode_norm.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "crmprob.h"
#include "lead.h"
#include "query_rows.h"
#include "string_set.h"

PG_FUNCTION_INFO_V1(email_key);
PG_FUNCTION_INFO_V1(phone_key);
PG_FUNCTION_INFO_V1(text_key);
PG_FUNCTION_INFO_V1(person_key);
PG_FUNCTION_INFO_V1(company_key);
PG_FUNCTION_INFO_V1(source_class);
PG_FUNCTION_INFO_V1(value_class);
PG_FUNCTION_INFO_V1(urgency_class);
PG_FUNCTION_INFO_V1(match_leads);

/*----------
 * Texts as code points
 *----------
 */

/* Longer texts have no key of any kind. */
#define MAX_POINTS CRM_NAME_MAX

/* Room for the points of a text, and for what NFKC makes of them. */
typedef struct Points
{
	uint32_t	data[MAX_POINTS + 1];
	CrmPoints	points;
} Points;

StaticAssertDecl(sizeof(pg_wchar) == sizeof(uint32_t), "code points");

static bool
is_ascii(const char *s, int len)
{
	unsigned char seen = 0;

	for (int i = 0; i < len; i++)
		seen |= (unsigned char) s[i];
	return seen < 0x80;
}

/* UTF-8 to points, in their compatibility form; false if there are too many. */
static bool
utf8_points(const char *s, int len, bool normal, Points *p)
{
	int			n = 0;

	for (int i = 0; i < len; n++)
	{
		if (n == MAX_POINTS)
			return false;
		p->data[n] = utf8_to_unicode((const unsigned char *) s + i);
		i += pg_utf_mblen((const unsigned char *) s + i);
	}
	p->data[n] = 0;
	p->points.data = p->data;
	p->points.len = (size_t) n;
	if (normal)
	{
		pg_wchar   *form = unicode_normalize(UNICODE_NFKC, p->data);

		p->points.data = form;
		for (n = 0; form[n] != 0; n++)
			continue;
		p->points.len = (size_t) n;
	}
	return n <= MAX_POINTS;
}

/* Without an encoding only ASCII is known; other bytes stand for themselves. */
static bool
byte_points(const char *s, int len, Points *p)
{
	if (len > MAX_POINTS)
		return false;
	for (int i = 0; i < len; i++)
		p->data[i] = (unsigned char) s[i] < 0x80 ? (uint32_t) s[i] :
			0xE000 + (unsigned char) s[i];
	p->points.data = p->data;
	p->points.len = (size_t) len;
	return true;
}

static bool
text_points(const char *s, int len, Points *p)
{
	const char *utf8;

	if (is_ascii(s, len) || GetDatabaseEncoding() == PG_SQL_ASCII)
		return byte_points(s, len, p);
	if (len > 4 * MAX_POINTS)
		return false;
	utf8 = pg_server_to_any(s, len, PG_UTF8);
	return utf8_points(utf8, utf8 == s ? len : (int) strlen(utf8), utf8 == s,
					   p);
}

/* A key in the database encoding; *len changes with it. */
static const char *
key_text(char *key, size_t *len)
{
	size_t		n = 0;
	char	   *text;

	if (is_ascii(key, (int) *len) || GetDatabaseEncoding() == PG_UTF8)
		return key;
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		/* the points of byte_points back to bytes */
		for (size_t i = 0; i < *len; n++)
		{
			const unsigned char *at = (const unsigned char *) key + i;

			i += (size_t) pg_utf_mblen(at);
			key[n] = (char) utf8_to_unicode(at);
		}
		*len = n;
		return key;
	}
	text = pg_any_to_server(key, (int) *len, PG_UTF8);

	if (text != key)
		*len = strlen(text);
	return text;
}

static Datum
key_datum(FunctionCallInfo fcinfo, char *key, size_t len)
{
	const char *text;

	if (len == 0)
		PG_RETURN_NULL();
	text = key_text(key, &len);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, (int) len));
}

/* The points of a text argument; false where it is too long for any key. */
static bool
argument_points(FunctionCallInfo fcinfo, int n, Points *p)
{
	text	   *t = PG_GETARG_TEXT_PP(n);

	return text_points(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), p);
}

/*----------
 * Keys
 *----------
 */

/*
 * email_key(email text, keep_tags boolean, keep_dots boolean) -> text; strict,
 * NULL where it is no address
 */
Datum
email_key(PG_FUNCTION_ARGS)
{
	char		key[CRM_LEAD_KEY_SIZE];
	Points		p;

	if (!argument_points(fcinfo, 0, &p))
		PG_RETURN_NULL();
	return key_datum(fcinfo, key,
					 crm_email_key(p.points, PG_GETARG_BOOL(1),
								   PG_GETARG_BOOL(2), key));
}

typedef struct Country
{
	char		digits[CRM_COUNTRY_MAX];
	size_t		len;
} Country;

static Country
country_of(const text * t)
{
	Country		c;
	Points		p;

	if (!text_points(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), &p) ||
		!crm_country_code(p.points, c.digits, &c.len))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid calling code \"%s\"",
						crm_clip(text_to_cstring(t))),
				 errhint("Give the one to three digits of a country, such as 49.")));
	return c;
}

/*
 * phone_key(phone text, country_code text) -> text; NULL where it is no
 * number; a NULL country_code leaves national numbers national
 */
Datum
phone_key(PG_FUNCTION_ARGS)
{
	char		key[CRM_LEAD_KEY_SIZE];
	Country		country = {{0}, 0};
	Points		p;

	if (!PG_ARGISNULL(1))
		country = country_of(PG_GETARG_TEXT_PP(1));
	if (PG_ARGISNULL(0) || !argument_points(fcinfo, 0, &p))
		PG_RETURN_NULL();
	return key_datum(fcinfo, key,
					 crm_phone_key(p.points, country.digits, country.len, key));
}

static Datum
name_datum(FunctionCallInfo fcinfo, size_t (*make) (CrmPoints, char *))
{
	char		key[CRM_LEAD_KEY_SIZE];
	Points		p;

	if (!argument_points(fcinfo, 0, &p))
		PG_RETURN_NULL();
	return key_datum(fcinfo, key, make(p.points, key));
}

/* text_key(text) -> text; strict, as are the two below: NULL without words */
Datum
text_key(PG_FUNCTION_ARGS)
{
	return name_datum(fcinfo, crm_text_key);
}

Datum
person_key(PG_FUNCTION_ARGS)
{
	return name_datum(fcinfo, crm_person_key);
}

Datum
company_key(PG_FUNCTION_ARGS)
{
	return name_datum(fcinfo, crm_company_key);
}

/*----------
 * Classes
 *----------
 */

/* source_class(source text) -> text; NULL is unknown */
Datum
source_class(PG_FUNCTION_ARGS)
{
	Points		p;

	if (PG_ARGISNULL(0) || !argument_points(fcinfo, 0, &p))
		return crm_word_datum("unknown");
	return crm_word_datum(crm_source_class(p.points));
}

static void
refuse_limits(const char *first, const char *second)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" must be positive and below \"%s\"", first,
					second)));
}

/* Are two limits there, positive and in order? */
static bool
limits_good(FunctionCallInfo fcinfo, PGFunction compare, Datum zero)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return false;
	return DatumGetInt32(DirectFunctionCall2(compare, zero,
											 PG_GETARG_DATUM(1))) < 0 &&
		DatumGetInt32(DirectFunctionCall2(compare, PG_GETARG_DATUM(1),
										  PG_GETARG_DATUM(2))) < 0;
}

/*
 * value_class(value numeric, medium_from numeric, high_from numeric) -> text;
 * a NULL value is unknown, a NULL limit refused
 */
Datum
value_class(PG_FUNCTION_ARGS)
{
	Datum		zero = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));
	Datum		value;

	if (!limits_good(fcinfo, numeric_cmp, zero) ||
		numeric_is_nan(PG_GETARG_NUMERIC(2)))
		refuse_limits("medium_from", "high_from");
	if (PG_ARGISNULL(0))
		return crm_word_datum("unknown");
	value = PG_GETARG_DATUM(0);
	if (numeric_is_nan(DatumGetNumeric(value)) ||
		numeric_is_inf(DatumGetNumeric(value)) ||
		DatumGetInt32(DirectFunctionCall2(numeric_cmp, value, zero)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("potential value must be finite and not negative")));
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, value,
										  PG_GETARG_DATUM(1))) < 0)
		return crm_word_datum("low");
	return crm_word_datum(DatumGetInt32(DirectFunctionCall2(numeric_cmp, value,
															PG_GETARG_DATUM(2))) < 0 ?
						  "medium" : "high");
}

/*
 * urgency_class(needed_in interval, urgent_within interval, soon_within
 * interval) -> text; NULL is unknown, a NULL limit refused
 */
Datum
urgency_class(PG_FUNCTION_ARGS)
{
	Interval	nothing = {0};

	if (!limits_good(fcinfo, interval_cmp, IntervalPGetDatum(&nothing)))
		refuse_limits("urgent_within", "soon_within");
	if (PG_ARGISNULL(0))
		return crm_word_datum("unknown");
	if (DatumGetInt32(DirectFunctionCall2(interval_cmp, PG_GETARG_DATUM(0),
										  PG_GETARG_DATUM(1))) <= 0)
		return crm_word_datum("urgent");
	return crm_word_datum(DatumGetInt32(DirectFunctionCall2(interval_cmp,
															PG_GETARG_DATUM(0),
															PG_GETARG_DATUM(2))) <= 0 ?
						  "soon" : "later");
}

/*----------
 * The rows of the query
 *----------
 */

typedef enum KeyKind
{
	KIND_EMAIL,
	KIND_PHONE,
	KIND_NAME,
	KINDS
} KeyKind;

static const char *const kind_names[KINDS] = {"email", "phone", "name"};

typedef enum LeadColumn
{
	COLUMN_EMAIL,
	COLUMN_PHONE,
	COLUMN_NAME,
	COLUMN_COMPANY,
	COLUMN_COUNTRY,
	COLUMNS
} LeadColumn;

static const char *const column_names[COLUMNS] = {
	"email", "phone", "name", "company", "country_code"
};

typedef struct Leads
{
	DestReceiver pub;
	MemoryContext context;
	MemoryContext row_context;
	AttrNumber	id;
	AttrNumber	columns[COLUMNS];	/* 0: not there */
	Oid			id_type;		/* an integer's, or InvalidOid for texts */
	FmgrInfo	id_output;
	Country		country;
	bool		keep_tags;
	bool		keep_dots;
	CrmStringSet ids;
	CrmStringSet keys;			/* the first byte is the kind */
	uint32	   *lead;
	uint32	   *key;
	uint32		n_pairs;
	uint32		pair_room;
	uint64		rows;
} Leads;

static AttrNumber
optional_column(TupleDesc desc, const char *name)
{
	AttrNumber	found = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(desc, i);

		if (strcmp(NameStr(a->attname), name) != 0)
			continue;
		found = crm_query_column(desc, "match_leads", name, "query");
		if (getBaseType(a->atttypid) != TEXTOID &&
			getBaseType(a->atttypid) != VARCHAROID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of type %s is not text", name,
							format_type_be(a->atttypid)),
					 errhint("Cast it to text.")));
	}
	return found;
}

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	Leads	   *l = (Leads *) self;
	Oid			type;
	Oid			output;
	bool		varlena;

	l->id = crm_query_column(desc, "match_leads", "id", "\"id\"");
	for (int i = 0; i < COLUMNS; i++)
		l->columns[i] = optional_column(desc, column_names[i]);
	if (l->columns[COLUMN_EMAIL] == 0 && l->columns[COLUMN_PHONE] == 0 &&
		(l->columns[COLUMN_NAME] == 0 || l->columns[COLUMN_COMPANY] == 0))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("query of match_leads has no columns to match by"),
				 errhint("Name them email, phone, or name and company.")));
	type = getBaseType(TupleDescAttr(desc, l->id - 1)->atttypid);
	l->id_type = type == INT2OID || type == INT4OID || type == INT8OID ?
		type : InvalidOid;
	getTypeOutputInfo(type, &output, &varlena);
	fmgr_info_cxt(output, &l->id_output, l->context);
}

/* Integers as bytes that compare as they do; other ids as their text. */
static uint32
lead_number(Leads *l, Datum id)
{
	const char *text;
	uint64		v;
	char		bytes[8];

	if (l->id_type == InvalidOid)
	{
		MemoryContext old = MemoryContextSwitchTo(l->row_context);

		text = OutputFunctionCall(&l->id_output, id);
		MemoryContextSwitchTo(old);
		return crm_string_set_add(&l->ids, text, strlen(text));
	}
	v = (uint64) (l->id_type == INT2OID ? DatumGetInt16(id) :
				  l->id_type == INT4OID ? DatumGetInt32(id) :
				  DatumGetInt64(id)) ^ UINT64_C(1) << 63;
	for (int i = 0; i < 8; i++)
		bytes[i] = (char) (v >> (56 - 8 * i));
	return crm_string_set_add(&l->ids, bytes, sizeof bytes);
}

static void
add_pair(Leads *l, uint32 lead, KeyKind kind, char *key, size_t len)
{
	if (len == 0)
		return;
	if (l->n_pairs == l->pair_room)
	{
		if (l->pair_room > MaxAllocSize / sizeof(uint32) / 2)
			crm_string_set_refuse();
		l->pair_room *= 2;
		l->lead = repalloc(l->lead, l->pair_room * sizeof(uint32));
		l->key = repalloc(l->key, l->pair_room * sizeof(uint32));
	}
	key[0] = (char) kind;
	l->lead[l->n_pairs] = lead;
	l->key[l->n_pairs++] = crm_string_set_add(&l->keys, key, len + 1);
}

/* The text of a column as points; false without one. */
static bool
column_points(const Leads *l, TupleTableSlot *slot, LeadColumn column,
			  Points *p)
{
	AttrNumber	a = l->columns[column];
	text	   *t;

	if (a == 0 || slot->tts_isnull[a - 1])
		return false;
	t = DatumGetTextPP(slot->tts_values[a - 1]);
	return VARSIZE_ANY_EXHDR(t) > 0 &&
		text_points(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), p);
}

static Country
row_country(const Leads *l, TupleTableSlot *slot)
{
	AttrNumber	a = l->columns[COLUMN_COUNTRY];

	if (a == 0 || slot->tts_isnull[a - 1])
		return l->country;
	return country_of(DatumGetTextPP(slot->tts_values[a - 1]));
}

/* Person and company, or nothing if either has no words. */
static size_t
name_and_company(const Leads *l, TupleTableSlot *slot, char *key)
{
	Points		p;
	size_t		person;
	size_t		company;

	if (!column_points(l, slot, COLUMN_COMPANY, &p))
		return 0;
	company = crm_company_key(p.points, key);
	if (company == 0 || !column_points(l, slot, COLUMN_NAME, &p))
		return 0;
	key[company] = '|';
	person = crm_person_key(p.points, key + company + 1);
	return person == 0 ? 0 : company + 1 + person;
}

static void
check_memory(const Leads *l)
{
	if (MemoryContextMemAllocated(l->context, true) <=
		(Size) maintenance_work_mem * 1024)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("the leads do not fit in maintenance_work_mem (%d kB)",
					maintenance_work_mem),
			 errdetail("%llu rows were read.", (unsigned long long) l->rows),
			 errhint("Raise maintenance_work_mem; a million leads with three keys need some 350 MB.")));
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Leads	   *l = (Leads *) self;
	MemoryContext old;
	char		key[1 + 2 * CRM_LEAD_KEY_SIZE + 1];
	Country		country;
	uint32		lead;
	size_t		len[KINDS] = {0};
	Points		p;

	slot_getallattrs(slot);
	if (slot->tts_isnull[l->id - 1])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a lead has no id")));
	MemoryContextReset(l->row_context);
	old = MemoryContextSwitchTo(l->row_context);
	country = row_country(l, slot);
	MemoryContextSwitchTo(l->context);
	lead = lead_number(l, slot->tts_values[l->id - 1]);
	for (int kind = 0; kind < KINDS; kind++)
	{
		MemoryContextSwitchTo(l->row_context);
		if (kind == KIND_NAME)
			len[kind] = name_and_company(l, slot, key + 1);
		else if (column_points(l, slot, (LeadColumn) kind, &p))
			len[kind] = kind == KIND_EMAIL ?
				crm_email_key(p.points, l->keep_tags, l->keep_dots, key + 1) :
				crm_phone_key(p.points, country.digits, country.len, key + 1);
		MemoryContextSwitchTo(l->context);
		add_pair(l, lead, (KeyKind) kind, key, len[kind]);
	}
	MemoryContextSwitchTo(old);
	if (++l->rows % 4096 == 0)
		check_memory(l);
	return true;
}

/*----------
 * The result
 *----------
 */

static int
compare_ids(const CrmSetString *a, const CrmSetString *b)
{
	int			c = memcmp(a->bytes, b->bytes, Min(a->len, b->len));

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static Datum
id_datum(const Leads *l, uint32 lead)
{
	const CrmSetString *e = &l->ids.entries[lead];
	uint64		v = 0;
	char		number[24];

	if (l->id_type == InvalidOid)
		return PointerGetDatum(cstring_to_text_with_len(e->bytes,
														(int) e->len));
	for (int i = 0; i < 8; i++)
		v = v << 8 | (uint8) e->bytes[i];
	v ^= UINT64_C(1) << 63;
	return PointerGetDatum(cstring_to_text_with_len(number,
													(int) crm_int_text((int64) v, number)));
}

/* The array of the kinds of these bits, made once. */
static Datum
kinds_datum(uint8 bits)
{
	Datum		names[KINDS];
	int			n = 0;

	for (int k = 0; k < KINDS; k++)
		if (bits >> k & 1)
			names[n++] = CStringGetTextDatum(kind_names[k]);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static CrmLeadMatch
find_clusters(Leads *l, uint32 max_shared)
{
	CrmLeadMatch m = {0};
	uint8	   *kind = palloc(Max(l->keys.n, 1));

	for (uint32 k = 0; k < l->keys.n; k++)
	{
		crm_pause_at(crm_pause, k);
		kind[k] = (uint8) l->keys.entries[k].bytes[0];
	}
	m.n_leads = l->ids.n;
	m.n_keys = l->keys.n;
	m.n_pairs = l->n_pairs;
	m.lead = l->lead;
	m.key = l->key;
	m.kind = kind;
	m.max_shared = max_shared;
	m.starts = palloc_array(uint32, (Size) m.n_keys + 1);
	m.members = palloc_array(uint32, Max(m.n_pairs, 1));
	m.mark = palloc_array(uint32, Max(m.n_leads, 1));
	m.root = palloc_array(uint32, Max(m.n_leads, 1));
	m.matched = palloc(Max(m.n_leads, 1));
	m.ignored = palloc(Max(m.n_leads, 1));
	check_memory(l);
	crm_lead_match(&m, crm_pause);
	return m;
}

static void
return_rows(const Leads *l, const CrmLeadMatch *m, ReturnSetInfo *rsi)
{
	uint32	   *size = palloc0(Max(m->n_leads, 1) * sizeof(uint32));
	uint32	   *name = palloc_array(uint32, Max(m->n_leads, 1));
	Datum		kinds[1 << KINDS];
	MemoryContext old;

	for (uint32 i = 0; i < m->n_leads; i++)
	{
		uint32		r = m->root[i];

		crm_pause_at(crm_pause, i);
		if (size[r]++ == 0 || compare_ids(&l->ids.entries[i],
										  &l->ids.entries[name[r]]) < 0)
			name[r] = i;
	}
	for (int bits = 0; bits < 1 << KINDS; bits++)
		kinds[bits] = kinds_datum((uint8) bits);
	old = MemoryContextSwitchTo(l->row_context);
	for (uint32 i = 0; i < m->n_leads; i++)
	{
		uint32		r = m->root[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = id_datum(l, i);
		values[1] = id_datum(l, name[r]);
		values[2] = Int32GetDatum((int32) size[r]);
		values[3] = kinds[m->matched[i]];
		values[4] = kinds[m->ignored[i]];
		tuplestore_putvalues(rsi->setResult, rsi->setDesc, values, nulls);
		MemoryContextReset(l->row_context);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

/*
 * match_leads(query text, country_code text, max_shared integer, keep_tags
 * boolean, keep_dots boolean) -> setof (id, cluster, size, matched_by,
 * ignored); a NULL query gives no rows, a NULL country_code leaves national
 * numbers national, other NULLs are refused
 */
Datum
match_leads(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsi = (ReturnSetInfo *) fcinfo->resultinfo;
	Leads	   *l;
	MemoryContext old;
	CrmLeadMatch m;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	for (int i = 2; i < 5; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("max_shared, keep_tags and keep_dots must not be null")));
	if (PG_GETARG_INT32(2) < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_shared must be at least 2, not %d",
						PG_GETARG_INT32(2))));
	SPI_connect();
	l = palloc0(sizeof *l);
	l->context = AllocSetContextCreate(CurrentMemoryContext, "crmprob leads",
									   ALLOCSET_DEFAULT_SIZES);
	l->row_context = AllocSetContextCreate(CurrentMemoryContext,
										   "crmprob lead", ALLOCSET_DEFAULT_SIZES);
	if (!PG_ARGISNULL(1))
		l->country = country_of(PG_GETARG_TEXT_PP(1));
	l->keep_tags = PG_GETARG_BOOL(3);
	l->keep_dots = PG_GETARG_BOOL(4);
	old = MemoryContextSwitchTo(l->context);
	crm_string_set_init(&l->ids);
	crm_string_set_init(&l->keys);
	l->pair_room = 4096;
	l->lead = palloc_array(uint32, l->pair_room);
	l->key = palloc_array(uint32, l->pair_room);
	MemoryContextSwitchTo(old);
	crm_query_run("match_leads", text_to_cstring(PG_GETARG_TEXT_PP(0)),
				  start_rows, receive_row, (DestReceiver *) l);
	MemoryContextSwitchTo(l->context);
	m = find_clusters(l, (uint32) PG_GETARG_INT32(2));
	return_rows(l, &m, rsi);
	MemoryContextSwitchTo(old);
	SPI_finish();
	return (Datum) 0;
}
