/*
 * model.h
 *
 * A trained model as one value: what was learned (an algorithm section), what
 * it was learned from (features with their training statistics) and what goes
 * with it (options, calibration, grade limits, warnings).  The same CrmModel
 * struct stands between the three forms: wire bytes (crm_model_decode and
 * crm_model_encode), JSON text (model_text.h) and the scorer.
 *
 * Wire form, network order, also the payload on disk:
 *
 *	u8 format (2), the digest of all that follows it, u8 algorithm, u8 flags,
 *	u8 zero, u64 n, u64 n_positive, u64 n_skipped, f64 base_rate, i64 as_of,
 *	u64 seed, then sections [u16 tag][u32 length][bytes] with strictly
 *	ascending tags.  Format 1 is the same without the digest: versions before
 *	0.5.0 wrote it, it is read and never written.
 *
 * A new algorithm adds a tag; no field that exists may change its meaning.
 */
#ifndef CRM_MODEL_H
#define CRM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "digest.h"
#include "tree_ensemble.h"

/* Limits, all documented in docs/model.md. */
#define CRM_MODEL_MAX_BYTES 268435456	/* 256 MB */
#define CRM_MODEL_MAX_FEATURES 1600
#define CRM_MODEL_MAX_LEVELS 10000	/* kept labels of one feature */
#define CRM_MODEL_MAX_LEVEL_BYTES 255	/* longer values count as "other" */
#define CRM_MODEL_MAX_NAME_BYTES 63
#define CRM_MODEL_MAX_QUANTILES 99
#define CRM_MODEL_MAX_COLUMNS 4096	/* coefficients of a logistic model */
#define CRM_MODEL_MAX_WARNINGS 100
#define CRM_MODEL_MAX_WARNING_BYTES 4000
#define CRM_MODEL_MAX_GRADES 25
#define CRM_MODEL_MAX_CALIBRATION 10000
#define CRM_MODEL_MAX_OPTION_ITEMS 1600

/* Scores stay away from 0 and 1, which mean lost and won (imports do not). */
#define CRM_SCORE_MIN 1e-4
#define CRM_SCORE_MAX (1.0 - 1e-4)

/* Numbers are part of the wire form: never renumber. */
typedef enum CrmAlgorithm
{
	CRM_LOGISTIC = 1,
	CRM_TREE = 2,
	CRM_FOREST = 3,
	CRM_GBM = 4,
	CRM_NAIVE_BAYES = 5,
	CRM_STAGE_PRIOR = 6,
	CRM_XGBOOST = 7
} CrmAlgorithm;

typedef enum CrmFeatureKind
{
	CRM_NUMERIC = 1,			/* a number */
	CRM_CATEGORICAL = 2,		/* one of a set of labels */
	CRM_TIME = 3				/* days relative to the model's as_of */
} CrmFeatureKind;

/* What the column was in training; scoring accepts the same family. */
typedef enum CrmFeatureType
{
	CRM_TYPE_NUMBER = 1,		/* int2/4/8, float4/8, numeric */
	CRM_TYPE_BOOLEAN = 2,
	CRM_TYPE_TEXT = 3,			/* text, varchar, char(n), name */
	CRM_TYPE_ENUM = 4,
	CRM_TYPE_STAGE = 5,			/* by its label */
	CRM_TYPE_DATE = 6,
	CRM_TYPE_TIMESTAMP = 7,		/* without zone, read as UTC */
	CRM_TYPE_TIMESTAMPTZ = 8
} CrmFeatureType;

typedef struct CrmString
{
	const char *bytes;			/* not terminated */
	uint32_t	length;
} CrmString;

static inline CrmString
crm_string(const char *bytes, size_t length)
{
	CrmString	s = {bytes, (uint32_t) length};

	return s;
}

/* Of a terminated text. */
static inline CrmString
crm_word(const char *word)
{
	return crm_string(word, strlen(word));
}

