-- What analysts rely on: lifetime value models at published parameters, the
-- same bytes from any order, split and plan, SQLSTATEs, and what must hold for
-- every customer. Expected values without a source were computed with mpmath
-- from the papers' formulas.
BEGIN;
SET LOCAL search_path = public, crmprob;
SET LOCAL client_min_messages = warning;
SELECT * FROM no_plan();

CREATE TABLE published AS
SELECT make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":0.793,"b":2.426}', '7 days') AS model
UNION ALL
SELECT make_clv_model('mbg_nbd', '{"r":0.525,"alpha":6.183,"a":0.891,"b":1.614}', '7 days')
UNION ALL
SELECT make_clv_model('pareto_nbd', '{"r":0.553,"alpha":10.578,"s":0.606,"beta":11.669}', '7 days')
UNION ALL
SELECT make_clv_model('gamma_gamma', '{"p":6.25,"q":3.74,"gamma":15.44}')
UNION ALL
SELECT make_clv_model('bg_bb', '{"alpha":1.204,"beta":0.750,"gamma":0.657,"delta":2.783}', '365.25 days');
CREATE FUNCTION pg_temp.model(kind text) RETURNS clv_model LANGUAGE sql
  RETURN (SELECT model FROM published WHERE kind(model) = kind);
CREATE FUNCTION pg_temp.near(have float8, want float8, relative float8 = 1e-9) RETURNS boolean LANGUAGE sql
  RETURN abs(have - want) <= relative * abs(want);

-- closed forms, to 1e-9 -------------------------------------------------------

SELECT unnest(ARRAY[ok(pg_temp.near(probability_alive(pg_temp.model(kind), c), alive), kind || ': P(alive) of ' || frequency(c)),
       ok(pg_temp.near(expected_purchases(pg_temp.model(kind), c, '273 days'), expected), kind || ': E[X(39)] of ' || frequency(c))])
  FROM (VALUES ('bg_nbd', make_rfm(2, 30.43, 38.86), .726578570080673, 1.22602817476714),
               ('bg_nbd', make_rfm(10, 35, 39), .842603188641733, 6.1160555693646),
               ('bg_nbd', make_rfm(0, 0, 39), 1, .194530721703265),
               ('mbg_nbd', make_rfm(2, 30.43, 38.86), .706202265118487, 1.26296062326737),
               ('mbg_nbd', make_rfm(0, 0, 39), .389347648663597, .15343944844865),
               ('mbg_nbd', make_rfm(200, 38, 40), .0305960686927882, 3.89271838417781),
               ('pareto_nbd', make_rfm(2, 30.43, 38.86), .869167559153011, 1.4551231932576),
               ('pareto_nbd', make_rfm(23, 39, 39), 1, 15.4078822390697),
               ('pareto_nbd', make_rfm(0, 0, 39), .294467031014586, .106526713176672)) v (kind, c, alive, expected);
