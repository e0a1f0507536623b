-- funnel: how far deals come, step by step.
SET search_path = crmprob, public;
SET timezone = 'UTC';

CREATE TEMP TABLE history (deal int, stage stage, at timestamptz, amount numeric);
INSERT INTO history VALUES
  (1, '1:Lead', '2026-01-01', 100), (1, '2:Contacted', '2026-01-02', NULL),
  (1, '3:Proposal', '2026-01-05', 120.5), (1, 'won:Won', '2026-01-09', 110),
  (2, '1:Lead', '2026-01-01', NULL), (2, '3:Proposal', '2026-01-03', NULL),
  (2, '2:Contacted', '2026-01-04', NULL), (2, 'lost:Lost', '2026-01-08', NULL),
  (3, '2:Contacted', '2026-01-03', 5), (3, NULL, '2026-01-03', 5), (3, '7:Odd', '2026-01-03', 7),
  (4, '1:Lead', '2026-01-01', 10), (4, '2:Contacted', '2026-01-02', NULL),
  (4, 'lost:Lost', '2026-01-03', NULL), (4, '1:Lead', '2026-02-01', NULL),
  (4, '2:Contacted', '2026-02-03', NULL), (4, '3:Proposal', '2026-02-04', 12);
CREATE TEMP TABLE journeys AS
  SELECT deal, journey(stage, at, amount) AS j FROM history GROUP BY deal;
CREATE TEMP VIEW p AS SELECT 'Lead > Contacted > Proposal > Won | Lost'::pipeline AS p;
CREATE FUNCTION pg_temp.show(d funnel_definition) RETURNS TABLE (line text) LANGUAGE sql AS
  $$ SELECT string_agg(entered::text, ' ' ORDER BY step) FROM conversion((SELECT funnel(j, d) FROM journeys)) $$;

-- reached: deal 2 skipped Contacted, deal 3 entered there
SELECT step, stage, entered, dropped, round(step_conversion::numeric, 4) AS step_conversion,
       round(conversion::numeric, 4) AS conversion, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high,
       date_trunc('hour', median_time + interval '30 min') AS median_time,
       date_trunc('hour', p90_time + interval '30 min') AS p90_time
  FROM conversion((SELECT funnel(j, define_funnel(p)) FROM journeys, p));
SELECT mode, line FROM p, unnest('{reached,ordered,first_touch,strict,any}'::text[]) mode,
       LATERAL pg_temp.show(define_funnel(p, mode)) s (line);
SELECT name, line FROM p, LATERAL (VALUES
    ('within', define_funnel(p, 'ordered', '3 days')),
    ('steps', define_funnel(p, 'ordered', steps => '{Contacted,Won}')),
    ('steps reached', define_funnel(p, steps => '{Lead,Contacted}')),
    ('exclude', define_funnel(p, 'ordered', exclude => '{Lost}')),
    ('optional', define_funnel(p, 'ordered', optional => '{Contacted}')),
    ('within_step', define_funnel(p, 'ordered', within_step => '{1 day,3 days,4 days}')),
    ('tolerance', define_funnel(p, 'ordered', tolerance => '1 day')),
    ('entry', define_funnel(p, 'ordered', entry => '[2026-01-15,)')),
    ('entries', define_funnel(p, 'ordered', exclude => '{Lost}', counting => 'entries'))) d (name, d),
  LATERAL pg_temp.show(d) s (line);
SELECT deal, funnel_level(j, define_funnel(p)) AS reached, step_times(j, define_funnel(p)) AS reached_times,
       funnel_level(j, define_funnel(p, 'ordered')) AS ordered, step_times(j, define_funnel(p, 'ordered')) AS ordered_times
  FROM journeys, p ORDER BY deal;

-- counters and money: the last amount known counts at every step
CREATE TEMP TABLE f AS SELECT funnel(j, define_funnel(p, within => '60 days')) AS f FROM journeys, p;
SELECT n_deals(f), n_entries(f), n_ignored(f), n_unknown(f), n_immature(f, '2026-03-02 23:59'),
       n_immature(f, '2026-03-05'), definition(f) = define_funnel(p, within => '60 days') AS same FROM f, p;
SELECT i - 1 AS step, s->'entered' AS entered, s->'priced' AS priced, s->'amount' AS amount, s->'timed' AS timed, s->'time' AS time
  FROM f, jsonb_array_elements(f::jsonb->'steps') WITH ORDINALITY e (s, i) ORDER BY i;
