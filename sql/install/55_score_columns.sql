-- score_columns: score of columns that are passed one by one.

CREATE FUNCTION @extschema@.score_columns(model @extschema@.model,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_model';
COMMENT ON FUNCTION @extschema@.score_columns(model @extschema@.model, columns text[], present oid, VARIADIC features "any") IS
  'probability by a model from named columns, what the planner makes of score; NULL present means no row';

CREATE FUNCTION @extschema@.score_columns(name text,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c STABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_champion';
COMMENT ON FUNCTION @extschema@.score_columns(name text, columns text[], present oid, VARIADIC features "any") IS
  'probability by the champion of a name from named columns, what the planner makes of score; NULL present means no row';

CREATE FUNCTION @extschema@.score_columns(name text, version integer,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c STABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_version';
COMMENT ON FUNCTION @extschema@.score_columns(name text, version integer, columns text[], present oid, VARIADIC features "any") IS
  'probability by one version of a named model from named columns, what the planner makes of score; NULL present means no row';
