/*
 * feature_map.c
 *		From a record to a model's row of numbers.
 *
 * The map holds its own copy of the row descriptor, so that it outlives the
 * relation cache entry it was made from; the identifier says when it is stale.
 */
#include "compat.h"

#include <math.h>

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "feature_map.h"
#include "feature_type.h"

typedef struct MapEntry
{
	AttrNumber	attno;
	bool		by_value;
	bool		plain;			/* a double precision number */
	int16		length;
	int32		offset;			/* in a tuple without NULLs */
	CrmReadAs	read;
	CrmFeatureKind kind;
	double		level[2];		/* of false and true */
	const char *name;
} MapEntry;

/* An attribute on the way through a tuple, see read_walk. */
typedef struct MapStep
{
	int32		feature;		/* or -1 */
	bool		plain;			/* a feature of type double precision */
	int16		length;
	uint16		align;			/* less one */
} MapStep;

struct CrmFeatureMap
{
	const CrmOpenModel *open;
	TupleDesc	desc;
	int			fixed;			/* attributes that tuples read by offset have;
								 * 0: deform every tuple */
	MapStep    *steps;			/* for each of these */
	uint32		n;
	MapEntry   *entries;
	double	   *row;
	Datum	   *values;
	bool	   *nulls;
};

static AttrNumber
find_attribute(TupleDesc desc, const char *name)
{
	AttrNumber	found = InvalidAttrNumber;

	for (int a = 0; a < desc->natts; a++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, a);

		if (att->attisdropped || strcmp(NameStr(att->attname), name) != 0)
			continue;
		if (found != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("column \"%s\" occurs twice in the record", name),
					 errhint("Select the one that is meant: score(model, s) FROM (SELECT ...) AS s.")));
		found = att->attnum;
	}
	return found;
}

/* Are the columns named f1, f2, ... as ROW() names them? */
static bool
is_row_constructor(TupleDesc desc)
{
	char		name[NAMEDATALEN];

	for (int a = 0; a < desc->natts; a++)
	{
		snprintf(name, sizeof name, "f%d", a + 1);
		if (strcmp(NameStr(TupleDescAttr(desc, a)->attname), name) != 0)
			return false;
	}
	return desc->natts > 0;
}

static void
missing_column(TupleDesc desc, const char *name)
{
	StringInfoData columns;

	if (is_row_constructor(desc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist in the record", name),
				 errdetail("ROW(...) gives its columns the names f1, f2, and so on."),
				 errhint("Pass named columns: score(model, t) for a table t, or score(model, s) FROM (SELECT ...) AS s.")));
	initStringInfo(&columns);
	for (int a = 0; a < desc->natts; a++)
		if (!TupleDescAttr(desc, a)->attisdropped)
			appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "",
							 NameStr(TupleDescAttr(desc, a)->attname));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" does not exist in the record", name),
			 columns.len > 0 ?
			 errhint("The record has the columns: %s.", columns.data) :
			 errhint("The record has no columns.")));
}

/* Kinds of value that can stand for each other in scoring. */
static int
family_of(CrmFeatureType type)
{
	switch (type)
	{
		case CRM_TYPE_NUMBER:
			return 1;
		case CRM_TYPE_BOOLEAN:
			return 2;
		case CRM_TYPE_TEXT:
		case CRM_TYPE_ENUM:
		case CRM_TYPE_STAGE:
			return 3;
		case CRM_TYPE_DATE:
		case CRM_TYPE_TIMESTAMP:
		case CRM_TYPE_TIMESTAMPTZ:
			return 4;
	}
	return 0;
}

static void
map_feature(CrmFeatureMap *map, uint32 f)
{
	static const char *const wanted[] = {
		"", "a number", "boolean", "a text, an enum or a stage",
		"a date or a timestamp"
	};
	const CrmFeature *feature = &map->open->model.features[f];
	MapEntry   *e = &map->entries[f];
	CrmColumnType type;
	Oid			oid;

	e->name = pnstrdup(feature->name.bytes, feature->name.length);
	e->attno = find_attribute(map->desc, e->name);
	if (e->attno == InvalidAttrNumber)
		missing_column(map->desc, e->name);
	oid = TupleDescAttr(map->desc, e->attno - 1)->atttypid;
	if (!crm_column_type(oid, &type) ||
		family_of(type.type) != family_of(feature->type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s but the model wants %s",
						e->name, format_type_be(oid),
						wanted[family_of(feature->type)]),
				 errhint("Cast the column to the type it had in training.")));
	e->read = type.read;
	e->plain = type.read == CRM_READ_FLOAT8 && feature->kind == CRM_NUMERIC;
	e->kind = feature->kind;
	if (type.read == CRM_READ_BOOL)
	{
		e->level[0] = crm_scorer_level(&map->open->scorer, f, "false", 5);
		e->level[1] = crm_scorer_level(&map->open->scorer, f, "true", 4);
	}
}

