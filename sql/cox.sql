-- fit_cox and cox_model: forms, warnings and errors by a small example.
SET search_path = crmprob, public;
SET extra_float_digits = -3;

CREATE TEMP TABLE subscription (months float8, cancelled boolean, plan text, seats int, since date);
INSERT INTO subscription VALUES
  (1, true, 'basic', 1, '2025-01-05'), (2, true, 'basic', 5, '2025-02-01'), (2, false, 'plus', 2, '2025-01-09'),
  (3, true, 'plus', 1, '2025-03-01'), (4, true, 'basic', 3, '2025-01-20'), (5, false, 'basic', 8, '2025-02-11'),
  (6, true, 'plus', 4, '2025-01-31'), (7, false, 'plus', 9, '2025-02-03'), (8, true, 'basic', 2, '2025-02-20'),
  (9, false, 'plus', 6, '2025-01-02'), (9, true, NULL, 3, '2025-02-02'), (NULL, true, 'plus', 1, '2025-02-02');
CREATE TEMP TABLE made AS
  SELECT fit_cox(months, cancelled, f) AS m FROM subscription, LATERAL (SELECT plan, seats, since) f;
SELECT feature, level, round(coefficient::numeric, 6) AS coefficient, round(std_error::numeric, 6) AS std_error,
       round(p_value::numeric, 4) AS p_value, round(hazard_ratio::numeric, 4) AS hazard_ratio,
       round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
  FROM made, hazard_ratios(m);
SELECT n, events, skipped, round(chi_square::numeric, 6) AS chi_square, df, round(p_value::numeric, 6) AS p_value,
       round(concordance::numeric, 6) AS concordance, ties, converged FROM made, summary(m);
SELECT n_observations(m), n_events(m), round(concordance(m)::numeric, 6) AS concordance FROM made;
SELECT jsonb_object_keys(m::jsonb) FROM made ORDER BY 1;
SELECT t->>'feature' AS feature, t->>'level' AS level, t->>'status' AS status FROM made, jsonb_array_elements(m::jsonb->'terms') t;
SELECT plan, seats, round(hazard_ratio(m, s)::numeric, 4) AS hazard_ratio FROM made, subscription s ORDER BY months, seats;

-- what cannot be estimated is named
SELECT feature, level, coefficient IS NULL AS no_coefficient FROM (
  SELECT fit_cox(months, cancelled, f) AS m
    FROM subscription, LATERAL (SELECT 1 AS one, 'x' AS x, seats, seats + 1 AS more, coalesce(plan, 'basic') AS plan) f) s, hazard_ratios(m);
SELECT feature, coefficient < -5 AS falls, std_error IS NULL AS no_error FROM (
  SELECT fit_cox(months, cancelled, f) AS m FROM subscription, LATERAL (SELECT (NOT cancelled)::int AS stays) f) s, hazard_ratios(m);

-- refused
SELECT fit_cox(months, false, f) FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(-1, true, f) FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(months, cancelled, f, '{"tie": "efron"}') FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(months, cancelled, f, '{"ties": "exact"}') FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(months, cancelled, f, '{"exclude": ["seat"]}') FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(months, cancelled, f, '{"exclude": ["seats"]}') FROM subscription, LATERAL (SELECT seats) f;
SELECT fit_cox(months, cancelled, f) FROM subscription, LATERAL (SELECT seats, NULL::text AS empty) f;
SELECT hazard_ratio(m, f) FROM made, (SELECT 'plus' AS plan, 3 AS seats) f;
SELECT '{"ties":"exact"}'::cox_model;
