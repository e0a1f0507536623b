-- Run by funnel_reference. The expected figures come from PostgreSQL's window
-- functions, DuckDB and ClickHouse's windowFunnel on the same events.
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '1GB';
CREATE TEMP TABLE expected (name text, mode text, repeats text, entered bigint[], medians float8[]);
INSERT INTO expected VALUES
  ('ordered, rows', 'ordered', 'row', '{1416366,1080171,765534,542559,333449,233332}',
   '{NULL,245588,573865,969641,1166058,729160}'),
  ('ordered, visits', 'ordered', 'visit', '{1416366,1080057,765245,541411,330359,229358}', NULL),
  ('first_touch', 'first_touch', 'visit', '{1416366,1076458,758110,527933,313679,213747}',
   '{NULL,348150,738993.5,978612,1130685,712129}'),
  ('reached', 'reached', 'visit', '{1512000,1312101,1123322,916835,705155,528121}', NULL);
CREATE TEMP TABLE stages AS SELECT i::smallint AS position, (CASE i WHEN 6 THEN 'won:Won'
  WHEN 7 THEN 'lost:Lost' ELSE i || ':S' || i END)::crmprob.stage AS stage FROM generate_series(1, 7) AS i;
CREATE TEMP TABLE journeys AS
  SELECT entity_id, crmprob.journey(s.stage, at) AS journey
  FROM ev JOIN stages AS s ON s.position = ev.stage GROUP BY entity_id;
CREATE TEMP TABLE definitions AS SELECT name, crmprob.define_funnel(
  crmprob.make_pipeline('{S1,S2,S3,S4,S5}'), mode => mode, within => '90 days', repeats => repeats) AS definition
  FROM expected;
CREATE TEMP TABLE found (name text, form text, funnel crmprob.funnel);
SELECT format('INSERT INTO found SELECT %L, ''one pass'', crmprob.funnel(entity_id, stage, at,
    (SELECT definition FROM definitions WHERE name = %1$L)) FROM ev', name),
  format('INSERT INTO found SELECT %L, ''journeys'', crmprob.funnel(journey,
    (SELECT definition FROM definitions WHERE name = %1$L)) FROM journeys', name)
FROM expected \gexec

CREATE FUNCTION pg_temp.verdict(good boolean, what text) RETURNS text LANGUAGE sql
  RETURN CASE WHEN good THEN 'ok - ' ELSE 'not ok - ' END || what;

SELECT pg_temp.verdict(count(*) = 10081809, 'events: ' || count(*)) FROM ev;
SELECT pg_temp.verdict(a.entered = e.entered, e.name || ', ' || f.form || ': ' || array_to_string(a.entered, ' | '))
FROM expected AS e JOIN found AS f USING (name),
  LATERAL (SELECT array_agg(c.entered ORDER BY c.step) AS entered FROM crmprob.conversion(f.funnel) AS c) AS a
ORDER BY 1;
SELECT pg_temp.verdict(count(DISTINCT crmprob.funnel_send(funnel)) = 1, name || ': equal bytes from both forms')
FROM found GROUP BY name ORDER BY name;

-- medians: of the funnel's buckets within 1 %, of step_times exactly
CREATE TEMP TABLE exact AS
SELECT name, step, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM time)) AS median
FROM definitions, journeys, LATERAL unnest(crmprob.step_times(journey, definition))
  WITH ORDINALITY AS t (time, step)
WHERE time IS NOT NULL GROUP BY name, step;
SELECT pg_temp.verdict(abs(extract(epoch FROM c.median_time) / x.median - 1) <= 0.01,
  format('%s, step %s: median %s s of the funnel, %s s exactly', x.name, x.step,
    round(extract(epoch FROM c.median_time)), x.median))
FROM exact AS x JOIN found AS f ON f.name = x.name AND f.form = 'one pass',
  LATERAL crmprob.conversion(f.funnel) AS c WHERE c.step = x.step ORDER BY x.name, x.step;
SELECT pg_temp.verdict(x.median = e.medians[x.step],
  format('%s, step %s: median %s s through step_times', x.name, x.step, x.median))
FROM exact AS x JOIN expected AS e USING (name) WHERE e.medians IS NOT NULL ORDER BY x.name, x.step;
