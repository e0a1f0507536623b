-- priorities: the Monday list; shortlist: the best of any list.
SET search_path = crmprob, public;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET client_min_messages = error;

INSERT INTO pipelines VALUES ('sales', 'Lead > Contacted > Proposal > Negotiation > Won | Lost, No budget'),
                             ('renewal', 'Due > Offered > Renewed | Left');
INSERT INTO stage_settings (pipeline, label, rot_after, default_probability)
  VALUES ('sales', 'Lead', '14 days', 0.1), ('sales', 'Proposal', '1 month', NULL), ('renewal', 'Due', '7 days', 0.8);

CREATE TEMP TABLE deal ("Deal No" int, stage stage, worth numeric, since timestamptz, p float8, line text);
INSERT INTO deal VALUES
  (1, '1:Lead', 1000, '2026-03-01', 0.2, 'sales'),        -- 22 days on the 23rd: stale
  (2, '3:Proposal', 500.50, '2026-02-23', 0.4, 'sales'),  -- a month to the day: not yet stale
  (3, '4:Negotiation', 250.25, '2026-03-20 12:00', 0.8, 'sales'),
  (4, '1:Lead', NULL, '2026-03-22', 0.9, 'sales'),        -- no amount
  (5, 'won:Won', 9000, '2026-03-01', 1, 'sales'),
  (6, 'lost:Lost', 9000, '2026-03-01', 0, 'sales'),
  (7, '1:Lead', 2000, '2026-03-10', NULL, 'sales'),       -- no score: that of its stage
  (8, '2:Contacted', 100, NULL, NULL, 'sales'),           -- neither
  (9, '2:Offered', 200.20, '2026-03-24', 1, 'renewal'),   -- entered later than now
  (10, '1:Lead', 1000, '2026-03-09', 0.2, 'sales'),
  (11, NULL, 1000, '2026-03-09', 0.2, 'sales');           -- no stage: nobody knows whether it is open
SELECT rank, id, stage, amount, score, grade, expected_value, days_in_stage AS days, stale, next_stage, reasons
  FROM priorities('TABLE deal', score_column => 'p', id_column => 'Deal No', amount_column => 'worth',
                  since_column => 'since', pipeline_column => 'line', as_of => '2026-03-23');
-- one pipeline for all, as labels; a limit of age for stages without one; the best three; grades of one's own
SELECT rank, id, stage, grade, expected_value, days_in_stage AS days, stale, next_stage
  FROM priorities('SELECT "Deal No" AS id, label(stage) AS step, worth AS amount, since::date, p AS score FROM deal WHERE line = ''sales'' -- ours;',
                  stage_column => 'step', since_column => 'since', pipeline => 'sales', as_of => '2026-03-23 06:00',
                  rot_after => '2 days', grade_limits => '{0.8, 0.3}', k => 3);
-- without pipeline, without stages, without scores
SELECT rank, id, stage, grade, expected_value, days_in_stage, stale, next_stage
  FROM priorities('SELECT "Deal No" AS id, stage, worth AS amount, p AS score FROM deal', k => 2);
SELECT rank, id, stage, grade, expected_value, stale
  FROM priorities('SELECT "Deal No" AS id, worth AS amount, since, p AS score FROM deal WHERE is_open(stage)', stage_column => NULL,
                  since_column => 'since', rot_after => '10 days', as_of => '2026-03-23', k => 2);
SELECT rank, id, score, grade, expected_value
  FROM priorities('SELECT "Deal No" AS id, stage, worth AS amount FROM deal', score_column => NULL, pipeline => 'sales', as_of => '2026-03-23') ORDER BY rank LIMIT 4;

-- from histories: stage, amount and age as of any time
CREATE TEMP TABLE past (id int, h opportunity_history, score float8);
INSERT INTO past
SELECT id, opportunity_history(s, t, amount, NULL::date), id / 10.0
  FROM (VALUES (1, '1:Lead'::stage, '2026-01-01'::timestamptz, 100), (1, '2:Contacted', '2026-01-20', 150), (1, 'won:Won', '2026-03-01', 160),
               (2, '1:Lead', '2026-01-05', 80), (2, '1:Lead', '2026-02-01', 90)) v (id, s, t, amount) GROUP BY id;
SELECT t::date, p.rank, p.id, p.stage, p.amount, p.expected_value, p.days_in_stage, p.stale, p.next_stage
  FROM unnest('{2026-01-03, 2026-01-19, 2026-02-10, 2026-03-10}'::timestamptz[]) t,
       priorities('TABLE past', history_column => 'h', pipeline => 'sales', as_of => t) p ORDER BY 1, 2;

