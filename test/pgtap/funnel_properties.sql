-- Properties of journeys and funnels on 12,000 small histories, the same on
-- every run: merging and order change no byte, both entry points agree, and
-- every mode equals a search over all chains that is written here in SQL from
-- its definition.
SET search_path = crmprob, public;
SET timezone = 'UTC';
BEGIN;
SELECT * FROM no_plan();

-- up to eight rows a deal, with ties, repeats, exact duplicates and stages
-- outside the pipeline; most deals in hours, some in seconds or microseconds
CREATE TABLE moves AS
SELECT deal, ('{1:A,2:B,3:C,won:W,lost:L,1:A,2:B,3:C,4:X,5:Y}'::text[])[1 + (h & 1023) % 10]::stage AS stage,
       timestamptz '2026-03-01' + ((h >> 10) & 31) * ('{3600,3600,2987,1,0.000001}'::float8[])[1 + deal % 5] * interval '1 second' AS at,
       CASE WHEN (h >> 20) & 3 > 0 THEN ((h >> 22) & 4095)::numeric / 16 END AS amount,
       h >> 34 & 7 AS piece, h
FROM generate_series(1, 12000::bigint) AS deal,
     generate_series(1, 1 + deal % 8) AS i,
     hashint8extended(deal * 100 + i, 2026) AS h;
CREATE TABLE js AS SELECT deal, journey(stage, at) AS j, journey(stage, at, amount) AS priced FROM moves GROUP BY deal;
ANALYZE moves, js;

-- the modes with their options
CREATE TABLE variant AS
SELECT name, mode, repeats, within, excluded,
       define_funnel('A > B > C > W | L'::pipeline, mode, within, repeats => repeats,
                     exclude => CASE WHEN excluded THEN '{L}'::text[] END) AS d
FROM (SELECT mode || ' ' || repeats || coalesce(' ' || within, '') || CASE WHEN excluded THEN ' exclude' ELSE '' END AS name, *
      FROM unnest('{reached,ordered,first_touch,strict,any}'::text[]) AS mode, unnest('{visit,row}'::text[]) AS repeats,
           unnest('{NULL,06:00}'::interval[]) AS within, unnest('{f,t}'::boolean[]) AS excluded
      WHERE (NOT excluded OR mode = 'ordered') AND (repeats = 'visit' OR within IS NOT NULL)) AS v;

-- Merging -------------------------------------------------------------------

SELECT is_empty(
  $$SELECT deal FROM js JOIN
      (SELECT deal, journey(stage, at ORDER BY h) AS a, journey(stage, at ORDER BY at DESC, h DESC) AS b,
              journey(stage, at, amount ORDER BY h) AS c, journey(stage, at, amount ORDER BY piece, h DESC) AS d
       FROM moves GROUP BY deal) AS o USING (deal)
    WHERE journey_send(j) <> journey_send(a) OR journey_send(j) <> journey_send(b)
       OR journey_send(priced) <> journey_send(c) OR journey_send(priced) <> journey_send(d)$$,
  'journeys: the same bytes in any order of rows');
CREATE TABLE pieces AS SELECT deal, piece, journey(stage, at) AS j, journey(stage, at, amount) AS priced FROM moves GROUP BY deal, piece;
SELECT is_empty(
  $$SELECT deal FROM js JOIN
      (SELECT deal, rollup(j ORDER BY piece) AS a, rollup(priced ORDER BY -piece) AS b FROM pieces GROUP BY deal) AS o USING (deal)
    WHERE journey_send(j) <> journey_send(a) OR journey_send(priced) <> journey_send(b)$$,
  'journeys: the same bytes from their pieces');
SELECT is_empty(
  $$SELECT deal FROM js JOIN
      (SELECT deal, rollup(a ORDER BY side DESC) AS a, rollup(b) AS b
       FROM (SELECT deal, piece & 1 AS side, rollup(j ORDER BY -piece) AS a, rollup(priced) AS b FROM pieces GROUP BY 1, 2
             UNION ALL SELECT deal, 2, rollup(j), rollup(priced) FROM pieces WHERE piece < 4 GROUP BY 1) AS s GROUP BY deal) AS o USING (deal)
    WHERE journey_send(j) <> journey_send(a) OR journey_send(priced) <> journey_send(b)$$,
  'journeys: and from a tree of pieces that overlap');

