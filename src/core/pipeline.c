/*
 * pipeline.c
 *		A sales pipeline: text, bytes, and the search for a stage.
 *
 * The grammar of the text, where a label with one of > | , " in it stands
 * between double quotes and doubles the quotes inside:
 *		pipeline = open { ">" open } ">" ends [ "|" ends ]
 *		ends     = label { "," label }
 */
#include "pipeline.h"

#define HINT "Write a pipeline as \"Lead > Proposal > Won | Lost\", with commas between several ends."

/* Slots of the table that finds duplicates: above 4/3 of the most labels. */
#define TABLE_SIZE 4096

CrmPipelineCursor
crm_pipeline_walk(const CrmPipeline *p)
{
	CrmPipelineCursor c = {p, crm_reader(p->labels, p->labels_size), 0};

	return c;
}

bool
crm_pipeline_next(CrmPipelineCursor *c, CrmStage *stage)
{
	const CrmPipeline *p = c->pipeline;
	uint8_t		len;
	const uint8_t *label;

	if (c->position == crm_pipeline_size(p))
		return false;
	len = crm_get_u8(&c->labels);
	label = crm_get_bytes(&c->labels, len);
	if (label == NULL)
		return false;
	c->position++;
	stage->label = (const char *) label;
	stage->label_len = len;
	if (c->position <= p->n_open)
		stage->rank = (uint16_t) c->position;
	else if (c->position <= (uint32_t) p->n_open + p->n_won)
		stage->rank = CRM_STAGE_WON;
	else
		stage->rank = CRM_STAGE_LOST;
	return true;
}

bool
crm_pipeline_find(const CrmPipeline *p, const char *label, size_t len,
				  CrmStage *stage, uint32_t *position)
{
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	s;

	while (crm_pipeline_next(&c, &s))
	{
		if (s.label_len == len && memcmp(s.label, label, len) == 0)
		{
			*stage = s;
			*position = c.position;
			return true;
		}
	}
	return false;
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static uint32_t
hash_label(const CrmStage *s)
{
	uint32_t	h = 2166136261u;

	for (size_t i = 0; i < s->label_len; i++)
		h = (h ^ (uint8_t) s->label[i]) * 16777619u;
	return h;
}

bool
crm_pipeline_duplicate(const CrmPipeline *p, CrmStage *stage)
{
	uint32_t	seen[TABLE_SIZE] = {0}; /* 1 + offset of the label's length */
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	s;

	while (crm_pipeline_next(&c, &s))
	{
		uint32_t	offset = (uint32_t) ((const uint8_t *) s.label - 1 -
										 p->labels);
		uint32_t	slot = hash_label(&s) % TABLE_SIZE;

		for (; seen[slot] != 0; slot = (slot + 1) % TABLE_SIZE)
		{
			const uint8_t *other = p->labels + seen[slot] - 1;

			if (*other == s.label_len &&
				memcmp(other + 1, s.label, s.label_len) == 0)
			{
				*stage = s;
				return true;
			}
		}
		seen[slot] = offset + 1;
	}
	return false;
}

static bool
is_separator(char c)
{
	return c == '>' || c == '|' || c == ',';
}

/* Copies a quoted label without its quotes; *at is behind the first one. */
static bool
take_quoted(const char *text, size_t len, size_t *at, char *label,
			size_t *label_len, CrmError *error)
{
	size_t		n = 0;
	size_t		i = *at;

	for (; i < len; i++)
	{
		if (text[i] == '"')
		{
			if (i + 1 == len || text[i + 1] != '"')
				break;
			i++;
		}
		label[n++] = text[i];
	}
	if (i == len)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A double quote is not closed.", HINT);
	*at = i + 1;
	*label_len = n;
	return true;
}

/*
 * Writes the next label, its length before it, to data and advances *at to the
 * separator behind it or the end.
 */
static bool
take_label(const char *text, size_t len, size_t *at, CrmWriter *w,
		   CrmError *error)
{
	const char *part = text + *at;
	size_t		part_len = len - *at;
	size_t		label_len;
	char	   *label = (char *) w->data + w->at + 1;

	crm_trim(&part, &part_len);
	*at = (size_t) (part - text);
	if (*at < len && text[*at] == '"')
	{
		(*at)++;
		if (!take_quoted(text, len, at, label, &label_len, error))
			return false;
		part = text + *at;
		while (*at < len && !is_separator(text[*at]))
			(*at)++;
		part_len = (size_t) (text + *at - part);
		crm_trim(&part, &part_len);
		if (part_len > 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A separator must follow a quoted label.", HINT);
	}
	else
	{
		while (*at < len && !is_separator(text[*at]) && text[*at] != '"')
			(*at)++;
		if (*at < len && text[*at] == '"')
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A label with a double quote in it must stand between double quotes, with that quote doubled.",
							HINT);
		label_len = (size_t) (text + *at - part);
		crm_trim(&part, &label_len);
		memcpy(label, part, label_len);
	}
	if (!crm_label_check(label, label_len, error))
		return false;
	w->data[w->at] = (uint8_t) label_len;
	w->at += 1 + label_len;
	return true;
}

bool
crm_pipeline_parse(const char *text, size_t len, uint8_t *data, size_t *size,
				   CrmError *error)
{
	CrmWriter	header = crm_writer(data, CRM_PIPELINE_HEADER_SIZE);
	CrmWriter	w = crm_writer(data, CRM_PIPELINE_PARSE_SIZE(len));
	size_t		n_open = 0;
	size_t		n_won = 0;
	size_t		n_part = 0;		/* labels since the last > or | */
	size_t		at = 0;

	w.at = CRM_PIPELINE_HEADER_SIZE;
	for (;;)
	{
		char		separator;

		if (!take_label(text, len, &at, &w, error))
			return false;
		n_part++;
		if (at == len)
			break;
		separator = text[at++];

		if (separator == ',')
			continue;
		if (n_won > 0)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"Behind \"|\" only lost ends may stand, with commas between them.",
							HINT);
		if (separator == '|')
			n_won = n_part;
		else if (n_part > 1)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"Only ends may be separated by commas.", HINT);
		else
			n_open++;
		n_part = 0;
	}
	if (n_won == 0)
	{
		n_won = n_part;
		n_part = 0;
	}
	if (n_open == 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"There is no open stage before the won end.", HINT);
	if (!crm_pipeline_check_counts(n_open, n_won, n_part, error))
		return false;
	crm_pipeline_put_header(&header, n_open, n_won, n_part);
	*size = w.at;
	return true;
}

