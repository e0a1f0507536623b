-- What analysts rely on of survival_curve, logrank and fit_cox: the same bytes
-- from any split, order and plan, weights as repetition, named columns where
-- nothing can be estimated, SQLSTATEs, cancelling.
BEGIN;
SET LOCAL search_path = public, crmprob;
-- several tests of a row stand on lines of their own
\pset fieldsep '\n'
SELECT * FROM no_plan();

-- 6,000 customers on few durations, and on many
CREATE TABLE stay AS
SELECT g, r % 90 AS days, (r >> 8 & 1048575) / 1000.0::float8 AS exact, r >> 28 & 3 > 0 AS ended,
       (ARRAY['new', 'old', 'Überall'])[1 + (r >> 32) % 3] AS segment,
       (r >> 36) % 11 AS calls, (ARRAY['basic', 'plus'])[1 + (r >> 40) % 2] AS plan, 1 + (r >> 44) % 3 AS weight
  FROM (SELECT g, hashint8extended(g, 1) & 72057594037927935 AS r FROM generate_series(1, 6000) g) s;
ANALYZE stay;

-- merging -----------------------------------------------------------------------
CREATE TEMPORARY TABLE whole AS
SELECT survival_curve(days, ended) AS days, survival_curve(exact, ended) AS exact,
       logrank(days, ended, segment) AS compared FROM stay;
SELECT is(rollup(days), (SELECT days FROM whole), 'curves of parts are the whole curve, ' || parts),
       is(rollup(exact), (SELECT exact FROM whole), 'of many durations, too, ' || parts),
       is(rollup(compared), (SELECT compared FROM whole), 'and logranks, ' || parts)
  FROM unnest('{1,2,7,997}'::int[]) parts, LATERAL (
       SELECT survival_curve(days, ended) AS days, survival_curve(exact, ended) AS exact,
              logrank(days, ended, segment) AS compared FROM stay GROUP BY g % parts) p GROUP BY parts;
SELECT is(survival_curve_send(survival_curve(days, ended)), (SELECT survival_curve_send(days) FROM whole), 'rows in another order'),
       is(logrank_send(logrank(days, ended, segment)), (SELECT logrank_send(compared) FROM whole), 'of a logrank')
  FROM (SELECT * FROM stay ORDER BY hashint8extended(g, 9)) s;
SELECT is(rollup(c), (SELECT days FROM whole), 'the curves of the segments of a logrank are the whole one')
  FROM whole, groups(compared) s, curve(compared, s.segment) c;
SELECT is(survival_curve(days, ended, weight), (
  SELECT survival_curve(days, ended) FROM stay, generate_series(1, weight)), 'a weight is a repetition') FROM stay;
SELECT is(survival_curve(days, ended, 0), NULL, 'of weight 0 there is nothing') FROM stay;
SELECT is(survival_curve(d, e), survival_curve(d, e) FILTER (WHERE d IS NOT NULL AND e IS NOT NULL), 'rows with a NULL are skipped')
  FROM (VALUES (1, true), (2, NULL), (NULL, true), (3, false)) v (d, e);
SELECT is(survival_curve(d, true), NULL, 'no rows, no curve') FROM (SELECT 1 AS d WHERE false) s;
SELECT is(rollup(days), (SELECT days FROM whole), 'NULLs are no curves') FROM (SELECT days FROM whole UNION ALL SELECT NULL) s;
SELECT is(days::text::survival_curve, days, 'text there and back'), is(compared::text::logrank, compared, 'of a logrank') FROM whole;
SELECT ok(days <> exact AND NOT days = exact, 'other curves are not equal') FROM whole;
SELECT is(count(*), 2::bigint, 'and can be grouped') FROM (SELECT c FROM whole, unnest(ARRAY[days, exact, days]) c GROUP BY c) g;

-- the same rows, whatever order: the same model
CREATE TEMPORARY TABLE fitted AS
SELECT fit_cox(days, ended, f) AS m FROM stay, LATERAL (SELECT calls, plan, segment) f;
SELECT is(cox_model_send(fit_cox(days, ended, f)), (SELECT cox_model_send(m) FROM fitted), 'a model of rows in another order')
  FROM (SELECT * FROM stay ORDER BY hashint8extended(g, 7)) s, LATERAL (SELECT calls, plan, segment) f;
SELECT is(m::text::cox_model, m, 'text there and back') FROM fitted;
SELECT results_eq('SELECT feature, level FROM fitted, hazard_ratios(m)',
  $$VALUES ('calls', NULL), ('plan', 'plus'), ('segment', 'old'), ('segment', 'Überall')$$,
  'a category is compared with its first level in byte order');