CREATE TABLE counted AS
SELECT name, d, (SELECT funnel(j, d) FROM js) AS f, (SELECT funnel(priced, d) FROM js) AS priced FROM variant;
SELECT is_empty(
  $$SELECT name FROM counted, LATERAL (
      SELECT (SELECT funnel(j, d ORDER BY hashint8(deal)) FROM js) AS a, (SELECT funnel(priced, d ORDER BY deal DESC) FROM js) AS b) AS o
    WHERE funnel_send(f) <> funnel_send(a) OR funnel_send(priced) <> funnel_send(b)$$,
  'funnels: the same bytes in any order of deals');
SELECT is_empty(
  $$SELECT name FROM counted, LATERAL (
      SELECT rollup(a ORDER BY part DESC) AS a, rollup(b) AS b
      FROM (SELECT part % 5 AS part, rollup(a ORDER BY -part) AS a, rollup(b ORDER BY part) AS b
            FROM (SELECT hashint8(deal) % 31 AS part, funnel(j, d) AS a, funnel(priced, d) AS b FROM js GROUP BY 1) AS leaf GROUP BY 1) AS branch) AS o
    WHERE funnel_send(f) <> funnel_send(a) OR funnel_send(priced) <> funnel_send(b)$$,
  'funnels: the same bytes from any tree of different deals');

-- One pass and two levels ---------------------------------------------------

CREATE TABLE forms AS
SELECT deal, md5(deal::text)::uuid AS id, '0061U0000' || deal AS name,
       CASE WHEN deal % 2 = 0 THEN repeat('opportunity ', 3) ELSE '' END || deal AS long_name,
       stage, label(stage) AS label, coalesce(array_position('{A,B,C,W,L}', label(stage)), ascii(label(stage))) AS n, at, amount, h
FROM moves ORDER BY h;
-- each form by a sixth of the definitions, each definition by two forms
CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY name) AS k, name, d, f, priced FROM counted;
SELECT is_empty(format(
  $$SELECT n.name FROM numbered AS n, LATERAL (
      SELECT funnel(%1$s, %2$s, at, d) AS a, funnel(%1$s, %2$s, at, amount, d) AS b FROM forms) AS o
    WHERE k %% 6 = %3$s AND (funnel_send(f) <> funnel_send(a) OR funnel_send(priced) <> funnel_send(b))$$,
  'forms.' || entity, step, row_number() OVER () % 6),
  format('one pass over %s and %s gives the bytes of the journeys', entity, step))
FROM unnest('{deal,id,name,long_name}'::text[]) AS entity, unnest('{stage,label,n}'::text[]) AS step;

-- Every mode by its definition ----------------------------------------------

-- the rows of a deal in order: a set, ties by the pipeline, others last
CREATE TABLE ordered_row AS
SELECT *, row_number() OVER w AS i, lag(label) OVER w IS NOT DISTINCT FROM label AS repeats,
       count(*) FILTER (WHERE label = 'L') OVER w AS losses
FROM (SELECT DISTINCT deal, label(stage) AS label, at, coalesce(array_position('{A,B,C,W}', label(stage)), 0) AS step,
             coalesce(array_position('{A,B,C,W,L}', label(stage)), 9) AS place FROM moves) AS e
WINDOW w AS (PARTITION BY deal ORDER BY at, place, label);

-- what a mode looks at: visits or rows; for strict a repeated row of a step
-- after the first is part of its visit in either case
CREATE FUNCTION looked_at(mode text, repeats text) RETURNS TABLE (deal bigint, i bigint, at timestamptz, step int, losses bigint)
LANGUAGE sql STABLE AS $$
  SELECT deal, row_number() OVER (PARTITION BY deal ORDER BY i), at, step, losses FROM ordered_row AS r
  WHERE NOT r.repeats OR (looked_at.repeats = 'row' AND (mode <> 'strict' OR step = 1)) $$;

