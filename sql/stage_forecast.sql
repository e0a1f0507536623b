-- Forecasts from the funnel: probabilities of the flow, what is left out, the
-- test on the past, refused input.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET extra_float_digits = 0;

-- ten deals were a Lead for 10 days, then won (4) or lost (4), or are open (2)
CREATE TEMP TABLE history AS
  SELECT deal, journey(stage::stage, at) AS journey
    FROM (SELECT deal, '1:Lead' AS stage, '2026-01-01'::timestamptz AS at FROM generate_series(1, 10) deal
          UNION ALL SELECT deal, 'won:Won', '2026-01-11' FROM generate_series(1, 4) deal
          UNION ALL SELECT deal, 'lost:Lost', '2026-01-21' FROM generate_series(5, 8) deal) s
   GROUP BY deal;
CREATE TEMP TABLE flow AS SELECT stage_flow(journey, '2026-02-01') AS flow FROM history;
CREATE TEMP TABLE open_deal (stage stage, amount numeric, elapsed interval);
INSERT INTO open_deal VALUES
  ('1:Lead', 100, '0'), ('1:Lead', 200, '5 days'), ('1:Lead', 300, '15 days'),
  ('won:Won', 1000, '0'), ('lost:Lost', 1000, '0'), ('1:Lead', NULL, '0'), (NULL, 5, '0'), ('1:Lead', 7, '200 days');
-- in time: 0.4 of all; of those 15 days in the stage none, since wins came after 10
SELECT expected_value(f), quantiles(f, '{0.1,0.5,0.9}'), deals(f), n_ignored(f)
  FROM (SELECT forecast_by_stage(flow, stage, amount, '30 days') AS f FROM flow, open_deal) s;
SELECT expected_value(f), deals(f), n_ignored(f)
  FROM (SELECT forecast_by_stage(flow, stage, amount, '30 days', elapsed) AS f FROM flow, open_deal) s;
SELECT expected_value(forecast_by_stage(flow, stage, amount, '9 days')) AS too_soon FROM flow, open_deal;
SELECT forecast_by_stage(flow, stage, amount, '30 days') = revenue_forecast(win_probability(flow, label(stage), '30 days'), amount) AS same
  FROM flow, open_deal WHERE is_open(stage) AND amount IS NOT NULL;

-- by month; together what the whole horizon has
SELECT month, round(probability::numeric, 6) AS probability FROM flow, win_by_month(flow, 'Lead', 3);
SELECT month, expected_value(revenue_forecast(probability, amount))
  FROM flow, open_deal, win_by_month(flow, label(stage), 2) WHERE is_open(stage) GROUP BY month ORDER BY month;
-- three weekly steps: 0.4, then 0.4 of the half that stays, ...
CREATE TEMP TABLE weekly AS
  SELECT stage_flow(a, b, n, '7 days') AS flow
    FROM (VALUES ('1:A'::stage, '1:A'::stage, 50), ('1:A', 'won:Won', 40), ('1:A', 'lost:Lost', 10)) v (a, b, n);
SELECT month, round(probability::numeric, 10) AS probability,
       round((win_probability(flow, 'A', '30.4375 days'::interval * month) -
              coalesce(win_probability(flow, 'A', '30.4375 days'::interval * (month - 1)), 0))::numeric, 10) AS same
  FROM weekly, win_by_month(flow, 'A', 3);
SELECT * FROM (SELECT stage_flow('1:A', 'won:Won', 3) AS flow) s, win_by_month(flow, 'A', 3);
SELECT f FROM (SELECT forecast_by_stage(stage_flow, '1:A', 10, '30 days') AS f
                 FROM (SELECT stage_flow('1:A', 'won:Won', 3)) s) s;

-- losses of quantiles
SELECT pinball_loss(0.9, 100, 110), pinball_loss(0.9, 100, 90), pinball_loss(0.5, 100, 100);
SELECT pinball_loss(1.1, 100, 90);
SELECT pinball_loss('NaN', 100, 90);

