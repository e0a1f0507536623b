-- customer_profile: one row per customer, over tables with names of their own.
SET search_path = crmprob, public;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET client_min_messages = error;

-- stages of life, by their documented limits
SELECT days, string_agg(coalesce(lifecycle_stage(p, days), '-'), ', ' ORDER BY p)
  FROM unnest(ARRAY[0, 30, 31]) days, unnest(ARRAY[0, 0.25, 0.5, 0.75, 1]::float8[]) p GROUP BY days ORDER BY days;
SELECT lifecycle_stage(NULL, 10), lifecycle_stage(NULL, 31), lifecycle_stage(0.5, NULL),
       lifecycle_stage(0.5, 31, new_within => 60), lifecycle_stage(0.5, 31, active_from => 0.5), lifecycle_stage(0.2, 31, lapsed_from => 0.1);
SELECT lifecycle_stage(1.5, 31);
SELECT lifecycle_stage(0.5, 31, new_within => -1);
SELECT lifecycle_stage(0.5, 31, active_from => 0.4);
SELECT lifecycle_stage(0.5, 31, active_from => NULL);

-- 60 customers; what each bought and when follows from the number
CREATE TEMP TABLE shop_order ("Client No" int, placed timestamptz, paid numeric, article text);
INSERT INTO shop_order
SELECT c, '2025-01-01 12:00+00'::timestamptz + ((c * 7919) % 200 + k * (5 + c % 23)) * interval '1 day',
       20 + (c * 31 + k * 17) % 60, (ARRAY['tea', 'coffee', 'cocoa'])[1 + (c + k * k) % 3]
  FROM generate_series(1, 60) c, generate_series(0, (c * c) % 7) k;
INSERT INTO shop_order VALUES (NULL, '2025-01-01', 5, 'tea'), (3, NULL, 5, 'tea');
CREATE TEMP TABLE client ("Client No" int, since date);
INSERT INTO client SELECT c, '2024-12-01'::date + c FROM generate_series(1, 62) c;

CREATE TEMP VIEW profile AS
  SELECT * FROM customer_profile('TABLE client', 'SELECT * FROM shop_order -- all of them', '2025-07-31',
    customer_column => 'Client No', day_column => 'placed', amount_column => 'paid',
    product_column => 'article', joined_column => 'since');
CREATE TEMP TABLE had AS SELECT * FROM profile;
SELECT count(*), count(first_day), count(probability_alive), count(clv), count(lifecycle_stage), count(favourite_product) FROM had;
SELECT customer, tenure, n_purchases, first_day, last_day, days_since_last, frequency, recency, round(monetary_value, 4) AS monetary_value,
       round(average_order_value, 4) AS average_order_value, total, favourite_product
  FROM had WHERE customer IN ('1', '7', '12', '60', '61') ORDER BY customer::int;

SELECT lifecycle_stage, count(*) FROM had GROUP BY 1 ORDER BY 1;

-- against plain SQL
WITH bought AS (
  SELECT "Client No" AS c, placed::date AS day, sum(paid) AS paid FROM shop_order WHERE placed < '2025-08-01' GROUP BY 1, 2
), plain AS (
  SELECT c, count(*) AS n, min(day) AS first, max(day) AS last, sum(paid) AS money FROM bought GROUP BY c
), favourite AS (
  SELECT DISTINCT ON ("Client No") "Client No" AS c, article FROM shop_order WHERE placed < '2025-08-01'
   GROUP BY 1, 2 ORDER BY 1, count(DISTINCT placed::date) DESC, sum(paid) DESC, article
)
SELECT count(*), bool_and(n_purchases = coalesce(n, 0)) AS n, bool_and(first_day IS NOT DISTINCT FROM first AND last_day IS NOT DISTINCT FROM last) AS days,
       bool_and(total IS NOT DISTINCT FROM money) AS total, bool_and(tenure = '2025-07-31'::date - since) AS tenure,
       bool_and(favourite_product IS NOT DISTINCT FROM article) AS favourite
  FROM had h JOIN client l ON l."Client No" = h.customer::int
  LEFT JOIN plain p ON p.c = l."Client No" LEFT JOIN favourite f ON f.c = l."Client No";
-- the models are those of the patterns, and what is read from them
WITH m AS (SELECT fit_clv('mbg_nbd', pattern) AS model, fit_clv('gamma_gamma', pattern) FILTER (WHERE monetary_value > 0) AS spend FROM had)
SELECT bool_and(churn_risk = 1 - probability_alive) AS risk,
       bool_and(abs(probability_alive - crmprob.probability_alive(model, pattern)) < 1e-12) AS alive,
       bool_and(abs(expected_purchases - crmprob.expected_purchases(model, pattern, '1 year')) < 1e-9) AS expected,
       bool_and(abs(clv - lifetime_value(model, spend, pattern, '1 year')) < 1e-6) AS clv,
       bool_and(abs(value_if_alive * probability_alive - clv) < 1e-6) AS value_if_alive,
       bool_and(lifecycle_stage = crmprob.lifecycle_stage(probability_alive, '2025-07-31'::date - first_day)) AS stage,
       bool_and(segment = rfm_segment(recency_score, frequency_score, monetary_score)) AS segment
  FROM had, m WHERE first_day IS NOT NULL;
