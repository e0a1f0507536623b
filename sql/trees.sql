-- tree, forest and gbm: fit, score, explain
SET search_path = public, crmprob;

-- numbers with gaps, categories, dates; a label that hangs on some of them
CREATE TABLE leads AS
  SELECT i AS id, nullif(i * 7919 % 1009, 13) / 10.0::float8 AS amount,
      CASE WHEN i % 11 > 0 THEN i * 31 % 97 END AS age,
      (ARRAY['web', 'fair', 'call', 'mail', 'shop'])[1 + i * 13 % 41 % 5] AS source,
      i * 17 % 29 % 2 = 0 AS known, date '2026-01-01' + i * 5 % 83 AS since,
      i * 101 % 211 AS noise
    FROM generate_series(1, 3000) i;
ALTER TABLE leads ADD won boolean;
UPDATE leads SET won = (hashint4(id) & 1023) / 1024.0 <
    1 / (1 + exp(-(coalesce(amount, 120) / 25 - 2.5 + CASE source WHEN 'fair' THEN 1.5
      WHEN 'shop' THEN 1 ELSE -0.5 END + CASE WHEN age IS NULL THEN 1
      WHEN age > 60 THEN -1 ELSE 0 END)));

-- one split worked by hand: shares 8/40 and 30/40, each shrunk by ten rows of
-- the root's (38 + 0.5) / (80 + 1)
CREATE TABLE stump AS
  SELECT x, i <= won AS won FROM (VALUES (1, 8), (5, 30)) v(x, won), generate_series(1, 40) i;
SELECT fit('tree', won, f, '{"min_per_class": 10}') AS m FROM stump, LATERAL (SELECT x) f \gset
SELECT :'m'::model::jsonb->'trees'->'nodes'->0->0 AS root;
SELECT v.x, abs(score(:'m'::model, f) -
      (CASE WHEN v.x < 3 THEN 8 ELSE 30 END + 10 * 38.5 / 81) / 50) < 1e-7 AS by_hand
  FROM (VALUES (-1e300::float8), (1), (2.9), (3), (5), (1e300)) v(x), LATERAL (SELECT v.x) f ORDER BY v.x;

-- all three: better than chance by far, sums of scores near the wins
CREATE TABLE models (algorithm text, m model);
INSERT INTO models SELECT 'tree', fit('tree', won, f) FROM leads l,
  LATERAL (SELECT amount, age, source, known, since, noise) f;
INSERT INTO models SELECT 'forest', fit('forest', won, f, '{"trees": 40}') FROM leads l,
  LATERAL (SELECT amount, age, source, known, since, noise) f;
INSERT INTO models SELECT 'gbm', fit('gbm', won, f) FROM leads l,
  LATERAL (SELECT amount, age, source, known, since, noise) f;
SELECT algorithm, algorithm(m), auc(evaluation(score(m, l), won)) > 0.8 AS auc,
    abs(sum(score(m, l)) / count(*) FILTER (WHERE won) - 1) < 0.05 AS expected,
    (m::jsonb->'trees'->>'loss')::float8 BETWEEN 0.4 AND 0.56 AS loss
  FROM models, leads l GROUP BY algorithm, m ORDER BY models.algorithm;

-- text and binary forms, jsonb
SELECT algorithm, m::text::model = m AS text, m::jsonb::model = m AS jsonb FROM models ORDER BY 1;

-- the order of rows does not show, the seed does
SELECT a, same, other FROM (VALUES ('gbm', '{"trees": 5, "subsample": 0.5, "colsample": 0.5}'::jsonb),
    ('forest', '{"trees": 3}'), ('tree', '{}')) v(a, o),
  LATERAL (SELECT (SELECT fit(a, won, f, o) FROM (SELECT * FROM leads ORDER BY id) l,
        LATERAL (SELECT amount, age, source, known, since, noise) f) =
      (SELECT fit(a, won, f, o) FROM (SELECT * FROM leads ORDER BY noise, id DESC) l,
        LATERAL (SELECT amount, age, source, known, since, noise) f) AS same,
      (SELECT fit(a, won, f, o) FROM leads l,
        LATERAL (SELECT amount, age, source, known, since, noise) f) =
      (SELECT fit(a, won, f, o || '{"seed": 1}') FROM leads l,
        LATERAL (SELECT amount, age, source, known, since, noise) f) AS other) s ORDER BY a;

