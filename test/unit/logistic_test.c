/*
 * logistic_test.c
 *		Unit tests of core/logistic.
 *
 * Published fits, closed forms, and the conditions that hold at an optimum
 * whatever way it was reached (gradient zero, KKT).
 */
#include "logistic.h"

#include <stdlib.h>

#include "unit.h"

#define MAX_ROWS 512
#define MAX_COLUMNS 8

/*
 * A little data set: raw columns in, design with standardised dense columns
 * out.  Binary columns are given as such.
 */
typedef struct Data
{
	uint32_t	n;
	uint32_t	n_dense;
	uint32_t	n_binary;
	double		raw[MAX_ROWS][MAX_COLUMNS];
	double		cells[MAX_ROWS * MAX_COLUMNS];	/* a column MAX_ROWS */
	CrmDense	dense;
	uint32_t	start[MAX_ROWS + 1];
	uint16_t	hot[MAX_ROWS * MAX_COLUMNS];
	uint8_t		label[MAX_ROWS];
	uint16_t	order[MAX_COLUMNS];
	double		mean[MAX_COLUMNS];
	double		sd[MAX_COLUMNS];
	double		scale[MAX_COLUMNS];
	/* the answer */
	double		intercept;
	double		intercept_error;
	double		coefficient[MAX_COLUMNS];
	double		error[MAX_COLUMNS];
	uint8_t		aliased[MAX_COLUMNS];
	CrmLogistic fit;
	int			steps;
} Data;

static void
standardise(Data *d)
{
	uint32_t	hot = 0;
	uint32_t	p = d->n_dense + d->n_binary;

	for (uint32_t j = 0; j < p; j++)
	{
		double		sum = 0;
		double		squares = 0;

		for (uint32_t i = 0; i < d->n; i++)
			sum += d->raw[i][j];
		d->mean[j] = sum / d->n;
		for (uint32_t i = 0; i < d->n; i++)
			squares += pow(d->raw[i][j] - d->mean[j], 2);
		d->sd[j] = sqrt(squares / d->n);
		d->scale[j] = j < d->n_dense ? d->sd[j] > 0 : d->sd[j];
	}
	d->dense.cells = d->cells;
	d->dense.block_rows = MAX_ROWS;
	for (uint32_t i = 0; i < d->n; i++)
	{
		d->start[i] = hot;
		for (uint32_t j = 0; j < d->n_dense; j++)
			d->cells[j * MAX_ROWS + i] = d->sd[j] > 0 ?
				(d->raw[i][j] - d->mean[j]) / d->sd[j] : 0;
		for (uint32_t j = d->n_dense; j < p; j++)
			if (d->raw[i][j] != 0)
				d->hot[hot++] = (uint16_t) (j - d->n_dense);
	}
	d->start[d->n] = hot;
}

static void
run(Data *d, CrmLogisticOptions options)
{
	CrmDesign	design = {d->n, d->n_dense, d->n_binary, &d->dense, d->start,
	d->hot, d->label, d->order, d->scale, NULL, 0};
	size_t		size = crm_logistic_size(d->n_dense, d->n_binary);
	void	   *work = malloc(size);

	standardise(d);
	crm_logistic_init(&d->fit, &design, &options, work);
	d->steps = 1;
	while (crm_logistic_step(&d->fit))
		d->steps++;
	crm_logistic_result(&d->fit, d->mean, d->sd, &d->intercept,
						&d->intercept_error, d->coefficient, d->error,
						d->aliased);
	free(work);
}

static Data *
new_data(uint32_t n, uint32_t n_dense, uint32_t n_binary)
{
	Data	   *d = calloc(1, sizeof *d);

	d->n = n;
	d->n_dense = n_dense;
	d->n_binary = n_binary;
	for (uint16_t j = 0; j < MAX_COLUMNS; j++)
		d->order[j] = j;
	return d;
}

static const CrmLogisticOptions plain = {0, 0, 50, 1, 1};

/*
 * R's glm(am ~ wt, binomial, mtcars): 12.040 (4.510), -4.024 (1.436), residual
 * deviance 19.176.
 */
