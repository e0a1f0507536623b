/*
 * money.c
 *		Exact money: text to ten-thousandths and back.
 */
#include "money.h"

#include <math.h>
#include <stdbool.h>

#include "json.h"
#include "wide.h"

/* Exponents beyond this are all the same: far out of range. */
#define EXPONENT_LIMIT 100000

/*
 * A decimal number as mantissa x 10^exponent.  Zeros are held back until a
 * digit follows, so 1.500000 and 1e300 x 0 need no wide mantissa.
 */
typedef struct Decimal
{
	uint64_t	mantissa;
	int64_t		exponent;
	int64_t		zeros;			/* seen since the last digit above 0 */
	bool		any;
	bool		overflow;
} Decimal;

static void
add_digit(Decimal *d, int digit)
{
	d->any = true;
	if (digit == 0)
	{
		d->zeros += d->mantissa != 0 || d->overflow;
		return;
	}
	for (; d->zeros >= 0 && !d->overflow; d->zeros--)
	{
		if (d->mantissa > UINT64_MAX / 10)
			d->overflow = true;
		else
			d->mantissa *= 10;
	}
	d->zeros = 0;
	if (d->mantissa > UINT64_MAX - (uint64_t) digit)
		d->overflow = true;
	else
		d->mantissa += (uint64_t) digit;
}

/* Reads digits from text[at..]; returns where they end. */
static size_t
take_digits(const char *text, size_t len, size_t at, Decimal *d)
{
	while (at < len && text[at] >= '0' && text[at] <= '9')
		add_digit(d, text[at++] - '0');
	return at;
}

static bool
take_exponent(const char *text, size_t len, size_t at, int64_t *exponent)
{
	bool		negative = false;
	int64_t		v = 0;

	if (at < len && (text[at] == '+' || text[at] == '-'))
		negative = text[at++] == '-';

	if (at == len)
		return false;
	for (; at < len; at++)
	{
		if (text[at] < '0' || text[at] > '9')
			return false;
		if (v < EXPONENT_LIMIT)
			v = v * 10 + (text[at] - '0');
	}
	*exponent = negative ? -v : v;
	return true;
}

/* [sign] digits [. digits] [e exponent] */
static bool
take_decimal(const char *text, size_t len, Decimal *d, bool *negative)
{
	size_t		at = 0;
	size_t		point;
	int64_t		e = 0;

	*negative = false;
	if (at < len && (text[at] == '-' || text[at] == '+'))
		*negative = text[at++] == '-';

	at = take_digits(text, len, at, d);
	if (at < len && text[at] == '.')
	{
		point = ++at;
		at = take_digits(text, len, at, d);
		d->exponent = -(int64_t) (at - point);
	}
	if (!d->any)
		return false;
	if (at < len && (text[at] == 'e' || text[at] == 'E'))
	{
		if (!take_exponent(text, len, at + 1, &e))
			return false;
		at = len;
	}
	d->exponent += e + d->zeros;
	return at == len;
}

bool
crm_money_parse(const char *text, size_t len, int64_t *money, CrmError *error)
{
	Decimal		d = {0};
	bool		negative;
	int64_t		shift;
	uint64_t	v;

	if (!take_decimal(text, len, &d, &negative))
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"An amount is a decimal number.", NULL);
	shift = d.exponent + CRM_MONEY_DECIMALS;
	v = d.mantissa;
	if (v != 0 && shift < 0)
		return crm_fail(error, CRM_ERROR_RANGE,
						"An amount has at most 4 decimals.",
						"Round it first: round(amount, 4).");
	for (; v != 0 && shift > 0 && !d.overflow; shift--)
	{
		if (v > UINT64_MAX / 10)
			d.overflow = true;
		else
			v *= 10;
	}
	if (d.overflow || v > (uint64_t) INT64_MAX)
		return crm_fail(error, CRM_ERROR_RANGE,
						"An amount is at most 922337203685477.5807.", NULL);
	*money = negative ? -(int64_t) v : (int64_t) v;
	return true;
}