SELECT unnest(ARRAY[ok(pg_temp.near(expected_purchases(pg_temp.model('mbg_nbd'), '364 days'), 1.41972375771275), 'mbg_nbd: a new customer'),
       ok(pg_temp.near(expected_purchases(pg_temp.model('pareto_nbd'), '364 days'), 1.47299680337511), 'pareto_nbd: a new customer'),
       ok(pg_temp.near(probability_purchases(pg_temp.model('bg_nbd'), 10, '14 days'), 1.07868964036915e-7), 'bg_nbd: P(X(2) = 10)'),
       ok(pg_temp.near(probability_purchases(pg_temp.model('bg_nbd'), 0, '273 days'), .573786352096009), 'bg_nbd: P(X(39) = 0)'),
       ok(pg_temp.near(probability_purchases(pg_temp.model('bg_nbd'), make_rfm(10, 35, 39), 0, '273 days'),
                       1 - .842603188641733 * (1 - ((4.414 + 39) / (4.414 + 78)) ^ 10.243)), 'bg_nbd: no purchase of a known customer'),
       ok(pg_temp.near(residual_transactions(pg_temp.model('bg_nbd'), make_rfm(10, 35, 39), 0.1), 27.7427798376761), 'bg_nbd: DERT'),
       ok(pg_temp.near(residual_transactions(pg_temp.model('pareto_nbd'), make_rfm(10, 35, 39), 0.1), 38.8122776368596 * .923723548167414),
          'pareto_nbd: DERT'),
       ok(pg_temp.near(expected_spend(pg_temp.model('gamma_gamma'), make_rfm(2, 1, 2, 22.35)), 24.6637139107612), 'spend of a known customer'),
       ok(pg_temp.near(expected_spend(pg_temp.model('gamma_gamma'), make_rfm(0, 0, 2)), 35.2189781021898), 'spend of a new customer'),
       ok(pg_temp.near(lifetime_value(pg_temp.model('bg_nbd'), pg_temp.model('gamma_gamma'), make_rfm(10, 35, 39, 30), '728 days', 0.1, 0.25),
                       11.7248303214699 * (6.25 * (15.44 + 300) / (62.5 + 3.74 - 1)) * 0.25), 'lifetime value of two years'),
       ok(pg_temp.near(residual_transactions(make_clv_model('bg_bb', '{"alpha":1.2,"beta":0.75,"gamma":0.66,"delta":2.78}', '365.25 days'),
                       make_rfm(3, 4, 6), 0.1), 1.621379186), 'bg_bb: DERT of BTYD''s manual')]);

-- what is numerically hard ----------------------------------------------------

SELECT unnest(ARRAY[is(probability_alive(model, make_rfm(1000, 10, 100)), 0::float8, kind(model) || ': underflow is 0'),
       is(expected_purchases(model, make_rfm(1000, 10, 100), '1 year'), 0::float8, kind(model) || ': and expects nothing'),
       ok(expected_purchases(model, make_rfm(2147483647, 99, 100), '1 year') < 'Infinity', kind(model) || ': the largest count'),
       ok(probability_alive(model, make_rfm(3, 0, 0)) BETWEEN 0 AND 1, kind(model) || ': no time at all'),
       ok(expected_purchases(model, make_rfm(3, 20, 39), '1000000 years') > 0, kind(model) || ': a horizon of a million years'),
       is(expected_purchases(model, make_rfm(3, 20, 39), '0'), 0::float8, kind(model) || ': a horizon of nothing')])
  FROM published WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd');
