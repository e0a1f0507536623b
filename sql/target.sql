-- targets: attainment, pace, proposals, splits, leaders
SET search_path = public, crmprob;

SELECT attainment(50, 200) AS quarter, attainment(300, 200) AS more, attainment(300, 200, 1.2) AS capped, attainment(-50, 200) AS negative,
       attainment(1, 0) AS no_target, attainment(1, NULL) AS unknown_target, attainment(NULL, 1) AS unknown;
-- by seller: 60 % revenue, 25 % deals, 15 % satisfaction; a measure without a target does not count
CREATE TABLE results (seller text, team text, measure text, actual numeric, target numeric, weight numeric);
INSERT INTO results VALUES
  ('Ann', 'North', 'revenue', 120000, 100000, 60), ('Ann', 'North', 'deals', 9, 10, 25), ('Ann', 'North', 'satisfaction', 4.5, 4.5, 15),
  ('Bob', 'North', 'revenue', 300000, 100000, 60), ('Bob', 'North', 'deals', 5, 10, 25), ('Bob', 'North', 'satisfaction', 4.0, NULL, 15),
  ('Cid', 'South', 'revenue', 50000, 0, 60), ('Dan', 'South', 'revenue', 80000, 100000, 60);
-- Ann .6 x 1.2 + .25 x .9 + .15; Bob (.6 x 1.5 + .25 x .5) / .85
SELECT team, seller, round(weighted_attainment(array_agg(attainment(actual, target, 1.5)), array_agg(weight)), 4) AS attainment
  FROM results GROUP BY GROUPING SETS ((team, seller), (team)) ORDER BY team, seller;
SELECT round(.6 * 1.2 + .25 * .9 + .15, 4) AS ann, round((.6 * 1.5 + .25 * .5) / .85, 4) AS bob;
SELECT weighted_attainment('{1,2,NULL,4}', '{1,1,5,NULL}') AS known_only, weighted_attainment('{1}', '{0}') AS no_weight, weighted_attainment('{}', '{}') AS nothing,
       weighted_attainment(NULL, '{1}') AS null_array;

-- shares that add up: 100 over three is 33.34, 33.33, 33.33
SELECT apportion(100, '{1,1,1}') AS thirds, apportion(10, '{1,2,3,4}', 0) AS whole, apportion(1, '{1,1,1}', 0) AS one,
       apportion(0.05, '{5,3,0,NULL}') AS with_nothing, apportion(5, '{0,0}') AS none, apportion(0, '{1,2}') AS zero;
-- Hamilton's method by hand: quotas 4.33, 3.33, 2.33 of 10 for 13:10:7
SELECT apportion(10, '{13,10,7}', 0);
SELECT apportion(1e20 + 0.01, '{1,3,7}') AS large, (SELECT sum(x) = 1e20 + 0.01 FROM unnest(apportion(1e20 + 0.01, '{1,3,7}')) x) AS adds_up;

-- March 2026 has 22 working days; the 6th is a holiday
SELECT working_days('2026-03-01', '2026-03-31') AS march, working_days('2026-03-01', '2026-03-31', '{2026-03-06,2026-03-07,NULL}') AS without_holiday,
       working_days('2026-03-01', '2026-03-31', weekdays => '{6,7}') AS weekends, working_days('2026-03-02', '2026-03-02') AS monday,
       working_days('2026-03-02', '2026-03-01') AS none;
SELECT * FROM pace(30000, 100000, '2026-03-01', '2026-03-31', '2026-03-11');
SELECT days_left, required_pace, on_track FROM pace(110000, 100000, '2026-03-01', '2026-03-31', '2026-03-11');
SELECT days_done, elapsed, run_rate, projected, round(required_pace, 2) AS required_pace, on_track FROM pace(0, 100000, '2026-03-01', '2026-03-31', '2026-02-01');
SELECT days_left, elapsed, required_pace, on_track FROM pace(90000, 100000, '2026-03-01', '2026-03-31', '2026-05-01');
SELECT days, elapsed, attainment, on_track FROM pace(90000, 0, '2026-03-07', '2026-03-08', '2026-03-07');

-- half forecast, half last period grown by 5 % and 2 %, stretched by 10 %
SELECT propose_target(1200000, 1000000, 0.05, 0.02, stretch => 0.1) AS both, (1200000 * 0.5 + 1000000 * 1.05 * 1.02 * 0.5) * 1.1 AS by_hand,
       propose_target(forecast => 1200000) AS forecast_only, propose_target(last_period => 1000000, trend => -0.1) AS history_only, propose_target() AS neither,
       propose_target(100, 200, forecast_weight => 1) AS all_forecast, propose_target(100.555, decimals => 2) AS cents;
-- the new seller has capacity and no history
SELECT seller, round(share, 6) AS share, target FROM split_target(1000000, '{Ann,Bob,New}', '{1,1,0.5}', '{600,200,NULL}', decimals => 0);
-- Ann .5 x .4 + .5 x .75 x .8; Bob .5 x .4 + .5 x .25 x .8; New .2
SELECT .5 * .4 + .5 * .75 * .8 AS ann, .5 * .4 + .5 * .25 * .8 AS bob, .5 / 2.5 AS new;
SELECT * FROM split_target(100, '{a,b,c}');
SELECT * FROM split_target(100, '{a,b,c}', history => '{1,0,0}', history_weight => 1);
SELECT * FROM split_target(100, '{a,b}', '{0,0}');
SELECT * FROM split_target(NULL, '{a}');
-- wherever subscripts begin; NULL decimals are the default
SELECT * FROM split_target(100, '[0:1]={a,b}', '{3,1}', '[5:6]={3,1}');
SELECT * FROM split_target(100, '{a,b,c}', decimals => NULL);

