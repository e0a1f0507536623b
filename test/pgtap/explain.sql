-- explain and its kin, import_xgboost, to_sql: what a user relies on.
BEGIN;
SET search_path = crmprob, public;
SELECT plan(28);

CREATE TEMP TABLE d AS
  SELECT i AS id, i % 7 AS a, nullif(i * 3 % 5, 0)::float8 AS b, (ARRAY['x', 'y', 'z'])[1 + i % 3] AS c,
      i * 7 % 10 < 2 + i % 3 + i % 7 / 3 AS won
    FROM generate_series(1, 600) i;
CREATE TEMP TABLE m AS
  SELECT algorithm, fit(algorithm, won, f, CASE algorithm WHEN 'forest' THEN '{"trees": 10}' ELSE '{}' END::jsonb) AS m
    FROM d, LATERAL (SELECT a, b, c) f, unnest('{logistic,tree,forest,gbm}'::text[]) algorithm
    GROUP BY algorithm;
CREATE FUNCTION pg_temp.model(name text) RETURNS model LANGUAGE sql AS
  'SELECT m FROM pg_temp.m WHERE algorithm = name';

-- the contract: base + contributions = log-odds of the score
SELECT ok(max(abs((SELECT sum(contribution) FROM explain(m, d)) - ln(score(m, d) / (1 - score(m, d))))) < 1e-9,
    'contributions of ' || algorithm || ' add up')
  FROM m, d WHERE id <= 100 GROUP BY algorithm ORDER BY algorithm;
SELECT is((SELECT array_agg(feature ORDER BY rank) FILTER (WHERE feature IS NULL) FROM explain(m, d)), ARRAY[NULL]::text[],
  'one row without a feature') FROM m, d WHERE algorithm = 'gbm' AND id = 1;
SELECT is((SELECT array_agg(rank ORDER BY rank) FROM explain(m, d)), '{0,1,2,3}', 'ranks from the base on')
  FROM m, d WHERE algorithm = 'gbm' AND id = 1;
-- over the training rows contributions of a linear model have mean 0
SELECT ok(max(abs(mean)) < 1e-9, 'linear contributions are relative to the mean')
  FROM (SELECT avg(contribution) AS mean FROM m, d, explain(m, d) e
    WHERE algorithm = 'logistic' AND feature IS NOT NULL GROUP BY feature) x;
-- a tree with one feature: all of the difference to the base is that feature's
SELECT ok(abs(contribution - (ln(s / (1 - s)) - base)) < 1e-9, 'a lone feature takes all')
  FROM (SELECT fit('tree', won, f) AS one FROM d, LATERAL (SELECT a) f) x, d, LATERAL (SELECT score(one, d) AS s) s,
    LATERAL (SELECT max(contribution) FILTER (WHERE feature = 'a') AS contribution,
      max(contribution) FILTER (WHERE feature IS NULL) AS base FROM explain(one, d)) e
  WHERE id = 5;

SELECT is(cardinality(reasons(pg_temp.model('logistic'), d, 2)), 2, 'as many reasons as asked for') FROM d WHERE id = 5;
SELECT matches((reasons(pg_temp.model('logistic'), d, 1))[1], '^(for|against): [abc] is \S+ \(odds x \S+\)$', 'a phrase')
  FROM d WHERE id = 5;
SELECT throws_ok($$SELECT reasons(pg_temp.model('gbm'), d, -1) FROM d$$, '22023');
SELECT is(sum(share)::numeric(8, 6), 1.000000, 'shares of ' || algorithm) FROM m, importance(m)
  WHERE algorithm IN ('logistic', 'gbm') GROUP BY algorithm ORDER BY algorithm;
SELECT is(sum(n), 600::float8, 'rules part the rows') FROM rules(pg_temp.model('tree'));
SELECT throws_ok($$SELECT rules(pg_temp.model('logistic'))$$, '22023');

SELECT is(what_if(pg_temp.model('gbm'), d, '{"c": "z"}'), score(pg_temp.model('gbm'), s), 'what_if is a score')
  FROM d, LATERAL (SELECT a, b, 'z' AS c) s WHERE id = 5;
SELECT throws_ok($$SELECT what_if(pg_temp.model('gbm'), d, '{"nothing": 1}') FROM d$$, '42703');
SELECT throws_ok($$SELECT what_if(pg_temp.model('gbm'), d, '{"a": {}}') FROM d$$, '22023');
SELECT is(x.after, (SELECT max(what_if(pg_temp.model('gbm'), d, jsonb_build_object('c', c))) FROM unnest('{x,y,z}'::text[]) c),
    'the best action is the best of all')
  FROM d, next_best_action(pg_temp.model('gbm'), d, '["c"]') x WHERE id = 5;
SELECT throws_ok($$SELECT next_best_action(pg_temp.model('gbm'), d, '1') FROM d$$, '22023');
SELECT throws_ok($$SELECT next_best_action(pg_temp.model('gbm'), d, '["d"]') FROM d$$, '42703');

-- hostile documents; import_xgboost is tested against XGBoost in regress
SELECT throws_ok($$SELECT import_xgboost('{}')$$, '22023');
SELECT throws_ok($$SELECT import_xgboost('{"learner": {"objective": {"name": "reg:squarederror"}}}')$$, '0A000');

-- to_sql: the expression is the score
CREATE FUNCTION pg_temp.differing(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM d WHERE (abs(score($1, d) - (%s)) > 1e-12) IS NOT FALSE', to_sql(pg_temp.model(name), 'd'))
    INTO n USING pg_temp.model(name);
  RETURN n;
END $$;
SELECT is(pg_temp.differing(algorithm), 0::bigint, 'SQL of ' || algorithm) FROM m ORDER BY algorithm;
SELECT is(format('%s%s', provolatile, proparallel), 'is', 'to_sql is a pure function')
  FROM pg_proc WHERE oid = 'to_sql(model, text)'::regprocedure;

SELECT * FROM finish();
ROLLBACK;