SELECT unnest(ARRAY[ok(pg_temp.near(expected_purchases(make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":1,"b":2.426}', '7 days'), '364 days'),
                       expected_purchases(make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":1.0000001,"b":2.426}', '7 days'), '364 days'), 1e-6),
          'a = 1'),
       ok(pg_temp.near(expected_purchases(make_clv_model('pareto_nbd', '{"r":0.55,"alpha":11,"s":1,"beta":11}', '7 days'), '273 days'),
                       0.55 * ln(1 + 39 / 11.0)), 's = 1 and alpha = beta'),
       ok(pg_temp.near(expected_purchases(pg_temp.model('bg_nbd'), '7000000 days'), 53.5404782530146), 'z next to 1')]);

-- what holds for every customer -----------------------------------------------

CREATE TABLE sundry AS
SELECT make_rfm(x, tx, tx + t) AS c
  FROM (VALUES (0, 0), (1, 5), (1, 30), (4, 12), (12, 38), (60, 38)) s (x, tx), unnest('{0,0.5,20,200}'::float8[]) t;
SELECT is_empty($$SELECT kind(model), c FROM published, sundry
  WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd')
    AND abs(1 - (SELECT sum(probability_purchases(model, c, n, '12 weeks')) FROM generate_series(0, 150) n)) > 1e-9$$,
  'the probabilities sum to 1');
SELECT is_empty($$SELECT kind(model), c FROM published, sundry
  WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd')
    AND NOT pg_temp.near((SELECT sum(n * probability_purchases(model, c, n, '12 weeks')) FROM generate_series(0, 150) n),
                         expected_purchases(model, c, '12 weeks'), 1e-7)$$,
  'and their mean is what is expected');
SELECT is_empty($$SELECT * FROM (
    SELECT kind(model), c, w, expected_purchases(model, c, w * interval '1 week') AS e,
           lag(expected_purchases(model, c, w * interval '1 week')) OVER (PARTITION BY kind(model), c::text ORDER BY w) AS before
      FROM published, sundry, unnest('{0,0.1,1,4,26,52,104,520,5200}'::float8[]) w
     WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd')) q WHERE e < before$$,
  'expected purchases never fall with the horizon');
SELECT is_empty($$SELECT * FROM (
    SELECT kind(model), c, w, probability_alive(model, c, w * interval '1 week') AS e,
           lag(probability_alive(model, c, w * interval '1 week')) OVER (PARTITION BY kind(model), c::text ORDER BY w) AS before
      FROM published, sundry, unnest('{0,0.1,1,4,26,52,104,520,5200}'::float8[]) w
     WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd')) q WHERE e NOT BETWEEN 0 AND 1 OR e > before * (1 + 1e-14)$$,
  'nobody gets livelier with time');
SELECT is_empty($$SELECT kind(model), c FROM published, sundry
  WHERE kind(model) IN ('bg_nbd', 'mbg_nbd', 'pareto_nbd')
    AND NOT (pg_temp.near(probability_alive(model, c), probability_alive(model, c, '0'), 1e-14)
         AND lifetime_value(model, pg_temp.model('gamma_gamma'), c, '2 years', 0.1) <= lifetime_value(model, pg_temp.model('gamma_gamma'), c, '2 years')
         AND residual_transactions(model, c, 0.1) >= lifetime_value(model, pg_temp.model('gamma_gamma'), c, '10 years', 0.1)
             / expected_spend(pg_temp.model('gamma_gamma'), c) * (1 - 1e-9))
    AND frequency(c) = 0$$, 'discounts take away, horizons cut off');
-- another unit: the same customers in days
SELECT is_empty($$SELECT 1 FROM sundry, (VALUES
    (pg_temp.model('bg_nbd'), make_clv_model('bg_nbd', '{"r":0.243,"alpha":30.898,"a":0.793,"b":2.426}', '1 day')),
    (pg_temp.model('pareto_nbd'), make_clv_model('pareto_nbd', '{"r":0.553,"alpha":74.046,"s":0.606,"beta":81.683}', '1 day'))) v (weeks, days),
    LATERAL (SELECT make_rfm(frequency(c), recency(c) * 7, age(c) * 7)) d (by_days)
  WHERE NOT (pg_temp.near(probability_alive(weeks, c), probability_alive(days, by_days), 1e-11)
         AND pg_temp.near(expected_purchases(weeks, c, '1 year'), expected_purchases(days, by_days, '1 year'), 1e-11)
         AND pg_temp.near(residual_transactions(weeks, c, 0.1), residual_transactions(days, by_days, 0.1), 1e-10))$$,
  'the unit of time changes no answer');

-- fits: order, split, repetition, plan ------------------------------------------

-- drawn from Pareto/NBD with r = s = 1/2, alpha = 8, beta = 12, by weeks
CREATE FUNCTION pg_temp.uniform(i int, k int) RETURNS float8 LANGUAGE sql
  RETURN ((hashint8extended(i, k) & 4503599627370495) + 0.5) / 4503599627370496.0::float8;
CREATE FUNCTION pg_temp.half_gamma(i int, k int) RETURNS float8 LANGUAGE sql
  RETURN -ln(pg_temp.uniform(i, k)) * cos(2 * pi() * pg_temp.uniform(i, k + 1)) ^ 2;
CREATE FUNCTION pg_temp.buyer(i int) RETURNS rfm LANGUAGE plpgsql AS $$
DECLARE
  age int := 273 - i % 85;
  pause float8 := 8 * 7 / pg_temp.half_gamma(i, 2);
  until float8 := -ln(pg_temp.uniform(i, 4)) * 12 * 7 / pg_temp.half_gamma(i, 5);
  last int := 0;
  n int := 0;
  day float8 := 0;
BEGIN
  LOOP
    day := day - ln(pg_temp.uniform(i, 10 + n)) * pause;
    EXIT WHEN day > least(age, until) OR n > 40;
    n := n + 1;
    last := least(ceil(day), age);
  END LOOP;
  RETURN make_rfm(n, last / 7::float8, age / 7::float8,
    CASE WHEN n > 0 THEN round((30 * exp(pg_temp.half_gamma(i, 8) - pg_temp.half_gamma(i, 90)))::numeric, 2) END);
END $$;
CREATE TABLE buyers AS SELECT i, pg_temp.buyer(i) AS c FROM generate_series(1, 6000) i;
ANALYZE buyers;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (COSTS off) ' || query;
END $$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE serial AS
SELECT kind, clv_model_send(fit_clv(kind, c)) AS bytes
  FROM buyers, unnest('{bg_nbd,mbg_nbd,pareto_nbd,gamma_gamma}'::text[]) kind GROUP BY kind;
SELECT ok(converged(fit_clv(kind, c)), kind || ': the customers allow of a fit') FROM buyers, serial GROUP BY kind;
SELECT is(clv_model_send(fit_clv(kind, c ORDER BY hashint8extended(i, 7))), bytes, kind || ': any order of rows')
  FROM buyers, serial GROUP BY kind, bytes;
SELECT is(clv_model_send(fit_clv(kind, c, w)), bytes, kind || ': weights are repetition')
  FROM (SELECT c, count(*) AS w FROM buyers GROUP BY c) s, serial GROUP BY kind, bytes;

-- any split: states of thirds travel as text and as binary, then are combined
CREATE AGGREGATE pg_temp.state_of(text, rfm) (SFUNC = clv_model_add, STYPE = clv_model);
CREATE AGGREGATE pg_temp.combined(clv_model) (SFUNC = clv_model_merge, STYPE = clv_model, FINALFUNC = clv_model_final);
SELECT unnest(ARRAY[is((SELECT clv_model_send(pg_temp.combined(part)) FROM
            (SELECT pg_temp.state_of(kind, c)::text::clv_model AS part FROM buyers GROUP BY i % 3) p), bytes, kind || ': from states as text'),
       is((SELECT clv_model_send(pg_temp.combined(part)) FROM
            (SELECT pg_temp.state_of(kind, c) AS part FROM buyers GROUP BY i / 999) p), bytes, kind || ': from states as they are'),
       is((SELECT parameters(pg_temp.state_of(kind, c)) FROM buyers), (SELECT parameters(fit_clv(kind, c)) FROM buyers),
          kind || ': a state read as a model is fitted')])
  FROM serial;
CREATE TEMPORARY TABLE parts AS SELECT pg_temp.state_of('bg_nbd', c) AS part FROM buyers GROUP BY i % 4;
SELECT is((SELECT count(*) FROM parts a, parts b WHERE a.part = b.part), 4::bigint, 'states have equality');
SELECT is((SELECT count(DISTINCT clv_model_hash(part)) FROM parts), 4::bigint, 'and a hash');
SELECT throws_ok('SELECT pg_temp.combined(fitted) FROM (SELECT fit_clv(''bg_nbd'', c) AS fitted FROM buyers GROUP BY i % 2) s', '22023', NULL,
  'fitted models cannot be added up');

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT matches(string_agg(l, ' '), 'Finalize.*Partial', 'the plan is parallel')
  FROM pg_temp.plan_of('SELECT fit_clv(''bg_nbd'', c) FROM buyers') l;
SELECT is((SELECT clv_model_send(fit_clv('bg_nbd', c)) FROM buyers), (SELECT bytes FROM serial WHERE kind = 'bg_nbd'), 'parallel is serial: bg_nbd');
SELECT is((SELECT clv_model_send(fit_clv('pareto_nbd', c)) FROM buyers), (SELECT bytes FROM serial WHERE kind = 'pareto_nbd'), 'parallel is serial: pareto_nbd');
SELECT is((SELECT clv_model_send(fit_clv('gamma_gamma', c)) FROM buyers), (SELECT bytes FROM serial WHERE kind = 'gamma_gamma'), 'parallel is serial: gamma_gamma');

-- text, binary, classes ---------------------------------------------------------

CREATE TEMPORARY TABLE models AS SELECT model AS v FROM published UNION ALL SELECT fit_clv('mbg_nbd', c) FROM buyers UNION ALL SELECT part FROM parts;
CREATE FUNCTION pg_temp.changed_by_copy(format text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE path text := current_setting('data_directory') || '/copied_models';
BEGIN
  EXECUTE format('COPY models TO %L (FORMAT %s)', path, format);
  CREATE TEMPORARY TABLE copied (LIKE models);
  EXECUTE format('COPY copied FROM %L (FORMAT %s)', path, format);
  RETURN (SELECT count(*) FROM ((SELECT clv_model_send(v) FROM models EXCEPT ALL SELECT clv_model_send(v) FROM copied)
    UNION ALL (SELECT clv_model_send(v) FROM copied EXCEPT ALL SELECT clv_model_send(v) FROM models)) d);
END $$;
SELECT is(pg_temp.changed_by_copy('text'), 0::bigint, 'COPY text');
DROP TABLE copied;
SELECT is(pg_temp.changed_by_copy('binary'), 0::bigint, 'COPY binary');
SELECT ok(amvalidate(c.oid), m.amname || ' class is valid')
  FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod WHERE c.opcintype = 'clv_model'::regtype;
\ir copy.psql
SELECT is(pg_temp.received('clv_model', clv_model_send(model)), model::text, kind(model) || ' is received') FROM published;
SELECT throws_ok(format('SELECT pg_temp.received(''clv_model'', %L)', b), state, NULL, format('a model from %s: %s', b, state))
  FROM (VALUES ('\x', '22P03'), ('\x01', '22P03'), ('\x09', '22P03'), ('\x0109', '22P03'),
    ('\x01000000000000000000000000000000' || '3ff0000000000000' || '3ff0000000000000' || '3ff0000000000000', '22P03'),
    ('\x01000000000000000000000000000000' || '3ff0000000000000' || '3ff0000000000000' || '3ff0000000000000' || '7ff8000000000000', '22023'),
    ('\x01000000000000000000000000000000' || '3ff0000000000000' || '3ff0000000000000' || '3ff0000000000000' || '0000000000000000', '22023'),
    ('\x02000000000000000000000000000000000000000000000000000001', '22P03')) v (b, state);

-- what is refused ---------------------------------------------------------------

SELECT throws_ok(q, state, NULL, q || ': ' || state)
  FROM (VALUES
  ($$SELECT make_clv_model('nbd', '{}')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1}')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":"1","alpha":1,"a":1,"b":1}')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1e-20,"alpha":1,"a":1,"b":1}')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1e400,"alpha":1,"a":1,"b":1}')$$, '22003'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1,"alpha":1,"a":1,"b":1}', '1 month')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1,"alpha":1,"a":1,"b":1}', '0')$$, '22023'),
  ($$SELECT make_clv_model('bg_nbd', '{"r":1,"alpha":1,"a":1,"b":1}', '-1 day')$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(0, 0, 9), 9)$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 1, 9))$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(-1, 1, 9))$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 10, 9))$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 'NaN', 9))$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 0, 'Infinity'))$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 1, 9), -1)$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', make_rfm(1, 1, 9), 9223372036854775807) FROM generate_series(1, 2)$$, '22003'),
  ($$SELECT fit_clv(NULL, make_rfm(1, 1, 9))$$, '22004'),
  ($$SELECT fit_clv('BG', make_rfm(1, 1, 9))$$, '22023'),
  ($$SELECT fit_clv(k, make_rfm(1, 1, 9)) FROM unnest('{bg_nbd,bg_bb}'::text[]) k$$, '22023'),
  ($$SELECT fit_clv('bg_nbd', c::rfm) FROM unnest(ARRAY['{"frequency":1,"recency":1,"age":2,"unit":1}', '{"frequency":1,"recency":1,"age":2,"unit":2}']) c$$, '22023'),
  ($$SELECT fit_clv('gamma_gamma', make_rfm(1, 1, 9, -5), 9)$$, '22023'),
  ($$SELECT fit_clv('bg_bb', make_rfm(3, 2, 9), 9)$$, '22023'),
  ($$SELECT fit_clv('bg_bb', make_rfm(1, 1, 100001), 9)$$, '54000'),
  ($$SELECT expected_purchases(pg_temp.model('bg_bb'), '100001 years')$$, '54000'),
  ($$SELECT probability_alive(pg_temp.model('gamma_gamma'), make_rfm(1, 1, 9))$$, '22023'),
  ($$SELECT expected_spend(pg_temp.model('bg_nbd'), make_rfm(1, 1, 9))$$, '22023'),
  ($$SELECT expected_purchases(pg_temp.model('bg_nbd'), make_rfm(1, 1, 9), '-1 day')$$, '22023'),
  ($$SELECT probability_purchases(pg_temp.model('bg_nbd'), make_rfm(1, 1, 9), -1, '1 day')$$, '22023'),
  ($$SELECT residual_transactions(pg_temp.model('bg_nbd'), make_rfm(1, 1, 9), -0.1)$$, '22023'),
  ($$SELECT residual_transactions(pg_temp.model('bg_nbd'), make_rfm(1, 1, 9), 'Infinity')$$, '22023'),
  ($$SELECT lifetime_value(pg_temp.model('bg_nbd'), pg_temp.model('gamma_gamma'), make_rfm(1, 1, 9), '1 year', 'NaN')$$, '22023'),
  ($$SELECT lifetime_value(pg_temp.model('bg_nbd'), pg_temp.model('gamma_gamma'), make_rfm(1, 1, 9), '1 year', 0, -1)$$, '22023'),
  ($$SELECT lifetime_value(pg_temp.model('bg_nbd'), pg_temp.model('mbg_nbd'), make_rfm(1, 1, 9), '1 year')$$, '22023'),
  ($$SELECT probability_alive(pg_temp.model('bg_nbd'), '{"frequency":1,"recency":1,"age":2,"unit":1}')$$, '22023'),
  ($$SELECT clv_model_add(pg_temp.model('bg_nbd'), 'bg_nbd', make_rfm(1, 1, 9))$$, '0A000'),
  ($$SELECT ''::clv_model$$, '22P02'),
  ($$SELECT '{}'::clv_model$$, '22P02'),
  ($$SELECT '{"kind":"x"}'::clv_model$$, '22023'),
  ($$SELECT '{"kind":"bg_nbd","unit":1,"left_out":0,"patterns":[[1,1,2,1]]}'::clv_model$$, '22P02')) v (q, state);

