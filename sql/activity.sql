-- Activity of a lead: text, merging, counts, features as of a time.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never

CREATE TEMP TABLE events (lead int, kind text, at timestamptz);
INSERT INTO events VALUES
  (1, 'page view', '2026-03-01 10:00+00'), (1, 'page view', '2026-03-01 10:00+00'), (1, 'call', '2026-03-08 12:00+00'),
  (1, 'e-mail', '2026-02-01 00:00+00'), (1, 'call', '2025-11-01 00:00+00'), (1, NULL, '2026-01-01'), (1, 'call', NULL),
  (2, 'chat', '2026-03-09 00:00+00'), (3, NULL, NULL);
CREATE TEMP TABLE leads AS SELECT lead, activity(kind, at) AS a FROM events GROUP BY lead;
SELECT * FROM leads ORDER BY lead;
SELECT a::jsonb -> 2 FROM leads WHERE lead = 1;
SELECT t.* FROM leads, timeline(a) t WHERE lead = 1;

-- text and back; any order, repeats and white space come to the same
SELECT a = a::text::activity AS same FROM leads WHERE lead < 3 ORDER BY lead;
SELECT ' [ ["b","2026-01-01T00:00:00Z"], ["a","2026-01-01T01:00:00+01:00", 2],["a","2026-01-01T00:00:00Z"]] '::activity;
SELECT '[]'::activity, '[]'::activity = '[]' AS same, event_count('[]', 'epoch');
SELECT a <> '[]' AS other, activity_hash(a) = activity_hash(a::text::activity) AS hash FROM leads WHERE lead = 1;

-- merging adds
SELECT rollup(x) = (SELECT a FROM leads WHERE lead = 1) AS same
  FROM (SELECT activity(kind, at) x FROM events WHERE lead = 1 GROUP BY kind) p;
SELECT make_activity('call', '2026-01-02') + make_activity('call', '2026-01-01', 2) + make_activity('call', '2026-01-02');
SELECT activity('view', '2026-01-01'::timestamptz, g) FROM generate_series(1, 3) g;
SELECT rollup(NULL::activity) IS NULL AS none, make_activity(NULL, now()) IS NULL AS no_kind;

-- as of: an event at as_of counts, a later one does not; windows are inclusive
SELECT event_count(a, '2026-03-08 12:00+00') AS all_of_them, event_count(a, '2026-03-08 11:59:59.999999+00') AS before,
       event_count(a, '2026-03-08 10:00+00', '7 days') AS a_week, event_count(a, '2026-03-08 10:00:00.000001+00', '7 days') AS later,
       event_count(a, '2026-03-10 00:00+00', NULL, '{call}') AS calls, event_count(a, '2026-03-10 00:00+00', kinds => '{call,fax}') AS or_faxes,
       event_count(a, '2026-03-10 00:00+00', kinds => '{}') AS none, event_count(a, '2020-01-01') AS long_ago
  FROM leads WHERE lead = 1;
SELECT c.* FROM leads, event_counts(a, '2026-03-10', '90 days') c WHERE lead = 1;
SELECT days_since_last(a, '2026-03-10 00:00+00'), days_since_last(a, '2026-03-10 00:00+00', '{e-mail}') AS mail,
       days_since_last(a, '2020-01-01') AS before FROM leads WHERE lead = 1;
-- two views 8 days old, a call of 22 hours, a mail of 36 days 10 hours, a call of 128 days 10 hours
SELECT round(intensity(a, '2026-03-09 10:00+00', '8 days')::numeric, 12) AS have,
       round((2 * 0.5 + 2 ^ (-(22.0 / 24) / 8) + 2 ^ (-(36 + 10.0 / 24) / 8) + 2 ^ (-(128 + 10.0 / 24) / 8))::numeric, 12) AS want
  FROM leads WHERE lead = 1;
SELECT lead, f.n, n_short, n_medium, n_long, n_kinds, round(days_since_first::numeric, 3) AS first, round(days_since_last::numeric, 3) AS last, round(f.intensity::numeric, 6) AS intensity
  FROM leads, activity_features(a, '2026-03-10') f ORDER BY lead;
SELECT (activity_features(a, '2026-03-10', kinds => '{call}', windows => '{1 day,2 days,1000 days}', half_life => '1 day')).n_long FROM leads WHERE lead = 1;
SELECT * FROM activity_features(NULL, '2026-03-10');
SELECT * FROM activity_features('[]', NULL);

-- as features of a model
CREATE TEMP TABLE deals AS SELECT g AS id, g % 3 = 0 AS won, '2026-03-10'::timestamptz AS decided FROM generate_series(1, 400) g;
CREATE TEMP TABLE touches AS
  SELECT id, CASE WHEN (id * 7 + g) % 3 = 0 THEN 'call' ELSE 'page view' END AS kind, decided - g * (CASE WHEN won AND id % 5 > 0 THEN 3 ELSE 9 END) * interval '1 day' AS at
    FROM deals, generate_series(-2, 12) g;
CREATE TEMP VIEW touched AS SELECT id, activity(kind, at) AS touches FROM touches GROUP BY id;
SELECT n, n_positive, auc > 0.8 AS good FROM train('touched', $$SELECT won, f.n_short, f.n_medium, f.days_since_last, f.intensity, calls.n_medium AS calls
  FROM deals JOIN touched USING (id), activity_features(touches, decided) f, activity_features(touches, decided, '{call}') calls$$, 'won') t;

-- what is refused
SELECT activity('', now());
SELECT activity(repeat('x', 64), now());
SELECT activity(' x', now());
SELECT activity('x', 'infinity');
SELECT activity('x', now(), 0);
SELECT make_activity('x', '-infinity');
SELECT make_activity('x', '2026-01-01', -1);
SELECT event_count('[]', 'infinity');
SELECT event_count('[]', '2026-01-01', '1 month');
SELECT event_count('[]', '2026-01-01', '-1 day');
SELECT event_count('[]', '2026-01-01', '0 days');
SELECT event_count('[]', '2026-01-01', NULL, '{NULL}');
SELECT intensity('[]', '2026-01-01', '0 days');
SELECT activity_features('[]', '2026-01-01', windows => '{1 day}');
SELECT activity_features('[]', '2026-01-01', windows => '{2 days,1 day,3 days}');
SELECT activity_features('[]', '2026-01-01', windows => NULL);
SELECT activity_features('[]', '2026-01-01', half_life => NULL);
SELECT rollup(x) FROM (SELECT make_activity('x', '2026-01-01', 2147483647) x FROM generate_series(1, 3)) a;
SELECT activity(g::text, '2026-01-01'::timestamptz) FROM generate_series(1, 256) g;
SELECT ''::activity;
SELECT '{}'::activity;
SELECT '[["a"]]'::activity;
SELECT '[["a","tomorrow"]]'::activity;
SELECT '[["a","2026-01-01T00:00:00Z",0]]'::activity;
SELECT '[["","2026-01-01T00:00:00Z"]]'::activity;
SELECT activity_merge('[]', '[]');
