-- Amounts by experience, market and similar cases.
SET search_path = crmprob, public;
\set SHOW_CONTEXT never
CREATE TEMP TABLE past (seller text, segment text, own_estimate numeric, amount numeric, seats int, region text, signed date);
-- Ann says twice of what it will be, Bob half; software is 100 a seat, service 10
INSERT INTO past
  SELECT CASE WHEN g % 2 = 0 THEN 'Ann' ELSE 'Bob' END, CASE WHEN g % 3 = 0 THEN 'software' ELSE 'service' END,
         a * CASE WHEN g % 2 = 0 THEN 2 ELSE 0.5 END, a, seats, CASE WHEN g % 5 = 0 THEN NULL ELSE 'r' || g % 2 END, '2026-01-01'::date + g
    FROM (SELECT g, 1 + g % 7 AS seats, (1 + g % 7) * CASE WHEN g % 3 = 0 THEN 100 ELSE 10 END * (1 + (g % 4) * 0.01) AS a FROM generate_series(1, 84) g) s;
CREATE TEMP TABLE deals (id int, seller text, segment text, own_estimate numeric, seats int, region text, signed date);
INSERT INTO deals VALUES (1, 'Ann', 'software', 1000, 5, 'r0', '2026-02-01'), (2, 'Bob', 'service', 20, 4, NULL, NULL),
  (3, 'Eve', 'consulting', 100, NULL, NULL, NULL), (3, 'Eve', 'consulting', 100, NULL, NULL, NULL), (4, NULL, NULL, NULL, 3, 'r1', '2026-02-01'), (NULL, 'Ann', NULL, 0, 100, 'r9', '2036-01-01');
SELECT * FROM estimate_amount('SELECT * FROM past', 'SELECT * FROM deals');
SELECT * FROM estimate_amount('SELECT amount FROM past', 'SELECT id FROM deals WHERE id = 1');
SELECT seller, n, round(bias::numeric, 4) AS bias, round(error::numeric, 4) AS error, round(shrunk_bias::numeric, 4) AS shrunk, is_factor FROM estimate_bias('SELECT * FROM past');

-- by hand: logarithms 0, ln 4 of one group, mean ln 2, variance (ln 4)^2 / 2; 1.2816 standard deviations of a value and of the mean
SELECT method, estimate, low, high, n FROM estimate_amount('SELECT a AS amount FROM (VALUES (1), (4)) v (a)', 'SELECT 1 AS id', level => 0.8) WHERE method = 'market';
SELECT round(exp(ln(2) - 1.2815515655446004 * sqrt(ln(4) ^ 2 / 2 * 1.5))::numeric, 2) AS low, round(exp(ln(2) + 1.2815515655446004 * sqrt(ln(4) ^ 2 / 2 * 1.5))::numeric, 2) AS high;
-- on the amounts themselves where one is not positive
SELECT method, estimate, low, high, n FROM estimate_amount('SELECT a AS amount FROM (VALUES (-1), (3)) v (a)', 'SELECT 1 AS id') WHERE method = 'market';
SELECT seller, n, bias, is_factor FROM estimate_bias($$SELECT * FROM (VALUES (0, 10), (20, 12)) v (amount, own_estimate)$$);
-- nearest of one column: 10 and 11 are nearest to 10.4; a tie takes both
SELECT id, method, estimate, low, high, n FROM estimate_amount('SELECT g * 100 AS amount, g AS size FROM generate_series(1, 20) g', 'SELECT * FROM (VALUES (1, 10.4), (2, 10.5), (3, 10)) v (id, size)', k => 2) WHERE method = 'similar';
SELECT estimate, n FROM estimate_amount('SELECT g * 100 AS amount, g AS size FROM generate_series(1, 20) g', 'SELECT 1 AS id, 10 AS size', k => 1000) WHERE method = 'similar';

-- nothing to go by
SELECT * FROM estimate_amount('SELECT * FROM past WHERE false', 'SELECT * FROM deals WHERE id = 1');
SELECT * FROM estimate_amount('SELECT * FROM past LIMIT 1', 'SELECT * FROM deals WHERE id = 3');
SELECT count(*) FROM estimate_amount('SELECT NULL::numeric AS amount', 'SELECT 1 AS id') WHERE estimate IS NOT NULL;
SELECT count(*) FROM estimate_amount(NULL, 'SELECT 1 AS id');
SELECT count(*) FROM estimate_bias('SELECT amount FROM past');

-- what is refused
SELECT estimate_amount('SELECT * FROM past', 'SELECT * FROM deals', k => 0);
SELECT estimate_amount('SELECT * FROM past', 'SELECT * FROM deals', level => 1);
SELECT estimate_amount('SELECT * FROM past', 'SELECT * FROM deals', level => 'NaN');
SELECT estimate_amount('SELECT * FROM past', 'SELECT * FROM deals', k => NULL);
SELECT estimate_amount('SELECT seats FROM past', 'SELECT * FROM deals');
SELECT estimate_amount('SELECT amount, seats FROM past', 'SELECT id FROM deals');
SELECT estimate_amount('SELECT amount, seats FROM past', 'SELECT id, region AS seats FROM deals');
SELECT estimate_amount('SELECT * FROM past', 'SELECT seats FROM deals');
SELECT estimate_amount('SELECT region AS amount FROM past', 'SELECT id FROM deals');
SELECT estimate_amount($$SELECT 'NaN'::float8 AS amount$$, 'SELECT id FROM deals');
SELECT estimate_amount($$SELECT 'infinity'::float8 AS amount$$, 'SELECT id FROM deals');
SELECT estimate_amount('SELECT 1 AS amount, int4range(1, 2) AS r', 'SELECT id FROM deals');
SELECT estimate_amount('DELETE FROM past', 'SELECT id FROM deals');