-- many alike, who leave at once: with r = s the next is a purchase or the end, evenly, so that three come by 1/16 and one in all (s/(s - 1), discounted to nothing)
SELECT ok(abs(probability_purchases(m, c, 3, '520 weeks') - 0.0625) < 1e-6 AND abs(residual_transactions(m, c, 0.1) - 1) < 2e-5, 's = ' || s)
  FROM unnest('{1e5,1e6,1e10}'::float8[]) s, make_rfm(0, 0, 0) c,
       LATERAL make_clv_model('pareto_nbd', jsonb_build_object('r', s, 'alpha', 1, 's', s, 'beta', 1), '7 days') m;

-- memory: many rows of few patterns take no more than few of them
CREATE FUNCTION pg_temp.grown(rows int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint;
BEGIN
  SELECT sum(total_bytes) INTO before FROM pg_backend_memory_contexts;
  PERFORM converged(fit_clv('bg_nbd', make_rfm(i % 3, (i % 3) * 2, 9 + i % 5))) FROM generate_series(1, rows) i;
  RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) - before;
END $$;
SELECT pg_temp.grown(1000) AS first \gset
SELECT cmp_ok(pg_temp.grown(300000), '<=', 262144::bigint, 'many rows leave no memory behind');

SELECT * FROM finish();
ROLLBACK;
