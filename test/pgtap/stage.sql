-- stage and pipeline: what a user relies on when errors, bytes, rights and
-- look-ups are concerned. Values and output are in sql/stage.sql and pipeline.sql.
BEGIN;
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = warning;

\ir copy.psql

SELECT plan(78);

-- SQLSTATE of each refusal in text
SELECT throws_ok(format('SELECT %L::crmprob.stage', s), state, NULL,
  format('stage %L: %s', s, state))
FROM (VALUES ('', '22P02'), ('Proposal', '22P02'), ('3:', '22P02'),
  ('x:y', '22P02'), (E'3:a\x01', '22P02'), (E'3:a\u009f', '22P02'),
  ('0:x', '22003'), ('1000:x', '22003'),
  ('3:' || repeat('x', 64), '54000')) AS v(s, state);
SELECT lives_ok($$SELECT E'3:a\u00a0b'::crmprob.stage$$,
  'a no-break space is no control character');
SELECT throws_ok(format('SELECT %L::crmprob.pipeline', s), state, NULL,
  format('pipeline %L: %s', left(s, 40), state))
FROM (VALUES ('', '22P02'), ('Lead', '22P02'), ('Lead >', '22P02'),
  ('Lead > "Won', '22P02'), (E'Lead > \u0080Won', '22P02'),
  ('Lead > Lead > Won', '22023'), ('Lead > Won | Won', '22023'),
  (repeat('x', 64) || ' > Won', '54000'),
  ((SELECT string_agg(i::text, ' > ') FROM generate_series(1, 1001) AS i),
    '54000')) AS v(s, state);

-- of each refused argument
SELECT throws_ok(q, state, NULL, q || ': ' || state)
FROM (VALUES
  ($$SELECT crmprob.make_pipeline('{}')$$, '22023'),
  ($$SELECT crmprob.make_pipeline('{A}', '{}')$$, '22023'),
  ($$SELECT crmprob.make_pipeline('{A,A}')$$, '22023'),
  ($$SELECT crmprob.make_pipeline('{A,Lost}')$$, '22023'),
  ($$SELECT crmprob.make_pipeline('{A,""}')$$, '22P02'),
  ($$SELECT crmprob.make_pipeline(ARRAY['A', repeat('x', 64)])$$, '54000'),
  ($$SELECT crmprob.make_pipeline('{A,NULL}')$$, '22004'),
  ($$SELECT crmprob.make_pipeline('{{A},{B}}')$$, '2202E'),
  ($$SELECT crmprob.make_pipeline(array_fill('A'::text, '{1000}'))$$, '54000'),
  ($$SELECT crmprob.stage('A > W'::crmprob.pipeline, 'B')$$, '22023'),
  ($$SELECT crmprob.stage('nowhere', 'B')$$, '42704')) AS v(q, state);

-- binary input refuses what text input refuses
SELECT is(pg_temp.received('stage', '\x010003c3a9'), '3:é', 'a stage is received');
SELECT throws_ok(format('SELECT pg_temp.received(%L, %L)', t, b), state, NULL,
  format('%s from %s: %s', t, b, state))
FROM (VALUES ('stage', '\x', '22P03'), ('stage', '\x01', '22P03'),
  ('stage', '\x0100', '22P03'), ('stage', '\x010003', '22P03'),
  ('stage', '\x02000341', '22P03'), ('stage', '\x01000041', '22003'),
  ('stage', '\x0103ea41', '22003'), ('stage', '\x0100032041', '22P03'),
  ('stage', '\x01000341c285', '22P03'), ('stage', '\x01000341c3', '22021'),
  ('stage', '\x010003' || repeat('41', 64), '54000'),
  ('pipeline', '\x', '22P03'), ('pipeline', '\x0100010001000001410157', NULL),
  ('pipeline', '\x01000100010000014101', '22P03'),
  ('pipeline', '\x010001000100000141015757', '22P03'),
  ('pipeline', '\x0200010001000001410157', '22P03'),
  ('pipeline', '\x0100000001000001410157', '22023'),
  ('pipeline', '\x0103e80001000001410157', '54000'),
  ('pipeline', '\x0100010001000001410141', '22023'),
  ('pipeline', '\x0100010001000001200157', '22P03'),
  ('pipeline', '\x01000100010000000157', '22P03'),
  ('pipeline', '\x01000100010000' || '01ff' || '0157', '22021'))
  AS v(t, b, state)
WHERE state IS NOT NULL;
SELECT is(pg_temp.received('pipeline', '\x0100010001000001410157'), 'A > W',
  'a pipeline is received');

-- every bit of a message flipped: an error of the guide, or a valid value
CREATE FUNCTION pg_temp.flipped(type regtype, message bytea)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  state text;
BEGIN
  FOR i IN 0 .. 8 * length(message) - 1 LOOP
    BEGIN
      PERFORM pg_temp.received(type, set_bit(message, i, 1 - get_bit(message, i)));
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
      RETURN NEXT state;
    END;
  END LOOP;
END
$$;
SELECT is_empty($$
  SELECT s FROM pg_temp.flipped('stage', crmprob.stage_send('3:Proposal')) AS s
  UNION ALL
  SELECT s FROM pg_temp.flipped('pipeline',
    crmprob.pipeline_send('Lead > Call > Won | Lost')) AS s
  EXCEPT ALL
  SELECT s FROM unnest(ARRAY['22P03', '22003', '22023', '54000', '22021']) AS s,
    generate_series(1, 10000)$$,
  'flipped bits give an error of the guide');

