-- amount_estimation: what a deal may be worth, by experience, market and like cases.

CREATE FUNCTION @extschema@.estimate_amount(past text, deals text, k integer DEFAULT 10, level double precision DEFAULT 0.8)
  RETURNS TABLE (id text, method text, estimate numeric, low numeric, high numeric, n bigint)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 300
  AS 'MODULE_PATHNAME', 'estimate_amount';
COMMENT ON FUNCTION @extschema@.estimate_amount(past text, deals text, k integer, level double precision) IS
  'amounts that the deals of a query may have, from past ones of another: by the seller''s own figure and record, by segment, by the k past deals most like it';

CREATE FUNCTION @extschema@.estimate_bias(past text)
  RETURNS TABLE (seller text, n bigint, bias double precision, error double precision, shrunk_bias double precision, is_factor boolean)
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS 'MODULE_PATHNAME', 'estimate_bias';
COMMENT ON FUNCTION @extschema@.estimate_bias(past text) IS
  'how sellers'' own figures compared to realised amounts: as a factor and its logarithmic error where all are positive, else as a difference';
