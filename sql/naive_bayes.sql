-- naive_bayes and stage_prior: counts as models
SET search_path = public, crmprob;

-- 3 won and 4 lost leads. In stage 2, from the web, with smoothing 0.1:
-- won 3.1/7.2 * 3.1/3.1 * 2.1/3.2, lost 4.1/7.2 * 2.1/4.1 * 1.1/4.2
CREATE TABLE leads (id int, stage stage, source text, won boolean);
INSERT INTO leads VALUES
  (1, 'won:Won', 'web', true), (2, 'won:Won', 'web', true), (3, 'won:Won', 'fair', true),
  (4, '1:New', 'web', false), (5, '1:New', 'fair', false), (6, '2:Offer', 'fair', false),
  (7, '3:Deal', 'fair', false), (8, '2:Offer', 'web', NULL), (9, '3:Deal', 'phone', NULL);
SELECT fit('naive_bayes', won, f, '{"smoothing": 0.1, "monotone": {"stage": 1}}') AS model
  FROM leads, LATERAL (SELECT stage, source) f \gset
SELECT id, l.stage, l.source, round(score(:'model'::model, f)::numeric, 6) AS score
  FROM leads l, LATERAL (SELECT l.stage, l.source) f WHERE won IS NULL;
SELECT round((3.1/7.2 * 2.1/3.2) / (3.1/7.2 * 2.1/3.2 + 2.1/7.2 * 1.1/4.2), 6) AS stage_2_web,
    round((3.1/7.2) / (3.1/7.2 + 4.1/7.2 * 1.1/4.1), 6) AS stage_3_unknown;
SELECT feature, level, round(coefficient::numeric, 6) AS coefficient, std_error FROM coefficients(:'model');
SELECT round(ln(3.1/4.1), 6) AS intercept, round(ln(4.1/2.1), 6) AS offer, round(ln(2.1/3.2 * 4.2/1.1), 6) AS web;
-- base and contributions add up
SELECT feature, value, round(contribution::numeric, 4) AS contribution
  FROM leads, LATERAL (SELECT stage, source) f, LATERAL explain(:'model'::model, f) WHERE id = 8;
SELECT round((sum(contribution) - ln(score(:'model'::model, f) / (1 - score(:'model'::model, f))))::numeric, 9) AS rest
  FROM leads, LATERAL (SELECT stage, source) f, LATERAL explain(:'model'::model, f) WHERE id = 8 GROUP BY f;
SELECT :'model'::model::jsonb->'counts' AS counts;
SELECT :'model'::model::jsonb::model = :'model' AS same, algorithm(:'model'), log_likelihood(:'model'::model);

-- the same from counts that are kept, in pieces and in any order
CREATE TABLE deltas (feature text, level text, won bigint, lost bigint);
INSERT INTO deltas
  SELECT f.*, (l.won)::int, (NOT l.won)::int FROM leads l,
    LATERAL (VALUES (NULL, NULL), ('stage', l.stage::text), ('source', l.source)) f WHERE l.won IS NOT NULL;
SELECT make_naive_bayes(array_agg(feature), array_agg(level), array_agg(won), array_agg(lost),
    '{"smoothing": 0.1, "monotone": {"stage": 1}}') AS live FROM deltas \gset
SELECT id, round(score(:'live'::model, f)::numeric, 6) AS score, score(:'live'::model, f) = score(:'model'::model, f) AS same
  FROM leads, LATERAL (SELECT stage, source) f WHERE won IS NULL;
SELECT make_naive_bayes(array_agg(feature), array_agg(level), array_agg(won), array_agg(lost),
    '{"smoothing": 0.1, "monotone": {"stage": 1}}') = :'live' AS same
  FROM (SELECT feature, level, sum(won)::bigint AS won, sum(lost)::bigint AS lost
    FROM deltas GROUP BY 1, 2 ORDER BY md5(level)) d;
