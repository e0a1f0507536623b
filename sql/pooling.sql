-- pool_by: groups drawn to the whole, beside every algorithm
SET search_path = public, crmprob;
SET client_min_messages = error;

-- ten teams whose log-odds differ by -1.2 to 1.2; team t has 8 t^2 deals but team 10, which has 8.
-- Rows of draw 1 fit, those of draw 2 are new.
CREATE TABLE draws AS
SELECT row_number() OVER () AS id, draw, 'team ' || t AS team, x, s AS source,
       hashint8(i * 97 + t * 7919 + draw * 1009) / 4294967296.0 + 0.5 <
         1 / (1 + exp(-(0.8 * x - 0.4 + CASE s WHEN 'web' THEN -0.5 ELSE 0.5 END + (t - 5.5) / 3.75))) AS won
  FROM generate_series(1, 2) draw, generate_series(1, 10) t, generate_series(1, CASE WHEN t = 10 THEN 8 ELSE 8 * t * t END) i,
       LATERAL (SELECT (hashint8(i * 31 + t) % 200) / 100.0::float8 AS x, (ARRAY['web', 'fair'])[1 + (i * 7 + t) % 2] AS s) v;
CREATE VIEW deals AS SELECT * FROM draws WHERE draw = 1;
CREATE TABLE models (algorithm text, options jsonb, model model, plain model);
INSERT INTO models
SELECT a, o, (SELECT fit(a, won, f, o || '{"pool_by": "team"}') FROM deals, LATERAL (SELECT team, x, source) f),
       (SELECT fit(a, won, f, o) FROM deals, LATERAL (SELECT x, source) f)
  FROM (VALUES ('logistic', '{}'::jsonb), ('tree', '{"depth": 3}'), ('forest', '{"trees": 30}'),
    ('gbm', '{"trees": 30, "depth": 3}'), ('stage_prior', '{"smoothing": 10}')) v (a, o);

-- what is pooled, and that the model proper is that of the other columns (tree and forest draw rows
-- in their order, which another column changes)
SELECT algorithm, model::jsonb #>> '{pool,feature}' AS feature, round((model::jsonb #> '{pool,sd}')::numeric, 1) AS sd,
       algorithm IN ('tree', 'forest') OR bool_and(abs(score(model, f) - score(plain, f)) < 1e-12) AS unseen_is_plain
  FROM models, (SELECT DISTINCT NULL::text AS team, x, source FROM deals) f
 GROUP BY algorithm, model, plain ORDER BY algorithm;
SELECT algorithm, bool_and(abs(score(model, f) - score(model, g)) = 0) AS unseen_as_missing
  FROM models, (SELECT 'nobody'::text AS team, 1.0::float8 AS x, 'web'::text AS source) f,
       (SELECT NULL::text AS team, 1.0::float8 AS x, 'web'::text AS source) g GROUP BY 1 ORDER BY 1;
-- shifts of logistic beside what the rows were made with; 8 deals move less
SELECT level, (SELECT count(*) FROM deals WHERE team = level) AS deals, round(coefficient::numeric, 1) AS shift, std_error
  FROM models, coefficients(model) WHERE algorithm = 'logistic' AND feature = 'team' ORDER BY length(level), level;
