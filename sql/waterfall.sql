-- The waterfall: each part by one deal, balance, merging.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- One deal for each way that a deal can take through the first quarter, seen
-- with the window of the same quarter.
CREATE TEMP TABLE changes (
  deal text, at timestamptz, stage stage, amount numeric, close_date date);
INSERT INTO changes VALUES
  ('A stays',          '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('B grows',          '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('B grows',          '2026-01-15', '2:Quote', 130, '2026-03-01'),
  ('C shrinks, won',   '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('C shrinks, won',   '2026-01-15', 'won:Won', 90, '2026-01-15'),
  ('D lost',           '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('D lost',           '2026-01-20', 'lost:Lost', 100, '2026-02-01'),
  ('E pushed',         '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('E pushed',         '2026-01-20', '1:Lead', 70, '2026-04-01'),
  ('F new',            '2026-01-10', '1:Lead', 100, '2026-02-01'),
  ('G new and won',    '2026-01-10', '1:Lead', 100, '2026-02-01'),
  ('G new and won',    '2026-02-10', 'won:Won', 110, '2026-02-10'),
  ('H pulled in',      '2025-11-01', '1:Lead', 100, '2026-05-01'),
  ('H pulled in',      '2026-02-10', '2:Quote', 120, '2026-03-31'),
  ('I pulled in, won', '2025-11-01', '1:Lead', 100, '2026-05-01'),
  ('I pulled in, won', '2026-02-10', 'won:Won', 120, '2026-02-10'),
  ('J reopened',       '2025-11-01', 'lost:Lost', 100, '2026-02-01'),
  ('J reopened',       '2026-02-10', '1:Lead', 100, '2026-02-01'),
  ('K imported won',   '2026-02-10', 'won:Won', 100, '2026-02-01'),
  ('L won before',     '2025-11-01', 'won:Won', 100, '2026-02-01'),
  ('L won before',     '2026-02-10', 'won:Won', 150, '2026-02-01'),
  ('M elsewhere',      '2026-01-10', '1:Lead', 100, '2026-05-01'),
  ('N no date',        '2026-01-10', '1:Lead', 100, NULL),
  ('O created after',  '2026-04-01', '1:Lead', 100, '2026-02-01'),
  ('P lost, was won',  '2025-11-01', 'won:Won', 100, '2026-02-01'),
  ('P lost, was won',  '2026-01-10', 'lost:Lost', 100, '2026-02-01'),
  ('Q there and back', '2025-11-01', '1:Lead', 100, '2026-02-01'),
  ('Q there and back', '2026-01-10', '1:Lead', 100, '2026-05-01'),
  ('Q there and back', '2026-01-11', '1:Lead', 100, '2026-02-01'),
  ('R no amount yet',  '2025-11-01', '1:Lead', NULL, '2026-02-01'),
  ('R no amount yet',  '2026-01-10', '1:Lead', 40, '2026-02-01'),
  ('S new, pushed',    '2026-01-10', '1:Lead', 100, '2026-02-01'),
  ('S new, pushed',    '2026-01-20', '1:Lead', 100, '2026-05-01'),
  ('T at the start',   '2026-01-01', '1:Lead', 100, '2026-02-01');
CREATE TEMP TABLE histories AS
  SELECT deal, opportunity_history(stage, at, amount, close_date) AS h
    FROM changes GROUP BY deal;

SELECT deal, m.*
  FROM histories, movement(h, '[2026-01-01,2026-04-01)', '[2026-01-01,2026-04-01)') m
 ORDER BY deal;
SELECT p.*
  FROM (SELECT waterfall(h, '[2026-01-01,2026-04-01)', '[2026-01-01,2026-04-01)') AS w
          FROM histories) s, parts(w) p;
SELECT deal, m.* FROM histories, movement(h, '[2026-01-01,2026-04-01)') m
 ORDER BY deal;
SELECT p.*
  FROM (SELECT waterfall(h, '[2026-01-01,2026-04-01)') AS w FROM histories) s,
       parts(w) p;

CREATE TEMP TABLE quarters AS
  SELECT q, waterfall(h, tstzrange(q, q + interval '3 months')) AS w
    FROM histories, (VALUES ('2025-10-01'::timestamptz), ('2026-01-01')) v (q)
   GROUP BY q;
SELECT deals(a.w, 'end'), amount(a.w, 'end'), deals(b.w, 'start'), amount(b.w, 'start')
  FROM quarters a, quarters b WHERE a.q < b.q;
SELECT period(w), close_window(w) FROM quarters ORDER BY q;
SELECT w FROM quarters ORDER BY q LIMIT 1;
SELECT w::jsonb -> 'won' FROM quarters ORDER BY q DESC LIMIT 1;
SELECT w = w::text::waterfall AS same FROM quarters ORDER BY q;
SELECT count(*) FROM (SELECT w FROM quarters UNION SELECT w FROM quarters) s;

-- bounds: the first microsecond in, the last one out
SELECT (movement(h, '[2026-01-01,2026-04-01)')).part_in,
       (movement(h, '(2026-01-01,2026-04-01)')).part_in,
       (movement(h, '[2025-12-01,2026-01-01]')).part_in,
       (movement(h, '[2025-12-01,2026-01-01)')).part_in,
       (movement(h, '(,)')).part_in,
       (movement(h, '[-infinity,infinity]', '(,)')).part_out
  FROM histories WHERE deal = 'T at the start';
SELECT period(waterfall(h, '[-infinity,infinity]', '(,2026-01-01)')),
       close_window(waterfall(h, '[-infinity,infinity]', '(,2026-01-01)'))
  FROM histories;

-- pieces of disjoint deals add up
SELECT rollup(w) = (SELECT waterfall(h, '[2026-01-01,2026-04-01)') FROM histories) AS same
  FROM (SELECT waterfall(h, '[2026-01-01,2026-04-01)') AS w
          FROM histories GROUP BY hashtext(deal) % 4) s;
SELECT rollup(w) FROM quarters;
SELECT waterfall(h, CASE WHEN deal < 'C' THEN '[2026-01-01,)' ELSE '[2026-01-02,)' END::tstzrange)
  FROM histories;
SELECT waterfall(h, '(,)', CASE WHEN deal < 'C' THEN '[2026-01-01,)' END::daterange)
  FROM histories;
SELECT waterfall(h, '(,)') IS NULL AS none FROM histories WHERE false;
SELECT waterfall(NULL, '(,)') IS NULL AS none FROM histories;
SELECT movement(NULL, '(,)') IS NULL AS none;

-- what is refused
SELECT waterfall(h, NULL) FROM histories;
SELECT waterfall(h, 'empty') FROM histories;
SELECT waterfall(h, '(,)', 'empty') FROM histories;
SELECT deals(w, 'lots') FROM quarters;
SELECT '{}'::waterfall;
SELECT 'x'::waterfall;
DELETE FROM quarters WHERE q <> '2025-10-01';
SELECT replace(w::text, '"won":{"deals":2', '"won":{"deals":3')::waterfall FROM quarters;
SELECT replace(w::text, '"amount":800', '"amount":800.0001')::waterfall FROM quarters;
SELECT replace(w::text, '"amount":0}', '"amount":1}')::waterfall FROM quarters;
SELECT replace(w::text, '"amount":0}', '"amount":-1}')::waterfall FROM quarters;
SELECT replace(w::text, '2025-10-01', '2027-10-01')::waterfall FROM quarters;
SELECT replace(w::text, '2025-10-01T', '2025-10-32T')::waterfall FROM quarters;

-- sums beyond 64 bits
SELECT amount(waterfall(h, '(,)'), 'new')
  FROM (SELECT opportunity_history('1:Lead', '2026-01-01', 922337203685477.5807, NULL) AS h
          FROM generate_series(1, 30) i GROUP BY i) s;

-- as window functions: each row has its own value
SELECT g, deals(waterfall(h, '(,)') OVER (ORDER BY g), 'new')
  FROM generate_series(1, 3) g,
       (SELECT opportunity_history('1:Lead', '2026-01-01', 1, NULL) AS h) s
 ORDER BY g;
