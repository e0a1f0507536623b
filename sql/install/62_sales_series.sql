-- sales_series: sales by period, their trend and season, and what follows.

CREATE TYPE @extschema@.sales_series;

CREATE FUNCTION @extschema@.sales_series_in(text cstring) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_in';
COMMENT ON FUNCTION @extschema@.sales_series_in(text cstring) IS
  'text input: JSON object of periods and ignored';

CREATE FUNCTION @extschema@.sales_series_out(sales_series @extschema@.sales_series) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_out';
COMMENT ON FUNCTION @extschema@.sales_series_out(sales_series @extschema@.sales_series) IS
  'text output';

CREATE FUNCTION @extschema@.sales_series_recv(message internal) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_recv';
COMMENT ON FUNCTION @extschema@.sales_series_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.sales_series_send(sales_series @extschema@.sales_series) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_send';
COMMENT ON FUNCTION @extschema@.sales_series_send(sales_series @extschema@.sales_series) IS
  'binary output';

CREATE TYPE @extschema@.sales_series (
  INPUT = @extschema@.sales_series_in,
  OUTPUT = @extschema@.sales_series_out,
  RECEIVE = @extschema@.sales_series_recv,
  SEND = @extschema@.sales_series_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.sales_series IS
  'sales by period: exact sums in order of date';

CREATE FUNCTION @extschema@.sales_series_eq(a @extschema@.sales_series, b @extschema@.sales_series) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_eq';
COMMENT ON FUNCTION @extschema@.sales_series_eq(a @extschema@.sales_series, b @extschema@.sales_series) IS
  'equal';

CREATE FUNCTION @extschema@.sales_series_ne(a @extschema@.sales_series, b @extschema@.sales_series) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_ne';
COMMENT ON FUNCTION @extschema@.sales_series_ne(a @extschema@.sales_series, b @extschema@.sales_series) IS
  'not equal';

CREATE FUNCTION @extschema@.sales_series_hash(sales_series @extschema@.sales_series) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_hash';
COMMENT ON FUNCTION @extschema@.sales_series_hash(sales_series @extschema@.sales_series) IS
  'hash of sales_series';

CREATE FUNCTION @extschema@.sales_series_hash_extended(sales_series @extschema@.sales_series, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_hash_extended';
COMMENT ON FUNCTION @extschema@.sales_series_hash_extended(sales_series @extschema@.sales_series, seed bigint) IS
  'hash of sales_series with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.sales_series_eq,
  LEFTARG = @extschema@.sales_series, RIGHTARG = @extschema@.sales_series,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.sales_series, @extschema@.sales_series) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.sales_series_ne,
  LEFTARG = @extschema@.sales_series, RIGHTARG = @extschema@.sales_series,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.sales_series, @extschema@.sales_series) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.sales_series_ops
  DEFAULT FOR TYPE @extschema@.sales_series USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.sales_series_hash(@extschema@.sales_series),
  FUNCTION 2 @extschema@.sales_series_hash_extended(@extschema@.sales_series, bigint);
COMMENT ON OPERATOR CLASS @extschema@.sales_series_ops USING hash IS
  'equality of sales_series values';

CREATE FUNCTION @extschema@.jsonb(sales_series @extschema@.sales_series) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(sales_series @extschema@.sales_series) IS
  'sales_series as json, as in the text form';

CREATE CAST (@extschema@.sales_series AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.sales_series);
COMMENT ON CAST (@extschema@.sales_series AS jsonb) IS
  'sales_series as json, as in the text form';

CREATE FUNCTION @extschema@.sales_series_accum(state @extschema@.sales_series, period date, amount numeric) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_accum';
COMMENT ON FUNCTION @extschema@.sales_series_accum(state @extschema@.sales_series, period date, amount numeric) IS
  'transition of sales_series';

CREATE FUNCTION @extschema@.sales_series_combine(state @extschema@.sales_series, other @extschema@.sales_series) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_combine';
COMMENT ON FUNCTION @extschema@.sales_series_combine(state @extschema@.sales_series, other @extschema@.sales_series) IS
  'adds the periods of another sales_series to a state';

CREATE FUNCTION @extschema@.sales_series_final(state @extschema@.sales_series) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_final';
COMMENT ON FUNCTION @extschema@.sales_series_final(state @extschema@.sales_series) IS
  'a state as a sales_series';

