-- journey, funnel_definition, funnel and stage_flow: what a user relies on when bytes and
-- limits are concerned. Values and output are in sql/journey.sql, funnel.sql.
BEGIN;
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = warning;
SELECT plan(26);

CREATE TEMPORARY TABLE examples (type text PRIMARY KEY, message bytea);
INSERT INTO examples
SELECT 'journey', journey_send(journey)
FROM (SELECT journey(s, t, a) FROM (VALUES ('1:A'::stage, timestamptz '2026-01-01', 5.5),
  ('won:Yes', '2026-01-04', NULL)) AS v(s, t, a)) AS j(journey);
INSERT INTO examples
SELECT 'funnel_definition', funnel_definition_send(define_funnel('A > B > W | L'::pipeline,
  'ordered', within => '9 days', optional => '{B}', exclude => '{L}',
  within_step => '{1 day, 3 days}', tolerance => '1 hour', entry => '[2025-01-01,2027-01-01)'));
INSERT INTO examples
SELECT 'funnel', funnel_send(funnel(j, define_funnel('A > W'::pipeline, within => '9 days')))
FROM unnest(ARRAY[
  '{"events":[["1:A","2026-01-01T00:00:00Z",5],["won:W","2026-01-02T00:00:00Z"]]}',
  '{"events":[["1:A","2026-01-01T00:00:00Z"]],"ignored":1}']::journey[]) AS j;
INSERT INTO examples
SELECT 'stage_flow', stage_flow_send(stage_flow(j, '2026-01-05'))
FROM unnest(ARRAY['{"events":[["1:A","2026-01-01T00:00:00Z"],["won:W","2026-01-02T00:00:00Z"]]}',
  '{"events":[["1:A","2026-01-01T00:00:00Z"]]}']::journey[]) AS j;

-- Bytes to a type's receive function, by way of binary COPY; the SQLSTATE of
-- the refusal, NULL where they are a value that prints and reads again.
CREATE FUNCTION pg_temp.state(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  path text := current_setting('data_directory') || '/received.bin';
  state text;
BEGIN
  EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, path);
  BEGIN
    EXECUTE format('COPY received_%s FROM %L (FORMAT binary)', type, path);
    EXECUTE format('SELECT CASE v::text::%1$s = v WHEN false THEN ''XX000'' END
      FROM received_%1$s', type) INTO state;
    EXECUTE format('DELETE FROM received_%s', type);
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
  END;
  RETURN state;
END
$$;
CREATE TEMPORARY TABLE received_journey (v journey);
CREATE TEMPORARY TABLE received_funnel_definition (v funnel_definition);
CREATE TEMPORARY TABLE received_funnel (v funnel);
CREATE TEMPORARY TABLE received_stage_flow (v stage_flow);

SELECT is(pg_temp.state(type, message), NULL, format('a %s is received', type))
FROM examples ORDER BY type;
SELECT is(array_agg(DISTINCT pg_temp.state(type, substr(message, 1, n))), '{22P03}',
  format('a %s cut short', type))
FROM examples, generate_series(0, length(message) - 1) AS n GROUP BY type ORDER BY type;
SELECT is(pg_temp.state(type, message || '\x00'), '22P03', format('a %s too long', type))
FROM examples ORDER BY type;
SELECT is_empty($$
  SELECT DISTINCT type, state FROM (
    SELECT type, pg_temp.state(type, set_bit(message, n, 1 - get_bit(message, n))) AS state
    FROM examples, generate_series(0, 8 * length(message) - 1) AS n) AS flipped
  WHERE state NOT IN ('22P03', '22003', '22023', '22021', '54000', '22P02')$$,
  'flipped bits give an error of the guide');

-- an aggregate of a user that lacks the final function gives an equal value
CREATE AGGREGATE pg_temp.raw_journey(stage, timestamptz) (sfunc = journey_add, stype = journey);
CREATE AGGREGATE pg_temp.raw_funnel(journey, funnel_definition) (sfunc = funnel_add, stype = funnel);
CREATE TEMPORARY TABLE raw AS
SELECT raw, own, d, pg_temp.raw_funnel(own, d) OVER () AS raw_funnel, funnel(own, d) OVER () AS own_funnel
FROM (SELECT pg_temp.raw_journey(s, t) AS raw, journey(s, t) AS own
      FROM (VALUES ('2:B'::stage, timestamptz '2026-01-02'), ('1:A', '2026-01-01'),
        ('1:A', '2026-01-01')) AS v(s, t)) AS j,
  define_funnel('A > B > W'::pipeline) AS d;
SELECT ok(raw = own AND NOT raw <> own AND own = raw, 'an unfinished journey is equal') FROM raw;
SELECT is(journey_hash(raw), journey_hash(own), 'its hash is equal') FROM raw;
SELECT is(journey_hash_extended(raw, 7), journey_hash_extended(own, 7), 'with a seed, too') FROM raw;
SELECT ok(raw_funnel = own_funnel AND NOT raw_funnel <> own_funnel, 'an unfinished funnel is equal') FROM raw;
SELECT is(funnel_hash(raw_funnel), funnel_hash(own_funnel), 'its hash is equal') FROM raw;
SELECT ok(journey_send(raw) = journey_send(own) AND funnel_send(raw_funnel) = funnel_send(own_funnel),
  'both are sent as they are equal') FROM raw;

-- a definition that a lateral join hands in anew for each of its rows
CREATE TEMPORARY TABLE moved AS
SELECT g % 50 AS id, 1 + g * 7 % 4 AS step, '2026-01-01'::timestamptz + g * interval '1 hour' AS at FROM generate_series(1, 2000) AS g;
CREATE TEMPORARY TABLE defined AS
SELECT m, define_funnel('A > B > C > W | L'::pipeline, m, '3 days') AS d FROM unnest('{reached,ordered,any,strict,first_touch}'::text[]) AS m;
SELECT ok(definition(f) = d AND f = (SELECT funnel(id, step, at, (SELECT d FROM defined AS own WHERE own.m = defined.m)) FROM moved),
  'a definition of the outer row: ' || m)
FROM defined, LATERAL (SELECT funnel(id, step, at, defined.d) AS f FROM moved) AS x;

-- a statement that prints or reads a long text can be cancelled
CREATE TEMPORARY TABLE long (j journey);
ALTER TABLE long ALTER j SET STORAGE EXTERNAL;
INSERT INTO long
SELECT journey(s, '2026-01-01'::timestamptz + i * interval '1 second')
FROM (VALUES ('1:A'::stage), ('2:B')) AS v(s), generate_series(1, 400000) AS i;
CREATE TEMPORARY TABLE long_text AS SELECT j::text AS t FROM long;
CREATE FUNCTION pg_temp.elapsed(query text) RETURNS interval LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  EXECUTE query;
  RETURN clock_timestamp() - start;
EXCEPTION WHEN query_canceled THEN
  RETURN clock_timestamp() - start;
END
$$;
CREATE TEMPORARY TABLE uncancelled AS
SELECT pg_temp.elapsed('SELECT j::text FROM long') AS output,
  pg_temp.elapsed('SELECT t::journey FROM long_text') AS input;
SET LOCAL statement_timeout = '10ms';
SELECT ok(pg_temp.elapsed('SELECT j::text FROM long') < output / 3, 'output is cancelled')
FROM uncancelled;
SELECT ok(pg_temp.elapsed('SELECT t::journey FROM long_text') < input / 3,
  'input is cancelled')
FROM uncancelled;
RESET statement_timeout;

SELECT * FROM finish();
ROLLBACK;
