-- What a user relies on: stage_flow against SQL, SQLSTATEs, parallel plans.
SET search_path = crmprob, public;
BEGIN;
SELECT plan(32);

-- 10,000 random deals of up to nine rows, half of them with ties
CREATE TABLE moves AS
SELECT deal, ('{1:A,2:B,3:C,4:D,won:W,lost:L}'::text[])[1 + (h & 7) % 6]::stage AS stage,
       timestamptz '2026-01-01' + ((h >> 8) & 63) * ('{0.000001,0.01,3600,86400}'::float8[])[1 + ((h >> 3) & 3)] * interval '1 second' AS at
FROM generate_series(1, 10000) AS deal,
     generate_series(1, 1 + deal % 9) AS i,
     hashint8extended(deal * 100 + i, 7) AS h;
CREATE TABLE js AS SELECT deal, journey(stage, at) AS j FROM moves GROUP BY deal;
CREATE VIEW visits AS
SELECT deal, stage, at, lead(stage) OVER w AS next_stage, lead(at) OVER w AS next_at,
       last_at
FROM (SELECT DISTINCT deal, stage, at, lag(stage) OVER w IS DISTINCT FROM stage AS enters,
             max(at) OVER (PARTITION BY deal) AS last_at
      FROM moves WINDOW w AS (PARTITION BY deal ORDER BY at, stage)) AS e
WHERE enters
WINDOW w AS (PARTITION BY deal ORDER BY at, stage);

SELECT results_eq(
  'SELECT from_stage, to_stage, n FROM transitions((SELECT stage_flow(j) FROM js))',
  'SELECT stage, next_stage, count(*) FROM visits WHERE next_stage IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2',
  'transitions are the visits that ended');
SELECT results_eq(
  'SELECT stage, n FROM open_visits((SELECT stage_flow(j) FROM js))',
  'SELECT stage, count(*) FROM visits WHERE next_stage IS NULL AND is_open(stage) GROUP BY 1 ORDER BY 1',
  'open visits are those that did not');
SELECT results_eq(
  $$SELECT (t ->> 'from')::stage, (t ->> 'to')::stage, (t ->> 'time')::numeric
    FROM (SELECT stage_flow(j)::jsonb AS f FROM js) AS x, jsonb_array_elements(f -> 'transitions') AS t ORDER BY 1, 2$$,
  $$SELECT stage, next_stage, sum(extract(epoch FROM next_at - at) * 1000000)::numeric(40)
    FROM visits WHERE next_stage IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2$$,
  'sums of times are exact');
SELECT is_empty(
  $$SELECT * FROM transitions((SELECT stage_flow(j) FROM js)) AS t
    JOIN (SELECT stage, next_stage,
                 percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM next_at - at)) AS median
          FROM visits GROUP BY 1, 2) AS v ON stage = from_stage AND next_stage = to_stage
    WHERE abs(extract(epoch FROM median_time) - median) > 0.01 * median$$,
  'medians are within 1 %');
SELECT results_eq(
  $$SELECT from_stage, to_stage, n FROM transitions((SELECT stage_flow(j, '2026-01-11') FROM js))$$,
  $$SELECT from_stage, to_stage, n FROM transitions((SELECT stage_flow(j, '2026-01-11')
    FROM (SELECT journey(stage, at) AS j FROM moves WHERE at <= '2026-01-11' GROUP BY deal) AS x))$$,
  'as of a day nothing later counts');
SELECT ok(
  (SELECT f = g FROM (SELECT stage_flow(j, '2026-01-11') AS f FROM js) AS x,
   (SELECT stage_flow(j, '2026-01-11') AS g
    FROM (SELECT journey(stage, at) AS j FROM moves WHERE at <= '2026-01-11' GROUP BY deal) AS x) AS y),
  'and the bytes are the same');

-- any split and order
SELECT ok((SELECT stage_flow_send(f) = stage_flow_send(g)
           FROM (SELECT stage_flow(j) AS f FROM js) AS x,
                (SELECT rollup(p ORDER BY part DESC) AS g
                 FROM (SELECT deal % 17 AS part, stage_flow(j ORDER BY -deal) AS p FROM js GROUP BY 1) AS y) AS z),
          'a rollup has the same bytes');
SELECT ok((SELECT f = f::text::stage_flow AND f = (f::jsonb)::text::stage_flow AND stage_flow_hash(f) = stage_flow_hash(f::text::stage_flow)
           FROM (SELECT stage_flow(j) AS f FROM js) AS x),
          'text and jsonb read back');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS
$$DECLARE line text; whole text := ''; BEGIN FOR line IN EXECUTE 'EXPLAIN ' || query LOOP whole := whole || line; END LOOP; RETURN whole; END$$;
SELECT matches(pg_temp.plan_of('SELECT stage_flow(j) FROM js'), 'Partial Aggregate', 'the aggregate runs in parallel');
CREATE TABLE par AS SELECT stage_flow(j) AS f FROM js;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok((SELECT f = g FROM par, (SELECT stage_flow(j) AS g FROM js) AS x), 'parallel and serial are equal');
SELECT ok((SELECT f = g FROM par, (SELECT stage_flow(j) AS g FROM (TABLE js LIMIT 10000) AS x) AS y), 'whatever the plan');

-- Aalen and Johansen, and Kaplan and Meier, in SQL: 300 random stages of up
-- to 40 visits; times below 128 microseconds have buckets of their own
CREATE TABLE one AS
SELECT g, i, 1 + (h & 63) AS t, (h >> 6) & 3 AS kind
FROM generate_series(1, 300) AS g, generate_series(1, 1 + g % 40) AS i, hashint8extended(g * 100 + i, 11) AS h;
CREATE TABLE one_flow AS
SELECT g, stage_flow(j) AS f FROM (
  SELECT g, i, journey(s, timestamptz '2026-01-01' + at * interval '1 microsecond') AS j
  FROM one, LATERAL (VALUES ('1:A'::stage, 0::bigint),
    ((CASE kind WHEN 0 THEN '1:A' WHEN 1 THEN 'lost:L' ELSE 'won:W' END)::stage, t)) AS r (s, at)
  GROUP BY 1, 2) AS x GROUP BY 1;