static void
test_mtcars(void)
{
	static const double wt[32] = {
		2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440,
		3.440, 4.070, 3.730, 3.780, 5.250, 5.424, 5.345, 2.200, 1.615, 1.835,
		2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513, 3.170, 2.770,
		3.570, 2.780
	};
	static const uint8_t am[32] = {
		1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0,
		1, 1, 1, 1, 1, 1, 1
	};
	Data	   *d = new_data(32, 1, 0);

	for (int i = 0; i < 32; i++)
	{
		d->raw[i][0] = wt[i];
		d->label[i] = am[i];
	}
	run(d, plain);
	CHECK_NEAR(d->intercept, 12.040, 0.0005);
	CHECK_NEAR(d->intercept_error, 4.510, 0.0005);
	CHECK_NEAR(d->coefficient[0], -4.024, 0.0005);
	/* R takes weights of the iteration before its last */
	CHECK_NEAR(d->error[0], 1.436, 0.001);
	CHECK_NEAR(-2 * d->fit.log_likelihood, 19.176, 0.0005);
	CHECK(d->fit.converged && !d->fit.separated && d->fit.has_errors);
	free(d);
}

/*
 * Thermal distress of the O-rings by temperature, 23 flights before
 * Challenger (Dalal, Fowlkes, Hoadley 1989): 15.0429 (7.3786),
 * -0.2322 (0.1082), residual deviance 20.315.
 */
static void
test_challenger(void)
{
	static const double temperature[23] = {
		66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81,
		76, 79, 75, 76, 58
	};
	static const uint8_t distress[23] = {
		0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1
	};
	Data	   *d = new_data(23, 1, 0);

	for (int i = 0; i < 23; i++)
	{
		d->raw[i][0] = temperature[i];
		d->label[i] = distress[i];
	}
	run(d, plain);
	CHECK_NEAR(d->intercept, 15.0429, 0.00005);
	CHECK_NEAR(d->intercept_error, 7.3786, 0.00005);
	CHECK_NEAR(d->coefficient[0], -0.2322, 0.00005);
	CHECK_NEAR(d->error[0], 0.1082, 0.00005);
	CHECK_NEAR(-2 * d->fit.log_likelihood, 20.315, 0.0005);
	free(d);
}

/* Rows of a 2 x 2 table with these counts. */
static Data *
table(int a, int b, int c, int e, bool binary)
{
	Data	   *d = new_data((uint32_t) (a + b + c + e), !binary, binary);

	for (int i = 0; i < a + b + c + e; i++)
	{
		d->raw[i][0] = i >= a + b;
		d->label[i] = i < a || (i >= a + b && i < a + b + c);
	}
	return d;
}

/* One binary column: log odds, and sqrt of the sum of reciprocal counts. */
static void
test_table(void)
{
	for (int binary = 0; binary < 2; binary++)
	{
		Data	   *d = table(10, 30, 25, 15, binary);

		run(d, plain);
		CHECK_NEAR(d->intercept, log(10.0 / 30), 1e-9);
		CHECK_NEAR(d->coefficient[0], log(25.0 / 15) - log(10.0 / 30), 1e-9);
		CHECK_NEAR(d->intercept_error, sqrt(1 / 10.0 + 1 / 30.0), 1e-7);
		CHECK_NEAR(d->error[0], sqrt(1 / 10.0 + 1 / 30.0 + 1 / 25.0 + 1 / 15.0), 1e-7);
		CHECK_NEAR(d->fit.log_likelihood,
				   10 * log(.25) + 30 * log(.75) + 25 * log(.625) + 15 * log(.375),
				   1e-9);
		free(d);
	}
}

/* A generator for tests: 64-bit LCG of Knuth's MMIX. */
static double
uniform(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (double) (*state >> 11) / 9007199254740992.0;
}

/* Three dense columns of unlike scale and three binary ones. */
static Data *
random_data(uint64_t seed)
{
	Data	   *d = new_data(400, 3, 3);

	for (uint32_t i = 0; i < d->n; i++)
	{
		double		eta;

		d->raw[i][0] = uniform(&seed);
		d->raw[i][1] = 1000 * uniform(&seed) + 500 * d->raw[i][0];
		d->raw[i][2] = 20 + 0.01 * uniform(&seed);
		for (int j = 3; j < 5; j++)
			d->raw[i][j] = uniform(&seed) < 0.3;
		d->raw[i][5] = uniform(&seed) < 0.05;
		eta = -1 + 2 * d->raw[i][0] - 0.001 * d->raw[i][1] + d->raw[i][3];
		d->label[i] = uniform(&seed) < 1 / (1 + exp(-eta));
	}
	return d;
}

