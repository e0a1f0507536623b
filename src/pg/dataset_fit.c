/*
 * dataset_fit.c
 *		From the rows of a dataset to a model.
 *
 * Rows are taken in canonical order, so that the order of arrival leaves no
 * trace.  Each column is described (mean, levels, ...) and kept in the form
 * that the algorithm needs, then core fits.  The work space is a child context of
 * the dataset's and counts against the same limit.
 */
#include "compat.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "dataset_fit.h"
#include "progress.h"

/*
 * Rows that quantiles are taken from, evenly spaced in canonical order: equal
 * rows are neighbours there, so the first ones alone could be all alike.
 */
#define QUANTILE_ROWS 10000
#define QUANTILES 9

/* A text column with more labels than this share of its values is a key. */
#define NEARLY_UNIQUE 0.9
#define NEARLY_UNIQUE_LABELS 10

/* More labels than this share look like e-mail addresses: so is the column. */
#define MOSTLY_MAIL 0.5

#define NAMED_IN_WARNING 20

/* Below it a coefficient on the original scale could overflow. */
#define LEAST_SD 1e-150

static void
check_size(Fit *fit, Size n, Size width)
{
	if (width > 0 && n > MaxAllocSize / width)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("training data is too large"),
				 errdetail("%u rows of %u features were given.", fit->n,
						   fit->model.n_features),
				 errhint("Train on fewer rows or columns.")));
	crm_dataset_reserve(fit->ds, n * width);
}

void	   *
crm_fit_alloc(Fit *fit, Size n, Size width)
{
	check_size(fit, n, width);
	return palloc0(n * width + 1);
}

void	   *
crm_fit_room(Fit *fit, Size n, Size width)
{
	check_size(fit, n, width);
	return palloc(n * width + 1);
}

