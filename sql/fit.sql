-- fit: a model of a label by the columns of a record
SET search_path = public, crmprob;

-- R's glm(am ~ wt, binomial, mtcars): 12.040 (4.510), -4.024 (1.436), residual
-- deviance 19.176 (R's standard errors are those of its last but one iteration)
CREATE TABLE mtcars (wt float8, am boolean);
INSERT INTO mtcars SELECT wt, am = 1
  FROM unnest('{2.620,2.875,2.320,3.215,3.440,3.460,3.570,3.190,3.150,3.440,
    3.440,4.070,3.730,3.780,5.250,5.424,5.345,2.200,1.615,1.835,2.465,3.520,
    3.435,3.840,3.845,1.935,2.140,1.513,3.170,2.770,3.570,2.780}'::float8[],
    '{1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,0,0,0,0,0,1,1,1,1,1,1,1}'::int[])
    AS u(wt, am);
SELECT fit('logistic', am, mtcars, '{"exclude": ["am"], "min_per_class": 10}') AS model
  FROM mtcars \gset
SELECT feature, level, round(coefficient::numeric, 3) AS coefficient,
    round(std_error::numeric, 3) AS std_error, round(z::numeric, 3) AS z,
    round(p_value::numeric, 5) AS p_value,
    round(odds_ratio::numeric, 5) AS odds_ratio
  FROM coefficients(:'model');
SELECT round((-2 * log_likelihood(:'model'::model))::numeric, 3) AS deviance,
    algorithm(:'model'), warnings(:'model');

-- a table of counts: log odds and the root of summed reciprocals
CREATE TABLE counts AS
  SELECT g, i <= won AS won
    FROM (VALUES ('a', 40, 100), ('b', 60, 90), ('c', 10, 80)) v(g, won, n),
      generate_series(1, n) i;
SELECT level, coefficient = std_error AS never,
    abs(coefficient - CASE level WHEN 'b' THEN ln(60.0 / 30) - ln(40.0 / 60)
      WHEN 'c' THEN ln(10.0 / 70) - ln(40.0 / 60) ELSE ln(40.0 / 60) END) < 1e-9 AS coefficient,
    abs(std_error - CASE level WHEN 'b' THEN sqrt(1 / 60.0 + 1 / 30.0 + 1 / 40.0 + 1 / 60.0)
      WHEN 'c' THEN sqrt(1 / 10.0 + 1 / 70.0 + 1 / 40.0 + 1 / 60.0)
      ELSE sqrt(1 / 40.0 + 1 / 60.0) END) < 1e-7 AS std_error
  FROM coefficients((SELECT fit('logistic', won, f) FROM counts,
    LATERAL (SELECT g) f));

-- every type that can be a feature
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN share AS numeric CHECK (VALUE BETWEEN 0 AND 1);
CREATE TABLE deals AS
  SELECT i AS id, (i * 7 % 11)::int2 AS c_int2, i * 5 % 17 AS c_int4,
      (i * 3 % 23)::int8 AS c_int8, (i * 11 % 13)::float4 / 4 AS c_float4,
      (i * 13 % 29)::float8 / 8 AS c_float8, (i * 17 % 31)::numeric / 10 AS c_numeric,
      (i * 19 % 10 / 10.0)::share AS c_domain, i * 23 % 3 = 0 AS c_boolean,
      (ARRAY['red', 'green', 'blue'])[1 + i * 29 % 37 % 3] AS c_text,
      (ARRAY['x', 'y'])[1 + i * 31 % 41 % 2]::varchar(5) AS c_varchar,
      (ARRAY['p', 'q'])[1 + i * 37 % 43 % 2]::char(5) AS c_char,
      (ARRAY['m', 'n'])[1 + i * 41 % 47 % 2]::name AS c_name,
      (ARRAY['sad', 'happy'])[1 + i * 43 % 53 % 2]::mood AS c_enum,
      (ARRAY['1:Lead', '2:Offer', 'lost:Price'])[1 + i * 47 % 59 % 3]::stage AS c_stage,
      date '2026-01-01' + i * 53 % 61 AS c_date,
      timestamp '2026-02-01 12:00' + i * 59 % 67 * interval '6 hours' AS c_timestamp,
      timestamptz '2026-03-01 00:00+00' + i * 61 % 71 * interval '90 minutes' AS c_timestamptz,
      (i * 7919 % 1009 % 10) < 4 AS won
    FROM generate_series(1, 600) i;
