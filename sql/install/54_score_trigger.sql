-- score_trigger: the champion's score kept in a column.

CREATE FUNCTION @extschema@.score_trigger() RETURNS trigger
  LANGUAGE c VOLATILE PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'score_trigger';
COMMENT ON FUNCTION @extschema@.score_trigger() IS
  'before insert or update for each row: score_trigger(model, column) puts the champion''s score into the column';
