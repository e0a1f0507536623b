/*
 * clv_fit_test.c
 *		Unit tests of src/core/clv_fit.c and clv_likelihood.c.
 *
 * The optima were found with scipy 1.10 (Nelder-Mead on the papers' formulas:
 * gammaln, betaln and, for pareto_nbd, numerical integration).
 */
#include "clv_sample.h"
#include "unit.h"

#include <stdlib.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* age, recency, customers, repeat purchases */
static CrmClvPattern buyers[] = {
	{39, 0, 140, 0, 0}, {33, 25, 6, 1, 0}, {39, 2, 30, 1, 0},
	{38, 3, 25, 2, 0}, {35, 5, 12, 3, 0}, {35, 30, 9, 3, 0},
	{36, 33, 8, 4, 0}, {37, 35, 5, 6, 0}, {39, 8, 3, 9, 0},
	{39, 38.5, 2, 12, 0}, {31, 30, 1, 20, 0}
};

/* nobody dropped out: all bought on the last day */
static CrmClvPattern loyal[] = {
	{39, 0, 60, 0, 0}, {39, 39, 30, 1, 0}, {39, 39, 20, 2, 0},
	{39, 39, 10, 3, 0}, {39, 39, 6, 5, 0}, {39, 39, 3, 8, 0},
	{39, 39, 1, 12, 0}
};

/* 0, mean spend, customers, repeat purchases */
static CrmClvPattern spenders[] = {
	{0, 8, 15, 1, 0}, {0, 12, 30, 1, 0}, {0, 40, 20, 1, 0}, {0, 22, 18, 2, 0},
	{0, 60, 6, 2, 0}, {0, 15, 6, 3, 0}, {0, 35, 9, 3, 0}, {0, 28, 7, 5, 0},
	{0, 50, 4, 8, 0}, {0, 31, 2, 12, 0}
};

/* opportunities, the last taken, customers, taken */
static CrmClvPattern donors[] = {
	{4, 0, 40, 0, 0}, {6, 0, 300, 0, 0}, {6, 1, 60, 1, 0}, {6, 3, 30, 1, 0},
	{6, 6, 15, 1, 0}, {6, 2, 20, 2, 0}, {6, 4, 25, 2, 0}, {4, 4, 10, 3, 0},
	{6, 6, 30, 3, 0}, {6, 5, 12, 4, 0}, {6, 6, 25, 5, 0}, {6, 6, 50, 6, 0}
};

static CrmClvModel
fit(CrmClvKind kind, const CrmClvPattern *p, size_t n)
{
	CrmClvPatterns data = {p, n};
	CrmClvModel m;
	CrmError	error;

	memset(&m, 0, sizeof m);
	CHECK_INT(crm_clv_fit(kind, data, NULL, &m, &error), CRM_CLV_FIT_DONE);
	CHECK(crm_clv_check(&m, &error));
	return m;
}

static void
check_fit(CrmClvKind kind, const CrmClvPattern *p, size_t n, double ll,
		  const double *parameters)
{
	CrmClvModel m = fit(kind, p, n);

	CHECK_NEAR(m.log_likelihood, ll, 2e-8);
	CHECK(m.converged);
	for (int i = 0; i < crm_clv_info(kind)->n_parameters; i++)
		CHECK_NEAR(m.parameters[i] / parameters[i], 1, 1e-5);
	CHECK_NEAR(crm_clv_aic(&m), 2 * crm_clv_info(kind)->n_parameters - 2 * ll, 1e-7);
}

static void
test_optima(void)
{
	static const double bg[] = {0.158156, 1.0091525, 1.7606448, 3.3263925};
	static const double mbg[] = {1.6740865, 4.6462649, 1.3267946, 1.0200409};
	static const double pareto[] = {1.3374635, 8.5278784, 0.867834, 2.8164858};
	static const double spend[] = {2.7080195, 12.2931539, 114.3920781};
	static const double chances[] = {0.4245385, 0.5735758, 0.2948896, 0.6504226};

	check_fit(CRM_CLV_BG_NBD, buyers, COUNT(buyers), -989.337111985, bg);
	check_fit(CRM_CLV_MBG_NBD, buyers, COUNT(buyers), -970.339144639, mbg);
	check_fit(CRM_CLV_PARETO_NBD, buyers, COUNT(buyers), -968.794257598, pareto);
	check_fit(CRM_CLV_GAMMA_GAMMA, spenders, COUNT(spenders), -458.872672296, spend);
	check_fit(CRM_CLV_BG_BB, donors, COUNT(donors), -1316.646999315, chances);
}

/* Another unit of time or money changes that parameter and nothing else. */
static void
test_scale(void)
{
	CrmClvPattern days[COUNT(buyers)];
	CrmClvPattern cents[COUNT(spenders)];
	CrmClvModel a = fit(CRM_CLV_PARETO_NBD, buyers, COUNT(buyers));
	CrmClvModel b;

	memcpy(days, buyers, sizeof buyers);
	memcpy(cents, spenders, sizeof spenders);
	for (size_t i = 0; i < COUNT(days); i++)
	{
		days[i].first *= 7;
		days[i].second *= 7;
	}
	b = fit(CRM_CLV_PARETO_NBD, days, COUNT(days));
	CHECK_NEAR(b.parameters[0] / a.parameters[0], 1, 1e-8);
	CHECK_NEAR(b.parameters[1] / a.parameters[1], 7, 1e-7);
	CHECK_NEAR(b.parameters[2] / a.parameters[2], 1, 1e-8);
	CHECK_NEAR(b.parameters[3] / a.parameters[3], 7, 1e-7);
	CHECK_NEAR(b.errors[2] / a.errors[2], 1, 1e-6);
	for (size_t i = 0; i < COUNT(cents); i++)
		cents[i].second *= 100;
	a = fit(CRM_CLV_GAMMA_GAMMA, spenders, COUNT(spenders));
	b = fit(CRM_CLV_GAMMA_GAMMA, cents, COUNT(cents));
	CHECK_NEAR(b.parameters[0] / a.parameters[0], 1, 1e-8);
	CHECK_NEAR(b.parameters[2] / a.parameters[2], 100, 1e-6);
}