CREATE TABLE curve AS
SELECT g, t, won, lost, y,
       coalesce(exp(sum(CASE WHEN won + lost < y THEN ln(1 - (won + lost) / y) END) OVER (PARTITION BY g ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 1) AS s,
       t - coalesce(lag(t) OVER (PARTITION BY g ORDER BY t), 0) AS width
FROM (SELECT g, t, sum((kind > 1)::int)::float8 AS won, sum((kind = 1)::int)::float8 AS lost,
             (sum(count(*)) OVER (PARTITION BY g ORDER BY t DESC))::float8 AS y
      FROM one GROUP BY g, t) AS r;
SELECT is_empty(
  $$SELECT g FROM one_flow JOIN (SELECT g, sum(s * won / y) AS win, sum(won + lost) AS n FROM curve GROUP BY g) AS c USING (g)
    WHERE CASE WHEN n = 0 THEN win_probability(f, 'A') IS NOT NULL
               ELSE abs(win_probability(f, 'A') - win) > 1e-12 OR win_probability(f, 'A') IS NULL END$$,
  'win probability is the cumulative incidence');
SELECT is_empty(
  $$SELECT g FROM one_flow JOIN (SELECT g, sum(s * width) AS mean, sum(won + lost) AS n FROM curve GROUP BY g) AS c USING (g)
    WHERE n > 0 AND abs(extract(epoch FROM expected_time(f, 'A')) * 1e6 - mean) > 0.51$$,
  'expected time is the area under the survival curve');
SELECT is_empty(
  $$SELECT g FROM one_flow JOIN (SELECT g, sum(s * won / y) FILTER (WHERE t <= 30) AS win, sum(won + lost) AS n FROM curve GROUP BY g) AS c USING (g)
    WHERE n > 0 AND abs(win_probability(f, 'A', '30 microseconds') - coalesce(win, 0)) > 1e-12$$,
  'within a horizon it is the incidence by then');

-- golden figures, to 1e-8
CREATE TABLE weekly AS
SELECT f::stage AS from_stage, t::stage AS to_stage, n
FROM (VALUES
  ('1:Lead', '{500,180,20,0,0,300}'::bigint[]), ('2:Qual', '{15,300,160,25,0,100}'),
  ('3:Prop', '{0,20,200,130,10,90}'), ('4:Neg', '{0,0,15,120,110,55}')) AS m (f, counts),
  unnest(counts, '{1:Lead,2:Qual,3:Prop,4:Neg,won:Won,lost:Lost}'::text[]) AS u (n, t);
SELECT is_empty(
  $$SELECT * FROM (SELECT stage_flow(from_stage, to_stage, n) AS f FROM weekly) AS x,
      (VALUES ('Lead', .11338553, 3.56637295), ('Qual', .27088908, 4.00411429),
              ('Prop', .39663649, 3.12229527), ('Neg', .64416415, 1.92685794)) AS g (label, win, weeks)
    WHERE NOT (abs(win_probability(f, label) - win) < 1e-8 AND abs(expected_steps(f, label) - weeks) < 1e-8)$$,
  'win probabilities and steps of a weekly stage matrix');
SELECT is_empty(
  $$SELECT * FROM (SELECT stage_flow(from_stage, to_stage, n, '7 days') AS f FROM weekly) AS x,
      (VALUES ('Lead', 3.56637295), ('Qual', 4.00411429), ('Prop', 3.12229527), ('Neg', 1.92685794)) AS g (label, weeks)
    WHERE abs(extract(epoch FROM expected_time(f, label)) / 604800 - weeks) >= 1e-8$$,
  'and its expected weeks');
SELECT ok((SELECT bool_and(a <= b AND b <= c AND abs(c - w) < 1e-9)
           FROM (SELECT win_probability(f, label, '5 days') AS a, win_probability(f, label, '50 days') AS b,
                        win_probability(f, label, '5000 days') AS c, win_probability(f, label) AS w
                 FROM (SELECT stage_flow(j) AS f FROM js) AS x, unnest('{A,B,C,D}'::text[]) AS label) AS y),
          'a longer horizon wins more, and in the end as much as without one');

-- binary form, also through another encoding, in which labels are converted
CREATE TABLE sent AS SELECT f FROM par
  UNION ALL SELECT stage_flow(U&'1:\00E9t\00E9'::stage, U&'1:\00FCber'::stage, 3);
CREATE TABLE received (LIKE sent);
CREATE FUNCTION pg_temp.through_binary() RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE file text := current_setting('data_directory') || '/stage_flow.bin';
BEGIN
  TRUNCATE received;
  EXECUTE format('COPY sent TO %L (FORMAT binary)', file);
  EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
  RETURN (SELECT count(*) FROM sent JOIN received USING (f)) = 2;
END
$$;
SELECT ok(pg_temp.through_binary(), 'binary form reads back');
SET LOCAL client_encoding = 'LATIN1';
SELECT ok(pg_temp.through_binary(), 'and through LATIN1');
SET LOCAL client_encoding = 'UTF8';
UPDATE sent SET f = par.f FROM par;
SELECT is((SELECT count(DISTINCT stage_flow_send(f)) FROM sent), 1::bigint, 'equal flows send equal bytes');

-- SQLSTATEs
SELECT throws_ok($$SELECT win_probability(f, 'X') FROM par$$, '22023', NULL, 'unknown label');
SELECT throws_ok($$SELECT win_probability(f, 'A', '1 month') FROM par$$, '22023', NULL, 'horizon with months');
SELECT throws_ok($$SELECT stage_flow(j, 'infinity') FROM js$$, '22008', NULL, 'infinite as_of');
SELECT throws_ok($$SELECT stage_flow('{"events":[["1:A","-0001-01-01T00:00:00Z"],["2:B","294200-01-01T00:00:00Z"]]}'::journey)$$, '22003', NULL, 'a visit that an interval cannot hold');
SELECT throws_ok($$SELECT stage_flow(j, NULL) FROM js$$, '22004', NULL, 'NULL as_of');
SELECT throws_ok($$SELECT stage_flow(j, timestamptz '2026-01-01' + deal * interval '1 s') FROM js$$, '22023', NULL, 'different as_of');
SELECT throws_ok($$SELECT stage_flow('1:A', '2:B', -1)$$, '22023', NULL, 'negative count');
SELECT throws_ok($$SELECT stage_flow('1:A', '2:B', n) FROM unnest('{9223372036854775807,1}'::bigint[]) AS n$$, '22003', NULL, 'too many moves');
SELECT throws_ok($$SELECT stage_flow((i || ':S')::stage, '2:B', 1) FROM generate_series(1, 129) AS i$$, '54000', NULL, 'too many stages');
SELECT throws_ok($$SELECT rollup(f) FROM (SELECT f FROM par UNION ALL SELECT stage_flow('1:A', '2:B', 1)) AS x$$, '22023', NULL, 'flows of different kinds');
SELECT throws_ok($$SELECT '{}'::stage_flow$$, '22P02', NULL, 'text that is no flow');
SELECT throws_ok($$SELECT '{"kind":"journeys","open":[{"stage":"won:W","n":1,"time":0,"times":[[0,1]]}]}'::stage_flow$$, '22023', NULL, 'an open visit to a won stage');

SELECT * FROM finish();
ROLLBACK;