/*
 * Derivative of the weighted mean log-loss by each standardised coefficient
 * (index 0: the intercept), computed from the answer on the original scale.
 */
static void
gradient(const Data *d, const double *weight, double shift, double *g)
{
	uint32_t	p = d->n_dense + d->n_binary;
	double		total = 0;

	memset(g, 0, (p + 1) * sizeof(double));
	for (uint32_t i = 0; i < d->n; i++)
	{
		double		eta = d->intercept + shift;
		double		r;

		for (uint32_t j = 0; j < p; j++)
			eta += d->coefficient[j] * d->raw[i][j];
		r = weight[d->label[i]] * (1 / (1 + exp(-eta)) - d->label[i]);
		total += weight[d->label[i]];
		g[0] += r;
		for (uint32_t j = 0; j < p; j++)
			if (d->sd[j] > 0)
				g[j + 1] += r * (d->raw[i][j] - d->mean[j]) / d->sd[j];
	}
	for (uint32_t j = 0; j <= p; j++)
		g[j] /= total;
}

static void
test_gradient(void)
{
	static const double one[2] = {1, 1};
	Data	   *d = random_data(1);
	double		g[MAX_COLUMNS + 1];

	run(d, plain);
	gradient(d, one, 0, g);
	for (int j = 0; j <= 6; j++)
		CHECK_NEAR(g[j], 0, 1e-9);
	free(d);
}

static void
test_ridge(void)
{
	static const double one[2] = {1, 1};
	Data	   *d = random_data(2);
	double		g[MAX_COLUMNS + 1];
	CrmLogisticOptions o = plain;

	o.lambda = 0.1;
	run(d, o);
	CHECK(d->fit.converged && !d->fit.has_errors);
	gradient(d, one, 0, g);
	CHECK_NEAR(g[0], 0, 1e-9);
	for (int j = 0; j < 6; j++)
	{
		CHECK_NEAR(g[j + 1] + o.lambda * d->coefficient[j] * d->sd[j], 0, 1e-9);
		CHECK(d->coefficient[j] != 0);
	}
	free(d);
}

/* Karush-Kuhn-Tucker conditions of the elastic net. */
static void
check_kkt(const Data *d, CrmLogisticOptions o, int *zeros)
{
	static const double one[2] = {1, 1};
	double		g[MAX_COLUMNS + 1];

	gradient(d, one, 0, g);
	CHECK_NEAR(g[0], 0, 1e-8);
	*zeros = 0;
	for (int j = 0; j < 6; j++)
	{
		double		b = d->coefficient[j] * d->sd[j];
		double		l1 = o.lambda * o.alpha;

		if (b == 0)
		{
			++*zeros;
			CHECK(fabs(g[j + 1]) <= l1 + 1e-8);
		}
		else
			CHECK_NEAR(g[j + 1] + o.lambda * (1 - o.alpha) * b +
					   (b > 0 ? l1 : -l1), 0, 1e-8);
	}
}

static void
test_elastic_net(void)
{
	CrmLogisticOptions o = plain;
	int			zeros;
	int			few = 0;

	for (uint64_t seed = 1; seed <= 5; seed++)
		for (int step = 0; step < 3; step++)
		{
			Data	   *d = random_data(seed);

			o.lambda = 0.005 * (1 + 4 * step);
			o.alpha = 0.5 + 0.25 * step;
			run(d, o);
			CHECK(d->fit.converged);
			check_kkt(d, o, &zeros);
			few += zeros;
			free(d);
		}
	CHECK(few > 10 && few < 80);

	/* a penalty above every gradient leaves the base rate */
	Data	   *d = random_data(1);
	double		n1 = 0;

	o.lambda = 10;
	o.alpha = 1;
	run(d, o);
	for (uint32_t i = 0; i < d->n; i++)
		n1 += d->label[i];
	CHECK_NEAR(d->intercept, log(n1 / (d->n - n1)), 1e-9);
	for (int j = 0; j < 6; j++)
		CHECK(d->coefficient[j] == 0);
	free(d);
}

