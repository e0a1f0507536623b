-- operation: calibration, grades, cross-validation, comparison, retrain,
-- roll back, retire, traffic, log, drift.
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

CREATE TABLE public.deals AS
SELECT g AS id, date '2024-01-01' + g / 10 AS opened,
       (g::bigint * 7919 % 1009) / 100.0::float8 AS amount,
       CASE WHEN g % 10 > 0 THEN (g::bigint * 15485863 % 97)::int END AS age,
       (ARRAY['web', 'phone', 'fair'])[1 + g * 31 % 7 % 3] AS source,
       (g::bigint * 7919 % 1009) + (g::bigint * 104729 % 1013) > 1000 AS won
  FROM generate_series(1, 3000) g;

-- calibration ---------------------------------------------------------------
-- 3000 rows: 600 held out, 480 of the others calibrate
SELECT version, n FROM train('platt', 'SELECT opened, amount, source, won FROM deals', 'won',
  options => '{"calibrate": "platt"}', order_by => 'opened');
SELECT version, n FROM train('isotonic', 'SELECT opened, amount, source, won FROM deals', 'won',
  options => '{"calibrate": "isotonic"}', order_by => 'opened');
SELECT version, n FROM train('auto', 'SELECT opened, amount, source, won FROM deals', 'won',
  options => '{"calibrate": "auto"}', order_by => 'opened');
SELECT version, n FROM train('plain', 'SELECT opened, amount, source, won FROM deals', 'won',
  order_by => 'opened');
SELECT version, n FROM train('forest', 'SELECT opened, amount, source, won FROM deals', 'won',
  'forest', '{"trees": 20, "calibrate": "isotonic"}', order_by => 'opened');
SELECT name, model::jsonb -> 'n' AS fitted, model::jsonb -> 'calibration' ->> 'kind' AS kind,
       (metrics ->> 'n')::int AS held_out, warnings
  FROM model_versions ORDER BY name;
