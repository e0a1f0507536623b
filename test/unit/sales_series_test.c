/*
 * sales_series_test.c
 *		Series without a server: forms, merging, calendars, smoothing.
 *
 * Golden values are those of R 4.2: HoltWinters, decompose and predict on
 * AirPassengers (Box and Jenkins 1976, series G), whose numbers are below.
 */
#include "datetime.h"
#include "sales_series.h"
#include "smoothing.h"
#include "unit.h"

#include <stdlib.h>

static const double AIR[144] = {
	112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
	115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
	145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
	171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
	196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
	204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
	242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
	284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
	315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
	340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
	360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
	417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432
};

static double seasonal[12];
static double work[64];

static CrmSmoothing
asked(bool multiplicative, bool damped)
{
	CrmSmoothing s = {0};

	s.season = 12;
	s.multiplicative = multiplicative;
	s.damped = damped;
	s.alpha = s.beta = s.gamma = s.phi = NAN;
	s.seasonal = seasonal;
	return s;
}

static void
test_given(void)
{
	static const double AHEAD[3] = {447.055931345, 419.712279856, 464.867131096};
	CrmSmoothing s = asked(true, false);
	double		fitted[132];
	double		sse = 0;

	s.alpha = .275592474736;
	s.beta = .0326929527337;
	s.gamma = .870729222265;
	CHECK_INT((long long) crm_smoothing_work(&s), 62);
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK_NEAR(s.sse, 16570.777867, 1e-5);
	CHECK_INT((long long) s.n_errors, 132);
	for (size_t i = 0; i < 3; i++)
		CHECK_NEAR(crm_smoothing_ahead(&s, i + 1), AHEAD[i], 1e-6);
	CHECK_NEAR(crm_smoothing_ahead(&s, 12), 465.634500937, 1e-6);
	CHECK_NEAR(crm_smoothing_ahead(&s, 13), 481.373161714, 1e-6);
	/* R's var(residuals): the variance one period ahead */
	CHECK_NEAR(crm_smoothing_variance(&s, 1), 123.603911348, 1e-6);
	/* R's 95 % interval of the next month, whose psi[0] is not 1 */
	CHECK_NEAR(crm_smoothing_ahead(&s, 1) - 1.959963984540054 *
			   (s.alpha + s.gamma * (1 - s.alpha)) *
			   sqrt(crm_smoothing_variance(&s, 1)), 427.306133027, 1e-6);
	CHECK_NEAR(crm_smoothing_ahead(&s, 1) + 1.959963984540054 *
			   (s.alpha + s.gamma * (1 - s.alpha)) *
			   sqrt(crm_smoothing_variance(&s, 1)), 466.805729663, 1e-6);
	crm_smoothing_fitted(&s, AIR, 144, work, fitted);
	for (int i = 0; i < 132; i++)
		sse += (AIR[i + 12] - fitted[i]) * (AIR[i + 12] - fitted[i]);
	CHECK_NEAR(sse, s.sse, 1e-6);

	s = asked(false, false);
	s.alpha = .247959489736;
	s.beta = .0345337296488;
	s.gamma = 1;
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK_NEAR(s.sse, 21860.1846219, 1e-4);
	CHECK_NEAR(crm_smoothing_ahead(&s, 1), 453.497721751, 1e-6);
	CHECK_NEAR(crm_smoothing_ahead(&s, 12), 469.531518790, 1e-6);
	/* upper ends of R's 95 % intervals */
	CHECK_NEAR(crm_smoothing_ahead(&s, 1) + 1.959963984540054 *
			   sqrt(crm_smoothing_variance(&s, 1)), 478.580176538, 1e-5);
	CHECK_NEAR(crm_smoothing_ahead(&s, 12) + 1.959963984540054 *
			   sqrt(crm_smoothing_variance(&s, 12)), 504.947523933, 1e-5);
	CHECK_NEAR(crm_smoothing_ahead(&s, 13) + 1.959963984540054 *
			   sqrt(crm_smoothing_variance(&s, 13)), 535.966518071, 1e-5);
}