SELECT f::text::funnel = f AS same FROM f;
SELECT f FROM f;
SELECT n_immature(funnel(j, define_funnel(p)), '2026-03-02') IS NULL AS no_window FROM journeys, p;

-- any order, any merge tree
CREATE TEMP TABLE events AS
  SELECT i % 97 AS deal, (ARRAY['1:Lead','2:Contacted','3:Proposal','won:Won','lost:Lost','9:Odd']::stage[])[1 + (i * 7 + i / 5) % 6] AS stage,
         '2026-01-01'::timestamptz + (i * 31 % 2000) * interval '1 hour' AS at, i % 13 AS amount
    FROM generate_series(1, 2000) i;
CREATE TEMP TABLE many AS SELECT deal, journey(stage, at, amount) AS j FROM events GROUP BY deal;
SELECT mode, count(*), max(n) FROM (SELECT mode, f, max(n_entries(f)) AS n FROM unnest('{reached,ordered,first_touch,strict,any}'::text[]) mode, p, LATERAL (
  SELECT funnel(j, define_funnel(p, mode, '20 days') ORDER BY deal) AS f FROM many
  UNION ALL SELECT funnel(j, define_funnel(p, mode, '20 days') ORDER BY deal DESC) FROM many
  UNION ALL SELECT rollup(f) FROM (SELECT funnel(j, define_funnel(p, mode, '20 days')) AS f FROM many GROUP BY deal % 5) s
  UNION ALL SELECT rollup(f ORDER BY k DESC) FROM (SELECT deal % 31 AS k, funnel(j, define_funnel(p, mode, '20 days')) AS f FROM many GROUP BY deal % 31) s
) o GROUP BY mode, f) t GROUP BY mode ORDER BY mode;
SELECT deal, n_entries(funnel(j, define_funnel(p)) OVER (ORDER BY deal ROWS 2 PRECEDING)) FROM journeys, p ORDER BY deal;

-- parallel and serial
CREATE TABLE funnel_many AS SELECT deal, journey(stage, at, amount) AS j FROM events GROUP BY deal;
CREATE TABLE funnel_events AS SELECT * FROM events;
CREATE TEMP TABLE answers AS SELECT funnel(j, define_funnel(p)) AS f FROM funnel_many, p;
CREATE TEMP TABLE journeys_serial AS SELECT journey(stage, at) AS j FROM funnel_events;
ALTER TABLE funnel_many SET (parallel_workers = 2);
ALTER TABLE funnel_events SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT f = (SELECT funnel(j, define_funnel('Lead > Contacted > Proposal > Won | Lost'::pipeline)) FROM funnel_many) AS same FROM answers;
SELECT j = (SELECT journey(stage, at) FROM funnel_events) AS same FROM journeys_serial;
SELECT f = (SELECT rollup(f) FROM (SELECT deal % 3, funnel(j, define_funnel('Lead > Contacted > Proposal > Won | Lost'::pipeline)) AS f FROM funnel_many GROUP BY 1) s) AS same FROM answers;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE funnel_many, funnel_events;

-- overlapping deals do not add up as funnels, but do as journeys
SELECT n_deals(rollup(f)) AS as_funnels FROM (SELECT funnel(j, define_funnel(p)) AS f FROM journeys, p UNION ALL SELECT funnel(j, define_funnel(p)) FROM journeys, p) s;
SELECT n_deals(funnel(j, define_funnel(p))) AS as_journeys FROM p, (SELECT rollup(j) AS j FROM (SELECT * FROM journeys UNION ALL SELECT * FROM journeys) t GROUP BY deal) s;

-- definitions must be equal
SELECT funnel(j, define_funnel(p, CASE WHEN deal = 3 THEN 'any' ELSE 'reached' END)) FROM journeys, p;
SELECT rollup(f) FROM (SELECT funnel(j, define_funnel(p, within => deal * interval '1 day')) AS f FROM journeys, p GROUP BY deal) s;
SELECT rollup(f) FROM (SELECT funnel(j, define_funnel(CASE WHEN deal = 1 THEN p ELSE 'Lead > Won' END)) AS f FROM journeys, p GROUP BY deal) s;

