-- model: text, binary, jsonb, equality, storage, accessors
SET search_path = public, crmprob;

CREATE TABLE rows AS
  SELECT i % 7 AS a, nullif((i * 3 % 5)::float8, 0) AS b,
      CASE WHEN i % 11 > 0 THEN (ARRAY['grün', 'a "b"', ''])[1 + i % 3] END AS c,
      date '2026-01-01' + i % 31 AS d, i * 7 % 10 < 4 AS won
    FROM generate_series(1, 400) i;
CREATE TABLE models AS
  SELECT 1 AS id, fit('logistic', won, rows, '{"exclude": ["won"]}') AS m FROM rows
  UNION ALL
  SELECT 2, fit('logistic', won, rows, '{"exclude": ["won", "d"], "lambda": 0.01, "alpha": 0.5,
    "max_levels": 1, "class_weight": {"true": 2, "false": 1}}') FROM rows
  UNION ALL
  SELECT 3, fit('logistic', won, rows, '{"exclude": ["won", "a", "b", "c", "d"]}') FROM rows;

-- the parts that are exact on every machine
SELECT id, j->>'format' AS format, j->>'algorithm' AS algorithm, j->>'n' AS n,
    j->>'n_positive' AS n_positive, j->>'n_skipped' AS n_skipped, j->>'base_rate' AS base_rate,
    j->>'as_of' AS as_of, j->>'seed' AS seed, j->'options' AS options
  FROM models, LATERAL (SELECT m::jsonb AS j) j ORDER BY id;
SELECT id, jsonb_pretty(j->'features'->2) AS c FROM models, LATERAL (SELECT m::jsonb AS j) j
  WHERE id < 3 ORDER BY id;
-- a model without features is the base rate
SELECT feature, round(coefficient::numeric, 9) = round(ln(160 / 240.0), 9) AS base
  FROM models, coefficients(m) WHERE id = 3;

-- text and jsonb there and back: the same bytes
SELECT id, m::text::model = m AS text, (m::jsonb)::model = m AS json,
    model_send(m::text::model) = model_send(m) AS bytes
  FROM models ORDER BY id;
-- through a toasted column, too
ALTER TABLE models ALTER m SET STORAGE external;
UPDATE models SET m = m;
SELECT id, m::text::model = m AS same FROM models ORDER BY id;

-- equality and hash
SELECT a.id, b.id, a.m = b.m AS eq, a.m <> b.m AS ne,
    model_hash(a.m) = model_hash(b.m) AS hash,
    model_hash_extended(a.m, 5) = model_hash_extended(b.m, 5) AS hash_extended
  FROM models a, models b WHERE a.id <= b.id ORDER BY 1, 2;
SELECT count(DISTINCT m::text) AS n FROM (SELECT m FROM models UNION SELECT m FROM models) u;
SELECT m, m FROM models WHERE false GROUP BY m;
SELECT amvalidate(oid) FROM pg_opclass WHERE opcname = 'model_ops';

-- accessors
SELECT id, algorithm(m), warnings(m), log_likelihood(m) < 0 AS negative,
    log_likelihood(m) >= (m::jsonb->'logistic'->>'null_log_likelihood')::float8 AS better
  FROM models ORDER BY id;
SELECT algorithm(NULL), warnings(NULL), log_likelihood(NULL::model), NULL::model::jsonb;
SELECT * FROM coefficients(NULL);

-- refused text
SELECT ''::model;
SELECT 'model'::model;
SELECT '{}'::model;
SELECT '{"format": 1}'::model;
SELECT 'null'::jsonb::model;
SELECT replace(m::text, '"format":1', '"format":2')::model FROM models WHERE id = 1;
SELECT replace(m::text, '"n":400', '"n":401')::model FROM models WHERE id = 1;
SELECT replace(m::text, '"seed":0', '"seed":0,"seed":0')::model FROM models WHERE id = 1;
SELECT replace(m::text, '"seed":0', '"sead":0')::model FROM models WHERE id = 1;
SELECT replace(m::text, '"min":0', '"min":1e999')::model FROM models WHERE id = 1;
SELECT replace(m::text, '"algorithm":"logistic"', '"algorithm":"gbm"')::model FROM models WHERE id = 1;
-- keys in another order, spaces, and what may be left out
SELECT ('{ "seed" : 0, ' || substr(replace(m::text, '"seed":0,', ''), 2))::model = m AS same
  FROM models WHERE id = 1;

-- what has its own option, calibration, grades and warnings
SELECT jsonb_set(jsonb_set(jsonb_set(m::jsonb, '{calibration}', '{"kind": "platt", "slope": 0.5, "intercept": 0.1}'),
    '{grades}', '[0.7, 0.4]'), '{warnings}', '["a", "b"]')::model AS m FROM models WHERE id = 3 \gset
SELECT :'m'::model::jsonb->'calibration' AS calibration, :'m'::model::jsonb->'grades' AS grades,
    warnings(:'m'), :'m'::model::text = :'m' AS same;
SELECT jsonb_set(:'m'::model::jsonb, '{grades}', '[0.4, 0.7]')::model;
SELECT jsonb_set(:'m'::model::jsonb, '{calibration,kind}', '"isotonic"')::model;
DROP TABLE rows, models;