-- the calibrated score is the curve's value of the uncalibrated one
SELECT max(abs(ln(p / (1 - p)) - (slope * ln(q / (1 - q)) + intercept))) < 1e-9 AS platt
  FROM (SELECT score(m.model, d) AS p, score((m.model::jsonb - 'calibration')::model, d) AS q,
               (m.model::jsonb #>> '{calibration,slope}')::float8 AS slope,
               (m.model::jsonb #>> '{calibration,intercept}')::float8 AS intercept
          FROM deals d, model_versions m WHERE m.name = 'platt') s;
-- by hand: the same rows fit, whatever is done with the others
WITH fitted AS (
  SELECT fit('logistic', won, r) AS model
    FROM (SELECT * FROM deals ORDER BY opened, id LIMIT 1919) d, LATERAL (SELECT amount, source) r)
SELECT (m.model::jsonb ->> 'n')::int AS fitted,
       set_grades((m.model::jsonb - '{calibration,options}'::text[])::model, '{}') = f.model AS same
  FROM model_versions m, fitted f WHERE m.name = 'platt';
-- rows of the hold-out and of the slice do not touch the fit
SELECT (train('touched', 'SELECT opened, amount, source, won <> (id > 2500) AS won FROM deals', 'won',
  options => '{"calibrate": "platt"}', order_by => 'opened')).version;
SELECT a.model::jsonb -> 'calibration' = b.model::jsonb -> 'calibration' AS same_curve,
       coefficients(a.model) = coefficients(b.model) AS same_fit
  FROM model_versions a, model_versions b WHERE a.name = 'platt' AND b.name = 'touched' LIMIT 1;
-- too few rows are left to fit, as others are held out or calibrate
SELECT warnings FROM train('few', 'SELECT opened, amount, won FROM deals', 'won',
  options => '{"calibrate": "platt", "min_per_class": 1000}', order_by => 'opened');
SELECT warnings FROM train('few', 'SELECT opened, amount, won FROM deals', 'won',
  options => '{"calibrate": "platt", "min_per_class": 1300}', order_by => 'opened', holdout => 0);
DELETE FROM model_versions WHERE name = 'few';
-- without order: drawn, and the same whatever the order of rows
SELECT (train('draw', 'SELECT amount, source, won FROM deals ORDER BY id', 'won', options => '{"calibrate": "isotonic"}')).n;
SELECT (train('draw', 'SELECT amount, source, won FROM deals ORDER BY -id', 'won', options => '{"calibrate": "isotonic"}')).n;
SELECT count(*) FROM (SELECT model FROM model_versions WHERE name = 'draw' GROUP BY model) d;
-- too few to calibrate: said, where it was asked for
SELECT unnest((train('small', 'SELECT opened, amount, won FROM deals WHERE id <= 300', 'won',
  options => '{"calibrate": "platt"}', order_by => 'opened')).warnings) AS warning;
SELECT refusal($$SELECT train('x', 'SELECT amount, won FROM deals', 'won', options => '{"calibrate": "beta"}')$$);
SELECT refusal($$SELECT fit('logistic', won, r, '{"calibrate": "platt"}') FROM deals, LATERAL (SELECT amount) r$$);
SELECT fit('logistic', won, r, '{"calibrate": "none"}') IS NOT NULL AS fits FROM deals, LATERAL (SELECT amount) r;

-- grades --------------------------------------------------------------------
-- quartiles of the 600 scores held out
WITH held AS (SELECT score('plain', d) AS s FROM deals d WHERE opened >= (SELECT opened FROM deals WHERE id = 2400)),
     ranked AS (SELECT s, row_number() OVER (ORDER BY s) - 1 AS i, count(*) OVER () AS n FROM held)
SELECT max(n) AS n, array_agg(s ORDER BY s DESC) = (SELECT grade_limits(model) FROM model_versions WHERE name = 'plain') AS quartiles
  FROM ranked WHERE i IN (n * 3 / 4, n / 2, n / 4);
SELECT grade('plain', score('plain', d)) AS grade, count(*) FROM deals d
 WHERE opened >= (SELECT opened FROM deals WHERE id = 2400) GROUP BY 1 ORDER BY 1;
SELECT grade(m, .8) AS a, grade(m, .75) AS at_limit, grade(m, .7) AS b, grade(m, 0) AS f
  FROM (SELECT set_grades(model, '{.75, .5, .4, .3, .2}') AS m FROM model_versions WHERE name = 'plain') q;
SELECT grade_limits(set_grades(model, '{}')) AS none, grade(set_grades(model, '{}'), .5) IS NULL AS no_grade
  FROM model_versions WHERE name = 'plain';
SELECT grade('plain', NULL) IS NULL AS "null";
SELECT refusal($$SELECT grade('plain', 1.5)$$);
SELECT refusal($$SELECT grade('no such', .5)$$);
SELECT refusal($$SELECT set_grades(model, '{.5, .6}') FROM model_versions WHERE name = 'plain'$$);
SELECT refusal($$SELECT set_grades(model, '{.5, NULL}') FROM model_versions WHERE name = 'plain'$$);
SELECT refusal($$SELECT set_grades(model, array_fill(.5::float8, '{26}')) FROM model_versions WHERE name = 'plain'$$);

-- the trigger writes it, and leaves alone what people decided
CREATE TABLE public.board (id int, amount float8, source text, p float8, grade char(2), by_hand boolean, note text);
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON board FOR EACH ROW
  EXECUTE FUNCTION score_trigger('plain', 'p', 'grade', '', 'by_hand');
INSERT INTO board VALUES (1, 9, 'web', NULL, NULL, NULL), (2, 1, 'fair', NULL, NULL, NULL),
  (3, 9, 'web', .123, 'Z', true), (4, 1, 'fair', .5, 'Z', false);
SELECT id, p = score('plain', b) AS scored, grade, grade = grade('plain', p) AS graded FROM board b ORDER BY id;
UPDATE board SET by_hand = NULL WHERE id = 3;
SELECT p = score('plain', b) AS scored_again FROM board b WHERE id = 3;
DROP TRIGGER score ON board;
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON board FOR EACH ROW
  EXECUTE FUNCTION score_trigger('plain', 'p', '', '', 'note');
UPDATE board SET note = 'asked them', p = .99 WHERE id = 1;
UPDATE board SET p = .99, grade = 'Q' WHERE id = 2;
SELECT id, p = .99 AS kept, grade FROM board WHERE id <= 2 ORDER BY id;
SELECT refusal($$CREATE TRIGGER t BEFORE INSERT ON board FOR EACH ROW EXECUTE FUNCTION score_trigger('plain', 'p', 'id'); INSERT INTO board VALUES (5)$$);
SELECT refusal($$CREATE TRIGGER t BEFORE INSERT ON board FOR EACH ROW EXECUTE FUNCTION score_trigger('plain', 'p', '', '', 'nobody'); INSERT INTO board VALUES (5)$$);
SELECT refusal($$CREATE TRIGGER t BEFORE INSERT ON board FOR EACH ROW EXECUTE FUNCTION score_trigger('plain', 'p', '', '', '', ''); INSERT INTO board VALUES (5)$$);
-- domains, and a grade that the model learned from
CREATE DOMAIN public.letter AS text CHECK (value <> 'A');
CREATE TABLE public.shelf (amount float8, source text, p float8, grade letter);
CREATE TRIGGER score BEFORE INSERT ON shelf FOR EACH ROW
  EXECUTE FUNCTION score_trigger('plain', 'p', 'grade');
INSERT INTO shelf VALUES (0, 'fair') RETURNING grade;
SELECT refusal($$INSERT INTO shelf VALUES (10, 'fair')$$);
SELECT refusal($$CREATE TRIGGER t BEFORE INSERT ON board FOR EACH ROW EXECUTE FUNCTION score_trigger('plain', 'p', 'source'); INSERT INTO board VALUES (5)$$);
DROP TABLE shelf;
DROP DOMAIN letter;
DROP TABLE board;

-- cross-validation ----------------------------------------------------------
SELECT fold, n, n_positive, auc = auc(evaluation) AS auc, log_loss = log_loss(evaluation) AS log_loss,
       brier = brier(evaluation) AS brier, ece = ece(evaluation) AS ece
  FROM cross_validate('SELECT amount, source, won FROM deals', 'won', folds => 3);
WITH c AS MATERIALIZED (SELECT * FROM cross_validate('SELECT amount, source, won FROM deals', 'won'))
SELECT (SELECT rollup(evaluation) FROM c WHERE fold IS NOT NULL) =
       (SELECT evaluation FROM c WHERE fold IS NULL) AS pooled,
       (SELECT round(auc::numeric, 2) FROM c WHERE fold IS NULL) AS auc;
-- any order of rows, the same folds; another seed, others
SELECT array_agg(q ORDER BY q) AS same
  FROM (SELECT 1 AS q, * FROM cross_validate('SELECT amount, source, won FROM deals ORDER BY id', 'won')
        UNION ALL SELECT 2, * FROM cross_validate('SELECT amount, source, won FROM deals ORDER BY -id', 'won')
        UNION ALL SELECT 3, * FROM cross_validate('SELECT amount, source, won FROM deals', 'won', options => '{"seed": 1}')) c
 WHERE fold IS NULL GROUP BY evaluation::text ORDER BY 1;
-- with calibration in each fold
SELECT round(auc::numeric, 2) AS auc FROM cross_validate('SELECT amount, source, won FROM deals', 'won', 'tree') WHERE fold IS NULL;
SELECT refusal($$SELECT cross_validate('SELECT amount, won FROM deals', 'won', folds => 1)$$);
SELECT refusal($$SELECT cross_validate('SELECT amount, won FROM deals', 'won', folds => NULL)$$);
SELECT refusal($$SELECT cross_validate('SELECT amount, won FROM deals', 'lost')$$);
SELECT refusal($$SELECT cross_validate('SELECT amount, won FROM deals WHERE id < 50', 'won')$$);
SELECT refusal($$SELECT cross_validate('SELECT amount, won FROM deals WHERE id < 50', 'won', options => '{"min_per_class": 1}', folds => 40)$$);
SELECT count(*) FROM cross_validate('SELECT amount, won FROM deals WHERE id < 50', 'won', options => '{"too_few": "null"}');

-- compare -------------------------------------------------------------------
SELECT (train('pair', 'SELECT amount, source, won FROM deals', 'won', holdout => 0)).version;
SELECT (train('pair', 'SELECT source, won FROM deals', 'won', holdout => 0)).version;
SELECT (train('pair', 'SELECT amount, won FROM deals', 'won', holdout => 0)).version;
WITH c AS (SELECT * FROM compare('pair', 2, 1, 'SELECT * FROM deals', 'won')),
     h AS (SELECT evaluation(score('pair', 2, d), won) AS e1, evaluation(score('pair', 1, d), won) AS e2,
                  avg(score('pair', 1, d) - score('pair', 2, d)) AS diff,
                  avg((won::int - score('pair', 1, d)) ^ 2 - (won::int - score('pair', 2, d)) ^ 2) AS brier,
                  sqrt(var_samp((won::int - score('pair', 1, d)) ^ 2 - (won::int - score('pair', 2, d)) ^ 2) / count(*)) AS se
             FROM deals d)
SELECT c.n, c.n_positive, auc_1 = auc(e1) AS auc_1, auc_2 = auc(e2) AS auc_2,
       auc_difference = auc(e2) - auc(e1) AS difference, auc_p < 1e-6 AS auc_differs,
       log_loss_1 = log_loss(e1) AS log_loss_1, abs(log_loss_difference - (log_loss(e2) - log_loss(e1))) < 1e-12 AS log_loss,
       abs(brier_difference - brier) < 1e-12 AS brier, brier_p < 1e-6 AS brier_differs
  FROM c, h;
-- by hand: V10 and V01 of both models, their covariances (DeLong 1988, eq. 4 to 6)
CREATE TEMP TABLE both_scores AS
  SELECT id, won, score('pair', 1, d) AS a, score('pair', 2, d) AS b FROM deals d WHERE id <= 40;
CREATE TEMP TABLE places AS
  SELECT x.won,
         avg(CASE WHEN x.a = y.a THEN .5 WHEN (x.a > y.a) = x.won THEN 1 ELSE 0 END) AS va,
         avg(CASE WHEN x.b = y.b THEN .5 WHEN (x.b > y.b) = x.won THEN 1 ELSE 0 END) AS vb
    FROM both_scores x JOIN both_scores y ON x.won <> y.won GROUP BY x.id, x.won;
WITH z AS (
  SELECT (avg(vb) FILTER (WHERE won) - avg(va) FILTER (WHERE won)) /
         sqrt(var_samp(vb - va) FILTER (WHERE won) / count(*) FILTER (WHERE won)
              + var_samp(vb - va) FILTER (WHERE NOT won) / count(*) FILTER (WHERE NOT won)) AS z FROM places),
     c AS (SELECT * FROM compare('pair', 1, 2, 'SELECT * FROM deals WHERE id <= 40', 'won'))
SELECT round(auc_p::numeric, 6) AS p,
       abs(auc_p - (1 - 2 * abs(0.5 - n.cdf))) < 1e-9 AS as_by_hand
  FROM c, z, LATERAL (
    -- normal distribution by its series
    SELECT 0.5 + exp(-z * z / 2) / sqrt(2 * pi()) * (
      WITH RECURSIVE s(k, term) AS (SELECT 0, z.z::float8 UNION ALL SELECT k + 1, term * z.z * z.z / (2 * k + 3) FROM s WHERE k < 60)
      SELECT sum(term) FROM s) AS cdf) n;
-- a version against itself; too few rows; one class
SELECT auc_difference, auc_p, log_loss_p, brier_p FROM compare('pair', 1, 1, 'SELECT * FROM deals', 'won');
SELECT compare('pair', 1, 2, 'SELECT * FROM deals LIMIT 1', 'won') IS NULL AS one_row,
       compare('pair', 1, NULL, 'SELECT * FROM deals', 'won') IS NULL AS "null";
SELECT n, n_positive, auc_1, auc_p, log_loss_p IS NOT NULL AS log_loss FROM compare('pair', 1, 2, 'SELECT * FROM deals WHERE won', 'won');
SELECT refusal($$SELECT compare('pair', 1, 9, 'SELECT * FROM deals', 'won')$$);
SELECT refusal($$SELECT compare('pair', 1, 2, 'SELECT won FROM deals', 'won')$$);
SELECT refusal($$SELECT compare('pair', 1, 2, 'SELECT * FROM deals', 'amount')$$);
SELECT refusal($$SELECT compare('pair', 1, 2, 'DELETE FROM deals', 'won')$$);

-- promote, roll back, retire --------------------------------------------------
CREATE FUNCTION public.states(name text) RETURNS text LANGUAGE sql AS
  $$SELECT string_agg(version || ' ' || status, ', ' ORDER BY version) FROM crmprob.model_versions m WHERE m.name = $1$$;
SELECT states('pair');
SELECT refusal($$SELECT rollback_model('pair')$$);
SELECT promote('pair', 2, 'trial'), promote('pair', 3), promote('pair', 3, 'again');
SELECT rollback_model('pair', 'too eager'), states('pair');
SELECT rollback_model('pair'), states('pair');
SELECT refusal($$SELECT rollback_model('pair')$$);
SELECT refusal($$SELECT rollback_model('no such')$$);
-- a version that got the number of a deleted champion was never champion itself
INSERT INTO model_versions (name, version, model, algorithm, status)
  SELECT 'reused', v, model, algorithm, s.status FROM model_versions, (VALUES (1, 'candidate'), (2, 'champion')) s (v, status)
   WHERE name = 'pair' AND version = 1;
SELECT promote('reused', 1);
DELETE FROM model_versions WHERE name = 'reused' AND version = 2;
INSERT INTO model_versions (name, version, model, algorithm, status)
  SELECT 'reused', 2, model, algorithm, 'candidate' FROM model_versions WHERE name = 'reused';
SELECT refusal($$SELECT rollback_model('reused')$$), states('reused');
SELECT promote('pair', 3), rollback_model('pair');
SELECT refusal($$SELECT retire('pair', 1)$$);
SELECT refusal($$SELECT retire('pair', 9)$$);
UPDATE model_versions SET status = 'candidate' WHERE name = 'pair' AND version = 2;
SELECT retire('pair', 2, 'no amount in it'), retire('pair', 2) AS again, retire(NULL, 2) AS "null";
SELECT step, action, version, former, reason, done_by = current_user AS by_me
  FROM model_promotions WHERE name = 'pair' ORDER BY step;
SELECT refusal('UPDATE model_promotions SET reason = NULL');
SELECT refusal('DELETE FROM model_promotions');
-- a rolled back transaction leaves no step
BEGIN; SELECT promote('pair', 3); ROLLBACK;
SELECT count(*) FROM model_promotions WHERE name = 'pair';

-- retrain -------------------------------------------------------------------
SELECT version, champion, n, abs(difference) < 1e-9 AS same, promoted FROM retrain('plain');
SELECT states('plain');
-- amount stops to matter in the champion: the new one is better
UPDATE model_versions SET model = (SELECT model FROM model_versions WHERE name = 'pair' AND version = 2)
 WHERE name = 'plain' AND status = 'champion';
SELECT version, champion, difference < -std_error AS better, promoted FROM retrain('plain', 'better');
-- now there is nothing to gain
SELECT version, champion, promoted, regexp_replace(reason, '[0-9.]+', 'x', 'g') AS reason FROM retrain('plain', 'better');
-- labels turn round in the newest rows' features: worse, so it stays candidate
CREATE VIEW public.training AS SELECT opened, amount, source, won FROM deals;
SELECT (train('watch', 'SELECT * FROM training', 'won', order_by => 'opened')).status;
CREATE OR REPLACE VIEW public.training AS
  SELECT opened, CASE WHEN id < 2300 THEN id % 7 ELSE amount END AS amount, source, won FROM deals;
SELECT version, champion, promoted, regexp_replace(reason, '[0-9.]+', 'x', 'g') AS reason,
       log_loss > champion_log_loss AS worse FROM retrain('watch');
SELECT states('watch'), note ~ 'above' AS noted FROM model_versions WHERE name = 'watch' AND version = 2;
SELECT promoted, reason FROM retrain('watch', 'never');
SELECT promoted, reason FROM retrain('watch', 'always');
SELECT states('watch');
SELECT promoted, reason FROM retrain('draw');
SELECT (train('all rows', 'SELECT amount, won FROM deals', 'won', holdout => 0)).version;
SELECT promoted, reason FROM retrain('all rows');
ALTER TABLE deals ADD COLUMN extra float8;
UPDATE deals SET extra = id % 13;
SELECT (train('lost column', 'SELECT amount, won, opened FROM deals', 'won', order_by => 'opened')).version;
UPDATE model_versions SET train_query = 'SELECT extra, source, won, opened FROM deals' WHERE name = 'lost column';
SELECT promoted, reason FROM retrain('lost column');
SELECT refusal($$SELECT retrain('no such')$$);
SELECT refusal($$SELECT retrain('watch', 'lucky')$$);
UPDATE model_versions SET train_query = NULL WHERE name = 'lost column';
SELECT refusal($$SELECT retrain('lost column')$$);

-- traffic -------------------------------------------------------------------
SELECT states('pair');
SELECT count(DISTINCT assign('pair', g::text)) AS all_champion FROM generate_series(1, 100) g;
SELECT set_traffic('pair', 2, 0.25);
SELECT states('pair');
CREATE TEMP TABLE before AS SELECT g AS key, assign('pair', g::text) AS version FROM generate_series(1, 4000) g;
SELECT version, round(count(*) / 4000.0, 2) AS share FROM before GROUP BY 1 ORDER BY 1;
-- sticky: the same key, the same version
SELECT count(*) AS moved FROM before WHERE assign('pair', key::text) <> version;
-- another challenger takes keys from the champion only
SELECT set_traffic('pair', 3, 0.25);
SELECT before.version, assign('pair', key::text) AS now, round(count(*) / 4000.0, 2) AS share
  FROM before GROUP BY 1, 2 ORDER BY 1, 2;
SELECT score_ab('pair', key::text, d) = score('pair', version, d) AS by_assigned, count(*)
  FROM (SELECT key, assign('pair', key::text) AS version FROM before LIMIT 500) b JOIN deals d ON d.id = b.key GROUP BY 1;
SELECT refusal($$SELECT set_traffic('pair', 2, 0.8)$$);
SELECT refusal($$SELECT set_traffic('pair', 2, 1.5)$$);
SELECT refusal($$SELECT set_traffic('pair', 2, 'NaN')$$);
SELECT refusal($$SELECT set_traffic('pair', 1, 0.5)$$);
SELECT refusal($$SELECT set_traffic('pair', 9, 0.5)$$);
SELECT refusal($$SELECT score_ab('no such', 'k', d) FROM deals d LIMIT 1$$);
SELECT assign('no such', 'k') IS NULL AS nobody, score_ab('pair', NULL, d) IS NULL AS "null" FROM deals d LIMIT 1;
-- a challenger that is promoted leaves the split, the former champion too
SELECT promote('pair', 2), states('pair');
SELECT assign('pair', g::text) AS version, round(count(*) / 4000.0, 2) AS share
  FROM generate_series(1, 4000) g GROUP BY 1 ORDER BY 1;
-- an older version that becomes a challenger later takes from the champion only, too
CREATE TEMP TABLE split AS SELECT g AS key, assign('pair', g::text) AS version FROM generate_series(1, 4000) g;
SELECT set_traffic('pair', 1, 0.3);
SELECT split.version, assign('pair', key::text) AS now, round(count(*) / 4000.0, 2) AS share
  FROM split GROUP BY 1, 2 ORDER BY 1, 2;
-- and keeps its place when its share changes
TRUNCATE split;
INSERT INTO split SELECT g AS key, assign('pair', g::text) AS version FROM generate_series(1, 4000) g;
SELECT set_traffic('pair', 1, 0.4);
SELECT count(*) FROM split WHERE version = 3 AND assign('pair', key::text) <> 3;
-- 0.33 + 0.56 + 0.11 is a little more than 1 in double precision
INSERT INTO model_versions (name, version, model, algorithm, status)
  SELECT 'pair', 4, model, algorithm, 'candidate' FROM model_versions WHERE name = 'pair' AND version = 1;
SELECT set_traffic('pair', 1, 0.33), set_traffic('pair', 3, 0.56);
SELECT set_traffic('pair', 4, 0.11), states('pair');
SELECT count(*) FROM generate_series(1, 4000) g WHERE assign('pair', g::text) = 2;
SELECT set_traffic('pair', 1, 0);
DELETE FROM model_versions WHERE name = 'pair' AND version = 4;
SELECT set_traffic('pair', 3, 0), states('pair');
SELECT count(DISTINCT assign('pair', g::text)) AS all_champion FROM generate_series(1, 100) g;

-- log -----------------------------------------------------------------------
SELECT set_traffic('pair', 3, 0.5);
SELECT log_score('pair', 'k1', d) = score_ab('pair', 'k1', d) AS same FROM deals d WHERE id = 1;
SELECT log_scores('pair', 'SELECT * FROM deals WHERE id <= 1000; ', 'id') AS logged;
SELECT count(*) = 1000 AS all_keys, bool_and(score = score_ab('pair', key, d)) AS scores
  FROM score_log l JOIN deals d ON d.id::text = l.key;
UPDATE deals SET source = 'web' WHERE id <= 1000;
SELECT log_scores('pair', 'SELECT * FROM deals WHERE id <= 500 -- the half', 'id') AS logged;
SELECT count(*) AS keys, count(previous) AS scored_twice,
       bool_and(delta = score - previous) AS deltas, bool_and(previous_at < scored_at) AS times
  FROM score_trend('pair');
SELECT count(*) FROM score_trend('no such');
SELECT refusal($$SELECT log_scores('pair', 'SELECT * FROM deals', 'key')$$);
SELECT refusal($$SELECT log_score('no such', 'k', d) FROM deals d LIMIT 1$$);
-- the first score of each key counts, against what became of it
SELECT p.version, p.since = date_trunc('month', now(), 'UTC') AS this_month, p.n, p.n_positive,
       p.auc = auc(h.e) AS auc, p.evaluation = h.e AS same, p.expected = (expected_wins(h.e)).expected AS expected
  FROM live_performance('pair', 'SELECT id, CASE WHEN id % 5 > 0 THEN won END AS won FROM deals;', 'id', 'won') p
  JOIN (SELECT l.version, evaluation(l.score, d.won) AS e
          FROM (SELECT DISTINCT ON (version, key) * FROM score_log ORDER BY version, key, scored_at) l
          JOIN deals d ON d.id::text = l.key WHERE d.id % 5 > 0 GROUP BY 1) h USING (version) ORDER BY 1;
SELECT refusal($$SELECT * FROM live_performance('pair', 'SELECT id, won FROM deals', 'id', 'won', 'fortnight')$$);

-- drift ---------------------------------------------------------------------
SELECT (train('drift', 'SELECT amount, age, source, opened, id % 2 AS bit, won FROM deals', 'won', holdout => 0)).version;
CREATE FUNCTION public.drifted(query text) RETURNS TABLE (feature text, psi numeric, ks numeric,
  null_then numeric, null_now numeric, unseen numeric, status text) LANGUAGE sql AS $$
  SELECT feature, round(psi::numeric, 3), round(ks::numeric, 3), round(null_then::numeric, 3),
         round(null_now::numeric, 3), round(unseen_share::numeric, 3), status
    FROM crmprob.drift('drift', query) $$;
SELECT * FROM drifted('SELECT *, id % 2 AS bit FROM deals');
-- many equal rows: the stored quantiles are of all values, not of a few
SELECT (train('equal', 'SELECT id % 100 AS a, id % 2 = 0 AS won FROM generate_series(1, 50000) id', 'won',
  options => '{"lambda": 0.1}', holdout => 0)).version;
SELECT psi < 0.01 AS same_rows, ks < 0.05 AS same_shape
  FROM drift('equal', 'SELECT id % 100 AS a FROM generate_series(1, 50000) id');
-- by a known amount: the lower half doubled; everybody on the phone; no ages
SELECT * FROM drifted($$SELECT CASE WHEN amount < 5 THEN amount * 2 ELSE amount END AS amount, NULL::int AS age,
  CASE WHEN id % 2 = 0 THEN 'phone' WHEN id % 3 = 0 THEN 'trade fair' ELSE source END AS source, opened, 1 AS bit FROM deals$$);
SELECT feature, status, n FROM drift('drift', 'SELECT *, 0 AS bit FROM deals LIMIT 50');
SELECT feature, psi, ks, null_now, unseen_share, status FROM drift('drift', 'SELECT *, 0 AS bit FROM deals LIMIT 0');
SELECT refusal($$SELECT drift('drift', 'SELECT amount FROM deals')$$);
SELECT refusal($$SELECT drift('drift', NULL)$$);
SELECT refusal($$SELECT drift('drift', 'SELECT 1', 7)$$);
SELECT refusal($$SELECT drift('drift', 'SELECT 1', 0)$$);

DROP TABLE public.deals CASCADE;
DROP FUNCTION public.refusal, public.states, public.drifted;
DELETE FROM model_versions;
DELETE FROM model_traffic;
DELETE FROM score_log;
TRUNCATE model_promotions;
