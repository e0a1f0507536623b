/*
 * lead.h
 *		Keys by which leads from several channels are known to be one person,
 *		and the clusters that equal keys make.
 *
 * Keys are made from code points and written as UTF-8; the caller has brought
 * compatibility forms together (NFKC) where the encoding has them.  Nothing
 * here depends on a locale: letters are folded by a fixed table.
 */
#ifndef CRM_LEAD_H
#define CRM_LEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sort.h"

/* Longest texts, in code points, that have a key. */
#define CRM_EMAIL_MAX 320
#define CRM_PHONE_MAX 64
#define CRM_NAME_MAX 400

/* Words of a name that has a key. */
#define CRM_NAME_MAX_WORDS 32

/* Room for the key of a text within those limits; keys are not terminated. */
#define CRM_LEAD_KEY_SIZE (8 * CRM_NAME_MAX)

/* Digits of a country's calling code. */
#define CRM_COUNTRY_MAX 3

typedef struct CrmPoints
{
	const uint32_t *data;
	size_t		len;
} CrmPoints;

/* The lower-case form of a letter; others are returned as they are. */
extern uint32_t crm_fold(uint32_t c);

/*
 * Each returns the length of the key, 0 where the text has none: it is empty,
 * too long, or not what it should be.
 */
extern size_t crm_email_key(CrmPoints text, bool keep_tags, bool keep_dots,
							char *key);

/* country: digits of the calling code of national numbers, or none */
extern size_t crm_phone_key(CrmPoints text, const char *country,
							size_t country_len, char *key);

/* Words in lower case, joined by one space. */
extern size_t crm_text_key(CrmPoints text, char *key);

/*
 * The class of a lead's source by its words: referral, paid, outbound, event or
 * inbound, the first that applies; other, or unknown where it has none.
 */
extern const char *crm_source_class(CrmPoints text);

/* A person's name: without titles, words in the order of their bytes. */
extern size_t crm_person_key(CrmPoints text, char *key);

/* A company's name: without legal forms and spaces. */
extern size_t crm_company_key(CrmPoints text, char *key);

/*
 * Digits of a calling code, from "49", "+49" or "0049"; false where it is
 * none.  country has room for CRM_COUNTRY_MAX bytes.
 */
extern bool crm_country_code(CrmPoints text, char *country, size_t *len);

/*
 * Clusters of leads that share keys.  Pair i says that lead[i] has key[i].  A
 * key of more than max_shared leads joins none.  All arrays are the caller's:
 * starts has n_keys + 1 elements, members n_pairs, the others n_leads.
 */
typedef struct CrmLeadMatch
{
	uint32_t	n_leads;
	uint32_t	n_keys;
	uint32_t	n_pairs;
	const uint32_t *lead;
	const uint32_t *key;
	const uint8_t *kind;		/* of each key, below 8 */
	uint32_t	max_shared;
	uint32_t   *starts;
	uint32_t   *members;
	uint32_t   *mark;
	uint32_t   *root;			/* of each lead's cluster */
	uint8_t    *matched;		/* kinds by which a lead found others, as bits */
	uint8_t    *ignored;		/* kinds of keys that too many share */
} CrmLeadMatch;

extern void crm_lead_match(CrmLeadMatch *m, CrmPause pause);

#endif
