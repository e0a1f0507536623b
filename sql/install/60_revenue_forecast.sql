-- revenue_forecast: the distribution of the sum of independent deals.

CREATE TYPE @extschema@.revenue_forecast;

CREATE FUNCTION @extschema@.revenue_forecast_in(text cstring) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_in';
COMMENT ON FUNCTION @extschema@.revenue_forecast_in(text cstring) IS
  'text input: JSON object of deals and ignored';

CREATE FUNCTION @extschema@.revenue_forecast_out(revenue_forecast @extschema@.revenue_forecast) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_out';
COMMENT ON FUNCTION @extschema@.revenue_forecast_out(revenue_forecast @extschema@.revenue_forecast) IS
  'text output';

CREATE FUNCTION @extschema@.revenue_forecast_recv(message internal) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_recv';
COMMENT ON FUNCTION @extschema@.revenue_forecast_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.revenue_forecast_send(revenue_forecast @extschema@.revenue_forecast) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_send';
COMMENT ON FUNCTION @extschema@.revenue_forecast_send(revenue_forecast @extschema@.revenue_forecast) IS
  'binary output';

CREATE TYPE @extschema@.revenue_forecast (
  INPUT = @extschema@.revenue_forecast_in,
  OUTPUT = @extschema@.revenue_forecast_out,
  RECEIVE = @extschema@.revenue_forecast_recv,
  SEND = @extschema@.revenue_forecast_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.revenue_forecast IS
  'deals with their probabilities: the distribution of what they bring together';

CREATE FUNCTION @extschema@.revenue_forecast_eq(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_eq';
COMMENT ON FUNCTION @extschema@.revenue_forecast_eq(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) IS
  'equal';

CREATE FUNCTION @extschema@.revenue_forecast_ne(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_ne';
COMMENT ON FUNCTION @extschema@.revenue_forecast_ne(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) IS
  'not equal';

CREATE FUNCTION @extschema@.revenue_forecast_hash(revenue_forecast @extschema@.revenue_forecast) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_hash';
COMMENT ON FUNCTION @extschema@.revenue_forecast_hash(revenue_forecast @extschema@.revenue_forecast) IS
  'hash of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_hash_extended(revenue_forecast @extschema@.revenue_forecast, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_hash_extended';
COMMENT ON FUNCTION @extschema@.revenue_forecast_hash_extended(revenue_forecast @extschema@.revenue_forecast, seed bigint) IS
  'hash of revenue_forecast with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.revenue_forecast_eq,
  LEFTARG = @extschema@.revenue_forecast, RIGHTARG = @extschema@.revenue_forecast,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.revenue_forecast, @extschema@.revenue_forecast) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.revenue_forecast_ne,
  LEFTARG = @extschema@.revenue_forecast, RIGHTARG = @extschema@.revenue_forecast,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.revenue_forecast, @extschema@.revenue_forecast) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.revenue_forecast_ops
  DEFAULT FOR TYPE @extschema@.revenue_forecast USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.revenue_forecast_hash(@extschema@.revenue_forecast),
  FUNCTION 2 @extschema@.revenue_forecast_hash_extended(@extschema@.revenue_forecast, bigint);
COMMENT ON OPERATOR CLASS @extschema@.revenue_forecast_ops USING hash IS
  'equality of revenue_forecast values';

CREATE FUNCTION @extschema@.jsonb(revenue_forecast @extschema@.revenue_forecast) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(revenue_forecast @extschema@.revenue_forecast) IS
  'revenue_forecast as json, as in the text form';

CREATE CAST (@extschema@.revenue_forecast AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.revenue_forecast);
COMMENT ON CAST (@extschema@.revenue_forecast AS jsonb) IS
  'revenue_forecast as json, as in the text form';

CREATE FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_accum';
COMMENT ON FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric) IS
  'transition of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric, amount_sd float8) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_accum';
COMMENT ON FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric, amount_sd float8) IS
  'transition of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_combine(state @extschema@.revenue_forecast, other @extschema@.revenue_forecast) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_combine';
COMMENT ON FUNCTION @extschema@.revenue_forecast_combine(state @extschema@.revenue_forecast, other @extschema@.revenue_forecast) IS
  'adds the deals of another revenue_forecast to a state';

