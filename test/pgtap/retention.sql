-- What analysts rely on of retention, mrr_bridge and sbg_model: the same bytes
-- from any split and plan, agreement with plain SQL on random customers, the
-- identity of the bridge, SQLSTATEs.
BEGIN;
SET LOCAL search_path = public, crmprob;
-- several tests of a row stand on lines of their own
\pset fieldsep '\n'
SELECT * FROM no_plan();

-- 3,000 customers of half a year, active on up to 20 days, some of them twice
CREATE TABLE seen AS
SELECT c, first, first + (r % 200)::int AS day
  FROM (SELECT c, '2025-01-01'::date + (hashint8extended(c, 1) & 255)::int % 180 AS first,
               hashint8extended(c * 100 + k, 2) & 1048575 AS r
          FROM generate_series(1, 3000) c, generate_series(0, c % 21) k) s;
CREATE TABLE customer AS SELECT c, first, array_agg(day) AS days FROM seen GROUP BY 1, 2;
ANALYZE customer;
CREATE TEMPORARY TABLE had AS
SELECT retention(first, days, '1 month', '2025-08-20') AS months, retention(first, days, '7 days', '2025-08-20') AS weeks,
       bracket_retention(first, days, '{0,1,8,31}', '2025-08-20') AS brackets FROM customer;

-- merging
SELECT is(rollup(months), (SELECT months FROM had), 'retentions of parts are the whole, ' || parts), is(rollup(weeks), (SELECT weeks FROM had), 'by weeks'),
       is(rollup(brackets), (SELECT brackets FROM had), 'in brackets')
  FROM unnest('{1,2,13,999}'::int[]) parts, LATERAL (
    SELECT retention(first, days, '1 month', '2025-08-20') AS months, retention(first, days, '7 days', '2025-08-20') AS weeks,
       bracket_retention(first, days, '{0,1,8,31}', '2025-08-20') AS brackets FROM customer GROUP BY c % parts) p GROUP BY parts;
SELECT is(months::text::retention, months, 'text there and back'), is(weeks::text::retention, weeks, 'by weeks'), is(brackets::text::retention, brackets, 'in brackets') FROM had;
SELECT is(retention(first, days || days || NULL::date, '1 month', '2025-08-20'), (SELECT months FROM had), 'activity twice in a period counts once, NULL not at all') FROM customer;
SELECT is(as_of(months), '2025-08-20'::date, 'as_of') FROM had;

-- against plain SQL; 7-day periods from each customer's start, cohorts by Monday
SELECT results_eq('SELECT cohort, period, size, active FROM had, cohorts(weeks) ORDER BY 1, 2',
  $$WITH started AS (SELECT date_trunc('week', first)::date AS cohort, count(*) AS size FROM customer WHERE first <= '2025-08-20' GROUP BY 1)
    SELECT cohort, k, size, (SELECT count(DISTINCT c) FROM seen WHERE date_trunc('week', first) = cohort AND day <= '2025-08-20' AND (day - first) / 7 = k)
      FROM started, generate_series(0, ('2025-08-20' - cohort) / 7) k ORDER BY 1, 2$$, 'weeks, on');
SELECT results_eq('SELECT cohort, period, active FROM had, cohorts(months, ''on_or_after'') ORDER BY 1, 2',
  $$WITH started AS (SELECT DISTINCT date_trunc('month', first)::date AS cohort FROM customer WHERE first <= '2025-08-20')
    SELECT cohort, k, (SELECT count(DISTINCT c) FROM seen WHERE date_trunc('month', first) = cohort AND day <= '2025-08-20' AND day >= cohort + k * interval '1 month')
      FROM started, generate_series(0, (8 - extract(month FROM cohort))::int) k ORDER BY 1, 2$$, 'months, on or after');
