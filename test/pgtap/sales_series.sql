-- What analysts rely on: parallel plans of series and of forecasts by stage,
-- windows, sums in plain SQL, memory.
BEGIN;
SET LOCAL search_path = public, crmprob;
SELECT plan(7);

CREATE TABLE sale AS
SELECT i, '2015-01-01'::date + (hashint4(i) & 2047) AS day, (hashint8(i) & 1048575) / 100.0 - 1000 AS amount,
       ('{1:Lead,2:Quote,3:Offer}'::text[])[1 + (hashint4(i) & 1073741823) % 3]::stage AS stage
  FROM generate_series(1, 60000) i;
ALTER TABLE sale SET (parallel_workers = 2);
CREATE TEMPORARY TABLE flow AS
SELECT stage_flow(a, b, n, '7 days') AS flow
  FROM (VALUES ('1:Lead'::stage, '2:Quote'::stage, 60), ('1:Lead', 'lost:No', 40), ('2:Quote', '3:Offer', 50), ('2:Quote', 'lost:No', 50),
               ('3:Offer', 'won:Won', 30), ('3:Offer', '3:Offer', 60), ('3:Offer', 'lost:No', 10)) v (a, b, n);
CREATE TEMPORARY TABLE serial AS
SELECT sales_series_send(sales_series(day, amount)) AS series,
       revenue_forecast_send(forecast_by_stage((SELECT flow FROM flow), stage, abs(amount), '30 days')) AS forecast FROM sale;

SELECT results_eq(
  'SELECT p.period, p.amount FROM (SELECT sales_series(day, amount) AS s FROM sale) q, periods(s) p',
  'SELECT day, sum(amount) FROM sale GROUP BY day ORDER BY day', 'sums are those of plain SQL');

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT ok(bool_or(line LIKE '%Gather%'), 'the plan of a series is parallel')
  FROM pg_temp.explained('SELECT sales_series(day, amount) FROM public.sale') line;
SELECT is((SELECT sales_series_send(sales_series(day, amount)) FROM sale), series, 'series: parallel equals serial') FROM serial;
SELECT is((SELECT revenue_forecast_send(forecast_by_stage((SELECT flow FROM flow), stage, abs(amount), '30 days')) FROM sale), forecast,
          'forecast by stage: parallel equals serial') FROM serial;

-- 1,000,000 rows of 2,048 days take no more than their days
SELECT ok(pg_column_size(sales_series(day, amount)) < 60000, 'a series is as large as its periods')
  FROM (SELECT s.day, s.amount FROM sale s, generate_series(1, 17)) q;

-- in a window each row has the series up to it
SELECT ok(bool_and(n(s) = least(k, 5)), 'a series over a window frame')
  FROM (SELECT row_number() OVER w AS k, sales_series(day, 1) OVER (w ROWS 4 PRECEDING) AS s
          FROM (SELECT DISTINCT day FROM sale ORDER BY day LIMIT 20) d WINDOW w AS (ORDER BY day)) q;

-- projections of a sum are near the sum of projections where shapes agree
SELECT ok(abs(two.amount / (2 * one.amount) - 1) < 1e-6, 'twice the sales, twice the projection')
  FROM (SELECT sales_series(('2020-01-01'::date + i * interval '1 month')::date, 1000 + 10 * i + (i % 12) * 25 + hashint4(i) % 40) AS s,
               sales_series(('2020-01-01'::date + i * interval '1 month')::date, 2 * (1000 + 10 * i + (i % 12) * 25 + hashint4(i) % 40)) AS t
          FROM generate_series(0, 59) i) q,
       LATERAL (SELECT * FROM projection(s, 12, 1, alpha => 0.3, beta => 0.1, gamma => 0.2)) one,
       LATERAL (SELECT * FROM projection(t, 12, 1, alpha => 0.3, beta => 0.1, gamma => 0.2)) two;

SELECT * FROM finish();
ROLLBACK;
