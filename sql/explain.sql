-- importance, explain, reasons, what_if, next_best_action, rules.
SET search_path = crmprob, public;
CREATE TEMP TABLE deals AS
  SELECT i AS id, (ARRAY['web', 'partner', 'fair', NULL])[1 + i % 4] AS source,
      i * 37 % 90 AS age_days, CASE WHEN i % 6 > 0 THEN i * 53 % 200 END::float8 AS employees,
      i % 5 = 0 AS hot, date '2026-01-01' + i % 60 AS opened,
      i * 7919 % 1000 < 300 + 200 * (i % 3) - (i * 37 % 90) * 3 AS won
    FROM generate_series(1, 2000) i;
CREATE TEMP TABLE models AS
  SELECT algorithm AS name, fit(algorithm, won, f,
      CASE algorithm WHEN 'forest' THEN '{"trees": 5}' WHEN 'gbm' THEN '{"trees": 20}' WHEN 'tree' THEN '{"depth": 3}' ELSE '{}' END::jsonb) AS m
    FROM deals, LATERAL (SELECT source, age_days, employees, hot, opened) f,
      unnest('{logistic,tree,forest,gbm}'::text[]) algorithm GROUP BY algorithm;
INSERT INTO models
  SELECT name || '_platt', (m::jsonb || '{"calibration": {"kind": "platt", "slope": 0.8, "intercept": -0.3}}')::model
    FROM models WHERE name IN ('logistic', 'forest', 'gbm')
  UNION ALL
  SELECT name || '_isotonic', (m::jsonb || '{"calibration": {"kind": "isotonic", "x": [0.1, 0.3, 0.5, 0.7], "y": [0.00001, 0.25, 0.25, 1]}}')::model
    FROM models WHERE name IN ('logistic', 'forest', 'gbm');

-- base + contributions = log-odds of the score; a row for calibration where it has a part
SELECT name, max(abs(sum - ln(s / (1 - s)))) < 1e-9 AS adds_up, min(rows), max(rows),
    count(*) FILTER (WHERE calibration) > 0 AS calibration
  FROM (SELECT name, score(m, d) AS s, e.*
    FROM models, (SELECT * FROM deals WHERE id <= 60) d,
      LATERAL (SELECT sum(contribution), count(*) AS rows, bool_or(feature = '(calibration)') AS calibration
        FROM explain(m, d)) e) t
  GROUP BY name ORDER BY name;
-- by hand: coefficient x (value - mean); ranks follow the size
SELECT abs(e.contribution - c.coefficient * (d.age_days - (SELECT avg(age_days) FROM deals))) < 1e-12 AS linear
  FROM models, deals d, explain(m, d) e, coefficients(m) c
  WHERE name = 'logistic' AND id = 7 AND e.feature = 'age_days' AND c.feature = 'age_days';
SELECT e.rank, e.feature, e.value, round(e.contribution::numeric, 4) AS contribution
  FROM models, deals d, explain(m, d) e WHERE name = 'logistic' AND id = 8 ORDER BY rank;
SELECT e.rank, e.feature, e.value, round(e.contribution::numeric, 4) AS contribution
  FROM models, deals d, explain(m, d) e WHERE name = 'gbm_isotonic' AND id = 8 ORDER BY rank;
SELECT name, reasons(m, d), reasons(m, d, 1) AS first FROM models, deals d WHERE id = 18 ORDER BY name;
SELECT reasons(m, s) FROM models, (SELECT 'NaN'::float8 AS employees, 3 AS age_days,
    repeat('web ', 50) AS source, NULL::boolean AS hot, date '2026-02-01' AS opened) s
  WHERE name = 'logistic';

-- importance: of a linear model the spread of the contributions
SELECT name, feature, round(gain::numeric, 3) AS gain, round(share::numeric, 3) AS share
  FROM models, importance(m) WHERE name IN ('logistic', 'tree', 'gbm') ORDER BY name, gain DESC, feature;
SELECT abs(i.gain - abs(coefficient) * (SELECT stddev_pop(age_days) FROM deals)) < 1e-9 AS coefficient_times_sd
  FROM models, importance(m) i, coefficients(m) c
  WHERE name = 'logistic' AND i.feature = 'age_days' AND c.feature = 'age_days';
SELECT abs(i.gain - (SELECT stddev_pop(contribution) FROM deals d, explain(m, d) e WHERE e.feature = 'source')) < 1e-9 AS of_a_category
  FROM models, importance(m) i WHERE name = 'logistic' AND i.feature = 'source';

