-- assign_deals and assignment_summary.
SET search_path = crmprob, public;

-- worked by hand: the three best deals to the best seller with capacity 1, then to the next
CREATE TEMP TABLE deal (deal text, expected_value numeric, owner text);
INSERT INTO deal VALUES ('d1', 1000, 'Ben'), ('d2', 900, 'Ana'), ('d3', 800, 'Ben'), ('d4', 100.55, NULL),
                        ('d5', 100, 'Zoe'), ('d6', NULL, 'Ana');
CREATE TEMP TABLE seller (seller text, capacity int, factor float8);
INSERT INTO seller VALUES ('Ben', 2, 1), ('Ana', 1, 1.25), ('Cem', 1, 0.5), ('Dot', 0, 3);
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller');
-- 1250 + 900 + 800 + 50.275 against 1000 + 1125 + 800
SELECT * FROM assignment_summary('TABLE deal', 'TABLE seller');
-- equal factors: who has a deal keeps it, and others go round
SELECT deal, seller, present_owner FROM assign_deals('TABLE deal', 'SELECT seller, 2 AS capacity FROM seller', factor_column => NULL);
-- without owners; more capacity than deals; without any limit
SELECT * FROM assignment_summary('TABLE deal', 'SELECT seller, 100 AS capacity, factor FROM seller', owner_column => NULL);
SELECT deal, seller, expected_value FROM assign_deals('TABLE deal', 'SELECT seller, ''Infinity'' AS capacity, factor FROM seller');
-- names of one's own, amount times score, a comment at the end
SELECT * FROM assign_deals('SELECT 7 AS "Deal No", 1000.01 AS worth, 0.3 AS p, ''Ben'' AS who UNION ALL SELECT 8, 2000, 0.1, NULL; ',
  'SELECT ''Ben'' AS name, 1 AS room, 1 AS skill -- only Ben', deal_column => 'Deal No', value_column => 'worth', score_column => 'p',
  owner_column => 'who', seller_column => 'name', capacity_column => 'room', factor_column => 'skill');

-- pairs: each seller has a probability with each deal; the greedy choice (d1 to Ana) is not the best
CREATE TEMP TABLE chance (deal text, seller text, probability float8);
INSERT INTO chance VALUES ('d1', 'Ana', 0.9), ('d1', 'Ben', 0.8), ('d2', 'Ana', 0.8), ('d2', 'Ben', 0.1),
  ('d3', 'Ben', 0.5), ('d4', 'Cem', NULL), ('d5', 'Cem', 0), ('d6', 'Ana', 1), ('d1', 'nobody', 1), ('no deal', 'Ana', 1);
SELECT * FROM assign_deals('TABLE deal', 'SELECT seller, 1 AS capacity FROM seller', 'TABLE chance');
SELECT * FROM assignment_summary('TABLE deal', 'SELECT seller, 1 AS capacity FROM seller', 'TABLE chance');

-- nothing
SELECT count(*) FROM assign_deals('SELECT * FROM deal WHERE false', 'TABLE seller');
SELECT deal, seller FROM assign_deals('TABLE deal', 'SELECT * FROM seller WHERE false') ORDER BY 1;
SELECT * FROM assignment_summary('TABLE deal', 'SELECT * FROM seller WHERE false', 'TABLE chance');
SELECT * FROM assignment_summary('SELECT * FROM deal WHERE false', 'SELECT * FROM seller WHERE false');

-- what it refuses
\set VERBOSITY terse
SELECT * FROM assign_deals(NULL, 'TABLE seller');
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', capacity_column => NULL);
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'TABLE chance', probability_column => NULL);
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'TABLE chance', score_column => 'p');
SELECT * FROM assign_deals('SELECT NULL AS deal, 1 AS expected_value, NULL AS owner', 'TABLE seller');
SELECT * FROM assign_deals('TABLE deal UNION ALL TABLE deal', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1 AS deal, -1 AS expected_value, NULL AS owner', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1 AS deal, ''NaN'' AS expected_value, NULL AS owner', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1 AS deal, ''Infinity'' AS expected_value, NULL AS owner', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1 AS deal, 0.00001 AS expected_value, NULL AS owner', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1 AS deal, 5 AS expected_value, 1.5 AS p, NULL AS owner', 'TABLE seller', score_column => 'p');
SELECT * FROM assign_deals('TABLE deal', 'SELECT NULL AS seller, 1 AS capacity, 1 AS factor');
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller UNION ALL TABLE seller');
SELECT * FROM assign_deals('TABLE deal', 'SELECT seller, -1 AS capacity, factor FROM seller');
SELECT * FROM assign_deals('TABLE deal', 'SELECT seller, 1.5 AS capacity, factor FROM seller');
SELECT * FROM assign_deals('TABLE deal', 'SELECT seller, ''NaN'' AS capacity, factor FROM seller');
SELECT * FROM assign_deals('TABLE deal', 'SELECT ''Ana'' AS seller, NULL AS capacity, 1 AS factor');
SELECT * FROM assign_deals('TABLE deal', 'SELECT ''Ana'' AS seller, 1 AS capacity, NULL AS factor');
SELECT * FROM assign_deals('TABLE deal', 'SELECT ''Ana'' AS seller, 1 AS capacity, -0.5 AS factor');
SELECT * FROM assign_deals('TABLE deal', 'SELECT ''Ana'' AS seller, 1 AS capacity, 1001 AS factor');
SELECT * FROM assign_deals('TABLE deal', 'SELECT ''Ana'' AS seller, 1 AS capacity, ''NaN'' AS factor');
SELECT * FROM assign_deals('SELECT 1 AS deal, 900000000000000 AS expected_value, NULL AS owner', 'SELECT ''Ana'' AS seller, 1 AS capacity, 3 AS factor');
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'TABLE chance UNION ALL TABLE chance');
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'SELECT ''d1'' AS deal, ''Ana'' AS seller, 1.5 AS probability');
SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'SELECT ''d1'' AS deal, ''Ana'' AS seller, ''NaN'' AS probability');
SELECT * FROM assign_deals('SELECT g AS deal, 1 AS expected_value, NULL AS owner FROM generate_series(1, 20001) g', 'TABLE seller', 'TABLE chance');
SELECT * FROM assign_deals('SELECT g AS deal, 1 AS expected_value, NULL AS owner FROM generate_series(1, 9) g', 'SELECT g AS seller, 1 AS capacity FROM generate_series(1, 501) g', 'TABLE chance');
SELECT * FROM assign_deals('SELECT g AS deal, 1 AS expected_value, NULL AS owner FROM generate_series(1, 10001) g', 'SELECT g AS seller, 1 AS capacity FROM generate_series(1, 500) g', 'TABLE chance');
SELECT * FROM assign_deals('TABLE deal', 'SELECT g AS seller, 1 AS capacity, 1 AS factor FROM generate_series(1, 100001) g');
\set VERBOSITY sqlstate
SELECT * FROM assign_deals('SELECT deal FROM deal', 'TABLE seller');
SELECT * FROM assign_deals('SELECT 1; SELECT 2', 'TABLE seller');
SELECT * FROM assign_deals('DELETE FROM deal RETURNING *', 'TABLE seller');
