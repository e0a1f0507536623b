-- The distribution of what a pipeline brings: published odds, exact money,
-- forms, merging, refused input.
SET search_path = crmprob, public;
SET extra_float_digits = 0;

-- eight deals of 1; the distribution of their number is published
CREATE TEMP TABLE eight AS
  SELECT revenue_forecast(p, 1) AS f
    FROM unnest('{.1,.2,.35,.5,.5,.65,.8,.9}'::float8[]) p;
SELECT deals(f), n_ignored(f), expected_value(f), round(stddev(f)::numeric, 12) AS stddev FROM eight;
SELECT n, round(probability::numeric, 10) AS probability FROM eight, wins(f);
SELECT amount, round(probability::numeric, 10) AS probability FROM eight, distribution(f);
SELECT round(probability_at_least(f, 4)::numeric, 10) AS at_least_4,
       round(probability_at_least(f, 3.0001)::numeric, 10) AS more_than_3,
       probability_at_least(f, 0) AS at_least_0, probability_at_least(f, 9) AS at_least_9,
       probability_at_least(f, 'Infinity') AS infinite FROM eight;
SELECT quantiles(f, '{0,0.01,0.1,0.5,0.9,0.99,1}'), quantile(f, 0.5) FROM eight;
-- the smallest amount with at least that probability, also where it is just met
SELECT quantile(f, 0.75), quantile(f, 0.7500001) FROM
  (SELECT revenue_forecast(p, a) AS f FROM (VALUES (0.5, 10), (0.5, 20)) v (p, a)) s;
SELECT * FROM eight, resolution(f) r;

-- a common factor: wider, of the same mean; values by quadrature in scipy
SELECT amount, round(probability::numeric, 10) AS probability FROM eight, distribution(f, correlation => 0.3);
SELECT round(stddev(f, 0.3)::numeric ^ 2, 9) AS variance, quantile(f, 0.1, 0.3), quantile(f, 0.9, correlation => 0.3),
       round(probability_at_least(f, 7, 0.3)::numeric, 10) AS at_least_7 FROM eight;

-- exact money: certain deals are the base, hopeless ones add nothing
CREATE TEMP TABLE mixed AS
  SELECT revenue_forecast(p, a) AS f
    FROM (VALUES (1, 1000.0001), (0, 5000), (0.25, 0.0004), (0.3, 100.5), (NULL, 7), (0.5, NULL)) v (p, a);
SELECT f, deals(f), n_ignored(f), expected_value(f), quantiles(f, '{0,0.5,0.7,0.71,1}') FROM mixed;
SELECT amount, probability FROM mixed, distribution(f);
SELECT n, probability FROM mixed, wins(f);
SELECT * FROM mixed, resolution(f) r;

-- amounts known to a standard deviation; gamma distribution, scipy:
-- 0.5 + 0.5 * gamma.cdf(t / 25, 4) for t = 50, 100, 200
CREATE TEMP TABLE uncertain AS SELECT revenue_forecast(0.5, 100, 50) AS f;
SELECT f, expected_value(f), round(stddev(f)::numeric, 6) AS stddev FROM uncertain;
SELECT t, round(1 - probability_at_least(f, t)::numeric, 5) AS below FROM uncertain, unnest('{50,100,200}'::int[]) t;
SELECT abs(quantile(f, 0.7832649398166456) - 100) < 0.01 AS near FROM uncertain;
SELECT r.exact, r.error < 0.01 AS small FROM uncertain, resolution(f) r;
SELECT revenue_forecast(p, a, s) FROM (VALUES (0.5, 10, NULL::float8), (0.5, 10, 0), (-0.0, 10, -0.0)) v (p, a, s);

-- merging in any split gives the same bytes
CREATE TEMP TABLE deal AS
  SELECT i, (hashint4(i) & 15) / 15.0::float8 AS p, (hashint8(i) & 63) * 250.25 AS a,
         (i % 3) * 10.0::float8 AS s FROM generate_series(1, 3000) i WHERE (hashint8(i) & 63) > 0;
