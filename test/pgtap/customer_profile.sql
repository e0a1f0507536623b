-- What users rely on: profiles and lists of customers run with the rights of
-- whoever asks, whatever the search_path holds, and write nothing.
BEGIN;
SET LOCAL search_path = public;
SET LOCAL timezone = 'America/New_York';
SET LOCAL client_min_messages = error;
SELECT plan(24);

CREATE TABLE sale (client int, at timestamptz, paid numeric, article text, region text);
INSERT INTO sale
SELECT c, '2025-01-01 02:00+00'::timestamptz + (abs(hashint4(c)) % 90 + k * (3 + c % 37) + (c * k * 13) % 9) * interval '1 day',
       10 + (c * 31 + k * 17) % 60, 'article ' || (c + k) % 4, CASE c % 2 WHEN 0 THEN 'east' ELSE 'west' END
  FROM generate_series(1, 300) c, generate_series(0, abs(hashint4(c * 7)) % 6) k;
CREATE TABLE client (no int, since timestamp);
INSERT INTO client SELECT c, '2024-12-31 23:30' FROM generate_series(1, 310) c;

CREATE FUNCTION pg_temp.profile(purchases text, customers text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', customer, tenure, n_purchases, first_day, last_day, total, favourite_product,
                              round(probability_alive::numeric, 9), round(clv::numeric, 6), segment, lifecycle_stage), E'\n' ORDER BY customer COLLATE "C")
    FROM crmprob.customer_profile(customers, purchases, '2025-06-30', 'client', 'at', 'paid', 'article', 'since') $$;

CREATE TEMPORARY TABLE whole AS SELECT pg_temp.profile('TABLE sale') AS p;
SELECT is(first_day, '2025-01-01'::date + abs(hashint4(3)) % 90, 'the day is that in UTC, whatever the session''s zone')
  FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid') WHERE customer = '3';
SELECT is(first_day, '2024-12-31'::date + abs(hashint4(3)) % 90, 'or that in the zone that is given')
  FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid', zone => 'America/New_York') WHERE customer = '3';
SELECT is(tenure, '2025-06-30'::date - '2024-12-31'::date, 'of a time without a zone it is as it stands')
  FROM crmprob.customer_profile('SELECT no AS client, since FROM client', 'TABLE sale', '2025-06-30', 'client', 'at', 'paid', joined_column => 'since')
 WHERE customer = '3';
SELECT is(count(*), 310::bigint, 'one row for each customer of the list') FROM crmprob.customer_profile(
  'SELECT no AS client FROM client UNION ALL SELECT no FROM client', 'TABLE sale', '2025-06-30', 'client', 'at', 'paid');
SELECT is(count(*), 1::bigint, 'and for no other') FROM crmprob.customer_profile(
  'SELECT 7 AS client UNION ALL SELECT NULL', 'TABLE sale', '2025-06-30', 'client', 'at', 'paid');

-- what is in front of the path does not matter
CREATE SCHEMA evil;
CREATE FUNCTION evil.minus(date, date) RETURNS int LANGUAGE sql AS 'SELECT 666';
CREATE OPERATOR evil.- (FUNCTION = evil.minus, LEFTARG = date, RIGHTARG = date);
CREATE FUNCTION evil.minus(float8, float8) RETURNS float8 LANGUAGE sql AS 'SELECT 666::float8';
CREATE OPERATOR evil.- (FUNCTION = evil.minus, LEFTARG = float8, RIGHTARG = float8);
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION evil.round(numeric, int) RETURNS numeric LANGUAGE sql AS 'SELECT 666.0';
CREATE FUNCTION evil.count(int) RETURNS int LANGUAGE sql AS 'SELECT 666';
CREATE FUNCTION pg_temp.risks() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', rank, customer, at_stake), E'\n' ORDER BY rank)
    FROM crmprob.at_risk($q$SELECT client AS customer, paid AS value_if_alive, 0.5 AS churn_risk FROM public.sale$q$, k => 50) $$;
CREATE TEMPORARY TABLE risks AS SELECT pg_temp.risks() AS r;
SET LOCAL search_path = evil, pg_catalog, public;
CREATE TEMPORARY TABLE under_evil AS SELECT pg_temp.risks() AS r,
  (SELECT string_agg(OPERATOR(pg_catalog.-) tenure || ' ' || days_since_last, ',' ORDER BY customer COLLATE "C")
     FROM crmprob.customer_profile(NULL, 'TABLE public.sale', '2025-06-30', 'client', 'at', 'paid')) AS p,
  '2025-06-30'::date - '2025-06-29'::date AS minus;
