/*
 * bytes.h
 *		Bounds-checked cursors over a byte buffer in network order.
 *
 * Every stored or sent value of this extension is written and read through
 * these, so that its bytes are the same on every machine.  An overrun does not
 * trap: it sets "failed", later calls do nothing and reads give 0, so a caller
 * may read a whole structure and check once at its end.
 */
#ifndef CRM_BYTES_H
#define CRM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Text that someone else owns, not terminated. */
typedef struct CrmText
{
	const char *data;
	size_t		len;
} CrmText;

typedef struct CrmReader
{
	const uint8_t *data;
	size_t		size;
	size_t		at;
	bool		failed;
} CrmReader;

/* With data == NULL a writer only counts: its "at" is the size needed. */
typedef struct CrmWriter
{
	uint8_t    *data;
	size_t		size;
	size_t		at;
	bool		failed;
} CrmWriter;

static inline CrmReader
crm_reader(const void *data, size_t size)
{
	CrmReader	r = {(const uint8_t *) data, size, 0, false};

	return r;
}

static inline CrmWriter
crm_writer(void *data, size_t size)
{
	CrmWriter	w = {(uint8_t *) data, size, 0, false};

	return w;
}

/* The next n bytes, or NULL when fewer are left. */
static inline const uint8_t *
crm_get_bytes(CrmReader *r, size_t n)
{
	const uint8_t *p;

	if (r->failed || n > r->size - r->at)
	{
		r->failed = true;
		return NULL;
	}
	p = r->data + r->at;
	r->at += n;
	return p;
}

static inline bool
crm_reader_done(const CrmReader *r)
{
	return !r->failed && r->at == r->size;
}

static inline uint64_t
crm_get_uint(CrmReader *r, size_t n)
{
	const uint8_t *p = crm_get_bytes(r, n);
	uint64_t	v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint8_t
crm_get_u8(CrmReader *r)
{
	return (uint8_t) crm_get_uint(r, 1);
}

static inline uint16_t
crm_get_u16(CrmReader *r)
{
	return (uint16_t) crm_get_uint(r, 2);
}

static inline uint32_t
crm_get_u32(CrmReader *r)
{
	return (uint32_t) crm_get_uint(r, 4);
}

static inline uint64_t
crm_get_u64(CrmReader *r)
{
	return crm_get_uint(r, 8);
}

static inline int64_t
crm_get_i64(CrmReader *r)
{
	return (int64_t) crm_get_uint(r, 8);
}

static inline double
crm_get_f64(CrmReader *r)
{
	uint64_t	bits = crm_get_uint(r, 8);
	double		v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

/*
 * A word from the length and the last eight bytes of a text, which tell short
 * texts apart: up to 7 bytes, those of one length have different words.
 */
#define CRM_TAIL_EXACT 7

static inline uint64_t
crm_tail_word(const char *p, size_t n)
{
	uint64_t	tail = 0;
	uint32_t	low;
	uint32_t	high;

	if (n >= sizeof tail)
		memcpy(&tail, p + n - sizeof tail, sizeof tail);
	else if (n >= sizeof low)
	{
		memcpy(&low, p, sizeof low);
		memcpy(&high, p + n - sizeof high, sizeof high);
		tail = (uint64_t) high << 32 | low;
	}
	else
		memcpy(&tail, p, n);
	return tail ^ n;
}

/* The high bits of its hash. */
static inline size_t
crm_tail_slot(uint64_t word, int bits)
{
	return (size_t) ((word * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - bits));
}

static inline void
crm_put_bytes(CrmWriter *w, const void *p, size_t n)
{
	if (w->failed || n > SIZE_MAX - w->at ||
		(w->data != NULL && n > w->size - w->at))
	{
		w->failed = true;
		return;
	}
	if (w->data != NULL && n > 0)
		memcpy(w->data + w->at, p, n);
	w->at += n;
}

static inline void
crm_put_uint(CrmWriter *w, uint64_t v, size_t n)
{
	uint8_t		b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t) (v >> (8 * (n - 1 - i)));
	crm_put_bytes(w, b, n);
}

static inline void
crm_put_u8(CrmWriter *w, uint8_t v)
{
	crm_put_uint(w, v, 1);
}

static inline void
crm_put_u16(CrmWriter *w, uint16_t v)
{
	crm_put_uint(w, v, 2);
}

static inline void
crm_put_u32(CrmWriter *w, uint32_t v)
{
	crm_put_uint(w, v, 4);
}

static inline void
crm_put_u64(CrmWriter *w, uint64_t v)
{
	crm_put_uint(w, v, 8);
}

static inline void
crm_put_i64(CrmWriter *w, int64_t v)
{
	crm_put_uint(w, (uint64_t) v, 8);
}

/* -0 is written as 0: equal numbers have equal bytes. */
static inline void
crm_put_f64(CrmWriter *w, double v)
{
	uint64_t	bits;

	v = v == 0 ? 0 : v;
	memcpy(&bits, &v, sizeof bits);
	crm_put_uint(w, bits, 8);
}

#endif
