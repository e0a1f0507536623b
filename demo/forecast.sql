-- What the open deals bring, and what to do about them in the morning of 1
-- January 2026, when the generated period ends.
\pset null '-'
SET search_path = public, crmprob;
SET timezone = 'UTC';

\echo '== The forecast: the open deals bring at least P10 with 90 %, at least P90 with 10 %;'
\echo '   by_truth is expected by the probabilities that drew the outcomes, drawn is what came of it: an unlucky draw'
SELECT coalesce(pipeline, '(all)') AS pipeline, deals(forecast), open_amount,
       round(expected_value(forecast)) AS expected,
       round(quantile(forecast, 0.1)) AS p10, round(quantile(forecast, 0.5)) AS p50,
       round(quantile(forecast, 0.9)) AS p90, by_truth, drawn
  FROM (SELECT o.pipeline, round(sum(o.amount)) AS open_amount,
               round(sum(o.amount * d.true_probability)) AS by_truth,
               round(sum(o.amount) FILTER (WHERE d.wins)) AS drawn,
               revenue_forecast(o.win_probability, o.amount) AS forecast
          FROM opportunities o LEFT JOIN deal d USING (id)
         WHERE o.won IS NULL
         GROUP BY GROUPING SETS ((o.pipeline), ())) AS forecasts
 ORDER BY forecasts.pipeline;

\echo '== The odds of the quota, were all deals independent, and with a common mood'
SELECT quota,
       round(probability_at_least(forecast, quota)::numeric, 3) AS independent,
       round(probability_at_least(forecast, quota, correlation => 0.02)::numeric, 3) AS correlated
  FROM (SELECT revenue_forecast(win_probability, amount) AS forecast
          FROM opportunities
         WHERE won IS NULL) AS whole,
       unnest('{1300000,1400000,1500000,1600000,1700000}'::numeric[]) AS quota
 ORDER BY quota;

\echo '== The Monday list: whom to call first, and why'
SELECT rank, id, stage, amount, round(score::numeric, 3) AS score, grade,
       round(expected_value) AS expected, days_in_stage AS days, next_stage,
       reasons[1] AS reason, reasons[2] AS another
  FROM priorities($$SELECT o.*, h.entered_at
                      FROM opportunities o
                      JOIN (SELECT deal_id, max(entered_at) AS entered_at
                              FROM stage_history
                             GROUP BY deal_id) h ON h.deal_id = o.id
                     WHERE o.won IS NULL$$,
         model => 'win', since_column => 'entered_at', pipeline_column => 'pipeline',
         as_of => '2026-01-01', n_reasons => 2, k => 10)
 ORDER BY rank;
