-- What journeys and funnels do with input that is missing, infinite, unknown
-- or does not fit together.
SET search_path = crmprob, public;
SET timezone = 'UTC';
BEGIN;
SELECT * FROM no_plan();

CREATE TABLE moves (deal bigint, stage stage, at timestamptz, amount numeric);
INSERT INTO moves VALUES
  (1, '1:Lead', '2026-01-01', 10), (1, '2:Offer', '2026-01-03', 12),
  (2, '1:Lead', '2026-01-02', NULL),
  (NULL, '1:Lead', '2026-01-01', 10), (3, NULL, '2026-01-01', 10), (3, '1:Lead', NULL, 10),
  (4, '1:Lead', '2026-01-05', 5), (4, '7:Elsewhere', '2026-01-06', 5), (4, '2:Elsewhere', '2026-01-07', 5), (4, 'lost:Gone', '2026-01-08', 5);
CREATE VIEW d AS SELECT define_funnel('Lead > Offer > Won | Lost'::pipeline) AS d;
CREATE FUNCTION counts(f funnel) RETURNS text LANGUAGE sql AS
  $$ SELECT format('%s deals, %s ignored, %s unknown, %s', n_deals(f), n_ignored(f), n_unknown(f),
                   (SELECT string_agg(entered::text, ' ' ORDER BY step) FROM conversion(f))) $$;
