/*
 * lead.c
 *		Keys of leads, and the clusters that equal keys make.
 *
 * A key must be the same on every server for ever, since it may be stored:
 * fold_ranges and the lists of words are part of the format, so what they do
 * to a text must not change.
 */
#include "lead.h"

#include <string.h>

/*----------
 * Characters
 *----------
 */

/*
 * Simple case folding of the scripts that have case, from Unicode's
 * CaseFolding.txt, as ranges: by a distance, or in pairs where every other
 * letter is the upper case of the next.
 */
typedef struct FoldRange
{
	uint32_t	first;
	uint32_t	last;
	int32_t		distance;		/* 0: pairs that begin at first */
} FoldRange;

static const FoldRange fold_ranges[] = {
	{'A', 'Z', 32},
	{0x00C0, 0x00D6, 32}, {0x00D8, 0x00DE, 32},
	{0x0100, 0x012F, 0}, {0x0130, 0x0130, 'i' - 0x0130}, {0x0132, 0x0137, 0},
	{0x0139, 0x0148, 0}, {0x014A, 0x0177, 0}, {0x0178, 0x0178, 0xFF - 0x178},
	{0x0179, 0x017E, 0}, {0x017F, 0x017F, 's' - 0x017F},
	{0x0181, 0x0181, 0x253 - 0x181}, {0x0182, 0x0185, 0},
	{0x0186, 0x0186, 0x254 - 0x186}, {0x018A, 0x018A, 0x257 - 0x18A},
	{0x018F, 0x018F, 0x259 - 0x18F}, {0x0190, 0x0190, 0x25B - 0x190},
	{0x0194, 0x0194, 0x263 - 0x194}, {0x0197, 0x0197, 0x268 - 0x197},
	{0x0198, 0x0199, 0}, {0x019D, 0x019D, 0x272 - 0x19D}, {0x01A0, 0x01A5, 0},
	{0x01AF, 0x01B0, 0}, {0x01B2, 0x01B2, 0x28B - 0x1B2}, {0x01B3, 0x01B4, 0},
	{0x01B7, 0x01B7, 0x292 - 0x1B7}, {0x01CD, 0x01DC, 0}, {0x01DE, 0x01EF, 0},
	{0x01F4, 0x01F5, 0}, {0x01F8, 0x021F, 0}, {0x0222, 0x0233, 0},
	{0x0246, 0x024F, 0}, {0x0370, 0x0373, 0}, {0x0376, 0x0377, 0},
	{0x0386, 0x0386, 0x3AC - 0x386}, {0x0388, 0x038A, 37},
	{0x038C, 0x038C, 64}, {0x038E, 0x038F, 63}, {0x0391, 0x03A1, 32},
	{0x03A3, 0x03AB, 32}, {0x03C2, 0x03C2, 1}, {0x03D8, 0x03EF, 0},
	{0x0400, 0x040F, 80}, {0x0410, 0x042F, 32}, {0x0460, 0x0481, 0},
	{0x048A, 0x04BF, 0}, {0x04C0, 0x04C0, 15}, {0x04C1, 0x04CE, 0},
	{0x04D0, 0x052F, 0}, {0x0531, 0x0556, 48},
	{0x10A0, 0x10C5, 0x2D00 - 0x10A0}, {0x1C90, 0x1CBA, 0x10D0 - 0x1C90},
	{0x1E00, 0x1E95, 0}, {0x1EA0, 0x1EFF, 0},
	{0x1F08, 0x1F0F, -8}, {0x1F18, 0x1F1D, -8}, {0x1F28, 0x1F2F, -8},
	{0x1F38, 0x1F3F, -8}, {0x1F48, 0x1F4D, -8}, {0x1F59, 0x1F5F, -8},
	{0x1F68, 0x1F6F, -8}, {0x2C80, 0x2CE3, 0}, {0xA640, 0xA66D, 0},
	{0xA680, 0xA69B, 0}, {0xFF21, 0xFF3A, 32}, {0x10400, 0x10427, 40},
};

uint32_t
crm_fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	for (size_t i = 1; i < sizeof fold_ranges / sizeof *fold_ranges; i++)
	{
		const FoldRange *r = &fold_ranges[i];

		if (c < r->first)
			break;
		if (c <= r->last)
			return r->distance != 0 ? (uint32_t) ((int32_t) c + r->distance) :
				c + ((c - r->first) % 2 == 0);
	}
	return c;
}