-- ordered, first_touch, strict: of all chains of steps within the window that
-- the mode allows the longest; of these, ordered takes the first to end, from
-- the latest start, the others the first start; then each step's first match
CREATE FUNCTION best_chain(mode text, repeats text, within interval, excluded boolean)
RETURNS TABLE (deal bigint, level int, start timestamptz, times timestamptz[], entered boolean[]) LANGUAGE plpgsql AS $$
BEGIN
  DROP TABLE IF EXISTS event;
  CREATE TEMP TABLE event AS SELECT * FROM looked_at(mode, repeats) AS l WHERE l.step > 0 OR mode = 'strict';
  CREATE INDEX ON event (deal, step);
  ANALYZE event;
  RETURN QUERY
  WITH RECURSIVE chain AS (
    SELECT e.deal, ARRAY[i] AS path, ARRAY[at] AS times, losses FROM event AS e
    WHERE step = 1 AND (mode <> 'first_touch'
                        OR NOT EXISTS (SELECT FROM event AS f WHERE f.deal = e.deal AND f.step = 1 AND f.i < e.i))
    UNION ALL
    SELECT c.deal, path || e.i, c.times || e.at, c.losses
    FROM chain AS c JOIN event AS e
      ON e.deal = c.deal AND e.step = cardinality(path) + 1
     AND CASE mode WHEN 'strict' THEN e.i = path[cardinality(path)] + 1 ELSE e.i > path[cardinality(path)] END
    WHERE (within IS NULL OR e.at - c.times[1] <= within) AND (NOT excluded OR e.losses = c.losses))
  SELECT DISTINCT ON (c.deal) c.deal, cardinality(path), c.times[1], c.times,
         ARRAY(SELECT cardinality(path) >= k FROM generate_series(1, 4) AS k)
  FROM chain AS c
  ORDER BY c.deal, cardinality(path) DESC,
           CASE mode WHEN 'ordered' THEN path[cardinality(path)] END,
           CASE mode WHEN 'ordered' THEN -path[1] END, path;
END $$;

-- reached, any: the steps within the window from the first of them. A step
-- has the time of its first row; in reached, where later steps imply it, only
-- if none of these came before
CREATE FUNCTION step_set(mode text, repeats text, within interval)
RETURNS TABLE (deal bigint, level int, start timestamptz, times timestamptz[], entered boolean[]) LANGUAGE sql AS $$
  WITH known AS (
    SELECT *, first_value(at) OVER w AS start, max(step) OVER w AS highest
    FROM looked_at(mode, repeats) WHERE step > 0
    WINDOW w AS (PARTITION BY deal ORDER BY i)),
  steps AS (
    SELECT deal, start, k, min(at) FILTER (WHERE step = k AND (mode = 'any' OR highest = k)) AS at,
           bool_or(CASE mode WHEN 'any' THEN step = k ELSE step >= k END) AS entered
    FROM known, generate_series(1, 4) AS k WHERE within IS NULL OR at - start <= within GROUP BY deal, start, k)
  SELECT deal, (CASE mode WHEN 'any' THEN count(*) FILTER (WHERE entered) ELSE max(k) FILTER (WHERE entered) END)::int, start,
         array_agg(at ORDER BY k), array_agg(entered ORDER BY k)
  FROM steps GROUP BY deal, start $$;

CREATE TABLE expected AS
SELECT name, b.* FROM variant AS v, best_chain(mode, repeats, within, excluded) AS b WHERE mode IN ('ordered', 'first_touch', 'strict')
UNION ALL SELECT name, b.* FROM variant AS v, step_set(mode, repeats, within) AS b WHERE mode IN ('reached', 'any');
CREATE INDEX ON expected (name, deal);
ANALYZE expected;
SELECT cmp_ok(count(*), '>', 100000::bigint, 'the search found chains') FROM expected;

