-- What analysts rely on: the waterfall against plain SQL on random deals, the
-- same bytes from any split, order and plan, SQLSTATEs, memory.
BEGIN;
SET LOCAL search_path = public, crmprob;
SET LOCAL timezone = 'UTC';
SELECT plan(27);

-- 12,000 deals of 1 to 9 rows, on whole days, so that ties and repeats occur
CREATE TABLE change AS
SELECT deal, k,
       (CASE r % 8 WHEN 0 THEN 'won:Won' WHEN 1 THEN 'lost:Lost'
                   WHEN 2 THEN '1:Lead' WHEN 3 THEN '2:Quote'
                   WHEN 4 THEN '2:Offer' ELSE '3:Talks' END)::stage AS stage,
       '2026-01-01'::timestamptz + (r >> 8) % 150 * interval '1 day' AS at,
       nullif((r >> 16) % 6, 0) * 1000.25 AS amount,
       '2026-01-01'::date + nullif((r >> 20)::int % 8, 0) * 25 AS close_date
  FROM (SELECT deal, k, hashint8extended(deal * 100 + k, 1) & 1073741823 AS r
          FROM generate_series(1, 12000) deal,
               generate_series(1, 1 + deal % 9) k) s;
CREATE TABLE history AS
SELECT deal, opportunity_history(stage, at, amount, close_date) AS h
  FROM change GROUP BY deal;

CREATE TEMPORARY TABLE asked AS
SELECT '[2026-02-01,2026-04-01)'::tstzrange AS period,
       '[2026-02-01,2026-05-01)'::daterange AS close_window;
CREATE TEMPORARY TABLE had AS
SELECT waterfall(h, period, close_window) AS w FROM history, asked;

-- snapshots in plain SQL: the last row of each deal before a time
CREATE FUNCTION pg_temp.snapshot(t timestamptz)
RETURNS TABLE (deal int, stage stage, amount numeric, close_date date)
LANGUAGE sql AS $$
  SELECT DISTINCT ON (deal) deal, stage, amount, close_date
    FROM public.change WHERE at < t
   ORDER BY deal, at DESC, stage DESC, amount DESC NULLS LAST,
         close_date DESC NULLS LAST
$$;

SELECT results_eq(
  $$SELECT deals(w, 'start'), amount(w, 'start') FROM had$$,
  $$SELECT count(*), sum(coalesce(amount, 0))
      FROM pg_temp.snapshot('2026-02-01'), asked
     WHERE is_open(stage) AND close_date <@ close_window$$,
  'start is the pipeline just before the period');
SELECT results_eq(
  $$SELECT deals(w, 'end'), amount(w, 'end') FROM had$$,
  $$SELECT count(*), sum(coalesce(amount, 0))
      FROM pg_temp.snapshot('2026-04-01'), asked
     WHERE is_open(stage) AND close_date <@ close_window$$,
  'end is the pipeline at its end');

-- an independent account of each deal, row by row, in SQL
CREATE TEMPORARY TABLE numbered AS
WITH seen AS (
  SELECT DISTINCT deal, at, stage, coalesce(amount, 0) AS amount,
         amount AS amount_or_null, close_date
    FROM change WHERE at < '2026-04-01'
)
  SELECT *, row_number() OVER deal_order AS n,
         lag(outcome(stage)) OVER deal_order AS outcome_before,
         CASE WHEN coalesce(close_date <@ close_window, false)
              THEN outcome(stage) ELSE 'outside' END AS account
    FROM seen, asked
  WINDOW deal_order AS (PARTITION BY deal ORDER BY at, stage,
                        amount_or_null NULLS FIRST, close_date NULLS FIRST);
