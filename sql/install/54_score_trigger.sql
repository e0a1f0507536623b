-- score_trigger: the champion's score, grade and reasons kept in columns.

CREATE FUNCTION @extschema@.score_trigger() RETURNS trigger
  LANGUAGE c VOLATILE PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'score_trigger';
COMMENT ON FUNCTION @extschema@.score_trigger() IS
  'before insert or update for each row: score_trigger(model, score column [, grade column [, reasons column [, override column]]]) puts the champion''s score, grade and reasons into the row';