CREATE AGGREGATE @extschema@.sales_series(period date, amount numeric) (
  SFUNC = @extschema@.sales_series_accum,
  STYPE = @extschema@.sales_series,
  SSPACE = 4096,
  FINALFUNC = @extschema@.sales_series_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sales_series_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sales_series(period date, amount numeric) IS
  'the exact sum of the amounts of each period; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.rollup(series @extschema@.sales_series) (
  SFUNC = @extschema@.sales_series_combine,
  STYPE = @extschema@.sales_series,
  SSPACE = 4096,
  FINALFUNC = @extschema@.sales_series_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sales_series_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(series @extschema@.sales_series) IS
  'adds up series, period by period';

CREATE FUNCTION @extschema@.n(series @extschema@.sales_series) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_n';
COMMENT ON FUNCTION @extschema@.n(series @extschema@.sales_series) IS
  'how many periods have a row';

CREATE FUNCTION @extschema@.n_ignored(series @extschema@.sales_series) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(series @extschema@.sales_series) IS
  'rows skipped because of a NULL';

CREATE FUNCTION @extschema@.periods(
  series @extschema@.sales_series,
  OUT period date,
  OUT amount numeric
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 ROWS 100
  AS 'MODULE_PATHNAME', 'sales_series_periods';
COMMENT ON FUNCTION @extschema@.periods(series @extschema@.sales_series) IS
  'the periods and their sums';

CREATE FUNCTION @extschema@.missing_periods(series @extschema@.sales_series) RETURNS SETOF date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'sales_series_missing';
COMMENT ON FUNCTION @extschema@.missing_periods(series @extschema@.sales_series) IS
  'periods between the first and the last that have no row';

CREATE FUNCTION @extschema@.period_step(series @extschema@.sales_series) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_step';
COMMENT ON FUNCTION @extschema@.period_step(series @extschema@.sales_series) IS
  'the distance between periods, as found from the dates';

CREATE FUNCTION @extschema@.holt_winters(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT fitted_alpha float8,
  OUT fitted_beta float8,
  OUT fitted_gamma float8,
  OUT fitted_damping float8,
  OUT level float8,
  OUT trend float8,
  OUT seasonal float8[],
  OUT sse float8,
  OUT n bigint
)
  RETURNS record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'sales_series_holt_winters';
COMMENT ON FUNCTION @extschema@.holt_winters(series @extschema@.sales_series, season integer, kind text, damped boolean, missing text, alpha float8, beta float8, gamma float8, damping float8) IS
  'Holt-Winters smoothing: parameters, last level, trend and season, squared error';

CREATE FUNCTION @extschema@.projection(
  series @extschema@.sales_series,
  season integer,
  ahead integer,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  level float8 DEFAULT 0.95,
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT period date,
  OUT amount float8,
  OUT low float8,
  OUT high float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 12
  AS 'MODULE_PATHNAME', 'sales_series_projection';
COMMENT ON FUNCTION @extschema@.projection(series @extschema@.sales_series, season integer, ahead integer, kind text, damped boolean, missing text, level float8, alpha float8, beta float8, gamma float8, damping float8) IS
  'the next periods by Holt-Winters smoothing, with intervals';

CREATE FUNCTION @extschema@.accuracy(
  series @extschema@.sales_series,
  season integer,
  holdout integer DEFAULT 0,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT method text,
  OUT mae float8,
  OUT rmse float8,
  OUT mase float8,
  OUT n bigint
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 3
  AS 'MODULE_PATHNAME', 'sales_series_accuracy';
COMMENT ON FUNCTION @extschema@.accuracy(series @extschema@.sales_series, season integer, holdout integer, kind text, damped boolean, missing text, alpha float8, beta float8, gamma float8, damping float8) IS
  'errors of Holt-Winters smoothing beside those of naive forecasts';

CREATE FUNCTION @extschema@.decomposition(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  missing text DEFAULT 'error',
  OUT period date,
  OUT amount float8,
  OUT trend float8,
  OUT seasonal float8,
  OUT remainder float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 100
  AS 'MODULE_PATHNAME', 'sales_series_decomposition';
COMMENT ON FUNCTION @extschema@.decomposition(series @extschema@.sales_series, season integer, kind text, missing text) IS
  'each period as trend, season and remainder, by moving averages';

CREATE FUNCTION @extschema@.seasonal_indices(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  missing text DEFAULT 'error',
  OUT part integer,
  OUT index float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 12
  AS 'MODULE_PATHNAME', 'sales_series_indices';
COMMENT ON FUNCTION @extschema@.seasonal_indices(series @extschema@.sales_series, season integer, kind text, missing text) IS
  'how much each part of the season is above or below the trend';