-- explain: base + contributions = log-odds of the score; noise matters least
SELECT algorithm, max(abs(s - ln(p / (1 - p)))) < 1e-9 AS adds_up
  FROM (SELECT algorithm, l.id, score(m, l) AS p, sum(contribution) AS s
      FROM models, (SELECT * FROM leads ORDER BY id LIMIT 200) l, explain(m, l)
      GROUP BY 1, 2, 3) x GROUP BY 1 ORDER BY 1;
SELECT rank, feature, value, contribution IS NOT NULL AS has
  FROM models, leads l, explain(m, l) WHERE algorithm = 'gbm' AND id = 22 ORDER BY rank = 0 DESC, feature;
SELECT algorithm, (array_agg(feature ORDER BY gain DESC))[1:3] AS most,
    round(sum(share)::numeric, 9) AS sum FROM models, importance(m) GROUP BY 1 ORDER BY 1;
SELECT feature, round(gain::numeric, 6) AS gain, share
  FROM importance((SELECT fit('logistic', won, f) FROM leads, LATERAL (SELECT amount) f));
SELECT explain(m, NULL::leads) FROM models WHERE algorithm = 'gbm';

-- logistic is explained too, and so is calibration
SELECT fit('logistic', won, f) AS m FROM leads, LATERAL (SELECT amount, age, source, since) f \gset
SELECT max(abs(s - ln(p / (1 - p)))) < 1e-9 AS adds_up, abs(max(base) - min(base)) AS base
  FROM (SELECT l.id, score(:'m'::model, l) AS p, sum(contribution) AS s,
        sum(contribution) FILTER (WHERE feature IS NULL) AS base
      FROM (SELECT * FROM leads ORDER BY id LIMIT 100) l, explain(:'m'::model, l) GROUP BY 1, 2) x;
SELECT c, max(abs(s - ln(p / (1 - p)))) < 1e-9 AS adds_up, bool_or(calibration) AS a_row
  FROM (SELECT c->>'kind' AS c, l.id, score(k, l) AS p, sum(contribution) AS s,
        bool_or(feature = '(calibration)') AS calibration
      FROM models, (VALUES ('{"kind": "platt", "slope": 0.8, "intercept": 0.1}'::jsonb),
          ('{"kind": "isotonic", "x": [0.2, 0.9], "y": [0, 0.7]}')) v(c),
        LATERAL (SELECT jsonb_set(m::jsonb, '{calibration}', c)::model AS k OFFSET 0) x,
        (SELECT * FROM leads ORDER BY id LIMIT 50) l, explain(k, l)
      WHERE algorithm = 'forest' GROUP BY 1, 2, 3) y GROUP BY 1 ORDER BY 1;

-- missing values, unseen labels
SELECT algorithm, count(DISTINCT score(m, f)) FROM models,
  (VALUES (1, NULL::text), (2, 'nobody'), (3, 'fair')) v(n, source),
  LATERAL (SELECT NULL::float8 AS amount, NULL::int AS age, v.source, NULL::boolean AS known,
    NULL::date AS since, NULL::int AS noise) f
  WHERE score(m, f) BETWEEN 0.0001 AND 0.9999 GROUP BY 1 ORDER BY 1;

-- monotone: along amount no score falls
SELECT a, min(step) >= 0 AS rises FROM (SELECT a, score(m, f) - lag(score(m, f)) OVER (PARTITION BY a ORDER BY x) AS step
    FROM (VALUES ('gbm', '{"trees": 30, "monotone": {"amount": 1}}'::jsonb),
        ('forest', '{"trees": 10, "monotone": {"amount": 1}}'),
        ('tree', '{"monotone": {"amount": 1}}')) v(a, o),
      LATERAL (SELECT fit(a, won, f, o) AS m FROM leads, LATERAL (SELECT amount, age, source) f) s,
      generate_series(-5, 130, 0.5) x, LATERAL (SELECT x AS amount, 30 AS age, 'web' AS source) f) y
  GROUP BY 1 ORDER BY 1;

-- leaves, weights and the other options
SELECT o, auc(evaluation(score(m, l), won)) > 0.75 AS auc,
    abs(avg(score(m, l)) - avg(won::int)) < 0.01 AS base_rate,
    jsonb_array_length(m::jsonb->'trees'->'nodes') AS trees
  FROM (VALUES ('{"trees": 20, "leaves": 8}'::jsonb), ('{"trees": 30, "depth": 2, "learning_rate": 0.3}'),
      ('{"trees": 40, "depth": 3, "class_weight": "balanced"}'),
      ('{"trees": 40, "depth": 3, "class_weight": {"true": 5, "false": 1}}'),
      ('{"trees": 40, "depth": 3, "l1": 1, "l2": 5, "min_leaf": 10}')) v(o),
    LATERAL (SELECT fit('gbm', won, f, o) AS m FROM leads, LATERAL (SELECT amount, age, source) f) s, leads l
  GROUP BY o, m ORDER BY o::text;

