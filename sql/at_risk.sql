-- at_risk: customers by value at stake, by a column and by a model.
SET search_path = crmprob, public;
SET client_min_messages = error;

CREATE TEMP TABLE account (id int, monthly numeric, risk float8);
INSERT INTO account VALUES (1, 100, 0.1), (2, 20, 0.9), (3, 500, 0.02), (4, 10, 1), (5, 10, 1),
  (6, NULL, 0.5), (7, 80, NULL), (8, 0, 0.3), (9, -5, 0.5), (10, 200, 0.05);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk');
SELECT * FROM at_risk('SELECT * FROM account; ', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', min_risk => 0.1, k => 3);
SELECT count(*) FROM at_risk('SELECT * FROM account WHERE false -- none', customer_column => 'id', value_column => 'monthly', risk_column => 'risk');
-- the names that customer_profile gives are the default ones
SELECT * FROM at_risk('SELECT id AS customer, monthly AS value_if_alive, risk AS churn_risk FROM account', k => 1);

-- a churn model: those who complained leave
CREATE TEMP TABLE subscriber AS
SELECT g AS id, g % 7 = 0 AS complained, (g * 7919 % 1009) / 10.0 AS monthly,
       (g::bigint * 104729 % 1013) < CASE WHEN g % 7 = 0 THEN 700 ELSE 100 END AS churned
  FROM generate_series(1, 2000) g;
SELECT version, status FROM train('churn', 'SELECT complained, monthly, churned FROM subscriber', 'churned', holdout => 0.2);
SELECT count(*), bool_and(a.at_stake = round(score('churn', s)::numeric * monthly, 4)) AS is_score, bool_and(complained) AS all_complained
  FROM at_risk('TABLE subscriber', 'churn', 'id', 'monthly', min_risk => 0.4) a
  JOIN subscriber s ON s.id = a.customer::int;
SELECT bool_and(at_stake <= before) AS ordered, max(rank) = count(*) AS ranked
  FROM (SELECT *, lag(at_stake) OVER (ORDER BY rank) AS before
          FROM at_risk('TABLE subscriber', 'churn', 'id', 'monthly')) s WHERE before IS NOT NULL OR rank = 1;

-- what is refused
\set VERBOSITY terse
SELECT * FROM at_risk(NULL);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => NULL);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', min_risk => 1.5);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', min_risk => 'NaN');
SELECT * FROM at_risk('SELECT id, monthly, 100 * risk AS risk FROM account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk');
SELECT * FROM at_risk('SELECT id, monthly, ''NaN''::float8 AS risk FROM account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk');
SELECT * FROM at_risk('SELECT id, ''NaN''::numeric AS monthly, risk FROM account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk');
SELECT * FROM at_risk('SELECT id, ''-Infinity''::float8 AS monthly, risk FROM account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', min_risk => 1);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', k => 0);
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly', risk_column => 'risk', k => -1);
\set VERBOSITY sqlstate
SELECT * FROM at_risk('TABLE account', customer_column => 'id', value_column => 'monthly');
SELECT * FROM at_risk('TABLE account', 'nobody', 'id', 'monthly');
SELECT * FROM at_risk('TABLE subscriber', customer_column => 'id', value_column => 'no"such', risk_column => 'monthly');
DELETE FROM model_versions WHERE name = 'churn';
