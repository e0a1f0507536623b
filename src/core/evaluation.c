/*
 * evaluation.c
 *		Scores against outcomes: order, forms, and the figures of merit.
 *
 * Counts are added in integers (128 bits where they are multiplied), reals in
 * canonical order with a compensated sum; nothing here may depend on the order
 * in which rows came.
 */
#include "evaluation.h"

#include <math.h>

#include "compensated_sum.h"
#include "normal.h"

__extension__ typedef unsigned __int128 Wide;

void
crm_scores_run_sort(CrmScoreCount *scores, size_t n)
{
	for (size_t start = 0; start < n; start += CRM_SCORES_RUN)
	{
		size_t		end = n - start < CRM_SCORES_RUN ? n :
		start + CRM_SCORES_RUN;

		for (size_t i = start + 1; i < end; i++)
		{
			CrmScoreCount moving = scores[i];
			size_t		j = i;

			for (; j > start && scores[j - 1].score > moving.score; j--)
				scores[j] = scores[j - 1];
			scores[j] = moving;
		}
	}
}

void
crm_scores_merge_pass(const CrmScoreCount *from, CrmScoreCount *to, size_t n,
					  size_t width, CrmPause pause)
{
	for (size_t start = 0; start < n;)
	{
		size_t		left = start;
		size_t		middle = n - start < width ? n : start + width;
		size_t		right = middle;
		size_t		end = n - middle < width ? n : middle + width;

		for (size_t i = start; i < end; i++)
		{
			bool		take_left = left < middle &&
			(right >= end || from[left].score <= from[right].score);

			crm_pause_at(pause, i);
			to[i] = take_left ? from[left++] : from[right++];
		}
		start = end;
	}
}

/* Adds up entries of equal score, in place. */
static bool
add_up(CrmScoreCount *scores, size_t *n, CrmPause pause)
{
	size_t		kept = 0;

	for (size_t i = 0; i < *n; i++)
	{
		CrmScoreCount *last = kept > 0 ? &scores[kept - 1] : NULL;

		crm_pause_at(pause, i);
		if (last == NULL || last->score != scores[i].score)
		{
			scores[kept++] = scores[i];
			continue;
		}
		if (scores[i].positives > UINT32_MAX - last->positives ||
			scores[i].negatives > UINT32_MAX - last->negatives)
			return false;
		last->positives += scores[i].positives;
		last->negatives += scores[i].negatives;
	}
	*n = kept;
	return true;
}

bool
crm_scores_join(CrmScoreCount *scores, size_t *n, const CrmScoreCount *tail,
				size_t n_tail, CrmPause pause)
{
	size_t		head = *n;
	size_t		at = head + n_tail;

	/* from the back, so that no entry is overwritten before it has moved */
	*n = at;
	while (n_tail > 0)
	{
		crm_pause_at(pause, at);
		if (head > 0 && scores[head - 1].score > tail[n_tail - 1].score)
			scores[--at] = scores[--head];
		else
			scores[--at] = tail[--n_tail];
	}
	return add_up(scores, n, pause);
}

bool
crm_evaluation_check(CrmEvaluation e, CrmError *error)
{
	if (e.n_scores == 0)
		return crm_fail(error, CRM_ERROR_VALUE,
						"An evaluation holds at least one row.", NULL);
	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];

		crm_pause_at(e.pause, i);
		if (!(s->score >= 0 && s->score <= 1) ||
			(s->score == 0 && signbit(s->score)))
			return crm_fail(error, CRM_ERROR_VALUE,
							"A score must be between 0 and 1.", NULL);
		if (s->positives == 0 && s->negatives == 0)
			return crm_fail(error, CRM_ERROR_VALUE,
							"Each score must count at least one row.", NULL);
		if (i > 0 && !(e.scores[i - 1].score < s->score))
			return crm_fail(error, CRM_ERROR_VALUE,
							"Scores must be in ascending order, each once.",
							NULL);
	}
	return true;
}

static bool
not_the_form(CrmError *error)
{
	return crm_fail(error, CRM_ERROR_SYNTAX,
					"The text is not an object of the form {\"scores\":[[score,positives,negatives],...]}.",
					"An evaluation is made by the aggregate evaluation(score, label).");
}