/* Punctuation, symbols and spaces above ASCII, as ranges. */
static const uint32_t separators[][2] = {
	{0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF},
	{0x00D7, 0x00D7}, {0x00F7, 0x00F7}, {0x02C2, 0x02DF}, {0x037E, 0x037E},
	{0x0387, 0x0387}, {0x055A, 0x055F}, {0x0589, 0x058A}, {0x05BE, 0x05BE},
	{0x05C0, 0x05C0}, {0x05C3, 0x05C3}, {0x05F3, 0x05F4}, {0x0609, 0x060D},
	{0x061B, 0x061F}, {0x0640, 0x0640}, {0x066A, 0x066D}, {0x06D4, 0x06D4},
	{0x0964, 0x0965}, {0x0E2F, 0x0E2F}, {0x0E5A, 0x0E5B}, {0x1680, 0x1680},
	{0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2100, 0x2BFF}, {0x2E00, 0x2E7F},
	{0x3000, 0x3004}, {0x3008, 0x303F}, {0x30A0, 0x30A0}, {0x30FB, 0x30FB},
	{0xFE00, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFEFF, 0xFEFF}, {0xFF00, 0xFF0F},
	{0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0x1F000, 0x1FAFF},
};

/* Does it belong to a word?  What is no known separator does. */
static bool
in_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z');
	for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
		if (c <= separators[i][1])
			return c < separators[i][0];
	return true;
}

/* Left out within a word, so that S.A. is SA and O'Neil is Oneil. */
static bool
is_joiner(uint32_t c)
{
	return c == '.' || c == '\'' || c == '`' || c == 0x00B4 || c == 0x2019 ||
		c == 0x2018 || c == 0x00AD || (c >= 0x200B && c <= 0x200F) ||
		c == 0x05F3 || c == 0x05F4 || c == 0x0640;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || c == 0x3000 ||
		(c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0xFEFF;
}

/* Zeros of the decimal digits of scripts in use; nine more follow each. */
static const uint32_t zeros[] = {
	0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66,
	0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0,
	0x1810, 0xFF10
};

/* The digit, or -1. */
static int
digit_of(uint32_t c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9' ? (int) (c - '0') : -1;
	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int) (c - zeros[i]);
	return -1;
}