-- by a model, with reasons and the best action
CREATE TEMP TABLE closed AS
  SELECT g AS id, (ARRAY['web', 'fair', 'partner'])[1 + g % 3] AS source, g * 7 % 100 AS employees,
         (g % 3 = 1) <> (g * 31 % 10 < 2) AS won FROM generate_series(1, 600) g;
SELECT version, status FROM train('monday', 'SELECT source, employees, won FROM closed', 'won');
CREATE TEMP TABLE lead_deal AS
  SELECT g AS id, '1:Lead'::stage AS stage, 100 * g AS amount, (ARRAY['web', 'fair', 'partner'])[1 + g % 3] AS source, g AS employees
    FROM generate_series(1, 6) g;
SELECT p.rank, p.id, p.grade, p.score = score('monday', d) AS score, p.grade = grade('monday', p.score) AS same_grade,
       p.expected_value = round((d.amount * p.score::numeric), 4) AS expected, p.next_action,
       p.gain = what_if('monday', d, '{"source": "fair"}') - p.score AS gain, p.reasons = reasons('monday', d, 2) AS reasons
  FROM priorities('TABLE lead_deal', model => 'monday', actions => '{"source": ["fair"]}', n_reasons => 2) p
  JOIN lead_deal d ON d.id = p.id::int ORDER BY p.rank;
SELECT count(reasons), count(next_action) FROM priorities('TABLE lead_deal', model => 'monday', n_reasons => 0);
SELECT grade, count(*) FROM priorities('TABLE lead_deal', model => 'monday', grade_limits => '{0.9}') GROUP BY 1 ORDER BY 1;

-- no rows
SELECT count(*) FROM priorities('SELECT * FROM lead_deal WHERE false', model => 'monday');
SELECT count(*) FROM priorities('SELECT 1 AS id, ''won:Won''::crmprob.stage AS stage, 5 AS amount, 2 AS score');

-- what it refuses
\set VERBOSITY terse
SELECT * FROM priorities(NULL);
SELECT * FROM priorities('TABLE deal', k => 0);
SELECT * FROM priorities('TABLE deal', n_reasons => -1);
SELECT * FROM priorities('TABLE deal', grade_limits => '{0.5, 0.75}');
SELECT * FROM priorities('TABLE deal', grade_limits => '{0.5, NULL}');
SELECT * FROM priorities('TABLE deal', pipeline => 'no such');
SELECT * FROM priorities('SELECT 1 AS id, ''Lead'' AS stage, 1 AS amount, 0.5 AS score');
SELECT * FROM priorities('SELECT 1 AS id, ''Lead'' AS step, 1 AS amount, 0.5 AS score');
SELECT * FROM priorities('SELECT 1 AS id, ''Head'' AS stage, 1 AS amount, 0.5 AS score', pipeline => 'sales');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount, 0.5 AS score', since_column => 'never');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount, 1.5 AS score');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount, 0.5 AS score', rot_after => '-1 day');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, -1 AS amount, 0.5 AS score');
\set VERBOSITY sqlstate
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount, ''NaN'' AS score');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount');
SELECT * FROM priorities('SELECT 1 AS id, ''1:Lead''::crmprob.stage AS stage, 1 AS amount', 'nobody');
\set VERBOSITY default

-- shortlist: from a probability on, the k best, ties
CREATE TEMP TABLE person AS
  SELECT * FROM (VALUES ('ann', 0.9), ('bob', 0.7), ('Cleo', 0.7), ('dan', 0.7), ('eve', 0.1), ('fay', NULL)) v (id, score);
SELECT * FROM shortlist('TABLE person');
SELECT * FROM shortlist('TABLE person', min_probability => 0.7);
SELECT * FROM shortlist('TABLE person', k => 2);
SELECT * FROM shortlist('TABLE person', k => 2, with_ties => true);
SELECT * FROM shortlist('TABLE person', min_probability => 0.8, k => 2, with_ties => true);
SELECT count(*) FROM shortlist('TABLE person', min_probability => 1);
SELECT s.rank, s.id, s.score = score('monday', c) AS score FROM shortlist('TABLE closed', model => 'monday', k => 3) s JOIN closed c ON c.id = s.id::int ORDER BY s.id;
\set VERBOSITY terse
SELECT * FROM shortlist('TABLE person', k => 0);
SELECT * FROM shortlist('TABLE person', min_probability => 1.1);
SELECT * FROM shortlist('TABLE person', min_probability => 'NaN');
SELECT * FROM shortlist('SELECT id, 100 * score AS score FROM person');
SELECT * FROM shortlist('SELECT id, ''NaN''::float8 AS score FROM person');
SELECT * FROM shortlist('TABLE person', score_column => NULL);
\set VERBOSITY sqlstate
SELECT * FROM shortlist('TABLE person', score_column => 'p');
DELETE FROM pipelines WHERE name IN ('sales', 'renewal');
DELETE FROM model_versions WHERE name = 'monday';
