/*
 * stage.c
 *		A stage of a sales pipeline: text, bytes and order.
 *
 * crm_label_check is the one rule for labels; text input, binary input and the
 * pipeline's parser all end there.
 */
#include "stage.h"

#include "json.h"

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
crm_trim(const char **text, size_t *len)
{
	while (*len > 0 && is_space(**text))
	{
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

bool
crm_label_check(const char *label, size_t len, CrmError *error)
{
	if (len == 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A stage label must not be empty.", NULL);
	if (len > CRM_LABEL_MAX_BYTES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"A stage label has at most 63 bytes.", NULL);
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) label[i];

		if (c < 0x20 || c == 0x7F)
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A stage label must not contain control characters.",
							NULL);
	}
	if (label[0] == ' ' || label[len - 1] == ' ')
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"A stage label must not begin or end with a space.",
						NULL);
	return true;
}

bool
crm_c1_check(const char *text, size_t len, CrmC1 c1, CrmError *error)
{
	for (size_t i = 0; i < len && c1 != CRM_C1_NONE; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c < 0x80 || c > 0x9F)
			continue;
		if (c1 == CRM_C1_BYTE || (i > 0 && (unsigned char) text[i - 1] == 0xC2))
			return crm_fail(error, CRM_ERROR_SYNTAX,
							"A stage label must not contain control characters.",
							NULL);
	}
	return true;
}

static bool
rank_check(uint16_t rank, CrmError *error)
{
	if (rank < 1 || rank > CRM_STAGE_LOST)
		return crm_fail(error, CRM_ERROR_RANGE,
						"The position of an open stage must be between 1 and 999.",
						NULL);
	return true;
}

bool
crm_stage_check(CrmStage stage, CrmError *error)
{
	return rank_check(stage.rank, error) &&
		crm_label_check(stage.label, stage.label_len, error);
}

/* Is text this lower-case word, whatever the case of its ASCII letters? */
static bool
is_word(const char *text, size_t len, const char *word)
{
	if (len != strlen(word))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		char		c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char) (c - 'A' + 'a');
		if (c != word[i])
			return false;
	}
	return true;
}

static bool
parse_rank(const char *text, size_t len, uint16_t *rank, CrmError *error)
{
	uint32_t	v = 0;

	if (is_word(text, len, "won") || is_word(text, len, "lost"))
	{
		*rank = len == 3 ? CRM_STAGE_WON : CRM_STAGE_LOST;
		return true;
	}
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
		{
			len = 0;
			break;
		}
		if (v <= CRM_STAGE_MAX_ORDINAL)
			v = v * 10 + (uint32_t) (text[i] - '0');
	}
	if (len == 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The part before the colon must be a position (1 to 999), \"won\" or \"lost\".",
						"Write a stage as \"3:Proposal\", \"won:Signed\" or \"lost:No budget\".");
	if (v < 1 || v > CRM_STAGE_MAX_ORDINAL)
		return crm_fail(error, CRM_ERROR_RANGE,
						"The position of an open stage must be between 1 and 999.",
						NULL);
	*rank = (uint16_t) v;
	return true;
}

bool
crm_stage_parse(const char *text, size_t len, CrmStage *stage,
				CrmError *error)
{
	const char *colon;
	const char *label;
	size_t		rank_len;
	size_t		label_len;
	uint16_t	rank;

	crm_trim(&text, &len);
	colon = len > 0 ? memchr(text, ':', len) : NULL;
	if (colon == NULL)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"There is no colon between position and label.",
						"Write a stage as \"3:Proposal\", \"won:Signed\" or \"lost:No budget\".");
	rank_len = (size_t) (colon - text);
	label = colon + 1;
	label_len = len - rank_len - 1;
	crm_trim(&text, &rank_len);
	crm_trim(&label, &label_len);
	if (!parse_rank(text, rank_len, &rank, error) ||
		!crm_label_check(label, label_len, error))
		return false;
	stage->rank = rank;
	stage->label = label;
	stage->label_len = (uint8_t) label_len;
	return true;
}

size_t
crm_stage_text(CrmStage stage, char *text)
{
	size_t		n;

	if (crm_stage_is_open(stage))
		n = crm_int_text(stage.rank, text);
	else
	{
		const char *word = crm_stage_outcome(stage);

		n = strlen(word);
		memcpy(text, word, n);
	}
	text[n++] = ':';
	memcpy(text + n, stage.label, stage.label_len);
	return n + stage.label_len;
}

void
crm_stage_encode(CrmStage stage, CrmWriter *w)
{
	crm_put_u8(w, CRM_STAGE_FORMAT);
	crm_put_u16(w, stage.rank);
	crm_put_bytes(w, stage.label, stage.label_len);
}

bool
crm_stage_decode(const void *data, size_t size, CrmStage *stage,
				 CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	uint8_t		format = crm_get_u8(&r);
	CrmStage	made;

	made.rank = crm_get_u16(&r);
	if (r.failed)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The value is too short.",
						NULL);
	if (format != CRM_STAGE_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	made.label = (const char *) r.data + r.at;
	if (!rank_check(made.rank, error) ||
		!crm_label_check(made.label, size - r.at, error))
		return false;
	made.label_len = (uint8_t) (size - r.at);
	*stage = made;
	return true;
}

int
crm_stage_compare(CrmStage a, CrmStage b)
{
	size_t		n = a.label_len < b.label_len ? a.label_len : b.label_len;
	int			c;

	if (a.rank != b.rank)
		return a.rank < b.rank ? -1 : 1;
	c = memcmp(a.label, b.label, n);
	if (c != 0)
		return c < 0 ? -1 : 1;
	return (a.label_len > b.label_len) - (a.label_len < b.label_len);
}
