-- proportion: SQLSTATEs, bytes, parallel plans, and the formulas.
-- Values and output are in sql/proportion.sql and rates.sql.
BEGIN;
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = warning;

\ir copy.psql

SELECT plan(47);

CREATE AGGREGATE pg_temp.one_more(boolean) (SFUNC = crmprob.proportion_accum,
  STYPE = crmprob.proportion, INITCOND = '0/9223372036854775807');

SELECT throws_ok(format('SELECT %L::crmprob.proportion', s), state, NULL,
  format('proportion %L: %s', s, state))
FROM (VALUES ('', '22P02'), ('1', '22P02'), ('1/', '22P02'), ('a/b', '22P02'),
  ('1/2/3', '22P02'), ('5/4', '22023'), ('-1/4', '22023'),
  ('1/9223372036854775808', '22003')) AS v(s, state);
SELECT throws_ok(q, state, NULL, q || ': ' || state)
FROM (VALUES
  ($$SELECT crmprob.make_proportion(5, 4)$$, '22023'),
  ($$SELECT crmprob.make_proportion(-1, 4)$$, '22023'),
  ($$SELECT crmprob.low('1/2', 0)$$, '22023'),
  ($$SELECT crmprob.high('1/2', 1)$$, '22023'),
  ($$SELECT crmprob.low('1/2', 'NaN')$$, '22023'),
  ($$SELECT crmprob.shrunk_rate('1/2', '1/2', -1)$$, '22023'),
  ($$SELECT crmprob.shrunk_rate('1/2', '1/2', 'NaN')$$, '22023'),
  ($$SELECT crmprob.rollup(p) FROM unnest('{0/9223372036854775807,0/1}'::crmprob.proportion[]) AS p$$, '22003'),
  ($$SELECT pg_temp.one_more(true)$$, '22003'),
  ($$SELECT crmprob.proportion_accum('0/4', true)$$, '0A000'),
  ($$SELECT crmprob.prior_strength(array_fill('1/2'::crmprob.proportion, '{100001}'))$$, '54000'),
  ($$SELECT crmprob.cac(-1, 1)$$, '22023'),
  ($$SELECT crmprob.cac(1, -1)$$, '22023'),
  ($$SELECT crmprob.cac('NaN', 1)$$, '22023'),
  ($$SELECT crmprob.clv(1, 'Infinity', 1)$$, '22023'),
  ($$SELECT crmprob.retention_rate(2, 1)$$, '22023'),
  ($$SELECT crmprob.churn_rate(2, 1)$$, '22023'),
  ($$SELECT crmprob.conversion_rate(2, 1)$$, '22023'),
  ($$SELECT crmprob.close_probability(-1, 1)$$, '22023')) AS v(q, state);

-- binary input
SELECT is(pg_temp.received('proportion', proportion_send('12/40')), '12/40',
  'a proportion is received');
SELECT throws_ok(format('SELECT pg_temp.received(%L, %L)', 'proportion', b),
  state, NULL, format('proportion from %s: %s', b, state))
FROM (VALUES ('\x', '22P03'), ('\x01', '22P03'),
  ('\x01000000000000000100000000000001', '22P03'),
  ('\x010000000000000001000000000000000200', '22P03'),
  ('\x0200000000000000010000000000000002', '22P03'),
  ('\x0100000000000000050000000000000004', '22023'),
  ('\x01ffffffffffffffff0000000000000004', '22023'),
  ('\x010000000000000000ffffffffffffffff', '22023')) AS v(b, state);
CREATE TEMPORARY TABLE some_shares AS
SELECT v::proportion FROM unnest(ARRAY['0/0', '12/40', NULL,
  '9223372036854775807/9223372036854775807']) AS v;
SELECT is(pg_temp.changed_by_copy('some_shares', f), 0::bigint, 'COPY ' || f)
FROM unnest(ARRAY['text', 'csv', 'binary']) AS f;
SELECT ok(amvalidate(c.oid), m.amname || ' class is valid')
FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod
WHERE c.opcintype = 'proportion'::regtype
ORDER BY m.amname;

-- a parallel plan gives the bytes of a serial one
CREATE TABLE many_deals AS
SELECT i % 7 AS g, NULLIF(i % 5, 3) = 1 AS won,
  make_proportion(i % 3, 3 + i % 11) AS p
FROM generate_series(1, 50000) AS i;
ANALYZE many_deals;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (COSTS off) ' || query;
END
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE serial_shares (g int, a bytea, b bytea, c bytea);
INSERT INTO serial_shares
SELECT g, proportion_send(proportion(won)), proportion_send(rollup(p)),
  proportion_send(proportion(won) FILTER (WHERE false))
FROM many_deals GROUP BY g ORDER BY g;
SELECT is(successes(rollup(p)), (SELECT sum(successes(p))::bigint FROM many_deals),
  'rollup adds successes') FROM many_deals;
SELECT is(proportion(won), (SELECT make_proportion(count(*) FILTER (WHERE won),
  count(won)) FROM many_deals), 'proportion counts as count does')
FROM many_deals;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
PREPARE shares AS
SELECT g, proportion_send(proportion(won)), proportion_send(rollup(p)),
  proportion_send(proportion(won) FILTER (WHERE false))
FROM many_deals GROUP BY g ORDER BY g;
SELECT matches(string_agg(l, ' '), 'Finalize.*Partial', 'the plan is parallel')
FROM pg_temp.plan_of('EXECUTE shares') AS l;
SELECT results_eq('shares', 'SELECT * FROM serial_shares ORDER BY g',
  'parallel plan and serial plan give the same bytes');

-- frames that move over groups, against plain counts
SELECT is_empty($$
  SELECT i FROM (
    SELECT i, proportion(w) OVER f AS p, count(w) OVER f AS n,
      count(*) FILTER (WHERE w) OVER f AS k
    FROM (SELECT i, NULLIF(i % 5, 3) = 1 AS w FROM generate_series(1, 200) AS i) AS v
    WINDOW f AS (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING)) AS q
  WHERE p <> make_proportion(k, n)$$,
  'a window over rows gives the counts of the frame');

-- the order agrees with the value where it is exact
SELECT is_empty($$
  SELECT a, b FROM (SELECT make_proportion(s, n) AS a FROM generate_series(0, 6) AS n,
    generate_series(0, n) AS s) AS x,
    (SELECT make_proportion(s, n) AS b FROM generate_series(0, 6) AS n,
    generate_series(0, n) AS s) AS y
  WHERE (a < b) <> ((COALESCE(value(a), 2), trials(a)) < (COALESCE(value(b), 2), trials(b)))
    OR (a = b) AND proportion_hash(a) <> proportion_hash(b)$$,
  'the order is by value, then by trials');

SELECT * FROM finish();
ROLLBACK;
