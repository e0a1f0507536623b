-- Forecasts from the funnel against what came, on a published event log: loan
-- applications approved within 60 days, week by week. The file is not part of
-- the project: it is looked for in ../shared/data beside the clone, and where
-- it is missing this says so and tests nothing else.
\set data '../shared/data'
\set have `test -e ../shared/data/bpic2012_events.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
\set columns `zstdcat ../shared/data/bpic2012_events.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TEMPORARY TABLE raw_bpic (:columns);
\copy raw_bpic FROM PROGRAM 'zstdcat ../shared/data/bpic2012_events.csv.zst' CSV HEADER
CREATE TEMPORARY TABLE loan AS
  SELECT 'A_SUBMITTED > A_PREACCEPTED > A_ACCEPTED > A_FINALIZED > O_SENT > O_SENT_BACK > O_ACCEPTED > A_APPROVED | A_DECLINED, A_CANCELLED'::crmprob.pipeline AS pipeline;
CREATE TEMPORARY TABLE loan_journey AS
  SELECT crmprob.journey(crmprob.stage(pipeline, activity), event_time::timestamptz) AS journey,
         min(amount_req::numeric) AS amount
    FROM raw_bpic, loan
   WHERE activity IN (SELECT crmprob.label(s) FROM loan, crmprob.stages(pipeline) s)
   GROUP BY case_id;
CREATE TEMPORARY TABLE tested AS
  SELECT r AS correlation, b.*
    FROM unnest('{0,0.01}'::float8[]) r,
         crmprob.backtest_forecast('SELECT journey, amount FROM loan_journey',
           ARRAY(SELECT generate_series('2011-12-15 00:00+00'::timestamptz, '2012-01-12', '7 days')), '60 days', r) b;
SELECT diag(format('%s correlation %s: %s deals, actual %s, P10 %s, P50 %s, P90 %s; pinball %s, naive %s %s',
                   forecast_at::date, correlation, deals, actual, round(p10), round(p50), round(p90),
                   round(pinball), round(naive), round(naive_pinball)))
  FROM tested ORDER BY correlation, forecast_at;
SELECT diag(format('correlation %s: coverage %s of %s, mean pinball loss %s, naive %s', correlation,
                   count(*) FILTER (WHERE covered), count(*), round(avg(pinball)), round(avg(naive_pinball))))
  FROM tested GROUP BY correlation ORDER BY correlation;
-- plain SQL: open at the time, first approved in the 60 days after
SELECT is(t.actual, plain.actual, 'what came, in plain SQL: ' || t.forecast_at::date)
  FROM tested t,
       LATERAL (SELECT sum(amount) AS actual
                  FROM (SELECT min(amount_req::numeric) AS amount,
                               min(event_time::timestamptz) AS first,
                               min(event_time::timestamptz) FILTER (WHERE activity IN ('A_APPROVED', 'A_DECLINED', 'A_CANCELLED')) AS closed,
                               min(event_time::timestamptz) FILTER (WHERE activity = 'A_APPROVED') AS approved
                          FROM raw_bpic GROUP BY case_id) s
                 WHERE first <= t.forecast_at AND (closed IS NULL OR closed > t.forecast_at)
                   AND approved > t.forecast_at AND approved <= t.forecast_at + interval '60 days') plain
 WHERE t.correlation = 0;
SELECT ok(avg(covered::int) >= 0.6, 'P10 to P90 covers most weeks') FROM tested WHERE correlation = 0;
SELECT ok(bool_and(pinball < naive_pinball / 5), 'far better than the naive forecast') FROM tested;
SELECT ok(bool_and(abs(expected / actual - 1) < 0.1), 'within 10 % every week') FROM tested;
\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
