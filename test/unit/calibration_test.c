/*
 * calibration_test.c
 *		Unit tests of src/core/calibration.c.
 */
#include "calibration.h"
#include "unit.h"

#include <stdlib.h>

#define N 2000

static CrmCalibrationRow rows[N];
static CrmIsotonicBlock blocks[N];
static double x[CRM_MODEL_MAX_CALIBRATION];
static double y[CRM_MODEL_MAX_CALIBRATION];

static double
logistic(double f)
{
	return 1 / (1 + exp(-f));
}

/*
 * Margins evenly from -4 to 4, labels true as often as logistic(slope *
 * margin + intercept) says: a label whenever the running sum passes a whole.
 */
static void
make_rows(double slope, double intercept)
{
	double		sum = 0.5;

	for (int i = 0; i < N; i++)
	{
		rows[i].margin = -4 + 8.0 * i / (N - 1);
		sum += logistic(slope * rows[i].margin + intercept);
		rows[i].label = sum >= 1;
		sum -= rows[i].label;
	}
}

static void
test_platt(void)
{
	CrmCalibration c = {CRM_CALIBRATION_NONE};
	CrmCalibration none = {CRM_CALIBRATION_NONE};
	double		g[2] = {0, 0};
	double		n1 = 0;

	make_rows(0.5, -1);
	CHECK(crm_calibrate_platt(rows, N, NULL, &c));
	CHECK_INT(c.kind, CRM_CALIBRATION_PLATT);
	CHECK_NEAR(c.slope, 0.5, 0.02);
	CHECK_NEAR(c.intercept, -1, 0.05);
	CHECK(crm_calibration_loss(&c, rows, N) < crm_calibration_loss(&none, rows, N));
	/* at the optimum the gradient of the smoothed targets is zero */
	for (int i = 0; i < N; i++)
		n1 += rows[i].label;
	for (int i = 0; i < N; i++)
	{
		double		t = rows[i].label ? (n1 + 1) / (n1 + 2) : 1 / (N - n1 + 2);
		double		r = logistic(c.slope * rows[i].margin + c.intercept) - t;

		g[0] += r * rows[i].margin / N;
		g[1] += r / N;
	}
	CHECK_NEAR(g[0], 0, 1e-7);
	CHECK_NEAR(g[1], 0, 1e-7);
	make_rows(-0.5, 0);
	CHECK(!crm_calibrate_platt(rows, N, NULL, &c));
	/* separated classes: the smoothed targets keep it finite */
	for (int i = 0; i < N; i++)
		rows[i].label = i >= N / 2;
	CHECK(crm_calibrate_platt(rows, N, NULL, &c));
	CHECK(isfinite(c.slope) && c.slope > 0);
	/* nothing but one margin */
	for (int i = 0; i < N; i++)
		rows[i] = (CrmCalibrationRow)
	{
		0, (uint8_t) (i % 2)
	};
	if (crm_calibrate_platt(rows, N, NULL, &c))
		CHECK(isfinite(c.slope) && isfinite(c.intercept));
}

static void
test_isotonic_by_hand(void)
{
	/* blocks by hand: {0}, {1 0}, {1 1}; base rate 3/5 */
	const CrmCalibrationRow few[] = {
		{-2, 0}, {-1, 1}, {0, 0}, {1, 1}, {2, 1}
	};
	CrmCalibration c = {CRM_CALIBRATION_NONE};

	CHECK(crm_calibrate_isotonic(few, 5, blocks, x, y, &c));
	CHECK_INT(c.n_points, 3);
	CHECK_NEAR(c.y[0], (0 + 0.6) / 2, 1e-15);
	CHECK_NEAR(c.y[1], (1 + 0.6) / 3, 1e-15);
	CHECK_NEAR(c.y[2], (2 + 0.6) / 3, 1e-15);
	CHECK_NEAR(c.x[0], logistic(-2), 1e-15);
	CHECK_NEAR(c.x[1], (logistic(-1) + logistic(0)) / 2, 1e-15);
	CHECK_NEAR(c.x[2], (logistic(1) + logistic(2)) / 2, 1e-15);
}

static void
test_isotonic(void)
{
	CrmCalibration c = {CRM_CALIBRATION_NONE};
	CrmCalibration none = {CRM_CALIBRATION_NONE};
	bool		rising = true;

	make_rows(0.4, 0.5);
	CHECK(crm_calibrate_isotonic(rows, N, blocks, x, y, &c));
	for (uint32_t i = 1; i < c.n_points; i++)
		rising &= c.x[i] > c.x[i - 1] && c.y[i] > c.y[i - 1];
	CHECK(rising);
	CHECK(c.y[0] > 0 && c.y[c.n_points - 1] < 1);
	CHECK(crm_calibration_loss(&c, rows, N) < crm_calibration_loss(&none, rows, N));
	/* falling: a single block says nothing */
	for (int i = 0; i < N; i++)
		rows[i].label = i < N / 2;
	CHECK(!crm_calibrate_isotonic(rows, N, blocks, x, y, &c));
	/* ties are one block, whatever their labels */
	for (int i = 0; i < N; i++)
		rows[i] = (CrmCalibrationRow)
	{
		i < N / 2 ? -1 : 1, (uint8_t) (i % 4 == 0 || i >= N * 3 / 4)
	};
	qsort(rows, N, sizeof rows[0], crm_calibration_order);
	CHECK(crm_calibrate_isotonic(rows, N, blocks, x, y, &c));
	CHECK_INT(c.n_points, 2);
}

static void
test_fold(void)
{
	static CrmCalibrationRow fit[N];
	static CrmCalibrationRow test[N];
	size_t		n_fit = 0;
	size_t		n_test = 0;

	make_rows(1, 0);
	for (int fold = 0; fold < CRM_CALIBRATION_FOLDS; fold++)
	{
		size_t		n = crm_calibration_fold(rows, N - 1, fold, fit, test);

		n_fit += n;
		n_test += N - 1 - n;
		CHECK(test[0].margin == rows[fold].margin);
	}
	CHECK_INT(n_test, N - 1);
	CHECK_INT(n_fit, (N - 1) * (CRM_CALIBRATION_FOLDS - 1));
}

int
main(void)
{
	test_platt();
	test_isotonic_by_hand();
	test_isotonic();
	test_fold();
	return unit_done();
}
