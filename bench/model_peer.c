/* XGBoost for bench/model through its C library (Debian package
 * libxgboost-dev), with one thread: trains and predicts once, and prints
 * "name value" lines; times are CPU seconds of this process.
 *
 *   model_peer DEALS HELD BIG SCORES
 *
 * DEALS and HELD are tables as COPY writes them, the label first. BIG is the
 * model of 500 trees, made of the first fifth of the deals and kept there.
 * SCORES takes the deals' scores by the model of 100, to be copied back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xgboost/c_api.h>

enum
{
	COLUMNS = 20,
	SMALL = 100,
	LARGE = 500
};

typedef struct Rows
{
	bst_ulong	n;
	float	   *labels;
	float	   *cells;
} Rows;

static void
fail(const char *text)
{
	fprintf(stderr, "%s\n", text);
	exit(1);
}

static void
check(int result)
{
	if (result != 0)
		fail(XGBGetLastError());
}

static void *
grown(void *old, size_t size)
{
	void	   *new = realloc(old, size);

	if (new == NULL)
		fail("out of memory");
	return new;
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
read_line(char *line, float *label, float *cells)
{
	char	   *field = strtok(line, "\t\n");

	*label = field != NULL && *field == 't';
	for (int i = 0; i < COLUMNS; i++)
	{
		field = strtok(NULL, "\t\n");
		if (field == NULL)
			fail("a row with fewer columns than expected");
		cells[i] = *field == '\\' ? NAN : strtof(field, NULL);
	}
}

static Rows
read_rows(const char *path)
{
	FILE	   *file = fopen(path, "r");
	Rows		rows = {0, NULL, NULL};
	size_t		room = 0;
	char		line[4096];

	if (file == NULL)
		fail(path);
	while (fgets(line, sizeof line, file) != NULL)
	{
		if (rows.n == room)
		{
			room = room * 2 + 1024;
			rows.labels = grown(rows.labels, room * sizeof(float));
			rows.cells = grown(rows.cells, room * COLUMNS * sizeof(float));
		}
		read_line(line, &rows.labels[rows.n], &rows.cells[rows.n * COLUMNS]);
		rows.n++;
	}
	fclose(file);
	return rows;
}

static DMatrixHandle
matrix(const Rows *rows, bst_ulong n)
{
	DMatrixHandle result;

	check(XGDMatrixCreateFromMat(rows->cells, n, COLUMNS, NAN, &result));
	check(XGDMatrixSetFloatInfo(result, "label", rows->labels, n));
	return result;
}

static BoosterHandle
booster(DMatrixHandle data)
{
	static const char *const settings[][2] = {
		{"nthread", "1"}, {"tree_method", "hist"}, {"max_depth", "6"},
		{"eta", "0.1"}, {"objective", "binary:logistic"}
	};
	BoosterHandle result;

	check(XGBoosterCreate(&data, data != NULL, &result));
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		check(XGBoosterSetParam(result, settings[i][0], settings[i][1]));
	return result;
}

static BoosterHandle
train(const Rows *rows, bst_ulong n, int trees)
{
	DMatrixHandle data = matrix(rows, n);
	BoosterHandle result = booster(data);

	for (int i = 0; i < trees; i++)
		check(XGBoosterUpdateOneIter(result, i, data));
	check(XGDMatrixFree(data));
	return result;
}

/* from the cells as they are: the form that keeps no predictions */
static const float *
predict_cells(BoosterHandle model, const Rows *rows)
{
	static const char config[] =
	"{\"type\": 0, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0,"
	" \"strict_shape\": false, \"cache_id\": 0, \"missing\": NaN}";
	char		values[200];
	const bst_ulong *shape;
	bst_ulong	dimensions;
	const float *result;

	snprintf(values, sizeof values,
			 "{\"data\": [%llu, true], \"shape\": [%llu, %d], \"typestr\": \"<f4\", \"version\": 3}",
			 (unsigned long long) (size_t) rows->cells, (unsigned long long) rows->n, COLUMNS);
	check(XGBoosterPredictFromDense(model, values, config, NULL, &shape, &dimensions, &result));
	return result;
}

/* The faster of XGBoost's two ways; making the matrix of one is not counted. */
static double
time_of_prediction(BoosterHandle model, const Rows *rows)
{
	DMatrixHandle data;
	bst_ulong	n;
	const float *scores;
	double		start,
				cells,
				matrices;

	start = cpu();
	predict_cells(model, rows);
	cells = cpu() - start;
	data = matrix(rows, rows->n);
	start = cpu();
	check(XGBoosterPredict(model, data, 0, 0, 0, &n, &scores));
	matrices = cpu() - start;
	check(XGDMatrixFree(data));
	return fmin(cells, matrices);
}

static double
log_loss(BoosterHandle model, const Rows *rows)
{
	const float *scores = predict_cells(model, rows);
	double		sum = 0;

	for (bst_ulong i = 0; i < rows->n; i++)
		sum -= log(rows->labels[i] > 0 ? scores[i] : 1.0 - scores[i]);
	return sum / rows->n;
}

static bst_ulong
nodes(BoosterHandle model)
{
	bst_ulong	trees,
				result = 0;
	const char **texts;

	check(XGBoosterDumpModel(model, "", 0, &trees, &texts));
	for (bst_ulong i = 0; i < trees; i++)
		for (const char *at = texts[i]; (at = strchr(at, '\n')) != NULL; at++)
			result++;
	return result;
}

/* Row numbers and scores, as COPY reads them. */
static void
write_scores(BoosterHandle model, const Rows *rows, const char *path)
{
	FILE	   *file = fopen(path, "w");
	const float *scores = predict_cells(model, rows);

	if (file == NULL)
		fail(path);
	for (bst_ulong i = 0; i < rows->n; i++)
		fprintf(file, "%llu\t%.9g\n", (unsigned long long) i + 1, scores[i]);
	if (fclose(file) != 0)
		fail(path);
}

int
main(int argc, char **argv)
{
	Rows		deals,
				held;
	BoosterHandle small,
				large;
	double		start;

	if (argc != 5)
		fail("usage: model_peer DEALS HELD BIG SCORES");
	start = cpu();
	deals = read_rows(argv[1]);
	printf("read %.6f\n", cpu() - start);
	held = read_rows(argv[2]);
	start = cpu();
	small = train(&deals, deals.n, SMALL);
	printf("train %.6f\n", cpu() - start);
	printf("loss %.6f\n", log_loss(small, &held));
	start = cpu();
	write_scores(small, &deals, argv[4]);
	printf("write %.6f\n", cpu() - start);
	if (access(argv[3], R_OK) == 0)
	{
		large = booster(NULL);
		check(XGBoosterLoadModel(large, argv[3]));
	}
	else
	{
		large = train(&deals, deals.n / 5, LARGE);
		check(XGBoosterSaveModel(large, argv[3]));
	}
	printf("small %.6f\n", time_of_prediction(small, &deals));
	printf("large %.6f\n", time_of_prediction(large, &deals));
	printf("small_nodes %llu\n", (unsigned long long) nodes(small));
	printf("large_nodes %llu\n", (unsigned long long) nodes(large));
	return 0;
}
