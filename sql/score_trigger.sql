-- score_trigger: the champion's score kept in a column.
SET search_path = crmprob, public;
SET client_min_messages = error;

-- what a command is refused with
CREATE FUNCTION public.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
  EXECUTE command;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TABLE public.history AS
SELECT (g::bigint * 7919 % 1009) / 100.0::float8 AS a,
       (g::bigint * 104729 % 1013) / 100.0::float8 AS b,
       (ARRAY['web', 'phone', 'fair'])[1 + g * 31 % 7 % 3] AS source,
       (g::bigint * 7919 % 1009) * 2 + (g::bigint * 104729 % 1013)
         + (g::bigint * 15485863 % 1019) > 2000 AS won
  FROM generate_series(1, 2000) g;
SELECT status FROM train('win', 'SELECT * FROM history', 'won', holdout => 0);
SELECT status FROM train('win', 'SELECT a, won FROM history', 'won', holdout => 0);

CREATE TABLE public.deals (id int PRIMARY KEY, dropped int, source text,
                           b float8, a float8, p float8);
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
  EXECUTE FUNCTION score_trigger('win', 'p');

-- equal to the direct call, for every way a row comes
CREATE FUNCTION public.wrong() RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM public.deals d WHERE p IS DISTINCT FROM crmprob.score(''win'', d)';
INSERT INTO deals (id, source, a, b)
SELECT g, (ARRAY['web', 'phone', NULL, 'new'])[1 + g % 4],
       CASE WHEN g % 5 > 0 THEN g / 10.0 END, CASE WHEN g % 7 > 0 THEN 10 - g / 10.0 END
  FROM generate_series(1, 100) g;
SELECT wrong(), count(DISTINCT p) > 50 AS scored FROM deals;
UPDATE deals SET a = b WHERE id % 2 = 0;
UPDATE deals SET p = NULL WHERE id = 1;
INSERT INTO deals VALUES (1, NULL, 'web', 1, 2) ON CONFLICT (id) DO UPDATE SET a = 9;
COPY deals (id, source, a, b) FROM stdin;
101	web	1	2
102	phone	\N	2
\.
SELECT wrong(), count(*) FROM deals;

-- in one transaction: two features change names crosswise, then score again
BEGIN;
UPDATE deals SET a = a + 1;
SELECT wrong();
ALTER TABLE deals RENAME a TO c;
ALTER TABLE deals RENAME b TO a;
ALTER TABLE deals RENAME c TO b;
UPDATE deals SET b = b;
SELECT wrong();
ALTER TABLE deals DROP COLUMN dropped;
ALTER TABLE deals ADD COLUMN added text DEFAULT 'x', ADD COLUMN another int;
UPDATE deals SET another = 1;
INSERT INTO deals (id, a, b) VALUES (200, 1, 2);
SELECT wrong();
ALTER TABLE deals ALTER b TYPE numeric(8, 2), ALTER source TYPE varchar(20);
UPDATE deals SET another = 2;
SELECT wrong();
COMMIT;
-- a prepared statement over the change of names
PREPARE touch AS UPDATE deals SET another = another + 1 WHERE id = 10;
EXECUTE touch;
ALTER TABLE deals RENAME a TO c;
ALTER TABLE deals RENAME b TO a;
ALTER TABLE deals RENAME c TO b;
EXECUTE touch;
UPDATE deals SET a = a;
SELECT wrong();
-- a feature that is gone is an error
SELECT refusal('ALTER TABLE deals DROP COLUMN a; UPDATE deals SET b = b');

-- what is promoted counts at the next statement, rolled back or not
BEGIN;
SELECT promote('win', 2);
UPDATE deals SET b = b;
SELECT wrong(), (SELECT count(*) FROM deals d WHERE p = score('win', 2, d)) = count(*) AS by_second FROM deals;
ROLLBACK;
UPDATE deals SET b = b;
SELECT wrong(), (SELECT count(*) FROM deals d WHERE p = score('win', 1, d)) = count(*) AS by_first FROM deals;

-- real and numeric columns; partitions, of which one has its columns in
-- another order
ALTER TABLE deals ALTER p TYPE real;
UPDATE deals SET b = b;
SELECT count(*) FROM deals d WHERE p IS DISTINCT FROM score('win', d)::real;
ALTER TABLE deals ALTER p TYPE numeric(5, 4);
UPDATE deals SET b = b;
SELECT count(*) FROM deals d WHERE p IS DISTINCT FROM score('win', d)::numeric(5, 4);
-- a domain, whose constraint holds
CREATE DOMAIN public.likelihood AS numeric(5, 4) CHECK (VALUE < 0.6);
ALTER TABLE deals ALTER p TYPE likelihood USING NULL;
UPDATE deals d SET b = b WHERE score('win', d)::numeric(5, 4) < 0.6;
SELECT count(p) > 0 AS scored, count(*) FILTER (WHERE p <> score('win', d)::numeric(5, 4)) AS wrong FROM deals d;
SELECT refusal('UPDATE deals SET b = b');
ALTER TABLE deals ALTER p TYPE numeric(5, 4);
DROP DOMAIN public.likelihood;
CREATE TABLE public.parts (id int, a float8, b float8, source text, p float8) PARTITION BY LIST (id);
CREATE TABLE public.part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE public.part2 (p float8, source text, id int, gone int, b float8, a float8);
ALTER TABLE part2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION part2 FOR VALUES IN (2);
CREATE TRIGGER score BEFORE INSERT OR UPDATE ON parts FOR EACH ROW
  EXECUTE FUNCTION score_trigger('win', 'p');
