-- What analysts rely on: purchase histories against plain SQL on random
-- customers, the same bytes from any split, order and plan, SQLSTATEs, memory.
BEGIN;
SET LOCAL search_path = public, crmprob;
SET LOCAL timezone = 'UTC';
SELECT plan(36);

-- 4,000 customers of 1 to 20 rows on 60 days, so that days repeat; refunds,
-- zeros and unknown amounts among them
CREATE TABLE purchase AS
SELECT customer, k, r % 97 AS part,
       '2026-01-01'::date + ((r >> 8) % 60)::int AS day,
       CASE WHEN (r >> 16) % 9 > 0 THEN ((r >> 20) % 200 - 20) * 12.3456 END AS amount
  FROM (SELECT customer, k, hashint8extended(customer * 100 + k, 1) & 1073741823 AS r
          FROM generate_series(1, 4000) customer,
               generate_series(1, 1 + customer % 20) k) s;
CREATE TABLE history AS
SELECT customer, purchase_history(day, amount) AS h FROM purchase GROUP BY customer;

CREATE TEMPORARY TABLE by_day AS
SELECT customer, day, sum(amount) AS amount FROM purchase GROUP BY customer, day;

SELECT results_eq(
  $$SELECT customer, t.day, t.amount FROM history, timeline(h) t ORDER BY 1, 2$$,
  $$SELECT customer, day, amount FROM by_day ORDER BY 1, 2$$,
  'timeline has the days and their exact sums');
SELECT results_eq(
  $$SELECT customer, t.gap, t.total FROM history, timeline(h) t ORDER BY customer, t.day$$,
  $$SELECT customer, day - lag(day) OVER c, sum(amount) OVER c
      FROM by_day WINDOW c AS (PARTITION BY customer ORDER BY day) ORDER BY customer, day$$,
  'and the gaps and running sums');
SELECT results_eq(
  $$SELECT customer, purchases(h), first_day(h), last_day(h), total(h) FROM history ORDER BY 1$$,
  $$SELECT customer, count(*)::int, min(day), max(day), sum(amount) FROM by_day GROUP BY 1 ORDER BY 1$$,
  'so have the accessors');
SELECT results_eq(
  $$SELECT customer, purchases(h, '2026-01-31'), total(h, '2026-01-31') FROM history ORDER BY 1$$,
  $$SELECT customer, count(*) FILTER (WHERE day <= '2026-01-31')::int, sum(amount) FILTER (WHERE day <= '2026-01-31')
      FROM by_day GROUP BY 1 ORDER BY 1$$,
  'as of a day, that day counts and later ones do not');
SELECT results_eq(
  $$SELECT customer, frequency(r), recency(r), age(r), round(monetary_value(r), 12)
      FROM (SELECT customer, rfm(h, '2026-02-10', '7 days') AS r FROM history) s ORDER BY 1$$,
  $$SELECT c.customer, frequency, recency, age, mean
      FROM (SELECT DISTINCT customer FROM by_day) c
      LEFT JOIN (
        SELECT customer, count(*)::int - 1 AS frequency,
               (max(day) - min(day)) / 7::float8 AS recency,
               ('2026-02-10'::date - min(day)) / 7::float8 AS age,
               round(avg(amount) FILTER (WHERE place > 1), 12) AS mean
          FROM (SELECT *, row_number() OVER (PARTITION BY customer ORDER BY day) AS place
                  FROM by_day WHERE day <= '2026-02-10') d
         GROUP BY customer) e ON e.customer = c.customer
     ORDER BY 1$$,
  'rfm: repeat days, first to last, first to as_of, mean of the repeat days');
SELECT results_eq(
  $$SELECT customer, days_since_last(h, '2026-02-10') FROM history ORDER BY 1$$,
  $$SELECT customer, '2026-02-10'::date - max(day) FILTER (WHERE day <= '2026-02-10')
      FROM by_day GROUP BY 1 ORDER BY 1$$,
  'days_since_last');
SELECT ok(bool_and(rfm(as_of(h, '2026-02-10'), '2026-02-10') IS NOT DISTINCT FROM rfm(h, '2026-02-10')),
  'what is known on a day gives the pattern of that day') FROM history;
SELECT ok(bool_and(rfm(h, '2026-03-31', '36 hours') IS NOT DISTINCT FROM
                   ('{"frequency":' || frequency(r) || ',"recency":' || recency(r) / 1.5 || ',"age":' || age(r) / 1.5 ||
                    ',"spend":' || round(coalesce(monetary_value(r) * (r::jsonb->>'priced')::int, 0), 4) ||
                    ',"priced":' || coalesce(r::jsonb->>'priced', '0') ||
                    ',"unit":129600000000,"until":"2026-03-31"}')::rfm),
  'the unit only divides the times')
  FROM (SELECT h, rfm(h, '2026-03-31') AS r FROM history) s;

-- any split and order gives the same bytes
SELECT ok(bool_and(purchase_history_send(h) = purchase_history_send(whole)), 'pieces merge to the whole: ' || parts)
  FROM (VALUES (2), (3), (97)) p (parts),
       LATERAL (SELECT customer, rollup(piece) AS h
                  FROM (SELECT customer, purchase_history(day, amount) AS piece
                          FROM purchase GROUP BY customer, part % parts) q
                 GROUP BY customer) m
  JOIN (SELECT customer, h AS whole FROM history) w USING (customer)
 GROUP BY parts ORDER BY parts;
