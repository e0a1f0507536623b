/*
 * drift_test.c
 *		Unit tests of src/core/drift.c.
 */
#include "drift.h"
#include "unit.h"

static const double deciles[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double mass[] = {0, 0, 0, 0, 0, 0, 1, 1, 1};
static const CrmLevel levels[] = {{{"a", 1}, 60}, {{"b", 1}, 40}};

static CrmDriftCounts
count(const CrmFeature *f, uint64_t *cells, const double *values, size_t n)
{
	CrmDriftCounts c = {0, 0, 0, cells};

	memset(cells, 0, crm_drift_cells(f) * sizeof *cells);
	for (size_t i = 0; i < n; i++)
		crm_drift_add(&c, f, values[i]);
	return c;
}

static void
test_number(void)
{
	CrmFeature	f = {.kind = CRM_NUMERIC,.min = 0,.max = 10,.n_quantiles = 9,.quantiles = deciles};
	uint64_t	cells[10];
	double		same[1000];
	double		half[1000];
	const double few[] = {NAN, -1, 11, 5};
	CrmDriftCounts c;
	double		psi;
	double		ks;

	for (int i = 0; i < 1000; i++)
	{
		same[i] = (i % 100) / 10.0 + 0.05;
		half[i] = same[i] / 2;
	}
	c = count(&f, cells, same, 1000);
	CHECK_INT(c.present, 1000);
	CHECK_INT(c.unseen, 0);
	CHECK(crm_drift_psi(&c, &f, 1000, &psi));
	CHECK_NEAR(psi, 0, 1e-12);
	CHECK(crm_drift_ks(&c, &f, &ks));
	CHECK_NEAR(ks, 0, 1e-12);
	/* everything in the lower half, twice as dense */
	c = count(&f, cells, half, 1000);
	CHECK(crm_drift_psi(&c, &f, 1000, &psi));
	CHECK(psi > 2);
	CHECK(crm_drift_ks(&c, &f, &ks));
	CHECK_NEAR(ks, 0.5, 1e-12);
	c = count(&f, cells, few, 4);
	CHECK_INT(c.missing, 1);
	CHECK_INT(c.unseen, 2);
	c = count(&f, cells, few, 1);
	CHECK(!crm_drift_psi(&c, &f, 1000, &psi));
}

/* Six or seven tenths of zeros, the rest ones: any share between is no drift */
static void
test_mass(void)
{
	CrmFeature	f = {.kind = CRM_NUMERIC,.min = 0,.max = 1,.n_quantiles = 9,.quantiles = mass};
	uint64_t	cells[10];
	double		values[1000];
	CrmDriftCounts c;
	double		psi;
	double		ks;

	for (int i = 0; i < 1000; i++)
		values[i] = i >= 650;
	c = count(&f, cells, values, 1000);
	CHECK(crm_drift_psi(&c, &f, 1000, &psi));
	CHECK_NEAR(psi, 0, 1e-12);
	CHECK(crm_drift_ks(&c, &f, &ks));
	CHECK_NEAR(ks, 0, 1e-12);
	for (int i = 0; i < 1000; i++)
		values[i] = i >= 200;
	c = count(&f, cells, values, 1000);
	CHECK(crm_drift_ks(&c, &f, &ks));
	CHECK_NEAR(ks, 0.4, 1e-12);
	CHECK(crm_drift_psi(&c, &f, 1000, &psi));
	CHECK_NEAR(psi, 0.4 * log(0.6 / 0.2) + 0.4 * log(0.8 / 0.4), 5e-3);
}

static void
test_category(void)
{
	CrmFeature	f = {.kind = CRM_CATEGORICAL,.n_levels = 2,.levels = levels};
	uint64_t	cells[3];
	double		values[1000];
	CrmDriftCounts c;
	double		psi;
	double		ks;

	for (int i = 0; i < 1000; i++)
		values[i] = i >= 400;
	c = count(&f, cells, values, 1000);
	CHECK(crm_drift_psi(&c, &f, 100, &psi));
	CHECK_NEAR(psi, 2 * 0.2 * log(0.6 / 0.4), 1e-3);
	CHECK(!crm_drift_ks(&c, &f, &ks));
	values[0] = 2;
	c = count(&f, cells, values, 1000);
	CHECK_INT(c.unseen, 1);
}

int
main(void)
{
	test_number();
	test_mass();
	test_category();
	return unit_done();
}