static void
test_optimised(void)
{
	CrmSmoothing s = asked(true, false);
	double		last;

	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK(s.sse <= 1.001 * 16570.777867);
	CHECK_NEAR(crm_smoothing_ahead(&s, 1), 447.0559, .1);
	CHECK_NEAR(crm_smoothing_ahead(&s, 12), 465.6345, .1);
	s = asked(false, false);
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK(s.sse <= 1.001 * 21860.18);
	last = s.sse;
	/* damping by 1 is none; less damping than the least is worse here */
	s = asked(false, true);
	s.phi = 1;
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK_NEAR(s.sse / last, 1, 1e-6);
	s = asked(false, true);
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	CHECK(s.phi >= .8 && s.phi <= .98 && s.sse > last);
	/* a damped trend comes to a halt */
	CHECK_NEAR(crm_smoothing_ahead(&s, 12000) - crm_smoothing_ahead(&s, 1200),
			   0, 1e-6);
	/* without a season: Holt's method */
	s.season = 1;
	s.damped = false;
	s.alpha = s.beta = s.gamma = NAN;
	CHECK(crm_smoothing_fit(&s, AIR, 144, work, NULL));
	/* R: HoltWinters(AirPassengers, gamma = FALSE)$SSE */
	CHECK(s.sse <= 1.001 * 163634.1);
	CHECK_INT((long long) s.n_errors, 142);
}

static void
test_shapes(void)
{
	double		x[48];
	double		trend[48];
	double		indices[12];
	CrmSmoothing s = asked(false, false);
	CrmError	error;

	/*
	 * A line and a season are followed without error once R's start, which is
	 * half a season of trend behind, has been made up for: 5 squared.
	 */
	for (int i = 0; i < 48; i++)
		x[i] = 100 + 2.5 * i + (i % 4 == 0 ? 30 : -10);
	s.season = 4;
	CHECK(crm_smoothing_fit(&s, x, 48, work, NULL));
	CHECK_NEAR(s.sse, 25, 1e-6);
	CHECK_NEAR(crm_smoothing_ahead(&s, 1), 100 + 2.5 * 48 + 30, 1e-3);
	CHECK_NEAR(crm_smoothing_ahead(&s, 6), 100 + 2.5 * 53 - 10, 1e-3);
	crm_decompose(x, 48, 4, false, trend, indices);
	CHECK_NEAR(indices[0], 30, 1e-9);
	CHECK_NEAR(indices[3], -10, 1e-9);
	CHECK(isnan(trend[1]) && isnan(trend[46]));
	CHECK_NEAR(trend[2], 105, 1e-9);
	/* R: decompose(AirPassengers, "mult")$figure, and its trend */
	{
		double		t[144];

		crm_decompose(AIR, 144, 12, true, t, indices);
		CHECK_NEAR(indices[0], 0.910230367372, 1e-11);
		CHECK_NEAR(indices[6], 1.226555542931, 1e-11);
		CHECK_NEAR(t[6], 126.791666667, 1e-8);
		crm_decompose(AIR, 144, 12, false, t, indices);
		CHECK_NEAR(indices[7], 62.82323232323, 1e-10);
	}
	/* an odd season */
	for (int i = 0; i < 15; i++)
		x[i] = 10 + i + (i % 3 == 1 ? 6 : -3);
	crm_decompose(x, 15, 3, false, trend, indices);
	CHECK_NEAR(indices[1], 6, 1e-9);
	CHECK_NEAR(trend[1], 11, 1e-9);
	s = asked(false, false);
	CHECK(crm_smoothing_check(&s, AIR, 24, &error));
	CHECK(!crm_smoothing_check(&s, AIR, 23, &error) &&
		  error.kind == CRM_ERROR_VALUE);
	s.multiplicative = true;
	x[3] = 0;
	s.season = 4;
	CHECK(!crm_smoothing_check(&s, x, 15, &error));
	s.season = 1;
	CHECK(!crm_smoothing_check(&s, AIR, 100, &error));
	s.season = CRM_SMOOTHING_MAX_SEASON + 1;
	CHECK(!crm_smoothing_check(&s, AIR, 144, &error));
}

