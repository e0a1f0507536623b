-- purchase_history: what one customer bought, built, merged, read, refused.
SET search_path = crmprob, public;
SET timezone = 'Asia/Tehran';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

CREATE TEMP TABLE purchase (customer int, day date, amount numeric);
INSERT INTO purchase VALUES
  (1, '1997-01-18', 29.73), (1, '1997-01-01', 29.33), (1, '1997-08-02', 14.96),
  (2, '1997-01-01', 63.34), (2, '1997-01-13', 11.77), (2, '1997-01-13', -1.77),
  (3, '1997-01-01', 6.79),
  (4, '1997-01-02', NULL), (4, '1997-01-05', 10), (4, '1997-01-05', NULL), (4, '1997-01-09', NULL),
  (5, '1997-01-02', 5), (5, '1997-01-03', -5), (5, '1997-01-02', -5.0001),
  (6, NULL, 12);
CREATE TEMP TABLE customer AS
  SELECT customer, purchase_history(day, amount) AS h FROM purchase GROUP BY customer;

SELECT * FROM customer ORDER BY customer;
SELECT customer, purchases(h), first_day(h), last_day(h), total(h),
       days_since_last(h, '1997-09-30')
  FROM customer ORDER BY customer;
-- a day is a purchase whatever its amount; an unknown amount is left out of the mean
SELECT customer, rfm(h, '1997-09-30', '7 days') FROM customer ORDER BY customer;
SELECT customer, monetary_value(rfm(h, '1997-09-30')), observed_until(rfm(h, '1997-09-30')),
       unit(rfm(h, '1997-09-30', '36 hours'))
  FROM customer ORDER BY customer;
-- what lies after the day that is asked for is ignored; before the first there is nothing
SELECT d, rfm(h, d), days_since_last(h, d), purchases(h, d), total(h, d), as_of(h, d)
  FROM customer, (VALUES ('1996-12-31'::date), ('1997-01-01'), ('1997-01-18'), ('1997-08-01')) v (d)
 WHERE customer = 1 ORDER BY d;
SELECT t.* FROM customer, timeline(h) t WHERE customer IN (1, 4) ORDER BY customer, day;

-- times: the day is that in UTC, that in a zone, or as it stands
SELECT purchase_history(at, 1), purchase_history(at, 1, 'Asia/Tehran'), purchase_history(at, 1, NULL),
       purchase_history(at AT TIME ZONE 'Asia/Tehran', 1)
  FROM (VALUES ('2026-03-01 23:30+00'::timestamptz), ('1999-12-31 23:59:59.999999+00')) v (at);
SELECT purchase_history('1999-12-31 23:59:59.999999'::timestamp, 1), purchase_history('2000-01-01'::timestamp, 1);
SELECT purchase_history(at, 1, 'Nowhere/City') FROM (VALUES ('2026-03-01 23:30+00'::timestamptz)) v (at);

-- pieces in any order give the same bytes
SELECT purchase_history(day, amount) = (SELECT rollup(h) FROM customer) AS same,
       purchase_history(day, amount ORDER BY amount) = (SELECT rollup(h ORDER BY customer DESC) FROM customer) AS same_too
  FROM purchase;
SELECT rollup(h) IS NULL AS none FROM customer WHERE false;
SELECT customer, purchases(rollup(h) OVER (ORDER BY customer)) FROM customer ORDER BY customer;
SELECT day, purchases(purchase_history(day, 1) OVER (ORDER BY day)) FROM generate_series('2026-01-01'::date, '2026-01-12', '1 day') d, CAST(d AS date) day
 ORDER BY day;

-- text, json, equality
SELECT '{"purchases":[["2026-03-09"],["2026-03-01",29.50],["2026-03-09",-1],["2026-03-01",0.5]]}'::purchase_history;
SELECT '{"purchases":[]}'::purchase_history, purchases('{"purchases":[]}'), first_day('{"purchases":[]}'::purchase_history),
       total('{"purchases":[]}'::purchase_history), rfm('{"purchases":[]}', '2026-01-01');
