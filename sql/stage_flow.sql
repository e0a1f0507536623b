-- stage_flow: moves between stages, and the chances and times that follow
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';

-- a weekly stage matrix: golden figures
CREATE TABLE weekly (from_stage stage, to_stage stage, n bigint);
INSERT INTO weekly
SELECT f::stage, t::stage, n
FROM (VALUES
  ('1:Lead', '{500,180,20,0,0,300}'::bigint[]),
  ('2:Qual', '{15,300,160,25,0,100}'),
  ('3:Prop', '{0,20,200,130,10,90}'),
  ('4:Neg', '{0,0,15,120,110,55}')) AS m (f, counts),
  unnest(counts, '{1:Lead,2:Qual,3:Prop,4:Neg,won:Won,lost:Lost}'::text[]) AS u (n, t);

SELECT label, round(win_probability(f, label)::numeric, 8) AS win,
       round(expected_steps(f, label)::numeric, 8) AS steps,
       expected_time(f, label) AS no_unit
FROM (SELECT stage_flow(from_stage, to_stage, n) AS f FROM weekly) AS x,
     unnest('{Lead,Qual,Prop,Neg,Won,Lost}'::text[]) AS label;
SELECT label, round((extract(epoch FROM expected_time(f, label)) / 604800)::numeric, 8) AS weeks,
       round(win_probability(f, label, '0')::numeric, 8) AS at_once,
       round(win_probability(f, label, '7 days')::numeric, 8) AS one_week,
       round(win_probability(f, label, '13 days 23:59')::numeric, 8) AS still_one,
       round(win_probability(f, label, '4 weeks')::numeric, 8) AS four_weeks,
       round(win_probability(f, label, '1000000 weeks')::numeric, 8) AS for_ever
FROM (SELECT stage_flow(from_stage, to_stage, n, '7 days') AS f FROM weekly) AS x,
     unnest('{Lead,Qual,Prop,Neg}'::text[]) AS label;
SELECT from_stage, to_stage, n, round(probability::numeric, 4) AS probability,
       median_time, direction
FROM transitions((SELECT stage_flow(from_stage, to_stage, n) FROM weekly));

-- deals: C skips and is reopened, D goes back, E and F are open
CREATE TABLE moves (deal text, stage stage, at timestamptz);
INSERT INTO moves VALUES
  ('A', '1:Lead', '2026-01-01'), ('A', '2:Offer', '2026-01-05'), ('A', '3:Talk', '2026-01-11'), ('A', 'won:Signed', '2026-01-21'),
  ('B', '1:Lead', '2026-01-01'), ('B', '2:Offer', '2026-01-03'), ('B', 'lost:Price', '2026-01-09'),
  ('C', '1:Lead', '2026-01-02'), ('C', '3:Talk', '2026-01-08'), ('C', 'lost:Price', '2026-01-10'), ('C', '3:Talk', '2026-01-15'), ('C', 'won:Signed', '2026-01-17'),
  ('D', '2:Offer', '2026-01-01'), ('D', '1:Lead', '2026-01-04'), ('D', '2:Offer', '2026-01-09'), ('D', '2:Offer', '2026-01-10'), ('D', 'lost:Silence', '2026-01-12'),
  ('E', '1:Lead', '2026-01-10'), ('E', '2:Offer', '2026-01-12'),
  ('F', '1:Lead', '2026-01-20'), ('F', '1:Lead', '2026-01-25');
CREATE VIEW journeys AS SELECT deal, journey(stage, at) AS j FROM moves GROUP BY deal;
CREATE TABLE flows AS SELECT stage_flow(j, '2026-02-01') AS f FROM journeys;

SELECT from_stage, to_stage, n, round(probability::numeric, 4) AS probability,
       median_time, direction
FROM flows, transitions(f);
SELECT stage, o.n FROM flows, open_visits(f) AS o;
SELECT jsonb_pretty(f::jsonb - 'transitions') AS f FROM flows;
SELECT stage_flow('1:A', 'won:W', 2, '1 day');
SELECT f::jsonb -> 'as_of' AS as_of, f::jsonb -> 'open' -> 0 AS first_open FROM flows;
SELECT f::text::stage_flow = f AS text, f::jsonb::text::stage_flow = f AS jsonb,
       f <> f AS differs
