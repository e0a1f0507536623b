-- Sales by period: exact sums, calendars, smoothing against R, refused input.
SET search_path = crmprob, public;
SET datestyle = 'ISO';
SET extra_float_digits = 0;

-- monthly totals of airline passengers (Box and Jenkins 1976, series G)
CREATE TEMP TABLE air AS
  SELECT ('1949-01-01'::date + (i - 1) * interval '1 month')::date AS month, n
    FROM unnest('{112,118,132,129,121,135,148,148,136,119,104,118,115,126,141,135,125,149,170,170,158,133,114,140,
                  145,150,178,163,172,178,199,199,184,162,146,166,171,180,193,181,183,218,230,242,209,191,172,194,
                  196,196,236,235,229,243,264,272,237,211,180,201,204,188,235,227,234,264,302,293,259,229,203,229,
                  242,233,267,269,270,315,364,347,312,274,237,278,284,277,317,313,318,374,413,405,355,306,271,306,
                  315,301,356,348,355,422,465,467,404,347,305,336,340,318,362,348,363,435,491,505,404,359,310,337,
                  360,342,406,396,420,472,548,559,463,407,362,405,417,391,419,461,472,535,622,606,508,461,390,432}'::int[])
         WITH ORDINALITY t (n, i);
CREATE TEMP TABLE series AS SELECT sales_series(month, n) AS s FROM air;
SELECT n(s), n_ignored(s), period_step(s), (SELECT sum(amount) FROM periods(s)) AS total,
       (SELECT count(*) FROM missing_periods(s)) AS missing FROM series;

-- R 4.2: HoltWinters(AirPassengers, seasonal = "multiplicative"): SSE 16570.777867;
-- additive: 21860.1846; no season: 163634.1
SELECT sse <= 1.001 * 16570.777867 AS as_good, round(fitted_alpha::numeric, 2) AS alpha,
       round(fitted_beta::numeric, 2) AS beta, round(fitted_gamma::numeric, 2) AS gamma, fitted_damping, n
  FROM series, holt_winters(s, 12, 'multiplicative');
SELECT sse <= 1.001 * 21860.1846 AS as_good, round(fitted_alpha::numeric, 2) AS alpha,
       round(fitted_beta::numeric, 2) AS beta, fitted_gamma AS gamma, n FROM series, holt_winters(s, 12);
SELECT sse <= 1.001 * 163634.1 AS as_good, fitted_gamma, seasonal FROM series, holt_winters(s, 1);
SELECT fitted_damping BETWEEN 0.8 AND 0.98 AS damped FROM series, holt_winters(s, 12, damped => true);
-- with R's parameters R's numbers
SELECT round(sse::numeric, 6) AS sse, round(level::numeric, 6) AS level, round(trend::numeric, 6) AS trend,
       round(seasonal[1]::numeric, 6) AS january
  FROM series, holt_winters(s, 12, 'multiplicative', alpha => 0.275592474736, beta => 0.0326929527337, gamma => 0.870729222265);
SELECT period, round(amount::numeric, 5) AS amount
  FROM series, projection(s, 12, 14, 'multiplicative', alpha => 0.275592474736, beta => 0.0326929527337, gamma => 0.870729222265)
 WHERE period <= '1961-03-01' OR period >= '1961-12-01';
SELECT period, round(amount::numeric, 4) AS amount, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
  FROM series, projection(s, 12, 13, alpha => 0.247959489736, beta => 0.0345337296488, gamma => 1)
 WHERE period IN ('1961-01-01', '1961-12-01', '1962-01-01');
SELECT part, round(index::numeric, 9) AS index FROM series, seasonal_indices(s, 12, 'multiplicative');
SELECT period, amount, round(trend::numeric, 6) AS trend, round(seasonal::numeric, 6) AS seasonal,
       round(remainder::numeric, 6) AS remainder
  FROM series, decomposition(s, 12) WHERE period BETWEEN '1949-06-01' AND '1949-08-01';
-- beside naive forecasts; numpy: mean |x[12:] - x[:-12]| = 32.0303, root mean square 36.3157
SELECT method, round(mae::numeric, 1) AS mae, round(rmse::numeric, 1) AS rmse, round(mase::numeric, 2) AS mase, n
  FROM series, accuracy(s, 12, kind => 'multiplicative');
SELECT method, round(mae::numeric, 1) AS mae, round(mase::numeric, 2) AS mase, n
  FROM series, accuracy(s, 12, holdout => 24, kind => 'multiplicative');
SELECT method, n FROM series, accuracy(s, 1);

-- duplicates are summed, exactly; NULLs counted; amounts may be negative
CREATE TEMP TABLE gaps AS
  SELECT sales_series(d, a) AS s
    FROM (VALUES ('2025-11-01'::date, 10.1), ('2026-03-01', 7), ('2025-11-01', 0.0001), ('2025-12-01', -20),
                 (NULL, 5), ('2026-01-01', NULL)) v (d, a);