SELECT h::jsonb FROM customer WHERE customer = 4;
SELECT count(*), bool_and(h = h::text::purchase_history) AS same FROM (SELECT h FROM customer UNION SELECT h FROM customer) s;
SELECT a.customer, b.customer FROM customer a, customer b WHERE a.h = b.h AND a.customer < b.customer;
SELECT a.h <> b.h AS differ FROM customer a, customer b WHERE a.customer = 1 AND b.customer = 2;
-- money beyond 64 bits within a day is exact
SELECT total(h), h FROM (SELECT purchase_history('2026-01-01'::date, 922337203685477.5807) AS h FROM generate_series(1, 3)) s;
SELECT total(h) FROM (SELECT purchase_history('2026-01-01'::date, a) AS h
  FROM (VALUES (922337203685477.5807), (922337203685477.5807), (-922337203685477.5807), (-922337203685477)) v (a)) s;

-- scores and segments
SELECT x, quantile_score() OVER (ORDER BY x), quantile_score(2) OVER (ORDER BY x DESC), ntile(5) OVER (ORDER BY x)
  FROM unnest(ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) x ORDER BY x;
SELECT x, quantile_score() OVER (ORDER BY x), quantile_score(NULL) OVER (ORDER BY x)
  FROM unnest(ARRAY[0, 0, 0, 0, 0, 0, 1, 1, 2, 7]) x ORDER BY x;
SELECT quantile_score(0) OVER (ORDER BY x) FROM generate_series(1, 3) x;
SELECT quantile_score() OVER (ORDER BY x) FROM generate_series(1, 0) x;
SELECT r, string_agg(rfm_segment(r, v), ', ' ORDER BY v)
  FROM generate_series(1, 5) r, generate_series(1, 5) v GROUP BY r ORDER BY r;
SELECT rfm_segment(5, 2, 5), rfm_segment(5, 3, 4), rfm_segment(1, 1, NULL), rfm_segment(NULL, 1), rfm_segment(1, NULL, 3);
SELECT rfm_segment(0, 1);
SELECT rfm_segment(1, 6);
SELECT rfm_segment(1, 5, -1);

-- what is refused
SELECT purchase_history('infinity'::date, 1);
SELECT purchase_history('-infinity'::timestamptz, 1);
SELECT purchase_history('2026-01-01'::date, 'NaN');
SELECT purchase_history('2026-01-01'::date, 0.00001);
SELECT rfm(h, 'infinity', '1 day') FROM customer WHERE customer = 1;
SELECT rfm(h, '2026-01-01', '1 month') FROM customer WHERE customer = 1;
SELECT rfm(h, '2026-01-01', '0') FROM customer WHERE customer = 1;
SELECT rfm(h, '2026-01-01', '-1 day') FROM customer WHERE customer = 1;
SELECT days_since_last(h, 'infinity') FROM customer WHERE customer = 1;
SELECT crmprob.as_of(h, '-infinity') FROM customer WHERE customer = 1;
SELECT ''::purchase_history;
SELECT '{"purchases":[["2026-02-30",1]]}'::purchase_history;
SELECT '{"purchases":[["2026-02-28",1,2]]}'::purchase_history;
SELECT '{"purchases":[["2026-02-28",1.00001]]}'::purchase_history;
SELECT '{"purchases":[["2026-02-28",null]]}'::purchase_history;
SELECT '{"purchases":[["2026-02-28",1]]} x'::purchase_history;
SELECT '{"bought":[]}'::purchase_history;
SELECT '{"purchases":[["2026-02-28",17014118346046923173168730371588410.5727],["2026-02-28",1]]}'::purchase_history;
SELECT rfm('{"purchases":[["2026-02-27",1],["2026-02-28",922337203685477.5808]]}', '2026-03-01');
SELECT purchase_history_add(h, '2026-01-01'::date, 1) FROM customer LIMIT 1;