static size_t
put_utf8(uint32_t c, char *to)
{
	if (c < 0x80)
	{
		to[0] = (char) c;
		return 1;
	}
	if (c < 0x800)
	{
		to[0] = (char) (0xC0 | c >> 6);
		to[1] = (char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		to[0] = (char) (0xE0 | c >> 12);
		to[1] = (char) (0x80 | (c >> 6 & 0x3F));
		to[2] = (char) (0x80 | (c & 0x3F));
		return 3;
	}
	to[0] = (char) (0xF0 | (c >> 18 & 7));
	to[1] = (char) (0x80 | (c >> 12 & 0x3F));
	to[2] = (char) (0x80 | (c >> 6 & 0x3F));
	to[3] = (char) (0x80 | (c & 0x3F));
	return 4;
}

/* Sharp s has no simple folding; its full one is two letters. */
static size_t
put_folded(uint32_t c, char *to)
{
	if (c == 0x00DF || c == 0x1E9E)
	{
		to[0] = to[1] = 's';
		return 2;
	}
	return put_utf8(crm_fold(c), to);
}

static CrmPoints
trimmed(CrmPoints text)
{
	while (text.len > 0 && is_space(text.data[0]))
	{
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

/*----------
 * E-mail
 *----------
 */

/* Without "Name <" and ">", "mailto:" and a final dot. */
static CrmPoints
bare_address(CrmPoints text)
{
	static const char mailto[] = "mailto:";
	size_t		n = sizeof mailto - 1;
	size_t		i = 0;

	text = trimmed(text);

	if (text.len > 0 && text.data[text.len - 1] == '>')
	{
		for (i = text.len - 1; i > 0 && text.data[i] != '<'; i--)
			continue;
		if (text.data[i] == '<')
		{
			text.data += i + 1;
			text.len -= i + 2;
			text = trimmed(text);
		}
	}
	for (i = 0; i < n && i < text.len &&
		 crm_fold(text.data[i]) == (unsigned char) mailto[i]; i++)
		continue;
	if (i == n)
	{
		text.data += n;
		text.len -= n;
	}
	while (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	return text;
}

/* Labels with a dot between them, none of them empty. */
static bool
is_domain(CrmPoints text, size_t from)
{
	bool		dot = false;

	for (size_t i = from; i < text.len; i++)
	{
		if (text.data[i] != '.')
			continue;
		if (i == from || text.data[i - 1] == '.')
			return false;
		dot = true;
	}
	return dot;
}

/*
 * Where the last @ stands, which is the only one unless the local part is
 * quoted; the length where the address cannot be one.
 */
static size_t
at_sign(CrmPoints text)
{
	size_t		at = text.len;
	bool		quoted = text.len > 0 && text.data[0] == '"';

	for (size_t i = 0; i < text.len; i++)
	{
		uint32_t	c = text.data[i];

		if (is_space(c) || c < 0x20 || c == 0x7F || c == ',' || c == ';' ||
			c == '<' || c == '>')
			return text.len;

		if (c == '@')
		{
			if (at < text.len && !quoted)
				return text.len;
			at = i;
		}
	}
	return at > 0 && is_domain(text, at + 1) ? at : text.len;
}

size_t
crm_email_key(CrmPoints text, bool keep_tags, bool keep_dots, char *key)
{
	size_t		at;
	size_t		n = 0;
	size_t		domain;
	bool		gmail;

	text = bare_address(text);

	if (text.len > CRM_EMAIL_MAX || (at = at_sign(text)) == text.len)
		return 0;
	for (size_t i = 0; i < at; i++)
	{
		if (text.data[i] == '+' && i > 0 && !keep_tags)
			break;
		n += put_folded(text.data[i], key + n);
	}
	domain = n;
	for (size_t i = at; i < text.len; i++)
		n += put_folded(text.data[i], key + n);
	gmail = (n - domain == 10 && memcmp(key + domain, "@gmail.com", 10) == 0) ||
		(n - domain == 15 && memcmp(key + domain, "@googlemail.com", 15) == 0);
	if (gmail && !keep_dots)
	{
		size_t		local = 0;

		for (size_t i = 0; i < domain; i++)
			if (key[i] != '.')
				key[local++] = key[i];
		if (local == 0)
			return 0;
		memcpy(key + local, "@gmail.com", 10);
		n = local + 10;
	}
	return n;
}

/*----------
 * Telephone
 *----------
 */

/* E.164 allows 15 digits; fewer than six are no subscriber's number. */
#define MIN_DIGITS 6
#define MAX_DIGITS 15

typedef struct Dialled
{
	bool		international;	/* begins with + */
	bool		optional_zero;	/* has "(0)" */
	size_t		zero_at;		/* where it stands among the digits */
	size_t		n;
	size_t		n_extension;
	char		digits[CRM_PHONE_MAX];
	char		extension[CRM_PHONE_MAX];
} Dialled;

/* Does the folded text go on with this word? */
static bool
goes_on(CrmPoints text, size_t i, const char *word)
{
	for (; *word != '\0'; word++, i++)
		if (i >= text.len || crm_fold(text.data[i]) != (unsigned char) *word)
			return false;
	return true;
}

/* Length of what announces an extension here, 0 for nothing. */
static size_t
extension_mark(CrmPoints text, size_t i)
{
	static const char *const marks[] = {
		";ext=", "extension", "extn", "ext.", "ext", "durchwahl", "dw", "x", "#"
	};

	for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
		if (goes_on(text, i, marks[k]))
			return strlen(marks[k]);
	return 0;
}

static bool
read_extension(CrmPoints text, size_t i, Dialled *d)
{
	for (; i < text.len; i++)
	{
		int			digit = digit_of(text.data[i]);

		if (digit >= 0)
			d->extension[d->n_extension++] = (char) ('0' + digit);
		else if (in_word(text.data[i]))
			return false;
	}
	return true;
}

/* Digits and what else matters; false where it holds other words. */
static bool
read_number(CrmPoints text, Dialled *d)
{
	size_t		i = goes_on(text, 0, "tel:") ? 4 : 0;

	memset(d, 0, sizeof *d);
	for (; i < text.len; i++)
	{
		uint32_t	c = text.data[i];
		int			digit = digit_of(c);
		size_t		mark;

		if (digit == 0 && i > 0 && i + 1 < text.len &&
			text.data[i - 1] == '(' && text.data[i + 1] == ')')
		{
			d->optional_zero = true;
			d->zero_at = d->n;
		}
		if (digit >= 0)
			d->digits[d->n++] = (char) ('0' + digit);
		else if (c == '+')
		{
			if (d->n > 0 || d->international)
				return false;
			d->international = true;
		}
		else if (d->n > 0 && (mark = extension_mark(text, i)) > 0)
			return read_extension(text, i + mark, d);
		else if (in_word(c))
			return false;
	}
	return true;
}

static void
drop_digits(Dialled *d, size_t at, size_t n)
{
	memmove(d->digits + at, d->digits + at + n, d->n - at - n);
	d->n -= n;
}

/* A placeholder repeats one digit. */
static bool
all_alike(const Dialled *d)
{
	for (size_t i = 1; i < d->n; i++)
		if (d->digits[i] != d->digits[0])
			return false;
	return true;
}

static bool
is_code(const char *country, size_t len, const char *code)
{
	return len == strlen(code) && memcmp(country, code, len) == 0;
}

/* Numbers begin with a 0 of their own: Italy and San Marino; in Africa. */
static const char *const no_trunk_codes[] = {
	"39", "378", "225", "226", "229", "242"
};

/*
 * The prefix by which national numbers are dialled within the country: 0, but
 * 1 in the North American plan, 8 in Russia and Kazakhstan, 06 in Hungary, and
 * none where the 0 is part of the number.
 */
static void
drop_trunk_prefix(Dialled *d, const char *country, size_t len)
{
	for (size_t i = 0; i < sizeof no_trunk_codes / sizeof *no_trunk_codes; i++)
		if (is_code(country, len, no_trunk_codes[i]))
			return;
	if (is_code(country, len, "1") || is_code(country, len, "7"))
	{
		char		prefix = country[0] == '1' ? '1' : '8';

		if (d->n == 11 && (d->digits[0] == prefix ||
						   d->digits[0] == country[0]))
			drop_digits(d, 0, 1);
	}
	else if (is_code(country, len, "36"))
	{
		if (d->n > 2 && memcmp(d->digits, "06", 2) == 0)
			drop_digits(d, 0, 2);
	}
	else if (d->n > 0 && d->digits[0] == '0')
		drop_digits(d, 0, 1);
}

/*
 * Calling codes of countries where 0 is dialled before a national number and no
 * number begins with it: a single 0 after the code is a slip.
 */
static const char *const trunk_codes[] = {
	"20", "212", "213", "218", "233", "234", "249", "251", "254", "255", "256",
	"260", "263", "27", "31", "32", "33", "353", "355", "358", "359", "373",
	"380", "381", "385", "386", "387", "389", "40", "41", "421", "43", "44",
	"46", "49", "51", "54", "58", "60", "61", "62", "63", "64", "66", "81",
	"82", "84", "855", "856", "86", "880", "886", "90", "91", "92", "94", "95",
	"961", "962", "963", "964", "966", "967", "971", "972", "976", "977", "98",
	"994", "995", "996"
};

/*
 * The same prefix after a calling code, as in +49 030 123456.  Of 1, 7 and 36
 * too where digits are as many as only a prefix makes them.
 */
static void
drop_trunk_after_code(Dialled *d)
{
	const char *x = d->digits;

	for (size_t i = 0; i < sizeof trunk_codes / sizeof *trunk_codes; i++)
	{
		size_t		len = strlen(trunk_codes[i]);

		if (d->n < len + 2 || memcmp(x, trunk_codes[i], len) != 0)
			continue;
		if (x[len] == '0' && x[len + 1] != '0')
			drop_digits(d, len, 1);
		return;
	}
	if (d->n == 12 && ((x[0] == '1' && x[1] == '1') ||
					   (x[0] == '7' && x[1] == '8')))
		drop_digits(d, 1, 1);
	else if (d->n > 4 && memcmp(x, "3606", 4) == 0)
		drop_digits(d, 2, 2);
}

size_t
crm_phone_key(CrmPoints text, const char *country, size_t country_len,
			  char *key)
{
	Dialled		d;
	size_t		n = 0;

	text = trimmed(text);

	if (text.len > CRM_PHONE_MAX || !read_number(text, &d))
		return 0;
	if (d.n < MIN_DIGITS || all_alike(&d))
		return 0;
	if (!d.international && d.n > 2 && memcmp(d.digits, "00", 2) == 0)
	{
		d.international = true;
		drop_digits(&d, 0, 2);
		d.zero_at -= d.zero_at >= 2 ? 2 : d.zero_at;
	}
	if (d.international && d.optional_zero && d.zero_at > 0)
		drop_digits(&d, d.zero_at, 1);
	if (d.international)
		drop_trunk_after_code(&d);
	else if (country_len > 0)
		drop_trunk_prefix(&d, country, country_len);
	if (d.international || country_len > 0)
		key[n++] = '+';
	if (!d.international)
	{
		memcpy(key + n, country, country_len);
		n += country_len;
	}
	if (d.n < MIN_DIGITS - 2 || d.n + (d.international ? 0 : country_len) > MAX_DIGITS)
		return 0;
	memcpy(key + n, d.digits, d.n);
	n += d.n;
	if (d.n_extension > 0)
	{
		memcpy(key + n, ";ext=", 5);
		memcpy(key + n + 5, d.extension, d.n_extension);
		n += 5 + d.n_extension;
	}
	return n;
}

bool
crm_country_code(CrmPoints text, char *country, size_t * len)
{
	text = trimmed(text);

	if (text.len > 0 && text.data[0] == '+')
	{
		text.data++;
		text.len--;
	}
	else if (text.len > 2 && text.data[0] == '0' && text.data[1] == '0')
	{
		text.data += 2;
		text.len -= 2;
	}
	if (text.len == 0 || text.len > CRM_COUNTRY_MAX || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		country[i] = (char) text.data[i];
	}
	*len = text.len;

	return true;
}

/*----------
 * Names
 *----------
 */

typedef struct Word
{
	const char *data;
	size_t		len;
} Word;

/*
 * The words of a text in lower case, their bytes in buffer (8 for each code
 * point); SIZE_MAX where there are too many.
 */
static size_t
split_words(CrmPoints text, char *buffer, Word *words)
{
	size_t		n = 0;
	size_t		at = 0;
	size_t		begin = 0;

	if (text.len > CRM_NAME_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= text.len; i++)
	{
		uint32_t	c = i < text.len ? text.data[i] : ' ';

		if (is_joiner(c))
			continue;
		if (in_word(c))
			at += put_folded(c, buffer + at);
		else if (at > begin)
		{
			if (n == CRM_NAME_MAX_WORDS)
				return SIZE_MAX;
			words[n].data = buffer + begin;
			words[n++].len = at - begin;
			begin = at;
		}
	}
	return n;
}

static bool
listed(Word word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i][0] == word.data[0] && strlen(list[i]) == word.len &&
			memcmp(list[i], word.data, word.len) == 0)
			return true;
	return false;
}

#define LISTED(word, list) listed((word), (list), sizeof (list) / sizeof *(list))

static size_t
join_words(const Word *words, size_t n, const char *between, char *key)
{
	size_t		at = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i > 0 && *between != '\0')
			key[at++] = *between;
		memcpy(key + at, words[i].data, words[i].len);
		at += words[i].len;
	}
	return at;
}