static void
test_accuracy(void)
{
	double		forecast[132];
	double		scale = crm_naive_scale(AIR, 144, 12);
	CrmAccuracy a;

	for (int i = 0; i < 132; i++)
		forecast[i] = AIR[i];
	a = crm_accuracy(AIR + 12, forecast, 132, scale);
	/* numpy: mean and root mean square of x[12:] - x[:-12] */
	CHECK_NEAR(a.mae, 32.03030303030303, 1e-12);
	CHECK_NEAR(a.rmse, 36.31574497836074, 1e-11);
	CHECK_NEAR(a.mase, 1, 1e-15);
	a = crm_accuracy(AIR, AIR, 10, 0);
	CHECK(isnan(a.mase) && a.mae == 0);
}

static bool
stop_at_once(void *arg)
{
	(void) arg;
	return true;
}

static void
test_stop(void)
{
	static double x[50000];
	CrmPoll		poll = {stop_at_once, NULL};
	CrmSmoothing s = asked(false, false);

	for (int i = 0; i < 50000; i++)
		x[i] = AIR[i % 144];
	CHECK(!crm_smoothing_fit(&s, x, 50000, work, &poll));
}

/*----------
 * Series
 *----------
 */

static CrmPeriod list[600];

static CrmPeriod
period(int year, int month, int day, int64_t sum)
{
	CrmPeriod	p = {(int32_t) crm_days_from_civil(year, month, day), 0, {0, 0}};

	p.sum = crm_int128(sum);
	return p;
}

static CrmSeries
series(size_t n)
{
	CrmSeries	s = {list, 0, 0};
	CrmPeriod  *tail = malloc(n * sizeof *tail);

	memcpy(tail, list, n * sizeof *tail);
	crm_periods_sort(tail, n, NULL);
	CHECK(crm_periods_join(list, &s.n, tail, n));
	free(tail);
	return s;
}

static void
test_calendar(void)
{
	CrmCalendar c;
	CrmSeries	s;
	int32_t		date;
	double		values[20];

	/* months, one missing, out of order, one given twice */
	list[0] = period(2026, 3, 1, 30000);
	list[1] = period(2025, 11, 1, 10000);
	list[2] = period(2026, 1, 1, 15000);
	list[3] = period(2026, 3, 1, -5000);
	list[4] = period(2025, 12, 1, 20000);
	s = series(5);
	CHECK_INT((long long) s.n, 4);
	c = crm_series_calendar(s);
	CHECK(c.months && !c.month_ends && c.step == 1);
	CHECK_INT(crm_series_positions(s, &c), 5);
	crm_series_values(s, &c, CRM_MISSING_INTERPOLATE, values);
	CHECK_NEAR(values[2], 1.5, 0);
	CHECK_NEAR(values[3], 2, 0);
	CHECK_NEAR(values[4], 2.5, 0);
	crm_series_values(s, &c, CRM_MISSING_ZERO, values);
	CHECK_NEAR(values[3], 0, 0);
	crm_series_values(s, &c, CRM_MISSING_SKIP, values);
	CHECK_NEAR(values[3], 2.5, 0);
	date = s.periods[3].date;
	CHECK(crm_series_next(s, &c, CRM_MISSING_ERROR, &date));
	CHECK_INT(date, crm_days_from_civil(2026, 4, 1));
	/* last days of months */
	list[0] = period(2024, 1, 31, 1);
	list[1] = period(2024, 2, 29, 1);
	list[2] = period(2024, 4, 30, 1);
	s = series(3);
	c = crm_series_calendar(s);
	CHECK(c.months && c.month_ends && c.step == 1);
	CHECK(crm_calendar_date(&c, 2, &date));
	CHECK_INT(date, crm_days_from_civil(2024, 3, 31));
	/* quarters */
	list[0] = period(1999, 10, 15, 1);
	list[1] = period(2000, 4, 15, 1);
	list[2] = period(2000, 7, 15, 1);
	c = crm_series_calendar(series(3));
	CHECK(c.months && c.step == 3);
	CHECK_INT(crm_calendar_position(&c, list[2].date), 3);
	/* weeks */
	list[0] = period(2026, 1, 5, 1);
	list[1] = period(2026, 1, 12, 1);
	list[2] = period(2026, 1, 26, 1);
	c = crm_series_calendar(series(3));
	CHECK(!c.months && c.step == 7);
	/* days without weekends: Friday is followed by Monday */
	for (int i = 0; i < 10; i++)
		list[i] = period(2026, 1, 5 + i + (i > 4 ? 2 : 0), 1);
	s = series(10);
	c = crm_series_calendar(s);
	CHECK(!c.months && c.step == 1);
	date = s.periods[9].date;
	CHECK(crm_series_next(s, &c, CRM_MISSING_SKIP, &date));
	CHECK_INT(date, crm_days_from_civil(2026, 1, 19));
	date = s.periods[9].date;
	CHECK(crm_series_next(s, &c, CRM_MISSING_ZERO, &date));
	CHECK_INT(date, crm_days_from_civil(2026, 1, 17));
	/* one date has no step */
	c = crm_series_calendar(series(1));
	CHECK_INT(c.step, 0);
}

