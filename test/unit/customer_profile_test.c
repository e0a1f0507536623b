/*
 * customer_profile_test.c
 *		Stages of life: each limit is the least of its stage.
 */
#include "customer_profile.h"

#include "unit.h"

int
main(void)
{
	CrmLifecycleLimits limits = {30, 0.75, 0.5, 0.25};
	CrmLifecycleLimits wrong;
	CrmError	error;
	static const struct
	{
		double		alive;
		int			days;
		const char *stage;
	}			cases[] = {
		{0, 0, "new"}, {0.1, 30, "new"}, {NAN, 30, "new"},
		{1, 31, "active"}, {0.75, 31, "active"}, {0.7499, 31, "at risk"},
		{0.5, 400, "at risk"}, {0.4999, 400, "lapsed"}, {0.25, 400, "lapsed"},
		{0.2499, 400, "lost"}, {0, 31, "lost"}
	};

	CHECK(crm_lifecycle_check(&limits, &error));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
	{
		const char *stage = crm_lifecycle_stage(cases[i].alive, cases[i].days,
												&limits);

		CHECK_NAMED(stage != NULL && strcmp(stage, cases[i].stage) == 0,
					cases[i].stage);
	}
	CHECK(crm_lifecycle_stage(NAN, 31, &limits) == NULL);
	wrong = limits;
	wrong.new_within = -1;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong = limits;
	wrong.active_from = 1.01;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong.active_from = 0.4;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong.active_from = NAN;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong = limits;
	wrong.lapsed_from = -0.01;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong.lapsed_from = 0.6;
	CHECK(!crm_lifecycle_check(&wrong, &error));
	wrong.active_from = wrong.at_risk_from = wrong.lapsed_from = 0.5;
	CHECK(crm_lifecycle_check(&wrong, &error));
	return unit_done();
}
