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

CREATE TABLE @extschema@.model_promotions (
  name text NOT NULL,
  step integer NOT NULL,
  action text NOT NULL
    CONSTRAINT model_promotions_action CHECK (action IN ('promote', 'rollback', 'retire')),
  version integer NOT NULL,
  former integer,
  reason text,
  done_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  done_by name NOT NULL DEFAULT current_user,
  PRIMARY KEY (name, step)
);
COMMENT ON TABLE @extschema@.model_promotions IS
  'who made which version champion, and retired which, when and why; rows are added and never changed';

SELECT pg_catalog.pg_extension_config_dump('crmprob.model_promotions', '');

CREATE FUNCTION @extschema@.refuse_change() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
BEGIN
  RAISE EXCEPTION 'rows of "%" are added and never changed', TG_TABLE_NAME
    USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
COMMENT ON FUNCTION @extschema@.refuse_change() IS
  'trigger of append-only tables';

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE ON @extschema@.model_promotions
  FOR EACH ROW EXECUTE FUNCTION @extschema@.refuse_change();

CREATE FUNCTION @extschema@.promote(name text, version integer, reason text DEFAULT NULL) RETURNS integer
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous integer;
BEGIN
  IF promote.name IS NULL OR promote.version IS NULL THEN
    RETURN NULL;
  END IF;
  -- two promotions of a name take turns, as does the numbering in train()
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(promote.name));
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = promote.name AND m.version = promote.version;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = promote.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no version %',
        left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END,
        promote.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  END IF;
  SELECT m.version INTO previous FROM @extschema@.model_versions m
   WHERE m.name = promote.name AND m.status = 'champion';
  IF previous = promote.version THEN
    RETURN previous;
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = promote.name AND m.status = 'champion';
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = promote.name AND m.version = promote.version;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, former, reason)
  SELECT promote.name, coalesce(max(p.step), 0) + 1, 'promote', promote.version,
         previous, promote.reason
    FROM @extschema@.model_promotions p WHERE p.name = promote.name;
  RETURN previous;
END $$;
COMMENT ON FUNCTION @extschema@.promote(name text, version integer, reason text) IS
  'makes a version the champion of its name and retires the former one, whose version is returned';

CREATE FUNCTION @extschema@.rollback_model(name text, reason text DEFAULT NULL) RETURNS integer
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  current integer;
  earlier integer;
  followed_at timestamptz;
BEGIN
  IF rollback_model.name IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(rollback_model.name));
  SELECT m.version INTO current FROM @extschema@.model_versions m
   WHERE m.name = rollback_model.name AND m.status = 'champion';
  -- what the champion followed when it was last promoted; steps about a
  -- former model of this name are older than the model
  SELECT p.former, p.done_at INTO earlier, followed_at
    FROM @extschema@.model_promotions p
    JOIN @extschema@.model_versions m ON m.name = p.name AND m.version = p.version
   WHERE p.name = rollback_model.name AND p.version = current
     AND p.action = 'promote' AND p.done_at >= m.trained_at
   ORDER BY p.step DESC LIMIT 1;
  -- one that is younger was given the number of a deleted champion
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = rollback_model.name AND m.version = earlier
      AND m.trained_at <= followed_at;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = rollback_model.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no earlier champion to go back to',
        left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Choose a version with crmprob.promote(name, version).';
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = rollback_model.name AND m.version = current;
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = rollback_model.name AND m.version = earlier;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, former, reason)
  SELECT rollback_model.name, max(p.step) + 1, 'rollback', earlier, current,
         rollback_model.reason
    FROM @extschema@.model_promotions p WHERE p.name = rollback_model.name;
  RETURN earlier;
END $$;
COMMENT ON FUNCTION @extschema@.rollback_model(name text, reason text) IS
  'makes the champion before this one champion again and returns its version';

CREATE FUNCTION @extschema@.retire(name text, version integer, reason text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous text;
BEGIN
  IF retire.name IS NULL OR retire.version IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(retire.name));
  SELECT m.status INTO previous FROM @extschema@.model_versions m
   WHERE m.name = retire.name AND m.version = retire.version;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = retire.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(retire.name, 80) || CASE WHEN length(retire.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no version %',
        left(retire.name, 80) || CASE WHEN length(retire.name) > 80 THEN '...' ELSE '' END,
        retire.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  ELSIF previous = 'champion' THEN
    RAISE EXCEPTION 'version % of model "%" is the champion', retire.version, retire.name
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Promote another version first: crmprob.promote(name, version).';
  ELSIF previous = 'retired' THEN
    RETURN previous;
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = retire.name AND m.version = retire.version;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, reason)
  SELECT retire.name, coalesce(max(p.step), 0) + 1, 'retire', retire.version, retire.reason
    FROM @extschema@.model_promotions p WHERE p.name = retire.name;
  RETURN previous;
END $$;
COMMENT ON FUNCTION @extschema@.retire(name text, version integer, reason text) IS
  'takes a version that is not the champion out of use and returns the status it had';

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