-- nothing and NULL
SELECT funnel(j, define_funnel(p)) FROM journeys, p WHERE false;
SELECT funnel(NULL::journey, define_funnel(p)) FROM p;
SELECT funnel(j, NULL) FROM journeys;
SELECT rollup(NULL::funnel);
SELECT n_deals(funnel('{"events":[],"ignored":2}', define_funnel(p))), n_ignored(funnel('{"events":[],"ignored":2}', define_funnel(p))) FROM p;
SELECT entered, step_conversion, conversion, low, median_time FROM conversion((SELECT funnel('{"events":[]}', define_funnel(p)) FROM p));
SELECT funnel_add(NULL, j, define_funnel(p)) FROM journeys, p;
SELECT funnel_level('{"events":[]}', define_funnel(p)), step_times('{"events":[]}', define_funnel(p)) FROM p;
SELECT '{}'::funnel;

-- attempts end with their window, however often the deal comes back to step 1
SELECT mode, n_entries(f), (SELECT string_agg(entered::text, ' ' ORDER BY step) FROM conversion(f)) AS entered
  FROM unnest('{reached,ordered,first_touch,strict,any}'::text[]) mode, LATERAL (
  SELECT funnel(j, define_funnel('A > B > C > D > W'::pipeline, mode, within => '100 hours', counting => 'entries')) AS f
    FROM (SELECT journey((ARRAY['1:A','2:B','3:C']::stage[])[1 + i % 3], '2026-01-01'::timestamptz + i * interval '1 hour') AS j
            FROM generate_series(0, 2999) i) s) t ORDER BY mode;
SELECT n_entries(f), (SELECT string_agg(entered::text, ' ' ORDER BY step) FROM conversion(f)) AS entered
  FROM (SELECT funnel('{"events":[["1:A","2026-01-01T00:00:00Z"],["2:B","2026-01-01T01:00:00Z"],["1:A","2026-01-01T10:00:00Z"],["2:B","2026-01-01T12:00:00Z"],["1:A","2026-01-01T13:00:00Z"],["won:C","2026-01-01T14:00:00Z"]]}'::journey,
              define_funnel('A > B > C'::pipeline, 'ordered', within => '10 hours', counting => 'entries')) AS f) s;

-- the last amount among simultaneous events: by the pipeline's order, not by
-- the stages' own positions; stages outside it come last
SELECT last, f::jsonb->'steps'->0->>'amount' AS amount
  FROM (SELECT last, funnel(j, define_funnel('A > B > W'::pipeline)) AS f FROM (
          SELECT last, journey(stage, at, amount) AS j FROM (
            VALUES ('pipeline', '7:A'::stage, '2026-01-01'::timestamptz, 9), ('pipeline', '2:B', '2026-01-01', 5),
                   ('outside', '7:A', '2026-01-01', 9), ('outside', '1:X', '2026-01-01', 3),
                   ('largest', '1:A', '2026-01-01', 9), ('largest', '1:A', '2026-01-01', 4),
                   ('latest', '2:B', '2026-01-01', 9), ('latest', '1:A', '2026-01-02', 4)
            ) v (last, stage, at, amount) GROUP BY last) j GROUP BY last) f ORDER BY last;

-- times and sums that do not fit
CREATE TEMP TABLE ages AS SELECT define_funnel('A > B > W'::pipeline) AS d,
  '{"events":[["1:A","-0001-01-01T00:00:00Z"],["2:B","294200-01-01T00:00:00Z"]]}'::journey AS j;
SELECT funnel(j, d) FROM ages;
SELECT step_times(j, d) FROM ages;
SELECT median_time FROM conversion((SELECT funnel('{"events":[["1:A","-0001-01-01T00:00:00Z"],["2:B","290000-01-01T00:00:00Z"]]}', d) FROM ages)) WHERE step = 2;
SELECT rollup(f::text::funnel) FROM generate_series(1, 2), LATERAL (
  SELECT replace(funnel('{"events":[["1:A","2026-01-01T00:00:00Z",7]]}', d)::text,
                 '7.0000', repeat('9', 34) || '.9999') FROM ages) s (f);

-- equality and hash
SELECT count(*) FROM (SELECT f FROM f UNION SELECT f FROM f) s;

-- one pass over the events gives the same bytes as the journeys do
CREATE TEMP TABLE big AS
  SELECT (i * 7919 % 1811)::bigint AS id, (ARRAY['1:Lead','2:Contacted','3:Proposal','won:Won','lost:Lost','9:Odd','8:Strange']::stage[])[1 + (i * 7 + i / 5 + i / 31) % 7] AS stage,
         CASE i % 997 WHEN 0 THEN '0001-01-01 BC' WHEN 1 THEN '9999-12-31' ELSE '2026-01-01' END::timestamptz + (i * 31 % 5000) / 3 * interval '1 hour' AS at,
         CASE WHEN i % 3 > 0 THEN (i % 1013)::numeric / 4 END AS amount
    FROM generate_series(1, 60000) i;