SELECT fit('logistic', won, deals, '{"exclude": ["id", "won"]}') AS model FROM deals \gset
SELECT f->>'name' AS name, f->>'kind' AS kind, f->>'type' AS type, f->'levels' AS levels,
    round((f->>'mean')::numeric, 3) AS mean, round((f->>'min')::numeric, 3) AS min
  FROM jsonb_array_elements(:'model'::model::jsonb->'features') f;
SELECT feature, level, coefficient IS NOT NULL AS has
  FROM coefficients(:'model');
SELECT :'model'::model::jsonb->>'as_of' AS as_of, warnings(:'model');
-- the session's time zone and date style change nothing
SET timezone = 'Asia/Kolkata';
SET datestyle = 'SQL, DMY';
SELECT fit('logistic', won, deals, '{"exclude": ["id", "won"]}') = :'model' AS same FROM deals;
RESET timezone;
RESET datestyle;

-- any order of rows gives the same bytes
SELECT fit('logistic', won, d, '{"exclude": ["id", "won"]}') = :'model' AS same
  FROM (SELECT * FROM deals ORDER BY md5(id::text)) d;
SELECT fit('logistic', won, d, '{"exclude": ["id", "won"]}') = :'model' AS same
  FROM (SELECT * FROM deals ORDER BY c_text, id DESC) d;

-- one model a group; FILTER; a window frame
SELECT c_boolean, (fit('logistic', won, f)::jsonb->>'n')::int AS n
  FROM deals, LATERAL (SELECT c_int4, c_text) f GROUP BY c_boolean ORDER BY 1;
SELECT (fit('logistic', won, f) FILTER (WHERE id <= 300))::jsonb->>'n' AS n
  FROM deals, LATERAL (SELECT c_int4) f;
SELECT DISTINCT (fit('logistic', won, f) OVER ())::jsonb->>'n' AS n
  FROM deals, LATERAL (SELECT c_int4) f;

-- NULL labels and records are counted, NULL and NaN features are learned
SELECT m->>'n' AS n, m->>'n_skipped' AS n_skipped, f->>'name' AS name, f->>'missing' AS missing
  FROM (SELECT fit('logistic', CASE WHEN id % 10 > 0 THEN won END,
      CASE WHEN id % 50 <> 1 THEN f END)::jsonb AS m
    FROM deals, LATERAL (SELECT nullif(c_int4, 3) AS number,
      CASE WHEN id % 4 = 0 THEN 'NaN' ELSE c_float8 END AS nan,
      nullif(c_text, 'red') AS text, CASE WHEN id % 7 > 0 THEN c_date END AS date) f) s,
    jsonb_array_elements(m->'features') f;
SELECT feature, level FROM coefficients((SELECT fit('logistic', won, f)
  FROM deals, LATERAL (SELECT nullif(c_int4, 3) AS number, nullif(c_text, 'red') AS text) f));

-- names of ours in the data: the order of the rows tells which is which
SELECT ordinality, feature, level
  FROM coefficients((SELECT fit('logistic', won, f, '{"max_levels": 3}') FROM deals,
    LATERAL (SELECT c_int4 AS "(intercept)",
      (ARRAY['(missing)', '(missing)', '(other)', '(other)', 'a', 'a', 'b', NULL])[1 + id % 8] AS text) f))
    WITH ORDINALITY;

-- no rows, only NULL records: no model
SELECT fit('logistic', won, deals) IS NULL AS none FROM deals WHERE false;
SELECT fit('logistic', true, NULL::deals) IS NULL AS none FROM generate_series(1, 3);

