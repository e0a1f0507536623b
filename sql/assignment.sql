-- Deals to sellers under capacity: small cases by hand, the present assignment
-- beside the best, refused input.
SET search_path = crmprob, public;

-- by hand: 9 + 7 + 6; the greedy choice of 9, 8 and 1 has 18
SELECT optimal_assignment('{{5,9},{8,7},{6,1}}', '{1,2}');
-- pairs that are not allowed, values below 0, no capacity, no deals
SELECT optimal_assignment('{{5,NULL},{NULL,NULL},{4,3}}', '{1,1}');
SELECT optimal_assignment('{{-1},{0},{2}}', '{3}');
SELECT optimal_assignment('{{5},{6}}', '{0}'), optimal_assignment('{}', '{1}');
-- ties: the first seller that gives the greatest total
SELECT optimal_assignment('{{1,1},{1,1},{1,1}}', '{2,2}');

CREATE TEMP TABLE pair (deal text, seller text, value numeric, capacity int, present boolean);
INSERT INTO pair VALUES
  ('Acme', 'Ana', 5000, 1, true), ('Acme', 'Ben', 9000, 2, false),
  ('Bolt', 'Ana', 8000, 1, false), ('Bolt', 'Ben', 7000.00004, 2, true),
  ('Cone', 'Ana', 6000, 1, NULL), ('Cone', 'Ben', 1000, 2, NULL),
  (NULL, 'Ben', 1, 2, false);
SELECT * FROM assign_deals('SELECT * FROM pair');
SELECT deal, seller, total FROM assign_deals('SELECT * FROM pair ORDER BY value -- in any order');
-- Ana has no room left: who has nobody is listed too
SELECT deal, seller, value FROM assign_deals($$SELECT deal, seller, value, 1 AS capacity, present FROM pair WHERE seller = 'Ana'$$);
SELECT count(*) AS none FROM assign_deals('SELECT * FROM pair WHERE false');

-- 300 deals, 12 sellers: never below the present assignment or a greedy one
CREATE TEMP TABLE large AS
  SELECT d, s, (hashint8(d * 100 + s) & 65535) / 4.0 AS value, 20 + s AS capacity, s = d % 12 AS present
    FROM generate_series(1, 300) d, generate_series(0, 11) s;
SELECT count(*), count(seller) AS assigned, bool_and(n <= 20 + seller::int) AS within_capacity, min(total) > min(present_total) AS better,
       min(total) = max(total) AND min(total) = sum(value) AS adds_up
  FROM (SELECT *, count(*) OVER (PARTITION BY seller) AS n FROM assign_deals('SELECT d AS deal, s AS seller, value, capacity, present FROM large')) s;

\set SHOW_CONTEXT never
SELECT optimal_assignment('{{5,9},{8,7}}', '{1}');
SELECT optimal_assignment('{5,9}', '{1,1}');
SELECT optimal_assignment('{{5}}', '{-1}');
SELECT optimal_assignment('{{NaN}}', '{1}');
SELECT optimal_assignment('{{5000000000000}}', '{1}');
SELECT optimal_assignment(array_fill(1::numeric, ARRAY[1001, 1000]), array_fill(1, ARRAY[1000]));
SELECT optimal_assignment('{}', array_fill(1, ARRAY[1001]));
SELECT * FROM assign_deals('SELECT * FROM pair UNION ALL SELECT * FROM pair');
SELECT * FROM assign_deals('SELECT deal, seller, value, capacity, true AS present FROM pair');
SELECT * FROM assign_deals($$SELECT deal, seller, value, CASE deal WHEN 'Acme' THEN 1 ELSE 2 END AS capacity, false AS present FROM pair$$);
\set VERBOSITY sqlstate
SELECT * FROM assign_deals('SELECT deal FROM pair');