INSERT INTO big VALUES (NULL, '1:Lead', '2026-01-01', 1), (1, NULL, '2026-01-01', 1), (1, '1:Lead', NULL, 1);
CREATE TEMP VIEW definitions AS
  SELECT mode || ' ' || repeats || ' ' || counting AS name, define_funnel(p, mode, '20 days', repeats => repeats, counting => counting) AS d
    FROM p, unnest('{reached,ordered,first_touch,strict,any}'::text[]) mode,
         unnest('{visit,row}'::text[]) repeats, unnest('{entities,entries}'::text[]) counting
  UNION ALL SELECT 'options', define_funnel(p, 'ordered', exclude => '{Lost}', optional => '{Contacted}', within_step => '{1 day,NULL,9 days}', tolerance => '1 hour', entry => '[2026-01-03,2026-02-01)') FROM p;
CREATE TEMP TABLE paths AS SELECT id, journey(stage, at) AS j, journey(stage, at, amount) AS priced FROM big WHERE id IS NOT NULL GROUP BY id;
CREATE FUNCTION pg_temp.counted(f funnel) RETURNS text LANGUAGE sql AS
  $$ SELECT (f::jsonb - 'ignored')::text $$;
SELECT name, n_deals(a), n_unknown(a), n_ignored(a), pg_temp.counted(a) = pg_temp.counted(b) AS same, pg_temp.counted(c) = pg_temp.counted(e) AS same_priced
  FROM (SELECT name, (SELECT funnel(id, stage, at, d) FROM big) a, (SELECT funnel(j, d) FROM paths) b,
               (SELECT funnel(id, stage, at, amount, d) FROM big) c, (SELECT funnel(priced, d) FROM paths) e FROM definitions) s ORDER BY name;
-- the last of simultaneous events is the same one, though labels and positions
-- know no position of a stage of its own
CREATE TEMP TABLE ties AS
  SELECT deal, label, n, CASE label WHEN 'A' THEN '7:A' WHEN 'B' THEN '2:B' ELSE '1:' || label END::stage AS stage,
         '2026-01-01'::timestamptz AS at, amount
    FROM (VALUES (1, 'A', 1, 9), (1, 'B', 2, 5), (2, 'A', 1, 9), (2, 'X', 99, 3), (3, 'A', 1, 9), (3, 'A', 1, 4),
                 (4, 'X', 99, 3), (4, 'Y', 98, 8), (4, 'B', 2, 10)) v (deal, label, n, amount);
SELECT deal, f::jsonb->'steps'->0->>'amount' AS amount, f = by_stage AS by_stage, f = by_label AS by_label, n IS NULL OR f = n AS by_position
  FROM define_funnel('A > B > W'::pipeline) d, LATERAL (
    SELECT deal, funnel(deal, stage, at, amount, d) AS by_stage, funnel(deal, label, at, amount, d) AS by_label,
           CASE WHEN max(n) < 90 THEN funnel(deal, CASE WHEN n < 90 THEN n END, at, amount, d) END AS n,
           (SELECT funnel(j, d) FROM (SELECT journey(stage, at, amount) AS j FROM ties u WHERE u.deal = t.deal) j) AS f
      FROM ties t GROUP BY deal, d) s ORDER BY deal;
SELECT funnel(1, stage, at, define_funnel('A > B > W'::pipeline))
  FROM (VALUES ('1:A'::stage, '0002-01-01 BC'::timestamptz), ('2:B', '294200-01-01')) v (stage, at);
-- every type of entity and step, shuffled, in partitions and in files
CREATE TEMP TABLE forms AS
  SELECT define_funnel(p, 'ordered', '20 days') AS d FROM p;
CREATE TEMP TABLE known AS SELECT *, label(stage) AS label,
    array_position('{Lead,Contacted,Proposal,Won,Lost}'::text[], label(stage)) AS n FROM big WHERE label(stage) NOT IN ('Odd', 'Strange');
