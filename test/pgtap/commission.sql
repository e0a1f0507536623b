-- Properties of commissions and of shares that add up, over random plans, and
-- the rights with which a leader table is read.
SELECT * FROM no_plan();
SET search_path = public, crmprob;
SELECT setseed(0.42);

-- 300 plans of 1 to 6 tiers, in both modes, some with quota and cap
CREATE TABLE plans AS
SELECT p AS id, p % 2 = 0 AS retroactive,
       jsonb_build_object('mode', CASE WHEN p % 2 = 0 THEN 'retroactive' ELSE 'marginal' END,
         'tiers', (SELECT jsonb_agg(jsonb_build_object('from', (t - 1) * 1000 + CASE WHEN t > 1 THEN round((random() * 900)::numeric, 2) ELSE 0 END,
                     -- of marginal tiers rates may fall, too
                     'rate', round((CASE WHEN p % 2 = 0 THEN t * 0.04 ELSE 0 END + random() * 0.04)::numeric, 4)) ORDER BY t)
                     FROM generate_series(1, 1 + p % 6) t))
       || CASE WHEN p % 3 = 0 THEN jsonb_build_object('cap', 200 + p) ELSE '{}'::jsonb END
       || CASE WHEN p % 5 = 0 THEN '{"quota": 1.5}'::jsonb ELSE '{}'::jsonb END AS plan
  FROM generate_series(1, 300) p;
CREATE TABLE paid AS
SELECT id, retroactive, plan, amount, commission(amount, plan) AS commission
  FROM plans, LATERAL (SELECT from_amount + d AS amount FROM commission_tiers(plan), unnest('{-0.000001,0,0.000001,333.33}'::numeric[]) d
                        WHERE from_amount + d >= 0
                       UNION SELECT g * 251.37 FROM generate_series(0, 40) g) a;
SELECT cmp_ok(count(*), '>', 10000::bigint, 'there is something to look at') FROM paid;

SELECT is_empty($$SELECT * FROM (SELECT *, lag(commission) OVER (PARTITION BY id ORDER BY amount) AS before FROM paid) s
  WHERE commission < before$$, 'who sells more never gets less');
-- a rate is at most 1, so the step is at most that of the amount
SELECT is_empty($$SELECT * FROM (SELECT *, lag(commission) OVER w AS before, lag(amount) OVER w AS amount_before FROM paid
    WHERE NOT retroactive WINDOW w AS (PARTITION BY id ORDER BY amount)) s
  WHERE commission - before > amount - amount_before$$, 'marginal commission has no jumps');
SELECT isnt_empty($$SELECT * FROM (SELECT *, lag(commission) OVER w AS before, lag(amount) OVER w AS amount_before FROM paid
    WHERE retroactive WINDOW w AS (PARTITION BY id ORDER BY amount)) s
  WHERE commission - before > amount - amount_before$$, 'retroactive has: the test can fail');
SELECT is_empty($$SELECT * FROM paid WHERE commission < 0 OR commission > amount OR commission > (plan ->> 'cap')::numeric$$, 'within 0, the amount and the cap');
SELECT is_empty($$SELECT * FROM paid WHERE id % 7 = 0 AND commission <> (SELECT coalesce(sum(s.commission), 0) FROM commission_statement(amount, plan) s)$$,
  'the statement adds up to it');
-- the same by a sum over the tiers in SQL
SELECT is_empty($$SELECT * FROM paid WHERE NOT retroactive AND commission <> least(
    (SELECT coalesce(sum(greatest(least(amount, coalesce(to_amount, amount)) - from_amount, 0) * rate), 0) FROM commission_tiers(plan)),
    coalesce((plan ->> 'cap')::numeric, 'Infinity'))$$, 'marginal: the sum over the tiers');
SELECT is_empty($$SELECT * FROM paid WHERE retroactive AND commission <> least(
    amount * coalesce((SELECT rate FROM commission_tiers(plan) WHERE from_amount <= amount ORDER BY from_amount DESC LIMIT 1), 0),
    coalesce((plan ->> 'cap')::numeric, 'Infinity'))$$, 'retroactive: the rate of the tier reached');

-- 500 splits: exact sums, no share further than one unit from its quota
CREATE TABLE splits AS
SELECT s AS id, total, decimals, weights, apportion(total, weights, decimals) AS parts
  FROM generate_series(1, 500) s, LATERAL (SELECT s % 5 AS decimals) d,
       LATERAL (SELECT round((random() * 10 ^ (s % 12))::numeric, decimals) AS total,
                  (SELECT array_agg(round((random() * 100)::numeric, 3) + CASE WHEN i = 1 THEN 0.001 ELSE 0 END) FROM generate_series(1, 1 + s % 17) i) AS weights) r;