CREATE INDEX ON numbered (deal, n);
ANALYZE numbered;
CREATE TEMPORARY TABLE told AS
WITH started AS (
  SELECT n.*, coalesce(s.account, 'outside') AS account_at_start,
         s.amount AS amount_at_start
    FROM numbered n
    LEFT JOIN LATERAL (SELECT account, amount FROM numbered b
                        WHERE b.deal = n.deal AND b.at < '2026-02-01'
                        ORDER BY b.n DESC LIMIT 1) s ON true
), entry AS (
  SELECT DISTINCT ON (deal) deal, amount AS amount_in, n,
         CASE WHEN outcome_before IS NULL THEN 'new'
              WHEN outcome_before <> 'open' AND outcome_before <> outcome(stage) THEN 'reopened'
              ELSE 'moved_in' END AS part_in
    FROM started
   WHERE at >= '2026-02-01' AND account <> 'outside'
     AND account_at_start <> 'open'
     AND (account = 'open' OR account <> account_at_start)
   ORDER BY deal, n
), all_in AS (
  SELECT deal, amount_in, part_in FROM entry
  UNION ALL
  SELECT DISTINCT deal, amount_at_start, 'start' FROM started
   WHERE account_at_start = 'open'
  UNION ALL
  SELECT deal, amount, 'start' FROM (
    SELECT DISTINCT ON (deal) deal, amount, account, at FROM numbered
     ORDER BY deal, n DESC) last
   WHERE at < '2026-02-01' AND account = 'open'
)
SELECT DISTINCT ON (i.deal) i.deal, part_in, amount_in,
       (SELECT amount FROM numbered n
         WHERE n.deal = i.deal AND account <> 'outside'
         ORDER BY n.n DESC LIMIT 1) AS amount_out,
       (SELECT CASE account WHEN 'open' THEN 'end' WHEN 'outside' THEN 'moved_out'
                            ELSE account END
          FROM numbered n WHERE n.deal = i.deal
         ORDER BY n.n DESC LIMIT 1) AS part_out
  FROM all_in i
 ORDER BY i.deal;

SELECT is_empty(
  $$SELECT deal, t, m FROM (SELECT deal, m.*, m FROM history, asked,
             movement(h, period, close_window) m) m
      FULL JOIN told t USING (deal)
     WHERE (m.part_in, m.amount_in, m.part_out, m.amount_out)
           IS DISTINCT FROM
           (t.part_in, t.amount_in, t.part_out, t.amount_out)$$,
  'every deal moves as plain SQL says');
SELECT results_eq(
  $$SELECT p.part, p.deals, p.amount FROM had, parts(w) p
     WHERE part IN ('new', 'moved_in', 'reopened') ORDER BY part$$,
  $$SELECT part_in, count(*), sum(amount_in) FROM told
     WHERE part_in <> 'start' GROUP BY part_in ORDER BY part_in$$,
  'the ways in add up');
SELECT results_eq(
  $$SELECT p.part, p.deals, p.amount FROM had, parts(w) p
     WHERE part IN ('won', 'lost', 'moved_out') ORDER BY part$$,
  $$SELECT part_out, count(*), sum(amount_out) FROM told
     WHERE part_out <> 'end' GROUP BY part_out ORDER BY part_out$$,
  'the ways out add up');
SELECT results_eq(
  $$SELECT deals(w, 'increased'), amount(w, 'increased'),
           deals(w, 'decreased'), amount(w, 'decreased') FROM had$$,
  $$SELECT count(*) FILTER (WHERE d > 0), sum(d) FILTER (WHERE d > 0),
           count(*) FILTER (WHERE d < 0), -sum(d) FILTER (WHERE d < 0)
      FROM (SELECT amount_out - amount_in AS d FROM told) s$$,
  'the changes add up');
SELECT is(
  (SELECT min(deals) > 20 FROM had, parts(w)), true,
  'every part has its deals');
SELECT is(
  (SELECT sum(CASE WHEN step <= 5 THEN amount ELSE -amount END)
     FROM had, parts(w)), 0.0000,
  'amounts balance exactly');

-- any order, any split, any plan
SELECT is_empty(
  $$SELECT deal FROM history JOIN
      (SELECT deal, opportunity_history(stage, at, amount, close_date
                ORDER BY k * 7 % 10 DESC) AS h FROM change GROUP BY deal) o
      USING (deal)
     WHERE opportunity_history_send(history.h) <> opportunity_history_send(o.h)$$,
  'any order of rows gives the same bytes');
SELECT is_empty(
  $$SELECT deal FROM history JOIN
      (SELECT deal, rollup(h) AS h FROM
         (SELECT deal, opportunity_history(stage, at, amount, close_date) AS h
            FROM change GROUP BY deal, k % 3
          UNION ALL
          SELECT deal, opportunity_history(stage, at, amount, close_date)
            FROM change WHERE k % 2 = 0 GROUP BY deal, k % 4) p
        GROUP BY deal) o USING (deal)
     WHERE opportunity_history_send(history.h) <> opportunity_history_send(o.h)$$,
  'overlapping pieces merge into the same bytes');