SELECT ok(abs(h / (SELECT exp(2 * coefficient) FROM fitted, hazard_ratios(m) WHERE feature = 'calls') - 1) < 1e-12, 'ratios of hazards follow the coefficients')
  FROM (SELECT hazard_ratio(m, a) / hazard_ratio(m, b) AS h FROM fitted,
          (SELECT 5 AS calls, 'plus' AS plan, 'old' AS segment) a, (SELECT 'plus' AS plan, 'old' AS segment, 3 AS calls) b) s;
SELECT is(hazard_ratio(m, f), NULL, 'a value that no row had has no hazard') FROM fitted, (SELECT 1 AS calls, 'gold' AS plan, 'old' AS segment) f;
SELECT is(hazard_ratio(m, f), NULL, 'nor has NULL') FROM fitted, (SELECT NULL::int AS calls, 'plus' AS plan, 'old' AS segment) f;
SELECT throws_ok($$SELECT hazard_ratio(m, f) FROM fitted, (SELECT 1 AS calls, 'plus' AS plan) f$$, '42703', NULL, 'a missing column');
SELECT throws_ok($$SELECT hazard_ratio(m, ROW(1, 'plus', 'old')) FROM fitted$$, '42703', NULL, 'a row without names');
SELECT throws_ok($$SELECT hazard_ratio(m, f) FROM fitted, (SELECT 'x' AS calls, 'plus' AS plan, 'old' AS segment) f$$, '42804', NULL, 'a column of another type');

-- what cannot be estimated has no coefficient, the rest is as without it
CREATE FUNCTION pg_temp.fits(columns text) RETURNS TABLE (feature text, level text, coefficient float8, std_error float8) LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL client_min_messages = error;
  RETURN QUERY EXECUTE format('SELECT c.feature, c.level, c.coefficient, c.std_error FROM (SELECT fit_cox(days, ended, f) AS m
    FROM stay, LATERAL (SELECT %s) f) s, hazard_ratios(m) c', columns);
END $$;
SELECT results_eq($$SELECT feature, coefficient IS NULL, round(coefficient::numeric, 9) FROM pg_temp.fits('7 AS fixed, calls, 2 * calls - 1 AS twice')$$,
  $$SELECT * FROM (VALUES ('fixed', true, NULL::numeric)) v
    UNION ALL SELECT 'calls', false, round(coefficient::numeric, 9) FROM pg_temp.fits('calls')
    UNION ALL VALUES ('twice', true, NULL::numeric)$$, 'a constant column and a dependent one');
SELECT results_eq($$SELECT feature, level, coefficient > 10, std_error IS NULL FROM pg_temp.fits('CASE WHEN ended THEN 0 ELSE 1 END AS calm, plan')
  WHERE feature = 'plan'$$, $$VALUES ('plan', 'plus', false, false)$$, 'others keep their error');
SELECT results_eq($$SELECT coefficient < -5, std_error IS NULL FROM pg_temp.fits('CASE WHEN ended THEN 0 ELSE 1 END AS calm')$$,
  $$VALUES (true, true)$$, 'a column that tells who had no event: infinite, without an error');
SELECT is(s.skipped || ' ' || s.n, (SELECT count(*) FILTER (WHERE calls = 3) || ' ' || count(*) FILTER (WHERE calls <> 3) FROM stay), 'rows with a NULL feature are left out and counted')
  FROM (SELECT fit_cox(days, ended, f) AS m FROM stay, LATERAL (SELECT nullif(calls, 3) AS calls) f) q, summary(m) s;
SELECT is(s.skipped, 2::bigint, 'and those with a NULL duration or event')
  FROM (SELECT fit_cox(d, e, f) AS m FROM (VALUES (1, true, 1), (2, true, 3), (3, true, 2), (NULL, true, 1), (2, NULL, 1)) v (d, e, x), LATERAL (SELECT x) f) q, summary(m) s;
SELECT is(fit_cox(d, e, f), NULL, 'no rows, no model') FROM (SELECT 1 AS d, true AS e WHERE false) v, LATERAL (SELECT d AS x) f;

-- bad input ------------------------------------------------------------------------
SELECT throws_ok(format('SELECT survival_curve(%s, true)', d), '22023', NULL, 'duration ' || d)
  FROM unnest(ARRAY['-1', '''NaN''', '''Infinity''', '''-Infinity''']) d;
