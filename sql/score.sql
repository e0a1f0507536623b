-- score(model, record): columns by name, types, missing and unseen values
SET search_path = public, crmprob;

CREATE TYPE tone AS ENUM ('warm', 'cold');
CREATE TABLE train_rows AS
  SELECT i % 7 AS a, nullif(i * 3 % 5, 0) AS b, (ARRAY['x', 'y', 'z'])[1 + i % 3] AS c,
      timestamptz '2026-01-01 00:00+00' + i % 31 * interval '1 day' AS d,
      i % 2 = 0 AS e, (ARRAY['warm', 'cold'])[1 + i / 2 % 2]::tone AS f,
      i * 7 % 10 < 4 AS won
    FROM generate_series(1, 400) i;
SELECT fit('logistic', won, train_rows, '{"exclude": ["won"]}') AS m FROM train_rows \gset

-- the score is the logistic function of intercept and contributions
SELECT max(abs(score(:'m'::model, t) - 1 / (1 + exp(-(b.i + b.a * t.a + coalesce(b.b * t.b,
      b.b * b.b_mean + b.b_missing) + CASE t.c WHEN 'y' THEN b.y WHEN 'z' THEN b.z ELSE 0 END
      + b.d * extract(epoch FROM t.d - b.as_of)::float8 / 86400 + b.e * t.e::int
      + CASE t.f WHEN 'warm' THEN b.f ELSE 0 END))))) < 1e-12 AS equal
  FROM train_rows t, (SELECT
      min(coefficient) FILTER (WHERE feature = '(intercept)') AS i,
      min(coefficient) FILTER (WHERE feature = 'a') AS a,
      min(coefficient) FILTER (WHERE feature = 'b' AND level IS NULL) AS b,
      min(coefficient) FILTER (WHERE feature = 'b' AND level = '(missing)') AS b_missing,
      min(coefficient) FILTER (WHERE feature = 'c' AND level = 'y') AS y,
      min(coefficient) FILTER (WHERE feature = 'c' AND level = 'z') AS z,
      min(coefficient) FILTER (WHERE feature = 'd') AS d,
      min(coefficient) FILTER (WHERE feature = 'e') AS e,
      min(coefficient) FILTER (WHERE feature = 'f') AS f,
      (:'m'::model::jsonb->'features'->1->>'mean')::float8 AS b_mean,
      (:'m'::model::jsonb->>'as_of')::timestamptz AS as_of
    FROM coefficients(:'m')) b;
-- so the mean score of the training rows is the base rate
SELECT round(avg(score(:'m'::model, t))::numeric, 9) AS mean_score FROM train_rows t;

-- order and extra columns do not matter, nor the kind of record
SELECT count(*) FILTER (WHERE score(:'m'::model, t) = score(:'m'::model, r)
      AND score(:'m'::model, t) = score(:'m'::model, s)) AS same
  FROM train_rows t, LATERAL (SELECT t.f, t.won, t.e, t.d, t.c, t.b, 5 AS extra, t.a) r,
    LATERAL (SELECT t.a::numeric, t.b::float4, t.c::varchar, t.d AT TIME ZONE 'UTC' AS d,
      t.e, t.f::text) s;
CREATE TYPE row_type AS (a int8, b float8, c text, d timestamptz, e boolean, f tone);
SELECT score(:'m'::model, t) = score(:'m'::model, ROW(t.a, t.b, t.c, t.d, t.e, t.f)::row_type) AS same
  FROM train_rows t LIMIT 1;
-- a stored model, a model a row, a prepared statement
CREATE TABLE team_models AS
  SELECT c AS team, fit('logistic', won, s) AS m
    FROM train_rows t, LATERAL (SELECT t.a, t.e) s GROUP BY c;
SELECT count(DISTINCT score(m, t)) AS scores, count(*) AS n FROM train_rows t, team_models;
SELECT count(*) FILTER (WHERE score(m, t) = score((SELECT m FROM team_models x WHERE x.team = t.c), t)) AS same
  FROM train_rows t JOIN team_models ON team = c;
