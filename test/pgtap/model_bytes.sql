-- Rows learned from in memory or in a temporary file, in any order: the same
-- model text, for every algorithm, pooled and calibrated ones among them.
BEGIN;
SET search_path = crmprob, public;
SET LOCAL client_min_messages = error;
SELECT plan(19);

CREATE TEMP TABLE d AS
  SELECT i AS id, hashint4(i) % 1000 * 0.1::float8 AS a, nullif(hashint4(i + 1) % 50, 0) AS b,
      'x' || abs(hashint4(i + 2) % 40) AS c, 'team ' || abs(hashint4(i + 3) % 5) AS team,
      timestamptz '2026-01-01 00:00+00' + i * interval '7 minutes' AS at,
      (1 + abs(hashint4(i + 4) % 3) || ':S' || 1 + abs(hashint4(i + 4) % 3))::stage AS stage,
      hashint4(i + 5) % 1000 < hashint4(i) % 700 + hashint4(i + 2) % 40 * 5 AS won
    FROM generate_series(1, 6000) i;
CREATE TEMP TABLE kinds (algorithm text, columns text, options jsonb);
INSERT INTO kinds VALUES
  ('logistic', 'a, b, c, at', '{}'),
  ('logistic', 'a, b, c', '{"lambda": 0.001, "alpha": 0.5, "pool_by": "c"}'),
  ('tree', 'a, b, c', '{"min_leaf": 50, "depth": 4}'),
  ('forest', 'a, b, c', '{"trees": 20}'),
  ('gbm', 'a, b, c, team', '{"trees": 20, "depth": 3, "pool_by": "team"}'),
  ('gbm', 'a, b, c', '{"trees": 30, "depth": 4, "subsample": 0.5, "colsample": 0.7}'),
  ('naive_bayes', 'b, c, team', '{"pool_by": "team"}'),
  ('stage_prior', 'stage', '{}');

CREATE FUNCTION pg_temp.models(memory text, sorted_by text) RETURNS TABLE (algorithm text, options text, model text)
LANGUAGE plpgsql AS $$
DECLARE k record;
BEGIN
  PERFORM set_config('work_mem', memory, true);
  FOR k IN SELECT * FROM kinds LOOP
    algorithm := k.algorithm;
    options := k.options;
    EXECUTE format('SELECT crmprob.fit(%L, won, f, %L)::text FROM (SELECT * FROM d ORDER BY %s OFFSET 0) AS d,
      LATERAL (SELECT %s) AS f', k.algorithm, k.options, sorted_by, k.columns) INTO model;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE TEMP TABLE large AS SELECT * FROM pg_temp.models('64MB', 'id');
SELECT is(s.model, l.model, format('%s %s: 64 kB and 64 MB', algorithm, options))
  FROM pg_temp.models('64kB', 'id') AS s JOIN large AS l USING (algorithm, options);
SELECT is(s.model, l.model, format('%s %s: 64 kB and shuffled', algorithm, options))
  FROM pg_temp.models('64kB', 'random()') AS s JOIN large AS l USING (algorithm, options);
SELECT is(count(DISTINCT md5(model)), 8::bigint, 'models that differ') FROM large;

-- train: hold-out, calibration and final fit
CREATE FUNCTION pg_temp.trained(memory text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  PERFORM set_config('work_mem', memory, true);
  PERFORM crmprob.train('bytes ' || memory, 'SELECT won, a, b, c, team, at FROM d ORDER BY random()', 'won', 'gbm',
    '{"trees": 20, "depth": 3, "pool_by": "team"}', order_by => 'at');
  SELECT v.model::text || v.metrics::text INTO answer FROM crmprob.model_versions AS v WHERE v.name = 'bytes ' || memory;
  RETURN answer;
END $$;
SELECT is(pg_temp.trained('64kB'), pg_temp.trained('64MB'), 'train');
SELECT isnt(pg_temp.trained('128kB'), NULL, 'which gives a model');

SELECT * FROM finish();
ROLLBACK;