-- COPY keeps every value, as text and as bytes
CREATE TEMPORARY TABLE some_stages AS
SELECT v::stage FROM unnest(ARRAY['1:A', 'won:W', E'lost:a\\b"c', '999:é', NULL,
  '5:' || repeat('x', 63)]) AS v;
CREATE TEMPORARY TABLE some_pipelines AS
SELECT v::pipeline FROM unnest(ARRAY['A > W', '"a > b" > W, V | "L, ""x""", é',
  NULL]) AS v
UNION ALL
SELECT make_pipeline(array_agg(repeat('x', 58) || i)) FROM generate_series(1, 999) AS i;
SELECT is(pg_temp.changed_by_copy(t, f), 0::bigint, format('%s by COPY %s', t, f))
FROM unnest(ARRAY['some_stages', 'some_pipelines']::regclass[]) AS t,
  unnest(ARRAY['text', 'csv', 'binary']) AS f;

-- text and bytes pass through another client encoding
SET LOCAL client_encoding = 'LATIN1';
SELECT is(stage_send(E'3:\u00e9'), '\x010003e9'::bytea, 'a label is sent in LATIN1');
SELECT is(pipeline_send(E'\u00e9 > W'), '\x0100010001000001e90157'::bytea,
  'labels of a pipeline are sent in LATIN1');
SELECT is(pg_temp.received('stage', '\x010003e9'), E'3:\u00e9', 'and received');
SELECT is(pg_temp.received('pipeline', '\x0100010001000001e90157'), E'\u00e9 > W',
  'also those of a pipeline');
RESET client_encoding;

-- operator classes
SELECT ok(amvalidate(c.oid), format('%s class of %s is valid', m.amname, c.opcname))
FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod
WHERE c.opcintype IN ('stage'::regtype, 'pipeline'::regtype)
ORDER BY c.opcname, m.amname;

-- a registered pipeline is read with the caller's rights and row security
INSERT INTO pipelines VALUES ('open', 'Lead > Won'), ('secret', 'Spy > Won');
CREATE ROLE crmprob_test_user;
GRANT USAGE ON SCHEMA crmprob TO crmprob_test_user;
ALTER TABLE pipelines ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_open ON pipelines FOR SELECT USING (name <> 'secret');
SELECT is(stage('secret', 'Spy'), '1:Spy'::stage, 'the owner sees all');
SET LOCAL ROLE crmprob_test_user;
SELECT is(crmprob.stage('open', 'Lead'), '1:Lead'::crmprob.stage,
  'anyone may read what is registered');
SELECT throws_ok($$SELECT crmprob.stage('secret', 'Spy')$$, '42704', NULL,
  'row security hides a pipeline');
SELECT throws_ok($$INSERT INTO crmprob.pipelines VALUES ('x', 'A > W')$$, '42501',
  NULL, 'nobody may register one without a grant');
RESET ROLE;
CREATE FUNCTION pg_temp.as_two_users() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text := '';
BEGIN
  FOR i IN 1 .. 2 LOOP
    found := found || crmprob.stage('secret', 'Spy');
    SET LOCAL ROLE crmprob_test_user;
  END LOOP;
  RETURN found;
END
$$;
SELECT throws_ok('SELECT pg_temp.as_two_users()', '42704', NULL,
  'what one role was shown is not kept for another');
REVOKE SELECT ON pipelines FROM PUBLIC;
SET LOCAL ROLE crmprob_test_user;
SELECT throws_ok($$SELECT crmprob.stage('open', 'Lead')$$, '42501', NULL,
  'without the right to read there is no look-up');
RESET ROLE;
SET LOCAL search_path = public;
SELECT is(crmprob.stage('open', 'Won')::text, 'won:Won',
  'the look-up needs no search_path of its own');
SET LOCAL search_path = crmprob, public, pg_catalog;

-- one statement sees one definition, the next sees the change
PREPARE look AS SELECT crmprob.stage('open', 'Lead');
SELECT results_eq('look', $$SELECT '1:Lead'::crmprob.stage$$,
  'a prepared statement looks up');
UPDATE pipelines SET definition = 'New > Lead > Won' WHERE name = 'open';
SELECT results_eq('look', $$SELECT '2:Lead'::crmprob.stage$$,
  'a prepared statement follows an update');
CREATE FUNCTION pg_temp.steps() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text := '';
  s crmprob.stage;
BEGIN
  FOR i IN 1 .. 2 LOOP
    s := crmprob.stage('open', 'Lead');
    found := found || s;
    UPDATE crmprob.pipelines SET definition = 'Lead > Won' WHERE name = 'open';
  END LOOP;
  RETURN found;
END
$$;
SELECT is(pg_temp.steps(), '2:Lead1:Lead', 'so does a simple expression in a loop');

SELECT is(count(*), 2::bigint, 'both tables are dumped with their rows')
FROM pg_extension AS e, unnest(e.extconfig) AS c
WHERE e.extname = 'crmprob'
  AND c IN ('crmprob.pipelines'::regclass, 'crmprob.stage_settings'::regclass);

SELECT * FROM finish();
ROLLBACK;