-- numbers as categories; labels beyond max_levels are "other"
SELECT feature, level FROM coefficients((SELECT fit('logistic', won, f,
    '{"categorical": ["c_numeric", "c_int4"], "max_levels": 2}')
  FROM deals, LATERAL (SELECT c_int4, round(c_numeric)::numeric(10,2) AS c_numeric) f));
-- bigints beyond 2^53 stay apart; equal numbers of any type are one level
SELECT f->'levels' AS levels FROM jsonb_array_elements((SELECT fit('logistic', won, f, '{"categorical": ["x"]}')
    FROM deals, LATERAL (SELECT 9007199254740992 + id % 3 AS x) f)::jsonb->'features') f;
CREATE TABLE typed AS
  SELECT won, v::float8 AS c_float8, v::float4 AS c_float4, v::numeric AS c_numeric, (v || '00')::numeric AS c_scaled
    FROM deals, LATERAL (SELECT (ARRAY['1.1', '0.00001', '-2500.0', '16777216.0', '0.10'])[1 + id % 5] AS v) f;
SELECT count(DISTINCT m.features) AS same, min(m.features->0->>'levels') AS levels
  FROM (SELECT fit('logistic', won, f, '{"categorical": ["x"]}')::jsonb->'features' AS features
      FROM typed, LATERAL (SELECT c_float8 AS x) f
    UNION ALL SELECT fit('logistic', won, f, '{"categorical": ["x"]}')::jsonb->'features'
      FROM typed, LATERAL (SELECT c_float4 AS x) f
    UNION ALL SELECT fit('logistic', won, f, '{"categorical": ["x"]}')::jsonb->'features'
      FROM typed, LATERAL (SELECT c_numeric AS x) f
    UNION ALL SELECT fit('logistic', won, f, '{"categorical": ["x"]}')::jsonb->'features'
      FROM typed, LATERAL (SELECT c_scaled AS x) f) m;
SELECT count(*) FILTER (WHERE score(m, a) = score(m, b) AND score(m, a) = score(m, c)) AS same, count(*) AS n
  FROM (SELECT fit('logistic', won, f, '{"categorical": ["x"]}') AS m
      FROM typed, LATERAL (SELECT c_float4 AS x) f) s, typed,
    LATERAL (SELECT c_float4 AS x) a, LATERAL (SELECT c_float8 AS x) b, LATERAL (SELECT c_scaled AS x) c;
SELECT f->'levels' AS levels FROM jsonb_array_elements((SELECT fit('logistic', won, f, '{"categorical": ["x"]}')
    FROM deals, LATERAL (SELECT (ARRAY[1e400, 123456789012345678901234.5, -0.0, 'NaN'])[1 + id % 4] AS x) f)::jsonb->'features') f;
SELECT fit('logistic', won, f, '{"categorical": ["x"]}')
  FROM deals, LATERAL (SELECT '-Infinity'::numeric AS x) f;
DROP TABLE typed;
-- the most frequent are kept, of equally frequent ones the first
SELECT f->'levels' AS levels, f->'counts' AS counts, f->'other' AS other
  FROM (SELECT fit('logistic', won, f, '{"max_levels": 2}')::jsonb AS m
    FROM deals, LATERAL (SELECT (ARRAY['d', 'c', 'b', 'b', 'a'])[1 + id % 5] AS x) f) s,
    jsonb_array_elements(m->'features') f;

-- constant and dependent columns have no coefficient
SELECT feature, round(coefficient::numeric, 6) AS coefficient, std_error IS NULL AS no_error
  FROM coefficients((SELECT fit('logistic', won, f)
    FROM deals, LATERAL (SELECT c_int2, c_int4, c_int2 - 2 * c_int4 AS dependent, 7 AS constant,
      NULL::float8 AS nothing) f));

-- a column of keys is left out
SELECT feature FROM coefficients((SELECT fit('logistic', won, f)
  FROM deals, LATERAL (SELECT c_int4, 'user' || id || '@example.com' AS mail) f));