CREATE FUNCTION message(query text, OUT state text, OUT said text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE query;
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- NULL: ignored and counted ---------------------------------------------------

SELECT is(counts(funnel(deal, stage, at, d)), '3 deals, 3 ignored, 3 unknown, 3 1 0',
          'a NULL entity, stage or time is ignored and counted') FROM moves, d;
SELECT is(counts(funnel(deal, stage, at, amount, d)), '3 deals, 3 ignored, 3 unknown, 3 1 0', 'with amounts too') FROM moves, d;
SELECT is(counts(funnel(deal::text, label(stage), at, d)), '3 deals, 3 ignored, 3 unknown, 3 1 0', 'by text entity and label too') FROM moves, d;
SELECT is(counts(funnel(md5(deal::text)::uuid, ordinal(stage), at, d)), '3 deals, 4 ignored, 1 unknown, 3 2 0',
          'by uuid and position too; a closed stage has no ordinal') FROM moves, d;
SELECT is(n_ignored(journey(stage, at)), 2::bigint, 'a journey counts its NULL stages and times') FROM moves WHERE deal = 3;
SELECT is(counts(funnel(j, d)), '4 deals, 2 ignored, 3 unknown, 4 1 0', 'a funnel of journeys sums that up; NULL deals make a group of their own')
  FROM (SELECT journey(stage, at) AS j FROM moves GROUP BY deal) AS m, d;
SELECT is(counts(funnel(j, d)), '0 deals, 0 ignored, 0 unknown, 0 0 0', 'a journey without events is no deal')
  FROM (SELECT '{"events":[]}'::journey AS j) AS m, d;
SELECT is(funnel(NULL::journey, d)::text, NULL, 'a NULL journey adds nothing') FROM d;
SELECT is(priced, '1 of 2', 'a NULL amount is no ignored row')
  FROM d, LATERAL (SELECT (f::jsonb #>> '{steps,0,priced}') || ' of ' || (f::jsonb #>> '{steps,0,entered}') AS priced
                     FROM (SELECT funnel(deal, stage, at, amount, d) AS f FROM moves WHERE deal < 3) AS x) AS y;
SELECT throws_ok('SELECT funnel(deal, stage, at, NULL) FROM moves', '22004', 'funnel definition must not be null', 'a NULL definition is refused');
SELECT throws_ok('SELECT funnel(j, NULL) FROM (SELECT journey(stage, at) AS j FROM moves) AS m', '22004', 'funnel definition must not be null', 'and over journeys');

SELECT throws_ok(format($$SELECT journey(stage, at, %L) FROM moves$$, amount), state, NULL, 'a journey refuses the amount ' || amount)
  FROM (VALUES ('0.00001', '22003'), ('1e30', '22003'), ('NaN', '22023'), ('Infinity', '22023')) AS a (amount, state);
SELECT throws_ok(format($$SELECT funnel(deal, stage, at, %L, d) FROM moves, d$$, amount), state, NULL, 'one pass refuses the amount ' || amount)
  FROM (VALUES ('0.00001', '22003'), ('1e30', '22003'), ('NaN', '22023'), ('Infinity', '22023')) AS a (amount, state);
SELECT throws_ok($$SELECT define_funnel('A > W'::pipeline, entry => 'empty')$$, '22023', NULL, 'an empty range of entry is refused');

-- infinite times: 22008 --------------------------------------------------------

SELECT throws_ok(format($$SELECT funnel(deal, %s, timestamptz %L, d) FROM moves, d$$, step, at), '22008', '"at" must not be infinite', at || ' at a ' || step)
  FROM unnest('{stage,label(stage),2}'::text[]) AS step, unnest('{infinity,-infinity}'::text[]) AS at;
SELECT throws_ok(format('SELECT journey(stage, timestamptz %L) FROM moves', at), '22008', NULL, at || ' in a journey')
  FROM unnest('{infinity,-infinity}'::text[]) AS at;
SELECT throws_ok(format('SELECT %s(funnel(deal, stage, at, d), timestamptz %L) FROM moves, d', f, 'infinity'), '22008', NULL, 'infinite as_of of ' || f)
  FROM unnest('{n_immature,conversion}'::text[]) AS f;
SELECT lives_ok($$SELECT define_funnel('A > W'::pipeline, entry => '[-infinity,infinity]')$$, 'a range of entry may be unbounded');

-- windows: no months, nothing negative ------------------------------------------

SELECT ok(state = '22023' AND hint <> '' AND said LIKE '%' || name || '%', name || ': months are refused, by name and with a hint')
  FROM (VALUES ('within', 'within => ''3 months'''), ('within_step', 'within_step => ''{1 year}'''), ('tolerance', 'tolerance => ''1 month''')) AS o (name, argument),
       message(format('SELECT define_funnel(''A > W''::pipeline, %s)', argument));
SELECT throws_ok(format('SELECT define_funnel(''A > W''::pipeline, %s)', argument), '22023', NULL, argument || ' is refused')
  FROM unnest(ARRAY['within => ''-1 day''', 'within_step => ''{-1 s}''', 'tolerance => ''-1 s''']) AS argument;
SELECT is(define_funnel('A > W'::pipeline, within => '30 days'), define_funnel('A > W'::pipeline, within => '720:00'), 'a day has 24 hours');

-- unknown stages and labels -------------------------------------------------------

SELECT is(counts(funnel(deal, stage, at, d)), '1 deals, 0 ignored, 3 unknown, 1 0 0',
          'stages outside the pipeline are no steps, whatever their position, and are counted') FROM moves, d WHERE deal = 4;
SELECT is(counts(funnel(deal, label, at, d)), '1 deals, 0 ignored, 4 unknown, 0 0 0', 'labels match as they are')
  FROM d, (VALUES (1, 'lead', '2026-01-01'::timestamptz), (1, ' Lead', '2026-01-02'), (1, '', '2026-01-03'), (1, repeat('x', 5000), '2026-01-04')) AS m (deal, label, at);
SELECT is(counts(funnel(1, n, '2026-01-01', d)), '1 deals, 0 ignored, 4 unknown, 1 1 1', 'positions outside stages(pipeline) too')
  FROM d, unnest('{0,-1,1,2,3,4,5,2147483647}'::int[]) AS n;
SELECT is(row(funnel_level(j, d), step_times(j, d))::text, '(1,"{NULL,NULL,NULL}")', 'a non-step is no step of a single deal either and takes no time')
  FROM (SELECT journey(stage, at) AS j FROM moves WHERE deal = 4) AS m, d;
SELECT is(row(entered_at(j, 'No such'), time_in_stage(j, 'No such', '2026-02-01'))::text, '(,)', 'entered_at and time_in_stage of an unknown label are NULL')
  FROM (SELECT journey(stage, at) AS j FROM moves WHERE deal = 4) AS m;
SELECT throws_ok(format('SELECT define_funnel(''Lead > Offer > Won | Lost''::pipeline, ''ordered'', %s => ''{Ofer}'')', o), '22023', NULL, 'an unknown label in ' || o)
  FROM unnest('{steps,exclude,optional}'::text[]) AS o;
SELECT matches(hint, '"Offer"', 'the hint has the closest label')
  FROM message($$SELECT define_funnel('Lead > Offer > Won | Lost'::pipeline, steps => '{Ofer}')$$);

-- funnels of different definitions ----------------------------------------------

CREATE TABLE definition (differs text, d funnel_definition);
INSERT INTO definition VALUES
  ('pipeline', define_funnel('A > C > W | L'::pipeline, 'ordered')),
  ('mode', define_funnel('A > B > W | L'::pipeline, 'strict')),
  ('steps', define_funnel('A > B > W | L'::pipeline, 'ordered', steps => '{A,W}')),
  ('within', define_funnel('A > B > W | L'::pipeline, 'ordered', '1 day')),
  ('exclude', define_funnel('A > B > W | L'::pipeline, 'ordered', exclude => '{L}')),
  ('optional', define_funnel('A > B > W | L'::pipeline, 'ordered', optional => '{B}')),
  ('within_step', define_funnel('A > B > W | L'::pipeline, 'ordered', within_step => '{1 day,NULL}')),
  ('tolerance', define_funnel('A > B > W | L'::pipeline, 'ordered', tolerance => '1 s')),
  ('entry', define_funnel('A > B > W | L'::pipeline, 'ordered', entry => '[2026-01-01,)')),
  ('repeats', define_funnel('A > B > W | L'::pipeline, 'ordered', repeats => 'row')),
  ('counting', define_funnel('A > B > W | L'::pipeline, 'ordered', counting => 'entries'));
CREATE TABLE pair AS
SELECT differs, funnel(1, 1, '2026-01-01', define_funnel('A > B > W | L'::pipeline, 'ordered')) AS a, funnel(2, 1, '2026-01-01', d) AS b
  FROM definition GROUP BY differs, d;
SELECT is(row(state, said, detail)::text, row('22023', 'funnels of different definitions cannot be added up', format('They differ in "%s".', differs))::text,
          'rolled up, the error names ' || differs)
  FROM pair, message(format('SELECT rollup(f) FROM pair, unnest(ARRAY[a, b]) AS f WHERE differs = %L', differs));
SELECT is(row(state, said, detail)::text, row('22023', 'funnels of different definitions cannot be compared', format('They differ in "%s".', differs))::text,
          'compared, the error names ' || differs)
  FROM pair, message(format('SELECT compare(a, b) FROM pair WHERE differs = %L', differs)) WHERE differs <> 'entry';
SELECT is(detail, 'They differ in "pipeline", "mode", "within", "tolerance", "entry", "repeats", "counting".', 'the error names all that differs')
  FROM message($$SELECT rollup(f) FROM (SELECT funnel(1, 1, '2026-01-01', define_funnel('A > B > W | L'::pipeline)) AS f
    UNION ALL SELECT funnel(1, 1, '2026-01-01', define_funnel('A > C > W | L'::pipeline, 'ordered', '1 day', repeats => 'row',
      counting => 'entries', tolerance => '1 s', entry => '[2026-01-01,)'))) AS v$$);
SELECT is(detail, 'They differ in "mode", "exclude", "optional".', 'the error names what differs by step where the steps are the same')
  FROM message($$SELECT compare(a, b) FROM (SELECT funnel(1, 1, '2026-01-01', define_funnel('A > B > W | L'::pipeline, 'strict')) AS a,
    funnel(1, 1, '2026-01-01', define_funnel('A > B > W | L'::pipeline, 'ordered', exclude => '{L}', optional => '{B}')) AS b) AS v$$);
SELECT is(detail, 'They differ in "steps", "exclude", "optional", "within_step".', 'and where the steps differ too')
  FROM message($$SELECT rollup(f) FROM (SELECT funnel(1, 1, '2026-01-01', define_funnel('A > B > C > W | L'::pipeline, 'ordered', steps => '{A,C}')) AS f
    UNION ALL SELECT funnel(1, 1, '2026-01-01', define_funnel('A > B > C > W | L'::pipeline, 'ordered', exclude => '{L}', optional => '{B}',
      within_step => '{1 day,NULL,NULL}'))) AS v$$);
SELECT lives_ok($$SELECT compare(a, b) FROM pair WHERE differs = 'entry'$$, 'funnels of different ranges of entry can be compared');
SELECT throws_ok($$SELECT funnel(1, 1, '2026-01-01', d) FROM definition$$, '22023', 'funnels of different definitions cannot be added up', 'rows of one funnel have one definition');
SELECT throws_ok($$SELECT funnel('{"events":[["1:A","2026-01-01T00:00:00Z"]]}'::journey, d) FROM definition$$, '22023', 'funnels of different definitions cannot be added up', 'so have journeys');

-- an as_of without a window
SELECT is((SELECT n_immature(a, '2026-02-01') FROM pair LIMIT 1), NULL, 'n_immature is NULL without a window');
SELECT throws_ok($$SELECT conversion(a, '2026-02-01') FROM pair$$, '22023', 'funnel has no window', 'conversion as of a day needs one');
SELECT throws_ok($$SELECT compare(a, a, '2026-02-01') FROM pair$$, '22023', 'funnel has no window', 'compare too');

SELECT * FROM finish();
ROLLBACK;