/* Of dependent columns the last in order is dropped, the others fit as if it
 * were not there. */
static void
test_aliasing(void)
{
	Data	   *d = random_data(3);
	Data	   *without = random_data(3);

	for (uint32_t i = 0; i < d->n; i++)
		d->raw[i][2] = 3 * d->raw[i][0] - 0.01 * d->raw[i][1] + 7;
	run(d, plain);
	CHECK(!d->aliased[0] && !d->aliased[1] && d->aliased[2]);
	CHECK(d->coefficient[2] == 0 && d->error[2] == 0);
	for (uint32_t i = 0; i < d->n; i++)
		without->raw[i][2] = 0;
	run(without, plain);
	CHECK(without->aliased[2]);
	CHECK_NEAR(d->coefficient[0], without->coefficient[0], 1e-9);
	CHECK_NEAR(d->error[0], without->error[0], 1e-7);

	/* the order decides, not the numbering */
	d->order[0] = 2;
	d->order[2] = 0;
	run(d, plain);
	CHECK(d->aliased[0] && !d->aliased[1] && !d->aliased[2]);
	CHECK_NEAR(d->fit.log_likelihood, without->fit.log_likelihood, 1e-8);
	free(d);
	free(without);
}

/* Dependent but for a share of 1e-14 of the variance is dependent, of 1e-8 not. */
static void
test_nearly_aliased(void)
{
	for (int near = 0; near < 2; near++)
	{
		Data	   *d = random_data(3);
		uint64_t	seed = 9;

		for (uint32_t i = 0; i < d->n; i++)
			d->raw[i][2] = d->raw[i][0] +
				(near ? 1e-7 : 1e-4) * uniform(&seed);
		run(d, plain);
		CHECK(!d->aliased[0] && d->aliased[2] == near);
		CHECK(d->fit.converged && !d->fit.separated);
		free(d);
	}
}

/* A coefficient that is hardly determined is not separation. */
static void
test_ill_determined(void)
{
	int			separated = 0;
	int			converged = 0;

	for (uint64_t seed = 1; seed <= 100; seed++)
	{
		Data	   *d = random_data(seed);
		uint64_t	noise = seed;

		for (uint32_t i = 0; i < d->n; i++)
			d->raw[i][2] = d->raw[i][0] + 1e-4 * uniform(&noise);
		run(d, plain);
		separated += d->fit.separated;
		converged += d->fit.converged && d->fit.has_errors;
		free(d);
	}
	CHECK_INT(separated, 0);
	CHECK_INT(converged, 100);
}

/* Indicators of all levels: the last depends on the intercept. */
static void
test_dummy_trap(void)
{
	Data	   *d = random_data(4);

	for (uint32_t i = 0; i < d->n; i++)
	{
		d->raw[i][3] = i % 3 == 0;
		d->raw[i][4] = i % 3 == 1;
		d->raw[i][5] = i % 3 == 2;
	}
	run(d, plain);
	CHECK(!d->aliased[3] && !d->aliased[4] && d->aliased[5]);
	CHECK(d->fit.converged);
	free(d);
}

static void
test_separation(void)
{
	Data	   *d = new_data(40, 1, 0);
	Data	   *quasi = table(12, 28, 40, 0, true);

	for (int i = 0; i < 40; i++)
	{
		d->raw[i][0] = i;
		d->label[i] = i >= 20;
	}
	run(d, plain);
	CHECK(d->fit.separated && d->fit.converged && !d->fit.has_errors);
	CHECK(isfinite(d->coefficient[0]) && d->coefficient[0] > 0);
	CHECK(d->error[0] == 0 && d->intercept_error == 0);
	CHECK(d->fit.lambda == CRM_LOGISTIC_SEPARATION_LAMBDA);

	/* one category always wins */
	run(quasi, plain);
	CHECK(quasi->fit.separated && quasi->fit.converged);
	CHECK(isfinite(quasi->coefficient[0]) && quasi->coefficient[0] > 2);
	free(d);
	free(quasi);

	/* a rare category that nearly always wins is not separated */
	d = table(150, 250, 39, 1, true);
	run(d, plain);
	CHECK(!d->fit.separated && d->fit.has_errors);
	CHECK_NEAR(d->coefficient[0], log(39.0) - log(150.0 / 250), 1e-8);
	free(d);
}