FROM flows;
-- without as_of an open visit lasts to the last row of its deal
SELECT stage_flow(j)::jsonb -> 'open' AS open FROM journeys;
-- as of an earlier day later rows do not count
SELECT o.stage, o.n
FROM open_visits((SELECT stage_flow(j, '2026-01-09 12:00') FROM journeys)) AS o;
SELECT label, round(win_probability(f, label)::numeric, 6) AS win,
       round(expected_steps(f, label)::numeric, 6) AS steps,
       date_trunc('second', expected_time(f, label)) AS time,
       round(win_probability(f, label, '10 days')::numeric, 6) AS ten_days,
       round(win_probability(f, label, '10 days', '3 days')::numeric, 6) AS after_three
FROM flows, unnest('{Lead,Offer,Talk,Signed,Price}'::text[]) AS label;

-- rollup, in any split and order
SELECT count(*) FROM (
  SELECT stage_flow(j, '2026-02-01') AS f FROM journeys
  UNION
  SELECT rollup(f) FROM (SELECT stage_flow(j, '2026-02-01') AS f FROM journeys GROUP BY deal) AS x
  UNION
  SELECT rollup(f ORDER BY early) FROM (SELECT deal < 'D' AS early, stage_flow(j, '2026-02-01') AS f FROM journeys GROUP BY 1) AS x) AS y;

-- NULLs are counted, nothing is NULL
SELECT n_ignored(stage_flow(f, t, n)) FROM (VALUES
  ('1:A'::stage, '2:B'::stage, 1::bigint), (NULL, '2:B', 1), ('1:A', NULL, 1), ('1:A', '2:B', NULL)) AS x (f, t, n);
SELECT stage_flow(NULL::journey, '2026-02-01');
SELECT stage_flow(NULL::journey) FROM moves WHERE false;
SELECT rollup(NULL::stage_flow);
SELECT win_probability(NULL, 'Lead'), expected_time(f, NULL) FROM flows;

-- no answer: a stage never left, and a circle without an end
SELECT label, win_probability(f, label), expected_steps(f, label)
FROM (SELECT stage_flow(a::stage, b::stage, n) AS f
      FROM (VALUES ('1:A', '2:B', 1), ('2:B', '1:A', 2), ('3:C', '3:C', 5), ('4:D', 'won:W', 1), ('5:E', '6:F', 0)) AS v (a, b, n)) AS x,
     unnest('{A,B,C,D,E,F}'::text[]) AS label;

-- refused
SELECT win_probability(f, 'lead') FROM flows;
SELECT win_probability(f, 'Lead', '1 month') FROM flows;
SELECT win_probability(f, 'Lead', '-1 day') FROM flows;
SELECT win_probability(f, 'Lead', '1 day', '1 year') FROM flows;
SELECT stage_flow('1:A', '2:B', -1);
SELECT stage_flow('1:A', '2:B', 1, '0');
SELECT stage_flow('1:A', '2:B', 1, '1 month');
SELECT stage_flow('1:A', '2:B', 1, NULL);
SELECT stage_flow('1:A', '2:B', 1, step) FROM (VALUES ('1 day'::interval), ('2 days')) AS v (step);
SELECT stage_flow(j, NULL) FROM journeys;
SELECT stage_flow(j, 'infinity') FROM journeys;
SELECT stage_flow(j, '2026-02-01'::timestamptz + deal * interval '1 day') FROM (SELECT j, row_number() OVER () AS deal FROM journeys) AS x;
SELECT rollup(f) FROM (SELECT stage_flow('1:A', '2:B', 1) AS f UNION ALL SELECT stage_flow(j) FROM journeys) AS x;
SELECT stage_flow('1:A', '2:B', n) FROM unnest('{9223372036854775807,1}'::bigint[]) AS n;
SELECT stage_flow((i || ':S')::stage, '2:B', 1) FROM generate_series(1, 129) AS i;
SELECT win_probability(stage_flow('1:A', '2:A', 1), 'A');
SELECT stage_flow_merge(f, f) FROM flows;
SELECT ''::stage_flow;
SELECT '{"kind":"counts"} x'::stage_flow;
SELECT '{"kind":"counts","transitions":[{"from":"1:A","to":"2:B","n":0}]}'::stage_flow;
SELECT '{"kind":"journeys","transitions":[{"from":"1:A","to":"2:B","n":1,"time":9,"times":[[5,1]]}]}'::stage_flow;

DROP VIEW journeys;
DROP TABLE weekly, moves, flows;
