/*
 * cox_test.c
 *		Cox regression and its value without a server.
 *
 * Expected values: R's survival 3.5-3 on its data set aml.
 */
#include "cox.h"

#include "cox_model.h"
#include "float_text.h"
#include "unit.h"

/* time, event, not maintained; by time */
static const double AML[23][3] = {
	{5, 1, 1}, {5, 1, 1}, {8, 1, 1}, {8, 1, 1}, {9, 1, 0}, {12, 1, 1},
	{13, 1, 0}, {13, 0, 0}, {16, 0, 1}, {18, 1, 0}, {23, 1, 0}, {23, 1, 1},
	{27, 1, 1}, {28, 0, 0}, {30, 1, 1}, {31, 1, 0}, {33, 1, 1}, {34, 1, 0},
	{43, 1, 1}, {45, 0, 0}, {45, 1, 1}, {48, 1, 0}, {161, 0, 0}
};

typedef struct Problem
{
	CrmCoxData	data;
	double		time[23];
	uint8_t		event[23];
	double		x[23 * 3];
	double		scale[3];
	void	   *work;
	CrmCoxFit	fit;
} Problem;

/* Standardises "column" of n values into column j of p. */
static void
set_column(Problem *p, uint32_t j, const double *column)
{
	uint32_t	n = p->data.n_rows;
	double		mean = 0;
	double		squares = 0;

	for (uint32_t i = 0; i < n; i++)
		mean += column[i] / n;
	for (uint32_t i = 0; i < n; i++)
		squares += (column[i] - mean) * (column[i] - mean);
	p->scale[j] = sqrt(squares / n);
	for (uint32_t i = 0; i < n; i++)
		p->x[i * p->data.n_columns + j] = p->scale[j] == 0 ? 0 :
			(column[i] - mean) / p->scale[j];
}

static void
set_up(Problem *p, uint32_t columns, CrmCoxTies ties)
{
	memset(p, 0, sizeof *p);
	p->data.n_rows = 23;
	p->data.n_columns = columns;
	p->data.time = p->time;
	p->data.event = p->event;
	p->data.x = p->x;
	p->data.ties = ties;
	p->data.max_iter = 100;
	for (int i = 0; i < 23; i++)
	{
		p->time[i] = AML[i][0];
		p->event[i] = (uint8_t) AML[i][1];
	}
	p->work = malloc(crm_cox_size(23, columns));
}

static void
fit(Problem *p)
{
	crm_cox_fit(&p->data, p->work, NULL, &p->fit);
}

static void
test_aml(void)
{
	static const double BETA[] = {.915532575014718, .9042197236857};
	static const double ERROR[] = {.511934275172005, .512247907304151};
	double		x[23];

	for (int i = 0; i < 23; i++)
		x[i] = AML[i][2];
	for (int ties = CRM_COX_EFRON; ties <= CRM_COX_BRESLOW; ties++)
	{
		Problem		p;

		set_up(&p, 1, (CrmCoxTies) ties);
		set_column(&p, 0, x);
		fit(&p);
		CHECK(p.fit.converged && p.fit.status[0] == CRM_COX_FITTED);
		CHECK_NEAR(p.fit.beta[0] / p.scale[0], BETA[ties], 1e-10);
		CHECK_NEAR(p.fit.std_error[0] / p.scale[0], ERROR[ties], 1e-10);
		CHECK_NEAR(p.fit.concordance, 0.619047619047619, 1e-14);
		if (ties == CRM_COX_EFRON)
		{
			CHECK_NEAR(p.fit.loglik_null, -42.7248392627602, 1e-12);
			CHECK_NEAR(p.fit.loglik, -41.0326155964584, 1e-12);
		}
		free(p.work);
	}
}

/* A constant column, the same column twice, one that tells who dies first. */
static void
test_degenerate(void)
{
	Problem		p;
	double		x[23];
	double		twice[23];
	double		constant[23];
	double		separating[23];

	for (int i = 0; i < 23; i++)
	{
		x[i] = AML[i][2];
		twice[i] = 3 - 2 * x[i];
		constant[i] = 7;
		separating[i] = 23 - i;
	}
	set_up(&p, 3, CRM_COX_EFRON);
	set_column(&p, 0, constant);
	set_column(&p, 1, x);
	set_column(&p, 2, twice);
	fit(&p);
	CHECK(p.fit.converged);
	CHECK_INT(p.fit.status[0], CRM_COX_CONSTANT);
	CHECK_INT(p.fit.status[1], CRM_COX_FITTED);
	CHECK_INT(p.fit.status[2], CRM_COX_ALIASED);
	CHECK_NEAR(p.fit.beta[1] / p.scale[1], .915532575014718, 1e-10);
	CHECK_NEAR(p.fit.std_error[1] / p.scale[1], .511934275172005, 1e-10);
	free(p.work);

	set_up(&p, 2, CRM_COX_EFRON);
	for (int i = 0; i < 23; i++)
	{
		p.time[i] = i + 1;
		p.event[i] = 1;
	}
	set_column(&p, 0, x);
	set_column(&p, 1, separating);
	fit(&p);
	CHECK(!p.fit.converged && p.fit.any_infinite);
	CHECK_INT(p.fit.status[1], CRM_COX_INFINITE);
	CHECK_NEAR(p.fit.concordance, 1, 0);
	CHECK(isfinite(p.fit.beta[0]) && isfinite(p.fit.beta[1]));
	free(p.work);

	/* no column at all: the null model */
	set_up(&p, 0, CRM_COX_EFRON);
	fit(&p);
	CHECK(p.fit.converged && p.fit.loglik == p.fit.loglik_null);
	CHECK_NEAR(p.fit.loglik, -42.7248392627602, 1e-12);
	CHECK_NEAR(p.fit.concordance, 0.5, 0);
	free(p.work);
	CHECK(crm_cox_size(10, CRM_COX_MAX_COLUMNS + 1) == 0);
}

