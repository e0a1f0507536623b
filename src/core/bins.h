/*
 * bins.h
 *		Features as one byte a cell, which is what trees are grown from.
 *
 * Code 0 is a missing value.  A numeric feature has ascending cuts, and a value
 * v the code 1 + (number of cuts <= v); values and cuts are floats, so that the
 * evaluator, which compares floats, takes the same side.  A categorical feature
 * has the code 1 + level, its last code being "other".
 *
 * The same codes are held twice: by column for partitioning rows, and by row
 * in tiles of a few columns for histograms, where a row's codes share a cache
 * line.
 */
#ifndef CRM_BINS_H
#define CRM_BINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "poll.h"

#define CRM_BINS 256			/* codes of a feature, missing included */
#define CRM_BIN_CUTS 254		/* so that code 255 is the last */
#define CRM_BIN_LEVELS 254		/* levels without "other" */
#define CRM_BIN_MAX_ROWS 100000000
#define CRM_TILE_WIDTH 32		/* columns of a tile, at most */

/* Beyond these, numbers are as good as these; FLT_MAX as a cut parts only the
 * missing from the rest. */
#define CRM_FEATURE_LIMIT 3.4e38f

static inline float
crm_feature_float(double value)
{
	return value > CRM_FEATURE_LIMIT ? CRM_FEATURE_LIMIT :
		value < -CRM_FEATURE_LIMIT ? -CRM_FEATURE_LIMIT : (float) value;
}

/* Keys that sort as unsigned numbers the way floats do; -0 is 0. */
static inline uint32_t
crm_float_key(float value)
{
	uint32_t	bits;

	value += 0.0f;
	memcpy(&bits, &value, sizeof bits);
	return bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
}

static inline float
crm_key_float(uint32_t key)
{
	uint32_t	bits = key >> 31 ? key & UINT32_C(0x7fffffff) : ~key;
	float		value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

typedef struct CrmBinFeature
{
	bool		categorical;
	int8_t		monotone;		/* -1, 0 or 1; numeric only */
	uint16_t	n_codes;		/* codes are 0 .. n_codes - 1 */
	const float *cuts;			/* numeric: n_codes - 2 of them */
} CrmBinFeature;

typedef struct CrmBins
{
	uint32_t	n_rows;
	uint32_t	n_features;
	const CrmBinFeature *features;
	const uint8_t *columns;		/* n_features runs of n_rows codes */
	const uint8_t *tiles;		/* see crm_bins_tile */
} CrmBins;

/* Bytes of work space for crm_bin_numbers, aligned for uint32_t. */
extern size_t crm_bin_work_size(uint32_t n);

/*
 * Cuts by quantiles over all rows and the code of each value; NaN is missing,
 * the others come from crm_feature_float.
 * cuts has room for CRM_BIN_CUTS.  The result is n_codes (at least 2), or 0
 * when stopped.
 */
extern uint16_t crm_bin_numbers(const float *values, uint32_t n, void *work,
								const CrmPoll *poll, float *cuts,
								uint8_t *codes);

/* Codes of level indexes, n_levels being "other" and NaN missing. */
extern uint16_t crm_bin_levels(const float *values, uint32_t n,
							   uint32_t n_levels, uint8_t *codes);

/* The tile that a column lies in, its width and the columns before it. */
extern uint32_t crm_tile_start(uint32_t n_features, uint32_t tile);
extern uint32_t crm_tile_count(uint32_t n_features);

/*
 * Fill tiles (n_rows x n_features bytes) from columns: tile t, of columns
 * start(t) to start(t + 1), begins at n_rows * start(t) and holds its rows one
 * after the other.
 */
extern bool crm_bins_tile(const uint8_t *columns, uint32_t n_rows,
						  uint32_t n_features, const CrmPoll *poll,
						  uint8_t *tiles);

/*
 * Every step-th row of all columns, from row 0: (n_rows - 1) / step + 1 rows.
 * Tiles must be made anew.
 */
extern bool crm_bins_thin(const uint8_t *columns, uint32_t n_rows,
						  uint32_t n_features, uint32_t step,
						  const CrmPoll *poll, uint8_t *thin);

#endif
