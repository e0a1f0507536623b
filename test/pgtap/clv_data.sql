-- Lifetime value models on published data, end to end. The files are not part of
-- the project: they are looked for in ../shared/data beside the clone, and where
-- they are missing this says so and tests nothing else.
--
-- Known answers: BTYD's and CLVTools' tests and the papers they cite (Fader,
-- Hardie and Lee 2005; Fader, Hardie and Shang 2010), to their digits; the
-- standard errors of pareto_nbd are CLVTools' own.
\set data '../shared/data'
\set have `test -e ../shared/data/cdnow_sample.csv.zst && test -e ../shared/data/donations.csv.zst && test -e ../shared/data/cdnow_customers_summary.csv.zst && test -e ../shared/data/cdnow_customers_summary_monetary.csv.zst && echo true || echo false`
SET client_min_messages = warning;
SELECT * FROM no_plan();
\if :have
CREATE TABLE raw_purchases (master text, sample text, day date, cds int, amount numeric);
\copy raw_purchases FROM PROGRAM 'zstdcat ../shared/data/cdnow_sample.csv.zst' CSV HEADER
CREATE TABLE customers AS
  SELECT master, crmprob.purchase_history(day, amount) AS history FROM raw_purchases GROUP BY master;
CREATE TABLE patterns AS
  SELECT master, crmprob.rfm(history, '1997-09-30', '7 days') AS customer,
         crmprob.purchases(history) - crmprob.purchases(history, '1997-09-30') AS later
    FROM customers;
SELECT is((SELECT (count(*), sum(crmprob.frequency(customer)), round(sum(crmprob.recency(customer))::numeric, 6),
                   round(sum(crmprob.age(customer))::numeric, 6), sum(later))::text FROM patterns),
          '(2357,2457,16135.571429,77111.285714,1882)', 'CDNOW: patterns of 39 weeks');
SELECT is(count(*), 1016::bigint, 'CDNOW: which are distinct') FROM
  (SELECT 1 FROM patterns GROUP BY crmprob.frequency(customer), crmprob.recency(customer), crmprob.age(customer)) s;

CREATE TABLE fits AS
  SELECT kind, crmprob.fit_clv(kind, customer) AS model
    FROM patterns, unnest('{bg_nbd,mbg_nbd,pareto_nbd,gamma_gamma}'::text[]) kind GROUP BY kind;
CREATE FUNCTION model(kind text) RETURNS crmprob.clv_model STABLE LANGUAGE sql
  RETURN (SELECT model FROM fits WHERE fits.kind = model.kind);
CREATE TABLE known AS SELECT * FROM (VALUES
  ('bg_nbd', -9582.429207, '{"r":0.2425945,"alpha":4.4136021,"a":0.7929220,"b":2.4259069}'::jsonb, 1e-4),
  ('mbg_nbd', -9582.135716, '{"r":0.5248432,"alpha":6.1830854,"a":0.8913594,"b":1.6140024}', 1e-4),
  ('pareto_nbd', -9594.976179, '{"r":0.5532771,"alpha":10.5776853,"s":0.6062398,"beta":11.6687292}', 1e-3),
  ('gamma_gamma', -4055.917695, '{"p":6.2495734,"q":3.7442244,"gamma":15.4435169}', 1e-3)) v (kind, log_likelihood, parameters, relative);
SELECT ok(crmprob.converged(model) AND abs(crmprob.log_likelihood(model) - log_likelihood) < 1e-5, 'CDNOW: likelihood of ' || kind)
  FROM fits JOIN known USING (kind);
SELECT ok(abs(value / (parameters ->> parameter)::float8 - 1) < relative, 'CDNOW: ' || kind || ' ' || parameter)
  FROM fits JOIN known USING (kind), crmprob.summary(model);
SELECT ok(abs(std_error / known - 1) < 1e-3, 'CDNOW: standard error of ' || kind || ' ' || parameter)
  FROM fits, crmprob.summary(model)
  JOIN (VALUES ('bg_nbd', 'r', .01256), ('bg_nbd', 'alpha', .37822), ('bg_nbd', 'a', .18573), ('bg_nbd', 'b', .70541),
               ('pareto_nbd', 'r', .0476264), ('pareto_nbd', 'alpha', .8427222), ('pareto_nbd', 's', .1872594),
               ('pareto_nbd', 'beta', 6.2105448), ('gamma_gamma', 'p', 1.19005), ('gamma_gamma', 'q', .29013),
               ('gamma_gamma', 'gamma', 4.15941)) v (k, parameter, known) USING (parameter) WHERE fits.kind = k;
