-- The history of an opportunity: text, merging, what it was, ageing.
SET search_path = crmprob, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE TEMP TABLE changes (
  deal int, stage stage, at timestamptz, amount numeric, close_date date);
INSERT INTO changes VALUES
  (1, '1:Lead',       '2026-01-05 09:00+00', NULL, NULL),
  (1, '2:Quote',      '2026-01-12 09:00+00', 1000, '2026-02-28'),
  (1, '2:Quote',      '2026-02-20 09:00+00', 1200.50, '2026-03-31'),
  (1, '1:Lead',       '2026-03-01 09:00+00', 1200.50, '2026-03-31'),
  (1, '3:Negotiation', '2026-03-10 09:00+00', 900, '2026-03-20'),
  (1, 'won:Won',      '2026-03-18 09:00+00', 900, '2026-03-18'),
  (2, '1:Lead',       '2026-02-01 00:00+00', 500, '2026-04-01'),
  (2, 'lost:No budget', '2026-02-02 00:00+00', 500, '2026-04-01'),
  (2, '2:Quote',      '2026-03-02 00:00+00', 700, '2026-05-01'),
  (2, '2:Offer',      '2026-03-03 00:00+00', NULL, '2026-06-01'),
  (3, NULL,           '2026-02-01 00:00+00', 500, '2026-04-01'),
  (3, '1:Lead',       NULL, 500, '2026-04-01');
CREATE TEMP TABLE histories AS
  SELECT deal, opportunity_history(stage, at, amount, close_date) AS h
    FROM changes GROUP BY deal;

SELECT deal, h FROM histories ORDER BY deal;
SELECT h::jsonb -> 1 FROM histories WHERE deal = 1;
SELECT t.* FROM histories, timeline(h) t WHERE deal = 2;
SELECT deal, c.* FROM histories, changes(h) c ORDER BY deal, at, change;
SELECT deal, c.* FROM histories, changes(h, '2026-03-10 09:00+00') c;

-- text and back; any order, repeats and white space come to the same
SELECT h = h::text::opportunity_history AS same FROM histories WHERE deal < 3 ORDER BY deal;
SELECT ' [ {"stage":"2:B","at":"2026-01-02 01:00:00+01:00","amount":1.50},
  {"at":"2026-01-01T00:00:00Z","stage":"1:A","close_date":null},
  {"at":"2026-01-01T00:00:00Z","stage":"1:A"} ] '::opportunity_history;
SELECT '[]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"1:\u0041\"b"}]'::opportunity_history;

-- what is refused
SELECT ''::opportunity_history;
SELECT '{}'::opportunity_history;
SELECT '[1]'::opportunity_history;
SELECT '[{}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z"}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"A"}]'::opportunity_history;
SELECT '[{"at":"infinity","stage":"1:A"}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"1:A","amount":-1}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"1:A","amount":0.00001}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"1:A","stage":"1:A"}]'::opportunity_history;
SELECT '[{"at":"2026-01-01T00:00:00Z","stage":"1:A","who":"me"}]'::opportunity_history;
SELECT opportunity_history('1:A', 'infinity', 1, NULL);
SELECT opportunity_history('1:A', '2026-01-01', -1, NULL);
SELECT opportunity_history('1:A', '2026-01-01', 'NaN', NULL);
SELECT opportunity_history('1:A', '2026-01-01', 1, 'infinity');
SELECT opportunity_history((i || ':x')::stage, '2026-01-01', 1, NULL)
  FROM generate_series(1, 256) i;
SELECT opportunity_history_combine(h, h) FROM histories WHERE deal = 1;

-- what the deal was
SELECT stage_at(h, t), amount_at(h, t), close_date_at(h, t), stage_since(h, t)
  FROM histories,
       (VALUES ('-infinity'::timestamptz), ('2026-01-05 08:59:59+00'),
               ('2026-01-05 09:00+00'), ('2026-02-25 00:00+00'),
               ('2026-03-05 00:00+00'), ('infinity')) v (t)
 WHERE deal = 1 ORDER BY t;
