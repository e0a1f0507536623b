-- match_leads: what a user relies on, and how well it finds planted duplicates.
SELECT * FROM no_plan();
SET search_path = public, crmprob;

-- texts in other forms and scripts: full width, decomposed, ligatures
SELECT is(email_key(U&'\FF41\FF4E\FF4E\FF41@\FF45xample.com'), 'anna@example.com', 'full-width letters');
SELECT is(company_key(U&'Mu\0308ller GmbH'), company_key('MÜLLER GMBH'), 'decomposed letters');
SELECT is(company_key(U&'O\FB03ce AG'), 'office', 'ligatures');
SELECT is(phone_key(U&'\FF10\FF13\FF10 1234567', '49'), '+49301234567', 'full-width digits');
SELECT isnt(company_key('Müller'), company_key('Muller'), 'marks are not dropped');
SELECT is(person_key('Søren Æbelø'), person_key('ÆBELØ, SØREN'), 'Danish');
SELECT is(company_key('ООО Ромашка'), company_key('ромашка, ооо'), 'Russian, form in front or behind');

-- volatility and index use
SELECT lives_ok($$CREATE TABLE indexed (email text); CREATE INDEX ON indexed (crmprob.email_key(email))$$, 'a key can be indexed');

-- clusters do not depend on the order of rows
CREATE TABLE generated AS
  SELECT g AS id, 'p' || g AS person, 'user' || g || '@example.com' AS email,
         '+49 30 ' || (10000000 + g) AS phone,
         'First' || g % 5000 || ' Last' || g / 7 AS name, 'Company ' || g / 3 || ' GmbH' AS company
    FROM generate_series(1, 20000) g;
-- 4,000 planted duplicates, each with some of the keys, written otherwise,
-- and a fifth of them with no key in common
INSERT INTO generated
  SELECT 20000 + g, person,
         CASE g % 5 WHEN 0 THEN upper(email) WHEN 1 THEN replace(email, '@', '+web@') WHEN 4 THEN 'other' || g || '@example.org' END,
         CASE g % 5 WHEN 2 THEN replace(replace(phone, '+49 ', '0049-(0)'), ' ', '/') WHEN 4 THEN '+49 40 ' || (10000000 + g) END,
         CASE g % 5 WHEN 3 THEN split_part(name, ' ', 2) || ', ' || split_part(name, ' ', 1) END,
         CASE g % 5 WHEN 3 THEN upper(replace(company, 'GmbH', 'AG')) END
    FROM generate_series(1, 4000) g JOIN generated ON id = 1 + (g * 37) % 20000;
-- one switchboard for 300 leads
INSERT INTO generated SELECT 30000 + g, 's' || g, 'boss' || g || '@example.net', '+49 40 5550000', NULL, NULL FROM generate_series(1, 300) g;

CREATE TABLE found AS SELECT * FROM match_leads('SELECT * FROM generated');
SELECT set_eq(
  $$SELECT * FROM match_leads('SELECT * FROM generated ORDER BY hashint4(id)')$$,
  $$SELECT * FROM found$$, 'clusters do not depend on the order of rows');
SELECT set_eq(
  $$SELECT * FROM match_leads('SELECT * FROM generated ORDER BY id DESC')$$,
  $$SELECT * FROM found$$, 'nor backwards');
SELECT is((SELECT count(*) FROM found), (SELECT count(*) FROM generated), 'a row for each lead');
SELECT is_empty($$SELECT cluster FROM found GROUP BY cluster HAVING min(id::int) <> cluster::int OR count(*) <> max(size)$$,
  'a cluster bears its smallest id and knows its size');
SELECT is((SELECT count(*) FROM found WHERE '{phone}' = ignored), 300::bigint, 'the switchboard is ignored, and reported');

-- against plain SQL: the transitive closure over equal keys
CREATE TABLE keyed AS
  SELECT id, k FROM generated, unnest(lead_keys(email, phone, name, company)) k;
CREATE TABLE edges AS
  SELECT a.id AS a, b.id AS b FROM keyed a JOIN keyed b USING (k)
    JOIN (SELECT k FROM keyed GROUP BY k HAVING count(*) BETWEEN 2 AND 20) s USING (k) WHERE a.id < b.id;
SELECT is_empty($$SELECT * FROM edges JOIN found x ON x.id = a::text JOIN found y ON y.id = b::text WHERE x.cluster <> y.cluster$$,
  'leads with a key in common are in one cluster');
SELECT is(
  (SELECT count(DISTINCT cluster) FROM found),
  (SELECT count(*) - (SELECT count(*) FROM (
     WITH RECURSIVE reached AS (
       SELECT a AS seed, a AS id FROM edges UNION SELECT b, b FROM edges
       UNION SELECT r.seed, CASE WHEN e.a = r.id THEN e.b ELSE e.a END FROM reached r JOIN edges e ON r.id IN (e.a, e.b))
     SELECT id FROM reached GROUP BY id HAVING min(seed) < id) other) FROM generated),
  'as many clusters as the closure of a plain recursive query');

-- precision and recall over pairs
CREATE TABLE pairs AS
  SELECT a.person = b.person AS truth, count(*) AS n
    FROM found x JOIN found y ON y.cluster = x.cluster AND y.id::int > x.id::int
    JOIN generated a ON a.id = x.id::int JOIN generated b ON b.id = y.id::int GROUP BY 1;
CREATE TABLE quality AS
  SELECT (SELECT sum(n) FROM pairs WHERE truth) / (SELECT sum(n) FROM pairs) AS precision,
         (SELECT sum(n) FROM pairs WHERE truth) /
         (SELECT sum(c * (c - 1) / 2) FROM (SELECT count(*) c FROM generated GROUP BY person) p) AS recall;
SELECT diag(format('planted duplicates: precision %s, recall %s', round(precision, 4), round(recall, 4))) FROM quality;
SELECT ok(precision = 1, 'no two people became one') FROM quality;
SELECT is(round(recall, 2), 0.80, 'all found that share a key: four fifths were planted so') FROM quality;

-- rights and memory
CREATE ROLE crmprob_lead_reader;
GRANT USAGE ON SCHEMA crmprob TO crmprob_lead_reader;
SET ROLE crmprob_lead_reader;
SELECT throws_ok($$SELECT * FROM crmprob.match_leads('SELECT * FROM public.generated')$$, '42501', NULL, 'the caller''s rights count');
RESET ROLE;
SET maintenance_work_mem = '1MB';
SELECT throws_ok($$SELECT * FROM match_leads('SELECT * FROM generated')$$, '53200', NULL, 'memory is bounded');
SELECT is((SELECT count(*) FROM match_leads($$SELECT repeat('x', 2000) AS id, 'a@b.de' AS email FROM generate_series(1, 20000)$$)), 1::bigint,
  'nothing of a row that was read before is kept');
RESET maintenance_work_mem;
SELECT throws_ok($$SELECT match_leads('SELECT id FROM generated')$$, '42703', NULL, 'nothing to match by');
SELECT throws_ok($$SELECT match_leads('SELECT id, email FROM generated', max_shared => 0)$$, '22023', NULL, 'max_shared below 2');
SELECT throws_ok($$SELECT match_leads('SELECT NULL::int AS id, email FROM generated')$$, '22004', NULL, 'a lead without id');
SELECT is((SELECT count(*) FROM match_leads($$SELECT g AS id, ' ' AS email, '' AS phone, NULL::text AS name, '' AS company FROM generate_series(1, 9) g$$) WHERE size > 1),
  0::bigint, 'empty keys never match');

SELECT * FROM finish();