SELECT throws_ok(format('SELECT logrank(%s, true, ''a'')', d), '22023', NULL, 'of a logrank: ' || d) FROM unnest(ARRAY['-1', '''NaN''']) d;
SELECT throws_ok(format('SELECT fit_cox(%s, true, f) FROM (SELECT 1 AS x) f', d), '22023', NULL, 'of a regression: ' || d) FROM unnest(ARRAY['-1', '''NaN''', '''Infinity''']) d;
SELECT throws_ok($$SELECT survival_curve(1, true, -1)$$, '22023', NULL, 'a negative weight');
SELECT throws_ok($$SELECT n_observations(survival_curve(g, true, 9223372036854775807)) FROM generate_series(1, 2) g$$, '22003', NULL, 'too many observations');
SELECT throws_ok($$SELECT n_observations(survival_curve(1, true, 9223372036854775807)) FROM generate_series(1, 2)$$, '22003', NULL, 'of one duration');
SELECT throws_ok($$SELECT logrank(1, true, g::text) FROM generate_series(1, 101) g$$, '54000', NULL, 'too many segments');
SELECT lives_ok($$SELECT logrank(1, true, g::text) FROM generate_series(1, 100) g$$, 'as many as may be');
SELECT throws_ok($$SELECT logrank(1, true, repeat('x', 64))$$, '54000', NULL, 'too long a segment');
SELECT is(logrank_test(logrank(g, true, 'one'))::text, '(,0,)', 'one segment cannot be compared') FROM generate_series(1, 5) g;
SELECT is(logrank_test(logrank(g, false, (g % 2)::text))::text, '(,0,)', 'nor can segments without an event') FROM generate_series(1, 5) g;
SELECT is((median_survival(c), survival_at(c, 3), restricted_mean(c))::text, '(,1,5)', 'a curve without an event') FROM (SELECT survival_curve(g, false) AS c FROM generate_series(1, 5) g) s;
SELECT is((survival_at(c, 6), survival_at(c, 5), cumulative_hazard(c, 6), restricted_mean(c, 6))::text, '(,0.8,,)', 'beyond the longest duration nothing is known')
  FROM (SELECT survival_curve(g, g = 1) AS c FROM generate_series(1, 5) g) s;
