-- What users rely on in priorities and shortlist: the list against plain SQL,
-- rights of the caller, nothing from the caller's path, any order of rows.
BEGIN;
SET LOCAL search_path = public, crmprob;
SET LOCAL client_min_messages = error;
SET LOCAL timezone = 'America/New_York';
SELECT plan(16);

INSERT INTO pipelines VALUES ('list', 'Lead > Proposal > Deal > Won | Lost');
INSERT INTO stage_settings (pipeline, label, rot_after) VALUES ('list', 'Lead', '10 days'), ('list', 'Deal', '30 days');
CREATE TABLE closed AS
  SELECT g AS id, (ARRAY['web', 'fair', 'call'])[1 + g % 3] AS source, g * 7 % 100 AS employees,
         (g % 3 = 1) <> (g * 31 % 10 < 2) AS won FROM generate_series(1, 600) g;
CREATE TABLE win AS SELECT * FROM train('list', 'SELECT source, employees, won FROM closed', 'won');
CREATE TABLE deal AS
  SELECT g AS id, stage('list', (ARRAY['Lead', 'Proposal', 'Deal', 'Won', 'Lost'])[1 + g % 5]) AS stage,
         CASE WHEN g % 11 > 0 THEN (g * 37 % 50) * 10.5 END AS amount, timestamp '2026-01-01' + g % 60 * interval '1 day' AS since,
         (ARRAY['web', 'fair', 'call', 'mail'])[1 + g % 4] AS source, g % 90 AS employees, CASE g % 2 WHEN 0 THEN 'east' ELSE 'west' END AS region
    FROM generate_series(1, 400) g;
CREATE FUNCTION pg_temp.list(query text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT p::text FROM crmprob.priorities(query, 'list', since_column => 'since', pipeline => 'list', as_of => '2026-02-20 00:00+00') p $$;
CREATE TABLE listed AS
  SELECT * FROM priorities('TABLE deal', 'list', since_column => 'since', pipeline => 'list', as_of => '2026-02-20 00:00+00');

SELECT results_eq('SELECT id::int FROM listed ORDER BY rank',
  $$SELECT id FROM deal, score('list', deal) s WHERE is_open(stage)
     ORDER BY expected_value(make_opportunity(stage, amount, probability => s)) DESC NULLS LAST, s DESC, amount DESC NULLS LAST, id::text COLLATE "C"$$,
  'open deals in the order of their expected value');
SELECT is_empty('SELECT 1 FROM listed a JOIN listed b ON b.rank = a.rank + 1 WHERE b.expected_value > a.expected_value OR (a.expected_value IS NULL AND b.expected_value IS NOT NULL)',
  'none is worth more than the one before, and unknown values are last');
SELECT results_eq('SELECT rank FROM listed', 'SELECT generate_series(1::bigint, 240)', 'ranks are 1, 2, ...');
SELECT is_empty($$SELECT 1 FROM listed l JOIN deal d ON d.id = l.id::int
  WHERE l.grade IS DISTINCT FROM grade('list', l.score) OR l.reasons IS DISTINCT FROM reasons('list', d) OR l.score <> score('list', d)$$,
  'scores, grades and reasons are those of the model');
SELECT is_empty($$SELECT 1 FROM listed l JOIN deal d ON d.id = l.id::int LEFT JOIN stage_settings s ON s.pipeline = 'list' AND s.label = label(d.stage)
  WHERE l.stale IS DISTINCT FROM (d.since + s.rot_after < timestamp '2026-02-20') AND d.since <= timestamp '2026-02-20'$$,
  'stale by the settings of the stage, times without zone in UTC');
SELECT is_empty($$SELECT 1 FROM listed l JOIN deal d ON d.id = l.id::int
  WHERE l.days_in_stage IS DISTINCT FROM CASE WHEN d.since <= timestamp '2026-02-20' THEN ('2026-02-20' - d.since::date) END$$, 'days in the stage');
SELECT is(array_agg(DISTINCT label(stage) || ' > ' || label(next_stage)), '{Deal > Won,Lead > Proposal,Proposal > Deal}', 'the next stages') FROM listed;
SELECT results_eq($$SELECT pg_temp.list('SELECT * FROM public.deal ORDER BY hashint4(id)')$$,
  'SELECT l::text FROM listed l', 'the order of the rows does not matter');
SELECT results_eq($$SELECT id FROM shortlist('TABLE deal', 'list', min_probability => 0.5)$$,
  $$SELECT id::text FROM deal, score('list', deal) s WHERE s >= 0.5 ORDER BY s DESC, id::text COLLATE "C"$$, 'from a probability on');
SELECT results_eq($$SELECT id FROM shortlist('SELECT * FROM deal ORDER BY hashint4(id)', 'list', k => 17)$$,
  $$SELECT id::text FROM deal, score('list', deal) s ORDER BY s DESC, id::text COLLATE "C" LIMIT 17$$, 'the k best');
SELECT set_eq($$SELECT id FROM shortlist('TABLE deal', 'list', k => 17, with_ties => true)$$,
  $$SELECT id::text FROM deal, score('list', deal) s ORDER BY s DESC FETCH FIRST 17 ROWS WITH TIES$$, 'and those as good as the last of them');

-- what is in front of the path does not matter
CREATE SCHEMA evil;
CREATE FUNCTION evil.minus(timestamptz, timestamptz) RETURNS interval LANGUAGE sql AS $$SELECT interval '666 days'$$;
CREATE OPERATOR evil.- (FUNCTION = evil.minus, LEFTARG = timestamptz, RIGHTARG = timestamptz);
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION evil.floor(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 666.0';
CREATE FUNCTION evil.less(float8, float8) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.< (FUNCTION = evil.less, LEFTARG = float8, RIGHTARG = float8);
CREATE OPERATOR evil.>= (FUNCTION = evil.less, LEFTARG = float8, RIGHTARG = float8);
CREATE TABLE short AS SELECT * FROM shortlist('TABLE public.deal', 'list', min_probability => 0.5);
SET LOCAL search_path = evil, pg_catalog, public;
CREATE TABLE public.under_evil AS SELECT * FROM pg_temp.list('TABLE public.deal') l;
CREATE TABLE public.short_evil AS SELECT * FROM crmprob.shortlist('TABLE public.deal', 'list', min_probability => 0.5);
SET LOCAL search_path = public, crmprob;
SELECT results_eq('TABLE under_evil', 'SELECT l::text FROM listed l', 'priorities takes nothing from the caller''s path');
SELECT results_eq('TABLE short_evil', 'TABLE short', 'nor does shortlist');

CREATE ROLE crmprob_caller;
GRANT USAGE ON SCHEMA crmprob TO crmprob_caller;
SET LOCAL ROLE crmprob_caller;
SELECT throws_ok($$SELECT * FROM crmprob.priorities('SELECT d.*, 0.5 AS score FROM public.deal d')$$, '42501', NULL, 'the caller''s rights count');
SELECT throws_ok($$SELECT * FROM crmprob.shortlist('SELECT d.*, 0.5 AS score FROM public.deal d')$$, '42501', NULL, 'in shortlist too');
RESET ROLE;
GRANT SELECT ON deal TO crmprob_caller;
ALTER TABLE deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY east ON deal TO crmprob_caller USING (region = 'east');
SET LOCAL ROLE crmprob_caller;
SELECT is((SELECT count(*) FROM priorities('SELECT d.*, 0.5 AS score FROM public.deal d WHERE crmprob.is_open(stage)') WHERE id::int % 2 = 1), 0::bigint,
  'and row security');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