-- taken back and counted anew: a lead reopened
INSERT INTO deltas VALUES (NULL, NULL, 0, -1), ('stage', '3:Deal', 0, -1), ('source', 'fair', 0, -1);
SELECT feature, level, round(coefficient::numeric, 4) AS coefficient
  FROM coefficients((SELECT make_naive_bayes(array_agg(feature), array_agg(level), array_agg(won), array_agg(lost),
    '{"smoothing": 0.1, "monotone": {"stage": 1}}') FROM deltas));
-- what is missing says nothing, unlike in fit
SELECT score(m, f) = (SELECT score(m, g) FROM (SELECT 'unseen'::text AS a) g) AS skipped,
    round(score(m, f)::numeric, 4) AS score
  FROM make_naive_bayes('{NULL,a,a}', '{NULL,x,y}', '{30,10,5}', '{20,2,9}', '{}') m, (SELECT NULL::text AS a) f;
SELECT round(score(m, f)::numeric, 4) AS missing_learned
  FROM (SELECT fit('naive_bayes', i % 2 = 0, f) AS m FROM generate_series(1, 40) i,
    LATERAL (SELECT CASE WHEN i % 4 > 0 THEN 'x' END AS a) f) s, (SELECT NULL::text AS a) f;

-- a minimum count a level
SELECT level, round(coefficient::numeric, 4) AS coefficient
  FROM coefficients(make_naive_bayes('{NULL,tag,tag}', '{NULL,hot,cold}', '{30,10,5}', '{60,2,50}', '{"min_leaf": 20}'));

-- numbers stand in tenths; order falling or rising
SELECT feature, level, round(coefficient::numeric, 4) AS coefficient
  FROM coefficients((SELECT fit('naive_bayes', i % 3 = 0, f)
    FROM generate_series(1, 90) i, LATERAL (SELECT i % 2 AS x, NULL::int AS nothing, date '2026-01-01' + i % 2 AS day) f));
SELECT level, round(coefficient::numeric, 4) AS coefficient
  FROM coefficients((SELECT fit('naive_bayes', won, f, '{"categorical": ["x"], "monotone": {"x": -1}}')
    FROM (VALUES (true, 10), (true, 10), (false, 9), (false, 10), (false, 100)) v (won, x), LATERAL (SELECT x) f));
SELECT round(ln(1.0), 4) AS hundred, round(ln(4.0 / 3), 4) AS ten, round(ln(4.0 / 2), 4) AS nine;

-- a prior by team: its rate, drawn to that of all
SELECT feature, level, round(coefficient::numeric, 3) AS coefficient
  FROM coefficients((SELECT fit('naive_bayes', i % 10 < n * 2, f, '{"pool_by": "team", "smoothing": 0}')
    FROM generate_series(1, 300) i, LATERAL (SELECT 1 + i % 3 AS n) t,
      LATERAL (SELECT 'team ' || n AS team) f));

-- stage_prior: (won + k p) / (n + k)
SELECT level, round((1 / (1 + exp(-coefficient - (SELECT coefficient FROM coefficients(m) WHERE feature = '(intercept)'))))::numeric, 4) AS rate
  FROM (SELECT fit('stage_prior', i % 10 < s * 3, f, '{"smoothing": 10}') AS m
    FROM generate_series(0, 99) i, LATERAL (SELECT 1 + i % 2 AS s) t,
      LATERAL (SELECT (s || ':S' || s)::stage AS stage, 'ignored' AS other, i AS also) f) x, coefficients(m) c WHERE level IS NOT NULL;
-- i even: 20 of 50 below 3 (0 and 2), odd: 30 of 50 (1, 3, 5): 50 of 100
SELECT round((20 + 10 * 0.5) / 60, 4) AS s1, round((30 + 10 * 0.5) / 60, 4) AS s2;
SELECT fit('stage_prior', i % 2 = 0, f) IS NOT NULL AS few_rows
  FROM generate_series(1, 3) i, LATERAL (SELECT '1:A'::stage AS stage) f;

