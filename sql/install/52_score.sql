-- score: the probability that a model gives a row.

CREATE FUNCTION @extschema@.score(model @extschema@.model, features record) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'score_model';
COMMENT ON FUNCTION @extschema@.score(model @extschema@.model, features record) IS
  'probability of the label being true; columns are found by name';