SELECT algorithm, count(*), min(level), bool_and(coefficient = (model::jsonb #>> ARRAY['pool', 'shifts', (o - 1)::text])::float8) AS as_stored
  FROM models, coefficients(model) WITH ORDINALITY c (feature, level, coefficient, std_error, z, p_value, odds_ratio, o) WHERE algorithm IN ('gbm', 'tree', 'forest') GROUP BY 1 ORDER BY 1;

-- better than without on new rows, and for small teams than a coefficient a team
SELECT algorithm, log_loss(evaluation(score(model, d), won)) < log_loss(evaluation(score(plain, d), won)) AS better
  FROM models, draws d WHERE draw = 2 GROUP BY 1 ORDER BY 1;
CREATE TABLE small AS
SELECT draw, 't' || t AS team, x, hashint8(i * 97 + t * 7919 + draw * 1009) / 4294967296.0 + 0.5 < 1 / (1 + exp(-(x + t % 7 / 3.0 - 1))) AS won
  FROM generate_series(1, 2) draw, generate_series(1, 60) t, generate_series(1, 12) i, LATERAL (SELECT hashint8(i * 31 + t) % 100 / 100.0 AS x) v;
SELECT log_loss(evaluation(score(pooled, d), won)) < log_loss(evaluation(score(own, d), won)) AS better_than_own,
       log_loss(evaluation(score(pooled, d), won)) < log_loss(evaluation(score(plain, d), won)) AS better_than_none,
       round((pooled::jsonb #> '{pool,sd}')::numeric, 1) AS sd, (SELECT round(stddev_pop(t % 7 / 3.0), 1) FROM generate_series(1, 60) t) AS made_with
  FROM (SELECT fit('logistic', won, f, '{"pool_by": "team"}') AS pooled, fit('logistic', won, f) AS own,
          fit('logistic', won, f, '{"exclude": ["team"]}') AS plain FROM small, LATERAL (SELECT team, x) f WHERE draw = 1) o, small d
 WHERE draw = 2 GROUP BY pooled;

-- base and contributions add up; the group has its row
SELECT algorithm, max(abs(e.total - ln(score(model, d) / (1 - score(model, d))))) < 1e-9 AS adds_up,
       bool_and(e.team = 1) AS has_team
  FROM models, (SELECT * FROM deals WHERE id % 37 = 0) d,
       LATERAL (SELECT sum(contribution) AS total, count(*) FILTER (WHERE feature = 'team') AS team FROM explain(model, d)) e
 GROUP BY 1 ORDER BY 1;
SELECT algorithm, feature FROM models, importance(model) WHERE feature = 'team' AND gain > 0 ORDER BY 1;
SELECT algorithm, reasons(model, d, 9)::text ~ 'team is team 9' AS reason, what_if(model, d, '{"team": "team 1"}') < score(model, d) AS lower,
       n.feature, n.value
  FROM models, LATERAL (SELECT * FROM deals WHERE team = 'team 9' ORDER BY id LIMIT 1) d,
       next_best_action(model, (SELECT e FROM deals e WHERE team = 'team 1' ORDER BY id LIMIT 1), '["team"]') n ORDER BY 1;

-- text, jsonb and bytes there and back; any order of rows
SELECT algorithm, model::text::model = model AS text, model::jsonb::model = model AS jsonb FROM models ORDER BY 1;
SELECT algorithm, model = (SELECT fit(algorithm, won, f, options || '{"pool_by": "team"}')
    FROM (SELECT * FROM deals ORDER BY md5(id::text)) d, LATERAL (SELECT d.team, d.x, d.source) f) AS same
  FROM models ORDER BY 1;
-- to_sql says the same
CREATE FUNCTION furthest(model model, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE result float8;
BEGIN
  EXECUTE format('SELECT max(abs(%s - score($1, d))) FROM (%s) d', to_sql(model, 'd'), query) INTO result USING model;
  RETURN result;
END $$;
SELECT algorithm, furthest(model, $$SELECT CASE WHEN id % 50 = 0 THEN NULL WHEN id % 51 = 0 THEN 'new' ELSE team END AS team, x, source FROM deals$$) < 1e-12 AS equal
  FROM models ORDER BY 1;
-- with either calibration, on rows of their own, and calibrated without groups
CREATE TABLE trained AS
SELECT a, c, (SELECT version FROM train(concat_ws(' ', a, c, o), 'SELECT team, x, source, won FROM deals', 'won', a,
    jsonb_build_object('calibrate', c) || CASE WHEN o = 'pool' THEN '{"pool_by": "team"}' ELSE '{"max_levels": 20}' END::jsonb))
  FROM unnest('{logistic,gbm,forest}'::text[]) a, unnest('{platt,isotonic}'::text[]) c, unnest('{pool,plain}'::text[]) o;
SELECT name, model::jsonb #>> '{calibration,kind}' AS kind, model::jsonb #>> '{pool,feature}' AS pool,
       (SELECT max(abs((SELECT sum(contribution) FROM explain(model, d)) - ln(score(model, d) / (1 - score(model, d))))) < 1e-9
          FROM (SELECT * FROM deals WHERE id % 101 = 0) d) AS adds_up, model::text::model = model AND model::jsonb::model = model AS there_and_back
  FROM model_versions ORDER BY name;
SELECT name, furthest(model, 'SELECT * FROM deals') < 1e-12 AS equal FROM model_versions ORDER BY name;
-- drift sees new teams
SELECT feature, unseen_share, status FROM drift('logistic platt pool', $$SELECT CASE WHEN id % 2 = 0 THEN 'new' ELSE team END AS team, x, source FROM deals$$)
 WHERE feature = 'team';
SELECT DISTINCT score_columns(model, '{team,x,source}', 0, 'team 9'::text, 1.5::float8, 'web'::text) = score(model, f) AS columns FROM models, (SELECT 'team 9' AS team, 1.5::float8 AS x, 'web' AS source) f;
SELECT rule, condition ~ 'team' AS by_team FROM models, rules(model) WHERE algorithm = 'tree' ORDER BY 1 LIMIT 2;

-- groups that do not differ are left where they are
SELECT (fit('logistic', i % 2 = 0, f, '{"pool_by": "g"}'))::jsonb -> 'pool' AS pool
  FROM generate_series(1, 400) i, LATERAL (SELECT i % 7 / 7.0 AS x, 'g' || i / 2 % 4 AS g) f;
-- too few rows to say; a key is no group
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT (fit('logistic', i % 10 = 0, f, '{"pool_by": "g", "min_per_class": 5}'))::jsonb -> 'pool' AS pool
  FROM generate_series(1, 90) i, LATERAL (SELECT i % 7 AS x, 'g' || i % 2 AS g) f;
SELECT (fit('logistic', i % 2 = 0, f, '{"pool_by": "g"}'))::jsonb ? 'pool' AS pool
  FROM generate_series(1, 400) i, LATERAL (SELECT i % 7 AS x, 'g' || i AS g) f;
-- refused
SELECT fit('gbm', won, f, '{"pool_by": "x"}') FROM deals, LATERAL (SELECT x, source) f;
SELECT fit('gbm', won, f, '{"pool_by": "team"}') FROM deals, LATERAL (SELECT x, source) f;
SELECT fit('gbm', won, f, '{"pool_by": "team", "exclude": ["team"]}') FROM deals, LATERAL (SELECT x, team) f;
SELECT fit('gbm', won, f, '{"pool_by": ["team"]}') FROM deals, LATERAL (SELECT x, team) f;
\set VERBOSITY sqlstate
SELECT jsonb_set(model::jsonb, '{pool,feature}', '"x"')::model FROM models WHERE algorithm = 'gbm';
SELECT jsonb_set(model::jsonb, '{pool,shifts}', '[1]')::model FROM models WHERE algorithm = 'gbm';
SELECT jsonb_set(model::jsonb, '{pool,sd}', '-1')::model FROM models WHERE algorithm = 'gbm';
DROP TABLE models, small, trained, draws CASCADE;
DROP FUNCTION furthest(model, text);
DELETE FROM model_versions;
