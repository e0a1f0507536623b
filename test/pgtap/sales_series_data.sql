-- Sales series on published data: monthly airline passengers against R, and
-- the daily sales of a shop against a naive forecast. The files are not part of
-- the project: they are looked for in ../shared/data beside the clone, and
-- where they are missing this says so and tests nothing else.
\set data '../shared/data'
\set have `test -e ../shared/data/online_retail.csv.zst && test -e ../shared/data/air_passengers.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
CREATE TEMPORARY TABLE air (month date, passengers numeric);
\copy air FROM PROGRAM 'zstdcat ../shared/data/air_passengers.csv.zst' CSV HEADER
CREATE TEMPORARY TABLE air_series AS SELECT crmprob.sales_series(month, passengers) AS s FROM air;
SELECT is((SELECT sum(amount) FROM crmprob.periods(s)), 40363.0000, 'passengers: 40363 in all') FROM air_series;
SELECT ok(sse <= 1.001 * r, kind || ': SSE ' || round(sse::numeric, 4) || ' is at most 1.001 times that of R')
  FROM (VALUES ('multiplicative', 16570.777867), ('additive', 21860.18)) v (kind, r), air_series, crmprob.holt_winters(s, 12, kind);
SELECT ok(abs(amount - want) < 0.1, 'forecast of ' || period || ' near that of R')
  FROM (VALUES ('1961-01-01'::date, 447.055931345), ('1961-02-01', 419.712279856), ('1961-03-01', 464.867131096),
               ('1961-12-01', 465.634500937)) v (period, want)
  JOIN (SELECT p.* FROM air_series, crmprob.projection(s, 12, 12, 'multiplicative') p) p USING (period);

\set columns `zstdcat ../shared/data/online_retail.csv.zst | sed -n '1{s/\r//;s/"//g;s/[^,]*/"&" text/gp}'`
CREATE TEMPORARY TABLE raw_retail (:columns);
\copy raw_retail FROM PROGRAM 'zstdcat ../shared/data/online_retail.csv.zst' CSV HEADER
CREATE TEMPORARY TABLE shop AS
  SELECT crmprob.sales_series("InvoiceDate"::timestamp::date, "Quantity"::numeric * "UnitPrice"::numeric) AS s FROM raw_retail;
SELECT is(crmprob.n(s), 305::bigint, 'shop: 305 trading days') FROM shop;
SELECT is((SELECT count(*) FROM crmprob.periods(s) WHERE extract(dow FROM period) = 6), 0::bigint, 'shop: no Saturdays') FROM shop;
SELECT is((SELECT sum(amount) FROM crmprob.periods(s)), total, 'shop: the sum is exact')
  FROM shop, (SELECT sum("Quantity"::numeric * "UnitPrice"::numeric) AS total FROM raw_retail) t;
CREATE TEMPORARY TABLE errors AS
  SELECT kind, holdout, a.*
    FROM shop, unnest('{0,30}'::int[]) holdout, (VALUES ('additive')) v (kind),
         crmprob.accuracy(s, 6, holdout, kind, missing => 'skip') a;
SELECT diag(format('shop, %s, holdout %s: %s MAE %s, RMSE %s, MASE %s', kind, holdout, method, round(mae::numeric),
                   round(rmse::numeric), round(mase::numeric, 3))) FROM errors ORDER BY holdout, method;
SELECT ok(h.mae < n.mae, 'shop: smoothing beats the naive forecast, one day ahead')
  FROM errors h, errors n
 WHERE h.holdout = 0 AND n.holdout = 0 AND h.method = 'holt_winters' AND n.method = 'seasonal_naive';
SELECT ok(bool_and(extract(dow FROM period) <> 6), 'shop: no Saturday is projected')
  FROM shop, crmprob.projection(s, 6, 30, missing => 'skip');
\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
