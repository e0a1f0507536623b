/*
 * counts_text.c
 *		The part "counts" of a model's JSON text.
 *
 * Arrays are counted by a copy of the reader before room is taken.
 */
#include "counts_text.h"

#include <math.h>
#include <string.h>

static const char *const role_names[] = {
	NULL, "likelihood", "reached", "prior", NULL
};

static const char *const keys[] = {
	"smoothing", "min_count", "strength", "skip_missing", "roles", "won",
	"lost", NULL
};

enum
{
	KEY_SMOOTHING, KEY_MIN_COUNT, KEY_STRENGTH, KEY_SKIP_MISSING, KEY_ROLES,
	KEY_WON, KEY_LOST, KEYS
};

static void
put_float(CrmJsonWriter *w, int key, double value, const CrmFloatText *ft)
{
	crm_json_key(w, keys[key]);
	crm_json_put_float(w, value, ft);
}

static void
put_counts(CrmJsonWriter *w, int key, const uint64_t *v, uint32_t n)
{
	crm_json_key(w, keys[key]);
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < n; i++)
		crm_json_put_int(w, (int64_t) v[i]);
	crm_json_close(w, ']');
}

void
crm_counts_print(CrmJsonWriter *w, const CrmModel *m, const CrmFloatText *ft)
{
	const CrmCountsSection *s = &m->counts;
	const char *skip = s->skip_missing ? "true" : "false";

	crm_json_key(w, "counts");
	crm_json_open(w, '{');
	put_float(w, KEY_SMOOTHING, s->smoothing, ft);
	put_float(w, KEY_MIN_COUNT, s->min_count, ft);
	put_float(w, KEY_STRENGTH, s->strength, ft);
	crm_json_key(w, keys[KEY_SKIP_MISSING]);
	crm_json_put_raw(w, skip, strlen(skip));
	crm_json_key(w, keys[KEY_ROLES]);
	crm_json_open(w, '[');
	for (uint32_t i = 0; i < m->n_features; i++)
		crm_json_put_string(w, role_names[s->roles[i]],
							strlen(role_names[s->roles[i]]));
	crm_json_close(w, ']');
	put_counts(w, KEY_WON, s->won, s->n_cells);
	put_counts(w, KEY_LOST, s->lost, s->n_cells);
	crm_json_close(w, '}');
}

/* Elements of the array of words or numbers whose bracket was just read. */
static bool
count_elements(CrmJsonReader r, uint32_t *n)
{
	CrmJsonToken t;

	for (*n = 0; (t = crm_json_next(&r)) != CRM_JSON_ARRAY_END; (*n)++)
		if (t != CRM_JSON_NUMBER && t != CRM_JSON_STRING)
			return false;
	return true;
}

static bool
get_float(CrmJsonReader *r, const CrmFloatText *ft, double *value)
{
	if (crm_json_next(r) != CRM_JSON_NUMBER ||
		!ft->parse(r->raw, r->raw_len, value) || !isfinite(*value))
		return false;
	*value = *value == 0 ? 0 : *value;
	return true;
}

static bool
get_bool(CrmJsonReader *r, bool *value)
{
	CrmJsonToken t = crm_json_next(r);

	*value = t == CRM_JSON_TRUE;
	return t == CRM_JSON_TRUE || t == CRM_JSON_FALSE;
}

static bool
get_roles(CrmJsonReader *r, CrmArena *arena, const uint8_t **roles,
		  uint32_t *n)
{
	uint8_t    *v;

	if (crm_json_next(r) != CRM_JSON_ARRAY || !count_elements(*r, n) ||
		(v = crm_arena_take(arena, *n, 1)) == NULL)
		return false;
	for (uint32_t i = 0; i < *n; i++)
	{
		if (crm_json_next(r) != CRM_JSON_STRING)
			return false;
		for (v[i] = 1; role_names[v[i]] != NULL; v[i]++)
			if (crm_json_is(r, role_names[v[i]]))
				break;
		if (role_names[v[i]] == NULL)
			return false;
	}
	*roles = v;
	return crm_json_next(r) == CRM_JSON_ARRAY_END;
}

static bool
get_counts(CrmJsonReader *r, CrmArena *arena, const uint64_t **counts,
		   uint32_t *n)
{
	uint64_t   *v;

	if (crm_json_next(r) != CRM_JSON_ARRAY || !count_elements(*r, n) ||
		(v = crm_arena_take(arena, *n, sizeof *v)) == NULL)
		return false;
	for (uint32_t i = 0; i < *n; i++)
	{
		int64_t		count;

		if (crm_json_next(r) != CRM_JSON_NUMBER ||
			!crm_json_int(r, &count) || count < 0)
			return false;
		v[i] = (uint64_t) count;
	}
	*counts = v;
	return crm_json_next(r) == CRM_JSON_ARRAY_END;
}

static int
find_key(const CrmJsonReader *r)
{
	for (int i = 0; keys[i] != NULL; i++)
		if (crm_json_is(r, keys[i]))
			return i;
	return KEYS;
}

bool
crm_counts_parse(CrmJsonReader *r, const CrmFloatText *ft, CrmArena *arena,
				 CrmCountsSection *s, uint32_t *n_roles)
{
	uint32_t	n_lost = 0;
	uint32_t	seen = 0;
	CrmJsonToken t;
	bool		good = crm_json_next(r) == CRM_JSON_OBJECT;

	while (good && (t = crm_json_next(r)) != CRM_JSON_OBJECT_END)
	{
		int			key = t == CRM_JSON_KEY ? find_key(r) : KEYS;

		if (key == KEYS || (seen >> key & 1))
			return false;
		seen |= (uint32_t) 1 << key;
		switch (key)
		{
			case KEY_SMOOTHING:
				good = get_float(r, ft, &s->smoothing);
				break;
			case KEY_MIN_COUNT:
				good = get_float(r, ft, &s->min_count);
				break;
			case KEY_STRENGTH:
				good = get_float(r, ft, &s->strength);
				break;
			case KEY_SKIP_MISSING:
				good = get_bool(r, &s->skip_missing);
				break;
			case KEY_ROLES:
				good = get_roles(r, arena, &s->roles, n_roles);
				break;
			case KEY_WON:
				good = get_counts(r, arena, &s->won, &s->n_cells);
				break;
			case KEY_LOST:
				good = get_counts(r, arena, &s->lost, &n_lost);
				break;
		}
	}
	return good && seen == (1 << KEYS) - 1 && n_lost == s->n_cells;
}
