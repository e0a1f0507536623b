-- velocity: how much a pipeline earns a day, and the share of deals won.

CREATE FUNCTION @extschema@.sales_velocity(opportunities bigint, win_rate double precision, average_amount numeric, cycle interval) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_sales_velocity';
COMMENT ON FUNCTION @extschema@.sales_velocity(opportunities bigint, win_rate double precision, average_amount numeric, cycle interval) IS
  'amount per day: opportunities x win_rate x average_amount / cycle in days; NULL when the cycle is 0';

CREATE FUNCTION @extschema@.win_rate(won bigint, lost bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_win_rate';
COMMENT ON FUNCTION @extschema@.win_rate(won bigint, lost bigint) IS
  'won / (won + lost); NULL when both are 0';

CREATE FUNCTION @extschema@.win_rate_accum(state @extschema@.proportion, stage @extschema@.stage) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_win_rate_accum';
COMMENT ON FUNCTION @extschema@.win_rate_accum(state @extschema@.proportion, stage @extschema@.stage) IS
  'transition of win_rate(stage)';

CREATE AGGREGATE @extschema@.win_rate(stage @extschema@.stage) (
  SFUNC = @extschema@.win_rate_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.win_rate(stage @extschema@.stage) IS
  'won of closed deals as a proportion; open stages do not count';
