-- naive_bayes: a model from counts that are kept elsewhere.

CREATE FUNCTION @extschema@.make_naive_bayes(features text[], levels text[],
  won bigint[], lost bigint[], options jsonb DEFAULT '{}')
  RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'make_naive_bayes';
COMMENT ON FUNCTION @extschema@.make_naive_bayes(features text[], levels text[], won bigint[], lost bigint[], options jsonb) IS
  'naive Bayes model from counts, or deltas of counts, by feature and level; at a NULL feature stand those of all rows';