CREATE FUNCTION @extschema@.revenue_forecast_final(state @extschema@.revenue_forecast) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_final';
COMMENT ON FUNCTION @extschema@.revenue_forecast_final(state @extschema@.revenue_forecast) IS
  'a state as a revenue_forecast';

CREATE AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric) (
  SFUNC = @extschema@.revenue_forecast_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric) IS
  'the distribution of what these deals bring; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric, amount_sd float8) (
  SFUNC = @extschema@.revenue_forecast_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric, amount_sd float8) IS
  'likewise where an amount is known to a standard deviation only';

CREATE AGGREGATE @extschema@.rollup(forecast @extschema@.revenue_forecast) (
  SFUNC = @extschema@.revenue_forecast_combine,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(forecast @extschema@.revenue_forecast) IS
  'puts forecasts of different deals together';

CREATE FUNCTION @extschema@.deals(forecast @extschema@.revenue_forecast) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_deals';
COMMENT ON FUNCTION @extschema@.deals(forecast @extschema@.revenue_forecast) IS
  'how many deals the forecast has';

CREATE FUNCTION @extschema@.n_ignored(forecast @extschema@.revenue_forecast) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(forecast @extschema@.revenue_forecast) IS
  'rows skipped because of a NULL';

CREATE FUNCTION @extschema@.expected_value(forecast @extschema@.revenue_forecast) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(forecast @extschema@.revenue_forecast) IS
  'sum of probability x amount, exact, rounded once to four decimals';

CREATE FUNCTION @extschema@.stddev(forecast @extschema@.revenue_forecast, correlation float8 DEFAULT 0) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'revenue_forecast_stddev';
COMMENT ON FUNCTION @extschema@.stddev(forecast @extschema@.revenue_forecast, correlation float8) IS
  'standard deviation of the sum';

CREATE FUNCTION @extschema@.quantile(forecast @extschema@.revenue_forecast, p float8, correlation float8 DEFAULT 0) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_quantile';
COMMENT ON FUNCTION @extschema@.quantile(forecast @extschema@.revenue_forecast, p float8, correlation float8) IS
  'smallest amount that the sum does not exceed with probability p';

CREATE FUNCTION @extschema@.quantiles(forecast @extschema@.revenue_forecast, p float8[], correlation float8 DEFAULT 0) RETURNS numeric[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_quantiles';
COMMENT ON FUNCTION @extschema@.quantiles(forecast @extschema@.revenue_forecast, p float8[], correlation float8) IS
  'likewise for each of several probabilities';

CREATE FUNCTION @extschema@.probability_at_least(forecast @extschema@.revenue_forecast, target numeric, correlation float8 DEFAULT 0) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_at_least';
COMMENT ON FUNCTION @extschema@.probability_at_least(forecast @extschema@.revenue_forecast, target numeric, correlation float8) IS
  'probability that the sum reaches the target';

CREATE FUNCTION @extschema@.wins(
  forecast @extschema@.revenue_forecast,
  OUT n bigint,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 100
  AS 'MODULE_PATHNAME', 'revenue_forecast_wins';
COMMENT ON FUNCTION @extschema@.wins(forecast @extschema@.revenue_forecast) IS
  'how many deals are won, with the probability of each number';

CREATE FUNCTION @extschema@.distribution(
  forecast @extschema@.revenue_forecast, points integer DEFAULT 200, correlation float8 DEFAULT 0,
  OUT amount numeric,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 200
  AS 'MODULE_PATHNAME', 'revenue_forecast_distribution';
COMMENT ON FUNCTION @extschema@.distribution(forecast @extschema@.revenue_forecast, points integer, correlation float8) IS
  'the distribution of the sum in at most so many rows to plot';

CREATE FUNCTION @extschema@.resolution(
  forecast @extschema@.revenue_forecast, correlation float8 DEFAULT 0,
  OUT cell numeric,
  OUT cells integer,
  OUT exact boolean,
  OUT error float8
)
  RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_resolution';
COMMENT ON FUNCTION @extschema@.resolution(forecast @extschema@.revenue_forecast, correlation float8) IS
  'the cells that the sum is computed on, whether it is exact, and if not the error';