INSERT INTO parts SELECT 1 + g % 2, g, 2 * g, 'web' FROM generate_series(1, 6) g;
SELECT count(*), count(*) FILTER (WHERE p = score('win', t)) AS right FROM parts t;
UPDATE parts SET id = 3 - id;
SELECT count(*), count(*) FILTER (WHERE p = score('win', t)) AS right FROM parts t;

-- reasons beside the score, as an array and as a text; people may decide, by a
-- domain over boolean too
CREATE DOMAIN public.flag AS boolean;
CREATE TABLE public.why (id int, a float8, b float8, source text, p float8,
                         list text[], line text, by_hand flag);
CREATE TRIGGER list BEFORE INSERT OR UPDATE ON why FOR EACH ROW
  EXECUTE FUNCTION score_trigger('win', 'p', '', 'list', 'by_hand');
CREATE TRIGGER list_again BEFORE INSERT OR UPDATE ON why FOR EACH ROW
  EXECUTE FUNCTION score_trigger('win', 'p', '', 'line', 'by_hand');
INSERT INTO why VALUES (1, 9, 1, 'web'), (2, NULL, 2, 'new'), (3, NULL, NULL, NULL);
SELECT id, p = score('win', w) AS scored, list = reasons('win', w) AS same,
       line = array_to_string(list, '; ') AS joined, list FROM why w ORDER BY id;
INSERT INTO why SELECT 4 + g, g / 10.0, 10 - g / 10.0, 'fair', NULL, NULL, NULL, g % 2 = 1
  FROM generate_series(1, 100) g;
SELECT by_hand, count(*), count(p) AS scored, count(*) FILTER (WHERE list = reasons('win', w)) AS explained
  FROM why w WHERE id > 4 GROUP BY 1 ORDER BY 1;
UPDATE why SET a = 10 WHERE id = 1;
SELECT list = reasons('win', w) AS same FROM why w WHERE id = 1;
DROP TABLE public.why;
DROP DOMAIN public.flag;

-- refused
CREATE FUNCTION public.try_trigger(how text, arguments text, command text DEFAULT
  'INSERT INTO public.trial (a, b, source) VALUES (1, 2, ''web'')') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN refusal(format('CREATE TRIGGER t %s EXECUTE FUNCTION crmprob.score_trigger(%s); %s', how, arguments, command));
END $$;
CREATE TABLE public.trial (a float8, b float8, source text, p float8, t text,
  g float8 GENERATED ALWAYS AS (a + b) STORED, i int);
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''nope''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''t''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''i''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''g''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''no such'', ''p''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', ''grade''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', '''', ''nope''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', '''', ''i''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', '''', ''g''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', ''source''');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p'', '''', ''source''');
SELECT try_trigger('AFTER INSERT ON trial FOR EACH ROW', '''win'', ''p''');
SELECT try_trigger('BEFORE INSERT ON trial', '''win'', ''p''');
SELECT try_trigger('BEFORE DELETE ON deals FOR EACH ROW', '''win'', ''p''', 'DELETE FROM deals');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''p''',
                   'INSERT INTO public.trial (a, b) VALUES (1, ''Infinity'')');
SELECT refusal('SELECT crmprob.score_trigger()');
SELECT try_trigger('BEFORE INSERT ON trial FOR EACH ROW', '''win'', ''a''');
CREATE TABLE public.computed (a float8, source text, p float8,
  b float8 GENERATED ALWAYS AS (a * 2) STORED);
SELECT refusal($$CREATE TRIGGER t BEFORE INSERT ON computed FOR EACH ROW EXECUTE FUNCTION score_trigger('win', 'p'); INSERT INTO computed (a) VALUES (1)$$);
SELECT refusal($$CREATE TABLE public.incomplete (a float8, p float8); CREATE TRIGGER t BEFORE INSERT ON incomplete FOR EACH ROW EXECUTE FUNCTION score_trigger('win', 'p'); INSERT INTO incomplete VALUES (1)$$);
SELECT refusal($$CREATE TABLE public.otherwise (a text, b float8, source text, p float8); CREATE TRIGGER t BEFORE INSERT ON otherwise FOR EACH ROW EXECUTE FUNCTION score_trigger('win', 'p'); INSERT INTO otherwise VALUES ('1')$$);

DROP TABLE public.history, public.deals, public.parts, public.trial, public.computed;
DROP FUNCTION public.refusal, public.wrong, public.try_trigger;
DELETE FROM model_versions;