size_t
crm_text_key(CrmPoints text, char *key)
{
	char		buffer[CRM_LEAD_KEY_SIZE];
	Word		words[CRM_NAME_MAX_WORDS];
	size_t		n = split_words(text, buffer, words);

	return n == SIZE_MAX ? 0 : join_words(words, n, " ", key);
}

static const char *const source_none[] = {"unknown", "none", "null", "na"};

static const char *const source_referral[] = {
	"referral", "referred", "referrals", "recommendation", "recommended",
	"partner", "partners", "reseller", "affiliate", "affiliates", "customer"
};

static const char *const source_paid[] = {
	"paid", "ppc", "cpc", "cpm", "ad", "ads", "adwords", "advertising",
	"advertisement", "banner", "display", "retargeting", "sponsored",
	"publicity", "publicities"
};

static const char *const source_outbound[] = {
	"cold", "outbound", "prospecting", "purchased", "list", "telemarketing"
};

static const char *const source_event[] = {
	"event", "events", "fair", "tradeshow", "conference", "webinar", "seminar",
	"meetup"
};

/* "e-mail" is two words */
static const char *const source_inbound[] = {
	"organic", "direct", "web", "website", "form", "inbound", "search", "seo",
	"blog", "content", "social", "email", "mail", "newsletter", "chat", "phone",
	"call", "demo", "trial", "download"
};

