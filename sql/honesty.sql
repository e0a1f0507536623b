-- honesty: leakage_report, feature_insights, data_profile
SET search_path = public, crmprob;
SET timezone = 'UTC';

SELECT * FROM query_columns('SELECT 1 AS a, ''x''::text AS b, now() AS c, ARRAY[1] AS d, ''1:Lead''::stage AS e');

-- AUC by hand: won 3 and 4, lost 1 and 3: pairs 1 + 1/2 + 1 + 1 of 4
SELECT feature, single_auc FROM leakage_report(
  'SELECT * FROM (VALUES (3, true), (4, true), (1, false), (3, false)) v (x, won)', 'won');
-- the other direction counts alike; missing values stand where they tell most:
-- won 1, 2 and NULL, lost 2, 3: below all, 1 - 0.5/6
SELECT feature, round(single_auc::numeric, 4) AS single_auc FROM leakage_report(
  'SELECT * FROM (VALUES (1, true), (2, true), (NULL, true), (2, false), (3, false)) v (x, won)', 'won');

CREATE TABLE deals AS
  SELECT i AS id, CASE WHEN i <= 1000 THEN i % 10 < 4 END AS won,
      i * 7919 % 1009 AS noise,
      CASE WHEN i % 10 < 4 THEN 100 + i END AS close_value,
      CASE WHEN i % 10 >= 4 THEN (ARRAY['price', 'none', 'rival'])[1 + i % 3] END AS lost_reason,
      CASE WHEN i % 10 < 4 AND i % 4 = 0 THEN NULL ELSE i * 31 % 7 END AS competitor,
      CASE WHEN i % 20 = 0 THEN 'signed' ELSE (ARRAY['web', 'fair'])[1 + i * 7 % 11 % 2] END AS tag,
      'user' || i || '@example.com' AS mail, 7 AS constant,
      timestamptz '2026-01-01 12:00+00' + i % 97 * interval '1 day' AS opened_at,
      date '2026-06-01' + i % 89 AS closed_on,
      timestamptz '2026-06-01 12:00+00' + (i % 89 + i % 2) * interval '1 day' AS changed_at,
      ARRAY[i] AS list
    FROM generate_series(1, 1100) i;
SELECT feature, CASE WHEN verdict = 'leak' THEN round(single_auc::numeric, 3) END AS auc,
    only_in_class, verdict, reason
  FROM leakage_report('SELECT * FROM deals', 'won', 'closed_on');
-- the day of closing is not after it; without the time of closing nothing is
SELECT feature, verdict FROM leakage_report('SELECT won, changed_at, closed_on FROM deals WHERE id % 2 = 0', 'won', 'closed_on');
SELECT count(*) FILTER (WHERE reason LIKE '%after%') AS after FROM leakage_report('SELECT * FROM deals', 'won');
-- nothing to tell from
SELECT feature, single_auc, verdict FROM leakage_report('SELECT won, noise FROM deals WHERE won IS NULL', 'won');
SELECT feature, single_auc, verdict FROM leakage_report('SELECT won, noise FROM deals WHERE won', 'won');
SELECT count(*) FROM leakage_report(NULL, 'won');
SELECT count(*) FROM leakage_report('SELECT won, noise FROM deals', NULL);
SELECT count(*) FROM leakage_report('SELECT won FROM deals', 'won');

-- the share of a value against that of all rows; Wilson limits
SELECT feature, value, n_open, n_closed, round(win_rate::numeric, 3) AS win_rate,
    round(low::numeric, 3) AS low, round(high::numeric, 3) AS high,
    round(base_rate::numeric, 3) AS base_rate, round(lift::numeric, 3) AS lift, note
  FROM feature_insights('SELECT won, tag, competitor, noise, mail, id % 4 AS quarter FROM deals;', 'won');
-- at most 50 categories
SELECT count(*), sum(n_closed) AS n_closed, max(value) FILTER (WHERE value LIKE '(%') AS rest
  FROM feature_insights('SELECT won, (id % 60)::text AS x FROM deals', 'won');
SELECT * FROM feature_insights('SELECT won, noise FROM deals WHERE false', 'won');

SELECT feature, type, n, round(null_rate::numeric, 3) AS null_rate, n_distinct, smallest, largest,
    round(mean::numeric, 2) AS mean, round(sd::numeric, 2) AS sd, outliers, duplicates,
    array(SELECT n FROM unnest(notes) n WHERE n NOT LIKE 'stale%' AND n NOT LIKE 'times%') AS notes
  FROM data_profile('SELECT * FROM deals');
-- mean 3, variance 2; 
SELECT feature, n, n_distinct, mean, round(sd::numeric, 4) AS sd, outliers
  FROM data_profile('SELECT unnest(ARRAY[1, 2, 3, 4, 5]) AS x');