static void
put_label_text(CrmWriter *w, const CrmStage *s)
{
	bool		quote = false;

	for (size_t i = 0; i < s->label_len; i++)
		quote = quote || is_separator(s->label[i]) || s->label[i] == '"';
	if (!quote)
	{
		crm_put_bytes(w, s->label, s->label_len);
		return;
	}
	crm_put_u8(w, '"');
	for (size_t i = 0; i < s->label_len; i++)
	{
		if (s->label[i] == '"')
			crm_put_u8(w, '"');
		crm_put_u8(w, (uint8_t) s->label[i]);
	}
	crm_put_u8(w, '"');
}

void
crm_pipeline_text(const CrmPipeline *p, CrmWriter *w)
{
	CrmPipelineCursor c = crm_pipeline_walk(p);
	CrmStage	s;
	uint16_t	previous = 0;

	while (crm_pipeline_next(&c, &s))
	{
		if (c.position == 1)
			 /* nothing goes before the first */ ;
		else if (s.rank <= CRM_STAGE_WON && s.rank != previous)
			crm_put_bytes(w, " > ", 3);
		else if (s.rank != previous)
			crm_put_bytes(w, " | ", 3);
		else
			crm_put_bytes(w, ", ", 2);
		put_label_text(w, &s);
		previous = s.rank;
	}
}

void
crm_pipeline_put_header(CrmWriter *w, size_t n_open, size_t n_won,
						size_t n_lost)
{
	crm_put_u8(w, CRM_PIPELINE_FORMAT);
	crm_put_u16(w, (uint16_t) n_open);
	crm_put_u16(w, (uint16_t) n_won);
	crm_put_u16(w, (uint16_t) n_lost);
}

void
crm_pipeline_put_label(CrmWriter *w, const char *label, size_t len)
{
	crm_put_u8(w, (uint8_t) len);
	crm_put_bytes(w, label, len);
}

bool
crm_pipeline_check_counts(size_t n_open, size_t n_won, size_t n_lost,
						  CrmError *error)
{
	if (n_open == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A pipeline has at least one open stage.", NULL);
	if (n_won == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A pipeline has at least one won end.", NULL);
	if (n_open > CRM_PIPELINE_MAX_STAGES || n_won > CRM_PIPELINE_MAX_STAGES ||
		n_lost > CRM_PIPELINE_MAX_STAGES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A pipeline has at most 999 open stages, 999 won ends and 999 lost ends.",
						NULL);
	return true;
}

bool
crm_pipeline_read(const void *data, size_t size, CrmPipeline *p,
				  CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmPipeline view;
	uint8_t		format = crm_get_u8(&r);

	view.n_open = crm_get_u16(&r);
	view.n_won = crm_get_u16(&r);
	view.n_lost = crm_get_u16(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_PIPELINE_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (!crm_pipeline_check_counts(view.n_open, view.n_won, view.n_lost,
								   error))
		return false;
	view.labels = r.data + r.at;
	view.labels_size = size - r.at;
	for (uint32_t i = 0; i < crm_pipeline_size(&view); i++)
		(void) crm_get_bytes(&r, crm_get_u8(&r));
	if (!crm_reader_done(&r))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						r.failed ? "The value is too short." :
						"Bytes follow the last label.", NULL);
	*p = view;
	return true;
}

bool
crm_pipeline_decode(const void *data, size_t size, CrmPipeline *p,
					CrmError *error)
{
	CrmPipeline view;
	CrmPipelineCursor c;
	CrmStage	s;

	if (!crm_pipeline_read(data, size, &view, error))
		return false;
	c = crm_pipeline_walk(&view);
	while (crm_pipeline_next(&c, &s))
	{
		if (!crm_label_check(s.label, s.label_len, error))
			return false;
	}
	*p = view;
	return true;
}
