-- importance, explain, reasons, what_if, next_best_action, rules: what a model
-- looks at, why a row got its score, and what would change it.
-- STABLE where values are read or shown as DateStyle and the like have it.

CREATE FUNCTION @extschema@.importance(model @extschema@.model,
  OUT feature text, OUT gain double precision, OUT share double precision)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
  AS 'MODULE_PATHNAME', 'model_importance';
COMMENT ON FUNCTION @extschema@.importance(@extschema@.model) IS
  'features by what they weigh in the model: the gain of their splits, or the spread of their contributions';

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

CREATE FUNCTION @extschema@.reasons(model @extschema@.model, features record,
  n integer DEFAULT 3) RETURNS text[]
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'model_reasons';
COMMENT ON FUNCTION @extschema@.reasons(@extschema@.model, record, integer) IS
  'the values that weigh most for and against, as phrases';

CREATE FUNCTION @extschema@.reasons(name text, features record,
  n integer DEFAULT 3) RETURNS text[]
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'registry_reasons';
COMMENT ON FUNCTION @extschema@.reasons(text, record, integer) IS
  'reasons by the champion of this name';

CREATE FUNCTION @extschema@.what_if(model @extschema@.model, features record,
  changes jsonb) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'model_what_if';
COMMENT ON FUNCTION @extschema@.what_if(@extschema@.model, record, jsonb) IS
  'score of the record if it had these values';

CREATE FUNCTION @extschema@.what_if(name text, features record,
  changes jsonb) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'registry_what_if';
COMMENT ON FUNCTION @extschema@.what_if(text, record, jsonb) IS
  'what_if by the champion of this name';

CREATE FUNCTION @extschema@.next_best_action(model @extschema@.model,
  features record, actions jsonb,
  OUT feature text, OUT value text, OUT before double precision,
  OUT after double precision, OUT gain double precision)
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'model_next_best_action';
COMMENT ON FUNCTION @extschema@.next_best_action(@extschema@.model, record, jsonb) IS
  'the one change that raises the score most, out of those allowed';

CREATE FUNCTION @extschema@.next_best_action(name text,
  features record, actions jsonb,
  OUT feature text, OUT value text, OUT before double precision,
  OUT after double precision, OUT gain double precision)
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'registry_next_best_action';
COMMENT ON FUNCTION @extschema@.next_best_action(text, record, jsonb) IS
  'next_best_action by the champion of this name';

CREATE FUNCTION @extschema@.rules(model @extschema@.model,
  tree integer DEFAULT 1,
  OUT rule integer, OUT condition text, OUT n double precision,
  OUT value double precision)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 30
  AS 'MODULE_PATHNAME', 'model_rules';
COMMENT ON FUNCTION @extschema@.rules(@extschema@.model, integer) IS
  'a tree of the model as one condition a leaf, with the training weight there and the leaf''s value';
