/*
 * activity_test.c
 *		Activities without a server: any split and order gives the same bytes,
 *		text and bytes come back, features against a sum over plain arrays.
 */
#include "activity.h"

#include <stdlib.h>

#include "datetime.h"
#include "rng.h"
#include "unit.h"

#define EVENTS 400

static const char *const kinds[] = {"call", "e-mail", "page view", "äöü", "c"};

typedef struct Plain
{
	int			kind;
	int64_t		at;
	uint32_t	n;
}			Plain;

static CrmText
text(const char *s)
{
	CrmText		t = {s, strlen(s)};

	return t;
}

static CrmActivityState *
new_state(void)
{
	CrmActivityState *s = malloc(crm_activity_state_size(EVENTS, 256));

	s->varlena = 0;
	crm_activity_state_init(s, EVENTS, 256);
	return s;
}

typedef struct Bytes
{
	uint8_t    *data;
	size_t		size;
}			Bytes;

static Bytes
finish(CrmActivityState * s)
{
	CrmWriter	w = crm_writer(NULL, 0);
	Bytes		b;

	CHECK_NAMED(crm_activity_state_tidy(s, NULL), "tidy");
	crm_activity_encode(s, &w);
	b.size = w.at;
	b.data = malloc(b.size);
	w = crm_writer(b.data, b.size);
	crm_activity_encode(s, &w);
	free(s);
	return b;
}

static void
add(CrmActivityState *s, const Plain *p)
{
	if (crm_activity_state_add(s, text(kinds[p->kind]), p->at, p->n) !=
		CRM_ACTIVITY_ADDED)
		CHECK_NAMED(false, "there is room");
}

static void
check_merge(const Plain * p, size_t n, CrmRng * rng)
{
	CrmActivityState *whole = new_state();
	CrmActivityState *part[2];
	CrmActivityState *merged = new_state();
	Bytes		want;
	Bytes		have;
	CrmActivity a;
	CrmError	error;

	part[0] = new_state();
	part[1] = new_state();
	for (size_t i = 0; i < n; i++)
		add(whole, &p[i]);
	for (size_t i = n; i-- > 0;)
		add(part[crm_rng_below(rng, 2)], &p[i]);
	want = finish(whole);
	for (int k = 1; k >= 0; k--)
	{
		Bytes		b = finish(part[k]);

		CHECK(crm_activity_decode(b.data, b.size, true, &a, &error));
		for (uint32_t i = 0; i < a.n_events; i++)
		{
			CrmActivityEvent e = crm_activity_event(&a, i);

			crm_activity_state_add(merged, crm_activity_kind(&a, e.kind), e.at,
								   e.n);
		}
		free(b.data);
	}
	have = finish(merged);
	CHECK_BYTES(have.data, have.size, want.data, want.size);
	free(have.data);
	free(want.data);
}

static void
check_features(const Plain * p, size_t n, int64_t as_of)
{
	static const int64_t windows[3] = {7 * CRM_USECS_PER_DAY,
	30 * CRM_USECS_PER_DAY, 90 * CRM_USECS_PER_DAY};
	CrmActivityState *s = new_state();
	CrmKindSet	calls = {{0}};
	CrmActivityFeatures f;
	CrmActivity a;
	CrmError	error;
	Bytes		b;
	uint64_t	want[4] = {0};
	double		intensity = 0;
	double		last = INFINITY;

	for (size_t i = 0; i < n; i++)
		add(s, &p[i]);
	b = finish(s);
	CHECK(crm_activity_decode(b.data, b.size, true, &a, &error));
	crm_kind_add(&a, text("call"), &calls);
	crm_kind_add(&a, text("never"), &calls);
	f = crm_activity_features(&a, &calls, as_of, windows, windows[1]);
	for (size_t i = 0; i < n; i++)
	{
		double		age = (double) (as_of - p[i].at);

		if (p[i].kind != 0 || age < 0)
			continue;
		want[0] += p[i].n;
		for (int k = 0; k < 3; k++)
			want[k + 1] += age <= (double) windows[k] ? p[i].n : 0;
		intensity += p[i].n * exp2(-age / (double) windows[1]);
		last = fmin(last, age / 86400e6);
	}
	CHECK_INT((long long) f.n, (long long) want[0]);
	for (int k = 0; k < 3; k++)
		CHECK_INT((long long) f.n_within[k], (long long) want[k + 1]);
	CHECK_INT(f.n_kinds, want[0] > 0);
	CHECK_NEAR(f.intensity, intensity, 1e-9);
	CHECK_NEAR(f.days_since_last, want[0] > 0 ? last : NAN, 1e-9);
	CHECK_INT((long long) crm_activity_count(&a, &calls, as_of - windows[0], as_of),
			  (long long) want[1]);
	free(b.data);
}

static void
check_damage(void)
{
	CrmActivityState *s = new_state();
	Plain		p[3] = {{0, 0, 1}, {1, 5, 2}, {0, 5, 1}};
	Bytes		b;
	CrmActivity a;
	CrmError	error;
	bool		sound = true;

	for (int i = 0; i < 3; i++)
		add(s, &p[i]);
	b = finish(s);
	for (size_t n = 0; n < b.size; n++)
		sound = sound && !crm_activity_decode(b.data, n, true, &a, &error);
	CHECK_NAMED(sound, "no shortened value is accepted");
	b.data[0] = 2;
	CHECK(!crm_activity_decode(b.data, b.size, true, &a, &error));
	b.data[0] = CRM_ACTIVITY_FORMAT;
	b.data[b.size - 1] = 0;
	CHECK(!crm_activity_decode(b.data, b.size, true, &a, &error));
	free(b.data);
}

static void
check_limits(void)
{
	CrmActivityState *s = new_state();
	CrmActivityEvent big = {0, UINT32_MAX, 0, {0}};
	CrmError	error;

	CHECK(!crm_kind_check("", 0, &error));
	CHECK(!crm_kind_check(" a", 2, &error));
	CHECK(!crm_kind_check("a\n", 2, &error));
	CHECK(crm_activity_state_add(s, text("a"), big.at, big.n) == CRM_ACTIVITY_ADDED);
	CHECK(crm_activity_state_add(s, text("a"), big.at, 1) == CRM_ACTIVITY_ADDED);
	CHECK(!crm_activity_state_tidy(s, NULL));
	free(s);
}

int
main(void)
{
	CrmRng		rng = {42};

	for (int round = 0; round < 20; round++)
	{
		Plain		p[60];

		for (int i = 0; i < 60; i++)
		{
			p[i].kind = (int) crm_rng_below(&rng, 5);
			p[i].at = (int64_t) crm_rng_below(&rng, 50) * 3 * CRM_USECS_PER_DAY;
			p[i].n = 1 + crm_rng_below(&rng, 2);
		}
		check_merge(p, 60, &rng);
		check_features(p, 60, 100 * CRM_USECS_PER_DAY);
		check_features(p, 60, -1);
	}
	check_damage();
	check_limits();
	return unit_done();
}
