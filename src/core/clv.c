/*
 * clv.c
 *		Customer lifetime value models: kinds, the rule, bytes.
 *
 * crm_clv_check is the one rule for models; text, binary input and the
 * constructor all end there.
 */
#include "clv.h"

#include <math.h>

#include "datetime.h"

#define FLAG_FITTED 1
#define FLAG_CONVERGED 2
#define FLAG_UNTIL 4

const CrmClvKindInfo crm_clv_kinds[CRM_CLV_KINDS] = {
	{"bg_nbd", 4, {"r", "alpha", "a", "b"}},
	{"mbg_nbd", 4, {"r", "alpha", "a", "b"}},
	{"pareto_nbd", 4, {"r", "alpha", "s", "beta"}},
	{"gamma_gamma", 3, {"p", "q", "gamma", NULL}},
	{"bg_bb", 4, {"alpha", "beta", "gamma", "delta"}}
};

bool
crm_clv_kind(const char *name, size_t len, CrmClvKind *kind, CrmError *error)
{
	for (int i = 0; i < CRM_CLV_KINDS; i++)
	{
		if (strlen(crm_clv_kinds[i].name) == len &&
			memcmp(crm_clv_kinds[i].name, name, len) == 0)
		{
			*kind = (CrmClvKind) i;
			return true;
		}
	}
	return crm_fail(error, CRM_ERROR_VALUE, "There is no such kind of model.",
					"The kinds are bg_nbd, mbg_nbd, pareto_nbd, gamma_gamma and bg_bb.");
}

static bool
damaged(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX, "The value is damaged.", NULL);
}

static bool
check_fit(const CrmClvModel *m, CrmError *error)
{
	if (!isfinite(m->log_likelihood))
		return crm_fail(error, CRM_ERROR_VALUE,
						"The log-likelihood must be a finite number.", NULL);
	if (m->n_customers < 1 || m->left_out < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"A fit is of at least one customer.", NULL);
	for (int i = 0; m->converged && i < crm_clv_info(m->kind)->n_parameters;
		 i++)
	{
		if (!(m->errors[i] > 0) || isinf(m->errors[i]))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A standard error must be a positive number.",
							NULL);
	}
	return true;
}

bool
crm_clv_check(const CrmClvModel *m, CrmError *error)
{
	for (int i = 0; i < crm_clv_info(m->kind)->n_parameters; i++)
	{
		if (!(m->parameters[i] >= CRM_CLV_MIN_PARAMETER &&
			  m->parameters[i] <= CRM_CLV_MAX_PARAMETER))
			return crm_fail(error, CRM_ERROR_VALUE,
							"Each parameter must be between 1e-15 and 1e15.",
							NULL);
	}
	if (m->unit < 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"The unit must be positive.", NULL);
	if (m->has_until ? !crm_date_valid(m->until) : m->until != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The end of observation is out of range.", NULL);
	return !m->fitted || check_fit(m, error);
}

void
crm_clv_encode(const CrmClvModel *m, CrmWriter *w)
{
	int			n = crm_clv_info(m->kind)->n_parameters;

	crm_put_u8(w, CRM_CLV_FORMAT);
	crm_put_u8(w, (uint8_t) m->kind);
	crm_put_u8(w, (uint8_t) ((m->fitted ? FLAG_FITTED : 0) |
							 (m->converged ? FLAG_CONVERGED : 0) |
							 (m->has_until ? FLAG_UNTIL : 0)));
	crm_put_u8(w, 0);
	crm_put_u32(w, (uint32_t) m->until);
	crm_put_i64(w, m->unit);
	for (int i = 0; i < n; i++)
		crm_put_f64(w, m->parameters[i]);
	if (!m->fitted)
		return;
	crm_put_f64(w, m->log_likelihood);
	crm_put_i64(w, m->n_customers);
	crm_put_i64(w, m->left_out);
	crm_put_u32(w, m->iterations);
	for (int i = 0; m->converged && i < n; i++)
		crm_put_f64(w, m->errors[i]);
}

bool
crm_clv_decode(const void *data, size_t size, CrmClvModel *m, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmClvModel made;
	uint8_t		format = crm_get_u8(&r);
	uint8_t		kind = crm_get_u8(&r);
	uint8_t		flags = crm_get_u8(&r);
	int			n;

	if (r.failed || format != CRM_CLV_FORMAT)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	if (crm_get_u8(&r) != 0 || kind >= CRM_CLV_KINDS || flags > 7 ||
		(flags & (FLAG_FITTED | FLAG_CONVERGED)) == FLAG_CONVERGED)
		return damaged(error);
	memset(&made, 0, sizeof made);
	made.kind = (CrmClvKind) kind;
	made.fitted = (flags & FLAG_FITTED) != 0;
	made.converged = (flags & FLAG_CONVERGED) != 0;
	made.has_until = (flags & FLAG_UNTIL) != 0;
	made.until = (int32_t) crm_get_u32(&r);
	made.unit = crm_get_i64(&r);
	n = crm_clv_info(made.kind)->n_parameters;
	for (int i = 0; i < n; i++)
		made.parameters[i] = crm_get_f64(&r);
	if (made.fitted)
	{
		made.log_likelihood = crm_get_f64(&r);
		made.n_customers = crm_get_i64(&r);
		made.left_out = crm_get_i64(&r);
		made.iterations = crm_get_u32(&r);
	}
	for (int i = 0; made.converged && i < n; i++)
		made.errors[i] = crm_get_f64(&r);
	if (!crm_reader_done(&r))
		return damaged(error);
	if (made.log_likelihood == 0)
		made.log_likelihood = 0;
	if (!crm_clv_check(&made, error))
		return false;
	*m = made;
	return true;
}

double
crm_clv_aic(const CrmClvModel *m)
{
	return 2 * crm_clv_info(m->kind)->n_parameters - 2 * m->log_likelihood;
}

double
crm_clv_bic(const CrmClvModel *m)
{
	return crm_clv_info(m->kind)->n_parameters * log((double) m->n_customers) -
		2 * m->log_likelihood;
}

bool
crm_clv_customer_check(CrmClvKind kind, const CrmClvCustomer *c,
					   CrmError *error)
{
	if (kind != CRM_CLV_BG_BB)
		return true;
	if (c->recency != floor(c->recency) || c->age != floor(c->age) ||
		c->frequency > c->recency || (c->frequency == 0 && c->recency > 0))
		return crm_fail(error, CRM_ERROR_VALUE,
						"For bg_bb recency and age count opportunities: whole numbers, with at most one purchase at each.",
						"Choose as the unit of the rfm values the time between two opportunities.");
	if (c->age > CRM_CLV_MAX_OPPORTUNITIES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"For bg_bb there are at most 100000 opportunities.",
						NULL);
	return true;
}

CrmClvCustomer
crm_clv_customer(CrmClvKind kind, const CrmRfm *r)
{
	CrmClvCustomer c = {r->frequency, r->recency, r->age, 0};

	if (r->priced > 0)
		c.money = crm_rfm_monetary_value(r);
	/* a mean is of as many purchases as were priced */
	if (kind == CRM_CLV_GAMMA_GAMMA && r->priced > 0)
		c.frequency = r->priced;
	return c;
}
