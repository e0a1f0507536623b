-- satisfaction: SQLSTATEs, bytes, parallel plans, any merge tree.
-- Values and output are in sql/satisfaction.sql.
BEGIN;
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = warning;
SELECT * FROM no_plan();

SELECT throws_ok(format('SELECT nps(r) FROM (VALUES (%s)) v (r)', r), '22023', NULL, 'nps refuses ' || r)
  FROM unnest('{-1,11,8.5,1e300}'::text[]) r;
SELECT throws_ok($$SELECT nps('NaN'::float8)$$, '22023', NULL, 'nps refuses NaN');
SELECT throws_ok(format('SELECT csat(%s)', r), '22023', NULL, 'csat refuses ' || r) FROM unnest('{0,6,4.5,"5, 5, 5","5, 1, 1","5, 1001, 2","8, 7, 2"}'::text[]) r;
SELECT throws_ok($$SELECT make_nps(-1, 0, 0)$$, '22023', NULL, 'a negative count');
SELECT throws_ok($$SELECT make_nps(9223372036854775807, 1, 0)$$, '22003', NULL, 'more answers than fit');
SELECT throws_ok($$SELECT rollup(n) FROM unnest(ARRAY[make_nps(9223372036854775807, 0, 0), make_nps(0, 0, 1)]) n$$, '22003', NULL, 'the same in rollup');
SELECT throws_ok($$SELECT '{"promoters":1}'::nps$$, '22P02', NULL, 'a count is missing');
SELECT throws_ok($$SELECT '{"promoters":1,"passives":99999999999999999999,"detractors":1}'::nps$$, '22003', NULL, 'a count too large');
SELECT throws_ok($$SELECT '{"promoters":9223372036854775807,"passives":1,"detractors":1}'::nps$$, '22003', NULL, 'counts too large together');
SELECT throws_ok($$SELECT net_score_high(make_nps(1, 1, 1), 0)$$, '22023', NULL, 'a level outside 0 to 1');

-- bytes that are no score
\ir copy.psql
SELECT is(pg_temp.received('nps', nps_send(n)), n::text, 'the bytes of ' || n::text) FROM unnest(ARRAY[make_nps(0, 0, 0), make_nps(1, 2, 3), make_nps(9223372036854775807, 0, 0)]) n;
SELECT throws_ok(format('SELECT pg_temp.received(''nps'', %L)', b), '22P03', NULL, 'bytes that are no score: ' || b::text)
  FROM (SELECT nps_send(make_nps(1, 2, 3)) AS n) v, LATERAL (VALUES ('\x'::bytea), (substr(n, 1, 24)), (n || '\x00'), (set_byte(n, 0, 2))) c (b);
SELECT throws_ok(format('SELECT pg_temp.received(''nps'', %L)', set_byte(nps_send(make_nps(1, 2, 3)), 1, 255)), '22023', NULL, 'bytes of a negative count');

-- parallel = serial, and any merge tree
CREATE TEMPORARY TABLE answer AS SELECT g % 97 AS part, nullif(hashint4(g) & 15, 15) % 11 AS rating FROM generate_series(1, 20000) g;
CREATE TABLE stored_answer AS TABLE answer;
ANALYZE stored_answer;
CREATE TEMPORARY TABLE serial AS SELECT nps(rating) AS n, csat(1 + rating % 5) AS c FROM stored_answer;
SELECT is((SELECT row(promoters(n), passives(n), detractors(n))::text FROM serial),
  (SELECT row(count(*) FILTER (WHERE rating >= 9), count(*) FILTER (WHERE rating IN (7, 8)), count(*) FILTER (WHERE rating < 7))::text FROM answer),
  'the counts are those of plain SQL');
SELECT is((SELECT row(successes(c), trials(c))::text FROM serial), (SELECT row(count(*) FILTER (WHERE 1 + rating % 5 >= 4), count(rating))::text FROM answer),
  'csat counts as plain SQL does');
SELECT ok((SELECT rollup(n) FROM (SELECT nps(rating) AS n FROM answer GROUP BY part) s) = n, 'rollup of parts') FROM serial;
SELECT ok((SELECT rollup(c) FROM (SELECT csat(1 + rating % 5) AS c FROM answer GROUP BY part) s) = c, 'rollup of parts of csat') FROM serial;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT ok(EXISTS (SELECT FROM pg_temp.plan_of('SELECT nps(rating) FROM stored_answer') p WHERE p ~ 'Partial Aggregate'), 'nps runs in parallel');
SELECT ok(nps(rating) = (SELECT n FROM serial), 'in parallel the same') FROM stored_answer;
SELECT ok(csat(1 + rating % 5) = (SELECT c FROM serial), 'csat too') FROM stored_answer;

-- hash class: equal values, equal hashes, grouping
SELECT is((SELECT count(*) FROM (SELECT FROM (SELECT nps(rating) AS n FROM answer GROUP BY part UNION ALL SELECT nps(rating) FROM answer GROUP BY part) s GROUP BY n) g),
  (SELECT count(*) FROM (SELECT DISTINCT promoters(n), passives(n), detractors(n) FROM (SELECT nps(rating) AS n FROM answer GROUP BY part) s) d), 'grouping by a score');
SELECT ok(nps_hash(make_nps(1, 2, 3)) = nps_hash('{"detractors":3,"passives":2,"promoters":1}') AND nps_hash(make_nps(1, 2, 3)) <> nps_hash(make_nps(1, 3, 2)), 'hashes');

-- the limits hold what they promise: coverage of 95 % limits by simulation,
-- three populations of 20 answers each, in steps of one answer in 997
SELECT cmp_ok(avg((net_score_low(n) <= truth AND truth <= net_score_high(n))::int), '>=', 0.90::numeric, format('coverage where %s %% promote and %s %% are passive', p, s))
  FROM (VALUES (50, 30, 30.0), (30, 40, 0.0), (80, 15, 75.0)) v (p, s, truth),
       LATERAL (SELECT nps(CASE WHEN u < p THEN 10 WHEN u < p + s THEN 8 ELSE 0 END) AS n
                  FROM generate_series(1, 2000 * 20) g, LATERAL (SELECT (hashint8extended(g, p) & 1048575) / 10485.76 AS u) r GROUP BY g % 2000) t
 GROUP BY p, s ORDER BY p;

SELECT * FROM finish();
ROLLBACK;