SELECT ok(purchase_history_send((SELECT purchase_history(day, amount ORDER BY customer, k) FROM purchase)) =
          purchase_history_send((SELECT purchase_history(day, amount ORDER BY k DESC, customer) FROM purchase)),
  'rows merge in any order');
SELECT ok(purchase_history_send((SELECT rollup(h ORDER BY customer DESC) FROM history)) =
          purchase_history_send((SELECT purchase_history(day, amount) FROM purchase)),
  'histories merge in any order');
SELECT is((SELECT rollup(h) FROM history WHERE customer = 20), (SELECT h FROM history WHERE customer = 20),
  'one history rolls up to itself');
SELECT is((SELECT rollup(h) FROM (VALUES ((SELECT h FROM history WHERE customer = 20)), (NULL)) v (h)),
  (SELECT h FROM history WHERE customer = 20), 'a NULL adds nothing');
SELECT ok(bool_and(h = h::text::purchase_history AND purchase_history_send(h) = purchase_history_send(h::text::purchase_history)),
  'text is lossless') FROM history;
SELECT ok((SELECT count(*) FROM (SELECT DISTINCT h FROM history) s) =
          (SELECT count(*) FROM (SELECT DISTINCT h::text FROM history) s), 'equal values hash alike');

-- parallel plans
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; whole text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP whole := whole || line; END LOOP;
  RETURN whole;
END $$;
CREATE TEMPORARY TABLE serial AS
SELECT purchase_history_send(purchase_history(day, amount)) AS day,
       purchase_history_send(purchase_history(day::timestamp, amount)) AS "timestamp",
       purchase_history_send(purchase_history(day::timestamptz, amount, 'Asia/Tokyo')) AS zone FROM purchase;
ALTER TABLE purchase SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(pg_temp.plan_of('SELECT purchase_history(day, amount) FROM purchase'), 'Partial Aggregate',
  'the plan is parallel');
SELECT is((SELECT purchase_history_send(purchase_history(day, amount)) FROM purchase), (SELECT day FROM serial),
  'parallel is serial');
SELECT is((SELECT purchase_history_send(purchase_history(day::timestamp, amount)) FROM purchase), (SELECT "timestamp" FROM serial),
  'of times too');
SELECT is((SELECT purchase_history_send(purchase_history(day::timestamptz, amount, 'Asia/Tokyo')) FROM purchase), (SELECT zone FROM serial),
  'and of days in a zone');
SELECT ok(bool_and(h = w), 'and by customer')
  FROM (SELECT customer, purchase_history(day, amount) AS w FROM purchase GROUP BY customer) p JOIN history USING (customer);

-- the window function against its definition
SELECT results_eq(
  $$SELECT customer, quantile_score(7) OVER (ORDER BY total(h)) FROM history ORDER BY 1$$,
  $$SELECT customer, (floor(7 * (rank() OVER (ORDER BY total(h)) - 1) / count(*) OVER ()) + 1)::int FROM history ORDER BY 1$$,
  'quantile_score is by the share of rows before, NULL last as in any order');

-- sizes: a day more than the most is refused; rows of few days need no room
SELECT is((SELECT purchases(purchase_history('0001-01-01'::date + g, 1)) FROM generate_series(1, 1048576) g), 1048576, 'a history of the most days');
SELECT throws_ok($$SELECT purchase_history('0001-01-01'::date + g, 1) FROM generate_series(1, 1048577) g$$, '54000', NULL, 'and one of a day more');
CREATE FUNCTION pg_temp.peak_memory(rows int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE format('EXPLAIN (ANALYZE, TIMING off, FORMAT json) SELECT g %% 10, purchase_history(''2026-01-01''::date + g %% 60, 1) '
                 'FROM generate_series(1, %s) g GROUP BY 1', rows) INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Peak Memory Usage';
END $$;
SET LOCAL enable_sort = off;
SELECT cmp_ok(pg_temp.peak_memory(1000000), '<=', pg_temp.peak_memory(10000), 'a million rows take no more room than ten thousand');

-- SQLSTATEs
SELECT throws_ok($$SELECT purchase_history('infinity'::date, 1)$$, '22008', NULL, 'an infinite day');
SELECT throws_ok($$SELECT rfm(h, '-infinity', '1 day') FROM history$$, '22008', NULL, 'an infinite as_of');
SELECT throws_ok($$SELECT rfm(h, '2026-01-01', '1 year') FROM history$$, '22023', NULL, 'a unit of months');
SELECT throws_ok($$SELECT purchase_history('2026-01-01'::date, 'NaN')$$, '22023', NULL, 'an amount that is no number');
SELECT throws_ok($$SELECT purchase_history('2026-01-01'::date, 1e15)$$, '22003', NULL, 'an amount that is too large');
SELECT throws_ok($$SELECT '{}'::purchase_history$$, '22P02', NULL, 'malformed text');
SELECT throws_ok($$SELECT make_rfm(-1, 0, 1)$$, '22023', NULL, 'a frequency below 0');
SELECT throws_ok($$SELECT make_rfm(1, 3, 2)$$, '22023', NULL, 'a recency above the age');
SELECT throws_ok($$SELECT make_rfm(1, 'NaN', 2)$$, '22023', NULL, 'a recency that is no number');
SELECT throws_ok($$SELECT '{"frequency":1}'::rfm$$, '22P02', NULL, 'a pattern without its parts');

SELECT * FROM finish();
ROLLBACK;
