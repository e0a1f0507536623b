/*
 * model_fuzz.c
 *		Wire and text form of a model, and scores by it.
 *
 * The first byte says which form follows: 't' text, else wire, of which the
 * digest is made right, as no mutation would be.  What is accepted must be
 * canonical bytes, read back from its own text to the same bytes, and give a
 * probability for any row.
 */
#include "model.h"
#include "model_text.h"

#include <stdlib.h>

#include "float_text.h"
#include "model_bytes.h"

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* By way of text, back to the same bytes. */
static void
check_text(const CrmModel *m, const uint8_t *bytes, size_t size)
{
	size_t		length = crm_model_print(m, &libc_float_text, NULL, 0);
	char	   *text = malloc(length);
	CrmArena	arena = arena_of(crm_model_parse_size(length));
	CrmModel	back;
	CrmError	error;
	uint8_t    *again;
	size_t		again_size;

	require(crm_model_print(m, &libc_float_text, text, length) == length);
	require(crm_model_parse(text, length, true, &libc_float_text, &arena,
							&back, &error));
	again = model_bytes(&back, &again_size);
	require(again_size == size && memcmp(again, bytes, size) == 0);
	free(again);
	free(arena.base);
	free(text);
}

/* Rows of the first labels, of unseen ones, and of missing values. */
static void
check_scores(const CrmModel *m)
{
	CrmArena	arena = arena_of(crm_scorer_size(m));
	CrmScorer	scorer;
	double	   *row = malloc((m->n_features + 1) * sizeof *row);

	require(crm_scorer_init(&scorer, m, &arena));
	for (int kind = 0; kind < 3; kind++)
	{
		double		p;

		for (uint32_t f = 0; f < m->n_features; f++)
		{
			const CrmFeature *feature = &m->features[f];

			row[f] = kind == 2 ? NAN : 1e10;
			if (feature->kind != CRM_CATEGORICAL || kind == 2)
				continue;
			if (kind == 0 && feature->n_levels > 0)
			{
				CrmString	label = feature->levels[0].label;

				row[f] = crm_scorer_level(&scorer, f, label.bytes, label.length);
				require(row[f] == 0);
			}
			else
				row[f] = crm_scorer_level(&scorer, f, "\n", 1);
		}
		p = crm_scorer_probability(&scorer, row);
		require(p >= 0 && p <= 1);
	}
	free(row);
	free(arena.base);
}

/* A copy; that of format 2 has the digest of what follows it. */
static uint8_t *
copy_wire(const uint8_t *data, size_t size)
{
	uint8_t    *wire = malloc(size + 1);

	memcpy(wire, data, size);
	if (crm_model_has_key(wire, size))
		crm_digest(wire + CRM_MODEL_KEY_BYTES, size - CRM_MODEL_KEY_BYTES,
				   wire + 1);
	return wire;
}

/* What was decoded encodes to the same, in the newest format. */
static void
check_wire(const uint8_t *encoded, size_t encoded_size, const uint8_t *wire,
		   size_t size)
{
	size_t		i = crm_model_content(encoded, encoded_size);
	size_t		k = crm_model_content(wire, size);

	require(i == CRM_MODEL_KEY_BYTES && encoded_size - i == size - k &&
			memcmp(encoded + i, wire + k, size - k) == 0);
	require(k == 1 || memcmp(encoded, wire, size) == 0);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool		text = size > 0 && data[0] == 't';
	CrmArena	arena;
	CrmModel	m;
	CrmError	error;
	uint8_t    *wire;
	bool		good;

	if (size == 0)
		return 0;
	data++;
	size--;
	wire = copy_wire(data, size);
	arena = arena_of(text ? crm_model_parse_size(size) :
					 crm_model_decode_size(size));
	good = text ?
		crm_model_parse((const char *) data, size, true, &libc_float_text,
						&arena, &m, &error) :
		crm_model_decode(wire, size, &arena, &m);

	if (good)
	{
		size_t		encoded_size;
		uint8_t    *encoded = model_bytes(&m, &encoded_size);

		if (!text)
			check_wire(encoded, encoded_size, wire, size);
		check_text(&m, encoded, encoded_size);
		check_scores(&m);
		free(encoded);
	}
	free(arena.base);
	free(wire);
	return 0;
}