SELECT stage_since(h) FROM histories ORDER BY deal;

-- stale, slipping
SELECT deal, t, is_stale(h, '14 days', t) FROM histories,
       (VALUES ('2026-01-01'::timestamptz), ('2026-01-26 09:00+00'),
               ('2026-01-26 09:00:01+00'), ('2026-03-25')) v (t)
 WHERE deal < 3 ORDER BY deal, t;
SELECT is_stale(h, '1 month', '2026-02-12 09:00+00') AS no,
       is_stale(h, '1 month', '2026-02-12 09:00:01+00') AS yes
  FROM histories WHERE deal = 1;
SELECT is_stale(h, '-1 day', '2026-02-12') FROM histories;
SELECT is_stale(h, '0', '2026-01-12 09:00+00') AS no, is_stale(h, '1 day', 'infinity') AS closed,
       is_stale(h, '1 day', '-infinity') IS NULL AS before
  FROM histories WHERE deal = 1;
SELECT deal, pushes(h), days_pushed(h), pushes(h, '2026-03-01'),
       days_pushed(h, '2026-03-01'), days_pushed(h, '2027-01-01')
  FROM histories ORDER BY deal;
SELECT days_pushed('[{"at":"2026-01-01T00:00:00Z","stage":"1:A"}]') IS NULL AS none;

-- pieces of one deal merge in any order, and overlap
WITH pieces AS (
  SELECT deal, k, opportunity_history(stage, at, amount, close_date) AS h
    FROM changes, (VALUES (0), (1), (2)) v (k)
   WHERE extract(day FROM at)::int % 3 <> k
   GROUP BY deal, k)
SELECT deal, bool_and(r = h) AS same
  FROM (SELECT deal, rollup(h ORDER BY k) AS r FROM pieces GROUP BY deal
        UNION ALL
        SELECT deal, rollup(h ORDER BY k DESC) FROM pieces GROUP BY deal) s
  JOIN histories USING (deal)
 GROUP BY deal ORDER BY deal;
SELECT rollup(h) IS NULL AS none FROM histories WHERE deal = 3;
SELECT count(*) FROM (SELECT h FROM histories UNION SELECT h FROM histories) s;

-- a long history, out of order
SELECT jsonb_array_length(h::jsonb) AS n, stage_at(h, '2026-01-01 00:00:10+00')
  FROM (SELECT opportunity_history((1 + i % 5 || ':S' || i % 5)::stage,
                 timestamptz '2026-01-01' + i * 7919 % 10007 * interval '1 second',
                 i, date '2026-01-01' + i) AS h
          FROM generate_series(0, 10006) i) s;

-- as a window function: each row has its own value, frames move
SELECT g, jsonb_array_length(opportunity_history('1:A', timestamptz '2026-01-01' + g * interval '1 day', 1, NULL)
         OVER (ORDER BY g)::jsonb) AS running,
       jsonb_array_length(opportunity_history('1:A', timestamptz '2026-01-01' + g * interval '1 day', 1, NULL)
         OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)::jsonb) AS moving
  FROM generate_series(1, 6) g ORDER BY g;

-- from opportunities, and on to a journey
SELECT opportunity_history(make_opportunity(stage, amount, close_date => close_date, modified_at => at)) = h AS same
  FROM changes JOIN histories USING (deal) WHERE deal < 3 AND stage IS NOT NULL
 GROUP BY deal, h ORDER BY deal;
SELECT opportunity_history(NULL::opportunity) IS NULL AS none,
       opportunity_history(make_opportunity('1:A')) IS NULL AS no_time;
SELECT deal, h::journey = (SELECT journey(stage, at, amount) FROM changes c
                            WHERE c.deal = histories.deal) AS same
  FROM histories WHERE deal < 3 ORDER BY deal;