typedef struct CrmLevel
{
	CrmString	label;
	uint64_t	count;			/* training rows */
} CrmLevel;

typedef struct CrmFeature
{
	CrmString	name;
	CrmFeatureKind kind;
	CrmFeatureType type;
	uint64_t	missing;		/* training rows with NULL or NaN */
	/* numeric and time: of the values present, in the feature's own unit */
	double		mean;
	double		sd;				/* population */
	double		min;
	double		max;
	uint32_t	n_quantiles;	/* at 1/(n + 1) .. n/(n + 1) */
	const double *quantiles;
	/* categorical: labels in byte order, the first is the reference */
	uint32_t	n_levels;
	const CrmLevel *levels;
	uint64_t	other;			/* training rows of labels not kept */
	bool		pooled;			/* groups of a CrmPool, and no more */
} CrmFeature;

/*
 * Groups that are drawn to the whole (pooling.h): the levels of one category
 * shift the log-odds of all else, which knows nothing of it.  Other labels and
 * missing ones shift by 0.
 */
typedef struct CrmPool
{
	bool		present;
	uint32_t	feature;		/* its number; the feature is marked, too */
	double		sd;				/* of the shifts, as estimated */
	uint32_t	n_shifts;		/* one a level */
	const double *shifts;
} CrmPool;

typedef enum CrmCalibrationKind
{
	CRM_CALIBRATION_NONE = 0,
	CRM_CALIBRATION_PLATT = 1,	/* logistic(slope * log-odds + intercept) */
	CRM_CALIBRATION_ISOTONIC = 2	/* piecewise linear on the probability */
} CrmCalibrationKind;

typedef struct CrmCalibration
{
	CrmCalibrationKind kind;
	double		slope;
	double		intercept;
	uint32_t	n_points;
	const double *x;			/* ascending, in [0, 1] */
	const double *y;			/* not descending, in [0, 1] */
} CrmCalibration;

/* Keys in DESIGN's order; numbers are part of the wire form. */
typedef enum CrmOptionKey
{
	CRM_OPTION_LAMBDA = 1,
	CRM_OPTION_ALPHA,
	CRM_OPTION_MAX_ITER,
	CRM_OPTION_TREES,
	CRM_OPTION_DEPTH,
	CRM_OPTION_LEAVES,
	CRM_OPTION_LEARNING_RATE,
	CRM_OPTION_MIN_LEAF,
	CRM_OPTION_SUBSAMPLE,
	CRM_OPTION_COLSAMPLE,
	CRM_OPTION_L1,
	CRM_OPTION_L2,
	CRM_OPTION_SEED,
	CRM_OPTION_CLASS_WEIGHT,
	CRM_OPTION_MONOTONE,
	CRM_OPTION_CATEGORICAL,
	CRM_OPTION_EXCLUDE,
	CRM_OPTION_MAX_LEVELS,
	CRM_OPTION_CALIBRATE,
	CRM_OPTION_POOL_BY,
	CRM_OPTION_FOLDS,
	CRM_OPTION_SMOOTHING,
	CRM_OPTION_MIN_PER_CLASS,
	CRM_OPTION_TOO_FEW,
	CRM_OPTION_LAST = CRM_OPTION_TOO_FEW
} CrmOptionKey;

typedef enum CrmOptionKind
{
	CRM_OPTION_NUMBER = 1,
	CRM_OPTION_TEXT = 2,		/* one item */
	CRM_OPTION_LIST = 3,		/* items */
	CRM_OPTION_MAP = 4			/* items with numbers, by item bytes */
} CrmOptionKind;

typedef struct CrmOption
{
	CrmOptionKey key;
	CrmOptionKind kind;
	double		number;
	uint32_t	n_items;
	const CrmString *items;
	const double *numbers;
} CrmOption;

/*
 * Columns follow the features in order: a numeric or time feature has one for
 * its value; a categorical one has one for each level but the first, then one
 * for "other" if other > 0; each has one more for missing if missing > 0.
 */