/* Weights change the slopes' optimum; the intercept returns to the base. */
static void
test_class_weight(void)
{
	Data	   *d = random_data(5);
	CrmLogisticOptions o = plain;
	double		weight[2] = {0.5, 3};
	double		g[MAX_COLUMNS + 1];
	double		log_likelihood = 0;

	o.weight_false = weight[0];
	o.weight_true = weight[1];
	run(d, o);
	gradient(d, weight, log(weight[1] / weight[0]), g);
	for (int j = 0; j <= 6; j++)
		CHECK_NEAR(g[j], 0, 1e-9);
	CHECK(!d->fit.has_errors);
	for (uint32_t i = 0; i < d->n; i++)
	{
		double		eta = d->intercept;

		for (int j = 0; j < 6; j++)
			eta += d->coefficient[j] * d->raw[i][j];
		log_likelihood -= log1p(exp(d->label[i] ? -eta : eta));
	}
	CHECK_NEAR(d->fit.log_likelihood, log_likelihood, 1e-8);
	free(d);
}

static void
solve(CrmLogistic *fit, const CrmDesign *design, double lambda, double alpha,
	  void *work)
{
	CrmLogisticOptions options = {lambda, alpha, 100, 1, 1};

	crm_logistic_init(fit, design, &options, work);
	while (crm_logistic_step(fit))
		;
}

static double
farthest(const CrmLogistic *a, const CrmLogistic *b)
{
	double		d = 0;

	for (uint32_t j = 0; j < a->n_columns; j++)
		d = fmax(d, fabs(a->beta[j] - b->beta[j]));
	return d;
}

/* The rows of a design without one fold, as a design. */
static CrmDesign
without_fold(const CrmDesign *from, Data *to)
{
	CrmDesign	d = *from;
	uint32_t	hot = 0;

	d.n_rows = 0;
	for (uint32_t i = 0; i < from->n_rows; i++)
	{
		if (from->folds[i] == from->held)
			continue;
		for (uint32_t j = 0; j < d.n_dense; j++)
			to->cells[j * MAX_ROWS + d.n_rows] =
				from->dense->cells[j * MAX_ROWS + i];
		to->start[d.n_rows] = hot;
		for (uint32_t k = from->hot_start[i]; k < from->hot_start[i + 1]; k++)
			to->hot[hot++] = from->hot[k];
		to->label[d.n_rows++] = from->label[i];
	}
	to->start[d.n_rows] = hot;
	to->dense.cells = to->cells;
	to->dense.block_rows = MAX_ROWS;
	d.dense = &to->dense;
	d.hot_start = to->start;
	d.hot = to->hot;
	d.label = to->label;
	d.folds = NULL;
	return d;
}

#define LITTLE_ROWS 12

/* The columns of a Data, a few rows at hand. */
typedef struct Blocks
{
	CrmDense	dense;
	const Data *from;
	double		cells[LITTLE_ROWS * MAX_COLUMNS];
	int			fetched;
} Blocks;

static void
fetch(CrmDense *dense, uint32_t block)
{
	Blocks	   *b = (Blocks *) dense;

	dense->cells = b->cells;
	dense->first = block * LITTLE_ROWS;
	b->fetched++;
	for (uint32_t j = 0; j < b->from->n_dense; j++)
		for (uint32_t i = 0; i < LITTLE_ROWS; i++)
			b->cells[j * LITTLE_ROWS + i] = dense->first + i < b->from->n ?
				b->from->cells[j * MAX_ROWS + dense->first + i] : NAN;
}

