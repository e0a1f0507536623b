-- rfm: a customer's buying pattern, built, read, stored and refused.
SET search_path = crmprob, public;
SET datestyle = 'ISO';

-- customer 1 of the CDNOW sample (Fader, Hardie and Lee 2005)
SELECT make_rfm(2, 30.43, 38.86, 22.35) AS r;
SELECT frequency(r), recency(r), age(r), monetary_value(r), unit(r) IS NULL AS no_unit,
       observed_until(r) IS NULL AS no_end
  FROM (SELECT make_rfm(2, 30.43, 38.86, 22.35) AS r) s;
-- what is stored of the money is the sum: the mean of three purchases of 100
SELECT make_rfm(3, 1, 2, 33.3333333333), monetary_value(make_rfm(3, 1, 2, 33.3333333333));
SELECT make_rfm(3, 1, 2, -0.5), monetary_value(make_rfm(3, 1, 2, -0.5));
-- no repeat purchase, no money; -0 is 0
SELECT make_rfm(0, 0, 39), make_rfm(0, 0, 39, 0) = make_rfm(0, '-0', 39, NULL) AS same,
       monetary_value(make_rfm(0, 0, 39)) IS NULL AS none;
SELECT make_rfm(NULL, 1, 2) IS NULL AND make_rfm(1, NULL, 2) IS NULL AND
       make_rfm(1, 1, NULL) IS NULL AS none;
SELECT make_rfm(0, 0, 0), make_rfm(2147483647, 5, 5);

-- text and json
SELECT r, unit(r), observed_until(r), monetary_value(r)
  FROM (SELECT ' {"until":"1997-09-30", "age":38.86, "recency":30.43, "unit":604800000000, "frequency":2, "spend":44.70, "priced":2} '::rfm AS r) s;
SELECT '{"frequency":4,"recency":3,"age":9,"spend":-12.5,"priced":1}'::rfm::jsonb;
SELECT r = r::text::rfm AS same, count(*) OVER ()
  FROM (SELECT make_rfm(1, 0.1 + g, 100.0 / 3 + g, g / 7.0) AS r FROM generate_series(1, 3) g
        UNION SELECT make_rfm(1, 0.1 + g, 100.0 / 3 + g, g / 7.0) FROM generate_series(1, 4) g) s;
SELECT make_rfm(1, 1, 2) <> make_rfm(1, 1, 2, 0) AS differ;

-- what is refused
SELECT make_rfm(-1, 0, 1);
SELECT make_rfm(1, -1, 1);
SELECT make_rfm(1, 2, 1.5);
SELECT make_rfm(0, 1, 2);
SELECT make_rfm(1, 'NaN', 2);
SELECT make_rfm(1, 1, 'NaN');
SELECT make_rfm(1, 1, 'infinity');
SELECT make_rfm(0, 0, 1, 5);
SELECT make_rfm(1, 1, 2, 'NaN');
SELECT make_rfm(2, 1, 2, 900000000000000);
SELECT ''::rfm;
SELECT '{"frequency":1,"recency":1}'::rfm;
SELECT '{"frequency":1,"frequency":1,"recency":1,"age":2}'::rfm;
SELECT '{"frequency":1.5,"recency":1,"age":2}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"money":2}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"spend":2}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"spend":2,"priced":2}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"spend":2.00001,"priced":1}'::rfm;
SELECT '{"frequency":1,"recency":3,"age":2}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"unit":0}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"unit":-1}'::rfm;
SELECT '{"frequency":1,"recency":1,"age":2,"until":"2026-02-30"}'::rfm;
SELECT '{"frequency":1,"recency":1e999,"age":2}'::rfm;
