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

CREATE FUNCTION @extschema@.create_score_function(name text, function_name text,
  version integer DEFAULT NULL) RETURNS regprocedure
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  parts text[];
  features jsonb;
  types text[];
  arguments text;
  columns text;
  passed text;
BEGIN
  IF name IS NULL OR function_name IS NULL THEN
    RAISE EXCEPTION 'argument "%" of create_score_function must not be null',
        CASE WHEN name IS NULL THEN 'name' ELSE 'function_name' END
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  parts := parse_ident(function_name);
  IF cardinality(parts) <> 2 THEN
    RAISE EXCEPTION 'function name "%" has no schema', function_name
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write it as schema.name.';
  END IF;
  SELECT v.model::jsonb -> 'features' INTO features
    FROM crmprob.model_versions v
   WHERE v.name = create_score_function.name
     AND CASE WHEN create_score_function.version IS NULL THEN v.status = 'champion'
              ELSE v.version = create_score_function.version END;
  IF features IS NULL THEN
    RAISE EXCEPTION 'model "%" has no %', name,
        coalesce('version ' || version, 'champion')
      USING ERRCODE = 'undefined_object';
  END IF;
  SELECT array_agg(type ORDER BY i),
         string_agg(format('%I %s', f ->> 'name', type), ', ' ORDER BY i),
         array_agg(f ->> 'name' ORDER BY i)::text,
         string_agg(', $' || i, '' ORDER BY i)
    INTO types, arguments, columns, passed
    FROM jsonb_array_elements(features) WITH ORDINALITY AS e (f, i),
         LATERAL (SELECT CASE f ->> 'type'
             WHEN 'number' THEN 'pg_catalog.float8'
             WHEN 'boolean' THEN 'pg_catalog.bool'
             WHEN 'stage' THEN 'crmprob.stage'
             WHEN 'date' THEN 'pg_catalog.date'
             WHEN 'timestamp' THEN 'pg_catalog.timestamp'
             WHEN 'timestamptz' THEN 'pg_catalog.timestamptz'
             ELSE 'pg_catalog.text'
           END) AS t (type);
  EXECUTE format(
    'CREATE FUNCTION %I.%I(%s) RETURNS pg_catalog.float8'
    ' LANGUAGE sql STABLE PARALLEL SAFE COST 50'
    ' RETURN crmprob.score_columns(%L::pg_catalog.text, %s%L::pg_catalog.text[], 0::pg_catalog.oid%s)',
    parts[1], parts[2], arguments, name,
    coalesce(version || '::pg_catalog.int4, ', ''), columns, passed);
  RETURN to_regprocedure(format('%I.%I(%s)', parts[1], parts[2],
                                array_to_string(types, ', ')));
END $$;
COMMENT ON FUNCTION @extschema@.create_score_function(text, text, integer) IS
  'creates a SQL function of the model''s features that gives the score by the champion of a name, or by one version';
