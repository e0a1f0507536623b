-- The Monday list: order, limits, what the rows carry, refused input.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
CREATE TEMP TABLE deal AS
  SELECT i AS id, i * 7919 % 100 AS x, CASE WHEN i % 2 = 0 THEN 'web' ELSE 'fair' END AS source, (i % 9 + 1) * 1000 AS amount,
         '2026-01-01'::timestamptz + i * interval '1 day' AS entered, 'call ' || i AS step,
         i * 7919 % 100 + i * 31 % 40 > 70 AS won
    FROM generate_series(1, 600) i;
SET client_min_messages = error;
SELECT version FROM train('priorities_win', 'SELECT x, source, won FROM deal', 'won');
RESET client_min_messages;

SELECT rank, deal, round(score::numeric, 3) AS score, deal_amount, round(expected_value) AS expected, grade, age, stale, step, cardinality(reasons) AS reasons
  FROM priorities('SELECT * FROM deal WHERE id <= 30', 'priorities_win', 'id', 'amount', 'entered', 'step', '10 days', '2026-02-01', top => 6);
-- the same figures as by hand, in the same order
SELECT bool_and(p.score = score('priorities_win', d) AND p.grade = grade('priorities_win', p.score) AND
                p.expected_value = round(d.amount * p.score::numeric, 4) AND p.reasons = reasons('priorities_win', d, 2)) AS same,
       bool_and(p.rank = p.want) AS in_order, count(*)
  FROM (SELECT *, row_number() OVER (ORDER BY expected_value DESC, score DESC, deal COLLATE "C") AS want
          FROM priorities('SELECT * FROM deal WHERE id <= 200', 'priorities_win', 'id', 'amount', n_reasons => 2)) p
  JOIN deal d ON d.id = p.deal::int;
-- customers over a probability, the best three, without amounts
SELECT bool_and(score >= 0.9) AS over, count(*) = (SELECT count(*) FROM deal d WHERE score('priorities_win', d) >= 0.9) AS all_of_them,
       bool_and(deal_amount IS NULL AND expected_value IS NULL AND age IS NULL AND stale IS NULL AND step IS NULL) AS without
  FROM priorities('SELECT * FROM deal', 'priorities_win', 'id', over => 0.9);
SELECT rank, count(*) OVER () FROM priorities('SELECT * FROM deal', 'priorities_win', 'id', top => 3);
SELECT count(*) FROM priorities('SELECT * FROM deal WHERE false', 'priorities_win', 'id');

\set SHOW_CONTEXT never
SELECT * FROM priorities('SELECT * FROM deal', 'priorities_win', 'id', top => 0);
SELECT * FROM priorities('SELECT * FROM deal', 'priorities_win', 'id', over => 1.5);
SELECT * FROM priorities('SELECT * FROM deal', 'priorities_win', 'id', over => 'NaN');
SELECT * FROM priorities(NULL, 'priorities_win', 'id');
\set VERBOSITY sqlstate
SELECT * FROM priorities('SELECT * FROM deal', 'no_such_model', 'id');
SELECT * FROM priorities('SELECT * FROM deal', 'priorities_win', 'no_such_column');
SELECT * FROM priorities('SELECT id, x FROM deal', 'priorities_win', 'id');
\set VERBOSITY default
DELETE FROM model_versions WHERE name = 'priorities_win';
