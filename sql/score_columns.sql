-- score without a record: the planner passes the columns of a row one by one,
-- and nothing but the time may differ.
SET search_path = crmprob, public;
SET client_min_messages = error;

CREATE TABLE public.deals (id int PRIMARY KEY, dropped int, b numeric(8, 2),
                           source text, a float8, won boolean);
INSERT INTO deals
SELECT g, 0, CASE WHEN g % 11 > 0 THEN g * 1237 % 1013 END, (ARRAY['web', 'phone', NULL, 'fair'])[1 + g % 4],
       CASE WHEN g % 13 > 0 THEN g * 7919 % 1009 END, g * 7919 % 1009 + g * 1237 % 1013 > 1000
  FROM generate_series(1, 500) g;
ALTER TABLE deals DROP COLUMN dropped;
SELECT status FROM train('win', 'SELECT a, b, source, won FROM deals', 'won', holdout => 0);
SELECT status FROM train('win', 'SELECT a, won FROM deals', 'won', holdout => 0);
-- a record that the planner does not see through
CREATE FUNCTION public.by_record(d deals) RETURNS float8 LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN crmprob.score('win', d); END $$;
-- does the plan of a query pass columns?
CREATE FUNCTION public.passes_columns(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (VERBOSE, FORMAT json) ' || query INTO plan;
  RETURN plan::text LIKE '%score\_columns(%';
END $$;

SELECT passes_columns('SELECT score(''win'', d) FROM deals d') AS by_name,
       passes_columns('SELECT score(''win'', 1, d) FROM deals d') AS by_version,
       passes_columns('SELECT score(model, d) FROM deals d, model_versions') AS by_model,
       passes_columns('SELECT score(''win'', s) FROM (SELECT a, b, source FROM deals) s') AS sub_select,
       passes_columns('SELECT score(''win'', s) FROM (SELECT a, b, source FROM deals LIMIT 1) s') AS kept_sub_select;
SELECT count(*), count(*) FILTER (WHERE score('win', d) = by_record(d)) AS by_name,
       count(*) FILTER (WHERE score('win', 1, d) = by_record(d)) AS by_version,
       count(*) FILTER (WHERE score(model, d) = by_record(d)) AS by_model
  FROM deals d, model_versions WHERE version = 1;
SELECT count(*) FROM deals d, LATERAL (SELECT d.b::float8 AS b, d.source::varchar AS source, d.a, 1 AS more) s
 WHERE score('win', s) = by_record(d);
SELECT count(*) FROM (SELECT * FROM deals OFFSET 0) d WHERE score('win', d) = by_record(d);

-- two toasted values of the same size in one table are told apart
CREATE TABLE public.kept (i int, model model, filler text);
ALTER TABLE kept ALTER model SET STORAGE EXTERNAL, ALTER filler SET STORAGE PLAIN;
INSERT INTO kept (filler, i, model)
SELECT repeat('x', 3000), i, fit('logistic', (d.won AND i = 1) OR (d.id % 2 = 0 AND i = 2), f)
  FROM deals d, generate_series(1, 2) i,
       LATERAL (SELECT d.a, d.a * 2 + d.id AS a2, sin(d.id) AS a3, cos(d.id) AS a4, sin(d.id * 2) AS a5,
                       ln(d.id) AS a6, sqrt(d.id) AS a7, d.id % 7 AS a8, d.id % 5 AS a9, d.id % 3 AS a10) f
 GROUP BY i;
SELECT count(DISTINCT pg_column_size(model)) = 1 AS one_size,
       pg_relation_size(reltoastrelid) > 0 AS toasted
  FROM kept, pg_class WHERE oid = 'kept'::regclass GROUP BY reltoastrelid;
CREATE FUNCTION public.record_score(m model, r record) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN RETURN crmprob.score(m, r); END $$;
SELECT count(DISTINCT s) AS scores, count(*) FILTER (WHERE s = record_score(model, f)) AS right
  FROM kept, deals d,
       LATERAL (SELECT d.a, d.a * 2 AS a2, 0.5 AS a3, 0.1 AS a4, 0.2 AS a5, 3 AS a6, 8 AS a7, 2 AS a8, 3 AS a9, 1 AS a10) f,
       LATERAL (SELECT score(model, f) AS s) g
 WHERE d.id = 1;

-- a row that an outer join has made up is no row; a row of NULLs is one
SELECT n, score('win', d) IS NULL AS left_null, score((SELECT model FROM model_versions WHERE version = 1), d) IS NULL AS by_model,
       score('win', s) IS NULL AS sub_select
  FROM (VALUES (1), (1000)) v(n) LEFT JOIN deals d ON d.id = n
  LEFT JOIN (SELECT id, a, b, source FROM deals) s ON s.id = n ORDER BY n;
SELECT count(*), count(score('win', d)) FROM deals d FULL JOIN generate_series(499, 502) g ON g = d.id;
BEGIN;
ALTER TABLE deals DROP CONSTRAINT deals_pkey, ALTER id DROP NOT NULL;
INSERT INTO deals DEFAULT VALUES;
SELECT score('win', d) = by_record(d) AS all_null FROM deals d WHERE id IS NULL;
SELECT score('win', d) = by_record(d) AS all_null FROM (VALUES (1)) v(n) LEFT JOIN deals d ON d.id IS NULL;
ROLLBACK;

-- plans that are kept follow the table and the champion
PREPARE p AS SELECT count(*) FROM deals d WHERE score('win', d) = by_record(d);
EXECUTE p;
SET plan_cache_mode = force_generic_plan;
EXECUTE p;
BEGIN;
ALTER TABLE deals RENAME a TO c;
ALTER TABLE deals RENAME b TO a;
ALTER TABLE deals RENAME c TO b;
EXECUTE p;
ALTER TABLE deals ADD COLUMN x text DEFAULT 'y', ALTER b TYPE real;
EXECUTE p;
SELECT promote('win', 2);
EXECUTE p;
ALTER TABLE deals DROP COLUMN source;
EXECUTE p;
ROLLBACK;
EXECUTE p;
RESET plan_cache_mode;

-- partitions with their columns in another order, inheritance
CREATE TABLE public.parent (id int, a float8, b float8, source text);
CREATE TABLE public.child (more int) INHERITS (parent);
CREATE TABLE public.grandchild (source text, b float8, id int, a float8, more int);
ALTER TABLE grandchild INHERIT child;
INSERT INTO parent SELECT id, a, b, source FROM deals WHERE id <= 100;
INSERT INTO child SELECT id, a, b, source FROM deals WHERE id BETWEEN 101 AND 200;
INSERT INTO grandchild SELECT source, b, id, a FROM deals WHERE id BETWEEN 201 AND 300;
SELECT count(*) FROM parent p JOIN deals d USING (id) WHERE score('win', p) = by_record(d);
SELECT count(*) FROM parent p JOIN deals d USING (id) WHERE score('win', (p.*)::parent) = by_record(d);

-- statements that write
ALTER TABLE deals ADD COLUMN p float8;
UPDATE deals d SET p = score('win', d);
SELECT count(*) FROM deals d WHERE p = by_record(d);
UPDATE deals d SET a = d.a + 1 WHERE id = 1 RETURNING score('win', d) = by_record(d) AS returning;
INSERT INTO deals AS d (id, a, b) VALUES (1, 5, 6), (600, 7, 8)
  ON CONFLICT (id) DO UPDATE SET p = score('win', excluded)
  RETURNING id, score('win', d) = by_record(d) AS returning;
CREATE VIEW public.seen AS SELECT d.*, score('win', d) AS now FROM deals d;
SELECT count(*) FROM seen s, deals d WHERE s.id = d.id AND now = by_record(d);
SELECT count(*) FROM deals d WHERE (SELECT score('win', d)) = by_record(d);
SELECT bool_and(score('win', d) = by_record(d)) OVER () FROM deals d GROUP BY d.id LIMIT 1;

-- too many columns for a call: by record
SELECT format('CREATE TABLE public.wide (a float8, b float8, source text, %s)',
              string_agg(format('x%s int', i), ', ')) FROM generate_series(1, 200) i \gexec
INSERT INTO wide (a, b, source) VALUES (5, 6, 'web');
SELECT passes_columns('SELECT score(''win'', w) FROM wide w') AS columns,
       score('win', w) = score('win', s) AS same
  FROM wide w, (SELECT 5 AS a, 6 AS b, 'web'::text AS source) s;

-- called directly
SELECT score_columns('win', '{a,b,source}', 0, 5, 6, 'web'::text)
         = score('win', s) AS same,
       score_columns('win', 1, '{a,b,source}', 0, 5, 6, 'web'::text)
         = score('win', s) AS by_version,
       score_columns('win', '{a,b,source}'::text[], NULL, 5, 6, 'web'::text) AS no_row,
       score_columns(NULL::text, '{a}', 0, 5) AS no_name,
       score_columns('win', NULL::text[], 0, 5) AS no_columns,
       score_columns(NULL::model, '{a}', 0, 5) AS no_model
  FROM (SELECT 5 AS a, 6 AS b, 'web'::text AS source) s;
SELECT score_columns('win', '{a,b}', 0, 5, 6);
SELECT score_columns('win', '{a,b,source}', 0, 5, 6);
SELECT score_columns('win', '{a,b,NULL}', 0, 5, 6, 7);
SELECT score_columns('win', '{a,b,source}', 0, VARIADIC '{5,6,7}'::int[]);
SELECT score_columns('win', ARRAY['a', 'b', 'source' || (random() < 0)::text], 0, 5, 6, 'web'::text);
SELECT score_columns('win', '{a,b,source}', 0, 5, 'Infinity'::float8, 'web'::text);
SELECT score_columns('win', 0, '{a,b,source}', 0, 5, 6, 'web'::text);
SELECT score('win', ROW(1, 2)), 1 FROM deals;
SELECT score('win', s) FROM (SELECT a, b FROM deals) s;
SELECT score('win', s) FROM (SELECT a, b, 1 AS source FROM deals) s;


-- a function of the features, which the planner opens
SELECT create_score_function('win', 'public.win_score') AS made, create_score_function('win', 'public."Win 1"', 1) AS by_version;
SELECT pg_get_function_arguments('win_score'::regproc) AS arguments, provolatile, proparallel FROM pg_proc WHERE oid = 'win_score'::regproc;
SELECT passes_columns('SELECT win_score(a, b::float8, source) FROM deals') AS opened;
SELECT count(*) > 100 AS rows, bool_and(win_score(a, b::float8, source) IS NOT DISTINCT FROM score('win', d)) AS same,
       bool_and("Win 1"(a => a, b => b::float8, source => source) IS NOT DISTINCT FROM score('win', 1, d)) AS same_by_version FROM deals d;
\set VERBOSITY terse
SELECT create_score_function('win', 'public.win_score');
SELECT create_score_function('win', 'win_score');
SELECT create_score_function('nobody', 'public.f');
SELECT create_score_function('win', 'public.f', 99);
SELECT create_score_function(NULL, 'public.f');
SELECT create_score_function('win', 'nowhere.f');
CREATE TABLE public.typed AS SELECT i % 3 = 0 AS won, i::numeric AS "A b", i % 2 = 0 AS flag, 'x' || i % 4 AS "user", date '2026-01-01' + i % 50 AS day,
       timestamp '2026-01-01' + i * interval '1 hour' AS ts, timestamptz '2026-01-01 00:00+00' + i * interval '1 hour' AS tz, (1 + i % 3 || ':S' || i % 3)::stage AS stage
  FROM generate_series(1, 300) i;
SELECT status FROM train('typed', 'SELECT * FROM public.typed', 'won');
SELECT create_score_function('typed', 'public.typed_score');
SELECT bool_and(typed_score("A b"::float8, flag, "user", day, ts, tz, stage) = score('typed', t)) AS same FROM typed t;
DROP FUNCTION typed_score, win_score, "Win 1";
DROP TABLE public.typed, public.deals, public.parent, public.wide, public.kept CASCADE;
DROP FUNCTION public.passes_columns, public.record_score;
DELETE FROM model_versions;