static CrmText
text_of(const char *s)
{
	CrmText		t = {s, strlen(s)};

	return t;
}

static CrmCoxModel
example(CrmCoxTerm *terms)
{
	CrmCoxModel m = {CRM_COX_BRESLOW, true, 4, 100, 60, 3, -200.5, -190.25,
	0.625, 4, terms};

	memset(terms, 0, 4 * sizeof *terms);
	terms[0].feature = text_of("age");
	terms[0].mean = 40.5;
	terms[0].coefficient = -0.25;
	terms[0].std_error = 0.125;
	terms[0].has_error = true;
	terms[1].feature = terms[2].feature = text_of("plan");
	terms[1].kind = terms[2].kind = CRM_COX_CATEGORY;
	terms[1].level = text_of("gold");
	terms[1].status = CRM_COX_REFERENCE;
	terms[1].mean = 0.75;
	terms[2].level = text_of("\xc3\xbc \"x\"");
	terms[2].status = CRM_COX_INFINITE;
	terms[2].coefficient = 19;
	terms[2].mean = 0.25;
	terms[3].feature = text_of("since");
	terms[3].kind = CRM_COX_TIME;
	terms[3].status = CRM_COX_ALIASED;
	terms[3].mean = 7000;
	return m;
}

static bool
same(const CrmCoxModel *a, const CrmCoxModel *b)
{
	uint8_t		x[1024];
	uint8_t		y[1024];
	CrmWriter	v = crm_writer(x, sizeof x);
	CrmWriter	w = crm_writer(y, sizeof y);

	crm_cox_model_encode(a, &v);
	crm_cox_model_encode(b, &w);
	return !v.failed && v.at == w.at && memcmp(x, y, v.at) == 0;
}

static void
test_forms(void)
{
	CrmCoxTerm	terms[4];
	CrmCoxModel m = example(terms);
	CrmCoxTerm *back_terms = malloc(CRM_COX_MODEL_MAX_TERMS * sizeof *back_terms);
	CrmCoxModel back;
	uint8_t		bytes[1024];
	CrmWriter	w = crm_writer(bytes, sizeof bytes);
	char		text[2048];
	char		texts[2048];
	CrmJsonWriter json = crm_json_writer(text, sizeof text);
	CrmError	error;

	CHECK(crm_cox_model_check(&m, &error));
	CHECK_INT(crm_cox_model_df(&m), 2);
	crm_cox_model_encode(&m, &w);
	CHECK(crm_cox_model_decode(bytes, w.at, back_terms, &back, &error));
	CHECK(same(&m, &back));
	for (size_t size = 0; size < w.at; size++)
		CHECK_NAMED(!crm_cox_model_decode(bytes, size, back_terms, &back,
										  &error), "cut short");
	crm_cox_model_print(&json, &m, &libc_float_text);
	CHECK(crm_cox_model_parse(text, json.out.at, true, &libc_float_text,
							  back_terms, texts, &back, &error));
	CHECK(same(&m, &back));
	CHECK(!crm_cox_model_parse(text, json.out.at - 1, true, &libc_float_text,
							   back_terms, texts, &back, &error));
	m.concordance = NAN;
	w = crm_writer(bytes, sizeof bytes);
	crm_cox_model_encode(&m, &w);
	CHECK(crm_cox_model_decode(bytes, w.at, back_terms, &back, &error));
	CHECK(isnan(back.concordance));
	free(back_terms);
}

static bool
refused(void (*spoil) (CrmCoxModel *m))
{
	CrmCoxTerm	terms[4];
	CrmCoxModel m = example(terms);
	CrmError	error;

	spoil(&m);
	return !crm_cox_model_check(&m, &error);
}

static void
spoil_events(CrmCoxModel *m)
{
	m->events = m->n + 1;
}

static void
spoil_level(CrmCoxModel *m)
{
	m->terms[0].level = text_of("x");
}

static void
spoil_reference(CrmCoxModel *m)
{
	m->terms[1].status = CRM_COX_FITTED;
}

static void
spoil_error(CrmCoxModel *m)
{
	m->terms[2].has_error = true;
}

static void
spoil_twice(CrmCoxModel *m)
{
	m->terms[3].feature = text_of("age");
}

static void
spoil_order(CrmCoxModel *m)
{
	m->terms[2].level = text_of("a");
}

static void
spoil_mean(CrmCoxModel *m)
{
	m->terms[0].mean = INFINITY;
}

static void
spoil_name(CrmCoxModel *m)
{
	m->terms[0].feature = text_of("");
}

static void
spoil_c(CrmCoxModel *m)
{
	m->concordance = 1.5;
}

static void
spoil_none(CrmCoxModel *m)
{
	m->n_terms = 0;
}

int
main(void)
{
	test_aml();
	test_degenerate();
	test_forms();
	CHECK(refused(spoil_events));
	CHECK(refused(spoil_level));
	CHECK(refused(spoil_reference));
	CHECK(refused(spoil_error));
	CHECK(refused(spoil_twice));
	CHECK(refused(spoil_order));
	CHECK(refused(spoil_mean));
	CHECK(refused(spoil_name));
	CHECK(refused(spoil_c));
	CHECK(refused(spoil_none));
	return unit_done();
}