-- on the past: 400 deals that open daily, a third are won after 10 days and a third after 40
CREATE TEMP TABLE past AS
  SELECT deal, 100 + deal % 7 AS amount, journey(stage::stage, at) AS journey
    FROM (SELECT deal, '1:Lead' AS stage, '2026-01-01'::timestamptz + deal * interval '12 hours' AS at FROM generate_series(1, 400) deal
          UNION ALL
          SELECT deal, CASE WHEN deal % 3 = 2 THEN 'lost:Lost' ELSE 'won:Won' END,
                 '2026-01-01'::timestamptz + deal * interval '12 hours' + (10 + 30 * (deal % 3 % 2)) * interval '1 day'
            FROM generate_series(1, 400) deal) s
   GROUP BY deal;
SELECT forecast_at::date, deals, ignored, open_amount, actual, round(expected) AS expected, round(p10) AS p10, round(p50) AS p50,
       round(p90) AS p90, covered, round(pinball::numeric, 1) AS pinball, round(naive) AS naive, round(naive_pinball::numeric, 1) AS naive_pinball
  FROM backtest_forecast('SELECT journey, amount FROM past', '{2026-04-01,2026-05-01}', '30 days');
SELECT forecast_at::date, round(expected) AS expected, round(p10) AS p10, round(p90) AS p90, covered
  FROM backtest_forecast('SELECT journey, amount FROM past -- all', '{2026-04-01}', '30 days', correlation => 0.1);
SELECT deals FROM backtest_forecast(E'SELECT journey, amount FROM past;\n', '{2026-04-01}', '30 days');
-- a day of the horizon has 24 hours, whatever the session's clocks do in between
CREATE TEMP TABLE changed_clocks AS
  SELECT deal, journey(s::stage, at) AS journey, amount
    FROM (VALUES (1, '2026-04-03 23:30+00'::timestamptz, 1000), (2, '2026-04-04 00:30+00', 200),
                 (3, '2026-10-29 23:30+00', 30), (4, '2026-10-30 00:30+00', 4)) d (deal, won_at, amount),
         LATERAL (VALUES ('1:Lead', '2026-03-01 00:00+00'::timestamptz), ('won:Won', won_at)) v (s, at)
   GROUP BY deal, amount;
SET timezone = 'Europe/Berlin';
SELECT actual FROM backtest_forecast('TABLE changed_clocks', '{2026-03-25 00:00+00,2026-10-20 00:00+00}', '10 days');
SET timezone = 'UTC';
-- a type of the caller's that bears the name of one that is used
CREATE SCHEMA other;
CREATE DOMAIN other.float8 AS text;
SET search_path = other, pg_catalog, crmprob, public;
SELECT actual FROM backtest_forecast('TABLE changed_clocks', '{2026-03-25 00:00+00}', '10 days');
SET search_path = crmprob, public;
DROP DOMAIN other.float8;
DROP SCHEMA other;
-- before the first deal there is nothing to forecast
SELECT deals, open_amount, actual FROM backtest_forecast('SELECT journey, amount::float8 FROM past', '{2025-01-01}', '30 days');

\set SHOW_CONTEXT never
SELECT forecast_by_stage(flow, '1:Led', 10, '30 days') FROM flow;
SELECT forecast_by_stage(flow, '1:Lead', 10, '1 month') FROM flow;
SELECT forecast_by_stage(flow, '1:Lead', 10, '-1 day') FROM flow;
SELECT forecast_by_stage(flow, '1:Lead', -10, '30 days') FROM flow;
SELECT win_by_month(flow, 'Lead', 0) FROM flow;
SELECT win_by_month(flow, 'Led', 1) FROM flow;
SELECT pinball_loss(0.5, 'NaN', 1);
SELECT pinball_loss(0.5, 1, 'infinity');
\set VERBOSITY sqlstate
SELECT * FROM backtest_forecast('SELECT journey, amount FROM past', '{2026-04-01,NULL}', '30 days');
SELECT * FROM backtest_forecast('SELECT journey FROM past', '{2026-04-01}', '30 days');