void
crm_fit_warn(Fit *fit, const char *format,...)
{
	StringInfoData text;
	int			needed;
	CrmString  *w = &fit->warnings[fit->model.n_warnings];

	initStringInfo(&text);
	for (;;)
	{
		va_list		args;

		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	if (fit->model.n_warnings == CRM_MODEL_MAX_WARNINGS)
		return;
	w->bytes = text.data;

	w->length = (uint32) pg_mbcliplen(text.data, text.len,
									  CRM_MODEL_MAX_WARNING_BYTES);
	fit->model.n_warnings++;
}

static void
find_as_of(Fit *fit)
{
	CrmCells   *cells = &fit->ds->cells;
	bool		found = false;

	for (int k = 0; k < fit->ds->n_columns; k++)
	{
		const Column *c = &fit->ds->columns[k];

		if (c->kind != CRM_TIME)
			continue;
		fit->model.has_as_of = true;
		for (uint32 block = 0; block < crm_cells_blocks(cells); block++)
		{
			const CrmCell *run = crm_cells_run(cells, block, k);
			const uint32 *place = fit->place + block * cells->block_rows;
			uint32		n = crm_cells_block_rows(cells, block);

			CHECK_FOR_INTERRUPTS();
			for (uint32 i = 0; i < n; i++)
			{
				int64		t = run[i].time;

				if (place[i] == NO_PLACE || t == TIME_MISSING ||
					(found && t <= fit->model.as_of))
					continue;
				fit->model.as_of = t;
				found = true;
			}
		}
	}
}

static void
gather_numbers(const CrmCell *run, const uint32 *place, uint32 n,
			   double *values)
{
	for (uint32 i = 0; i < n; i++)
		if (place[i] != NO_PLACE)
			values[place[i]] = run[i].number;
}

static void
gather_times(const Column *c, const CrmCell *run, const uint32 *place,
			 uint32 n, int64 as_of, double *values)
{
	for (uint32 i = 0; i < n; i++)
		if (place[i] != NO_PLACE)
			values[place[i]] = cell_number(c, run[i], as_of);
}

static void
gather_codes(const CrmCell *run, const uint32 *place, uint32 n, int32 *codes)
{
	for (uint32 i = 0; i < n; i++)
		if (place[i] != NO_PLACE)
			codes[place[i]] = (int32) run[i].code;
}

void
crm_fit_gather(Fit *fit, const Column *c)
{
	CrmCells   *cells = &fit->ds->cells;
	int			k = (int) (c - fit->ds->columns);

	for (uint32 block = 0; block < crm_cells_blocks(cells); block++)
	{
		const CrmCell *run = crm_cells_run(cells, block, k);
		const uint32 *place = fit->place + block * cells->block_rows;
		uint32		n = crm_cells_block_rows(cells, block);

		CHECK_FOR_INTERRUPTS();
		if (c->kind == CRM_NUMERIC)
			gather_numbers(run, place, n, fit->values);
		else if (c->kind == CRM_TIME)
			gather_times(c, run, place, n, fit->model.as_of, fit->values);
		else
			gather_codes(run, place, n, fit->codes);
	}
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

static void
find_quantiles(Fit *fit, CrmFeature *f)
{
	double	   *sample = palloc(QUANTILE_ROWS * sizeof *sample);
	double	   *quantiles = palloc(QUANTILES * sizeof *quantiles);
	uint32		rows = Min(fit->n, QUANTILE_ROWS);
	uint32		m = 0;

	for (uint32 i = 0; i < rows; i++)
	{
		double		v = fit->values[(uint64) i * fit->n / rows];

		if (!isnan(v))
			sample[m++] = v;
	}
	qsort(sample, m, sizeof *sample, compare_doubles);
	f->n_quantiles = m > 0 ? QUANTILES : 0;
	f->quantiles = quantiles;
	for (uint32 k = 0; k < f->n_quantiles; k++)
		quantiles[k] = sample[(k + 1) * m / (QUANTILES + 1)];
	pfree(sample);
}

/*
 * Scale of column j of the design: missing values will stand at the mean,
 * which lowers the standard deviation.
 */
static void
scale_dense(Fit *fit, const CrmFeature *f, uint32 j)
{
	double		n = fit->n;
	double		sd = f->sd * sqrt((n - (double) f->missing) / n);

	fit->mean[j] = f->mean;
	fit->sd[j] = sd < LEAST_SD ? 0 : sd;
}

/* Two passes: the mean, then the squares about it. */
static void
describe_number(Fit *fit, CrmFeature *f, const FitFeature *part)
{
	const double *values = fit->values;
	uint32		present = 0;
	double		sum = 0;
	double		squares = 0;

	for (uint32 i = 0; i < fit->n; i++)
		present += !isnan(values[i]);

	f->missing = fit->n - present;
	if (present == 0)
		return;
	f->min = INFINITY;
	f->max = -INFINITY;
	for (uint32 i = 0; i < fit->n; i++)
	{
		double		v = values[i];

		CHECK_ROW(i);
		if (isnan(v))
			continue;
		f->min = v < f->min ? v : f->min;
		f->max = v > f->max ? v : f->max;
		sum += v;
	}
	f->mean = f->min == f->max ? f->min : sum / present;
	for (uint32 i = 0; i < fit->n && f->min < f->max; i++)
	{
		CHECK_ROW(i);
		if (!isnan(values[i]))
			squares += (values[i] - f->mean) * (values[i] - f->mean);
	}
	f->sd = sqrt(squares / present);
	if (!isfinite(f->sd) || !isfinite(f->mean))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("values of column \"%.*s\" are too large",
						(int) f->name.length, f->name.bytes),
				 errhint("Scale the column down, or take its logarithm.")));
	find_quantiles(fit, f);
	if (fit->tree == NULL && fit->counts == NULL)
		scale_dense(fit, f, part->dense);
}

typedef struct CodeCount
{
	CrmString	label;
	uint32		code;
	uint32		count;
} CodeCount;

/* Most frequent first, ties by label. */
static int
compare_frequency(const void *a, const void *b)
{
	const CodeCount *x = a;
	const CodeCount *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return crm_string_compare(x->label, y->label);
}

static int
compare_label(const void *a, const void *b)
{
	return crm_string_compare(((const CodeCount *) a)->label,
							  ((const CodeCount *) b)->label);
}

/* The labels that occur in these rows, with their counts. */
static CodeCount *
count_codes(Fit *fit, CrmFeature *f, const Column *c, uint32 *n)
{
	CodeCount  *counts = crm_fit_alloc(fit, c->table.n, sizeof *counts);

	for (uint32 i = 0; i < c->table.n; i++)
	{
		counts[i].label = c->table.labels[i];
		counts[i].code = i;
	}
	for (uint32 i = 0; i < fit->n; i++)
	{
		int32		code = fit->codes[i];

		CHECK_ROW(i);
		if (code >= 0)
			counts[code].count++;
		else if (code == CODE_MISSING)
			f->missing++;
		else
			f->other++;
	}
	*n = 0;
	for (uint32 i = 0; i < c->table.n; i++)
		if (counts[i].count > 0)
			counts[(*n)++] = counts[i];
	return counts;
}