-- the same bytes in any order of rows
SELECT fit('naive_bayes', won, f) = (SELECT fit('naive_bayes', won, f)
    FROM (SELECT * FROM leads ORDER BY id DESC) l, LATERAL (SELECT stage, source) f) AS same
  FROM leads, LATERAL (SELECT stage, source) f;

-- trained, evaluated and registered like the others
SELECT n, auc > 0.6 AS skill, status
  FROM train('nb', 'SELECT i, i % 3 AS x, (i * 7919 % 10) < 3 + 2 * (i % 3) AS won FROM generate_series(1, 900) i',
             'won', 'naive_bayes', order_by => 'i');
SELECT round(score('nb', f)::numeric, 1) AS score FROM (SELECT 2 AS x) f;
-- three columns that say the same: too sure of itself, unless it is calibrated, which is the default
SELECT c, train('sure', 'SELECT i, x, x AS again, x::text AS text, won
                           FROM (SELECT i, i % 3 AS x, (i * 7919 % 10) < 3 + 2 * (i % 3) AS won FROM generate_series(1, 900) i) r',
                'won', 'naive_bayes', c, order_by => 'i') IS NOT NULL AS trained
  FROM unnest('{"{}","{\"calibrate\": \"none\"}"}'::jsonb[]) c;
SELECT version, model::jsonb #>> '{calibration,kind}' AS calibration, round((metrics ->> 'ece')::numeric, 1) AS ece
  FROM model_versions WHERE name = 'sure' ORDER BY 1;
DELETE FROM model_versions WHERE name = 'sure';

-- explained, said in words, changed and written as SQL: numbers and days stand in cells
CREATE TABLE many AS
SELECT i AS id, i % 5 < 1 + i % 3 AS won, CASE WHEN i % 11 > 0 THEN hashint8(i) % 100 / 10.0 + i % 3 END AS x,
       date '2026-01-01' + CASE WHEN i % 7 > 0 THEN i % 40 + i % 3 * 9 END AS day, (i % 4 + 1 || ':S' || i % 4)::stage AS stage,
       CASE WHEN i % 6 > 0 THEN (ARRAY['web', 'fair', 'phone'])[1 + i % 3] END AS source, i % 13 AS age
  FROM generate_series(1, 800) i;
CREATE TABLE counted AS
SELECT 'naive_bayes' AS name, fit('naive_bayes', won, f) AS model FROM many, LATERAL (SELECT x, day, stage, source, age) f
UNION ALL SELECT 'monotone', fit('naive_bayes', won, f, '{"monotone": {"stage": 1, "age": -1}, "pool_by": "source"}') FROM many, LATERAL (SELECT x, day, stage, source, age) f
UNION ALL SELECT 'live', make_naive_bayes('{NULL,source,source}', '{NULL,web,fair}', '{300,100,50}', '{500,100,250}')
UNION ALL SELECT 'stage_prior', fit('stage_prior', won, f) FROM many, LATERAL (SELECT stage) f;
CREATE TABLE asked AS
SELECT id, x, day, stage, source, age FROM many WHERE id % 9 = 0
UNION ALL SELECT -1, 'NaN', NULL, '9:New', 'new', NULL UNION ALL SELECT -2, 1e9, '1999-01-01', NULL, NULL, -5;
SELECT name, max(abs((SELECT sum(contribution) FROM explain(model, a)) - ln(score(model, a) / (1 - score(model, a))))) < 1e-9 AS adds_up,
       count(DISTINCT (SELECT min(contribution) FROM explain(model, a) WHERE feature IS NULL)) AS bases
  FROM counted, asked a GROUP BY 1 ORDER BY 1;
-- on average over the training rows a contribution is 0, but where rows were counted for later cells
SELECT name, e.feature, abs(avg(contribution)) < 1e-9 AS centred
  FROM counted, many m, explain(model, m) e WHERE e.feature IS NOT NULL AND name IN ('naive_bayes', 'stage_prior') GROUP BY 1, 2 ORDER BY 1, 2;