/* Rows by blocks, the last of them with a row of four: the same bits. */
static void
test_blocks(void)
{
	Data	   *d = new_data(301, 3, 1);
	Blocks		b = {{NULL, 301, LITTLE_ROWS, fetch}, d, {0}, 0};
	CrmDesign	design = {d->n, d->n_dense, d->n_binary, &b.dense, d->start,
	d->hot, d->label, d->order, d->scale, NULL, 0};
	void	   *work[2] = {malloc(crm_logistic_size(3, 1)),
	malloc(crm_logistic_size(3, 1))};
	double		sums[2][4] = {{0}, {0}};

	for (uint32_t i = 0; i < d->n; i++)
	{
		for (uint32_t j = 0; j < 3; j++)
			d->raw[i][j] = sqrt(i * (37 + 16 * j) % 101);
		d->raw[i][3] = i % 5 < 2;
		d->label[i] = i * 7919 % 113 + 9 * d->raw[i][0] > 115;
	}
	standardise(d);
	for (int alpha = 0; alpha < 2; alpha++)
	{
		CrmLogisticOptions options = {0.01 * alpha, alpha, 100, 1 + alpha, 1};
		CrmLogistic fit;

		design.dense = &b.dense;
		b.fetched = 0;
		crm_logistic_init(&fit, &design, &options, work[0]);
		while (crm_logistic_step(&fit))
			;
		/* once a pass and block, of which there are 26 */
		CHECK(b.fetched % 26 == 0 && b.fetched / 26 >= (int) fit.iteration);
		CHECK(b.fetched / 26 <= (int) fit.iteration + 3);
		design.dense = &d->dense;
		crm_logistic_init(&d->fit, &design, &options, work[1]);
		while (crm_logistic_step(&d->fit))
			;
		CHECK(fit.converged && fit.iteration == d->fit.iteration);
		CHECK(memcmp(fit.beta, d->fit.beta, 5 * sizeof(double)) == 0);
		CHECK(fit.log_likelihood == d->fit.log_likelihood);
		CHECK(crm_logistic_held_loss(&fit, 0, 301) ==
			  crm_logistic_held_loss(&d->fit, 0, 301));
	}
	crm_logistic_add_correlation(&design, 0, 301, 0.5, sums[0]);
	design.dense = &b.dense;
	crm_logistic_add_correlation(&design, 0, 301, 0.5, sums[1]);
	CHECK(memcmp(sums[0], sums[1], sizeof sums[0]) == 0);
	free(work[0]);
	free(work[1]);
	free(d);
}

/* Wide rows: a step of the pass is eight of them, some 9 million products. */
static void
test_wide_steps(void)
{
	enum
	{
		ROWS = 40, COLUMNS = 1500
	};
	double	   *cells = calloc(ROWS * COLUMNS, sizeof *cells);
	CrmDense	dense = {cells, 0, ROWS, NULL};
	uint32_t	start[ROWS + 1] = {0};
	uint8_t		label[ROWS];
	uint16_t   *order = malloc(COLUMNS * sizeof *order);
	double	   *scale = malloc(COLUMNS * sizeof *scale);
	CrmDesign	design = {ROWS, COLUMNS, 0, &dense, start, NULL, label, order,
	scale, NULL, 0};
	CrmLogisticOptions options = {0.1, 0, 100, 1, 1};
	void	   *work = malloc(crm_logistic_size(COLUMNS, 0));
	CrmLogistic fit;
	uint32_t	last = 0;
	int			steps = 0;

	for (uint32_t i = 0; i < ROWS; i++)
		label[i] = i % 2;
	for (uint32_t j = 0; j < COLUMNS; j++)
	{
		order[j] = (uint16_t) j;
		scale[j] = 1;
		for (uint32_t i = 0; i < ROWS; i++)
			cells[j * ROWS + i] = (i * 7 + j * 11) % 13 / 6.0 - 1;
	}
	crm_logistic_init(&fit, &design, &options, work);
	while (crm_logistic_step(&fit) && fit.phase <= CRM_LOGISTIC_PASS)
	{
		CHECK(fit.phase == CRM_LOGISTIC_CLEAR || fit.at - last <= 8);
		last = fit.phase == CRM_LOGISTIC_PASS ? fit.at : 0;
		steps += fit.phase == CRM_LOGISTIC_PASS;
	}
	CHECK(steps == ROWS / 8);
	free(work);
	free(scale);
	free(order);
	free(cells);
}

/*
 * A held fold is as if it were not there; a path ends where its lambda does;
 * the largest lambda is the least that leaves nothing.
 */
