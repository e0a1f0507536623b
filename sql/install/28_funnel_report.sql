-- Tables made of counted funnels: mature conversion, bottleneck, compare.

CREATE FUNCTION @extschema@.conversion(
  funnel @extschema@.funnel,
  as_of timestamptz,
  OUT step integer,
  OUT stage text,
  OUT entered bigint,
  OUT dropped bigint,
  OUT step_conversion double precision,
  OUT conversion double precision,
  OUT low double precision,
  OUT high double precision,
  OUT median_time interval,
  OUT p90_time interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_mature_conversion';
COMMENT ON FUNCTION @extschema@.conversion(@extschema@.funnel, timestamptz) IS
  'conversion of the entries whose window is closed at as_of; times are NULL';

CREATE FUNCTION @extschema@.bottleneck(
  funnel @extschema@.funnel,
  OUT step integer,
  OUT stage text,
  OUT dropped bigint,
  OUT drop_share double precision,
  OUT amount_lost numeric,
  OUT amount_share double precision,
  OUT time_share double precision,
  OUT next_conversion double precision,
  OUT gained_deals double precision,
  OUT gained_amount numeric,
  OUT largest_gain boolean
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_bottleneck';
COMMENT ON FUNCTION @extschema@.bottleneck(@extschema@.funnel) IS
  'one row a step: its share of what is lost and of the time to the next step, and what one point more of conversion to it wins';

CREATE FUNCTION @extschema@.compare(
  a @extschema@.funnel,
  b @extschema@.funnel,
  OUT step integer,
  OUT stage text,
  OUT entered_a bigint,
  OUT entered_b bigint,
  OUT step_conversion_a double precision,
  OUT step_conversion_b double precision,
  OUT difference double precision,
  OUT low double precision,
  OUT high double precision,
  OUT p_value double precision,
  OUT conversion_a double precision,
  OUT conversion_b double precision,
  OUT conversion_difference double precision,
  OUT conversion_p_value double precision,
  OUT median_time_a interval,
  OUT median_time_b interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_compare';
COMMENT ON FUNCTION @extschema@.compare(@extschema@.funnel, @extschema@.funnel) IS
  'two funnels of different deals step by step: difference b - a with 95 % limits and p-value, medians side by side';

CREATE FUNCTION @extschema@.compare(
  a @extschema@.funnel,
  b @extschema@.funnel,
  as_of timestamptz,
  OUT step integer,
  OUT stage text,
  OUT entered_a bigint,
  OUT entered_b bigint,
  OUT step_conversion_a double precision,
  OUT step_conversion_b double precision,
  OUT difference double precision,
  OUT low double precision,
  OUT high double precision,
  OUT p_value double precision,
  OUT conversion_a double precision,
  OUT conversion_b double precision,
  OUT conversion_difference double precision,
  OUT conversion_p_value double precision,
  OUT median_time_a interval,
  OUT median_time_b interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_mature_compare';
COMMENT ON FUNCTION @extschema@.compare(@extschema@.funnel, @extschema@.funnel, timestamptz) IS
  'comparison of the entries whose window is closed at as_of; times are NULL';