static bool
parse_count(CrmJsonReader *r, uint32_t *count, CrmError *error)
{
	int64_t		v;

	if (crm_json_next(r) != CRM_JSON_NUMBER || !crm_json_int(r, &v))
		return not_the_form(error);
	if (v < 0 || v > UINT32_MAX)
		return crm_fail(error, CRM_ERROR_RANGE,
						"A count must be between 0 and 4294967295.", NULL);
	*count = (uint32_t) v;
	return true;
}

/* One entry after its opening bracket. */
static bool
parse_entry(CrmJsonReader *r, const CrmFloatText *ft, CrmScoreCount *entry,
			CrmError *error)
{
	double		score;

	if (crm_json_next(r) != CRM_JSON_NUMBER)
		return not_the_form(error);
	if (!ft->parse(r->raw, r->raw_len, &score))
		return crm_fail(error, CRM_ERROR_RANGE,
						"A score must be between 0 and 1.", NULL);
	entry->score = score == 0 ? 0 : score;
	if (!parse_count(r, &entry->positives, error) ||
		!parse_count(r, &entry->negatives, error))
		return false;
	return crm_json_next(r) == CRM_JSON_ARRAY_END || not_the_form(error);
}

bool
crm_evaluation_parse(const char *text, size_t len, bool utf8,
					 const CrmFloatText *ft, CrmScoreCount *scores, size_t *n,
					 CrmError *error)
{
	CrmJsonReader r = crm_json_reader(text, len, utf8);
	CrmEvaluation e = {scores, 0, NULL};
	CrmJsonToken token;

	if (crm_json_next(&r) != CRM_JSON_OBJECT ||
		crm_json_next(&r) != CRM_JSON_KEY || !crm_json_is(&r, "scores") ||
		crm_json_next(&r) != CRM_JSON_ARRAY)
		return not_the_form(error);
	while ((token = crm_json_next(&r)) == CRM_JSON_ARRAY)
	{
		if (e.n_scores >= CRM_EVALUATION_MAX_SCORES)
			return crm_fail(error, CRM_ERROR_LIMIT,
							"An evaluation has at most 67000000 distinct scores.",
							NULL);
		if (!parse_entry(&r, ft, &scores[e.n_scores], error))
			return false;
		e.n_scores++;
	}
	if (!crm_json_list_ends(&r, token))
		return not_the_form(error);
	if (!crm_evaluation_check(e, error))
		return false;
	*n = e.n_scores;
	return true;
}

void
crm_evaluation_print(CrmJsonWriter *w, CrmEvaluation e,
					 const CrmFloatText *ft)
{
	crm_json_open(w, '{');
	crm_json_key(w, "scores");
	crm_json_open(w, '[');
	for (size_t i = 0; i < e.n_scores; i++)
	{
		crm_pause_at(e.pause, i);
		crm_json_open(w, '[');
		crm_json_put_float(w, e.scores[i].score, ft);
		crm_json_put_int(w, e.scores[i].positives);
		crm_json_put_int(w, e.scores[i].negatives);
		crm_json_close(w, ']');
	}
	crm_json_close(w, ']');
	crm_json_close(w, '}');
}

void
crm_evaluation_encode(CrmEvaluation e, CrmWriter *w)
{
	crm_put_u8(w, CRM_EVALUATION_FORMAT);
	crm_put_uint(w, 0, 3);
	crm_put_u32(w, (uint32_t) e.n_scores);
	for (size_t i = 0; i < e.n_scores; i++)
	{
		crm_pause_at(e.pause, i);
		crm_put_f64(w, e.scores[i].score);
		crm_put_u32(w, e.scores[i].positives);
		crm_put_u32(w, e.scores[i].negatives);
	}
}