CREATE TEMP TABLE results AS
  SELECT 'bigint stage' AS form, funnel(id, stage, at, (SELECT d FROM forms)) AS f FROM known
  UNION ALL SELECT 'bigint label', funnel(id, label, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'bigint ordinal', funnel(id, n, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'uuid stage', funnel(md5(id::text)::uuid, stage, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'uuid label', funnel(md5(id::text)::uuid, label, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'uuid ordinal', funnel(md5(id::text)::uuid, n, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'text stage', funnel(id::text, stage, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'text label', funnel(md5(id::text), label, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'text ordinal', funnel('0061U00000' || id, n, at, (SELECT d FROM forms)) FROM known
  UNION ALL SELECT 'shuffled', funnel(id, stage, at, (SELECT d FROM forms)) FROM (SELECT * FROM known ORDER BY md5(id || at::text)) s
  UNION ALL SELECT 'groups', rollup(f) FROM (SELECT funnel(id, stage, at, (SELECT d FROM forms)) AS f FROM known GROUP BY id % 50) s;
SELECT count(*) FROM (SELECT f FROM results GROUP BY f) s;
SET work_mem = '64kB';
SELECT f = (SELECT funnel(i % 300000, 1 + (i % 4)::int, '2026-01-01'::timestamptz + i * interval '1 second', (SELECT d FROM forms)) FROM generate_series(1, 600000::bigint) i) AS same
  FROM (SELECT set_config('work_mem', '256MB', false), funnel(i % 300000, 1 + (i % 4)::int, '2026-01-01'::timestamptz + i * interval '1 second', (SELECT d FROM forms)) AS f FROM generate_series(1, 600000::bigint) i) s;
RESET work_mem;
SELECT i, n_deals(funnel(i, 1, '2026-01-01'::timestamptz, (SELECT d FROM forms)) OVER (ORDER BY i ROWS 2 PRECEDING)) FROM generate_series(1, 4::bigint) i;
SELECT n_unknown(funnel(1::bigint, i, '2026-01-01'::timestamptz, (SELECT d FROM forms))) FROM generate_series(-300, 300) i;
SELECT funnel(id, stage, at, d) FROM known, forms WHERE false;
SELECT n_deals(f), n_ignored(f) FROM (SELECT funnel(NULL::bigint, stage, at, (SELECT d FROM forms)) AS f FROM known) s;
SELECT funnel(id, stage, 'infinity'::timestamptz, d) FROM known, forms;
SELECT funnel(id, stage, at, NULL) FROM known;
SELECT funnel(id, stage, at, define_funnel(p, CASE id WHEN 3 THEN 'any' ELSE 'reached' END)) FROM known, p;

-- a journey that comes straight from its aggregate counts as a stored one does
CREATE TEMP TABLE moves AS
  SELECT i % 400 AS deal, (ARRAY['1:Lead', '2:Offer', '3:Talk', '7:Elsewhere', 'won:Won', 'lost:Lost'])[1 + (i * i + i / 400) % 6]::stage AS stage,
         '2026-01-01'::timestamptz + (i * 7919 % 1000) * interval '1 hour' AS at, nullif(i % 5, 0)::numeric AS amount
    FROM generate_series(1, 4000) i;
CREATE TEMP TABLE kept AS SELECT deal, journey(stage, at, amount) AS j FROM moves GROUP BY deal;
SELECT m.mode, funnel_send(a.f) = funnel_send(b.f) AS stored, funnel_send(a.f) = funnel_send(c.f) AS one_pass, n_unknown(a.f) > 0 AS unknown,
       l.levels = k.levels AS levels
  FROM (VALUES ('reached'), ('ordered'), ('first_touch'), ('strict'), ('any')) AS m (mode),
  LATERAL (SELECT define_funnel('Lead > Talk > Offer > Won | Lost'::pipeline, mode => m.mode, within => '20 days') AS d) AS d,
  LATERAL (SELECT funnel(j, d) AS f FROM (SELECT journey(stage, at, amount) AS j FROM moves GROUP BY deal) s) AS a,
  LATERAL (SELECT funnel(j, d) AS f FROM kept) AS b,
  LATERAL (SELECT funnel(deal::bigint, stage, at, amount, d) AS f FROM moves) AS c,
  LATERAL (SELECT array_agg(funnel_level(j, d) ORDER BY deal) AS levels FROM kept) AS k,
  LATERAL (SELECT array_agg(funnel_level(j, d) ORDER BY deal) AS levels
             FROM (SELECT deal, journey(stage, at, amount) AS j FROM moves GROUP BY deal) s) AS l;
