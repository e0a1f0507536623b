-- proportion: input, output, order, aggregates, limits, tests
SET search_path = crmprob, public;
SET extra_float_digits = 0;

SELECT p::proportion FROM unnest(ARRAY['12/40', ' 012 / 40 ', '0/0',
  '9223372036854775807/9223372036854775807']) AS p;
SELECT '12/40'::proportion::jsonb, '0/0'::proportion::jsonb;

-- refused
SELECT '12'::proportion;
SELECT '/'::proportion;
SELECT '1.5/2'::proportion;
SELECT '1/2/3'::proportion;
SELECT '5/4'::proportion;
SELECT '-1/4'::proportion;
SELECT '0/9223372036854775808'::proportion;
SELECT make_proportion(5, 4);
SELECT make_proportion(-1, 4);
SELECT make_proportion(12, 40), make_proportion(0, 0), make_proportion(NULL, 1);

SELECT successes('12/40'), trials('12/40'), value('12/40'), value('0/0'),
  value(NULL::proportion);

-- Wilson limits; 81/263 and 1/29 as published (Newcombe 1998, table I)
SELECT p, round(low(p)::numeric, 4) AS low, round(high(p)::numeric, 4) AS high
FROM unnest('{81/263,1/29,8/10,0/20,20/20,0/0}'::proportion[]) AS p;
SELECT round(low('8/10', 0.99)::numeric, 4) AS low_99,
  round(high('8/10', level => 0.5)::numeric, 4) AS high_50, low('8/10', NULL);
SELECT low('8/10', 0);
SELECT low('8/10', 1);
SELECT high('8/10', 95);
SELECT high('8/10', 'NaN');

-- order: value, then trials; 0/0 last
CREATE TEMPORARY TABLE shares (p proportion);
INSERT INTO shares
SELECT unnest('{1/2,0/0,2/4,1/3,0/5,5/5,0/1,2/6,1/2,NULL}'::proportion[]);
SELECT p FROM shares ORDER BY p;
SELECT p, count(*) FROM shares GROUP BY p HAVING count(*) > 1;
CREATE INDEX ON shares (p);
CREATE INDEX ON shares USING hash (p);
SET enable_seqscan = off;
SELECT p FROM shares WHERE p >= '1/2' ORDER BY p DESC;
SELECT count(*) FROM shares WHERE p = '1/2';
RESET enable_seqscan;
SELECT '1/2'::proportion < '2/4' AS lt, '1/2'::proportion <= '1/2' AS le,
  '1/2'::proportion = '2/4' AS eq, '1/2'::proportion <> '2/4' AS ne,
  '1/2'::proportion >= '2/4' AS ge, '0/0'::proportion > '1/1' AS gt;
SELECT proportion_send('1/258');

-- aggregates: NULL is skipped, no rows give 0/0
SELECT proportion(b) FROM (VALUES (true), (false), (NULL), (true)) AS v(b);
SELECT proportion(b) FROM (VALUES (NULL::boolean)) AS v(b);
SELECT proportion(b), rollup(p)
FROM (SELECT true, '1/2'::proportion WHERE false) AS v(b, p);
SELECT rollup(p) FROM shares;
SELECT g, proportion(i % 3 = 0) FILTER (WHERE i > 2)
FROM (SELECT i, i % 2 AS g FROM generate_series(1, 12) AS i) AS v
GROUP BY g
ORDER BY g;
SELECT rollup(p) FROM unnest('{1/9223372036854775807,0/1}'::proportion[]) AS p;
-- frames, growing and sliding
SELECT i, proportion(i % 2 = 0) OVER (ORDER BY i) AS growing,
  rollup(make_proportion(i, 10)) OVER (ORDER BY i
    ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS sliding
FROM generate_series(1, 6) AS i
ORDER BY i;
-- what edits a state is for aggregates only
SELECT proportion_accum('1/4', true);
SELECT proportion_combine('1/4', '1/4');

-- (3 + 16 x 0.2) / (4 + 16)
SELECT shrunk_rate('3/4', '20/100', 16), shrunk_rate('3/4', '20/100', 0),
  shrunk_rate('3/4', '20/100', 'infinity'), shrunk_rate('0/0', '20/100', 5),
  shrunk_rate('3/4', '0/0', 5), shrunk_rate('0/0', '0/0', 0);
SELECT shrunk_rate('3/4', '20/100', -1);
SELECT shrunk_rate('3/4', '20/100', 'NaN');

-- the first value by golden-section search on lgamma in Python
SELECT round(prior_strength('{1/10,5/10,NULL,9/10,3/7}')::numeric, 5) AS some,
  prior_strength('{5/10,5/10}') AS no_more_than_chance,
  prior_strength('{10/10,0/10}') AS all_or_nothing,
  prior_strength('{0/1,1/1}') AS no_repeats, prior_strength('{}') AS none;
SELECT prior_strength('{9/10,3/7,1/10,5/10}')
  = prior_strength('{1/10,5/10,9/10,3/7}') AS same_in_any_order;
SELECT prior_strength(array_agg('1/2'::proportion))
FROM generate_series(1, 100001);

-- limits as published (Newcombe 1998, table II, method 10)
SELECT a, b, round(difference::numeric, 4) AS difference,
  round(relative_uplift::numeric, 4) AS uplift, round(z::numeric, 4) AS z,
  round(p_value::numeric, 4) AS p_value, round(low::numeric, 4) AS low,
  round(high::numeric, 4) AS high
FROM (VALUES ('48/80'::proportion, '56/70'::proportion), ('3/10', '9/10'),
  ('0/29', '5/56'), ('0/10', '0/20'), ('0/0', '1/2'), (NULL, '1/2'))
  AS v(a, b), LATERAL ab_test(a, b)
ORDER BY a, b;
