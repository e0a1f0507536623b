-- train, the registry, and score by name.
SET search_path = crmprob, public;
SET client_min_messages = error;

-- what a command is refused with
CREATE FUNCTION public.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
  EXECUTE command;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- 2000 deals, three an hour, won the more likely the larger they are
CREATE TABLE public.deals AS
SELECT g AS id, timestamptz '2024-01-01 00:00+00' + (g / 3) * interval '1 hour' AS created_at,
       (g::bigint * 7919 % 1009) / 100.0::float8 AS amount,
       (ARRAY['web', 'phone', 'fair'])[1 + g * 31 % 7 % 3] AS source,
       (g::bigint * 7919 % 1009) + (g::bigint * 104729 % 1013) > 1000 AS won
  FROM generate_series(1, 2000) g;

SELECT version, n, n_positive, round(auc::numeric, 3) AS auc,
       round(log_loss::numeric, 3) AS log_loss, status, warnings
  FROM train('win', 'SELECT amount, source, created_at, won FROM deals', 'won',
             order_by => 'created_at');
SELECT name, version, status, algorithm, label, train_query, order_by, holdout,
       options, n, n_positive, warnings, trained_by = current_user AS by_me, note
  FROM model_versions;

-- the hold-out is the newest fifth, 400 rows, but for an hour that would be
-- parted. Fitting the rest by hand gives the same model but for its grades,
-- scoring the hold-out by hand the same figures.
CREATE TEMP VIEW newest AS
SELECT * FROM deals WHERE created_at >= (SELECT created_at FROM deals WHERE id = 1602);
SELECT count(*) AS held_out, (metrics ->> 'n')::int AS counted
  FROM newest, model_versions GROUP BY metrics;
WITH by_hand AS (
  SELECT fit('logistic', d.won, r) AS model
    FROM deals d, LATERAL (SELECT d.amount, d.source) r
   WHERE d.created_at < (SELECT min(created_at) FROM newest))
SELECT set_grades(v.model, '{}') = h.model AS same_model FROM model_versions v, by_hand h;
SELECT abs(auc(e) - (metrics ->> 'auc')::float8) < 1e-12 AS auc,
       abs(log_loss(e) - (metrics ->> 'log_loss')::float8) < 1e-12 AS log_loss,
       abs(brier(e) - (metrics ->> 'brier')::float8) < 1e-12 AS brier,
       abs(ece(e) - (metrics ->> 'ece')::float8) < 1e-12 AS ece,
       abs(ks(e) - (metrics ->> 'ks')::float8) < 1e-12 AS ks,
       abs(average_precision(e) - (metrics ->> 'average_precision')::float8) < 1e-12 AS ap,
       abs((auc_interval(e)).low - (metrics ->> 'auc_low')::float8) < 1e-12 AS auc_low,
       n_positive(e) = (metrics ->> 'n_positive')::int AS n_positive
  FROM (SELECT evaluation(score('win', d), won) AS e FROM newest d) q, model_versions;

-- any order of rows, the same model; a random hold-out too
SELECT version, status, warnings
  FROM train('draw', 'SELECT amount, source, won FROM deals ORDER BY id', 'won');
SELECT version, status
  FROM train('draw', 'SELECT won, amount, source FROM deals ORDER BY id * 7919 % 2003', 'won');
SELECT version, status
  FROM train('draw', 'SELECT source, amount, won FROM deals', 'won', options => '{"seed": 2}');
SELECT a.metrics = b.metrics AS same_metrics, a.metrics <> c.metrics AS another_draw,
       (a.metrics ->> 'n')::int AS n, (a.metrics ->> 'n_positive')::int AS n_positive,
       (SELECT count(*) FILTER (WHERE won) / 5.0 FROM deals) AS a_fifth
  FROM model_versions a, model_versions b, model_versions c
 WHERE (a.name, a.version, b.name, b.version, c.name, c.version)
       = ('draw', 1, 'draw', 2, 'draw', 3);
SELECT abs(score('draw', 1, d) - score('draw', 2, d)) = 0 AS same FROM deals d LIMIT 1;
SELECT version FROM train('again', 'SELECT created_at, amount, won, source FROM deals ORDER BY id DESC',
                          'won', order_by => 'created_at');
SELECT score('again', d) = score('win', d) AS same FROM deals d LIMIT 1;

