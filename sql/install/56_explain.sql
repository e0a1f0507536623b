-- importance and explain: what a model looks at, and why a row got its score.

CREATE FUNCTION @extschema@.importance(model @extschema@.model,
  OUT feature text, OUT gain double precision, OUT share double precision)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
  AS 'MODULE_PATHNAME', 'model_importance';
COMMENT ON FUNCTION @extschema@.importance(@extschema@.model) IS
  'features of a model of trees by what they gained in training, the most important first';

-- STABLE: values are shown as DateStyle and the like have it.
CREATE FUNCTION @extschema@.explain(model @extschema@.model, features record,
  OUT rank integer, OUT feature text, OUT value text,
  OUT contribution double precision)
  RETURNS SETOF record
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
  AS 'MODULE_PATHNAME', 'model_explain';
COMMENT ON FUNCTION @extschema@.explain(@extschema@.model, record) IS
  'contributions of the features to the log-odds of the score; the row without a feature is what they start from';

CREATE FUNCTION @extschema@.explain(name text, features record,
  OUT rank integer, OUT feature text, OUT value text,
  OUT contribution double precision)
  RETURNS SETOF record
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
  AS 'MODULE_PATHNAME', 'registry_explain';
COMMENT ON FUNCTION @extschema@.explain(text, record) IS
  'explain by the champion of this name';
