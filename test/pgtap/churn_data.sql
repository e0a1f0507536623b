-- Churn as a model on published customers of a telephone company: train judges
-- as scikit-learn does, and at_risk lists what plain SQL over the scores lists.
-- The file is not part of the project: DATA names its folder, else
-- ../shared/data; where it is missing this says so and tests nothing else.
\set data `echo "${DATA:-../shared/data}"`
\set have `cd "${DATA:-../shared/data}" 2>/dev/null && test -r telco_churn.csv.zst && command -v zstdcat >/dev/null && echo true || echo false`
SELECT * FROM no_plan();
\if :have
\setenv DATA :data
SET client_min_messages = error;
CREATE TABLE raw_telco (customer text, gender text, senior int, partner text, dependents text,
  tenure int, phone text, lines text, internet text, security text, backup text, protection text,
  support text, tv text, movies text, contract text, paperless text, payment text,
  monthly_charges float8, total_charges text, churn text);
\copy raw_telco FROM PROGRAM 'zstdcat "$DATA"/telco_churn.csv.zst' CSV HEADER
CREATE TABLE telco AS
SELECT customer, gender, senior, partner, dependents, tenure, phone, lines, internet, security, backup,
       protection, support, tv, movies, contract, paperless, payment, monthly_charges,
       nullif(trim(total_charges), '')::float8 AS total_charges, churn = 'Yes' AS churned
  FROM raw_telco;
SELECT results_eq('SELECT count(*), crmprob.churn_rate(count(*) FILTER (WHERE churned), count(*)) FROM telco',
  'VALUES (7043::bigint, 1869 / 7043::float8)', 'customers, and the share that left');

-- 0.8451 and 0.4174 are out of fold, over five folds; one fifth of the rows
-- has 1,409 of them, hence a standard error of the AUC of 0.011
CREATE TABLE trained AS
  SELECT * FROM crmprob.train('churn', 'SELECT * FROM telco', 'churned', options => '{"exclude": ["customer"]}');
SELECT results_eq('SELECT version, n, n_positive, status FROM trained',
  $$VALUES (1, 7043::bigint, 1869::bigint, 'champion')$$, 'the model is trained');
SELECT cmp_ok(abs(auc - 0.8451), '<=', 0.022::float8, 'AUC of the hold-out within two standard errors of the known one') FROM trained;
SELECT cmp_ok(abs(log_loss - 0.4174), '<=', 0.03::float8, 'and its log-loss') FROM trained;
SELECT cmp_ok(abs(crmprob.auc(evaluation) - 0.8451), '<=', 0.002::float8, 'AUC out of fold is the known one')
  FROM crmprob.cross_validate('SELECT * FROM telco', 'churned', options => '{"exclude": ["customer"]}') WHERE fold IS NULL;
SELECT cmp_ok(abs(crmprob.log_loss(evaluation) - 0.4174), '<=', 0.002::float8, 'and so is the log-loss')
  FROM crmprob.cross_validate('SELECT * FROM telco', 'churned', options => '{"exclude": ["customer"]}') WHERE fold IS NULL;

-- who stays now, by the revenue of a year at stake
SELECT results_eq(
  $$SELECT rank, customer, churn_risk, at_stake
      FROM crmprob.at_risk('SELECT * FROM (SELECT t.*, 12 * monthly_charges AS a_year FROM telco t) t WHERE NOT churned', 'churn',
                           value_column => 'a_year', min_risk => 0.3)$$,
  $$SELECT row_number() OVER (ORDER BY stake DESC, p DESC, customer COLLATE "C"), customer, p, stake
      FROM (SELECT customer, p, round(p::numeric * (12 * monthly_charges)::numeric, 4) AS stake
              FROM (SELECT t.*, crmprob.score('churn', t) AS p FROM telco t) t WHERE NOT churned AND p >= 0.3) s
     ORDER BY 1$$,
  'at_risk is the score times the value, largest first');
SELECT cmp_ok(count(*), '>', 500::bigint, 'and there are such') FROM crmprob.at_risk('SELECT * FROM telco WHERE NOT churned', 'churn',
  value_column => 'monthly_charges', min_risk => 0.3);
SELECT is((SELECT count(*) FROM crmprob.at_risk('SELECT * FROM telco', 'churn', value_column => 'monthly_charges')), 7043::bigint,
  'every customer is listed');
\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