#define SOURCE_CLASS(name, list) {name, list, sizeof (list) / sizeof *(list)}

/* The class whose words are looked for first comes first. */
static const struct
{
	const char *name;
	const char *const *words;
	size_t		n;
}			source_classes[] = {
	SOURCE_CLASS("referral", source_referral),
	SOURCE_CLASS("paid", source_paid),
	SOURCE_CLASS("outbound", source_outbound),
	SOURCE_CLASS("event", source_event),
	SOURCE_CLASS("inbound", source_inbound)
};

const char *
crm_source_class(CrmPoints text)
{
	char		buffer[CRM_LEAD_KEY_SIZE];
	Word		words[CRM_NAME_MAX_WORDS];
	size_t		n = split_words(text, buffer, words);

	if (n == SIZE_MAX || n == 0 ||
		(n == 1 && LISTED(words[0], source_none)) ||
		(n == 2 && words[0].len == 1 && words[0].data[0] == 'n' &&
		 words[1].len == 1 && words[1].data[0] == 'a'))
		return "unknown";
	for (size_t c = 0; c < sizeof source_classes / sizeof *source_classes; c++)
		for (size_t i = 0; i < n; i++)
			if (listed(words[i], source_classes[c].words, source_classes[c].n))
				return source_classes[c].name;
	return "other";
}

