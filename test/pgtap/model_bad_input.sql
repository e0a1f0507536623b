-- What every algorithm does with input that it cannot learn from: the same
-- answer by each of them, in fit and in train.
SELECT * FROM no_plan();
SET client_min_messages = error;
SET search_path = public, crmprob;

CREATE TABLE algorithms AS SELECT unnest('{logistic,tree,forest,gbm,naive_bayes,stage_prior}'::text[]) AS a;
CREATE TABLE d AS
SELECT i AS id, i % 3 = 0 AS won, (1 + i % 4 || ':S' || i % 4)::stage AS stage, i % 7 AS x FROM generate_series(1, 300) i;

-- options
SELECT throws_ok(format($$SELECT fit(%L, won, f, '{"tres": 1}') FROM d, LATERAL (SELECT stage, x) f$$, a), '22023', 'unknown option "tres"', a || ': unknown option') FROM algorithms;
CREATE FUNCTION hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
  EXECUTE statement;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN hint;
END $$;
SELECT matches(hint_of(format($$SELECT fit(%L, won, f, '{"tres": 1}') FROM d, LATERAL (SELECT stage, x) f$$, a)), '^Valid options are: .*exclude.*too_few', a || ': the valid ones are listed') FROM algorithms;
SELECT throws_ok($$SELECT fit('magic', won, f) FROM d, LATERAL (SELECT stage, x) f$$, '22023', 'unknown algorithm "magic"', 'unknown algorithm');
-- labels
SELECT throws_ok(format($$SELECT train('t', 'SELECT x AS won, stage FROM d', 'won', %L)$$, a), '42804', NULL, a || ': a label that is not boolean') FROM algorithms;
SELECT throws_ok(format($$SELECT train('t', 'SELECT won, stage FROM d', 'lost', %L)$$, a), '42703', NULL, a || ': a label that is not there') FROM algorithms;
SELECT throws_ok(format($$SELECT fit(%L, true, f) FROM d, LATERAL (SELECT stage, x) f$$, a), '22023', 'all labels are true', a || ': one class') FROM algorithms;
SELECT throws_ok(format($$SELECT train('t', 'SELECT true AS won, stage FROM d', 'won', %L)$$, a), '22023', NULL, a || ': one class in train') FROM algorithms;
SELECT throws_ok(format($$SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, x) f WHERE id <= 60$$, a), '22023', 'too few labelled rows: 20 true, 40 false', a || ': too few')
  FROM algorithms WHERE a NOT IN ('naive_bayes', 'stage_prior');
SELECT lives_ok(format($$SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, x) f WHERE id <= 3$$, a), a || ' is there for few rows')
  FROM algorithms WHERE a IN ('naive_bayes', 'stage_prior');
SELECT is((SELECT fit(a, won, f, '{"too_few": "null"}') FROM d, LATERAL (SELECT stage, x) f WHERE id <= 2), NULL, a || ': NULL where asked for') FROM algorithms;
SELECT is((SELECT version FROM train('t', 'SELECT won, stage FROM d WHERE id <= 2', 'won', a, '{"too_few": "null"}')), NULL, a || ': and nothing is registered') FROM algorithms;
SELECT is((m::jsonb -> 'n')::text || ' ' || (m::jsonb -> 'n_skipped')::text, '300 100', a || ': rows without a label are skipped and counted')
  FROM algorithms, LATERAL (SELECT fit(a, CASE WHEN id <= 300 THEN won END, f) AS m
    FROM (SELECT * FROM d UNION ALL SELECT id + 300, won, stage, x FROM d WHERE id <= 100) d, LATERAL (SELECT stage, x) f) fitted;
-- columns
SELECT throws_ok(format($$SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, point(1, 2) AS p) f$$, a), '42804', 'column "p" of type point cannot be a feature', a || ': a type that cannot be used') FROM algorithms;
SELECT throws_ok(format($$SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, '%s'::float8 AS p) f$$, a, v), '22023', NULL, a || ': ' || v)
  FROM algorithms, unnest('{Infinity,-Infinity}'::text[]) v;
SELECT throws_ok(format($$SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, 'infinity'::timestamptz AS p) f$$, a), '22023', NULL, a || ': an infinite time') FROM algorithms;
SELECT throws_ok(format('SELECT fit(%L, won, f) FROM d, LATERAL (SELECT stage, %s) f', a, many), '54000', 'too many features', a || ': 1,601 features')
  FROM algorithms, (SELECT string_agg('1 AS a' || i, ', ') AS many FROM generate_series(1, 1600) i) m;
-- constant: the base rate for every row
SELECT ok((SELECT abs(score(m, r) - 100 / 300.0) < 0.01 FROM (SELECT fit(a, won, f) AS m FROM d, LATERAL (SELECT 'same'::text AS s, 7 AS seven, NULL::float8 AS none) f) t,
             (SELECT 'same'::text AS s, 7 AS seven, NULL::float8 AS none) r), a || ': constants') FROM algorithms;
-- what identifies rows is left out, and does not get into the model
CREATE TABLE keys AS SELECT a, (SELECT fit(a, won, f, '{"max_levels": 200}') FROM (SELECT id, won, stage FROM d) d,
    LATERAL (SELECT d.stage, 'Anna Nr. ' || d.id AS name, 'user' || d.id % 40 || '@example.com' AS mail, d.id % 40 AS kept) f) AS m
  FROM algorithms WHERE a <> 'stage_prior';
SELECT is(array_to_string(warnings(m), '; '), 'column "name" is left out: nearly all of its values differ; column "mail" is left out: it holds e-mail addresses', a || ': keys and addresses are left out') FROM keys;
SELECT ok(m::text !~ 'Anna|example', a || ': and not a letter of them is in the model') FROM keys;
CREATE TABLE many AS SELECT i % 3 = 0 AS won, 'l' || i % 10001 AS label, 'k' || i % 10000 AS kept, (1 + i % 4 || ':S')::stage AS stage FROM generate_series(1, 20002) i;
SELECT ok(array_to_string(warnings(m), '; ') ~ 'column "label" is left out: it has more than 10000 labels', a || ': 10,001 labels')
  FROM algorithms, LATERAL (SELECT fit(a, won, f, CASE a WHEN 'forest' THEN '{"trees": 3}' WHEN 'gbm' THEN '{"trees": 3, "depth": 2}' ELSE '{}' END::jsonb) AS m
    FROM many, LATERAL (SELECT label, stage) f) s WHERE a <> 'stage_prior';
SELECT cmp_ok((SELECT jsonb_array_length(f -> 'levels') FROM jsonb_array_elements(m::jsonb -> 'features') f WHERE f ->> 'name' = 'kept'), '<=', 100, a || ': 10,000 labels, 100 of them kept')
  FROM algorithms, LATERAL (SELECT fit(a, won, f, CASE a WHEN 'forest' THEN '{"trees": 3}' WHEN 'gbm' THEN '{"trees": 3, "depth": 2}' ELSE '{}' END::jsonb) AS m
    FROM many, LATERAL (SELECT kept, stage) f) s WHERE a <> 'stage_prior';
SELECT ok(array_to_string(warnings(m), '; ') ~ 'more than 10000 labels' AND score(m, r) BETWEEN 0.32 AND 0.34, 'stage_prior: 10,001 stages are none')
  FROM (SELECT fit('stage_prior', won, f) AS m FROM many, LATERAL (SELECT label) f) s, (SELECT 'l1'::text AS label) r;

SELECT * FROM finish();