-- dates, constant and empty columns, a number as a category, many labels
SELECT a, auc(evaluation(score(m, l), won)) > 0.9 AS auc, warnings(m)
  FROM (VALUES ('gbm', '{"trees": 30, "categorical": ["code"]}'::jsonb), ('forest', '{"trees": 20, "categorical": ["code"]}'),
      ('tree', '{"categorical": ["code"]}')) v(a, o),
    LATERAL (SELECT fit(a, id % 37 IN (1, 5, 9, 14, 30), f, o) AS m
      FROM leads, LATERAL (SELECT since, id % 37 AS code, 1 AS one, NULL::float8 AS none, 'x' AS same, 'k' || id AS key,
        'label ' || id % 300 AS label) f) s,
    (SELECT since, id % 37 AS code, 1 AS one, NULL::float8 AS none, 'x' AS same, 'k' AS key,
       'label ' || id % 300 AS label, id % 37 IN (1, 5, 9, 14, 30) AS won FROM leads) l
  GROUP BY a, m ORDER BY a;

-- few rows: no cross-validation, still a model
SELECT score(m, f) > 0.5 AS high FROM (SELECT fit('gbm', i > 5, f, '{"min_per_class": 1}') AS m
    FROM generate_series(1, 12) i, LATERAL (SELECT i AS x) f) s, LATERAL (SELECT 12 AS x) f;
SELECT (fit('gbm', i > 5, f, '{"min_per_class": 1}')::jsonb->'trees'->>'kind') AS kind FROM generate_series(1, 12) i, LATERAL (SELECT i AS x) f;
SELECT fit('gbm', i > 50, f) FROM generate_series(1, 12) i, LATERAL (SELECT i AS x) f;
SELECT fit('forest', won, f) FROM leads, LATERAL (SELECT 'infinity'::float8 AS amount) f;

-- options: unknown, of another algorithm, out of range
SELECT fit('gbm', won, f, '{"lambda": 1}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('forest', won, f, '{"learning_rate": 0.1}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"trees": 0}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"depth": 16}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"max_levels": 255}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"monotone": {"amount": 2}}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"monotone": {"nothing": 1}}') FROM leads, LATERAL (SELECT amount) f;
SELECT fit('gbm', won, f, '{"monotone": {"source": 1}}') FROM leads, LATERAL (SELECT source) f;

-- texts that are no model: a child too few, a wrong category, no number
SELECT m::text AS good FROM (SELECT fit('tree', won, f, '{"min_per_class": 10}') AS m FROM stump, LATERAL (SELECT x) f) s \gset
SELECT (jsonb_set(:'good'::jsonb, '{trees,nodes,0}', '[[0,0,3],[0.5,1]]'))::model;
SELECT (jsonb_set(:'good'::jsonb, '{trees,nodes,0,0}', '[1,0,3]'))::model;
SELECT (jsonb_set(:'good'::jsonb, '{trees,nodes,0,0}', '[0,0,[1]]'))::model;
SELECT (jsonb_set(:'good'::jsonb, '{trees,nodes,0,1}', '["NaN",1]'))::model;
SELECT (jsonb_set(:'good'::jsonb, '{trees,nodes,0,1}', '[1.5,1]'))::model;
SELECT (jsonb_set(:'good'::jsonb, '{algorithm}', '"gbm"'))::model;
SELECT (:'good'::jsonb - 'trees')::model;

-- a cancelled fit leaves no trace
SET statement_timeout = '30ms';
SELECT fit('forest', won, f, '{"trees": 10000}') IS NULL FROM leads, LATERAL (SELECT amount, age, source, since) f;
RESET statement_timeout;

-- train takes them as any algorithm
SELECT version, n > 0 AS n, auc > 0.75 AS auc, ece < 0.1 AS ece, status FROM train('leads',
  'SELECT amount, age, source, known, since, noise, won FROM leads', 'won', 'gbm', '{"trees": 40, "depth": 3}', 'since');
SELECT count(*), max(abs(s - ln(p / (1 - p)))) < 1e-9 AS adds_up
  FROM (SELECT l.id, score('leads', l) AS p, sum(contribution) AS s
      FROM (SELECT * FROM leads ORDER BY id LIMIT 50) l, explain('leads', l) GROUP BY 1, 2) x;

DELETE FROM model_versions WHERE name = 'leads';
DROP TABLE leads, stump, models;