-- rules: they part the rows, and a tree's say its scores
SELECT rule, condition, n, round(value::numeric, 4) AS value FROM models, rules(m) WHERE name = 'tree';
SELECT rule, condition, n, round(value::numeric, 4) AS value FROM models, rules(m, 3) WHERE name = 'gbm';
SELECT rule, condition, n, round(value::numeric, 4) AS value
  FROM rules((SELECT fit('gbm', won, f, '{"trees": 1, "depth": 2}') FROM deals, LATERAL (SELECT opened, source) f));

-- what if, and what best
SELECT name, what_if(m, d, '{}') = score(m, d) AS nothing,
    what_if(m, d, '{"source": "web", "age_days": 3, "employees": null, "hot": true, "opened": "2026-02-01"}') = score(m, s) AS all_values
  FROM models, deals d,
    LATERAL (SELECT 'web' AS source, 3 AS age_days, NULL::float8 AS employees, true AS hot, date '2026-02-01' AS opened) s
  WHERE id = 18 ORDER BY name;
SELECT name, a.feature, a.value, round(a.before::numeric, 4) AS before, round(a.after::numeric, 4) AS after,
    a.before = score(m, d) AS is_score, a.gain = a.after - a.before AS is_gain
  FROM models, deals d,
    next_best_action(m, d, '{"source": ["web", "partner", "radio"], "employees": [10, 100, null], "hot": true}') a
  WHERE id = 18 ORDER BY name;
SELECT name, a.feature, a.value, a.gain > 0 AS gain FROM models, deals d, next_best_action(m, d, '["source", "age_days", "hot"]') a
  WHERE id = 11 ORDER BY name;
-- no change that helps
SELECT a.feature, a.value, a.after = a.before AS same, a.gain FROM models, deals d, next_best_action(m, d, '{"age_days": 1000}') a
  WHERE name = 'logistic' AND id = 18;
SELECT a.feature, a.gain FROM models, deals d, next_best_action(m, d, '{}') a WHERE name = 'logistic' AND id = 18;

-- by name: the champion
INSERT INTO model_versions (name, version, model, algorithm, status)
  SELECT 'win', 1, m, 'gbm', 'champion' FROM models WHERE name = 'gbm';
SELECT bool_and(x = y) AS explain FROM models, deals d,
    LATERAL (SELECT array_agg(e ORDER BY rank) AS x FROM explain(m, d) e) x,
    LATERAL (SELECT array_agg(e ORDER BY rank) AS y FROM explain('win', d) e) y
  WHERE name = 'gbm' AND id < 10;
SELECT reasons('win', d) = reasons(m, d) AS reasons, what_if('win', d, '{"hot": false}') = what_if(m, d, '{"hot": false}') AS what_if,
    next_best_action('win', d, '["hot"]') = next_best_action(m, d, '["hot"]') AS next_best_action
  FROM models, deals d WHERE name = 'gbm' AND id = 18;
DELETE FROM model_versions WHERE name = 'win';

-- NULL in, NULL or nothing out
SELECT reasons(m, NULL::deals) IS NULL, what_if(m, d, NULL) IS NULL, (SELECT count(*) FROM explain(m, NULL::deals)) AS rows
  FROM models, deals d WHERE name = 'gbm' AND id = 1;

-- refused
\set VERBOSITY terse
SELECT explain('nothing', d) FROM deals d;
SELECT explain(m, s) FROM models, (SELECT 1 AS a) s;
SELECT reasons(m, d, 0) FROM models, deals d;
SELECT what_if(m, d, '[]') FROM models, deals d;
SELECT what_if(m, d, '{"won": true}') FROM models, deals d;
SELECT what_if(m, d, '{"age_days": [1]}') FROM models, deals d;
SELECT what_if(m, d, '{"age_days": "old"}') FROM models, deals d;
SELECT what_if(m, d, '{"employees": "Infinity"}') FROM models, deals d;
SELECT next_best_action(m, d, '"source"') FROM models, deals d;
SELECT next_best_action(m, d, '[1]') FROM models, deals d;
SELECT next_best_action(m, d, '["opened"]') FROM models, deals d;
SELECT next_best_action(m, d, '{"hot": {"a": 1}}') FROM models, deals d;
SELECT next_best_action(m, d, '{"hot": [[true]]}') FROM models, deals d;
SELECT rules(m) FROM models WHERE name = 'logistic';
SELECT rules(m, 2) FROM models WHERE name = 'tree';
SELECT rules(m, 0) FROM models WHERE name = 'tree';