static const char *const titles[] = {
	"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "mlle",
	"sr", "sra", "sig", "dipl", "ing", "mag", "phd", "mba"
};

static bool
word_less(const void *data, size_t i, size_t j)
{
	const Word *w = data;
	size_t		n = w[i].len < w[j].len ? w[i].len : w[j].len;
	int			c = memcmp(w[i].data, w[j].data, n);

	return c != 0 ? c < 0 : w[i].len < w[j].len;
}

static void
word_swap(void *data, size_t i, size_t j)
{
	Word	   *w = data;
	Word		t = w[i];

	w[i] = w[j];
	w[j] = t;
}

size_t
crm_person_key(CrmPoints text, char *key)
{
	char		buffer[CRM_LEAD_KEY_SIZE];
	Word		words[CRM_NAME_MAX_WORDS];
	Word		kept[CRM_NAME_MAX_WORDS];
	size_t		n = split_words(text, buffer, words);
	size_t		n_kept = 0;

	if (n == SIZE_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!LISTED(words[i], titles))
			kept[n_kept++] = words[i];
	if (n_kept == 0)
		memcpy(kept, words, (n_kept = n) * sizeof *words);
	crm_sort(kept, n_kept, word_less, word_swap);
	return join_words(kept, n_kept, " ", key);
}

/* Legal forms that end a name; those of forms_before also begin one. */
static const char *const forms[] = {
	"gmbh", "mbh", "ggmbh", "ag", "kg", "kgaa", "ohg", "ug", "gbr", "ev", "eg",
	"ek", "se", "co", "cie", "inc", "incorporated", "corp", "corporation",
	"company", "llc", "llp", "lp", "ltd", "limited", "plc", "pty", "pte", "pvt",
	"private", "sa", "sas", "sasu", "sarl", "eurl", "snc", "srl", "spa", "sl",
	"slu", "bv", "nv", "vof", "cv", "bvba", "oy", "oyj", "ab", "as", "asa",
	"aps", "hf", "kft", "zrt", "rt", "sro", "doo", "dd", "ad", "ood", "eood",
	"ooo", "oao", "zao", "pao", "kk", "gk", "sdn", "bhd", "tbk", "ltda",
	"eireli", "sac", "haftungsbeschränkt",
	"ооо", "оао", "зао", "пао", "ао", "ип", "тоо", "тов", "оод", "еоод", "ад",
	"\316\265\317\200\316\265", "αε", "ικε", "בעמ", "有限公司", "有限責任公司", "股份有限公司",
	"株式会社", "有限会社", "合同会社", "주식회사", "유한회사"
};

static const char *const forms_before[] = {
	"ооо", "оао", "зао", "пао", "ао", "ип", "тоо", "тов", "ooo", "oao", "zao",
	"pao", "ab", "pt", "cv", "株式会社", "有限会社", "合同会社", "주식회사",
	"유한회사"
};

/* Forms that scripts without spaces write next to the name. */
static const char *const forms_attached[] = {
	"股份有限公司", "有限責任公司", "有限责任公司", "有限公司", "株式会社",
	"有限会社", "合同会社", "주식회사", "유한회사"
};

static const char *const fillers[] = {"and", "und", "et", "the"};