/* Bytes that values of this attribute are aligned to. */
static int
alignment_of(Form_pg_attribute att)
{
	return (int) att_align_nominal(1, att->attalign);
}

/*
 * How far the attributes that features come from, and all before them, are of
 * fixed width: tuples are then read where they lie, without deforming.
 */
static void
find_fixed(CrmFeatureMap *map)
{
	int			last = 0;

	for (uint32 f = 0; f < map->n; f++)
		last = Max(last, map->entries[f].attno);
	for (int a = 0; a < last; a++)
		if (TupleDescAttr(map->desc, a)->attlen <= 0)
			return;
	map->fixed = last;
}

/* The steps through a tuple, and offsets for tuples without NULLs. */
static void
find_offsets(CrmFeatureMap *map)
{
	int32		offset = 0;

	find_fixed(map);
	map->steps = palloc(((Size) map->fixed + 1) * sizeof *map->steps);
	for (int a = 0; a < map->fixed; a++)
	{
		Form_pg_attribute att = TupleDescAttr(map->desc, a);
		MapStep    *step = &map->steps[a];

		step->feature = -1;
		step->plain = false;
		step->length = att->attlen;
		step->align = (uint16) (alignment_of(att) - 1);
		offset = (offset + step->align) & ~(int32) step->align;
		for (uint32 f = 0; f < map->n; f++)
		{
			MapEntry   *e = &map->entries[f];

			if (e->attno != att->attnum)
				continue;
			step->feature = (int32) f;
			step->plain = e->plain;
			e->by_value = att->attbyval;
			e->length = att->attlen;
			e->offset = offset;
		}
		offset += step->length;
	}
}

CrmFeatureMap *
crm_feature_map_build(const CrmOpenModel *open, TupleDesc desc)
{
	CrmFeatureMap *map = palloc0(sizeof *map);

	map->open = open;
	/* with constraints: defaults of columns that a stored tuple lacks */
	map->desc = CreateTupleDescCopyConstr(desc);
	map->n = open->model.n_features;
	map->entries = palloc0((map->n + 1) * sizeof(MapEntry));
	map->row = palloc((map->n + 1) * sizeof(double));
	map->values = palloc((desc->natts + 1) * sizeof(Datum));
	map->nulls = palloc((desc->natts + 1) * sizeof(bool));
	for (uint32 f = 0; f < map->n; f++)
		map_feature(map, f);
	find_offsets(map);
	return map;
}

AttrNumber
crm_feature_map_attno(const CrmFeatureMap *map, uint32 f)
{
	return map->entries[f].attno;
}

static double
category_value(const CrmFeatureMap *map, uint32 f, Datum value)
{
	const MapEntry *e = &map->entries[f];
	char		buffer[CRM_LABEL_BUFFER];
	CrmString	label;

	if (e->read == CRM_READ_BOOL)
		return e->level[DatumGetBool(value)];
	if (e->read <= CRM_READ_NUMERIC &&
		!crm_number_present(e->name, e->read, value))
		return get_float8_nan();
	label = crm_read_label(e->read, value, buffer);
	return crm_scorer_level(&map->open->scorer, f, label.bytes, label.length);
}

static double
time_value(const CrmFeatureMap *map, const MapEntry *e, Datum value)
{
	int64		time;

	if (!crm_read_time(e->read, value, &time))
		crm_refuse_feature(e->name, e->read, value);
	return crm_days_since(map->open->model.as_of, time);
}

static inline double
feature_value(const CrmFeatureMap *map, uint32 f, Datum value)
{
	const MapEntry *e = &map->entries[f];
	double		v;

	if (e->kind == CRM_CATEGORICAL)
		return category_value(map, f, value);
	if (e->kind == CRM_TIME)
		return time_value(map, e, value);
	v = e->read == CRM_READ_FLOAT8 ? DatumGetFloat8(value) :
		crm_read_number(e->read, value);
	if (unlikely(isinf(v)))
		crm_refuse_feature(e->name, e->read, value);
	return v;
}

const double *
crm_feature_map_values(CrmFeatureMap *map, const Datum *values,
					   const bool *nulls)
{
	for (uint32 f = 0; f < map->n; f++)
	{
		AttrNumber	attno = map->entries[f].attno;

		map->row[f] = nulls[attno - 1] ? get_float8_nan() :
			feature_value(map, f, values[attno - 1]);
	}
	return map->row;
}

static inline double
read_at(const CrmFeatureMap *map, uint32 f, const char *at)
{
	const MapEntry *e = &map->entries[f];
	double		v;

	if (unlikely(!e->plain))
		return feature_value(map, f, fetch_att(at, e->by_value, e->length));
	memcpy(&v, at, sizeof v);
	if (unlikely(isinf(v)))
		crm_infinite_feature(e->name);
	return v;
}