SELECT is_empty($$SELECT * FROM splits WHERE total <> (SELECT sum(p) FROM unnest(parts) p)$$, 'shares add up to the total exactly');
SELECT is_empty($$SELECT * FROM splits, unnest(parts, weights) AS u (p, w), LATERAL (SELECT sum(x) AS all_weights FROM unnest(weights) x) t
  WHERE abs(p * all_weights - total * w) >= all_weights * power(10::numeric, -decimals)$$, 'and each is within a unit of its quota');
SELECT is_empty($$SELECT * FROM splits WHERE parts::text <> apportion(total, weights, decimals)::text$$, 'the same each time');
SELECT is((SELECT sum(target) FROM split_target(9999999.99, ARRAY(SELECT 's' || i FROM generate_series(1, 777) i),
    ARRAY(SELECT 1 + i % 7 FROM generate_series(1, 777) i), ARRAY(SELECT CASE WHEN i % 3 > 0 THEN i * i END FROM generate_series(1, 777) i))), 9999999.99,
  'so do targets of 777 sellers');
SELECT is((SELECT round(sum(share), 12) FROM split_target(1, ARRAY(SELECT 's' || i FROM generate_series(1, 777) i),
    ARRAY(SELECT 1 + i % 7 FROM generate_series(1, 777) i), ARRAY(SELECT CASE WHEN i % 3 > 0 THEN i * i END FROM generate_series(1, 777) i))), 1.000000000000,
  'and their shares to 1');

-- working days against generate_series
SELECT is_empty($$SELECT * FROM generate_series(0, 400, 7) a, generate_series(0, 60, 13) n,
    LATERAL (SELECT date '2023-12-28' + a AS first, date '2023-12-28' + a + n AS last) d
  WHERE working_days(first, last, '{2024-01-01,2024-05-01,2024-12-25}') <> (SELECT count(*) FROM generate_series(first, last, interval '1 day') g
    WHERE extract(isodow FROM g) < 6 AND g::date <> ALL ('{2024-01-01,2024-05-01,2024-12-25}'::date[]))$$, 'working days are those of the calendar');

-- errors by their state
SELECT throws_ok($$SELECT commission(1, '[{"from": 5, "rate": 0.1}, {"from": 1, "rate": 0.1}]')$$, '22023', 'invalid commission plan', 'tiers out of order');
SELECT throws_ok($$SELECT commission(1, '[{"from": 1, "to": 6, "rate": 0.1}, {"from": 5, "rate": 0.1}]')$$, '22023', 'invalid commission plan', 'tiers that overlap');
SELECT throws_ok($$SELECT commission(-0.01, '[{"from": 1, "rate": 0.1}]')$$, '22023', NULL, 'a negative amount');
SELECT throws_ok($$SELECT attainment(1, -0.01)$$, '22023', NULL, 'a target below zero');
SELECT throws_ok($$CREATE TABLE bad (plan commission_plan DEFAULT '[]'); INSERT INTO bad DEFAULT VALUES$$, '22023', NULL, 'a column of plans');
SELECT throws_ok(format('SELECT apportion(1, %L)', array_fill(1, ARRAY[100001])), '54000', NULL, 'more than 100,000 parts');

-- a query is read with the rights of the caller, row security included
CREATE TABLE scores (seller text, points int);
INSERT INTO scores VALUES ('Ann', 3), ('Bob', 2);
CREATE ROLE commission_reader;
GRANT USAGE ON SCHEMA crmprob TO commission_reader;
SET ROLE commission_reader;
SELECT throws_ok($$SELECT * FROM leader_table('SELECT * FROM scores', 'seller', 'points')$$, '42501', NULL, 'no right, no table');
RESET ROLE;
ALTER TABLE scores ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON scores TO commission_reader USING (seller = 'Bob');
GRANT SELECT ON scores TO commission_reader;
SET ROLE commission_reader;
SELECT is((SELECT string_agg(rank || ' ' || seller, ', ') FROM leader_table('SELECT * FROM scores', 'seller', 'points')), '1 Bob', 'rows of one''s own');
RESET ROLE;
DROP OWNED BY commission_reader;
DROP ROLE commission_reader;

SELECT * FROM finish();
