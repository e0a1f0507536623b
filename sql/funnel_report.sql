-- Tables made of funnels: bottleneck, compare, mature entries.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET extra_float_digits = 0;

-- ten deals: 10 > 8 > 4 > 3, money 2200 > 1200 > 1000 > 600, a day, three days
-- and six days between the steps
CREATE TEMP TABLE history AS
  SELECT deal, stage, '2026-01-01'::timestamptz + days * interval '1 day' AS at, amount
    FROM (VALUES (1, 4, 100), (2, 4, 300), (3, 4, 200), (4, 3, 400), (5, 2, 50), (6, 2, 50),
                 (7, 2, 50), (8, 2, 50), (9, 1, 500), (10, 1, 500)) d (deal, level, amount),
         (VALUES (1, '1:Lead'::stage, 0), (2, '2:Demo', 1), (3, '3:Offer', 4), (4, 'won:Won', 10)) s (n, stage, days)
   WHERE n <= level;
CREATE TEMP VIEW p AS SELECT 'Lead > Demo > Offer > Won | Lost'::pipeline AS p;
CREATE TEMP TABLE f AS
  SELECT funnel(deal, stage, at, amount, define_funnel(p)) AS f,
         funnel(deal, stage, at, define_funnel(p)) AS unpriced FROM history, p;

SELECT step, stage, dropped, drop_share, amount_lost, amount_share, round(time_share::numeric, 4) AS time_share,
       next_conversion, gained_deals, gained_amount, largest_gain FROM f, bottleneck(f);
SELECT step, amount_lost, amount_share, gained_deals, gained_amount, largest_gain FROM f, bottleneck(unpriced);
-- steps that do not build on each other have no gain, and more is no drop
SELECT step, dropped, drop_share, next_conversion, gained_deals, largest_gain
  FROM p, bottleneck((SELECT funnel(deal, stage, at, amount, define_funnel(p, 'any', steps => '{Demo,Lead,Offer}')) FROM history));
-- nobody is lost at a step that may be missing
SELECT step, stage, dropped, drop_share, time_share, next_conversion, gained_deals, largest_gain
  FROM p, bottleneck((SELECT funnel(deal, stage, at, define_funnel(p, 'ordered', optional => '{Offer}')) FROM history));
SELECT step, dropped, drop_share, next_conversion, gained_deals, largest_gain
  FROM p, bottleneck((SELECT funnel(deal, stage, at, define_funnel(p, 'ordered', optional => '{Won}')) FROM history));
-- a conversion improves to 1 at most; where nobody wins nothing is won
SELECT step, dropped, next_conversion, round(gained_deals::numeric, 6) AS gained_deals, largest_gain
  FROM bottleneck((SELECT funnel(i, least(1 + i, 3), '2026-01-01', define_funnel('A > B > W'::pipeline)) FROM generate_series(0, 199) i));
SELECT * FROM bottleneck((SELECT funnel(i, 1 + i % 2, '2026-01-01', define_funnel('A > B > W'::pipeline)) FROM generate_series(0, 9) i));
SELECT * FROM bottleneck((SELECT funnel(i, 9, '2026-01-01', define_funnel('A > W'::pipeline)) FROM generate_series(0, 9) i));
SELECT * FROM bottleneck(NULL);

-- a hundred deals of one segment, fifty of another
CREATE TEMP TABLE moves AS
  SELECT i AS deal, i <= 100 AS first, s AS n,
         '2026-01-01'::timestamptz + (i % 10) * interval '1 day' + s * CASE WHEN i <= 100 THEN interval '2 days' ELSE interval '1 day' END AS at
    FROM generate_series(1, 150) i, generate_series(1, 3) s
   WHERE s <= CASE WHEN i <= 60 THEN 3 WHEN i <= 80 THEN 2 WHEN i <= 100 THEN 1 WHEN i <= 140 THEN 3 WHEN i <= 144 THEN 2 ELSE 1 END;
CREATE TEMP TABLE pair AS
  SELECT funnel(deal, n, at, d) FILTER (WHERE first) AS a, funnel(deal, n, at, d) FILTER (WHERE NOT first) AS b
    FROM moves, define_funnel('A > B > W'::pipeline, 'ordered', '90 days') d;
