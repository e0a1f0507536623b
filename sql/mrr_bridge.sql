-- mrr_bridge: movements, parts, ratios and errors by a small example.
SET search_path = crmprob, public;

CREATE TEMP TABLE subscriber (name text, january numeric, february numeric, paid_before boolean);
INSERT INTO subscriber VALUES
  ('grows', 40, 50, true), ('shrinks', 20, 10, true), ('leaves', 10, NULL, true), ('stays', 30, 30, true),
  ('is new', NULL, 15.5, false), ('returns', 0, 7.25, true), ('was never there', NULL, NULL, NULL);
SELECT name, mrr_movement(january, february, paid_before) FROM subscriber;
CREATE TEMP TABLE made AS SELECT mrr_bridge(january, february, paid_before) AS b FROM subscriber;
SELECT b FROM made;
SELECT b::jsonb->'end' AS "end" FROM made;
SELECT p.* FROM made, movements(b) p;
SELECT amount(b, 'churn'), customers(b, 'churn') FROM made;
SELECT nrr(b), nrr(b, include_reactivation => true) AS with_reactivation, grr(b), gross_churn(b), logo_churn(b) FROM made;
SELECT net_churn(b), net_churn(b, true) AS with_reactivation, quick_ratio(b), quick_ratio(b, false) AS without_reactivation FROM made;
SELECT rollup(p) = (SELECT b FROM made) AS whole FROM (SELECT mrr_bridge(january, february, paid_before) AS p FROM subscriber GROUP BY name) s;
SELECT mrr_bridge_send(mrr_bridge(1, 2, true));

-- refused
SELECT mrr_bridge(-5, 2, true);
SELECT mrr_movement(5, -2, true);
SELECT mrr_bridge('NaN', 2, true);
SELECT mrr_bridge(0.00001, 2, true);
SELECT amount(b, 'growth') FROM made;
SELECT replace(b::text, '"new":{"customers":1', '"new":{"customers":2')::mrr_bridge FROM made;
SELECT '{"start":{"customers":0,"amount":0}}'::mrr_bridge;
