-- Rows learned from in memory or in a temporary file, in any order: the same
-- model text, for every algorithm, pooled and calibrated ones among them;
-- models of an earlier version; and models told apart by their digests.
BEGIN;
SET search_path = crmprob, public;
SET LOCAL client_min_messages = error;
SELECT plan(41);

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

-- a model that version 0.3.0 wrote, as text and as bytes. Scores from the leaves by hand:
-- x 5 b: base + .0046906666830182076 + .006463893223553896; x 0: base -
-- .019750555977225304 - .018350141122937202
CREATE TEMP TABLE old AS SELECT '{"format":1,"algorithm":"gbm","n":200,"n_positive":86,"n_skipped":0,"base_rate":0.43,"as_of":null,"seed":0,"options":{"trees":2,"depth":2,"min_per_class":5},"features":[{"name":"x","kind":"numeric","type":"number","missing":0,"mean":8.07,"sd":4.899499974487193,"min":0,"max":16,"quantiles":[1,3,5,6,8,10,12,13,15]},{"name":"s","kind":"categorical","type":"text","missing":0,"levels":["a","b","c"],"counts":[66,67,67],"other":0}],"calibration":null,"grades":[],"warnings":[],"trees":{"kind":"sum","base":-0.2818511521409877,"importance":[0.5437082393312025,0],"nodes":[[[0,0,0.5],[-0.019750555977225304,11],[0,1,11.5],[0.0046906666830182076,129],[-0.005093604326248169,60]],[[0,0,2.5],[0,0,0.5],[0,1,11.5],[-0.018350141122937202,11],[-0.0050477925688028336,24],[0.006463893223553896,105],[-0.004619965795427561,60]]]}}'::text AS words;
CREATE TEMP TABLE old_bytes AS SELECT decode(
  '0104000000000000000000c8000000000000005600000000000000003fdb851eb851eb8500000000000000000000000000000000000100'
  '00001f030401400000000000000005014000000000000000170140140000000000000002000000b2000200017801010000000000000000'
  '402023d70a3d70a4401399168574b38900000000000000004030000000000000093ff00000000000004008000000000000401400000000'
  '00004018000000000000402000000000000040240000000000004028000000000000402a000000000000402e0000000000000001730203'
  '00000000000000000000000000000000000000030001610000000000000042000162000000000000004300016300000000000000430011'
  '0000008c0100bfd209d96a324505000000023fe1660ed24fc8c0000000000000000000000002000000050100003f00000000bca1cbeb41'
  '30000081000041380000003b99b42a4301000000bba6e8404270000000000007010000402000000100003f0000008100004138000000bc'
  '9653094130000000bba567f441c00000003bd3cf1142d2000000bb97631542700000', 'hex') AS bytes;
SELECT is(words::model::text, words, 'text of 0.3.0') FROM old;
SELECT is(round(score(words::model, r)::numeric, 12),
    round((1 / (1 + exp(0.2818511521409877 - 0.0046906666830182076 - 0.006463893223553896)))::numeric, 12), 'its score')
  FROM old, (SELECT 5 AS x, 'b'::text AS s) AS r;
SELECT is(round(score(words::model, r)::numeric, 12),
    round((1 / (1 + exp(0.2818511521409877 + 0.019750555977225304 + 0.018350141122937202)))::numeric, 12), 'another')
  FROM old, (SELECT 0 AS x, 'never seen'::text AS s) AS r;

-- bytes as they are stored, read without recv
CREATE CAST (bytea AS model) WITHOUT FUNCTION;
CREATE TEMP TABLE t AS SELECT 5::float8 AS x, 'b'::text AS s UNION ALL SELECT 0, 'never seen';
CREATE TEMP TABLE stored AS SELECT words::model AS new, bytes::model AS old, words, bytes FROM old, old_bytes;
SELECT is(old::text, words, 'bytes of 0.3.0 are read') FROM stored;
SELECT is(model_send(old), bytes, 'and sent as they are') FROM stored;
SELECT is(get_byte(model_send(new), 0), 2, 'format 2 is written') FROM stored;
SELECT is(substr(model_send(new), 18), substr(bytes, 2), 'which is that of 0.3.0 after a digest') FROM stored;
SELECT ok(old = new AND new = old AND NOT old <> new, 'equal models') FROM stored;
SELECT is(model_hash(old), model_hash(new), 'their hash') FROM stored;
SELECT is(model_hash_extended(old, 7), model_hash_extended(new, 7), 'their other hash') FROM stored;
SELECT is(count(*), 1::bigint, 'they are one group')
  FROM (SELECT new::text::model AS model FROM stored UNION SELECT old FROM stored) AS u;
