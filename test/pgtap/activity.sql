-- activity: what a user relies on.
SELECT * FROM no_plan();
SET search_path = public, crmprob;
SET timezone = 'UTC';

CREATE TABLE events AS
  SELECT g % 300 AS lead, (ARRAY['view', 'mail', 'call', 'chat'])[1 + (hashint4(g) & 3)] AS kind,
         '2026-01-01'::timestamptz + (hashint4(g + 1) & 8191) * interval '1 hour' AS at
    FROM generate_series(1, 60000) g;
CREATE TABLE whole AS SELECT lead, activity(kind, at) AS a FROM events GROUP BY lead;

-- merging: any split, any order, the same bytes
SELECT is_empty(format($$
  SELECT lead FROM (SELECT lead, activity_send(rollup(x ORDER BY part DESC)) AS have
                      FROM (SELECT lead, %1$s AS part, activity(kind, at) AS x FROM events GROUP BY 1, 2) p GROUP BY lead) r
    JOIN whole USING (lead) WHERE have <> activity_send(a)$$, part), 'rollup of pieces by ' || part)
  FROM unnest('{kind,at::date,hashtext(at::text) & 7}'::text[]) part;
SELECT is_empty($$
  SELECT lead FROM (SELECT lead, activity_send(activity(kind, at)) AS have FROM (SELECT * FROM events ORDER BY hashtext(at::text)) e GROUP BY lead) r
    JOIN whole USING (lead) WHERE have <> activity_send(a)$$, 'rows in any order');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN FOR line IN EXECUTE 'EXPLAIN ' || query LOOP plan := plan || line; END LOOP; RETURN plan; END $$;
SELECT ok(plan_of('SELECT lead, activity(kind, at) FROM events GROUP BY lead') LIKE '%Partial%Aggregate%', 'a parallel plan');
SELECT is_empty($$
  SELECT lead FROM (SELECT lead, activity_send(activity(kind, at)) AS have FROM events GROUP BY lead) r
    JOIN whole USING (lead) WHERE have <> activity_send(a)$$, 'in parallel as alone');
RESET max_parallel_workers_per_gather;

-- one event after another, as a trigger adds them
CREATE TABLE live (lead int PRIMARY KEY, a activity NOT NULL);
INSERT INTO live SELECT lead, make_activity(kind, at) FROM (SELECT DISTINCT ON (lead) * FROM events ORDER BY lead, at, kind, ctid) e WHERE lead < 5;
DO $$
DECLARE e record;
BEGIN
  FOR e IN SELECT lead, kind, at FROM (SELECT *, row_number() OVER (PARTITION BY lead ORDER BY at, kind, ctid) AS place FROM events WHERE lead < 5) o WHERE place > 1 LOOP
    UPDATE live SET a = a + crmprob.make_activity(e.kind, e.at) WHERE lead = e.lead;
  END LOOP;
END $$;
SELECT is_empty($$SELECT lead FROM live JOIN whole w USING (lead) WHERE live.a <> w.a$$, 'added one by one');

-- plain SQL says the same, at several times
SELECT is_empty(format($$
  SELECT w.lead, f.*, s.* FROM whole w, activity_features(a, %1$L) f,
    LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE at >= t - interval '168 hours') AS n_short,
                    count(*) FILTER (WHERE at >= t - interval '720 hours') AS n_medium, count(*) FILTER (WHERE at >= t - interval '2160 hours') AS n_long,
                    count(DISTINCT kind) AS n_kinds, max(extract(epoch FROM t - at)) / 86400 AS first, min(extract(epoch FROM t - at)) / 86400 AS last,
                    coalesce(sum(2 ^ (-extract(epoch FROM t - at)::float8 / 86400 / 30)), 0) AS intensity
               FROM events e, (SELECT %1$L::timestamptz AS t) t WHERE e.lead = w.lead AND at <= t) s
   WHERE (f.n, f.n_short, f.n_medium, f.n_long, f.n_kinds) <> (s.n, s.n_short, s.n_medium, s.n_long, s.n_kinds)
      OR abs(f.days_since_first - s.first) > 1e-9 OR abs(f.days_since_last - s.last) > 1e-9 OR abs(f.intensity - s.intensity) > 1e-9$$, t),
  'features as of ' || t) FROM unnest('{2025-12-31,2026-01-01,2026-03-01 12:00,2026-12-31}'::text[]) t;
-- nothing after as_of is seen: with it or without, the same features
SELECT is_empty($$
  SELECT lead FROM whole w LEFT JOIN (SELECT lead, activity(kind, at) AS past FROM events WHERE at <= '2026-03-01' GROUP BY lead) p USING (lead)
   WHERE activity_features(a, '2026-03-01') IS DISTINCT FROM activity_features(past, '2026-03-01')$$, 'no event after as_of is seen');

-- text and binary
SELECT is_empty($$SELECT lead FROM whole WHERE a::text::activity <> a OR a::text::jsonb <> a::jsonb$$, 'text and back');
CREATE TABLE copied (a activity);
\copy (SELECT a FROM whole) TO PROGRAM 'cat > /tmp/crmprob_activity_copy' (FORMAT binary)
\copy copied FROM PROGRAM 'cat /tmp/crmprob_activity_copy; rm /tmp/crmprob_activity_copy' (FORMAT binary)
SELECT set_eq('SELECT activity_send(a) FROM copied', 'SELECT activity_send(a) FROM whole', 'binary and back');

-- limits
SELECT lives_ok($$SELECT activity('x', '2026-01-01'::timestamptz + g * interval '1 second') FROM generate_series(1, 131072) g$$, '131072 times');
SELECT throws_ok($$SELECT activity('x', '2026-01-01'::timestamptz + g * interval '1 second') FROM generate_series(1, 131073) g$$, '54000', NULL, 'one more');
SELECT is((SELECT event_count(activity('x', date_trunc('hour', '2026-01-01'::timestamptz + g * interval '1 second')), '2030-01-01') FROM generate_series(1, 400000) g),
  400000::bigint, 'counted by the hour there is room for more');
SELECT throws_ok($$SELECT activity('x', 'infinity')$$, '22008', NULL, 'an infinite time');
SELECT throws_ok($$SELECT activity('', now())$$, '22023', NULL, 'an empty kind');
SELECT throws_ok($$SELECT '[["","2026-01-01T00:00:00Z"]]'::activity$$, '22P02', NULL, 'an empty kind in text');
SELECT throws_ok($$SELECT activity_features('[]', 'infinity')$$, '22008', NULL, 'an infinite as_of');
SELECT throws_ok($$SELECT intensity('[]', now(), '0 days')$$, '22023', NULL, 'no half-life');
SELECT throws_ok($$SELECT activity_in('[1]')$$, '22P02', NULL, 'not an event');

SELECT * FROM finish();