bool
crm_evaluation_decode(const void *data, size_t size, CrmScoreCount *scores,
					  size_t *n, CrmError *error)
{
	CrmReader	r = crm_reader(data, size);
	CrmEvaluation e = {scores, 0, NULL};

	if (crm_get_u8(&r) != CRM_EVALUATION_FORMAT || crm_get_uint(&r, 3) != 0)
		return crm_fail(error, CRM_ERROR_SYNTAX, "The format is not known.",
						NULL);
	e.n_scores = crm_get_u32(&r);
	if (e.n_scores > CRM_EVALUATION_MAX_SCORES)
		return crm_fail(error, CRM_ERROR_LIMIT,
						"An evaluation has at most 67000000 distinct scores.",
						NULL);
	if (r.failed ||
		size - r.at != e.n_scores * (size_t) CRM_EVALUATION_ENTRY_SIZE)
		return crm_fail(error, CRM_ERROR_SYNTAX,
						"The length does not fit the number of scores.", NULL);
	for (size_t i = 0; i < e.n_scores; i++)
	{
		crm_pause_at(e.pause, i);
		scores[i].score = crm_get_f64(&r);
		scores[i].positives = crm_get_u32(&r);
		scores[i].negatives = crm_get_u32(&r);
	}
	if (!crm_evaluation_check(e, error))
		return false;
	*n = e.n_scores;
	return true;
}

uint64_t
crm_evaluation_positives(CrmEvaluation e)
{
	uint64_t	n = 0;

	for (size_t i = 0; i < e.n_scores; i++)
	{
		crm_pause_at(e.pause, i);
		n += e.scores[i].positives;
	}
	return n;
}

uint64_t
crm_evaluation_negatives(CrmEvaluation e)
{
	uint64_t	n = 0;

	for (size_t i = 0; i < e.n_scores; i++)
	{
		crm_pause_at(e.pause, i);
		n += e.scores[i].negatives;
	}
	return n;
}

/*
 * Twice the Mann-Whitney count: pairs where the positive scored higher count
 * two, ties one.
 */
static Wide
twice_pairs(CrmEvaluation e)
{
	Wide		pairs = 0;
	uint64_t	below = 0;

	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];

		crm_pause_at(e.pause, i);
		pairs += (Wide) s->positives * (2 * below + s->negatives);
		below += s->negatives;
	}
	return pairs;
}

bool
crm_evaluation_auc(CrmEvaluation e, double *auc)
{
	uint64_t	positives = crm_evaluation_positives(e);
	uint64_t	negatives = crm_evaluation_negatives(e);

	if (positives == 0 || negatives == 0)
		return false;
	*auc = (double) twice_pairs(e) / (double) ((Wide) 2 * positives * negatives);
	return true;
}

/*
 * DeLong, DeLong and Clarke-Pearson (1988), eq. 3 to 6 for one curve: the
 * variance of V10 over positives and of V01 over negatives, each by its
 * number.  V10 and V01 are kept as twice the count of the pairs won.
 */
bool
crm_evaluation_auc_interval(CrmEvaluation e, double level,
							CrmAucInterval *interval)
{
	uint64_t	positives = crm_evaluation_positives(e);
	uint64_t	negatives = crm_evaluation_negatives(e);
	uint64_t	pos_below = 0;
	uint64_t	neg_below = 0;
	CrmSum		s10 = {0, 0};
	CrmSum		s01 = {0, 0};
	double		auc;
	double		margin;

	if (positives < 2 || negatives < 2 || !crm_evaluation_auc(e, &auc))
		return false;
	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];
		uint64_t	won = 2 * neg_below + s->negatives;
		uint64_t	lost = 2 * (positives - pos_below) - s->positives;
		double		d10 = (double) won / (2.0 * (double) negatives) - auc;
		double		d01 = (double) lost / (2.0 * (double) positives) - auc;

		crm_pause_at(e.pause, i);
		crm_sum_add(&s10, s->positives * d10 * d10);
		crm_sum_add(&s01, s->negatives * d01 * d01);
		pos_below += s->positives;
		neg_below += s->negatives;
	}
	interval->auc = auc;
	interval->std_error =
		sqrt(crm_sum_value(&s10) / (double) (positives - 1) /
			 (double) positives +
			 crm_sum_value(&s01) / (double) (negatives - 1) /
			 (double) negatives);
	margin = crm_normal_quantile(0.5 + level / 2) * interval->std_error;
	interval->low = auc - margin > 0 ? auc - margin : 0;
	interval->high = auc + margin < 1 ? auc + margin : 1;
	return true;
}