SELECT is(array_agg(score(old, t) ORDER BY x), array_agg(score(new, t) ORDER BY x), 'their scores') FROM stored, t;

-- the same size and nearly the same bytes: each row is scored by its own model.
-- The second tree's leaf for x 0 becomes i / 1024, which a float holds
CREATE FUNCTION pg_temp.other(words text, i int) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN replace(words, '-0.018350141122937202', (i / 1024.0::float8)::text);
CREATE FUNCTION pg_temp.expected(i int) RETURNS numeric LANGUAGE sql IMMUTABLE
  RETURN round((1 / (1 + exp(0.2818511521409877 + 0.019750555977225304 - i / 1024.0::float8)))::numeric, 12);
CREATE TEMP TABLE zeros AS SELECT 0::float8 AS x, 'a'::text AS s, i FROM generate_series(1, 60) AS i;
-- each made where the last one lay
SELECT is(count(*) FILTER (WHERE round(p::numeric, 12) = pg_temp.expected(i)), 60::bigint, 'a model made for each row')
  FROM (SELECT i, score(pg_temp.other(words, i)::model, z) AS p FROM old, zeros AS z) AS q;
SELECT is(count(*) FILTER (WHERE round(p::numeric, 12) = pg_temp.expected(i)), 60::bigint, 'so for records')
  FROM (SELECT i, score(pg_temp.other(words, i)::model, z) AS p FROM old, (SELECT * FROM zeros OFFSET 0) AS z) AS q;
SELECT is(count(*) FILTER (WHERE round(p::numeric, 12) = pg_temp.expected(i % 3 + 1)), 60::bigint, 'three in turn')
  FROM (WITH m AS MATERIALIZED (SELECT k, pg_temp.other(words, k)::model AS model FROM old, generate_series(1, 3) AS k)
        SELECT i, score(m.model, z) AS p FROM zeros AS z JOIN m ON k = i % 3 + 1) AS q;
SELECT is(count(*) FILTER (WHERE round(p::numeric, 12) = pg_temp.expected(i % 3 + 1)), 60::bigint, 'so for records')
  FROM (WITH m AS MATERIALIZED (SELECT k, pg_temp.other(words, k)::model AS model FROM old, generate_series(1, 3) AS k)
        SELECT i, score(m.model, z) AS p FROM (SELECT * FROM zeros OFFSET 0) AS z JOIN m ON k = i % 3 + 1) AS q;
SELECT is(count(*) FILTER (WHERE round(p::numeric, 12) = pg_temp.expected(i)), 60::bigint, 'formats in turn')
  FROM (SELECT i, score(CASE WHEN i % 2 = 0 THEN made ELSE ('\x01'::bytea || substr(model_send(made), 18))::model END, z) AS p
          FROM old, zeros AS z, LATERAL (SELECT pg_temp.other(words, i)::model AS made OFFSET 0) AS m) AS q;

-- the digest of one model before another's bytes; bytes cut off within it
CREATE TEMP TABLE forged AS
  SELECT (substr(model_send(pg_temp.other(words, 98)::model), 1, 17) ||
          substr(model_send(pg_temp.other(words, 99)::model), 18))::model AS model FROM old;
SELECT throws_ok('SELECT score(model, t) FROM forged, t', 'XX001', NULL, 'a forged digest does not score');
SELECT throws_ok('SELECT score(model, t) FROM forged, (SELECT * FROM t OFFSET 0) AS t', 'XX001', NULL, 'nor a record');
SELECT throws_ok('SELECT model::text FROM forged', 'XX001', NULL, 'nor is it printed');
SELECT throws_ok(format('SELECT %L::bytea::model::text', substr(model_send(new), 1, n)), 'XX001', NULL, format('%s bytes', n))
  FROM stored, unnest('{16,17}'::int[]) AS n;

SELECT * FROM finish();
ROLLBACK;
