-- opportunity: SQLSTATEs, bytes, COPY, defaults by name.
-- Values and output are in sql/opportunity.sql.
BEGIN;
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL client_min_messages = warning;

\ir copy.psql

SELECT plan(61);

-- the arguments, their order and their defaults are a contract
SELECT is(pg_get_function_arguments('make_opportunity'::regproc),
  'stage stage, amount numeric DEFAULT NULL::numeric, created_at timestamp with time zone DEFAULT NULL::timestamp with time zone, close_date date DEFAULT NULL::date, probability double precision DEFAULT NULL::double precision, modified_at timestamp with time zone DEFAULT NULL::timestamp with time zone, owner text DEFAULT NULL::text, customer text DEFAULT NULL::text, product text DEFAULT NULL::text, feedback text DEFAULT NULL::text',
  'arguments of make_opportunity');

SELECT throws_ok(format('SELECT %L::crmprob.opportunity', s), state, NULL,
  format('opportunity %L: %s', left(s, 60), state))
FROM (VALUES ('', '22P02'), ('{}', '22P02'), ('{"stage":"A"}', '22P02'),
  ('{"stage":"1:A"} ]', '22P02'), ('{"stage":"1:A","stag":1}', '22P02'),
  ('{"stage":"1:A","amount":"5"}', '22P02'),
  (E'{"stage":"1:A\u0081"}', '22P02'), ('{"stage":"1:A\u0081"}', '22P02'),
  ('{"stage":"1:A","created_at":"2026-13-01T00:00:00Z"}', '22P02'),
  ('{"stage":"0:A"}', '22003'), ('{"stage":"1:A","amount":0.12345}', '22003'),
  ('{"stage":"1:A","amount":1e99}', '22003'),
  ('{"stage":"1:A","amount":-5}', '22023'),
  ('{"stage":"1:A","probability":1.01}', '22023'),
  ('{"stage":"1:A","probability":1e400}', '22023'),
  ('{"stage":"1:A","owner":"' || repeat('x', 1025) || '"}', '54000'),
  ('{"stage":"1:A","feedback":"' || repeat('x', 1048577) || '"}', '54000'))
  AS v(s, state);
SELECT throws_ok(q, state, NULL, left(q, 70) || ': ' || state)
FROM (VALUES
  ($$SELECT crmprob.make_opportunity('1:A', -0.0001)$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', 'NaN')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', 'Infinity')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', 0.00001)$$, '22003'),
  ($$SELECT crmprob.make_opportunity('1:A', 1e15)$$, '22003'),
  ($$SELECT crmprob.make_opportunity('1:A', probability => 1.5)$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', probability => 'NaN')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', created_at => 'infinity')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', modified_at => '-infinity')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', close_date => 'infinity')$$, '22023'),
  ($$SELECT crmprob.make_opportunity('1:A', customer => repeat('x', 1025))$$, '54000'),
  ($$SELECT crmprob.category(crmprob.make_opportunity('1:A'), 'B > W')$$, '22023'))
  AS v(q, state);
SELECT is(category(NULL, 'B > W'), NULL, 'category of nothing is nothing');

-- binary input
SELECT is(pg_temp.received('opportunity', '\x01000100010141'), '{"stage":"1:A"}',
  'an opportunity is received');
SELECT throws_ok(format('SELECT pg_temp.received(%L, %L)', 'opportunity', b),
  state, NULL, format('opportunity from %s: %s', left(b, 60), state))
FROM (VALUES ('\x', '22P03'), ('\x010001000101', '22P03'),
  ('\x0100010001014141', '22P03'), ('\x02000100010141', '22P03'),
  ('\x01000000010141', '22P03'), ('\x01040100010141', '22P03'),
  ('\x01000100000141', '22003'), ('\x010001000100', '22P03'),
  ('\x010001000101ff', '22021'), ('\x01000100010181', '22021'),
  ('\x010003000101418000000000000000', '22023'),
  ('\x010011000101417ff8000000000000', '22023'),
  ('\x01001100010141bff0000000000000', '22023'),
  ('\x010005000101417fffffffffffffff', '22023'),
  ('\x010009000101417fffffff', '22023'),
  ('\x01004100010141000000ff41', '22P03'),
  ('\x0100410001014100000001ff', '22021'),
  ('\x01004100010141' || '00000401' || repeat('41', 1025), '54000'))
  AS v(b, state);
SELECT is(pg_temp.received('opportunity', '\x010011000101418000000000000000'),
  '{"stage":"1:A","probability":0}', 'negative zero is received as zero');

SET LOCAL client_encoding = 'LATIN1';
SELECT is(opportunity_send(make_opportunity(E'1:\u00e9', owner => E'\u00fc')),
  '\x010041000101e900000001fc'::bytea, 'texts are sent in LATIN1');
SELECT is(pg_temp.received('opportunity', '\x010041000101e900000001fc'),
  E'{"stage":"1:\u00e9","owner":"\u00fc"}', 'and received');
RESET client_encoding;

CREATE TEMPORARY TABLE some_deals AS
SELECT make_opportunity(s::stage, i * 12.3456, t, t::date, i / 7.0::float8,
  t, 'o' || i, NULLIF('c' || i % 2, 'c0'), E'p\n\t\\"', repeat('é', i * 500)) AS v
FROM generate_series(0, 7) AS i,
  unnest(ARRAY['1:A', 'won:W']) AS s,
  unnest(ARRAY[NULL, '2026-03-01 10:00:00.000001+00', '4714-11-24 00:00:00+00 BC',
    '294276-12-31 23:59:59.999999+00']::timestamptz[]) AS t;
SELECT is(pg_temp.changed_by_copy('some_deals', f), 0::bigint, 'COPY ' || f)
FROM unnest(ARRAY['text', 'csv', 'binary']) AS f;
SELECT is(count(*), 0::bigint, 'text and bytes come back the same')
FROM some_deals
WHERE opportunity_send(v::text::opportunity) <> opportunity_send(v);
SELECT is(count(*), 0::bigint, 'accessors and constructor are inverse')
FROM some_deals
WHERE make_opportunity(stage(v), amount(v), created_at(v), close_date(v),
  probability(v), modified_at(v), owner(v), customer(v), product(v),
  feedback(v)) <> v;
SELECT is(count(*), 0::bigint, 'the cast to jsonb is the text')
FROM some_deals WHERE v::jsonb <> v::text::jsonb;
SELECT ok(bool_and(amvalidate(oid)), 'the hash class is valid')
FROM pg_opclass WHERE opcintype = 'opportunity'::regtype;
SELECT results_eq($$SELECT count(*), count(DISTINCT v::text) FROM
  (SELECT DISTINCT v FROM some_deals) AS d$$,
  $$SELECT count(DISTINCT v::text), count(DISTINCT v::text) FROM some_deals$$,
  'DISTINCT by hash equals DISTINCT of the text');

SELECT * FROM finish();
ROLLBACK;