typedef struct CrmLogisticSection
{
	double		lambda;
	double		alpha;
	uint32_t	iterations;
	bool		has_errors;		/* standard errors are present */
	bool		separated;		/* lambda was raised because of separation */
	bool		converged;
	double		log_likelihood;
	double		null_log_likelihood;
	double		intercept;
	double		intercept_error;
	uint32_t	n_columns;
	const double *coefficients; /* original scale; 0 when aliased */
	const double *errors;		/* 0 when aliased or without errors */
	const uint8_t *aliased;		/* 1: linearly dependent, dropped */
} CrmLogisticSection;

/* How a feature of a counting model adds to the log-odds. */
typedef enum CrmCountRole
{
	CRM_COUNT_LIKELIHOOD = 1,	/* share of the cell in each class */
	CRM_COUNT_REACHED = 2,		/* so, where cells include the later ones */
	CRM_COUNT_PRIOR = 3			/* shrunk rate of the cell against the base */
} CrmCountRole;

/*
 * naive_bayes and stage_prior: rows of each class in the cells of the features,
 * one after the other.  A category has a cell for each level, one for "other"
 * if other > 0; a number one more than it has quantiles, from below; each has
 * one more for missing if missing > 0.
 */
typedef struct CrmCountsSection
{
	double		smoothing;		/* added to each count */
	double		min_count;		/* cells of fewer rows say nothing */
	double		strength;		/* of the base rate, in rows, for priors */
	bool		skip_missing;	/* what is missing says nothing */
	const uint8_t *roles;		/* CrmCountRole by feature */
	uint32_t	n_cells;
	const uint64_t *won;
	const uint64_t *lost;
} CrmCountsSection;

typedef struct CrmModel
{
	CrmAlgorithm algorithm;
	uint64_t	n;				/* labelled training rows */
	uint64_t	n_positive;
	uint64_t	n_skipped;		/* rows without a label */
	double		base_rate;
	bool		has_as_of;
	int64_t		as_of;			/* microseconds since 2000-01-01 UTC */
	uint64_t	seed;
	uint32_t	n_options;
	const CrmOption *options;	/* by key */
	uint32_t	n_features;
	const CrmFeature *features;
	CrmPool		pool;
	CrmCalibration calibration;
	uint32_t	n_grades;
	const double *grades;		/* lower limits, best grade first, descending */
	uint32_t	n_warnings;
	const CrmString *warnings;
	CrmLogisticSection logistic;	/* algorithm CRM_LOGISTIC */
	CrmEnsemble trees;			/* see crm_algorithm_trees */
	CrmCountsSection counts;	/* see crm_algorithm_counts */
} CrmModel;

/* A run of bytes handed out front to back; the caller owns the memory. */
typedef struct CrmArena
{
	char	   *base;
	size_t		size;
	size_t		used;
} CrmArena;

/* NULL when the arena is too small; 8-byte aligned if base is. */
extern void *crm_arena_take(CrmArena *arena, size_t count, size_t width);

extern const char *crm_algorithm_name(CrmAlgorithm algorithm);	/* or NULL */
extern bool crm_algorithm_find(const char *name, size_t length,
							   CrmAlgorithm *algorithm);
extern const char *crm_option_name(CrmOptionKey key);
extern bool crm_option_find(const char *name, size_t length,
							CrmOptionKey *key);

/* Does a model of this algorithm consist of trees? */
extern bool crm_algorithm_trees(CrmAlgorithm algorithm);

/* Does it consist of counts? */
extern bool crm_algorithm_counts(CrmAlgorithm algorithm);

/* By bytes, as memcmp; a prefix comes first. */
extern int	crm_string_compare(CrmString a, CrmString b);

/*
 * Of a model that is being read: mark the feature of its pool, whose array is
 * the reader's own.  False: there is no such feature.
 */
extern bool crm_model_mark_pool(CrmModel *model);