/* From a tuple without NULLs, each feature from its offset. */
static const double *
read_fixed(CrmFeatureMap *map, const char *data)
{
	for (uint32 f = 0; f < map->n; f++)
		map->row[f] = read_at(map, f, data + map->entries[f].offset);
	return map->row;
}

/*
 * From a tuple with NULLs, which take no room: by adding up what is there.
 * Doubles are read without a branch on NULL, which cannot be predicted.
 */
static const double *
read_walk(CrmFeatureMap *map, const char *data, const bits8 *present)
{
	const double missing = get_float8_nan();
	const MapStep *step = map->steps;
	double	   *row = map->row;
	uintptr_t	offset = 0;

	for (int a = 0; a < map->fixed; a++, step++)
	{
		uintptr_t	here = (offset + step->align) & ~(uintptr_t) step->align;
		const char *at[2] = {(const char *) &missing, data + here};
		uintptr_t	next[2] = {offset, here + step->length};
		int			there = present[a >> 3] >> (a & 7) & 1;

		offset = next[there];
		if (likely(step->plain))
		{
			double		v;

			memcpy(&v, at[there], sizeof v);
			if (unlikely(isinf(v)))
				crm_infinite_feature(map->entries[step->feature].name);
			row[step->feature] = v;
		}
		else if (step->feature >= 0)
			row[step->feature] = there ?
				read_at(map, (uint32) step->feature, at[1]) : missing;
	}
	return row;
}

const double *
crm_feature_map_slot(CrmFeatureMap *map, TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	return crm_feature_map_values(map, slot->tts_values, slot->tts_isnull);
}

const double *
crm_feature_map_tuple(CrmFeatureMap *map, HeapTuple tuple)
{
	HeapTupleHeader header = tuple->t_data;
	const char *data = (const char *) header + header->t_hoff;

	if (map->fixed > 0 && HeapTupleHeaderGetNatts(header) >= map->fixed)
		return HeapTupleHasNulls(tuple) ?
			read_walk(map, data, header->t_bits) : read_fixed(map, data);
	heap_deform_tuple(tuple, map->desc, map->values, map->nulls);
	return crm_feature_map_values(map, map->values, map->nulls);
}

const double *
crm_feature_map_record(CrmFeatureMap *map, HeapTupleHeader record)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	return crm_feature_map_tuple(map, &tuple);
}

void
crm_record_scorer_init(CrmRecordScorer *scorer, const CrmOpenModel *open,
					   MemoryContext context)
{
	memset(scorer, 0, sizeof *scorer);
	scorer->context = context;
	scorer->map_context = AllocSetContextCreate(context, "crmprob feature map",
												ALLOCSET_SMALL_SIZES);
	scorer->open = open;
}

static void
rebuild_map(CrmRecordScorer *scorer, Oid type, int32 typmod, uint64 identifier)
{
	MemoryContext caller;
	TupleDesc	desc;

	scorer->map = NULL;
	MemoryContextReset(scorer->map_context);
	desc = lookup_rowtype_tupdesc(type, typmod);
	caller = MemoryContextSwitchTo(scorer->map_context);
	scorer->map = crm_feature_map_build(scorer->open, desc);
	MemoryContextSwitchTo(caller);
	ReleaseTupleDesc(desc);
	scorer->type = type;
	scorer->typmod = typmod;
	scorer->identifier = identifier;
	scorer->entry = type == RECORDOID ? NULL :
		lookup_type_cache(type, TYPECACHE_TUPDESC);
}

/*
 * Is the map for rows of this type as it is now?  An entry of the type cache
 * is never freed, and its identifier changes when the type does.
 */
static bool
is_current(const CrmRecordScorer *scorer, Oid type, int32 typmod)
{
	if (scorer->map == NULL || scorer->type != type ||
		scorer->typmod != typmod)
		return false;
	if (scorer->entry != NULL)
		return scorer->entry->tupDesc_identifier == scorer->identifier;
	return assign_record_type_identifier(type, typmod) == scorer->identifier;
}

const double *
crm_record_scorer_row(CrmRecordScorer *scorer, HeapTupleHeader record)
{
	Oid			type = HeapTupleHeaderGetTypeId(record);
	int32		typmod = HeapTupleHeaderGetTypMod(record);

	if (!is_current(scorer, type, typmod))
		rebuild_map(scorer, type, typmod,
					assign_record_type_identifier(type, typmod));
	return crm_feature_map_record(scorer->map, record);
}

double
crm_record_scorer_score(CrmRecordScorer *scorer, HeapTupleHeader record)
{
	return crm_scorer_probability(&scorer->open->scorer,
								  crm_record_scorer_row(scorer, record));
}