/* something@something.something */
static bool
looks_like_mail(CrmString s)
{
	const char *at = memchr(s.bytes, '@', s.length);
	const char *end = s.bytes + s.length;
	const char *dot;

	if (at == NULL || at == s.bytes || at + 1 >= end ||
		memchr(s.bytes, ' ', s.length) != NULL)
		return false;
	dot = memchr(at + 2, '.', (Size) (end - at - 2));
	return dot != NULL && dot + 1 < end;
}

/*
 * Why a category is left out, or NULL.  What identifies rows cannot be learned
 * from, and a model that holds it carries personal data.
 */
static const char *
why_left_out(const Fit *fit, const CrmFeature *f, const CodeCount *counts,
			 uint32 n)
{
	uint32		mail = 0;

	if (n > CRM_MODEL_MAX_LEVELS)
		return "it has more than 10000 labels";
	if (f->type != CRM_TYPE_TEXT)
		return NULL;
	if (n > NEARLY_UNIQUE_LABELS &&
		n > NEARLY_UNIQUE * (double) (fit->n - f->missing))
		return "nearly all of its values differ";
	for (uint32 i = 0; i < n; i++)
		mail += looks_like_mail(counts[i].label);
	return mail > MOSTLY_MAIL * n ? "it holds e-mail addresses" : NULL;
}

/* False: the column is left out, with a warning. */
static bool
describe_category(Fit *fit, CrmFeature *f, FitFeature *part)
{
	const Column *c = part->column;
	uint32		n;
	uint32		kept;
	CodeCount  *counts = count_codes(fit, f, c, &n);
	const char *reason = why_left_out(fit, f, counts, n);
	CrmLevel   *levels;

	if (reason != NULL)
	{
		crm_fit_warn(fit, "column \"%.*s\" is left out: %s",
					 (int) f->name.length, f->name.bytes, reason);
		return false;
	}
	kept = Min(n, f->pooled ? CRM_MODEL_MAX_LEVELS :
			   (uint32) fit->ds->options->max_levels);
	qsort(counts, n, sizeof *counts, compare_frequency);
	for (uint32 i = kept; i < n; i++)
		f->other += counts[i].count;
	qsort(counts, kept, sizeof *counts, compare_label);
	levels = crm_fit_alloc(fit, kept, sizeof *levels);
	part->level = crm_fit_alloc(fit, c->table.n, sizeof *part->level);
	for (uint32 i = 0; i < c->table.n; i++)
		part->level[i] = (int32) kept;
	for (uint32 i = 0; i < kept; i++)
	{
		levels[i].label = counts[i].label;
		levels[i].count = counts[i].count;
		part->level[counts[i].code] = (int32) i;
	}
	f->n_levels = kept;
	f->levels = levels;
	pfree(counts);
	return true;
}

/*
 * How many ones each row will hold, in hot_start[i + 1]: a feature's while its
 * values are at hand in row order.
 */
static void
count_ones(Fit *fit, const CrmFeature *f, const FitFeature *part)
{
	uint32	   *count = fit->hot_start + 1;

	if (f->pooled)
		return;
	if (f->kind == CRM_CATEGORICAL)
		for (uint32 i = 0; i < fit->n; i++)
		{
			int32		code = fit->codes[i];

			CHECK_ROW(i);
			count[i] += code < 0 || part->level[code] != 0;
		}
	else if (f->missing > 0)
		for (uint32 i = 0; i < fit->n; i++)
			count[i] += isnan(fit->values[i]);
}

/* Which columns are dense is known before any value is seen. */
static void
begin_dense(Fit *fit)
{
	uint32		n = 0;

	for (int k = 0; k < fit->ds->n_columns; k++)
		n += fit->ds->columns[k].kind != CRM_CATEGORICAL;
	if (fit->values == NULL)
		fit->values = crm_fit_room(fit, fit->n, sizeof *fit->values);
	if (fit->tree != NULL || fit->counts != NULL)
		return;
	fit->design.n_dense = n;
	fit->hot_start = crm_fit_alloc(fit, (Size) fit->n + 1,
								   sizeof *fit->hot_start);
	fit->mean = crm_fit_alloc(fit, n, sizeof *fit->mean);
	fit->sd = crm_fit_alloc(fit, n, sizeof *fit->sd);
	crm_fit_design_begin(fit);
}

