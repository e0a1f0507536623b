-- clv_model: input and output, accessors, predictions, the aggregate fit_clv.
SET search_path = crmprob, public;
SET extra_float_digits = 0;

-- models of published parameters
SELECT make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":0.793,"b":2.426}', '7 days') AS bg \gset
SELECT make_clv_model('mbg_nbd', '{"r":0.525,"alpha":6.183,"a":0.891,"b":1.614}', '7 days') AS mbg \gset
SELECT make_clv_model('pareto_nbd', '{"r":0.553,"alpha":10.578,"s":0.606,"beta":11.669}', '7 days') AS pareto \gset
SELECT make_clv_model('gamma_gamma', '{"p":6.25,"q":3.74,"gamma":15.44}') AS spend \gset
-- where nobody can be expected to spend anything finite, a hint says so
SELECT expected_spend(make_clv_model('gamma_gamma', '{"p":6.25,"q":1,"gamma":15.44}'), make_rfm(0, 0, 1)) IS NULL AS unknown;
SELECT make_clv_model('bg_bb', '{"alpha":1.204,"beta":0.750,"gamma":0.657,"delta":2.783}', '365 days') AS donors \gset
SELECT :'bg'::clv_model;
SELECT :'donors'::clv_model::jsonb;
SELECT kind(m), parameters(m), unit(m), observed_until(m), standard_errors(m), log_likelihood(m), aic(m), bic(m),
       converged(m), iterations(m), n_customers(m)
  FROM CAST(:'spend' AS clv_model) m;
SELECT * FROM summary(:'mbg'::clv_model);
SELECT make_clv_model(NULL, '{}'), make_clv_model('bg_nbd', NULL);
SELECT with_unit(:'spend', '1 day');

-- predictions at the papers' parameters
CREATE TABLE known (customer rfm);
INSERT INTO known VALUES (make_rfm(2, 30.43, 38.86, 22.35)), (make_rfm(0, 0, 39)), (make_rfm(10, 35, 39, 30)),
  (make_rfm(26, 30.857142857142858, 31, 25.55));
SELECT kind(m), frequency(customer), round(probability_alive(m, customer)::numeric, 6) AS alive,
       round(probability_alive(m, customer, '1 year')::numeric, 6) AS in_a_year,
       round(expected_purchases(m, customer, '273 days')::numeric, 6) AS expected,
       round(probability_purchases(m, customer, 0, '273 days')::numeric, 6) AS none,
       round(residual_transactions(m, customer, 0.1)::numeric, 5) AS residual
  FROM unnest(ARRAY[:'bg', :'mbg', :'pareto']::clv_model[]) WITH ORDINALITY u (m, i), known
 ORDER BY i, frequency(customer);
SELECT kind(m), round(expected_purchases(m, '1 year')::numeric, 6) AS expected,
       round(probability_purchases(m, 0, '1 year')::numeric, 6) AS none,
       round(probability_purchases(m, 3, '1 year')::numeric, 6) AS three
  FROM unnest(ARRAY[:'bg', :'mbg', :'pareto', :'donors']::clv_model[]) WITH ORDINALITY u (m, i) ORDER BY i;
SELECT frequency(customer), round(expected_spend(:'spend', customer)::numeric, 6) AS spend,
       round(lifetime_value(:'bg', :'spend', customer, '1 year', 0.1, 0.3)::numeric, 6) AS value,
       round(lifetime_value(:'bg', :'spend', customer, '12 months')::numeric, 6) AS undiscounted
  FROM known ORDER BY 1;
SELECT round(probability_alive(:'donors', make_rfm(2, 4, 6), '1 year')::numeric, 4) AS alive_after_next,
       round(expected_purchases(:'donors', make_rfm(2, 4, 6), '5 years')::numeric, 4) AS expected;

-- a fit, and its bytes
CREATE TABLE bought (customer rfm, weight bigint);
INSERT INTO bought
SELECT ('{"frequency":' || x || ',"recency":' || tx || ',"age":' || t || ',"unit":604800000000,"until":"2026-06-30"}')::rfm, w
  FROM (VALUES (0, 0, 39, 140), (1, 25, 33, 6), (1, 2, 39, 30), (2, 3, 38, 25), (3, 5, 35, 12), (3, 30, 35, 9),
               (4, 33, 36, 8), (6, 35, 37, 5), (9, 8, 39, 3), (12, 38.5, 39, 2), (20, 30, 31, 1)) v (x, tx, t, w);
SELECT kind, converged(m), round(log_likelihood(m)::numeric, 6) AS log_likelihood, n_customers(m), unit(m), observed_until(m),
       round(aic(m)::numeric, 4) AS aic, round(bic(m)::numeric, 4) AS bic
  FROM (SELECT kind, fit_clv(kind, customer, weight) AS m
          FROM bought, unnest('{bg_nbd,mbg_nbd,pareto_nbd}'::text[]) kind GROUP BY kind) q
 ORDER BY kind;
SELECT parameter, round(value::numeric, 3) AS value, round(std_error::numeric, 2) AS std_error,
       round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
  FROM (SELECT fit_clv('mbg_nbd', customer, weight) AS m FROM bought) q, summary(m);