SELECT revenue_forecast_send(rollup(f)) = (SELECT revenue_forecast_send(revenue_forecast(p, a, s)) FROM deal) AS same
  FROM (SELECT revenue_forecast(p, a, s) AS f FROM deal GROUP BY i % 7) q;
SELECT revenue_forecast(p, a, s ORDER BY i) = revenue_forecast(p, a, s ORDER BY hashint8(i * 7)) AS same FROM deal;
SELECT rollup(f) IS NULL AS none FROM (SELECT NULL::revenue_forecast AS f) s;
SELECT revenue_forecast(0.5, 10) IS NULL AS no_rows FROM deal WHERE false;
SELECT f, expected_value(f), quantile(f, 0.9), deals(f) FROM (SELECT revenue_forecast(NULL, 10) AS f) s;
SELECT w.*, d.* FROM (SELECT revenue_forecast(NULL, 10) AS f) s, wins(f) w, distribution(f) d;

-- forms
SELECT f = f::text::revenue_forecast AS same_text, f::jsonb -> 'ignored' AS ignored FROM mixed;
SELECT count(*) FROM (SELECT f FROM mixed UNION SELECT f FROM mixed UNION SELECT f FROM eight) s;
SELECT f <> (SELECT f FROM mixed) AS different FROM eight;
SELECT '{"deals":[[1,0.5,0,1]],"ignored":0}'::revenue_forecast = revenue_forecast(0.5, 1) AS equal;
\set VERBOSITY sqlstate
SELECT ''::revenue_forecast;
SELECT '{"deals":[[1,0.5,0]],"ignored":0}'::revenue_forecast;
SELECT '{"deals":[[1,1.5,0,1]],"ignored":0}'::revenue_forecast;
SELECT '{"deals":[[1,0.5,0,1],[1,0.5,0,1]],"ignored":0}'::revenue_forecast;
SELECT '{"deals":[[1,0.5,0,10000001]],"ignored":0}'::revenue_forecast;
SELECT '{"deals":[],"ignored":0}'::revenue_forecast;
SELECT '{"deals":[[99999999999999999,0.5,0,1]],"ignored":0}'::revenue_forecast;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT revenue_forecast(1.5, 10);
SELECT revenue_forecast(-0.1, 10);
SELECT revenue_forecast('NaN', 10);
SELECT revenue_forecast(0.5, -10);
SELECT revenue_forecast(0.5, 'NaN');
SELECT revenue_forecast(0.5, 'Infinity');
SELECT revenue_forecast(0.5, 0.00001);
SELECT revenue_forecast(0.5, 10, -1);
SELECT revenue_forecast(0.5, 10, 'NaN');
SELECT revenue_forecast(0.5, 10, 101);
SELECT revenue_forecast(0.5, 0, 1);
SELECT quantile(f, 1.1) FROM eight;
SELECT quantile(f, 'NaN') FROM eight;
SELECT quantiles(f, '{0.5,NULL}') FROM eight;
SELECT quantile(f, 0.5, 1) FROM eight;
SELECT quantile(f, 0.5, -0.1) FROM eight;
SELECT probability_at_least(f, -1) FROM eight;
SELECT probability_at_least(f, 'NaN') FROM eight;
SELECT distribution(f, 0) FROM eight;
SELECT revenue_forecast_accum(NULL, 0.5, 1);
SELECT rollup(f) FROM (SELECT '{"deals":[[1,0.5,0,6000000]],"ignored":0}'::revenue_forecast AS f FROM generate_series(1, 2)) s;
SELECT wins('{"deals":[[1,0.5,0,6000000]],"ignored":0}');

-- what takes seconds can be cancelled at once
CREATE TEMP TABLE started (at timestamptz);
CREATE TEMP TABLE large AS
  SELECT revenue_forecast((hashint8(i) & 1023) / 1023.0, 1 + (hashint8(-i) & 1048575)) AS f
    FROM generate_series(1, 200000) i;
INSERT INTO started VALUES (clock_timestamp());
SET statement_timeout = 100;
SELECT quantile(f, 0.5, correlation => 0.2) FROM large;
RESET statement_timeout;
SELECT clock_timestamp() - at < interval '2 s' AS soon FROM started;
