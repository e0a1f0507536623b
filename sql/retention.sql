-- retention, bracket_retention and fit_sbg: forms and errors by a small example.
SET search_path = crmprob, public;
SET datestyle = 'ISO';
SET extra_float_digits = -3;

CREATE TEMP TABLE visit (customer text, day date);
INSERT INTO visit VALUES
  ('ann', '2026-01-05'), ('ann', '2026-01-20'), ('ann', '2026-02-03'), ('ann', '2026-04-01'),
  ('bob', '2026-01-31'), ('cid', '2026-02-10'), ('cid', '2026-02-10'), ('cid', '2026-03-02'),
  ('dan', '2026-03-30'), ('eve', '2026-04-20');
CREATE TEMP TABLE customer AS
  SELECT customer, min(day) AS started, array_agg(day) AS days FROM visit GROUP BY 1;
SELECT retention(started, days, '1 month', '2026-04-10') FROM customer;
SELECT retention(started, days, '14 days', '2026-04-10')::jsonb FROM customer;
SELECT bracket_retention(started, days, '{1,31,91}', '2026-04-10') FROM customer;
CREATE TEMP TABLE made AS SELECT retention(started, days, '1 month', '2026-04-10') AS r FROM customer;
SELECT c.* FROM made, cohorts(r) c;
SELECT c.* FROM made, cohorts(r, 'on_or_after') c WHERE complete;
SELECT o.* FROM made, overall(r) o;
SELECT as_of(r) FROM made;
SELECT rollup(p) = (SELECT r FROM made) AS whole
  FROM (SELECT retention(started, days, '1 month', '2026-04-10') AS p FROM customer GROUP BY customer) s;
SELECT retention_send(retention('2026-01-05', '{2026-01-05}', '1 month', '2026-04-10'));

-- refused
SELECT retention(started, days, '1 hour', '2026-04-10') FROM customer;
SELECT retention(started, days, NULL, '2026-04-10') FROM customer;
SELECT retention(started, days, '1 month', 'infinity') FROM customer;
SELECT retention(started, days, '1 day', '2126-04-10') FROM customer;
SELECT bracket_retention(started, days, '{31,1}', '2026-04-10') FROM customer;
SELECT bracket_retention(started, days, '{31}', '2026-04-10') FROM customer;
SELECT rollup(r) FROM (SELECT r FROM made UNION ALL SELECT retention(started, days, '1 month', '2026-05-10') FROM customer) s;
SELECT cohorts(r, 'off') FROM made;
SELECT '{"as_of":"2026-04-10","months":1,"cohorts":[["2026-01-01",1,[[0,2,2]]]]}'::retention;

-- sbg_model: subscribers of the first year who are still there
CREATE TEMP TABLE left_over (year int, customers bigint);
INSERT INTO left_over VALUES (0, 1000), (1, 631), (2, 468), (3, 382), (4, 326), (5, 289), (6, 262), (7, 241);
CREATE TEMP TABLE fitted AS SELECT fit_sbg(year, customers) AS m FROM left_over;
SELECT round(alpha::numeric, 5) AS alpha, round(beta::numeric, 5) AS beta, round(alpha_error::numeric, 4) AS alpha_error,
       round(beta_error::numeric, 4) AS beta_error, round(log_likelihood::numeric, 4) AS log_likelihood, converged FROM fitted, summary(m);
SELECT period, survivors, observed, round(survival::numeric, 4) AS survival, round(retention::numeric, 4) AS retention FROM fitted, survival_table(m, 9);
SELECT round(survival_at(m, 12)::numeric, 6) AS survival, round(retention_at(m, 12)::numeric, 6) AS retention, expected_lifetime(m) AS endless,
       round(expected_lifetime(m, 10)::numeric, 6) AS ten, round(discounted_lifetime(m, 0.1)::numeric, 6) AS discounted,
       round(residual_lifetime(m, 5, 0.1)::numeric, 6) AS residual FROM fitted;
SELECT m::jsonb - 'alpha' - 'beta' - 'alpha_error' - 'beta_error' - 'log_likelihood' - 'iterations' AS rest FROM fitted;

-- refused
SELECT fit_sbg(year, customers) FROM left_over WHERE year <> 3;
SELECT fit_sbg(year, customers) FROM left_over WHERE year < 2;
SELECT fit_sbg(year, 10) FROM left_over;
SELECT fit_sbg(year, -customers) FROM left_over;
SELECT discounted_lifetime(m, -0.1) FROM fitted;
SELECT survival_at(m, -1) FROM fitted;
SELECT '{"alpha":1}'::sbg_model;