SELECT step, stage, entered_a AS n_a, entered_b AS n_b, step_conversion_a AS conv_a, round(step_conversion_b::numeric, 4) AS conv_b,
       round(difference::numeric, 6) AS difference, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, round(p_value::numeric, 6) AS p_value
  FROM pair, compare(a, b);
SELECT step, conversion_a AS conv_a, conversion_b AS conv_b, round(conversion_difference::numeric, 6) AS difference,
       round(conversion_p_value::numeric, 6) AS p_value,
       date_trunc('hour', median_time_a + interval '30 min') AS median_a, date_trunc('hour', median_time_b + interval '30 min') AS median_b
  FROM pair, compare(a, b);
-- it is ab_test of the counts
SELECT step, c.difference = t.difference AND c.low = t.low AND c.high = t.high AND c.p_value = t.p_value AS same
  FROM pair, LATERAL (SELECT *, lag(entered_a) OVER w AS of_a, lag(entered_b) OVER w AS of_b FROM compare(a, b) WINDOW w AS (ORDER BY step)) c,
       ab_test(make_proportion(entered_a, of_a), make_proportion(entered_b, of_b)) t WHERE step > 1;
-- in mode any more may enter a step than the one before
SELECT step, step_conversion_b, difference, p_value
  FROM (SELECT funnel(1, 1, '2026-01-01', d) AS a, (SELECT funnel(i, 1 + (i > 1)::int, '2026-01-01', d) FROM generate_series(1, 3) i) AS b
          FROM define_funnel('A > W'::pipeline, 'any') d GROUP BY d) s, compare(a, b);
-- periods may differ, nothing else may
SELECT step, entered_a, entered_b
  FROM compare((SELECT funnel(deal, n, at, define_funnel('A > B > W'::pipeline, entry => '[2026-01-01,2026-01-06)')) FROM moves),
               (SELECT funnel(deal, n, at, define_funnel('A > B > W'::pipeline, entry => '[2026-01-06,)')) FROM moves));
SELECT compare(a, (SELECT funnel(deal, n, at, define_funnel('A > B > W'::pipeline, 'ordered', '30 days')) FROM moves)) FROM pair;
SELECT compare(a, (SELECT funnel(deal, n, at, define_funnel('A > B > W'::pipeline, 'strict', '90 days')) FROM moves)) FROM pair;
SELECT compare(a, (SELECT funnel(deal, n, at, define_funnel('A > C > W'::pipeline, 'ordered', '90 days')) FROM moves), '2026-06-01') FROM pair;
SELECT count(*) FROM pair, compare(a, NULL);

-- mature entries: deals begin on 3 to 12 January; those of the 3rd have until 4 April
CREATE TEMP TABLE entrants AS
  SELECT a, n_entries(a), n_immature(a, at) AS n_immature, at
    FROM pair, unnest('{2026-04-03,2026-04-08,2026-04-09 12:00,2026-04-30}'::timestamptz[]) at;
SELECT at, n_entries, n_immature, string_agg(entered::text, ' ' ORDER BY step) AS entered, bool_and(median_time IS NULL) AS no_times
  FROM entrants, conversion(a, at) GROUP BY 1, 2, 3 ORDER BY at;
SELECT step, entered, dropped, round(step_conversion::numeric, 4) AS step_conversion, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
  FROM pair, conversion(a, '2026-04-08');
SELECT step, entered_a, entered_b, median_time_a FROM pair, compare(a, b, '2026-04-08');
-- as if the others had never come
SELECT c.* IS NOT DISTINCT FROM d.* AS same
  FROM (SELECT step, entered, dropped, step_conversion, conversion, low, high FROM pair, conversion(a, '2026-04-08')) c
  JOIN (SELECT step, entered, dropped, step_conversion, conversion, low, high
          FROM conversion((SELECT funnel(deal, n, at, define_funnel('A > B > W'::pipeline, 'ordered', '90 days', entry => '(,2026-01-08)')) FROM moves WHERE first))) d USING (step);
SELECT conversion(f, '2026-04-08') FROM f;
SELECT conversion(a, 'infinity') FROM pair;
SELECT count(*) FROM pair, conversion(a, NULL::timestamptz);
