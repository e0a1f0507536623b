/*
 * number_label.c
 *		The text that a number is known by when it is a category.
 *
 * Works on decimal digits and so is exact for every type of number.
 */
#include "number_label.h"

#include <stdbool.h>
#include <string.h>

/* Where the first digit may stand in a number that is written out. */
#define LEAST_PLAIN (-4)
#define MOST_PLAIN 18

/* Exponents beyond it occur in no type. */
#define MOST_EXPONENT 1000000

typedef struct Decimal
{
	bool		negative;
	const char *digits;			/* with the point among them */
	size_t		length;
	int			exponent;		/* of the first digit */
} Decimal;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
read_exponent(const char *at, const char *end)
{
	bool		negative = at < end && *at == '-';
	int			value = 0;

	for (; at < end; at++)
		if (is_digit(*at) && value < MOST_EXPONENT)
			value = value * 10 + (*at - '0');
	return negative ? -value : value;
}

/* Without zeros at either end; length 0 is zero. */
static Decimal
read_decimal(const char *text, size_t length)
{
	Decimal		d = {false, text, 0, 0};
	const char *end = memchr(text, 'e', length);
	const char *point;
	const char *last;

	if (end != NULL)
		d.exponent = read_exponent(end + 1, text + length);
	else
		end = text + length;
	if (length > 0 && *text == '-')
	{
		d.negative = true;
		d.digits++;
	}
	point = memchr(d.digits, '.', (size_t) (end - d.digits));
	if (point == NULL)
		point = end;
	while (d.digits < end && (*d.digits == '0' || *d.digits == '.'))
		d.digits++;
	last = end;
	while (last > d.digits && (last[-1] == '0' || last[-1] == '.'))
		last--;
	d.length = (size_t) (last - d.digits);
	d.exponent += (int) (point - d.digits) - (d.digits < point);
	return d;
}

/* The digits from "first" on, "n" of them, zeros beyond those there are. */
static char *
put_digits(char *to, const Decimal *d, size_t first, size_t n)
{
	size_t		at = 0;

	for (size_t i = 0; i < d->length && at < first + n; i++)
	{
		if (!is_digit(d->digits[i]))
			continue;
		if (at++ >= first)
			*to++ = d->digits[i];
	}
	for (; at < first + n; at++)
		if (at >= first)
			*to++ = '0';
	return to;
}

static char *
put_exponent(char *to, int exponent)
{
	char		digits[12];
	size_t		n = 0;
	unsigned	value = (unsigned) (exponent < 0 ? -exponent : exponent);

	*to++ = 'e';
	*to++ = exponent < 0 ? '-' : '+';
	for (; value > 0 || n < 2; value /= 10)
		digits[n++] = (char) ('0' + value % 10);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

size_t
crm_number_label(const char *text, size_t length, char *label)
{
	Decimal		d = read_decimal(text, length);
	size_t		n = d.length - (memchr(d.digits, '.', d.length) != NULL);
	bool		plain = d.exponent >= LEAST_PLAIN && d.exponent <= MOST_PLAIN;
	size_t		whole = plain && d.exponent >= 0 ? (size_t) d.exponent + 1 : 1;
	char	   *to = label;

	if (d.length == 0)
	{
		*label = '0';
		return 1;
	}
	if (d.negative)
		*to++ = '-';
	if (plain && d.exponent < 0)
	{
		memcpy(to, "0.000", 5);
		return (size_t) (put_digits(to + 1 - d.exponent, &d, 0, n) - label);
	}
	to = put_digits(to, &d, 0, whole);
	if (n > whole)
	{
		*to++ = '.';
		to = put_digits(to, &d, whole, n - whole);
	}
	return (size_t) ((plain ? to : put_exponent(to, d.exponent)) - label);
}