static void
describe(Fit *fit)
{
	CrmDataset *ds = fit->ds;
	uint32		dense = 0;

	fit->features = palloc0((ds->n_columns + 1) * sizeof *fit->features);
	fit->parts = palloc0((ds->n_columns + 1) * sizeof *fit->parts);
	find_as_of(fit);
	begin_dense(fit);
	for (int k = 0; k < ds->n_columns; k++)
	{
		const Column *c = &ds->columns[k];
		CrmFeature *f = &fit->features[fit->model.n_features];
		FitFeature *part = &fit->parts[fit->model.n_features];

		if (fit->counts != NULL && !crm_fit_counts_wants(fit, c))
			continue;
		memset(f, 0, sizeof *f);
		f->name = c->name;
		f->kind = c->kind;
		f->type = c->type.type;
		f->pooled = c == fit->pool;
		part->column = c;
		crm_fit_gather(fit, c);
		if (c->kind != CRM_CATEGORICAL)
		{
			part->dense = dense++;
			describe_number(fit, f, part);
		}
		else if (!describe_category(fit, f, part))
			continue;
		if (f->pooled && fit->pool_margins != NULL)
		{
			fit->pool_codes = crm_fit_room(fit, fit->n, sizeof(int32));
			memcpy(fit->pool_codes, fit->codes, fit->n * sizeof(int32));
		}
		if (fit->hot_start != NULL)
		{
			count_ones(fit, f, part);
			if (f->kind != CRM_CATEGORICAL)
				crm_fit_design_column(fit, f, part);
		}
		if (fit->tree != NULL)
			crm_fit_trees_column(fit, f, part);
		if (fit->counts != NULL)
			crm_fit_counts_column(fit, f, part);
		fit->model.n_features++;
	}
	fit->model.features = fit->features;
}

/* Number the columns of the design and find their scales. */
static void
plan_design(Fit *fit)
{
	CrmDesign  *d = &fit->design;
	size_t		n_columns = crm_model_columns(fit->features,
											  fit->model.n_features);
	uint16	   *order = crm_fit_alloc(fit, n_columns, sizeof *order);
	uint32		at = 0;
	uint32		binary = 0;

	if (n_columns > CRM_MODEL_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many coefficients: %zu", n_columns),
				 errdetail("A logistic model has at most %d.",
						   CRM_MODEL_MAX_COLUMNS),
				 errhint("Lower the option \"max_levels\", or leave columns out with \"exclude\".")));
	for (uint32 k = 0; k < fit->model.n_features; k++)
	{
		bool		number = fit->features[k].kind != CRM_CATEGORICAL;
		uint32		n = crm_feature_columns(&fit->features[k]) - number;

		if (number)
			order[at++] = (uint16) fit->parts[k].dense;
		fit->parts[k].binary = binary;
		for (uint32 i = 0; i < n; i++)
			order[at++] = (uint16) (d->n_dense + binary++);
	}
	d->n_binary = binary;
	d->n_rows = fit->n;
	d->label = fit->labels;
	d->order = order;
}

static double
binary_sd(double count, double n)
{
	return sqrt(count / n * (1 - count / n));
}

/* Scales of all columns, and how many ones the rows will hold. */
static Size
scale_design(Fit *fit)
{
	CrmDesign  *d = &fit->design;
	double	   *scale = crm_fit_alloc(fit, d->n_dense + d->n_binary,
									  sizeof *scale);
	double	   *binary = scale + d->n_dense;
	double		n = fit->n;
	Size		ones = 0;

	for (uint32 k = 0; k < fit->model.n_features; k++)
	{
		const CrmFeature *f = &fit->features[k];
		uint32		j = fit->parts[k].dense;

		if (f->pooled)
			continue;
		if (f->kind != CRM_CATEGORICAL)
			scale[j] = fit->sd[j] > 0 ? 1 : 0;
		for (uint32 i = 1; i < f->n_levels; i++)
		{
			*binary++ = binary_sd((double) f->levels[i].count, n);
			ones += f->levels[i].count;
		}
		if (f->other > 0)
			*binary++ = binary_sd((double) f->other, n);
		if (f->missing > 0)
			*binary++ = binary_sd((double) f->missing, n);
		ones += f->other + f->missing;
	}
	d->scale = scale;
	return ones;
}

static CrmLogisticOptions
logistic_options(const Fit *fit)
{
	const CrmFitOptions *o = fit->ds->options;
	CrmLogisticOptions options = {o->lambda, o->alpha, (uint32) o->max_iter,
		o->weight_true, o->weight_false
	};

	if (o->class_weight == CRM_WEIGHT_BALANCED)
	{
		options.weight_true = fit->n - fit->n_positive;
		options.weight_false = fit->n_positive;
	}
	return options;
}