static void
test_path(void)
{
	Data	   *d = new_data(200, 2, 2);
	Data	   *less = new_data(200, 2, 2);
	CrmDesign	design = {d->n, d->n_dense, d->n_binary, &d->dense, d->start,
	d->hot, d->label, d->order, d->scale, NULL, 0};
	CrmDesign	part;
	uint8_t		folds[200];
	double		sums[4] = {0};
	size_t		size = crm_logistic_size(2, 2);
	void	   *work[2] = {malloc(size), malloc(size)};
	CrmLogistic a;
	CrmLogistic b;
	double		mean = 0;
	double		loss = 0;
	double		largest;

	for (uint32_t i = 0; i < d->n; i++)
	{
		d->raw[i][0] = i * 37 % 101;
		d->raw[i][1] = i * 53 % 97;
		d->raw[i][2] = i * 29 % 7 < 3;
		d->raw[i][3] = i * 31 % 11 < 4;
		d->label[i] = i * 7919 % 113 + d->raw[i][0] > 105;
		mean += d->label[i] / 200.0;
		folds[i] = i * 17 % 23 % 3;
	}
	standardise(d);
	design.folds = folds;
	design.held = 1;
	part = without_fold(&design, less);
	for (int k = 0; k < 3; k++)
	{
		double		alpha = k / 2.0;

		solve(&a, &design, 0.02, alpha, work[0]);
		solve(&b, &part, 0.02, alpha, work[1]);
		CHECK(a.converged && b.converged);
		CHECK_NEAR(farthest(&a, &b), 0, 1e-9);
		CHECK_NEAR(a.log_likelihood, b.log_likelihood, 1e-7);
		solve(&b, &part, 0.2, alpha, work[1]);
		crm_logistic_continue(&b, 0.02);
		while (crm_logistic_step(&b))
			;
		CHECK(b.converged);
		CHECK_NEAR(farthest(&a, &b), 0, 1e-9);
	}
	/* all rows' loss is that of the fold and of the others */
	design.folds = NULL;
	solve(&b, &design, 0.02, 1, work[1]);
	solve(&a, &design, 0.02, 1, work[0]);
	a.design.folds = folds;
	for (int k = 0; k < 3; k++)
	{
		a.design.held = (uint8_t) k;
		loss += crm_logistic_held_loss(&a, 0, 120) +
			crm_logistic_held_loss(&a, 120, 200);
	}
	CHECK_NEAR(loss, -b.log_likelihood, 1e-6);
	crm_logistic_add_correlation(&design, 0, 150, mean, sums);
	crm_logistic_add_correlation(&design, 150, 200, mean, sums);
	largest = crm_logistic_largest_lambda(&design, 0.5, sums);
	solve(&a, &design, largest * 1.0001, 0.5, work[0]);
	CHECK(a.beta[1] == 0 && a.beta[2] == 0 && a.beta[3] == 0 && a.beta[4] == 0);
	solve(&a, &design, largest * 0.999, 0.5, work[0]);
	CHECK(a.beta[1] != 0 && a.beta[2] == 0);
	free(work[0]);
	free(work[1]);
	free(d);
	free(less);
}

static void
test_limits(void)
{
	Data	   *d = random_data(6);
	CrmLogisticOptions o = plain;

	CHECK(crm_logistic_size(CRM_LOGISTIC_MAX_COLUMNS, 0) > 0);
	CHECK(crm_logistic_size(CRM_LOGISTIC_MAX_COLUMNS, 1) == 0);
	CHECK(crm_logistic_size(UINT32_MAX, UINT32_MAX) == 0);
	o.max_iter = 1;
	run(d, o);
	CHECK(!d->fit.converged && !d->fit.separated && !d->fit.has_errors);
	CHECK(isfinite(d->intercept));
	free(d);

	/* no columns: the base rate */
	d = table(10, 30, 25, 15, true);
	d->n_binary = 0;
	run(d, plain);
	CHECK_NEAR(d->intercept, log(35.0 / 45), 1e-12);
	free(d);
}

int
main(void)
{
	test_mtcars();
	test_challenger();
	test_table();
	test_gradient();
	test_ridge();
	test_elastic_net();
	test_aliasing();
	test_nearly_aliased();
	test_ill_determined();
	test_dummy_trap();
	test_separation();
	test_class_weight();
	test_path();
	test_blocks();
	test_wide_steps();
	test_limits();
	return unit_done();
}