SELECT is_empty($$SELECT * FROM had, cohorts(months) WHERE complete <> ((cohort + (period + 1) * interval '1 month') <= '2025-08-21')$$, 'a month is complete when its last day is known');
SELECT is_empty($$SELECT * FROM had, cohorts(weeks) WHERE complete <> (cohort + 6 + period * 7 + 6 <= '2025-08-20')$$, 'a week is complete when it is for who started last');
SELECT is_empty($$SELECT * FROM had, cohorts(months) WHERE (rate IS NULL) = complete OR rate <> active / size::float8$$, 'no rate before the period is over');
SELECT is_empty($$SELECT * FROM had, unnest(ARRAY[months, weeks, brackets]) r, LATERAL (
  SELECT active > lag(active) OVER (PARTITION BY cohort ORDER BY period) AS rises FROM cohorts(r, 'on_or_after')) o WHERE rises$$, 'on or after never rises');
SELECT is_empty($$SELECT * FROM had, unnest(ARRAY[months, weeks, brackets]) r, LATERAL (SELECT cohort, period, active FROM cohorts(r) EXCEPT
  SELECT a.cohort, a.period, least(a.active, b.active) FROM cohorts(r) a JOIN cohorts(r, 'on_or_after') b USING (cohort, period)) o$$, 'on is at most on or after');
SELECT results_eq('SELECT period, size, active, rate FROM had, overall(weeks) ORDER BY 1',
  'SELECT period, sum(size)::bigint, sum(active)::bigint, (sum(active) / sum(size))::float8 FROM had, cohorts(weeks) WHERE complete GROUP BY 1 ORDER BY 1', 'overall adds up complete periods');

-- unusual customers
SELECT is(retention(v.s, v.d, '1 month', '2026-03-31')::text,
  '{"as_of":"2026-03-31","months":1,"cohorts":[["2026-01-01",4,[[0,1,0],[1,1,1]]]]}',
  'who never was active counts, days before the start or after as_of do not, who starts later is not there')
  FROM (VALUES ('2026-01-05'::date, '{2026-01-05,2026-02-01,2026-02-28,2026-04-01}'::date[]), ('2026-01-31', NULL), ('2026-01-31', '{}'),
               ('2026-01-10', '{2026-01-09}'), ('2026-04-01', '{2026-04-01}'), (NULL, '{2026-01-01}')) v (s, d);
SELECT is(retention(s, d, '1 month', '2026-03-31'), NULL, 'no customers, no retention') FROM (SELECT NULL::date AS s, NULL::date[] AS d) v;

