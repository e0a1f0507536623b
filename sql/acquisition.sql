-- acquisition: cost, payback and the plain lifetime value, worked by hand.
SET search_path = crmprob, public;
SET datestyle = 'ISO';

SELECT payback(300, 50, 0.8), payback(300, 50), payback(cac => 0, arpa => 20, margin => 0.5);
SELECT payback(300, 0), payback(300, 50, 0), payback(NULL, 50);
SELECT ltv_cac(900, 300), ltv_cac(-5, 2), ltv_cac(100, 0), ltv_cac(NULL, 3);
SELECT payback(-1, 50);
SELECT payback(1, 50, 40);
SELECT payback(1, 'NaN');
SELECT ltv_cac('infinity', 1);
SELECT ltv_cac(1, -1);

-- three purchases of 74.02 in all within the 273 days to 1997-09-30
CREATE TEMP TABLE customer AS
  SELECT '{"purchases":[["1997-01-01",29.33],["1997-01-18",29.73],["1997-08-02",14.96]]}'::purchase_history AS h;
SELECT round(average_order_value(h, '1997-09-30'), 6) AS aov, round(purchase_frequency(h, '1997-09-30'), 6) AS a_year,
       round(purchase_frequency(h, '1997-09-30', '1 month'), 6) AS a_month,
       round(purchase_frequency(h, '1997-09-30', '273 days'), 6) AS in_all,
       round(purchase_frequency(h, '1997-09-30', '136 days 12:00'), 6) AS in_half
  FROM customer;
-- 74.02 / 3 x 3 / 273 x 365.25 x 3
SELECT clv(h, '1997-09-30', '3 years') AS clv, round(74.02 / 273 * 365.25 * 3, 10) AS by_hand,
       clv(h, '1997-09-30', '0') AS none, clv(h, '1996-12-31', '3 years') AS before,
       clv(h, '1997-01-01', '1 day') AS first_day
  FROM customer;
SELECT round(clv(h, d, '1 year') - clv(average_order_value(h, d), purchase_frequency(h, d), 1), 10) AS same
  FROM customer, (VALUES ('1997-09-30'::date), ('1997-01-18')) v (d);
-- an unknown amount counts as a purchase of the mean amount
SELECT average_order_value(h, '1997-01-10'), purchase_frequency(h, '1997-01-10', '10 days'), clv(h, '1997-01-10', '10 days')
  FROM (SELECT '{"purchases":[["1997-01-01",30],["1997-01-05"]]}'::purchase_history AS h) s;
SELECT average_order_value('{"purchases":[["1997-01-01"]]}', '1997-01-01'), clv('{"purchases":[["1997-01-01"]]}'::purchase_history, '1997-01-01', '1 year'),
       average_order_value('{"purchases":[]}', '1997-01-01'), purchase_frequency('{"purchases":[]}', '1997-01-01');
SELECT clv(h, '1997-09-30', '-1 day') FROM customer;
SELECT clv(h, 'infinity', '1 day') FROM customer;

-- by channel: costs without customers, customers without costs, a channel that is not known
CREATE TEMP TABLE campaign (channel text, cost numeric);
INSERT INTO campaign VALUES ('search', 600), ('search', 400.50), ('social', 900), ('fair', 2000), ('print', 50);
CREATE TEMP TABLE won (customer int, channel text);
INSERT INTO won SELECT g, CASE WHEN g <= 10 THEN 'search' WHEN g <= 14 THEN 'social' WHEN g = 15 THEN 'fair'
                               WHEN g <= 19 THEN 'referral' END FROM generate_series(1, 20) g;
SELECT channel, is_total, cost, new_customers, round(cac, 4) AS cac, round(share_of_cost::numeric, 4) AS share_of_cost, share_of_customers
  FROM cac_by_channel('SELECT channel, cost FROM campaign;', 'SELECT channel, 1 FROM won -- one each');
SELECT channel, is_total, cost, new_customers, cac, share_of_cost, share_of_customers
  FROM cac_by_channel('SELECT channel, cost FROM campaign WHERE false', 'SELECT channel, count(*) FROM won WHERE false GROUP BY 1');
SELECT channel, round(cac(sum(cost), count(DISTINCT customer)), 2) FROM campaign JOIN won USING (channel) GROUP BY channel HAVING count(DISTINCT customer) = 1;
\set VERBOSITY terse
SELECT count(*) FROM cac_by_channel('SELECT channel, -cost FROM campaign', 'SELECT channel, 1 FROM won');
-- customers credited to several channels in part: whole in sum, or refused
SELECT channel, new_customers, round(cac, 2) AS cac FROM cac_by_channel('SELECT channel, cost FROM campaign WHERE channel = ''search''', 'SELECT ''search'', 0.5 FROM won') WHERE NOT is_total;
SELECT count(*) FROM cac_by_channel('SELECT channel, cost FROM campaign', 'SELECT channel, 1.3 FROM won');
SELECT count(*) FROM cac_by_channel('SELECT channel, cost FROM campaign', 'SELECT channel, ''NaN''::float8 FROM won');
SELECT count(*) FROM cac_by_channel('SELECT channel, cost FROM campaign', 'SELECT channel, ''-Infinity''::float8 FROM won');
SELECT count(*) FROM cac_by_channel('SELECT channel FROM campaign', 'SELECT channel, 1 FROM won');