/* Can groups be pooled beside a model of this algorithm? */
extern bool crm_algorithm_pools(CrmAlgorithm algorithm);

/* Columns of a logistic model for one feature, and over all of these. */
extern uint32_t crm_feature_columns(const CrmFeature *f);
extern size_t crm_model_columns(const CrmFeature *features,
								uint32_t n_features);

/* The level of column k of a feature; false where it stands for a number. */
extern bool crm_feature_level(const CrmFeature *f, uint32_t k,
							  CrmString *level);

/* Days from as_of to t, both microseconds; exact to the microsecond. */
extern double crm_days_since(int64_t as_of, int64_t t);

/* Everything a model must satisfy, whichever form it came from. */
extern bool crm_model_check(const CrmModel *model);

/*
 * Bytes to struct.  The struct points into `data` and the arena, of at least
 * crm_model_decode_size() bytes.  False: not a model (nothing is promised
 * about *model then).
 */
extern size_t crm_model_decode_size(size_t length);
extern bool crm_model_decode(const uint8_t *data, size_t length,
							 CrmArena *arena, CrmModel *model);

/*
 * Do these bytes begin with a key, CRM_MODEL_KEY_BYTES that no other model
 * has?  False for format 1.  Bytes with the key of a model that was decoded
 * are that model, and need not be read.
 */
#define CRM_MODEL_KEY_BYTES (1 + CRM_DIGEST_BYTES)
extern bool crm_model_has_key(const uint8_t *data, size_t length);

/* Where what both formats have in common begins: equal models, equal bytes. */
extern size_t crm_model_content(const uint8_t *data, size_t length);

/*
 * Struct to bytes, returning how many.  The model must pass crm_model_check.
 * With out == NULL only counts; 0 when size is too small.
 */
extern size_t crm_model_encode(const CrmModel *model, uint8_t *out,
							   size_t size);

/*
 * Scoring.  A row is one double a feature: the number, the days since as_of,
 * or the level's index for a category (n_levels: other or unseen); NaN is
 * missing.  The scorer points into the model, which must outlive it.
 */
typedef struct CrmScorerFeature
{
	bool		is_number;
	uint32_t	n_levels;
	double		slope;			/* number */
	double		missing;		/* contribution of NaN */
	double		mean;			/* over the training rows, of counts */
	const double *levels;		/* n_levels + 1 contributions */
	const double *cuts;			/* n_levels, of a number in cells */
	const CrmLevel *labels;
	uint32_t	mask;			/* of the hash table of labels */
	const uint32_t *table;		/* level index + 1, 0 is empty */
} CrmScorerFeature;

typedef struct CrmScorer
{
	const CrmModel *model;
	double		intercept;
	uint32_t	n_features;
	const CrmScorerFeature *features;
	bool		trees;
	bool		counts;			/* numbers stand in cells */
	bool		pool;			/* of trees: pool_feature shifts their margin */
	uint32_t	pool_feature;
	CrmEvaluator evaluator;		/* of trees */
} CrmScorer;

extern size_t crm_scorer_size(const CrmModel *model);
extern bool crm_scorer_init(CrmScorer *scorer, const CrmModel *model,
							CrmArena *arena);

/* Index of a label of categorical feature f, n_levels when it is not one. */
extern uint32_t crm_scorer_level(const CrmScorer *scorer, uint32_t f,
								 const char *label, size_t length);

/* What a feature adds to the margin; of trees only the pooled one. */
extern double crm_scorer_contribution(const CrmScorer *scorer, uint32_t f,
									  double value);

/* Calibrated and clamped probability of these log-odds. */
extern double crm_model_probability(const CrmModel *model, double margin);

/* Log-odds before calibration, and the final, clamped probability. */
extern double crm_scorer_margin(const CrmScorer *scorer, const double *row);
extern double crm_scorer_probability(const CrmScorer *scorer,
									 const double *row);

#endif							/* CRM_MODEL_H */