size_t
crm_money_text_full(int64_t money, char *text)
{
	uint64_t	v = money < 0 ? 0 - (uint64_t) money : (uint64_t) money;
	uint64_t	rest = v % CRM_MONEY_UNIT;
	size_t		n = 0;

	if (money < 0)
		text[n++] = '-';
	n += crm_int_text((int64_t) (v / CRM_MONEY_UNIT), text + n);
	text[n++] = '.';
	for (uint64_t unit = CRM_MONEY_UNIT / 10; unit > 0; unit /= 10)
		text[n++] = (char) ('0' + rest / unit % 10);
	return n;
}

size_t
crm_money_text(int64_t money, char *text)
{
	size_t		n = crm_money_text_full(money, text);

	while (text[n - 1] == '0')
		n--;
	return text[n - 1] == '.' ? n - 1 : n;
}

int64_t
crm_money_times(int64_t money, double fraction)
{
	uint64_t	v = money < 0 ? 0 - (uint64_t) money : (uint64_t) money;
	int			exponent;
	uint64_t	mantissa;

	if (fraction <= 0)
		return 0;
	if (fraction >= 1)
		return money;
	/* fraction = mantissa x 2^(exponent - 53), exactly */
	mantissa = (uint64_t) ldexp(frexp(fraction, &exponent), 53);
	v = crm_wide_shift_round(crm_wide_product(v, mantissa), 53 - exponent);
	return money < 0 ? -(int64_t) v : (int64_t) v;
}

size_t
crm_sum_text(CrmInt128 sum, char *text)
{
	char		digits[CRM_INT128_TEXT_SIZE];
	size_t		n = crm_int128_text(sum, digits);
	size_t		len = 0;
	size_t		at = 0;

	if (digits[0] == '-')
		text[len++] = digits[at++];

	if (n - at <= CRM_MONEY_DECIMALS)
		text[len++] = '0';

	while (n - at > CRM_MONEY_DECIMALS)
		text[len++] = digits[at++];
	text[len++] = '.';

	for (size_t i = CRM_MONEY_DECIMALS; i > n - at; i--)
		text[len++] = '0';

	while (at < n)
		text[len++] = digits[at++];

	return len;
}

size_t
crm_sum_text_short(CrmInt128 sum, char *text)
{
	size_t		n = crm_sum_text(sum, text);

	while (text[n - 1] == '0')
		n--;
	return text[n - 1] == '.' ? n - 1 : n;
}

/* The digits of a sum with four behind a point that is not there. */
static bool
sum_digits(const char *text, size_t len, char *digits, size_t size, size_t *n)
{
	size_t		decimals = 0;
	bool		point = false;

	*n = 0;
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '.' && !point)
		{
			point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		decimals += point;
		if (*n == 0 && text[i] == '0')
			continue;
		if (*n == size)
			return false;
		digits[(*n)++] = text[i];
	}
	if (len == (point ? 1 : 0) || decimals > CRM_MONEY_DECIMALS ||
		*n + CRM_MONEY_DECIMALS - decimals > size)
		return false;
	for (; *n > 0 && decimals < CRM_MONEY_DECIMALS; decimals++)
		digits[(*n)++] = '0';
	return true;
}

bool
crm_sum_parse(const char *text, size_t len, CrmInt128 *sum)
{
	char		digits[CRM_INT128_TEXT_SIZE];
	bool		negative = len > 0 && text[0] == '-';
	size_t		n;

	digits[0] = '-';
	if (!sum_digits(text + negative, len - negative, digits + 1,
					sizeof digits - 1, &n))
		return false;
	if (n == 0)
	{
		*sum = crm_int128(0);
		return true;
	}
	return crm_int128_parse(negative ? digits : digits + 1, n + negative, sum);
}
