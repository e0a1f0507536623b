-- csat and nps: values, limits, input, comparison
SET search_path = crmprob, public;
CREATE TABLE answer (period date, owner text, rating int);
INSERT INTO answer VALUES
  ('2026-01-01', 'Ann', 10), ('2026-01-01', 'Ann', 9), ('2026-01-01', 'Ann', 9), ('2026-01-01', 'Ann', 8),
  ('2026-01-01', 'Ann', 7), ('2026-01-01', 'Bob', 10), ('2026-01-01', 'Bob', 9), ('2026-01-01', 'Bob', 7),
  ('2026-01-01', 'Bob', 6), ('2026-01-01', 'Bob', 0), ('2026-01-01', 'Bob', NULL), ('2026-02-01', 'Ann', NULL);
SELECT nps(rating), net_score(nps(rating)), answers(nps(rating)), promoters(nps(rating)),
       passives(nps(rating)), detractors(nps(rating)) FROM answer;
SELECT period, owner, nps(rating), net_score(nps(rating)) FROM answer GROUP BY period, owner ORDER BY period, owner;

-- the limits of research: equal to Wilson's of the share without passives
SELECT round(net_score_low(make_nps(5, 3, 2))::numeric, 9) AS low, round(net_score_high(make_nps(5, 3, 2))::numeric, 9) AS high,
       round(net_score_low(make_nps(70, 20, 10))::numeric, 9) AS low, round(net_score_high(make_nps(70, 20, 10))::numeric, 9) AS high;
SELECT d, round(net_score_low(n)::numeric, 9) AS low, round(net_score_high(n)::numeric, 9) AS high
  FROM (VALUES ('all promoters', make_nps(10, 0, 0)), ('all detractors', make_nps(0, 0, 10)), ('all passive', make_nps(0, 20, 0))) v (d, n);
SELECT round((net_score_low(make_nps(12, 0, 28), l) - 100 * (2 * low('12/40'::proportion, l) - 1))::numeric, 9) AS low,
       round((net_score_high(make_nps(12, 0, 28), l) - 100 * (2 * high('12/40'::proportion, l) - 1))::numeric, 9) AS high
  FROM unnest('{0.5,0.95,0.99}'::float8[]) l;
SELECT (t).difference, round((t).z::numeric, 6) AS z, round((t).p_value::numeric, 6) AS p,
       round((t).low::numeric, 6) AS low, round((t).high::numeric, 6) AS high
  FROM (SELECT net_score_test(make_nps(40, 30, 30), make_nps(60, 25, 15)) AS t) t;
SELECT (net_score_test(make_nps(5, 0, 0), make_nps(7, 0, 0))).p_value, net_score_test(make_nps(5, 0, 0), make_nps(0, 0, 0));

-- rollup, equality, text, jsonb, binary
SELECT rollup(n), rollup(n) = (SELECT nps(rating) FROM answer) AS same
  FROM (SELECT nps(rating) AS n FROM answer GROUP BY owner) s;
SELECT '{"promoters":5,"passives":3,"detractors":2}'::nps, ' { "detractors" : 2, "passives":3,"promoters":5 } '::nps,
       make_nps(5, 3, 2)::jsonb, make_nps(0, 0, 0)::jsonb;
SELECT make_nps(5, 3, 2) = make_nps(5, 3, 2) AS eq, make_nps(5, 3, 2) <> make_nps(5, 2, 3) AS ne,
       (SELECT count(*) FROM (SELECT FROM (VALUES (make_nps(1, 2, 3)), (make_nps(1, 2, 3)), (make_nps(3, 2, 1))) v (n) GROUP BY n) g) AS different;
SELECT nps_send(make_nps(1, 2, 3));
SELECT nps(NULL), net_score(nps(NULL)), net_score_low(nps(NULL)) FROM answer WHERE false;
SELECT nps(rating::smallint), nps(rating::numeric), nps(rating::bigint), nps(rating::real) FROM answer;
SELECT owner, rating, nps(rating) OVER (PARTITION BY owner ORDER BY rating NULLS LAST) FROM answer WHERE owner = 'Ann' ORDER BY rating NULLS LAST, period;

-- what does not fit
SELECT nps(11);
SELECT nps(-1);
SELECT nps(8.5);
SELECT nps('NaN'::float8);
SELECT nps('infinity'::float8);
SELECT make_nps(-1, 0, 0);
SELECT make_nps(9223372036854775807, 1, 0);
SELECT rollup(n) FROM (VALUES (make_nps(9223372036854775807, 0, 0)), (make_nps(0, 1, 0))) v (n);
SELECT net_score_low(make_nps(1, 1, 1), 1);
SELECT '{"promoters":5,"passives":3}'::nps;
SELECT '{"promoters":5,"passives":3,"detractors":2,"detractors":2}'::nps;
SELECT '{"promoters":5.5,"passives":3,"detractors":2}'::nps;
SELECT '{"promoters":5.0,"passives":3,"detractors":2}'::nps;
SELECT '{"promoters":5e0,"passives":3,"detractors":2}'::nps;
SELECT '{"promoters":9223372036854775808,"passives":3,"detractors":2}'::nps;
SELECT '{"promoters":-5,"passives":3,"detractors":2}'::nps;
SELECT '[]'::nps;
SELECT nps_accum(make_nps(1, 2, 3), 4);

-- csat
SELECT csat(r), value(csat(r)), round(low(csat(r))::numeric, 6) AS low, round(high(csat(r))::numeric, 6) AS high
  FROM unnest('{5,4,4,3,2,1,NULL,5}'::int[]) r;
SELECT csat(r, 10, 2), csat(r, 10, 3), csat(r, 7, 1) FROM unnest('{7,6,5,1}'::int[]) r;
SELECT csat(NULL::int), csat(NULL::int, 10, 2), csat(3, 5, 2) FILTER (WHERE false);
SELECT csat(0);
SELECT csat(6);
SELECT csat(4.5);
SELECT csat(5, 4, 1);
SELECT csat(1, 1, 1);
SELECT csat(1, 5, 5);
SELECT csat(1, 5, 0);
-- the same scale in all rows, and one
SELECT csat(3, NULL, 2);
SELECT csat(NULL::int, 5, NULL);
SELECT csat(3, s, 2) FROM unnest('{5,5,7}'::int[]) s;
SELECT csat(3, 7, t) FROM unnest('{1,1,2}'::int[]) t;
SELECT csat(r, 5 + r % 2, 1) FROM unnest('{1,NULL,4}'::int[]) r;
SELECT s, csat(r, s, 1) FROM unnest('{1,2,3,4,5}'::int[]) r, unnest('{5,7}'::int[]) s GROUP BY s ORDER BY s;
SELECT r, csat(r, 5, 2) OVER (ORDER BY r) FROM unnest('{1,3,4,5}'::int[]) r;
SELECT csat(r, 5, 2) = csat(r) AS same, csat(r, 5, 2)::text FROM unnest('{1,3,4,5}'::int[]) r;
SELECT csat_final('3/4');
CREATE AGGREGATE own_csat(double precision, integer, integer) (SFUNC = csat_accum, STYPE = proportion);
SELECT own_csat(3, 5, 2);
DROP AGGREGATE own_csat(double precision, integer, integer);
DROP TABLE answer;
