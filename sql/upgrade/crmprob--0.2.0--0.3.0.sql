-- crmprob: from 0.2.0 to 0.3.0.
\echo Use "ALTER EXTENSION crmprob UPDATE TO '0.3.0'" to load this file. \quit

-- evaluation, row by row: curve, buckets, one threshold, expected wins.

CREATE FUNCTION @extschema@.roc(evaluation @extschema@.evaluation)
  RETURNS TABLE (threshold float8, true_positives bigint, false_positives bigint,
    true_positive_rate float8, false_positive_rate float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 500
  AS 'MODULE_PATHNAME', 'evaluation_roc';
COMMENT ON FUNCTION @extschema@.roc(evaluation @extschema@.evaluation) IS
  'the ROC curve: a row for each threshold, from nobody called (infinity) to everybody';

CREATE FUNCTION @extschema@.lift(evaluation @extschema@.evaluation, buckets integer DEFAULT 10)
  RETURNS TABLE (bucket integer, n float8, positives float8, low_score float8,
    high_score float8, rate float8, lift float8, gain float8, cumulative_lift float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
  AS 'MODULE_PATHNAME', 'evaluation_lift';
COMMENT ON FUNCTION @extschema@.lift(evaluation @extschema@.evaluation, buckets integer) IS
  'buckets of equally many rows, highest scores first: how many times the base rate, what share of all positives so far';

CREATE FUNCTION @extschema@.calibration(evaluation @extschema@.evaluation, bins integer DEFAULT 10)
  RETURNS TABLE (bin integer, n float8, mean_score float8, rate float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
  AS 'MODULE_PATHNAME', 'evaluation_calibration';
COMMENT ON FUNCTION @extschema@.calibration(evaluation @extschema@.evaluation, bins integer) IS
  'bins of equally many rows: mean score against the share that came true, with its 95 % interval';

CREATE FUNCTION @extschema@.confusion(evaluation @extschema@.evaluation, threshold float8,
  OUT true_positives bigint, OUT false_positives bigint,
  OUT true_negatives bigint, OUT false_negatives bigint,
  OUT "precision" float8, OUT recall float8, OUT specificity float8,
  OUT accuracy float8, OUT f1 float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_confusion';
COMMENT ON FUNCTION @extschema@.confusion(@extschema@.evaluation, float8) IS
  'right and wrong calls when rows with at least this score are called';

CREATE FUNCTION @extschema@.best_threshold(evaluation @extschema@.evaluation,
  objective text DEFAULT 'f1', cost_false_positive float8 DEFAULT 1,
  cost_false_negative float8 DEFAULT 1,
  OUT threshold float8, OUT value float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_best_threshold';
COMMENT ON FUNCTION @extschema@.best_threshold(@extschema@.evaluation, text, float8, float8) IS
  'the threshold with the greatest f1 or youden, or the least cost of wrong calls; infinity calls nobody';

CREATE FUNCTION @extschema@.expected_wins(evaluation @extschema@.evaluation,
  OUT n bigint, OUT expected float8, OUT std_dev float8, OUT observed bigint)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_expected_wins';
COMMENT ON FUNCTION @extschema@.expected_wins(@extschema@.evaluation) IS
  'sum of the scores with the standard deviation that independent rows would have, and how many came true';

CREATE FUNCTION @extschema@.expected_wins(scores float8[],
  OUT n bigint, OUT expected float8, OUT std_dev float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'scores_expected_wins';
COMMENT ON FUNCTION @extschema@.expected_wins(float8[]) IS
  'sum of the scores with the standard deviation that independent rows would have; NULL elements are skipped';

COMMENT ON FUNCTION @extschema@.coefficients(@extschema@.model) IS
  'coefficients of a logistic model on the scale of its columns, or what each value adds to the log-odds of naive Bayes or of rates by stage; the intercept first';

-- promote takes a reason now
DROP FUNCTION @extschema@.promote(text, integer);

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
  SELECT p.former INTO earlier
    FROM @extschema@.model_promotions p
    JOIN @extschema@.model_versions m ON m.name = p.name AND m.version = p.version
   WHERE p.name = rollback_model.name AND p.version = current
     AND p.action = 'promote' AND p.done_at >= m.trained_at
   ORDER BY p.step DESC LIMIT 1;
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = rollback_model.name AND m.version = earlier;
  IF NOT FOUND THEN
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



CREATE FUNCTION @extschema@.cross_validate(query text, label text,
  algorithm text DEFAULT 'logistic', options jsonb DEFAULT '{}',
  folds integer DEFAULT 5)
  RETURNS TABLE (fold integer, n bigint, n_positive bigint,
    auc double precision, log_loss double precision, brier double precision,
    ece double precision, evaluation @extschema@.evaluation)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 6
  AS 'MODULE_PATHNAME', 'cross_validate';
COMMENT ON FUNCTION @extschema@.cross_validate(query text, label text, algorithm text, options jsonb, folds integer) IS
  'scores each fold of the rows of a query by a model of the others; the row without a fold is all of them together';

COMMENT ON FUNCTION @extschema@.score_trigger() IS
  'before insert or update for each row: score_trigger(model, score column [, grade column [, reasons column [, override column]]]) puts the champion''s score, grade and reasons into the row';

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

-- import_xgboost and to_sql: models from elsewhere, and for elsewhere.

CREATE FUNCTION @extschema@.import_xgboost(model jsonb,
  features text[] DEFAULT NULL, categories jsonb DEFAULT NULL)
  RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000
  AS 'MODULE_PATHNAME', 'import_xgboost';
COMMENT ON FUNCTION @extschema@.import_xgboost(jsonb, text[], jsonb) IS
  'model from the JSON that XGBoost''s save_model writes; features names the columns if the document does not';

CREATE FUNCTION @extschema@.to_sql(model @extschema@.model,
  alias text DEFAULT NULL) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'model_to_sql';
COMMENT ON FUNCTION @extschema@.to_sql(@extschema@.model, text) IS
  'the score as one SQL expression over columns, for servers without this extension';

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
    -- a comment at its end ends with the line
    pg_catalog.concat(pg_catalog.rtrim(log_scores.query, E' \t\r\n;'), E'\n'))
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
    pg_catalog.concat(pg_catalog.rtrim(live_performance.outcomes, E' \t\r\n;'), E'\n'))
    USING live_performance.name, live_performance.period;
END $$;
COMMENT ON FUNCTION @extschema@.live_performance(name text, outcomes text, key text, label text, period text) IS
  'the first logged score of each key and version against what became of it, by version and period';

-- honesty: what a data set holds, and what gives its outcome away.

CREATE FUNCTION @extschema@.query_columns(query text,
  OUT column_number integer, OUT name text, OUT type regtype, OUT kind text)
  RETURNS SETOF record
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 20
  AS 'MODULE_PATHNAME', 'query_columns';
COMMENT ON FUNCTION @extschema@.query_columns(query text) IS
  'columns that a query returns, without running it; kind is what fit makes of them, NULL for nothing';

CREATE FUNCTION @extschema@.value_counts(query text, label text DEFAULT NULL,
  closed_at text DEFAULT NULL, whole_rows boolean DEFAULT false,
  OUT column_number integer, OUT half integer, OUT value text,
  OUT number double precision, OUT n_won bigint, OUT n_lost bigint,
  OUT n_open bigint, OUT n_after bigint)
  RETURNS SETOF record
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS 'MODULE_PATHNAME', 'value_counts';
COMMENT ON FUNCTION @extschema@.value_counts(query text, label text, closed_at text, whole_rows boolean) IS
  'how often each value of each column of a query occurs, by outcome; column 0 is all rows, -1 whole rows';

-- A value's name in a report: short enough to be read.
CREATE FUNCTION @extschema@.shown_value(value text, number double precision, kind text)
  RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE
    WHEN number = 'NaN' THEN '(missing)'
    WHEN kind = 'time' AND number IN ('Infinity', '-Infinity') THEN lower(number::text)
    WHEN kind = 'time' THEN to_char(timestamp '2000-01-01' + number * interval '1 day', 'YYYY-MM-DD')
    WHEN kind = 'numeric' AND number IS NOT NULL THEN number::text
    WHEN value IS NULL THEN '(missing)'
    WHEN length(value) > 60 THEN left(value, 57) || '...'
    ELSE value END;
END;
COMMENT ON FUNCTION @extschema@.shown_value(value text, number double precision, kind text) IS
  'a value as reports show it';

-- The rule by which fit leaves out a column that identifies rows.
CREATE FUNCTION @extschema@.is_key(type regtype, kind text, n_distinct bigint,
  n_present double precision, n_mail bigint) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(is_key.kind = 'categorical' AND (n_distinct > 10000 OR (
    is_key.type IN ('text', 'varchar', 'bpchar', 'name') AND (
      (n_distinct > 10 AND n_distinct > 0.9 * n_present)
      OR n_mail > 0.5 * n_distinct))), false);
END;
COMMENT ON FUNCTION @extschema@.is_key(type regtype, kind text, n_distinct bigint, n_present double precision, n_mail bigint) IS
  'does a column of so many values identify rows, so that fit leaves it out';

CREATE FUNCTION @extschema@.leakage_report(query text, label text, closed_at text DEFAULT NULL,
  OUT feature text, OUT single_auc double precision, OUT only_in_class text,
  OUT verdict text, OUT reason text)
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.half, v.value,
           nullif(v.number, 'NaN') AS number, v.n_won::float8 AS won,
           v.n_lost::float8 AS lost, v.n_after AS after
      FROM @extschema@.value_counts(leakage_report.query, leakage_report.label,
                                    leakage_report.closed_at) v
     WHERE leakage_report.label IS NOT NULL
  ), total AS (
    SELECT won, lost, won / nullif(won + lost, 0) AS share
      FROM counts WHERE c = 0
  ), columns AS (
    -- total first: a label that is no label is an error, other columns or not
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(leakage_report.query) c
     WHERE c.name <> leakage_report.label AND EXISTS (SELECT FROM total)
  ), scored AS (
    -- a category is ordered by its win rate among the other half of the rows
    SELECT v.c, v.won, v.lost,
           CASE WHEN k.kind = 'categorical'
                THEN (sum(v.won) OVER same - v.won + t.share) /
                     (sum(v.won + v.lost) OVER same - v.won - v.lost + 1)
                ELSE v.number END AS place,
           k.kind <> 'categorical' AND v.number IS NULL AS missing
      FROM counts v JOIN columns k ON k.c = v.c CROSS JOIN total t
    WINDOW same AS (PARTITION BY v.c, v.value)
  ), ranked AS (
    SELECT c, sum(won) AS won, sum(lost) AS lost, missing,
           sum(sum(lost)) OVER (PARTITION BY c, missing ORDER BY place) - sum(lost) / 2 AS below
      FROM scored GROUP BY c, missing, place
  ), areas AS (
    SELECT r.c,
           coalesce(sum(won * below) FILTER (WHERE NOT missing), 0) AS area,
           coalesce(sum(won) FILTER (WHERE missing), 0) AS won_missing,
           coalesce(sum(lost) FILTER (WHERE missing), 0) AS lost_missing,
           sum(won) AS won, sum(lost) AS lost
      FROM ranked r GROUP BY r.c
  ), aucs AS (
    -- missing numbers below all others, or above them
    SELECT c, (area + (won - won_missing) * lost_missing + won_missing * lost_missing / 2)
              / nullif(won * lost, 0) AS low,
           (area + won_missing * (lost - lost_missing) + won_missing * lost_missing / 2)
              / nullif(won * lost, 0) AS high
      FROM areas
  ), single AS (
    SELECT a.c, CASE WHEN k.kind = 'categorical' THEN low
                     ELSE greatest(low, 1 - low, high, 1 - high) END AS auc
      FROM aucs a JOIN columns k ON k.c = a.c
  ), merged AS (
    SELECT v.c, v.value, v.number, sum(v.won) AS won, sum(v.lost) AS lost,
           sum(v.after) AS after, count(*) OVER (PARTITION BY v.c) AS n_values
      FROM counts v WHERE v.c > 0 GROUP BY v.c, v.value, v.number
    HAVING sum(v.won + v.lost) > 0
  ), one_class AS (
    -- by chance less often than once in a thousand, whatever the number of values
    SELECT m.c, m.won + m.lost AS n, m.won > 0 AS is_won,
           m.value IS NULL AND m.number IS NULL AS missing,
           @extschema@.shown_value(m.value, m.number, k.kind) AS shown,
           (m.won + m.lost) / CASE WHEN m.won > 0 THEN t.won ELSE t.lost END AS of_class,
           row_number() OVER (PARTITION BY m.c ORDER BY m.won + m.lost DESC, m.won, m.value COLLATE "C", m.number) AS place
      FROM merged m JOIN columns k ON k.c = m.c CROSS JOIN total t
     WHERE (m.won = 0 OR m.lost = 0) AND t.won > 0 AND t.lost > 0
       AND (m.won + m.lost) * ln(CASE WHEN m.won > 0 THEN t.share ELSE 1 - t.share END)
           + ln(m.n_values) < ln(0.001)
  ), listed AS (
    SELECT c, string_agg(format('%s: %s (%s)', CASE WHEN is_won THEN 'true' ELSE 'false' END, shown, n),
                         ', ' ORDER BY place) FILTER (WHERE place <= 3)
              || CASE WHEN count(*) > 3 THEN format(', and %s more', count(*) - 3) ELSE '' END AS list,
           bool_or(missing) AS missing, max(of_class) AS of_class
      FROM one_class GROUP BY c
  ), described AS (
    SELECT m.c, count(*) FILTER (WHERE m.value IS NOT NULL OR m.number IS NOT NULL) AS n_distinct,
           bool_or(m.value IS NULL AND m.number IS NULL) AS any_missing,
           sum(m.won + m.lost) FILTER (WHERE m.value IS NOT NULL OR m.number IS NOT NULL) AS n_present,
           sum(m.after) AS after, count(*) FILTER (WHERE m.value LIKE '_%@_%._%') AS n_mail
      FROM merged m GROUP BY m.c
  ), judged AS (
    SELECT k.c, k.name, s.auc, l.list, d.after, l.of_class, k.type,
           CASE WHEN k.kind IS NULL THEN 'unusable'
                WHEN t.won + t.lost = 0 THEN 'unknown'
                WHEN k.name = leakage_report.closed_at THEN 'closing'
                WHEN d.after > 0 THEN 'after'
                WHEN s.auc >= 0.98 THEN 'auc'
                WHEN coalesce(d.n_distinct + d.any_missing::int, 0) <= 1 THEN 'constant'
                WHEN @extschema@.is_key(k.type, k.kind, d.n_distinct, d.n_present, d.n_mail) THEN 'key'
                WHEN l.missing THEN 'missing'
                WHEN l.list IS NOT NULL THEN 'one class'
                WHEN s.auc >= 0.9 THEN 'strong'
                ELSE 'ok' END AS finding
      FROM columns k CROSS JOIN total t
      LEFT JOIN single s ON s.c = k.c
      LEFT JOIN listed l ON l.c = k.c
      LEFT JOIN described d ON d.c = k.c
  )
  SELECT name, auc, list,
         CASE WHEN finding IN ('closing', 'after', 'auc') THEN 'leak'
              WHEN finding IN ('missing', 'one class', 'strong') THEN 'suspect'
              ELSE finding END,
         CASE finding
           WHEN 'unusable' THEN format('a column of type %s cannot be a feature', type)
           WHEN 'unknown' THEN 'no row has a label'
           WHEN 'closing' THEN 'the time of closing is not known before it'
           WHEN 'after' THEN format('%s values lie after the closing of their row', after)
           WHEN 'auc' THEN 'alone it tells nearly all outcomes'
           WHEN 'constant' THEN 'it has one value only'
           WHEN 'key' THEN 'it identifies rows: fit leaves it out'
           WHEN 'missing' THEN 'missing in one class only: is it filled in at closing?'
           WHEN 'one class' THEN 'values that occur in one class only: are they set at closing?'
           WHEN 'strong' THEN 'alone it tells most outcomes'
         END
    FROM judged ORDER BY c;
END;
COMMENT ON FUNCTION @extschema@.leakage_report(query text, label text, closed_at text) IS
  'for each column of a query: does it give the label away, and how';

CREATE FUNCTION @extschema@.feature_insights(query text, label text,
  OUT feature text, OUT value text, OUT n_open bigint, OUT n_closed bigint,
  OUT win_rate double precision, OUT low double precision, OUT high double precision,
  OUT base_rate double precision, OUT lift double precision, OUT note text)
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 200
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.value, nullif(v.number, 'NaN') AS number,
           sum(v.n_won)::bigint AS won, sum(v.n_lost)::bigint AS lost,
           sum(v.n_open)::bigint AS still_open
      FROM @extschema@.value_counts(feature_insights.query, feature_insights.label) v
     WHERE feature_insights.label IS NOT NULL
     GROUP BY 1, 2, 3
  ), total AS (
    SELECT won, won + lost AS closed, won::float8 / nullif(won + lost, 0) AS share
      FROM counts WHERE c = 0
  ), columns AS (
    -- total first, as in leakage_report
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(feature_insights.query) c
     WHERE c.name <> feature_insights.label AND c.kind IS NOT NULL
       AND EXISTS (SELECT FROM total)
  ), numbered AS (
    SELECT v.*, k.kind, k.name, k.type,
           v.value IS NULL AND v.number IS NULL AS missing,
           count(*) OVER present AS n_values,
           count(*) FILTER (WHERE v.value LIKE '_%@_%._%') OVER present AS n_mail,
           sum(v.won + v.lost + v.still_open) OVER present AS n_present,
           sum(v.won + v.lost + v.still_open) OVER (
             PARTITION BY v.c, v.value IS NULL AND v.number IS NULL ORDER BY v.number
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS n_below,
           row_number() OVER (PARTITION BY v.c, v.value IS NULL AND v.number IS NULL
             ORDER BY v.won + v.lost + v.still_open DESC, v.value COLLATE "C") AS place
      FROM counts v JOIN columns k ON k.c = v.c
    WINDOW present AS (PARTITION BY v.c, v.value IS NULL AND v.number IS NULL)
  ), placed AS (
    -- numbers of more than ten values in fifths; categories beyond the 50 most frequent together
    SELECT n.*,
           CASE WHEN missing THEN 3
                WHEN kind = 'categorical' AND place > 50 THEN 2 ELSE 1 END AS part,
           CASE WHEN missing THEN NULL
                WHEN @extschema@.is_key(type, kind, n_values, n_present, n_mail) THEN -1
                WHEN kind = 'categorical' THEN least(place, 51)
                WHEN n_values <= 10 THEN row_number() OVER (PARTITION BY c, missing ORDER BY number)
                ELSE floor(5 * coalesce(n_below, 0) / n_present) END AS bin
      FROM numbered n
  ), binned AS (
    SELECT c, name, kind, CASE WHEN bin < 0 THEN 1 ELSE part END AS part, bin,
           min(number) AS first, max(number) AS last, min(value COLLATE "C") AS value, count(*) AS n_values,
           sum(won)::bigint AS won, sum(lost)::bigint AS lost, sum(still_open)::bigint AS still_open
      FROM placed GROUP BY 1, 2, 3, 4, 5
  )
  SELECT b.name,
         CASE WHEN part = 3 THEN '(missing)'
              WHEN bin < 0 THEN '(' || n_values || ' values)'
              WHEN part = 2 THEN '(other)'
              WHEN kind = 'categorical' OR first = last
                THEN @extschema@.shown_value(b.value, first, kind)
              ELSE @extschema@.shown_value(NULL, first, kind) || ' to ' ||
                   @extschema@.shown_value(NULL, last, kind) END,
         b.still_open, b.won + b.lost, b.won::float8 / nullif(b.won + b.lost, 0),
         CASE WHEN b.won + b.lost > 0
              THEN @extschema@.low(@extschema@.make_proportion(b.won, b.won + b.lost)) END,
         CASE WHEN b.won + b.lost > 0
              THEN @extschema@.high(@extschema@.make_proportion(b.won, b.won + b.lost)) END,
         t.share, b.won::float8 / nullif(b.won + b.lost, 0) / nullif(t.share, 0),
         CASE WHEN bin < 0 THEN 'it identifies rows: fit leaves it out'
              WHEN b.won + b.lost = 0 THEN 'no closed row'
              WHEN b.won + b.lost < 20 THEN 'few closed rows' END
    FROM binned b CROSS JOIN total t
   ORDER BY b.c, b.part, CASE WHEN kind <> 'categorical' THEN b.first END, b.bin;
END;
COMMENT ON FUNCTION @extschema@.feature_insights(query text, label text) IS
  'for each value of each column of a query: its share of true labels against that of all rows';

CREATE FUNCTION @extschema@.data_profile(query text, stale_after interval DEFAULT '90 days',
  OUT feature text, OUT type regtype, OUT n bigint, OUT null_rate double precision,
  OUT n_distinct bigint, OUT smallest text, OUT largest text, OUT mean double precision,
  OUT sd double precision, OUT outliers bigint, OUT duplicates bigint, OUT notes text[])
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.value, nullif(v.number, 'NaN') AS number,
           v.n_open AS n
      FROM @extschema@.value_counts(data_profile.query, NULL, NULL, true) v
  ), columns AS (
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(data_profile.query) c
  ), total AS (
    SELECT n FROM counts WHERE c = 0
  ), ordered AS (
    SELECT c, number, n, sum(n) OVER (PARTITION BY c ORDER BY number) AS up_to,
           sum(n) OVER (PARTITION BY c) AS present
      FROM counts WHERE c > 0 AND number NOT IN ('Infinity', '-Infinity')
  ), quartiles AS (
    -- the smallest value that at least a quarter, and three quarters, do not exceed
    SELECT c, min(number) FILTER (WHERE 4 * up_to >= present) AS q1,
           min(number) FILTER (WHERE 4 * up_to >= 3 * present) AS q3,
           sum(n * number) / max(present) AS mean, max(present) AS present
      FROM ordered GROUP BY c
  ), spread AS (
    SELECT q.c, q.mean, sqrt(sum(o.n * (o.number - q.mean) ^ 2) / max(q.present)) AS sd,
           coalesce(sum(o.n) FILTER (WHERE q3 > q1 AND (
             o.number < q1 - 3 * (q3 - q1) OR o.number > q3 + 3 * (q3 - q1))), 0)::bigint AS outliers
      FROM quartiles q JOIN ordered o ON o.c = q.c GROUP BY q.c, q.mean
  ), described AS (
    SELECT v.c, sum(v.n) AS n, count(*) FILTER (WHERE v.value IS NOT NULL OR v.number IS NOT NULL) AS n_distinct,
           coalesce(sum(v.n) FILTER (WHERE v.value IS NULL AND v.number IS NULL), 0) AS n_missing,
           coalesce(sum(v.n) FILTER (WHERE v.number IN ('Infinity', '-Infinity')), 0) AS n_infinite,
           min(v.value COLLATE "C") AS first_value, max(v.value COLLATE "C") AS last_value,
           min(v.number) AS first_number, max(v.number) AS last_number,
           max(v.number) FILTER (WHERE v.number < 'Infinity') AS newest,
           count(*) FILTER (WHERE v.value LIKE '_%@_%._%') AS n_mail
      FROM counts v WHERE v.c > 0 GROUP BY v.c
  ), repeated AS (
    SELECT coalesce(sum(v.n - 1), 0)::bigint AS duplicates FROM counts v WHERE v.c = -1
  )
  SELECT NULL::text, NULL::regtype, t.n, NULL::float8, NULL::bigint, NULL::text, NULL::text,
         NULL::float8, NULL::float8, NULL::bigint, r.duplicates,
         array_remove(ARRAY[
           CASE WHEN t.n = 0 THEN 'no rows' END,
           CASE WHEN r.duplicates > 0 THEN format('%s rows repeat another', r.duplicates) END], NULL)
    FROM total t CROSS JOIN repeated r
  UNION ALL
  (SELECT k.name, k.type, t.n, d.n_missing::float8 / nullif(t.n, 0), d.n_distinct,
         CASE WHEN k.kind <> 'categorical' AND d.first_number IS NULL THEN NULL
              WHEN d.n_distinct > 0 THEN @extschema@.shown_value(d.first_value, d.first_number, k.kind) END,
         CASE WHEN k.kind <> 'categorical' AND d.last_number IS NULL THEN NULL
              WHEN d.n_distinct > 0 THEN @extschema@.shown_value(d.last_value, d.last_number, k.kind) END,
         CASE WHEN k.kind = 'numeric' THEN s.mean END,
         CASE WHEN k.kind = 'numeric' THEN s.sd END,
         CASE WHEN k.kind <> 'categorical' THEN coalesce(s.outliers, 0) END, NULL::bigint,
         array_remove(ARRAY[
           CASE WHEN k.kind IS NULL THEN format('a column of type %s cannot be a feature', k.type) END,
           CASE WHEN t.n > 0 AND d.n_missing = t.n THEN 'always missing'
                WHEN d.n_distinct = 1 AND d.n_missing = 0 THEN 'constant'
                WHEN d.n_missing > 0.5 * t.n THEN 'mostly missing' END,
           CASE WHEN @extschema@.is_key(k.type, k.kind, d.n_distinct, t.n - d.n_missing, d.n_mail)
                THEN 'it identifies rows: fit leaves it out' END,
           CASE WHEN d.n_infinite > 0 THEN format('%s infinite values: fit refuses them', d.n_infinite) END,
           CASE WHEN s.outliers > 0 THEN format('%s outliers', s.outliers) END,
           CASE WHEN k.kind = 'time' AND d.newest IS NOT NULL
                     AND timestamp '2000-01-01' + d.newest * interval '1 day'
                         < (now() AT TIME ZONE 'UTC') - data_profile.stale_after
                THEN format('stale: the newest is %s',
                            @extschema@.shown_value(NULL, d.newest, 'time')) END,
           CASE WHEN k.kind = 'time'
                     AND timestamp '2000-01-01' + d.newest * interval '1 day'
                         > (now() AT TIME ZONE 'UTC') + interval '1 day'
                THEN 'times in the future' END], NULL)
    FROM columns k CROSS JOIN total t
    LEFT JOIN described d ON d.c = k.c
    LEFT JOIN spread s ON s.c = k.c
   ORDER BY k.c);
END;
COMMENT ON FUNCTION @extschema@.data_profile(query text, stale_after interval) IS
  'what each column of a query holds, and what is odd about it; the first row is about whole rows';

-- naive_bayes: a model from counts that are kept elsewhere.

CREATE FUNCTION @extschema@.make_naive_bayes(features text[], levels text[],
  won bigint[], lost bigint[], options jsonb DEFAULT '{}')
  RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'make_naive_bayes';
COMMENT ON FUNCTION @extschema@.make_naive_bayes(features text[], levels text[], won bigint[], lost bigint[], options jsonb) IS
  'naive Bayes model from counts, or deltas of counts, by feature and level; at a NULL feature stand those of all rows';

-- as_of: what was known of a deal at a time, for training rows without hindsight.

CREATE FUNCTION @extschema@.as_of(history @extschema@.opportunity_history, at timestamptz)
  RETURNS @extschema@.opportunity_history
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  BEGIN ATOMIC
    SELECT @extschema@.opportunity_history(t.stage, t.at, t.amount, t.close_date)
      FROM @extschema@.timeline(as_of.history) t
     WHERE t.at OPERATOR(pg_catalog.<=) as_of.at;
  END;
COMMENT ON FUNCTION @extschema@.as_of(history @extschema@.opportunity_history, at timestamptz) IS
  'the history as it was known at this time: its rows up to then; NULL before the first';

CREATE FUNCTION @extschema@.stage_entries(history @extschema@.opportunity_history)
  RETURNS TABLE (visit integer, stage @extschema@.stage, entered_at timestamptz,
    past @extschema@.opportunity_history, won boolean, closed_at timestamptz)
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
  BEGIN ATOMIC
    WITH visits AS (
      SELECT v.stage, v.entered_at, v.n,
             pg_catalog.last_value(v.stage) OVER all_visits AS last_stage,
             pg_catalog.last_value(v.entered_at) OVER all_visits AS last_at
        FROM @extschema@.timeline(stage_entries.history::@extschema@.journey)
             WITH ORDINALITY v (stage, entered_at, exited_at, n)
      WINDOW all_visits AS (ORDER BY v.n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT v.n::integer, v.stage, v.entered_at,
           @extschema@.as_of(stage_entries.history, v.entered_at),
           CASE WHEN @extschema@.is_closed(v.last_stage) THEN @extschema@.is_won(v.last_stage) END,
           CASE WHEN @extschema@.is_closed(v.last_stage) THEN v.last_at END
      FROM visits v
     WHERE @extschema@.is_open(v.stage)
     ORDER BY v.n;
  END;
COMMENT ON FUNCTION @extschema@.stage_entries(history @extschema@.opportunity_history) IS
  'each entry of an open stage with the history as it was known then and the outcome of the deal, which is NULL while it is open';
