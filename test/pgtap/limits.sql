-- The maxima of docs/limits.md that can be reached in a moment: what fits is
-- taken, one more is refused with the error that the table says. Those that
-- are tested where they belong (bytes, products, kinds, pipelines, ...) are not
-- repeated here.
BEGIN;
SELECT * FROM no_plan();
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = error;

-- a name of n labels, or of n columns
CREATE FUNCTION pg_temp.labels(letter text, n int) RETURNS text[] LANGUAGE sql AS
  $$ SELECT array_agg(letter || i ORDER BY i) FROM generate_series(1, n) i $$;
CREATE FUNCTION pg_temp.columns(n int) RETURNS text LANGUAGE sql AS
  $$ SELECT string_agg('1 AS c' || i, ', ' ORDER BY i) FROM generate_series(1, n) i $$;
CREATE TEMP TABLE row AS SELECT i, i % 3 = 0 AS won, i % 7 AS x FROM generate_series(1, 300) i;

-- stages, deals and funnels ---------------------------------------------------

SELECT lives_ok($$SELECT define_funnel(make_pipeline(pg_temp.labels('s', 63)))$$, 'a funnel of 64 steps, the last of them the won end');
SELECT throws_ok($$SELECT define_funnel(make_pipeline(pg_temp.labels('s', 64)))$$, '54000', NULL, 'of 65');
SELECT lives_ok($$SELECT define_funnel(make_pipeline(pg_temp.labels('s', 999), pg_temp.labels('w', 999), pg_temp.labels('l', 999)), steps => '{s1,w1}')$$,
                'a funnel of 2,997 stages');
SELECT lives_ok($$SELECT define_funnel('A > W'::pipeline, tolerance => '366 days')$$, 'a tolerance of 366 days');
SELECT throws_ok($$SELECT define_funnel('A > W'::pipeline, tolerance => '366 days 00:00:00.000001')$$, '22023', NULL, 'a longer one');
SELECT lives_ok($$SELECT journey(('1:s' || i)::stage, '2026-01-01'::timestamptz + i * interval '1 s') FROM generate_series(1, 4096) i$$, 'a journey of 4,096 stages');
SELECT throws_ok($$SELECT journey(('1:s' || i)::stage, '2026-01-01'::timestamptz + i * interval '1 s') FROM generate_series(1, 4097) i$$, '54000', NULL, 'of one more');
SELECT lives_ok($$SELECT opportunity_history(('1:s' || i)::stage, '2026-01-01'::timestamptz + i * interval '1 s', 1, NULL) FROM generate_series(1, 255) i$$,
                'an opportunity_history of 255 stages');
SELECT throws_ok($$SELECT opportunity_history(('1:s' || i)::stage, '2026-01-01'::timestamptz + i * interval '1 s', 1, NULL) FROM generate_series(1, 256) i$$, '54000', NULL, 'of one more');

-- models -----------------------------------------------------------------------

SELECT lives_ok(format($$SELECT train(%L, 'SELECT won, x FROM row', 'won')$$, repeat('n', 200)), 'a name of a model of 200 bytes');
SELECT throws_ok(format($$SELECT train(%L, 'SELECT won, x FROM row', 'won')$$, repeat('n', 201)), '54000', NULL, 'of 201');
SELECT throws_ok($$SELECT train('', 'SELECT won, x FROM row', 'won')$$, '22023', NULL, 'of none');
SELECT throws_ok($$SELECT fit('logistic', i % 3 = 0, f, '{"max_levels": 4098}') FROM generate_series(1, 12294) i, LATERAL (SELECT 'l' || i % 4098 AS label) f$$,
                 '54000', NULL, 'of 4,097 labels beside the reference');
SELECT throws_ok(format($$SELECT fit(%L, won, f, '{"trees": 10001}') FROM row, LATERAL (SELECT x) f$$, a), '22023', NULL, a || ' of 10,001 trees')
  FROM unnest('{forest,gbm}'::text[]) a;
SELECT throws_ok($$SELECT fit('tree', won, f, '{"depth": 65}') FROM row, LATERAL (SELECT x) f$$, '22023', NULL, 'a tree of 65 levels');
SELECT throws_ok(format($$SELECT * FROM %s, LATERAL (SELECT evaluation(0.5, true) AS e) v, LATERAL %s$$, '(SELECT 1) one', call), '22023', NULL, call)
  FROM unnest('{"ece(e, 10001)","calibration(e, 10001)","lift(e, 10001)","ece(e, 0)"}'::text[]) call;
