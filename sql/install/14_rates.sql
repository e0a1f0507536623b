-- rates: the plain formulas of sales and customer analysis, numerator first.

CREATE FUNCTION @extschema@.cac(total_cost numeric, new_customers bigint) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_cac';
COMMENT ON FUNCTION @extschema@.cac(total_cost numeric, new_customers bigint) IS
  'customer acquisition cost: total_cost / new_customers; NULL without customers';

CREATE FUNCTION @extschema@.clv(average_order_value numeric, purchase_frequency numeric, lifetime numeric) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_clv';
COMMENT ON FUNCTION @extschema@.clv(average_order_value numeric, purchase_frequency numeric, lifetime numeric) IS
  'customer lifetime value: average_order_value x purchase_frequency x lifetime';

CREATE FUNCTION @extschema@.retention_rate(retained bigint, at_start bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_retention_rate';
COMMENT ON FUNCTION @extschema@.retention_rate(retained bigint, at_start bigint) IS
  'share of the customers at the start who stayed; NULL without any';

CREATE FUNCTION @extschema@.churn_rate(lost bigint, at_start bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_churn_rate';
COMMENT ON FUNCTION @extschema@.churn_rate(lost bigint, at_start bigint) IS
  'share of the customers at the start who left; NULL without any';

CREATE FUNCTION @extschema@.conversion_rate(won bigint, leads bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_conversion_rate';
COMMENT ON FUNCTION @extschema@.conversion_rate(won bigint, leads bigint) IS
  'share of the leads that were won; NULL without any';

CREATE FUNCTION @extschema@.close_probability(won bigint, opportunities bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_close_probability';
COMMENT ON FUNCTION @extschema@.close_probability(won bigint, opportunities bigint) IS
  'share of the opportunities that were won; NULL without any';