SELECT ok(abs(crmprob.expected_spend(model, crmprob.make_rfm(0, 0, 0)) - 35.17037179) < 1e-5, 'CDNOW: mean spend of all') FROM fits WHERE kind = 'gamma_gamma';
-- BTYD at an optimum of its own on the flat ridge
SELECT ok(abs(have - btyd) < 1e-4 * btyd, 'CDNOW: pareto_nbd, ' || what)
  FROM fits, crmprob.make_rfm(26, 216 / 7.0, 31) c, LATERAL (VALUES
    ('a new customer in 52 weeks', crmprob.expected_purchases(model, '364 days'), 1.4734477),
    ('customer 1516 in 52 weeks', crmprob.expected_purchases(model, c, '364 days'), 25.45654883),
    ('customer 1516 alive', crmprob.probability_alive(model, c), .9979)) v (what, have, btyd) WHERE kind = 'pareto_nbd';
-- CLVTools' fit with one day more
SELECT ok(is_so, what)
  FROM (SELECT crmprob.fit_clv('pareto_nbd', crmprob.rfm(history, '1997-10-01', '7 days')) AS model FROM customers) f, crmprob.parameters(model) p,
       LATERAL (VALUES (abs(crmprob.log_likelihood(model) + 9615.24) < .005, 'CDNOW: observed for a day longer'),
         (abs((p ->> 'r')::float8 - .55109) < 5e-5 AND abs((p ->> 'alpha')::float8 - 10.5548) < 5e-4
          AND abs((p ->> 's')::float8 - .62492) < 5e-4 AND abs((p ->> 'beta')::float8 - 12.2444) < 5e-3, 'CDNOW: and its parameters')) v (is_so, what);
SELECT is((crmprob.unit(model), crmprob.observed_until(model))::text, '("7 days",1997-09-30)', 'CDNOW: unit and end of ' || kind) FROM fits;

-- lifetimes' own summaries of the same purchases, rounded to two decimals: its tests' parameters
CREATE TABLE rounded (id int, x int, tx float8, t float8, amount numeric);
\copy rounded FROM PROGRAM 'zstdcat ../shared/data/cdnow_customers_summary_monetary.csv.zst' CSV HEADER
CREATE TABLE rounded_bare (id int, x int, tx float8, t float8);
\copy rounded_bare FROM PROGRAM 'zstdcat ../shared/data/cdnow_customers_summary.csv.zst | cut -d, -f1-4' CSV HEADER
CREATE TABLE rounded_fits AS
  SELECT crmprob.fit_clv('bg_nbd', crmprob.make_rfm(x, tx, t)) AS model FROM rounded_bare
  UNION ALL SELECT crmprob.fit_clv('gamma_gamma', crmprob.make_rfm(x, tx, t, amount)) FROM rounded WHERE x > 0;
SELECT ok(crmprob.converged(model) AND abs(crmprob.log_likelihood(model) - log_likelihood) < 1e-5, 'rounded CDNOW: likelihood of ' || kind)
  FROM rounded_fits JOIN (VALUES ('bg_nbd', -9582.425561), ('gamma_gamma', -4055.923244)) v (kind, log_likelihood) ON kind = crmprob.kind(model);
SELECT ok(abs(value / known - 1) < 1e-6, 'rounded CDNOW: ' || kind || ' ' || parameter)
  FROM rounded_fits, crmprob.summary(model) JOIN (VALUES
    ('bg_nbd', 'r', .2425929), ('bg_nbd', 'alpha', 4.4135315), ('bg_nbd', 'a', .7928861), ('bg_nbd', 'b', 2.4257533),
    ('gamma_gamma', 'p', 6.2488027), ('gamma_gamma', 'q', 3.7445884), ('gamma_gamma', 'gamma', 15.4477472)) v (kind, parameter, known)
    USING (parameter) WHERE kind = crmprob.kind(model);