SELECT throws_ok(format($$SELECT * FROM cross_validate('SELECT won, x FROM row', 'won', folds => %s)$$, folds), '22023', NULL, folds || ' folds')
  FROM unnest('{1,101}'::int[]) folds;
SELECT lives_ok($$SELECT * FROM cross_validate('SELECT won, x FROM row', 'won', folds => 100)$$, '100 folds');

-- forecast and sales operations ------------------------------------------------

SELECT throws_ok(format($$SELECT revenue_forecast(0.5, 100, %s)$$, sd), '22023', NULL, 'a deviation of ' || sd) FROM unnest('{1000.01,-1}'::numeric[]) sd;
SELECT lives_ok($$SELECT revenue_forecast(0.5, 100, 1000)$$, 'a deviation of ten times the amount');
SELECT throws_ok(format($$SELECT * FROM estimate_amount('SELECT 1 AS amount, ' || pg_temp.columns(%1$s), 'SELECT 1 AS id, ' || pg_temp.columns(%1$s))$$, 101), '54000', NULL, 'comparing by 101 columns');
SELECT lives_ok(format($$SELECT * FROM estimate_amount('SELECT 1 AS amount, ' || pg_temp.columns(%1$s), 'SELECT 1 AS id, ' || pg_temp.columns(%1$s))$$, 100), 'by 100');
SELECT throws_ok($$SELECT * FROM care_list('SELECT 1 AS id, true AS agreed', 'id', 'agreed', '2026-01-01', 9,
                     holidays => 'SELECT date ''2026-01-05'' AS day, ''h'' || i AS name FROM generate_series(1, 10001) i')$$, '54000', NULL, '10,001 holidays in the window');
SELECT results_eq($$SELECT count(*) FROM care_list('SELECT 1 AS id, true AS agreed', 'id', 'agreed', '2026-01-01', 9,
                     holidays => 'SELECT date ''2026-01-05'' AS day, ''h'' || i AS name FROM generate_series(1, 10000) i')$$, 'VALUES (10000::bigint)', '10,000 are listed');

-- customers --------------------------------------------------------------------

SELECT throws_ok(format($$SELECT survival_at(fit_sbg(i, 10000 - i), %s) FROM generate_series(0, 5) i$$, 1000001), '22023', NULL, '1,000,001 periods ahead');
SELECT lives_ok($$SELECT fit_sbg(i, 10000 - i) FROM generate_series(0, 1000) i$$, '1,000 renewals');
SELECT throws_ok($$SELECT fit_sbg(i, 10000 - i) FROM generate_series(0, 1001) i$$, '54000', NULL, 'one more');
SELECT throws_ok($$SELECT bracket_retention('2026-01-01', '{}', (SELECT array_agg(i) FROM generate_series(1, 102) i), '2026-03-31')$$, '22023', NULL, '101 brackets');
SELECT lives_ok($$SELECT bracket_retention('2026-01-01', '{}', (SELECT array_agg(i) FROM generate_series(1, 101) i), '2026-03-31')$$, '100 brackets');
SELECT throws_ok(format($$SELECT fit_cox(i, true, f) FROM generate_series(1, 300) i, LATERAL (SELECT %s) f$$, pg_temp.columns(201)), '54000', NULL, 'a Cox regression by 201 columns');
SELECT lives_ok(format($$SELECT fit_cox(i, true, f) FROM generate_series(1, 300) i, LATERAL (SELECT %s) f$$, pg_temp.columns(200)), 'by 200');
SELECT throws_ok($$SELECT fit_cox(i, true, f) FROM generate_series(1, 9) i, LATERAL (SELECT repeat('x', 254 + i % 3) AS label) f$$, '54000', NULL, 'by a label of 256 bytes');
SELECT lives_ok($$SELECT fit_cox(i, true, f) FROM generate_series(1, 9) i, LATERAL (SELECT repeat('x', 253 + i % 3) AS label) f$$, 'of 255');

SELECT * FROM finish();
ROLLBACK;
