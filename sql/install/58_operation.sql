-- operation: train again, compare, watch for drift, share traffic, keep a log.

CREATE FUNCTION @extschema@.retrain(name text, rule text DEFAULT 'not_worse',
  OUT version integer, OUT champion integer, OUT n bigint,
  OUT log_loss double precision, OUT champion_log_loss double precision,
  OUT difference double precision, OUT std_error double precision,
  OUT promoted boolean, OUT reason text, OUT warnings text[])
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000
  AS 'MODULE_PATHNAME', 'retrain';
COMMENT ON FUNCTION @extschema@.retrain(text, text) IS
  'trains the champion''s query again and promotes the new version if, on the same newest rows, the rule allows it: not_worse, better, always or never';

CREATE FUNCTION @extschema@.compare(name text, first integer, second integer,
  query text, label text,
  OUT n bigint, OUT n_positive bigint,
  OUT auc_1 double precision, OUT auc_2 double precision,
  OUT auc_difference double precision, OUT auc_p double precision,
  OUT log_loss_1 double precision, OUT log_loss_2 double precision,
  OUT log_loss_difference double precision, OUT log_loss_p double precision,
  OUT brier_1 double precision, OUT brier_2 double precision,
  OUT brier_difference double precision, OUT brier_p double precision)
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000
  AS 'MODULE_PATHNAME', 'model_compare';
COMMENT ON FUNCTION @extschema@.compare(text, integer, integer, text, text) IS
  'two versions of a model on the labelled rows of a query, with paired tests: DeLong''s for AUC, of the mean difference for log-loss and Brier score';

CREATE FUNCTION @extschema@.drift(name text, query text, version integer DEFAULT NULL)
  RETURNS TABLE (feature text, n bigint, psi double precision,
    ks double precision, null_then double precision, null_now double precision,
    unseen_share double precision, status text)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 20
  AS 'MODULE_PATHNAME', 'drift';
COMMENT ON FUNCTION @extschema@.drift(name text, query text, version integer) IS
  'the features of a model, champion or version, in the rows of a query against those it was trained on';

-- traffic -------------------------------------------------------------------

CREATE TABLE @extschema@.model_traffic (
  name text NOT NULL,
  version integer NOT NULL,
  share double precision NOT NULL
    CONSTRAINT model_traffic_share CHECK (share OPERATOR(pg_catalog.>) 0
      AND share OPERATOR(pg_catalog.<=) 1),
  PRIMARY KEY (name, version)
);
COMMENT ON TABLE @extschema@.model_traffic IS
  'the share of keys that each challenger of a name scores; the champion has the rest';

SELECT pg_catalog.pg_extension_config_dump('crmprob.model_traffic', '');

CREATE FUNCTION @extschema@.set_traffic(name text, version integer, share double precision) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  present text;
  others float8;
BEGIN
  IF NOT set_traffic.share BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'share % of traffic is not between 0 and 1', set_traffic.share
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(set_traffic.name));
  SELECT m.status INTO present FROM @extschema@.model_versions m
   WHERE m.name = set_traffic.name AND m.version = set_traffic.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'model "%" has no version %',
        left(set_traffic.name, 80) || CASE WHEN length(set_traffic.name) > 80 THEN '...' ELSE '' END,
        set_traffic.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  ELSIF present = 'champion' THEN
    RAISE EXCEPTION 'version % of model "%" is the champion', set_traffic.version, set_traffic.name
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'It has what the challengers leave.';
  END IF;
  SELECT coalesce(sum(t.share), 0) INTO others
    FROM @extschema@.model_traffic t
    JOIN @extschema@.model_versions m ON m.name = t.name AND m.version = t.version
   WHERE t.name = set_traffic.name AND t.version <> set_traffic.version
     AND m.status = 'challenger';
  IF others + set_traffic.share > 1 THEN
    RAISE EXCEPTION 'shares of traffic of model "%" add up to more than 1', set_traffic.name
      USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('The other challengers have %s.', others);
  END IF;
  DELETE FROM @extschema@.model_traffic t
   WHERE t.name = set_traffic.name AND t.version = set_traffic.version;
  IF set_traffic.share > 0 THEN
    INSERT INTO @extschema@.model_traffic (name, version, share)
    VALUES (set_traffic.name, set_traffic.version, set_traffic.share);
  END IF;
  UPDATE @extschema@.model_versions m
     SET status = CASE WHEN set_traffic.share > 0 THEN 'challenger' ELSE 'candidate' END
   WHERE m.name = set_traffic.name AND m.version = set_traffic.version;