/* Cuts one attached form off either end, if something is left. */
static void
cut_attached(const char **data, size_t * len)
{
	for (size_t i = 0; i < sizeof forms_attached / sizeof *forms_attached; i++)
	{
		size_t		n = strlen(forms_attached[i]);

		if (n >= *len)
			continue;
		if (memcmp(*data + *len - n, forms_attached[i], n) == 0)
			*len -= n;
		else if (memcmp(*data, forms_attached[i], n) == 0)
		{
			*data += n;
			*len -= n;
		}
		else
			continue;
		return;
	}
}

size_t
crm_company_key(CrmPoints text, char *key)
{
	char		buffer[CRM_LEAD_KEY_SIZE];
	Word		words[CRM_NAME_MAX_WORDS];
	size_t		n = split_words(text, buffer, words);
	size_t		first = 0;
	size_t		kept = 0;
	const char *cut = key;
	size_t		len;

	if (n == SIZE_MAX || n == 0)
		return 0;
	while (n > 1 && LISTED(words[n - 1], forms))
		n--;
	while (first + 1 < n && LISTED(words[first], forms_before))
		first++;
	for (size_t i = first; i < n; i++)
		if (n - first == 1 || !LISTED(words[i], fillers))
			words[kept++] = words[i];
	/* where fillers are all there is, they are the name */
	if (kept == 0)
	{
		kept = n - first;
		memmove(words, words + first, kept * sizeof *words);
	}
	len = join_words(words, kept, "", key);
	cut_attached(&cut, &len);
	memmove(key, cut, len);
	return len;
}

/*----------
 * Clusters
 *----------
 */

static uint32_t
find_root(uint32_t *root, uint32_t i)
{
	while (root[i] != i)
	{
		root[i] = root[root[i]];
		i = root[i];
	}
	return i;
}

/* The members of each key, by counting. */
static void
sort_by_key(CrmLeadMatch *m, CrmPause pause)
{
	uint32_t	sum = 0;

	memset(m->starts, 0, ((size_t) m->n_keys + 1) * sizeof *m->starts);
	for (uint32_t i = 0; i < m->n_pairs; i++)
	{
		m->starts[m->key[i]]++;
		crm_pause_at(pause, i);
	}
	for (uint32_t k = 0; k <= m->n_keys; k++)
	{
		sum += m->starts[k];
		m->starts[k] = sum;
		crm_pause_at(pause, k);
	}
	/* from the end, so that starts[k] comes down to the first of k */
	for (uint32_t i = m->n_pairs; i-- > 0;)
	{
		m->members[--m->starts[m->key[i]]] = m->lead[i];
		crm_pause_at(pause, i);
	}
}

/* The key's leads, each once, at the beginning of its members. */
static uint32_t
unique_members(CrmLeadMatch *m, uint32_t k)
{
	uint32_t   *members = m->members + m->starts[k];
	uint32_t	n = 0;

	for (uint32_t i = 0; i < m->starts[k + 1] - m->starts[k]; i++)
	{
		if (m->mark[members[i]] == k + 1)
			continue;
		m->mark[members[i]] = k + 1;
		members[n++] = members[i];
	}
	return n;
}

void
crm_lead_match(CrmLeadMatch *m, CrmPause pause)
{
	sort_by_key(m, pause);
	for (uint32_t i = 0; i < m->n_leads; i++)
		m->root[i] = i;
	memset(m->mark, 0, (size_t) m->n_leads * sizeof *m->mark);
	memset(m->matched, 0, m->n_leads);
	memset(m->ignored, 0, m->n_leads);
	for (uint32_t k = 0; k < m->n_keys; k++)
	{
		uint32_t   *members = m->members + m->starts[k];
		uint32_t	n = unique_members(m, k);
		uint8_t		bit = (uint8_t) (1u << m->kind[k]);

		crm_pause_at(pause, k);
		for (uint32_t i = 0; n > 1 && i < n; i++)
		{
			crm_pause_at(pause, i);
			if (n > m->max_shared)
			{
				m->ignored[members[i]] |= bit;
				continue;
			}
			m->matched[members[i]] |= bit;
			if (i > 0)
			{
				uint32_t	a = find_root(m->root, members[0]);
				uint32_t	b = find_root(m->root, members[i]);

				if (a < b)
					m->root[b] = a;
				else
					m->root[a] = b;
			}
		}
	}
	for (uint32_t i = 0; i < m->n_leads; i++)
		m->root[i] = find_root(m->root, i);
}