SELECT s, n(s), n_ignored(s), period_step(s) FROM gaps;
SELECT p.* FROM gaps, periods(s) p;
SELECT p FROM gaps, missing_periods(s) p;
SELECT d.period, d.amount, d.trend FROM gaps, decomposition(s, 2, missing => 'zero') d;
SELECT d.period, round(d.amount::numeric, 4) AS amount FROM gaps, decomposition(s, 2, missing => 'interpolate') d;

-- calendars: weeks, quarters, last days of months, working days
SELECT period_step(sales_series(d, 1)) FROM unnest('{2026-01-05,2026-01-19,2026-01-12}'::date[]) d;
SELECT period_step(sales_series(d, 1)) FROM unnest('{2025-10-01,2026-04-01,2026-07-01}'::date[]) d;
SELECT period_step(sales_series(d, 1)), array(SELECT missing_periods(sales_series(d, 1)))
  FROM unnest('{2024-01-31,2024-02-29,2024-04-30}'::date[]) d;
SELECT period_step(sales_series('2026-01-01', 1)) IS NULL AS none;
SELECT period FROM (SELECT sales_series('2026-01-05'::date + i, 100 + i) AS s
                      FROM generate_series(0, 25) i WHERE i % 7 < 5) s,
                   projection(s, 5, 3, missing => 'skip');

-- merging in any split gives the same bytes
CREATE TEMP TABLE sale AS
  SELECT i, '2020-01-01'::date + (hashint4(i) & 1023) AS d, (hashint8(i) & 65535) / 4.0 AS a FROM generate_series(1, 5000) i;
SELECT sales_series_send(rollup(s)) = (SELECT sales_series_send(sales_series(d, a)) FROM sale) AS same,
       (SELECT sum(amount) FROM periods(rollup(s))) = (SELECT sum(a) FROM sale) AS exact
  FROM (SELECT sales_series(d, a) AS s FROM sale GROUP BY i % 5) q;
SELECT sales_series(d, a ORDER BY d) = sales_series(d, a ORDER BY a) AS same FROM sale;
SELECT sales_series(d, a) IS NULL AS no_rows FROM sale WHERE false;
SELECT sales_series(NULL, 1);
SELECT s = s::text::sales_series AS same, s::jsonb -> 'ignored' AS ignored FROM gaps;
SELECT count(*) FROM (SELECT s FROM gaps UNION SELECT s FROM gaps UNION SELECT s FROM series) q;

\set VERBOSITY sqlstate
SELECT ''::sales_series;
SELECT '{"periods":[["2026-01-01",1],["2026-01-01",1]],"ignored":0}'::sales_series;
SELECT '{"periods":[["2026-02-30",1]],"ignored":0}'::sales_series;
SELECT '{"periods":[["2026-01-01",1.00001]],"ignored":0}'::sales_series;
SELECT '{"periods":[],"ignored":0}'::sales_series;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT * FROM gaps, holt_winters(s, 2);
SELECT * FROM gaps, holt_winters(s, 3, missing => 'zero');
SELECT * FROM gaps, holt_winters(s, 2, 'multiplicative', missing => 'zero');
SELECT * FROM gaps, seasonal_indices(s, 12, missing => 'zero');
SELECT * FROM series, holt_winters(s, 0);
SELECT * FROM series, holt_winters(s, 1, 'multiplicative');
SELECT * FROM series, holt_winters(s, 12, 'both');
SELECT * FROM series, holt_winters(s, 12, missing => 'guess');
SELECT * FROM series, holt_winters(s, 12, alpha => 1.5);
SELECT * FROM series, projection(s, 12, 0);
SELECT * FROM series, projection(s, 12, 1, level => 1);
SELECT * FROM series, accuracy(s, 12, holdout => 130);
SELECT sales_series('infinity', 1);
SELECT sales_series('2026-01-01', 'NaN');
SELECT n(sales_series('2000-01-01'::date + i, 1)) FROM generate_series(1, 200100) i;
SELECT sales_series_accum(NULL, '2026-01-01', 1);
SELECT * FROM holt_winters(NULL, 12);
-- a NULL is not the default
SELECT * FROM series, holt_winters(s, NULL);
SELECT * FROM series, holt_winters(s, 12, NULL);
SELECT * FROM series, holt_winters(s, 12, damped => NULL);
SELECT * FROM series, holt_winters(s, 12, missing => NULL);
SELECT * FROM series, projection(s, 12, NULL);
SELECT * FROM series, projection(s, 12, 1, level => NULL);
SELECT * FROM series, accuracy(s, 12, holdout => NULL);
SELECT * FROM series, decomposition(s, NULL);
SELECT * FROM series, seasonal_indices(s, 12, NULL);