-- nothing held out: nothing known of its worth
SELECT version, n, auc, log_loss, brier, ece, status, warnings
  FROM train('blind', 'SELECT amount, won FROM deals', 'won', holdout => 0);
SELECT metrics IS NULL AS no_metrics FROM model_versions WHERE name = 'blind';

-- warnings: chance labels, labels still open, rows without a place in time
SELECT unnest(warnings) AS warning
  FROM train('noise', 'SELECT id, id * 7919 % 1009 AS x, (id::bigint * id % 10007) % 2 = 0 AS won FROM deals',
             'won', order_by => 'id');
SELECT unnest(warnings) AS warning
  FROM train('open', 'SELECT created_at, amount, CASE WHEN id <= 1850 THEN won END AS won FROM deals',
             'won', order_by => 'created_at');
SELECT unnest(warnings) AS warning
  FROM train('unplaced', 'SELECT CASE WHEN id % 100 > 0 THEN created_at END AS created_at, amount, won FROM deals',
             'won', order_by => 'created_at');
SELECT auc, unnest(warnings) AS warning
  FROM train('one class', 'SELECT id, amount, won OR id > 1500 AS won FROM deals',
             'won', order_by => 'id');
-- most won deals are in the hold-out
SELECT unnest(warnings) AS warning
  FROM train('recent', 'SELECT id, amount, id > 1590 AND won AS won FROM deals', 'won', order_by => 'id',
             options => '{"lambda": 0.1}');

-- too few rows
SELECT refusal($$SELECT train('few', 'SELECT amount, won FROM deals WHERE id <= 60', 'won')$$);
SELECT train('few', 'SELECT amount, won FROM deals WHERE id <= 60', 'won', options => '{"too_few": "null"}') IS NULL AS nothing;
SELECT (train('few', 'SELECT id, amount, won FROM deals WHERE id <= 60', 'won', options => '{"min_per_class": 5}', order_by => 'id')).n;
SELECT refusal($$SELECT train('none', 'SELECT amount, won FROM deals WHERE false', 'won')$$);
SELECT refusal($$SELECT train('open', 'SELECT amount, NULL::boolean AS won FROM deals', 'won')$$);
SELECT refusal($$SELECT train('lost', 'SELECT amount, false AS won FROM deals', 'won')$$);

