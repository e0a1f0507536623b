/*
 * digest.h
 *		A digest of bytes that tells them apart without comparing them.
 *
 * BLAKE2b of 16 bytes without a key (RFC 7693): nobody can make other bytes
 * of the same digest as given ones.
 */
#ifndef CRM_DIGEST_H
#define CRM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define CRM_DIGEST_BYTES 16

extern void crm_digest(const uint8_t *data, size_t length,
					   uint8_t digest[CRM_DIGEST_BYTES]);

#endif