-- and importance is its standard deviation
SELECT name, feature, abs(i.gain - (SELECT stddev_pop(contribution) FROM many m, explain(model, m) e WHERE e.feature = i.feature)) < 1e-9 AS is_deviation
  FROM counted, importance(model) i WHERE name IN ('naive_bayes', 'stage_prior') ORDER BY 1, 2;
CREATE FUNCTION furthest(model model) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE result float8;
BEGIN
  EXECUTE format('SELECT max(abs(%s - score($1, a))) FROM (SELECT id, x, day, label(stage) AS stage, source, age FROM asked) a', to_sql(model, 'a')) INTO result USING model;
  RETURN result;
END $$;
SELECT name, furthest(model) < 1e-12 AS equal FROM counted ORDER BY 1;
SELECT name, reasons(model, a, 2) FROM counted, asked a WHERE id = 9 ORDER BY 1;
SELECT name, round(score(model, a)::numeric, 4) AS now, round(what_if(model, a, '{"stage": "4:S3"}')::numeric, 4) AS at_s3, n.feature, n.value
  FROM counted, asked a, next_best_action(model, a, '["stage"]') n WHERE id = 9 AND name <> 'live' ORDER BY 1;

-- refused
\set VERBOSITY terse
SELECT fit('naive_bayes', won, f) FROM leads, LATERAL (SELECT source) f WHERE won;
SELECT fit('naive_bayes', won, f, '{"monotone": {"source": 1}}') FROM leads, LATERAL (SELECT source) f;
SELECT fit('naive_bayes', won, f, '{"pool_by": "id"}') FROM leads, LATERAL (SELECT id) f;
SELECT fit('naive_bayes', won, f, '{"pool_by": "team"}') FROM leads, LATERAL (SELECT id) f;
SELECT fit('naive_bayes', won, f, '{"pool_by": 1}') FROM leads, LATERAL (SELECT id) f;
SELECT fit('naive_bayes', won, f, '{"smoothing": -1}') FROM leads, LATERAL (SELECT id) f;
SELECT fit('naive_bayes', won, f, '{"lambda": 1}') FROM leads, LATERAL (SELECT id) f;
SELECT fit('stage_prior', won, f) FROM leads, LATERAL (SELECT id) f;
SELECT make_naive_bayes('{a}', '{x}', '{1}', '{1}');
SELECT make_naive_bayes('{NULL,a}', '{NULL,x}', '{1,2}', '{1,1}');
SELECT make_naive_bayes('{NULL,a}', '{NULL,x}', '{1,-1}', '{1,1}');
SELECT make_naive_bayes('{NULL,a}', '{NULL}', '{1,1}', '{1,1}');
SELECT make_naive_bayes('{NULL,a}', '{NULL,x}', '{1,NULL}', '{1,1}');
SELECT make_naive_bayes('{NULL,NULL}', '{NULL,x}', '{9223372036854775807,1}', '{1,1}');
SELECT make_naive_bayes('{NULL,a}', '{NULL,x}', '{1,1}', '{1,1}', '{"monotone": {"a": 1}}');
SELECT make_naive_bayes('{NULL,a}', '{NULL,x}', '{1,1}', '{1,1}', '{"monotone": {"b": 1}}');
SELECT make_naive_bayes('{NULL,a,a}', '{NULL,1:A,2:A}', '{2,1,1}', '{1,1,0}', '{"monotone": {"a": 1}}');
SELECT make_naive_bayes('{}', '{}', '{}', '{}');
SELECT make_naive_bayes(NULL, '{}', '{}', '{}') IS NULL AS none;
SELECT jsonb_set(:'live'::model::jsonb, '{counts,won,0}', '100')::model;
SELECT jsonb_set(:'live'::model::jsonb, '{counts,roles}', '["likelihood"]')::model;
SELECT (:'live'::model::jsonb - 'counts')::model;
DELETE FROM model_versions WHERE name = 'nb';
DROP TABLE leads, deltas;
DROP TABLE many, counted, asked;
DROP FUNCTION furthest(model);
