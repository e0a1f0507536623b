-- stage: input, output, order, accessors, storage
SET search_path = crmprob, public;

-- input accepts spaces and any case of won and lost; output is canonical
SELECT s::stage FROM unnest(ARRAY['3:Proposal', '  007 :  Angebot prüfen ',
  'WON:Closed Won', 'lost : No: budget', '999:提案']) AS s;

-- refused
SELECT 'Proposal'::stage;
SELECT ':x'::stage;
SELECT '3:'::stage;
SELECT '0:x'::stage;
SELECT '1000:x'::stage;
SELECT '-1:x'::stage;
SELECT E'3:a\tb'::stage;
SELECT E'3:a\u0085b'::stage;
SELECT ('3:' || repeat('x', 64))::stage;
SELECT length(label(('3:' || repeat('x', 63))::stage));

-- accessors
SELECT v.s, ordinal(s), label(s), outcome(s), is_open(s), is_won(s),
  is_lost(s), is_closed(s), s::jsonb AS json
FROM (VALUES ('3:Proposal'::stage), ('won:Signed'), ('lost:No budget'),
  (NULL)) AS v(s)
ORDER BY v.s;

-- order: open by ordinal, won, lost; label bytes break ties
CREATE TEMPORARY TABLE stages_seen (s stage);
INSERT INTO stages_seen
SELECT s::stage
FROM unnest(ARRAY['lost:A', 'won:B', '10:A', '2:B', '2:A', '2:a', 'won:A',
  '999:A', '1:Z', '2:A', NULL]) AS s;
SELECT s FROM stages_seen ORDER BY s;
SELECT s FROM stages_seen ORDER BY s DESC NULLS LAST LIMIT 2;
SELECT a.s AS a, b.s AS b, a.s < b.s AS lt, a.s <= b.s AS le, a.s = b.s AS eq,
  a.s <> b.s AS ne, a.s >= b.s AS ge, a.s > b.s AS gt
FROM (VALUES ('1:Z'::stage, '2:A'::stage), ('2:A', '2:A'), ('lost:A', 'won:B'))
  AS v(x, y), LATERAL (SELECT x) AS a(s), LATERAL (SELECT y) AS b(s)
ORDER BY a.s;

-- DISTINCT and GROUP BY by sort and by hash; joins by each
SET enable_hashagg = off;
SELECT count(*) FROM (SELECT DISTINCT s FROM stages_seen) AS d;
RESET enable_hashagg;
SET enable_sort = off;
SELECT count(*) FROM (SELECT s FROM stages_seen GROUP BY s) AS d;
RESET enable_sort;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) FROM stages_seen AS a JOIN stages_seen AS b ON a.s = b.s;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT count(*) FROM stages_seen AS a JOIN stages_seen AS b ON a.s = b.s;
RESET enable_hashjoin;
RESET enable_nestloop;

-- indexes
CREATE INDEX ON stages_seen (s);
CREATE INDEX ON stages_seen USING hash (s);
SET enable_seqscan = off;
SELECT s FROM stages_seen WHERE s > '2:A' AND s < 'won:B' ORDER BY s;
SELECT count(*) FROM stages_seen WHERE s = '2:A';
RESET enable_seqscan;

-- equal stages have equal hashes, however they are written
SELECT stage_hash('2:A') = stage_hash(' 02 : A ') AS same,
  stage_hash_extended('2:A', 7) = stage_hash_extended(' 02:A', 7) AS same_seed,
  stage_hash_extended('2:A', 0) <> stage_hash_extended('2:A', 1) AS seeded;

-- bytes as sent
SELECT stage_send('3:Proposal'), stage_send('won:W'), stage_send('lost:L');

-- an array of stages
SELECT ARRAY['2:B', 'won:W']::stage[];

-- the operators live in the schema: without it on the path
CREATE TEMP TABLE deals AS SELECT * FROM (VALUES (1, '1:Lead'::stage), (2, '2:Call'), (3, '1:Lead')) v (id, stage);
SET search_path = public;
SELECT id FROM deals WHERE stage = '1:Lead';
SELECT id FROM deals WHERE crmprob.label(stage) = 'Lead' ORDER BY id;
SELECT id FROM deals WHERE stage OPERATOR(crmprob.=) '1:Lead' ORDER BY id;
SELECT DISTINCT stage FROM deals ORDER BY stage;
SELECT stage, count(*) FROM deals GROUP BY stage ORDER BY stage;