SELECT m->'features'->0->>'name' AS kept, m->'warnings' AS warnings
  FROM (SELECT fit('logistic', won, f)::jsonb AS m FROM deals, LATERAL (SELECT c_int4,
    -- a key of few rows; addresses that repeat; names; the rest are no keys
    CASE WHEN id <= 20 THEN 'A' || id END AS few, 'u' || id % 7 || '@example.com' AS mail,
    ('Person ' || id)::name AS person) f) s;
SELECT jsonb_array_length(m->'features') AS features, m->'warnings' AS warnings
  FROM (SELECT fit('logistic', won, f)::jsonb AS m FROM deals, LATERAL (SELECT
    CASE WHEN id <= 10 THEN 'A' || id END AS ten, 'a@b' AS no_mail, '@ b.c' || id % 3 AS nor_this) f) s;
-- of all algorithms, and with nothing else to learn from
SELECT algorithm, jsonb_array_length(m->'features') AS features, m->'warnings' AS warnings,
    round(score(m::model, f)::numeric, 2) AS score, m->>'base_rate' AS base_rate
  FROM (SELECT a AS algorithm, fit(a, won, f)::jsonb AS m
    FROM unnest(ARRAY['logistic', 'tree', 'forest', 'gbm']) a, deals,
      LATERAL (SELECT 'key ' || id AS k) f GROUP BY a) s, (SELECT 'key 1' AS k) f ORDER BY 1;
-- more than 10,000 labels: left out; as many: the most frequent are kept
SELECT jsonb_array_length(m->'features') AS features, m->'warnings' AS warnings
  FROM (SELECT fit('logistic', i % 3 = 0, f)::jsonb AS m FROM generate_series(0, 30002) i,
    LATERAL (SELECT (i % 10001)::text AS x, i % 10001 AS n) f) s;
SELECT jsonb_array_length(m->'features') AS features, m->'warnings' AS warnings
  FROM (SELECT fit('logistic', i % 3 = 0, f, '{"categorical": ["n"]}')::jsonb AS m FROM generate_series(0, 30002) i,
    LATERAL (SELECT i % 10001 AS n, i % 7 AS y) f) s;
SELECT jsonb_array_length(f->'levels') AS levels, f->>'other' AS other
  FROM (SELECT fit('logistic', i % 3 = 0, f)::jsonb AS m FROM generate_series(0, 29999) i,
    LATERAL (SELECT (i % 10000)::text AS x) f) s, jsonb_array_elements(m->'features') f;
-- constants of every kind: the base rate
SELECT algorithm, round(score(m, f)::numeric, 2) AS score,
    round((m::jsonb->>'base_rate')::numeric, 2) AS base_rate
  FROM (SELECT a AS algorithm, fit(a, won, f) AS m FROM unnest(ARRAY['logistic', 'tree', 'forest', 'gbm']) a, deals,
    LATERAL (SELECT 7 AS number, 'x'::text AS text, true AS flag, date '2026-01-01' AS day,
      NULL::text AS nothing, NULL::int AS nought) f GROUP BY a) s,
    (SELECT 7 AS number, 'x'::text AS text, true AS flag, date '2026-01-01' AS day,
      NULL::text AS nothing, NULL::int AS nought) f ORDER BY 1;

-- values too long to be a label are "other"
SELECT feature, level FROM coefficients((SELECT fit('logistic', won, f)
  FROM deals, LATERAL (SELECT CASE WHEN id % 3 = 0 THEN repeat('long', 100) ELSE c_text END AS x) f));

-- separation: finite, with a warning
SELECT feature, abs(coefficient) < 100 AS finite, std_error
  FROM coefficients((SELECT fit('logistic', d.c_int4 > 8, f) FROM deals d, LATERAL (SELECT d.c_int4) f));
SELECT feature, level, abs(coefficient) < 100 AS finite, std_error
  FROM coefficients((SELECT fit('logistic', won OR d.c_text = 'red', f) FROM deals d, LATERAL (SELECT d.c_text) f));

-- penalties
SELECT feature, round(coefficient::numeric, 6) AS coefficient, std_error
  FROM coefficients((SELECT fit('logistic', won, f, '{"lambda": 100}')
    FROM deals, LATERAL (SELECT c_int4, c_text) f));