/* Sum over falling thresholds of (recall gained) x (precision there). */
bool
crm_evaluation_average_precision(CrmEvaluation e, double *value)
{
	uint64_t	positives = crm_evaluation_positives(e);
	uint64_t	found = 0;
	uint64_t	taken = 0;
	CrmSum		sum = {0, 0};

	if (positives == 0 || crm_evaluation_negatives(e) == 0)
		return false;
	for (size_t i = e.n_scores; i-- > 0;)
	{
		const CrmScoreCount *s = &e.scores[i];

		crm_pause_at(e.pause, i);
		found += s->positives;
		taken += (uint64_t) s->positives + s->negatives;
		crm_sum_add(&sum, s->positives * ((double) found / (double) taken));
	}
	*value = crm_sum_value(&sum) / (double) positives;
	return true;
}

/* Greatest distance of the two classes' distribution functions. */
bool
crm_evaluation_ks(CrmEvaluation e, double *value)
{
	uint64_t	positives = crm_evaluation_positives(e);
	uint64_t	negatives = crm_evaluation_negatives(e);
	uint64_t	pos_below = 0;
	uint64_t	neg_below = 0;
	Wide		greatest = 0;

	if (positives == 0 || negatives == 0)
		return false;
	for (size_t i = 0; i < e.n_scores; i++)
	{
		Wide		a = (Wide) (pos_below += e.scores[i].positives) * negatives;
		Wide		b = (Wide) (neg_below += e.scores[i].negatives) * positives;
		Wide		distance = a > b ? a - b : b - a;

		crm_pause_at(e.pause, i);
		if (distance > greatest)
			greatest = distance;
	}
	*value = (double) greatest / (double) ((Wide) positives * negatives);
	return true;
}

static double
rows(CrmEvaluation e)
{
	return (double) (crm_evaluation_positives(e) +
					 crm_evaluation_negatives(e));
}

double
crm_evaluation_log_loss(CrmEvaluation e)
{
	CrmSum		sum = {0, 0};

	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];

		crm_pause_at(e.pause, i);
		if ((s->score == 0 && s->positives > 0) ||
			(s->score == 1 && s->negatives > 0))
			return INFINITY;
		if (s->positives > 0)
			crm_sum_add(&sum, -(s->positives * log(s->score)));
		if (s->negatives > 0)
			crm_sum_add(&sum, -(s->negatives * log1p(-s->score)));
	}
	return crm_sum_value(&sum) / rows(e);
}

double
crm_evaluation_constant_log_loss(CrmEvaluation e, double p)
{
	double		positives = (double) crm_evaluation_positives(e);
	double		negatives = (double) crm_evaluation_negatives(e);

	if ((p == 0 && positives > 0) || (p == 1 && negatives > 0))
		return INFINITY;
	return -((positives > 0 ? positives * log(p) : 0) +
			 (negatives > 0 ? negatives * log1p(-p) : 0)) / rows(e);
}

double
crm_evaluation_brier(CrmEvaluation e)
{
	CrmSum		sum = {0, 0};

	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];

		crm_pause_at(e.pause, i);
		crm_sum_add(&sum, s->positives * (1 - s->score) * (1 - s->score));
		crm_sum_add(&sum, s->negatives * s->score * s->score);
	}
	return crm_sum_value(&sum) / rows(e);
}

/* First row of bin b when n rows are dealt to bins as evenly as they go. */
static uint64_t
bin_start(uint64_t n, uint32_t bins, uint32_t b)
{
	return (uint64_t) ((Wide) n * b / bins);
}

double
crm_evaluation_ece(CrmEvaluation e, uint32_t bins)
{
	uint64_t	n = crm_evaluation_positives(e) + crm_evaluation_negatives(e);
	uint64_t	row = 0;
	uint32_t	bin = 0;
	CrmSum		gap = {0, 0};	/* positives less expected, in this bin */
	CrmSum		total = {0, 0};

	for (size_t i = 0; i < e.n_scores; i++)
	{
		const CrmScoreCount *s = &e.scores[i];
		uint64_t	count = (uint64_t) s->positives + s->negatives;
		uint64_t	left = count;
		double		excess = (double) s->positives / (double) count - s->score;

		crm_pause_at(e.pause, i);
		while (left > 0)
		{
			uint64_t	end = bin_start(n, bins, bin + 1);
			uint64_t	take = end - row < left ? end - row : left;

			crm_sum_add(&gap, (double) take * excess);
			row += take;
			left -= take;
			if (row == end)
			{
				crm_sum_add(&total, fabs(crm_sum_value(&gap)));
				gap.sum = gap.rest = 0;
				bin++;
			}
		}
	}
	return crm_sum_value(&total) / (double) n;
}
