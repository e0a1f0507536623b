-- Run by score.sh, which says what is measured.
SET client_min_messages = warning;
SET search_path = crmprob, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET synchronous_commit = off;
\pset footer off

DROP TABLE IF EXISTS bench_rows, bench_sink, bench_sink_c, bench_sink_plpgsql, bench_times;
DELETE FROM model_versions WHERE name = 'bench';
SELECT setseed(0.5) \g /dev/null
SELECT 'CREATE TABLE bench_rows AS SELECT '
       || string_agg(format('CASE WHEN random() > 0.05 THEN random() END AS c%s', i), ', ' ORDER BY i)
       || ' FROM generate_series(1, ' || :rows || ')'
  FROM generate_series(1, 20) i \gexec
VACUUM (FREEZE, ANALYZE) bench_rows;
SELECT status FROM train('bench',
  'SELECT r.*, coalesce(c1, 0) + coalesce(c2, 0) - coalesce(c20, 0) + random() > 1 AS won
     FROM (SELECT * FROM bench_rows LIMIT 20000) r',
  'won', holdout => 0) \g /dev/null

CREATE TABLE bench_sink (LIKE bench_rows, p float8);
CREATE TABLE bench_sink_c (LIKE bench_sink);
CREATE TRIGGER score BEFORE INSERT ON bench_sink_c FOR EACH ROW
  EXECUTE FUNCTION score_trigger('bench', 'p');
CREATE TABLE bench_sink_plpgsql (LIKE bench_sink);
SELECT 'CREATE OR REPLACE FUNCTION bench_sum() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.p := '
       || string_agg(format('coalesce(new.c%s, 0)', i), ' + ' ORDER BY i)
       || '; RETURN new; END $$'
  FROM generate_series(1, 20) i \gexec
CREATE TRIGGER score BEFORE INSERT ON bench_sink_plpgsql FOR EACH ROW
  EXECUTE FUNCTION bench_sum();

CREATE TABLE bench_times (what text, n bigint, nanoseconds bigint);

CREATE OR REPLACE PROCEDURE bench_run(rounds int, n bigint) LANGUAGE plpgsql AS $$
DECLARE
  names text[] := ARRAY['read', 'pass t', 'score(model, t)', 'score(name, t)', 'score(name, record)',
                        'no trigger', 'C trigger', 'plpgsql trigger'];
  inserted bigint := least(n, 200000);
  queries text[] := ARRAY[
    'SELECT count(c20) FROM bench_rows',
    'SELECT count(pg_column_size(t)) FROM bench_rows t',
    'SELECT count(score((SELECT model FROM model_versions WHERE name = ''bench''), t)) FROM bench_rows t',
    'SELECT count(score(''bench'', t)) FROM bench_rows t',
    'SELECT count(score(''bench'', t)) FROM (SELECT * FROM bench_rows OFFSET 0) t',
    format('INSERT INTO bench_sink SELECT * FROM bench_rows LIMIT %s', inserted),
    format('INSERT INTO bench_sink_c SELECT * FROM bench_rows LIMIT %s', inserted),
    format('INSERT INTO bench_sink_plpgsql SELECT * FROM bench_rows LIMIT %s', inserted)];
  started bigint;
BEGIN
  FOR r IN 0 .. rounds LOOP
    FOR q IN 1 .. cardinality(queries) LOOP
      TRUNCATE bench_sink, bench_sink_c, bench_sink_plpgsql;
      COMMIT;
      started := bench.cpu();
      EXECUTE queries[q];
      -- round 0 warms up
      IF r > 0 THEN
        INSERT INTO bench_times VALUES
          (names[q], CASE WHEN q < 6 THEN n ELSE inserted END, bench.cpu() - started);
      END IF;
      COMMIT;
    END LOOP;
  END LOOP;
END $$;
CALL bench_run(:rounds, :rows);

WITH medians AS (
  SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY nanoseconds / n::float8) AS ns
    FROM bench_times GROUP BY what)
SELECT m.what, round(m.ns) AS "CPU ns/row", base.what AS against,
       round(m.ns - base.ns) AS "ns/row over it",
       round((m.ns / base.ns)::numeric, 2) AS ratio
  FROM medians m
  JOIN medians base ON base.what = CASE WHEN m.what LIKE '%trigger' THEN 'no trigger' ELSE 'read' END
 ORDER BY base.what DESC, m.ns;
SELECT round((c.ns / p.ns)::numeric, 2) AS "C trigger / plpgsql trigger that adds up 20 columns"
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY nanoseconds) AS ns FROM bench_times WHERE what = 'C trigger') c,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY nanoseconds) AS ns FROM bench_times WHERE what = 'plpgsql trigger') p;
SELECT 'sum of the by-name scores equals that by model: '
       || (sum(score('bench', t)) = sum(score((SELECT model FROM model_versions WHERE name = 'bench'), t)))::text AS check
  FROM bench_rows t;
DROP TABLE bench_rows, bench_sink, bench_sink_c, bench_sink_plpgsql, bench_times;
DROP PROCEDURE bench_run;
DROP FUNCTION bench_sum;
