-- Known answers on real files, where they are: statsmodels' unpenalised fit of
-- telco_churn, and out-of-fold AUC of scikit-learn's logistic regression.
-- DATA names their folder, else ../shared/data.
\set folder `echo "${DATA:-../shared/data}"`
\set have `cd "${DATA:-../shared/data}" 2>/dev/null && test -r telco_churn.csv.zst && test -r ibm_win_loss.csv.zst && command -v zstdcat >/dev/null && echo true || echo false`
BEGIN;
SET search_path = crmprob, public;
SET LOCAL client_min_messages = error;
SELECT plan(11);
\if :have
\setenv DATA :folder
CREATE TEMP TABLE telco (customer text, gender text, senior int, partner text, dependents text,
  tenure int, phone text, lines text, internet text, security text, backup text, protection text,
  support text, tv text, movies text, contract text, paperless text, payment text,
  monthly_charges float8, total_charges text, churn text);
\copy telco FROM PROGRAM 'zstdcat "$DATA"/telco_churn.csv.zst' CSV HEADER
CREATE TEMP TABLE ibm (id bigint, subgroup text, supplies text, region text, route text,
  elapsed float8, result text, changes float8, days_closing float8, days_qualified float8,
  amount float8, revenue int, employees int, past_revenue int, competitor text,
  ratio_1 float8, ratio_2 float8, ratio_3 float8, size int);
\copy ibm FROM PROGRAM 'zstdcat "$DATA"/ibm_win_loss.csv.zst' CSV HEADER

CREATE TEMP TABLE known (feature text, level text, coefficient float8, std_error float8);
INSERT INTO known VALUES
  ('(intercept)', NULL, -0.567387, 0.155609), ('tenure', NULL, -0.033330, 0.002083),
  ('monthly_charges', NULL, 0.004630, 0.002993), ('senior', NULL, 0.388646, 0.080916),
  ('contract', 'One year', -0.829932, 0.103418), ('contract', 'Two year', -1.660113, 0.169802),
  ('internet', 'Fiber optic', 0.984911, 0.127156), ('internet', 'No', -0.876578, 0.149765);
CREATE TEMP TABLE m AS
  SELECT fit('logistic', churn = 'Yes', f) AS m
    FROM telco t, LATERAL (SELECT t.tenure, t.monthly_charges, t.senior, t.contract, t.internet) f;
SELECT ok(abs(c.coefficient - k.coefficient) <= 1e-5 AND abs(c.std_error - k.std_error) <= 1e-5,
    'telco: ' || concat_ws(' ', k.feature, k.level))
  FROM known k LEFT JOIN (SELECT c.* FROM m, coefficients(m) c) c
    ON c.feature = k.feature AND c.level IS NOT DISTINCT FROM k.level;
SELECT ok(abs(log_likelihood(m) - -3020.463724) <= 1e-5, 'telco: log-likelihood') FROM m;

CREATE FUNCTION pg_temp.fold(key text) RETURNS int LANGUAGE sql AS
  'SELECT abs(pg_catalog.hashtextextended(key, 0) % 5)::int';
CREATE TEMP TABLE t AS
  SELECT pg_temp.fold(customer) AS fold, churn = 'Yes' AS label, gender, senior, partner, dependents,
      tenure, phone, lines, internet, security, backup, protection, support, tv, movies, contract,
      paperless, payment, monthly_charges, nullif(trim(total_charges), '')::float8 AS total_charges
    FROM telco;
CREATE TEMP TABLE t_models AS
  SELECT k, fit('logistic', label, t, '{"exclude": ["fold", "label"]}') AS m
    FROM t JOIN generate_series(0, 4) k ON fold <> k GROUP BY k;
SELECT cmp_ok(auc(evaluation(score(m, t), label)), '>=', 0.843::float8, 'telco: out-of-fold AUC')
  FROM t JOIN t_models ON k = fold;
CREATE TEMP TABLE i AS
  SELECT pg_temp.fold(id::text) AS fold, result = 'Won' AS label, subgroup, supplies, region, route,
      amount, revenue, employees, past_revenue, competitor, size
    FROM ibm;
CREATE TEMP TABLE i_models AS
  SELECT k, fit('logistic', label, i, '{"exclude": ["fold", "label"]}') AS m
    FROM i JOIN generate_series(0, 4) k ON fold <> k GROUP BY k;
SELECT cmp_ok(auc(evaluation(score(m, i), label)), '>=', 0.745::float8, 'ibm at opening: out-of-fold AUC')
  FROM i JOIN i_models ON k = fold;
\else
SELECT skip('no telco_churn.csv.zst and ibm_win_loss.csv.zst in ' || :'folder', 11);
\endif
SELECT * FROM finish();
ROLLBACK;