-- leaders: equals share a rank, unknown ones have none
CREATE VIEW attained AS SELECT team, seller, weighted_attainment(array_agg(attainment(actual, target)), array_agg(weight)) AS attainment FROM results GROUP BY 1, 2;
SELECT rank, seller, round(value, 3) AS value, round(behind, 3) AS behind, tied FROM leader_table('SELECT * FROM attained;', 'seller', 'attainment');
SELECT * FROM leader_table('SELECT * FROM (VALUES (''x'', ''A'', 3), (''y'', ''A'', 3), (''z'', ''A'', 1), (''w'', ''B'', 2)) v (who, team, n)', 'who', 'n', 'team');

SELECT propose_target(123456, decimals => -3);

-- a query may end with a semicolon and a comment, and must only read
SELECT rank, seller FROM leader_table('SELECT 1 AS a; -- that is all', 'a', 'a');
SELECT rank, seller FROM leader_table('  /* first */ SELECT 1 AS a -- that is all', 'a', 'a');

-- refused
\set VERBOSITY terse
SELECT attainment(1, -1);
SELECT attainment(1, 'NaN');
SELECT attainment('Infinity', 1);
SELECT attainment(1, 1, -1);
SELECT weighted_attainment('{1,2}', '{1}');
SELECT weighted_attainment('{1}', '{-1}');
SELECT weighted_attainment('{NaN}', '{1}');
SELECT weighted_attainment('{{1},{2}}', '{1,2}');
SELECT apportion(-1, '{1}');
SELECT apportion(1.001, '{1}');
SELECT apportion(1, '{-1}');
SELECT apportion(1, '{1}', -1);
SELECT working_days('2026-03-31', '2026-03-01');
SELECT working_days('1900-01-01', '1999-12-31', weekdays => '{1,2,3,4,5,6,7}') AS a_century;
SELECT working_days('1900-01-01', '2000-01-01', weekdays => '{1,2,3,4,5,6,7}') AS most;
SELECT working_days('1900-01-01', '2000-01-02', weekdays => '{1,2,3,4,5,6,7}');
SELECT working_days('-infinity', '2026-03-01');
SELECT working_days('2026-03-01', '2026-03-02', weekdays => '{0}');
SELECT pace(1, 1, '2026-03-31', '2026-03-01', '2026-03-05');
SELECT pace(1, -1, '2026-03-01', '2026-03-31', '2026-03-05');
SELECT pace('NaN', NULL, '2026-03-01', '2026-03-31', '2026-03-05');
SELECT pace(1, 1, '2026-03-01', '2026-03-31', NULL);
SELECT pace(1, 1, '2026-03-01', '2026-03-31', '2026-03-05', holidays => NULL);
SELECT propose_target(-1);
SELECT propose_target(1, 'NaN');
SELECT propose_target(1, 1, 11);
SELECT propose_target(1, 1, forecast_weight => 1.1);
SELECT split_target(1, '{a,b}', '{1}');
SELECT split_target(1, '{a}', '{-1}');
SELECT split_target(1, '{a}', history_weight => 2);
SELECT split_target(-1, '{a}');
SELECT split_target(1, '{a,b,a}');
SELECT split_target(1, '{a,NULL}');
SELECT split_target(1, '{{a},{b}}');
SELECT propose_target(1, decimals => 21);
SELECT propose_target(1, decimals => -21);
SELECT leader_table('SELECT * FROM (VALUES (''a'', 1), (''b'', ''NaN''::numeric), (''c'', NULL)) v (who, n)', 'who', 'n');
SELECT leader_table('SELECT ''a'' AS who, ''infinity''::float8 AS n', 'who', 'n');
SELECT leader_table('SELECT 1 AS a) q) q) l; DELETE FROM results; SELECT 1 --', 'a', 'a');
SELECT leader_table('SELECT 1 AS a; SELECT 2 AS a', 'a', 'a');
SELECT leader_table('DELETE FROM results RETURNING seller, actual', 'seller', 'actual');
SELECT leader_table('SHOW work_mem', 'work_mem', 'work_mem');
-- equals stand in the order of bytes, whatever the caller's search_path says of "C"
CREATE SCHEMA other;
CREATE COLLATION other."C" (PROVIDER = icu, LOCALE = 'en');
SET search_path = other, pg_catalog, crmprob, public;
SELECT seller FROM leader_table('VALUES (''a'', 1), (''B'', 1)', 'column1', 'column2');
SET search_path = public, crmprob;
\set VERBOSITY sqlstate
SELECT leader_table('SELECT 1 AS a', 'b', 'a');
SELECT leader_table('SELECT 1 AS a', NULL, 'a');
SET client_min_messages = warning;
DROP TABLE results CASCADE;