PREPARE scores(model) AS SELECT round(sum(score($1, t))::numeric, 6) AS sum FROM train_rows t;
SELECT m AS m1 FROM team_models WHERE team = 'x' \gset
EXECUTE scores(:'m');
EXECUTE scores(:'m1');
EXECUTE scores(:'m');
-- one expression of plpgsql sees another model in each turn
DO $$
DECLARE
  m crmprob.model;
  sum float8 := 0;
  again float8;
BEGIN
  FOR m IN SELECT t.m FROM public.team_models t LOOP
    sum := sum + crmprob.score(m, (SELECT t FROM public.train_rows t LIMIT 1));
  END LOOP;
  SELECT sum(crmprob.score(x.m, t)) INTO again
    FROM public.team_models x, (SELECT * FROM public.train_rows LIMIT 1) t;
  RAISE NOTICE 'same: %', abs(sum - again) < 1e-12;
END $$;

-- NULL, NaN, and labels not met in training
SELECT score(:'m'::model, NULL::train_rows), score(NULL, t) FROM train_rows t LIMIT 1;
SELECT round(score(:'m'::model, r)::numeric, 4) > 0 AS nulls FROM (SELECT NULL::int AS a, NULL::int AS b,
  NULL::text AS c, NULL::timestamptz AS d, NULL::boolean AS e, NULL::tone AS f) r;
SELECT score(:'m'::model, r) = score(:'m'::model, s) AS nan_is_null FROM train_rows t,
  LATERAL (SELECT 'NaN'::float8 AS a, t.b, t.c, t.d, t.e, t.f) r,
  LATERAL (SELECT NULL::float8 AS a, t.b, t.c, t.d, t.e, t.f) s LIMIT 1;
-- a label not met adds what labels add on average
SELECT abs(ln(p / (1 - p)) - ln(q / (1 - q)) - (134 * b.y + 133 * b.z) / 400) < 1e-9 AS average
  FROM train_rows t,
    LATERAL (SELECT t.a, t.b, 'new' AS c, t.d, t.e, t.f) r,
    LATERAL (SELECT t.a, t.b, 'x' AS c, t.d, t.e, t.f) s,
    LATERAL (SELECT score(:'m'::model, r) AS p, score(:'m'::model, s) AS q) v,
    (SELECT min(coefficient) FILTER (WHERE level = 'y') AS y,
      min(coefficient) FILTER (WHERE level = 'z') AS z FROM coefficients(:'m')) b
  LIMIT 1;

-- never 0 or 1
SELECT DISTINCT score(m, r) FROM train_rows t,
  (SELECT fit('logistic', g > 200, f) AS m FROM generate_series(1, 400) g, LATERAL (SELECT g * 1.0 AS a) f) x,
  LATERAL (SELECT (t.a - 3) * 1e6 AS a) r ORDER BY 1;

-- refused
SELECT score(:'m'::model, ROW(1, 2));
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT 'a' AS a, t.b, t.c, t.d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b, t.c, t.d, 1 AS e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b, t.c, 1 AS d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b, 1 AS c, t.d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT '-Infinity'::float8 AS a, t.b, t.c, t.d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b, t.c, 'infinity'::timestamptz AS d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT 1e400 AS a, t.b, t.c, t.d, t.e, t.f) r;
SELECT score(:'m'::model, r) FROM train_rows t, LATERAL (SELECT t.a, t.b, t.c, date '5874897-12-31' AS d, t.e, t.f) r;
CREATE TABLE empty ();
INSERT INTO empty DEFAULT VALUES;
SELECT score(:'m'::model, empty) FROM empty;
DROP TABLE empty;

-- the row type changes under a cached plan
CREATE TABLE live AS SELECT a, b, c, d, e, f FROM train_rows LIMIT 5;
ALTER TABLE live ADD COLUMN note text, DROP COLUMN b;
ALTER TABLE live ADD COLUMN b int DEFAULT 2;
CREATE FUNCTION live_sum(m model) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  r public.live;
  sum float8 := 0;
BEGIN
  FOR r IN SELECT * FROM public.live LOOP
    sum := sum + crmprob.score(m, r);
  END LOOP;
  RETURN round(sum::numeric, 9);