-- weeks 40 to 78, customer by customer
CREATE TABLE predicted AS
  SELECT kind, master, customer, later, crmprob.probability_alive(model, customer) AS alive,
         crmprob.expected_purchases(model, customer, '273 days') AS expected
    FROM patterns, fits WHERE kind <> 'gamma_gamma';
SELECT ok(abs(sum(expected) - published) < 0.5, 'CDNOW: expected in weeks 40 to 78, ' || kind)
  FROM predicted JOIN (VALUES ('bg_nbd', 1653.4), ('pareto_nbd', 1665.5), ('mbg_nbd', 1576.7)) v (kind, published) USING (kind)
 GROUP BY kind, published;
SELECT ok(avg(abs(expected - later)) < .897, 'CDNOW: better than repeating the first 39 weeks, ' || kind) FROM predicted GROUP BY kind;
SELECT ok(abs(avg(abs(crmprob.frequency(customer) - later)) - .897) < .001, 'CDNOW: whose mean error is .897') FROM patterns;
SELECT ok(abs(alive - .9688522811) < 1e-5 AND abs(crmprob.expected_purchases(model('bg_nbd'), customer, '364 days') - 25.75659286) < 1e-3,
          'CDNOW: customer 1516 is as BTYD has it at its own optimum') FROM predicted
 WHERE kind = 'bg_nbd' AND master = (SELECT max(master) FROM raw_purchases WHERE sample = '1516');
SELECT ok(bool_and(alive BETWEEN 0 AND 1 AND expected >= 0), 'CDNOW: every customer has answers') FROM predicted;

-- value: the integral against a plain sum by days of discounted purchases
CREATE TABLE valued AS
  SELECT master, customer, crmprob.expected_spend(model('gamma_gamma'), customer) AS spend,
         crmprob.lifetime_value(model('bg_nbd'), model('gamma_gamma'), customer, '364 days', 0.1, 0.3) AS value
    FROM patterns;
SELECT ok(count(*) = 2357 AND count(*) = count(value) AND bool_and(value >= 0), 'CDNOW: a value for each customer') FROM valued;
SELECT ok(abs(value / (0.3 * spend * (
    SELECT sum((crmprob.expected_purchases(model('bg_nbd'), customer, d * interval '1 day')
              - crmprob.expected_purchases(model('bg_nbd'), customer, (d - 1) * interval '1 day')) * 1.1 ^ (-(d - 0.5) / 365.25))
      FROM generate_series(1, 364) d)) - 1) < 1e-6, 'CDNOW: the value of ' || master || ' by days')
  FROM (SELECT * FROM valued ORDER BY value DESC LIMIT 3) v;

-- donations, BG/BB
CREATE TABLE raw_donations (x int, tx int, n int, w bigint);
\copy raw_donations FROM PROGRAM 'zstdcat ../shared/data/donations.csv.zst' CSV HEADER
CREATE TABLE donor_fit AS
  SELECT crmprob.with_unit(crmprob.fit_clv('bg_bb', crmprob.make_rfm(x, tx, n), w), '365 days') AS model FROM raw_donations;
SELECT ok(crmprob.converged(model) AND abs(crmprob.log_likelihood(model) + 33225.581274) < 1e-5
          AND crmprob.n_customers(model) = 11104, 'donations: likelihood') FROM donor_fit;
SELECT ok(abs(value - known) < 1e-4 * known, 'donations: ' || parameter)
  FROM donor_fit, crmprob.summary(model)
  JOIN (VALUES ('alpha', 1.203522), ('beta', .749716), ('gamma', .656718), ('delta', 2.783443)) v (parameter, known) USING (parameter);
SELECT ok(abs(sum(w * crmprob.expected_purchases(model, crmprob.make_rfm(x, tx, n), '1825 days')) - 12884.2) < 0.1,
          'donations: expected in the next five years') FROM donor_fit, raw_donations;
SELECT ok(abs(crmprob.probability_alive(model, crmprob.make_rfm(x, tx, 6), '365 days') - paper) < .005, 'donations: alive at the next one')
  FROM donor_fit, (VALUES (0, 0, .11), (2, 4, .59), (6, 6, .93)) v (x, tx, paper);

\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