SELECT is_empty(format(
  $$SELECT deal, j, level, times FROM js LEFT JOIN expected AS e USING (deal), variant AS v
    WHERE v.name = %1$L AND e.name = %1$L
      AND (funnel_level(j, d) <> level
           OR step_times(j, d) <> ARRAY[NULL, times[2] - times[1], times[3] - times[2], times[4] - times[3]])
    LIMIT 3$$, name), name || ': level and times of each deal equal those of the search')
FROM variant;
SELECT is_empty(
  $$SELECT v.name, deal, j FROM variant AS v, js
    WHERE funnel_level(j, d) > 0 AND NOT EXISTS (SELECT FROM expected AS e WHERE e.name = v.name AND e.deal = js.deal) LIMIT 3$$,
  'no deal entered that the search did not find');

CREATE TABLE reported AS SELECT name, c.* FROM counted, conversion(f) AS c;
SELECT set_eq(
  'SELECT name, step, entered FROM reported',
  $$SELECT name, k, count(*) FILTER (WHERE entered[k]) FROM expected, generate_series(1, 4) AS k GROUP BY 1, 2$$,
  'the counts are those of the search');
SELECT set_eq(
  $$SELECT name, k, count(*) FROM variant, js, generate_series(1, funnel_level(j, d)) AS k WHERE mode <> 'any' GROUP BY 1, 2$$,
  $$SELECT name, step, entered FROM reported WHERE name NOT LIKE 'any%' AND entered > 0$$,
  'the counts are those of funnel_level');
-- the window of 1 March is over at 6:00 on the 2nd
SELECT set_eq(
  $$SELECT name, step, c.entered FROM counted JOIN variant USING (name), conversion(f, '2026-03-02 05:59:59.999999') AS c WHERE within IS NOT NULL$$,
  $$SELECT name, k, count(*) FILTER (WHERE entered[k] AND start < '2026-03-02') FROM expected JOIN variant USING (name), generate_series(1, 4) AS k
    WHERE within IS NOT NULL GROUP BY 1, 2$$,
  'mature entries are those that began before the day whose window is open');
SELECT set_eq(
  $$SELECT name, n_immature(f, '2026-03-02 05:59:59.999999') AS late, n_immature(f, '2026-03-02 05:59:59.999998') AS every FROM counted JOIN variant USING (name) WHERE within IS NOT NULL$$,
  $$SELECT name, count(*) FILTER (WHERE start >= '2026-03-02') AS late, count(*) AS every FROM expected JOIN variant USING (name) WHERE within IS NOT NULL GROUP BY 1$$,
  'n_immature counts the others');
CREATE TABLE exact AS
SELECT name, k AS step, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t)) AS median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM t)) AS p90
FROM variant, js, unnest(step_times(j, d)) WITH ORDINALITY AS s (t, k) WHERE t IS NOT NULL GROUP BY name, k;
SELECT is_empty(
  $$SELECT name, step, median_time, median, p90_time, p90 FROM reported LEFT JOIN exact USING (name, step)
    WHERE (median_time IS NULL) <> (median IS NULL)
       OR name NOT LIKE 'any%' AND abs(extract(epoch FROM median_time) - median) > 0.01 * median + 5e-7
       OR name NOT LIKE 'any%' AND abs(extract(epoch FROM p90_time) - p90) > 0.01 * p90 + 5e-7$$,
  'medians are within 1 % of percentile_cont over step_times, in whole microseconds');
SELECT is_empty(
  $$SELECT name FROM counted, LATERAL (SELECT sum((s ->> 'time')::numeric) AS time, sum((s ->> 'timed')::int) AS timed
                                       FROM jsonb_array_elements(f::jsonb -> 'steps') AS s) AS f,
         LATERAL (SELECT sum(extract(epoch FROM t)) * 1000000 AS exact, count(t) AS n FROM js, unnest(step_times(j, d)) AS t) AS e
    WHERE time <> exact OR timed <> n$$,
  'sums of times are exact');

SELECT * FROM finish();
ROLLBACK;
