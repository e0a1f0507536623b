-- journey: how one deal moved through its stages.
SET search_path = crmprob, public;
SET timezone = 'UTC';

CREATE TEMP TABLE history (deal int, stage stage, at timestamptz, amount numeric);
INSERT INTO history VALUES
  (1, '1:Lead', '2026-01-01', 100), (1, '2:Contacted', '2026-01-02', NULL),
  (1, '3:Proposal', '2026-01-05 12:00', 120.5), (1, 'won:Won', '2026-01-09', 110),
  -- skips, goes back, is lost
  (2, '1:Lead', '2026-01-01', NULL), (2, '3:Proposal', '2026-01-03', NULL),
  (2, '2:Contacted', '2026-01-04', NULL), (2, 'lost:No budget', '2026-01-08', NULL),
  -- an edit repeats the stage; lost, reopened; a row twice, a row without stage
  (3, '2:Contacted', '2026-01-03', NULL), (3, '2:Contacted', '2026-01-04', NULL),
  (3, 'lost:No budget', '2026-01-06', NULL), (3, '1:Lead', '2026-01-07', NULL),
  (3, '1:Lead', '2026-01-07', NULL), (3, NULL, '2026-01-08', NULL),
  (3, '1:Lead', NULL, NULL);

SELECT deal, journey(stage, at) FROM history GROUP BY deal ORDER BY deal;
SELECT deal, journey(stage, at, amount) FROM history WHERE deal < 3 GROUP BY deal ORDER BY deal;

CREATE TEMP TABLE journeys AS
  SELECT deal, journey(stage, at, amount) AS j FROM history GROUP BY deal;
SELECT deal, t.* FROM journeys, timeline(j) t ORDER BY deal, entered_at;
SELECT deal, visits(j), regressions(j), skipped_stages(j), reopened(j), outcome(j),
       cycle_length(j), n_ignored(j) FROM journeys ORDER BY deal;
SELECT deal, age(j, '2026-02-01') AS age, stage_at(j, '2026-01-03 12:00') AS stage_at,
       stage_at(j, '2025-12-31') IS NULL AS before,
       entered_at(j, 'Contacted') AS entered, entered_at(j, 'Nowhere') IS NULL AS never
  FROM journeys ORDER BY deal;
SELECT deal, time_in_stage(j, 'Contacted', '2026-02-01') AS contacted,
       time_in_stage(j, 'Lead', '2026-02-01') AS lead,
       time_in_stage(j, 'Contacted', '2026-01-04') AS clipped,
       time_in_stage(j, 'Lead', '2025-12-31') IS NULL AS not_yet
  FROM journeys ORDER BY deal;
SELECT j::jsonb->'events'->0 AS first FROM journeys WHERE deal = 1;

-- any order and any overlapping pieces give the same bytes
CREATE TEMP TABLE events AS
  SELECT i, (ARRAY['1:a','2:b','3:c','won:w','lost:l']::stage[])[1 + i * 7 % 5] AS stage,
         '2026-01-01'::timestamptz + (i * 31 % 60) * interval '1 hour' AS at,
         CASE WHEN i % 3 = 0 THEN i % 4 END::numeric AS amount
    FROM generate_series(1, 200) i;
CREATE TEMP TABLE whole AS SELECT journey(stage, at, amount) AS j FROM events;
SELECT count(*), bool_and(other.j = whole.j) FROM whole, LATERAL (
  SELECT journey(stage, at, amount ORDER BY i DESC) AS j FROM events
  UNION ALL SELECT journey(stage, at, amount ORDER BY stage, at) FROM events
  UNION ALL SELECT rollup(j) FROM (SELECT journey(stage, at, amount) AS j FROM events GROUP BY i % 7) s
  UNION ALL SELECT rollup(j ORDER BY k DESC) FROM (
    SELECT k, journey(stage, at, amount) AS j FROM events, generate_series(0, 9) k
     WHERE i BETWEEN k * 20 AND k * 20 + 90 GROUP BY k) s
) other (j);

-- a piece of visits merged with what was between them is no longer one visit
SELECT visits(rollup(j)) FROM (VALUES
  ('{"events":[["1:a","2026-01-01T00:00:00Z"],["1:a","2026-01-01T05:00:00Z"]],"ignored":0}'::journey),
  ('{"events":[["2:b","2026-01-01T03:00:00Z"]],"ignored":0}')) v (j);

-- duplicates take no room
SELECT pg_column_size(journey('1:a'::stage, '2026-01-01'::timestamptz)) < 100 AS small
  FROM generate_series(1, 100000);

-- window frames
SELECT i, visits(journey(stage, at) OVER (ORDER BY i ROWS 2 PRECEDING)) FROM events WHERE i < 6 ORDER BY i;

-- text and binary
SELECT j::text::journey = j AS same FROM journeys ORDER BY deal;
SELECT '{"events":[["won:Won","2026-01-02 00:00:00+01:00",1e2],["1:Lead","2026-01-01T00:00:00Z"]],"ignored":3}'::journey;
SELECT '{"events":[]}'::journey;
SELECT '{"events":[["1:Lead"]]}'::journey;
SELECT '{"events":[["0:Lead","2026-01-01T00:00:00Z"]]}'::journey;
SELECT '{"events":[["1:Lead","2026-01-01T00:00:00Z",1.00001]]}'::journey;
SELECT '{"events":[["1:Lead","infinity"]]}'::journey;
SELECT '{"events":[],"ignored":-1}'::journey;
SELECT '[]'::journey;