static void
test_forms(void)
{
	static char text[20000];
	static uint8_t bytes[12100];
	static CrmPeriod back[1300];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	CrmSeries	s;
	CrmSeries	t;
	CrmError	error;

	for (int i = 0; i < 600; i++)
		list[i] = period(2020, 1, 1 + i * 37 % 500, (i * 7919 % 1000 - 400) * 123);
	s = series(600);
	s.ignored = 3;
	CHECK_INT((long long) s.n, 500);
	CHECK(crm_series_check(s, &error));
	crm_series_print(&json, s);
	CHECK(crm_series_parse(text, json.out.at, true, back, &t, &error));
	CHECK_BYTES(t.periods, t.n * sizeof *list, s.periods, s.n * sizeof *list);
	CHECK_INT((long long) t.ignored, 3);
	crm_series_encode(s, &w);
	CHECK(crm_series_decode(bytes, w.at, back, &t, &error));
	CHECK_BYTES(t.periods, t.n * sizeof *list, s.periods, s.n * sizeof *list);
	CHECK(!crm_series_decode(bytes, w.at - 1, back, &t, &error));
	CHECK_INT((long long) crm_periods_find(s.periods, s.n, list[7].date), 7);
	CHECK_INT((long long) crm_periods_find(s.periods, s.n, list[499].date + 1), 500);
	s.n = 0;
	s.ignored = 0;
	CHECK(!crm_series_check(s, &error));
	/* a sum beyond 128 bits is refused, not wrapped */
	list[0] = period(2020, 1, 1, 0);
	list[0].sum.hi = INT64_MAX;
	back[0] = list[0];
	s.n = 1;
	CHECK(!crm_periods_join(list, &s.n, back, 1));
}

static bool
count_looks(void *arg)
{
	return ++* (int *) arg > 100;
}

/*
 * Ten years of days whose season hardly changes: the best level is all but
 * fixed, and the valley there is narrow.  The search asks every million
 * periods, 270 runs over the series, whether to go on.
 */
static void
test_narrow(void)
{
	static double days[3650];
	static double space[5 * 365 + 2];
	static double year[365];
	CrmSmoothing s = asked(false, false);
	int			looks = 0;
	CrmPoll		poll = {count_looks, &looks};

	for (int i = 0; i < 3650; i++)
		days[i] = 100 + (i + 1) % 365 * 2 + (i + 1) * 7919 % 97;
	s.season = 365;
	s.seasonal = year;
	CHECK(crm_smoothing_fit(&s, days, 3650, space, &poll));
	CHECK(looks < 50);
	/* where a search of 80,000 runs ends, too */
	CHECK_NEAR(s.sse, 3802112.49289504, .01);
}

int
main(void)
{
	test_given();
	test_optimised();
	test_narrow();
	test_shapes();
	test_accuracy();
	test_stop();
	test_calendar();
	test_forms();
	return unit_done();
}
