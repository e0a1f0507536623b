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

-- equality and hash
SELECT count(*) FROM (SELECT f FROM f UNION SELECT f FROM f) s;