-- arguments
SELECT refusal($$SELECT train(NULL, 'SELECT 1', 'won')$$);
SELECT refusal($$SELECT train('x', NULL, 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT 1', NULL)$$);
SELECT refusal($$SELECT train('x', 'SELECT 1', 'won', NULL)$$);
SELECT refusal($$SELECT train('x', 'SELECT 1', 'won', options => NULL)$$);
SELECT refusal($$SELECT train('x', 'SELECT 1', 'won', holdout => NULL)$$);
SELECT refusal($$SELECT train('', 'SELECT amount, won FROM deals', 'won')$$);
SELECT refusal($$SELECT train(repeat('x', 201), 'SELECT amount, won FROM deals', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', holdout => 1)$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', holdout => -0.1)$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', holdout => 'NaN')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'Won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', repeat('won', 100))$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', order_by => 'id; DROP TABLE deals')$$);
SELECT refusal($$SELECT train('x', 'SELECT won, amount, won FROM deals', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT a.amount, b.amount, a.won FROM deals a JOIN deals b USING (id)', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, source AS won FROM deals', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won, point(1, id) AS at FROM deals', 'won', order_by => 'at')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won, 1 AS day FROM deals', 'won', order_by => 'day')$$);
SELECT refusal($$SELECT train('x', 'CREATE TABLE t ()', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals; SELECT 1', 'won')$$);
SELECT refusal($$SELECT train('x', '', 'won')$$);
-- what reads must not write
SELECT refusal($$SELECT train('x', 'DELETE FROM deals RETURNING amount, won', 'won')$$);
SELECT refusal($$SELECT train('x', 'WITH d AS (DELETE FROM deals RETURNING amount, won) SELECT * FROM d', 'won')$$);
SELECT refusal($$SELECT train('x', 'EXPLAIN ANALYZE DELETE FROM deals', 'won')$$);
SELECT refusal($$SELECT query_columns('INSERT INTO deals DEFAULT VALUES RETURNING id')$$);
SELECT split_part(refusal($$SELECT train('x', 'EXPLAIN SELECT 1', 'won')$$), E'\n', 1);
SELECT refusal($$SELECT train('x', 'SHOW work_mem', 'won')$$);
SELECT refusal($$SELECT train('x', 'VALUES (setseed(0.5))', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM no_such_table', 'won')$$);
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', 'oracle')$$);
SELECT refusal($$SELECT train('x', 'SELECT 1/0 AS amount, won FROM deals', 'won')$$);
SELECT count(*) AS not_registered FROM model_versions WHERE name IN ('x', 'none', 'lost');

-- order by text, numeric, descending composite data of the caller's
SELECT (train('by text', 'SELECT to_char(created_at, ''YYYYMMDDHH24'') AS hour, amount, won FROM deals', 'won', order_by => 'hour')).warnings;
SELECT a.metrics = b.metrics AS same_as_by_time
  FROM model_versions a, model_versions b
 WHERE a.name = 'by text'
   AND (b.name, b.version) = ((SELECT name FROM model_versions WHERE name = 'by text'), 1);

-- score by name
SELECT refusal($$SELECT score('no such', d) FROM deals d$$);
SELECT refusal($$SELECT score(repeat('no such ', 20), d) FROM deals d$$);
SELECT refusal($$SELECT score('win', 9, d) FROM deals d$$);
SELECT refusal($$SELECT score('win', 0, d) FROM deals d$$);
SELECT refusal($$SELECT score('win', ROW(1, 'web')) FROM deals d$$);
SELECT score(NULL::text, d), score('win', NULL::int, d), score('win', NULL::deals)
  FROM deals d LIMIT 1;
UPDATE model_versions SET status = 'retired' WHERE name = 'blind';
SELECT refusal($$SELECT score('blind', d) FROM deals d$$);
SELECT score('blind', 1, d) > 0 AS by_version FROM deals d LIMIT 1;

-- promote
SELECT (train('win', 'SELECT source, won FROM deals', 'won', holdout => 0)).status;
CREATE FUNCTION public.champion(name text) RETURNS int LANGUAGE sql AS
  $$SELECT version FROM crmprob.model_versions m WHERE m.name = $1 AND status = 'champion'$$;
SELECT promote('win', 2), promote('win', 2) AS again, promote('blind', 1) AS from_none;
SELECT name, version, status FROM model_versions WHERE name IN ('win', 'blind') ORDER BY 1, 2;
SELECT refusal($$SELECT promote('win', 3)$$);
SELECT refusal($$SELECT promote('no such', 1)$$);
SELECT refusal($$SELECT promote(repeat('x', 81), 1)$$);
SELECT promote(NULL, 1), promote('win', NULL);
SELECT refusal($$UPDATE model_versions SET status = 'champion' WHERE name = 'win'$$);
SELECT promote('win', 1);

-- which version gave this score
CREATE FUNCTION public.which(s float8) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'version ' || version FROM crmprob.model_versions, public.deals d
   WHERE name = 'win' AND d.id = 1 AND crmprob.score(model, d) = s $$;

-- one statement, one version, even when it promotes halfway
SELECT DISTINCT which(s) AS in_one_statement
  FROM (SELECT score('win', d) AS s, CASE WHEN i = 2 THEN promote('win', 2) END AS p
          FROM deals d, generate_series(1, 4) i WHERE id = 1 OFFSET 0) q;
SELECT which(score('win', d)) AS next_statement FROM deals d WHERE id = 1;

-- plpgsql keeps the call site over statements: what was promoted counts, a
-- promotion that was rolled back does not
CREATE FUNCTION public.in_a_loop() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE d deals; s float8;
BEGIN
  SELECT * INTO d FROM deals WHERE id = 1;
  FOR i IN 1 .. 6 LOOP
    BEGIN
      IF i = 2 OR i = 5 THEN
        PERFORM promote('win', 3 - champion('win'));
      END IF;
      IF i = 4 THEN
        PERFORM promote('win', 3 - champion('win'));
        s := score('win', d);
        RETURN NEXT i || ' inside: ' || which(s);
        RAISE EXCEPTION 'rolled back';
      END IF;
    EXCEPTION WHEN raise_exception THEN
      NULL;
    END;
    s := score('win', d);
    RETURN NEXT i || ': ' || which(s);
  END LOOP;
END $$;
SELECT promote('win', 1);
SELECT in_a_loop();
SELECT promote('win', 1);

-- transactions, savepoints, prepared statements, cursors
PREPARE p AS SELECT which(score('win', d)) FROM deals d WHERE id = 1;
BEGIN;
EXECUTE p;
DECLARE c CURSOR FOR SELECT which(score('win', d)) AS cursor FROM deals d, generate_series(1, 2) WHERE id = 1;
SELECT promote('win', 2);
EXECUTE p;
FETCH c;
SAVEPOINT s;
SELECT promote('win', 1);
EXECUTE p;
ROLLBACK TO s;
EXECUTE p;
FETCH c;
ROLLBACK;
EXECUTE p;

-- many names at one call site
INSERT INTO model_versions (name, version, model, status, algorithm)
SELECT 'copy ' || g, 1, model, 'champion', algorithm
  FROM model_versions, generate_series(1, 80) g WHERE (name, version) = ('win', 1);
SELECT count(*), count(DISTINCT score('copy ' || g, d)) AS distinct_scores
  FROM deals d, generate_series(1, 80) g, generate_series(1, 2) WHERE d.id = 1;
DELETE FROM model_versions WHERE name LIKE 'copy %';
-- a model replaced in place is another model
UPDATE model_versions SET model = (SELECT model FROM model_versions WHERE (name, version) = ('win', 2))
 WHERE (name, version) = ('blind', 1);
SELECT score('blind', d) = score('win', 2, d) AS replaced FROM deals d WHERE id = 1;

-- rights: the caller's, also when they change under a kept call site
CREATE ROLE regress_crmprob_reader;
GRANT USAGE ON SCHEMA crmprob TO regress_crmprob_reader;
GRANT SELECT ON deals TO regress_crmprob_reader;
SET ROLE regress_crmprob_reader;
SELECT refusal($$SELECT score('win', d) FROM deals d$$);
SELECT refusal($$SELECT train('win', 'SELECT amount, won FROM deals', 'won')$$);
SELECT refusal($$SELECT promote('win', 2)$$);
RESET ROLE;
GRANT SELECT (name, version, status, model), INSERT ON model_versions TO regress_crmprob_reader;
SET ROLE regress_crmprob_reader;
SELECT score('win', d) > 0 AS with_column_rights FROM deals d WHERE id = 1;
RESET ROLE;
REVOKE ALL ON model_versions FROM regress_crmprob_reader;
REVOKE SELECT (name, version, status, model) ON model_versions FROM regress_crmprob_reader;
CREATE FUNCTION public.as_roles() RETURNS SETOF float8 LANGUAGE plpgsql AS $$
DECLARE d deals; s float8;
BEGIN
  SELECT * INTO d FROM deals WHERE id = 1;
  FOR role IN 1 .. 2 LOOP
    IF role = 2 THEN
      PERFORM set_config('role', 'regress_crmprob_reader', true);
    END IF;
    s := score('win', d);
    RETURN NEXT s;
  END LOOP;
END $$;
SELECT refusal('SELECT as_roles()');
GRANT SELECT, INSERT ON model_versions TO regress_crmprob_reader;

-- a table with row security is, in train, what a SELECT by that role sees
ALTER TABLE deals ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON deals TO regress_crmprob_reader USING (id % 2 = 0);
SET ROLE regress_crmprob_reader;
SELECT (train('half', 'SELECT amount, won FROM deals', 'won')).n AS visible;
SELECT trained_by FROM model_versions WHERE name = 'half';
RESET ROLE;

-- a name whose versions are hidden
ALTER TABLE model_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON model_versions TO regress_crmprob_reader USING (trained_by = current_user);
SET ROLE regress_crmprob_reader;
SELECT refusal($$SELECT train('win', 'SELECT amount, won FROM deals', 'won')$$);
SELECT (train('half', 'SELECT amount, won FROM deals', 'won')).version;
RESET ROLE;
DROP POLICY own ON model_versions;
ALTER TABLE model_versions DISABLE ROW LEVEL SECURITY;

DROP TABLE public.deals CASCADE;
DROP FUNCTION public.refusal, public.which, public.in_a_loop;
DROP FUNCTION public.champion, public.as_roles;
REVOKE ALL ON model_versions FROM regress_crmprob_reader;
REVOKE ALL ON SCHEMA crmprob FROM regress_crmprob_reader;
DROP ROLE regress_crmprob_reader;
DELETE FROM model_versions;