-- bad input
SELECT throws_ok(format('SELECT retention(''2026-01-01'', ''{}'', %s)', a), s, NULL, a) FROM (VALUES
  ('''0 days'', ''2026-03-31''', '22023'), ('''-1 month'', ''2026-03-31''', '22023'), ('''1 month 1 day'', ''2026-03-31''', '22023'), ('''12 hours'', ''2026-03-31''', '22023'),
  ('''2000 months'', ''2026-03-31''', '22023'), ('NULL, ''2026-03-31''', '22004'), ('''1 month'', NULL', '22004'), ('''1 month'', ''infinity''', '22008'),
  ('''1 day'', ''2126-03-31''', '54000')) v (a, s);
SELECT throws_ok(format('SELECT retention(%s, ''1 month'', ''2026-03-31'')', a), '22008', NULL, a) FROM unnest(ARRAY['''-infinity'', ''{}''', '''0001-01-01 BC'', ''{}''', '''2026-01-01'', ''{infinity}''']) a;
SELECT throws_ok(format('SELECT bracket_retention(''2026-01-01'', ''{}'', %L, ''2026-03-31'')', a), '22023', NULL, 'brackets ' || a) FROM unnest(ARRAY['{}', '{1}', '{1,1}', '{3,2}', '{-1,2}', '{1,NULL}', '{{1,2},{3,4}}']) a;
SELECT throws_ok($$SELECT retention('2026-01-01', '{}', u, '2026-03-31') FROM unnest('{1 month,2 months}'::interval[]) u$$, '22023', NULL, 'units that change');
SELECT throws_ok($$SELECT rollup(r) FROM had, unnest(ARRAY[months, weeks]) r$$, '22023', NULL, 'rolling up different units');
SELECT throws_ok($$SELECT * FROM had, cohorts(months, 'after')$$, '22023', NULL, 'an unknown mode');
SELECT throws_ok(format('SELECT %L::retention', v), s, NULL, v) FROM (VALUES ('', '22P02'), ('{"as_of":"2026-03-31","months":1,"cohorts":[]}', '22023'),
  ('{"as_of":"2026-03-31","months":0,"cohorts":[["2026-01-01",1,[]]]}', '22023'), ('{"as_of":"2026-03-31","days":1,"cohorts":[["2026-01-01",1,[[0,2,2]]]]}', '22023')) k (v, s);

-- the textbook rates from sets of customers, with their intervals ---------------------
CREATE TEMPORARY TABLE member AS SELECT c, c % 4 > 0 AS at_start, c % 4 > 0 AND c % 7 > 0 AS at_end FROM generate_series(1, 2800) c;
SELECT is(value(proportion(at_end) FILTER (WHERE at_start)), retention_rate(count(*) FILTER (WHERE at_start AND at_end), count(*) FILTER (WHERE at_start)), 'retention of a set'),
       is(value(proportion(NOT at_end) FILTER (WHERE at_start)), churn_rate(300, 2100), 'churn of a set') FROM member;

-- mrr_bridge -----------------------------------------------------------------------------
CREATE TABLE paid AS
SELECT c, nullif((r % 5) * (r >> 8) % 1000, 0) / 100.0 AS before, nullif(((r >> 20) % 4) * (r >> 24) % 1000, 0) / 10000.0 AS after, r >> 40 & 1 = 1 AS ever
  FROM (SELECT c, hashint8extended(c, 3) & 4611686018427387903 AS r FROM generate_series(1, 5000) c) s;
CREATE TEMPORARY TABLE bridge AS SELECT mrr_bridge(before, after, ever) AS b FROM paid;
SELECT results_eq('SELECT part, customers, amount FROM bridge, movements(b) WHERE step BETWEEN 2 AND 6 ORDER BY 1',
  $$SELECT mrr_movement(before, after, ever), count(*), abs(sum(coalesce(after, 0) - coalesce(before, 0))) FROM paid
     WHERE mrr_movement(before, after, ever) <> 'none' GROUP BY 1 ORDER BY 1$$, 'movements add up');
SELECT is(amount(b, 'start') || ' ' || amount(b, 'end'), sum(before)::numeric(20, 4) || ' ' || sum(after)::numeric(20, 4), 'start and end') FROM bridge, paid GROUP BY b;
SELECT is(amount(b, 'start') + amount(b, 'new') + amount(b, 'expansion') + amount(b, 'reactivation') - amount(b, 'contraction') - amount(b, 'churn'), amount(b, 'end'), 'the identity, exact') FROM bridge;
SELECT is(customers(b, 'start') + customers(b, 'new') + customers(b, 'reactivation') - customers(b, 'churn'), customers(b, 'end'), 'in customers') FROM bridge;
SELECT is(rollup(p), (SELECT b FROM bridge), 'bridges of parts are the whole') FROM (SELECT mrr_bridge(before, after, ever) AS p FROM paid GROUP BY c % 17) s;
SELECT ok(abs(nrr(b, i) - (1 - net_churn(b, i))) < 1e-15, 'nrr is 1 - net_churn, ' || i) FROM bridge, unnest('{f,t}'::bool[]) i;
SELECT is(b::text::mrr_bridge, b, 'text there and back') FROM bridge;
-- ChartMogul's example: of 100, 10 churned, 10 contracted, 10 expanded
CREATE TEMPORARY TABLE example AS SELECT mrr_bridge(p, c, true) AS b FROM (VALUES (10, 0), (20, 10), (30, 40), (40, 40)) v (p, c);
SELECT is((gross_churn(b), net_churn(b), nrr(b), grr(b), logo_churn(b))::text, '(0.2,0.1,0.9,0.8,0.25)', 'published example') FROM example;
-- quick ratio (20 + 8) / (5 + 3) and (40 + 10) / (5 + 15)
SELECT is(quick_ratio(mrr_bridge(p, c, false)), 3.5::float8, 'quick ratio') FROM (VALUES (NULL, 20), (10, 18), (5, 0), (4, 1)) v (p, c);
SELECT is(quick_ratio(mrr_bridge(p, c, false)), 2.5::float8, 'quick ratio') FROM (VALUES (NULL, 40), (10, 20), (5, 0), (20, 5)) v (p, c);
SELECT is((quick_ratio(mrr_bridge(p, c, true)), quick_ratio(mrr_bridge(p, c, true), false))::text, '(2,1)', 'reactivation counts unless it is left out') FROM (VALUES (0, 5), (10, 15), (5, 0)) v (p, c);
SELECT is((nrr(b), grr(b), net_churn(b), gross_churn(b), logo_churn(b), quick_ratio(b))::text, '(,,,,,)', 'ratios by zero are NULL') FROM (SELECT mrr_bridge(NULL, 5, NULL) AS b) s;
SELECT is(array_agg(mrr_movement(p, c, e)), '{new,new,reactivation,churn,expansion,contraction,none,none}'::text[], 'movements')
  FROM (VALUES (NULL, 5, false), (0, 5, NULL), (0, 5, true), (5, NULL, true), (5, 6, true), (6, 5, true), (5, 5, true), (NULL, 0, true)) v (p, c, e);
SELECT throws_ok('SELECT ' || a, s, NULL, a) FROM (VALUES ('mrr_bridge(-1, 0, true)', '22023'), ('mrr_bridge(0, ''NaN'', true)', '22023'), ('mrr_movement(1, ''Infinity'', true)', '22023'),
  ('mrr_bridge(0.00001, 0, true)', '22003'), ('mrr_bridge(1e15, 0, true)', '22003'), ('amount(b, ''growth'') FROM bridge', '22023'),
  ('replace(b::text, ''"churn":{"customers":'', ''"churn":{"customers":1'')::mrr_bridge FROM bridge', '22023'), ('''{}''::mrr_bridge', '22P02')) v (a, s);
SELECT is(mrr_bridge(p, c, e), NULL, 'no customers, no bridge') FROM (SELECT 1 AS p, 1 AS c, true AS e WHERE false) s;

-- sbg_model --------------------------------------------------------------------------------
CREATE TABLE survivors AS SELECT p::int - 1 AS period, s FROM unnest('{1000,631,468,382,326,289,262,241}'::bigint[]) WITH ORDINALITY u (s, p);
CREATE TEMPORARY TABLE regular AS SELECT fit_sbg(period, s) AS m FROM survivors;
-- Fader and Hardie 2007, "Regular": the fit of the first seven renewals and what it forecasts
SELECT ok(abs(alpha - .70407732) < 1e-7 AND abs(beta - 1.18204307) < 1e-7 AND abs(log_likelihood + 1680.26518846) < 1e-7 AND converged, 'published parameters') FROM regular, summary(m);
SELECT ok(abs(survival - want) < 1e-6, 'forecast of period ' || t.period) FROM regular, survival_table(m, 12) t JOIN (VALUES (8, .220085), (9, .204411), (10, .19119), (11, .179865), (12, .170037)) k (period, want) USING (period);
SELECT is_empty('SELECT * FROM regular, survival_table(m, 12) t WHERE abs(survival - survival_at(m, period)) > 1e-15 OR period > 0 AND abs(retention - retention_at(m, period)) > 1e-15
  OR (period <= 7) <> (observed IS NOT NULL)', 'a table of what the functions give');
SELECT is(rollup(p), (SELECT fit_sbg(period, s) FROM survivors, generate_series(1, 3)), 'models of parts are fitted anew to the whole') FROM (SELECT fit_sbg(period, s) AS p FROM survivors, generate_series(1, 3) g GROUP BY g) q;
SELECT is(m::text::sbg_model, m, 'text there and back') FROM regular;
SELECT ok(abs(discounted_lifetime(m, 0.1) - (SELECT sum(survival / 1.1 ^ period) FROM survival_table(m, 400))) < 1e-9, 'discounted periods add up'),
       ok(abs(residual_lifetime(m, 2, 0.1) - (SELECT sum(survival / 1.1 ^ (period - 3)) / survival_at(m, 2) FROM survival_table(m, 400) WHERE period >= 3)) < 1e-9, 'and those still to come'),
       ok(abs(expected_lifetime(m, 24) - (SELECT sum(survival) FROM survival_table(m, 23))) < 1e-12, 'within a horizon'),
       is(expected_lifetime(m), NULL, 'without one they have no end here') FROM regular;
SET LOCAL client_min_messages = error;
SELECT is((converged, alpha_error)::text, '(f,)', what) FROM (VALUES ('{1000,500,250,125}', 'customers all alike'), ('{100,0,0}', 'all lost at once'), ('{100,50,50,50}', 'those who stay, stay')) v (s, what),
  LATERAL (SELECT fit_sbg(p::int - 1, n) AS m FROM unnest(s::bigint[]) WITH ORDINALITY u (n, p)) f, summary(m);
RESET client_min_messages;
SELECT throws_ok(format('SELECT fit_sbg(p, n) FROM (VALUES %s) v (p, n)', v), s, NULL, v) FROM (VALUES ('(0, 10), (1, 5)', '22023'), ('(0, 10), (1, 10), (2, 10)', '22023'), ('(0, 10), (1, 5), (2, 6)', '22023'),
  ('(0, 10), (1, 5), (3, 4)', '22023'), ('(1, 10), (2, 5), (3, 4)', '22023'), ('(0, 10), (0, 10), (1, 5), (2, 4)', '22023'), ('(0, -1), (1, 5), (2, 4)', '22023'), ('(-1, 1), (1, 5), (2, 4)', '22023'), ('(0, 9), (1, 8), (1001, 1)', '54000')) k (v, s);
SELECT throws_ok(format('SELECT %s FROM regular', v), '22023', NULL, v) FROM unnest(ARRAY['survival_at(m, -1)', 'retention_at(m, 0)', 'discounted_lifetime(m, -0.1)', 'discounted_lifetime(m, ''NaN'')', 'expected_lifetime(m, 0)', 'residual_lifetime(m, -1, 0.1)', 'expected_lifetime(m, 1000001)']) v;
SELECT is(fit_sbg(p, n), NULL, 'no rows, no model') FROM (SELECT NULL::int AS p, 1 AS n) v;

-- plans ---------------------------------------------------------------------------------------
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
SELECT ok(pg_temp.is_parallel('SELECT ' || q), q || ' has a parallel plan') FROM unnest(ARRAY['retention(first, days, ''1 month'', ''2025-08-20'') FROM customer',
  'bracket_retention(first, days, ''{0,1,8,31}'', ''2025-08-20'') FROM customer', 'mrr_bridge(before, after, ever) FROM paid', 'fit_sbg(period, s) FROM survivors']) q;
SELECT is(retention_send(retention(first, days, '1 month', '2025-08-20')), (SELECT retention_send(months) FROM had), 'retention: the same bytes') FROM customer;
SELECT is(retention_send(bracket_retention(first, days, '{0,1,8,31}', '2025-08-20')), (SELECT retention_send(brackets) FROM had), 'in brackets') FROM customer;
SELECT is(mrr_bridge_send(mrr_bridge(before, after, ever)), (SELECT mrr_bridge_send(b) FROM bridge), 'mrr_bridge: the same bytes') FROM paid;
SELECT is(sbg_model_send(fit_sbg(period, s)), (SELECT sbg_model_send(m) FROM regular), 'sbg_model: the same bytes') FROM survivors;

SELECT * FROM finish();
ROLLBACK;