-- quartiles 2 and 5: an outlier is above 5 + 3 * 3
SELECT outliers FROM data_profile('SELECT unnest(ARRAY[1, 2, 3, 4, 5, 14]) AS x') WHERE feature = 'x';
-- never compiled: a statement that cannot be cancelled meanwhile
SET jit = on;
SELECT smallest AS jit FROM data_profile('SELECT current_setting(''jit'') AS s') WHERE feature = 's';
SHOW jit;
RESET jit;
SELECT outliers FROM data_profile('SELECT unnest(ARRAY[1, 2, 3, 4, 5, 15]) AS x') WHERE feature = 'x';
SELECT n, duplicates, notes FROM data_profile('SELECT a, b FROM (VALUES (1, ''x''), (1, ''x''), (2, NULL), (2, NULL), (2, NULL), (3, ''x'')) v (a, b)')
  WHERE feature IS NULL;
SELECT feature, notes FROM data_profile($$SELECT 'NaN'::float8 AS nan, 'Infinity'::float8 AS infinite,
    NULL::text AS nothing, now() - interval '100 days' AS old, now() + interval '9 days' AS ahead, now() AS fresh$$)
  WHERE notes::text NOT LIKE '%stale%';
SELECT feature, notes[2] LIKE 'stale: the newest is 20__-__-__' AS stale
  FROM data_profile('SELECT now() - interval ''100 days'' AS old') WHERE feature = 'old';
SELECT feature, notes FROM data_profile('SELECT now() - interval ''100 days'' AS old UNION ALL SELECT now() - interval ''110 days''', '1 year') WHERE feature = 'old';
SELECT feature, n, duplicates, notes FROM data_profile('SELECT id FROM deals WHERE false');

-- refused
\set VERBOSITY sqlstate
SELECT * FROM leakage_report('SELECT noise FROM deals', 'won');
SELECT * FROM leakage_report('SELECT noise AS won FROM deals', 'won');
SELECT * FROM feature_insights('SELECT noise AS won FROM deals', 'won');
SELECT * FROM leakage_report('SELECT won, noise FROM deals', 'won', 'noise');
SELECT * FROM leakage_report('DELETE FROM deals', 'won');
SELECT * FROM leakage_report('DELETE FROM deals RETURNING won', 'won');
SELECT * FROM data_profile('SHOW jit');
SELECT * FROM data_profile('SELECT 1; SELECT 2');
SELECT * FROM data_profile('SELECT 1) q; DROP TABLE deals; --');
SELECT * FROM data_profile('nonsense');
\set VERBOSITY default

-- the caller's search_path and rights, as for a plain SELECT
CREATE SCHEMA shadow;
CREATE TABLE shadow.deals AS SELECT true AS won, 1 AS x;
CREATE FUNCTION shadow.hashtext(text) RETURNS int LANGUAGE sql RETURN 1 / 0;
SET search_path = shadow, pg_catalog, crmprob;
SELECT feature, n FROM data_profile('TABLE deals');
SELECT feature, verdict FROM leakage_report('TABLE deals -- the caller''s', 'won');
RESET search_path;
CREATE ROLE regress_honest;
SET ROLE regress_honest;
\set VERBOSITY sqlstate
SELECT * FROM crmprob.data_profile('SELECT * FROM public.deals');
SELECT * FROM crmprob.leakage_report('SELECT * FROM public.deals', 'won');
\set VERBOSITY default
RESET ROLE;
ALTER TABLE public.deals ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.deals TO regress_honest;
CREATE POLICY mine ON public.deals TO regress_honest USING (id <= 10);
SET ROLE regress_honest;
SELECT n FROM crmprob.data_profile('SELECT id FROM public.deals') WHERE feature IS NULL;
RESET ROLE;
DROP TABLE public.deals, shadow.deals;
DROP FUNCTION shadow.hashtext;
DROP SCHEMA shadow;
DROP ROLE regress_honest;

-- few distinct rows: what gives the outcome away does so with other columns or
-- without, and a factor keeps its AUC (2/3 by hand: a wins 2 of 3, b 1 of 3)
SELECT feature, single_auc, verdict
  FROM crmprob.leakage_report('SELECT CASE i % 3 WHEN 0 THEN ''won'' WHEN 1 THEN ''price'' ELSE ''time'' END AS reason,
                              i % 3 = 0 AS won FROM generate_series(1, 3000) i', 'won');
SELECT feature, abs(single_auc - 2 / 3.0) < 0.02 AS near, verdict
  FROM crmprob.leakage_report('SELECT CASE WHEN i % 6 < 3 THEN ''a'' ELSE ''b'' END AS f,
                              i % 6 IN (0, 1, 3) AS won FROM generate_series(1, 6000) i', 'won');