END $$;
COMMENT ON FUNCTION @extschema@.set_traffic(name text, version integer, share double precision) IS
  'makes a version a challenger that scores this share of the keys; 0 makes it a candidate again';

-- Challengers are asked in order of version; each takes its share of what the
-- earlier ones left, by a hash of its own (the low 32 bits, the better mixed
-- half), and the champion the rest. So a new version takes keys from the
-- champion only.
CREATE FUNCTION @extschema@.assign(name text, key text) RETURNS integer
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(
    (SELECT c.version
       FROM (SELECT t.version, t.share,
                    1::float8 OPERATOR(pg_catalog.-) coalesce(pg_catalog.sum(t.share) OVER (
                      ORDER BY t.version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0::float8) AS remaining
               FROM @extschema@.model_traffic t
               JOIN @extschema@.model_versions v
                 ON v.name OPERATOR(pg_catalog.=) t.name
                AND v.version OPERATOR(pg_catalog.=) t.version
              WHERE t.name OPERATOR(pg_catalog.=) assign.name
                AND v.status OPERATOR(pg_catalog.=) 'challenger'::text) c
      WHERE ((pg_catalog.hashtextextended(
                pg_catalog.concat_ws(':'::text, c.version, assign.name, assign.key), 0::bigint)
              OPERATOR(pg_catalog.&) 4294967295::bigint)::float8
             OPERATOR(pg_catalog./) 4294967296::float8)
            OPERATOR(pg_catalog.*) c.remaining OPERATOR(pg_catalog.<) c.share
      ORDER BY c.version
      LIMIT 1),
    (SELECT v.version
       FROM @extschema@.model_versions v
      WHERE v.name OPERATOR(pg_catalog.=) assign.name
        AND v.status OPERATOR(pg_catalog.=) 'champion'::text));
END;
COMMENT ON FUNCTION @extschema@.assign(name text, key text) IS
  'the version that scores this key, champion or challenger: always the same while the shares are';

CREATE FUNCTION @extschema@.score_ab(name text, key text, features record) RETURNS double precision
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 200
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  chosen integer := @extschema@.assign(score_ab.name, score_ab.key);
BEGIN
  IF chosen IS NULL THEN
    -- says what is wrong with the name
    RETURN @extschema@.score(score_ab.name, score_ab.features);
  END IF;
  RETURN @extschema@.score(score_ab.name, chosen, score_ab.features);
END $$;
COMMENT ON FUNCTION @extschema@.score_ab(name text, key text, features record) IS
  'probability by the version that the key is assigned to';

-- log -----------------------------------------------------------------------

CREATE TABLE @extschema@.score_log (
  name text NOT NULL,
  version integer NOT NULL,
  key text NOT NULL,
  score double precision NOT NULL,
  scored_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE @extschema@.score_log IS
  'scores as they were given: by which version, for which key, when';

CREATE INDEX score_log_key ON @extschema@.score_log (name, key, scored_at);
COMMENT ON INDEX @extschema@.score_log_key IS
  'the scores of a key in order of time';

SELECT pg_catalog.pg_extension_config_dump('crmprob.score_log', '');

CREATE FUNCTION @extschema@.log_score(name text, key text, features record) RETURNS double precision
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  chosen integer := @extschema@.assign(log_score.name, log_score.key);
  given float8;
BEGIN
  IF chosen IS NULL THEN
    -- says what is wrong with the name
    RETURN @extschema@.score(log_score.name, log_score.features);
  END IF;
  given := @extschema@.score(log_score.name, chosen, log_score.features);
  INSERT INTO @extschema@.score_log (name, version, key, score)
  VALUES (log_score.name, chosen, log_score.key, given);
  RETURN given;
END $$;
COMMENT ON FUNCTION @extschema@.log_score(name text, key text, features record) IS
  'score_ab that also adds a row to score_log';

-- the caller's search_path stays: the query is the caller's
CREATE FUNCTION @extschema@.log_scores(name text, query text, key text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000
  AS $$
DECLARE
  added pg_catalog.int8;
BEGIN
  EXECUTE pg_catalog.format(
    'INSERT INTO crmprob.score_log (name, version, key, score) '
    'SELECT $1, crmprob_a.version, crmprob_a.key, crmprob.score($1, crmprob_a.version, crmprob_a.crmprob_q) '
    'FROM (SELECT crmprob_q, crmprob_q.%1$I::pg_catalog.text AS key, '
    'crmprob.assign($1, crmprob_q.%1$I::pg_catalog.text) AS version FROM (%2$s) crmprob_q '
    -- assigned once a row, not where it is used
    'OFFSET 0) crmprob_a WHERE crmprob_a.key IS NOT NULL',
    log_scores.key,
    crmprob.query_text('log_scores', log_scores.query))
    USING log_scores.name;
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END $$;
COMMENT ON FUNCTION @extschema@.log_scores(name text, query text, key text) IS
  'scores the rows of a query, each by the version its key is assigned to, into score_log; returns how many';

CREATE FUNCTION @extschema@.score_trend(name text)
  RETURNS TABLE (key text, version integer, score double precision,
    previous double precision, delta double precision, scored_at timestamptz,
    previous_at timestamptz)
  LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
  SELECT s.key, s.version, s.score, s.previous,
         s.score OPERATOR(pg_catalog.-) s.previous, s.scored_at, s.previous_at
    FROM (SELECT l.key, l.version, l.score, l.scored_at,
                 pg_catalog.lead(l.score) OVER w AS previous,
                 pg_catalog.lead(l.scored_at) OVER w AS previous_at,
                 pg_catalog.row_number() OVER w AS place
            FROM @extschema@.score_log l
           WHERE l.name OPERATOR(pg_catalog.=) score_trend.name
          WINDOW w AS (PARTITION BY l.key ORDER BY l.scored_at DESC, l.version DESC, l.score DESC)) s
   WHERE s.place OPERATOR(pg_catalog.=) 1::bigint;
END;
COMMENT ON FUNCTION @extschema@.score_trend(name text) IS
  'the newest logged score of each key, and how it has moved since the one before';

CREATE FUNCTION @extschema@.live_performance(name text, outcomes text, key text,
  label text, period text DEFAULT 'month')
  RETURNS TABLE (version integer, since timestamptz, n bigint, n_positive bigint,
    expected double precision, auc double precision, log_loss double precision,
    brier double precision, ece double precision, evaluation @extschema@.evaluation)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
BEGIN
  RETURN QUERY EXECUTE pg_catalog.format(
    'SELECT e.version, e.since, crmprob.n(e.evaluation), crmprob.n_positive(e.evaluation), '
    '(crmprob.expected_wins(e.evaluation)).expected, crmprob.auc(e.evaluation), '
    'crmprob.log_loss(e.evaluation), crmprob.brier(e.evaluation), '
    'crmprob.ece(e.evaluation), e.evaluation '
    'FROM (SELECT f.version, pg_catalog.date_trunc($2, f.scored_at, ''UTC'') AS since, '
    'crmprob.evaluation(f.score, crmprob_q.%2$I) AS evaluation '
    'FROM (SELECT DISTINCT ON (l.version, l.key) l.version, l.key, l.score, l.scored_at '
    'FROM crmprob.score_log l WHERE l.name OPERATOR(pg_catalog.=) $1 '
    'ORDER BY l.version, l.key, l.scored_at, l.score) f '
    'JOIN (%3$s) crmprob_q ON crmprob_q.%1$I::pg_catalog.text OPERATOR(pg_catalog.=) f.key '
    'WHERE crmprob_q.%2$I IS NOT NULL GROUP BY 1, 2) e ORDER BY 1, 2',
    live_performance.key, live_performance.label,
    crmprob.query_text('live_performance', live_performance.outcomes))
    USING live_performance.name, live_performance.period;
END $$;
COMMENT ON FUNCTION @extschema@.live_performance(name text, outcomes text, key text, label text, period text) IS
  'the first logged score of each key and version against what became of it, by version and period';