-- with models that were fitted before, limits, a horizon and a discount
WITH m AS (SELECT fit_clv('mbg_nbd', pattern) AS model, fit_clv('gamma_gamma', pattern) FILTER (WHERE monetary_value > 0) AS spend FROM had)
SELECT count(*), bool_and(abs(p.probability_alive - h.probability_alive) < 1e-12) AS alive,
       bool_and(abs(p.clv - lifetime_value(model, m.spend, h.pattern, '90 days', 0.1, 0.5)) < 1e-6) AS clv,
       bool_and(p.lifecycle_stage = crmprob.lifecycle_stage(h.probability_alive, '2025-07-31'::date - h.first_day, 400)) AS stage
  FROM m, customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid', model => m.model, spend => m.spend,
    horizon => '90 days', annual_discount => 0.1, margin => 0.5, new_within => 400) p JOIN had h USING (customer);

-- as of a day in the middle; without money; days in a zone; dates and plain times
SELECT count(*), sum(n_purchases), max(last_day) FROM customer_profile(NULL, 'TABLE shop_order', '2025-03-31', 'Client No', 'placed', 'paid');
SELECT count(*), count(total), count(monetary_value), count(clv), count(probability_alive) > 0 AS alive
  FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', NULL);
SELECT zone, first_day FROM unnest(ARRAY['UTC', 'Asia/Tokyo']) zone,
  customer_profile(NULL, $$SELECT 1 AS customer, '2026-01-01 20:00+00'::timestamptz AS day, 5 AS amount$$, '2026-02-01', zone => zone);
SELECT first_day, tenure FROM customer_profile(NULL, $$SELECT 1 AS customer, '2026-01-01'::date AS day, 5 AS amount$$, '2026-02-01');
SELECT first_day, tenure FROM customer_profile($$SELECT 1 AS customer, '2025-12-31 22:00'::timestamp AS since$$,
  $$SELECT 1 AS customer, '2026-01-01 23:59'::timestamp AS day, 5 AS amount$$, '2026-02-01', joined_column => 'since');
-- too few for a model, and none at all
SELECT customer, n_purchases, probability_alive IS NOT NULL AS alive, clv IS NOT NULL AS clv, lifecycle_stage FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid') WHERE customer = '7'
UNION ALL
SELECT customer, n_purchases, probability_alive IS NOT NULL, clv IS NOT NULL, lifecycle_stage FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE "Client No" = 7', '2025-07-31', 'Client No', 'placed', 'paid');
SELECT count(*) FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid');
SELECT customer, n_purchases, first_day, segment, lifecycle_stage FROM customer_profile('TABLE client', 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid') ORDER BY customer LIMIT 1;
-- a customer of later has no tenure yet
SELECT customer, tenure FROM customer_profile('TABLE client', 'TABLE shop_order', '2024-12-03', 'Client No', 'placed', 'paid', joined_column => 'since') ORDER BY customer::int LIMIT 4;
-- the value at stake
SELECT count(*), bool_and(at_stake = round(a.churn_risk::numeric * value_if_alive::numeric, 4)) AS stake
  FROM at_risk('TABLE profile') a JOIN had USING (customer);

-- what is refused
\set VERBOSITY terse
SELECT * FROM customer_profile(NULL, NULL);
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', NULL);
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'paid');
SELECT * FROM customer_profile('TABLE client', 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid', joined_column => 'Client No');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', 'infinity', 'Client No', 'placed', 'paid');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid', unit => '1 month');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid', active_from => 0.1);
SELECT * FROM customer_profile(NULL, 'DELETE FROM shop_order', '2025-07-31', 'Client No', 'placed', 'paid');
-- each column by its name; both queries name the customer alike
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'client', 'placed', 'paid');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed');
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid', product_column => 'product');
SELECT * FROM customer_profile('SELECT since FROM client', 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid');
SELECT * FROM customer_profile('', 'TABLE shop_order', '2025-07-31', 'Client No', 'placed', 'paid');
-- also where no model can be fitted, or nobody bought
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid', horizon => '-1 day');
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid', annual_discount => -0.1);
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid', margin => 30);
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid', unit => '0');
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid', new_within => -1);
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid',
  model => make_clv_model('gamma_gamma', '{"p": 6, "q": 4, "gamma": 15}'));
SELECT * FROM customer_profile(NULL, 'SELECT * FROM shop_order WHERE false', '2025-07-31', 'Client No', 'placed', 'paid',
  spend => make_clv_model('bg_nbd', '{"r": 1, "alpha": 1, "a": 1, "b": 1}'));
\set VERBOSITY sqlstate
SELECT * FROM customer_profile(NULL, 'TABLE shop_order', '2025-07-31', 'client', 'placed', 'paid');
SELECT * FROM customer_profile(NULL, 'TABLE no_such_table', '2025-07-31');