END $$;
BEGIN;
SELECT live_sum(:'m') = (SELECT round(sum(score(:'m'::model, l))::numeric, 9) FROM live l) AS before;
ALTER TABLE live RENAME a TO x;
ALTER TABLE live RENAME b TO a;
ALTER TABLE live RENAME x TO b;
SELECT live_sum(:'m') = (SELECT round(sum(score(:'m'::model, r))::numeric, 9) FROM live l,
  LATERAL (SELECT l.a, l.b, l.c, l.d, l.e, l.f) r) AS after;
SELECT sum(score(:'m'::model, l)) <> (SELECT sum(score(:'m'::model, r)) FROM live l,
  LATERAL (SELECT l.b AS a, l.a AS b, l.c, l.d, l.e, l.f) r) AS really_crossed FROM live l;
COMMIT;
ALTER TABLE live DROP COLUMN e;
SELECT live_sum(:'m');

-- numbers as categories match by value, whatever their type
SELECT count(*) FILTER (WHERE score(m, r) = score(m, s)) AS same
  FROM (SELECT fit('logistic', won, s, '{"categorical": ["a"]}') AS m
      FROM train_rows t, LATERAL (SELECT t.a) s) x, train_rows t,
    LATERAL (SELECT t.a) r, LATERAL (SELECT (t.a || '.00')::numeric AS a) s;

-- rows of fixed width are read where they lie, others deformed: the same scores
CREATE TABLE narrow AS
  SELECT nullif(i % 3, 0)::int2 AS a, nullif(i % 5, 0) / 2.0::float8 AS b,
      CASE WHEN i % 7 > 0 THEN i % 4 < 2 END AS c, nullif(i % 11, 0)::int4 AS d,
      CASE WHEN i % 9 > 0 THEN date '2026-01-01' + i % 13 END AS e, nullif(i % 17, 0)::float4 AS f,
      (i % 2)::int2 AS unused, nullif(i % 19, 0) / 4.0::float8 AS g, i * 7 % 10 < 4 AS won
    FROM generate_series(1, 900) i;
SELECT count(*) FILTER (WHERE score(m, n) = score(m, w)) AS same, count(DISTINCT score(m, n)) > 500 AS distinct
  FROM (SELECT fit('logistic', won, narrow, '{"exclude": ["won", "unused"]}') AS m FROM narrow) x, narrow n,
    LATERAL (SELECT 'x'::text AS pad, n.a, n.b, n.c, n.d, n.e, n.f, n.g) w;
SELECT bool_and(score(m, n) = score(m, w)) AS all_null
  FROM (SELECT fit('logistic', won, narrow, '{"exclude": ["won", "unused"]}') AS m FROM narrow) x,
    (SELECT NULL::int2 AS a, NULL::float8 AS b, NULL::boolean AS c, NULL::int4 AS d, NULL::date AS e,
      NULL::float4 AS f, NULL::float8 AS g) n,
    (SELECT 'x'::text AS pad, NULL::int2 AS a, NULL::float8 AS b, NULL::boolean AS c, NULL::int4 AS d,
      NULL::date AS e, NULL::float4 AS f, NULL::float8 AS g) w;
SELECT score(m, w) FROM (SELECT fit('logistic', won, s) AS m FROM narrow, LATERAL (SELECT a, b) s) x,
  (SELECT NULL::int4 AS a, 'Infinity'::float8 AS b) w;

-- a name that occurs twice means neither column, unless no feature bears it
SELECT score(:'m'::model, r) FROM live l, LATERAL (SELECT l.a, l.b, l.a, l.c, l.d, l.f) r LIMIT 1;
SELECT score(m, r) IS NOT NULL AS scored FROM team_models, (SELECT 1 AS a, true AS e, 2 AS x, 3 AS x) r;
SELECT score(m, r) FROM team_models, (SELECT 1 AS a, true AS e, false AS e OFFSET 0) r;
DROP FUNCTION live_sum;
DROP TABLE live, narrow, team_models, train_rows;
DROP TYPE row_type, tone;
