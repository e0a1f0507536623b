/*
 * lead_test.c
 *		Keys of leads from code points, and clusters against a slow search.
 */
#include "lead.h"

#include <stdlib.h>

#include "rng.h"
#include "unit.h"

typedef size_t(*KeyMaker) (CrmPoints text, char *key);

static char key[CRM_LEAD_KEY_SIZE];

static size_t
email(CrmPoints text, char *to)
{
	return crm_email_key(text, false, false, to);
}

static size_t
german_phone(CrmPoints text, char *to)
{
	return crm_phone_key(text, "49", 2, to);
}

static void
check_key(KeyMaker make, const uint32_t *points, size_t n, const char *want,
		  const char *name)
{
	CrmPoints text = {points, n};
	size_t		len = make(text, key);

	if (!CHECK_NAMED(len == strlen(want) && memcmp(key, want, len) == 0, name))
		printf("# have \"%.*s\", want \"%s\"\n", (int) len, key, want);
}

#define KEY(make, want, ...) \
	do { \
		static const uint32_t points[] = {__VA_ARGS__}; \
		check_key(make, points, sizeof points / sizeof *points, want, \
				  #make " gives " want); \
	} while (0)

static void
check_scripts(void)
{
	/*
	 * Straße and STRASSE; Жук; ΣΟΦΟΣ and σοφος (final sigma);
	 * Əli
	 */
	KEY(crm_person_key, "strasse", 'S', 't', 'r', 'a', 0xDF, 'e');
	KEY(crm_person_key, "strasse", 'S', 'T', 'R', 'A', 'S', 'S', 'E');
	KEY(crm_person_key, "жук", 0x416, 0x423, 0x41A);
	KEY(crm_person_key, "σοφοσ", 0x3A3, 0x39F, 0x3A6, 0x39F, 0x3A3);
	KEY(crm_person_key, "σοφοσ", 0x3C3, 0x3BF, 0x3C6, 0x3BF, 0x3C2);
	KEY(crm_person_key, "əli", 0x18F, 'l', 'i');
	/* Müller keeps its diaeresis */
	KEY(crm_person_key, "müller", 'M', 0xDC, 'L', 'L', 'E', 'R');
	/* OOO "Romashka" and Yamada K.K., form written before the name */
	KEY(crm_company_key, "\321\200омашка", 0x41E, 0x41E, 0x41E, ' ', 0xAB, 0x420,
		0x43E, 0x43C, 0x430, 0x448, 0x43A, 0x430, 0xBB);
	KEY(crm_company_key, "山田", 0x682A, 0x5F0F, 0x4F1A, 0x793E, 0x5C71,
		0x7530);
	KEY(crm_company_key, "山田", 0x5C71, 0x7530, 0x30FB, 0x682A, 0x5F0F,
		0x4F1A, 0x793E);
	/* Arabic-Indic digits; an ideographic space around an address */
	KEY(german_phone, "+49301234567", 0x0660, 0x0663, 0x0660, 0x0661, 0x0662,
		0x0663, 0x0664, 0x0665, 0x0666, 0x0667);
	KEY(email, "a@b.de", 0x3000, 'A', '@', 'B', '.', 'd', 'e', 0x3000);
}

static void
check_limits(void)
{
	static uint32_t many[CRM_NAME_MAX + 2];
	CrmPoints text = {many, CRM_NAME_MAX};

	for (size_t i = 0; i < CRM_NAME_MAX + 2; i++)
		many[i] = 0x4E00;
	CHECK_INT(crm_text_key(text, key), 3 * CRM_NAME_MAX);
	text.len++;

	CHECK_INT(crm_text_key(text, key), 0);
	for (size_t i = 0; i < CRM_NAME_MAX; i++)
		many[i] = i % 2 == 0 ? 'a' : ' ';
	text.len = 2 * CRM_NAME_MAX_WORDS;

	CHECK_INT(crm_text_key(text, key), 2 * CRM_NAME_MAX_WORDS - 1);
	text.len++;

	CHECK_INT(crm_text_key(text, key), 0);
	text.len = 0;

	CHECK_INT(crm_email_key(text, true, true, key), 0);
	CHECK_INT(crm_phone_key(text, "", 0, key), 0);
	CHECK_INT(crm_company_key(text, key), 0);
}

static void
check_source(const char *source, const char *want)
{
	uint32_t	points[CRM_NAME_MAX + 1];
	CrmPoints text = {points, strlen(source)};
	const char *have;

	for (size_t i = 0; i < text.len; i++)
		points[i] = (unsigned char) source[i];
	have = crm_source_class(text);
	if (!CHECK_NAMED(strcmp(have, want) == 0, source))
		printf("# have \"%s\", want \"%s\"\n", have, want);
}

static void
check_sources(void)
{
	check_source("", "unknown");
	check_source(" - ", "unknown");
	check_source("Unknown", "unknown");
	check_source("n/a", "unknown");
	check_source("NULL", "unknown");
	check_source("n/a web", "inbound");
	check_source("unknown list", "outbound");
	check_source("lists", "other");
	check_source("lis", "other");
	check_source("E-Mail", "inbound");
	/* the class that is looked for first, wherever its word stands */
	check_source("web event list ads by a partner", "referral");
	check_source("web event list ads", "paid");
	check_source("web event list", "outbound");
	check_source("web event", "event");
	check_source("web web web web web web web web web web web web web web web web "
				 "web web web web web web web web web web web web web web web web "
				 "web", "unknown");
}

static void
check_country(void)
{
	static const uint32_t plus[] = {'+', '4', '9'};
	static const uint32_t four[] = {'1', '2', '3', '4'};
	CrmPoints	good = {plus, 3};
	CrmPoints	bad = {four, 4};
	char		digits[CRM_COUNTRY_MAX];
	size_t		len = 0;

	CHECK(crm_country_code(good, digits, &len));
	CHECK_TEXT(digits, len, "49");
	CHECK(!crm_country_code(bad, digits, &len));
	bad.len = 0;
	CHECK(!crm_country_code(bad, digits, &len));
}

#define LEADS 60
#define KEYS 40
#define PAIRS 90

typedef struct Arrays
{
	uint32_t	lead[PAIRS];
	uint32_t	key[PAIRS];
	uint8_t		kind[KEYS];
	uint32_t	starts[KEYS + 1];
	uint32_t	members[PAIRS];
	uint32_t	mark[LEADS];
	uint32_t	root[LEADS];
	uint8_t		matched[LEADS];
	uint8_t		ignored[LEADS];
} Arrays;

static CrmLeadMatch
match(Arrays *a, uint32_t max_shared)
{
	CrmLeadMatch m = {LEADS, KEYS, PAIRS, a->lead, a->key, a->kind, max_shared,
	a->starts, a->members, a->mark, a->root, a->matched, a->ignored};

	crm_lead_match(&m, NULL);
	return m;
}

/* Spreads the smallest number over pairs of leads with a key in common. */
static void
slow_roots(const Arrays *a, uint32_t max_shared, uint32_t *root)
{
	bool		has[KEYS][LEADS] = {{false}};
	bool		again = true;

	for (int i = 0; i < PAIRS; i++)
		has[a->key[i]][a->lead[i]] = true;
	for (uint32_t i = 0; i < LEADS; i++)
		root[i] = i;
	while (again)
	{
		again = false;
		for (int k = 0; k < KEYS; k++)
		{
			uint32_t	n = 0;
			uint32_t	least = LEADS;

			for (int i = 0; i < LEADS; i++)
				if (has[k][i])
				{
					n++;
					least = root[i] < least ? root[i] : least;
				}
			for (int i = 0; i < LEADS && n <= max_shared; i++)
				if (has[k][i] && root[i] != least)
				{
					root[i] = least;
					again = true;
				}
		}
	}
}

static void
check_clusters(void)
{
	CrmRng		rng = {7};
	bool		same = true;
	bool		any = false;
	bool		reported = false;

	for (int round = 0; round < 200; round++)
	{
		Arrays		a;
		uint32_t	want[LEADS];

		for (int i = 0; i < PAIRS; i++)
		{
			a.lead[i] = crm_rng_below(&rng, LEADS);
			a.key[i] = crm_rng_below(&rng, KEYS);
		}
		for (int k = 0; k < KEYS; k++)
			a.kind[k] = (uint8_t) (k % 3);
		match(&a, 4);
		slow_roots(&a, 4, want);
		for (int i = 0; i < LEADS; i++)
		{
			same = same && a.root[i] == want[i];
			any = any || a.root[i] != (uint32_t) i;
			reported = reported || a.ignored[i] != 0;
		}
	}
	CHECK_NAMED(same, "clusters are those of a slow search");
	CHECK_NAMED(any && reported, "some met, and some keys were too common");
}

int
main(void)
{
	check_scripts();
	check_limits();
	check_sources();
	check_country();
	check_clusters();
	return unit_done();
}
