-- grade: a letter for a score, by limits that the model holds.

CREATE FUNCTION @extschema@.grade(model @extschema@.model, score double precision) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'model_grade';
COMMENT ON FUNCTION @extschema@.grade(model @extschema@.model, score double precision) IS
  'letter of a score by the limits of the model, A for the highest; NULL without limits';

CREATE FUNCTION @extschema@.grade(name text, score double precision) RETURNS text
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'registry_grade';
COMMENT ON FUNCTION @extschema@.grade(name text, score double precision) IS
  'letter of a score by the limits of the champion of a name';

CREATE FUNCTION @extschema@.grade_limits(model @extschema@.model) RETURNS double precision[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'model_grade_limits';
COMMENT ON FUNCTION @extschema@.grade_limits(model @extschema@.model) IS
  'least scores of the grades A, B, ...; what is below the last has the next letter';

CREATE FUNCTION @extschema@.set_grades(model @extschema@.model, limits double precision[]) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'model_set_grades';
COMMENT ON FUNCTION @extschema@.set_grades(model @extschema@.model, limits double precision[]) IS
  'the model with other limits of grades, highest first; an empty array takes them away';