-- nothing, NULL, infinite
SELECT journey(stage, at) FROM history WHERE false;
SELECT journey(NULL::stage, '2026-01-01'::timestamptz);
SELECT visits(j), outcome(j), age(j, '2026-01-01'), stage_at(j, '2026-01-01'), cycle_length(j)
  FROM (SELECT journey(NULL::stage, NULL::timestamptz)) s (j);
SELECT rollup(NULL::journey);
SELECT journey('1:a'::stage, 'infinity'::timestamptz);
SELECT journey('1:a'::stage, '2026-01-01'::timestamptz, 'NaN'::numeric);
SELECT journey('1:a'::stage, '2026-01-01'::timestamptz, 1e20);
SELECT journey_add(NULL, '1:a', '2026-01-01');
SELECT time_in_stage('{"events":[]}', 'a', 'infinity');

-- a span that an interval cannot hold
CREATE TEMP TABLE ages AS SELECT
  '{"events":[["1:A","-0001-01-01T00:00:00Z"],["won:W","294200-01-01T00:00:00Z"]]}'::journey AS j;
SELECT time_in_stage(j, 'A', '294200-01-01') FROM ages;
SELECT age(j, '294200-01-01') FROM ages;
SELECT cycle_length(j) FROM ages;
SELECT time_in_stage(j, 'A', '290000-01-01'), age(j, '290000-01-01') FROM ages;
SELECT time_in_stage('{"events":[["1:A","-0001-01-01T00:00:00Z"],["2:B","147000-01-01T00:00:00Z"],["1:A","147000-01-02T00:00:00Z"]]}', 'A', '294200-01-01');

-- equality and hash
SELECT count(*) FROM (SELECT j FROM (SELECT j FROM journeys UNION ALL SELECT j FROM journeys) s GROUP BY j) t;
SELECT a.j = b.j AS eq, a.j <> b.j AS ne FROM journeys a, journeys b WHERE a.deal = 1 AND b.deal = 2;
SELECT count(*) FROM (SELECT j FROM journeys UNION SELECT j FROM journeys) s;

-- an aggregate's result is encoded when it is stored, sorted, sent or read
CREATE TEMP TABLE many AS
  SELECT i % 300 AS deal, ((1 + (i * 7 + i % 300) % 45)::text || ':Stage ' || (1 + (i * 7 + i % 300) % 45)::text)::stage AS stage,
         '2026-01-01'::timestamptz + i % 97 * interval '1 hour' AS at, (i % 11)::numeric AS amount
    FROM generate_series(1, 6000) i;
CREATE TEMP TABLE pieces AS
  SELECT deal, rollup(j) AS j FROM (SELECT deal, journey(stage, at) AS j FROM many GROUP BY deal, stage, at) s GROUP BY deal;
CREATE TEMP TABLE stored AS SELECT deal, journey(stage, at) AS j FROM many GROUP BY deal;
SELECT count(*) AS deals, bool_and(s.j = p.j) AS same, bool_and(journey_send(s.j) = journey_send(p.j)) AS same_bytes,
       bool_and(s.j::text = p.j::text) AS same_text
  FROM stored s JOIN pieces p USING (deal);
SELECT bool_and(g.j = p.j) AS direct, bool_and(pg_column_size(g.j) = pg_column_size(p.j)) AS size
  FROM (SELECT deal, journey(stage, at) AS j FROM many GROUP BY deal) g JOIN pieces p USING (deal);
SELECT count(*) AS together
  FROM (SELECT j FROM (SELECT journey(stage, at) AS j FROM many GROUP BY deal UNION ALL SELECT j FROM pieces) s GROUP BY j) t;
SELECT bool_and(a = b) AS arrays
  FROM (SELECT array_agg(j ORDER BY deal) AS a FROM (SELECT deal, journey(stage, at) AS j FROM many GROUP BY deal) s) x,
       (SELECT array_agg(j ORDER BY deal) AS b FROM pieces) y;
SELECT bool_and(w.j = p.j) AS windows
  FROM (SELECT DISTINCT ON (deal) deal, journey(stage, at) OVER (PARTITION BY deal) AS j FROM many) w JOIN pieces p USING (deal);
SELECT bool_and(outcome(j) = 'open' AND visits(j) > 0) AS readers, sum(visits(j)) = (SELECT sum(visits(j)) FROM pieces) AS visits
  FROM (SELECT journey(stage, at) AS j FROM many GROUP BY deal) s;
DO $$
DECLARE
  v journey;
BEGIN
  SELECT journey(stage, at) INTO v FROM many WHERE deal = 7;
  ASSERT v = (SELECT j FROM pieces WHERE deal = 7);
  v := (SELECT rollup(x) FROM (VALUES (v), (v)) AS t (x));
  ASSERT v = (SELECT j FROM pieces WHERE deal = 7);
END $$;
SELECT bool_and(a.j = b.j) AS amounts
  FROM (SELECT deal, journey(stage, at, amount) AS j FROM many GROUP BY deal) a
  JOIN (SELECT deal, rollup(j) AS j FROM (SELECT deal, journey(stage, at, amount) AS j FROM many GROUP BY deal, stage, at, amount) s
        GROUP BY deal) b USING (deal);

-- times of the text form: in full, with a zone, finite
SELECT '{"events":[["1:A","2026-01-01T01:00:00+01:00"]]}'::journey;
SELECT '{"events":[["1:A","2026-01-01"]]}'::journey;
SELECT '{"events":[["1:A","infinity"]]}'::journey;