SELECT is((survival_at(c, 6), round(restricted_mean(c, 6)::numeric, 9))::text, '(0,3.000000000)', 'unless nobody is left') FROM (SELECT survival_curve(g, true) AS c FROM generate_series(1, 5) g) s;
SELECT throws_ok('SELECT ' || call || ' FROM whole', '22023', NULL, call) FROM unnest(ARRAY[
  'survival_at(days, -1)', 'survival_at(days, ''NaN'')', 'quantile_survival(days, 0)', 'quantile_survival(days, 1)', 'quantile_survival(days, ''NaN'')',
  'survival_interval(days, 1, 1)', 'survival_interval(days, 1, 0.95, ''cloglog'')', 'restricted_mean(days, -1)', 'survival_table(days, 0)',
  'median_survival_interval(days, 0.95, '''')']) call;
SELECT throws_ok(format('SELECT fit_cox(days, ended, f, %L) FROM stay, LATERAL (SELECT calls) f', o), s, NULL, 'option ' || o) FROM (VALUES
  ('{"ties": "exact"}', '22023'), ('{"tie": "efron"}', '22023'), ('{"max_iter": 0}', '22023'), ('{"max_iter": "x"}', '22023'), ('[1]', '22023'),
  ('{"exclude": "calls"}', '22023'), ('{"exclude": [1]}', '22023'), ('{"exclude": ["plan"]}', '42703'), ('{"exclude": ["calls"]}', '22023')) v (o, s);
SELECT is(s.ties || s.iterations || s.converged, 'breslow1false', 'options are taken') FROM
  (SELECT fit_cox(days, ended, f, '{"ties": "breslow", "max_iter": 1, "categorical": ["calls"], "exclude": ["plan"]}') AS m FROM stay, LATERAL (SELECT calls % 3 AS calls, plan) f) q, summary(m) s;
SELECT throws_ok($$SELECT fit_cox(days, ended, f, CASE WHEN g > 9 THEN '{"ties": "efron"}'::jsonb END) FROM stay, LATERAL (SELECT calls) f$$, '22023', NULL, 'options that change');
SELECT throws_matching($$SELECT fit_cox(days, false, f) FROM stay, LATERAL (SELECT calls) f$$, 'there is no event', 'no event');
SELECT throws_matching($$SELECT fit_cox(days, ended, f) FROM stay, LATERAL (SELECT calls, NULL::int AS never) f$$, 'column "never" has no value', 'a column without a value is named');
SELECT throws_matching($$SELECT fit_cox(days, ended, f) FROM stay, LATERAL (SELECT g::text AS customer) f$$, 'too many columns', 'too many levels');
SELECT throws_matching($$SELECT fit_cox(days, ended, f) FROM stay, LATERAL (SELECT 'infinity'::float8 AS income) f$$, '"income"', 'an infinite feature is named');
SELECT throws_ok($$SELECT fit_cox(days, ended, f) FROM stay, LATERAL (SELECT '(1,2)'::point AS place) f$$, '42804', NULL, 'a type that is no feature');
-- forms that are not canonical
SELECT throws_ok(format('SELECT %L::%s', v, t), s, NULL, t || ' ' || v) FROM (VALUES
  ('survival_curve', '', '22P02'), ('survival_curve', '{"times":[]}', '22023'), ('survival_curve', '{"times":[[1,1,0],[1,0,1]]}', '22023'),
  ('survival_curve', '{"times":[[-1,1,0]]}', '22023'), ('survival_curve', '{"times":[[1,-1,2]]}', '22003'), ('survival_curve', '{"times":[[1e400,1,0]]}', '22003'),
  ('logrank', '{"groups":["b","a"],"times":[[1,0,1,0],[1,1,1,0]]}', '22023'), ('logrank', '{"groups":["a","b"],"times":[[1,0,1,0]]}', '22023'),
  ('logrank', '{"groups":["a"],"times":[[1,1,1,0]]}', '22023'), ('cox_model', '{}', '22P02')) k (t, v, s);
SELECT throws_ok(format('SELECT crmprob.%s(NULL::survival_curve, 1, true)', f), '0A000', NULL, f || ' belongs to the aggregate') FROM unnest('{survival_curve_add}'::text[]) f;
SELECT throws_ok('SELECT survival_curve_merge(days, days) FROM whole', '0A000', NULL, 'as does the merge');

-- plans -------------------------------------------------------------------------------
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line LIKE '%Partial%Aggregate%' THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END $$;
SELECT ok(pg_temp.is_parallel('SELECT ' || call || ' FROM stay'), call || ' has a parallel plan') FROM unnest(ARRAY[
  'survival_curve(days, ended)', 'survival_curve(days, ended, weight)', 'logrank(days, ended, segment)']) call;
SELECT is(survival_curve_send(survival_curve(days, ended)), (SELECT survival_curve_send(days) FROM whole), 'and it gives the same bytes') FROM stay;
SELECT is(survival_curve_send(survival_curve(exact, ended)), (SELECT survival_curve_send(exact) FROM whole), 'of many durations') FROM stay;
SELECT is(logrank_send(logrank(days, ended, segment)), (SELECT logrank_send(compared) FROM whole), 'of a logrank') FROM stay;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(n_observations(last), 6000::bigint, 'a window does not spoil the state') FROM (
  SELECT survival_curve(days, ended) OVER (ORDER BY g) AS last, g FROM stay) w WHERE g = 6000;
SELECT is(count(*), 6000::bigint, 'each row of it has its own curve') FROM (
  SELECT n_observations(survival_curve(days, ended) OVER (ORDER BY g)) AS n, g FROM stay) w WHERE n = g;

-- a long regression is cancelled
CREATE FUNCTION pg_temp.elapsed(query text) RETURNS interval LANGUAGE plpgsql AS $$
DECLARE start timestamptz := clock_timestamp();
BEGIN
  EXECUTE query;
  RETURN NULL;
EXCEPTION WHEN query_canceled THEN
  RETURN clock_timestamp() - start;
END $$;
CREATE TEMPORARY TABLE many AS
SELECT g AS d, true AS e, (ARRAY(SELECT abs(hashint8extended(g, s) % 1000) FROM generate_series(1, 8) s))[1:8] AS x FROM generate_series(1, 60000) g;
SET LOCAL maintenance_work_mem = '1GB';
SET LOCAL statement_timeout = '700ms';
SELECT ok(took BETWEEN '700ms' AND '800ms', 'a long regression is cancelled within 100 ms')
  FROM (SELECT pg_temp.elapsed($$SELECT fit_cox(d, e, f, '{"categorical": ["c1", "c2", "c3"]}') FROM many, LATERAL
  (SELECT x[1] % 61 AS c1, x[2] % 61 AS c2, x[3] % 61 AS c3) f$$) AS took OFFSET 0) s;
RESET statement_timeout;

SELECT * FROM finish();
ROLLBACK;