SELECT feature, level, coefficient = 0 AS zero
  FROM coefficients((SELECT fit('logistic', won, f, '{"lambda": 100, "alpha": 1}')
    FROM deals, LATERAL (SELECT c_int4, c_text) f));

-- lambda by cross-validation: noise keeps nothing, a signal stays; any order
-- of rows and the same folds give the same
CREATE TABLE signals AS
  SELECT i, i * 7919 % 1009 AS x, i::bigint * 104729 % 1013 AS y, i::bigint * 15485863 % 1019 AS z,
      (i * 31 % 13)::text AS t, (i::bigint * 6700417 % 10007) % 10 < 4 AS noise,
      i * 7919 % 1009 + (i::bigint * 6700417 % 10007) % 600 > 900 AS won
    FROM generate_series(1, 1500) i;
SELECT count(*) FILTER (WHERE coefficient <> 0) AS kept
  FROM coefficients((SELECT fit('logistic', noise, f, '{"lambda": "cv", "alpha": 1}')
    FROM signals, LATERAL (SELECT x, y, z, t) f));
SELECT fit('logistic', won, f, '{"lambda": "cv", "alpha": 1}') AS model
  FROM signals, LATERAL (SELECT x, y, z, t) f \gset
SELECT feature, coefficient > 0.005 AS strong FROM coefficients(:'model')
 WHERE feature <> '(intercept)' AND abs(coefficient) > 0.005;
SELECT l BETWEEN 1e-5 AND 0.1 AS lambda, :'model'::model::jsonb->'options' AS options
  FROM (SELECT (:'model'::model::jsonb#>>'{logistic,lambda}')::float8 AS l) s;
SELECT fit('logistic', won, f, '{"lambda": "cv", "alpha": 1}') = :'model' AS same
  FROM (SELECT * FROM signals ORDER BY md5(i::text)) s, LATERAL (SELECT x, y, z, t) f;
-- the chosen one given as a number is the same model but for its options
SELECT fit('logistic', won, f, (SELECT jsonb_build_object('alpha', 1, 'lambda', :'model'::model::jsonb#>'{logistic,lambda}')))::jsonb - 'options'
    = :'model'::model::jsonb - 'options' AS same
  FROM signals, LATERAL (SELECT x, y, z, t) f;
SELECT fit('logistic', won, f, '{"lambda": "cv", "folds": 2, "class_weight": "balanced"}') IS NOT NULL AS ridge
  FROM signals, LATERAL (SELECT x, y, z, t) f;
SELECT fit('logistic', won, f, '{"lambda": "cv"}')::jsonb#>>'{logistic,lambda}' AS nothing_to_penalise
  FROM signals, LATERAL (SELECT 1 AS x) f;
SELECT fit('logistic', won, f, '{"lambda": "lots"}') FROM signals, LATERAL (SELECT x) f;
SELECT fit('logistic', won, f, '{"lambda": "cv", "folds": 1}') FROM signals, LATERAL (SELECT x) f;
SELECT fit('logistic', won, f, '{"lambda": 1, "folds": 3}') FROM signals, LATERAL (SELECT x) f;
DROP TABLE signals;

-- class weights: the intercept comes back to the base rate
SELECT round(avg(score(m, f))::numeric, 2) AS mean_score, avg(won::int)::numeric(4,2) AS base_rate
  FROM (SELECT fit('logistic', won, f, '{"class_weight": "balanced"}') AS m
    FROM deals, LATERAL (SELECT c_int4, c_text) f) s, deals, LATERAL (SELECT c_int4, c_text) f;

-- too few rows
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT c_int4) f WHERE id <= 60;
SELECT fit('logistic', won, f, '{"too_few": "null"}') IS NULL AS none
  FROM deals, LATERAL (SELECT c_int4) f WHERE id <= 60;
SELECT fit('logistic', won, f, '{"min_per_class": 5}') IS NOT NULL AS some
  FROM deals, LATERAL (SELECT c_int4) f WHERE id <= 60;
SELECT fit('logistic', NULL, f) FROM deals, LATERAL (SELECT c_int4) f;
-- one class
SELECT fit('logistic', true, f) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', false, f, '{"too_few": "null"}') IS NULL AS none
  FROM deals, LATERAL (SELECT c_int4) f;
\set VERBOSITY sqlstate
SELECT fit('logistic', false, f, '{"too_few": "null"}') IS NULL AS none
  FROM deals, LATERAL (SELECT c_int4) f;
\set VERBOSITY default

-- what cannot be a feature
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT ARRAY[c_int4] AS list) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT c_int4 * interval '1 day' AS lag) f;
SELECT fit('logistic', won, f, '{"exclude": ["list"]}') IS NOT NULL AS some
  FROM deals, LATERAL (SELECT c_int4, ARRAY[c_int4] AS list) f;
SELECT fit('logistic', won, f)
  FROM deals, LATERAL (SELECT CASE WHEN id = 5 THEN 'Infinity' ELSE c_float8 END AS x) f;
SELECT fit('logistic', won, f)
  FROM deals, LATERAL (SELECT CASE WHEN id = 5 THEN '-infinity' ELSE c_date END AS x) f;
SELECT fit('logistic', won, f, '{"categorical": ["c_date"]}') FROM deals, LATERAL (SELECT c_date) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT 1e300 * id AS x) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT 1e400 AS x) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT '-Infinity'::numeric AS x) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT date '5874897-12-31' AS x) f;
SELECT fit('logistic', won, f) FROM deals, LATERAL (SELECT id % 7 AS x, id % 5 AS x) f;
SELECT fit('logistic', won, f, '{"exclude": ["x"]}') IS NOT NULL AS some
  FROM deals, LATERAL (SELECT c_int4, id % 7 AS x, id % 5 AS x) f;