/* Each gradient against difference quotients of its likelihood. */
static void
check_gradient(CrmClvKind kind, const CrmClvPattern *p, size_t n,
			   const double *at)
{
	CrmClvPatterns data = {p, n};
	double		scale = kind == CRM_CLV_BG_BB ? 1 : 0.05;
	double		g[CRM_CLV_MAX_PARAMETERS];
	double		v;

	CHECK(crm_clv_log_likelihood(kind, data, scale, at, NULL, &v, g));
	for (int i = 0; i < crm_clv_info(kind)->n_parameters; i++)
	{
		double		moved[CRM_CLV_MAX_PARAMETERS];
		double		up;
		double		down;

		memcpy(moved, at, sizeof moved);
		moved[i] = at[i] * exp(1e-5);
		CHECK(crm_clv_log_likelihood(kind, data, scale, moved, NULL, &up, NULL));
		moved[i] = at[i] * exp(-1e-5);
		CHECK(crm_clv_log_likelihood(kind, data, scale, moved, NULL, &down, NULL));
		CHECK_NEAR((up - down) / 2e-5, g[i], 1e-5 * (1 + fabs(g[i])));
	}
}

static void
test_gradients(void)
{
	static const double points[][4] = {
		{0.7, 3, 0.9, 2.2}, {0.01, 5, 30, 0.1}, {40, 0.02, 0.3, 9},
		{2, 2, 2, 2}, {1e4, 2e4, 5, 1e4}
	};

	for (size_t i = 0; i < COUNT(points); i++)
	{
		check_gradient(CRM_CLV_BG_NBD, buyers, COUNT(buyers), points[i]);
		check_gradient(CRM_CLV_MBG_NBD, buyers, COUNT(buyers), points[i]);
		check_gradient(CRM_CLV_PARETO_NBD, buyers, COUNT(buyers), points[i]);
		check_gradient(CRM_CLV_GAMMA_GAMMA, spenders, COUNT(spenders), points[i]);
		check_gradient(CRM_CLV_BG_BB, donors, COUNT(donors), points[i]);
	}
}

/* No maximum: said so; the likelihood is that of the NBD, scipy's, then. */
static void
test_ridge(void)
{
	CrmClvModel m = fit(CRM_CLV_BG_NBD, loyal, COUNT(loyal));
	static CrmClvPattern alike[] = {{39, 20, 50, 2, 0}};

	CHECK(!m.converged);
	CHECK_NEAR(m.log_likelihood, -698.376869082, 1e-4);
	CHECK(m.errors[0] == 0);
	for (int kind = CRM_CLV_BG_NBD; kind <= CRM_CLV_PARETO_NBD; kind++)
	{
		m = fit((CrmClvKind) kind, alike, 1);
		CHECK(!m.converged);
		CHECK(isfinite(m.log_likelihood));
	}
}

static void
check_refused(CrmClvKind kind, CrmClvPattern p, const char *detail)
{
	CrmClvPatterns data = {&p, 1};
	CrmClvModel m;
	CrmError	error = {CRM_ERROR_SYNTAX, NULL, NULL};

	CHECK_INT(crm_clv_fit(kind, data, NULL, &m, &error), CRM_CLV_FIT_REFUSED);
	CHECK_INT(error.kind, CRM_ERROR_VALUE);
	CHECK_TEXT(error.detail, strlen(error.detail), detail);
}

static void
test_refusals(void)
{
	CrmClvPattern once = {39, 0, 100, 0, 0};
	CrmClvPattern one = {39, 20, 1, 3, 0};
	CrmClvPattern no_time = {0, 0, 10, 1, 0};
	CrmClvPatterns none = {NULL, 0};
	CrmClvModel m;
	CrmError	error;

	check_refused(CRM_CLV_BG_NBD, once, "No customer has a repeat purchase.");
	check_refused(CRM_CLV_MBG_NBD, one, "A fit needs at least two customers.");
	check_refused(CRM_CLV_PARETO_NBD, no_time, "No customer was observed for any time.");
	CHECK_INT(crm_clv_fit(CRM_CLV_GAMMA_GAMMA, none, NULL, &m, &error),
			  CRM_CLV_FIT_REFUSED);
}

static bool
stop_now(void *arg)
{
	++*(int *) arg;
	return true;
}

/* Within an evaluation of many patterns, too. */
static void
test_stop(void)
{
	enum
	{
		N = 10000
	};
	CrmClvPattern *many = calloc(N, sizeof *many);
	CrmClvPatterns data = {many, N};
	int			asked = 0;
	CrmPoll		poll = {stop_now, &asked};
	CrmClvModel m;
	CrmError	error;

	for (int i = 0; i < N; i++)
	{
		many[i].frequency = 1;
		many[i].first = 10 + i / 100.0;
		many[i].second = 5;
		many[i].weight = 1;
	}
	for (int kind = 0; kind < CRM_CLV_KINDS; kind++)
	{
		asked = 0;
		CHECK_INT(crm_clv_fit((CrmClvKind) kind, data, &poll, &m, &error),
				  CRM_CLV_FIT_STOPPED);
		CHECK_INT(asked, 1);
	}
	free(many);
}

int
main(void)
{
	test_optima();
	test_scale();
	test_gradients();
	test_ridge();
	test_refusals();
	test_stop();
	return unit_done();
}