SELECT results_eq(
  $$SELECT waterfall_send(rollup(p)) FROM
      (SELECT waterfall(h, period, close_window) AS p FROM history, asked
        GROUP BY deal % 7) s$$,
  $$SELECT waterfall_send(w) FROM had$$,
  'waterfalls of disjoint deals add up to the same bytes');

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
ANALYZE history;
ANALYZE change;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line LIKE '%Partial%Aggregate%' THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;
SELECT ok(pg_temp.is_parallel($$SELECT waterfall(h,
  '[2026-02-01,2026-04-01)', '[2026-02-01,2026-05-01)') FROM history$$),
  'waterfall has a parallel plan');
SELECT results_eq(
  $$SELECT waterfall_send(waterfall(h, '[2026-02-01,2026-04-01)',
           '[2026-02-01,2026-05-01)')) FROM history$$,
  $$SELECT waterfall_send(w) FROM had$$,
  'and it gives the same bytes');
SELECT ok(pg_temp.is_parallel($$SELECT opportunity_history(stage, at, amount,
  close_date) FROM change$$),
  'opportunity_history has a parallel plan');
SELECT results_eq(
  $$SELECT opportunity_history_send(opportunity_history(stage, at, amount,
           close_date)) FROM change$$,
  $$SELECT opportunity_history_send(rollup(h ORDER BY deal DESC)) FROM history$$,
  'and it gives the same bytes');

-- hash plans spill states to disk and take them back
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64kB';
SELECT is_empty(
  $$SELECT deal FROM history JOIN
      (SELECT deal, opportunity_history(stage, at, amount, close_date) AS h
         FROM change GROUP BY deal) o USING (deal)
     WHERE history.h <> o.h$$,
  'a hash aggregate beyond work_mem gives the same values');
RESET work_mem;
RESET enable_sort;

-- limits: repeats do not count, the row after the last is refused
CREATE TEMPORARY TABLE long AS
SELECT opportunity_history('1:Lead', '2026-01-01'::timestamptz +
         i * interval '1 second', 1, NULL) AS h
  FROM generate_series(1, 1048576) i;
SELECT is(
  (SELECT rollup(l.h) FROM long l, generate_series(1, 3)),
  (SELECT h FROM long), 'a history of 1048576 rows merges with itself');
SELECT throws_ok(
  $$SELECT rollup(h) FROM (SELECT h FROM long UNION ALL
      SELECT opportunity_history('1:Lead', '2025-01-01', 1, NULL)) s$$, '54000');
SELECT throws_ok(
  $$SELECT opportunity_history('1:Lead', '2026-01-01'::timestamptz +
         i * interval '1 second', 1, NULL) FROM generate_series(1, 2097153) i$$,
  '54000');

-- equality and hash agree
SELECT is(
  (SELECT count(*) FROM (SELECT h FROM history UNION SELECT h FROM history) s),
  (SELECT count(*) FROM (SELECT DISTINCT h::text FROM history) s),
  'as many distinct values as texts');
SELECT is_empty(
  $$SELECT deal FROM history WHERE h::text::opportunity_history <> h$$,
  'text goes out and in');

-- SQLSTATEs
SELECT throws_ok($$SELECT waterfall(h, NULL) FROM history$$, '22004');
SELECT throws_ok($$SELECT waterfall(h, 'empty') FROM history$$, '22023');
SELECT throws_ok(
  $$SELECT rollup(w) FROM (SELECT waterfall(h,
      CASE deal WHEN 1 THEN '[2026-01-01,)' ELSE '(,)' END::tstzrange) AS w
      FROM history GROUP BY deal) s$$, '22023');
SELECT throws_ok(
  $$SELECT opportunity_history('1:Lead', 'infinity', 1, NULL)$$, '22008');
SELECT throws_ok($$SELECT sales_velocity(1, 0.5, 1, '1 month')$$, '22023');
SELECT throws_ok($$SELECT sales_velocity(1, 2, 1, '1 day')$$, '22023');

SELECT * FROM finish();
ROLLBACK;