SELECT fit_clv('bg_nbd', customer) IS NULL AS of_none FROM bought WHERE false;
SELECT fit_clv('bg_nbd', NULL::rfm) IS NULL AS of_null, fit_clv('bg_nbd', customer, NULL) IS NULL AS of_no_weight FROM bought;
SELECT m = m::text::clv_model AS text, clv_model_hash(m) = clv_model_hash(m::text::clv_model) AS hash, m <> :'bg' AS other
  FROM (SELECT fit_clv('pareto_nbd', customer, weight) AS m FROM bought) q;

-- no maximum: said so, parameters kept, no standard errors
SELECT converged(m), standard_errors(m), log_likelihood(m) > -1000 AS parameters_kept
  FROM (SELECT fit_clv('bg_nbd', make_rfm(2, 20, 39), 50) AS m) q;
-- spend that cannot be, and a mean that is infinite
SELECT n_customers(m), (m::jsonb)->'left_out' AS left_out
  FROM (SELECT fit_clv('gamma_gamma', make_rfm(x, least(x, 1), 2, v)) AS m
          FROM (VALUES (1, 10), (2, 12), (1, 40), (3, 9), (1, 0), (2, -5), (0, NULL), (1, NULL)) s (x, v)) q;
SET client_min_messages = warning;
SELECT converged(m), parameters(m)->'q' < '1' AS infinite_mean, expected_spend(m, make_rfm(0, 0, 1)) IS NULL AS none_of_a_new_one,
       expected_spend(m, make_rfm(5, 1, 1, 20)) > 0 AS of_a_known_one
  FROM (SELECT fit_clv('gamma_gamma', make_rfm(x, 1, 2, v), (3000 * (x * v / (20 + x * v)) ^ (3 * x) * (20 / (20 + x * v)) ^ 0.8)::bigint) AS m
          FROM unnest('{1,4}'::int[]) x, generate_series(-8, 40) k, LATERAL (SELECT round(10 * 1.5 ^ k, 2) AS v) s) q;
RESET client_min_messages;
SELECT expected_spend(:'spend', make_rfm(2, 1, 2, 0)) IS NULL AS no_spend, expected_spend(:'spend', make_rfm(2, 1, 2)) IS NULL AS unknown,
       lifetime_value(:'bg', :'spend', make_rfm(2, 1, 2, 0), '1 year') IS NULL AS no_value;
-- infinite without a discount
SELECT residual_transactions(:'bg', make_rfm(2, 30.43, 38.86), 0);

-- what is refused
SELECT make_clv_model('bg', '{}');
SELECT make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":0.793}');
SELECT make_clv_model('bg_nbd', '{"r":-1,"alpha":4.414,"a":0.793,"b":1}');
SELECT make_clv_model('bg_nbd', '[1]');
SELECT make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":0.793,"b":1}', '1 month');
SELECT with_unit(:'bg', '1 day');
SELECT fit_clv('bg_nbd', make_rfm(0, 0, 39), 100);
SELECT fit_clv('bg_nbd', make_rfm(2, 20, 39));
SELECT fit_clv('bg_nbd', make_rfm(2, 20, 39), -1);
SELECT fit_clv('bg_nbd', make_rfm(-1, 20, 39));
SELECT fit_clv('bg_nbd', make_rfm(1, 40, 39));
SELECT fit_clv('bg_nbd', make_rfm(1, 'NaN', 39));
SELECT fit_clv('nbd', make_rfm(2, 20, 39));
SELECT fit_clv(NULL, make_rfm(2, 20, 39));
SELECT fit_clv(k, make_rfm(2, 20, 39)) FROM unnest('{bg_nbd,mbg_nbd}'::text[]) k;
SELECT fit_clv('bg_nbd', c) FROM (SELECT customer FROM bought UNION ALL SELECT make_rfm(2, 20, 39)) s (c);
SELECT fit_clv('gamma_gamma', make_rfm(2, 20, 39));
SELECT fit_clv('bg_bb', make_rfm(2, 2.5, 6));
SELECT expected_purchases(make_clv_model('bg_nbd', '{"r":1,"alpha":1,"a":1,"b":1}'), '1 day');
SELECT expected_purchases(:'bg', '-1 day');
SELECT expected_purchases(:'spend', '1 day');
SELECT expected_spend(:'bg', make_rfm(2, 20, 39));
SELECT probability_alive(:'bg', '{"frequency":1,"recency":1,"age":2,"unit":86400000000}');
SELECT probability_purchases(:'bg', -1, '1 day');
SELECT residual_transactions(:'bg', make_rfm(2, 20, 39), -0.1);
SELECT lifetime_value(:'bg', :'spend', make_rfm(2, 20, 39, 10), '1 year', 'NaN');
SELECT lifetime_value(:'bg', :'spend', make_rfm(2, 20, 39, 10), '1 year', 0.1, 30);
SELECT '{"kind":"bg_nbd"}'::clv_model;
SELECT '{"kind":"bg_nbd","parameters":{"r":1,"alpha":1,"a":1,"b":1},"iterations":3}'::clv_model;
DROP TABLE known, bought;
