-- care_list: consent, rights, search_path, SQLSTATEs. Output is in sql/care.sql.
BEGIN;
SET LOCAL search_path = public, pg_catalog;
SET LOCAL client_min_messages = warning;
SELECT * FROM no_plan();

-- no row for a customer without consent, whatever the data: 300 random tables
CREATE TABLE customer (id int, consent boolean, born date, since timestamptz, spoken date, renewal date, faith text);
CREATE TABLE holiday (day date, name text, faith text);
INSERT INTO holiday SELECT '2026-01-01'::date + g * 11, 'day ' || g, (ARRAY['a', 'b', NULL])[1 + g % 3] FROM generate_series(1, 60) g;
INSERT INTO customer
SELECT g, (ARRAY[true, false, NULL])[1 + (hashint4(g) & 1023) % 3], '1950-01-01'::date + (hashint4extended(g, 1) & 32767)::int,
       '2010-01-01'::timestamptz + (hashint4extended(g, 2) & 4095) * interval '1 day', '2026-01-01'::date - (hashint4extended(g, 3) & 511)::int,
       CASE WHEN g % 2 = 0 THEN '2026-01-01'::date + (hashint4extended(g, 4) & 255)::int END, (ARRAY['a', 'b', NULL])[1 + g % 3]
  FROM generate_series(1, 3000) g;
CREATE TABLE listed AS
SELECT d.on_date, l.* FROM generate_series('2026-01-01'::date, '2026-12-31', '29 days') s (t), LATERAL (SELECT s.t::date AS on_date) d,
  LATERAL crmprob.care_list('TABLE customer', 'id', 'consent', d.on_date, 14, 'born', 'since', 'spoken', 90, 'renewal', 'TABLE holiday', 'faith') l;
SELECT ok(count(*) > 10000, 'there is something to look at') FROM listed;
SELECT is(count(*), 0::bigint, 'no row of a customer without consent') FROM listed JOIN customer c ON c.id::text = customer WHERE c.consent IS NOT TRUE;

-- the same by plain SQL
CREATE VIEW expected AS
WITH window_of AS (SELECT DISTINCT on_date FROM listed), days AS (SELECT on_date, on_date + k AS day FROM window_of, generate_series(0, 14) k),
  agreed AS (SELECT * FROM customer WHERE consent)
SELECT d.on_date, d.day AS due, y.kind, c.id::text AS customer, NULL::text AS occasion,
       (extract(year FROM d.day) - extract(year FROM y.first))::int AS years, 0 AS overdue
  FROM agreed c, LATERAL (VALUES ('birthday', c.born), ('anniversary', (c.since AT TIME ZONE 'UTC')::date)) y (kind, first), days d
 WHERE extract(year FROM d.day) > extract(year FROM y.first)
   AND (y.first + make_interval(years => (extract(year FROM d.day) - extract(year FROM y.first))::int))::date = d.day
UNION ALL
SELECT w.on_date, h.day, 'holiday', c.id::text, h.name, NULL, 0 FROM agreed c, holiday h, window_of w
 WHERE h.day BETWEEN w.on_date AND w.on_date + 14 AND (h.faith IS NULL OR h.faith = c.faith)
UNION ALL
SELECT w.on_date, c.spoken + 90, 'check_in', c.id::text, NULL, NULL, greatest(w.on_date - c.spoken - 90, 0) FROM agreed c, window_of w WHERE c.spoken + 90 <= w.on_date + 14
UNION ALL
SELECT w.on_date, c.renewal, 'offer', c.id::text, NULL, NULL, greatest(w.on_date - c.renewal, 0) FROM agreed c, window_of w WHERE c.renewal <= w.on_date + 14;
SELECT is(count(*), 0::bigint, 'as plain SQL says') FROM ((TABLE listed EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE listed)) d;

-- consent cannot be forgotten, nor be something else than a boolean
SELECT throws_ok($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', NULL, '2026-01-01', birthday => 'born')$$, '22004', NULL, 'consent is NULL');
SELECT throws_ok($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', 'born', '2026-01-01', birthday => 'born')$$, '42804', NULL, 'consent is a date');
SELECT throws_ok($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', 'agreed', '2026-01-01', birthday => 'born')$$, '42703', NULL, 'consent is no column');
SELECT throws_ok($$SELECT * FROM crmprob.care_list(query => 'TABLE customer', customer => 'id', on_date => '2026-01-01', birthday => 'born')$$, '42883', NULL, 'consent is left out');
SELECT throws_ok(format($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', 'consent', '2026-01-01', %s)$$, a), state, NULL, a)
  FROM (VALUES ($$0$$, '22023'), ($$-1, 'born'$$, '22023'), ($$3654, 'born'$$, '22023'), ($$NULL, 'born'$$, '22004'), ($$birthday => 'id'$$, '42804'),
    ($$last_contact => 'spoken'$$, '22023'), ($$check_in_after => 5$$, '22023'), ($$last_contact => 'spoken', check_in_after => -1$$, '22023'),
    ($$birthday => 'born', holiday_group => 'faith'$$, '22023'), ($$holidays => 'SELECT 1'$$, '42703')) v (a, state);
SELECT throws_ok($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', 'consent', '-infinity', birthday => 'born')$$, '22008', NULL, 'an infinite day');

-- a long name in many rows takes its memory once
CREATE FUNCTION peak() RETURNS bigint LANGUAGE sql VOLATILE AS
  $$SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 10000, true), 'VmHWM:\s+(\d+)'))[1]::bigint$$;
CREATE TEMP TABLE before AS SELECT peak();
SELECT is(count(*), 400::bigint, 'a long name in many rows') FROM crmprob.care_list($$SELECT repeat('x', 500000) AS id, true AS consent$$, 'id', 'consent',
  '2026-01-01', 500, holidays => $$SELECT '2026-01-01'::date + g AS day, 'day' AS name FROM generate_series(1, 400) g$$);
SELECT ok(coalesce(peak() - before.peak < 100000, true), 'takes its memory once, where /proc tells') FROM before;

-- with the caller's rights and row security
CREATE ROLE care_seller;
GRANT USAGE ON SCHEMA crmprob TO care_seller;
SET LOCAL ROLE care_seller;
SELECT throws_ok($$SELECT * FROM crmprob.care_list('TABLE customer', 'id', 'consent', '2026-01-01', birthday => 'born')$$, '42501', NULL, 'a table that the caller may not read');
RESET ROLE;
GRANT SELECT ON customer TO care_seller;
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customer FOR SELECT TO care_seller USING (id % 10 = 0);
SET LOCAL ROLE care_seller;
SELECT ok(count(*) > 0 AND bool_and(customer::int % 10 = 0), 'row security is the caller''s')
  FROM crmprob.care_list('TABLE customer', 'id', 'consent', '2026-01-01', 100, birthday => 'born');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
