-- The customers, from their purchases alone: who is still one, what each is
-- worth, who is about to leave. Seen from the day of the last purchase.
\pset null '-'
SET search_path = public, crmprob;
SET timezone = 'UTC';

CREATE TEMP TABLE profile AS
  SELECT p.*
    FROM (SELECT max(day) AS last_day FROM purchases) AS known,
         customer_profile(NULL, 'TABLE purchases', known.last_day,
           customer_column => 'customer_id', annual_discount => 0.1) AS p;

\echo '== The customers by their stage of life'
SELECT lifecycle_stage, count(*) AS customers,
       round(avg(days_since_last)) AS days_silent,
       round(avg(probability_alive)::numeric, 3) AS alive,
       round(sum(clv)) AS worth_in_a_year
  FROM profile
 GROUP BY lifecycle_stage
 ORDER BY alive DESC;

\echo '== The most valuable one of each stage'
SELECT customer, purchases, days_silent, spent, alive,
       churn_risk, purchases_in_a_year, clv, stage
  FROM (SELECT DISTINCT ON (lifecycle_stage) customer, n_purchases AS purchases,
               days_since_last AS days_silent, round(total, 2) AS spent,
               round(probability_alive::numeric, 3) AS alive,
               round(churn_risk::numeric, 3) AS churn_risk,
               round(expected_purchases::numeric, 1) AS purchases_in_a_year,
               round(clv::numeric, 2) AS clv, lifecycle_stage AS stage
          FROM profile
         ORDER BY lifecycle_stage, profile.clv DESC NULLS LAST, customer) AS best
 ORDER BY alive DESC, stage;

\echo '== Whom to call before they are gone: the most at stake, of those who may be won back'
SELECT rank, customer, round(churn_risk::numeric, 3) AS churn_risk,
       round(value, 2) AS value, round(at_stake, 2) AS at_stake
  FROM at_risk($$SELECT * FROM profile WHERE lifecycle_stage IN ('at risk', 'lapsed')$$, k => 5)
 ORDER BY rank;