SET LOCAL search_path = public;
SELECT is(minus, 666, 'the path is as it should not be') FROM under_evil;
SELECT is((SELECT r FROM under_evil), (SELECT r FROM risks), 'at_risk takes no operator of the caller''s path');
SELECT is((SELECT p FROM under_evil), (SELECT string_agg(-tenure || ' ' || days_since_last, ',' ORDER BY customer COLLATE "C")
     FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid')), 'nor does customer_profile');

-- rights and row security are the caller's, through a view of the owner too
CREATE VIEW profile AS SELECT * FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid', 'article');
CREATE ROLE crmprob_east;
GRANT USAGE ON SCHEMA crmprob TO crmprob_east;
GRANT SELECT ON profile TO crmprob_east;
SET LOCAL ROLE crmprob_east;
SELECT throws_ok('SELECT * FROM profile', '42501', NULL, 'a view lends nobody the right to read the purchases');
SELECT throws_ok($$SELECT * FROM crmprob.at_risk('TABLE sale', customer_column => 'client', value_column => 'paid', risk_column => 'paid')$$,
  '42501', NULL, 'nor does at_risk');
SELECT throws_ok($$SELECT * FROM crmprob.cac_by_channel('SELECT region, paid FROM sale', 'SELECT region, 1 FROM sale')$$,
  '42501', NULL, 'nor cac_by_channel');
RESET ROLE;
GRANT SELECT ON sale TO crmprob_east;
ALTER TABLE sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY east ON sale TO crmprob_east USING (region = 'east');
SET LOCAL ROLE crmprob_east;
CREATE TEMPORARY TABLE seen AS SELECT * FROM profile;
SELECT is((SELECT count(*) FROM crmprob.cac_by_channel('SELECT region, paid FROM sale', 'SELECT region, 1 FROM sale')), 2::bigint,
  'row security hides other regions from cac_by_channel: one of them and the total');
RESET ROLE;
SELECT results_eq('SELECT DISTINCT customer::int FROM seen ORDER BY 1',
  $$SELECT DISTINCT client FROM sale WHERE region = 'east' AND at < '2025-07-01 00:00+00' ORDER BY 1$$,
  'row security hides other customers from the profile');
SELECT isnt_empty($$SELECT s.customer FROM seen s JOIN crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid') p USING (customer)
   WHERE abs(s.probability_alive - p.probability_alive) > 1e-6$$, 'and from the model that is fitted');

-- the same in a read-only transaction, in any order of the rows, and parallel
SELECT is(pg_temp.profile('SELECT * FROM sale ORDER BY paid DESC, at'), (SELECT p FROM whole), 'the order of the purchases does not matter');
SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.profile('TABLE sale'), (SELECT p FROM whole), 'nothing is written');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT is(pg_temp.profile('TABLE sale'), (SELECT p FROM whole), 'a parallel plan gives the same');

-- SQLSTATEs
SELECT throws_ok($$SELECT * FROM crmprob.customer_profile(NULL, NULL)$$, '22004', NULL, 'no purchases');
SELECT throws_ok($$SELECT * FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30')$$, '42703', NULL, 'a column of another name');
SELECT throws_ok($$SELECT * FROM crmprob.customer_profile(NULL, 'TABLE sale', '2025-06-30', 'client', 'at', 'paid', unit => '1 month')$$,
  '22023', NULL, 'a unit of months');
SELECT throws_ok($$SELECT * FROM crmprob.customer_profile(NULL, 'TABLE sale', 'infinity', 'client', 'at', 'paid')$$, '22008', NULL, 'an infinite day');
SELECT throws_ok($$SELECT * FROM crmprob.at_risk('SELECT 1 AS customer, 1 AS value_if_alive, 2 AS churn_risk')$$, '22023', NULL, 'a risk above 1');
SELECT throws_ok($$SELECT crmprob.lifecycle_stage(0.5, 50, lapsed_from => 0.6)$$, '22023', NULL, 'limits that do not descend');
SELECT throws_ok($$SELECT crmprob.payback(1, 1, 2)$$, '22023', NULL, 'a margin above 1');

SELECT * FROM finish();
ROLLBACK;