/* Column j of the model, as a warning names it. */
static void
append_column(StringInfo text, const Fit *fit, uint32 j)
{
	const CrmFeature *f = fit->features;
	CrmString	level;

	for (; j >= crm_feature_columns(f); f++)
		j -= crm_feature_columns(f);
	appendStringInfo(text, "%s%.*s", text->len > 0 ? ", " : "",
					 (int) f->name.length, f->name.bytes);
	if (crm_feature_level(f, j, &level))
		appendStringInfo(text, " \"%.*s\"", (int) level.length, level.bytes);
}

static void
warn_aliased(Fit *fit)
{
	const CrmLogisticSection *s = &fit->model.logistic;
	StringInfoData names;
	uint32		n = 0;

	initStringInfo(&names);
	for (uint32 j = 0; j < s->n_columns; j++)
		if (s->aliased[j] && n++ < NAMED_IN_WARNING)
			append_column(&names, fit, j);
	if (n > NAMED_IN_WARNING)
		appendStringInfo(&names, " and %u more", n - NAMED_IN_WARNING);
	if (n > 0)
		crm_fit_warn(fit, "no coefficient for constant or linearly dependent columns: %s",
					 names.data);
}

static void
warn_separated(Fit *fit, const CrmLogistic *logistic)
{
	StringInfoData name;

	initStringInfo(&name);
	for (uint32 j = 0; j < fit->model.logistic.n_columns; j++)
		if (fit->design.order[j] == logistic->separating)
			append_column(&name, fit, j);
	crm_fit_warn(fit, "classes are separated by %s: lambda is set to %g, standard errors are not known",
				 name.data, CRM_LOGISTIC_SEPARATION_LAMBDA);
}

static void
take_answer(Fit *fit, const CrmLogistic *logistic)
{
	CrmLogisticSection *s = &fit->model.logistic;
	uint32		n = logistic->n_columns - 1;
	double	   *b = crm_fit_alloc(fit, n, sizeof *b);
	double	   *e = crm_fit_alloc(fit, n, sizeof *e);
	uint8	   *a = crm_fit_alloc(fit, n, sizeof *a);
	double	   *coefficients = crm_fit_alloc(fit, n, sizeof *coefficients);
	double	   *errors = crm_fit_alloc(fit, n, sizeof *errors);
	uint8	   *aliased = crm_fit_alloc(fit, n, sizeof *aliased);
	double		p = fit->model.base_rate;

	crm_logistic_result(logistic, fit->mean, fit->sd, &s->intercept,
						&s->intercept_error, b, e, a);
	for (uint32 k = 0; k < n; k++)
	{
		coefficients[k] = b[fit->design.order[k]];
		errors[k] = e[fit->design.order[k]];
		aliased[k] = a[fit->design.order[k]];
	}
	s->lambda = logistic->lambda;
	s->alpha = logistic->alpha;
	s->iterations = logistic->iteration;
	s->has_errors = logistic->has_errors;
	s->separated = logistic->separated;
	s->converged = logistic->converged;
	s->log_likelihood = logistic->log_likelihood;
	s->null_log_likelihood = fit->n_positive * log(p) +
		(fit->n - fit->n_positive) * log(1 - p);
	s->n_columns = n;
	s->coefficients = coefficients;
	s->errors = errors;
	s->aliased = aliased;
}

static void
fit_logistic(Fit *fit)
{
	CrmLogisticOptions options = logistic_options(fit);
	CrmLogistic logistic;
	CrmProgress progress;
	Size		size;

	plan_design(fit);
	crm_fit_design_ones(fit, scale_design(fit));
	crm_fit_columns_done(fit);
	if (fit->ds->options->lambda_cv)
		options.lambda = crm_fit_lambda(fit, &options);
	size = crm_logistic_size(fit->design.n_dense, fit->design.n_binary);
	Assert(size > 0);
	crm_logistic_init(&logistic, &fit->design, &options,
					  crm_fit_room(fit, size, 1));
	crm_progress_begin(&progress);
	while (crm_logistic_step(&logistic))
	{
		CHECK_FOR_INTERRUPTS();
		crm_progress_report(&progress,
							"fitting logistic: iteration %u of at most %u",
							logistic.iteration + 1, options.max_iter);
	}
	crm_progress_end(&progress);
	take_answer(fit, &logistic);
	warn_aliased(fit);
	if (logistic.separated)
		warn_separated(fit, &logistic);
	if (!logistic.converged)
		crm_fit_warn(fit, "logistic regression did not converge: max_iter = %u",
					 options.max_iter);
}

