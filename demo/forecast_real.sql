-- What the deals that were taken for open bring, and how they would be listed
-- on a Monday. What they brought in truth was kept aside.
\pset null '-'
SET search_path = public, crmprob;
SET timezone = 'UTC';

CREATE TEMP VIEW open_deals AS
  SELECT d.*, a.won AS ended_won
    FROM deal_features d JOIN outcome_aside a USING (id)
   WHERE d.won IS NULL;

\echo '== The forecast of the deals taken for open, beside what they brought'
SELECT deals(forecast), open_amount, round(expected_value(forecast)) AS expected,
       round(quantile(forecast, 0.1)) AS p10, round(quantile(forecast, 0.5)) AS p50,
       round(quantile(forecast, 0.9)) AS p90, brought
  FROM (SELECT round(sum(amount)) AS open_amount,
               round(sum(amount) FILTER (WHERE ended_won)) AS brought,
               revenue_forecast(win_probability, amount) AS forecast
          FROM open_deals) AS whole;

\echo '== The share won of the deals that the model knew, and of these: the past is not the future'
SELECT round((SELECT avg(won::int) FROM deal_features), 3) AS share_known,
       round(avg(win_probability)::numeric, 3) AS share_expected,
       round(avg(ended_won::int), 3) AS share_won
  FROM open_deals;

\echo '== The odds of a quota, as shares of the expected value'
SELECT share AS of_expected, round(share * expected_value(forecast)) AS quota,
       round(probability_at_least(forecast, round(share * expected_value(forecast), 2))::numeric, 3) AS independent,
       round(probability_at_least(forecast, round(share * expected_value(forecast), 2),
                                  correlation => 0.02)::numeric, 3) AS correlated
  FROM (SELECT revenue_forecast(win_probability, amount) AS forecast FROM open_deals) AS whole,
       unnest('{0.8,0.9,1,1.1,1.2}'::numeric[]) AS share
 ORDER BY share;

\echo '== The Monday list: whom to call first, and why'
SELECT rank, id, amount, round(score::numeric, 3) AS score, grade,
       round(expected_value) AS expected, reasons[1] AS reason, reasons[2] AS another
  FROM priorities('SELECT * FROM deal_features WHERE won IS NULL',
         model => 'win', stage_column => NULL, n_reasons => 2, k => 10)
 ORDER BY rank;
