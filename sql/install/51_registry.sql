-- registry: versions of named models, which of them is champion, score by name.
-- An ordinary table, so that visibility, rights and dumps are PostgreSQL's own.
-- Nothing is granted to PUBLIC: a model carries labels and quantiles of the
-- rows that it was trained on, and the text of the query.

CREATE TABLE @extschema@.model_versions (
  name text NOT NULL
    CONSTRAINT model_versions_name CHECK (pg_catalog.octet_length(name) BETWEEN 1 AND 200),
  version integer NOT NULL
    CONSTRAINT model_versions_version CHECK (version OPERATOR(pg_catalog.>=) 1),
  model @extschema@.model NOT NULL,
  status text NOT NULL DEFAULT 'candidate'
    CONSTRAINT model_versions_status CHECK (status IN ('champion', 'challenger', 'candidate', 'retired')),
  algorithm text NOT NULL,
  label text,
  train_query text,
  order_by text,
  holdout double precision,
  options jsonb NOT NULL DEFAULT '{}',
  as_of timestamptz,
  n bigint,
  n_positive bigint,
  metrics jsonb,
  warnings text[] NOT NULL DEFAULT '{}',
  trained_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  trained_by name NOT NULL DEFAULT current_user,
  note text,
  PRIMARY KEY (name, version)
);
COMMENT ON TABLE @extschema@.model_versions IS
  'trained models by name and version; train() adds, promote() chooses the champion';

CREATE UNIQUE INDEX model_versions_champion
  ON @extschema@.model_versions (name)
  WHERE status OPERATOR(pg_catalog.=) 'champion';
COMMENT ON INDEX @extschema@.model_versions_champion IS
  'a name has at most one champion';

SELECT pg_catalog.pg_extension_config_dump('crmprob.model_versions', '');

CREATE FUNCTION @extschema@.promote(name text, version integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous integer;
BEGIN
  -- two promotions of a name take turns, as does the numbering in train()
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(promote.name));
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = promote.name AND m.version = promote.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'model "%" has no version %',
        left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END,
        promote.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  END IF;
  SELECT m.version INTO previous FROM @extschema@.model_versions m
   WHERE m.name = promote.name AND m.status = 'champion';
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = promote.name AND m.status = 'champion'
     AND m.version <> promote.version;
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = promote.name AND m.version = promote.version
     AND m.status <> 'champion';
  RETURN previous;
END $$;
COMMENT ON FUNCTION @extschema@.promote(name text, version integer) IS
  'makes a version the champion of its name and retires the former one, whose version is returned';

CREATE FUNCTION @extschema@.score_support(request internal) RETURNS internal
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'score_support';
COMMENT ON FUNCTION @extschema@.score_support(request internal) IS
  'planner support: score of a table''s row reads its columns without forming a record';

CREATE FUNCTION @extschema@.score(name text, features record) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'registry_score_champion';
COMMENT ON FUNCTION @extschema@.score(name text, features record) IS
  'probability by the champion of a name; columns are found by name';

CREATE FUNCTION @extschema@.score(name text, version integer, features record) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'registry_score_version';
COMMENT ON FUNCTION @extschema@.score(name text, version integer, features record) IS
  'probability by one version of a named model; columns are found by name';