SELECT fit('logistic', won, CASE WHEN id < 300 THEN ROW(1) ELSE ROW(1, 2) END) FROM deals;

-- options
SELECT fit(NULL, won, f) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistik', won, f) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"lamda": 1}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"trees": 100}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '[]') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"lambda": -1}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"lambda": "much"}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"lambda": null}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"alpha": 1.5}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"max_iter": 2.5}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"max_levels": 10001}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"too_few": "skip"}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"class_weight": {"true": 2}}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"class_weight": {"true": 2, "false": 0}}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"class_weight": [[]]}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"class_weight": {"true": "2", "false": 1}}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"max_iter": [50]}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"too_few": true}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"exclude": {"won": "x"}}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"exclude": "won"}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"exclude": [1]}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"exclude": ["lost"]}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"categorical": ["lost"]}') FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, jsonb_build_object('seed', id % 2)) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, '{"max_iter": 1}') IS NOT NULL AS some FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, NULL) = fit('logistic', won, f, '{}') AS same
  FROM deals, LATERAL (SELECT c_int4) f;
-- what is repeated of a long text
SELECT fit(repeat('ä', 5000), won, f) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, jsonb_build_object(repeat('x', 5000), 1)) FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, jsonb_build_object('exclude', jsonb_build_array(repeat('x', 81))))
  FROM deals, LATERAL (SELECT c_int4) f;
SELECT fit('logistic', won, f, jsonb_build_object('exclude', jsonb_build_array(repeat('x', 80))))
  FROM deals, LATERAL (SELECT c_int4) f;

-- sizes
SELECT format('SELECT fit(''logistic'', won, f) FROM deals, LATERAL (SELECT %s) f',
  string_agg(format('1 AS a%s', i), ', ')) FROM generate_series(1, 1601) i \gexec
SELECT fit('logistic', won, f, '{"max_levels": 5000, "categorical": ["n"]}')
  FROM (SELECT i, i % 3 = 0 AS won FROM generate_series(1, 6000) i) d,
    LATERAL (SELECT i AS n) f;
SET maintenance_work_mem = '1MB';
SELECT fit('logistic', i % 3 = 0, f) FROM generate_series(1, 100000) i,
  LATERAL (SELECT i AS a, i % 7 AS b) f;
RESET maintenance_work_mem;
DROP TABLE mtcars, counts, deals;
DROP TYPE mood;
DROP DOMAIN share;