void
crm_fit_columns_done(Fit *fit)
{
	if (fit->values != NULL)
		pfree(fit->values);
	pfree(fit->place);
	fit->values = NULL;
	fit->place = NULL;
	crm_cells_done(&fit->ds->cells);
	if (fit->pool != NULL)
		crm_fit_pool(fit);
}

/* Rows in canonical order with their labels; rows NULL are all. */
static void
sort_rows(Fit *fit, const uint32 *rows)
{
	CrmDataset *ds = fit->ds;
	uint32	   *sorted = crm_fit_alloc(fit, fit->n, sizeof *sorted);
	uint8	   *labels = crm_fit_alloc(fit, fit->n, 1);

	for (uint32 i = 0; i < fit->n; i++)
		sorted[i] = rows == NULL ? i : rows[i];
	crm_dataset_sort(ds, sorted, fit->n);
	for (uint32 i = 0; i < fit->n; i++)
		labels[i] = crm_dataset_label(ds, sorted[i]);
	fit->labels = labels;
	fit->rows = sorted;
}

/* Columns are read in the order of arrival, each cell to its row's place. */
static void
place_rows(Fit *fit)
{
	uint32		n_rows = fit->ds->n_rows;

	fit->place = crm_fit_room(fit, n_rows, sizeof *fit->place);
	memset(fit->place, 0xff, n_rows * sizeof *fit->place);
	for (uint32 i = 0; i < fit->n; i++)
		fit->place[fit->rows[i]] = i;
	pfree(fit->rows);
	fit->rows = NULL;
}

static void
begin_fit(Fit *fit, CrmDataset *ds, const uint32 *rows, uint32 n)
{
	memset(fit, 0, sizeof *fit);
	fit->ds = ds;
	fit->n = rows == NULL ? ds->n_rows : n;
	for (uint32 i = 0; i < fit->n; i++)
		fit->n_positive += crm_dataset_label(ds, rows == NULL ? i : rows[i]);
	if (fit->n_positive == 0 || fit->n_positive == fit->n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("labels of both classes are needed"),
				 errdetail("There are %u true and %u false.", fit->n_positive,
						   fit->n - fit->n_positive)));
	sort_rows(fit, rows);
	fit->warnings = palloc(CRM_MODEL_MAX_WARNINGS * sizeof *fit->warnings);
	fit->model.algorithm = ds->options->algorithm;
	fit->model.n = fit->n;
	fit->model.n_positive = fit->n_positive;
	fit->model.n_skipped = ds->n_skipped;
	fit->model.base_rate = (double) fit->n_positive / fit->n;
	fit->model.seed = ds->options->seed;
	fit->model.n_options = ds->options->n_given;
	fit->model.options = ds->options->given;
	fit->model.warnings = fit->warnings;
}

CrmModelValue *
crm_dataset_fit(CrmDataset *ds, const uint32 *rows, uint32 n)
{
	return crm_fit_rows(ds, rows, n, true);
}

CrmModelValue *
crm_fit_rows(CrmDataset *ds, const uint32 *rows, uint32 n, bool shifts)
{
	MemoryContext work = AllocSetContextCreate(ds->context, "crmprob fit",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(work);
	CrmModelValue *value;
	Fit			fit;

	begin_fit(&fit, ds, rows, n);
	if (ds->options->pool_by.length > 0 &&
		crm_algorithm_pools(fit.model.algorithm))
		crm_fit_pool_begin(&fit, shifts);
	place_rows(&fit);
	if (crm_algorithm_trees(fit.model.algorithm))
		crm_fit_trees_begin(&fit);
	if (crm_algorithm_counts(fit.model.algorithm))
		crm_fit_counts_begin(&fit);
	describe(&fit);
	if (fit.tree != NULL)
		crm_fit_trees(&fit);
	else if (fit.counts != NULL)
	{
		crm_fit_columns_done(&fit);
		crm_fit_counts(&fit);
	}
	else
		fit_logistic(&fit);
	if (fit.pool != NULL)
		crm_fit_pool_importance(&fit);
	MemoryContextSwitchTo(caller);
	value = crm_model_build(&fit.model);
	crm_cells_done(&ds->cells);
	MemoryContextDelete(work);
	return value;
}
